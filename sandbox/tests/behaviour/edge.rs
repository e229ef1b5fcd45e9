//! The edge: whatever arrives, the answer is a problem with a reason and never a panic.

use axum::body::Body;
use member_sandbox::Sandbox;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::harness::{Call, World};

#[test]
fn unknown_paths_and_methods_are_problems() {
    let world = World::new();
    for path in ["/", "/v1", "/v1/", "/v1/nothing", "/v2/sync", "/v1/actions/a/b", "/sandbox/v1/nothing", "/v1/sync/"] {
        world.send(Call::get(path)).expect("404 not-found");
    }
    for (method, path, allow) in
        [("GET", "/v1/actions", "POST"), ("DELETE", "/v1/sync", "GET,HEAD"), ("PUT", "/sandbox/v1/grant", "POST")]
    {
        let reply = world.send(Call::new(method, path)).expect("405 method-not-allowed");
        assert_eq!(reply.header("allow"), allow);
    }
}

#[test]
fn every_answer_has_the_servers_date_and_the_member_api_is_never_cached() {
    let world = World::new();
    world.sandbox_post("/sandbox/v1/clock", &json!({"offset_seconds": -3600}));
    for path in ["/v1/sync", "/v1/nothing", "/v1/actions", "/v1/auth/code"] {
        let reply = world.send(Call::get(path));
        assert_eq!(reply.header("date"), "Sun, 22 Nov 2026 09:00:00 GMT");
        assert_eq!(reply.header("cache-control"), "no-store");
    }
    assert_eq!(world.send(Call::get("/sandbox/v1/audit")).header("date"), "Sun, 22 Nov 2026 09:00:00 GMT");
}

#[test]
fn a_body_of_another_type_is_refused() {
    let world = World::new();
    let ada = world.join("Ada");
    for content_type in ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""] {
        let call = Call::new("POST", "/v1/actions").raw(content_type, "{}").bearer(&ada.access).key(&world.key());
        world.send(call).expect("415 unsupported-media-type");
    }
    world.send(Call::new("POST", "/v1/auth/code")).expect("415 unsupported-media-type");
    world.send(Call::post("/v1/auth/token", &json!({}))).expect("415 unsupported-media-type");
    let call = Call::new("POST", "/v1/auth/code").raw("Application/JSON; charset=utf-8", "{");
    world.send(call).expect("400 malformed");
}

#[test]
fn a_body_of_64_kib_is_read_and_a_larger_one_refused() {
    let world = World::new();
    let ada = world.join("Ada");
    let fill = |length: usize| {
        let start = "{\"padding\":\"";
        format!("{start}{}\"}}", "x".repeat(length - start.len() - 2))
    };
    let send = |body: Body| {
        world.send(Call::new("POST", "/v1/actions").raw("application/json", body).bearer(&ada.access).key(&world.key()))
    };
    send(fill(64 * 1024).into()).expect("400 malformed");
    send(fill(64 * 1024 + 1).into()).expect("413 too-large");
    send(fill(3 * 1024 * 1024).into()).expect("413 too-large");
    // Without a length that is known beforehand.
    let pieces = futures_util::stream::iter((0..100).map(|_| Ok::<_, std::io::Error>(vec![b' '; 20_000])));
    send(Body::from_stream(pieces)).expect("413 too-large");
}

#[test]
fn a_body_that_is_no_json_in_utf_8_is_malformed() {
    let world = World::new();
    let deep = "[".repeat(20_000);
    let cases: [&[u8]; 8] = [
        b"",
        b"{",
        b"null",
        b"\"\xff\"",
        b"{\"address\":{\"email\":\"\xff@example.org\"}}",
        b"{} {}",
        b"\xef\xbb\xbf{}",
        deep.as_bytes(),
    ];
    for body in cases {
        let call = Call::new("POST", "/v1/auth/code").raw("application/json", body.to_vec());
        world.send(call).expect("400 malformed");
    }
    for form in [b"grant_type=%FF".as_slice(), b"\xff"] {
        let call = Call::new("POST", "/v1/auth/token").raw("application/x-www-form-urlencoded", form.to_vec());
        let verdict = world.send(call).verdict();
        assert!(verdict.starts_with("400 "), "{verdict}");
    }
}

#[test]
fn a_body_that_breaks_off_is_malformed() {
    let world = World::new();
    let pieces = futures_util::stream::iter([Ok(b"{\"add".to_vec()), Err(std::io::Error::other("gone"))]);
    let call = Call::new("POST", "/v1/auth/code").raw("application/json", Body::from_stream(pieces));
    world.send(call).expect("400 malformed");
}

