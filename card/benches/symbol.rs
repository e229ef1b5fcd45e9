//! How long a card's symbol takes, in every symbology, and beside QR's the encoders `fast_qr` and `qrcodegen` for the same content in the same
//! run. Built as the library is shipped.

#![allow(clippy::disallowed_methods, clippy::print_stdout, reason = "a benchmark measures real time and prints it")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use fast_qr::{ECL, QRBuilder};
use member_card::symbol::{Symbol, Symbology};
use qrcodegen::{QrCode, QrCodeEcc, QrSegment, Version};

const ROUNDS: usize = 500;

fn main() {
    let number = "9820000000000013";
    let rotating = format!("{number}00824316");
    let proof = "9820000000000013".repeat(15)[..237].to_owned();
    println!("{ROUNDS} rounds, times in microseconds");
    for (name, content) in [("16 digits", number), ("16 + 8 digits", &rotating), ("16 + 221 digits", &proof)] {
        println!("{name}:");
        for symbology in Symbology::ALL {
            if Symbol::encode(symbology, content).is_ok() {
                line(symbology.name(), || Symbol::encode(symbology, content).is_ok());
            }
        }
        // Both choose the smallest version at level M and the mask themselves, as is done above; fast_qr stays at M.
        line("peer: fast_qr", || QRBuilder::new(content).ecl(ECL::M).build().is_ok());
        line("peer: qrcodegen", || {
            let segments = QrSegment::make_segments(content);
            let (least, most) = (Version::MIN, Version::MAX);
            QrCode::encode_segments_advanced(&segments, QrCodeEcc::Medium, least, most, None, true).is_ok()
        });
    }
}

fn line(name: &str, work: impl Fn() -> bool) {
    let mut times: Vec<Duration> = (0..ROUNDS)
        .map(|_| {
            let begin = Instant::now();
            assert!(black_box(work()), "{name}");
            begin.elapsed()
        })
        .collect();
    times.sort_unstable();
    let [p50, p99, max] = [ROUNDS / 2, ROUNDS * 99 / 100, ROUNDS - 1].map(|rank| times[rank].as_secs_f64() * 1e6);
    println!("  {name:<16}  p50 {p50:>7.1}  p99 {p99:>7.1}  max {max:>7.1}");
}
