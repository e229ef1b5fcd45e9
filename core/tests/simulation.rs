//! The whole way through, simulated: join, card, scan, points, a claim made offline, by seed and under faults.

mod support;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use member_core::ports::simulated::{Faults, World};
use member_core::views::{ActionFate, VoucherLine, VoucherPlace};
use member_core::{Error, HostEvent, Observer, SignInState, Subscription, Topic, Unreachable};
use serde_json::json;
use support::{Backend, COFFEE, Phone, good};

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

/// Plays the way through. What must hold at the end is answered, so that the control can see it broken.
fn play(seed: u64, faults: Faults, sabotage: impl Fn(&Backend)) -> Result<(), String> {
    let mut phone = Phone::new(seed);
    phone.device.network.set_faults(faults);
    phone.join();
    sabotage(&phone.backend);
    phone.wait("the first sync", DAY, |wallet| wallet.card().is_ok_and(|view| view.card.is_some()));
    assert_eq!(phone.points(), (100, 0, 100), "the welcome points");

    // At the till. Nobody asks for the points.
    let number = phone.card_number();
    let shown = phone.wallet().show_card().expect("a card on screen");
    phone.backend.accrue(&number, 3500);
    phone.wait("the points", HOUR, |wallet| wallet.balance().is_ok_and(|view| view.units[0].confirmed == 135));
    let arrived = shown.view().expect("a view").card.expect("a card").arrived;
    assert_eq!(arrived.as_deref(), Some("+35\u{a0}points"));
    drop(shown);

    // In the basement.
    phone.device.network.set_online(false);
    let claimed = phone.wallet().claim(COFFEE).expect("a claim");
    assert_eq!(phone.points(), (135, -50, 85), "confirmed and pending stand apart");
    phone.start();
    assert_eq!(phone.points(), (135, -50, 85), "a claim outlives the app");
    let voucher = phone.wallet().vouchers().expect("a view").vouchers.remove(0);
    assert_eq!((voucher.place, voucher.code), (VoucherPlace::Pending, None));
    assert!(matches!(phone.wallet().fate(&claimed.key), Ok(ActionFate::Waiting(_))));

    // Up again. The app is killed once more while it is at it.
    phone.device.network.set_online(true);
    phone.wallet().host_event(HostEvent::NetworkAvailable);
    phone.world.pass(Duration::from_millis(phone.world.below(20_000)));
    phone.start();
    phone.wallet().host_event(HostEvent::Foreground);
    let mut flicker = None;
    let begin = phone.world.elapsed();
    while !phone.wallet().pending().expect("a view").actions.is_empty() {
        let (_, _, spendable) = phone.points();
        if spendable != 85 {
            flicker = Some(format!("{spendable} points to spend while the claim is under way"));
        }
        if phone.world.elapsed().saturating_sub(begin) > 6 * DAY {
            return Err("the claim never ended".to_owned());
        }
        phone.world.pass(Duration::from_millis(100));
    }
    let ready = |line: &VoucherLine| line.place == VoucherPlace::Ready && line.code.is_some();
    let audit = phone.backend.audit();
    let ending = (
        flicker,
        phone.wallet().fate(&claimed.key),
        phone.points(),
        phone.wallet().vouchers().expect("a view").vouchers.iter().filter(|line| ready(line)).count(),
        audit["vouchers"].as_u64(),
        audit["ledger_sum"].as_i64(),
    );
    let expected = (None, Ok(ActionFate::Confirmed), (85, 0, 85), 1, Some(1), Some(0));
    if ending == expected { Ok(()) } else { Err(format!("{ending:?}")) }
}

#[test]
fn a_claim_made_offline_takes_effect_exactly_once_on_good_and_bad_days() {
    for seed in 0..10 {
        assert_eq!(play(seed, good(), |_| ()), Ok(()), "seed {seed}");
    }
    for seed in 10..70 {
        assert_eq!(play(seed, Faults::bad_day(), |_| ()), Ok(()), "seed {seed}");
    }
}

/// The control: on a server that does not keep its promise the same play ends badly.
#[test]
fn a_server_that_forgets_keys_is_found_by_the_same_play() {
    let sabotage = |backend: &Backend| {
        backend.post("/sandbox/v1/faults", &json!({"rules": [{"path": "/v1/actions", "fault": "ignore-idempotency"}]}));
    };
    let faults = Faults { duplicate: 700, lose_answer: 300, ..good() };
    let found = (0..20).filter(|seed| play(*seed, faults, sabotage).is_err()).count();
    assert!(found > 10, "the play saw a doubled effect in {found} of 20 runs only");
}

