//! Actions: exactly once for each key, refusals with their reasons, outcomes.

use serde_json::{Value, json};

use crate::harness::{Call, DAY, Session, World, value_of};

#[test]
fn a_claim_right_after_joining_charges_the_points_and_issues_a_voucher() {
    let world = World::new();
    let ada = world.join("Ada");
    let key = world.key();
    let answer = world.act(&ada, &key, &world.claim_body(&ada, "coffee")).expect("200").json();
    assert_eq!(answer["key"], key.as_str());
    assert_eq!((&answer["status"], &answer["type"]), (&json!("confirmed"), &json!("claim-reward")));
    let entry = &answer["effect"]["entries"][0];
    assert_eq!((&entry["amount"], &entry["balance"], &entry["number"]), (&json!(-50), &json!(50), &json!(2)));
    assert_eq!((&entry["reason"], &entry["key"], &entry["channel"]), (&json!("claim"), &json!(key), &json!("app")));
    assert_eq!(
        answer["effect"]["accounts"],
        json!([{"unit": "points", "available": 50, "pending": 0, "reserved": 0, "lifetime": 100}])
    );
    let voucher = &answer["effect"]["voucher"];
    assert_eq!(voucher["expires_at"], "2026-12-22T10:00:00Z");
    let code = voucher["code"].as_str().expect("a code");
    assert!(code.len() == 12 && code.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase()), "{code}");
    assert!(!code.contains(['0', '1', 'O', 'I']), "{code}");
    // What sync says is what the answer said.
    let (changes, _) = world.snapshot(&ada, 500);
    let id = voucher["id"].as_str().expect("an id");
    let mut synced = value_of(&changes, "voucher", id).clone();
    synced["id"] = json!(id);
    assert_eq!(&synced, voucher);
    let outcome = value_of(&changes, "outcome", &key);
    assert_eq!(outcome["effect"], answer["effect"]);
    assert_eq!(world.points(&ada), 50);
}

#[test]
fn a_repeat_gets_the_same_bytes_and_has_no_second_effect_even_past_not_after() {
    let world = World::new();
    let ada = world.join("Ada");
    let (key, body) = (world.key(), world.claim_body(&ada, "coffee"));
    let first = world.act(&ada, &key, &body).expect("200");
    let again = world.act(&ada, &key, &body).expect("200");
    assert_eq!(first.body, again.body);
    let upper = world.act(&ada, &key.to_uppercase(), &body).expect("200");
    assert_eq!(first.body, upper.body, "a UUID is the same in capitals");
    world.clock.advance(60 * DAY);
    let ada = world.join("Ada");
    let late = world.act(&ada, &key, &body).expect("200");
    assert_eq!(first.body, late.body);
    assert_eq!(world.points(&ada), 50);
    assert_eq!(world.audit()["vouchers"], 1);
}

#[test]
fn a_claim_is_taken_back_once_with_what_it_took_and_its_voucher_is_closed() {
    let world = World::new();
    let (ada, bob) = (world.join("Ada"), world.join("Bob"));
    let (claim, cancel) = (world.key(), world.key());
    let body = world.cancel_body(&claim);
    world.act(&ada, &world.key(), &body).expect("409 unknown-claim");
    world.act(&ada, &claim, &world.claim_body(&ada, "coffee")).expect("200");
    world.act(&bob, &world.key(), &body).expect("409 unknown-claim");
    assert_eq!(world.points(&ada), 50);

    // What the device showed decides nothing.
    let mut dear = body.clone();
    dear["refund"]["amount"] = json!(1_000_000);
    let answer = world.act(&ada, &cancel, &dear).expect("200").json();
    assert_eq!((&answer["type"], &answer["status"]), (&json!("cancel-claim"), &json!("confirmed")));
    let effect = &answer["effect"];
    assert_eq!((&effect["entries"][0]["amount"], &effect["entries"][0]["reason"]), (&json!(50), &json!("refund")));
    assert_eq!((&effect["entries"][0]["key"], &effect["voucher"]["state"]), (&json!(cancel), &json!("cancelled")));
    assert_eq!(effect["accounts"][0]["lifetime"], 100, "nothing was earned");
    assert_eq!(world.points(&ada), 100);
    let (changes, _) = world.snapshot(&ada, 500);
    let id = effect["voucher"]["id"].as_str().expect("an id");
    assert_eq!(value_of(&changes, "voucher", id)["state"], "cancelled");

    // A repeat is the same answer; another action finds the voucher closed.
    assert_eq!(world.act(&ada, &cancel, &dear).expect("200").json(), answer);
    let refused = world.act(&ada, &world.key(), &body).expect("409 voucher-closed").json();
    assert_eq!(refused["state"], "cancelled");
    assert_eq!(world.points(&ada), 100);
    assert_eq!(world.audit()["ledger_sum"], 0);
    // One cannot take back the taking back.
    world.act(&ada, &world.key(), &world.cancel_body(&cancel)).expect("409 unknown-claim");
}

