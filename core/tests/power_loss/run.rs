//! One run of a phone, recorded: joining, syncing, and a number of actions on good days and bad. It writes down what the
//! member was told, and when: that is what a loss of power must not take back.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use member_core::ports::Secrets as _;
use member_core::ports::simulated::{Device, Faults, World};
use member_core::{Home, HostEvent, Wallet, WalletConfig};
use rusqlite::{Connection, OpenFlags};
use serde_json::json;
use sqlcipher_sys::recording::{Event, Recorded, Recording, Synchronous};

use crate::disk::Files;
use crate::support::{Backend, COFFEE, Phone, good};

const REWARDS: [&str; 4] = ["coffee", "tote-bag", "free-delivery", "cooking-class"];

/// Lines of the ledger that a long pull brings: more than three pages of 500 changes.
const LINES: usize = 900;

/// How often the member looks while a long pull is under way, and at which of these looks she taps.
const LOOKS: usize = 36;
const LOOKS_TO_A_TAP: usize = 16;

/// The home's index, which is no database.
pub const INDEX: &str = "members.json";

/// What the member was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// The sign-in worked.
    SignedIn,
    /// The action is safe.
    Safe { key: String },
    /// The member asks to take the action back, or to dismiss it.
    TakingBack { key: String },
    /// The action is no longer listed: it was taken back or dismissed, or took effect and the balance has it.
    Gone { key: String },
    /// The member asks to sign out.
    Leaving,
}

/// A recorded run.
pub struct Run {
    pub recorded: Recorded,
    /// So many of its events are judged.
    pub end: usize,
    /// Each with the number of events that had happened when the call returned.
    pub facts: Vec<(usize, Fact)>,
    /// The bytes of each action.
    pub bodies: BTreeMap<String, Vec<u8>>,
    /// The database's name, and its key in the vault.
    pub database: String,
    pub key: Vec<u8>,
    pub world: World,
    pub backend: Backend,
}

/// Opens a database as nobody but a test does: beside the wallet, to see its rows.
pub fn open(folder: &Path, database: &str, key: &[u8]) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    sqlcipher_sys::open(&folder.join(format!("{database}.db")), key.try_into().expect("a key"), flags)
}

struct Recorder<'a> {
    world: World,
    backend: Backend,
    phone: Phone,
    folder: &'a Path,
    recording: Recording,
    facts: Vec<(usize, Fact)>,
    bodies: BTreeMap<String, Vec<u8>>,
    /// Safe and not yet gone.
    listed: BTreeSet<String>,
    acknowledged: usize,
    database: String,
    key: Vec<u8>,
}

/// Plays until so many actions were acknowledged.
pub fn record(seed: u64, actions: usize, synchronous: Synchronous) -> Run {
    record_play(seed, synchronous, |recorder| recorder.play(actions))
}

/// Pulls of many pages, with taps between the pages: of changes, and of a new base after the server was restored.
pub fn record_long_pulls(seed: u64, synchronous: Synchronous) -> Run {
    record_play(seed, synchronous, |recorder| recorder.pull_long())
}

/// A member with actions that wait signs out, far from any network. The files are deleted beside SQLite, which is not recorded;
/// what is judged ends before the mark of the wipe goes.
pub fn record_sign_out(seed: u64, synchronous: Synchronous) -> Run {
    let mut run = record_play(seed, synchronous, |recorder| {
        recorder.play(10);
        recorder.leave();
    });
    let is_index = |event: &Event| matches!(event, Event::Replaced { name, .. } if name == INDEX);
    run.end = run.recorded.events.iter().rposition(is_index).expect("the mark goes");
    run
}

