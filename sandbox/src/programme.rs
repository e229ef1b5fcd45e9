//! A loyalty programme as data: loaded from `programme.toml` and checked before anything runs on it.
//!
//! Knows the file and its rules, nothing of members, storage or HTTP. A programme that is here is valid.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::Deserialize;

/// A text in each language of the programme, by language tag. English is always there.
pub type LocalText = BTreeMap<String, String>;

/// The programmes that ship with the sandbox: name and file.
const EMBEDDED: [(&str, &str); 1] = [("market", include_str!("../programmes/market/programme.toml"))];

/// The largest number of points, minor units or stock in a programme's file: far from where sums overflow.
const MAX_AMOUNT: i64 = 1_000_000_000;

/// The largest file, in bytes: all of it is told in one transaction, and no page of sync may be larger than 1 MiB.
const MAX_FILE: usize = 256 * 1024;

/// A programme's whole behaviour.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Programme {
    pub(crate) id: String,
    pub(crate) name: LocalText,
    pub(crate) languages: Vec<String>,
    pub(crate) currency: String,
    pub(crate) terms: String,
    pub(crate) action_days: i64,
    pub(crate) card: Card,
    pub(crate) units: Vec<Unit>,
    pub(crate) earn: Earn,
    pub(crate) welcome: Option<Amount>,
    pub(crate) limits: Limits,
    pub(crate) tiers: Tiers,
    pub(crate) rewards: Vec<Reward>,
    pub(crate) stores: Vec<Store>,
    /// SHA-256 of the file, so that a server that is opened again notices that its programme has changed.
    #[serde(skip)]
    pub(crate) digest: String,
}

/// What the card shows and how its number is made.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Card {
    pub(crate) payload: Payload,
    pub(crate) symbology: Symbology,
    pub(crate) number_length: usize,
    pub(crate) prefix: String,
    /// For how many days without the server the app shows a card that is not `static`.
    #[serde(default = "freshness_days")]
    pub(crate) freshness_days: i64,
}

fn freshness_days() -> i64 {
    7
}

/// What the barcode holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Payload {
    /// The card number alone.
    Static,
    /// A code that the backend checks.
    Rotating,
    /// A proof that a till checks by itself.
    Proof,
}

/// The barcode's kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Symbology {
    Qr,
    Code128,
    /// Card numbers are 13 digits, of which the last is the check digit of EAN-13 and not of Luhn.
    Ean13,
    Pdf417,
    Aztec,
    DataMatrix,
}

/// A unit of account and its names: language, plural category (CLDR), word.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Unit {
    pub(crate) id: String,
    pub(crate) kind: UnitKind,
    pub(crate) names: BTreeMap<String, BTreeMap<String, String>>,
}

/// What a unit is, for how it is shown.
#[derive(Debug, Clone, Copy, Deserialize, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum UnitKind {
    Points,
}

/// `amount` of `unit` for each whole `minor` (minor units of the currency) of a receipt.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Earn {
    pub(crate) unit: String,
    pub(crate) minor: i64,
    pub(crate) amount: i64,
}

/// So much of a unit.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, serde::Serialize)]
pub(crate) struct Amount {
    pub(crate) unit: String,
    pub(crate) amount: i64,
}

/// How often something may be asked for within one hour.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Limits {
    pub(crate) codes_per_address: u32,
    pub(crate) codes_per_network: u32,
    pub(crate) failed_grants_per_network: u32,
}

/// The ladder of tiers, lowest first, and the unit that counts towards it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tiers {
    pub(crate) unit: String,
    pub(crate) levels: Vec<Tier>,
}

/// One tier; its rank is its place in the ladder.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tier {
    pub(crate) id: String,
    pub(crate) threshold: i64,
    pub(crate) multiplier_percent: i64,
    pub(crate) name: LocalText,
    pub(crate) benefits: Vec<LocalText>,
}

