//! `GET /v1/entries`: older lines of the ledger than sync brings.

use axum::Json;
use axum::extract::{RawQuery, State};
use serde::Serialize;

use super::extract::{Member, number, query};
use super::problem::Problem;
use crate::Sandbox;
use crate::store::ledger;
use crate::wire::{Entry, WithId};

const DEFAULT_LIMIT: i64 = 100;
const MAX_LIMIT: i64 = 500;

#[derive(Debug, Serialize)]
pub(super) struct Answer {
    entries: Vec<WithId<Entry>>,
    more: bool,
}

/// `GET /v1/entries`
pub(super) async fn entries(
    State(sandbox): State<Sandbox>,
    member: Member,
    RawQuery(asked): RawQuery,
) -> Result<Json<Answer>, Problem> {
    let [before, limit] = query(asked.as_deref().unwrap_or_default(), ["before", "limit"])?;
    let before = number("before", before.as_deref(), i64::MAX, 1..=i64::MAX)?;
    let limit = number("limit", limit.as_deref(), DEFAULT_LIMIT, 1..=MAX_LIMIT)?;
    let mut entries = sandbox.store().read(|sql| {
        member.ensure_stands(sql)?;
        // One more than asked for tells whether there is more.
        Ok::<_, Problem>(ledger::entries_before(sql, &member.id, before, limit + 1)?)
    })?;
    let asked = usize::try_from(limit).unwrap_or(1);
    let more = entries.len() > asked;
    entries.truncate(asked);
    Ok(Json(Answer { entries, more }))
}
