//! A verdict in plain words: what was read, who checked it, what may be done, and for each refusal what the cashier should do.
//!
//! Pure: knows neither the network nor the till's file.

use member_card::payload::PayloadKind;
use member_card::verify;

use crate::failure::Failure;
use crate::output::{Ink, Page, program};

/// Who looked at a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// The programme, online.
    Programme,
    /// The till itself.
    Till,
}

/// A code that is good.
pub struct Good {
    pub by: By,
    pub kind: PayloadKind,
    /// Whether this sale had taken it before.
    pub again: bool,
    pub may_spend: bool,
    pub spend_locked: bool,
    /// The tier that the issuer signed.
    pub tier: Option<u8>,
}

/// What was read, who checked it and what may be done.
pub fn set_good(page: &mut Page, indent: usize, good: &Good) {
    let read = match (good.by, good.kind) {
        (By::Programme, PayloadKind::Static) if good.may_spend => {
            "Read: the card number, which is all that this programme's cards show. The programme knows it."
        }
        (By::Programme, PayloadKind::Static) => {
            "Read: only the card number. The programme knows it; it proves nothing."
        }
        (By::Programme, PayloadKind::Rotating) => "Read: a code of this minute, checked by the programme.",
        (By::Programme, PayloadKind::Proof) => "Read: a signed proof of this minute, checked by the programme.",
        (By::Till, PayloadKind::Proof) => {
            "Read: a signed proof of this minute, checked by this till without a network."
        }
        (By::Till, PayloadKind::Rotating) => {
            "Read: a code that only the programme can check. Without a network only its card number counts."
        }
        (By::Till, PayloadKind::Static) => "Read: only the card number, which proves nothing.",
    };
    page.say(Ink::Plain, indent, read);
    if good.again {
        page.say(Ink::Plain, indent, "This sale had taken the code before: the same answer again.");
    }
    page.say(Ink::Plain, indent, &may_be_done(good));
}

fn may_be_done(good: &Good) -> String {
    match (good.by, good.tier) {
        (By::Till, Some(tier)) => format!(
            "It may earn points, at the price of tier {tier} (0 is the lowest). Points cannot be spent: without a network no till \
             knows what another one takes."
        ),
        (By::Till, None) => {
            "It may earn points. It gets no tier's price, and points cannot be spent without a network.".to_owned()
        }
        (By::Programme, _) if good.may_spend => "It may earn points, get the tier's price and spend points.".to_owned(),
        (By::Programme, _) if good.spend_locked => {
            "It may earn points and get the tier's price. To spend points, the member unlocks that in the app."
                .to_owned()
        }
        (By::Programme, _) => {
            "It may earn points and get the tier's price. To spend points, let the code on the phone be scanned."
                .to_owned()
        }
    }
}

/// How old the revocation list is: `seconds`, or that there is none.
pub fn set_revocations(page: &mut Page, indent: usize, age: Option<u64>) {
    match age {
        // Revoked proofs run out after 7 days, so a list that is older says little of the phones of today.
        Some(age) if age > 7 * 86_400 => page.say(
            Ink::Alert,
            indent,
            &format!("The revocation list is {} old. Fetch a new one: {} till fetch", spell(age), program()),
        ),
        Some(age) => page.say(Ink::Faint, indent, &format!("The revocation list is {} old.", spell(age))),
        None => page.say(
            Ink::Alert,
            indent,
            &format!("There is no revocation list, so a stolen phone is not noticed: {} till fetch", program()),
        ),
    }
}

/// A refusal by its registered name or that of the verifier. `None` for one that is not about the code.
pub fn refusal(by: By, name: &str, seconds: Option<u64>) -> Option<Failure> {
    let time = seconds.map(spell).unwrap_or_default();
    let (what, advice) = match name {
        "malformed" | "card-malformed" => (
            "What was read is not a card of this programme.".to_owned(),
            "Scan it again. In a number that was typed a digit may be wrong.".to_owned(),
        ),
        "unknown-issuer" if by == By::Till => (
            "This till does not know who signed the code.".to_owned(),
            format!(
                "Fetch the keys as soon as there is a network: {} till fetch. Until then, go on with the card number alone.",
                program()
            ),
        ),
        "unknown-issuer" => (
            "The code is not signed by this programme.".to_owned(),
            "Let the phone connect to its network and show the code again, or go on with the card number alone."
                .to_owned(),
        ),
        "unknown-card" => (
            "No member has this card.".to_owned(),
            "Compare the number, or let the member show the card in the app.".to_owned(),
        ),
        "wrong-programme" => {
            ("The card is of another programme.".to_owned(), "Ask for the card of this one.".to_owned())
        }
        "expired" | "code-expired" => (
            format!("The code's time ended {time} ago."),
            "Let the phone show its code now, and not a picture of it.".to_owned(),
        ),
        "future" | "code-from-future" if by == By::Till => (
            format!("From the future: the code's time begins in {time}."),
            format!(
                "Often this till's clock is behind. With a network it hears the right time: {} till fetch. If that changes \
                 nothing, it is the phone's clock that is ahead.",
                program()
            ),
        ),
        "future" | "code-from-future" => (
            format!("From the future: the code's time begins in {time}."),
            "The phone's clock is ahead. Let the phone connect to its network, or go on with the card number alone."
                .to_owned(),
        ),
        "too-many-guesses" => (
            "Too many wrong codes were tried with this card.".to_owned(),
            format!("Try again in {time}, or go on with the card number alone."),
        ),
        "forged" | "code-forged" => (
            "Forged: the code is not genuine.".to_owned(),
            "Let the phone show its code and scan it again. If that changes nothing, do not take it.".to_owned(),
        ),
        "revoked" | "card-revoked" => (
            "Revoked: this phone, or this card, may not be used any more.".to_owned(),
            "The member signs in again in the app, or asks the programme's service.".to_owned(),
        ),
        "used" | "code-used" => (
            match seconds {
                Some(0) | None => "Used: another sale had this code, or a later one.".to_owned(),
                _ => format!("Used: another sale had this code, or a later one. The next code comes in {time}."),
            },
            match seconds {
                Some(0) | None => "Let the phone show its code now.".to_owned(),
                _ => "Let the phone show that one. For the same sale, give the same --sale or --receipt.".to_owned(),
            },
        ),
        _ => return None,
    };
    Some(Failure::refused(name, what).with_hint(advice))
}

