//! The log of changes that sync reads: appended in the transaction of the effect, paged without splitting one.
//!
//! Knows sequence numbers, not cursors (those are the API's).

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, params};
use serde::Serialize;
use serde_json::value::RawValue;

use super::{StoreError, Tx, millis};

/// The member of a change that concerns everyone.
pub(crate) const EVERYONE: &str = "";
/// How many ledger entries a snapshot brings at most.
const SNAPSHOT_ENTRIES: i64 = 500;
/// How long outcomes are part of snapshots, and how long changes can be read one by one.
pub(crate) const RETENTION: SignedDuration = SignedDuration::from_hours(30 * 24);
/// Where a page ends at the latest, in bytes of values: answers stay well below 1 MiB.
const PAGE_BYTES: usize = 512 * 1024;

/// A change as a page carries it.
#[derive(Debug, Serialize)]
pub(crate) struct Change {
    #[serde(skip)]
    pub(crate) seq: i64,
    #[serde(skip)]
    tx: i64,
    pub(crate) kind: String,
    pub(crate) id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    deleted: bool,
}

/// Some changes, and whether there are more.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) changes: Vec<Change>,
    pub(crate) more: bool,
}

/// Appends the new value of a thing.
pub(crate) fn put(tx: &Tx<'_>, member: &str, kind: &str, id: &str, value: &impl Serialize) -> Result<(), StoreError> {
    append(tx, member, kind, id, Some(&serde_json::to_string(value)?))
}

/// Appends a tombstone.
pub(crate) fn delete(tx: &Tx<'_>, member: &str, kind: &str, id: &str) -> Result<(), StoreError> {
    append(tx, member, kind, id, None)
}

fn append(tx: &Tx<'_>, member: &str, kind: &str, id: &str, value: Option<&str>) -> Result<(), StoreError> {
    // The transaction is named by its first change, whose number the row learns only when it is there.
    let mut statement = tx
        .sql
        .prepare_cached("INSERT INTO change (tx, member, kind, id, value, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?;
    statement.execute(params![tx.first_change.get().unwrap_or(0), member, kind, id, value, millis(tx.now)])?;
    if tx.first_change.get().is_none() {
        let seq = tx.sql.last_insert_rowid();
        tx.sql.prepare_cached("UPDATE change SET tx = ?1 WHERE seq = ?1")?.execute([seq])?;
        tx.first_change.set(Some(seq));
    }
    Ok(())
}

/// The newest change of all; 0 if there is none.
pub(crate) fn newest(sql: &Connection) -> Result<i64, StoreError> {
    // Not MAX(seq): the newest row may have been pruned, and its number is never given again.
    let mut statement =
        sql.prepare_cached("SELECT COALESCE(MAX(seq), 0) FROM sqlite_sequence WHERE name = 'change'")?;
    Ok(statement.query_row([], |row| row.get(0))?)
}

/// The newest change that this member can no longer be told.
pub(crate) fn pruned_through(sql: &Connection, member: &str) -> Result<i64, StoreError> {
    let mut statement = sql.prepare_cached("SELECT COALESCE(MAX(seq), 0) FROM pruned WHERE member IN (?1, ?2)")?;
    Ok(statement.query_row([EVERYONE, member], |row| row.get(0))?)
}

/// The changes after `after` that concern `member`.
pub(crate) fn since(sql: &Connection, member: &str, after: i64, limit: usize) -> Result<Page, StoreError> {
    let mut statement = sql.prepare_cached(
        "SELECT seq, tx, kind, id, value FROM change WHERE member IN (?1, ?2) AND seq > ?3 ORDER BY seq",
    )?;
    page(statement.query(params![EVERYONE, member, after])?, limit)
}

/// Whether anything after `after` concerns `member`.
pub(crate) fn any_since(sql: &Connection, member: &str, after: i64) -> Result<bool, StoreError> {
    let mut statement =
        sql.prepare_cached("SELECT EXISTS (SELECT 1 FROM change WHERE member IN (?1, ?2) AND seq > ?3)")?;
    Ok(statement.query_row(params![EVERYONE, member, after], |row| row.get(0))?)
}

/// A part of what was true for `member` when `upper` was the newest change: the latest version of each thing, without
/// tombstones, the newest entries and recent outcomes only; from after `after` on, in the order of the log.
pub(crate) fn snapshot(
    sql: &Connection,
    member: &str,
    upper: i64,
    after: i64,
    limit: usize,
    now: Timestamp,
) -> Result<Page, StoreError> {
    let oldest_entry: i64 = sql
        .prepare_cached(
            "SELECT COALESCE(MIN(seq), 0) FROM (
                SELECT seq FROM change WHERE member = ?1 AND kind = 'entry' AND seq <= ?2
                ORDER BY seq DESC LIMIT ?3)",
        )?
        .query_row(params![member, upper, SNAPSHOT_ENTRIES], |row| row.get(0))?;
    let mut statement = sql.prepare_cached(
        "SELECT seq, tx, kind, id, value FROM change AS this
         WHERE member IN (?1, ?2) AND seq > ?3 AND seq <= ?4 AND value IS NOT NULL
           AND NOT EXISTS (SELECT 1 FROM change AS later
                           WHERE later.member = this.member AND later.kind = this.kind AND later.id = this.id
                             AND later.seq > this.seq AND later.seq <= ?4)
           AND (kind <> 'entry' OR seq >= ?5)
           AND (kind <> 'outcome' OR at >= ?6)
         ORDER BY seq",
    )?;
    let oldest_outcome = millis(now.saturating_sub(RETENTION).unwrap_or(Timestamp::MIN));
    page(statement.query(params![EVERYONE, member, after, upper, oldest_entry, oldest_outcome])?, limit)
}

