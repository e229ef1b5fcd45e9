//! `member-bindgen kotlin|swift LIBRARY CONFIG OUT`, for `cargo xtask bindings`.

#![allow(clippy::print_stderr, reason = "a program for people: printing is what it does")]

use std::path::Path;
use std::process::ExitCode;

use member_bindgen::{Language, write};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let result = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["kotlin", library, config, out] => run(Language::Kotlin, library, config, out),
        ["swift", library, config, out] => run(Language::Swift, library, config, out),
        _ => Err("usage: member-bindgen kotlin|swift LIBRARY CONFIG OUT".to_owned()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(language: Language, library: &str, config: &str, out: &str) -> Result<(), String> {
    write(language, Path::new(library), Path::new(config), Path::new(out))
}
