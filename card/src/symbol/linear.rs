//! Codes of bars: Code 128 by the crate `code128`, EAN-13 by `barcoders`. One row of modules. Knows nothing of how tall it is drawn.

use barcoders::sym::ean13::EAN13;
use code128::Code128;

use super::{SymbolError, check_alphabet};

/// The longest content of a Code 128: what GS1-128 allows (GS1 General Specifications, 5.4.1). At 0.264 mm a module 48 letters are
/// 16 cm, more than any telephone is wide.
const MOST_IN_CODE_128: usize = 48;

const DIGITS_OF_EAN_13: usize = 13;

/// Code 128 (ISO/IEC 15417), with the code sets that make it shortest: digits in pairs.
pub(super) fn code_128(content: &str) -> Result<Vec<bool>, SymbolError> {
    check_alphabet(content)?;
    if content.len() > MOST_IN_CODE_128 {
        return Err(SymbolError::TooLong { length: content.len(), maximum: MOST_IN_CODE_128 });
    }
    let mut dark = Vec::new();
    for bar in Code128::encode(content.as_bytes()).bars() {
        dark.extend(std::iter::repeat_n(true, bar.width.into()));
        dark.extend(std::iter::repeat_n(false, bar.space.into()));
    }
    Ok(dark)
}

/// EAN-13 (ISO/IEC 15420): 13 digits, of which the last is checked, never mended.
pub(super) fn ean_13(content: &str) -> Result<Vec<bool>, SymbolError> {
    if let Some((index, character)) = content.chars().enumerate().find(|(_, c)| !c.is_ascii_digit()) {
        return Err(SymbolError::Digit { position: index + 1, character });
    }
    let digits: Vec<u8> = content.bytes().map(|digit| digit - b'0').collect();
    let [.., found] = digits[..] else { return Err(SymbolError::Empty) };
    if digits.len() != DIGITS_OF_EAN_13 {
        return Err(SymbolError::Length { length: digits.len(), expected: DIGITS_OF_EAN_13 });
    }
    let expected = check_digit(&digits[..DIGITS_OF_EAN_13 - 1]);
    if found != expected {
        return Err(SymbolError::CheckDigit { found, expected });
    }
    // Cannot fail: 13 digits with the right check digit.
    let bars = EAN13::new(content).expect("13 digits with their check digit").encode();
    Ok(bars.into_iter().map(|module| module == 1).collect())
}

/// The digit that follows from the first twelve; `None` where these are not twelve digits.
pub fn ean13_check_digit(first_twelve: &str) -> Option<u8> {
    let digits: Vec<u8> = first_twelve.bytes().filter(u8::is_ascii_digit).map(|digit| digit - b'0').collect();
    (digits.len() == 12 && first_twelve.len() == 12).then(|| check_digit(&digits))
}

/// GS1 General Specifications, 7.9.1: from the right, every other digit counts three times.
fn check_digit(digits: &[u8]) -> u8 {
    let weights = [3, 1].into_iter().cycle();
    let sum = digits.iter().rev().zip(weights).fold(0_u32, |sum, (digit, weight)| sum + u32::from(*digit) * weight);
    // Below ten, so nothing is cut off.
    u8::try_from((10 - sum % 10) % 10).unwrap_or_default()
}
