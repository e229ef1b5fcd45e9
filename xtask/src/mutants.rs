//! `cargo xtask mutants`: breaks the pure rules of the core in each way that cargo-mutants knows, and sees whether the unit tests of
//! the same modules notice.
//!
//! A run takes an hour or more and may be broken off: the next one goes on with what was not caught yet. Must not know the rules.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};

use crate::shell;

/// What is broken: all of the core that is a function of its arguments. The rest is held by simulation, which would take minutes
/// for each mutant.
const FILES: [&str; 5] = [
    "core/src/outbox/**",
    "core/src/sync/schedule.rs",
    "core/src/domain/**",
    "core/src/api/answer.rs",
    "core/src/api/problem.rs",
];

/// The tests that look: those of the same modules. The stampede is left out, since it takes a minute.
const TESTS: [&str; 5] = ["outbox::", "sync::schedule::tests::", "domain::", "api::answer::", "api::problem::"];

/// For each build. `--lib`: cargo-mutants builds every test of the package otherwise. Optimised: the walk through all states of the
/// schedule takes three seconds then, and twenty otherwise, while the build takes as long.
const CARGO: [&str; 3] = ["--locked", "--lib", "--config=profile.dev.package.member-core.opt-level=2"];

/// Seconds after which tests count as hung, at least. Longer where the unbroken tree takes long.
const HUNG: &str = "60";

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
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    if fresh {
        forget(&folder)?;
    }
    remember(&folder)?;
    let listed = shell::output(mutants().arg("--list"))?;
    let mut run = mutants();
    run.args(["--iterate", "--minimum-test-timeout", HUNG, "--output"]).arg(&folder);
    run.args(CARGO.map(|argument| format!("--cargo-arg={argument}"))).args(["--", "--"]).args(TESTS);
    // The copy that is broken lies elsewhere each time; what it depends on is built once.
    run.env("CARGO_TARGET_DIR", folder.join("build"));
    // It fails where a mutant survives, which is judged below; where it never got as far as mutants, there is nothing to judge.
    let run = shell::run(&mut run);
    remember(&folder)?;
    let tally = Tally::read(&folder, &listed);
    if tally.caught() + tally.missed.len() == 0 {
        return Err(run.err().unwrap_or_else(|| format!("there is nothing in {}", folder.display())));
    }
    println!("\n{}", tally.told());
    Ok(tally.left == 0 && tally.percent() >= GOAL)
}

/// `cargo mutants` for our files.
fn mutants() -> Command {
    let mut command = shell::cargo("mutants --package member-core --colors never".split(' '));
    for file in FILES {
        command.args(["--file", file]);
    }
    command
}

/// Forgets earlier runs, but not what was built for them.
fn forget(folder: &Path) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
    for name in [OUT, "mutants.out.old"] {
        let out = folder.join(name);
        if out.exists() {
            fs::remove_dir_all(out).map_err(failed)?;
        }
    }
    fs::write(folder.join(UNVIABLE), "").map_err(failed)
}

/// Where cargo-mutants writes its lists, line by line as it goes.
const OUT: &str = "mutants.out";

/// The list of what does not compile: there, and in our folder that of earlier runs too.
const UNVIABLE: &str = "unviable.txt";

/// The next run of cargo-mutants puts what does not compile and what was caught into one list: keeps them apart.
fn remember(folder: &Path) -> Result<(), String> {
    let mut unviable = lines(&folder.join(UNVIABLE));
    unviable.extend(lines(&folder.join(OUT).join(UNVIABLE)));
    let text: Vec<String> = unviable.into_iter().collect();
    fs::write(folder.join(UNVIABLE), text.join("\n")).map_err(|error| format!("{}: {error}", folder.display()))
}

/// A list that is not there is one without lines.
fn lines(file: &Path) -> BTreeSet<String> {
    fs::read_to_string(file).unwrap_or_default().lines().map(str::to_owned).collect()
}

fn install() -> Result<(), String> {
    if shell::succeeds(&mut shell::cargo(["mutants", "--version"])) {
        return Ok(());
    }
    println!("cargo-mutants is missing: building it, which takes some minutes");
    shell::run(&mut shell::cargo("install --locked cargo-mutants".split(' ')))
}

/// What became of the mutants of this run and of those before.
#[derive(Debug, PartialEq, Default)]
struct Tally {
    /// For each file, how many a test noticed by failing or by never coming to an end, and of how many.
    files: BTreeMap<String, (usize, usize)>,
    /// The survivors.
    missed: Vec<String>,
    /// Of the noticed ones, those whose tests never came to an end. On a machine that is busy they may only have been slow: the next
    /// run tries them again.
    hung: Vec<String>,
    /// Not tried yet.
    left: usize,
}

