//! What tills wrote down while they were offline: points once, dated by the scan, and of a code that was replayed the first scan.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use member_card::{DeviceNumber, Period};
use member_sandbox::programme::Payload;
use member_sandbox::{Programme, Storage};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};
use serde_json::{Value, json};

use crate::harness::{Call, DAY, HOUR, MINUTE, ManualClock, Reply, Session, World, session, value_of};
use crate::phone::{Phone, period};

const TILLS: [&str; 3] = ["old-town-1", "old-town-2", "riverside-1"];

/// What a till wrote down.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Noted {
    till: &'static str,
    receipt: String,
    scanned_at: Timestamp,
    payload: String,
    minor: i64,
}

fn world() -> World {
    let programme = Programme::named("market").expect("valid").with_payload(Payload::Proof);
    World::with(Storage::Memory, ManualClock::new(), 1, programme)
}

/// A phone with proofs for a week.
fn phone(world: &World, name: &str) -> Phone {
    let mut phone = Phone::new(world, name, 7);
    phone.top_up(world, 7);
    phone
}

/// Time passes, and her session goes on.
fn pass(world: &World, phone: &mut Phone, time: Duration) {
    world.clock.advance(time);
    phone.session = session(&world.refresh(&phone.session.refresh).expect("200"));
}

fn minutes(periods: i64) -> SignedDuration {
    SignedDuration::from_mins(periods)
}

/// A scan at this minute and second from the start, of the code of `period` minutes from there.
fn noted(
    phone: &Phone,
    start: Timestamp,
    (till, receipt): (usize, &str),
    second: i64,
    period: i64,
    minor: i64,
) -> Noted {
    let code = Period::from_number((start.as_second().div_euclid(60) + period).unsigned_abs());
    Noted {
        till: TILLS[till],
        receipt: receipt.to_owned(),
        scanned_at: start + SignedDuration::from_secs(second),
        payload: phone.proof(code),
        minor,
    }
}

/// A key that follows from till and receipt.
fn key_of(noted: &Noted) -> String {
    let mut bytes = [0; 16];
    for (index, byte) in format!("{} {}", noted.till, noted.receipt).bytes().enumerate() {
        bytes[index % 16] ^= byte.rotate_left(u32::try_from(index / 16).unwrap_or_default());
    }
    uuid::Builder::from_custom_bytes(bytes).into_uuid().to_string()
}

fn body_of(noted: &Noted) -> Value {
    let lines = json!([{"line": 1, "amount": {"minor": noted.minor, "currency": "EUR"}}]);
    json!({"payload": noted.payload, "scanned_at": noted.scanned_at, "receipt": noted.receipt, "lines": lines})
}

fn send_under(world: &World, noted: &Noted, key: &str) -> Reply {
    let call = Call::post("/v1/till/journal", &body_of(noted));
    world.send(call.bearer(&world.till(noted.till)).key(key))
}

fn send(world: &World, noted: &Noted) -> Value {
    send_under(world, noted, &key_of(noted)).expect("200").json()
}

#[track_caller]
fn accrued(world: &World, noted: &Noted, points: i64) {
    let answer = send(world, noted);
    assert_eq!((&answer["status"], &answer["points"]), (&json!("accrued"), &json!(points)), "{answer}");
}

#[track_caller]
fn held(world: &World, noted: &Noted, reason: &str) {
    assert_eq!(send(world, noted), json!({"status": "held", "reason": reason}));
}

/// Till and receipt of what is held, with the reason and whether it was taken back.
fn all_held(world: &World) -> BTreeMap<(String, String), (String, bool)> {
    let held = world.send(Call::get("/sandbox/v1/held")).expect("200").json();
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let entries = held["held"].as_array().expect("entries").iter();
    entries
        .map(|entry| {
            let why = (text(&entry["reason"]), entry["taken_back"] == true);
            ((text(&entry["till"]), text(&entry["receipt"])), why)
        })
        .collect()
}

fn ledger(world: &World, session: &Session) -> Value {
    world.send(Call::get(&format!("/sandbox/v1/members/{}/ledger", session.member))).expect("200").json()
}

