//! Rules for single files: how they open, what must not be in them, how large they are.

use crate::source::{Source, is_name};
use crate::tree::{File, Tree};

/// Longest source file, in lines.
const MAX_LINES: usize = 600;

/// Largest file, in bytes.
const MAX_SIZE: usize = 1_000_000;

/// Longer files, each with the reason why it reads better whole.
const LONG_FILES: [(&str, &str); 0] = [];

pub(crate) fn headers(tree: &Tree) -> Vec<String> {
    let opens = |file: &&File| file.text.lines().next().is_some_and(|line| line.starts_with("//! "));
    let silent = tree.select("", ".rs").filter(|file| !opens(file));
    silent
        .map(|file| format!("{}: opens with what it is for and what it must not know (`//! ...`)", file.path))
        .collect()
}

pub(crate) fn unfinished(tree: &Tree) -> Vec<String> {
    let macros = [concat!("to", "do!"), concat!("unimpl", "emented!")];
    let words = [concat!("TO", "DO"), concat!("FIX", "ME")];
    let mut findings = Vec::new();
    for file in tree.files.iter().filter(|file| file.extension() != "lock") {
        let mut lines: Vec<_> =
            file.text.lines().enumerate().filter(|(_, line)| has_word(line, &words)).map(|(n, _)| n + 1).collect();
        if file.extension() == "rs" {
            let source = Source::new(&file.text);
            lines.extend(macros.iter().flat_map(|name| source.after_word(name)).map(|(line, _)| line));
        }
        lines.sort_unstable();
        lines.dedup();
        findings.extend(lines.iter().map(|line| format!("{}:{line}: unfinished", file.path)));
    }
    findings
}

fn has_word(line: &str, words: &[&str]) -> bool {
    line.split(|c: char| !is_name(c)).any(|word| words.contains(&word))
}

pub(crate) fn ignored_tests(tree: &Tree) -> Vec<String> {
    let mut findings = Vec::new();
    for file in tree.select("", ".rs") {
        let source = Source::new(&file.text);
        for (line, _) in source.after_word(concat!("#[ig", "nore]")) {
            findings.push(format!("{}:{line}: an ignored test says why: `#[ignore = \"...\"]`", file.path));
        }
    }
    findings
}

pub(crate) fn machine_paths(tree: &Tree) -> Vec<String> {
    let folders = [concat!("/ro", "ot/"), concat!("/ho", "me/"), concat!("/wo", "rk/")];
    // A path starts there: `core/home/x`, `https://example.org/home/` and `$FOLDER/home/` are others.
    let starts = |before: &str| !before.ends_with(|c: char| is_name(c) || "./-~}".contains(c));
    let bad = |line: &str| folders.iter().any(|folder| line.match_indices(folder).any(|(at, _)| starts(&line[..at])));
    let mut findings = Vec::new();
    for file in &tree.files {
        for (index, _) in file.text.lines().enumerate().filter(|(_, line)| bad(line)) {
            findings.push(format!("{}:{}: a path of one machine", file.path, index + 1));
        }
    }
    findings
}

pub(crate) fn sizes(tree: &Tree) -> Vec<String> {
    let mut findings = Vec::new();
    for file in &tree.files {
        if file.size > MAX_SIZE {
            findings
                .push(format!("{}: {} bytes: files over 1 MB do not belong into the repository", file.path, file.size));
        }
        let lines = file.text.lines().count();
        let listed = LONG_FILES.iter().any(|(path, _)| *path == file.path);
        if file.extension() == "rs" && lines > MAX_LINES && !listed {
            let advice = "split it, or list it here with the reason why it reads better whole";
            findings.push(format!("{}: {lines} lines: {advice}", file.path));
        }
        if listed && lines <= MAX_LINES {
            findings.push(format!("{}: {lines} lines: it need not be listed as long any more", file.path));
        }
    }
    findings
}
