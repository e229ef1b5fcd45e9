//! Damage: codes and lists that were changed anywhere, and texts and bytes that never were any. All are refused, with the reason
//! that belongs to the field that was hit, and nothing panics.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use member_card::payload::Payload;
use member_card::revocation::RevocationList;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::ask::{answer, text};
use crate::vectors::{proof_bytes, with_bytes};
use crate::world::{NUMBER, Phone, TODAY, at_till, during, list, period};

const ALPHABET: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

fn reason(code: &str, now: u64) -> String {
    // The keys are worked out once: thousands of codes are asked.
    static ASK: LazyLock<Value> = LazyLock::new(|| at_till("", 0));
    let mut ask = ASK.clone();
    (ask["code"], ask["now"]) = (code.into(), now.into());
    text(&answer(&ask)["verdict"]).to_owned()
}

/// The reason by the document, found from the fields that differ from those of a good code in its own period.
fn expected(good: &str, bad: &str) -> &'static str {
    let digits = &bad[16..];
    if digits.bytes().any(|byte| !byte.is_ascii_digit()) {
        return "malformed";
    }
    let too_large =
        |group: &[u8]| std::str::from_utf8(group).expect("digits").parse::<u64>().expect("digits") >= 1 << 56;
    if digits.as_bytes().chunks(17).any(too_large) {
        return "malformed";
    }
    let (was, is) = (proof_bytes(good, 16), proof_bytes(bad, 16));
    let two = |bytes: &[u8], at: usize| i64::from(u16::from_be_bytes([bytes[at], bytes[at + 1]]));
    if is[0] != 1 || two(&is, 9) >= 1440 {
        return "malformed";
    }
    let (day, today) = (two(&is, 7), two(&was, 7));
    if is[1..4] != was[1..4] || (day - today).abs() > 7 {
        return "unknown-issuer";
    }
    if !bad.starts_with("926") {
        return "wrong-programme";
    }
    match day * 1440 + two(&is, 9) - today * 1440 - two(&was, 9) {
        ..-1 => "expired",
        2.. => "future",
        _ => "forged",
    }
}

#[test]
fn every_changed_character_is_refused_for_its_own_reason() {
    let (phone, at) = (Phone::new(NUMBER, 1), period(TODAY, 719));
    let (good, now) = (phone.proof(at), during(at));
    assert_eq!(reason(&good, now), "accepted");
    let mut seen = BTreeMap::<String, u32>::new();
    for position in 0..good.len() {
        for character in ALPHABET.iter().filter(|character| **character != good.as_bytes()[position]) {
            let mut bad = good.clone().into_bytes();
            bad[position] = *character;
            let bad = String::from_utf8(bad).expect("ASCII");
            let found = reason(&bad, now);
            assert_eq!(found, expected(&good, &bad), "{} at {position}", *character as char);
            *seen.entry(found).or_default() += 1;
        }
    }
    // Each reason that a changed character can have was met.
    let seen: Vec<_> = seen.into_keys().collect();
    assert_eq!(seen, ["expired", "forged", "future", "malformed", "unknown-issuer", "wrong-programme"]);
}

#[test]
fn every_dropped_or_added_character_is_malformed() {
    let (phone, at) = (Phone::new(NUMBER, 1), period(TODAY, 719));
    let (good, now) = (phone.proof(at), during(at));
    for position in 0..good.len() {
        let dropped = format!("{}{}", &good[..position], &good[position + 1..]);
        assert_eq!(reason(&dropped, now), "malformed", "without {position}");
    }
    for position in 0..=good.len() {
        for character in ALPHABET {
            let added = format!("{}{}{}", &good[..position], *character as char, &good[position..]);
            assert_eq!(reason(&added, now), "malformed", "{} before {position}", *character as char);
        }
    }
}

#[test]
fn every_changed_bit_is_refused() {
    let (phone, at) = (Phone::new(NUMBER, 1), period(TODAY, 719));
    let (good, now) = (phone.proof(at), during(at));
    for bit in 0..91 * 8 {
        let bad = with_bytes(&good, 16, |bytes| bytes[bit / 8] ^= 1 << (bit % 8));
        assert_eq!(reason(&bad, now), expected(&good, &bad), "bit {bit}");
    }
}

#[test]
fn every_changed_byte_of_a_list_is_refused() {
    let now = during(period(TODAY, 719));
    let good = list(now, &[(NUMBER, 3), ("9260000000000020", 9)]);
    let keys = at_till("", 0)["keys"].clone();
    let ask = |list: &[u8]| -> Value {
        answer(&json!({ "what": "revocations", "programme": "example", "keys": keys, "list": crate::ask::hex(list) }))
    };
    assert_eq!(ask(&good)["verdict"], "good");
    for at in 0..good.len() {
        for flip in [1, 0x80] {
            let mut bad = good.clone();
            bad[at] ^= flip;
            assert_ne!(ask(&bad)["verdict"], "good", "byte {at}");
        }
        assert_ne!(ask(&good[..at])["verdict"], "good", "cut off at {at}");
    }
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in any::<String>(), length in 0..40_usize, now in any::<u64>()) {
        if let Ok(payload) = Payload::parse(&text, length) {
            prop_assert_eq!(payload.text(), text.trim_matches(|c: char| c.is_ascii_whitespace()));
        }
        prop_assert_ne!(reason(&text, now), "");
    }

    /// Texts that look like codes: the parser gets far with them.
    #[test]
    fn any_code_is_read_or_refused(
        number in "[0-9A-Z]{1,18}",
        digits in "([0-9]{8}|(0[0-9]{16}){13}|[0-9]{221})",
        now in any::<u64>(),
    ) {
        let text = format!("{number}{digits}");
        if let Ok(payload) = Payload::parse(&text, number.len()) {
            prop_assert_eq!(payload.number().as_str(), &number);
            prop_assert_eq!(payload.text(), text.clone());
        }
        let mut ask = at_till(&text, now);
        ask["programme"]["number_length"] = number.len().into();
        // A rotating code is nothing that a till can judge; of what was made up, none is a proof.
        prop_assert!(answer(&ask)["verified"] != true);
    }

    /// 91 bytes that begin well: every field is met, and what was read is what was written.
    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 90), now in any::<u64>()) {
        let (phone, at) = (Phone::new(NUMBER, 1), period(TODAY, 719));
        let text = with_bytes(&phone.proof(at), 16, |proof| proof[1..].copy_from_slice(&bytes));
        let index = u16::from_be_bytes([bytes[8], bytes[9]]);
        match Payload::parse(&text, 16) {
            Ok(payload) => {
                prop_assert!(index < 1440);
                prop_assert_eq!(payload.text(), text.clone());
            }
            Err(_) => prop_assert!(index >= 1440),
        }
        prop_assert_ne!(reason(&text, now), "accepted");
    }

    #[test]
    fn any_bytes_are_no_list(
        bytes in prop::collection::vec(any::<u8>(), 0..400),
        begins in any::<bool>(),
        length in 0..20_u8,
        count in 0..5_u8,
    ) {
        let mut bytes = bytes;
        if begins && bytes.len() > 28 {
            bytes[..12].copy_from_slice(b"MP1 revoked\x01");
            bytes[15..19].fill(0);
            bytes[23..28].copy_from_slice(&[length, 0, 0, 0, count]);
        }
        prop_assert!(RevocationList::read(&bytes, &[], "example").is_err());
    }
}
