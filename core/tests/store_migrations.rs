//! Migrations: a frozen home of each schema opens with all that was in it, wherever the upgrade is cut off, and becomes what a
//! fresh one is. What a newer version wrote is left as it is. Real files.
//!
//! A new schema needs a frozen home of the one before it: on the commit before the new migration run
//! `FREEZE_SCHEMA=1 cargo test -p member-core --test store_migrations can_be_frozen`, and add what it writes. A frozen home is never
//! made anew.

mod support;

#[allow(dead_code, reason = "the migrations need a part of it")]
#[path = "power_loss/disk.rs"]
mod disk;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use disk::{Disk, Files, Loss};
use member_core::ports::Secrets as _;
use member_core::ports::simulated::{Device, World};
use member_core::{Error, Home, Unusable, Wallet, WalletConfig};
use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags};
use sqlcipher_sys::recording::{Event, Recording, Synchronous};
use support::{Backend, COFFEE, Phone, good};

const INDEX: &str = "members.json";

/// The SQL of each schema, oldest first.
fn migrations() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder).expect("the migrations").map(|entry| entry.expect("a file").path()).collect();
    paths.sort();
    paths.iter().map(|path| std::fs::read_to_string(path).expect("SQL")).collect()
}

fn fixture(version: usize) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/fixtures/schema-{version:03}"))
}

/// A home that some version left, with its key.
#[derive(Clone)]
struct Frozen {
    version: usize,
    files: Files,
    database: String,
    key: [u8; 32],
}

impl Frozen {
    fn read(version: usize) -> Frozen {
        let mut files = files(&fixture(version));
        let key = files.remove("vault-key").expect("a key").as_slice().try_into().expect("32 bytes");
        Frozen { version, database: current(&files), files, key }
    }

    /// Frozen homes of every schema that has one, and the file as it is before the first schema is made.
    fn all() -> Vec<Frozen> {
        let newest = migrations().len();
        let mut all = vec![Frozen::empty()];
        all.extend((1..=newest).filter(|version| fixture(*version).is_dir()).map(Frozen::read));
        all
    }

    /// A home whose sign-in was cut off as early as it can be: the index names a file in which nothing is yet.
    fn empty() -> Frozen {
        let mut empty = Frozen::read(1);
        let folder = written(&empty.files);
        let path = folder.path().join(empty.main_file());
        std::fs::remove_file(&path).expect("the file");
        let connection = opened(&path, &empty.key);
        connection.execute_batch("PRAGMA journal_mode = WAL").expect("a log");
        drop(connection);
        empty.files = files(folder.path());
        empty.version = 0;
        empty
    }

    fn main_file(&self) -> String {
        format!("{}.db", self.database)
    }

    /// Opens the home as the app does, without a network, and closes it the hard way.
    fn upgrade(&self, folder: &Path) -> Result<(), Error> {
        let world = World::new(1);
        let device = Device::new(&world, Backend::new(&world).server());
        device.network.set_online(false);
        device.vault().write(&self.database, &self.key).expect("a vault");
        let config = WalletConfig { home: Home::Folder(folder.to_owned()), server: None, language: "en".to_owned() };
        let wallet = Wallet::open(config, device.ports())?;
        assert_eq!(wallet.take_notice(), None, "an upgrade is nothing to tell");
        drop(wallet);
        device.kill_app();
        world.end();
        Ok(())
    }

    /// Upgrades the home that stands in `files`, and holds it against what it was and against a fresh one.
    fn assert_upgrades(&self, files: &Files, fresh: &Shape, before: &Rows, place: &str) {
        let folder = written(files);
        self.upgrade(folder.path()).unwrap_or_else(|error| panic!("{place}: {error}"));
        let connection = opened(&folder.path().join(self.main_file()), &self.key);
        let whole: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).expect(place);
        assert_eq!(whole, "ok", "{place}");
        assert_eq!(Shape::of(&connection), *fresh, "{place}: not the schema of a fresh database");
        let after = rows(&connection);
        for (table, rows) in before {
            for row in rows {
                let kept = after[table].iter().any(|now| row.iter().all(|(name, value)| now.get(name) == Some(value)));
                assert!(kept, "{place}: a row of {table} is lost or changed: {row:?}");
            }
        }
    }

    fn connection(&self, folder: &Path) -> Connection {
        opened(&folder.join(self.main_file()), &self.key)
    }

    fn rows(&self) -> Rows {
        rows(&self.connection(written(&self.files).path()))
    }

    /// The statements that this home is upgraded by.
    fn statements(&self) -> Vec<String> {
        let mut statements = Vec::new();
        for (index, sql) in migrations().iter().enumerate().skip(self.version) {
            let mut rest = sql.as_str();
            while let Some(end) = end_of_statement(rest) {
                statements.push(rest[..end].to_owned());
                rest = &rest[end..];
            }
            assert!(rest.lines().all(|line| code(line).trim().is_empty()), "half a statement: {rest}");
            statements.push(format!("PRAGMA user_version = {};", index + 1));
        }
        statements
    }
}

