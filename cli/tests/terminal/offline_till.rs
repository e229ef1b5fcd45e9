//! A till without a network: what it fetches, what it takes and refuses by itself, and that what it wrote down counts once.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use rusqlite::Connection;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::phone::Holder;
use crate::stage::{Phone, Run, Sandbox, Started, member};

/// A till with a folder of its own.
struct Till {
    folder: TempDir,
    id: &'static str,
    server: String,
}

impl Till {
    fn new(sandbox: &Sandbox, id: &'static str) -> Till {
        Till { folder: tempfile::tempdir().expect("a folder"), id, server: sandbox.url.clone() }
    }

    /// That has fetched what it needs.
    fn ready(sandbox: &Sandbox, id: &'static str) -> Till {
        let till = Till::new(sandbox, id);
        till.json(&["fetch"]);
        till
    }

    fn home(&self) -> PathBuf {
        self.folder.path().join("till")
    }

    fn database(&self) -> PathBuf {
        self.home().join("till.db")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = member(self.folder.path());
        command.env("MEMBER_TILL_HOME", self.home()).env("MEMBER_TILL", self.id);
        command.env("MEMBER_TILL_SECRET", format!("development-{}", self.id)).env("MEMBER_SERVER", &self.server);
        command.arg("till").args(arguments);
        command
    }

    fn run(&self, arguments: &[&str]) -> Run {
        Run::of(self.command(arguments), "")
    }

    fn json(&self, arguments: &[&str]) -> Value {
        self.run(&[arguments, &["--json"]].concat()).done().json()
    }

    fn fails(&self, arguments: &[&str], status: i32, code: &str) -> Value {
        self.run(&[arguments, &["--json"]].concat()).failed_as(status, code).json()
    }

    fn accrue(&self, payload: &str, receipt: &str, amount: &str) -> Value {
        self.json(&["accrue", "--offline", "--payload", payload, "--receipt", receipt, "--amount", amount])
    }

    fn verify(&self, payload: &str) -> Run {
        self.run(&["verify", "--offline", "--payload", payload])
    }

    /// What its clocks and the server's said when it fetched.
    fn anchor(&self) -> Value {
        let file = Connection::open(self.database()).expect("a file");
        let text: String = file.query_row("SELECT anchor FROM till", [], |row| row.get(0)).expect("an anchor");
        serde_json::from_str(&text).expect("JSON")
    }

    fn set_anchor(&self, anchor: &Value) {
        self.change(&format!("UPDATE till SET anchor = '{anchor}'"));
    }

    /// Changes its file behind its back.
    fn change(&self, sql: &str) {
        Connection::open(self.database()).expect("a file").execute_batch(sql).expect("a change");
    }
}

