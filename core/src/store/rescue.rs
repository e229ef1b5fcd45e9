//! Saving what can be read of a damaged database into a new one beside it.
//!
//! What the server said comes again; what the member made does not, so its rows are asked for one by one. Must not know who
//! owns the file, nor what the member is told: `wallet` decides when this is done. Nothing of the damaged file is changed.
//!
//! `SQLCipher` holds a tag for each page. After one that does not fit it refuses every further page of the connection, and may
//! answer zeros for the one that it could not read. So each look at the damaged file ends with the first fault, no row with a
//! zero byte is believed (no column of ours ever holds one), and the next look is a connection of its own.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use rusqlite::types::Value;
use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior, params_from_iter};

use super::outbox::queued_action;
use super::pieces::{Access, Pieces, log_is_cut, log_of};
use super::{KEY_LEN, Location, Store, StoreError, base, connect, device, notice, outbox, schema};
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
        let empty = |path: &Path| std::fs::read(path).map_or(true, |bytes| bytes.iter().all(|byte| *byte == 0));
        let check = sqlcipher_sys::check_pages(path, key);
        if check.is_ok_and(|check| check.unreadable < check.pages) {
            return examine_whole(path, key);
        }
        // Its log may have what the file has not.
        Ok(match Pieces::of(path, key)? {
            pieces if pieces.fits => Condition::Damaged,
            _ if empty(path) && empty(&log_of(path)) => Condition::Gone,
            _ if std::fs::metadata(path).map_or(0, |file| file.len()) < sqlcipher_sys::PAGE_LEN => Condition::Gone,
            _ => Condition::WrongKey,
        })
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
        let mut pieces = Pieces::of(old, from.1)?;
        let mut wreck = Wreck { path: pieces.path.clone(), key: from.1, access: Access::Plain, connection: None };
        let mut version = wreck.version()?;
        if version.is_none() && pieces.fits {
            wreck.connection = None;
            pieces.make_first_page_anew(from.1)?;
            wreck.access = pieces.access.clone();
            version = wreck.version()?;
        }
        let Some(version) = version else { return Ok(None) };
        if version > schema::SCHEMA_VERSION {
            return Err(StoreError::NewerSchema { found: version, known: schema::SCHEMA_VERSION });
        }
        let mut fresh = connect(to.0, to.1)?;
        schema::migrate_to(&mut fresh, version)?;
        // As `SQLite` alone reads it: up to the first frame of its log that is not what was written.
        let mut before = Wreck { path: old.clone(), key: from.1, access: Access::Plain, connection: None };
        let whole = copy(&mut wreck, (!pieces.whole_log).then_some(&mut before), &mut fresh)?;
        schema::migrate(&mut fresh)?;
        let mut saved = tidy(&mut wreck, &mut fresh, whole)?;
        if !pieces.whole_log {
            saved.lost = None;
        }
        drop((wreck, before));
        // The last connection writes the log into the file and removes it.
        drop(fresh);
        if let Some(folder) = new.parent() {
            sync_folder(folder).map_err(|_| StoreError::ReadOnly)?;
        }
        Ok(Some(saved))
    }
}

fn examine_whole(path: &Path, key: &[u8; KEY_LEN]) -> Result<Condition, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = sqlcipher_sys::open_damaged(path, key, flags)?;
    let whole = match connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get::<_, String>(0)) {
        Ok(answer) => answer == "ok",
        Err(error) => damage(error)?,
    };
    let sound = whole && !sqlcipher_sys::is_poisoned(&connection) && !log_leaves_out(path, key)?;
    Ok(if sound { Condition::Sound } else { Condition::Damaged })
}

