//! The best seats for a party: adjacent, near the focal point, and without leaving an orphan seat.
//!
//! An *orphan seat* is a single free seat between taken ones (or between a taken one and an aisle or the end of a row).
//! Hardly anybody buys it. The *focal point* is the point of the hall at which the audience looks, usually on the
//! stage.
//!
//! Throughout this module, seats are identified by their index in [`HallPlan::seats()`]. A seat is *free* if it is for
//! sale. It is *open* to a party if it is also in the party's price band and of a kind that the party may take.

use super::hall::HallPlan;
use super::seat::SeatKind;
use super::{Seat, string_enum};

string_enum! {
    /// How well the seats found for a party fit, from best to worst.
    #[derive(PartialOrd, Ord)]
    Closeness {
        /// Adjacent seats of one row, and no orphan seat is left.
        Together = "together",
        /// Adjacent seats of one row, but they leave an orphan seat beside them.
        LeavesOrphan = "leaves_one",
        /// Several groups of seats, near each other.
        Apart = "apart",
    }
}

/// What a party requests.
#[derive(Debug, Clone, Copy)]
pub struct Party<'b> {
    /// The number of people, which is the number of seats.
    pub size: usize,
    /// The name of the price band that they want. `None` means any.
    pub band: Option<&'b str>,
    /// Whether wheelchair and companion places may be among the seats.
    pub takes_access: bool,
}

/// The indices of adjacent free seats of one row.
type Run = std::ops::Range<usize>;

/// Finds the best free seats for a party. Returns their indices, and how well they fit; `None` if too few seats are
/// open to the party. `free` says for each seat of `plan` whether it is for sale; `focal` is the focal point, in tenths
/// of the plan's unit. A party is split only if there are not enough adjacent seats anywhere.
pub fn best(plan: &HallPlan, free: &[bool], focal: (i64, i64), party: Party<'_>) -> Option<(Vec<usize>, Closeness)> {
    let open = |index: usize| {
        let seat = &plan.seats()[index];
        let fits = party.band.is_none_or(|band| seat.category == band);
        let kind = match seat.kind {
            SeatKind::Standard | SeatKind::Restricted => true,
            SeatKind::Wheelchair | SeatKind::Companion => party.takes_access,
        };
        free[index] && fits && kind
    };
    let open: Vec<bool> = (0..plan.seats().len().min(free.len())).map(open).collect();
    if party.size == 0 || open.iter().filter(|open| **open).count() < party.size {
        return None;
    }
    let far = costs(plan, &open, focal);
    for closeness in [Closeness::Together, Closeness::LeavesOrphan] {
        if let Some(block) = block(plan, &open, free, party.size, closeness, &far) {
            return Some((block.collect(), closeness));
        }
    }
    Some((apart(plan, open, free, party.size, &far), Closeness::Apart))
}

/// Returns the cost of each seat: its distance from the point `from`, in tenths of the plan's unit. A seat of
/// restricted view costs more than any other seat, however near it is. The cost of a seat that is not `open` is 0 and
/// is never used.
fn costs(plan: &HallPlan, open: &[bool], from: (i64, i64)) -> Vec<f64> {
    let cost = |(seat, open): (&Seat, &bool)| {
        if !open {
            return 0.0;
        }
        let (right, down) = ((seat.at.0 - from.0) as f64, (seat.at.1 - from.1) as f64);
        let far = (right * right + down * down).sqrt();
        if seat.kind == SeatKind::Restricted { far + 1e9 } else { far }
    };
    plan.seats().iter().zip(open).map(cost).collect()
}

/// Returns the `size` adjacent open seats whose costs have the lowest sum. Unless `closeness` is
/// [`Closeness::LeavesOrphan`], only seats that leave no orphan seat are considered. `None` if there are no such seats.
fn block(
    plan: &HallPlan,
    open: &[bool],
    free: &[bool],
    size: usize,
    closeness: Closeness,
    costs: &[f64],
) -> Option<Run> {
    let mut best: Option<(f64, Run)> = None;
    for run in runs(plan, open).filter(|run| run.len() >= size) {
        for begins in run.start..=run.end - size {
            let seats = begins..begins + size;
            let cost = costs[seats.clone()].iter().sum();
            let is_better = best.as_ref().is_none_or(|(least, _)| cost < *least);
            if is_better
                && (closeness == Closeness::LeavesOrphan
                    || orphan(plan, free, &seats.clone().collect::<Vec<_>>()).is_none())
            {
                best = Some((cost, seats));
            }
        }
    }
    best.map(|(_, seats)| seats)
}

