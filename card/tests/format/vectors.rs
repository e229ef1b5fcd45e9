//! docs/card-format-vectors.json: made here, compared with the file, and the file read back. What each ask is to be answered is
//! stated by hand; the verifier only fills in the fields of the answer.

use std::fmt::Write as _;
use std::path::Path;

use curve25519_dalek::Scalar;
use ed25519_dalek::{Signer, SigningKey};
use expect_test::expect_file;
use member_card::issuer::PublicKey;
use member_card::payload::{Payload, PayloadKind};
use member_card::symbol::{Symbol, Symbology};
use member_card::totp::TotpCode;
use member_card::{Day, Period, Secret, UnixTime};
use serde_json::{Value, json};
use sha2::{Digest, Sha256, Sha512};

use crate::ask::{answer, hex, list, number, text, unhex};
use crate::world::{self, NUMBER, OTHER_SEED, PROGRAMME, Phone, SEED, TODAY, during, issuer, numbered_seed, period};
use crate::{asks_backend, asks_till};

/// RFC 6238, appendix B, for SHA-1: time in seconds and code, with a step of 30 s and the ASCII key of 20 digits.
const RFC_6238: [(u64, &str); 6] = [
    (59, "94287082"),
    (1_111_111_109, "07081804"),
    (1_111_111_111, "14050471"),
    (1_234_567_890, "89005924"),
    (2_000_000_000, "69279037"),
    (20_000_000_000, "65353130"),
];

/// One ask of the file, and what the answer must begin with: a reason, its seconds, or what was accepted.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) ask: Value,
    pub(crate) expected: String,
}

pub(crate) fn case(name: &str, ask: Value, expected: &str) -> Case {
    Case { name: name.to_owned(), ask, expected: expected.to_owned() }
}

/// The vectors, as they stand in the file.
pub(crate) fn file() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/card-format-vectors.json");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).expect("JSON")
}

/// `used 42`, `accepted proof earns`, `accepted rotating spends again`: an answer in a few words.
fn in_words(answer: &Value) -> String {
    let mut words = text(&answer["verdict"]).to_owned();
    if let Some(kind) = answer["kind"].as_str() {
        let verified = if answer["verified"] == true { "" } else { " unverified" };
        let may = if answer["may_spend"] == true { "spends" } else { "earns" };
        let again = if answer["again"] == true { " again" } else { "" };
        words = format!("{words} {kind}{verified} {may}{again}");
    }
    if let Some(seconds) = answer["seconds"].as_u64() {
        words = format!("{words} {seconds}");
    }
    words
}

#[test]
fn the_vectors_are_what_the_code_makes() {
    let mut asks = Vec::new();
    let cases = [asks_till::cases(), asks_backend::cases(), revocation_lists()].concat_all();
    for Case { name, ask, expected } in cases {
        let answer = answer(&ask);
        assert_eq!(in_words(&answer), expected, "{name}");
        asks.push(json!({ "name": name, "ask": ask, "answer": answer }));
    }
    let vectors = json!({
        "totp": totp(), "groups": groups(), "keys": keys(), "no_keys": no_keys(), "chains": chains(),
        "signatures": signatures(), "payloads": payloads(), "asks": asks,
    });
    // One sample a line: a file that people can compare.
    let mut lines = String::from("{\n");
    let members = vectors.as_object().expect("an object");
    for (index, (name, samples)) in members.iter().enumerate() {
        let samples: Vec<String> = list(samples).iter().map(|sample| format!("    {sample}")).collect();
        let end = if index + 1 < members.len() { "," } else { "" };
        let _ = write!(lines, "  \"{name}\": [\n{}\n  ]{end}\n", samples.join(",\n"));
    }
    lines.push_str("}\n");
    expect_file!["../../../docs/card-format-vectors.json"].assert_eq(&lines);
}

trait ConcatAll {
    fn concat_all(self) -> Vec<Case>;
}

impl<const N: usize> ConcatAll for [Vec<Case>; N] {
    fn concat_all(self) -> Vec<Case> {
        self.into_iter().flatten().collect()
    }
}

