//! Each installation has a number and keys of its own: a stolen phone is revoked, and the others go on.

use std::time::Duration;

use member_core::ports::simulated::{Faults, World};
use member_sandbox::programme::{Payload, Programme};
use serde_json::{Value, json};

use crate::support::scanner::{card, code, hidden, offline, offline_till, phone, phone_of};
use crate::support::{Backend, EMAIL, Phone, good};

const SIGNED_OUT: &str = "Your card is hidden because you were signed out. Sign in again, and it is here at once.";

fn devices(phone: &Phone) -> Vec<(u64, bool)> {
    let found = phone.backend.get(&format!("/sandbox/v1/members?address={EMAIL}"));
    let device = |device: &Value| (device["number"].as_u64().expect("a number"), device["revoked"] == true);
    found["devices"].as_array().expect("devices").iter().map(device).collect()
}

fn revoke(phone: &Phone, device: u64) {
    phone.backend.post("/sandbox/v1/revoke", &json!({"member": phone.backend.member_id(), "device": device}));
}

/// What a till says, online.
fn scanned(phone: &Phone, sale: &str) -> String {
    let (status, answer) = phone.backend.scan("old-town-1", &code(phone), sale);
    if status.is_success() { "good".to_owned() } else { answer["type"].as_str().expect("a type").to_owned() }
}

#[test]
fn a_stolen_phone_is_revoked_while_the_new_one_goes_on_online_and_offline() {
    for payload in [Payload::Rotating, Payload::Proof] {
        let stolen = phone(payload);
        let new = phone_of(&stolen.world, &stolen.backend);
        assert_eq!(devices(&new), [(1, false), (2, false)]);
        stolen.device.network.set_online(false);
        revoke(&new, 1);
        // The thief keeps it offline: it still shows codes, and no till takes them.
        assert_eq!(scanned(&stolen, "r-1"), "urn:member-core:problem:card-revoked", "{payload:?}");
        let till = offline_till(&new.backend);
        if payload == Payload::Proof {
            assert_eq!(offline(&till, &code(&stolen), &stolen.world).expect_err("revoked"), "revoked");
            assert!(offline(&till, &code(&new), &new.world).expect("good").verified);
        }
        new.refresh().expect("a sync");
        assert_eq!(scanned(&new, "r-1"), "good", "{payload:?}");
        // As soon as it is online it hides the card, and says what to do.
        stolen.device.network.set_online(true);
        stolen.refresh().expect_err("the session has ended");
        assert_eq!(hidden(&stolen), SIGNED_OUT);
        // The new phone is none the worse for it.
        new.refresh().expect("a sync");
        assert_eq!(devices(&new), [(1, true), (2, false)]);
    }
}

#[test]
fn the_older_phone_gets_a_new_number_when_the_newer_one_is_stolen() {
    let kept = phone(Payload::Proof);
    let stolen = phone_of(&kept.world, &kept.backend);
    revoke(&kept, 2);
    let till = offline_till(&kept.backend);
    assert_eq!(offline(&till, &code(&kept), &kept.world).expect_err("below"), "revoked");
    kept.refresh().expect("a sync");
    assert_eq!(devices(&kept), [(1, false), (2, true), (3, false)]);
    let verdict = offline(&till, &code(&kept), &kept.world).expect("good");
    assert_eq!(verdict.device.map(|device| device.0), Some(3));
    assert_eq!(scanned(&kept, "r-1"), "good");
    assert_eq!(scanned(&stolen, "r-2"), "urn:member-core:problem:card-revoked");
}

#[test]
fn whoever_signs_in_again_has_a_new_number_and_new_keys() {
    let phone = phone(Payload::Rotating);
    let old = code(&phone);
    revoke(&phone, 1);
    phone.refresh().expect_err("the session has ended");
    assert_eq!(hidden(&phone), SIGNED_OUT);
    phone.join();
    phone.refresh().expect("a sync");
    assert_eq!(devices(&phone), [(1, true), (2, false)]);
    assert_ne!(code(&phone), old, "within the same minute");
    assert_eq!(scanned(&phone, "r-1"), "good");
}