/// Splits a party into groups, each as large as possible. The first group is as near as possible to the focal point
/// (`far` has the costs of the seats from there), every further group as near as possible to the first seat of the
/// first group.
fn apart(plan: &HallPlan, mut open: Vec<bool>, free: &[bool], size: usize, far: &[f64]) -> Vec<usize> {
    let mut chosen: Vec<usize> = vec![];
    let mut near: Option<Vec<f64>> = None;
    while chosen.len() < size {
        let left = size - chosen.len();
        let costs_now = near.as_deref().unwrap_or(far);
        let group =
            (1..=left).rev().find_map(|size| block(plan, &open, free, size, Closeness::LeavesOrphan, costs_now));
        let Some(group) = group else { break };
        near.get_or_insert_with(|| costs(plan, &open, plan.seats()[group.start].at));
        group.clone().for_each(|index| open[index] = false);
        chosen.extend(group);
    }
    chosen.sort_unstable();
    chosen
}

/// Returns the runs of adjacent open seats, each as long as possible, in the order of the plan.
fn runs<'p>(plan: &'p HallPlan, open: &'p [bool]) -> impl Iterator<Item = Run> + use<'p> {
    let mut begins = 0;
    std::iter::from_fn(move || {
        while begins < open.len() && !open[begins] {
            begins += 1;
        }
        if begins >= open.len() {
            return None;
        }
        let mut ends = begins + 1;
        while ends < open.len() && open[ends] && plan.next_is_adjacent(ends - 1) {
            ends += 1;
        }
        let run = begins..ends;
        begins = ends;
        Some(run)
    })
}

/// Returns a seat that becomes an orphan seat if the seats `taken` are taken: a free seat beside one of them that would
/// no longer have a free neighbour. `None` if there is no such seat.
pub fn orphan(plan: &HallPlan, free: &[bool], taken: &[usize]) -> Option<usize> {
    let is_left = |index: usize| free.get(index).copied().unwrap_or(false) && !taken.contains(&index);
    let beside = |index: usize| {
        let before = index.checked_sub(1).filter(|&before| plan.next_is_adjacent(before));
        let after = plan.next_is_adjacent(index).then_some(index + 1);
        [before, after].into_iter().flatten()
    };
    taken.iter().flat_map(|&index| beside(index)).find(|&seat| is_left(seat) && !beside(seat).any(is_left))
}

/// Orphan seats are allowed once fewer than one in `LITTLE_LEFT` seats of the hall are for sale.
pub const LITTLE_LEFT: usize = 10;

/// Returns the orphan seat because of which a hold of the seats `taken` must be refused. `None` means they may be
/// taken: they leave no orphan seat, or few seats are left ([`LITTLE_LEFT`]), or nowhere in the price band of the first
/// of them could the same number of people sit together without leaving an orphan seat. `takes_access` is as in
/// [`Party`].
pub fn forbidden_orphan(plan: &HallPlan, free: &[bool], taken: &[usize], takes_access: bool) -> Option<usize> {
    let seat = orphan(plan, free, taken)?;
    let left = free.iter().filter(|free| **free).count();
    if left * LITTLE_LEFT < plan.seats().len() {
        return None;
    }
    let band = taken.first().map(|&index| plan.seats()[index].category.clone());
    let party = Party { size: taken.len(), band: band.as_deref(), takes_access };
    let elsewhere = best(plan, free, (0, 0), party).is_some_and(|(_, closeness)| closeness == Closeness::Together);
    elsewhere.then_some(seat)
}

#[cfg(test)]
mod tests {
    use super::super::SeatId;
    use super::*;
    use proptest::prelude::*;

    /// Builds a hall from rows of seats as text: `.` is a free seat, `x` a taken one, `-` an aisle, `w` a free
    /// wheelchair place, `r` a free seat of restricted view. The focal point is one row in front of the middle of the
    /// first row.
    fn hall(rows: &[&str]) -> (HallPlan, Vec<bool>, (i64, i64)) {
        let (mut seats, mut free) = (vec![], vec![]);
        for (line, row) in rows.iter().enumerate() {
            for (place, letter) in row.chars().enumerate().filter(|(_, letter)| *letter != '-') {
                let id = seats.len() as i64;
                seats.push(Seat {
                    id: SeatId(id),
                    section: "S".into(),
                    row: line.to_string(),
                    number: (id + 1).into(),
                    position: place as i64 + 1,
                    price: 100,
                    category: if line < 2 { "Front".into() } else { "Back".into() },
                    kind: match letter {
                        'w' => SeatKind::Wheelchair,
                        'r' => SeatKind::Restricted,
                        _ => SeatKind::Standard,
                    },
                    at: (place as i64 * 240, line as i64 * 280),
                });
                free.push(letter != 'x');
            }
        }
        let middle = rows.first().map_or(0, |row| row.len() as i64 - 1) * 120;
        (HallPlan::new(seats), free, (middle, -280))
    }