/// From the file alone, so that a file which was changed by hand, or by a changed format, is noticed.
#[test]
fn the_file_is_read_back() {
    let file = file();
    for sample in list(&file["totp"]) {
        let key = Secret::from_slice(&unhex(text(&sample["key"]))).expect("20 bytes");
        assert_eq!(number(&sample["time"]) / number(&sample["step"]), number(&sample["period"]), "{sample}");
        let code = TotpCode::of(&key, Period::from_number(number(&sample["period"])));
        assert_eq!(code.as_str(), text(&sample["code"]), "{sample}");
    }
    for sample in list(&file["payloads"]) {
        let number = text(&sample["number"]);
        let payload = Payload::parse(text(&sample["payload"]), number.len()).expect("a payload");
        assert_eq!((payload.number().as_str(), payload.kind().name()), (number, text(&sample["kind"])));
        assert_eq!(payload.text(), text(&sample["payload"]));
        assert_eq!(qr(&payload.text()), text(&sample["qr"]), "{sample}");
    }
    for key in list(&file["keys"]) {
        let seed = unhex(text(&key["seed"])).try_into().expect("32 bytes");
        assert_eq!(issuer(seed).public().id().to_string(), text(&key["id"]));
    }
    for no_key in list(&file["no_keys"]) {
        let bytes = unhex(text(&no_key["public"])).try_into().expect("32 bytes");
        assert!(PublicKey::from_bytes(&bytes).is_err(), "{no_key}");
    }
    let asks = list(&file["asks"]);
    assert!(asks.len() > 90, "{} asks only", asks.len());
    for sample in asks {
        assert_eq!(answer(&sample["ask"]), sample["answer"], "{}", sample["name"]);
    }
    // Each reason that there is occurs.
    for reason in [
        "accepted",
        "malformed",
        "unknown-issuer",
        "unknown-card",
        "wrong-programme",
        "expired",
        "future",
        "too-many-guesses",
        "forged",
        "revoked",
        "used",
    ] {
        assert!(asks.iter().any(|sample| sample["answer"]["verdict"] == reason), "no sample is {reason}");
    }
}

fn totp() -> Vec<Value> {
    let rfc_key = *b"12345678901234567890";
    let sample = |key: [u8; 20], time: u64, step: u64, code: &str| json!({ "key": hex(&key), "time": time, "step": step, "period": time / step, "code": code });
    let mut samples: Vec<Value> = RFC_6238.iter().map(|(time, code)| sample(rfc_key, *time, 30, code)).collect();
    let midnight = u64::from(TODAY) * 86_400;
    for time in [0, 59, 60, 1_111_111_109, midnight - 60, midnight, midnight + 86_399, 20_000_000_000] {
        let code = TotpCode::of(&Secret::new(rfc_key), Period::at(UnixTime::from_seconds(time)));
        samples.push(sample(rfc_key, time, 60, code.as_str()));
    }
    let all = [0xff; 20];
    // A code with leading zeros.
    let period = (0..1_000)
        .map(Period::from_number)
        .find(|period| TotpCode::of(&Secret::new(all), *period).as_str().starts_with("00"));
    let period = period.expect("one in a hundred");
    let code = TotpCode::of(&Secret::new(all), period);
    samples.push(sample(all, period.start().seconds(), 60, code.as_str()));
    samples
}

fn groups() -> Vec<Value> {
    let samples: [(Option<u64>, &str); 7] = [
        (Some(0), "00000000000000000"),
        (Some(1), "00000000000000001"),
        (Some(0x0001_0203_0405_0607), "00283686952306183"),
        (Some((1 << 56) - 1), "72057594037927935"),
        (None, "72057594037927936"),
        (None, "72057594037927937"),
        (None, "99999999999999999"),
    ];
    let sample = |(value, digits): &(Option<u64>, &str)| {
        let bytes = value.map(|value| hex(&value.to_be_bytes()[1..]));
        json!({ "bytes": bytes, "digits": digits })
    };
    samples.iter().map(sample).collect()
}

