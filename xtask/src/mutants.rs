//! `cargo xtask mutants`: breaks the pure rules of outbox, sync and domain in each way that cargo-mutants knows, and sees whether the
//! unit tests of the core notice.
//!
//! A run takes hours and may be broken off: the next one goes on with what was not caught yet. Must not know the rules.

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use crate::shell;

/// What is broken. The rest of the core is held by simulation, which would take minutes for each mutant.
const FILES: [&str; 4] =
    ["core/src/outbox/**", "core/src/sync/schedule.rs", "core/src/domain/time.rs", "core/src/domain/change.rs"];

/// The tests that look: those of the same modules. The stampede is left out, since it takes a minute.
const TESTS: [&str; 3] = ["outbox::", "sync::schedule::tests::", "domain::"];

/// Of a hundred mutants, so many at least are to be caught.
const GOAL: usize = 90;

/// Breaks and tests; with `fresh`, also what was caught in earlier runs.
pub(crate) fn run(fresh: bool) -> ExitCode {
    match all(fresh) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn all(fresh: bool) -> Result<bool, String> {
    install()?;
    let folder = shell::target().join("mutants");
    if fresh && folder.exists() {
        fs::remove_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut mutants = shell::cargo("mutants --package member-core --iterate --colors never --output".split(' '));
    mutants.arg(&folder);
    for file in FILES {
        mutants.args(["--file", file]);
    }
    mutants.args(["--", "--locked", "--lib", "--"]).args(TESTS);
    // It fails where a mutant survives, which is judged below; where it never got as far as mutants, there is nothing to judge.
    let run = shell::run(&mut mutants);
    let out = folder.join("mutants.out");
    let tally = Tally::read(&out);
    if tally.caught + tally.missed.len() == 0 {
        return Err(run.err().unwrap_or_else(|| format!("there is nothing in {}", out.display())));
    }
    println!("\n{}", tally.told());
    Ok(tally.percent() >= GOAL)
}

fn install() -> Result<(), String> {
    if shell::succeeds(&mut shell::cargo(["mutants", "--version"])) {
        return Ok(());
    }
    println!("cargo-mutants is missing: building it, which takes some minutes");
    shell::run(&mut shell::cargo("install --locked cargo-mutants".split(' ')))
}

/// What became of the mutants of this run and of those before.
#[derive(Debug, PartialEq)]
struct Tally {
    /// A test failed, or never came to an end.
    caught: usize,
    /// The survivors.
    missed: Vec<String>,
}

impl Tally {
    fn read(out: &Path) -> Tally {
        let lines = |name: &str| {
            // A list that is not there is one without lines.
            let text = fs::read_to_string(out.join(name)).unwrap_or_default();
            text.lines().map(str::to_owned).collect::<Vec<String>>()
        };
        let caught = ["caught.txt", "timeout.txt", "previously_caught.txt"].map(|name| lines(name).len());
        Tally { caught: caught.iter().sum(), missed: lines("missed.txt") }
    }

    fn percent(&self) -> usize {
        self.caught * 100 / (self.caught + self.missed.len()).max(1)
    }

    fn told(&self) -> String {
        let (caught, all) = (self.caught, self.caught + self.missed.len());
        let mut text = format!("{caught} of {all} mutants caught, {} percent; the goal is {GOAL}", self.percent());
        for survivor in &self.missed {
            text.push_str("\nsurvived: ");
            text.push_str(survivor);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_of_this_run_and_of_earlier_ones_count_and_survivors_are_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("a file");
        write("caught.txt", "a\nb\n");
        write("timeout.txt", "c\n");
        write("previously_caught.txt", "d\ne\nf\ng\nh\n");
        write("missed.txt", "core/src/x.rs:1:2: replace + with -\n");
        let tally = Tally::read(folder.path());
        assert_eq!((tally.caught, tally.percent()), (8, 88));
        assert!(tally.told().ends_with("survived: core/src/x.rs:1:2: replace + with -"), "{}", tally.told());
        assert_eq!(Tally::read(Path::new("/nowhere")), Tally { caught: 0, missed: Vec::new() });
    }
}
