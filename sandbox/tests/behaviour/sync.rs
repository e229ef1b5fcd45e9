//! Sync: snapshots and increments, their pages, cursors, conditional requests and long polls.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{Call, DAY, Session, World, kinds, of_kind, value_of};

fn sync(world: &World, session: &Session, query: &str) -> crate::harness::Reply {
    world.send(Call::get(&format!("/v1/sync{query}")).bearer(&session.access))
}

#[test]
fn a_snapshot_has_everything_that_the_app_shows_once_and_no_tombstones() {
    let world = World::new();
    let ada = world.join("Ada");
    world.buy(&ada, "r-1", 3500);
    world.sandbox_post("/sandbox/v1/rewards/hamper", &json!({"deleted": true}));
    let (changes, _) = world.snapshot(&ada, 500);
    let mut seen = BTreeMap::new();
    for change in &changes {
        assert_eq!(change.get("deleted"), None);
        *seen.entry((change["kind"].to_string(), change["id"].to_string())).or_insert(0) += 1;
    }
    assert!(seen.values().all(|count| *count == 1), "{seen:?}");
    for (kind, count) in
        [("programme", 1), ("tier", 4), ("reward", 8), ("member", 1), ("account", 1), ("standing", 1), ("entry", 2)]
    {
        assert_eq!(of_kind(&changes, kind).len(), count, "{kind}");
    }
    assert_eq!(value_of(&changes, "account", "points")["available"], 135);
    assert_eq!(
        value_of(&changes, "programme", "market")["card"],
        json!({"payload": "static", "symbology": "qr", "number_length": 16, "freshness_days": 7})
    );
}

#[test]
fn a_member_sees_nothing_of_another() {
    let world = World::new();
    let ada = world.join("Ada");
    let bob = world.join("Bob");
    let (changes, cursor) = world.snapshot(&bob, 500);
    assert_eq!(of_kind(&changes, "member").len(), 1);
    world.buy(&ada, "r-1", 3500);
    assert_eq!(world.since(&bob, &cursor), Vec::<Value>::new());
    // A cursor is its member's own.
    let (_, of_ada) = world.snapshot(&ada, 500);
    sync(&world, &bob, &format!("?cursor={of_ada}")).expect("410 cursor-gone");
}

#[test]
fn increments_are_in_the_order_of_the_transactions_with_the_outcome_after_its_effects() {
    let world = World::new();
    let ada = world.join("Ada");
    let (_, cursor) = world.snapshot(&ada, 500);
    let body = world.claim_body(&ada, "coffee");
    let key = world.key();
    world.act(&ada, &key, &body).expect("200");
    let changes = world.since(&ada, &cursor);
    assert_eq!(kinds(&changes), ["account", "entry", "voucher", "outcome"]);
    assert_eq!(changes[3]["id"], key.as_str());
    assert_eq!(changes[3]["value"]["status"], "confirmed");
}

#[test]
fn changes_of_one_transaction_are_never_split_over_pages() {
    let world = World::new();
    let ada = world.join("Ada");
    let (_, start) = world.snapshot(&ada, 500);
    let expected: [&[&str]; 3] = [
        &["account", "entry", "standing"],
        &["reward", "account", "entry", "voucher", "outcome"],
        &["account", "entry"],
    ];
    world.buy(&ada, "r-1", 90_000);
    let body = world.claim_of("cooking-class", 900, 1);
    world.act(&ada, &world.key(), &body).expect("200");
    world.grant(&ada, 7);
    for limit in 1..=12 {
        let (pages, _) = world.pages(&ada, Some(&start), limit);
        let flat: Vec<_> = pages.iter().flatten().cloned().collect();
        assert_eq!(kinds(&flat), expected.concat(), "limit {limit}");
        let mut transactions = expected.iter();
        for page in &pages {
            let mut left = page.len();
            while left > 0 {
                let size = transactions.next().expect("one more transaction").len();
                assert!(size <= left, "limit {limit}: a transaction of {size} is split");
                left -= size;
            }
            let bound = if page.len() > limit { expected.iter().map(|tx| tx.len()).max() } else { Some(limit) };
            assert!(page.len() <= bound.expect("there are transactions"), "limit {limit}: a page of {}", page.len());
        }
    }
}

