//! Which actions may be sent now: first in, first out within a lane, lanes independent, dependencies first.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::domain::{ActionKey, ActionState, Lane, QueuedAction, Reason, ServerTime, millis};

use super::lock;
use super::retry::{FLOOR_CAP, RETRY_CAP};

/// What to do with the outbox now.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Plan {
    /// Send these, at most one of each lane.
    pub send: Vec<QueuedAction>,
    /// Marked as being sent, but nobody sends them: a crash, or a store that failed. Queue them again.
    pub requeue: Vec<ActionKey>,
    /// Ask the server what became of these.
    pub resolve: Vec<QueuedAction>,
    /// Made while the time was unsure, and it is known now: set their instants anew before they are sent.
    pub date: Vec<QueuedAction>,
    /// These stop here.
    pub stop: Vec<(ActionKey, ActionState, Option<Reason>)>,
    /// If nothing happens before: look again at this instant of the wall clock, in milliseconds since 1970.
    pub next_at: Option<i64>,
    /// Something waits for a word of the server: a time that is sure, or the page of an action that it has answered.
    pub needs_contact: bool,
}

/// Plans over `rows`, oldest first. `wall` is the wall clock in milliseconds since 1970.
///
/// `reached` is whether the server has answered in this run: one that never says what time it is must not hold back what was
/// made at an unsure time for ever.
///
/// Rejected, expired, parked and unknown actions have left their lane; they hold back only what comes after them by
/// name. An action that is too old stops on server time alone, and only where that is sure.
pub fn plan(rows: &[QueuedAction], busy: &BTreeSet<Lane>, now: ServerTime, wall: i64, reached: bool) -> Plan {
    let by_key: BTreeMap<ActionKey, &QueuedAction> = rows.iter().map(|row| (row.key, row)).collect();
    let mut plan = Plan::default();
    let mut taken: BTreeSet<Lane> = busy.clone();
    for row in rows {
        match row.state {
            ActionState::Queued => {}
            ActionState::Sending => {
                if !busy.contains(&row.lane) {
                    plan.requeue.push(row.key);
                }
                taken.insert(row.lane);
                continue;
            }
            ActionState::OutcomeUnknown => {
                plan.when_due(row, wall, |plan| plan.resolve.push(row.clone()));
                continue;
            }
            ActionState::Confirmed => {
                plan.needs_contact |= !reached;
                continue;
            }
            _ => continue,
        }
        if row.made_at.is_some() && row.attempts == 0 {
            if now.sure {
                plan.date.push(row.clone());
                taken.insert(row.lane);
                continue;
            }
            if !reached {
                plan.needs_contact = true;
                taken.insert(row.lane);
                continue;
            }
        }
        if now.sure && now.at > row.not_after {
            let state = if row.attempts == 0 { ActionState::Expired } else { ActionState::OutcomeUnknown };
            plan.stop.push((row.key, state, None));
            continue;
        }
        // The head of the lane goes first, also while it waits.
        if !taken.insert(row.lane) {
            continue;
        }
        match dependency(row, &by_key) {
            Dependency::Met => {}
            Dependency::Open => continue,
            Dependency::Refused => {
                plan.stop.push((row.key, ActionState::Rejected, Some(Reason::DependencyRefused)));
                continue;
            }
        }
        plan.when_due(row, wall, |plan| plan.send.push(row.clone()));
    }
    let dated = rows.iter().filter(|row| row.state == ActionState::Queued && row.made_at.is_none());
    if now.sure
        && let Some(expiry) = dated.map(|row| row.not_after).min()
    {
        let in_millis = millis(expiry).saturating_sub(millis(now.at)).saturating_add(1);
        if in_millis > 0 {
            plan.look_again_at(wall.saturating_add(in_millis));
        }
    }
    plan
}

impl Plan {
    /// Does it now where the row's delay is over, else looks again when it is.
    fn when_due(&mut self, row: &QueuedAction, wall: i64, now: impl FnOnce(&mut Plan)) {
        // A stored delay that is longer than delays ever are was made under another clock, and is over. Cutting it to the
        // longest instead would put it off at each look.
        let within = |at: i64, from: i64, longest: Duration| {
            let longest = i64::try_from(longest.as_millis()).unwrap_or(i64::MAX);
            if at > from.saturating_add(longest) { 0 } else { at }
        };
        let floor = within(row.retry_floor, wall, FLOOR_CAP);
        // The jitter on the server's word lies beyond it.
        let due = floor.max(within(row.next_attempt_at, wall.max(floor), RETRY_CAP));
        if due <= wall { now(self) } else { self.look_again_at(due) }
    }

    fn look_again_at(&mut self, at: i64) {
        self.next_at = Some(self.next_at.map_or(at, |next| next.min(at)));
    }
}

enum Dependency {
    Met,
    Open,
    Refused,
}

