//! Full disks and folders that cannot be written: every call says so, what is saved goes on being shown, nothing half done stays,
//! and once there is room everything goes on. Real files; the disk is full from each write on.

#![allow(clippy::print_stdout, reason = "the figures")]

mod support;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use member_core::ports::simulated::World;
use member_core::views::ActionFate;
use member_core::{Address, Error, Home, JoinDetails, SignInState, Unusable, Wallet};
use serde_json::json;
use sqlcipher_sys::recording::{Recording, Synchronous};
use support::{Backend, COFFEE, EMAIL, Phone, good};

const FULL: Error = Error::Unusable(Unusable::DiskFull);

/// A phone whose home is a folder on a disk that can be full.
struct Full {
    // Dropped before the folder.
    phone: Phone,
    recording: Recording,
    folder: tempfile::TempDir,
    world: World,
    backend: Backend,
}

impl Full {
    fn new(seed: u64) -> Full {
        let folder = tempfile::tempdir().expect("a folder");
        let recording = Recording::begin(folder.path(), &["members.json"], Synchronous::AsAsked).expect("a recording");
        let world = World::new(seed);
        let backend = Backend::new(&world);
        let phone = Phone::in_home(&world, &backend, Home::Folder(folder.path().to_owned()));
        phone.device.network.set_faults(good());
        Full { phone, recording, folder, world, backend }
    }

    fn joined(seed: u64) -> Full {
        let full = Full::new(seed);
        full.phone.join();
        let member = full.backend.member_id();
        for _ in 0..10 {
            full.backend.post("/sandbox/v1/grant", &json!({"member": member, "unit": "points", "amount": 200}));
        }
        full.phone.refresh().expect("a sync");
        full
    }

    fn wallet(&self) -> &Arc<Wallet> {
        self.phone.wallet()
    }

    fn pending(&self) -> BTreeSet<String> {
        let actions = self.wallet().pending().expect("what waits is shown on a full disk").actions;
        actions.into_iter().map(|action| action.key).collect()
    }

    /// How often an action took effect at the server.
    fn effects(&self, key: &str) -> usize {
        let ledger = self.backend.get(&format!("/sandbox/v1/members/{}/ledger", self.backend.member_id()));
        let entries = ledger["entries"].as_array().expect("entries").clone();
        entries.iter().filter(|entry| entry["key"].as_str() == Some(key)).count()
    }

    fn assert_shown(&self, place: &str) {
        let wallet = self.wallet();
        assert!(wallet.card().expect(place).card.is_some(), "{place}: no card");
        assert!(!wallet.balance().expect(place).units.is_empty(), "{place}");
        assert!(!wallet.rewards().expect(place).rewards.is_empty(), "{place}");
        assert!(!wallet.activity(None, 100).expect(place).lines.is_empty(), "{place}");
    }
}

/// Until a call works: the disk is full after no write, after one, after two, ...
const WRITES: u64 = 400;

#[test]
fn a_claim_on_a_full_disk_is_refused_whole_and_works_once_there_is_room() {
    let full = Full::joined(1);
    full.phone.device.network.set_online(false);
    let mut refused = 0;
    for writes in 0..WRITES {
        let before = full.pending();
        full.recording.fill_after(writes);
        let claimed = full.wallet().claim(COFFEE);
        let place = format!("full after {writes} writes");
        full.assert_shown(&place);
        let after = full.pending();
        match claimed {
            Ok(claimed) => {
                assert!(after.contains(&claimed.key), "{place}: said and not kept");
                full.recording.free();
                break;
            }
            Err(error) => {
                assert_eq!(error, FULL, "{place}");
                assert_eq!(after, before, "{place}: half a claim");
                refused += 1;
            }
        }
        assert!(full.recording.free() > 0, "{place}: nothing was refused");
        // The same disk with room: the next claim is safe, also after the end of the app.
        let claimed = full.wallet().claim(COFFEE).expect("there is room");
        assert!(full.pending().contains(&claimed.key), "{place}");
    }
    assert!(refused > 1, "a claim writes more than once");
    let waiting = full.pending();
    let mut full = full;
    full.phone.start();
    assert_eq!(full.pending(), waiting, "what was acknowledged is there after a restart");
    full.phone.device.network.set_online(true);
    full.phone.refresh().expect("a sync");
    assert!(waiting.iter().all(|key| full.effects(key) == 1), "each took effect once");
    println!("refused after {refused} numbers of writes; {} claims", waiting.len());
}

