//! The verifier in Python, card/tests/verifier.py, which was written from docs/card-format.md alone: it and ours say the same of
//! every vector, of cards at random, and of as many damaged ones.
//!
//! `CARD_ROUNDS=10000` asks for more cards than each run of the tests does, and `CARD_SEED` for others.

use std::io::{Seek as _, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use member_card::{DeviceNumber, proof::Tier};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};
use serde_json::{Value, json};

use crate::ask::{answer, list, text};
use crate::vectors::{file, with_bytes, with_larger_s};
use crate::world::{PROGRAMME, Phone, at_backend, at_till, card, issuer, key, mark, period};

/// What the verifier in Python says to each.
fn python(asks: &[Value]) -> Vec<Value> {
    let verifier = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/verifier.py");
    let mut input = tempfile::tempfile().expect("a file");
    for ask in asks {
        writeln!(input, "{ask}").expect("written");
    }
    input.rewind().expect("the file's beginning");
    let output = Command::new("python3").arg(&verifier).stdin(input).stderr(Stdio::inherit()).output();
    let output = output.unwrap_or_else(|error| {
        panic!("`python3` cannot be started ({error}): install Python 3, of any version from 3.8 on")
    });
    assert!(output.status.success(), "{} ended with {}", verifier.display(), output.status);
    let said = String::from_utf8(output.stdout).expect("UTF-8");
    said.lines().map(|line| serde_json::from_str(line).expect("JSON on each line")).collect()
}

/// Both say the same, and it is what is said here. Every difference is told.
fn both_say(asks: &[Value], expected: &[Value]) {
    let said = python(asks);
    assert_eq!(said.len(), asks.len(), "answers");
    let mut differences = Vec::new();
    for ((ask, said), expected) in asks.iter().zip(&said).zip(expected) {
        let ours = answer(ask);
        if said != expected || ours != *expected {
            differences.push(format!("asked {ask}\n  Python {said}\n  ours   {ours}\n  wanted {expected}"));
        }
    }
    let (count, shown) = (differences.len(), differences[..differences.len().min(5)].join("\n"));
    assert!(differences.is_empty(), "{count} of {} answers differ:\n{shown}", asks.len());
}

#[test]
fn a_verifier_in_another_language_agrees_on_every_vector() {
    let file = file();
    let samples = list(&file["asks"]);
    let asks: Vec<Value> = samples.iter().map(|sample| sample["ask"].clone()).collect();
    let answers: Vec<Value> = samples.iter().map(|sample| sample["answer"].clone()).collect();
    both_say(&asks, &answers);
}

#[test]
fn a_verifier_in_another_language_agrees_on_random_and_on_damaged_cards() {
    let number = |name: &str, otherwise| match std::env::var(name) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{name} is {text:?}: it must be a number")),
        Err(_) => otherwise,
    };
    let (rounds, seed) = (number("CARD_ROUNDS", 500), number("CARD_SEED", 1));
    let mut random = Random(ChaCha8Rng::seed_from_u64(seed));
    let (mut asks, mut expected) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let (good, verdict) = random.card();
        let bad = random.damaged(&good);
        expected.extend([verdict, answer(&bad)]);
        asks.extend([good, bad]);
    }
    for (ask, answer) in asks.iter().zip(&expected).skip(1).step_by(2) {
        assert_ne!(answer["verdict"], "accepted", "a damaged card: {ask}");
    }
    both_say(&asks, &expected);
}

/// Cards at random.
struct Random(ChaCha8Rng);

impl Random {
    /// Below `limit`.
    fn below(&mut self, limit: u64) -> u64 {
        self.0.next_u64() % limit
    }

    fn up_to(&mut self, most: u16) -> u16 {
        u16::try_from(self.below(u64::from(most) + 1)).expect("not above the most")
    }

    fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        let count = of.len() as u64;
        &of[usize::try_from(self.below(count)).expect("an index")]
    }

    fn bytes<const LENGTH: usize>(&mut self) -> [u8; LENGTH] {
        let mut bytes = [0; LENGTH];
        self.0.fill_bytes(&mut bytes);
        bytes
    }

    fn number(&mut self) -> String {
        let alphabet = if self.below(2) == 0 { "0123456789" } else { "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ" };
        let length = self.below(18) + 1;
        (0..length).map(|_| *self.one(alphabet.as_bytes()) as char).collect()
    }

    /// A code that is good, asked of a till or of the backend, and the answer to it, from what it was made of.
    fn card(&mut self) -> (Value, Value) {
        let number = self.number();
        let phone = Phone {
            number: card(&number),
            device: DeviceNumber(self.up_to(65_534)),
            tier: Tier(self.bytes::<1>()[0]),
            totp: self.bytes(),
            secret: self.bytes(),
        };
        let day = self.up_to(65_533) + 1;
        let at = period(day, self.up_to(1439));
        let now = at.start().seconds() - 60 + self.below(180);
        let backend = self.below(2) == 0;
        let rotating = backend && self.below(3) == 0;
        let seed = self.bytes();
        let code = if rotating { phone.rotating(at) } else { phone.proof_by(&issuer(seed), at) };
        let mut ask = if backend { at_backend(&phone, &code, now) } else { at_till(&code, now) };
        ask["programme"]["number_length"] = number.len().into();
        ask["programme"]["payload"] = (*self.one(&["static", "rotating", "proof"])).into();
        let prefix = usize::from(self.up_to(3)).min(number.len());
        ask["programme"]["prefix"] = number[..prefix].into();
        // The right key somewhere among others.
        let mut keys = vec![key(self.bytes(), PROGRAMME, 0, 65_535), key(self.bytes(), "other", 0, 65_535)];
        let place = usize::from(self.up_to(2));
        keys.insert(place, key(seed, PROGRAMME, day.saturating_sub(self.up_to(9)), day.saturating_add(self.up_to(9))));
        ask["keys"] = keys.into();
        let again = match self.below(3) {
            0 => {
                let earlier = member_card::Period::from_number(at.number() - 1 - self.below(3));
                ask["marks"] = json!([mark(&phone, earlier, "9", "9")]);
                false
            }
            1 => {
                ask["marks"] = json!([mark(&phone, at, "4", "1001")]);
                true
            }
            _ => false,
        };
        let verdict = json!({
            "verdict": "accepted", "number": number, "kind": if rotating { "rotating" } else { "proof" },
            "verified": true, "device": phone.device.0, "tier": (!rotating).then_some(phone.tier.0),
            "period": at.number(), "may_spend": backend, "again": again, "revocations_age": null,
        });
        (ask, verdict)
    }

    /// The same with damage that no verifier may pass over.
    fn damaged(&mut self, good: &Value) -> Value {
        let mut ask = good.clone();
        let code = text(&good["code"]).to_owned();
        let length = crate::ask::number(&good["programme"]["number_length"]);
        let length = usize::try_from(length).expect("a length");
        let place = usize::try_from(self.below(code.len() as u64)).expect("a place");
        let is_proof = code.len() > length + 8;
        let other = |random: &mut Self, than: u8, of: &[u8]| loop {
            let character = *random.one(of);
            if character != than {
                return character as char;
            }
        };
        let damaged = match self.below(6) {
            0 => format!("{}{}", &code[..place], &code[place + 1..]),
            1 => format!("{}{}{}", &code[..place], self.below(10), &code[place..]),
            // A bit of the proof's bytes, S + L, or, of a rotating code, another digit.
            2 | 3 if is_proof => {
                let bit = usize::try_from(self.below(91 * 8)).expect("a bit");
                let larger = self.below(8) == 0;
                with_bytes(&code, length, |bytes| {
                    if larger {
                        with_larger_s(bytes);
                    } else {
                        bytes[bit / 8] ^= 1 << (bit % 8);
                    }
                })
            }
            4 if is_proof => {
                // Time that has gone by, or is still to come.
                let away = 180 + self.below(1_000_000);
                let now = crate::ask::number(&good["now"]);
                ask["now"] = if self.below(2) == 0 { now.saturating_sub(away) } else { now + away }.into();
                code.clone()
            }
            5 if is_proof => {
                ask["marks"] = json!([]);
                ask["keys"] = json!([key(self.bytes(), PROGRAMME, 0, 65_535)]);
                code.clone()
            }
            _ => {
                let of: &[u8] = if place < length { b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ" } else { b"0123456789" };
                let changed = other(self, code.as_bytes()[place], of);
                format!("{}{changed}{}", &code[..place], &code[place + 1..])
            }
        };
        ask["code"] = damaged.into();
        ask
    }
}
