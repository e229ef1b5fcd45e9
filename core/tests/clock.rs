//! A device whose clock is wrong: reboots, jumps in both directions, years off. What was promised holds on server time.

mod support;

use std::time::Duration;

use member_core::{Error, HostEvent, Unreachable};
use serde_json::json;
use support::{COFFEE, Phone, good};

const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);
const YEAR_SECONDS: i64 = 365 * 86_400;

fn member(seed: u64) -> Phone {
    let phone = Phone::new(seed);
    phone.device.network.set_faults(good());
    phone.join();
    phone.refresh().expect("a sync");
    phone.device.network.set_online(false);
    phone
}

fn reboot(phone: &mut Phone, skew_seconds: i64) {
    phone.kill();
    phone.device.set_clock_skew(skew_seconds);
    phone.device.reboot();
    phone.start();
}

/// The network is back; answers the state in which the only action ends, or `done` where it took effect.
fn ends(phone: &Phone) -> &'static str {
    phone.device.network.set_online(true);
    phone.wallet().host_event(HostEvent::NetworkAvailable);
    phone.wait("the end", HOUR, |wallet| wallet.pending().is_ok_and(|view| view.waiting == 0));
    phone.wallet().pending().expect("a view").actions.first().map_or("done", |action| action.state)
}

#[test]
fn a_claim_made_while_the_time_is_unsure_takes_effect_however_wrong_the_clock_is() {
    for (seed, skew) in [(1, 0), (2, 41 * 86_400), (3, -41 * 86_400), (4, 30 * YEAR_SECONDS), (5, -20 * YEAR_SECONDS)] {
        let mut phone = member(seed);
        reboot(&mut phone, skew);
        phone.wallet().claim(COFFEE).expect("a claim");
        phone.world.pass(6 * DAY);
        assert_eq!(ends(&phone), "done", "{skew} seconds off");
        assert_eq!(phone.points(), (50, 0, 50));
    }
}

#[test]
fn a_claim_made_while_the_time_is_unsure_is_good_for_as_long_as_any_other() {
    for skew in [0, 30 * YEAR_SECONDS, -20 * YEAR_SECONDS] {
        let mut phone = member(6);
        reboot(&mut phone, skew);
        phone.wallet().claim(COFFEE).expect("a claim");
        phone.world.pass(8 * DAY);
        assert_eq!(ends(&phone), "expired", "{skew} seconds off");
        assert_eq!(phone.points(), (100, 0, 100));
    }
}

#[test]
fn a_clock_that_is_set_between_the_claim_and_the_contact_loses_nothing() {
    for (seed, before, after) in [(7, 0, 30), (8, 30, 0), (9, -20, 0), (10, 0, -20), (11, 30, -20)] {
        // In one boot the wall clock does not count at all; after another it is believed only as far as it can be true.
        for again in [false, true] {
            let mut phone = member(seed);
            reboot(&mut phone, before * YEAR_SECONDS);
            phone.wallet().claim(COFFEE).expect("a claim");
            phone.world.pass(HOUR);
            phone.device.set_clock_skew(after * YEAR_SECONDS);
            if again {
                reboot(&mut phone, after * YEAR_SECONDS);
            }
            phone.world.pass(DAY);
            assert_eq!(ends(&phone), "done", "{before} to {after} years off, rebooted again: {again}");
            assert_eq!(phone.points(), (50, 0, 50));
        }
    }
}

#[test]
fn a_jump_of_the_wall_clock_within_one_boot_moves_no_decision() {
    for (seed, years) in [(12, 30), (13, -20)] {
        let phone = member(seed);
        phone.wallet().claim(COFFEE).expect("a claim");
        phone.device.set_clock_skew(years * YEAR_SECONDS);
        phone.world.pass(6 * DAY);
        assert_eq!(phone.wallet().pending().expect("a view").actions[0].state, "queued", "{years} years");
        assert_eq!(ends(&phone), "done", "{years} years");

        // And it is too old when it is, whatever the wall says.
        let phone = member(seed);
        phone.wallet().claim(COFFEE).expect("a claim");
        phone.device.set_clock_skew(years * YEAR_SECONDS);
        phone.world.pass(8 * DAY);
        assert_eq!(ends(&phone), "expired", "{years} years");
    }
}

