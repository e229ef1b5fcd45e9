//! View = base with the outbox laid over it: what pending actions take, and what confirmed ones already did.

use std::collections::BTreeSet;

use crate::domain::{Action, ActionKey, ActionState, Entry, IssuedVoucher, QueuedAction, RewardId, UnitId};

/// The outbox as it lies over the base.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Overlay {
    /// What open actions will take, if they take effect.
    pub spending: Vec<SpentBy>,
    /// What open actions will give back, if they take effect. It can be spent only then.
    pub returning: Vec<SpentBy>,
    /// Vouchers that open actions will bring. They have no code yet.
    pub vouchers: Vec<PendingVoucher>,
    /// Claims whose cancellation is open: their vouchers must not be used meanwhile.
    pub cancelling: BTreeSet<ActionKey>,
    /// Ledger lines of confirmed actions whose page has not been applied.
    pub entries: Vec<Entry>,
    /// Vouchers of confirmed actions whose page has not been applied.
    pub issued: Vec<IssuedVoucher>,
    /// The spend lock as the newest action about it leaves it; `None` where the base says how it is.
    pub spend_lock: Option<SpendLock>,
}

/// The spend lock as an action leaves it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpendLock {
    /// The action.
    pub key: ActionKey,
    /// Whether spending is refused.
    pub locked: bool,
    /// Whether the server has not said so yet.
    pub pending: bool,
}

/// Points that an open action will take, or give back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpentBy {
    /// The action.
    pub key: ActionKey,
    /// What is counted.
    pub unit: UnitId,
    /// How much, never negative.
    pub amount: i64,
}

/// A voucher that an open action will bring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingVoucher {
    /// The action.
    pub key: ActionKey,
    /// Of which reward.
    pub reward: RewardId,
    /// Whether nobody can say yet if it took effect.
    pub unknown: bool,
}

impl Overlay {
    /// The overlay of `rows`, oldest first. Stopped actions have none.
    pub fn of(rows: &[QueuedAction]) -> Overlay {
        let mut overlay = Overlay::default();
        for row in rows {
            if row.state.is_open() {
                overlay.lay_open(row);
            } else if let (ActionState::Confirmed, Some(effect)) = (row.state, &row.effect) {
                overlay.entries.extend(effect.entries.iter().cloned());
                overlay.issued.extend(effect.voucher.clone());
                if let Some(card) = &effect.card {
                    overlay.spend_lock = Some(SpendLock { key: row.key, locked: card.spend_locked, pending: false });
                }
            }
        }
        overlay
    }

    fn lay_open(&mut self, row: &QueuedAction) {
        match &row.action {
            Action::ClaimReward { reward, cost, .. } => {
                self.spending.push(SpentBy { key: row.key, unit: cost.unit.clone(), amount: cost.amount });
                self.vouchers.push(PendingVoucher {
                    key: row.key,
                    reward: reward.clone(),
                    unknown: row.state == ActionState::OutcomeUnknown,
                });
            }
            Action::CancelClaim { claim, refund, .. } => {
                self.returning.push(SpentBy { key: row.key, unit: refund.unit.clone(), amount: refund.amount });
                self.cancelling.insert(*claim);
            }
            Action::SetSpendLock { locked } => {
                self.spend_lock = Some(SpendLock { key: row.key, locked: *locked, pending: true });
            }
        }
    }

    /// What confirmed actions did to an account that the base does not show yet.
    pub fn confirmed(&self, unit: &UnitId) -> i64 {
        self.entries.iter().filter(|entry| &entry.unit == unit).map(|entry| entry.amount).fold(0, i64::saturating_add)
    }

    /// What open actions will take from an account: never negative.
    pub fn spending(&self, unit: &UnitId) -> i64 {
        sum(&self.spending, unit)
    }

    /// What open actions will give back to an account: never negative.
    pub fn returning(&self, unit: &UnitId) -> i64 {
        sum(&self.returning, unit)
    }
}

