//! Vouchers that are used at the till, and purchases that are brought back.

use serde_json::{Value, json};

use crate::harness::{Call, Reply, Session, World, value_of};

fn text(answer: &Value, name: &str) -> String {
    answer[name].as_str().unwrap_or_else(|| panic!("{name} in {answer}")).to_owned()
}

/// A member with a voucher, and a till that has read her card.
struct Shop {
    world: World,
    ada: Session,
    till: String,
    scan: String,
    code: String,
}

impl Shop {
    fn open() -> Shop {
        let world = World::new();
        let ada = world.join("Ada");
        let till = world.till("old-town-1");
        let scan = text(&world.scan(&till, &world.key(), &world.card_number(&ada), "r-1").expect("200").json(), "scan");
        let code = claim(&world, &ada);
        Shop { world, ada, till, scan, code }
    }

    fn redeem(&self, key: &str, code: &str, receipt: &str) -> Reply {
        let body = json!({"scan": self.scan, "voucher": code, "receipt": receipt});
        self.world.send(Call::post("/v1/till/redemptions", &body).bearer(&self.till).key(key))
    }

    fn refund(&self, body: &Value) -> Reply {
        self.world.send(Call::post("/v1/till/refunds", body).bearer(&self.till).key(&self.world.key()))
    }

    /// What the member's app is told of her voucher.
    fn state(&self) -> Value {
        let (changes, _) = self.world.snapshot(&self.ada, 500);
        let voucher = changes.iter().find(|change| change["kind"] == "voucher").expect("a voucher");
        voucher["value"]["state"].clone()
    }
}

fn claim(world: &World, member: &Session) -> String {
    let body = world.claim_of("coffee", 50, 1);
    let claimed = world.send(Call::post("/v1/actions", &body).bearer(&member.access).key(&world.key())).expect("200");
    text(&claimed.json()["effect"]["voucher"], "code")
}

fn eur(line: i64, minor: i64) -> Value {
    json!({"line": line, "amount": {"minor": minor, "currency": "EUR"}})
}

#[test]
fn a_voucher_is_used_once_and_its_owner_hears_of_it() {
    let shop = Shop::open();
    let key = shop.world.key();
    let used = shop.redeem(&key, &format!("{}\r\n", shop.code), "r-1").expect("200");
    assert_eq!((shop.state(), &used.json()["voucher"]["state"]), (json!("used"), &json!("used")));
    assert_eq!(shop.redeem(&key, &format!("{}\r\n", shop.code), "r-1").body, used.body);
    // The answer was lost, and the cashier reads the same voucher into the same receipt.
    assert_eq!(shop.redeem(&shop.world.key(), &shop.code, "r-1").body, used.body);
    let again = shop.redeem(&shop.world.key(), &shop.code, "r-2").expect("409 voucher-closed").json();
    assert_eq!(again["state"], "used");
    // Nor does she take the claim back any more.
    let (changes, _) = shop.world.snapshot(&shop.ada, 500);
    let voucher = value_of(&changes, "voucher", &text(&used.json()["voucher"], "id")).clone();
    let cancel = json!({
        "type": "cancel-claim", "claim": voucher["key"], "reward": "coffee", "refund": {"unit": "points", "amount": 50},
        "not_after": shop.world.claim_of("coffee", 50, 1)["not_after"],
    });
    let cancel = Call::post("/v1/actions", &cancel).bearer(&shop.ada.access).key(&shop.world.key());
    assert_eq!(shop.world.send(cancel).expect("409 voucher-closed").json()["state"], "used");
}

#[test]
fn a_voucher_of_somebody_else_one_that_ran_out_and_another_tills_scan_are_refused() {
    let shop = Shop::open();
    let bob = shop.world.join("Bob");
    shop.redeem(&shop.world.key(), &claim(&shop.world, &bob), "r-1").expect("409 unknown-voucher");
    shop.redeem(&shop.world.key(), "NOSUCHCODE", "r-1").expect("409 unknown-voucher");
    shop.redeem(&shop.world.key(), "", "r-1").expect("400 malformed");
    let other = shop.world.till("old-town-2");
    let body = json!({"scan": shop.scan, "voucher": shop.code, "receipt": "r-1"});
    let call = Call::post("/v1/till/redemptions", &body).bearer(&other).key(&shop.world.key());
    shop.world.send(call).expect("409 unknown-scan");
    let call = Call::post("/v1/till/redemptions", &body).bearer(&shop.ada.access).key(&shop.world.key());
    shop.world.send(call).expect("403 insufficient-scope");
    assert_eq!(shop.state(), "issued");

    shop.world.sandbox_post("/sandbox/v1/clock", &json!({"offset_seconds": 400 * 86_400}));
    let till = shop.world.till("old-town-1");
    let call = Call::post("/v1/till/redemptions", &body).bearer(&till).key(&shop.world.key());
    assert_eq!(shop.world.send(call).expect("409 voucher-closed").json()["state"], "expired");
}

