//! `cargo xtask bindings`: Kotlin and Swift from the built library. Knows where things are, not what is in them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::shell;

/// Where the Kotlin sources go; bindings/kotlin/pom.xml compiles them there.
pub(crate) const KOTLIN: &str = "bindings/kotlin/target/generated";
/// Where the Swift source goes.
const SWIFT: &str = "bindings/swift/Sources/MemberCoreBridge/Generated";
/// Where the C header and its module map go.
const SWIFT_HEADERS: &str = "bindings/swift/Sources/MemberCoreFFI";

/// Builds the library for this machine, with symbols, and writes both languages.
pub(crate) fn run() -> ExitCode {
    match build(&[]).and_then(|folder| generate(&folder)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Builds the library and its generator in the development profile, and answers the folder that they are in. `more` names
/// packages that are built along.
pub(crate) fn build(more: &[&str]) -> Result<PathBuf, String> {
    let mut cargo = shell::cargo(["build", "--locked", "-p", "member-ffi", "-p", "member-bindgen"]);
    cargo.args(more.iter().flat_map(|package| ["-p", package]));
    shell::run(&mut cargo)?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| shell::root().join("target"), PathBuf::from);
    // Relative to the root, from where cargo was run.
    Ok(shell::root().join(target).join("debug"))
}

/// Writes both languages from the library in `folder`.
pub(crate) fn generate(folder: &Path) -> Result<(), String> {
    let library = folder.join(format!("{}member_ffi{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX));
    let bindgen = |language: &str, out: &Path| {
        let mut bindgen = shell::program(&folder.join("member-bindgen").to_string_lossy());
        shell::run(bindgen.arg(language).arg(&library).arg("uniffi.toml").arg(out))
    };
    bindgen("kotlin", Path::new(KOTLIN))?;
    let swift = tempfile::tempdir().map_err(|error| format!("no temporary folder: {error}"))?;
    bindgen("swift", swift.path())?;
    // Swift's package manager wants what is C in a folder of its own, with a module map of just this name.
    for (name, out, called) in [
        ("MemberCoreBridge.swift", SWIFT, "MemberCoreBridge.swift"),
        ("MemberCoreFFI.h", SWIFT_HEADERS, "MemberCoreFFI.h"),
        ("MemberCoreFFI.modulemap", SWIFT_HEADERS, "module.modulemap"),
    ] {
        replace(&swift.path().join(name), &shell::root().join(out).join(called))?;
    }
    Ok(())
}

/// Copies a file whole, and only where it differs: Swift compiles again what is newer, and gives up where that changes meanwhile.
fn replace(from: &Path, to: &Path) -> Result<(), String> {
    let failed = |path: &Path, error: std::io::Error| format!("{}: {error}", path.display());
    let new = fs::read(from).map_err(|error| failed(from, error))?;
    if fs::read(to).is_ok_and(|old| old == new) {
        return Ok(());
    }
    let folder = to.parent().unwrap_or(to);
    fs::create_dir_all(folder).map_err(|error| failed(folder, error))?;
    let part = to.with_extension("part");
    fs::write(&part, new).map_err(|error| failed(&part, error))?;
    fs::rename(&part, to).map_err(|error| failed(to, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_the_same_is_left_as_it_was() {
        let folder = tempfile::tempdir().expect("a folder");
        let (from, to) = (folder.path().join("new"), folder.path().join("a/b.swift"));
        fs::write(&from, "one").expect("a file");
        replace(&from, &to).expect("a new file");
        let written = |path: &Path| fs::metadata(path).and_then(|file| file.modified()).expect("a time");
        let first = written(&to);
        replace(&from, &to).expect("the same file");
        assert_eq!(written(&to), first);
        fs::write(&from, "two").expect("a file");
        replace(&from, &to).expect("another file");
        assert_eq!(fs::read_to_string(&to).expect("the file"), "two");
        assert_eq!(fs::read_dir(folder.path().join("a")).expect("the folder").count(), 1);
    }
}