/// Past the semicolon of the first statement. Our migrations have no trigger, and no semicolon in a text.
fn end_of_statement(sql: &str) -> Option<usize> {
    let mut from = 0;
    for line in sql.split_inclusive('\n') {
        if let Some(at) = code(line).find(';') {
            return Some(from + at + 1);
        }
        from += line.len();
    }
    None
}

/// A line without its comment.
fn code(line: &str) -> &str {
    line.split("--").next().unwrap_or_default()
}

fn opened(path: &Path, key: &[u8; 32]) -> Connection {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    sqlcipher_sys::open(path, key, flags).expect("the file opens")
}

fn files(folder: &Path) -> Files {
    let entries = std::fs::read_dir(folder).expect("the folder").map(|entry| entry.expect("a file").path());
    let named = |path: PathBuf| {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let bytes = std::fs::read(&path).expect("its bytes");
        // Shared memory is made anew at each start, and a log without a page says nothing.
        let passing = name.ends_with("-shm") || name == "wallet.lock" || (name.ends_with("-wal") && bytes.is_empty());
        (!passing).then_some((name, bytes))
    };
    entries.filter_map(named).collect()
}

fn written(files: &Files) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, bytes) in files {
        std::fs::write(folder.path().join(name), bytes).expect("a write");
    }
    folder
}

fn current(files: &Files) -> String {
    let index: serde_json::Value = serde_json::from_slice(&files[INDEX]).expect("an index");
    index["current"].as_str().expect("a member").to_owned()
}

/// Rows of each table: values by column.
type Rows = BTreeMap<String, Vec<BTreeMap<String, Value>>>;

