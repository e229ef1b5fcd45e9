//! The modules beside those of encoders that are not ours, for the same choices: `qrcodegen` for QR, `rxing` for Aztec and PDF417,
//! which are our own work.

use member_card::symbol::{Level, Symbol, Symbology};
use proptest::prelude::*;
use qrcodegen::{Mask, QrCode, QrCodeEcc, QrSegment, QrSegmentMode, Version};
use rxing::aztec::encoder::aztec_encoder;
use rxing::common::BitMatrix;
use rxing::pdf417::encoder::PDF417;

fn encode(symbology: Symbology, content: &str) -> Symbol {
    Symbol::encode(symbology, content).expect("content that can be encoded")
}

/// Of our own choice of segments, the one way to see them is the reference's: as few bits as any split into two takes.
fn qr_segments(content: &str) -> Vec<QrSegment> {
    let segment = |part: &str| {
        let numeric = part.bytes().all(|byte| byte.is_ascii_digit());
        if numeric { QrSegment::make_numeric(part) } else { QrSegment::make_alphanumeric(part) }
    };
    let bits = |segments: &[QrSegment]| {
        // Mode and length field of versions 1 to 9, then the data.
        let head = |segment: &QrSegment| if segment.mode() == QrSegmentMode::Numeric { 4 + 10 } else { 4 + 9 };
        segments.iter().map(|s| head(s) + s.data().len()).sum::<usize>()
    };
    let split = |at: usize| vec![segment(&content[..at]), segment(&content[at..])];
    let splits = (1..content.len()).map(split);
    std::iter::once(vec![segment(content)]).chain(splits).min_by_key(|segments| bits(segments)).expect("one at least")
}

/// The mask out of the format information beside the upper left finder pattern (ISO/IEC 18004, 7.9.1).
fn mask(symbol: &Symbol) -> u8 {
    let bits = [(2, 8), (3, 8), (4, 8)].map(|(x, y)| symbol.is_dark(x, y));
    let masked = bits.iter().fold(0, |mask, dark| mask << 1 | u8::from(*dark));
    // The pattern over the format information is 101010000010010; these are its third to fifth bits.
    masked ^ 0b101
}

fn check_qr(content: &str) {
    let symbol = encode(Symbology::Qr, content);
    let (version, level) = symbol.version().zip(symbol.level()).expect("a QR Code");
    let level = match level {
        Level::M => QrCodeEcc::Medium,
        Level::Q => QrCodeEcc::Quartile,
        Level::H => QrCodeEcc::High,
    };
    let version = Version::new(version);
    let mask = Mask::new(mask(&symbol));
    let segments = qr_segments(content);
    let reference = QrCode::encode_segments_advanced(&segments, level, version, version, Some(mask), false)
        .expect("a content that fits as well");
    let side = reference.size();
    assert_eq!(i64::from(symbol.width()), i64::from(side));
    let expected: Vec<bool> =
        (0..side).flat_map(|y| (0..side).map(move |x| (x, y))).map(|(x, y)| reference.get_module(x, y)).collect();
    assert!(symbol.rows().flatten().eq(&expected), "{symbol:?} of {content}");
}

fn rows(matrix: &BitMatrix) -> Vec<Vec<bool>> {
    (0..matrix.height()).map(|y| (0..matrix.width()).map(|x| matrix.get(x, y)).collect()).collect()
}

/// The reference's rule for error correction is another, so it is told which size to make.
fn check_aztec(content: &str) {
    let symbol = encode(Symbology::Aztec, content);
    let side = symbol.width();
    // Compact: 11 modules and 4 for each layer. Full: 15, and 2 more for each line of the reference grid.
    let layers = match side {
        ..=27 => -((i32::try_from(side).expect("a small symbol") - 11) / 4),
        _ => (4..=32)
            .find(|layers| {
                let base = 14 + 4 * layers;
                base + 1 + 2 * ((base / 2 - 1) / 15) == i32::try_from(side).expect("a small symbol")
            })
            .expect("a size that there is"),
    };
    let reference = aztec_encoder::encode(content, 0, layers).expect("a content that fits as well");
    assert_eq!(
        symbol.rows().map(<[bool]>::to_vec).collect::<Vec<_>>(),
        rows(reference.getMatrix()),
        "{symbol:?} of {content}"
    );
}

fn check_pdf417(content: &str) {
    let symbol = encode(Symbology::Pdf417, content);
    let (columns, height) = ((symbol.width() - 69) / 17, symbol.height());
    let mut reference = PDF417::new();
    reference.setDimensions(columns, columns, height, height);
    // The level of error correction stands in the second row's left indicator, and follows from how much data there is.
    let levels = (2..=5).filter(|level| {
        let mut other = PDF417::new();
        other.setDimensions(columns, columns, height, height);
        other.generateBarcodeLogic(content, *level).is_ok()
            && modules(&other) == symbol.rows().map(<[bool]>::to_vec).collect::<Vec<_>>()
    });
    assert_eq!(levels.count(), 1, "{symbol:?} of {content}");
}

fn modules(code: &PDF417) -> Vec<Vec<bool>> {
    let matrix = code.getBarcodeMatrix().as_ref().expect("a code that was made").getScaledMatrix(1, 1);
    // ZXing's rows come from the bottom.
    matrix.iter().rev().map(|row| row.iter().map(|module| *module == 1).collect()).collect()
}

#[test]
fn qr_is_the_reference_s() {
    for content in ["9260000000000012", "AB60000000000012", "1", "A", "926000000000001200824316"] {
        check_qr(content);
    }
    check_qr(&"0123456789".repeat(24)[..237]);
    check_qr(&format!("AB{}", "7".repeat(235)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn qr_agrees(content in "[0-9]{1,300}|[A-Z]{1,150}|[A-Z]{1,18}[0-9]{0,250}|[A-Z]{0,9}[0-9A-Z]{1,9}") {
        check_qr(&content);
    }

    #[test]
    fn aztec_agrees(content in "[0-9]{1,300}|[A-Z]{1,150}|[A-Z]{1,18}[0-9]{0,250}") {
        check_aztec(&content);
    }

    #[test]
    fn pdf417_agrees(content in "[0-9]{13,300}|[A-Z]{5,150}|[A-Z]{5,18}[0-9]{13,250}") {
        // Fewer than five letters ZXing puts in bytes.
        check_pdf417(&content);
    }
}
