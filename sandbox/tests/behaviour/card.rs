//! Cards whose codes are checked: numbers of devices, signed days, what is taken once, and what is refused for which reason.

use member_card::issuer::{IssuerKey, PublicKey};
use member_card::marks::{Basket, MemoryMarks};
use member_card::payload::PayloadKind;
use member_card::revocation::RevocationList;
use member_card::verify::{CardFormat, OfflineTill, Refusal};
use member_card::{Day, DeviceNumber, Period};
use member_sandbox::Programme;
use member_sandbox::Storage;
use member_sandbox::programme::Payload;
use serde_json::{Value, json};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::harness::{Call, DAY, MINUTE, ManualClock, Reply, Session, World, of_kind, value_of};
use crate::phone::{Phone, period, unix_time};

fn world(payload: Payload) -> World {
    let programme = Programme::named("market").expect("valid").with_payload(payload);
    World::with(Storage::Memory, ManualClock::new(), 1, programme)
}

fn scan(world: &World, till: &str, sale: &str, payload: &str) -> Reply {
    world.scan(&world.till(till), &world.key(), payload, sale)
}

/// The refusal with the seconds that belong to it.
#[track_caller]
fn refused(reply: Reply, name: &str, seconds: u64) {
    let body = reply.expect(&format!("409 {name}")).json();
    assert_eq!(body["seconds"], seconds, "{body}");
}

/// What an offline till would have fetched now.
fn offline_till(world: &World) -> OfflineTill {
    let till = world.till("old-town-1");
    let get = |path: &str| world.send(Call::get(path).bearer(&till)).expect("200").json();
    let (known, list) = (get("/v1/till/keys"), get("/v1/till/revocations"));
    let number = |value: &Value| u16::try_from(value.as_u64().expect("a number")).expect("16 bits");
    let bytes = |value: &Value| URL_SAFE_NO_PAD.decode(value.as_str().expect("text")).expect("base64url");
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let keys: Vec<_> = known["keys"]
        .as_array()
        .expect("keys")
        .iter()
        .map(|key| IssuerKey {
            programme: text(&key["programme"]),
            public: PublicKey::from_bytes(&bytes(&key["public"]).try_into().expect("32 bytes")).expect("a key"),
            first: Day::from_number(number(&key["first"])),
            last: Day::from_number(number(&key["last"])),
        })
        .collect();
    let format = &known["format"];
    let programme = text(&format["programme"]);
    let list = RevocationList::read(&bytes(&list["list"]), &keys, &programme).expect("our list");
    OfflineTill {
        format: CardFormat {
            programme,
            number_length: usize::from(number(&format["number_length"])),
            prefix: text(&format["prefix"]),
            payload: PayloadKind::from_name(format["payload"].as_str().expect("text")).expect("a payload"),
        },
        keys,
        revocations: Some(list),
    }
}

#[test]
fn a_rotating_code_is_good_for_its_minute_and_one_to_both_sides() {
    let world = world(Payload::Rotating);
    let phone = Phone::new(&world, "Ada", 7);
    let now = period(&world);
    let answer = scan(&world, "old-town-1", "r-1", &phone.rotating(now)).expect("200").json();
    assert_eq!((&answer["payload"], &answer["verified"]), (&json!("rotating"), &json!(true)));
    assert_eq!((&answer["may_spend"], &answer["again"]), (&json!(true), &json!(false)));

    let minute = |after: u64| Period::from_number(now.number() + after);
    world.clock.advance(MINUTE * 10);
    scan(&world, "old-town-1", "r-2", &phone.rotating(minute(9))).expect("200");
    refused(scan(&world, "old-town-1", "r-3", &phone.rotating(minute(8))), "code-expired", 60);
    scan(&world, "old-town-1", "r-4", &phone.rotating(minute(11))).expect("200");
    scan(&world, "old-town-1", "r-5", &phone.rotating(minute(13))).expect("409 code-forged");
}

