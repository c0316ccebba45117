//! The decoder of QR codes for the camera at the door, in browsers that have none (Safari). `bin/qr` builds it into
//! `public/static/qr.wasm`, which `public/static/qr.js` uses. It has no bindings: the script calls these functions and
//! reads and writes the memory itself.

use rqrr::PreparedImage;
use std::cell::RefCell;

/// The picture that the script has written, and the text of the QR code in it.
#[derive(Default)]
struct Picture {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
    text: Vec<u8>,
}

thread_local! {
    static PICTURE: RefCell<Picture> = RefCell::default();
}

/// Makes room for a picture. Returns the address to which the script writes a byte for each pixel, row by row: 0 is
/// black and 255 is white.
#[unsafe(no_mangle)]
pub extern "C" fn picture(width: usize, height: usize) -> *mut u8 {
    PICTURE.with_borrow_mut(|picture| {
        (picture.width, picture.height) = (width, height);
        picture.pixels.resize(width.saturating_mul(height), 0);
        picture.pixels.as_mut_ptr()
    })
}

/// Decodes the picture. Returns the length of the text in bytes; 0 if there is no QR code that can be read.
#[unsafe(no_mangle)]
pub extern "C" fn decode() -> usize {
    PICTURE.with_borrow_mut(|picture| {
        picture.text = read(picture.width, picture.height, &picture.pixels).unwrap_or_default().into_bytes();
        picture.text.len()
    })
}

/// Returns the address of the text that was decoded, in UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn text() -> *const u8 {
    PICTURE.with_borrow(|picture| picture.text.as_ptr())
}

fn read(width: usize, height: usize, pixels: &[u8]) -> Option<String> {
    let pixel = |x: usize, y: usize| pixels.get(y * width + x).copied().unwrap_or(u8::MAX);
    let mut image = PreparedImage::prepare_from_greyscale(width, height, pixel);
    image.detect_grids().iter().find_map(|grid| grid.decode().ok()).map(|(_, text)| text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use qrcode::{Color, EcLevel, QrCode};

    #[test]
    fn the_code_of_a_ticket_is_read_from_a_grey_picture() {
        let pass = format!("ENCORE1.{}", "7VZBXYMKBE50CG9A".repeat(8));
        let code = QrCode::with_error_correction_level(&pass, EcLevel::M).expect("a code");
        let (modules, scale, edge) = (code.width(), 4, 20);
        let size = modules * scale + 2 * edge;
        let colors = code.to_colors();
        let is_dark = |x: usize, y: usize| {
            let module = |at: usize| at.checked_sub(edge).map(|at| at / scale).filter(|module| *module < modules);
            module(x).zip(module(y)).is_some_and(|(x, y)| colors[y * modules + x] == Color::Dark)
        };
        let pixels: Vec<u8> = (0..size * size).map(|at| if is_dark(at % size, at / size) { 40 } else { 200 }).collect();
        assert_eq!(read(size, size, &pixels), Some(pass));
        assert_eq!(read(size, size, &vec![200; size * size]), None);
    }
}
