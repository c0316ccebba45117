//! The hall generator: draws a seating plan from a description of the hall as blocks of rows.
//!
//! Staff describe a hall in measures that they can count. Lengths from left to right are in seats (the distance between
//! two neighbours), lengths from front to back are in rows, and angles are in degrees, clockwise. The origin (0, 0) is
//! the middle of the edge of the stage that faces the audience.

use super::check::{PlanError, PlanFault, PlanPlace, check, named};
use super::{Area, Category, MAX_SEATS, PlanSeat, Position, Row, SeatingPlan, Size, Text, Zone, category_of};
use crate::domain::seat::{SeatKind, SeatNumber};
use crate::domain::string_enum;
use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;

/// The distance between the centres of two neighbouring seats, in the plan's unit.
pub const SEAT: f64 = 24.0;
/// The distance between two rows, in the plan's unit.
pub const ROW: f64 = 28.0;
/// The margin around the drawing, in the plan's unit: from the centres of the outermost seats and the edges of the
/// stage.
const MARGIN: f64 = 36.0;
/// The colours of price bands, in order. People with colour blindness can tell them apart, on a light and a dark
/// background.
const COLORS: [&str; 8] = ["#4a6fe3", "#d9822b", "#2a9d6f", "#b0508f", "#8a7a1f", "#3aa0b8", "#c0504d", "#7a6fc0"];

string_enum! {
    /// How the rows of a block are named.
    RowNames {
        /// A, B, … Z, AA, AB, …
        Letters = "letters",
        /// The same without I and O, which look like the digits 1 and 0.
        ClearLetters = "clear_letters",
        /// 1, 2, 3, …
        Numbers = "numbers",
    }
}

string_enum! {
    /// How the seats of a row are numbered.
    Numbering {
        LeftToRight = "left_to_right",
        RightToLeft = "right_to_left",
        /// From the middle of the row: 1, 3, 5, … to the left, and 2, 4, 6, … to the right. [`Block::first_number`] is
        /// not used.
        OddEven = "odd_even",
        /// From left to right; each row continues with the number after the last one of the row in front of it.
        Through = "through",
    }
}

/// A block: consecutive rows that become one zone of the plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Block {
    pub name: String,
    /// The number of rows, 1 to 200.
    pub rows: u32,
    /// The number of seats in the front row, 1 to 300.
    pub seats: u32,
    /// The number of seats in the last row, 1 to 300. The rows in between grow (or shrink) evenly.
    pub seats_last: u32,
    pub row_names: RowNames,
    /// The name of the front row.
    pub first_row: String,
    pub numbering: Numbering,
    /// The lowest seat number, 1 to 9,999.
    pub first_number: u32,
    /// The aisles: each is one seat wide, and comes after this many seats of the front row, counted from the left.
    pub aisles: Vec<u32>,
    /// How far the middle of the front row is to the right of the middle of the stage, in seats, -500 to 500.
    pub x: f64,
    /// How far the middle of the front row is from the edge of the stage, in rows, -500 to 500.
    pub y: f64,
    /// By how many degrees the block is turned clockwise around the middle of its front row, -360 to 360.
    pub angle: f64,
    /// How many degrees of a circle the front row spans, 0 to 180; 0 means straight. The rows behind it are parts of
    /// circles with the same centre.
    pub curve: f64,
    /// The price bands of the rows, as `A-F: Premium; G-: Standard`, or one name for all rows. A row without a price
    /// band belongs to the band that has the name of the block.
    pub bands: String,
    /// The seats that are not of the standard kind, as `A 1-4: wheelchair; A 5: companion; T: restricted`. A seat of
    /// the kind `none` is left out: there is a gap in its place, and the other seats keep their numbers.
    pub kinds: String,
    /// What is written on seats instead of their numbers, as `A 1: 1a; A 2: 0-0`. In the description of the block a seat
    /// is still named by its number.
    #[serde(default)]
    pub labels: String,
}

impl Default for Block {
    fn default() -> Self {
        Self {
            name: String::new(),
            rows: 10,
            seats: 20,
            seats_last: 20,
            row_names: RowNames::Letters,
            first_row: "A".into(),
            numbering: Numbering::LeftToRight,
            first_number: 1,
            aisles: vec![],
            x: 0.0,
            y: 2.0,
            angle: 0.0,
            curve: 0.0,
            bands: String::new(),
            kinds: String::new(),
            labels: String::new(),
        }
    }
}

/// A place for a seat in a row of a block.
#[derive(Debug, Clone, PartialEq)]
pub struct Spot {
    /// The number by which [`Block::kinds`] and [`Block::labels`] name the seat.
    pub number: i64,
    /// What is written on the seat.
    pub label: SeatNumber,
    /// `None` if the seat is left out.
    pub kind: Option<SeatKind>,
    /// Its position relative to the middle of the front row, in the plan's unit.
    pub at: Position,
}

