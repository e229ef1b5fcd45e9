//! The rewards that can be claimed and the vouchers that were issued for them.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::ledger::local_text_at;
use super::{StoreError, Tx, changes, millis, optional_time_at, time_at, word, word_at};
use crate::programme::Amount;
use crate::wire::{Reward, Voucher, VoucherState, WithId, kind};

/// A reward of the catalogue; a deleted one is known, but not on offer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Listed {
    pub(crate) reward: Reward,
    pub(crate) deleted: bool,
}

pub(crate) fn find(sql: &Connection, id: &str) -> Result<Option<Listed>, StoreError> {
    let mut statement = sql.prepare_cached(
        "SELECT title, description, unit, cost, revision, stock, tier, available_from, available_until, voucher_days,
                deleted
         FROM reward WHERE id = ?1",
    )?;
    Ok(statement.query_row([id], listed_from).optional()?)
}

fn listed_from(row: &Row<'_>) -> rusqlite::Result<Listed> {
    let reward = Reward {
        title: local_text_at(row, 0)?,
        description: local_text_at(row, 1)?,
        cost: Amount { unit: row.get(2)?, amount: row.get(3)? },
        revision: row.get(4)?,
        stock: row.get(5)?,
        tier: row.get(6)?,
        available_from: optional_time_at(row, 7)?,
        available_until: optional_time_at(row, 8)?,
        voucher_days: row.get(9)?,
    };
    Ok(Listed { reward, deleted: row.get(10)? })
}

