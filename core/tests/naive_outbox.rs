//! What a queue in the manner of most apps loses and doubles, beside ours, in the same simulated weeks.
//!
//! The naive app keeps a JSON list of requests in its preferences, written whole and a moment later, as platforms do. It takes
//! the first, sends it with a key made for this attempt, removes it once there is an answer that is no server error, tries
//! again after half a minute otherwise, and drops it after five tries. A second one is better: it keeps its key. Both have
//! a token that is always good, know when they are offline, and wait then. `SIM_SEEDS=FROM..TO` plays other seeds.

#![allow(clippy::print_stdout, reason = "the table is for the documentation")]

mod support;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::http::{Method, StatusCode};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::ToSpan as _;
use member_core::HostEvent;
use member_core::ports::simulated::{Device, Faults, World};
use member_core::ports::{HttpRequest, Ports};
use serde::{Deserialize, Serialize};
use serde_json::json;
use support::{Backend, COFFEE, Phone, good};

const SEEDS: std::ops::Range<u64> = 0..12;
const STEPS: usize = 60;

/// The naive app's pause between two tries.
const PAUSE: Duration = Duration::from_secs(30);
const TRIES: u32 = 5;
/// Preferences are on the disk at most this long after they were set.
const WRITTEN_WITHIN_MILLIS: u64 = 200;

/// What an app did with what its member was told is done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Tally {
    taps: usize,
    /// Taps without an effect.
    lost: usize,
    /// Taps with more than one.
    doubled: usize,
}

impl Tally {
    /// `keys` are the taps by the keys that they were sent with, `effects` how often each key took effect.
    fn of(taps: usize, keys: &BTreeMap<String, usize>, effects: &BTreeMap<String, usize>) -> Tally {
        let mut counts = vec![0; taps];
        for (key, times) in effects {
            counts[*keys.get(key).expect("the key of a tap")] += times;
        }
        let lost = counts.iter().filter(|count| **count == 0).count();
        Tally { taps, lost, doubled: counts.iter().filter(|count| **count > 1).count() }
    }

    fn add(&mut self, other: Tally) {
        self.taps += other.taps;
        self.lost += other.lost;
        self.doubled += other.doubled;
    }
}

/// A request as the naive app keeps it.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Kept {
    /// Known to the test alone; the app looks at it only to find its place in the list.
    tap: usize,
    key: String,
    body: String,
    tries: u32,
}

/// The app with the naive queue.
struct Naive {
    world: World,
    backend: Backend,
    device: Device,
    member: String,
    token: Arc<Mutex<Token>>,
    keeps_key: bool,
    /// What is on the disk.
    preferences: Arc<Mutex<String>>,
    /// What the app that runs knows.
    list: Arc<Mutex<Vec<Kept>>>,
    /// For the test: which tap each key was for.
    keys: Arc<Mutex<BTreeMap<String, usize>>>,
    ports: Ports,
    taps: usize,
}

struct Token {
    access: String,
    refresh: String,
}

impl Naive {
    fn join(world: &World, backend: &Backend, email: &'static str, keeps_key: bool) -> Naive {
        let device = Device::new(world, backend.server());
        let join = json!({"name": "Bob", "language": "en", "terms": "2026-01"});
        let asked = backend.post("/v1/auth/code", &json!({"address": {"email": email}, "join": join}));
        let code = backend.last_code_of(email);
        let (request, code) = (asked["request_id"].as_str().expect("an id").to_owned(), code.reveal().to_owned());
        let form = format!(
            "grant_type=urn:member-core:grant:one-time-code&client_id=member-app&request_id={request}&code={code}"
        );
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        let (status, tokens) = backend.call(Method::POST, "/v1/auth/token", &headers, form);
        assert!(status.is_success(), "{tokens}");
        let text = |name: &str| tokens[name].as_str().expect("text").to_owned();
        let ports = device.ports();
        let mut app = Naive {
            world: world.clone(),
            backend: backend.clone(),
            device,
            member: text("member"),
            token: Arc::new(Mutex::new(Token { access: text("access_token"), refresh: text("refresh_token") })),
            keeps_key,
            preferences: Arc::new(Mutex::new("[]".to_owned())),
            list: Arc::default(),
            keys: Arc::default(),
            ports,
            taps: 0,
        };
        app.start();
        app
    }

    /// Ends the app the hard way, and starts it again.
    fn start(&mut self) {
        self.device.kill_app();
        let read = serde_json::from_str(&self.preferences.lock().expect("one thread")).expect("a list");
        self.list = Arc::new(Mutex::new(read));
        self.ports = self.device.ports();
        let queue = self.queue();
        self.ports.work.spawn(Box::pin(async move { queue.run().await }));
    }

