//! Renders a seating plan as a picture, for staff who design a hall or are about to build one.

use crate::words::{Locale, td_string};
use encore::domain::points::grouped;
use encore::domain::seat::SeatKind;
use encore::domain::seating::{Area, Position, SeatingPlan, band_and_kind};
use html_escape::encode_double_quoted_attribute as escaped;
use std::fmt::Write;

/// Returns the seating plan as an SVG picture, followed by a legend of its price bands and seat kinds with their
/// numbers of seats. The markup is assembled as text because a hall has thousands of seats. All seats of a category are
/// one path; each seat is a point of it, which the style sheet draws with a thick stroke.
pub fn svg(l: Locale, plan: &SeatingPlan) -> String {
    let mut html = String::new();
    // Writing to a string cannot fail.
    draw(&mut html, l, plan).unwrap_or_default();
    html
}

fn draw(html: &mut String, l: Locale, plan: &SeatingPlan) -> std::fmt::Result {
    let seats = plan.seat_count() as i64;
    let label = td_string!(l, plan.picture, name = &plan.name, count = seats, number = grouped(seats));
    let (width, height) = (plan.size.width, plan.size.height);
    let label = escaped(&label);
    write!(html, "<svg class=\"plan\" viewBox=\"0 0 {width:.0} {height:.0}\" role=\"img\" aria-label=\"{label}\">")?;
    for area in plan.backdrop().areas {
        draw_area(html, &area)?;
    }
    let mut legend = String::new();
    for category in &plan.categories {
        let (path, count) = seats_of(plan, &category.name);
        if count == 0 {
            continue;
        }
        let color = escaped(category.color.as_deref().unwrap_or("#888888"));
        let (band, kind) = band_and_kind(&category.name);
        let class = format!("plan-seats plan-{}", kind.as_str());
        write!(html, "<path class=\"{class}\" d=\"{path}\" stroke=\"{color}\"/>")?;
        let name = match kind {
            SeatKind::Standard => band.to_owned(),
            kind => format!("{band}, {}", kind_name(l, kind)),
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
    let total = td_string!(l, plan.seats, count = seats, number = grouped(seats));
    write!(
        html,
        "</svg><ul class=\"plan-legend\"><li><strong>{}</strong></li>{legend}</ul>",
        html_escape::encode_text(&total)
    )
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
}
