//! Dependencies point one way: between crates, and between the modules of the core. SQL stays in the stores.

use std::collections::BTreeSet;

use cargo_metadata::{CargoOpt, DependencyKind, MetadataCommand};

use crate::source::{Source, is_name, leading_name};
use crate::tree::{File, Tree};

/// Each crate of ours, what it may depend on, and what only its tests may.
const CRATES: [(&str, &[&str], &[&str]); 8] = [
    ("member-card", &[], &["member-card"]),
    ("sqlcipher-sys", &[], &[]),
    ("member-sandbox", &["member-card", "sqlcipher-sys"], &[]),
    ("member-core", &["member-card", "sqlcipher-sys"], &["member-core", "member-sandbox"]),
    ("member-cli", &["member-core", "member-card", "member-sandbox"], &[]),
    ("member-ffi", &["member-core"], &["member-bindgen", "member-sandbox"]),
    ("member-bindgen", &[], &[]),
    ("xtask", &[], &[]),
];

/// The modules of the core: each uses only what is on a lower level, and itself. `error` is what hosts see, made of the errors
/// of the layers below, so those do not know of it.
const MODULES: [(&str, u8); 14] = [
    ("domain", 0),
    ("files", 0),
    ("ports", 1),
    ("store", 2),
    ("outbox", 3),
    ("api", 3),
    ("messages", 3),
    ("text", 3),
    ("observe", 3),
    ("error", 4),
    ("views", 4),
    ("sync", 4),
    ("wallet", 5),
    ("lib", 6),
];

/// One crate of ours depends on another.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Edge {
    pub(crate) from: String,
    pub(crate) to: String,
    /// Only for its tests.
    pub(crate) dev: bool,
}

/// The dependencies between the crates of the workspace.
pub(crate) fn workspace_edges() -> Vec<Edge> {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml");
    let metadata = MetadataCommand::new().manifest_path(manifest).no_deps().exec().expect("cargo metadata");
    let ours: BTreeSet<_> = metadata.packages.iter().map(|package| package.name.to_string()).collect();
    let mut edges = Vec::new();
    for package in &metadata.packages {
        for dependency in package.dependencies.iter().filter(|dependency| ours.contains(&dependency.name)) {
            let dev = dependency.kind == DependencyKind::Development;
            edges.push(Edge { from: package.name.to_string(), to: dependency.name.clone(), dev });
        }
    }
    edges
}

/// Everything that a crate of the workspace is built with, but for its tests.
pub(crate) fn built_with(name: &str) -> BTreeSet<String> {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml");
    let mut command = MetadataCommand::new();
    command.manifest_path(manifest).features(CargoOpt::AllFeatures).other_options(vec!["--locked".to_owned()]);
    let metadata = command.exec().expect("cargo metadata");
    let nodes = &metadata.resolve.as_ref().expect("a resolved graph").nodes;
    let root = metadata.workspace_packages().into_iter().find(|package| package.name == name).expect("a crate of ours");
    let (mut found, mut left) = (BTreeSet::new(), vec![root.id.clone()]);
    while let Some(id) = left.pop() {
        let node = nodes.iter().find(|node| node.id == id).expect("a node of the graph");
        let in_product = node
            .deps
            .iter()
            .filter(|dependency| dependency.dep_kinds.iter().any(|kind| kind.kind != DependencyKind::Development));
        left.extend(in_product.map(|dependency| dependency.pkg.clone()).filter(|id| found.insert(id.clone())));
    }
    metadata
        .packages
        .iter()
        .filter(|package| found.contains(&package.id))
        .map(|package| package.name.to_string())
        .collect()
}

pub(crate) fn crate_findings(edges: &[Edge]) -> Vec<String> {
    let mut findings = Vec::new();
    for Edge { from, to, dev } in edges {
        match CRATES.iter().find(|(name, _, _)| name == from) {
            None => findings.push(format!("{from} has no place in the table of layers")),
            Some((_, allowed, in_tests)) => {
                let to = &to.as_str();
                if !(allowed.contains(to) || *dev && in_tests.contains(to)) {
                    findings.push(format!("{from} must not depend on {to}"));
                }
            }
        }
    }
    findings
}

/// The modules of the core use only what is below them.
pub(crate) fn modules(tree: &Tree) -> Vec<String> {
    let mut findings = Vec::new();
    for file in tree.select("core/src/", ".rs") {
        let path = module_path(file);
        let from = path.first().map_or("lib", |name| *name);
        if level(from).is_none() {
            findings.push(format!("{}: `{from}` has no place in the table of layers", file.path));
            continue;
        }
        let source = Source::new(&file.text);
        let used: BTreeSet<_> = used_modules(&source, path.len()).into_iter().collect();
        for (line, to) in used {
            let to = if to.starts_with(char::is_uppercase) { "lib" } else { to };
            let known = level(to).is_some() || is_module(tree, to);
            let allowed = from == to || level(to) < level(from) && level(to).is_some();
            if known && !allowed {
                findings.push(format!("{}:{line}: `{from}` must not use `{to}`", file.path));
            }
        }
    }
    findings
}

fn level(module: &str) -> Option<u8> {
    MODULES.iter().find(|(name, _)| *name == module).map(|(_, level)| *level)
}

fn is_module(tree: &Tree, name: &str) -> bool {
    !name.is_empty() && (tree.has_path(&format!("core/src/{name}.rs")) || tree.has_path(&format!("core/src/{name}")))
}

/// `core/src/store/outbox.rs` is `["store", "outbox"]`, lib.rs is empty.
fn module_path(file: &File) -> Vec<&str> {
    let inside = file.path.trim_start_matches("core/src/").trim_end_matches(".rs");
    inside.split('/').filter(|name| !["mod", "lib"].contains(name)).collect()
}

