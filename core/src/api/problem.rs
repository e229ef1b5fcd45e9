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
        "spend-locked" => Refusal::SpendLocked,
        "unknown-claim" => Refusal::UnknownClaim,
        "voucher-closed" => Refusal::VoucherClosed { state: problem.extension("state")? },
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    fn problem(name: &str, extensions: &str) -> Problem {
        let json = format!(r#"{{"type":"{PREFIX}{name}","title":"-","status":409{extensions}}}"#);
        let value: Value = serde_json::from_str(&json).expect("JSON");
        let problem = Problem::parse(json.as_bytes()).expect("a problem of ours");
        assert_eq!(Problem::from_value(&value), Some(problem.clone()), "read in both ways");
        problem
    }

    #[test]
    fn each_registered_refusal_and_what_it_requires() {
        let table = [
            ("insufficient-points", r#","available":10,"needed":50"#),
            ("insufficient-points", r#","available":10"#),
            ("unknown-reward", ""),
            ("reward-unavailable", ""),
            ("sold-out", ""),
            ("tier-required", r#","tier":"gold""#),
            ("tier-required", ""),
            ("price-changed", r#","cost":{"unit":"points","amount":90},"revision":2"#),
            ("price-changed", r#","cost":90,"revision":2"#),
            ("action-expired", ""),
            ("spend-locked", ""),
            ("unknown-claim", ""),
            ("voucher-closed", r#","state":"used""#),
            ("voucher-closed", ""),
            ("in-flight", ""),
        ];
        let shown: Vec<String> = table
            .iter()
            .map(|(name, extensions)| format!("{name}: {:?}\n", refusal(&problem(name, extensions))))
            .collect();
        expect![[r#"
            insufficient-points: Some(InsufficientPoints { available: 10, needed: 50 })
            insufficient-points: None
            unknown-reward: Some(UnknownReward)
            reward-unavailable: Some(RewardUnavailable)
            sold-out: Some(SoldOut)
            tier-required: Some(TierRequired { tier: TierId("gold") })
            tier-required: None
            price-changed: Some(PriceChanged { cost: Cost { unit: UnitId("points"), amount: 90 }, revision: 2 })
            price-changed: None
            action-expired: Some(ActionExpired)
            spend-locked: Some(SpendLocked)
            unknown-claim: Some(UnknownClaim)
            voucher-closed: Some(VoucherClosed { state: Used })
            voucher-closed: None
            in-flight: None
        "#]]
        .assert_eq(&shown.concat());
    }

    #[test]
    fn a_problem_is_ours_by_its_type_and_names_its_action() {
        assert_eq!(Problem::parse(br#"{"type":"about:blank"}"#), None);
        assert_eq!(Problem::from_value(&serde_json::json!({ "type": "about:blank" })), None);
        assert_eq!(Problem::parse(b"<html>"), None);
        let key = "019b76da-a800-7707-8707-070707070707";
        let named = problem("in-flight", &format!(r#","key":"{key}""#));
        assert_eq!((named.name(), named.key()), ("in-flight", key.parse().ok()));
        assert_eq!(problem("in-flight", "").key(), None);
        assert_eq!(problem("in-flight", r#","key":"none""#).key(), None);
    }
}
