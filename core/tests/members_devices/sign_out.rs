//! Signing out: what is asked, what is sent before, what is deleted, and how the server hears of it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode, header};
use member_core::ports::HttpAnswer;
use member_core::ports::simulated::Faults;
use member_core::{Error, Home, HostEvent, MemoryHome, Observer, SignInState, Topic};
use serde_json::json;

use crate::support::{COFFEE, EMAIL, Phone, good};
use crate::{DAY, HOUR, claim_offline, effects, is_good, member, phone_in, prepare, sign_out, trace, trace_in, wipe};

const REVOKE: &str = "POST /v1/auth/revoke";

fn memory() -> Home {
    Home::Memory(MemoryHome::new())
}

fn not_shown(result: &Result<member_core::SignOutDone, Error>) -> bool {
    matches!(result, Err(Error::Refused { code: "not-shown", text }) if text.contains("list again"))
}

#[derive(Default)]
struct Heard(Mutex<Vec<Topic>>);

impl Observer for Heard {
    fn changed(&self, topics: &[Topic]) {
        self.0.lock().expect("one thread").extend(topics);
    }
}

#[test]
fn nothing_is_left_of_who_signs_out_and_her_session_is_over_everywhere() {
    let folder = tempfile::tempdir().expect("a folder");
    let (phone, seen) = phone_in(1, Home::Folder(folder.path().to_owned()));
    member(&phone);
    let token = seen.lock().expect("one thread").refresh.last().expect("a token").clone();
    let heard = Arc::new(Heard::default());
    let _subscription = phone.wallet().observe(Arc::clone(&heard) as Arc<dyn Observer>);
    let shown = phone.wallet().show_card().expect("a card on screen");

    let before = phone.backend.log.lock().expect("one thread").len();
    let view = prepare(&phone);
    assert_eq!((view.shown.len(), view.unsent.len(), view.sent.len()), (0, 0, 0));
    assert_eq!((view.unsent_text, view.sent_text, view.advice), (None, None, None));
    assert_eq!((view.confirm.as_str(), view.cancel.as_str()), ("Sign out", "Stay signed in"));
    assert_eq!(phone.backend.log.lock().expect("one thread").len(), before, "there was nothing to be sent");

    let done = sign_out(&phone, view.shown).expect("a sign-out");
    assert_eq!((done.deleted, done.told), (true, true));
    assert_eq!(done.text, "You are signed out. Nothing of yours is left on this device.");
    assert_eq!((trace(&phone), trace_in(folder.path())), (Ok(()), Ok(())));
    assert_eq!(phone.device.vault().names(), Vec::<String>::new());
    assert_eq!(shown.view().err(), Some(Error::SignedOut));
    assert!(heard.0.lock().expect("one thread").contains(&Topic::Session));
    assert_eq!(phone.backend.requests(REVOKE), 1);
    assert!(!is_good(&phone.backend, &token));
    assert_eq!(sign_out(&phone, Vec::new()), Err(Error::SignedOut));
    // The next one begins with nothing of hers.
    drop(shown);
    member(&phone);
    assert_eq!(phone.points(), (100, 0, 100));
}

#[test]
fn what_waits_is_sent_while_the_member_waits() {
    let (phone, _) = phone_in(2, memory());
    let ada = member(&phone);
    let key = claim_offline(&phone, COFFEE);
    phone.device.network.set_online(true);
    let view = prepare(&phone);
    assert_eq!((view.shown.len(), effects(&phone, &ada, &key)), (0, 1));
    sign_out(&phone, view.shown).expect("a sign-out");
    assert_eq!(trace(&phone), Ok(()));
}

#[test]
fn she_waits_no_longer_than_she_should() {
    let (phone, _) = phone_in(3, memory());
    member(&phone);
    claim_offline(&phone, COFFEE);
    phone.device.network.set_faults(Faults { lose_request: 1000, ..good() });
    phone.device.network.set_online(true);
    for _ in 0..10 {
        let begin = phone.world.elapsed();
        assert_eq!(prepare(&phone).shown.len(), 1);
        let took = phone.world.elapsed().saturating_sub(begin);
        assert!(took <= Duration::from_secs(20), "{took:?}");
    }
}