    /// The member claims something, and is told that it is done.
    fn tap(&mut self) {
        let not_after = self.world.now() + (7 * 24).hours();
        let body = json!({"type": "claim-reward", "reward": COFFEE, "cost": {"unit": "points", "amount": 50},
                          "revision": 1, "not_after": not_after.to_string()});
        let queue = self.queue();
        let kept = Kept { tap: self.taps, key: queue.new_key(), body: body.to_string(), tries: 0 };
        self.list.lock().expect("one thread").push(kept);
        queue.save();
        self.taps += 1;
    }

    fn queue(&self) -> Queue {
        Queue {
            world: self.world.clone(),
            backend: self.backend.clone(),
            token: Arc::clone(&self.token),
            keeps_key: self.keeps_key,
            preferences: Arc::clone(&self.preferences),
            list: Arc::clone(&self.list),
            keys: Arc::clone(&self.keys),
            ports: self.ports.clone(),
        }
    }

    fn tally(&self) -> Tally {
        Tally::of(self.taps, &self.keys.lock().expect("one thread"), &effects(&self.backend, &self.member))
    }
}

/// The queue of an app that runs.
struct Queue {
    world: World,
    backend: Backend,
    token: Arc<Mutex<Token>>,
    keeps_key: bool,
    preferences: Arc<Mutex<String>>,
    list: Arc<Mutex<Vec<Kept>>>,
    keys: Arc<Mutex<BTreeMap<String, usize>>>,
    ports: Ports,
}

impl Queue {
    async fn run(&self) {
        loop {
            let first = self.list.lock().expect("one thread").first().cloned();
            let Some(first) = first.filter(|_| self.ports.connectivity.is_online()) else {
                self.world.sleep(Duration::from_secs(1)).await;
                continue;
            };
            let done = self.send(&first).await;
            {
                let mut list = self.list.lock().expect("one thread");
                let place = list.iter().position(|kept| kept.tap == first.tap).expect("the first");
                list[place].tries += 1;
                if done || list[place].tries >= TRIES {
                    list.remove(place);
                }
            }
            self.save();
            if !done {
                self.world.sleep(PAUSE).await;
            }
        }
    }

    /// Whether there was an answer that is no server error.
    async fn send(&self, kept: &Kept) -> bool {
        let key = if self.keeps_key { kept.key.clone() } else { self.new_key() };
        self.keys.lock().expect("one thread").insert(key.clone(), kept.tap);
        loop {
            let bearer = format!("Bearer {}", self.token.lock().expect("one thread").access);
            let mut headers = HeaderMap::new();
            for (name, value) in
                [("content-type", "application/json"), ("authorization", &bearer), ("idempotency-key", &key)]
            {
                headers.insert(HeaderName::from_static(name), HeaderValue::from_str(value).expect("a value"));
            }
            let request = HttpRequest {
                method: Method::POST,
                url: "http://sandbox/v1/actions".parse().expect("a URL"),
                headers,
                body: Bytes::from(kept.body.clone()),
                timeout: Duration::from_secs(15),
                max_body: 1 << 20,
            };
            match self.ports.http.send(request).await {
                Ok(answer) if answer.status == StatusCode::UNAUTHORIZED => self.renew().await,
                Ok(answer) => return !answer.status.is_server_error(),
                Err(_) => return false,
            }
        }
    }

    /// Past the network: the token is not what is looked at here.
    async fn renew(&self) {
        let refresh = self.token.lock().expect("one thread").refresh.clone();
        let form = format!("grant_type=refresh_token&client_id=member-app&refresh_token={refresh}");
        let key = self.new_key();
        let headers = [("content-type", "application/x-www-form-urlencoded"), ("idempotency-key", key.as_str())];
        let (status, tokens) = self.backend.exchange(Method::POST, "/v1/auth/token", &headers, form).await;
        assert!(status.is_success(), "{tokens}");
        let text = |name: &str| tokens[name].as_str().expect("text").to_owned();
        *self.token.lock().expect("one thread") =
            Token { access: text("access_token"), refresh: text("refresh_token") };
    }

    /// The whole list, a moment later, if the app still runs then.
    fn save(&self) {
        let written = self.world.sleep(Duration::from_millis(self.world.below(WRITTEN_WITHIN_MILLIS)));
        let (list, preferences) = (Arc::clone(&self.list), Arc::clone(&self.preferences));
        self.ports.work.spawn(Box::pin(async move {
            written.await;
            let json = serde_json::to_string(&*list.lock().expect("one thread")).expect("a list");
            *preferences.lock().expect("one thread") = json;
        }));
    }

