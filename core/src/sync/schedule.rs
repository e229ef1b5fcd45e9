//! When to push and pull: a pure state machine. It is told what happens and says what to do next; time, randomness and whether there is a
//! network are handed in. Must not know of stores, requests or threads.
//!
//! There is no state in which something waits and nothing can wake it: the tests below walk through all of them.

use std::time::Duration;

use crate::outbox::{floor_delay, poll_delay};

/// A held request that comes back sooner, with nothing, was not held: it counts as a failure, so that a server which
/// does not know `wait` is not asked in a circle.
const HELD_AT_LEAST: Duration = Duration::from_secs(1);

/// While the host says that there is no network, look again this often: a host may forget to say that it is back.
const OFFLINE_LOOK: Duration = Duration::from_mins(1);

/// While a card is on screen, the words for how old it is are read again this often, also where no server answers.
const AGE_LOOK: Duration = Duration::from_mins(1);

/// After a failure of the store, nothing is tried sooner.
const STORE_REST: Duration = Duration::from_secs(1);

/// From this many failures in a row on the delays grow no more, so there is no need to count on.
const MOST_FAILURES: u32 = 10;

/// What happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Event {
    /// Somebody waits for everything to be sent, and for nothing to be new.
    RefreshAsked,
    /// An action was queued.
    Queued,
    /// The host says that there is a network (again).
    NetworkUp,
    /// So many screens want changes as they happen.
    Live(usize),
    /// The outbox was looked at: so many requests have begun, and the next row is due after this.
    Planned {
        /// Pushes, and questions for an outcome.
        begun: usize,
        /// `None` where no row waits for a time.
        next: Option<Duration>,
    },
    /// The outbox could not be looked at.
    NotPlanned,
    /// A push, or a question for an outcome, has ended.
    PushEnded(PushEnd),
    /// The pull has ended.
    PullEnded {
        /// How.
        end: PullEnd,
        /// How long it was under way.
        took: Duration,
    },
    /// A row waits for a word of the server: for a time that is sure, or for the page of an action that it answered.
    ContactNeeded,
    /// The delay that [`Schedule::wake_in`] named is over.
    TimeIsUp,
}

/// How a push ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PushEnd {
    /// With an answer. `pull` where there is something to pull.
    Decided {
        /// Whether there is.
        pull: bool,
    },
    /// Its row was settled meanwhile.
    Gone,
    /// In an outage: its row has a next attempt.
    PutBack,
    /// The session is over.
    SessionEnded,
    /// The store failed.
    StoreFailed,
}

/// How a pull ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PullEnd {
    /// It was given up for another.
    GivenUp,
    /// Nothing is new any more. `news` where something was.
    Done {
        /// Whether it was.
        news: bool,
    },
    /// The session is over.
    SessionEnded,
    /// It failed, with the server's word when to come again.
    Failed {
        /// Where it said so.
        retry_after: Option<Duration>,
    },
}

/// What to do, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    /// No row waits longer for an attempt than the server's word makes it.
    WakeOutbox,
    /// Break off the pull that the server holds.
    GiveUpPull,
    /// Look at the outbox, begin what may be sent, and tell: `Planned` or `NotPlanned`.
    PlanPushes,
    /// Pull. A `live` one asks the server to hold the request until something is new.
    StartPull {
        /// Whether it is.
        live: bool,
    },
    /// How old things are has changed.
    TellAge,
    /// Answer whoever waits for a refresh.
    Answer(Answer),
}

/// What is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// Everything was sent, and nothing is new.
    Done,
    /// The last pull failed; its error says how.
    Failed,
    /// The server has said not to come again before this has passed.
    ComeAgain(Duration),
    /// The session is over.
    SessionEnded,
}

/// The moment of an event.
#[derive(Debug, Clone, Copy)]
pub(super) struct Now {
    /// Time since boot.
    pub(super) up: Duration,
    /// What the host knows of the network.
    pub(super) online: bool,
}

/// A pull under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Pull {
    live: bool,
    given_up: bool,
}

