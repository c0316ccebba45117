//! The drawn poster of a concert without an uploaded one. The performer decides the composition and the colours, so
//! that posters differ as bands do; the title decides the details.

/// The size of a drawing.
pub const WIDTH: f64 = 320.0;
pub const HEIGHT: f64 = 240.0;

/// Part of the address of a drawn poster. It must change whenever a change of this file changes the pictures, because
/// browsers cache them forever.
const EDITION: u32 = 1;

/// A position, from the left and from the top.
pub type Point = (f64, f64);

#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    Disc {
        center: Point,
        radius: f64,
    },
    /// A circle that is drawn with a pen of this width.
    Ring {
        center: Point,
        radius: f64,
        width: f64,
    },
    /// Lines from each point to the next, with round ends and corners.
    Line {
        points: Vec<Point>,
        width: f64,
    },
    /// A filled polygon.
    Area {
        corners: Vec<Point>,
    },
}

/// A shape with its colour, as `0xrrggbb`, and its opacity.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    pub shape: Shape,
    pub color: u32,
    pub opacity: f64,
}

impl Mark {
    fn faint(self, opacity: f64) -> Self {
        Self { opacity, ..self }
    }
}

/// A picture: a ground that changes from one colour at the top to another at the bottom, and the marks on it, each over
/// those before it.
#[derive(Debug, Clone, PartialEq)]
pub struct Art {
    pub ground: [u32; 2],
    pub marks: Vec<Mark>,
}

/// Two colours of the ground, the darker first, and three that stand out on both. Since a drawing brings its own
/// ground, it looks the same on light and dark pages.
type Palette = [u32; 5];

const PALETTES: [Palette; 8] = [
    [0x1b1436, 0x4a2580, 0xff7a59, 0xffd166, 0xf4ecff],
    [0x06262b, 0x0f5a5c, 0x5ee6c5, 0xffb347, 0xe8fff7],
    [0x0b1533, 0x1f44a0, 0x66b8ff, 0xff6f91, 0xf3f7ff],
    [0x2b0a1f, 0x7d1d46, 0xff8fab, 0xffc857, 0xfff0f3],
    [0x0f2417, 0x2c6440, 0xb6e35e, 0xff9f6e, 0xf6ffe6],
    [0x2a1038, 0x94305f, 0xff9a3c, 0x8be0ff, 0xfff3e0],
    [0x171c26, 0x3d5068, 0xd9f24f, 0xff7f6a, 0xf2f6fa],
    [0x7a1f2b, 0xe4572e, 0xffc24b, 0x2a1e5c, 0xfff4d6],
];

const COMPOSITIONS: [fn(&mut Dice, Palette) -> Vec<Mark>; 8] =
    [hills, bars, record, stage, tiles, orbits, rays, staves];

impl Art {
    pub fn of(title: &str, performer: &str) -> Self {
        let mut dice = Dice::of(performer);
        let (compose, palette) = (dice.pick(&COMPOSITIONS), dice.pick(&PALETTES));
        let [dark, ground, ..] = palette;
        Self { ground: [dark, ground], marks: compose(&mut Dice::of(&key(title, performer)), palette) }
    }

    /// The content of an `svg` element. `id` must be unique on the page.
    pub fn svg(&self, id: &str) -> String {
        let [top, bottom] = self.ground;
        let marks: String = self.marks.iter().map(Mark::svg).collect();
        format!(
            "<defs><linearGradient id=\"{id}\" x2=\"0\" y2=\"1\"><stop stop-color=\"#{top:06x}\"/>\
            <stop offset=\"1\" stop-color=\"#{bottom:06x}\"/></linearGradient></defs>\
            <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"url(#{id})\"/>{marks}"
        )
    }
}

impl Mark {
    fn svg(&self) -> String {
        let Self { shape, color, opacity } = self;
        let list = |points: &[Point]| points.iter().map(|(x, y)| format!("{x:.1},{y:.1} ")).collect::<String>();
        let fill = format!("fill=\"#{color:06x}\" opacity=\"{opacity:.2}\"");
        let pen = |width: &f64| {
            format!(
                "fill=\"none\" stroke=\"#{color:06x}\" stroke-width=\"{width:.1}\" stroke-linecap=\"round\" \
                stroke-linejoin=\"round\" opacity=\"{opacity:.2}\""
            )
        };
        match shape {
            Shape::Disc { center: (x, y), radius } => {
                format!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius:.1}\" {fill}/>")
            }
            Shape::Ring { center: (x, y), radius, width } => {
                format!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius:.1}\" {}/>", pen(width))
            }
            Shape::Line { points, width } => format!("<polyline points=\"{}\" {}/>", list(points), pen(width)),
            Shape::Area { corners } => format!("<polygon points=\"{}\" {fill}/>", list(corners)),
        }
    }
}

