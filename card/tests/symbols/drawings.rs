//! Every drawing is read back to pixels and decoded: SVG by resvg, PNG by its decoder, the terminal by what its
//! characters and colours show.

use expect_test::expect;
use member_card::draw::{self, DrawError, TerminalStyle};
use member_card::symbol::{QuietZone, Symbol, Symbology};
use proptest::prelude::*;
use resvg::{tiny_skia, usvg};

use crate::picture::Picture;

pub(crate) const STYLES: [TerminalStyle; 3] = [TerminalStyle::Ansi, TerminalStyle::Plain, TerminalStyle::PlainInverted];

/// One of each kind: card number, letters, rotating code, offline proof.
fn contents() -> [String; 4] {
    ["9260000000000012".into(), "AB60000000000012".into(), "3".repeat(24), "0123456789".repeat(24)[..237].into()]
}

fn encode(content: &str) -> Symbol {
    Symbol::encode(Symbology::Qr, content).expect("content that can be encoded")
}

/// Rasterises with `scale` pixels for a module, on red: what the drawing leaves open is neither black nor white.
pub(crate) fn picture_of_svg(svg: &str, scale: u16) -> Picture {
    let tree = usvg::Tree::from_str(svg, &usvg::Options::default()).expect("an SVG document");
    // The view box is in modules, the size in millimetres.
    let modules = svg.split("viewBox=\"0 0 ").nth(1).and_then(|rest| rest.split('"').next()).expect("a view box");
    let (width, height) = modules.split_once(' ').expect("a width and a height");
    let pixels = |modules: &str| modules.parse::<u16>().expect("whole modules") * scale;
    let (width, height) = (pixels(width), pixels(height));
    let (x, y) = (f32::from(width) / tree.size().width(), f32::from(height) / tree.size().height());
    let mut pixmap = tiny_skia::Pixmap::new(width.into(), height.into()).expect("a picture of some size");
    pixmap.fill(tiny_skia::Color::from_rgba8(255, 0, 0, 255));
    resvg::render(&tree, tiny_skia::Transform::from_scale(x, y), &mut pixmap.as_mut());
    let pixels: Vec<bool> = pixmap
        .pixels()
        .iter()
        .map(|pixel| match (pixel.red(), pixel.green(), pixel.blue(), pixel.alpha()) {
            (0, 0, 0, 255) => true,
            (255, 255, 255, 255) => false,
            other => panic!("a pixel is neither black nor white: {other:?}"),
        })
        .collect();
    Picture { rows: pixels.chunks(width.into()).map(<[bool]>::to_vec).collect() }
}

pub(crate) fn picture_of_png(bytes: &[u8]) -> Picture {
    let mut decoder = png::Decoder::new(std::io::Cursor::new(bytes));
    decoder.set_transformations(png::Transformations::EXPAND);
    let mut reader = decoder.read_info().expect("a PNG header");
    let mut pixels = vec![0; reader.output_buffer_size().expect("a size that fits")];
    let info = reader.next_frame(&mut pixels).expect("PNG data");
    assert_eq!((info.color_type, info.bit_depth), (png::ColorType::Grayscale, png::BitDepth::Eight));
    let dark = |pixel: &u8| match pixel {
        0 => true,
        255 => false,
        other => panic!("a pixel is neither black nor white: {other}"),
    };
    Picture { rows: pixels.chunks(info.width as usize).map(|row| row.iter().map(dark).collect()).collect() }
}

