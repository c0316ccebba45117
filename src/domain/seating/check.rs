//! The check of a seating plan before seats are sold from it, and the faults that it finds.

use super::{MAX_SEATS, PlanSeat, Position, Row, SeatingPlan, Zone, band_and_kind};
use crate::domain::seat::SeatNumber;
use crate::domain::text::is_name;
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};

/// The longest name of a plan, a zone or a category, in characters.
pub(super) const MAX_NAME: usize = 60;
/// The longest label of a row, a seat or an area, and the longest id, in characters.
const MAX_LABEL: usize = 200;
/// The longest name of a row, in characters.
const MAX_ROW: usize = 40;
/// The most seats of one row. Which of them are neighbours takes time that grows with the square of their number.
const MAX_ROW_SEATS: usize = 1_000;
/// The most categories of a plan.
pub const MAX_CATEGORIES: usize = 200;
/// The most zones of a plan.
pub const MAX_ZONES: usize = 1_000;
/// The most areas of a plan, counting each point of a polygon as one.
pub const MAX_SHAPES: usize = 5_000;
/// The largest coordinate, in the plan's unit, in any direction.
const FURTHEST: f64 = 100_000.0;
/// Two seats overlap if the distance of their centres is smaller than this, in the plan's unit. A seat is 20 units
/// wide.
const NEAREST: f64 = 8.0;

/// Where in a plan a fault is: in a seat, in a row, in a zone, or (if all are `None`) in the plan as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PlanPlace {
    pub zone: Option<Box<str>>,
    pub row: Option<Box<str>>,
    pub seat: Option<Box<str>>,
}

/// What is wrong with a plan, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanError {
    pub place: PlanPlace,
    pub fault: PlanFault,
}

impl PlanPlace {
    /// Returns the error for a `fault` at this place.
    pub fn with(self, fault: PlanFault) -> PlanError {
        PlanError { place: self, fault }
    }

    /// The plan as a whole.
    pub const WHOLE: Self = Self { zone: None, row: None, seat: None };

    /// Returns the place of a zone.
    pub fn zone(name: &str) -> Self {
        Self { zone: Some(name.into()), ..Self::default() }
    }

    fn row(zone: &str, row: &str) -> Self {
        Self { row: Some(row.into()), ..Self::zone(zone) }
    }

    fn seat(zone: &str, row: &str, seat: &str) -> Self {
        Self { seat: Some(seat.into()), ..Self::row(zone, row) }
    }
}

/// What is wrong with a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum PlanFault {
    /// The file is not JSON, or not in the format of a seating plan. `reason` is the message of the parser.
    Unreadable {
        line: usize,
        column: usize,
        reason: String,
    },
    /// A name is empty, too long or has control characters.
    Name {
        given: String,
    },
    /// Two zones, or two rows of one zone, have the same name.
    DuplicateName {
        name: String,
    },
    NoSeats,
    TooManySeats {
        limit: usize,
    },
    /// The plan has more categories, zones or shapes than can be drawn: see [`MAX_CATEGORIES`], [`MAX_ZONES`] and
    /// [`MAX_SHAPES`].
    TooDetailed,
    /// A seat's number is not a [`SeatNumber`].
    Number {
        given: String,
    },
    /// Two seats of one row have the same number.
    TwoOfANumber {
        number: String,
    },
    /// The guid of a seat is empty, or another seat has the same.
    Guid {
        guid: String,
    },
    /// The seat's category is not in the plan's list of categories.
    UnknownCategory {
        category: String,
    },
    /// A text where a colour should be is neither empty, nor `#` with hexadecimal digits, nor a name with or without numbers
    /// in brackets.
    Color {
        given: String,
    },
    /// A position or a size is not a finite number, or is out of range.
    Position,
    /// The seat overlaps another seat.
    Overlap {
        with: Box<PlanPlace>,
    },
    /// Part of the description of a block (its row names, price bands, kinds of seats or labels) cannot be parsed, or
    /// names a row or seats that do not exist.
    Description {
        given: String,
    },
    /// A measure of a block or of the stage is outside its allowed range.
    Measure {
        given: String,
    },
}

