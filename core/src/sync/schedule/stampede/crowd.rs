//! Ten thousand phones and one server, event by event: the schedule and the rules of rows as they are, and nothing of the rest.
//!
//! Does what the driver does with effects. Must not know of stores, threads or HTTP; a run is a pure function of its seed.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

use jiff::Timestamp;

use super::super::*;
use crate::domain::{ActionState, Lane, QueuedAction, ServerTime};
use crate::outbox::samples::claim;
use crate::outbox::{FAILURES_AT_CAP, next_attempt, plan};
use crate::ports::simulated::World;

/// Nothing was answered for so long: the request is given up.
const TIMEOUT: Duration = Duration::from_secs(15);

/// The longest that a request is on its way, and its answer again.
const LONGEST_WAY_MILLIS: u64 = 250;

/// What each phone has to say, in the order of taps: two lanes.
const LANES: [Lane; 3] = [Lane::Points, Lane::Points, Lane::Offers];

/// What a server does with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reply {
    /// Serves it.
    Served,
    /// Nothing ever comes back.
    Silence,
    /// 503, perhaps with its word.
    Busy(Option<Duration>),
}

/// How a server that is down answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Down {
    Silent,
    /// 503 without a word when to come again.
    Wordless,
    /// 503 with `Retry-After` in seconds.
    ForSeconds(u64),
    /// 503 with `Retry-After` as a date: the end of the outage.
    UntilItsEnd,
}

/// A server that is down until `back_at`, and from then on serves so many requests in a second; others hear 503 and
/// `Retry-After: 30`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Server {
    pub(super) down: Option<Down>,
    pub(super) back_at: Duration,
    pub(super) capacity: u64,
}

impl Server {
    fn reply(&self, at: Duration, served_this_second: u64) -> Reply {
        match self.down.filter(|_| at < self.back_at) {
            Some(Down::Silent) => Reply::Silence,
            Some(Down::Wordless) => Reply::Busy(None),
            Some(Down::ForSeconds(seconds)) => Reply::Busy(Some(Duration::from_secs(seconds))),
            Some(Down::UntilItsEnd) => {
                // HTTP dates have whole seconds.
                let left = self.back_at.saturating_sub(Duration::from_secs(at.as_secs()));
                Reply::Busy(Some(left))
            }
            None if served_this_second >= self.capacity => Reply::Busy(Some(Duration::from_secs(30))),
            None => Reply::Served,
        }
    }
}

/// What happens to a phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Happening {
    /// The host says so. [`Event`] has no order, which the queue needs.
    Foreground,
    Background,
    PushMessage,
    NetworkLost,
    NetworkUp,
    /// The member does all that there is to do.
    Taps,
    /// The timer of this number rings; a later one has replaced it otherwise.
    Timer(u64),
    /// The pull, or the push of the row with this number, arrives at the server.
    Arrives(Option<i64>),
    /// What came of it arrives at the phone: the request's row, how, and the server's word in milliseconds.
    Answered(Option<i64>, bool, Option<u64>),
}

struct Phone {
    schedule: Schedule,
    rows: Vec<QueuedAction>,
    busy: BTreeSet<Lane>,
    pull_began: Option<Duration>,
    online: bool,
    timer: u64,
    /// By the server's own words.
    closed_until: Duration,
}

/// What came of a run.
pub(super) struct Arrivals {
    /// Requests that arrived, or would have, in each second.
    pub(super) seconds: Vec<u64>,
    /// When each phone had nothing left to do.
    pub(super) caught_up: Vec<Option<Duration>>,
    /// When each phone might have come again after it was last turned away.
    pub(super) turned_away_until: Vec<Duration>,
    /// Requests that left a phone before the server's word to it was over.
    pub(super) too_early: u64,
    /// Requests that were told to come again after the server was back.
    pub(super) refused: u64,
}

pub(super) struct Crowd {
    phones: Vec<Phone>,
    server: Server,
    /// Seeded randomness.
    world: World,
    /// Whether delays are drawn; the longest otherwise.
    jitter: bool,
    queue: BinaryHeap<Reverse<(Duration, u64, usize, Happening)>>,
    queued: u64,
    served: (u64, u64),
    pub(super) arrivals: Arrivals,
}

