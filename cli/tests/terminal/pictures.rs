//! The card in each form that the program prints, read back by a decoder that is not ours.

use resvg::{tiny_skia, usvg};

use crate::stage::{Phone, Run, Sandbox};

/// Reads the one code in a picture; `dark` says which pixels are black.
fn decode(width: usize, height: usize, dark: impl Fn(usize, usize) -> bool) -> String {
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| if dark(x, y) { 0 } else { 255 });
    let codes = image.detect_grids();
    assert_eq!(codes.len(), 1, "one code in the picture");
    codes[0].decode().expect("a code that can be read").1
}

fn decode_svg(svg: &str) -> String {
    let tree = usvg::Tree::from_str(svg, &usvg::Options::default()).expect("an SVG document");
    let mut pixels = tiny_skia::Pixmap::new(400, 400).expect("a picture");
    let scale = tiny_skia::Transform::from_scale(400.0 / tree.size().width(), 400.0 / tree.size().height());
    resvg::render(&tree, scale, &mut pixels.as_mut());
    let pixel = |x: usize, y: usize| pixels.pixels()[y * 400 + x];
    decode(400, 400, |x, y| pixel(x, y).alpha() == 255 && pixel(x, y).red() < 128)
}

fn decode_png(bytes: &[u8]) -> String {
    let mut decoder = png::Decoder::new(std::io::Cursor::new(bytes));
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().expect("a PNG header");
    let mut pixels = vec![0; reader.output_buffer_size().expect("a size")];
    let frame = reader.next_frame(&mut pixels).expect("pixels");
    assert_eq!(frame.color_type, png::ColorType::Grayscale);
    let (width, height) = (frame.width as usize, frame.height as usize);
    decode(width, height, |x, y| pixels[y * width + x] < 128)
}

/// What is seen of half blocks, where ink is dark or light on the opposite.
fn decode_drawing(text: &str, ink_is_dark: bool) -> String {
    let blocks = |line: &&str| line.chars().count() >= 29 && line.chars().all(|c| " ▀▄█".contains(c));
    let plain = text.replace("\u{1b}[38;5;16;48;5;231m", "").replace("\u{1b}[0m", "");
    let lines: Vec<Vec<char>> = plain.lines().filter(blocks).map(|line| line.chars().collect()).collect();
    assert_eq!(lines.len(), 15, "{text}");
    let ink = |x: usize, y: usize| match lines[y / 2][x] {
        '█' => true,
        '▀' => y.is_multiple_of(2),
        '▄' => !y.is_multiple_of(2),
        _ => false,
    };
    decode(29 * 8, 30 * 8, |x, y| ink(x / 8, y / 8) == ink_is_dark)
}

#[test]
fn the_card_can_be_read_in_every_form() {
    let sandbox = Sandbox::start();
    let phone = Phone::new(&sandbox.url);
    phone.join(&sandbox);
    let number = phone.number();

    assert_eq!(decode_svg(phone.run(&["card", "--svg", "-"]).done().text()), number);
    assert_eq!(decode_png(&phone.run(&["card", "--png", "-"]).done().stdout), number);
    let [svg, png] = ["card.svg", "card.png"].map(|name| phone.folder.path().join(name));
    phone.run(&["card", "--svg", svg.to_str().expect("a path")]).done();
    assert_eq!(decode_svg(&std::fs::read_to_string(svg).expect("a picture")), number);
    for scale in ["4", "7"] {
        // Over the earlier one.
        phone.run(&["card", "--scale", scale, "--png", png.to_str().expect("a path")]).done();
        assert_eq!(decode_png(&std::fs::read(&png).expect("a picture")), number);
    }

    for (ink, ink_is_dark) in [("auto", true), ("colour", true), ("dark", true), ("light", false)] {
        let drawn = phone.run(&["card", "--ink", ink]).done();
        assert_eq!(decode_drawing(drawn.text(), ink_is_dark), number, "{ink}");
    }
    let rows = phone.json(&["card"])["card"]["rows"].clone();
    let rows: Vec<String> = serde_json::from_value(rows).expect("rows of 0 and 1");
    let module = |x: usize, y: usize| {
        let inside = |at: usize| (at / 8).checked_sub(4);
        inside(y).and_then(|y| rows.get(y)?.as_bytes().get(inside(x)?)) == Some(&b'1')
    };
    assert_eq!(decode(29 * 8, 29 * 8, module), number);
}

/// Tried out in another symbology: drawn, and the till reads the picture, whatever it is.
#[test]
fn the_till_reads_a_card_of_every_symbology_that_holds_it() {
    let sandbox = Sandbox::start();
    let phone = Phone::new(&sandbox.url);
    phone.join(&sandbox);
    let (picture, tills) = (phone.folder.path().join("card.png"), sandbox.tills());
    let (picture, tills) = (picture.to_str().expect("a path"), tills.to_str().expect("a path"));
    for name in ["qr", "code128", "pdf417", "aztec", "data-matrix"] {
        phone.run(&["card", "--symbology", name, "--png", picture]).done();
        let verdict = phone.json(&["till", "verify", "--picture", picture, "--credentials", tills]);
        assert_eq!(verdict["verdict"]["member"]["first_name"], "Ada", "{name}: {verdict}");
        assert_eq!(phone.json(&["card", "--symbology", name])["card"]["symbology"], name);
        let mut card = phone.command(["card", "--symbology", name]);
        card.env("COLUMNS", "200");
        assert!(Run::of(card, "").done().text().contains('█'), "{name}");
    }
    phone.run(&["card", "--symbology", "ean13"]).failed(1, "the content has 16 digits: an EAN-13 has 13");
    phone.run(&["card", "--symbology", "maxicode"]).failed(2, "there is no such symbology; there are: qr, code128");
}

#[test]
fn a_terminal_that_is_too_narrow_gets_the_number() {
    let sandbox = Sandbox::start();
    let phone = Phone::new(&sandbox.url);
    phone.join(&sandbox);
    let number = phone.json(&["card"])["card"]["number"].clone();
    let number = number.as_str().expect("a number");
    for (columns, drawn) in [("28", false), ("29", true), ("40", true), ("120", true)] {
        let mut card = phone.command(["card"]);
        card.env("COLUMNS", columns);
        let shown = Run::of(card, "").done();
        assert_eq!(shown.text().contains('█'), drawn, "{columns} columns");
        assert!(shown.text().contains(number), "{columns} columns");
        assert_eq!(shown.text().contains("too narrow"), !drawn, "{columns} columns");
    }
}

#[test]
fn a_voucher_can_be_read_too() {
    let sandbox = Sandbox::start();
    let phone = Phone::new(&sandbox.url);
    phone.join(&sandbox);
    let claimed = phone.json(&["claim", "coffee"]);
    let drawn = phone.run(&["vouchers", "--draw"]).done();
    let shifted: Vec<_> = drawn.text().lines().map(|line| line.strip_prefix("  ").unwrap_or(line)).collect();
    assert_eq!(decode_drawing(&shifted.join("\n"), true), claimed["voucher"]["code"].as_str().expect("a code"));
}
