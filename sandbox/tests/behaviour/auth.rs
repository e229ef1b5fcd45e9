//! Signing in: one-time codes, tokens and their rotation, limits.

use serde_json::json;

use crate::harness::{Call, DAY, HOUR, MINUTE, Session, World, session};

fn request_id(world: &World, address: &str, join: Option<&str>) -> String {
    world.ask_code(address, join).expect("202").json()["request_id"].as_str().expect("an id").to_owned()
}

fn wrong(code: &str) -> String {
    let other = if code.starts_with('0') { "1" } else { "0" };
    format!("{other}{}", &code[1..])
}

fn is_signed_in(world: &World, session: &Session) -> bool {
    world.send(Call::get("/v1/sync").bearer(&session.access)).status.is_success()
}

#[test]
fn joining_makes_a_member_with_a_card_an_account_and_the_welcome_points() {
    let world = World::new();
    let ada = world.join("Ada");
    let (changes, _) = world.snapshot(&ada, 500);
    let member = crate::harness::value_of(&changes, "member", &ada.member);
    assert_eq!(member["name"], "Ada");
    assert_eq!(member["language"], "en");
    assert_eq!(member["joined_at"], "2026-11-22T10:00:00Z");
    let number = member["card_number"].as_str().expect("a number");
    assert_eq!((number.len(), &number[..4]), (16, "9820"));
    let account = crate::harness::value_of(&changes, "account", "points");
    assert_eq!(account, &json!({"unit": "points", "available": 100, "pending": 0, "reserved": 0, "lifetime": 100}));
    let standing = crate::harness::value_of(&changes, "standing", "standing");
    assert_eq!(standing, &json!({"tier": "bronze", "points": 100, "period_ends_at": "2027-01-01T00:00:00Z"}));
    let entries = crate::harness::of_kind(&changes, "entry");
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0]["value"]["reason"], "welcome");
}

#[test]
fn nobody_is_a_member_before_the_code_is_redeemed() {
    let world = World::new();
    request_id(&world, "ada@example.org", Some("Ada"));
    assert_eq!(world.audit()["members"], 0);
}

#[test]
fn a_known_address_signs_in_to_the_same_member_and_its_join_form_is_ignored() {
    let world = World::new();
    let ada = world.join("Ada");
    let request = request_id(&world, "ADA@example.org ", Some("Somebody else"));
    let code = world.last_code("ada@example.org").expect("sent");
    let again = session(&world.redeem(&request, &code).expect("200"));
    assert_eq!(again.member, ada.member);
    assert_eq!(world.audit()["members"], 1);
    let (changes, _) = world.snapshot(&again, 500);
    assert_eq!(crate::harness::value_of(&changes, "member", &ada.member)["name"], "Ada");
}

#[test]
fn an_unknown_address_gets_the_same_answer_but_no_message_and_no_code_works() {
    let world = World::new();
    world.join("Ada");
    let known = world.ask_code("ada@example.org", None).expect("202").json();
    let unknown = world.ask_code("bob@example.org", None).expect("202").json();
    let shape = |answer: &serde_json::Value| {
        let id = answer["request_id"].as_str().expect("an id");
        (id.len(), answer["expires_in"].clone(), answer["digits"].clone(), answer.as_object().expect("an object").len())
    };
    assert_eq!(shape(&known), shape(&unknown));
    assert_eq!(world.last_code("bob@example.org"), None);
    let request = unknown["request_id"].as_str().expect("an id");
    for code in ["000000", "123456", ""] {
        assert!(!world.redeem(request, code).status.is_success(), "{code}");
    }
    assert_eq!(world.audit()["members"], 1);
}

#[test]
fn a_join_form_is_checked_whether_or_not_the_address_is_known() {
    let world = World::new();
    world.join("Ada");
    for address in ["ada@example.org", "bob@example.org"] {
        let body = json!({"address": {"email": address}, "join": {"name": "B", "language": "en", "terms": "1999"}});
        world.send(Call::post("/v1/auth/code", &body)).expect("400 malformed");
    }
}

#[test]
fn five_wrong_codes_void_the_request() {
    let world = World::new();
    let request = request_id(&world, "ada@example.org", Some("Ada"));
    let code = world.last_code("ada@example.org").expect("sent");
    for _ in 0..5 {
        world.redeem(&request, &wrong(&code)).expect("400 invalid_grant");
    }
    world.redeem(&request, &code).expect("400 invalid_grant");
}

#[test]
fn the_right_code_after_four_wrong_ones_is_good_once() {
    let world = World::new();
    let request = request_id(&world, "ada@example.org", Some("Ada"));
    let code = world.last_code("ada@example.org").expect("sent");
    for _ in 0..4 {
        world.redeem(&request, &wrong(&code)).expect("400 invalid_grant");
    }
    world.redeem(&request, &code).expect("200");
    world.redeem(&request, &code).expect("400 invalid_grant");
}

