//! The encrypted database of one member: schema, migrations, queries. The only SQL of the core.
//!
//! Must not know of HTTP, of texts or of what a screen shows. Reads never wait for a write: they have connections of
//! their own. Every write is one IMMEDIATE transaction, durable when [`Store::write`] returns, and says what it changed.

mod base;
mod device;
mod home;
mod notice;
mod outbox;
mod pieces;
mod rescue;
mod schema;
mod session;

use std::path::PathBuf;
use std::sync::{Arc, OnceLock, PoisonError};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};
use tokio::sync::watch;
use zeroize::Zeroizing;

use crate::ports::shared::atomic::{AtomicBool, AtomicU8, Ordering};
use crate::ports::shared::{Mutex, RwLock};

pub use base::{Entries, SyncState};
pub use home::{Home, HomeError, IndexedMember, MemoryHome, OpenHome, PendingSignIn, Revocation};
pub use rescue::{Condition, Saved};
pub use schema::SCHEMA_VERSION;

/// Length of a database key in bytes.
pub const KEY_LEN: usize = sqlcipher_sys::KEY_LEN;

/// How long a write waits for another process. There is none by design; a backup tool may hold the file for a moment.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// States of [`Store::take_suspicion`].
const QUIET: u8 = 0;
const SUSPECT: u8 = 1;
const LOOKED_AT: u8 = 2;

/// How the store failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file was written by a newer version of the app; it was left as it is.
    #[error("the wallet was written by a newer version (schema {found}, this version knows {known})")]
    NewerSchema {
        /// The file's schema.
        found: i64,
        /// The newest schema of this version.
        known: i64,
    },
    /// The key does not open the file, or the file is not a database.
    #[error("the key does not open the wallet's file, or the file is damaged")]
    WrongKey,
    /// The disk is full.
    #[error("the disk is full")]
    DiskFull,
    /// The file or its folder cannot be written.
    #[error("the wallet's file cannot be written")]
    ReadOnly,
    /// A page of the file is not what was written.
    #[error("the wallet's file is damaged")]
    Damaged,
    /// The file was given up for another one, which has what could be read of it.
    #[error("the wallet's file was replaced")]
    Retired,
    /// A row does not hold what this version wrote: a bug or a damaged file.
    #[error("the wallet holds a malformed {0}")]
    Malformed(&'static str),
    /// It was closed for good: its member signed out, or the device was wiped.
    #[error("the wallet's file was closed")]
    Closed,
    /// Anything else that SQLite says.
    #[error("the database failed: {0}")]
    Sqlite(rusqlite::Error),
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode::{CannotOpen, DatabaseCorrupt, DiskFull, NotADatabase, ReadOnly};
        match error.sqlite_error_code() {
            // A full disk has no room for the shared memory either.
            _ if extended_code(&error) == Some(rusqlite::ffi::SQLITE_IOERR_SHMSIZE) => StoreError::DiskFull,
            Some(DatabaseCorrupt) => StoreError::Damaged,
            Some(NotADatabase) => StoreError::WrongKey,
            Some(DiskFull) => StoreError::DiskFull,
            Some(ReadOnly | CannotOpen) => StoreError::ReadOnly,
            _ => StoreError::Sqlite(error),
        }
    }
}

fn extended_code(error: &rusqlite::Error) -> Option<i32> {
    match error {
        rusqlite::Error::SqliteFailure(failure, _) => Some(failure.extended_code),
        _ => None,
    }
}

impl StoreError {
    /// Whether a damaged file can be behind it. [`Store::examine`] says whether one is: a page that cannot be read shows
    /// itself as almost anything.
    pub fn is_suspicious(&self) -> bool {
        !matches!(
            self,
            StoreError::NewerSchema { .. } | StoreError::DiskFull | StoreError::Retired | StoreError::Closed
        )
    }
}

/// What a write changed, so that observers hear of it after the commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(clippy::struct_excessive_bools, reason = "a set of independent flags, one for each table group")]
pub struct Touched {
    /// Programme, member, accounts, tiers, rewards or vouchers.
    pub documents: bool,
    /// Ledger lines.
    pub entries: bool,
    /// Queued actions, and what the member is told beside them.
    pub outbox: bool,
    /// Tokens or the session's state.
    pub session: bool,
    /// Time of the last contact.
    pub contact: bool,
}

impl Touched {
    /// Whether nothing changed.
    pub fn is_empty(self) -> bool {
        self == Touched::default()
    }
}

/// Where a database is.
#[derive(Debug, Clone)]
pub enum Location {
    /// A file.
    File(PathBuf),
    /// A file in memory, shared by its URI within the process, as long as one connection is open.
    Memory(String),
}

