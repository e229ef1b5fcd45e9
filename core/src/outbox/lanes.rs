//! Whole lives of outboxes at random, against the plan: order within each lane, dependencies, and nobody held up by others.
//!
//! `LANE_SEQUENCES=50000` plays more of them.

use std::collections::BTreeSet;

use proptest::prelude::Rng as _;
use proptest::test_runner::{RngAlgorithm, TestRng};

use super::order::plan;
use super::samples::{at, claim, lock_of};
use crate::domain::{ActionKey, ActionState, Lane, QueuedAction, ServerTime};

const LANES: [Lane; 3] = [Lane::Points, Lane::Offers, Lane::Profile];
const STEPS: usize = 60;
/// More than any wait below.
const LONG: i64 = 1_000_000_000;

/// An outbox, and the driver and the server around it, as far as order goes.
struct Life {
    rng: TestRng,
    rows: Vec<QueuedAction>,
    /// What is with the server.
    sending: Vec<ActionKey>,
    /// Keys in the order in which the server got them first.
    arrived: Vec<ActionKey>,
    now: i64,
    next: i64,
    /// How the plan is broken, in the control.
    sabotage: fn(&mut Vec<QueuedAction>),
}

impl Life {
    fn new(seed: u64, sabotage: fn(&mut Vec<QueuedAction>)) -> Life {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
        Life { rng, rows: Vec::new(), sending: Vec::new(), arrived: Vec::new(), now: LONG, next: 0, sabotage }
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.rng.next_u64() % bound as u64).unwrap_or_default()
    }

    fn step(&mut self) -> Result<(), String> {
        match self.below(12) {
            0..3 => self.queue(),
            3..6 => self.answer(),
            6 => {
                // The app was killed: what was with the server comes back as being sent by nobody.
                self.sending.clear();
            }
            7 => {
                // The member takes back what was never sent, dismisses what has stopped, or tries again what was parked.
                let index = self.below(self.rows.len().max(1));
                let Some(row) = self.rows.get_mut(index) else { return Ok(()) };
                match row.state {
                    ActionState::Parked => row.state = ActionState::Queued,
                    ActionState::Queued if row.attempts == 0 => drop(self.rows.remove(index)),
                    state if state.has_stopped() => drop(self.rows.remove(index)),
                    _ => {}
                }
            }
            _ => self.now += i64::try_from(self.below(20_000)).unwrap_or_default(),
        }
        self.run()
    }

    fn queue(&mut self) {
        self.next += 1;
        let locks = self.below(6) == 0;
        let mut row = if locks { lock_of(0, true) } else { claim(0) };
        (row.sequence, row.key) = (self.next, ActionKey::new(self.next.unsigned_abs(), [0; 10]));
        if !locks {
            row.lane = LANES[self.below(3)];
        }
        row.not_after = at(self.now + 40_000);
        if !self.rows.is_empty() && self.below(3) == 0 {
            let index = self.below(self.rows.len());
            row.after = vec![self.rows[index].key];
        }
        self.rows.push(row);
    }

    /// Something comes of a request.
    fn answer(&mut self) {
        if self.sending.is_empty() {
            return;
        }
        let index = self.below(self.sending.len());
        let key = self.sending.remove(index);
        let (what, delay) = (self.below(8), self.below(30_000));
        let Some(index) = self.rows.iter().position(|row| row.key == key) else { return };
        let row = &mut self.rows[index];
        match what {
            0..3 => drop(self.rows.remove(index)),
            3 => row.state = ActionState::Confirmed,
            4 => row.state = ActionState::Rejected,
            5 => row.state = ActionState::Parked,
            _ => {
                row.state = ActionState::Queued;
                row.next_attempt_at = self.now + i64::try_from(delay).unwrap_or_default();
            }
        }
    }

    /// What the driver does, until there is nothing more to do now.
    fn run(&mut self) -> Result<(), String> {
        loop {
            let busy: BTreeSet<Lane> =
                self.rows.iter().filter(|row| self.sending.contains(&row.key)).map(|row| row.lane).collect();
            let mut seen = self.rows.clone();
            (self.sabotage)(&mut seen);
            let now = ServerTime { at: at(self.now), sure: true };
            let planned = plan(&seen, &busy, now, self.now, true);
            if planned.stop.is_empty() && planned.requeue.is_empty() && planned.send.is_empty() {
                let resolved: Vec<ActionKey> = planned.resolve.iter().map(|row| row.key).collect();
                let settled = self.below(2) == 0;
                self.rows.retain(|row| !(settled && resolved.contains(&row.key)));
                return Ok(());
            }
            for row in &mut self.rows {
                if planned.requeue.contains(&row.key) {
                    row.state = ActionState::Queued;
                }
                if let Some((_, state, _)) = planned.stop.iter().find(|(key, ..)| *key == row.key) {
                    row.state = *state;
                }
            }
            for row in planned.send {
                self.send(row.key)?;
            }
        }
    }

    fn send(&mut self, key: ActionKey) -> Result<(), String> {
        let sent = self.rows.iter().find(|row| row.key == key).ok_or("an action that is gone")?.clone();
        for row in &self.rows {
            let before = row.lane == sent.lane && row.sequence < sent.sequence;
            if before && matches!(row.state, ActionState::Queued | ActionState::Sending) {
                return Err(format!("{} went before {}", sent.sequence, row.sequence));
            }
            if row.lane == sent.lane && self.sending.contains(&row.key) {
                return Err(format!("{} and {} at once", sent.sequence, row.sequence));
            }
            let named = sent.after.contains(&row.key);
            let met = row.state == ActionState::Confirmed
                // A lock waits for what is on its way, and not for ever.
                || !sent.action.builds_on_earlier() && (row.state != ActionState::Queued || row.attempts > 2);
            if named && !met {
                return Err(format!("{} did not wait for {}", sent.sequence, row.sequence));
            }
        }
        let row = self.rows.iter_mut().find(|row| row.key == key).ok_or("an action that is gone")?;
        row.state = ActionState::Sending;
        row.attempts += 1;
        self.sending.push(sent.key);
        if !self.arrived.contains(&sent.key) {
            self.arrived.push(sent.key);
        }
        Ok(())
    }

    /// Everything works: whatever happened before, nothing waits for ever.
    fn quiet(&mut self) -> Result<(), String> {
        for _ in 0..1000 {
            self.rows.retain(|row| !self.sending.contains(&row.key));
            self.sending.clear();
            self.rows.retain(|row| !row.state.has_stopped() && row.state != ActionState::Confirmed);
            if self.rows.is_empty() {
                return Ok(());
            }
            self.now += 1000;
            self.run()?;
        }
        Err(format!("waits for ever: {:?}", self.rows.iter().map(|row| (row.sequence, row.state)).collect::<Vec<_>>()))
    }
}

