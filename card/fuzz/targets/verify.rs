//! Any text at any time, to a till and to the backend. What is accepted as checked is a genuine code in its time; the key is that of
//! the vectors, whose codes are the seeds.

#![no_main]

use libfuzzer_sys::fuzz_target;
use member_card::guesses::Guesses;
use member_card::issuer::{IssuerKey, IssuerSecret};
use member_card::marks::{Basket, MemoryMarks};
use member_card::payload::PayloadKind;
use member_card::verify::{Backend, CardFormat, KnownCard, KnownDevice, OfflineTill};
use member_card::{Day, DeviceNumber, Period, Secret, UnixTime};

fuzz_target!(|input: &[u8]| {
    // The time in 8 bytes, then the text.
    let Some((seconds, text)) = input.split_first_chunk() else { return };
    let Ok(text) = std::str::from_utf8(text) else { return };
    let now = UnixTime::from_seconds(u64::from_be_bytes(*seconds));
    let format = CardFormat {
        programme: "example".to_owned(),
        number_length: 16,
        prefix: "926".to_owned(),
        payload: PayloadKind::Proof,
    };
    let keys = vec![IssuerKey {
        programme: "example".to_owned(),
        public: IssuerSecret::from_seed(&Secret::new([0x11; 32])).public(),
        first: Day::from_number(0),
        last: Day::from_number(u16::MAX),
    }];
    let basket = Basket { till: "4".to_owned(), receipt: "1001".to_owned() };
    let till = OfflineTill { format: format.clone(), keys: keys.clone(), revocations: None };
    if let Ok(checked) = till.check(text, now) {
        let verdict = checked.take(now, &basket, &mut MemoryMarks::default()).expect("no marks");
        assert!(!verdict.may_spend);
        assert_eq!(verdict.verified, verdict.kind == PayloadKind::Proof);
        if let Some(period) = verdict.period {
            assert!(period.number().abs_diff(Period::at(now).number()) <= 1);
        }
    }
    let mut card = KnownCard {
        programme: "example".to_owned(),
        revoked: false,
        devices: vec![KnownDevice { number: DeviceNumber(1), totp: Some(Secret::new([7; 20])), revoked: false }],
        guesses: Guesses::NONE,
    };
    if let Ok(payload) = format.read(text) {
        let backend = Backend { format, keys };
        if let Ok(checked) = backend.check(&payload, now, Some(&mut card)) {
            let verdict = checked.take(now, &basket, &mut MemoryMarks::default()).expect("no marks");
            assert_eq!(verdict.may_spend, verdict.verified);
        }
    }
});
