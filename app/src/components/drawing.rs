//! Renders a seating plan as a picture, for staff who design a hall or are about to build one.

use crate::words::{Locale, td_string};
use encore::domain::points::grouped;
use encore::domain::seat::SeatKind;
use encore::domain::seating::{
    Area, Block, Category, Design, Position, ROW, SEAT, SeatingPlan, Spot, Zone, band_and_kind,
};
use html_escape::encode_double_quoted_attribute as escaped;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Returns the seating plan as an SVG picture, followed by a legend of its price bands and seat kinds with their
/// numbers of seats. The markup is assembled as text because a hall has thousands of seats. All seats of a category are
/// one path; each seat is a point of it, which the style sheet draws with a thick stroke.
pub fn svg(l: Locale, plan: &SeatingPlan) -> String {
    let mut html = String::new();
    // Writing to a string cannot fail.
    draw(&mut html, l, plan, None).unwrap_or_default();
    html
}

/// As [`svg`], with what `hall-editor.js` needs to know. Each block is a group with the values with which it was drawn,
/// each row of it has its own paths with the numbers of their seats, and seats that are left out are outlines. `plan`
/// and `focal` are what the design was drawn as.
pub fn editable_svg(l: Locale, design: &Design, plan: &SeatingPlan, focal: Position) -> String {
    let mut html = String::new();
    draw(&mut html, l, plan, Some((design, focal))).unwrap_or_default();
    html
}

fn draw(html: &mut String, l: Locale, plan: &SeatingPlan, edited: Option<(&Design, Position)>) -> std::fmt::Result {
    let seats = plan.seat_count() as i64;
    let label = td_string!(l, plan.picture, name = &plan.name, count = seats, number = grouped(seats));
    let blocks = edited.map(|(design, _)| EditedBlock::all(design, plan)).unwrap_or_default();
    let (low, high) = extent(plan, &blocks);
    let (width, height) = (high.x - low.x, high.y - low.y);
    let label = escaped(&label);
    write!(html, "<svg class=\"plan\" viewBox=\"{:.0} {:.0} {width:.0} {height:.0}\" role=\"img\"", low.x, low.y)?;
    if let Some((design, focal)) = edited {
        // The point from which the design measures: the middle of the edge of the stage.
        write!(
            html,
            " data-origin=\"{} {}\" data-units=\"{SEAT} {ROW}\"",
            focal.x,
            focal.y + design.focal_depth * ROW
        )?;
    }
    write!(html, " aria-label=\"{label}\">")?;
    for area in plan.backdrop().areas {
        draw_area(html, &area)?;
    }
    let mut legend = String::new();
    for category in &plan.categories {
        let look = Look::of(category);
        let (path, count) = seats_of(plan, &category.name);
        if count == 0 {
            continue;
        }
        let Look { band, kind, class, color } = &look;
        if edited.is_none() {
            write!(html, "<path class=\"{class}\" d=\"{path}\" stroke=\"{color}\"/>")?;
        }
        let name = match kind {
            SeatKind::Standard => (*band).to_owned(),
            kind => format!("{band}, {}", kind_name(l, *kind)),
        };
        let seats = td_string!(l, plan.seats, count = count, number = grouped(count));
        write!(
            legend,
            "<li><svg width=\"18\" height=\"18\" viewBox=\"0 0 24 24\" aria-hidden=\"true\"><path class=\"{class}\" \
             d=\"M12 12h0\" stroke=\"{color}\"/></svg>{}: {}</li>",
            html_escape::encode_text(&name),
            html_escape::encode_text(&seats),
        )?;
    }
    for (index, block) in blocks.iter().enumerate() {
        block.draw(html, index, plan)?;
    }
    let total = td_string!(l, plan.seats, count = seats, number = grouped(seats));
    write!(
        html,
        "</svg><ul class=\"plan-legend\"><li><strong>{}</strong></li>{legend}</ul>",
        html_escape::encode_text(&total)
    )
}

/// How the seats of a category look.
struct Look<'p> {
    band: &'p str,
    kind: SeatKind,
    class: String,
    color: Cow<'p, str>,
}

impl<'p> Look<'p> {
    fn of(category: &'p Category) -> Self {
        let (band, kind) = band_and_kind(&category.name);
        let color = escaped(category.color.as_deref().unwrap_or("#888888"));
        Self { band, kind, class: format!("plan-seats plan-{}", kind.as_str()), color }
    }
}

