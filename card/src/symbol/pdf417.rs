//! PDF417 (ISO/IEC 15438): codewords, their error correction, and rows of bars. Knows nothing of how tall a row is drawn.
//!
//! Our own: of the crates that encode it, `pdf417` needs a nightly compiler, `rxing` would make the shared library a tenth larger
//! and `bwipp-rs` brings a library for pictures of every kind.

use super::pdf417_patterns::PATTERNS;
use super::{MOST_IN_TWO_DIMENSIONS, SymbolError, check_length};

/// Codewords are numbers below this prime, and so is the arithmetic of their error correction (5.10).
const PRIME: u32 = 929;
/// Codewords that change the compaction (table 3).
const LATCH_TEXT: u16 = 900;
const LATCH_NUMERIC: u16 = 902;
/// Fills up the rows (5.7).
const PAD: u16 = 900;
/// What text values above the characters mean (table 4): to the mixed submode, back to the upper one, or nothing at all.
const TO_MIXED: u16 = 28;
const TO_UPPER: u16 = 28;
const FILL: u16 = 29;
/// As many digits pay for the latches to numeric compaction and back (annex N).
const WORTH_NUMERIC: usize = 13;
/// As many digits are one number (5.4.4.2).
const DIGITS_AT_ONCE: usize = 44;
/// 5.3.1: at least this many rows, at most these many rows and columns.
const MIN_ROWS: usize = 3;
const MAX_ROWS: usize = 90;
const MAX_COLUMNS: usize = 30;
/// The bars at both ends of each row, from left to right (5.3.4): 17 and 18 modules.
const START: u32 = 0x1_fea8;
const STOP: u32 = 0x3_fa29;
/// How tall a row is against a module (5.8.2: at least three).
pub(super) const ROW_HEIGHT: u32 = 3;
/// The shape that is aimed for, width to height: what fits over a phone held upright.
const SHAPE: f64 = 2.5;

/// Width in modules, and the modules row by row.
pub(super) fn encode(content: &str) -> Result<(usize, Vec<bool>), SymbolError> {
    check_length(content)?;
    let data = compact(content.as_bytes());
    // With the codeword that says how many there are.
    let level = level_for(data.len() + 1);
    let correction = 2_usize << level;
    // Cannot fail below our own limit; if it did, the content would be what is too long.
    let too_long = SymbolError::TooLong { length: content.len(), maximum: MOST_IN_TWO_DIMENSIONS };
    let columns = columns_for(data.len() + 1 + correction).ok_or(too_long)?;
    let rows = (data.len() + 1 + correction).div_ceil(columns).max(MIN_ROWS);
    let mut codewords = Vec::with_capacity(rows * columns);
    // At most 90 times 30, and 929 at most with what is encoded: nothing is cut off.
    codewords.push(narrow(rows * columns - correction));
    codewords.extend(data);
    codewords.resize(rows * columns - correction, PAD);
    let check = error_correction(&codewords, correction);
    codewords.extend(check);
    Ok((width(columns), draw(&codewords, rows, columns, level)))
}

/// Modules of a row: start, the left indicator, the columns, the right indicator and stop (5.3).
fn width(columns: usize) -> usize {
    17 * (columns + 3) + 18
}

/// The columns that come nearest to [`SHAPE`].
fn columns_for(codewords: usize) -> Option<usize> {
    let off = |columns: usize| {
        let rows = codewords.div_ceil(columns).max(MIN_ROWS);
        // Below 65,536 both, so the conversion is exact.
        let [width, height] = [width(columns), rows * ROW_HEIGHT as usize].map(|n| f64::from(narrow(n)));
        // In proportion: twice as wide is as far off as half as wide.
        (rows <= MAX_ROWS).then(|| (width / height / SHAPE).ln().abs())
    };
    (1..=MAX_COLUMNS)
        .filter_map(|columns| off(columns).map(|off| (columns, off)))
        .min_by(|(_, a), (_, b)| a.total_cmp(b))
        .map(|(columns, _)| columns)
}

/// The level of error correction that the standard recommends for as many data codewords (annex E).
fn level_for(data: usize) -> usize {
    match data {
        0..=40 => 2,
        41..=160 => 3,
        161..=320 => 4,
        _ => 5,
    }
}

/// Long runs of digits in numeric compaction, all else as text (5.4).
fn compact(content: &[u8]) -> Vec<u16> {
    let mut codewords = Vec::new();
    let mut rest = content;
    let mut numeric = false;
    while let Some(first) = rest.first() {
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let run = if digits >= WORTH_NUMERIC {
            digits
        } else {
            // Up to the next run of digits that is long enough, or the end.
            let worth = |window: &[u8]| window.iter().all(u8::is_ascii_digit);
            rest.windows(WORTH_NUMERIC).position(worth).unwrap_or(rest.len())
        };
        let (now, after) = rest.split_at(run);
        if first.is_ascii_digit() && digits >= WORTH_NUMERIC {
            codewords.push(LATCH_NUMERIC);
            now.chunks(DIGITS_AT_ONCE).for_each(|group| codewords.extend(number(group)));
            numeric = true;
        } else {
            if numeric {
                codewords.push(LATCH_TEXT);
            }
            codewords.extend(text(now));
        }
        rest = after;
    }
    codewords
}