#[test]
fn what_cannot_be_sent_is_named_and_deleted_only_with_her_consent() {
    let (phone, seen) = phone_in(4, memory());
    let ada = member(&phone);
    phone.backend.post("/sandbox/v1/grant", &json!({"member": ada, "unit": "points", "amount": 400}));
    phone.refresh().expect("a sync");
    let first = claim_offline(&phone, COFFEE);
    let view = prepare(&phone);
    assert_eq!(view.unsent.len(), 1);
    assert_eq!(
        (view.unsent[0].title.as_str(), view.unsent[0].key.as_str()),
        ("Claim: Coffee of your choice", first.as_str())
    );
    let lead = "1 action has not been sent. If you sign out, it is deleted without effect:";
    assert_eq!(view.unsent_text.as_deref(), Some(lead));
    let advice = "If you stay signed in, this is sent when there is a connection.";
    assert_eq!(view.advice.as_deref(), Some(advice));
    assert_eq!(view.confirm, "Delete and sign out");

    // Something new waits since then: she did not agree to that.
    let second = phone.wallet().claim("tote-bag").expect("a claim").key;
    for shown in [view.shown.clone(), Vec::new(), vec![second.clone()]] {
        assert!(not_shown(&sign_out(&phone, shown)));
    }
    assert_eq!(sign_out(&phone, vec!["no key".to_owned()]).err().map(|error| error.code()), Some("invalid-key"));
    assert_eq!(phone.wallet().sign_in_state(), Ok(SignInState::SignedIn));
    assert_eq!(phone.points(), (500, -200, 300));
    assert_eq!(phone.device.vault().names().len(), 1, "no token is left beside the key");

    let view = prepare(&phone);
    assert_eq!(view.shown, [first.clone(), second.clone()]);
    let done = sign_out(&phone, view.shown).expect("a sign-out");
    assert_eq!((done.deleted, done.told), (true, false));
    assert!(done.text.ends_with("The programme is told when there is a connection."), "{}", done.text);
    phone.device.network.set_online(true);
    member(&phone);
    phone.world.pass(DAY);
    assert_eq!((phone.points(), effects(&phone, &ada, &first), effects(&phone, &ada, &second)), ((500, 0, 500), 0, 0));
    assert_eq!(seen.lock().expect("one thread").actions.len(), 0, "a deleted action was sent");
}

/// Between the refusal and what is done next everything goes on as before.
#[test]
fn who_was_refused_to_sign_out_goes_on_by_herself() {
    let (phone, _) = phone_in(5, memory());
    let ada = member(&phone);
    let _shown = phone.wallet().show_card().expect("a card on screen");
    let key = claim_offline(&phone, COFFEE);
    assert!(not_shown(&sign_out(&phone, Vec::new())));
    phone.device.network.set_online(true);
    phone.wallet().host_event(HostEvent::NetworkAvailable);
    phone.wait("the claim", HOUR, |wallet| wallet.pending().is_ok_and(|view| view.actions.is_empty()));
    assert_eq!((phone.points(), effects(&phone, &ada, &key)), ((50, 0, 50), 1));
    phone.backend.accrue(&phone.card_number(), 3500);
    phone.wait("the points", Duration::from_secs(2), |wallet| {
        wallet.balance().is_ok_and(|view| view.units[0].confirmed == 85)
    });
}

