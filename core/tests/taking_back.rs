//! Taking back a claim and trying an action again, wherever the action stands.

mod support;

use std::time::Duration;

use member_core::ports::simulated::Faults;
use member_core::views::{PendingAction, VoucherLine, VoucherPlace};
use member_core::{Error, HostEvent, Wallet};
use serde_json::json;
use support::{COFFEE, Phone, good};

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

/// A phone of a member with 100 points, who is not online.
fn offline(seed: u64) -> Phone {
    let phone = Phone::new(seed);
    phone.join();
    phone.refresh().expect("a sync");
    phone.device.network.set_online(false);
    phone
}

fn online(phone: &Phone) {
    phone.device.network.set_faults(good());
    phone.device.network.set_online(true);
    phone.wallet().host_event(HostEvent::NetworkAvailable);
}

fn pending(wallet: &Wallet) -> Vec<PendingAction> {
    wallet.pending().expect("a view").actions
}

fn vouchers(wallet: &Wallet) -> Vec<VoucherLine> {
    wallet.vouchers().expect("a view").vouchers
}

fn no<T: std::fmt::Debug>(answer: Result<T, Error>) -> &'static str {
    match answer {
        Err(Error::Refused { code, text }) => {
            assert!(text.ends_with('.'), "{text}");
            code
        }
        other => panic!("not refused: {other:?}"),
    }
}

/// A claim whose answers are lost: it may be with the server, and nobody can say.
fn claim_without_answer(phone: &Phone) -> String {
    phone.device.network.set_online(true);
    phone.device.network.set_faults(Faults { lose_answer: 1000, ..good() });
    let key = phone.wallet().claim(COFFEE).expect("a claim").key;
    phone.world.pass(Duration::from_mins(2));
    phone.device.network.set_online(false);
    key
}

#[test]
fn a_claim_that_was_never_sent_goes_without_a_request() {
    let phone = offline(1);
    let claimed = phone.wallet().claim(COFFEE).expect("a claim");
    let cancelled = phone.wallet().cancel(&claimed.key).expect("it can be taken back");
    assert_eq!((cancelled.key, cancelled.title.as_str()), (None, "Coffee of your choice"));
    assert_eq!((pending(phone.wallet()), vouchers(phone.wallet())), (vec![], vec![]));
    assert_eq!(phone.points(), (100, 0, 100));
    online(&phone);
    phone.refresh().expect("a sync");
    assert_eq!(phone.backend.requests("POST /v1/actions"), 0);
    assert_eq!(no(phone.wallet().cancel(&claimed.key)), "unknown-action");
}

#[test]
fn a_claim_that_may_have_been_sent_is_taken_back_after_it_also_over_a_restart() {
    let mut phone = offline(2);
    let claim = claim_without_answer(&phone);
    assert!(pending(phone.wallet())[0].can_cancel);
    let cancelled = phone.wallet().cancel(&claim).expect("it can be taken back");
    assert!(cancelled.key.is_some(), "an action of its own");
    phone.start();
    // What will come back cannot be spent yet, and the voucher must not be used.
    assert_eq!(phone.points(), (100, 0, 50));
    let shown = vouchers(phone.wallet());
    assert_eq!((shown.len(), shown[0].place, shown[0].can_cancel), (1, VoucherPlace::Cancelling, false));
    assert_eq!(no(phone.wallet().cancel(&claim)), "cancel-underway");

    online(&phone);
    phone.wait("both", HOUR, |wallet| pending(wallet).is_empty());
    assert_eq!(phone.points(), (100, 0, 100));
    let shown = vouchers(phone.wallet());
    assert_eq!((shown.len(), shown[0].place, shown[0].code.clone()), (1, VoucherPlace::Cancelled, None));
    let amounts: Vec<i64> =
        phone.wallet().activity(None, 10).expect("a view").lines.iter().map(|line| line.amount).collect();
    assert_eq!(amounts, [50, -50, 100]);
    assert_eq!(phone.backend.audit()["actions"]["confirmed"], json!(2));
    assert_eq!(no(phone.wallet().cancel(&claim)), "voucher-closed");
}