fn record_play(seed: u64, synchronous: Synchronous, play: impl FnOnce(&mut Recorder<'_>)) -> Run {
    let folder = tempfile::tempdir().expect("a folder");
    let recording = Recording::begin(folder.path(), &[INDEX], synchronous).expect("a recording");
    let world = World::new(seed);
    let backend = Backend::new(&world);
    let phone = Phone::in_home(&world, &backend, Home::Folder(folder.path().to_owned()));
    phone.device.network.set_faults(good());
    phone.join();
    let database = {
        let index = std::fs::read(folder.path().join(INDEX)).expect("an index");
        let index: serde_json::Value = serde_json::from_slice(&index).expect("JSON");
        index["current"].as_str().expect("a member").to_owned()
    };
    let key = phone.device.vault().read(&database).expect("a vault").expect("a key").to_vec();
    let facts = vec![(recording.position(), Fact::SignedIn)];
    let mut player = Recorder {
        world,
        backend,
        phone,
        folder: folder.path(),
        recording,
        facts,
        bodies: BTreeMap::new(),
        listed: BTreeSet::new(),
        acknowledged: 0,
        database,
        key,
    };
    play(&mut player);
    let Recorder { world, backend, phone, recording, facts, bodies, database, key, .. } = player;
    drop(phone);
    let recorded = recording.end();
    Run { end: recorded.events.len(), recorded, facts, bodies, database, key, world, backend }
}

/// The bytes of an action, as they are in the database.
fn body(folder: &Path, database: &str, key: &[u8], action: &str) -> Vec<u8> {
    open(folder, database, key)
        .and_then(|open| open.query_row("SELECT body FROM outbox WHERE action_key = ?1", [action], |row| row.get(0)))
        .expect("a row")
}

impl Run {
    /// A device of this run's world, with the key in its vault.
    pub fn device(&self) -> Device {
        let device = Device::new(&self.world, self.backend.server());
        device.vault().write(&self.database, &self.key).expect("a vault");
        device
    }

    /// The power came back and the app goes on, far from any network: what it does next is recorded like the run before it.
    /// What the member had been told by `event` still holds.
    pub fn go_on(&self, event: usize, files: &Files, claims: usize) -> Run {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, bytes) in files {
            std::fs::write(folder.path().join(name), bytes).expect("a write");
        }
        let recording = Recording::begin(folder.path(), &[INDEX], Synchronous::AsAsked).expect("a recording");
        let mut facts: Vec<_> =
            self.facts.iter().filter(|(at, _)| *at <= event).map(|(_, fact)| (0, fact.clone())).collect();
        let mut bodies = self.bodies.clone();
        let device = self.device();
        device.network.set_online(false);
        let wallet = Wallet::open(config(folder.path()), device.ports()).expect("a wallet");
        for _ in 0..claims {
            let action = wallet.claim(COFFEE).expect("a claim").key;
            facts.push((recording.position(), Fact::Safe { key: action.clone() }));
            bodies.insert(action.clone(), body(folder.path(), &self.database, &self.key, &action));
        }
        device.kill_app();
        drop(wallet);
        self.world.end();
        let recorded = recording.end();
        Run {
            end: recorded.events.len(),
            recorded,
            facts,
            bodies,
            database: self.database.clone(),
            key: self.key.clone(),
            world: self.world.clone(),
            backend: self.backend.clone(),
        }
    }
}

/// How the app opens its wallet.
pub fn config(folder: &Path) -> WalletConfig {
    WalletConfig {
        home: Home::Folder(folder.to_owned()),
        server: Some("http://sandbox".to_owned()),
        language: "en".to_owned(),
    }
}

