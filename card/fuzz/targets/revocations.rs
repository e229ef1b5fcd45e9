//! Any bytes as a revocation list, as they are, and signed as if the issuer had made them: read or refused, and what was read is what
//! the issuer would write.

#![no_main]

use ed25519_dalek::{Signer as _, SigningKey};
use libfuzzer_sys::fuzz_target;
use member_card::issuer::{IssuerKey, IssuerSecret};
use member_card::revocation::RevocationList;
use member_card::{Day, Secret};

fuzz_target!(|bytes: &[u8]| {
    let issuer = IssuerSecret::from_seed(&Secret::new([0x11; 32]));
    let keys = [IssuerKey {
        programme: "example".to_owned(),
        public: issuer.public(),
        first: Day::from_number(0),
        last: Day::from_number(u16::MAX),
    }];
    let _ = RevocationList::read(bytes, &keys, "example");
    // Past the signature, which no fuzzer gets by: the last 64 bytes are replaced by a good one.
    let mut signed = bytes.to_vec();
    if signed.len() >= 64 {
        signed.truncate(signed.len() - 64);
    }
    let signature = SigningKey::from_bytes(&[0x11; 32]).sign(&signed).to_bytes();
    signed.extend(signature);
    if let Ok(list) = RevocationList::read(&signed, &keys, "example") {
        let again =
            RevocationList::sign(&issuer, list.issued(), list.entries().to_vec()).expect("a list that was read");
        // The length of an empty list's card numbers is anybody's.
        assert!(again == signed || list.entries().is_empty());
    }
});
