//! Drawings of a symbol, each with its quiet zone and black on white whatever is around it. Knows nothing of files,
//! terminals or screens: it returns text and bytes.

use std::fmt::Write as _;

use crate::symbol::Symbol;

/// Size of a module in millimetres where a drawing has a physical size. A till reads 0.396 to 0.990 (GS1 General
/// Specifications, 2D at the point of sale).
const MODULE_MM: f64 = 0.9;

/// The sizes of a module, in millimetres, that a till reads (the same section).
const READABLE_MM: std::ops::RangeInclusive<f64> = 0.396..=0.990;

/// How a symbol is drawn with the characters of a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TerminalStyle {
    /// Black and white are set with SGR sequences of the 256-colour palette (16 and 231, which themes leave alone): black
    /// on white on every terminal that has colours.
    Ansi,
    /// No escape sequences. Light modules are full blocks, so it is black on white where text is light on dark.
    Plain,
    /// No escape sequences. Dark modules are full blocks, so it is black on white where text is dark on light: a light
    /// terminal, a text file, paper.
    PlainInverted,
}

/// How a symbol is drawn on a screen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScreenDrawing {
    /// Whole pixels on each side of a module.
    pub module_pixels: u32,
    /// Pixels on each side of the drawing, quiet zone and all.
    pub side_pixels: u32,
    /// Millimetres on each side of a module, 0.396 to 0.990.
    pub module_mm: f64,
}

/// How a square symbol of `modules` a side, with `quiet_zone` modules around it, is drawn on a screen of `pixels_per_inch`
/// (physical, of that very screen) in a square of `available_pixels` a side.
///
/// Whole pixels for each module, nearest to 0.9 mm, never outside of what a till reads. `None` where that is impossible: not enough
/// room, pixels that are too coarse, or a density that is none.
pub fn on_screen(modules: u32, quiet_zone: u32, pixels_per_inch: f64, available_pixels: u32) -> Option<ScreenDrawing> {
    let pixels_per_mm = pixels_per_inch / 25.4;
    let across = quiet_zone.checked_mul(2)?.checked_add(modules).filter(|_| modules > 0)?;
    let fits = |pixels: &u32| READABLE_MM.contains(&(f64::from(*pixels) / pixels_per_mm));
    let off = |pixels: &u32| (f64::from(*pixels) / pixels_per_mm - MODULE_MM).abs();
    let module_pixels = (1..=available_pixels / across).filter(fits).min_by(|a, b| off(a).total_cmp(&off(b)))?;
    Some(ScreenDrawing {
        module_pixels,
        side_pixels: module_pixels * across,
        module_mm: f64::from(module_pixels) / pixels_per_mm,
    })
}

/// An SVG picture. `label` is its accessible name ("Membership card"); it must not hold the content in words unless a
/// screen reader may say it aloud.
///
/// It has a physical size of 0.9 mm a module; whoever embeds it may set another.
pub fn svg(symbol: &Symbol, label: &str) -> String {
    let (width, height) = framed_size(symbol);
    let (width_mm, height_mm) = (f64::from(width) * MODULE_MM, f64::from(height) * MODULE_MM);
    let mut path = String::new();
    for y in 0..height {
        let mut x = 0;
        while x < width {
            let run = (x..width).take_while(|x| is_dark_framed(symbol, *x, y)).fold(0, |run, _| run + 1);
            if run > 0 {
                // Writing to a String cannot fail.
                let _ = write!(path, "M{x} {y}h{run}v1h-{run}z");
            }
            x += run + 1;
        }
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" width=\"{width_mm:.1}mm\" height=\"{height_mm:.1}mm\" \
         viewBox=\"0 0 {width} {height}\" shape-rendering=\"crispEdges\">\n\
         <title>{title}</title>\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"#fff\"/>\n\
         <path fill=\"#000\" d=\"{path}\"/>\n\
         </svg>\n",
        title = xml_text(label),
    )
}

