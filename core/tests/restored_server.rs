//! A server that was restored from an older backup: what it forgot is its loss, devices follow it, and what was still
//! pending takes effect once or is refused in words. Also several members on one phone.

mod support;

use std::sync::Arc;
use std::time::Duration;

use member_core::ports::simulated::{Faults, World};
use member_core::views::ActionFate;
use member_core::{Error, HostEvent, SignInState, Wallet};
use serde_json::{Value, json};
use support::{Backend, COFFEE, EMAIL, Phone, good};

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);
const TOTE_BAG: &str = "tote-bag";

fn member(phone: &Phone) -> String {
    phone.join();
    phone.refresh().expect("a sync");
    phone.backend.member_id()
}

fn grant(phone: &Phone, member: &str, amount: i64) {
    phone.backend.post("/sandbox/v1/grant", &json!({"member": member, "unit": "points", "amount": amount}));
    phone.refresh().expect("a sync");
}

fn faults(phone: &Phone, rules: &Value) {
    phone.backend.post("/sandbox/v1/faults", &json!({"rules": rules}));
}

/// Claims, and the answer arrives, but no page after it: sync is out of order until somebody mends it.
fn claim_without_its_page(phone: &Phone, reward: &str) -> String {
    faults(phone, &json!([{"path": "/v1/sync", "fault": "status", "status": 503}]));
    let key = phone.wallet().claim(reward).expect("a claim").key;
    phone.wait("the answer", HOUR, |wallet| {
        wallet.pending().is_ok_and(|view| view.actions.last().is_some_and(|action| action.state == "confirmed"))
    });
    key
}

/// The backup is back, and everything works.
fn restore(phone: &Phone, name: &str) {
    phone.backend.restore(name);
    faults(phone, &json!([]));
}

/// Claims in the basement.
fn claim_offline(phone: &Phone, reward: &str) -> String {
    phone.device.network.set_online(false);
    let key = phone.wallet().claim(reward).expect("a claim").key;
    // By then it has been seen that there is no network.
    phone.world.pass(Duration::from_secs(1));
    key
}

fn effects(phone: &Phone, member: &str, key: &str) -> usize {
    let ledger = phone.backend.get(&format!("/sandbox/v1/members/{member}/ledger"));
    ledger["entries"].as_array().expect("entries").iter().filter(|entry| entry["key"] == json!(key)).count()
}

#[test]
fn a_confirmed_claim_that_the_server_forgot_is_sent_again_and_takes_effect_once() {
    let phone = Phone::new(1);
    let ada = member(&phone);
    phone.backend.back_up("before");
    let key = claim_without_its_page(&phone, COFFEE);
    assert_eq!((effects(&phone, &ada, &key), phone.points()), (1, (50, 0, 50)));
    restore(&phone, "before");
    assert_eq!(effects(&phone, &ada, &key), 0);
    phone.refresh().expect("a sync");
    assert_eq!(phone.points(), (50, 0, 50));
    assert_eq!(phone.wallet().pending().expect("a view").actions, []);
    assert_eq!(phone.wallet().fate(&key), Ok(ActionFate::Confirmed));
    assert_eq!(phone.wallet().vouchers().expect("a view").vouchers.len(), 1);
    assert_eq!(effects(&phone, &ada, &key), 1);
    assert_eq!(phone.backend.requests("POST /v1/actions"), 2);
}

#[test]
fn one_that_the_restored_server_will_not_repeat_is_refused_in_words() {
    let phone = Phone::new(2);
    let ada = member(&phone);
    phone.backend.back_up("before");
    grant(&phone, &ada, 100);
    let key = claim_without_its_page(&phone, TOTE_BAG);
    assert_eq!(phone.points(), (50, 0, 50));
    restore(&phone, "before");
    phone.refresh().expect("a sync");
    assert_eq!(phone.points(), (100, 0, 100), "what the server forgot is gone, and nothing was taken");
    let fate = phone.wallet().fate(&key).expect("a fate");
    assert!(matches!(&fate, ActionFate::Stopped(why) if why.contains("150") && why.contains("100")), "{fate:?}");
    let states: Vec<_> = phone.wallet().pending().expect("a view").actions.iter().map(|action| action.state).collect();
    assert_eq!(states, ["notice", "rejected"], "what the server forgot is said beside it");
    assert_eq!(effects(&phone, &ada, &key), 0);
}

