//! Faults on demand, as a client in process sees them.

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{Call, Session, World};

fn set(world: &World, rules: &Value) {
    world.sandbox_post("/sandbox/v1/faults", &json!({"rules": rules}));
}

fn sync(world: &World, session: &Session) -> crate::harness::Reply {
    world.send(Call::get("/v1/sync").bearer(&session.access))
}

#[test]
fn a_lost_request_has_no_effect() {
    let world = World::new();
    let ada = world.join("Ada");
    let (key, body) = (world.key(), world.claim_body(&ada, "coffee"));
    set(&world, &json!([{"path": "/v1/actions", "method": "POST", "fault": "lose-request", "times": 1}]));
    assert_eq!(world.act(&ada, &key, &body).body, None, "the body breaks off");
    assert_eq!(world.audit()["vouchers"], 0);
    world.act(&ada, &key, &body).expect("200");
    assert_eq!(world.audit()["vouchers"], 1);
}

#[test]
fn a_lost_answer_has_its_effect_and_the_repeat_gets_the_answer() {
    let world = World::new();
    let ada = world.join("Ada");
    let (key, body) = (world.key(), world.claim_body(&ada, "coffee"));
    set(&world, &json!([{"path": "/v1/actions", "fault": "lose-response", "times": 1}]));
    assert_eq!(world.act(&ada, &key, &body).body, None);
    assert_eq!(world.audit()["vouchers"], 1);
    world.act(&ada, &key, &body).expect("200");
    assert_eq!(world.audit()["vouchers"], 1);
}

#[test]
fn a_server_that_ignores_idempotency_executes_a_repeat_again() {
    let world = World::new();
    let ada = world.join("Ada");
    let (key, body) = (world.key(), world.claim_body(&ada, "coffee"));
    set(&world, &json!([{"fault": "ignore-idempotency"}]));
    world.act(&ada, &key, &body).expect("200");
    world.act(&ada, &key, &body).expect("200");
    assert_eq!(world.points(&ada), 0, "charged twice");
    assert_eq!(world.audit()["vouchers"], 2);
    let till = world.till("old-town-1");
    let scan = world.scan(&till, &key, &world.card_number(&ada), "r-1").expect("200").json();
    for _ in 0..2 {
        world.accrue(&till, &key, scan["scan"].as_str().expect("an id"), "r-1", 3500).expect("200");
    }
    assert_eq!(world.points(&ada), 70, "given twice");
    assert_eq!(world.audit()["ledger_sum"], 0, "even so the books balance");
}

#[test]
fn a_status_is_answered_without_effect_and_with_retry_after() {
    let world = World::new();
    let ada = world.join("Ada");
    set(&world, &json!([{"path": "/v1/sync", "fault": "status", "retry_after": 7, "times": 2}]));
    let reply = sync(&world, &ada).expect("503 unavailable");
    assert_eq!(reply.header("retry-after"), "7");
    sync(&world, &ada).expect("503 unavailable");
    sync(&world, &ada).expect("200");
    for (status, verdict) in [(429, "429 too-many-requests"), (500, "500 internal"), (401, "401 unauthorized")] {
        set(&world, &json!([{"fault": "status", "status": status}]));
        sync(&world, &ada).expect(verdict);
    }
    set(&world, &json!([{"fault": "status", "status": 502}]));
    let reply = sync(&world, &ada);
    assert_eq!((reply.status.as_u16(), reply.json()["type"].clone()), (502, json!("about:blank")));
    assert_eq!(reply.header("date"), "Sun, 22 Nov 2026 10:00:00 GMT");
}

#[test]
fn a_truncated_answer_is_half_of_it_without_a_sign() {
    let world = World::new();
    let ada = world.join("Ada");
    let whole = sync(&world, &ada).body.expect("a body");
    set(&world, &json!([{"path": "/v1/sync", "fault": "truncate", "times": 1}]));
    let reply = sync(&world, &ada);
    assert_eq!(reply.status.as_u16(), 200);
    assert_eq!(reply.body.expect("a body"), whole.slice(..whole.len() / 2));
}

#[test]
fn a_captive_portal_answers_with_its_page_or_sends_the_client_there() {
    let world = World::new();
    let ada = world.join("Ada");
    set(&world, &json!([{"fault": "html"}]));
    let reply = sync(&world, &ada);
    assert_eq!((reply.status.as_u16(), reply.header("content-type")), (200, "text/html; charset=utf-8"));
    set(&world, &json!([{"fault": "redirect"}]));
    let reply = sync(&world, &ada);
    assert_eq!((reply.status.as_u16(), reply.header("location")), (302, "http://portal.invalid/login"));
}

#[test]
fn a_delay_holds_the_request_back_and_the_next_rule_strikes_after_it() {
    let world = World::new();
    let ada = world.join("Ada");
    set(&world, &json!([{"fault": "delay", "delay_ms": 1500}, {"fault": "status"}]));
    let mut waiting = world.start(Call::get("/v1/sync").bearer(&ada.access));
    assert!(waiting.poll().is_none());
    world.clock.advance(Duration::from_millis(1499));
    assert_eq!(waiting.wakes(), 0);
    world.clock.advance(Duration::from_millis(1));
    waiting.poll().expect("an answer").expect("503 unavailable");
}

#[test]
fn a_rule_strikes_its_path_and_what_is_below_and_never_the_sandboxes_own_routes() {
    let world = World::new();
    let ada = world.join("Ada");
    set(&world, &json!([{"path": "/v1/actions", "fault": "status"}]));
    sync(&world, &ada).expect("200");
    world.send(Call::get("/v1/actions/x").bearer(&ada.access)).expect("503 unavailable");
    world.send(Call::get("/v1/actionsx").bearer(&ada.access)).expect("404 not-found");
    set(&world, &json!([{"path": "/v1/actions", "method": "post", "fault": "status"}]));
    world.send(Call::get("/v1/actions/x").bearer(&ada.access)).expect("404 unknown-action");
    set(&world, &json!([{"path": "/sandbox", "fault": "status"}, {"fault": "status"}]));
    world.audit();
    sync(&world, &ada).expect("503 unavailable");
    set(&world, &json!([]));
    sync(&world, &ada).expect("200");
}
