//! `GET /v1/sync`: a snapshot first, then increments; long polls wait for a commit.

use std::pin::pin;
use std::time::Duration;

use axum::Extension;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse as _, Response};
use http::header::{CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde::Serialize;
use tokio::sync::watch;

use super::cursor::{Cursor, Position};
use super::extract::{Member, number, query};
use super::problem::{Name, Problem};
use crate::Sandbox;
use crate::engine::standing;
use crate::store::changes::{self, Change, Page};
use crate::store::meta;
use crate::store::{StoreError, members};

const MAX_WAIT_SECONDS: i64 = 25;
const DEFAULT_LIMIT: i64 = 500;
const MAX_LIMIT: i64 = 1000;

/// Becomes true when the listener closes: long polls answer at once then.
#[derive(Debug, Clone)]
pub(crate) struct Closing(pub(crate) watch::Receiver<bool>);

/// What the query asks for, checked.
#[derive(Debug, PartialEq, Eq)]
struct Asked {
    cursor: Option<String>,
    wait: Duration,
    limit: usize,
}

/// The body of an answer.
#[derive(Debug, Serialize)]
struct Answer {
    changes: Vec<Change>,
    cursor: String,
    more: bool,
}

/// `GET /v1/sync`
pub(super) async fn sync(
    State(sandbox): State<Sandbox>,
    member: Member,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    closing: Option<Extension<Closing>>,
) -> Result<Response, Problem> {
    let asked = ask(query.as_deref().unwrap_or_default())?;
    settle(&sandbox, &member)?;
    // Made before the first look, so that no commit falls between the two.
    let committed = sandbox.store().committed();
    let mut commit = pin!(committed.notified());
    let mut answer = look(&sandbox, &member, &asked)?;
    if is_nothing_new(&answer, &asked) && !asked.wait.is_zero() {
        let mut timeout = sandbox.clock().sleep(asked.wait);
        let mut closed = Box::pin(closed(closing.map(|Extension(closing)| closing)));
        loop {
            // In this order, and not in a random one: a run must be a pure function of its seed.
            tokio::select! {
                biased;
                () = &mut closed => break,
                () = commit.as_mut() => {
                    commit.set(committed.notified());
                    answer = look(&sandbox, &member, &asked)?;
                    if !is_nothing_new(&answer, &asked) {
                        break;
                    }
                }
                () = &mut timeout => break,
            }
        }
    }
    respond(&answer, &headers)
}

async fn closed(closing: Option<Closing>) {
    if let Some(Closing(mut closing)) = closing
        // Fails when the listener is gone altogether, which is closed as well.
        && (closing.wait_for(|closing| *closing).await.is_ok() || closing.has_changed().is_err())
    {
        return;
    }
    std::future::pending::<()>().await;
}

fn ask(asked: &str) -> Result<Asked, Problem> {
    let [cursor, wait, limit] = query(asked, ["cursor", "wait", "limit"])?;
    let wait = number("wait", wait.as_deref(), 0, 0..=MAX_WAIT_SECONDS)?;
    let limit = number("limit", limit.as_deref(), DEFAULT_LIMIT, 1..=MAX_LIMIT)?;
    let wait = Duration::from_secs(wait.unsigned_abs());
    Ok(Asked { cursor, wait, limit: usize::try_from(limit).unwrap_or(1) })
}

/// Time alone may have changed something that must be in the answer.
fn settle(sandbox: &Sandbox, member: &Member) -> Result<(), Problem> {
    let now = sandbox.now();
    if sandbox.store().read(|sql| members::is_overdue(sql, &member.id, now))? {
        sandbox.write(|tx| {
            member.ensure_stands(&tx.sql)?;
            Ok::<_, Problem>(standing::settle(tx, sandbox.programme(), &member.id)?)
        })?;
    }
    Ok(())
}

fn look(sandbox: &Sandbox, member: &Member, asked: &Asked) -> Result<Answer, Problem> {
    let now = sandbox.now();
    let found = sandbox.store().read(|sql| -> Result<_, Problem> {
        member.ensure_stands(sql)?;
        let member = &member.id;
        let epoch = meta::epoch(sql)?;
        let newest = changes::newest(sql)?;
        let position = match &asked.cursor {
            None => Position::Snapshot { upper: newest, after: 0 },
            Some(text) => match Cursor::decode(text, member) {
                Some(cursor) if cursor.epoch == epoch => cursor.position,
                _ => return Ok(None),
            },
        };
        let (page, next) = match position {
            Position::Snapshot { upper, .. } | Position::Increment { after: upper }
                if upper > newest || upper < changes::pruned_through(sql, member)? =>
            {
                return Ok(None);
            }
            Position::Snapshot { upper, after } => {
                let page = changes::snapshot(sql, member, upper, after, asked.limit, now)?;
                match page.changes.last() {
                    Some(last) if page.more => {
                        let after = last.seq;
                        (page, Position::Snapshot { upper, after })
                    }
                    _ => {
                        let more = changes::any_since(sql, member, upper)?;
                        (Page { more, ..page }, Position::Increment { after: upper })
                    }
                }
            }
            Position::Increment { after } => {
                let page = changes::since(sql, member, after, asked.limit)?;
                let after = page.changes.last().map_or(after, |last| last.seq);
                (page, Position::Increment { after })
            }
        };
        Ok(Some(Answer {
            changes: page.changes,
            cursor: Cursor { epoch, position: next }.encode(member),
            more: page.more,
        }))
    })?;
    found.ok_or_else(|| Problem::new(Name::CursorGone, "start again without a cursor"))
}

fn is_nothing_new(answer: &Answer, asked: &Asked) -> bool {
    answer.changes.is_empty() && asked.cursor.as_ref() == Some(&answer.cursor)
}

fn respond(answer: &Answer, headers: &HeaderMap) -> Result<Response, Problem> {
    let tag = format!("\"{}\"", answer.cursor);
    let mut response = if answer.changes.is_empty() && has_tag(headers, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let body = serde_json::to_string(answer).map_err(StoreError::from)?;
        ([(CONTENT_TYPE, "application/json")], body).into_response()
    };
    let tag = HeaderValue::from_str(&tag).map_err(|_| Problem::new(Name::Internal, "the cursor is no header"))?;
    response.headers_mut().insert(ETAG, tag);
    Ok(response)
}

/// Whether `If-None-Match` names `tag` (RFC 9110, section 13.1.2: compared weakly).
fn has_tag(headers: &HeaderMap, tag: &str) -> bool {
    headers
        .get_all(IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|given| given == "*" || given.strip_prefix("W/").unwrap_or(given) == tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_query_has_defaults_and_bounds() {
        let asked = ask("").expect("valid");
        assert_eq!(asked, Asked { cursor: None, wait: Duration::ZERO, limit: 500 });
        let asked = ask("cursor=abc&wait=25&limit=1&other=x").expect("valid");
        assert_eq!(asked, Asked { cursor: Some("abc".to_owned()), wait: Duration::from_secs(25), limit: 1 });
        for query in ["wait=26", "wait=-1", "wait=x", "wait=", "limit=0", "limit=1001", "wait=1&wait=1", "wait=1.5"] {
            assert!(ask(query).is_err(), "{query}");
        }
    }
}
