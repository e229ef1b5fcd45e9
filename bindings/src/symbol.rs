//! Barcode symbols on their way to a host's canvas. Must not know what they say.

use std::fmt;

use member_core::views;

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

/// How a symbol is drawn on a screen.
#[derive(Debug, Clone, Copy, PartialEq, uniffi::Record)]
pub struct SymbolDrawing {
    /// Whole pixels on each side of a module.
    pub module_pixels: u32,
    /// Pixels on each side of the drawing, quiet zone and all.
    pub side_pixels: u32,
    /// Millimetres on each side of a module, 0.396 to 0.990.
    pub module_mm: f64,
}

/// How `symbol` is drawn on a screen of `pixels_per_inch` (physical, of that very screen) in a square of `available_pixels` a side:
/// whole pixels for each module, nearest to 0.9 mm, never outside of what a till reads. Nothing where that is impossible; then the
/// number alone is shown.
#[uniffi::export]
pub fn symbol_drawing(symbol: &Symbol, pixels_per_inch: f64, available_pixels: u32) -> Option<SymbolDrawing> {
    views::on_screen(symbol.width, symbol.quiet_zone, pixels_per_inch, available_pixels).map(Into::into)
}

impl From<views::ScreenDrawing> for SymbolDrawing {
    fn from(drawing: views::ScreenDrawing) -> Self {
        let views::ScreenDrawing { module_pixels, side_pixels, module_mm } = drawing;
        Self { module_pixels, side_pixels, module_mm }
    }
}

impl From<&views::Symbol> for Symbol {
    fn from(symbol: &views::Symbol) -> Self {
        Self {
            width: symbol.width(),
            quiet_zone: symbol.quiet_zone(),
            modules: symbol.rows().flatten().map(|dark| u8::from(*dark)).collect(),
        }
    }
}