/// Names directly under the root of the crate that the code mentions, with their lines. `depth` is how far below the root
/// the file's own module is.
fn used_modules(source: &Source, depth: usize) -> Vec<(usize, &str)> {
    let mut used = Vec::new();
    for (line, rest) in source.after_word("crate::") {
        used.extend(heads(rest).map(|name| (line, name)));
    }
    for (line, rest) in source.after_word("super::") {
        let mut rest = rest;
        let mut up = 1;
        while let Some(above) = rest.strip_prefix("super::") {
            rest = above;
            up += 1;
        }
        // In a module inside of the file it may end lower; a name that is no module of the core is passed over then.
        if up >= depth {
            used.extend(heads(rest).filter(|name| !name.starts_with(char::is_uppercase)).map(|name| (line, name)));
        }
    }
    used
}

/// The names that a path goes on with: one, or those of a group in braces.
fn heads(rest: &str) -> impl Iterator<Item = &str> {
    let mut names = Vec::new();
    if let Some(group) = rest.strip_prefix('{') {
        let mut depth = 0;
        let mut at_start = true;
        for (at, character) in group.char_indices() {
            match character {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => at_start = true,
                _ if depth == 0 && at_start && is_name(character) => {
                    names.push(leading_name(&group[at..]));
                    at_start = false;
                }
                _ => {}
            }
        }
    } else {
        // A macro of ours stands at the root wherever it comes from.
        let name = leading_name(rest);
        if !rest[name.len()..].starts_with('!') {
            names.push(name);
        }
    }
    names.into_iter()
}

/// Locks of the core and of the bindings are those that the model checker can take the place of.
pub(crate) fn locks(tree: &Tree) -> Vec<String> {
    // The ports of this device and of the simulation; the log, which is one for the process and outlives each wallet.
    let others = |path: &str| {
        path.starts_with("core/src/ports/") || path == "bindings/src/log.rs" || path.ends_with("/interleavings.rs")
    };
    let mut findings = Vec::new();
    for file in ["core/src/", "bindings/src/"].iter().flat_map(|folder| tree.select(folder, ".rs")) {
        if others(&file.path) {
            continue;
        }
        let source = Source::new(&file.text);
        for (line, rest) in source.after_word("std::sync::") {
            let locks = ["Mutex", "RwLock", "Condvar", "Barrier", "atomic", "mpsc"];
            for name in heads(rest).filter(|name| locks.contains(name)) {
                findings.push(format!("{}:{line}: `{name}` comes from core/src/ports/shared.rs", file.path));
            }
        }
    }
    findings
}

/// SQL is written only where the databases are.
pub(crate) fn sql(tree: &Tree) -> Vec<String> {
    let stores = ["core/src/store", "sandbox/src/store", "cli/src/till/store"];
    let mut findings = Vec::new();
    for file in ["core/", "sandbox/", "cli/", "bindings/"].iter().flat_map(|folder| tree.select(folder, ".rs")) {
        let in_tests = file.path.split('/').any(|folder| folder == "tests" || folder == "benches");
        if in_tests || stores.iter().any(|store| file.path.starts_with(store)) {
            continue;
        }
        for (line, _) in Source::new(&file.text).strings.iter().filter(|(_, text)| is_sql(text)) {
            findings.push(format!(
                "{}:{line}: SQL belongs into core/src/store, sandbox/src/store or cli/src/till/store",
                file.path
            ));
        }
    }
    findings.sort();
    findings
}

/// Statements in capitals anywhere; in small letters only where the text starts with one, since people say "select ... from".
fn is_sql(text: &str) -> bool {
    let words: Vec<_> = text.split(|c: char| !is_name(c)).filter(|word| !word.is_empty()).collect();
    let statement = |words: &[&str]| match words {
        ["SELECT", rest @ ..] => rest.contains(&"FROM") || rest.len() == 1,
        ["UPDATE", rest @ ..] => rest.contains(&"SET"),
        ["INSERT", "INTO" | "OR", ..] | ["REPLACE", "INTO", ..] | ["DELETE", "FROM", ..] | ["PRAGMA", _, ..] => true,
        ["CREATE" | "DROP" | "ALTER", rest @ ..] => {
            rest.iter().take(2).any(|word| ["TABLE", "INDEX", "VIEW", "TRIGGER"].contains(word))
        }
        _ => false,
    };
    if (0..words.len()).any(|start| statement(&words[start..])) {
        return true;
    }
    let starts_small = text.trim_start().starts_with(|c: char| c.is_ascii_lowercase());
    let upper: Vec<_> = words.iter().map(|word| word.to_uppercase()).collect();
    starts_small && statement(&upper.iter().map(String::as_str).collect::<Vec<_>>())
}

/// Migrations are `NNN_name.sql`, numbered from 001 without gaps.
pub(crate) fn migrations(tree: &Tree) -> Vec<String> {
    let mut findings = Vec::new();
    let mut counted = ("", 0);
    for file in tree.select("", ".sql") {
        let Some((folder, name)) = file.path.rsplit_once('/').filter(|(folder, _)| folder.ends_with("/migrations"))
        else {
            continue;
        };
        let number = name.split_once('_').map(|(number, _)| number).filter(|number| number.len() == 3);
        let Some(number) = number.and_then(|number| number.parse::<u32>().ok()) else {
            findings.push(format!("{}: a migration is called NNN_name.sql", file.path));
            continue;
        };
        let expected = if counted.0 == folder { counted.1 + 1 } else { 1 };
        if number != expected {
            findings.push(format!("{}: its number should be {expected:03}", file.path));
        }
        counted = (folder, expected);
    }
    findings
}
