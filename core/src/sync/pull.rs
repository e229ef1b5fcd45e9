//! Pulls pages of changes and applies each with its cursor in one transaction.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::api::{ApiError, Page, Problem, SyncAnswer, refusal};
use crate::domain::{ActionKey, ActionState, Cursor, Known, Notice, Outcome, OutcomeStatus, QueuedAction, Reason};
use crate::ports::TransportError;
use crate::store::{Reader, StoreError, SyncState, Writer};

use super::{Engine, note_contact};

/// Pages of one pull. A server that always says "more" is not asked for ever: what it sent is kept, and the next pull goes on there.
const MAX_PAGES: usize = 1_000;

/// How many changes a page is asked to have at most.
const LIMIT: u32 = 500;

/// And where that is too large, since the programme's texts are long.
const FEWER: [u32; 3] = [50, 5, 1];

/// What a pull came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pulled {
    /// Whether anything was new.
    pub(super) news: bool,
}

/// What a page is asked for: a base, and from where on.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Asked {
    generation: i64,
    cursor: Option<Cursor>,
    building: bool,
}

impl Asked {
    /// What is next. A base that is begun is finished first. `None` where there is no base to go on with, and one is to be begun.
    fn next(state: SyncState) -> Option<Asked> {
        match (state.building, state.cursor) {
            (Some((generation, cursor)), _) => Some(Asked { generation, cursor, building: true }),
            (None, Some(cursor)) => Some(Asked { generation: state.generation, cursor: Some(cursor), building: false }),
            (None, None) => None,
        }
    }

    /// Whether the answer is still waited for. A pull that is given up may have a write on its way to the disk, and the one
    /// that took its place may have been faster: then its page is of before, and nothing of it is applied.
    fn is_next(&self, reader: &Reader<'_>) -> Result<bool, StoreError> {
        Ok(Asked::next(reader.sync_state()?).as_ref() == Some(self))
    }
}

/// Pulls until nothing is new. With `wait`, the server holds the first request until something is.
pub(super) async fn pull(engine: &Engine, wait: Duration) -> Result<Pulled, ApiError> {
    let mut news = false;
    let mut restarted = false;
    let (mut limit, mut fewer) = (LIMIT, FEWER.into_iter());
    let mut passed = BTreeSet::new();
    for page in 0..MAX_PAGES {
        let asked = match Asked::next(engine.read(|reader| reader.sync_state()).await?) {
            Some(asked) => asked,
            // With no cursor, what is shown stays until a new base is complete.
            None => engine.write(begin).await?,
        };
        let hold = if page == 0 && !asked.building { wait } else { Duration::ZERO };
        let answer = engine.with_access(|access| {
            let cursor = asked.cursor.clone();
            async move { engine.api.sync(&access, cursor.as_ref(), limit, hold).await }
        });
        match answer.await {
            Err(error @ ApiError::Transport(TransportError::TooLarge)) => limit = fewer.next().ok_or(error)?,
            Err(error) => return Err(error),
            // "Nothing since when?": it was asked for everything.
            Ok(SyncAnswer::NotModified) if asked.cursor.is_none() => return Err(ApiError::NotOurs { status: 304 }),
            Ok(SyncAnswer::NotModified) if asked.building => {
                // The built base is complete as it is.
                let now = engine.clock.now().at;
                let whole = engine.write(move |writer| Ok(!asked.is_next(writer)? || swap(writer, now)?));
                if !whole.await? {
                    return Err(not_whole(304));
                }
                news = true;
            }
            Ok(SyncAnswer::NotModified) => {
                engine.save_contact(false).await?;
                return Ok(Pulled { news });
            }
            Ok(SyncAnswer::CursorGone) => {
                // A second time in one pull: the server refuses the cursors that it gives.
                if restarted {
                    return Err(ApiError::NotOurs { status: 410 });
                }
                restarted = true;
                engine
                    .write(move |writer| if asked.is_next(writer)? { writer.begin_base().map(drop) } else { Ok(()) })
                    .await?;
            }
            Ok(SyncAnswer::Page(page)) => {
                let (more, cursor) = (page.more, page.cursor.clone());
                news |= !page.changes.is_empty() || asked.building;
                passed.extend(asked.cursor.clone());
                match take(engine, asked, page).await? {
                    Taken::NotWhole => return Err(not_whole(200)),
                    Taken::Applied if !more => return Ok(Pulled { news }),
                    Taken::Applied if passed.contains(&cursor) => {
                        tracing::error!("the server leads in a circle; what it sent is kept");
                        return Err(ApiError::NotOurs { status: 200 });
                    }
                    Taken::Applied | Taken::Overtaken => {}
                }
            }
        }
    }
    tracing::error!("the server has more after very many pages; going on later");
    Err(ApiError::NotOurs { status: 200 })
}