    fn new_key(&self) -> String {
        let mut bytes = [0; 16];
        self.world.fill(&mut bytes);
        uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
    }
}

/// How often each key took effect.
fn effects(backend: &Backend, member: &str) -> BTreeMap<String, usize> {
    let ledger = backend.get(&format!("/sandbox/v1/members/{member}/ledger"));
    let mut effects = BTreeMap::new();
    for key in ledger["entries"].as_array().expect("entries").iter().filter_map(|entry| entry["key"].as_str()) {
        *effects.entry(key.to_owned()).or_default() += 1;
    }
    effects
}

/// The same weeks for three members: taps, networks that come and go and lose things, apps that are ended. Ours, the naive
/// queue, and the one that keeps its key.
fn play(seed: u64) -> [Tally; 3] {
    let world = World::new(seed);
    let backend = Backend::new(&world);
    let mut ours = Phone::of(&world, &backend);
    ours.join();
    let mut others = [
        Naive::join(&world, &backend, "bob@example.org", false),
        Naive::join(&world, &backend, "eve@example.org", true),
    ];
    let our_member = backend.get("/sandbox/v1/members?address=ada@example.org")["member"].clone();
    for member in [our_member.as_str().expect("an id"), &others[0].member, &others[1].member] {
        let grant = json!({"member": member, "unit": "points", "amount": 1_000_000, "reason": "adjustment"});
        backend.post("/sandbox/v1/grant", &grant);
    }
    ours.refresh().expect("a sync");
    let mut our_keys = BTreeMap::new();
    for _ in 0..STEPS {
        match world.below(100) {
            0..40 => {
                let claimed = ours.wallet().claim(COFFEE).expect("a claim");
                our_keys.insert(claimed.key, our_keys.len());
                others.iter_mut().for_each(Naive::tap);
            }
            40..55 => {
                let online = world.below(2) == 0;
                ours.device.network.set_online(online);
                if online {
                    ours.wallet().host_event(HostEvent::NetworkAvailable);
                }
                for app in &others {
                    app.device.network.set_online(online);
                }
            }
            55..70 => {
                let faults = if world.below(2) == 0 { Faults::bad_day() } else { good() };
                ours.device.network.set_faults(faults);
                for app in &others {
                    app.device.network.set_faults(faults);
                }
            }
            70..80 => {
                ours.start();
                others.iter_mut().for_each(Naive::start);
            }
            _ => world.pass(Duration::from_secs(world.below(30 * 60))),
        }
        world.pass(Duration::from_millis(world.below(20_000)));
    }
    // All is well again, for long enough that nothing waits any more.
    for network in [&ours.device.network, &others[0].device.network, &others[1].device.network] {
        network.set_faults(good());
        network.set_online(true);
    }
    ours.wallet().host_event(HostEvent::NetworkAvailable);
    ours.wait("the queue is empty", Duration::from_hours(6), |wallet| {
        wallet.pending().is_ok_and(|view| view.actions.is_empty())
    });
    while others.iter().any(|app| !app.list.lock().expect("one thread").is_empty()) {
        world.pass(PAUSE);
    }
    let our_effects = effects(&backend, our_member.as_str().expect("an id"));
    let tallies = [Tally::of(our_keys.len(), &our_keys, &our_effects), others[0].tally(), others[1].tally()];
    assert_eq!(backend.audit()["ledger_sum"], json!(0));
    tallies
}

#[test]
fn ours_loses_and_doubles_nothing_where_a_naive_queue_does_both() {
    let asked = std::env::var("SIM_SEEDS").ok();
    let seeds = match &asked {
        Some(seeds) => {
            let (from, to) = seeds.split_once("..").expect("FROM..TO");
            from.parse().expect("a number")..to.parse().expect("a number")
        }
        None => SEEDS,
    };
    let mut sums = [Tally::default(); 3];
    for seed in seeds {
        let tallies = play(seed);
        assert_eq!((tallies[0].lost, tallies[0].doubled), (0, 0), "seed {seed}: {:?}", tallies[0]);
        for (sum, tally) in sums.iter_mut().zip(tallies) {
            sum.add(tally);
        }
    }
    println!("| queue | lost | doubled | of |\n|---|---|---|---|");
    for (name, Tally { taps, lost, doubled }) in
        ["this one", "naive, a key for each attempt", "naive, one key for each action"].into_iter().zip(sums)
    {
        println!("| {name} | {lost} | {doubled} | {taps} |");
    }
    let [_, naive, keeps_key] = sums;
    assert!(naive.lost > 0 && naive.doubled > 0, "the simulation is too kind: {naive:?}");
    assert!(keeps_key.lost > 0 && keeps_key.doubled == 0, "a key that is kept takes effect once: {keeps_key:?}");
}