/// The claim comes while the sign-out waits for the driver to end: it is seen, or it is told that nobody is signed in. It is never
/// acknowledged and then deleted.
#[test]
fn a_claim_during_the_sign_out_is_never_acknowledged_and_deleted() {
    let (mut refused, mut signed_out) = (0, 0);
    for seed in 0..80 {
        let (phone, _) = phone_in(seed, memory());
        phone.device.network.set_faults(good());
        let ada = member(&phone);
        // The token has run out: the sign-out waits for its renewal.
        phone.world.pass(HOUR);
        let wallet = Arc::clone(phone.wallet());
        let (world, other) = (phone.world.clone(), Arc::clone(phone.wallet()));
        let refreshing = Arc::clone(phone.wallet());
        let delay = Duration::from_millis(phone.world.below(100));
        let (claimed, left, refreshed) = phone.world.run(async move {
            let claim = async {
                world.sleep(delay).await;
                other.claim(COFFEE)
            };
            let leave = async {
                world.sleep(Duration::from_millis(1)).await;
                wallet.sign_out(Vec::new()).await
            };
            futures_util::join!(claim, leave, refreshing.refresh())
        });
        match (&claimed, &left) {
            (Ok(_), Err(_)) => {
                assert!(not_shown(&left), "seed {seed}: {left:?}");
                refused += 1;
                phone.refresh().expect("a sync");
                let key = &claimed.as_ref().expect("a claim").key;
                assert_eq!(effects(&phone, &ada, key), 1, "seed {seed}");
            }
            (Err(error), Ok(_)) => {
                assert_eq!(*error, Error::SignedOut, "seed {seed}");
                signed_out += 1;
                assert_eq!(trace(&phone), Ok(()), "seed {seed}");
                assert!(matches!(refreshed, Ok(()) | Err(Error::SignedOut)), "seed {seed}: {refreshed:?}");
            }
            // Sent, confirmed and gone from the list before the sign-out looked.
            (Ok(claimed), Ok(_)) => assert_eq!(effects(&phone, &ada, &claimed.key), 1, "seed {seed}"),
            (Err(claim), Err(left)) => panic!("seed {seed}: {claim:?} {left:?}"),
        }
    }
    assert!(refused > 5 && signed_out > 5, "{refused} refused, {signed_out} signed out");
}

#[test]
fn what_was_sent_is_listed_apart_and_may_take_effect_after_her() {
    let (phone, _) = phone_in(6, memory());
    let ada = member(&phone);
    phone.device.network.set_faults(Faults { lose_answer: 1000, ..good() });
    let key = phone.wallet().claim(COFFEE).expect("a claim").key;
    phone.wait("the effect", HOUR, |_| effects(&phone, &ada, &key) == 1);
    phone.device.network.set_online(false);
    phone.world.pass(Duration::from_mins(1));
    let view = prepare(&phone);
    assert_eq!((view.unsent.len(), view.sent.len(), view.confirm.as_str()), (0, 1, "Sign out"));
    let lead = "1 action has been sent and has not been confirmed. It may still take effect:";
    assert_eq!((view.sent_text.as_deref(), view.advice), (Some(lead), None));
    assert!(not_shown(&sign_out(&phone, Vec::new())), "she was not shown it");
    sign_out(&phone, view.shown).expect("a sign-out");
    phone.device.network.set_faults(good());
    phone.device.network.set_online(true);
    member(&phone);
    assert_eq!((phone.points(), effects(&phone, &ada, &key)), ((50, 0, 50), 1));
}

#[test]
fn offline_the_token_alone_is_kept_and_the_server_is_told_when_there_is_a_network() {
    for restarts in [false, true] {
        let folder = tempfile::tempdir().expect("a folder");
        let (mut phone, seen) = phone_in(7, Home::Folder(folder.path().to_owned()));
        member(&phone);
        let token = seen.lock().expect("one thread").refresh.last().expect("a token").clone();
        phone.device.network.set_online(false);
        let done = sign_out(&phone, Vec::new()).expect("a sign-out");
        assert_eq!((done.deleted, done.told, trace_in(folder.path())), (true, false, Ok(())));
        let names = phone.device.vault().names();
        assert!(names.len() == 1 && names[0].starts_with("revoke-"), "{names:?}");
        phone.world.pass(DAY);
        if restarts {
            phone.start();
            phone.world.pass(DAY);
        }
        assert!(phone.backend.requests(REVOKE) == 0);
        phone.device.network.set_online(true);
        // Once told by the host; once by itself, since a host may forget to.
        if restarts {
            phone.world.pass(Duration::from_mins(2));
        } else {
            phone.wallet().host_event(HostEvent::NetworkAvailable);
            phone.world.pass(Duration::from_secs(1));
        }
        assert_eq!(phone.backend.requests(REVOKE), 1);
        assert_eq!(phone.device.vault().names(), Vec::<String>::new());
        assert!(!is_good(&phone.backend, &token));
        phone.start();
        phone.world.pass(DAY);
        assert_eq!(phone.backend.requests(REVOKE), 1, "it is told once");
    }
}

