//! Codes on a terminal and in files: which drawing fits, and how a picture gets onto the disk whole or not at all.
//!
//! Must not know what a code says.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use member_card::draw::{self, TerminalStyle};
use member_card::symbol::Symbol;

use crate::args::Ink;
use crate::failure::Failure;
use crate::output::Look;

/// The style for a drawing.
pub fn style(ink: Ink, look: Look) -> TerminalStyle {
    match ink {
        Ink::Colour => TerminalStyle::Ansi,
        Ink::Light => TerminalStyle::Plain,
        Ink::Auto if look.colour => TerminalStyle::Ansi,
        // Most terminals are dark; files and paper are not.
        Ink::Auto if look.terminal => TerminalStyle::Plain,
        Ink::Dark | Ink::Auto => TerminalStyle::PlainInverted,
    }
}

/// The drawing, or why it would not be one.
pub fn drawing(symbol: &Symbol, ink: Ink, look: Look, indent: usize) -> Result<String, String> {
    let needed = usize::try_from(draw::terminal_width(symbol)).unwrap_or(usize::MAX).saturating_add(indent);
    match look.columns {
        Some(columns) if columns < needed => {
            Err(format!("The terminal is too narrow to draw the code: it has {columns} columns and needs {needed}."))
        }
        _ => Ok(draw::terminal(symbol, style(ink, look))),
    }
}

/// The modules from top to bottom: 1 is dark. Without the quiet zone.
pub fn rows(symbol: &Symbol) -> Vec<String> {
    symbol.rows().map(|row| row.iter().map(|dark| if *dark { '1' } else { '0' }).collect()).collect()
}

/// Writes a picture: whole or not at all where the target is a file.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let special = fs::metadata(path).is_ok_and(|target| !target.is_file());
    let written = if special { fs::write(path, bytes) } else { replace(path, bytes) };
    written.map_err(|error| Failure::of_file("written", path, &error))
}

fn replace(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}