#[test]
fn a_run_is_a_pure_function_of_its_seed() {
    let trace = |seed| {
        let phone = Phone::new(seed);
        phone.device.network.set_faults(Faults::bad_day());
        phone.join();
        phone.wait("the first sync", DAY, |wallet| wallet.card().is_ok_and(|view| view.card.is_some()));
        let log = phone.backend.log.lock().expect("one thread").clone();
        (phone.world.elapsed(), phone.card_number(), log)
    };
    assert_eq!(trace(7), trace(7));
    assert_ne!(trace(7).1, trace(8).1);
}

#[test]
fn points_reach_a_card_on_screen_within_a_second_and_nobody_asks() {
    let phone = Phone::new(1);
    phone.join();
    phone.refresh().expect("a sync");
    let number = phone.card_number();
    let _shown = phone.wallet().show_card().expect("a card on screen");
    phone.world.pass(Duration::from_secs(90));
    phone.backend.accrue(&number, 3500);
    let took =
        phone.wait("the points", HOUR, |wallet| wallet.balance().is_ok_and(|view| view.units[0].confirmed == 135));
    assert!(took <= Duration::from_secs(1), "{took:?}");
}

#[test]
fn a_card_on_screen_says_how_old_it_is_as_time_passes() {
    let phone = Phone::new(22);
    phone.join();
    phone.refresh().expect("a sync");
    let (heard, _subscription) = hear(&phone);
    let shown = phone.wallet().show_card().expect("a card on screen");
    // In a basement.
    phone.device.network.set_online(false);
    let mut words = Vec::new();
    for _ in 0..30 {
        phone.world.pass(Duration::from_secs(30));
        if heard.0.lock().expect("one thread").drain(..).any(|topic| topic == Topic::Status) {
            words.push(shown.view().expect("a view").status.age);
        }
    }
    words.dedup();
    let (first, last) = (words.first().map(String::as_str), words.last().map(String::as_str));
    assert_eq!(
        (words.len() >= 14, first, last),
        (true, Some("Updated 1 minute ago"), Some("Updated 15 minutes ago")),
        "{words:?}"
    );
    drop(shown);
    phone.world.pass(Duration::from_mins(1));
    heard.0.lock().expect("one thread").clear();
    phone.world.pass(HOUR);
    assert_eq!(*heard.0.lock().expect("one thread"), [], "nobody looks any more");
}

#[test]
fn a_refresh_ends_a_waiting_long_poll_and_takes_its_place() {
    let phone = Phone::new(2);
    phone.join();
    phone.refresh().expect("a sync");
    let _shown = phone.wallet().show_card().expect("a card on screen");
    phone.world.pass(Duration::from_secs(3));
    let begin = phone.world.elapsed();
    phone.refresh().expect("a sync");
    assert!(
        phone.world.elapsed().saturating_sub(begin) < Duration::from_secs(2),
        "the refresh waited for the long poll"
    );
}

#[test]
fn nothing_new_is_one_request_and_no_write() {
    let phone = Phone::new(3);
    phone.join();
    phone.refresh().expect("a sync");
    let (heard, _subscription) = hear(&phone);
    let before = phone.backend.log.lock().expect("one thread").len();
    phone.refresh().expect("a sync");
    assert_eq!(phone.backend.log.lock().expect("one thread").len(), before + 1);
    assert_eq!(*heard.0.lock().expect("one thread"), [Topic::Status], "only how old it is has changed");
}

#[test]
fn one_token_refresh_however_many_calls_need_it() {
    let phone = Phone::new(4);
    phone.device.network.set_faults(good());
    phone.join();
    phone.refresh().expect("a sync");
    let _shown = phone.wallet().show_card().expect("a card on screen");
    phone.device.network.set_online(false);
    phone.world.pass(HOUR);
    phone.wallet().claim(COFFEE).expect("a claim");
    let before = phone.backend.requests("POST /v1/auth/token");
    phone.device.network.set_online(true);
    phone.wallet().host_event(HostEvent::NetworkAvailable);
    let results =
        phone.call(|wallet| async move { futures_util::future::join_all((0..5).map(|_| wallet.refresh())).await });
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    assert_eq!(phone.wallet().pending().expect("a view").actions.len(), 0);
    assert_eq!(phone.backend.requests("POST /v1/auth/token") - before, 1);
}