/// The tag of a drawn poster, for its address. It begins with [`DRAWN`].
pub fn tag(title: &str, performer: &str) -> String {
    format!("{DRAWN}{EDITION}-{:016x}", Dice::of(&key(title, performer)).0)
}

/// The beginning of the tag of every drawn poster. The tags of uploaded posters are hexadecimal.
pub const DRAWN: &str = "drawn-";

fn key(title: &str, performer: &str) -> String {
    format!("{performer}\n{title}")
}

/// A source of pseudo-random numbers that depend only on a text.
struct Dice(u64);

impl Dice {
    /// Begins with the FNV-1a hash of `text`.
    fn of(text: &str) -> Self {
        let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        Self(text.bytes().fold(0xcbf2_9ce4_8422_2325, step))
    }

    /// A whole number from 0 to `count` - 1.
    fn below(&mut self, count: usize) -> usize {
        self.0 = (self.0 ^ (self.0 >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9).rotate_left(17);
        (self.0 >> 33) as usize % count.max(1)
    }

    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.below(1_001) as f64 / 1_000.0
    }

    fn pick<T: Copy, const N: usize>(&mut self, from: &[T; N]) -> T {
        from[self.below(N)]
    }
}

const fn disc(x: f64, y: f64, radius: f64, color: u32) -> Mark {
    Mark { shape: Shape::Disc { center: (x, y), radius }, color, opacity: 1.0 }
}

const fn ring(x: f64, y: f64, radius: f64, width: f64, color: u32) -> Mark {
    Mark { shape: Shape::Ring { center: (x, y), radius, width }, color, opacity: 1.0 }
}

fn line(points: impl Into<Vec<Point>>, width: f64, color: u32) -> Mark {
    Mark { shape: Shape::Line { points: points.into(), width }, color, opacity: 1.0 }
}

fn area(corners: impl Into<Vec<Point>>, color: u32) -> Mark {
    Mark { shape: Shape::Area { corners: corners.into() }, color, opacity: 1.0 }
}

/// The point at a distance from a centre, in a direction that is given in whole turns, clockwise from the right.
fn around((x, y): Point, radius: f64, turns: f64) -> Point {
    let (sin, cos) = (turns * std::f64::consts::TAU).sin_cos();
    (x + radius * cos, y + radius * sin)
}

/// The corners of a slice of a disc.
fn slice(center: Point, radius: f64, from: f64, to: f64) -> Vec<Point> {
    let edge = (0..=12_u32).map(|step| around(center, radius, from + (to - from) * f64::from(step) / 12.0));
    std::iter::once(center).chain(edge).collect()
}

/// A low sun behind mountains.
fn hills(dice: &mut Dice, [dark, ground, main, accent, _]: Palette) -> Vec<Mark> {
    let (x, y) = (dice.between(80.0, 240.0), dice.between(70.0, 105.0));
    let halo = |n: f64| ring(x, y, 50.0 + 22.0 * n, 1.5, accent).faint(0.5 - 0.1 * n);
    let mut marks: Vec<Mark> = [1.0, 2.0, 3.0, 4.0].map(halo).into();
    marks.push(disc(x, y, 46.0, accent));
    for (base, color, opacity) in [(150.0, main, 0.55), (174.0, main, 0.85), (198.0, ground, 1.0), (222.0, dark, 1.0)] {
        let mut ridge = vec![(0.0, HEIGHT)];
        ridge.extend((0..=8).map(|step: u32| (40.0 * f64::from(step), base - dice.between(0.0, 44.0))));
        ridge.push((WIDTH, HEIGHT));
        marks.push(area(ridge, color).faint(opacity));
    }
    marks
}

/// The bars of a sound.
fn bars(dice: &mut Dice, [_, _, main, accent, pale]: Palette) -> Vec<Mark> {
    let phase = dice.between(0.0, 1.0);
    let bar = |n: u32| {
        let swell = 0.35 + 0.65 * ((f64::from(n) / 23.0 + phase) * std::f64::consts::TAU).sin().abs();
        let (x, half) = (28.0 + 12.0 * f64::from(n), 6.0 + swell * dice.between(30.0, 84.0));
        line([(x, 120.0 - half), (x, 120.0 + half)], 7.0, dice.pick(&[main, main, accent, pale]))
    };
    (0..23).map(bar).collect()
}

