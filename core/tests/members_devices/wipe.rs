//! A wipe that is interrupted between any two of its steps is finished by the next start; and one under running calls.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use member_core::ports::simulated::{Device, VaultCall, World};
use member_core::ports::{Secrets as _, SecretsUnavailable};
use member_core::{Address, Error, Home, MemoryHome, OneTimeCode, SignInState, Unusable, Wallet, WalletConfig};
use serde_json::Value;

use crate::support::{Backend, COFFEE, EMAIL, Phone, good};
use crate::{HOUR, claim_offline, files, member, phone_in, sign_out, trace, trace_in, wipe};

fn config(folder: &Path) -> WalletConfig {
    WalletConfig {
        home: Home::Folder(folder.to_owned()),
        server: Some("http://sandbox".to_owned()),
        language: "en".to_owned(),
    }
}

/// A home as it is between the mark of a wipe and the deletion of the key.
struct Marked {
    files: BTreeMap<String, Vec<u8>>,
    database: String,
    key: Vec<u8>,
}

impl Marked {
    fn new() -> Marked {
        let folder = tempfile::tempdir().expect("a folder");
        let (phone, _) = phone_in(1, Home::Folder(folder.path().to_owned()));
        member(&phone);
        claim_offline(&phone, COFFEE);
        let database = phone.device.vault().names().remove(0);
        let key = phone.device.vault().read(&database).expect("a vault").expect("a key").to_vec();
        let copy: Arc<Mutex<BTreeMap<String, Vec<u8>>>> = Arc::default();
        let (at, into) = (folder.path().to_owned(), Arc::clone(&copy));
        phone.device.vault().watch(Some(Arc::new(move |call, _| {
            if call == VaultCall::Delete {
                *into.lock().expect("one thread") = read(&at);
            }
            Ok(())
        })));
        wipe(&phone).expect("a wipe");
        let mut files = std::mem::take(&mut *copy.lock().expect("one thread"));
        let database_file = format!("{database}.db");
        assert!(files.contains_key(&database_file), "the files went before the key: {:?}", files.keys());
        let index: Value = serde_json::from_slice(&files["members.json"]).expect("JSON");
        assert_eq!(index["wiping"], serde_json::json!([database]), "the key went before the mark");
        // Whatever SQLite, or an earlier loss of the key, may have left beside it.
        for suffix in ["db-wal", "db-shm", "db-journal", "aside.db", "aside.db-wal"] {
            files.insert(format!("{database}.{suffix}"), b"left by an app that was killed".to_vec());
        }
        Marked { files, database, key }
    }
}

fn read(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let read = |name: String| (name.clone(), std::fs::read(folder.join(name)).expect("its bytes"));
    files(folder).into_iter().map(read).collect()
}

fn write(folder: &Path, files: &BTreeMap<String, Vec<u8>>) {
    for (name, bytes) in files {
        std::fs::write(folder.join(name), bytes).expect("a file");
    }
}

fn device() -> (World, Device) {
    let world = World::new(1);
    let backend = Backend::new(&world);
    let device = Device::new(&world, backend.server());
    device.network.set_online(false);
    (world, device)
}

#[test]
fn whatever_is_left_beside_its_mark_goes_at_the_next_start() {
    let marked = Marked::new();
    let names: Vec<&String> = marked.files.keys().filter(|name| *name != "members.json").collect();
    let mut starts = 0;
    for subset in 0..1_u32 << names.len() {
        for with_key in [true, false] {
            let folder = tempfile::tempdir().expect("a folder");
            let mut left = marked.files.clone();
            left.retain(|name, _| names.iter().position(|file| *file == name).is_none_or(|bit| subset & 1 << bit != 0));
            write(folder.path(), &left);
            let (world, device) = device();
            if with_key {
                device.vault().write(&marked.database, &marked.key).expect("a vault");
            }
            let wallet = Wallet::open(config(folder.path()), device.ports()).expect("a wallet");
            assert_eq!(wallet.sign_in_state(), Ok(SignInState::SignedOut));
            assert_eq!((wallet.card().err(), wallet.take_notice()), (Some(Error::SignedOut), None));
            assert_eq!(trace_in(folder.path()), Ok(()), "{:?}, key {with_key}", left.keys());
            assert_eq!(device.vault().names(), Vec::<String>::new());
            drop(wallet);
            world.end();
            starts += 1;
        }
    }
    assert_eq!(starts, 2 << 6);
}

