//! Drawings of a symbol, each with its quiet zone and black on white whatever is around it. Knows nothing of files,
//! terminals or screens: it returns text and bytes.

use std::fmt::Write as _;

use crate::symbol::{Symbol, Symbology};

/// Sizes of a module in millimetres.
struct Sizes {
    /// What a till reads.
    readable: std::ops::RangeInclusive<f64>,
    /// What is aimed for.
    wanted: f64,
}

/// GS1 General Specifications, symbol specification table 1 (retail point of sale): 0.396 to 0.990 in two dimensions, 0.264 to 0.660 for
/// bars. Of bars half as much again as the nominal 0.33 is wanted, since screens are read by cameras and not by lasers. PDF417 is
/// not in that table; its bars are read as others are.
fn sizes(symbology: Symbology) -> Sizes {
    match symbology {
        Symbology::Qr | Symbology::Aztec | Symbology::DataMatrix => Sizes { readable: 0.396..=0.990, wanted: 0.9 },
        Symbology::Code128 | Symbology::Ean13 | Symbology::Pdf417 => Sizes { readable: 0.264..=0.660, wanted: 0.495 },
    }
}

/// The least height of bars, in millimetres, where there is no room for all of it: twice the 5 mm of ISO/IEC 15417, since a phone is
/// held by hand.
const LEAST_BARS_MM: f64 = 10.0;

/// How tall bars are in a terminal, in modules: enough for a camera, and lines that fit.
const BARS_IN_TERMINAL: u32 = 24;

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

/// Room on a screen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Screen {
    /// Physical pixels in an inch, of that very screen.
    pub pixels_per_inch: f64,
    /// Pixels from left to right that the drawing may take.
    pub width_pixels: u32,
    /// Pixels from top to bottom that the drawing may take.
    pub height_pixels: u32,
}

/// How a symbol is drawn on a screen: module `(x, y)` is the rectangle of `module_pixels` by `row_pixels` at
/// `(left_pixels + x * module_pixels, top_pixels + y * row_pixels)`, black where it is dark, and all the rest is white.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScreenDrawing {
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
    /// Millimetres from the left to the right of a module: 0.396 to 0.990, in linear symbologies and PDF417 0.264 to 0.660.
    pub module_mm: f64,
}

/// How a symbol of `width` modules and `rows` rows is drawn on a screen.
///
/// Whole pixels for each module, nearest to 0.9 mm (bars: 0.495 mm), never outside of what a till reads. Where there is not enough
/// height for bars they are cut, to no less than 10 mm and 15 % of their length. `None` where all that is impossible: not enough
/// room, pixels that are too coarse, or a density that is none.
pub fn on_screen(symbology: Symbology, width: u32, rows: u32, screen: Screen) -> Option<ScreenDrawing> {
    let Sizes { readable, wanted } = sizes(symbology);
    let pixels_per_mm = screen.pixels_per_inch / 25.4;
    let quiet = symbology.quiet_zone();
    let across = quiet.left.checked_add(quiet.right)?.checked_add(width).filter(|_| width > 0 && rows > 0)?;
    let drawing = |module_pixels: u32| {
        let module_mm = f64::from(module_pixels) / pixels_per_mm;
        let row_pixels = module_pixels.checked_mul(symbology.row_height(width))?;
        let height = |row_pixels: u32| rows.checked_mul(row_pixels)?.checked_add(2 * quiet.vertical * module_pixels);
        let (row_pixels, height_pixels) = match height(row_pixels)? {
            height if height <= screen.height_pixels => (row_pixels, height),
            _ if symbology.is_linear() => {
                let least = LEAST_BARS_MM.max(0.15 * f64::from(width) * module_mm) * pixels_per_mm;
                (f64::from(screen.height_pixels) >= least).then_some((screen.height_pixels, screen.height_pixels))?
            }
            _ => return None,
        };
        readable.contains(&module_mm).then_some(ScreenDrawing {
            module_pixels,
            row_pixels,
            left_pixels: quiet.left * module_pixels,
            top_pixels: quiet.vertical * module_pixels,
            width_pixels: module_pixels * across,
            height_pixels,
            module_mm,
        })
    };
    let off = |drawing: &ScreenDrawing| (drawing.module_mm - wanted).abs();
    (1..=screen.width_pixels / across).filter_map(drawing).min_by(|a, b| off(a).total_cmp(&off(b)))
}

