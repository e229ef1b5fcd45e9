//! Backups of the whole database, and going back to one.
//!
//! A backup is a database of its own that is attached while it is written or read: a file beside the sandbox's, or one
//! in memory that stays attached. It holds the rows alone; the tables' rules stay with the tables. Both ways are one
//! transaction, so neither a backup nor a restore is ever half there.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior};

use super::{StoreError, schema};

/// SQLite attaches at most 10 databases; a sandbox in memory keeps its backups attached.
const MAX_IN_MEMORY: i64 = 8;

/// The copy of `sqlite_sequence`, whose own name is reserved.
const SEQUENCES: &str = "sequences of main";

/// Where backups are.
pub(crate) enum Backups {
    /// In files whose names begin as the sandbox's own.
    Beside(PathBuf),
    /// In memory, attached to the connection.
    Attached,
}

impl Backups {
    /// What is attached for a backup: a path, or nothing that has a name.
    fn target(&self, name: &str) -> PathBuf {
        match self {
            // Of another schema the rows would not fit: such a backup is one that is not there.
            Backups::Beside(path) => {
                let mut file = path.as_os_str().to_owned();
                file.push(format!(".backup-{name}.v{}", schema::VERSION));
                PathBuf::from(file)
            }
            Backups::Attached => PathBuf::from(":memory:"),
        }
    }

    /// Copies everything that is committed into the backup `name`, in place of an earlier one of that name.
    pub(super) fn take(&self, connection: &mut Connection, name: &str) -> Result<(), StoreError> {
        let alias = alias(name);
        let is_new = !is_attached(connection, &alias)?;
        if is_new {
            if matches!(self, Backups::Attached) && count_attached(connection)? >= MAX_IN_MEMORY {
                return Err(StoreError::TooManyBackups(MAX_IN_MEMORY));
            }
            attach(connection, &self.target(name), &alias)?;
        }
        let taken = write(connection, &alias);
        self.release(connection, &alias, is_new && taken.is_err())?;
        taken
    }

    /// Runs `work` with the backup `name` attached; `None` where there is no such backup.
    pub(super) fn with<T, E: From<StoreError>>(
        &self,
        connection: &mut Connection,
        name: &str,
        work: impl FnOnce(&mut Connection, &Source) -> Result<T, E>,
    ) -> Result<Option<T>, E> {
        let source = Source(alias(name));
        match self {
            Backups::Beside(_) if !self.target(name).exists() => return Ok(None),
            Backups::Beside(_) => attach(connection, &self.target(name), &source.0)?,
            Backups::Attached if !is_attached(connection, &source.0)? => return Ok(None),
            Backups::Attached => {}
        }
        // A file without it was begun by a process that did not live to finish it.
        let result = match is_whole(connection, &source.0) {
            Ok(true) => work(connection, &source).map(Some),
            Ok(false) => Ok(None),
            Err(error) => Err(error.into()),
        };
        self.release(connection, &source.0, false)?;
        result
    }

    /// Lets a file go; what is in memory stays, unless it is `void`.
    fn release(&self, connection: &Connection, alias: &str, void: bool) -> Result<(), StoreError> {
        if void || matches!(self, Backups::Beside(_)) {
            connection.execute(&format!("DETACH {}", quoted(alias)), [])?;
        }
        Ok(())
    }
}

/// An attached backup.
pub(super) struct Source(String);

impl Source {
    /// Puts the backup's rows in place of the database's, inside of a transaction that the caller commits.
    pub(super) fn bring_back(&self, sql: &Connection) -> Result<(), StoreError> {
        let copy = quoted(&self.0);
        // Until the commit a row may name one that is not there yet, or not any more.
        sql.execute_batch("PRAGMA defer_foreign_keys = ON")?;
        let tables = tables(sql)?;
        for table in tables.iter().map(|table| quoted(table)) {
            sql.execute_batch(&format!(
                "DELETE FROM main.{table}; INSERT INTO main.{table} SELECT * FROM {copy}.{table}"
            ))?;
        }
        // Last, since each of these inserts counted on.
        let sequences = quoted(SEQUENCES);
        sql.execute_batch(&format!(
            "DELETE FROM main.sqlite_sequence; INSERT INTO main.sqlite_sequence SELECT * FROM {copy}.{sequences}"
        ))?;
        Ok(())
    }
}

fn write(connection: &mut Connection, alias: &str) -> Result<(), StoreError> {
    let copy = quoted(alias);
    let sql = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for table in tables(&sql)?.iter().map(|table| quoted(table)) {
        sql.execute_batch(&format!(
            "DROP TABLE IF EXISTS {copy}.{table}; CREATE TABLE {copy}.{table} AS SELECT * FROM main.{table}"
        ))?;
    }
    let sequences = quoted(SEQUENCES);
    sql.execute_batch(&format!(
        "DROP TABLE IF EXISTS {copy}.{sequences};
         CREATE TABLE {copy}.{sequences} AS SELECT * FROM main.sqlite_sequence"
    ))?;
    sql.commit()?;
    Ok(())
}

/// The tables of the schema.
fn tables(sql: &Connection) -> Result<Vec<String>, StoreError> {
    let mut statement = sql.prepare(
        "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND substr(name, 1, 7) <> 'sqlite_' ORDER BY name",
    )?;
    Ok(statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

fn attach(connection: &Connection, target: &Path, alias: &str) -> Result<(), StoreError> {
    let target = target.to_str().ok_or(StoreError::Path)?;
    connection.execute(&format!("ATTACH ?1 AS {}", quoted(alias)), [target])?;
    Ok(())
}

fn is_attached(connection: &Connection, alias: &str) -> Result<bool, StoreError> {
    let found =
        connection.query_row("SELECT 1 FROM pragma_database_list WHERE name = ?1", [alias], |_| Ok(())).optional()?;
    Ok(found.is_some())
}

fn count_attached(connection: &Connection) -> Result<i64, StoreError> {
    let count = "SELECT COUNT(*) FROM pragma_database_list WHERE name NOT IN ('main', 'temp')";
    Ok(connection.query_row(count, [], |row| row.get(0))?)
}

fn is_whole(connection: &Connection, alias: &str) -> Result<bool, StoreError> {
    let find = format!("SELECT 1 FROM {}.sqlite_schema WHERE name = ?1", quoted(alias));
    Ok(connection.query_row(&find, [SEQUENCES], |_| Ok(())).optional()?.is_some())
}

/// The name under which a backup is attached: never one of SQLite's own.
fn alias(name: &str) -> String {
    format!("backup {name}")
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
