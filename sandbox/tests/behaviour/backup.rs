//! Backups, and going back to one: all of the state, none of what came after, whole or not at all.

use std::sync::Arc;

use member_sandbox::{Config, Programme, Sandbox, SandboxError, Storage};
use serde_json::{Value, json};

use crate::harness::{Call, SeededRandom, Session, World, session, value_of};

fn back_up(world: &World, name: &str) {
    world.sandbox_post("/sandbox/v1/backup", &json!({"name": name}));
}

fn restore(world: &World, name: &str) {
    world.sandbox_post("/sandbox/v1/restore", &json!({"name": name}));
}

fn ledger(world: &World, ada: &Session) -> Value {
    world.send(Call::get(&format!("/sandbox/v1/members/{}/ledger", ada.member))).expect("200").json()
}

#[test]
fn what_happened_since_is_gone_and_what_was_there_is_there_again() {
    let world = World::new();
    let ada = world.join("Ada");
    world.buy(&ada, "r-1", 3500);
    let (kept, kept_body) = (world.key(), world.claim_body(&ada, "coffee"));
    let kept_answer = world.act(&ada, &kept, &kept_body).expect("200");
    world.sandbox_post("/sandbox/v1/rewards/hamper", &json!({"deleted": true}));
    let (before, old_cursor) = world.snapshot(&ada, 500);
    let (audit, entries) = (world.audit(), ledger(&world, &ada));
    back_up(&world, "monday");

    let bob = world.join("Bob");
    let lost = world.key();
    world.buy(&ada, "r-2", 60_000);
    let tote_bag = world.claim_body(&ada, "tote-bag");
    world.act(&ada, &lost, &tote_bag).expect("200");
    world.sandbox_post("/sandbox/v1/rewards/hamper", &json!({"deleted": false, "cost": 7}));
    let rotated = session(&world.refresh(&ada.refresh).expect("200"));
    let card_of_bob = world.card_number(&bob);
    let (_, late_cursor) = world.snapshot(&ada, 500);
    restore(&world, "monday");

    assert_eq!((world.audit(), ledger(&world, &ada)), (audit.clone(), entries.clone()));
    assert_eq!(world.snapshot(&ada, 500).0, before);
    for cursor in [&old_cursor, &late_cursor] {
        world.send(Call::get(&format!("/v1/sync?cursor={cursor}")).bearer(&ada.access)).expect("410 cursor-gone");
    }
    // Answers of then are answers still; keys of later are new keys.
    assert_eq!(world.act(&ada, &kept, &kept_body).expect("200").body, kept_answer.body);
    world.send(Call::get(&format!("/v1/actions/{lost}")).bearer(&ada.access)).expect("404 unknown-action");
    world.act(&ada, &lost, &tote_bag).expect("409 insufficient-points");
    // Tokens, members and their cards of later were never heard of.
    world.refresh(&rotated.refresh).expect("400 invalid_grant");
    for access in [&rotated.access, &bob.access] {
        world.send(Call::get("/v1/sync").bearer(access)).expect("401 unauthorized");
    }
    world.scan(&world.till("old-town-1"), &world.key(), &card_of_bob, "r-3").expect("409 unknown-card");
    let again = world.join("Bob");
    assert_ne!(again.member, bob.member);

    // A receipt of later can be booked, and history goes on from then.
    let (_, cursor) = world.snapshot(&ada, 500);
    world.buy(&ada, "r-2", 1000);
    assert_eq!(value_of(&world.since(&ada, &cursor), "account", "points")["available"], 95);
    // The same backup serves again, and so does one of the same name.
    restore(&world, "monday");
    assert_eq!((world.audit(), ledger(&world, &ada)), (audit, entries));
    world.grant(&ada, 1);
    back_up(&world, "monday");
    world.grant(&ada, 2);
    restore(&world, "monday");
    assert_eq!(world.points(&ada), 86);
}

#[test]
fn a_refresh_token_of_the_backup_is_good_again_and_spends_nobodys_session() {
    let world = World::new();
    let ada = world.join("Ada");
    back_up(&world, "monday");
    let second = session(&world.refresh(&ada.refresh).expect("200"));
    session(&world.refresh(&second.refresh).expect("200"));
    restore(&world, "monday");
    let again = session(&world.refresh(&ada.refresh).expect("200"));
    assert_eq!(again.member, ada.member);
    // An unknown token is no copy of one: it ends nothing.
    world.refresh(&second.refresh).expect("400 invalid_grant");
    world.send(Call::get("/v1/sync").bearer(&again.access)).expect("200");
}

