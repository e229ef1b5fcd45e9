//! Calls and views: what arrives, in which words, and on which thread.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use member_ffi::{
    ActionFate, Address, Card, CodeSent, SignInState, Symbol, Symbology, TierPlace, Topic, VoucherPlace, WalletConfig,
    WalletError,
};

use crate::support::{Backend, COFFEE, Hears, Host, NAME, card_number, eventually, points, wait};

#[test]
fn labels_are_in_the_language_that_was_asked_for() {
    assert_eq!(member_ffi::labels("en").sign_in, "Sign in");
    assert_eq!(member_ffi::labels("pl-PL").sign_in, "Zaloguj się");
    assert_eq!(member_ffi::labels("tlh"), member_ffi::labels("en"));
}

#[test]
fn one_field_serves_both_kinds_of_address() {
    let (mail, phone) = (member_ffi::parse_address(" ada@example.org"), member_ffi::parse_address("0048 123 456 789"));
    assert!(mail == Address::Email { address: "ada@example.org".to_owned() });
    assert!(phone == Address::Phone { number: "+48123456789".to_owned() });
}

#[test]
fn a_symbol_says_how_it_is_drawn() {
    let symbol = Symbol { symbology: Symbology::Qr, width: 21, height: 21, modules: vec![0; 441] };
    let drawing = member_ffi::symbol_drawing(&symbol, 420.0, 1080).expect("room enough");
    assert_eq!((drawing.module_pixels, drawing.row_pixels), (15, 15));
    assert_eq!((drawing.left_pixels, drawing.top_pixels), (60, 60));
    assert_eq!((drawing.width_pixels, drawing.height_pixels), (435, 435));
    assert!((drawing.module_mm - 0.907).abs() < 0.001);
    assert_eq!(member_ffi::symbol_drawing(&symbol, 420.0, 100), None);
    // Bars: one row, as tall as it is to be, and a quiet zone at both ends only.
    let symbol = Symbol { symbology: Symbology::Ean13, width: 95, height: 1, modules: vec![0; 95] };
    let drawing = member_ffi::symbol_drawing(&symbol, 420.0, 1080).expect("room enough");
    assert_eq!((drawing.module_pixels, drawing.row_pixels), (8, 552));
    assert_eq!((drawing.left_pixels, drawing.top_pixels), (88, 0));
    assert_eq!((drawing.width_pixels, drawing.height_pixels), (904, 552));
}

#[test]
fn a_member_joins_and_every_view_has_something_to_show() {
    let backend = Backend::start();
    let host = Host::new(backend.url());
    let wallet = host.open().expect("a wallet");
    assert_eq!(wait(wallet.sign_in_state()), Ok(SignInState::SignedOut));
    let address = Address::Email { address: host.email.clone() };
    let sent = wait(wallet.request_code(address, Some(Host::join_details()))).expect("a code on its way");
    assert_eq!(sent, CodeSent { expires_in: 600, digits: 6 });
    assert_eq!(wait(wallet.sign_in_state()), Ok(SignInState::CodeSent));
    wait(wallet.sign_in(backend.code(&host.email))).expect("a session");
    wait(wallet.refresh()).expect("a sync");
    assert_eq!(wait(wallet.sign_in_state()), Ok(SignInState::SignedIn));

    let view = wait(wallet.card()).expect("a view");
    assert_eq!(Ok(&view), wallet.card_now().as_ref());
    assert!(!view.status.stale && view.status.last_contact.is_some_and(|at| at > 1_700_000_000_000));
    let card = view.card.expect("a card");
    assert_eq!(card.member, NAME);
    let Symbol { symbology, width, height, modules } = &card.symbol;
    assert_eq!((usize::try_from(width * height), *symbology), (Ok(modules.len()), Symbology::Qr));
    // The top of the finder patterns in the two upper corners, dark.
    assert_eq!(
        (&modules[..8], &modules[*width as usize - 8..*width as usize]),
        (&[1, 1, 1, 1, 1, 1, 1, 0][..], &[0, 1, 1, 1, 1, 1, 1, 1][..])
    );

    assert_eq!(points(&wallet), (100, 0, 100));
    let tiers = wait(wallet.tiers()).expect("a view");
    assert_eq!(tiers.tiers.iter().filter(|tier| tier.place == TierPlace::Current).count(), 1);
    let rewards = wait(wallet.rewards()).expect("a view").rewards;
    assert!(rewards.iter().any(|reward| reward.id == COFFEE && reward.can_claim));
    assert!(rewards.iter().any(|reward| !reward.can_claim && reward.why_not.is_some()));
    let activity = wait(wallet.activity(None, 50)).expect("a view");
    assert_eq!(activity.lines.iter().map(|line| line.amount).collect::<Vec<_>>(), [100]);
    assert!(wait(wallet.vouchers()).expect("a view").empty.is_some());
    assert_eq!(wait(wallet.pending()).expect("a view").waiting, 0);
    assert_eq!(wallet.take_notice(), Ok(None));
}

