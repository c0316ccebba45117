//! Seats for a party: together, near to where everybody looks, and without leaving a single seat alone.

use super::entities::Seat;
use super::hall::Plan;
use super::seat::SeatKind;

/// How well a party sits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Closeness {
    /// Beside each other in a row, and no single seat is left alone.
    Together,
    /// Beside each other in a row; a single seat beside them is left alone.
    LeavesOne,
    /// In more than one group, near to each other.
    Apart,
}

/// What a party asks for.
#[derive(Debug, Clone, Copy)]
pub struct Party<'b> {
    /// How many they are.
    pub size: usize,
    /// The price band that they want; none: any.
    pub band: Option<&'b str>,
    /// Whether places for wheelchairs and companions may be among the seats.
    pub takes_access: bool,
}

/// Seats of a row that stand beside each other and are free: where they are in the plan.
type Run = std::ops::Range<usize>;

/// The best free seats for a party, by their places in the plan, and how well it sits there. `free` says of each seat of the
/// plan whether it is for sale; `focal` is where everybody looks, in tenths of the plan's unit. None where there are not
/// enough seats. A party is never split where a block of seats exists.
pub fn best(plan: &Plan, free: &[bool], focal: (i64, i64), party: Party<'_>) -> Option<(Vec<usize>, Closeness)> {
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
    for closeness in [Closeness::Together, Closeness::LeavesOne] {
        if let Some(block) = block(plan, &open, free, party.size, closeness, &far) {
            return Some((block.collect(), closeness));
        }
    }
    Some((apart(plan, open, free, party.size, &far), Closeness::Apart))
}

