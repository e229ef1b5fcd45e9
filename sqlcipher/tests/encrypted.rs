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

/// A page that cannot be read is counted, poisons the connection that met it, and changes no file.
#[test]
fn a_damaged_page_is_found_and_the_others_are_read() {
    const KEY: [u8; sqlcipher_sys::KEY_LEN] = [7; sqlcipher_sys::KEY_LEN];
    let dir = tempfile::tempdir().expect("a temporary folder");
    let path = dir.path().join("wallet.db");
    {
        let connection = open(&path, 7).expect("a new file");
        let tables = "CREATE TABLE a (text TEXT); CREATE TABLE b (text TEXT);
                      INSERT INTO a VALUES ('one'); INSERT INTO b VALUES ('two')";
        connection.execute_batch(tables).expect("a write");
    }
    let mut bytes = std::fs::read(&path).expect("the file");
    let checked = |key| {
        let check = sqlcipher_sys::check_pages(&path, &[key; sqlcipher_sys::KEY_LEN]).expect("a look");
        (check.pages, check.unreadable)
    };
    assert_eq!((checked(7), checked(8)), ((3, 0), (3, 3)));
    // The pages: the schema, `a`, `b`.
    bytes[4096 + 100] ^= 1;
    std::fs::write(&path, &bytes).expect("a write");
    assert_eq!(checked(7), (3, 1));
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let damaged = || sqlcipher_sys::open_damaged(&path, &KEY, flags).expect("the file");
    let read = |connection: &Connection, table: &str| {
        connection.query_row(&format!("SELECT text FROM {table}"), [], |row| row.get::<_, String>(0)).ok()
    };
    let connection = damaged();
    assert_eq!(read(&connection, "b").as_deref(), Some("two"));
    assert!(!sqlcipher_sys::is_poisoned(&connection));
    assert_eq!(read(&connection, "a"), None);
    assert!(sqlcipher_sys::is_poisoned(&connection));
    assert_eq!(read(&damaged(), "b").as_deref(), Some("two"), "another connection reads on");
    drop(connection);
    assert!(std::fs::read(&path).expect("the file") == bytes, "looking changed the file");
}

/// What a rescue does where the first page is lost: one in the clear stands in its place, and the salt is told.
#[test]
fn a_first_page_in_the_clear_opens_the_pages_of_another_file() {
    const KEY: [u8; sqlcipher_sys::KEY_LEN] = [7; sqlcipher_sys::KEY_LEN];
    let dir = tempfile::tempdir().expect("a temporary folder");
    let [old, new] = ["old.db", "new.db"].map(|name| dir.path().join(name));
    let table = "CREATE TABLE a (text TEXT);";
    open(&old, 7).and_then(|old| old.execute_batch(&format!("{table} INSERT INTO a VALUES ('one')"))).expect("a file");
    let old = std::fs::read(&old).expect("the file");
    let salt: [u8; sqlcipher_sys::SALT_LEN] = old[..sqlcipher_sys::SALT_LEN].try_into().expect("a salt");
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let opened = || sqlcipher_sys::open_clear_first_page(&new, &KEY, &salt, flags);
    opened().and_then(|new| new.execute_batch(table)).expect("a file of the same tables");
    let mut bytes = std::fs::read(&new).expect("the file");
    assert!(bytes.starts_with(b"SQLite format 3"));
    bytes.splice(4096.., old[4096..].iter().copied());
    std::fs::write(&new, &bytes).expect("a write");
    let read = || opened().and_then(|new| new.query_row("SELECT text FROM a", [], |row| row.get::<_, String>(0)));
    assert_eq!(read().as_deref(), Ok("one"));
    // A page that cannot be read answers zeros, which are no page of a table.
    bytes[4096 + 100] ^= 1;
    std::fs::write(&new, &bytes).expect("a write");
    assert!(read().is_err());
}