/// The control: the same home without its mark shows the member again.
#[test]
fn without_its_mark_she_would_be_back() {
    let marked = Marked::new();
    let folder = tempfile::tempdir().expect("a folder");
    let mut files = marked.files.clone();
    files.retain(|name, _| name == "members.json" || *name == format!("{}.db", marked.database));
    let mut index: Value = serde_json::from_slice(&files["members.json"]).expect("JSON");
    index["wiping"] = serde_json::json!([]);
    index["current"] = serde_json::json!(marked.database);
    let member = serde_json::json!({"server": "http://sandbox/", "programme": "market", "member": "member_1"});
    index["databases"] = serde_json::json!({ marked.database.clone(): member });
    files.insert("members.json".to_owned(), serde_json::to_vec(&index).expect("JSON"));
    write(folder.path(), &files);
    let (world, device) = device();
    device.vault().write(&marked.database, &marked.key).expect("a vault");
    let wallet = Wallet::open(config(folder.path()), device.ports()).expect("a wallet");
    assert_eq!(wallet.sign_in_state(), Ok(SignInState::SignedIn));
    assert!(wallet.card().is_ok_and(|view| view.card.is_some()));
    assert!(trace_in(folder.path()).is_err());
    world.end();
}

/// A folder stands where a file is to be deleted or written: nobody can do that, not even root.
fn in_the_way(folder: &Path, name: &str) -> PathBuf {
    let path = folder.join(name);
    if path.is_file() {
        std::fs::remove_file(&path).expect("a deletion");
    }
    std::fs::create_dir_all(path.join("stone")).expect("a folder");
    path
}

#[test]
fn a_disk_that_does_not_let_go_is_tried_again_and_nothing_is_shown_meanwhile() {
    for suffix in ["db", "db-wal", "db-shm"] {
        let folder = tempfile::tempdir().expect("a folder");
        let (mut phone, _) = phone_in(2, Home::Folder(folder.path().to_owned()));
        member(&phone);
        let database = phone.device.vault().names().remove(0);
        let (at, name) = (folder.path().to_owned(), format!("{database}.{suffix}"));
        let stone = at.join(&name);
        phone.device.vault().watch(Some(Arc::new(move |call, deleted| {
            if call == VaultCall::Delete && deleted.starts_with("member-") {
                in_the_way(&at, &name);
            }
            Ok(())
        })));
        let done = sign_out(&phone, Vec::new()).expect("a sign-out");
        assert!(!done.deleted && done.text.contains("Not everything could be deleted yet"), "{done:?}");
        assert_eq!(trace(&phone), Ok(()), "the key is gone, so nothing can be read");
        phone.device.vault().watch(None);
        phone.start();
        assert_eq!((trace(&phone), trace_in(folder.path()).is_err()), (Ok(()), true), "{suffix}");
        // The way is free again: without a restart, and without anybody asking.
        std::fs::remove_dir_all(stone).expect("a deletion");
        phone.world.pass(HOUR);
        assert_eq!(trace_in(folder.path()), Ok(()), "{suffix}");
    }
}

#[test]
fn where_the_mark_cannot_be_written_nothing_happens() {
    let folder = tempfile::tempdir().expect("a folder");
    let (phone, _) = phone_in(3, Home::Folder(folder.path().to_owned()));
    member(&phone);
    let key = claim_offline(&phone, COFFEE);
    let stone = in_the_way(folder.path(), "members.json.new");
    for result in [wipe(&phone), sign_out(&phone, vec![key.clone()])] {
        assert_eq!(result, Err(Error::Unusable(Unusable::Storage)));
        assert_eq!(phone.wallet().sign_in_state(), Ok(SignInState::SignedIn));
        assert_eq!((phone.points(), phone.device.vault().names().len()), ((100, -50, 50), 1));
    }
    std::fs::remove_dir_all(stone).expect("a deletion");
    phone.device.network.set_online(true);
    phone.refresh().expect("she goes on");
    assert_eq!(phone.points(), (50, 0, 50));
    sign_out(&phone, Vec::new()).expect("a sign-out");
    assert_eq!(trace_in(folder.path()), Ok(()));
}

