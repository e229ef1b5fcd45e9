//! Passes for other wallets, as a member gets them in a terminal, and the credentials with which a sandbox issues them.

use std::fs;

use crate::stage::{Phone, Run, Sandbox, member};

#[test]
fn a_pass_is_a_file_for_apple_and_a_link_for_google() {
    let sandbox = Sandbox::start();
    let phone = Phone::new(&sandbox.url);
    phone.run(&["pass", "google"]).failed(1, "signed in");
    phone.join(&sandbox);
    let file = phone.folder.path().join("ada.pkpass");
    let path = file.to_str().expect("a path");
    let run = phone.run(&["pass", "apple", "--out", path]).done();
    assert!(run.text().contains("ada.pkpass"), "{}", run.all());
    let pass = fs::read(&file).expect("a file");
    assert!(pass.starts_with(b"PK"));
    let document = phone.run(&["pass", "apple", "--out", path, "--json"]).done().json();
    assert_eq!((&document["wallet"], &document["bytes"]), (&"apple".into(), &pass.len().into()));
    assert!(phone.run(&["pass", "apple", "--out", "-"]).done().stdout.starts_with(b"PK"));
    phone.run(&["pass", "apple", "--out", "-", "--json"]).failed_as(2, "usage");

    let link = phone.run(&["pass", "google"]).done();
    assert!(link.text().starts_with("https://pay.google.com/gp/v/save/") && link.text().lines().count() == 1);
    let document = phone.run(&["pass", "google", "--json"]).done().json();
    assert!(document["save_url"].as_str().is_some_and(|link| link.split('.').count() == 5), "{document}");

    phone.run(&["--offline", "pass", "google"]).failed(1, "connection");
    phone.run(&["--offline", "pass", "apple", "--out", path, "--json"]).failed_as(1, "no-connection");
    assert_eq!(fs::read(&file).expect("a file").len(), pass.len(), "what was there stays");
}

#[test]
fn credentials_that_cannot_be_used_are_named_before_the_sandbox_serves() {
    let folder = tempfile::tempdir().expect("a folder");
    let passes = folder.path().join("passes");
    fs::create_dir(&passes).expect("a folder");
    let start = || {
        let mut sandbox = member(folder.path());
        sandbox.args(["sandbox", "--listen", "127.0.0.1:0", "--passes"]).arg(&passes);
        Run::of(sandbox, "")
    };
    start().failed(2, "passes.toml");
    let google =
        "[google]\nissuer = \"three\"\nclass = \"loyalty\"\nlogo = \"http://x\"\nservice_account = \"account.json\"\n";
    fs::write(passes.join("passes.toml"), google).expect("written");
    start().failed(2, "account.json");
    fs::write(passes.join("account.json"), "{}").expect("written");
    let run = start().failed(2, "issuer: expected digits");
    assert!(
        run.stderr.contains("logo: expected a URL of https") && run.stderr.contains("service account"),
        "{}",
        run.all()
    );
}