#[test]
fn a_code_is_good_for_ten_minutes() {
    let world = World::new();
    let request = request_id(&world, "ada@example.org", Some("Ada"));
    let code = world.last_code("ada@example.org").expect("sent");
    world.clock.advance(10 * MINUTE);
    world.redeem(&request, &code).expect("400 invalid_grant");
    let request = request_id(&world, "ada@example.org", Some("Ada"));
    let code = world.last_code("ada@example.org").expect("sent");
    world.clock.advance(std::time::Duration::from_millis(10 * 60_000 - 1));
    world.redeem(&request, &code).expect("200");
}

#[test]
fn a_code_is_bound_to_the_request_that_asked_for_it() {
    let world = World::new();
    let of_ada = request_id(&world, "ada@example.org", Some("Ada"));
    let of_bob = request_id(&world, "bob@example.org", Some("Bob"));
    let (ada, bob) = (world.last_code("ada@example.org"), world.last_code("bob@example.org"));
    let (ada, bob) = (ada.expect("sent"), bob.expect("sent"));
    assert_ne!(ada, bob, "with this seed the codes differ");
    world.redeem(&of_bob, &ada).expect("400 invalid_grant");
    world.redeem(&of_ada, &bob).expect("400 invalid_grant");
    world.redeem("request-unknown", &ada).expect("400 invalid_grant");
    world.redeem(&of_ada, &ada).expect("200");
}

#[test]
fn a_new_request_voids_the_earlier_one_of_the_address() {
    let world = World::new();
    let first = request_id(&world, "ada@example.org", Some("Ada"));
    let code = world.last_code("ada@example.org").expect("sent");
    let second = request_id(&world, "ada@example.org", Some("Ada"));
    world.redeem(&first, &code).expect("400 invalid_grant");
    let code = world.last_code("ada@example.org").expect("sent");
    world.redeem(&second, &code).expect("200");
}

#[test]
fn a_phone_is_an_address_too() {
    let world = World::new();
    let join = json!({"name": "Jan", "language": "pl", "terms": "2026-01", "consents": ["marketing"]});
    let body = json!({"address": {"phone": "+48 600-700-800"}, "join": join});
    let answer = world.send(Call::post("/v1/auth/code", &body)).expect("202").json();
    let sent = world.send(Call::get("/sandbox/v1/sent?address=+48600700800")).expect("200").json();
    assert!(sent["sent"][0]["text"].as_str().expect("a text").starts_with("Twój kod do programu Market: "));
    let code = sent["sent"][0]["code"].as_str().expect("a code");
    world.redeem(answer["request_id"].as_str().expect("an id"), code).expect("200");
}

#[test]
fn codes_are_limited_for_each_address_and_for_the_network() {
    let world = World::with_market(|text| text.replace("codes_per_network = 60", "codes_per_network = 7"));
    for _ in 0..5 {
        world.ask_code("ada@example.org", Some("Ada")).expect("202");
        world.clock.advance(MINUTE);
    }
    let refused = world.ask_code("ada@example.org", Some("Ada")).expect("429 too-many-requests");
    // The first of the five was five minutes ago and counts for one hour.
    assert_eq!(refused.header("retry-after"), (55 * 60 + 1).to_string());
    world.ask_code("bob@example.org", Some("Bob")).expect("202");
    world.ask_code("cyd@example.org", Some("Cyd")).expect("202");
    world.ask_code("dan@example.org", Some("Dan")).expect("429 too-many-requests");
    world.clock.advance(56 * MINUTE);
    world.ask_code("ada@example.org", Some("Ada")).expect("202");
}

#[test]
fn failed_sign_ins_are_limited_for_the_network() {
    let world =
        World::with_market(|text| text.replace("failed_grants_per_network = 100", "failed_grants_per_network = 3"));
    let request = request_id(&world, "ada@example.org", Some("Ada"));
    let code = world.last_code("ada@example.org").expect("sent");
    for _ in 0..3 {
        world.redeem("request-unknown", "000000").expect("400 invalid_grant");
    }
    let refused = world.redeem(&request, &code).expect("429 too-many-requests");
    assert_eq!(refused.header("retry-after"), "3601");
    world.clock.advance(HOUR);
    world.join("Ada");
}

#[test]
fn an_access_token_is_good_for_fifteen_minutes() {
    let world = World::new();
    let ada = world.join("Ada");
    world.clock.advance(std::time::Duration::from_millis(15 * 60_000 - 1));
    assert!(is_signed_in(&world, &ada));
    world.clock.advance(std::time::Duration::from_millis(1));
    let reply = world.send(Call::get("/v1/sync").bearer(&ada.access)).expect("401 unauthorized");
    assert_eq!(reply.header("www-authenticate"), "Bearer error=\"invalid_token\"");
}

