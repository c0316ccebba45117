//! The seats of a hall in order, with what the seat map needs: sections, price bands, the free seats nearest to a taken
//! one, moving with the arrow keys, and a compact encoding of the states of all seats.

use super::seating::Backdrop;
use super::{Points, Seat, SeatId, SeatKind, SeatStatus, string_enum};
use std::collections::HashMap;
use std::ops::Range;

/// The seats of a schedule, in the order in which the hall was built: by section, row and position. A `HallPlan` never
/// changes; if the hall is built again, a new one is made. A seat is identified by its index in this order.
#[derive(Debug)]
pub struct HallPlan {
    seats: Vec<Seat>,
    /// The index of each seat.
    at: HashMap<SeatId, usize>,
    sections: Vec<Section>,
    bands: Vec<Band>,
    /// For each seat: the index of its price band in `bands`.
    band_of: Vec<usize>,
    /// For each seat: whether the next seat is adjacent to it.
    next_is_adjacent: Vec<bool>,
    /// The kinds of seats in this hall, each once.
    kinds: Vec<SeatKind>,
    backdrop: Option<Backdrop>,
}

/// A price band of a hall: the seats of one category.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Band {
    pub name: String,
    /// The price of its first seat, which is normally the price of all its seats.
    pub price: Points,
}

/// A named part of a hall, whose seats are consecutive in the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    pub name: String,
    /// The lowest and the highest price of its seats.
    pub prices: (Points, Points),
    /// The indices of its seats in the plan.
    pub seats: Range<usize>,
}

/// Splits the consecutive seats of a section into its rows.
pub fn rows(seats: &[Seat]) -> impl Iterator<Item = &[Seat]> {
    seats.chunk_by(|one, next| one.row == next.row)
}

