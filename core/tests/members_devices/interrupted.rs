//! Signing out and being forgotten, ended at each step: by a vault that does not answer, and by the end of the app. Afterwards the
//! member is there as before, or she is gone; there is nothing between.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use member_core::ports::{Secrets as _, SecretsUnavailable};
use member_core::{Error, Home, MemoryHome, SignInState, SignOutDone, Unusable};

use crate::support::{COFFEE, Phone};
use crate::{claim_offline, effects, member, phone_in, prepare, sign_out, trace, trace_in, wipe};

/// How a call of the vault ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// This one does not answer.
    Once,
    /// From this one on none answers.
    FromThenOn,
    /// The app ends in it.
    Killed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    SignOut,
    Wipe,
}

/// From its call number `at` on the vault does not do as it should. Counts the calls.
fn watch(phone: &Phone, at: usize, end: End) -> Arc<AtomicUsize> {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    phone.device.vault().watch(Some(Arc::new(move |_, _| {
        let call = counted.fetch_add(1, Ordering::SeqCst);
        let unavailable = || Err(SecretsUnavailable("the device is locked".to_owned()));
        match end {
            End::Once if call == at => unavailable(),
            End::FromThenOn if call >= at => unavailable(),
            // Without a word on standard error: the app just ends.
            End::Killed if call == at => std::panic::resume_unwind(Box::new("the app ends")),
            _ => Ok(()),
        }
    })));
    calls
}

/// The member is here as before: on screen, in the vault, and what waited takes effect.
fn is_here(phone: &Phone, ada: &str, key: &str) -> Result<(), String> {
    let wallet = phone.wallet();
    if wallet.sign_in_state() != Ok(SignInState::SignedIn) || phone.points() != (100, -50, 50) {
        return Err(format!("{:?} {:?}", wallet.sign_in_state(), wallet.balance()));
    }
    phone.world.pass(Duration::from_secs(1));
    if phone.device.vault().names().len() != 1 {
        return Err(format!("a token is left: {:?}", phone.device.vault().names()));
    }
    phone.device.network.set_online(true);
    phone.refresh().map_err(|error| format!("her session is over: {error}"))?;
    if effects(phone, ada, key) == 1 { Ok(()) } else { Err("what waited is lost".to_owned()) }
}

/// Nothing of the member is left, and the server has been told, or never was to be.
fn is_gone(phone: &Phone, folder: Option<&std::path::Path>, ada: &str, key: &str) -> Result<(), String> {
    trace(phone)?;
    folder.map_or(Ok(()), trace_in)?;
    phone.device.network.set_online(true);
    phone.world.pass(Duration::from_mins(3));
    let left = phone.device.vault().names();
    if !left.is_empty() {
        return Err(format!("the vault holds {left:?}"));
    }
    if effects(phone, ada, key) != 0 {
        return Err("a deleted action took effect".to_owned());
    }
    // She may come back, and finds what the server has.
    if member(phone) != ada || phone.points() != (100, 0, 100) {
        return Err(format!("after signing in again: {:?}", phone.points()));
    }
    Ok(())
}

/// The vault was not asked as often as that.
struct NotReached;

/// How a call ended; `None` where the app ended in it.
type Answer = Option<Result<SignOutDone, Error>>;

