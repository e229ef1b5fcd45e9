//! A database file: what was answered is there after the sandbox was opened again.

use member_sandbox::{Config, Programme, Sandbox, SandboxError, Storage};
use serde_json::json;

use crate::harness::{Call, SeededRandom, World, session};

#[test]
fn everything_is_there_after_the_sandbox_was_opened_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("sandbox.db");
    let world = World::at_file(&path);
    let clock = std::sync::Arc::clone(&world.clock);
    let ada = world.join("Ada");
    let (key, body) = (world.key(), world.claim_body(&ada, "coffee"));
    let answer = world.act(&ada, &key, &body).expect("200");
    world.buy(&ada, "r-1", 3500);
    world.sandbox_post("/sandbox/v1/clock", &json!({"offset_seconds": 60}));
    let (changes, cursor) = world.snapshot(&ada, 500);
    let audit = world.audit();
    drop(world);

    let world = World::open(Storage::File(path), clock, 2);
    assert_eq!(world.audit(), audit);
    assert!(world.since(&ada, &cursor).is_empty(), "the epoch is kept and opening again changes nothing");
    assert_eq!(world.snapshot(&ada, 500).0, changes);
    assert_eq!(world.act(&ada, &key, &body).body, answer.body);
    let reply = world.send(Call::get("/v1/sync").bearer(&ada.access)).expect("200");
    assert_eq!(reply.header("date"), "Sun, 22 Nov 2026 10:01:00 GMT", "the clock's offset is kept");
    session(&world.refresh(&ada.refresh).expect("200"));
}

#[test]
fn a_crash_in_the_middle_of_a_transaction_leaves_nothing_of_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("sandbox.db");
    let world = World::at_file(&path);
    let clock = std::sync::Arc::clone(&world.clock);
    let ada = world.join("Ada");
    let audit = world.audit();
    // Another process holds the write lock, with a posting of its own that is never committed.
    let mut other = rusqlite::Connection::open(&path).expect("opens");
    let tx = other.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).expect("begins");
    tx.execute("INSERT INTO \"transaction\" (at) VALUES (0)", []).expect("inserts");
    drop(tx);
    drop(other);
    drop(world);
    let world = World::open(Storage::File(path), clock, 2);
    assert_eq!(world.audit(), audit);
    assert_eq!(world.points(&ada), 100);
}

#[test]
fn a_database_of_another_programme_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("sandbox.db");
    drop(World::at_file(&path));
    let text = include_str!("../../programmes/market/programme.toml").replace("id = \"market\"", "id = \"bazaar\"");
    let config = Config {
        storage: Storage::File(path),
        programme: Programme::parse(&text).expect("valid"),
        clock: std::sync::Arc::new(member_sandbox::ports::SystemClock),
        random: SeededRandom::new(1),
        mail_dir: None,
    };
    let error = Sandbox::open(config).expect_err("another programme");
    assert!(
        matches!(&error, SandboxError::OtherProgramme { expected, found } if expected == "bazaar" && found == "market")
    );
}

#[test]
fn a_file_that_is_no_database_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("sandbox.db");
    std::fs::write(&path, "my shopping list, which is long enough to be read as a header of a file").expect("writes");
    let before = std::fs::read(&path).expect("reads");
    let config = Config {
        storage: Storage::File(path.clone()),
        programme: Programme::named("market").expect("valid"),
        clock: std::sync::Arc::new(member_sandbox::ports::SystemClock),
        random: SeededRandom::new(1),
        mail_dir: None,
    };
    assert!(matches!(Sandbox::open(config), Err(SandboxError::Storage(_))));
    assert_eq!(std::fs::read(&path).expect("reads"), before);
}

#[test]
fn a_changed_programme_is_told_as_changes_when_it_is_opened() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("sandbox.db");
    let world = World::at_file(&path);
    let clock = std::sync::Arc::clone(&world.clock);
    let ada = world.join("Ada");
    world.grant(&ada, 5000);
    world.act(&ada, &world.key(), &world.claim_body(&ada, "cooking-class")).expect("200");
    let (_, cursor) = world.snapshot(&ada, 500);
    drop(world);

    let text = include_str!("../../programmes/market/programme.toml");
    let text = text.replace("cost = { unit = \"points\", amount = 50 }", "cost = { unit = \"points\", amount = 55 }");
    let text = text.replace("id = \"hamper\"", "id = \"big-hamper\"");
    let programme = Programme::parse(&text).expect("valid");
    let world = World::with(Storage::File(path), clock, 2, programme);
    let changes = world.since(&ada, &cursor);
    let rewards: Vec<_> =
        crate::harness::of_kind(&changes, "reward").iter().map(|change| change["id"].clone()).collect();
    assert_eq!(rewards, [json!("coffee"), json!("big-hamper"), json!("hamper")]);
    let coffee = crate::harness::value_of(&changes, "reward", "coffee");
    assert_eq!((&coffee["cost"]["amount"], &coffee["revision"]), (&json!(55), &json!(2)));
    assert_eq!(changes.last().expect("some"), &json!({"kind": "reward", "id": "hamper", "deleted": true}));
    let (all, _) = world.snapshot(&ada, 500);
    assert_eq!(crate::harness::value_of(&all, "reward", "cooking-class")["stock"], 11, "what is left stays");
}