#[test]
fn a_voucher_that_ran_out_is_not_taken_back_and_what_was_counted_is_there_again() {
    let world = World::new();
    let ada = world.join("Ada");
    let stock = |world: &World| value_of(&world.snapshot(&ada, 500).0, "reward", "cooking-class")["stock"].clone();
    let (claim, before) = (world.key(), stock(&world));
    world.grant(&ada, 5_000);
    world.act(&ada, &claim, &world.claim_body(&ada, "cooking-class")).expect("200");
    assert_ne!(stock(&world), before);
    world.act(&ada, &world.key(), &world.cancel_body(&claim)).expect("200");
    assert_eq!(stock(&world), before);

    let claim = world.key();
    world.act(&ada, &claim, &world.claim_body(&ada, "coffee")).expect("200");
    world.clock.advance(31 * DAY);
    let ada = world.join("Ada");
    let refused = world.act(&ada, &world.key(), &world.cancel_body(&claim)).expect("409 voucher-closed").json();
    assert_eq!(refused["state"], "expired");
}

#[test]
fn a_refusal_is_repeated_too_even_when_it_would_succeed_now() {
    let world = World::new();
    let ada = world.join("Ada");
    let (key, body) = (world.key(), world.claim_body(&ada, "flowers"));
    let first = world.act(&ada, &key, &body).expect("409 insufficient-points");
    let problem = first.json();
    assert_eq!((&problem["available"], &problem["needed"]), (&json!(100), &json!(350)));
    assert_eq!(problem["key"], key.as_str());
    world.grant(&ada, 1000);
    let again = world.act(&ada, &key, &body).expect("409 insufficient-points");
    assert_eq!(first.body, again.body);
    assert_eq!(world.points(&ada), 1100);
    world.act(&ada, &world.key(), &body).expect("200");
}

#[test]
fn the_same_key_with_other_bytes_is_refused() {
    let world = World::new();
    let ada = world.join("Ada");
    let (key, body) = (world.key(), world.claim_body(&ada, "coffee"));
    world.act(&ada, &key, &body).expect("200");
    let mut other = body.clone();
    other["reward"] = json!("tote-bag");
    world.act(&ada, &key, &other).expect("422 key-reused");
    // The same document in other bytes, and bytes that are no document at all.
    let spaced = format!(" {body}");
    for bytes in [spaced.as_str(), "{"] {
        let call = Call::new("POST", "/v1/actions").raw("application/json", bytes.to_owned());
        world.send(call.bearer(&ada.access).key(&key)).expect("422 key-reused");
    }
    assert_eq!(world.points(&ada), 50);
}

#[test]
fn two_requests_at_once_with_one_key_have_one_effect() {
    let world = World::new();
    let ada = world.join("Ada");
    let (key, body) = (world.key(), world.claim_body(&ada, "coffee"));
    let call = || Call::post("/v1/actions", &body).bearer(&ada.access).key(&key);
    // Both bodies arrive in two pieces, so that both handlers are under way at the same time.
    let (left, left_body) = split_body(&body);
    let (right, right_body) = split_body(&body);
    let mut one = world.start(call().raw("application/json", left_body));
    let mut two = world.start(call().raw("application/json", right_body));
    assert!(one.poll().is_none() && two.poll().is_none());
    left.finish();
    right.finish();
    let (one, two) = (one.poll().expect("an answer"), two.poll().expect("an answer"));
    assert_eq!(one.status.as_u16(), 200);
    assert_eq!(one.body, two.body);
    assert_eq!(world.points(&ada), 50);
    assert_eq!(world.audit()["actions"], json!({"confirmed": 1, "rejected": 0}));
}

/// A body whose second half comes when the test says so.
struct Rest {
    sender: tokio::sync::oneshot::Sender<bytes::Bytes>,
    rest: bytes::Bytes,
}

impl Rest {
    fn finish(self) {
        self.sender.send(self.rest).expect("the request waits");
    }
}

fn split_body(body: &Value) -> (Rest, axum::body::Body) {
    use futures_util::StreamExt as _;
    let bytes = bytes::Bytes::from(body.to_string());
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let first = bytes.slice(..bytes.len() / 2);
    let rest = Rest { sender, rest: bytes.slice(bytes.len() / 2..) };
    let stream = futures_util::stream::once(async { Ok(first) }).chain(futures_util::stream::once(receiver));
    (rest, axum::body::Body::from_stream(stream))
}

