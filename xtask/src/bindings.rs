//! `cargo xtask bindings`: Kotlin and Swift from the built library. Knows where things are, not what is in them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::shell;

/// Where the Kotlin sources go; bindings/kotlin/pom.xml compiles them there.
pub(crate) const KOTLIN: &str = "bindings/kotlin/target/generated";
/// Where the Swift source goes.
pub(crate) const SWIFT: &str = "bindings/swift/Sources/MemberCoreBridge/Generated";
/// Where the C header and its module map go.
pub(crate) const SWIFT_HEADERS: &str = "bindings/swift/Sources/MemberCoreFFI";

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
    for (language, out) in [("kotlin", KOTLIN), ("swift", SWIFT)] {
        let mut bindgen = shell::program(&folder.join("member-bindgen").to_string_lossy());
        shell::run(bindgen.arg(language).arg(&library).args(["uniffi.toml", out]))?;
    }
    move_headers(&shell::root().join(SWIFT), &shell::root().join(SWIFT_HEADERS))
}

/// Swift's package manager wants what is C in a folder of its own, with a module map of just this name.
fn move_headers(from: &Path, to: &Path) -> Result<(), String> {
    let failed = |path: &Path, error: std::io::Error| format!("{}: {error}", path.display());
    fs::create_dir_all(to).map_err(|error| failed(to, error))?;
    for (old, new) in [("MemberCoreFFI.h", "MemberCoreFFI.h"), ("MemberCoreFFI.modulemap", "module.modulemap")] {
        let (old, new) = (from.join(old), to.join(new));
        fs::rename(&old, &new).map_err(|error| failed(&old, error))?;
    }
    Ok(())
}
