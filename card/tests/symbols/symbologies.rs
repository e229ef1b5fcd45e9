//! The other symbologies: what each holds and refuses, how large it gets, and that every drawing of it is read.

#![expect(clippy::needless_pass_by_value, reason = "`check(input, expect![...])` reads as the sample that it is")]

use expect_test::{Expect, expect};
use member_card::draw::{self, TerminalStyle};
use member_card::symbol::{QuietZone, Symbol, SymbolError, Symbology, ean13_check_digit};
use proptest::prelude::*;

use crate::drawings::{STYLES, picture_of_png, picture_of_svg, pictures_of_terminal};
use crate::picture::Picture;

/// What every symbology but EAN-13 holds.
const ALPHABET: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

fn encode(symbology: Symbology, content: &str) -> Symbol {
    Symbol::encode(symbology, content).expect("content that can be encoded")
}

/// Read with some white around it, as on a card.
fn read(picture: &Picture) -> Option<(Symbology, String)> {
    picture.on_paper(20).read().ok()
}

fn check(symbology: Symbology, content: &str, expect: Expect) {
    let symbol = encode(symbology, content);
    let read = read(&Picture::of_modules(&symbol).enlarged(3));
    assert_eq!(read, Some((symbology, content.to_owned())), "{symbology:?}");
    expect.assert_eq(&format!("{} by {}", symbol.width(), symbol.height()));
}

fn check_refused(symbology: Symbology, content: &str, expect: Expect) {
    expect.assert_eq(&Symbol::encode(symbology, content).expect_err("content that is refused").to_string());
}

#[test]
fn names() {
    let names = Symbology::ALL.map(Symbology::name);
    assert_eq!(names, ["qr", "code128", "ean13", "pdf417", "aztec", "data-matrix"]);
    assert_eq!(Symbology::ALL.map(|symbology| Symbology::from_name(symbology.name())), Symbology::ALL.map(Some));
    for unknown in ["QR", "", "maxicode", "ean-13", "code_128"] {
        assert_eq!(Symbology::from_name(unknown), None, "{unknown}");
    }
}

/// A card number of digits, one with letters, a rotating code, an offline proof.
#[test]
fn sizes() {
    let (number, letters) = ("9260000000000012", "AB60000000000012");
    let (rotating, proof) = ("9260000000000012".to_owned() + "00824316", "0123456789".repeat(24)[..237].to_owned());
    // Eight pairs and start, check and stop; letters first take a code set of their own, and a change of it.
    check(Symbology::Code128, number, expect!["123 by 1"]);
    check(Symbology::Code128, letters, expect!["145 by 1"]);
    check(Symbology::Code128, &rotating, expect!["167 by 1"]);
    check(Symbology::Ean13, "9310000000018", expect!["95 by 1"]);
    check(Symbology::Pdf417, number, expect!["86 by 16"]);
    check(Symbology::Pdf417, letters, expect!["86 by 16"]);
    check(Symbology::Pdf417, &rotating, expect!["103 by 10"]);
    check(Symbology::Pdf417, &proof, expect!["154 by 20"]);
    check(Symbology::Aztec, number, expect!["19 by 19"]);
    check(Symbology::Aztec, letters, expect!["19 by 19"]);
    check(Symbology::Aztec, &rotating, expect!["19 by 19"]);
    check(Symbology::Aztec, &proof, expect!["45 by 45"]);
    check(Symbology::DataMatrix, number, expect!["14 by 14"]);
    check(Symbology::DataMatrix, letters, expect!["16 by 16"]);
    check(Symbology::DataMatrix, &rotating, expect!["16 by 16"]);
    check(Symbology::DataMatrix, &proof, expect!["44 by 44"]);
}