/// What a person sees on a terminal where text is `ink_is_dark` (else light) on the opposite.
pub(crate) fn picture_of_terminal(text: &str, ink_is_dark: bool) -> Picture {
    let mut rows = Vec::new();
    assert!(text.ends_with('\n'));
    for line in text.lines() {
        // Colours as the terminal has them at the start of the line: (ink is dark, paper is dark).
        let plain = (ink_is_dark, !ink_is_dark);
        let mut colours = plain;
        let (mut upper, mut lower) = (Vec::new(), Vec::new());
        let mut rest = line;
        while let Some(character) = rest.chars().next() {
            rest = &rest[character.len_utf8()..];
            let (top_is_ink, bottom_is_ink) = match character {
                '\x1b' => {
                    let (codes, after) = rest.split_once('m').expect("an SGR sequence");
                    colours = match codes {
                        "[0" => plain,
                        "[38;5;16;48;5;231" => (true, false),
                        other => panic!("unknown SGR {other}"),
                    };
                    rest = after;
                    continue;
                }
                '█' => (true, true),
                '▀' => (true, false),
                '▄' => (false, true),
                ' ' => (false, false),
                other => panic!("unknown character {other:?}"),
            };
            upper.push(if top_is_ink { colours.0 } else { colours.1 });
            lower.push(if bottom_is_ink { colours.0 } else { colours.1 });
        }
        assert_eq!(colours, plain, "colours are put back before the end of the line");
        rows.extend([upper, lower]);
    }
    Picture { rows }
}

/// On the terminals that the style is for; with its own colours that is any.
pub(crate) fn pictures_of_terminal(symbol: &Symbol, style: TerminalStyle) -> Vec<Picture> {
    let text = draw::terminal(symbol, style);
    let inks: &[bool] = match style {
        TerminalStyle::Ansi => &[true, false],
        TerminalStyle::Plain => &[false],
        TerminalStyle::PlainInverted => &[true],
    };
    inks.iter().map(|ink_is_dark| picture_of_terminal(&text, *ink_is_dark)).collect()
}

#[test]
fn svg_is_decoded() {
    for content in contents() {
        let symbol = encode(&content);
        let picture = picture_of_svg(&draw::svg(&symbol, "Card"), 5);
        assert_eq!(picture.decode().text, content);
        assert_eq!(picture.shrunk(5), Picture::of_modules(&symbol));
    }
}

#[test]
fn png_is_decoded() {
    for content in contents() {
        let symbol = encode(&content);
        for scale in [3, 4, 10] {
            let picture = picture_of_png(&draw::png(&symbol, scale).expect("a picture"));
            assert_eq!(picture.decode().text, content);
            assert_eq!(picture.shrunk(scale as usize), Picture::of_modules(&symbol));
        }
    }
}

#[test]
fn terminal_is_decoded() {
    for content in contents() {
        let symbol = encode(&content);
        for style in STYLES {
            for mut picture in pictures_of_terminal(&symbol, style) {
                assert_eq!(picture.enlarged(4).decode().text, content, "{style:?}");
                let spare = picture.rows.pop().expect("a last row");
                assert!(spare.iter().all(|dark| !dark), "{style:?}: the spare row is light");
                assert_eq!(picture, Picture::of_modules(&symbol), "{style:?}");
            }
        }
    }
}

#[test]
fn quiet_zone_is_four_light_modules() {
    for content in contents() {
        let symbol = encode(&content);
        assert_eq!(symbol.quiet_zone(), QuietZone { left: 4, right: 4, vertical: 4 });
        assert_eq!(picture_of_svg(&draw::svg(&symbol, ""), 3).shrunk(3).margins(), [4, 4, 4, 4]);
        assert_eq!(picture_of_png(&draw::png(&symbol, 1).expect("a picture")).margins(), [4, 4, 4, 4]);
        for style in STYLES {
            for picture in pictures_of_terminal(&symbol, style) {
                // The last line has room for one more row.
                assert_eq!(picture.margins(), [4, 4, 5, 4], "{style:?}");
            }
        }
    }
}

#[test]
fn terminal_says_its_size() {
    for content in contents() {
        let symbol = encode(&content);
        for style in STYLES {
            let text = draw::terminal(&symbol, style).replace("\x1b[38;5;16;48;5;231m", "").replace("\x1b[0m", "");
            assert_eq!(text.lines().count(), draw::terminal_height(&symbol) as usize);
            for line in text.lines() {
                assert_eq!(line.chars().count(), draw::terminal_width(&symbol) as usize);
            }
        }
    }
    assert_eq!(draw::terminal_width(&encode("9260000000000012")), 29);
}

