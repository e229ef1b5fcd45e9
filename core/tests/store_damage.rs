//! Damaged files: whatever becomes of the bytes of a saved wallet, no action that can be read is lost, nothing panics, and after
//! a sync the wallet shows what the server says. Real files, damage by seed.
//!
//! `DAMAGE_ROUNDS=N` plays N rounds of random damage; a failure names its seed.

#![allow(clippy::print_stdout, reason = "the figures")]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use member_core::ports::Secrets as _;
use member_core::ports::simulated::{Device, World};
use member_core::views::ActionFate;
use member_core::{Error, Home, Observer, SignInState, Topic, Unusable, Wallet, WalletConfig};
use rusqlite::{Connection, OpenFlags, OptionalExtension as _};
use serde_json::json;
use sqlcipher_sys::recording::{Recording, Synchronous};
use support::{Backend, COFFEE, Phone, good};

const PAGE: usize = 4096;

type Files = BTreeMap<String, Vec<u8>>;

/// A member with a history, and with claims that wait on a phone that was closed, or died.
struct Prepared {
    world: World,
    backend: Backend,
    member: String,
    /// The files of the home.
    files: Files,
    database: String,
    key: [u8; 32],
    /// Each action that was acknowledged, with its bytes.
    rows: BTreeMap<String, Vec<u8>>,
}

impl Prepared {
    fn new(seed: u64, claims: usize, closed: bool) -> Prepared {
        let world = World::new(seed);
        let backend = Backend::new(&world);
        let folder = tempfile::tempdir().expect("a folder");
        let phone = Phone::in_home(&world, &backend, Home::Folder(folder.path().to_owned()));
        phone.device.network.set_faults(good());
        phone.join();
        let member = backend.member_id();
        for _ in 0..30 {
            backend.post("/sandbox/v1/grant", &json!({"member": member, "unit": "points", "amount": 200}));
        }
        phone.refresh().expect("a sync");
        phone.device.network.set_online(false);
        for _ in 0..claims {
            phone.wallet().claim(COFFEE).expect("a claim");
        }
        let index: serde_json::Value =
            serde_json::from_slice(&std::fs::read(folder.path().join("members.json")).expect("an index"))
                .expect("JSON");
        let database = index["current"].as_str().expect("a member").to_owned();
        let key = phone.device.vault().read(&database).expect("a vault").expect("a key");
        let crashed = files(folder.path());
        let device = phone.into_device();
        world.end();
        drop(device);
        let files = if closed { files(folder.path()) } else { crashed };
        let key = key.as_slice().try_into().expect("32 bytes");
        let rows = rows(folder.path(), &database, &key);
        assert_eq!(rows.len(), claims);
        Prepared { world, backend, member, files, database, key, rows }
    }

    fn main_file(&self) -> String {
        format!("{}.db", self.database)
    }

    fn pages(&self) -> usize {
        self.files[&self.main_file()].len() / PAGE
    }

    /// The actions that a reader finds who asks for each by itself, on a connection of its own, by key and by sequence.
    fn readable(&self, files: &Files) -> BTreeSet<String> {
        let folder = written(files);
        let path = folder.path().join(self.main_file());
        let found = |key: &str, body: &[u8], by_key: bool| {
            let connection = opened_damaged(&path, &self.key)?;
            let sequence = |connection: &Connection| {
                let sql = "SELECT sequence FROM outbox WHERE action_key = ?1";
                connection.query_row(sql, [key], |row| row.get::<_, i64>(0)).ok()
            };
            let read: Option<Vec<u8>> = if by_key {
                let sql = "SELECT body FROM outbox WHERE action_key = ?1";
                connection.query_row(sql, [key], |row| row.get(0)).optional().ok()?
            } else {
                let sequence = sequence(&opened_damaged(&path, &self.key)?)?;
                let sql = "SELECT body FROM outbox WHERE sequence = ?1";
                connection.query_row(sql, [sequence], |row| row.get(0)).optional().ok()?
            };
            read.filter(|read| read == body)
        };
        let rows = self.rows.iter();
        let readable =
            rows.filter(|(key, body)| [true, false].iter().any(|by_key| found(key, body, *by_key).is_some()));
        readable.map(|(key, _)| key.clone()).collect()
    }
}

