//! Uploaded pictures: checked, cropped to the size of a poster and encoded again, so that no file is served as it was
//! uploaded.

use axum::body::Bytes;
use encore::domain::{Field, Refusal};
use encore::{Denied, Fault};
use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::{ImageFormat, ImageReader, ImageResult, Limits, RgbImage};
use std::io::Cursor;
use tokio::sync::Semaphore;

/// The largest file that is accepted for a poster, in bytes.
pub const POSTER_BYTES: usize = 8 << 20;
/// The width and height of a poster, in pixels: 4 to 3.
pub const POSTER: (u32, u32) = (960, 720);
/// The accepted lengths of a side of an uploaded picture, in pixels.
const SIDES: std::ops::RangeInclusive<u32> = 300..=10_000;
/// The most pixels of an uploaded picture: those of the largest pictures that phones take.
const PIXELS: u64 = 50_000_000;
/// The most memory that decoding a picture may take, in bytes: four for each pixel.
const MEMORY: u64 = 4 * PIXELS;
/// One picture is decoded at a time, and further ones wait: each takes up to [`MEMORY`], and resizing it half as much.
static DECODING: Semaphore = Semaphore::const_new(1);
/// The quality of the JPEG, out of 100.
const QUALITY: u8 = 82;

/// Makes a poster (JPEG) from an uploaded file, on a thread that may block.
///
/// # Errors
/// Returns [`Refusal::Invalid`] if the file is not a JPEG, PNG or WebP, or if its picture is too small or too large.
pub async fn poster(file: Bytes) -> Result<Vec<u8>, Denied> {
    let turn = DECODING.acquire().await.map_err(|_| Fault::Broken("no picture can be decoded"))?;
    // The turn ends with the work, even if the request no longer waits for it.
    let encode = move || {
        let _turn = turn;
        encode(&file)
    };
    let encoded = tokio::task::spawn_blocking(encode).await;
    Ok(encoded.map_err(|_| Fault::Broken("a picture panicked"))??)
}

fn encode(file: &[u8]) -> Result<Vec<u8>, Refusal> {
    let wrong = || Refusal::invalid(Field::Poster);
    let reader = || {
        let mut reader = ImageReader::new(Cursor::new(file)).with_guessed_format().ok()?;
        let mut limits = Limits::default();
        limits.max_alloc = Some(MEMORY);
        reader.limits(limits);
        reader.format().filter(|format| matches!(format, ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::WebP))?;
        Some(reader)
    };
    // The size is checked before the picture is decoded.
    let (width, height) = reader().and_then(|reader| reader.into_dimensions().ok()).ok_or_else(wrong)?;
    let is_too_large = u64::from(width) * u64::from(height) > PIXELS;
    if !SIDES.contains(&width) || !SIDES.contains(&height) || is_too_large {
        return Err(wrong());
    }
    let picture = reader().and_then(|reader| reader.decode().ok()).ok_or_else(wrong)?;
    let picture = picture.resize_to_fill(POSTER.0, POSTER.1, FilterType::CatmullRom).into_rgb8();
    encoded(&picture).map_err(|_| wrong())
}

/// Encodes a picture as JPEG.
///
/// # Errors
/// What the encoder reports.
pub fn encoded(picture: &RgbImage) -> ImageResult<Vec<u8>> {
    let mut encoded = vec![];
    JpegEncoder::new_with_quality(&mut encoded, QUALITY).encode_image(picture)?;
    Ok(encoded)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
        let mut file = Cursor::new(vec![]);
        RgbImage::new(width, height).write_to(&mut file, format).expect("encodes");
        file.into_inner()
    }

    #[test]
    fn a_picture_is_cropped_to_the_poster_size_and_encoded_again() {
        for (width, height, format) in
            [(1200, 400, ImageFormat::Png), (300, 900, ImageFormat::Jpeg), (960, 720, ImageFormat::WebP)]
        {
            let encoded = encode(&picture(width, height, format)).expect("a picture");
            let read = image::load_from_memory_with_format(&encoded, ImageFormat::Jpeg).expect("a JPEG");
            assert_eq!((read.width(), read.height()), POSTER, "{format:?}");
        }
    }

    #[test]
    fn a_file_that_is_no_picture_or_too_small_is_refused() {
        let mut cut_short = picture(400, 400, ImageFormat::Png);
        cut_short.truncate(60);
        let svg = br#"<svg xmlns="http://www.w3.org/2000/svg" width="400" height="400"><script/></svg>"#.to_vec();
        let small = picture(299, 400, ImageFormat::Png);
        // A header of a PNG (its first two chunks) that announces far more pixels than the file has.
        let mut bomb = picture(400, 400, ImageFormat::Png);
        let crc = |bytes: &[u8]| {
            let step = |sum: u32, byte: &u8| {
                (0..8).fold(sum ^ u32::from(*byte), |sum, _| (sum >> 1) ^ (0xEDB8_8320 & (sum & 1).wrapping_neg()))
            };
            !bytes.iter().fold(u32::MAX, step)
        };
        bomb[16..20].copy_from_slice(&9_999_u32.to_be_bytes());
        bomb[20..24].copy_from_slice(&9_999_u32.to_be_bytes());
        let sum = crc(&bomb[12..29]);
        bomb[29..33].copy_from_slice(&sum.to_be_bytes());
        for wrong in [bomb, cut_short, svg, small, b"GIF89a".to_vec(), vec![]] {
            assert_eq!(encode(&wrong), Err(Refusal::invalid(Field::Poster)));
        }
    }
}
