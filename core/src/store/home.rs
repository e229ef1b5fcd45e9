//! The folder that holds everything of one app: a lock, an index of databases, and a database for each member.
//!
//! The index names no person: only servers, opaque member ids and file names. It says what is being deleted before it is, so
//! that a deletion which was interrupted is finished at the next start. Must not know of keys or tokens.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, TryLockError};
use std::path::PathBuf;
use std::sync::{Arc, PoisonError};

use jiff::Timestamp;
use rusqlite::Connection;
use serde::{Deserialize, Serialize};

use super::Location;
use crate::domain::{MemberId, ProgrammeId};
use crate::files::{delete_private_file, make_private_folder, replace_private_file, sync_folder};
use crate::ports::shared::Mutex;
use crate::ports::shared::atomic::{AtomicBool, AtomicU64, Ordering};

const INDEX: &str = "members.json";
const LOCK: &str = "wallet.lock";

/// Of the files of a database.
const SUFFIXES: [&str; 3] = ["db", "db-wal", "db-shm"];

/// What the name of a database begins with.
const DATABASE: &str = "member-";

/// Where an app keeps its wallet.
#[derive(Clone)]
pub enum Home {
    /// A folder of its own, kept out of device backups.
    Folder(PathBuf),
    /// Memory, for the simulation: outlives the wallet as long as the value is kept.
    Memory(Arc<MemoryHome>),
}

/// How the home cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum HomeError {
    /// Another process, or another wallet of this one, has it open.
    #[error("the wallet is already open")]
    InUse,
    /// It cannot be read or written.
    #[error("the wallet's folder cannot be used: {0}")]
    Io(std::io::ErrorKind),
    /// The index is not what this version writes.
    #[error("the wallet's index was written by a newer version, or is damaged")]
    UnreadableIndex,
}

#[allow(clippy::needless_pass_by_value, reason = "the shape of map_err")]
fn io(error: std::io::Error) -> HomeError {
    HomeError::Io(error.kind())
}

/// What the home holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Index {
    version: u32,
    /// The database of the member who is signed in.
    pub current: Option<String>,
    /// Each database by its name.
    pub databases: BTreeMap<String, IndexedMember>,
    /// A sign-in that waits for its code.
    #[serde(default)]
    pub sign_in: Option<PendingSignIn>,
    /// Whose the files are that were set aside, by the database's name.
    #[serde(default)]
    pub aside: BTreeMap<String, IndexedMember>,
    /// The mark of a wipe: the names of databases of which nothing is read any more, and of whose key and files nothing is to
    /// be left.
    #[serde(default)]
    pub wiping: BTreeSet<String>,
    /// Sessions that ended here and whose end the server does not know yet, by the name of their token in the vault.
    #[serde(default)]
    pub revocations: BTreeMap<String, Revocation>,
}

/// The index's own format.
const INDEX_VERSION: u32 = 1;

impl Default for Index {
    fn default() -> Self {
        Self {
            version: INDEX_VERSION,
            current: None,
            databases: BTreeMap::new(),
            sign_in: None,
            aside: BTreeMap::new(),
            wiping: BTreeSet::new(),
            revocations: BTreeMap::new(),
        }
    }
}

impl Index {
    /// Marks the database `name` for being wiped, with what was set aside of the same member. `related` says which other
    /// databases belong to one.
    pub fn mark(&mut self, name: &str, related: impl Fn(&str) -> Vec<String>) {
        let mut marked = BTreeSet::from([name.to_owned()]);
        if let Some(member) = self.drop_empty(name) {
            let hers = self.aside.iter().filter(|(_, whose)| **whose == member).map(|(name, _)| name.clone());
            marked.extend(hers);
        }
        for name in marked {
            self.aside.remove(&name);
            self.wiping.extend(related(&name));
            self.wiping.insert(name);
        }
    }

