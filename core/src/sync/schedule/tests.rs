//! Every state of the schedule that a small world can bring about, and what must hold in each.

use std::collections::BTreeSet;
#[expect(clippy::disallowed_types, reason = "the states that were seen, which nobody iterates over")]
use std::collections::HashSet;

use super::*;

mod edges;

const RETRY_AFTER: Duration = Duration::from_secs(8);

/// A world of one lane: a phone, a server, and the rows that wait.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct World {
    schedule: Schedule,
    online: bool,
    /// Rows in the outbox, each with the time since boot before which it is not tried again.
    rows: Vec<Duration>,
    /// The first of them is being sent.
    pushing: bool,
    /// A pull is under way: live or not, given up or not.
    pulling: Option<(bool, bool)>,
    /// The server's word, as the world remembers it.
    closed_until: Duration,
    waiting: bool,
}

/// What the world may do next.
#[derive(Debug, Clone, Copy)]
enum Turn {
    /// The app is ended and started again: who waited has gone, and what was under way with it.
    Restart,
    Refresh,
    Queue,
    /// The switch of the network is turned; on is told to the wallet.
    Network,
    Screen,
    /// The member looks at the app, or at something else.
    Look,
    Message,
    Push(PushEnd),
    /// How the pull ends, and how long it took.
    Pull(PullEnd, u64),
    /// To the moment that the schedule asked for.
    Time,
    /// As above, with a store that cannot be read.
    BrokenStore,
}

impl World {
    fn new() -> Self {
        let mut world = Self {
            schedule: Schedule::default(),
            online: true,
            rows: Vec::new(),
            pushing: false,
            pulling: None,
            closed_until: Duration::ZERO,
            waiting: false,
        };
        world.tell(Event::Started { word: None }, Duration::ZERO, true, 0);
        world
    }

    /// The same situation at another time is the same state: instants count from now. Of those ahead only their order is kept, one
    /// second from each to the next; what is done depends on nothing else. How often something failed makes delays longer, which
    /// is no other order; and when screens age changes nothing but what is drawn.
    fn normal(mut self, now: Duration) -> Self {
        self.schedule.pull_failures = self.schedule.pull_failures.min(1);
        self.schedule.store_failures = self.schedule.store_failures.min(1);
        self.schedule.ages_at = if self.schedule.live == 0 { Duration::ZERO } else { AGE_LOOK };
        let Self { schedule, rows, closed_until, .. } = &mut self;
        let mut instants = vec![
            &mut schedule.push_not_before,
            &mut schedule.pull_not_before,
            &mut schedule.floor,
            &mut schedule.opens_at,
            closed_until,
        ];
        instants.extend(schedule.next_push_at.as_mut());
        instants.extend(rows);
        if let Some(Failed::TooSoon(until)) = &mut schedule.failed {
            instants.push(until);
        }
        let ahead: BTreeSet<Duration> = instants.iter().map(|at| at.saturating_sub(now)).collect();
        for instant in instants {
            let left = instant.saturating_sub(now);
            let sooner = ahead.iter().filter(|at| !at.is_zero() && **at < left).count();
            *instant = if left.is_zero() { left } else { Duration::from_secs(1 + sooner as u64) };
        }
        self
    }

    fn now(&self, up: Duration) -> Now {
        Now { up, online: self.online }
    }