#[test]
fn a_sync_on_a_full_disk_says_so_and_everything_goes_on_once_there_is_room() {
    let mut refused = 0;
    let full = Full::joined(2);
    for writes in (0..10).chain([13, 17, 23, 30, 50, 80]) {
        let place = format!("full after {writes} writes");
        full.phone.device.network.set_online(false);
        let claimed = full.wallet().claim(COFFEE).expect("a claim");
        let member = full.backend.member_id();
        full.backend.post("/sandbox/v1/grant", &json!({"member": member, "unit": "points", "amount": 50}));
        full.recording.fill_after(writes);
        full.phone.device.network.set_online(true);
        match full.phone.refresh() {
            Ok(()) => {}
            Err(error) => {
                assert_eq!(error, FULL, "{place}");
                refused += 1;
            }
        }
        full.assert_shown(&place);
        // The disk stays full for hours, with the app open.
        full.world.pass(Duration::from_hours(6));
        full.assert_shown(&place);
        assert!(full.effects(&claimed.key) <= 1, "{place}");
        full.recording.free();
        // Nobody does anything: it goes on by itself.
        full.world.pass(Duration::from_hours(1));
        full.phone.refresh().expect(&place);
        assert_eq!(full.wallet().fate(&claimed.key), Ok(ActionFate::Confirmed), "{place}");
        assert_eq!(full.effects(&claimed.key), 1, "{place}");
        assert_eq!(full.pending(), BTreeSet::new(), "{place}");
    }
    println!("{refused} syncs were refused");
    assert!(refused > 3, "no sync met the full disk");
}

/// A damaged file cannot be mended for want of room: what can be read goes on being shown, and with room it is mended.
#[test]
fn damage_that_is_met_on_a_full_disk_is_mended_once_there_is_room() {
    let mut full = Full::joined(5);
    full.phone.device.network.set_online(false);
    let claimed = full.wallet().claim(COFFEE).expect("a claim");
    full.phone.kill();
    full.world.end();
    let folder = full.folder.path().to_owned();
    let databases = std::fs::read_dir(&folder).expect("the folder").map(|file| file.expect("a file").path());
    let database = databases.into_iter().find(|path| path.extension().is_some_and(|kind| kind == "db")).expect("one");
    let mut bytes = std::fs::read(&database).expect("the file");
    assert!(bytes.len() > 12 * 4096 && !database.with_extension("db-wal").exists(), "not all of it is in the file");
    // Pages that opening does not read: of the catalogue and the ledger.
    let last = bytes.len() - 2000;
    bytes[last] ^= 1;
    std::fs::write(&database, &bytes).expect("a write");
    full.phone.start();
    let whole =
        |wallet: &Wallet| wallet.rewards().is_ok() && wallet.activity(None, 100).is_ok() && wallet.card().is_ok();
    full.recording.fill_after(0);
    assert!(!whole(full.wallet()), "nothing has met the damage");
    assert!(full.pending().contains(&claimed.key), "what waits is shown");
    let refused = full.wallet().claim(COFFEE).expect_err("no room");
    assert!([FULL, Error::Unusable(Unusable::Storage)].contains(&refused), "{refused}");
    assert_eq!(full.wallet().take_notice(), None, "nothing is mended yet");
    full.recording.free();
    assert!(whole(full.wallet()), "a screen fails");
    assert!(full.wallet().take_notice().is_some(), "nothing was said");
    full.phone.device.network.set_online(true);
    full.phone.refresh().expect("a sync");
    assert_eq!(full.wallet().fate(&claimed.key), Ok(ActionFate::Confirmed));
    assert_eq!(full.effects(&claimed.key), 1);
}

