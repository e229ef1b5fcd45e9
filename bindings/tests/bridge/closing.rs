//! Closing: what runs ends with a word, the home is free at once, and a second time does nothing.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, OnceLock, mpsc};
use std::time::{Duration, Instant};

use member_ffi::{HostEvent, Wallet, WalletError};

use crate::support::{Backend, COFFEE, Hears, Host, points, wait};

fn is_closed<T>(result: Result<T, WalletError>) -> bool {
    matches!(result, Err(WalletError::Closed { code, text }) if code == "closed" && text.ends_with('.'))
}

#[test]
fn a_closed_wallet_says_so_and_its_home_is_free() {
    let backend = Backend::start();
    let host = Host::new(backend.url());
    let wallet = host.open().expect("a wallet");
    host.join(&wallet, &backend);
    let session = wait(wallet.show_card()).expect("a session");
    wait(wallet.close());
    wait(wallet.close());
    assert!(is_closed(wait(wallet.card())) && is_closed(wallet.card_now()) && is_closed(wait(session.view())));
    assert!(is_closed(wait(wallet.refresh())) && is_closed(wait(wallet.sign_in("123456".to_owned()))));
    assert!(is_closed(wallet.observe(Arc::new(Hears(|_| Ok(()))))) && is_closed(wallet.take_notice()));
    wallet.host_event(HostEvent::Foreground);
    // Both objects are still held by the host.
    let again = host.open().expect("the home is free");
    assert_eq!(points(&again), (100, 0, 100));
    drop((wallet, session));
}

#[test]
fn calls_that_run_while_the_wallet_is_closed_end_with_a_word() {
    let backend = Backend::start();
    let host = Host::new(backend.url());
    let mut wallet = host.open().expect("a wallet");
    host.join(&wallet, &backend);
    for _ in 0..10 {
        let (begun, first_calls) = mpsc::channel();
        let ended = std::thread::scope(|scope| {
            let calls: Vec<_> = (0..6)
                .map(|number| {
                    let (wallet, begun): (&Wallet, _) = (&wallet, begun.clone());
                    scope.spawn(move || {
                        let mut calls = 0;
                        loop {
                            let result = match number % 3 {
                                0 => wait(wallet.refresh()),
                                1 => wait(wallet.card()).map(drop),
                                _ => wait(wallet.balance()).map(drop),
                            };
                            calls += 1;
                            // The first has begun; whether anybody still waits does not matter.
                            let _ = begun.send(());
                            if let Err(error) = result {
                                break (is_closed(Err::<(), _>(error.clone())), error, calls);
                            }
                        }
                    })
                })
                .collect();
            for _ in 0..6 {
                first_calls.recv().expect("calls");
            }
            wait(wallet.close());
            calls.into_iter().map(|call| call.join().expect("no panic")).collect::<Vec<_>>()
        });
        for (closed, error, calls) in ended {
            assert!(closed && calls > 0, "{error:?}");
        }
        wallet = host.open().expect("the home is free");
    }
}

#[test]
fn a_card_that_comes_on_screen_during_the_closing_does_not_hold_the_home() {
    let backend = Backend::start();
    let host = Host::new(backend.url());
    let wallet = host.open().expect("a wallet");
    host.join(&wallet, &backend);
    wait(wallet.close());
    for _ in 0..50 {
        let wallet = host.open().expect("the home is free");
        std::thread::scope(|scope| {
            let shown = scope.spawn(|| {
                let mut shown = Vec::new();
                while let Ok(session) = wait(wallet.show_card()) {
                    // As a host that never ends one.
                    let _ = (session.view_now(), wait(session.view()));
                    shown.push(session);
                }
                shown
            });
            // At another moment of it each time.
            wallet.host_event(HostEvent::Foreground);
            wait(wallet.close());
            drop(host.open().expect("the home is free"));
            shown.join().expect("no panic");
        });
    }
}

#[test]
fn a_request_that_hangs_does_not_hold_the_home() {
    // It accepts and never answers.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let host = Host::new(format!("http://{}", silent.local_addr().expect("an address")));
    let wallet = host.open().expect("a wallet");
    let begun = Instant::now();
    std::thread::scope(|scope| {
        let call = scope.spawn(|| {
            let address = member_ffi::Address::Email { address: host.email.clone() };
            wait(wallet.request_code(address, None))
        });
        let (connection, _) = silent.accept().expect("the request");
        wait(wallet.close());
        assert!(is_closed(call.join().expect("no panic")));
        drop(connection);
    });
    host.open().expect("the home is free");
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
}

#[test]
fn an_observer_that_waits_for_the_closing_is_not_waited_for() {
    let backend = Backend::start();
    let host = Host::new(backend.url());
    let wallet = host.open().expect("a wallet");
    host.join(&wallet, &backend);
    host.network.0.store(false, Ordering::SeqCst);
    let itself: Arc<OnceLock<Arc<Wallet>>> = Arc::default();
    let closed_after = Arc::new(Mutex::new(None));
    let closes = {
        let (itself, closed_after) = (Arc::clone(&itself), Arc::clone(&closed_after));
        Hears(move |_| {
            let begun = Instant::now();
            wait(itself.get().expect("the wallet").close());
            closed_after.lock().expect("no panic").get_or_insert(begun.elapsed());
            Ok(())
        })
    };
    itself.set(Arc::clone(&wallet)).unwrap_or_else(|_| panic!("set once"));
    let subscription = wallet.observe(Arc::new(closes)).expect("a subscription");
    wait(wallet.claim(COFFEE.to_owned())).expect("durable before the observer heard");
    let after = closed_after.lock().expect("no panic").expect("the observer was called");
    assert!(after < Duration::from_secs(8), "{after:?}");
    subscription.cancel();
    assert_eq!(points(&host.open().expect("the home is free")), (100, -50, 50));
}

#[test]
fn a_wallet_that_is_dropped_leaves_its_home_free() {
    let backend = Backend::start();
    let host = Host::new(backend.url());
    for _ in 0..20 {
        let wallet = host.open().expect("the home is free");
        let subscription = wallet.observe(Arc::new(Hears(|_| Ok(())))).expect("a subscription");
        drop(wallet);
        drop(subscription);
    }
}
