//! Drawn posters as pictures (JPEG), for social networks, which do not show SVG.

use super::picture::{self, POSTER};
use crate::components::poster_art::{Art, Mark, Point, Shape, WIDTH};
use axum::body::Bytes;
use encore::{Denied, Fault};
use image::{Rgb, RgbImage};
use moka::sync::Cache;
use std::ops::Range;

/// A cache of drawn posters, by their tags. Its total size is limited.
#[derive(Debug, Clone)]
pub struct DrawnPosters(Cache<String, Bytes>);

impl Default for DrawnPosters {
    fn default() -> Self {
        let weigh = |_: &String, picture: &Bytes| u32::try_from(picture.len()).unwrap_or(u32::MAX);
        Self(Cache::builder().weigher(weigh).max_capacity(Self::BYTES).build())
    }
}

impl DrawnPosters {
    /// The most memory that the pictures may take together, in bytes: enough for a few hundred.
    const BYTES: u64 = 16 << 20;

    /// Returns the picture with this tag: from the cache, or drawn on a thread that may block. Each is drawn once, even
    /// if many ask for it at the same time.
    ///
    /// # Errors
    /// A fault if it cannot be encoded.
    pub async fn of(&self, tag: String, art: Art) -> Result<Bytes, Denied> {
        let kept = self.0.clone();
        let draw = move || kept.try_get_with(tag, || picture::encoded(&rasterised(&art)).map(Bytes::from));
        let drawn = tokio::task::spawn_blocking(draw).await;
        let drawn = drawn.map_err(|_| Fault::Broken("drawing a poster panicked"))?;
        Ok(drawn.map_err(|_| Fault::Broken("a drawn poster cannot be encoded"))?)
    }
}

/// Draws a poster in the size of an uploaded one.
fn rasterised(art: &Art) -> RgbImage {
    let scale = f64::from(POSTER.0) / WIDTH;
    let [top, bottom] = art.ground.map(channels);
    let mut picture =
        RgbImage::from_fn(POSTER.0, POSTER.1, |_, y| Rgb(mixed(top, bottom, f64::from(y) / f64::from(POSTER.1))));
    for Mark { shape, color, opacity } in &art.marks {
        let [(left, top), (right, bottom)] = bounds(shape);
        let pixels = |low: f64, high: f64, most: u32| -> Range<u32> {
            // A conversion of a negative number yields 0.
            (low * scale).floor() as u32..((high * scale).ceil() as u32).min(most)
        };
        for y in pixels(top, bottom, POSTER.1) {
            for x in pixels(left, right, POSTER.0) {
                let center = ((f64::from(x) + 0.5) / scale, (f64::from(y) + 0.5) / scale);
                // How much of the pixel the shape covers, so that its edge is smooth.
                let covered = (0.5 - distance(shape, center) * scale).clamp(0.0, 1.0);
                if covered > 0.0 {
                    let Rgb(pixel) = picture.get_pixel_mut(x, y);
                    *pixel = mixed(*pixel, channels(*color), covered * opacity);
                }
            }
        }
    }
    picture
}

/// The red, green and blue of a colour.
const fn channels(color: u32) -> [u8; 3] {
    let [_, red, green, blue] = color.to_be_bytes();
    [red, green, blue]
}

fn mixed(from: [u8; 3], to: [u8; 3], share: f64) -> [u8; 3] {
    std::array::from_fn(|i| (f64::from(from[i]) * (1.0 - share) + f64::from(to[i]) * share).round() as u8)
}

/// Two corners of a rectangle around a shape, with a margin for smooth edges: the upper left and the lower right.
fn bounds(shape: &Shape) -> [Point; 2] {
    let (points, margin): (&[Point], f64) = match shape {
        Shape::Disc { center, radius } => (std::slice::from_ref(center), *radius),
        Shape::Ring { center, radius, width } => (std::slice::from_ref(center), radius + width / 2.0),
        Shape::Line { points, width } => (points.as_slice(), width / 2.0),
        Shape::Area { corners } => (corners.as_slice(), 0.0),
    };
    let extent = |of: fn(&Point) -> f64| {
        let low = points.iter().map(of).fold(f64::INFINITY, f64::min);
        let high = points.iter().map(of).fold(f64::NEG_INFINITY, f64::max);
        (low - margin - 1.0, high + margin + 1.0)
    };
    let ((left, right), (top, bottom)) = (extent(|at| at.0), extent(|at| at.1));
    [(left, top), (right, bottom)]
}