#[test]
fn a_snapshot_in_small_pages_is_the_same_and_goes_on_where_it_began() {
    let world = World::new();
    let ada = world.join("Ada");
    for receipt in 0..10 {
        world.buy(&ada, &format!("r-{receipt}"), 1000);
    }
    let (whole, end) = world.snapshot(&ada, 1000);
    let (pages, cursor) = world.pages(&ada, None, 2);
    assert!(pages.len() > 5);
    assert_eq!(pages.concat(), whole);
    assert_eq!(cursor, end);
}

#[test]
fn what_happens_during_a_paged_snapshot_comes_after_it() {
    let world = World::new();
    let ada = world.join("Ada");
    world.buy(&ada, "r-1", 1000);
    let first = sync(&world, &ada, "?limit=1").expect("200").json();
    assert_eq!(first["more"], true);
    world.buy(&ada, "r-2", 2000);
    let cursor = first["cursor"].as_str().expect("a cursor");
    let (pages, _) = world.pages(&ada, Some(cursor), 1);
    let changes: Vec<_> = first["changes"].as_array().expect("changes").iter().cloned().chain(pages.concat()).collect();
    assert_eq!(of_kind(&changes, "entry").len(), 3);
    assert_eq!(value_of(&changes, "account", "points")["available"], 130);
}

#[test]
fn nothing_new_is_304_with_the_tag_and_200_without() {
    let world = World::new();
    let ada = world.join("Ada");
    let page = sync(&world, &ada, "").expect("200");
    let cursor = page.json()["cursor"].as_str().expect("a cursor").to_owned();
    let tag = page.header("etag").to_owned();
    assert_eq!(tag, format!("\"{cursor}\""));
    let ask = |tag: Option<&str>| {
        let call = Call::get(&format!("/v1/sync?cursor={cursor}")).bearer(&ada.access);
        world.send(match tag {
            Some(tag) => call.header("if-none-match", tag),
            None => call,
        })
    };
    for given in [tag.clone(), format!("\"other\", W/{tag}"), "*".to_owned()] {
        let reply = ask(Some(&given));
        assert_eq!((reply.status.as_u16(), reply.header("etag")), (304, tag.as_str()));
        assert_eq!(reply.body.as_deref(), Some(b"".as_slice()));
        assert_eq!(reply.header("date"), "Sun, 22 Nov 2026 10:00:00 GMT");
    }
    for given in [None, Some("\"other\"")] {
        let empty = ask(given).expect("200").json();
        assert_eq!(empty, json!({"changes": [], "cursor": cursor, "more": false}));
    }
    world.grant(&ada, 5);
    let reply = ask(Some(&tag)).expect("200");
    assert_ne!(reply.header("etag"), tag);
    assert_eq!(kinds(reply.json()["changes"].as_array().expect("changes")), ["account", "entry"]);
}

#[test]
fn a_long_poll_wakes_on_an_accrual() {
    let world = World::new();
    let ada = world.join("Ada");
    let bob = world.join("Bob");
    let (_, cursor) = world.snapshot(&ada, 500);
    let till = world.till("old-town-1");
    let scan = world.scan(&till, &world.key(), &world.card_number(&ada), "r-1").expect("200").json();
    let call = Call::get(&format!("/v1/sync?cursor={cursor}&wait=25")).bearer(&ada.access);
    let mut waiting = world.start(call.header("if-none-match", &format!("\"{cursor}\"")));
    assert!(waiting.poll().is_none());
    // Somebody else's purchase wakes it, but it goes on waiting.
    world.buy(&bob, "r-2", 3500);
    assert!(waiting.wakes() > 0);
    assert!(waiting.poll().is_none());
    let before = waiting.wakes();
    world.accrue(&till, &world.key(), scan["scan"].as_str().expect("an id"), "r-1", 3500).expect("200");
    assert!(waiting.wakes() > before, "an executor polls only what was woken");
    let reply = waiting.poll().expect("an answer").expect("200").json();
    let changes = reply["changes"].as_array().expect("changes");
    assert_eq!(kinds(changes), ["account", "entry", "standing"]);
    assert_eq!(value_of(changes, "account", "points")["available"], 135);
}