/// Plays once. Answers how the call ended, and nothing where the vault was not asked as often as that.
fn play(seed: u64, in_folder: bool, way: Way, at: usize, end: End) -> Result<Answer, NotReached> {
    let folder = in_folder.then(|| tempfile::tempdir().expect("a folder"));
    let home = match &folder {
        Some(folder) => Home::Folder(folder.path().to_owned()),
        None => Home::Memory(MemoryHome::new()),
    };
    let (mut phone, _) = phone_in(seed, home);
    let ada = member(&phone);
    let key = claim_offline(&phone, COFFEE);
    let shown = prepare(&phone).shown;
    let calls = watch(&phone, at, end);
    let answer = catch_unwind(AssertUnwindSafe(|| match way {
        Way::SignOut => sign_out(&phone, shown),
        Way::Wipe => wipe(&phone),
    }));
    let reached = calls.load(Ordering::SeqCst) > at;
    let case = format!("{way:?}, call {at} of the vault, {end:?}, folder {in_folder}: {answer:?}");
    let answer = answer.ok();

    // While the vault goes on not answering, the app starts where nobody is signed in; nothing is shown and nothing is lost.
    if let (End::FromThenOn, true, Some(Ok(done))) = (end, reached, &answer) {
        assert!(!done.deleted || !done.told, "{case}");
        assert_eq!(phone.wallet().sign_in_state(), Ok(SignInState::SignedOut), "{case}");
        phone.start();
        assert_eq!(phone.wallet().sign_in_state(), Ok(SignInState::SignedOut), "{case}");
        assert_eq!(phone.wallet().card().err(), Some(Error::SignedOut), "{case}");
    }
    phone.kill();
    // What waited for the app's answer hears that there is none.
    phone.world.pass(Duration::from_millis(1));
    phone.device.vault().watch(None);
    phone.start();
    let folder = folder.as_ref().map(tempfile::TempDir::path);
    let gone = phone.wallet().sign_in_state() == Ok(SignInState::SignedOut);
    let ended = if gone { is_gone(&phone, folder, &ada, &key) } else { is_here(&phone, &ada, &key) };
    assert_eq!(ended, Ok(()), "{case}");
    match &answer {
        Some(Ok(_)) => assert!(gone, "{case}: she is back"),
        Some(Err(error)) => {
            assert_eq!(*error, Error::Unusable(Unusable::Locked), "{case}");
            assert!(!gone, "{case}: she is gone, and was told otherwise");
        }
        None => assert_eq!(end, End::Killed, "{case}"),
    }
    if reached { Ok(answer) } else { Err(NotReached) }
}

#[test]
fn at_each_call_of_the_vault_she_is_there_as_before_or_gone() {
    for way in [Way::SignOut, Way::Wipe] {
        for end in [End::Once, End::FromThenOn, End::Killed] {
            for in_folder in [false, true] {
                let answers: Vec<_> = (0..)
                    .map_while(|at| play(u64::try_from(at).expect("a small number"), in_folder, way, at, end).ok())
                    .collect();
                // Writing the token and deleting the key; or deleting the key alone.
                let least = if way == Way::SignOut { 2 } else { 1 };
                assert!(answers.len() >= least, "{way:?} asks the vault {} times only", answers.len());
                // The first of a sign-out is before its mark, the last after it.
                let undone = answers.first().is_some_and(|answer| matches!(answer, Some(Err(_))));
                assert_eq!(undone, way == Way::SignOut && end != End::Killed, "{way:?} {end:?} {answers:?}");
            }
        }
    }
}

/// The control: the same looks find a member who is still there, one of whom something is left, and one who lost something.
#[test]
fn the_looks_find_what_they_are_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let (phone, _) = phone_in(1, Home::Folder(folder.path().to_owned()));
    let ada = member(&phone);
    let key = claim_offline(&phone, COFFEE);
    assert!(is_gone(&phone, Some(folder.path()), &ada, &key).is_err_and(|why| why.contains("is shown")));
    phone.wallet().discard(&key).expect("it was never sent");
    assert!(is_here(&phone, &ada, &key).is_err());
    wipe(&phone).expect("a wipe");
    assert!(is_here(&phone, &ada, &key).is_err());
    std::fs::write(folder.path().join("member-0.db-wal"), b"a page").expect("a file");
    assert!(is_gone(&phone, Some(folder.path()), &ada, &key).is_err_and(|why| why.contains("files are left")));
}

/// The app ended when the token was kept already, and before the mark: the sign-out never happened. Her session is not ended behind
/// her back, and no token is left beside her key.
#[test]
fn a_sign_out_that_ended_before_its_mark_never_happened() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut phone, seen) = phone_in(2, Home::Folder(folder.path().to_owned()));
    let ada = member(&phone);
    let key = claim_offline(&phone, COFFEE);
    phone.kill();
    let token = seen.lock().expect("one thread").refresh.last().expect("a token").clone();
    let index = folder.path().join("members.json");
    let text = std::fs::read_to_string(&index).expect("the index");
    let mut listed: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let revocation = serde_json::json!({"server": "http://sandbox/", "database": listed["current"]});
    listed["revocations"] = serde_json::json!({ "revoke-1": revocation });
    std::fs::write(&index, listed.to_string()).expect("an index");
    phone.device.vault().write("revoke-1", token.as_bytes()).expect("a vault");
    phone.device.network.set_online(true);
    phone.start();
    phone.world.pass(Duration::from_mins(5));
    assert_eq!(seen.lock().expect("one thread").revoked, Vec::<String>::new());
    assert_eq!(phone.device.vault().names().len(), 1);
    phone.refresh().expect("her session goes on");
    assert_eq!((phone.points(), effects(&phone, &ada, &key)), ((50, 0, 50), 1));
}
