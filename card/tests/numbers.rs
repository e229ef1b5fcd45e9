//! Card numbers and payloads: what is accepted, what is refused and how that is said.

#![expect(clippy::needless_pass_by_value, reason = "`check(input, expect![...])` reads as the sample that it is")]

use expect_test::{Expect, expect};
use member_card::payload::{Payload, PayloadError};
use member_card::{CardNumber, CardNumberError};
use proptest::prelude::*;

fn check_number(text: &str, expect: Expect) {
    expect.assert_eq(&match CardNumber::parse(text) {
        Ok(number) => format!("{} | {} | {} | {number:?}", number.as_str(), number.grouped(), number.last4()),
        Err(error) => error.to_string(),
    });
}

fn check_payload(text: &str, number_length: usize, expect: Expect) {
    expect.assert_eq(&match Payload::parse(text, number_length) {
        Ok(payload) => format!("{payload:?} {}", payload.text()),
        Err(error) => error.to_string(),
    });
}

#[test]
fn card_numbers() {
    check_number("9260000000000012", expect!["9260000000000012 | 9260 0000 0000 0012 | 0012 | CardNumber(…0012)"]);
    check_number("Z", expect!["Z | Z | Z | CardNumber(…)"]);
    check_number("AB12", expect!["AB12 | AB12 | AB12 | CardNumber(…)"]);
    check_number("AB123", expect!["AB123 | AB12 3 | B123 | CardNumber(…B123)"]);
    check_number(
        "ABCDEFGHIJKLMNOPQR",
        expect!["ABCDEFGHIJKLMNOPQR | ABCD EFGH IJKL MNOP QR | OPQR | CardNumber(…OPQR)"],
    );
}

#[test]
fn what_is_no_card_number() {
    check_number("", expect!["the card number has 0 characters: it needs 1 to 18"]);
    check_number("1234567890123456789", expect!["the card number has 19 characters: it needs 1 to 18"]);
    check_number("9260 0000", expect!["character 5 of the card number is ' ': only 0-9 and capital A-Z can be in it"]);
    check_number("12a", expect!["character 3 of the card number is 'a': only 0-9 and capital A-Z can be in it"]);
    // Counted in characters, not bytes; a digit of another script is not a digit here; control characters stay visible.
    check_number("٣", expect!["character 1 of the card number is '٣': only 0-9 and capital A-Z can be in it"]);
    check_number(
        "1\u{1b}[2J",
        expect![[r"character 2 of the card number is '\u{1b}': only 0-9 and capital A-Z can be in it"]],
    );
    assert_eq!(CardNumber::parse("1é-"), Err(CardNumberError::Character { position: 2, character: 'é' }));
    assert_eq!(CardNumber::parse(&"7".repeat(19)), Err(CardNumberError::Length { length: 19 }));
}

/// A frozen sample: codes that are printed or in a wallet must go on being read.
#[test]
fn static_payload() {
    check_payload("9260000000000012", 16, expect!["Static(CardNumber(…0012)) 9260000000000012"]);
    check_payload(" \t9260000000000012\r\n", 16, expect!["Static(CardNumber(…0012)) 9260000000000012"]);
    check_payload("AB123", 5, expect!["Static(CardNumber(…B123)) AB123"]);
}

#[test]
fn malformed_payloads() {
    check_payload("", 16, expect!["malformed: the code is empty"]);
    check_payload("\r\n", 16, expect!["malformed: the code is empty"]);
    check_payload(
        "926000000000001",
        16,
        expect!["malformed: the code has 15 characters: a card of this programme has 16, 24 or 237"],
    );
    check_payload(
        "92600000000000012",
        16,
        expect!["malformed: the code has 17 characters: a card of this programme has 16, 24 or 237"],
    );
    check_payload(&"1".repeat(237), 16, expect!["malformed: a proof of version 39: this verifier knows version 1"]);
    check_payload(
        "  ab123",
        5,
        expect!["malformed: character 1 of the code is 'a': only 0-9 and capital A-Z can be in it"],
    );
    check_payload(
        "https://example.org",
        16,
        expect!["malformed: character 1 of the code is 'h': only 0-9 and capital A-Z can be in it"],
    );
    // A no-break space is no ASCII white space: no scanner adds it.
    check_payload(
        "9260\u{a0}",
        4,
        expect![[r"malformed: character 5 of the code is '\u{a0}': only 0-9 and capital A-Z can be in it"]],
    );
    check_payload("1", 0, expect!["a card number cannot have 0 characters: it has 1 to 18"]);
    check_payload("1", 19, expect!["a card number cannot have 19 characters: it has 1 to 18"]);
}

proptest! {
    #[test]
    fn a_payload_survives_the_scanner(text in "[0-9A-Z]{1,18}", before in "[ \t\r\n]{0,3}", after in "[ \t\r\n]{0,3}") {
        let payload = Payload::Static(CardNumber::parse(&text)?);
        let scanned = format!("{before}{}{after}", payload.text());
        prop_assert_eq!(Payload::parse(&scanned, text.len()), Ok(payload));
    }

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>(), number_length in 0..40_usize) {
        match CardNumber::parse(&text) {
            Ok(number) => prop_assert_eq!(number.as_str(), &text),
            Err(CardNumberError::Character { position, character }) => {
                prop_assert_eq!(text.chars().nth(position - 1), Some(character));
            }
            Err(error) => prop_assert_eq!(error, CardNumberError::Length { length: text.len() }),
        }
        match Payload::parse(&text, number_length) {
            Ok(payload) => prop_assert_eq!(payload.number().as_str().len(), number_length),
            Err(PayloadError::NumberLength { .. }) => prop_assert!(!(1..=18).contains(&number_length)),
            Err(_) => {}
        }
    }

    #[test]
    fn debug_shows_no_more_than_the_last_four(text in "[0-9A-Z]{5,18}") {
        let payload = Payload::Static(CardNumber::parse(&text)?);
        prop_assert_eq!(format!("{payload:?}"), format!("Static(CardNumber(…{}))", &text[text.len() - 4..]));
    }
}
