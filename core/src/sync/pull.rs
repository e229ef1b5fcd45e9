//! Pulls pages of changes and applies each with its cursor in one transaction.

use std::time::Duration;

use jiff::Timestamp;

use crate::api::{ApiError, Page, Problem, SyncAnswer, refusal};
use crate::domain::{ActionKey, ActionState, Known, Notice, Outcome, OutcomeStatus, QueuedAction, Reason};
use crate::store::{StoreError, Writer};

use super::Engine;

/// Pages of one pull. A server that always says "more" is not asked for ever.
const MAX_PAGES: usize = 10_000;

/// What a pull came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pulled {
    /// Whether anything was new.
    pub(super) news: bool,
}

/// Pulls until nothing is new. With `wait`, the server holds the first request until something is.
pub(super) async fn pull(engine: &Engine, wait: Duration) -> Result<Pulled, ApiError> {
    let mut news = false;
    let mut restarted = false;
    for page in 0..MAX_PAGES {
        let state = engine.read(|reader| reader.sync_state()).await?;
        // A base that is begun is finished first; one with no cursor is built before it is shown.
        let (generation, cursor, building) = match (state.building, state.cursor) {
            (Some((generation, cursor)), _) => (generation, cursor, true),
            (None, Some(cursor)) => (state.generation, Some(cursor), false),
            (None, None) => (engine.write(|writer| writer.begin_base()).await?, None, true),
        };
        let hold = if page == 0 && !building { wait } else { Duration::ZERO };
        let answer = engine
            .with_access(|access| {
                let cursor = cursor.clone();
                async move { engine.api.sync(&access, cursor.as_ref(), hold).await }
            })
            .await?;
        match answer {
            SyncAnswer::NotModified if building => {
                // The built base is complete as it is.
                let now = engine.clock.now().at;
                engine.write(move |writer| swap(writer, now)).await?;
                news = true;
            }
            SyncAnswer::NotModified => {
                engine.save_contact(false).await?;
                return Ok(Pulled { news });
            }
            SyncAnswer::CursorGone => {
                // A second time in one pull: the server refuses the cursors that it gives.
                if restarted {
                    return Err(ApiError::NotOurs { status: 410 });
                }
                restarted = true;
                engine.write(|writer| writer.begin_base()).await?;
            }
            SyncAnswer::Page(page) => {
                let more = page.more;
                news |= !page.changes.is_empty() || building;
                let contact = engine.clock.unsaved(true);
                let now = engine.clock.now().at;
                let saved = contact.as_ref().map(|(at, _)| *at);
                // A page without changes writes no row.
                if !page.changes.is_empty() || building || cursor.as_ref() != Some(&page.cursor) {
                    let settles = page.changes.iter().any(|change| matches!(change, Known::Outcome(..)));
                    let change = move |writer: &mut Writer<'_>| {
                        apply(writer, generation, building, &page, now)?;
                        match &contact {
                            Some((at, anchor)) => writer.note_contact(*at, anchor),
                            None => Ok(()),
                        }
                    };
                    // The last page makes those before it durable: without power in between, they are asked for again. Not so
                    // a page that settles actions, since the member is told that at once.
                    if more && !settles {
                        engine.write_with_the_next(change).await?;
                    } else {
                        engine.write(change).await?;
                    }
                    if let Some(at) = saved {
                        engine.clock.saved(at);
                    }
                } else {
                    engine.save_contact(false).await?;
                }
                if !more {
                    return Ok(Pulled { news });
                }
            }
        }
    }
    Err(ApiError::NotOurs { status: 200 })
}

/// One page: its changes, its cursor, the swap where it completes a base, and the rows that its outcomes settle.
fn apply(
    writer: &mut Writer<'_>,
    generation: i64,
    building: bool,
    page: &Page,
    now: Timestamp,
) -> Result<(), StoreError> {
    for change in &page.changes {
        writer.apply(generation, change)?;
    }
    if building {
        writer.set_build_cursor(&page.cursor)?;
        if !page.more {
            swap(writer, now)?;
        }
    } else {
        writer.set_cursor(&page.cursor)?;
        for change in &page.changes {
            if let Known::Outcome(key, Some(outcome)) = change {
                settle(writer, *key, outcome, now)?;
            }
        }
    }
    Ok(())
}

/// The base that was built is shown from now on. Where the server had forgotten what was shown before, the member is told.
fn swap(writer: &mut Writer<'_>, now: Timestamp) -> Result<(), StoreError> {
    let lines = writer.forgotten_entries()?;
    writer.swap_base()?;
    if lines > 0 {
        writer.add_notice(now, &Notice::Forgotten { lines })?;
    }
    settle_all(writer, now)
}

/// A new base is shown: each row that it has an outcome for is settled. One that was confirmed and is not in it is sent
/// again under its key: the base is older than the answer, or the server was restored and forgot. Either way it takes
/// effect once.
fn settle_all(writer: &mut Writer<'_>, now: Timestamp) -> Result<(), StoreError> {
    for row in writer.outbox()? {
        match writer.outcome(row.key)? {
            Some(outcome) => settle(writer, row.key, &outcome, now)?,
            None if row.state == ActionState::Confirmed => writer.requeue(row.key)?,
            None => {}
        }
    }
    Ok(())
}

/// The page with this key is applied, effects and all: a confirmed row goes, a rejected one says why, in any state.
pub(super) fn settle(
    writer: &mut Writer<'_>,
    key: ActionKey,
    outcome: &Outcome,
    now: Timestamp,
) -> Result<(), StoreError> {
    match outcome.status {
        OutcomeStatus::Confirmed | OutcomeStatus::Other => {
            if let Some(row) = writer.queued(key)? {
                tell_of_unknown(writer, &row, now)?;
            }
            writer.remove_action(key)?
        }
        OutcomeStatus::Rejected => {
            let refusal = outcome.problem.as_ref().and_then(Problem::from_value).as_ref().and_then(refusal);
            let reason = match refusal {
                Some(refusal) => Reason::Refused { refusal },
                None => Reason::RefusedOtherwise,
            };
            writer.stop(key, ActionState::Rejected, Some(&reason))?
        }
    };
    Ok(())
}

/// Nobody could say what became of `row`, and now it has taken effect: the member is told, in the transaction that settles it,
/// so once. One that had no effect stays listed with its reason instead.
fn tell_of_unknown(writer: &mut Writer<'_>, row: &QueuedAction, now: Timestamp) -> Result<(), StoreError> {
    if row.state == ActionState::OutcomeUnknown {
        writer.add_notice(now, &Notice::TookEffect { action: row.action.clone() })?;
    }
    Ok(())
}
