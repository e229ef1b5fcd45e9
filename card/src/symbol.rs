//! Barcode symbols: which modules are dark. Knows nothing of what the content means, nor of how a symbol is drawn.

use std::fmt;

use qrcode::bits::Bits;
use qrcode::types::Mode;
use qrcode::{Color, EcLevel, QrCode, Version};

/// The kind of barcode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Symbology {
    /// QR Code Model 2 (ISO/IEC 18004).
    Qr,
}

impl Symbology {
    /// The symbology that [`name`](Self::name) gave this name, if any.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "qr" => Some(Self::Qr),
            _ => None,
        }
    }

    /// The name in programmes and on the wire: `qr`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Qr => "qr",
        }
    }
}

/// Error correction level of a QR Code: the share of a symbol that can be lost. Level L is never used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// About 15 %.
    M,
    /// About 25 %.
    Q,
    /// About 30 %.
    H,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::M => "M",
            Self::Q => "Q",
            Self::H => "H",
        })
    }
}

/// Why a content cannot become a symbol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SymbolError {
    /// There is nothing to encode.
    #[error("an empty content has no symbol")]
    Empty,
    /// A character that would need byte mode or an ECI segment, which older scanners break on.
    #[error("character {position} is {character:?}: the symbol can hold 0-9, A-Z, space and $ % * + - . / :")]
    Character {
        /// Counted in characters from 1.
        position: usize,
        /// The character found there.
        character: char,
    },
    /// More than the largest symbol holds at level M.
    #[error("the content has {length} characters: the largest symbol holds {maximum} of this kind")]
    TooLong {
        /// Length of the content in characters.
        length: usize,
        /// The most that fits: 5596 digits, or 3391 characters of the QR alphabet.
        maximum: usize,
    },
}

/// A barcode symbol: a grid of dark and light modules, without its quiet zone.
///
/// The modules are the content for whoever can read them, so `Debug` shows neither.
#[derive(Clone, PartialEq, Eq)]
pub struct Symbol {
    symbology: Symbology,
    version: u8,
    level: Level,
    width: usize,
    dark: Vec<bool>,
}

impl Symbol {
    /// Encodes a content.
    ///
    /// QR: one segment, numeric where the content is digits only, else alphanumeric, and never an ECI segment. Level M at
    /// least, the smallest version that holds the content at M, then the highest level that this version still holds.
    pub fn encode(symbology: Symbology, content: &str) -> Result<Self, SymbolError> {
        match symbology {
            Symbology::Qr => Self::encode_qr(content),
        }
    }

    fn encode_qr(content: &str) -> Result<Self, SymbolError> {
        if content.is_empty() {
            return Err(SymbolError::Empty);
        }
        let in_qr_alphabet =
            |c: char| matches!(c, '0'..='9' | 'A'..='Z' | ' ' | '$' | '%' | '*'..='+' | '-'..='/' | ':');
        if let Some((index, character)) = content.chars().enumerate().find(|(_, c)| !in_qr_alphabet(*c)) {
            return Err(SymbolError::Character { position: index + 1, character });
        }
        let (mode, maximum) = if content.bytes().all(|b| b.is_ascii_digit()) {
            (Mode::Numeric, 5596)
        } else {
            (Mode::Alphanumeric, 3391)
        };
        let too_long = SymbolError::TooLong { length: content.len(), maximum };
        if content.len() > maximum {
            return Err(too_long);
        }
        let version = (1..=40).find(|v| qr_holds(*v, Level::M, mode, content.len())).ok_or(too_long)?;
        let level = [Level::H, Level::Q]
            .into_iter()
            .find(|level| qr_holds(version, *level, mode, content.len()))
            .unwrap_or(Level::M);

        // Cannot fail: the alphabet and the capacity of this very version, level and mode were checked above.
        let code =
            qr_draw(version, level, mode, content.as_bytes()).expect("a version and level that hold the content");
        Ok(Self {
            symbology: Symbology::Qr,
            version,
            level,
            width: code.width(),
            dark: code.into_colors().into_iter().map(|color| color == Color::Dark).collect(),
        })
    }

    /// The kind of barcode.
    pub fn symbology(&self) -> Symbology {
        self.symbology
    }

    /// QR version, 1 to 40: the size, `17 + 4 * version` modules.
    pub fn version(&self) -> u8 {
        self.version
    }

    /// QR error correction level.
    pub fn level(&self) -> Level {
        self.level
    }

    /// Width in modules, without the quiet zone.
    pub fn width(&self) -> u32 {
        // At most 177 modules, so nothing is cut off.
        u32::try_from(self.width).unwrap_or(u32::MAX)
    }

    /// Height in modules, without the quiet zone.
    pub fn height(&self) -> u32 {
        self.width()
    }

    /// Light modules that must be kept free on each side: 4 for QR (ISO/IEC 18004, 5.3.8).
    pub fn quiet_zone(&self) -> u32 {
        match self.symbology {
            Symbology::Qr => 4,
        }
    }

    /// True where the module is dark; `(0, 0)` is at the top left. Light outside of the symbol.
    pub fn is_dark(&self, x: u32, y: u32) -> bool {
        let (Ok(x), Ok(y)) = (usize::try_from(x), usize::try_from(y)) else { return false };
        x < self.width && y < self.width && self.dark[y * self.width + x]
    }

    /// The rows from top to bottom, each from left to right; true is dark. Without the quiet zone.
    pub fn rows(&self) -> impl Iterator<Item = &[bool]> {
        self.dark.chunks(self.width)
    }
}

impl fmt::Debug for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Symbol({} {}-{}, {} modules)", self.symbology.name(), self.version, self.level, self.width)
    }
}

/// True if one segment of this mode and length fits: mode indicator, length and data (ISO/IEC 18004, 7.4). The terminator
/// is cut short where there is no room for it.
fn qr_holds(version: u8, level: Level, mode: Mode, length: usize) -> bool {
    let version = Version::Normal(i16::from(version));
    let needed = version.mode_bits_count() + mode.length_bits_count(version) + mode.data_bits_count(length);
    Bits::new(version).max_len(ec_level(level)).is_ok_and(|capacity| needed <= capacity)
}

fn qr_draw(version: u8, level: Level, mode: Mode, content: &[u8]) -> qrcode::QrResult<QrCode> {
    let mut bits = Bits::new(Version::Normal(i16::from(version)));
    if mode == Mode::Numeric {
        bits.push_numeric_data(content)?;
    } else {
        bits.push_alphanumeric_data(content)?;
    }
    bits.push_terminator(ec_level(level))?;
    QrCode::with_bits(bits, ec_level(level))
}

fn ec_level(level: Level) -> EcLevel {
    match level {
        Level::M => EcLevel::M,
        Level::Q => EcLevel::Q,
        Level::H => EcLevel::H,
    }
}
