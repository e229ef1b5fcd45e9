//! What is shown: every symbology with the payloads that it holds, and the long code of random text that is its peer. Must not know of
//! cameras.

use member_card::draw::{Screen, on_screen};
use member_card::symbol::{Symbol, Symbology, ean13_check_digit};
use qrcodegen::{QrCode, QrCodeEcc, QrSegment, Version};

/// A code on a screen: its modules, and how large they are there.
pub(crate) struct Shown {
    pub(crate) rows: Vec<Vec<bool>>,
    /// Of a module and of a row, in millimetres.
    pub(crate) module_mm: (f64, f64),
    /// Of the drawing, quiet zone and all, in millimetres.
    pub(crate) size_mm: (f64, f64),
    /// Of the first module in the drawing, in millimetres.
    pub(crate) origin_mm: (f64, f64),
}

/// What a code holds, and as what.
#[derive(Clone)]
pub(crate) struct Subject {
    /// `qr`, ..., or `peer`.
    pub(crate) kind: String,
    /// Such as `16 digits`.
    pub(crate) holds: &'static str,
    pub(crate) content: String,
    symbology: Option<Symbology>,
}

/// Width of the peers, in millimetres: that of an offline proof in a QR Code.
const PEER_MM: f64 = 44.1;

pub(crate) fn subjects() -> Vec<Subject> {
    let number = "9820000000000013";
    let rotating = format!("{number}00824316");
    // Digits as even as those of a signature.
    let proof: String =
        number.chars().chain((0_u32..221).map(|n| char::from_digit(n * n * 7 % 97 % 10, 10).unwrap_or('0'))).collect();
    let voucher = "7KQ2M9XTPD";
    let mut subjects = Vec::new();
    for symbology in Symbology::ALL {
        let contents = match symbology {
            Symbology::Ean13 => {
                let first = "982000000001";
                vec![("13 digits", format!("{first}{}", ean13_check_digit(first).unwrap_or_default()))]
            }
            _ => vec![
                ("16 digits", number.to_owned()),
                ("16 + 8 digits", rotating.clone()),
                ("16 + 221 digits", proof.clone()),
                ("voucher, 10 characters", voucher.to_owned()),
            ],
        };
        for (holds, content) in contents {
            // A Code 128 of a proof is refused: there is nothing to show.
            if Symbol::encode(symbology, &content).is_ok() {
                subjects.push(Subject {
                    kind: symbology.name().to_owned(),
                    holds,
                    content,
                    symbology: Some(symbology),
                });
            }
        }
    }
    for (holds, length) in [("random text, 128 characters", 128), ("random text, 300 characters", 300)] {
        subjects.push(Subject { kind: "peer".to_owned(), holds, content: random_text(length), symbology: None });
    }
    subjects
}

/// As base64 looks, and the same each time.
fn random_text(length: usize) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut state = 1_u32;
    let mut letter = || {
        // Numerical Recipes' generator; its high bits are good enough to look random.
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        char::from(LETTERS[(state >> 26) as usize])
    };
    (0..length).map(|_| letter()).collect()
}

impl Subject {
    /// On a telephone of so many pixels an inch, upright: 62 mm of its width are there to be drawn on. `None` where it does not fit.
    pub(crate) fn on(&self, pixels_per_inch: f64) -> Option<Shown> {
        match self.symbology {
            Some(symbology) => ours(symbology, &self.content, pixels_per_inch),
            None => peer(&self.content),
        }
    }
}

fn ours(symbology: Symbology, content: &str, pixels_per_inch: f64) -> Option<Shown> {
    let symbol = Symbol::encode(symbology, content).ok()?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "some thousand pixels")]
    let room = (62.0 / 25.4 * pixels_per_inch) as u32;
    let screen = Screen { pixels_per_inch, width_pixels: room, height_pixels: room };
    let drawing = on_screen(symbology, symbol.width(), symbol.height(), screen)?;
    let mm = |pixels: u32| f64::from(pixels) * 25.4 / pixels_per_inch;
    Some(Shown {
        rows: symbol.rows().map(<[bool]>::to_vec).collect(),
        module_mm: (mm(drawing.module_pixels), mm(drawing.row_pixels)),
        size_mm: (mm(drawing.width_pixels), mm(drawing.height_pixels)),
        origin_mm: (mm(drawing.left_pixels), mm(drawing.top_pixels)),
    })
}

/// Byte mode at level M, as wide as the proof is.
fn peer(content: &str) -> Option<Shown> {
    let segments = [QrSegment::make_bytes(content.as_bytes())];
    let (from, to) = (Version::MIN, Version::MAX);
    let code = QrCode::encode_segments_advanced(&segments, QrCodeEcc::Medium, from, to, None, true).ok()?;
    let side = code.size();
    let module = PEER_MM / f64::from(side + 8);
    Some(Shown {
        rows: (0..side).map(|y| (0..side).map(|x| code.get_module(x, y)).collect()).collect(),
        module_mm: (module, module),
        size_mm: (PEER_MM, PEER_MM),
        origin_mm: (4.0 * module, 4.0 * module),
    })
}