#[test]
fn a_claim_made_offline_survives_a_restart_and_brings_one_voucher() {
    let mut backend = Backend::start();
    let host = Host::new(backend.url());
    let wallet = host.open().expect("a wallet");
    host.join(&wallet, &backend);
    host.network.0.store(false, Ordering::SeqCst);
    backend.down();

    let claimed = wait(wallet.claim(COFFEE.to_owned())).expect("a claim");
    assert_eq!(points(&wallet), (100, -50, 50));
    assert_eq!(wait(wallet.pending()).expect("a view").actions[0].key, claimed.key);
    let voucher = &wait(wallet.vouchers()).expect("a view").vouchers[0];
    assert_eq!((voucher.place, &voucher.code), (VoucherPlace::Pending, &None));
    wait(wallet.close());

    let wallet = host.open().expect("the wallet again");
    assert!(matches!(wait(wallet.fate(claimed.key.clone())), Ok(ActionFate::Waiting { .. })));
    backend.up();
    host.network.0.store(true, Ordering::SeqCst);
    wait(wallet.refresh()).expect("a sync");
    assert_eq!(wait(wallet.fate(claimed.key)), Ok(ActionFate::Confirmed));
    assert_eq!(points(&wallet), (50, 0, 50));
    let vouchers = wait(wallet.vouchers()).expect("a view").vouchers;
    assert_eq!(vouchers.len(), 1);
    assert!(vouchers[0].place == VoucherPlace::Ready && vouchers[0].code.is_some() && vouchers[0].symbol.is_some());
}

#[test]
fn what_was_never_sent_can_be_taken_back() {
    let backend = Backend::start();
    let host = Host::new(backend.url());
    let wallet = host.open().expect("a wallet");
    host.join(&wallet, &backend);
    host.network.0.store(false, Ordering::SeqCst);
    let claimed = wait(wallet.claim(COFFEE.to_owned())).expect("a claim");
    wait(wallet.discard(claimed.key.clone())).expect("taken back");
    assert_eq!(points(&wallet), (100, 0, 100));
    assert_eq!(code(&wait(wallet.discard(claimed.key)).unwrap_err()), ("refused", "unknown-action"));
}

#[test]
fn points_arrive_while_the_card_is_shown() {
    let backend = Backend::start();
    let host = Host::new(backend.url());
    let wallet = host.open().expect("a wallet");
    host.join(&wallet, &backend);
    let session = wait(wallet.show_card()).expect("a session");
    assert_eq!(wait(session.view()).expect("a view").card.expect("a card").arrived, None);
    backend.accrue(&card_number(&wallet), 3500);
    let arrived = eventually("the points of the purchase", || session.view_now().expect("a view").card?.arrived);
    assert!(arrived.contains("35"), "{arrived}");
    session.end();
    session.end();
    assert_eq!(wait(session.view()).expect("a view").card.expect("a card").arrived, None, "the session has ended");
}

#[test]
fn what_blocks_on_the_disk_runs_on_the_cores_threads() {
    let backend = Backend::start();
    let host = Host::new(backend.url());
    let wallet = host.open().expect("a wallet");
    host.join(&wallet, &backend);
    host.network.0.store(false, Ordering::SeqCst);
    let heard = Arc::new(Mutex::new(Vec::new()));
    let observer = {
        let heard = Arc::clone(&heard);
        Hears(move |topics: Vec<Topic>| {
            // An observer runs on the thread that committed.
            let thread = std::thread::current().name().map(str::to_owned);
            heard.lock().expect("no panic").push((thread, topics.contains(&Topic::Balance)));
            Ok(())
        })
    };
    let subscription = wallet.observe(Arc::new(observer)).expect("a subscription");
    wait(wallet.claim(COFFEE.to_owned())).expect("a claim");
    assert_eq!(*heard.lock().expect("no panic"), [(Some("member-core".to_owned()), true)]);
    subscription.cancel();
}

