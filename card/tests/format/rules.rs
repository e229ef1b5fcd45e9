//! The rules that need more than one scan: single use, the guesses, what is shown of secrets, and the device's chain.

use std::collections::BTreeSet;

use member_card::guesses::Guesses;
use member_card::issuer::IssuerKey;
use member_card::marks::{Basket, Mark, Marks, MemoryMarks, Taken};
use member_card::payload::{Payload, PayloadKind};
use member_card::proof::Proof;
use member_card::revocation::{RevocationInputError, RevocationList};
use member_card::totp::TotpCode;
use member_card::verify::{Backend, CardFormat, KnownCard, KnownDevice, OfflineTill, Refusal, Verdict, VerifyError};
use member_card::{CardNumber, Chain, ChainSecret, Day, DeviceNumber, Period, Secret, UnixTime};
use proptest::prelude::*;
use sha2::{Digest, Sha256};

use crate::vectors::{proof_bytes, with_bytes};
use crate::world::{NUMBER, PROGRAMME, Phone, SEED, TODAY, card, during, issuer, list, period};

fn format() -> CardFormat {
    let programme = PROGRAMME.to_owned();
    CardFormat { programme, number_length: 16, prefix: String::new(), payload: PayloadKind::Proof }
}

fn till() -> OfflineTill {
    let day = Day::from_number;
    OfflineTill {
        format: format(),
        keys: vec![IssuerKey {
            programme: PROGRAMME.to_owned(),
            public: issuer(SEED).public(),
            first: day(TODAY),
            last: day(TODAY + 7),
        }],
        revocations: None,
    }
}

fn basket(receipt: u32) -> Basket {
    Basket { till: "4".to_owned(), receipt: receipt.to_string() }
}

fn scan<M: Marks>(code: &str, now: u64, receipt: u32, marks: &mut M) -> Result<Verdict, VerifyError<M::Error>> {
    let now = UnixTime::from_seconds(now);
    till().check(code, now)?.take(now, &basket(receipt), marks)
}

/// What a thief makes of a code that was shown: that of the period before, by the document.
fn code_before(code: &str) -> String {
    let number = &code[..16];
    with_bytes(code, 16, |bytes| {
        let index = u16::from_be_bytes([bytes[9], bytes[10]]);
        let message = [b"MP1 chain\x10", number.as_bytes(), &bytes[5..9], &(index + 1).to_be_bytes(), &bytes[11..27]];
        let digest = Sha256::digest(message.concat());
        bytes[11..27].copy_from_slice(&digest[..16]);
        bytes[9..11].copy_from_slice(&(index - 1).to_be_bytes());
    })
}

/// Marks as somebody might keep them who does not think of the chain: the codes that were used.
#[derive(Default)]
struct UsedCodes(BTreeSet<(CardNumber, DeviceNumber, Period)>);

impl Marks for UsedCodes {
    type Error = std::convert::Infallible;

    fn take(
        &mut self,
        card: &CardNumber,
        device: DeviceNumber,
        period: Period,
        _: &Basket,
    ) -> Result<Taken, Self::Error> {
        let new = self.0.insert((card.clone(), device, period));
        Ok(if new { Taken::New } else { Taken::Used { last: period } })
    }
}

#[test]
fn the_code_before_follows_from_a_code_and_is_refused() {
    let (phone, at) = (Phone::new(NUMBER, 1), period(TODAY, 719));
    let shown = phone.proof(at);
    let stolen = code_before(&shown);
    assert_eq!(stolen, phone.proof(period(TODAY, 718)), "the thief's code is genuine");

    let (now, mut marks) = (during(at), MemoryMarks::default());
    assert!(scan(&shown, now, 1, &mut marks).is_ok());
    for receipt in [1, 2] {
        let refusal = scan(&stolen, now, receipt, &mut marks).unwrap_err();
        assert_eq!(refusal, VerifyError::Refused(Refusal::Used { seconds: 30 }));
    }
    // The control: a set of used codes lets the thief in.
    let mut naive = UsedCodes::default();
    assert!(scan(&shown, now, 1, &mut naive).is_ok());
    assert!(scan(&shown, now, 2, &mut naive).is_err());
    assert!(scan(&stolen, now, 2, &mut naive).is_ok());
}