    fn asked(rows: &[&str], size: usize, band: Option<&str>) -> Option<(Vec<usize>, Closeness)> {
        let (plan, free, focal) = hall(rows);
        best(&plan, &free, focal, Party { size, band, takes_access: false })
    }

    #[test]
    fn a_party_sits_together_in_the_middle_of_the_front() {
        use Closeness::*;
        for (rows, size, expected) in [
            (&["......", "......"][..], 2, (vec![2, 3], Together)),
            // In a row of five, two seats that are not at an end would leave an orphan seat at one end.
            (&["....."], 2, (vec![0, 1], Together)),
            (&["....."], 1, (vec![2], Together)),
            // The second row has two seats that leave no orphan seat.
            (&["x...x", "....."], 2, (vec![5, 6], Together)),
            (&["x...x"], 2, (vec![1, 2], LeavesOrphan)),
            // Seats on both sides of an aisle are not adjacent.
            (&["..-..", "....."], 3, (vec![4, 5, 6], Together)),
            (&["..xx..", "x.xxxx"], 3, (vec![0, 1, 7], Apart)),
            // Wheelchair places are not offered to everybody, and seats of restricted view come last.
            (&["ww..xx", "xxxx.."], 2, (vec![2, 3], Together)),
            (&["rr.xxx", "..xxxx"], 2, (vec![6, 7], Together)),
        ] {
            assert_eq!(asked(rows, size, None), Some(expected), "{rows:?} for {size}");
        }
    }

    #[test]
    fn a_party_stays_in_its_band_and_too_few_seats_give_no_offer() {
        let rows = ["....", "....", "...."];
        assert_eq!(asked(&rows, 2, Some("Back")).map(|(seats, _)| seats), Some(vec![8, 9]));
        assert_eq!(asked(&rows, 9, Some("Front")), None);
        assert_eq!(asked(&rows, 0, None), None);
        assert_eq!(asked(&rows, 2, Some("Box")), None);
    }

    #[test]
    fn an_orphan_seat_must_not_be_left_while_there_is_choice() {
        let left = |rows: &[&str], taken: &[usize]| {
            let (plan, free, _) = hall(rows);
            forbidden_orphan(&plan, &free, taken, false)
        };
        assert_eq!(left(&["......"], &[1, 2]), Some(0), "one at the end of the row");
        assert_eq!(left(&["......"], &[2]), None, "two and three are left");
        assert_eq!(left(&["......"], &[1, 3]), Some(0));
        assert_eq!(left(&["..-...."], &[0]), Some(1), "an aisle is no neighbour");
        assert_eq!(left(&["x...x"], &[1, 2]), None, "two could sit nowhere else");
        assert_eq!(left(&["x...x", "......"], &[1, 2]), Some(3), "now they could");
        let nearly_sold = "x".repeat(35) + "...";
        assert_eq!(left(&[&nearly_sold], &[36]), None, "three of thirty-eight are little");
    }

    fn row() -> impl Strategy<Value = String> {
        prop::collection::vec(prop::sample::select(vec!['.', '.', '.', 'x', '-']), 1..14)
            .prop_map(|letters| letters.into_iter().collect())
    }

    proptest! {
        #[test]
        fn an_offer_has_only_free_seats_and_is_never_split_if_a_block_exists(
            rows in prop::collection::vec(row(), 1..6), size in 1..7_usize
        ) {
            let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
            let (plan, free, focal) = hall(&rows);
            let party = Party { size, band: None, takes_access: false };
            let longest = runs(&plan, &free).map(|run| run.len()).max().unwrap_or(0);
            match best(&plan, &free, focal, party) {
                None => prop_assert!(free.iter().filter(|free| **free).count() < size),
                Some((seats, closeness)) => {
                    let distinct: std::collections::BTreeSet<_> = seats.iter().collect();
                    prop_assert_eq!((seats.len(), distinct.len()), (size, size));
                    prop_assert!(seats.iter().all(|&seat| free[seat]));
                    prop_assert_eq!(closeness == Closeness::Apart, longest < size, "a block exists or not");
                    if closeness != Closeness::Apart {
                        prop_assert!(seats.windows(2).all(|two| two[1] == two[0] + 1 && plan.next_is_adjacent(two[0])));
                    }
                    if closeness == Closeness::Together {
                        prop_assert_eq!(orphan(&plan, &free, &seats), None);
                    }
                }
            }
        }
    }
}
