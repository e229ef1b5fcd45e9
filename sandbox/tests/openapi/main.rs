//! The running server against its descriptions (docs/member-api.yaml, sandbox/sandbox-api.yaml), over real HTTP.
//!
//! Every operation is driven through each answer that it declares; each answer is held to its schema, and there a field that
//! is not described counts as a fault, although clients must pass it over.

mod description;
mod drive;
mod listener;
mod server;

use std::collections::BTreeSet;

use serde_json::json;

use crate::description::Description;
use crate::server::{Reply, with_server};

#[test]
fn every_operation_gives_every_answer_that_it_declares_and_no_other() {
    let description = Description::load();
    with_server(|server| async move {
        let mut driver = drive::Driver::new(server, &description);
        driver.drive_all().await;
        let (answers, problems) = driver.seen();

        let missing: Vec<_> = description.declared().difference(&answers).cloned().collect();
        assert!(missing.is_empty(), "declared but never given: {missing:#?}");
        // The sandbox answers each request inside one transaction, so it never sees another one of the same key under way.
        let unreachable = BTreeSet::from(["in-flight".to_owned()]);
        let missing: Vec<_> = description.problems().difference(&problems).cloned().collect();
        assert_eq!(missing, Vec::from_iter(unreachable), "problems that were never given");
    });
}

#[test]
fn the_router_and_the_descriptions_have_the_same_routes() {
    let described = Description::load().operations();
    let routed: BTreeSet<_> =
        member_sandbox::Sandbox::routes().map(|(method, path)| (method.to_owned(), path.to_owned())).collect();
    assert_eq!(routed, described);
}

#[test]
fn the_examples_of_the_descriptions_are_valid() {
    assert!(Description::load().check_examples() > 10);
}

#[test]
fn an_answer_that_is_not_as_described_is_found() {
    let description = Description::load();
    let good = json!({"request_id": "request-1", "expires_in": 600, "digits": 6});
    let reply = |status: u16, content_type: &str, body: &serde_json::Value| Reply {
        status,
        headers: [
            ("content-type", content_type),
            ("date", "Sun, 22 Nov 2026 10:00:00 GMT"),
            ("cache-control", "no-store"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into(),
        body: body.to_string(),
    };
    let check = |reply: &Reply| description.check("POST", "/v1/auth/code", reply);
    check(&reply(202, "application/json", &good)).expect("as described");

    let changed = |change: fn(&mut serde_json::Value)| {
        let mut body = good.clone();
        change(&mut body);
        check(&reply(202, "application/json", &body)).expect_err("not as described")
    };
    let missing = changed(|body| drop(body.as_object_mut().expect("an object").remove("digits")));
    assert!(missing.contains("digits"), "{missing}");
    let undescribed = changed(|body| body["digit"] = json!(6));
    assert!(undescribed.contains("digit"), "{undescribed}");
    changed(|body| body["digits"] = json!("6"));
    changed(|body| body["digits"] = json!(60));
    check(&reply(202, "text/plain", &good)).expect_err("another type");
    check(&reply(200, "application/json", &good)).expect_err("another status");
    let mut undated = reply(202, "application/json", &good);
    undated.headers.remove("date");
    check(&undated).expect_err("no date");

    let problem = json!({"type": "urn:member-core:problem:malformed", "title": "t", "status": 400, "detail": "d"});
    check(&reply(400, "application/problem+json", &problem)).expect("as described");
    let mut other = problem.clone();
    other["type"] = json!("urn:member-core:problem:invented");
    check(&reply(400, "application/problem+json", &other)).expect_err("another problem");
    let mut extended = problem;
    extended["stack"] = json!("at main.rs");
    check(&reply(400, "application/problem+json", &extended)).expect_err("an extension that is not described");
}