/// Only an answer of the server itself ends it: a portal's page, an outage and silence do not.
#[test]
fn the_server_is_told_until_it_has_heard() {
    for seed in 0..25 {
        let (mut phone, seen) = phone_in(seed, memory());
        phone.device.network.set_faults(good());
        member(&phone);
        let token = seen.lock().expect("one thread").refresh.last().expect("a token").clone();
        phone.device.network.set_faults(Faults {
            portal: 300,
            unavailable: 300,
            lose_answer: 200,
            ..Faults::bad_day()
        });
        let done = sign_out(&phone, Vec::new()).expect("a sign-out");
        assert!(done.deleted);
        let mut waited = 0;
        while !phone.device.vault().names().is_empty() {
            phone.world.pass(Duration::from_mins(10));
            waited += 1;
            assert!(waited < 200, "seed {seed}: it is never told");
            if phone.world.below(4) == 0 {
                phone.start();
            }
        }
        assert!(!is_good(&phone.backend, &token), "seed {seed}: forgotten without being told");
    }
    // A server that is out of order is not asked in a circle.
    let (phone, _) = phone_in(100, memory());
    member(&phone);
    let rule = json!({"path": "/v1/auth/revoke", "fault": "status", "status": 503});
    phone.backend.post("/sandbox/v1/faults", &json!({"rules": [rule]}));
    assert!(!sign_out(&phone, Vec::new()).expect("a sign-out").told);
    phone.world.pass(DAY);
    let asked = phone.backend.requests(REVOKE);
    assert!((90..600).contains(&asked), "asked {asked} times in a day");
}

#[test]
fn a_portal_that_says_200_has_revoked_nothing() {
    let (phone, seen) = phone_in(8, memory());
    member(&phone);
    let token = seen.lock().expect("one thread").refresh.last().expect("a token").clone();
    phone.device.network.set_server(Arc::new(|_| {
        Box::pin(async {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, "text/html".parse().expect("a header"));
            HttpAnswer { status: StatusCode::OK, headers, body: Bytes::from_static(b"<html>Sign in to the Wi-Fi") }
        })
    }));
    assert!(!sign_out(&phone, Vec::new()).expect("a sign-out").told);
    phone.device.network.set_server(phone.backend.server());
    phone.wallet().host_event(HostEvent::NetworkAvailable);
    phone.world.pass(Duration::from_mins(1));
    assert!(!is_good(&phone.backend, &token) && phone.device.vault().names().is_empty());
}