/// What the member has, has ever earned, and has towards the tier. The books must be in order.
fn state(world: &World, session: &Session) -> (i64, i64, i64) {
    let audit = world.audit();
    for name in ["ledger_sum", "unbalanced", "drifted"] {
        assert_eq!(audit[name], 0, "{audit}");
    }
    let (changes, _) = world.snapshot(session, 1000);
    let (account, standing) = (value_of(&changes, "account", "points"), value_of(&changes, "standing", "standing"));
    let number = |value: &Value| value.as_i64().expect("a number");
    (number(&account["available"]), number(&account["lifetime"]), number(&standing["points"]))
}

#[test]
fn points_of_a_journal_arrive_once_and_are_dated_by_the_scan() {
    let world = world();
    let mut ada = phone(&world, "Ada");
    let start = world.now();
    let entry = noted(&ada, start, (0, "r-1"), 5, 0, 3500);
    pass(&world, &mut ada, DAY * 2);
    let (_, cursor) = world.snapshot(&ada.session, 1000);
    let first = send_under(&world, &entry, &key_of(&entry)).expect("200");
    let answer = first.json();
    assert_eq!(
        (&answer["status"], &answer["points"], &answer["available"]),
        (&json!("accrued"), &json!(35), &json!(135))
    );
    assert_eq!(answer["entries"][0]["at"], json!(start + SignedDuration::from_secs(5)));
    assert_eq!(
        (&answer["entries"][0]["reason"], &answer["entries"][0]["channel"]),
        (&json!("purchase"), &json!("store"))
    );
    // Her phone hears of it, and that the code was taken.
    let changes = world.since(&ada.session, &cursor);
    assert_eq!(value_of(&changes, "entry", answer["entries"][0]["id"].as_str().expect("an id"))["amount"], 35);
    assert_eq!(value_of(&changes, "code", "1")["period"], start.as_second() / 60);

    // A lost answer, and the whole journal again from a copy of the till.
    assert_eq!(send_under(&world, &entry, &key_of(&entry)).body, first.body);
    assert_eq!(state(&world, &ada.session), (135, 135, 135));
    send_under(&world, &entry, &world.key()).expect("409 receipt-reused");
    let other = Noted { minor: 3600, ..entry.clone() };
    send_under(&world, &other, &key_of(&entry)).expect("422 key-reused");
    assert_eq!(state(&world, &ada.session), (135, 135, 135));
    assert_eq!(all_held(&world), BTreeMap::new());
}

#[test]
fn a_server_that_forgets_keys_is_found_out() {
    let world = world();
    let ada = phone(&world, "Ada");
    let entry = noted(&ada, world.now(), (0, "r-1"), 5, 0, 3500);
    let rules = json!({"rules": [{"path": "/v1/till/journal", "fault": "ignore-idempotency"}]});
    world.sandbox_post("/sandbox/v1/faults", &rules);
    accrued(&world, &entry, 35);
    accrued(&world, &entry, 35);
    assert_ne!(state(&world, &ada.session), (135, 135, 135));
}

#[test]
fn two_tills_with_one_code_and_the_first_scan_counts_in_whichever_order_they_arrive() {
    for late in [false, true] {
        let world = world();
        let mut ada = phone(&world, "Ada");
        let start = world.now();
        let (first, second) = (noted(&ada, start, (0, "r-1"), 5, 0, 3500), noted(&ada, start, (2, "r-9"), 40, 0, 2000));
        pass(&world, &mut ada, HOUR);
        if late {
            accrued(&world, &second, 20);
            assert_eq!(state(&world, &ada.session), (120, 120, 120));
            accrued(&world, &first, 35);
            // She sees that it was taken back, and where.
            let ledger = ledger(&world, &ada.session);
            let entry = &ledger["entries"].as_array().expect("entries")[2];
            assert_eq!((&entry["amount"], &entry["reason"]), (&json!(-20), &json!("adjustment")));
            assert_eq!((&entry["place"]["en"], &entry["at"]), (&json!("Market Riverside"), &json!(world.now())));
        } else {
            accrued(&world, &first, 35);
            held(&world, &second, "used");
        }
        assert_eq!(state(&world, &ada.session), (135, 135, 135));
        let why = ("used".to_owned(), late);
        assert_eq!(all_held(&world), BTreeMap::from([(("riverside-1".to_owned(), "r-9".to_owned()), why)]));
    }
}

