//! One-time codes: who asked for one, what was sent, how often.
//!
//! Codes are kept as digests. The plain code is only in `sent`, which exists so that a developer can read the mail.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use serde::Serialize;

use super::{StoreError, Tx, millis, time_at};
use crate::ids::Hash;

/// The window over which attempts are limited.
const WINDOW: SignedDuration = SignedDuration::from_hours(1);
/// How many messages a list of what was sent holds at most.
const SENT_LIMIT: i64 = 200;

/// A request for a code that is still open.
pub(crate) struct CodeRequest {
    pub(crate) address: String,
    pub(crate) code_hash: Option<Hash>,
    pub(crate) join_form: Option<String>,
    pub(crate) tries: i64,
    pub(crate) expires_at: Timestamp,
}

/// What a new request is made of.
pub(crate) struct NewRequest<'a> {
    pub(crate) id: &'a str,
    pub(crate) address: &'a str,
    /// `None` where nothing is sent.
    pub(crate) code_hash: Option<Hash>,
    pub(crate) join_form: Option<&'a str>,
    pub(crate) expires_at: Timestamp,
}

/// A message that the server sent.
#[derive(Serialize)]
pub(crate) struct Sent {
    pub(crate) address: String,
    pub(crate) kind: String,
    pub(crate) text: String,
    pub(crate) code: Option<String>,
    pub(crate) at: Timestamp,
}

/// Opens a request and voids the address's earlier ones.
pub(crate) fn open(tx: &Tx<'_>, new: &NewRequest<'_>) -> Result<(), StoreError> {
    tx.sql
        .prepare_cached("UPDATE code_request SET state = 'void' WHERE address = ?1 AND state = 'open'")?
        .execute([new.address])?;
    tx.sql
        .prepare_cached(
            "INSERT INTO code_request (id, address, code_hash, join_form, state, expires_at)
             VALUES (?1, ?2, ?3, ?4, 'open', ?5)",
        )?
        .execute(params![new.id, new.address, new.code_hash, new.join_form, millis(new.expires_at)])?;
    Ok(())
}

/// The request of this id, if a code may still be redeemed with it.
pub(crate) fn find_open(sql: &Connection, id: &str) -> Result<Option<CodeRequest>, StoreError> {
    let mut statement = sql.prepare_cached(
        "SELECT address, code_hash, join_form, tries, expires_at FROM code_request WHERE id = ?1 AND state = 'open'",
    )?;
    let found = statement.query_row([id], |row| {
        Ok(CodeRequest {
            address: row.get(0)?,
            code_hash: row.get(1)?,
            join_form: row.get(2)?,
            tries: row.get(3)?,
            expires_at: time_at(row, 4)?,
        })
    });
    Ok(found.optional()?)
}

/// Counts a wrong code; the request is void after `most` of them.
pub(crate) fn count_wrong(tx: &Tx<'_>, id: &str, most: i64) -> Result<(), StoreError> {
    let mut statement = tx.sql.prepare_cached(
        "UPDATE code_request SET tries = tries + 1, state = CASE WHEN tries + 1 >= ?2 THEN 'void' ELSE state END
         WHERE id = ?1",
    )?;
    statement.execute(params![id, most])?;
    Ok(())
}

/// The code was redeemed; neither it nor the name in the form is needed any more.
pub(crate) fn mark_used(tx: &Tx<'_>, id: &str) -> Result<(), StoreError> {
    tx.sql
        .prepare_cached("UPDATE code_request SET state = 'used', code_hash = NULL, join_form = NULL WHERE id = ?1")?
        .execute([id])?;
    Ok(())
}

/// Counts an attempt in `bucket`; if `limit` of them already fall into the last hour, it is not counted and the answer
/// is how long to wait.
pub(crate) fn attempt(tx: &Tx<'_>, bucket: &str, limit: u32) -> Result<Option<SignedDuration>, StoreError> {
    let wait = must_wait(tx, bucket, limit)?;
    if wait.is_none() {
        tx.sql
            .prepare_cached("INSERT INTO attempt (bucket, at) VALUES (?1, ?2)")?
            .execute(params![bucket, millis(tx.now)])?;
    }
    Ok(wait)
}

/// How long to wait until one more attempt in `bucket` is within `limit`; nothing is counted.
pub(crate) fn must_wait(tx: &Tx<'_>, bucket: &str, limit: u32) -> Result<Option<SignedDuration>, StoreError> {
    let since = tx.now.saturating_sub(WINDOW).unwrap_or(Timestamp::MIN);
    tx.sql
        .prepare_cached("DELETE FROM attempt WHERE bucket = ?1 AND at <= ?2")?
        .execute(params![bucket, millis(since)])?;
    // The attempt that must leave the window before there is room again.
    let oldest = tx
        .sql
        .prepare_cached("SELECT at FROM attempt WHERE bucket = ?1 ORDER BY at DESC LIMIT 1 OFFSET ?2")?
        .query_row(params![bucket, i64::from(limit) - 1], |row| time_at(row, 0))
        .optional()?;
    Ok(oldest.map(|oldest| oldest.duration_since(since)))
}

/// Keeps what was sent.
pub(crate) fn keep_sent(tx: &Tx<'_>, sent: &Sent) -> Result<(), StoreError> {
    tx.sql
        .prepare_cached("INSERT INTO sent (address, kind, text, code, at) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![sent.address, sent.kind, sent.text, sent.code, millis(sent.at)])?;
    Ok(())
}

/// What was sent, to `address` or to all, newest first.
pub(crate) fn sent(sql: &Connection, address: Option<&str>) -> Result<Vec<Sent>, StoreError> {
    let mut statement = sql.prepare_cached(
        "SELECT address, kind, text, code, at FROM sent WHERE ?1 IS NULL OR address = ?1 ORDER BY id DESC LIMIT ?2",
    )?;
    let rows = statement.query_map(params![address, SENT_LIMIT], sent_from)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn sent_from(row: &Row<'_>) -> rusqlite::Result<Sent> {
    Ok(Sent { address: row.get(0)?, kind: row.get(1)?, text: row.get(2)?, code: row.get(3)?, at: time_at(row, 4)? })
}

/// Forgets requests that ran out before `before`: they hold an address and perhaps a name.
pub(crate) fn forget_requests(tx: &Tx<'_>, before: Timestamp) -> Result<(), StoreError> {
    tx.sql.prepare_cached("DELETE FROM code_request WHERE expires_at < ?1")?.execute([millis(before)])?;
    tx.sql.prepare_cached("DELETE FROM attempt WHERE at < ?1")?.execute([millis(before)])?;
    Ok(())
}
