//! Languages: each has the same messages as English, with the same variables.

use std::collections::{BTreeMap, BTreeSet};

use crate::source::is_name;
use crate::tree::Tree;

/// A message or `message.attribute`, with the variables in it.
type Messages = BTreeMap<String, BTreeSet<String>>;

pub(crate) fn languages(tree: &Tree) -> Vec<String> {
    let mut findings = Vec::new();
    for file in tree.select("", ".ftl") {
        let Some(english) = english_of(&file.path).iter().find_map(|path| tree.get(path)) else {
            findings.push(format!("{}: there is no English file beside it", file.path));
            continue;
        };
        let (english, here) = (messages(&english.text), messages(&file.text));
        for (id, variables) in &english {
            match here.get(id) {
                None => findings.push(format!("{}: `{id}` is missing", file.path)),
                Some(found) if found != variables => {
                    let (found, wanted) = (list(found), list(variables));
                    findings.push(format!("{}: `{id}` has the variables {found}, in English {wanted}", file.path));
                }
                Some(_) => {}
            }
        }
        for id in here.keys().filter(|id| !english.contains_key(*id)) {
            findings.push(format!("{}: `{id}` is not there in English", file.path));
        }
    }
    findings
}

/// `x/pl.ftl` is beside `x/en.ftl`, `x/pl/main.ftl` beside `x/en/main.ftl`.
fn english_of(path: &str) -> Vec<String> {
    let (folder, name) = path.rsplit_once('/').unwrap_or((".", path));
    let mut candidates = vec![format!("{folder}/en.ftl")];
    if let Some((above, _)) = folder.rsplit_once('/') {
        candidates.push(format!("{above}/en/{name}"));
    }
    candidates
}

/// Reads Fluent (Syntax 1.0) by its lines: a message starts at the margin, all else of it is indented or closes a brace.
fn messages(text: &str) -> Messages {
    let mut found = Messages::new();
    let (mut message, mut current) = (String::new(), String::new());
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let starts = line.starts_with(|c: char| c.is_ascii_alphabetic() || c == '-');
        if let Some((id, _)) = line.split_once('=').filter(|_| starts) {
            id.trim().clone_into(&mut message);
            message.clone_into(&mut current);
        } else if let Some((attribute, _)) = line.trim_start().strip_prefix('.').and_then(|line| line.split_once('=')) {
            current = format!("{message}.{}", attribute.trim());
        }
        if !current.is_empty() {
            let variables =
                line.split('$').skip(1).map(|rest| rest.split(|c| !is_name(c) && c != '-').next().unwrap_or_default());
            found.entry(current.clone()).or_default().extend(variables.map(str::to_owned));
        }
    }
    found
}

fn list(names: &BTreeSet<String>) -> String {
    if names.is_empty() { "none".to_owned() } else { names.iter().cloned().collect::<Vec<_>>().join(", ") }
}
