//! The messages that carry one-time codes, in the member's language, and their files for a developer.
//!
//! Nothing is really sent. Codes go into the database's list of what was sent and, if asked for, into a folder; never
//! into a log.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::Path;

use jiff::Timestamp;
use jiff::fmt::rfc2822;

use crate::programme::{LocalText, Programme};

/// The text that goes to the address.
pub(crate) fn code_text(programme: &Programme, language: &str, code: &str, minutes: i64) -> String {
    let name = in_language(&programme.name, language);
    match language_of(language) {
        "pl" => format!("Twój kod do programu {name}: {code}. Jest ważny przez {minutes} min. Nie podawaj go nikomu."),
        "cs" => format!("Váš kód do programu {name}: {code}. Platí {minutes} min. Nikomu ho nesdělujte."),
        "ru" => format!("Ваш код для программы «{name}»: {code}. Он действует {minutes} мин. Никому его не сообщайте."),
        "lt" => format!("Jūsų programos „{name}“ kodas: {code}. Jis galioja {minutes} min. Niekam jo nesakykite."),
        _ => format!("Your code for {name}: {code}. It is valid for {minutes} minutes. Do not tell it to anyone."),
    }
}

fn in_language<'a>(text: &'a LocalText, language: &str) -> &'a str {
    text.get(language).or_else(|| text.get(language_of(language))).or_else(|| text.get("en")).map_or("", String::as_str)
}

/// The language of a tag without region and script: `pl` of `pl-PL`.
fn language_of(tag: &str) -> &str {
    tag.split('-').next().unwrap_or(tag)
}

/// One message as a file.
pub(crate) struct Letter<'a> {
    pub(crate) from: &'a str,
    pub(crate) to: &'a str,
    pub(crate) at: Timestamp,
    pub(crate) request: &'a str,
    pub(crate) text: &'a str,
    pub(crate) code: &'a str,
}

/// Writes `letter` into `folder`, named by time and request, readable by the owner only.
pub(crate) fn write(folder: &Path, letter: &Letter<'_>) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let date = rfc2822::to_string(&letter.at.to_zoned(jiff::tz::TimeZone::UTC)).map_err(io::Error::other)?;
    let name = format!("{}-{}.eml", letter.at.strftime("%Y%m%dT%H%M%S%3fZ"), letter.request);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(folder.join(name))?;
    write!(
        file,
        "From: {} <no-reply@sandbox.invalid>\r\nTo: {}\r\nDate: {date}\r\nSubject: {}\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{}\r\n\r\nCode: {}\r\n",
        letter.from, letter.to, letter.from, letter.text, letter.code,
    )
}
