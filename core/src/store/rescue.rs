//! Saving what can be read of a damaged database into a new one beside it.
//!
//! What the server said comes again; what the member made does not, so its rows are asked for one by one. Must not know who
//! owns the file, nor what the member is told: `wallet` decides when this is done. Nothing of the damaged file is changed.
//!
//! `SQLCipher` holds a tag for each page. After one that does not fit it refuses every further page of the connection, and may
//! answer zeros for the one that it could not read. So each look at the damaged file ends with the first fault, no row with a
//! zero byte is believed (no column of ours ever holds one), and the next look is a connection of its own.

use std::collections::BTreeSet;
use std::path::Path;

use rusqlite::types::Value;
use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior, params_from_iter};

use super::outbox::queued_action;
use super::{KEY_LEN, Location, Store, StoreError, base, connect, outbox, schema};
use crate::files::sync_folder;

/// In what state a database is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// Every page and every table is whole.
    Sound,
    /// Some of it cannot be read.
    Damaged,
    /// Nothing of it can be read, with any key: there is no file, or nothing is in it.
    Gone,
    /// No page fits the key: it is another one, or the whole file is destroyed. Nobody can tell which.
    WrongKey,
}

/// What was saved of a damaged database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Saved {
    /// Actions that the new database has.
    pub actions: u32,
    /// Actions that could not be read; `None` where what says how many cannot be read either.
    pub lost: Option<u32>,
    /// Whether the member is still signed in.
    pub session: bool,
    /// Rows of what the server said, which are shown until it says them again.
    pub shown: u32,
}

impl Store {
    /// Looks through the whole database: milliseconds for a small one, a second for a ledger of 100,000 lines.
    pub fn examine(location: &Location, key: &[u8; KEY_LEN]) -> Result<Condition, StoreError> {
        let Location::File(path) = location else { return Ok(Condition::Sound) };
        match std::fs::read(path) {
            Ok(bytes) if bytes.iter().all(|byte| *byte == 0) => return Ok(Condition::Gone),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Condition::Gone),
            // Whether it can be read is said by whoever needs it next.
            Ok(_) | Err(_) => {}
        }
        let check = sqlcipher_sys::check_pages(path, key)?;
        if check.pages == 0 {
            return Ok(Condition::Gone);
        }
        if check.unreadable >= check.pages {
            return Ok(Condition::WrongKey);
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = sqlcipher_sys::open_damaged(path, key, flags)?;
        let whole = match connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get::<_, String>(0)) {
            Ok(answer) => answer == "ok",
            Err(error) => damage(error)?,
        };
        let sound = whole && !sqlcipher_sys::is_poisoned(&connection);
        Ok(if sound { Condition::Sound } else { Condition::Damaged })
    }

    /// The number of the schema that the file has.
    pub fn schema(location: &Location, key: &[u8; KEY_LEN]) -> Result<i64, StoreError> {
        schema::version(&connect(location, key)?)
    }

    /// Builds the database `to` of what can be read of `from`, whose condition is [`Condition::Damaged`]. `None` where not even
    /// its tables can be found. Whatever `to` was before, an unfinished one of these, it is no more.
    pub fn salvage(
        from: (&Location, &[u8; KEY_LEN]),
        to: (&Location, &[u8; KEY_LEN]),
    ) -> Result<Option<Saved>, StoreError> {
        let (Location::File(old), Location::File(new)) = (from.0, to.0) else { return Ok(None) };
        let mut wreck = Wreck { path: old, key: from.1, connection: None };
        let Some(version) = wreck.version()? else { return Ok(None) };
        if version > schema::SCHEMA_VERSION {
            return Err(StoreError::NewerSchema { found: version, known: schema::SCHEMA_VERSION });
        }
        let mut fresh = connect(to.0, to.1)?;
        schema::migrate_to(&mut fresh, version)?;
        let saved = copy(&mut wreck, &mut fresh)?;
        schema::migrate(&mut fresh)?;
        // The last connection writes the log into the file and removes it.
        drop(fresh);
        if let Some(folder) = new.parent() {
            sync_folder(folder).map_err(|_| StoreError::ReadOnly)?;
        }
        Ok(Some(saved))
    }
}

