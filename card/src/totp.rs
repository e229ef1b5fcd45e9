//! The code of a `rotating` payload: TOTP (RFC 6238) with SHA-1, 60 s and 8 digits. Knows no clock and no card.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use subtle::{Choice, ConstantTimeEq};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::{Period, Secret};

/// The key of one device or one pass: 20 random bytes.
pub type TotpKey = Secret<20>;

/// A code of 8 digits.
///
/// Whoever has it can show it as the member's card until its period has passed, so `Debug` does not, and it is compared in
/// constant time.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct TotpCode([u8; TotpCode::LENGTH]);

impl TotpCode {
    /// Length in characters.
    pub const LENGTH: usize = 8;

    /// The code of a period (docs/card-format.md, "rotating").
    pub fn of(key: &TotpKey, period: Period) -> Self {
        // Cannot fail: HMAC takes keys of any length.
        let mut mac = Hmac::<Sha1>::new_from_slice(key.expose()).expect("a key of any length");
        mac.update(&period.number().to_be_bytes());
        let digest = mac.finalize().into_bytes();
        // RFC 4226, 5.3: the low 4 bits of the last byte say where the number begins, at most at 15 of 20 bytes.
        let offset = usize::from(digest[19] & 0xf);
        let mut number =
            u32::from_be_bytes([digest[offset] & 0x7f, digest[offset + 1], digest[offset + 2], digest[offset + 3]]);
        let mut digits = [b'0'; Self::LENGTH];
        for digit in digits.iter_mut().rev() {
            // A remainder of 10 fits.
            *digit += u8::try_from(number % 10).unwrap_or_default();
            number /= 10;
        }
        Self(digits)
    }

    /// Exactly 8 ASCII digits.
    pub fn parse(text: &str) -> Option<Self> {
        let digits: [u8; Self::LENGTH] = text.as_bytes().try_into().ok()?;
        digits.iter().all(u8::is_ascii_digit).then_some(Self(digits))
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        // Cannot fail: they are ASCII digits, however they came here.
        std::str::from_utf8(&self.0).expect("ASCII digits")
    }
}

impl ConstantTimeEq for TotpCode {
    fn ct_eq(&self, other: &Self) -> Choice {
        self.0.ct_eq(&other.0)
    }
}

impl PartialEq for TotpCode {
    fn eq(&self, other: &Self) -> bool {
        self.ct_eq(other).into()
    }
}

impl Eq for TotpCode {}

impl fmt::Debug for TotpCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TotpCode(…)")
    }
}