/// A key that is gone from the outbox was confirmed and its page applied.
fn dependency(row: &QueuedAction, by_key: &BTreeMap<ActionKey, &QueuedAction>) -> Dependency {
    if !row.action.builds_on_earlier() {
        let waits = lock::waits(row, |key| by_key.get(&key).copied());
        return if waits { Dependency::Open } else { Dependency::Met };
    }
    let mut open = false;
    for key in &row.after {
        match by_key.get(key).map(|row| row.state) {
            None | Some(ActionState::Confirmed) => {}
            Some(ActionState::Rejected | ActionState::Expired) => return Dependency::Refused,
            Some(_) => open = true,
        }
    }
    if open { Dependency::Open } else { Dependency::Met }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{BootId, ClockReading};
    use crate::outbox::samples::{MADE as NOW, at, claim, key, lock_of};

    fn row(number: u8, lane: Lane) -> QueuedAction {
        QueuedAction { lane, ..claim(number) }
    }

    fn plan(rows: &[QueuedAction], busy: &BTreeSet<Lane>, now: ServerTime, wall: i64) -> Plan {
        super::plan(rows, busy, now, wall, false)
    }

    fn sure() -> ServerTime {
        ServerTime { at: at(NOW), sure: true }
    }

    fn sent(rows: &[QueuedAction]) -> Vec<i64> {
        plan(rows, &BTreeSet::new(), sure(), NOW).send.iter().map(|row| row.sequence).collect()
    }

    #[test]
    fn the_head_of_each_lane_is_sent_and_a_waiting_head_holds_only_its_lane() {
        let mut rows = vec![row(1, Lane::Points), row(2, Lane::Points), row(3, Lane::Offers)];
        assert_eq!(sent(&rows), [1, 3]);
        rows[0].next_attempt_at = NOW + 5;
        assert_eq!(sent(&rows), [3]);
        assert_eq!(plan(&rows, &BTreeSet::new(), sure(), NOW).next_at, Some(NOW + 5));
        rows[0].next_attempt_at = NOW;
        rows[0].state = ActionState::Sending;
        assert_eq!(sent(&rows), [3]);
        assert_eq!(plan(&rows, &BTreeSet::new(), sure(), NOW).requeue, [key(1)], "nobody sends it");
        assert_eq!(plan(&rows, &BTreeSet::from([Lane::Points]), sure(), NOW).requeue, []);
        for left in [ActionState::Rejected, ActionState::Expired, ActionState::Parked, ActionState::OutcomeUnknown] {
            rows[0].state = left;
            assert_eq!(sent(&rows), [2, 3], "{left:?} holds its lane");
        }
        assert_eq!(plan(&rows, &BTreeSet::from([Lane::Points]), sure(), NOW).send.len(), 1);
    }

    #[test]
    fn what_comes_after_an_action_waits_for_it_and_falls_with_it() {
        let mut rows = vec![row(1, Lane::Points), row(2, Lane::Offers)];
        rows[1].after = vec![key(1)];
        for (state, expected) in [
            (ActionState::Queued, vec![1]),
            (ActionState::Sending, vec![]),
            (ActionState::OutcomeUnknown, vec![]),
            (ActionState::Parked, vec![]),
            (ActionState::Confirmed, vec![2]),
        ] {
            rows[0].state = state;
            assert_eq!(sent(&rows), expected, "{state:?}");
        }
        for state in [ActionState::Rejected, ActionState::Expired] {
            rows[0].state = state;
            let stopped = plan(&rows, &BTreeSet::new(), sure(), NOW).stop;
            assert_eq!(stopped, [(key(2), ActionState::Rejected, Some(Reason::DependencyRefused))]);
        }
        assert_eq!(sent(&rows[1..]), [2], "a confirmed and applied key is gone from the outbox");
    }

    #[test]
    fn a_lock_lets_what_it_names_go_first_and_never_falls_with_it() {
        let mut rows = vec![row(1, Lane::Points), QueuedAction { after: vec![key(1)], ..lock_of(2, true) }];
        for (state, attempts, expected) in [
            (ActionState::Queued, 0, vec![1]),
            (ActionState::Sending, 1, vec![]),
            (ActionState::Queued, 2, vec![1]),
            (ActionState::Queued, 3, vec![1, 2]),
            (ActionState::Confirmed, 1, vec![2]),
            (ActionState::Rejected, 1, vec![2]),
            (ActionState::Expired, 0, vec![2]),
            (ActionState::Parked, 1, vec![2]),
            (ActionState::OutcomeUnknown, 1, vec![2]),
        ] {
            (rows[0].state, rows[0].attempts) = (state, attempts);
            assert_eq!(sent(&rows), expected, "{state:?} {attempts}");
            assert_eq!(plan(&rows, &BTreeSet::new(), sure(), NOW).stop, [], "{state:?} {attempts}");
        }
    }

    #[test]
    fn too_old_is_decided_on_sure_server_time_and_by_whether_it_was_sent() {
        let mut rows = vec![row(1, Lane::Points), row(2, Lane::Points)];
        rows[0].not_after = at(NOW - 1);
        let stop =
            |rows: &[QueuedAction], sure| plan(rows, &BTreeSet::new(), ServerTime { at: at(NOW), sure }, NOW).stop;
        assert_eq!(stop(&rows, true), [(key(1), ActionState::Expired, None)]);
        assert_eq!(stop(&rows, false), []);
        rows[0].attempts = 1;
        assert_eq!(stop(&rows, true), [(key(1), ActionState::OutcomeUnknown, None)]);
        assert_eq!(sent(&rows), [2], "the next one goes on");
    }

    #[test]
    fn it_looks_again_in_the_moment_after_the_first_row_that_can_grow_too_old_has() {
        let made_at = ClockReading { wall: at(NOW), since_boot: Duration::ZERO, boot: BootId("a".to_owned()) };
        let wall = NOW + 500_000;
        let next_at = |rows: &[QueuedAction], sure| {
            let planned = super::plan(rows, &BTreeSet::new(), ServerTime { at: at(NOW), sure }, wall, true);
            (planned.stop.len(), planned.next_at)
        };
        let mut rows = vec![row(1, Lane::Points), row(2, Lane::Offers)];
        rows[1].not_after = at(NOW + 7);
        for (left, expected) in [(2, (0, Some(wall + 3))), (0, (0, Some(wall + 1))), (-1, (1, None))] {
            rows[0].not_after = at(NOW + left);
            assert_eq!(next_at(&rows, true), expected, "good for {left} ms");
            assert_eq!(next_at(&rows, false), (0, None), "at an unsure time nothing grows old");
        }
        // Neither what has stopped, nor what gets its instants anew.
        rows[0].state = ActionState::Parked;
        assert_eq!(next_at(&rows, true), (0, Some(wall + 8)));
        (rows[0].state, rows[0].made_at) = (ActionState::Queued, Some(made_at));
        assert_eq!(next_at(&rows, true), (0, Some(wall + 8)));
    }

    #[test]
    fn a_delay_made_under_another_clock_is_over_and_the_servers_word_is_kept_up_to_a_day() {
        let mut rows = vec![row(1, Lane::Points)];
        let millis = |duration: Duration| i64::try_from(duration.as_millis()).expect("a small number");
        let (cap, day) = (millis(RETRY_CAP), millis(FLOOR_CAP));
        rows[0].not_after = at(NOW + 100 * day);
        for (next, floor, due) in [
            (NOW + cap, 0, NOW + cap),
            (NOW + cap + 1, 0, NOW),
            (NOW + 9 * cap, NOW + 9 * cap, NOW + 9 * cap),
            (NOW + day, NOW + day, NOW + day),
            (NOW + day + 1, NOW + day + 1, NOW),
            (NOW + 5, NOW + day + 1, NOW + 5),
        ] {
            (rows[0].next_attempt_at, rows[0].retry_floor) = (next, floor);
            let plan = plan(&rows, &BTreeSet::new(), sure(), NOW);
            assert_eq!(plan.send.is_empty(), due > NOW, "{next} {floor}");
            if due > NOW {
                assert_eq!(plan.next_at, Some(due), "{next} {floor}");
            }
        }
    }

    #[test]
    fn what_was_made_at_an_unsure_time_waits_for_a_sure_one_and_holds_its_lane() {
        let boot = BootId("a".to_owned());
        let made_at = ClockReading { wall: at(NOW), since_boot: Duration::ZERO, boot };
        let mut rows = vec![row(1, Lane::Points), row(2, Lane::Points), row(3, Lane::Offers)];
        (rows[0].made_at, rows[0].not_after) = (Some(made_at), at(NOW - 1));
        let unsure = ServerTime { at: at(NOW), sure: false };
        let sequences = |rows: &[QueuedAction]| rows.iter().map(|row| row.sequence).collect::<Vec<_>>();

        let held = super::plan(&rows, &BTreeSet::new(), unsure, NOW, false);
        assert_eq!((sequences(&held.send), held.needs_contact), (vec![3], true));
        // The server answers and never says what time it is.
        let untimed = super::plan(&rows, &BTreeSet::new(), unsure, NOW, true);
        assert_eq!((sequences(&untimed.send), untimed.needs_contact), (vec![1, 3], false));
        let timed = super::plan(&rows, &BTreeSet::new(), sure(), NOW, true);
        assert_eq!((sequences(&timed.date), sequences(&timed.send), timed.stop), (vec![1], vec![3], vec![]));
        // Bytes that may have left are never changed.
        rows[0].attempts = 1;
        let sent = super::plan(&rows, &BTreeSet::new(), sure(), NOW, true);
        assert_eq!((sent.date, sent.stop), (vec![], vec![(key(1), ActionState::OutcomeUnknown, None)]));
    }

    #[test]
    fn an_answered_action_of_an_earlier_run_asks_for_its_page() {
        let mut rows = vec![row(1, Lane::Points)];
        rows[0].state = ActionState::Confirmed;
        assert!(super::plan(&rows, &BTreeSet::new(), sure(), NOW, false).needs_contact);
        assert!(!super::plan(&rows, &BTreeSet::new(), sure(), NOW, true).needs_contact);
    }
}
