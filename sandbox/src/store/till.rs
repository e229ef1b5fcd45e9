//! The till's records: scans, accruals with their lines, used vouchers, refunds, and answers for repeats.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use serde::Serialize;

use super::actions::Answer;
use super::{StoreError, Tx, millis, time_at};
use crate::ids::Hash;

/// A card that was read at a till for a sale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scan {
    pub(crate) id: String,
    pub(crate) member: String,
    /// Whether the code that was read is good for more than earning.
    pub(crate) may_spend: bool,
}

/// An accrual that is to be recorded.
pub(crate) struct NewAccrual<'a> {
    pub(crate) id: &'a str,
    pub(crate) scan: &'a str,
    pub(crate) store: &'a str,
    pub(crate) till: &'a str,
    pub(crate) receipt: &'a str,
    pub(crate) points: i64,
    pub(crate) key: &'a str,
    /// When the card was read for it.
    pub(crate) at: Timestamp,
}

/// A line of a receipt.
#[derive(Debug, Serialize)]
pub(crate) struct Line {
    #[serde(rename = "line")]
    pub(crate) number: i64,
    pub(crate) minor: i64,
    pub(crate) text: Option<String>,
}

/// The digest and answer recorded under a till's key.
pub(crate) fn recorded(sql: &Connection, till: &str, key: &str) -> Result<Option<(Hash, Answer)>, StoreError> {
    let mut statement =
        sql.prepare_cached("SELECT request_hash, http_status, body FROM till_request WHERE till = ?1 AND key = ?2")?;
    let found =
        statement.query_row([till, key], |row| Ok((row.get(0)?, Answer { status: row.get(1)?, body: row.get(2)? })));
    Ok(found.optional()?)
}

/// Records the answer to a till's request; replaces one only with the fault `ignore-idempotency`.
pub(crate) fn record(
    tx: &Tx<'_>,
    till: &str,
    key: &str,
    request_hash: &Hash,
    answer: &Answer,
) -> Result<(), StoreError> {
    let mut statement = tx.sql.prepare_cached(
        "INSERT OR REPLACE INTO till_request (till, key, request_hash, http_status, body, at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    statement.execute(params![till, key, request_hash, answer.status, answer.body, millis(tx.now)])?;
    Ok(())
}

/// The scan of this card at this till in this sale.
pub(crate) fn scan_of(sql: &Connection, till: &str, sale: &str, card: &str) -> Result<Option<Scan>, StoreError> {
    let mut statement = sql
        .prepare_cached("SELECT id, member, may_spend FROM scan WHERE till = ?1 AND sale = ?2 AND card_number = ?3")?;
    let found = statement.query_row([till, sale, card], scan_from);
    Ok(found.optional()?)
}

/// A scan of this till by its id.
pub(crate) fn scan(sql: &Connection, till: &str, id: &str) -> Result<Option<Scan>, StoreError> {
    let mut statement = sql.prepare_cached("SELECT id, member, may_spend FROM scan WHERE till = ?1 AND id = ?2")?;
    let found = statement.query_row([till, id], scan_from);
    Ok(found.optional()?)
}

fn scan_from(row: &Row<'_>) -> rusqlite::Result<Scan> {
    Ok(Scan { id: row.get(0)?, member: row.get(1)?, may_spend: row.get(2)? })
}

pub(crate) fn insert_scan(tx: &Tx<'_>, scan: &Scan, till: &str, sale: &str, card: &str) -> Result<(), StoreError> {
    tx.sql
        .prepare_cached(
            "INSERT INTO scan (id, till, sale, card_number, member, may_spend, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![scan.id, till, sale, card, scan.member, scan.may_spend, millis(tx.now)])?;
    Ok(())
}

/// A better code of the same card was read in the same sale.
pub(crate) fn let_spend(tx: &Tx<'_>, scan: &str) -> Result<(), StoreError> {
    tx.sql.prepare_cached("UPDATE scan SET may_spend = 1 WHERE id = ?1")?.execute([scan])?;
    Ok(())
}

/// The first of `lines` of this receipt that was accrued already.
pub(crate) fn used_line(
    sql: &Connection,
    store: &str,
    till: &str,
    receipt: &str,
    lines: &[Line],
) -> Result<Option<i64>, StoreError> {
    let mut statement = sql.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM accrual_line WHERE store = ?1 AND till = ?2 AND receipt = ?3 AND line = ?4)",
    )?;
    for line in lines {
        if statement.query_row(params![store, till, receipt, line.number], |row| row.get(0))? {
            return Ok(Some(line.number));
        }
    }
    Ok(None)
}

