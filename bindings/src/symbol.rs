//! Barcode symbols on their way to a host's canvas. Must not know what they say.

use std::fmt;

use member_core::views;

/// The kind of barcode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, uniffi::Enum)]
pub enum Symbology {
    /// QR Code.
    Qr,
    /// Code 128: one row of bars.
    Code128,
    /// EAN-13: one row of bars.
    Ean13,
    /// PDF417: rows of bars.
    Pdf417,
    /// Aztec Code.
    Aztec,
    /// Data Matrix.
    DataMatrix,
}

/// A barcode symbol: dark and light modules, drawn black on white in every theme, as [`symbol_drawing`] says.
#[derive(Clone, PartialEq, Eq, Hash, uniffi::Record)]
#[uniffi::export(Debug, Eq, Hash)]
pub struct Symbol {
    /// The kind of barcode.
    pub symbology: Symbology,
    /// Modules from left to right, without the quiet zone.
    pub width: u32,
    /// Rows of modules, without the quiet zone: 1 where it is one row of bars.
    pub height: u32,
    /// `width * height` bytes, row by row from the top left; 1 is dark, 0 is light.
    pub modules: Vec<u8>,
}

/// The modules are the content for whoever can read them, and stay out of logs.
impl fmt::Debug for Symbol {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Symbol({:?}, {} by {} modules)", self.symbology, self.width, self.height)
    }
}

/// How a symbol is drawn on a screen: module (column, row) is the rectangle of `module_pixels` by `row_pixels` at
/// (`left_pixels` + column * `module_pixels`, `top_pixels` + row * `row_pixels`), black where it is dark, and all the rest is white.
#[derive(Debug, Clone, Copy, PartialEq, uniffi::Record)]
pub struct SymbolDrawing {
    /// Whole pixels from the left to the right of a module.
    pub module_pixels: u32,
    /// Whole pixels from the top to the bottom of a row of modules.
    pub row_pixels: u32,
    /// Pixels of the quiet zone on the left.
    pub left_pixels: u32,
    /// Pixels of the quiet zone above.
    pub top_pixels: u32,
    /// Pixels from left to right, quiet zone and all.
    pub width_pixels: u32,
    /// Pixels from top to bottom, quiet zone and all.
    pub height_pixels: u32,
    /// Millimetres from the left to the right of a module: 0.396 to 0.990, of bars 0.264 to 0.660.
    pub module_mm: f64,
}

/// How `symbol` is drawn on a screen of `pixels_per_inch` (physical, of that very screen) in a square of `available_pixels` a side:
/// whole pixels for each module, nearest to 0.9 mm (bars: 0.495 mm), never outside of what a till reads. Nothing where that is
/// impossible; then the number alone is shown.
#[uniffi::export]
pub fn symbol_drawing(symbol: &Symbol, pixels_per_inch: f64, available_pixels: u32) -> Option<SymbolDrawing> {
    let screen = views::Screen { pixels_per_inch, width_pixels: available_pixels, height_pixels: available_pixels };
    views::on_screen(symbol.symbology.into(), symbol.width, symbol.height, screen).map(Into::into)
}

impl From<views::ScreenDrawing> for SymbolDrawing {
    fn from(drawing: views::ScreenDrawing) -> Self {
        let views::ScreenDrawing {
            module_pixels,
            row_pixels,
            left_pixels,
            top_pixels,
            width_pixels,
            height_pixels,
            module_mm,
        } = drawing;
        Self { module_pixels, row_pixels, left_pixels, top_pixels, width_pixels, height_pixels, module_mm }
    }
}

impl From<views::Symbology> for Symbology {
    fn from(symbology: views::Symbology) -> Self {
        match symbology {
            views::Symbology::Qr => Self::Qr,
            views::Symbology::Code128 => Self::Code128,
            views::Symbology::Ean13 => Self::Ean13,
            views::Symbology::Pdf417 => Self::Pdf417,
            views::Symbology::Aztec => Self::Aztec,
            views::Symbology::DataMatrix => Self::DataMatrix,
        }
    }
}

impl From<Symbology> for views::Symbology {
    fn from(symbology: Symbology) -> Self {
        match symbology {
            Symbology::Qr => Self::Qr,
            Symbology::Code128 => Self::Code128,
            Symbology::Ean13 => Self::Ean13,
            Symbology::Pdf417 => Self::Pdf417,
            Symbology::Aztec => Self::Aztec,
            Symbology::DataMatrix => Self::DataMatrix,
        }
    }
}

impl From<&views::Symbol> for Symbol {
    fn from(symbol: &views::Symbol) -> Self {
        Self {
            symbology: symbol.symbology().into(),
            width: symbol.width(),
            height: symbol.height(),
            modules: symbol.rows().flatten().map(|dark| u8::from(*dark)).collect(),
        }
    }
}
