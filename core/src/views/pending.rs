//! What the member did and what became of it: what waits, why, and what can be done about it.

use jiff::Timestamp;
use serde::Serialize;

use super::rewards::tier_name;
use super::{Context, Status};
use crate::domain::{
    Action, ActionKey, ActionState, Notice, NoticeId, OutcomeStatus, QueuedAction, Reason, Refusal, UnitId,
    VoucherState,
};
use crate::outbox::{Cancelling, cancelling, was_never_sent};
use crate::store::StoreError;
use crate::text::{Arg, Text};

/// The screen of pending actions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PendingView {
    /// What happened behind the member's back, then actions, oldest first. Stopped ones stay until they are dismissed.
    pub actions: Vec<PendingAction>,
    /// How many have not come to their end.
    pub waiting: u32,
    /// `2 actions are waiting`, where some are.
    pub waiting_text: Option<String>,
    /// The sentence of an empty screen.
    pub empty: Option<String>,
    /// How old it is.
    pub status: Status,
}

/// One action, or a notice that is listed like one.
#[allow(clippy::struct_excessive_bools, reason = "each is a button of its own")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PendingAction {
    /// Its key; `notice-7` of a notice.
    pub key: String,
    /// `Claim: Coffee`.
    pub title: String,
    /// `queued`, `sending`, `confirmed`, `rejected`, `expired`, `outcome_unknown`, `parked`; or `notice`.
    pub state: &'static str,
    /// Where it stands and why, in words.
    pub text: String,
    /// When the member did it, in words.
    pub when_text: String,
    /// Whether it can be taken back: it was never sent.
    pub can_discard: bool,
    /// Whether it has stopped and only waits to be dismissed.
    pub can_dismiss: bool,
    /// Whether [`Wallet::retry`](crate::Wallet::retry) does something.
    pub can_retry: bool,
    /// Whether it is a claim that was sent and can still be taken back, by [`Wallet::cancel`](crate::Wallet::cancel).
    pub can_cancel: bool,
}

/// All actions.
pub(crate) fn pending(context: &Context<'_>) -> Result<PendingView, StoreError> {
    let notices = context.reader.notices()?;
    let notices = notices.iter().map(|(id, at, value)| notice(context, *id, *at, value));
    let actions = notices.chain(context.rows.iter().map(|row| action(context, row))).collect::<Result<Vec<_>, _>>()?;
    // An answered one waits for its page, as the member sees it in the list.
    let waiting = context.rows.iter().filter(|row| !row.state.has_stopped()).count();
    let waiting = u32::try_from(waiting).unwrap_or(u32::MAX);
    Ok(PendingView {
        empty: context.empty(actions.is_empty(), "pending-empty"),
        actions,
        waiting,
        waiting_text: (waiting > 0)
            .then(|| context.text.say("card-pending", &[("count", Arg::Count(i64::from(waiting)))])),
        status: context.status(),
    })
}

pub(super) fn action(context: &Context<'_>, row: &QueuedAction) -> Result<PendingAction, StoreError> {
    Ok(PendingAction {
        key: row.key.to_string(),
        title: title(context, &row.action)?,
        state: row.state.name(),
        text: match (&row.reason, row.state) {
            (Some(reason), _) => reason_text(context, reason, &row.action)?,
            (None, state) => context.text.say(state_message(state, &row.action), &[]),
        },
        when_text: context.date_time(row.created_at),
        can_discard: was_never_sent(row),
        can_dismiss: row.state.has_stopped(),
        can_retry: !matches!(row.state, ActionState::Sending | ActionState::Confirmed),
        can_cancel: sentences(&row.action).can_be_taken_back
            && cancelling(&context.rows, row.key) == Cancelling::Follows,
    })
}