/// Whether `SQLite` leaves something out of the log that the member made. What it leaves out of the base comes again: pages of
/// changes are not synced one by one, so that a loss of power may take the middle of a long pull and leave its end. `path` is a
/// database that is open.
pub(super) fn log_leaves_out(path: &Path, key: &[u8; KEY_LEN]) -> Result<bool, StoreError> {
    if !log_is_cut(path) {
        return Ok(false);
    }
    let pieces = Pieces::of(path, key)?;
    let wreck = |path: &Path| Wreck { path: path.to_owned(), key, access: Access::Plain, connection: None };
    let (mut last, mut before) = (wreck(&pieces.path), wreck(path));
    Ok(match (last.made()?, before.made()?) {
        (Some((last, session)), Some((before, session_before))) => {
            !last.is_subset(&before) || session != session_before
        }
        _ => true,
    })
}

/// Copies every row that can be read, and from `before` what cannot be read as it was last. Whether all of the outbox could be.
fn copy(wreck: &mut Wreck<'_>, mut before: Option<&mut Wreck<'_>>, fresh: &mut Connection) -> Result<bool, StoreError> {
    let transaction = fresh.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut outbox_whole = false;
    for table in tables(&transaction)? {
        let whole = table.copy(wreck, &transaction, "REPLACE", &|_| true)?;
        if let Some(before) = before.as_mut().filter(|_| !whole) {
            // An action may have been taken back since. The index of keys says so; where it cannot be read either, the action
            // is kept: to lose one that was acknowledged is worse, and the member is told to look.
            let listed = if table.name == outbox::TABLE { wreck.listed_actions() } else { None };
            let gone =
                |value: &Value| matches!((value, &listed), (Value::Text(key), Some(keys)) if !keys.contains(key));
            table.copy(before, &transaction, "IGNORE", &|row| !row.get(1).is_some_and(gone))?;
        }
        if table.name == outbox::TABLE {
            outbox_whole = whole;
        }
    }
    transaction.commit()?;
    Ok(outbox_whole)
}

/// Makes a wallet of the rows that were copied: none that would hold up the others, and a base that is built anew.
fn tidy(wreck: &mut Wreck<'_>, fresh: &mut Connection, outbox_whole: bool) -> Result<Saved, StoreError> {
    let transaction = fresh.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let actions = format!("SELECT {} FROM outbox", outbox::COLUMNS);
    let actions = malformed(&transaction, &actions, |row| queued_action(row).is_ok())?;
    for sequence in &actions {
        transaction.execute("DELETE FROM outbox WHERE sequence = ?1", [sequence])?;
    }
    for id in malformed(&transaction, "SELECT id, at, value FROM notice", |row| notice::read(row).is_ok())? {
        transaction.execute("DELETE FROM notice WHERE id = ?1", [id])?;
    }
    device::drop_malformed(&transaction)?;
    base::show_until_rebuilt(&transaction)?;
    let outbox_whole = outbox_whole && actions.is_empty();
    let count = |sql: &str| transaction.query_row(sql, [], |row| row.get::<_, u32>(0));
    let actions = count("SELECT count(*) FROM outbox")?;
    let saved = Saved {
        actions,
        lost: if outbox_whole {
            Some(0)
        } else {
            let listed = wreck.listed_actions().map(|listed| u32::try_from(listed.len()).unwrap_or(u32::MAX));
            listed.map(|listed| listed.saturating_sub(actions))
        },
        session: count("SELECT count(*) FROM session")? > 0,
        shown: count("SELECT (SELECT count(*) FROM document) + (SELECT count(*) FROM entry)")?,
    };
    transaction.commit()?;
    Ok(saved)
}

