//! What answers is not the Member API, or only half of it: a sentence each, nothing lost, nothing decided.

mod support;

use std::sync::Arc;
use std::time::Duration;

use member_core::ports::simulated::Server;
use member_core::ports::{HttpAnswer, HttpRequest};
use member_core::{Address, Error, HostEvent, OneTimeCode, SignInState, Unreachable};
use support::{COFFEE, Phone};

/// A server that answers everything alike.
fn always(status: u16, content_type: &'static str, body: impl Into<bytes::Bytes>) -> Server {
    let body = body.into();
    Arc::new(move |_: HttpRequest| {
        let body = body.clone();
        Box::pin(async move {
            let mut headers = http::HeaderMap::new();
            headers.insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static(content_type));
            headers.insert(http::header::LOCATION, http::HeaderValue::from_static("http://elsewhere/"));
            // A portal's clock is nobody's business.
            headers.insert(http::header::DATE, http::HeaderValue::from_static("Mon, 01 Jan 2001 00:00:00 GMT"));
            HttpAnswer { status: http::StatusCode::from_u16(status).expect("a status"), headers, body }
        })
    })
}

fn strange_servers() -> Vec<(&'static str, Server, Unreachable)> {
    const JSON: &str = "application/json";
    const HTML: &str = "text/html; charset=utf-8";
    const PROBLEM: &str = "application/problem+json";
    let oversized = vec![b' '; 9 * 1024 * 1024];
    vec![
        ("a page", always(200, HTML, "<html>Welcome</html>"), Unreachable::NotOurs),
        ("a page that says JSON", always(200, JSON, "<html>Welcome</html>"), Unreachable::NotOurs),
        ("a redirect", always(302, HTML, ""), Unreachable::NotOurs),
        ("a portal", always(403, HTML, "<html>Please sign in</html>"), Unreachable::NotOurs),
        ("a portal that says 401", always(401, HTML, "<html>Please sign in</html>"), Unreachable::NotOurs),
        ("half a document", always(200, JSON, r#"{"changes":[{"kind":"member","id":"m","val"#), Unreachable::NotOurs),
        ("another program", always(200, JSON, r#"{"hello":"world"}"#), Unreachable::NotOurs),
        ("nothing", always(204, JSON, ""), Unreachable::NotOurs),
        ("not found", always(404, HTML, "<html>nginx</html>"), Unreachable::NotOurs),
        ("somebody's problem", always(409, PROBLEM, r#"{"type":"about:blank"}"#), Unreachable::NotOurs),
        ("a gateway", always(502, HTML, "<html>Bad gateway</html>"), Unreachable::Outage),
        ("an overload", always(429, HTML, ""), Unreachable::Outage),
        ("a flood", always(200, JSON, oversized), Unreachable::TooLarge),
    ]
}

#[test]
fn a_strange_server_decides_nothing_and_the_claim_takes_effect_once_it_is_gone() {
    for (seed, (name, strange, expected)) in (100..).zip(strange_servers()) {
        let phone = Phone::new(seed);
        phone.join();
        phone.refresh().expect("a sync");
        phone.device.network.set_server(strange);
        let claimed = phone.wallet().claim(COFFEE).expect("a claim");
        assert_eq!(phone.refresh(), Err(Error::Unreachable(expected)), "{name}");
        phone.world.pass(Duration::from_mins(30));
        assert_eq!(phone.wallet().sign_in_state(), Ok(SignInState::SignedIn), "{name} ended the session");
        let pending = phone.wallet().pending().expect("a view").actions;
        assert_eq!((pending.len(), pending[0].state), (1, "queued"), "{name}");
        assert_eq!(phone.points(), (100, -50, 50), "{name}");
        assert!(phone.wallet().card().expect("a view").status.age.contains("30 minutes"), "{name} set the clock");

        phone.device.network.set_server(phone.backend.server());
        phone.wallet().host_event(HostEvent::NetworkAvailable);
        phone.wait(name, Duration::from_mins(20), |wallet| wallet.pending().is_ok_and(|view| view.actions.is_empty()));
        assert_eq!(phone.points(), (50, 0, 50), "{name}");
        assert_eq!(phone.backend.audit()["vouchers"], 1, "{name}");
        assert!(phone.wallet().fate(&claimed.key).is_ok());
    }
}

#[test]
fn joining_at_a_strange_server_is_said_and_leaves_nothing() {
    for (seed, (name, strange, expected)) in (200..).zip(strange_servers()) {
        let phone = Phone::new(seed);
        phone.device.network.set_server(strange);
        let asked = phone
            .call(|wallet| async move { wallet.request_code(Address::Email(support::EMAIL.to_owned()), None).await });
        assert_eq!(asked.err(), Some(Error::Unreachable(expected)), "{name}");
        assert_eq!(phone.wallet().sign_in_state(), Ok(SignInState::SignedOut), "{name}");
    }
}

#[test]
fn a_server_that_does_not_hold_requests_is_not_asked_in_a_circle() {
    let phone = Phone::new(300);
    phone.join();
    phone.refresh().expect("a sync");
    // It answers "nothing new" at once, whatever `wait` says.
    phone.device.network.set_server(always(304, "application/json", ""));
    let answered = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let (counter, inner) = (Arc::clone(&answered), always(304, "application/json", ""));
    phone.device.network.set_server(Arc::new(move |request| {
        counter.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        inner(request)
    }));
    let _shown = phone.wallet().show_card().expect("a card on screen");
    phone.world.pass(Duration::from_hours(1));
    let asked = answered.load(std::sync::atomic::Ordering::Relaxed);
    assert!((1..200).contains(&asked), "{asked} requests in an hour");
}

#[test]
fn a_wrong_code_an_expired_one_and_one_nobody_asked_for() {
    let phone = Phone::new(301);
    let sign_in = |code: &str| {
        let code = OneTimeCode::new(code);
        phone.call(|wallet| async move { wallet.sign_in(code).await })
    };
    assert!(matches!(sign_in("123456"), Err(Error::Refused { code: "no-code-asked", .. })));
    assert!(matches!(sign_in("12345"), Err(Error::InvalidInput(_))));
    let ask = || {
        phone.call(|wallet| async move {
            let join = member_core::JoinDetails {
                name: "Ada".to_owned(),
                language: "en".to_owned(),
                terms: "2026-01".to_owned(),
            };
            wallet.request_code(Address::Email(support::EMAIL.to_owned()), Some(join)).await
        })
    };
    ask().expect("a code");
    let right = phone.backend.last_code();
    let wrong = if right.reveal() == "000000" { "000001" } else { "000000" };
    assert!(matches!(sign_in(wrong), Err(Error::Refused { code: "code-refused", .. })));
    assert_eq!(phone.wallet().sign_in_state(), Ok(SignInState::CodeSent));
    phone.world.pass(Duration::from_mins(11));
    assert!(matches!(sign_in(right.reveal()), Err(Error::Refused { code: "code-refused", .. })));
    ask().expect("a code");
    let fresh = phone.backend.last_code();
    assert_eq!(sign_in(fresh.reveal()), Ok(()));
}

#[test]
fn what_the_rules_refuse_is_refused_before_it_is_queued() {
    let phone = Phone::new(302);
    assert_eq!(phone.wallet().claim(COFFEE).err(), Some(Error::SignedOut));
    phone.join();
    phone.device.network.set_online(false);
    phone.world.pass(Duration::from_secs(1));
    phone.device.network.set_online(true);
    phone.refresh().expect("a sync");
    let code = |reward: &str| match phone.wallet().claim(reward) {
        Err(Error::Refused { code, text }) => {
            assert!(!text.is_empty());
            code
        }
        other => panic!("{reward}: {other:?}"),
    };
    assert_eq!(code("no-such-reward"), "unknown-reward");
    assert_eq!(code("'; DROP TABLE outbox; --"), "unknown-reward");
    assert_eq!(code("gold-tasting"), "tier-required");
    phone.device.network.set_online(false);
    phone.wallet().claim(COFFEE).expect("the first");
    phone.wallet().claim(COFFEE).expect("the second");
    assert_eq!(code(COFFEE), "insufficient-points", "what is pending is spent already");
    assert_eq!(phone.wallet().pending().expect("a view").actions.len(), 2);
}
