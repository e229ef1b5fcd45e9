//! The spend lock, on phones that are offline, of which there are two, or whose answers are lost: what the member did takes effect in
//! the order in which she did it, and spending is refused wherever it is known to be locked.

mod support;

use std::time::Duration;

use axum::http::Method;
use member_core::ports::simulated::{Faults, World};
use member_core::views::{PendingAction, SpendingView};
use member_core::{Error, HostEvent, Wallet};
use serde_json::{Value, json};
use support::{Backend, COFFEE, Phone, good};

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);
const LOCKED: &str = "Spending is locked. Unlock it in the settings.";

/// A phone of a member with 100 points.
fn joined(seed: u64) -> Phone {
    let phone = Phone::new(seed);
    phone.device.network.set_faults(good());
    phone.join();
    phone.refresh().expect("a sync");
    phone
}

fn offline(phone: &Phone) {
    phone.device.network.set_online(false);
}

fn online(phone: &Phone) {
    phone.device.network.set_faults(good());
    phone.device.network.set_online(true);
    phone.wallet().host_event(HostEvent::NetworkAvailable);
}

/// Sets the lock, and answers the key of the action where there is one.
fn set(phone: &Phone, locked: bool) -> Option<String> {
    let set = phone.wallet().set_spend_lock(locked).expect("the lock is set");
    let shown = spending(phone);
    assert_eq!((shown.locked, &shown.text), (locked, &set.text), "what the call says is what the screen shows");
    set.key
}

/// As [`set`], where an action is needed.
fn set_anew(phone: &Phone, locked: bool) -> String {
    set(phone, locked).expect("an action")
}

fn spending(phone: &Phone) -> SpendingView {
    phone.wallet().spending().expect("a view")
}

/// Whether it is locked, and whether that waits.
fn stands(phone: &Phone) -> (bool, bool) {
    let view = spending(phone);
    (view.locked, view.pending)
}

fn pending(wallet: &Wallet) -> Vec<PendingAction> {
    wallet.pending().expect("a view").actions
}

fn states(phone: &Phone) -> Vec<(String, &'static str)> {
    pending(phone.wallet()).into_iter().map(|action| (action.title, action.state)).collect()
}

fn claim(phone: &Phone) -> String {
    phone.wallet().claim(COFFEE).expect("a claim").key
}

fn refused_claim(phone: &Phone) -> (&'static str, String) {
    match phone.wallet().claim(COFFEE) {
        Err(Error::Refused { code, text }) => (code, text),
        other => panic!("not refused: {other:?}"),
    }
}

/// Why the button of the coffee is off.
fn why_not(phone: &Phone) -> Option<String> {
    let rewards = phone.wallet().rewards().expect("a view").rewards;
    let coffee = rewards.into_iter().find(|reward| reward.id == COFFEE).expect("a coffee");
    assert_eq!(coffee.can_claim, coffee.why_not.is_none());
    coffee.why_not
}

fn all_is_sent(phone: &Phone) {
    phone.wait("everything", HOUR, |wallet| pending(wallet).is_empty());
}

fn fault(backend: &Backend, rules: &Value) {
    backend.post("/sandbox/v1/faults", &json!({ "rules": rules }));
}

/// How many actions the server confirmed.
fn confirmed(phone: &Phone) -> Value {
    phone.backend.audit()["actions"]["confirmed"].clone()
}

/// A till reads the card and then the voucher; the name of the refusal where it gets one.
fn redeem(phone: &Phone, voucher: &str) -> Result<(), String> {
    let backend = &phone.backend;
    let bearer = phone.world.run({
        let backend = backend.clone();
        async move { backend.till_token().await }
    });
    let ask = |path: &str, body: &Value| {
        let key = backend.new_key();
        let headers = [("content-type", "application/json"), ("authorization", &bearer), ("idempotency-key", &key)];
        backend.call(Method::POST, path, &headers, body.to_string())
    };
    let (_, scan) = ask("/v1/till/scans", &json!({"payload": phone.card_number(), "sale": backend.new_key()}));
    let (status, answer) =
        ask("/v1/till/redemptions", &json!({"scan": scan["scan"], "voucher": voucher, "receipt": "r-1"}));
    if status.is_success() { Ok(()) } else { Err(answer["type"].as_str().expect("a problem").to_owned()) }
}

