//! Which mode, version and level a content gets, and what is refused.

#![expect(clippy::needless_pass_by_value, reason = "`check(input, expect![...])` reads as the sample that it is")]

use expect_test::{Expect, expect};
use member_card::symbol::{Level, Symbol, SymbolError, Symbology};
use proptest::prelude::*;

use crate::picture::Picture;

fn encode(content: &str) -> Symbol {
    Symbol::encode(Symbology::Qr, content).expect("content that can be encoded")
}

/// `6-M`.
fn qr(symbol: &Symbol) -> String {
    let (version, level) = symbol.version().zip(symbol.level()).expect("a QR Code");
    format!("{version}-{level}")
}

/// By our account and by the foreign decoder's.
fn check(content: &str, expect: Expect) {
    let symbol = encode(content);
    let decoded = Picture::of_modules(&symbol).enlarged(4).decode();
    assert_eq!(decoded.text, content);
    assert_eq!(decoded.version_and_level, qr(&symbol));
    let mode = match decoded.mode {
        1 => "numeric",
        2 => "alphanumeric",
        other => panic!("mode {other}"),
    };
    expect.assert_eq(&format!("{} {mode}, {} modules", decoded.version_and_level, symbol.width()));
}

fn check_refused(content: &str, expect: Expect) {
    expect.assert_eq(&Symbol::encode(Symbology::Qr, content).expect_err("content that is refused").to_string());
}

#[test]
fn smallest_version_then_highest_level() {
    // A card number of digits, then one with letters.
    check("9260000000000012", expect!["1-H numeric, 21 modules"]);
    check("AB60000000000012", expect!["1-Q alphanumeric, 21 modules"]);
    // A rotating code: 16 + 8 digits, and the longest there can be with a number of letters.
    check(&"1".repeat(24), expect!["1-Q numeric, 21 modules"]);
    check("ABCDEFGHIJKLMNOPQR12345678", expect!["2-Q alphanumeric, 25 modules"]);
    // The last that fits, and the first that does not.
    check(&"1".repeat(17), expect!["1-H numeric, 21 modules"]);
    check(&"1".repeat(18), expect!["1-Q numeric, 21 modules"]);
    check(&"1".repeat(34), expect!["1-M numeric, 21 modules"]);
    check(&"1".repeat(35), expect!["2-Q numeric, 25 modules"]);
    check(&"A".repeat(38), expect!["2-M alphanumeric, 25 modules"]);
    check(&"A".repeat(39), expect!["3-Q alphanumeric, 29 modules"]);
    check(&"A".repeat(47), expect!["3-Q alphanumeric, 29 modules"]);
    check(&"A".repeat(48), expect!["3-M alphanumeric, 29 modules"]);
    // Two segments: letters of the card number, then digits. One of letters and digits would be 8-M.
    check(&format!("AB{}", "1".repeat(235)), expect!["6-M alphanumeric, 41 modules"]);
    check(&format!("0000AB0000000012{}", "1".repeat(221)), expect!["6-M alphanumeric, 41 modules"]);
    // An offline proof.
    check(&"1".repeat(237), expect!["6-M numeric, 41 modules"]);
    check(&"1".repeat(255), expect!["6-M numeric, 41 modules"]);
    check(&"1".repeat(256), expect!["7-M numeric, 45 modules"]);
    check(&"A".repeat(154), expect!["6-M alphanumeric, 41 modules"]);
    // The length field grows at version 10.
    check(&"1".repeat(600), expect!["11-M numeric, 61 modules"]);
    check("0", expect!["1-H numeric, 21 modules"]);
    check("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:", expect!["3-Q numeric, 29 modules"]);
}

#[test]
fn what_has_no_symbol() {
    check_refused("", expect!["an empty content has no symbol"]);
    check_refused("12a4", expect!["character 3 is 'a': the symbol can hold 0-9, A-Z, space and $ % * + - . / :"]);
    check_refused("ŁÓDŹ", expect!["character 1 is 'Ł': the symbol can hold 0-9, A-Z, space and $ % * + - . / :"]);
    check_refused("12,5", expect!["character 3 is ',': the symbol can hold 0-9, A-Z, space and $ % * + - . / :"]);
    check_refused(
        &"1".repeat(5597),
        expect!["the content has 5597 characters: the largest symbol holds 5596 of this kind"],
    );
    check_refused(
        &"A".repeat(3392),
        expect!["the content has 3392 characters: the largest symbol holds 3391 of this kind"],
    );
}

/// The maxima that the errors name are true: one more is refused, they themselves are not.
#[test]
fn the_largest_symbols() {
    for content in ["1".repeat(5596), "A".repeat(3391)] {
        let symbol = encode(&content);
        assert_eq!((symbol.version(), symbol.level(), symbol.width()), (Some(40), Some(Level::M), 177));
    }
}

/// Every length that there is: nothing that the capacity check lets through is refused by the encoder.
#[test]
fn every_length_has_a_symbol() {
    for (character, maximum) in [("1", 5596), ("A", 3391)] {
        let all = character.repeat(maximum);
        // Past the first versions each takes milliseconds: every 97th, which is prime, meets all kinds of remainders.
        for length in (1..300).chain((300..=maximum).step_by(97)) {
            let symbol = encode(&all[..length]);
            assert_eq!(symbol.rows().count(), symbol.height() as usize);
        }
    }
}

#[test]
fn debug_tells_nothing_of_the_content() {
    let one = encode("9260000000000012");
    let other = encode("9260000000000013");
    assert_ne!(one, other);
    assert_eq!(format!("{one:?}"), "Symbol(qr 1-H, 21 modules)");
    assert_eq!(format!("{one:?}"), format!("{other:?}"));
}

#[test]
fn outside_of_the_symbol_is_light() {
    let symbol = encode("1");
    assert!(symbol.is_dark(0, 0) && symbol.is_dark(20, 0) && symbol.is_dark(0, 20), "finder patterns");
    for (x, y) in [(21, 0), (0, 21), (21, 21), (u32::MAX, 0), (0, u32::MAX)] {
        assert!(!symbol.is_dark(x, y));
    }
}

proptest! {
    #[test]
    fn card_numbers_are_read(number in "[0-9A-Z]{1,18}|[0-9]{1,18}") {
        let symbol = encode(&number);
        prop_assert!(symbol.version() == Some(1), "{symbol:?}");
        // Decoders forgive a mirrored symbol; the one module that is always dark (ISO/IEC 18004, 7.9.1) does not.
        prop_assert!(symbol.is_dark(8, 13));
        prop_assert_eq!(Picture::of_modules(&symbol).enlarged(4).decode().text, number);
    }

    #[test]
    fn any_text_is_encoded_or_refused(content in any::<String>()) {
        match Symbol::encode(Symbology::Qr, &content) {
            Ok(symbol) => prop_assert!(symbol.width() >= 21),
            Err(SymbolError::Character { position, character }) => {
                prop_assert_eq!(content.chars().nth(position - 1), Some(character));
            }
            Err(error) => prop_assert!(error == SymbolError::Empty && content.is_empty(), "{error}"),
        }
    }
}
