//! `cargo xtask crash`: a real process killed as often as there is time for, in batches, with progress.
//!
//! The kills, and what must hold, are `core/tests/kill`. A failure names its seed and how to play it again.

use std::process::ExitCode;
use std::time::Instant;

use crate::shell;

/// Kills of one life: `KILLS` of `core/tests/kill/life.rs`.
const KILLS_OF_A_LIFE: u64 = 50;
/// Lives of one batch: a line of progress about each minute.
const BATCH: u64 = 12;

/// Kills at least so often, in lives from the seed `first` on.
pub(crate) fn run(first: u64, kills: u64) -> ExitCode {
    let begin = Instant::now();
    let end = first.saturating_add(kills.div_ceil(KILLS_OF_A_LIFE));
    let mut from = first;
    while from < end {
        let to = from.saturating_add(BATCH).min(end);
        let lives = ["test", "--quiet", "--package", "member-core", "--test", "kill", "no_kill", "--", "--nocapture"];
        if let Err(error) = shell::run(shell::cargo(lives).env("CRASH_SEEDS", format!("{from}..{to}"))) {
            eprintln!("{error}; the failing seed, its steps and how to play it again stand above");
            return ExitCode::FAILURE;
        }
        let done = (to - first) * KILLS_OF_A_LIFE;
        println!(
            "{done} kills, seeds {first}..{to} of {first}..{end}: nothing lost, after {}",
            shell::seconds(begin.elapsed())
        );
        from = to;
    }
    ExitCode::SUCCESS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_life_has_as_many_kills_as_its_test_says() {
        let life = std::fs::read_to_string(shell::root().join("core/tests/kill/life.rs")).expect("the test");
        assert!(life.contains(&format!("pub const KILLS: usize = {KILLS_OF_A_LIFE};")));
    }
}
