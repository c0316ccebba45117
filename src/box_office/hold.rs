//! Holding seats for a fan until they pay.

use super::browse::checked_party;
use super::reserved_seat;
use super::waitlist::offer_first;
use crate::domain::hall::HallPlan;
use crate::domain::hold::{EarlierHolds, Held, HeldSeats, HoldFacts, WantedSeat, check_list, decide};
use crate::domain::party::Closeness;
use crate::domain::seat::is_live;
use crate::domain::{ConcertSchedule, Refusal, ScheduleId, SeatId, Timestamp, UserId};
use crate::house::{House, Settings, known_schedule};
use crate::store::{Denied, Outcome};
use crate::waiting_room;
use std::sync::Arc;

/// The seats that a fan asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    pub seats: Vec<SeatId>,
    /// Whether the fan declares that they need a wheelchair or companion place.
    pub needs_access: bool,
}

impl From<Vec<SeatId>> for Wanted {
    fn from(seats: Vec<SeatId>) -> Self {
        Self { seats, needs_access: false }
    }
}

/// Who has chosen the seats of a hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ChosenBy {
    Fan,
    /// The search for the best seats, which leaves no forbidden orphan seat. It is for fans who hold no seats: a fan who
    /// holds some keeps those and gets no others, so the request can be repeated.
    Search,
}

/// How often [`hold_best`] searches again if a seat that it has found is taken meanwhile.
const SEARCHES: usize = 5;

/// How many free seats are suggested to a fan if a requested seat is taken.
const NEAREST: usize = 4;

fn facts(
    known: &ConcertSchedule,
    seats: Vec<WantedSeat>,
    basket: Vec<Held>,
    bought: u32,
    needs_access: bool,
    settings: Settings,
) -> HoldFacts {
    let (seats_per_fan, hold_seconds) = (settings.seats_per_fan_of(known), settings.hold_seconds);
    let (window, access_until) = (known.window, known.access_until);
    let (admission_seconds, earlier) = (settings.admission_seconds, EarlierHolds::default());
    HoldFacts {
        window,
        seats,
        basket,
        bought,
        seats_per_fan,
        access_until,
        needs_access,
        hold_seconds,
        admission_seconds,
        earlier,
        held_from_address: 0,
        held_per_address: settings.held_per_address,
    }
}

/// The seats of the unpaid reservations in `basket` that have not expired.
fn live_seats(basket: &[Held], now: Timestamp) -> Vec<SeatId> {
    basket.iter().filter(|held| is_live(held.expired_at, now)).map(|held| held.seat_id).collect()
}

/// Holds all the wanted seats for a fan, or none of them.
///
/// # Errors
/// [`Refusal::NotFound`] if the schedule does not exist or is a draft, [`Refusal::NotAdmitted`] if the fan has no
/// admission, [`Refusal::HasOffer`] if seats are offered to the fan from the waitlist, [`Refusal::LeavesOrphanSeat`] if the
/// schedule forbids orphan seats and the hold would leave one although the fan has a choice, and what [`decide`] refuses. [`Refusal::SeatTaken`] suggests the nearest free seats.
pub async fn hold(house: &House, fan: UserId, schedule: ScheduleId, wanted: impl Into<Wanted>) -> Outcome<HeldSeats> {
    hold_chosen(house, fan, schedule, wanted.into(), ChosenBy::Fan).await
}

async fn hold_chosen(
    house: &House,
    fan: UserId,
    schedule: ScheduleId,
    wanted: Wanted,
    chosen_by: ChosenBy,
) -> Outcome<HeldSeats> {
    let hall = house.hall(schedule).await?;
    // In a rush most attempts fail. They are refused here, from memory, by the same rule as in the transaction, so that
    // they never wait for the writer. An attempt that is not refused here is decided by the transaction.
    let remembered = (|| {
        let now = house.clock().now();
        let admission = house.queues().token(schedule, fan).ok_or(Refusal::NotAdmitted)?.admission(now)?;
        let (known, seats, basket, bought) = hall.facts(fan, &wanted.seats);
        let facts = facts(&known, seats, basket, bought, wanted.needs_access, house.settings());
        let decided = decide(&admission, &facts, &wanted.seats, now)?;
        // The rule against orphan seats is only a convenience, so it is checked only here, in memory: two fans who
        // choose at the same moment may still leave an orphan seat.
        let taken: Vec<SeatId> = decided.take.iter().map(|(seat, _)| *seat).collect();
        if known.no_orphan_seat
            && chosen_by == ChosenBy::Fan
            && let Some(seat) = hall.forbidden_orphan(&taken, wanted.needs_access, now)
        {
            return Err(Refusal::LeavesOrphanSeat { seat });
        }
        Ok(())
    })();
    let held = match remembered {
        Ok(()) => hold_in_store(house, fan, schedule, wanted, chosen_by, hall.plan().clone()).await,
        Err(refusal) => Err(refusal.into()),
    };
    // Suggests free seats nearby to a fan who was too late.
    held.map_err(|denied| match denied {
        Denied::Refused(Refusal::SeatTaken { seat_ids, .. }) => {
            let nearest = hall.nearest_free(&seat_ids, NEAREST, house.clock().now());
            Refusal::SeatTaken { seat_ids, nearest }.into()
        }
        denied => denied,
    })
}