#[test]
fn a_code_is_taken_once_but_in_its_own_sale_again() {
    let world = world(Payload::Rotating);
    let phone = Phone::new(&world, "Ada", 7);
    let now = period(&world);
    let code = phone.rotating(now);
    let first = scan(&world, "old-town-1", "r-1", &code).expect("200").json();
    let again = scan(&world, "old-town-1", "r-1", &code).expect("200").json();
    assert_eq!((&again["scan"], &again["again"]), (&first["scan"], &json!(true)));
    // The clock stands at the beginning of a minute.
    refused(scan(&world, "old-town-1", "r-2", &code), "code-used", 60);
    refused(scan(&world, "riverside-1", "r-1", &code), "code-used", 60);
    // What can be worked out from it is as used as the code itself.
    refused(
        scan(&world, "riverside-1", "r-1", &phone.rotating(Period::from_number(now.number() - 1))),
        "code-used",
        60,
    );
    // The next purchase need not wait: the phone shows the next code at once.
    scan(&world, "riverside-1", "r-1", &phone.rotating(now.next())).expect("200");
    // A second device of the same card has codes of its own.
    let other = Phone::new(&world, "Ada", 8);
    assert_eq!((phone.device, other.device), (DeviceNumber(1), DeviceNumber(2)));
    scan(&world, "riverside-1", "r-9", &other.rotating(now)).expect("200");
}

#[test]
fn the_phone_hears_that_its_code_was_taken_and_by_which_number() {
    let world = world(Payload::Rotating);
    let phone = Phone::new(&world, "Ada", 7);
    let (_, cursor) = world.snapshot(&phone.session, 500);
    scan(&world, "old-town-1", "r-1", &phone.rotating(period(&world))).expect("200");
    let changes = world.since(&phone.session, &cursor);
    assert_eq!(*value_of(&changes, "code", "1"), json!({"period": period(&world).number()}));
    let (_, cursor) = world.snapshot(&phone.session, 500);
    scan(&world, "old-town-1", "r-1", &phone.rotating(period(&world))).expect("200");
    assert_eq!(world.since(&phone.session, &cursor), Vec::<Value>::new(), "a second scan is nothing new");
}

#[test]
fn whoever_guesses_is_stopped_and_the_card_is_good_again_after_a_while() {
    let world = world(Payload::Rotating);
    let phone = Phone::new(&world, "Ada", 7);
    let guess = |number: u32| format!("{}{number:08}", phone.card.as_str());
    for number in 0..10 {
        scan(&world, "old-town-1", "r-1", &guess(number)).expect("409 code-forged");
    }
    refused(scan(&world, "old-town-1", "r-1", &guess(10)), "too-many-guesses", 600);
    refused(scan(&world, "old-town-1", "r-1", &phone.rotating(period(&world))), "too-many-guesses", 600);
    // The number is still good for earning.
    let typed = scan(&world, "old-town-1", "r-1", phone.card.as_str()).expect("200").json();
    assert_eq!((&typed["verified"], &typed["may_spend"]), (&json!(false), &json!(false)));
    world.clock.advance(MINUTE * 10);
    scan(&world, "old-town-1", "r-2", &phone.rotating(period(&world))).expect("200");
}

#[test]
fn a_number_that_is_typed_earns_and_does_not_spend_where_the_card_shows_codes() {
    let world = world(Payload::Rotating);
    let phone = Phone::new(&world, "Ada", 7);
    let voucher = claim_coffee(&world, &phone.session);
    let till = world.till("old-town-1");
    let typed = scan(&world, "old-town-1", "r-1", phone.card.as_str()).expect("200").json();
    let redeem = |scan: &Value, key: &str| {
        let body = json!({"scan": scan["scan"], "voucher": voucher, "receipt": "r-1"});
        world.send(Call::post("/v1/till/redemptions", &body).bearer(&till).key(key))
    };
    redeem(&typed, &world.key()).expect("409 may-not-spend");
    world.accrue(&till, &world.key(), typed["scan"].as_str().expect("an id"), "r-1", 3500).expect("200");
    // The code makes the same scan a better one.
    let shown = scan(&world, "old-town-1", "r-1", &phone.rotating(period(&world))).expect("200").json();
    assert_eq!((&shown["scan"], &shown["may_spend"]), (&typed["scan"], &json!(true)));
    redeem(&shown, &world.key()).expect("200");
}