#[test]
fn a_lock_that_was_set_offline_refuses_at_once_and_is_in_force_once_it_is_sent() {
    let mut phone = joined(1);
    assert_eq!((stands(&phone), why_not(&phone)), ((false, false), None));
    claim(&phone);
    all_is_sent(&phone);
    let code = phone.wallet().vouchers().expect("a view").vouchers[0].code.clone().expect("a code");

    offline(&phone);
    set_anew(&phone, true);
    assert_eq!(stands(&phone), (true, true));
    assert_eq!(states(&phone), [("Lock spending".to_owned(), "queued")]);
    assert_eq!(refused_claim(&phone), ("spend-locked", LOCKED.to_owned()));
    assert_eq!(why_not(&phone).as_deref(), Some(LOCKED));
    let voucher = &phone.wallet().vouchers().expect("a view").vouchers[0];
    assert!(voucher.text.ends_with("but spending is locked. Unlock it in the settings."), "{}", voucher.text);
    // A member who cannot spend anyway is told what is really in the way.
    let rewards = phone.wallet().rewards().expect("a view").rewards;
    let dear = rewards.iter().find(|reward| reward.id == "tote-bag").expect("a bag");
    assert_eq!(dear.why_not.as_deref(), Some("100\u{a0}points to go"));
    phone.start();
    assert_eq!((stands(&phone), refused_claim(&phone).0), ((true, true), "spend-locked"));

    online(&phone);
    all_is_sent(&phone);
    assert_eq!((stands(&phone), refused_claim(&phone).0), ((true, false), "spend-locked"));
    assert_eq!(redeem(&phone, &code), Err("urn:member-core:problem:spend-locked".to_owned()));
    // Earning goes on, and so does taking back.
    phone.backend.accrue(&phone.card_number(), 3500);
    phone.refresh().expect("a sync");
    assert_eq!(phone.points(), (85, 0, 85));
    let key = phone.wallet().vouchers().expect("a view").vouchers[0].key.clone().expect("a key");
    phone.wallet().cancel(&key).expect("it can be taken back");
    all_is_sent(&phone);
    assert_eq!(phone.points(), (135, 0, 135));

    set_anew(&phone, false);
    let key = claim(&phone);
    all_is_sent(&phone);
    let vouchers = phone.wallet().vouchers().expect("a view").vouchers;
    let voucher = vouchers.iter().find(|voucher| voucher.key.as_deref() == Some(&key)).expect("a voucher");
    assert_eq!(redeem(&phone, voucher.code.as_deref().expect("a code")), Ok(()));
}

#[test]
fn opposite_taps_that_were_never_sent_are_none() {
    let phone = joined(2);
    assert_eq!(set(&phone, false), None, "it is so already");
    offline(&phone);
    assert!(set(&phone, true).is_some());
    assert_eq!(set(&phone, true), None, "it is on its way");
    assert_eq!((set(&phone, false), states(&phone)), (None, vec![]));
    claim(&phone);
    online(&phone);
    all_is_sent(&phone);
    assert_eq!((phone.backend.requests("POST /v1/actions"), stands(&phone)), (1, (false, false)));
}

#[test]
fn one_phone_locks_and_the_other_shows_it() {
    let world = World::new(3);
    let backend = Backend::new(&world);
    let phones = [(); 2].map(|()| {
        let phone = Phone::of(&world, &backend);
        phone.device.network.set_faults(good());
        phone.join();
        phone.refresh().expect("a sync");
        phone
    });
    let [one, other] = &phones;
    set_anew(one, true);
    all_is_sent(one);
    // It has not heard of that yet: the programme refuses, and it says why.
    offline(other);
    let key = claim(other);
    online(other);
    other.wait("the refusal", HOUR, |wallet| pending(wallet)[0].can_dismiss);
    assert_eq!(
        pending(other.wallet())[0].text,
        "Spending was locked when it reached the programme. Nothing was taken. Unlock it in the settings, and claim again."
    );
    assert_eq!((stands(other), refused_claim(other).0), ((true, false), "spend-locked"));
    // Trying again is refused here, and loses nothing.
    assert_eq!(other.wallet().retry(&key).expect_err("it is locked").code(), "spend-locked");
    assert_eq!(pending(other.wallet())[0].key, key);
    set_anew(other, false);
    other.wallet().retry(&key).expect("it is unlocked");
    all_is_sent(other);
    one.refresh().expect("a sync");
    assert_eq!((stands(one), one.points()), ((false, false), (50, 0, 50)));
    // Both lock at once: that is one state, however many say it.
    phones.iter().for_each(offline);
    for phone in &phones {
        drop(set_anew(phone, true));
    }
    phones.iter().for_each(online);
    phones.iter().for_each(all_is_sent);
    for phone in &phones {
        phone.refresh().expect("a sync");
    }
    assert_eq!((stands(one), stands(other)), ((true, false), (true, false)));
}

