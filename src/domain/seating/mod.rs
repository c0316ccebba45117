//! Drawings of halls: the open seating-plan format that other box offices read and write too, and what makes a drawing fit
//! to sell from.
//!
//! The shape is that of the JSON schema which pretix publishes (`seating-plan.schema.json`): zones of rows of seats, each with
//! a position relative to what it stands in, areas that are no seats, and categories, which are price bands. A seat's kind,
//! which the format has no place for, is the end of its category's name: `Stalls (wheelchair)`.

mod check;
mod design;

pub use check::{Place, PlanFault};
pub use design::{Block, Design, Numbering, RowNames};

use super::seat::SeatKind;
use serde::{Deserialize, Serialize};

/// The most seats that a hall has.
pub const MAX_SEATS: usize = 20_000;

/// A drawing of a hall.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SeatingPlan {
    pub name: String,
    pub categories: Vec<Category>,
    pub zones: Vec<Zone>,
    pub size: Size,
}

/// A price band, and the colour that it is drawn in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Category {
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub color: Option<String>,
}

/// The extent of a drawing, in units of which a seat is twenty across.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Size {
    pub width: f64,
    pub height: f64,
}

/// Where something stands, from the left and from the top.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Position {
    pub x: f64,
    pub y: f64,
}

impl Position {
    fn plus(self, other: Self) -> Self {
        Self { x: self.x + other.x, y: self.y + other.y }
    }

    fn distance(self, other: Self) -> f64 {
        (self.x - other.x).hypot(self.y - other.y)
    }
}

/// A part of the hall with a name.
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

/// What is drawn and is no seat: the stage, a bar, a wall. `shape` says which of the others is there.
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
    /// Half of the width and of the height.
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

/// A seat as a schedule sells it, but for its price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    pub section: String,
    pub row: String,
    pub number: i64,
    /// The place within the row, from 1. Where seats stand apart, as at an aisle, places are left out.
    pub position: i64,
    /// The price band.
    pub category: String,
    pub kind: SeatKind,
    /// From the left and from the top, in tenths of the plan's unit.
    pub at: (i64, i64),
}

/// What of a hall is no seat, for maps: it travels with a schedule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Backdrop {
    pub size: Size,
    /// Where everybody looks.
    pub focal: Position,
    /// With absolute positions.
    pub areas: Vec<Area>,
    pub categories: Vec<Category>,
}

/// The name of a category without the kind of its seats, and that kind.
pub fn band_and_kind(category: &str) -> (&str, SeatKind) {
    let kinds = [SeatKind::Wheelchair, SeatKind::Companion, SeatKind::Restricted];
    let with = |kind: SeatKind| {
        let band = category.strip_suffix(')')?.strip_suffix(kind.as_str())?.strip_suffix('(')?;
        Some((band.trim_end(), kind)).filter(|(band, _)| !band.is_empty())
    };
    kinds.into_iter().find_map(with).unwrap_or((category, SeatKind::Standard))
}

/// The name of the category of a price band's seats of a kind.
pub fn category_of(band: &str, kind: SeatKind) -> String {
    match kind {
        SeatKind::Standard => band.to_owned(),
        kind => format!("{band} ({})", kind.as_str()),
    }
}

impl SeatingPlan {
    /// The price bands, each with its colour, in the order of the categories.
    pub fn bands(&self) -> Vec<Category> {
        let mut bands: Vec<Category> = vec![];
        for category in &self.categories {
            let (band, _) = band_and_kind(&category.name);
            match bands.iter_mut().find(|known| known.name == band) {
                Some(known) => known.color = known.color.take().or_else(|| category.color.clone()),
                None => bands.push(Category { name: band.to_owned(), color: category.color.clone() }),
            }
        }
        bands
    }

    /// How many seats there are.
    pub fn seat_count(&self) -> usize {
        self.zones.iter().flat_map(|zone| &zone.rows).map(|row| row.seats.len()).sum()
    }