#[test]
fn plain_terminal_has_no_escapes() {
    let symbol = encode("9260000000000012");
    assert!(!draw::terminal(&symbol, TerminalStyle::Plain).contains('\x1b'));
    let text = draw::terminal(&symbol, TerminalStyle::PlainInverted);
    let first_with_ink = text.lines().nth(2).expect("a third line");
    expect!["    █▀▀▀▀▀█ █▄▀█▀ █▀▀▀▀▀█    "].assert_eq(first_with_ink);
}

#[test]
fn svg_has_an_accessible_name() {
    let symbol = encode("1");
    let svg = draw::svg(&symbol, "R&D <card> \"gold\"\u{0}\r\u{FFFF} Łódź");
    let document = usvg::roxmltree::Document::parse(&svg).expect("well-formed XML");
    let root = document.root_element();
    assert_eq!(root.attribute("role"), Some("img"));
    let title = root.children().find(roxml_is_element).expect("a first child");
    assert_eq!(title.tag_name().name(), "title");
    assert_eq!(title.text(), Some("R&D <card> \"gold\"\u{FFFD}\r\u{FFFD} Łódź"));
    let shapes: Vec<_> = root.children().filter(roxml_is_element).map(|node| node.tag_name().name()).collect();
    assert_eq!(shapes, ["title", "rect", "path"]);
    assert_eq!((root.attribute("width"), root.attribute("height")), (Some("26.1mm"), Some("26.1mm")));
}

fn roxml_is_element(node: &usvg::roxmltree::Node<'_, '_>) -> bool {
    node.is_element()
}

#[test]
fn png_has_a_physical_size() {
    let bytes = draw::png(&encode("1"), 9).expect("a picture");
    let reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().expect("a PNG header");
    let size = reader.info().pixel_dims.expect("a pHYs chunk");
    // 9 pixels of 0.1 mm are 0.9 mm.
    assert_eq!((size.xppu, size.yppu, size.unit), (10_000, 10_000, png::Unit::Meter));
}

#[test]
fn png_of_impossible_scale_is_refused() {
    let symbol = encode("1");
    for scale in [0, draw::MAX_PIXELS_PER_MODULE + 1, u32::MAX] {
        let error = draw::png(&symbol, scale).expect_err("a scale that is refused");
        assert!(matches!(error, DrawError::Scale { pixels_per_module } if pixels_per_module == scale));
    }
    assert_eq!(
        draw::png(&symbol, 0).expect_err("a scale that is refused").to_string(),
        "a module cannot be 0 pixels wide: it can be 1 to 64"
    );
    let largest = draw::png(&symbol, draw::MAX_PIXELS_PER_MODULE).expect("a picture");
    assert_eq!(picture_of_png(&largest).rows.len(), 29 * 64);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_drawing_of_a_card_number_is_read(number in "[0-9A-Z]{1,18}|[0-9]{1,18}") {
        let symbol = encode(&number);
        prop_assert_eq!(picture_of_svg(&draw::svg(&symbol, &number), 4).decode().text, &*number);
        prop_assert_eq!(picture_of_png(&draw::png(&symbol, 4)?).decode().text, &*number);
        for style in STYLES {
            for picture in pictures_of_terminal(&symbol, style) {
                prop_assert_eq!(picture.enlarged(4).decode().text, &*number);
            }
        }
    }

    #[test]
    fn any_label_is_well_formed(label in any::<String>()) {
        let svg = draw::svg(&encode("1"), &label);
        let parsed = usvg::roxmltree::Document::parse(&svg);
        prop_assert!(parsed.is_ok(), "{:?}", parsed.err());
    }
}
