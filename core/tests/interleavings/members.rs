//! Somebody signs in, tokens run out, cards come on screen, all at once.

use std::sync::Arc;
use std::time::Duration;

use member_core::SignInState;
use member_core::ports::interleaved::{block_on, explore, point, spawn_task};

use crate::support::COFFEE;
use crate::{ROUNDS, Scene, expected, joined};

#[test]
fn a_card_that_comes_on_screen_while_somebody_signs_in_is_live() {
    explore(ROUNDS, || {
        let scene = Scene::new();
        let code = scene.code.clone();
        let signing_in = scene.thread(move |wallet| block_on(wallet.sign_in(code)));
        let session = joined(scene.thread(|wallet| wallet.show_card().expect("a session")));
        joined(signing_in).expect("signed in");
        // Where the new driver did not hear of the screen, nothing is ever asked for.
        scene.stirs.until(|| scene.stirs.held() > 0);
        drop(session);
        block_on(scene.wallet.shut_down());
        scene.start_again();
    });
}

#[test]
fn calls_whose_token_has_run_out_renew_it_once() {
    explore(ROUNDS, || {
        let scene = Scene::after(Duration::from_hours(48));
        let before = scene.backend.requests("POST /v1/auth/token");
        let threads = [
            scene.thread(|wallet| wallet.claim(COFFEE).map(drop)),
            scene.thread(|wallet| block_on(wallet.refresh())),
            scene.thread(|wallet| block_on(wallet.older_activity(1, 10)).map(drop)),
        ];
        for thread in threads {
            joined(thread).expect("it works");
        }
        assert_eq!(scene.backend.requests("POST /v1/auth/token") - before, 1);
        block_on(scene.wallet.shut_down());
        scene.start_again();
    });
}

#[test]
fn a_call_that_is_given_up_runs_to_its_end_once() {
    explore(ROUNDS, || {
        let scene = Scene::new();
        let before = scene.backend.requests("POST /v1/auth/token");
        let (wallet, code) = (Arc::clone(&scene.wallet), scene.code.clone());
        // The host gives up waiting at some moment, as Kotlin does when a screen goes.
        let call = spawn_task(async move { wallet.sign_in(code).await });
        (0..4).for_each(|_| point());
        call.abort();
        let _ = block_on(call);
        let asked = || scene.backend.requests("POST /v1/auth/token") - before;
        let home = scene.folder.path().join("members.json");
        let used = || !std::fs::read_to_string(&home).expect("an index").contains("request_id");
        if asked() > 0 {
            scene.stirs.until(used);
            assert_eq!(scene.wallet.sign_in_state().expect("a state"), SignInState::SignedIn);
        }
        // A call that has not begun leaves no trace, and one that has does not come back.
        expected(block_on(scene.wallet.refresh()));
        block_on(scene.wallet.shut_down());
        let asked = asked();
        assert!(asked <= 1, "{asked} times");
        scene.start_again();
    });
}