#[test]
fn what_was_settled_and_then_forgotten_is_followed_and_never_sent_again() {
    let phone = Phone::new(3);
    let ada = member(&phone);
    phone.backend.back_up("before");
    let key = phone.wallet().claim(COFFEE).expect("a claim").key;
    phone.refresh().expect("a sync");
    phone.backend.accrue(&phone.card_number(), 3500);
    phone.refresh().expect("a sync");
    assert_eq!(phone.points(), (85, 0, 85));
    restore(&phone, "before");
    phone.refresh().expect("a sync");
    phone.world.pass(HOUR);
    assert_eq!(phone.points(), (100, 0, 100));
    assert_eq!(phone.wallet().vouchers().expect("a view").vouchers, []);
    assert_eq!(phone.wallet().activity(None, 50).expect("a view").lines.len(), 1);
    assert_eq!(effects(&phone, &ada, &key), 0);
    assert_eq!(phone.backend.requests("POST /v1/actions"), 1);
    // History goes on from there, under numbers that were given before.
    phone.backend.accrue(&phone.card_number(), 700);
    phone.refresh().expect("a sync");
    assert_eq!(phone.points(), (107, 0, 107));
    assert_eq!(phone.wallet().activity(None, 50).expect("a view").lines.len(), 2);
}

/// The answer is from before the restore and arrives when the phone has followed the server already. No page of that
/// server will ever carry its key.
#[test]
fn an_answer_that_arrives_after_the_base_of_the_restored_server_is_not_believed() {
    let phone = Phone::new(4);
    let ada = member(&phone);
    phone.backend.back_up("before");
    slow_answers_to_actions(&phone);
    let key = phone.wallet().claim(COFFEE).expect("a claim").key;
    phone.wait("the effect", HOUR, |_| effects(&phone, &ada, &key) == 1);
    restore(&phone, "before");
    let wallet = Arc::clone(phone.wallet());
    phone.world.spawn(Box::pin(async move {
        // Ends once the answer to the claim is there.
        let _ = wallet.refresh().await;
    }));
    phone.wait("the end", HOUR, |wallet| wallet.pending().is_ok_and(|view| view.actions.is_empty()));
    assert_eq!(phone.points(), (50, 0, 50));
    assert_eq!(effects(&phone, &ada, &key), 1);
    assert_eq!(phone.wallet().fate(&key), Ok(ActionFate::Confirmed));
}

/// Answers to actions are ten seconds on their way; all others arrive at once.
fn slow_answers_to_actions(phone: &Phone) {
    let (world, server) = (phone.world.clone(), phone.backend.server());
    phone.device.network.set_server(Arc::new(move |request| {
        let (world, is_action) = (world.clone(), request.url.path().starts_with("/v1/actions"));
        let answer = server(request);
        Box::pin(async move {
            let answer = answer.await;
            if is_action {
                world.sleep(Duration::from_secs(10)).await;
            }
            answer
        })
    }));
}