    /// Hands in an event and does what the schedule says, as the driver would. Random numbers are the least or the most.
    fn tell(&mut self, event: Event, up: Duration, store: bool, most: u64) {
        let mut draw = |bound: u64| Some(bound * most);
        let mut events = vec![event];
        while let Some(event) = events.pop() {
            for effect in self.schedule.step(event, self.now(up), &mut draw) {
                match effect {
                    Effect::WakeOutbox => self.rows.fill(Duration::ZERO),
                    Effect::GiveUpPull => {
                        let (live, given_up) = self.pulling.expect("a pull to give up");
                        assert!(live && !given_up, "only a held pull is given up, and once");
                        self.pulling = Some((true, true));
                    }
                    Effect::PlanPushes if !store => events.push(Event::NotPlanned),
                    Effect::PlanPushes => {
                        assert!(self.online || self.waiting, "nobody asked, and there is no network");
                        let due = self.rows.first().copied();
                        let begin = !self.pushing && due.is_some_and(|due| due <= up);
                        assert!(up >= self.closed_until, "the server said not to come before");
                        self.pushing |= begin;
                        let next = due.filter(|due| *due > up).map(|due| due.saturating_sub(up));
                        events.push(Event::Planned { begun: usize::from(begin), next });
                    }
                    Effect::StartPull { live } => {
                        assert!(self.online || self.waiting, "nobody asked, and there is no network");
                        assert_eq!(self.pulling, None, "one pull at a time");
                        assert!(up >= self.closed_until, "the server said not to come before");
                        self.pulling = Some((live, false));
                    }
                    Effect::TellAge => {}
                    Effect::Answer(answer) => {
                        assert!(self.waiting, "nobody waits for {answer:?}");
                        self.waiting = false;
                    }
                }
            }
        }
    }

    fn turns(&self) -> Vec<Turn> {
        let mut turns = vec![Turn::Network, Turn::Screen, Turn::Look, Turn::Message, Turn::Restart];
        if !self.waiting {
            turns.push(Turn::Refresh);
        }
        if self.rows.len() < 2 {
            turns.push(Turn::Queue);
        }
        if self.pushing {
            let ends = [
                PushEnd::Decided { pull: true },
                PushEnd::Decided { pull: false },
                PushEnd::Gone,
                PushEnd::PutBack { retry_after: None },
                PushEnd::PutBack { retry_after: Some(RETRY_AFTER) },
                PushEnd::SessionEnded,
                PushEnd::StoreFailed,
            ];
            turns.extend(ends.map(Turn::Push));
        }
        match self.pulling {
            // What was broken off has no other end.
            Some((_, true)) => turns.push(Turn::Pull(PullEnd::GivenUp, 0)),
            Some((_, false)) => turns.extend([
                Turn::Pull(PullEnd::Done { news: true }, 0),
                Turn::Pull(PullEnd::Done { news: false }, 0),
                Turn::Pull(PullEnd::Done { news: false }, 25),
                Turn::Pull(PullEnd::SessionEnded, 0),
                Turn::Pull(PullEnd::Failed { retry_after: None }, 0),
                Turn::Pull(PullEnd::Failed { retry_after: Some(RETRY_AFTER) }, 0),
            ]),
            None => {}
        }
        if self.schedule.wake_in(self.now(Duration::ZERO)).is_some() {
            turns.extend([Turn::Time, Turn::BrokenStore]);
        }
        turns
    }

    /// The world after this turn, which begins at time zero.
    fn after(&self, turn: Turn, most: u64) -> Self {
        let mut world = self.clone();
        let mut up = Duration::ZERO;
        let mut store = true;
        let event = match turn {
            Turn::Restart => {
                let left = (!world.closed_until.is_zero()).then_some(world.closed_until);
                let (online, rows, closed_until) = (world.online, world.rows, world.closed_until);
                world = Self { online, rows, closed_until, schedule: Schedule::default(), ..Self::new() };
                Event::Started { word: left }
            }
            Turn::Refresh => {
                world.waiting = true;
                Event::RefreshAsked
            }
            Turn::Queue => {
                world.rows.push(Duration::ZERO);
                Event::Queued
            }
            Turn::Network => {
                world.online = !world.online;
                if world.online { Event::NetworkUp } else { Event::TimeIsUp }
            }
            Turn::Look if world.schedule.in_background => Event::Foreground,
            Turn::Look => Event::Background,
            Turn::Message => Event::PushMessage,
            Turn::Screen => Event::Live(usize::from(world.schedule.live == 0)),
            Turn::Push(end) => {
                world.pushing = false;
                match end {
                    PushEnd::Decided { .. } | PushEnd::Gone => drop(world.rows.remove(0)),
                    PushEnd::PutBack { retry_after } => {
                        world.rows[0] = Duration::from_secs(4);
                        world.closed_until = world.closed_until.max(retry_after.unwrap_or_default());
                    }
                    PushEnd::SessionEnded | PushEnd::StoreFailed => {}
                }
                Event::PushEnded(end)
            }
            Turn::Pull(end, seconds) => {
                world.pulling = None;
                if let PullEnd::Failed { retry_after: Some(delay) } = end {
                    world.closed_until = world.closed_until.max(delay);
                }
                Event::PullEnded { end, took: Duration::from_secs(seconds) }
            }
            Turn::Time | Turn::BrokenStore => {
                up = world.schedule.wake_in(world.now(up)).expect("a time");
                store = matches!(turn, Turn::Time);
                Event::TimeIsUp
            }
        };
        world.tell(event, up, store, most);
        if let Turn::Time | Turn::BrokenStore = turn {
            let again = world.schedule.wake_in(world.now(up));
            assert_ne!(again, Some(Duration::ZERO), "it would wake again and again");
        }
        world.normal(up)
    }