/// The database of one member.
pub struct Store {
    location: Location,
    key: Zeroizing<[u8; KEY_LEN]>,
    /// `None` once it was closed for good. Shared by all reads and writes; only closing and retiring wait for them.
    // Lock order: `connections`, `writer`, `readers`; none is held while an observer runs.
    connections: RwLock<Option<Connections>>,
    listener: OnceLock<Listener>,
    /// The folder cannot be written: what is there is shown, and every write is refused.
    read_only: bool,
    /// Whether something failed that a damaged file can be behind: [`QUIET`], [`SUSPECT`] or [`LOOKED_AT`].
    suspicion: AtomicU8,
    /// Another database has taken the place of this one.
    retired: AtomicBool,
    /// Never sent on. The last field: when it is dropped, the home has been let go.
    gone: watch::Sender<()>,
}

struct Connections {
    writer: Mutex<Connection>,
    readers: Mutex<Vec<Connection>>,
    /// Whoever still works on the store keeps the home from being opened a second time.
    _home: Arc<OpenHome>,
}

/// Hears of each commit that changed something, on the thread that committed, with no lock held.
pub type Listener = Box<dyn Fn(Touched) + Send + Sync>;

impl Store {
    /// Opens the database, makes it where there is none, and brings its schema up to date.
    pub fn open(home: &Arc<OpenHome>, name: &str, key: Zeroizing<[u8; KEY_LEN]>) -> Result<Store, StoreError> {
        let location = home.location(name);
        let (mut writer, read_only) = match connect(&location, &key) {
            Ok(writer) => (writer, false),
            Err(StoreError::ReadOnly) => (connect_to_read(&location, &key)?, true),
            Err(error) => return Err(error),
        };
        let cut = match &location {
            Location::File(path) if !read_only => rescue::log_leaves_out(path, &key),
            _ => Ok(false),
        };
        let ready = cut.and_then(|cut| if cut { Err(StoreError::Damaged) } else { schema::migrate(&mut writer) });
        if let Err(error) = ready {
            // Left as it is, its log included.
            writer.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
            return Err(error);
        }
        let connections =
            Connections { writer: Mutex::new(writer), readers: Mutex::default(), _home: Arc::clone(home) };
        Ok(Store {
            location,
            key,
            connections: RwLock::new(Some(connections)),
            listener: OnceLock::new(),
            read_only,
            suspicion: AtomicU8::new(QUIET),
            retired: AtomicBool::new(false),
            gone: watch::Sender::new(()),
        })
    }

    /// One consistent view of the database. Waits for no write.
    pub fn read<T>(&self, query: impl FnOnce(&Reader<'_>) -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.noticed(self.try_to_read(query))
    }

    fn try_to_read<T>(&self, query: impl FnOnce(&Reader<'_>) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let connections = self.connections.read().unwrap_or_else(PoisonError::into_inner);
        let connections = connections.as_ref().ok_or(StoreError::Closed)?;
        if self.retired.load(Ordering::SeqCst) {
            return Err(StoreError::Retired);
        }
        let pooled = connections.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut connection = match pooled {
            Some(connection) => connection,
            None if self.read_only => connect_to_read(&self.location, &self.key)?,
            None => connect(&self.location, &self.key)?,
        };
        let result = {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Deferred)?;
            query(&Reader { transaction: &transaction })
        };
        // A connection that met a damaged page reads nothing more.
        if result.as_ref().is_err_and(StoreError::is_suspicious) {
            return result;
        }
        connections.readers.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        result
    }

    /// Ends when nobody holds the store any more: its files are closed, and it has let go of the home.
    pub fn gone(&self) -> impl Future<Output = ()> + Send + 'static {
        let mut gone = self.gone.subscribe();
        async move { while gone.changed().await.is_ok() {} }
    }

    /// Sets who hears of commits. The first one stays.
    pub fn listen(&self, listener: Listener) {
        // A second listener is a second wallet on one store, which the home's lock rules out.
        let _ = self.listener.set(listener);
    }

