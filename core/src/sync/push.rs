//! Sends one action, or asks what became of one, and writes down the answer.

use super::{Engine, pull};
use crate::api::{ApiError, Verdict};
use crate::domain::{ActionState, Outcome, OutcomeStatus, QueuedAction, Reason, Refusal};
use crate::outbox::{Delay, next_attempt};
use crate::store::Writer;

/// What a push came to.
pub(super) enum Pushed {
    /// It stopped or took effect; where it took effect, or may have, there is something to pull.
    Decided {
        /// Whether there is.
        pull: bool,
    },
    /// An outage: it waits for the next attempt.
    PutBack(ApiError),
    /// The session is over; it stays queued as it is.
    SessionEnded,
    /// The row was settled meanwhile.
    Gone,
}

/// Sends `row`. Its state on the disk is true at each instant: `sending` is committed before the first byte leaves.
pub(super) async fn push(engine: &Engine, row: QueuedAction) -> Result<Pushed, ApiError> {
    let key = row.key;
    // Without a token no byte of the action leaves.
    if let Err(error) = engine.session.access().await {
        return postpone(engine, &row, error).await;
    }
    let marked = engine.write(move |writer| Ok((writer.mark_sending(key)?, writer.sync_state()?.generation))).await?;
    let (true, base) = marked else { return Ok(Pushed::Gone) };
    let answer = engine.with_access(|access| {
        let body = row.body.clone();
        async move { engine.api.act(&access, key, body).await }
    });
    match answer.await {
        Ok(Verdict::Confirmed(effect)) => {
            let believed = move |writer: &mut Writer<'_>| {
                if writer.sync_state()?.generation == base {
                    return writer.confirm(key, &effect);
                }
                // A new base came meanwhile and did not settle the row. The answer may be of a server that was restored
                // since and forgot it: no page would ever carry the key. Sent again under its key, it has one effect.
                writer.requeue(key)?;
                Ok(writer.queued(key)?.is_some())
            };
            let open = engine.write(believed).await?;
            Ok(if open { Pushed::Decided { pull: true } } else { Pushed::Gone })
        }
        // Sent for the first time, it had no effect. An earlier copy may have had one: the record of outcomes decides.
        Ok(Verdict::Refused(Refusal::ActionExpired)) if row.attempts == 0 => {
            stop(engine, &row, ActionState::Expired, None).await
        }
        Ok(Verdict::Refused(Refusal::ActionExpired)) => stop(engine, &row, ActionState::OutcomeUnknown, None).await,
        Ok(Verdict::Refused(refusal)) => {
            stop(engine, &row, ActionState::Rejected, Some(Reason::Refused { refusal })).await
        }
        Ok(Verdict::Unreadable { status, problem }) => {
            tracing::error!(status, problem, "the server cannot read an action; it is parked");
            stop(engine, &row, ActionState::Parked, Some(Reason::Unreadable { status, problem })).await
        }
        Ok(Verdict::InFlight) => put_back(engine, &row, ApiError::Outage { status: 409, retry_after: None }).await,
        Err(error) => put_back(engine, &row, error).await,
    }
}

/// Asks what became of an action that was sent and is too old to be sent again.
pub(super) async fn resolve(engine: &Engine, row: QueuedAction) -> Result<Pushed, ApiError> {
    let key = row.key;
    let now = engine.clock.now().at;
    let answer = engine.with_access(|access| async move { engine.api.outcome(&access, key).await }).await;
    match answer {
        // It took effect, and its page is on the way: until then it counts as it did, and who was restored in between is believed
        // by its pages alone. Where the page does not come, the record is asked for again.
        Ok(Some(Outcome { status: OutcomeStatus::Confirmed, effect: Some(_), .. })) => {
            let delay =
                next_attempt(engine.wall_millis(), row.failures.saturating_add(1), None, |bound| engine.draw(bound))?;
            engine.write(move |writer| writer.postpone(key, delay.next_attempt_at, delay.retry_floor)).await?;
            Ok(Pushed::Decided { pull: true })
        }
        Ok(Some(outcome)) => {
            engine.write(move |writer| pull::settle(writer, key, &outcome, now)).await?;
            Ok(Pushed::Decided { pull: true })
        }
        // Past `not_after` by the server's clock, no outcome means no effect.
        Ok(None) => stop(engine, &row, ActionState::Expired, None).await,
        Err(error) => postpone(engine, &row, error).await,
    }
}

async fn stop(
    engine: &Engine,
    row: &QueuedAction,
    state: ActionState,
    reason: Option<Reason>,
) -> Result<Pushed, ApiError> {
    let key = row.key;
    engine.write(move |writer| writer.stop(key, state, reason.as_ref())).await?;
    Ok(Pushed::Decided { pull: state == ActionState::OutcomeUnknown })
}

/// The row was not sent: only its next attempt moves.
async fn postpone(engine: &Engine, row: &QueuedAction, error: ApiError) -> Result<Pushed, ApiError> {
    if let ApiError::SessionEnded = error {
        return Ok(Pushed::SessionEnded);
    }
    let (key, delay) = (row.key, delay(engine, row, &error)?);
    engine.write(move |writer| writer.postpone(key, delay.next_attempt_at, delay.retry_floor)).await?;
    Ok(Pushed::PutBack(error))
}

/// The row was marked as being sent: it is queued again.
async fn put_back(engine: &Engine, row: &QueuedAction, error: ApiError) -> Result<Pushed, ApiError> {
    let (key, sent) = (row.key, error.may_have_been_sent());
    if let ApiError::SessionEnded = error {
        // A 401 comes before any effect. Sending resumes when the same member signs in.
        engine.write(move |writer| writer.put_back(key, sent, 0, 0)).await?;
        return Ok(Pushed::SessionEnded);
    }
    let delay = delay(engine, row, &error)?;
    engine.write(move |writer| writer.put_back(key, sent, delay.next_attempt_at, delay.retry_floor)).await?;
    Ok(Pushed::PutBack(error))
}

fn delay(engine: &Engine, row: &QueuedAction, error: &ApiError) -> Result<Delay, ApiError> {
    let failures = row.failures.saturating_add(1);
    next_attempt(engine.wall_millis(), failures, error.retry_after(), |bound| engine.draw(bound))
}
