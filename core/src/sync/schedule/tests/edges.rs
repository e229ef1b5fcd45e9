//! What the schedule does at single moments that the walk through all states takes for the same: the age of screens, whose turn
//! it is, and who keeps the moment that he has. Each line is one that a broken schedule passed before it was here.

use super::*;

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

fn at(up: u64) -> Now {
    Now { up: seconds(up), online: true }
}

/// One event after the other, with the longest delays, and each answer of the outbox told as it comes.
fn step(schedule: &mut Schedule, up: u64, event: Event) -> Vec<Effect> {
    schedule.step(event, at(up), &mut Some)
}

const NOTHING_TO_SEND: Event = Event::Planned { begun: 0, next: None };
const ONE_SENT: Event = Event::Planned { begun: 1, next: None };
const PUT_BACK: Event = Event::PushEnded(PushEnd::PutBack { retry_after: None });
const PULL: Effect = Effect::StartPull { live: false };
const HELD: Effect = Effect::StartPull { live: true };

#[test]
fn screens_age_once_a_minute_from_the_first_one_on_and_not_without_one() {
    let (schedule, done) = play(&[(0, Event::Live(1)), (30, Event::Live(2)), (59, Event::TimeIsUp)]);
    assert!(done.iter().all(|effects| !effects.contains(&Effect::TellAge)), "{done:?}");
    assert_eq!(schedule.wake_in(at(59)), Some(seconds(1)), "a second screen puts nothing off");
    let (schedule, done) = play(&[(0, Event::Live(1)), (60, Event::TimeIsUp)]);
    assert_eq!(done[1], [Effect::TellAge, Effect::PlanPushes]);
    assert_eq!(schedule.wake_in(at(60)), Some(AGE_LOOK));
    let (schedule, done) = play(&[(0, Event::Live(1)), (1, Event::Live(0)), (2, GIVEN_UP), (70, Event::TimeIsUp)]);
    assert_eq!(done[3], [Effect::PlanPushes]);
    assert_eq!(schedule.wake_in(at(70)), None);
}

#[test]
fn only_another_screen_opens_what_waits_for_its_place() {
    let busy = Event::PushEnded(PushEnd::PutBack { retry_after: Some(RETRY_AFTER) });
    for (screens, opens) in [(3, true), (2, false), (1, false)] {
        let (_, done) = play(&[(0, Event::Live(2)), (1, busy), (1, DONE), (10, Event::Live(screens))]);
        assert_eq!(done[3].contains(&Effect::PlanPushes), opens, "{screens} screens after two: {done:?}");
    }
}

#[test]
fn in_an_outage_what_the_member_does_goes_out_at_once() {
    let (_, done) = play(&[(0, Event::RefreshAsked), (0, FAILED), (1, Event::Queued)]);
    assert_eq!(done[2], [Effect::PlanPushes]);
    for event in [Event::RefreshAsked, Event::Foreground] {
        let (_, done) = play(&[(0, Event::RefreshAsked), (0, FAILED), (1, event)]);
        assert_eq!(done[2][..3], [Effect::WakeOutbox, Effect::PlanPushes, PULL], "{event:?}");
    }
}

#[test]
fn a_turn_that_the_rows_use_is_not_the_pulls_also_where_somebody_waits() {
    let mut schedule = Schedule::default();
    step(&mut schedule, 0, Event::Queued);
    step(&mut schedule, 0, ONE_SENT);
    assert_eq!(step(&mut schedule, 0, Event::RefreshAsked), [Effect::WakeOutbox, Effect::PlanPushes, PULL]);
    step(&mut schedule, 0, NOTHING_TO_SEND);
    assert_eq!(step(&mut schedule, 1, FAILED), [], "a row is still being sent");
    assert_eq!(step(&mut schedule, 3, Event::TimeIsUp), [Effect::PlanPushes], "the rows' turn");
    assert_eq!(step(&mut schedule, 3, ONE_SENT), [], "they used it");
    assert_eq!(step(&mut schedule, 4, Event::TimeIsUp), [PULL], "the pull's turn");
}

