//! The record of actions: key, digest of the request, and the answer that a repeat gets again.

use rusqlite::{Connection, OptionalExtension as _, params};
use serde_json::Value;

use super::{StoreError, Tx, changes, millis, optional_json_at, time_at, word, word_at};
use crate::ids::Hash;
use crate::wire::{Outcome, Status, kind};

/// An answer as it went over the wire, for repeats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
}

/// An outcome that is to be recorded.
pub(crate) struct Record<'a> {
    pub(crate) member: &'a str,
    pub(crate) key: &'a str,
    pub(crate) request_hash: &'a Hash,
    pub(crate) action: &'a str,
    pub(crate) status: Status,
    pub(crate) answer: &'a Answer,
    pub(crate) effect: Option<Value>,
    pub(crate) problem: Option<Value>,
}

/// The digest and answer recorded under a key.
pub(crate) fn recorded(sql: &Connection, member: &str, key: &str) -> Result<Option<(Hash, Answer)>, StoreError> {
    let mut statement =
        sql.prepare_cached("SELECT request_hash, http_status, body FROM outcome WHERE member = ?1 AND key = ?2")?;
    let found =
        statement.query_row([member, key], |row| Ok((row.get(0)?, Answer { status: row.get(1)?, body: row.get(2)? })));
    Ok(found.optional()?)
}

/// Records an outcome and appends it as a change: to be called last, so that the outcome comes after its effects.
///
/// A record under the same key is replaced. That happens only with the fault `ignore-idempotency`: otherwise the key
/// was looked up first, in the same transaction.
pub(crate) fn record(tx: &Tx<'_>, record: Record<'_>) -> Result<(), StoreError> {
    let mut statement = tx.sql.prepare_cached(
        "INSERT OR REPLACE INTO outcome (member, key, request_hash, type, status, http_status, body, effect, problem, at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?;
    statement.execute(params![
        record.member,
        record.key,
        record.request_hash,
        record.action,
        word(&record.status)?,
        record.answer.status,
        record.answer.body,
        record.effect.as_ref().map(Value::to_string),
        record.problem.as_ref().map(Value::to_string),
        millis(tx.now),
    ])?;
    let outcome = Outcome {
        key: None,
        status: record.status,
        action: record.action.to_owned(),
        at: tx.now,
        effect: record.effect,
        problem: record.problem,
    };
    changes::put(tx, record.member, kind::OUTCOME, record.key, &outcome)
}

/// What became of an action.
pub(crate) fn outcome(sql: &Connection, member: &str, key: &str) -> Result<Option<Outcome>, StoreError> {
    let mut statement = sql
        .prepare_cached("SELECT key, status, type, at, effect, problem FROM outcome WHERE member = ?1 AND key = ?2")?;
    let found = statement.query_row([member, key], |row| {
        Ok(Outcome {
            key: row.get(0)?,
            status: word_at(row, 1)?,
            action: row.get(2)?,
            at: time_at(row, 3)?,
            effect: optional_json_at(row, 4)?,
            problem: optional_json_at(row, 5)?,
        })
    });
    Ok(found.optional()?)
}

/// How many actions ended with this status.
pub(crate) fn count(sql: &Connection, status: Status) -> Result<i64, StoreError> {
    let mut statement = sql.prepare_cached("SELECT COUNT(*) FROM outcome WHERE status = ?1")?;
    Ok(statement.query_row([word(&status)?], |row| row.get(0))?)
}
