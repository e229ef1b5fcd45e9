//! One life of a phone, by seed: killed again and again, beside a server that has bad days, and held in the end against the
//! server's true ledger. Must not know how a phone does what it does.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use member_core::ports::native::{self, NetworkSwitch};
use member_core::ports::simulated::World;
use member_core::views::ActionFate;
use member_core::{Home, Wallet, WalletConfig};
use serde_json::{Value, json};
use tokio::runtime::Builder;

use crate::backend::Backend;
use crate::disk;
use crate::phone::{EMAIL, Errand};
use crate::process::{Moment, Process};
use crate::said::{Phase, Said, under_way};

/// How often a phone is killed in one life.
pub const KILLS: usize = 50;
/// The first kills are meant for the first sign-in.
const KILLS_WHILE_SIGNING_IN: usize = 8;
/// About what it takes until the wallet is open.
const START: Duration = Duration::from_millis(40);
/// The newest safe actions, which each phone is asked for when it has started.
const ASKED: usize = 20;
const POINTS: i64 = 1_000_000;

/// What a phone is killed in the middle of, once somebody is signed in.
const AIMS: [Phase; 9] = [
    Phase::Opening,
    Phase::Claiming,
    Phase::Discarding,
    Phase::Changing,
    Phase::Sending,
    Phase::Settling,
    Phase::Applying,
    Phase::Renewing,
    Phase::Closing,
];

/// How a life differs from that of a good phone beside a good server: for the controls.
#[derive(Debug, Clone, Copy, Default)]
pub struct Broken {
    /// The phone says that a claim is safe before it is.
    pub too_early: bool,
    /// The server executes a repeated action again.
    pub ignores_keys: bool,
}

/// What a life, or several, came to.
#[derive(Debug, Default)]
pub struct Tally {
    pub kills: usize,
    /// What the phone was in the middle of when it was killed.
    pub phases: BTreeMap<Phase, usize>,
    /// Actions whose call returned.
    pub acknowledged: usize,
    /// Actions whose call was cut off and which were there all the same: durable, and not yet said.
    pub unsaid: usize,
    pub gone: usize,
    pub effects: usize,
    /// Effects that took back those of a claim.
    pub cancels: usize,
    pub refused: usize,
    /// Kills after another one, before the wallet was open again.
    pub in_succession: usize,
}

impl Tally {
    pub fn add(&mut self, other: Tally) {
        for (phase, count) in other.phases {
            *self.phases.entry(phase).or_default() += count;
        }
        self.kills += other.kills;
        self.acknowledged += other.acknowledged;
        self.unsaid += other.unsaid;
        self.gone += other.gone;
        self.effects += other.effects;
        self.cancels += other.cancels;
        self.refused += other.refused;
        self.in_succession += other.in_succession;
    }

    /// What no phone was killed in the middle of.
    pub fn missed(&self) -> Vec<Phase> {
        Phase::ALL.into_iter().filter(|phase| !self.phases.contains_key(phase)).collect()
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Tally { kills, acknowledged, unsaid, gone, effects, cancels, refused, in_succession, phases } = self;
        write!(
            formatter,
            "{kills} kills, {in_succession} of them before the wallet was open again: {acknowledged} actions acknowledged and \
             {unsaid} not, {effects} took effect, {cancels} of them to take another back, {refused} were refused, {gone} were \
             discarded; in the middle of"
        )?;
        phases.iter().try_for_each(|(phase, count)| write!(formatter, " {phase:?} {count}"))
    }
}

/// What is known of an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    /// Its call returned: it is safe.
    Safe,
    /// The phone has it, and never said so: the call was cut off.
    Unsaid,
    /// The member asked to change it, and the call was not seen to return: it is as it was, or gone.
    Changing,
    /// It is gone, and has no effect.
    Gone,
}