#[test]
fn a_session_that_the_server_ended_keeps_what_waits_and_resumes_after_signing_in() {
    let phone = Phone::new(5);
    phone.join();
    phone.refresh().expect("a sync");
    let member = phone.backend.member_id();
    phone.device.network.set_online(false);
    phone.wallet().claim(COFFEE).expect("a claim");
    phone.backend.post("/sandbox/v1/revoke", &json!({"member": member}));
    phone.device.network.set_online(true);
    assert_eq!(phone.refresh(), Err(Error::SignedOut));
    assert_eq!(phone.wallet().sign_in_state(), Ok(SignInState::Ended));
    assert_eq!(phone.points(), (100, -50, 50), "what was kept stays readable");
    assert!(phone.wallet().card().expect("a view").status.notice.is_some());
    phone.world.pass(DAY);
    phone.join();
    phone.refresh().expect("a sync");
    assert_eq!(phone.wallet().sign_in_state(), Ok(SignInState::SignedIn));
    assert_eq!(phone.points(), (50, 0, 50));
    assert_eq!(phone.backend.audit()["vouchers"], json!(1));
}

#[test]
fn a_server_restored_from_a_backup_is_followed_and_nothing_flickers() {
    let phone = Phone::new(6);
    phone.join();
    phone.refresh().expect("a sync");
    phone.device.network.set_online(false);
    phone.wallet().claim(COFFEE).expect("a claim");
    phone.backend.post("/sandbox/v1/restore", &json!({}));
    phone.device.network.set_online(true);
    phone.refresh().expect("a sync after the restore");
    assert_eq!(phone.points(), (50, 0, 50));
    assert_eq!(phone.wallet().activity(None, 50).expect("a view").lines.len(), 2);
    assert_eq!(phone.wallet().pending().expect("a view").actions, []);
}

#[test]
fn what_the_programme_refuses_is_said_costs_nothing_and_stays_listed_until_dismissed() {
    let phone = Phone::new(8);
    phone.join();
    phone.refresh().expect("a sync");
    phone.device.network.set_online(false);
    let claimed = phone.wallet().claim(COFFEE).expect("a claim");
    phone.backend.post(&format!("/sandbox/v1/rewards/{COFFEE}"), &json!({"cost": 90}));
    phone.device.network.set_online(true);
    phone.refresh().expect("a sync");
    assert_eq!(phone.points(), (100, 0, 100));
    let pending = phone.wallet().pending().expect("a view");
    assert_eq!(pending.actions[0].state, "rejected");
    let sentence = "It costs 90\u{a0}points now. Nothing was taken; claim it again if you want it at that price.";
    assert_eq!(pending.actions[0].text, sentence);
    assert_eq!(phone.wallet().fate(&claimed.key), Ok(ActionFate::Stopped(sentence.to_owned())));
    phone.wallet().discard(&claimed.key).expect("a dismissal");
    assert_eq!(phone.wallet().pending().expect("a view").actions, []);
}

#[test]
fn an_action_that_was_never_sent_can_be_taken_back_and_a_sent_one_cannot() {
    let phone = Phone::new(9);
    phone.join();
    phone.refresh().expect("a sync");
    phone.device.network.set_online(false);
    let unsent = phone.wallet().claim(COFFEE).expect("a claim");
    phone.wallet().discard(&unsent.key).expect("it was never sent");
    assert_eq!(phone.points(), (100, 0, 100));

    phone.device.network.set_online(true);
    phone.device.network.set_faults(Faults { lose_answer: 1000, ..good() });
    let sent = phone.wallet().claim(COFFEE).expect("a claim");
    phone.world.pass(Duration::from_mins(2));
    assert!(matches!(phone.wallet().discard(&sent.key), Err(Error::Refused { code: "was-sent", .. })));
    phone.device.network.set_faults(good());
    phone.refresh().expect("a sync");
    assert_eq!(phone.points(), (50, 0, 50));
}

#[test]
fn an_action_too_old_to_be_sent_ends_in_a_stated_way() {
    // Never sent: nothing was taken.
    let phone = Phone::new(10);
    phone.join();
    phone.refresh().expect("a sync");
    phone.device.network.set_online(false);
    phone.wallet().claim(COFFEE).expect("a claim");
    phone.world.pass(8 * DAY);
    phone.device.network.set_online(true);
    phone.wallet().host_event(HostEvent::NetworkAvailable);
    phone.wait("the end", HOUR, |wallet| wallet.pending().is_ok_and(|view| view.actions[0].state == "expired"));
    assert_eq!(phone.points(), (100, 0, 100));

    // Sent, and the answer lost for longer than the action is good: the server's record decides.
    let phone = Phone::new(11);
    phone.join();
    phone.refresh().expect("a sync");
    phone.device.network.set_faults(Faults { lose_answer: 1000, ..Faults::default() });
    phone.wallet().claim(COFFEE).expect("a claim");
    phone.world.pass(Duration::from_mins(2));
    phone.device.network.set_online(false);
    phone.world.pass(8 * DAY);
    phone.device.network.set_faults(Faults::default());
    phone.device.network.set_online(true);
    phone.wallet().host_event(HostEvent::NetworkAvailable);
    phone.wait("the record", HOUR, |wallet| wallet.pending().is_ok_and(|view| view.waiting == 0));
    assert_eq!(phone.points(), (50, 0, 50));
    assert_eq!(phone.backend.audit()["vouchers"], json!(1));
}