/// Begins a base where none is under way.
fn begin(writer: &mut Writer<'_>) -> Result<Asked, StoreError> {
    match Asked::next(writer.sync_state()?) {
        Some(asked) => Ok(asked),
        None => Ok(Asked { generation: writer.begin_base()?, cursor: None, building: true }),
    }
}

/// What became of a page.
enum Taken {
    Applied,
    /// The answer was no longer waited for.
    Overtaken,
    /// It completes a base that is not whole.
    NotWhole,
}

/// Applies a page and notes the contact.
async fn take(engine: &Engine, asked: Asked, page: Page) -> Result<Taken, ApiError> {
    // A page without changes writes no row.
    if page.changes.is_empty() && !asked.building && asked.cursor.as_ref() == Some(&page.cursor) {
        engine.save_contact(false).await?;
        return Ok(Taken::Applied);
    }
    let now = engine.clock.now().at;
    let settles = page.changes.iter().any(|change| matches!(change, Known::Outcome(..)));
    let more = page.more;
    let clock = Arc::clone(&engine.clock);
    let change = move |writer: &mut Writer<'_>| {
        if !asked.is_next(writer)? {
            return Ok((Taken::Overtaken, None));
        }
        let whole = apply(writer, &asked, &page, now)?;
        let contact = note_contact(writer, &clock, true)?;
        Ok((if whole { Taken::Applied } else { Taken::NotWhole }, contact))
    };
    // The last page makes those before it durable: without power in between, they are asked for again. Not so
    // a page that settles actions, since the member is told that at once.
    let written =
        if more && !settles { engine.write_with_the_next(change).await? } else { engine.write(change).await? };
    let (taken, contact) = written;
    if let Some(contact) = contact {
        engine.clock.saved(contact);
    }
    Ok(taken)
}

fn not_whole(status: u16) -> ApiError {
    tracing::error!("a base without the programme or the member is not shown in place of one that has them");
    ApiError::NotOurs { status }
}

/// One page: its changes, its cursor, the swap where it completes a base, and the rows that its outcomes settle. `false` where a
/// base should be complete, and is not whole.
fn apply(writer: &mut Writer<'_>, asked: &Asked, page: &Page, now: Timestamp) -> Result<bool, StoreError> {
    for change in &page.changes {
        writer.apply(asked.generation, change)?;
    }
    if asked.building {
        writer.set_build_cursor(&page.cursor)?;
        if !page.more {
            return swap(writer, now);
        }
    } else {
        writer.set_cursor(&page.cursor)?;
        for change in &page.changes {
            if let Known::Outcome(key, Some(outcome)) = change {
                settle(writer, *key, outcome, now)?;
            }
        }
    }
    Ok(true)
}

/// The base that was built is shown from now on. Where the server had forgotten what was shown before, the member is told. One
/// that lacks the programme or the member, which what is shown has, answers `false` and stays beside it: a card that is on the
/// phone does not go because a server is only half set up.
fn swap(writer: &mut Writer<'_>, now: Timestamp) -> Result<bool, StoreError> {
    if !writer.built_base_is_whole()? {
        return Ok(false);
    }
    let lines = writer.forgotten_entries()?;
    writer.swap_base()?;
    writer.doubt_device()?;
    if lines > 0 {
        writer.add_notice(now, &Notice::Forgotten { lines })?;
    }
    settle_all(writer, now)?;
    Ok(true)
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
