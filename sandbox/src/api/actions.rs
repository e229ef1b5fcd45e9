//! What members do: `POST /v1/actions`, exactly once for each key, and `GET /v1/actions/{key}`.

use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json as JsonAnswer};
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use jiff::Timestamp;
use serde::Deserialize;

use super::extract::{self, IdempotencyKey, Json, Member, Object, require_id, require_range};
use super::problem::{self, Name, Problem};
use crate::Sandbox;
use crate::engine::{cancel, claim, lock, standing};
use crate::faults::IgnoreIdempotency;
use crate::ids;
use crate::programme::{Amount, Programme};
use crate::store::actions::{self, Answer, Record};
use crate::store::changes::RETENTION;
use crate::store::{StoreError, Tx};
use crate::wire::{Confirmed, Effect, Status};

/// What every action has.
#[derive(Deserialize)]
struct Envelope {
    #[serde(rename = "type")]
    action: String,
    not_after: Timestamp,
}

/// An action that a member can take: a new kind is a variant here, its fields, and its rules in the engine.
enum Action {
    ClaimReward(ClaimReward),
    CancelClaim(CancelClaim),
    SetSpendLock(SetSpendLock),
}

#[derive(Deserialize)]
struct ClaimReward {
    reward: String,
    cost: Object<Amount>,
    revision: i64,
}

/// Names the claim by its key alone: `reward` and `refund` repeat what the device shows meanwhile.
#[derive(Deserialize)]
struct CancelClaim {
    claim: String,
    reward: String,
    refund: Object<Amount>,
}

#[derive(Deserialize)]
struct SetSpendLock {
    locked: bool,
}

impl Action {
    fn parse(body: &[u8]) -> Result<(Action, Timestamp), Problem> {
        let Envelope { action, not_after } = extract::parse(body)?;
        let action = match action.as_str() {
            "claim-reward" => {
                let claim: ClaimReward = extract::parse(body)?;
                require_id("reward", &claim.reward)?;
                require_id("cost.unit", &claim.cost.0.unit)?;
                require_range("cost.amount", claim.cost.0.amount, 0..=i64::MAX)?;
                require_range("revision", claim.revision, 1..=i64::MAX)?;
                Action::ClaimReward(claim)
            }
            "cancel-claim" => {
                let mut cancel: CancelClaim = extract::parse(body)?;
                let claim = extract::uuid(&cancel.claim);
                cancel.claim = claim.ok_or_else(|| Problem::malformed("claim: expected the UUID of an action"))?;
                require_id("reward", &cancel.reward)?;
                require_id("refund.unit", &cancel.refund.0.unit)?;
                require_range("refund.amount", cancel.refund.0.amount, 0..=i64::MAX)?;
                Action::CancelClaim(cancel)
            }
            "set-spend-lock" => Action::SetSpendLock(extract::parse(body)?),
            _ => return Err(Problem::malformed("type: expected claim-reward, cancel-claim or set-spend-lock")),
        };
        Ok((action, not_after))
    }

    fn name(&self) -> &'static str {
        match self {
            Action::ClaimReward(_) => "claim-reward",
            Action::CancelClaim(_) => "cancel-claim",
            Action::SetSpendLock(_) => "set-spend-lock",
        }
    }

    /// The effect, or the refusal that becomes the action's outcome.
    fn run(
        &self,
        tx: &Tx<'_>,
        programme: &Programme,
        member: &str,
        key: &str,
    ) -> Result<Result<Effect, Problem>, StoreError> {
        standing::settle(tx, programme, member)?;
        match self {
            Action::ClaimReward(ClaimReward { reward, cost: Object(cost), .. }) => {
                let claimed = claim::claim(tx, programme, member, &claim::Claim { reward, cost, key })?;
                Ok(claimed.map_err(|refusal| problem::of_claim(refusal, key)))
            }
            Action::CancelClaim(CancelClaim { claim, .. }) => {
                let cancelled = cancel::cancel(tx, member, claim, key)?;
                Ok(cancelled.map_err(|refusal| problem::of_cancel(&refusal, key)))
            }
            Action::SetSpendLock(SetSpendLock { locked }) => Ok(Ok(lock::set(tx, member, *locked)?)),
        }
    }
}

