//! The catalogue: what can be claimed now, and why the rest cannot.

use serde::Serialize;

use super::balance::spendable;
use super::spending::spend_locked;
use super::{Context, Status};
use crate::domain::{Reward, Tier, TierId, Unavailable, availability};
use crate::store::StoreError;
use crate::text::Arg;

/// The rewards' screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RewardsView {
    /// What can be claimed first, then by cost.
    pub rewards: Vec<RewardLine>,
    /// The sentence of an empty screen.
    pub empty: Option<String>,
    /// How old it is.
    pub status: Status,
}

/// One reward.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RewardLine {
    /// The reward's id, for `claim`.
    pub id: String,
    /// Its name.
    pub title: String,
    /// What it is.
    pub description: String,
    /// What it costs, in whole points.
    pub cost: i64,
    /// `50 points`.
    pub cost_text: String,
    /// How many are left, where that is counted.
    pub stock_text: Option<String>,
    /// Whether the button is on.
    pub can_claim: bool,
    /// Why the button is off.
    pub why_not: Option<String>,
}

/// The catalogue.
pub(crate) fn rewards(context: &Context<'_>) -> Result<RewardsView, StoreError> {
    let tiers = context.reader.tiers()?;
    let tier = context.reader.standing()?.map(|standing| standing.tier);
    let locked = spend_locked(context)?;
    let mut lines = Vec::new();
    for (id, reward) in context.reader.rewards()? {
        let points = spendable(context, &reward.cost.unit)?;
        let available = availability(&reward, &tiers, tier.as_ref(), points, locked, context.now.at);
        // What is over is of no use to anybody.
        if available == Err(Unavailable::Over) {
            continue;
        }
        lines.push(RewardLine {
            id: id.to_string(),
            title: context.text.of_programme(&reward.title).to_owned(),
            description: context.text.of_programme(&reward.description).to_owned(),
            cost: reward.cost.amount,
            cost_text: context.amount(&reward.cost.unit, reward.cost.amount),
            stock_text: reward
                .stock
                .filter(|stock| *stock > 0)
                .map(|stock| context.text.say("reward-stock", &[("count", Arg::Count(stock))])),
            can_claim: available.is_ok(),
            why_not: available.err().map(|why| why_not(context, &reward, &tiers, &why)),
        });
    }
    lines.sort_by(|a, b| (!a.can_claim, a.cost, &a.id).cmp(&(!b.can_claim, b.cost, &b.id)));
    Ok(RewardsView {
        empty: context.empty(lines.is_empty(), "rewards-empty"),
        rewards: lines,
        status: context.status(),
    })
}

/// Why a reward cannot be claimed now, with the sentence that answers a claim; `None` where it can.
pub(crate) fn why_unavailable(
    context: &Context<'_>,
    reward: &Reward,
) -> Result<Option<(Unavailable, String)>, StoreError> {
    let tiers = context.reader.tiers()?;
    let tier = context.reader.standing()?.map(|standing| standing.tier);
    let unit = &reward.cost.unit;
    let points = spendable(context, unit)?;
    let locked = spend_locked(context)?;
    let Err(why) = availability(reward, &tiers, tier.as_ref(), points, locked, context.now.at) else { return Ok(None) };
    let text = if let Unavailable::MissingPoints(_) = why {
        let (needed, available) = (context.amount(unit, reward.cost.amount), context.amount(unit, points));
        let args = [("needed", Arg::Text(&needed)), ("available", Arg::Text(&available))];
        context.text.say("reason-insufficient-points", &args)
    } else {
        why_not(context, reward, &tiers, &why)
    };
    Ok(Some((why, text)))
}

/// Why a reward cannot be claimed, in words.
fn why_not(context: &Context<'_>, reward: &Reward, tiers: &[(TierId, Tier)], why: &Unavailable) -> String {
    match why {
        Unavailable::NotYet(from) => context.text.say("reward-not-yet", &[("date", Arg::Text(&context.date(*from)))]),
        Unavailable::Over => context.text.say("reward-over", &[]),
        Unavailable::SoldOut => context.text.say("reward-sold-out", &[]),
        Unavailable::TierRequired(tier) => {
            context.text.say("reward-tier", &[("tier", Arg::Text(tier_name(context, tiers, tier)))])
        }
        Unavailable::MissingPoints(missing) => {
            let amount = context.amount(&reward.cost.unit, *missing);
            context.text.say("reward-missing", &[("amount", Arg::Text(&amount))])
        }
        Unavailable::SpendLocked => context.text.say("reward-spend-locked", &[]),
    }
}

/// A tier's name; its id where the device does not know it yet.
pub(super) fn tier_name<'t>(context: &Context<'_>, tiers: &'t [(TierId, Tier)], id: &'t TierId) -> &'t str {
    tiers.iter().find(|(tier, _)| tier == id).map_or(id.as_str(), |(_, tier)| context.text.of_programme(&tier.name))
}