#[test]
fn what_each_refuses() {
    for symbology in Symbology::ALL {
        check_refused(symbology, "", expect!["an empty content has no symbol"]);
        if symbology != Symbology::Ean13 {
            let refused = "character 3 is 'a': the symbol can hold 0-9, A-Z, space and $ % * + - . / :";
            assert_eq!(Symbol::encode(symbology, "12a4").expect_err("no capital").to_string(), refused);
        }
    }
    check_refused(Symbology::Ean13, "931000000001A", expect!["character 13 is 'A': an EAN-13 holds digits only"]);
    check_refused(Symbology::Ean13, "93100000000٣", expect!["character 12 is '٣': an EAN-13 holds digits only"]);
    check_refused(Symbology::Ean13, "931000000001", expect!["the content has 12 digits: an EAN-13 has 13"]);
    check_refused(Symbology::Ean13, "9260000000000012", expect!["the content has 16 digits: an EAN-13 has 13"]);
    check_refused(
        Symbology::Ean13,
        "9310000000012",
        expect!["the last digit is 2: the check digit of those before it is 8"],
    );
    check_refused(
        Symbology::Code128,
        &"1".repeat(49),
        expect!["the content has 49 characters: the largest symbol holds 48 of this kind"],
    );
    for symbology in [Symbology::Pdf417, Symbology::Aztec, Symbology::DataMatrix] {
        check_refused(
            symbology,
            &"1".repeat(801),
            expect!["the content has 801 characters: the largest symbol holds 800 of this kind"],
        );
    }
}

/// The maxima that the errors name are true, whatever the characters are.
#[test]
fn the_largest_symbols() {
    for content in ["1", "A", "A1", ":1A.", "/"].map(|part| part.repeat(800)[..800].to_owned()) {
        for symbology in [Symbology::Pdf417, Symbology::Aztec, Symbology::DataMatrix] {
            let symbol = encode(symbology, &content);
            assert_eq!(
                read(&Picture::of_modules(&symbol).enlarged(3)),
                Some((symbology, content.clone())),
                "{symbol:?}"
            );
            assert!(symbol.width() <= 600, "{symbol:?}: what `draw::MAX_PIXELS_PER_MODULE` says");
        }
        assert!(Symbol::encode(Symbology::Code128, &content[..48]).is_ok());
    }
}

#[test]
fn only_twelve_digits_have_a_check_digit() {
    assert_eq!(ean13_check_digit("931000000001"), Some(8));
    for other in ["", "93100000000", "9310000000018", "93100000000A", "9310000000é"] {
        assert_eq!(ean13_check_digit(other), None, "{other}");
    }
}

#[test]
fn a_symbol_becomes_one_of_another_symbology_that_holds_it() {
    let symbol = encode(Symbology::Qr, "9260000000000012");
    assert_eq!(symbol.to_symbology(Symbology::Aztec), Symbol::encode(Symbology::Aztec, "9260000000000012"));
    assert_eq!(symbol.to_symbology(Symbology::Ean13), Err(SymbolError::Length { length: 16, expected: 13 }));
}

#[test]
fn debug_tells_nothing_of_the_content() {
    assert_eq!(format!("{:?}", encode(Symbology::Ean13, "9310000000018")), "Symbol(ean13, 95 by 1 modules)");
    assert_eq!(format!("{:?}", encode(Symbology::Aztec, "1")), "Symbol(aztec, 15 by 15 modules)");
}

/// Light modules at the left, the right, and above and below, in every drawing.
#[test]
fn quiet_zones() {
    let zone = |left, right, vertical| QuietZone { left, right, vertical };
    for (symbology, expected) in [
        (Symbology::Code128, zone(10, 10, 0)),
        (Symbology::Ean13, zone(11, 7, 0)),
        (Symbology::Pdf417, zone(2, 2, 2)),
        (Symbology::Aztec, zone(0, 0, 0)),
        (Symbology::DataMatrix, zone(1, 1, 1)),
    ] {
        let symbol = encode(symbology, "9310000000018");
        assert_eq!(symbol.quiet_zone(), expected, "{symbology:?}");
        let margins = [expected.vertical, expected.right, expected.vertical, expected.left].map(|side| side as usize);
        assert_eq!(picture_of_png(&draw::png(&symbol, 1).expect("a picture")).margins(), margins, "{symbology:?}");
    }
}

