//! The saved wallet under faults: opened twice, of a newer version, with another key or none. Real files.

mod support;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use member_core::ports::simulated::{Device, World};
use member_core::{Address, Error, Home, SignInState, Unusable, Wallet, WalletConfig};
use support::{Backend, Phone};

/// The files of a home. Shown by name and length: their bytes would fill pages.
#[derive(PartialEq)]
struct Bytes(BTreeMap<String, Vec<u8>>);

impl std::fmt::Debug for Bytes {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_map().entries(self.0.iter().map(|(name, bytes)| (name, bytes.len()))).finish()
    }
}

/// A phone whose home is a folder, with a member who has synced and queued a claim.
struct Saved {
    folder: tempfile::TempDir,
    world: World,
    device: Device,
}

impl Saved {
    fn new(seed: u64) -> Saved {
        let world = World::new(seed);
        let backend = Backend::new(&world);
        let folder = tempfile::tempdir().expect("a folder");
        let phone = Phone::in_home(&world, &backend, Home::Folder(folder.path().to_owned()));
        phone.join();
        phone.refresh().expect("a sync");
        phone.device.network.set_online(false);
        phone.wallet().claim(support::COFFEE).expect("a claim");
        let device = phone.into_device();
        // Tasks of the app that has ended hold the file's connections.
        world.end();
        Saved { folder, world, device }
    }

    fn open(&self) -> Result<Wallet, Error> {
        Wallet::open(config(self.folder.path()), self.device.ports())
    }

    fn database(&self) -> std::path::PathBuf {
        let mut files = std::fs::read_dir(self.folder.path()).expect("the folder");
        files
            .find_map(|file| {
                let path = file.expect("a file").path();
                path.extension().is_some_and(|extension| extension == "db").then_some(path)
            })
            .expect("a database")
    }

    fn bytes(&self) -> Bytes {
        let files = std::fs::read_dir(self.folder.path()).expect("the folder");
        let files = files
            .map(|file| {
                let file = file.expect("a file");
                (file.file_name().to_string_lossy().into_owned(), std::fs::read(file.path()).expect("its bytes"))
            })
            // SQLite's own shared memory is made anew at each start.
            .filter(|(name, _)| !name.ends_with("-shm"))
            // A log without a page says nothing.
            .filter(|(name, bytes)| !(name.ends_with("-wal") && bytes.is_empty()));
        Bytes(files.collect())
    }

    fn key_name(&self) -> String {
        self.database().file_stem().expect("a name").to_string_lossy().into_owned()
    }
}

fn config(folder: &Path) -> WalletConfig {
    WalletConfig {
        home: Home::Folder(folder.to_owned()),
        server: Some("http://sandbox".to_owned()),
        language: "en".to_owned(),
    }
}

fn waiting(wallet: &Wallet) -> usize {
    wallet.pending().expect("a view").actions.len()
}

#[test]
fn a_wallet_that_is_saved_opens_with_what_waits_in_it() {
    let saved = Saved::new(1);
    let wallet = saved.open().expect("a wallet");
    assert_eq!(wallet.sign_in_state(), Ok(SignInState::SignedIn));
    assert_eq!(waiting(&wallet), 1);
    let bytes = std::fs::read(saved.database()).expect("the file");
    assert!(!bytes.starts_with(b"SQLite format 3"), "the file is in the clear");
    saved.world.end();
}

#[test]
fn a_home_is_opened_once_and_again_after_it_was_closed() {
    let saved = Saved::new(2);
    let wallet = saved.open().expect("a wallet");
    assert_eq!(saved.open().err(), Some(Error::Unusable(Unusable::HomeInUse)));
    assert_eq!(waiting(&wallet), 1, "the first goes on");
    saved.world.run(wallet.close());
    assert_eq!(waiting(&saved.open().expect("a wallet")), 1);
    saved.world.end();
}

