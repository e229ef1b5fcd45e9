//! `member lock` and `member unlock`: what is answered with a network and without, and what the till says meanwhile.

use serde_json::{Value, json};

use crate::stage::{Phone, Run, Sandbox};

#[test]
fn spending_is_locked_and_unlocked_also_without_a_network() {
    let sandbox = Sandbox::start();
    let phone = Phone::new(&sandbox.url);
    phone.fails(&["lock"], 1, "signed-out");
    phone.join(&sandbox);

    let locking = phone.json(&["lock", "--offline"]);
    assert_eq!((&locking["locked"], &locking["pending"]), (&json!(true), &json!(true)));
    assert_eq!(phone.json(&["pending"])["actions"][0]["key"], locking["key"]);
    phone.fails(&["claim", "coffee", "--offline"], 3, "spend-locked");
    let undone = phone.json(&["unlock", "--offline"]);
    assert_eq!((&undone["locked"], &undone["pending"], &undone["key"]), (&json!(false), &json!(false), &Value::Null));
    assert_eq!(phone.json(&["pending"])["actions"], json!([]));

    let claimed = phone.json(&["claim", "coffee"]);
    let locked = phone.json(&["lock"]);
    assert_eq!((&locked["locked"], &locked["pending"]), (&json!(true), &json!(false)));
    assert!(phone.run(&["lock"]).done().text().contains("Spending is locked."), "it is so already");
    assert!(phone.run(&["rewards"]).done().text().contains("Spending is locked. Unlock it in the settings."));

    // The till refuses the voucher, and gives points.
    let picture = phone.folder.path().join("card.png");
    let picture = picture.to_str().expect("a path");
    phone.run(&["card", "--png", picture]).done();
    let tills = sandbox.tills();
    let till = |command: &[&str]| {
        let access = ["--picture", picture, "--credentials", tills.to_str().expect("a path"), "--sale", "r-1"];
        Run::of(phone.command(["till"].iter().chain(command).chain(&access)), "")
    };
    let code = claimed["voucher"]["code"].as_str().expect("a code").to_owned();
    till(&["redeem", "--voucher", &code]).failed(3, "locked");
    till(&["accrue", "--amount", "35.00"]).done();
    phone.json(&["unlock"]);
    till(&["redeem", "--voucher", &code]).done();
    assert_eq!(phone.json(&["sync"])["balance"][0]["confirmed"], 85);
}
