//! The chain of a `proof` payload: from a secret for a day, one value for each of its periods, each the hash of the next.
//!
//! Who has the value of a period can work out those of earlier periods, never those of later ones. Knows nothing of
//! signatures, nor of how a value is written into a code.

use std::fmt;

use sha2::{Digest, Sha256};
use zeroize::{Zeroize, Zeroizing};

use crate::{CardNumber, Day, Period, Secret};

/// `s[1440]`: 16 random bytes, for one device and one day.
pub type ChainSecret = Secret<16>;

/// The number of a device, or of a wallet pass, on its card. Numbers only grow; 65,535 is never given to a device, so that a
/// revocation list can revoke all devices of a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeviceNumber(pub u16);

/// `s[0]`: what the issuer signs. It is never a code and is no secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ChainStart(pub [u8; LINK]);

/// Bytes of a value of the chain.
pub(crate) const LINK: usize = 16;

/// Each so many values one is kept, so that none is ever more than 39 hashes away.
const APART: u16 = 40;

/// The chain of one card, device and day, on the device.
pub struct Chain {
    number: CardNumber,
    device: DeviceNumber,
    day: Day,
    /// `s[0]`, `s[40]`, ... `s[1440]`.
    kept: Zeroizing<Vec<[u8; LINK]>>,
}

impl Chain {
    /// Works out the chain: 1440 hashes, once a day.
    pub fn new(secret: &ChainSecret, number: &CardNumber, device: DeviceNumber, day: Day) -> Self {
        let mut step = Step::new(number, device, day);
        let mut link = *secret.expose();
        // Of its full length from the start: a list that grows leaves copies behind that nobody wipes.
        let mut kept = Zeroizing::new(vec![[0; LINK]; usize::from(Period::OF_A_DAY / APART) + 1]);
        for k in (0..=Period::OF_A_DAY).rev() {
            if k % APART == 0 {
                kept[usize::from(k / APART)] = link;
            }
            if k > 0 {
                link = step.before(k, &link);
            }
        }
        Self { number: number.clone(), device, day, kept }
    }

    /// Of which card.
    pub fn number(&self) -> &CardNumber {
        &self.number
    }

    /// Of which device.
    pub fn device(&self) -> DeviceNumber {
        self.device
    }

    /// For which day.
    pub fn day(&self) -> Day {
        self.day
    }

    /// `s[0]`, which the device sends to be signed.
    pub fn start(&self) -> ChainStart {
        ChainStart(self.kept[0])
    }

    /// `s[index + 1]`, which the code of period `index` carries; `index` is below 1440.
    pub(crate) fn link(&self, index: u16) -> [u8; LINK] {
        let wanted = index + 1;
        let from = wanted.div_ceil(APART);
        let mut step = Step::new(&self.number, self.device, self.day);
        let mut link = self.kept[usize::from(from)];
        for k in (wanted + 1..=from * APART).rev() {
            link = step.before(k, &link);
        }
        link
    }
}

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Chain({:?}, {:?}, {:?})", self.number, self.device, self.day)
    }
}

/// `s[0]` from `s[index + 1]`: `index + 1` hashes, at most 1440.
pub(crate) fn start_of(
    number: &CardNumber,
    device: DeviceNumber,
    day: Day,
    index: u16,
    link: &[u8; LINK],
) -> ChainStart {
    let mut step = Step::new(number, device, day);
    let mut link = *link;
    for k in (1..=index.saturating_add(1)).rev() {
        link = step.before(k, &link);
    }
    ChainStart(link)
}

/// One step back along the chain. The message differs only in its end from step to step, so it is put together once.
struct Step {
    message: [u8; Self::LONGEST],
    /// Where `k` and `s[k]` begin.
    fixed: usize,
}

impl Step {
    const TAG: &[u8] = b"MP1 chain";
    /// At most 55 bytes, so that a step is one block of SHA-256.
    const LONGEST: usize = Self::TAG.len() + 1 + CardNumber::MAX_LENGTH + 2 + 2 + 2 + LINK;

    fn new(number: &CardNumber, device: DeviceNumber, day: Day) -> Self {
        let mut message = [0; Self::LONGEST];
        let mut fixed = 0;
        let length = [number.length_byte()];
        let parts: [&[u8]; 5] =
            [Self::TAG, &length, number.as_str().as_bytes(), &device.0.to_be_bytes(), &day.number().to_be_bytes()];
        for part in parts {
            message[fixed..fixed + part.len()].copy_from_slice(part);
            fixed += part.len();
        }
        Self { message, fixed }
    }

    /// `s[k - 1]` from `s[k]`.
    fn before(&mut self, k: u16, link: &[u8; LINK]) -> [u8; LINK] {
        let (at, end) = (self.fixed + 2, self.fixed + 2 + LINK);
        self.message[self.fixed..at].copy_from_slice(&k.to_be_bytes());
        self.message[at..end].copy_from_slice(link);
        let mut digest = Sha256::digest(&self.message[..end]);
        let mut before = [0; LINK];
        before.copy_from_slice(&digest[..LINK]);
        digest.zeroize();
        before
    }
}

impl Drop for Step {
    fn drop(&mut self) {
        self.message.zeroize();
    }
}