    /// The database `next` takes the place of `name`. A sign-out that was cut off before its mark is of that one then.
    pub fn succeed(&mut self, name: &str, next: &str) {
        if let Some(member) = self.databases.remove(name) {
            self.databases.insert(next.to_owned(), member);
        }
        for revocation in self.revocations.values_mut().filter(|revocation| revocation.database == name) {
            next.clone_into(&mut revocation.database);
        }
        if self.current.as_deref() == Some(name) {
            self.current = Some(next.to_owned());
        }
    }

    /// Notes that the files of the database `name` were set aside.
    pub fn note_aside(&mut self, name: &str) {
        if let Some(member) = self.drop_empty(name) {
            self.aside.insert(name.to_owned(), member);
        }
    }

    /// Drops a database of which there is no file. Answers whose it was to be.
    pub fn drop_empty(&mut self, name: &str) -> Option<IndexedMember> {
        self.current = self.current.take().filter(|current| current != name);
        self.databases.remove(name)
    }
}

/// A session whose end the server is to be told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revocation {
    /// The backend's address.
    pub server: String,
    /// The database of its member. As long as that is there, the session has not ended and nothing is told.
    pub database: String,
}

/// Whose database it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexedMember {
    /// The backend's address.
    pub server: String,
    /// The programme.
    pub programme: ProgrammeId,
    /// The member.
    pub member: MemberId,
}

/// A one-time code was asked for. Neither the address nor the code is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingSignIn {
    /// The backend's address.
    pub server: String,
    /// What binds the code to this device.
    pub request_id: String,
    /// By the device's wall clock, for showing.
    pub expires_at: Timestamp,
}

/// A home in memory.
pub struct MemoryHome {
    /// Names its databases within the process.
    number: u64,
    index: Mutex<Index>,
    open: AtomicBool,
    /// A database in memory lives as long as somebody has it open.
    kept: Mutex<BTreeMap<String, Connection>>,
}

impl MemoryHome {
    /// An empty home.
    pub fn new() -> Arc<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        Arc::new(Self { number, index: Mutex::default(), open: AtomicBool::new(false), kept: Mutex::default() })
    }

    /// Where the database `name` is, which from now on lives as long as the home.
    fn keep(&self, name: &str) -> String {
        let uri = format!("file:/member-{}-{name}?vfs=memdb", self.number);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if !kept.contains_key(&uri)
            && let Ok(connection) = Connection::open(&uri)
        {
            kept.insert(uri.clone(), connection);
        }
        uri
    }

    /// Nothing is kept of the database `name` any more.
    fn delete(&self, name: &str) {
        let uri = format!("file:/member-{}-{name}?vfs=memdb", self.number);
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner).remove(&uri);
        drop(kept);
    }

    /// The names of the databases that are kept.
    pub fn databases(&self) -> Vec<String> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let before = format!("file:/member-{}-", self.number);
        let names = kept.keys().filter_map(|uri| uri.strip_prefix(&before)?.strip_suffix("?vfs=memdb"));
        names.map(str::to_owned).collect()
    }
}

/// A home that nobody else can open while this value lives.
pub struct OpenHome {
    home: Home,
    /// Held from reading the index to writing it, so that two changes at once are both there.
    changing: Mutex<()>,
    /// Closing the file gives the lock back, also when the process dies.
    _lock: Option<File>,
}

impl OpenHome {
    /// Takes the home.
    pub fn open(home: Home) -> Result<OpenHome, HomeError> {
        let lock = match &home {
            Home::Folder(folder) => {
                make_private_folder(folder).map_err(io)?;
                let path = folder.join(LOCK);
                let lock = File::options().write(true).create(true).truncate(false).open(&path);
                // In a folder that cannot be written the file may be there all the same, and a lock needs no writing.
                let lock = lock.or_else(|error| File::open(&path).map_err(|_| error)).map_err(io)?;
                match lock.try_lock() {
                    Ok(()) => Some(lock),
                    Err(TryLockError::WouldBlock) => return Err(HomeError::InUse),
                    Err(TryLockError::Error(error)) => return Err(io(error)),
                }
            }
            Home::Memory(memory) => {
                if memory.open.swap(true, Ordering::SeqCst) {
                    return Err(HomeError::InUse);
                }
                None
            }
        };
        Ok(OpenHome { home, changing: Mutex::default(), _lock: lock })
    }

