//! A member's way through, command by command: what is answered to people and to programs, and with which status.

use serde_json::{Value, json};

use crate::stage::{LIMIT, Phone, Run, Sandbox, Started, lines, member};

#[test]
fn from_joining_to_the_voucher() {
    let sandbox = Sandbox::start();
    let phone = Phone::new(&sandbox.url);
    phone.join(&sandbox);

    let card = phone.json(&["card"]);
    assert_eq!(card["card"]["member"], "Ada Lovelace");
    assert_eq!(card["card"]["rows"].as_array().map(Vec::len), Some(21));

    // The till reads the picture of the card. Once more is the same booking; another amount for the receipt is not.
    let picture = phone.folder.path().join("card.png");
    let picture = picture.to_str().expect("a path");
    phone.run(&["card", "--png", picture]).done();
    let tills = sandbox.tills();
    let accrue = |amount: &str| {
        let tills = tills.to_str().expect("a path");
        ["till", "accrue", "--picture", picture, "--credentials", tills, "--amount", amount, "--receipt", "r-1"]
            .map(str::to_owned)
    };
    for _ in 0..2 {
        let accrued = Run::of(phone.command(accrue("35.00").iter().chain(&["--json".to_owned()])), "").done().json();
        assert_eq!(accrued["accrual"]["points"], 35, "{accrued}");
        assert_eq!(accrued["accrual"]["available"], 135);
        assert_eq!(accrued["verdict"]["member"]["first_name"], "Ada");
    }
    Run::of(phone.command(accrue("36.00")), "").failed(3, "receipt");

    // The disk does not know yet, and says so by its age; asked, the phone fetches it.
    assert_eq!(balance(&phone), [100, 0, 100]);
    phone.json(&["sync"]);
    assert_eq!(balance(&phone), [135, 0, 135]);

    let claimed = phone.json(&["claim", "coffee", "--offline"]);
    assert_eq!(claimed["state"], "waiting");
    assert_eq!(claimed["voucher"]["place"], "pending");
    assert_eq!(claimed["voucher"]["code"], Value::Null);
    assert_eq!(balance(&phone), [135, -50, 85]);
    let pending = phone.json(&["pending"]);
    assert_eq!(pending["actions"][0]["key"], claimed["key"]);
    assert_eq!(pending["actions"][0]["can_discard"], true);
    assert_eq!(sandbox.audit()["actions"]["confirmed"], 0);

    assert_eq!(phone.json(&["sync"])["pending"], json!([]));
    assert_eq!(balance(&phone), [85, 0, 85]);
    let vouchers = phone.json(&["vouchers"]);
    assert_eq!(vouchers["vouchers"][0]["place"], "ready");
    assert_eq!(vouchers["vouchers"][0]["key"], claimed["key"]);
    let code = vouchers["vouchers"][0]["code"].as_str().expect("a code");
    assert!(phone.run(&["vouchers"]).done().text().contains(code));

    let activity = phone.json(&["activity"]);
    let amounts: Vec<_> = activity["lines"].as_array().expect("lines").iter().map(|line| &line["amount"]).collect();
    assert_eq!(amounts, [-50, 35, 100]);
    let page = phone.json(&["activity", "--limit", "1"]);
    let older = phone.json(&["activity", "--limit", "1", "--before", &page["next"].to_string()]);
    assert_eq!(older["lines"][0]["amount"], 35);

    let audit = sandbox.audit();
    assert_eq!((&audit["ledger_sum"], &audit["actions"]["confirmed"]), (&json!(0), &json!(1)));

    // With a connection a claim is answered at once.
    let claimed = phone.json(&["claim", "coffee"]);
    assert_eq!((&claimed["state"], &claimed["voucher"]["place"]), (&json!("confirmed"), &json!("ready")));

    // She uses it at the till, and brings everything back.
    let code = claimed["voucher"]["code"].as_str().expect("a code");
    let tills = tills.to_str().expect("a path");
    let redeem = |receipt: &str| {
        let receipt = ["--receipt", receipt, "--json"];
        let card = ["till", "redeem", "--picture", picture, "--credentials", tills, "--voucher", code];
        phone.command(card.iter().chain(&receipt))
    };
    let used = Run::of(redeem("r-2"), "").done().json();
    assert_eq!(used["redemption"]["voucher"]["state"], "used");
    assert_eq!(Run::of(redeem("r-2"), "").done().json()["redemption"], used["redemption"]);
    Run::of(redeem("r-3"), "").failed_as(3, "voucher-closed");
    phone.json(&["sync"]);
    let vouchers = phone.json(&["vouchers"]);
    let shown =
        vouchers["vouchers"].as_array().expect("vouchers").iter().find(|voucher| voucher["key"] == claimed["key"]);
    assert_eq!(shown.map(|voucher| &voucher["place"]), Some(&json!("used")));

    let redemption = used["redemption"]["redemption"].as_str().expect("an id");
    let refund = ["till", "refund", "--credentials", tills, "--receipt", "r-1", "--refund", "b-1"];
    let what = ["--line", "1=35.00", "--redemption", redemption, "--json"];
    let back = Run::of(phone.command(refund.iter().chain(&what)), "").done().json();
    assert_eq!((&back["refund"]["points"], &back["refund"]["vouchers"][0]["state"]), (&json!(35), &json!("issued")));
    Run::of(phone.command(refund.iter().chain(&["--line", "1"])), "").failed(2, "such as 2=14.50");
    phone.json(&["sync"]);
    assert_eq!(balance(&phone), [0, 0, 0]);
    assert!(phone.run(&["activity"]).done().text().contains("Returned purchase"));
}

