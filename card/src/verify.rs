//! The verifier: is a scanned code good, and what may be done with it. Two places ask: a till that is offline and has only the
//! issuer's public keys, and the backend.
//!
//! The order of the checks is that of docs/card-format.md, and time is checked before anything is hashed. Reads no clock and
//! stores nothing: what is used is kept behind [`Marks`].

use crate::guesses::Guesses;
use crate::issuer::{self, IssuerKey, KeyId, NoKey, PublicKey};
use crate::marks::{Basket, Marks, Taken};
use crate::payload::{Payload, PayloadError, PayloadKind};
use crate::proof::{Proof, Tier};
use crate::revocation::RevocationList;
use crate::totp::{TotpCode, TotpKey};
use crate::{CardNumber, DeviceNumber, Period, UnixTime};
use subtle::ConstantTimeEq;

/// What a programme's cards are like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardFormat {
    /// The programme's id.
    pub programme: String,
    /// Length of its card numbers, 1 to 18.
    pub number_length: usize,
    /// What its card numbers begin with; may be empty.
    pub prefix: String,
    /// What its cards show.
    pub payload: PayloadKind,
}

/// A till by itself. It never lets points be spent, and leaves to the backend what only the backend can check.
#[derive(Debug, Clone)]
pub struct OfflineTill {
    /// What the programme's cards are like.
    pub format: CardFormat,
    /// The issuer's keys, also those of other programmes, so that their cards can be told from forged ones.
    pub keys: Vec<IssuerKey>,
    /// The newest revocation list that it has.
    pub revocations: Option<RevocationList>,
}

/// The backend. It also verifies what offline tills have journalled: as of the time of the scan.
#[derive(Debug, Clone)]
pub struct Backend {
    /// What the programme's cards are like.
    pub format: CardFormat,
    /// The issuer's keys, kept for as long as a journal may arrive.
    pub keys: Vec<IssuerKey>,
}

/// What the backend knows of a card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownCard {
    /// The id of its programme.
    pub programme: String,
    /// True if no code of it is good any more, whichever device shows it.
    pub revoked: bool,
    /// Its devices and passes, also those that are revoked, in the order of their numbers.
    pub devices: Vec<KnownDevice>,
    /// Wrong codes that still count. To be stored after each check that changes it.
    ///
    /// What a till has journalled is no guess, since nobody who guesses hears the answer, and its time is past: for it, the
    /// caller gives [`Guesses::NONE`] and stores nothing.
    pub guesses: Guesses,
}

/// A device, or a wallet pass, of a card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownDevice {
    /// Its number.
    pub number: DeviceNumber,
    /// Its key for rotating codes.
    pub totp: Option<TotpKey>,
    /// True if its codes are not good any more.
    pub revoked: bool,
}

/// Why a code is refused, in the order in which it is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// No code of this programme looks like this.
    #[error(transparent)]
    Malformed(#[from] PayloadError),
    /// No key with this id was good on the day of the proof.
    #[error("unknown issuer: key {key} is not known, or was not good on the day of the proof")]
    UnknownIssuer {
        /// What the proof names.
        key: KeyId,
    },
    /// The backend has no such card.
    #[error("unknown card")]
    UnknownCard,
    /// The card is of another programme.
    #[error("the card is of another programme")]
    WrongProgramme,
    /// The code's time has passed.
    #[error("expired: the code's time ended {seconds} s ago")]
    Expired {
        /// Since the end of its period.
        seconds: u64,
    },
    /// The code's time is still to come. Often it is the till's clock that is behind.
    #[error("from the future: the code's time begins in {seconds} s")]
    Future {
        /// Until the beginning of its period.
        seconds: u64,
    },
    /// The card has met too many wrong codes; this one was not looked at.
    #[error("too many wrong codes for this card: the next may be tried in {seconds} s")]
    TooManyGuesses {
        /// Until one may be tried.
        seconds: u64,
    },
    /// The code is not one that this card's device can have shown.
    #[error("forged: the code is not genuine")]
    Forged,
    /// The device, or the card, is not good any more.
    #[error("revoked: the device that shows the code is not good any more")]
    Revoked,
    /// The code, or a later one, was taken by another basket.
    #[error("already used: the next code comes in {seconds} s")]
    Used {
        /// Until the beginning of the first period whose code will do; 0 if that has begun.
        seconds: u64,
    },
}

/// A code that holds, before it is known whether it was used.
#[must_use = "a code counts as used only when it is taken"]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked(Verdict);

