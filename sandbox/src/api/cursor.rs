//! The cursor of sync: opaque to clients, a small checked structure to the server.
//!
//! Base64url of: version, kind, epoch, upper, after, and the first bytes of a digest over these and the member.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

const VERSION: u8 = 1;
const BODY: usize = 2 + 3 * 8;
const CHECK: usize = 8;

/// Where a client is in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Position {
    /// In the middle of the snapshot of change `upper`; has everything of it up to `after`.
    Snapshot {
        /// The newest change that the snapshot reflects.
        upper: i64,
        /// The newest change of the snapshot that the client has.
        after: i64,
    },
    /// Has everything up to `after`.
    Increment {
        /// The newest change that the client has.
        after: i64,
    },
}

/// A position within an epoch of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cursor {
    pub(super) epoch: u64,
    pub(super) position: Position,
}

impl Cursor {
    /// The cursor as this member's clients get it.
    pub(super) fn encode(self, member: &str) -> String {
        let (kind, upper, after) = match self.position {
            Position::Snapshot { upper, after } => (0, upper, after),
            Position::Increment { after } => (1, after, after),
        };
        let mut bytes = Vec::with_capacity(BODY + CHECK);
        bytes.extend([VERSION, kind]);
        bytes.extend(self.epoch.to_be_bytes());
        bytes.extend(upper.to_be_bytes());
        bytes.extend(after.to_be_bytes());
        let check = check(member, &bytes);
        bytes.extend(check);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The cursor, if the server made it for this member.
    pub(super) fn decode(text: &str, member: &str) -> Option<Cursor> {
        let bytes: [u8; BODY + CHECK] = URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()?;
        let (body, tail) = bytes.split_at(BODY);
        if check(member, body) != tail || body[0] != VERSION {
            return None;
        }
        let number = |at: usize| body[at..at + 8].try_into().map(u64::from_be_bytes).ok();
        let (upper, after) = (number(10)?.cast_signed(), number(18)?.cast_signed());
        let position = match body[1] {
            0 => Position::Snapshot { upper, after },
            1 => Position::Increment { after },
            _ => return None,
        };
        Some(Cursor { epoch: number(2)?, position })
    }
}

/// Finds damage and mix-ups between members; it is no secret, since a cursor gives nothing that the token does not.
fn check(member: &str, body: &[u8]) -> [u8; CHECK] {
    let mut digest = Sha256::new();
    digest.update(body);
    digest.update(member.as_bytes());
    let digest = digest.finalize();
    let mut check = [0; CHECK];
    check.copy_from_slice(&digest[..CHECK]);
    check
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_comes_back_as_it_was() {
        for position in [Position::Snapshot { upper: 9, after: 3 }, Position::Increment { after: i64::MAX }] {
            let cursor = Cursor { epoch: u64::MAX, position };
            assert_eq!(Cursor::decode(&cursor.encode("ada"), "ada"), Some(cursor));
        }
    }

    #[test]
    fn a_damaged_or_foreign_cursor_is_refused() {
        let text = Cursor { epoch: 7, position: Position::Increment { after: 3 } }.encode("ada");
        assert_eq!(Cursor::decode(&text, "bob"), None);
        for at in 0..text.len() {
            let mut damaged = text.clone().into_bytes();
            damaged[at] = if damaged[at] == b'A' { b'B' } else { b'A' };
            let damaged = String::from_utf8(damaged).expect("ASCII");
            assert_eq!(Cursor::decode(&damaged, "ada"), None, "{damaged}");
        }
        assert_eq!(Cursor::decode("", "ada"), None);
        assert_eq!(Cursor::decode(&text[1..], "ada"), None);
    }
}
