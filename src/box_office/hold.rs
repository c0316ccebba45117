//! Holding seats while one pays.

use crate::domain::entities::{ConcertSchedule, Reservation};
use crate::domain::hold::{Held, HoldFacts, WantedSeat, check_list, decide};
use crate::domain::seat::SeatNow;
use crate::domain::{Points, Refusal, ScheduleId, SeatId, SeatStatus, Timestamp, UserId};
use crate::house::{House, Settings, known_schedule};
use crate::store::{Denied, Fault, Outcome};
use crate::waiting_room;

/// All that a fan holds in a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldSeats {
    pub reservations: Vec<Reservation>,
    pub total: Points,
    pub expired_at: Timestamp,
}

/// How many seats are offered to a fan who was too late.
const NEAREST: usize = 4;

fn facts(
    known: &ConcertSchedule,
    seats: Vec<WantedSeat>,
    basket: Vec<Held>,
    bought: u32,
    Settings { seats_per_fan, hold_seconds, .. }: Settings,
) -> HoldFacts {
    HoldFacts { window: known.window, seats, basket, bought, seats_per_fan, hold_seconds }
}

/// Holds all the wanted seats for a fan, or none.
///
/// # Errors
/// [`Refusal::NotFound`](crate::domain::Refusal::NotFound),
/// [`Refusal::NotAdmitted`](crate::domain::Refusal::NotAdmitted), and what [`decide`] refuses.
pub async fn hold(house: &House, fan: UserId, schedule: ScheduleId, wanted: Vec<SeatId>) -> Outcome<HeldSeats> {
    let hall = house.hall(schedule).await?;
    // Most attempts of a rush lose: those are refused from memory by the same rule. What it grants the database decides.
    let remembered = (|| {
        let now = house.clock().now();
        let admission = house.lines().token(schedule, fan).ok_or(Refusal::NotAdmitted)?.admission(now)?;
        let (known, seats, basket, bought) = hall.facts(fan, &wanted);
        let facts = facts(&known, seats, basket, bought, house.settings());
        decide(&admission, &facts, &wanted, now).map(drop)
    })();
    let held = match remembered {
        Ok(()) => hold_in_store(house, fan, schedule, wanted).await,
        Err(refusal) => Err(refusal.into()),
    };
    // A fan who was too late is shown where to turn.
    held.map_err(|denied| match denied {
        Denied::Refused(Refusal::SeatTaken { seat_ids, .. }) => {
            let nearest = hall.nearest_free(&seat_ids, NEAREST, house.clock().now());
            Refusal::SeatTaken { seat_ids, nearest }.into()
        }
        denied => denied,
    })
}

async fn hold_in_store(house: &House, fan: UserId, schedule: ScheduleId, wanted: Vec<SeatId>) -> Outcome<HeldSeats> {
    house
        .write(move |write, terms| {
            let now = terms.now;
            let known = known_schedule(write, schedule)?;
            let admission = waiting_room::admission(write, fan, schedule, now)??;
            // A list that no answer could grant is not looked up seat by seat.
            check_list(&wanted, terms.settings.seats_per_fan)?;
            let (seats, basket) = (write.wanted_seats(schedule, &wanted)?, write.basket(fan, schedule)?);
            let facts = facts(&known, seats, basket, write.bought(fan, schedule)?, terms.settings);
            let plan = decide(&admission, &facts, &wanted, now)?;
            for over in plan.ran_out {
                write.cancel_reservation(over, now)?;
            }
            for &(seat, price) in &plan.take {
                let id = write.insert_reservation(fan, schedule, (seat, price), plan.expired_at, now)?;
                let (expired_at, held) = (Some(plan.expired_at), Some((id, fan)));
                let seat = SeatNow { id: seat, status: SeatStatus::Occupied, expired_at, held };
                write.set_seat(schedule, seat, now)?;
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