/// A record on its player.
fn record(dice: &mut Dice, [dark, _, main, accent, pale]: Palette) -> Vec<Mark> {
    let (x, y) = (dice.between(112.0, 150.0), 122.0);
    let (light, needle) = (dice.between(0.0, 0.5), dice.between(-0.04, 0.08));
    let mut marks = vec![disc(x, y, 104.0, dark)];
    marks.extend((0..7).map(|n: u32| ring(x, y, 100.0 - 8.0 * f64::from(n), 1.0, pale).faint(0.28)));
    marks.extend([light, light + 0.5].map(|at| area(slice((x, y), 100.0, at, at + 0.07), pale).faint(0.14)));
    marks.extend([disc(x, y, 40.0, main), ring(x, y, 31.0, 2.0, accent), disc(x, y, 6.0, dark)]);
    let (foot, tip) = ((294.0, 26.0), around((x, y), 70.0, needle));
    marks.push(line([foot, (298.0, 128.0), tip], 5.0, pale));
    marks.extend([disc(foot.0, foot.1, 13.0, accent), disc(tip.0, tip.1, 7.0, accent)]);
    marks
}

/// Spotlights over a crowd.
fn stage(dice: &mut Dice, [dark, _, main, accent, pale]: Palette) -> Vec<Mark> {
    let mut marks = vec![];
    for (x, color) in [(30.0, main), (95.0, accent), (160.0, pale), (225.0, main), (290.0, accent)] {
        let (aim, reach) = (dice.between(20.0, 300.0), dice.between(34.0, 58.0));
        let beam = [(x - 3.0, 0.0), (x + 3.0, 0.0), (aim + reach, 202.0), (aim - reach, 202.0)];
        marks.push(area(beam, color).faint(0.38));
    }
    marks.push(area([(0.0, 200.0), (WIDTH, 200.0), (WIDTH, HEIGHT), (0.0, HEIGHT)], dark));
    let mut x = dice.between(-8.0, 8.0);
    while x < WIDTH + 10.0 {
        let y = dice.between(190.0, 202.0);
        marks.push(disc(x, y, 11.0, dark));
        if dice.below(3) == 0 {
            let hand = (x + 9.0 + dice.between(-5.0, 9.0), y - 24.0);
            marks.push(line([(x + 9.0, y + 10.0), hand], 5.0, dark));
        }
        x += dice.between(24.0, 31.0);
    }
    marks
}

/// Tiles with simple forms.
fn tiles(dice: &mut Dice, [dark, ground, main, accent, pale]: Palette) -> Vec<Mark> {
    let mut marks = vec![];
    for n in 0..12_u32 {
        let (x, y) = (80.0 * f64::from(n % 4), 80.0 * f64::from(n / 4));
        let corners = [(x, y), (x + 80.0, y), (x + 80.0, y + 80.0), (x, y + 80.0)];
        let (back, ink) = dice.pick(&[(ground, main), (main, dark), (accent, dark), (dark, pale)]);
        marks.push(area(corners, back));
        let turn = dice.below(4);
        match dice.below(5) {
            0 => marks.push(disc(x + 40.0, y + 40.0, 28.0, ink)),
            1 => {
                let from = turn as f64 / 4.0;
                marks.push(area(slice(corners[turn], 80.0, from, from + 0.25), ink));
            }
            2 => marks.extend([ring(x + 40.0, y + 40.0, 24.0, 9.0, ink), disc(x + 40.0, y + 40.0, 8.0, ink)]),
            3 => marks.push(area([corners[turn], corners[(turn + 1) % 4], corners[(turn + 3) % 4]], ink)),
            _ => marks.extend((1..=4).map(|n: u32| {
                let x = x + 16.0 * f64::from(n);
                line([(x, y + 16.0), (x, y + 64.0)], 6.0, ink)
            })),
        }
    }
    marks
}

