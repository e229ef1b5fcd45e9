//! What the backend is asked in the vectors, and what it must say.

use serde_json::{Value, json};

use crate::ask::hex;
use crate::vectors::{Case, case, with_bytes};
use crate::world::{NUMBER, Phone, TODAY, at_backend, during, mark, period};

fn with(mut ask: Value, change: impl FnOnce(&mut Value)) -> Value {
    change(&mut ask);
    ask
}

pub(crate) fn cases() -> Vec<Case> {
    let cases = [numbers(), rotating(), guesses(), proofs(), used()].into_iter().flatten();
    cases.map(|case| Case { name: format!("backend: {}", case.name), ..case }).collect()
}

fn numbers() -> Vec<Case> {
    let phone = Phone::new(NUMBER, 1);
    let ask = |payload: &str, change: &dyn Fn(&mut Value)| {
        with(at_backend(&phone, NUMBER, 1_795_000_000), |ask| {
            ask["programme"]["payload"] = payload.into();
            change(ask);
        })
    };
    vec![
        case("a number where the card is only a number", ask("static", &|_| {}), "accepted static unverified spends"),
        case("a number where the card rotates", ask("rotating", &|_| {}), "accepted static unverified earns"),
        case("a number where the card is a proof", ask("proof", &|_| {}), "accepted static unverified earns"),
        case("an unknown card", ask("static", &|ask| ask["cards"] = json!([])), "unknown-card"),
        case(
            "a card of another programme",
            ask("static", &|ask| ask["cards"][0]["programme"] = "other".into()),
            "wrong-programme",
        ),
        case(
            "a card without the prefix",
            ask("static", &|ask| ask["programme"]["prefix"] = "927".into()),
            "wrong-programme",
        ),
        case("a revoked card", ask("static", &|ask| ask["cards"][0]["revoked"] = true.into()), "revoked"),
        case("not a number", ask("static", &|ask| ask["code"] = "9260-0000-0000-00".into()), "malformed"),
    ]
}

fn rotating() -> Vec<Case> {
    let (phone, pass) = (Phone::new(NUMBER, 1), Phone::new(NUMBER, 2));
    let at = period(TODAY, 719);
    let (start, end) = (at.start().seconds(), at.end().seconds());
    let ask = |now: u64| {
        with(at_backend(&phone, &phone.rotating(at), now), |ask| {
            let devices = ask["cards"][0]["devices"].as_array_mut().expect("a list");
            devices.push(json!({ "number": 2, "totp": hex(&pass.totp), "revoked": false }));
            devices.push(json!({ "number": 3, "totp": null, "revoked": false }));
        })
    };
    let of_the_pass = |now: u64, revoked: bool| {
        with(ask(now), |ask| {
            ask["code"] = pass.rotating(at).into();
            ask["cards"][0]["devices"][1]["revoked"] = revoked.into();
        })
    };
    let (last, first) = (period(TODAY, 1439), period(TODAY + 1, 0));
    let midnight = first.start().seconds();
    let leading = Phone::new("0000000000000012", 1);
    let zero = with(at_backend(&leading, &leading.rotating(at), start), |ask| ask["programme"]["prefix"] = "".into());
    let early = period(0, 0);
    vec![
        case("a rotating code", ask(start), "accepted rotating spends"),
        case("a rotating code of a pass", of_the_pass(start, false), "accepted rotating spends"),
        case("a rotating code of a number with a leading zero", zero, "accepted rotating spends"),
        case("one period early", ask(start - 60), "accepted rotating spends"),
        case("one period late", ask(end + 59), "accepted rotating spends"),
        case("two periods early: not told from a forged one", ask(start - 61), "forged"),
        case("two periods late", ask(end + 60), "expired 60"),
        case("ten periods late", ask(end + 9 * 60 + 59), "expired 599"),
        case("eleven periods late: not told from a forged one", ask(end + 600), "forged"),
        case(
            "i = 1439 after midnight",
            at_backend(&phone, &phone.rotating(last), midnight),
            "accepted rotating spends",
        ),
        case(
            "i = 0 before midnight",
            at_backend(&phone, &phone.rotating(first), midnight - 1),
            "accepted rotating spends",
        ),
        case("the first period of all", at_backend(&phone, &phone.rotating(early), 0), "accepted rotating spends"),
        case("a wrong code in the first period of all", at_backend(&phone, &format!("{NUMBER}00000000"), 0), "forged"),
        case(
            "another device's code",
            with(ask(start), |ask| ask["code"] = Phone::new(NUMBER, 4).rotating(at).into()),
            "forged",
        ),
        case("a revoked device", of_the_pass(start, true), "revoked"),
        case("a revoked device's code of before", of_the_pass(end + 60, true), "expired 60"),
        case("a revoked card's code", with(ask(start), |ask| ask["cards"][0]["revoked"] = true.into()), "revoked"),
        case("a rotating code of an unknown card", with(ask(start), |ask| ask["cards"] = json!([])), "unknown-card"),
        case(
            "a rotating code of another programme",
            with(ask(start), |ask| ask["cards"][0]["programme"] = "other".into()),
            "wrong-programme",
        ),
        case(
            "a rotating code of a card without keys",
            with(ask(start), |ask| ask["cards"][0]["devices"] = json!([])),
            "forged",
        ),
        case(
            "a rotating code where the card is a proof: a pass",
            with(ask(start), |ask| ask["programme"]["payload"] = "proof".into()),
            "accepted rotating spends",
        ),
    ]
}

