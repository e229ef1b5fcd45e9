//! How many codes one core verifies a second, and what each is as a symbol. Beside it, in the same run, as many bare hashes and a bare
//! check of a signature, by the crates that the verifier is made of and by ring, whose hashing and curve are assembly.

#![allow(clippy::disallowed_methods, clippy::print_stdout, reason = "a benchmark measures real time and prints it")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use member_card::guesses::Guesses;
use member_card::issuer::{IssuerKey, IssuerSecret};
use member_card::marks::{Basket, MemoryMarks};
use member_card::payload::{Payload, PayloadKind};
use member_card::proof::{self, Proof, Tier};
use member_card::symbol::{Symbol, Symbology};
use member_card::totp::TotpCode;
use member_card::verify::{Backend, CardFormat, KnownCard, KnownDevice, OfflineTill};
use member_card::{CardNumber, Chain, Day, DeviceNumber, Period, Secret};
use sha2::{Digest as _, Sha256};

const DAY: Day = Day::from_number(20_779);
/// Each case is measured so often, in turn with the others, so that all meet the same machine.
const ROUNDS: usize = 150;
/// Time of a case in a round.
const SLICE: Duration = Duration::from_millis(5);
/// Length of the message of a step of the chain for a card number of 16.
const STEP: usize = 48;

fn main() {
    let number = CardNumber::parse("9260000000000012").expect("a card number");
    let device = DeviceNumber(1);
    let issuer = IssuerSecret::from_seed(&Secret::new([1; 32]));
    let totp = Secret::new([2; 20]);
    let chain_secret = Secret::new([3; 16]);
    let chain = Chain::new(&chain_secret, &number, device, DAY);
    let signed = proof::sign_day(&issuer, &number, Tier(2), device, DAY, &chain.start());

    let format =
        |payload| CardFormat { programme: "example".to_owned(), number_length: 16, prefix: String::new(), payload };
    let key = IssuerKey { programme: "example".to_owned(), public: issuer.public(), first: DAY, last: DAY };
    let till = OfflineTill { format: format(PayloadKind::Proof), keys: vec![key], revocations: None };
    let backend = Backend { format: format(PayloadKind::Rotating), keys: Vec::new() };
    let mut card = KnownCard {
        programme: "example".to_owned(),
        revoked: false,
        devices: vec![KnownDevice { number: device, totp: Some(totp.clone()), revoked: false }],
        guesses: Guesses::NONE,
    };

    let at = |index| Period::of_day(DAY, index).expect("a period");
    let proof_at = |index| {
        let proof = Proof::new(&chain, &signed, at(index)).expect("a period of that day");
        Payload::Proof(Box::new(proof)).text()
    };
    let rotating = Payload::Rotating(number.clone(), TotpCode::of(&totp, at(719))).text();
    let (noon, midnight) = (proof_at(719), proof_at(1439));
    let basket = Basket { till: "4".to_owned(), receipt: "1001".to_owned() };

    // From the scanned text to the verdict, each with fresh marks.
    let verify_proof = |code: &str, index| {
        let now = at(index).start();
        let checked = till.check(black_box(code), now).expect("a good code");
        black_box(checked.take(now, &basket, &mut MemoryMarks::default()).expect("not used"));
    };
    let mut verify_rotating = || {
        let now = at(719).start();
        let payload = backend.format.read(black_box(&rotating)).expect("a payload");
        let checked = backend.check(&payload, now, Some(&mut card)).expect("a good code");
        black_box(checked.take(now, &basket, &mut MemoryMarks::default()).expect("not used"));
    };
    let peers = Peers::new();
    let mut cases: Vec<(String, Box<dyn FnMut() + '_>)> = vec![
        ("rotating, one device".into(), Box::new(&mut verify_rotating)),
        ("proof at i = 719".into(), Box::new(|| verify_proof(&noon, 719))),
        ("proof at i = 1439".into(), Box::new(|| verify_proof(&midnight, 1439))),
        (
            "device: a day's chain, once a day".into(),
            Box::new(|| {
                black_box(Chain::new(&chain_secret, &number, device, DAY));
            }),
        ),
        (
            "device: the code of a period".into(),
            Box::new(|| {
                black_box(proof_at(black_box(700)));
            }),
        ),
        ("peer: 720 hashes, sha2".into(), Box::new(|| peers.sha2(720))),
        ("peer: 1440 hashes, sha2".into(), Box::new(|| peers.sha2(1440))),
        ("peer: 1440 hashes, ring".into(), Box::new(|| peers.ring(1440))),
        ("peer: signature, ed25519-dalek, strict".into(), Box::new(|| peers.dalek())),
        ("peer: signature, ring".into(), Box::new(|| peers.ring_signature())),
        ("peer: 3 codes, ring's HMAC".into(), Box::new(|| peers.ring_hmac(3))),
    ];
    let mut times = vec![Vec::new(); cases.len()];
    for _ in 0..ROUNDS {
        for ((_, work), times) in cases.iter_mut().zip(&mut times) {
            times.push(per_call(work));
        }
    }
    println!("one core, {ROUNDS} rounds of {} ms each", SLICE.as_millis());
    for ((name, _), mut times) in cases.iter().zip(times) {
        times.sort();
        let (least, median) = (times[0], times[times.len() / 2]);
        let per_second = |time: Duration| 1.0 / time.as_secs_f64();
        println!(
            "{name:<40} median {:>8.1} us  {:>9.0}/s   best {:>8.1} us  {:>9.0}/s",
            median.as_secs_f64() * 1e6,
            per_second(median),
            least.as_secs_f64() * 1e6,
            per_second(least),
        );
    }
    drop(cases);
    for (name, code) in [("static", number.as_str()), ("rotating", &rotating), ("proof", &noon)] {
        let symbol = Symbol::encode(Symbology::Qr, code).expect("a symbol");
        println!("{name:<10} {:>3} characters, {symbol:?}", code.len());
    }
}