/// Planets around a sun.
fn orbits(dice: &mut Dice, [dark, _, main, accent, pale]: Palette) -> Vec<Mark> {
    let (x, y) = (dice.between(110.0, 210.0), dice.between(95.0, 145.0));
    let mut marks = vec![];
    for _ in 0..30 {
        let at = (dice.between(0.0, WIDTH), dice.between(0.0, HEIGHT));
        marks.push(disc(at.0, at.1, dice.between(0.6, 1.8), pale).faint(0.8));
    }
    marks.push(disc(x, y, 26.0, accent));
    for (radius, color) in [(48.0, main), (76.0, pale), (104.0, accent), (132.0, main), (160.0, pale)] {
        let (planet, size) = (around((x, y), radius, dice.between(0.0, 1.0)), dice.between(6.0, 15.0));
        marks.push(ring(x, y, radius, 1.5, pale).faint(0.45));
        marks.push(disc(planet.0, planet.1, size, color));
        marks.push(disc(planet.0 + 0.35 * size, planet.1 + 0.3 * size, 0.55 * size, dark).faint(0.22));
    }
    marks
}

/// Rays from a rising sun.
fn rays(dice: &mut Dice, [dark, _, main, accent, pale]: Palette) -> Vec<Mark> {
    let (x, y) = (dice.between(110.0, 210.0), 214.0);
    let turn = 0.5 + dice.between(0.0, 0.04);
    let ray = |n: u32| {
        let from = turn + f64::from(n) / 22.0;
        let [left, right] = [from, from + 1.0 / 44.0].map(|at| around((x, y), 420.0, at));
        area([(x, y), left, right], if n.is_multiple_of(2) { main } else { accent }).faint(0.75)
    };
    let discs = [(92.0, dark), (76.0, accent), (54.0, dark), (38.0, main), (16.0, pale)];
    (0..11).map(ray).chain(discs.map(|(radius, color)| disc(x, y, radius, color))).collect()
}

/// A waving stave with notes.
fn staves(dice: &mut Dice, [_, _, main, accent, pale]: Palette) -> Vec<Mark> {
    let (phase, lift) = (dice.between(0.0, 1.0), dice.between(22.0, 38.0));
    let height = |x: f64, stave: u32| {
        let wave = |waves: f64| ((x / WIDTH * waves + phase) * std::f64::consts::TAU).sin();
        78.0 + lift * wave(0.9) + f64::from(stave) * (22.0 + 6.0 * wave(0.5))
    };
    let stave = |stave: u32| {
        let points = (0..=20).map(|step: u32| 16.0 * f64::from(step)).map(|x| (x, height(x, stave)));
        line(points.collect::<Vec<_>>(), 2.5, pale)
    };
    let mut marks: Vec<Mark> = (0..5).map(stave).collect();
    for (at, color) in [(34.0, main), (84.0, accent), (134.0, main), (184.0, accent), (234.0, main), (284.0, accent)] {
        let (x, stave) = (at + dice.between(-10.0, 10.0), dice.pick(&[0, 1, 2, 3, 4]));
        // The stem of a low note goes up on its right, the stem of a high note down on its left.
        let (y, side) = (height(x, stave), if stave >= 2 { 1.0 } else { -1.0 });
        let (stem, end) = (x + 9.0 * side, y - 48.0 * side);
        marks.extend([disc(x, y, 11.0, color), line([(stem, y), (stem, end)], 4.0, color)]);
        if dice.below(2) == 0 {
            marks.push(line([(stem, end), (stem + 16.0, end + 12.0 * side)], 4.0, color));
        }
    }
    marks
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn the_performer_decides_the_composition_and_the_title_its_details() {
        let performers = (0..200).map(|number| format!("Band {number}"));
        let seen: HashSet<(usize, usize)> = performers
            .map(|performer| {
                let mut dice = Dice::of(&performer);
                (dice.below(COMPOSITIONS.len()), dice.below(PALETTES.len()))
            })
            .collect();
        let compositions: HashSet<usize> = seen.iter().map(|(composition, _)| *composition).collect();
        assert_eq!(compositions.len(), COMPOSITIONS.len(), "every composition is used");
        assert!(seen.len() > 50, "and in many colours: {}", seen.len());
        let art = Art::of("Winter Light", "The Glass Orchestra");
        assert_eq!(art, Art::of("Winter Light", "The Glass Orchestra"));
        let other = Art::of("Summer Light", "The Glass Orchestra");
        assert!(art.ground == other.ground && art.marks != other.marks);
        assert_ne!(tag("Winter Light", "The Glass Orchestra"), tag("Summer Light", "The Glass Orchestra"));
    }
}
