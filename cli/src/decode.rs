//! The till's eye: pictures become pixels, and decoders that are not ours read the code in them: rqrr a QR Code, rxing all others.
//!
//! Must not know how our own symbols are made, nor what a code means.

use std::io::Cursor;

use png::{ColorType, Decoder, Limits, Transformations};
use rxing::BarcodeFormat;

/// A picture may unpack to this many bytes: 8,000 by 8,000 pixels in colour.
const MAX_BYTES: usize = 256 * 1024 * 1024;

/// Smaller pictures are enlarged, since the decoder needs some pixels for each module.
const SMALL: usize = 200;

/// White that is put around a picture, since one may be cut where the code ends.
const MARGIN: usize = 20;

/// Pixels of a picture by row; 0 is black.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    width: usize,
    grey: Vec<u8>,
}

/// Why a picture gives no text.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    #[error("it is not a PNG picture that can be read: {0}")]
    Png(#[from] png::DecodingError),
    #[error("there is no code in it that a till reads")]
    NoCode,
    #[error("there is more than one QR code in it")]
    ManyCodes,
    #[error("the QR code in it cannot be read: {0}")]
    Unreadable(#[from] rqrr::DeQRError),
}

impl Picture {
    /// A PNG picture of any kind, what is transparent on white.
    pub fn of_png(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), Limits { bytes: MAX_BYTES });
        decoder.set_transformations(Transformations::normalize_to_color8());
        let mut reader = decoder.read_info()?;
        let size = reader.output_buffer_size().filter(|size| *size <= MAX_BYTES);
        let mut pixels = vec![0; size.ok_or(png::DecodingError::LimitsExceeded)?];
        let frame = reader.next_frame(&mut pixels)?;
        pixels.truncate(frame.buffer_size());
        let grey = match frame.color_type {
            // Expanded to RGB by the transformation.
            ColorType::Grayscale | ColorType::Indexed => pixels,
            ColorType::GrayscaleAlpha => pixels.chunks_exact(2).map(|pixel| on_white(pixel[0], pixel[1])).collect(),
            ColorType::Rgb => pixels.chunks_exact(3).map(luma).collect(),
            ColorType::Rgba => pixels.chunks_exact(4).map(|pixel| on_white(luma(pixel), pixel[3])).collect(),
        };
        Ok(Self { width: usize::try_from(frame.width).unwrap_or(usize::MAX), grey })
    }

    /// What somebody sees of a drawing in half blocks: `ink_is_dark` where the characters are darker than their ground.
    /// Escape sequences for colours are passed over.
    pub fn of_drawing(drawing: &str, ink_is_dark: bool) -> Self {
        let (mut grey, mut width) = (Vec::new(), 0);
        let level = |ink: bool| if ink == ink_is_dark { 0 } else { 255 };
        for line in drawing.lines() {
            let (mut upper, mut lower, mut escape) = (Vec::new(), Vec::new(), false);
            for character in line.chars() {
                if escape || character == '\x1b' {
                    escape = character != 'm';
                    continue;
                }
                upper.push(level(matches!(character, '█' | '▀')));
                lower.push(level(matches!(character, '█' | '▄')));
            }
            width = upper.len();
            grey.extend(upper);
            grey.extend(lower);
        }
        Self { width, grey }
    }

    /// The text of the one code in the picture: a QR Code, or where there is none the first of another kind.
    pub fn read(&self) -> Result<String, DecodeError> {
        if self.width == 0 {
            return Err(DecodeError::NoCode);
        }
        let height = self.grey.len() / self.width;
        let scale = SMALL.div_ceil(self.width.max(height).max(1)).max(1);
        let mut image = rqrr::PreparedImage::prepare_from_greyscale(self.width * scale, height * scale, |x, y| {
            self.grey[y / scale * self.width + x / scale]
        });
        match image.detect_grids().as_slice() {
            [] => self.read_other(scale),
            [code] => Ok(code.decode()?.1),
            _ => Err(DecodeError::ManyCodes),
        }
    }

    fn read_other(&self, scale: usize) -> Result<String, DecodeError> {
        let (width, height) = (self.width * scale + 2 * MARGIN, self.grey.len() / self.width * scale + 2 * MARGIN);
        let mut luma = vec![255; width * height];
        for (y, row) in luma.chunks_mut(width).skip(MARGIN).take(height - 2 * MARGIN).enumerate() {
            for (x, pixel) in row[MARGIN..width - MARGIN].iter_mut().enumerate() {
                *pixel = self.grey[y / scale * self.width + x / scale];
            }
        }
        let (Ok(width), Ok(height)) = (u32::try_from(width), u32::try_from(height)) else {
            return Err(DecodeError::NoCode);
        };
        // Whatever it says, it read nothing.
        let found = rxing::helpers::detect_in_luma(luma, width, height, None).map_err(|_| DecodeError::NoCode)?;
        match found.getBarcodeFormat() {
            // An EAN-13 that begins with a zero, which some readers leave out.
            BarcodeFormat::UPC_A => Ok(format!("0{}", found.getText())),
            BarcodeFormat::QR_CODE
            | BarcodeFormat::CODE_128
            | BarcodeFormat::EAN_13
            | BarcodeFormat::PDF_417
            | BarcodeFormat::AZTEC
            | BarcodeFormat::DATA_MATRIX => Ok(found.getText().to_owned()),
            _ => Err(DecodeError::NoCode),
        }
    }
}

