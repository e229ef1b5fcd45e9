//! `cargo xtask fuzz`: the targets of card/fuzz, each for a while, begun with what is in docs/card-format-vectors.json.
//!
//! What a run finds of new ways through the code stays in target/fuzz, and the next run goes on from there. Must not know the format.

use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};

use clap::ValueEnum;
use serde_json::Value;

use crate::shell;

/// One target.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Target {
    /// Reading a code
    Payload,
    /// Verifying a code, at a till and at the backend
    Verify,
    /// Reading a revocation list
    Revocations,
}

/// Runs the targets, `seconds` each; stops at the first crash.
pub(crate) fn run(seconds: u64, targets: &[Target]) -> ExitCode {
    let targets = if targets.is_empty() { Target::value_variants() } else { targets };
    match all(seconds, targets) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn all(seconds: u64, targets: &[Target]) -> Result<(), String> {
    install()?;
    let vectors = shell::root().join("docs/card-format-vectors.json");
    let vectors = fs::read_to_string(&vectors).map_err(|error| format!("{}: {error}", vectors.display()))?;
    let vectors: Value = serde_json::from_str(&vectors).map_err(|error| format!("the vectors: {error}"))?;
    let folder = shell::target().join("fuzz");
    for target in targets {
        let name = shell::name(target);
        let (corpus, crashes) = (folder.join("corpus").join(&name), folder.join("crashes").join(&name));
        for made in [&corpus, &crashes] {
            fs::create_dir_all(made).map_err(|error| format!("{}: {error}", made.display()))?;
        }
        let seeds = target.seeds(&vectors);
        write_seeds(&corpus, &seeds)?;
        println!("\n{name}: {}, from {} seeds, for {seconds} s", shell::about(target), seeds.len());
        let mut fuzz = nightly();
        fuzz.args(["fuzz", "run", "--fuzz-dir", "card/fuzz", "--target-dir"]).arg(folder.join("target"));
        // Longer than the longest code, and than a list of some cards.
        let total = format!("-max_total_time={seconds}");
        let artifacts = format!("-artifact_prefix={}/", crashes.display());
        fuzz.arg(&name).arg(&corpus).args(["--", "-max_len=2048", "-print_final_stats=1", &total, &artifacts]);
        shell::run(&mut fuzz).map_err(|error| {
            format!(
                "{error}\nwhat made it crash is in {}; a file there is played again with `cargo +nightly fuzz run`",
                crashes.display()
            )
        })?;
    }
    println!("\nno crash in {} targets of {seconds} s each", targets.len());
    Ok(())
}

impl Target {
    /// What the vectors have for it.
    fn seeds(self, vectors: &Value) -> Vec<Vec<u8>> {
        let asks = vectors["asks"].as_array().map(Vec::as_slice).unwrap_or_default();
        asks.iter().filter_map(|sample| self.seed(&sample["ask"])).collect()
    }

    fn seed(self, ask: &Value) -> Option<Vec<u8>> {
        let code = ask["code"].as_str();
        match self {
            Self::Payload => Some(code?.as_bytes().to_vec()),
            Self::Verify => Some([&ask["now"].as_u64()?.to_be_bytes(), code?.as_bytes()].concat()),
            Self::Revocations => {
                let list = ask["list"].as_str()?.as_bytes();
                let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
                list.chunks(2).map(byte).collect()
            }
        }
    }
}

fn write_seeds(corpus: &Path, seeds: &[Vec<u8>]) -> Result<(), String> {
    for (index, seed) in seeds.iter().enumerate() {
        let path = corpus.join(format!("vector-{index:03}"));
        fs::write(&path, seed).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(())
}

/// libFuzzer's instrumentation is for nightly only.
fn nightly() -> Command {
    let mut cargo = shell::program("cargo");
    cargo.arg("+nightly");
    cargo
}

fn install() -> Result<(), String> {
    if !shell::succeeds(nightly().arg("--version")) {
        println!("the nightly toolchain is missing: installing it with rustup");
        shell::run(shell::program("rustup").args(["toolchain", "install", "nightly", "--profile", "minimal"]))?;
    }
    if !shell::succeeds(nightly().args(["fuzz", "--version"])) {
        println!("cargo-fuzz is missing: building it, which takes some minutes");
        shell::run(&mut shell::cargo("install --locked cargo-fuzz".split(' ')))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_vectors_are_seeds() {
        let vectors = json!({ "asks": [
            { "ask": { "what": "code", "code": "12", "now": 258 } },
            { "ask": { "what": "revocations", "list": "0aff" } },
        ]});
        assert_eq!(Target::Payload.seeds(&vectors), [b"12".to_vec()]);
        assert_eq!(Target::Verify.seeds(&vectors), [vec![0, 0, 0, 0, 0, 0, 1, 2, b'1', b'2']]);
        assert_eq!(Target::Revocations.seeds(&vectors), [vec![0x0a, 0xff]]);
        let text = fs::read_to_string(shell::root().join("docs/card-format-vectors.json")).expect("the vectors");
        let file: Value = serde_json::from_str(&text).expect("JSON");
        for target in Target::value_variants() {
            assert!(target.seeds(&file).len() > 20, "{}", shell::name(target));
        }
    }
}