fn opened_damaged(path: &Path, key: &[u8; 32]) -> Option<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    sqlcipher_sys::open_damaged(path, key, flags).ok()
}

fn files(folder: &Path) -> Files {
    let entries = std::fs::read_dir(folder).expect("the folder").map(|entry| entry.expect("a file").path());
    let named = |path: PathBuf| {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        (!name.ends_with("-shm")).then(|| (name, std::fs::read(&path).expect("its bytes")))
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

fn rows(folder: &Path, database: &str, key: &[u8; 32]) -> BTreeMap<String, Vec<u8>> {
    let connection = opened_damaged(&folder.join(format!("{database}.db")), key).expect("the file");
    let mut statement = connection.prepare("SELECT action_key, body FROM outbox").expect("the table");
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).expect("rows");
    rows.collect::<Result<_, _>>().expect("whole rows")
}

/// What one round came to.
#[derive(Debug, Default)]
struct Seen {
    rounds: usize,
    /// Nothing was noticed: what was damaged is used by nobody, or was damaged to what it was.
    unnoticed: usize,
    /// The log ends where it was damaged, and nobody can tell that it was longer.
    cut_logs: usize,
    rescued: usize,
    set_aside: usize,
    refused: usize,
    actions_saved: usize,
    actions_lost: usize,
    still_showing_the_card: usize,
    sessions_lost: usize,
}

/// Opens the damaged home as the app does, looks at every screen, goes online, and holds all of it against the promise.
fn survive(prepared: &Prepared, damaged: &Files, what: &str, seen: &mut Seen) {
    seen.rounds += 1;
    let readable = prepared.readable(damaged);
    let folder = written(damaged);
    let device = device(prepared);
    let wallet = match open(folder.path(), &device) {
        Ok(wallet) => wallet,
        Err(error) => {
            assert_eq!(error, Error::Unusable(Unusable::WrongKey), "{what}");
            assert!(readable.is_empty(), "{what}: refused, and {} actions can be read", readable.len());
            assert_eq!(files(folder.path()), with_lock(damaged), "{what}: a refused home was changed");
            seen.refused += 1;
            return;
        }
    };
    look_at_everything(&wallet, what);
    let notice = wallet.take_notice();
    let after = files(folder.path());
    let aside = after.get(&format!("{}.aside.db", prepared.database));
    if let Some(aside) = aside {
        assert!(*aside == damaged[&prepared.main_file()], "{what}: the file that was set aside was changed");
    }
    match wallet.sign_in_state().expect(what) {
        SignInState::SignedOut => {
            assert!(readable.is_empty(), "{what}: given up, and {} actions can be read", readable.len());
            assert!(notice.is_some_and(|notice| notice.contains("can no longer be read")), "{what}");
            seen.set_aside += 1;
            seen.actions_lost += prepared.rows.len();
        }
        state => {
            let pending = wallet.pending().expect(what).actions;
            let told: Vec<_> = pending.iter().filter(|listed| listed.state == "notice").collect();
            let listed: BTreeSet<String> =
                pending.iter().filter(|listed| listed.state != "notice").map(|action| action.key.clone()).collect();
            let lost: Vec<_> = readable.difference(&listed).collect();
            assert!(lost.is_empty(), "{what}: readable actions are lost: {lost:?}");
            assert!(listed.iter().all(|key| prepared.rows.contains_key(key)), "{what}: actions out of nowhere");
            let missing = prepared.rows.len() - listed.len();
            // A log that lacks its last commits looks as after a loss of power, and one that is shorter as if it had always been.
            let ending = missing <= 3 || what.contains("cut to");
            let nobody_can_tell = what.contains(".db-wal: ") && ending;
            if let Some(notice) = notice {
                seen.rescued += 1;
                let number = format!("{missing} waiting action");
                let whole = (missing == 0 || nobody_can_tell) && notice.contains("Everything that you did was saved");
                let honest = notice.contains("Perhaps") || notice.contains(&number) || whole;
                assert!(honest, "{what}: {missing} are missing, and the member is told: {notice}");
                // What was lost is told until it is dismissed.
                let kept = told.iter().any(|told| told.text == notice);
                assert_eq!(kept, !whole, "{what}: {told:?}");
            } else {
                assert!(aside.is_none(), "{what}");
                assert!(missing == 0 || nobody_can_tell, "{what}: nothing was said of {missing}");
                seen.unnoticed += 1;
                seen.cut_logs += usize::from(missing > 0);
            }
            seen.actions_saved += listed.len();
            seen.actions_lost += missing;
            seen.still_showing_the_card += usize::from(wallet.card().is_ok_and(|view| view.card.is_some()));
            if state == SignInState::Ended {
                seen.sessions_lost += 1;
            } else {
                catch_up(prepared, &device, &wallet, &listed, what);
            }
        }
    }
    close(wallet, &device, &prepared.world);
}

/// The lock is made by each attempt to open.
fn with_lock(files: &Files) -> Files {
    let mut files = files.clone();
    files.insert("wallet.lock".to_owned(), Vec::new());
    files
}

/// Every screen answers, or says why not.
fn look_at_everything(wallet: &Wallet, what: &str) {
    let answers = [
        wallet.card().err(),
        wallet.balance().err(),
        wallet.tiers().err(),
        wallet.rewards().err(),
        wallet.vouchers().err(),
        wallet.activity(None, 500).err(),
        wallet.pending().err(),
    ];
    for error in answers.into_iter().flatten() {
        assert_eq!(error, Error::SignedOut, "{what}: a screen fails");
    }
}

/// The network is back: what was saved takes effect once, and the wallet shows what the server says.
fn catch_up(prepared: &Prepared, device: &Device, wallet: &Arc<Wallet>, listed: &BTreeSet<String>, what: &str) {
    device.network.set_online(true);
    let refreshed = Arc::clone(wallet);
    let answer = prepared.world.run(async move {
        // What is damaged and was not looked at yet is met by the sync.
        let mut answer = refreshed.refresh().await;
        for _ in 0..3 {
            if answer.is_ok() {
                break;
            }
            answer = refreshed.refresh().await;
        }
        // Confirmed rows wait for their page.
        answer.and(refreshed.refresh().await)
    });
    assert_eq!(answer, Ok(()), "{what}: a sync");
    for key in listed {
        assert_eq!(wallet.fate(key), Ok(ActionFate::Confirmed), "{what}: {key}");
    }
    let ledger = prepared.backend.get(&format!("/sandbox/v1/members/{}/ledger", prepared.member));
    let entries = ledger["entries"].as_array().expect("entries");
    let effects = |key: &str| entries.iter().filter(|entry| entry["key"].as_str() == Some(key)).count();
    assert!(prepared.rows.keys().all(|key| effects(key) <= 1), "{what}: an action took effect twice");
    let unit = wallet.balance().expect(what).units.remove(0);
    assert_eq!((json!(unit.confirmed), unit.pending), (ledger["accounts"][0]["available"].clone(), 0), "{what}");
    let lines = wallet.activity(None, 500).expect(what).lines.len();
    assert_eq!(lines, entries.len().min(500), "{what}: the ledger");
    assert!(wallet.card().expect(what).card.is_some(), "{what}: no card");
    assert_eq!(waiting(wallet), BTreeSet::new(), "{what}");
}

/// Each page in turn is garbage, all of it or one bit; and two pages with one between them, which lies behind damage from both ends.
#[test]
fn whichever_page_is_damaged_no_action_that_can_be_read_is_lost() {
    let prepared = Prepared::new(1, 40, true);
    let mut seen = Seen::default();
    for page in 0..prepared.pages() {
        for how in ["garbage", "a bit", "a bit, and of the next but one"] {
            let mut damaged = prepared.files.clone();
            let bytes = damaged.get_mut(&prepared.main_file()).expect("the file");
            match how {
                "garbage" => prepared.world.fill(&mut bytes[page * PAGE..][..PAGE]),
                "a bit" => bytes[page * PAGE + 2000] ^= 1,
                _ => {
                    bytes[page * PAGE + 2000] ^= 1;
                    bytes.iter_mut().skip((page + 2) * PAGE + 2000).take(1).for_each(|byte| *byte ^= 1);
                }
            }
            survive(&prepared, &damaged, &format!("page {}: {how}", page + 1), &mut seen);
        }
    }
    println!("{} pages: {seen:?}", prepared.pages());
    assert!(seen.rescued > prepared.pages() / 2, "too little was noticed");
    assert!(seen.actions_lost > 0, "no action was hit");
}

/// A wallet of which one page of what waits cannot be read.
fn half_readable(prepared: &Prepared) -> (Files, BTreeSet<String>) {
    let pages = (1..prepared.pages()).map(|page| {
        let mut damaged = prepared.files.clone();
        damaged.get_mut(&prepared.main_file()).expect("the file")[page * PAGE + 2000] ^= 1;
        let readable = prepared.readable(&damaged);
        (damaged, readable)
    });
    let mut halves = pages.filter(|(_, readable)| !readable.is_empty() && readable.len() < prepared.rows.len());
    halves.next().expect("a page of the outbox")
}

/// A device that has the key, and what is in the folder opens as the app does it.
fn device(prepared: &Prepared) -> Device {
    let device = Device::new(&prepared.world, prepared.backend.server());
    device.network.set_faults(good());
    device.network.set_online(false);
    device.vault().write(&prepared.database, &prepared.key).expect("a vault");
    device
}

fn open(folder: &Path, device: &Device) -> Result<Arc<Wallet>, Error> {
    let config = WalletConfig {
        home: Home::Folder(folder.to_owned()),
        server: Some("http://sandbox".to_owned()),
        language: "en".to_owned(),
    };
    Wallet::open(config, device.ports()).map(Arc::new)
}

fn close(wallet: Arc<Wallet>, device: &Device, world: &World) {
    drop(wallet);
    device.kill_app();
    world.end();
}

fn waiting(wallet: &Wallet) -> BTreeSet<String> {
    let actions = wallet.pending().expect("a view").actions.into_iter();
    actions.filter(|listed| listed.state != "notice").map(|action| action.key).collect()
}

/// A rescue that ends for want of room, at each write: the member is told so, and the next one begins anew.
#[test]
fn a_rescue_that_is_cut_off_at_any_write_is_made_again() {
    let prepared = Prepared::new(4, 20, true);
    let (damaged, readable) = half_readable(&prepared);
    let mut cut = 0;
    for writes in 0..200 {
        let (folder, device) = (written(&damaged), device(&prepared));
        let recording = Recording::begin(folder.path(), &[], Synchronous::AsAsked).expect("a recording");
        recording.fill_after(writes);
        let opened = open(folder.path(), &device);
        let refused = recording.free();
        let place = format!("full after {writes} writes");
        match opened {
            Ok(wallet) => {
                // The rest may be written later.
                assert_eq!(waiting(&wallet), readable, "{place}");
                close(wallet, &device, &prepared.world);
                if refused == 0 {
                    break;
                }
            }
            Err(error) => {
                assert_eq!(error, Error::Unusable(Unusable::DiskFull), "{place}");
                let now = files(folder.path());
                assert!(
                    damaged.iter().all(|(name, bytes)| now.get(name) == Some(bytes)),
                    "{place}: a file was changed"
                );
                cut += 1;
            }
        }
        prepared.world.end();
        let wallet = open(folder.path(), &device).expect(&place);
        assert_eq!(waiting(&wallet), readable, "{place}");
        close(wallet, &device, &prepared.world);
    }
    println!("cut off after {cut} numbers of writes");
    assert!(cut > 5, "a rescue writes more often");
}

/// The app ends between two steps of a rescue: each state that it can leave goes on to the same end.
#[test]
fn a_rescue_that_is_cut_off_between_its_steps_is_finished() {
    let prepared = Prepared::new(5, 20, true);
    let (damaged, readable) = half_readable(&prepared);
    let (folder, device) = (written(&damaged), device(&prepared));
    let wallet = open(folder.path(), &device).expect("a wallet");
    assert!(wallet.take_notice().is_some_and(|notice| notice.contains("could not be read")));
    close(wallet, &device, &prepared.world);
    let done = files(folder.path());
    let (old, new) = (prepared.main_file(), format!("{}-2.db", prepared.database));
    assert_eq!(done[&format!("{}.aside.db", prepared.database)], damaged[&old], "the damaged file is kept as it was");

    let with = |files: &Files, more: &[(&str, &[u8])]| {
        let mut files = files.clone();
        files.extend(more.iter().map(|(name, bytes)| ((*name).to_owned(), bytes.to_vec())));
        files
    };
    let half = &done[&new][..PAGE];
    let (log, shm) = (new.clone() + "-wal", prepared.main_file() + "-wal");
    let states = [
        ("a part of the new file", with(&damaged, &[(&new, half)])),
        ("garbage of a new file", with(&damaged, &[(&new, b"garbage"), (&log, b"garbage")])),
        ("the whole new file, which the index does not name", with(&damaged, &[(&new, &done[&new])])),
        ("both files, and the index names the new one", {
            let mut both = with(&done, &[(&old, &damaged[&old])]);
            both.remove(&format!("{}.aside.db", prepared.database));
            both
        }),
        ("only the old log is still to be set aside", with(&done, &[(&shm, b"")])),
    ];
    for (place, state) in states {
        let folder = written(&state);
        let wallet = open(folder.path(), &device).expect(place);
        assert_eq!(waiting(&wallet), readable, "{place}");
        assert!(wallet.card().expect(place).card.is_some(), "{place}");
        close(wallet, &device, &prepared.world);
        let now = files(folder.path());
        assert_eq!(now[&format!("{}.aside.db", prepared.database)], damaged[&old], "{place}");
        assert!(!now.contains_key(&old) && now.contains_key(&new), "{place}");
    }
}

/// A second rescue counts on, and a vault that is locked meanwhile changes nothing.
#[test]
fn a_rescue_waits_for_the_vault_and_may_be_needed_again() {
    let prepared = Prepared::new(6, 20, true);
    let (damaged, readable) = half_readable(&prepared);
    let (folder, device) = (written(&damaged), device(&prepared));
    device.vault().lock(true);
    assert_eq!(open(folder.path(), &device).err(), Some(Error::Unusable(Unusable::Locked)));
    assert_eq!(files(folder.path()), with_lock(&damaged));
    device.vault().lock(false);
    let wallet = open(folder.path(), &device).expect("a wallet");
    close(wallet, &device, &prepared.world);
    // The file that was just made is cut off in its middle: what is at its end is gone.
    let new = folder.path().join(format!("{}-2.db", prepared.database));
    let bytes = std::fs::read(&new).expect("the new file");
    std::fs::write(&new, &bytes[..bytes.len() - PAGE]).expect("a write");
    let wallet = open(folder.path(), &device).expect("a wallet");
    look_at_everything(&wallet, "after a second rescue");
    assert!(waiting(&wallet).is_subset(&readable));
    let names: Vec<String> = files(folder.path()).into_keys().filter(|name| name.ends_with(".aside.db")).collect();
    let aside = ["-2.aside.db", ".aside.db"].map(|end| prepared.database.clone() + end);
    assert_eq!(names, aside, "both are kept");
    close(wallet, &device, &prepared.world);
}

/// Damage that the app meets while it runs is mended at once: the screen that met it shows what there is.
#[test]
fn damage_that_is_met_by_a_running_app_is_mended_at_once() {
    let prepared = Prepared::new(7, 3, true);
    let (folder, device) = (written(&prepared.files), device(&prepared));
    let wallet = open(folder.path(), &device).expect("a wallet");
    let card = wallet.card().expect("a view").card.expect("a card").number;
    let path = folder.path().join(prepared.main_file());
    let mut bytes = std::fs::read(&path).expect("the file");
    // Pages of the catalogue and the ledger: neither is read before a screen asks for it.
    for page in 10..bytes.len() / PAGE {
        bytes[page * PAGE + 100] ^= 1;
    }
    std::fs::write(&path, &bytes).expect("a write");
    close(wallet, &device, &prepared.world);
    let wallet = open(folder.path(), &device).expect("nothing of it is read yet");
    let heard = Arc::new(Heard::default());
    let subscription = wallet.observe(Arc::clone(&heard) as Arc<dyn Observer>);
    let aside = |folder: &Path| files(folder).keys().any(|name| name.ends_with(".aside.db"));
    assert!(!aside(folder.path()), "opening has met the damage");
    look_at_everything(&wallet, "damaged while it runs");
    assert!(aside(folder.path()), "the damaged file is still in use");
    assert!(wallet.take_notice().is_some(), "nothing was said");
    assert!(heard.0.load(Ordering::SeqCst) > 0, "no screen was told");
    let again = wallet.card().expect("a view").card;
    assert!(again.is_none_or(|again| again.number == card));
    let listed = waiting(&wallet);
    assert_eq!(listed.len(), 3);
    catch_up(&prepared, &device, &wallet, &listed, "mended while it runs");
    drop(subscription);
    close(wallet, &device, &prepared.world);
}

#[derive(Default)]
struct Heard(AtomicUsize);

impl Observer for Heard {
    fn changed(&self, _: &[Topic]) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// What becomes of a file, by seed.
fn damage(prepared: &Prepared, older: &[u8], random: &World) -> (Files, String) {
    let below = |bound: usize| usize::try_from(random.below(u64::try_from(bound).expect("small"))).expect("small");
    let mut damaged = prepared.files.clone();
    let logs: Vec<String> = damaged.keys().filter(|name| name.ends_with("-wal")).cloned().collect();
    let hit = if logs.is_empty() || below(2) == 0 { prepared.main_file() } else { logs[0].clone() };
    let bytes = damaged.get_mut(&hit).expect("the file");
    let mut what = Vec::new();
    for _ in 0..=below(4) {
        // A file may be empty by now.
        let (length, pages) = (bytes.len().max(1), (bytes.len() / PAGE).max(1));
        let at = below(length);
        match below(8) {
            0 => {
                let page = below(pages);
                bytes.iter_mut().skip(page * PAGE).take(PAGE).for_each(|byte| *byte = 0);
                what.push(format!("page {} zeroed", page + 1));
            }
            1 => {
                let mut noise = vec![0; below(3 * PAGE)];
                random.fill(&mut noise);
                bytes.iter_mut().skip(at).zip(&noise).for_each(|(byte, noise)| *byte = *noise);
                what.push(format!("{} bytes of noise from {at}", noise.len()));
            }
            2 => {
                bytes.truncate(at);
                what.push(format!("cut to {at}"));
            }
            3 => {
                let (one, other) = (below(pages) * PAGE, below(pages) * PAGE);
                for offset in 0..PAGE.min(length - one.max(other).min(length)) {
                    bytes.swap(one + offset, other + offset);
                }
                what.push(format!("pages {} and {} swapped", one / PAGE + 1, other / PAGE + 1));
            }
            4 => {
                let page = 1 + below(pages);
                let old = older.iter().skip(page * PAGE).take(PAGE);
                bytes.iter_mut().skip(page * PAGE).zip(old).for_each(|(byte, old)| *byte = *old);
                what.push(format!("page {} as it once was", page + 1));
            }
            5 => {
                let longer = bytes.len() + below(5 * PAGE);
                bytes.resize(longer, 0x5a);
                what.push(format!("grown to {longer}"));
            }
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << below(8);
                }
                what.push(format!("a bit of byte {at}"));
            }
        }
    }
    (damaged, format!("{hit}: {}", what.join(", ")))
}

fn rounds() -> u64 {
    std::env::var("DAMAGE_ROUNDS").map_or(40, |asked| asked.parse().expect("DAMAGE_ROUNDS is a number"))
}

#[test]
fn whatever_is_damaged_no_action_that_can_be_read_is_lost() {
    let mut seen = Seen::default();
    for (seed, closed) in [(2, true), (3, false)] {
        let prepared = Prepared::new(seed, 25, closed);
        let older = prepared.files[&prepared.main_file()].clone();
        for round in 0..rounds() / 2 {
            let random = World::new(1000 * seed + round);
            let (damaged, what) = damage(&prepared, &older, &random);
            survive(&prepared, &damaged, &format!("seed {seed}, round {round}, {what}"), &mut seen);
        }
    }
    println!("{seen:?}");
    assert!(seen.rescued > 10 && seen.still_showing_the_card > 10, "too little was noticed");
}