/// As above, for an outcome that was asked for: too old to be sent again, it had no effect, and that is said.
#[test]
fn an_outcome_of_before_the_restore_is_asked_for_again() {
    let phone = Phone::new(5);
    let ada = member(&phone);
    phone.backend.back_up("before");
    phone.device.network.set_faults(Faults { lose_answer: 1000, ..good() });
    let key = phone.wallet().claim(COFFEE).expect("a claim").key;
    phone.wait("the effect", HOUR, |_| effects(&phone, &ada, &key) == 1);
    phone.device.network.set_online(false);
    phone.world.pass(8 * DAY);
    phone.device.network.set_faults(good());
    slow_answers_to_actions(&phone);
    faults(&phone, &json!([{"path": "/v1/sync", "fault": "status", "status": 503}]));
    phone.device.network.set_online(true);
    let asked = format!("GET /v1/actions/{key}");
    phone.wallet().host_event(HostEvent::NetworkAvailable);
    // Its session was renewed, and the backup knows the token with which that was done.
    phone.wait("the question", HOUR, |_| phone.backend.requests(&asked) == 1);
    restore(&phone, "before");
    phone.wait("the end of the session", HOUR, |wallet| wallet.sign_in_state() == Ok(SignInState::Ended));
    phone.join();
    let has_stopped = |wallet: &Wallet| wallet.pending().is_ok_and(|view| view.actions[0].state == "expired");
    phone.wait("the end", HOUR, has_stopped);
    assert!(matches!(phone.wallet().fate(&key), Ok(ActionFate::Stopped(_))), "{:?}", phone.wallet().fate(&key));
    assert_eq!((effects(&phone, &ada, &key), phone.points()), (0, (100, 0, 100)));
}

#[test]
fn a_claim_whose_answer_was_lost_takes_effect_once_on_the_restored_server() {
    let phone = Phone::new(6);
    let ada = member(&phone);
    phone.backend.back_up("before");
    phone.device.network.set_faults(Faults { lose_answer: 1000, ..good() });
    let key = phone.wallet().claim(COFFEE).expect("a claim").key;
    phone.wait("the effect", HOUR, |_| effects(&phone, &ada, &key) == 1);
    restore(&phone, "before");
    phone.device.network.set_faults(good());
    phone.refresh().expect("a sync");
    assert_eq!((effects(&phone, &ada, &key), phone.points()), (1, (50, 0, 50)));
}

#[test]
fn a_session_that_the_server_forgot_has_ended_and_goes_on_after_signing_in() {
    let mut phone = Phone::new(7);
    let ada = member(&phone);
    phone.backend.back_up("before");
    // An hour later the access token has run out, and the refresh token is another one.
    phone.world.pass(HOUR);
    phone.refresh().expect("a sync");
    let key = claim_without_its_page(&phone, COFFEE);
    let second = claim_offline(&phone, COFFEE);
    restore(&phone, "before");
    phone.device.network.set_online(true);
    assert_eq!(phone.refresh(), Err(Error::SignedOut));
    phone.start();
    assert_eq!(phone.wallet().sign_in_state(), Ok(SignInState::Ended));
    assert_eq!(phone.points(), (50, -50, 0), "what was kept stays readable");
    let view = phone.wallet().card().expect("a view");
    assert!(view.card.is_some() && view.status.notice.is_some_and(|notice| notice.contains("not lost")));
    assert_eq!(phone.wallet().pending().expect("a view").actions.len(), 2);
    phone.join();
    phone.refresh().expect("a sync");
    assert_eq!((effects(&phone, &ada, &key), effects(&phone, &ada, &second)), (1, 1));
    assert_eq!(phone.points(), (0, 0, 0));
    assert_eq!(phone.backend.audit()["members"], json!(1));
}

#[test]
fn a_member_whom_the_server_forgot_joins_as_another_and_nothing_of_the_first_is_sent_for_her() {
    let phone = Phone::new(8);
    phone.backend.back_up("empty");
    let first = member(&phone);
    grant(&phone, &first, 400);
    let card = phone.card_number();
    let sent = claim_without_its_page(&phone, TOTE_BAG);
    let unsent = claim_offline(&phone, COFFEE);
    restore(&phone, "empty");
    phone.device.network.set_online(true);
    assert_eq!(phone.refresh(), Err(Error::SignedOut));
    assert_eq!((phone.points(), phone.card_number()), ((350, -50, 300), card.clone()), "what was kept stays readable");

    let before = phone.backend.requests("POST /v1/actions");
    let second = member(&phone);
    assert_ne!(first, second);
    phone.world.pass(DAY);
    phone.refresh().expect("a sync");
    assert_eq!(phone.points(), (100, 0, 100));
    assert_ne!(phone.card_number(), card);
    let told = phone.wallet().pending().expect("a view").actions;
    assert_eq!((told.len(), told[0].state), (1, "notice"), "she is told what will never be sent: {told:?}");
    assert_eq!(phone.backend.requests("POST /v1/actions"), before, "an action of the first was sent for the second");
    assert_eq!((effects(&phone, &second, &unsent), effects(&phone, &second, &sent)), (0, 0));
    assert_eq!(phone.backend.audit()["vouchers"], json!(0));
}