/// Requests while the disk is full are few: the store's failures back off as the network's do.
#[test]
fn a_full_disk_is_not_hammered_and_neither_is_the_server() {
    let full = Full::joined(3);
    full.phone.device.network.set_online(false);
    let claimed = full.wallet().claim(COFFEE).expect("a claim");
    full.recording.fill_after(0);
    full.phone.device.network.set_online(true);
    full.wallet().host_event(member_core::HostEvent::NetworkAvailable);
    let before = full.backend.log.lock().expect("one thread").len();
    full.world.pass(Duration::from_hours(6));
    let requests = full.backend.log.lock().expect("one thread").len() - before;
    println!("{requests} requests, {} writes refused in 6 hours", full.recording.free());
    assert!(requests < 100, "{requests} requests of a phone that cannot keep an answer");
    full.world.pass(Duration::from_hours(1));
    full.phone.refresh().expect("a sync");
    assert_eq!(full.wallet().fate(&claimed.key), Ok(ActionFate::Confirmed));
    assert_eq!(full.effects(&claimed.key), 1);
}

#[test]
fn a_sign_in_on_a_full_disk_says_so_and_works_once_there_is_room() {
    let mut refused = 0;
    for writes in 0..WRITES {
        let full = Full::new(100 + writes);
        let place = format!("full after {writes} writes");
        full.recording.fill_after(writes);
        let join = JoinDetails { name: "Ada".to_owned(), language: "en".to_owned(), terms: "2026-01".to_owned() };
        let address = Address::Email(EMAIL.to_owned());
        full.phone.call(|wallet| async move { wallet.request_code(address, Some(join)).await }).expect("no write");
        let code = full.backend.last_code();
        let signed_in = full.phone.call(|wallet| async move { wallet.sign_in(code).await });
        if signed_in.is_ok() {
            assert!(writes > 3, "a sign-in writes more than that");
            break;
        }
        assert_eq!(signed_in, Err(FULL), "{place}");
        refused += 1;
        assert!(full.recording.free() > 0, "{place}");
        assert_ne!(full.wallet().sign_in_state(), Ok(SignInState::SignedIn), "{place}");
        // Also after the end of the app.
        let mut full = full;
        full.phone.start();
        assert_ne!(full.wallet().sign_in_state(), Ok(SignInState::SignedIn), "{place}");
        full.world.pass(Duration::from_mins(20));
        full.phone.join();
        full.phone.refresh().expect(&place);
        full.assert_shown(&place);
        let databases = std::fs::read_dir(full.folder.path()).expect("the folder");
        let databases = databases.filter(|file| {
            file.as_ref().is_ok_and(|file| file.path().extension().is_some_and(|extension| extension == "db"))
        });
        assert_eq!(databases.count(), 1, "{place}: a half made database stays");
    }
    println!("{refused} sign-ins were refused");
    assert!(refused > 3, "no sign-in met the full disk");
}

/// The index is written by other means than `SQLite`'s: `/dev/full` in its place answers as a full disk does.
#[cfg(target_os = "linux")]
#[test]
fn an_index_that_has_no_room_is_said_and_the_sign_in_works_once_there_is_some() {
    let full = Full::new(4);
    let fresh = full.folder.path().join("members.json.new");
    std::os::unix::fs::symlink(Path::new("/dev/full"), &fresh).expect("a link");
    let join = JoinDetails { name: "Ada".to_owned(), language: "en".to_owned(), terms: "2026-01".to_owned() };
    let (address, again) = (Address::Email(EMAIL.to_owned()), join.clone());
    let asked = full.phone.call(|wallet| async move { wallet.request_code(address, Some(join)).await });
    assert_eq!(asked.err(), Some(FULL));
    assert_eq!(full.wallet().sign_in_state(), Ok(SignInState::SignedOut));
    std::fs::remove_file(&fresh).expect("room");
    full.world.pass(Duration::from_mins(20));
    let address = Address::Email(EMAIL.to_owned());
    full.phone.call(|wallet| async move { wallet.request_code(address, Some(again)).await }).expect("a code");
    std::os::unix::fs::symlink(Path::new("/dev/full"), &fresh).expect("a link");
    let code = full.backend.last_code();
    assert_eq!(full.phone.call(|wallet| async move { wallet.sign_in(code).await }), Err(FULL));
    assert_eq!(full.wallet().sign_in_state(), Ok(SignInState::CodeSent));
    std::fs::remove_file(&fresh).expect("room");
    full.world.pass(Duration::from_mins(20));
    full.phone.join();
    full.phone.refresh().expect("a sync");
    full.assert_shown("after all");
}
