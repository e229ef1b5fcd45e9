//! The till's operations, and the codes that a till reads.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use member_card::issuer::KeyId;
use member_card::payload::Payload;
use member_card::proof::{Proof, SignedDay, Tier};
use member_card::{CardNumber, Chain, Day, DeviceNumber, Period, Secret};
use serde_json::{Value, json};

use super::{Driver, Request, Session, text};

impl Driver<'_> {
    pub(super) async fn till(&mut self, ada: &Session, till: &str) {
        let session = self.join("ada@example.org").await;
        let page = self.expect("200", Request::get("/v1/sync").bearer(&session.access)).await;
        let changes = page["changes"].as_array().expect("changes");
        let member = changes.iter().find(|change| change["kind"] == "member").expect("a member");
        let card = text(&member["value"], "card_number").to_owned();

        let scan = |payload: &str| json!({"payload": payload, "sale": "r-1"});
        let key = self.key();
        let scanned = self.keyed("200", "/v1/till/scans", till, &key, &scan(&card)).await;
        self.keyed("422 key-reused", "/v1/till/scans", till, &key, &scan("1")).await;
        self.fresh("409 card-malformed", "/v1/till/scans", till, &scan("1")).await;
        self.fresh("409 unknown-card", "/v1/till/scans", till, &scan("9820000000000009")).await;
        let typed = scanned;
        let scanned = self.codes(&session, till, &card).await;
        self.journal(till, &card).await;

        let lines = json!([{"line": 1, "amount": {"minor": 3500, "currency": "EUR"}, "text": "Apples"}]);
        let receipt = |scan: &str| json!({"scan": scan, "receipt": "r-1", "lines": lines});
        let accrual = receipt(text(&scanned, "scan"));
        let key = self.key();
        let accrued = self.keyed("200", "/v1/till/accruals", till, &key, &accrual).await;
        assert_eq!(accrued["points"], 35);
        self.keyed("422 key-reused", "/v1/till/accruals", till, &key, &receipt("scan-1")).await;
        self.fresh("409 receipt-reused", "/v1/till/accruals", till, &accrual).await;
        self.fresh("409 unknown-scan", "/v1/till/accruals", till, &receipt("scan-1")).await;
        let nothing = json!({"scan": scanned["scan"], "receipt": "r-2", "lines": [{"line": 1, "amount": {"minor": 1, "currency": "EUR"}}]});
        self.fresh("200", "/v1/till/accruals", till, &nothing).await;
        let unproven = json!({"scan": typed["scan"], "voucher": "NOSUCHCODE", "receipt": "r-1"});
        self.fresh("409 may-not-spend", "/v1/till/redemptions", till, &unproven).await;
        self.spend_and_return(&session, till, text(&scanned, "scan")).await;

        let cyd = self.join("cyd@example.org").await;
        let page = self.expect("200", Request::get("/v1/sync").bearer(&cyd.access)).await;
        let changes = page["changes"].as_array().expect("changes");
        let member = changes.iter().find(|change| change["kind"] == "member").expect("a member");
        let card = text(&member["value"], "card_number").to_owned();
        self.expect("200", Request::post("/sandbox/v1/revoke", &json!({"member": cyd.member, "card": true}))).await;
        self.fresh("409 card-revoked", "/v1/till/scans", till, &scan(&card)).await;
        assert_ne!(ada.member, cyd.member);
    }

    /// Codes that are good, and that are not, for each reason. Answers the scan of a good one.
    async fn codes(&mut self, session: &Session, till: &str, card: &str) -> Value {
        let now = Timestamp::as_second(self.now().await).unsigned_abs() / 60;
        let totp = Secret::new([7; 20]);
        let key = json!({"totp_key": URL_SAFE_NO_PAD.encode(totp.expose())});
        let register = Request::put("/v1/card/device", &key).bearer(&session.access);
        let device = u16::try_from(self.expect("200", register).await["device"].as_u64().expect("a number"));
        let device = DeviceNumber(device.expect("16 bits"));
        let day = Day::from_number(u16::try_from(now / 1440).expect("16 bits"));
        let chain = Chain::new(&Secret::new([7; 16]), &CardNumber::parse(card).expect("a number"), device, day);
        let start = json!({"day": day.number(), "start": URL_SAFE_NO_PAD.encode(chain.start().0)});
        let ask = |number: u16| {
            let body = json!({"device": number, "starts": [start]});
            Request::post("/v1/card/proofs", &body).bearer(&session.access)
        };
        self.expect("409 unknown-device", ask(device.0 + 1)).await;
        let answer = self.expect("200", ask(device.0)).await;
        let bytes = |name: &str| URL_SAFE_NO_PAD.decode(text(&answer["proofs"][0], name)).expect("base64url");
        let signed = |key: Vec<u8>| SignedDay {
            key: KeyId(key.try_into().expect("3 bytes")),
            tier: Tier(0),
            signature: bytes("signature").try_into().expect("64 bytes"),
        };
        let proof = |signed: &SignedDay, period: u64| {
            let proof = Proof::new(&chain, signed, Period::from_number(period)).expect("a code of that day");
            Payload::Proof(Box::new(proof)).text()
        };
        self.expect("200", Request::get("/v1/till/keys").bearer(till)).await;
        self.expect("200", Request::get("/v1/till/revocations").bearer(till)).await;

        let at = |sale: &str, payload: &str| json!({"payload": payload, "sale": sale});
        let (ours, made_up) = (signed(bytes("key")), signed(vec![1, 2, 3]));
        let path = "/v1/till/scans";
        self.fresh("409 unknown-issuer", path, till, &at("c-1", &proof(&made_up, now))).await;
        self.fresh("409 code-expired", path, till, &at("c-1", &proof(&ours, now - 2))).await;
        self.fresh("409 code-from-future", path, till, &at("c-1", &proof(&ours, now + 2))).await;
        let scanned = self.fresh("200", path, till, &at("c-0", &proof(&ours, now))).await;
        self.fresh("409 code-used", path, till, &at("c-1", &proof(&ours, now))).await;
        for number in 0..10 {
            self.fresh("409 code-forged", path, till, &at("c-1", &format!("{card}{number:08}"))).await;
        }
        self.fresh("409 too-many-guesses", path, till, &at("c-1", &format!("{card}00000010"))).await;
        scanned
    }

    /// What the till wrote down: it counts, is held, or was sent before.
    async fn journal(&mut self, till: &str, card: &str) {
        let (path, now) = ("/v1/till/journal", self.now().await);
        let entry = |receipt: &str, ago: i64| {
            let lines = json!([{"line": 1, "amount": {"minor": 100, "currency": "EUR"}, "text": "Apples"}]);
            let scanned_at = now - jiff::SignedDuration::from_secs(ago);
            json!({"payload": card, "scanned_at": scanned_at, "receipt": receipt, "lines": lines})
        };
        let key = self.key();
        let accrued = self.keyed("200", path, till, &key, &entry("j-1", 60)).await;
        assert_eq!((&accrued["status"], &accrued["points"]), (&json!("accrued"), &json!(1)));
        self.keyed("422 key-reused", path, till, &key, &entry("j-2", 60)).await;
        self.fresh("409 receipt-reused", path, till, &entry("j-1", 60)).await;
        let held = self.fresh("200", path, till, &entry("j-2", 31 * 86_400)).await;
        assert_eq!(held, json!({"status": "held", "reason": "too-late"}));
    }

    /// Claims, uses the voucher at the till, and brings everything back.
    async fn spend_and_return(&mut self, ada: &Session, till: &str, scan: &str) {
        let claim = json!({
            "type": "claim-reward", "reward": "coffee", "cost": {"unit": "points", "amount": 50}, "revision": 1,
            "not_after": self.now().await + jiff::SignedDuration::from_hours(72),
        });
        let claimed = self.fresh("200", "/v1/actions", &ada.access, &claim).await;
        let code = text(&claimed["effect"]["voucher"], "code").to_owned();
        let used = |voucher: &str, receipt: &str| json!({"scan": scan, "voucher": voucher, "receipt": receipt});
        let path = "/v1/till/redemptions";
        let not_after = self.now().await + jiff::SignedDuration::from_hours(72);
        let lock = |locked: bool| json!({"type": "set-spend-lock", "locked": locked, "not_after": not_after});
        self.fresh("200", "/v1/actions", &ada.access, &lock(true)).await;
        self.fresh("409 spend-locked", path, till, &used(&code, "r-1")).await;
        self.fresh("200", "/v1/actions", &ada.access, &lock(false)).await;
        let key = self.key();
        let redeemed = self.keyed("200", path, till, &key, &used(&code, "r-1")).await;
        assert_eq!(redeemed["voucher"]["state"], "used");
        self.keyed("422 key-reused", path, till, &key, &used(&code, "r-2")).await;
        self.fresh("409 voucher-closed", path, till, &used(&code, "r-2")).await;
        self.fresh("409 unknown-voucher", path, till, &used("NOSUCHCODE", "r-1")).await;
        let stranger = json!({"scan": "scan-1", "voucher": code, "receipt": "r-1"});
        self.fresh("409 unknown-scan", path, till, &stranger).await;

        let path = "/v1/till/refunds";
        let back = |refund: &str, receipt: &str, minor: i64, redemptions: Value| {
            let lines = json!([{"line": 1, "amount": {"minor": minor, "currency": "EUR"}}]);
            json!({"refund": refund, "receipt": receipt, "lines": lines, "redemptions": redemptions})
        };
        let all = back("b-1", "r-1", 3500, json!([redeemed["redemption"]]));
        self.fresh("409 unknown-receipt", path, till, &back("b-1", "r-9", 3500, json!([]))).await;
        self.fresh("409 refund-too-large", path, till, &back("b-1", "r-1", 3501, json!([]))).await;
        self.fresh("409 unknown-redemption", path, till, &back("b-1", "r-1", 3500, json!(["redemption-1"]))).await;
        let key = self.key();
        let refunded = self.keyed("200", path, till, &key, &all).await;
        assert_eq!((&refunded["points"], &refunded["vouchers"][0]["state"]), (&json!(35), &json!("issued")));
        self.keyed("422 key-reused", path, till, &key, &back("b-2", "r-1", 1, json!([]))).await;
        self.fresh("409 refund-reused", path, till, &back("b-1", "r-2", 1, json!([]))).await;
    }
}