#[test]
fn a_voucher_of_long_ago_is_taken_back_offline_and_closed_at_once() {
    let phone = offline(3);
    online(&phone);
    let claim = phone.wallet().claim(COFFEE).expect("a claim").key;
    phone.wait("the voucher", HOUR, |wallet| pending(wallet).is_empty());
    assert!(vouchers(phone.wallet())[0].can_cancel && vouchers(phone.wallet())[0].code.is_some());
    phone.device.network.set_online(false);
    phone.wallet().cancel(&claim).expect("it can be taken back");
    let shown = &vouchers(phone.wallet())[0];
    assert_eq!((shown.place, shown.code.as_deref(), shown.symbol.is_some()), (VoucherPlace::Cancelling, None, false));
    assert_eq!(phone.points(), (50, 50, 50));
    assert_eq!(
        phone.wallet().balance().expect("a view").units[0].pending_text.as_deref(),
        Some("+50\u{a0}points waiting")
    );
    assert_eq!(pending(phone.wallet())[0].title, "Take back: Coffee of your choice");

    // She thinks better of it: the voucher is good again.
    phone.wallet().discard(&pending(phone.wallet())[0].key).expect("it was never sent");
    assert_eq!(vouchers(phone.wallet())[0].place, VoucherPlace::Ready);

    // By another name the same.
    let cancel = phone.wallet().cancel(&claim).expect("it can be taken back").key.expect("an action");
    assert_eq!(phone.wallet().cancel(&cancel).expect("it was never sent").key, None);
    assert_eq!(vouchers(phone.wallet())[0].place, VoucherPlace::Ready);

    // Once more, and the answer comes long before its page: nothing flickers.
    phone.wallet().cancel(&claim).expect("it can be taken back");
    phone
        .backend
        .post("/sandbox/v1/faults", &json!({"rules": [{"path": "/v1/sync", "fault": "status", "status": 503}]}));
    online(&phone);
    phone.wait("the answer", HOUR, |wallet| pending(wallet)[0].state == "confirmed");
    assert_eq!((phone.points(), vouchers(phone.wallet())[0].place), ((100, 0, 100), VoucherPlace::Cancelled));
    phone.backend.post("/sandbox/v1/faults", &json!({"rules": []}));
    phone.wait("the page", HOUR, |wallet| pending(wallet).is_empty());
    assert_eq!((phone.points(), vouchers(phone.wallet())[0].place), ((100, 0, 100), VoucherPlace::Cancelled));
}

#[test]
fn what_is_taken_back_twice_by_two_phones_comes_back_once() {
    let phone = offline(4);
    let other = Phone::of(&phone.world, &phone.backend);
    other.join();
    online(&phone);
    let claim = phone.wallet().claim(COFFEE).expect("a claim").key;
    phone.wait("the voucher", HOUR, |wallet| pending(wallet).is_empty());
    other.refresh().expect("a sync");
    other.device.network.set_online(false);
    other.wallet().cancel(&claim).expect("it can be taken back");
    phone.wallet().cancel(&claim).expect("it can be taken back");
    phone.wait("the points", HOUR, |wallet| pending(wallet).is_empty());
    online(&other);
    other.wait("a word", HOUR, |wallet| pending(wallet)[0].state == "rejected");
    assert_eq!(pending(other.wallet())[0].text, "There was nothing to take back.");
    other.refresh().expect("a sync");
    assert_eq!((phone.points(), other.points()), ((100, 0, 100), (100, 0, 100)));
    assert_eq!(phone.backend.audit()["ledger_sum"], json!(0));
}

#[test]
fn taking_back_what_came_to_nothing_says_so_and_what_ran_out_stays() {
    let phone = offline(6);
    phone.wallet().claim(COFFEE).expect("a claim");
    phone.backend.post("/sandbox/v1/rewards/coffee", &json!({"cost": 90}));
    phone.device.network.set_faults(Faults { lose_request: 1000, ..good() });
    phone.device.network.set_online(true);
    let claim = pending(phone.wallet())[0].key.clone();
    phone.wallet().host_event(HostEvent::NetworkAvailable);
    phone.world.pass(Duration::from_mins(2));
    phone.wallet().cancel(&claim).expect("it can be taken back");
    online(&phone);
    phone.wait("words", HOUR, |wallet| pending(wallet).iter().all(|action| action.state == "rejected"));
    let texts: Vec<String> = pending(phone.wallet()).into_iter().map(|action| action.text).collect();
    assert_eq!(texts.len(), 2);
    assert_eq!(texts[1], "There was nothing to take back.");
    assert_eq!(no(phone.wallet().cancel(&claim)), "no-effect");
    assert_eq!(phone.points(), (100, 0, 100));
    // A voucher that ran out while nobody looked.
    online(&phone);
    phone.backend.post("/sandbox/v1/rewards/coffee", &json!({"cost": 50}));
    phone.refresh().expect("a sync");
    let claim = phone.wallet().claim(COFFEE).expect("a claim").key;
    phone.refresh().expect("a sync");
    phone.device.network.set_online(false);
    phone.world.pass(31 * DAY);
    assert_eq!(no(phone.wallet().cancel(&claim)), "voucher-closed");
}

