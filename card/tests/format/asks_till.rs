//! What a till that is offline is asked in the vectors, and what it must say.

use serde_json::{Value, json};

use crate::ask::hex;
use crate::vectors::{COLLIDING, Case, case, with_bytes, with_larger_s, with_small_order_r};
use crate::world::{
    NUMBER, OTHER_SEED, PROGRAMME, Phone, SEED, TODAY, at_till, during, issuer, key, list, mark, numbered_seed, period,
};

/// A till's ask with changes.
fn with(mut ask: Value, change: impl FnOnce(&mut Value)) -> Value {
    change(&mut ask);
    ask
}

pub(crate) fn cases() -> Vec<Case> {
    [good(), time(), malformed(), whose(), forged(), revoked(), used(), order()].into_iter().flatten().collect()
}

fn good() -> Vec<Case> {
    let (phone, at) = (Phone::new(NUMBER, 1), period(TODAY, 719));
    let now = during(at);
    let of = |number: &str, length: usize| {
        let phone = Phone::new(number, 300);
        with(at_till(&phone.proof(at), now), |ask| {
            ask["programme"]["number_length"] = length.into();
            ask["programme"]["prefix"] = "".into();
        })
    };
    vec![
        case("a proof", at_till(&phone.proof(at), now), "accepted proof earns"),
        case("white space around it", at_till(&format!(" \t{}\r\n", phone.proof(at)), now), "accepted proof earns"),
        case("a leading zero", of("0000000000000012", 16), "accepted proof earns"),
        case("a card number of 1", of("Z", 1), "accepted proof earns"),
        case("a card number of 18 with letters", of("ABCDEFGHIJ12345678", 18), "accepted proof earns"),
        case("a number that was typed", at_till(NUMBER, now), "accepted static unverified earns"),
        case(
            "a number where the card is only a number: spending is for the backend",
            with(at_till(NUMBER, now), |ask| ask["programme"]["payload"] = "static".into()),
            "accepted static unverified earns",
        ),
        case("a rotating code", at_till(&phone.rotating(at), now), "accepted rotating unverified earns"),
        case(
            "a rotating code of long ago, which a till cannot tell",
            at_till(&phone.rotating(at), now + 86_400),
            "accepted rotating unverified earns",
        ),
    ]
}

fn time() -> Vec<Case> {
    let phone = Phone::new(NUMBER, 1);
    let noon = period(TODAY, 719);
    let (start, end) = (noon.start().seconds(), noon.end().seconds());
    let (last, first) = (period(TODAY, 1439), period(TODAY + 1, 0));
    let midnight = first.start().seconds();
    let ask = |at, now| at_till(&phone.proof(at), now);
    vec![
        case("the first second that is good", ask(noon, start - 60), "accepted proof earns"),
        case("the last second that is good", ask(noon, end + 59), "accepted proof earns"),
        case("one second too early", ask(noon, start - 61), "future 61"),
        case("one second too late", ask(noon, end + 60), "expired 60"),
        case("a day early", ask(noon, start - 86_400), "future 86400"),
        case("a day late", ask(noon, end + 86_400), "expired 86400"),
        case("a till's clock at the beginning of time", ask(noon, 0), "future 1795348740"),
        case("i = 1439 in period 0 of the next day", ask(last, midnight), "accepted proof earns"),
        case("i = 1439 at the end of period 0 of the next day", ask(last, midnight + 59), "accepted proof earns"),
        case("i = 1439 in period 1 of the next day", ask(last, midnight + 60), "expired 60"),
        case("i = 0 in its period", ask(first, midnight), "accepted proof earns"),
        case("i = 0 one period before its day", ask(first, midnight - 60), "accepted proof earns"),
        case("i = 0 two periods before its day", ask(first, midnight - 61), "future 61"),
        case("i = 0 of the same day, which is over", ask(period(TODAY, 0), midnight), "expired 86340"),
    ]
}

fn malformed() -> Vec<Case> {
    let (phone, at) = (Phone::new(NUMBER, 1), period(TODAY, 719));
    let (code, now) = (phone.proof(at), during(at));
    let bad = |name: &str, code: String| case(name, at_till(&code, now), "malformed");
    let group = |digits: &str| format!("{}{digits}{}", &code[..16 + 17], &code[16 + 34..]);
    vec![
        bad("nothing", String::new()),
        bad("white space only", " \r\n".to_owned()),
        bad("white space inside", format!("{} {}", &code[..16], &code[16..])),
        bad("a small letter", format!("926000000000001a{}", &code[16..])),
        bad("a letter after the card number", format!("{}A", &code[..236])),
        bad("a letter in a rotating code", format!("{NUMBER}1234567O")),
        bad("a digit that is not ASCII", format!("{}\u{663}", &code[..236])),
        bad("a no-break space at the end", format!("{code}\u{a0}")),
        bad("a digit too few", code[..236].to_owned()),
        bad("a digit too many", format!("{code}0")),
        bad("15 characters", NUMBER[..15].to_owned()),
        bad("17 characters", format!("{NUMBER}0")),
        bad("23 characters", format!("{NUMBER}1234567")),
        bad("a group of 2^56", group("72057594037927936")),
        bad("a group of 99999999999999999", group("99999999999999999")),
        bad("version 0", with_bytes(&code, 16, |bytes| bytes[0] = 0)),
        bad("version 2", with_bytes(&code, 16, |bytes| bytes[0] = 2)),
        bad("i = 1440", with_bytes(&code, 16, |bytes| bytes[9..11].copy_from_slice(&1440_u16.to_be_bytes()))),
        bad("i = 65535", with_bytes(&code, 16, |bytes| bytes[9..11].fill(255))),
    ]
}