    fn has_work(&self) -> bool {
        let Schedule { pull_wanted, live, session_ended, .. } = self.schedule;
        self.waiting || (!session_ended && (pull_wanted || live > 0 || !self.rows.is_empty()))
    }

    /// Something will happen by itself.
    fn has_a_wake_source(&self) -> bool {
        self.pushing || self.pulling.is_some() || self.schedule.wake_in(self.now(Duration::ZERO)).is_some()
    }

    /// From here on everything works. Whether all comes to rest. `resting` are the states of which that is known.
    #[expect(clippy::disallowed_types, reason = "nobody iterates over it")]
    fn comes_to_rest(&self, resting: &mut HashSet<World>) -> bool {
        let mut world = self.clone();
        if world.schedule.live > 0 {
            world = world.after(Turn::Screen, 1);
        }
        if !world.online {
            world = world.after(Turn::Network, 1);
        }
        let mut way = Vec::new();
        for _ in 0..40 {
            if resting.contains(&world) || (!world.pushing && world.pulling.is_none() && !world.has_work()) {
                resting.extend(way);
                return true;
            }
            let next = if world.pushing {
                world.after(Turn::Push(PushEnd::Decided { pull: true }), 1)
            } else if let Some((_, given_up)) = world.pulling {
                let end = if given_up { PullEnd::GivenUp } else { PullEnd::Done { news: false } };
                world.after(Turn::Pull(end, 0), 1)
            } else {
                world.after(Turn::Time, 1)
            };
            way.push(std::mem::replace(&mut world, next));
        }
        false
    }
}

#[test]
fn no_state_waits_for_nothing_and_every_state_comes_to_rest_once_all_is_well() {
    let begin = World::new();
    #[expect(clippy::disallowed_types, reason = "as above")]
    let mut seen = HashSet::from([begin.clone()]);
    #[expect(clippy::disallowed_types, reason = "as above")]
    let mut resting = HashSet::new();
    let mut open = vec![begin];
    while let Some(world) = open.pop() {
        assert!(!world.has_work() || world.has_a_wake_source(), "nothing wakes this: {world:#?}");
        assert!(!world.waiting || !world.schedule.session_ended, "an answer is owed: {world:#?}");
        assert!(world.comes_to_rest(&mut resting), "this never comes to rest: {world:#?}");
        for turn in world.turns() {
            for most in [0, 1] {
                let next = world.after(turn, most);
                if seen.insert(next.clone()) {
                    open.push(next);
                }
            }
        }
    }
    // Not one corner only.
    assert!(seen.len() > 10_000, "{} states", seen.len());
    println!("{} states", seen.len());
}

/// What is done at each event, with the longest delays. Instants in seconds since boot.
fn play(events: &[(u64, Event)]) -> (Schedule, Vec<Vec<Effect>>) {
    let mut schedule = Schedule::default();
    let mut done = Vec::new();
    for (at, event) in events {
        let now = Now { up: Duration::from_secs(*at), online: true };
        let mut effects = schedule.step(*event, now, &mut Some);
        if effects.contains(&Effect::PlanPushes) {
            effects.extend(schedule.step(Event::Planned { begun: 0, next: None }, now, &mut Some));
        }
        done.push(effects);
    }
    (schedule, done)
}

const DONE: Event = Event::PullEnded { end: PullEnd::Done { news: false }, took: Duration::from_secs(25) };
const FAILED: Event = Event::PullEnded { end: PullEnd::Failed { retry_after: None }, took: Duration::ZERO };
const GIVEN_UP: Event = Event::PullEnded { end: PullEnd::GivenUp, took: Duration::ZERO };

