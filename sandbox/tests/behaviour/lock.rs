//! The spend lock: what a locked member may do and may not, and who hears of it.

use serde_json::{Value, json};

use crate::harness::{Call, Reply, Session, World, value_of};

fn set(world: &World, member: &Session, locked: bool) -> Value {
    world.act(member, &world.key(), &world.lock_body(locked)).expect("200").json()
}

fn redeem(world: &World, till: &str, scan: &str, voucher: &str) -> Reply {
    redeem_as(&world.key(), world, till, scan, voucher)
}

fn redeem_as(key: &str, world: &World, till: &str, scan: &str, voucher: &str) -> Reply {
    let body = json!({"scan": scan, "voucher": voucher, "receipt": "r-1"});
    world.send(Call::post("/v1/till/redemptions", &body).bearer(till).key(key))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("a text, not {value}")).to_owned()
}

#[test]
fn earning_goes_on_and_spending_is_refused_until_it_is_unlocked() {
    let world = World::new();
    let ada = world.join("Ada");
    let (bought, refused) = (world.key(), world.key());
    let coffee = world.claim_body(&ada, "coffee");
    let code = text(&world.act(&ada, &bought, &coffee).expect("200").json()["effect"]["voucher"]["code"]);
    set(&world, &ada, true);

    // Neither at the programme nor at the till.
    world.act(&ada, &refused, &coffee).expect("409 spend-locked");
    let till = world.till("old-town-1");
    let card = world.card_number(&ada);
    let scanned = world.scan(&till, &world.key(), &card, "r-1").expect("200").json();
    assert_eq!((&scanned["spend_locked"], &scanned["may_spend"]), (&json!(true), &json!(false)));
    let scan = text(&scanned["scan"]);
    redeem(&world, &till, &scan, &code).expect("409 spend-locked");

    // A purchase brings points, and so does a claim that is taken back.
    let before = world.points(&ada);
    assert_eq!(world.accrue(&till, &world.key(), &scan, "r-1", 3500).expect("200").json()["points"], 35);
    world.act(&ada, &world.key(), &world.cancel_body(&bought)).expect("200");
    assert_eq!(world.points(&ada), before + 35 + 50);

    set(&world, &ada, false);
    // What was refused stays refused; a claim of its own is taken.
    world.act(&ada, &refused, &coffee).expect("409 spend-locked");
    let code = text(&world.act(&ada, &world.key(), &coffee).expect("200").json()["effect"]["voucher"]["code"]);
    // The scan of before is good again: she unlocked at the till.
    redeem(&world, &till, &scan, &code).expect("200");
    let audit = world.audit();
    assert_eq!((&audit["ledger_sum"], &audit["drifted"]), (&json!(0), &json!(0)));
}

#[test]
fn every_phone_of_the_member_hears_of_it_and_nobody_elses() {
    let world = World::new();
    let (ada, other, bob) = (world.join("Ada"), world.join("Ada"), world.join("Bob"));
    let (_, cursor) = world.snapshot(&other, 500);
    let (_, of_bob) = world.snapshot(&bob, 500);
    let answer = set(&world, &ada, true);
    let card = json!({"revoked": false, "spend_locked": true, "lowest_device": 1});
    assert_eq!(answer["effect"], json!({"entries": [], "voucher": null, "accounts": [], "card": card}));
    assert_eq!(*value_of(&world.since(&other, &cursor), "card", "card"), card);
    assert_eq!(world.since(&bob, &of_bob), Vec::<Value>::new());
    world.act(&bob, &world.key(), &world.claim_body(&bob, "coffee")).expect("200");

    // A phone that comes later finds it locked.
    let new = world.join("Ada");
    assert_eq!(*value_of(&world.snapshot(&new, 500).0, "card", "card"), card);
    set(&world, &new, false);
    assert_eq!(value_of(&world.since(&other, &cursor), "card", "card")["spend_locked"], false);
}

#[test]
fn a_repeat_has_one_effect_and_what_is_so_already_is_told_to_nobody() {
    let world = World::new();
    let ada = world.join("Ada");
    let (key, body) = (world.key(), world.lock_body(true));
    let first = world.act(&ada, &key, &body).expect("200");
    set(&world, &ada, false);
    // The answer was lost, and the phone asks again: it gets that answer, and nothing is locked.
    assert_eq!(world.act(&ada, &key, &body).expect("200").body, first.body);
    world.act(&ada, &world.key(), &world.claim_body(&ada, "coffee")).expect("200");
    world.act(&ada, &key, &world.lock_body(false)).expect("422 key-reused");

    let (_, cursor) = world.snapshot(&ada, 500);
    let answer = set(&world, &ada, false);
    assert_eq!(answer["effect"]["card"]["spend_locked"], false);
    let told: Vec<Value> = world.since(&ada, &cursor).iter().map(|change| change["kind"].clone()).collect();
    assert_eq!(told, ["outcome"], "the outcome, and no change of the card");
}

#[test]
fn a_use_that_was_made_before_the_lock_is_answered_again() {
    let world = World::new();
    let ada = world.join("Ada");
    let till = world.till("old-town-1");
    let coffee = world.claim_body(&ada, "coffee");
    let code = text(&world.act(&ada, &world.key(), &coffee).expect("200").json()["effect"]["voucher"]["code"]);
    let card = world.card_number(&ada);
    let scan = text(&world.scan(&till, &world.key(), &card, "r-1").expect("200").json()["scan"]);
    let used = redeem(&world, &till, &scan, &code).expect("200");
    set(&world, &ada, true);
    assert_eq!(redeem(&world, &till, &scan, &code).expect("200").body, used.body);
}

#[test]
fn what_was_refused_at_the_till_is_good_as_soon_as_she_unlocks() {
    let world = World::new();
    let ada = world.join("Ada");
    let till = world.till("old-town-1");
    let coffee = world.claim_body(&ada, "coffee");
    let code = text(&world.act(&ada, &world.key(), &coffee).expect("200").json()["effect"]["voucher"]["code"]);
    let card = world.card_number(&ada);
    let scan = text(&world.scan(&till, &world.key(), &card, "r-1").expect("200").json()["scan"]);
    set(&world, &ada, true);
    let key = world.key();
    redeem_as(&key, &world, &till, &scan, &code).expect("409 spend-locked");
    redeem_as(&key, &world, &till, &scan, &code).expect("409 spend-locked");
    set(&world, &ada, false);
    let used = redeem_as(&key, &world, &till, &scan, &code).expect("200");
    assert_eq!(redeem_as(&key, &world, &till, &scan, &code).expect("200").body, used.body);
}

#[test]
fn a_lock_that_does_not_say_which_way_leaves_no_outcome() {
    let world = World::new();
    let ada = world.join("Ada");
    let key = world.key();
    for (locked, detail) in [
        (None, "the field `locked` is missing"),
        (Some(json!("yes")), "locked: expected a boolean"),
        (Some(json!(null)), "locked: expected a boolean"),
    ] {
        let mut body = world.lock_body(true);
        match locked {
            Some(locked) => body["locked"] = locked,
            None => drop(body.as_object_mut().expect("an object").remove("locked")),
        }
        assert_eq!(world.act(&ada, &key, &body).expect("400 malformed").json()["detail"], detail);
    }
    world.act(&ada, &key, &world.lock_body(true)).expect("200");
}