    /// Every seat where it stands, with its zone and its row.
    fn seats(&self) -> impl Iterator<Item = (&Zone, &Row, &PlanSeat, Position)> {
        self.zones.iter().flat_map(|zone| {
            zone.rows.iter().flat_map(move |row| {
                let origin = zone.position.plus(row.position);
                row.seats.iter().map(move |seat| (zone, row, seat, origin.plus(seat.position)))
            })
        })
    }

    /// The seats in order, as a schedule sells them.
    ///
    /// # Errors
    /// What makes the plan unfit to sell from, with the place: see [`PlanFault`].
    pub fn placed(&self) -> Result<Vec<Placed>, (Place, PlanFault)> {
        check::check(self)?;
        let mut placed = Vec::with_capacity(self.seat_count());
        for zone in &self.zones {
            for row in &zone.rows {
                let places = places(row);
                for (seat, position) in row.seats.iter().zip(places) {
                    let (band, kind) = band_and_kind(&seat.category);
                    let at = zone.position.plus(row.position).plus(seat.position);
                    placed.push(Placed {
                        section: zone.name.clone(),
                        row: row.row_number.clone(),
                        number: check::number(seat).unwrap_or(0),
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

    /// What of the plan is no seat. Everybody looks at the first area that has a text, which is the stage; without one, at the
    /// middle of the upper edge.
    pub fn backdrop(&self) -> Backdrop {
        let areas = self.zones.iter().flat_map(|zone| {
            zone.areas.iter().map(|area| Area { position: zone.position.plus(area.position), ..area.clone() })
        });
        let areas: Vec<Area> = areas.collect();
        let stage = areas.iter().find(|area| area.text.is_some()).map(Area::centre);
        let focal = stage.unwrap_or(Position { x: self.size.width / 2.0, y: 0.0 });
        Backdrop { size: self.size, focal, areas, categories: self.bands() }
    }
}

impl Area {
    /// The middle of the area. A rectangle stands on its upper left corner, a circle and an ellipse around their middle.
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

/// The places of a row's seats, from 1: how many times the usual distance they stand apart.
fn places(row: &Row) -> Vec<i64> {
    let apart: Vec<f64> = row.seats.windows(2).map(|two| two[0].position.distance(two[1].position)).collect();
    let usual = apart.iter().copied().fold(f64::INFINITY, f64::min);
    let mut place = 1;
    let mut places = Vec::with_capacity(row.seats.len());
    places.extend(row.seats.first().map(|_| place));
    for distance in apart {
        // No aisle is wider than the map should show it.
        place += ((distance / usual).round() as i64).clamp(1, 4);
        places.push(place);
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A plan in the open format, as another program wrote it.
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
        let told: Vec<_> =
            placed.iter().map(|seat| (seat.number, seat.position, &*seat.category, seat.kind, seat.at)).collect();
        assert_eq!(
            told,
            [
                (1, 1, "Front", SeatKind::Standard, (150, 200)),
                (2, 2, "Front", SeatKind::Wheelchair, (400, 200)),
                (3, 4, "Back", SeatKind::Standard, (905, 200)),
            ]
        );
        assert!(placed.iter().all(|seat| seat.section == "Floor" && seat.row == "1"));
    }

    #[test]
    fn what_was_read_is_written_again_with_nothing_lost_or_added() {
        let value: serde_json::Value = serde_json::from_str(ELSEWHERE).expect("JSON");
        let again = serde_json::to_value(elsewhere()).expect("serialises");
        // Whole numbers come back as decimals, which are the same numbers.
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
    fn everybody_looks_at_the_stage() {
        let backdrop = elsewhere().backdrop();
        assert_eq!(backdrop.focal, Position { x: 60.0, y: 5.0 });
        let mut bare = elsewhere();
        bare.zones[0].areas.clear();
        assert_eq!(bare.backdrop().focal, Position { x: 100.0, y: 0.0 });
    }
}
