//! Holding seats for a fan until they pay.

use super::reserved_seat;
use crate::domain::hall::HallPlan;
use crate::domain::hold::{Held, HeldSeats, HoldFacts, WantedSeat, check_list, decide};
use crate::domain::seat::{SeatNow, is_live};
use crate::domain::{ConcertSchedule, Refusal, ScheduleId, SeatId, SeatStatus, UserId};
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
    HoldFacts { window, seats, basket, bought, seats_per_fan, access_until, needs_access, hold_seconds }
}

/// Holds all the wanted seats for a fan, or none of them.
///
/// # Errors
/// [`Refusal::NotFound`] if the schedule does not exist or is a draft, [`Refusal::NotAdmitted`] if the fan has no
/// admission, [`Refusal::LeavesOrphanSeat`] if the schedule forbids orphan seats and the hold would leave one although
/// the fan has a choice, and what [`decide`] refuses. [`Refusal::SeatTaken`] suggests the nearest free seats.
pub async fn hold(house: &House, fan: UserId, schedule: ScheduleId, wanted: impl Into<Wanted>) -> Outcome<HeldSeats> {
    let wanted = wanted.into();
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
            && let Some(seat) = hall.forbidden_orphan(&taken, wanted.needs_access, now)
        {
            return Err(Refusal::LeavesOrphanSeat { seat });
        }
        Ok(())
    })();
    let held = match remembered {
        Ok(()) => hold_in_store(house, fan, schedule, wanted, hall.plan().clone()).await,
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

async fn hold_in_store(
    house: &House,
    fan: UserId,
    schedule: ScheduleId,
    wanted: Wanted,
    plan: Arc<HallPlan>,
) -> Outcome<HeldSeats> {
    house
        .write(move |write, context| {
            let now = context.now;
            let known = known_schedule(write, schedule)?;
            let admission = waiting_room::admission(write, fan, schedule, now)??;
            // Refuses an impossible list (empty, too long, a seat named twice) before each of its seats is looked up.
            let Wanted { seats: wanted, needs_access } = &wanted;
            check_list(wanted, context.settings.seats_per_fan_of(&known))?;
            let (seats, basket) = (write.wanted_seats(schedule, wanted)?, write.basket(fan, schedule)?);
            let facts = facts(&known, seats, basket, write.bought(fan, schedule)?, *needs_access, context.settings);
            let decided = decide(&admission, &facts, wanted, now)?;
            let live = facts.basket.iter().filter(|held| is_live(held.expired_at, now));
            let mut reservations = live
                .map(|held| reserved_seat(&plan, held.id, held.seat_id, held.price))
                .collect::<Outcome<Vec<_>>>()?;
            for over in decided.expired_holds {
                write.cancel_reservation(over, now)?;
            }
            let expired_at = decided.expired_at;
            for &(seat, price) in &decided.take {
                let id = write.insert_reservation(fan, schedule, (seat, price), expired_at, now)?;
                let (status, held) = (SeatStatus::Occupied, Some((id, fan)));
                write.set_seat(schedule, SeatNow { id: seat, status, expired_at: Some(expired_at), held }, now)?;
                reservations.push(reserved_seat(&plan, id, seat, price)?);
            }
            write.admit_token(admission.token_id(), decided.admission_expire_at, now)?;
            reservations.sort_unstable_by_key(|held| held.seat_id);
            let total = reservations.iter().map(|held| held.price).sum();
            Ok(HeldSeats { reservations, total, expired_at })
        })
        .await
}
