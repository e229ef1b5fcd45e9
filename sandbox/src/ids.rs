//! Makes what must not be guessed or must not collide: ids, tokens, codes and card numbers; and hashes secrets.
//!
//! Draws only from the Random port. Knows nothing of storage: who needs a unique number asks again on a collision.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use member_card::symbol::ean13_check_digit;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::ports::Random;
use crate::programme::Symbology;

/// Lower-case letters and digits without those that are mistaken for each other; 32 of them, so 5 bits each.
const ID_ALPHABET: &[u8; 32] = b"23456789abcdefghijkmnpqrstuvwxyz";
/// Voucher codes are read aloud and typed: no 0, 1, I or O.
const CODE_ALPHABET: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
/// Length of a voucher's code: 60 bits.
const VOUCHER_CODE_LEN: usize = 12;

/// A SHA-256 digest.
pub(crate) type Hash = [u8; 32];

/// An opaque id: `prefix`, a hyphen and 90 random bits.
pub(crate) fn id(random: &dyn Random, prefix: &str) -> String {
    format!("{prefix}-{}", letters::<18>(random, ID_ALPHABET))
}

fn letters<const LEN: usize>(random: &dyn Random, alphabet: &[u8; 32]) -> String {
    let mut bytes = [0; LEN];
    random.fill(&mut bytes);
    bytes.iter().map(|byte| char::from(alphabet[usize::from(byte % 32)])).collect()
}

/// A bearer token: 32 random bytes as base64url.
pub(crate) fn token(random: &dyn Random) -> String {
    let mut bytes = [0; 32];
    random.fill(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A code of 12 digits and letters for a voucher.
pub(crate) fn voucher_code(random: &dyn Random) -> String {
    letters::<VOUCHER_CODE_LEN>(random, CODE_ALPHABET)
}

/// `count` decimal digits, each equally likely.
pub(crate) fn digits(random: &dyn Random, count: usize) -> String {
    let mut digits = String::with_capacity(count);
    while digits.len() < count {
        let mut byte = [0];
        random.fill(&mut byte);
        // 250 is the largest multiple of 10 in a byte; without this the digits 0 to 5 would come more often.
        if byte[0] < 250 {
            digits.push(char::from(b'0' + byte[0] % 10));
        }
    }
    digits
}

/// A card number of `length` digits: `prefix`, random digits, and a check digit: that of EAN-13 where it is drawn as one, else Luhn's.
pub(crate) fn card_number(random: &dyn Random, prefix: &str, length: usize, symbology: Symbology) -> String {
    let mut number = prefix.to_owned();
    number.push_str(&digits(random, length.saturating_sub(prefix.len() + 1)));
    number.push(check_digit(&number, symbology));
    number
}

/// Whether `number` is all digits and its last one is the check digit of the others.
pub(crate) fn is_card_number(number: &str, symbology: Symbology) -> bool {
    match number.char_indices().next_back() {
        Some((at, last)) if number.bytes().all(|byte| byte.is_ascii_digit()) => {
            check_digit(&number[..at], symbology) == last
        }
        _ => false,
    }
}

fn check_digit(digits: &str, symbology: Symbology) -> char {
    let ean = if symbology == Symbology::Ean13 { ean13_check_digit(digits) } else { None };
    ean.map_or_else(|| luhn_digit(digits), |digit| char::from(b'0' + digit))
}

/// ISO/IEC 7812-1.
fn luhn_digit(digits: &str) -> char {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(index, byte)| {
            let digit = u32::from(byte - b'0');
            let doubled = if index % 2 == 0 { digit * 2 } else { digit };
            doubled / 10 + doubled % 10
        })
        .sum();
    char::from_digit((10 - sum % 10) % 10, 10).unwrap_or('0')
}

/// The digest under which a secret is kept.
pub(crate) fn hash(secret: &[u8]) -> Hash {
    Sha256::digest(secret).into()
}

/// The digest of a text, in hexadecimal.
pub(crate) fn hex_digest(text: &str) -> String {
    hash(text.as_bytes()).iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}

/// The digest of a one-time code, bound to its request so that equal codes of two requests differ.
pub(crate) fn code_hash(request: &str, code: &str) -> Hash {
    let mut digest = Sha256::new();
    digest.update(request.as_bytes());
    digest.update([0]);
    digest.update(code.as_bytes());
    digest.finalize().into()
}

/// The digest that tells a repeat from a misuse of its key: the path and the body's raw bytes.
pub(crate) fn request_hash(path: &str, body: &[u8]) -> Hash {
    let mut digest = Sha256::new();
    digest.update(path.as_bytes());
    digest.update([0]);
    digest.update(body);
    digest.finalize().into()
}

/// Compares without telling by its duration where the two differ.
pub(crate) fn same(left: &[u8], right: &[u8]) -> bool {
    left.ct_eq(right).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::SystemRandom;

    #[test]
    fn luhn_knows_the_example_of_the_standard() {
        assert!(is_card_number("79927398713", Symbology::Qr));
        assert!(!is_card_number("79927398710", Symbology::Qr));
        assert!(!is_card_number("", Symbology::Qr));
        assert!(!is_card_number("7992739871x", Symbology::Qr));
        assert!(!is_card_number("7992739871ß", Symbology::Qr));
    }

    #[test]
    fn card_numbers_have_their_prefix_length_and_check_digit() {
        for _ in 0..100 {
            let number = card_number(&SystemRandom, "9820", 16, Symbology::Qr);
            assert_eq!(number.len(), 16);
            assert!(number.starts_with("9820"));
            assert!(is_card_number(&number, Symbology::Qr));
            let ean = card_number(&SystemRandom, "9820", 13, Symbology::Ean13);
            assert!(member_card::symbol::Symbol::encode(member_card::symbol::Symbology::Ean13, &ean).is_ok(), "{ean}");
            assert!(is_card_number(&ean, Symbology::Ean13), "{ean}");
        }
    }

    #[test]
    fn ids_fit_the_contract() {
        let id = id(&SystemRandom, "member");
        assert!(id.len() <= 64);
        assert!(id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._:-".contains(&byte)));
    }
}
