//! Claiming a reward: points for a voucher.

use jiff::Timestamp;

use super::{days_after, standing};
use crate::ids;
use crate::programme::{Amount, Programme};
use crate::store::catalogue;
use crate::store::ledger::{Counterpart, Movement};
use crate::store::{StoreError, Tx, ledger, members};
use crate::wire::{Channel, Effect, Reason, Reward, Voucher, VoucherState, WithId};

/// What the member saw when they claimed.
#[derive(Debug)]
pub(crate) struct Claim<'a> {
    pub(crate) reward: &'a str,
    /// The cost that was shown: the member is never charged more.
    pub(crate) cost: &'a Amount,
    pub(crate) key: &'a str,
}

/// Why a claim has no effect, for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refusal {
    UnknownReward,
    RewardUnavailable,
    TierRequired(String),
    SoldOut,
    PriceChanged {
        cost: Amount,
        revision: i64,
    },
    InsufficientPoints {
        available: i64,
        needed: i64,
    },
    /// The member has locked spending.
    SpendLocked,
}

/// Charges the reward's cost and issues the voucher, or says why not.
pub(crate) fn claim(
    tx: &Tx<'_>,
    programme: &Programme,
    member: &str,
    claim: &Claim<'_>,
) -> Result<Result<Effect, Refusal>, StoreError> {
    let listed = match catalogue::find(&tx.sql, claim.reward)? {
        Some(listed) if !listed.deleted => listed,
        _ => return Ok(Err(Refusal::UnknownReward)),
    };
    if let Some(refusal) = refusal(tx, programme, member, claim, &listed.reward)? {
        return Ok(Err(refusal));
    }
    if let Some(stock) = listed.reward.stock {
        catalogue::set_stock(tx, claim.reward, listed.clone(), stock - 1)?;
    }
    let Reward { title, cost, voucher_days, .. } = listed.reward;
    let entry = ledger::book(
        tx,
        &Movement {
            member,
            unit: &cost.unit,
            amount: -cost.amount,
            counterpart: Counterpart::Redeemed,
            reason: Reason::Claim,
            place: None,
            channel: Channel::App,
            title: Some(&title),
            key: Some(claim.key),
        },
    )?;
    let voucher = WithId {
        id: ids::id(tx.random, "voucher"),
        value: Voucher {
            reward: claim.reward.to_owned(),
            title,
            code: free_code(tx)?,
            state: VoucherState::Issued,
            issued_at: tx.now,
            expires_at: days_after(tx.now, voucher_days),
            key: Some(claim.key.to_owned()),
        },
    };
    catalogue::issue(tx, member, &voucher)?;
    let accounts = vec![ledger::account(&tx.sql, member, &cost.unit)?];
    Ok(Ok(Effect { entries: vec![entry], voucher: Some(voucher), accounts, card: None }))
}

fn refusal(
    tx: &Tx<'_>,
    programme: &Programme,
    member: &str,
    claim: &Claim<'_>,
    reward: &Reward,
) -> Result<Option<Refusal>, StoreError> {
    if !is_available(reward, tx.now) {
        return Ok(Some(Refusal::RewardUnavailable));
    }
    if let Some(required) = &reward.tier {
        let standing = standing::current(tx, programme, member)?;
        if programme.rank(&standing.tier) < programme.rank(required) {
            return Ok(Some(Refusal::TierRequired(required.clone())));
        }
    }
    if reward.stock.is_some_and(|stock| stock <= 0) {
        return Ok(Some(Refusal::SoldOut));
    }
    if reward.cost.unit != claim.cost.unit || reward.cost.amount > claim.cost.amount {
        return Ok(Some(Refusal::PriceChanged { cost: reward.cost.clone(), revision: reward.revision }));
    }
    let available = ledger::account(&tx.sql, member, &reward.cost.unit)?.available;
    if available < reward.cost.amount {
        return Ok(Some(Refusal::InsufficientPoints { available, needed: reward.cost.amount }));
    }
    if members::find(&tx.sql, member)?.is_some_and(|member| member.spend_locked) {
        return Ok(Some(Refusal::SpendLocked));
    }
    Ok(None)
}

/// From `available_from` on, and before `available_until`.
fn is_available(reward: &Reward, now: Timestamp) -> bool {
    reward.available_from.is_none_or(|from| from <= now) && reward.available_until.is_none_or(|until| now < until)
}

fn free_code(tx: &Tx<'_>) -> Result<String, StoreError> {
    loop {
        let code = ids::voucher_code(tx.random);
        if !catalogue::is_code_taken(&tx.sql, &code)? {
            return Ok(code);
        }
    }
}