/// Text compaction from the submode of capital letters, where it begins and a latch leads (5.4.2). Two values are a codeword.
fn text(content: &[u8]) -> Vec<u16> {
    const MIXED: &[u8] = b"0123456789&\r\t,:#-.$/+%*=^";
    let mut values: Vec<u16> = Vec::new();
    let mut mixed = false;
    for byte in content {
        let letter = byte.is_ascii_uppercase();
        // A space is the same in both.
        if *byte != b' ' && letter == mixed {
            values.push(if mixed { TO_UPPER } else { TO_MIXED });
            mixed = !mixed;
        }
        values.push(match byte {
            b' ' => 26,
            b'A'..=b'Z' => u16::from(byte - b'A'),
            // Every character that is let in is a letter, a space or one of these.
            other => narrow(MIXED.iter().position(|mixed| mixed == other).unwrap_or_default()),
        });
    }
    values.chunks(2).map(|pair| pair[0] * 30 + pair.get(1).copied().unwrap_or(FILL)).collect()
}

/// At most 44 digits as a number with a one before it, in base 900 (5.4.4.2).
fn number(digits: &[u8]) -> Vec<u16> {
    let mut number: Vec<u32> = std::iter::once(1).chain(digits.iter().map(|digit| u32::from(digit - b'0'))).collect();
    let mut codewords = vec![0; digits.len() / 3 + 1];
    for codeword in codewords.iter_mut().rev() {
        // Division by hand: the quotient stays, the remainder is the next codeword from the right.
        let mut remainder = 0;
        for digit in &mut number {
            let part = remainder * 10 + *digit;
            *digit = part / 900;
            remainder = part % 900;
        }
        *codeword = narrow(remainder as usize);
    }
    codewords
}

/// The remainder of the data by the generator whose roots are the powers of three, negated (5.10).
fn error_correction(data: &[u16], count: usize) -> Vec<u16> {
    let mut generator = vec![0_u32; count + 1];
    generator[0] = 1;
    let mut root = 1;
    for degree in 1..=count {
        root = root * 3 % PRIME;
        for index in (1..=degree).rev() {
            generator[index] = (generator[index] + generator[index - 1] * (PRIME - root)) % PRIME;
        }
    }
    let mut remainder = vec![0_u32; count];
    for codeword in data {
        let factor = (u32::from(*codeword) + remainder[0]) % PRIME;
        remainder.rotate_left(1);
        remainder[count - 1] = 0;
        for (term, coefficient) in remainder.iter_mut().zip(&generator[1..]) {
            *term = (*term + factor * (PRIME - coefficient)) % PRIME;
        }
    }
    remainder.into_iter().map(|term| narrow(((PRIME - term) % PRIME) as usize)).collect()
}

/// The rows, each between its indicators, which say what row it is and how many there are (5.3.2, 5.11.3).
fn draw(codewords: &[u16], rows: usize, columns: usize, level: usize) -> Vec<bool> {
    let mut dark = Vec::with_capacity(rows * width(columns));
    for (row, codewords) in codewords.chunks(columns).enumerate() {
        let cluster = row % 3;
        let base = 30 * (row / 3);
        let [about_rows, about_level, about_columns] =
            [(rows - 1) / 3, level * 3 + (rows - 1) % 3, columns - 1].map(|about| narrow(base + about));
        let (left, right) = match cluster {
            0 => (about_rows, about_columns),
            1 => (about_level, about_rows),
            _ => (about_columns, about_level),
        };
        push(&mut dark, START, 17);
        for codeword in std::iter::once(&left).chain(codewords).chain(std::iter::once(&right)) {
            push(&mut dark, 0x1_0000 | u32::from(PATTERNS[cluster][usize::from(*codeword)]), 17);
        }
        push(&mut dark, STOP, 18);
    }
    dark
}

fn push(dark: &mut Vec<bool>, pattern: u32, modules: u32) {
    dark.extend((0..modules).rev().map(|module| pattern >> module & 1 == 1));
}

/// Everything here is below 65,536: codewords, and modules of the largest symbol.
fn narrow(number: usize) -> u16 {
    u16::try_from(number).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The worked examples of the standard (5.4.4.2 and annex Q).
    #[test]
    fn the_examples_of_the_standard() {
        assert_eq!(number(b"000213298174000"), [1, 624, 434, 632, 282, 200]);
        assert_eq!(error_correction(&[5, 453, 178, 121, 239], 4), [452, 327, 657, 619]);
    }

    #[test]
    fn every_pattern_is_of_its_cluster() {
        for (cluster, patterns) in PATTERNS.iter().enumerate() {
            for pattern in patterns {
                let mut dark = Vec::new();
                push(&mut dark, 0x1_0000 | u32::from(*pattern), 17);
                let runs: Vec<usize> = dark.chunk_by(|a, b| a == b).map(<[bool]>::len).collect();
                // 5.3.1: four bars and four spaces of one to six modules, and what makes a cluster of them.
                assert!(matches!(runs[..], [1..=6, 1..=6, 1..=6, 1..=6, 1..=6, 1..=6, 1..=6, 1..=6]), "{runs:?}");
                assert_eq!((9 + runs[0] + runs[4] - runs[2] - runs[6]) % 9, 3 * cluster, "{runs:?}");
            }
            let distinct: std::collections::BTreeSet<_> = patterns.iter().collect();
            assert_eq!(distinct.len(), 929);
        }
    }
}
