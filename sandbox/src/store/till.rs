//! The till's records: scans, accruals with their lines, and answers for repeats.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::actions::Answer;
use super::{StoreError, Tx, millis};
use crate::ids::Hash;

/// A card that was read at a till for a sale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scan {
    pub(crate) id: String,
    pub(crate) member: String,
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
}

/// A line of a receipt.
pub(crate) struct Line {
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
    let mut statement =
        sql.prepare_cached("SELECT id, member FROM scan WHERE till = ?1 AND sale = ?2 AND card_number = ?3")?;
    let found = statement.query_row([till, sale, card], |row| Ok(Scan { id: row.get(0)?, member: row.get(1)? }));
    Ok(found.optional()?)
}

/// A scan of this till by its id.
pub(crate) fn scan(sql: &Connection, till: &str, id: &str) -> Result<Option<Scan>, StoreError> {
    let mut statement = sql.prepare_cached("SELECT id, member FROM scan WHERE till = ?1 AND id = ?2")?;
    let found = statement.query_row([till, id], |row| Ok(Scan { id: row.get(0)?, member: row.get(1)? }));
    Ok(found.optional()?)
}

pub(crate) fn insert_scan(tx: &Tx<'_>, scan: &Scan, till: &str, sale: &str, card: &str) -> Result<(), StoreError> {
    tx.sql
        .prepare_cached("INSERT INTO scan (id, till, sale, card_number, member, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?
        .execute(params![scan.id, till, sale, card, scan.member, millis(tx.now)])?;
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
        .execute(params![new.id, new.scan, new.store, new.till, new.receipt, new.points, new.key, millis(tx.now)])?;
    let mut statement = tx.sql.prepare_cached(
        "INSERT OR REPLACE INTO accrual_line (store, till, receipt, line, accrual, minor, text)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    for line in lines {
        statement.execute(params![new.store, new.till, new.receipt, line.number, new.id, line.minor, line.text])?;
    }
    Ok(())
}