/// `POST /v1/actions`
pub(super) async fn act(
    State(sandbox): State<Sandbox>,
    member: Member,
    IdempotencyKey(key): IdempotencyKey,
    ignore: Option<Extension<IgnoreIdempotency>>,
    Json(body): Json,
) -> Result<Response, Problem> {
    let hash = ids::request_hash("/v1/actions", &body);
    let parsed = Action::parse(&body);
    let answer = sandbox.write(|tx| -> Result<Answer, Problem> {
        member.ensure_stands(&tx.sql)?;
        if ignore.is_none()
            && let Some((recorded, answer)) = actions::recorded(&tx.sql, &member.id, &key)?
        {
            return if ids::same(&recorded, &hash) {
                Ok(answer)
            } else {
                Err(Problem::new(Name::KeyReused, "the key names an action with other bytes").with("key", key.clone()))
            };
        }
        let (action, not_after) = parsed?;
        ensure_in_time(tx.now, not_after, &key)?;
        let ran = action.run(tx, sandbox.programme(), &member.id, &key)?;
        Ok(record(tx, &member.id, &key, &hash, &action, ran)?)
    })?;
    Ok(replay(answer))
}

fn ensure_in_time(now: Timestamp, not_after: Timestamp, key: &str) -> Result<(), Problem> {
    if not_after < now {
        return Err(Problem::new(Name::ActionExpired, "not_after has passed by the server's clock").with("key", key));
    }
    if not_after.duration_since(now) > RETENTION {
        return Err(Problem::malformed("not_after: expected at most 30 days ahead"));
    }
    Ok(())
}

/// Makes the answer and records it, so that every repeat gets these bytes.
fn record(
    tx: &Tx<'_>,
    member: &str,
    key: &str,
    request_hash: &ids::Hash,
    action: &Action,
    ran: Result<Effect, Problem>,
) -> Result<Answer, StoreError> {
    let (status, answer, effect, problem) = match ran {
        Ok(effect) => {
            let confirmed =
                Confirmed { key, status: Status::Confirmed, action: action.name(), at: tx.now, effect: &effect };
            let answer = Answer { status: StatusCode::OK.as_u16(), body: serde_json::to_string(&confirmed)? };
            (Status::Confirmed, answer, Some(serde_json::to_value(&effect)?), None)
        }
        Err(problem) => {
            let json = problem.to_json();
            let answer = Answer { status: problem.status().as_u16(), body: json.to_string() };
            (Status::Rejected, answer, None, Some(json))
        }
    };
    let action = action.name();
    actions::record(tx, Record { member, key, request_hash, action, status, answer: &answer, effect, problem })?;
    Ok(answer)
}

/// A recorded answer as it goes over the wire.
pub(super) fn replay(answer: Answer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if !status.is_success() {
        return problem::response(status, answer.body);
    }
    let mut response = (status, answer.body).into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// `GET /v1/actions/{key}`
pub(super) async fn outcome(
    State(sandbox): State<Sandbox>,
    member: Member,
    path: Result<Path<String>, axum::extract::rejection::PathRejection>,
) -> Result<Response, Problem> {
    // What is no UUID was never the key of an action.
    let key = path.ok().and_then(|Path(key)| extract::uuid(&key));
    let found = match key {
        Some(key) => sandbox.store().read(|sql| {
            member.ensure_stands(sql)?;
            Ok::<_, Problem>(actions::outcome(sql, &member.id, &key)?)
        })?,
        None => None,
    };
    match found {
        Some(outcome) => Ok(JsonAnswer(outcome).into_response()),
        None => Err(Problem::new(Name::UnknownAction, "no action of this member with this key has an outcome")),
    }
}
