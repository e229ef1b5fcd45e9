//! View = base with the outbox laid over it: what pending actions take, and what confirmed ones already did.

use crate::domain::{Action, ActionKey, ActionState, Entry, IssuedVoucher, QueuedAction, RewardId, UnitId};

/// The outbox as it lies over the base.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Overlay {
    /// What open actions will take, if they take effect.
    pub spending: Vec<SpentBy>,
    /// Vouchers that open actions will bring. They have no code yet.
    pub vouchers: Vec<PendingVoucher>,
    /// Ledger lines of confirmed actions whose page has not been applied.
    pub entries: Vec<Entry>,
    /// Vouchers of confirmed actions whose page has not been applied.
    pub issued: Vec<IssuedVoucher>,
}

/// Points that an open action will take.
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
        }
    }

    /// What confirmed actions did to an account that the base does not show yet.
    pub fn confirmed(&self, unit: &UnitId) -> i64 {
        self.entries.iter().filter(|entry| &entry.unit == unit).map(|entry| entry.amount).fold(0, i64::saturating_add)
    }

    /// What open actions will take from an account: never negative.
    pub fn spending(&self, unit: &UnitId) -> i64 {
        self.spending.iter().filter(|spent| &spent.unit == unit).map(|spent| spent.amount).fold(0, i64::saturating_add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Channel, Cost, Effect, EntryReason, Lane};

    fn row(number: u8, state: ActionState) -> QueuedAction {
        let unit: UnitId = "points".parse().expect("an id");
        let at = jiff::Timestamp::UNIX_EPOCH;
        let entry = Entry {
            id: None,
            number: i64::from(number),
            unit: unit.clone(),
            amount: -50,
            balance: 0,
            reason: EntryReason::Claim,
            at,
            place: None,
            channel: Channel::App,
            title: None,
            key: None,
        };
        QueuedAction {
            sequence: i64::from(number),
            key: ActionKey::new(u64::from(number), [number; 10]),
            action: Action::ClaimReward {
                reward: "coffee".parse().expect("an id"),
                cost: Cost { unit, amount: 50 },
                revision: 1,
            },
            body: Vec::new(),
            lane: Lane::Points,
            after: Vec::new(),
            created_at: at,
            not_after: at,
            attempts: 0,
            failures: 0,
            next_attempt_at: 0,
            retry_floor: 0,
            state,
            reason: None,
            effect: (state == ActionState::Confirmed).then(|| Effect {
                entries: vec![entry],
                voucher: None,
                accounts: Vec::new(),
            }),
        }
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
            assert_eq!(overlay.vouchers.len(), usize::from(state.is_open()), "{state:?}");
        }
        let both = Overlay::of(&[row(1, Queued), row(2, Confirmed), row(3, Queued)]);
        assert_eq!((both.spending(&unit), both.confirmed(&unit)), (100, -50));
        assert_eq!(both.spending(&"stamps".parse().expect("an id")), 0);
    }
}