impl Crowd {
    pub(super) fn new(seed: u64, count: usize, server: Server, jitter: bool) -> Crowd {
        let phone = |_| Phone {
            schedule: Schedule::default(),
            rows: Vec::new(),
            busy: BTreeSet::new(),
            pull_began: None,
            online: true,
            timer: 0,
            closed_until: Duration::ZERO,
        };
        let arrivals = Arrivals {
            seconds: Vec::new(),
            caught_up: vec![None; count],
            turned_away_until: vec![Duration::ZERO; count],
            too_early: 0,
            refused: 0,
        };
        Crowd {
            phones: (0..count).map(phone).collect(),
            server,
            world: World::new(seed),
            jitter,
            queue: BinaryHeap::new(),
            queued: 0,
            served: (0, 0),
            arrivals,
        }
    }

    /// A random moment in `0..span`.
    pub(super) fn moment(&self, span: Duration) -> Duration {
        Duration::from_millis(self.world.below(u64::try_from(span.as_millis()).expect("hours at most")))
    }

    pub(super) fn at(&mut self, at: Duration, phone: usize, happening: Happening) {
        self.queued += 1;
        self.queue.push(Reverse((at, self.queued, phone, happening)));
    }

    /// Plays until nothing happens any more, or `end`.
    pub(super) fn run(mut self, end: Duration) -> Arrivals {
        while let Some(Reverse((now, _, index, happening))) = self.queue.pop()
            && now < end
        {
            match happening {
                Happening::Timer(number) if number != self.phones[index].timer => {}
                Happening::Timer(_) => self.tell(index, now, Event::TimeIsUp),
                Happening::Foreground => self.tell(index, now, Event::Foreground),
                Happening::Background => self.tell(index, now, Event::Background),
                Happening::PushMessage => self.tell(index, now, Event::PushMessage),
                Happening::NetworkLost => self.phones[index].online = false,
                Happening::NetworkUp => {
                    self.phones[index].online = true;
                    self.tell(index, now, Event::NetworkUp);
                }
                Happening::Taps => {
                    for (lane, number) in LANES.into_iter().zip(1..) {
                        let not_after = instant(now + Duration::from_hours(7 * 24));
                        self.phones[index].rows.push(QueuedAction { lane, not_after, ..claim(number) });
                    }
                    self.tell(index, now, Event::Queued);
                }
                Happening::Arrives(row) => self.arrives(index, now, row),
                Happening::Answered(row, served, word) => {
                    self.answered(index, now, row, served, word.map(Duration::from_millis));
                }
            }
        }
        self.arrivals
    }

    /// A request leaves a phone.
    fn send(&mut self, index: usize, now: Duration, row: Option<i64>) {
        let phone = &self.phones[index];
        assert!(phone.online, "there is no network");
        self.arrivals.too_early += u64::from(now < phone.closed_until);
        let way = Duration::from_millis(self.world.below(LONGEST_WAY_MILLIS));
        self.at(now + way, index, Happening::Arrives(row));
    }

    fn arrives(&mut self, index: usize, now: Duration, row: Option<i64>) {
        let second = usize::try_from(now.as_secs()).expect("hours at most");
        if self.arrivals.seconds.len() <= second {
            self.arrivals.seconds.resize(second + 1, 0);
        }
        self.arrivals.seconds[second] += 1;
        if self.served.0 != now.as_secs() {
            self.served = (now.as_secs(), 0);
        }
        let reply = self.server.reply(now, self.served.1);
        let way = Duration::from_millis(self.world.below(LONGEST_WAY_MILLIS));
        let (after, served, word) = match reply {
            Reply::Served => (way, true, None),
            Reply::Silence => (TIMEOUT, false, None),
            Reply::Busy(word) => (way, false, word.map(|word| u64::try_from(word.as_millis()).expect("hours at most"))),
        };
        self.served.1 += u64::from(served);
        self.arrivals.refused += u64::from(!served && now >= self.server.back_at);
        self.at(now + after, index, Happening::Answered(row, served, word));
    }

