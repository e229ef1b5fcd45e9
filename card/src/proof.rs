//! The `proof` payload: what it says, how that is written as digits, and what of it the issuer has signed. Judges nothing: that
//! is the verifier's part.

use std::fmt::{self, Write as _};

use crate::chain::{self, LINK};
use crate::issuer::{IssuerSecret, KeyId, PublicKey};
use crate::payload::PayloadError;
use crate::{CardNumber, Chain, ChainStart, Day, DeviceNumber, Period};

/// A member's tier, as the till prices it: 0 is the lowest, and the programme says what the others are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tier(pub u8);

/// The issuer's signature for one day, as the device gets and keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedDay {
    /// The key that signed.
    pub key: KeyId,
    /// The tier that was signed.
    pub tier: Tier,
    /// The signature (RFC 8032).
    pub signature: [u8; 64],
}

/// The code of one period.
#[derive(Clone, PartialEq, Eq)]
pub struct Proof {
    number: CardNumber,
    key: KeyId,
    tier: Tier,
    device: DeviceNumber,
    day: Day,
    index: u16,
    link: [u8; LINK],
    signature: [u8; 64],
}

const TAG: &[u8] = b"MP1 proof";
const VERSION: u8 = 1;
/// Bytes of a proof.
const BYTES: usize = 91;
/// 7 bytes are written as 17 digits.
const GROUP: (usize, usize) = (7, 17);

/// Signs the chain of one card, device and day: what the backend does for each `s[0]` that a device sends.
pub fn sign_day(
    issuer: &IssuerSecret,
    number: &CardNumber,
    tier: Tier,
    device: DeviceNumber,
    day: Day,
    start: &ChainStart,
) -> SignedDay {
    let key = issuer.public().id();
    SignedDay { key, tier, signature: issuer.sign(&message(number, key, tier, device, day, start)) }
}

/// "MP1 proof" of docs/card-format.md.
fn message(number: &CardNumber, key: KeyId, tier: Tier, device: DeviceNumber, day: Day, start: &ChainStart) -> Vec<u8> {
    [
        TAG,
        &[number.length_byte()],
        number.as_str().as_bytes(),
        &[VERSION],
        &key.0,
        &[tier.0],
        &device.0.to_be_bytes(),
        &day.number().to_be_bytes(),
        &start.0,
    ]
    .concat()
}

impl Proof {
    /// Digits after the card number.
    pub const DIGITS: usize = BYTES / GROUP.0 * GROUP.1;

    /// The code of a period. None if the period is not of the chain's day.
    pub fn new(chain: &Chain, signed: &SignedDay, period: Period) -> Option<Self> {
        let (day, index) = period.in_day().filter(|(day, _)| *day == chain.day())?;
        Some(Self {
            number: chain.number().clone(),
            key: signed.key,
            tier: signed.tier,
            device: chain.device(),
            day,
            index,
            link: chain.link(index),
            signature: signed.signature,
        })
    }

    /// The card.
    pub fn number(&self) -> &CardNumber {
        &self.number
    }

    /// The key that it names.
    pub fn key(&self) -> KeyId {
        self.key
    }

    /// The tier that it names.
    pub fn tier(&self) -> Tier {
        self.tier
    }

    /// The device that it names.
    pub fn device(&self) -> DeviceNumber {
        self.device
    }

    /// The day that it names.
    pub fn day(&self) -> Day {
        self.day
    }

    /// The period that it is the code of.
    pub fn period(&self) -> Period {
        // Cannot fail: `new` and `read` see to it that the index is one of a day.
        Period::of_day(self.day, self.index).expect("an index below 1440")
    }

    /// True if one of the keys has signed it: hashes up to 1440 times, then checks the signature.
    pub(crate) fn is_signed_by(&self, keys: &[&PublicKey]) -> bool {
        let start = chain::start_of(&self.number, self.device, self.day, self.index, &self.link);
        let message = message(&self.number, self.key, self.tier, self.device, self.day, &start);
        keys.iter().any(|key| key.verifies(&message, &self.signature))
    }

    /// Card number and digits.
    pub(crate) fn text(&self) -> String {
        let bytes = [
            &[VERSION][..],
            &self.key.0,
            &[self.tier.0],
            &self.device.0.to_be_bytes(),
            &self.day.number().to_be_bytes(),
            &self.index.to_be_bytes(),
            &self.link,
            &self.signature,
        ]
        .concat();
        let mut text = self.number.as_str().to_owned();
        for group in bytes.chunks(GROUP.0) {
            let number = group.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
            // Writing to a `String` cannot fail.
            let _ = write!(text, "{number:0width$}", width = GROUP.1);
        }
        text
    }

    /// The digits that follow a card number: exactly [`DIGITS`](Self::DIGITS) ASCII digits.
    pub(crate) fn read(number: CardNumber, digits: &str) -> Result<Self, PayloadError> {
        let mut bytes = Bytes { bytes: [0; BYTES], at: 0 };
        for (index, group) in digits.as_bytes().chunks(GROUP.1).enumerate() {
            let value = group.iter().fold(0_u64, |value, digit| value * 10 + u64::from(digit - b'0'));
            let [0, value @ ..] = value.to_be_bytes() else {
                return Err(PayloadError::Group { group: index + 1 });
            };
            bytes.bytes[index * GROUP.0..][..GROUP.0].copy_from_slice(&value);
        }
        let [version] = bytes.take();
        if version != VERSION {
            return Err(PayloadError::Version { found: version });
        }
        let key = KeyId(bytes.take());
        let [tier] = bytes.take();
        let device = DeviceNumber(u16::from_be_bytes(bytes.take()));
        let day = Day::from_number(u16::from_be_bytes(bytes.take()));
        let index = u16::from_be_bytes(bytes.take());
        if index >= Period::OF_A_DAY {
            return Err(PayloadError::Period { found: index });
        }
        Ok(Self { number, key, tier: Tier(tier), device, day, index, link: bytes.take(), signature: bytes.take() })
    }
}

/// A code is good for whoever shows it, so its last values stay out of logs.
impl fmt::Debug for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { number, key, tier, device, day, index, .. } = self;
        write!(f, "Proof({number:?}, key {key}, {tier:?}, {device:?}, {day:?}, period {index})")
    }
}

/// The bytes of a proof, taken from the front. All fields together are exactly as long.
struct Bytes {
    bytes: [u8; BYTES],
    at: usize,
}

impl Bytes {
    fn take<const LENGTH: usize>(&mut self) -> [u8; LENGTH] {
        let mut field = [0; LENGTH];
        field.copy_from_slice(&self.bytes[self.at..self.at + LENGTH]);
        self.at += LENGTH;
        field
    }
}
