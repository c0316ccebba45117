//! Who has which seat.

use super::BoxOffice;
use crate::domain::entities::{Concert, ConcertSchedule, Reservation};
use crate::domain::seat::ReservationStatus;
use crate::domain::{Refusal, ScheduleId};
use crate::house::House;
use crate::store::Outcome;

/// The reservations of one schedule, as staff see them.
#[derive(Debug, Clone)]
pub struct ScheduleBook {
    pub concert: Concert,
    pub schedule: ConcertSchedule,
    pub counts: Vec<(ReservationStatus, i64)>,
    /// Those that match the search, the newest first.
    pub reservations: Vec<Reservation>,
}

/// The reservations of a schedule whose fan's name or email address contains `search`.
///
/// # Errors
/// [`Refusal::NotFound`] for an unknown schedule.
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
