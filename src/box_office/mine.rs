//! What a fan sees of their own: reservations and the statement of points. Nobody names whose: it is always the one who asks.

use crate::domain::entities::{LedgerEntry, Reservation};
use crate::domain::hold::Held;
use crate::domain::seat::is_live;
use crate::domain::{Refusal, ReservationId, ScheduleId, UserId};
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
/// [`Refusal::NotFound`] for an unknown schedule.
pub async fn reservations_in(house: &House, fan: UserId, schedule: ScheduleId) -> Outcome<Vec<Reservation>> {
    house
        .read(move |read, _| {
            known_schedule(read, schedule)?;
            Ok(read.reservations_of_in(fan, schedule)?)
        })
        .await
}

/// A fan's ticket, cancelled or not.
///
/// # Errors
/// [`Refusal::NotFound`] where it is no ticket of theirs.
pub async fn ticket(house: &House, fan: UserId, id: ReservationId) -> Outcome<Reservation> {
    let is_theirs = move |ticket: &Reservation| ticket.user_id == fan && ticket.payment_id.is_some();
    house.read(move |read, _| Ok(read.reservation(id)?.filter(is_theirs).ok_or(Refusal::NotFound)?)).await
}

/// What a fan has in a hall.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mine {
    /// The seats they hold, in no order.
    pub held: Vec<Held>,
    /// How many they bought.
    pub bought: u32,
}

/// What a fan has in the hall of a schedule, from memory.
///
/// # Errors
/// [`Refusal::NotFound`] for an unknown schedule.
pub async fn mine(house: &House, fan: UserId, schedule: ScheduleId) -> Outcome<Mine> {
    let hall = house.hall(schedule).await?;
    let now = house.clock().now();
    let (.., mut held, bought) = hall.facts(fan, &[]);
    held.retain(|held| is_live(held.expired_at, now));
    Ok(Mine { held, bought })
}

/// The latest movements of a fan's points, the newest first.
///
/// # Errors
/// Storage faults.
pub async fn statement(house: &House, fan: UserId) -> Outcome<Vec<LedgerEntry>> {
    house.read(move |read, _| Ok(read.statement(fan, STATEMENT_LINES)?)).await
}