/// A code that is accepted, and what may be done with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The card.
    pub number: CardNumber,
    /// What was shown.
    pub kind: PayloadKind,
    /// True if the code was checked. A card number alone proves nothing, nor does a rotating code to a till that is offline.
    pub verified: bool,
    /// The device that showed it, where the code says so.
    pub device: Option<DeviceNumber>,
    /// The tier that the issuer has signed: what an offline till prices by.
    pub tier: Option<Tier>,
    /// The period of the code.
    pub period: Option<Period>,
    /// True if points may be spent; they can always be earned.
    pub may_spend: bool,
    /// True if the same basket had taken this code before.
    pub again: bool,
    /// Age in seconds of the revocation list by which a till went; none for the backend, or without a list.
    pub revocations_age: Option<u64>,
}

/// Why there is no verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError<E> {
    /// The code is refused.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Whether it was used could not be found out.
    #[error("the mark of the last code could not be kept")]
    Marks(E),
}

/// A code is accepted one period early or late.
const SKEW: u64 = 1;
/// So many periods back the backend looks to say that a rotating code is expired rather than forged. Never ahead: that would
/// tell a guesser what will be right later.
const LOOK_BACK: u64 = 10;

impl Refusal {
    /// The reason's name in docs/card-format.md.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "malformed",
            Self::UnknownIssuer { .. } => "unknown-issuer",
            Self::UnknownCard => "unknown-card",
            Self::WrongProgramme => "wrong-programme",
            Self::Expired { .. } => "expired",
            Self::Future { .. } => "future",
            Self::TooManyGuesses { .. } => "too-many-guesses",
            Self::Forged => "forged",
            Self::Revoked => "revoked",
            Self::Used { .. } => "used",
        }
    }

    /// The seconds that belong to the reason, if any.
    pub fn seconds(&self) -> Option<u64> {
        match self {
            Self::Expired { seconds }
            | Self::Future { seconds }
            | Self::TooManyGuesses { seconds }
            | Self::Used { seconds } => Some(*seconds),
            _ => None,
        }
    }
}

impl CardFormat {
    /// Reads a code: the first check.
    pub fn read(&self, text: &str) -> Result<Payload, Refusal> {
        Ok(Payload::parse(text, self.number_length)?)
    }

    fn owns(&self, number: &CardNumber) -> Result<(), Refusal> {
        if number.as_str().starts_with(&self.prefix) { Ok(()) } else { Err(Refusal::WrongProgramme) }
    }

    fn keys<'a>(&self, keys: &'a [IssuerKey], proof: &Proof) -> Result<Vec<&'a PublicKey>, NoKey> {
        issuer::candidates(keys, &self.programme, proof.key(), proof.day())
    }
}

impl OfflineTill {
    /// Checks what a scanner gave, all but whether it was used.
    pub fn check(&self, text: &str, now: UnixTime) -> Result<Checked, Refusal> {
        let payload = self.format.read(text)?;
        let revocations_age = self.revocations.as_ref().map(|list| list.age(now));
        let Payload::Proof(proof) = &payload else {
            self.format.owns(payload.number())?;
            return Ok(Checked(Verdict { revocations_age, ..Verdict::of_number(&payload) }));
        };
        let keys = self.format.keys(&self.keys, proof).map_err(|none| refusal(none, proof))?;
        self.format.owns(proof.number())?;
        in_time(proof.period(), now)?;
        if !proof.is_signed_by(&keys) {
            return Err(Refusal::Forged);
        }
        if self.revocations.as_ref().is_some_and(|list| list.revokes(proof.number(), proof.device())) {
            return Err(Refusal::Revoked);
        }
        Ok(Checked(Verdict { revocations_age, ..Verdict::of_proof(&payload, proof) }))
    }
}

