//! Identifiers: opaque strings of the server, and the key of an action, which is ours.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// An identifier that breaks the Member API's rule: 1 to 64 characters of `A-Z a-z 0-9 . _ : -`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an identifier is 1 to 64 characters of A-Z a-z 0-9 . _ : -")]
pub struct InvalidId;

fn check(text: &str) -> Result<(), InvalidId> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b':' | b'-');
    if (1..=64).contains(&text.len()) && text.bytes().all(allowed) { Ok(()) } else { Err(InvalidId) }
}

macro_rules! opaque_ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The identifier as the server spells it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;
            fn try_from(text: String) -> Result<Self, InvalidId> {
                check(&text).map(|()| Self(text))
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Self::try_from(text.to_owned())
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }
    )+};
}

opaque_ids! {
    /// A loyalty programme.
    ProgrammeId,
    /// A member of one programme.
    MemberId,
    /// What an account counts: points, stamps, tokens.
    UnitId,
    /// A tier of the programme.
    TierId,
    /// A reward of the catalogue.
    RewardId,
    /// A voucher that was issued to the member.
    VoucherId,
    /// One line of the member's ledger.
    EntryId,
}

/// The idempotency key of one action, a `UUIDv7` made on the device. It is never used for other bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ActionKey(Uuid);

impl ActionKey {
    /// A key made of the time in milliseconds since 1970 and ten random bytes (RFC 9562, section 5.7).
    pub fn new(unix_millis: u64, random: [u8; 10]) -> Self {
        Self(uuid::Builder::from_unix_timestamp_millis(unix_millis, &random).into_uuid())
    }
}

impl fmt::Display for ActionKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0.as_hyphenated(), formatter)
    }
}

impl FromStr for ActionKey {
    type Err = InvalidId;
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        Uuid::parse_str(text).map(Self).map_err(|_| InvalidId)
    }
}

/// Where the next page of changes begins. Opaque: only the server reads it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(String);

impl Cursor {
    /// A cursor as the server spelled it.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The cursor as the server spells it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_keep_to_the_rule_of_the_api() {
        for good in ["a", "coffee-1", "A.b_c:d", &"x".repeat(64)] {
            assert!(good.parse::<RewardId>().is_ok(), "{good}");
        }
        for bad in ["", "a b", "kawa/1", "żółw", "a'b", &"x".repeat(65)] {
            assert!(bad.parse::<RewardId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_key_carries_its_time_and_parses_back() {
        let key = ActionKey::new(1_767_225_600_000, [7; 10]);
        assert!(key.to_string().starts_with("019b76da-a800-7"), "{key}");
        assert_eq!(key.to_string().parse::<ActionKey>(), Ok(key));
    }

    #[test]
    fn a_cursor_is_given_back_as_the_server_spelled_it() {
        assert_eq!(Cursor::new("c/7=").as_str(), "c/7=");
    }
}
