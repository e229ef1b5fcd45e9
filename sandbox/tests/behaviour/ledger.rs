//! The ledger: over any sequence of purchases, claims and corrections the books balance and agree with each other.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::harness::{Call, Session, World, of_kind, value_of};

/// Something that moves points, or is refused.
#[derive(Debug, Clone)]
enum Step {
    Buy { member: usize, minor: i64, repeats: u8 },
    Claim { member: usize, reward: usize, repeats: u8 },
    Grant { member: usize, amount: i64 },
    Reprice { reward: usize, cost: i64 },
    Restock { reward: usize, stock: Option<i64> },
}

const MEMBERS: [&str; 3] = ["Ada", "Bob", "Cyd"];
const REWARDS: [&str; 4] = ["coffee", "tote-bag", "gold-tasting", "cooking-class"];

fn step() -> impl Strategy<Value = Step> {
    let (member, reward) = (0..MEMBERS.len(), 0..REWARDS.len());
    prop_oneof![
        (member.clone(), 1..200_000_i64, 0..3_u8).prop_map(|(member, minor, repeats)| Step::Buy {
            member,
            minor,
            repeats
        }),
        (member.clone(), reward.clone(), 0..3_u8).prop_map(|(member, reward, repeats)| Step::Claim {
            member,
            reward,
            repeats
        }),
        (member, (-500..500_i64).prop_filter("not 0", |amount| *amount != 0))
            .prop_map(|(member, amount)| Step::Grant { member, amount }),
        (reward.clone(), 1..1000_i64).prop_map(|(reward, cost)| Step::Reprice { reward, cost }),
        (reward, proptest::option::of(0..3_i64)).prop_map(|(reward, stock)| Step::Restock { reward, stock }),
    ]
}

/// What the test expects of a member, kept by itself.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Expected {
    available: i64,
    vouchers: usize,
}

fn play(world: &World, members: &[Session], expected: &mut [Expected], number: usize, step: &Step) {
    match *step {
        Step::Buy { member, minor, repeats } => {
            let till = world.till("old-town-1");
            let receipt = format!("r-{number}");
            let card = world.card_number(&members[member]);
            let scan = world.scan(&till, &world.key(), &card, &receipt).expect("200").json();
            let (key, scan) = (world.key(), scan["scan"].as_str().expect("an id").to_owned());
            let answer = world.accrue(&till, &key, &scan, &receipt, minor).expect("200");
            for _ in 0..repeats {
                assert_eq!(world.accrue(&till, &key, &scan, &receipt, minor).body, answer.body);
            }
            let answer = answer.json();
            let points = answer["points"].as_i64().expect("a number");
            assert!(points >= minor / 100 && points <= minor / 100 * 3 / 2, "{points} for {minor}");
            expected[member].available += points;
            assert_eq!(answer["available"], expected[member].available);
        }
        Step::Claim { member, reward, repeats } => {
            let (key, body) = (world.key(), world.claim_body(&members[member], REWARDS[reward]));
            let answer = world.act(&members[member], &key, &body);
            for _ in 0..repeats {
                assert_eq!(world.act(&members[member], &key, &body).body, answer.body);
            }
            if answer.status.is_success() {
                expected[member].available -= body["cost"]["amount"].as_i64().expect("a number");
                expected[member].vouchers += 1;
                assert!(expected[member].available >= 0, "a claim never leaves less than nothing");
            }
        }
        Step::Grant { member, amount } => {
            world.grant(&members[member], amount);
            expected[member].available += amount;
        }
        Step::Reprice { reward, cost } => {
            world.sandbox_post(&format!("/sandbox/v1/rewards/{}", REWARDS[reward]), &json!({"cost": cost}));
        }
        Step::Restock { reward, stock } => {
            world.sandbox_post(&format!("/sandbox/v1/rewards/{}", REWARDS[reward]), &json!({"stock": stock}));
        }
    }
}

/// What the server says in each place agrees with the others and with what was expected.
fn check_books(world: &World, member: &Session, expected: Expected) {
    let path = format!("/sandbox/v1/members/{}/ledger", member.member);
    let ledger = world.send(Call::get(&path)).expect("200").json();
    let entries = ledger["entries"].as_array().expect("entries");
    let mut balance = 0;
    for (index, entry) in entries.iter().enumerate() {
        balance += entry["amount"].as_i64().expect("a number");
        assert_eq!((&entry["balance"], &entry["number"]), (&json!(balance), &json!(index + 1)));
    }
    assert_eq!(balance, expected.available);
    let (changes, _) = world.snapshot(member, 3);
    assert_eq!(value_of(&changes, "account", "points"), &ledger["accounts"][0]);
    assert_eq!(ledger["accounts"][0]["available"], balance);
    let synced: Vec<_> = of_kind(&changes, "entry").iter().map(|change| &change["id"]).collect();
    let known: Vec<_> = entries.iter().map(|entry| &entry["id"]).collect();
    assert_eq!(synced, known);
    assert_eq!(of_kind(&changes, "voucher").len(), expected.vouchers);
    let earned: i64 = entries
        .iter()
        .filter(|entry| ["welcome", "purchase"].contains(&entry["reason"].as_str().unwrap_or_default()))
        .filter_map(|entry| entry["amount"].as_i64())
        .sum();
    assert_eq!(ledger["accounts"][0]["lifetime"], earned);
    assert_eq!(value_of(&changes, "standing", "standing")["points"], earned);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_books_balance_whatever_members_and_tills_do(steps in proptest::collection::vec(step(), 1..40)) {
        let world = World::new();
        let members = MEMBERS.map(|name| world.join(name));
        let mut expected = [Expected { available: 100, vouchers: 0 }; MEMBERS.len()];
        for (number, step) in steps.iter().enumerate() {
            play(&world, &members, &mut expected, number, step);
        }
        for (member, expected) in members.iter().zip(expected) {
            check_books(&world, member, expected);
        }
        let audit = world.audit();
        prop_assert_eq!(&audit["ledger_sum"], &json!(0));
        prop_assert_eq!(&audit["units"], &json!({"points": 0}));
        prop_assert_eq!((&audit["unbalanced"], &audit["drifted"]), (&json!(0), &json!(0)));
        let vouchers: usize = expected.iter().map(|expected| expected.vouchers).sum();
        prop_assert_eq!(&audit["vouchers"], &json!(vouchers));
    }
}

#[test]
fn a_run_is_a_pure_function_of_its_seed() {
    let run = |seed: u64| -> (Value, Vec<Value>) {
        let world = World::seeded(seed);
        let ada = world.join("Ada");
        world.buy(&ada, "r-1", 3500);
        world.act(&ada, &world.key(), &world.claim_body(&ada, "coffee")).expect("200");
        (world.audit(), world.snapshot(&ada, 500).0)
    };
    assert_eq!(run(7), run(7));
    assert_ne!(run(7).1, run(8).1);
}
