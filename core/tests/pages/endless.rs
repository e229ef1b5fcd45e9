//! Servers whose pages have no end, go in a circle, or are too large: the phone keeps what came, and is not kept awake by it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use http::header;
use member_core::ports::simulated::Server;
use member_core::{Error, Unreachable};
use serde_json::json;

use crate::books::{Change, answer, page_of, query, with_sync};
use crate::phone::shown;
use crate::support::{Phone, good};

/// What always is.
const BASE: [(&str, &str); 3] = [("programme", "market"), ("member", "m"), ("tier", "t0")];

fn member(seed: u64, server: impl Fn(Server, Arc<AtomicUsize>) -> Server) -> (Phone, Arc<AtomicUsize>) {
    let phone = Phone::new(seed);
    phone.device.network.set_faults(good());
    let asked = Arc::new(AtomicUsize::new(0));
    phone.device.network.set_server(server(phone.backend.server(), Arc::clone(&asked)));
    phone.join();
    (phone, asked)
}

/// Always more, by cursors of this many kinds.
fn circle(length: usize) -> impl Fn(Server, Arc<AtomicUsize>) -> Server {
    move |others, asked| {
        with_sync(others, move |request| {
            let number = asked.fetch_add(1, Ordering::Relaxed);
            if query(request, "cursor").is_none() {
                let base: Vec<_> = BASE.iter().map(|(kind, id)| Change::put(kind, id, 1).json()).collect();
                return page_of(&json!({"changes": base, "cursor": "0", "more": false}));
            }
            let reward = Change::put("reward", "r0", u64::try_from(number).expect("small")).json();
            page_of(&json!({"changes": [reward], "cursor": (number % length).to_string(), "more": true}))
        })
    }
}

#[test]
fn a_cursor_that_stands_still_or_goes_in_a_circle_ends_the_pull_and_what_came_is_shown() {
    for (seed, length) in [(30, 1), (31, 2), (32, 7)] {
        let (phone, asked) = member(seed, circle(length));
        assert_eq!(phone.refresh(), Err(Error::Unreachable(Unreachable::NotOurs)), "{length}");
        assert!(shown(phone.wallet()).contains_key("reward r0"), "{length}: what it sent is kept");
        let begin = asked.load(Ordering::Relaxed);
        phone.world.pass(Duration::from_hours(1));
        let in_an_hour = asked.load(Ordering::Relaxed) - begin;
        // One pull in each delay, which grows to 15 minutes.
        assert!(in_an_hour <= 25 * (length + 1), "{length}: {in_an_hour} requests in an hour");
    }
}

#[test]
fn a_server_with_more_and_more_is_asked_in_portions_and_never_from_the_beginning() {
    let (phone, asked) = member(33, circle(usize::MAX));
    assert_eq!(phone.refresh(), Err(Error::Unreachable(Unreachable::NotOurs)));
    let first = asked.load(Ordering::Relaxed);
    assert!((500..=1002).contains(&first), "{first} requests");
    let newest = |phone: &Phone| shown(phone.wallet())["reward r0"].parse::<usize>().expect("a number");
    assert_eq!(newest(&phone), first - 1, "each page is kept");
    phone.world.pass(Duration::from_hours(1));
    let in_an_hour = asked.load(Ordering::Relaxed) - first;
    assert!(in_an_hour <= 25 * 1001, "{in_an_hour} requests in an hour");
    assert!(newest(&phone) > first, "it goes on where it was");
}

#[test]
fn a_page_that_is_too_large_is_asked_for_again_with_fewer_changes() {
    // Each of 300 rewards is 200 kB of text: 60 MB altogether, where a page may have 8.
    const REWARDS: usize = 300;
    let text = "long ".repeat(40_000);
    let (phone, asked) = member(34, move |others, asked| {
        let text = text.clone();
        with_sync(others, move |request| {
            asked.fetch_add(1, Ordering::Relaxed);
            let limit: usize = query(request, "limit").expect("a limit").parse().expect("a number");
            let begin: usize = query(request, "cursor").map_or(0, |cursor| cursor.parse().expect("a number"));
            let things = (begin..BASE.len() + REWARDS).take(limit).map(|index| {
                if let Some((kind, id)) = BASE.get(index) {
                    return Change::put(kind, id, 1).json();
                }
                let mut reward = Change::put("reward", &format!("r{index}"), 1).json();
                reward["value"]["description"]["en"] = json!(text);
                reward
            });
            let changes: Vec<_> = things.collect();
            let end = begin + changes.len();
            let known = request.headers.get(header::IF_NONE_MATCH).is_some();
            if changes.is_empty() && known {
                return answer(304, "text/plain", "");
            }
            page_of(&json!({"changes": changes, "cursor": end.to_string(), "more": end < BASE.len() + REWARDS}))
        })
    });
    phone.refresh().expect("a sync");
    assert_eq!(phone.wallet().rewards().expect("a view").rewards.len(), REWARDS);
    let pages = asked.load(Ordering::Relaxed);
    assert!(pages < 100, "{pages} requests");
}

/// The control of the sizes: what is too large with one change in a page stays too large, and that is said.
#[test]
fn one_change_that_is_too_large_is_said() {
    let (phone, asked) = member(35, |others, asked| {
        with_sync(others, move |_| {
            asked.fetch_add(1, Ordering::Relaxed);
            answer(200, "application/json", vec![b' '; 9 * 1024 * 1024])
        })
    });
    assert_eq!(phone.refresh(), Err(Error::Unreachable(Unreachable::TooLarge)));
    phone.world.pass(Duration::from_hours(1));
    let asked = asked.load(Ordering::Relaxed);
    assert!(asked <= 4 * 30, "{asked} requests in an hour");
}
