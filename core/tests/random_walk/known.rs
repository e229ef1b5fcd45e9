//! What a walk knows beside the phones: what was promised to whom, the server's true ledger, and how much was met.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use serde_json::Value;

/// What the test knows of an action that was acknowledged: its call returned.
pub struct Claim {
    /// The claim that it takes back, where it does that.
    pub cancels: Option<String>,
    /// Whose it is, and from which phone.
    pub member: String,
    pub phone: usize,
    /// It was taken back before it was sent, or had stopped and was made anew under another key: it must have no effect. Any
    /// other has one, or one stated refusal.
    pub taken_back: bool,
    /// What the phone said when it was last seen with its member: `None` where nothing waits any more.
    pub waits: Option<&'static str>,
    /// When the server forgot it while it still waited.
    pub forgotten_at: Option<Duration>,
    /// The phone had settled it when the server forgot it, or did by a page that was on its way then. That is the server's
    /// loss: nobody sends it again.
    pub forgotten: bool,
}

impl Claim {
    pub fn new(member: String, phone: usize, cancels: Option<String>) -> Claim {
        let waits = Some("queued");
        Claim { cancels, member, phone, taken_back: false, waits, forgotten_at: None, forgotten: false }
    }
}

/// What the test knows of a lock or an unlocking that was acknowledged.
pub struct Lock {
    /// Whose it is, and from which phone.
    pub member: String,
    pub phone: usize,
    pub locked: bool,
    /// Its opposite was tapped before it was sent, or it had stopped and was made anew.
    pub taken_back: bool,
    /// The server was restored since: it may have forgotten it.
    pub restored: bool,
}

/// A sale whose points the till was promised.
pub struct Sale {
    pub member: String,
    /// The ledger entry of each answer: more than one only where the server forgot the first.
    pub entries: BTreeSet<String>,
}

/// What the true ledger of a member says.
pub struct Ledger {
    /// How often each action took effect.
    pub keys: BTreeMap<String, usize>,
    /// What each of them moved.
    pub amounts: BTreeMap<String, i64>,
    pub entries: BTreeSet<String>,
}

impl Ledger {
    pub fn of(ledger: &Value) -> Ledger {
        let mut read = Ledger { keys: BTreeMap::new(), amounts: BTreeMap::new(), entries: BTreeSet::new() };
        for entry in ledger["entries"].as_array().expect("entries") {
            read.entries.insert(text(entry, "id"));
            if let Some(key) = entry["key"].as_str() {
                *read.keys.entry(key.to_owned()).or_default() += 1;
                let amount = entry["amount"].as_i64().expect("an amount");
                *read.amounts.entry(key.to_owned()).or_default() += amount;
            }
        }
        read
    }
}

/// The text in a field.
pub fn text(value: &Value, name: &str) -> String {
    value[name].as_str().expect("a text").to_owned()
}

/// How often things happened that a walk is there for.
#[derive(Default, Clone, Copy)]
pub struct Met {
    pub claims: usize,
    /// Claims that were taken back by an action, and actions that were tried again.
    pub cancels: usize,
    pub retries: usize,
    /// Locks and unlockings, and claims that were refused on the phone since spending was locked.
    pub locks: usize,
    pub locked: usize,
    /// Codes that change, which tills took.
    pub codes: usize,
    /// Phones that were reported as stolen.
    pub stolen: usize,
    /// Words about what a restored server forgot.
    pub told: usize,
    /// Claims that a restored server had forgotten: settled ones, and answered ones that still waited for their page.
    pub forgotten: usize,
    pub answered: usize,
    /// Members whom a restored server had forgotten.
    pub gone: usize,
}

impl Met {
    /// Both together.
    pub fn and(self, other: Met) -> Met {
        Met {
            claims: self.claims + other.claims,
            cancels: self.cancels + other.cancels,
            retries: self.retries + other.retries,
            locks: self.locks + other.locks,
            locked: self.locked + other.locked,
            codes: self.codes + other.codes,
            stolen: self.stolen + other.stolen,
            told: self.told + other.told,
            forgotten: self.forgotten + other.forgotten,
            answered: self.answered + other.answered,
            gone: self.gone + other.gone,
        }
    }

    /// Whether everything happened at least once.
    pub fn all(&self) -> bool {
        let Met { claims, cancels, retries, locks, locked, codes, stolen, told, forgotten, answered, gone } = self;
        [claims, cancels, retries, locks, locked, codes, stolen, told, forgotten, answered, gone]
            .iter()
            .all(|times| **times > 0)
    }
}

impl fmt::Display for Met {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Met { claims, cancels, retries, locks, locked, codes, stolen, told, forgotten, answered, gone } = self;
        writeln!(
            to,
            "{claims} claims, {cancels} taken back, {retries} actions tried again, {locks} locks, {locked} claims refused by them, \
             {codes} codes, {stolen} phones stolen"
        )?;
        write!(to, "restored servers forgot {forgotten} settled and {answered} answered ones, and {gone} members; ")?;
        write!(to, "{told} words about it")
    }
}
