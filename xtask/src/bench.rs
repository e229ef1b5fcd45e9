//! `cargo xtask bench`: the figures that closing notes state, each with the machine it was taken on.
//!
//! Nothing here passes or fails by time: a figure is printed for a person to judge.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{ExitCode, Stdio};
use std::time::{Duration, Instant};

use clap::ValueEnum;

use crate::{kotlin, package, reading, shell, swift};

/// One benchmark.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Bench {
    /// Clean build of what `cargo run` needs, then the demo itself
    Build,
    /// Size of the stripped library, by crate, and of the `member` binary, beside that of an empty program
    Size,
    /// From a file and a key to the first card view, at 10,000 ledger entries
    Open,
    /// A tap until it is durable, beside a bare write and sync and a bare insert
    Enqueue,
    /// The card's view for each payload, within a minute and in a new one, beside other encoders of QR
    Card,
    /// Codes verified a second on one core, beside bare hashes and a bare check of a signature
    Verify,
    /// Pages of changes until they stand in the database, beside bare inserts of the same rows
    Apply,
    /// Peak memory of `member balance` at 100,000 ledger entries, beside an empty program
    Memory,
    /// Views, observers and the first view of a fresh JVM, through the bridge, at 10,000 ledger entries
    Kotlin,
    /// Views through the bridge from Swift, at 10,000 ledger entries
    Swift,
    /// A card's code, in the symbology of each kind and beside other encoders of QR
    Symbol,
    /// What decoders that are not ours read of codes on telephones, also blurred, turned, pale, coarse and under glare: minutes
    Read,
    /// Where the times of the test steps are found
    Steps,
}

impl Bench {
    /// The figures, one for each line.
    fn run(self) -> Result<Vec<String>, String> {
        match self {
            Self::Build => build(),
            Self::Size => size(),
            // It prints its own figures, with a bare SQLCipher open and query as the peer.
            Self::Open => of_the_core("open"),
            // These too, with their peers.
            Self::Enqueue => of_the_core("enqueue"),
            Self::Apply => of_the_core("apply"),
            Self::Card => of_the_core("card"),
            Self::Verify => of_a_crate("member-card", "verify"),
            Self::Memory => memory(),
            // It prints its own figures, with the smallest call as the peer.
            Self::Kotlin => kotlin::bench().map(|()| vec!["figures above".to_owned()]),
            // As Kotlin's, and with the same view read from JSON as a peer.
            Self::Swift => swift::bench().map(|()| vec!["figures above".to_owned()]),
            // It prints its own figures, with fast_qr and qrcodegen as peers.
            Self::Symbol => {
                let arguments = ["bench", "--locked", "-p", "member-card", "--bench", "symbol"];
                shell::run(&mut shell::cargo(arguments)).map(|()| vec!["figures above".to_owned()])
            }
            Self::Read => reading::bench(),
            Self::Steps => Ok(vec!["`cargo xtask test` ends with a table of the time of each step".to_owned()]),
        }
    }
}

/// Prints the benchmarks.
pub(crate) fn list() -> ExitCode {
    for bench in Bench::value_variants() {
        println!("{:<10}{}", shell::name(bench), shell::about(bench));
    }
    ExitCode::SUCCESS
}