/// Checks that a name [`is_name`].
pub(super) fn named(place: &PlanPlace, name: &str, longest: usize) -> Result<(), PlanError> {
    if is_name(name, longest) { Ok(()) } else { Err(place.clone().with(PlanFault::Name { given: name.to_owned() })) }
}

/// Checks a plan. Returns the first fault because of which no seats can be sold from it.
pub(super) fn check(plan: &SeatingPlan) -> Result<(), PlanError> {
    named(&PlanPlace::WHOLE, &plan.name, MAX_NAME)?;
    match plan.seat_count() {
        0 => return Err(PlanPlace::WHOLE.with(PlanFault::NoSeats)),
        count if count > MAX_SEATS => return Err(PlanPlace::WHOLE.with(PlanFault::TooManySeats { limit: MAX_SEATS })),
        _ => {}
    }
    let areas = plan.zones.iter().flat_map(|zone| &zone.areas);
    let shapes = areas.map(|area| 1 + area.polygon.as_ref().map_or(0, |polygon| polygon.points.len())).sum::<usize>();
    if plan.categories.len() > MAX_CATEGORIES || plan.zones.len() > MAX_ZONES || shapes > MAX_SHAPES {
        return Err(PlanPlace::WHOLE.with(PlanFault::TooDetailed));
    }
    let drawable = |size: f64| (1.0..=FURTHEST).contains(&size);
    if !drawable(plan.size.width) || !drawable(plan.size.height) {
        return Err(PlanPlace::WHOLE.with(PlanFault::Position));
    }
    for zone in &plan.zones {
        let within = |at: Position| at.x.abs() <= FURTHEST && at.y.abs() <= FURTHEST;
        let mut extents = zone.areas.iter().flat_map(|area| {
            let rectangle = area.rectangle.map(|size| Position { x: size.width, y: size.height });
            let circle = area.circle.map(|circle| Position { x: circle.radius, y: circle.radius });
            let text = area.text.as_ref().map(|text| text.position);
            let points = area.polygon.iter().flat_map(|polygon| polygon.points.iter().copied());
            let turned = area.rotation.map(|degrees| Position { x: degrees, y: 0.0 });
            let all =
                [Some(area.position), rectangle, circle, area.ellipse.map(|ellipse| ellipse.radius), text, turned];
            all.into_iter().flatten().chain(points)
        });
        if !within(zone.position) || !extents.all(within) {
            return Err(PlanPlace::zone(&zone.name).with(PlanFault::Position));
        }
    }
    labelled(plan)?;
    let mut categories = HashSet::new();
    for category in &plan.categories {
        named(&PlanPlace::WHOLE, &category.name, MAX_NAME)?;
        categories.insert(&*category.name);
    }

    let (mut zones, mut guids) = (HashSet::new(), HashSet::new());
    for zone in plan.zones.iter().filter(|zone| zone.rows.iter().any(|row| !row.seats.is_empty())) {
        let here = PlanPlace::zone(&zone.name);
        named(&here, &zone.name, MAX_NAME)?;
        if !zones.insert(&*zone.name) {
            return Err(here.with(PlanFault::DuplicateName { name: zone.name.clone() }));
        }
        let mut rows = HashSet::new();
        for row in &zone.rows {
            let here = PlanPlace::row(&zone.name, &row.row_number);
            named(&here, &row.row_number, MAX_ROW)?;
            if row.seats.len() > MAX_ROW_SEATS {
                return Err(here.with(PlanFault::TooManySeats { limit: MAX_ROW_SEATS }));
            }
            if !rows.insert(&*row.row_number) {
                return Err(here.with(PlanFault::DuplicateName { name: row.row_number.clone() }));
            }
            let mut numbers = HashSet::new();
            for seat in &row.seats {
                let wrong = |fault| Err(PlanPlace::seat(&zone.name, &row.row_number, &seat.seat_number).with(fault));
                let Some(number) = SeatNumber::parse(&seat.seat_number) else {
                    return wrong(PlanFault::Number { given: seat.seat_number.clone() });
                };
                if !numbers.insert(number) {
                    return wrong(PlanFault::TwoOfANumber { number: seat.seat_number.clone() });
                }
                if seat.seat_guid.is_empty() || !guids.insert(&*seat.seat_guid) {
                    return wrong(PlanFault::Guid { guid: seat.seat_guid.clone() });
                }
                if !categories.contains(&*seat.category) || band_and_kind(&seat.category).0.is_empty() {
                    return wrong(PlanFault::UnknownCategory { category: seat.category.clone() });
                }
            }
        }
    }
    apart(plan)
}

