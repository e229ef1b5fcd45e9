//! The guided demo: in a pipe, as a document, in a narrow terminal; and what it leaves behind.

use std::fs;

use crate::stage::{Run, Started, member};

const STEPS: [&str; 11] =
    ["backend", "join", "sync", "card", "scan", "arrival", "offline", "claim", "online", "once", "ledger"];

/// Runs the demo with an empty home, which must be empty afterwards: no file is left, also none that is temporary.
fn demo(arguments: &[&str], columns: Option<&str>) -> Run {
    let home = tempfile::tempdir().expect("a folder");
    let mut command = member(home.path());
    command.args(arguments);
    if let Some(columns) = columns {
        command.env("COLUMNS", columns);
    }
    let run = Run::of(command, "").done();
    let left: Vec<_> = fs::read_dir(home.path()).expect("the folder").collect();
    assert!(left.is_empty(), "{left:?}");
    assert_no_secret(&run.all());
    run
}

/// A one-time code is 6 digits by themselves; a token is at least 40 characters of base64url; a till's secret says what
/// it is. A key of an action is a UUID and shorter.
fn assert_no_secret(text: &str) {
    let words =
        |allowed: fn(char) -> bool| text.split(move |c: char| !allowed(c)).map(str::to_owned).collect::<Vec<_>>();
    for word in words(|c| c.is_ascii_alphanumeric()) {
        assert!(word.len() != 6 || !word.bytes().all(|byte| byte.is_ascii_digit()), "a code? {word}");
    }
    for word in words(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_') {
        assert!(word.len() < 40, "a token? {word}");
    }
    assert!(!text.contains("development-"), "a till's secret");
}

#[test]
fn in_a_pipe_it_is_told_whole() {
    let run = demo(&[], None);
    let text = run.text().replace('\u{a0}', " ");
    for words in [
        "1  A loyalty backend starts",
        "Bronze · 100 points",
        "+35 points",
        "-50 points waiting",
        "85 points left to spend",
        "Waiting to be confirmed",
        "Valid until",
        "11  The ledger",
        "All of it held",
        "member sandbox",
    ] {
        assert!(text.contains(words), "{words:?} is not in:\n{text}");
    }
    assert!(!text.contains('\u{1b}'), "escape sequences in a pipe");
    assert_eq!(run.stderr, "");
}

#[test]
fn without_a_command_it_is_the_demo() {
    let told = |arguments: &[&str]| demo(arguments, None).text().lines().next().map(str::to_owned);
    assert_eq!(told(&[]), told(&["demo"]));
}

#[test]
fn it_fits_a_narrow_terminal() {
    let run = demo(&["demo"], Some("40"));
    for line in run.text().lines() {
        assert!(line.chars().count() <= 40, "{line:?}");
    }
    // The codes are there all the same.
    assert!(run.text().contains("█▀▀▀▀▀█"));
}

#[test]
fn as_a_document_it_says_what_happened() {
    let run = demo(&["demo", "--json"], None);
    let document = run.json();
    assert_eq!(document["ok"], true);
    let steps = document["steps"].as_array().expect("steps");
    let names: Vec<_> = steps.iter().map(|step| step["step"].as_str().expect("a name")).collect();
    assert_eq!(names, STEPS);
    for step in steps {
        assert!(step["milliseconds"].is_u64(), "{step}");
    }
    let step = |name: &str| &steps[STEPS.iter().position(|step| *step == name).expect("a step")];
    assert_eq!(step("scan")["payload"], step("card")["number"].as_str().expect("a number").replace(' ', ""));
    assert_eq!(step("claim")["confirmed"], 135);
    assert_eq!(step("claim")["pending"], -50);
    assert_eq!(step("once")["audit"]["ledger_sum"], 0);
    assert_eq!(step("once")["audit"]["actions"]["confirmed"], 1);
    assert_eq!(run.stderr, "");
}

#[test]
fn a_pipe_that_is_closed_is_no_fault() {
    let home = tempfile::tempdir().expect("a folder");
    let mut demo = Started::of(member(home.path()));
    drop(demo.stdout());
    demo.finish().done();
}