#[test]
fn a_server_that_was_restored_and_forgot_the_device_gives_it_a_new_number() {
    for payload in [Payload::Rotating, Payload::Proof] {
        let world = World::new(1);
        let programme = Programme::named("market").expect("the programme").with_payload(payload);
        let backend = Backend::of(&world, programme);
        let phone = Phone::of(&world, &backend);
        phone.join();
        backend.back_up("before");
        phone.refresh().expect("a sync");
        assert_eq!(devices(&phone), [(1, false)]);
        backend.restore("before");
        assert_eq!(devices(&phone), [], "{payload:?}: the session is older than the backup, and the number is not");
        // Its codes are as good as they were, as far as it knows.
        card(&phone);
        phone.refresh().expect("a sync");
        assert_eq!(devices(&phone), [(17, false)], "none is given twice");
        assert_eq!(scanned(&phone, "r-1"), "good", "{payload:?}");
        if payload == Payload::Proof {
            offline(&offline_till(&backend), &code(&phone), &world).expect("good");
        }
        let asked = backend.requests("PUT /v1/card/device");
        phone.refresh().expect("a sync");
        assert_eq!(backend.requests("PUT /v1/card/device"), asked, "once is enough");
    }
}

#[test]
fn a_number_that_arrives_after_another_sign_in_is_not_taken_for_the_new_ones() {
    for seed in 0..40 {
        let world = World::new(seed);
        let programme = Programme::named("market").expect("the programme").with_payload(Payload::Rotating);
        let backend = Backend::of(&world, programme);
        let phone = Phone::of(&world, &backend);
        phone.device.network.set_faults(Faults { delay: Duration::from_secs(8), ..good() });
        phone.join();
        phone.wait("a number is asked for", Duration::from_mins(10), |_| backend.requests("PUT /v1/card/device") == 1);
        // The answer is on its way to a slow disk, and arrives there after the second sign-in.
        phone.device.set_slow_disk(Duration::from_mins(5));
        world.pass(Duration::from_secs(10));
        phone.device.set_slow_disk(Duration::ZERO);
        phone.device.network.set_faults(good());
        phone.join();
        world.pass(Duration::from_mins(6));
        phone.refresh().expect("a sync");
        let shown = code(&phone);
        phone.call(|wallet| async move { wallet.sign_out(Vec::new()).await }).expect("signed out");
        let (status, answer) = backend.scan("old-town-1", &shown, "r-1");
        let revoked = json!("urn:member-core:problem:card-revoked");
        assert_eq!((status.as_u16(), &answer["type"]), (409, &revoked), "seed {seed}: a code of the first session");
    }
}

#[test]
fn signing_out_revokes_the_number() {
    let phone = phone(Payload::Rotating);
    let shown = code(&phone);
    phone.call(|wallet| async move { wallet.sign_out(Vec::new()).await }).expect("signed out");
    assert_eq!(devices(&phone), [(1, true)]);
    let (status, answer) = phone.backend.scan("old-town-1", &shown, "r-1");
    assert_eq!((status.as_u16(), &answer["type"]), (409, &json!("urn:member-core:problem:card-revoked")));
}

#[test]
fn a_card_that_is_blocked_is_hidden_with_the_reason_whatever_it_shows() {
    for payload in [Payload::Static, Payload::Rotating, Payload::Proof] {
        let phone = phone(payload);
        card(&phone);
        let member = phone.backend.member_id();
        phone.backend.post("/sandbox/v1/revoke", &json!({"member": member, "card": true, "sessions": false}));
        phone.refresh().expect("a sync");
        let why = "This card is blocked and cannot be used any more. Ask the programme's service for help.";
        assert_eq!(hidden(&phone), why, "{payload:?}");
    }
}

#[test]
fn a_server_that_gives_no_number_leaves_the_rest_of_the_wallet_alone() {
    let phone = phone(Payload::Rotating);
    assert_eq!(phone.points(), (100, 0, 100));
    let other = Phone::of(&phone.world, &phone.backend);
    // Something else answers in its place.
    *other.backend.instead.lock().expect("one thread") = Some(("{\"device\":", "{\"number\":"));
    other.join();
    other.refresh().expect_err("not all that was asked for came");
    assert_eq!(other.points(), (100, 0, 100));
    assert_eq!(hidden(&other), "Your card is being set up. Connect to the internet once.");
    *other.backend.instead.lock().expect("one thread") = None;
    other.refresh().expect("a sync");
    assert_eq!(scanned(&other, "r-1"), "good");
}