/// The numbers of rows that no version ever wrote.
fn malformed(
    connection: &Connection,
    sql: &str,
    good: impl Fn(&rusqlite::Row<'_>) -> bool,
) -> Result<Vec<i64>, StoreError> {
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([])?;
    let mut malformed = Vec::new();
    while let Some(row) = rows.next()? {
        if !good(row) {
            malformed.push(row.get(0)?);
        }
    }
    Ok(malformed)
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
    fn copy(
        &self,
        wreck: &mut Wreck<'_>,
        into: &Connection,
        or: &str,
        believe: &dyn Fn(&[Value]) -> bool,
    ) -> Result<bool, StoreError> {
        let columns = self.columns.join(", ");
        let places: Vec<String> = (1..=self.columns.len()).map(|place| format!("?{place}")).collect();
        let insert = format!("INSERT OR {or} INTO {} ({columns}) VALUES ({})", self.name, places.join(", "));
        let mut insert = into.prepare(&insert)?;
        let mut put = |row: Vec<Value>| match believe(&row).then(|| insert.execute(params_from_iter(row))) {
            None | Some(Ok(_)) => Ok(()),
            // Not a row of ours, whatever the tag of its page says.
            Some(Err(error)) if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => Ok(()),
            Some(Err(error)) => Err(StoreError::from(error)),
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

/// Keys of actions, and the rows that say which session it is.
type Made = (BTreeSet<String>, Vec<Vec<Value>>);

/// Sequences that are asked for one by one where nothing says which the last one is.
const PROBES: i64 = 10_000;

/// The damaged file.
struct Wreck<'a> {
    path: PathBuf,
    key: &'a [u8; KEY_LEN],
    access: Access,
    /// Good until its first fault.
    connection: Option<Connection>,
}

impl Wreck<'_> {
    fn connection(&mut self) -> Result<&Connection, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = match (self.connection.take(), &self.access) {
            (Some(connection), _) => connection,
            (None, Access::Plain) => sqlcipher_sys::open_damaged(&self.path, self.key, flags)?,
            (None, Access::FirstPageAnew(salt)) => {
                sqlcipher_sys::open_clear_first_page(&self.path, self.key, salt, flags)?
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

    /// The actions that the index of their keys lists; `None` where it cannot be read.
    fn listed_actions(&mut self) -> Option<BTreeSet<String>> {
        let mut listed = BTreeSet::new();
        let mut keep = |row: Vec<Value>| {
            if let Some(Value::Text(key)) = row.into_iter().next() {
                listed.insert(key);
            }
            Ok(())
        };
        let whole = self.look("SELECT action_key FROM outbox ORDER BY action_key", &mut keep).ok()?;
        whole.then_some(listed)
    }

    /// The keys of the actions, and which session it is; `None` where that cannot be read.
    fn made(&mut self) -> Result<Option<Made>, StoreError> {
        let mut session = Vec::new();
        let mut keep = |row| {
            session.push(row);
            Ok(())
        };
        let whole = self.look("SELECT state, refresh_key FROM session", &mut keep)?;
        Ok(self.listed_actions().filter(|_| whole).map(|listed| (listed, session)))
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    const KEY: [u8; KEY_LEN] = [7; KEY_LEN];

    fn documents(location: &Location) -> BTreeMap<String, String> {
        let connection = connect(location, &KEY).expect("the file");
        let mut statement = connection.prepare("SELECT id, value FROM document").expect("the table");
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).expect("rows");
        rows.collect::<Result<_, _>>().expect("whole rows")
    }

    /// Five changes of the base follow an action, none of them synced by itself; the log is not what was written in one place.
    #[test]
    fn a_log_that_lacks_changes_of_the_base_is_no_loss_and_one_that_lacks_an_action_is() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("crashed.db");
        let location = Location::File(folder.path().join("open.db"));
        let mut connection = connect(&location, &KEY).expect("a file");
        schema::migrate(&mut connection).expect("a schema");
        let Location::File(open) = &location else { unreachable!("a file") };
        let frames = || std::fs::metadata(log_of(open)).expect("a log").len();
        let insert = "INSERT INTO outbox (action_key, body, lane, after, created_at, not_after)
                      VALUES (?1, x'7b7d', 'points', '[]', 1, 2)";
        let mut places = Vec::new();
        for action in ["one", "two"] {
            places.push(frames());
            connection.execute(insert, [action]).expect("a row");
        }
        for id in 0..5 {
            places.push(frames());
            let insert = "INSERT INTO document (generation, kind, id, value) VALUES (1, 'reward', ?1, '{}')";
            connection.execute(insert, [id.to_string()]).expect("a row");
        }
        let files = [open.clone(), log_of(open)].map(|path| std::fs::read(path).expect("its bytes"));
        let mut found = Vec::new();
        for place in places.iter().map(|place| usize::try_from(*place).expect("small") + 500) {
            let mut log = files[1].clone();
            log[place] ^= 1;
            for suffix in ["db-shm", "db-wal"] {
                // What the last one left.
                let _ = std::fs::remove_file(path.with_extension(suffix));
            }
            std::fs::write(&path, &files[0]).expect("a write");
            std::fs::write(log_of(&path), log).expect("a write");
            let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            let opened = sqlcipher_sys::open_damaged(&path, &KEY, flags).expect("the file");
            schema::version(&opened).expect("its first page");
            found.push((log_is_cut(&path), log_leaves_out(&path, &KEY).expect("a look")));
        }
        // The last two commits cannot be told from such as a loss of power leaves.
        let cut =
            [(true, true), (true, true), (true, false), (true, false), (true, false), (false, false), (false, false)];
        assert_eq!(found, cut);
    }

    /// Long documents stand on pages of their own, which answer zeros where they cannot be read.
    #[test]
    fn a_document_is_saved_as_it_was_or_not_at_all() {
        let folder = tempfile::tempdir().expect("a folder");
        let [old, new] = ["old", "new"].map(|name| Location::File(folder.path().join(format!("{name}.db"))));
        let Location::File(path) = &old else { unreachable!("a file") };
        let mut connection = connect(&old, &KEY).expect("a file");
        schema::migrate(&mut connection).expect("a schema");
        for (id, length) in [("a", 10), ("b", 9000), ("c", 20), ("d", 20_000), ("e", 30)] {
            let value = format!("\"{}\"", id.repeat(length));
            let insert = "INSERT INTO document (generation, kind, id, value) VALUES (1, 'reward', ?1, ?2)";
            connection.execute(insert, (id, value)).expect("a row");
        }
        drop(connection);
        let before = documents(&old);
        let whole = std::fs::read(path).expect("the file");
        let page = usize::try_from(sqlcipher_sys::PAGE_LEN).expect("a page");
        let mut fewer = 0;
        for from in (0..whole.len()).step_by(page) {
            let mut damaged = whole.clone();
            damaged[from + 3000] ^= 1;
            std::fs::write(path, &damaged).expect("a write");
            assert_eq!(Store::examine(&old, &KEY).expect("a look"), Condition::Damaged, "page {}", from / page + 1);
            let saved = Store::salvage((&old, &KEY), (&new, &KEY)).expect("a rescue").expect("its tables");
            let after = documents(&new);
            assert_eq!(after.len(), usize::try_from(saved.shown).expect("few"));
            assert!(after.iter().all(|(id, value)| before.get(id) == Some(value)), "page {}", from / page + 1);
            // A page of a long document takes that one away, and the table's own page all of them.
            assert!([0, 4, 5].contains(&after.len()), "page {}: {} are left", from / page + 1, after.len());
            fewer += usize::from(after.len() == 4);
            let Location::File(new) = &new else { unreachable!("a file") };
            std::fs::remove_file(new).expect("the new file");
        }
        assert!(fewer > 5, "no page of a long document was hit");
        std::fs::write(path, &whole).expect("a write");
        assert_eq!(Store::examine(&old, &KEY).expect("a look"), Condition::Sound);
        assert_eq!(Store::examine(&old, &[8; KEY_LEN]).expect("a look"), Condition::WrongKey);
        std::fs::write(path, vec![0; whole.len()]).expect("a write");
        assert_eq!(Store::examine(&old, &KEY).expect("a look"), Condition::Gone);
    }
}