#[test]
fn the_journal_of_a_purchase_in_between_that_comes_last_holds_nothing() {
    let world = world();
    let mut ada = phone(&world, "Ada");
    let start = world.now();
    let entries = [
        noted(&ada, start, (0, "r-1"), 30, 0, 1000),
        noted(&ada, start, (1, "r-1"), 61, 1, 2000),
        // The code of the next minute, at once after the last purchase.
        noted(&ada, start, (2, "r-1"), 70, 2, 3000),
        noted(&ada, start, (0, "r-2"), 600, 10, 4000),
    ];
    pass(&world, &mut ada, HOUR);
    world.scan(&world.till("old-town-1"), &world.key(), &ada.proof(period(&world)), "r-3").expect("200");
    for index in [3, 0, 2, 1] {
        accrued(&world, &entries[index], entries[index].minor / 100);
    }
    assert_eq!(state(&world, &ada.session), (200, 200, 200));
    assert_eq!(all_held(&world), BTreeMap::new());
}

#[test]
fn a_scan_that_was_online_stands_and_a_sale_that_began_online_is_one_sale() {
    let world = world();
    let mut ada = phone(&world, "Ada");
    let start = world.now();
    let code = ada.proof(period(&world));
    world.clock.advance(Duration::from_secs(20));
    world.scan(&world.till("old-town-1"), &world.key(), &code, "r-1").expect("200");
    // The network went: the same till, sale and code.
    let same = noted(&ada, start, (0, "r-1"), 25, 0, 1500);
    // The same code at another till, before and after that.
    let before = noted(&ada, start, (2, "r-1"), 5, 0, 2500);
    let after = noted(&ada, start, (2, "r-2"), 45, 0, 3500);
    pass(&world, &mut ada, HOUR);
    held(&world, &before, "used");
    held(&world, &after, "used");
    accrued(&world, &same, 15);
    assert_eq!(state(&world, &ada.session).0, 115);
    assert_eq!(all_held(&world).values().filter(|(_, taken_back)| *taken_back).count(), 0);

    // What was taken offline is used online too.
    let later = noted(&ada, start, (0, "r-2"), 3600, 60, 1000);
    accrued(&world, &later, 10);
    let refused = world.scan(&world.till("old-town-2"), &world.key(), &later.payload, "r-7");
    refused.expect("409 code-used");
}

#[test]
fn what_does_not_hold_is_kept_with_the_reason() {
    let world = world();
    let mut ada = phone(&world, "Ada");
    let start = world.now();
    let good = noted(&ada, start, (0, "r-0"), 0, 0, 1000);
    let entry = |receipt: &str, payload: String| Noted { receipt: receipt.to_owned(), payload, ..good.clone() };
    let mut changed = good.payload.clone();
    let last = changed.pop().expect("a digit");
    changed.push(if last == '0' { '1' } else { '0' });
    held(&world, &entry("r-1", "12".to_owned()), "malformed");
    held(&world, &entry("r-2", "9820000000000009".to_owned()), "unknown-card");
    held(&world, &entry("r-3", changed), "forged");
    held(&world, &Noted { scanned_at: start - minutes(5), ..entry("r-4", good.payload.clone()) }, "future");
    held(
        &world,
        &Noted { scanned_at: start + minutes(1), ..entry("r-5", ada.rotating(Period::from_number(7))) },
        "forged",
    );
    held(
        &world,
        &Noted { scanned_at: start + SignedDuration::from_secs(121), ..entry("r-6", good.payload.clone()) },
        "future",
    );
    pass(&world, &mut ada, DAY * 30);
    accrued(&world, &good, 10);
    world.clock.advance(Duration::from_secs(1));
    held(&world, &entry("r-7", good.payload.clone()), "too-late");
    held(&world, &Noted { scanned_at: world.now(), ..entry("r-8", good.payload.clone()) }, "expired");
    assert_eq!(state(&world, &ada.session).0, 110);
    assert_eq!(all_held(&world).len(), 8);
    let report = world.send(Call::get("/sandbox/v1/held")).expect("200").json();
    let kept = report["held"].as_array().expect("entries").iter().find(|entry| entry["receipt"] == "r-2");
    let kept = kept.expect("the entry");
    assert_eq!((&kept["payload"], &kept["store"]), (&json!("9820000000000009"), &json!("old-town")));
    assert_eq!(kept["lines"], json!([{"line": 1, "minor": 1000, "text": null}]));
    // A key has its answer, also where that is that it was held.
    held(&world, &entry("r-7", good.payload.clone()), "too-late");
    assert_eq!(all_held(&world).len(), 8);
    // The receipt may still be booked by hand.
    let till = world.till("old-town-1");
    let scan = world.scan(&till, &world.key(), ada.card.as_str(), "r-1").expect("200").json();
    world.accrue(&till, &world.key(), scan["scan"].as_str().expect("an id"), "r-1", 1000).expect("200");
    assert_eq!(state(&world, &ada.session).0, 120);
}

