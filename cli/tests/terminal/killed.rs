//! `member claim` and `member discard` killed at any moment: what ended with status 0 holds, and nothing takes effect twice.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::stage::{Phone, Sandbox, Started};

fn key_of(document: &str) -> String {
    let document: Value = serde_json::from_str(document).expect("one document");
    document["key"].as_str().expect("a key").to_owned()
}

/// A phone of a member with more points than she spends, and her id.
fn rich_phone(sandbox: &Sandbox) -> (Phone, String) {
    let phone = Phone::new(&sandbox.url);
    phone.join(sandbox);
    let found = sandbox.get("/sandbox/v1/members?address=ada@example.org");
    let member = found["member"].as_str().expect("an id").to_owned();
    sandbox.post("/sandbox/v1/grant", &json!({"member": member, "unit": "points", "amount": 100_000}));
    phone.run(&["sync"]).done();
    (phone, member)
}

/// Sends what waits, and answers how often each action took effect by the server's true ledger.
fn effects(phone: &Phone, sandbox: &Sandbox, member: &str) -> BTreeMap<String, usize> {
    // Once for what waits, and once for what came of it.
    phone.run(&["sync"]).done();
    phone.run(&["sync"]).done();
    assert_eq!(phone.json(&["pending"])["actions"], json!([]), "something waits for ever");
    let ledger = sandbox.get(&format!("/sandbox/v1/members/{member}/ledger"));
    let mut effects = BTreeMap::new();
    for key in ledger["entries"].as_array().expect("entries").iter().filter_map(|entry| entry["key"].as_str()) {
        *effects.entry(key.to_owned()).or_default() += 1;
    }
    assert!(effects.values().all(|count| *count == 1), "something took effect twice: {effects:?}");
    assert_eq!(sandbox.audit()["vouchers"], json!(effects.len()));
    effects
}

/// Runs the command so often, each time killed a little later, from its start until well after its end. Answers what each printed that
/// ended well, and how many were killed.
fn kill_each(kills: u32, whole: Duration, mut command: impl FnMut(u32) -> Command) -> (Vec<String>, usize) {
    let (mut ended_well, mut cut_off) = (Vec::new(), 0);
    for turn in 0..kills {
        match Started::of(command(turn)).kill_after(whole * turn * 2 / kills) {
            (Some(0), document) => ended_well.push(document),
            (None, _) => cut_off += 1,
            (status, said) => panic!("it ended with {status:?}: {said}"),
        }
    }
    (ended_well, cut_off)
}

#[test]
fn a_claim_that_ended_well_is_safe_whenever_the_next_one_is_killed() {
    let sandbox = Sandbox::start();
    let (phone, member) = rich_phone(&sandbox);
    let (mut safe, mut cut_off) = (BTreeSet::new(), 0);
    for words in [vec!["--json", "claim", "coffee"], vec!["--json", "--offline", "claim", "coffee"]] {
        let begun = Instant::now();
        safe.insert(key_of(phone.run(&words).done().text()));
        let (ended_well, killed) = kill_each(24, begun.elapsed(), |_| phone.command(&words));
        safe.extend(ended_well.iter().map(|document| key_of(document)));
        cut_off += killed;
    }
    assert!(cut_off > 0, "none was killed before its end");

    let effects = effects(&phone, &sandbox, &member);
    let lost: Vec<_> = safe.iter().filter(|key| !effects.contains_key(*key)).collect();
    assert!(lost.is_empty(), "these ended well and are lost: {lost:?}");
    // The kills do take claims away: a status that came too early would be seen.
    assert!(effects.len() < safe.len() + cut_off, "no kill came before its claim was safe");
}

#[test]
fn a_discard_that_ended_well_leaves_no_effect_whenever_the_next_one_is_killed() {
    const CLAIMS: u32 = 12;
    let sandbox = Sandbox::start();
    let (phone, member) = rich_phone(&sandbox);
    let claimed = |_| phone.json(&["--offline", "claim", "coffee"])["key"].as_str().expect("a key").to_owned();
    let claims: Vec<String> = (0..=CLAIMS).map(claimed).collect();
    let begun = Instant::now();
    phone.run(&["discard", &claims[0]]).done();
    let key_in = |turn: u32| &claims[turn as usize + 1];
    let (ended_well, cut_off) =
        kill_each(CLAIMS, begun.elapsed(), |turn| phone.command(["--json", "discard", key_in(turn)]));
    assert!(cut_off > 0, "none was killed before its end");

    let effects = effects(&phone, &sandbox, &member);
    let gone: Vec<_> = ended_well.iter().map(|document| key_of(document)).chain([claims[0].clone()]).collect();
    let back: Vec<_> = gone.iter().filter(|key| effects.contains_key(*key)).collect();
    assert!(back.is_empty(), "these were discarded and took effect: {back:?}");
    assert!(effects.keys().all(|key| claims.contains(key)), "something took effect that nobody claimed");
    // The others are claims as before.
    assert!(!effects.is_empty(), "no kill came before its claim was discarded");
}
