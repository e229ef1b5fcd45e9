//! What a verifier is asked and what it answers, as JSON (docs/card-format.md, "Test vectors"), and our verifier behind it. Knows no
//! sample.

use member_card::guesses::Guesses;
use member_card::issuer::{IssuerKey, PublicKey};
use member_card::marks::{Basket, Mark, MemoryMarks};
use member_card::payload::PayloadKind;
use member_card::revocation::{RevocationError, RevocationList};
use member_card::verify::{
    Backend, CardFormat, Checked, KnownCard, KnownDevice, OfflineTill, Refusal, Verdict, VerifyError,
};
use member_card::{CardNumber, Day, DeviceNumber, Period, Secret, UnixTime};
use serde_json::{Value, json};

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

pub(crate) fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).expect("hexadecimal")).collect()
}

/// What our verifier answers.
pub(crate) fn answer(ask: &Value) -> Value {
    match text(&ask["what"]) {
        "code" => match verdict(ask) {
            Ok(verdict) => accepted(&verdict),
            Err(refusal) => refused(refusal),
        },
        "revocations" => {
            let list = unhex(text(&ask["list"]));
            match RevocationList::read(&list, &keys(ask), text(&ask["programme"])) {
                Ok(list) => {
                    let entries = list.entries().iter().map(|(number, lowest)| json!([number.as_str(), lowest.0]));
                    let entries: Vec<_> = entries.collect();
                    json!({ "verdict": "good", "issued": list.issued().seconds(), "entries": entries })
                }
                Err(error) => json!({ "verdict": match error {
                    RevocationError::UnknownIssuer { .. } => "unknown-issuer",
                    RevocationError::WrongProgramme => "wrong-programme",
                    RevocationError::Forged => "forged",
                    _ => "malformed",
                }}),
            }
        }
        other => panic!("nobody can be asked for {other}"),
    }
}

fn verdict(ask: &Value) -> Result<Verdict, Refusal> {
    let (now, code) = (UnixTime::from_seconds(number(&ask["now"])), text(&ask["code"]));
    let checked = match text(&ask["at"]) {
        "till" => check_at_till(ask, code, now)?,
        "backend" => check_at_backend(ask, code, now)?,
        other => panic!("no verifier is at {other}"),
    };
    let basket = basket(ask);
    let mut marks = MemoryMarks::default();
    for mark in list(&ask["marks"]) {
        let period = Period::from_number(number(&mark["period"]));
        marks.set(card(&mark["number"]), device(&mark["device"]), Mark { period, basket: self::basket(mark) });
    }
    checked.take(now, &basket, &mut marks).map_err(|error| match error {
        VerifyError::Refused(refusal) => refusal,
        VerifyError::Marks(never) => match never {},
    })
}

fn check_at_till(ask: &Value, code: &str, now: UnixTime) -> Result<Checked, Refusal> {
    let (format, keys) = (format(&ask["programme"]), keys(ask));
    let revocations = ask["revocations"].as_str().map(|list| {
        RevocationList::read(&unhex(list), &keys, &format.programme).expect("asks for codes have good lists")
    });
    OfflineTill { format, keys, revocations }.check(code, now)
}

fn check_at_backend(ask: &Value, code: &str, now: UnixTime) -> Result<Checked, Refusal> {
    let format = format(&ask["programme"]);
    let payload = format.read(code)?;
    let known = list(&ask["cards"]).iter().find(|known| text(&known["number"]) == payload.number().as_str());
    let mut known = known.map(known_card);
    Backend { format, keys: keys(ask) }.check(&payload, now, known.as_mut())
}

fn known_card(known: &Value) -> KnownCard {
    let devices = list(&known["devices"]).iter().map(|entry| KnownDevice {
        number: device(&entry["number"]),
        totp: entry["totp"].as_str().map(|key| Secret::from_slice(&unhex(key)).expect("20 bytes")),
        revoked: truth(&entry["revoked"]),
    });
    KnownCard {
        programme: text(&known["programme"]).to_owned(),
        revoked: truth(&known["revoked"]),
        devices: devices.collect(),
        guesses: Guesses { clear_at: UnixTime::from_seconds(number(&known["clear_at"])) },
    }
}

fn accepted(verdict: &Verdict) -> Value {
    let Verdict { number, kind, verified, device, tier, period, may_spend, again, revocations_age } = verdict;
    json!({
        "verdict": "accepted", "number": number.as_str(), "kind": kind.name(), "verified": verified,
        "device": device.map(|device| device.0), "tier": tier.map(|tier| tier.0),
        "period": period.map(Period::number), "may_spend": may_spend, "again": again,
        "revocations_age": revocations_age,
    })
}

fn refused(refusal: Refusal) -> Value {
    match refusal.seconds() {
        Some(seconds) => json!({ "verdict": refusal.name(), "seconds": seconds }),
        None => json!({ "verdict": refusal.name() }),
    }
}

fn format(programme: &Value) -> CardFormat {
    CardFormat {
        programme: text(&programme["id"]).to_owned(),
        number_length: number(&programme["number_length"]).try_into().expect("a length"),
        prefix: text(&programme["prefix"]).to_owned(),
        payload: PayloadKind::from_name(text(&programme["payload"])).expect("a kind of payload"),
    }
}

fn keys(ask: &Value) -> Vec<IssuerKey> {
    let day = |value: &Value| Day::from_number(number(value).try_into().expect("a day"));
    let key = |entry: &Value| {
        let public = unhex(text(&entry["public"])).try_into().expect("32 bytes");
        IssuerKey {
            programme: text(&entry["programme"]).to_owned(),
            public: PublicKey::from_bytes(&public).expect("a public key"),
            first: day(&entry["first"]),
            last: day(&entry["last"]),
        }
    };
    list(&ask["keys"]).iter().map(key).collect()
}

fn basket(value: &Value) -> Basket {
    Basket { till: text(&value["till"]).to_owned(), receipt: text(&value["receipt"]).to_owned() }
}

fn card(value: &Value) -> CardNumber {
    CardNumber::parse(text(value)).expect("a card number")
}

fn device(value: &Value) -> DeviceNumber {
    DeviceNumber(number(value).try_into().expect("a device number"))
}

pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("a text is wanted, not {value}"))
}

pub(crate) fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("a number is wanted, not {value}"))
}

pub(crate) fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap_or_else(|| panic!("a list is wanted, not {value}"))
}

fn truth(value: &Value) -> bool {
    value.as_bool().unwrap_or_else(|| panic!("true or false is wanted, not {value}"))
}
