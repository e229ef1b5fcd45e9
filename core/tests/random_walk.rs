//! Weeks of members, phones and tills at random, by seed, with what must hold checked after every step.
//!
//! `SIM_SEEDS=FROM..TO` plays other seeds, `SIM_TRACE=1` prints the steps. A failure names its seed and its last steps.

#![allow(clippy::print_stdout, reason = "SIM_TRACE prints the steps")]

mod support;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use member_core::HostEvent;
use member_core::ports::simulated::{Faults, World};
use member_core::views::ActionFate;
use serde_json::{Value, json};
use support::{Backend, Phone, good};

const SEEDS: std::ops::Range<u64> = 0..16;
const STEPS: usize = 60;
const REWARDS: [&str; 4] = ["coffee", "tote-bag", "free-delivery", "cooking-class"];

/// What the test knows of a claim that was acknowledged: its call returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Acknowledged {
    /// It must have one effect, or one stated refusal.
    Claimed,
    /// It was taken back before it was sent: it must have none.
    TakenBack,
}

struct Member {
    id: String,
    card: String,
}

struct Walk {
    world: World,
    backend: Backend,
    /// Each phone with the member in whose hands it is. Two phones are one member's.
    phones: Vec<(Phone, usize)>,
    members: Vec<Member>,
    /// By member and key.
    claims: BTreeMap<(usize, String), Acknowledged>,
    trace: Vec<String>,
}

