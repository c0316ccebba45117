//! The picture of a hall: one SVG in which all seats that look the same are one path, so that a hall of a thousand
//! seats has some twenty elements. Each seat is a point of its path, which the style sheet draws with a thick stroke.

use super::drawing::draw_area;
use crate::words::{Locale, td_string};
use encore::domain::Seat;
use encore::domain::hall::{HallPlan, Section, rows};
use encore::domain::seating::{Area, Position, Size, Text};
use html_escape::{encode_double_quoted_attribute, encode_text};
use std::fmt::Write;
use std::ops::Range;

/// The drawing of a hall, or of one section of a large hall, without the seats.
#[derive(Debug)]
pub struct SectionDrawing {
    /// The `viewBox` of the SVG: left, top, width and height in units of the plan.
    pub view_box: String,
    /// The width in units of the plan.
    pub width: u32,
    /// What is behind the seats: the stage, the sections with their names, the names of the rows.
    pub background: String,
    /// The position of each seat in units of the plan, in the order of the plan.
    pub positions: Vec<(i32, i32)>,
    /// The ids of the same seats, each as its distance from the one before it (mostly 1), with a space after each.
    pub ids: String,
}

/// The free space to the left of, to the right of and below the seats, in units of the plan.
const MARGIN: f64 = 36.0;
/// The free space above the seats, in units of the plan. The name of a section is written there.
const ABOVE: f64 = 64.0;

/// How many colours there are for price bands. Further bands use the same colours again.
const BAND_COLOURS: usize = 6;

/// The number of a price band's colour in the style sheet (`data-colour`).
pub const fn band_colour(band: usize) -> usize {
    band % BAND_COLOURS
}

/// Draws the sections with these numbers: all sections of a hall, or one section of a large hall.
pub fn draw_sections(l: Locale, plan: &HallPlan, numbers: Range<usize>) -> SectionDrawing {
    let sections = plan.sections().get(numbers.clone()).unwrap_or_default();
    let areas = areas(l, plan);
    let frame = if sections.len() == plan.sections().len() {
        whole(plan, &areas)
    } else {
        Frame::around(sections.iter().flat_map(|section| seats_of(plan, section)).map(at))
    };
    let (width, height) = frame.size();
    let (mut background, mut positions) = (String::new(), vec![]);
    // Writing to a string cannot fail.
    draw(&mut background, &mut positions, plan, &areas, numbers.zip(sections)).unwrap_or_default();
    let (mut ids, mut last) = (String::new(), 0);
    for seat in sections.iter().flat_map(|section| seats_of(plan, section)) {
        ids.push_str(&format!("{} ", seat.id.0 - last));
        last = seat.id.0;
    }
    SectionDrawing {
        view_box: format!("{:.0} {:.0} {width:.0} {height:.0}", frame.left, frame.top),
        width: width as u32,
        background,
        positions,
        ids,
    }
}

fn draw<'p>(
    picture: &mut String,
    positions: &mut Vec<(i32, i32)>,
    plan: &HallPlan,
    areas: &[Area],
    sections: impl Iterator<Item = (usize, &'p Section)>,
) -> std::fmt::Result {
    for area in areas {
        draw_area(picture, area)?;
    }
    for (number, section) in sections {
        let seats = seats_of(plan, section);
        write!(picture, "<path class=\"map-section\" d=\"{}\"/>", outline(seats))?;
        let (x, y) = section_name(seats);
        let name = encode_text(&section.name);
        write!(picture, "<text class=\"map-name\" id=\"section-{number}\" x=\"{x:.0}\" y=\"{y:.0}\">{name}</text>")?;
        for row in rows(seats) {
            let ((x, y), name) = (row_name(row), row.first().map_or("", |seat| &*seat.row));
            write!(picture, "<text class=\"map-row\" x=\"{x:.0}\" y=\"{y:.0}\">{}</text>", encode_text(name))?;
            positions.extend(row.iter().map(at).map(|(x, y)| (x.round() as i32, y.round() as i32)));
        }
    }
    Ok(())
}

/// Appends a seat at a position to the data of a path: a line of no length, which round line caps show as a point.
pub fn add_point(path: &mut String, (x, y): (i32, i32)) {
    // Writing to a string cannot fail.
    write!(path, "M{x} {y}h0").unwrap_or_default();
}

/// The sections of a large hall as a picture.
#[derive(Debug)]
pub struct Overview {
    /// The beginning of the SVG, with everything except the sections.
    head: String,
    /// The outline and name of each section, as SVG.
    sections: Vec<String>,
}