/// The description of a hall from which the generator draws it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Design {
    pub name: String,
    /// The text on the stage.
    pub stage: String,
    /// The width of the stage, in seats, 0 to 400. No stage is drawn if its width or its depth is 0.
    pub stage_width: f64,
    /// The depth of the stage, in rows, 0 to 400.
    pub stage_depth: f64,
    /// How far behind the edge of the stage the focal point is (at which the audience looks), in rows, -400 to 400.
    pub focal_depth: f64,
    pub blocks: Vec<Block>,
}

impl Design {
    /// Draws the hall. Returns the plan and its focal point, in the plan's unit. Each block is the zone of the same
    /// index, and the position of a zone is the middle of the block's front row.
    ///
    /// # Errors
    /// The first fault, with its block or, if it belongs to no block, with the plan as a whole as its place.
    pub fn draw(&self) -> Result<(SeatingPlan, Position), PlanError> {
        let (plan, focal) = self.sketch()?;
        check(&plan)?;
        Ok((plan, focal))
    }

    /// As [`Self::draw`], but without the check of the plan as a whole: seats may overlap, and names may be used twice.
    /// Staff see such a picture while they still arrange the blocks.
    ///
    /// # Errors
    /// The first fault because of which the hall cannot be drawn at all.
    pub fn sketch(&self) -> Result<(SeatingPlan, Position), PlanError> {
        let outside = |given: f64| PlanPlace::WHOLE.with(PlanFault::Measure { given: given.to_string() });
        for given in [self.stage_width, self.stage_depth] {
            if !(0.0..=400.0).contains(&given) {
                return Err(outside(given));
            }
        }
        if !(-400.0..=400.0).contains(&self.focal_depth) {
            return Err(outside(self.focal_depth));
        }
        let stage = Area {
            shape: Some("rectangle".into()),
            color: Some("#8a83a8".into()),
            position: Position { x: -self.stage_width * SEAT / 2.0, y: -self.stage_depth * ROW },
            rectangle: Some(Size { width: self.stage_width * SEAT, height: self.stage_depth * ROW }),
            text: Some(Text {
                text: self.stage.clone(),
                color: Some("#ffffff".into()),
                size: Some((self.stage_depth * ROW / 2.0).clamp(8.0, 60.0) as u32),
                position: Position { x: self.stage_width * SEAT / 2.0, y: self.stage_depth * ROW / 2.0 },
            }),
            ..Area::default()
        };
        let focal = Position { x: 0.0, y: -self.focal_depth * ROW };

        let (mut zones, mut categories, mut seats) = (vec![], vec![], 0);
        for block in &self.blocks {
            seats += block.rows as usize * block.seats.max(block.seats_last) as usize;
            if seats > 2 * MAX_SEATS {
                return Err(PlanPlace::zone(&block.name).with(PlanFault::TooManySeats { limit: MAX_SEATS }));
            }
            zones.push(block.draw(&mut categories)?);
        }
        if self.stage_width > 0.0 && self.stage_depth > 0.0 {
            zones.iter_mut().take(1).for_each(|zone: &mut Zone| {
                let position =
                    Position { x: stage.position.x - zone.position.x, y: stage.position.y - zone.position.y };
                zone.areas.push(Area { position, ..stage.clone() });
            });
        }
        let size = Size { width: 1.0, height: 1.0 };
        let mut plan = SeatingPlan { name: self.name.clone(), categories, zones, size };
        let moved = plan.fit(stage.position, stage.rectangle.unwrap_or(size));
        plan.color();
        Ok((plan, focal.plus(moved)))
    }
}

impl SeatingPlan {
    /// Moves all zones so that the drawing begins at 0, 0 with a margin, and sets the size of the plan. `stage` and
    /// `extent` are the upper left corner and the size of the stage. Returns the displacement.
    fn fit(&mut self, stage: Position, extent: Size) -> Position {
        let corners = [stage, stage.plus(Position { x: extent.width, y: extent.height })];
        let all = self.seats().map(|(.., at)| at).chain(corners);
        let (low, high) = all.fold((corners[0], corners[1]), |(low, high), at| {
            let low = Position { x: low.x.min(at.x), y: low.y.min(at.y) };
            (low, Position { x: high.x.max(at.x), y: high.y.max(at.y) })
        });
        let moved = Position { x: MARGIN - low.x, y: MARGIN - low.y };
        for zone in &mut self.zones {
            zone.position = zone.position.plus(moved);
        }
        self.size =
            Size { width: (high.x - low.x + 2.0 * MARGIN).ceil(), height: (high.y - low.y + 2.0 * MARGIN).ceil() };
        moved
    }

    /// Gives each category the colour of its price band.
    fn color(&mut self) {
        let bands: Vec<String> = self.bands().into_iter().map(|band| band.name).collect();
        for category in &mut self.categories {
            let band = bands.iter().position(|band| band == super::band_and_kind(&category.name).0).unwrap_or(0);
            category.color = Some(COLORS[band % COLORS.len()].into());
        }
    }
}

