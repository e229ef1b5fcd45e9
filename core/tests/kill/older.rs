//! Wallets of older versions, frozen in tests/fixtures: killed while this version opens them, and held against one that nobody
//! killed. Must not know what a migration does.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use member_core::ports::native::{self, NetworkSwitch};
use member_core::ports::simulated::World;
use member_core::{Home, Wallet, WalletConfig};
use serde_json::{Value, json};

use crate::disk;
use crate::phone::Errand;
use crate::process::{Moment, Process};
use crate::said::{Phase, under_way};

/// What the kills came to.
#[derive(Debug, Default)]
pub struct Tally {
    /// Kills while the wallet was being opened.
    pub while_opening: usize,
    /// Kills after it was open.
    pub opened: usize,
    /// Whether there is anything to migrate.
    pub migrates: bool,
    /// How many kills left the schema as it was, and how many found or left a newer one.
    pub as_it_was: usize,
    pub newer: usize,
}

/// The home of each schema that was ever frozen.
pub fn frozen() -> Vec<PathBuf> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let homes = fs::read_dir(fixtures).expect("fixtures").map(|home| home.expect("a fixture").path());
    let mut homes: Vec<_> = homes.filter(|home| home.join("vault-key").is_file()).collect();
    homes.sort();
    assert!(!homes.is_empty(), "there is no frozen home");
    homes
}

/// So many copies of a frozen home, each killed once or twice while it is opened, and then opened by this process.
pub fn kill_while_opening(frozen: &Path, kills: usize) -> Tally {
    let random = World::new(7);
    let micros = |most: u64| Duration::from_micros(random.below(most));
    let whole = tempfile::tempdir().expect("a folder");
    let (home, database) = copy(frozen, whole.path());
    let version = disk::schema(&database);
    let expected = open(&home);
    let newest = disk::schema(&database);
    let mut tally = Tally { migrates: newest != version, ..Tally::default() };
    for _ in 0..kills {
        let folder = tempfile::tempdir().expect("a folder");
        let (home, database) = copy(frozen, folder.path());
        for _ in 0..=random.below(2) {
            let errand = Errand {
                home: home.clone(),
                server: None,
                seed: 0,
                favours: None,
                times: None,
                safe: Vec::new(),
                only_opens: true,
                too_early: false,
            };
            let moment = match random.below(4) {
                0 => Moment::After(micros(40_000)),
                1 => Moment::In(Phase::Closing, 0, micros(1_000)),
                _ => Moment::In(Phase::Opening, 0, micros(12_000)),
            };
            let said = Process::start(&errand, folder.path()).kill(moment).expect("a phone that opens its wallet");
            let opening = under_way(&said) == [Phase::Opening];
            tally.while_opening += usize::from(opening);
            tally.opened += usize::from(!opening);
        }
        let left = disk::schema(&database);
        assert!(left == version || left == newest, "a schema {left} between {version} and {newest}");
        tally.as_it_was += usize::from(left == version);
        tally.newer += usize::from(left != version);
        assert_eq!(open(&home), expected, "after {tally:?}");
    }
    tally
}

/// A home of its own with the frozen files in it, and its database.
fn copy(frozen: &Path, folder: &Path) -> (PathBuf, PathBuf) {
    let home = folder.join("home");
    fs::create_dir_all(home.join("vault")).expect("a folder");
    for file in fs::read_dir(frozen).expect("a frozen home").map(|file| file.expect("a file").path()) {
        let name = file.file_name().expect("a name");
        if name != "vault-key" {
            fs::copy(&file, home.join(name)).expect("a copy");
        }
    }
    let database = disk::databases(&home).pop().expect("a database");
    let key = home.join("vault").join(database.file_stem().expect("a name"));
    fs::copy(frozen.join("vault-key"), key).expect("a copy");
    (home, database)
}

/// What the wallet shows, far from any network.
fn open(home: &Path) -> Value {
    let network = Arc::new(NetworkSwitch::new(false));
    let ports = native::ports(home.join("vault"), network).expect("ports");
    let config = WalletConfig { home: Home::Folder(home.to_owned()), server: None, language: "en".to_owned() };
    let wallet = Wallet::open(config, ports).expect("a wallet");
    json!({
        "card": wallet.card().expect("a view").card.expect("a card").number,
        "balance": wallet.balance().expect("a view").units,
        "pending": wallet.pending().expect("a view").actions,
        "vouchers": wallet.vouchers().expect("a view").vouchers.len(),
        "activity": wallet.activity(None, 500).expect("a view").lines.len(),
        "rewards": wallet.rewards().expect("a view").rewards.len(),
    })
}