#[test]
fn a_cold_start_without_a_network_shows_everything_and_says_how_old_it_is() {
    let mut phone = Phone::new(12);
    phone.join();
    phone.refresh().expect("a sync");
    phone.backend.accrue(&phone.card_number(), 3500);
    phone.refresh().expect("a sync");
    phone.call(|wallet| async move {
        // What a host does on going to the background.
        wallet.host_event(HostEvent::Background);
    });
    phone.world.pass(Duration::from_secs(1));
    phone.kill();
    phone.device.network.set_online(false);
    phone.world.pass(2 * HOUR);
    phone.start();
    let wallet = phone.wallet();
    let card = wallet.card().expect("a view");
    assert_eq!(card.status.age, "Updated 2 hours ago");
    assert!(!card.status.stale);
    let card = card.card.expect("a card");
    assert_eq!(card.balance.as_deref(), Some("135\u{a0}points"));
    assert!(card.tier.is_some());
    assert!(!wallet.rewards().expect("a view").rewards.is_empty());
    let progress = wallet.tiers().expect("a view").progress.expect("a standing");
    assert_eq!(progress.text.replace('\u{a0}', " "), "365 points to Silver by 31 December 2026");
    assert_eq!(wallet.activity(None, 10).expect("a view").lines.len(), 2);
    assert_eq!(phone.refresh(), Err(Error::Unreachable(Unreachable::NoConnection)));
    phone.world.pass(DAY);
    assert!(phone.wallet().card().expect("a view").status.stale);
}

#[test]
fn observers_hear_of_each_change_and_no_more_after_they_left() {
    let phone = Phone::new(13);
    phone.join();
    phone.refresh().expect("a sync");
    let (heard, subscription) = hear(&phone);
    phone.device.network.set_online(false);
    phone.wallet().claim(COFFEE).expect("a claim");
    let topics = std::mem::take(&mut *heard.0.lock().expect("one thread"));
    for topic in [Topic::Balance, Topic::Pending, Topic::Vouchers, Topic::Activity] {
        assert!(topics.contains(&topic), "{topic:?} in {topics:?}");
    }
    assert!(!topics.contains(&Topic::Tiers), "a claim changes no tier");
    drop(subscription);
    phone.wallet().claim(COFFEE).expect("a claim");
    assert_eq!(*heard.0.lock().expect("one thread"), []);
}

struct Heard(Mutex<Vec<Topic>>);

impl Observer for Heard {
    fn changed(&self, topics: &[Topic]) {
        self.0.lock().expect("one thread").extend(topics);
    }
}

fn hear(phone: &Phone) -> (Arc<Heard>, Subscription) {
    let heard = Arc::new(Heard(Mutex::default()));
    let subscription = phone.wallet().observe(Arc::clone(&heard) as Arc<dyn Observer>);
    (heard, subscription)
}

#[test]
fn two_phones_of_one_member_agree() {
    let world = World::new(14);
    let backend = Backend::new(&world);
    let first = Phone::of(&world, &backend);
    let second = Phone::of(&world, &backend);
    first.join();
    world.pass(Duration::from_mins(1));
    second.join();
    first.refresh().expect("a sync");
    second.refresh().expect("a sync");
    first.wallet().claim(COFFEE).expect("a claim");
    first.refresh().expect("a sync");
    second.refresh().expect("a sync");
    assert_eq!(second.points(), (50, 0, 50));
    assert_eq!(second.wallet().vouchers().expect("a view").vouchers.len(), 1);
}

