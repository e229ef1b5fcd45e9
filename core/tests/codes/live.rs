//! The code on the screen: it changes with the minute, and at once after a scan.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use member_core::{Observer, Topic};
use member_sandbox::programme::Payload;
use serde_json::json;

use crate::support::Phone;
use crate::support::scanner::{card, code, phone, read};

fn live(phone: &Phone) -> member_core::views::LiveCode {
    card(phone).code.expect("a code that changes")
}

fn next_minute(phone: &Phone) {
    phone.world.pass(Duration::from_millis(live(phone).changes_in_ms));
}

#[test]
fn the_code_changes_when_it_was_announced_and_not_before() {
    for payload in [Payload::Rotating, Payload::Proof] {
        let phone = phone(payload);
        next_minute(&phone);
        for _ in 0..3 {
            let (before, announced) = (code(&phone), live(&phone).changes_in_ms);
            assert_eq!(announced, 60_000, "the minute has just begun");
            phone.world.pass(Duration::from_millis(announced - 1));
            assert_eq!(code(&phone), before, "{payload:?}: a moment before its end");
            assert_eq!(live(&phone).changes_in_ms, 1);
            phone.world.pass(Duration::from_millis(1));
            assert_ne!(code(&phone), before, "{payload:?}: it is over");
        }
    }
}

/// Counts how often the card may have changed.
#[derive(Default)]
struct Told(AtomicUsize);

impl Observer for Told {
    fn changed(&self, topics: &[Topic]) {
        if topics.contains(&Topic::Card) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
}

#[test]
fn while_the_card_is_on_screen_its_observers_hear_of_each_new_code_at_its_moment() {
    let phone = phone(Payload::Rotating);
    phone.device.network.set_online(false);
    let told = Arc::new(Told::default());
    let _subscription = phone.wallet().observe(Arc::clone(&told) as Arc<dyn Observer>);
    let shown = phone.wallet().show_card().expect("a card");
    for _ in 0..3 {
        let before = told.0.load(Ordering::SeqCst);
        // Read twice: there is one timer all the same.
        shown.view().expect("a view");
        let announced = shown.view().expect("a view").card.expect("a card").code.expect("a code").changes_in_ms;
        phone.world.pass(Duration::from_millis(announced - 1));
        assert_eq!(told.0.load(Ordering::SeqCst), before, "not before");
        phone.world.pass(Duration::from_millis(1));
        assert_eq!(told.0.load(Ordering::SeqCst), before + 1);
    }
    let before = told.0.load(Ordering::SeqCst);
    shown.view().expect("a view");
    drop(shown);
    phone.world.pass(Duration::from_mins(3));
    assert_eq!(told.0.load(Ordering::SeqCst), before, "nobody looks any more");
}

#[test]
fn a_static_card_says_the_same_and_announces_nothing() {
    let phone = phone(Payload::Static);
    assert_eq!(card(&phone).code, None);
    assert_eq!(code(&phone), phone.card_number());
    assert_eq!(phone.backend.requests("PUT /v1/card/device"), 0);
}

#[test]
fn texts_of_the_code_are_there() {
    let phone = phone(Payload::Rotating);
    next_minute(&phone);
    phone.world.pass(Duration::from_millis(17_500));
    let live = live(&phone);
    assert_eq!((live.text.as_str(), live.period_ms), ("New code every minute", 60_000));
    assert_eq!((live.countdown.as_str(), live.notice), ("New code in 43 s", None));
}

#[test]
fn after_a_scan_the_next_code_is_shown_at_once_and_points_arrive_within_a_second() {
    for payload in [Payload::Rotating, Payload::Proof] {
        let phone = phone(payload);
        let shown = phone.wallet().show_card().expect("a card");
        phone.world.pass(Duration::from_secs(2));
        next_minute(&phone);
        let view = || shown.view().expect("a view").card.expect("a card");
        let first = read(&view().symbol);
        let (status, scan) = phone.backend.scan("old-town-1", &first, "r-1");
        assert!(status.is_success(), "{scan}");
        let took = phone.wait("the next code", Duration::from_secs(1), |_| read(&view().symbol) != first);
        assert!(took <= Duration::from_secs(1));
        let (second, announced) = (read(&view().symbol), view().code.expect("a code").changes_in_ms);
        assert!((119_000..=120_000).contains(&announced), "it is that of the next minute too: {announced}");

        // The same customer buys once more, at another till, within the same minute.
        let (status, answer) = phone.backend.scan("riverside-1", &second, "r-1");
        assert!(status.is_success(), "{answer}");
        let (status, answer) = phone.backend.scan("old-town-2", &first, "r-2");
        assert_eq!((status.as_u16(), &answer["type"]), (409, &json!("urn:member-core:problem:code-used")));

        // Two in a minute: the third has to wait, and says so.
        phone.wait("the code after", Duration::from_secs(1), |_| read(&view().symbol) != second);
        let third = view().code.expect("a code");
        let notice = third.notice.expect("a word on it");
        assert!(notice.starts_with("Two codes were used in one minute. The next one is good in "), "{notice}");
        let (status, answer) = phone.backend.scan("old-town-2", &read(&view().symbol), "r-2");
        assert_eq!(status.as_u16(), 409, "{answer}");
        phone.world.pass(Duration::from_millis(third.changes_in_ms));
        assert_eq!(view().code.expect("a code").notice, None);
        let (status, answer) = phone.backend.scan("old-town-2", &read(&view().symbol), "r-2");
        assert!(status.is_success(), "{answer}");

        phone.backend.accrue(&phone.card_number(), 3500);
        phone.wait("the points", Duration::from_secs(1), |_| view().arrived.is_some());
        assert_eq!(view().arrived.as_deref(), Some("+35\u{a0}points"));
    }
}

#[test]
fn a_card_that_spends_nothing_says_so_and_the_till_is_told() {
    let phone = phone(Payload::Rotating);
    assert_eq!(card(&phone).locked, None);
    phone.wallet().set_spend_lock(true).expect("a tap");
    assert_eq!(card(&phone).locked.as_deref(), Some("Spending is locked"));
    phone.refresh().expect("a sync");
    let (status, answer) = phone.backend.scan("old-town-1", &code(&phone), "r-1");
    assert_eq!((status.as_u16(), &answer["spend_locked"], &answer["may_spend"]), (200, &json!(true), &json!(false)));
}

#[test]
fn codes_survive_a_restart_without_network() {
    for payload in [Payload::Rotating, Payload::Proof] {
        let mut phone = phone(payload);
        next_minute(&phone);
        let before = code(&phone);
        phone.device.network.set_online(false);
        phone.start();
        assert_eq!(code(&phone), before, "{payload:?}");
        next_minute(&phone);
        let (status, answer) = phone.backend.scan("old-town-1", &code(&phone), "r-1");
        assert!(status.is_success(), "{payload:?}: {answer}");
    }
}
