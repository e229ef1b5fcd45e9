//! The step `swift`: the Swift package, generated, compiled and tested against a real backend; and Swift itself, for this step and for
//! those of apps. Knows Swift's package manager, not what is tested.
//!
//! Where `swift` is on the machine, it is that one. Debian has it as a package from version 13 on, so on any Debian a small system of
//! that version in a folder will do: it is made once, under the user's cache folder, and `swift` is run inside of it. What is mounted
//! there is mounted in a namespace of the process, and so is gone when that ends, in whatever way.

use std::env;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::{bindings, shell};

const FOLDER: &str = "bindings/swift";
/// The oldest Swift that the packages are built with.
const SWIFT: (u32, u32) = (6, 0);
/// The Debian that is put into the folder.
const DEBIAN: &str = "trixie";

/// Where `swift` runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Toolchain {
    /// On this machine.
    Here,
    /// In a folder with a Debian of its own.
    Debian(PathBuf),
}

/// Swift; installed where that is possible.
pub(crate) fn prepare() -> Result<(), String> {
    toolchain().map(drop)
}

/// Where `swift` is; installed where that is possible.
pub(crate) fn toolchain() -> Result<Toolchain, String> {
    let here = shell::output(shell::program("swift").arg("--version"));
    if here.is_ok_and(|said| version(&said).is_some_and(|version| version >= SWIFT)) {
        return Ok(Toolchain::Here);
    }
    let missing = |why: &str| {
        let (major, minor) = SWIFT;
        format!(
            "The Swift package is built by Swift {major}.{minor} or later, and `swift --version` finds none: install it from \
             swift.org, or with Xcode. {why}"
        )
    };
    let root = shell::output(shell::program("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
    let Some(mirror) = mirror() else {
        return Err(missing("Only on Debian it could be had from the system's own packages."));
    };
    if !root {
        return Err(missing("On Debian it is set up without you, in a folder, where this is run as root."));
    }
    if !shell::succeeds(Command::new("unshare").args(["--mount", "true"])) {
        return Err(missing("Here it cannot be set up in a folder, since `unshare --mount` is not allowed."));
    }
    let folder = cache()?.join(format!("swift-{DEBIAN}"));
    if !folder.exists() {
        set_up(&folder, &mirror)?;
    }
    let toolchain = Toolchain::Debian(folder.clone());
    let said = shell::output(&mut toolchain.command(&shell::root(), &["--version"], &[]));
    match said.as_deref().map(version) {
        Ok(Some(version)) if version >= SWIFT => Ok(toolchain),
        said => {
            Err(format!("{} has no Swift that runs ({said:?}): delete that folder and try again.", folder.display()))
        }
    }
}

/// `Swift version 6.0.3 (swift-6.0.3-RELEASE)`, on Apple's systems in the middle of a line.
fn version(said: &str) -> Option<(u32, u32)> {
    let mut numbers = said.split_once("Swift version ")?.1.split(|c: char| !c.is_ascii_digit());
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

fn cache() -> Result<PathBuf, String> {
    let absolute = |name| env::var_os(name).map(PathBuf::from).filter(|path: &PathBuf| path.is_absolute());
    let folder = absolute("XDG_CACHE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".cache")));
    Ok(folder.ok_or("there is no HOME to keep Swift in")?.join("member-core"))
}

/// The mirror of Debian that this machine takes its own packages from; none where it is no Debian.
fn mirror() -> Option<String> {
    let format = "$(ORIGIN)|$(LABEL)|$(REPO_URI)";
    let mut apt = shell::program("apt-get");
    mirror_of(&shell::output(apt.args(["indextargets", "--format", format, "Created-By: Packages"])).ok()?)
}

fn mirror_of(targets: &str) -> Option<String> {
    targets.lines().find_map(|line| line.strip_prefix("Debian|Debian|")).map(str::to_owned)
}

/// Puts a Debian with Swift into `folder`, all of it or nothing.
fn set_up(folder: &Path, mirror: &str) -> Result<(), String> {
    let parent = folder.parent().unwrap_or(folder);
    fs::create_dir_all(parent).map_err(|error| format!("{}: {error}", parent.display()))?;
    println!(
        "Swift is missing: setting up a Debian {DEBIAN} with it in {}. About 600 MB are downloaded, once; it takes some minutes and \
         3 GB.",
        folder.display()
    );
    shell::run(in_namespace("set-up.sh").arg(DEBIAN).arg(folder).arg(mirror))
}

/// A script beside this source, whose mounts are seen by nobody else and end with it.
fn in_namespace(script: &str) -> Command {
    let mut command = shell::program("unshare");
    command.args(["--mount", "--propagation", "private", "sh"]).arg(shell::root().join("xtask/src/swift").join(script));
    command
}

impl Toolchain {
    /// `swift ARGUMENTS` in a folder. In a Debian of its own, it sees this repository, the folder for temporary files and `others`.
    pub(crate) fn command(&self, folder: &Path, arguments: &[&str], others: &[&Path]) -> Command {
        let mut command = match self {
            Self::Here => shell::program("swift"),
            Self::Debian(root) => {
                let mut command = in_namespace("inside.sh");
                command.arg(root).arg(folder);
                let repository = shell::root();
                command.arg(&repository).args(others.iter().filter(|path| !path.starts_with(&repository)));
                command.args(["--", "swift"]);
                command
            }
        };
        command.current_dir(folder).args(arguments);
        command
    }

    /// A package of this repository, to be built and tested with the library and the programs in `built`.
    pub(crate) fn package<'a>(&'a self, folder: &str, built: &'a Path) -> Package<'a> {
        let folder = shell::root().join(folder);
        // As for each clone, so for each package: what is built, and what Swift keeps between builds.
        let kept = built.parent().unwrap_or(built).join("swift");
        let name = folder.strip_prefix(shell::root()).unwrap_or(&folder).to_string_lossy().replace(['/', '\\'], "-");
        Package { toolchain: self, scratch: kept.join(name), home: kept.join("home"), folder, built }
    }
}

/// A Swift package.
pub(crate) struct Package<'a> {
    toolchain: &'a Toolchain,
    folder: PathBuf,
    scratch: PathBuf,
    home: PathBuf,
    built: &'a Path,
}

impl Package<'_> {
    /// `swift SUBCOMMAND ARGUMENTS` in the package, with all that its tests need.
    pub(crate) fn command(&self, subcommand: &str, arguments: &[&str]) -> Result<Command, String> {
        self.seeing(&[], subcommand, arguments)
    }

    /// As `command`; sees `others` too.
    fn seeing(&self, others: &[&Path], subcommand: &str, arguments: &[&str]) -> Result<Command, String> {
        let target = self.built.parent().unwrap_or(self.built);
        let others: Vec<_> = others.iter().copied().chain([target]).collect();
        fs::create_dir_all(&self.home).map_err(|error| format!("{}: {error}", self.home.display()))?;
        let mut command = self.toolchain.command(&self.folder, &[subcommand, "--scratch-path"], &others);
        command.arg(&self.scratch).args(arguments);
        if matches!(self.toolchain, Toolchain::Debian(_)) {
            command.env("HOME", &self.home).env("LD_LIBRARY_PATH", self.built);
        } else if cfg!(target_os = "linux") {
            command.env("LD_LIBRARY_PATH", self.built);
        }
        command.env("MEMBER_CORE_LIBRARY", self.built).env("MEMBER_BINARY", self.built.join("member"));
        Ok(command)
    }

    /// Everything, with warnings as errors.
    pub(crate) fn build(&self) -> Result<(), String> {
        shell::run(&mut self.command("build", &["--build-tests", "-Xswiftc", "-warnings-as-errors"])?)
    }

    /// Runs the tests that were built, one after the other, since some of them look at the whole process.
    pub(crate) fn test(&self, language: &str) -> Result<(), String> {
        let arguments = ["--skip-build", "--no-parallel", "-Xswiftc", "-warnings-as-errors"];
        let mut total = Total::default();
        let result = run_and_read(&mut self.command("test", &arguments)?, |line| total.read(line));
        println!("{language}: {} tests, {} failures", total.tests, total.failures);
        match result {
            Ok(()) if total.tests == 0 => Err("no test was run".to_owned()),
            other => other,
        }
    }

    /// The formatting is that of `swift format`, by the file .swift-format at the package's root.
    pub(crate) fn lint(&self, paths: &[&str]) -> Result<(), String> {
        let mut lint = self.toolchain.command(&self.folder, &["format", "lint", "--strict", "--recursive"], &[]);
        shell::run(lint.args(paths))
    }
}

/// Builds the library and the backend, generates, compiles, and runs the tests.
pub(crate) fn run() -> Result<(), String> {
    let toolchain = toolchain()?;
    let built = bindings::build(&["member-cli"])?;
    bindings::generate(&built)?;
    let package = toolchain.package(FOLDER, &built);
    // Not what is generated.
    package.lint(&["Package.swift", "Sources/MemberCore", "Sources/MemberCoreBridge/Hidden.swift", "Tests"])?;
    package.build()?;
    package.test("Swift")
}

/// The figures of the bridge, printed by the benchmark itself: on the library as it is released, and a wallet that the benchmark of
/// the core makes.
pub(crate) fn bench() -> Result<(), String> {
    let toolchain = toolchain()?;
    bindings::generate(&bindings::build(&[])?)?;
    shell::run(&mut shell::cargo("build --locked --release -p member-ffi".split(' ')))?;
    let home = tempfile::tempdir().map_err(|error| format!("no temporary folder: {error}"))?;
    let mut make = shell::cargo("bench --locked -p member-core --bench open -- --keep".split(' '));
    shell::run(make.arg(home.path()))?;
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from);
    let built = shell::root().join(target).join("release");
    let mut package = toolchain.package(FOLDER, &built);
    package.scratch.push("bench");
    shell::run(package.seeing(&[home.path()], "run", &["-c", "release", "ViewBenchmark"])?.arg(home.path()))
}

/// Runs it and passes on each line that is not only about a test that goes well.
fn run_and_read(command: &mut Command, mut read: impl FnMut(&str)) -> Result<(), String> {
    let mut child =
        command.stdout(Stdio::piped()).spawn().map_err(|error| format!("swift cannot be started: {error}"))?;
    for line in BufReader::new(child.stdout.take().ok_or("no output")?).split(b'\n') {
        let line = line.map_err(|error| format!("what swift says cannot be read: {error}"))?;
        let line = String::from_utf8_lossy(&line);
        read(&line);
        if !is_noise(&line) {
            println!("{line}");
        }
    }
    let status = child.wait().map_err(|error| format!("swift does not end: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("`swift test` failed: {status}")) }
}

fn is_noise(line: &str) -> bool {
    let case = line.starts_with("Test Case ") && (line.contains(" started at ") || line.contains(" passed ("));
    let suite = line.starts_with("Test Suite ") && !line.contains(" failed ");
    let swift_testing = ["◇ ", "↳ ", "✔ "].iter().any(|mark| line.starts_with(mark));
    case || suite || swift_testing || line.starts_with("\t Executed ") || line.starts_with('[')
}

/// How many tests there were. `XCTest` adds up for each suite and then for all; Swift Testing says it once, for those of its own.
#[derive(Debug, Default, PartialEq, Eq)]
struct Total {
    tests: u32,
    failures: u32,
}

impl Total {
    fn read(&mut self, line: &str) {
        let case = line.strip_prefix("Test Case ").filter(|rest| rest.contains(" seconds)"));
        let test = ["✔ Test ", "✘ Test "].iter().find_map(|mark| line.strip_prefix(mark)).filter(|rest| {
            // Not the line that adds up, nor one issue of several.
            !rest.starts_with("run with ") && (rest.contains(" passed after ") || rest.contains(" failed after "))
        });
        if let Some(rest) = case.or(test) {
            self.tests += 1;
            self.failures += u32::from(rest.contains(" failed ("));
            self.failures += u32::from(rest.contains(" failed after "));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_of_swift_is_found() {
        assert_eq!(version("Swift version 6.0.3 (swift-6.0.3-RELEASE)\nTarget: x86_64-pc-linux-gnu\n"), Some((6, 0)));
        let apple = "swift-driver version: 1.1 Apple Swift version 5.10 (swiftlang-5.10)\n";
        assert_eq!(version(apple), Some((5, 10)));
        assert!(version(apple) < Some(SWIFT) && version("swift: not found").is_none());
    }

    #[test]
    fn the_mirror_is_that_of_the_machine_itself() {
        let targets = "|| https://example.org/other/\nDebian|Debian-Security|https://example.org/security/\n\
                       Debian|Debian|https://example.org/debian/\n";
        assert_eq!(mirror_of(targets).as_deref(), Some("https://example.org/debian/"));
        assert_eq!(mirror_of("Ubuntu|Ubuntu|https://example.org/ubuntu/\n"), None);
    }

    #[test]
    fn what_was_run_is_counted() {
        let mut total = Total::default();
        for line in [
            "Test Case 'WalletTests.testA' started at 2026-01-01 00:00:00.000",
            "Test Case 'WalletTests.testA' passed (0.757 seconds)",
            "Test Case 'WalletTests.testB' failed (0.1 seconds)",
            "\t Executed 2 tests, with 1 failure (0 unexpected) in 0.8 (0.8) seconds",
            "✔ Test one() passed after 0.001 seconds.",
            "✘ Test two() failed after 0.001 seconds with 1 issue.",
            "✘ Test run with 2 tests failed after 0.001 seconds with 1 issue.",
        ] {
            total.read(line);
        }
        assert_eq!(total, Total { tests: 4, failures: 2 });
    }

    #[test]
    fn what_fails_is_shown_and_what_goes_well_is_not() {
        assert!(is_noise("Test Case 'A.b' passed (0.1 seconds)") && is_noise("[1/2] Compiling A"));
        assert!(!is_noise("Test Case 'A.b' failed (0.1 seconds)") && !is_noise("✘ Test b() failed"));
        assert!(!is_noise("/a/B.swift:1: error: A.b : XCTAssertEqual failed"));
    }
}
