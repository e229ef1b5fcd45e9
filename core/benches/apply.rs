//! How fast pages of changes come to stand in the encrypted database: a sync as it is, from bodies in memory, parsed, checked and
//! applied with a durable commit for each page of 500. Beside it, in the same run, bare inserts of the same rows into the same
//! schema, both with a commit for each 500 and in one transaction.

#![allow(clippy::disallowed_methods, clippy::print_stdout, reason = "a benchmark measures real time and prints it")]

mod support;

use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags};

const ENTRIES: i64 = 100_000;
const ROUNDS: usize = 7;

fn main() {
    let mut times: [Vec<Duration>; 4] = Default::default();
    for _ in 0..ROUNDS {
        let [sync, paged, whole, parsed] = &mut times;
        sync.push(sync_all());
        paged.push(insert_all(support::PAGE));
        whole.push(insert_all(usize::MAX));
        parsed.push(parse_all());
    }
    println!("{ENTRIES} ledger lines, {ROUNDS} rounds, median; rows in a second");
    let [sync, paged, whole, parsed] = times.map(|times| {
        let mut times = times;
        times.sort_unstable();
        u128::from(ENTRIES.unsigned_abs()) * 1_000_000 / times[ROUNDS / 2].as_micros().max(1)
    });
    println!("sync, pages of 500 parsed and applied:     {sync:>9}");
    println!("bare inserts, a commit for each 500 rows:  {paged:>9}");
    println!("bare inserts, one transaction:             {whole:>9}");
    println!("bare parsing of the same bodies as JSON:   {parsed:>9}");
}

fn sync_all() -> Duration {
    let folder = tempfile::tempdir().expect("a folder");
    let (device, world, wallet) = support::signed_in(folder.path(), support::server(0));
    world.run(support::refresh(&wallet));
    // The base stands; now there is a ledger.
    device.network.set_server(support::server(ENTRIES));
    let begin = Instant::now();
    world.run(support::refresh(&wallet));
    let time = begin.elapsed();
    drop(wallet);
    world.end();
    let lines = open(&support::database(folder.path()), &device);
    assert_eq!(lines, ENTRIES, "all of them are there");
    time
}

/// Counts the lines in the wallet's own file.
fn open(database: &Path, device: &member_core::ports::simulated::Device) -> i64 {
    let key = device.ports().secrets.read(&support::name(database)).expect("a vault").expect("a key");
    let key: [u8; 32] = key.as_slice().try_into().expect("32 bytes");
    let connection = sqlcipher_sys::open(database, &key, OpenFlags::SQLITE_OPEN_READ_WRITE).expect("the file");
    connection.query_row("SELECT count(*) FROM entry", [], |row| row.get(0)).expect("a count")
}

fn insert_all(commit_each: usize) -> Duration {
    let folder = tempfile::tempdir().expect("a folder");
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = sqlcipher_sys::open(&folder.path().join("bare.db"), &[7; 32], flags).expect("a file");
    connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(())).expect("WAL");
    connection.execute_batch("PRAGMA synchronous = FULL").expect("FULL");
    connection.execute_batch(include_str!("../migrations/001_wallet.sql")).expect("the schema");
    let numbers: Vec<i64> = (1..=ENTRIES).collect();
    let ids: Vec<String> = numbers.iter().map(|number| format!("e{number}")).collect();
    let rows: Vec<(i64, &str)> = numbers.into_iter().zip(ids.iter().map(String::as_str)).collect();
    let begin = Instant::now();
    for rows in rows.chunks(commit_each.min(rows.len())) {
        insert(&mut connection, rows);
    }
    begin.elapsed()
}

fn insert(connection: &mut Connection, rows: &[(i64, &str)]) {
    let transaction = connection.transaction().expect("a transaction");
    {
        let mut statement = transaction
            .prepare_cached(
                "INSERT OR REPLACE INTO entry (generation, number, id, unit, amount, balance, reason, at, channel, place, title,
                                               action_key)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
            )
            .expect("a statement");
        for (number, id) in rows {
            let (title, key): (Option<&str>, Option<&str>) = (None, None);
            let place = r#"{"en":"Old Town"}"#;
            statement
                .execute((
                    1,
                    number,
                    id,
                    "points",
                    1,
                    number,
                    "purchase",
                    1_767_225_600_000_i64,
                    "store",
                    place,
                    title,
                    key,
                ))
                .expect("a row");
        }
    }
    transaction.commit().expect("a commit");
}

fn parse_all() -> Duration {
    let bodies: Vec<String> = (1..=ENTRIES).map(|number| support::entry(number).to_string()).collect();
    let bodies: Vec<String> = bodies.chunks(support::PAGE).map(|page| format!("[{}]", page.join(","))).collect();
    let begin = Instant::now();
    for body in &bodies {
        let parsed: Vec<serde_json::Value> = serde_json::from_slice(body.as_bytes()).expect("JSON");
        assert!(!parsed.is_empty());
    }
    begin.elapsed()
}