    fn answered(&mut self, index: usize, now: Duration, row: Option<i64>, served: bool, word: Option<Duration>) {
        let random = self.world.clone();
        let jitter = self.jitter;
        if !served {
            self.arrivals.turned_away_until[index] = now + word.unwrap_or_default();
        }
        let phone = &mut self.phones[index];
        if let Some(word) = word {
            phone.closed_until = phone.closed_until.max(now + word);
        }
        let Some(number) = row else {
            let began = phone.pull_began.take().expect("a pull");
            let end = if served {
                let before = phone.rows.len();
                phone.rows.retain(|row| row.state != ActionState::Confirmed);
                PullEnd::Done { news: phone.rows.len() < before }
            } else {
                PullEnd::Failed { retry_after: word }
            };
            return self.tell(index, now, Event::PullEnded { end, took: now.saturating_sub(began) });
        };
        let row = phone.rows.iter_mut().find(|row| row.sequence == number).expect("a row that is being sent");
        phone.busy.remove(&row.lane);
        let end = if served {
            row.state = ActionState::Confirmed;
            PushEnd::Decided { pull: true }
        } else {
            row.state = ActionState::Queued;
            row.failures += 1;
            let drawn = next_attempt(wall(now), row.failures, word, |bound| Ok::<_, ()>(draw(&random, jitter, bound)));
            let delay = drawn.expect("a number");
            (row.next_attempt_at, row.retry_floor) = (delay.next_attempt_at, delay.retry_floor);
            PushEnd::PutBack { retry_after: word }
        };
        self.tell(index, now, Event::PushEnded(end));
    }

    /// Hands in an event and does what the schedule says, as the driver does.
    fn tell(&mut self, index: usize, now: Duration, event: Event) {
        let random = self.world.clone();
        let jitter = self.jitter;
        let mut events = vec![event];
        while let Some(event) = events.pop() {
            let at = Now { up: now, online: self.phones[index].online };
            let effects = self.phones[index].schedule.step(event, at, &mut |bound| Some(draw(&random, jitter, bound)));
            for effect in effects {
                match effect {
                    // What `Writer::wake_outbox` does.
                    Effect::WakeOutbox => {
                        for row in &mut self.phones[index].rows {
                            if row.state == ActionState::Queued && row.retry_floor <= wall(now) {
                                row.next_attempt_at = 0;
                                row.failures = row.failures.min(FAILURES_AT_CAP - 1);
                            }
                        }
                    }
                    Effect::PlanPushes => events.push(self.plan(index, now)),
                    Effect::StartPull { .. } => {
                        self.phones[index].pull_began = Some(now);
                        self.send(index, now, None);
                    }
                    Effect::GiveUpPull | Effect::TellAge | Effect::Answer(_) => {}
                }
            }
        }
        let phone = &mut self.phones[index];
        phone.timer += 1;
        let (number, wake) = (phone.timer, phone.schedule.wake_in(Now { up: now, online: phone.online }));
        let done = phone.rows.is_empty() && phone.pull_began.is_none() && wake.is_none();
        self.arrivals.caught_up[index] = self.arrivals.caught_up[index].filter(|_| done).or(done.then_some(now));
        if let Some(delay) = wake {
            // The driver's timer rings a moment later, never sooner.
            self.at(now + delay.max(Duration::from_millis(1)), index, Happening::Timer(number));
        }
    }

    fn plan(&mut self, index: usize, now: Duration) -> Event {
        let phone = &mut self.phones[index];
        let server_time = ServerTime { at: instant(now), sure: true };
        let planned = plan(&phone.rows, &phone.busy, server_time, wall(now), true);
        assert!(planned.stop.is_empty() && planned.requeue.is_empty() && planned.resolve.is_empty(), "{planned:?}");
        for sent in &planned.send {
            let row = phone.rows.iter_mut().find(|row| row.key == sent.key).expect("a row that is there");
            row.state = ActionState::Sending;
            row.attempts += 1;
            phone.busy.insert(row.lane);
        }
        let next = planned.next_at.map(|at| Duration::from_millis(u64::try_from(at - wall(now)).unwrap_or(0)));
        for row in &planned.send {
            self.send(index, now, Some(row.sequence));
        }
        Event::Planned { begun: planned.send.len(), next }
    }
}

fn draw(random: &World, jitter: bool, bound: u64) -> u64 {
    if jitter { random.below(bound.saturating_add(1)) } else { bound }
}

/// The wall clock of every phone: any instant will do.
fn wall(now: Duration) -> i64 {
    1_767_225_600_000 + i64::try_from(now.as_millis()).expect("hours at most")
}

fn instant(now: Duration) -> Timestamp {
    Timestamp::from_millisecond(wall(now)).expect("an instant")
}