/// How far each open seat is from a point; whatever the distance, a restricted view is worse.
fn costs(plan: &Plan, open: &[bool], from: (i64, i64)) -> Vec<f64> {
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

/// The seats beside each other that cost least together, as many as asked for.
fn block(plan: &Plan, open: &[bool], free: &[bool], size: usize, closeness: Closeness, costs: &[f64]) -> Option<Run> {
    let mut best: Option<(f64, Run)> = None;
    for run in runs(plan, open).filter(|run| run.len() >= size) {
        for begins in run.start..=run.end - size {
            let seats = begins..begins + size;
            let cost = costs[seats.clone()].iter().sum();
            let is_better = best.as_ref().is_none_or(|(least, _)| cost < *least);
            if is_better
                && (closeness == Closeness::LeavesOne
                    || lonely(plan, free, &seats.clone().collect::<Vec<_>>()).is_none())
            {
                best = Some((cost, seats));
            }
        }
    }
    best.map(|(_, seats)| seats)
}

/// Groups as large as there are, each as near as can be to the first.
fn apart(plan: &Plan, mut open: Vec<bool>, free: &[bool], size: usize, far: &[f64]) -> Vec<usize> {
    let mut chosen: Vec<usize> = vec![];
    let mut near: Option<Vec<f64>> = None;
    while chosen.len() < size {
        let left = size - chosen.len();
        let costs_now = near.as_deref().unwrap_or(far);
        let group = (1..=left).rev().find_map(|size| block(plan, &open, free, size, Closeness::LeavesOne, costs_now));
        let Some(group) = group else { break };
        near.get_or_insert_with(|| costs(plan, &open, plan.seats()[group.start].at));
        group.clone().for_each(|index| open[index] = false);
        chosen.extend(group);
    }
    chosen.sort_unstable();
    chosen
}

/// The seats beside each other that are open.
fn runs<'p>(plan: &'p Plan, open: &'p [bool]) -> impl Iterator<Item = Run> + use<'p> {
    let mut begins = 0;
    std::iter::from_fn(move || {
        while begins < open.len() && !open[begins] {
            begins += 1;
        }
        if begins >= open.len() {
            return None;
        }
        let mut ends = begins + 1;
        while ends < open.len() && open[ends] && plan.goes_on(ends - 1) {
            ends += 1;
        }
        let run = begins..ends;
        begins = ends;
        Some(run)
    })
}

/// A free seat that taking some seats would leave alone: it had a free neighbour, and has none any more.
pub fn lonely(plan: &Plan, free: &[bool], taken: &[usize]) -> Option<usize> {
    let is_left = |index: usize| free.get(index).copied().unwrap_or(false) && !taken.contains(&index);
    let beside = |index: usize| {
        let before = index.checked_sub(1).filter(|&before| plan.goes_on(before));
        let after = plan.goes_on(index).then_some(index + 1);
        [before, after].into_iter().flatten()
    };
    taken.iter().flat_map(|&index| beside(index)).find(|&seat| is_left(seat) && !beside(seat).any(is_left))
}

/// Below this part of a hall's seats being for sale, anything may be left alone: one in ten.
pub const LITTLE_LEFT: usize = 10;

/// The seat that taking some seats must not leave alone; none where it leaves none, where little is left, or where the party
/// could sit together nowhere without it.
pub fn must_not_leave(plan: &Plan, free: &[bool], taken: &[usize], takes_access: bool) -> Option<usize> {
    let seat = lonely(plan, free, taken)?;
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

    /// Rows of seats as text: `.` a free one, `x` a taken one, `-` an aisle, `w` a wheelchair place, `r` one of a restricted
    /// view. Everybody looks at the middle of the first row from before it.
    fn hall(rows: &[&str]) -> (Plan, Vec<bool>, (i64, i64)) {
        let (mut seats, mut free) = (vec![], vec![]);
        for (line, row) in rows.iter().enumerate() {
            for (place, letter) in row.chars().enumerate().filter(|(_, letter)| *letter != '-') {
                let id = seats.len() as i64;
                seats.push(Seat {
                    id: SeatId(id),
                    section: "S".into(),
                    row: line.to_string(),
                    number: id + 1,
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
        (Plan::new(seats), free, (middle, -280))
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
            // In a row of five two in the middle would leave one at each end or one at one end.
            (&["....."], 2, (vec![0, 1], Together)),
            (&["....."], 1, (vec![2], Together)),
            // The second row has a place that leaves nobody alone.
            (&["x...x", "....."], 2, (vec![5, 6], Together)),
            (&["x...x"], 2, (vec![1, 2], LeavesOne)),
            // An aisle ends a block.
            (&["..-..", "....."], 3, (vec![4, 5, 6], Together)),
            (&["..xx..", "x.xxxx"], 3, (vec![0, 1, 7], Apart)),
            // A wheelchair place is not for everybody, and a restricted view comes last.
            (&["ww..xx", "xxxx.."], 2, (vec![2, 3], Together)),
            (&["rr.xxx", "..xxxx"], 2, (vec![6, 7], Together)),
        ] {
            assert_eq!(asked(rows, size, None), Some(expected), "{rows:?} for {size}");
        }
    }

    #[test]
    fn a_band_is_kept_to_and_too_few_seats_are_none() {
        let rows = ["....", "....", "...."];
        assert_eq!(asked(&rows, 2, Some("Back")).map(|(seats, _)| seats), Some(vec![8, 9]));
        assert_eq!(asked(&rows, 9, Some("Front")), None);
        assert_eq!(asked(&rows, 0, None), None);
        assert_eq!(asked(&rows, 2, Some("Box")), None);
    }

    #[test]
    fn a_single_seat_must_not_be_left_alone_while_there_is_choice() {
        let left = |rows: &[&str], taken: &[usize]| {
            let (plan, free, _) = hall(rows);
            must_not_leave(&plan, &free, taken, false)
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
        fn what_is_offered_is_free_enough_and_never_split_where_a_block_exists(
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
                        prop_assert!(seats.windows(2).all(|two| two[1] == two[0] + 1 && plan.goes_on(two[0])));
                    }
                    if closeness == Closeness::Together {
                        prop_assert_eq!(lonely(&plan, &free, &seats), None);
                    }
                }
            }
        }
    }
}
