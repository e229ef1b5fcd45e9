//! The decoders in Rust. They are not told what kind of code a picture has. Must not know what ought to be in it.

use rxing::helpers::detect_in_luma;

use crate::scene::Picture;

/// QR only.
pub(crate) fn rqrr(picture: &Picture) -> Option<String> {
    let width = picture.width as usize;
    let (wide, high) = (width, picture.height as usize);
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(wide, high, |x, y| picture.grey[y * width + x]);
    image.detect_grids().iter().find_map(|grid| grid.decode().ok()).map(|(_, text)| text)
}

/// A port of `ZXing` and of zxing-cpp.
pub(crate) fn rxing(picture: &Picture) -> Option<String> {
    let found = detect_in_luma(picture.grey.clone(), picture.width, picture.height, None).ok()?;
    let zero = if *found.getBarcodeFormat() == rxing::BarcodeFormat::UPC_A { "0" } else { "" };
    Some(format!("{zero}{}", found.getText()))
}