    /// One transaction, durable when this returns. An error of `change` takes all of it back.
    pub fn write<T>(&self, change: impl FnOnce(&mut Writer<'_>) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let written = self.write_unless(|writer| change(writer).map(Some))?;
        written.ok_or(StoreError::Malformed("answer of a write"))
    }

    /// As [`write`](Self::write), but `None` takes all of it back too.
    pub fn write_unless<T>(
        &self,
        change: impl FnOnce(&mut Writer<'_>) -> Result<Option<T>, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        self.noticed(self.try_to_write(Synced::Now, change))
    }

    /// As [`write`](Self::write), but durable only with the next write, for what can be had again and is followed by one: a
    /// loss of power takes back this write and those like it before, whole ones and in order. The sync of the disk is most of
    /// the time of a page of changes.
    pub fn write_with_the_next<T>(
        &self,
        change: impl FnOnce(&mut Writer<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let written = self.noticed(self.try_to_write(Synced::WithTheNext, |writer| change(writer).map(Some)))?;
        written.ok_or(StoreError::Malformed("answer of a write"))
    }

    fn try_to_write<T>(
        &self,
        synced: Synced,
        change: impl FnOnce(&mut Writer<'_>) -> Result<Option<T>, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        let (value, touched) = {
            let connections = self.connections.read().unwrap_or_else(PoisonError::into_inner);
            let connections = connections.as_ref().ok_or(StoreError::Closed)?;
            if self.retired.load(Ordering::SeqCst) {
                return Err(StoreError::Retired);
            }
            let mut connection = connections.writer.lock().unwrap_or_else(PoisonError::into_inner);
            if let Synced::WithTheNext = synced {
                connection.execute_batch("PRAGMA synchronous = NORMAL")?;
            }
            let done = transact(&mut connection, change);
            if let Synced::WithTheNext = synced {
                connection.execute_batch("PRAGMA synchronous = FULL")?;
            }
            let Some(done) = done? else { return Ok(None) };
            done
        };
        if let Some(listener) = self.listener.get().filter(|_| !touched.is_empty()) {
            listener(touched);
        }
        Ok(Some(value))
    }
}

impl Store {
    fn noticed<T>(&self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        let refused = self.read_only && matches!(result, Err(StoreError::ReadOnly));
        if !refused && result.as_ref().is_err_and(StoreError::is_suspicious) {
            let first = self.suspicion.compare_exchange(QUIET, SUSPECT, Ordering::SeqCst, Ordering::SeqCst).is_ok();
            // Whoever shows something reads it again, which is when the file is looked at.
            if let Some(listener) = self.listener.get().filter(|_| first) {
                listener(Touched { documents: true, entries: true, outbox: true, session: true, contact: true });
            }
        }
        result
    }

    /// Whether something failed that a damaged file can be behind. Answers it once, since a look costs as much as the file is
    /// large.
    pub fn take_suspicion(&self) -> bool {
        self.suspicion.compare_exchange(SUSPECT, LOOKED_AT, Ordering::SeqCst, Ordering::SeqCst).is_ok()
    }

    /// It could not be looked at, or not be mended: it is tried again.
    pub fn keep_suspicion(&self) {
        self.suspicion.store(SUSPECT, Ordering::SeqCst);
    }

    /// In what state the file is, by a look through all of it.
    pub fn condition(&self) -> Result<Condition, StoreError> {
        Store::examine(&self.location, &self.key)
    }

    /// From now on nothing is read or written here any more: what was acknowledged before is in the file, and nothing is
    /// acknowledged afterwards. The file and its log stay as they are.
    ///
    /// Waits for reads too: one that is under way would put the log into the file when its connection is closed, and one that
    /// is about to connect would make a new file in the place of one that was set aside.
    pub fn retire(&self) -> Result<(), StoreError> {
        let mut connections = self.connections.write().unwrap_or_else(PoisonError::into_inner);
        let open = connections.as_mut().ok_or(StoreError::Closed)?;
        let writer = open.writer.get_mut().unwrap_or_else(PoisonError::into_inner);
        writer.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        open.readers.get_mut().unwrap_or_else(PoisonError::into_inner).clear();
        self.retired.store(true, Ordering::SeqCst);
        Ok(())
    }

    /// Closes the database for good, unless `last` fails: while that looks nobody else reads or writes, and after it
    /// nobody does. So what `last` saw is all that there ever was, and the file can be deleted.
    pub fn close_with<T, E: From<StoreError>>(&self, last: impl FnOnce(&Reader<'_>) -> Result<T, E>) -> Result<T, E> {
        let mut connections = self.connections.write().unwrap_or_else(PoisonError::into_inner);
        let open = connections.as_mut().ok_or(StoreError::Closed)?;
        if self.retired.load(Ordering::SeqCst) {
            return Err(StoreError::Retired.into());
        }
        let writer = open.writer.get_mut().unwrap_or_else(PoisonError::into_inner);
        let value = {
            let behavior = TransactionBehavior::Deferred;
            let transaction = writer.transaction_with_behavior(behavior).map_err(StoreError::from)?;
            last(&Reader { transaction: &transaction })?
        };
        *connections = None;
        Ok(value)
    }

    /// No other database could take its place: it goes on as well as it can.
    pub fn reinstate(&self) {
        self.retired.store(false, Ordering::SeqCst);
    }
}

/// When a write is on the disk for good.
#[derive(Clone, Copy)]
enum Synced {
    Now,
    WithTheNext,
}

/// The value and what was changed; `None` where `change` wants all of it taken back.
fn transact<T>(
    connection: &mut Connection,
    change: impl FnOnce(&mut Writer<'_>) -> Result<Option<T>, StoreError>,
) -> Result<Option<(T, Touched)>, StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut writer = Writer { reader: Reader { transaction: &transaction }, touched: Touched::default() };
    let Some(value) = change(&mut writer)? else { return Ok(None) };
    let touched = writer.touched;
    transaction.commit()?;
    Ok(Some((value, touched)))
}

/// Queries within one transaction.
pub struct Reader<'a> {
    transaction: &'a Transaction<'a>,
}

/// Queries and changes within one transaction.
pub struct Writer<'a> {
    reader: Reader<'a>,
    touched: Touched,
}

impl<'a> std::ops::Deref for Writer<'a> {
    type Target = Reader<'a>;
    fn deref(&self) -> &Reader<'a> {
        &self.reader
    }
}

fn connect(location: &Location, key: &[u8; KEY_LEN]) -> Result<Connection, StoreError> {
    let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let path = match location {
        Location::File(path) => path.clone(),
        Location::Memory(uri) => {
            flags |= OpenFlags::SQLITE_OPEN_URI;
            PathBuf::from(uri)
        }
    };
    let connection = sqlcipher_sys::open(&path, key, flags)?;
    if let Err(error) = schema::refuse_newer(&connection) {
        // Left as it is, its log included.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        return Err(error);
    }
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(64);
    if let Location::File(_) = location {
        connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get::<_, String>(0))?;
    }
    // FULL: a commit survives power loss; in WAL, NORMAL would not. fullfsync does the same on Apple's systems.
    connection.execute_batch("PRAGMA synchronous = FULL; PRAGMA fullfsync = 1; PRAGMA checkpoint_fullfsync = 1")?;
    Ok(connection)
}

