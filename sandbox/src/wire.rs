//! The JSON of the Member API: what values, effects and answers look like on the wire (docs/member-api.yaml).
//!
//! Shapes only: no rules, no storage, no HTTP.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::programme::{Amount, LocalText, Programme};

/// The kinds of change that sync carries.
pub(crate) mod kind {
    pub(crate) const PROGRAMME: &str = "programme";
    pub(crate) const MEMBER: &str = "member";
    pub(crate) const ACCOUNT: &str = "account";
    pub(crate) const TIER: &str = "tier";
    pub(crate) const STANDING: &str = "standing";
    pub(crate) const REWARD: &str = "reward";
    pub(crate) const VOUCHER: &str = "voucher";
    pub(crate) const ENTRY: &str = "entry";
    pub(crate) const OUTCOME: &str = "outcome";
    pub(crate) const CARD: &str = "card";
    pub(crate) const CODE: &str = "code";
}

/// A value together with its id, where it is not a change.
#[derive(Debug, Serialize)]
pub(crate) struct WithId<T> {
    pub(crate) id: String,
    #[serde(flatten)]
    pub(crate) value: T,
}

/// A member's own data.
#[derive(Debug, Serialize)]
pub(crate) struct Member<'a> {
    pub(crate) name: &'a str,
    pub(crate) joined_at: Timestamp,
    pub(crate) card_number: &'a str,
    pub(crate) language: &'a str,
}

/// What a member's devices need to know of her card. Absent until something of it has held.
#[derive(Debug, Serialize)]
pub(crate) struct Card {
    /// No code of it is good any more, whichever device shows it.
    pub(crate) revoked: bool,
    /// It earns, and spends nothing.
    pub(crate) spend_locked: bool,
    /// Devices with a lower number need a new one: tills that are offline refuse them.
    pub(crate) lowest_device: u16,
}

/// The last code of a device that a till took.
#[derive(Debug, Serialize)]
pub(crate) struct Code {
    pub(crate) period: u64,
}

/// A member's account in one unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Account {
    pub(crate) unit: String,
    pub(crate) available: i64,
    pub(crate) pending: i64,
    pub(crate) reserved: i64,
    pub(crate) lifetime: i64,
}

/// Where a member stands on the ladder of tiers.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Standing {
    pub(crate) tier: String,
    pub(crate) points: i64,
    pub(crate) period_ends_at: Timestamp,
}

/// A reward of the catalogue.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Reward {
    pub(crate) title: LocalText,
    pub(crate) description: LocalText,
    pub(crate) cost: Amount,
    pub(crate) revision: i64,
    pub(crate) stock: Option<i64>,
    pub(crate) tier: Option<String>,
    pub(crate) available_from: Option<Timestamp>,
    pub(crate) available_until: Option<Timestamp>,
    pub(crate) voucher_days: i64,
}

/// What has become of a voucher.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum VoucherState {
    Issued,
    Used,
    Expired,
    Cancelled,
}

/// A reward that was claimed.
#[derive(Debug, Serialize)]
pub(crate) struct Voucher {
    pub(crate) reward: String,
    pub(crate) title: LocalText,
    pub(crate) code: String,
    pub(crate) state: VoucherState,
    pub(crate) issued_at: Timestamp,
    pub(crate) expires_at: Timestamp,
    pub(crate) key: Option<String>,
}

/// Why an account changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Reason {
    Welcome,
    Purchase,
    Claim,
    /// Points of a claim that was taken back.
    Refund,
    /// Points of a purchase that was brought back.
    Return,
    Adjustment,
}

/// Where something happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Channel {
    Store,
    App,
    Web,
}

/// A line of a member's ledger.
#[derive(Debug, Serialize)]
pub(crate) struct Entry {
    pub(crate) number: i64,
    pub(crate) unit: String,
    pub(crate) amount: i64,
    pub(crate) balance: i64,
    pub(crate) reason: Reason,
    pub(crate) at: Timestamp,
    pub(crate) place: Option<LocalText>,
    pub(crate) channel: Channel,
    pub(crate) title: Option<LocalText>,
    pub(crate) key: Option<String>,
}

/// Everything that a confirmed action did.
#[derive(Debug, Serialize)]
pub(crate) struct Effect {
    pub(crate) entries: Vec<WithId<Entry>>,
    pub(crate) voucher: Option<WithId<Voucher>>,
    pub(crate) accounts: Vec<Account>,
    /// How the card stands, where the action was about that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) card: Option<Card>,
}

/// The answer to a confirmed action.
#[derive(Debug, Serialize)]
pub(crate) struct Confirmed<'a> {
    pub(crate) key: &'a str,
    pub(crate) status: Status,
    #[serde(rename = "type")]
    pub(crate) action: &'a str,
    pub(crate) at: Timestamp,
    pub(crate) effect: &'a Effect,
}

/// What became of an action, as sync and `GET /v1/actions/{key}` tell it.
#[derive(Debug, Serialize)]
pub(crate) struct Outcome {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key: Option<String>,
    pub(crate) status: Status,
    #[serde(rename = "type")]
    pub(crate) action: String,
    pub(crate) at: Timestamp,
    pub(crate) effect: Option<Value>,
    pub(crate) problem: Option<Value>,
}

/// Whether an action had an effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Status {
    Confirmed,
    Rejected,
}

/// The programme as the app needs to know it.
pub(crate) fn programme(programme: &Programme) -> Value {
    let units: Vec<Value> = programme
        .units
        .iter()
        .map(|unit| serde_json::json!({"id": unit.id, "kind": unit.kind, "names": unit.names}))
        .collect();
    serde_json::json!({
        "name": programme.name,
        "languages": programme.languages,
        "currency": programme.currency,
        "terms": programme.terms,
        "action_days": programme.action_days,
        "card": {
            "payload": programme.card.payload,
            "symbology": programme.card.symbology,
            "number_length": programme.card.number_length,
            "freshness_days": programme.card.freshness_days,
        },
        "units": units,
    })
}

/// The tiers of the programme: id and value, lowest first.
pub(crate) fn tiers(programme: &Programme) -> impl Iterator<Item = (&str, Value)> {
    programme.tiers.levels.iter().enumerate().map(|(rank, tier)| {
        let value = serde_json::json!({
            "rank": rank,
            "name": tier.name,
            "threshold": tier.threshold,
            "unit": programme.tiers.unit,
            "benefits": tier.benefits,
        });
        (tier.id.as_str(), value)
    })
}