fn guesses() -> Vec<Case> {
    let (phone, at) = (Phone::new(NUMBER, 1), period(TODAY, 719));
    let now = during(at);
    let ask = |code: &str, clear_at: u64| {
        with(at_backend(&phone, code, now), |ask| ask["cards"][0]["clear_at"] = clear_at.into())
    };
    let (right, wrong) = (phone.rotating(at), format!("{NUMBER}00000000"));
    vec![
        case("nine wrong codes count", ask(&right, now + 5_400), "accepted rotating spends"),
        case("ten wrong codes count", ask(&right, now + 6_000), "too-many-guesses 600"),
        case("ten wrong codes count, and almost nine", ask(&right, now + 5_401), "too-many-guesses 1"),
        case("a wrong code after nine", ask(&wrong, now + 5_400), "forged"),
        case("a wrong code after ten", ask(&wrong, now + 6_000), "too-many-guesses 600"),
        case("a clock that was set back", ask(&right, now + 9_999_999), "too-many-guesses 9994599"),
        case("a number is no guess", ask(NUMBER, now + 6_000), "accepted static unverified earns"),
        case("a proof is no guess", ask(&phone.proof(at), now + 6_000), "accepted proof spends"),
        case(
            "too many wrong codes before revoked",
            with(ask(&right, now + 6_000), |ask| ask["cards"][0]["revoked"] = true.into()),
            "too-many-guesses 600",
        ),
    ]
}

fn proofs() -> Vec<Case> {
    let (phone, at) = (Phone::new(NUMBER, 1), period(TODAY, 719));
    let (code, now) = (phone.proof(at), during(at));
    let ask = |change: &dyn Fn(&mut Value)| with(at_backend(&phone, &code, now), |ask| change(ask));
    vec![
        case("a proof", ask(&|_| {}), "accepted proof spends"),
        case("a proof of a device that is not there", ask(&|ask| ask["cards"][0]["devices"] = json!([])), "revoked"),
        case(
            "a proof of a revoked device",
            ask(&|ask| ask["cards"][0]["devices"][0]["revoked"] = true.into()),
            "revoked",
        ),
        case("a proof of a revoked card", ask(&|ask| ask["cards"][0]["revoked"] = true.into()), "revoked"),
        case("a proof of an unknown card", ask(&|ask| ask["cards"] = json!([])), "unknown-card"),
        case(
            "unknown issuer before unknown card",
            ask(&|ask| (ask["keys"], ask["cards"]) = (json!([]), json!([]))),
            "unknown-issuer",
        ),
        case(
            "unknown card before wrong programme",
            ask(&|ask| {
                ask["keys"][0]["programme"] = "other".into();
                ask["cards"] = json!([]);
            }),
            "unknown-card",
        ),
        case(
            "a proof by another programme's key",
            ask(&|ask| ask["keys"][0]["programme"] = "other".into()),
            "wrong-programme",
        ),
        case(
            "a proof of another programme's card",
            ask(&|ask| ask["cards"][0]["programme"] = "other".into()),
            "wrong-programme",
        ),
        case("an expired proof", ask(&|ask| ask["now"] = (now + 600).into()), "expired 570"),
        case(
            "a forged proof",
            ask(&|ask| ask["code"] = with_bytes(&code, 16, |bytes| bytes[90] ^= 1).into()),
            "forged",
        ),
    ]
}

fn used() -> Vec<Case> {
    let (phone, at) = (Phone::new(NUMBER, 1), period(TODAY, 719));
    let now = at.start().seconds();
    let ask = |code: &str, mark: Value| with(at_backend(&phone, code, now), |ask| ask["marks"] = json!([mark]));
    let earlier = period(TODAY, 718);
    vec![
        case("a used rotating code", ask(&phone.rotating(at), mark(&phone, at, "9", "9")), "used 60"),
        case(
            "the same basket again",
            ask(&phone.rotating(at), mark(&phone, at, "4", "1001")),
            "accepted rotating spends again",
        ),
        case("an earlier rotating code", ask(&phone.rotating(earlier), mark(&phone, at, "4", "1001")), "used 60"),
        case(
            "the next rotating code",
            ask(&phone.rotating(at.next()), mark(&phone, at, "4", "1000")),
            "accepted rotating spends",
        ),
        case(
            "a proof of a period whose rotating code was used",
            ask(&phone.proof(at), mark(&phone, at, "9", "9")),
            "used 60",
        ),
    ]
}
