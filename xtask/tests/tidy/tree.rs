//! The files that the rules look at: those of the repository, or of a sample.

use std::path::Path;
use std::process::Command;
use std::{fs, str};

/// A set of files, by path.
pub(crate) struct Tree {
    pub(crate) files: Vec<File>,
}

/// A file, with its path from the root.
pub(crate) struct File {
    pub(crate) path: String,
    /// In bytes.
    pub(crate) size: usize,
    /// Empty where it is no text.
    pub(crate) text: String,
}

impl File {
    /// What follows the last dot of the name.
    pub(crate) fn extension(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap_or_default();
        name.rsplit_once('.').map_or("", |(_, extension)| extension)
    }
}

impl Tree {
    /// What git knows or would add: a new file is looked at before it is committed.
    pub(crate) fn of_repository() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask is inside of the workspace");
        let mut git = Command::new("git");
        git.current_dir(root).args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
        let output = git.output().expect("git, which says what belongs to the repository");
        assert!(output.status.success(), "git ls-files: {}", String::from_utf8_lossy(&output.stderr));
        let paths = str::from_utf8(&output.stdout).expect("paths in UTF-8");
        let mut files: Vec<_> = paths
            .split_terminator('\0')
            // A file that was deleted and not yet committed is still in git's list.
            .filter_map(|path| Some((path, fs::read(root.join(path)).ok()?)))
            .map(|(path, bytes)| File {
                path: path.to_owned(),
                size: bytes.len(),
                text: String::from_utf8(bytes).unwrap_or_default(),
            })
            .collect();
        assert!(files.iter().any(|file| file.path == "Cargo.toml"), "the repository has been found");
        files.sort_by(|a, b| a.path.cmp(&b.path));
        files.dedup_by(|a, b| a.path == b.path);
        Self { files }
    }

    pub(crate) fn sample(files: &[(&str, &str)]) -> Self {
        let file = |(path, text): &(&str, &str)| File { path: (*path).into(), size: text.len(), text: (*text).into() };
        let mut files: Vec<_> = files.iter().map(file).collect();
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Self { files }
    }

    pub(crate) fn get(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }

    /// Files whose path starts and ends so.
    pub(crate) fn select(&self, prefix: &str, suffix: &str) -> impl Iterator<Item = &File> {
        self.files.iter().filter(move |file| file.path.starts_with(prefix) && file.path.ends_with(suffix))
    }

    /// True for a file, and for a folder with a file in it. A `*` stands for anything within a name.
    pub(crate) fn has_path(&self, path: &str) -> bool {
        let wanted: Vec<_> = path.trim_end_matches('/').split('/').collect();
        self.files.iter().any(|file| {
            let parts: Vec<_> = file.path.split('/').collect();
            parts.len() >= wanted.len() && wanted.iter().zip(&parts).all(|(wanted, part)| matches(wanted, part))
        })
    }
}

/// A name against one with at most one `*`.
fn matches(wanted: &str, name: &str) -> bool {
    match wanted.split_once('*') {
        None => wanted == name,
        Some((start, end)) => name.len() >= start.len() + end.len() && name.starts_with(start) && name.ends_with(end),
    }
}