fn claim_coffee(world: &World, session: &Session) -> String {
    let body = world.claim_body(session, "coffee");
    let claimed = world.act(session, &world.key(), &body).expect("200").json();
    claimed["effect"]["voucher"]["code"].as_str().expect("a code").to_owned()
}

#[test]
fn a_proof_is_good_for_the_backend_and_for_a_till_without_network() {
    let world = world(Payload::Proof);
    let mut phone = Phone::new(&world, "Ada", 7);
    phone.top_up(&world, 7);
    let till = offline_till(&world);
    let code = phone.proof(period(&world));
    let basket = Basket { till: "old-town-1".to_owned(), receipt: "r-1".to_owned() };
    let now = unix_time(&world);
    let verdict = till.check(&code, now).expect("good").take(now, &basket, &mut MemoryMarks::default()).expect("new");
    assert_eq!((verdict.device, verdict.may_spend), (Some(DeviceNumber(1)), false));
    assert_eq!(verdict.tier.map(|tier| tier.0), Some(0));
    let answer = scan(&world, "old-town-1", "r-1", &code).expect("200").json();
    assert_eq!((&answer["payload"], &answer["may_spend"]), (&json!("proof"), &json!(true)));
    refused(scan(&world, "old-town-1", "r-2", &code), "code-used", 60);
    refused(
        scan(&world, "old-town-1", "r-2", &phone.proof(Period::from_number(period(&world).number() + 3))),
        "code-from-future",
        180,
    );
    world.clock.advance(MINUTE * 5);
    refused(scan(&world, "old-town-1", "r-2", &code), "code-expired", 240);
    // Its last day begins, and ends.
    world.clock.advance(DAY * 6);
    scan(&world, "old-town-1", "r-3", &phone.proof(period(&world))).expect("200");
}

#[test]
fn today_and_six_days_are_signed_and_no_others() {
    let world = world(Payload::Proof);
    let mut phone = Phone::new(&world, "Ada", 7);
    let today = Day::at(unix_time(&world)).expect("a day").number();
    phone.top_up(&world, 7);
    assert_eq!(phone.days(), (today..today + 7).collect::<Vec<_>>());
    let start = |day: u16| json!({"day": day, "start": URL_SAFE_NO_PAD.encode([1; 16])});
    let ask = |device: u16, starts: &[Value]| phone.ask_for_proofs(&world, DeviceNumber(device), starts);
    let signed = ask(1, &[start(today - 1), start(today), start(today + 7)]).expect("200").json();
    assert_eq!(signed["proofs"].as_array().expect("proofs").len(), 1);
    ask(2, &[start(today)]).expect("409 unknown-device");
    ask(1, &[]).expect("400 malformed");
    ask(1, &vec![start(today); 8]).expect("400 malformed");
    ask(1, &[json!({"day": today, "start": "AAAA"})]).expect("400 malformed");
}

#[test]
fn the_signed_tier_is_that_of_the_day_of_signing() {
    let world = world(Payload::Proof);
    let mut phone = Phone::new(&world, "Ada", 7);
    phone.top_up(&world, 1);
    assert_eq!(phone.tier().0, 0);
    world.buy(&phone.session, "r-1", 60_000);
    phone.top_up(&world, 1);
    assert_eq!(phone.tier().0, 1, "silver");
}