#[test]
fn a_phone_that_was_revoked_after_the_scan_was_good() {
    let world = world();
    let mut ada = phone(&world, "Ada");
    let mut other = Phone::new(&world, "Ada", 8);
    let start = world.now();
    let before = noted(&ada, start, (0, "r-1"), 0, 0, 1000);
    let after = noted(&ada, start, (1, "r-1"), 300, 5, 1000);
    pass(&world, &mut ada, MINUTE * 2);
    world.sandbox_post("/sandbox/v1/revoke", &json!({"member": ada.session.member, "device": ada.device.0}));
    pass(&world, &mut other, DAY * 20);
    accrued(&world, &before, 10);
    held(&world, &after, "revoked");
    // The whole card, likewise.
    let session = &other.session;
    let number = |receipt: &str, scanned_at: Timestamp| Noted {
        receipt: receipt.to_owned(),
        scanned_at,
        payload: ada.card.as_str().to_owned(),
        ..before.clone()
    };
    world.sandbox_post("/sandbox/v1/revoke", &json!({"member": session.member, "card": true, "sessions": false}));
    accrued(&world, &number("r-2", world.now() - minutes(1)), 10);
    held(&world, &number("r-3", world.now()), "revoked");
    assert_eq!(state(&world, session).0, 120);
}

#[test]
fn rotating_codes_are_checked_as_of_the_scan_and_guesses_do_not_count() {
    let world = world();
    let mut ada = phone(&world, "Ada");
    let start = world.now();
    let now = period(&world);
    let base = noted(&ada, start, (0, "r-1"), 10, 0, 1000);
    let at = |till, noted: Noted| Noted { till, ..noted };
    pass(&world, &mut ada, DAY);
    for wrong in 0..12 {
        let guess = format!("{}{wrong:08}", ada.card.as_str());
        held(&world, &at(TILLS[0], rotating(start, &format!("g-{wrong}"), 0, guess)), "forged");
    }
    accrued(&world, &at(TILLS[1], rotating(start, "r-2", 30, ada.rotating(now))), 10);
    // The proof of that minute is the same code as far as single use goes; its scan came first.
    accrued(&world, &base, 10);
    assert_eq!(all_held(&world)[&("old-town-2".to_owned(), "r-2".to_owned())], ("used".to_owned(), true));
    // A number alone is checked for nothing and earns, as often as it is shown.
    for receipt in ["n-1", "n-2"] {
        accrued(&world, &rotating(start, receipt, 30, ada.card.as_str().to_owned()), 10);
    }
    assert_eq!(state(&world, &ada.session), (130, 130, 130));
}

/// A scan of this second from the start, of this code, at a till of its own.
fn rotating(start: Timestamp, receipt: &str, second: i64, code: String) -> Noted {
    let scanned_at = start + SignedDuration::from_secs(second);
    Noted { till: TILLS[2], receipt: receipt.to_owned(), scanned_at, payload: code, minor: 1000 }
}

#[test]
fn codes_of_a_key_that_the_phone_had_at_the_scan_are_good() {
    let world = world();
    let mut ada = Phone::new(&world, "Ada", 7);
    let start = world.now();
    let (first, later) = (period(&world), Period::from_number(period(&world).number() + 10));
    let [before, after] = [(5, first), (605, later)].map(|(second, code)| (second, ada.rotating(code)));
    pass(&world, &mut ada, MINUTE * 5);
    ada.register_key(&world, 8);
    pass(&world, &mut ada, MINUTE * 5);
    world.scan(&world.till(TILLS[0]), &world.key(), &after.1, "r-0").expect("409 code-forged");
    let new = rotating(start, "r-3", 605, ada.rotating(later));
    pass(&world, &mut ada, DAY * 20);
    held(&world, &rotating(start, "r-2", after.0, after.1), "forged");
    accrued(&world, &rotating(start, "r-1", before.0, before.1), 10);
    accrued(&world, &new, 10);
    assert_eq!(state(&world, &ada.session).0, 120);
}

