//! Seating plans: drawings of halls in an open format that other box offices read and write too, and the check that a
//! plan is sound, so that seats can be sold from it.
//!
//! The types have the form of the JSON schema that pretix publishes (`seating-plan.schema.json`). A plan has zones, a
//! zone has rows and areas, and a row has seats. Each position is relative to that of the enclosing element. Areas are
//! shapes that are not seats. Categories are price bands. The format has no field for the kind of a seat, so Encore
//! appends it to the name of the seat's category: `Stalls (wheelchair)`.
//!
//! All lengths are in the plan's unit. A seat is drawn 20 units wide. The x axis points right, the y axis points down.

mod check;
mod design;
mod tidy;

pub use check::{MAX_CATEGORIES, MAX_SHAPES, MAX_ZONES, PlanError, PlanFault, PlanPlace};
pub use design::{Block, Design, Numbering, ROW, RowNames, SEAT, Spot};

use super::seat::{SeatKind, SeatNumber};
use super::{Points, SeatStatus};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// A seat to be added to a schedule's hall.
#[derive(Debug, Clone)]
pub struct NewSeat {
    pub placed: Placed,
    pub price: Points,
    pub status: SeatStatus,
}

/// The most seats of a hall.
pub const MAX_SEATS: usize = 20_000;

/// The most JSON objects of a plan: enough for [`MAX_SEATS`] seats, each with its position, and for everything else. The
/// limit bounds the memory that reading a plan takes.
pub const MAX_OBJECTS: usize = 100_000;

/// A drawing of a hall.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SeatingPlan {
    pub name: String,
    pub categories: Vec<Category>,
    pub zones: Vec<Zone>,
    pub size: Size,
}

/// A category of seats: a price band together with a kind of seat, and the colour in which it is drawn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Category {
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub color: Option<String>,
}

/// The size of a drawing or of a rectangle, in the plan's unit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Size {
    pub width: f64,
    pub height: f64,
}

/// A position or a displacement: to the right and down, in the plan's unit.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Position {
    pub x: f64,
    pub y: f64,
}

impl Position {
    fn plus(self, other: Self) -> Self {
        Self { x: self.x + other.x, y: self.y + other.y }
    }

    fn minus(self, other: Self) -> Self {
        Self { x: self.x - other.x, y: self.y - other.y }
    }

    fn distance(self, other: Self) -> f64 {
        (self.x - other.x).hypot(self.y - other.y)
    }
}

/// A named part of the hall. A schedule calls it a section.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Zone {
    #[serde(default)]
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uuid: Option<String>,
    pub position: Position,
    pub rows: Vec<Row>,
    #[serde(default)]
    pub areas: Vec<Area>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    pub row_number: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row_label: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seat_label: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uuid: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row_number_position: Option<String>,
    #[serde(default)]
    pub position: Position,
    pub seats: Vec<PlanSeat>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlanSeat {
    pub seat_guid: String,
    pub seat_number: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uuid: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_direction: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub radius: Option<u32>,
    pub position: Position,
    pub category: String,
}

