//! Frozen samples of each stored and each transmitted type. They are never edited: what an old version wrote, and what
//! an old server sends, goes on parsing. A new version of a type gets a new sample beside the old.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{
    Account, Anchor, CardState, ClockReading, CodeTaken, Effect, Entry, JoinDetails, Member, Notice, Outcome,
    Programme, Reason, RequestBody, Reward, Standing, Tier, Voucher,
};

/// The sample parses, also with a field of the future, and what is written of it parses to the same.
#[track_caller]
fn check<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(json: &str) -> T {
    let parsed: T = serde_json::from_str(json).expect("a frozen sample parses");
    let with_future = json.replacen('{', r#"{"field_of_the_future":{"a":[1]},"#, 1);
    assert_eq!(serde_json::from_str::<T>(&with_future).expect("unknown fields pass"), parsed);
    let written = serde_json::to_string(&parsed).expect("it is written");
    assert_eq!(serde_json::from_str::<T>(&written).expect("what is written parses"), parsed);
    parsed
}

#[test]
fn request_bodies() {
    let json = r#"{"type":"claim-reward","reward":"coffee","cost":{"unit":"points","amount":50},"revision":1,"not_after":"2026-01-08T00:00:00Z"}"#;
    let parsed: RequestBody = check(json);
    // The bytes themselves are the promise: a repeat under the same key must be the same.
    assert_eq!(serde_json::to_string(&parsed).expect("it is written"), json);
}

#[test]
fn request_bodies_of_cancellations() {
    let json = r#"{"type":"cancel-claim","claim":"019b76da-a800-7707-8707-070707070707","reward":"coffee","refund":{"unit":"points","amount":50},"not_after":"2026-01-08T00:00:00Z"}"#;
    let parsed: RequestBody = check(json);
    assert_eq!(serde_json::to_string(&parsed).expect("it is written"), json);
}

#[test]
fn request_bodies_of_locks() {
    for locked in [true, false] {
        let json = format!(r#"{{"type":"set-spend-lock","locked":{locked},"not_after":"2026-01-08T00:00:00Z"}}"#);
        let parsed: RequestBody = check(&json);
        assert_eq!(serde_json::to_string(&parsed).expect("it is written"), json);
    }
}

#[test]
fn notices() {
    check::<Notice>(
        r#"{"notice":"took-effect","action":{"type":"claim-reward","reward":"coffee",
            "cost":{"unit":"points","amount":50},"revision":1}}"#,
    );
    check::<Notice>(r#"{"notice":"forgotten","lines":3}"#);
    check::<Notice>(r#"{"notice":"rescued","lost":2}"#);
    check::<Notice>(r#"{"notice":"rescued","lost":null}"#);
}

#[test]
fn reasons() {
    for json in [
        r#"{"reason":"refused","refusal":"insufficient-points","available":10,"needed":50}"#,
        r#"{"reason":"refused","refusal":"unknown-reward"}"#,
        r#"{"reason":"refused","refusal":"reward-unavailable"}"#,
        r#"{"reason":"refused","refusal":"sold-out"}"#,
        r#"{"reason":"refused","refusal":"tier-required","tier":"gold"}"#,
        r#"{"reason":"refused","refusal":"price-changed","cost":{"unit":"points","amount":90},"revision":2}"#,
        r#"{"reason":"refused","refusal":"action-expired"}"#,
        r#"{"reason":"refused","refusal":"unknown-claim"}"#,
        r#"{"reason":"refused","refusal":"spend-locked"}"#,
        r#"{"reason":"refused","refusal":"voucher-closed","state":"used"}"#,
        r#"{"reason":"refused-otherwise"}"#,
        r#"{"reason":"dependency-refused"}"#,
        r#"{"reason":"unreadable","status":400,"problem":"malformed"}"#,
    ] {
        check::<Reason>(json);
    }
}

#[test]
fn effects_and_outcomes() {
    check::<Effect>(
        r#"{"entries":[{"id":"e-1","number":2,"unit":"points","amount":-50,"balance":85,"reason":"claim",
            "at":"2026-01-01T10:00:00Z","place":null,"channel":"app","title":{"en":"Coffee"},
            "key":"019b76da-a800-7707-8707-070707070707"}],
            "voucher":{"id":"v-1","reward":"coffee","title":{"en":"Coffee"},"code":"ABCD23456789","state":"issued",
            "issued_at":"2026-01-01T10:00:00Z","expires_at":"2026-01-31T10:00:00Z",
            "key":"019b76da-a800-7707-8707-070707070707"},
            "accounts":[{"unit":"points","available":85,"pending":0,"reserved":0,"lifetime":135}]}"#,
    );
    check::<Effect>(
        r#"{"entries":[],"voucher":null,"accounts":[],"card":{"revoked":false,"spend_locked":true,"lowest_device":1}}"#,
    );
    check::<Outcome>(r#"{"status":"confirmed","at":"2026-01-01T10:00:00Z","problem":null}"#);
    check::<Outcome>(
        r#"{"status":"confirmed","type":"claim-reward","at":"2026-01-01T10:00:00Z","problem":null,
            "effect":{"entries":[],"voucher":null,"accounts":[]}}"#,
    );
    let future: Outcome = check(r#"{"status":"status-of-the-future","at":"2026-01-01T10:00:00Z"}"#);
    assert_eq!(future.status, super::OutcomeStatus::Other);
    check::<Outcome>(
        r#"{"status":"rejected","at":"2026-01-01T10:00:00Z","problem":{"type":"urn:member-core:problem:sold-out"}}"#,
    );
}

#[test]
fn documents_of_the_base() {
    check::<Programme>(
        r#"{"name":{"en":"Market"},"languages":["en","pl"],"currency":"EUR","terms":"2026-01","action_days":7,
            "card":{"payload":"static","symbology":"qr","number_length":16},
            "units":[{"id":"points","kind":"points","names":{"en":{"one":"point","other":"points"}}}]}"#,
    );
    check::<Programme>(
        r#"{"name":{"en":"Market"},"languages":["en","pl"],"currency":"EUR","terms":"2026-01","action_days":7,
            "card":{"payload":"proof","symbology":"qr","number_length":16,"freshness_days":3},
            "units":[{"id":"points","kind":"points","names":{"en":{"one":"point","other":"points"}}}]}"#,
    );
    check::<CardState>(r#"{"revoked":true,"spend_locked":false,"lowest_device":2}"#);
    check::<CodeTaken>(r#"{"period":29922720}"#);
    check::<Member>(
        r#"{"name":"Ada","joined_at":"2026-01-01T10:00:00Z","card_number":"9820000000000018","language":"en"}"#,
    );
    check::<Account>(r#"{"unit":"points","available":-5,"pending":1,"reserved":2,"lifetime":3}"#);
    check::<Tier>(
        r#"{"rank":1,"name":{"en":"Silver"},"threshold":500,"unit":"points","benefits":[{"en":"Free delivery"}]}"#,
    );
    check::<Standing>(r#"{"tier":"bronze","points":35,"period_ends_at":"2027-01-01T00:00:00Z"}"#);
    check::<Reward>(
        r#"{"title":{"en":"Coffee"},"description":{"en":"Any size."},"cost":{"unit":"points","amount":50},
            "revision":1,"stock":null,"tier":null,"available_from":null,"available_until":null,"voucher_days":30}"#,
    );
    check::<Reward>(
        r#"{"title":{"en":"Coffee"},"description":{"en":"Any size."},"cost":{"unit":"points","amount":50},
            "revision":1,"voucher_days":30}"#,
    );
    check::<Voucher>(
        r#"{"reward":"coffee","title":{"en":"Coffee"},"code":"ABCD23456789","state":"used",
            "issued_at":"2026-01-01T10:00:00Z","expires_at":"2026-01-31T10:00:00Z","key":null}"#,
    );
    let voucher: Voucher = check(
        r#"{"reward":"coffee","title":{"en":"Coffee"},"code":"ABCD23456789","state":"state-of-the-future",
            "issued_at":"2026-01-01T10:00:00Z","expires_at":"2026-01-31T10:00:00Z"}"#,
    );
    assert_eq!(voucher.state, super::VoucherState::Other);
    let entry: Entry = check(
        r#"{"number":1,"unit":"points","amount":35,"balance":135,"reason":"reason-of-the-future",
            "at":"2026-01-01T10:00:00Z","channel":"channel-of-the-future"}"#,
    );
    assert_eq!((entry.reason, entry.channel), (super::EntryReason::Other, super::Channel::Other));
}

#[test]
fn anchors_and_details() {
    check::<Anchor>(
        r#"{"server":"2026-01-01T10:00:00Z","wall":"2026-01-01T09:59:58Z","since_boot":{"secs":60,"nanos":5},"boot":"b-1"}"#,
    );
    check::<ClockReading>(r#"{"wall":"2026-01-01T10:00:00Z","since_boot":{"secs":60,"nanos":5},"boot":"b-1"}"#);
    check::<JoinDetails>(r#"{"name":"Ada","language":"en","terms":"2026-01"}"#);
}