impl Walk {
    fn begin(seed: u64) -> Walk {
        let world = World::new(seed);
        let backend = Backend::new(&world);
        let mut walk = Walk {
            world,
            backend,
            phones: Vec::new(),
            members: Vec::new(),
            claims: BTreeMap::new(),
            trace: Vec::new(),
        };
        for (email, member) in [("ada@example.org", 0), ("ada@example.org", 0), ("bob@example.org", 1)] {
            let mut phone = Phone::of(&walk.world, &walk.backend);
            phone.email = email;
            phone.device.network.set_faults(good());
            phone.join();
            phone.refresh().expect("the first sync");
            if walk.members.len() == member {
                walk.members.push(Member { id: walk.backend.member_id(), card: phone.card_number() });
            }
            let grant =
                json!({"member": walk.members[member].id, "unit": "points", "amount": 300, "reason": "adjustment"});
            walk.backend.post("/sandbox/v1/grant", &grant);
            phone.refresh().expect("a sync");
            walk.phones.push((phone, member));
            // Codes are limited by address.
            walk.world.pass(Duration::from_mins(30));
        }
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
        }
        self.quiet();
        self.settle();
    }

    fn step(&mut self) {
        let index = usize::try_from(self.world.below(3)).expect("a small number");
        let what = self.world.below(100);
        match what {
            0..20 => self.claim(index),
            20..24 => self.discard(index),
            24..36 => self.accrue(index),
            36..46 => {
                let online = self.world.below(2) == 0;
                self.note(format!("phone {index}: online {online}"));
                let phone = &self.phones[index].0;
                phone.device.network.set_online(online);
                if online {
                    phone.wallet().host_event(HostEvent::NetworkAvailable);
                }
            }
            46..54 => {
                let bad = self.world.below(2) == 0;
                self.note(format!("phone {index}: bad day {bad}"));
                self.phones[index].0.device.network.set_faults(if bad { Faults::bad_day() } else { good() });
            }
            54..62 => {
                self.note(format!("phone {index}: killed and started"));
                self.phones[index].0.start();
            }
            62..66 => {
                let days = i64::try_from(self.world.below(4000)).expect("a small number") - 2000;
                self.note(format!("phone {index}: rebooted, clock {days} days off"));
                let phone = &mut self.phones[index].0;
                phone.kill();
                phone.device.set_clock_skew(days * 86_400);
                phone.device.reboot();
                phone.start();
            }
            66..70 => {
                self.note("the server: restored with another epoch".to_owned());
                self.backend.post("/sandbox/v1/restore", &json!({}));
            }
            70..74 => {
                let cost = 10 + self.world.below(90);
                self.note(format!("the server: coffee costs {cost}"));
                self.backend.post("/sandbox/v1/rewards/coffee", &json!({"cost": cost}));
            }
            74..78 => {
                let member = self.phones[index].1;
                self.note(format!("the server: access tokens of member {member} expire"));
                self.backend.post("/sandbox/v1/expire-access", &json!({"member": self.members[member].id}));
            }
            78..84 => {
                self.note(format!("phone {index}: refresh"));
                // Whether it works is the network's affair; that it ends is ours.
                let _ = self.phones[index].0.refresh();
            }
            _ => {
                let minutes = 1 + self.world.below(if what < 97 { 30 } else { 3 * 24 * 60 });
                self.note(format!("{minutes} minutes pass"));
                self.world.pass(Duration::from_mins(minutes));
            }
        }
        self.check();
    }

    fn claim(&mut self, index: usize) {
        let reward = REWARDS[usize::try_from(self.world.below(4)).expect("a small number")];
        let (phone, member) = &self.phones[index];
        match phone.wallet().claim(reward) {
            Ok(claimed) => {
                self.claims.insert((*member, claimed.key.clone()), Acknowledged::Claimed);
                self.note(format!("phone {index}: claims {reward} as {}", claimed.key));
            }
            Err(error) => self.note(format!("phone {index}: may not claim {reward}: {}", error.code())),
        }
    }

    fn discard(&mut self, index: usize) {
        let (phone, member) = &self.phones[index];
        let pending = phone.wallet().pending().expect("a view").actions;
        let Some(action) = pending.iter().find(|action| action.can_discard) else { return };
        if phone.wallet().discard(&action.key).is_ok() {
            self.claims.insert((*member, action.key.clone()), Acknowledged::TakenBack);
            self.note(format!("phone {index}: takes back {}", action.key));
        }
    }

    fn accrue(&mut self, index: usize) {
        let member = self.phones[index].1;
        let euros = 1 + i64::try_from(self.world.below(80)).expect("a small number");
        self.backend.accrue(&self.members[member].card.clone(), euros * 100);
        self.note(format!("a till: member {member} buys for {euros} EUR"));
    }

    /// What holds at each instant.
    fn check(&self) {
        let audit = self.backend.audit();
        assert_eq!(audit["ledger_sum"], json!(0), "the ledger does not sum to zero");
        assert_eq!(audit["unbalanced"], json!(0), "a transaction does not sum to zero");
        for (phone, member) in &self.phones {
            let (confirmed, pending, spendable) = phone.points();
            assert_eq!(spendable, confirmed + pending, "confirmed and pending do not add up");
            assert!(pending <= 0);
            let view = phone.wallet().pending().expect("a view");
            for action in &view.actions {
                let known = self.claims.get(&(*member, action.key.clone()));
                assert!(known.is_some(), "an action that nobody made");
                assert_ne!(known, Some(&Acknowledged::TakenBack), "an action that was taken back is there again");
            }
            let vouchers = phone.wallet().vouchers().expect("a view").vouchers;
            let mut keys: Vec<_> = vouchers.iter().filter_map(|voucher| voucher.key.clone()).collect();
            keys.sort_unstable();
            let count = keys.len();
            keys.dedup();
            assert_eq!(keys.len(), count, "one action shows two vouchers");
        }
    }

    /// Everything works again. Nobody opens an app or asks for anything: what waits wakes by itself.
    fn quiet(&mut self) {
        self.note("quiet".to_owned());
        for (phone, _) in &self.phones {
            phone.device.network.set_faults(good());
            phone.device.network.set_online(true);
        }
        self.world.pass(Duration::from_hours(25));
        for (phone, _) in &self.phones {
            let open = phone.wallet().pending().expect("a view").waiting;
            assert_eq!(
                open,
                0,
                "work without a wake source: {:?} {:?}",
                phone.wallet().sign_in_state(),
                phone.wallet().pending()
            );
        }
        for (phone, _) in &self.phones {
            phone.refresh().expect("a sync");
        }
    }

    /// What holds at the end.
    fn settle(&self) {
        let ledgers: Vec<Value> = self
            .members
            .iter()
            .map(|member| self.backend.get(&format!("/sandbox/v1/members/{}/ledger", member.id)))
            .collect();
        for ((member, key), known) in &self.claims {
            let entries = ledgers[*member]["entries"].as_array().expect("entries");
            let effects = entries.iter().filter(|entry| entry["key"] == json!(key)).count();
            let fates: Vec<_> = self
                .phones
                .iter()
                .filter(|(_, owner)| owner == member)
                .filter_map(|(phone, _)| phone.wallet().fate(key).ok())
                .collect();
            match known {
                Acknowledged::TakenBack => assert_eq!(effects, 0, "{key} was taken back and took effect"),
                Acknowledged::Claimed if effects == 1 => {
                    assert!(fates.iter().all(|fate| *fate == ActionFate::Confirmed), "{key}: {fates:?}");
                    assert!(!fates.is_empty(), "{key} took effect and no phone of the member knows");
                }
                Acknowledged::Claimed => {
                    assert_eq!(effects, 0, "{key} took effect {effects} times");
                    assert!(!fates.is_empty(), "{key} is lost");
                    assert!(
                        fates.iter().all(|fate| matches!(fate, ActionFate::Stopped(why) if !why.is_empty())),
                        "{key}: {fates:?}"
                    );
                }
            }
        }
        for (phone, member) in &self.phones {
            let account = &ledgers[*member]["accounts"][0];
            assert_eq!(json!(phone.points().0), account["available"], "the base is not the server's state");
            assert_eq!(phone.points().1, 0);
            let lines = phone.wallet().activity(None, 500).expect("a view").lines.len();
            assert_eq!(lines, ledgers[*member]["entries"].as_array().expect("entries").len().min(500));
        }
    }
}

