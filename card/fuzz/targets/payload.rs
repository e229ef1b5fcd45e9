//! Any text, for card numbers of any length: it is read or refused, and what was read is written as it was. Judges no code.

#![no_main]

use libfuzzer_sys::fuzz_target;
use member_card::payload::Payload;

fuzz_target!(|text: &str| {
    for number_length in 0..=19 {
        if let Ok(payload) = Payload::parse(text, number_length) {
            assert_eq!(payload.text(), text.trim_matches(|c: char| c.is_ascii_whitespace()));
            assert_eq!(payload.number().as_str().len(), number_length);
        }
    }
});
