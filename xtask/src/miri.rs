//! `cargo xtask miri`: unit tests in Miri, an interpreter that sees each access to memory and each race of threads.
//!
//! It runs Rust and no C. So what opens a database or a socket is left out, by name; must not know what the tests are about.

use std::process::ExitCode;
use std::time::Instant;

use crate::shell;

/// Miri comes with nightly compilers only. A date, so that the same one runs everywhere.
const TOOLCHAIN: &str = "nightly-2026-10-30";

/// What is run: the arguments of cargo, and the names of the tests.
///
/// Left out of the card: its drawings, which are read back from pictures (hours). Left out of the core: `text` (the tables of ICU:
/// hours), `store`, `wallet` and `sync` (SQLite), `ports` (files, sockets, TLS), `files` (locks of files), `outbox::lanes` and `sync::schedule` (no memory
/// of its own, and a search through all states: hours). Of the bindings all: each call leads to SQLite, and the conversions are the
/// compiler's. Of `sqlcipher` what C calls is run, with buffers of its own; opening a file is not.
const RUNS: [(&str, &[&str]); 3] = [
    ("-p sqlcipher-sys --lib", &["provider::"]),
    ("-p member-card --lib --test numbers", &[]),
    ("-p member-core --lib", &["outbox::", "domain::", "observe::", "api::", "--skip", "outbox::lanes"]),
];

/// Installs what is missing, and runs everything that Miri can.
pub(crate) fn run() -> ExitCode {
    let begin = Instant::now();
    let done = install().and_then(|()| RUNS.iter().try_for_each(|(what, names)| interpret(what, names)));
    match done {
        Ok(()) => {
            println!("Miri has nothing against any of it, after {}", shell::seconds(begin.elapsed()));
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}; what Miri saw stands above");
            ExitCode::FAILURE
        }
    }
}

fn install() -> Result<(), String> {
    let toolchain = format!("+{TOOLCHAIN}");
    if shell::succeeds(&mut shell::cargo([toolchain.as_str(), "miri", "--version"])) {
        return Ok(());
    }
    println!("Miri is missing: installing {TOOLCHAIN} with rustup");
    let mut rustup = shell::program("rustup");
    let arguments = "--profile minimal --component miri,rust-src".split(' ');
    shell::run(rustup.args(["toolchain", "install", TOOLCHAIN]).args(arguments))
        .map_err(|error| format!("Miri is missing and could not be installed ({error}). It comes with rustup."))
}

fn interpret(what: &str, names: &[&str]) -> Result<(), String> {
    let toolchain = format!("+{TOOLCHAIN}");
    let mut miri = shell::cargo([toolchain.as_str(), "miri", "test", "--locked"]);
    miri.args(what.split(' ')).arg("--").args(names);
    // Samples are files of the tree. Each case takes a thousand times as long as otherwise.
    miri.env("MIRIFLAGS", "-Zmiri-disable-isolation").env("PROPTEST_CASES", "4").env("LANE_SEQUENCES", "3");
    shell::run(&mut miri)
}
