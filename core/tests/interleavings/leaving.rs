//! Signing out and forgetting everything, while everybody uses the wallet.

use member_core::ports::interleaved::{block_on, explore};
use member_core::{Error, SignInState};

use crate::support::COFFEE;
use crate::{ROUNDS, Scene, expected, joined};

/// What is left of a member in a home.
fn databases(folder: &tempfile::TempDir) -> Vec<String> {
    let files = std::fs::read_dir(folder.path()).expect("the folder");
    let names = files.map(|file| file.expect("a file").file_name().to_string_lossy().into_owned());
    names.filter(|name| name.starts_with("member-")).collect()
}

#[test]
fn a_tap_during_the_sign_out_is_refused_or_keeps_the_member_here() {
    explore(ROUNDS, || {
        let scene = Scene::offline();
        let tap = scene.tap();
        let leaving = scene.thread(|wallet| block_on(wallet.sign_out(Vec::new())));
        let reads = scene.thread(|wallet| {
            expected(wallet.card());
            expected(wallet.show_card()).map(|session| expected(session.view()));
        });
        let (key, left) = (joined(tap), joined(leaving));
        joined(reads);
        match (key, left) {
            (None, Ok(done)) => {
                assert!(done.deleted);
                assert_eq!(databases(&scene.folder), Vec::<String>::new());
                assert_ne!(scene.wallet.sign_in_state().expect("a state"), SignInState::SignedIn);
            }
            (Some(key), Err(Error::Refused { code: "not-shown", .. })) => {
                let pending = scene.wallet.pending().expect("she is still here");
                assert!(pending.actions.iter().any(|action| action.key == key));
            }
            (key, left) => panic!("tapped {key:?}, left {left:?}"),
        }
        block_on(scene.wallet.shut_down());
        scene.start_again();
    });
}

#[test]
fn forgetting_everything_beside_everything_ends_and_leaves_nothing() {
    explore(ROUNDS, || {
        let scene = Scene::new();
        let code = scene.code.clone();
        let wipe = scene.thread(|wallet| block_on(wallet.wipe()));
        let threads = [
            scene.thread(|wallet| drop(expected(wallet.claim(COFFEE)))),
            scene.thread(|wallet| expected(block_on(wallet.refresh())).unwrap_or_default()),
            scene.thread(|wallet| drop(expected(wallet.show_card()))),
        ];
        let signing_in = scene.thread(move |wallet| block_on(wallet.sign_in(code)));
        let done = joined(wipe).expect("everything is forgotten");
        threads.into_iter().for_each(joined);
        assert!(done.deleted);
        // Who signed in before is forgotten too, and who had begun does not come back.
        match joined(signing_in) {
            Ok(()) | Err(Error::SignedOut | Error::Refused { code: "no-code-asked", .. }) => {}
            Err(error) => panic!("{error:?}"),
        }
        assert_eq!(scene.wallet.sign_in_state().expect("a state"), SignInState::SignedOut);
        assert_eq!(databases(&scene.folder), Vec::<String>::new());
        block_on(scene.wallet.shut_down());
        scene.start_again();
    });
}

#[test]
fn signing_out_forgetting_and_closing_at_once_all_end() {
    explore(ROUNDS, || {
        let scene = Scene::new();
        let threads = [
            scene.thread(|wallet| drop(expected(block_on(wallet.sign_out(Vec::new()))))),
            scene.thread(|wallet| drop(expected(block_on(wallet.wipe())))),
            scene.thread(|wallet| block_on(wallet.shut_down())),
            scene.thread(|wallet| drop(expected(block_on(wallet.prepare_sign_out())))),
        ];
        threads.into_iter().for_each(joined);
        assert!(matches!(scene.wallet.card(), Err(Error::Closed)));
        scene.start_again();
    });
}
