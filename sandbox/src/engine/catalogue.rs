//! Brings the database in line with the programme's file, and changes rewards afterwards.

use std::collections::BTreeSet;

use crate::programme::{self, Programme};
use crate::store::catalogue::{self, Listed};
use crate::store::meta::{self, Name};
use crate::store::{StoreError, Tx, changes};
use crate::wire::{self, Reward, kind};

/// Tells everyone the programme, its tiers and rewards, unless this file of the programme was told before.
///
/// Of a reward with limited stock, what is left in the database stays.
pub(crate) fn publish(tx: &Tx<'_>, programme: &Programme) -> Result<(), StoreError> {
    if meta::get(&tx.sql, Name::ProgrammeDigest)?.as_deref() == Some(&programme.digest) {
        return Ok(());
    }
    changes::put(tx, changes::EVERYONE, kind::PROGRAMME, &programme.id, &wire::programme(programme))?;
    let mut kept = BTreeSet::new();
    for (id, tier) in wire::tiers(programme) {
        changes::put(tx, changes::EVERYONE, kind::TIER, id, &tier)?;
        kept.insert(id.to_owned());
    }
    for gone in changes::live(&tx.sql, changes::EVERYONE, kind::TIER)?.difference(&kept) {
        changes::delete(tx, changes::EVERYONE, kind::TIER, gone)?;
    }
    for offer in &programme.rewards {
        publish_reward(tx, offer)?;
    }
    let offered: BTreeSet<_> = programme.rewards.iter().map(|offer| offer.id.as_str()).collect();
    for id in catalogue::ids(&tx.sql)? {
        if !offered.contains(id.as_str()) {
            change(tx, &id, &Revision { deleted: Some(true), ..Revision::default() })?;
        }
    }
    meta::set(tx, Name::ProgrammeDigest, &programme.digest)
}

fn publish_reward(tx: &Tx<'_>, offer: &programme::Reward) -> Result<(), StoreError> {
    let before = catalogue::find(&tx.sql, &offer.id)?;
    let left = before.as_ref().and_then(|listed| listed.reward.stock);
    let mut reward = Reward {
        title: offer.title.clone(),
        description: offer.description.clone(),
        cost: offer.cost.clone(),
        revision: before.as_ref().map_or(1, |listed| listed.reward.revision),
        stock: offer.stock.map(|stock| left.unwrap_or(stock)),
        tier: offer.tier.clone(),
        available_from: offer.available_from,
        available_until: offer.available_until,
        voucher_days: offer.voucher_days,
    };
    match before {
        Some(listed) if listed.reward == reward && !listed.deleted => return Ok(()),
        Some(_) => reward.revision += 1,
        None => {}
    }
    catalogue::put(tx, &offer.id, &Listed { reward, deleted: false })
}

/// What is to be different about a reward; `None` stays as it is.
#[derive(Debug, Default)]
pub(crate) struct Revision {
    pub(crate) cost: Option<i64>,
    pub(crate) stock: Stock,
    pub(crate) deleted: Option<bool>,
}

/// What is to be different about a reward's stock.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) enum Stock {
    #[default]
    AsItIs,
    Unlimited,
    Left(i64),
}

/// Changes a reward, with the next revision; `None` if there is no such reward.
pub(crate) fn change(tx: &Tx<'_>, id: &str, revision: &Revision) -> Result<Option<Listed>, StoreError> {
    let Some(mut listed) = catalogue::find(&tx.sql, id)? else {
        return Ok(None);
    };
    if let Some(cost) = revision.cost {
        listed.reward.cost.amount = cost;
    }
    match revision.stock {
        Stock::AsItIs => {}
        Stock::Unlimited => listed.reward.stock = None,
        Stock::Left(stock) => listed.reward.stock = Some(stock),
    }
    if let Some(deleted) = revision.deleted {
        listed.deleted = deleted;
    }
    listed.reward.revision += 1;
    catalogue::put(tx, id, &listed)?;
    Ok(Some(listed))
}
