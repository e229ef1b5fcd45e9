//! What a member does: claim, take back, lock, try again, leave be. Checked by the programme's rules as the device knows them, then
//! durable in the outbox.
//!
//! The check and the change are one transaction each: two taps at once cannot both spend the last points.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::Inner;
use super::scope::MemberScope;
use crate::domain::{
    Action, ActionKey, ActionState, NewAction, NoticeId, QueuedAction, Reason, RewardId, Unavailable, VoucherState,
};
use crate::error::Error;
use crate::outbox::{Cancelling, cancelling, lets_go_first, locking, was_never_sent};
use crate::ports::new_key;
use crate::store::{StoreError, Writer};
use crate::views::{self, Context};

/// A claim that is safe on this device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    /// Its key.
    pub key: String,
    /// The reward's name.
    pub title: String,
    /// A sentence for the member.
    pub text: String,
}

/// A claim that is taken back, or will be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cancelled {
    /// The key of the cancellation; `None` where the claim had not been sent, so that nothing need be.
    pub key: Option<String>,
    /// The reward's name.
    pub title: String,
    /// A sentence for the member.
    pub text: String,
}

/// Spending as it is locked or unlocked now, safe on this device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpendLockSet {
    /// The key of the action; `None` where nothing need be sent: it was so already, or the opposite had not been sent.
    pub key: Option<String>,
    /// A sentence for the member.
    pub text: String,
}

/// An action that is tried again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retried {
    /// Its key: a new one where the action is made anew.
    pub key: String,
    /// A sentence for the member.
    pub text: String,
}