fn whose() -> Vec<Case> {
    let (phone, at) = (Phone::new(NUMBER, 1), period(TODAY, 719));
    let (code, now) = (phone.proof(at), during(at));
    let [first, second] = COLLIDING.map(numbered_seed);
    let keys = |name: &str, code: &str, keys: Value, expected: &str| {
        case(name, with(at_till(code, now), |ask| ask["keys"] = keys), expected)
    };
    let ours = |seed| key(seed, PROGRAMME, TODAY, TODAY);
    let colliding = phone.proof_by(&issuer(second), at);
    let wrong_prefix = |code: &str| with(at_till(code, now), |ask| ask["programme"]["prefix"] = "927".into());
    vec![
        keys("no keys", &code, json!([]), "unknown-issuer"),
        keys("another key", &code, json!([ours(OTHER_SEED)]), "unknown-issuer"),
        keys("the key's only day", &code, json!([ours(SEED)]), "accepted proof earns"),
        keys(
            "a key that is good from tomorrow",
            &code,
            json!([key(SEED, PROGRAMME, TODAY + 1, 65_535)]),
            "unknown-issuer",
        ),
        keys(
            "a key that was good until yesterday",
            &code,
            json!([key(SEED, PROGRAMME, 0, TODAY - 1)]),
            "unknown-issuer",
        ),
        keys("a key of another programme", &code, json!([key(SEED, "other", 0, 65_535)]), "wrong-programme"),
        keys(
            "a key of two programmes",
            &code,
            json!([key(SEED, "other", 0, 65_535), ours(SEED)]),
            "accepted proof earns",
        ),
        keys("two keys with one id", &colliding, json!([ours(first), ours(second)]), "accepted proof earns"),
        keys(
            "two keys with one id, the other way",
            &colliding,
            json!([ours(second), ours(first)]),
            "accepted proof earns",
        ),
        keys("the wrong one of two keys with one id", &colliding, json!([ours(first)]), "forged"),
        keys(
            "two keys with one id, of which the right one is of another programme",
            &colliding,
            json!([ours(first), key(second, "other", TODAY, TODAY)]),
            "forged",
        ),
        case("a proof of another programme's number", wrong_prefix(&code), "wrong-programme"),
        case("another programme's number", wrong_prefix(NUMBER), "wrong-programme"),
        case("another programme's rotating code", wrong_prefix(&phone.rotating(at)), "wrong-programme"),
    ]
}

fn forged() -> Vec<Case> {
    let (phone, at) = (Phone::new(NUMBER, 1), period(TODAY, 719));
    let (code, now) = (phone.proof(at), during(at));
    let bad = |name: &str, code: String| case(name, at_till(&code, now), "forged");
    let changed = |at: usize, flip: u8| with_bytes(&code, 16, |bytes| bytes[at] ^= flip);
    let other_day = Phone { secret: [9; 16], ..Phone::new(NUMBER, 1) };
    vec![
        bad("another card number", format!("9260000000000020{}", &code[16..])),
        bad("a higher tier", changed(4, 1)),
        bad("another device", changed(6, 1)),
        bad(
            "a later period from the same value",
            with_bytes(&code, 16, |bytes| bytes[9..11].copy_from_slice(&720_u16.to_be_bytes())),
        ),
        bad(
            "an earlier period from the same value",
            with_bytes(&code, 16, |bytes| bytes[9..11].copy_from_slice(&718_u16.to_be_bytes())),
        ),
        bad("another value of the chain", changed(11, 0x80)),
        bad("a bit of R", changed(27, 1)),
        bad("a bit of S", changed(59, 1)),
        bad("S + L", with_bytes(&code, 16, |bytes| with_larger_s(bytes))),
        bad("R of small order", with_bytes(&code, 16, |bytes| with_small_order_r(&phone, TODAY, bytes))),
        bad("R and S of nothing", with_bytes(&code, 16, |bytes| bytes[27..].fill(0))),
        bad("the chain of one secret with the signature of another", {
            let signature = other_day.proof(at);
            format!("{}{}", &code[..16 + 17 * 4], &signature[16 + 17 * 4..])
        }),
        bad("signed by another key under this key's id", {
            let id = issuer(SEED).public().id().0;
            with_bytes(&phone.proof_by(&issuer(OTHER_SEED), at), 16, |bytes| bytes[1..4].copy_from_slice(&id))
        }),
    ]
}

