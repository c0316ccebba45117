//! Holding seats while one pays.

use crate::domain::entities::Reservation;
use crate::domain::hold::{HoldFacts, check_list, decide};
use crate::domain::{Points, ScheduleId, SeatId, SeatStatus, Timestamp, UserId};
use crate::house::{House, known_schedule};
use crate::store::{Fault, Outcome};
use crate::waiting_room;

/// All that a fan holds in a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldSeats {
    pub reservations: Vec<Reservation>,
    pub total: Points,
    pub expired_at: Timestamp,
}

/// Holds all the wanted seats for a fan, or none.
///
/// # Errors
/// [`Refusal::NotFound`](crate::domain::Refusal::NotFound),
/// [`Refusal::NotAdmitted`](crate::domain::Refusal::NotAdmitted), and what [`decide`] refuses.
pub async fn hold(house: &House, fan: UserId, schedule: ScheduleId, wanted: Vec<SeatId>) -> Outcome<HeldSeats> {
    house
        .write(move |write, terms| {
            let now = terms.now;
            let known = known_schedule(write, schedule)?;
            let admission = waiting_room::admission(write, fan, schedule, now)??;
            // A list that no answer could grant is not looked up seat by seat.
            check_list(&wanted, terms.settings.seats_per_fan)?;
            let facts = HoldFacts {
                window: known.window,
                seats: write.wanted_seats(schedule, &wanted)?,
                basket: write.basket(fan, schedule)?,
                bought: write.bought(fan, schedule)?,
                seats_per_fan: terms.settings.seats_per_fan,
                hold_seconds: terms.settings.hold_seconds,
            };
            let plan = decide(&admission, &facts, &wanted, now)?;
            for over in plan.ran_out {
                write.cancel_reservation(over, now)?;
            }
            for &(seat, price) in &plan.take {
                write.insert_reservation(fan, schedule, (seat, price), plan.expired_at, now)?;
                write.set_seat(schedule, seat, SeatStatus::Occupied, Some(plan.expired_at), now)?;
            }
            write.admit_token(admission.token_id(), plan.admission_expire_at, now)?;

            let reservations: Vec<Reservation> = write
                .reservations_of_in(fan, schedule)?
                .into_iter()
                .filter(|reservation| reservation.is_held(now))
                .collect();
            if reservations.is_empty() {
                return Err(Fault::Broken("a hold leaves something held").into());
            }
            Ok(HeldSeats {
                total: reservations.iter().map(|held| held.price).sum(),
                expired_at: plan.expired_at,
                reservations,
            })
        })
        .await
}