/// Why a call has no effect.
enum No {
    /// Registered code, and the id of the sentence.
    Said(&'static str, &'static str),
    /// Registered code, and the sentence.
    Told(&'static str, String),
}

/// A rule's answer within a transaction.
type Ruled<T> = Result<Result<T, No>, StoreError>;

pub(super) fn claim(inner: &Arc<Inner>, reward: &str) -> Result<Claimed, Error> {
    let unknown = No::Said("unknown-reward", "error-unknown-reward");
    let Ok(id) = reward.parse::<RewardId>() else { return Err(inner.say_no(unknown)) };
    let key = new_key(&inner.ports)?;
    let title = inner.rule(|writer, scope| claim_now(inner, scope, writer, &id, key))?;
    Ok(Claimed { key: key.to_string(), title, text: inner.text.say("claim-queued", &[]) })
}

pub(super) fn cancel(inner: &Arc<Inner>, claim: ActionKey) -> Result<Cancelled, Error> {
    let key = new_key(&inner.ports)?;
    let (title, sent) = inner.rule(|writer, scope| cancel_now(inner, scope, writer, claim, key))?;
    let text = inner.text.say(if sent { "cancel-queued" } else { "cancel-taken-back" }, &[]);
    Ok(Cancelled { key: sent.then(|| key.to_string()), title, text })
}

pub(super) fn set_spend_lock(inner: &Arc<Inner>, locked: bool) -> Result<SpendLockSet, Error> {
    let key = new_key(&inner.ports)?;
    inner.rule(|writer, scope| {
        let queued = set_spend_lock_now(inner, scope, writer, locked, key)?;
        let text = views::spending(&context(inner, scope, writer)?)?.text;
        Ok(Ok(SpendLockSet { key: queued.then(|| key.to_string()), text }))
    })
}

pub(super) fn retry(inner: &Arc<Inner>, key: ActionKey) -> Result<Retried, Error> {
    let fresh = new_key(&inner.ports)?;
    let key = inner.rule(|writer, scope| {
        let Some(row) = writer.queued(key)? else {
            // It came to its end between the look and the tap.
            let over = writer.outcome(key)?.is_some();
            return Ok(if over { Ok(key) } else { Err(No::Said("unknown-action", "error-unknown-action")) });
        };
        match row.state {
            ActionState::Queued | ActionState::OutcomeUnknown | ActionState::Parked => {
                writer.wake_action(key)?;
                Ok(Ok(key))
            }
            // It is on its way already, which is all that was asked for.
            ActionState::Sending | ActionState::Confirmed => Ok(Ok(key)),
            // It had no effect and never will: the member does the same again, under a key of its own.
            ActionState::Rejected | ActionState::Expired => {
                writer.remove_action(key)?;
                Ok(match &row.action {
                    Action::ClaimReward { reward, .. } => {
                        claim_now(inner, scope, writer, reward, fresh)?.map(|_| fresh)
                    }
                    // Where the claim turns out never to have left, both are gone and nothing is sent.
                    Action::CancelClaim { claim, .. } => cancel_now(inner, scope, writer, *claim, fresh)?
                        .map(|(_, sent)| if sent { fresh } else { *claim }),
                    // Where it has become so by other means, nothing is left to do.
                    Action::SetSpendLock { locked } => {
                        let queued = set_spend_lock_now(inner, scope, writer, *locked, fresh)?;
                        Ok(if queued { fresh } else { key })
                    }
                })
            }
        }
    })?;
    Ok(Retried { key: key.to_string(), text: inner.text.say("retry-queued", &[]) })
}

pub(super) fn discard(inner: &Arc<Inner>, key: ActionKey) -> Result<(), Error> {
    inner.rule(|writer, _| {
        let Some(row) = writer.queued(key)? else { return Ok(Err(No::Said("unknown-action", "error-unknown-action"))) };
        if was_never_sent(&row) {
            take_back(writer, key)?;
        } else if row.state.has_stopped() {
            writer.remove_action(key)?;
        } else {
            return Ok(Err(No::Said("was-sent", "error-was-sent")));
        }
        Ok(Ok(()))
    })
}

pub(super) fn dismiss(inner: &Arc<Inner>, id: NoticeId) -> Result<(), Error> {
    inner.rule(|writer, _| {
        Ok(if writer.dismiss_notice(id)? { Ok(()) } else { Err(No::Said("unknown-action", "error-unknown-action")) })
    })
}

impl Inner {
    /// Applies a rule in one transaction, which a refusal takes back, and wakes the driver.
    fn rule<T>(self: &Arc<Self>, rule: impl FnOnce(&mut Writer<'_>, &MemberScope) -> Ruled<T>) -> Result<T, Error> {
        let mut rule = Some(rule);
        let mut no = None;
        let (scope, done) = loop {
            let scope = self.scope()?;
            let done = scope.store().write_unless(|writer| match rule.take().map(|rule| rule(writer, &scope)) {
                Some(Ok(Ok(value))) => Ok(Some(value)),
                Some(Ok(Err(why))) => {
                    no = Some(why);
                    Ok(None)
                }
                Some(Err(error)) => Err(error),
                None => Ok(None),
            });
            match done {
                // Given up for a mended one before the rule was looked at: that one takes it.
                Err(StoreError::Retired) if rule.is_some() => {}
                done => break (scope, done?),
            }
        };
        match (done, no) {
            (Some(value), _) => {
                scope.sync().queued();
                Ok(value)
            }
            (None, Some(no)) => Err(self.say_no(no)),
            (None, None) => Err(Error::Internal("a rule without an answer".to_owned())),
        }
    }

    fn say_no(&self, no: No) -> Error {
        match no {
            No::Said(code, id) => self.refused(code, id),
            No::Told(code, text) => Error::Refused { code, text },
        }
    }
}

/// Queues a claim at the price that is shown now; answers the reward's name.
fn claim_now(
    inner: &Inner,
    scope: &MemberScope,
    writer: &mut Writer<'_>,
    id: &RewardId,
    key: ActionKey,
) -> Ruled<String> {
    let context = context(inner, scope, writer)?;
    if writer.programme()?.is_none() {
        return Ok(Err(No::Said("not-synced", "error-not-synced")));
    }
    let Some(reward) = writer.reward(id)? else { return Ok(Err(No::Said("unknown-reward", "error-unknown-reward"))) };
    if let Some((why, text)) = views::why_unavailable(&context, &reward)? {
        return Ok(Err(No::Told(code(&why), text)));
    }
    let title = inner.text.of_programme(&reward.title).to_owned();
    let after = views::claims_after(&context);
    let action = Action::ClaimReward { reward: id.clone(), cost: reward.cost, revision: reward.revision };
    queue(inner, scope, writer, key, action, after)?;
    Ok(Ok(title))
}

/// Locks or unlocks spending; answers whether an action is sent for it.
fn set_spend_lock_now(
    inner: &Inner,
    scope: &MemberScope,
    writer: &mut Writer<'_>,
    locked: bool,
    key: ActionKey,
) -> Result<bool, StoreError> {
    let locking = locking(&writer.outbox()?, writer.card_state()?.spend_locked, locked);
    if let Some(opposite) = locking.collapses {
        take_back(writer, opposite)?;
    }
    if locking.queues {
        let after = lets_go_first(&writer.outbox()?, locked);
        queue(inner, scope, writer, key, Action::SetSpendLock { locked }, after)?;
    }
    Ok(locking.queues)
}

/// What views are computed from, within a transaction.
fn context<'a>(inner: &'a Inner, scope: &MemberScope, writer: &'a Writer<'_>) -> Result<Context<'a>, StoreError> {
    let clock = &scope.engine().clock;
    Context::new(writer, &inner.text, inner.ports.clock.as_ref(), clock.now(), clock.last_contact())
}