#[test]
fn every_drawing_is_the_same_and_is_read() {
    for symbology in Symbology::ALL {
        let content = "9310000000018";
        let symbol = encode(symbology, content);
        let modules = Picture::of_modules(&symbol);
        assert_eq!(picture_of_svg(&draw::svg(&symbol, "Card"), 3).shrunk(3), modules, "{symbology:?}");
        assert_eq!(picture_of_png(&draw::png(&symbol, 3).expect("a picture")).shrunk(3), modules, "{symbology:?}");
        for style in STYLES {
            let size = (draw::terminal_width(&symbol) as usize, draw::terminal_height(&symbol) as usize);
            for mut picture in pictures_of_terminal(&symbol, style) {
                assert_eq!((picture.rows[0].len(), picture.rows.len()), (size.0, 2 * size.1), "{symbology:?}");
                assert_eq!(read(&picture.enlarged(4)), Some((symbology, content.to_owned())), "{style:?}");
                let bars = if symbology.is_linear() { 24 } else { symbol.row_height() };
                let expected = Picture::of_rows(&symbol, bars);
                if picture.rows.len() > expected.rows.len() {
                    assert!(picture.rows.pop().expect("a last row").iter().all(|dark| !dark), "the spare row is light");
                }
                assert_eq!(picture, expected, "{symbology:?} {style:?}");
            }
        }
        // The plain styles on the wrong terminal are another picture: the test above can fail.
        let wrong = crate::drawings::picture_of_terminal(&draw::terminal(&symbol, TerminalStyle::Plain), true);
        assert_ne!(wrong, Picture::of_modules(&symbol), "{symbology:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_content_is_read(
        content in "[0-9A-Z]{1,18}|[0-9]{1,48}|[0-9A-Z $%*+./:-]{1,48}|[0-9A-Z]{1,18}[0-9]{200}",
        symbology in prop::sample::select(&Symbology::ALL),
    ) {
        prop_assert!(content.chars().all(|character| ALPHABET.contains(character)));
        match Symbol::encode(symbology, &content) {
            Ok(symbol) => {
                prop_assert_eq!(read(&Picture::of_modules(&symbol).enlarged(3)), Some((symbology, content)));
            }
            Err(SymbolError::TooLong { length, maximum }) => {
                prop_assert!(symbology == Symbology::Code128 && length == content.len() && length > maximum);
            }
            Err(error) => prop_assert!(symbology == Symbology::Ean13, "{error}"),
        }
    }

    #[test]
    fn every_ean_with_its_check_digit_is_read_and_no_other(digits in "[0-9]{12}", last in 0_u8..10) {
        let content = format!("{digits}{last}");
        // From the left: an even place counts three times.
        let sum = digits.bytes().zip([1, 3].into_iter().cycle()).map(|(d, weight)| u32::from(d - b'0') * weight).sum::<u32>();
        let expected = u8::try_from((10 - sum % 10) % 10).expect("a digit");
        let encoded = Symbol::encode(Symbology::Ean13, &content);
        prop_assert_eq!(ean13_check_digit(&digits), Some(expected));
        if last == expected {
            let read = read(&Picture::of_modules(&encoded.expect("a symbol")).enlarged(3));
            prop_assert_eq!(read, Some((Symbology::Ean13, content)));
        } else {
            prop_assert_eq!(encoded, Err(SymbolError::CheckDigit { found: last, expected }));
        }
    }

    #[test]
    fn any_text_is_encoded_or_refused(content in any::<String>(), symbology in prop::sample::select(&Symbology::ALL)) {
        match Symbol::encode(symbology, &content) {
            Ok(symbol) => prop_assert!(symbol.width() >= 10),
            Err(SymbolError::Character { position, character } | SymbolError::Digit { position, character }) => {
                prop_assert_eq!(content.chars().nth(position - 1), Some(character));
            }
            Err(error) => prop_assert!(content.is_empty() || symbology == Symbology::Ean13, "{error}"),
        }
    }
}
