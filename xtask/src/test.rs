//! `cargo xtask test`: the steps, their order, and what is said about them.

use std::fmt::Write as _;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::ValueEnum;

use crate::{android, debian, ios, kotlin, licences, reading, readme, shell, swift};

/// One step; all of them, in this order, are what CI runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Step {
    /// The formatting is rustfmt's
    Fmt,
    /// No warnings of rustc and clippy, in all targets and features
    Clippy,
    /// All tests of the workspace, and those in its documentation
    Rust,
    /// Interleavings of threads over one wallet, played by a model checker that decides who runs next
    Interleavings,
    /// The documentation builds without warnings
    Doc,
    /// The commands in README.md really run
    Readme,
    /// Licences, duplicates and declarations of all dependencies, by deny.toml
    Licences,
    /// The rules of the tree: layers, documents, sizes
    Tidy,
    /// Codes as telephones show them are read by decoders that are not ours: ZXing, zbar and two in Rust
    Reading,
    /// The Kotlin library, generated, compiled, and tested against a real backend
    Kotlin,
    /// The Android app, compiled, and tested on Robolectric with the real library and a real backend
    Android,
    /// The Swift package, generated, compiled, and tested against a real backend
    Swift,
    /// The iOS app: its screens compiled and tested against a real backend, the rest of it read as far as Linux can
    Ios,
}

/// What became of a step.
enum Outcome {
    Passed(Duration),
    Failed(Duration),
    /// The tools of another language are missing.
    Skipped,
    NotRun,
}

impl Step {
    /// What to do when it fails.
    fn remedy(self) -> &'static str {
        match self {
            Self::Fmt => "`cargo fmt --all` formats everything",
            Self::Clippy => {
                "follow clippy's advice above; where the code is right as it is, `#[expect(clippy::..., reason = \"...\")]`"
            }
            Self::Rust => "the failed tests are named above; `cargo test -p PACKAGE NAME` runs one alone",
            Self::Interleavings => {
                "the failed scene is named above with its schedule; with that in SHUTTLE_SCHEDULE the same test plays it again"
            }
            Self::Doc => "the warnings above name the file and line; `cargo doc --open` shows the result",
            Self::Readme => {
                "make the command in README.md work, or mark its block `no-run` with the reason in a comment above it"
            }
            Self::Licences => "choose another dependency, or extend deny.toml with the reason",
            Self::Tidy => "each finding above names the file and the rule; the rules are in xtask/tests/tidy",
            Self::Reading => {
                "the pictures that were not read are named above, in target/reading; look at one before you change what drew it"
            }
            Self::Kotlin => {
                "the failed tests are named above; bindings/kotlin/target/surefire-reports has what each of them printed"
            }
            Self::Android => {
                "the failed tests are named above; android/app/target has what each printed in surefire-reports, and each picture \
                 of a screen that is not as it was in screenshots, with what differs in red"
            }
            Self::Swift => {
                "what failed is named above with its file and line; `swift format --in-place --recursive` formats the package"
            }
            Self::Ios => {
                "what failed is named above with its file and line; a name that Surface/ lacks is declared there as Apple documents it"
            }
        }
    }

    /// Installs what the step needs, or says what is missing.
    fn prepare(self) -> Result<(), String> {
        match self {
            Self::Fmt => need_component("rustfmt", "fmt"),
            Self::Clippy => need_component("clippy", "clippy").and_then(|()| need_c_compiler()),
            Self::Rust => need_c_compiler().and_then(|()| need_python()).and_then(|()| need_openssl()),
            Self::Interleavings | Self::Doc | Self::Readme => need_c_compiler(),
            Self::Licences | Self::Tidy => Ok(()),
            Self::Reading => reading::prepare(),
            Self::Kotlin => need_c_compiler().and_then(|()| kotlin::prepare()),
            Self::Android => need_c_compiler().and_then(|()| android::prepare()),
            Self::Swift | Self::Ios => need_c_compiler().and_then(|()| swift::prepare()),
        }
    }

    /// Whether it may be left out where its tools are missing: not everybody who works on the core has them. CI has.
    fn may_be_skipped(self) -> bool {
        matches!(self, Self::Reading | Self::Kotlin | Self::Android | Self::Swift | Self::Ios)
            && std::env::var("CI").as_deref() != Ok("true")
    }

    fn run(self) -> Result<(), String> {
        match self {
            Self::Fmt => shell::run(&mut shell::cargo(["fmt", "--all", "--check"])),
            Self::Clippy => {
                shell::run(&mut shell::cargo(
                    "clippy --locked --workspace --all-targets --all-features -- -D warnings".split(' '),
                ))?;
                // What a host gets that brings every port itself; `--all-features` never sees it.
                shell::run(&mut shell::cargo(
                    "clippy --locked -p member-core --no-default-features -- -D warnings".split(' '),
                ))
            }
            Self::Rust => shell::run(&mut shell::cargo(["test", "--locked", "--workspace", "--no-fail-fast"])),
            Self::Interleavings => {
                // Of the whole workspace, so that the features of all dependencies are those of the step before.
                let features = "member-core/shuttle,member-ffi/shuttle";
                let arguments = "test --locked --workspace --lib --test interleavings --features".split(' ');
                shell::run(&mut shell::cargo(arguments.chain([features, "--", "interleavings"])))
            }
            Self::Doc => {
                let arguments = ["doc", "--locked", "--workspace", "--no-deps", "--document-private-items"];
                shell::run(shell::cargo(arguments).env("RUSTDOCFLAGS", "-D warnings"))
            }
            Self::Readme => readme::check(&shell::root()),
            Self::Licences => licences::check(&shell::root()),
            Self::Tidy => shell::run(&mut shell::cargo(["test", "--locked", "-p", "xtask", "--test", "tidy"])),
            Self::Reading => reading::check(),
            Self::Kotlin => kotlin::run(),
            Self::Android => android::run(),
            Self::Swift => swift::run(),
            Self::Ios => ios::run(),
        }
    }
}

