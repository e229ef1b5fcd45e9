//! A device whose clock is wrong: reboots, jumps in both directions, years off. What was promised holds on server time.

mod support;

use std::time::Duration;

use member_core::HostEvent;
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
