//! What locking and unlocking what is spent comes to, by what is in the outbox.

use super::{Overlay, was_never_sent};
use crate::domain::{ActionKey, ActionState, Lane, QueuedAction};

/// So often something is sent before a lock goes ahead of it: a few seconds of an outage.
const TRIES: u32 = 3;

/// What locking or unlocking comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Locking {
    /// The opposite, which was never sent: it goes.
    pub collapses: Option<ActionKey>,
    /// Whether an action of its own is needed for it.
    pub queues: bool,
}

/// What setting the lock to `locked` comes to, where the base says `base` and `rows` lie over it.
pub fn locking(rows: &[QueuedAction], base: bool, locked: bool) -> Locking {
    let lock = Overlay::of(rows).spend_lock;
    if lock.map_or(base, |lock| lock.locked) == locked {
        return Locking { collapses: None, queues: false };
    }
    // A claim that was made between the two needs the first: she unlocked, claimed, and locked again.
    let undone = lock.map(|lock| lock.key).filter(|key| {
        let needed = |row: &QueuedAction| row.after.contains(key) && row.action.builds_on_earlier();
        rows.iter().any(|row| row.key == *key && was_never_sent(row))
            && !rows.iter().any(|row| needed(row) && !row.state.has_stopped())
    });
    let rest: Vec<QueuedAction> = rows.iter().filter(|row| Some(row.key) != undone).cloned().collect();
    let without = Overlay::of(&rest).spend_lock.map_or(base, |lock| lock.locked);
    Locking { collapses: undone, queues: without != locked }
}

/// What a lock lets go first: the member did it while she could spend. Unlocking waits for nothing.
pub fn lets_go_first(rows: &[QueuedAction], locked: bool) -> Vec<ActionKey> {
    let before = |row: &&QueuedAction| locked && row.lane == Lane::Points && row.state.is_open();
    rows.iter().filter(before).map(|row| row.key).collect()
}

/// Whether `row`, which only lets what it names go first, waits for it now. A lock protects: what was sent [`TRIES`] times without an
/// answer does not hold it up any longer, nor does what waits behind that.
pub(super) fn waits<'a>(row: &QueuedAction, named: impl Fn(ActionKey) -> Option<&'a QueuedAction>) -> bool {
    let before: Vec<&QueuedAction> = row.after.iter().filter_map(|key| named(*key)).collect();
    let held_up = |row: &&QueuedAction| row.state == ActionState::Queued && row.attempts >= TRIES;
    let to_go = |row: &&QueuedAction| matches!(row.state, ActionState::Queued | ActionState::Sending);
    before.iter().any(to_go) && !before.iter().any(held_up)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ActionState::{Confirmed, Expired, OutcomeUnknown, Parked, Queued, Rejected, Sending};
    use crate::outbox::samples::{cancel_of, claim, key, lock_of};

    fn in_state(mut row: QueuedAction, state: ActionState, attempts: u32) -> QueuedAction {
        (row.state, row.attempts) = (state, attempts);
        row
    }

    fn after(mut row: QueuedAction, number: u8) -> QueuedAction {
        row.after = vec![key(number)];
        row
    }

    const NOTHING: Locking = Locking { collapses: None, queues: false };
    const QUEUES: Locking = Locking { collapses: None, queues: true };

    #[test]
    fn what_is_so_already_needs_nothing_and_the_opposite_that_never_left_goes() {
        assert_eq!((locking(&[], false, false), locking(&[], false, true)), (NOTHING, QUEUES));
        assert_eq!((locking(&[], true, true), locking(&[], true, false)), (NOTHING, QUEUES));
        let collapses = Locking { collapses: Some(key(1)), queues: false };
        for (state, attempts, expected) in
            [(Queued, 0, collapses), (Queued, 1, QUEUES), (Sending, 1, QUEUES), (OutcomeUnknown, 1, QUEUES)]
        {
            let rows = [in_state(lock_of(1, true), state, attempts)];
            assert_eq!(locking(&rows, false, true), NOTHING, "{state:?} {attempts}");
            assert_eq!(locking(&rows, false, false), expected, "{state:?} {attempts}");
        }
        for state in [Rejected, Expired, Parked] {
            let rows = [in_state(lock_of(1, true), state, 1)];
            assert_eq!((locking(&rows, false, true), locking(&rows, false, false)), (QUEUES, NOTHING), "{state:?}");
        }
        // Another phone locked it meanwhile, so that without the lock of this one it is locked nevertheless.
        let both = Locking { collapses: Some(key(1)), queues: true };
        assert_eq!(locking(&[lock_of(1, true)], true, false), both);
    }

    #[test]
    fn an_unlocking_that_a_claim_was_made_after_stays() {
        let rows = [lock_of(1, false), after(claim(2), 1)];
        assert_eq!(locking(&rows, true, true), QUEUES);
        let stopped = [lock_of(1, false), in_state(after(claim(2), 1), Rejected, 0)];
        assert_eq!(locking(&stopped, true, true), Locking { collapses: Some(key(1)), queues: false });
        // And the lock that was queued then goes where it is unlocked again, also while it lets the claim go first.
        let rows = [lock_of(1, false), after(claim(2), 1), after(lock_of(3, true), 2)];
        assert_eq!(locking(&rows, true, false), Locking { collapses: Some(key(3)), queues: false });
    }

    #[test]
    fn a_lock_names_what_was_spent_before_it_and_waits_until_that_has_been_tried() {
        let mut rows = vec![claim(1), cancel_of(2, key(1)), lock_of(3, false), in_state(claim(4), Confirmed, 1)];
        assert_eq!(lets_go_first(&rows, true), [key(1), key(2)]);
        assert_eq!(lets_go_first(&rows, false), []);
        rows[3] = claim(4);
        let lock = QueuedAction { after: vec![key(1), key(4)], ..lock_of(5, true) };
        let waits = |rows: &[QueuedAction]| waits(&lock, |key| rows.iter().find(|row| row.key == key));
        assert!(waits(&rows));
        for (state, attempts, expected) in [
            (Queued, 0, true),
            (Sending, 1, true),
            (Queued, 2, true),
            (Sending, 3, true),
            // It may take days, and what is behind it too.
            (Queued, 3, false),
            (Sending, 4, true),
        ] {
            rows[0] = in_state(claim(1), state, attempts);
            assert_eq!(waits(&rows), expected, "{state:?} {attempts}");
        }
        for state in [Confirmed, Rejected, Expired, OutcomeUnknown, Parked] {
            rows[0] = in_state(claim(1), state, 1);
            assert!(waits(&rows), "{state:?}: the other one is still to go");
            assert!(!waits(&rows[..3]), "{state:?}");
        }
        assert!(!waits(&[]), "it is settled");
    }
}