    /// What the home holds.
    pub fn index(&self) -> Result<Index, HomeError> {
        match &self.home {
            Home::Memory(memory) => Ok(memory.index.lock().unwrap_or_else(PoisonError::into_inner).clone()),
            Home::Folder(folder) => match fs::read(folder.join(INDEX)) {
                Ok(bytes) => {
                    let index: Index = serde_json::from_slice(&bytes).map_err(|_| HomeError::UnreadableIndex)?;
                    if index.version == INDEX_VERSION { Ok(index) } else { Err(HomeError::UnreadableIndex) }
                }
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Index::default()),
                Err(error) => Err(io(error)),
            },
        }
    }

    /// Changes the index, whole or not at all, durably. One change at a time.
    pub fn change_index<T>(&self, change: impl FnOnce(&mut Index) -> T) -> Result<T, HomeError> {
        let _one = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let before = self.index()?;
        let mut index = before.clone();
        let value = change(&mut index);
        if index != before {
            self.put_index(&index)?;
        }
        Ok(value)
    }

    /// Marks everything that the home holds for being wiped, also what the index does not know or cannot tell.
    pub fn mark_all(&self) -> Result<(), HomeError> {
        let _one = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let known = match self.index() {
            Err(HomeError::UnreadableIndex) => Index::default(),
            known => known?,
        };
        let Index { databases, aside, mut wiping, revocations, .. } = known;
        wiping.extend(databases.into_keys().chain(aside.into_keys()).chain(revocations.into_keys()));
        wiping.extend(self.databases()?);
        self.put_index(&Index { wiping, ..Index::default() })
    }

    /// The names of the databases of which there is a file.
    fn databases(&self) -> Result<Vec<String>, HomeError> {
        match &self.home {
            Home::Memory(memory) => Ok(memory.databases()),
            Home::Folder(folder) => {
                let mut names = Vec::new();
                for file in fs::read_dir(folder).map_err(io)? {
                    let name = file.map_err(io)?.file_name();
                    let name = name.to_str().and_then(|name| name.split('.').next());
                    names.extend(name.filter(|name| name.starts_with(DATABASE)).map(str::to_owned));
                }
                Ok(names)
            }
        }
    }

    /// Replaces the index, whole or not at all, durably.
    fn put_index(&self, index: &Index) -> Result<(), HomeError> {
        match &self.home {
            Home::Memory(memory) => {
                *memory.index.lock().unwrap_or_else(PoisonError::into_inner) = index.clone();
                Ok(())
            }
            Home::Folder(folder) => {
                let json = serde_json::to_vec_pretty(index).map_err(|_| HomeError::UnreadableIndex)?;
                replace_private_file(folder, INDEX, &json).map_err(io)
            }
        }
    }

    /// Where the database of this name is.
    pub fn location(&self, name: &str) -> Location {
        match &self.home {
            Home::Folder(folder) => Location::File(folder.join(format!("{name}.db"))),
            Home::Memory(memory) => Location::Memory(memory.keep(name)),
        }
    }

    /// Sets a database aside, so that nothing is lost, under a name that says so.
    pub fn set_aside(&self, name: &str) -> Result<(), HomeError> {
        let Home::Folder(folder) = &self.home else { return Ok(()) };
        for suffix in SUFFIXES {
            let from = folder.join(format!("{name}.{suffix}"));
            match fs::rename(&from, folder.join(format!("{name}.aside.{suffix}"))) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(io(error)),
                _ => {}
            }
        }
        sync_folder(folder).map_err(io)
    }

    /// Whether a file of this database is there under its own name.
    pub fn has(&self, name: &str) -> bool {
        let Home::Folder(folder) = &self.home else { return true };
        SUFFIXES.iter().any(|suffix| folder.join(format!("{name}.{suffix}")).exists())
    }

    /// Whether the file of this database has anything in it.
    pub fn has_content(&self, name: &str) -> bool {
        let Home::Folder(folder) = &self.home else { return true };
        fs::metadata(folder.join(format!("{name}.db"))).is_ok_and(|file| file.len() > 0)
    }

    /// Removes an unfinished copy, so that it can be begun anew. Never the only copy of anything.
    pub fn remove_unfinished(&self, name: &str) -> Result<(), HomeError> {
        let Home::Folder(folder) = &self.home else { return Ok(()) };
        for suffix in SUFFIXES {
            match fs::remove_file(folder.join(format!("{name}.{suffix}"))) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(io(error)),
                _ => {}
            }
        }
        Ok(())
    }

    /// Files that were set aside, by their names in the folder.
    pub fn aside(&self) -> Result<Vec<String>, HomeError> {
        let Home::Folder(folder) = &self.home else { return Ok(Vec::new()) };
        let mut aside = Vec::new();
        for entry in fs::read_dir(folder).map_err(io)? {
            let name = entry.map_err(io)?.file_name().to_string_lossy().into_owned();
            if name.contains(".aside.") && !name.ends_with("-shm") {
                aside.push(name);
            }
        }
        aside.sort();
        Ok(aside)
    }

    /// Deletes the files of a database, durably, with those that were set aside under its name. What is not there is no error.
    pub fn delete(&self, name: &str) -> Result<(), HomeError> {
        match &self.home {
            Home::Memory(memory) => {
                memory.delete(name);
                Ok(())
            }
            Home::Folder(folder) => {
                let delete = |file: String| delete_private_file(folder, &file).map_err(io);
                // A file that is being made has a journal before it has a log, and a rescue that was killed leaves its pieces.
                let pieces = ["pieces", "pieces-wal", "pieces-shm", "pieces-journal"];
                let mut suffixes = SUFFIXES.into_iter().chain(["db-journal"]).chain(pieces);
                suffixes.try_for_each(|suffix| {
                    delete(format!("{name}.{suffix}"))?;
                    delete(format!("{name}.aside.{suffix}"))
                })
            }
        }
    }
}