pub struct Life {
    random: World,
    broken: Broken,
    folder: tempfile::TempDir,
    backend: Backend,
    actions: BTreeMap<String, Known>,
    /// Which claim an action takes back.
    cancels: BTreeMap<String, String>,
    /// What ever left a phone.
    sent: BTreeSet<String>,
    /// Calls that were cut off and may have made an action.
    cut_off: usize,
    /// Kills still to come before the wallet is open again.
    succession: usize,
    granted: bool,
    /// The server ended the session, and nobody was seen to sign in since.
    revoked: bool,
    tally: Tally,
    pub trace: Vec<String>,
}

fn ignoring_keys() -> Value {
    json!({"path": "/v1/actions", "fault": "ignore-idempotency"})
}

impl Life {
    pub fn new(seed: u64, broken: Broken) -> Life {
        Life {
            random: World::new(seed),
            broken,
            folder: tempfile::tempdir().expect("a folder"),
            backend: Backend::start(),
            actions: BTreeMap::new(),
            cancels: BTreeMap::new(),
            sent: BTreeSet::new(),
            cut_off: 0,
            succession: 0,
            granted: false,
            revoked: false,
            tally: Tally::default(),
            trace: Vec::new(),
        }
    }

    /// So many kills, and the end.
    pub fn live(&mut self, kills: usize) -> Result<Tally, String> {
        for _ in 0..kills {
            let moment = self.moment();
            self.prepare_server(moment);
            self.trace.push(format!("kill {}: {moment:?}", self.tally.kills));
            let favours = match moment {
                Moment::In(phase, ..) => Some(phase),
                Moment::After(_) => None,
            };
            let said = Process::start(&self.errand(favours, None), self.folder.path()).kill(moment)?;
            self.tally.kills += 1;
            self.hear(&said)?;
        }
        self.finish()?;
        Ok(std::mem::take(&mut self.tally))
    }

    /// Keeps the phone's files, and says where.
    pub fn keep(self) -> PathBuf {
        self.folder.keep()
    }

    fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    fn errand(&self, favours: Option<Phase>, times: Option<u32>) -> Errand {
        // Keys are in the order of time.
        let safe = self.actions.iter().filter(|(_, known)| **known == Known::Safe).map(|(key, _)| key);
        Errand {
            home: self.home(),
            server: Some(self.backend.url()),
            seed: self.random.below(u64::MAX),
            favours,
            times,
            safe: safe.rev().take(ASKED).cloned().collect(),
            only_opens: false,
            too_early: self.broken.too_early,
        }
    }

    fn up_to(&self, most: Duration) -> Duration {
        Duration::from_micros(self.random.below(u64::try_from(most.as_micros()).expect("a short time")))
    }

    fn one_of<T: Copy>(&self, choices: &[T]) -> T {
        let count = u64::try_from(choices.len()).expect("a short list");
        choices[usize::try_from(self.random.below(count)).expect("a short list")]
    }

    fn moment(&mut self) -> Moment {
        if self.succession > 0 {
            self.succession -= 1;
            self.tally.in_succession += 1;
            return match self.random.below(2) {
                0 => Moment::After(self.up_to(START)),
                _ => Moment::In(Phase::Opening, 0, self.up_to(Duration::from_millis(5))),
            };
        }
        if self.random.below(8) == 0 {
            self.succession = 1 + usize::from(self.random.below(2) == 0);
        }
        let signs_in = !self.granted && self.tally.kills < KILLS_WHILE_SIGNING_IN;
        if signs_in || (self.revoked && self.random.below(2) == 0) {
            let phase = self.one_of(&[Phase::SigningIn, Phase::Making]);
            return Moment::In(phase, 0, self.up_to(Duration::from_millis(6)));
        }
        match self.random.below(8) {
            // Often nothing is said by then.
            0 => Moment::After(self.up_to(START / 4)),
            1 => Moment::After(self.up_to(10 * START)),
            _ => {
                let phase = self.one_of(&AIMS);
                // What takes long to come a second time is met the first time.
                let often = matches!(phase, Phase::Claiming | Phase::Sending | Phase::Settling | Phase::Applying);
                let nth = u32::from(often) * u32::try_from(self.random.below(4)).expect("a small number");
                // Most of them are short, and the newest tokens are kept at once.
                let most = match phase {
                    Phase::Renewing => 200,
                    _ => self.one_of(&[300, 1_000, 3_000]),
                };
                Moment::In(phase, nth, self.up_to(Duration::from_micros(most)))
            }
        }
    }

