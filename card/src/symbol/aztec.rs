//! Aztec Code (ISO/IEC 24778): bits, their error correction, and the rings around the bull's eye. Knows nothing of how it is drawn.
//!
//! Our own: of the crates that encode it, `rxing` would make the shared library a tenth larger, and `bwipp-rs` brings a library for
//! pictures of every kind.

use super::{MOST_IN_TWO_DIMENSIONS, SymbolError, check_length};

/// Values of the five-bit modes (table 2), and of the four-bit one for digits.
const SHIFT_PUNCTUATION: u16 = 0;
const LATCH_DIGIT: u16 = 30;
const LATCH_UPPER: u16 = 14;
const SHIFT_UPPER: u16 = 15;
/// Share of the codewords that are for error correction, and so many more (7.1: the recommended least).
const CORRECTION_PERCENT: usize = 23;
const CORRECTION_MORE: usize = 3;

/// A kind of symbol: compact with 1 to 4 layers, or full with 1 to 32.
#[derive(Debug, Clone, Copy)]
struct Kind {
    compact: bool,
    layers: usize,
}

/// A codeword's bits, and the polynomial of the field that its error correction is in (table 3).
#[derive(Debug, Clone, Copy)]
struct Field {
    bits: u32,
    polynomial: u32,
}

/// Of the mode message.
const GF16: Field = Field { bits: 4, polynomial: 0x13 };

impl Kind {
    /// From the smallest: the full ones with up to three layers hold less than compact ones of their size.
    fn all() -> impl Iterator<Item = Kind> {
        let compact = (1..=4).map(|layers| Kind { compact: true, layers });
        compact.chain((4..=32).map(|layers| Kind { compact: false, layers }))
    }

    fn field(self) -> Field {
        match self.layers {
            0..=2 => Field { bits: 6, polynomial: 0x43 },
            3..=8 => Field { bits: 8, polynomial: 0x12d },
            9..=22 => Field { bits: 10, polynomial: 0x409 },
            _ => Field { bits: 12, polynomial: 0x1069 },
        }
    }

    /// Modules in the layers.
    fn bits(self) -> usize {
        (if self.compact { 88 } else { 112 } + 16 * self.layers) * self.layers
    }

    /// Modules on each side without the reference grid.
    fn side(self) -> usize {
        (if self.compact { 11 } else { 14 }) + 4 * self.layers
    }
}

/// Width in modules, and the modules row by row.
pub(super) fn encode(content: &str) -> Result<(usize, Vec<bool>), SymbolError> {
    check_length(content)?;
    let bits = compact(content.as_bytes());
    let fits = |kind: Kind| {
        let (words, all) = (stuff(&bits, kind.field().bits), kind.bits() / kind.field().bits as usize);
        let correction = (all * CORRECTION_PERCENT).div_ceil(100) + CORRECTION_MORE;
        (words.len() + correction <= all).then_some((kind, words, all))
    };
    // Cannot fail below our own limit; if it did, the content would be what is too long.
    let too_long = SymbolError::TooLong { length: content.len(), maximum: MOST_IN_TWO_DIMENSIONS };
    let (kind, words, all) = Kind::all().find_map(fits).ok_or(too_long)?;
    Ok(Canvas::draw(kind, &words, all))
}

/// The shortest bits for the content (annex A has the modes): capital letters in five bits, digits in four, the rest by a shift.
fn compact(content: &[u8]) -> Vec<bool> {
    // What is best so far, and leaves the reader in the mode for letters or the one for digits.
    let mut upper = Vec::new();
    let mut digit = appended(&upper, &[(LATCH_DIGIT, 5)]);
    for byte in content {
        let (in_upper, in_digit) = match byte {
            b' ' => (vec![(1, 5)], vec![(1, 4)]),
            b'A'..=b'Z' => {
                let letter = u16::from(byte - b'A') + 2;
                (vec![(letter, 5)], vec![(SHIFT_UPPER, 4), (letter, 5)])
            }
            b'0'..=b'9' => {
                let value = u16::from(byte - b'0') + 2;
                (vec![(LATCH_DIGIT, 5), (value, 4), (LATCH_UPPER, 4)], vec![(value, 4)])
            }
            b'.' => (vec![(SHIFT_PUNCTUATION, 5), (19, 5)], vec![(13, 4)]),
            other => {
                let value = punctuation(*other);
                (vec![(SHIFT_PUNCTUATION, 5), (value, 5)], vec![(SHIFT_PUNCTUATION, 4), (value, 5)])
            }
        };
        (upper, digit) = (appended(&upper, &in_upper), appended(&digit, &in_digit));
        let (to_digit, to_upper) = (appended(&upper, &[(LATCH_DIGIT, 5)]), appended(&digit, &[(LATCH_UPPER, 4)]));
        if to_digit.len() < digit.len() {
            digit = to_digit;
        } else if to_upper.len() < upper.len() {
            upper = to_upper;
        }
    }
    if digit.len() < upper.len() { digit } else { upper }
}