/// A reward as the programme offers it at first; the catalogue in the database may change later.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reward {
    pub(crate) id: String,
    pub(crate) title: LocalText,
    pub(crate) description: LocalText,
    pub(crate) cost: Amount,
    pub(crate) stock: Option<i64>,
    pub(crate) tier: Option<String>,
    pub(crate) available_from: Option<Timestamp>,
    pub(crate) available_until: Option<Timestamp>,
    pub(crate) voucher_days: i64,
}

/// A shop with its tills.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Store {
    pub(crate) id: String,
    pub(crate) name: LocalText,
    pub(crate) tills: Vec<Till>,
}

/// A till and its credential.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Till {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) secret: String,
}

impl fmt::Debug for Till {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Till").field("id", &self.id).field("name", &self.name).finish_non_exhaustive()
    }
}

/// Why a programme cannot be used. The programme's author is at fault.
#[derive(Debug, thiserror::Error)]
pub enum ProgrammeError {
    /// No programme of this name ships with the sandbox.
    #[error("there is no programme named {name:?}; there are: {known}")]
    Unknown {
        /// The name that was asked for.
        name: String,
        /// The names that there are.
        known: String,
    },
    /// The file could not be read.
    #[error("cannot read the programme {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The file is not TOML, or a field is missing, unknown or of the wrong type.
    #[error("the programme is not well formed: {0}")]
    Syntax(#[from] toml::de::Error),
    /// The file can be read but contradicts itself or the rules; every fault is listed.
    #[error("the programme is not valid:\n- {}", .0.join("\n- "))]
    Invalid(Vec<String>),
}

impl Programme {
    /// The names of the programmes that ship with the sandbox.
    pub fn names() -> impl Iterator<Item = &'static str> {
        EMBEDDED.iter().map(|(name, _)| *name)
    }

    /// A programme that ships with the sandbox, for example `market`.
    pub fn named(name: &str) -> Result<Programme, ProgrammeError> {
        match EMBEDDED.iter().find(|(known, _)| *known == name) {
            Some((_, text)) => Programme::parse(text),
            None => Err(ProgrammeError::Unknown {
                name: name.to_owned(),
                known: Programme::names().collect::<Vec<_>>().join(", "),
            }),
        }
    }

    /// A programme from its `programme.toml`.
    pub fn from_file(path: &Path) -> Result<Programme, ProgrammeError> {
        let text =
            std::fs::read_to_string(path).map_err(|source| ProgrammeError::Read { path: path.to_owned(), source })?;
        Programme::parse(&text)
    }

    /// A programme from the text of its `programme.toml`.
    pub fn parse(text: &str) -> Result<Programme, ProgrammeError> {
        if text.len() > MAX_FILE {
            return Err(ProgrammeError::Invalid(vec![format!("the file has more than {MAX_FILE} bytes")]));
        }
        let mut programme: Programme = toml::from_str(text)?;
        programme.digest = crate::ids::hex_digest(text);
        let faults = Check::run(&programme);
        if faults.is_empty() { Ok(programme) } else { Err(ProgrammeError::Invalid(faults)) }
    }

    /// The programme's id, for example `market`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The version of the terms that a new member accepts.
    pub fn terms(&self) -> &str {
        &self.terms
    }

    /// The same programme with cards of another payload.
    #[must_use]
    pub fn with_payload(mut self, payload: Payload) -> Programme {
        self.card.payload = payload;
        // What a server that is opened again tells its members.
        self.digest = crate::ids::hex_digest(&format!("{}{payload:?}", self.digest));
        self
    }

    pub(crate) fn tier(&self, id: &str) -> Option<&Tier> {
        self.tiers.levels.iter().find(|tier| tier.id == id)
    }

    pub(crate) fn rank(&self, id: &str) -> Option<usize> {
        self.tiers.levels.iter().position(|tier| tier.id == id)
    }

    /// The tier that so many tier points reach.
    pub(crate) fn tier_for(&self, points: i64) -> &Tier {
        // `Check` refuses a ladder whose first threshold is not 0.
        self.tiers.levels.iter().rev().find(|tier| tier.threshold <= points).unwrap_or(&self.tiers.levels[0])
    }