#[test]
fn what_arrives_after_not_after_has_no_effect_and_leaves_no_outcome() {
    let world = World::new();
    let ada = world.join("Ada");
    let (key, body) = (world.key(), world.claim_body(&ada, "coffee"));
    world.clock.advance(7 * DAY);
    let ada = world.join("Ada");
    let mut on_time = world.claim_of("coffee", 50, 1);
    on_time["not_after"] = json!(world.now());
    world.act(&ada, &world.key(), &on_time).expect("200");
    world.clock.advance(std::time::Duration::from_millis(1));
    let late = world.act(&ada, &key, &body).expect("409 action-expired").json();
    assert_eq!(late["key"], key.as_str());
    assert_eq!(world.points(&ada), 50);
    let call = Call::get(&format!("/v1/actions/{key}")).bearer(&ada.access);
    world.send(call).expect("404 unknown-action");
    assert_eq!(world.audit()["actions"], json!({"confirmed": 1, "rejected": 0}));
}

#[test]
fn a_dearer_reward_is_refused_and_a_cheaper_one_is_charged_at_its_cost_now() {
    let world = World::new();
    let ada = world.join("Ada");
    let body = world.claim_body(&ada, "coffee");
    world.sandbox_post("/sandbox/v1/rewards/coffee", &json!({"cost": 60}));
    let problem = world.act(&ada, &world.key(), &body).expect("409 price-changed").json();
    assert_eq!(problem["cost"], json!({"unit": "points", "amount": 60}));
    assert_eq!(problem["revision"], 2);
    world.sandbox_post("/sandbox/v1/rewards/coffee", &json!({"cost": 40}));
    let answer = world.act(&ada, &world.key(), &body).expect("200").json();
    assert_eq!(answer["effect"]["entries"][0]["amount"], -40);
    assert_eq!(world.points(&ada), 60);
}

#[test]
fn a_reward_that_is_not_there_is_refused() {
    let world = World::new();
    let ada = world.join("Ada");
    world.act(&ada, &world.key(), &world.claim_of("no-such-reward", 50, 1)).expect("409 unknown-reward");
    let body = world.claim_body(&ada, "coffee");
    world.sandbox_post("/sandbox/v1/rewards/coffee", &json!({"deleted": true}));
    world.act(&ada, &world.key(), &body).expect("409 unknown-reward");
}

#[test]
fn a_reward_outside_of_its_dates_is_refused() {
    let world = World::new();
    let ada = world.join("Ada");
    world.grant(&ada, 1000);
    world.act(&ada, &world.key(), &world.claim_body(&ada, "advent-calendar")).expect("200");
    world.clock.advance(32 * DAY + 12 * crate::harness::HOUR);
    let ada = world.join("Ada");
    world.act(&ada, &world.key(), &world.claim_body(&ada, "advent-calendar")).expect("409 reward-unavailable");
}

#[test]
fn a_reward_for_a_higher_tier_is_refused_until_the_tier_is_reached() {
    let world = World::new();
    let ada = world.join("Ada");
    world.grant(&ada, 1000);
    let body = world.claim_body(&ada, "gold-tasting");
    let problem = world.act(&ada, &world.key(), &body).expect("409 tier-required").json();
    assert_eq!(problem["tier"], "gold");
    world.buy(&ada, "r-1", 150_000);
    let (changes, _) = world.snapshot(&ada, 500);
    assert_eq!(value_of(&changes, "standing", "standing")["tier"], "gold");
    world.act(&ada, &world.key(), &body).expect("200");
}

#[test]
fn a_reward_with_stock_is_sold_out_after_the_last_one_and_everyone_sees_what_is_left() {
    let world = World::new();
    let ada = world.join("Ada");
    let bob = world.join("Bob");
    world.grant(&ada, 5000);
    world.grant(&bob, 5000);
    world.sandbox_post("/sandbox/v1/rewards/cooking-class", &json!({"stock": 2}));
    let (_, cursor) = world.snapshot(&bob, 500);
    let body = world.claim_body(&ada, "cooking-class");
    world.act(&ada, &world.key(), &body).expect("200");
    let seen = world.since(&bob, &cursor);
    let value = value_of(&seen, "reward", "cooking-class");
    assert_eq!((&value["stock"], &value["revision"]), (&json!(1), &json!(2)), "a claim does not change the offer");
    world.act(&bob, &world.key(), &body).expect("200");
    world.act(&ada, &world.key(), &body).expect("409 sold-out");
    assert_eq!(world.points(&ada), 4200);
}