/// The value in the mode of punctuation. Every character that is let in and has none is met before.
fn punctuation(byte: u8) -> u16 {
    match byte {
        b'$' => 9,
        b'%' => 10,
        b'*' => 15,
        b'+' => 16,
        b'-' => 18,
        b'/' => 20,
        _ => 21,
    }
}

fn appended(bits: &[bool], values: &[(u16, u32)]) -> Vec<bool> {
    let mut bits = bits.to_vec();
    for (value, width) in values {
        push(&mut bits, u32::from(*value), *width);
    }
    bits
}

/// The lowest `width` bits of a value, the highest first.
fn push(bits: &mut Vec<bool>, value: u32, width: u32) {
    bits.extend((0..width).rev().map(|bit| value >> bit & 1 == 1));
}

/// Codewords that are neither all zeros nor all ones but for their last bit: there one is put in (7.2.1.3). The end is filled with ones.
fn stuff(bits: &[bool], width: u32) -> Vec<u32> {
    let all_but_last = (1 << width) - 2;
    let mut words = Vec::new();
    let mut rest = bits;
    while !rest.is_empty() {
        let at = |bit: u32| u32::from(rest.get(bit as usize).copied().unwrap_or(true));
        let word = (0..width).fold(0, |word, bit| word << 1 | at(bit));
        let (word, taken) = match word & all_but_last {
            0 => (1, width - 1),
            high if high == all_but_last => (high, width - 1),
            _ => (word, width),
        };
        words.push(word);
        rest = rest.get(taken as usize..).unwrap_or_default();
    }
    words
}

impl Field {
    /// The product of two elements.
    fn times(self, a: u32, b: u32) -> u32 {
        (0..self.bits).rev().fold(0, |product, bit| {
            let doubled = product << 1;
            let reduced = if doubled >> self.bits == 1 { doubled ^ self.polynomial } else { doubled };
            if b >> bit & 1 == 1 { reduced ^ a } else { reduced }
        })
    }

    /// The remainder of the data by the generator whose roots are the powers of two from the first (7.2.2).
    fn error_correction(self, data: &[u32], count: usize) -> Vec<u32> {
        let mut generator = vec![0; count + 1];
        generator[0] = 1;
        let mut root = 1;
        for degree in 1..=count {
            root = self.times(root, 2);
            for index in (1..=degree).rev() {
                generator[index] ^= self.times(generator[index - 1], root);
            }
        }
        let mut remainder = vec![0; count];
        for word in data {
            let factor = word ^ remainder[0];
            remainder.rotate_left(1);
            remainder[count - 1] = 0;
            for (term, coefficient) in remainder.iter_mut().zip(&generator[1..]) {
                *term ^= self.times(factor, *coefficient);
            }
        }
        remainder
    }
}

/// Modules as they are set.
struct Canvas {
    side: usize,
    dark: Vec<bool>,
}

impl Canvas {
    fn draw(kind: Kind, words: &[u32], all: usize) -> (usize, Vec<bool>) {
        let side = kind.side();
        // The lines of the reference grid, every 16 modules from the middle, move what is outside of them (5.4).
        let side = if kind.compact { side } else { side + 1 + 2 * ((side / 2 - 1) / 15) };
        let mut canvas = Canvas { side, dark: vec![false; side * side] };
        canvas.set_layers(kind, &message(kind, words, all));
        if !kind.compact {
            canvas.set_grid();
        }
        canvas.set_bulls_eye(if kind.compact { 5 } else { 7 });
        canvas.set_mode(kind, words.len());
        (canvas.side, canvas.dark)
    }

    fn set(&mut self, x: usize, y: usize) {
        self.dark[y * self.side + x] = true;
    }

    /// Two modules deep, counter-clockwise inwards from the top left (7.3).
    fn set_layers(&mut self, kind: Kind, bits: &[bool]) {
        let side = kind.side();
        let place: Vec<usize> = (0..side).map(|position| self.place(kind, position)).collect();
        let mut bits = bits.iter();
        for layer in 0..kind.layers {
            let length = (kind.layers - layer) * 4 + if kind.compact { 9 } else { 12 };
            let (near, far) = (2 * layer, side - 1 - 2 * layer);
            for edge in 0..4 {
                for along in 0..length {
                    for deep in 0..2 {
                        if bits.next() != Some(&true) {
                            continue;
                        }
                        let (x, y) = match edge {
                            0 => (near + deep, near + along),
                            1 => (near + along, far - deep),
                            2 => (far - deep, far - along),
                            _ => (far - along, near + deep),
                        };
                        self.set(place[x], place[y]);
                    }
                }
            }
        }
    }