/// A block of a design, and what it was drawn as.
struct EditedBlock<'d> {
    block: &'d Block,
    zone: &'d Zone,
    rows: Vec<(String, Vec<Spot>)>,
}

impl<'d> EditedBlock<'d> {
    fn all(design: &'d Design, plan: &'d SeatingPlan) -> Vec<Self> {
        let known = |(block, zone): (&'d Block, &'d Zone)| Some(Self { block, zone, rows: block.spots().ok()? });
        design.blocks.iter().zip(&plan.zones).filter_map(known).collect()
    }

    /// The positions of the seats that are left out, in the plan.
    fn left_out(&self) -> impl Iterator<Item = Position> {
        let spots = self.rows.iter().flat_map(|(_, spots)| spots).filter(|spot| spot.kind.is_none());
        spots.map(move |spot| self.position(spot))
    }

    fn position(&self, spot: &Spot) -> Position {
        Position { x: self.zone.position.x + spot.at.x, y: self.zone.position.y + spot.at.y }
    }

    fn draw(&self, html: &mut String, index: usize, plan: &SeatingPlan) -> std::fmt::Result {
        let Block { x, y, angle, .. } = self.block;
        write!(html, "<g data-block=\"{index}\" data-x=\"{x}\" data-y=\"{y}\" data-angle=\"{angle}\">")?;
        for ((name, spots), row) in self.rows.iter().zip(&self.zone.rows) {
            // The seats of the row are its spots without those that are left out, in the same order.
            let mut seats = row.seats.iter();
            let mut paths: BTreeMap<Option<&str>, (String, Vec<String>)> = BTreeMap::new();
            for spot in spots {
                let seat = spot.kind.and_then(|_| seats.next());
                let (path, numbers) = paths.entry(seat.map(|seat| &*seat.category)).or_default();
                let (at, mark) = (self.position(spot), if seat.is_some() { "h0" } else { OUTLINE });
                write!(path, "M{:.0} {:.0}{mark}", at.x, at.y)?;
                numbers.push(spot.number.to_string());
            }
            for (category, (path, numbers)) in paths {
                let known = plan.categories.iter().find(|known| Some(&*known.name) == category).map(Look::of);
                let look = match known {
                    Some(Look { class, color, .. }) => format!("class=\"{class}\" stroke=\"{color}\""),
                    None => "class=\"plan-left-out\"".to_owned(),
                };
                let (name, numbers) = (escaped(name), numbers.join(" "));
                write!(html, "<path {look} data-row=\"{name}\" data-numbers=\"{numbers}\" d=\"{path}\"/>")?;
            }
        }
        write!(html, "</g>")
    }
}

/// The path of a circle around the current point.
const OUTLINE: &str = "m-8 0a8 8 0 1 0 16 0a8 8 0 1 0-16 0";

/// Returns the upper left and the lower right corner of the picture: those of the plan, further apart if seats that are
/// left out are outside it.
fn extent(plan: &SeatingPlan, blocks: &[EditedBlock<'_>]) -> (Position, Position) {
    let whole = (Position::default(), Position { x: plan.size.width, y: plan.size.height });
    blocks.iter().flat_map(EditedBlock::left_out).fold(whole, |(low, high), at| {
        let low = Position { x: low.x.min(at.x - SEAT), y: low.y.min(at.y - SEAT) };
        (low, Position { x: high.x.max(at.x + SEAT), y: high.y.max(at.y + SEAT) })
    })
}

/// Returns the seats of a category as points of an SVG path, and their number.
fn seats_of(plan: &SeatingPlan, category: &str) -> (String, i64) {
    let (mut path, mut count) = (String::new(), 0);
    for (zone, row) in plan.zones.iter().flat_map(|zone| zone.rows.iter().map(move |row| (zone, row))) {
        let origin = Position { x: zone.position.x + row.position.x, y: zone.position.y + row.position.y };
        for seat in row.seats.iter().filter(|seat| seat.category == category) {
            let (x, y) = (origin.x + seat.position.x, origin.y + seat.position.y);
            path.push_str(&format!("M{x:.0} {y:.0}h0"));
            count += 1;
        }
    }
    (path, count)
}

/// The name of a seat kind in the visitor's language.
pub fn kind_name(l: Locale, kind: SeatKind) -> &'static str {
    match kind {
        SeatKind::Standard => td_string!(l, plan.standard),
        SeatKind::Wheelchair => td_string!(l, plan.wheelchair),
        SeatKind::Companion => td_string!(l, plan.companion),
        SeatKind::Restricted => td_string!(l, plan.restricted),
    }
}

