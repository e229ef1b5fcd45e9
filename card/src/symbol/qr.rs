//! QR Code Model 2 (ISO/IEC 18004), drawn by the crate `qrcode`: which segments, version and level. Knows nothing of how a symbol is
//! drawn.

use std::ops::Range;

use qrcode::bits::Bits;
use qrcode::types::Mode;
use qrcode::{Color, EcLevel, QrCode, Version};

use super::{Level, SymbolError, check_alphabet};

/// The most digits, and the most of other characters, that 40-M holds.
const MOST_DIGITS: usize = 5596;
const MOST_CHARACTERS: usize = 3391;

/// A segment in units of the content's bytes, which are its characters.
type Segment = (Mode, Range<usize>);

/// What `encode` found to be the best.
pub(super) struct Drawn {
    pub(super) version: u8,
    pub(super) level: Level,
    pub(super) width: usize,
    pub(super) dark: Vec<bool>,
}

/// Level M at least, the smallest version that holds the content at M, then the highest level that this version still holds.
pub(super) fn encode(content: &str) -> Result<Drawn, SymbolError> {
    check_alphabet(content)?;
    let digits = content.bytes().all(|b| b.is_ascii_digit());
    let maximum = if digits { MOST_DIGITS } else { MOST_CHARACTERS };
    let too_long = SymbolError::TooLong { length: content.len(), maximum };
    // No mix of segments is shorter than one of digits, so this is far too long, and not worth the search.
    if content.len() > MOST_DIGITS {
        return Err(too_long);
    }
    let mut found = None;
    // The best segments are the same within each of these, since the lengths of their headers are.
    for versions in [1..=9_u8, 10..=26, 27..=40] {
        let segments = segments(content.as_bytes(), Version::Normal(i16::from(*versions.start())));
        found = versions.into_iter().find(|version| holds(*version, Level::M, &segments)).map(|v| (v, segments));
        if found.is_some() {
            break;
        }
    }
    let (version, segments) = found.ok_or(too_long)?;
    let level = [Level::H, Level::Q].into_iter().find(|level| holds(version, *level, &segments)).unwrap_or(Level::M);
    // Cannot fail: the alphabet and the capacity of this very version, level and these segments were checked above.
    let code = draw(version, level, &segments, content.as_bytes()).expect("a version and level that hold the content");
    let width = code.width();
    Ok(Drawn { version, level, width, dark: code.into_colors().iter().map(|color| *color == Color::Dark).collect() })
}

/// The segments that take the fewest bits in a symbol of such a version, each numeric or alphanumeric (ISO/IEC 18004, annex J has
/// the idea; this weighs every choice). A card number of letters and digits before 221 digits is the case that pays.
fn segments(content: &[u8], version: Version) -> Vec<Segment> {
    const MODES: [Mode; 2] = [Mode::Alphanumeric, Mode::Numeric];
    // Sixths of a bit: a digit is ten thirds, another character eleven halves. A segment ends on a whole bit.
    const SIXTHS: [usize; 2] = [33, 20];
    let head = MODES.map(|mode| 6 * (version.mode_bits_count() + mode.length_bits_count(version)));
    let mut costs = [Some(head[0]), Some(head[1])];
    // For each character, and each mode that the next one is in: the mode of this one.
    let mut modes = Vec::with_capacity(content.len());
    for byte in content {
        let holds = [true, byte.is_ascii_digit()];
        let here: [Option<usize>; 2] =
            std::array::from_fn(|mode| costs[mode].filter(|_| holds[mode]).map(|cost| cost + SIXTHS[mode]));
        let mut next = [(here[0], 0), (here[1], 1)];
        for (mode, best) in next.iter_mut().enumerate() {
            let other = 1 - mode;
            let switched = here[other].map(|cost| cost.next_multiple_of(6) + head[mode]);
            if switched.is_some_and(|cost| best.0.is_none_or(|stays| cost < stays)) {
                *best = (switched, other);
            }
        }
        costs = next.map(|(cost, _)| cost);
        modes.push(next.map(|(_, mode)| mode));
    }
    // From the end: the cheaper of the two in whole bits.
    let [alphanumeric, numeric] = costs.map(|cost| cost.map_or(usize::MAX, |cost| cost.div_ceil(6)));
    let mut mode = usize::from(numeric < alphanumeric);
    let mut segments: Vec<Segment> = Vec::new();
    for (index, from) in modes.iter().enumerate().rev() {
        mode = from[mode];
        match segments.last_mut() {
            Some((last, range)) if *last == MODES[mode] => range.start = index,
            _ => segments.push((MODES[mode], index..index + 1)),
        }
    }
    segments.reverse();
    segments
}

/// True if these segments fit: mode indicators, lengths and data (ISO/IEC 18004, 7.4). The terminator is cut short where there is
/// no room for it.
fn holds(version: u8, level: Level, segments: &[Segment]) -> bool {
    let version = Version::Normal(i16::from(version));
    let bits = |(mode, range): &Segment| {
        version.mode_bits_count() + mode.length_bits_count(version) + mode.data_bits_count(range.len())
    };
    let needed: usize = segments.iter().map(bits).sum();
    Bits::new(version).max_len(ec_level(level)).is_ok_and(|capacity| needed <= capacity)
}

fn draw(version: u8, level: Level, segments: &[Segment], content: &[u8]) -> qrcode::QrResult<QrCode> {
    let mut bits = Bits::new(Version::Normal(i16::from(version)));
    for (mode, range) in segments {
        if *mode == Mode::Numeric {
            bits.push_numeric_data(&content[range.clone()])?;
        } else {
            bits.push_alphanumeric_data(&content[range.clone()])?;
        }
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
