//! Weeks of two members who share two phones, at random, by seed: they sign in, claim, sign out, are forgotten and are thrown out,
//! while apps end, vaults are locked and the network is bad. Checked after every step, and once more when everything has settled.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use member_core::ports::simulated::{Faults, World};
use member_core::views::ActionFate;
use member_core::{Error, HostEvent, SignInState};
use serde_json::json;

use crate::support::{Backend, EMAIL, Phone, good};
use crate::{BOB, DAY, HOUR, Seen, is_good, prepare, sign_out, watched, wipe};

const STEPS: usize = 80;
const REWARDS: [&str; 3] = ["coffee", "tote-bag", "free-delivery"];

/// What must have become of a claim in the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expected {
    /// It waits on this phone for its member, or has come to its end there: one effect, or a stated refusal.
    Told,
    /// The member was told that it is deleted without effect.
    NoEffect,
    /// The member was told that it may take effect; or everything was forgotten without a word.
    MayTakeEffect,
}

struct Claim {
    member: String,
    phone: usize,
    expected: Expected,
}

struct Handset {
    phone: Phone,
    seen: Arc<Mutex<Seen>>,
    /// Who is signed in, or was until the server ended the session.
    member: Option<String>,
    /// The number of the session that began when somebody last signed in.
    session: usize,
}

/// How often things happened that the weeks are there for.
#[derive(Debug, Default)]
struct Met {
    signed_out: usize,
    untold: usize,
    refused: usize,
    deleted_claims: usize,
    wiped: usize,
    locked: usize,
}

struct Weeks {
    world: World,
    backend: Backend,
    handsets: Vec<Handset>,
    /// The card of each member.
    cards: BTreeMap<String, String>,
    claims: BTreeMap<String, Claim>,
    /// Sessions that a member has ended, by the phone, and whether the server was told at once.
    ended: BTreeMap<(usize, usize), bool>,
    met: Met,
    /// The control: a host that does not show what it should.
    shows_nothing: bool,
}

impl Weeks {
    fn begin(seed: u64, shows_nothing: bool) -> Weeks {
        let world = World::new(seed);
        let backend = Backend::new(&world);
        let handsets = (0..2).map(|_| {
            let phone = Phone::of(&world, &backend);
            let (way, notes) = watched(&backend);
            phone.device.network.set_server(way);
            Handset { phone, seen: notes, member: None, session: 0 }
        });
        let handsets = handsets.collect();
        let (cards, claims, ended) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        let mut weeks = Weeks { world, backend, handsets, cards, claims, ended, met: Met::default(), shows_nothing };
        for (index, email) in [(0, EMAIL), (1, BOB)] {
            assert!(weeks.sign_in(index, email), "nothing is in the way yet");
            let member = weeks.handsets[index].member.clone().expect("a member");
            weeks.backend.post("/sandbox/v1/grant", &json!({"member": member, "unit": "points", "amount": 2000}));
            weeks.handsets[index].phone.refresh().expect("a sync");
            let card = weeks.handsets[index].phone.card_number();
            weeks.cards.insert(member, card);
        }
        weeks
    }

    fn below(&self, bound: u64) -> usize {
        usize::try_from(self.world.below(bound)).expect("a small number")
    }

    fn sign_in(&mut self, index: usize, email: &'static str) -> bool {
        let handset = &mut self.handsets[index];
        handset.phone.email = email;
        let signed_in = handset.phone.try_to_join();
        if signed_in {
            let known = self.backend.get(&format!("/sandbox/v1/members?address={email}"));
            handset.member = known["member"].as_str().map(str::to_owned);
            // A code is good once, so the last answer is the one that arrived.
            let seen = handset.seen.lock().expect("one thread");
            let session = seen.refresh.iter().filter_map(|token| seen.sessions.get(token)).max();
            handset.session = *session.expect("a session");
        }
        signed_in
    }

