//! Older lines of the ledger than sync brings: fetched when somebody looks, kept, and dropped with their epoch.

mod support;

use std::sync::Arc;
use std::time::Duration;

use member_core::Error;
use member_core::views::ActivityView;
use serde_json::json;
use support::{Phone, good};

const LINES: i64 = 1203;

/// Lines that the backup "few" has.
const FEW: i64 = 20;

/// A new phone of a member with so many lines, welcome included, and the old one.
fn phone(seed: u64) -> (Phone, Phone) {
    let phone = Phone::new(seed);
    phone.device.network.set_faults(good());
    phone.join();
    let member = phone.backend.member_id();
    for amount in 2..=LINES {
        let grant = json!({"member": member, "unit": "points", "amount": amount, "reason": "adjustment"});
        phone.backend.post("/sandbox/v1/grant", &grant);
        if amount == FEW {
            phone.backend.back_up("few");
        }
    }
    phone.backend.back_up("many");
    let fresh = Phone::of(&phone.world, &phone.backend);
    fresh.device.network.set_faults(good());
    fresh.join();
    fresh.refresh().expect("a sync");
    (fresh, phone)
}

fn older(phone: &Phone, before: i64, limit: u32) -> Result<ActivityView, Error> {
    phone.call(|wallet| async move { wallet.older_activity(before, limit).await })
}

fn numbers(view: &ActivityView) -> Vec<i64> {
    view.lines.iter().map(|line| line.number.expect("a number")).collect()
}

/// From the newest to the oldest, as a screen pages through them.
fn all(phone: &Phone) -> Vec<i64> {
    let mut view = phone.wallet().activity(None, 300).expect("a view");
    let mut all = numbers(&view);
    while let Some(next) = view.next {
        view = older(phone, next, 300).expect("a page");
        all.extend(numbers(&view));
    }
    all
}

fn asked(phone: &Phone) -> usize {
    phone.backend.requests("GET /v1/entries")
}

#[test]
fn the_whole_ledger_can_be_paged_through_and_is_then_there_without_a_network() {
    let (phone, _old) = phone(1);
    assert_eq!(phone.wallet().activity(None, 500).expect("a view").lines.len(), 500);
    assert_eq!(asked(&phone), 0, "nobody looked");
    assert_eq!(all(&phone), (1..=LINES).rev().collect::<Vec<_>>());
    assert_eq!(asked(&phone), 2, "500 lines each");
    phone.device.network.set_online(false);
    assert_eq!(all(&phone).len(), 1203);
    let last = older(&phone, 3, 10).expect("a page");
    assert_eq!((numbers(&last), last.next), (vec![2, 1], None));
    assert_eq!(last.lines[1].title, "Welcome");
    assert_eq!(last.lines[0].balance_text.as_deref(), Some("Balance: 102\u{a0}points"));
}

#[test]
fn a_page_out_of_the_middle_leaves_no_gap() {
    let (phone, _old) = phone(2);
    assert_eq!(numbers(&older(&phone, 300, 2).expect("a page")), [299, 298]);
    phone.device.network.set_online(false);
    let here = phone.wallet().activity(None, 500).expect("a view");
    let next = older(&phone, here.next.expect("more"), 500).expect("a page");
    assert_eq!(numbers(&next), (204..=703).rev().collect::<Vec<_>>());
}

#[test]
fn without_a_network_there_is_what_is_here_or_the_reason() {
    let (phone, _old) = phone(3);
    phone.device.network.set_online(false);
    let here = phone.wallet().activity(None, 400).expect("a view");
    let rest = older(&phone, here.next.expect("more"), 400).expect("what is here");
    assert_eq!((rest.lines.len(), rest.next), (100, Some(704)));
    assert!(matches!(older(&phone, 704, 400), Err(Error::Unreachable(_))));
    phone.device.network.set_online(true);
    assert_eq!(older(&phone, 704, 400).expect("a page").lines.len(), 400);
}

#[test]
fn what_was_fetched_goes_with_its_epoch() {
    let (phone, _old) = phone(4);
    assert_eq!(all(&phone).len(), 1203);
    phone.backend.post("/sandbox/v1/restore", &json!({}));
    phone.refresh().expect("a sync");
    phone.device.network.set_online(false);
    assert!(older(&phone, 704, 10).is_err(), "counted anew");
    assert_eq!(phone.wallet().pending().expect("a view").actions, [], "nothing was forgotten");
}

#[test]
fn a_page_that_comes_after_the_server_was_restored_is_not_kept() {
    let (phone, _old) = phone(5);
    // The answer of before is on its way for ten seconds.
    let (server, world) = (phone.backend.server(), phone.world.clone());
    phone.device.network.set_server(Arc::new(move |request| {
        let (slow, world) = (request.url.path() == "/v1/entries", world.clone());
        let answer = server(request);
        Box::pin(async move {
            let answer = answer.await;
            if slow {
                world.sleep(Duration::from_secs(10)).await;
            }
            answer
        })
    }));
    let wallet = Arc::clone(phone.wallet());
    phone.world.spawn(Box::pin(async move {
        let _ = wallet.older_activity(704, 10).await;
    }));
    let begin = phone.world.elapsed();
    phone.world.pass(Duration::from_secs(1));
    assert_eq!(asked(&phone), 1);
    phone.backend.restore("few");
    // It knows nothing of this phone's session either.
    phone.join();
    phone.refresh().expect("a sync");
    assert!(phone.world.elapsed().saturating_sub(begin) < Duration::from_secs(9), "the answer is still on its way");
    phone.world.pass(Duration::from_secs(20));
    assert_eq!(numbers(&phone.wallet().activity(None, 500).expect("a view")), (1..=FEW).rev().collect::<Vec<_>>());
}
