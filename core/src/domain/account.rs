//! Accounts and the lines of their ledger.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{ActionKey, EntryId, LocalText, UnitId};

/// A member's account in one unit. Amounts are whole points; `available` may be negative after a correction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// What is counted.
    pub unit: UnitId,
    /// Can be spent now.
    pub available: i64,
    /// Earned, not yet spendable.
    pub pending: i64,
    /// Held for something.
    pub reserved: i64,
    /// Earned since joining.
    pub lifetime: i64,
}

/// One line of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The line's id. In a sync change the id stands beside the value, so it may be missing there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<EntryId>,
    /// Grows with each line of the member.
    pub number: i64,
    /// What is counted.
    pub unit: UnitId,
    /// Signed amount in whole points.
    pub amount: i64,
    /// The account's balance after this line.
    pub balance: i64,
    /// Why.
    pub reason: EntryReason,
    /// When, by the server.
    pub at: Timestamp,
    /// Where, in words.
    #[serde(default)]
    pub place: Option<LocalText>,
    /// How it came in.
    #[serde(default)]
    pub channel: Channel,
    /// What for, in words.
    #[serde(default)]
    pub title: Option<LocalText>,
    /// The action that caused it.
    #[serde(default)]
    pub key: Option<ActionKey>,
}

/// Why a ledger line exists. A reason that this version does not know is shown as its title alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names are the field's own")]
pub enum EntryReason {
    Welcome,
    Purchase,
    Claim,
    Refund,
    Return,
    Expiry,
    Adjustment,
    #[serde(other)]
    Other,
}

/// How a ledger line came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names are the field's own")]
pub enum Channel {
    Store,
    App,
    Web,
    #[default]
    #[serde(other)]
    Other,
}
