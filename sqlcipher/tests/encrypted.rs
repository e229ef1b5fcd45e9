//! A file written here is encrypted, opens with its key only, and takes several connections at once.

use std::path::Path;

use rusqlite::{Connection, ErrorCode, OpenFlags};

fn open(path: &Path, key: u8) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = sqlcipher_sys::open(path, &[key; sqlcipher_sys::KEY_LEN], flags)?;
    connection.busy_timeout(std::time::Duration::from_secs(10))?;
    connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get::<_, String>(0))?;
    Ok(connection)
}

#[test]
fn the_bindings_are_those_of_the_library() {
    assert_eq!(rusqlite::version_number(), rusqlite::ffi::SQLITE_VERSION_NUMBER);
}

#[test]
fn a_file_is_opaque_and_opens_with_its_key_only() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let path = dir.path().join("wallet.db");
    {
        let connection = open(&path, 7).expect("a new file");
        connection.execute_batch("CREATE TABLE t (text TEXT); INSERT INTO t VALUES ('plain words')").expect("a write");
        let provider: String =
            connection.query_row("PRAGMA cipher_provider", [], |row| row.get(0)).expect("a provider");
        assert_eq!(provider, "rustcrypto");
    }
    let bytes = std::fs::read(&path).expect("the file");
    assert!(!bytes.starts_with(b"SQLite format 3"), "the header is in the clear");
    assert!(!bytes.windows(11).any(|window| window == b"plain words"), "a row is in the clear");

    let wrong = open(&path, 8).expect_err("another key opens the file");
    assert_eq!(wrong.sqlite_error_code(), Some(ErrorCode::NotADatabase));
    let text: String =
        open(&path, 7).expect("the right key").query_row("SELECT text FROM t", [], |row| row.get(0)).expect("the row");
    assert_eq!(text, "plain words");
}

/// Written once by SQLCipher 4.12.0 with its stock provider on OpenSSL 3.5.4, with the raw key of 32 times 0x07.
#[test]
fn a_file_that_openssl_wrote_opens_and_takes_writes() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let path = dir.path().join("wallet.db");
    std::fs::write(&path, include_bytes!("fixtures/openssl-4.12.db")).expect("a copy of the fixture");
    let connection = open(&path, 7).expect("the key of the fixture");
    connection.execute("INSERT INTO t VALUES ('written by us')", []).expect("a write");
    let texts: Vec<String> = connection
        .prepare("SELECT text FROM t ORDER BY rowid")
        .and_then(|mut statement| statement.query_map([], |row| row.get(0))?.collect())
        .expect("the rows");
    assert_eq!(texts, ["written by OpenSSL", "written by us"]);
    let faults: Vec<String> = connection
        .prepare("PRAGMA cipher_integrity_check")
        .and_then(|mut statement| statement.query_map([], |row| row.get(0))?.collect())
        .expect("a check");
    assert_eq!(faults, Vec::<String>::new());
}

#[test]
fn several_connections_write_at_once() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let path = dir.path().join("wallet.db");
    open(&path, 7).expect("a new file").execute_batch("CREATE TABLE t (a INTEGER)").expect("a table");
    #[expect(clippy::disallowed_methods, reason = "the threads are what is tested")]
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let path = &path;
            scope.spawn(move || {
                for round in 0..25 {
                    let connection = open(path, 7).expect("a connection");
                    connection.execute("INSERT INTO t VALUES (?1)", [thread * 1000 + round]).expect("an insert");
                }
            });
        }
    });
    let rows: i64 = open(&path, 7)
        .expect("a connection")
        .query_row("SELECT count(*) FROM t", [], |row| row.get(0))
        .expect("a count");
    assert_eq!(rows, 100);
}

#[test]
fn a_memory_file_is_shared_by_name_and_keyed_too() {
    let path = Path::new("file:/sqlcipher-test-shared?vfs=memdb");
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_URI
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let first = sqlcipher_sys::open(path, &[1; 32], flags).expect("a memory file");
    first.execute_batch("CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (1)").expect("a write");
    let second = sqlcipher_sys::open(path, &[1; 32], flags).expect("the same memory file");
    let rows: i64 = second.query_row("SELECT count(*) FROM t", [], |row| row.get(0)).expect("a count");
    assert_eq!(rows, 1);
    assert!(sqlcipher_sys::open(path, &[2; 32], flags).is_err(), "another key opens the memory file");
}