/// Checks the texts of a plan that are only shown or kept: labels and ids, which may be empty, and colours.
fn labelled(plan: &SeatingPlan) -> Result<(), PlanError> {
    let is_label = |text: &str| text.chars().count() <= MAX_LABEL && !text.chars().any(char::is_control);
    let colored = |place: &PlanPlace, color: Option<&String>| match color {
        Some(given) if !is_color(given) => Err(place.clone().with(PlanFault::Color { given: given.clone() })),
        _ => Ok(()),
    };
    for category in &plan.categories {
        colored(&PlanPlace::WHOLE, category.color.as_ref())?;
    }
    for zone in &plan.zones {
        let here = PlanPlace::zone(&zone.name);
        let texts = zone.areas.iter().filter_map(|area| area.text.as_ref());
        let of_areas = zone.areas.iter().flat_map(|area| [&area.shape, &area.uuid]);
        let of_rows =
            zone.rows.iter().flat_map(|row| [&row.row_label, &row.seat_label, &row.uuid, &row.row_number_position]);
        let seats = || zone.rows.iter().flat_map(|row| &row.seats);
        let of_seats = seats().flat_map(|seat| [&seat.uuid, &seat.start_direction]);
        let labels = [&zone.zone_id, &zone.uuid].into_iter().chain(of_areas).chain(of_rows).chain(of_seats).flatten();
        let labels = labels.chain(texts.clone().map(|text| &text.text)).chain(seats().map(|seat| &seat.seat_guid));
        if let Some(given) = labels.chain([&zone.name]).find(|label| !is_label(label)) {
            return Err(here.with(PlanFault::Name { given: given.clone() }));
        }
        let of_areas = zone.areas.iter().flat_map(|area| [&area.color, &area.border_color]);
        for color in of_areas.chain(texts.map(|text| &text.color)) {
            colored(&here, color.as_ref())?;
        }
    }
    Ok(())
}

/// Whether a text can be a colour as editors write it: nothing, `#` with hexadecimal digits, a name, or numbers in brackets
/// after a name such as `rgb`.
fn is_color(text: &str) -> bool {
    if let Some(digits) = text.strip_prefix('#') {
        return matches!(digits.len(), 3 | 4 | 6 | 8) && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    }
    let (name, rest) = text.split_at(text.find('(').unwrap_or(text.len()));
    let is_number = |byte: u8| byte.is_ascii_digit() || b" ,.%/-".contains(&byte);
    let numbers = rest.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap_or(rest);
    text.len() <= 60 && name.bytes().all(|letter| letter.is_ascii_alphabetic()) && numbers.bytes().all(is_number)
}

