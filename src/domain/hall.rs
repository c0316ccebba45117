//! The plan of a hall, and which of its free seats are near to one that is gone.

use super::entities::Seat;
use super::seating::Backdrop;
use super::{Points, SeatId, SeatKind, SeatStatus, words};
use std::collections::HashMap;
use std::ops::Range;

/// The seats of a schedule in the order in which the hall was built: by section, row and place. It never changes while the
/// schedule is sold; a changed hall is another plan.
#[derive(Debug)]
pub struct Plan {
    seats: Vec<Seat>,
    at: HashMap<SeatId, usize>,
    /// For each seat the number of its section and of its row, counted through the hall.
    rows: Vec<(i64, i64)>,
    sections: Vec<Section>,
    bands: Vec<Band>,
    /// For each seat the number of its band.
    band_of: Vec<usize>,
    /// For each seat whether the next stands beside it.
    goes_on: Vec<bool>,
    /// The kinds of places that there are.
    kinds: Vec<SeatKind>,
    backdrop: Option<Backdrop>,
}

/// A price band of a hall.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Band {
    pub name: String,
    pub price: Points,
}

/// A part of a hall that has a name: seats that follow each other in its plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    pub name: String,
    /// The lowest and the highest price.
    pub prices: (Points, Points),
    /// Where its seats are in the plan.
    pub seats: Range<usize>,
}

/// The rows of seats that follow each other in a section.
pub fn rows(seats: &[Seat]) -> impl Iterator<Item = &[Seat]> {
    seats.chunk_by(|one, next| one.row == next.row)
}

impl Plan {
    /// The plan of seats in the order of the hall.
    pub fn new(seats: Vec<Seat>) -> Self {
        let at = seats.iter().enumerate().map(|(index, seat)| (seat.id, index)).collect();
        let mut row_of = Vec::with_capacity(seats.len());
        let mut sections: Vec<Section> = vec![];
        let mut row = 0;
        for part in seats.chunk_by(|one, next| one.section == next.section) {
            let (begins, section) = (row_of.len(), sections.len() as i64);
            for in_a_row in rows(part) {
                row_of.extend(in_a_row.iter().map(|_| (section, row)));
                row += 1;
            }
            let prices = part.iter().map(|seat| seat.price);
            if let (Some(first), Some(low), Some(high)) = (part.first(), prices.clone().min(), prices.max()) {
                sections.push(Section {
                    name: first.section.clone(),
                    prices: (low, high),
                    seats: begins..row_of.len(),
                });
            }
        }
        let (mut bands, mut band_of, mut kinds) = (Vec::<Band>::new(), Vec::with_capacity(seats.len()), vec![]);
        for seat in &seats {
            let known = bands.iter().position(|band| band.name == seat.category);
            band_of.push(known.unwrap_or(bands.len()));
            if known.is_none() {
                bands.push(Band { name: seat.category.clone(), price: seat.price });
            }
            if !kinds.contains(&seat.kind) {
                kinds.push(seat.kind);
            }
        }
        let stands_beside = |(one, next): (usize, usize)| {
            row_of[one] == row_of[next] && seats[next].position == seats[one].position + 1
        };
        let goes_on = (0..seats.len()).zip(1..seats.len()).map(stands_beside).collect();
        Self { seats, at, rows: row_of, sections, bands, band_of, goes_on, kinds, backdrop: None }
    }

    /// The plan with what its drawing has beside the seats.
    pub fn before(self, backdrop: Option<Backdrop>) -> Self {
        Self { backdrop, ..self }
    }

    /// What the drawing has beside the seats, where there is a drawing.
    pub const fn backdrop(&self) -> Option<&Backdrop> {
        self.backdrop.as_ref()
    }

    /// Where everybody looks, in tenths of the plan's unit.
    pub fn focal(&self) -> (i64, i64) {
        let drawn = self.backdrop.as_ref().map(|drawn| ((drawn.focal.x * 10.0) as i64, (drawn.focal.y * 10.0) as i64));
        drawn.unwrap_or_else(|| self.before_the_middle())
    }

    /// The price bands, in the order of their first seats.
    pub fn bands(&self) -> &[Band] {
        &self.bands
    }

    /// Whether the seat after one stands beside it.
    pub fn goes_on(&self, index: usize) -> bool {
        self.goes_on.get(index).copied().unwrap_or(false)
    }

