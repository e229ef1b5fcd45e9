//! Closing the wallet while everybody uses it.

use std::sync::Arc;

use member_core::ports::interleaved::{block_on, explore, finds};
use member_core::{Error, Observer, Topic, Wallet};

use crate::support::COFFEE;
use crate::{ROUNDS, Scene, expected, joined};

#[test]
fn a_tap_that_was_acknowledged_is_there_after_the_next_start_whatever_closing_does_meanwhile() {
    explore(ROUNDS, || {
        let scene = Scene::offline();
        let taps = [scene.tap(), scene.tap()];
        let closing = scene.thread(|wallet| block_on(wallet.shut_down()));
        let reads = scene.thread(|wallet| {
            expected(wallet.card());
            expected(wallet.activity(None, 10));
        });
        let acknowledged: Vec<_> = taps.into_iter().filter_map(joined).collect();
        joined(closing);
        joined(reads);
        assert!(matches!(scene.wallet.claim(COFFEE), Err(Error::Closed)));
        let again = scene.start_again();
        let pending = again.wallet.pending().expect("a view");
        let mut there: Vec<_> = pending.actions.iter().map(|action| action.key.clone()).collect();
        let mut acknowledged = acknowledged;
        there.sort();
        acknowledged.sort();
        assert_eq!(there, acknowledged);
    });
}

#[test]
fn a_tap_is_sent_at_most_once_and_known_for_ever_when_closing_cuts_it_off() {
    explore(ROUNDS, || {
        let scene = Scene::new();
        let tap = scene.tap();
        let refresh = scene.thread(|wallet| expected(block_on(wallet.refresh())));
        let closing = scene.thread(|wallet| block_on(wallet.shut_down()));
        let key = joined(tap);
        joined(refresh);
        joined(closing);
        let sent = scene.backend.requests("POST /v1/actions");
        let again = scene.start_again();
        assert!(sent <= 1, "sent {sent} times before the next start");
        match key {
            Some(key) => drop(again.wallet.fate(&key).expect("it is known")),
            None => assert_eq!(sent, 0, "what was refused was sent"),
        }
    });
}

#[test]
fn closing_twice_beside_everything_ends_and_leaves_the_home_free() {
    explore(ROUNDS, || {
        let scene = Scene::new();
        let threads = [
            scene.thread(|wallet| block_on(wallet.shut_down())),
            scene.thread(|wallet| block_on(wallet.shut_down())),
            scene.thread(|wallet| expected(block_on(wallet.refresh())).unwrap_or_default()),
            scene.thread(|wallet| drop(expected(wallet.show_card()))),
            scene.thread(|wallet| wallet.host_event(member_core::HostEvent::Background)),
        ];
        threads.into_iter().for_each(joined);
        assert!(matches!(scene.wallet.card(), Err(Error::Closed)));
        assert!(matches!(block_on(scene.wallet.refresh()), Err(Error::Closed)));
        assert!(matches!(block_on(scene.wallet.sign_out(Vec::new())), Err(Error::Closed)));
        block_on(scene.wallet.shut_down());
        scene.start_again();
    });
}

/// Waits for the closing from within a call, which a host must not do.
struct Impatient(std::sync::Weak<Wallet>);

impl Observer for Impatient {
    fn changed(&self, topics: &[Topic]) {
        if let Some(wallet) = self.0.upgrade().filter(|_| topics.contains(&Topic::Pending)) {
            block_on(wallet.shut_down());
        }
    }
}

#[test]
fn an_observer_that_waits_for_the_closing_is_found() {
    // Control: the commit that is being told holds the store, and closing waits for that.
    assert!(finds(ROUNDS, || {
        let scene = Scene::offline();
        let impatient = scene.wallet.observe(Arc::new(Impatient(Arc::downgrade(&scene.wallet))));
        joined(scene.tap());
        drop(impatient);
    }));
}