#[test]
fn a_second_scan_for_the_same_basket_gets_the_same_answer() {
    let (phone, at) = (Phone::new(NUMBER, 1), period(TODAY, 719));
    let (code, mut marks) = (phone.proof(at), MemoryMarks::default());
    let first = scan(&code, during(at), 1, &mut marks).expect("accepted");
    assert!(!first.again);
    // Also after the period has gone, as long as the code is in time.
    for now in [during(at), during(at) + 60] {
        assert_eq!(scan(&code, now, 1, &mut marks), Ok(Verdict { again: true, ..first.clone() }));
    }
}

#[test]
fn two_baskets_in_one_period_need_two_codes() {
    let (phone, at) = (Phone::new(NUMBER, 1), period(TODAY, 719));
    let mut marks = MemoryMarks::default();
    let now = at.start().seconds();
    assert!(scan(&phone.proof(at), now, 1, &mut marks).is_ok());
    let refusal = VerifyError::Refused(Refusal::Used { seconds: 60 });
    assert_eq!(scan(&phone.proof(at), now, 2, &mut marks), Err(refusal));
    // The phone shows the next one at once.
    assert!(scan(&phone.proof(at.next()), now, 2, &mut marks).is_ok());
    // The first basket's answer is gone with its mark: its code is an earlier one now.
    assert_eq!(scan(&phone.proof(at), now, 1, &mut marks), Err(VerifyError::Refused(Refusal::Used { seconds: 120 })));
    let next = at.next().start().seconds();
    assert!(scan(&phone.proof(at.next().next()), next, 3, &mut marks).is_ok());
}

#[test]
fn a_screenshot_is_dead_after_two_periods() {
    let (phone, at) = (Phone::new(NUMBER, 1), period(TODAY, 1439));
    let code = phone.proof(at);
    let start = at.start().seconds();
    let good: Vec<bool> =
        (0..300).map(|second| scan(&code, start + second, 1, &mut MemoryMarks::default()).is_ok()).collect();
    assert_eq!(good, (0..300).map(|second| second < 120).collect::<Vec<_>>());
}

/// A store that cannot be written.
struct FullDisk;

impl Marks for FullDisk {
    type Error = &'static str;

    fn take(&mut self, _: &CardNumber, _: DeviceNumber, _: Period, _: &Basket) -> Result<Taken, &'static str> {
        Err("no space left")
    }
}

#[test]
fn without_a_mark_nothing_is_accepted() {
    let (phone, at) = (Phone::new(NUMBER, 1), period(TODAY, 719));
    assert_eq!(scan(&phone.proof(at), during(at), 1, &mut FullDisk), Err(VerifyError::Marks("no space left")));
    // A number has no mark that could be missing.
    assert!(scan(NUMBER, during(at), 1, &mut FullDisk).is_ok());
}

proptest! {
    /// Whatever comes in whatever order: baskets that were accepted have later and later codes, and no code has two baskets.
    #[test]
    fn periods_only_grow(scans in prop::collection::vec((0..6_u64, 0..4_u32), 1..60)) {
        let (number, device) = (card(NUMBER), DeviceNumber(1));
        let (mut marks, mut accepted) = (MemoryMarks::default(), Vec::<(u64, u32)>::new());
        for (at, receipt) in scans {
            let taken = marks.take(&number, device, Period::from_number(at), &basket(receipt));
            let expected = match accepted.last() {
                Some(last) if *last == (at, receipt) => Taken::Again,
                Some((last, _)) if at <= *last => Taken::Used { last: Period::from_number(*last) },
                _ => Taken::New,
            };
            prop_assert_eq!(taken, Ok(expected.clone()));
            if expected == Taken::New {
                accepted.push((at, receipt));
            }
        }
        prop_assert!(accepted.is_sorted_by(|before, after| before.0 < after.0));
    }
}