/// Copies every row that can be read, in one transaction.
fn copy(wreck: &mut Wreck<'_>, fresh: &mut Connection) -> Result<Saved, StoreError> {
    let transaction = fresh.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut outbox_whole = false;
    for table in tables(&transaction)? {
        let whole = table.copy(wreck, &transaction)?;
        if table.name == outbox::TABLE {
            outbox_whole = whole;
        }
    }
    // A row that no version ever wrote would hold up all the others.
    let unreadable = {
        let mut statement = transaction.prepare(&format!("SELECT {} FROM outbox", outbox::COLUMNS))?;
        let mut rows = statement.query([])?;
        let mut unreadable = Vec::new();
        while let Some(row) = rows.next()? {
            if queued_action(row).is_err() {
                unreadable.push(row.get::<_, i64>(0)?);
            }
        }
        unreadable
    };
    for sequence in &unreadable {
        transaction.execute("DELETE FROM outbox WHERE sequence = ?1", [sequence])?;
    }
    base::show_until_rebuilt(&transaction)?;
    let count = |sql: &str| transaction.query_row(sql, [], |row| row.get::<_, u32>(0));
    let actions = count("SELECT count(*) FROM outbox")?;
    let lost = if outbox_whole && unreadable.is_empty() {
        Some(0)
    } else {
        wreck.listed_actions().map(|listed| listed.saturating_sub(actions))
    };
    let saved = Saved {
        actions,
        lost,
        session: count("SELECT count(*) FROM session")? > 0,
        shown: count("SELECT (SELECT count(*) FROM document) + (SELECT count(*) FROM entry)")?,
    };
    transaction.commit()?;
    Ok(saved)
}

/// A table of the new database, which the damaged one has too.
struct Table {
    name: String,
    columns: Vec<String>,
    /// The columns of its primary key.
    key: Vec<String>,
}