/// A delay that was stored under one clock and is read under another neither holds anything up nor is forgotten.
#[test]
fn a_wait_that_began_under_another_clock_ends() {
    for (seed, years) in [(14, 30), (15, -20)] {
        let mut phone = member(seed);
        phone.device.network.set_online(true);
        phone.device.network.set_faults(member_core::ports::simulated::Faults { lose_request: 1000, ..good() });
        phone.wallet().claim(COFFEE).expect("a claim");
        phone.world.pass(20 * MINUTE);
        reboot(&mut phone, years * YEAR_SECONDS);
        phone.device.network.set_faults(good());
        assert_eq!(ends(&phone), "done", "{years} years");
        assert_eq!(phone.points(), (50, 0, 50));
    }
}

/// The server says to come again in an hour. The app that starts anew keeps to that, as the one that was told would have; a word
/// that was kept under another clock holds nothing up for more than a day.
#[test]
fn the_servers_word_outlives_the_app_and_no_clock_makes_it_longer_than_a_day() {
    let closed = json!({"path": "/v1/sync", "fault": "status", "status": 503, "retry_after": 3600});
    let told = |seed| {
        let phone = member(seed);
        phone.device.network.set_online(true);
        phone.backend.post("/sandbox/v1/faults", &json!({"rules": [closed.clone()]}));
        assert_eq!(phone.refresh(), Err(Error::Unreachable(Unreachable::Outage)));
        phone.backend.post("/sandbox/v1/faults", &json!({"rules": []}));
        phone
    };
    let asked = |phone: &Phone| phone.backend.requests("GET /v1/sync");
    let mut phone = told(20);
    let before = asked(&phone);
    for _ in 0..5 {
        phone.start();
        phone.wallet().host_event(HostEvent::Foreground);
        phone.wallet().host_event(HostEvent::NetworkAvailable);
        assert_eq!(phone.refresh(), Err(Error::Unreachable(Unreachable::Outage)), "it asked too soon");
        phone.world.pass(11 * MINUTE);
    }
    let _shown = phone.wallet().show_card().expect("a card on screen");
    phone.world.pass(4 * MINUTE);
    assert_eq!(asked(&phone), before);
    // Then it comes by itself, at a place of its own after the word.
    phone.wait("the next request", 20 * MINUTE, |_| asked(&phone) > before);

    // The phone is off, and its clock has another idea of the time: the word is over, or holds as long as it was said to.
    for (seed, skew) in [(21, 30 * YEAR_SECONDS), (22, -20 * YEAR_SECONDS), (23, -2 * 86_400), (24, 7200)] {
        let mut phone = told(seed);
        reboot(&mut phone, skew);
        assert_eq!(phone.refresh(), Ok(()), "{skew} seconds off");
    }
    let mut phone = told(25);
    reboot(&mut phone, -1800);
    assert_eq!(phone.refresh(), Err(Error::Unreachable(Unreachable::Outage)));
    phone.world.pass(HOUR + 31 * MINUTE);
    assert_eq!(phone.refresh(), Ok(()));
}

/// What is shown as a date follows the server's time; what is shown as an age never lies about the future.
#[test]
fn ages_and_dates_are_by_server_time() {
    for (seed, years) in [(16, 30), (17, -20)] {
        let mut phone = member(seed);
        phone.device.set_clock_skew(years * YEAR_SECONDS);
        phone.world.pass(2 * HOUR);
        assert_eq!(phone.wallet().card().expect("a view").status.age, "Updated 2 hours ago", "{years} years");
        // Off and on: nobody can say how old it is now, but it is never from the future, and it is said to be old.
        reboot(&mut phone, years * YEAR_SECONDS);
        let status = phone.wallet().card().expect("a view").status;
        assert_eq!(status.stale, years > 0, "{years} years: {}", status.age);
        assert!(!status.age.contains('-'), "{}", status.age);
    }
}
