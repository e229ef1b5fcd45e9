//! A wallet with a long ledger, for benchmarks: signed in and filled against a server that answers from memory, page by page.

#![allow(dead_code, reason = "each benchmark uses a part of it")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use member_core::ports::native::{self, NetworkSwitch};
use member_core::ports::simulated::{Device, Server, World};
use member_core::ports::{HttpAnswer, HttpRequest, Ports};
use member_core::{Address, Home, OneTimeCode, Wallet, WalletConfig};
use serde_json::{Value, json};

pub const SERVER: &str = "http://127.0.0.1:1";

/// Changes of one page: what the core asks for.
pub const PAGE: usize = 500;

/// A wallet in `folder` with so many ledger entries, offline, with its key in the vault beside it.
pub fn make(folder: &Path, entries: i64) -> (Ports, [u8; 32]) {
    let (device, world, wallet) = signed_in(folder, server(entries));
    // The base, and then the ledger.
    world.run(refresh(&wallet));
    world.run(refresh(&wallet));
    drop(wallet);
    world.end();
    let key = device.ports().secrets.read(&name(&database(folder))).expect("a vault").expect("a key");
    let key: [u8; 32] = key.as_slice().try_into().expect("32 bytes");
    let switch = Arc::new(NetworkSwitch::new(false));
    let ports = native::ports(folder.join("vault"), switch).expect("ports");
    ports.secrets.write(&name(&database(folder)), &key).expect("a vault");
    (ports, key)
}

/// A wallet in `folder` that is signed in and has not synced yet. The world does nothing by itself.
pub fn signed_in(folder: &Path, server: Server) -> (Device, World, Arc<Wallet>) {
    let world = World::new(1);
    let device = Device::new(&world, server);
    let wallet = Arc::new(Wallet::open(config(folder), device.ports()).expect("a wallet"));
    let joined = Arc::clone(&wallet);
    world.run(async move {
        joined.request_code(Address::Email("ada@example.org".to_owned()), None).await.expect("a code");
        joined.sign_in(OneTimeCode::new("123456")).await.expect("a session");
    });
    (device, world, wallet)
}

pub fn refresh(wallet: &Arc<Wallet>) -> impl Future<Output = ()> + Send + 'static {
    let wallet = Arc::clone(wallet);
    async move { wallet.refresh().await.expect("a sync") }
}

pub fn config(folder: &Path) -> WalletConfig {
    WalletConfig { home: Home::Folder(folder.to_owned()), server: Some(SERVER.to_owned()), language: "en".to_owned() }
}

pub fn database(folder: &Path) -> PathBuf {
    std::fs::read_dir(folder)
        .expect("the folder")
        .map(|file| file.expect("a file").path())
        .find(|path| path.extension().is_some_and(|extension| extension == "db"))
        .expect("a database")
}

pub fn name(database: &Path) -> String {
    database.file_stem().expect("a name").to_string_lossy().into_owned()
}

/// Answers from memory. The cursor is the number of changes that the client has.
pub fn server(entries: i64) -> Server {
    let pages = Arc::new(pages(entries));
    Arc::new(move |request: HttpRequest| {
        let pages = Arc::clone(&pages);
        let body = |value: Value| Bytes::from(value.to_string());
        let (status, body) = match request.url.path() {
            "/v1/auth/code" => (202, body(json!({"request_id": "r", "expires_in": 600, "digits": 6}))),
            "/v1/auth/token" => (
                200,
                body(json!({"access_token": "a", "token_type": "Bearer", "expires_in": 900, "refresh_token": "r",
                            "scope": "member", "member": "m", "programme": "market"})),
            ),
            _ => {
                let cursor = request.url.query_pairs().find(|(name, _)| name == "cursor");
                let had: usize = cursor.map_or(0, |(_, cursor)| cursor.parse().expect("a number"));
                pages.get(had).map_or((304, Bytes::new()), |page| (200, page.clone()))
            }
        };
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(header::DATE, HeaderValue::from_static("Thu, 01 Jan 2026 00:00:00 GMT"));
        let status = StatusCode::from_u16(status).expect("a status");
        Box::pin(async move { HttpAnswer { status, headers, body } })
    })
}

/// The bodies: programme and member first, and a page that completes the base; then the ledger.
fn pages(entries: i64) -> Vec<Bytes> {
    let mut pages = vec![(programme(), false)];
    let numbers: Vec<i64> = (1..=entries).collect();
    let chunks = numbers.chunks(PAGE);
    let last = chunks.len();
    pages.extend(
        chunks.zip(1..).map(|(chunk, index)| (chunk.iter().map(|number| entry(*number)).collect(), index < last)),
    );
    let bodies = pages.into_iter().zip(1..).map(|((changes, more), cursor): ((Vec<Value>, bool), usize)| {
        Bytes::from(json!({"changes": changes, "cursor": cursor.to_string(), "more": more}).to_string())
    });
    bodies.collect()
}

const AT: &str = "2026-01-01T00:00:00Z";

/// One line of the ledger as a change.
pub fn entry(number: i64) -> Value {
    json!({"kind": "entry", "id": format!("e{number}"), "value": {"number": number, "unit": "points", "amount": 1,
           "balance": number, "reason": "purchase", "at": AT, "place": {"en": "Old Town"}, "channel": "store"}})
}

fn programme() -> Vec<Value> {
    let tier = |rank: i64| {
        json!({"kind": "tier", "id": format!("t{rank}"), "value": {"rank": rank, "name": {"en": format!("Tier {rank}")},
               "threshold": rank * 500, "unit": "points", "benefits": []}})
    };
    let mut changes = vec![
        json!({"kind": "programme", "id": "market", "value": {"name": {"en": "Market"}, "languages": ["en"],
               "currency": "EUR", "terms": "1", "action_days": 7,
               "card": {"payload": "static", "symbology": "qr", "number_length": 16},
               "units": [{"id": "points", "kind": "points", "names": {"en": {"one": "point", "other": "points"}}}]}}),
        json!({"kind": "member", "id": "m", "value": {"name": "Ada", "joined_at": AT, "card_number": "9820000000000018",
               "language": "en"}}),
        json!({"kind": "account", "id": "points", "value": {"unit": "points", "available": 10_000, "pending": 0,
               "reserved": 0, "lifetime": 10_000}}),
        json!({"kind": "standing", "id": "standing", "value": {"tier": "t1", "points": 600,
               "period_ends_at": "2027-01-01T00:00:00Z"}}),
    ];
    changes.extend((0..4).map(tier));
    changes.push(json!({"kind": "reward", "id": "coffee", "value": {"title": {"en": "Coffee"},
        "description": {"en": "A coffee"}, "cost": {"unit": "points", "amount": 1}, "revision": 1, "stock": null, "tier": null,
        "available_from": null, "available_until": null, "voucher_days": 30}}));
    changes
}

/// p50, p99 and the longest, in microseconds.
pub fn quantiles(mut times: Vec<Duration>) -> [u128; 3] {
    times.sort_unstable();
    let last = times.len() - 1;
    [times[last / 2], times[last * 99 / 100], times[last]].map(|time| time.as_micros())
}
