//! Weeks of members, phones and tills at random, by seed, with what must hold checked after every step.
//!
//! `SIM_SEEDS=FROM..TO` plays other seeds, `SIM_TRACE=1` prints the steps. A failure names its seed and its last steps.

#![allow(clippy::print_stdout, reason = "SIM_TRACE prints the steps")]

mod cards;
mod known;
#[path = "../support/mod.rs"]
mod support;
mod taps;

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Body;
use axum::http::Method;
use member_core::ports::simulated::{Faults, World};
use member_core::views::{ActionFate, VoucherPlace};
use member_core::{HostEvent, SignInState};
use member_sandbox::programme::{Payload, Programme};
use serde_json::{Value, json};
use support::{Backend, Phone, good};

use crate::known::{Claim, Ledger, Lock, Met, Sale, text};

const SEEDS: std::ops::Range<u64> = 0..10;
const STEPS: usize = 60;
const REWARDS: [&str; 4] = ["coffee", "tote-bag", "free-delivery", "cooking-class"];
/// So long after a restore an answer of before may arrive.
const LATEST_ANSWER: Duration = Duration::from_mins(2);
const ADA: &str = "ada@example.org";
const BOB: &str = "bob@example.org";

struct Handset {
    phone: Phone,
    /// Who is signed in.
    member: String,
    /// Everybody who ever was, by address.
    people: BTreeSet<&'static str>,
}

struct Walk {
    world: World,
    backend: Backend,
    /// What the programme's cards show: each seed plays one of them.
    payload: Payload,
    /// Two are one member's; either may sign in on each.
    handsets: Vec<Handset>,
    /// The card of each member that was ever seen.
    cards: BTreeMap<String, String>,
    /// By key.
    claims: BTreeMap<String, Claim>,
    /// By key.
    locks: BTreeMap<String, Lock>,
    sales: Arc<Mutex<Vec<Sale>>>,
    backups: Vec<&'static str>,
    /// How the server breaks its promises, in the control.
    faults: Vec<Value>,
    met: Met,
    trace: Vec<String>,
}

impl Walk {
    fn begin(seed: u64) -> Walk {
        let world = World::new(seed);
        let payload = [Payload::Static, Payload::Rotating, Payload::Proof][usize::try_from(seed % 3).expect("small")];
        let programme = Programme::named("market").expect("the programme").with_payload(payload);
        let backend = Backend::of(&world, programme);
        backend.back_up("empty");
        // Where points are short, phones that know nothing of each other spend the same ones; where they are not, more is claimed.
        let points = [300, 300_000][usize::from(world.below(2) == 0)];
        let mut walk = Walk {
            world,
            backend,
            payload,
            handsets: Vec::new(),
            cards: BTreeMap::new(),
            claims: BTreeMap::new(),
            locks: BTreeMap::new(),
            sales: Arc::default(),
            backups: vec!["start"],
            faults: Vec::new(),
            met: Met::default(),
            trace: Vec::new(),
        };
        for email in [ADA, ADA, BOB] {
            let phone = Phone::of(&walk.world, &walk.backend);
            phone.device.network.set_faults(good());
            walk.handsets.push(Handset { phone, member: String::new(), people: BTreeSet::new() });
            let index = walk.handsets.len() - 1;
            walk.sign_in_for_sure(index, email);
            let member = &walk.handsets[index].member;
            let grant = json!({"member": member, "unit": "points", "amount": points, "reason": "adjustment"});
            walk.backend.post("/sandbox/v1/grant", &grant);
            walk.handsets[index].phone.refresh().expect("a sync");
        }
        walk.backend.back_up("start");
        walk
    }

    fn note(&mut self, step: String) {
        if std::env::var_os("SIM_TRACE").is_some() {
            println!("{:>9}s {step}", self.world.elapsed().as_secs());
        }
        self.trace.push(step);
    }

    fn go(&mut self) {
        for _ in 0..STEPS {
            self.step();
            self.check();
        }
        self.quiet();
        self.settle();
    }

    /// Lets time pass, and looks at the phones when the last answers from before a restore have come.
    fn pass(&mut self, duration: Duration) {
        let first = duration.min(LATEST_ANSWER / 2);
        self.world.pass(first);
        self.look();
        self.world.pass(duration.saturating_sub(first));
    }

    fn below(&self, bound: usize) -> usize {
        let bound = u64::try_from(bound).expect("a small number");
        usize::try_from(self.world.below(bound)).expect("a small number")
    }

