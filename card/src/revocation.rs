//! The revocation list that tills fetch: signed by the issuer, a line for each card of which earlier devices are no longer good.
//! Knows nothing of how it is fetched or kept.

use std::fmt;

use crate::issuer::{self, IssuerKey, IssuerSecret, KeyId, NoKey, PublicKey};
use crate::{CardNumber, Day, DeviceNumber, UnixTime};

/// A revocation list whose signature holds (docs/card-format.md, "Revocation list").
///
/// Entries go 8 days after a revocation, since the proofs have run out; one that stays does no harm.
#[derive(Clone, PartialEq, Eq)]
pub struct RevocationList {
    issued: UnixTime,
    /// Each card once, in order.
    entries: Vec<(CardNumber, DeviceNumber)>,
}

/// Why a revocation list is not to be used. The till keeps the one that it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RevocationError {
    /// Not the bytes of a list, or not in order.
    #[error("the revocation list is malformed: {0}")]
    Malformed(&'static str),
    /// No key with this id was good on its day.
    #[error("the revocation list is signed with key {key}, which is not known, or was not good on its day")]
    UnknownIssuer {
        /// What the list names.
        key: KeyId,
    },
    /// The key is that of another programme.
    #[error("the revocation list is that of another programme")]
    WrongProgramme,
    /// The signature does not hold.
    #[error("the revocation list is forged: its signature does not hold")]
    Forged,
}

/// Why a list cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RevocationInputError {
    /// More than a till will take.
    #[error("a revocation list has at most {} entries", RevocationList::MOST)]
    TooMany,
    /// A card twice.
    #[error("entry {at} is of a card that the list has already")]
    Twice {
        /// Counted from 1, in the order of the numbers.
        at: usize,
    },
    /// The numbers of a programme are of one length.
    #[error("entry {at} has a card number of another length than the first")]
    Length {
        /// Counted from 1, in the order of the numbers.
        at: usize,
    },
}

const TAG: &[u8] = b"MP1 revoked";
const VERSION: u8 = 1;
const HEADER: usize = TAG.len() + 1 + 3 + 8 + 1 + 4;
const SIGNATURE: usize = 64;

impl RevocationList {
    /// The most entries of a list: about 2 MB.
    pub const MOST: usize = 100_000;

    /// Makes and signs a list: for each card, the lowest device number that is still good.
    pub fn sign(
        issuer: &IssuerSecret,
        now: UnixTime,
        mut entries: Vec<(CardNumber, DeviceNumber)>,
    ) -> Result<Vec<u8>, RevocationInputError> {
        if entries.len() > Self::MOST {
            return Err(RevocationInputError::TooMany);
        }
        entries.sort();
        let length = entries.first().map_or(1, |(number, _)| number.length_byte());
        for (index, pair) in entries.windows(2).enumerate() {
            if pair[1].0.length_byte() != length {
                return Err(RevocationInputError::Length { at: index + 2 });
            }
            if pair[0].0 == pair[1].0 {
                return Err(RevocationInputError::Twice { at: index + 2 });
            }
        }
        let mut bytes = [TAG, &[VERSION], &issuer.public().id().0, &now.seconds().to_be_bytes(), &[length]].concat();
        // At most `MOST`.
        bytes.extend(u32::try_from(entries.len()).unwrap_or(u32::MAX).to_be_bytes());
        for (number, lowest) in &entries {
            bytes.extend(number.as_str().as_bytes());
            bytes.extend(lowest.0.to_be_bytes());
        }
        let signature = issuer.sign(&bytes);
        bytes.extend(signature);
        Ok(bytes)
    }

    /// Reads a list and checks who signed it. The signature is checked before any entry is looked at.
    pub fn read(bytes: &[u8], keys: &[IssuerKey], programme: &str) -> Result<Self, RevocationError> {
        use RevocationError::Malformed;
        let (body, signature) = bytes.split_last_chunk::<SIGNATURE>().ok_or(Malformed("it is too short"))?;
        let mut header = body.get(..HEADER).ok_or(Malformed("it is too short"))?;
        if take(&mut header) != Some(*b"MP1 revoked") {
            return Err(Malformed("it does not begin with \"MP1 revoked\""));
        }
        let fields = (take(&mut header), take(&mut header), take(&mut header), take(&mut header), take(&mut header));
        let (Some([version]), Some(key), Some(issued), Some([length]), Some(count)) = fields else {
            return Err(Malformed("it is too short"));
        };
        if version != VERSION {
            return Err(Malformed("it is not of version 1"));
        }
        let length = usize::from(length);
        if !(1..=CardNumber::MAX_LENGTH).contains(&length) {
            return Err(Malformed("no card number has its length"));
        }
        let count = usize::try_from(u32::from_be_bytes(count)).unwrap_or(usize::MAX);
        if count > Self::MOST {
            return Err(Malformed("it has more than 100,000 entries"));
        }
        let entries = &body[HEADER..];
        if entries.len() != count * (length + 2) {
            return Err(Malformed("it has not the length that it states"));
        }
        let issued = UnixTime::from_seconds(u64::from_be_bytes(issued));
        let day = Day::at(issued).ok_or(Malformed("its time is after the last day"))?;
        let key = KeyId(key);
        let keys = issuer::candidates(keys, programme, key, day).map_err(|none| match none {
            NoKey::Unknown => RevocationError::UnknownIssuer { key },
            NoKey::OfAnotherProgramme => RevocationError::WrongProgramme,
        })?;
        if !keys.iter().any(|key: &&PublicKey| key.verifies(body, signature)) {
            return Err(RevocationError::Forged);
        }
        let entries = entries.chunks(length + 2).map(entry).collect::<Option<Vec<_>>>();
        let entries = entries.ok_or(Malformed("an entry is no card number"))?;
        if !entries.is_sorted_by(|before, after| before.0 < after.0) {
            return Err(Malformed("its entries are not in order"));
        }
        Ok(Self { issued, entries })
    }

    /// When the issuer signed it.
    pub fn issued(&self) -> UnixTime {
        self.issued
    }

    /// Its age in seconds; 0 if it is from the future, since then the till's clock is behind.
    pub fn age(&self, now: UnixTime) -> u64 {
        now.since(self.issued)
    }

    /// True if a till that has `held` takes this one in its place: never an older one, which would bring revoked devices back.
    pub fn replaces(&self, held: &Self) -> bool {
        self.issued >= held.issued
    }

    /// Each card with its lowest device number that is still good, in the order of the card numbers.
    pub fn entries(&self) -> &[(CardNumber, DeviceNumber)] {
        &self.entries
    }

    /// True if this device of this card is no longer good.
    pub fn revokes(&self, number: &CardNumber, device: DeviceNumber) -> bool {
        let found = self.entries.binary_search_by(|(listed, _)| listed.cmp(number));
        found.is_ok_and(|index| device < self.entries[index].1)
    }
}

/// Card numbers name people, so none is shown.
impl fmt::Debug for RevocationList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RevocationList({:?}, {} cards)", self.issued, self.entries.len())
    }
}

fn take<const LENGTH: usize>(bytes: &mut &[u8]) -> Option<[u8; LENGTH]> {
    let (field, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(*field)
}

fn entry(bytes: &[u8]) -> Option<(CardNumber, DeviceNumber)> {
    let (number, lowest) = bytes.split_last_chunk()?;
    let number = CardNumber::parse(std::str::from_utf8(number).ok()?).ok()?;
    Some((number, DeviceNumber(u16::from_be_bytes(*lowest))))
}