impl Block {
    /// Returns a block `gap` rows behind the last row of this one, which staff can then edit. Its front row has as many
    /// seats as this block's last row, its curve has the same centre, and its aisles are in line with this block's. It
    /// has no name, price bands, kinds of seats or labels yet.
    pub fn behind(&self, gap: f64) -> Self {
        let apart = f64::from(self.rows) - 1.0 + gap;
        let wider = (f64::from(self.seats_last) - f64::from(self.seats)) / 2.0;
        let curve = if self.curve == 0.0 {
            0.0
        } else {
            let radius = f64::from(self.seats) * SEAT / self.curve.to_radians() + apart * ROW;
            (f64::from(self.seats_last) * SEAT / radius).to_degrees()
        };
        Self {
            name: String::new(),
            seats: self.seats_last,
            aisles: self.aisles.iter().map(|&after| (f64::from(after) + wider).round().max(0.0) as u32).collect(),
            // If this block is turned, the new one is displaced in the turned direction.
            x: rounded(self.x - apart * ROW * self.angle.to_radians().sin() / SEAT),
            y: rounded(self.y + apart * self.angle.to_radians().cos()),
            curve: rounded(curve),
            bands: String::new(),
            kinds: String::new(),
            labels: String::new(),
            ..self.clone()
        }
    }

    /// Returns a copy of this block to the right of it, in line with its front row, with a gap of two seats.
    pub fn beside(&self) -> Self {
        let apart = f64::from(self.seats.max(self.seats_last)) + self.aisles.len() as f64 + 2.0;
        let (sine, cosine) = self.angle.to_radians().sin_cos();
        Self { x: rounded(self.x + apart * cosine), y: rounded(self.y + apart * SEAT * sine / ROW), ..self.clone() }
    }

    /// Checks the block on its own.
    ///
    /// # Errors
    /// Its first fault.
    pub fn check(&self) -> Result<(), PlanError> {
        self.draw(&mut vec![]).map(drop)
    }

    /// Draws the block as a zone, and adds the categories of its seats to `categories`, each once.
    fn draw(&self, categories: &mut Vec<Category>) -> Result<Zone, PlanError> {
        named(&PlanPlace::zone(&self.name), &self.name, super::check::MAX_NAME)?;
        let spots = self.spots()?;
        let bands = self.bands(&spots.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>())?;
        let mut rows = Vec::with_capacity(spots.len());
        for ((name, spots), band) in spots.into_iter().zip(bands) {
            let mut seats = Vec::with_capacity(spots.len());
            for spot in spots {
                let Some(kind) = spot.kind else { continue };
                let category = category_of(&band, kind);
                if !categories.iter().any(|known: &Category| known.name == category) {
                    categories.push(Category { name: category.clone(), color: None });
                }
                seats.push(PlanSeat {
                    seat_guid: format!("{}-{name}-{}", self.name, spot.number),
                    seat_number: spot.label.to_string(),
                    uuid: None,
                    start_direction: None,
                    radius: None,
                    position: spot.at,
                    category,
                });
            }
            rows.push(Row {
                row_number: name,
                row_label: None,
                seat_label: None,
                uuid: None,
                row_number_position: Some("both".into()),
                position: Position::default(),
                seats,
            });
        }
        let position = Position { x: self.x * SEAT, y: self.y * ROW };
        Ok(Zone { name: self.name.clone(), zone_id: None, uuid: None, position, rows, areas: vec![] })
    }

    /// Returns the names of the rows, from the front, and the spots of each row, from the left. Seats that are left out
    /// are among them.
    ///
    /// # Errors
    /// The first fault, with the block as its place.
    pub fn spots(&self) -> Result<Vec<(String, Vec<Spot>)>, PlanError> {
        self.check_measures()?;
        let names = self.names()?;
        let kinds = self.entries(&self.kinds, &names, kind_named)?;
        let labels = self.entries(&self.labels, &names, SeatNumber::parse)?;
        let last = f64::from(self.rows - 1).max(1.0);
        let (sine, cosine) = self.angle.to_radians().sin_cos();
        let mut used = 0;
        let mut rows = Vec::with_capacity(names.len());
        for (index, name) in names.into_iter().enumerate() {
            let grown = f64::from(self.seats_last) - f64::from(self.seats);
            let count = (f64::from(self.seats) + grown * index as f64 / last).round() as u32;
            // In a row of another length, an aisle keeps its distance from the middle of the block.
            let aisle = |after: u32| f64::from(after) - f64::from(self.seats) / 2.0 + f64::from(count) / 2.0;
            let aisles: Vec<u32> = self.aisles.iter().map(|&after| aisle(after).round().max(0.0) as u32).collect();
            let crossed = |place: u32| aisles.iter().filter(|&&after| after < place).count() as f64;
            let width = f64::from(count) + crossed(count);
            let spot = |place: u32| {
                let number = self.number(place, count, used);
                let across = (f64::from(place) + crossed(place) - (width + 1.0) / 2.0) * SEAT;
                let at = self.bent(across, index as f64 * ROW);
                Spot {
                    number,
                    label: last_of(&labels, index, number).unwrap_or_else(|| number.into()),
                    kind: last_of(&kinds, index, number).unwrap_or(Some(SeatKind::Standard)),
                    at: Position { x: rounded(at.x * cosine - at.y * sine), y: rounded(at.x * sine + at.y * cosine) },
                }
            };
            rows.push((name, (1..=count).map(spot).collect::<Vec<_>>()));
            used += count;
        }
        self.check_named(&kinds, &rows)?;
        self.check_named(&labels, &rows)?;
        Ok(rows)
    }

