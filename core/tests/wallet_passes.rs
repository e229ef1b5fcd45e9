//! Passes for other wallets, through the real core and the real sandbox: what comes, and what is said where nothing comes.

mod support;

use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, HeaderMap};
use member_core::ports::HttpAnswer;
use member_core::ports::simulated::World;
use member_core::{Error, SignInState, Unreachable, WalletKind, WalletPass};
use member_sandbox::Programme;
use member_sandbox::programme::Payload;
use serde_json::json;
use support::{Backend, Phone, good};

fn phone(seed: u64) -> Phone {
    let world = World::new(seed);
    let programme = Programme::named("market").expect("the programme").with_payload(Payload::Rotating);
    let phone = Phone::of(&world, &Backend::of(&world, programme));
    phone.device.network.set_faults(good());
    phone.join();
    phone
}

fn pass(phone: &Phone, kind: WalletKind) -> Result<WalletPass, Error> {
    phone.call(move |wallet| async move { wallet.wallet_pass(kind).await })
}

fn given(phone: &Phone) -> usize {
    phone.backend.get("/sandbox/v1/passes")["passes"].as_array().expect("passes").len()
}

/// From now on the network answers requests for passes so.
fn answer_with(phone: &Phone, status: u16, content_type: &'static str, body: &'static str) {
    let server = phone.backend.server();
    phone.device.network.set_server(Arc::new(move |request| {
        if !request.url.path().starts_with("/v1/card/passes/") {
            return server(request);
        }
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, content_type.parse().expect("a type"));
        let status = StatusCode::from_u16(status).expect("a status");
        Box::pin(async move { HttpAnswer { status, headers, body: body.into() } })
    }));
}

#[test]
fn each_wallet_gets_its_pass_and_the_same_one_again() {
    let phone = phone(1);
    for _ in 0..2 {
        let Ok(WalletPass::Apple(file)) = pass(&phone, WalletKind::Apple) else { panic!("no pass") };
        assert!(file.starts_with(b"PK") && file.windows(13).any(|window| window == b"manifest.json"));
        let Ok(WalletPass::Google(link)) = pass(&phone, WalletKind::Google) else { panic!("no link") };
        assert!(link.starts_with("https://pay.google.com/gp/v/save/"), "{link}");
        assert_eq!(given(&phone), 2, "one of each");
    }
    let shown = format!("{:?} {:?}", pass(&phone, WalletKind::Apple), pass(&phone, WalletKind::Google));
    assert_eq!(shown, "Ok(Apple(..)) Ok(Google(..))", "a link is for its member alone");
}

#[test]
fn an_access_token_that_has_run_out_is_renewed_on_the_way() {
    let phone = phone(2);
    let member = phone.backend.member_id();
    phone.backend.post("/sandbox/v1/expire-access", &json!({ "member": member }));
    pass(&phone, WalletKind::Google).expect("a link");
    assert_eq!(phone.backend.requests("POST /v1/card/passes/google"), 2, "once with each token");
}

#[test]
fn without_a_network_it_is_said_and_nothing_waits() {
    let phone = phone(3);
    phone.device.network.set_online(false);
    for kind in [WalletKind::Apple, WalletKind::Google] {
        assert_eq!(pass(&phone, kind), Err(Error::Unreachable(Unreachable::NoConnection)));
    }
    phone.device.network.set_online(true);
    phone.world.pass(Duration::from_mins(10));
    assert_eq!((given(&phone), phone.wallet().pending().expect("a view").actions.len()), (0, 0));
    pass(&phone, WalletKind::Apple).expect("a pass");
}

#[test]
fn a_lost_answer_costs_nothing() {
    let phone = phone(4);
    let lost = json!({"rules": [{"path": "/v1/card/passes", "fault": "lose-response", "times": 1}]});
    phone.backend.post("/sandbox/v1/faults", &lost);
    assert!(matches!(pass(&phone, WalletKind::Google), Err(Error::Unreachable(_))));
    assert_eq!(given(&phone), 1, "it was made");
    pass(&phone, WalletKind::Google).expect("a link");
    assert_eq!(given(&phone), 1, "and is given out again");
}

#[test]
fn nobody_who_is_signed_out_or_whose_session_ended_gets_one() {
    let phone = phone(5);
    let member = phone.backend.member_id();
    phone.backend.post("/sandbox/v1/revoke", &json!({ "member": member }));
    assert_eq!(pass(&phone, WalletKind::Apple), Err(Error::SignedOut));
    assert_eq!(phone.wallet().sign_in_state(), Ok(SignInState::Ended));
    assert_eq!(pass(&phone, WalletKind::Google), Err(Error::SignedOut));
    assert_eq!(given(&phone), 0);

    let world = World::new(6);
    let stranger = Phone::of(&world, &Backend::new(&world));
    assert_eq!(pass(&stranger, WalletKind::Apple), Err(Error::SignedOut));
}

#[test]
fn a_blocked_card_and_a_programme_without_passes_are_refusals_with_their_sentence() {
    let phone = phone(7);
    let text = phone.wallet().text();
    answer_with(
        &phone,
        404,
        "application/problem+json",
        r#"{"type":"urn:member-core:problem:not-found","title":"-","status":404,"detail":"-"}"#,
    );
    let error = pass(&phone, WalletKind::Apple).expect_err("an older backend");
    assert_eq!(error.code(), "no-pass");
    assert_eq!(
        error.explain(text),
        "The programme has no pass for this wallet. The card in the app works at the till."
    );

    phone.device.network.set_server(phone.backend.server());
    let member = phone.backend.member_id();
    phone.backend.post("/sandbox/v1/revoke", &json!({"member": member, "card": true, "sessions": false}));
    let error = pass(&phone, WalletKind::Google).expect_err("blocked");
    assert_eq!(error.code(), "card-revoked");
    assert!(error.explain(text).starts_with("This card is blocked"));
}

#[test]
fn what_is_no_pass_never_reaches_the_host() {
    let phone = phone(8);
    let json = "application/json";
    let cases = [
        (WalletKind::Apple, "text/html", "<html>Welcome to the hotel</html>"),
        (WalletKind::Apple, "application/vnd.apple.pkpass", "<html>"),
        (WalletKind::Apple, "application/zip", "PK\u{3}\u{4}"),
        (WalletKind::Google, "text/html", "<html>"),
        (WalletKind::Google, json, r#"{"link":"https://pay.google.com/gp/v/save/a.b.c"}"#),
        (WalletKind::Google, json, r#"{"save_url":"http://pay.google.com/gp/v/save/a.b.c"}"#),
        (WalletKind::Google, json, r#"{"save_url":"https://pay.google.com.example.org/gp/v/save/a.b.c"}"#),
        (WalletKind::Google, json, r#"{"save_url":"https://pay.google.com@example.org/gp/v/save/a.b.c"}"#),
        (WalletKind::Google, json, r#"{"save_url":"https://pay.google.com/other"}"#),
        (WalletKind::Google, json, r#"{"save_url":"javascript:alert(1)"}"#),
    ];
    for (kind, content_type, body) in cases {
        answer_with(&phone, 200, content_type, body);
        assert_eq!(pass(&phone, kind), Err(Error::Unreachable(Unreachable::NotOurs)), "{body}");
    }
    // The control: this one is passed on.
    answer_with(&phone, 200, json, r#"{"save_url":"https://pay.google.com/gp/v/save/a.b.c"}"#);
    let link = WalletPass::Google("https://pay.google.com/gp/v/save/a.b.c".to_owned());
    assert_eq!(pass(&phone, WalletKind::Google), Ok(link));
}