/// The last two have the same id.
fn keys() -> Vec<Value> {
    let sample = |seed: [u8; 32]| {
        let public = issuer(seed).public();
        let digest = Sha256::digest(public.to_bytes());
        assert_eq!(hex(&digest[..3]), public.id().to_string());
        json!({ "seed": hex(&seed), "public": hex(&public.to_bytes()), "id": public.id().to_string() })
    };
    let [first, second] = COLLIDING.map(numbered_seed);
    assert_eq!(issuer(first).public().id(), issuer(second).public().id());
    [SEED, OTHER_SEED, first, second].into_iter().map(sample).collect()
}

/// Numbers of seeds whose keys have one id, as found by trying.
pub(crate) const COLLIDING: [u32; 2] = [3972, 8129];

fn no_keys() -> Vec<Value> {
    let little = |low: u8, middle: u8, high: u8| {
        let mut bytes = [middle; 32];
        (bytes[0], bytes[31]) = (low, high);
        bytes
    };
    let mut samples = vec![
        (little(1, 0, 0), "the neutral element, of small order"),
        (little(0, 0, 0), "y = 0, of order 4"),
        (little(0xec, 0xff, 0x7f), "y = -1, of order 2"),
        (little(1, 0, 0x80), "x = 0 with the sign bit 1"),
        (little(0xed, 0xff, 0x7f), "y = 2^255 - 19, which is 0 written in another way"),
        (little(0xff, 0xff, 0xff), "y is 2^255 - 1"),
        (little(2, 0, 0), "y = 2 is on no point of the curve"),
    ];
    // A point of large order that has two encodings, of which one only is canonical.
    let small = (3..19).find(|y| PublicKey::from_bytes(&little(*y, 0, 0)).is_ok()).expect("a point with a small y");
    assert!(
        ed25519_dalek::VerifyingKey::from_bytes(&little(0xed + small, 0xff, 0x7f)).is_ok(),
        "lax libraries take it"
    );
    samples.push((little(0xed + small, 0xff, 0x7f), "y is 2^255 - 19 or more; a lax library takes its remainder"));
    samples.iter().map(|(bytes, why)| json!({ "public": hex(bytes), "why": why })).collect()
}

/// Worked out here step by step by the document, not by the crate.
fn chains() -> Vec<Value> {
    let sample = |(number, device, day): &(&str, u16, u16)| {
        let phone = Phone::new(number, *device);
        let message = |k: u16, link: &[u8]| {
            let length = u8::try_from(number.len()).expect("at most 18");
            let parts: [&[u8]; 7] = [
                b"MP1 chain",
                &[length],
                number.as_bytes(),
                &device.to_be_bytes(),
                &day.to_be_bytes(),
                &k.to_be_bytes(),
                link,
            ];
            parts.concat()
        };
        let mut values = vec![phone.secret.to_vec()];
        for k in (1..=1440).rev() {
            let digest = Sha256::digest(message(k, values.last().expect("one")));
            values.push(digest[..16].to_vec());
        }
        values.reverse();
        let chain = phone.chain(Day::from_number(*day));
        assert_eq!(chain.start().0.to_vec(), values[0], "the crate's chain");
        let shown: serde_json::Map<String, Value> =
            [0, 1, 2, 719, 720, 1439, 1440].iter().map(|k| (k.to_string(), hex(&values[*k]).into())).collect();
        json!({
            "number": number, "device": device, "day": day, "secret": hex(&phone.secret),
            "message": hex(&message(1440, &phone.secret)), "values": shown,
        })
    };
    [(NUMBER, 1, TODAY), ("0000000000000012", 258, TODAY + 1), ("Z", 65_534, 0), ("ABCDEFGHIJ12345678", 0, 65_535)]
        .iter()
        .map(sample)
        .collect()
}

