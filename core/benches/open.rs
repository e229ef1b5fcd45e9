//! From a closed wallet to the first card view, with 10,000 ledger entries on the disk: what a customer at a till waits
//! for. Beside it, in the same run, a bare encrypted connection with one query: what SQLCipher alone takes.
//!
//! With `--keep FOLDER` it only makes that wallet, with its keys in `FOLDER/vault`, for the benchmarks in other languages; with
//! `--entries NUMBER` of so many entries.

#![allow(clippy::disallowed_methods, clippy::print_stdout, reason = "a benchmark measures real time and prints it")]

mod support;

use std::path::Path;
use std::sync::mpsc;
use std::time::Instant;

use member_core::Wallet;
use support::{config, database, make};

const ENTRIES: i64 = 10_000;
const ROUNDS: usize = 300;

fn main() {
    let after = |name: &str| std::env::args().skip_while(|argument| argument != name).nth(1);
    if let Some(folder) = after("--keep") {
        make(Path::new(&folder), after("--entries").map_or(ENTRIES, |entries| entries.parse().expect("a number")));
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let (ports, key) = make(folder.path(), ENTRIES);
    let database = database(folder.path());

    let open = || {
        let wallet = Wallet::open(config(folder.path()), ports.clone()).expect("a wallet");
        let view = wallet.card().expect("a view");
        assert!(view.card.is_some());
        wallet
    };
    // Closed before the next round, so that each opens a home that is free.
    let close = |wallet: Wallet| {
        let (sender, closed) = mpsc::channel();
        ports.work.spawn(Box::pin(async move {
            wallet.close().await;
            sender.send(()).expect("somebody waits");
        }));
        closed.recv().expect("an end");
    };
    let wallet = sample(open, close);
    let bare = || {
        let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_WRITE | rusqlite::OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = sqlcipher_sys::open(&database, &key, flags).expect("the file");
        let rows: i64 = connection.query_row("SELECT count(*) FROM document", [], |row| row.get(0)).expect("a query");
        assert!(rows > 0);
        connection
    };
    let bare = sample(bare, drop);
    let open = Wallet::open(config(folder.path()), ports.clone()).expect("a wallet");
    let read = sample(|| open.card().expect("a view"), drop);
    let claim =
        sample(|| open.claim("coffee").expect("a claim"), |claimed| open.discard(&claimed.key).expect("taken back"));
    close(open);
    let size = std::fs::metadata(&database).expect("the file").len();
    println!("{ENTRIES} entries, {size} bytes, {ROUNDS} rounds, times in microseconds");
    println!("open to first card view:          p50 {:>6}  p99 {:>6}  max {:>6}", wallet[0], wallet[1], wallet[2]);
    println!("card view of an open wallet:      p50 {:>6}  p99 {:>6}  max {:>6}", read[0], read[1], read[2]);
    println!("claim, durable:                   p50 {:>6}  p99 {:>6}  max {:>6}", claim[0], claim[1], claim[2]);
    println!("bare encrypted file and a query:  p50 {:>6}  p99 {:>6}  max {:>6}", bare[0], bare[1], bare[2]);
}

/// p50, p99 and the longest of `ROUNDS` rounds, in microseconds. What a round made ends after its time is taken.
fn sample<T>(round: impl Fn() -> T, end: impl Fn(T)) -> [u128; 3] {
    let times = (0..ROUNDS)
        .map(|_| {
            let begin = Instant::now();
            let made = round();
            let time = begin.elapsed();
            end(made);
            time
        })
        .collect();
    support::quantiles(times)
}