#[test]
fn the_rule_of_marks_needs_no_store() {
    let mark = Mark { period: Period::from_number(9), basket: basket(1) };
    assert_eq!(Mark::judge(None, Period::from_number(0), &basket(1)), Taken::New);
    assert_eq!(Mark::judge(Some(&mark), Period::from_number(9), &basket(1)), Taken::Again);
    assert_eq!(Mark::judge(Some(&mark), Period::from_number(10), &basket(2)), Taken::New);
}

/// A backend with one card, and nothing but guesses.
fn guess(card: &mut KnownCard, code: &TotpCode, now: u64) -> Result<(), Refusal> {
    let format = format();
    let payload = Payload::Rotating(self::card(NUMBER), code.clone());
    Backend { format, keys: Vec::new() }.check(&payload, UnixTime::from_seconds(now), Some(card)).map(|_| ())
}

fn known(phone: &Phone) -> KnownCard {
    let device = KnownDevice { number: phone.device, totp: Some(Secret::new(phone.totp)), revoked: false };
    KnownCard { programme: PROGRAMME.to_owned(), revoked: false, devices: vec![device], guesses: Guesses::NONE }
}

#[test]
fn a_guesser_gets_ten_tries_and_then_six_an_hour() {
    let (phone, begin) = (Phone::new(NUMBER, 1), during(period(TODAY, 0)));
    let mut card = known(&phone);
    let wrong = TotpCode::parse("00000000").expect("a code");
    let (mut looked_at, mut day) = (Vec::new(), 0);
    while day < 86_400 {
        match guess(&mut card, &wrong, begin + day) {
            Err(Refusal::Forged) => looked_at.push(day),
            Err(Refusal::TooManyGuesses { seconds }) => assert!((1..=600).contains(&seconds), "{seconds}"),
            other => panic!("{other:?}"),
        }
        day += 1;
    }
    assert_eq!(looked_at[..10], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assert_eq!(looked_at[10..13], [600, 1_200, 1_800]);
    assert_eq!(looked_at.len(), 10 + 143);

    // The member's own code is told to wait, too; the wait is what is said.
    let now = begin + day;
    let own = TotpCode::of(&Secret::new(phone.totp), Period::at(UnixTime::from_seconds(now)));
    card.guesses = Guesses { clear_at: UnixTime::from_seconds(now + 6_000) };
    assert_eq!(guess(&mut card, &own, now), Err(Refusal::TooManyGuesses { seconds: 600 }));
    let later = now + 600;
    let own = TotpCode::of(&Secret::new(phone.totp), Period::at(UnixTime::from_seconds(later)));
    assert_eq!(guess(&mut card, &own, later), Ok(()));
}

#[test]
fn only_wrong_codes_are_guesses() {
    let phone = Phone::new(NUMBER, 1);
    let mut card = known(&phone);
    let at = period(TODAY, 719);
    let code = |at| TotpCode::of(&Secret::new(phone.totp), at);
    assert_eq!(guess(&mut card, &code(at), during(at)), Ok(()));
    card.devices[0].revoked = true;
    assert_eq!(guess(&mut card, &code(at), during(at)), Err(Refusal::Revoked));
    assert_eq!(card.guesses, Guesses::NONE);
    // An expired one might be a guess that came near.
    assert_eq!(guess(&mut card, &code(period(TODAY, 716)), during(at)), Err(Refusal::Expired { seconds: 150 }));
    assert_ne!(card.guesses, Guesses::NONE);
}

/// Each code of a day, by a chain that is kept in parts, is that of the chain step by step.
#[test]
fn the_devices_chain_is_that_of_the_document() {
    let phone = Phone::new(NUMBER, 7);
    let day = Day::from_number(TODAY);
    let (chain, signed) = (phone.chain(day), phone.signed(&issuer(SEED), day));
    let code = |index| {
        let proof = Proof::new(&chain, &signed, period(TODAY, index)).expect("of that day");
        Payload::Proof(Box::new(proof)).text()
    };
    let mut expected = code(1439);
    assert_eq!(proof_bytes(&expected, 16)[11..27], phone.secret);
    for index in (0..1439).rev() {
        expected = code_before(&expected);
        assert_eq!(code(index), expected, "period {index}");
    }
    assert!(Proof::new(&chain, &signed, period(TODAY + 1, 0)).is_none());
    assert!(Proof::new(&chain, &signed, Period::from_number(u64::MAX)).is_none());
}

#[test]
fn secrets_are_not_shown() {
    let (phone, at) = (Phone::new(NUMBER, 1), period(TODAY, 719));
    let day = Day::from_number(TODAY);
    let chain = Chain::new(&ChainSecret::new(phone.secret), &phone.number, phone.device, day);
    let (proof, rotating) = (phone.proof(at), phone.rotating(at));
    let parsed = |text: &str| Payload::parse(text, 16).expect("a payload");
    let shown = format!(
        "{:?} {:?} {:?} {:?} {:?} {:?} {:?}",
        Secret::new(phone.totp),
        chain,
        parsed(&proof),
        parsed(&rotating),
        issuer(SEED),
        known(&phone),
        RevocationList::read(&list(0, &[]), &[], ""),
    );
    let bytes = proof_bytes(&proof, 16);
    for secret in [&rotating[16..], NUMBER, &proof[16..50], &proof[100..140]] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
    for bytes in [&phone.totp[..], &phone.secret, &SEED, &bytes[11..27], &bytes[27..]] {
        // As `{:?}` of bytes would write them.
        let listed = format!("{:?}", &bytes[..4]);
        assert!(!shown.contains(listed.trim_matches(['[', ']'])), "{listed} in {shown}");
    }
    assert!(shown.contains("Proof(CardNumber(…0012), key "), "{shown}");
}

#[test]
fn an_older_list_does_not_take_the_place_of_a_newer_one() {
    let now = during(period(TODAY, 719));
    let read = |at| RevocationList::read(&list(at, &[(NUMBER, 3)]), &till().keys, PROGRAMME).expect("a good list");
    let (older, newer) = (read(now - 1), read(now));
    assert!(newer.replaces(&older) && newer.replaces(&newer) && !older.replaces(&newer));
    assert_eq!((newer.age(UnixTime::from_seconds(now + 9)), newer.age(UnixTime::from_seconds(now - 9))), (9, 0));
    assert_eq!(newer.entries(), [(card(NUMBER), DeviceNumber(3))]);
}

#[test]
fn a_list_that_no_till_would_read_is_not_signed() {
    let sign = |entries: Vec<(CardNumber, DeviceNumber)>| {
        RevocationList::sign(&issuer(SEED), UnixTime::from_seconds(0), entries)
    };
    let entry = |number: &str| (card(number), DeviceNumber(1));
    assert_eq!(sign(vec![entry("B1"), entry("A1"), entry("A1")]), Err(RevocationInputError::Twice { at: 2 }));
    assert_eq!(sign(vec![entry("A1"), entry("B12")]), Err(RevocationInputError::Length { at: 2 }));
    let many = |count: usize| (0..count).map(|number| entry(&format!("{number:06}"))).collect::<Vec<_>>();
    assert_eq!(sign(many(RevocationList::MOST + 1)), Err(RevocationInputError::TooMany));
    let largest = sign(many(RevocationList::MOST)).expect("a list");
    let keys = [IssuerKey { first: Day::from_number(0), ..till().keys[0].clone() }];
    let read = RevocationList::read(&largest, &keys, PROGRAMME).expect("a good list");
    assert!(read.revokes(&card("099999"), DeviceNumber(0)) && !read.revokes(&card("099999"), DeviceNumber(1)));
}