/// What the action does, in words.
pub(super) fn title(context: &Context<'_>, action: &Action) -> Result<String, StoreError> {
    let (named, nameless) = sentences(action).title;
    let reward = match action {
        Action::ClaimReward { reward, .. } | Action::CancelClaim { reward, .. } => context.reader.reward(reward)?,
        Action::SetSpendLock { .. } => None,
    };
    Ok(match reward {
        Some(reward) => {
            let title = context.text.of_programme(&reward.title);
            context.text.say(named, &[("reward", Arg::Text(title))])
        }
        None => context.text.say(nameless, &[]),
    })
}

/// In what the kinds of action differ on this screen: ids of sentences. A new kind has to say each of them, or it does not compile.
struct Sentences {
    /// What it does, with the reward's name and without.
    title: (&'static str, &'static str),
    /// It became too old before it was sent, or on its way.
    expired: &'static str,
    expired_on_its_way: &'static str,
    refused: &'static str,
    /// What it depended on had no effect.
    dependency: &'static str,
    /// It worked, after nobody could say so.
    took_effect: &'static str,
    /// Whether an action of another kind takes it back.
    can_be_taken_back: bool,
}

fn sentences(action: &Action) -> Sentences {
    match action {
        Action::ClaimReward { .. } => Sentences {
            title: ("pending-claim", "pending-claim-gone"),
            expired: "state-expired",
            expired_on_its_way: "reason-expired",
            refused: "reason-dismissed",
            dependency: "reason-dependency",
            took_effect: "notice-took-effect",
            can_be_taken_back: true,
        },
        Action::CancelClaim { .. } => Sentences {
            title: ("pending-cancel", "pending-cancel-gone"),
            expired: "state-expired-cancel",
            expired_on_its_way: "state-expired-cancel",
            refused: "reason-cancel-refused",
            dependency: "reason-nothing-to-cancel",
            took_effect: "notice-took-effect",
            can_be_taken_back: false,
        },
        Action::SetSpendLock { locked } => {
            let title = if *locked { "spending-lock" } else { "spending-unlock" };
            Sentences {
                title: (title, title),
                expired: "state-expired-lock",
                expired_on_its_way: "state-expired-lock",
                refused: "reason-lock-refused",
                // It falls with nothing that it comes after.
                dependency: "reason-lock-refused",
                took_effect: "notice-took-effect-lock",
                can_be_taken_back: false,
            }
        }
    }
}

/// Something that happened behind the member's back: listed like an action that has stopped.
fn notice(context: &Context<'_>, id: NoticeId, at: Timestamp, notice: &Notice) -> Result<PendingAction, StoreError> {
    let (title, text) = match notice {
        Notice::TookEffect { action } => {
            (title(context, action)?, context.text.say(sentences(action).took_effect, &[]))
        }
        Notice::Forgotten { lines } => {
            let lines = [("count", Arg::Count(i64::from(*lines)))];
            (context.text.say("notice-forgotten-title", &[]), context.text.say("notice-forgotten", &lines))
        }
        Notice::LeftBehind { actions } => {
            let titles = actions.iter().map(|action| title(context, action)).collect::<Result<Vec<_>, _>>()?.join("; ");
            let count = Arg::Count(i64::try_from(actions.len()).unwrap_or(i64::MAX));
            let args = [("count", count), ("titles", Arg::Text(&titles))];
            (context.text.say("notice-left-behind-title", &[]), context.text.say("notice-left-behind", &args))
        }
        Notice::Rescued { lost } => (context.text.say("notice-rescued-title", &[]), rescued(context.text, *lost)),
    };
    Ok(PendingAction {
        key: id.to_string(),
        title,
        state: "notice",
        text,
        when_text: context.date_time(at),
        can_discard: false,
        can_dismiss: true,
        can_retry: false,
        can_cancel: false,
    })
}

/// What the member is told of a damaged wallet of which so many actions could not be read; `None` where nobody can say.
pub(crate) fn rescued(text: &Text, lost: Option<u32>) -> String {
    match lost {
        Some(0) => text.say("notice-rescued", &[]),
        Some(lost) => text.say("notice-rescued-some", &[("count", Arg::Count(i64::from(lost)))]),
        None => text.say("notice-rescued-perhaps", &[]),
    }
}

