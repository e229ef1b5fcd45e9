//! Signing in: addresses, codes and tokens. Nothing here shows its secret in `Debug`.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::ActionKey;

macro_rules! secret_texts {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes the secret over.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The secret itself, for the one place that sends or stores it.
            pub fn reveal(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    )+};
}

secret_texts! {
    /// A token that opens the API for some minutes.
    AccessToken,
    /// A token that gets new ones; each use gives a successor.
    RefreshToken,
    /// The six digits that the member received.
    OneTimeCode,
}

/// The tokens of a session.
#[derive(Debug, Clone)]
pub struct Tokens {
    /// Opens the API.
    pub access: AccessToken,
    /// Until when, by server time.
    pub access_expires_at: Timestamp,
    /// Gets the next ones.
    pub refresh: RefreshToken,
    /// Names the refresh: the same for each attempt with this refresh token, so that a late copy of a request is not
    /// taken for a stolen token.
    pub refresh_key: ActionKey,
}

/// Whether this device may act for the member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionState {
    /// It has tokens.
    Active,
    /// The server ended the session: what is kept stays readable, what waits stays queued.
    Ended,
}

/// Where a one-time code is sent.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Address {
    /// An e-mail address.
    Email(String),
    /// A telephone number in E.164, with the leading `+`.
    Phone(String),
}

impl Address {
    /// Out of one field for both: with an `@` an e-mail address, else a telephone number, which people write with spaces, hyphens,
    /// dots, brackets, and `00` for `+`. Whether it can be one is seen where it is used.
    pub fn parse(text: &str) -> Self {
        let text = text.trim();
        if text.contains('@') {
            return Self::Email(text.to_owned());
        }
        let number: String =
            text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '-' | '.' | '(' | ')')).collect();
        match number.strip_prefix("00") {
            Some(rest) => Self::Phone(format!("+{rest}")),
            None => Self::Phone(number),
        }
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Address::Email(_) => "Email(…)",
            Address::Phone(_) => "Phone(…)",
        })
    }
}

/// What joining needs beside the address.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JoinDetails {
    /// The member's name, 1 to 100 characters.
    pub name: String,
    /// Language tag.
    pub language: String,
    /// Version of the terms that the member accepted.
    pub terms: String,
}

impl fmt::Debug for JoinDetails {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("JoinDetails").field("terms", &self.terms).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_field_serves_both_kinds_of_address() {
        assert_eq!(Address::parse(" ada@example.org\n"), Address::Email("ada@example.org".to_owned()));
        for written in ["+48123456789", "0048 123 456 789", " +48 (12) 345-67.89", "+48\u{a0}123\u{a0}456\u{a0}789"] {
            assert_eq!(Address::parse(written), Address::Phone("+48123456789".to_owned()), "{written}");
        }
        assert_eq!(Address::parse("ada"), Address::Phone("ada".to_owned()));
        assert_eq!(Address::parse(""), Address::Phone(String::new()));
    }

    #[test]
    fn debug_shows_no_secret_and_no_person() {
        let shown = format!(
            "{:?} {:?} {:?}",
            AccessToken::new("hush"),
            Address::Email("ada@example.org".to_owned()),
            JoinDetails { name: "Ada".to_owned(), language: "en".to_owned(), terms: "1".to_owned() }
        );
        assert_eq!(shown, r#"AccessToken(…) Email(…) JoinDetails { terms: "1", .. }"#);
        assert_eq!(format!("{:?}", Address::Phone("+48123456789".to_owned())), "Phone(…)");
    }
}
