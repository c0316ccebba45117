//! A benchmark of the search for the best seats for a party, in a hall of 10,000 seats.

use crate::pairs::median;
use encore::domain::hall::HallPlan;
use encore::domain::party::{Party, best};
use encore::domain::seating::{Block, Design};
use encore::domain::{Seat, SeatId, SeatKind};
use std::hint::black_box;
use std::time::Instant;

/// Returns the plan of an arena: 20 blocks, each with 20 rows of 25 seats.
fn arena() -> HallPlan {
    let block = |number: u32| Block {
        name: number.to_string(),
        rows: 20,
        seats: 25,
        seats_last: 25,
        curve: 20.0,
        x: 28.0 * (f64::from(number % 5) - 2.0),
        y: 2.0 + 26.0 * f64::from(number / 5),
        ..Block::default()
    };
    let (stage_width, stage_depth, focal_depth) = (40.0, 3.0, 1.0);
    let blocks = (0..20).map(block).collect();
    let design = Design { name: "Arena".into(), stage: "Stage".into(), stage_width, stage_depth, focal_depth, blocks };
    let placed = design.draw().and_then(|(plan, _)| plan.placed()).expect("a sound hall");
    let seat = |(id, seat): (i64, encore::domain::seating::Placed)| Seat {
        id: SeatId(id),
        section: seat.section,
        row: seat.row,
        number: seat.number.clone(),
        position: seat.position,
        price: 1,
        category: seat.category,
        kind: SeatKind::Standard,
        at: seat.at,
    };
    HallPlan::new((1..).zip(placed).map(seat).collect())
}

/// Measures how long a search takes, in microseconds, with all seats free, with half of them, and with one in fifty.
pub fn party(pairs: usize) {
    let plan = arena();
    let seats = plan.seats().len();
    for (what, one_in) in [("all", 1), ("half", 2), ("a fiftieth", 50)] {
        // The free seats are scattered over the hall, and are the same in each run.
        let free: Vec<bool> = (0..seats as u64).map(|seat| ((seat * 2_654_435_761) >> 7) % one_in == 0).collect();
        let mut micros = vec![];
        for size in (1..=8).cycle().take(8 * 5 * pairs) {
            let begun = Instant::now();
            black_box(best(&plan, &free, plan.focal(), Party { size, band: None, takes_access: false }));
            micros.push(begun.elapsed().as_secs_f64() * 1e6);
        }
        let median = median(&mut micros);
        let worst = micros.last().copied().unwrap_or(f64::NAN);
        println!(
            "{:<44} {median:>8.0} microseconds, {worst:.0} at the most",
            format!("best seats of {seats}, {what} free")
        );
    }
}