#[test]
fn each_kind_of_error_has_its_code_and_its_sentence() {
    let backend = Backend::start();
    let host = Host::new(backend.url());
    let wallet = host.open().expect("a wallet");
    assert_eq!(code(&wait(wallet.card()).unwrap_err()), ("signed-out", "signed-out"));
    assert_eq!(code(&wallet.card_now().unwrap_err()), ("signed-out", "signed-out"));
    let nonsense = Address::Phone { number: "12".to_owned() };
    assert_eq!(code(&wait(wallet.request_code(nonsense, None)).unwrap_err()), ("invalid-input", "invalid-address"));
    assert_eq!(code(&wait(wallet.sign_in("12".to_owned())).unwrap_err()), ("invalid-input", "invalid-code"));
    assert_eq!(code(&wait(wallet.sign_in("123456".to_owned())).unwrap_err()), ("refused", "no-code-asked"));
    host.join(&wallet, &backend);
    assert_eq!(code(&wait(wallet.claim("gone".to_owned())).unwrap_err()), ("refused", "unknown-reward"));
    assert_eq!(code(&wait(wallet.fate("x".to_owned())).unwrap_err()), ("invalid-input", "invalid-key"));
    assert_eq!(code(&host.open().map(drop).unwrap_err()), ("unusable", "home-in-use"));

    let nowhere = Host::new("ftp://example.org".to_owned());
    assert_eq!(code(&nowhere.open().map(drop).unwrap_err()), ("invalid-input", "invalid-server"));
    let closed_port = Host::new("http://127.0.0.1:9".to_owned());
    let wallet = closed_port.open().expect("a wallet");
    let address = Address::Email { address: closed_port.email.clone() };
    assert_eq!(code(&wait(wallet.request_code(address, None)).unwrap_err()), ("unreachable", "no-connection"));
}

/// The kind and the code; the sentence is there, and is the error's own text.
fn code(error: &WalletError) -> (&'static str, &str) {
    let (kind, code, text) = match error {
        WalletError::SignedOut { code, text } => ("signed-out", code, text),
        WalletError::Unreachable { code, text } => ("unreachable", code, text),
        WalletError::Refused { code, text } => ("refused", code, text),
        WalletError::InvalidInput { code, text } => ("invalid-input", code, text),
        WalletError::Unusable { code, text } => ("unusable", code, text),
        WalletError::Closed { code, text } => ("closed", code, text),
        WalletError::Internal { code, text } => ("internal", code, text),
    };
    assert!(text.ends_with('.') && text.contains(' '), "{text:?}");
    assert_eq!(error.to_string(), *text);
    (kind, code)
}

#[test]
fn sentences_are_in_the_language_that_was_asked_for() {
    let host = Host::new("http://127.0.0.1:9".to_owned());
    for language in member_core::text::Text::languages() {
        let config = WalletConfig { language: language.to_owned(), ..host.config() };
        let wallet = host.open_as(config).expect("a wallet");
        let text = member_core::text::Text::new(language);
        assert_eq!(wait(wallet.card()).unwrap_err().to_string(), member_core::Error::SignedOut.explain(&text));
        wait(wallet.close());
        assert_eq!(wait(wallet.card()).unwrap_err().to_string(), member_core::Error::Closed.explain(&text));
    }
}

#[test]
fn debug_shows_no_person_no_number_and_no_code() {
    let backend = Backend::start();
    let host = Host::new(backend.url());
    let wallet = host.open().expect("a wallet");
    host.join(&wallet, &backend);
    wait(wallet.claim(COFFEE.to_owned())).expect("a claim");
    wait(wallet.refresh()).expect("a sync");
    let card = wallet.card_now().expect("a view");
    let vouchers = wait(wallet.vouchers()).expect("a view");
    let shown = format!(
        "{card:?} {vouchers:?} {:?} {:?} {:?}",
        Host::join_details(),
        Address::Email { address: host.email.clone() },
        Address::Phone { number: "+48123456789".to_owned() },
    );
    let Card { number, .. } = card.card.expect("a card");
    let voucher = vouchers.vouchers[0].code.clone().expect("a code");
    for hidden in [NAME, &host.email, &number, &number.replace(' ', ""), &voucher, "123456789"] {
        assert!(!shown.contains(hidden), "{hidden} is shown");
    }
}

#[test]
fn many_threads_may_call_at_once() {
    let backend = Backend::start();
    let host = Host::new(backend.url());
    let wallet = host.open().expect("a wallet");
    host.join(&wallet, &backend);
    std::thread::scope(|scope| {
        for number in 0..8 {
            let wallet = &wallet;
            scope.spawn(move || {
                for round in 0..25 {
                    match (number + round) % 5 {
                        0 => drop(wait(wallet.card()).expect("a view")),
                        1 => drop(wait(wallet.pending()).expect("a view")),
                        2 => drop(wait(wallet.activity(None, 10)).expect("a view")),
                        3 => wait(wallet.refresh()).expect("a sync"),
                        _ => drop(wallet.observe(Arc::new(Hears(|_| Ok(())))).expect("a subscription")),
                    }
                }
            });
        }
    });
    assert_eq!(points(&wallet), (100, 0, 100));
}
