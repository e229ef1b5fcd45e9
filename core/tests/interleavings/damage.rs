//! The saved wallet turns out to be damaged, and is mended, while everybody uses it.

use member_core::ports::interleaved::{JoinHandle, block_on, explore};
use member_core::{Error, SignInState, Unusable, Wallet};

use crate::support::COFFEE;
use crate::{ROUNDS, Scene, expected, joined};

/// A call that meets the damage may fail, and says why; in the mended file there is no catalogue before the next sync.
#[track_caller]
fn at_worst_unusable<T>(result: Result<T, Error>) -> Option<T> {
    match result {
        Err(Error::Unusable(Unusable::Storage) | Error::Refused { code: "not-synced", .. }) => None,
        other => expected(other),
    }
}

/// What waits and the taps that were acknowledged are there, now and after the next start, and she is signed in.
fn goes_on(scene: Scene, tapped: Option<String>) {
    let there = scene.waiting.iter().cloned().chain(tapped).collect::<Vec<_>>();
    // The mended file has no outcomes before the next sync, of what was sent meanwhile.
    let backend = scene.backend.clone();
    let all_there = move |wallet: &Wallet| {
        let known = there.iter().filter(|key| wallet.fate(key).is_ok()).count();
        known + backend.requests("POST /v1/actions") >= there.len()
    };
    assert!(all_there(&scene.wallet), "a tap that was acknowledged is gone");
    block_on(scene.wallet.shut_down());
    let again = scene.start_again();
    assert_eq!(again.wallet.sign_in_state().expect("a state"), SignInState::SignedIn);
    assert!(all_there(&again.wallet), "a tap that was acknowledged is gone after the next start");
}

fn tap(scene: &Scene) -> JoinHandle<Option<String>> {
    scene.thread(|wallet| at_worst_unusable(wallet.claim(COFFEE)).map(|claimed| claimed.key))
}

#[test]
fn reads_and_taps_while_the_file_is_mended_go_on_in_the_new_one() {
    explore(ROUNDS, || {
        let scene = Scene::damaged();
        let tap = tap(&scene);
        let reads = [
            scene.thread(|wallet| drop(wallet.activity(None, 10).expect("a view"))),
            scene.thread(|wallet| drop(wallet.rewards().expect("a view"))),
        ];
        let key = joined(tap);
        reads.into_iter().for_each(joined);
        goes_on(scene, key);
    });
}

#[test]
fn who_signs_in_again_while_the_file_is_mended_is_signed_in_and_keeps_what_waits() {
    explore(ROUNDS, || {
        let scene = Scene::damaged();
        scene.device.network.set_online(true);
        let code = scene.code.clone();
        let reads = scene.thread(|wallet| drop(at_worst_unusable(wallet.activity(None, 10))));
        let signing_in = scene.thread(move |wallet| at_worst_unusable(block_on(wallet.sign_in(code))));
        joined(reads);
        joined(signing_in);
        scene.device.network.set_online(false);
        goes_on(scene, None);
    });
}

#[test]
fn a_sign_out_that_is_refused_while_the_file_is_mended_leaves_her_here() {
    explore(ROUNDS, || {
        let scene = Scene::damaged();
        let reads = scene.thread(|wallet| drop(at_worst_unusable(wallet.activity(None, 10))));
        let leaving = scene.thread(|wallet| block_on(wallet.sign_out(Vec::new())));
        joined(reads);
        match joined(leaving) {
            Err(Error::Refused { code: "not-shown", .. } | Error::Unusable(Unusable::Storage)) => {}
            left => panic!("{left:?}"),
        }
        goes_on(scene, None);
    });
}