#[test]
fn a_request_for_a_code_is_checked_field_by_field() {
    let world = World::new();
    let join = json!({"name": "Ada", "language": "en", "terms": "2026-01"});
    let with = |field: &str, value: serde_json::Value| {
        let mut join = join.clone();
        join[field] = value;
        json!({"address": {"email": "ada@example.org"}, "join": join})
    };
    let cases = [
        (json!({}), "the field `address` is missing"),
        (json!({"address": "ada@example.org"}), "address: expected an object"),
        (json!({"address": {}}), "address: expected either email or phone"),
        (json!({"address": {"email": "a@b.org", "phone": "+48600700800"}}), "address: expected either email or phone"),
        (json!({"address": {"email": "ada"}}), "address.email: expected an address such as ada@example.org"),
        (
            json!({"address": {"email": "ada@example.org\r\nBcc: all@example.org"}}),
            "address.email: expected an address such as ada@example.org",
        ),
        (json!({"address": {"phone": "12"}}), "address.phone: expected + and 8 to 15 digits (E.164)"),
        (with("name", json!("   ")), "join.name: expected 1 to 100 characters without control characters"),
        (with("name", json!("x".repeat(101))), "join.name: expected 1 to 100 characters without control characters"),
        (with("name", json!("A\nB")), "join.name: expected 1 to 100 characters without control characters"),
        (with("name", json!(null)), "join.name: expected a string"),
        (with("language", json!("e n")), "join.language: expected a language tag (BCP 47)"),
        (with("terms", json!("2020-01")), "join.terms: expected the current version, 2026-01"),
        (with("consents", json!(["a b"])), "join.consents: expected at most 16 ids"),
        (with("consents", json!({})), "join.consents: expected a sequence"),
    ];
    for (body, detail) in cases {
        let problem = world.send(Call::post("/v1/auth/code", &body)).expect("400 malformed").json();
        assert_eq!(problem["detail"], detail);
    }
    let longest = with("name", json!("ž".repeat(100)));
    world.send(Call::post("/v1/auth/code", &longest)).expect("202");
}

#[test]
fn the_sandboxes_own_routes_check_their_input_too() {
    let world = World::new();
    let ada = world.join("Ada");
    let cases = [
        ("/sandbox/v1/grant", json!({"member": ada.member, "unit": "points", "amount": 0}), "400 malformed"),
        ("/sandbox/v1/grant", json!({"member": ada.member, "unit": "miles", "amount": 1}), "400 malformed"),
        ("/sandbox/v1/grant", json!({"member": ada.member, "unit": "points", "amount": i64::MAX}), "400 malformed"),
        (
            "/sandbox/v1/grant",
            json!({"member": ada.member, "unit": "points", "amount": 1, "reason": "theft"}),
            "400 malformed",
        ),
        ("/sandbox/v1/grant", json!({"member": "nobody", "unit": "points", "amount": 1}), "404 not-found"),
        ("/sandbox/v1/rewards/nothing", json!({"cost": 5}), "404 not-found"),
        ("/sandbox/v1/rewards/coffee", json!({"cost": 0}), "400 malformed"),
        ("/sandbox/v1/rewards/coffee", json!({"stock": -1}), "400 malformed"),
        ("/sandbox/v1/revoke", json!({"member": "nobody"}), "404 not-found"),
        ("/sandbox/v1/expire-access", json!({"member": "nobody"}), "404 not-found"),
        ("/sandbox/v1/clock", json!({"offset_seconds": i64::MAX}), "400 malformed"),
        ("/sandbox/v1/faults", json!({"rules": [{"fault": "explode"}]}), "400 malformed"),
        ("/sandbox/v1/faults", json!({"rules": [{"fault": "delay"}]}), "400 malformed"),
        ("/sandbox/v1/faults", json!({"rules": [{"fault": "status", "status": 200}]}), "400 malformed"),
        ("/sandbox/v1/restore", json!([]), "400 malformed"),
    ];
    for (path, body, verdict) in cases {
        assert_eq!(world.send(Call::post(path, &body)).verdict(), verdict, "{path} {body}");
    }
    world.send(Call::get("/sandbox/v1/members/nobody/ledger")).expect("404 not-found");
    world.send(Call::get("/sandbox/v1/members/%FF/ledger")).expect("404 not-found");
    for path in ["/sandbox/v1/sent?address=nobody", "/sandbox/v1/members?address=nobody", "/sandbox/v1/members"] {
        world.send(Call::get(path)).expect("400 malformed");
    }
    world.send(Call::get("/sandbox/v1/members?address=nobody@example.org")).expect("404 not-found");
    assert_eq!(world.points(&ada), 100);
}

#[test]
fn a_balance_that_would_not_fit_is_refused_without_effect() {
    let world = World::with_market(|text| text.to_owned());
    let ada = world.join("Ada");
    let before = world.audit();
    // Large, but far from the end: each is fine by itself.
    for _ in 0..3 {
        world.grant(&ada, 1_000_000_000_000);
    }
    assert_eq!(world.points(&ada), 3_000_000_000_100);
    assert_eq!(world.audit()["ledger_sum"], before["ledger_sum"]);
    world.grant(&ada, -3_000_000_000_000 / 3);
    world.grant(&ada, -1_000_000_000_000);
    world.grant(&ada, -1_000_000_000_000);
    world.grant(&ada, -500);
    assert_eq!(world.points(&ada), -400, "a correction may leave less than nothing");
}

