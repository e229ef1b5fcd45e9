//! Power loss: a phone is switched off at each sync of its disk, and nothing that the member was told is taken back.
//!
//! A run of a phone is recorded, write by write. At each sync the disk is rebuilt as the loss may have left it, and the wallet
//! is opened on it as the app does. `POWER_LOSS_DRAWS=N` draws N losses of each kind at each sync; without it, one of them in turn.

#![allow(clippy::print_stdout, reason = "the figures")]

mod check;
mod disk;
mod run;
#[path = "../support/mod.rs"]
mod support;

use std::time::Duration;

use check::{Plan, lose_power, syncs};
use disk::{Disk, Loss};
use member_core::ports::simulated::World;
use member_core::{Address, JoinDetails, SignInState, Wallet};
use run::Run;
use sqlcipher_sys::recording::Synchronous;

const ACTIONS: usize = 200;

fn draws() -> usize {
    std::env::var("POWER_LOSS_DRAWS").map_or(0, |asked| asked.parse().expect("POWER_LOSS_DRAWS is a number"))
}

#[test]
fn no_loss_of_power_takes_back_what_the_member_was_told() {
    let run = run::record(1, ACTIONS, Synchronous::AsAsked);
    let tally = lose_power(&run, Plan { draws: draws() });
    println!("{ACTIONS} actions, {} events, {tally}", run.recorded.events.len());
    assert_eq!((tally.lost, tally.corrupt), (Vec::new(), Vec::new()));
    assert!(tally.syncs > ACTIONS, "each action is synced at least once");
    assert!(tally.disks > tally.syncs, "too few disks differ");
}

/// The control: a store that does not wait for its commits to reach the disk loses actions, and this test sees it.
#[test]
fn a_store_that_does_not_sync_its_commits_is_found() {
    let run = run::record(1, ACTIONS, Synchronous::Normal);
    let tally = lose_power(&run, Plan { draws: 0 });
    println!("synchronous = NORMAL: {tally}; {}", tally.lost.first().map_or("nothing lost", |first| first));
    assert!(tally.lost.iter().any(|fault| fault.ends_with("is lost")), "no lost action was seen");
    assert_eq!(tally.corrupt, Vec::<String>::new(), "NORMAL loses commits, it damages nothing");
}

/// The other control: a store that never syncs is damaged, and this test sees it.
#[test]
fn a_store_that_never_syncs_is_found() {
    let run = run::record(1, ACTIONS, Synchronous::Off);
    let tally = lose_power(&run, Plan { draws: 10 });
    println!("synchronous = OFF: {tally}; {}", tally.corrupt.first().map_or("nothing damaged", |first| first));
    assert!(!tally.corrupt.is_empty(), "no damaged file was seen");
}

/// Pages that settle nothing are synced together. A loss takes back whole ones from the last on, and no action with them.
#[test]
fn pages_that_are_synced_together_are_taken_back_whole_and_alone() {
    let tally = lose_power(&run::record_long_pulls(6, Synchronous::AsAsked), Plan { draws: draws() });
    println!("long pulls: {tally}");
    assert_eq!((tally.lost, tally.corrupt), (Vec::new(), Vec::new()));
    assert!(tally.together >= 2, "hardly any page was synced with a later one");
    let control = lose_power(&run::record_long_pulls(6, Synchronous::Normal), Plan { draws: 0 });
    println!("long pulls, synchronous = NORMAL: {control}");
    assert!(control.lost.iter().any(|fault| fault.ends_with("is lost")), "no lost action was seen");
}

/// Up to the mark she is here with everything, from the mark on she is gone with everything, whatever the disk has kept.
#[test]
fn whoever_signs_out_is_here_with_everything_or_gone_with_everything() {
    let run = run::record_sign_out(7, Synchronous::AsAsked);
    let tally = lose_power(&run, Plan { draws: draws() });
    println!("sign-out: {tally}");
    assert_eq!((tally.lost, tally.corrupt), (Vec::new(), Vec::new()));
    let left = run.facts.iter().find(|(_, fact)| *fact == run::Fact::Leaving).map_or(run.end, |(at, _)| *at);
    assert!(run.end - left > 3, "nothing was written while she left");
}