/// Without the lines' ends, so that a sentence is found wherever it was broken.
fn said(run: &Run) -> String {
    run.all().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn set_clock(sandbox: &Sandbox, offset: i64) {
    sandbox.post("/sandbox/v1/clock", &json!({"offset_seconds": offset}));
}

/// Till, receipt, reason and whether it was taken back, of all that is held.
fn held(sandbox: &Sandbox) -> Vec<[Value; 4]> {
    let report = sandbox.get("/sandbox/v1/held");
    let entries = report["held"].as_array().expect("entries").iter();
    entries.map(|entry| ["till", "receipt", "reason", "taken_back"].map(|name| entry[name].clone())).collect()
}

#[test]
fn from_the_keys_over_a_purchase_without_the_server_to_its_points_once() {
    let mut sandbox = Sandbox::of_proofs();
    let ada = Holder::join(&sandbox, "ada", 0);
    let till = Till::new(&sandbox, "old-town-1");
    let told = till.verify(&ada.code()).failed(1, "no keys yet");
    assert!(said(&told).contains("till fetch"), "{}", told.all());
    till.fails(&["verify", "--offline", "--payload", &ada.card], 1, "no-keys");

    let fetched = till.json(&["fetch"]);
    assert_eq!(
        (&fetched["till"], &fetched["keys"], &fetched["payload"]),
        (&json!("old-town-1"), &json!(1), &json!("proof"))
    );
    assert_eq!((&fetched["revocations"]["cards"], &fetched["waiting"]), (&json!(0), &json!(0)));
    for path in [till.home(), till.database()] {
        assert_eq!(fs::metadata(&path).expect("it is there").permissions().mode() & 0o077, 0, "{}", path.display());
    }

    assert_eq!(sandbox.stop(), 0);
    till.fails(&["fetch"], 1, "unreachable");
    let code = ada.code();
    let first = till.accrue(&code, "r-1", "35.00");
    assert_eq!((&first["verdict"]["payload"], &first["verdict"]["verified"]), (&json!("proof"), &json!(true)));
    assert_eq!((&first["verdict"]["may_spend"], &first["journal"]["state"]), (&json!(false), &json!("waiting")));
    // The same sale once more, and with the phone's next code.
    let next = ada.proof(ada.period(0).next());
    for payload in [&code, &next] {
        let again = till.accrue(payload, "r-1", "35.00");
        assert_eq!((&again["verdict"], &again["journal"]["again"]), (&first["verdict"], &json!(true)));
        assert_eq!(again["journal"]["scanned_at"], first["journal"]["scanned_at"]);
    }
    let other = ["accrue", "--offline", "--payload", &code, "--receipt", "r-1", "--amount", "36.00"];
    till.fails(&other, 3, "receipt-reused");
    // The code is used up, and the next purchase need not wait.
    let used = till.run(&["accrue", "--offline", "--payload", &code, "--receipt", "r-2", "--amount", "5"]);
    let used = said(&used.failed(3, "Used"));
    assert!(used.contains("The next code comes in") || used.contains("show its code now"), "{used}");
    till.accrue(&next, "r-2", "20.00");
    let number = till.accrue(&ada.card, "r-3", "10.00");
    assert_eq!((&number["verdict"]["payload"], &number["verdict"]["tier"]), (&json!("static"), &Value::Null));
    for command in [
        &["redeem", "--offline", "--payload", &code, "--voucher", "X"][..],
        &["refund", "--offline", "--receipt", "r-1", "--line", "1=5"],
    ] {
        let told = till.run(command).failed(3, "Without a network a till");
        assert!(said(&told).contains("two tills that cannot know of each other"), "{}", told.all());
    }
    till.fails(&["send"], 1, "unreachable");

    sandbox.start_again();
    assert_eq!(till.json(&["fetch"])["waiting"], 3);
    let sent = till.json(&["send"]);
    let points: Vec<_> = sent["sent"].as_array().expect("entries").iter().map(|entry| &entry["points"]).collect();
    assert_eq!(points, [35, 20, 10]);
    assert_eq!(till.json(&["send"]), json!({"sent": [], "earlier": []}));
    let ledger = ada.ledger(&sandbox);
    assert_eq!(ledger.iter().map(|entry| entry.0).collect::<Vec<_>>(), [35, 20, 10]);
    assert_eq!(json!(ledger[0].2), first["journal"]["scanned_at"], "dated by the scan");
    assert_eq!(held(&sandbox), Vec::<[Value; 4]>::new());
    // The receipt is known for what it is.
    assert_eq!(till.accrue(&code, "r-1", "35.00")["journal"]["state"], "accrued");
    assert!(ada.is_signed_in(&sandbox));
}

#[test]
fn the_members_own_app_and_a_till_in_a_basement() {
    let mut sandbox = Sandbox::of_proofs();
    let phone = Phone::new(&sandbox.url);
    phone.join(&sandbox);
    phone.run(&["sync"]).done();
    let till = Till::ready(&sandbox, "old-town-1");
    assert_eq!(sandbox.stop(), 0);
    let picture = phone.folder.path().join("card.png");
    let picture = picture.to_str().expect("a path");
    phone.run(&["--offline", "card", "--png", picture]).done();
    let sale = ["accrue", "--offline", "--picture", picture, "--receipt", "r-1", "--amount", "35.00"];
    let taken = till.json(&sale);
    assert_eq!((&taken["verdict"]["payload"], &taken["verdict"]["verified"]), (&json!("proof"), &json!(true)));
    let told = said(&till.run(&sale).done());
    for words in [
        "Read: a signed proof of this minute, checked by this till without a network.",
        "It may earn points, at the price of tier 0",
        "This receipt was written down already: nothing counts twice.",
        "The points come when the journal is sent, within 30 days:",
    ] {
        assert!(told.contains(words), "{words:?} in {told}");
    }
    sandbox.start_again();
    till.json(&["send"]);
    phone.json(&["sync"]);
    assert_eq!(phone.json(&["balance"])["units"][0]["confirmed"], 135);
}

#[test]
fn of_one_code_at_two_tills_the_first_scan_counts_and_the_other_is_held() {
    let sandbox = Sandbox::of_proofs();
    let ada = Holder::join(&sandbox, "ada", 0);
    let (here, there) = (Till::ready(&sandbox, "old-town-1"), Till::ready(&sandbox, "riverside-1"));
    // A till knows the time to a second. Here both know the same one, so that the order is that of the scans.
    there.set_anchor(&here.anchor());
    let now = ada.period(0);
    let (code, next) = (ada.proof(now), ada.proof(now.next()));
    here.accrue(&code, "r-1", "35.00");
    there.accrue(&code, "r-1", "20.00");
    here.accrue(&next, "r-2", "15.00");
    there.accrue(&next, "r-2", "10.00");

    // The later scans arrive first, and count until the earlier ones do.
    assert_eq!(there.json(&["send"])["sent"].as_array().map(Vec::len), Some(2));
    let amounts = |holder: &Holder| holder.ledger(&sandbox).iter().map(|entry| entry.0).collect::<Vec<_>>();
    assert_eq!(amounts(&ada), [20, 10]);
    here.json(&["send"]);
    assert_eq!(amounts(&ada).iter().sum::<i64>(), 50);
    let receipts: BTreeSet<_> = held(&sandbox).into_iter().map(|entry| entry.map(|value| value.to_string())).collect();
    let expected = ["r-1", "r-2"].map(|receipt| {
        [json!("riverside-1"), json!(receipt), json!("used"), json!(true)].map(|value| value.to_string())
    });
    assert_eq!(receipts, BTreeSet::from(expected));

    // Another card, and the journals in the order of the scans: the till hears that its own does not count.
    let bob = Holder::join(&sandbox, "bob", 0);
    let code = bob.code();
    here.accrue(&code, "r-3", "35.00");
    there.accrue(&code, "r-3", "20.00");
    here.json(&["send"]);
    let told = there.run(&["send"]);
    assert_eq!(told.status, 3, "{}", told.all());
    assert!(
        said(&told).contains("Receipt r-3 is held: another sale had the code, or a later one: the first scan counts"),
        "{}",
        told.all()
    );
    assert_eq!(amounts(&bob), [35]);
    let later = there.json(&["send"]);
    assert_eq!((&later["sent"], &later["earlier"][0]["reason"]), (&json!([]), &json!("used")));
    assert_eq!(sandbox.audit()["ledger_sum"], 0);
}

#[test]
fn a_lost_answer_and_a_copy_of_the_till_count_once() {
    let sandbox = Sandbox::of_proofs();
    let ada = Holder::join(&sandbox, "ada", 0);
    let till = Till::ready(&sandbox, "old-town-1");
    till.accrue(&ada.code(), "r-1", "35.00");
    // As from a disk image: the same file on another machine.
    let copy = Till::new(&sandbox, "old-town-1");
    fs::create_dir(copy.home()).expect("a folder");
    Connection::open(till.database())
        .expect("a file")
        .execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")
        .expect("all of it");
    fs::copy(till.database(), copy.database()).expect("a copy");

    let rule = json!({"path": "/v1/till/journal", "fault": "lose-response", "times": 3});
    sandbox.post("/sandbox/v1/faults", &json!({"rules": [rule]}));
    let told = till.run(&["send"]).failed(1, "Still written down here: 1");
    assert!(said(&told).contains("till send"), "{}", told.all());
    assert_eq!(till.json(&["send"])["sent"][0]["points"], 35);
    assert_eq!(copy.json(&["send"])["sent"][0]["points"], 35);
    assert_eq!(ada.ledger(&sandbox).len(), 1);

    // A server that breaks its promise would be seen.
    let copy_again = Till::new(&sandbox, "old-town-1");
    fs::create_dir(copy_again.home()).expect("a folder");
    fs::copy(copy.database(), copy_again.database()).expect("a copy");
    copy_again.change("UPDATE journal SET state = 'waiting', answer = NULL");
    let rule = json!({"path": "/v1/till/journal", "fault": "ignore-idempotency"});
    sandbox.post("/sandbox/v1/faults", &json!({"rules": [rule]}));
    copy_again.json(&["send"]);
    assert_eq!(ada.ledger(&sandbox).len(), 2);
}

#[test]
fn a_till_that_is_killed_at_any_moment_gives_the_same_answer_and_takes_no_code_twice() {
    const KILLS: u32 = 12;
    let sandbox = Sandbox::of_proofs();
    let till = Till::ready(&sandbox, "old-town-1");
    // Five phones of a member at most, by the limits of the market: so many codes of one minute are there.
    let holders: Vec<_> =
        (0..=KILLS).map(|index| Holder::join(&sandbox, &format!("member-{}", index / 4), 0)).collect();
    let arguments = |holder: &Holder, receipt: &str| {
        ["accrue", "--json", "--offline", "--payload", &holder.code(), "--receipt", receipt, "--amount", "10"]
            .map(str::to_owned)
    };
    let run = |holder: &Holder, receipt: &str| {
        let arguments = arguments(holder, receipt);
        till.command(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let begun = Instant::now();
    Run::of(run(&holders[0], "r-0"), "").done();
    let whole = begun.elapsed();
    let mut cut_off = 0;
    for turn in 1..=KILLS {
        let (holder, receipt) = (&holders[turn as usize], format!("r-{turn}"));
        let code = holder.code();
        let (status, document) = Started::of(run(holder, &receipt)).kill_after(whole * turn * 2 / KILLS);
        cut_off += u32::from(status.is_none());
        let again = till.accrue(&code, &receipt, "10");
        if status == Some(0) {
            let first: Value = serde_json::from_str(&document).expect("one document");
            assert_eq!(
                (&first["verdict"], &first["journal"]["scanned_at"]),
                (&again["verdict"], &again["journal"]["scanned_at"])
            );
        }
        let other = ["accrue", "--offline", "--payload", &code, "--receipt", "other", "--amount", "10"];
        till.fails(&other, 3, "used");
    }
    assert!(cut_off > 0, "none was killed before its end");
    assert_eq!(till.json(&["send"])["sent"].as_array().map(Vec::len), Some(13));
    let members: BTreeSet<_> = holders.iter().map(|holder| holder.member.clone()).collect();
    let entries: usize = members
        .iter()
        .map(|member| {
            let one = holders.iter().find(|holder| holder.member == *member).expect("a phone");
            one.ledger(&sandbox).len()
        })
        .sum();
    assert_eq!(entries, 13);
}

#[test]
fn of_two_cashiers_at_one_till_and_one_code_one_gets_it() {
    const ROUNDS: usize = 4;
    let sandbox = Sandbox::of_proofs();
    let till = Till::ready(&sandbox, "old-town-1");
    for round in 0..ROUNDS {
        let code = Holder::join(&sandbox, &format!("member-{round}"), 0).code();
        let started = ["a", "b", "c"].map(|sale| {
            let receipt = format!("r-{round}-{sale}");
            Started::of(till.command(&[
                "accrue",
                "--offline",
                "--payload",
                &code,
                "--receipt",
                &receipt,
                "--amount",
                "10",
            ]))
        });
        let mut statuses = started.map(|one| one.finish().status);
        statuses.sort_unstable();
        assert_eq!(statuses, [0, 3, 3], "round {round}");
    }
    assert_eq!(till.json(&["send"])["sent"].as_array().map(Vec::len), Some(ROUNDS));
}

#[test]
fn a_stolen_phone_is_refused_once_the_list_was_fetched_and_no_older_list_brings_it_back() {
    let sandbox = Sandbox::of_proofs();
    let stolen = Holder::join(&sandbox, "ada", 0);
    let new = Holder::join(&sandbox, "ada", 0);
    let till = Till::ready(&sandbox, "old-town-1");
    sandbox.post("/sandbox/v1/revoke", &json!({"member": new.member, "device": stolen.device}));
    // The till cannot know yet, and says how old its list is.
    let told = till.verify(&stolen.code()).done();
    assert!(said(&told).contains("The revocation list is"), "{}", told.all());
    set_clock(&sandbox, 120);
    assert_eq!(till.json(&["fetch"])["revocations"]["cards"], 1);
    set_clock(&sandbox, 0);
    let fetched = till.json(&["fetch"]);
    assert_eq!((&fetched["revocations"]["kept"], &fetched["revocations"]["cards"]), (&json!(true), &json!(1)));
    let told = till.verify(&stolen.code()).failed(3, "Revoked");
    assert!(said(&told).contains("signs in again"), "{}", told.all());
    till.verify(&new.code()).done();
}

#[test]
fn a_till_whose_clock_is_behind_hears_the_right_time_with_the_keys() {
    const AHEAD: i64 = 600;
    let sandbox = Sandbox::of_proofs();
    let till = Till::ready(&sandbox, "old-town-1");
    set_clock(&sandbox, AHEAD);
    let ada = Holder::join(&sandbox, "ada", AHEAD);
    let code = ada.proof(ada.period(AHEAD));
    let told = till.verify(&code).failed(3, "From the future");
    assert!(said(&told).contains("Often this till's clock is behind"), "{}", told.all());
    let told = till.run(&["fetch"]).done();
    assert!(said(&told).contains("clock is 10 minutes behind") || said(&told).contains("clock is 9 minutes behind"));
    let taken = till.accrue(&ada.proof(ada.period(AHEAD)), "r-1", "35.00");
    assert_eq!(taken["verdict"]["time"]["sure"], true);
    // What the phone showed ten minutes ago is a picture of it.
    let told = till.verify(&ada.proof(ada.period(0))).failed(3, "ended");
    assert!(said(&told).contains("minutes ago. Let the phone show its code now"), "{}", told.all());
    assert_eq!(till.json(&["send"])["sent"][0]["state"], "accrued");
}

#[test]
fn the_age_of_the_list_and_keys_that_have_run_out_are_said() {
    let sandbox = Sandbox::of_proofs();
    let two_days = 2 * 86_400 + 60;
    set_clock(&sandbox, -two_days);
    let till = Till::ready(&sandbox, "old-town-1");
    set_clock(&sandbox, 0);
    let ada = Holder::join(&sandbox, "ada", 0);
    // Restarted since, so its own clock counts, which is right.
    let mut anchor = till.anchor();
    anchor["boot"] = json!("an earlier one");
    till.set_anchor(&anchor);
    let told = said(&till.verify(&ada.code()).done());
    assert!(told.contains("The revocation list is 2 days old.") && told.contains("was restarted"), "{told}");
    let (today, _) = ada.period(0).in_day().expect("a day");
    till.change(&format!("UPDATE issuer_key SET last_day = {}", today.number() - 1));
    let told = till.verify(&ada.code()).failed(1, "keys have run out, the last 1 day ago");
    assert!(said(&told).contains("till fetch"), "{}", told.all());
    till.fails(&["verify", "--offline", "--payload", &ada.code()], 1, "keys-run-out");
    // The number is good for earning all the same.
    till.accrue(&ada.card, "r-1", "10");
    till.json(&["fetch"]);
    till.verify(&ada.proof(ada.period(0).next())).done();
}

#[test]
fn what_the_programme_does_not_take_is_said_and_kept() {
    let sandbox = Sandbox::of_proofs();
    let ada = Holder::join(&sandbox, "ada", 0);
    let till = Till::ready(&sandbox, "old-town-1");
    // A number with a wrong digit, a code that cannot be checked here, a currency that the programme does not have.
    till.accrue("9820000000000000", "r-1", "10");
    till.accrue(&format!("{}12345678", ada.card), "r-2", "10");
    till.json(&[
        "accrue",
        "--offline",
        "--payload",
        &ada.card,
        "--receipt",
        "r-3",
        "--amount",
        "10",
        "--currency",
        "USD",
    ]);
    till.accrue(&ada.card, "r-4", "10");
    let told = till.run(&["send"]);
    assert_eq!(told.status, 3, "{}", told.all());
    let told = said(&told);
    for words in [
        "Receipt r-1 is held: what was read is not a card of the programme.",
        "Receipt r-2 is held: the code is not genuine.",
        "Receipt r-3 is refused:",
        "expected EUR",
        "Receipt r-4: +10.",
        "Sent: 4. Brought nothing: 3.",
    ] {
        assert!(told.contains(words), "{words:?} in {told}");
    }
    let later = till.json(&["send"]);
    let states: Vec<_> = later["earlier"].as_array().expect("entries").iter().map(|entry| &entry["state"]).collect();
    assert_eq!(states, ["held", "held", "refused"]);
    for (payload, words) in [("12", "is not a card of this programme"), ("1234567890123456", "another programme")] {
        till.verify(payload).failed(3, words);
    }
    for id in ["", "no id", &"r".repeat(65)] {
        let arguments = ["accrue", "--offline", "--payload", &ada.card, "--receipt", id, "--amount", "10"];
        till.fails(&arguments, 2, "usage");
    }
}

#[test]
fn a_folder_of_another_till_or_a_file_that_cannot_be_used_is_left_as_it_is() {
    let sandbox = Sandbox::of_proofs();
    let till = Till::ready(&sandbox, "old-town-1");
    let other = Till { folder: tempfile::tempdir().expect("a folder"), id: "old-town-2", server: sandbox.url.clone() };
    let run = |arguments: &[&str]| {
        let mut command = other.command(arguments);
        command.env("MEMBER_TILL_HOME", till.home());
        Run::of(command, "").failed(2, "folder is that of");
    };
    run(&["fetch"]);
    run(&["verify", "--offline", "--payload", "9820000000000000"]);
    run(&["send"]);

    till.change("PRAGMA user_version = 99");
    let before = contents(&till.database());
    for command in [&["fetch"][..], &["send"], &["verify", "--offline", "--payload", "9820000000000000"]] {
        till.fails(command, 1, "till-file");
    }
    assert!(contents(&till.database()) == before, "the file was touched");
    fs::remove_dir_all(till.home()).expect("gone");
    fs::create_dir(till.home()).expect("a folder");
    fs::write(till.database(), vec![b'x'; 8192]).expect("a file");
    till.fails(&["fetch"], 1, "till-file");
    assert_eq!(contents(&till.database()), vec![b'x'; 8192]);
}

fn contents(path: &Path) -> Vec<u8> {
    fs::read(path).expect("a file")
}

#[test]
fn with_a_network_a_verdict_is_explained_too() {
    let sandbox = Sandbox::of_proofs();
    let ada = Holder::join(&sandbox, "ada", 0);
    let till = Till::new(&sandbox, "old-town-1");
    let verify = |payload: &str| till.run(&["verify", "--payload", payload]);
    let code = ada.code();
    let told = said(&verify(&code).done());
    assert!(told.contains("a signed proof of this minute, checked by the programme"), "{told}");
    assert!(told.contains("spend points."), "{told}");
    let told = said(&verify(&ada.card).done());
    assert!(told.contains("only the card number") && told.contains("let the code on the phone be scanned"), "{told}");
    let told = said(&verify(&code).failed(3, "Used: another sale had this code"));
    assert!(told.contains("Let the phone show"), "{told}");
    let period = ada.period(0).number();
    let earlier = ada.proof(member_card::Period::from_number(period.saturating_sub(5)));
    let told = said(&verify(&earlier).failed(3, "The code's time ended"));
    // 4 of them, unless a minute has just ended.
    assert!(told.contains("minutes ago.") && told.contains("not a picture of it"), "{told}");
    verify("9820000000000009").failed(3, "No member has this card");
}

#[test]
fn a_till_that_is_online_again_sends_what_it_wrote_down_before_it_reads_a_card() {
    let sandbox = Sandbox::of_proofs();
    let ada = Holder::join(&sandbox, "ada", 0);
    let till = Till::ready(&sandbox, "old-town-1");
    let code = ada.code();
    till.accrue(&code, "r-1", "35.00");
    // The same code again, now with a network: without the journal, this scan would stand and the first one be held.
    till.fails(&["verify", "--payload", &code], 3, "code-used");
    assert_eq!(held(&sandbox), Vec::<[Value; 4]>::new());
    let points: i64 = ada.ledger(&sandbox).iter().map(|(amount, ..)| amount).sum();
    assert_eq!(points, 35);
    assert_eq!(till.json(&["send"])["sent"], json!([]), "it has gone already");
    // Another till's folder is its own business.
    let other = Till { id: "old-town-2", ..till };
    let next = ada.proof(ada.period(0).next());
    let seen = other.run(&["verify", "--payload", &next]).done();
    assert!(!said(&seen).contains("Sent first"), "{}", seen.all());
}