#[test]
fn long_polls_wake_in_the_order_in_which_they_began() {
    let world = World::new();
    let ada = world.join("Ada");
    let (_, cursor) = world.snapshot(&ada, 500);
    let call = || Call::get(&format!("/v1/sync?cursor={cursor}&wait=25")).bearer(&ada.access);
    let mut waiting: Vec<_> = (0..40).map(|_| world.start(call())).collect();
    assert!(waiting.iter_mut().all(|poll| poll.poll().is_none()));
    world.grant(&ada, 5);
    let order: Vec<_> = waiting.iter().map(crate::harness::Waiting::woken).collect();
    assert!(order.is_sorted(), "a random order would make a run differ from the next: {order:?}");
    for poll in &mut waiting {
        poll.poll().expect("an answer").expect("200");
    }
}

#[test]
fn a_long_poll_ends_after_its_time() {
    let world = World::new();
    let ada = world.join("Ada");
    let (_, cursor) = world.snapshot(&ada, 500);
    let query = format!("/v1/sync?cursor={cursor}&wait=20");
    let tag = format!("\"{cursor}\"");
    let mut conditional = world.start(Call::get(&query).bearer(&ada.access).header("if-none-match", &tag));
    let mut plain = world.start(Call::get(&query).bearer(&ada.access));
    assert!(conditional.poll().is_none() && plain.poll().is_none());
    world.clock.advance(Duration::from_millis(19_999));
    assert_eq!((conditional.wakes(), plain.wakes()), (0, 0));
    world.clock.advance(Duration::from_millis(1));
    assert_eq!((conditional.wakes(), plain.wakes()), (1, 1));
    assert_eq!(conditional.poll().expect("an answer").status.as_u16(), 304);
    let plain = plain.poll().expect("an answer").expect("200").json();
    assert_eq!(plain, json!({"changes": [], "cursor": cursor, "more": false}));
}

#[test]
fn a_long_poll_of_a_session_that_was_ended_tells_nothing_more() {
    let world = World::new();
    let ada = world.join("Ada");
    let (_, cursor) = world.snapshot(&ada, 500);
    let mut waiting = world.start(Call::get(&format!("/v1/sync?cursor={cursor}&wait=25")).bearer(&ada.access));
    assert!(waiting.poll().is_none());
    world.sandbox_post("/sandbox/v1/revoke", &json!({"member": ada.member}));
    world.grant(&ada, 5);
    waiting.poll().expect("an answer").expect("401 unauthorized");
}

#[test]
fn an_access_token_that_runs_out_while_a_long_poll_waits_does_not_spoil_it() {
    let world = World::new();
    let ada = world.join("Ada");
    let (_, cursor) = world.snapshot(&ada, 500);
    world.clock.advance(Duration::from_secs(15 * 60 - 10));
    let mut waiting = world.start(Call::get(&format!("/v1/sync?cursor={cursor}&wait=25")).bearer(&ada.access));
    assert!(waiting.poll().is_none());
    world.clock.advance(Duration::from_secs(20));
    world.join("Bob");
    world.grant(&ada, 5);
    waiting.poll().expect("an answer").expect("200");
}

#[test]
fn cursors_that_are_not_ours_are_gone() {
    let world = World::new();
    let ada = world.join("Ada");
    let long = "A".repeat(5000);
    for cursor in ["x", "AAAA", "%20", "%F0%9F%98%80", &long] {
        sync(&world, &ada, &format!("?cursor={cursor}")).expect("410 cursor-gone");
    }
    sync(&world, &ada, "?cursor=").expect("410 cursor-gone");
    // Another server with the same member and other history.
    let other = World::new();
    let same = other.join("Ada");
    assert_eq!(same.member, ada.member, "the same seed");
    for receipt in 0..3 {
        other.buy(&same, &format!("r-{receipt}"), 1000);
    }
    let (_, ahead) = other.snapshot(&same, 500);
    sync(&world, &ada, &format!("?cursor={ahead}")).expect("410 cursor-gone");
}

#[test]
fn a_restore_makes_every_cursor_gone_and_a_new_snapshot_has_everything() {
    let world = World::new();
    let ada = world.join("Ada");
    let first = sync(&world, &ada, "?limit=1").expect("200").json();
    let (before, cursor) = world.snapshot(&ada, 500);
    world.sandbox_post("/sandbox/v1/restore", &json!({}));
    for old in [first["cursor"].as_str().expect("a cursor"), &cursor] {
        sync(&world, &ada, &format!("?cursor={old}")).expect("410 cursor-gone");
    }
    let (after, _) = world.snapshot(&ada, 500);
    assert_eq!(after, before);
}