    /// More points than a life spends, as soon as there is a member.
    fn grant(&mut self) {
        if !self.granted
            && let Some(member) = self.backend.member(EMAIL)
        {
            let grant = json!({"member": member, "unit": "points", "amount": POINTS, "reason": "adjustment"});
            self.backend.post("/sandbox/v1/grant", &grant);
            self.granted = true;
        }
    }

    /// What kind of day the server has while the next phone runs.
    fn prepare_server(&mut self, moment: Moment) {
        self.grant();
        if let Some(member) = self.backend.member(EMAIL) {
            if matches!(moment, Moment::In(Phase::Renewing, ..)) || self.random.below(8) == 0 {
                self.backend.post("/sandbox/v1/expire-access", &json!({"member": member}));
            }
            if self.random.below(15) == 0 {
                self.trace.push("the server ends the session".to_owned());
                self.revoked = true;
                self.backend.post("/sandbox/v1/revoke", &json!({"member": member}));
            }
        }
        if self.random.below(2) == 0 {
            // A claim that was made at a lower price, or while there were some left, is refused.
            let (cost, stock) = (10 + self.random.below(80), self.random.below(3));
            self.backend.post("/sandbox/v1/rewards/coffee", &json!({"cost": cost}));
            self.backend.post("/sandbox/v1/rewards/cooking-class", &json!({"stock": stock}));
        }
        if self.broken.ignores_keys {
            // Nothing but kills makes this phone send anything twice.
            return self.backend.set_faults(&json!([ignoring_keys()]));
        }
        if self.random.below(12) == 0 {
            self.trace.push("the server is away".to_owned());
            self.backend.go_away();
        } else {
            self.backend.come();
        }
        let mut rules = Vec::new();
        if self.random.below(3) == 0 {
            let fault = self.one_of(&["lose-response", "lose-response", "lose-request", "status", "truncate", "html"]);
            let path = self.one_of(&["/v1", "/v1/actions", "/v1/actions", "/v1/sync", "/v1/auth/token"]);
            rules.push(json!({"path": path, "fault": fault, "times": 1 + self.random.below(6)}));
        }
        if self.random.below(3) == 0 {
            rules.insert(0, json!({"path": "/v1", "fault": "delay", "delay_ms": 1 + self.random.below(15)}));
        }
        if !rules.is_empty() {
            self.trace.push(format!("the server: {}", Value::from(rules.clone())));
        }
        self.backend.set_faults(&Value::from(rules));
    }

