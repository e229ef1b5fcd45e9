//! Documents: what they name exists, decisions are listed, invariants say what holds them.

use crate::source::{Source, is_name, leading_name};
use crate::tree::Tree;

/// Without these nobody can find their way.
const REQUIRED: [&str; 6] =
    ["README.md", "CHANGELOG.md", "docs/ARCHITECTURE.md", "docs/adr/README.md", "LICENSE-MIT", "LICENSE-APACHE"];

/// Endings that make a word in backticks a path.
const ENDINGS: [&str; 9] = [".rs", ".toml", ".md", ".yaml", ".sql", ".ftl", ".kt", ".swift", ".c"];

pub(crate) fn required(tree: &Tree) -> Vec<String> {
    let missing = |path: &&&str| tree.get(path).is_none_or(|file| file.text.trim().is_empty());
    REQUIRED.iter().filter(missing).map(|path| format!("{path} is missing or empty")).collect()
}

/// Paths in backticks and targets of links, in README.md and everything under docs.
pub(crate) fn paths(tree: &Tree) -> Vec<String> {
    let mut findings = Vec::new();
    let documents = tree.select("docs/", ".md").chain(tree.get("README.md")).collect::<Vec<_>>();
    for file in documents.into_iter().rev() {
        let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        for (line, text) in prose(&file.text) {
            let named = text.split('`').skip(1).step_by(2).filter(|word| is_path(tree, word) && !exists(tree, word));
            findings.extend(named.map(|path| format!("{}:{line}: `{path}` does not exist", file.path)));
            for target in text.split("](").skip(1).filter_map(|rest| rest.split([')', ' ']).next()) {
                let path = target.split('#').next().unwrap_or_default();
                let elsewhere = path.is_empty() || path.contains("://") || path.starts_with("mailto:");
                if !elsewhere && !tree.has_path(&joined(folder, path)) {
                    findings.push(format!("{}:{line}: `{path}` does not exist", file.path));
                }
            }
        }
    }
    findings
}

/// Kotlin and Swift in README.md and docs stand word for word in a source file, which is compiled. (Rust is run by rustdoc.)
pub(crate) fn snippets(tree: &Tree) -> Vec<String> {
    let mut findings = Vec::new();
    for file in tree.get("README.md").into_iter().chain(tree.select("docs/", ".md")) {
        let mut lines = file.text.lines().enumerate();
        while let Some((index, line)) = lines.next() {
            let Some(language) = line.strip_prefix("```").filter(|language| !language.is_empty()) else { continue };
            let block: Vec<&str> = lines.by_ref().map(|(_, line)| line).take_while(|line| *line != "```").collect();
            let Some(ending) = [("kotlin", ".kt"), ("swift", ".swift")].iter().find(|(name, _)| *name == language)
            else {
                continue;
            };
            let block = format!("{}\n", block.join("\n"));
            if !tree.select("", ending.1).any(|source| source.text.contains(&block)) {
                findings.push(format!("{}:{}: this {language} stands in no source file", file.path, index + 1));
            }
        }
    }
    findings
}

/// Lines that are not inside of a fenced block, with their numbers.
fn prose(text: &str) -> Vec<(usize, &str)> {
    let mut fenced = false;
    let mut lines = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            lines.push((index + 1, line));
        }
    }
    lines
}

fn is_path(tree: &Tree, word: &str) -> bool {
    let plain = word.starts_with(|c: char| is_name(c) || c == '.' || c == '*')
        && word.chars().all(|c| is_name(c) || "./-*".contains(c));
    let top_level = word.split_once('/').is_some_and(|(folder, _)| tree.has_path(&format!("{folder}/*")));
    plain && (top_level || ENDINGS.iter().any(|ending| word.ends_with(ending)))
}

/// From the root, or the end of some path: `ports.rs` for `core/src/ports.rs`.
fn exists(tree: &Tree, path: &str) -> bool {
    let end = format!("/{path}");
    tree.has_path(path) || tree.files.iter().any(|file| file.path.ends_with(&end))
}

/// A relative link, from the root.
fn joined(folder: &str, path: &str) -> String {
    let mut parts: Vec<_> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/').filter(|part| !part.is_empty() && *part != ".") {
        if part == ".." {
            parts.pop();
        } else {
            parts.push(part);
        }
    }
    parts.join("/")
}