impl HallPlan {
    /// Makes the plan of a hall with these seats, which must be in the order of the hall.
    pub fn new(seats: Vec<Seat>) -> Self {
        let at = seats.iter().enumerate().map(|(index, seat)| (seat.id, index)).collect();
        let mut row_of = Vec::with_capacity(seats.len());
        let mut sections: Vec<Section> = vec![];
        let mut row = 0;
        for part in seats.chunk_by(|one, next| one.section == next.section) {
            let begins = row_of.len();
            for in_a_row in rows(part) {
                row_of.extend(in_a_row.iter().map(|_| row));
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
        let next_is_adjacent = (0..seats.len()).zip(1..seats.len()).map(stands_beside).collect();
        Self { seats, at, sections, bands, band_of, next_is_adjacent, kinds, backdrop: None }
    }

    /// Returns this plan with a backdrop: everything in the drawing of the hall except the seats.
    pub fn before(self, backdrop: Option<Backdrop>) -> Self {
        Self { backdrop, ..self }
    }

    /// Returns everything in the drawing of the hall except the seats. `None` if the hall was built without a drawing.
    pub const fn backdrop(&self) -> Option<&Backdrop> {
        self.backdrop.as_ref()
    }

    /// Returns the focal point, at which the audience looks: its distances from the left and from the top, in tenths of
    /// the plan's unit.
    pub fn focal(&self) -> (i64, i64) {
        let drawn = self.backdrop.as_ref().map(|drawn| ((drawn.focal.x * 10.0) as i64, (drawn.focal.y * 10.0) as i64));
        drawn.unwrap_or_else(|| self.before_the_middle())
    }

    /// Returns the price bands, in the order of their first seats.
    pub fn bands(&self) -> &[Band] {
        &self.bands
    }

    /// Whether the seat after the one at `index` is adjacent to it: in the same row, with no aisle between them.
    pub fn next_is_adjacent(&self, index: usize) -> bool {
        self.next_is_adjacent.get(index).copied().unwrap_or(false)
    }

    /// Returns the index of a seat's price band in [`HallPlan::bands()`].
    pub fn band_of(&self, index: usize) -> usize {
        self.band_of.get(index).copied().unwrap_or(0)
    }

    /// Returns for each price band how many of its seats are free. `free` says for each seat of the plan whether it is
    /// free.
    pub fn by_band(&self, free: &[bool]) -> Vec<usize> {
        let mut left = vec![0; self.bands.len()];
        self.band_of.iter().zip(free).filter(|(_, free)| **free).for_each(|(&band, _)| left[band] += 1);
        left
    }

    /// Whether the hall has seats of a kind.
    pub fn has(&self, kind: SeatKind) -> bool {
        self.kinds.contains(&kind)
    }

    /// Returns the sections in the order of the hall.
    pub fn sections(&self) -> &[Section] {
        &self.sections
    }

    /// Returns the seats in the order of the hall.
    pub fn seats(&self) -> &[Seat] {
        &self.seats
    }

    /// Returns the focal point of a hall without a drawing: centred on the seats from left to right, and 56 units (two
    /// rows) in front of the foremost ones.
    fn before_the_middle(&self) -> (i64, i64) {
        let across = self.seats.iter().map(|seat| seat.at.0);
        let (left, right) = (across.clone().min().unwrap_or(0), across.max().unwrap_or(0));
        (left.midpoint(right), self.seats.iter().map(|seat| seat.at.1).min().unwrap_or(0) - 560)
    }

    /// Returns the index of a seat. `None` if the hall has no such seat.
    pub fn index(&self, id: SeatId) -> Option<usize> {
        self.at.get(&id).copied()
    }

    /// Returns up to `count` free seats near the seats `gone`, the nearest first. `states` has the state of each seat
    /// of the plan. A seat is nearer to a seat of `gone` than another if it has the same price and the other has not;
    /// otherwise if it stands in the same section and the other does not; otherwise if its distance in the hall is
    /// smaller, where a seat of another row counts as twice as far away. Of several seats of `gone`, the nearest
    /// counts.
    pub fn nearest_free(&self, states: impl Iterator<Item = SeatStatus>, gone: &[SeatId], count: usize) -> Vec<SeatId> {
        let gone: Vec<usize> = gone.iter().filter_map(|&id| self.index(id)).collect();
        let distance = |index: usize, from: usize| {
            let (seat, gone) = (self.seats.get(index)?, self.seats.get(from)?);
            let (right, down) = (seat.at.0 - gone.at.0, seat.at.1 - gone.at.1);
            let factor = if seat.row == gone.row { 1 } else { 4 };
            let away = factor * (right * right + down * down);
            Some((seat.price != gone.price, seat.section != gone.section, away, index))
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

string_enum! {
    /// A direction on the seat map. The words are the names of the arrow keys in `KeyboardEvent.key`.
    Direction { Left = "ArrowLeft", Right = "ArrowRight", Up = "ArrowUp", Down = "ArrowDown" }
}

/// A seat that an arrow key may move to.
#[derive(Debug, Clone, Copy)]
pub struct Spot {
    /// The distances of the same point of each seat, such as its centre, from the left and from the top, in any unit.
    pub at: (f64, f64),
    /// Whether it is, among the spots, the next one to the left or right in the row of the seat where the move starts.
    pub is_row_neighbour: bool,
}

/// Returns the index in `spots` of the seat to which an arrow key moves from the point `here`. `None` if no seat lies
/// in the direction `way`.
///
/// Seats that lie at most 45 degrees off that direction are preferred, and among them the next seat of the same row.
/// Among seats of the same rank, the nearest wins, where a distance to the side counts double.
pub fn next_in_direction(here: (f64, f64), way: Direction, spots: impl Iterator<Item = Spot>) -> Option<usize> {
    let (mut nearest, mut best) = (None, (2, f64::INFINITY));
    for (index, Spot { at, is_row_neighbour }) in spots.enumerate() {
        let (right, down) = (at.0 - here.0, at.1 - here.1);
        let (along, aside) = match way {
            Direction::Left => (-right, down.abs()),
            Direction::Right => (right, down.abs()),
            Direction::Up => (-down, right.abs()),
            Direction::Down => (down, right.abs()),
        };
        let rank = match (aside > along, is_row_neighbour) {
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

/// Writes the states of all seats as ASCII text. Each character, of the base64 alphabet, encodes three seats with two
/// bits each, the first seat in the highest bits: 0 reservable, 1 occupied, 2 reserved.
pub fn pack(states: &[SeatStatus]) -> Vec<u8> {
    states.chunks(3).map(|three| pack_three(three.iter().copied())).collect()
}

/// Returns the character for up to three seats, as [`pack`] writes it.
pub fn pack_three(three: impl Iterator<Item = SeatStatus>) -> u8 {
    let bits = |status| match status {
        SeatStatus::Reservable => 0,
        SeatStatus::Occupied => 1,
        SeatStatus::Reserved => 2,
    };
    let sextet = three.take(3).enumerate().fold(0, |sum, (index, status)| sum | bits(status) << (4 - 2 * index));
    ALPHABET[sextet]
}

/// Reads the states that [`pack`] wrote. Since a character always encodes three seats, up to two states too many may be
/// returned at the end. A character outside the alphabet is read as three reserved seats.
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

    /// Two sections of two rows of five seats, with the ids 1 to 20. The second section costs more.
    fn plan() -> HallPlan {
        let seat = |id: i64| Seat {
            id: SeatId(id),
            section: if id <= 10 { "A".into() } else { "B".into() },
            row: ((id - 1) / 5 % 2).to_string(),
            number: ((id - 1) % 5 + 1).into(),
            position: (id - 1) % 5 + 1,
            price: if id <= 10 { 100 } else { 200 },
            category: String::new(),
            kind: SeatKind::Standard,
            at: ((id - 1) % 5 * 240, (id - 1) / 5 * 280),
        };
        HallPlan::new((1..=20).map(seat).collect())
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
        assert_eq!(HallPlan::new(seats).sections(), sections);
        assert!(HallPlan::new(vec![]).sections().is_empty());
    }

    #[test]
    fn a_band_says_what_it_costs_and_how_many_of_it_are_left_and_a_hall_which_places_it_has() {
        let mut seats = plan().seats().to_vec();
        for (index, seat) in seats.iter_mut().enumerate() {
            seat.category = if index < 10 { "Front".into() } else { "Back".into() };
        }
        seats[19].kind = SeatKind::Wheelchair;
        let plan = HallPlan::new(seats);
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
    fn states_are_packed_three_to_a_character_and_unpacked() {
        assert_eq!(pack(&[Reservable, Reservable, Reservable, Occupied, Reserved]), b"AY");
        let states: Vec<_> = [Reserved, Reservable, Occupied, Occupied].into_iter().cycle().take(1_201).collect();
        let packed = String::from_utf8(pack(&states)).expect("base64");
        assert_eq!(packed.len(), 401);
        assert_eq!(unpack(&packed).take(1_201).collect::<Vec<_>>(), states);
        assert!(unpack("?").all(|status| status == Reserved));
    }

    /// The free seats of a fan-shaped theatre, in which one block is turned. Each seat has the name of its section and
    /// row, and its position.
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

    fn go(seats: &[(String, (f64, f64))], from: usize, way: Direction) -> Option<usize> {
        let is_row_neighbour = |index: usize| index.abs_diff(from) == 1 && seats[index].0 == seats[from].0;
        let spots = seats
            .iter()
            .enumerate()
            .map(|(index, seat)| Spot { at: seat.1, is_row_neighbour: is_row_neighbour(index) });
        next_in_direction(seats[from].1, way, spots)
    }

    #[test]
    fn an_arrow_leads_along_a_curved_row_and_to_the_row_behind_or_before() {
        let seats = theatre(|_| true);
        // The front row has the seats 0 to 9, with an aisle after the fourth.
        assert_eq!(go(&seats, 0, Direction::Right), Some(1));
        assert_eq!(go(&seats, 3, Direction::Right), Some(4));
        assert_eq!(go(&seats, 4, Direction::Left), Some(3));
        let behind = go(&seats, 4, Direction::Down).expect("a row behind");
        assert_eq!((&*seats[behind].0, go(&seats, behind, Direction::Up)), ("StallsB", Some(4)));
    }

    #[test]
    fn arrows_prefer_the_direction_over_the_distance() {
        let right = |spots: &[(f64, f64)]| {
            next_in_direction(
                (0.0, 0.0),
                Direction::Right,
                spots.iter().map(|&at| Spot { at, is_row_neighbour: false }),
            )
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
                let ways = [Direction::Left, Direction::Right, Direction::Up, Direction::Down];
                prop_assert!(ways.iter().any(|&way| go(&seats, index, way) == Some(index + 1)), "{pair:?}");
                prop_assert!(ways.iter().any(|&way| go(&seats, index + 1, way) == Some(index)), "{pair:?}");
            }
        }
    }
}
