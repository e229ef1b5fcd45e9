//! The pictures of a pass: a card with its stripe, drawn by a formula in each size, so that no file of pictures is kept.

use super::PassError;

/// The pass's background and what is on it, as red, green and blue.
pub(super) const BACKGROUND: [u8; 3] = [16, 92, 76];
pub(super) const FOREGROUND: [u8; 3] = [255, 255, 255];

/// Samples of each pixel in each direction, for smooth edges.
const SAMPLES: u16 = 4;

/// Shown in notifications and mails: on the pass's colour. `size` in pixels, square.
pub(super) fn icon(size: u16) -> Result<Vec<u8>, PassError> {
    draw(size, |x, y| if on_card(x, y) { opaque(FOREGROUND) } else { opaque(BACKGROUND) })
}

/// Shown on the pass itself, so nothing is behind the card. `size` in pixels, square.
pub(super) fn logo(size: u16) -> Result<Vec<u8>, PassError> {
    draw(size, |x, y| if on_card(x, y) { opaque(FOREGROUND) } else { [0.0; 4] })
}

/// `COLOUR` as the CSS that Apple takes.
pub(super) fn css([red, green, blue]: [u8; 3]) -> String {
    format!("rgb({red}, {green}, {blue})")
}

fn opaque([red, green, blue]: [u8; 3]) -> [f32; 4] {
    [f32::from(red), f32::from(green), f32::from(blue), 255.0]
}

/// Whether a point (0 to 1 in both directions) is on the card: a rectangle with round corners, without its stripe.
fn on_card(x: f32, y: f32) -> bool {
    const HALF: (f32, f32) = (0.36, 0.25);
    const RADIUS: f32 = 0.07;
    let (dx, dy) = ((x - 0.5).abs() - HALF.0 + RADIUS, (y - 0.5).abs() - HALF.1 + RADIUS);
    let outside = dx.max(0.0).hypot(dy.max(0.0)) + dx.max(dy).min(0.0);
    outside <= RADIUS && !(0.38..0.5).contains(&y)
}

fn draw(size: u16, at: impl Fn(f32, f32) -> [f32; 4]) -> Result<Vec<u8>, PassError> {
    let samples = SAMPLES * size;
    let position = |index: u16| (f32::from(index) + 0.5) / f32::from(samples);
    let mut pixels = Vec::with_capacity(usize::from(size) * usize::from(size) * 4);
    for y in 0..size {
        for x in 0..size {
            let mut sum = [0.0; 4];
            for (down, right) in (0..SAMPLES).flat_map(|down| (0..SAMPLES).map(move |right| (down, right))) {
                let colour = at(position(x * SAMPLES + right), position(y * SAMPLES + down));
                // What is not there has no colour to mix in.
                let weight = colour[3] / 255.0;
                for (sum, part) in sum.iter_mut().zip(colour) {
                    *sum += part * weight;
                }
            }
            let there = (sum[3] / 255.0).max(f32::MIN_POSITIVE);
            let parts = [sum[0] / there, sum[1] / there, sum[2] / there, sum[3] / f32::from(SAMPLES * SAMPLES)];
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "rounded, 0 to 255")]
            pixels.extend(parts.map(|part| part.round().clamp(0.0, 255.0) as u8));
        }
    }
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, size.into(), size.into());
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&pixels)?;
    writer.finish()?;
    Ok(file)
}