/// Each **Architecture Invariant** names tests that exist, `(tests: a, b)`, or says `by review`.
pub(crate) fn invariants(tree: &Tree) -> Vec<String> {
    let Some(file) = tree.get("docs/ARCHITECTURE.md") else { return Vec::new() };
    let mut findings = Vec::new();
    for (line, paragraph) in
        paragraphs(&file.text).into_iter().filter(|(_, text)| text.contains("**Architecture Invariant"))
    {
        let tests: Vec<_> = named_tests(&paragraph);
        if tests.is_empty() && !paragraph.contains("by review") {
            findings.push(format!(
                "{}:{line}: the invariant names no test (`tests: name`) and is not `by review`",
                file.path
            ));
        }
        for test in tests.iter().filter(|name| !has_test(tree, name)) {
            findings.push(format!("{}:{line}: there is no test `{test}`", file.path));
        }
    }
    findings
}

/// Paragraphs and items of lists, each with the number of its first line.
fn paragraphs(text: &str) -> Vec<(usize, String)> {
    let mut found: Vec<(usize, String)> = Vec::new();
    let mut open = false;
    for (index, line) in text.lines().enumerate() {
        let starts = line.trim_start().starts_with("- ") || line.trim_start().starts_with("* ");
        match found.last_mut().filter(|_| open && !starts) {
            _ if line.trim().is_empty() => open = false,
            Some((_, paragraph)) => {
                paragraph.push(' ');
                paragraph.push_str(line.trim());
            }
            None => {
                found.push((index + 1, line.trim().to_owned()));
                open = true;
            }
        }
    }
    found
}

/// What follows `tests:` up to the end of the bracket or sentence; of a path its last name.
fn named_tests(paragraph: &str) -> Vec<&str> {
    let mut tests = Vec::new();
    for rest in ["tests: ", "test: "].iter().flat_map(|word| paragraph.split(word).skip(1)) {
        let until = rest.find(')').or_else(|| rest.find(". ")).unwrap_or(rest.len());
        let words =
            rest[..until].split(|c: char| !is_name(c) && c != ':').filter(|word| !word.is_empty() && *word != "and");
        tests.extend(words.map(|word| word.rsplit("::").next().unwrap_or(word)));
    }
    tests
}

/// In Rust a function; Kotlin and Swift have their own words for it.
fn has_test(tree: &Tree, name: &str) -> bool {
    tree.files.iter().any(|file| {
        let keyword = match file.extension() {
            "rs" => "fn ",
            "kt" => "fun ",
            "swift" => "func ",
            _ => return false,
        };
        // Strings may hold code too, as the samples here do.
        let source = Source::new(&file.text);
        source.after_word(keyword).any(|(_, rest)| leading_name(rest) == name)
    })
}

/// Decisions are `NNNN-name.md`, numbered from 0001 without gaps, and the index lists all of them and no others.
pub(crate) fn decisions(tree: &Tree) -> Vec<String> {
    const FOLDER: &str = "docs/adr/";
    let mut findings = Vec::new();
    let mut names = Vec::new();
    for file in tree.select(FOLDER, ".md").filter(|file| file.path != "docs/adr/README.md") {
        let name = &file.path[FOLDER.len()..];
        let number = name.split_once('-').map(|(number, _)| number).filter(|number| number.len() == 4);
        let Some(number) = number.and_then(|number| number.parse::<usize>().ok()) else {
            findings.push(format!("{}: a decision is called NNNN-name.md", file.path));
            continue;
        };
        names.push(name);
        if number != names.len() {
            findings.push(format!("{}: its number should be {:04}", file.path, names.len()));
        }
    }
    let Some(index) = tree.get("docs/adr/README.md") else { return findings };
    let listed: Vec<_> = index.text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next()).collect();
    for name in names.iter().filter(|name| !listed.contains(name)) {
        findings.push(format!("{FOLDER}{name} is not listed in docs/adr/README.md"));
    }
    for name in listed.iter().filter(|name| name.starts_with(|c: char| c.is_ascii_digit()) && !names.contains(name)) {
        findings.push(format!("docs/adr/README.md lists {name}, which does not exist"));
    }
    findings
}