fn play(seed: u64, sabotage: fn(&mut Vec<QueuedAction>)) -> Result<usize, String> {
    let mut life = Life::new(seed, sabotage);
    for _ in 0..STEPS {
        life.step()?;
    }
    life.quiet()?;
    Ok(life.arrived.len())
}

fn sequences() -> u64 {
    std::env::var("LANE_SEQUENCES").map_or(1000, |count| count.parse().expect("LANE_SEQUENCES is a number"))
}

#[test]
fn each_lane_keeps_its_order_and_nothing_waits_for_ever() {
    let mut sent = 0;
    for seed in 0..sequences() {
        sent += play(seed, |_| {}).unwrap_or_else(|fault| panic!("seed {seed}: {fault}"));
    }
    println!("{} sequences, {sent} actions sent, no inversion", sequences());
}

/// The controls: a plan over rows in another order, and one that does not see what waits, are found.
#[test]
fn a_plan_that_breaks_the_order_is_found() {
    let reversed = (0..200).filter(|seed| play(*seed, |rows| rows.reverse()).is_err()).count();
    let careless = |rows: &mut Vec<QueuedAction>| rows.iter_mut().for_each(|row| row.after.clear());
    let unbound = (0..200).filter(|seed| play(*seed, careless).is_err()).count();
    assert!(reversed > 100 && unbound > 20, "found {reversed} and {unbound} of 200");
}