#[test]
fn a_deleted_reward_is_a_tombstone_for_those_who_knew_it() {
    let world = World::new();
    let ada = world.join("Ada");
    let (_, cursor) = world.snapshot(&ada, 500);
    world.sandbox_post("/sandbox/v1/rewards/hamper", &json!({"deleted": true}));
    assert_eq!(world.since(&ada, &cursor), [json!({"kind": "reward", "id": "hamper", "deleted": true})]);
    world.sandbox_post("/sandbox/v1/rewards/hamper", &json!({"deleted": false, "cost": 1900}));
    let changes = world.since(&ada, &cursor);
    let value = value_of(&changes, "reward", "hamper");
    assert_eq!((&value["cost"]["amount"], &value["revision"]), (&json!(1900), &json!(3)));
}

#[test]
fn a_snapshot_has_the_newest_500_entries() {
    let world = World::new();
    let ada = world.join("Ada");
    for _ in 0..510 {
        world.grant(&ada, 1);
    }
    for limit in [1, 7, 1000] {
        let (changes, _) = world.snapshot(&ada, limit);
        let numbers: Vec<_> =
            of_kind(&changes, "entry").iter().map(|entry| entry["value"]["number"].as_i64()).collect();
        assert_eq!(numbers, (12..=511).map(Some).collect::<Vec<_>>(), "limit {limit}");
        assert_eq!(value_of(&changes, "account", "points")["available"], 610);
    }
}

#[test]
fn a_snapshot_has_the_outcomes_of_thirty_days() {
    let world = World::new();
    let ada = world.join("Ada");
    let old = world.key();
    world.act(&ada, &old, &world.claim_of("no-such-reward", 1, 1)).expect("409 unknown-reward");
    world.clock.advance(30 * DAY);
    let ada = world.join("Ada");
    assert_eq!(of_kind(&world.snapshot(&ada, 500).0, "outcome").len(), 1);
    world.clock.advance(Duration::from_millis(1));
    assert_eq!(of_kind(&world.snapshot(&ada, 500).0, "outcome").len(), 0);
    // The outcome itself is kept as long as the ledger.
    let call = Call::get(&format!("/v1/actions/{old}")).bearer(&ada.access);
    assert_eq!(world.send(call).expect("200").json()["status"], "rejected");
}

#[test]
fn pruning_drops_old_history_keeps_the_snapshot_and_makes_cursors_before_it_gone() {
    let world = World::new();
    let ada = world.join("Ada");
    let bob = world.join("Bob");
    let (_, start) = world.snapshot(&ada, 500);
    let (_, start_of_bob) = world.snapshot(&bob, 500);
    world.buy(&ada, "r-1", 1000);
    let (_, middle) = world.snapshot(&ada, 500);
    world.buy(&ada, "r-2", 1000);
    let (_, end) = world.snapshot(&ada, 500);
    world.clock.advance(31 * DAY);
    let (ada, bob) = (world.join("Ada"), world.join("Bob"));
    let (before, _) = world.snapshot(&ada, 500);
    let pruned = world.sandbox.prune().expect("prunes");
    assert!(pruned > 0);
    assert_eq!(world.snapshot(&ada, 500).0, before, "what is true now is untouched");
    sync(&world, &ada, &format!("?cursor={start}")).expect("410 cursor-gone");
    let missed = world.since(&ada, &middle);
    assert_eq!(kinds(&missed), ["account", "entry", "standing"], "nothing after this cursor was pruned");
    assert_eq!(world.since(&ada, &end), Vec::<Value>::new());
    assert_eq!(world.since(&bob, &start_of_bob), Vec::<Value>::new(), "nothing of Bob's was pruned after his cursor");
    assert_eq!(world.sandbox.prune().expect("prunes"), 0, "the second time there is nothing to do");
}

#[test]
fn a_new_year_starts_a_new_tier_period() {
    let world = World::new();
    let ada = world.join("Ada");
    world.buy(&ada, "r-1", 60_000);
    let (changes, cursor) = world.snapshot(&ada, 500);
    assert_eq!(value_of(&changes, "standing", "standing")["tier"], "silver");
    world.clock.advance(40 * DAY);
    let ada = world.join("Ada");
    let changes = world.since(&ada, &cursor);
    let standing = json!({"tier": "bronze", "points": 0, "period_ends_at": "2028-01-01T00:00:00Z"});
    assert_eq!(changes, [json!({"kind": "standing", "id": "standing", "value": standing})]);
}
