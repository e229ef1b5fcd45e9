//! `cargo xtask sim`: the simulation with as many seeds as there is time for, in batches, with progress.
//!
//! The walk itself, and what must hold, is `core/tests/random_walk/main.rs`. A failure names its seed and how to play it again.

use std::process::ExitCode;
use std::time::Instant;

use crate::shell;

/// Seeds of one batch: a line of progress about each half minute.
const BATCH: u64 = 50;

/// Plays `count` seeds from `first` on.
pub(crate) fn run(first: u64, count: u64) -> ExitCode {
    let begin = Instant::now();
    let end = first.saturating_add(count);
    let mut from = first;
    while from < end {
        let to = from.saturating_add(BATCH).min(end);
        let walk =
            "test --quiet --profile sim --package member-core --test random_walk each_acknowledged -- --nocapture";
        let mut command = shell::cargo(walk.split(' '));
        if let Err(error) = shell::run(command.env("SIM_SEEDS", format!("{from}..{to}"))) {
            eprintln!("{error}; the failing seed, its steps and how to play it again stand above");
            return ExitCode::FAILURE;
        }
        println!("seeds {first}..{to} of {first}..{end} hold, after {}", shell::seconds(begin.elapsed()));
        from = to;
    }
    ExitCode::SUCCESS
}