impl Overview {
    /// Draws all sections of a hall.
    pub fn of(l: Locale, plan: &HallPlan) -> Self {
        let areas = areas(l, plan);
        let frame = whole(plan, &areas);
        let (width, height) = frame.size();
        let size = width / 36.0;
        let mut head = format!(
            "<svg class=\"map-picture overview\" viewBox=\"{:.0} {:.0} {width:.0} {height:.0}\" aria-hidden=\"true\">",
            frame.left, frame.top
        );
        // Writing to a string cannot fail.
        areas.iter().try_for_each(|area| draw_area(&mut head, area)).unwrap_or_default();
        let drawn = |section: &Section| {
            let seats = seats_of(plan, section);
            let own = Frame::around(seats.iter().map(at));
            let (x, y) = (own.left.midpoint(own.right), (own.top + ABOVE).midpoint(own.bottom - MARGIN));
            format!(
                "<path class=\"map-section\" data-colour=\"{}\" d=\"{}\"/><text x=\"{x:.0}\" y=\"{y:.0}\" font-size=\"{size:.0}\" \
                 text-anchor=\"middle\" dominant-baseline=\"central\">{}</text>",
                band_colour(plan.band_of(section.seats.start)),
                outline(seats),
                encode_text(&section.name),
            )
        };
        Self { head, sections: plan.sections().iter().map(drawn).collect() }
    }

    /// Returns the picture as SVG. Each section is a link to `to(number)`, and the one with the number `open` is
    /// highlighted.
    pub fn linked(&self, open: usize, to: impl Fn(usize) -> String) -> String {
        let mut html = self.head.clone();
        for (number, section) in self.sections.iter().enumerate() {
            let to = to(number);
            let to = encode_double_quoted_attribute(&to);
            let class = if number == open { " class=\"map-open\"" } else { "" };
            html.push_str(&format!("<a href=\"{to}\" tabindex=\"-1\"{class}>{section}</a>"));
        }
        html + "</svg>"
    }

    /// The size of its text in memory, in bytes.
    pub fn size(&self) -> usize {
        self.head.len() + self.sections.iter().map(String::len).sum::<usize>()
    }
}

/// The areas that are drawn besides the seats: those of the plan's backdrop or, if it has none, a stage at the focal
/// point.
fn areas(l: Locale, plan: &HallPlan) -> Vec<Area> {
    if let Some(drawn) = plan.backdrop() {
        return drawn.areas.clone();
    }
    let (x, y) = plan.focal();
    let (x, y, size) = (x as f64 / 10.0, y as f64 / 10.0, Size { width: 240.0, height: 36.0 });
    let text = Text {
        text: td_string!(l, seats.stage).to_owned(),
        color: None,
        size: Some(18),
        position: Position { x: size.width / 2.0, y: size.height / 2.0 },
    };
    let position = Position { x: x - size.width / 2.0, y: y - size.height / 2.0 };
    vec![Area { position, rectangle: Some(size), text: Some(text), ..Area::default() }]
}

/// The frame around a whole hall: all seats, and the backdrop or the stage.
fn whole(plan: &HallPlan, areas: &[Area]) -> Frame {
    let seats = Frame::around(plan.seats().iter().map(at));
    match plan.backdrop() {
        Some(drawn) => seats.with(0.0, 0.0).with(drawn.size.width, drawn.size.height),
        None => areas.iter().fold(seats, |frame, Area { position: at, rectangle, .. }| {
            let size = rectangle.unwrap_or(Size { width: 0.0, height: 0.0 });
            frame.with(at.x, at.y).with(at.x + size.width, at.y + size.height)
        }),
    }
}

fn seats_of<'p>(plan: &'p HallPlan, section: &Section) -> &'p [Seat] {
    plan.seats().get(section.seats.clone()).unwrap_or_default()
}

/// The position of a seat in units of the plan. `seat.at` is in tenths of a unit.
fn at(seat: &Seat) -> (f64, f64) {
    (seat.at.0 as f64 / 10.0, seat.at.1 as f64 / 10.0)
}

/// The position of a section's name: 32 units above the middle of its front row.
fn section_name(seats: &[Seat]) -> (f64, f64) {
    let front = rows(seats).next().unwrap_or_default();
    let middle = [front.get((front.len().max(1) - 1) / 2), front.get(front.len() / 2)];
    let [Some((left, one)), Some((right, other))] = middle.map(|seat| seat.map(at)) else { return (0.0, 0.0) };
    (left.midpoint(right), one.midpoint(other) - 32.0)
}

