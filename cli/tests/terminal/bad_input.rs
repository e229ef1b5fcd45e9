//! What goes wrong: each has a clear sentence and the right status, and loses nothing.

use std::fs;

use serde_json::json;

use crate::front::{Front, Mode};
use crate::stage::{Phone, Run, Sandbox};

#[test]
fn a_server_that_is_not_there() {
    // A port that was free a moment ago, and on which nobody listens.
    let port = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
    let phone = Phone::new(&format!("http://{port}"));
    phone.fails(&["join", "--email", "ada@example.org", "--name", "Ada"], 1, "no-connection");
    let told = phone.run(&["join", "--email", "ada@example.org", "--name", "Ada"]).failed(1, "member: ");
    assert!(told.stdout.is_empty(), "{told:?}");
    let mut verify = phone.command(["till", "verify", "--payload", "1", "--till", "t"]);
    verify.env("MEMBER_TILL_SECRET", "s");
    Run::of(verify, "").failed(1, "no connection");
}

#[test]
fn what_is_not_the_programme_changes_nothing() {
    let sandbox = Sandbox::start();
    let front = Front::before(&sandbox.url);
    let phone = Phone::new(&front.url);
    phone.join(&sandbox);
    let first = phone.json(&["claim", "coffee", "--offline"])["key"].clone();
    let number = phone.number();
    let portal = b"<!doctype html><title>Free Wi-Fi</title><h1>Welcome</h1>";
    let huge = vec![b' '; 9 * 1024 * 1024];
    let [html, json] = ["Content-Type: text/html", "Content-Type: application/json"];
    for (status, head, body, code) in [
        ("200 OK", html, &portal[..], "not-a-member-api"),
        ("302 Found\r\nLocation: http://portal.invalid/", html, portal, "not-a-member-api"),
        ("403 Forbidden", html, portal, "not-a-member-api"),
        ("200 OK", json, br#"{"changes":[{"kind":"#, "not-a-member-api"),
        ("200 OK", json, b"{}", "not-a-member-api"),
        ("200 OK", json, &huge, "too-large"),
        ("503 Service Unavailable", html, portal, "outage"),
    ] {
        front.answer(&format!("{status}\r\n{head}"), body);
        phone.fails(&["sync"], 1, code);
        assert_eq!(phone.json(&["pending"])["actions"][0]["key"], first, "{status} {code}");
        let mut verify = phone.command(["till", "verify", "--payload", &number, "--till", "old-town-1"]);
        verify.env("MEMBER_TILL_SECRET", "development-old-town-1");
        Run::of(verify, "").failed(1, "The till cannot work with");
    }
    // A claim is safe whatever answers.
    let second = phone.json(&["claim", "coffee"]);
    assert_eq!(second["state"], "waiting");
    front.set(Mode::Through);
    assert_eq!(phone.json(&["sync"])["pending"], json!([]));
    let vouchers = phone.json(&["vouchers"]);
    let keys: Vec<_> = vouchers["vouchers"].as_array().expect("vouchers").iter().map(|one| &one["key"]).collect();
    assert!(keys.len() == 2 && keys.contains(&&first) && keys.contains(&&second["key"]), "{keys:?}");
    assert_eq!(sandbox.audit()["actions"], json!({"confirmed": 2, "rejected": 0}));
}

#[test]
fn an_answer_that_got_lost_is_asked_for_again() {
    let sandbox = Sandbox::start();
    let phone = Phone::new(&sandbox.url);
    phone.join(&sandbox);
    let lose = |path: &str| {
        let rule = json!({"path": path, "fault": "lose-response", "times": 1});
        sandbox.post("/sandbox/v1/faults", &json!({"rules": [rule]}));
    };
    lose("/v1/actions");
    let claimed = phone.json(&["claim", "coffee"]);
    phone.json(&["sync"]);
    assert_eq!(phone.json(&["vouchers"])["vouchers"][0]["key"], claimed["key"]);
    lose("/v1/till/accruals");
    let (number, tills) = (phone.number(), sandbox.tills());
    let tills = tills.to_str().expect("a path");
    phone.json(&["till", "accrue", "--payload", &number, "--credentials", tills, "--amount", "10"]);
    let audit = sandbox.audit();
    assert_eq!((&audit["vouchers"], &audit["ledger_sum"]), (&json!(1), &json!(0)));
    phone.json(&["sync"]);
    assert_eq!(phone.json(&["balance"])["units"][0]["confirmed"], 60);
}

#[test]
fn codes_that_are_wrong_or_too_old() {
    let sandbox = Sandbox::start();
    let phone = Phone::new(&sandbox.url);
    let resume = |code: &str| Run::of(phone.command(["--json", "join", "--resume"]), &format!("{code}\n"));
    resume("123456").failed_as(3, "no-code-asked");
    phone.run(&["join", "--email", "ada@example.org", "--name", "Ada"]).done();
    let code = sandbox.newest_code();
    let wrong = if code == "123456" { "654321" } else { "123456" };
    resume(wrong).failed_as(3, "code-refused");
    resume("12345").failed_as(1, "invalid-code");
    resume("").failed_as(2, "usage");
    sandbox.post("/sandbox/v1/clock", &json!({"offset_seconds": 11 * 60}));
    resume(&code).failed_as(3, "code-refused");
    phone.fails(&["card"], 1, "signed-out");
    // A new one works.
    phone.run(&["join", "--email", "ada@example.org", "--name", "Ada"]).done();
    resume(&sandbox.newest_code()).done();
    // The right code in one go, as by a script.
    let other = Phone::new(&sandbox.url);
    other.fails(&["join", "--email", "nobody", "--name", "Ada"], 2, "invalid-address");
    let code = "000000\n";
    Run::of(other.command(["--json", "join", "--email", "bo@example.org", "--name", "Bo"]), code)
        .failed_as(3, "code-refused");
}

#[test]
fn rewards_that_cannot_be_claimed() {
    let sandbox = Sandbox::start();
    let phone = Phone::new(&sandbox.url);
    phone.fails(&["claim", "coffee"], 1, "signed-out");
    phone.join(&sandbox);
    phone.fails(&["claim", "nonsense"], 3, "unknown-reward");
    phone.fails(&["claim", "hamper"], 3, "insufficient-points");
    phone.run(&["claim", "hamper"]).failed(3, "points");

    // The phone does not know yet that it costs more now: the programme refuses, and nothing is taken.
    sandbox.post("/sandbox/v1/rewards/coffee", &json!({"cost": 80}));
    phone.run(&["claim", "coffee"]).failed(3, "80");
    let pending = phone.json(&["pending"]);
    assert_eq!(pending["actions"][0]["state"], "rejected");
    assert_eq!(phone.json(&["balance"])["units"][0]["spendable"], 100);
    phone.run(&["discard", pending["actions"][0]["key"].as_str().expect("a key")]).done();
    // Now it knows.
    phone.json(&["claim", "coffee"]);
    assert_eq!(sandbox.audit()["actions"], json!({"confirmed": 1, "rejected": 1}));
}

#[test]
fn cards_that_the_till_refuses() {
    let sandbox = Sandbox::start();
    let phone = Phone::new(&sandbox.url);
    let tills = sandbox.tills();
    let verify = |what: &str, value: &str| {
        phone.run(&["till", "verify", what, value, "--credentials", tills.to_str().expect("a path")])
    };
    verify("--payload", "12").failed(3, "not a card");
    verify("--payload", "9820000000000009").failed(3, "No member has this card");
    let picture = phone.folder.path().join("picture.png");
    let picture = picture.to_str().expect("a path");
    verify("--picture", picture).failed(1, "cannot be read");
    fs::write(picture, "no picture").expect("a file");
    verify("--picture", picture).failed(1, "not a PNG picture");
    let mut unknown = phone.command(["till", "verify", "--payload", "12", "--till", "old-town-1"]);
    unknown.env("MEMBER_TILL_SECRET", "guessed");
    Run::of(unknown, "").failed(1, "does not know this till");
}

#[test]
fn a_wrong_key_leaves_the_wallet_as_it_is() {
    let sandbox = Sandbox::start();
    let phone = Phone::new(&sandbox.url);
    phone.join(&sandbox);
    let (database, key) = (phone.database(), phone.key());
    phone.settle();
    let (before, right) = (fs::read(&database).expect("a database"), fs::read(&key).expect("a key"));
    assert_eq!(right.len(), 32);
    for wrong in [vec![7; 32], vec![7; 31], Vec::new()] {
        fs::write(&key, wrong).expect("a key");
        for command in [&["card"][..], &["sync"], &["claim", "coffee"]] {
            phone.fails(command, 1, "wrong-key");
        }
    }
    assert!(fs::read(&database).expect("a database") == before, "the database was touched");
    fs::write(&key, right).expect("a key");
    phone.run(&["card"]).done();
}

#[test]
fn a_wallet_of_a_newer_version_is_left_as_it_is() {
    let sandbox = Sandbox::start();
    let phone = Phone::new(&sandbox.url);
    phone.join(&sandbox);
    let database = phone.database();
    let key: Vec<_> = fs::read(phone.key()).expect("a key").iter().map(|byte| format!("{byte:02x}")).collect();
    let key = key.concat();
    phone.settle();
    let connection = rusqlite::Connection::open(&database).expect("a file");
    connection.execute_batch(&format!("PRAGMA key = \"x'{key}'\"; PRAGMA user_version = 9999")).expect("the right key");
    drop(connection);
    let before = fs::read(&database).expect("a database");
    for command in [&["card"][..], &["sync"]] {
        phone.fails(command, 1, "newer-wallet");
    }
    assert!(fs::read(&database).expect("a database") == before, "the database was touched");
}

#[test]
fn a_file_that_is_no_database_is_left_as_it_is() {
    let sandbox = Sandbox::start();
    let phone = Phone::new(&sandbox.url);
    phone.join(&sandbox);
    phone.settle();
    fs::write(phone.database(), vec![b'x'; 8192]).expect("a file");
    phone.fails(&["card"], 1, "wrong-key");
    assert_eq!(fs::read(phone.database()).expect("a file"), vec![b'x'; 8192]);
    fs::write(phone.home().join("members.json"), "{").expect("a file");
    phone.fails(&["card"], 1, "newer-wallet");
}

#[test]
fn a_home_that_is_a_file_or_in_one() {
    let phone = Phone::new("http://127.0.0.1:9");
    let file = phone.folder.path().join("file");
    fs::write(&file, "mine").expect("a file");
    for home in [file.clone(), file.join("wallet")] {
        let run = phone.run(&["card", "--home", home.to_str().expect("a path")]);
        assert_eq!(run.status, 1, "{}", run.all());
        assert!(run.stderr.starts_with("member: "), "{}", run.stderr);
    }
    assert_eq!(fs::read_to_string(file).expect("a file"), "mine");
}