/// Opens a file in a folder that cannot be written. Reading needs a log and shared memory beside it, which cannot be made there;
/// without a log the file is all there is, and nobody can change it.
fn connect_to_read(location: &Location, key: &[u8; KEY_LEN]) -> Result<Connection, StoreError> {
    let Location::File(path) = location else { return Err(StoreError::ReadOnly) };
    let log = path.with_extension("db-wal");
    if std::fs::metadata(log).is_ok_and(|log| log.len() > 0) {
        return Err(StoreError::ReadOnly);
    }
    let mut uri = url::Url::from_file_path(path).map_err(|()| StoreError::ReadOnly)?;
    uri.set_query(Some("immutable=1"));
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = sqlcipher_sys::open(&PathBuf::from(uri.as_str()), key, flags)?;
    schema::refuse_newer(&connection)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// Parses what this version stored; anything else is a damaged row.
fn parse_stored<T: serde::de::DeserializeOwned>(json: &str, what: &'static str) -> Result<T, StoreError> {
    serde_json::from_str(json).map_err(|_| StoreError::Malformed(what))
}

/// The JSON that is stored. The domain's types always have one.
fn to_stored<T: serde::Serialize>(value: &T, what: &'static str) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|_| StoreError::Malformed(what))
}

/// A stored instant.
fn instant(millis: i64) -> Result<jiff::Timestamp, StoreError> {
    jiff::Timestamp::from_millisecond(millis).map_err(|_| StoreError::Malformed("instant"))
}

#[cfg(all(test, feature = "shuttle"))]
mod interleavings;

#[cfg(test)]
mod tests {
    use super::*;

    /// PRAGMA synchronous: 2 is FULL, 1 is NORMAL.
    fn level(connection: &Connection) -> i64 {
        connection.query_row("PRAGMA synchronous", [], |row| row.get(0)).expect("a level")
    }

    #[test]
    fn a_write_that_leaves_the_sync_to_the_next_leaves_it_to_no_other() {
        let home = Arc::new(OpenHome::open(Home::Memory(MemoryHome::new())).expect("a home"));
        let store = Store::open(&home, "member", Zeroizing::new([7; KEY_LEN])).expect("a store");
        let seen = |writer: &mut Writer<'_>| Ok(level(writer.transaction));
        assert_eq!(store.write(seen).expect("a write"), 2);
        assert_eq!(store.write_with_the_next(seen).expect("a write"), 1);
        assert_eq!(store.write(seen).expect("a write"), 2);
        // Also where it fails.
        let failed = store.write_with_the_next(|_| Err::<(), _>(StoreError::Malformed("test")));
        assert!(matches!(failed, Err(StoreError::Malformed("test"))));
        assert_eq!(store.write(seen).expect("a write"), 2);
    }
}
