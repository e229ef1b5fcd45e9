//! Rows for the tests of this folder.

use jiff::Timestamp;

use crate::domain::{Action, ActionKey, ActionState, Cost, QueuedAction};

/// When the rows were made, in milliseconds since 1970.
pub const MADE: i64 = 1_000_000;

/// The instant so many milliseconds after 1970.
pub fn at(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(millis).expect("an instant")
}

/// The key of the row with this number.
pub fn key(number: u8) -> ActionKey {
    ActionKey::new(u64::from(number), [number; 10])
}

/// What each claim costs.
pub fn fifty() -> Cost {
    Cost { unit: "points".parse().expect("an id"), amount: 50 }
}

/// A queued claim.
pub fn claim(number: u8) -> QueuedAction {
    queued(number, Action::ClaimReward { reward: "coffee".parse().expect("an id"), cost: fifty(), revision: 1 })
}

/// A queued cancellation of `claim`.
pub fn cancel_of(number: u8, claim: ActionKey) -> QueuedAction {
    let action = Action::CancelClaim { claim, reward: "coffee".parse().expect("an id"), refund: fifty() };
    QueuedAction { after: vec![claim], ..queued(number, action) }
}

/// A queued lock, or its opposite.
pub fn lock_of(number: u8, locked: bool) -> QueuedAction {
    queued(number, Action::SetSpendLock { locked })
}

fn queued(number: u8, action: Action) -> QueuedAction {
    let lane = action.lane();
    QueuedAction {
        sequence: i64::from(number),
        key: key(number),
        action,
        body: Vec::new(),
        lane,
        after: Vec::new(),
        created_at: at(MADE),
        not_after: at(MADE + 60_000),
        made_at: None,
        attempts: 0,
        failures: 0,
        next_attempt_at: 0,
        retry_floor: 0,
        state: ActionState::Queued,
        reason: None,
        effect: None,
    }
}
