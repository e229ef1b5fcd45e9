//! The till: scans, accruals, repeats and refusals.

use serde_json::{Value, json};

use crate::harness::{Call, World, value_of};

fn id(answer: &Value, name: &str) -> String {
    answer[name].as_str().unwrap_or_else(|| panic!("{name} in {answer}")).to_owned()
}

#[test]
fn thirty_five_euros_are_thirty_five_points() {
    let world = World::new();
    let ada = world.join("Ada");
    let till = world.till("old-town-1");
    let card = world.card_number(&ada);
    let scan = world.scan(&till, &world.key(), &card, "r-1").expect("200").json();
    assert_eq!(scan["member"]["first_name"], "Ada");
    assert_eq!(scan["member"]["tier"]["lt"], "Bronzinis");
    assert_eq!((&scan["card"], &scan["may_spend"]), (&json!(card[12..]), &json!(true)));
    let lines = json!([
        {"line": 1, "amount": {"minor": 2050, "currency": "EUR"}, "text": "Apples"},
        {"line": 2, "amount": {"minor": 1450, "currency": "EUR"}},
    ]);
    let body = json!({"scan": scan["scan"], "receipt": "r-1", "lines": lines});
    let answer =
        world.send(Call::post("/v1/till/accruals", &body).bearer(&till).key(&world.key())).expect("200").json();
    assert_eq!((&answer["points"], &answer["available"]), (&json!(35), &json!(135)));
    let entry = &answer["entries"][0];
    assert_eq!((&entry["reason"], &entry["channel"]), (&json!("purchase"), &json!("store")));
    assert_eq!(entry["place"]["pl"], "Market Stare Miasto");
    let (changes, _) = world.snapshot(&ada, 500);
    let mut synced = value_of(&changes, "entry", &id(entry, "id")).clone();
    synced["id"] = entry["id"].clone();
    assert_eq!(&synced, entry);
}

#[test]
fn less_than_a_euro_is_recorded_and_brings_nothing() {
    let world = World::new();
    let ada = world.join("Ada");
    let answer = world.buy(&ada, "r-1", 99);
    assert_eq!((&answer["points"], &answer["entries"], &answer["available"]), (&json!(0), &json!([]), &json!(100)));
}

#[test]
fn a_higher_tier_earns_more_from_the_purchase_after_it_was_reached() {
    let world = World::new();
    let ada = world.join("Ada");
    assert_eq!(world.buy(&ada, "r-1", 40_000)["points"], 400, "this one reaches silver");
    assert_eq!(world.buy(&ada, "r-2", 10_000)["points"], 110);
}

#[test]
fn the_same_card_at_the_same_till_in_the_same_sale_is_the_same_scan() {
    let world = World::new();
    let ada = world.join("Ada");
    let card = world.card_number(&ada);
    let till = world.till("old-town-1");
    let scan = |till: &str, payload: &str, sale: &str| {
        id(&world.scan(till, &world.key(), payload, sale).expect("200").json(), "scan")
    };
    let first = scan(&till, &card, "r-1");
    assert_eq!(scan(&till, &card, "r-1"), first);
    assert_eq!(scan(&till, &format!("{card}\r\n"), "r-1"), first, "a scanner's Enter is no part of the code");
    assert_ne!(scan(&till, &card, "r-2"), first);
    assert_ne!(scan(&world.till("old-town-2"), &card, "r-1"), first);
}

#[test]
fn repeats_at_the_till_get_the_same_answer_and_other_bytes_are_refused() {
    let world = World::new();
    let ada = world.join("Ada");
    let till = world.till("old-town-1");
    let (key, card) = (world.key(), world.card_number(&ada));
    let scanned = world.scan(&till, &key, &card, "r-1").expect("200");
    assert_eq!(world.scan(&till, &key, &card, "r-1").body, scanned.body);
    world.scan(&till, &key, &card, "r-2").expect("422 key-reused");
    let scan = id(&scanned.json(), "scan");
    world.accrue(&till, &key, &scan, "r-1", 3500).expect("422 key-reused");

    let key = world.key();
    let accrued = world.accrue(&till, &key, &scan, "r-1", 3500).expect("200");
    assert_eq!(world.accrue(&till, &key, &scan, "r-1", 3500).body, accrued.body);
    world.accrue(&till, &key, &scan, "r-1", 3600).expect("422 key-reused");
    assert_eq!(world.points(&ada), 135);
    // A key is unique for each till: another one may use the same.
    let other = world.till("old-town-2");
    world.scan(&other, &key, &card, "r-1").expect("200");
}

#[test]
fn a_line_of_a_receipt_brings_points_once() {
    let world = World::new();
    let ada = world.join("Ada");
    let till = world.till("old-town-1");
    let scan = id(&world.scan(&till, &world.key(), &world.card_number(&ada), "r-1").expect("200").json(), "scan");
    world.accrue(&till, &world.key(), &scan, "r-1", 3500).expect("200");
    let key = world.key();
    let refused = world.accrue(&till, &key, &scan, "r-1", 3500).expect("409 receipt-reused");
    assert_eq!(world.accrue(&till, &key, &scan, "r-1", 3500).body, refused.body);
    let more = json!([
        {"line": 2, "amount": {"minor": 1000, "currency": "EUR"}},
        {"line": 1, "amount": {"minor": 3500, "currency": "EUR"}},
    ]);
    let body = json!({"scan": scan, "receipt": "r-1", "lines": more});
    world.send(Call::post("/v1/till/accruals", &body).bearer(&till).key(&world.key())).expect("409 receipt-reused");
    let body = json!({"scan": scan, "receipt": "r-1", "lines": [more[0]]});
    world.send(Call::post("/v1/till/accruals", &body).bearer(&till).key(&world.key())).expect("200");
    assert_eq!(world.points(&ada), 145);
    // Receipts are numbered by each till.
    let other = world.till("riverside-1");
    let scan = id(&world.scan(&other, &world.key(), &world.card_number(&ada), "r-1").expect("200").json(), "scan");
    world.accrue(&other, &world.key(), &scan, "r-1", 3500).expect("200");
}