#[test]
fn a_refresh_is_answered_when_its_pull_has_ended_and_a_failed_pull_is_made_again() {
    use Effect::{Answer as Say, PlanPushes, StartPull, TellAge, WakeOutbox};
    let pull = StartPull { live: false };
    let (schedule, done) =
        play(&[(0, Event::RefreshAsked), (1, FAILED), (2, Event::TimeIsUp), (3, Event::TimeIsUp), (4, DONE)]);
    assert_eq!(done[0], [WakeOutbox, PlanPushes, pull]);
    assert_eq!(done[1], [Say(Answer::Failed)]);
    assert_eq!((&done[2][..], &done[3][..]), (&[][..], &[PlanPushes, pull][..]), "rows first, and there are none");
    assert_eq!(done[4], [TellAge, WakeOutbox, PlanPushes]);
    assert_eq!(schedule.wake_in(Now { up: Duration::from_secs(5), online: true }), None);
}

#[test]
fn a_session_that_has_ended_is_tried_again_when_somebody_asks() {
    let over = Event::PullEnded { end: PullEnd::SessionEnded, took: Duration::ZERO };
    let (_, done) = play(&[(0, Event::RefreshAsked), (1, over), (2, Event::Queued), (3, Event::RefreshAsked)]);
    assert_eq!(done[1], [Effect::Answer(Answer::SessionEnded)]);
    assert_eq!(done[2], []);
    assert!(done[3].contains(&Effect::StartPull { live: false }));
}

#[test]
fn what_waits_for_an_outage_to_end_is_woken_by_the_first_answer() {
    let (_, done) = play(&[
        (0, Event::PushEnded(PushEnd::Decided { pull: false })),
        (1, Event::PushEnded(PushEnd::PutBack { retry_after: None })),
        (2, Event::PushEnded(PushEnd::Decided { pull: false })),
    ]);
    assert_eq!(
        (&done[0][..], &done[2][..]),
        (&[Effect::PlanPushes][..], &[Effect::WakeOutbox, Effect::PlanPushes][..])
    );
}

#[test]
fn a_failed_store_rests_until_something_is_queued() {
    let failed = Event::PushEnded(PushEnd::StoreFailed);
    let (schedule, done) = play(&[(0, failed), (0, failed), (1, Event::TimeIsUp), (1, Event::Queued)]);
    assert_eq!((&done[2][..], &done[3][..]), (&[][..], &[Effect::PlanPushes][..]));
    assert_eq!(schedule.store_failures, 2);
}

#[test]
fn a_screen_holds_a_pull_that_a_refresh_takes_the_place_of_and_leaving_ends() {
    let held = Effect::StartPull { live: true };
    let (_, done) = play(&[
        (0, Event::Live(1)),
        (1, Event::RefreshAsked),
        (1, GIVEN_UP),
        (2, DONE),
        (3, Event::Live(0)),
        (3, GIVEN_UP),
    ]);
    assert!(done[0].contains(&held));
    assert!(done[1].contains(&Effect::GiveUpPull));
    assert!(done[2].contains(&Effect::StartPull { live: false }));
    assert!(done[3].contains(&held) && done[3].contains(&Effect::Answer(Answer::Done)));
    assert!(done[4].contains(&Effect::GiveUpPull));
    assert_eq!(done[5], [Effect::PlanPushes]);
}

#[test]
fn a_server_that_does_not_hold_is_not_asked_in_a_circle() {
    let at_once = Event::PullEnded { end: PullEnd::Done { news: false }, took: Duration::from_millis(5) };
    let (schedule, done) = play(&[(0, Event::Live(1)), (0, at_once)]);
    assert!(!done[1].contains(&Effect::StartPull { live: true }));
    let now = Now { up: Duration::ZERO, online: true };
    assert_eq!(schedule.wake_in(now), Some(Duration::from_secs(2)));
}