#[test]
fn calls_of_a_wallet_that_is_closed_end_and_its_home_is_free() {
    let saved = Saved::new(9);
    saved.device.network.set_online(true);
    saved.device.network.set_faults(support::good());
    let wallet = Arc::new(saved.open().expect("a wallet"));
    let closing = Arc::clone(&wallet);
    let ended = saved.world.run(async move {
        let address = Address::Email("ada@example.org".to_owned());
        futures_util::join!(closing.refresh(), closing.request_code(address, None), closing.shut_down())
    });
    assert_eq!((ended.0, ended.1.err()), (Err(Error::Closed), Some(Error::Closed)));
    assert_eq!(wallet.card().err(), Some(Error::Closed));
    assert_eq!(wallet.sign_in_state(), Err(Error::Closed));
    assert_eq!(wallet.claim("coffee").err(), Some(Error::Closed));
    saved.world.run({
        let wallet = Arc::clone(&wallet);
        async move { wallet.shut_down().await }
    });
    drop(wallet);
    assert_eq!(waiting(&saved.open().expect("a wallet")), 1);
    saved.world.end();
}

#[test]
fn a_newer_wallet_is_refused_and_left_as_it_is() {
    let saved = Saved::new(3);
    {
        let key = saved.device.ports().secrets.read(&saved.key_name()).expect("a vault").expect("a key");
        let key: [u8; 32] = key.as_slice().try_into().expect("32 bytes");
        let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_WRITE;
        let database = sqlcipher_sys::open(&saved.database(), &key, flags).expect("the file");
        database.pragma_update(None, "user_version", 99).expect("a version");
    }
    let before = saved.bytes();
    assert_eq!(saved.open().err(), Some(Error::Unusable(Unusable::NewerWallet)));
    assert_eq!(saved.bytes(), before);
}

#[test]
fn another_key_opens_nothing_and_destroys_nothing() {
    let saved = Saved::new(4);
    let vault = Arc::clone(&saved.device.ports().secrets);
    let key = vault.read(&saved.key_name()).expect("a vault").expect("a key");
    let before = saved.bytes();
    for wrong in [vec![7; 32], vec![7; 5]] {
        vault.write(&saved.key_name(), &wrong).expect("a write");
        assert_eq!(saved.open().err(), Some(Error::Unusable(Unusable::WrongKey)));
        assert_eq!(saved.bytes(), before);
    }
    vault.write(&saved.key_name(), &key).expect("a write");
    assert_eq!(waiting(&saved.open().expect("a wallet")), 1);
    saved.world.end();
}

#[test]
fn a_file_that_is_no_database_is_refused_and_left_as_it_is() {
    let saved = Saved::new(5);
    std::fs::write(saved.database(), b"not a database, but long enough to be read as a page".repeat(200))
        .expect("a write");
    let before = saved.bytes();
    assert_eq!(saved.open().err(), Some(Error::Unusable(Unusable::WrongKey)));
    assert_eq!(saved.bytes(), before);
}

#[test]
fn a_locked_vault_is_waited_for_and_nothing_is_made_anew() {
    let saved = Saved::new(6);
    let before = saved.bytes();
    saved.device.vault().lock(true);
    assert_eq!(saved.open().err(), Some(Error::Unusable(Unusable::Locked)));
    assert_eq!(saved.bytes(), before);
    saved.device.vault().lock(false);
    assert_eq!(waiting(&saved.open().expect("a wallet")), 1);
    saved.world.end();
}

#[test]
fn an_emptied_vault_sets_the_file_aside_and_says_so() {
    let saved = Saved::new(7);
    let database = std::fs::read(saved.database()).expect("the file");
    saved.device.ports().secrets.delete(&saved.key_name()).expect("a deletion");
    let wallet = saved.open().expect("a wallet");
    assert_eq!(wallet.sign_in_state(), Ok(SignInState::SignedOut));
    assert!(wallet.take_notice().is_some_and(|notice| notice.contains("lost the key")));
    assert_eq!(wallet.card().err(), Some(Error::SignedOut));
    let aside = saved.bytes().0.into_iter().find(|(name, _)| name.ends_with(".aside.db")).expect("the file, set aside");
    assert!(aside.1 == database, "the bytes have changed");
}

#[test]
fn an_index_of_the_future_is_refused_and_left_as_it_is() {
    let saved = Saved::new(8);
    for index in [r#"{"version":2,"current":null,"databases":{}}"#, "{\"version\":1,\"curr", ""] {
        std::fs::write(saved.folder.path().join("members.json"), index).expect("a write");
        let before = saved.bytes();
        assert_eq!(saved.open().err(), Some(Error::Unusable(Unusable::NewerWallet)), "{index}");
        assert_eq!(saved.bytes(), before);
    }
}

