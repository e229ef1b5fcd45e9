//! From a closed wallet to the first card view, with 10,000 ledger entries on the disk: what a customer at a till waits
//! for. Beside it, in the same run, a bare encrypted connection with one query: what SQLCipher alone takes.
//!
//! With `--keep FOLDER` it only makes that wallet, with its keys in `FOLDER/vault`, for the benchmarks in other languages.

#![allow(clippy::disallowed_methods, clippy::print_stdout, reason = "a benchmark measures real time and prints it")]

use std::path::Path;
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use http::{HeaderMap, HeaderValue, StatusCode, header};
use member_core::ports::native::{self, NetworkSwitch};
use member_core::ports::simulated::{Device, Server, World};
use member_core::ports::{HttpAnswer, HttpRequest, Ports};
use member_core::{Address, Home, OneTimeCode, Wallet, WalletConfig};
use serde_json::{Value, json};

const ENTRIES: i64 = 10_000;
const ROUNDS: usize = 300;
const SERVER: &str = "http://127.0.0.1:1";

fn main() {
    let mut arguments = std::env::args().skip_while(|argument| argument != "--keep").skip(1);
    if let Some(folder) = arguments.next() {
        make(Path::new(&folder));
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let (ports, key) = make(folder.path());
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

/// A wallet in `folder`, offline, with its key in the vault beside it.
fn make(folder: &Path) -> (Ports, [u8; 32]) {
    let key = fill(folder);
    let switch = Arc::new(NetworkSwitch::new(false));
    let ports = native::ports(folder.join("vault"), switch).expect("ports");
    ports.secrets.write(&name(&database(folder)), &key).expect("a vault");
    (ports, key)
}

/// p50, p99 and the longest of `ROUNDS` rounds, in microseconds. What a round made ends after its time is taken.
fn sample<T>(round: impl Fn() -> T, end: impl Fn(T)) -> [u128; 3] {
    let mut times: Vec<Duration> = (0..ROUNDS)
        .map(|_| {
            let begin = Instant::now();
            let made = round();
            let time = begin.elapsed();
            end(made);
            time
        })
        .collect();
    times.sort_unstable();
    [times[ROUNDS / 2], times[ROUNDS * 99 / 100], times[ROUNDS - 1]].map(|time| time.as_micros())
}

fn config(folder: &Path) -> WalletConfig {
    WalletConfig { home: Home::Folder(folder.to_owned()), server: Some(SERVER.to_owned()), language: "en".to_owned() }
}

fn database(folder: &Path) -> std::path::PathBuf {
    std::fs::read_dir(folder)
        .expect("the folder")
        .map(|file| file.expect("a file").path())
        .find(|path| path.extension().is_some_and(|extension| extension == "db"))
        .expect("a database")
}

fn name(database: &Path) -> String {
    database.file_stem().expect("a name").to_string_lossy().into_owned()
}

/// Signs in and syncs against a server of one page, and answers the database's key.
fn fill(folder: &Path) -> [u8; 32] {
    let world = World::new(1);
    let device = Device::new(&world, one_page());
    let wallet = Arc::new(Wallet::open(config(folder), device.ports()).expect("a wallet"));
    let filled = Arc::clone(&wallet);
    world.run(async move {
        filled.request_code(Address::Email("ada@example.org".to_owned()), None).await.expect("a code");
        filled.sign_in(OneTimeCode::new("123456")).await.expect("a session");
        filled.refresh().await.expect("a sync");
    });
    drop(wallet);
    world.end();
    let key = device.ports().secrets.read(&name(&database(folder))).expect("a vault").expect("a key");
    key.as_slice().try_into().expect("32 bytes")
}

fn one_page() -> Server {
    Arc::new(|request: HttpRequest| {
        let (status, body) = match request.url.path() {
            "/v1/auth/code" => (202, json!({"request_id": "r", "expires_in": 600, "digits": 6})),
            "/v1/auth/token" => (
                200,
                json!({"access_token": "a", "token_type": "Bearer", "expires_in": 900, "refresh_token": "r",
                       "scope": "member", "member": "m", "programme": "market"}),
            ),
            _ if request.headers.contains_key(header::IF_NONE_MATCH) => (304, Value::Null),
            _ => (200, json!({"changes": changes(), "cursor": "c", "more": false})),
        };
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(header::DATE, HeaderValue::from_static("Thu, 01 Jan 2026 00:00:00 GMT"));
        let status = StatusCode::from_u16(status).expect("a status");
        Box::pin(async move { HttpAnswer { status, headers, body: body.to_string().into() } })
    })
}

fn changes() -> Vec<Value> {
    let at = "2026-01-01T00:00:00Z";
    let tier = |rank: i64| {
        json!({"kind": "tier", "id": format!("t{rank}"), "value": {"rank": rank, "name": {"en": format!("Tier {rank}")},
               "threshold": rank * 500, "unit": "points", "benefits": []}})
    };
    let mut changes = vec![
        json!({"kind": "programme", "id": "market", "value": {"name": {"en": "Market"}, "languages": ["en"],
               "currency": "EUR", "terms": "1", "action_days": 7,
               "card": {"payload": "static", "symbology": "qr", "number_length": 16},
               "units": [{"id": "points", "kind": "points", "names": {"en": {"one": "point", "other": "points"}}}]}}),
        json!({"kind": "member", "id": "m", "value": {"name": "Ada", "joined_at": at, "card_number": "9820000000000018",
               "language": "en"}}),
        json!({"kind": "account", "id": "points", "value": {"unit": "points", "available": ENTRIES, "pending": 0,
               "reserved": 0, "lifetime": ENTRIES}}),
        json!({"kind": "standing", "id": "standing", "value": {"tier": "t1", "points": 600,
               "period_ends_at": "2027-01-01T00:00:00Z"}}),
    ];
    changes.extend((0..4).map(tier));
    changes.push(json!({"kind": "reward", "id": "coffee", "value": {"title": {"en": "Coffee"},
        "description": {"en": "A coffee"}, "cost": {"unit": "points", "amount": 1}, "revision": 1, "stock": null, "tier": null,
        "available_from": null, "available_until": null, "voucher_days": 30}}));
    changes.extend((1..=ENTRIES).map(|number| {
        json!({"kind": "entry", "id": format!("e{number}"), "value": {"number": number, "unit": "points", "amount": 1,
               "balance": number, "reason": "purchase", "at": at, "place": {"en": "Old Town"}, "channel": "store"}})
    }));
    changes
}