/// A value as a field of some request might hold it, or nearly.
fn field() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        2 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::from),
        2 => any::<i64>().prop_map(Value::from),
        2 => (-3..2000_i64).prop_map(Value::from),
        1 => any::<f64>().prop_map(Value::from),
        6 => "\\PC{0,20}".prop_map(Value::from),
        2 => Just(json!("")),
        2 => Just(json!("2026-11-25T10:00:00Z")),
        1 => Just(json!("-009999-01-02T01:59:59Z")),
        1 => Just(json!("x".repeat(1000))),
    ];
    let nested = leaf.clone().prop_recursive(4, 24, 4, |inner| {
        prop_oneof![proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from), object(inner)]
    });
    prop_oneof![4 => leaf, 1 => nested]
}

fn object(value: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    proptest::collection::btree_map("[a-z_]{1,8}", value, 0..4).prop_map(|fields| fields.into_iter().collect::<Value>())
}

/// A body that the operation accepts, as far as that is possible without knowing the world.
fn good_body(world: &World, member: &str, path: &str) -> Value {
    let lines = json!([{"line": 1, "amount": {"minor": 3500, "currency": "EUR"}, "text": "Apples"}]);
    match path {
        "/v1/auth/code" => {
            let join = json!({"name": "Bob", "language": "en", "terms": "2026-01", "consents": ["marketing"]});
            json!({"address": {"email": "bob@example.org"}, "join": join})
        }
        "/v1/auth/token" => json!({"grant_type": "refresh_token", "refresh_token": "x", "client_id": "member-app"}),
        "/v1/auth/revoke" => json!({"token": "x", "client_id": "member-app"}),
        "/v1/actions" => world.claim_of("coffee", 50, 1),
        "/v1/till/scans" => json!({"payload": "9820000000000009", "sale": "r-1"}),
        "/v1/till/accruals" => json!({"scan": "scan-1", "receipt": "r-1", "lines": lines}),
        "/sandbox/v1/clock" => json!({"offset_seconds": 60}),
        "/sandbox/v1/grant" => json!({"member": member, "unit": "points", "amount": 5, "reason": "adjustment"}),
        "/sandbox/v1/rewards/{id}" => json!({"cost": 60, "stock": 5, "deleted": false}),
        _ => json!({"member": "member-1", "card": true}),
    }
}

/// Every place in a document, as JSON pointers.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| places(item, &format!("{at}/{index}"), found));
        }
        Value::Object(fields) => fields.iter().for_each(|(name, field)| places(field, &format!("{at}/{name}"), found)),
        _ => {}
    }
}

fn as_form(body: &Value) -> String {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let fields: Vec<_> = body.as_object().into_iter().flatten().map(|(name, value)| (name, text(value))).collect();
    serde_urlencoded::to_string(fields).expect("a form")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_request_makes_the_server_fail(
        // Of each good body one place or two become something else.
        spoilt in proptest::collection::vec((any::<proptest::sample::Index>(), field()), 1..3),
        noise in proptest::option::weighted(0.1, proptest::collection::vec(any::<u8>(), 0..200)),
        part in "[a-zA-Z0-9%._:-]{1,40}",
        query in "\\PC{0,40}",
    ) {
        let world = World::new();
        let ada = world.join("Ada");
        let till = world.till("old-town-1");
        let query = query.bytes().fold(String::new(), |escaped, byte| escaped + &format!("%{byte:02x}"));
        for (method, path) in Sandbox::routes() {
            // Faults that were drawn from a hat would fail on purpose.
            if path == "/sandbox/v1/faults" {
                continue;
            }
            let mut body = good_body(&world, &ada.member, path);
            for (index, value) in &spoilt {
                let mut found = Vec::new();
                places(&body, "", &mut found);
                *body.pointer_mut(&found[index.index(found.len())]).expect("a place") = value.clone();
            }
            let is_form = ["/v1/auth/token", "/v1/auth/revoke"].contains(&path);
            let content_type = if is_form { "application/x-www-form-urlencoded" } else { "application/json" };
            let body = if is_form { as_form(&body) } else { body.to_string() };
            let body = noise.clone().unwrap_or(body.into_bytes());

            let place = path.replace("{key}", &part).replace("{id}", &part);
            let target = format!("{place}?cursor={query}&wait=0&address={query}&{query}");
            if target.parse::<http::Uri>().is_err() {
                continue;
            }
            let token = if path.contains("/till/") { &till } else { &ada.access };
            let call = Call::new(method, &target).raw(content_type, body.clone());
            let reply = world.send(call.bearer(token).key(&world.key()));
            prop_assert!(reply.status.as_u16() < 500, "{} {} {:?}: {:?}", method, target, body, reply.body);
            reply.verdict();
        }
        prop_assert_eq!(&world.audit()["ledger_sum"], &json!(0));
    }
}