#[test]
fn a_refresh_whose_answer_is_on_its_way_is_waited_for_and_its_token_is_ended_too() {
    for seed in 0..40 {
        let (phone, seen) = phone_in(seed, memory());
        member(&phone);
        // The access token has run out, so that the first call renews it.
        phone.world.pass(HOUR);
        phone.device.network.set_faults(Faults { delay: Duration::from_secs(3), ..Faults::default() });
        let (wallet, leaving) = (Arc::clone(phone.wallet()), Arc::clone(phone.wallet()));
        let (world, delay) = (phone.world.clone(), Duration::from_millis(phone.world.below(4000)));
        let (refreshed, left) = phone.world.run(async move {
            let leave = async {
                world.sleep(delay).await;
                leaving.sign_out(Vec::new()).await
            };
            futures_util::join!(wallet.refresh(), leave)
        });
        assert!(matches!(refreshed, Ok(()) | Err(Error::SignedOut)), "seed {seed}: {refreshed:?}");
        assert!(left.expect("a sign-out").deleted, "seed {seed}");
        phone.world.pass(HOUR);
        let seen = seen.lock().expect("one thread");
        // Another backend may not know the token before it any more.
        assert_eq!(seen.revoked.last(), seen.refresh.last(), "seed {seed}: the server was told of an older token");
        for token in &seen.refresh {
            assert!(!is_good(&phone.backend, token), "seed {seed}: a token is still good");
        }
    }
}

#[test]
fn another_device_of_hers_and_another_member_on_this_one_go_on() {
    let (mut phone, _) = phone_in(9, memory());
    let other = Phone::of(&phone.world, &phone.backend);
    let ada = member(&phone);
    phone.world.pass(HOUR);
    assert_eq!(member(&other), ada);
    let key = claim_offline(&phone, COFFEE);
    phone.email = crate::BOB;
    phone.device.network.set_online(true);
    phone
        .backend
        .post("/sandbox/v1/faults", &json!({"rules": [{"path": "/v1/actions", "fault": "status", "status": 503}]}));
    let bob = member(&phone);
    assert_ne!(ada, bob);
    sign_out(&phone, Vec::new()).expect("Bob signs out");
    phone.backend.post("/sandbox/v1/faults", &json!({"rules": []}));
    assert_eq!(trace(&phone).err().map(|why| why.contains("keys are left")), Some(true), "Ada's key is hers");
    other.refresh().expect("her other phone goes on");
    // What she had left here waits for her.
    phone.email = EMAIL;
    assert_eq!(member(&phone), ada);
    assert_eq!((phone.points(), effects(&phone, &ada, &key)), ((50, 0, 50), 1));
}

#[test]
fn a_member_whose_session_ended_signs_out_too() {
    let (phone, _) = phone_in(10, memory());
    let ada = member(&phone);
    phone.backend.post("/sandbox/v1/revoke", &json!({"member": ada}));
    assert_eq!(phone.refresh(), Err(Error::SignedOut));
    phone.wallet().claim(COFFEE).expect("a claim");
    let view = prepare(&phone);
    assert_eq!(view.advice.as_deref(), Some("If you sign in again instead, this is sent."));
    let done = sign_out(&phone, view.shown).expect("a sign-out");
    assert_eq!((done.deleted, done.told, phone.backend.requests(REVOKE)), (true, true, 0));
    assert_eq!((trace(&phone), phone.device.vault().names()), (Ok(()), Vec::new()));
}

#[test]
fn a_wipe_asks_no_server_and_forgets_tokens_that_waited_to_be_revoked() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut phone, _) = phone_in(11, Home::Folder(folder.path().to_owned()));
    member(&phone);
    phone.device.network.set_online(false);
    sign_out(&phone, Vec::new()).expect("a sign-out");
    phone.device.network.set_online(true);
    phone.email = crate::BOB;
    phone
        .backend
        .post("/sandbox/v1/faults", &json!({"rules": [{"path": "/v1/auth/revoke", "fault": "status", "status": 503}]}));
    member(&phone);
    claim_offline(&phone, COFFEE);
    let before = phone.backend.log.lock().expect("one thread").len();
    let done = wipe(&phone).expect("a wipe");
    assert_eq!(done.text, "Everything of this app is deleted from this device.");
    assert_eq!((done.deleted, trace(&phone), trace_in(folder.path())), (true, Ok(()), Ok(())));
    assert_eq!(phone.device.vault().names(), Vec::<String>::new());
    phone.device.network.set_online(true);
    phone.start();
    phone.world.pass(DAY);
    assert_eq!(phone.backend.log.lock().expect("one thread").len(), before);
}