/// A component of the Rust toolchain, installed if it is missing. `subcommand` is the cargo command that it brings.
fn need_component(component: &str, subcommand: &str) -> Result<(), String> {
    if shell::succeeds(&mut shell::cargo([subcommand, "--version"])) {
        return Ok(());
    }
    println!("{component} is missing: installing it with rustup");
    let mut rustup = shell::program("rustup");
    shell::run(rustup.args(["component", "add", component])).map_err(|error| {
        format!("{component} is missing and could not be installed ({error}). Install it with your Rust toolchain.")
    })
}

/// SQLCipher is C. Its build says so too, but in the middle of a page of other things.
fn need_c_compiler() -> Result<(), String> {
    let compiler = std::env::var("CC").ok().filter(|name| !name.trim().is_empty()).unwrap_or_else(|| "cc".to_owned());
    // CC may hold arguments or a wrapper: `ccache gcc`.
    let mut words = compiler.split_whitespace();
    let mut command = shell::program(words.next().unwrap_or("cc"));
    if shell::succeeds(command.args(words).arg("--version")) {
        return Ok(());
    }
    Err(format!(
        "A C compiler is needed to build SQLCipher, and `{compiler}` does not run: install gcc or clang, or name yours in CC."
    ))
}

/// The second verifier of the card's codes is in Python, so that it shares nothing with the first.
fn need_python() -> Result<(), String> {
    let there = || shell::succeeds(shell::program("python3").arg("--version"));
    debian::need(
        "Python",
        &["python3"],
        there,
        "Python 3 is needed for the second verifier of the card's codes, and `python3` does not run: install it, of any version \
         from 3.8 on; it needs no packages.",
    )
}

/// The signatures of passes for wallets are checked by OpenSSL, so that it shares nothing with what signs them.
fn need_openssl() -> Result<(), String> {
    let there = || shell::succeeds(shell::program("openssl").arg("version"));
    debian::need(
        "openssl",
        &["openssl"],
        there,
        "The signatures of wallet passes are checked by the program openssl too, and `openssl version` does not run: install it.",
    )
}

/// The width of the steps' names.
fn width() -> usize {
    Step::value_variants().iter().map(|step| shell::name(step).len() + 1).max().unwrap_or_default()
}

/// Prints the steps in their order.
pub(crate) fn list() -> ExitCode {
    for step in Step::value_variants() {
        println!("{:<2$}{}", shell::name(step), shell::about(step), width());
    }
    ExitCode::SUCCESS
}