/// Runs the benchmarks in the order given, or all of them, and prints the figures together at the end.
pub(crate) fn run(names: &[Bench]) -> ExitCode {
    let names = if names.is_empty() { Bench::value_variants() } else { names };
    let mut figures = vec![format!("{:<10}{}", "machine", machine())];
    let mut failed = false;
    for (index, bench) in names.iter().enumerate() {
        println!("\n[{}/{}] {}: {}", index + 1, names.len(), shell::name(bench), shell::about(bench));
        match bench.run() {
            Ok(lines) => figures.extend(lines.iter().map(|line| format!("{:<10}{line}", shell::name(bench)))),
            Err(error) => {
                failed = true;
                figures.push(format!("{:<10}FAILED: {error}", shell::name(bench)));
            }
        }
    }
    println!("\n{}", figures.join("\n"));
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// In a target folder of its own, with everything downloaded before the clock starts.
fn build() -> Result<Vec<String>, String> {
    shell::run(&mut shell::cargo(["fetch", "--locked"]))?;
    let target = temporary()?;
    let build = timed(|| shell::run(shell::cargo(["build", "--locked"]).env("CARGO_TARGET_DIR", target.path())))?;
    // Nothing to build any more: what is left is cargo's own start and the demo, without a terminal.
    let mut demo = shell::cargo(["run", "--locked"]);
    let demo = timed(|| shell::run(demo.env("CARGO_TARGET_DIR", target.path()).stdin(Stdio::null())))?;
    Ok(vec![
        format!("clean build (`cargo build`, development profile): {}", shell::seconds(build)),
        format!("demo (`cargo run` after it): {}", shell::seconds(demo)),
    ])
}

/// What is above the peer is ours.
fn size() -> Result<Vec<String>, String> {
    shell::run(&mut shell::cargo(["build", "--locked", "--release", "-p", "member-cli"]))?;
    let member = file_size(&shell::target().join("release").join("member"))?;
    let folder = temporary()?;
    let empty = file_size(&empty_program(folder.path())?)?;
    let mut lines = package::table()?;
    lines.push(format!("`member`, release, stripped: {} bytes", grouped(member)));
    lines.push(format!("peer, an empty program: {} bytes", grouped(empty)));
    Ok(lines)
}

/// What `balance` needs at its most: a wallet is made with a long ledger, and the kernel says how much each process ever had.
fn memory() -> Result<Vec<String>, String> {
    const ENTRIES: u64 = 100_000;
    let folder = temporary()?;
    let home = folder.path().join("home");
    fs::create_dir(&home).map_err(|error| format!("{}: {error}", home.display()))?;
    let mut make = shell::cargo("bench --locked -p member-core --bench open -- --keep".split(' '));
    shell::run(make.arg(&home).args(["--entries", &ENTRIES.to_string()]))?;
    shell::run(&mut shell::cargo(["build", "--locked", "--release", "-p", "member-cli"]))?;
    let member = shell::target().join("release").join("member");
    let balance = [member.as_os_str(), "--home".as_ref(), home.as_os_str(), "--offline".as_ref(), "balance".as_ref()];
    let ours = peak(folder.path(), &balance)?;
    let empty = peak(folder.path(), &[empty_program(folder.path())?.as_os_str()])?;
    let (above, entries) = (grouped(ours.saturating_sub(empty)), grouped(ENTRIES));
    Ok(vec![
        format!("`member balance` at {entries} entries: peak of {} KiB", grouped(ours)),
        format!("peer, an empty program: peak of {} KiB; above it: {above} KiB", grouped(empty)),
    ])
}

/// The most memory that a program has, in KiB: the largest of five runs. GNU time is small itself, which matters, since what a
/// process had before it became another program counts too.
fn peak(folder: &Path, program: &[&OsStr]) -> Result<u64, String> {
    let report = folder.join("peak");
    let mut most = 0;
    for _ in 0..5 {
        let mut time = shell::program("/usr/bin/time");
        let command = time.args(["-f", "%M", "-o"]).arg(&report).args(program);
        shell::output(command)
            .map_err(|error| format!("{error}. It takes GNU time, in the package `time` of most systems"))?;
        let text = fs::read_to_string(&report).map_err(|error| format!("{}: {error}", report.display()))?;
        most = most.max(text.trim().parse().map_err(|_| format!("GNU time said `{}`", text.trim()))?);
    }
    Ok(most)
}

/// The peer: a program that does nothing, built by the same profile.
fn empty_program(folder: &Path) -> Result<PathBuf, String> {
    let (source, program) = (folder.join("empty.rs"), folder.join("empty"));
    fs::write(&source, "fn main() {}\n").map_err(|error| format!("{}: {error}", source.display()))?;
    let mut rustc = shell::program("rustc");
    rustc.args("-C opt-level=s -C lto=fat -C codegen-units=1 -C strip=symbols -o".split(' '));
    shell::run(rustc.arg(&program).arg(&source))?;
    Ok(program)
}

fn temporary() -> Result<tempfile::TempDir, String> {
    tempfile::tempdir().map_err(|error| format!("no temporary folder: {error}"))
}

fn of_the_core(name: &str) -> Result<Vec<String>, String> {
    of_a_crate("member-core", name)
}

/// A benchmark of a crate, which prints its own figures.
fn of_a_crate(package: &str, name: &str) -> Result<Vec<String>, String> {
    let arguments = ["bench", "--locked", "-p", package, "--bench", name];
    shell::run(&mut shell::cargo(arguments)).map(|()| vec!["figures above".to_owned()])
}

fn timed(work: impl FnOnce() -> Result<(), String>) -> Result<Duration, String> {
    let begun = Instant::now();
    work()?;
    Ok(begun.elapsed())
}

fn file_size(path: &Path) -> Result<u64, String> {
    fs::metadata(path).map(|file| file.len()).map_err(|error| format!("{}: {error}", path.display()))
}

/// `4,102,336`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// What a figure depends on: processor, cores, and whether it has instructions for AES and SHA.
fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let rustc = shell::output(shell::program("rustc").arg("--version")).unwrap_or_default();
    let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let (model, instructions) = processor(&cpuinfo);
    let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
    format!("{model}, {cores} cores, {instructions}, {os} {arch}, {}", rustc.trim())
}

/// Out of Linux's /proc/cpuinfo: x86 lists `flags` with `aes` and `sha_ni`, arm64 `Features` with `aes` and `sha2`.
fn processor(cpuinfo: &str) -> (String, String) {
    let field = |names: &[&str]| {
        cpuinfo
            .lines()
            .filter_map(|line| line.split_once(':'))
            .find(|(name, _)| names.contains(&name.trim()))
            .map(|(_, value)| value.trim())
    };
    let model = field(&["model name"]).unwrap_or("unknown processor").to_owned();
    let Some(flags) = field(&["flags", "Features"]) else {
        return (model, "AES and SHA instructions unknown".to_owned());
    };
    let has = |names: &[&str]| if flags.split(' ').any(|flag| names.contains(&flag)) { "with" } else { "without" };
    (model, format!("{} AES and {} SHA instructions", has(&["aes"]), has(&["sha_ni", "sha2"])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machines_are_described() {
        let x86 = "processor\t: 0\nmodel name\t: Some CPU\nflags\t\t: fpu aes avx2 sha_ni\n";
        assert_eq!(processor(x86), ("Some CPU".into(), "with AES and with SHA instructions".into()));
        let arm = "processor : 0\nFeatures : fp asimd aes\n";
        assert_eq!(processor(arm), ("unknown processor".into(), "with AES and without SHA instructions".into()));
        assert_eq!(processor("").1, "AES and SHA instructions unknown");
    }

    #[test]
    fn sizes_are_readable() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(4_102_336), "4,102,336");
    }
}
