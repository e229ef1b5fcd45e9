//! Barcode symbols: which modules are dark. Knows nothing of what the content means, nor of how a symbol is drawn.

mod aztec;
mod data_matrix;
mod linear;
mod pdf417;
mod pdf417_patterns;
mod qr;

use std::fmt;

pub use linear::ean13_check_digit;

/// The kind of barcode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Symbology {
    /// QR Code Model 2 (ISO/IEC 18004).
    Qr,
    /// Code 128 (ISO/IEC 15417): bars.
    Code128,
    /// EAN-13 (ISO/IEC 15420): bars, for 13 digits of which the last checks the others.
    Ean13,
    /// PDF417 (ISO/IEC 15438): rows of bars.
    Pdf417,
    /// Aztec Code (ISO/IEC 24778).
    Aztec,
    /// Data Matrix ECC 200 (ISO/IEC 16022).
    DataMatrix,
}

/// Light modules that must be kept free around a symbol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct QuietZone {
    /// In modules.
    pub left: u32,
    /// In modules.
    pub right: u32,
    /// Above and below, in modules.
    pub vertical: u32,
}

impl Symbology {
    /// Every one that there is.
    pub const ALL: [Self; 6] = [Self::Qr, Self::Code128, Self::Ean13, Self::Pdf417, Self::Aztec, Self::DataMatrix];