/// Holds the best free seats for a party of `party` people, as [`best`](super::best) finds them, and returns how closely
/// they are together. A fan who holds seats already keeps those and gets no others; the closeness is `None` then.
///
/// # Errors
/// As [`best`](super::best) and [`hold`]. [`Refusal::SeatTaken`] without seats if too few are free.
pub async fn hold_best(
    house: &House,
    fan: UserId,
    schedule: ScheduleId,
    (party, band): (u32, Option<&str>),
    needs_access: bool,
) -> Outcome<(HeldSeats, Option<Closeness>)> {
    let hold_searched = |seats| hold_chosen(house, fan, schedule, Wanted { seats, needs_access }, ChosenBy::Search);
    for _ in 0..SEARCHES {
        let (hall, now) = (house.hall(schedule).await?, house.clock().now());
        let held = live_seats(&hall.facts(fan, &[]).2, now);
        if !held.is_empty() {
            return Ok((hold_searched(held).await?, None));
        }
        let party = checked_party(house, &hall, party, band, needs_access)?;
        let Some(claim) = hall.claim_best(fan, party, now) else { break };
        match hold_searched(claim.seats.clone()).await {
            // Somebody who chose a seat by hand was faster.
            Err(Denied::Refused(Refusal::SeatTaken { .. })) => {}
            held => {
                let held = held?;
                let is_new = held.reservations.iter().all(|held| claim.seats.contains(&held.seat_id));
                return Ok((held, is_new.then_some(claim.closeness)));
            }
        }
    }
    Err(Refusal::SeatTaken { seat_ids: vec![], nearest: vec![] }.into())
}

async fn hold_in_store(
    house: &House,
    fan: UserId,
    schedule: ScheduleId,
    wanted: Wanted,
    chosen_by: ChosenBy,
    plan: Arc<HallPlan>,
) -> Outcome<HeldSeats> {
    house
        .write(move |write, context| {
            let now = context.now;
            let known = offer_first(write, known_schedule(write, schedule)?, context)?;
            // The admission must not last as long as an offer does.
            if known.offered_ticket > 0 && write.has_offer(fan, schedule)? {
                return Err(Refusal::HasOffer.into());
            }
            let admission = waiting_room::admission(write, fan, schedule, now)??;
            let basket = write.basket(fan, schedule)?;
            let held = if chosen_by == ChosenBy::Search { live_seats(&basket, now) } else { vec![] };
            let wanted_seats = if held.is_empty() { wanted.seats.clone() } else { held };
            // Refuses an impossible list (empty, too long, a seat named twice) before each of its seats is looked up.
            check_list(&wanted_seats, context.settings.seats_per_fan_of(&known))?;
            let (seats, bought) = (write.wanted_seats(schedule, &wanted_seats)?, write.bought(fan, schedule)?);
            let facts = facts(&known, seats, basket, bought, wanted.needs_access, context.settings);
            let earlier = write.earlier_holds(admission.token_id())?;
            let held_from_address = write.held_from_address_of(admission.token_id(), now)?;
            let facts = HoldFacts { earlier, held_from_address, ..facts };
            let decided = decide(&admission, &facts, &wanted_seats, now)?;
            let live = facts.basket.iter().filter(|held| is_live(held.expired_at, now));
            let mut reservations = live
                .map(|held| reserved_seat(&plan, held.id, held.seat_id, held.price))
                .collect::<Outcome<Vec<_>>>()?;
            for over in decided.expired_holds {
                write.cancel_reservation(over, now)?;
            }
            let expired_at = decided.expired_at;
            for &(seat, price) in &decided.take {
                let id = write.hold_seat(fan, schedule, (seat, price), expired_at, now)?;
                reservations.push(reserved_seat(&plan, id, seat, price)?);
            }
            write.admit_token(admission.token_id(), decided.admission_expire_at, Some(expired_at), now)?;
            reservations.sort_unstable_by_key(|held| held.seat_id);
            let total = reservations.iter().map(|held| held.price).sum();
            Ok(HeldSeats { reservations, total, expired_at })
        })
        .await
}