    /// Checks that each entry names a seat of the block.
    fn check_named<T>(&self, entries: &[Entry<'_, T>], rows: &[(String, Vec<Spot>)]) -> Result<(), PlanError> {
        let is_named = |entry: &Entry<'_, T>| {
            let mut spots = rows[entry.rows.clone()].iter().flat_map(|(_, spots)| spots);
            spots.any(|spot| entry.numbers.contains(&spot.number))
        };
        entries.iter().find(|entry| !is_named(entry)).map_or(Ok(()), |entry| Err(self.unclear(entry.text)))
    }

    /// Checks that every number is within its range.
    fn check_measures(&self) -> Result<(), PlanError> {
        let whole =
            [(self.rows, 1, 200), (self.seats, 1, 300), (self.seats_last, 1, 300), (self.first_number, 1, 9_999)];
        let parts = [(self.x, 500.0), (self.y, 500.0), (self.angle, 360.0)];
        let wrong =
            whole.iter().find(|(given, low, high)| given < low || given > high).map(|(given, ..)| given.to_string());
        let wrong = wrong.or_else(|| {
            parts.iter().find(|(given, most)| !(-most..=*most).contains(given)).map(|(given, _)| given.to_string())
        });
        let wrong = wrong.or_else(|| (!(0.0..=180.0).contains(&self.curve)).then(|| self.curve.to_string()));
        match wrong {
            Some(given) => Err(PlanPlace::zone(&self.name).with(PlanFault::Measure { given })),
            None => Ok(()),
        }
    }

    /// Returns where the curve moves a position in the straight block. `across` is its distance to the right of the
    /// middle, `behind` its distance from the front row. The ends of a curved row are nearer to the stage. The front
    /// row spans the angle `curve`; the rows behind it are parts of larger circles with the same centre, and the
    /// distance between seats stays the same.
    fn bent(&self, across: f64, behind: f64) -> Position {
        if self.curve == 0.0 {
            return Position { x: across, y: behind };
        }
        let front = f64::from(self.seats) * SEAT / self.curve.to_radians();
        let radius = front + behind;
        let (sine, cosine) = (across / radius).sin_cos();
        Position { x: radius * sine, y: radius * cosine - front }
    }

    /// Returns the number of the seat at `place` (from 1, from the left) in a row of `count` seats. `used` is the
    /// number of seats in the rows in front of it.
    fn number(&self, place: u32, count: u32, used: u32) -> i64 {
        let left = count.div_ceil(2);
        i64::from(match self.numbering {
            Numbering::LeftToRight => self.first_number + place - 1,
            Numbering::RightToLeft => self.first_number + count - place,
            Numbering::Through => self.first_number + used + place - 1,
            Numbering::OddEven if place <= left => 2 * (left - place) + 1,
            Numbering::OddEven => 2 * (place - left),
        })
    }

    /// Returns the names of the rows, from the front.
    fn names(&self) -> Result<Vec<String>, PlanError> {
        let first = match self.row_names {
            RowNames::Numbers => self.first_row.trim().parse().ok().filter(|first| (1..=9_999).contains(first)),
            RowNames::Letters => in_letters(&self.first_row, ALPHABET),
            RowNames::ClearLetters => in_letters(&self.first_row, CLEAR),
        };
        let first = first.ok_or_else(|| self.unclear(&self.first_row))?;
        Ok((first..first + self.rows)
            .map(|row| match self.row_names {
                RowNames::Numbers => row.to_string(),
                RowNames::Letters => letters(row, ALPHABET),
                RowNames::ClearLetters => letters(row, CLEAR),
            })
            .collect())
    }

    /// Returns the error for a part of the description that cannot be parsed.
    fn unclear(&self, given: &str) -> PlanError {
        PlanPlace::zone(&self.name).with(PlanFault::Description { given: given.trim().to_owned() })
    }

    /// Parses a list of rows: one row (`A`), a range (`A-F`), or a row and all rows behind it (`A-`). Returns their
    /// indices in `names`; `None` if a row is unknown or the range is empty.
    fn rows(&self, given: &str, names: &[String]) -> Option<RangeInclusive<usize>> {
        let row = |name: &str| names.iter().position(|known| known.eq_ignore_ascii_case(name.trim()));
        match given.split_once('-') {
            Some((from, to)) => {
                let last = if to.trim().is_empty() { names.len() - 1 } else { row(to)? };
                Some(row(from)?..=last).filter(|rows| !rows.is_empty())
            }
            None => row(given).map(|row| row..=row),
        }
    }