/// A base of several pages is built beside the old one, also by an app that is killed in between.
#[test]
fn a_base_of_several_pages_survives_kills_while_it_is_built() {
    let mut phone = Phone::new(15);
    phone.join();
    phone.refresh().expect("a sync");
    let number = phone.card_number();
    for _ in 0..520 {
        phone.backend.accrue(&number, 100);
    }
    phone.backend.post("/sandbox/v1/restore", &json!({}));
    phone.device.network.set_faults(Faults { delay: Duration::from_secs(4), ..Faults::default() });
    let mut seen = 0;
    let begin = phone.world.elapsed();
    while phone.points().0 != 620 {
        assert!(phone.world.elapsed().saturating_sub(begin) < HOUR, "the base is never built");
        assert!([100, 620].contains(&phone.points().0), "half a base is shown");
        phone.start();
        seen += 1;
        phone.wallet().host_event(HostEvent::Foreground);
        phone.world.pass(Duration::from_secs(6 + phone.world.below(8)));
    }
    assert!(seen > 1, "no kill came in between");
    let first = phone.wallet().activity(None, 300).expect("a view");
    let second = phone.wallet().activity(first.next, 300).expect("a view");
    assert_eq!(
        (first.lines.len(), second.lines.len(), second.next),
        (300, 200, Some(22)),
        "the newest 500, and older ones with the programme"
    );
    assert_eq!(phone.refresh(), Ok(()));
}

#[test]
fn a_wrong_device_clock_and_a_reboot_change_nothing_that_counts() {
    for (seed, years) in [(16, 30), (17, -20)] {
        let mut phone = Phone::new(seed);
        phone.device.set_clock_skew(years * 365 * 86_400);
        phone.join();
        phone.refresh().expect("a sync");
        assert_eq!(phone.wallet().card().expect("a view").status.age, "Up to date");
        phone.device.network.set_online(false);
        phone.wallet().claim(COFFEE).expect("a claim");
        phone.world.pass(HOUR);
        phone.kill();
        phone.device.reboot();
        phone.start();
        assert_eq!(phone.points(), (100, -50, 50));
        phone.device.network.set_online(true);
        phone.wallet().host_event(HostEvent::NetworkAvailable);
        phone.wait("the claim", HOUR, |wallet| wallet.pending().is_ok_and(|view| view.actions.is_empty()));
        assert_eq!(phone.points(), (50, 0, 50), "{years} years off");
        assert_eq!(phone.wallet().card().expect("a view").status.age, "Up to date");
    }
}

#[test]
fn signing_in_again_while_an_action_is_being_sent_holds_nothing_up() {
    let phone = Phone::new(18);
    phone.join();
    phone.refresh().expect("a sync");
    let shown = phone.wallet().show_card().expect("a card on screen");
    // The request goes out and its answer never comes.
    phone.device.network.set_faults(Faults { lose_answer: 1000, ..Faults::default() });
    phone.wallet().claim(COFFEE).expect("a claim");
    phone.world.pass(Duration::from_secs(1));
    assert_eq!(phone.wallet().pending().expect("a view").actions[0].state, "sending");
    phone.device.network.set_faults(good());
    phone.join();
    phone.wait("the claim", HOUR, |wallet| wallet.pending().is_ok_and(|view| view.actions.is_empty()));
    assert_eq!(phone.points(), (50, 0, 50));
    // The card that was on screen all the while is still live.
    phone.backend.accrue(&phone.card_number(), 3500);
    phone.wait("the points", Duration::from_secs(2), |wallet| {
        wallet.balance().is_ok_and(|view| view.units[0].confirmed == 85)
    });
    drop(shown);
}

/// Without a record of outcomes the points would look free for a moment between the outcome and its page.
#[test]
fn an_outcome_that_was_asked_for_is_an_overlay_until_its_page_is_applied() {
    let phone = Phone::new(19);
    phone.join();
    phone.refresh().expect("a sync");
    phone.device.network.set_faults(Faults { lose_answer: 1000, ..Faults::default() });
    phone.wallet().claim(COFFEE).expect("a claim");
    phone.world.pass(Duration::from_mins(2));
    phone.device.network.set_online(false);
    phone.world.pass(8 * DAY);
    phone.device.network.set_faults(Faults { delay: Duration::from_secs(2), ..Faults::default() });
    phone.device.network.set_online(true);
    phone.wallet().host_event(HostEvent::NetworkAvailable);
    let begin = phone.world.elapsed();
    while phone.wallet().pending().expect("a view").waiting > 0 {
        assert_eq!(phone.points().2, 50, "points looked free");
        assert!(phone.world.elapsed().saturating_sub(begin) < HOUR, "the outcome is never known");
        phone.world.pass(Duration::from_millis(50));
    }
    assert_eq!(phone.points(), (50, 0, 50));
}