    fn step(&mut self) {
        let index = self.below(3);
        match self.world.below(100) {
            0..13 => (0..=self.below(8)).for_each(|_| self.claim(index)),
            13..16 => (0..=self.below(3)).for_each(|_| self.cancel(index)),
            16..18 => (0..=self.below(3)).for_each(|_| self.retry(index)),
            18..21 => self.discard(index),
            21..31 => self.sell(index),
            31..40 => {
                let online = self.world.below(2) == 0;
                self.note(format!("phone {index}: online {online}"));
                let phone = &self.handsets[index].phone;
                phone.device.network.set_online(online);
                if online {
                    phone.wallet().host_event(HostEvent::NetworkAvailable);
                }
            }
            40..47 => {
                let bad = self.world.below(2) == 0;
                self.note(format!("phone {index}: bad day {bad}"));
                let faults = if bad { Faults::bad_day() } else { good() };
                self.handsets[index].phone.device.network.set_faults(faults);
            }
            47..54 => {
                self.note(format!("phone {index}: killed and started"));
                self.handsets[index].phone.start();
            }
            54..57 => {
                let days = i64::try_from(self.world.below(4000)).expect("a small number") - 2000;
                self.note(format!("phone {index}: rebooted, clock {days} days off"));
                let phone = &mut self.handsets[index].phone;
                phone.kill();
                phone.device.set_clock_skew(days * 86_400);
                phone.device.reboot();
                phone.start();
            }
            57..60 => {
                self.note("the server: restored with another epoch".to_owned());
                self.backend.post("/sandbox/v1/restore", &json!({}));
            }
            60..63 => self.back_up(),
            63..66 => self.restore(),
            66..70 => {
                // The moment between an answer and its page is short.
                let phone = &self.handsets[index].phone;
                phone.device.network.set_online(true);
                let _ = phone.refresh();
                self.claim(index);
                self.world.pass(Duration::from_millis(self.world.below(200)));
                self.restore();
            }
            70..72 => {
                // Answered claims wait for their page meanwhile.
                let out_of_order = self.world.below(2) == 0;
                self.note(format!("the server: sync is out of order {out_of_order}"));
                self.set_faults(out_of_order);
            }
            72..74 => {
                let cost = 10 + self.world.below(90);
                self.note(format!("the server: coffee costs {cost}"));
                self.backend.post("/sandbox/v1/rewards/coffee", &json!({"cost": cost}));
            }
            74..76 => {
                let member = &self.handsets[index].member;
                if self.ledger(member).is_some() {
                    self.backend.post("/sandbox/v1/expire-access", &json!({"member": member}));
                    self.note(format!("the server: access tokens of phone {index}'s member expire"));
                }
            }
            76..81 => {
                self.note(format!("phone {index}: refresh"));
                // Whether it works is the network's affair; that it ends is ours.
                if self.handsets[index].phone.refresh().is_ok() {
                    self.show_card(index);
                }
            }
            81..86 => {
                let email = [ADA, BOB][self.below(2)];
                let signed_in = self.sign_in(index, email);
                self.note(format!("phone {index}: {email} signs in: {signed_in}"));
            }
            86..88 => self.lock(index),
            88..90 => self.steal(index),
            90..92 => {
                let millis = self.world.below(3000);
                self.note(format!("{millis} milliseconds pass"));
                self.world.pass(Duration::from_millis(millis));
            }
            what => {
                let minutes = 1 + self.world.below(if what < 98 { 30 } else { 3 * 24 * 60 });
                self.note(format!("{minutes} minutes pass"));
                self.pass(Duration::from_mins(minutes));
            }
        }
    }

    fn set_faults(&self, sync_is_out_of_order: bool) {
        let mut rules = self.faults.clone();
        if sync_is_out_of_order {
            rules.push(json!({"path": "/v1/sync", "fault": "status", "status": 503}));
        }
        self.backend.post("/sandbox/v1/faults", &json!({"rules": rules}));
    }

    /// A till sells while everything else goes on, and asks again where an answer was lost.
    fn sell(&mut self, index: usize) {
        let member = self.handsets[index].member.clone();
        let typed = self.world.below(2) == 0;
        let card = if typed { self.cards.get(&member).cloned() } else { self.code(index) };
        let Some(card) = card else { return };
        let (euros, times) = (1 + self.world.below(80), 1 + self.world.below(3));
        let minor = i64::try_from(euros * 100).expect("a small number");
        let times = u32::try_from(times).expect("a small number");
        let sale = self.backend.sale(&card, minor, times, Duration::from_secs(5));
        let sales = Arc::clone(&self.sales);
        self.note(format!("a till: phone {index}'s member buys for {euros} EUR"));
        self.world.spawn(Box::pin(async move {
            let Some(answer) = sale.await else { return };
            let entries = answer["entries"].as_array().expect("entries").iter();
            let entries = entries.map(|entry| entry["id"].as_str().expect("an id").to_owned()).collect();
            sales.lock().expect("one thread").push(Sale { member, entries });
        }));
    }