    /// Takes down what a phone said until it was killed.
    fn hear(&mut self, said: &[Said]) -> Result<(), String> {
        let phases = under_way(said);
        for phase in &phases {
            *self.tally.phases.entry(*phase).or_default() += 1;
        }
        self.trace.push(format!("killed in the middle of {phases:?}, after {} lines", said.len()));
        for said in said {
            match said {
                Said::SessionEnded if !self.revoked => {
                    return Err("the member was signed out, and the server did not do it".to_owned());
                }
                Said::Begins { .. } | Said::Ends { .. } | Said::Failed { .. } | Said::SessionEnded => {}
                Said::SignedIn => self.revoked = false,
                Said::Opened { rows } => self.check_what_is_there(rows)?,
                Said::Claimed { key } => self.know(key, Known::Safe),
                Said::Sends { key } => drop(self.sent.insert(key.clone())),
                Said::Changes { key } => self.know_all(key, Known::Changing),
                Said::Discarded { key } => {
                    // What was to take it back stays listed, and says why it never will.
                    self.know_all(key, Known::Safe);
                    self.know(key, Known::Gone);
                }
                Said::Cancelled { key, by: None } => self.know_all(key, Known::Gone),
                Said::Cancelled { key, by: Some(by) } => {
                    self.know_all(key, Known::Safe);
                    self.know(by, Known::Safe);
                    self.cancels.insert(by.clone(), key.clone());
                }
                Said::Retried { key, by } => {
                    self.know_all(key, Known::Safe);
                    if key != by {
                        self.know(key, Known::Gone);
                        self.know(by, Known::Safe);
                        self.cancels.get(key).cloned().map(|claim| self.cancels.insert(by.clone(), claim));
                    }
                }
                Said::Kept { key } => self.know_all(key, Known::Safe),
            }
        }
        let makes_one = [Phase::Claiming, Phase::Changing];
        self.cut_off += makes_one.iter().filter(|phase| phases.contains(phase)).count();
        for key in &self.sent {
            self.actions.entry(key.clone()).or_insert(Known::Unsaid);
        }
        let unsaid = self.actions.values().filter(|known| **known == Known::Unsaid).count();
        if unsaid > self.cut_off {
            return Err(format!(
                "{unsaid} actions that nobody was told of, after {} calls that were cut off",
                self.cut_off
            ));
        }
        Ok(())
    }

    /// An action, and what is still to take it back: these may go together.
    fn know_all(&mut self, key: &str, known: Known) {
        let cancels = self.cancels.iter().filter(|(_, claim)| *claim == key).map(|(by, _)| by);
        let cancels: Vec<_> = cancels.filter(|by| self.actions.get(*by) != Some(&Known::Gone)).cloned().collect();
        for key in cancels.iter().map(String::as_str).chain([key]) {
            self.know(key, known);
        }
    }

    fn know(&mut self, key: &str, known: Known) {
        self.trace.push(format!("  {known:?} {key}"));
        self.actions.insert(key.to_owned(), known);
    }

    /// What was acknowledged is listed, or took effect. What was taken back is not, and did not.
    fn check_what_is_there(&mut self, rows: &BTreeMap<String, String>) -> Result<(), String> {
        self.trace.push(format!("  opened with {} rows", rows.len()));
        let member = self.backend.member(EMAIL).ok_or("a wallet of nobody")?;
        let effects = self.backend.ledger(&member).effects;
        if let Some((key, count)) = effects.iter().find(|(_, count)| **count > 1) {
            return Err(format!("{key} took effect {count} times"));
        }
        for key in rows.keys() {
            self.actions.entry(key.clone()).or_insert(Known::Unsaid);
        }
        for (key, known) in &mut self.actions {
            let (listed, effective) = (rows.contains_key(key), effects.contains_key(key));
            match known {
                Known::Safe | Known::Unsaid if !listed && !effective => return Err(format!("{key} is lost")),
                Known::Gone if listed => return Err(format!("{key} was taken back and is there again")),
                Known::Gone if effective => return Err(format!("{key} was taken back and took effect")),
                Known::Changing if listed || effective => *known = Known::Safe,
                Known::Changing => *known = Known::Gone,
                Known::Safe | Known::Unsaid | Known::Gone => {}
            }
        }
        Ok(())
    }

    /// The server is well, nobody kills the phone any more, and all that waits is sent. Then everything is counted.
    fn finish(&mut self) -> Result<(), String> {
        self.backend.come();
        let rules = if self.broken.ignores_keys { json!([ignoring_keys()]) } else { json!([]) };
        self.backend.set_faults(&rules);
        self.trace.push("nobody kills it any more".to_owned());
        for times in 1..3 {
            let said = Process::start(&self.errand(None, Some(times)), self.folder.path()).finish()?;
            self.hear(&said)?;
            self.grant();
        }
        let network = Arc::new(NetworkSwitch::new(true));
        let ports = native::ports(self.home().join("vault"), network).map_err(|error| error.to_string())?;
        let config = WalletConfig { home: Home::Folder(self.home()), server: None, language: "en".to_owned() };
        let wallet = Wallet::open(config, ports).map_err(|error| format!("the wallet does not open: {error:?}"))?;
        let result = self.settle(&wallet);
        let threads = Builder::new_current_thread().build().expect("no threads of its own");
        threads.block_on(wallet.close());
        result.and_then(|()| self.check_files())
    }