#[test]
fn an_app_has_one_number_however_often_it_asks() {
    let world = world(Payload::Rotating);
    let mut phone = Phone::new(&world, "Ada", 7);
    for _ in 0..3 {
        phone.register(&world);
        assert_eq!(phone.device, DeviceNumber(1));
    }
    let nonsense = Call::new("PUT", "/v1/card/device").raw("application/json", r#"{"totp_key":"AAAA"}"#);
    world.send(nonsense.bearer(&phone.session.access)).expect("400 malformed");
}

#[test]
fn a_stolen_phone_is_revoked_and_the_new_one_goes_on_online_and_offline() {
    let world = world(Payload::Proof);
    let mut stolen = Phone::new(&world, "Ada", 7);
    stolen.top_up(&world, 7);
    let mut new = Phone::new(&world, "Ada", 8);
    new.top_up(&world, 7);
    world.sandbox_post("/sandbox/v1/revoke", &json!({"member": new.session.member, "device": 1}));

    world.clock.advance(MINUTE * 5);
    let (now, code) = (period(&world), stolen.proof(period(&world)));
    scan(&world, "old-town-1", "r-1", &code).expect("409 card-revoked");
    scan(&world, "old-town-1", "r-1", &stolen.rotating(now)).expect("409 card-revoked");
    let till = offline_till(&world);
    assert_eq!(till.check(&code, unix_time(&world)).expect_err("revoked"), Refusal::Revoked);
    stolen.ask_for_number(&world).expect("401 unauthorized");

    let _good = till.check(&new.proof(now), unix_time(&world)).expect("good");
    scan(&world, "old-town-1", "r-1", &new.proof(now)).expect("200");
    let (changes, _) = world.snapshot(&new.session, 500);
    let card = json!({"revoked": false, "spend_locked": false, "lowest_device": 2});
    assert_eq!(*value_of(&changes, "card", "card"), card);

    // The proofs of the stolen phone have run out: it need not be listed any more.
    world.clock.advance(DAY * 8);
    assert_eq!(offline_till(&world).revocations.expect("a list").entries().len(), 0);
    assert_eq!(till.revocations.expect("a list").entries().len(), 1);
}

#[test]
fn a_phone_with_a_lower_number_than_the_stolen_one_gets_a_new_number() {
    let world = world(Payload::Proof);
    let mut kept = Phone::new(&world, "Ada", 7);
    kept.top_up(&world, 7);
    let stolen = Phone::new(&world, "Ada", 8);
    world.sandbox_post("/sandbox/v1/revoke", &json!({"member": kept.session.member, "device": stolen.device.0}));
    let now = period(&world);
    assert_eq!(offline_till(&world).check(&kept.proof(now), unix_time(&world)).expect_err("below"), Refusal::Revoked);
    // Until it hears of that, its codes are good online.
    scan(&world, "old-town-1", "r-1", &kept.rotating(now)).expect("200");
    kept.register(&world);
    assert_eq!(kept.device, DeviceNumber(3));
    kept.top_up(&world, 7);
    let _good = offline_till(&world).check(&kept.proof(now), unix_time(&world)).expect("good");
    scan(&world, "old-town-1", "r-2", &kept.proof(now)).expect("200");
}

#[test]
fn signing_out_takes_the_number_with_it_and_so_does_the_end_of_a_session() {
    let world = world(Payload::Rotating);
    let phone = Phone::new(&world, "Ada", 7);
    let other = Phone::new(&world, "Ada", 8);
    let fields = [("token", phone.session.refresh.as_str()), ("client_id", "member-app")];
    world.send(Call::form("/v1/auth/revoke", &fields)).expect("200");
    scan(&world, "old-town-1", "r-1", &phone.rotating(period(&world))).expect("409 card-revoked");
    scan(&world, "old-town-1", "r-1", &other.rotating(period(&world))).expect("200");
    // Half a year without a word: nobody can use that session any more.
    world.clock.advance(DAY * 220);
    world.sandbox.prune().expect("prunes");
    scan(&world, "old-town-1", "r-2", &other.rotating(period(&world))).expect("409 card-revoked");
}

#[test]
fn a_revoked_card_is_refused_with_each_payload() {
    let world = world(Payload::Proof);
    let mut phone = Phone::new(&world, "Ada", 7);
    phone.top_up(&world, 7);
    world.sandbox_post("/sandbox/v1/revoke", &json!({"member": phone.session.member, "card": true, "sessions": false}));
    let now = period(&world);
    for code in [phone.card.as_str(), &phone.rotating(now), &phone.proof(now)] {
        scan(&world, "old-town-1", "r-1", code).expect("409 card-revoked");
    }
    assert_eq!(
        offline_till(&world).check(&phone.proof(now), unix_time(&world)).expect_err("revoked"),
        Refusal::Revoked
    );
    let (changes, _) = world.snapshot(&phone.session, 500);
    assert_eq!(value_of(&changes, "card", "card")["revoked"], true);
}

#[test]
fn tills_have_the_next_key_before_it_signs_and_old_proofs_stay_good() {
    let world = world(Payload::Proof);
    let mut phone = Phone::new(&world, "Ada", 7);
    phone.top_up(&world, 7);
    assert_eq!(offline_till(&world).keys.len(), 1);
    world.clock.advance(DAY * 82);
    let early = offline_till(&world);
    assert_eq!(early.keys.len(), 2, "eight days before its first");
    world.clock.advance(DAY * 7);
    let ada = world.join("Ada");
    phone = Phone::of(&world, ada, 9);
    phone.top_up(&world, 7);
    world.clock.advance(DAY * 3);
    // Signed with the old key, good while the new one signs.
    let _good = early.check(&phone.proof(period(&world)), unix_time(&world)).expect("good");
    let ada = world.join("Ada");
    let mut other = Phone::of(&world, ada, 10);
    other.top_up(&world, 7);
    let _good = early
        .check(&other.proof(period(&world)), unix_time(&world))
        .expect("good, by a key that the till has had for days");
    world.clock.advance(DAY * 40);
    let old = early.keys[0].public.to_bytes();
    assert!(offline_till(&world).keys.iter().all(|key| key.public.to_bytes() != old), "it is of no use any more");
}

#[test]
fn after_a_restore_no_number_is_given_twice() {
    let world = world(Payload::Rotating);
    let before = Phone::new(&world, "Ada", 7);
    world.sandbox_post("/sandbox/v1/backup", &json!({"name": "monday"}));
    let after = Phone::new(&world, "Ada", 8);
    world.sandbox_post("/sandbox/v1/restore", &json!({"name": "monday"}));
    let next = Phone::new(&world, "Ada", 9);
    assert!(next.device > after.device && after.device > before.device);
    scan(&world, "old-town-1", "r-1", &before.rotating(period(&world))).expect("200");
}

#[test]
fn the_fifty_first_device_makes_the_oldest_go() {
    let world = World::with(
        Storage::Memory,
        ManualClock::new(),
        1,
        Programme::parse(
            &include_str!("../../programmes/market/programme.toml")
                .replace("codes_per_address = 5", "codes_per_address = 100"),
        )
        .expect("valid")
        .with_payload(Payload::Rotating),
    );
    let phones: Vec<Phone> = (0..51).map(|seed| Phone::new(&world, "Ada", seed)).collect();
    scan(&world, "old-town-1", "r-1", &phones[0].rotating(period(&world))).expect("409 card-revoked");
    scan(&world, "old-town-1", "r-1", &phones[1].rotating(period(&world))).expect("200");
    // It is still signed in, and gets a new number, at the cost of the next.
    let mut first = phones.into_iter().next().expect("the first");
    first.register(&world);
    assert_eq!(first.device, DeviceNumber(52));
}

#[test]
fn a_static_card_has_nothing_of_this() {
    let world = world(Payload::Static);
    let ada = world.join("Ada");
    let answer = scan(&world, "old-town-1", "r-1", &world.card_number(&ada)).expect("200").json();
    assert_eq!((&answer["payload"], &answer["may_spend"]), (&json!("static"), &json!(true)));
    let (changes, _) = world.snapshot(&ada, 500);
    assert!(of_kind(&changes, "card").is_empty() && of_kind(&changes, "code").is_empty());
}