    /// The symbology that [`name`](Self::name) gave this name, if any.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|symbology| symbology.name() == name)
    }

    /// The name in programmes and on the wire: `qr`, `code128`, `ean13`, `pdf417`, `aztec`, `data-matrix`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Qr => "qr",
            Self::Code128 => "code128",
            Self::Ean13 => "ean13",
            Self::Pdf417 => "pdf417",
            Self::Aztec => "aztec",
            Self::DataMatrix => "data-matrix",
        }
    }

    /// True for one row of bars.
    pub fn is_linear(self) -> bool {
        matches!(self, Self::Code128 | Self::Ean13)
    }

    /// Light modules that must be kept free on each side.
    ///
    /// QR 4 (ISO/IEC 18004, 5.3.8); Code 128 10 at both ends (ISO/IEC 15417, 4.2); EAN-13 11 and 7 (ISO/IEC 15420, 5.3.4); PDF417 2
    /// (ISO/IEC 15438, 5.8.3); Data Matrix 1 (ISO/IEC 16022, 7.2); Aztec none (ISO/IEC 24778, 4.1).
    pub fn quiet_zone(self) -> QuietZone {
        let (left, right, vertical) = match self {
            Self::Qr => (4, 4, 4),
            Self::Code128 => (10, 10, 0),
            Self::Ean13 => (11, 7, 0),
            Self::Pdf417 => (2, 2, 2),
            Self::Aztec => (0, 0, 0),
            Self::DataMatrix => (1, 1, 1),
        };
        QuietZone { left, right, vertical }
    }

    /// How tall a row of modules is drawn, in modules.
    ///
    /// 1 where a module is a square; 3 in PDF417 (ISO/IEC 15438, 5.8.2). EAN-13 69, which is 22.85 mm at the nominal 0.33 mm a module
    /// (GS1 General Specifications, 5.2.3.2); Code 128 50, or 15 % of its length without the quiet zones where that is more (ISO/IEC
    /// 15417, annex D).
    pub fn row_height(self, width: u32) -> u32 {
        match self {
            Self::Qr | Self::Aztec | Self::DataMatrix => 1,
            Self::Pdf417 => pdf417::ROW_HEIGHT,
            Self::Ean13 => 69,
            Self::Code128 => 50.max((u64::from(width) * 15).div_ceil(100).try_into().unwrap_or(u32::MAX)),
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
    /// A character that is in no keyboard's way: it would need byte mode or an ECI segment, which older scanners break on.
    #[error("character {position} is {character:?}: the symbol can hold 0-9, A-Z, space and $ % * + - . / :")]
    Character {
        /// Counted in characters from 1.
        position: usize,
        /// The character found there.
        character: char,
    },
    /// A character that is no digit, in a symbology that holds digits only.
    #[error("character {position} is {character:?}: an EAN-13 holds digits only")]
    Digit {
        /// Counted in characters from 1.
        position: usize,
        /// The character found there.
        character: char,
    },
    /// More than the largest symbol holds, or more than we let it hold.
    #[error("the content has {length} characters: the largest symbol holds {maximum} of this kind")]
    TooLong {
        /// Length of the content in characters.
        length: usize,
        /// The most that fits: in QR 5596 digits or 3391 others, in Code 128 48, in PDF417, Aztec and Data Matrix 800.
        maximum: usize,
    },
    /// Not as many digits as the symbology has.
    #[error("the content has {length} digits: an EAN-13 has {expected}")]
    Length {
        /// Length of the content in digits.
        length: usize,
        /// 13.
        expected: usize,
    },
    /// The last digit does not follow from the others.
    #[error("the last digit is {found}: the check digit of those before it is {expected}")]
    CheckDigit {
        /// 0 to 9.
        found: u8,
        /// 0 to 9.
        expected: u8,
    },
}

/// The most characters in PDF417, Aztec and Data Matrix, whatever they are: each holds more of the kinds that suit it, and no card
/// needs a third of it.
const MOST_IN_TWO_DIMENSIONS: usize = 800;

/// What QR's alphanumeric mode has is what every symbology but EAN-13 takes here, so that a programme may change its symbology.
fn check_alphabet(content: &str) -> Result<(), SymbolError> {
    let allowed = |c: char| matches!(c, '0'..='9' | 'A'..='Z' | ' ' | '$' | '%' | '*'..='+' | '-'..='/' | ':');
    match content.chars().enumerate().find(|(_, c)| !allowed(*c)) {
        Some((index, character)) => Err(SymbolError::Character { position: index + 1, character }),
        None if content.is_empty() => Err(SymbolError::Empty),
        None => Ok(()),
    }
}

fn check_length(content: &str) -> Result<(), SymbolError> {
    check_alphabet(content)?;
    let (length, maximum) = (content.len(), MOST_IN_TWO_DIMENSIONS);
    if length > maximum { Err(SymbolError::TooLong { length, maximum }) } else { Ok(()) }
}

/// A barcode symbol: a grid of dark and light modules, without its quiet zone.
///
/// The modules are the content for whoever can read them, so `Debug` shows neither.
#[derive(Clone, PartialEq, Eq)]
pub struct Symbol {
    symbology: Symbology,
    content: String,
    qr: Option<(u8, Level)>,
    width: usize,
    dark: Vec<bool>,
}

impl Symbol {
    /// Encodes a content, which is 0-9, A-Z, space and $ % * + - . / : in every symbology but EAN-13, and never with an ECI.
    ///
    /// - QR: numeric and alphanumeric segments, as few bits as there can be; level M at least, the smallest version that holds the
    ///   content at M, then the highest level that this version still holds.
    /// - Code 128: the code sets that make it shortest; at most 48 characters.
    /// - EAN-13: 13 digits with the right check digit.
    /// - PDF417: the level of error correction that its standard recommends; about two and a half times as wide as high.
    /// - Aztec: the smallest with 23 % and three codewords for error correction.
    /// - Data Matrix: the smallest square.
    pub fn encode(symbology: Symbology, content: &str) -> Result<Self, SymbolError> {
        let mut qr = None;
        let (width, dark) = match symbology {
            Symbology::Qr => {
                let drawn = qr::encode(content)?;
                qr = Some((drawn.version, drawn.level));
                (drawn.width, drawn.dark)
            }
            Symbology::Code128 => linear::code_128(content).map(|dark| (dark.len(), dark))?,
            Symbology::Ean13 => linear::ean_13(content).map(|dark| (dark.len(), dark))?,
            Symbology::Pdf417 => pdf417::encode(content)?,
            Symbology::Aztec => aztec::encode(content)?,
            Symbology::DataMatrix => data_matrix::encode(content)?,
        };
        Ok(Self { symbology, content: content.to_owned(), qr, width, dark })
    }

    /// The same content in another symbology, if that holds it.
    pub fn to_symbology(&self, symbology: Symbology) -> Result<Self, SymbolError> {
        Self::encode(symbology, &self.content)
    }

    /// The kind of barcode.
    pub fn symbology(&self) -> Symbology {
        self.symbology
    }

    /// QR version, 1 to 40: the size, `17 + 4 * version` modules. `None` in other symbologies.
    pub fn version(&self) -> Option<u8> {
        self.qr.map(|(version, _)| version)
    }

    /// QR error correction level. `None` in other symbologies.
    pub fn level(&self) -> Option<Level> {
        self.qr.map(|(_, level)| level)
    }

    /// Width in modules, without the quiet zone.
    pub fn width(&self) -> u32 {
        // At most some hundred modules, so nothing is cut off.
        u32::try_from(self.width).unwrap_or(u32::MAX)
    }

    /// Rows of modules, without the quiet zone: 1 in a linear symbology. [`row_height`](Self::row_height) is how tall each is.
    pub fn height(&self) -> u32 {
        // As above.
        u32::try_from(self.dark.len() / self.width).unwrap_or(u32::MAX)
    }

    /// How tall a row is drawn, in modules: see [`Symbology::row_height`].
    pub fn row_height(&self) -> u32 {
        self.symbology.row_height(self.width())
    }

    /// Light modules that must be kept free on each side: see [`Symbology::quiet_zone`].
    pub fn quiet_zone(&self) -> QuietZone {
        self.symbology.quiet_zone()
    }

    /// True where the module is dark; `(0, 0)` is at the top left. Light outside of the symbol.
    pub fn is_dark(&self, x: u32, y: u32) -> bool {
        let (Ok(x), Ok(y)) = (usize::try_from(x), usize::try_from(y)) else { return false };
        x < self.width && y.checked_mul(self.width).and_then(|row| self.dark.get(row + x)).is_some_and(|dark| *dark)
    }

    /// The rows from top to bottom, each from left to right; true is dark. Without the quiet zone.
    pub fn rows(&self) -> impl Iterator<Item = &[bool]> {
        self.dark.chunks(self.width)
    }
}

impl fmt::Debug for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.qr {
            Some((version, level)) => write!(f, "Symbol(qr {version}-{level}, {} modules)", self.width),
            None => write!(f, "Symbol({}, {} by {} modules)", self.symbology.name(), self.width, self.height()),
        }
    }
}