/// In what an action counts, where it counts anything.
fn unit_of(action: &Action) -> Option<&UnitId> {
    match action {
        Action::ClaimReward { cost, .. } | Action::CancelClaim { refund: cost, .. } => Some(&cost.unit),
        Action::SetSpendLock { .. } => None,
    }
}

fn state_message(state: ActionState, action: &Action) -> &'static str {
    match state {
        // A rejected row always has a reason.
        ActionState::Queued | ActionState::Rejected => "state-queued",
        ActionState::Sending => "state-sending",
        ActionState::Confirmed => "state-confirmed",
        ActionState::Expired => sentences(action).expired,
        ActionState::OutcomeUnknown => "state-outcome-unknown",
        ActionState::Parked => "state-parked",
    }
}

/// What became of one action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ActionFate {
    /// It may still take effect; the sentence says what it waits for.
    Waiting(String),
    /// It took effect.
    Confirmed,
    /// It stopped without effect; the sentence says why.
    Stopped(String),
}

/// What became of the action `key`; `None` where there is none.
pub(crate) fn fate(context: &Context<'_>, key: ActionKey) -> Result<Option<ActionFate>, StoreError> {
    if let Some(row) = context.rows.iter().find(|row| row.key == key) {
        let text = action(context, row)?.text;
        return Ok(Some(match row.state {
            ActionState::Confirmed => ActionFate::Confirmed,
            state if state.is_open() => ActionFate::Waiting(text),
            _ => ActionFate::Stopped(text),
        }));
    }
    // A row that is gone was confirmed and its page applied, or was refused and dismissed.
    Ok(context.reader.outcome(key)?.map(|outcome| match outcome.status {
        OutcomeStatus::Confirmed | OutcomeStatus::Other => ActionFate::Confirmed,
        OutcomeStatus::Rejected => ActionFate::Stopped(context.text.say("reason-dismissed", &[])),
    }))
}

/// Why an action stopped, in words.
fn reason_text(context: &Context<'_>, reason: &Reason, action: &Action) -> Result<String, StoreError> {
    let say = |id: &str| context.text.say(id, &[]);
    let (unit, sentences) = (unit_of(action), sentences(action));
    Ok(match reason {
        Reason::RefusedOtherwise => say(sentences.refused),
        Reason::DependencyRefused => say(sentences.dependency),
        Reason::Unreadable { .. } => say("state-parked"),
        Reason::Refused { refusal } => match refusal {
            Refusal::InsufficientPoints { available, needed } => {
                let Some(unit) = unit else { return Ok(say(sentences.refused)) };
                let (needed, available) = (context.amount(unit, *needed), context.amount(unit, *available));
                let args = [("needed", Arg::Text(&needed)), ("available", Arg::Text(&available))];
                context.text.say("reason-insufficient-points", &args)
            }
            Refusal::UnknownReward => say("reason-unknown-reward"),
            Refusal::RewardUnavailable => say("reason-reward-unavailable"),
            Refusal::SoldOut => say("reason-sold-out"),
            Refusal::TierRequired { tier } => {
                let tiers = context.reader.tiers()?;
                context.text.say("reason-tier-required", &[("tier", Arg::Text(tier_name(context, &tiers, tier)))])
            }
            Refusal::PriceChanged { cost, .. } => {
                let cost = context.amount(&cost.unit, cost.amount);
                context.text.say("reason-price-changed", &[("cost", Arg::Text(&cost))])
            }
            Refusal::ActionExpired => say(sentences.expired_on_its_way),
            Refusal::SpendLocked => say("reason-spend-locked"),
            Refusal::UnknownClaim => say("reason-nothing-to-cancel"),
            Refusal::VoucherClosed { state } => say(match state {
                VoucherState::Used => "reason-voucher-used",
                VoucherState::Expired => "reason-voucher-expired",
                VoucherState::Cancelled => "reason-nothing-to-cancel",
                VoucherState::Issued | VoucherState::Other => "reason-cancel-refused",
            }),
        },
    })
}
