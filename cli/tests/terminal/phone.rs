//! A phone that shows proofs, over HTTP: it has a number and the chains of two days, and asks the sandbox to sign them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use member_card::issuer::KeyId;
use member_card::payload::Payload;
use member_card::proof::{Proof, SignedDay, Tier};
use member_card::{CardNumber, Chain, Day, DeviceNumber, Period, Secret};
use serde_json::{Value, json};

use crate::stage::Sandbox;

pub(crate) struct Holder {
    pub(crate) member: String,
    pub(crate) card: String,
    pub(crate) device: u16,
    access: String,
    chains: Vec<(Chain, SignedDay)>,
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("text, not {value}")).to_owned()
}

impl Holder {
    /// Joins, or signs in on another phone. The server's clock is off by `offset` seconds.
    pub(crate) fn join(sandbox: &Sandbox, name: &str, offset: i64) -> Holder {
        const JSON: &str = "Content-Type: application/json\r\n";
        let address = format!("{name}@example.org");
        let join = json!({"name": name, "language": "en", "terms": "2026-01"});
        let ask = json!({"address": {"email": address}, "join": join}).to_string();
        let asked = sandbox.request("POST", "/v1/auth/code", JSON, &ask);
        let sent = sandbox.get(&format!("/sandbox/v1/sent?address={address}"));
        let form = format!(
            "grant_type=urn:member-core:grant:one-time-code&client_id=member-app&request_id={}&code={}",
            text(&asked["request_id"]),
            text(&sent["sent"][0]["code"])
        );
        let tokens =
            sandbox.request("POST", "/v1/auth/token", "Content-Type: application/x-www-form-urlencoded\r\n", &form);
        let (member, access) = (text(&tokens["member"]), text(&tokens["access_token"]));
        let bearer = format!("Authorization: Bearer {access}\r\n{JSON}");
        let page = sandbox.request("GET", "/v1/sync", &bearer, "");
        let changes = page["changes"].as_array().expect("changes");
        let found = changes.iter().find(|change| change["kind"] == "member").expect("a member");
        let card = text(&found["value"]["card_number"]);
        let key = json!({"totp_key": URL_SAFE_NO_PAD.encode([7; 20])}).to_string();
        let device = sandbox.request("PUT", "/v1/card/device", &bearer, &key)["device"].as_u64().expect("a number");
        let device = u16::try_from(device).expect("16 bits");
        let mut holder = Holder { member, card, device, access, chains: Vec::new() };
        holder.sign(sandbox, &bearer, offset);
        holder
    }

    fn sign(&mut self, sandbox: &Sandbox, bearer: &str, offset: i64) {
        let (today, _) = self.period(offset).in_day().expect("a day");
        let number = CardNumber::parse(&self.card).expect("a card number");
        let chain =
            |day: u16| Chain::new(&Secret::new([7; 16]), &number, DeviceNumber(self.device), Day::from_number(day));
        // A test may begin before midnight and end after it.
        let chains = [today.number(), today.number() + 1].map(chain);
        let starts: Vec<_> = chains
            .iter()
            .map(|chain| json!({"day": chain.day().number(), "start": URL_SAFE_NO_PAD.encode(chain.start().0)}))
            .collect();
        let ask = json!({"device": self.device, "starts": starts}).to_string();
        let signed = sandbox.request("POST", "/v1/card/proofs", bearer, &ask);
        let signed = signed["proofs"].as_array().expect("proofs").iter().map(|proof| {
            let bytes = |name: &str| URL_SAFE_NO_PAD.decode(text(&proof[name])).expect("base64url");
            SignedDay {
                key: KeyId(bytes("key").try_into().expect("3 bytes")),
                tier: Tier(u8::try_from(proof["tier"].as_u64().expect("a number")).expect("a byte")),
                signature: bytes("signature").try_into().expect("64 bytes"),
            }
        });
        self.chains = chains.into_iter().zip(signed).collect();
        assert_eq!(self.chains.len(), 2);
    }

    /// This minute where the clock is off by `offset` seconds.
    #[expect(clippy::unused_self, reason = "it is what the phone goes by")]
    pub(crate) fn period(&self, offset: i64) -> Period {
        let second = Timestamp::now().as_second() + offset;
        Period::from_number((second / 60).unsigned_abs())
    }

    /// What it shows in a period.
    pub(crate) fn proof(&self, period: Period) -> String {
        let proof = self.chains.iter().find_map(|(chain, signed)| Proof::new(chain, signed, period));
        Payload::Proof(Box::new(proof.expect("a signed day"))).text()
    }

    /// What it shows now.
    pub(crate) fn code(&self) -> String {
        self.proof(self.period(0))
    }

    /// Her true ledger without the welcome: amount, reason and time of each entry.
    pub(crate) fn ledger(&self, sandbox: &Sandbox) -> Vec<(i64, String, String)> {
        let ledger = sandbox.get(&format!("/sandbox/v1/members/{}/ledger", self.member));
        let entries = ledger["entries"].as_array().expect("entries").iter().skip(1);
        entries
            .map(|entry| (entry["amount"].as_i64().expect("a number"), text(&entry["reason"]), text(&entry["at"])))
            .collect()
    }

    /// Uses the session, which must stand.
    pub(crate) fn is_signed_in(&self, sandbox: &Sandbox) -> bool {
        let bearer = format!("Authorization: Bearer {}\r\n", self.access);
        sandbox.request("GET", "/v1/entries", &bearer, "")["entries"].is_array()
    }
}