fn sum(moved: &[SpentBy], unit: &UnitId) -> i64 {
    moved.iter().filter(|by| &by.unit == unit).map(|by| by.amount).fold(0, i64::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{CardState, Channel, Effect, EntryReason};
    use crate::outbox::samples::{at, cancel_of, claim, fifty, key, lock_of};

    fn row(number: u8, state: ActionState) -> QueuedAction {
        let entry = Entry {
            id: None,
            number: i64::from(number),
            unit: fifty().unit,
            amount: -50,
            balance: 0,
            reason: EntryReason::Claim,
            at: at(0),
            place: None,
            channel: Channel::App,
            title: None,
            key: None,
        };
        let effect = Effect { entries: vec![entry], voucher: None, accounts: Vec::new(), card: None };
        QueuedAction { state, effect: (state == ActionState::Confirmed).then_some(effect), ..claim(number) }
    }

    #[test]
    fn each_state_counts_exactly_once_and_stopped_ones_not_at_all() {
        use ActionState::{Confirmed, Expired, OutcomeUnknown, Parked, Queued, Rejected, Sending};
        let unit: UnitId = "points".parse().expect("an id");
        for (state, spending, confirmed) in [
            (Queued, 50, 0),
            (Sending, 50, 0),
            (OutcomeUnknown, 50, 0),
            (Confirmed, 0, -50),
            (Rejected, 0, 0),
            (Expired, 0, 0),
            (Parked, 0, 0),
        ] {
            let overlay = Overlay::of(&[row(1, state)]);
            assert_eq!((overlay.spending(&unit), overlay.confirmed(&unit)), (spending, confirmed), "{state:?}");
            let unknown: Vec<bool> = overlay.vouchers.iter().map(|voucher| voucher.unknown).collect();
            let expected = if state.is_open() { vec![state == OutcomeUnknown] } else { vec![] };
            assert_eq!(unknown, expected, "{state:?}");
        }
        let both = Overlay::of(&[row(1, Queued), row(2, Confirmed), row(3, Queued)]);
        assert_eq!((both.spending(&unit), both.confirmed(&unit)), (100, -50));
        assert_eq!(both.spending(&"stamps".parse().expect("an id")), 0);
    }

    #[test]
    fn a_cancellation_gives_back_only_when_it_is_confirmed_and_closes_the_voucher_at_once() {
        let unit = fifty().unit;
        let both = Overlay::of(&[claim(1), cancel_of(2, key(1))]);
        assert_eq!((both.spending(&unit), both.returning(&unit), both.confirmed(&unit)), (50, 50, 0));
        assert_eq!(both.cancelling, BTreeSet::from([key(1)]));
        let mut refused = cancel_of(2, key(1));
        refused.state = ActionState::Rejected;
        let alone = Overlay::of(&[refused]);
        assert_eq!((alone.returning(&unit), alone.cancelling.len()), (0, 0));
    }

    #[test]
    fn the_newest_action_about_the_lock_that_has_not_stopped_says_how_it_is() {
        use ActionState::{Confirmed, Expired, OutcomeUnknown, Parked, Queued, Rejected, Sending};
        let lock = |number, locked, pending| Some(SpendLock { key: key(number), locked, pending });
        let row = |number, locked, state| {
            let card = CardState { spend_locked: locked, ..CardState::default() };
            let effect = Effect { entries: Vec::new(), voucher: None, accounts: Vec::new(), card: Some(card) };
            QueuedAction { state, effect: (state == Confirmed).then_some(effect), ..lock_of(number, locked) }
        };
        for state in [Queued, Sending, OutcomeUnknown] {
            assert_eq!(Overlay::of(&[row(1, true, state)]).spend_lock, lock(1, true, true), "{state:?}");
        }
        assert_eq!(Overlay::of(&[row(1, true, Confirmed)]).spend_lock, lock(1, true, false));
        for state in [Rejected, Expired, Parked] {
            assert_eq!(Overlay::of(&[row(1, true, state)]).spend_lock, None, "{state:?}");
            let both = [row(1, true, Queued), row(2, false, state)];
            assert_eq!(Overlay::of(&both).spend_lock, lock(1, true, true), "{state:?}");
        }
        assert_eq!(Overlay::of(&[row(1, true, Confirmed), row(2, false, Queued)]).spend_lock, lock(2, false, true));
        assert_eq!(Overlay::of(&[claim(1)]).spend_lock, None);
    }
}
