//! Signing out: what is said and asked before, with which status it ends, and what is left.

use std::path::Path;

use serde_json::json;

use crate::stage::{Phone, Run, Sandbox};

/// What of somebody is still in the folder of the wallet and its vault.
fn left(home: &Path) -> Vec<String> {
    let mut names = Vec::new();
    for folder in [home.to_owned(), home.join("vault")] {
        for file in std::fs::read_dir(folder).expect("the folder") {
            names.push(file.expect("a file").file_name().to_string_lossy().into_owned());
        }
    }
    names.retain(|name| name.starts_with("member-") || name.starts_with("revoke-"));
    names
}

#[test]
fn who_signs_out_is_asked_told_and_gone() {
    let sandbox = Sandbox::start();
    let phone = Phone::new(&sandbox.url);
    phone.join(&sandbox);
    let home = phone.home();
    phone.json(&["claim", "coffee", "--offline"]);

    // Nobody is there to be asked: nothing happens, and what waits was named.
    let asked = phone.run(&["sign-out", "--offline"]).failed(1, "nothing happened");
    for words in ["Sign out?", "1 action has not been sent", "Claim: Coffee of your choice", "sign-out --yes"] {
        assert!(asked.stderr.contains(words), "{words}: {}", asked.stderr);
    }
    phone.fails(&["sign-out", "--offline"], 1, "not-confirmed");
    assert_eq!(phone.json(&["pending"])["waiting"], 1);

    // With a connection it is sent before, so nothing is lost.
    let done = phone.json(&["sign-out", "--yes"]);
    assert_eq!((&done["deleted"], &done["told"], &done["unsent"]), (&json!(true), &json!(true), &json!([])));
    assert_eq!(sandbox.audit()["actions"]["confirmed"], 1);
    assert_eq!(left(&home), Vec::<String>::new());
    phone.fails(&["balance"], 1, "signed-out");
    phone.fails(&["sign-out", "--yes"], 1, "signed-out");
}

#[test]
fn who_signs_out_offline_has_the_server_told_by_a_later_command() {
    let sandbox = Sandbox::start();
    let phone = Phone::new(&sandbox.url);
    phone.join(&sandbox);
    let home = phone.home();
    phone.json(&["claim", "coffee", "--offline"]);
    let done = phone.json(&["sign-out", "--offline", "--yes"]);
    assert_eq!((&done["deleted"], &done["told"]), (&json!(true), &json!(false)));
    assert_eq!(done["unsent"][0]["title"], "Claim: Coffee of your choice");
    let names = left(&home);
    assert!(names.len() == 1 && names[0].starts_with("revoke-"), "{names:?}");
    phone.fails(&["sync", "--offline"], 1, "signed-out");
    assert_eq!(left(&home), names);
    phone.fails(&["sync"], 1, "signed-out");
    assert_eq!(left(&home), Vec::<String>::new());
    assert_eq!(sandbox.audit()["actions"]["confirmed"], 0);
}

#[test]
fn the_answer_of_who_signs_out_is_in_her_language() {
    let sandbox = Sandbox::start();
    let phone = Phone::new(&sandbox.url);
    phone.join(&sandbox);
    let done = Run::of(phone.command(["sign-out", "--yes", "--lang", "pl"]), "").done();
    assert_eq!(done.text().trim_end(), "Wylogowano. Na tym urządzeniu nie ma już Twoich danych.");
}