/// What the verifier says.
pub fn of_verifier(refusal_of_code: &verify::Refusal) -> Failure {
    let (name, seconds) = (refusal_of_code.name(), refusal_of_code.seconds());
    refusal(By::Till, name, seconds).unwrap_or_else(|| Failure::refused(name, format!("Refused: {refusal_of_code}.")))
}

/// Why an entry of the journal brought nothing, as a sentence.
pub fn held(reason: &str) -> String {
    match reason {
        "used" => {
            "another sale had the code, or a later one: the first scan counts, or the one with a network".to_owned()
        }
        "future" => "the time of the scan, or of the code, was still to come".to_owned(),
        "too-late" => "it came too late: the programme takes what is a few weeks old at most".to_owned(),
        "malformed" => "what was read is not a card of the programme".to_owned(),
        "unknown-issuer" => "the code is signed by nobody whom the programme knows".to_owned(),
        "unknown-card" => "no member has the card".to_owned(),
        "wrong-programme" => "the card is of another programme".to_owned(),
        "expired" => "the code's time had ended when it was scanned".to_owned(),
        "forged" => "the code is not genuine".to_owned(),
        "revoked" => "the phone, or the card, might not be used any more when it was scanned".to_owned(),
        "receipt-reused" => "the receipt was booked already".to_owned(),
        other => other.to_owned(),
    }
}

/// Seconds for people: in the largest unit that fits, rounded down.
pub fn spell(seconds: u64) -> String {
    let (count, unit) = match seconds {
        0..60 => return format!("{seconds} s"),
        60..3600 => (seconds / 60, "minute"),
        3600..86_400 => (seconds / 3600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::Look;

    #[test]
    fn times_are_spelled_in_their_largest_unit() {
        for (seconds, text) in [
            (0, "0 s"),
            (59, "59 s"),
            (60, "1 minute"),
            (61, "1 minute"),
            (180, "3 minutes"),
            (3600, "1 hour"),
            (7200, "2 hours"),
            (86_399, "23 hours"),
            (86_400, "1 day"),
            (172_800, "2 days"),
        ] {
            assert_eq!(spell(seconds), text);
        }
    }

    #[test]
    fn every_refusal_of_the_verifier_has_words_and_advice() {
        let names = [
            ("malformed", "card-malformed"),
            ("unknown-issuer", "unknown-issuer"),
            ("unknown-card", "unknown-card"),
            ("wrong-programme", "card-malformed"),
            ("expired", "code-expired"),
            ("future", "code-from-future"),
            ("too-many-guesses", "too-many-guesses"),
            ("forged", "code-forged"),
            ("revoked", "card-revoked"),
            ("used", "code-used"),
        ];
        for (offline, online) in names {
            for (by, name) in [(By::Till, offline), (By::Programme, online)] {
                let failure = refusal(by, name, Some(40)).expect("words");
                assert!(failure.hint.is_some_and(|hint| hint.ends_with('.')), "{name}");
                assert!(failure.text.ends_with('.') && !held(offline).ends_with('.'), "{name}");
            }
        }
        assert!(refusal(By::Programme, "receipt-reused", None).is_none());
    }

    #[test]
    fn what_may_be_done_is_said_for_each_kind() {
        let said = |by, kind, may_spend, tier| {
            let mut page = Page::new(Look { columns: Some(80), colour: false, terminal: false });
            let good = Good { by, kind, again: false, may_spend, spend_locked: false, tier };
            set_good(&mut page, 0, &good);
            page.take().replace('\n', " ")
        };
        let proof = said(By::Till, PayloadKind::Proof, false, Some(2));
        assert!(proof.contains("tier 2") && proof.contains("cannot be spent"), "{proof}");
        for kind in [PayloadKind::Static, PayloadKind::Rotating] {
            let number = said(By::Till, kind, false, None);
            assert!(number.contains("card number") && number.contains("no tier's price"), "{number}");
        }
        let online = said(By::Programme, PayloadKind::Proof, true, None);
        assert!(online.contains("spend points") && !online.contains("cannot"), "{online}");
        let typed = said(By::Programme, PayloadKind::Static, false, None);
        assert!(typed.contains("let the code on the phone be scanned"), "{typed}");
    }
}
