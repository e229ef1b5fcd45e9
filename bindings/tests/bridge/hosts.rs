//! What the host brings, and how it fails: observers, vaults, the network's switch.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use member_ffi::{HostConnectivity, HostFault, HostSecrets, SignInState, Wallet, WalletError};

use crate::support::{Backend, COFFEE, Hears, Host, Vault, points, wait};

#[test]
fn an_observer_that_fails_or_panics_stops_nobody() {
    let backend = Backend::start();
    let host = Host::new(backend.url());
    let wallet = host.open().expect("a wallet");
    host.join(&wallet, &backend);
    let heard = Arc::new(AtomicUsize::new(0));
    let failing = Hears(|_| Err(HostFault::Unavailable { reason: "a fault of the host".to_owned() }));
    let panicking = Hears(|_| -> Result<(), HostFault> { panic!("a fault of the host") });
    let counting = {
        let heard = Arc::clone(&heard);
        Hears(move |_| {
            heard.fetch_add(1, Ordering::SeqCst);
            Ok(())
        })
    };
    let first = wallet.observe(Arc::new(failing)).expect("a subscription");
    let second = wallet.observe(Arc::new(panicking)).expect("a subscription");
    let third = wallet.observe(Arc::new(counting)).expect("a subscription");
    wait(wallet.claim(COFFEE.to_owned())).expect("a claim");
    assert!(heard.load(Ordering::SeqCst) > 0);
    for subscription in [first, second, third] {
        subscription.cancel();
        subscription.cancel();
    }
    let before = heard.load(Ordering::SeqCst);
    wait(wallet.refresh()).expect("a sync");
    assert_eq!(heard.load(Ordering::SeqCst), before, "a cancelled subscription hears no more");
}

#[test]
fn an_observer_may_call_back_in_and_cancel_itself() {
    let backend = Backend::start();
    let host = Host::new(backend.url());
    let wallet = host.open().expect("a wallet");
    host.join(&wallet, &backend);
    let seen = Arc::new(AtomicUsize::new(0));
    let itself: Arc<OnceLock<(Arc<Wallet>, Arc<member_ffi::Subscription>)>> = Arc::default();
    let calls_in = {
        let (seen, itself) = (Arc::clone(&seen), Arc::clone(&itself));
        Hears(move |_| {
            let Some((wallet, subscription)) = itself.get() else { return Ok(()) };
            assert!(wallet.card_now().is_ok() && wait(wallet.pending()).is_ok());
            subscription.cancel();
            seen.fetch_add(1, Ordering::SeqCst);
            Ok(())
        })
    };
    let subscription = wallet.observe(Arc::new(calls_in)).expect("a subscription");
    assert!(itself.set((Arc::clone(&wallet), subscription)).is_ok());
    wait(wallet.claim(COFFEE.to_owned())).expect("a claim");
    wait(wallet.refresh()).expect("a sync");
    assert_eq!(seen.load(Ordering::SeqCst), 1);
}

#[test]
fn a_vault_that_cannot_say_changes_nothing() {
    let backend = Backend::start();
    let host = Host::new(backend.url());
    let vault = Arc::new(Vault::default());
    let open = || host.open_with(Arc::clone(&vault) as Arc<dyn HostSecrets>);
    let wallet = open().expect("a wallet");
    host.join(&wallet, &backend);
    wait(wallet.close());
    let names = vault.names();
    assert_eq!(names.len(), 1);

    vault.locked.store(true, Ordering::SeqCst);
    let error = open().map(drop).unwrap_err();
    assert!(matches!(&error, WalletError::Unusable { code, .. } if code == "locked"), "{error:?}");
    vault.locked.store(false, Ordering::SeqCst);
    let wallet = open().expect("the wallet again");
    assert_eq!(wait(wallet.sign_in_state()), Ok(SignInState::SignedIn));
    assert_eq!((points(&wallet), vault.names()), ((100, 0, 100), names));
}

#[test]
fn an_emptied_vault_is_said_once() {
    let backend = Backend::start();
    let host = Host::new(backend.url());
    let wallet = host.open_with(Arc::new(Vault::default())).expect("a wallet");
    host.join(&wallet, &backend);
    wait(wallet.close());
    let wallet = host.open_with(Arc::new(Vault::default())).expect("a wallet");
    assert_eq!(wait(wallet.sign_in_state()), Ok(SignInState::SignedOut));
    assert!(wallet.take_notice().expect("an answer").is_some());
    assert_eq!(wallet.take_notice(), Ok(None));
}

#[test]
fn a_host_that_does_not_say_whether_there_is_a_network_is_taken_to_have_one() {
    struct Silent;
    impl HostConnectivity for Silent {
        fn is_online(&self) -> Result<bool, HostFault> {
            Err(HostFault::Unavailable { reason: "a fault of the host".to_owned() })
        }
    }
    let backend = Backend::start();
    let host = Host::new(backend.url());
    let wallet = Wallet::open(host.config(), Arc::new(Vault::default()), Arc::new(Silent)).expect("a wallet");
    host.join(&wallet, &backend);
    wait(wallet.claim(COFFEE.to_owned())).expect("a claim");
    crate::support::eventually("the claim is sent by itself", || (points(&wallet) == (50, 0, 50)).then_some(()));
}

#[test]
fn files_keep_secrets_for_hosts_without_a_vault() {
    let folder = tempfile::tempdir().expect("a folder");
    let vault = member_ffi::file_secrets(folder.path().join("vault").to_str().expect("UTF-8").to_owned());
    assert_eq!(vault.read("a".to_owned()), Ok(None));
    vault.write("a".to_owned(), vec![1, 2, 3]).expect("a write");
    assert_eq!(vault.read("a".to_owned()), Ok(Some(vec![1, 2, 3])));
    vault.delete("a".to_owned()).expect("a deletion");
    assert_eq!(vault.read("a".to_owned()), Ok(None));
    assert!(matches!(vault.read("../a".to_owned()), Err(HostFault::Unavailable { .. })));
}
