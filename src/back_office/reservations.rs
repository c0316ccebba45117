//! The reservations of a schedule: who has which seat.

use super::BoxOffice;
use crate::domain::{Concert, ConcertSchedule, Refusal, Reservation, ReservationStatus, ScheduleId};
use crate::house::House;
use crate::store::Outcome;

/// The reservations of one schedule, as staff see them.
#[derive(Debug, Clone)]
pub struct ScheduleBook {
    pub concert: Concert,
    pub schedule: ConcertSchedule,
    /// How many reservations the schedule has in each state, whatever the search. Holds that ended without a payment
    /// are left out.
    pub counts: Vec<(ReservationStatus, i64)>,
    /// The reservations that match the search, the newest first, at most [`PAGE`](super::PAGE).
    pub reservations: Vec<Reservation>,
}

/// Returns the reservations of a schedule whose fan's name or email address contains `search`, or all of them if it is
/// blank.
///
/// # Errors
/// [`Refusal::NotFound`] if the schedule does not exist.
pub async fn reservations(
    house: &House,
    _proof: BoxOffice,
    schedule: ScheduleId,
    search: String,
) -> Outcome<ScheduleBook> {
    house
        .read(move |read, _| {
            let known = read.schedule(schedule)?.ok_or(Refusal::NotFound)?;
            Ok(ScheduleBook {
                concert: read.concert(known.concert_id)?.ok_or(Refusal::NotFound)?,
                counts: read.reservation_counts(schedule)?,
                reservations: read.reservations_in(schedule, search.trim())?,
                schedule: known,
            })
        })
        .await
}
