//! What the built library exports: as Kotlin and Swift, and as a list for people.
//!
//! Reads the metadata in an unstripped library; knows nothing of what the library does.

mod api;

use std::fs;
use std::path::Path;

use uniffi_bindgen::bindings::{GenerateOptions, TargetLanguage, generate};

pub use api::api;

/// A language that is generated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Language {
    Kotlin,
    Swift,
}

/// Writes the sources of one language into `out`. `config` is the global uniffi.toml.
pub fn write(language: Language, library: &Path, config: &Path, out: &Path) -> Result<(), String> {
    let utf8 = |path: &Path| path.to_str().map(Into::into).ok_or_else(|| format!("{} is not UTF-8", path.display()));
    let options = GenerateOptions {
        languages: vec![match language {
            Language::Kotlin => TargetLanguage::Kotlin,
            Language::Swift => TargetLanguage::Swift,
        }],
        source: utf8(library)?,
        out_dir: utf8(out)?,
        config_override: Some(utf8(config)?),
        ..GenerateOptions::default()
    };
    generate(options).map_err(|error| format!("{error:#}"))?;
    match language {
        Language::Kotlin => amend(out, "kt", HUSHED),
        Language::Swift => amend(out, "swift", OPENED),
    }
}

/// What is replaced in a generated source, once, and by what.
type Amendments = &'static [(&'static str, &'static str)];

/// Our own Kotlin is compiled with warnings as errors, one of which asks each declaration whether it is public. What is
/// generated says nothing of that, and is in the same compilation.
const HUSHED: Amendments = &[(r#"@file:Suppress("NAME_SHADOWING")"#, r#"@file:Suppress("warnings")"#)];

/// Where the library is not of the same release, generated Swift ends the process at the first call. The layer on top says so in a
/// sentence instead; for that it must see what the generated check found.
const OPENED: Amendments = &[
    ("\nprivate enum InitializationResult {", "\nenum InitializationResult {"),
    ("\nprivate let initializationResult:", "\nlet initializationResult:"),
];

/// Amends the sources with this extension, in all folders below.
fn amend(folder: &Path, extension: &str, amendments: Amendments) -> Result<(), String> {
    let failed = |path: &Path, error: std::io::Error| format!("{}: {error}", path.display());
    for entry in fs::read_dir(folder).map_err(|error| failed(folder, error))? {
        let path = entry.map_err(|error| failed(folder, error))?.path();
        if path.is_dir() {
            amend(&path, extension, amendments)?;
        } else if path.extension().is_some_and(|found| found == extension) {
            let mut text = fs::read_to_string(&path).map_err(|error| failed(&path, error))?;
            for (old, new) in amendments {
                let amended = text.replacen(old, new, 1);
                if !amended.contains(new) {
                    return Err(format!("{}: the generator no longer writes {}", path.display(), old.trim()));
                }
                text = amended;
            }
            fs::write(&path, text).map_err(|error| failed(&path, error))?;
        }
    }
    Ok(())
}
