//! The step `kotlin`: the Kotlin library, generated, compiled and tested against a real backend. Knows Maven, not what is tested.

use std::fs;
use std::path::Path;

use crate::{bindings, debian, shell};

const FOLDER: &str = "bindings/kotlin";
/// The oldest JDK that the library is built with.
const JDK: u32 = 17;

/// Maven and a JDK; installed where that is possible.
pub(crate) fn prepare() -> Result<(), String> {
    let advice = format!(
        "The Kotlin library is built by Maven on a JDK of version {JDK} or later, and `mvn --version` finds none: install both \
         (Debian and Ubuntu: `apt-get install maven default-jdk-headless`; macOS: `brew install maven`)."
    );
    debian::need("Maven or a JDK", &["maven", "default-jdk-headless"], has_maven, &advice)
}

fn has_maven() -> bool {
    let said = shell::output(shell::program("mvn").arg("--version"));
    said.is_ok_and(|said| java_version(&said).is_some_and(|version| version >= JDK))
}

/// Out of what `mvn --version` says: the JDK that it runs on.
fn java_version(said: &str) -> Option<u32> {
    let version = said.lines().find_map(|line| line.strip_prefix("Java version: "))?;
    version.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

/// Builds the library and the backend, generates, compiles, and runs the tests.
pub(crate) fn run() -> Result<(), String> {
    let built = bindings::build(&["member-cli"])?;
    bindings::generate(&built)?;
    let folder = shell::root().join(FOLDER);
    // What was compiled from sources that are gone would be tested still.
    for old in ["classes", "test-classes", "surefire-reports"] {
        let path = folder.join("target").join(old);
        if path.exists() {
            fs::remove_dir_all(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        }
    }
    println!(
        "Maven downloads what its local repository does not have yet: about 150 MB the first time, nothing later."
    );
    let mut maven = shell::program("mvn");
    maven.args(["--batch-mode", "--quiet", "--file"]).arg(folder.join("pom.xml")).arg("test");
    maven.arg(format!("-Dmember.library.folder={}", built.display()));
    maven.arg(format!("-Dmember.binary={}", built.join("member").display()));
    let result = shell::run(&mut maven);
    let total = Total::of(&folder.join("target/surefire-reports"));
    println!("Kotlin: {total}");
    match result {
        Ok(()) if total.tests == 0 => Err("no test was run".to_owned()),
        other => other,
    }
}

/// The figures of the bridge, printed by the benchmark itself: on the library as it is released, and a wallet that the benchmark of
/// the core makes.
pub(crate) fn bench() -> Result<(), String> {
    prepare()?;
    bindings::generate(&bindings::build(&[])?)?;
    shell::run(&mut shell::cargo("build --locked --release -p member-ffi".split(' ')))?;
    let home = tempfile::tempdir().map_err(|error| format!("no temporary folder: {error}"))?;
    let mut make = shell::cargo("bench --locked -p member-core --bench open -- --keep".split(' '));
    shell::run(make.arg(home.path()))?;
    let folder = shell::root().join(FOLDER);
    let class_path = folder.join("target/test-class-path.txt");
    let mut maven = shell::program("mvn");
    maven.args(["--batch-mode", "--quiet", "--file"]).arg(folder.join("pom.xml")).arg("test-compile");
    maven.arg("org.apache.maven.plugins:maven-dependency-plugin:3.11.0:build-classpath");
    shell::run(maven.arg(format!("-Dmdep.outputFile={}", class_path.display())))?;
    let jars = fs::read_to_string(&class_path).map_err(|error| format!("{}: {error}", class_path.display()))?;
    let ours = ["target/test-classes", "target/classes"].map(|name| folder.join(name).display().to_string());
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| shell::root().join("target"), Into::into);
    let mut java = shell::program("java");
    java.arg(format!("-Djna.library.path={}", target.join("release").display()));
    java.arg("-cp").arg(format!("{}:{}", ours.join(":"), jars.trim()));
    shell::run(java.arg("dev.membercore.Bench").arg(home.path()))
}

/// What Surefire's reports add up to.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Total {
    pub(crate) tests: u32,
    failures: u32,
    errors: u32,
    skipped: u32,
}

impl std::fmt::Display for Total {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { tests, failures, errors, skipped } = self;
        write!(formatter, "{tests} tests, {failures} failures, {errors} errors, {skipped} skipped")
    }
}

impl Total {
    /// Of the reports in a folder.
    pub(crate) fn of(folder: &Path) -> Self {
        let mut total = Self::default();
        let reports = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
        for report in reports.filter(|path| path.extension().is_some_and(|extension| extension == "xml")) {
            total.add(&fs::read_to_string(report).unwrap_or_default());
        }
        total
    }

    /// Adds the figures in the head of one report.
    fn add(&mut self, report: &str) {
        let head = report.split_once("<testsuite ").map_or("", |(_, rest)| rest.split('>').next().unwrap_or_default());
        let figure = |name: &str| -> u32 {
            let value = head.split_once(&format!(" {name}=\"")).and_then(|(_, rest)| rest.split('"').next());
            value.and_then(|value| value.parse().ok()).unwrap_or(0)
        };
        self.tests += figure("tests");
        self.failures += figure("failures");
        self.errors += figure("errors");
        self.skipped += figure("skipped");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_jdk_that_maven_runs_on_is_found() {
        let said = "Apache Maven 3.8.7\nMaven home: /usr/share/maven\nJava version: 17.0.15, vendor: Debian\n";
        assert_eq!(java_version(said), Some(17));
        assert_eq!(java_version("Java version: 1.8.0_412, vendor: X"), Some(1));
        assert_eq!(java_version("mvn: not found"), None);
    }

    #[test]
    fn reports_add_up() {
        let mut total = Total::default();
        let head =
            r#"<?xml version="1.0"?><testsuite name="a" time="1.5" tests="8" errors="1" skipped="2" failures="3">"#;
        total.add(head);
        total.add(&format!("{head}<testcase tests=\"99\"/>"));
        total.add("not a report");
        assert_eq!(total.to_string(), "16 tests, 6 failures, 2 errors, 4 skipped");
    }
}