    fn settle(&mut self, wallet: &Wallet) -> Result<(), String> {
        let threads = Builder::new_current_thread().build().expect("no threads of its own");
        let explained = |error| format!("{error:?}");
        // Each refresh sends what waits; one more than there are lines is one more than it takes.
        let tries = wallet.pending().map_err(explained)?.actions.len() + 2;
        for _ in 0..tries {
            threads.block_on(wallet.refresh()).map_err(explained)?;
        }
        let pending = wallet.pending().map_err(explained)?.actions;
        let waits: Vec<_> = pending.iter().filter(|action| !action.can_dismiss).collect();
        if !waits.is_empty() {
            return Err(format!("after {tries} refreshes these still wait: {waits:?}"));
        }
        let rows = pending.iter().map(|action| (action.key.clone(), action.state.to_owned())).collect();
        self.check_what_is_there(&rows)?;

        let member = self.backend.member(EMAIL).ok_or("a wallet of nobody")?;
        let ledger = self.backend.ledger(&member);
        let mut taken_back = BTreeSet::new();
        for key in ledger.effects.keys() {
            let cancelled = self.cancels.get(key);
            let amount_of = |key: &String| ledger.amounts.get(key).copied().unwrap_or_default();
            if !self.actions.contains_key(key) {
                return Err(format!("{key} took effect, and no phone sent it"));
            }
            if cancelled.is_some_and(|claim| amount_of(claim) != -amount_of(key) || !taken_back.insert(claim)) {
                return Err(format!("{key} gave back what {cancelled:?} did not take, or a second time"));
            }
        }
        self.tally.cancels += ledger.amounts.values().filter(|amount| **amount > 0).count();
        for (key, known) in &self.actions {
            let effective = ledger.effects.contains_key(key);
            match (known, wallet.fate(key)) {
                (Known::Gone, _) => self.tally.gone += 1,
                (_, Ok(ActionFate::Confirmed)) if effective => self.tally.effects += 1,
                (_, Ok(ActionFate::Stopped(why))) if !effective && !why.is_empty() => self.tally.refused += 1,
                (_, fate) => return Err(format!("{key}: the phone says {fate:?}, effect on the server: {effective}")),
            }
            self.tally.acknowledged += usize::from(*known == Known::Safe);
            self.tally.unsaid += usize::from(*known == Known::Unsaid);
        }
        let balance = wallet.balance().map_err(explained)?;
        let points = balance.units.first().map(|unit| (unit.confirmed, unit.pending));
        let lines = wallet.activity(None, 500).map_err(explained)?.lines.len();
        let vouchers = wallet.vouchers().map_err(explained)?.vouchers.len();
        let audit = self.backend.get("/sandbox/v1/audit");
        let same = points == Some((ledger.points, 0))
            && lines == ledger.entries.min(500)
            && audit["vouchers"] == json!(vouchers)
            && vouchers == ledger.amounts.values().filter(|amount| **amount < 0).count();
        if !same || audit["ledger_sum"] != json!(0) || audit["drifted"] != json!(0) {
            return Err(format!(
                "the base is not the server's state: {points:?}, {lines} lines, {vouchers} vouchers; {audit}"
            ));
        }
        Ok(())
    }

    /// There is one database, none was set aside, and each of its pages is whole.
    fn check_files(&self) -> Result<(), String> {
        let databases = disk::databases(&self.home());
        let faults: Vec<_> = databases.iter().map(|database| disk::faults(database)).collect();
        if faults == ["ok"] { Ok(()) } else { Err(format!("not one whole database: {databases:?} {faults:?}")) }
    }
}