/// All that is known of what is under way and what comes next. Instants are times since boot.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own, and the tests walk through their combinations"
)]
pub(super) struct Schedule {
    /// Pushes and questions under way.
    pushes: usize,
    /// Between `PlanPushes` and its answer.
    planning: bool,
    /// When the next row is due.
    next_push_at: Option<Duration>,
    /// The store failed under a push: the outbox is not looked at before.
    push_not_before: Duration,
    store_failures: u32,
    /// A row waits for a later attempt because of an outage.
    put_back: bool,
    pull: Option<Pull>,
    /// Something is known to be new, or was asked for.
    pull_wanted: bool,
    pull_failures: u32,
    /// No pull of our own accord starts before.
    pull_not_before: Duration,
    /// By the server's word: holds for asked ones too.
    pull_floor: Duration,
    live: usize,
    /// When the screens are told that they have aged.
    ages_at: Duration,
    session_ended: bool,
    /// Somebody waits for a refresh.
    waiting: bool,
    /// How the pulls since they came failed.
    failed: Option<Failed>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Failed {
    Pull,
    /// Until this instant.
    TooSoon(Duration),
}

/// A random number in `0..=bound`; `None` where the system has no randomness.
pub(super) trait Draw: FnMut(u64) -> Option<u64> {}

impl<F: FnMut(u64) -> Option<u64>> Draw for F {}

impl Schedule {
    /// Takes in what happened, and says what to do.
    pub(super) fn step(&mut self, event: Event, now: Now, draw: &mut impl Draw) -> Vec<Effect> {
        let mut effects = Vec::new();
        match event {
            Event::RefreshAsked => {
                self.waiting = true;
                self.failed = None;
                self.pull_not_before = self.pull_floor;
                self.session_ended = false;
                self.want_pull(&mut effects);
                self.wake_outbox(&mut effects);
            }
            Event::Queued => self.push_not_before = Duration::ZERO,
            Event::NetworkUp => {
                self.pull_not_before = self.pull_floor;
                self.want_pull(&mut effects);
                self.wake_outbox(&mut effects);
            }
            Event::Live(screens) => {
                if self.live == 0 {
                    self.ages_at = now.up.saturating_add(AGE_LOOK);
                }
                self.live = screens;
                if screens == 0 {
                    self.give_up_held(&mut effects);
                }
            }
            Event::Planned { begun, next } => {
                self.planning = false;
                self.pushes += begun;
                self.next_push_at = next.map(|delay| now.up.saturating_add(delay));
                self.answer(now, &mut effects);
                return effects;
            }
            Event::NotPlanned => {
                self.planning = false;
                self.store_failed(now, draw);
                self.answer(now, &mut effects);
                return effects;
            }
            Event::PushEnded(end) => self.push_ended(end, now, &mut effects, draw),
            Event::PullEnded { end, took } => self.pull_ended(end, took, now, &mut effects, draw),
            Event::ContactNeeded => self.want_pull(&mut effects),
            Event::TimeIsUp => {}
        }
        self.age(now, &mut effects);
        self.start(now, &mut effects);
        effects
    }

    /// How long until `TimeIsUp`, if nothing happens before; `None` is never.
    pub(super) fn wake_in(&self, now: Now) -> Option<Duration> {
        let mut instants = Vec::new();
        if self.live > 0 {
            instants.push(self.ages_at);
        }
        if !self.session_ended {
            if self.may_try(now) {
                if self.push_not_before > now.up {
                    instants.push(self.push_not_before);
                } else {
                    instants.extend(self.next_push_at);
                }
                if self.pull_is_due() {
                    instants.push(self.pull_opens_at());
                }
            } else {
                instants.push(now.up.saturating_add(OFFLINE_LOOK));
            }
        }
        instants.into_iter().min().map(|at| at.saturating_sub(now.up))
    }

    fn may_try(&self, now: Now) -> bool {
        now.online || self.waiting
    }

    fn pull_is_due(&self) -> bool {
        self.pull.is_none() && (self.pull_wanted || self.live > 0)
    }

    fn pull_opens_at(&self) -> Duration {
        self.pull_not_before.max(self.pull_floor)
    }

    /// A pull that is asked for ends a held one and takes its place.
    fn want_pull(&mut self, effects: &mut Vec<Effect>) {
        self.pull_wanted = true;
        self.give_up_held(effects);
    }

    fn give_up_held(&mut self, effects: &mut Vec<Effect>) {
        if let Some(pull) = self.pull.as_mut().filter(|pull| pull.live && !pull.given_up) {
            pull.given_up = true;
            effects.push(Effect::GiveUpPull);
        }
    }

    fn wake_outbox(&mut self, effects: &mut Vec<Effect>) {
        self.push_not_before = Duration::ZERO;
        effects.push(Effect::WakeOutbox);
    }

    /// A request worked after some did not: what waits for a later attempt need not wait for its own.
    fn outage_is_over(&mut self, effects: &mut Vec<Effect>) {
        self.put_back = false;
        self.wake_outbox(effects);
    }

    fn end_session(&mut self) {
        self.session_ended = true;
        self.pull_wanted = false;
        self.next_push_at = None;
    }