/// Takes back a claim: at once where it was never sent, else by an action; answers the reward's name and whether it is sent.
fn cancel_now(
    inner: &Inner,
    scope: &MemberScope,
    writer: &mut Writer<'_>,
    claim: ActionKey,
    key: ActionKey,
) -> Ruled<(String, bool)> {
    let rows = writer.outbox()?;
    let row = rows.iter().find(|row| row.key == claim);
    let after = match cancelling(&rows, claim) {
        Cancelling::Collapses(keys) => {
            let title = title(inner, writer, row)?;
            keys.into_iter().try_for_each(|key| take_back(writer, key))?;
            return Ok(Ok((title, false)));
        }
        Cancelling::Underway => return Ok(Err(No::Said("cancel-underway", "error-cancel-underway"))),
        Cancelling::HadNoEffect => return Ok(Err(No::Said("no-effect", "error-no-effect"))),
        Cancelling::Follows => vec![claim],
        Cancelling::NotHere => Vec::new(),
    };
    let (reward, refund) = match row.map(|row| &row.action) {
        Some(Action::ClaimReward { reward, cost, .. }) => (reward.clone(), cost.clone()),
        // What is taken back is a claim, not a cancellation of one: that is discarded or waited for.
        Some(Action::CancelClaim { .. } | Action::SetSpendLock { .. }) => {
            return Ok(Err(No::Said("was-sent", "error-was-sent")));
        }
        None => {
            let Some((_, voucher)) = writer.vouchers()?.into_iter().find(|(_, voucher)| voucher.key == Some(claim))
            else {
                return Ok(Err(No::Said("unknown-action", "error-unknown-action")));
            };
            let over = scope.engine().clock.now().at >= voucher.expires_at;
            if over || voucher.state != VoucherState::Issued {
                return Ok(Err(No::Said("voucher-closed", "error-voucher-closed")));
            }
            let Some(refund) = writer.taken_by(claim)? else {
                return Ok(Err(No::Said("unknown-action", "error-unknown-action")));
            };
            (voucher.reward, refund)
        }
    };
    let title = match writer.reward(&reward)? {
        Some(reward) => inner.text.of_programme(&reward.title).to_owned(),
        None => inner.text.say("pending-claim-gone", &[]),
    };
    queue(inner, scope, writer, key, Action::CancelClaim { claim, reward, refund }, after)?;
    Ok(Ok((title, true)))
}

fn title(inner: &Inner, writer: &Writer<'_>, row: Option<&QueuedAction>) -> Result<String, StoreError> {
    let reward = match row.map(|row| &row.action) {
        Some(Action::ClaimReward { reward, .. } | Action::CancelClaim { reward, .. }) => writer.reward(reward)?,
        Some(Action::SetSpendLock { .. }) | None => None,
    };
    Ok(reward.map_or_else(
        || inner.text.say("pending-claim-gone", &[]),
        |reward| inner.text.of_programme(&reward.title).to_owned(),
    ))
}

/// An action that was never sent goes; what was to come after it has lost what it builds on.
fn take_back(writer: &mut Writer<'_>, key: ActionKey) -> Result<(), StoreError> {
    writer.remove_action(key)?;
    let builds_on = |other: &&QueuedAction| other.after.contains(&key) && other.action.builds_on_earlier();
    for other in writer.outbox()?.iter().filter(builds_on) {
        writer.stop(other.key, ActionState::Rejected, Some(&Reason::DependencyRefused))?;
    }
    Ok(())
}

fn queue(
    inner: &Inner,
    scope: &MemberScope,
    writer: &mut Writer<'_>,
    key: ActionKey,
    action: Action,
    after: Vec<ActionKey>,
) -> Result<(), StoreError> {
    let now = scope.engine().clock.now();
    let days = writer.programme()?.map_or(1, |programme| programme.action_days);
    let lifetime = SignedDuration::from_hours(24 * i64::from(days));
    let not_after = now.at.saturating_add(lifetime).unwrap_or(Timestamp::MAX);
    let made_at = (!now.sure).then(|| inner.ports.clock.read());
    writer.enqueue(&NewAction { key, action, after, created_at: now.at, not_after, made_at })
}

/// The registered name of the refusal that the server would give.
fn code(why: &Unavailable) -> &'static str {
    match why {
        Unavailable::NotYet(_) | Unavailable::Over => "reward-unavailable",
        Unavailable::SoldOut => "sold-out",
        Unavailable::TierRequired(_) => "tier-required",
        Unavailable::MissingPoints(_) => "insufficient-points",
        Unavailable::SpendLocked => "spend-locked",
    }
}