    /// The number of a seat's band.
    pub fn band_of(&self, index: usize) -> usize {
        self.band_of.get(index).copied().unwrap_or(0)
    }

    /// How many of the seats that are free stand in each band.
    pub fn by_band(&self, free: &[bool]) -> Vec<usize> {
        let mut left = vec![0; self.bands.len()];
        self.band_of.iter().zip(free).filter(|(_, free)| **free).for_each(|(&band, _)| left[band] += 1);
        left
    }

    /// Whether there are places of a kind.
    pub fn has(&self, kind: SeatKind) -> bool {
        self.kinds.contains(&kind)
    }

    /// The sections in order.
    pub fn sections(&self) -> &[Section] {
        &self.sections
    }

    /// The seats in order.
    pub fn seats(&self) -> &[Seat] {
        &self.seats
    }

    /// A point before the middle of the first seats, for a hall whose drawing says no other.
    fn before_the_middle(&self) -> (i64, i64) {
        let across = self.seats.iter().map(|seat| seat.at.0);
        let (left, right) = (across.clone().min().unwrap_or(0), across.max().unwrap_or(0));
        (left.midpoint(right), self.seats.iter().map(|seat| seat.at.1).min().unwrap_or(0) - 560)
    }

    /// Where a seat is in the order.
    pub fn index(&self, id: SeatId) -> Option<usize> {
        self.at.get(&id).copied()
    }

    /// The `count` free seats nearest to one of `gone`, the nearest first: in its section before any other, where a row
    /// further counts as two places. Seats of another price come after those of the same.
    pub fn nearest_free(&self, states: impl Iterator<Item = SeatStatus>, gone: &[SeatId], count: usize) -> Vec<SeatId> {
        let gone: Vec<usize> = gone.iter().filter_map(|&id| self.index(id)).collect();
        let place = |index: usize| Some((self.rows.get(index)?, self.seats.get(index)?));
        let distance = |index: usize, from: usize| {
            let ((section, row), seat) = place(index)?;
            let ((gone_section, gone_row), gone) = place(from)?;
            let (rows, places) = (2 * (row - gone_row), seat.position - gone.position);
            Some((seat.price != gone.price, (section - gone_section).abs(), rows * rows + places * places, index))
        };
        let free = states.enumerate().filter(|(_, status)| *status == SeatStatus::Reservable);
        let mut near = Vec::with_capacity(count + 1);
        for (index, _) in free {
            let Some(nearest) = gone.iter().filter_map(|&from| distance(index, from)).min() else { continue };
            if near.len() < count || near.last().is_some_and(|last| nearest < *last) {
                near.insert(near.partition_point(|other| *other < nearest), nearest);
                near.truncate(count);
            }
        }
        near.into_iter().filter_map(|(.., index)| Some(self.seats.get(index)?.id)).collect()
    }
}

words! {
    /// A way over a map.
    Way { Left = "ArrowLeft", Right = "ArrowRight", Up = "ArrowUp", Down = "ArrowDown" }
}

/// A seat that an arrow key may lead to.
#[derive(Debug, Clone, Copy)]
pub struct Spot {
    /// From the left and from the top.
    pub at: (f64, f64),
    /// Whether it is the next of its row, to either side.
    pub is_beside: bool,
}

/// Which of the spots an arrow key leads to. The next of the row comes first, where it lies more that way than aside; then the
/// nearest that does, where aside counts double; then the nearest that lies that way at all.
pub fn towards(here: (f64, f64), way: Way, spots: impl Iterator<Item = Spot>) -> Option<usize> {
    let (mut nearest, mut best) = (None, (2, f64::INFINITY));
    for (index, Spot { at, is_beside }) in spots.enumerate() {
        let (right, down) = (at.0 - here.0, at.1 - here.1);
        let (along, aside) = match way {
            Way::Left => (-right, down.abs()),
            Way::Right => (right, down.abs()),
            Way::Up => (-down, right.abs()),
            Way::Down => (down, right.abs()),
        };
        let rank = match (aside > along, is_beside) {
            (false, true) => 0,
            (false, false) => 1,
            (true, _) => 2,
        };
        let cost = (rank, along + 2.0 * aside);
        if along > 0.0 && cost < best {
            (nearest, best) = (Some(index), cost);
        }
    }
    nearest
}

