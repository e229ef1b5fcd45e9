//! `member doctor`: a wallet that is whole, damaged, with another key or none, in a folder that cannot be written.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::json;

use crate::stage::{Phone, Run, Sandbox};

const PAGE: usize = 4096;

fn files(home: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(home).expect("the wallet").map(|entry| entry.expect("a file"));
    let plain = entries.filter(|entry| entry.file_type().expect("a type").is_file());
    plain
        .map(|entry| (entry.file_name().to_string_lossy().into_owned(), fs::read(entry.path()).expect("bytes")))
        .filter(|(name, bytes)| !(name.ends_with("-shm") || name.ends_with("-wal") && bytes.is_empty()))
        .collect()
}

/// A member with a claim that waits, whose sandbox has ended.
fn waiting() -> Phone {
    let sandbox = Sandbox::start();
    let phone = Phone::new(&sandbox.url);
    phone.join(&sandbox);
    phone.json(&["claim", "coffee", "--offline"]);
    drop(sandbox);
    phone.settle();
    phone
}

#[test]
fn where_nothing_is_saved_nothing_is_made() {
    let phone = Phone::new("http://127.0.0.1:1");
    let told = phone.run(&["doctor"]).done();
    assert!(told.text().contains("No wallet is saved here."), "{told:?}");
    assert_eq!(phone.json(&["doctor"])["databases"], json!([]));
    assert!(!phone.home().exists(), "looking made a folder");
}

#[test]
fn a_whole_wallet_is_said_to_be_so() {
    let phone = waiting();
    let before = files(&phone.home());
    let examined = phone.json(&["doctor"]);
    assert_eq!((&examined["healthy"], &examined["aside"]), (&json!(true), &json!([])));
    let database = &examined["databases"][0];
    assert_eq!(
        (&database["found"], &database["did"], &database["current"]),
        (&json!("sound"), &json!([]), &json!(true))
    );
    let holds = &database["holds"];
    assert_eq!((&holds["actions"], &holds["session"]), (&json!({"queued": 1}), &json!(true)));
    assert!(phone.run(&["doctor"]).done().text().contains("Everything is well."));
    assert!(files(&phone.home()) == before, "looking changed a file");
}

#[test]
fn a_damaged_wallet_is_mended_once_and_what_was_done_is_said() {
    let phone = waiting();
    let database = phone.database();
    let whole = fs::read(&database).expect("the file");
    let action = phone.json(&["pending"])["actions"][0]["key"].clone();
    // Its last page is of the catalogue or of the ledger.
    let mut damaged = whole.clone();
    damaged[whole.len() - PAGE + 100] ^= 1;
    fs::write(&database, &damaged).expect("a write");
    let examined = phone.json(&["doctor"]);
    let mended = &examined["databases"][0];
    assert_eq!((&examined["healthy"], &mended["found"]), (&json!(true), &json!("damaged")), "{examined}");
    assert_eq!(mended["did"], json!([{"rescued": {"actions": 1, "lost": 0, "session": true}}]), "{examined}");
    assert_eq!(mended["holds"]["rebuilding"], true);
    let aside = examined["aside"][0].as_str().expect("a file");
    assert!(fs::read(phone.home().join(aside)).expect("the file") == damaged, "the damaged file was changed");
    assert_eq!(phone.json(&["pending"])["actions"][0]["key"], action);
    let again = phone.json(&["doctor"]);
    assert_eq!((&again["databases"][0]["found"], &again["databases"][0]["did"]), (&json!("sound"), &json!([])));
    phone.json(&["card"]);
}

#[test]
fn a_wallet_with_another_key_is_left_as_it_is_and_one_without_is_set_aside() {
    let phone = waiting();
    let key = fs::read(phone.key()).expect("a key");
    let before = files(&phone.home());
    fs::write(phone.key(), [7; 32]).expect("a write");
    let mut examined = phone.command(["--json", "doctor"]);
    examined.env_remove("MEMBER_SERVER");
    let examined = Run::of(examined, "");
    assert_eq!((examined.status, &examined.json()["databases"][0]["found"]), (1, &json!("wrong-key")), "{examined:?}");
    let told = phone.run(&["doctor"]);
    assert!(told.status == 1 && told.text().contains("Nothing was deleted."), "{told:?}");
    assert!(files(&phone.home()) == before, "a file was changed");
    fs::write(phone.key(), key).expect("a write");
    assert_eq!(phone.json(&["doctor"])["healthy"], true);
    fs::remove_file(phone.key()).expect("a deletion");
    let examined = phone.json(&["doctor"]);
    let lost = &examined["databases"][0];
    assert_eq!((&lost["found"], &lost["did"]), (&json!("key-missing"), &json!(["set-aside"])), "{examined}");
    phone.fails(&["card"], 1, "signed-out");
}

/// As a user whom permissions bind: the one who runs the tests, or nobody, where that is root.
#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_cannot_be_written_shows_the_card_and_says_why_nothing_else_works() {
    use std::os::unix::fs::{PermissionsExt as _, chown};
    use std::os::unix::process::CommandExt as _;
    const NOBODY: u32 = 65534;

    let phone = waiting();
    let root = rustix::process::geteuid().is_root();
    let program = phone.folder.path().join("member");
    if fs::hard_link(env!("CARGO_BIN_EXE_member"), &program).is_err() {
        fs::copy(env!("CARGO_BIN_EXE_member"), &program).expect("a copy of the program");
    }
    let number = phone.number();
    phone.settle();
    let set = |mode: u32, file_mode: u32| {
        let vault = phone.home().join("vault");
        for folder in [phone.folder.path(), &phone.home(), &vault] {
            for file in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("a file").path()) {
                if file.is_file() && file != program {
                    fs::set_permissions(&file, fs::Permissions::from_mode(file_mode)).expect("a mode");
                    root.then(|| chown(&file, Some(NOBODY), None).expect("an owner"));
                }
            }
            fs::set_permissions(folder, fs::Permissions::from_mode(mode)).expect("a mode");
            root.then(|| chown(folder, Some(NOBODY), None).expect("an owner"));
        }
    };
    let run = |arguments: &[&str]| {
        let mut command = Command::new(&program);
        let known = phone.command(arguments);
        command.env_clear().envs(known.get_envs().filter_map(|(name, value)| value.map(|value| (name, value))));
        command.args(arguments);
        if root {
            command.uid(NOBODY);
        }
        Run::of(command, "")
    };
    for file_mode in [0o400, 0o600] {
        set(0o500, file_mode);
        let before = files(&phone.home());
        let card = run(&["--json", "card"]).done().json();
        assert_eq!(card["card"]["number"].as_str().map(|shown| shown.replace(' ', "")), Some(number.clone()));
        assert_eq!(run(&["--json", "pending"]).done().json()["actions"].as_array().map(Vec::len), Some(1));
        run(&["--json", "claim", "coffee", "--offline"]).failed_as(1, "read-only");
        assert!(files(&phone.home()) == before, "a file was changed");
    }
    set(0o700, 0o600);
    run(&["--json", "pending"]).done();
}
