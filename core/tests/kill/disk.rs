//! The files of a home as nobody but a test opens them: beside the wallet, with the keys of its vault. Must not know who wrote them.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

/// The databases of a home.
pub fn databases(home: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(home).expect("a home").map(|file| file.expect("a file").path());
    files.filter(|file| file.extension().is_some_and(|extension| extension == "db")).collect()
}

/// Opens a database of a home.
pub fn open(database: &Path) -> rusqlite::Result<Connection> {
    let home = database.parent().expect("a home");
    let key = fs::read(home.join("vault").join(database.file_stem().expect("a name"))).expect("a key");
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    sqlcipher_sys::open(database, key.as_slice().try_into().expect("a key"), flags)
}

/// What is wrong with a database: `ok` where nothing is.
pub fn faults(database: &Path) -> String {
    let checked = open(database).and_then(|open| open.query_row("PRAGMA integrity_check", [], |row| row.get(0)));
    checked.unwrap_or_else(|error| error.to_string())
}

/// The number of its schema.
pub fn schema(database: &Path) -> i64 {
    let read = open(database).and_then(|open| open.query_row("PRAGMA user_version", [], |row| row.get(0)));
    read.expect("a database that can be read")
}