/// Records an accrual and its lines. Lines that are there already are replaced, which happens only with the fault
/// `ignore-idempotency`: otherwise [`used_line`] was asked first, in the same transaction.
pub(crate) fn insert_accrual(tx: &Tx<'_>, new: &NewAccrual<'_>, lines: &[Line]) -> Result<(), StoreError> {
    tx.sql
        .prepare_cached(
            "INSERT INTO accrual (id, scan, store, till, receipt, points, key, at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![new.id, new.scan, new.store, new.till, new.receipt, new.points, new.key, millis(new.at)])?;
    let mut statement = tx.sql.prepare_cached(
        "INSERT OR REPLACE INTO accrual_line (store, till, receipt, line, accrual, minor, text)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    for line in lines {
        statement.execute(params![new.store, new.till, new.receipt, line.number, new.id, line.minor, line.text])?;
    }
    Ok(())
}

/// A voucher that was used at a till for a receipt.
pub(crate) struct Redemption {
    pub(crate) id: String,
    pub(crate) voucher: String,
    pub(crate) till: String,
    pub(crate) receipt: String,
}

/// The use of this voucher that stands.
pub(crate) fn redemption_of(sql: &Connection, voucher: &str) -> Result<Option<Redemption>, StoreError> {
    let mut statement = sql
        .prepare_cached("SELECT id, voucher, till, receipt FROM redemption WHERE voucher = ?1 AND undone_at IS NULL")?;
    Ok(statement.query_row([voucher], redemption_from).optional()?)
}

/// A use of a voucher that stands, by its id.
pub(crate) fn redemption(sql: &Connection, id: &str) -> Result<Option<Redemption>, StoreError> {
    let mut statement =
        sql.prepare_cached("SELECT id, voucher, till, receipt FROM redemption WHERE id = ?1 AND undone_at IS NULL")?;
    Ok(statement.query_row([id], redemption_from).optional()?)
}

fn redemption_from(row: &Row<'_>) -> rusqlite::Result<Redemption> {
    Ok(Redemption { id: row.get(0)?, voucher: row.get(1)?, till: row.get(2)?, receipt: row.get(3)? })
}

pub(crate) fn insert_redemption(
    tx: &Tx<'_>,
    new: &Redemption,
    scan: &str,
    store: &str,
    key: &str,
) -> Result<(), StoreError> {
    tx.sql
        .prepare_cached(
            "INSERT INTO redemption (id, voucher, scan, store, till, receipt, key, at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![new.id, new.voucher, scan, store, new.till, new.receipt, key, millis(tx.now)])?;
    Ok(())
}

pub(crate) fn undo_redemption(tx: &Tx<'_>, id: &str) -> Result<(), StoreError> {
    tx.sql
        .prepare_cached("UPDATE redemption SET undone_at = ?2 WHERE id = ?1")?
        .execute(params![id, millis(tx.now)])?;
    Ok(())
}

/// A line of a receipt that was accrued.
pub(crate) struct Bought {
    pub(crate) accrual: String,
    /// What of its price has not come back yet.
    pub(crate) left: i64,
}

/// The line of a receipt, if it was accrued.
pub(crate) fn bought(
    sql: &Connection,
    store: &str,
    till: &str,
    receipt: &str,
    line: i64,
) -> Result<Option<Bought>, StoreError> {
    let mut statement = sql.prepare_cached(
        "SELECT accrual, minor - refunded_minor FROM accrual_line
         WHERE store = ?1 AND till = ?2 AND receipt = ?3 AND line = ?4",
    )?;
    let found = statement
        .query_row(params![store, till, receipt, line], |row| Ok(Bought { accrual: row.get(0)?, left: row.get(1)? }));
    Ok(found.optional()?)
}

/// Notes that `minor` of the price of a line came back.
pub(crate) fn take_back_line(
    tx: &Tx<'_>,
    store: &str,
    till: &str,
    receipt: &str,
    line: i64,
    minor: i64,
) -> Result<(), StoreError> {
    tx.sql
        .prepare_cached(
            "UPDATE accrual_line SET refunded_minor = refunded_minor + ?5
             WHERE store = ?1 AND till = ?2 AND receipt = ?3 AND line = ?4",
        )?
        .execute(params![store, till, receipt, line, minor])?;
    Ok(())
}

/// What an accrual brought, and what of it came back.
pub(crate) struct Earned {
    pub(crate) member: String,
    pub(crate) at: Timestamp,
    /// The price of its lines, and what of that came back.
    pub(crate) minor: i64,
    pub(crate) refunded_minor: i64,
    pub(crate) points: i64,
    pub(crate) refunded_points: i64,
}

pub(crate) fn earned(sql: &Connection, accrual: &str) -> Result<Option<Earned>, StoreError> {
    let mut statement = sql.prepare_cached(
        "SELECT scan.member, accrual.at, SUM(minor), SUM(refunded_minor), points, refunded_points
         FROM accrual JOIN scan ON scan.id = accrual.scan JOIN accrual_line ON accrual_line.accrual = accrual.id
         WHERE accrual.id = ?1 GROUP BY accrual.id",
    )?;
    let found = statement.query_row([accrual], |row| {
        Ok(Earned {
            member: row.get(0)?,
            at: time_at(row, 1)?,
            minor: row.get(2)?,
            refunded_minor: row.get(3)?,
            points: row.get(4)?,
            refunded_points: row.get(5)?,
        })
    });
    Ok(found.optional()?)
}

/// Notes how many points of an accrual came back in all.
pub(crate) fn set_refunded_points(tx: &Tx<'_>, accrual: &str, points: i64) -> Result<(), StoreError> {
    tx.sql
        .prepare_cached("UPDATE accrual SET refunded_points = ?2 WHERE id = ?1")?
        .execute(params![accrual, points])?;
    Ok(())
}

/// A refund that is to be recorded.
pub(crate) struct NewRefund<'a> {
    pub(crate) id: &'a str,
    pub(crate) store: &'a str,
    pub(crate) till: &'a str,
    /// The refund's own receipt.
    pub(crate) receipt: &'a str,
    pub(crate) points: i64,
    pub(crate) key: &'a str,
}

/// Whether this till made a refund with this receipt already.
pub(crate) fn is_refund(sql: &Connection, store: &str, till: &str, receipt: &str) -> Result<bool, StoreError> {
    let mut statement =
        sql.prepare_cached("SELECT EXISTS (SELECT 1 FROM refund WHERE store = ?1 AND till = ?2 AND receipt = ?3)")?;
    Ok(statement.query_row([store, till, receipt], |row| row.get(0))?)
}

/// Records a refund; replaces one only with the fault `ignore-idempotency`.
pub(crate) fn insert_refund(tx: &Tx<'_>, new: &NewRefund<'_>) -> Result<(), StoreError> {
    tx.sql
        .prepare_cached(
            "INSERT OR REPLACE INTO refund (id, store, till, receipt, points, key, at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![new.id, new.store, new.till, new.receipt, new.points, new.key, millis(tx.now)])?;
    Ok(())
}
