//! What the card's code says: the text inside the symbol. Knows nothing of symbols, and holds no secrets.

use crate::{CardNumber, CardNumberError};

/// The text of a card's code, understood.
///
/// Each kind begins with the card number in clear; the length tells the kinds apart.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Payload {
    /// The card number alone.
    Static(CardNumber),
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
    #[error("malformed: the code has {length} characters: a card of this programme has {expected}")]
    Length {
        /// Length of the code in characters, without the white space around it.
        length: usize,
        /// Length of the static payload: that of the programme's card numbers.
        expected: usize,
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
        }
    }

    /// The card number that every payload begins with.
    pub fn number(&self) -> &CardNumber {
        match self {
            Self::Static(number) => number,
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
        let wrong_length = |length| PayloadError::Length { length, expected: number_length };
        match CardNumber::parse(text) {
            Ok(number) if text.len() == number_length => Ok(Self::Static(number)),
            Ok(_) => Err(wrong_length(text.len())),
            Err(CardNumberError::Character { position, character }) => {
                Err(PayloadError::Character { position, character })
            }
            Err(CardNumberError::Length { length }) => Err(wrong_length(length)),
        }
    }
}