fn signatures() -> Vec<Value> {
    let sample = |(number, device, day): &(&str, u16, u16)| {
        let phone = Phone::new(number, *device);
        let start = phone.chain(Day::from_number(*day)).start();
        let message = proof_message(&phone, *day, &start.0);
        let signed = phone.signed(&issuer(SEED), Day::from_number(*day));
        // Another library's signature over the message of the document: there is only one that RFC 8032 allows.
        assert_eq!(SigningKey::from_bytes(&SEED).sign(&message).to_bytes(), signed.signature);
        json!({
            "seed": hex(&SEED), "number": number, "tier": phone.tier.0, "device": device, "day": day,
            "start": hex(&start.0), "message": hex(&message), "signature": hex(&signed.signature),
        })
    };
    [(NUMBER, 1, TODAY), ("0000000000000012", 258, TODAY + 1), ("Z", 65_534, 0)].iter().map(sample).collect()
}

/// "MP1 proof" by the document, signed by the first key.
fn proof_message(phone: &Phone, day: u16, start: &[u8]) -> Vec<u8> {
    let number = phone.number.as_str();
    let parts: [&[u8]; 9] = [
        b"MP1 proof",
        &[u8::try_from(number.len()).expect("at most 18")],
        number.as_bytes(),
        &[1],
        &issuer(SEED).public().id().0,
        &[phone.tier.0],
        &phone.device.0.to_be_bytes(),
        &day.to_be_bytes(),
        start,
    ];
    parts.concat()
}

fn payloads() -> Vec<Value> {
    let mut samples = Vec::new();
    // A leading zero; all digits, so that the version of the symbol is known.
    for number in [NUMBER, "0000000000000012", "7", "926000000000000018"] {
        let phone = Phone::new(number, 1);
        let at = period(TODAY, 719);
        for kind in [PayloadKind::Static, PayloadKind::Rotating, PayloadKind::Proof] {
            let payload = match kind {
                PayloadKind::Static => number.to_owned(),
                PayloadKind::Rotating => phone.rotating(at),
                PayloadKind::Proof => phone.proof(at),
            };
            let mut sample = json!({
                "number": number, "kind": kind.name(), "period": at.number(), "payload": payload,
                "length": payload.len(), "qr": qr(&payload),
            });
            if kind == PayloadKind::Proof {
                sample["bytes"] = hex(&proof_bytes(&payload, number.len())).into();
            }
            samples.push(sample);
        }
    }
    samples
}

/// The 91 bytes of a proof.
pub(crate) fn proof_bytes(code: &str, number_length: usize) -> Vec<u8> {
    let groups = code.as_bytes()[number_length..].chunks(17);
    let value = |group: &[u8]| std::str::from_utf8(group).expect("digits").parse::<u64>().expect("digits");
    groups.flat_map(|group| value(group).to_be_bytes()[1..].to_vec()).collect()
}

/// A proof with other bytes.
pub(crate) fn with_bytes(code: &str, number_length: usize, change: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut bytes = proof_bytes(code, number_length);
    change(&mut bytes);
    let groups = bytes.chunks(7).map(|group| group.iter().fold(0_u64, |value, byte| value << 8 | u64::from(*byte)));
    groups.fold(code[..number_length].to_owned(), |code, value| format!("{code}{value:017}"))
}

/// S + L instead of S: the same equation, and a lax verifier takes both.
pub(crate) fn with_larger_s(bytes: &mut [u8]) {
    // L = 2^252 + 27742317777372353535851937790883648493, little-endian.
    let order = unhex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
    let mut carry = 0;
    for (at, digit) in order.iter().enumerate() {
        let sum = u16::from(bytes[59 + at]) + u16::from(*digit) + carry;
        bytes[59 + at] = u8::try_from(sum & 0xff).expect("a byte");
        carry = sum >> 8;
    }
}

/// A signature over the proof's own message with R = the neutral element, which only the owner of the key can make, and
/// which a lax verifier takes.
pub(crate) fn with_small_order_r(phone: &Phone, day: u16, bytes: &mut [u8]) {
    let message = proof_message(phone, day, &phone.chain(Day::from_number(day)).start().0);
    let mut r = [0; 32];
    r[0] = 1;
    let secret = SigningKey::from_bytes(&SEED).to_scalar();
    let public = issuer(SEED).public().to_bytes();
    let h: [u8; 64] = Sha512::digest([&r[..], &public, &message].concat()).into();
    let s = Scalar::from_bytes_mod_order_wide(&h) * secret;
    bytes[27..59].copy_from_slice(&r);
    bytes[59..].copy_from_slice(s.as_bytes());
    let signature = ed25519_dalek::Signature::from_slice(&bytes[27..]).expect("64 bytes");
    let lax = ed25519_dalek::VerifyingKey::from_bytes(&public).expect("a key");
    assert!(ed25519_dalek::Verifier::verify(&lax, &message, &signature).is_ok(), "a lax verifier takes it");
}