/// Takes whole transactions while they fit into `limit` changes and [`PAGE_BYTES`]; at least one.
fn page(mut rows: rusqlite::Rows<'_>, limit: usize) -> Result<Page, StoreError> {
    let mut changes: Vec<Change> = Vec::new();
    let mut bytes = 0;
    // Where the transaction that is being read began; the page is cut there if it does not fit.
    let mut boundary = 0;
    while let Some(row) = rows.next()? {
        let tx: i64 = row.get(1)?;
        if changes.last().is_some_and(|last| last.tx != tx) {
            if changes.len() >= limit || bytes >= PAGE_BYTES {
                return Ok(Page { changes, more: true });
            }
            boundary = changes.len();
        }
        let value = row.get::<_, Option<String>>(4)?;
        bytes += value.as_ref().map_or(0, String::len);
        let value = value.map(RawValue::from_string).transpose()?;
        changes.push(Change {
            seq: row.get(0)?,
            tx,
            kind: row.get(2)?,
            id: row.get(3)?,
            deleted: value.is_none(),
            value,
        });
        if changes.len() > limit && boundary > 0 {
            changes.truncate(boundary);
            return Ok(Page { changes, more: true });
        }
    }
    Ok(Page { changes, more: false })
}

/// Drops what no snapshot needs of the changes before `before`: older versions, tombstones, entries beyond the newest
/// and old outcomes. Returns how many.
pub(crate) fn prune(tx: &Tx<'_>, before: Timestamp) -> Result<usize, StoreError> {
    tx.sql.execute_batch("CREATE TEMP TABLE doomed (seq INTEGER PRIMARY KEY, member TEXT NOT NULL) STRICT")?;
    tx.sql
        .prepare_cached(
            "INSERT INTO temp.doomed
             SELECT seq, member FROM change AS this WHERE at < ?1 AND (
                value IS NULL OR kind = 'outcome'
                OR EXISTS (SELECT 1 FROM change AS later
                           WHERE later.member = this.member AND later.kind = this.kind AND later.id = this.id
                             AND later.seq > this.seq)
                OR (kind = 'entry' AND (SELECT COUNT(*) FROM change AS newer
                                        WHERE newer.member = this.member AND newer.kind = 'entry'
                                          AND newer.seq > this.seq) >= ?2))",
        )?
        .execute(params![millis(before), SNAPSHOT_ENTRIES])?;
    tx.sql.execute_batch(
        "INSERT INTO pruned (member, seq) SELECT member, MAX(seq) FROM temp.doomed WHERE true GROUP BY member
         ON CONFLICT (member) DO UPDATE SET seq = MAX(seq, excluded.seq);
         DELETE FROM change WHERE seq IN (SELECT seq FROM temp.doomed)",
    )?;
    let count: i64 = tx.sql.query_row("SELECT COUNT(*) FROM temp.doomed", [], |row| row.get(0))?;
    tx.sql.execute_batch("DROP TABLE temp.doomed")?;
    Ok(usize::try_from(count).unwrap_or(usize::MAX))
}

/// The ids of a kind that are there now, for one member or for [`EVERYONE`].
pub(crate) fn live(sql: &Connection, member: &str, kind: &str) -> Result<BTreeSet<String>, StoreError> {
    let mut statement = sql.prepare_cached(
        "SELECT id FROM change AS this WHERE member = ?1 AND kind = ?2 AND value IS NOT NULL
           AND NOT EXISTS (SELECT 1 FROM change AS later
                           WHERE later.member = ?1 AND later.kind = ?2 AND later.id = this.id AND later.seq > this.seq)",
    )?;
    Ok(statement.query_map([member, kind], |row| row.get(0))?.collect::<Result<_, _>>()?)
}
