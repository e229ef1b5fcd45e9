//! Problem documents (RFC 9457) with the registered types of the Member API.

use serde::Deserialize;
use serde_json::Value;

use crate::domain::{ActionKey, Cost, Refusal, TierId};

/// What each registered type begins with.
const PREFIX: &str = "urn:member-core:problem:";

/// A problem document, less its prose: decisions are never made on text.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Problem {
    /// The registered type, as a URI.
    #[serde(rename = "type")]
    uri: String,
    /// Extension members.
    #[serde(flatten)]
    extensions: serde_json::Map<String, Value>,
}

impl Problem {
    /// The problem in a JSON document; `None` where it is none of ours.
    pub fn parse(json: &[u8]) -> Option<Problem> {
        serde_json::from_slice::<Problem>(json).ok().filter(|problem| problem.uri.starts_with(PREFIX))
    }

    /// The problem in a parsed JSON document.
    pub fn from_value(value: &Value) -> Option<Problem> {
        Problem::deserialize(value).ok().filter(|problem| problem.uri.starts_with(PREFIX))
    }

    /// The registered name: `price-changed`, ...
    pub fn name(&self) -> &str {
        self.uri.strip_prefix(PREFIX).unwrap_or(&self.uri)
    }

    /// The action that the problem is about.
    pub fn key(&self) -> Option<ActionKey> {
        self.extension("key")
    }

    fn extension<T: serde::de::DeserializeOwned>(&self, name: &str) -> Option<T> {
        self.extensions.get(name).and_then(|value| T::deserialize(value).ok())
    }
}

/// The registered refusal that `problem` is; `None` for every other type, and where what the type requires is missing.
pub fn refusal(problem: &Problem) -> Option<Refusal> {
    Some(match problem.name() {
        "insufficient-points" => Refusal::InsufficientPoints {
            available: problem.extension("available")?,
            needed: problem.extension("needed")?,
        },
        "unknown-reward" => Refusal::UnknownReward,
        "reward-unavailable" => Refusal::RewardUnavailable,
        "sold-out" => Refusal::SoldOut,
        "tier-required" => Refusal::TierRequired { tier: problem.extension::<TierId>("tier")? },
        "price-changed" => {
            Refusal::PriceChanged { cost: problem.extension::<Cost>("cost")?, revision: problem.extension("revision")? }
        }
        "action-expired" => Refusal::ActionExpired,
        "unknown-claim" => Refusal::UnknownClaim,
        "voucher-closed" => Refusal::VoucherClosed { state: problem.extension("state")? },
        _ => return None,
    })
}
