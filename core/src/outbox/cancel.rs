//! What taking back a claim comes to, by where the claim stands.

use crate::domain::{Action, ActionKey, ActionState, QueuedAction};

/// What a cancellation comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cancelling {
    /// Nothing of the claim was ever sent: these rows go, and nothing is sent.
    Collapses(Vec<ActionKey>),
    /// It becomes an action of its own, sent once the claim has taken effect.
    Follows,
    /// It is on its way already.
    Underway,
    /// The claim stopped without effect.
    HadNoEffect,
    /// The outbox does not hold the claim: the base decides.
    NotHere,
}

/// What cancelling `claim` comes to in `rows`.
pub fn cancelling(rows: &[QueuedAction], claim: ActionKey) -> Cancelling {
    let open_cancel = rows.iter().find(|row| is_cancel_of(row, claim) && !row.state.has_stopped());
    let Some(row) = rows.iter().find(|row| row.key == claim) else {
        return if open_cancel.is_some() { Cancelling::Underway } else { Cancelling::NotHere };
    };
    match row.state {
        state if state.has_stopped() => Cancelling::HadNoEffect,
        _ if was_never_sent(row) => {
            // A cancellation that waits behind a claim which turned out never to have left goes with it.
            let cancels = rows.iter().filter(|row| is_cancel_of(row, claim) && was_never_sent(row));
            Cancelling::Collapses(std::iter::once(claim).chain(cancels.map(|row| row.key)).collect())
        }
        _ if open_cancel.is_some() => Cancelling::Underway,
        _ => Cancelling::Follows,
    }
}

/// Whether no byte of the action can have left the device.
pub fn was_never_sent(row: &QueuedAction) -> bool {
    row.state == ActionState::Queued && row.attempts == 0
}

fn is_cancel_of(row: &QueuedAction, claim: ActionKey) -> bool {
    matches!(&row.action, Action::CancelClaim { claim: named, .. } if *named == claim)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ActionState::{Confirmed, Expired, OutcomeUnknown, Parked, Queued, Rejected, Sending};
    use crate::outbox::samples::{cancel_of, claim, key};

    fn in_state(mut row: QueuedAction, state: ActionState, attempts: u32) -> QueuedAction {
        (row.state, row.attempts) = (state, attempts);
        row
    }

    #[test]
    fn by_where_the_claim_stands() {
        let (c, x) = (key(1), key(2));
        let collapses = || Cancelling::Collapses(vec![c]);
        for (state, attempts, alone, beside_unsent, beside_sent) in [
            (Queued, 0, collapses(), Cancelling::Collapses(vec![c, x]), collapses()),
            (Queued, 1, Cancelling::Follows, Cancelling::Underway, Cancelling::Underway),
            (Sending, 1, Cancelling::Follows, Cancelling::Underway, Cancelling::Underway),
            (Confirmed, 1, Cancelling::Follows, Cancelling::Underway, Cancelling::Underway),
            (OutcomeUnknown, 1, Cancelling::Follows, Cancelling::Underway, Cancelling::Underway),
            (Rejected, 1, Cancelling::HadNoEffect, Cancelling::HadNoEffect, Cancelling::HadNoEffect),
            (Expired, 0, Cancelling::HadNoEffect, Cancelling::HadNoEffect, Cancelling::HadNoEffect),
            (Parked, 1, Cancelling::HadNoEffect, Cancelling::HadNoEffect, Cancelling::HadNoEffect),
        ] {
            let claimed = in_state(claim(1), state, attempts);
            assert_eq!(cancelling(std::slice::from_ref(&claimed), c), alone, "{state:?} {attempts}");
            let unsent = [claimed.clone(), cancel_of(2, c)];
            assert_eq!(cancelling(&unsent, c), beside_unsent, "{state:?} {attempts}, a cancellation waits");
            let sent = [claimed.clone(), in_state(cancel_of(2, c), Sending, 1)];
            assert_eq!(cancelling(&sent, c), beside_sent, "{state:?} {attempts}, a cancellation is being sent");
            let refused = [claimed, in_state(cancel_of(2, c), Rejected, 1)];
            assert_eq!(cancelling(&refused, c), alone, "{state:?} {attempts}, one was refused before");
        }
    }

    #[test]
    fn a_claim_that_is_settled_is_the_bases() {
        let (c, other) = (key(1), key(9));
        assert_eq!(cancelling(&[], c), Cancelling::NotHere);
        assert_eq!(cancelling(&[claim(3), cancel_of(4, other)], c), Cancelling::NotHere);
        assert_eq!(cancelling(&[cancel_of(2, c)], c), Cancelling::Underway);
        assert_eq!(cancelling(&[in_state(cancel_of(2, c), Rejected, 1)], c), Cancelling::NotHere);
    }
}