#[test]
fn of_the_keys_that_a_phone_had_before_fifty_are_kept() {
    let world = world();
    let mut ada = Phone::new(&world, "Ada", 0);
    let start = world.now();
    let codes: Vec<_> = (1..=51)
        .map(|seed| {
            let code = ada.rotating(period(&world));
            ada.register_key(&world, seed);
            // Asking again is no change.
            ada.register(&world);
            code
        })
        .collect();
    // In the moment of the change it was the new key already.
    world.clock.advance(MINUTE);
    let entry = |index: usize, second: i64| rotating(start, &format!("r-{index}"), second, codes[index].clone());
    held(&world, &entry(0, -1), "forged");
    accrued(&world, &entry(1, -1), 10);
    held(&world, &entry(2, 0), "forged");
}

#[test]
fn a_phone_that_got_another_number_had_its_codes_read_under_the_one_before() {
    let world = world();
    let mut kept = Phone::new(&world, "Ada", 7);
    let stolen = Phone::new(&world, "Ada", 8);
    let start = world.now();
    let before = rotating(start, "r-1", 5, kept.rotating(period(&world)));
    pass(&world, &mut kept, MINUTE * 5);
    world.sandbox_post("/sandbox/v1/revoke", &json!({"member": kept.session.member, "device": stolen.device.0}));
    kept.register_key(&world, 9);
    assert_eq!(kept.device, DeviceNumber(3));
    pass(&world, &mut kept, DAY * 20);
    accrued(&world, &before, 10);
    assert_eq!(state(&world, &kept.session).0, 110);
}

#[test]
fn a_proof_earns_by_the_tier_that_was_signed() {
    let world = world();
    let mut ada = phone(&world, "Ada");
    let start = world.now();
    let bronze = noted(&ada, start, (0, "r-1"), 0, 0, 10_000);
    world.buy(&ada.session, "r-9", 60_000);
    ada.top_up(&world, 7);
    let silver = noted(&ada, start, (0, "r-2"), 120, 2, 10_000);
    pass(&world, &mut ada, HOUR);
    accrued(&world, &bronze, 100);
    accrued(&world, &silver, 110);
}

#[test]
fn what_was_brought_back_meanwhile_is_not_taken_twice() {
    let world = world();
    let mut ada = phone(&world, "Ada");
    let start = world.now();
    let (first, second) = (noted(&ada, start, (0, "r-1"), 5, 0, 3500), noted(&ada, start, (2, "r-9"), 40, 0, 2000));
    pass(&world, &mut ada, HOUR);
    accrued(&world, &second, 20);
    let refund = |id: &str, minor: i64| {
        let lines = json!([{"line": 1, "amount": {"minor": minor, "currency": "EUR"}}]);
        let body = json!({"refund": id, "receipt": "r-9", "lines": lines});
        let call = Call::post("/v1/till/refunds", &body).bearer(&world.till("riverside-1"));
        world.send(call.key(&world.key())).expect("200").json()["points"].clone()
    };
    assert_eq!(refund("b-1", 500), 5);
    accrued(&world, &first, 35);
    assert_eq!(state(&world, &ada.session), (135, 135, 135));
    assert_eq!(refund("b-2", 1500), 0);
    assert_eq!(state(&world, &ada.session), (135, 135, 135));
}

#[test]
fn a_scan_of_a_year_that_has_ended_counts_for_no_tier_of_this_one() {
    let world = world();
    world.clock.advance(DAY * 35);
    let mut ada = phone(&world, "Ada");
    let entry = noted(&ada, world.now(), (0, "r-1"), 0, 0, 3500);
    pass(&world, &mut ada, DAY * 10);
    accrued(&world, &entry, 35);
    let (available, lifetime, tier_points) = state(&world, &ada.session);
    assert_eq!((available, lifetime, tier_points), (135, 135, 0));
}

/// Every order of `0..count`.
fn orders(count: usize) -> Vec<Vec<usize>> {
    (0..count).fold(vec![Vec::new()], |orders, next| {
        let mut longer = Vec::new();
        for order in orders {
            for place in 0..=order.len() {
                let mut order = order.clone();
                order.insert(place, next);
                longer.push(order);
            }
        }
        longer
    })
}