/// The states of a hall as text: three seats a character of base64's alphabet, the first in the highest bits, two bits each:
/// 0 reservable, 1 occupied, 2 reserved.
pub fn pack(states: &[SeatStatus]) -> Vec<u8> {
    states.chunks(3).map(|three| pack_three(three.iter().copied())).collect()
}

/// The character of up to three seats.
pub fn pack_three(three: impl Iterator<Item = SeatStatus>) -> u8 {
    let bits = |status| match status {
        SeatStatus::Reservable => 0,
        SeatStatus::Occupied => 1,
        SeatStatus::Reserved => 2,
    };
    let sextet = three.take(3).enumerate().fold(0, |sum, (index, status)| sum | bits(status) << (4 - 2 * index));
    ALPHABET[sextet]
}

/// The states that [`pack`] wrote, with up to two more at the end than there are seats. Unknown characters are reserved.
pub fn unpack(text: &str) -> impl Iterator<Item = SeatStatus> {
    text.bytes().flat_map(|byte| {
        let sextet = ALPHABET.iter().position(|&letter| letter == byte).unwrap_or(usize::MAX);
        [4, 2, 0].map(|shift| match sextet >> shift & 3 {
            0 => SeatStatus::Reservable,
            1 => SeatStatus::Occupied,
            _ => SeatStatus::Reserved,
        })
    })
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

#[cfg(test)]
mod tests {
    use super::super::seating::{Block, Design, Placed};
    use super::*;
    use SeatStatus::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    /// Two sections of two rows of five seats, numbered through from 1; the second section costs more.
    fn plan() -> Plan {
        let seat = |id: i64| Seat {
            id: SeatId(id),
            section: if id <= 10 { "A".into() } else { "B".into() },
            row: ((id - 1) / 5 % 2).to_string(),
            number: (id - 1) % 5 + 1,
            position: (id - 1) % 5 + 1,
            price: if id <= 10 { 100 } else { 200 },
            category: String::new(),
            kind: SeatKind::Standard,
            at: (0, 0),
        };
        Plan::new((1..=20).map(seat).collect())
    }

    fn nearest(taken: &[i64], gone: &[i64], count: usize) -> Vec<i64> {
        let states: Vec<_> =
            (1..=20).map(|id| if taken.contains(&id) || gone.contains(&id) { Occupied } else { Reservable }).collect();
        let gone: Vec<_> = gone.iter().map(|&id| SeatId(id)).collect();
        plan().nearest_free(states.into_iter(), &gone, count).into_iter().map(|id| id.0).collect()
    }

    #[test]
    fn the_nearest_free_seats_are_beside_then_behind_then_in_the_next_section() {
        assert_eq!(nearest(&[], &[3], 3), [2, 4, 1]);
        assert_eq!(nearest(&[2, 4], &[3], 3), [1, 5, 8]);
        assert_eq!(nearest(&[], &[1, 5], 4), [2, 4, 3, 6]);
        assert_eq!(nearest(&[1, 2, 4, 5, 6, 7, 8, 9], &[3], 2), [10, 13]);
    }

    #[test]
    fn a_section_says_where_its_seats_are_and_what_they_cost() {
        let mut seats = plan().seats().to_vec();
        seats[3].price = 150;
        let section = |name: &str, prices, seats| Section { name: name.into(), prices, seats };
        let sections = [section("A", (100, 150), 0..10), section("B", (200, 200), 10..20)];
        assert_eq!(Plan::new(seats).sections(), sections);
        assert!(Plan::new(vec![]).sections().is_empty());
    }

    #[test]
    fn a_band_says_what_it_costs_and_how_many_of_it_are_left_and_a_hall_which_places_it_has() {
        let mut seats = plan().seats().to_vec();
        for (index, seat) in seats.iter_mut().enumerate() {
            seat.category = if index < 10 { "Front".into() } else { "Back".into() };
        }
        seats[19].kind = SeatKind::Wheelchair;
        let plan = Plan::new(seats);
        let bands: Vec<_> = plan.bands().iter().map(|band| (&*band.name, band.price)).collect();
        assert_eq!(bands, [("Front", 100), ("Back", 200)]);
        let free: Vec<_> = (0..20).map(|index| index >= 13).collect();
        assert_eq!(plan.by_band(&free), [0, 7]);
        assert_eq!([SeatKind::Wheelchair, SeatKind::Companion].map(|kind| plan.has(kind)), [true, false]);
    }

    #[test]
    fn only_free_seats_are_near_and_no_more_than_there_are() {
        let all: Vec<i64> = (1..=20).filter(|&id| id != 20).collect();
        assert_eq!(nearest(&all, &[1], 4), [20]);
        assert_eq!(nearest(&[], &[99], 4), Vec::<i64>::new());
        assert_eq!(nearest(&[], &[], 4), Vec::<i64>::new());
    }

    #[test]
    fn states_travel_three_a_character_and_come_back() {
        assert_eq!(pack(&[Reservable, Reservable, Reservable, Occupied, Reserved]), b"AY");
        let states: Vec<_> = [Reserved, Reservable, Occupied, Occupied].into_iter().cycle().take(1_201).collect();
        let packed = String::from_utf8(pack(&states)).expect("base64");
        assert_eq!(packed.len(), 401);
        assert_eq!(unpack(&packed).take(1_201).collect::<Vec<_>>(), states);
        assert!(unpack("?").all(|status| status == Reserved));
    }

    /// The free seats of a fan-shaped theatre with a block turned to its side, each with the number of its row.
    fn theatre(is_free: impl Fn(usize) -> bool) -> Vec<(String, (f64, f64))> {
        let block = |name: &str, x, y, angle| Block {
            name: name.into(),
            rows: 8,
            seats: 10,
            seats_last: 16,
            curve: 40.0,
            aisles: vec![4],
            x,
            y,
            angle,
            ..Block::default()
        };
        let blocks =
            vec![block("Stalls", 0.0, 2.0, 0.0), block("Side", 24.0, 4.0, 60.0), block("Balcony", 0.0, 14.0, 0.0)];
        let (stage_width, stage_depth, focal_depth) = (8.0, 3.0, 1.0);
        let design = Design { name: "T".into(), stage: "S".into(), stage_width, stage_depth, focal_depth, blocks };
        let seats = design.draw().expect("a plan").0.placed().expect("seats").into_iter().enumerate();
        let spot = |seat: Placed| (seat.section + &seat.row, (seat.at.0 as f64 / 10.0, seat.at.1 as f64 / 10.0));
        seats.filter(|(index, _)| is_free(*index)).map(|(_, seat)| spot(seat)).collect()
    }

    fn go(seats: &[(String, (f64, f64))], from: usize, way: Way) -> Option<usize> {
        let is_beside = |index: usize| index.abs_diff(from) == 1 && seats[index].0 == seats[from].0;
        let spots = seats.iter().enumerate().map(|(index, seat)| Spot { at: seat.1, is_beside: is_beside(index) });
        towards(seats[from].1, way, spots)
    }

    #[test]
    fn an_arrow_leads_along_a_curved_row_and_to_the_row_behind_or_before() {
        let seats = theatre(|_| true);
        // The front row has seats 0 to 9 and an aisle after the fourth.
        assert_eq!(go(&seats, 0, Way::Right), Some(1));
        assert_eq!(go(&seats, 3, Way::Right), Some(4));
        assert_eq!(go(&seats, 4, Way::Left), Some(3));
        let behind = go(&seats, 4, Way::Down).expect("a row behind");
        assert_eq!((&*seats[behind].0, go(&seats, behind, Way::Up)), ("StallsB", Some(4)));
    }

    #[test]
    fn better_far_along_than_near_and_aside_and_better_aside_than_nowhere() {
        let right = |spots: &[(f64, f64)]| {
            towards((0.0, 0.0), Way::Right, spots.iter().map(|&at| Spot { at, is_beside: false }))
        };
        assert_eq!(right(&[(20.0, 21.0), (60.0, 0.0)]), Some(1));
        assert_eq!(right(&[(20.0, 90.0), (20.0, 80.0)]), Some(1));
        assert_eq!(right(&[(0.0, 3.0), (-5.0, 0.0)]), None);
    }

    proptest! {
        #[test]
        fn arrows_reach_every_free_seat_of_a_row_whatever_is_taken(free in vec(any::<bool>(), 400)) {
            let seats = theatre(|index| free[index]);
            for (index, pair) in seats.windows(2).enumerate().filter(|(_, pair)| pair[0].0 == pair[1].0) {
                let ways = [Way::Left, Way::Right, Way::Up, Way::Down];
                prop_assert!(ways.iter().any(|&way| go(&seats, index, way) == Some(index + 1)), "{pair:?}");
                prop_assert!(ways.iter().any(|&way| go(&seats, index + 1, way) == Some(index)), "{pair:?}");
            }
        }
    }
}