#[test]
fn a_refresh_gives_a_successor_and_the_chain_goes_on() {
    let world = World::new();
    let mut ada = world.join("Ada");
    for _ in 0..5 {
        world.clock.advance(20 * MINUTE);
        let next = session(&world.refresh(&ada.refresh).expect("200"));
        assert_ne!(next.refresh, ada.refresh);
        assert_eq!(next.member, ada.member);
        assert!(is_signed_in(&world, &next));
        ada = next;
    }
}

#[test]
fn a_lost_answer_to_a_refresh_signs_nobody_out() {
    let world = World::new();
    let ada = world.join("Ada");
    let lost = session(&world.refresh(&ada.refresh).expect("200"));
    let lost_again = session(&world.refresh(&ada.refresh).expect("200"));
    let arrived = session(&world.refresh(&ada.refresh).expect("200"));
    assert!(is_signed_in(&world, &arrived));
    assert!(!is_signed_in(&world, &lost), "once one successor was used, the others are void");
    assert!(!is_signed_in(&world, &lost_again));
    world.refresh(&arrived.refresh).expect("200");
}

/// A request that timed out may still reach the server after the one that was sent in its place.
#[test]
fn a_late_copy_of_a_refresh_signs_nobody_out() {
    let world = World::new();
    let ada = world.join("Ada");
    let key = world.key();
    let request = || world.send(Call::refresh(&ada.refresh).key(&key));
    let arrived = session(&request().expect("200"));
    let copy = session(&request().expect("200"));
    assert!(is_signed_in(&world, &arrived), "a copy before the first use replaces nothing");
    request().expect("400 invalid_grant");
    assert!(is_signed_in(&world, &arrived), "a copy after the first use revokes nothing");
    assert!(!is_signed_in(&world, &copy));
    world.refresh(&arrived.refresh).expect("200");
    request().expect("400 invalid_grant");
    assert!(is_signed_in(&world, &session(&world.refresh(&arrived.refresh).expect("200"))));
}

#[test]
fn a_copied_token_under_another_key_revokes_the_family() {
    for with_key in [false, true] {
        let world = World::new();
        let ada = world.join("Ada");
        let next = session(&world.send(Call::refresh(&ada.refresh).key(&world.key())).expect("200"));
        assert!(is_signed_in(&world, &next));
        let thief = Call::refresh(&ada.refresh);
        world.send(if with_key { thief.key(&world.key()) } else { thief }).expect("400 invalid_grant");
        assert!(!is_signed_in(&world, &next));
    }
}

#[test]
fn a_key_of_a_refresh_is_a_uuid() {
    let world = World::new();
    let ada = world.join("Ada");
    world.send(Call::refresh(&ada.refresh).key("once")).expect("400 invalid_request");
    assert!(is_signed_in(&world, &ada));
}

#[test]
fn a_void_successor_revokes_the_family() {
    let world = World::new();
    let ada = world.join("Ada");
    let lost = session(&world.refresh(&ada.refresh).expect("200"));
    let arrived = session(&world.refresh(&ada.refresh).expect("200"));
    assert!(is_signed_in(&world, &arrived));
    world.refresh(&lost.refresh).expect("400 invalid_grant");
    assert!(!is_signed_in(&world, &arrived));
    world.refresh(&arrived.refresh).expect("400 invalid_grant");
}

#[test]
fn an_old_token_is_refused_and_revokes_the_family_once_the_access_token_beside_its_successor_was_used() {
    let world = World::new();
    let ada = world.join("Ada");
    let next = session(&world.refresh(&ada.refresh).expect("200"));
    assert!(is_signed_in(&world, &next), "this is the first use");
    world.refresh(&ada.refresh).expect("400 invalid_grant");
    assert!(!is_signed_in(&world, &next));
    world.refresh(&next.refresh).expect("400 invalid_grant");
}

#[test]
fn an_old_token_is_refused_and_revokes_the_family_once_its_successor_was_used() {
    let world = World::new();
    let ada = world.join("Ada");
    let next = session(&world.refresh(&ada.refresh).expect("200"));
    let after = session(&world.refresh(&next.refresh).expect("200"));
    world.refresh(&ada.refresh).expect("400 invalid_grant");
    world.refresh(&after.refresh).expect("400 invalid_grant");
}

#[test]
fn revoking_one_session_leaves_the_others() {
    let world = World::new();
    let phone = world.join("Ada");
    let tablet = world.join("Ada");
    assert_eq!(phone.member, tablet.member);
    world.refresh("a token of nobody").expect("400 invalid_grant");
    let first = session(&world.refresh(&phone.refresh).expect("200"));
    session(&world.refresh(&first.refresh).expect("200"));
    world.refresh(&phone.refresh).expect("400 invalid_grant");
    assert!(is_signed_in(&world, &tablet));
}