#[test]
fn the_clock_and_the_faults_are_not_of_the_state() {
    let world = World::new();
    let ada = world.join("Ada");
    back_up(&world, "monday");
    world.sandbox_post("/sandbox/v1/clock", &json!({"offset_seconds": 60}));
    let rules = json!({"rules": [{"path": "/v1/actions", "fault": "status", "status": 503}]});
    world.sandbox_post("/sandbox/v1/faults", &rules);
    restore(&world, "monday");
    let reply = world.send(Call::get("/v1/sync").bearer(&ada.access)).expect("200");
    assert_eq!(reply.header("date"), "Sun, 22 Nov 2026 10:01:00 GMT");
    world.act(&ada, &world.key(), &world.claim_of("coffee", 50, 1)).expect("503 unavailable");
}

#[test]
fn a_long_poll_that_waits_during_a_restore_is_told_at_once() {
    let world = World::new();
    let ada = world.join("Ada");
    back_up(&world, "monday");
    let bob = world.join("Bob");
    let poll = |session: &Session| {
        let (_, cursor) = world.snapshot(session, 500);
        world.start(Call::get(&format!("/v1/sync?cursor={cursor}&wait=25")).bearer(&session.access))
    };
    let (mut of_ada, mut of_bob) = (poll(&ada), poll(&bob));
    assert!(of_ada.poll().is_none() && of_bob.poll().is_none());
    restore(&world, "monday");
    assert!(of_ada.wakes() > 0 && of_bob.wakes() > 0, "nobody would poll them again");
    of_ada.poll().expect("an answer").expect("410 cursor-gone");
    of_bob.poll().expect("an answer").expect("401 unauthorized");
}

#[test]
fn bad_names_and_unknown_ones_are_met_with_a_problem_and_change_nothing() {
    let world = World::new();
    let ada = world.join("Ada");
    back_up(&world, "monday");
    world.grant(&ada, 5);
    let (_, cursor) = world.snapshot(&ada, 500);
    let long = "a".repeat(65);
    for name in ["", "Monday", "../monday", "mon day", "a\"b", "ż", ":memory:", &long] {
        for path in ["/sandbox/v1/backup", "/sandbox/v1/restore"] {
            world.send(Call::post(path, &json!({"name": name}))).expect("400 malformed");
        }
    }
    for body in [json!({}), json!({"name": 5}), json!({"name": null})] {
        world.send(Call::post("/sandbox/v1/backup", &body)).expect("400 malformed");
    }
    world.send(Call::post("/sandbox/v1/restore", &json!({"name": "tuesday"}))).expect("404 not-found");
    assert_eq!(world.since(&ada, &cursor), Vec::<Value>::new(), "the epoch is as it was");
    assert_eq!(world.points(&ada), 105);
}

#[test]
fn a_sandbox_in_memory_keeps_eight_backups_and_says_so() {
    let world = World::new();
    for number in 0..8 {
        back_up(&world, &format!("backup-{number}"));
    }
    let reply = world.send(Call::post("/sandbox/v1/backup", &json!({"name": "one-more"}))).expect("400 malformed");
    assert_eq!(reply.json()["detail"], "name: there are 8 backups already; expected the name of one of them");
    back_up(&world, "backup-3");
    restore(&world, "backup-7");
    world.send(Call::post("/sandbox/v1/restore", &json!({"name": "one-more"}))).expect("404 not-found");
}

#[test]
fn in_process_the_same_is_two_calls() {
    let world = World::new();
    let ada = world.join("Ada");
    world.sandbox.back_up("monday").expect("a backup");
    world.grant(&ada, 5);
    let epoch = world.sandbox.restore("monday").expect("a restore");
    assert_eq!(epoch.len(), 16);
    assert_eq!(world.points(&ada), 100);
    assert!(matches!(world.sandbox.back_up("Monday"), Err(SandboxError::BackupName)));
    assert!(matches!(world.sandbox.restore("tuesday"), Err(SandboxError::UnknownBackup)));
}

