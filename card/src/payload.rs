//! What the card's code says: the text inside the symbol. Knows nothing of symbols, and judges nothing: that is the verifier's
//! part.

use std::fmt;

use crate::proof::Proof;
use crate::totp::TotpCode;
use crate::{CardNumber, CardNumberError};

/// The text of a card's code, understood (docs/card-format.md).
///
/// Each kind begins with the card number in clear; the length tells the kinds apart.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Payload {
    /// The card number alone.
    Static(CardNumber),
    /// The card number and a code that only the backend can check.
    Rotating(CardNumber, TotpCode),
    /// The card number and a proof that a till can check by itself.
    Proof(Box<Proof>),
}

/// The kinds of payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PayloadKind {
    /// The card number alone.
    Static,
    /// A code that only the backend can check.
    Rotating,
    /// A proof that a till can check by itself.
    Proof,
}

/// Why a scanned text is not a payload of the programme.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PayloadError {
    /// Nothing but white space.
    #[error("malformed: the code is empty")]
    Empty,
    /// A character that no payload has. A lower-case letter too: a scanner that changes case is set up wrongly.
    #[error("malformed: character {position} of the code is {character:?}: only 0-9 and capital A-Z can be in it")]
    Character {
        /// Counted in characters from 1, without the white space around the code.
        position: usize,
        /// The character found there.
        character: char,
    },
    /// No kind of payload has this length.
    #[error("malformed: the code has {length} characters: a card of this programme has {}, {} or {}",
        expected, expected + TotpCode::LENGTH, expected + Proof::DIGITS)]
    Length {
        /// Length of the code in characters, without the white space around it.
        length: usize,
        /// Length of the static payload: that of the programme's card numbers.
        expected: usize,
    },
    /// A letter where only digits can be: after the card number.
    #[error("malformed: character {position} of the code is {character:?}: only digits follow the card number")]
    Digit {
        /// Counted in characters from 1, without the white space around the code.
        position: usize,
        /// The character found there.
        character: char,
    },
    /// 17 digits that are no 7 bytes.
    #[error("malformed: group {group} of 17 digits is 2^56 or more")]
    Group {
        /// Counted from 1 to 13.
        group: usize,
    },
    /// A proof of another version.
    #[error("malformed: a proof of version {found}: this verifier knows version 1")]
    Version {
        /// What the code says.
        found: u8,
    },
    /// No period of a day.
    #[error("malformed: the proof is for period {found}: a day has 0 to 1439")]
    Period {
        /// What the code says.
        found: u16,
    },
    /// The caller's fault: no programme can have card numbers of this length.
    #[error("a card number cannot have {number_length} characters: it has 1 to {max}", max = CardNumber::MAX_LENGTH)]
    NumberLength {
        /// What the caller gave.
        number_length: usize,
    },
}

impl Payload {
    /// The text to put into a symbol: `0-9` and `A-Z` only.
    pub fn text(&self) -> String {
        match self {
            Self::Static(number) => number.as_str().to_owned(),
            Self::Rotating(number, code) => format!("{}{}", number.as_str(), code.as_str()),
            Self::Proof(proof) => proof.text(),
        }
    }

    /// The card number that every payload begins with.
    pub fn number(&self) -> &CardNumber {
        match self {
            Self::Static(number) | Self::Rotating(number, _) => number,
            Self::Proof(proof) => proof.number(),
        }
    }

    /// Which kind it is.
    pub fn kind(&self) -> PayloadKind {
        match self {
            Self::Static(_) => PayloadKind::Static,
            Self::Rotating(..) => PayloadKind::Rotating,
            Self::Proof(_) => PayloadKind::Proof,
        }
    }

    /// Reads what a scanner gave. ASCII white space around it (a scanner ends with Enter or Tab) is passed over.
    ///
    /// `number_length` is the length of the programme's card numbers, 1 to 18.
    pub fn parse(text: &str, number_length: usize) -> Result<Self, PayloadError> {
        if !(1..=CardNumber::MAX_LENGTH).contains(&number_length) {
            return Err(PayloadError::NumberLength { number_length });
        }
        let text = text.trim_matches(|c: char| c.is_ascii_whitespace());
        if text.is_empty() {
            return Err(PayloadError::Empty);
        }
        // A character is told before a wrong length: "a space at 5" says more than "17 characters".
        if let Some((index, character)) = text.chars().enumerate().find(|(_, c)| !CardNumber::allows(*c)) {
            return Err(PayloadError::Character { position: index + 1, character });
        }
        let wrong_length = PayloadError::Length { length: text.len(), expected: number_length };
        let more = text.len().checked_sub(number_length).ok_or(wrong_length)?;
        if ![0, TotpCode::LENGTH, Proof::DIGITS].contains(&more) {
            return Err(wrong_length);
        }
        // All of it is ASCII by now, so each index is a boundary.
        let (number, digits) = text.split_at(number_length);
        if let Some((index, character)) = digits.chars().enumerate().find(|(_, c)| !c.is_ascii_digit()) {
            return Err(PayloadError::Digit { position: number_length + index + 1, character });
        }
        let number = CardNumber::parse(number).map_err(|error| match error {
            CardNumberError::Character { position, character } => PayloadError::Character { position, character },
            CardNumberError::Length { .. } => wrong_length,
        })?;
        match TotpCode::parse(digits) {
            _ if digits.is_empty() => Ok(Self::Static(number)),
            Some(code) => Ok(Self::Rotating(number, code)),
            None => Proof::read(number, digits).map(|proof| Self::Proof(Box::new(proof))),
        }
    }
}

impl PayloadKind {
    /// The kind that [`name`](Self::name) gave this name, if any.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Static, Self::Rotating, Self::Proof].into_iter().find(|kind| kind.name() == name)
    }

    /// The name in programmes and on the wire: `static`, `rotating`, `proof`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Static => "static",
            Self::Rotating => "rotating",
            Self::Proof => "proof",
        }
    }
}

impl fmt::Display for PayloadKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