#[test]
fn a_home_that_cannot_be_a_folder_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("file");
    std::fs::write(&file, b"in the way").expect("a write");
    let world = World::new(9);
    let device = Device::new(&world, Backend::new(&world).server());
    // Holds for root too: a file is no folder for anybody.
    assert_eq!(
        Wallet::open(config(&file.join("home")), device.ports()).err(),
        Some(Error::Unusable(Unusable::Storage))
    );
    assert_eq!(std::fs::read(&file).expect("the file"), b"in the way");
}

/// A phone that died: its write-ahead log is still beside the file.
#[test]
fn a_log_that_a_crash_left_is_kept_with_its_file_and_read_with_its_key() {
    let saved = Saved::new(10);
    let wallet = saved.open().expect("a wallet");
    wallet.claim(support::COFFEE).expect("a claim");
    let crashed = tempfile::tempdir().expect("a folder");
    for (name, bytes) in saved.bytes().0 {
        std::fs::write(crashed.path().join(name), bytes).expect("a copy");
    }
    drop(wallet);
    saved.world.end();
    let name = saved.key_name();
    let crashed = Saved { folder: crashed, ..saved };
    assert!(crashed.bytes().0.keys().any(|name| name.ends_with("-wal")), "there is no log");

    let vault = Arc::clone(&crashed.device.ports().secrets);
    let key = vault.read(&name).expect("a vault").expect("a key");
    vault.write(&name, &[7; 32]).expect("a write");
    let before = crashed.bytes();
    assert_eq!(crashed.open().err(), Some(Error::Unusable(Unusable::WrongKey)));
    assert_eq!(crashed.bytes(), before);
    vault.write(&name, &key).expect("a write");
    assert_eq!(waiting(&crashed.open().expect("a wallet")), 2);
    crashed.world.end();
}

#[test]
fn a_wallet_that_was_closed_opens_again_at_once() {
    let saved = Saved::new(11);
    for _ in 0..20 {
        let wallet = saved.open().expect("the home is free");
        saved.world.run(wallet.close());
    }
}

/// A home as the first version wrote it: a member of `market` with 100 points and a claim that waits. It is never made
/// anew: a later schema opens it by its migrations.
#[test]
fn a_home_of_schema_1_opens_and_loses_nothing() {
    let frozen = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/schema-001");
    let folder = tempfile::tempdir().expect("a folder");
    for file in ["members.json", "member-fba7aee3688504fd.db"] {
        std::fs::copy(frozen.join(file), folder.path().join(file)).expect("a copy of the fixture");
    }
    let world = World::new(12);
    let backend = Backend::new(&world);
    let device = Device::new(&world, backend.server());
    let ports = device.ports();
    let key = std::fs::read(frozen.join("vault-key")).expect("the fixture's key");
    ports.secrets.write("member-fba7aee3688504fd", &key).expect("a vault");
    device.network.set_online(false);
    let wallet = Wallet::open(config(folder.path()), ports).expect("the frozen home opens");

    let card = wallet.card().expect("a view").card.expect("a card");
    assert_eq!((card.member.as_str(), card.tier.as_deref()), ("Ada", Some("Bronze")));
    let unit = wallet.balance().expect("a view").units.remove(0);
    assert_eq!((unit.confirmed, unit.pending, unit.spendable), (100, -50, 50));
    assert_eq!(wallet.rewards().expect("a view").rewards.len(), 9);
    assert_eq!(wallet.activity(None, 10).expect("a view").lines.len(), 2);
    let pending = wallet.pending().expect("a view").actions;
    assert_eq!((pending.len(), pending[0].state), (1, "queued"));
    // Another server does not know the session: it is over, and nothing of the home is lost.
    device.network.set_online(true);
    let wallet = Arc::new(wallet);
    let refreshed = Arc::clone(&wallet);
    assert_eq!(world.run(async move { refreshed.refresh().await }), Err(Error::SignedOut));
    assert_eq!(wallet.sign_in_state(), Ok(SignInState::Ended));
    assert_eq!(waiting(&wallet), 1);
    world.end();
}