    /// Signs in if the network lets it.
    fn sign_in(&mut self, index: usize, email: &'static str) -> bool {
        self.look();
        let handset = &mut self.handsets[index];
        handset.phone.email = email;
        let signed_in = handset.phone.try_to_join();
        if signed_in {
            // A page of before a restore may have settled what this member left here, and nobody sees it any more.
            let late = |at: Duration| self.world.elapsed().saturating_sub(at) < LATEST_ANSWER;
            let left = |claim: &&mut Claim| claim.phone == index && claim.member == handset.member;
            for claim in self.claims.values_mut().filter(left) {
                claim.forgotten |= claim.waits.is_some() && claim.forgotten_at.is_some_and(late);
            }
            handset.member = text(&self.backend.get(&format!("/sandbox/v1/members?address={email}")), "member");
            handset.people.insert(email);
        }
        signed_in
    }

    fn sign_in_for_sure(&mut self, index: usize, email: &'static str) {
        // Codes are limited by address and by network.
        let worked = (0..50).any(|_| {
            self.pass(Duration::from_mins(20));
            self.sign_in(index, email)
        });
        assert!(worked, "signing in never worked");
        self.handsets[index].phone.refresh().expect("a sync");
        self.check();
    }

    fn back_up(&mut self) {
        let name = ["one", "two"][self.below(2)];
        self.note(format!("the server: backup {name}"));
        self.backend.back_up(name);
        if !self.backups.contains(&name) {
            self.backups.push(name);
        }
    }

    fn restore(&mut self) {
        let name = if self.world.below(12) == 0 { "empty" } else { self.backups[self.below(self.backups.len())] };
        let before = self.effects();
        // From here until the restore nothing goes on.
        self.look();
        self.backend.restore(name);
        self.note(format!("the server: restored to {name}"));
        self.locks.values_mut().for_each(|lock| lock.restored = true);
        let after = self.effects();
        self.met.gone += before.keys().filter(|member| !after.contains_key(*member)).count();
        for (key, claim) in &mut self.claims {
            let there = |effects: &BTreeMap<String, Ledger>| {
                effects.get(&claim.member).is_some_and(|ledger| ledger.keys.contains_key(key))
            };
            if there(&before) && !there(&after) {
                // What a phone did for one member while another was signing in is not seen.
                let seen = self.handsets[claim.phone].member == claim.member;
                claim.forgotten |= claim.waits.is_none() || !seen;
                claim.forgotten_at = Some(self.world.elapsed());
                self.met.forgotten += usize::from(claim.waits.is_none());
                self.met.answered += usize::from(claim.waits == Some("confirmed"));
            }
        }
        self.sales
            .lock()
            .expect("one thread")
            .retain(|sale| after.get(&sale.member).is_some_and(|ledger| sale.entries.is_subset(&ledger.entries)));
    }

    /// The true ledger of a member whom the server knows.
    fn ledger(&self, member: &str) -> Option<Value> {
        let path = format!("/sandbox/v1/members/{member}/ledger");
        let (status, ledger) = self.backend.call(Method::GET, &path, &[], Body::empty());
        status.is_success().then_some(ledger)
    }

    fn effects(&self) -> BTreeMap<String, Ledger> {
        let known = self.cards.keys().chain(self.handsets.iter().map(|handset| &handset.member));
        let known: BTreeSet<&String> = known.filter(|member| !member.is_empty()).collect();
        known.into_iter().filter_map(|id| Some((id.clone(), Ledger::of(&self.ledger(id)?)))).collect()
    }

    /// Notes what each phone says of the claims that were made on it.
    fn look(&mut self) {
        for (index, Handset { phone, member, .. }) in self.handsets.iter().enumerate() {
            if !self.cards.contains_key(member)
                && let Ok(Some(card)) = phone.wallet().card().map(|view| view.card)
            {
                self.cards.insert(member.clone(), card.number.replace(' ', ""));
            }
            let Ok(view) = phone.wallet().pending() else { continue };
            for (key, claim) in &mut self.claims {
                if claim.phone == index && claim.member == *member {
                    let row = view.actions.iter().find(|action| action.key == *key);
                    let late = |at: Duration| self.world.elapsed().saturating_sub(at) < LATEST_ANSWER;
                    if row.is_none() && claim.waits.is_some() && claim.forgotten_at.is_some_and(late) {
                        claim.forgotten = true;
                    }
                    claim.waits = row.filter(|action| !action.can_dismiss).map(|action| action.state);
                }
            }
        }
    }

