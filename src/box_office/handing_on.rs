//! Handing a ticket on to another person by a one-time link.

use super::mine::known_ticket;
use crate::domain::handing_on::{HandingOnFacts, check, link_expires};
use crate::domain::lottery::commitment;
use crate::domain::mail::Letter;
use crate::domain::{Refusal, Reservation, ReservationId, Timestamp, UserId};
use crate::house::{House, TxContext};
use crate::keys::Keys;
use crate::post_office::post;
use crate::reference;
use crate::store::{Fault, Outcome, Read};

/// A ticket that its owner may hand on.
#[derive(Debug, Clone)]
pub struct HandingOn {
    pub ticket: Reservation,
    /// Why it cannot be handed on, if it cannot.
    pub allowed: Result<(), Refusal>,
    /// The secret token of the open link, and when it expires. `None` if there is none.
    pub link: Option<(String, Timestamp)>,
}

/// Returns the token of a link: the number of the ticket, and a text that only the keys make from its row.
fn token(keys: &Keys, ticket: &Reservation, made_at: Timestamp) -> String {
    let Reservation { id, user_id, code_issue, .. } = ticket;
    let secret = keys.link_secret(&format!("hand on {id} {user_id} {code_issue} {}", made_at.0));
    format!("{}-{secret}", reference::typed_digits(&reference::ticket(keys.numbers(), *id)))
}

/// The open link of a ticket: its token, and when it expires.
fn open_link(keys: &Keys, ticket: &Reservation, now: Timestamp) -> Option<(String, Timestamp)> {
    let made_at = ticket.hand_on_link_made_at?;
    let expires_at = link_expires(made_at, ticket.show_time);
    (now < expires_at).then(|| (token(keys, ticket, made_at), expires_at))
}

fn facts(read: &Read<'_>, ticket: &Reservation) -> Outcome<HandingOnFacts> {
    let schedule = read.schedule(ticket.schedule_id)?.ok_or(Fault::Broken("a ticket has a schedule"))?;
    Ok(HandingOnFacts {
        ticket: ticket.ticket(),
        show_time: schedule.show_time,
        is_called_off: schedule.called_off.is_some(),
        is_forbidden: schedule.no_handing_on,
        code_issue: ticket.code_issue,
    })
}

/// Returns a fan's ticket, whether they can hand it on, and its open link.
///
/// # Errors
/// [`Refusal::NotFound`] if the ticket does not exist, was never bought, or belongs to somebody else.
pub async fn handing_on(house: &House, fan: UserId, ticket: ReservationId) -> Outcome<HandingOn> {
    let keys = house.keys().clone();
    house
        .read(move |read, context| {
            let ticket = known_ticket(read, fan, ticket)?;
            let allowed = check(&facts(read, &ticket)?, context.now);
            let link = open_link(&keys, &ticket, context.now);
            Ok(HandingOn { ticket, allowed, link })
        })
        .await
}

/// Makes the link with which somebody else can take a fan's ticket. A link that is open stays.
///
/// # Errors
/// [`Refusal::NotFound`] as for [`handing_on`], and what [`check`] refuses.
pub async fn make_hand_on_link(house: &House, fan: UserId, ticket: ReservationId) -> Outcome<()> {
    house
        .write(move |write, context| {
            let ticket = known_ticket(write, fan, ticket)?;
            check(&facts(write, &ticket)?, context.now)?;
            if open_link(context.keys, &ticket, context.now).is_none() {
                write.set_hand_on_link(ticket.id, Some(context.now))?;
            }
            Ok(())
        })
        .await
}

/// Ends the open link of a fan's ticket, so that nobody can take the ticket with it.
///
/// # Errors
/// [`Refusal::NotFound`] as for [`handing_on`]; also if somebody has taken the ticket meanwhile.
pub async fn end_hand_on_link(house: &House, fan: UserId, ticket: ReservationId) -> Outcome<()> {
    house.write(move |write, _| Ok(write.set_hand_on_link(known_ticket(write, fan, ticket)?.id, None)?)).await
}

/// Finds the ticket that a fan can take with a link, or has taken with it.
///
/// # Errors
/// [`Refusal::LinkOver`] if the link was used by somebody else or ended, has expired, or never existed; what [`check`]
/// refuses.
fn linked_ticket(read: &Read<'_>, fan: UserId, sent: &str, context: TxContext<'_>) -> Outcome<Reservation> {
    let number = sent.split('-').next().unwrap_or_default();
    let id = reference::ticket_of_digits(context.keys.numbers(), number).ok_or(Refusal::LinkOver)?;
    let ticket = read.reservation(id)?.ok_or(Refusal::LinkOver)?;
    // The answer to the fan who took it may have been lost. It is their ticket, so this tells them nothing.
    if ticket.user_id == fan && ticket.is_ticket() {
        return Ok(ticket);
    }
    let (token, _) = open_link(context.keys, &ticket, context.now).ok_or(Refusal::LinkOver)?;
    // The hashes are compared, so that the time does not tell how many of the first characters are right.
    if commitment(sent) != commitment(&token) {
        return Err(Refusal::LinkOver.into());
    }
    check(&facts(read, &ticket)?, context.now)?;
    Ok(ticket)
}

/// Returns the ticket that a fan can take with a link, or has taken with it.
///
/// # Errors
/// [`Refusal::LinkOver`] if the link was used by somebody else or ended, has expired, or never existed; what [`check`]
/// refuses.
pub async fn handed_on_ticket(house: &House, fan: UserId, token: String) -> Outcome<Reservation> {
    house.read(move |read, context| linked_ticket(read, fan, &token, context)).await
}

/// Makes a fan the owner of the ticket of a link, and ends the link and the codes that the ticket had. Both people are told
/// by mail. Returns the ticket. Does nothing if it is the fan's own ticket.
///
/// # Errors
/// As [`handed_on_ticket`], and [`Refusal::AddressNotVerified`].
pub async fn take_ticket(house: &House, fan: UserId, token: String) -> Outcome<ReservationId> {
    house
        .write(move |write, context| {
            let ticket = linked_ticket(write, fan, &token, context)?;
            if ticket.user_id == fan {
                return Ok(ticket.id);
            }
            if context.settings.verifies_addresses && !write.is_verified(fan)? {
                return Err(Refusal::AddressNotVerified.into());
            }
            write.hand_over(&ticket, fan, context.now)?;
            post(write, ticket.user_id, Letter::TicketHandedOn { ticket: ticket.id, to: fan }, None, context)?;
            post(write, fan, Letter::TicketReceived { ticket: ticket.id }, None, context)?;
            Ok(ticket.id)
        })
        .await
}
