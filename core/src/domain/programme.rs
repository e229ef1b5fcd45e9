//! The programme and the member in it: rules of the card, units, tiers, and where the member stands.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{LocalText, TierId, UnitId};

/// A loyalty programme as its backend describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Programme {
    /// The name in each language.
    pub name: LocalText,
    /// Language tags that the programme has texts in.
    pub languages: Vec<String>,
    /// ISO 4217 code.
    pub currency: String,
    /// Version of the terms in force.
    pub terms: String,
    /// How many days a queued action stays valid. Shorter than the server keeps its keys.
    pub action_days: u16,
    /// How the card is made.
    pub card: CardRules,
    /// What the programme counts, the main unit first.
    pub units: Vec<Unit>,
}

impl Programme {
    /// The unit with this id.
    pub fn unit(&self, id: &UnitId) -> Option<&Unit> {
        self.units.iter().find(|unit| &unit.id == id)
    }
}

/// How the programme's card is made. docs/member-api.yaml, `CardRules`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardRules {
    /// `static`, `rotating`, `proof` (docs/card-format.md). Of another one the app says that it is too old.
    pub payload: String,
    /// `qr`, `code128`, `ean13`, `pdf417`, `aztec`, `data-matrix`. Of another one the app says that it is too old.
    pub symbology: String,
    /// Characters of a card number, 1 to 18.
    pub number_length: u8,
    /// For how many days without the server a card is shown that is not `static`.
    #[serde(default = "freshness_days")]
    pub freshness_days: u16,
}

fn freshness_days() -> u16 {
    7
}

/// What an account counts, with its name in the plural forms of each language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unit {
    /// The unit's id.
    pub id: UnitId,
    /// `points`, `stamps`, ...
    pub kind: String,
    /// Language tag to plural forms.
    pub names: BTreeMap<String, PluralForms>,
}

/// Plural forms keyed by CLDR category (`one`, `few`, `many`, `other`); `other` is always there by the Member API.
pub type PluralForms = BTreeMap<String, String>;

/// The member.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The name as the member gave it.
    pub name: String,
    /// When the member joined.
    pub joined_at: Timestamp,
    /// The number on the card.
    pub card_number: String,
    /// The language that the member chose at joining.
    pub language: String,
}

/// Names and card numbers stay out of logs.
impl std::fmt::Debug for Member {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Member").field("joined_at", &self.joined_at).finish_non_exhaustive()
    }
}

/// A tier of the programme.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tier {
    /// Order: 0 is where everybody begins.
    pub rank: u16,
    /// The name in each language.
    pub name: LocalText,
    /// Amount within the period from which the member is in this tier.
    pub threshold: i64,
    /// What is counted.
    pub unit: UnitId,
    /// What the member gets, in words.
    pub benefits: Vec<LocalText>,
}

/// Where the member stands among the tiers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// The tier now.
    pub tier: TierId,
    /// Counted so far in this period.
    pub points: i64,
    /// When counting begins anew.
    pub period_ends_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_is_found_by_its_id() {
        let id = |text: &str| text.parse::<UnitId>().expect("an id");
        let unit = |name: &str| Unit { id: id(name), kind: name.to_owned(), names: BTreeMap::new() };
        let card = CardRules {
            payload: "static".to_owned(),
            symbology: "qr".to_owned(),
            number_length: 16,
            freshness_days: 7,
        };
        let programme = Programme {
            name: LocalText::default(),
            languages: vec!["en".to_owned()],
            currency: "EUR".to_owned(),
            terms: "1".to_owned(),
            action_days: 7,
            card,
            units: vec![unit("points"), unit("stamps")],
        };
        assert_eq!(programme.unit(&id("stamps")), Some(&programme.units[1]));
        assert_eq!(programme.unit(&id("tokens")), None);
    }

    #[test]
    fn debug_shows_no_person() {
        let member = Member {
            name: "Ada".to_owned(),
            joined_at: Timestamp::UNIX_EPOCH,
            card_number: "9820000000000018".to_owned(),
            language: "en".to_owned(),
        };
        assert_eq!(format!("{member:?}"), "Member { joined_at: 1970-01-01T00:00:00Z, .. }");
    }
}