    /// Returns the price band of each row.
    fn bands(&self, names: &[String]) -> Result<Vec<String>, PlanError> {
        let mut bands = vec![None; names.len()];
        for part in parts(&self.bands) {
            let (rows, band) = match part.split_once(':') {
                Some((rows, band)) => (self.rows(rows, names).ok_or_else(|| self.unclear(part))?, band.trim()),
                // With a comma but without a colon, this is a mistyped list and not the name of a band.
                None if part.contains(',') => return Err(self.unclear(part)),
                None => (0..=names.len() - 1, part),
            };
            for row in rows {
                bands[row] = Some(band.to_owned());
            }
        }
        // A row without a price band belongs to the band with the name of the block.
        Ok(bands
            .into_iter()
            .map(|band| band.filter(|band| !band.is_empty()).unwrap_or_else(|| self.name.clone()))
            .collect())
    }

    /// Parses [`Self::kinds`] or [`Self::labels`]; `value` parses what follows the colon of an entry.
    fn entries<'b, T>(
        &self,
        text: &'b str,
        names: &[String],
        value: impl Fn(&str) -> Option<T>,
    ) -> Result<Vec<Entry<'b, T>>, PlanError> {
        let entry = |text: &'b str| {
            let (places, given) = text.split_once(':')?;
            let (rows, numbers) = match places.trim().rsplit_once(char::is_whitespace) {
                Some((rows, numbers)) => (rows, numbers_named(numbers)?),
                None => (places, 1..=i64::MAX),
            };
            Some(Entry { rows: self.rows(rows, names)?, numbers, value: value(given.trim())?, text })
        };
        parts(text).map(|part| entry(part).ok_or_else(|| self.unclear(part))).collect()
    }
}

/// An entry of [`Block::kinds`] or [`Block::labels`]: seats, and what it says about them.
struct Entry<'b, T> {
    /// The indices of the rows.
    rows: RangeInclusive<usize>,
    /// The numbers of the seats in each of these rows.
    numbers: RangeInclusive<i64>,
    value: T,
    /// The entry as it was typed.
    text: &'b str,
}

/// Returns what the last entry about a seat says, since later entries override earlier ones. `None` if there is no entry
/// about the seat.
fn last_of<T: Clone>(entries: &[Entry<'_, T>], row: usize, number: i64) -> Option<T> {
    let about = entries.iter().rev().find(|entry| entry.rows.contains(&row) && entry.numbers.contains(&number));
    about.map(|entry| entry.value.clone())
}

/// Splits a description into its parts, which are separated by semicolons or line breaks.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split([';', '\n']).map(str::trim).filter(|part| !part.is_empty())
}

/// Returns the kind of seat with this name, in English or Korean: `Some(None)` for seats that are left out, and `None`
/// if there is no such kind.
fn kind_named(name: &str) -> Option<Option<SeatKind>> {
    match name.to_lowercase().as_str() {
        "none" | "없음" => Some(None),
        "휠체어" | "휠체어석" => Some(Some(SeatKind::Wheelchair)),
        "동반" | "동반석" => Some(Some(SeatKind::Companion)),
        "시야제한" | "시야제한석" | "restricted view" => Some(Some(SeatKind::Restricted)),
        "일반" | "일반석" => Some(Some(SeatKind::Standard)),
        word => SeatKind::from_word(word).map(Some),
    }
}

/// Parses a seat number (`4`) or a range of seat numbers (`4-9`). `None` if it is neither, or empty.
fn numbers_named(text: &str) -> Option<RangeInclusive<i64>> {
    let (from, to) = text.split_once('-').unwrap_or((text, text));
    let numbers = from.trim().parse().ok()?..=to.trim().parse().ok()?;
    (!numbers.is_empty()).then_some(numbers)
}

const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ";
/// The alphabet without I and O.
const CLEAR: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZ";

/// Returns the name of the row with this number, counted from 1: A to Z, then AA, AB and so on.
fn letters(mut row: u32, alphabet: &[u8]) -> String {
    let base = alphabet.len() as u32;
    let mut name = vec![];
    while row > 0 {
        name.insert(0, char::from(alphabet[((row - 1) % base) as usize]));
        row = (row - 1) / base;
    }
    name.into_iter().collect()
}

/// Returns the number of the row with this name: the inverse of [`letters`]. `None` if the name is empty, a letter is
/// not in the alphabet, or the number is 10,000 or more.
fn in_letters(name: &str, alphabet: &[u8]) -> Option<u32> {
    let base = alphabet.len() as u32;
    let letters = name.trim().bytes().map(|letter| letter.to_ascii_uppercase());
    let row = letters.clone().try_fold(0_u32, |row, letter| {
        let letter = alphabet.iter().position(|&known| known == letter)? as u32;
        row.checked_mul(base)?.checked_add(letter + 1)
    });
    row.filter(|row| (1..10_000).contains(row))
}