#[test]
fn another_phone_locked_it_while_this_one_had_changed_its_mind() {
    let world = World::new(4);
    let backend = Backend::new(&world);
    let [one, other] = [(); 2].map(|()| {
        let phone = Phone::of(&world, &backend);
        phone.device.network.set_faults(good());
        phone.join();
        phone.refresh().expect("a sync");
        phone
    });
    set_anew(&one, true);
    all_is_sent(&one);
    // The other cannot send, but hears of it: the lock that waits there is the same, and what undoes both is an action.
    fault(&backend, &json!([{"path": "/v1/actions", "fault": "status", "status": 503}]));
    offline(&other);
    set_anew(&other, true);
    other.device.network.set_online(true);
    other.refresh().expect("a sync");
    fault(&backend, &json!([]));
    assert_eq!(stands(&other), (true, true));
    set_anew(&other, false);
    all_is_sent(&other);
    one.refresh().expect("a sync");
    assert_eq!((stands(&one), stands(&other)), ((false, false), (false, false)));
}

#[test]
fn lost_answers_lock_once_and_nothing_flickers() {
    let mut phone = joined(5);
    phone.device.network.set_faults(Faults { lose_answer: 1000, ..good() });
    let lock = set_anew(&phone, true);
    phone.world.pass(Duration::from_mins(2));
    assert!(phone.backend.requests("POST /v1/actions") > 1, "it was asked again");
    assert_eq!((stands(&phone), confirmed(&phone)), ((true, true), json!(1)));
    // It may have been sent, so the opposite is an action of its own, which comes after it.
    assert!(set(&phone, false).is_some_and(|unlock| unlock != lock));
    phone.start();
    assert_eq!((stands(&phone), pending(phone.wallet()).len()), ((false, true), 2));
    // The answers come before their pages.
    fault(&phone.backend, &json!([{"path": "/v1/sync", "fault": "status", "status": 503}]));
    online(&phone);
    phone.wait("the answers", HOUR, |wallet| pending(wallet).iter().all(|action| action.state == "confirmed"));
    assert_eq!(stands(&phone), (false, false));
    fault(&phone.backend, &json!([]));
    all_is_sent(&phone);
    assert_eq!((stands(&phone), confirmed(&phone)), ((false, false), json!(2)));
}

#[test]
fn what_is_claimed_after_an_unlocking_that_waits_is_sent_after_it() {
    let mut phone = joined(6);
    set_anew(&phone, true);
    all_is_sent(&phone);
    offline(&phone);
    set_anew(&phone, false);
    claim(&phone);
    phone.start();
    // The first to arrive is put off. Were that the unlocking, and did the claim not wait for it, it would be refused.
    let put_off = json!([{"path": "/v1/actions", "fault": "status", "status": 503, "retry_after": 120, "times": 1}]);
    fault(&phone.backend, &put_off);
    online(&phone);
    phone.world.pass(Duration::from_mins(1));
    assert_eq!(phone.backend.requests("POST /v1/actions"), 2, "the claim waits");
    all_is_sent(&phone);
    assert_eq!((phone.points(), stands(&phone)), ((50, 0, 50), (false, false)));
}

#[test]
fn unlocked_claimed_and_locked_again_offline_is_done_in_that_order() {
    for seed in 0..5 {
        let mut phone = joined(7 + seed);
        set_anew(&phone, true);
        all_is_sent(&phone);
        offline(&phone);
        let (unlock, claimed) = (set_anew(&phone, false), claim(&phone));
        let lock = set_anew(&phone, true);
        // The lock that is undone and done again is another action, and waits in its place.
        assert_eq!((set(&phone, false), stands(&phone)), (None, (false, true)));
        let again = set_anew(&phone, true);
        assert_ne!(lock, again);
        phone.start();
        let keys: Vec<String> = pending(phone.wallet()).into_iter().map(|action| action.key).collect();
        assert_eq!(keys, [unlock, claimed, again]);
        // On a slow network, where each takes its time.
        online(&phone);
        phone.device.network.set_faults(Faults { delay: Duration::from_secs(8), ..good() });
        all_is_sent(&phone);
        assert_eq!((phone.points(), stands(&phone)), ((50, 0, 50), (true, false)), "seed {seed}");
    }
}

/// Claims and locks offline, comes back to a server of which the first `outages` requests get nothing, and answers whether the claim
/// was refused.
fn claims_and_locks(seed: u64, outages: usize) -> bool {
    let phone = joined(seed);
    offline(&phone);
    let key = claim(&phone);
    set_anew(&phone, true);
    fault(&phone.backend, &json!([{"path": "/v1/actions", "fault": "status", "status": 503, "times": outages}]));
    online(&phone);
    phone.wait("both", HOUR, |wallet| pending(wallet).iter().all(|action| action.can_dismiss));
    let stopped = pending(phone.wallet());
    let refused = stopped.iter().any(|action| action.key == key);
    assert!(stopped.iter().all(|action| action.text.starts_with("Spending was locked when")), "{stopped:?}");
    let points = if refused { 100 } else { 50 };
    assert_eq!((phone.points(), stands(&phone)), ((points, 0, points), (true, false)), "refused: {refused}");
    refused
}

