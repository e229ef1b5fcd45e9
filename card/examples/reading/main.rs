//! Pictures of codes on telephones as a till's camera sees them, and the table of what decoders that are not ours read in them.
//!
//! `pictures FOLDER [--share]` makes the pictures, and lists what is in them in FOLDER/pictures.tsv, with what the two decoders in
//! Rust read in FOLDER/rqrr.tsv and FOLDER/rxing.tsv. Others write their own such file: a picture, a tab, a text. `table FOLDER` then
//! prints the read rates. `cargo xtask bench read` runs all of it. Must not know how a symbol is made.

mod decoders;
mod scene;
mod subjects;
mod table;

use std::path::Path;
use std::process::ExitCode;

#[expect(clippy::print_stderr, clippy::print_stdout, reason = "a program for people: printing is what it does")]
fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words[..] {
        ["pictures", folder] => pictures(Path::new(folder), false),
        ["pictures", folder, "--share"] => pictures(Path::new(folder), true),
        ["table", folder] => table::print(Path::new(folder), false),
        ["table", folder, "--all-read"] => table::print(Path::new(folder), true),
        _ => Err("usage: reading pictures FOLDER [--share] | reading table FOLDER [--all-read]".to_owned()),
    };
    match done {
        Ok(text) => {
            println!("{text}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn pictures(folder: &Path, share: bool) -> Result<String, String> {
    let shots = scene::shots(share);
    let mut list = String::new();
    let (mut by_rqrr, mut by_rxing) = (String::new(), String::new());
    for (index, shot) in shots.iter().enumerate() {
        let picture = shot.picture();
        let name = format!("{index:05}.png");
        write(&folder.join(&name), &picture.png())?;
        list.push_str(&shot.line(&name));
        if let Some(text) = decoders::rqrr(&picture) {
            by_rqrr.extend([&name, "\t", &text, "\n"]);
        }
        if let Some(text) = decoders::rxing(&picture) {
            by_rxing.extend([&name, "\t", &text, "\n"]);
        }
    }
    for (name, text) in [("pictures", list), ("rqrr", by_rqrr), ("rxing", by_rxing)] {
        write(&folder.join(format!("{name}.tsv")), text.as_bytes())?;
    }
    Ok(format!("{} pictures in {}", shots.len(), folder.display()))
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), String> {
    std::fs::write(path, bytes).map_err(|error| format!("{}: {error}", path.display()))
}
