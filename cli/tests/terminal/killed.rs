//! `member claim` killed at any moment: what ended with status 0 is safe, and nothing takes effect twice.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use serde_json::{Value, json};

use crate::stage::{Phone, Sandbox, Started};

/// Kills, spread evenly over the time that a claim takes, and a little more.
const KILLS: u32 = 24;

fn key_of(document: &str) -> String {
    let document: Value = serde_json::from_str(document).expect("one document");
    document["key"].as_str().expect("a key").to_owned()
}

#[test]
fn a_claim_that_ended_well_is_safe_whenever_the_next_one_is_killed() {
    let sandbox = Sandbox::start();
    let phone = Phone::new(&sandbox.url);
    phone.join(&sandbox);
    let member = sandbox.get("/sandbox/v1/members?address=ada@example.org")["member"].clone();
    sandbox.post("/sandbox/v1/grant", &json!({"member": member, "unit": "points", "amount": 100_000}));
    phone.run(&["sync"]).done();

    let (mut safe, mut cut_off) = (BTreeSet::new(), 0);
    for offline in [false, true] {
        let claim = || {
            let mut words = vec!["--json", "claim", "coffee"];
            words.extend(offline.then_some("--offline"));
            Started::of(phone.command(words))
        };
        let begun = Instant::now();
        safe.insert(key_of(claim().finish().done().text()));
        let whole = begun.elapsed();
        for turn in 0..KILLS {
            match claim().kill_after(whole * turn * 5 / (KILLS * 4)) {
                (Some(0), document) => drop(safe.insert(key_of(&document))),
                (None, _) => cut_off += 1,
                (status, said) => panic!("it ended with {status:?}: {said}"),
            }
        }
    }
    println!("{} claims ended well, {cut_off} were killed", safe.len());
    assert!(cut_off > KILLS as usize / 2, "too few were killed before their end");

    // Once for what waits, and once for what came of it.
    phone.run(&["sync"]).done();
    phone.run(&["sync"]).done();
    let pending = phone.json(&["pending"]);
    assert_eq!(pending["actions"], json!([]), "something waits for ever");
    let ledger = sandbox.get(&format!("/sandbox/v1/members/{}/ledger", member.as_str().expect("an id")));
    let mut effects = BTreeMap::new();
    for key in ledger["entries"].as_array().expect("entries").iter().filter_map(|entry| entry["key"].as_str()) {
        *effects.entry(key.to_owned()).or_insert(0) += 1;
    }
    let lost: Vec<_> = safe.iter().filter(|key| !effects.contains_key(*key)).collect();
    assert!(lost.is_empty(), "these ended well and are lost: {lost:?}");
    assert!(effects.values().all(|count| *count == 1), "something took effect twice: {effects:?}");
    // The kills do take claims away: a status that came too early would be seen.
    assert!(effects.len() < safe.len() + cut_off, "no kill came before its claim was safe");
    assert_eq!(sandbox.audit()["vouchers"], json!(effects.len()));
}