    /// What holds at each instant.
    fn check(&mut self) {
        self.look();
        let audit = self.backend.audit();
        assert_eq!(audit["ledger_sum"], json!(0), "the ledger does not sum to zero");
        assert_eq!(audit["unbalanced"], json!(0), "a transaction does not sum to zero");
        assert_eq!(audit["drifted"], json!(0), "a balance is not the sum of its postings");
        for (member, ledger) in self.effects() {
            for key in ledger.keys.keys() {
                if let Some(cancelled) = self.claims.get(key).and_then(|claim| claim.cancels.as_ref()) {
                    let (given, taken) = (ledger.amounts[key], ledger.amounts.get(cancelled).copied());
                    assert_eq!(Some(-given), taken, "{key} gave back something else than {cancelled} took");
                }
            }
            let cancelled = ledger.keys.keys().filter_map(|key| self.claims.get(key)?.cancels.as_ref());
            let cancelled: Vec<_> = cancelled.collect();
            assert_eq!(
                cancelled.len(),
                cancelled.iter().collect::<BTreeSet<_>>().len(),
                "a claim was taken back twice"
            );
            for (key, count) in ledger.keys {
                let claim = self.claims.get(&key).expect("an effect of an action that nobody made");
                assert_eq!((&claim.member, count), (&member, 1), "{key}: not one effect, for whoever made it");
                assert!(!claim.taken_back, "{key} was taken back and took effect");
            }
        }
        for (index, Handset { phone, member, .. }) in self.handsets.iter().enumerate() {
            let balance = phone.wallet().balance().expect("a view");
            for unit in &balance.units {
                // What comes back can be spent once it is there.
                let most = unit.confirmed + unit.pending.min(0);
                assert!(unit.spendable <= most, "more can be spent than is there: {unit:?}");
            }
            let view = phone.wallet().pending().expect("a view");
            self.met.told += view.actions.iter().filter(|action| action.state == "notice").count();
            for action in view.actions.iter().filter(|action| action.state != "notice") {
                if let Some(lock) = self.locks.get(&action.key) {
                    assert_eq!((&lock.member, lock.phone), (member, index), "a lock of somebody else");
                    assert!(!lock.taken_back, "a lock that was taken back is there again");
                    continue;
                }
                let claim = self.claims.get(&action.key).expect("an action that nobody made");
                assert_eq!((&claim.member, claim.phone), (member, index), "an action of somebody else");
                assert!(!claim.taken_back, "an action that was taken back is there again");
            }
            for (key, claim) in &self.claims {
                if claim.phone == index && claim.member == *member && !claim.taken_back && !claim.forgotten {
                    assert!(phone.wallet().fate(key).is_ok(), "{key} was acknowledged and is not there any more");
                }
            }
            let vouchers = phone.wallet().vouchers().expect("a view").vouchers;
            for voucher in vouchers.iter().filter(|voucher| voucher.place == VoucherPlace::Ready) {
                let taken =
                    |claim: &Claim| claim.waits.is_some() && claim.cancels == voucher.key && claim.phone == index;
                let taken = self.claims.values().any(|claim| taken(claim) && claim.member == *member);
                assert!(!taken, "a voucher that is being taken back can be used");
            }
            let mut keys: Vec<_> = vouchers.iter().filter_map(|voucher| voucher.key.clone()).collect();
            keys.sort_unstable();
            let count = keys.len();
            keys.dedup();
            assert_eq!(keys.len(), count, "one action shows two vouchers");
        }
    }

    /// Everything works again. Nobody opens an app or asks for anything: what waits wakes by itself. Then whoever was ever
    /// signed in on a phone signs in once more.
    fn quiet(&mut self) {
        self.note("quiet".to_owned());
        self.set_faults(false);
        for Handset { phone, .. } in &self.handsets {
            phone.device.network.set_faults(good());
            phone.device.network.set_online(true);
        }
        self.pass(Duration::from_hours(25));
        for index in 0..self.handsets.len() {
            let phone = &self.handsets[index].phone;
            if phone.wallet().sign_in_state() == Ok(SignInState::SignedIn) {
                let view = phone.wallet().pending().expect("a view");
                assert_eq!(view.waiting, 0, "work without a wake source: {:?}", view.actions);
            }
            for email in self.handsets[index].people.clone() {
                self.sign_in_for_sure(index, email);
                self.world.pass(Duration::from_mins(5));
                assert_nothing_waits(&self.handsets[index].phone);
            }
        }
    }