#[test]
fn a_purchase_that_comes_back_piece_by_piece_takes_exactly_what_it_brought() {
    let shop = Shop::open();
    let lines = json!([eur(1, 2050), eur(2, 1450)]);
    let body = json!({"scan": shop.scan, "receipt": "r-1", "lines": lines});
    shop.world.send(Call::post("/v1/till/accruals", &body).bearer(&shop.till).key(&shop.world.key())).expect("200");
    let before = shop.world.points(&shop.ada);

    let piece = |id: &str, lines: Value| json!({"refund": id, "receipt": "r-1", "lines": lines});
    let first = shop.refund(&piece("b-1", json!([eur(2, 1450)]))).expect("200").json();
    assert_eq!(first["points"], 15, "35 points for 35.00, 20.50 stay");
    assert_eq!((&first["entries"][0]["reason"], &first["entries"][0]["amount"]), (&json!("return"), &json!(-15)));
    shop.refund(&piece("b-2", json!([eur(2, 1)]))).expect("409 refund-too-large");
    shop.refund(&piece("b-1", json!([eur(1, 50)]))).expect("409 refund-reused");
    assert_eq!(shop.refund(&piece("b-3", json!([eur(1, 50)]))).expect("200").json()["points"], 0);
    assert_eq!(shop.refund(&piece("b-4", json!([eur(1, 2000)]))).expect("200").json()["points"], 20);
    assert_eq!(shop.world.points(&shop.ada), before - 35);
    let audit = shop.world.audit();
    assert_eq!((&audit["ledger_sum"], &audit["drifted"]), (&json!(0), &json!(0)));
}

#[test]
fn a_return_takes_the_tier_back_and_may_leave_less_than_nothing() {
    let shop = Shop::open();
    shop.world.buy(&shop.ada, "r-2", 40_000);
    let tier = || shop.world.snapshot(&shop.ada, 500).0;
    let standing = |changes: &[Value]| {
        let standing = changes.iter().find(|change| change["kind"] == "standing").expect("a standing");
        text(&standing["value"], "tier")
    };
    assert_eq!(standing(&tier()), "silver");
    // She spends it, and brings it back.
    let body = shop.world.claim_of("tote-bag", 400, 1);
    shop.world.send(Call::post("/v1/actions", &body).bearer(&shop.ada.access).key(&shop.world.key())).expect("200");
    let before = shop.world.points(&shop.ada);
    // At another till of the same shop.
    let other = shop.world.till("old-town-2");
    let body = json!({"refund": "b-1", "receipt": "r-2", "till": "old-town-1", "lines": [eur(1, 40_000)]});
    let call = Call::post("/v1/till/refunds", &body).bearer(&other).key(&shop.world.key());
    assert_eq!(shop.world.send(call).expect("200").json()["points"], 400);
    assert_eq!(shop.world.points(&shop.ada), before - 400);
    assert!(before < 400, "the test is about less than nothing");
    assert_eq!(standing(&tier()), "bronze");
}

#[test]
fn a_voucher_comes_back_with_the_purchase_and_a_refusal_leaves_nothing_half_done() {
    let shop = Shop::open();
    let used = text(&shop.redeem(&shop.world.key(), &shop.code, "r-1").expect("200").json(), "redemption");
    let back = |id: &str, redemptions: Value| json!({"refund": id, "receipt": "r-1", "redemptions": redemptions});
    shop.refund(&back("b-1", json!([used, "redemption-nobody-made"]))).expect("409 unknown-redemption");
    assert_eq!(shop.state(), "used");
    shop.refund(&back("b-1", json!([]))).expect("400 malformed");
    shop.refund(&back("b-1", json!([used, used]))).expect("400 malformed");
    let refunded = shop.refund(&back("b-1", json!([used]))).expect("200").json();
    assert_eq!((&refunded["vouchers"][0]["state"], &refunded["points"]), (&json!("issued"), &json!(0)));
    shop.refund(&back("b-2", json!([used]))).expect("409 unknown-redemption");
    shop.redeem(&shop.world.key(), &shop.code, "r-3").expect("200");
}
