//! Cancelling a ticket.

use super::{known_user, store_answer, stored_answer_for};
use crate::calendar;
use crate::domain::mail::Letter;
use crate::domain::refund::{Cancelled, Refund, RefundFacts, RefundPolicy};
use crate::domain::ticket::decide_cancel;
use crate::domain::{Points, Refusal, Reservation, ReservationId, Timestamp, UserId, idempotency};
use crate::house::{House, TxContext};
use crate::post_office::post;
use crate::store::{Fault, Outcome, Read, Write};
use crate::waiting_room;

/// A ticket, and how many points cancelling it gives back.
#[derive(Debug, Clone)]
pub struct CancellationQuote {
    pub ticket: Reservation,
    /// The refund policy under which the ticket was bought.
    pub policy: RefundPolicy,
    /// How the price is divided if the ticket is cancelled now, or why it cannot be cancelled.
    pub refund: Result<Refund, Refusal>,
}

/// Returns a fan's ticket and what cancelling it now would give back.
///
/// # Errors
/// [`Refusal::NotFound`] if the ticket does not exist, was never bought, or belongs to somebody else.
pub async fn cancellation_quote(house: &House, fan: UserId, ticket: ReservationId) -> Outcome<CancellationQuote> {
    house.read(move |read, context| own_quote(read, fan, ticket, context.now)).await
}

/// As [`quote`], but a fan who got the ticket from somebody else cannot cancel it: the refund is not theirs.
fn own_quote(read: &Read<'_>, fan: UserId, id: ReservationId, now: Timestamp) -> Outcome<CancellationQuote> {
    let quote = quote(read, fan, id, now)?;
    let is_refused = quote.refund.is_ok() && quote.ticket.is_paid_by_another();
    Ok(if is_refused { CancellationQuote { refund: Err(Refusal::HandedOn), ..quote } } else { quote })
}

/// Returns a fan's ticket and what cancelling it at `now` would give back. Days are counted in the venue's time zone.
pub(crate) fn quote(read: &Read<'_>, fan: UserId, id: ReservationId, now: Timestamp) -> Outcome<CancellationQuote> {
    let ticket = read.reservation(id)?.filter(|ticket| ticket.user_id == fan).ok_or(Refusal::NotFound)?;
    let payment = ticket.payment_id.ok_or(Refusal::NotFound)?;
    let (bought_at, policy) = read.refund_terms(payment)?;
    let policy: RefundPolicy = serde_json::from_str(&policy).map_err(Fault::from)?;
    let day = |at| calendar::day(at, &ticket.time_zone);
    let facts = RefundFacts {
        price: ticket.price,
        policy: &policy,
        bought_on: day(bought_at),
        hours_since_purchase: now.millis_from(bought_at) as i64 / 3_600_000,
        show_on: day(ticket.show_time),
        today: day(now),
        show_has_begun: now >= ticket.show_time,
        is_moved: ticket.moved.is_some_and(|moved| moved.refunds_in_full(ticket.created_at, now)),
    };
    let refund = match &ticket.call_off_reason {
        // Its refund comes by itself.
        Some(_) if ticket.is_ticket() => Err(Refusal::CalledOff),
        _ => decide_cancel(&ticket.ticket(), &facts),
    };
    Ok(CancellationQuote { ticket, policy, refund })
}

/// Cancels a ticket: gives `refund` points back to the fan who paid for it, and puts its seat on sale again. Tells nobody,
/// and does not advance the queue.
pub(crate) fn refund_ticket(write: &Write<'_>, ticket: &Reservation, refund: Points, now: Timestamp) -> Outcome<()> {
    let payment = ticket.payment_id.ok_or(Refusal::NotFound)?;
    write.cancel_ticket(ticket.schedule_id, ticket.id, ticket.seat_id, now)?;
    if refund > 0 {
        write.insert_refund(ticket.payer(), (payment, ticket.id), refund, now)?;
    }
    Ok(())
}

/// Cancels a ticket: gives `refund` points back to the fan who paid for it, puts its seat on sale again, and advances the
/// queue, since somebody may be waiting for a seat. Tells the payer by mail and, if that is somebody else, the owner.
pub(crate) fn cancel_and_refund(
    write: &Write<'_>,
    ticket: &Reservation,
    refund: Points,
    context: TxContext<'_>,
) -> Outcome<()> {
    if ticket.call_off_reason.is_some() {
        return Err(Refusal::CalledOff.into());
    }
    refund_ticket(write, ticket, refund, context.now)?;
    post(write, ticket.payer(), Letter::TicketCancelled { ticket: ticket.id, refund }, None, context)?;
    if ticket.is_paid_by_another() {
        post(write, ticket.user_id, Letter::TicketCancelled { ticket: ticket.id, refund: 0 }, None, context)?;
    }
    waiting_room::advance(write, ticket.schedule_id, context)
}

/// Cancels one ticket. The fan gets points back as the refund policy says under which the ticket was bought, and its
/// seat goes on sale again.
///
/// `expected` is the refund, in points, that the page showed, if it showed one: a different refund is refused. `key` is
/// an idempotency key: a repeated request gets the first answer again and changes nothing.
///
/// # Errors
/// [`Refusal::Invalid`] if the key is malformed, [`Refusal::KeyReused`] if it belongs to another request,
/// [`Refusal::NotFound`] if the ticket does not exist or belongs to somebody else, [`Refusal::AlreadyCancelled`],
/// [`Refusal::TicketUsed`] if it was used at the door, [`Refusal::NotRefundable`] if its refund policy gives nothing
/// back any more or the show has begun, [`Refusal::HandedOn`] if the fan got it from somebody else, and
/// [`Refusal::RefundChanged`] if the refund is not the expected one.
/// [`Refusal::CalledOff`] if the show was called off: then everything is refunded without this.
pub async fn cancel(
    house: &House,
    fan: UserId,
    ticket: ReservationId,
    expected: Option<Points>,
    key: String,
) -> Outcome<Cancelled> {
    idempotency::check_shape(&key)?;
    let request = format!("cancel {ticket} for {expected:?}");
    house
        .write(move |write, context| {
            if let Some(cancelled) = stored_answer_for(write, fan, &key, &request)? {
                return Ok(cancelled);
            }
            let CancellationQuote { ticket, refund, .. } = own_quote(write, fan, ticket, context.now)?;
            let Refund { refund, .. } = refund?;
            if expected.is_some_and(|expected| expected != refund) {
                return Err(Refusal::RefundChanged { refund }.into());
            }
            cancel_and_refund(write, &ticket, refund, context)?;
            let point = known_user(write, fan)?.point;
            let cancelled = Cancelled { reservation_id: ticket.id, refund, point };
            store_answer(write, fan, &key, &request, &cancelled, context.now)?;
            Ok(cancelled)
        })
        .await
}
