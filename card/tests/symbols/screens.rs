//! How large a symbol is drawn on a screen: whole pixels, within what a till reads, or not at all.

use member_card::draw::{Screen, ScreenDrawing, on_screen};
use member_card::symbol::{QuietZone, Symbology};
use proptest::prelude::*;

fn screen(pixels_per_inch: f64, width_pixels: u32, height_pixels: u32) -> Screen {
    Screen { pixels_per_inch, width_pixels, height_pixels }
}

/// A square symbol in a square.
fn square(modules: u32, density: f64, room: u32) -> Option<ScreenDrawing> {
    on_screen(Symbology::Qr, modules, modules, screen(density, room, room))
}

/// Modules of the symbol, density, room: whole pixels for each module, or nothing.
#[test]
fn a_screen_gives_each_module_whole_pixels_near_nine_tenths_of_a_millimetre() {
    let pixels = |modules, density, room| square(modules, density, room).map(|drawing| drawing.module_pixels);
    // 1-H and 6-M, 49 modules wide with the quiet zone, on phones from coarse to fine.
    for (density, expected) in [(160.0, 6), (240.0, 9), (326.0, 12), (420.0, 15), (460.0, 16), (560.0, 20)] {
        assert_eq!(pixels(21, density, 10_000), Some(expected), "{density}");
        assert_eq!(pixels(41, density, 10_000), Some(expected), "{density}");
    }
    let drawing = square(41, 420.0, 1080).expect("room enough");
    assert_eq!((drawing.module_pixels, drawing.width_pixels, drawing.height_pixels), (15, 735, 735));
    assert_eq!((drawing.row_pixels, drawing.left_pixels, drawing.top_pixels), (15, 60, 60));
    // 44 mm, as a card is wide.
    assert!((f64::from(drawing.width_pixels) / 420.0 * 25.4 - 44.0).abs() < 0.5);
    // Less room: smaller, as long as a till reads it.
    assert_eq!(pixels(41, 420.0, 735), Some(15));
    assert_eq!(pixels(41, 420.0, 734), Some(14));
    assert_eq!(pixels(41, 420.0, 343), Some(7));
    assert_eq!(pixels(41, 420.0, 342), None);
    // As little height as width counts.
    assert_eq!(on_screen(Symbology::Qr, 41, 41, screen(420.0, 1080, 342)), None);
    // A television of 20 pixels an inch: one pixel is too large a module.
    assert_eq!(pixels(21, 20.0, 10_000), None);
    for no_density in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert_eq!(pixels(21, no_density, 10_000), None, "{no_density}");
    }
    assert_eq!(pixels(0, 420.0, 1080), None);
    assert_eq!(pixels(u32::MAX, 420.0, u32::MAX), None);
    for symbology in Symbology::ALL {
        assert_eq!(on_screen(symbology, 95, u32::MAX, screen(420.0, u32::MAX, u32::MAX)), None, "{symbology:?}");
        assert_eq!(on_screen(symbology, 95, 0, screen(420.0, 1080, 1080)), None, "{symbology:?}");
    }
}

#[test]
fn bars_are_as_tall_as_there_is_room_but_never_too_short() {
    let ean = |width, height| on_screen(Symbology::Ean13, 95, 1, screen(420.0, width, height));
    // 8 pixels are 0.48 mm, nearest to 0.495; 113 of them with the quiet zones of 11 and 7 modules.
    let drawing = ean(1080, 2000).expect("room enough");
    assert_eq!((drawing.module_pixels, drawing.left_pixels, drawing.width_pixels), (8, 88, 904));
    assert_eq!((drawing.row_pixels, drawing.height_pixels, drawing.top_pixels), (8 * 69, 8 * 69, 0));
    // Less height: shorter bars of the same width, down to 15 % of their length, which here is more than 10 mm.
    let drawing = ean(1080, 200).expect("room enough");
    assert_eq!((drawing.module_pixels, drawing.row_pixels, drawing.height_pixels), (8, 200, 200));
    assert_eq!(ean(1080, 166).map(|drawing| drawing.module_pixels), Some(8));
    assert_eq!(ean(1080, 165), None);
    // Less width: 0.302 mm is enough, 0.242 mm is not.
    assert_eq!(ean(113 * 5, 2000).map(|drawing| drawing.module_pixels), Some(5));
    assert_eq!(ean(113 * 5 - 1, 2000), None);
    // A long Code 128 is taller by its own rule.
    assert_eq!((Symbology::Code128.row_height(123), Symbology::Code128.row_height(563)), (50, 85));
    // Rows of PDF417 are three modules tall.
    let drawing = on_screen(Symbology::Pdf417, 120, 8, screen(460.0, 1200, 1200)).expect("room enough");
    assert_eq!((drawing.row_pixels, drawing.module_pixels), (27, 9));
    assert_eq!((drawing.width_pixels, drawing.height_pixels), (9 * 124, 9 * 28));
}

proptest! {
    #[test]
    fn a_drawing_on_a_screen_is_readable_fits_and_is_the_nearest(
        symbology in prop::sample::select(&Symbology::ALL), modules in 21_u32..=177, density in 1.0..2000.0,
        width in 0_u32..5000, height in 0_u32..5000,
    ) {
        let rows = match symbology {
            Symbology::Code128 | Symbology::Ean13 => 1,
            Symbology::Pdf417 => modules / 10 + 1,
            _ => modules,
        };
        let (readable, wanted) = match symbology {
            Symbology::Qr | Symbology::Aztec | Symbology::DataMatrix => (0.396..=0.990, 0.9),
            _ => (0.264..=0.660, 0.495),
        };
        let QuietZone { left, right, vertical } = symbology.quiet_zone();
        let mm = |pixels: u32| f64::from(pixels) / density * 25.4;
        // The least height that is allowed.
        let least = |pixels: u32| match rows {
            1 => 10.0_f64.max(0.15 * mm(pixels * modules)) - 1e-9,
            _ => mm(pixels * (rows * symbology.row_height(modules) + 2 * vertical)) - 1e-9,
        };
        let allowed = |pixels: u32| {
            readable.contains(&mm(pixels)) && pixels * (left + modules + right) <= width && least(pixels) <= mm(height)
        };
        match on_screen(symbology, modules, rows, screen(density, width, height)) {
            Some(drawing) => {
                prop_assert!(allowed(drawing.module_pixels));
                prop_assert_eq!(drawing.width_pixels, drawing.module_pixels * (left + modules + right));
                prop_assert_eq!(drawing.height_pixels, drawing.row_pixels * rows + 2 * drawing.top_pixels);
                prop_assert!(drawing.height_pixels <= height);
                for other in (1..100).filter(|pixels| allowed(*pixels)) {
                    // The last digit of a float is not what is tested.
                    prop_assert!((mm(other) - wanted).abs() >= (drawing.module_mm - wanted).abs() - 1e-9);
                }
            }
            None => prop_assert!(!(1..100).any(allowed)),
        }
    }
}
