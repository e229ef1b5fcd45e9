//! When to push and pull: a pure state machine. It is told what happens and says what to do next; time, randomness and whether there is a
//! network are handed in. Must not know of stores, requests or threads.
//!
//! There is no state in which something waits and nothing can wake it: the tests below walk through all of them.

use std::time::Duration;

use crate::outbox::{FAILURES_AT_CAP, floor_delay, kept_word, longest_delay, poll_delay};

/// A held request that comes back sooner, with nothing, was not held: it counts as a failure, so that a server which
/// does not know `wait` is not asked in a circle.
const HELD_AT_LEAST: Duration = Duration::from_secs(1);

/// While the host says that there is no network, look again this often: a host may forget to say that it is back.
const OFFLINE_LOOK: Duration = Duration::from_mins(1);

/// While a card is on screen, the words for how old it is are read again this often, also where no server answers.
const AGE_LOOK: Duration = Duration::from_mins(1);

/// After a failure of the store, nothing is tried sooner.
const STORE_REST: Duration = Duration::from_secs(1);

/// What wakes a phone that nobody looks at begins within this: a push message, or a network that is back, reaches many
/// phones in one second. Not longer, since iOS gives an app that a push message woke about 30 seconds.
const WAKE_SPREAD: Duration = Duration::from_secs(20);

/// After an outage, what a phone that nobody looks at has to say is said one by one, each within this after the one before: what
/// it says in one go falls together with what others say in one go. Short, since the system may end it meanwhile.
const PAUSE: Duration = Duration::from_secs(10);

/// From this many failures in a row on the delays grow no more, so there is no need to count on.
const MOST_FAILURES: u32 = FAILURES_AT_CAP + 1;

