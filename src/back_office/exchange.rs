//! Exchanging a ticket at the counter for one of another date of the same concert, with the difference in price.

use super::counter::{reason, seat_label, seat_to_sell, sell_seats};
use super::{BoxOffice, LogEntry, run_and_log, schedules, till};
use crate::box_office::cancel_and_refund;
use crate::domain::concert::Publication;
use crate::domain::ticket::check_unused;
use crate::domain::till::{AT_WINDOW, TillKind};
use crate::domain::{
    ConcertSchedule, Points, Refusal, Reservation, ReservationId, ScheduleId, SeatId, StaffAction, Timestamp, UserId,
};
use crate::house::House;
use crate::store::{Outcome, Read};

/// The other dates of a ticket's concert whose shows are to come, in the order of their show times.
fn dates(read: &Read<'_>, ticket: &Reservation, now: Timestamp) -> Outcome<Vec<ConcertSchedule>> {
    let schedule = read.schedule(ticket.schedule_id)?.ok_or(Refusal::NotFound)?;
    let mut dates = read.schedules_of(schedule.concert_id)?;
    dates.retain(|date| {
        date.id != schedule.id
            && date.status == Publication::Published
            && date.called_off.is_none()
            && now < date.show_time
    });
    Ok(dates)
}

/// Checks that a ticket can be exchanged.
///
/// # Errors
/// What [`check_unused`] refuses, [`Refusal::CalledOff`], and [`Refusal::HandedOn`]: the money is not its owner's.
fn check(ticket: &Reservation) -> Result<(), Refusal> {
    if ticket.call_off_reason.is_some() {
        return Err(Refusal::CalledOff);
    }
    check_unused(&ticket.ticket())?;
    if ticket.is_paid_by_another() { Err(Refusal::HandedOn) } else { Ok(()) }
}

/// Returns a ticket, and the dates for which it can be exchanged: the other dates of its concert whose shows are to come.
///
/// # Errors
/// [`Refusal::NotFound`] if the ticket does not exist; [`Refusal::TicketUsed`], [`Refusal::AlreadyCancelled`],
/// [`Refusal::CalledOff`] or [`Refusal::HandedOn`] if it cannot be exchanged.
pub async fn exchange_dates(
    house: &House,
    _proof: BoxOffice,
    ticket: ReservationId,
) -> Outcome<(Reservation, Vec<ConcertSchedule>)> {
    house
        .read(move |read, context| {
            let ticket = read.reservation(ticket)?.ok_or(Refusal::NotFound)?;
            check(&ticket)?;
            let dates = dates(read, &ticket, context.now)?;
            Ok((ticket, dates))
        })
        .await
}

/// Exchanges a ticket for a seat of another date, for the reason `why`: the whole price goes back as points, whatever the
/// terms of refund say, and pays for the other seat. If that costs more, the difference was paid at the counter; if it
/// costs less, the rest stays with the fan as points. `difference` is what the page showed: the price of the seat less the
/// price of the ticket. Returns the fan.
///
/// # Errors
/// As [`exchange_dates`]; [`Refusal::NotFound`] also if the ticket cannot be exchanged for this date or if the date has no
/// such seat; [`Refusal::SeatInUse`] if the seat is held or sold; [`Refusal::Stale`] if the difference is another one;
/// [`Refusal::Invalid`] if the reason is blank or too long.
pub async fn exchange(
    house: &House,
    BoxOffice(staff): BoxOffice,
    ticket: ReservationId,
    (to, seat): (ScheduleId, SeatId),
    difference: Points,
    why: &str,
) -> Outcome<UserId> {
    let why = reason(why)?;
    run_and_log(house, staff, move |write, context| {
        let now = context.now;
        let ticket = write.reservation(ticket)?.ok_or(Refusal::NotFound)?;
        check(&ticket)?;
        let date = dates(write, &ticket, now)?.into_iter().find(|date| date.id == to).ok_or(Refusal::NotFound)?;
        let (name, price) = seat_to_sell(write, to, seat)?;
        if price - ticket.price != difference {
            return Err(Refusal::Stale.into());
        }
        let fan = ticket.user_id;
        cancel_and_refund(write, &ticket, ticket.price, context)?;
        if difference > 0 {
            let charge = write.insert_charge(fan, difference, AT_WINDOW, now)?;
            till::record(write, staff, TillKind::Exchange, (difference, charge), fan, context)?;
        }
        sell_seats(write, fan, to, &[(seat, price)], context)?;
        let (concert, _) = schedules::known(write, to)?;
        let subject = schedules::subject(&concert, ticket.show_time);
        let other = schedules::subject(&concert, date.show_time);
        let note = format!("{} → {other}, {}; {difference}: {why}", seat_label(&ticket.seat_name()), seat_label(&name));
        Ok((fan, LogEntry::of(StaffAction::TicketExchanged, subject, note).about(fan)))
    })
    .await
}