#[test]
fn a_locked_vault_keeps_the_mark_and_the_key_goes_when_it_can_without_a_restart() {
    let (phone, _) = phone_in(4, Home::Memory(MemoryHome::new()));
    member(&phone);
    phone.device.vault().watch(Some(Arc::new(|call, _| match call {
        VaultCall::Delete => Err(SecretsUnavailable("the device is locked".to_owned())),
        VaultCall::Read | VaultCall::Write => Ok(()),
    })));
    let done = sign_out(&phone, Vec::new()).expect("a sign-out");
    assert!(!done.deleted);
    assert_eq!(phone.wallet().card().err(), Some(Error::SignedOut));
    // She signs in again meanwhile: with a database and a key of its own.
    member(&phone);
    assert_eq!((phone.points(), phone.device.vault().names().len()), ((100, 0, 100), 3));
    phone.device.vault().watch(None);
    phone.world.pass(HOUR);
    assert_eq!(phone.device.vault().names().len(), 1);
    phone.refresh().expect("she goes on");
}

#[test]
fn calls_that_run_while_everything_is_forgotten_end_and_bring_nobody_back() {
    for seed in 0..30 {
        let folder = tempfile::tempdir().expect("a folder");
        let (mut phone, _) = phone_in(seed, Home::Folder(folder.path().to_owned()));
        member(&phone);
        phone.world.pass(HOUR);
        let asked = Address::Email(EMAIL.to_owned());
        phone.call(|wallet| async move { wallet.request_code(asked, None).await }).expect("a code");
        let code = phone.backend.last_code();
        phone.device.network.set_faults(good());
        let [refreshing, asking, signing, wiping] = std::array::from_fn(|_| Arc::clone(phone.wallet()));
        let (world, delay) = (phone.world.clone(), Duration::from_millis(phone.world.below(150)));
        let (refreshed, asked, signed_in, wiped) = phone.world.run(async move {
            let wipe = async {
                world.sleep(delay).await;
                wiping.wipe().await
            };
            let code = OneTimeCode::new(code.reveal());
            let address = Address::Email("bob@example.org".to_owned());
            futures_util::join!(refreshing.refresh(), asking.request_code(address, None), signing.sign_in(code), wipe)
        });
        assert!(wiped.is_ok_and(|done| done.deleted), "seed {seed}");
        assert!(matches!(refreshed, Ok(()) | Err(Error::SignedOut)), "seed {seed}: {refreshed:?}");
        assert!(matches!(asked, Ok(_) | Err(Error::SignedOut)), "seed {seed}: {asked:?}");
        // The code of the first request may have been voided by the second: then it is refused.
        assert!(
            matches!(signed_in, Ok(()) | Err(Error::SignedOut | Error::Refused { .. })),
            "seed {seed}: {signed_in:?}"
        );
        phone.world.pass(HOUR);
        let state = phone.wallet().sign_in_state();
        assert_eq!((state, trace(&phone), trace_in(folder.path())), (Ok(SignInState::SignedOut), Ok(()), Ok(())));
        // The home is free at once.
        phone.call(|wallet| async move { wallet.shut_down().await });
        phone.start();
        assert_eq!(phone.wallet().sign_in_state(), Ok(SignInState::SignedOut));
    }
}

