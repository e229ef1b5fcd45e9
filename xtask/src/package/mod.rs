//! `cargo xtask package`: what a release is made of, in target/package, each piece checked before it counts as made.
//!
//! Knows the pieces, their order and their record. How each is made is in its own module.

mod aar;
mod contents;
mod elf;
mod jvm;
mod library;
mod maven;
mod record;
mod xcframework;
mod zip;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use clap::ValueEnum;

use crate::shell;
use record::Record;

/// A piece of a release.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Piece {
    /// The stripped library for this machine, and the same with its symbols
    Library,
    /// The Kotlin library for the JVM with the library for this machine inside, in the layout of a Maven repository
    Jvm,
    /// The Kotlin library for Android with the libraries of four ABIs inside; needs an NDK
    Aar,
    /// The library for Apple's platforms, and the Swift package that takes it; needs a Mac with Xcode
    Xcframework,
}

/// Why a piece was not made.
pub(crate) enum Failure {
    /// A tool is missing here. The sentence says which.
    NotHere(String),
    Failed(String),
}

impl From<String> for Failure {
    fn from(error: String) -> Self {
        Self::Failed(error)
    }
}

/// Where things go.
pub(crate) struct Places {
    /// What a release consists of, and nothing else.
    out: PathBuf,
    /// What is needed on the way there.
    work: PathBuf,
}

impl Piece {
    /// Makes it anew, and records what it consists of.
    fn make(self, places: &Places, record: &mut Record) -> Result<(), Failure> {
        match self {
            Self::Library => library(places, record),
            Self::Jvm => jvm::make(places, record),
            Self::Aar => aar::make(places, record),
            Self::Xcframework => xcframework::make(places, record),
        }
    }
}

/// Makes the pieces named, or all that can be made here.
pub(crate) fn run(only: &[Piece]) -> ExitCode {
    let pieces = if only.is_empty() { Piece::value_variants() } else { only };
    match make(pieces, !only.is_empty()) {
        Ok(lines) => {
            println!("\n{}", lines.join("\n"));
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("\n{error}");
            ExitCode::FAILURE
        }
    }
}

/// What is missing is an error only for a piece that was asked for by its name.
fn make(pieces: &[Piece], by_name: bool) -> Result<Vec<String>, String> {
    let target = shell::target();
    let places = Places { out: target.join("package"), work: target.join("package-work") };
    // An old file among the new ones would be released with them.
    for folder in [&places.out, &places.work] {
        if folder.exists() {
            fs::remove_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        }
        fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    let mut record = Record::default();
    let mut lines = Vec::new();
    for (index, piece) in pieces.iter().enumerate() {
        let name = shell::name(piece);
        println!("\n[{}/{}] {name}: {}", index + 1, pieces.len(), shell::about(piece));
        let begun = Instant::now();
        match piece.make(&places, &mut record) {
            Ok(()) => lines.push(format!("{name:<12}made in {}", shell::seconds(begun.elapsed()))),
            Err(Failure::NotHere(missing)) if !by_name => {
                println!("{name}: NOT MADE. {missing}");
                lines.push(format!("{name:<12}NOT MADE: {missing}"));
            }
            Err(Failure::NotHere(why) | Failure::Failed(why)) => return Err(format!("{name}: {why}")),
        }
    }
    let files = record.write(&places.out)?;
    lines.push(format!("{}: {files} files, with BUILD.json and SHA256SUMS", places.out.display()));
    Ok(lines)
}

/// The library for this machine, as everything that runs on it takes it.
fn library(places: &Places, record: &mut Record) -> Result<(), Failure> {
    let target = library::Target::host()?;
    let built = target.build()?;
    let folder = Path::new("library").join(&target.triple);
    let stripped = folder.join(&built.file_name);
    for line in target.ship(&built, &places.out.join(&stripped))? {
        println!("{line}");
    }
    // Without the symbols a crash is a list of numbers.
    let symbols = Path::new("symbols").join(&target.triple).join(&built.file_name);
    write(&places.out.join(&symbols), &read(&built.path)?)?;
    record.add("the library for this machine, stripped", stripped);
    record.add("the same library with its symbols, to read crashes", symbols);
    Ok(())
}

/// What is in the library for this machine, as lines for people; for `cargo xtask bench size`.
pub(crate) fn table() -> Result<Vec<String>, String> {
    let target = library::Target::host()?;
    let built = target.build()?;
    let folder = tempfile::tempdir().map_err(|error| format!("no temporary folder: {error}"))?;
    let stripped = folder.path().join(&built.file_name);
    target.ship(&built, &stripped)?;
    let size = read(&stripped)?.len();
    let mut lines = vec![format!("the library that apps ship, stripped: {} bytes; of these", grouped(size))];
    if elf::Rules::of(&target.triple).is_some() {
        lines.extend(contents::table(&read(&built.path)?, size)?.iter().map(|line| format!("  {line}")));
    }
    Ok(lines)
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    fs::read(path).map_err(|error| format!("{}: {error}", path.display()))
}

fn read_text(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

/// Writes a file and the folders above it.
fn write(path: &Path, bytes: &[u8]) -> Result<(), String> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    fs::write(path, bytes).map_err(|error| format!("{}: {error}", path.display()))
}

fn grouped(number: usize) -> String {
    crate::bench::grouped(number as u64)
}
