//! Sessions: several devices, several members, sessions that the server ended, refreshes whose answers never came, and a member
//! whom the server does not know any more.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode, header};
use member_core::ports::simulated::{Faults, Server, World};
use member_core::ports::{HttpAnswer, HttpRequest};
use member_core::views::ActionFate;
use member_core::{Error, Home, MemoryHome, SignInState};
use serde_json::json;

use crate::support::{Backend, COFFEE, EMAIL, Phone, good};
use crate::{BOB, DAY, HOUR, claim_offline, effects, files, member, phone_in, sign_out, trace_in, wipe};

fn memory() -> Home {
    Home::Memory(MemoryHome::new())
}

/// The next `lost` answers of the token endpoint never come. With `plain`, a refresh token is good once, as with plain rotation.
fn losing_tokens(backend: &Backend, lost: usize, plain: bool) -> (Server, Arc<AtomicUsize>) {
    let (server, left) = (backend.server(), Arc::new(AtomicUsize::new(lost)));
    let (counted, used) = (Arc::clone(&left), Arc::new(Mutex::new(BTreeSet::<Vec<u8>>::new())));
    let server = Arc::new(move |request: HttpRequest| {
        let is_token = request.url.path() == "/v1/auth/token";
        let again = is_token && !used.lock().expect("one thread").insert(request.body.to_vec());
        let (answer, left) = (server(request), Arc::clone(&counted));
        Box::pin(async move {
            if plain && again {
                let mut headers = HeaderMap::new();
                headers.insert(header::CONTENT_TYPE, "application/json".parse().expect("a header"));
                let body = Bytes::from_static(br#"{"error":"invalid_grant","error_description":"used"}"#);
                return HttpAnswer { status: StatusCode::BAD_REQUEST, headers, body };
            }
            let answer = answer.await;
            if is_token && left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok() {
                return std::future::pending().await;
            }
            answer
        }) as futures_util::future::BoxFuture<'static, _>
    });
    (server, left)
}

/// Loses the answers to refreshes, with the app ended in between by chance. Whether the member is still signed in.
fn lose_answers(seed: u64, lost: usize, plain: bool) -> bool {
    let world = World::new(seed);
    let backend = Backend::new(&world);
    let mut phone = Phone::of(&world, &backend);
    let ada = member(&phone);
    let key = claim_offline(&phone, COFFEE);
    phone.world.pass(HOUR);
    let (server, left) = losing_tokens(&backend, lost, plain);
    phone.device.network.set_server(server);
    phone.device.network.set_online(true);
    let begin = phone.world.elapsed();
    while left.load(Ordering::SeqCst) > 0 {
        assert!(phone.world.elapsed().saturating_sub(begin) < DAY, "the answers are not asked for");
        phone.wallet().host_event(member_core::HostEvent::Foreground);
        phone.world.pass(Duration::from_millis(phone.world.below(40_000)));
        if phone.world.below(2) == 0 {
            phone.start();
        }
        if plain && phone.wallet().sign_in_state() == Ok(SignInState::Ended) {
            return false;
        }
    }
    phone.start();
    phone.world.pass(HOUR);
    if phone.refresh() == Err(Error::SignedOut) {
        return false;
    }
    assert_eq!((phone.points(), effects(&phone, &ada, &key)), ((50, 0, 50), 1), "seed {seed}");
    phone.wallet().sign_in_state() == Ok(SignInState::SignedIn)
}

#[test]
fn answers_to_refreshes_that_never_come_sign_nobody_out_also_across_restarts() {
    for seed in 0..40 {
        let lost = 1 + usize::try_from(seed % 4).expect("a small number");
        assert!(lose_answers(seed, lost, false), "seed {seed}: signed out after {lost} lost answers");
    }
}

/// The control: with a server whose refresh tokens are good once, the same play ends signed out.
#[test]
fn plain_rotation_is_found_by_the_same_play() {
    let ended = (0..20).filter(|seed| !lose_answers(*seed, 2, true)).count();
    assert!(ended > 15, "signed out in {ended} of 20 runs only");
}

/// Two phones spend the same points, on bad days and while apps are killed: one claim takes effect, the other is refused in words,
/// and both phones agree.
#[test]
fn two_devices_of_one_member_that_spend_the_same_points_agree_in_the_end() {
    for seed in 0..25 {
        let world = World::new(seed);
        let backend = Backend::new(&world);
        let mut phones: Vec<Phone> = (0..2).map(|_| Phone::of(&world, &backend)).collect();
        for phone in &phones {
            member(phone);
            world.pass(HOUR);
            phone.refresh().expect("a sync");
        }
        let ada = backend.member_id();
        // 100 points, and a bag for 150 each: 200 in all.
        backend.post("/sandbox/v1/grant", &json!({"member": ada, "unit": "points", "amount": 100}));
        for phone in &phones {
            phone.refresh().expect("a sync");
        }
        let keys: Vec<String> = phones.iter().map(|phone| claim_offline(phone, "tote-bag")).collect();
        for phone in &mut phones {
            phone.device.network.set_faults(Faults::bad_day());
            phone.device.network.set_online(true);
            phone.start();
            phone.wallet().host_event(member_core::HostEvent::Foreground);
        }
        world.pass(Duration::from_millis(world.below(20_000)));
        let killed = usize::try_from(world.below(2)).expect("a small number");
        phones[killed].start();
        // Half an hour of it, then the weather clears up.
        world.pass(Duration::from_millis(world.below(1_800_000)));
        for phone in &phones {
            phone.device.network.set_faults(good());
            while phone.refresh().is_err() {
                world.pass(Duration::from_mins(1));
            }
        }
        for phone in &phones {
            phone.refresh().expect("a sync");
        }
        let won: Vec<usize> = keys.iter().map(|key| effects(&phones[0], &ada, key)).collect();
        assert!(won == [1, 0] || won == [0, 1], "seed {seed}: {won:?}");
        for (phone, key) in phones.iter().zip(&keys) {
            assert_eq!(phone.points(), (50, 0, 50), "seed {seed}");
            assert_eq!(phone.wallet().vouchers().expect("a view").vouchers.len(), 1, "seed {seed}");
            let fate = phone.wallet().fate(key).expect("a fate");
            let has_won = effects(phone, &ada, key) == 1;
            assert_eq!(fate == ActionFate::Confirmed, has_won, "seed {seed}: {fate:?}");
            assert!(has_won || matches!(fate, ActionFate::Stopped(why) if why.contains("Not enough")), "seed {seed}");
        }
    }
}

/// Two members take turns on one phone, each leaving something behind. Each action arrives with a token of its own member only.
#[test]
fn members_who_take_turns_on_a_phone_send_only_what_is_theirs() {
    for seed in 0..20 {
        let (mut phone, seen) = phone_in(seed, memory());
        let mut made = Vec::new();
        let turns = [EMAIL, BOB, EMAIL, BOB];
        for email in turns {
            phone.email = email;
            // Nothing goes out, so that it waits for its member.
            let rule = json!({"path": "/v1/actions", "fault": "status", "status": 503});
            phone.backend.post("/sandbox/v1/faults", &json!({"rules": [rule]}));
            phone.device.network.set_online(true);
            phone.world.pass(HOUR);
            let who = member(&phone);
            assert_eq!(phone.wallet().pending().expect("a view").actions.len(), made.len() / 2, "hers alone");
            made.push((who, claim_offline(&phone, COFFEE)));
            if phone.world.below(2) == 0 {
                phone.start();
            }
        }
        phone.backend.post("/sandbox/v1/faults", &json!({"rules": []}));
        phone.device.network.set_online(true);
        for email in [EMAIL, BOB] {
            phone.email = email;
            phone.world.pass(HOUR);
            member(&phone);
            assert_eq!(phone.points(), (0, 0, 0), "seed {seed}");
        }
        let seen = seen.lock().expect("one thread");
        assert_eq!(seen.actions.len(), 4, "seed {seed}");
        for (who, key) in &made {
            assert_eq!(effects(&phone, who, key), 1, "seed {seed}");
            assert_eq!(seen.actions[key], BTreeSet::from([who.clone()]), "seed {seed}: sent with another's token");
        }
    }
}

/// The one notice that is listed.
fn notice(phone: &Phone) -> String {
    let actions = phone.wallet().pending().expect("a view").actions;
    assert_eq!((actions.len(), actions[0].state, actions[0].can_dismiss), (1, "notice", true), "{actions:?}");
    actions[0].text.clone()
}

#[test]
fn what_waits_behind_an_ended_session_is_told_to_who_signs_in_and_sent_for_its_member_alone() {
    let (mut phone, seen) = phone_in(1, memory());
    let ada = member(&phone);
    phone.backend.post("/sandbox/v1/revoke", &json!({"member": ada}));
    assert_eq!(phone.refresh(), Err(Error::SignedOut));
    let key = phone.wallet().claim(COFFEE).expect("a claim").key;
    assert_eq!(phone.points(), (100, -50, 50), "what was kept stays readable");
    phone.email = BOB;
    let bob = member(&phone);
    let told = notice(&phone);
    assert!(told.starts_with("1 action of the membership") && told.contains("Coffee of your choice"), "{told}");
    phone.wallet().discard(&phone.wallet().pending().expect("a view").actions[0].key).expect("it was read");
    phone.world.pass(DAY);
    phone.refresh().expect("a sync");
    assert_eq!((effects(&phone, &ada, &key), effects(&phone, &bob, &key)), (0, 0));
    phone.start();
    assert_eq!(phone.wallet().pending().expect("a view").actions, [], "it was told");
    phone.email = EMAIL;
    assert_eq!(member(&phone), ada);
    assert_eq!((effects(&phone, &ada, &key), phone.points()), (1, (50, 0, 50)));
    assert_eq!(phone.wallet().pending().expect("a view").actions, []);
    assert_eq!(seen.lock().expect("one thread").actions[&key], BTreeSet::from([ada]));
}

/// The server was restored from a backup that is older than her: she joins again, as another member. What she had done can never
/// be sent, and she is told of it once.
#[test]
fn a_member_whom_the_server_forgot_is_told_what_of_hers_will_never_be_sent() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut phone, seen) = phone_in(2, Home::Folder(folder.path().to_owned()));
    phone.backend.back_up("empty");
    let first = member(&phone);
    claim_offline(&phone, COFFEE);
    phone.wallet().claim(COFFEE).expect("a claim");
    phone.backend.restore("empty");
    phone.device.network.set_online(true);
    assert_eq!(phone.refresh(), Err(Error::SignedOut));
    let second = member(&phone);
    assert_ne!(first, second);
    // It stays until somebody has read it.
    phone.start();
    let told = notice(&phone);
    assert!(told.starts_with("2 actions of the membership") && told.contains("they will never be sent"), "{told}");
    phone.world.pass(DAY);
    phone.refresh().expect("a sync");
    let of_second = |seen: &crate::Seen| seen.actions.values().flatten().filter(|who| **who == second).count();
    assert_eq!(of_second(&seen.lock().expect("one thread")), 0, "an action of the first was sent for the second");
    let databases = |folder| {
        files(folder).iter().filter(|name| name.split_once('.').is_some_and(|(_, suffix)| suffix == "db")).count()
    };
    assert_eq!(databases(folder.path()), 2, "nothing is deleted without her word");
    // Signing out is about the membership of now; forgetting is about everything.
    sign_out(&phone, Vec::new()).expect("a sign-out");
    assert_eq!(databases(folder.path()), 1);
    wipe(&phone).expect("a wipe");
    assert_eq!((trace_in(folder.path()), phone.device.vault().names()), (Ok(()), Vec::new()));
}
