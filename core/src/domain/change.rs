//! One typed change of the sync stream.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    Account, ActionKey, CardState, CodeTaken, Entry, EntryId, InvalidId, Member, MemberId, Outcome, Programme,
    ProgrammeId, Reward, RewardId, Standing, Tier, TierId, UnitId, Voucher, VoucherId,
};

/// A change as it stands in a page: the kind as a name, so that an unknown kind is passed over. Borrowed from the page's bytes.
#[derive(Debug, Clone, Deserialize)]
pub struct Change<'a> {
    /// What changed.
    #[serde(borrow)]
    pub kind: Cow<'a, str>,
    /// Which one.
    #[serde(borrow)]
    pub id: Cow<'a, str>,
    /// How it is now, not read yet. Missing in a tombstone.
    #[serde(borrow, default)]
    pub value: Option<&'a RawValue>,
    /// Whether it is gone.
    #[serde(default)]
    pub deleted: bool,
}

/// A change that this version understands. `None` in place of the value is a tombstone.
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "each variant is the type of the same name")]
pub enum Known {
    Programme(ProgrammeId, Option<Programme>),
    Member(MemberId, Option<Member>),
    Account(UnitId, Option<Account>),
    Tier(TierId, Option<Tier>),
    Standing(Option<Standing>),
    Reward(RewardId, Option<Reward>),
    Voucher(VoucherId, Option<Voucher>),
    Entry(EntryId, Option<Entry>),
    Outcome(ActionKey, Option<Outcome>),
    Card(Option<CardState>),
    /// Of the device of this number.
    Code(u16, Option<CodeTaken>),
}

/// A change of a known kind that breaks the Member API: the server is at fault, and the page is not applied.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the server sent a malformed change of kind {kind}: {what}")]
pub struct MalformedChange {
    kind: String,
    what: String,
}

impl Change<'_> {
    /// The change as a known one; `None` for a kind that this version does not have.
    pub fn known(self) -> Result<Option<Known>, MalformedChange> {
        let kind = self.kind.clone();
        self.read().map_err(|what| MalformedChange { kind: kind.into_owned(), what })
    }

    fn read(self) -> Result<Option<Known>, String> {
        let Change { kind, id, value, deleted } = self;
        let value = match (value, deleted) {
            (_, true) => None,
            (Some(value), false) => Some(value),
            (None, false) => return Err("it has neither a value nor a tombstone".to_owned()),
        };
        Ok(Some(match kind.as_ref() {
            "programme" => Known::Programme(parse_id(&id)?, parse_value(value)?),
            "member" => Known::Member(parse_id(&id)?, parse_value(value)?),
            "account" => Known::Account(parse_id(&id)?, parse_value(value)?),
            "tier" => Known::Tier(parse_id(&id)?, parse_value(value)?),
            "standing" => Known::Standing(parse_value(value)?),
            "reward" => Known::Reward(parse_id(&id)?, parse_value(value)?),
            "voucher" => Known::Voucher(parse_id(&id)?, parse_value(value)?),
            "entry" => Known::Entry(parse_id(&id)?, parse_value(value)?),
            "outcome" => Known::Outcome(parse_id(&id)?, parse_value(value)?),
            "card" => Known::Card(parse_value(value)?),
            "code" => Known::Code(id.parse().map_err(|_| "its id is no device number")?, parse_value(value)?),
            _ => return Ok(None),
        }))
    }
}

fn parse_id<T: std::str::FromStr<Err = InvalidId>>(id: &str) -> Result<T, String> {
    id.parse().map_err(|error: InvalidId| error.to_string())
}

/// The message of a failed parse names fields and types; values are left out, since they may be personal.
fn parse_value<T: serde::de::DeserializeOwned>(value: Option<&RawValue>) -> Result<Option<T>, String> {
    value
        .map(|value| {
            serde_json::from_str(value.get()).map_err(|error| match error.classify() {
                serde_json::error::Category::Data => "a field is missing or of another type".to_owned(),
                _ => "it is not valid JSON".to_owned(),
            })
        })
        .transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(json: &str) -> Result<Option<Known>, MalformedChange> {
        serde_json::from_str::<Change<'_>>(json).expect("a change").known()
    }

    #[test]
    fn unknown_kinds_pass_and_known_ones_are_held_to_the_contract() {
        assert!(matches!(change(r#"{"kind":"badge","id":"b","value":{"x":1}}"#), Ok(None)));
        assert!(matches!(change(r#"{"kind":"reward","id":"r","deleted":true}"#), Ok(Some(Known::Reward(_, None)))));
        let account = r#"{"kind":"account","id":"points","value":
            {"unit":"points","available":1,"pending":0,"reserved":0,"lifetime":1,"field_of_the_future":[]}}"#;
        assert!(matches!(change(account), Ok(Some(Known::Account(_, Some(_))))));
        let key = "019b76da-a800-7707-8707-070707070707";
        for (kind, id, name) in [
            ("programme", "p", "Programme"),
            ("member", "m", "Member"),
            ("account", "points", "Account"),
            ("tier", "gold", "Tier"),
            ("standing", "s", "Standing"),
            ("reward", "coffee", "Reward"),
            ("voucher", "v", "Voucher"),
            ("entry", "e", "Entry"),
            ("outcome", key, "Outcome"),
            ("card", "card", "Card"),
            ("code", "3", "Code"),
        ] {
            let known = change(&format!(r#"{{"kind":"{kind}","id":"{id}","deleted":true}}"#));
            let shown = format!("{:?}", known.expect("a change").expect("a known kind"));
            assert!(shown.starts_with(&format!("{name}(")) && shown.ends_with("None)"), "{kind}: {shown}");
        }
        for bad in [
            r#"{"kind":"reward","id":"r"}"#,
            r#"{"kind":"reward","id":"r","value":{}}"#,
            r#"{"kind":"reward","id":"a b","deleted":true}"#,
            r#"{"kind":"code","id":"65536","deleted":true}"#,
            r#"{"kind":"account","id":"points","value":{"unit":"points","available":"many"}}"#,
        ] {
            assert!(change(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_is_malformed_is_told_without_the_values() {
        let told = |json| change(json).expect_err("a malformed change").to_string();
        let said = "the server sent a malformed change of kind account: a field is missing or of another type";
        assert_eq!(told(r#"{"kind":"account","id":"points","value":{"unit":"Ada"}}"#), said);
        let said = format!("the server sent a malformed change of kind account: {InvalidId}");
        assert_eq!(told(r#"{"kind":"account","id":"żółw","deleted":true}"#), said);
    }
}
