//! Encrypted SQLite: SQLCipher, with its cryptography from RustCrypto instead of OpenSSL.
//!
//! This crate brings the `sqlite3_*` symbols that rusqlite's `in_gecko` bindings leave open, answers
//! SQLCipher's crypto provider, and opens connections with a raw key. It is the only C and the only `unsafe`
//! of the workspace, and knows nothing of members, cards or schemas.
//!
//! Two programs without encryption (the sandbox, a plain fixture) link it for the SQLite in it.

mod provider;
#[cfg(feature = "recording")]
pub mod recording;

use std::ffi::{c_int, c_void};
use std::path::Path;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, Error, OpenFlags, ffi};
use zeroize::Zeroizing;

/// Length of a raw database key, in bytes (AES-256).
pub const KEY_LEN: usize = 32;

unsafe extern "C" {
    fn sqlite3_key(db: *mut c_void, key: *const c_void, len: c_int) -> c_int;
}

/// Opens `path` encrypted with a raw key: no password, no key derivation.
///
/// The first page is read before this returns, so a wrong key is an error here
/// ([`ffi::ErrorCode::NotADatabase`]) and not at some later query. A new file is created where `flags` allow it.
///
/// The key never becomes SQL text, so it reaches neither a trace nor a prepared-statement cache.
pub fn open(path: &Path, key: &[u8; KEY_LEN], flags: OpenFlags) -> Result<Connection, Error> {
    let connection = open_unread(path, key, flags)?;
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
    Ok(connection)
}

/// As [`open`], for a file that may be damaged: nothing of it is read yet, what cannot be read of its schema is passed over,
/// and closing leaves its log as it is.
///
/// A page that cannot be read may answer zeros or an error, and every later read of the same connection fails
/// ([`is_poisoned`] says whether it is so): what was read since the last good answer is worth nothing.
pub fn open_damaged(path: &Path, key: &[u8; KEY_LEN], flags: OpenFlags) -> Result<Connection, Error> {
    let connection = open_unread(path, key, flags)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_WRITABLE_SCHEMA, true)?;
    connection.execute_batch("PRAGMA query_only = ON")?;
    Ok(connection)
}

/// As [`open_damaged`], for a file whose first page is in the clear, whole and without a tag, and whose other pages need `salt`.
/// Also makes such a file. A page that cannot be read answers zeros, and the connection goes on.
pub fn open_clear_first_page(
    path: &Path,
    key: &[u8; KEY_LEN],
    salt: &[u8; SALT_LEN],
    flags: OpenFlags,
) -> Result<Connection, Error> {
    let connection = open_unread(path, key, flags)?;
    let salt = u128::from_be_bytes(*salt);
    // SQLCipher takes a header of all that a page holds for the wish to recover what can be read.
    connection.execute_batch(&format!(
        "PRAGMA cipher_plaintext_header_size = {}; PRAGMA cipher_salt = \"x'{salt:032x}'\"",
        PAGE_LEN - RESERVED_LEN
    ))?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_WRITABLE_SCHEMA, true)?;
    Ok(connection)
}

/// Whether a page could not be read on this connection. It must have no transaction open.
pub fn is_poisoned(connection: &Connection) -> bool {
    // Without its cache the first page is read again, and SQLCipher refuses every page after one that it could not read.
    let read_again = connection
        .execute_batch("PRAGMA shrink_memory")
        .and_then(|()| connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(())));
    read_again.is_err()
}

/// What [`check_pages`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageCheck {
    /// Whole pages of the file.
    pub pages: u64,
    /// Those that are not what was written with this key. A page that was never written counts too: a free one can be so.
    pub unreadable: u64,
}

/// Holds each page of the file against the key, also where the first cannot be read. The log is not looked at.
pub fn check_pages(path: &Path, key: &[u8; KEY_LEN]) -> Result<PageCheck, Error> {
    let connection = open_unread(path, key, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    let mut statement = connection.prepare("PRAGMA cipher_integrity_check")?;
    let mut rows = statement.query([])?;
    let mut unreadable = 0;
    while rows.next()?.is_some() {
        unreadable += 1;
    }
    let length = std::fs::metadata(path).map_or(0, |file| file.len());
    Ok(PageCheck { pages: length / PAGE_LEN, unreadable })
}

/// Length of a page in bytes: SQLCipher's default.
pub const PAGE_LEN: u64 = 4096;

/// Of each page, at its end: initialisation vector and tag.
const RESERVED_LEN: u64 = 80;

/// Length of the salt in bytes, with which a file begins. It is no secret.
pub const SALT_LEN: usize = 16;

/// Opens and gives the key; reads nothing.
fn open_unread(path: &Path, key: &[u8; KEY_LEN], flags: OpenFlags) -> Result<Connection, Error> {
    let connection = Connection::open_with_flags(path, flags)?;
    // A file that is not ours to open is left as it is, its log included.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    let spelled = raw_key_literal(key);
    let length = c_int::try_from(spelled.len()).map_err(|_| Error::InvalidQuery)?;
    // SAFETY: the handle belongs to an open connection that outlives the call, and `spelled` is `length` bytes.
    let status = unsafe { sqlite3_key(connection.handle().cast(), spelled.as_ptr().cast(), length) };
    if status != ffi::SQLITE_OK {
        return Err(Error::SqliteFailure(ffi::Error::new(status), None));
    }
    Ok(connection)
}

/// SQLCipher's spelling of a raw key: `x'` + 64 hexadecimal digits + `'`.
fn raw_key_literal(key: &[u8; KEY_LEN]) -> Zeroizing<[u8; 2 * KEY_LEN + 3]> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut spelled = Zeroizing::new([b'\''; 2 * KEY_LEN + 3]);
    spelled[0] = b'x';
    for (index, byte) in key.iter().enumerate() {
        spelled[2 + 2 * index] = DIGITS[usize::from(byte >> 4)];
        spelled[3 + 2 * index] = DIGITS[usize::from(byte & 15)];
    }
    spelled
}
