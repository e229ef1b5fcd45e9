//! The programme's rules: what joining, buying, claiming, taking back and locking do to a member.
//!
//! Each function works inside one write transaction of the store and decides nothing on its own clock or randomness.
//! Knows no SQL and no HTTP; a refusal is a value, an error is the server's own fault.

pub(crate) mod cancel;
pub(crate) mod card;
pub(crate) mod catalogue;
pub(crate) mod claim;
pub(crate) mod earn;
pub(crate) mod join;
pub(crate) mod journal;
pub(crate) mod lock;
pub(crate) mod passes;
pub(crate) mod redeem;
pub(crate) mod refund;
pub(crate) mod standing;
pub(crate) mod till;

use jiff::{SignedDuration, Timestamp};

/// `days` of 24 hours after `at`.
fn days_after(at: Timestamp, days: i64) -> Timestamp {
    // Programmes are checked to have few days, so this saturates only at the end of time.
    at.saturating_add(SignedDuration::from_hours(days.saturating_mul(24))).unwrap_or(Timestamp::MAX)
}
