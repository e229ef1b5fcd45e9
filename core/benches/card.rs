//! The card's view, for each payload: read again within a minute, and read first in a minute, when its code is a new one. Beside it,
//! in the same run, two other encoders on the symbol alone.

#![allow(clippy::disallowed_methods, clippy::print_stdout, reason = "a benchmark measures real time and prints it")]

#[path = "../tests/support/mod.rs"]
mod support;

use std::hint::black_box;
use std::time::{Duration, Instant};

use member_core::Home;
use member_core::ports::simulated::World;
use member_sandbox::programme::{Payload, Programme};
use support::{Backend, Phone};

const ROUNDS: usize = 200;

fn main() {
    println!("{ROUNDS} rounds, times in microseconds");
    for payload in [Payload::Static, Payload::Rotating, Payload::Proof] {
        let world = World::new(1);
        let programme = Programme::named("market").expect("the programme").with_payload(payload);
        let backend = Backend::of(&world, programme);
        let folder = tempfile::tempdir().expect("a folder");
        let phone = Phone::in_home(&world, &backend, Home::Folder(folder.path().to_owned()));
        phone.join();
        phone.refresh().expect("a sync");
        phone.device.network.set_online(false);
        let view = || {
            let view = phone.wallet().card().expect("a view");
            assert!(view.card.is_some());
        };
        print(&format!("{payload:?}: in a new minute"), || world.pass(Duration::from_mins(1)), view);
        print(&format!("{payload:?}: within a minute"), || (), view);
    }
    let text: String =
        (0..237).map(|index| char::from(b'0' + u8::try_from(index * 7 % 10).expect("a digit"))).collect();
    print(
        "peer: fast_qr, 237 digits",
        || (),
        || _ = black_box(fast_qr::QRBuilder::new(text.as_str()).build().expect("a symbol")),
    );
    let encode = || qrcodegen::QrCode::encode_text(&text, qrcodegen::QrCodeEcc::Medium).expect("a symbol");
    print("peer: qrcodegen, 237 digits", || (), || _ = black_box(encode()));
}

fn print(name: &str, before: impl Fn(), round: impl Fn()) {
    let mut times: Vec<Duration> = (0..ROUNDS)
        .map(|_| {
            before();
            let begin = Instant::now();
            round();
            begin.elapsed()
        })
        .collect();
    times.sort_unstable();
    let [p50, p99] = [times[ROUNDS / 2], times[ROUNDS * 99 / 100]].map(|time| time.as_secs_f64() * 1e6);
    println!("{name:<32} p50 {p50:>7.1}  p99 {p99:>7.1}");
}
