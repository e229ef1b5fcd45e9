//! Read rates as a page of Markdown. Must not know how the pictures came to be.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use crate::scene::DISTURBANCES;

/// What each decoder is, and which kinds it reads at all.
const DECODERS: [(&str, &str, &[&str]); 4] = [
    ("zxing", "ZXing (Java)", &["qr", "code128", "ean13", "pdf417", "aztec", "data-matrix", "peer"]),
    ("zbar", "zbar", &["qr", "code128", "ean13", "peer"]),
    ("rxing", "rxing (Rust)", &["qr", "code128", "ean13", "pdf417", "aztec", "data-matrix", "peer"]),
    ("rqrr", "rqrr (Rust)", &["qr", "peer"]),
];

/// One line of the list of pictures.
struct Shot<'a> {
    picture: &'a str,
    kind: &'a str,
    holds: &'a str,
    size: &'a str,
    telephone: &'a str,
    disturbance: &'a str,
    content: &'a str,
}

/// How many pictures, how many of them were read, and how many as something else.
#[derive(Default, Clone, Copy)]
struct Rate {
    all: u32,
    read: u32,
    wrong: u32,
}

/// Kind and what it holds, then the rate under each disturbance.
type Row<'a> = ((&'a str, &'a str), BTreeMap<&'a str, Rate>);

/// The tables. With `all_read`, one picture of our own that a decoder misses which reads its kind is an error.
pub(crate) fn print(folder: &Path, all_read: bool) -> Result<String, String> {
    let list = read(folder, "pictures")?;
    let shots: Vec<Shot<'_>> = list.lines().filter_map(shot).collect();
    let mut page = String::new();
    let mut missed = Vec::new();
    for (file, name, kinds) in DECODERS {
        let found = read(folder, file)?;
        let found: BTreeMap<&str, &str> = found.lines().filter_map(|line| line.split_once('\t')).collect();
        // In the order of the list, which a map by name would lose.
        let mut rows: Vec<Row<'_>> = Vec::new();
        let mut wrong = 0;
        for shot in shots.iter().filter(|shot| kinds.contains(&shot.kind)) {
            let key = (shot.kind, shot.holds);
            if rows.last().is_none_or(|(last, _)| *last != key) {
                rows.push((key, BTreeMap::new()));
            }
            let Some((_, rates)) = rows.last_mut() else { continue };
            let rate = rates.entry(shot.disturbance).or_default();
            rate.all += 1;
            match found.get(shot.picture) {
                Some(text) if *text == shot.content => rate.read += 1,
                other => {
                    rate.wrong += u32::from(other.is_some());
                    wrong += u32::from(other.is_some());
                    if shot.kind != "peer" {
                        missed.push(format!(
                            "{name}: {} ({}, {}, {})",
                            shot.picture, shot.kind, shot.holds, shot.telephone
                        ));
                    }
                }
            }
        }
        let all: u32 = rows.iter().flat_map(|(_, rates)| rates.values()).map(|rate| rate.all).sum();
        if all == 0 {
            return Err(format!("{name} was given no picture"));
        }
        let _ = writeln!(page, "### {name}\n\n{}", head());
        for ((kind, holds), rates) in &rows {
            let size = shots.iter().find(|shot| shot.kind == *kind && shot.holds == *holds && shot.telephone == "458");
            let size = size.map_or("", |shot| shot.size);
            let cells: Vec<String> =
                DISTURBANCES.iter().map(|disturbance| cell(rates.get(disturbance).copied())).collect();
            let _ = writeln!(page, "| {kind} | {holds} | {size} | {} |", cells.join(" | "));
        }
        let _ = writeln!(page, "\n{all} pictures, {wrong} read as something else.\n");
    }
    if all_read && !missed.is_empty() {
        return Err(format!("{} pictures were not read:\n{}", missed.len(), missed.join("\n")));
    }
    Ok(page)
}

fn head() -> String {
    let words: Vec<&str> = ["Code", "Holds", "mm"].into_iter().chain(DISTURBANCES).collect();
    format!("| {} |\n|{}", words.join(" | "), "---|".repeat(words.len()))
}

fn cell(rate: Option<Rate>) -> String {
    match rate {
        None | Some(Rate { all: 0, .. }) => "-".to_owned(),
        Some(Rate { all, read, .. }) => format!("{} %", (read * 100 + all / 2) / all),
    }
}

fn shot(line: &str) -> Option<Shot<'_>> {
    let fields: Vec<&str> = line.split('\t').collect();
    let [picture, kind, holds, size, telephone, disturbance, content] = fields[..] else { return None };
    Some(Shot { picture, kind, holds, size, telephone, disturbance, content })
}

fn read(folder: &Path, name: &str) -> Result<String, String> {
    let path = folder.join(format!("{name}.tsv"));
    std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))
}
