//! What a fan sees of their own: reservations and the statement of points. Nobody names whose: it is always the one who asks.

use crate::domain::entities::{LedgerEntry, Reservation};
use crate::domain::{ScheduleId, UserId};
use crate::house::{House, known_schedule};
use crate::store::Outcome;

/// The most lines that a statement shows.
const STATEMENT_LINES: u32 = 200;

/// All reservations of a fan, the newest first.
///
/// # Errors
/// Storage faults.
pub async fn reservations(house: &House, fan: UserId) -> Outcome<Vec<Reservation>> {
    house.read(move |read, _| Ok(read.reservations_of(fan)?)).await
}

/// A fan's reservations in one schedule, in the order of the seats.
///
/// # Errors
/// [`Refusal::NotFound`](crate::domain::Refusal::NotFound) for an unknown schedule.
pub async fn reservations_in(house: &House, fan: UserId, schedule: ScheduleId) -> Outcome<Vec<Reservation>> {
    house
        .read(move |read, _| {
            known_schedule(read, schedule)?;
            Ok(read.reservations_of_in(fan, schedule)?)
        })
        .await
}

/// The latest movements of a fan's points, the newest first.
///
/// # Errors
/// Storage faults.
pub async fn statement(house: &House, fan: UserId) -> Outcome<Vec<LedgerEntry>> {
    house.read(move |read, _| Ok(read.statement(fan, STATEMENT_LINES)?)).await
}