/// Appends an area of the plan, such as the stage or a wall, to `html` as SVG elements.
pub fn draw_area(html: &mut String, area: &Area) -> std::fmt::Result {
    let Position { x, y } = area.position;
    let turned =
        area.rotation.map(|degrees| format!(" transform=\"rotate({degrees:.1} {x:.0} {y:.0})\"")).unwrap_or_default();
    let fill = area.color.as_deref().unwrap_or("none");
    let edge = area.border_color.as_deref().unwrap_or("none");
    let look = format!(" fill=\"{}\" stroke=\"{}\"{turned}", escaped(fill), escaped(edge));
    if let Some(size) = area.rectangle {
        let (width, height) = (size.width, size.height);
        write!(html, "<rect x=\"{x:.0}\" y=\"{y:.0}\" width=\"{width:.0}\" height=\"{height:.0}\" rx=\"6\"{look}/>")?;
    }
    if let Some(circle) = area.circle {
        write!(html, "<circle cx=\"{x:.0}\" cy=\"{y:.0}\" r=\"{:.0}\"{look}/>", circle.radius)?;
    }
    if let Some(ellipse) = area.ellipse {
        let (rx, ry) = (ellipse.radius.x, ellipse.radius.y);
        write!(html, "<ellipse cx=\"{x:.0}\" cy=\"{y:.0}\" rx=\"{rx:.0}\" ry=\"{ry:.0}\"{look}/>")?;
    }
    if let Some(polygon) = &area.polygon {
        let points = polygon.points.iter().map(|point| format!("{:.0},{:.0}", x + point.x, y + point.y));
        write!(html, "<polygon points=\"{}\"{look}/>", points.collect::<Vec<_>>().join(" "))?;
    }
    if let Some(text) = &area.text {
        let (x, y) = (x + text.position.x, y + text.position.y);
        let (size, fill) = (text.size.unwrap_or(16).clamp(6, 200), text.color.as_deref().unwrap_or("#666666"));
        write!(
            html,
            "<text x=\"{x:.0}\" y=\"{y:.0}\" font-size=\"{size}\" fill=\"{}\" text-anchor=\"middle\" \
             dominant-baseline=\"central\">{}</text>",
            escaped(fill),
            html_escape::encode_text(&text.text)
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_a_drawing_are_escaped() {
        let json = r##"{"name": "<b>\"", "size": {"width": 100, "height": 100}, "categories": [
            {"name": "<i>A", "color": "red\" onload=\"x"}],
            "zones": [{"name": "Z", "position": {"x": 0, "y": 0}, "rows": [{"row_number": "1", "seats": [
                {"seat_guid": "a", "seat_number": "1", "position": {"x": 12.4, "y": 10}, "category": "<i>A"}]}],
            "areas": [{"color": "\"><script>", "rectangle": {"width": 5, "height": 5},
                "text": {"text": "</svg><script>", "position": {"x": 1, "y": 1}}}]}]}"##;
        let html = svg(Locale::en, &serde_json::from_str(json).expect("a plan"));
        assert!(!html.contains("<script") && !html.contains("<i>") && !html.contains("<b>"), "{html}");
        assert!(!html.contains("\" onload=\""), "{html}");
        assert!(html.contains("d=\"M12 10h0\""), "{html}");
    }

    #[test]
    fn the_picture_that_is_edited_names_blocks_rows_and_seats() {
        let kinds = "A 1: none; A 2: wheelchair".to_owned();
        let block = Block { name: "S".into(), rows: 1, seats: 4, seats_last: 4, x: 0.5, kinds, ..Block::default() };
        let (name, stage, blocks) = ("H".to_owned(), "T".to_owned(), vec![block]);
        let design = Design { name, stage, stage_width: 2.0, stage_depth: 1.0, focal_depth: 1.0, blocks };
        let (plan, focal) = design.draw().expect("drawn");
        let html = editable_svg(Locale::en, &design, &plan, focal);
        for part in [
            "<g data-block=\"0\" data-x=\"0.5\" data-y=\"2\" data-angle=\"0\">",
            "<path class=\"plan-left-out\" data-row=\"A\" data-numbers=\"1\"",
            "data-row=\"A\" data-numbers=\"2\"",
            "data-row=\"A\" data-numbers=\"3 4\"",
            "3 seats",
        ] {
            assert!(html.contains(part), "{part}: {html}");
        }
    }
}