/// Brightness after ITU-R BT.601.
fn luma(pixel: &[u8]) -> u8 {
    let [red, green, blue] = [0, 1, 2].map(|index| u32::from(pixel[index]));
    // The weights sum to 1000, so the result is at most 255.
    u8::try_from((299 * red + 587 * green + 114 * blue) / 1000).unwrap_or(255)
}

fn on_white(grey: u8, alpha: u8) -> u8 {
    let (grey, alpha) = (u32::from(grey), u32::from(alpha));
    u8::try_from((grey * alpha + 255 * (255 - alpha)) / 255).unwrap_or(255)
}

#[cfg(test)]
mod tests {
    use member_card::draw::{self, TerminalStyle};
    use member_card::symbol::{Symbol, Symbology};

    use super::*;

    fn symbol() -> Symbol {
        Symbol::encode(Symbology::Qr, "9820000000000013").expect("a symbol")
    }

    #[test]
    fn drawings_of_every_style_are_read() {
        for (style, ink_is_dark) in
            [(TerminalStyle::Ansi, true), (TerminalStyle::Plain, false), (TerminalStyle::PlainInverted, true)]
        {
            let drawing = draw::terminal(&symbol(), style);
            assert_eq!(Picture::of_drawing(&drawing, ink_is_dark).read().expect("a code"), "9820000000000013");
        }
    }

    #[test]
    fn pictures_of_every_kind_are_read() {
        let grey = Picture::of_png(&draw::png(&symbol(), 4).expect("a picture")).expect("pixels");
        let (width, height) = (grey.width, grey.grey.len() / grey.width);
        for (kind, pixel) in [
            (ColorType::Grayscale, (|grey| vec![grey]) as fn(u8) -> Vec<u8>),
            (ColorType::GrayscaleAlpha, |grey| vec![0, 255 - grey]),
            (ColorType::Rgb, |grey| vec![grey, grey, grey]),
            (ColorType::Rgba, |grey| vec![0, 0, 0, 255 - grey]),
        ] {
            let mut bytes = Vec::new();
            let size = |length| u32::try_from(length).expect("a small picture");
            let mut encoder = png::Encoder::new(&mut bytes, size(width), size(height));
            encoder.set_color(kind);
            let mut writer = encoder.write_header().expect("a header");
            let data: Vec<u8> = grey.grey.iter().flat_map(|grey| pixel(*grey)).collect();
            writer.write_image_data(&data).expect("pixels");
            writer.finish().expect("an end");
            let read = Picture::of_png(&bytes).expect("pixels");
            assert_eq!(read.read().expect("a code"), "9820000000000013", "{kind:?}");
        }
        assert_eq!(
            Picture::of_png(&draw::png(&symbol(), 1).expect("a picture")).expect("pixels").read().expect("a code"),
            "9820000000000013"
        );
    }

    #[test]
    fn every_symbology_is_read_in_every_drawing() {
        for symbology in Symbology::ALL {
            for content in ["9310000000018", "0000000000000"] {
                let symbol = Symbol::encode(symbology, content).expect("a symbol");
                for scale in [2, 3, 10] {
                    let picture = Picture::of_png(&draw::png(&symbol, scale).expect("a picture")).expect("pixels");
                    assert_eq!(picture.read().expect("a code"), content, "{symbology:?} {scale}");
                }
                let drawing = draw::terminal(&symbol, TerminalStyle::PlainInverted);
                assert_eq!(Picture::of_drawing(&drawing, true).read().expect("a code"), content, "{symbology:?}");
            }
        }
    }

    #[test]
    fn what_is_no_code_says_so() {
        let error = |bytes: &[u8]| Picture::of_png(bytes).expect_err("no picture").to_string();
        assert!(error(b"").starts_with("it is not a PNG picture"));
        assert!(error(b"\x89PNG\r\n\x1a\nrubbish").starts_with("it is not a PNG picture"));
        let blank = Picture { width: 50, grey: vec![255; 2500] };
        assert_eq!(blank.read().expect_err("no code").to_string(), "there is no code in it that a till reads");
        assert_eq!(
            Picture::of_drawing("", true).read().expect_err("no code").to_string(),
            "there is no code in it that a till reads"
        );
    }
}