/// Confirmed, waiting, left to spend.
fn balance(phone: &Phone) -> [i64; 3] {
    let balance = phone.json(&["balance"]);
    ["confirmed", "pending", "spendable"].map(|part| balance["units"][0][part].as_i64().expect("an amount"))
}

#[test]
fn every_command_answers_people_and_programs() {
    let sandbox = Sandbox::start();
    let phone = Phone::new(&sandbox.url);
    let asked = phone.json(&["join", "--phone", "+48123456789", "--name", "Ada"]);
    assert_eq!(asked, json!({"state": "code-sent"}));
    // The environment will do where nobody types.
    let mut resume = phone.command(["--json", "join", "--resume"]);
    let code = sandbox.newest_code();
    resume.env("MEMBER_CODE", &code);
    let joined = Run::of(resume, "").done();
    assert_eq!(joined.json()["state"], "signed-in");
    assert!(!joined.all().contains(&code));

    let number = phone.number();
    let tills = sandbox.tills();
    let till = ["till", "verify", "--payload", &number, "--credentials", tills.to_str().expect("a path")];
    for command in [
        &["card"][..],
        &["balance"],
        &["tiers"],
        &["rewards"],
        &["claim", "coffee", "--offline"],
        &["pending"],
        &["vouchers"],
        &["vouchers", "--draw"],
        &["activity"],
        &["sync"],
        &till,
    ] {
        let document = phone.json(command);
        assert!(document.is_object() && document.get("error").is_none(), "{command:?}: {document}");
        let said = phone.run(command).done();
        assert!(!said.text().trim().is_empty(), "{command:?}");
        assert_eq!(said.stderr, "", "{command:?}");
    }
}

#[test]
fn another_language_needs_no_network() {
    let sandbox = Sandbox::start();
    let phone = Phone::new(&sandbox.url);
    phone.join(&sandbox);
    let texts = |arguments: &[&str], locale: &str| {
        let mut command = phone.command(arguments);
        command.env("LC_ALL", locale);
        Run::of(command, "").done().text().to_owned()
    };
    assert!(texts(&["balance"], "en_GB.UTF-8").contains("points"));
    assert!(texts(&["balance"], "pl_PL.UTF-8").contains("punkt"));
    assert!(texts(&["balance", "--lang", "lt"], "pl_PL.UTF-8").contains("tašk"));
    // Nobody speaks it yet.
    assert!(texts(&["balance", "--lang", "eo"], "C").contains("points"));
}

#[test]
fn what_was_never_sent_can_be_taken_back() {
    let sandbox = Sandbox::start();
    let phone = Phone::new(&sandbox.url);
    phone.join(&sandbox);
    let claimed = phone.json(&["claim", "coffee", "--offline"]);
    let key = claimed["key"].as_str().expect("a key");
    // Looking at it does not send it.
    for command in [&["pending"], &["balance"], &["card"]] {
        phone.run(command).done();
    }
    assert_eq!(phone.json(&["discard", key])["removed"], true);
    assert_eq!(balance(&phone), [100, 0, 100]);
    phone.fails(&["discard", key], 3, "unknown-action");
    phone.json(&["sync"]);
    assert_eq!(sandbox.audit()["actions"], json!({"confirmed": 0, "rejected": 0}));
}