    fn step(&mut self) -> Result<(), String> {
        let index = self.below(2);
        match self.world.below(100) {
            0..24 => {
                let reward = REWARDS[self.below(3)];
                let Handset { phone, member, .. } = &self.handsets[index];
                match (phone.wallet().claim(reward), member) {
                    (Ok(claimed), Some(member)) => {
                        let claim = Claim { member: member.clone(), phone: index, expected: Expected::Told };
                        self.claims.insert(claimed.key, claim);
                    }
                    (Ok(_), None) => return Err("a claim of nobody".to_owned()),
                    (Err(Error::SignedOut), Some(_)) => return Err("signed out by itself".to_owned()),
                    (Err(_), _) => {}
                }
            }
            24..36 => {
                let online = self.world.below(2) == 0;
                let phone = &self.handsets[index].phone;
                phone.device.network.set_online(online);
                if online {
                    phone.wallet().host_event(HostEvent::NetworkAvailable);
                }
            }
            36..42 => {
                let faults = if self.world.below(2) == 0 { Faults::bad_day() } else { good() };
                self.handsets[index].phone.device.network.set_faults(faults);
            }
            42..50 => self.handsets[index].phone.start(),
            50..62 => {
                let email = [EMAIL, BOB][self.below(2)];
                self.sign_in(index, email);
            }
            62..74 => self.leave(index)?,
            74..76 => self.forget(index),
            76..79 => {
                if let Some(member) = &self.handsets[index].member {
                    self.backend.post("/sandbox/v1/revoke", &json!({"member": member}));
                }
            }
            79..84 => {
                self.handsets[index].phone.device.vault().lock(true);
                self.leave(index)?;
                self.handsets[index].phone.device.vault().lock(false);
            }
            84..92 => self.world.pass(Duration::from_millis(self.world.below(3000))),
            what => {
                let minutes = 1 + self.world.below(if what < 98 { 30 } else { 24 * 60 });
                self.world.pass(Duration::from_mins(minutes));
            }
        }
        Ok(())
    }

    /// Asks, thinks about it for a moment, and signs out.
    fn leave(&mut self, index: usize) -> Result<(), String> {
        let Handset { phone, member, session, .. } = &self.handsets[index];
        let Some(member) = member.clone() else {
            let refused = sign_out(phone, Vec::new());
            return if refused == Err(Error::SignedOut) { Ok(()) } else { Err(format!("{refused:?} of nobody")) };
        };
        let view = prepare(phone);
        self.world.pass(Duration::from_millis(self.world.below(4000)));
        // Meanwhile she does something else on the other screen.
        if self.world.below(3) == 0
            && let Ok(claimed) = phone.wallet().claim("coffee")
        {
            let claim = Claim { member: member.clone(), phone: index, expected: Expected::Told };
            self.claims.insert(claimed.key, claim);
        }
        let was_active = phone.wallet().sign_in_state() == Ok(SignInState::SignedIn);
        let shown = if self.shows_nothing { everything(phone) } else { view.shown };
        match sign_out(phone, shown) {
            Ok(done) => {
                self.met.signed_out += 1;
                self.met.untold += usize::from(!done.told);
                self.met.deleted_claims += view.unsent.len();
                self.ended.extend(was_active.then_some(((index, *session), done.told)));
                let (unsent, sent) = (keys(&view.unsent), keys(&view.sent));
                for (key, claim) in self.claims.iter_mut().filter(|(_, claim)| claim.phone == index) {
                    // What is in neither list had come to its end, and she has seen it. Who was shown nothing expects that.
                    if claim.member == member && claim.expected == Expected::Told && !self.shows_nothing {
                        if unsent.contains(key) {
                            claim.expected = Expected::NoEffect;
                        } else if sent.contains(key) {
                            claim.expected = Expected::MayTakeEffect;
                        }
                    }
                }
                self.handsets[index].member = None;
            }
            Err(Error::Refused { code: "not-shown", .. }) => self.met.refused += 1,
            Err(Error::Unusable(member_core::Unusable::Locked)) => self.met.locked += 1,
            Err(error) => return Err(format!("a sign-out: {error:?}")),
        }
        Ok(())
    }

    fn forget(&mut self, index: usize) {
        wipe(&self.handsets[index].phone).expect("a wipe");
        self.met.wiped += 1;
        // What the server was still to be told is forgotten too.
        self.ended.retain(|(phone, _), told| *phone != index || *told);
        for claim in self.claims.values_mut().filter(|claim| claim.phone == index) {
            if claim.expected == Expected::Told {
                claim.expected = Expected::MayTakeEffect;
            }
        }
        self.handsets[index].member = None;
    }

    /// What is on screen is of who is signed in, and of nobody where nobody is.
    fn check(&self) -> Result<(), String> {
        for (index, Handset { phone, member, seen, .. }) in self.handsets.iter().enumerate() {
            match (phone.wallet().card(), member) {
                (Err(Error::SignedOut), None) => {}
                (Ok(view), Some(member)) => {
                    let number = view.card.map(|card| card.number.replace(' ', ""));
                    if number.is_some_and(|number| self.cards.get(member).is_some_and(|card| *card != number)) {
                        return Err(format!("phone {index} shows another's card"));
                    }
                }
                (shown, member) => return Err(format!("phone {index}: {:?} for {member:?}", shown.map(|_| ()))),
            }
            for (key, senders) in &seen.lock().expect("one thread").actions {
                let owner = self.claims.get(key).map(|claim| &claim.member);
                if senders.iter().any(|sender| owner.is_some_and(|owner| owner != sender)) {
                    return Err(format!("{key} was sent with another's token"));
                }
            }
        }
        Ok(())
    }