#[test]
fn a_refused_claim_is_tried_again_under_a_new_key_at_the_price_that_is_shown() {
    let phone = offline(7);
    let first = phone.wallet().claim(COFFEE).expect("a claim").key;
    phone.backend.post("/sandbox/v1/rewards/coffee", &json!({"cost": 90}));
    online(&phone);
    phone.wait("a refusal", HOUR, |wallet| pending(wallet)[0].state == "rejected");
    phone.refresh().expect("a sync");
    let stopped = &pending(phone.wallet())[0];
    assert!(stopped.can_retry && stopped.can_dismiss && !stopped.can_cancel && !stopped.can_discard);
    phone.device.network.set_online(false);
    let again = phone.wallet().retry(&first).expect("it can be tried again");
    assert_ne!(again.key, first);
    assert_eq!(phone.points(), (100, -90, 10));
    assert_eq!(pending(phone.wallet()).len(), 1);
    online(&phone);
    phone.wait("the voucher", HOUR, |wallet| pending(wallet).is_empty());
    assert_eq!(phone.points(), (10, 0, 10));

    // What is not possible now stays listed as it was.
    phone.device.network.set_online(false);
    let phone = offline(8);
    let first = phone.wallet().claim(COFFEE).expect("a claim").key;
    phone.backend.post("/sandbox/v1/rewards/coffee", &json!({"cost": 900}));
    online(&phone);
    phone.wait("a refusal", HOUR, |wallet| pending(wallet)[0].state == "rejected");
    phone.refresh().expect("a sync");
    assert_eq!(no(phone.wallet().retry(&first)), "insufficient-points");
    assert_eq!(pending(phone.wallet())[0].key, first);
}

#[test]
fn a_waiting_action_is_sent_when_asked_for_but_never_before_the_servers_word() {
    let phone = offline(9);
    let requests = || phone.backend.requests("POST /v1/actions");
    // An outage of ten minutes has made the delays long.
    phone
        .backend
        .post("/sandbox/v1/faults", &json!({"rules": [{"path": "/v1/actions", "fault": "status", "status": 500}]}));
    online(&phone);
    let key = phone.wallet().claim(COFFEE).expect("a claim").key;
    phone.world.pass(Duration::from_mins(30));
    let before = requests();
    phone.world.pass(Duration::from_secs(1));
    assert_eq!(requests(), before, "a long delay");
    assert_eq!(phone.wallet().retry(&key).expect("it can be tried again").key, key);
    phone.world.pass(Duration::from_secs(1));
    assert_eq!(requests(), before + 1, "now");

    let word = json!({"rules": [{"path": "/v1/actions", "fault": "status", "status": 503, "retry_after": 3600}]});
    phone.backend.post("/sandbox/v1/faults", &word);
    phone.wallet().retry(&key).expect("it can be tried again");
    phone.world.pass(Duration::from_secs(1));
    assert_eq!(requests(), before + 2);
    for _ in 0..5 {
        phone.wallet().retry(&key).expect("it can be tried again");
        phone.world.pass(Duration::from_mins(10));
    }
    assert_eq!(requests(), before + 2, "the server said not to come for an hour");
    phone.backend.post("/sandbox/v1/faults", &json!({"rules": []}));
    phone.wait("the voucher", HOUR, |wallet| pending(wallet).is_empty());
    assert_eq!(phone.wallet().retry(&key).expect("it is over").key, key);
    assert_eq!(no(phone.wallet().retry("01890000-0000-7000-8000-000000000000")), "unknown-action");
}

#[test]
fn a_parked_action_is_sent_again_with_the_same_bytes() {
    let phone = offline(10);
    let key = phone.wallet().claim(COFFEE).expect("a claim").key;
    phone.backend.post(
        "/sandbox/v1/faults",
        &json!({"rules": [{"path": "/v1/actions", "fault": "status", "status": 413, "times": 1}]}),
    );
    online(&phone);
    phone.wait("a word", HOUR, |wallet| pending(wallet).iter().any(|action| action.state == "parked"));
    assert_eq!(phone.points(), (100, 0, 100));
    assert_eq!(phone.wallet().retry(&key).expect("it can be tried again").key, key);
    phone.wait("the voucher", HOUR, |wallet| pending(wallet).is_empty());
    assert_eq!((phone.points(), phone.backend.audit()["vouchers"].clone()), ((50, 0, 50), json!(1)));
}