/// What a loss left is recovered, the member goes on, and the power goes again.
#[test]
fn the_power_may_go_a_second_time() {
    let run = run::record(2, 40, Synchronous::AsAsked);
    let random = World::new(3);
    let signed_in = run.facts[0].0;
    let places = syncs(&run);
    let mut disk = Disk::found(&run.recorded);
    let (mut played, mut twice, mut disks) = (0, 0, 0);
    // Not before the first sync: the claims need a catalogue.
    for (turn, event) in places.into_iter().filter(|event| *event > 2 * signed_in).step_by(12).enumerate() {
        for event in &run.recorded.events[played..event] {
            disk.apply(event);
        }
        played = event;
        let files = disk.after(Loss::DRAWN[turn % Loss::DRAWN.len()], &random);
        let tally = lose_power(&run.go_on(event, &files, 3), Plan { draws: draws() });
        assert_eq!((tally.lost, tally.corrupt), (Vec::new(), Vec::new()), "after a loss before event {event}");
        (twice, disks) = (twice + tally.syncs, disks + tally.disks);
    }
    println!("{twice} syncs after a loss, {disks} disks");
    assert!(twice > 50, "too few");
}

/// The power goes while the member signs in: the next sign-in works, whatever the first one left.
#[test]
fn a_sign_in_that_was_cut_off_is_finished_by_the_next() {
    let run = run::record(4, 1, Synchronous::AsAsked);
    let random = World::new(5);
    let signed_in = run.facts[0].0;
    let mut disk = Disk::found(&run.recorded);
    let (mut played, mut finished) = (0, 0);
    for event in syncs(&run).into_iter().filter(|event| *event < signed_in) {
        for event in &run.recorded.events[played..event] {
            disk.apply(event);
        }
        played = event;
        for loss in [Loss::Nothing, Loss::Everything].iter().chain(&Loss::DRAWN) {
            sign_in_on(&run, &disk.after(*loss, &random), &format!("before event {event}, {loss:?}"));
            finished += 1;
        }
    }
    println!("{finished} sign-ins were finished");
    assert!(finished > 20, "too few");
}

fn sign_in_on(run: &Run, files: &disk::Files, place: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, bytes) in files {
        std::fs::write(folder.path().join(name), bytes).expect("a write");
    }
    let device = run.device();
    let wallet = Wallet::open(run::config(folder.path()), device.ports()).expect(place);
    // Codes are limited by address.
    run.world.pass(Duration::from_hours(1));
    let details = JoinDetails { name: "Ada".to_owned(), language: "en".to_owned(), terms: "2026-01".to_owned() };
    let wallet = std::sync::Arc::new(wallet);
    let again = std::sync::Arc::clone(&wallet);
    let backend = run.backend.clone();
    run.world.run(async move {
        again.request_code(Address::Email(support::EMAIL.to_owned()), Some(details)).await.expect("a code is sent");
    });
    let (again, code) = (std::sync::Arc::clone(&wallet), backend.last_code());
    let place_of_fault = place.to_owned();
    run.world.run(async move {
        again.sign_in(code).await.expect(&place_of_fault);
        again.refresh().await.expect(&place_of_fault);
    });
    assert_eq!(wallet.sign_in_state(), Ok(SignInState::SignedIn), "{place}");
    assert!(wallet.card().expect(place).card.is_some(), "{place}");
    device.kill_app();
    drop(wallet);
    run.world.end();
    let database = run::open(folder.path(), &run.database, &run.key).expect(place);
    let whole: String = database.query_row("PRAGMA integrity_check", [], |row| row.get(0)).expect(place);
    assert_eq!(whole, "ok", "{place}");
}