#[test]
fn an_outcome_is_found_by_its_key_by_its_member_only() {
    let world = World::new();
    let ada = world.join("Ada");
    let bob = world.join("Bob");
    let (won, lost) = (world.key(), world.key());
    let answer = world.act(&ada, &won, &world.claim_body(&ada, "coffee")).expect("200").json();
    let problem = world.act(&ada, &lost, &world.claim_body(&ada, "flowers")).expect("409 insufficient-points").json();
    let outcome =
        |session: &Session, key: &str| world.send(Call::get(&format!("/v1/actions/{key}")).bearer(&session.access));
    let mut expected = answer.clone();
    expected["problem"] = Value::Null;
    assert_eq!(outcome(&ada, &won).expect("200").json(), expected);
    assert_eq!(outcome(&ada, &won.to_uppercase()).expect("200").json(), expected);
    let rejected = outcome(&ada, &lost).expect("200").json();
    assert_eq!(rejected["status"], "rejected");
    assert_eq!((&rejected["problem"], &rejected["effect"]), (&problem, &Value::Null));
    outcome(&bob, &won).expect("404 unknown-action");
    outcome(&ada, &world.key()).expect("404 unknown-action");
    for key in ["x", "%20", "%FF", "..%2F"] {
        outcome(&ada, key).expect("404 unknown-action");
    }
    // The key is Ada's: under Bob's name it is another action.
    world.act(&bob, &won, &world.claim_of("coffee", 50, 1)).expect("200");
    assert_eq!(outcome(&ada, &won).expect("200").json(), expected);
}

#[test]
fn an_action_that_is_not_well_formed_leaves_no_outcome() {
    let world = World::new();
    let ada = world.join("Ada");
    let good = world.claim_body(&ada, "coffee");
    let cases = [
        ("type", Some(json!("fly")), "type: expected claim-reward, cancel-claim or set-spend-lock"),
        ("type", None, "the field `type` is missing"),
        ("not_after", None, "the field `not_after` is missing"),
        ("not_after", Some(json!("tomorrow")), "not_after: the value is not valid"),
        ("not_after", Some(json!("2027-01-22T10:00:00Z")), "not_after: expected at most 30 days ahead"),
        ("reward", Some(json!(" ")), "reward: expected 1 to 64 of A-Z a-z 0-9 . _ : -"),
        ("cost", Some(json!(50)), "cost: expected an object"),
        ("cost", Some(json!({"unit": "points"})), "cost: the field `amount` is missing"),
        ("cost", Some(json!({"unit": "points", "amount": -1})), "cost.amount: expected 0 to 9223372036854775807"),
        ("revision", Some(json!(0)), "revision: expected 1 to 9223372036854775807"),
        ("revision", Some(json!(1.5)), "revision: expected i64"),
    ];
    for (field, value, detail) in cases {
        let mut body = good.clone();
        let fields = body.as_object_mut().expect("an object");
        match value {
            Some(value) => fields.insert(field.to_owned(), value),
            None => fields.remove(field),
        };
        let key = world.key();
        let problem = world.act(&ada, &key, &body).expect("400 malformed").json();
        assert_eq!(problem["detail"], detail);
        world.send(Call::get(&format!("/v1/actions/{key}")).bearer(&ada.access)).expect("404 unknown-action");
        // The key is free: nothing was done under it.
        world.act(&ada, &key, &world.claim_of("no-such-reward", 1, 1)).expect("409 unknown-reward");
    }
    for (field, value, detail) in [
        ("claim", json!("coffee"), "claim: expected the UUID of an action"),
        ("reward", json!(""), "reward: expected 1 to 64 of A-Z a-z 0-9 . _ : -"),
        ("refund", json!(50), "refund: expected an object"),
    ] {
        let mut body = world.cancel_body(&world.key());
        body[field] = value;
        assert_eq!(world.act(&ada, &world.key(), &body).expect("400 malformed").json()["detail"], detail);
    }
    assert_eq!(world.points(&ada), 100);
}

#[test]
fn an_action_needs_a_key() {
    let world = World::new();
    let ada = world.join("Ada");
    let body = world.claim_body(&ada, "coffee");
    let call = || Call::post("/v1/actions", &body).bearer(&ada.access);
    world.send(call()).expect("400 malformed");
    world.send(call().key("not a key")).expect("400 malformed");
    world.send(call().key(&world.key()).key(&world.key())).expect("400 malformed");
    assert_eq!(world.points(&ada), 100);
}

#[test]
fn a_voucher_that_has_run_out_is_a_change() {
    let world = World::new();
    let ada = world.join("Ada");
    let answer = world.act(&ada, &world.key(), &world.claim_body(&ada, "coffee")).expect("200").json();
    let id = answer["effect"]["voucher"]["id"].as_str().expect("an id").to_owned();
    let (_, cursor) = world.snapshot(&ada, 500);
    world.clock.advance(29 * DAY);
    let ada = world.join("Ada");
    assert!(world.since(&ada, &cursor).is_empty());
    world.clock.advance(DAY);
    let ada = world.join("Ada");
    let changes = world.since(&ada, &cursor);
    assert_eq!(changes.len(), 1);
    assert_eq!(value_of(&changes, "voucher", &id)["state"], "expired");
    assert!(world.since(&ada, &world.snapshot(&ada, 500).1).is_empty(), "once");
}