fn play(seed: u64) -> usize {
    let mut walk = Walk::begin(seed);
    let result = catch_unwind(AssertUnwindSafe(|| walk.go()));
    if let Err(fault) = result {
        let last = walk.trace.iter().rev().take(12).rev().fold(String::new(), |all, step| format!("{all}\n  {step}"));
        println!("seed {seed} failed; the last steps:{last}");
        let range = format!("SIM_TRACE=1 SIM_SEEDS={seed}..{}", seed + 1);
        println!("play it again: {range} cargo test -p member-core --test random_walk each -- --nocapture");
        std::panic::resume_unwind(fault);
    }
    walk.claims.len()
}

fn seeds() -> std::ops::Range<u64> {
    let Ok(asked) = std::env::var("SIM_SEEDS") else { return SEEDS };
    let range = asked.split_once("..").and_then(|(from, to)| Some(from.parse().ok()?..to.parse().ok()?));
    range.expect("SIM_SEEDS is FROM..TO")
}

#[test]
fn each_acknowledged_claim_has_one_effect_or_one_stated_refusal() {
    let claims: usize = seeds().map(play).sum();
    assert!(claims > 0, "nobody claimed anything");
    println!("{claims} claims");
}

/// The control: the same walk beside a server that does not keep its promise ends badly.
#[test]
fn a_server_that_forgets_keys_is_found_by_the_walk() {
    let found = (0..8).filter(|seed| {
        let mut walk = Walk::begin(*seed);
        walk.backend
            .post("/sandbox/v1/faults", &json!({"rules": [{"path": "/v1/actions", "fault": "ignore-idempotency"}]}));
        catch_unwind(AssertUnwindSafe(|| walk.go())).is_err()
    });
    let found = found.count();
    assert!(found > 0, "the walk does not see a doubled effect");
    println!("found in {found} of 8 walks");
}