/// By the rule as it is written: a scan does not count if an earlier one has a code of the same period or a later.
fn counting(entries: &[(i64, i64, &Noted)]) -> BTreeSet<(String, String)> {
    let order = |(second, period, noted): &(i64, i64, &Noted)| (*second, *period, noted.till, noted.receipt.clone());
    entries
        .iter()
        .filter(|entry| !entries.iter().any(|other| order(other) < order(entry) && other.1 >= entry.1))
        .map(|(_, _, noted)| (noted.till.to_owned(), noted.receipt.clone()))
        .collect()
}

/// Sends the entries in this order, and answers which count. What is left with the member must be of just those.
fn arrive(entries: &[Noted], order: &[usize]) -> BTreeSet<(String, String)> {
    let world = world();
    let mut ada = Phone::new(&world, "Ada", 7);
    // The issuer's key is the same as where the codes were made.
    ada.top_up(&world, 1);
    pass(&world, &mut ada, HOUR);
    for index in order {
        send(&world, &entries[*index]);
    }
    let held = all_held(&world);
    assert!(held.values().all(|(reason, _)| reason == "used"), "{held:?}");
    let counts: BTreeSet<_> = entries
        .iter()
        .filter(|noted| !held.contains_key(&(noted.till.to_owned(), noted.receipt.clone())))
        .map(|noted| (noted.till.to_owned(), noted.receipt.clone()))
        .collect();
    let brought = |noted: &&Noted| counts.contains(&(noted.till.to_owned(), noted.receipt.clone()));
    let points = 100 + entries.iter().filter(brought).map(|noted| noted.minor / 100).sum::<i64>();
    assert_eq!(state(&world, &ada.session), (points, points, points), "{order:?}");
    counts
}

#[test]
fn journals_in_every_order_come_to_the_same() {
    let world = world();
    let ada = phone(&world, "Ada");
    // Seconds and periods: the code of minute 1 at three tills, that of minute 0 behind it, and two of one moment.
    let scans = [(70, 1), (75, 1), (80, 0), (80, 2), (61, 1)];
    let entries: Vec<_> = scans
        .iter()
        .enumerate()
        .map(|(index, (second, period))| {
            noted(&ada, world.now(), (index % 3, &format!("r-{index}")), *second, *period, 100 << index)
        })
        .collect();
    let rule: Vec<_> = scans.iter().zip(&entries).map(|((second, period), noted)| (*second, *period, noted)).collect();
    let expected = counting(&rule);
    assert_eq!(expected.len(), 2, "{expected:?}");
    let orders = orders(entries.len());
    assert_eq!(orders.len(), 120);
    for order in orders {
        assert_eq!(arrive(&entries, &order), expected, "{order:?}");
    }
}

#[test]
fn journals_of_any_scans_come_to_what_the_rule_says() {
    const SEEDS: u64 = 80;
    let world = world();
    let ada = phone(&world, "Ada");
    let mut held = 0;
    for seed in 0..SEEDS {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut below = |most: i64| i64::try_from(random.next_u64() % most.unsigned_abs()).expect("small");
        let scans: Vec<_> = (0..6)
            .map(|_| {
                let second = 60 + below(18) * 10;
                (second, second / 60 - 1 + below(3))
            })
            .collect();
        let entries: Vec<_> = scans
            .iter()
            .enumerate()
            .map(|(index, (second, period))| {
                noted(&ada, world.now(), (index % 3, &format!("r-{index}")), *second, *period, 100 << index)
            })
            .collect();
        // Each once or more, in any order.
        let mut order: Vec<usize> = (0..6).chain((0..3).map(|_| usize::try_from(below(6)).expect("small"))).collect();
        for last in (1..order.len()).rev() {
            order.swap(last, usize::try_from(below(i64::try_from(last).expect("small") + 1)).expect("small"));
        }
        let rule: Vec<_> =
            scans.iter().zip(&entries).map(|((second, period), noted)| (*second, *period, noted)).collect();
        let expected = counting(&rule);
        held += entries.len() - expected.len();
        assert_eq!(arrive(&entries, &order), expected, "seed {seed}: {scans:?} in {order:?}");
    }
    assert!(held > 0, "no scan was in another's way");
}
