//! A show that is called off: the sale ends at once, and every ticket is refunded in full, a few fans in each transaction,
//! so that a crash stops it nowhere and nobody is refunded twice.

use super::{LogEntry, Owner, run_and_log, schedules};
use crate::box_office::refund_ticket;
use crate::domain::concert::{MAX_REASON, clean_line};
use crate::domain::mail::Letter;
use crate::domain::queue::EndReason;
use crate::domain::refund::{MAX_COMPENSATION, when_called_off};
use crate::domain::{Concert, ConcertSchedule, Field, Points, Refusal, ScheduleId, StaffAction};
use crate::house::{House, TxContext};
use crate::post_office::post;
use crate::store::{Outcome, Sold, Write};
use crate::waiting_room;

/// How many fans one transaction refunds, so that other writes do not wait for long.
const FANS_AT_ONCE: u32 = 50;

/// What calling a date off would do, or how far it is.
#[derive(Debug, Clone)]
pub struct CallOff {
    pub concert: Concert,
    pub schedule: ConcertSchedule,
    /// The tickets that are to be refunded.
    pub sold: Sold,
    /// How many tickets were cancelled since the show was called off, and how many points were refunded for them. Zero if
    /// it was not called off.
    pub refunded: (i64, Points),
}

/// Returns what calling a date off would do or, if it was called off, how far the refunds are.
///
/// # Errors
/// [`Refusal::NotFound`] if the date does not exist.
pub async fn call_off_preview(house: &House, _proof: Owner, id: ScheduleId) -> Outcome<CallOff> {
    house
        .read(move |read, _| {
            let (concert, schedule) = schedules::known(read, id)?;
            let refunded = match &schedule.called_off {
                Some(called_off) => read.cancelled_since(id, called_off.at)?,
                None => (0, 0),
            };
            Ok(CallOff { sold: read.sold(id)?, refunded, concert, schedule })
        })
        .await
}

/// Calls a date off for the reason `why`, which fans read: ends its sale, its queue and all holds. The sweeper then
/// refunds every ticket in full, whatever its refund terms say, with `compensation_percent` of its price in addition, and
/// tells each fan by mail.
///
/// # Errors
/// [`Refusal::NotFound`] if the date does not exist, [`Refusal::CalledOff`] if it was called off before, and
/// [`Refusal::Invalid`] if the reason is blank or has more than [`MAX_REASON`] characters, or if the compensation is more
/// than [`MAX_COMPENSATION`].
pub async fn call_off(
    house: &House,
    Owner(owner): Owner,
    id: ScheduleId,
    why: &str,
    compensation_percent: u32,
) -> Outcome<()> {
    let why = clean_line(why, MAX_REASON, Field::Reason)?;
    if compensation_percent > MAX_COMPENSATION {
        return Err(Refusal::invalid(Field::Compensation).into());
    }
    run_and_log(house, owner, move |write, context| {
        let (concert, schedule) = schedules::known(write, id)?;
        schedule.check_not_called_off()?;
        let sold = write.sold(id)?;
        // Tickets that were cancelled before are recognised by their time, also if the clock was set back since.
        let at = context.now.max(write.last_cancellation(id)?.unwrap_or(context.now));
        write.call_off(id, &why, compensation_percent, at)?;
        write.free(id, &write.holds(id)?, context.now)?;
        write.end_tokens(&write.active_tokens(id)?, EndReason::Closed, context.now)?;
        waiting_room::advance(write, id, context)?;
        let note = format!("{why}; {} tickets, {} points, +{compensation_percent}%", sold.tickets, sold.price);
        Ok(((), LogEntry::of(StaffAction::ShowCalledOff, schedules::subject(&concert, schedule.show_time), note)))
    })
    .await
}

/// Refunds the tickets of the next fans of a date that was called off, and tells these fans. Does nothing if the date was
/// not called off, or if all its tickets are refunded.
pub(crate) fn refund_next(write: &Write<'_>, schedule: &ConcertSchedule, context: TxContext<'_>) -> Outcome<()> {
    let id = schedule.id;
    let Some(called_off) = schedule.called_off.as_ref().filter(|called_off| called_off.refunded_at.is_none()) else {
        return Ok(());
    };
    // Also if the clock was set back since: refunds are recognised by their time.
    let now = context.now.max(called_off.at);
    let fans = write.fans_with_tickets(id, FANS_AT_ONCE)?;
    for &fan in &fans {
        let mut total = 0;
        // The payer of a ticket that was handed on gets the refund, and a mail of its own for each such ticket.
        for ticket in write.reservations_of_in(fan, id)?.iter().filter(|ticket| ticket.is_ticket()) {
            let refund = when_called_off(ticket.price, called_off.compensation_percent);
            refund_ticket(write, ticket, refund, now)?;
            if !ticket.is_paid_by_another() {
                total += refund;
            } else if refund > 0 {
                post(write, ticket.payer(), Letter::TicketCancelled { ticket: ticket.id, refund }, None, context)?;
            }
        }
        post(write, fan, Letter::CalledOff { schedule: id, refund: total }, None, context)?;
    }
    if fans.len() < FANS_AT_ONCE as usize {
        write.set_refunded(id, now)?;
    } else {
        // The others follow in the next transaction.
        write.note_deadline(context.now);
    }
    Ok(())
}