#[test]
fn who_asks_before_the_servers_word_is_over_is_told_so() {
    let busy = Event::PullEnded { end: PullEnd::Failed { retry_after: Some(RETRY_AFTER) }, took: Duration::ZERO };
    let (_, done) = play(&[(0, Event::RefreshAsked), (0, busy), (1, Event::RefreshAsked)]);
    // The word alone: the jitter on it is for what nobody asks for.
    assert_eq!(done[2].last(), Some(&Effect::Answer(Answer::ComeAgain(Duration::from_secs(7)))));
}

#[test]
fn what_wakes_a_phone_that_nobody_looks_at_waits_for_a_moment_of_its_own() {
    let pull = Effect::StartPull { live: false };
    let spread = WAKE_SPREAD.as_secs();
    // In front of the member at once, in a pocket within the spread, and the moment does not move.
    let (_, done) = play(&[(0, Event::NetworkUp)]);
    assert_eq!(done[0], [Effect::WakeOutbox, Effect::PlanPushes, pull]);
    for wake in [Event::NetworkUp, Event::PushMessage] {
        let (_, done) = play(&[(0, Event::Background), (0, wake), (9, wake), (spread, Event::TimeIsUp)]);
        assert_eq!((&done[1][..], &done[2][..]), (&[][..], &[][..]), "{wake:?}");
        assert_eq!(done[3], [Effect::WakeOutbox, Effect::PlanPushes, pull], "{wake:?}");
        // Who looks meanwhile does not wait.
        let (_, done) = play(&[(0, Event::Background), (0, wake), (1, Event::Foreground)]);
        assert_eq!(done[2], [Effect::WakeOutbox, Effect::PlanPushes, pull], "{wake:?}");
    }
    // Nor does what the member does.
    let (_, done) = play(&[(0, Event::PushMessage), (1, Event::Queued)]);
    assert!(done[1].contains(&Effect::PlanPushes));
}

#[test]
fn a_phone_that_waits_for_the_server_is_not_moved_by_what_everybody_hears() {
    let (schedule, done) =
        play(&[(0, Event::RefreshAsked), (0, FAILED), (1, Event::Background), (1, Event::PushMessage)]);
    assert_eq!(done[3], []);
    assert_eq!(schedule.wake_in(Now { up: Duration::from_secs(1), online: true }), Some(Duration::from_secs(1)));
}

#[test]
fn the_servers_word_on_a_push_holds_for_everything_and_who_asks_after_it_does_not_wait_for_the_jitter() {
    let busy = Event::PushEnded(PushEnd::PutBack { retry_after: Some(RETRY_AFTER) });
    let asked = [Event::RefreshAsked, Event::Queued, Event::Foreground, Event::NetworkUp];
    for (event, again) in asked.map(|event| (event, event)).into_iter().chain([(Event::Live(1), Event::Live(2))]) {
        let (_, done) = play(&[(0, busy), (7, event), (8, again)]);
        let goes = |effects: &[Effect]| effects.iter().any(|effect| matches!(effect, Effect::StartPull { .. }));
        assert!(!goes(&done[1]) && !done[1].contains(&Effect::PlanPushes), "{event:?}: {done:?}");
        assert!(goes(&done[2]) && done[2].contains(&Effect::PlanPushes), "{event:?}: {done:?}");
    }
    // Eight seconds, and ten of jitter for what nobody asks for.
    let (schedule, _) = play(&[(0, busy)]);
    assert_eq!(schedule.wake_in(Now { up: Duration::ZERO, online: true }), Some(Duration::from_secs(18)));
}

#[test]
fn in_an_outage_a_pull_and_the_rows_take_turns_and_the_first_answer_frees_both() {
    let began = |at| (at, Event::Planned { begun: 1, next: None });
    let put_back = Event::PushEnded(PushEnd::PutBack { retry_after: None });
    let mut schedule = Schedule::default();
    let mut step =
        |(at, event): (u64, Event)| schedule.step(event, Now { up: Duration::from_secs(at), online: true }, &mut Some);
    let pull = Effect::StartPull { live: false };
    step((0, Event::Queued));
    step((0, Event::Planned { begun: 0, next: None }));
    step((0, Event::NetworkUp));
    step((0, Event::Planned { begun: 0, next: None }));
    assert_eq!(step((0, FAILED)), [], "the rows are next, after two seconds");
    assert_eq!(step((1, Event::TimeIsUp)), []);
    assert_eq!(step((2, Event::TimeIsUp)), [Effect::PlanPushes]);
    assert_eq!(step(began(2)), []);
    assert_eq!(step((2, Event::TimeIsUp)), [], "one request at a time");
    assert_eq!(step((3, put_back)), [], "then it is the pull's turn, after four seconds");
    assert_eq!(step((7, Event::TimeIsUp)), [pull]);
    assert_eq!(step((8, FAILED)), []);
    assert_eq!(step((16, Event::TimeIsUp)), [Effect::PlanPushes]);
    assert_eq!(step(began(16)), []);
    let answered = Event::PushEnded(PushEnd::Decided { pull: true });
    assert_eq!(step((17, answered)), [Effect::WakeOutbox, Effect::PlanPushes, pull], "at once");
}