impl Backend {
    /// Checks a code, all but whether it was used. `card` is what there is under the code's card number.
    ///
    /// Each wrong rotating code is one more of the card's `guesses`, which the caller stores.
    pub fn check(&self, payload: &Payload, now: UnixTime, card: Option<&mut KnownCard>) -> Result<Checked, Refusal> {
        let keys = match payload {
            Payload::Proof(proof) => match self.format.keys(&self.keys, proof) {
                Err(NoKey::Unknown) => return Err(refusal(NoKey::Unknown, proof)),
                keys => keys.unwrap_or_default(),
            },
            _ => Vec::new(),
        };
        let card = card.ok_or(Refusal::UnknownCard)?;
        let signed_for_another = matches!(payload, Payload::Proof(_)) && keys.is_empty();
        if card.programme != self.format.programme || signed_for_another {
            return Err(Refusal::WrongProgramme);
        }
        self.format.owns(payload.number())?;
        let verdict = match payload {
            Payload::Static(_) => Verdict {
                // Where the card shows no more than its number, that has to do.
                may_spend: self.format.payload == PayloadKind::Static,
                ..Verdict::of_number(payload)
            },
            Payload::Rotating(_, code) => {
                let (device, period) = card.find(code, now)?;
                if device.revoked {
                    return Err(Refusal::Revoked);
                }
                Verdict {
                    verified: true,
                    device: Some(device.number),
                    period: Some(period),
                    may_spend: true,
                    ..Verdict::of_number(payload)
                }
            }
            Payload::Proof(proof) => {
                in_time(proof.period(), now)?;
                if !proof.is_signed_by(&keys) {
                    return Err(Refusal::Forged);
                }
                if !card.devices.iter().any(|device| device.number == proof.device() && !device.revoked) {
                    return Err(Refusal::Revoked);
                }
                Verdict { may_spend: true, ..Verdict::of_proof(payload, proof) }
            }
        };
        if card.revoked { Err(Refusal::Revoked) } else { Ok(Checked(verdict)) }
    }
}

impl KnownCard {
    /// The device that shows this code, and the period of the code.
    fn find(&mut self, code: &TotpCode, now: UnixTime) -> Result<(&KnownDevice, Period), Refusal> {
        match self.guesses.wait(now) {
            0 => {}
            seconds => return Err(Refusal::TooManyGuesses { seconds }),
        }
        let current = Period::at(now);
        let around = [current.back(SKEW), Some(current), Some(current.next())];
        let around: Vec<_> = around.into_iter().flatten().collect();
        if let Some((index, period)) = matching(&self.devices, code, &around) {
            return Ok((&self.devices[index], period));
        }
        self.guesses = self.guesses.wrong(now);
        let earlier: Vec<_> = (SKEW + 1..=LOOK_BACK).filter_map(|periods| current.back(periods)).collect();
        Err(match matching(&self.devices, code, &earlier) {
            Some((_, period)) => Refusal::Expired { seconds: now.since(period.end()) },
            None => Refusal::Forged,
        })
    }
}

/// The first device with this code in one of the periods. Works out and compares every one, so that the time it takes says
/// nothing of which.
fn matching(devices: &[KnownDevice], code: &TotpCode, periods: &[Period]) -> Option<(usize, Period)> {
    let mut found = None;
    for (index, device) in devices.iter().enumerate() {
        let Some(key) = &device.totp else { continue };
        for period in periods {
            let same = bool::from(TotpCode::of(key, *period).ct_eq(code));
            found = found.or(same.then_some((index, *period)));
        }
    }
    found
}

fn in_time(period: Period, now: UnixTime) -> Result<(), Refusal> {
    let current = Period::at(now);
    if period.number().saturating_add(SKEW) < current.number() {
        Err(Refusal::Expired { seconds: now.since(period.end()) })
    } else if period.number() > current.number().saturating_add(SKEW) {
        Err(Refusal::Future { seconds: period.start().since(now) })
    } else {
        Ok(())
    }
}

fn refusal(none: NoKey, proof: &Proof) -> Refusal {
    match none {
        NoKey::Unknown => Refusal::UnknownIssuer { key: proof.key() },
        NoKey::OfAnotherProgramme => Refusal::WrongProgramme,
    }
}

impl Verdict {
    fn of_number(payload: &Payload) -> Self {
        Self {
            number: payload.number().clone(),
            kind: payload.kind(),
            verified: false,
            device: None,
            tier: None,
            period: None,
            may_spend: false,
            again: false,
            revocations_age: None,
        }
    }

    fn of_proof(payload: &Payload, proof: &Proof) -> Self {
        Self {
            verified: true,
            device: Some(proof.device()),
            tier: Some(proof.tier()),
            period: Some(proof.period()),
            ..Self::of_number(payload)
        }
    }
}

impl Checked {
    /// Takes the code for a basket: the last check. What carries no code has nothing to be used up.
    ///
    /// `now` is the time by which it was checked.
    pub fn take<M: Marks>(
        self,
        now: UnixTime,
        basket: &Basket,
        marks: &mut M,
    ) -> Result<Verdict, VerifyError<M::Error>> {
        let Self(verdict) = self;
        let (Some(device), Some(period)) = (verdict.device, verdict.period) else { return Ok(verdict) };
        match marks.take(&verdict.number, device, period, basket).map_err(VerifyError::Marks)? {
            Taken::New => Ok(verdict),
            Taken::Again => Ok(Verdict { again: true, ..verdict }),
            Taken::Used { last } => Err(Refusal::Used { seconds: last.end().since(now) }.into()),
        }
    }
}