fn rows(connection: &Connection) -> Rows {
    let tables =
        strings(connection, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'");
    let read = |table: &String| {
        let mut statement = connection.prepare(&format!("SELECT * FROM {table}")).expect("a table");
        let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
        let rows = statement.query_map([], |row| {
            names.iter().enumerate().map(|(index, name)| Ok((name.clone(), row.get(index)?))).collect()
        });
        rows.expect("rows").collect::<Result<_, _>>().expect("whole rows")
    };
    tables.iter().map(|table| (table.clone(), read(table))).collect()
}

fn strings(connection: &Connection, sql: &str) -> Vec<String> {
    let mut statement = connection.prepare(sql).expect(sql);
    let rows = statement.query_map([], |row| {
        let values: Vec<String> = (0..row.as_ref().column_count())
            .map(|column| row.get::<_, Value>(column).map(|value| format!("{value:?}")))
            .collect::<Result<_, _>>()?;
        Ok(match values.as_slice() {
            [_] => row.get::<_, String>(0).unwrap_or_else(|_| values.concat()),
            _ => values.join(" "),
        })
    });
    rows.expect(sql).collect::<Result<_, _>>().expect(sql)
}

/// Everything that makes a schema, and the rows that are there from the start, by their keys.
#[derive(Debug, PartialEq, Eq)]
struct Shape {
    version: i64,
    objects: Vec<String>,
    columns: BTreeMap<String, Vec<String>>,
    indexes: BTreeMap<String, Vec<String>>,
}

impl Shape {
    fn of(connection: &Connection) -> Shape {
        let objects = strings(connection, "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name");
        let names = |kind: &str| strings(connection, &format!("SELECT name FROM sqlite_schema WHERE type = '{kind}'"));
        let each = |names: Vec<String>, sql: fn(&str) -> String| {
            names.into_iter().map(|name| (name.clone(), strings(connection, &sql(&name)))).collect()
        };
        Shape {
            version: connection.query_row("PRAGMA user_version", [], |row| row.get(0)).expect("a version"),
            // How SQL is laid out is no part of what it means.
            objects: objects.iter().map(|sql| sql.split_whitespace().collect::<Vec<_>>().join(" ")).collect(),
            columns: each(names("table"), |name| format!("SELECT * FROM pragma_table_xinfo('{name}')")),
            indexes: each(names("table"), |name| {
                format!("SELECT * FROM pragma_index_list('{name}') list, pragma_index_xinfo(list.name) ORDER BY 2, 6")
            }),
        }
    }
}

/// A database that this version made, with nothing in it but what every one begins with.
fn fresh() -> (Shape, Rows) {
    let empty = Frozen::empty();
    let folder = written(&empty.files);
    empty.upgrade(folder.path()).expect("a fresh database");
    let connection = empty.connection(folder.path());
    (Shape::of(&connection), rows(&connection))
}

#[test]
fn each_schema_before_this_one_has_a_frozen_home() {
    let newest = migrations().len();
    for version in 1..=newest {
        if version < newest || fixture(version).is_dir() {
            assert!(fixture(version).is_dir(), "freeze a home of schema {version}: see the top of this file");
            let frozen = Frozen::read(version);
            let folder = written(&frozen.files);
            let connection = frozen.connection(folder.path());
            let found: isize = connection.query_row("PRAGMA user_version", [], |row| row.get(0)).expect("a version");
            assert_eq!(usize::try_from(found), Ok(version), "what is frozen as schema {version}");
            let actions: isize =
                connection.query_row("SELECT count(*) FROM outbox", [], |row| row.get(0)).expect("rows");
            assert!(actions > 0, "schema {version}: nothing waits in it, so nothing of it can be lost");
        }
    }
}

#[test]
fn a_migrated_schema_equals_a_fresh_one() {
    let (fresh, beginning) = fresh();
    for frozen in Frozen::all() {
        let place = format!("schema {}", frozen.version);
        frozen.assert_upgrades(&frozen.files, &fresh, &frozen.rows(), &place);
        let folder = written(&frozen.files);
        frozen.upgrade(folder.path()).expect(&place);
        let after = rows(&frozen.connection(folder.path()));
        for (table, rows) in &beginning {
            assert!(after[table].len() >= rows.len(), "{place}: {table} lacks the rows that a fresh one begins with");
        }
    }
}

/// The process ends after each statement, with pages of the transaction in the log already.
#[test]
fn an_upgrade_that_is_cut_off_after_any_statement_is_made_again() {
    let (fresh, _) = fresh();
    let mut cut = 0;
    for frozen in Frozen::all() {
        let before = frozen.rows();
        let folder = written(&frozen.files);
        let connection = frozen.connection(folder.path());
        // As few pages in memory as there can be: the rest is written before the commit.
        connection
            .execute_batch("PRAGMA cache_size = 1; PRAGMA cache_spill = 1; BEGIN IMMEDIATE")
            .expect("a transaction");
        for (index, statement) in frozen.statements().iter().enumerate() {
            connection.execute_batch(statement).unwrap_or_else(|error| panic!("{statement}: {error}"));
            let place = format!("schema {}, after statement {}", frozen.version, index + 1);
            frozen.assert_upgrades(&files(folder.path()), &fresh, &before, &place);
            cut += 1;
        }
    }
    assert!(cut > migrations().len(), "each migration has a statement and its number");
}

/// The control: an upgrade that commits each statement is found by the same look.
#[test]
fn an_upgrade_that_commits_each_statement_is_found() {
    let empty = Frozen::empty();
    let folder = written(&empty.files);
    let connection = empty.connection(folder.path());
    let first = empty.statements().remove(0);
    connection.execute_batch(&first).expect("a statement");
    let crashed = written(&files(folder.path()));
    assert!(empty.upgrade(crashed.path()).is_err(), "half an upgrade was taken for none");
}

/// The power goes, or the process ends, at each write and each sync of an upgrade.
#[test]
fn an_upgrade_that_is_cut_off_at_any_write_is_made_again() {
    let (fresh, _) = fresh();
    let random = World::new(7);
    let (mut events, mut disks) = (0, 0);
    for frozen in Frozen::all() {
        let before = frozen.rows();
        let folder = written(&frozen.files);
        let recording = Recording::begin(folder.path(), &[INDEX], Synchronous::AsAsked).expect("a recording");
        frozen.upgrade(folder.path()).expect("an upgrade");
        let recorded = recording.end();
        let mut disk = Disk::found(&recorded);
        let mut known: Vec<Files> = Vec::new();
        for (place, event) in recorded.events.iter().map(Some).chain([None]).enumerate() {
            let synced = event.is_none_or(|event| matches!(event, Event::Synced { .. } | Event::FolderSynced));
            let mut losses = vec![Loss::Nothing];
            if synced {
                losses.extend([Loss::Everything].iter().chain(&Loss::DRAWN).flat_map(|loss| [*loss; 3]));
            }
            for loss in losses {
                let mut files = disk.after(loss, &random);
                files.insert(INDEX.to_owned(), frozen.files[INDEX].clone());
                if !known.contains(&files) {
                    let place = format!("schema {}, before event {place}, {loss:?}", frozen.version);
                    frozen.assert_upgrades(&files, &fresh, &before, &place);
                    known.push(files);
                    disks += 1;
                }
            }
            if let Some(event) = event {
                disk.apply(event);
                events += 1;
            }
        }
    }
    assert!(events > 0 && disks > 5, "{events} events, {disks} disks");
}

/// The disk is full at each write of an upgrade: it is said, nothing changes, and with room the upgrade is made.
#[test]
fn an_upgrade_on_a_full_disk_is_refused_and_made_once_there_is_room() {
    let (fresh, _) = fresh();
    let mut refused = 0;
    for frozen in Frozen::all() {
        let before = frozen.rows();
        for writes in 0..200 {
            let folder = written(&frozen.files);
            let place = format!("schema {}, full after {writes} writes", frozen.version);
            let recording = Recording::begin(folder.path(), &[INDEX], Synchronous::AsAsked).expect("a recording");
            recording.fill_after(writes);
            let upgraded = frozen.upgrade(folder.path());
            if recording.free() == 0 {
                upgraded.expect(&place);
                break;
            }
            // Where only tidying up at the end was refused, the upgrade itself was made.
            if let Err(error) = upgraded {
                assert_eq!(error, Error::Unusable(Unusable::DiskFull), "{place}");
                refused += 1;
            }
            frozen.assert_upgrades(&files(folder.path()), &fresh, &before, &place);
        }
    }
    assert!(refused > 10, "an upgrade writes more often");
}

/// Whatever the newer version made of the file: its log, another journal, another table.
#[test]
fn a_newer_schema_is_refused_and_every_file_is_left_as_it_is() {
    let newest = migrations().len();
    for (journal, keep_log) in [("WAL", true), ("WAL", false), ("DELETE", false)] {
        let frozen = Frozen::read(1);
        let folder = written(&frozen.files);
        let connection = frozen.connection(folder.path());
        let newer = format!(
            "PRAGMA journal_mode = {journal}; CREATE TABLE inbox (id TEXT PRIMARY KEY) STRICT;
             PRAGMA user_version = {}",
            newest + 1
        );
        connection.execute_batch(&newer).expect("a newer schema");
        let crashed = keep_log.then(|| files(folder.path()));
        drop(connection);
        let left = crashed.unwrap_or_else(|| files(folder.path()));
        assert_eq!(left.keys().any(|name| name.ends_with("-wal")), keep_log);
        let folder = written(&left);
        for _ in 0..2 {
            assert_eq!(frozen.upgrade(folder.path()), Err(Error::Unusable(Unusable::NewerWallet)), "{journal}");
            assert!(files(folder.path()) == left, "{journal}, {keep_log}: a file was changed");
        }
    }
}

/// A member with points, a history and a claim that waits, as this version saves it. Written where `FREEZE_SCHEMA` is set.
#[test]
fn a_home_of_this_schema_can_be_frozen() {
    let version = migrations().len();
    let world = World::new(21);
    let backend = Backend::new(&world);
    let folder = tempfile::tempdir().expect("a folder");
    let phone = Phone::in_home(&world, &backend, Home::Folder(folder.path().to_owned()));
    phone.device.network.set_faults(good());
    phone.join();
    phone.refresh().expect("a sync");
    phone.device.network.set_online(false);
    phone.wallet().claim(COFFEE).expect("a claim");
    let device = phone.into_device();
    world.end();
    let files = files(folder.path());
    let database = current(&files);
    let key = device.vault().read(&database).expect("a vault").expect("a key").as_slice().try_into().expect("32 bytes");
    let frozen = Frozen { version, files, database, key };
    frozen.assert_upgrades(&frozen.files, &fresh().0, &frozen.rows(), "this schema");

    if std::env::var_os("FREEZE_SCHEMA").is_some() {
        let into = fixture(version);
        assert!(!into.exists(), "schema {version} is frozen already, and a frozen home is never made anew");
        std::fs::create_dir_all(&into).expect("a folder");
        for (name, bytes) in &frozen.files {
            std::fs::write(into.join(name), bytes).expect("a write");
        }
        std::fs::write(into.join("vault-key"), frozen.key).expect("a write");
    }
}
