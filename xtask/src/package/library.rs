//! The library of one target: built for release with its symbols, stripped, and checked. Knows cargo and the tools of a target,
//! not who ships the result.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::elf::{self, Rules};
use super::{grouped, read, write};
use crate::{bindings, shell};

/// The profile in Cargo.toml: `release`, with symbols.
const PROFILE: &str = "library";

/// How a library is made for one target.
pub(super) struct Target {
    /// As rustc calls it.
    pub(super) triple: String,
    pub(super) kind: Kind,
    /// What cargo, rustc and the C compiler must be told, as environment.
    pub(super) environment: Vec<(String, String)>,
    /// The program that takes symbols away; its argument is the file.
    pub(super) strip: PathBuf,
}

/// What a host's linker takes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// For the JVM and Android.
    Shared,
    /// For Apple's platforms.
    Static,
}

/// A library with its symbols.
pub(super) struct Built {
    pub(super) path: PathBuf,
    /// As it is called beside its kind.
    pub(super) file_name: String,
}

impl Target {
    /// This machine.
    pub(super) fn host() -> Result<Self, String> {
        let said = shell::output(shell::program("rustc").arg("-vV"))?;
        let triple = said.lines().find_map(|line| line.strip_prefix("host: ")).ok_or("rustc does not name its host")?;
        Ok(Self { triple: triple.to_owned(), kind: Kind::Shared, environment: Vec::new(), strip: "strip".into() })
    }

    /// Builds the library. Slow: everything in it is optimised as a whole.
    pub(super) fn build(&self) -> Result<Built, String> {
        let crate_type = if self.kind == Kind::Shared { "cdylib" } else { "staticlib" };
        let mut cargo = shell::cargo(["rustc", "--locked", "--package", "member-ffi", "--lib", "--profile", PROFILE]);
        // With a target named, the flags are for the library alone and not for what runs while it is built.
        cargo.args(["--target", &self.triple, "--crate-type", crate_type]);
        cargo.envs(self.environment.iter().map(|(name, value)| (name, value)));
        cargo.env("CARGO_ENCODED_RUSTFLAGS", remapped(&homes()?).join("\u{1f}"));
        shell::run(&mut cargo)?;
        let file_name = file_name(&self.triple, self.kind);
        Ok(Built { path: shell::target().join(&self.triple).join(PROFILE).join(&file_name), file_name })
    }

    /// Puts the stripped library at `path`, if it is one that may be shipped. Answers what is to be said of it.
    pub(super) fn ship(&self, built: &Built, path: &Path) -> Result<Vec<String>, String> {
        write(path, &read(&built.path)?)?;
        shell::run(shell::program(&self.strip.to_string_lossy()).args(strip_arguments(&self.triple)).arg(path))?;
        let bytes = read(path)?;
        let mut findings: Vec<String> = homes()?
            .iter()
            .filter(|(from, _)| contains(&bytes, from.to_string_lossy().as_bytes()))
            .map(|(from, _)| format!("it tells where it was built: {} is in it", from.display()))
            .collect();
        let mut said = vec![format!("{}: {} bytes, stripped", self.triple, grouped(bytes.len()))];
        if let Some(rules) = Rules::of(&self.triple) {
            let facts = elf::facts(&bytes)?;
            findings.extend(rules.findings(&facts));
            said.push(format!("  needs {}", facts.needed.join(", ")));
            if let Some((major, minor)) = facts.glibc {
                said.push(format!("  needs the GNU C library {major}.{minor} or later"));
            }
            said.push(format!(
                "  exports {} symbols, all of the bridge; segments aligned to {} bytes",
                facts.exported.len(),
                grouped(usize::try_from(facts.alignment).unwrap_or(usize::MAX))
            ));
        }
        if findings.is_empty() {
            Ok(said)
        } else {
            let _ = fs::remove_file(path);
            Err(format!("the library for {} cannot be shipped:\n  {}", self.triple, findings.join("\n  ")))
        }
    }
}

/// Adds the standard library of a target, if rustup is there to do it.
pub(super) fn need_target(triple: &str) -> Result<(), String> {
    let has = |command: &mut Command| shell::output(command).is_ok_and(|list| list.lines().any(|line| line == triple));
    if has(shell::program("rustup").args(["target", "list", "--installed"])) {
        return Ok(());
    }
    println!("Rust's standard library for {triple} is missing: installing it with rustup");
    shell::run(shell::program("rustup").args(["target", "add", triple])).map_err(|error| {
        format!("Rust's standard library for {triple} is missing and could not be installed ({error})")
    })
}

/// Generates one language from a library with symbols into `out`, which is emptied first.
pub(super) fn generate(language: &str, built: &Built, out: &Path) -> Result<(), String> {
    if out.exists() {
        fs::remove_dir_all(out).map_err(|error| format!("{}: {error}", out.display()))?;
    }
    // Built along with the library for tests: alone its dependencies have other features, and would be built once more.
    let bindgen = bindings::build(&[])?.join("member-bindgen");
    let mut bindgen = shell::program(&bindgen.to_string_lossy());
    shell::run(bindgen.arg(language).arg(&built.path).arg("uniffi.toml").arg(out))
}

fn file_name(triple: &str, kind: Kind) -> String {
    let end = match kind {
        Kind::Static => "a",
        Kind::Shared if triple.contains("-apple-") => "dylib",
        Kind::Shared => "so",
    };
    format!("libmember_ffi.{end}")
}

fn strip_arguments(triple: &str) -> &'static [&'static str] {
    // Apple's strip would take the exported symbols of a library too.
    if triple.contains("-apple-") { &["-x"] } else { &["--strip-all"] }
}

/// Folders of this machine that paths in messages of panics begin with, and what stands there instead. The same source gives
/// the same library wherever it lies, and none tells of who built it.
fn homes() -> Result<Vec<(PathBuf, &'static str)>, String> {
    let cargo = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let cargo = cargo.or_else(|| std::env::home_dir().map(|home| home.join(".cargo")));
    let registry = cargo.ok_or("neither CARGO_HOME nor a home folder is known")?.join("registry/src");
    // One folder for each registry, named by its address.
    let indexes = fs::read_dir(&registry).into_iter().flatten().flatten().map(|entry| (entry.path(), "registry"));
    // rustc takes the last that fits, so the longer ones come last.
    Ok([(shell::root(), "member-core"), (registry.clone(), "registry")].into_iter().chain(indexes).collect())
}

fn remapped(homes: &[(PathBuf, &'static str)]) -> Vec<String> {
    homes.iter().map(|(from, to)| format!("--remap-path-prefix={}={to}", from.display())).collect()
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_are_called_as_their_platform_does() {
        assert_eq!(file_name("aarch64-linux-android", Kind::Shared), "libmember_ffi.so");
        assert_eq!(file_name("aarch64-apple-darwin", Kind::Shared), "libmember_ffi.dylib");
        assert_eq!(file_name("aarch64-apple-ios", Kind::Static), "libmember_ffi.a");
    }

    #[test]
    fn no_path_of_this_machine_is_kept() {
        let homes =
            [("/some/where/core".into(), "member-core"), ("/some/where/.cargo/registry/src".into(), "registry")];
        assert_eq!(
            remapped(&homes),
            [
                "--remap-path-prefix=/some/where/core=member-core",
                "--remap-path-prefix=/some/where/.cargo/registry/src=registry"
            ]
        );
        assert!(contains(b"at /some/where/core/src", b"/some/where/core") && !contains(b"core/src", b"/some/where"));
    }
}