    fn push_ended(&mut self, end: PushEnd, now: Now, effects: &mut Vec<Effect>, draw: &mut impl Draw) {
        self.pushes = self.pushes.saturating_sub(1);
        match end {
            PushEnd::Decided { pull } => {
                self.store_failures = 0;
                if self.put_back {
                    self.outage_is_over(effects);
                }
                if pull {
                    self.want_pull(effects);
                }
            }
            PushEnd::Gone => {}
            PushEnd::PutBack => self.put_back = true,
            PushEnd::SessionEnded => self.end_session(),
            PushEnd::StoreFailed => self.store_failed(now, draw),
        }
    }

    fn pull_ended(&mut self, end: PullEnd, took: Duration, now: Now, effects: &mut Vec<Effect>, draw: &mut impl Draw) {
        let live = self.pull.take().is_some_and(|pull| pull.live);
        match end {
            PullEnd::GivenUp => {}
            PullEnd::Done { news } => {
                effects.push(Effect::TellAge);
                if self.pull_failures > 0 {
                    self.outage_is_over(effects);
                }
                self.pull_floor = Duration::ZERO;
                if !live || news || took >= HELD_AT_LEAST {
                    self.pull_failures = 0;
                    self.pull_not_before = Duration::ZERO;
                } else {
                    self.back_off(None, now, draw);
                }
                self.failed = None;
            }
            PullEnd::SessionEnded => self.end_session(),
            PullEnd::Failed { retry_after } => {
                self.back_off(retry_after, now, draw);
                self.failed = Some(Failed::Pull);
                self.pull_wanted = true;
            }
        }
    }

    fn back_off(&mut self, retry_after: Option<Duration>, now: Now, draw: &mut impl Draw) {
        self.pull_failures = self.pull_failures.saturating_add(1).min(MOST_FAILURES);
        self.pull_not_before = now.up.saturating_add(delay(self.pull_failures, draw));
        if let Some(word) = retry_after {
            let floor = floor_delay(word, |bound| draw(bound).ok_or(())).unwrap_or(word);
            self.pull_floor = now.up.saturating_add(floor);
        }
    }

    /// The store failed: pushes wait, longer each time.
    fn store_failed(&mut self, now: Now, draw: &mut impl Draw) {
        self.store_failures = self.store_failures.saturating_add(1).min(MOST_FAILURES);
        self.push_not_before = now.up.saturating_add(delay(self.store_failures, draw).max(STORE_REST));
    }

    /// Tells screens that they have aged, when they have.
    fn age(&mut self, now: Now, effects: &mut Vec<Effect>) {
        if self.live > 0 && self.ages_at <= now.up {
            self.ages_at = now.up.saturating_add(AGE_LOOK);
            effects.push(Effect::TellAge);
        }
    }

    /// Starts whatever is due.
    fn start(&mut self, now: Now, effects: &mut Vec<Effect>) {
        if !self.session_ended && self.may_try(now) {
            if self.push_not_before <= now.up {
                self.planning = true;
                effects.push(Effect::PlanPushes);
            }
            self.start_pull(now, effects);
        }
        self.answer(now, effects);
    }

    fn start_pull(&mut self, now: Now, effects: &mut Vec<Effect>) {
        if !self.pull_is_due() {
            return;
        }
        if self.pull_opens_at() > now.up {
            // Who asked is told that the server said when to come again.
            if self.pull_floor > now.up && self.failed.is_none() {
                self.failed = Some(Failed::TooSoon(self.pull_floor));
            }
            return;
        }
        let live = !self.pull_wanted;
        self.pull_wanted = false;
        self.pull = Some(Pull { live, given_up: false });
        effects.push(Effect::StartPull { live });
    }

    /// Answers who waits for a refresh, once nothing that it asked for is under way.
    fn answer(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let under_way = self.planning || self.pushes > 0 || self.pull.is_some_and(|pull| !pull.live);
        let pull_is_due = self.pull_wanted && self.failed.is_none();
        if !self.waiting || (!self.session_ended && (under_way || pull_is_due)) {
            return;
        }
        self.waiting = false;
        let answer = match self.failed.take() {
            _ if self.session_ended => Answer::SessionEnded,
            Some(Failed::Pull) => Answer::Failed,
            Some(Failed::TooSoon(until)) => Answer::ComeAgain(until.saturating_sub(now.up)),
            None => Answer::Done,
        };
        effects.push(Effect::Answer(answer));
    }
}

/// Full jitter. Without randomness there is none; the doubling is of no use then either.
fn delay(failures: u32, draw: &mut impl Draw) -> Duration {
    poll_delay(failures, |bound| draw(bound).ok_or(())).unwrap_or(OFFLINE_LOOK)
}

#[cfg(test)]
mod tests;