#[test]
fn a_refresh_token_is_good_for_180_days_from_the_last_rotation() {
    let world = World::new();
    let ada = world.join("Ada");
    world.clock.advance(179 * DAY);
    let ada = session(&world.refresh(&ada.refresh).expect("200"));
    world.clock.advance(180 * DAY);
    world.refresh(&ada.refresh).expect("400 invalid_grant");
}

#[test]
fn revoking_either_token_ends_the_session_and_the_answer_is_always_200() {
    let world = World::new();
    for pick in [|ada: &Session| ada.refresh.clone(), |ada: &Session| ada.access.clone()] {
        let ada = world.join("Ada");
        let form = [("token", pick(&ada)), ("client_id", "member-app".to_owned())];
        let form: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        for _ in 0..2 {
            let reply = world.send(Call::form("/v1/auth/revoke", &form)).expect("200");
            assert_eq!(reply.body.as_deref(), Some(b"".as_slice()));
        }
        assert!(!is_signed_in(&world, &ada));
        world.refresh(&ada.refresh).expect("400 invalid_grant");
    }
    world.send(Call::form("/v1/auth/revoke", &[("token", "never ours"), ("client_id", "member-app")])).expect("200");
}

#[test]
fn the_server_can_end_a_session_or_expire_its_access_tokens() {
    let world = World::new();
    let ada = world.join("Ada");
    let body = json!({"member": ada.member});
    assert_eq!(world.sandbox_post("/sandbox/v1/expire-access", &body), json!({"tokens": 1}));
    assert!(!is_signed_in(&world, &ada));
    let ada = session(&world.refresh(&ada.refresh).expect("200"));
    assert!(is_signed_in(&world, &ada));
    assert_eq!(world.sandbox_post("/sandbox/v1/revoke", &body), json!({"sessions": 1, "card": false}));
    assert!(!is_signed_in(&world, &ada));
    world.refresh(&ada.refresh).expect("400 invalid_grant");
}

#[test]
fn the_token_endpoint_answers_errors_in_the_words_of_oauth() {
    let world = World::new();
    let send = |fields: &[(&str, &str)]| world.send(Call::form("/v1/auth/token", fields)).verdict();
    assert_eq!(send(&[]), "400 invalid_request");
    assert_eq!(send(&[("grant_type", "password")]), "400 unsupported_grant_type");
    assert_eq!(send(&[("grant_type", "refresh_token")]), "400 invalid_request");
    assert_eq!(send(&[("grant_type", "refresh_token"), ("client_id", "member-app")]), "400 invalid_request");
    assert_eq!(
        send(&[("grant_type", "refresh_token"), ("client_id", "x"), ("refresh_token", "x")]),
        "401 invalid_client"
    );
    assert_eq!(send(&[("grant_type", "client_credentials")]), "401 invalid_client");
    assert_eq!(send(&[("grant_type", "a"), ("grant_type", "b")]), "400 malformed");
    let code = "urn:member-core:grant:one-time-code";
    assert_eq!(send(&[("grant_type", code), ("client_id", "member-app")]), "400 invalid_request");
    let long = "d".repeat(65);
    let fields =
        [("grant_type", code), ("client_id", "member-app"), ("request_id", "r"), ("code", "1"), ("device", &long)];
    assert_eq!(send(&fields), "400 invalid_request");
    let basic = Call::form("/v1/auth/token", &[("grant_type", "client_credentials")]);
    // old-town-1:wrong
    let reply = world.send(basic.header("authorization", "Basic b2xkLXRvd24tMTp3cm9uZw=="));
    assert_eq!(reply.expect("401 invalid_client").header("www-authenticate"), "Basic realm=\"member-api\"");
}

#[test]
fn a_code_is_written_as_a_mail_when_there_is_a_folder_for_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let world = World::with_mail(folder.path());
    let request = request_id(&world, "ada@example.org", Some("Ada"));
    let code = world.last_code("ada@example.org").expect("sent");
    let path = folder.path().join(format!("20261122T100000000Z-{request}.eml"));
    let mail = std::fs::read_to_string(path).expect("a mail");
    assert!(mail.contains("To: ada@example.org\r\n"), "{mail}");
    assert!(mail.contains("Date: Sun, 22 Nov 2026 10:00:00 +0000\r\n"), "{mail}");
    assert!(mail.contains(&format!("\r\nCode: {code}\r\n")), "{mail}");
    world.ask_code("nobody@example.org", None).expect("202");
    assert_eq!(std::fs::read_dir(folder.path()).expect("reads").count(), 1);
}