#[test]
fn after_an_outage_a_phone_in_a_pocket_goes_on_in_turns_with_a_pause_and_one_in_a_hand_at_once() {
    use Effect::{PlanPushes, StartPull, TellAge, WakeOutbox};
    let pull = StartPull { live: false };
    let decided = Event::PushEnded(PushEnd::Decided { pull: true });
    let planned = |begun| Event::Planned { begun, next: None };
    let pause = PAUSE.as_secs();
    let in_pocket = || {
        let mut schedule = Schedule::default();
        for event in [Event::RefreshAsked, planned(0), FAILED, Event::Background] {
            schedule.step(event, Now { up: Duration::ZERO, online: true }, &mut Some);
        }
        schedule
    };
    let at = |schedule: &mut Schedule, seconds: u64, event| {
        schedule.step(event, Now { up: Duration::from_secs(seconds), online: true }, &mut Some)
    };
    let mut pocket = in_pocket();
    assert_eq!(at(&mut pocket, 2, Event::TimeIsUp), [PlanPushes]);
    assert_eq!(at(&mut pocket, 2, planned(1)), []);
    assert_eq!(at(&mut pocket, 3, decided), [WakeOutbox], "the server is back");
    assert_eq!(at(&mut pocket, 3 + pause - 1, Event::TimeIsUp), []);
    assert_eq!(at(&mut pocket, 3 + pause, Event::TimeIsUp), [pull], "the pull, and the next row after it");
    let done = Event::PullEnded { end: PullEnd::Done { news: true }, took: Duration::ZERO };
    assert_eq!(at(&mut pocket, 20, done), [TellAge, WakeOutbox]);
    assert_eq!(at(&mut pocket, 20 + pause, Event::TimeIsUp), [PlanPushes]);
    // Who takes it in hand does not wait.
    let mut hand = pocket.clone();
    assert_eq!(at(&mut pocket, 20 + pause, planned(0)), []);
    assert!(!pocket.outage, "nothing is left");
    assert_eq!(at(&mut hand, 20 + pause, planned(1)), []);
    assert_eq!(at(&mut hand, 20 + pause, decided), [WakeOutbox]);
    assert_eq!(at(&mut hand, 21 + pause, Event::Foreground), [WakeOutbox, PlanPushes, pull]);
    // Nor who asks.
    let mut asked = in_pocket();
    assert_eq!(at(&mut asked, 2, Event::TimeIsUp), [PlanPushes]);
    assert_eq!(at(&mut asked, 2, planned(1)), []);
    assert_eq!(at(&mut asked, 3, Event::RefreshAsked), [WakeOutbox, PlanPushes, pull]);
    assert_eq!(at(&mut asked, 3, planned(0)), []);
    assert_eq!(at(&mut asked, 4, decided), [WakeOutbox, PlanPushes], "at once");
}

#[test]
fn who_is_woken_draws_from_all_of_the_cap_again() {
    let begin = vec![(0, Event::RefreshAsked); 1];
    let failures = std::iter::repeat_n((0, FAILED), 20);
    let events: Vec<_> = begin.into_iter().chain(failures).collect();
    let (schedule, _) = play(&events);
    assert_eq!(schedule.pull_failures, MOST_FAILURES);
    let (schedule, _) = play(&[&events[..], &[(1, Event::Foreground), (1, FAILED)]].concat());
    assert_eq!(schedule.pull_failures, FAILURES_AT_CAP);
}
