//! Members, their devices and their sessions: several of each, signing out, being forgotten, and a vault that does not do as it
//! should. By seed, over the sandbox's own router.

#[path = "../support/mod.rs"]
mod support;

mod interrupted;
mod sessions;
mod sign_out;
mod vault;
mod weeks;
mod wipe;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::http::{Method, header};
use member_core::ports::HttpRequest;
use member_core::ports::simulated::{Server, World};
use member_core::views::SignOutView;
use member_core::{Error, Home, SignInState, SignOutDone};
use serde_json::Value;
use support::{Backend, Phone};

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);
const BOB: &str = "bob@example.org";

/// What the server saw of sessions.
#[derive(Default)]
struct Seen {
    /// Each access token with its member.
    access: BTreeMap<String, String>,
    /// Each refresh token that was given out, oldest first.
    refresh: Vec<String>,
    /// Each of them with the number of its session: that of the token for which it was given, or a new one.
    sessions: BTreeMap<String, usize>,
    /// Tokens whose sessions were to be ended.
    revoked: Vec<String>,
    /// Each action that arrived, with the members whose tokens it came with.
    actions: BTreeMap<String, BTreeSet<String>>,
}

/// The way in for a phone, which notes what passes.
fn watched(backend: &Backend) -> (Server, Arc<Mutex<Seen>>) {
    let (server, seen) = (backend.server(), Arc::new(Mutex::new(Seen::default())));
    let noted = Arc::clone(&seen);
    let server = Arc::new(move |request: HttpRequest| {
        let seen = Arc::clone(&noted);
        let header = |name| request.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let (bearer, key) = (header(header::AUTHORIZATION.as_str()), header("idempotency-key"));
        let is_token = request.url.path() == "/v1/auth/token";
        if request.url.path() == "/v1/actions" {
            let mut seen = seen.lock().expect("one thread");
            let bearer = bearer.as_deref().and_then(|bearer| bearer.strip_prefix("Bearer ")).expect("a token");
            let member = seen.access.get(bearer).expect("a token that was given out").clone();
            seen.actions.entry(key.expect("a key")).or_default().insert(member);
        }
        let form = String::from_utf8_lossy(&request.body).into_owned();
        if request.url.path() == "/v1/auth/revoke" {
            let token = form.split('&').find_map(|field| field.strip_prefix("token=")).expect("a token");
            seen.lock().expect("one thread").revoked.push(token.to_owned());
        }
        let answer = server(request);
        Box::pin(async move {
            let answer = answer.await;
            if is_token && answer.status.is_success() {
                let tokens: Value = serde_json::from_slice(&answer.body).expect("tokens");
                let text = |name: &str| tokens[name].as_str().expect("a text").to_owned();
                let mut seen = seen.lock().expect("one thread");
                seen.access.insert(text("access_token"), text("member"));
                let before = form.split('&').find_map(|field| field.strip_prefix("refresh_token="));
                let session = before.and_then(|before| seen.sessions.get(before).copied());
                let session = session.unwrap_or(seen.refresh.len());
                seen.sessions.insert(text("refresh_token"), session);
                seen.refresh.push(text("refresh_token"));
            }
            answer
        }) as futures_util::future::BoxFuture<'static, _>
    });
    (server, seen)
}

/// A member's phone on a network that notes what passes.
fn phone_in(seed: u64, home: Home) -> (Phone, Arc<Mutex<Seen>>) {
    let world = World::new(seed);
    let backend = Backend::new(&world);
    let phone = Phone::in_home(&world, &backend, home);
    let (way, notes) = watched(&backend);
    phone.device.network.set_server(way);
    (phone, notes)
}

/// Signs in and syncs. Answers the member's id.
fn member(phone: &Phone) -> String {
    phone.join();
    phone.refresh().expect("a sync");
    phone.backend.member_id()
}

/// Claims in the basement.
fn claim_offline(phone: &Phone, reward: &str) -> String {
    phone.device.network.set_online(false);
    let key = phone.wallet().claim(reward).expect("a claim").key;
    // By then it has been seen that there is no network.
    phone.world.pass(Duration::from_secs(1));
    key
}

fn prepare(phone: &Phone) -> SignOutView {
    phone.call(|wallet| async move { wallet.prepare_sign_out().await }).expect("a question")
}

fn sign_out(phone: &Phone, shown: Vec<String>) -> Result<SignOutDone, Error> {
    phone.call(|wallet| async move { wallet.sign_out(shown).await })
}

fn wipe(phone: &Phone) -> Result<SignOutDone, Error> {
    phone.call(|wallet| async move { wallet.wipe().await })
}

fn effects(phone: &Phone, member: &str, key: &str) -> usize {
    let ledger = phone.backend.get(&format!("/sandbox/v1/members/{member}/ledger"));
    let entries = ledger["entries"].as_array().expect("entries").iter();
    entries.filter(|entry| entry["key"].as_str() == Some(key)).count()
}

/// Whether the server would give new tokens for this one.
fn is_good(backend: &Backend, refresh: &str) -> bool {
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let body = format!("grant_type=refresh_token&refresh_token={refresh}&client_id=member-app");
    backend.call(Method::POST, "/v1/auth/token", &form, body).0.is_success()
}

/// Why somebody is still on this phone, if there is a trace: on screen, in the vault.
fn trace(phone: &Phone) -> Result<(), String> {
    let wallet = phone.wallet();
    let signed_out = Some(Error::SignedOut);
    let views = [
        wallet.card().err(),
        wallet.balance().err(),
        wallet.pending().err(),
        wallet.activity(None, 10).err(),
        wallet.vouchers().err(),
        wallet.claim(support::COFFEE).err(),
    ];
    if views.iter().any(|view| *view != signed_out) || wallet.sign_in_state() != Ok(SignInState::SignedOut) {
        return Err(format!("something is shown: {views:?} {:?}", wallet.sign_in_state()));
    }
    let names = phone.device.vault().names();
    if names.iter().any(|name| name.starts_with("member-")) {
        return Err(format!("keys are left: {names:?}"));
    }
    Ok(())
}

/// The files of a home, without the lock, which is for ever.
fn files(folder: &Path) -> BTreeSet<String> {
    let files = std::fs::read_dir(folder).expect("the folder");
    let names = files.map(|file| file.expect("a file").file_name().to_string_lossy().into_owned());
    names.filter(|name| name != "wallet.lock").collect()
}

/// Why there is a trace in the folder, if there is: a file, or a word in the index.
fn trace_in(folder: &Path) -> Result<(), String> {
    let found = files(folder);
    if found != BTreeSet::from(["members.json".to_owned()]) {
        return Err(format!("files are left: {found:?}"));
    }
    let index = std::fs::read_to_string(folder.join("members.json")).expect("the index");
    let index: Value = serde_json::from_str(&index).expect("JSON");
    for part in ["databases", "aside", "wiping"] {
        if index[part] != serde_json::json!({}) && index[part] != serde_json::json!([]) {
            return Err(format!("the index has something left: {index}"));
        }
    }
    if index["current"].is_null() { Ok(()) } else { Err(format!("somebody is signed in: {index}")) }
}