impl Tally {
    /// Out of the lists in `folder`, for the mutants that there are: in a tree that has changed since, others are `listed`. What does
    /// not compile is no mutant.
    fn read(folder: &Path, listed: &str) -> Tally {
        let list = |name: &str| lines(&folder.join(OUT).join(name));
        let unviable = lines(&folder.join(UNVIABLE));
        let caught = ["caught.txt", "previously_caught.txt"].map(list);
        let (hung, missed) = (list("timeout.txt"), list("missed.txt"));
        let mut tally = Tally::default();
        for name in listed.lines().filter(|name| !unviable.contains(*name)) {
            let is_missed = if caught.iter().any(|names| names.contains(name)) {
                false
            } else if hung.contains(name) {
                tally.hung.push(name.to_owned());
                false
            } else if missed.contains(name) {
                tally.missed.push(name.to_owned());
                true
            } else {
                tally.left += 1;
                continue;
            };
            let file = name.split(':').next().unwrap_or_default();
            let (noticed, of) = tally.files.entry(file.to_owned()).or_default();
            *noticed += usize::from(!is_missed);
            *of += 1;
        }
        tally
    }

    fn caught(&self) -> usize {
        self.files.values().map(|(caught, _)| caught).sum()
    }

    fn percent(&self) -> usize {
        self.caught() * 100 / (self.caught() + self.missed.len()).max(1)
    }

    fn told(&self) -> String {
        let mut text = String::new();
        for (file, (caught, of)) in &self.files {
            let _ = writeln!(text, "{caught:4} of {of:4}  {file}");
        }
        for hung in &self.hung {
            let _ = writeln!(text, "never came to an end: {hung}");
        }
        for survivor in &self.missed {
            let _ = writeln!(text, "survived: {survivor}");
        }
        if self.left > 0 {
            let _ = writeln!(text, "{} were not tried: run it again, it goes on with them", self.left);
        }
        let (caught, all) = (self.caught(), self.caught() + self.missed.len());
        let _ = write!(text, "{caught} of {all} mutants caught, {} percent; the goal is {GOAL}", self.percent());
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_mutant_that_there_is_counts_once_and_survivors_and_the_untried_are_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let out = folder.path().join(OUT);
        fs::create_dir(&out).expect("a folder");
        let write = |name: &str, text: &str| fs::write(out.join(name), text).expect("a file");
        // The first run, broken off.
        write("caught.txt", "x.rs:1:2: a\nx.rs:1:2: gone since\n");
        write("unviable.txt", "x.rs:1:2: does not compile\n");
        remember(folder.path()).expect("a list");
        // The next one, as cargo-mutants begins it.
        write("previously_caught.txt", "x.rs:1:2: a\nx.rs:1:2: gone since\nx.rs:1:2: does not compile\n");
        write("unviable.txt", "");
        write("caught.txt", "y.rs:3:4: b\n");
        write("timeout.txt", "y.rs:3:4: c\n");
        write("missed.txt", "y.rs:3:4: replace + with -\n");
        remember(folder.path()).expect("a list");
        let listed = "x.rs:1:2: a\nx.rs:1:2: does not compile\ny.rs:3:4: b\ny.rs:3:4: c\n\
                      y.rs:3:4: replace + with -\ny.rs:5:6: not tried";
        let tally = Tally::read(folder.path(), listed);
        let files = [("x.rs".to_owned(), (1, 1)), ("y.rs".to_owned(), (2, 3))];
        let (missed, hung) = (vec!["y.rs:3:4: replace + with -".to_owned()], vec!["y.rs:3:4: c".to_owned()]);
        assert_eq!(tally, Tally { files: BTreeMap::from(files), missed, hung, left: 1 });
        assert_eq!((tally.caught(), tally.percent()), (3, 75));
        let told = tally.told();
        for part in ["   2 of    3  y.rs\n", "survived: y.rs:3:4: replace + with -\n", "1 were not tried"] {
            assert!(told.contains(part), "{told}");
        }
        assert!(told.ends_with("3 of 4 mutants caught, 75 percent; the goal is 90"), "{told}");

        forget(folder.path()).expect("an empty folder");
        assert_eq!(Tally::read(folder.path(), "x.rs:1:2: a"), Tally { left: 1, ..Tally::default() });
    }
}
