//! A picture of black and white pixels, however it was drawn, and the foreign decoders (rqrr for QR, rxing) that read it.

use member_card::symbol::{QuietZone, Symbol, Symbology};
use rqrr::{MetaData, PreparedImage};
use rxing::BarcodeFormat;

/// Pixels by row; true is black.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Picture {
    pub(crate) rows: Vec<Vec<bool>>,
}

/// What the decoder found.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Decoded {
    pub(crate) text: String,
    /// `1-Q`.
    pub(crate) version_and_level: String,
    /// Mode indicator of the first segment (ISO/IEC 18004, table 2): 1 numeric, 2 alphanumeric, 4 byte, 7 ECI.
    pub(crate) mode: u8,
}

impl Picture {
    /// The modules themselves with a quiet zone, one pixel each, rows as tall as they are to be.
    pub(crate) fn of_modules(symbol: &Symbol) -> Self {
        Self::of_rows(symbol, symbol.row_height())
    }

    pub(crate) fn of_rows(symbol: &Symbol, row_height: u32) -> Self {
        let QuietZone { left, right, vertical } = symbol.quiet_zone();
        let light = |modules: u32| vec![false; modules as usize];
        let mut rows = vec![light(left + symbol.width() + right); vertical as usize];
        for row in symbol.rows() {
            let row = [&light(left), row, &light(right)].concat();
            rows.extend(std::iter::repeat_n(row, row_height as usize));
        }
        rows.extend(rows[..vertical as usize].to_vec());
        Self { rows }
    }

    /// One pixel for each module, from a picture with `scale` of them; every pixel of a module must be alike.
    pub(crate) fn shrunk(&self, scale: usize) -> Self {
        let rows = self
            .rows
            .chunks(scale)
            .map(|band| {
                assert!(band.len() == scale && band.iter().all(|row| *row == band[0]), "rows of a module differ");
                let cells = band[0].chunks(scale).map(|cell| {
                    assert!(cell.len() == scale && cell.iter().all(|p| *p == cell[0]), "pixels of a module differ");
                    cell[0]
                });
                cells.collect()
            })
            .collect();
        Self { rows }
    }

    /// The opposite: `scale` times `scale` pixels for each one.
    pub(crate) fn enlarged(&self, scale: usize) -> Self {
        let wide = |row: &Vec<bool>| row.iter().flat_map(|p| std::iter::repeat_n(*p, scale)).collect::<Vec<_>>();
        Self { rows: self.rows.iter().flat_map(|row| std::iter::repeat_n(wide(row), scale)).collect() }
    }

    pub(crate) fn decode(&self) -> Decoded {
        let (width, height) = (self.rows[0].len(), self.rows.len());
        let mut image =
            PreparedImage::prepare_from_greyscale(width, height, |x, y| if self.rows[y][x] { 0 } else { 255 });
        let grids = image.detect_grids();
        assert_eq!(grids.len(), 1, "one symbol in the picture");
        let (meta, text) = grids[0].decode().expect("a symbol that can be decoded");
        let (_, raw) = grids[0].get_raw_data().expect("the same once more");
        // The format information's own order of levels (ISO/IEC 18004, table 12).
        let level = ["M", "L", "H", "Q"][usize::from(meta.ecc_level)];
        Decoded {
            text,
            version_and_level: format!("{}-{level}", meta.version.0),
            mode: unmasked_mode(raw.data[0] >> 4, meta),
        }
    }

    /// With white around it, as on a card: an Aztec Code has no quiet zone of its own.
    pub(crate) fn on_paper(&self, margin: usize) -> Self {
        let width = self.rows[0].len() + 2 * margin;
        let side = vec![false; margin];
        let mut rows = vec![vec![false; width]; margin];
        rows.extend(self.rows.iter().map(|row| [&side[..], row, &side].concat()));
        rows.extend(vec![vec![false; width]; margin]);
        Self { rows }
    }

    /// What rxing finds, and what kind of symbol that is.
    pub(crate) fn read(&self) -> Result<(Symbology, String), rxing::Exceptions> {
        let (width, height) = (self.rows[0].len(), self.rows.len());
        let luma = self.rows.iter().flatten().map(|dark| if *dark { 0 } else { 255 }).collect();
        let size = |pixels: usize| u32::try_from(pixels).expect("a small picture");
        let found = rxing::helpers::detect_in_luma(luma, size(width), size(height), None)?;
        let symbology = match found.getBarcodeFormat() {
            BarcodeFormat::QR_CODE => Symbology::Qr,
            BarcodeFormat::CODE_128 => Symbology::Code128,
            BarcodeFormat::EAN_13 => Symbology::Ean13,
            // The same bars: a UPC-A is an EAN-13 that begins with a zero, and some readers leave that out.
            BarcodeFormat::UPC_A => return Ok((Symbology::Ean13, format!("0{}", found.getText()))),
            BarcodeFormat::PDF_417 => Symbology::Pdf417,
            BarcodeFormat::AZTEC => Symbology::Aztec,
            BarcodeFormat::DATA_MATRIX => Symbology::DataMatrix,
            other => panic!("no card has a {other}"),
        };
        Ok((symbology, found.getText().to_owned()))
    }

    /// Light rows and columns at the top, right, bottom and left.
    pub(crate) fn margins(&self) -> [usize; 4] {
        let light = |row: &&Vec<bool>| row.iter().all(|dark| !dark);
        let light_column = |x: &usize| self.rows.iter().all(|row| !row[*x]);
        let width = self.rows[0].len();
        [
            self.rows.iter().take_while(light).count(),
            (0..width).rev().take_while(light_column).count(),
            self.rows.iter().rev().take_while(light).count(),
            (0..width).take_while(light_column).count(),
        ]
    }
}

/// The decoder's raw data are still masked. The first four bits are the modules of the corner at the bottom right, from right
/// to left and upwards; the mask turns those over where its condition holds (ISO/IEC 18004, table 10).
fn unmasked_mode(masked: u8, meta: MetaData) -> u8 {
    let last = meta.version.to_size() - 1;
    [(last, last), (last, last - 1), (last - 1, last), (last - 1, last - 1)].iter().enumerate().fold(
        masked,
        |mode, (bit, (i, j))| {
            let turned = match meta.mask {
                0 => (i + j) % 2,
                1 => i % 2,
                2 => j % 3,
                3 => (i + j) % 3,
                4 => (i / 2 + j / 3) % 2,
                5 => (i * j) % 2 + (i * j) % 3,
                6 => ((i * j) % 2 + (i * j) % 3) % 2,
                _ => ((i + j) % 2 + (i * j) % 3) % 2,
            } == 0;
            mode ^ (u8::from(turned) << (3 - bit))
        },
    )
}