/// The position of a row's name: 22 units from the first seat, on the side away from the second seat. If the row has
/// only one seat, its name is to the left of it.
fn row_name(row: &[Seat]) -> (f64, f64) {
    let Some((x, y)) = row.first().map(at) else { return (0.0, 0.0) };
    let (right, down) = row.get(1).map(at).map_or((1.0, 0.0), |next| (next.0 - x, next.1 - y));
    let apart = right.hypot(down).max(1.0);
    (x - 22.0 * right / apart, y - 22.0 * down / apart)
}

/// The outline of a section as the data of an SVG path: along the front row, down the last seats of the rows behind it,
/// back along the last row, and up the first seats of the rows.
fn outline(seats: &[Seat]) -> String {
    let rows: Vec<_> = rows(seats).collect();
    let front = rows.first().into_iter().flat_map(|row| row.iter());
    let down = rows.iter().skip(1).filter_map(|row| row.last());
    let back = rows.last().into_iter().flat_map(|row| row.iter().rev());
    let up = rows.iter().rev().filter_map(|row| row.first());
    let points = front.chain(down).chain(back).chain(up).map(at);
    let mut path = String::new();
    for (x, y) in points {
        path.push_str(&format!("{}{x:.0} {y:.0}", if path.is_empty() { 'M' } else { 'L' }));
    }
    path + "Z"
}

/// A rectangle of the plan, in units of the plan.
#[derive(Debug, Clone, Copy)]
struct Frame {
    left: f64,
    top: f64,
    right: f64,
    bottom: f64,
}

impl Frame {
    /// The frame around seats at these positions, with the margins. Without any seats it is one unit wide and high.
    fn around(seats: impl Iterator<Item = (f64, f64)>) -> Self {
        let nothing = Self { left: f64::MAX, top: f64::MAX, right: f64::MIN, bottom: f64::MIN };
        let tight = seats.fold(nothing, |frame, (x, y)| frame.with(x, y));
        if tight.left > tight.right {
            return Self { left: 0.0, top: 0.0, right: 1.0, bottom: 1.0 };
        }
        let (left, right) = (tight.left - MARGIN, tight.right + MARGIN);
        Self { left, right, top: tight.top - ABOVE, bottom: tight.bottom + MARGIN }
    }

    /// The frame, extended to contain this point.
    fn with(self, x: f64, y: f64) -> Self {
        Self { left: self.left.min(x), top: self.top.min(y), right: self.right.max(x), bottom: self.bottom.max(y) }
    }

    fn size(self) -> (f64, f64) {
        (self.right - self.left, self.bottom - self.top)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use encore::domain::{SeatId, SeatKind};

    fn plan() -> HallPlan {
        let seat = |id: i64, section: &str, row: &str, x: i64, y: i64| Seat {
            id: SeatId(id),
            section: section.into(),
            row: row.into(),
            number: id.into(),
            position: id,
            price: 1,
            category: "A".into(),
            kind: SeatKind::Standard,
            at: (x * 10, y * 10),
        };
        HallPlan::new(vec![
            seat(7, "<A>", "A", 100, 100),
            seat(8, "<A>", "A", 124, 100),
            seat(9, "<A>", "B", 112, 128),
            seat(10, "B", "A", 300, 100),
        ])
    }

    #[test]
    fn the_drawing_of_a_section_has_its_seats_and_rows_and_a_frame_around_them() {
        let part = draw_sections(Locale::en, &plan(), 0..1);
        // 36 units are free to the left, 64 above.
        assert_eq!((&*part.view_box, part.width), ("64 36 96 128", 96));
        assert_eq!(part.positions, [(100, 100), (124, 100), (112, 128)], "no seat of another section");
        for drawn in [
            "d=\"M100 100L124 100L112 128L112 128L112 128L100 100Z\"",
            "id=\"section-0\" x=\"112\" y=\"68\">&lt;A&gt;<",
            "x=\"78\" y=\"100\">A<",
        ] {
            assert!(part.background.contains(drawn), "{drawn} in {}", part.background);
        }
        let whole = draw_sections(Locale::en, &plan(), 0..2);
        assert!(whole.positions.last() == Some(&(300, 100)) && whole.background.contains(">Stage<"), "{whole:?}");
    }

    #[test]
    fn names_are_escaped() {
        let html = Overview::of(Locale::en, &plan()).linked(0, |_| "/?section=\"<A>".into());
        assert!(!html.contains("<A>") && !html.contains("=\"\"<"), "{html}");
        assert!(html.contains("&lt;A&gt;"), "{html}");
    }
}
