//! The sandbox's database: one SQLite connection under a mutex, and the only SQL of the crate, split by subject.
//!
//! Knows nothing of HTTP and of the programme's rules. What a request does goes through [`Store::write`]: one
//! IMMEDIATE transaction that is committed only if every ledger transaction in it balances.

pub(crate) mod actions;
mod backup;
pub(crate) mod catalogue;
pub(crate) mod changes;
pub(crate) mod codes;
pub(crate) mod devices;
pub(crate) mod issuer;
pub(crate) mod journal;
pub(crate) mod ledger;
pub(crate) mod members;
pub(crate) mod meta;
pub(crate) mod passes;
mod schema;
pub(crate) mod till;
pub(crate) mod tokens;

use std::cell::Cell;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::types::Type;
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlcipher_sys as _;
use tokio::sync::Notify;

use crate::ports::Random;

use backup::Backups;

/// How long to wait for another process that has the file open.
const BUSY: Duration = Duration::from_secs(5);

/// Why the database did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    #[error("the database failed")]
    Sql(#[from] rusqlite::Error),
    #[error("the database has schema {found}, this program knows {known}")]
    NewerSchema { found: i64, known: usize },
    #[error("a value of the database cannot be read or written")]
    Value(#[from] serde_json::Error),
    #[error("a ledger transaction does not sum to zero")]
    Unbalanced,
    #[error("an amount does not fit")]
    Overflow,
    #[error("a mail could not be written")]
    Mail(#[from] std::io::Error),
    #[error("the path of a database is not valid UTF-8")]
    Path,
    #[error("a sandbox in memory keeps at most {0} backups")]
    TooManyBackups(i64),
}

/// The open database.
pub(crate) struct Store {
    /// Never held over an `await`.
    connection: Mutex<Connection>,
    backups: Backups,
    /// Wakes long polls. Not a `watch`: that one wakes in a random order, this one in the order of waiting.
    committed: Notify,
}

/// One write transaction, with what the statements in it share.
pub(crate) struct Tx<'a> {
    pub(crate) sql: Transaction<'a>,
    /// The server's time, the same for all of the transaction.
    pub(crate) now: Timestamp,
    /// Where ids and codes are drawn from.
    pub(crate) random: &'a dyn Random,
    /// `seq` of the first change that this transaction wrote.
    first_change: Cell<Option<i64>>,
}

impl Store {
    pub(crate) fn file(path: &Path) -> Result<Store, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX
            | OpenFlags::SQLITE_OPEN_EXRESCODE;
        Store::prepare(Connection::open_with_flags(path, flags)?, Backups::Beside(path.to_owned()))
    }

    pub(crate) fn memory() -> Result<Store, StoreError> {
        Store::prepare(Connection::open_in_memory()?, Backups::Attached)
    }

    fn prepare(mut connection: Connection, backups: Backups) -> Result<Store, StoreError> {
        connection.busy_timeout(BUSY)?;
        // An in-memory database answers "memory" here and stays what it is.
        connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
        connection.execute_batch(
            "PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY",
        )?;
        connection.set_prepared_statement_cache_capacity(128);
        schema::migrate(&mut connection)?;
        Ok(Store { connection: Mutex::new(connection), backups, committed: Notify::new() })
    }

    /// Runs `work` in one IMMEDIATE transaction. An error rolls everything back.
    pub(crate) fn write<T, E: From<StoreError>>(
        &self,
        now: Timestamp,
        random: &dyn Random,
        work: impl FnOnce(&Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let (result, changed) = transact(&mut self.lock(), now, random, work)?;
        if changed {
            self.committed.notify_waiters();
        }
        Ok(result)
    }

    /// Runs `work` on one consistent state of the database.
    pub(crate) fn read<T, E: From<StoreError>>(&self, work: impl FnOnce(&Connection) -> Result<T, E>) -> Result<T, E> {
        let mut connection = self.lock();
        let sql = connection.transaction().map_err(StoreError::from)?;
        work(&sql)
    }

    /// Keeps everything that is committed now under `name`, in place of an earlier backup of that name.
    pub(crate) fn back_up(&self, name: &str) -> Result<(), StoreError> {
        self.backups.take(&mut self.lock(), name)
    }

    /// Goes back to the backup `name` and runs `work` on it, in one transaction: nobody sees the one without the other.
    /// `None` where there is no such backup.
    pub(crate) fn restore<T, E: From<StoreError>>(
        &self,
        name: &str,
        now: Timestamp,
        random: &dyn Random,
        work: impl FnOnce(&Tx<'_>) -> Result<T, E>,
    ) -> Result<Option<T>, E> {
        let restored = self.backups.with(&mut self.lock(), name, |connection, source| {
            let (result, _) = transact(connection, now, random, |tx| {
                // The clock is not of the state: a server that is restored does not live in the past.
                let offset = meta::get(&tx.sql, meta::Name::ClockOffset)?;
                source.bring_back(&tx.sql)?;
                meta::set(tx, meta::Name::ClockOffset, offset.as_deref().unwrap_or("0"))?;
                work(tx)
            })?;
            Ok::<_, E>(result)
        })?;
        // Whoever waits for changes hears that nothing is as it was.
        self.committed.notify_waiters();
        Ok(restored)
    }

    /// A panic inside a transaction rolled it back when it was dropped, so the connection is good to go on with.
    fn lock(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notifies all who wait whenever a transaction that wrote changes has been committed.
    pub(crate) fn committed(&self) -> &Notify {
        &self.committed
    }
}

/// Runs `work` in one IMMEDIATE transaction. Answers also whether it wrote changes.
fn transact<T, E: From<StoreError>>(
    connection: &mut Connection,
    now: Timestamp,
    random: &dyn Random,
    work: impl FnOnce(&Tx<'_>) -> Result<T, E>,
) -> Result<(T, bool), E> {
    let sql = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(StoreError::from)?;
    let ledger_before = ledger::newest(&sql)?;
    let tx = Tx { sql, now, random, first_change: Cell::new(None) };
    let result = work(&tx)?;
    ledger::ensure_balanced(&tx.sql, ledger_before)?;
    let changed = tx.first_change.get().is_some();
    tx.sql.commit().map_err(StoreError::from)?;
    Ok((result, changed))
}

/// A time as the database holds it.
fn millis(at: Timestamp) -> i64 {
    at.as_millisecond()
}

/// A time that the database holds.
fn timestamp(column: usize, millis: i64) -> rusqlite::Result<Timestamp> {
    Timestamp::from_millisecond(millis)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(column, Type::Integer, Box::new(error)))
}

fn time_at(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<Timestamp> {
    timestamp(column, row.get(column)?)
}

fn optional_time_at(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<Option<Timestamp>> {
    row.get::<_, Option<i64>>(column)?.map(|millis| timestamp(column, millis)).transpose()
}

/// A JSON column.
fn json_at<T: DeserializeOwned>(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<T> {
    json_from(column, &row.get::<_, String>(column)?)
}

/// A JSON column that may be NULL.
fn optional_json_at<T: DeserializeOwned>(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<Option<T>> {
    row.get::<_, Option<String>>(column)?.map(|text| json_from(column, &text)).transpose()
}

fn json_from<T: DeserializeOwned>(column: usize, text: &str) -> rusqlite::Result<T> {
    serde_json::from_str(text)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error)))
}

/// A unit-only enum as its word on the wire.
fn word<T: Serialize>(value: &T) -> Result<String, StoreError> {
    Ok(serde_json::to_string(value)?.trim_matches('"').to_owned())
}

/// A unit-only enum from its word.
fn word_at<T: DeserializeOwned>(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<T> {
    let text: String = row.get(column)?;
    serde_json::from_value(serde_json::Value::String(text))
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error)))
}