/// What happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Event {
    /// The app started. What an earlier run left is due, though not before the server's word to that run has passed.
    Started {
        /// For how long it still holds, where it does.
        word: Option<Duration>,
    },
    /// Somebody waits for everything to be sent, and for nothing to be new.
    RefreshAsked,
    /// An action was queued.
    Queued,
    /// The host says that there is a network (again).
    NetworkUp,
    /// The member looks at the app.
    Foreground,
    /// The member looks at something else.
    Background,
    /// A push message said that something is new.
    PushMessage,
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
    /// In an outage, with the server's word when to come again: its row has a next attempt.
    PutBack {
        /// Where it said so.
        retry_after: Option<Duration>,
    },
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
    /// No row waits longer for an attempt, but for those to which the server's word applies.
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
    /// The outbox was not looked at when it might have been.
    plan_owed: bool,
    pull: Option<Pull>,
    /// Something is known to be new, or was asked for.
    pull_wanted: bool,
    pull_failures: u32,
    /// No pull of our own accord starts before.
    pull_not_before: Duration,
    /// The last pull failed, and nothing was answered since; or something was, and this phone catches up with a [`PAUSE`] between
    /// its requests, since nobody looks. Then a pull and the rows take turns: a phone asks once, and not once for each lane,
    /// whether the server is back; and where pulls alone fail, rows go out all the same.
    outage: bool,
    /// In an outage, rows are next.
    rows_turn: bool,
    /// The server's word: nothing goes out before, whoever asks.
    floor: Duration,
    /// Nothing of our own accord goes out before: this phone's place among the many that were told the same.
    opens_at: Duration,
    /// At `opens_at` it is as if the member looked.
    woken: bool,
    /// Nobody looks at the app. A host that never says so is looked at.
    in_background: bool,
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
            Event::Started { word } => self.keep_word(word, now, draw),
            Event::RefreshAsked => {
                self.waiting = true;
                self.failed = None;
                self.session_ended = false;
                self.wake(now, &mut effects);
            }
            Event::Queued => {
                self.push_not_before = Duration::ZERO;
                self.open(now);
            }
            Event::NetworkUp if self.in_background => self.wake_among_many(now, draw),
            Event::NetworkUp => self.wake(now, &mut effects),
            Event::Foreground => {
                self.in_background = false;
                self.wake(now, &mut effects);
            }
            Event::Background => self.in_background = true,
            // Who looks at a card has a held pull, which says it sooner.
            Event::PushMessage => self.wake_among_many(now, draw),
            Event::Live(screens) => {
                if self.live == 0 {
                    self.ages_at = now.up.saturating_add(AGE_LOOK);
                }
                if screens > self.live {
                    self.open(now);
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
                self.turn_is_over(begun == 0, now, &mut effects);
                // Nothing is left, so this phone has caught up. In an outage a pull is always wanted.
                self.outage &= self.pushes > 0 || self.pull.is_some() || self.pull_wanted;
                self.answer(now, &mut effects);
                return effects;
            }
            Event::NotPlanned => {
                self.planning = false;
                self.plan_owed = true;
                self.store_failed(now, draw);
                self.turn_is_over(true, now, &mut effects);
                self.answer(now, &mut effects);
                return effects;
            }
            Event::PushEnded(end) => self.push_ended(end, now, &mut effects, draw),
            Event::PullEnded { end, took } => self.pull_ended(end, took, now, &mut effects, draw),
            Event::ContactNeeded => self.want_pull(&mut effects),
            Event::TimeIsUp => {}
        }
        self.age(now, &mut effects);
        self.start(Self::lets_rows_go(event), now, &mut effects);
        effects
    }

    /// Whether rows go out at this also in an outage: the member did something.
    fn lets_rows_go(event: Event) -> bool {
        matches!(event, Event::RefreshAsked | Event::Queued | Event::Foreground)
    }

    /// How long until `TimeIsUp`, if nothing happens before; `None` is never.
    pub(super) fn wake_in(&self, now: Now) -> Option<Duration> {
        let mut instants = Vec::new();
        if self.live > 0 {
            instants.push(self.ages_at);
        }
        if !self.session_ended {
            if self.may_try(now) {
                if self.woken {
                    instants.push(self.opens_at);
                }
                if !self.rows_take_turns() {
                    let opens_at = self.rows_open_at();
                    instants.extend(self.next_push_at.map(|at| at.max(opens_at)));
                    instants.extend(self.plan_owed.then_some(opens_at));
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
        // In an outage, one request at a time.
        let rows_are_out = self.outage && self.pushes > 0 && !self.waiting;
        self.pull.is_none() && (self.pull_wanted || self.live > 0) && !rows_are_out
    }

    fn pull_opens_at(&self) -> Duration {
        self.pull_not_before.max(self.opens_at)
    }

    fn rows_open_at(&self) -> Duration {
        self.push_not_before.max(self.opens_at)
    }

    fn rows_take_turns(&self) -> bool {
        self.outage && (self.pull.is_some() || self.pull_wanted || self.live > 0)
    }

    /// The outbox was looked at. Where that was the rows' turn and none was due, it is the pull's.
    fn turn_is_over(&mut self, unused: bool, now: Now, effects: &mut Vec<Effect>) {
        let was_turn = std::mem::take(&mut self.rows_turn);
        if was_turn && unused && !self.session_ended && self.may_try(now) {
            self.start_pull(now, effects);
        }
    }

    /// The member does something: there is no need to stand in line. The server's word holds, and the place after it.
    fn open(&mut self, now: Now) {
        if self.floor <= now.up {
            self.opens_at = Duration::ZERO;
        }
    }

    /// Somebody looks: everything is tried at once.
    fn wake(&mut self, now: Now, effects: &mut Vec<Effect>) {
        if self.floor > now.up {
            self.pull_wanted = true;
            return;
        }
        self.woken = false;
        self.opens_at = Duration::ZERO;
        self.pull_not_before = Duration::ZERO;
        // Others may have been woken in this moment: the next delay parts them again.
        self.pull_failures = self.pull_failures.min(FAILURES_AT_CAP - 1);
        self.want_pull(effects);
        self.wake_outbox(effects);
    }

    /// Something woke this phone and perhaps ten thousand others: everything is tried at a moment of its own. Who has one
    /// already keeps it: a phone that moved at each word would come sooner than its delay, or never.
    fn wake_among_many(&mut self, now: Now, draw: &mut impl Draw) {
        let failing = self.outage && self.pull_not_before > now.up;
        if self.floor > now.up || failing {
            self.pull_wanted = true;
            return;
        }
        self.woken = true;
        if self.opens_at <= now.up {
            // Where the server did not answer when it was last asked, the many are those who wait for it.
            let bound = if self.outage { longest_delay(self.pull_failures).max(WAKE_SPREAD) } else { WAKE_SPREAD };
            self.opens_at = now.up.saturating_add(moment_within(bound, draw));
        }
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
    fn outage_is_over(&mut self, now: Now, effects: &mut Vec<Effect>, draw: &mut impl Draw) {
        if self.outage {
            self.pull_not_before = Duration::ZERO;
        }
        if self.outage && !self.somebody_looks() {
            self.opens_at = self.opens_at.max(now.up.saturating_add(moment_within(PAUSE, draw)));
        } else {
            self.outage = false;
        }
        self.put_back = false;
        self.wake_outbox(effects);
    }

    fn somebody_looks(&self) -> bool {
        !self.in_background || self.waiting || self.live > 0
    }

    fn end_session(&mut self) {
        self.session_ended = true;
        self.pull_wanted = false;
        self.outage = false;
        self.woken = false;
        self.next_push_at = None;
    }

    fn push_ended(&mut self, end: PushEnd, now: Now, effects: &mut Vec<Effect>, draw: &mut impl Draw) {
        self.pushes = self.pushes.saturating_sub(1);
        match end {
            PushEnd::Decided { pull } => {
                self.store_failures = 0;
                if self.put_back || self.outage {
                    self.outage_is_over(now, effects, draw);
                }
                if pull {
                    self.want_pull(effects);
                }
            }
            PushEnd::Gone => {}
            PushEnd::PutBack { retry_after } => {
                self.put_back = true;
                self.keep_word(retry_after, now, draw);
                if self.outage {
                    self.back_off(now, draw);
                } else if !self.waiting && self.pull.is_none() {
                    // A pull tells whether it is this action alone. Where somebody waits, one was made for that already.
                    self.pull_wanted = true;
                    self.pull_not_before = self.pull_not_before.max(now.up.saturating_add(delay(1, draw)));
                }
            }
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
                if self.outage {
                    self.outage_is_over(now, effects, draw);
                }
                if !live || news || took >= HELD_AT_LEAST {
                    self.pull_failures = 0;
                    self.pull_not_before = Duration::ZERO;
                } else {
                    self.back_off(now, draw);
                }
                self.failed = None;
            }
            PullEnd::SessionEnded => self.end_session(),
            PullEnd::Failed { retry_after } => {
                self.back_off(now, draw);
                self.keep_word(retry_after, now, draw);
                self.failed = Some(Failed::Pull);
                self.pull_wanted = true;
                self.outage = true;
                self.rows_turn = true;
            }
        }
    }

    fn back_off(&mut self, now: Now, draw: &mut impl Draw) {
        self.pull_failures = self.pull_failures.saturating_add(1).min(MOST_FAILURES);
        self.pull_not_before = now.up.saturating_add(delay(self.pull_failures, draw));
    }

    /// The server's word on one request holds for all of them. Who has a place after it keeps it: the later of two would not be
    /// a place like any other.
    fn keep_word(&mut self, retry_after: Option<Duration>, now: Now, draw: &mut impl Draw) {
        let Some(word) = retry_after else { return };
        self.floor = self.floor.max(now.up.saturating_add(kept_word(word)));
        if self.opens_at < self.floor {
            let place = floor_delay(word, self.pull_failures, |bound| draw(bound).ok_or(()));
            self.opens_at = now.up.saturating_add(place.unwrap_or_else(|()| kept_word(word)));
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

    /// Starts whatever is due. With `rows`, in an outage too.
    fn start(&mut self, rows: bool, now: Now, effects: &mut Vec<Effect>) {
        if !self.session_ended && self.may_try(now) {
            if self.woken && self.opens_at <= now.up {
                self.wake(now, effects);
            }
            let rows_open = self.rows_open_at() <= now.up;
            let pull_opens = self.pull_is_due() && self.pull_opens_at() <= now.up;
            let rows_turn = self.rows_turn && self.outage && rows_open && pull_opens && !rows;
            self.plan_owed = !rows_open || (self.rows_take_turns() && !rows && !rows_turn);
            if !self.plan_owed {
                self.planning = true;
                effects.push(Effect::PlanPushes);
            }
            if !rows_turn {
                self.start_pull(now, effects);
            }
        }
        self.answer(now, effects);
    }

    fn start_pull(&mut self, now: Now, effects: &mut Vec<Effect>) {
        if !self.pull_is_due() {
            return;
        }
        if self.pull_opens_at() > now.up {
            // Who asked is told that the server said when to come again.
            if self.floor > now.up && self.failed.is_none() {
                self.failed = Some(Failed::TooSoon(self.floor));
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

/// A random moment; the last one without randomness.
fn moment_within(bound: Duration, draw: &mut impl Draw) -> Duration {
    let millis = u64::try_from(bound.as_millis()).unwrap_or(u64::MAX);
    draw(millis).map_or(bound, Duration::from_millis)
}

/// Full jitter. Without randomness there is none; the doubling is of no use then either.
fn delay(failures: u32, draw: &mut impl Draw) -> Duration {
    poll_delay(failures, |bound| draw(bound).ok_or(())).unwrap_or(OFFLINE_LOOK)
}

#[cfg(all(test, feature = "simulation"))]
mod stampede;
#[cfg(test)]
mod tests;
