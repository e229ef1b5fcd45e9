//! What happened behind the member's back is told once, in words, and stays listed until it is dismissed.

mod support;

use std::time::Duration;

use member_core::HostEvent;
use member_core::ports::simulated::Faults;
use serde_json::json;
use support::{COFFEE, Phone, good};

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

/// Title and text of each notice.
fn told(phone: &Phone) -> Vec<(String, String)> {
    let actions = phone.wallet().pending().expect("a view").actions;
    let notices = actions.into_iter().filter(|action| action.state == "notice");
    notices
        .map(|notice| {
            assert!(notice.can_dismiss && !notice.can_discard && !notice.can_retry && !notice.can_cancel);
            (notice.title, notice.text)
        })
        .collect()
}

fn dismiss(phone: &Phone) {
    let notice = phone.wallet().pending().expect("a view").actions.remove(0);
    phone.wallet().discard(&notice.key).expect("a dismissal");
    assert!(phone.wallet().discard(&notice.key).is_err(), "it is gone");
}

#[test]
fn an_action_that_nobody_could_say_of_took_effect_after_all() {
    for by_page in [false, true] {
        let mut phone = Phone::new(1);
        phone.join();
        phone.refresh().expect("a sync");
        phone.device.network.set_faults(Faults { lose_answer: 1000, ..Faults::default() });
        phone.wallet().claim(COFFEE).expect("a claim");
        phone.world.pass(Duration::from_mins(2));
        phone.device.network.set_online(false);
        phone.world.pass(8 * DAY);
        // For a while nobody can say: then either all is well, or the page alone brings it.
        let out_of_order = |paths: &[&str]| {
            let rule = |path: &&str| json!({"path": path, "fault": "status", "status": 503});
            phone.backend.post("/sandbox/v1/faults", &json!({"rules": paths.iter().map(rule).collect::<Vec<_>>()}));
        };
        out_of_order(&["/v1/sync", "/v1/actions"]);
        phone.device.network.set_faults(good());
        phone.device.network.set_online(true);
        phone.wallet().host_event(HostEvent::NetworkAvailable);
        phone.wait("nobody can say", HOUR, |wallet| {
            wallet.pending().is_ok_and(|view| view.actions[0].state == "outcome_unknown")
        });
        out_of_order(if by_page { &["/v1/actions"] } else { &[] });
        let unknown = |phone: &Phone| {
            phone.wallet().pending().expect("a view").actions.iter().any(|action| action.state != "notice")
        };
        let begin = phone.world.elapsed();
        while unknown(&phone) {
            assert!(phone.world.elapsed().saturating_sub(begin) < HOUR, "the outcome is never known");
            phone.world.pass(Duration::from_millis(100));
        }
        let words = [(
            "Claim: Coffee of your choice".to_owned(),
            "This did work after all. See your vouchers and your activity.".to_owned(),
        )];
        assert_eq!((told(&phone), phone.points()), (words.to_vec(), (50, 0, 50)), "by page: {by_page}");
        assert_eq!(phone.wallet().pending().expect("a view").waiting, 0);
        phone.start();
        phone.refresh().ok();
        assert_eq!(told(&phone), words);
        dismiss(&phone);
        phone.start();
        assert_eq!(told(&phone), []);
    }
}

#[test]
fn an_action_whose_answer_came_is_not_talked_of() {
    let phone = Phone::new(2);
    phone.join();
    phone.refresh().expect("a sync");
    phone.wallet().claim(COFFEE).expect("a claim");
    phone.refresh().expect("a sync");
    assert_eq!((told(&phone), phone.points()), (vec![], (50, 0, 50)));
}

#[test]
fn what_a_restored_server_forgot_is_said_with_how_much() {
    for (lines, words) in [(1, "lost 1 line of your"), (3, "lost 3 lines of your")] {
        let mut phone = Phone::new(3);
        phone.join();
        phone.refresh().expect("a sync");
        phone.backend.back_up("then");
        for _ in 0..lines {
            phone.backend.accrue(&phone.card_number(), 3500);
        }
        phone.refresh().expect("a sync");
        phone.backend.restore("then");
        phone.refresh().expect("a sync");
        let told_now = told(&phone);
        assert_eq!((told_now.len(), told_now[0].0.as_str()), (1, "Your activity"));
        assert!(told_now[0].1.contains(words), "{}", told_now[0].1);
        assert_eq!(phone.points(), (100, 0, 100));
        // Once: a new base for another reason forgets nothing.
        dismiss(&phone);
        phone.backend.post("/sandbox/v1/restore", &json!({}));
        phone.refresh().expect("a sync");
        phone.start();
        phone.refresh().expect("a sync");
        assert_eq!(told(&phone), []);
    }
}

/// "+35 points" is counted from the newest line, and a restored server counts its lines anew.
#[test]
fn points_that_arrive_after_a_restore_are_shown_on_the_card() {
    let phone = Phone::new(4);
    phone.join();
    phone.refresh().expect("a sync");
    phone.backend.back_up("then");
    for _ in 0..3 {
        phone.backend.accrue(&phone.card_number(), 3500);
    }
    phone.refresh().expect("a sync");
    let shown = phone.wallet().show_card().expect("a card on screen");
    phone.backend.restore("then");
    phone.refresh().expect("a sync");
    assert_eq!(shown.view().expect("a view").card.expect("a card").arrived, None);
    phone.backend.accrue(&phone.card_number(), 1200);
    phone.wait("the points", Duration::from_mins(1), |_| {
        shown.view().expect("a view").card.expect("a card").arrived.as_deref() == Some("+12\u{a0}points")
    });
}

/// The answer is on the disk and its page is not; nobody opens the app's screen or asks for anything.
#[test]
fn an_app_that_was_killed_between_an_answer_and_its_page_fetches_the_page() {
    let mut phone = Phone::new(5);
    phone.join();
    phone.refresh().expect("a sync");
    let rule = json!({"path": "/v1/sync", "fault": "status", "status": 503});
    phone.backend.post("/sandbox/v1/faults", &json!({"rules": [rule]}));
    phone.wallet().claim(COFFEE).expect("a claim");
    phone.wait("the answer", HOUR, |wallet| {
        wallet.pending().is_ok_and(|view| view.actions[0].state == "confirmed" && view.waiting == 1)
    });
    phone.kill();
    phone.backend.post("/sandbox/v1/faults", &json!({"rules": []}));
    phone.start();
    phone.wait("the page", HOUR, |wallet| wallet.pending().is_ok_and(|view| view.actions.is_empty()));
}
