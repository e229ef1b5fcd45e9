//! Barcode symbols on their way to a host's canvas. Must not know what they say.

use std::fmt;

/// A barcode symbol: a square of dark and light modules, drawn black on white in every theme.
#[derive(Clone, PartialEq, Eq, Hash, uniffi::Record)]
#[uniffi::export(Debug, Eq, Hash)]
pub struct Symbol {
    /// Modules on each side, without the quiet zone.
    pub width: u32,
    /// Light modules to be kept free on each side.
    pub quiet_zone: u32,
    /// `width * width` bytes, row by row from the top left; 1 is dark, 0 is light.
    pub modules: Vec<u8>,
}

/// The modules are the content for whoever can read them, and stay out of logs.
impl fmt::Debug for Symbol {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Symbol({} modules)", self.width)
    }
}

impl From<&member_core::views::Symbol> for Symbol {
    fn from(symbol: &member_core::views::Symbol) -> Self {
        Self {
            width: symbol.width(),
            quiet_zone: symbol.quiet_zone(),
            modules: symbol.rows().flatten().map(|dark| u8::from(*dark)).collect(),
        }
    }
}