#[test]
fn a_lock_lets_a_claim_go_first_and_does_not_wait_for_one_that_is_held_up() {
    for (outages, refused) in [(0, false), (1, false), (2, false), (3, true)] {
        for seed in 30..34 {
            assert_eq!(claims_and_locks(seed, outages), refused, "{outages} outages, seed {seed}");
        }
    }
}

#[test]
fn what_falls_with_an_unlocking_says_so_and_a_lock_falls_with_nothing() {
    let phone = joined(21);
    set_anew(&phone, true);
    all_is_sent(&phone);
    offline(&phone);
    let (unlock, claimed) = (set_anew(&phone, false), claim(&phone));
    let lock = set_anew(&phone, true);
    phone.wallet().discard(&unlock).expect("it was never sent");
    let rows = pending(phone.wallet());
    assert_eq!((rows[0].key.as_str(), rows[0].state), (claimed.as_str(), "rejected"));
    assert_eq!(rows[0].text, "What it depended on did not work, so it was not sent.");
    assert_eq!((rows[1].key.as_str(), rows[1].state), (lock.as_str(), "queued"));
    online(&phone);
    phone.wait("the lock", HOUR, |wallet| pending(wallet).len() == 1);
    assert_eq!((stands(&phone), phone.points()), ((true, false), (100, 0, 100)));
}

#[test]
fn a_lock_that_became_too_old_changes_nothing_and_is_set_again_by_one_tap() {
    let phone = joined(22);
    offline(&phone);
    let old = set_anew(&phone, true);
    phone.world.pass(8 * DAY);
    online(&phone);
    phone.wait("its end", HOUR, |wallet| pending(wallet)[0].can_dismiss);
    let row = &pending(phone.wallet())[0];
    assert_eq!((row.title.as_str(), row.state), ("Lock spending", "expired"));
    assert_eq!(row.text, "Too old to be sent. Nothing was changed; try again if you still want it.");
    assert_eq!((stands(&phone), confirmed(&phone)), ((false, false), json!(0)));
    let again = phone.wallet().retry(&old).expect("it can be tried again").key;
    assert_ne!(again, old);
    all_is_sent(&phone);
    assert_eq!((stands(&phone), confirmed(&phone)), ((true, false), json!(1)));
}

#[test]
fn nobody_could_say_and_it_is_locked_after_all() {
    let phone = joined(23);
    phone.device.network.set_faults(Faults { lose_answer: 1000, ..good() });
    set_anew(&phone, true);
    phone.world.pass(Duration::from_mins(2));
    offline(&phone);
    phone.world.pass(8 * DAY);
    assert_eq!((stands(&phone), refused_claim(&phone).0), ((true, true), "spend-locked"));
    let nothing = |path: &str| json!({"path": path, "fault": "status", "status": 503});
    fault(&phone.backend, &json!([nothing("/v1/sync"), nothing("/v1/actions")]));
    online(&phone);
    phone.wait("nobody can say", HOUR, |wallet| pending(wallet)[0].state == "outcome_unknown");
    assert_eq!((stands(&phone), refused_claim(&phone).0), ((true, true), "spend-locked"));
    fault(&phone.backend, &json!([]));
    phone.wait("the outcome", HOUR, |wallet| pending(wallet).iter().all(|action| action.state == "notice"));
    let rows = pending(phone.wallet());
    assert_eq!((rows[0].title.as_str(), rows[0].text.as_str()), ("Lock spending", "This did work after all."));
    assert_eq!(stands(&phone), (true, false));
}

#[test]
fn a_server_that_was_restored_is_told_again() {
    let phone = joined(24);
    phone.backend.back_up("open");
    fault(&phone.backend, &json!([{"path": "/v1/sync", "fault": "status", "status": 503}]));
    set_anew(&phone, true);
    phone.wait("the answer", HOUR, |wallet| pending(wallet)[0].state == "confirmed");
    phone.backend.restore("open");
    fault(&phone.backend, &json!([]));
    all_is_sent(&phone);
    assert_eq!((stands(&phone), confirmed(&phone)), ((true, false), json!(1)));
    // One that forgot a lock which was settled long ago is right: it is what the tills hear.
    phone.backend.restore("open");
    phone.refresh().expect("a sync");
    assert_eq!((stands(&phone), why_not(&phone)), ((false, false), None));
}