/// Rounds to hundredths. Further digits are only rounding errors.
fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(name: &str) -> Block {
        Block { name: name.into(), rows: 3, seats: 4, seats_last: 4, ..Block::default() }
    }

    fn hall(blocks: Vec<Block>) -> Design {
        Design {
            name: "Hall".into(),
            stage: "Stage".into(),
            stage_width: 10.0,
            stage_depth: 2.0,
            focal_depth: 1.0,
            blocks,
        }
    }

    fn drawn(block: Block) -> Vec<super::super::Placed> {
        hall(vec![block]).draw().and_then(|(plan, _)| plan.placed_as_drawn()).expect("a sound block")
    }

    fn numbers(block: Block) -> Vec<(String, i64)> {
        drawn(block).into_iter().map(|seat| (seat.row, seat.number.integer().expect("a number"))).collect()
    }

    #[test]
    fn rows_are_named_by_three_schemes_from_any_first_name() {
        for (row_names, first, names) in [
            (RowNames::Letters, "H", ["H", "I", "J"]),
            (RowNames::ClearLetters, "h", ["H", "J", "K"]),
            (RowNames::Letters, "Z", ["Z", "AA", "AB"]),
            (RowNames::Numbers, "9", ["9", "10", "11"]),
        ] {
            let block = Block { row_names, first_row: first.into(), ..block("A") };
            assert_eq!(block.names().expect("names"), names, "{first}");
        }
        for (row_names, first) in
            [(RowNames::Letters, ""), (RowNames::Letters, "1"), (RowNames::ClearLetters, "O"), (RowNames::Numbers, "0")]
        {
            let block = Block { row_names, first_row: first.into(), ..block("A") };
            let fault = PlanFault::Description { given: first.into() };
            assert_eq!(block.names(), Err(PlanPlace::zone("A").with(fault)), "{first:?}");
        }
    }

    #[test]
    fn seats_are_numbered_by_four_schemes() {
        let first_row = |numbering, first_number| {
            let block = Block { numbering, first_number, rows: 2, seats: 5, seats_last: 5, ..block("A") };
            numbers(block).into_iter().map(|(_, number)| number).collect::<Vec<_>>()
        };
        assert_eq!(first_row(Numbering::LeftToRight, 1), [1, 2, 3, 4, 5, 1, 2, 3, 4, 5]);
        assert_eq!(first_row(Numbering::RightToLeft, 11), [15, 14, 13, 12, 11, 15, 14, 13, 12, 11]);
        assert_eq!(first_row(Numbering::Through, 1), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
        assert_eq!(first_row(Numbering::OddEven, 1), [5, 3, 1, 2, 4, 5, 3, 1, 2, 4]);
    }

    #[test]
    fn a_block_behind_continues_the_curve_and_the_width_of_the_one_before() {
        let front = Block { rows: 10, seats: 20, seats_last: 30, curve: 50.0, aisles: vec![7, 13], ..block("A") };
        let behind = front.behind(3.0);
        assert_eq!((behind.seats, behind.seats_last, &*behind.aisles), (30, 30, &[12, 18][..]));
        assert_eq!((behind.x, behind.y), (front.x, front.y + 12.0));
        let middle = |block: &Block| block.y * ROW - f64::from(block.seats) * SEAT / block.curve.to_radians();
        assert!((middle(&behind) - middle(&front)).abs() < 4.0, "{} {}", middle(&behind), middle(&front));
        let turned = Block { angle: 90.0, ..front }.behind(3.0);
        assert!(turned.x < 0.0 && (turned.y - Block::default().y).abs() < 0.01, "{turned:?}");
        assert_eq!(block("straight").behind(1.0).curve, 0.0);
    }

    #[test]
    fn rows_grow_evenly_and_an_aisle_stays_where_it_is() {
        let block = Block { seats: 4, seats_last: 8, aisles: vec![2], ..block("A") };
        let seats = drawn(block);
        let row = |name: &str| seats.iter().filter(|seat| seat.row == name).collect::<Vec<_>>();
        assert_eq!([row("A").len(), row("B").len(), row("C").len()], [4, 6, 8]);
        let places: Vec<_> = row("C").iter().map(|seat| seat.position).collect();
        assert_eq!(places, [1, 2, 3, 4, 6, 7, 8, 9]);
        // The aisle is one seat wide, and in the middle of each row.
        let middle =
            |seats: Vec<&super::super::Placed>| (seats[seats.len() / 2 - 1].at.0 + seats[seats.len() / 2].at.0) / 2;
        assert_eq!([middle(row("A")), middle(row("B"))], [middle(row("C")); 2]);
    }

    #[test]
    fn a_curve_bends_the_ends_towards_the_stage_and_keeps_seats_apart() {
        let seats = drawn(Block { seats: 20, seats_last: 20, curve: 60.0, ..block("A") });
        let (first, middle, last) = (&seats[0], &seats[9], &seats[19]);
        assert!(first.at.1 < middle.at.1 && (first.at.1 - last.at.1).abs() <= 1, "{first:?} {middle:?} {last:?}");
        let distance = |one: usize| {
            let (one, next) = (&seats[one].at, &seats[one + 1].at);
            ((one.0 - next.0) as f64).hypot((one.1 - next.1) as f64) / 10.0
        };
        for index in (0..19).chain(20..39) {
            assert!((distance(index) - SEAT).abs() < 0.3, "{index}: {}", distance(index));
        }
    }

    #[test]
    fn an_angle_turns_a_block_around_the_middle_of_its_front_row() {
        let straight = drawn(block("A"));
        let turned = drawn(Block { angle: 90.0, ..block("A") });
        let across = |seats: &[super::super::Placed]| (seats[3].at.0 - seats[0].at.0, seats[3].at.1 - seats[0].at.1);
        assert_eq!((across(&straight), across(&turned)), ((720, 0), (0, 720)));
    }

    #[test]
    fn bands_are_set_per_row_and_kinds_per_seat() {
        let seats = drawn(Block {
            bands: "A-B: Front; C: Back".into(),
            kinds: "A 1-2: wheelchair\nA 3: 동반석; C: restricted".into(),
            ..block("A")
        });
        let told: Vec<_> = seats.iter().map(|seat| (&*seat.category, seat.kind)).collect();
        use SeatKind::*;
        let expected = [
            [("Front", Wheelchair), ("Front", Wheelchair), ("Front", Companion), ("Front", Standard)],
            [("Front", Standard); 4],
            [("Back", Restricted); 4],
        ];
        assert_eq!(told, expected.concat());
        let on = Block { bands: "A: Front; B-: Back".into(), kinds: "C-: restricted".into(), ..block("A") };
        let rows: Vec<_> = drawn(on).into_iter().step_by(4).map(|seat| (seat.category, seat.kind)).collect();
        let expected = [("Front", Standard), ("Back", Standard), ("Back", Restricted)];
        assert_eq!(rows, expected.map(|(band, kind)| (band.into(), kind)), "rows without a last one go on to the end");
        assert!(drawn(block("Circle")).iter().all(|seat| seat.category == "Circle"), "a block without bands is one");
    }

    /// The numbers and positions of the seats in row A.
    fn row_a(block: Block) -> Vec<(String, i64)> {
        let row = drawn(block).into_iter().filter(|seat| seat.row == "A");
        row.map(|seat| (seat.number.to_string(), seat.position)).collect()
    }

    #[test]
    fn a_seat_that_is_left_out_is_a_gap_and_the_other_seats_keep_their_numbers() {
        let six = || Block { rows: 2, seats: 6, seats_last: 6, ..block("A") };
        for (left_out, expected) in [
            ("A 3: none", &[("1", 1), ("2", 2), ("4", 4), ("5", 5), ("6", 6)][..]),
            ("A 3-4: 없음", &[("1", 1), ("2", 2), ("5", 5), ("6", 6)]),
            ("A 1: none; A 6: None", &[("2", 1), ("3", 2), ("4", 3), ("5", 4)]),
            // No two of these are neighbours.
            ("A 2: none; A 4: none; A 6: none", &[("1", 1), ("3", 3), ("5", 5)]),
            // A later entry puts seats back.
            ("A: none; A 2-3: standard", &[("2", 1), ("3", 2)]),
            ("A: none", &[]),
        ] {
            let expected: Vec<(String, i64)> =
                expected.iter().map(|&(number, place)| (number.to_owned(), place)).collect();
            let kinds = || left_out.to_owned();
            assert_eq!(row_a(Block { kinds: kinds(), ..six() }), expected, "{left_out}");
            // In a curved and turned block too.
            let bent = Block { kinds: kinds(), curve: 120.0, angle: 30.0, ..six() };
            assert_eq!(row_a(bent), expected, "{left_out}, bent");
        }
        let through = Block { numbering: Numbering::Through, kinds: "A 2: none".into(), ..six() };
        assert_eq!(numbers(through)[5..7], [("B".to_owned(), 7), ("B".to_owned(), 8)]);
        let spots = Block { kinds: "A 3: none".into(), ..six() }.spots().expect("spots");
        let kinds: Vec<_> = spots[0].1.iter().map(|spot| spot.kind.is_some()).collect();
        assert_eq!(kinds, [true, true, false, true, true, true], "the place of the seat stays known");
        let all = Block { kinds: "A-: none".into(), ..six() };
        assert_eq!(hall(vec![all]).draw().err(), Some(PlanPlace::WHOLE.with(PlanFault::NoSeats)));
    }

    #[test]
    fn a_label_is_written_on_a_seat_instead_of_its_number() {
        let labelled =
            |labels: &str, kinds: &str| row_a(Block { labels: labels.into(), kinds: kinds.into(), ..block("A") });
        let in_order = |numbers: [&str; 4]| -> Vec<(String, i64)> {
            (1..).zip(numbers).map(|(place, number)| (number.to_owned(), place)).collect()
        };
        for (labels, numbers) in [
            ("", ["1", "2", "3", "4"]),
            ("A 1: 1a; A 2: 0-0", ["1a", "0-0", "3", "4"]),
            ("A 4: 5\nA-B 1: 12a; A 1: 가", ["가", "2", "3", "5"]),
            ("A 1: 2; A 2: 1", ["2", "1", "3", "4"]),
        ] {
            assert_eq!(labelled(labels, ""), in_order(numbers), "{labels}");
        }
        // Special seats are named by their numbers, whatever is written on them.
        assert_eq!(labelled("A 1: X", "A 1: none").len(), 3);
        let twice = hall(vec![Block { labels: "A 1: 2".into(), ..block("A") }]).draw().err();
        let place = PlanPlace { zone: Some("A".into()), row: Some("A".into()), seat: Some("2".into()) };
        assert_eq!(twice, Some(place.with(PlanFault::TwoOfANumber { number: "2".into() })));
    }

    #[test]
    fn a_design_that_was_stored_before_there_were_labels_still_loads() {
        let mut json = serde_json::to_value(block("A")).expect("serialises");
        json.as_object_mut().expect("an object").remove("labels");
        assert_eq!(serde_json::from_value::<Block>(json).expect("loads"), block("A"));
    }

    #[test]
    fn a_block_beside_another_is_in_line_with_it_and_does_not_overlap() {
        for angle in [0.0, 30.0, -90.0] {
            let first = Block { aisles: vec![2], angle, ..block("A") };
            let second = Block { name: "B".into(), ..first.beside() };
            assert!(hall(vec![first, second]).draw().is_ok(), "{angle}");
        }
    }

    #[test]
    fn a_hall_whose_blocks_overlap_can_be_sketched() {
        let two = hall(vec![block("A"), block("A")]);
        assert!(two.draw().is_err());
        assert_eq!(two.sketch().expect("a sketch").0.seat_count(), 24);
    }

    #[test]
    fn what_cannot_be_drawn_is_refused_with_the_block_and_the_reason() {
        let described = |given: &str| PlanFault::Description { given: given.into() };
        let measured = |given: &str| PlanFault::Measure { given: given.into() };
        for (wrong, fault) in [
            (Block { bands: "X-Z: Front".into(), ..block("A") }, described("X-Z: Front")),
            (Block { bands: "C-A: Front".into(), ..block("A") }, described("C-A: Front")),
            (Block { bands: "A to B Front, C Back".into(), ..block("A") }, described("A to B Front, C Back")),
            (Block { kinds: "A 1: throne".into(), ..block("A") }, described("A 1: throne")),
            (Block { kinds: "wheelchair".into(), ..block("A") }, described("wheelchair")),
            (Block { kinds: "A 1: none; A 5: none".into(), ..block("A") }, described("A 5: none")),
            (Block { kinds: "D: none".into(), ..block("A") }, described("D: none")),
            (Block { labels: "A 9: 1a".into(), ..block("A") }, described("A 9: 1a")),
            (Block { labels: "A 1: much too long".into(), ..block("A") }, described("A 1: much too long")),
            (Block { labels: "A 1 1a".into(), ..block("A") }, described("A 1 1a")),
            (Block { rows: 0, ..block("A") }, measured("0")),
            (Block { seats: 301, ..block("A") }, measured("301")),
            (Block { curve: 181.0, ..block("A") }, measured("181")),
            (Block { x: f64::NAN, ..block("A") }, measured("NaN")),
        ] {
            assert_eq!(hall(vec![wrong]).draw().err(), Some(PlanPlace::zone("A").with(fault)));
        }
        let two = hall(vec![block("A"), Block { x: 1.0, y: 3.0, ..block("B") }]);
        assert!(
            matches!(two.draw(), Err(PlanError { fault: PlanFault::Overlap { .. }, .. })),
            "blocks do not stand on each other"
        );
        assert_eq!(hall(vec![]).draw().err(), Some(PlanPlace::WHOLE.with(PlanFault::NoSeats)));
        let vast = Block { rows: 200, seats: 300, seats_last: 300, ..block("A") };
        let fault = PlanFault::TooManySeats { limit: MAX_SEATS };
        assert_eq!(hall(vec![vast]).draw().err(), Some(PlanPlace::zone("A").with(fault)));
    }

    #[test]
    fn the_drawing_contains_the_hall_and_every_seat_faces_the_stage() {
        let (plan, focal) = hall(vec![Block { angle: 30.0, x: -8.0, ..block("A") }]).draw().expect("drawn");
        assert!(
            plan.seats().all(|(.., at)| {
                (0.0..=plan.size.width).contains(&at.x) && (0.0..=plan.size.height).contains(&at.y)
            })
        );
        let backdrop = plan.backdrop();
        assert_eq!(backdrop.focal, focal, "the stage is two rows deep, and everybody looks at its middle");
        assert!(plan.categories.iter().all(|category| category.color.is_some()));
    }
}