fn per_call(work: &mut dyn FnMut()) -> Duration {
    let begun = Instant::now();
    let mut calls = 0;
    while begun.elapsed() < SLICE {
        for _ in 0..16 {
            work();
        }
        calls += 16;
    }
    begun.elapsed() / calls
}

/// The same work without a card around it.
struct Peers {
    dalek: ed25519_dalek::VerifyingKey,
    ring: ring::signature::UnparsedPublicKey<[u8; 32]>,
    message: [u8; 51],
    signature: [u8; 64],
    hmac: ring::hmac::Key,
}

impl Peers {
    fn new() -> Self {
        use ed25519_dalek::Signer as _;
        let secret = ed25519_dalek::SigningKey::from_bytes(&[1; 32]);
        let message = [7; 51];
        Self {
            dalek: secret.verifying_key(),
            ring: ring::signature::UnparsedPublicKey::new(&ring::signature::ED25519, secret.verifying_key().to_bytes()),
            message,
            signature: secret.sign(&message).to_bytes(),
            hmac: ring::hmac::Key::new(ring::hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &[2; 20]),
        }
    }

    fn sha2(&self, count: usize) {
        let mut message = [self.message[0]; STEP];
        for _ in 0..count {
            let digest = Sha256::digest(message);
            message[STEP - 16..].copy_from_slice(&digest[..16]);
        }
        black_box(message);
    }

    fn ring(&self, count: usize) {
        let mut message = [self.message[0]; STEP];
        for _ in 0..count {
            let digest = ring::digest::digest(&ring::digest::SHA256, &message);
            message[STEP - 16..].copy_from_slice(&digest.as_ref()[..16]);
        }
        black_box(message);
    }

    fn dalek(&self) {
        let signature = ed25519_dalek::Signature::from_bytes(black_box(&self.signature));
        self.dalek.verify_strict(&self.message, &signature).expect("a good signature");
    }

    fn ring_signature(&self) {
        self.ring.verify(&self.message, black_box(&self.signature)).expect("a good signature");
    }

    fn ring_hmac(&self, count: u64) {
        for period in 0..count {
            black_box(ring::hmac::sign(&self.hmac, &black_box(period).to_be_bytes()));
        }
    }
}