fn revoked() -> Vec<Case> {
    let at = period(TODAY, 719);
    let now = during(at);
    let ask = |device: u16, issued: u64, entries: &[(&str, u16)]| {
        with(at_till(&Phone::new(NUMBER, device).proof(at), now), |ask| {
            ask["revocations"] = hex(&list(issued, entries)).into();
        })
    };
    let entries = [("9260000000000004", 9), (NUMBER, 3), ("9260000000000020", 9)];
    vec![
        case("a device below the lowest good one", ask(2, now - 3_600, &entries), "revoked"),
        case("the lowest good device", ask(3, now - 3_600, &entries), "accepted proof earns"),
        case("a later device", ask(4, now - 3_600, &entries), "accepted proof earns"),
        case("only other cards are in the list", ask(2, now, &entries[..1]), "accepted proof earns"),
        case("an empty list", ask(0, now, &[]), "accepted proof earns"),
        case("a list that is from the future has the age 0", ask(3, now + 500, &entries), "accepted proof earns"),
        case("all devices of a card", ask(65_534, now - 1, &[(NUMBER, 65_535)]), "revoked"),
        case(
            "a list does not revoke a number",
            with(ask(2, now, &entries), |ask| ask["code"] = NUMBER.into()),
            "accepted static unverified earns",
        ),
    ]
}

fn used() -> Vec<Case> {
    let (phone, at) = (Phone::new(NUMBER, 1), period(TODAY, 719));
    let now = at.start().seconds() + 18;
    let earlier = period(TODAY, 718);
    let later = period(TODAY, 720);
    let ask = |code: &str, marks: Value| with(at_till(code, now), |ask| ask["marks"] = marks);
    let code = phone.proof(at);
    vec![
        case(
            "a later code than the mark",
            ask(&code, json!([mark(&phone, earlier, "4", "1000")])),
            "accepted proof earns",
        ),
        case("the same basket again", ask(&code, json!([mark(&phone, at, "4", "1001")])), "accepted proof earns again"),
        case("another receipt at the same till", ask(&code, json!([mark(&phone, at, "4", "1002")])), "used 42"),
        case("the same receipt number at another till", ask(&code, json!([mark(&phone, at, "5", "1001")])), "used 42"),
        case("an earlier code", ask(&phone.proof(earlier), json!([mark(&phone, at, "4", "1000")])), "used 42"),
        case(
            "an earlier code for the basket that took the later one",
            ask(&phone.proof(earlier), json!([mark(&phone, at, "4", "1001")])),
            "used 42",
        ),
        case(
            "a code after one that was shown early",
            ask(&code, json!([mark(&phone, later, "4", "1000")])),
            "used 102",
        ),
        case(
            "an earlier code, when the next one is there",
            ask(&phone.proof(earlier), json!([mark(&phone, earlier, "4", "1")])),
            "used 0",
        ),
        case(
            "the next code for a second basket",
            ask(&phone.proof(later), json!([mark(&phone, at, "4", "1000")])),
            "accepted proof earns",
        ),
        case(
            "a mark of yesterday's last period",
            with(at_till(&phone.proof(period(TODAY, 0)), during(period(TODAY, 0))), |ask| {
                ask["marks"] = json!([mark(&phone, period(TODAY - 1, 1439), "4", "1000")]);
            }),
            "accepted proof earns",
        ),
        case(
            "marks of other devices and cards",
            ask(
                &code,
                json!([
                    mark(&Phone::new(NUMBER, 2), later, "4", "1"),
                    mark(&Phone::new("9260000000000020", 1), later, "4", "1")
                ]),
            ),
            "accepted proof earns",
        ),
        case(
            "a number leaves marks alone",
            ask(NUMBER, json!([mark(&phone, later, "4", "1000")])),
            "accepted static unverified earns",
        ),
    ]
}

/// Two faults at once: the first of the order is the reason.
fn order() -> Vec<Case> {
    let (phone, at) = (Phone::new(NUMBER, 1), period(TODAY, 719));
    let (code, now) = (phone.proof(at), during(at));
    let forged = with_bytes(&code, 16, |bytes| bytes[90] ^= 1);
    let entries = [(NUMBER, 3)];
    let revoking = |ask: &mut Value| ask["revocations"] = hex(&list(now, &entries)).into();
    vec![
        case(
            "malformed before unknown issuer",
            with(at_till(&code[..236], now), |ask| ask["keys"] = json!([])),
            "malformed",
        ),
        case(
            "unknown issuer before wrong programme",
            with(at_till(&code, now), |ask| {
                ask["keys"] = json!([]);
                ask["programme"]["prefix"] = "927".into();
            }),
            "unknown-issuer",
        ),
        case(
            "wrong programme before expired",
            with(at_till(&code, now + 600), |ask| ask["programme"]["prefix"] = "927".into()),
            "wrong-programme",
        ),
        case("expired before forged", at_till(&forged, now + 600), "expired 570"),
        case("from the future before forged", at_till(&forged, now - 600), "future 570"),
        case("forged before revoked", with(at_till(&forged, now), revoking), "forged"),
        case(
            "revoked before used",
            with(with(at_till(&code, now), revoking), |ask| ask["marks"] = json!([mark(&phone, at, "9", "9")])),
            "revoked",
        ),
    ]
}