impl Drop for OpenHome {
    fn drop(&mut self) {
        if let Home::Memory(memory) = &self.home {
            memory.open.store(false, Ordering::SeqCst);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_home_is_open_once() {
        let folder = tempfile::tempdir().expect("a folder");
        for home in [Home::Folder(folder.path().to_owned()), Home::Memory(MemoryHome::new())] {
            let first = OpenHome::open(home.clone()).expect("a free home");
            assert!(matches!(OpenHome::open(home.clone()), Err(HomeError::InUse)));
            drop(first);
            OpenHome::open(home).expect("a home that was closed");
        }
    }

    #[test]
    fn the_index_is_kept_and_a_newer_one_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let home = OpenHome::open(Home::Folder(folder.path().to_owned())).expect("a home");
        assert_eq!(home.index().expect("an index"), Index::default());
        let index = Index { current: Some("db-1".to_owned()), ..Index::default() };
        home.put_index(&index).expect("a write");
        assert_eq!(home.index().expect("an index"), index);

        let newer = Index { version: INDEX_VERSION + 1, ..Index::default() };
        home.put_index(&newer).expect("a write");
        assert!(matches!(home.index(), Err(HomeError::UnreadableIndex)));
    }

    #[test]
    fn what_was_begun_with_a_database_goes_on_with_the_one_in_its_place() {
        let member = serde_json::json!({"server": "http://sandbox/", "programme": "market", "member": "member_1"});
        let mut index: Index = serde_json::from_value(serde_json::json!({
            "version": 1, "current": "member-1", "databases": {"member-1": member},
            "revocations": {"revoke-1": {"server": "http://sandbox/", "database": "member-1"}},
        }))
        .expect("an index");
        index.succeed("member-1", "member-1-2");
        assert_eq!(index.current.as_deref(), Some("member-1-2"));
        // Its member is still here, so nobody is told that her session has ended.
        assert!(index.databases.contains_key(&index.revocations["revoke-1"].database));
    }
}