#[test]
fn a_claim_is_taken_back_and_what_stopped_is_tried_again() {
    let sandbox = Sandbox::start();
    let phone = Phone::new(&sandbox.url);
    phone.join(&sandbox);
    let key = |document: &Value| document["key"].as_str().expect("a key").to_owned();
    let unsent = key(&phone.json(&["claim", "coffee", "--offline"]));
    let back = phone.json(&["cancel", &unsent, "--offline"]);
    assert_eq!((&back["state"], &back["key"]), (&json!("taken-back"), &Value::Null));
    assert_eq!(balance(&phone), [100, 0, 100]);

    let claim = key(&phone.json(&["claim", "coffee"]));
    assert!(phone.run(&["vouchers"]).done().text().contains(&format!("cancel {claim}")), "how to take it back");
    let back = phone.json(&["cancel", &claim, "--offline"]);
    assert_eq!((&back["state"], &back["claim"]), (&json!("waiting"), &json!(claim)));
    assert_eq!(phone.json(&["vouchers"])["vouchers"][0]["place"], "cancelling");
    assert_eq!(balance(&phone), [50, 50, 50]);
    phone.fails(&["cancel", &claim], 3, "cancel-underway");
    let again = phone.json(&["retry", &key(&back)]);
    assert_eq!((&again["key"], &again["state"]), (&back["key"], &json!("confirmed")));
    assert_eq!(balance(&phone), [100, 0, 100]);
    phone.fails(&["cancel", &claim], 3, "voucher-closed");
    assert_eq!(phone.json(&["retry", &claim])["state"], "confirmed");
    phone.fails(&["retry", "01890000-0000-7000-8000-000000000000"], 3, "unknown-action");

    // The reward went dear behind her back: refused, looked at, and tried again at the price that is shown.
    let refused = key(&phone.json(&["claim", "coffee", "--offline"]));
    sandbox.post("/sandbox/v1/rewards/coffee", &json!({"cost": 90}));
    assert_eq!(phone.json(&["sync"])["pending"][0]["state"], "rejected");
    let said = phone.run(&["pending"]).done();
    assert!(said.text().contains(&format!("retry {refused}")) && said.text().contains(&format!("discard {refused}")));
    let again = phone.json(&["retry", &refused]);
    assert_eq!(again["state"], "confirmed");
    assert_ne!(again["key"], json!(refused));
    assert_eq!(balance(&phone), [10, 0, 10]);
    let audit = sandbox.audit();
    assert_eq!((&audit["ledger_sum"], &audit["actions"]), (&json!(0), &json!({"confirmed": 3, "rejected": 1})));
}

#[test]
fn what_happens_is_shown_as_it_happens_until_ctrl_c() {
    let sandbox = Sandbox::start();
    let phone = Phone::new(&sandbox.url);
    phone.join(&sandbox);
    let number = phone.number();
    let mut watch = Started::of(phone.command(["sync", "--watch"]));
    let said = lines(watch.stdout());
    let hear = |what: &str| while !said.recv_timeout(LIMIT).expect("a line").contains(what) {};
    hear("100");
    let tills = sandbox.tills();
    let tills = tills.to_str().expect("a path");
    let sale =
        ["till", "accrue", "--payload", &number, "--credentials", tills, "--amount", "35.00", "--receipt", "r-1"];
    let mut till = member(phone.folder.path());
    till.args(sale).args(["--server", &sandbox.url]);
    Run::of(till, "").done();
    hear("135");
    assert_eq!(watch.interrupt().status, 130);
    phone.fails(&["sync", "--watch", "--offline"], 2, "usage");
}

#[test]
fn a_cold_start_shows_everything_without_a_network() {
    let mut sandbox = Sandbox::start();
    let phone = Phone::new(&sandbox.url);
    phone.join(&sandbox);
    assert_eq!(sandbox.stop(), 0);
    for command in ["card", "balance", "tiers", "rewards", "vouchers", "activity", "pending"] {
        let document = phone.json(&[command]);
        assert!(document["status"]["last_contact"].is_string(), "{command}: {document}");
        phone.run(&[command]).done();
    }
}

#[test]
fn a_till_reads_what_a_scanner_types() {
    let sandbox = Sandbox::start();
    let phone = Phone::new(&sandbox.url);
    phone.join(&sandbox);
    let number = phone.number();
    let mut verify = phone.command(["till", "verify", "--payload", "-", "--till", "old-town-2", "--json"]);
    verify.env("MEMBER_TILL_SECRET", "development-old-town-2");
    let verdict = Run::of(verify, &format!("{number}\r\n")).done().json();
    assert_eq!(verdict["verdict"]["card"], number[12..]);

    // The secret comes from standard input, and the same sale is the same scan.
    let scan = || {
        let arguments = ["till", "verify", "--payload", &number, "--till", "old-town-2", "--sale", "s-1", "--json"];
        let run = Run::of(phone.command(arguments), "development-old-town-2\n").done();
        assert!(!run.all().contains("development-"));
        run.json()["verdict"]["scan"].clone()
    };
    assert_eq!(scan(), scan());
}
