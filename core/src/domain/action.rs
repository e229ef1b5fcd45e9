//! Actions: what a member can do, the bytes that say so, and what became of it.
//!
//! A new kind of action is one variant of [`Action`], its lane, its overlay (`outbox::overlay`) and its texts.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    Account, ActionKey, CardState, ClockReading, Cost, Entry, RewardId, TierId, Voucher, VoucherId, VoucherState,
};

/// What a member does. Its JSON is the body of `POST /v1/actions`, less `not_after`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Action {
    /// Points for a voucher. Carries the cost and revision that were shown: the server refuses rather than charge more.
    ClaimReward {
        /// Which reward.
        reward: RewardId,
        /// The cost that the member saw.
        cost: Cost,
        /// The revision that the member saw.
        revision: u64,
    },
    /// A claim taken back: its voucher for the points. The server finds the claim by its key, which may still be on its way
    /// when the member does this.
    CancelClaim {
        /// The key of the claim.
        claim: ActionKey,
        /// Which reward was claimed.
        reward: RewardId,
        /// What the claim took. The server gives back what it really took.
        refund: Cost,
    },
    /// From now on the card earns and spends nothing, or spends again.
    SetSpendLock {
        /// Whether spending is refused.
        locked: bool,
    },
}

impl Action {
    /// The lane that keeps this action's order.
    pub fn lane(&self) -> Lane {
        match self {
            Action::ClaimReward { .. } | Action::CancelClaim { .. } => Lane::Points,
            Action::SetSpendLock { .. } => Lane::Profile,
        }
    }

    /// Whether it is of no use where what it comes after had no effect. A lock only lets that go first.
    pub fn builds_on_earlier(&self) -> bool {
        !matches!(self, Action::SetSpendLock { .. })
    }
}

/// The whole body of `POST /v1/actions`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestBody {
    /// The action.
    #[serde(flatten)]
    pub action: Action,
    /// A later arrival has no effect.
    pub not_after: Timestamp,
}

/// First in, first out within a lane; lanes do not wait for each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names are the field's own")]
pub enum Lane {
    Points,
    Offers,
    Profile,
    Messages,
    Surveys,
    Events,
}

impl Lane {
    /// The name that is stored.
    pub fn name(self) -> &'static str {
        match self {
            Lane::Points => "points",
            Lane::Offers => "offers",
            Lane::Profile => "profile",
            Lane::Messages => "messages",
            Lane::Surveys => "surveys",
            Lane::Events => "events",
        }
    }

    /// The lane with this stored name.
    pub fn named(name: &str) -> Option<Lane> {
        use Lane::{Events, Messages, Offers, Points, Profile, Surveys};
        [Points, Offers, Profile, Messages, Surveys, Events].into_iter().find(|lane| lane.name() == name)
    }
}

/// Where an action stands. `DESIGN`: `queued -> sending -> confirmed | rejected | expired | outcome_unknown | parked`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActionState {
    /// Waits to be sent.
    Queued,
    /// May be with the server: committed before the first byte left.
    Sending,
    /// The server took effect; the page that carries the effect has not been applied yet.
    Confirmed,
    /// The server refused, without effect.
    Rejected,
    /// Too old to be sent, and never was.
    Expired,
    /// Too old to be sent again, and was sent at least once: the server's record of outcomes decides.
    OutcomeUnknown,
    /// The server could not read it: our bug. Sent again after an update of the app.
    Parked,
}

impl ActionState {
    /// The name that is stored.
    pub fn name(self) -> &'static str {
        match self {
            ActionState::Queued => "queued",
            ActionState::Sending => "sending",
            ActionState::Confirmed => "confirmed",
            ActionState::Rejected => "rejected",
            ActionState::Expired => "expired",
            ActionState::OutcomeUnknown => "outcome_unknown",
            ActionState::Parked => "parked",
        }
    }

    /// The state with this stored name.
    pub fn named(name: &str) -> Option<ActionState> {
        use ActionState::{Confirmed, Expired, OutcomeUnknown, Parked, Queued, Rejected, Sending};
        [Queued, Sending, Confirmed, Rejected, Expired, OutcomeUnknown, Parked]
            .into_iter()
            .find(|state| state.name() == name)
    }

    /// Whether the action ended without effect and only waits to be dismissed.
    pub fn has_stopped(self) -> bool {
        matches!(self, ActionState::Rejected | ActionState::Expired | ActionState::Parked)
    }

    /// Whether the action may still take effect, so that its overlay counts.
    pub fn is_open(self) -> bool {
        matches!(self, ActionState::Queued | ActionState::Sending | ActionState::OutcomeUnknown)
    }
}

/// An action on its way into the outbox.
#[derive(Debug, Clone)]
pub struct NewAction {
    /// Its key.
    pub key: ActionKey,
    /// What it does.
    pub action: Action,
    /// Sent only once these are confirmed.
    pub after: Vec<ActionKey>,
    /// When the member did it, by server time.
    pub created_at: Timestamp,
    /// A later arrival has no effect.
    pub not_after: Timestamp,
    /// The device's clocks, where the time was unsure: both instants are set anew before it is sent.
    pub made_at: Option<ClockReading>,
}