    pub(crate) fn till(&self, id: &str) -> Option<(&Store, &Till)> {
        self.stores.iter().find_map(|store| Some((store, store.tills.iter().find(|till| till.id == id)?)))
    }

    /// Points for a receipt of `minor` minor units at a tier: whole steps first, then the tier's multiplier, rounded
    /// down. `None` if the result does not fit.
    pub(crate) fn points_for(&self, minor: i64, tier: &Tier) -> Option<i64> {
        let base = (minor / self.earn.minor).checked_mul(self.earn.amount)?;
        Some(base.checked_mul(tier.multiplier_percent)? / 100)
    }
}

/// Collects everything that is wrong, so that an author need not find it one run at a time.
struct Check<'a> {
    programme: &'a Programme,
    faults: Vec<String>,
}

impl Check<'_> {
    fn run(programme: &Programme) -> Vec<String> {
        let mut check = Check { programme, faults: Vec::new() };
        check.basics();
        check.units();
        check.tiers();
        check.rewards();
        check.stores();
        check.faults
    }

    fn ensure(&mut self, holds: bool, fault: impl FnOnce() -> String) {
        if !holds {
            self.faults.push(fault());
        }
    }

    fn id(&mut self, what: &str, id: &str) {
        self.ensure(is_id(id), || format!("{what} {id:?}: an id is 1 to 64 of A-Z a-z 0-9 . _ : -"));
    }

    fn unique<'b>(&mut self, what: &str, ids: impl Iterator<Item = &'b str>) {
        let mut seen = BTreeSet::new();
        for id in ids {
            self.id(what, id);
            self.ensure(seen.insert(id), || format!("{what} {id:?} is there twice"));
        }
    }

    fn text(&mut self, what: &str, text: &LocalText) {
        for language in &self.programme.languages {
            let there = text.get(language).is_some_and(|words| !words.trim().is_empty());
            self.ensure(there, || format!("{what}: no text in {language:?}"));
        }
        for language in text.keys() {
            let known = self.programme.languages.contains(language);
            self.ensure(known, || format!("{what}: {language:?} is not one of `languages`"));
        }
        let longest = text.values().map(|words| words.chars().count()).max().unwrap_or(0);
        self.ensure(longest <= 1000, || format!("{what}: longer than 1000 characters"));
    }

    fn positive(&mut self, what: &str, amount: i64) {
        self.ensure((1..=MAX_AMOUNT).contains(&amount), || format!("{what} is {amount}, not 1 to {MAX_AMOUNT}"));
    }

    fn amount(&mut self, what: &str, amount: &Amount) {
        self.positive(what, amount.amount);
        self.unit(what, &amount.unit);
    }

    fn unit(&mut self, what: &str, unit: &str) {
        let known = self.programme.units.iter().any(|known| known.id == unit);
        self.ensure(known, || format!("{what}: there is no unit {unit:?}"));
    }

    fn basics(&mut self) {
        let programme = self.programme;
        self.id("programme", &programme.id);
        self.ensure(programme.languages.iter().any(|tag| tag == "en"), || "`languages` lacks \"en\"".to_owned());
        self.unique("language", programme.languages.iter().map(String::as_str));
        self.text("name", &programme.name);
        let currency = &programme.currency;
        let is_code = currency.len() == 3 && currency.bytes().all(|byte| byte.is_ascii_uppercase());
        self.ensure(is_code, || format!("currency {currency:?} is not three capital letters (ISO 4217)"));
        self.id("terms", &programme.terms);
        let days = programme.action_days;
        // The server keeps keys and answers for 30 days; an action must run out well before.
        self.ensure((1..=21).contains(&days), || format!("action_days is {days}, not 1 to 21"));
        let Card { number_length, prefix, .. } = &programme.card;
        self.ensure((8..=18).contains(number_length), || format!("card.number_length is {number_length}, not 8 to 18"));
        let fits = prefix.bytes().all(|byte| byte.is_ascii_digit()) && prefix.len() + 4 <= *number_length;
        self.ensure(fits, || format!("card.prefix {prefix:?} is not digits, or leaves no room for 4 more"));
        let days = programme.card.freshness_days;
        self.ensure((1..=30).contains(&days), || format!("card.freshness_days is {days}, not 1 to 30"));
        let holds = programme.card.symbology != Symbology::Ean13
            || (programme.card.payload == Payload::Static && *number_length == 13);
        self.ensure(holds, || "card.symbology is ean13: card.payload must be static, card.number_length 13".to_owned());
        self.unit("earn", &programme.earn.unit);
        self.positive("earn.minor", programme.earn.minor);
        self.ensure((1..=1000).contains(&programme.earn.amount), || "earn.amount is not 1 to 1000".to_owned());
        if let Some(welcome) = &programme.welcome {
            self.amount("welcome", welcome);
        }
        let Limits { codes_per_address, codes_per_network, failed_grants_per_network } = programme.limits;
        let least = codes_per_address.min(codes_per_network).min(failed_grants_per_network);
        self.ensure(least > 0, || "limits: none of them may be 0".to_owned());
    }

    fn units(&mut self) {
        let programme = self.programme;
        self.unique("unit", programme.units.iter().map(|unit| unit.id.as_str()));
        for unit in &programme.units {
            for language in &programme.languages {
                for category in plural_categories(language) {
                    let there = unit.names.get(language).is_some_and(|words| words.contains_key(*category));
                    self.ensure(there, || format!("unit {:?}: no name for {language}.{category}", unit.id));
                }
            }
        }
    }

    fn tiers(&mut self) {
        let programme = self.programme;
        let levels = &programme.tiers.levels;
        self.unit("tiers", &programme.tiers.unit);
        self.unique("tier", levels.iter().map(|tier| tier.id.as_str()));
        let from_zero = levels.first().is_some_and(|tier| tier.threshold == 0);
        self.ensure(from_zero, || "the first tier's threshold is not 0".to_owned());
        for (lower, higher) in levels.iter().zip(levels.iter().skip(1)) {
            let rises = lower.threshold < higher.threshold && higher.threshold <= MAX_AMOUNT;
            self.ensure(rises, || format!("tier {:?}: the threshold is not above the one before", higher.id));
        }
        for tier in levels {
            let what = format!("tier {:?}", tier.id);
            self.text(&what, &tier.name);
            self.ensure(tier.benefits.len() <= 20, || format!("{what}: more than 20 benefits"));
            for benefit in &tier.benefits {
                self.text(&format!("{what}, benefits"), benefit);
            }
            let percent = tier.multiplier_percent;
            self.ensure((1..=1000).contains(&percent), || format!("{what}: multiplier_percent is not 1 to 1000"));
        }
    }

    fn rewards(&mut self) {
        let programme = self.programme;
        self.unique("reward", programme.rewards.iter().map(|reward| reward.id.as_str()));
        for reward in &programme.rewards {
            let what = format!("reward {:?}", reward.id);
            self.text(&format!("{what}, title"), &reward.title);
            self.text(&format!("{what}, description"), &reward.description);
            self.amount(&format!("{what}, cost"), &reward.cost);
            let stock = reward.stock.unwrap_or(0);
            self.ensure((0..=MAX_AMOUNT).contains(&stock), || format!("{what}: stock is {stock}"));
            let days = reward.voucher_days;
            self.ensure((1..=3660).contains(&days), || format!("{what}: voucher_days is {days}, not 1 to 3660"));
            if let Some(tier) = &reward.tier {
                self.ensure(programme.tier(tier).is_some(), || format!("{what}: there is no tier {tier:?}"));
            }
            if let (Some(from), Some(until)) = (reward.available_from, reward.available_until) {
                self.ensure(from < until, || format!("{what}: available_until is not after available_from"));
            }
        }
    }

    fn stores(&mut self) {
        let programme = self.programme;
        self.unique("store", programme.stores.iter().map(|store| store.id.as_str()));
        let tills = || programme.stores.iter().flat_map(|store| &store.tills);
        self.unique("till", tills().map(|till| till.id.as_str()));
        for store in &programme.stores {
            self.text(&format!("store {:?}", store.id), &store.name);
        }
        for till in tills() {
            self.ensure(till.secret.len() >= 16, || format!("till {:?}: the secret is shorter than 16", till.id));
        }
    }
}