impl Recorder<'_> {
    fn grant(&self, amount: i64) {
        let member = self.backend.member_id();
        let grant = json!({"member": member, "unit": "points", "amount": amount, "reason": "adjustment"});
        self.backend.post("/sandbox/v1/grant", &grant);
    }

    fn faults(&self, rules: &serde_json::Value) {
        self.backend.post("/sandbox/v1/faults", &json!({"rules": rules}));
    }

    fn pull_long(&mut self) {
        self.grant(100_000);
        self.phone.refresh().expect("the first sync");
        for (restored, least_pages) in [(false, 4), (true, 2)] {
            // Answered, and its page does not come: it settles the claim with much behind it.
            self.faults(&json!([{"path": "/v1/sync", "fault": "status", "status": 503}]));
            self.claim();
            self.world.pass(Duration::from_secs(5));
            (0..LINES).for_each(|_| self.grant(1));
            if restored {
                self.backend.post("/sandbox/v1/restore", &json!({}));
            }
            self.phone.device.network.set_online(false);
            self.claim();
            self.faults(&json!([]));
            let asked = self.backend.requests("GET /v1/sync");
            self.phone.device.network.set_online(true);
            self.phone.wallet().host_event(HostEvent::NetworkAvailable);
            for look in 1..=LOOKS {
                self.world.pass(Duration::from_millis(60));
                self.note_gone();
                if look % LOOKS_TO_A_TAP == 0 {
                    self.claim();
                }
            }
            self.phone.refresh().expect("a sync");
            self.note_gone();
            let pages = self.backend.requests("GET /v1/sync") - asked;
            assert!(pages >= least_pages, "{pages} pages");
        }
        self.phone.device.network.set_online(false);
        (0..3).for_each(|_| self.claim());
    }

    fn leave(&mut self) {
        self.phone.device.network.set_online(false);
        (0..3).for_each(|_| self.claim());
        self.facts.push((self.recording.position(), Fact::Leaving));
        let view = self.phone.call(|wallet| async move { wallet.prepare_sign_out().await }).expect("a question");
        let done = self.phone.call(|wallet| async move { wallet.sign_out(view.shown).await }).expect("a sign-out");
        assert!(done.deleted && !done.told, "{done:?}");
    }

    fn play(&mut self, actions: usize) {
        self.grant(100_000);
        self.phone.refresh().expect("the first sync");
        while self.acknowledged < actions {
            self.step();
            self.note_gone();
        }
        self.phone.device.network.set_faults(good());
        self.phone.device.network.set_online(true);
        self.world.pass(Duration::from_hours(25));
        self.phone.refresh().expect("a sync");
        self.note_gone();
    }

    fn step(&mut self) {
        let network = &self.phone.device.network;
        match self.world.below(100) {
            0..40 => self.claim(),
            40..52 => self.discard(),
            52..60 => {
                let online = self.world.below(3) > 0;
                network.set_online(online);
                if online {
                    self.phone.wallet().host_event(HostEvent::NetworkAvailable);
                }
            }
            60..66 => network.set_faults(if self.world.below(2) == 0 { Faults::bad_day() } else { good() }),
            66..70 => self.phone.start(),
            70..72 => drop(self.backend.post("/sandbox/v1/restore", &json!({}))),
            72..74 => {
                let member = json!({"member": self.backend.member_id()});
                self.backend.post("/sandbox/v1/expire-access", &member);
            }
            74..80 => {
                let card = self.phone.card_number();
                self.backend.accrue(&card, 100 + i64::try_from(self.world.below(8000)).expect("a small number"));
            }
            // Whether it works is the network's affair.
            80..88 => drop(self.phone.refresh()),
            _ => self.world.pass(Duration::from_secs(1 + self.world.below(1800))),
        }
    }

    fn claim(&mut self) {
        let reward = REWARDS[usize::try_from(self.world.below(4)).expect("a small number")];
        let Ok(claimed) = self.phone.wallet().claim(reward) else { return };
        let at = self.recording.position();
        let body = body(self.folder, &self.database, &self.key, &claimed.key);
        self.bodies.insert(claimed.key.clone(), body);
        self.facts.push((at, Fact::Safe { key: claimed.key.clone() }));
        self.listed.insert(claimed.key);
        self.acknowledged += 1;
    }

    fn discard(&mut self) {
        let pending = self.phone.wallet().pending().expect("a view").actions;
        let Some(action) = pending.iter().find(|action| action.can_discard || action.can_dismiss) else { return };
        self.facts.push((self.recording.position(), Fact::TakingBack { key: action.key.clone() }));
        self.phone.wallet().discard(&action.key).expect("it may be");
        self.acknowledged += 1;
    }

    /// What was listed and is no longer.
    fn note_gone(&mut self) {
        let at = self.recording.position();
        let pending = self.phone.wallet().pending().expect("a view").actions;
        let pending: BTreeSet<String> = pending.into_iter().map(|action| action.key).collect();
        for key in self.listed.difference(&pending) {
            self.facts.push((at, Fact::Gone { key: key.clone() }));
        }
        self.listed.retain(|key| pending.contains(key));
    }
}
