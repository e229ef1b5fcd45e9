//! Rewards, when one can be claimed, and the vouchers that come of it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{ActionKey, LocalText, RewardId, Tier, TierId, UnitId};

/// A reward of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reward {
    /// The name in each language.
    pub title: LocalText,
    /// What it is, in words.
    pub description: LocalText,
    /// What it costs.
    pub cost: Cost,
    /// Grows with each change of the reward; an action names the revision that was shown.
    pub revision: u64,
    /// How many are left, where that is counted.
    #[serde(default)]
    pub stock: Option<i64>,
    /// The lowest tier that may claim it.
    #[serde(default)]
    pub tier: Option<TierId>,
    /// Not before.
    #[serde(default)]
    pub available_from: Option<Timestamp>,
    /// Not from this instant on.
    #[serde(default)]
    pub available_until: Option<Timestamp>,
    /// Days that its voucher stays valid.
    pub voucher_days: u16,
}

/// An amount of one unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    /// What is counted.
    pub unit: UnitId,
    /// Whole points, never negative.
    pub amount: i64,
}

/// Why a reward cannot be claimed now, by what the device knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unavailable {
    /// It begins later.
    NotYet(Timestamp),
    /// It is over.
    Over,
    /// None is left.
    SoldOut,
    /// It is for a higher tier.
    TierRequired(TierId),
    /// The balance, less what pending actions will take, is too small by this much.
    MissingPoints(i64),
    /// The member has locked spending.
    SpendLocked,
}

/// Whether `reward` can be claimed with `spendable` points in `tier` at `now`, else the first reason why not.
///
/// The order is the order in which a member can do something about it: never first, then points, and what takes one tap last.
pub fn availability(
    reward: &Reward,
    tiers: &[(TierId, Tier)],
    tier: Option<&TierId>,
    spendable: i64,
    spend_locked: bool,
    now: Timestamp,
) -> Result<(), Unavailable> {
    if reward.available_until.is_some_and(|until| now >= until) {
        return Err(Unavailable::Over);
    }
    if let Some(from) = reward.available_from.filter(|from| now < *from) {
        return Err(Unavailable::NotYet(from));
    }
    if reward.stock.is_some_and(|stock| stock <= 0) {
        return Err(Unavailable::SoldOut);
    }
    if let Some(required) = &reward.tier {
        let rank = |id: &TierId| tiers.iter().find(|(tier, _)| tier == id).map(|(_, tier)| tier.rank);
        if tier.and_then(rank) < rank(required).or(Some(u16::MAX)) {
            return Err(Unavailable::TierRequired(required.clone()));
        }
    }
    match reward.cost.amount.saturating_sub(spendable) {
        missing @ 1.. => Err(Unavailable::MissingPoints(missing)),
        _ if spend_locked => Err(Unavailable::SpendLocked),
        _ => Ok(()),
    }
}

/// A voucher of the member.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Voucher {
    /// The reward that it came of.
    pub reward: RewardId,
    /// The reward's name when it was issued.
    pub title: LocalText,
    /// What the till scans or types.
    pub code: String,
    /// Whether it can be used.
    pub state: VoucherState,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// Not valid from this instant on.
    pub expires_at: Timestamp,
    /// The action that it came of.
    #[serde(default)]
    pub key: Option<ActionKey>,
}

/// A voucher's code is worth money and stays out of logs.
impl std::fmt::Debug for Voucher {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Voucher")
            .field("reward", &self.reward)
            .field("state", &self.state)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// Whether a voucher can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names are the field's own")]
pub enum VoucherState {
    Issued,
    Used,
    Expired,
    Cancelled,
    /// Of a later version: not one that can be used.
    #[serde(other)]
    Other,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reward() -> Reward {
        Reward {
            title: LocalText::default(),
            description: LocalText::default(),
            cost: Cost { unit: "points".parse().expect("an id"), amount: 50 },
            revision: 1,
            stock: None,
            tier: None,
            available_from: None,
            available_until: None,
            voucher_days: 30,
        }
    }

    fn tier(rank: u16) -> (TierId, Tier) {
        let unit = "points".parse().expect("an id");
        let tier = Tier { rank, name: LocalText::default(), threshold: 0, unit, benefits: Vec::new() };
        (format!("t{rank}").parse().expect("an id"), tier)
    }

    #[test]
    fn each_reason_and_their_order() {
        let at = |second| Timestamp::from_second(second).expect("an instant");
        let tiers = [tier(0), tier(1)];
        let (low, high) = (&tiers[0].0, &tiers[1].0);
        let gated = Reward { tier: Some(high.clone()), ..reward() };
        let everything_wrong =
            Reward { available_until: Some(at(10)), stock: Some(0), tier: Some(high.clone()), ..reward() };
        let table = [
            (reward(), Some(low), 50, Ok(())),
            (reward(), None, 50, Ok(())),
            (reward(), Some(low), 49, Err(Unavailable::MissingPoints(1))),
            (reward(), Some(low), -5, Err(Unavailable::MissingPoints(55))),
            (Reward { available_from: Some(at(101)), ..reward() }, Some(low), 50, Err(Unavailable::NotYet(at(101)))),
            (Reward { available_from: Some(at(100)), ..reward() }, Some(low), 50, Ok(())),
            (Reward { available_until: Some(at(100)), ..reward() }, Some(low), 50, Err(Unavailable::Over)),
            (Reward { available_until: Some(at(101)), ..reward() }, Some(low), 50, Ok(())),
            (Reward { stock: Some(0), ..reward() }, Some(low), 50, Err(Unavailable::SoldOut)),
            (Reward { stock: Some(1), ..reward() }, Some(low), 50, Ok(())),
            (gated.clone(), Some(low), 50, Err(Unavailable::TierRequired(high.clone()))),
            (gated.clone(), None, 50, Err(Unavailable::TierRequired(high.clone()))),
            (gated, Some(high), 50, Ok(())),
            (everything_wrong, None, 0, Err(Unavailable::Over)),
        ];
        for (index, (reward, tier, spendable, expected)) in table.into_iter().enumerate() {
            let available = |locked| availability(&reward, &tiers, tier, spendable, locked, at(100));
            assert_eq!(available(false), expected, "row {index}");
            let locked = expected.and(Err(Unavailable::SpendLocked));
            assert_eq!(available(true), locked, "row {index}, locked");
        }
    }

    #[test]
    fn debug_shows_no_code_of_a_voucher() {
        let voucher = Voucher {
            reward: "coffee".parse().expect("an id"),
            title: LocalText::default(),
            code: "ABCD23456789".to_owned(),
            state: VoucherState::Issued,
            issued_at: Timestamp::UNIX_EPOCH,
            expires_at: Timestamp::UNIX_EPOCH,
            key: None,
        };
        let shown = r#"Voucher { reward: RewardId("coffee"), state: Issued, expires_at: 1970-01-01T00:00:00Z, .. }"#;
        assert_eq!(format!("{voucher:?}"), shown);
    }
}