/// Runs the steps in the order given, or all of them, until one fails.
pub(crate) fn run(steps: &[Step]) -> ExitCode {
    let steps = if steps.is_empty() { Step::value_variants() } else { steps };
    let begun = Instant::now();
    let mut outcomes = Vec::new();
    let mut failure = None;
    for (index, step) in steps.iter().enumerate() {
        if failure.is_some() {
            outcomes.push((*step, Outcome::NotRun));
            continue;
        }
        let place = format!("[{}/{}]", index + 1, steps.len());
        println!("\n{place} {}: {}", shell::name(step), shell::about(step));
        let begun = Instant::now();
        // Advice on how to mend the code is no help where a tool is missing.
        let result = match step.prepare() {
            Ok(()) => step.run().map_err(|error| (error, Some(step.remedy()))),
            Err(missing) if step.may_be_skipped() => {
                println!("{place} {}: SKIPPED, nothing of it was checked. {missing}", shell::name(step));
                outcomes.push((*step, Outcome::Skipped));
                continue;
            }
            Err(missing) => Err((missing, None)),
        };
        let time = begun.elapsed();
        match result {
            Ok(()) => {
                println!("{place} {}: passed in {}", shell::name(step), shell::seconds(time));
                outcomes.push((*step, Outcome::Passed(time)));
            }
            Err((error, remedy)) => {
                println!("{place} {}: FAILED after {}", shell::name(step), shell::seconds(time));
                outcomes.push((*step, Outcome::Failed(time)));
                failure = Some((*step, error, remedy));
            }
        }
    }
    print!("\n{}", summary(&outcomes, begun.elapsed()));
    if let Some((step, error, remedy)) = &failure {
        println!("\n{}: {error}", shell::name(step));
        if let Some(remedy) = remedy {
            println!("next: {remedy}");
        }
        println!("`cargo xtask test {}` runs this step alone", shell::name(step));
    }
    println!("\n{}", last_line(&outcomes));
    if failure.is_none() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn summary(outcomes: &[(Step, Outcome)], total: Duration) -> String {
    let mut table = String::new();
    for (step, outcome) in outcomes {
        let (word, time) = match outcome {
            Outcome::Passed(time) => ("passed", shell::seconds(*time)),
            Outcome::Failed(time) => ("FAILED", shell::seconds(*time)),
            Outcome::Skipped => ("SKIPPED", String::new()),
            Outcome::NotRun => ("not run", String::new()),
        };
        // Writing to a String cannot fail.
        let _ = writeln!(table, "{:<1$}{word:<9}{time:>12}", shell::name(step), width());
    }
    let _ = writeln!(table, "{:<1$}{2:>12}", "all", width() + 9, shell::seconds(total));
    table
}

/// Alone on the last line, so that a program can read it.
fn last_line(outcomes: &[(Step, Outcome)]) -> String {
    let passed = outcomes.iter().filter(|(_, outcome)| matches!(outcome, Outcome::Passed(_))).count();
    let failed = outcomes.iter().filter(|(_, outcome)| matches!(outcome, Outcome::Failed(_))).count();
    let skipped = outcomes.iter().filter(|(_, outcome)| matches!(outcome, Outcome::Skipped)).count();
    let skipped = if skipped > 0 { format!(", {skipped} skipped") } else { String::new() };
    format!("steps: {passed} passed, {failed} failed{skipped}")
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn the_summary_tells_what_was_not_run() {
        let outcomes = [
            (Step::Fmt, Outcome::Passed(Duration::from_millis(840))),
            (Step::Clippy, Outcome::Failed(Duration::from_secs(75))),
            (Step::Rust, Outcome::NotRun),
            (Step::Kotlin, Outcome::Skipped),
        ];
        expect![[r"
            fmt           passed          0.8 s
            clippy        FAILED     1 min 15 s
            rust          not run              
            kotlin        SKIPPED              
            all                      1 min 16 s
        "]]
        .assert_eq(&summary(&outcomes, Duration::from_secs(76)));
        assert_eq!(last_line(&outcomes), "steps: 1 passed, 1 failed, 1 skipped");
    }
}