/// Checks that all seats are within the plan's range and that no two overlap.
fn apart(plan: &SeatingPlan) -> Result<(), PlanError> {
    // The seats are sorted into squares with sides of `NEAREST`. Seats that overlap are in the same square or in
    // neighbouring ones, so each seat is compared with a few others only.
    let mut squares: HashMap<(i64, i64), Vec<_>> = HashMap::new();
    let place =
        |(zone, row, seat): (&Zone, &Row, &PlanSeat)| PlanPlace::seat(&zone.name, &row.row_number, &seat.seat_number);
    for (zone, row, seat, at) in plan.seats() {
        let here = (zone, row, seat);
        if !(at.x.abs() <= FURTHEST && at.y.abs() <= FURTHEST) {
            return Err(place(here).with(PlanFault::Position));
        }
        let (x, y) = ((at.x / NEAREST).floor() as i64, (at.y / NEAREST).floor() as i64);
        let around = (x - 1..=x + 1).flat_map(|x| (y - 1..=y + 1).map(move |y| (x, y)));
        let mut near = around.filter_map(|square| squares.get(&square)).flatten();
        if let Some(&(with, _)) = near.find(|(_, other): &&(_, Position)| other.distance(at) < NEAREST) {
            return Err(place(here).with(PlanFault::Overlap { with: Box::new(place(with)) }));
        }
        squares.entry((x, y)).or_default().push((here, at));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::{Area, Category, Circle, Polygon, Size};
    use super::*;

    /// One zone with one row of three seats.
    fn plan() -> SeatingPlan {
        let seat = |number: i64| PlanSeat {
            seat_guid: format!("guid-{number}"),
            seat_number: number.to_string(),
            uuid: None,
            start_direction: None,
            radius: None,
            position: Position { x: 24.0 * number as f64, y: 0.0 },
            category: "Stalls".into(),
        };
        let row = Row {
            row_number: "A".into(),
            row_label: None,
            seat_label: None,
            uuid: None,
            row_number_position: None,
            position: Position::default(),
            seats: (1..=3).map(seat).collect(),
        };
        let zone = Zone {
            name: "Floor".into(),
            zone_id: None,
            uuid: None,
            position: Position::default(),
            rows: vec![row],
            areas: vec![],
        };
        let category = Category { name: "Stalls".into(), color: None };
        let size = Size { width: 100.0, height: 100.0 };
        SeatingPlan { name: "Hall".into(), categories: vec![category], zones: vec![zone], size }
    }

    #[test]
    fn a_colour_is_one_as_editors_write_it() {
        for color in ["", "#fff", "#3366CC", "#3366ccff", "black", "rgb(0, 10, 255)", "hsl(120 50% 25% / 0.5)"] {
            assert!(is_color(color), "{color}");
        }
        for other in ["#ff", "#12345", "#ggg", "url(#x)", "red;", "rgb(0", "expression(alert(1))", "\"", "가"] {
            assert!(!is_color(other), "{other}");
        }
    }

    #[test]
    fn a_wrong_plan_is_refused_with_the_place_and_the_reason() {
        let seat = |number: &str| PlanPlace::seat("Floor", "A", number);
        type Wrong = (&'static str, fn(&mut SeatingPlan), PlanPlace, PlanFault);
        let polygon = |plan: &mut SeatingPlan| {
            let points = vec![Position::default(); MAX_SHAPES];
            plan.zones[0].areas.push(Area { polygon: Some(Polygon { points }), ..Area::default() });
        };
        let wrongs: [Wrong; 19] = [
            (
                "too many categories",
                |plan| {
                    let category = |number| Category { name: format!("Band {number}"), color: None };
                    plan.categories.extend((0..MAX_CATEGORIES).map(category));
                },
                PlanPlace::WHOLE,
                PlanFault::TooDetailed,
            ),
            (
                "too many zones",
                |plan| plan.zones.resize(MAX_ZONES + 1, plan.zones[0].clone()),
                PlanPlace::WHOLE,
                PlanFault::TooDetailed,
            ),
            ("a shape of too many points", polygon, PlanPlace::WHOLE, PlanFault::TooDetailed),
            (
                "a zone that is nowhere",
                |plan| plan.zones[0].position.x = 1e308,
                PlanPlace::zone("Floor"),
                PlanFault::Position,
            ),
            (
                "a stage that is nowhere",
                |plan| {
                    let circle = Some(Circle { radius: f64::INFINITY });
                    plan.zones[0].areas.push(Area { circle, ..Area::default() });
                },
                PlanPlace::zone("Floor"),
                PlanFault::Position,
            ),
            ("no name", |plan| plan.name = " ".into(), PlanPlace::WHOLE, PlanFault::Name { given: " ".into() }),
            ("no seats", |plan| plan.zones.clear(), PlanPlace::WHOLE, PlanFault::NoSeats),
            ("no size", |plan| plan.size.width = f64::NAN, PlanPlace::WHOLE, PlanFault::Position),
            (
                "a nameless zone",
                |plan| plan.zones[0].name.clear(),
                PlanPlace::zone(""),
                PlanFault::Name { given: String::new() },
            ),
            (
                "two zones of a name",
                |plan| {
                    let mut again = plan.zones[0].clone();
                    again.position.y = 50.0;
                    plan.zones.push(again);
                },
                PlanPlace::zone("Floor"),
                PlanFault::DuplicateName { name: "Floor".into() },
            ),
            (
                "two rows of a name",
                |plan| {
                    let again = plan.zones[0].rows[0].clone();
                    plan.zones[0].rows.push(again);
                },
                PlanPlace::row("Floor", "A"),
                PlanFault::DuplicateName { name: "A".into() },
            ),
            (
                "a seat without a number",
                |plan| plan.zones[0].rows[0].seats[1].seat_number = " ".into(),
                seat(" "),
                PlanFault::Number { given: " ".into() },
            ),
            (
                "two seats of a number",
                |plan| plan.zones[0].rows[0].seats[1].seat_number = "1".into(),
                seat("1"),
                PlanFault::TwoOfANumber { number: "1".into() },
            ),
            (
                "two seats of a guid",
                |plan| plan.zones[0].rows[0].seats[2].seat_guid = "guid-1".into(),
                seat("3"),
                PlanFault::Guid { guid: "guid-1".into() },
            ),
            (
                "a category that is not there",
                |plan| plan.zones[0].rows[0].seats[0].category = "Box".into(),
                seat("1"),
                PlanFault::UnknownCategory { category: "Box".into() },
            ),
            (
                "a label with a control character",
                |plan| plan.zones[0].rows[0].row_label = Some("\u{1b}[2J".into()),
                PlanPlace::zone("Floor"),
                PlanFault::Name { given: "\u{1b}[2J".into() },
            ),
            (
                "a colour that is more than one",
                |plan| plan.zones[0].areas.push(Area { color: Some("url(#x)".into()), ..Area::default() }),
                PlanPlace::zone("Floor"),
                PlanFault::Color { given: "url(#x)".into() },
            ),
            (
                "a seat that is nowhere",
                |plan| plan.zones[0].rows[0].seats[0].position.x = f64::INFINITY,
                seat("1"),
                PlanFault::Position,
            ),
            (
                "two seats on each other",
                |plan| plan.zones[0].rows[0].seats[2].position.x = 31.0,
                seat("3"),
                PlanFault::Overlap { with: Box::new(seat("1")) },
            ),
        ];
        assert_eq!(check(&plan()), Ok(()));
        for (name, spoil, place, fault) in wrongs {
            let mut plan = plan();
            spoil(&mut plan);
            assert_eq!(check(&plan), Err(place.with(fault)), "{name}");
        }
    }

    #[test]
    fn a_hall_has_a_largest_size() {
        let mut plan = plan();
        let seat = plan.zones[0].rows[0].seats[0].clone();
        plan.zones[0].rows[0].seats = vec![seat; MAX_SEATS + 1];
        assert_eq!(check(&plan), Err(PlanPlace::WHOLE.with(PlanFault::TooManySeats { limit: MAX_SEATS })));
    }
}
