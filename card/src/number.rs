//! The number of a membership card. Knows nothing of codes or symbols.

use std::fmt;

/// The longest card number, in characters.
const MAX_LENGTH: usize = 18;

/// The number of a membership card: 1 to 18 of `0-9` and `A-Z`.
///
/// It names a person, so `Debug` shows at most the last 4 characters, and there is no `Display`: where the whole number is
/// meant, the code says [`as_str`](Self::as_str) or [`grouped`](Self::grouped).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CardNumber(Box<str>);

/// Why a text is not a card number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CardNumberError {
    /// A character that no card number has.
    #[error("character {position} of the card number is {character:?}: only 0-9 and capital A-Z can be in it")]
    Character {
        /// Counted in characters from 1.
        position: usize,
        /// The character found there.
        character: char,
    },
    /// Too short or too long.
    #[error("the card number has {length} characters: it needs 1 to {MAX_LENGTH}")]
    Length {
        /// Length of the text in characters.
        length: usize,
    },
}

impl CardNumber {
    /// The longest card number, in characters.
    pub const MAX_LENGTH: usize = MAX_LENGTH;

    /// Reads a card number: exactly its characters, no spaces, capital letters only.
    pub fn parse(text: &str) -> Result<Self, CardNumberError> {
        // A character is told before a wrong length: `9260 0000` is understood better as "a space at 5".
        if let Some((index, character)) = text.chars().enumerate().find(|(_, c)| !Self::allows(*c)) {
            return Err(CardNumberError::Character { position: index + 1, character });
        }
        match text.len() {
            1..=MAX_LENGTH => Ok(Self(text.into())),
            length => Err(CardNumberError::Length { length }),
        }
    }

    /// The whole number, as it stands in a payload.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The whole number for people: in groups of 4 from the left, `9260 0000 0000 0012`.
    pub fn grouped(&self) -> String {
        let mut text = String::with_capacity(self.0.len() + self.0.len() / 4);
        for (index, character) in self.0.chars().enumerate() {
            if index > 0 && index % 4 == 0 {
                text.push(' ');
            }
            text.push(character);
        }
        text
    }

    /// The last 4 characters, or the whole number where it is shorter.
    pub fn last4(&self) -> &str {
        // Every character is ASCII, so each index is a boundary.
        &self.0[self.0.len().saturating_sub(4)..]
    }

    /// Its length as the signed and hashed messages carry it.
    pub(crate) fn length_byte(&self) -> u8 {
        // 1 to 18.
        u8::try_from(self.0.len()).unwrap_or(u8::MAX)
    }

    /// True for the characters that a card number is made of.
    pub(crate) fn allows(character: char) -> bool {
        character.is_ascii_digit() || character.is_ascii_uppercase()
    }
}

impl fmt::Debug for CardNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The last 4 of a number that has no more would be all of it.
        let shown = if self.0.len() > 4 { self.last4() } else { "" };
        write!(f, "CardNumber(…{shown})")
    }
}
