//! What a mail tells, read when it is sent or shown.

use super::{Mail, links};
use crate::domain::account::{Duty, NO_PASSWORD};
use crate::domain::mail::{Letter, SignInChange};
use crate::domain::waitlist::{WaitlistEntry, WaitlistStatus};
use crate::domain::{Concert, ConcertSchedule, PaymentId, Points, Reservation, Timestamp};
use crate::house::House;
use crate::store::{Device, Outcome};

/// What a mail tells, with all that its text needs. Tickets are never empty.
#[derive(Debug, Clone)]
pub enum Contents {
    PasswordLink {
        token: String,
        expires_at: Timestamp,
    },
    AddressLink {
        token: String,
        expires_at: Timestamp,
    },
    AddressChanged,
    /// `host` is the name of the owner who invites.
    Invitation {
        token: String,
        host: String,
        duty: Duty,
        expires_at: Timestamp,
    },
    NewDevice(Device),
    PasswordChanged,
    SignInChanged(SignInChange),
    PaidOut {
        amount: Points,
    },
    /// `has_password` is false if the account was made at the counter, and its owner has not set a password yet.
    TicketsBought {
        payment: PaymentId,
        has_password: bool,
        tickets: Vec<Reservation>,
    },
    /// `is_owner` is false if the person only paid for it.
    TicketCancelled {
        ticket: Box<Reservation>,
        refund: Points,
        is_owner: bool,
    },
    /// `to` is the name of the person who took it.
    TicketHandedOn {
        ticket: Box<Reservation>,
        to: String,
    },
    TicketReceived {
        ticket: Box<Reservation>,
    },
    TicketMoved {
        ticket: Box<Reservation>,
    },
    /// The reservations are those of the seats that are offered until `until`.
    Offer {
        until: Timestamp,
        seats: Vec<Reservation>,
    },
    Opening {
        concert: Box<Concert>,
        schedule: Box<ConcertSchedule>,
    },
    /// The tickets are those that were cancelled.
    CalledOff {
        reason: String,
        refund: Points,
        tickets: Vec<Reservation>,
    },
    Moved {
        from: Timestamp,
        until: Option<Timestamp>,
        tickets: Vec<Reservation>,
    },
}

/// Returns the name of the person to whom a mail goes, and what it tells. `None` if that no longer exists, so that there
/// is nothing to tell.
pub async fn contents(house: &House, mail: &Mail) -> Outcome<Option<(String, Contents)>> {
    let (user, letter, keys) = (mail.user_id, mail.letter, house.keys().clone());
    house
        .read(move |read, context| {
            let Some(user) = read.user(user)? else { return Ok(None) };
            let token_of = |link| -> Outcome<_> {
                Ok(read.account_link(link)?.map(|link| (links::token(&keys, &link), link.expires_at)))
            };
            let is_theirs = |ticket: &Reservation| ticket.is_ticket() && ticket.user_id == user.id;
            let contents = match letter {
                Letter::PasswordLink { link } => {
                    token_of(link)?.map(|(token, expires_at)| Contents::PasswordLink { token, expires_at })
                }
                Letter::AddressLink { link } => {
                    token_of(link)?.map(|(token, expires_at)| Contents::AddressLink { token, expires_at })
                }
                Letter::AddressChanged => Some(Contents::AddressChanged),
                Letter::Invitation { invitation } => {
                    let open = read.open_invitations(context.now)?.into_iter().find(|open| open.id == invitation);
                    open.map(|invitation| Contents::Invitation {
                        token: links::invitation_token(&keys, &invitation),
                        host: user.name.clone(),
                        duty: invitation.duty,
                        expires_at: invitation.expires_at,
                    })
                }
                Letter::NewDevice { device } => read.device(device)?.map(Contents::NewDevice),
                Letter::PasswordChanged => Some(Contents::PasswordChanged),
                Letter::PaidOut { amount } => Some(Contents::PaidOut { amount }),
                Letter::SignInChanged { change } => Some(Contents::SignInChanged(change)),
                Letter::TicketsBought { payment } => {
                    let ids = read.tickets_of_payment(payment)?;
                    let tickets = ids.into_iter().filter_map(|id| read.reservation(id).transpose());
                    let mut tickets: Vec<_> = tickets.collect::<Result<_, _>>()?;
                    // The codes of a ticket that was handed on meanwhile are not for who bought it.
                    tickets.retain(|ticket| ticket.user_id == user.id);
                    let has_password = read.password_hash(user.id)?.as_deref() != Some(NO_PASSWORD);
                    (!tickets.is_empty()).then_some(Contents::TicketsBought { payment, has_password, tickets })
                }
                Letter::TicketCancelled { ticket, refund } => read.reservation(ticket)?.map(|ticket| {
                    let is_owner = ticket.user_id == user.id;
                    Contents::TicketCancelled { ticket: ticket.into(), refund, is_owner }
                }),
                Letter::TicketHandedOn { ticket, to } => {
                    let told = read.reservation(ticket)?.zip(read.user(to)?);
                    told.map(|(ticket, to)| Contents::TicketHandedOn { ticket: ticket.into(), to: to.name })
                }
                Letter::TicketReceived { ticket } => {
                    let ticket = read.reservation(ticket)?.filter(is_theirs);
                    ticket.map(|ticket| Contents::TicketReceived { ticket: ticket.into() })
                }
                Letter::TicketMoved { ticket } => {
                    let ticket = read.reservation(ticket)?.filter(is_theirs);
                    ticket.map(|ticket| Contents::TicketMoved { ticket: ticket.into() })
                }
                Letter::Offer { entry } => match read.waitlist_entry(entry)? {
                    Some(WaitlistEntry {
                        schedule_id,
                        status: WaitlistStatus::Offered,
                        expire_at: Some(until),
                        ..
                    }) => {
                        let mut seats = read.reservations_of_in(user.id, schedule_id)?;
                        seats.retain(|held| held.is_held(context.now));
                        (!seats.is_empty()).then_some(Contents::Offer { until, seats })
                    }
                    _ => None,
                },
                Letter::Opening { schedule } => match read.schedule(schedule)? {
                    Some(schedule) => {
                        let concert = read.concert(schedule.concert_id)?;
                        concert.map(|concert| Contents::Opening { concert: concert.into(), schedule: schedule.into() })
                    }
                    None => None,
                },
                Letter::CalledOff { schedule, refund } => {
                    let mut tickets = read.reservations_of_in(user.id, schedule)?;
                    let called_off = read.schedule(schedule)?.and_then(|schedule| schedule.called_off);
                    called_off.and_then(|called_off| {
                        tickets.retain(|ticket| {
                            ticket.payment_id.is_some() && !ticket.is_ticket() && ticket.updated_at >= called_off.at
                        });
                        let reason = called_off.reason.to_string();
                        (!tickets.is_empty()).then_some(Contents::CalledOff { reason, refund, tickets })
                    })
                }
                Letter::Moved { schedule, from } => {
                    let mut tickets = read.reservations_of_in(user.id, schedule)?;
                    tickets.retain(Reservation::is_ticket);
                    let moved = tickets.first().and_then(|ticket| ticket.moved);
                    moved.map(|moved| Contents::Moved { from, until: moved.full_refund_until, tickets })
                }
            };
            Ok(contents.map(|contents| (user.name, contents)))
        })
        .await
}
