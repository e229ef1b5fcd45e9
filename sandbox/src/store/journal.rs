//! What offline tills wrote down, as it came and with what became of it, and the takes of codes that it is compared with.
//!
//! Knows nothing of which of two takes counts.

use jiff::Timestamp;
use member_card::marks::Basket;
use member_card::{DeviceNumber, Period};
use rusqlite::{Connection, OptionalExtension as _, params};
use serde::Serialize;
use serde_json::Value;

use super::devices::integer;
use super::till::Line;
use super::{StoreError, Tx, changes, json_at, millis, time_at};
use crate::wire::{self, kind};

/// At most so many held entries are told at once.
const MOST_TOLD: i64 = 500;

/// An entry that has arrived.
pub(crate) struct NewEntry<'a> {
    pub(crate) id: &'a str,
    pub(crate) store: &'a str,
    pub(crate) till: &'a str,
    pub(crate) receipt: &'a str,
    /// As the scanner read it.
    pub(crate) payload: &'a str,
    /// By the till's clock.
    pub(crate) scanned_at: Timestamp,
    pub(crate) lines: &'a [Line],
    pub(crate) key: &'a str,
}

/// What became of an entry.
pub(crate) enum Outcome<'a> {
    /// The accrual that it is.
    Accrued(&'a str),
    /// Why it brings nothing.
    Held(&'a str),
}

/// Whether the till wrote down this receipt before.
pub(crate) fn exists(sql: &Connection, store: &str, till: &str, receipt: &str) -> Result<bool, StoreError> {
    let mut statement =
        sql.prepare_cached("SELECT EXISTS (SELECT 1 FROM journal WHERE store = ?1 AND till = ?2 AND receipt = ?3)")?;
    Ok(statement.query_row([store, till, receipt], |row| row.get(0))?)
}

/// Keeps an entry whole.
pub(crate) fn insert(tx: &Tx<'_>, new: &NewEntry<'_>, outcome: &Outcome<'_>) -> Result<(), StoreError> {
    let (accrual, held) = match *outcome {
        Outcome::Accrued(accrual) => (Some(accrual), None),
        Outcome::Held(reason) => (None, Some(reason)),
    };
    tx.sql
        .prepare_cached(
            "INSERT INTO journal (id, store, till, receipt, payload, scanned_at, lines, key, arrived_at, accrual, held,
                                  held_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        )?
        .execute(params![
            new.id,
            new.store,
            new.till,
            new.receipt,
            new.payload,
            millis(new.scanned_at),
            serde_json::to_string(new.lines)?,
            new.key,
            millis(tx.now),
            accrual,
            held,
            held.map(|_| millis(tx.now)),
        ])?;
    Ok(())
}

/// The accrual that an entry is, and the till where it was.
pub(crate) fn accrual(sql: &Connection, id: &str) -> Result<Option<(String, String)>, StoreError> {
    let mut statement = sql.prepare_cached("SELECT accrual, till FROM journal WHERE id = ?1 AND held IS NULL")?;
    Ok(statement.query_row([id], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
}

/// An entry counts no longer, and its take neither.
pub(crate) fn hold(tx: &Tx<'_>, id: &str, reason: &str) -> Result<(), StoreError> {
    tx.sql.prepare_cached("UPDATE journal SET held = ?2, held_at = ?3 WHERE id = ?1")?.execute(params![
        id,
        reason,
        millis(tx.now)
    ])?;
    tx.sql.prepare_cached("DELETE FROM take WHERE journal = ?1")?.execute([id])?;
    Ok(())
}

/// An entry that brings nothing.
#[derive(Debug, Serialize)]
pub(crate) struct Reported {
    pub(crate) id: String,
    pub(crate) store: String,
    pub(crate) till: String,
    pub(crate) receipt: String,
    pub(crate) payload: String,
    pub(crate) scanned_at: Timestamp,
    pub(crate) lines: Value,
    pub(crate) reason: String,
    pub(crate) held_at: Timestamp,
    /// Whether it had brought something before, which was taken back.
    pub(crate) taken_back: bool,
}

/// Every entry that brings nothing, newest first.
pub(crate) fn held(sql: &Connection) -> Result<Vec<Reported>, StoreError> {
    let mut statement = sql.prepare_cached(
        "SELECT id, store, till, receipt, payload, scanned_at, lines, held, held_at, accrual IS NOT NULL
         FROM journal WHERE held IS NOT NULL ORDER BY held_at DESC, id LIMIT ?1",
    )?;
    let held = statement.query_map([MOST_TOLD], |row| {
        Ok(Reported {
            id: row.get(0)?,
            store: row.get(1)?,
            till: row.get(2)?,
            receipt: row.get(3)?,
            payload: row.get(4)?,
            scanned_at: time_at(row, 5)?,
            lines: json_at(row, 6)?,
            reason: row.get(7)?,
            held_at: time_at(row, 8)?,
            taken_back: row.get(9)?,
        })
    })?;
    Ok(held.collect::<Result<_, _>>()?)
}

/// A code that counted.
#[derive(Debug, Clone)]
pub(crate) struct Take {
    /// When it was scanned.
    pub(crate) at: Timestamp,
    pub(crate) period: Period,
    pub(crate) basket: Basket,
    /// The entry that it came with; none for a scan online.
    pub(crate) journal: Option<String>,
}

/// The takes of a device from period `first` on.
pub(crate) fn takes(
    sql: &Connection,
    member: &str,
    device: DeviceNumber,
    first: Period,
) -> Result<Vec<Take>, StoreError> {
    let mut statement = sql.prepare_cached(
        "SELECT at, period, till, receipt, journal FROM take
         WHERE member = ?1 AND device = ?2 AND period >= ?3 ORDER BY period",
    )?;
    let takes = statement.query_map(params![member, device.0, integer(first.number())], |row| {
        Ok(Take {
            at: time_at(row, 0)?,
            period: Period::from_number(row.get::<_, i64>(1)?.unsigned_abs()),
            basket: Basket { till: row.get(2)?, receipt: row.get(3)? },
            journal: row.get(4)?,
        })
    })?;
    Ok(takes.collect::<Result<_, _>>()?)
}

/// Records the take of an entry. Where it is the device's last, its member's apps hear of it.
pub(crate) fn insert_take(tx: &Tx<'_>, member: &str, device: DeviceNumber, take: &Take) -> Result<(), StoreError> {
    let last: Option<i64> = tx
        .sql
        .prepare_cached("SELECT MAX(period) FROM take WHERE member = ?1 AND device = ?2")?
        .query_row(params![member, device.0], |row| row.get(0))?;
    let period = integer(take.period.number());
    tx.sql
        .prepare_cached(
            "INSERT INTO take (member, device, period, till, receipt, at, journal) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![
            member,
            device.0,
            period,
            take.basket.till,
            take.basket.receipt,
            millis(take.at),
            take.journal
        ])?;
    if last.is_none_or(|last| last < period) {
        let code = wire::Code { period: take.period.number() };
        changes::put(tx, member, kind::CODE, &device.0.to_string(), &code)?;
    }
    Ok(())
}