    /// Everything clears up, and everybody comes back to each phone once.
    fn settle(&mut self) -> Result<(), String> {
        for index in 0..2 {
            let phone = &self.handsets[index].phone;
            phone.device.network.set_faults(good());
            phone.device.network.set_online(true);
            phone.wallet().host_event(HostEvent::NetworkAvailable);
        }
        self.world.pass(DAY);
        for index in 0..2 {
            for email in [EMAIL, BOB] {
                let mut tries = 0;
                while !self.sign_in(index, email) {
                    self.world.pass(HOUR);
                    tries += 1;
                    assert!(tries < 20, "signing in never worked");
                }
                self.handsets[index].phone.refresh().map_err(|error| format!("a sync in the end: {error}"))?;
                self.check()?;
                self.judge(index)?;
                self.world.pass(HOUR);
            }
            let keys = self.handsets[index].phone.device.vault().names();
            if keys.len() != 2 || keys.iter().any(|name| !name.starts_with("member-")) {
                return Err(format!("the vault holds {keys:?}"));
            }
        }
        for (index, ended) in self.ended.keys() {
            let seen = self.handsets[*index].seen.lock().expect("one thread");
            let mut tokens = seen.sessions.iter().filter(|(_, session)| *session == ended);
            if tokens.any(|(token, _)| is_good(&self.backend, token)) {
                return Err(format!("session {ended} of phone {index} goes on"));
            }
        }
        Ok(())
    }

    /// Each claim of who is on this phone now.
    fn judge(&self, index: usize) -> Result<(), String> {
        let Handset { phone, member, .. } = &self.handsets[index];
        let member = member.as_ref().expect("somebody signed in");
        for (key, claim) in self.claims.iter().filter(|(_, claim)| claim.phone == index && claim.member == *member) {
            let effects = crate::effects(phone, member, key);
            let fate = phone.wallet().fate(key);
            let right = match claim.expected {
                Expected::NoEffect => effects == 0,
                Expected::MayTakeEffect => effects <= 1,
                Expected::Told => {
                    matches!((&fate, effects), (Ok(ActionFate::Confirmed), 1) | (Ok(ActionFate::Stopped(_)), 0))
                }
            };
            if !right {
                return Err(format!("{key}: {:?}, {effects} effects, {fate:?}", claim.expected));
            }
        }
        Ok(())
    }
}

fn keys(actions: &[member_core::views::PendingAction]) -> BTreeSet<String> {
    actions.iter().map(|action| action.key.clone()).collect()
}

/// What a host would say that agrees to everything without having shown it.
fn everything(phone: &Phone) -> Vec<String> {
    prepare(phone).shown
}

fn play(seed: u64, shows_nothing: bool) -> Result<Met, String> {
    let mut weeks = Weeks::begin(seed, shows_nothing);
    for step in 0..STEPS {
        weeks.step().and_then(|()| weeks.check()).map_err(|why| format!("step {step}: {why}"))?;
    }
    weeks.settle()?;
    Ok(weeks.met)
}

fn seeds() -> std::ops::Range<u64> {
    std::env::var("SIM_SEEDS").ok().map_or(0..16, |seeds| {
        let (from, to) = seeds.split_once("..").expect("FROM..TO");
        from.parse().expect("a number")..to.parse().expect("a number")
    })
}

#[test]
fn nobody_sees_sends_or_loses_what_she_should_not() {
    let mut met = Met::default();
    for seed in seeds() {
        let of_seed = play(seed, false).unwrap_or_else(|why| panic!("seed {seed}: {why}"));
        met.signed_out += of_seed.signed_out;
        met.untold += of_seed.untold;
        met.refused += of_seed.refused;
        met.deleted_claims += of_seed.deleted_claims;
        met.wiped += of_seed.wiped;
        met.locked += of_seed.locked;
    }
    let least = [met.signed_out / 20, met.untold, met.refused, met.deleted_claims, met.wiped, met.locked];
    assert!(least.iter().all(|count| *count > 0), "the weeks met too little: {met:?}");
}

/// The control: a host that signs out without showing what waits loses claims that were acknowledged, and the same weeks say so.
#[test]
fn a_host_that_shows_nothing_is_found_by_the_same_weeks() {
    let found = (0..24).filter(|seed| play(*seed, true).is_err()).count();
    assert!(found > 6, "found in {found} of 24 runs only");
}