#[test]
fn beside_a_file_a_backup_outlives_the_sandbox() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("sandbox.db");
    let world = World::at_file(&path);
    let clock = Arc::clone(&world.clock);
    let ada = world.join("Ada");
    for number in 0..12 {
        world.grant(&ada, 1);
        back_up(&world, &format!("backup-{number}"));
    }
    let (before, _) = world.snapshot(&ada, 500);
    world.buy(&ada, "r-1", 3500);
    drop(world);

    let world = World::open(Storage::File(path.clone()), clock, 2);
    restore(&world, "backup-11");
    assert_eq!(world.snapshot(&ada, 500).0, before);
    restore(&world, "backup-4");
    assert_eq!(world.points(&ada), 105);
    drop(world);
    let world = World::at_file(&path);
    assert_eq!(world.points(&ada), 105, "what was restored is on the disk");

    // One that a process began and did not live to finish is none.
    let whole = std::fs::read_dir(folder.path()).expect("a folder").map(|file| file.expect("a file").path());
    let whole =
        whole.map(|path| path.to_str().expect("a name").to_owned()).find(|path| path.contains("backup-backup-0."));
    let empty = whole.expect("a backup").replace("backup-backup-0.", "backup-half.");
    std::fs::write(&empty, "").expect("writes");
    world.send(Call::post("/sandbox/v1/restore", &json!({"name": "half"}))).expect("404 not-found");
    // One that cannot be read changes nothing, and the next one works.
    std::fs::write(&empty, "my shopping list, which is long enough to be read as a header of a file").expect("writes");
    world.send(Call::post("/sandbox/v1/restore", &json!({"name": "half"}))).expect("500 internal");
    assert_eq!(world.points(&ada), 105);
    restore(&world, "backup-0");
    assert_eq!(world.points(&ada), 101);
}

#[test]
fn a_programme_that_was_changed_since_the_backup_is_told_after_the_restore() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("sandbox.db");
    let world = World::at_file(&path);
    let clock = Arc::clone(&world.clock);
    let ada = world.join("Ada");
    back_up(&world, "monday");
    drop(world);
    let text = include_str!("../../programmes/market/programme.toml");
    let text = text.replace("cost = { unit = \"points\", amount = 50 }", "cost = { unit = \"points\", amount = 55 }");
    let world = World::with(Storage::File(path), clock, 2, Programme::parse(&text).expect("valid"));
    restore(&world, "monday");
    let (changes, _) = world.snapshot(&ada, 500);
    assert_eq!(value_of(&changes, "reward", "coffee")["cost"]["amount"], 55);
}

/// Requests on other threads are answered before or after, never from a state in between.
#[test]
#[allow(clippy::disallowed_methods, reason = "requests at the same time need threads of the test's own")]
fn requests_that_run_meanwhile_see_one_state_or_the_other() {
    let folder = tempfile::tempdir().expect("a folder");
    let sandbox = Sandbox::open(Config {
        storage: Storage::File(folder.path().join("sandbox.db")),
        programme: Programme::named("market").expect("valid"),
        clock: Arc::new(member_sandbox::ports::SystemClock),
        random: SeededRandom::new(1),
        mail_dir: None,
    })
    .expect("opens");
    let world = World::over(sandbox.clone());
    let ada = world.join("Ada");
    sandbox.back_up("start").expect("a backup");
    std::thread::scope(|threads| {
        for thread in 0..3 {
            let (world, ada) = (World::over(sandbox.clone()), ada.clone());
            threads.spawn(move || {
                for round in 0..40 {
                    match (thread, round % 2) {
                        (0, 0) => drop(world.sandbox.restore("start").expect("a restore")),
                        (0, _) => world.sandbox.back_up("other").expect("a backup"),
                        (_, 0) => drop(world.grant(&ada, 7)),
                        _ => assert_eq!((world.points(&ada) - 100) % 7, 0),
                    }
                    let audit = world.audit();
                    let zeros = [&audit["ledger_sum"], &audit["drifted"], &audit["unbalanced"]];
                    assert_eq!((zeros, &audit["members"]), ([&json!(0); 3], &json!(1)));
                }
            });
        }
    });
    sandbox.restore("start").expect("a restore");
    assert_eq!(world.points(&ada), 100);
}
