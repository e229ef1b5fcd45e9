//! A vault that does not answer, was emptied, or holds another key, where a member signs in. Opening is in `saved_wallet.rs`,
//! signing out in `interrupted.rs`.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use member_core::ports::{Secrets as _, SecretsUnavailable};
use member_core::{Address, Error, Home, JoinDetails, SignInState, Unusable};

use crate::support::{COFFEE, EMAIL, Phone};
use crate::{BOB, claim_offline, effects, files, member, phone_in, sign_out, trace_in};

fn ask(phone: &Phone) {
    let address = Address::Email(phone.email.to_owned());
    let join = JoinDetails { name: "Ada".to_owned(), language: "en".to_owned(), terms: "2026-01".to_owned() };
    phone.call(|wallet| async move { wallet.request_code(address, Some(join)).await }).expect("a code");
}

fn enter(phone: &Phone) -> Result<(), Error> {
    let code = phone.backend.last_code();
    phone.call(|wallet| async move { wallet.sign_in(code).await })
}

#[test]
fn a_locked_vault_costs_no_code_and_makes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let (phone, _) = phone_in(1, Home::Folder(folder.path().to_owned()));
    ask(&phone);
    phone.device.vault().lock(true);
    assert_eq!(enter(&phone), Err(Error::Unusable(Unusable::Locked)));
    assert_eq!((phone.wallet().sign_in_state(), files(folder.path()).len()), (Ok(SignInState::CodeSent), 1));
    assert_eq!(phone.backend.requests("POST /v1/auth/token"), 0);
    phone.device.vault().lock(false);
    enter(&phone).expect("the same code");
    phone.refresh().expect("a sync");
    assert_eq!(phone.points(), (100, 0, 100));
}

/// Ended in each call of the vault, and with each of them failing: signed in or not, and the next sign-in works either way. No key
/// is left without a database, and nobody is told of a loss that was none.
#[test]
fn a_sign_in_that_is_interrupted_at_the_vault_leaves_nothing_in_the_way_of_the_next() {
    for killed in [false, true] {
        for at in 0.. {
            let folder = tempfile::tempdir().expect("a folder");
            let (mut phone, _) = phone_in(2, Home::Folder(folder.path().to_owned()));
            ask(&phone);
            let calls = Arc::new(AtomicUsize::new(0));
            let counted = Arc::clone(&calls);
            phone.device.vault().watch(Some(Arc::new(move |_, _| {
                if counted.fetch_add(1, Ordering::SeqCst) != at {
                    return Ok(());
                }
                if killed {
                    std::panic::resume_unwind(Box::new("the app ends"));
                }
                Err(SecretsUnavailable("the device is locked".to_owned()))
            })));
            let entered = catch_unwind(AssertUnwindSafe(|| enter(&phone)));
            let reached = calls.load(Ordering::SeqCst) > at;
            let case = format!("call {at}, killed {killed}: {entered:?}");
            assert_eq!(matches!(entered, Ok(Ok(()))), !reached, "{case}");
            phone.kill();
            phone.world.pass(Duration::from_millis(1));
            phone.device.vault().watch(None);
            phone.start();
            assert_eq!(phone.wallet().sign_in_state() == Ok(SignInState::SignedIn), !reached, "{case}");
            member(&phone);
            assert_eq!((phone.points(), phone.wallet().take_notice()), ((100, 0, 100), None), "{case}");
            assert_eq!(phone.device.vault().names().len(), 1, "{case}");
            sign_out(&phone, Vec::new()).expect("a sign-out");
            assert_eq!((trace_in(folder.path()), phone.device.vault().names()), (Ok(()), Vec::new()), "{case}");
            if !reached {
                assert!(at >= 2, "the vault was asked {at} times only");
                break;
            }
        }
    }
}

/// Ada's key; Bob is on the phone, and she has something waiting.
fn with_bob_on_it(phone: &mut Phone) -> (String, String, String) {
    let ada = member(phone);
    let name = phone.device.vault().names().remove(0);
    let key = claim_offline(phone, COFFEE);
    let rule = serde_json::json!({"path": "/v1/actions", "fault": "status", "status": 503});
    phone.backend.post("/sandbox/v1/faults", &serde_json::json!({"rules": [rule]}));
    phone.device.network.set_online(true);
    phone.email = BOB;
    member(phone);
    phone.backend.post("/sandbox/v1/faults", &serde_json::json!({"rules": []}));
    phone.email = EMAIL;
    (ada, name, key)
}

#[test]
fn a_member_who_returns_to_an_emptied_vault_is_told_and_begins_anew() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut phone, _) = phone_in(3, Home::Folder(folder.path().to_owned()));
    let (ada, name, key) = with_bob_on_it(&mut phone);
    phone.device.vault().delete(&name).expect("a vault");
    assert_eq!(member(&phone), ada);
    assert!(phone.wallet().take_notice().is_some_and(|notice| notice.contains("lost the key")));
    assert_eq!((phone.points(), effects(&phone, &ada, &key)), ((100, 0, 100), 0));
    assert!(files(folder.path()).contains(&format!("{name}.aside.db")), "nothing is deleted");
}

#[test]
fn another_key_in_the_vault_lets_nobody_in_and_changes_nothing() {
    for wrong in [vec![7; 32], vec![7; 31], Vec::new()] {
        let folder = tempfile::tempdir().expect("a folder");
        let (mut phone, _) = phone_in(4, Home::Folder(folder.path().to_owned()));
        let (ada, name, key) = with_bob_on_it(&mut phone);
        let right = phone.device.vault().read(&name).expect("a vault").expect("a key");
        phone.device.vault().write(&name, &wrong).expect("a vault");
        let database = folder.path().join(format!("{name}.db"));
        let before = std::fs::read(&database).expect("the file");
        ask(&phone);
        assert_eq!(enter(&phone), Err(Error::Unusable(Unusable::WrongKey)));
        assert!(std::fs::read(&database).expect("the file") == before, "the file was changed");
        // Bob goes on.
        assert_eq!(phone.wallet().sign_in_state(), Ok(SignInState::SignedIn));
        phone.refresh().expect("a sync");
        assert_eq!(phone.points(), (100, 0, 100));
        phone.device.vault().write(&name, &right).expect("a vault");
        assert_eq!(member(&phone), ada);
        assert_eq!((phone.points(), effects(&phone, &ada, &key)), ((50, 0, 50), 1));
    }
}
