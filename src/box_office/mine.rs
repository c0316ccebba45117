//! Reads of a fan's own data: reservations, tickets and the statement of points. `fan` is always the account of the
//! session, so a request cannot read the data of another fan.

use crate::domain::hold::Held;
use crate::domain::seat::is_live;
use crate::domain::{Refusal, Reservation, ReservationId, ScheduleId, UserId};
use crate::house::{House, known_schedule};
use crate::store::{LedgerEntry, Outcome, Read};

/// The most entries that [`statement`] returns.
const STATEMENT_LINES: u32 = 200;

/// Returns all reservations of a fan, the newest first.
pub async fn reservations(house: &House, fan: UserId) -> Outcome<Vec<Reservation>> {
    house.read(move |read, _| Ok(read.reservations_of(fan)?)).await
}

/// Returns a fan's reservations in one schedule, in the order of the seats.
///
/// # Errors
/// [`Refusal::NotFound`] if the schedule does not exist or is a draft.
pub async fn reservations_in(house: &House, fan: UserId, schedule: ScheduleId) -> Outcome<Vec<Reservation>> {
    house
        .read(move |read, _| {
            known_schedule(read, schedule)?;
            Ok(read.reservations_of_in(fan, schedule)?)
        })
        .await
}

/// Returns the tickets that a fan has paid for and handed on, the latest first.
pub async fn tickets_handed_on(house: &House, fan: UserId) -> Outcome<Vec<Reservation>> {
    house.read(move |read, _| Ok(read.tickets_handed_on_by(fan)?)).await
}

/// Returns a fan's ticket, even if it was cancelled.
///
/// # Errors
/// [`Refusal::NotFound`] if the ticket does not exist, was never bought, or belongs to somebody else.
pub async fn ticket(house: &House, fan: UserId, id: ReservationId) -> Outcome<Reservation> {
    house.read(move |read, _| known_ticket(read, fan, id)).await
}

/// Returns a fan's ticket, even if it was cancelled, and after it the fan's other tickets for the same show that were
/// not cancelled: first those with later seats, then those with earlier ones.
///
/// # Errors
/// [`Refusal::NotFound`] as for [`ticket`].
pub async fn tickets_of_show(house: &House, fan: UserId, id: ReservationId) -> Outcome<Vec<Reservation>> {
    house
        .read(move |read, _| {
            let ticket = known_ticket(read, fan, id)?;
            let mut tickets = read.reservations_of_in(fan, ticket.schedule_id)?;
            tickets.retain(|other| other.id == id || other.is_ticket());
            let first = tickets.iter().position(|other| other.id == id).unwrap_or(0);
            tickets.rotate_left(first);
            Ok(tickets)
        })
        .await
}

pub(super) fn known_ticket(read: &Read<'_>, fan: UserId, id: ReservationId) -> Outcome<Reservation> {
    let is_theirs = |ticket: &Reservation| ticket.user_id == fan && ticket.payment_id.is_some();
    Ok(read.reservation(id)?.filter(is_theirs).ok_or(Refusal::NotFound)?)
}

/// What a fan holds and has bought in one schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FanSeats {
    /// The live holds, in no particular order.
    pub held: Vec<Held>,
    /// How many seats the fan has bought. Cancelled tickets do not count.
    pub bought: u32,
}

/// Returns what a fan holds and has bought in a schedule, from memory.
///
/// # Errors
/// [`Refusal::NotFound`] if the schedule does not exist.
pub async fn mine(house: &House, fan: UserId, schedule: ScheduleId) -> Outcome<FanSeats> {
    let hall = house.hall(schedule).await?;
    let now = house.clock().now();
    let (.., mut held, bought) = hall.facts(fan, &[]);
    held.retain(|held| is_live(held.expired_at, now));
    Ok(FanSeats { held, bought })
}

/// Returns the latest entries in the ledger of a fan's points, the newest first, at most 200 of them.
pub async fn statement(house: &House, fan: UserId) -> Outcome<Vec<LedgerEntry>> {
    house.read(move |read, _| Ok(read.statement(fan, STATEMENT_LINES)?)).await
}
