//! `cargo xtask bindings`: Kotlin and Swift from the built library. Knows where things are, not what is in them.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::shell;

/// Where the Kotlin sources go; bindings/kotlin/pom.xml compiles them there.
pub(crate) const KOTLIN: &str = "bindings/kotlin/target/generated";
/// Where the Swift source, the header and the module map go.
const SWIFT: &str = "bindings/swift/Generated";

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
    Ok(())
}