#[test]
fn a_push_message_finds_a_moment_for_a_phone_that_is_in_no_outage_or_whose_delay_is_over() {
    // One action was put back: a pull follows two seconds later, and the message moves it.
    let (_, done) = play(&[(0, PUT_BACK), (1, Event::PushMessage), (20, Event::TimeIsUp), (21, Event::TimeIsUp)]);
    assert_eq!((&done[1][..], &done[2][..]), (&[][..], &[][..]));
    assert_eq!(done[3], [Effect::WakeOutbox, Effect::PlanPushes, PULL]);
    // The delay after a failure is over in this second.
    let (schedule, done) =
        play(&[(0, Event::RefreshAsked), (0, FAILED), (1, Event::Background), (2, Event::PushMessage)]);
    assert_eq!(done[3], []);
    assert_eq!(schedule.wake_in(at(2)), Some(WAKE_SPREAD));
}

#[test]
fn a_push_that_was_put_back_asks_for_a_pull_only_where_none_is_made_already() {
    let (_, done) = play(&[(0, Event::Live(1)), (0, PUT_BACK), (25, DONE)]);
    assert_eq!(done[2], [Effect::TellAge, Effect::PlanPushes, HELD], "the held one told");
    let mut schedule = Schedule::default();
    step(&mut schedule, 0, Event::RefreshAsked);
    step(&mut schedule, 0, ONE_SENT);
    assert_eq!(step(&mut schedule, 1, DONE), [Effect::TellAge, Effect::PlanPushes]);
    assert_eq!(step(&mut schedule, 1, NOTHING_TO_SEND), [], "a row is still being sent");
    assert_eq!(step(&mut schedule, 2, PUT_BACK), [Effect::PlanPushes]);
    assert_eq!(step(&mut schedule, 2, NOTHING_TO_SEND), [Effect::Answer(Answer::Done)]);
}

#[test]
fn a_pull_that_was_held_or_brought_something_or_was_not_to_be_held_is_no_failure() {
    let done = |news, millis| Event::PullEnded { end: PullEnd::Done { news }, took: Duration::from_millis(millis) };
    for (event, again) in
        [(done(true, 5), true), (done(false, 1000), true), (done(true, 1000), true), (done(false, 999), false)]
    {
        let (schedule, effects) = play(&[(0, Event::Live(1)), (1, event)]);
        assert_eq!(effects[1].contains(&HELD), again, "{event:?}");
        assert_eq!(schedule.pull_failures, u32::from(!again), "{event:?}");
    }
    let (_, effects) = play(&[(0, Event::RefreshAsked), (0, done(false, 5)), (0, Event::Live(1))]);
    assert!(effects[2].contains(&HELD), "{effects:?}");
}

#[test]
fn who_has_a_place_at_the_very_end_of_the_servers_word_keeps_it() {
    let word = |seconds| Event::PushEnded(PushEnd::PutBack { retry_after: Some(Duration::from_secs(seconds)) });
    let mut schedule = Schedule::default();
    schedule.step(word(8), at(0), &mut |_| Some(0));
    schedule.step(word(5), at(3), &mut Some);
    assert_eq!((schedule.floor, schedule.opens_at), (seconds(8), seconds(8)));
    schedule.step(word(6), at(3), &mut Some);
    assert_eq!((schedule.floor, schedule.opens_at), (seconds(9), seconds(3 + 6 + 10)), "a longer word is a new one");
}

#[test]
fn who_waits_is_answered_after_the_last_row_and_not_before_it_was_looked_for() {
    let mut schedule = Schedule::default();
    step(&mut schedule, 0, Event::RefreshAsked);
    step(&mut schedule, 0, NOTHING_TO_SEND);
    assert_eq!(step(&mut schedule, 1, DONE), [Effect::TellAge, Effect::PlanPushes], "something may be due now");
    assert_eq!(step(&mut schedule, 1, ONE_SENT), []);
    assert_eq!(step(&mut schedule, 2, Event::PushEnded(PushEnd::Gone)), [Effect::PlanPushes]);
    assert_eq!(step(&mut schedule, 2, NOTHING_TO_SEND), [Effect::Answer(Answer::Done)]);
}