/// A row of the outbox.
#[derive(Debug, Clone, PartialEq)]
pub struct QueuedAction {
    /// The order in which actions were queued.
    pub sequence: i64,
    /// Its key.
    pub key: ActionKey,
    /// What it does.
    pub action: Action,
    /// The exact bytes.
    pub body: Vec<u8>,
    /// Its lane.
    pub lane: Lane,
    /// Sent only once these are confirmed.
    pub after: Vec<ActionKey>,
    /// When the member did it, by server time.
    pub created_at: Timestamp,
    /// A later arrival has no effect.
    pub not_after: Timestamp,
    /// The device's clocks, where the time was unsure: both instants are set anew before it is first sent.
    pub made_at: Option<ClockReading>,
    /// How often bytes of it may have left the device.
    pub attempts: u32,
    /// Failures in a row, for the delay of the next attempt.
    pub failures: u32,
    /// Not sent before this instant of the wall clock, in milliseconds since 1970; 0 is now.
    pub next_attempt_at: i64,
    /// As `next_attempt_at`, but by the server's `Retry-After`: nothing wakes it earlier.
    pub retry_floor: i64,
    /// Where it stands.
    pub state: ActionState,
    /// Why it stopped.
    pub reason: Option<Reason>,
    /// What the server answered, until the page with it is applied.
    pub effect: Option<Effect>,
}

/// Why an action stopped short of its effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "kebab-case")]
pub enum Reason {
    /// The programme refused.
    Refused {
        /// Why.
        #[serde(flatten)]
        refusal: Refusal,
    },
    /// The programme refused, for a reason that this version does not know.
    RefusedOtherwise,
    /// An action that this one came after had no effect.
    DependencyRefused,
    /// The server could not read it.
    Unreadable {
        /// HTTP status of the answer.
        status: u16,
        /// Name of the problem.
        problem: String,
    },
}

/// A registered refusal of the programme. docs/member-api.yaml, `Refusal`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "refusal", rename_all = "kebab-case")]
pub enum Refusal {
    /// Not enough points.
    InsufficientPoints {
        /// What there was.
        available: i64,
        /// What it needs.
        needed: i64,
    },
    /// The programme does not have this reward.
    UnknownReward,
    /// Not at this time.
    RewardUnavailable,
    /// None was left.
    SoldOut,
    /// For a higher tier.
    TierRequired {
        /// Which tier.
        tier: TierId,
    },
    /// It costs more than the member was shown.
    PriceChanged {
        /// What it costs now.
        cost: Cost,
        /// The revision with that cost.
        revision: u64,
    },
    /// It arrived after its `not_after`.
    ActionExpired,
    /// The member had locked spending.
    SpendLocked,
    /// No claim with this key took effect.
    UnknownClaim,
    /// The voucher of the claim can no longer be given back.
    VoucherClosed {
        /// What became of it.
        state: VoucherState,
    },
}

/// What a confirmed action did, as the server answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effect {
    /// Ledger lines that it wrote.
    #[serde(default)]
    pub entries: Vec<Entry>,
    /// The voucher that it issued.
    #[serde(default)]
    pub voucher: Option<IssuedVoucher>,
    /// The accounts after it.
    #[serde(default)]
    pub accounts: Vec<Account>,
    /// How the card stands after it, where it was about that.
    #[serde(default)]
    pub card: Option<CardState>,
}

/// A voucher with its id, as it stands in an effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuedVoucher {
    /// The voucher's id.
    pub id: VoucherId,
    /// The voucher.
    #[serde(flatten)]
    pub voucher: Voucher,
}

/// The server's record of what became of an action, as a sync change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// Confirmed or rejected.
    pub status: OutcomeStatus,
    /// When it was decided.
    pub at: Timestamp,
    /// What it did, where it took effect.
    #[serde(default)]
    pub effect: Option<Effect>,
    /// The problem document of a refusal.
    #[serde(default)]
    pub problem: Option<serde_json::Value>,
}

/// How an action ended at the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names are the field's own")]
pub enum OutcomeStatus {
    Confirmed,
    Rejected,
    /// Of a later version. The action is over; what it did is in the base.
    #[serde(other)]
    Other,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_names_of_states_and_lanes_round_trip() {
        use ActionState::{Confirmed, Expired, OutcomeUnknown, Parked, Queued, Rejected, Sending};
        for state in [Queued, Sending, Confirmed, Rejected, Expired, OutcomeUnknown, Parked] {
            assert_eq!(ActionState::named(state.name()), Some(state));
        }
        for lane in [Lane::Points, Lane::Offers, Lane::Profile, Lane::Messages, Lane::Surveys, Lane::Events] {
            assert_eq!(Lane::named(lane.name()), Some(lane));
        }
        assert_eq!(ActionState::named("other"), None);
    }
}