#[test]
fn a_base_that_was_half_built_when_the_server_was_restored_is_begun_again() {
    let mut phone = Phone::new(9);
    let ada = member(&phone);
    phone.backend.back_up("before");
    let number = phone.card_number();
    for _ in 0..520 {
        phone.backend.accrue(&number, 100);
    }
    phone.backend.back_up("after");
    phone.backend.restore("after");
    // One page of two, and no more.
    faults(&phone, &json!([{"path": "/v1/sync", "fault": "status", "status": 503}]));
    for page in 0..2 {
        let pages = phone.backend.requests("GET /v1/sync");
        let fault = json!({"path": "/v1/sync", "fault": "delay", "delay_ms": 5000});
        faults(&phone, &json!([fault]));
        phone.start();
        phone.wallet().host_event(HostEvent::Foreground);
        phone.wait("a page", HOUR, |_| phone.backend.requests("GET /v1/sync") > pages + 1);
        assert_eq!(phone.points().0, 100, "half a base is shown after page {page}");
    }
    phone.kill();
    faults(&phone, &json!([]));
    restore(&phone, "before");
    phone.start();
    phone.refresh().expect("a sync");
    assert_eq!(phone.points(), (100, 0, 100));
    phone.backend.post("/sandbox/v1/grant", &json!({"member": ada, "unit": "points", "amount": 3}));
    phone.refresh().expect("a sync");
    assert_eq!(phone.points(), (103, 0, 103));
}

#[test]
fn a_card_on_screen_follows_the_restored_server_by_itself() {
    let phone = Phone::new(10);
    member(&phone);
    phone.backend.back_up("before");
    phone.backend.accrue(&phone.card_number(), 3500);
    phone.refresh().expect("a sync");
    let _shown = phone.wallet().show_card().expect("a card on screen");
    phone.world.pass(Duration::from_secs(3));
    restore(&phone, "before");
    phone.wait("the state of then", Duration::from_secs(2), |wallet| {
        wallet.balance().is_ok_and(|view| view.units[0].confirmed == 100)
    });
    phone.backend.accrue(&phone.card_number(), 1200);
    phone.wait("points of now", Duration::from_secs(2), |wallet| {
        wallet.balance().is_ok_and(|view| view.units[0].confirmed == 112)
    });
}

#[test]
fn what_one_member_left_pending_waits_for_her_while_another_uses_the_phone() {
    let world = World::new(11);
    let backend = Backend::new(&world);
    let mut phone = Phone::of(&world, &backend);
    let ada = member(&phone);
    let key = claim_offline(&phone, COFFEE);
    faults(&phone, &json!([{"path": "/v1/actions", "fault": "status", "status": 503}]));
    phone.device.network.set_online(true);
    phone.email = "bob@example.org";
    let bob = member(&phone);
    assert_ne!(ada, bob);
    faults(&phone, &json!([]));
    phone.world.pass(DAY);
    phone.refresh().expect("a sync");
    assert_eq!((phone.points(), phone.wallet().pending().expect("a view").actions.len()), ((100, 0, 100), 0));
    assert_eq!((effects(&phone, &ada, &key), effects(&phone, &bob, &key)), (0, 0));
    phone.email = EMAIL;
    assert_eq!(member(&phone), ada);
    assert_eq!((phone.points(), effects(&phone, &ada, &key), effects(&phone, &bob, &key)), ((50, 0, 50), 1, 0));
}
