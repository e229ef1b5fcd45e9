//! Claiming a reward: checked by the programme's rules as the device knows them, then durable in the outbox.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::Inner;
use crate::domain::{Action, ActionKey, NewAction, RequestBody, Reward, RewardId, Unavailable};
use crate::error::Error;
use crate::ports::new_key;
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

pub(super) fn claim(inner: &Arc<Inner>, reward: &str) -> Result<Claimed, Error> {
    let scope = inner.scope()?;
    let unknown = || inner.refused("unknown-reward", "error-unknown-reward");
    let id: RewardId = reward.parse().map_err(|_| unknown())?;
    let now = scope.engine().clock.now();

    // The check and the new row are one transaction: two taps at once cannot both spend the last points.
    let key = new_key(&inner.ports)?;
    let contact = scope.engine().clock.last_contact();
    let outcome = scope.store().write(|writer| {
        let context = Context::new(writer, &inner.text, inner.ports.clock.as_ref(), now, contact)?;
        let Some(programme) = writer.programme()? else { return Ok(Err(Failed::NotSynced)) };
        let Some(reward) = writer.reward(&id)? else { return Ok(Err(Failed::Unknown)) };
        if let Some((why, text)) = views::why_unavailable(&context, &reward)? {
            return Ok(Err(Failed::Unavailable(why, text)));
        }
        let title = inner.text.of_programme(&reward.title).to_owned();
        let days = SignedDuration::from_hours(24 * i64::from(programme.action_days));
        let new = new_action(key, id.clone(), &reward, now.at, now.at.saturating_add(days).unwrap_or(Timestamp::MAX));
        match new {
            Ok(new) => writer.enqueue(&new)?,
            Err(error) => return Ok(Err(Failed::Internal(error))),
        }
        Ok(Ok(title))
    })?;
    match outcome {
        Ok(title) => {
            scope.sync().queued();
            Ok(Claimed { key: key.to_string(), title, text: inner.text.say("claim-queued", &[]) })
        }
        Err(Failed::NotSynced) => Err(inner.refused("not-synced", "error-not-synced")),
        Err(Failed::Unknown) => Err(unknown()),
        Err(Failed::Unavailable(why, text)) => Err(Error::Refused { code: code(&why), text }),
        Err(Failed::Internal(error)) => Err(Error::Internal(error)),
    }
}

enum Failed {
    NotSynced,
    Unknown,
    Unavailable(Unavailable, String),
    Internal(String),
}

fn new_action(
    key: ActionKey,
    id: RewardId,
    reward: &Reward,
    created_at: Timestamp,
    not_after: Timestamp,
) -> Result<NewAction, String> {
    let action = Action::ClaimReward { reward: id, cost: reward.cost.clone(), revision: reward.revision };
    let body = RequestBody { action: action.clone(), not_after };
    let body = serde_json::to_vec(&body).map_err(|error| error.to_string())?;
    Ok(NewAction { key, action, body, after: Vec::new(), created_at, not_after })
}

/// The registered name of the refusal that the server would give.
fn code(why: &Unavailable) -> &'static str {
    match why {
        Unavailable::NotYet(_) | Unavailable::Over => "reward-unavailable",
        Unavailable::SoldOut => "sold-out",
        Unavailable::TierRequired(_) => "tier-required",
        Unavailable::MissingPoints(_) => "insufficient-points",
    }
}
