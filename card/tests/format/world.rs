//! Issuers, devices and what is asked of a verifier, for the tests of the format. Judges nothing.

use member_card::issuer::IssuerSecret;
use member_card::payload::Payload;
use member_card::proof::{self, Proof, SignedDay, Tier};
use member_card::totp::TotpCode;
use member_card::{CardNumber, Chain, ChainSecret, Day, DeviceNumber, Period, Secret, UnixTime};
use serde_json::{Value, json};

use crate::ask::hex;

/// 2026-11-22, in the samples.
pub(crate) const TODAY: u16 = 20_779;
pub(crate) const NUMBER: &str = "9260000000000012";
pub(crate) const PROGRAMME: &str = "example";

/// Seeds of keys: the first signs for the programme; the next two have one id; the last is of another programme.
pub(crate) const SEED: [u8; 32] = [0x11; 32];
pub(crate) const OTHER_SEED: [u8; 32] = [0x22; 32];

pub(crate) fn issuer(seed: [u8; 32]) -> IssuerSecret {
    IssuerSecret::from_seed(&Secret::new(seed))
}

/// Seeds that differ in their last bytes only: for keys whose ids are to meet.
pub(crate) fn numbered_seed(number: u32) -> [u8; 32] {
    let mut seed = [0; 32];
    seed[28..].copy_from_slice(&number.to_be_bytes());
    seed
}

pub(crate) fn card(number: &str) -> CardNumber {
    CardNumber::parse(number).expect("a card number")
}

/// A phone with a card.
pub(crate) struct Phone {
    pub(crate) number: CardNumber,
    pub(crate) device: DeviceNumber,
    pub(crate) tier: Tier,
    pub(crate) totp: [u8; 20],
    pub(crate) secret: [u8; 16],
}

impl Phone {
    pub(crate) fn new(number: &str, device: u16) -> Self {
        // A secret of each device that is neither another's nor constant.
        let byte = |at: u16| u8::try_from((u32::from(device) * 31 + u32::from(at) * 7 + 5) % 256).expect("a byte");
        Self {
            number: card(number),
            device: DeviceNumber(device),
            tier: Tier(2),
            totp: std::array::from_fn(|at| byte(u16::try_from(at).expect("20"))),
            secret: std::array::from_fn(|at| byte(100 + u16::try_from(at).expect("16"))),
        }
    }

    pub(crate) fn chain(&self, day: Day) -> Chain {
        Chain::new(&ChainSecret::new(self.secret), &self.number, self.device, day)
    }

    pub(crate) fn signed(&self, issuer: &IssuerSecret, day: Day) -> SignedDay {
        proof::sign_day(issuer, &self.number, self.tier, self.device, day, &self.chain(day).start())
    }

    /// The proof of a period, signed by the first key.
    pub(crate) fn proof(&self, period: Period) -> String {
        self.proof_by(&issuer(SEED), period)
    }

    pub(crate) fn proof_by(&self, issuer: &IssuerSecret, period: Period) -> String {
        let (day, _) = period.in_day().expect("a day");
        let proof = Proof::new(&self.chain(day), &self.signed(issuer, day), period).expect("a period of that day");
        Payload::Proof(Box::new(proof)).text()
    }

    /// The rotating code of a period.
    pub(crate) fn rotating(&self, period: Period) -> String {
        Payload::Rotating(self.number.clone(), TotpCode::of(&Secret::new(self.totp), period)).text()
    }
}

pub(crate) fn period(day: u16, index: u16) -> Period {
    Period::of_day(Day::from_number(day), index).expect("a period")
}

/// A second of a period, in the middle of it.
pub(crate) fn during(period: Period) -> u64 {
    period.start().seconds() + 30
}

pub(crate) fn key(seed: [u8; 32], programme: &str, first: u16, last: u16) -> Value {
    let public = hex(&issuer(seed).public().to_bytes());
    json!({ "programme": programme, "public": public, "first": first, "last": last })
}

/// Asks a till that is offline, whose programme shows proofs.
pub(crate) fn at_till(code: &str, now: u64) -> Value {
    json!({
        "what": "code", "at": "till",
        "programme": { "id": PROGRAMME, "number_length": 16, "prefix": "926", "payload": "proof" },
        "keys": [key(SEED, PROGRAMME, TODAY - 7, TODAY + 7), key(OTHER_SEED, "other", TODAY - 7, TODAY + 7)],
        "revocations": null, "cards": [], "marks": [],
        "now": now, "till": "4", "receipt": "1001", "code": code,
    })
}

/// Asks the backend of a programme that shows rotating codes and has one card with this phone.
pub(crate) fn at_backend(phone: &Phone, code: &str, now: u64) -> Value {
    let mut ask = at_till(code, now);
    ask["at"] = "backend".into();
    ask["programme"]["payload"] = "rotating".into();
    ask["cards"] = json!([{
        "number": phone.number.as_str(), "programme": PROGRAMME, "revoked": false, "clear_at": 0,
        "devices": [{ "number": phone.device.0, "totp": hex(&phone.totp), "revoked": false }],
    }]);
    ask
}

/// A mark of this phone, left by a basket.
pub(crate) fn mark(phone: &Phone, period: Period, till: &str, receipt: &str) -> Value {
    let (number, device) = (phone.number.as_str(), phone.device.0);
    json!({ "number": number, "device": device, "period": period.number(), "till": till, "receipt": receipt })
}

/// A revocation list by the first key.
pub(crate) fn list(now: u64, entries: &[(&str, u16)]) -> Vec<u8> {
    let entries = entries.iter().map(|(number, lowest)| (card(number), DeviceNumber(*lowest)));
    member_card::revocation::RevocationList::sign(&issuer(SEED), UnixTime::from_seconds(now), entries.collect())
        .expect("a list")
}
