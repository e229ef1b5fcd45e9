//! How long a member's tap takes until it is durable. Beside it, in the same run and on the same disk: as many bytes written to a
//! file and synced, and one row inserted by bare rusqlite into an encrypted database with the same settings.

#![allow(clippy::disallowed_methods, clippy::print_stdout, reason = "a benchmark measures real time and prints it")]

mod support;

use std::fs::OpenOptions;
use std::io::Write as _;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use member_core::Wallet;
use rusqlite::OpenFlags;

const ENTRIES: i64 = 10_000;
const ROUNDS: usize = 1_000;
/// A page of the database and its header in the log: the least that a commit writes.
const WRITTEN: usize = 4096 + 24;

fn main() {
    let folder = tempfile::tempdir().expect("a folder");
    let (ports, _) = support::make(folder.path(), ENTRIES);
    let wallet = Wallet::open(support::config(folder.path()), ports.clone()).expect("a wallet");

    let mut file = OpenOptions::new().create(true).append(true).open(folder.path().join("bare")).expect("a file");
    let bytes = vec![7; WRITTEN];

    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let bare = sqlcipher_sys::open(&folder.path().join("peer.sqlite"), &[7; 32], flags).expect("a file");
    bare.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(())).expect("WAL");
    bare.execute_batch("PRAGMA synchronous = FULL; CREATE TABLE outbox (key TEXT PRIMARY KEY, body BLOB)")
        .expect("a table");
    let mut insert = bare.prepare("INSERT INTO outbox VALUES (?1, ?2)").expect("a statement");
    let body = vec![b'x'; 200];

    let (mut claims, mut syncs, mut inserts) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        // One of each in turn, so that all three meet the same disk.
        let claimed = timed(&mut claims, || wallet.claim("coffee").expect("a claim"));
        timed(&mut syncs, || {
            file.write_all(&bytes).expect("written");
            file.sync_data().expect("synced");
        });
        timed(&mut inserts, || insert.execute((round.to_string(), &body)).expect("a row"));
        wallet.discard(&claimed.key).expect("taken back");
    }
    let (sender, closed) = mpsc::channel();
    ports.work.spawn(Box::pin(async move {
        wallet.close().await;
        sender.send(()).expect("somebody waits");
    }));
    closed.recv().expect("an end");

    println!("{ROUNDS} rounds, {ENTRIES} ledger lines in the wallet, times in microseconds");
    for (name, times) in [
        ("claim, durable when it returns:         ", claims),
        ("4 KiB written to a file and synced:     ", syncs),
        ("bare insert, encrypted, synchronous FULL:", inserts),
    ] {
        let [p50, p99, max] = support::quantiles(times);
        println!("{name}  p50 {p50:>6}  p99 {p99:>6}  max {max:>6}");
    }
}

fn timed<T>(times: &mut Vec<Duration>, work: impl FnOnce() -> T) -> T {
    let begin = Instant::now();
    let made = work();
    times.push(begin.elapsed());
    made
}