    /// What holds at the end, on each phone for each of its members.
    fn settle(&mut self) {
        for index in 0..self.handsets.len() {
            // Who is signed in last is looked at first.
            let people: Vec<_> = self.handsets[index].people.iter().copied().rev().collect();
            for email in people {
                if self.handsets[index].phone.email != email {
                    self.sign_in_for_sure(index, email);
                }
                self.handsets[index].phone.refresh().expect("a sync");
                self.check();
                self.show_card(index);
                self.settle_phone(index);
            }
        }
        let effects = self.effects();
        for sale in self.sales.lock().expect("one thread").iter() {
            let ledger = effects.get(&sale.member).expect("a member who bought");
            assert!(sale.entries.is_subset(&ledger.entries), "points that a till was promised are lost");
        }
    }

    fn settle_phone(&self, index: usize) {
        let Handset { phone, member, .. } = &self.handsets[index];
        let ledger = self.ledger(member).expect("a ledger");
        let effects = Ledger::of(&ledger).keys;
        for (key, claim) in self.claims.iter().filter(|(_, claim)| claim.member == *member && !claim.taken_back) {
            let fate = phone.wallet().fate(key).ok();
            let must_know = claim.phone == index && !claim.forgotten;
            match fate {
                Some(ActionFate::Confirmed) => {
                    assert!(effects.contains_key(key), "{key} is said to have had an effect");
                }
                Some(ActionFate::Stopped(why)) => {
                    assert!(
                        !effects.contains_key(key) && !why.is_empty(),
                        "{key} had an effect and is said to have none"
                    );
                }
                Some(ActionFate::Waiting(_)) => panic!("{key} waits for ever"),
                None => assert!(!effects.contains_key(key) && !must_know, "{key} is lost"),
            }
        }
        let account = &ledger["accounts"][0];
        assert_eq!(json!(phone.points().0), account["available"], "the base is not the server's state");
        assert_eq!(phone.points().1, 0);
        self.settle_locks(index);
        let lines = phone.wallet().activity(None, 500).expect("a view").lines.len();
        assert_eq!(lines, ledger["entries"].as_array().expect("entries").len().min(500));
    }
}

fn assert_nothing_waits(phone: &Phone) {
    let pending = phone.wallet().pending().expect("a view").actions;
    let waits: Vec<_> = pending.iter().filter(|action| !action.can_dismiss).collect();
    assert!(waits.is_empty(), "nobody will ever settle these: {:?} {waits:?}", phone.wallet().sign_in_state());
}

fn play(seed: u64) -> Met {
    let mut walk = Walk::begin(seed);
    let result = catch_unwind(AssertUnwindSafe(|| walk.go()));
    if let Err(fault) = result {
        let last = walk.trace.iter().rev().take(12).rev().fold(String::new(), |all, step| format!("{all}\n  {step}"));
        println!("seed {seed} failed; the last steps:{last}");
        let range = format!("SIM_TRACE=1 SIM_SEEDS={seed}..{}", seed + 1);
        println!("play it again: {range} cargo test -p member-core --test random_walk each -- --nocapture");
        std::panic::resume_unwind(fault);
    }
    walk.met
}

fn asked_seeds() -> Option<std::ops::Range<u64>> {
    let asked = std::env::var("SIM_SEEDS").ok()?;
    let range = asked.split_once("..").and_then(|(from, to)| Some(from.parse().ok()?..to.parse().ok()?));
    Some(range.expect("SIM_SEEDS is FROM..TO"))
}

#[test]
fn each_acknowledged_claim_has_one_effect_or_one_stated_refusal() {
    let asked = asked_seeds();
    let met = asked.clone().unwrap_or(SEEDS).map(play).fold(Met::default(), Met::and);
    println!("{met}");
    // One seed need not meet everything.
    if asked.is_none() {
        assert!(met.all(), "the walk does not meet what it is there for: {met}");
    }
}

/// The control: the same walks, which hold beside a server that keeps its promise, end badly beside one that does not.
#[test]
fn a_server_that_forgets_keys_is_found_by_the_walk() {
    let found = (0..6).filter(|seed| {
        let mut walk = Walk::begin(*seed);
        walk.faults = vec![json!({"path": "/v1/actions", "fault": "ignore-idempotency"})];
        walk.set_faults(false);
        catch_unwind(AssertUnwindSafe(|| walk.go())).is_err()
    });
    let found = found.count();
    assert!(found > 0, "the walk does not see a doubled effect");
    println!("found in {found} of 6 walks");
}
