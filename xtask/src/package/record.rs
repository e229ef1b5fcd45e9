//! What a release consists of: BUILD.json for people and programs, SHA256SUMS for `sha256sum --check`. Knows files, not what
//! they are for.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{read, write};
use crate::shell;

/// The files of a release, in the order in which they were made.
#[derive(Default)]
pub(super) struct Record {
    files: Vec<(&'static str, PathBuf)>,
}

impl Record {
    /// Adds a file of the release; `what` it is, and its path in the folder of the release.
    pub(super) fn add(&mut self, what: &'static str, path: impl Into<PathBuf>) {
        self.files.push((what, path.into()));
    }

    /// Writes both lists into the folder of the release. Answers how many files they name.
    pub(super) fn write(&self, folder: &Path) -> Result<usize, String> {
        let mut entries = Vec::new();
        let mut sums = String::new();
        for (what, path) in &self.files {
            let bytes = read(&folder.join(path))?;
            let name = slashed(path);
            let sum = sha256(&bytes);
            // Writing to a String cannot fail.
            let _ = writeln!(sums, "{sum}  {name}");
            entries.push(json!({ "name": name, "what": what, "bytes": bytes.len(), "sha256": sum }));
        }
        let build = json!({
            "version": env!("CARGO_PKG_VERSION"),
            "source": source(),
            "rustc": shell::output(shell::program("rustc").arg("--version"))?.trim(),
            "files": entries,
        });
        write(&folder.join("BUILD.json"), format!("{build:#}\n").as_bytes())?;
        write(&folder.join("SHA256SUMS"), sums.as_bytes())?;
        Ok(self.files.len())
    }
}

/// The commit, where there is a repository, and whether the tree was exactly that.
fn source() -> Value {
    let git = |arguments: &[&str]| shell::output(shell::program("git").args(arguments)).ok();
    let Some(commit) = git(&["rev-parse", "HEAD"]) else { return Value::Null };
    let modified = git(&["status", "--porcelain"]).is_none_or(|changes| !changes.is_empty());
    json!({ "commit": commit.trim(), "modified": modified })
}

/// As it is written on every platform.
fn slashed(path: &Path) -> String {
    path.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/")
}

/// In hexadecimal digits.
pub(super) fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

pub(super) fn hex(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn every_file_stands_in_both_lists() {
        let folder = tempfile::tempdir().expect("a folder");
        write(&folder.path().join("library/some.so"), b"abc").expect("a file");
        let mut record = Record::default();
        record.add("a library", Path::new("library").join("some.so"));
        assert_eq!(record.write(folder.path()), Ok(1));

        // FIPS 180-4's example.
        let sum = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let sums = fs::read_to_string(folder.path().join("SHA256SUMS")).expect("sums");
        assert_eq!(sums, format!("{sum}  library/some.so\n"));
        let build = fs::read_to_string(folder.path().join("BUILD.json")).expect("a list");
        let build: Value = serde_json::from_str(&build).expect("JSON");
        assert_eq!(build["version"], env!("CARGO_PKG_VERSION"));
        assert_eq!(
            build["files"],
            json!([{ "name": "library/some.so", "what": "a library", "bytes": 3, "sha256": sum }])
        );

        record.add("a file that is not there", "none");
        assert!(record.write(folder.path()).is_err_and(|error| error.contains("none")));
    }
}
