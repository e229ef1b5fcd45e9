//! Passes for wallets: what a pass shows, how it is written, and who signs it.
//!
//! Makes bytes and JSON of what it is given. Knows nothing of members' sessions, storage or HTTP, and contacts nobody.

pub(crate) mod apple;
mod cms;
pub(crate) mod google;
pub(crate) mod issuers;
mod key;
mod pictures;
mod texts;

pub(crate) use key::RsaKey;

pub use issuers::{PassConfigError, PassIssuers};

use member_card::CardNumber;

use crate::programme::{Payload, Programme};

/// Why a pass cannot be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PassError {
    #[error("a certificate or signature cannot be written or read")]
    Asn1(#[from] x509_cert::der::Error),
    #[error("a certificate cannot be made")]
    Certificate(#[from] x509_cert::builder::Error),
    #[error("a key cannot be made, written or read")]
    Key(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("a picture cannot be drawn")]
    Picture(#[from] png::EncodingError),
    #[error("the archive cannot be written")]
    Archive(#[from] zip::result::ZipError),
    #[error("a file of the pass cannot be written")]
    Write(#[from] std::io::Error),
    #[error("a part of the pass cannot be written as JSON")]
    Json(#[from] serde_json::Error),
}

/// What a pass is of.
pub(crate) struct Pass<'a> {
    pub(crate) programme: &'a Programme,
    /// The member's name.
    pub(crate) name: &'a str,
    pub(crate) card: &'a CardNumber,
    /// Names this pass among all of the programme: the same for as long as it is good.
    pub(crate) id: &'a str,
}

impl Pass<'_> {
    /// The card number as people read it: in groups of four.
    fn grouped(&self) -> String {
        let characters: Vec<char> = self.card.as_str().chars().collect();
        characters.chunks(4).map(String::from_iter).collect::<Vec<_>>().join(" ")
    }

    fn is_static(&self) -> bool {
        self.programme.card.payload == Payload::Static
    }
}

/// The programme's name in a language; in English where it has no other.
fn name_of<'a>(programme: &'a Programme, language: &str) -> &'a str {
    let name = programme.name.get(language).or_else(|| programme.name.get("en"));
    name.map_or(programme.id.as_str(), String::as_str)
}

/// Bytes in hexadecimal.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}