fn tables(connection: &Connection) -> Result<Vec<Table>, StoreError> {
    let names =
        strings(connection, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")?;
    let table = |name: String| {
        let columns = strings(connection, &format!("SELECT name FROM pragma_table_info('{name}')"))?;
        let key = format!("SELECT name FROM pragma_table_info('{name}') WHERE pk > 0 ORDER BY pk");
        Ok(Table { columns, key: strings(connection, &key)?, name })
    };
    names.into_iter().map(table).collect()
}

fn strings(connection: &Connection, sql: &str) -> Result<Vec<String>, StoreError> {
    let mut statement = connection.prepare(sql)?;
    let rows = statement.query_map([], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

impl Table {
    /// Whether all of it could be read. Rows come from both ends up to the first page that cannot be read; what lies between
    /// two such pages is asked for by itself.
    fn copy(&self, wreck: &mut Wreck<'_>, into: &Connection) -> Result<bool, StoreError> {
        let columns = self.columns.join(", ");
        let places: Vec<String> = (1..=self.columns.len()).map(|place| format!("?{place}")).collect();
        let insert = format!("INSERT OR REPLACE INTO {} ({columns}) VALUES ({})", self.name, places.join(", "));
        let mut insert = into.prepare(&insert)?;
        let mut put = |row: Vec<Value>| match insert.execute(params_from_iter(row)) {
            Ok(_) => Ok(()),
            // Not a row of ours, whatever the tag of its page says.
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => Ok(()),
            Err(error) => Err(StoreError::from(error)),
        };
        let select = format!("SELECT {columns} FROM {}", self.name);
        let order = |direction: &str| self.key.join(&format!(" {direction}, ")) + " " + direction;
        if wreck.look(&format!("{select} ORDER BY {}", order("ASC")), &mut put)? {
            return Ok(true);
        }
        wreck.look(&format!("{select} ORDER BY {}", order("DESC")), &mut put)?;
        if self.name == outbox::TABLE {
            let known = strings(into, "SELECT CAST(sequence AS TEXT) FROM outbox")?;
            let known: BTreeSet<i64> = known.iter().filter_map(|sequence| sequence.parse().ok()).collect();
            for sequence in
                (1..=wreck.last_sequence(known.last().copied())).filter(|sequence| !known.contains(sequence))
            {
                wreck.look(&format!("{select} WHERE sequence = {sequence}"), &mut put)?;
            }
        } else {
            for part in base::parts(&self.name) {
                for direction in ["ASC", "DESC"] {
                    wreck.look(&format!("{select} WHERE {part} ORDER BY {}", order(direction)), &mut put)?;
                }
            }
        }
        Ok(false)
    }
}

/// Sequences that are asked for one by one where nothing says which the last one is.
const PROBES: i64 = 10_000;

/// The damaged file.
struct Wreck<'a> {
    path: &'a Path,
    key: &'a [u8; KEY_LEN],
    /// Good until its first fault.
    connection: Option<Connection>,
}

impl Wreck<'_> {
    fn connection(&mut self) -> Result<&Connection, StoreError> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => {
                let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
                sqlcipher_sys::open_damaged(self.path, self.key, flags)?
            }
        };
        Ok(self.connection.insert(connection))
    }

    /// The schema's number; `None` where it, or the list of tables, cannot be read.
    fn version(&mut self) -> Result<Option<i64>, StoreError> {
        let mut version = None;
        let mut keep = |row: Vec<Value>| {
            if let Some(Value::Integer(found)) = row.first() {
                version = Some(*found).filter(|found| *found > 0);
            }
            Ok(())
        };
        let mut listed = false;
        let mut list = |_| {
            listed = true;
            Ok(())
        };
        let whole = self.look("PRAGMA user_version", &mut keep)?
            && self.look("SELECT name FROM sqlite_schema WHERE name = 'outbox'", &mut list)?;
        Ok(version.filter(|_| whole && listed))
    }

    /// Hands over rows up to the first fault. Whether there was none. An error is one of `put`, or of the disk: it says nothing
    /// of the file.
    fn look(
        &mut self,
        sql: &str,
        put: &mut dyn FnMut(Vec<Value>) -> Result<(), StoreError>,
    ) -> Result<bool, StoreError> {
        let connection = self.connection()?;
        let whole = rows(connection, sql, put)?;
        let whole = whole && !sqlcipher_sys::is_poisoned(connection);
        if !whole {
            self.connection = None;
        }
        Ok(whole)
    }

    /// How many actions the index of their keys lists; `None` where it cannot be read.
    fn listed_actions(&mut self) -> Option<u32> {
        let mut listed = 0;
        let mut count = |_| {
            listed += 1;
            Ok(())
        };
        let whole = self.look("SELECT action_key FROM outbox ORDER BY action_key", &mut count).ok()?;
        whole.then_some(listed)
    }

    /// A number that no action's sequence is above.
    fn last_sequence(&mut self, known: Option<i64>) -> i64 {
        let mut last = None;
        let mut keep = |row: Vec<Value>| {
            if let Some(Value::Integer(sequence)) = row.first() {
                last = Some(*sequence);
            }
            Ok(())
        };
        let whole = self.look("SELECT seq FROM sqlite_sequence WHERE name = 'outbox'", &mut keep);
        match (whole, last) {
            (Ok(true), Some(last)) => last,
            _ => known.unwrap_or(0) + PROBES,
        }
    }
}

/// Hands over rows up to the first fault of the file. Whether there was none.
fn rows(
    connection: &Connection,
    sql: &str,
    put: &mut dyn FnMut(Vec<Value>) -> Result<(), StoreError>,
) -> Result<bool, StoreError> {
    let mut statement = match connection.prepare(sql) {
        Ok(statement) => statement,
        Err(error) => return damage(error),
    };
    let columns = statement.column_count();
    let mut rows = match statement.query([]) {
        Ok(rows) => rows,
        Err(error) => return damage(error),
    };
    loop {
        let row = match rows.next() {
            Ok(Some(row)) => row,
            Ok(None) => return Ok(true),
            Err(error) => return damage(error),
        };
        let values: Result<Vec<Value>, _> = (0..columns).map(|column| row.get(column)).collect();
        match values {
            Ok(values) if !values.iter().any(holds_zero) => put(values)?,
            _ => return Ok(false),
        }
    }
}

/// `false`, where the error is of the file. A full disk, or one that cannot be written, says nothing of it.
fn damage(error: rusqlite::Error) -> Result<bool, StoreError> {
    match StoreError::from(error) {
        error @ (StoreError::DiskFull | StoreError::ReadOnly) => Err(error),
        _ => Ok(false),
    }
}

/// Texts and bytes of ours are JSON, keys and tokens: a zero byte is of a page that could not be read.
fn holds_zero(value: &Value) -> bool {
    match value {
        Value::Text(text) => text.as_bytes().contains(&0),
        Value::Blob(bytes) => bytes.contains(&0),
        Value::Null | Value::Integer(_) | Value::Real(_) => false,
    }
}