/// Why a picture cannot be drawn.
#[cfg(feature = "png")]
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DrawError {
    /// A module of no pixels, or of so many that the picture would take the memory of a phone.
    #[error("a module cannot be {pixels_per_module} pixels wide: it can be 1 to {MAX_PIXELS_PER_MODULE}")]
    Scale {
        /// What the caller gave.
        pixels_per_module: u32,
    },
    /// The encoder refused.
    #[error("the PNG picture could not be encoded: {0}")]
    Encode(#[from] png::EncodingError),
}

/// The largest scale of [`png()`]: the largest symbol is then 11,840 pixels wide.
#[cfg(feature = "png")]
pub const MAX_PIXELS_PER_MODULE: u32 = 64;

/// A PNG picture of 1-bit grey with whole pixels for each module, and a physical size of 0.9 mm a module.
///
/// `pixels_per_module` is 1 to [`MAX_PIXELS_PER_MODULE`].
#[cfg(feature = "png")]
pub fn png(symbol: &Symbol, pixels_per_module: u32) -> Result<Vec<u8>, DrawError> {
    if !(1..=MAX_PIXELS_PER_MODULE).contains(&pixels_per_module) {
        return Err(DrawError::Scale { pixels_per_module });
    }
    let (width, height) = framed_size(symbol);
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width * pixels_per_module, height * pixels_per_module);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::One);
    // 64 pixels in 0.9 mm are 71,111 a metre: far inside of u32, and the fraction of a pixel is no loss.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most 71,111 and never negative")]
    let per_metre = (f64::from(pixels_per_module) * 1000.0 / MODULE_MM) as u32;
    encoder.set_pixel_dims(Some(png::PixelDimensions { xppu: per_metre, yppu: per_metre, unit: png::Unit::Meter }));
    let mut writer = encoder.write_header()?;
    let mut data = Vec::new();
    for y in 0..height {
        let row = png_row((0..width).map(|x| is_dark_framed(symbol, x, y)), pixels_per_module);
        for _ in 0..pixels_per_module {
            data.extend_from_slice(&row);
        }
    }
    writer.write_image_data(&data)?;
    writer.finish()?;
    Ok(bytes)
}

/// A row of 1-bit pixels, the leftmost in the highest bit, the last byte filled up with white; 1 is white.
#[cfg(feature = "png")]
fn png_row(modules: impl Iterator<Item = bool>, pixels_per_module: u32) -> Vec<u8> {
    let mut row = Vec::new();
    let pixels = modules.flat_map(|dark| (0..pixels_per_module).map(move |_| dark));
    for (index, dark) in pixels.enumerate() {
        if index % 8 == 0 {
            row.push(0xFF);
        }
        if let (true, Some(byte)) = (dark, row.last_mut()) {
            *byte &= !(0x80 >> (index % 8));
        }
    }
    row
}

/// Lines of half blocks, two modules to a character, each line ended with a line feed.
///
/// The symbol has an odd number of rows, so there is one more light row below its quiet zone.
pub fn terminal(symbol: &Symbol, style: TerminalStyle) -> String {
    let (width, height) = framed_size(symbol);
    let ink = |x: u32, y: u32| is_dark_framed(symbol, x, y) != (style == TerminalStyle::Plain);
    let mut text = String::new();
    for y in (0..height).step_by(2) {
        if style == TerminalStyle::Ansi {
            text.push_str("\x1b[38;5;16;48;5;231m");
        }
        text.extend((0..width).map(|x| match (ink(x, y), ink(x, y + 1)) {
            (true, true) => '█',
            (true, false) => '▀',
            (false, true) => '▄',
            (false, false) => ' ',
        }));
        if style == TerminalStyle::Ansi {
            text.push_str("\x1b[0m");
        }
        text.push('\n');
    }
    text
}

/// Columns that [`terminal`] takes in every style.
pub fn terminal_width(symbol: &Symbol) -> u32 {
    framed_size(symbol).0
}

/// Lines that [`terminal`] takes in every style.
pub fn terminal_height(symbol: &Symbol) -> u32 {
    framed_size(symbol).1.div_ceil(2)
}

/// Width and height with the quiet zone.
fn framed_size(symbol: &Symbol) -> (u32, u32) {
    let frame = 2 * symbol.quiet_zone();
    (symbol.width() + frame, symbol.height() + frame)
}

/// Like [`Symbol::is_dark`], counted from the corner of the quiet zone.
fn is_dark_framed(symbol: &Symbol, x: u32, y: u32) -> bool {
    let inside = |position: u32| position.checked_sub(symbol.quiet_zone());
    matches!((inside(x), inside(y)), (Some(x), Some(y)) if symbol.is_dark(x, y))
}

/// Text for XML 1.0: what would be markup is escaped, what XML cannot hold at all (2.2 Characters) is replaced.
fn xml_text(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            // A parser would turn a carriage return into a line feed.
            '\r' => escaped.push_str("&#13;"),
            '\t' | '\n' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'.. => escaped.push(character),
            _ => escaped.push('\u{FFFD}'),
        }
    }
    escaped
}
