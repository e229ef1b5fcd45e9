//! What cannot be understood: status 2, with the sentence in the right place.

use crate::stage::{Phone, Run, member};

#[test]
fn wrong_usage_is_told_apart() {
    let phone = Phone::new("http://127.0.0.1:9");
    for arguments in [
        &["dance"][..],
        &["--dance"],
        &["claim"],
        &["claim", "a", "b"],
        &["join"],
        &["join", "--resume", "--email", "a@example.org"],
        &["join", "--email", "a@example.org", "--phone", "+48123456789"],
        &["card", "--svg", "-", "--png", "-"],
        &["card", "--png", "x.png", "--scale", "0"],
        &["card", "--ink", "blue"],
        &["card", "--server", "ftp://example.org"],
        &["activity", "--limit", "0"],
        &["discard", "not-a-key"],
        &["cancel"],
        &["retry"],
        &["pass"],
        &["pass", "apple"],
        &["sandbox", "--passes", "/nowhere"],
        &["sync", "--watch", "--offline"],
        &["till"],
        &["till", "verify"],
        &["till", "verify", "--payload", "1", "--picture", "x.png"],
        &["till", "verify", "--payload", "1"],
        &["till", "accrue", "--payload", "1", "--till", "t"],
        &["till", "accrue", "--payload", "1", "--till", "t", "--amount", "1.005"],
        &["till", "accrue", "--payload", "1", "--till", "t", "--amount", "35,00"],
        &["sandbox", "--listen", "nowhere"],
        &["sandbox", "--listen", "0.0.0.0:0"],
        &["sandbox", "--programme", "unheard-of"],
    ] {
        // These two are wrong only with a wallet that is open.
        let needs_a_member = arguments[0] == "discard";
        let run = phone.run(arguments);
        assert_eq!(run.status, if needs_a_member { 1 } else { 2 }, "{arguments:?}: {}", run.all());
        assert!(run.stdout.is_empty() && !run.stderr.is_empty(), "{arguments:?}: {}", run.all());

        let mut with_json = arguments.to_vec();
        with_json.push("--json");
        let run = phone.run(&with_json);
        assert_eq!(run.status, if needs_a_member { 1 } else { 2 }, "{arguments:?}: {}", run.all());
        assert!(run.json()["error"]["text"].is_string(), "{arguments:?}: {}", run.all());
    }
}

#[test]
fn join_says_where_a_programme_could_be() {
    let home = tempfile::tempdir().expect("a folder");
    let mut join = member(home.path());
    join.args(["join", "--email", "ada@example.org"]);
    Run::of(join, "").failed(2, "Which programme?");
}

#[test]
fn help_and_version_are_answers() {
    let phone = Phone::new("http://127.0.0.1:9");
    let help = phone.run(&["--help"]).done();
    for command in [
        "demo", "join", "card", "balance", "tiers", "rewards", "claim", "vouchers", "activity", "pending", "sync",
        "lock", "unlock", "discard", "doctor", "sign-out", "till", "sandbox",
    ] {
        assert!(help.text().contains(command), "{command}");
        phone.run(&[command, "--help"]).done();
    }
    assert!(phone.run(&["--version"]).done().text().starts_with("member "));
}

#[test]
fn no_secret_can_be_an_argument() {
    let phone = Phone::new("http://127.0.0.1:9");
    for command in [&["join"][..], &["till", "verify"], &["till", "accrue"]] {
        let mut arguments = command.to_vec();
        arguments.push("--help");
        let help = phone.run(&arguments).done();
        for option in ["--code", "--secret", "--token", "--password"] {
            assert!(!help.text().contains(option), "{command:?} {option}");
        }
    }
}