#[test]
fn who_waits_is_told_that_the_pull_failed_also_where_the_server_said_when_to_come_again() {
    let busy = Event::PullEnded { end: PullEnd::Failed { retry_after: Some(RETRY_AFTER) }, took: Duration::ZERO };
    let mut schedule = Schedule::default();
    step(&mut schedule, 0, Event::Queued);
    step(&mut schedule, 0, ONE_SENT);
    step(&mut schedule, 0, Event::RefreshAsked);
    step(&mut schedule, 0, NOTHING_TO_SEND);
    assert_eq!(step(&mut schedule, 1, busy), [], "a row is still being sent");
    assert_eq!(step(&mut schedule, 2, Event::PushEnded(PushEnd::Gone)), [Effect::Answer(Answer::Failed)]);
}

#[test]
fn who_waits_when_the_servers_word_is_over_waits_for_the_place_after_it() {
    let busy = Event::PushEnded(PushEnd::PutBack { retry_after: Some(RETRY_AFTER) });
    let mut schedule = Schedule::default();
    step(&mut schedule, 0, Event::RefreshAsked);
    step(&mut schedule, 0, Event::Planned { begun: 2, next: None });
    step(&mut schedule, 1, DONE);
    step(&mut schedule, 1, NOTHING_TO_SEND);
    assert_eq!(step(&mut schedule, 1, busy), []);
    // The word is over at 9 s, the jitter on it at 19 s.
    assert_eq!(step(&mut schedule, 9, Event::ContactNeeded), []);
    assert_eq!(step(&mut schedule, 10, Event::PushEnded(PushEnd::Gone)), [], "its pull is still to come");
    assert_eq!(schedule.wake_in(at(10)), Some(seconds(9)));
    assert_eq!(step(&mut schedule, 19, Event::TimeIsUp), [Effect::PlanPushes, PULL]);
    step(&mut schedule, 19, NOTHING_TO_SEND);
    assert_eq!(step(&mut schedule, 20, DONE), [Effect::TellAge, Effect::PlanPushes]);
    assert_eq!(step(&mut schedule, 20, NOTHING_TO_SEND), [Effect::Answer(Answer::Done)]);
}

#[test]
fn a_screen_that_opens_while_a_phone_catches_up_takes_its_turn() {
    let mut schedule = Schedule::default();
    for event in [Event::RefreshAsked, NOTHING_TO_SEND, FAILED, Event::Background] {
        step(&mut schedule, 0, event);
    }
    assert_eq!(step(&mut schedule, 2, Event::TimeIsUp), [Effect::PlanPushes]);
    step(&mut schedule, 2, NOTHING_TO_SEND);
    let caught_up = Event::PullEnded { end: PullEnd::Done { news: true }, took: Duration::ZERO };
    step(&mut schedule, 3, caught_up);
    assert_eq!(step(&mut schedule, 4, Event::Live(1)), [HELD], "the rows are next, and not at the same time");
    assert_eq!(step(&mut schedule, 29, DONE), [Effect::TellAge, Effect::WakeOutbox, Effect::PlanPushes, HELD]);
}

#[test]
fn who_failed_often_does_not_ask_at_once_whatever_is_drawn() {
    let mut schedule = Schedule::default();
    schedule.step(Event::RefreshAsked, at(0), &mut |_| Some(0));
    for _ in 0..20 {
        schedule.step(FAILED, at(0), &mut |_| Some(0));
    }
    assert!(schedule.wake_in(at(0)) > Some(longest_delay(MOST_FAILURES) / 2), "{schedule:?}");
}