/// What cannot be opened cannot be signed out of; it can be forgotten.
#[test]
fn a_home_that_does_not_open_can_be_forgotten() {
    type Harm = fn(&Path, &Device, &str);
    let harms: [(&str, Harm, Unusable); 3] = [
        ("another key", |_, device, name| device.vault().write(name, &[7; 32]).expect("a vault"), Unusable::WrongKey),
        (
            "an index that is none",
            |folder, _, _| std::fs::write(folder.join("members.json"), b"{").expect("a file"),
            Unusable::NewerWallet,
        ),
        (
            "a newer index",
            |folder, _, _| std::fs::write(folder.join("members.json"), br#"{"version":9}"#).expect("a file"),
            Unusable::NewerWallet,
        ),
    ];
    for (what, harm, why) in harms {
        let folder = tempfile::tempdir().expect("a folder");
        let (phone, _) = phone_in(5, Home::Folder(folder.path().to_owned()));
        member(&phone);
        let (world, database) = (phone.world.clone(), phone.device.vault().names().remove(0));
        let device = phone.into_device();
        harm(folder.path(), &device, &database);
        assert_eq!(Wallet::open(config(folder.path()), device.ports()).err(), Some(Error::Unusable(why)), "{what}");
        device.vault().lock(true);
        let home = || Home::Folder(folder.path().to_owned());
        assert_eq!(Wallet::forget(home(), device.vault()), Err(Error::Unusable(Unusable::Locked)), "{what}");
        device.vault().lock(false);
        Wallet::forget(home(), device.vault()).expect("a home that can be forgotten");
        assert_eq!(trace_in(folder.path()), Ok(()), "{what}");
        assert_eq!(device.vault().names(), Vec::<String>::new(), "{what}");
        let wallet = Wallet::open(config(folder.path()), device.ports()).expect("a new wallet");
        assert_eq!(wallet.sign_in_state(), Ok(SignInState::SignedOut), "{what}");
        assert_eq!(Wallet::forget(home(), device.vault()), Err(Error::Unusable(Unusable::HomeInUse)), "{what}");
        drop(wallet);
        world.end();
    }
}

#[test]
fn a_file_that_was_set_aside_goes_with_its_member_and_with_nobody_else() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut phone, _) = phone_in(6, Home::Folder(folder.path().to_owned()));
    let lose_the_key = |phone: &mut Phone| {
        let names = phone.device.vault().names();
        phone.kill();
        for name in &names {
            phone.device.vault().delete(name).expect("a vault");
        }
        phone.start();
        assert!(phone.wallet().take_notice().is_some_and(|notice| notice.contains("lost the key")));
    };
    member(&phone);
    lose_the_key(&mut phone);
    phone.email = crate::BOB;
    member(&phone);
    let aside = |folder: &Path| files(folder).iter().filter(|name| name.ends_with(".aside.db")).count();
    assert_eq!(aside(folder.path()), 1);
    sign_out(&phone, Vec::new()).expect("Bob signs out");
    assert_eq!(aside(folder.path()), 1, "Ada's file is hers");
    phone.email = EMAIL;
    member(&phone);
    sign_out(&phone, Vec::new()).expect("Ada signs out");
    assert_eq!((trace_in(folder.path()), phone.device.vault().names()), (Ok(()), Vec::new()));
}

/// A rescue leaves the damaged file, and the key that opens it, for whoever wants to look at it: until its member signs out.
#[test]
fn what_a_rescue_set_aside_goes_with_its_key_when_its_member_signs_out() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut phone, _) = phone_in(7, Home::Folder(folder.path().to_owned()));
    member(&phone);
    for rescues in 1..3 {
        let database = phone.device.vault().names().pop().expect("a key");
        phone.kill();
        let path = folder.path().join(format!("{database}.db"));
        let mut bytes = std::fs::read(&path).expect("the file");
        // A bit of every other page after the first.
        bytes.chunks_mut(4096).skip(1).step_by(2).for_each(|page| page[100] ^= 1);
        std::fs::write(&path, bytes).expect("a damaged file");
        phone.start();
        phone.world.pass(HOUR);
        // What held the tokens may be among what cannot be read.
        member(&phone);
        assert_eq!(phone.device.vault().names().len(), rescues + 1, "{:?}", files(folder.path()));
    }
    assert!(files(folder.path()).iter().filter(|name| name.contains(".aside.")).count() >= 2);
    sign_out(&phone, Vec::new()).expect("a sign-out");
    assert_eq!((trace_in(folder.path()), phone.device.vault().names()), (Ok(()), Vec::new()));
}