/// Whether `text` is an id of the Member API.
pub(crate) fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b':' | b'-'))
}

/// The plural categories (CLDR 48, cardinal) that a language tells apart; `other` alone where it is not known here.
fn plural_categories(language: &str) -> &'static [&'static str] {
    match language {
        "en" => &["one", "other"],
        "pl" | "cs" | "ru" | "lt" => &["one", "few", "many", "other"],
        _ => &["other"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn market_with(from: &str, to: &str) -> Result<Programme, ProgrammeError> {
        let text = EMBEDDED[0].1;
        assert!(text.contains(from), "the programme has no {from:?} any more");
        Programme::parse(&text.replacen(from, to, 1))
    }

    fn check(from: &str, to: &str, fault: &str) {
        let error = market_with(from, to).expect_err("not valid").to_string();
        assert!(error.contains(fault), "{error}");
    }

    #[test]
    fn every_programme_that_ships_is_valid() {
        for name in Programme::names() {
            let programme = Programme::named(name).expect("valid");
            assert_eq!(programme.id(), name);
        }
    }

    #[test]
    fn an_unknown_name_says_which_there_are() {
        let error = Programme::named("nowhere").expect_err("unknown").to_string();
        assert_eq!(error, "there is no programme named \"nowhere\"; there are: market");
    }

    #[test]
    fn faults_are_named_with_their_place() {
        check("languages = [\"en\", \"pl\"", "languages = [\"en\", \"de\"", "name: no text in \"de\"");
        check("few = \"punkty\", ", "", "unit \"points\": no name for pl.few");
        check("tier = \"gold\"", "tier = \"jade\"", "reward \"gold-tasting\": there is no tier \"jade\"");
        check("threshold = 500", "threshold = 5000", "tier \"gold\": the threshold is not above the one before");
        check("amount = 50 }", "amount = 0 }", "reward \"coffee\", cost is 0, not 1 to 1000000000");
        check("unit = \"points\", amount = 50 }", "unit = \"miles\", amount = 50 }", "there is no unit \"miles\"");
        check("id = \"riverside-1\"", "id = \"old-town-1\"", "till \"old-town-1\" is there twice");
        check("currency = \"EUR\"", "currency = \"euro\"", "currency \"euro\" is not three capital letters");
        check("voucher_days = 30", "", "missing field `voucher_days`");
        check("stock = 12", "stok = 12", "unknown field `stok`");
        check("symbology = \"qr\"", "symbology = \"maxicode\"", "unknown variant `maxicode`");
        check("symbology = \"qr\"", "symbology = \"ean13\"", "card.payload must be static, card.number_length 13");
    }

    #[test]
    fn a_file_that_would_not_fit_into_a_page_of_sync_is_refused() {
        check("id = \"market\"", &format!("# {}\nid = \"market\"", "x".repeat(MAX_FILE)), "more than 262144 bytes");
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = Programme::from_file(Path::new("no-such-programme.toml")).expect_err("missing").to_string();
        assert_eq!(error, "cannot read the programme no-such-programme.toml");
    }

    #[test]
    fn points_are_for_whole_euros_times_the_multiplier_rounded_down() {
        let market = Programme::named("market").expect("valid");
        let tier = |id| market.tier(id).expect("there");
        assert_eq!(market.points_for(3500, tier("bronze")), Some(35));
        assert_eq!(market.points_for(3599, tier("bronze")), Some(35));
        assert_eq!(market.points_for(99, tier("platinum")), Some(0));
        assert_eq!(market.points_for(3599, tier("silver")), Some(38));
        assert_eq!(market.points_for(i64::MAX, tier("gold")), None);
    }

    #[test]
    fn secrets_of_tills_are_not_in_debug() {
        let market = Programme::named("market").expect("valid");
        assert!(!format!("{market:?}").contains("development-"));
    }
}
