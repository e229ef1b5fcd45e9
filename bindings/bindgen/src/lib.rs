//! What the built library exports: as Kotlin and Swift, and as a list for people.
//!
//! Reads the metadata in an unstripped library; knows nothing of what the library does.

mod api;

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
    generate(options).map_err(|error| format!("{error:#}"))
}
