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
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
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
