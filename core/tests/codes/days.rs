//! Days without a network: proofs last for seven, are topped up when fewer are left, and a card that is too old is hidden.

use std::time::Duration;

use member_core::ports::simulated::{Faults, World};
use member_sandbox::programme::{Payload, Programme};

use crate::support::scanner::{card, code, hidden, offline, offline_till, phone, phone_of, view};
use crate::support::{Backend, good};

const DAY: Duration = Duration::from_hours(24);
const PROOFS: &str = "POST /v1/card/proofs";
const MARKET: &str = include_str!("../../../sandbox/programmes/market/programme.toml");

#[test]
fn a_phone_shows_proofs_for_a_week_without_network_and_a_till_without_network_takes_them() {
    let phone = phone(Payload::Proof);
    let till = offline_till(&phone.backend);
    phone.device.network.set_online(false);
    for day in 0..7 {
        let verdict = offline(&till, &code(&phone), &phone.world).unwrap_or_else(|name| panic!("day {day}: {name}"));
        assert!(verdict.verified && !verdict.may_spend);
        phone.world.pass(DAY);
    }
    let why = "Your card is hidden because this device has not reached the programme for 7 days. Connect to the internet once.";
    phone.world.pass(Duration::from_hours(1));
    assert_eq!(hidden(&phone), why);
    phone.device.network.set_online(true);
    phone.refresh().expect("a sync");
    let till = offline_till(&phone.backend);
    offline(&till, &code(&phone), &phone.world).expect("good again");
}

#[test]
fn a_rotating_card_is_hidden_by_the_days_of_its_programme_and_a_static_one_stays_with_its_age() {
    for (payload, stays) in [(Payload::Rotating, false), (Payload::Static, true)] {
        let text = MARKET.replacen("payload = \"static\"", "payload = \"static\"\nfreshness_days = 2", 1);
        let world = World::new(1);
        let programme = Programme::parse(&text).expect("a programme").with_payload(payload);
        let phone = phone_of(&world, &Backend::of(&world, programme));
        phone.device.network.set_online(false);
        phone.world.pass(Duration::from_mins(2 * 24 * 60 - 1));
        card(&phone);
        phone.world.pass(Duration::from_hours(1));
        assert_eq!(view(&phone).card.is_some(), stays, "{payload:?}");
        let status = view(&phone).status;
        assert_eq!((status.age.as_str(), status.stale), ("Updated 2 days ago", true));
        if !stays {
            assert!(hidden(&phone).contains("for 2 days"), "{}", hidden(&phone));
        }
    }
}

#[test]
fn where_the_programme_lets_cards_be_old_the_proofs_still_end_after_seven_days() {
    let text = MARKET.replacen("payload = \"static\"", "payload = \"static\"\nfreshness_days = 30", 1);
    let world = World::new(1);
    let programme = Programme::parse(&text).expect("a programme").with_payload(Payload::Proof);
    let phone = phone_of(&world, &Backend::of(&world, programme));
    phone.device.network.set_online(false);
    phone.world.pass(DAY * 7);
    assert_eq!(hidden(&phone), "There is no code for today on this device yet. Connect to the internet once.");
}

#[test]
fn days_are_topped_up_when_one_has_passed_and_not_more_often() {
    let phone = phone(Payload::Proof);
    assert_eq!(phone.backend.requests(PROOFS), 1);
    for _ in 0..5 {
        phone.refresh().expect("a sync");
    }
    assert_eq!((phone.backend.requests(PROOFS), phone.backend.requests("PUT /v1/card/device")), (1, 1));
    phone.device.network.set_online(false);
    phone.world.pass(DAY * 3);
    phone.device.network.set_online(true);
    phone.refresh().expect("a sync");
    assert_eq!((phone.backend.requests(PROOFS), phone.backend.requests("PUT /v1/card/device")), (2, 1));
    phone.device.network.set_online(false);
    let till = offline_till(&phone.backend);
    phone.world.pass(DAY * 6);
    offline(&till, &code(&phone), &phone.world).expect("the last of seven days");
}

#[test]
fn the_signed_tier_follows_the_member() {
    let phone = phone(Payload::Proof);
    let tier = || {
        let till = offline_till(&phone.backend);
        offline(&till, &code(&phone), &phone.world).expect("good").tier.expect("a tier").0
    };
    assert_eq!(tier(), 0);
    phone.backend.accrue(&phone.card_number(), 60_000);
    phone.refresh().expect("a sync");
    assert_eq!(tier(), 1, "silver, for all the days that were signed for bronze");
    assert_eq!(phone.backend.requests(PROOFS), 2);
}

#[test]
fn on_a_bad_network_a_phone_gets_one_number_and_its_days() {
    for seed in 0..8 {
        let world = World::new(seed);
        let programme = Programme::named("market").expect("the programme").with_payload(Payload::Proof);
        let backend = Backend::of(&world, programme);
        let phone = crate::support::Phone::of(&world, &backend);
        phone.device.network.set_faults(Faults::bad_day());
        phone.join();
        phone.wait("a card", Duration::from_hours(6), |wallet| wallet.card().expect("a view").card.is_some());
        phone.device.network.set_faults(good());
        phone.refresh().expect("a sync");
        let till = offline_till(&phone.backend);
        let verdict = offline(&till, &code(&phone), &phone.world).expect("good");
        let (status, answer) = phone.backend.scan("old-town-1", &code(&phone), "r-1");
        assert!(status.is_success(), "seed {seed}: {answer}");
        assert!(verdict.device.is_some());
        let devices = phone.backend.get("/sandbox/v1/members?address=ada@example.org");
        let good = devices["devices"].as_array().expect("devices").iter().filter(|device| device["revoked"] == false);
        // A sign-in whose answer was lost has left a session, and none of its own devices.
        assert_eq!(good.count(), 1, "seed {seed}: {devices}");
    }
}