/// The distance from a point to the edge of a shape; negative inside of it.
fn distance(shape: &Shape, at: Point) -> f64 {
    match shape {
        Shape::Disc { center, radius } => apart(at, *center) - radius,
        Shape::Ring { center, radius, width } => (apart(at, *center) - radius).abs() - width / 2.0,
        Shape::Line { points, width } => {
            let segments = points.windows(2).map(|ends| to_segment(at, ends[0], ends[1]));
            segments.fold(f64::INFINITY, f64::min) - width / 2.0
        }
        Shape::Area { corners } => {
            let ends = || corners.iter().zip(corners.iter().cycle().skip(1));
            let edge = ends().map(|(from, to)| to_segment(at, *from, *to)).fold(f64::INFINITY, f64::min);
            // A point is inside if a line from it to the right crosses an odd number of edges.
            let crosses = |(from, to): &(&Point, &Point)| {
                (from.1 > at.1) != (to.1 > at.1) && at.0 < from.0 + (to.0 - from.0) * (at.1 - from.1) / (to.1 - from.1)
            };
            if ends().filter(crosses).count() % 2 == 1 { -edge } else { edge }
        }
    }
}

fn apart(a: Point, b: Point) -> f64 {
    (a.0 - b.0).hypot(a.1 - b.1)
}

/// The distance from a point to a straight line between two points.
fn to_segment(at: Point, from: Point, to: Point) -> f64 {
    let (x, y) = (to.0 - from.0, to.1 - from.1);
    let length = x * x + y * y;
    let along = if length > 0.0 { ((at.0 - from.0) * x + (at.1 - from.1) * y) / length } else { 0.0 };
    let along = along.clamp(0.0, 1.0);
    apart(at, (from.0 + along * x, from.1 + along * y))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shape_covers_what_is_inside_of_it() {
        let center = (10.0, 10.0);
        let square = vec![(0.0, 0.0), (20.0, 0.0), (20.0, 20.0), (0.0, 20.0)];
        for (shape, at, expected) in [
            (Shape::Disc { center, radius: 5.0 }, (13.0, 14.0), 0.0),
            (Shape::Disc { center, radius: 5.0 }, center, -5.0),
            (Shape::Ring { center, radius: 5.0, width: 2.0 }, (10.0, 15.0), -1.0),
            (Shape::Ring { center, radius: 5.0, width: 2.0 }, center, 4.0),
            (Shape::Line { points: vec![(0.0, 0.0), (10.0, 0.0), center], width: 2.0 }, (12.0, 5.0), 1.0),
            (Shape::Area { corners: square.clone() }, (4.0, 10.0), -4.0),
            (Shape::Area { corners: square.clone() }, (-3.0, 10.0), 3.0),
            (Shape::Area { corners: square }, (23.0, 24.0), 5.0),
        ] {
            assert!((distance(&shape, at) - expected).abs() < 1e-9, "{shape:?} at {at:?}");
        }
    }

    #[test]
    fn a_mark_is_drawn_over_the_ground_and_beyond_the_edge_nothing_is() {
        let shape = Shape::Disc { center: (0.0, 0.0), radius: 10.0 };
        let marks = vec![Mark { shape, color: 0xff8000, opacity: 0.5 }];
        let picture = rasterised(&Art { ground: [0, 0], marks });
        assert_eq!(picture.dimensions(), POSTER);
        assert_eq!((picture.get_pixel(5, 5).0, picture.get_pixel(100, 100).0), ([128, 64, 0], [0, 0, 0]));
    }
}