/// An SVG picture. `label` is its accessible name ("Membership card"); it must not hold the content in words unless a
/// screen reader may say it aloud.
///
/// It has a physical size of 0.9 mm a module, or 0.495 mm of bars; whoever embeds it may set another.
pub fn svg(symbol: &Symbol, label: &str) -> String {
    let row_height = symbol.row_height();
    let (quiet, (width, height)) = (symbol.quiet_zone(), framed_size(symbol, row_height));
    let module_mm = sizes(symbol.symbology()).wanted;
    let (width_mm, height_mm) = (f64::from(width) * module_mm, f64::from(height) * module_mm);
    let mut path = String::new();
    for (row, y) in symbol.rows().zip((quiet.vertical..).step_by(row_height as usize)) {
        let mut x = quiet.left;
        for run in row.chunk_by(|a, b| a == b) {
            if run[0] {
                // Writing to a String cannot fail.
                let _ = write!(path, "M{x} {y}h{run}v{row_height}h-{run}z", run = run.len());
            }
            // At most some hundred modules in a row, so nothing is cut off.
            x += u32::try_from(run.len()).unwrap_or_default();
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

/// The largest scale of [`png()`]: the largest picture, 600 modules wide, is then 38,400 pixels wide and takes 50 MB.
#[cfg(feature = "png")]
pub const MAX_PIXELS_PER_MODULE: u32 = 64;

/// A PNG picture of 1-bit grey with whole pixels for each module, and a physical size of 0.9 mm a module, or 0.495 mm of bars.
///
/// `pixels_per_module` is 1 to [`MAX_PIXELS_PER_MODULE`].
#[cfg(feature = "png")]
pub fn png(symbol: &Symbol, pixels_per_module: u32) -> Result<Vec<u8>, DrawError> {
    if !(1..=MAX_PIXELS_PER_MODULE).contains(&pixels_per_module) {
        return Err(DrawError::Scale { pixels_per_module });
    }
    let row_height = symbol.row_height();
    let (width, height) = framed_size(symbol, row_height);
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width * pixels_per_module, height * pixels_per_module);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::One);
    // 64 pixels in 0.495 mm are 129,292 a metre: far inside of u32, and the fraction of a pixel is no loss.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most 129,292 and never negative")]
    let per_metre = (f64::from(pixels_per_module) * 1000.0 / sizes(symbol.symbology()).wanted) as u32;
    encoder.set_pixel_dims(Some(png::PixelDimensions { xppu: per_metre, yppu: per_metre, unit: png::Unit::Meter }));
    let mut writer = encoder.write_header()?;
    let mut data = Vec::new();
    for y in 0..height {
        let row = png_row((0..width).map(|x| is_dark_framed(symbol, row_height, x, y)), pixels_per_module);
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
/// Where there is an odd number of rows, there is one more light row below the quiet zone. Bars are 12 lines tall.
pub fn terminal(symbol: &Symbol, style: TerminalStyle) -> String {
    let row_height = terminal_row_height(symbol);
    let (width, height) = framed_size(symbol, row_height);
    let ink = |x: u32, y: u32| is_dark_framed(symbol, row_height, x, y) != (style == TerminalStyle::Plain);
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
    framed_size(symbol, terminal_row_height(symbol)).0
}

/// Lines that [`terminal`] takes in every style.
pub fn terminal_height(symbol: &Symbol) -> u32 {
    framed_size(symbol, terminal_row_height(symbol)).1.div_ceil(2)
}

fn terminal_row_height(symbol: &Symbol) -> u32 {
    if symbol.symbology().is_linear() { BARS_IN_TERMINAL } else { symbol.row_height() }
}

/// Width and height with the quiet zone, in modules.
fn framed_size(symbol: &Symbol, row_height: u32) -> (u32, u32) {
    let quiet = symbol.quiet_zone();
    (quiet.left + symbol.width() + quiet.right, 2 * quiet.vertical + symbol.height() * row_height)
}

/// As [`Symbol::is_dark`], with the origin at the top left of the quiet zone, and each row `row_height` modules tall.
fn is_dark_framed(symbol: &Symbol, row_height: u32, x: u32, y: u32) -> bool {
    let quiet = symbol.quiet_zone();
    match (x.checked_sub(quiet.left), y.checked_sub(quiet.vertical)) {
        (Some(x), Some(y)) => symbol.is_dark(x, y / row_height),
        _ => false,
    }
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