fn qr(content: &str) -> String {
    let symbol = Symbol::encode(Symbology::Qr, content).expect("a symbol");
    format!("{}-{}", symbol.version().expect("of a QR"), symbol.level().expect("of a QR"))
}

fn revocation_lists() -> Vec<Case> {
    let now = during(period(TODAY, 600));
    let ask = |list: &[u8]| {
        let keys = world::at_till("", 0)["keys"].clone();
        json!({ "what": "revocations", "programme": PROGRAMME, "keys": keys, "list": hex(list) })
    };
    // Signed as it is, whatever it is.
    let signed = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = world::list(now, &[("9260000000000012", 3), ("9260000000000020", 65_535)]);
        bytes.truncate(bytes.len() - 64);
        change(&mut bytes);
        let signature = SigningKey::from_bytes(&SEED).sign(&bytes).to_bytes();
        bytes.extend(signature);
        bytes
    };
    let plain = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = signed(&|_| {});
        change(&mut bytes);
        bytes
    };
    let list = |name: &str, bytes: Vec<u8>, expected: &str| case(&format!("list: {name}"), ask(&bytes), expected);
    let mut cases = vec![
        list("two cards", signed(&|_| {}), "good"),
        list("an empty one", world::list(now, &[]), "good"),
        list("of cards with letters", world::list(now, &[("ZZ", 1), ("A0", 0), ("0A", 7)]), "good"),
        list("nothing", Vec::new(), "malformed"),
        list("91 bytes", plain(&|bytes| bytes.truncate(91)), "malformed"),
        list("another beginning", signed(&|bytes| bytes[0] = b'm'), "malformed"),
        list("version 2", signed(&|bytes| bytes[11] = 2), "malformed"),
        list("card numbers of length 0", signed(&|bytes| bytes[23] = 0), "malformed"),
        list("card numbers of length 19", signed(&|bytes| bytes[23] = 19), "malformed"),
        list("one entry more than there is", signed(&|bytes| bytes[27] = 3), "malformed"),
        list("one entry fewer than there is", signed(&|bytes| bytes[27] = 1), "malformed"),
        list("4,294,967,295 entries", signed(&|bytes| bytes[24..28].fill(255)), "malformed"),
        list("one byte too many", plain(&|bytes| bytes.push(0)), "malformed"),
        list("issued after the last day", signed(&|bytes| bytes[15..23].fill(255)), "malformed"),
        list("a small letter in a card number", signed(&|bytes| bytes[30] = b'a'), "malformed"),
        list("not ASCII in a card number", signed(&|bytes| bytes[30] = 0xe9), "malformed"),
        list("not in order", signed(&|bytes| bytes[28..].rotate_left(18)), "malformed"),
        list("a card twice", signed(&|bytes| bytes[28 + 18..].copy_from_slice(b"9260000000000012\0\x04")), "malformed"),
        list("an unknown key", signed(&|bytes| bytes[12] ^= 1), "unknown-issuer"),
        list("issued when the key was not good yet", signed(&|bytes| bytes[15..23].fill(0)), "unknown-issuer"),
        list("a changed device number", plain(&|bytes| bytes[45] ^= 1), "forged"),
        list("a changed time", plain(&|bytes| bytes[22] ^= 1), "forged"),
        list("a changed signature", plain(&|bytes| bytes[64] ^= 1), "forged"),
        list("malformed entries that nobody has signed", plain(&|bytes| bytes[30] = b'a'), "forged"),
    ];
    let other =
        member_card::revocation::RevocationList::sign(&issuer(OTHER_SEED), UnixTime::from_seconds(now), Vec::new());
    cases.push(list("of another programme", other.expect("a list"), "wrong-programme"));
    cases
}