    /// Where a module is once the lines of the grid are put in.
    fn place(&self, kind: Kind, position: usize) -> usize {
        if kind.compact {
            return position;
        }
        let (half, middle) = (kind.side() / 2, self.side / 2);
        if position < half {
            let before = half - 1 - position;
            middle - 1 - before - before / 15
        } else {
            let after = position - half;
            middle + 1 + after + after / 15
        }
    }

    /// Dark and light in turn, on every 16th row and column from the middle (5.4).
    fn set_grid(&mut self) {
        let middle = self.side / 2;
        for line in (0..=middle).step_by(16) {
            for along in (middle % 2..self.side).step_by(2) {
                for at in [middle - line, middle + line] {
                    self.set(at, along);
                    self.set(along, at);
                }
            }
        }
    }

    /// Rings around the middle, and the marks at their corners that say which way is up (5.2, 5.3).
    fn set_bulls_eye(&mut self, radius: usize) {
        let middle = self.side / 2;
        for ring in (0..radius).step_by(2) {
            for at in middle - ring..=middle + ring {
                for edge in [middle - ring, middle + ring] {
                    self.set(at, edge);
                    self.set(edge, at);
                }
            }
        }
        let (near, far) = (middle - radius, middle + radius);
        let marks = [(near, near), (near + 1, near), (near, near + 1), (far, near), (far, near + 1), (far, far - 1)];
        for (x, y) in marks {
            self.set(x, y);
        }
    }

    /// How many layers and codewords there are, clockwise around the bull's eye (7.2.3).
    fn set_mode(&mut self, kind: Kind, words: usize) {
        let number = |n: usize| u32::try_from(n).unwrap_or_default();
        let mut bits = Vec::new();
        let (layers, count) = if kind.compact { (2, 6) } else { (5, 11) };
        push(&mut bits, number(kind.layers - 1), layers);
        push(&mut bits, number(words - 1), count);
        let fours: Vec<u32> =
            bits.chunks(4).map(|four| four.iter().fold(0, |word, bit| word << 1 | u32::from(*bit))).collect();
        let correction = GF16.error_correction(&fours, if kind.compact { 5 } else { 6 });
        for four in correction {
            push(&mut bits, four, 4);
        }
        let middle = self.side / 2;
        let (edge, radius) = if kind.compact { (7, 5) } else { (10, 7) };
        for index in 0..edge {
            // The line of the grid in the middle of a full symbol's edge is passed over.
            let at = if kind.compact { middle - 3 + index } else { middle - 5 + index + index / 5 };
            let set = [
                (bits[index], (at, middle - radius)),
                (bits[edge + index], (middle + radius, at)),
                (bits[3 * edge - 1 - index], (at, middle + radius)),
                (bits[4 * edge - 1 - index], (middle - radius, at)),
            ];
            for (_, (x, y)) in set.into_iter().filter(|(dark, _)| *dark) {
                self.set(x, y);
            }
        }
    }
}

/// All the bits of the layers: zeros up to whole codewords, the data, its error correction.
fn message(kind: Kind, words: &[u32], all: usize) -> Vec<bool> {
    let field = kind.field();
    let mut bits = vec![false; kind.bits() % field.bits as usize];
    let correction = field.error_correction(words, all - words.len());
    for word in words.iter().chain(&correction) {
        push(&mut bits, *word, field.bits);
    }
    bits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bits: &[bool]) -> String {
        bits.iter().map(|bit| if *bit { '1' } else { '0' }).collect()
    }

    #[test]
    fn digits_are_latched_to_where_that_pays() {
        assert_eq!(text(&compact(b"A")), "00010");
        // Latch, four digits.
        assert_eq!(text(&compact(b"2026")), "11110 0100 0010 0100 1000".replace(' ', ""));
        // One digit between letters: latch, digit, latch.
        assert_eq!(text(&compact(b"A1B")), "00010 11110 0011 1110 00011".replace(' ', ""));
        // One letter between digits: a shift, not a latch.
        assert_eq!(text(&compact(b"1A1")), "11110 0011 1111 00010 0011".replace(' ', ""));
    }

    #[test]
    fn no_codeword_is_all_alike() {
        assert_eq!(stuff(&[false; 6], 6), [1, 31], "one is put in, the rest is filled with ones");
        assert_eq!(stuff(&[true; 6], 6), [62, 62]);
        assert_eq!(stuff(&[true, false, true, false, true, false], 6), [42]);
    }
}
