//! Cards whose code changes, in the terminal: the countdown, the card that stays on the screen, and the till that takes a code once.

use serde_json::Value;

use crate::stage::{LIMIT, Phone, Sandbox, Started, lines};

/// The modules that a document of the card has.
fn rows(document: &Value) -> &Value {
    &document["card"]["rows"]
}

#[test]
fn a_code_is_taken_once_and_the_phone_goes_on_to_the_next() {
    let sandbox = Sandbox::with(&["--card", "proof"]);
    let phone = Phone::new(&sandbox.url);
    phone.join(&sandbox);
    let before = phone.json(&["card"]);
    let left = before["card"]["code"]["changes_in_ms"].as_u64().expect("a code that changes");
    assert!(left <= 60_000, "{left}");
    let shown = phone.run(&["card"]).done();
    assert!(shown.text().contains("New code in "), "{}", shown.text());

    let picture = phone.folder.path().join("card.png");
    let picture = picture.to_str().expect("a path");
    phone.run(&["card", "--png", picture]).done();
    let scan = |till: &str| sandbox.till(&["till", "verify", "--till", till, "--picture", picture, "--json"]);
    let scanned = scan("old-town-1").done().json();
    assert_eq!(scanned["verdict"]["payload"], "proof");
    assert_eq!(scanned["verdict"]["may_spend"], true);
    scan("old-town-2").failed_as(3, "code-used");
    phone.run(&["sync"]).done();
    let after = phone.json(&["card"]);
    assert_ne!(rows(&after), rows(&before), "the next code, though its minute has not begun");
    // In the basement.
    assert!(phone.json(&["card", "--offline"])["card"]["code"].is_object());
}

#[test]
fn the_card_that_is_watched_shows_what_a_till_does() {
    let sandbox = Sandbox::with(&["--card", "rotating"]);
    let phone = Phone::new(&sandbox.url);
    phone.join(&sandbox);
    let number = phone.number();
    let mut watch = Started::of(phone.command(["card", "--watch"]));
    let said = lines(watch.stdout());
    let hear = |what: &str| while !said.recv_timeout(LIMIT).expect(what).contains(what) {};
    hear("New code in ");
    hear("100\u{a0}points");
    let sale =
        ["till", "accrue", "--till", "old-town-1", "--payload", &number, "--amount", "35.00", "--receipt", "r-1"];
    sandbox.till(&sale).done();
    hear("135\u{a0}points");
    hear("+35\u{a0}points");
    assert_eq!(watch.interrupt().status, 130);
    phone.fails(&["card", "--watch", "--json"], 2, "usage");
    phone.fails(&["card", "--watch", "--svg", "-"], 2, "usage");
}