#[test]
fn what_is_no_card_an_unknown_card_and_a_revoked_card_are_told_apart() {
    let world = World::new();
    let ada = world.join("Ada");
    let till = world.till("old-town-1");
    let card = world.card_number(&ada);
    let scan = |payload: &str| world.scan(&till, &world.key(), payload, "r-1");
    for payload in [
        "x",
        "982000000000000",
        "98200000000000000",
        "9820 0000 0000 0000",
        "ABCDEFGHIJKLMNOP",
        "9820000000000000",
        "кириллица",
    ] {
        scan(payload).expect("409 card-malformed");
    }
    // Luhn is right, nobody has it.
    scan("9820000000000009").expect("409 unknown-card");
    scan(&card).expect("200");
    world.sandbox_post("/sandbox/v1/revoke", &json!({"member": ada.member, "card": true}));
    scan(&card).expect("409 card-revoked");
}

#[test]
fn a_scan_of_another_till_is_unknown() {
    let world = World::new();
    let ada = world.join("Ada");
    let (here, there) = (world.till("old-town-1"), world.till("old-town-2"));
    let scan = id(&world.scan(&here, &world.key(), &world.card_number(&ada), "r-1").expect("200").json(), "scan");
    world.accrue(&there, &world.key(), &scan, "r-1", 3500).expect("409 unknown-scan");
    world.accrue(&here, &world.key(), "scan-nobody-made", "r-1", 3500).expect("409 unknown-scan");
    assert_eq!(world.points(&ada), 100);
}

#[test]
fn scopes_keep_members_and_tills_apart() {
    let world = World::new();
    let ada = world.join("Ada");
    let till = world.till("old-town-1");
    let refused =
        world.scan(&ada.access, &world.key(), &world.card_number(&ada), "r-1").expect("403 insufficient-scope");
    assert_eq!(refused.header("www-authenticate"), "Bearer error=\"insufficient_scope\"");
    world.accrue(&ada.access, &world.key(), "scan", "r-1", 100).expect("403 insufficient-scope");
    world.send(Call::get("/v1/sync").bearer(&till)).expect("403 insufficient-scope");
    let body = world.claim_of("coffee", 50, 1);
    world.send(Call::post("/v1/actions", &body).bearer(&till).key(&world.key())).expect("403 insufficient-scope");
    let path = format!("/v1/actions/{}", world.key());
    world.send(Call::get(&path).bearer(&till)).expect("403 insufficient-scope");
    for path in ["/v1/till/scans", "/v1/till/accruals", "/v1/actions"] {
        world.send(Call::post(path, &json!({})).key(&world.key())).expect("401 unauthorized");
    }
}

#[test]
fn a_receipt_that_is_not_well_formed_is_refused_with_the_field() {
    let world = World::new();
    let till = world.till("old-town-1");
    let eur = |minor: i64| json!({"minor": minor, "currency": "EUR"});
    let many: Vec<_> = (1..=201).map(|line| json!({"line": line, "amount": eur(100)})).collect();
    let cases = [
        (json!([]), "lines: expected 1 to 200"),
        (json!(many), "lines: expected 1 to 200"),
        (json!([{"line": 0, "amount": eur(100)}]), "lines[0].line: expected 1 to 10000"),
        (json!([{"line": 1, "amount": eur(0)}]), "lines[0].amount.minor: expected 1 to 100000000"),
        (json!([{"line": 1, "amount": eur(-5)}]), "lines[0].amount.minor: expected 1 to 100000000"),
        (json!([{"line": 1, "amount": eur(100)}, {"line": 1, "amount": eur(100)}]), "lines[1].line: it is there twice"),
        (json!([{"line": 1, "amount": {"minor": 100, "currency": "USD"}}]), "lines[0].amount.currency: expected EUR"),
        (json!([{"line": 1}]), "lines[0]: the field `amount` is missing"),
        (json!([{"line": 1, "amount": {"minor": 1.5, "currency": "EUR"}}]), "lines[0].amount.minor: expected i64"),
        (json!([[1, eur(100)]]), "lines[0]: expected an object"),
        (
            json!([{"line": 1, "amount": eur(100), "text": "a\u{0}b"}]),
            "lines[0].text: expected 0 to 200 characters without control characters",
        ),
    ];
    for (lines, detail) in cases {
        let body = json!({"scan": "scan", "receipt": "r-1", "lines": lines});
        let call = Call::post("/v1/till/accruals", &body).bearer(&till).key(&world.key());
        assert_eq!(world.send(call).expect("400 malformed").json()["detail"], detail);
    }
    world.scan(&till, &world.key(), "", "r-1").expect("400 malformed");
    world.scan(&till, &world.key(), "1", "not an id").expect("400 malformed");
    world.scan(&till, &world.key(), "1", &"r".repeat(65)).expect("400 malformed");
}