/// The ids of the rewards on offer.
pub(crate) fn ids(sql: &Connection) -> Result<Vec<String>, StoreError> {
    let mut statement = sql.prepare_cached("SELECT id FROM reward WHERE deleted = 0 ORDER BY id")?;
    Ok(statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

/// Writes a reward as it is now, and tells everyone.
pub(crate) fn put(tx: &Tx<'_>, id: &str, listed: &Listed) -> Result<(), StoreError> {
    let Reward { title, description, cost, revision, stock, tier, available_from, available_until, voucher_days } =
        &listed.reward;
    let mut statement = tx.sql.prepare_cached(
        "INSERT OR REPLACE INTO reward (id, title, description, unit, cost, revision, stock, tier, available_from,
                                        available_until, voucher_days, deleted)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    )?;
    statement.execute(params![
        id,
        serde_json::to_string(title)?,
        serde_json::to_string(description)?,
        cost.unit,
        cost.amount,
        revision,
        stock,
        tier,
        available_from.map(millis),
        available_until.map(millis),
        voucher_days,
        listed.deleted,
    ])?;
    if listed.deleted {
        changes::delete(tx, changes::EVERYONE, kind::REWARD, id)
    } else {
        changes::put(tx, changes::EVERYONE, kind::REWARD, id, &listed.reward)
    }
}

/// Changes what is left of a reward, which is not a change of the offer: the revision stays.
pub(crate) fn set_stock(tx: &Tx<'_>, id: &str, listed: Listed, stock: i64) -> Result<(), StoreError> {
    let reward = Reward { stock: Some(stock), ..listed.reward };
    put(tx, id, &Listed { reward, ..listed })
}

/// Whether a voucher of this code was ever issued.
pub(crate) fn is_code_taken(sql: &Connection, code: &str) -> Result<bool, StoreError> {
    let mut statement = sql.prepare_cached("SELECT EXISTS (SELECT 1 FROM voucher WHERE code = ?1)")?;
    Ok(statement.query_row([code], |row| row.get(0))?)
}

/// Writes a new voucher, and tells the member's devices.
pub(crate) fn issue(tx: &Tx<'_>, member: &str, voucher: &WithId<Voucher>) -> Result<(), StoreError> {
    let Voucher { reward, title, code, issued_at, expires_at, key, .. } = &voucher.value;
    let mut statement = tx.sql.prepare_cached(
        "INSERT INTO voucher (id, member, reward, title, code, state, issued_at, expires_at, key)
         VALUES (?1, ?2, ?3, ?4, ?5, 'issued', ?6, ?7, ?8)",
    )?;
    statement.execute(params![
        voucher.id,
        member,
        reward,
        serde_json::to_string(title)?,
        code,
        millis(*issued_at),
        millis(*expires_at),
        key,
    ])?;
    changes::put(tx, member, kind::VOUCHER, &voucher.id, &voucher.value)
}

/// Marks the member's vouchers that have run out, and tells their devices.
pub(crate) fn expire_vouchers(tx: &Tx<'_>, member: &str) -> Result<(), StoreError> {
    for voucher in overdue(&tx.sql, member, tx.now)? {
        set_voucher_state(tx, member, voucher, VoucherState::Expired)?;
    }
    Ok(())
}

fn overdue(sql: &Connection, member: &str, now: Timestamp) -> Result<Vec<WithId<Voucher>>, StoreError> {
    let mut statement = sql.prepare_cached(&format!(
        "{VOUCHER} WHERE member = ?1 AND state = 'issued' AND expires_at <= ?2 ORDER BY expires_at, id",
    ))?;
    let rows = statement.query_map(params![member, millis(now)], voucher_from)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The voucher that the member's claim `key` brought.
pub(crate) fn voucher_of(sql: &Connection, member: &str, key: &str) -> Result<Option<WithId<Voucher>>, StoreError> {
    let mut statement = sql.prepare_cached(&format!("{VOUCHER} WHERE member = ?1 AND key = ?2"))?;
    Ok(statement.query_row([member, key], voucher_from).optional()?)
}

/// The member's voucher with this code.
pub(crate) fn voucher_with_code(
    sql: &Connection,
    member: &str,
    code: &str,
) -> Result<Option<WithId<Voucher>>, StoreError> {
    let mut statement = sql.prepare_cached(&format!("{VOUCHER} WHERE member = ?1 AND code = ?2"))?;
    Ok(statement.query_row([member, code], voucher_from).optional()?)
}

/// A voucher and whose it is.
pub(crate) fn voucher(sql: &Connection, id: &str) -> Result<Option<(String, WithId<Voucher>)>, StoreError> {
    let owner =
        sql.prepare_cached("SELECT member FROM voucher WHERE id = ?1")?.query_row([id], |row| row.get(0)).optional()?;
    let mut statement = sql.prepare_cached(&format!("{VOUCHER} WHERE id = ?1"))?;
    Ok(owner.zip(statement.query_row([id], voucher_from).optional()?))
}

/// Changes what has become of a voucher, and tells the member's devices.
pub(crate) fn set_voucher_state(
    tx: &Tx<'_>,
    member: &str,
    voucher: WithId<Voucher>,
    state: VoucherState,
) -> Result<WithId<Voucher>, StoreError> {
    tx.sql
        .prepare_cached("UPDATE voucher SET state = ?2 WHERE id = ?1")?
        .execute(params![voucher.id, word(&state)?])?;
    let value = Voucher { state, ..voucher.value };
    changes::put(tx, member, kind::VOUCHER, &voucher.id, &value)?;
    Ok(WithId { id: voucher.id, value })
}

const VOUCHER: &str = "SELECT id, reward, title, code, state, issued_at, expires_at, key FROM voucher";

fn voucher_from(row: &Row<'_>) -> rusqlite::Result<WithId<Voucher>> {
    let value = Voucher {
        reward: row.get(1)?,
        title: local_text_at(row, 2)?,
        code: row.get(3)?,
        state: word_at(row, 4)?,
        issued_at: time_at(row, 5)?,
        expires_at: time_at(row, 6)?,
        key: row.get(7)?,
    };
    Ok(WithId { id: row.get(0)?, value })
}

/// How many vouchers were ever issued.
pub(crate) fn count_vouchers(sql: &Connection) -> Result<i64, StoreError> {
    Ok(sql.prepare_cached("SELECT COUNT(*) FROM voucher")?.query_row([], |row| row.get(0))?)
}