/// A shape that is not a seat: the stage, a bar, a wall. `shape` is the name of the field with the measures of the
/// shape, such as `rectangle`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Area {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shape: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uuid: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub color: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub border_color: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotation: Option<f64>,
    #[serde(default)]
    pub position: Position,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rectangle: Option<Size>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub circle: Option<Circle>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ellipse: Option<Ellipse>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub polygon: Option<Polygon>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<Text>,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Circle {
    pub radius: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Ellipse {
    /// Half the width and half the height.
    pub radius: Position,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Polygon {
    pub points: Vec<Position>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Text {
    pub text: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub color: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u32>,
    pub position: Position,
}

/// A seat of a plan, with everything that a schedule needs to sell it except its price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    pub section: String,
    pub row: String,
    pub number: SeatNumber,
    /// The place within the row, counted from 1. A gap between two seats, such as an aisle, skips positions.
    pub position: i64,
    /// The name of the price band.
    pub category: String,
    pub kind: SeatKind,
    /// The distances of its centre from the left and from the top, in tenths of the plan's unit.
    pub at: (i64, i64),
}

/// The backdrop of a hall: everything in its drawing except the seats. A schedule stores a copy of it, for its seat
/// map.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Backdrop {
    pub size: Size,
    /// The focal point, at which the audience looks.
    pub focal: Position,
    /// The areas of all zones. Their positions are relative to the plan, not to their zones.
    pub areas: Vec<Area>,
    /// The price bands with their colours, as [`SeatingPlan::bands`] returns them.
    pub categories: Vec<Category>,
}

/// Splits the name of a category into the name of the price band and the kind of its seats. A name that does not end
/// with a kind in parentheses is the name of a band of standard seats.
pub fn band_and_kind(category: &str) -> (&str, SeatKind) {
    let kinds = [SeatKind::Wheelchair, SeatKind::Companion, SeatKind::Restricted];
    let with = |kind: SeatKind| {
        let band = category.strip_suffix(')')?.strip_suffix(kind.as_str())?.strip_suffix('(')?;
        Some((band.trim_end(), kind)).filter(|(band, _)| !band.is_empty())
    };
    kinds.into_iter().find_map(with).unwrap_or((category, SeatKind::Standard))
}

/// Returns the name of the category for the seats of a kind in a price band: the inverse of [`band_and_kind`].
pub fn category_of(band: &str, kind: SeatKind) -> String {
    match kind {
        SeatKind::Standard => band.to_owned(),
        kind => format!("{band} ({})", kind.as_str()),
    }
}

impl SeatingPlan {
    /// Returns the price bands in the order of the categories. The colour of a band is the first colour among its
    /// categories.
    pub fn bands(&self) -> Vec<Category> {
        let mut bands: Vec<Category> = vec![];
        let mut places: HashMap<&str, usize> = HashMap::new();
        for category in &self.categories {
            let (band, _) = band_and_kind(&category.name);
            let place = *places.entry(band).or_insert(bands.len());
            match bands.get_mut(place) {
                Some(known) => known.color = known.color.take().or_else(|| category.color.clone()),
                None => bands.push(Category { name: band.to_owned(), color: category.color.clone() }),
            }
        }
        bands
    }

    /// Returns the number of seats.
    pub fn seat_count(&self) -> usize {
        self.zones.iter().flat_map(|zone| &zone.rows).map(|row| row.seats.len()).sum()
    }

    /// Returns every seat with its zone, its row and its position in the plan.
    fn seats(&self) -> impl Iterator<Item = (&Zone, &Row, &PlanSeat, Position)> {
        self.zones.iter().flat_map(|zone| {
            zone.rows.iter().flat_map(move |row| {
                let origin = zone.position.plus(row.position);
                row.seats.iter().map(move |seat| (zone, row, seat, origin.plus(seat.position)))
            })
        })
    }

    /// Checks the plan and returns its seats in order, as a schedule sells them.
    ///
    /// # Errors
    /// The first fault of the plan, and where it is: see [`PlanFault`].
    pub fn placed(&self) -> Result<Vec<Placed>, PlanError> {
        self.placed_apart(f64::INFINITY)
    }

    /// As [`Self::placed`], for a plan that a [`Design`] drew. The distance between two neighbours is known there, so a
    /// row in which every second seat is left out has no neighbours.
    ///
    /// # Errors
    /// As [`Self::placed`].
    pub fn placed_as_drawn(&self) -> Result<Vec<Placed>, PlanError> {
        self.placed_apart(SEAT)
    }

    fn placed_apart(&self, usual: f64) -> Result<Vec<Placed>, PlanError> {
        check::check(self)?;
        let mut placed = Vec::with_capacity(self.seat_count());
        for zone in &self.zones {
            for row in &zone.rows {
                for (index, position) in places(row, usual) {
                    let seat = &row.seats[index];
                    let (band, kind) = band_and_kind(&seat.category);
                    let at = zone.position.plus(row.position).plus(seat.position);
                    placed.push(Placed {
                        section: zone.name.clone(),
                        row: row.row_number.clone(),
                        number: SeatNumber::parse(&seat.seat_number).unwrap_or(0.into()),
                        position,
                        category: band.to_owned(),
                        kind,
                        at: ((at.x * 10.0).round() as i64, (at.y * 10.0).round() as i64),
                    });
                }
            }
        }
        Ok(placed)
    }

    /// Returns everything in the plan except the seats. The focal point is the centre of the stage: of the first area
    /// whose text says so, otherwise of the first that has a text. If there is none, it is the middle of the plan's
    /// upper edge.
    pub fn backdrop(&self) -> Backdrop {
        let areas = self.zones.iter().flat_map(|zone| {
            zone.areas.iter().map(|area| Area { position: zone.position.plus(area.position), ..area.clone() })
        });
        let areas: Vec<Area> = areas.collect();
        let named: Vec<&Area> = areas.iter().filter(|area| !area.name().is_empty()).collect();
        let stage = named.iter().find(|area| area.is_stage()).or(named.first());
        let focal = stage.map_or(Position { x: self.size.width / 2.0, y: 0.0 }, |stage| stage.centre());
        Backdrop { size: self.size, focal, areas, categories: self.bands() }
    }
}

/// What a stage is called on plans, in lower case.
const STAGE_WORDS: [&str; 7] = ["stage", "bühne", "scène", "escenario", "palco", "무대", "podium"];

impl Area {
    /// The text of the area; empty if it has none.
    fn name(&self) -> &str {
        self.text.as_ref().map_or("", |text| text.text.trim())
    }

    fn is_stage(&self) -> bool {
        let name = self.name().to_lowercase();
        STAGE_WORDS.iter().any(|word| name.contains(word))
    }

    /// Returns the centre of the area. The position of a rectangle is its upper left corner; the position of a circle
    /// or an ellipse is its centre. The centre of a polygon is the mean of its points.
    fn centre(&self) -> Position {
        match (&self.rectangle, &self.polygon) {
            (Some(size), _) => self.position.plus(Position { x: size.width / 2.0, y: size.height / 2.0 }),
            (None, Some(Polygon { points })) if !points.is_empty() => {
                let sum = points.iter().fold(Position::default(), |sum, point| sum.plus(*point));
                let count = points.len() as f64;
                self.position.plus(Position { x: sum.x / count, y: sum.y / count })
            }
            _ => self.position,
        }
    }
}

/// Returns the seats of a row in the order in which they stand side by side, each with its index in `row.seats` and its
/// position in the row, counted from 1.
///
/// The order is that of the file or, if it is a shorter way, the order from an end of the row (of the two seats that
/// are furthest apart, the one that the file lists first) to the nearest seat that is left, and so on. So a table has
/// its two sides one after the other, and a row that the file lists in another order is put right. The smallest
/// distance between two seats, or `usual` if that is smaller, counts as one position; a wider distance is divided by
/// it and rounded.
fn places(row: &Row, usual: f64) -> Vec<(usize, i64)> {
    let apart = |one: usize, other: usize| row.seats[one].position.distance(row.seats[other].position);
    let length = |order: &[usize]| order.windows(2).map(|two| apart(two[0], two[1])).sum::<f64>();
    let in_file: Vec<usize> = (0..row.seats.len()).collect();
    let side_by_side = row.side_by_side();
    let order = if length(&side_by_side) < length(&in_file) { side_by_side } else { in_file };
    let pairs = (0..order.len()).flat_map(|one| (one + 1..order.len()).map(move |other| (one, other)));
    let usual = pairs.map(|(one, other)| apart(one, other)).fold(usual, f64::min);
    let mut place = 1;
    let mut places: Vec<_> = order.first().map(|first| (*first, place)).into_iter().collect();
    for two in order.windows(2) {
        // A gap skips at most three positions, however wide it is drawn.
        place += ((apart(two[0], two[1]) / usual).round() as i64).clamp(1, 4);
        places.push((two[1], place));
    }
    places
}

impl Row {
    /// Returns the indices of its seats in the order from an end of the row to the nearest seat that is left, and so
    /// on.
    fn side_by_side(&self) -> Vec<usize> {
        let away = |from: Position, index: usize| from.distance(self.seats[index].position);
        let mut left: Vec<usize> = (0..self.seats.len()).collect();
        // Of several seats that are equally far away, the first.
        let furthest =
            |from| left.iter().copied().rev().max_by(|one, other| away(from, *one).total_cmp(&away(from, *other)));
        let Some(one_end) = furthest(self.middle()) else { return left };
        let other_end = furthest(self.seats[one_end].position).unwrap_or(one_end);
        let mut order = vec![one_end.min(other_end)];
        left.retain(|index| *index != order[0]);
        while let Some(here) = order.last().map(|last| self.seats[*last].position)
            && let Some(next) =
                left.iter().copied().min_by(|one, other| away(here, *one).total_cmp(&away(here, *other)))
        {
            order.push(next);
            left.retain(|index| *index != next);
        }
        order
    }

    /// Returns the mean of the positions of its seats.
    fn middle(&self) -> Position {
        let sum = self.seats.iter().fold(Position::default(), |sum, seat| sum.plus(seat.position));
        let count = self.seats.len().max(1) as f64;
        Position { x: sum.x / count, y: sum.y / count }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A plan in the open format, as another program may write it.
    const ELSEWHERE: &str = r##"{
        "name": "Chamber", "size": {"width": 200, "height": 120},
        "categories": [{"name": "Front", "color": "#aa0000"}, {"name": "Front (wheelchair)"}, {"name": "Back"}],
        "zones": [{
            "name": "Floor", "position": {"x": 10, "y": 20},
            "rows": [{"row_number": "1", "row_number_position": "both", "position": {"x": 5, "y": 0}, "seats": [
                {"seat_guid": "a", "seat_number": "1", "position": {"x": 0, "y": 0}, "category": "Front", "radius": 9},
                {"seat_guid": "b", "seat_number": "2", "position": {"x": 25, "y": 0}, "category": "Front (wheelchair)"},
                {"seat_guid": "c", "seat_number": "3", "position": {"x": 75.5, "y": 0}, "category": "Back"}]}],
            "areas": [{"shape": "rectangle", "position": {"x": 0, "y": -20}, "rectangle": {"width": 100, "height": 10},
                "text": {"text": "Stage", "position": {"x": 50, "y": 5}}}]
        }]}"##;

    fn elsewhere() -> SeatingPlan {
        serde_json::from_str(ELSEWHERE).expect("the open format")
    }

    #[test]
    fn a_plan_from_elsewhere_becomes_seats_to_sell() {
        let placed = elsewhere().placed().expect("a sound plan");
        let told: Vec<_> = placed
            .iter()
            .map(|seat| (seat.number.as_str(), seat.position, &*seat.category, seat.kind, seat.at))
            .collect();
        assert_eq!(
            told,
            [
                ("1", 1, "Front", SeatKind::Standard, (150, 200)),
                ("2", 2, "Front", SeatKind::Wheelchair, (400, 200)),
                ("3", 4, "Back", SeatKind::Standard, (905, 200)),
            ]
        );
        assert!(placed.iter().all(|seat| seat.section == "Floor" && seat.row == "1"));
    }

    #[test]
    fn an_imported_plan_is_exported_unchanged() {
        let value: serde_json::Value = serde_json::from_str(ELSEWHERE).expect("JSON");
        let again = serde_json::to_value(elsewhere()).expect("serialises");
        // Integers are written back as decimals (`200.0`), so the plans are compared and not the JSON.
        assert_eq!(serde_json::from_value::<SeatingPlan>(again.clone()).expect("reads"), elsewhere());
        assert_eq!(again["zones"][0]["rows"][0]["seats"][0].as_object().map(|seat| seat.len()), Some(5));
        assert_eq!(again["categories"], value["categories"]);
    }

    #[test]
    fn bands_are_the_categories_without_the_kinds() {
        let names: Vec<_> = elsewhere().bands().into_iter().map(|band| (band.name, band.color)).collect();
        assert_eq!(names, [("Front".to_owned(), Some("#aa0000".to_owned())), ("Back".to_owned(), None)]);
        for (category, band, kind) in [
            ("Stalls", "Stalls", SeatKind::Standard),
            ("Stalls (companion)", "Stalls", SeatKind::Companion),
            ("(wheelchair)", "(wheelchair)", SeatKind::Standard),
            ("Stalls (left)", "Stalls (left)", SeatKind::Standard),
        ] {
            assert_eq!(band_and_kind(category), (band, kind));
            assert_eq!(category_of(band, kind), category);
        }
    }

    #[test]
    fn every_seat_faces_the_stage() {
        let backdrop = elsewhere().backdrop();
        assert_eq!(backdrop.focal, Position { x: 60.0, y: 5.0 });
        let mut bare = elsewhere();
        bare.zones[0].areas.clear();
        assert_eq!(bare.backdrop().focal, Position { x: 100.0, y: 0.0 });
    }

    #[test]
    fn the_stage_is_the_area_that_says_so_even_after_others() {
        let mut plan = elsewhere();
        let area = |text: &str, x: f64| Area {
            position: Position { x, y: 0.0 },
            text: Some(Text { text: text.into(), color: None, size: None, position: Position::default() }),
            ..Area::default()
        };
        plan.zones[0].areas = vec![area(" ", 1.0), area("Bar", 2.0), area("Main STAGE", 3.0)];
        assert_eq!(plan.backdrop().focal, Position { x: 13.0, y: 20.0 });
        plan.zones[0].areas.pop();
        assert_eq!(plan.backdrop().focal, Position { x: 12.0, y: 20.0 }, "the first with a text");
    }

    #[test]
    fn neighbours_are_those_who_sit_side_by_side_whatever_the_order_of_the_file() {
        let row = |points: &[(f64, f64)]| {
            let mut row = elsewhere().zones[0].rows[0].clone();
            let seat = row.seats[0].clone();
            let seats = points.iter().map(|&(x, y)| PlanSeat { position: Position { x, y }, ..seat.clone() });
            row.seats = seats.collect();
            places(&row, f64::INFINITY)
        };
        for (points, placed) in [
            // A straight row with an aisle, in order and as a file may list it.
            (vec![(0.0, 0.0), (25.0, 0.0), (75.0, 0.0)], vec![(0, 1), (1, 2), (2, 4)]),
            (vec![(25.0, 0.0), (75.0, 0.0), (0.0, 0.0)], vec![(1, 1), (0, 3), (2, 4)]),
            // A table of six: odd numbers on one side, even ones opposite.
            (
                vec![(0.0, 0.0), (60.0, 0.0), (0.0, 25.0), (60.0, 25.0), (0.0, 50.0), (60.0, 50.0)],
                vec![(0, 1), (2, 2), (4, 3), (5, 5), (3, 6), (1, 7)],
            ),
            (vec![(0.0, 0.0)], vec![(0, 1)]),
            (vec![], vec![]),
        ] {
            assert_eq!(row(&points), placed, "{points:?}");
        }
    }
}
