//! What the member did and what became of it: what waits, why, and what can be done about it.

use serde::Serialize;

use super::rewards::tier_name;
use super::{Context, Status};
use crate::domain::{Action, ActionKey, ActionState, OutcomeStatus, QueuedAction, Reason, Refusal, UnitId};
use crate::store::StoreError;
use crate::text::Arg;

/// The screen of pending actions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PendingView {
    /// Oldest first. Stopped ones stay until they are dismissed.
    pub actions: Vec<PendingAction>,
    /// How many may still take effect.
    pub waiting: u32,
    /// `2 actions are waiting`, where some are.
    pub waiting_text: Option<String>,
    /// The sentence of an empty screen.
    pub empty: Option<String>,
    /// How old it is.
    pub status: Status,
}

/// One action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PendingAction {
    /// Its key.
    pub key: String,
    /// `Claim: Coffee`.
    pub title: String,
    /// `queued`, `sending`, `confirmed`, `rejected`, `expired`, `outcome_unknown` or `parked`.
    pub state: &'static str,
    /// Where it stands and why, in words.
    pub text: String,
    /// When the member did it, in words.
    pub when_text: String,
    /// Whether it can be taken back: it was never sent.
    pub can_discard: bool,
    /// Whether it has stopped and only waits to be dismissed.
    pub can_dismiss: bool,
}

/// All actions.
pub(crate) fn pending(context: &Context<'_>) -> Result<PendingView, StoreError> {
    let actions = context.rows.iter().map(|row| action(context, row)).collect::<Result<Vec<_>, _>>()?;
    let waiting = context.rows.iter().filter(|row| row.state.is_open()).count();
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

fn action(context: &Context<'_>, row: &QueuedAction) -> Result<PendingAction, StoreError> {
    Ok(PendingAction {
        key: row.key.to_string(),
        title: title(context, &row.action)?,
        state: row.state.name(),
        text: match (&row.reason, row.state) {
            (Some(reason), _) => reason_text(context, reason, unit_of(&row.action))?,
            (None, state) => context.text.say(state_message(state), &[]),
        },
        when_text: context.date_time(row.created_at),
        can_discard: row.state == ActionState::Queued && row.attempts == 0,
        can_dismiss: row.state.has_stopped(),
    })
}

/// What the action does, in words.
pub(super) fn title(context: &Context<'_>, action: &Action) -> Result<String, StoreError> {
    match action {
        Action::ClaimReward { reward, .. } => Ok(match context.reader.reward(reward)? {
            Some(reward) => {
                let title = context.text.of_programme(&reward.title);
                context.text.say("pending-claim", &[("reward", Arg::Text(title))])
            }
            None => context.text.say("pending-claim-gone", &[]),
        }),
    }
}

fn unit_of(action: &Action) -> &UnitId {
    match action {
        Action::ClaimReward { cost, .. } => &cost.unit,
    }
}

fn state_message(state: ActionState) -> &'static str {
    match state {
        // A rejected row always has a reason.
        ActionState::Queued | ActionState::Rejected => "state-queued",
        ActionState::Sending => "state-sending",
        ActionState::Confirmed => "state-confirmed",
        ActionState::Expired => "state-expired",
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

/// Why an action stopped, in words. `unit` is what it would have spent.
fn reason_text(context: &Context<'_>, reason: &Reason, unit: &UnitId) -> Result<String, StoreError> {
    let say = |id: &str| context.text.say(id, &[]);
    Ok(match reason {
        Reason::RefusedOtherwise => say("reason-dismissed"),
        Reason::DependencyRefused => say("reason-dependency"),
        Reason::Unreadable { .. } => say("state-parked"),
        Reason::Refused { refusal } => match refusal {
            Refusal::InsufficientPoints { available, needed } => {
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
            Refusal::ActionExpired => say("reason-expired"),
        },
    })
}
