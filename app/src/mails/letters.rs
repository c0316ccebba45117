//! What each mail says.

use crate::paths::{address_path, invitation_path, password_path, queue_path, ticket_path, waitlist_path};
use crate::server::App;
use crate::server::calendar_file::{show_event, written};
use crate::words::{self, Detail, Locale, td_string};
use encore::box_office::Device;
use encore::domain::mail::SignInChange;
use encore::domain::{Concert, ConcertSchedule, Points, Reservation, Timestamp};
use encore::post_office::Contents;
use encore::reference;

/// What a mail says, before it has its form.
pub(super) struct Letter {
    pub subject: String,
    pub paragraphs: Vec<String>,
    /// What it is about: the name of each fact, and its value.
    pub facts: Vec<(String, String)>,
    /// The text of a link, and its absolute address.
    pub link: Option<(String, String)>,
    /// What follows the link.
    pub after: Option<String>,
    /// The event of a calendar, in the iCalendar format.
    pub calendar: Option<String>,
}

impl Letter {
    fn of(subject: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            subject: subject.into(),
            paragraphs: vec![text.into()],
            facts: vec![],
            link: None,
            after: None,
            calendar: None,
        }
    }

    fn with_link(self, text: &str, app: &App, path: &str) -> Self {
        Self { link: Some((text.to_owned(), format!("{}{path}", app.origin))), ..self }
    }

    fn with_after(self, text: &str) -> Self {
        Self { after: Some(text.to_owned()), ..self }
    }
}

/// What the mail says with which an operator tries the mail server.
pub(super) fn test(l: Locale) -> Letter {
    Letter::of(td_string!(l, mail.test_subject), td_string!(l, mail.test))
}

/// The tickets that come with a mail, as a file.
pub(super) fn tickets_with(contents: &Contents) -> Vec<Reservation> {
    match contents {
        Contents::TicketsBought { tickets, .. } | Contents::Moved { tickets, .. } => {
            tickets.iter().filter(|ticket| ticket.is_ticket()).cloned().collect()
        }
        Contents::TicketMoved { ticket } | Contents::TicketReceived { ticket } => vec![Reservation::clone(ticket)],
        _ => vec![],
    }
}

/// What a mail with these contents says.
pub(super) fn letter(l: Locale, app: &App, contents: Contents) -> Letter {
    match contents {
        Contents::PasswordLink { token, expires_at } => password_link(l, app, &token, expires_at),
        Contents::PasswordChanged => {
            let letter = Letter::of(td_string!(l, mail.changed_subject), td_string!(l, mail.changed));
            not_you(l, app, letter)
        }
        Contents::PaidOut { amount } => {
            let text = td_string!(l, mail.paid_out, amount = words::points(l, amount));
            let letter = Letter::of(td_string!(l, mail.paid_out_subject), text);
            letter.with_link(td_string!(l, points.statement), app, "/points")
        }
        Contents::SignInChanged(change) => {
            let letter = Letter::of(td_string!(l, mail.sign_in_subject), sign_in_change(l, change));
            not_you(l, app, letter)
        }
        Contents::AddressLink { token, expires_at } => address_link(l, app, &token, expires_at),
        Contents::AddressChanged => {
            let letter = Letter::of(td_string!(l, mail.address_changed_subject), td_string!(l, mail.address_changed));
            letter.with_link(td_string!(l, mail.address_changed_link), app, "/account")
        }
        Contents::Invitation { token, host, duty, expires_at } => {
            let when = when(l, app, expires_at);
            let text = td_string!(l, mail.invitation, host = host, duty = words::duty(l, duty), when = when);
            let letter = Letter::of(td_string!(l, mail.invitation_subject), text);
            let letter = letter.with_link(td_string!(l, team.join), app, &invitation_path(&token));
            letter.with_after(td_string!(l, mail.invitation_after))
        }
        Contents::NewDevice(device) => new_device(l, app, &device),
        Contents::TicketsBought { payment, has_password, tickets } => {
            let order = reference::order(app.house.number_key(), payment);
            let letter = tickets_bought(l, app, order, &tickets);
            if has_password { letter } else { letter.with_after(td_string!(l, mail.no_password)) }
        }
        Contents::TicketCancelled { ticket, refund, is_owner } => {
            let text = match refund {
                0 if is_owner && ticket.is_paid_by_another() => {
                    td_string!(l, mail.cancelled_paid_by_another).to_owned()
                }
                0 => td_string!(l, mail.cancelled_nothing).to_owned(),
                _ => td_string!(l, mail.cancelled, amount = words::points(l, refund)),
            };
            let subject = td_string!(l, mail.cancelled_subject, title = &ticket.concert_title);
            let mut letter = Letter::of(subject, text);
            letter.paragraphs.extend(ticket.call_off_reason.clone());
            if is_owner {
                about(l, app, letter, std::slice::from_ref(&ticket))
            } else {
                Letter { facts: show_facts(l, std::slice::from_ref(&ticket)), ..letter }
            }
        }
        Contents::TicketHandedOn { ticket, to } => {
            let subject = td_string!(l, mail.handed_on_subject, title = &ticket.concert_title);
            let letter = Letter::of(subject, td_string!(l, mail.handed_on, name = to));
            Letter { facts: show_facts(l, std::slice::from_ref(&ticket)), ..letter }
        }
        Contents::TicketReceived { ticket } => {
            let subject = td_string!(l, mail.received_subject, title = &ticket.concert_title);
            about(l, app, Letter::of(subject, td_string!(l, mail.received)), std::slice::from_ref(&ticket))
        }
        Contents::TicketMoved { ticket } => {
            let subject = td_string!(l, mail.seat_subject, title = &ticket.concert_title);
            about(l, app, Letter::of(subject, td_string!(l, mail.seat)), std::slice::from_ref(&ticket))
        }
        Contents::Offer { until, seats } => offer(l, app, until, &seats),
        Contents::Opening { concert, schedule } => opening(l, app, &concert, &schedule),
        Contents::CalledOff { reason, refund, tickets } => called_off(l, app, &reason, refund, &tickets),
        Contents::Moved { from, until, tickets } => moved(l, app, (from, until), &tickets),
    }
}

/// An instant that belongs to no concert.
fn when(l: Locale, app: &App, at: Timestamp) -> String {
    words::when(l, at, app.time_zone.name(), Detail::Full)
}

fn password_link(l: Locale, app: &App, token: &str, expires_at: Timestamp) -> Letter {
    let when = when(l, app, expires_at);
    let letter = Letter::of(td_string!(l, mail.password_subject), td_string!(l, mail.password, when = when));
    let letter = letter.with_link(td_string!(l, mail.password_link), app, &password_path(token));
    letter.with_after(td_string!(l, mail.password_after))
}

fn address_link(l: Locale, app: &App, token: &str, expires_at: Timestamp) -> Letter {
    let when = when(l, app, expires_at);
    let letter = Letter::of(td_string!(l, mail.address_subject), td_string!(l, mail.address, when = when));
    let letter = letter.with_link(td_string!(l, address.confirm), app, &address_path(token));
    letter.with_after(td_string!(l, mail.address_after))
}

fn new_device(l: Locale, app: &App, device: &Device) -> Letter {
    let name = if device.name.is_empty() { td_string!(l, account.some_device) } else { &device.name };
    let when = when(l, app, device.signed_in_at);
    let text = td_string!(l, mail.device, device = name, when = when);
    not_you(l, app, Letter::of(td_string!(l, mail.device_subject), text))
}

fn sign_in_change(l: Locale, change: SignInChange) -> &'static str {
    match change {
        SignInChange::AuthenticatorSetUp => td_string!(l, mail.authenticator_set_up),
        SignInChange::AuthenticatorEnded => td_string!(l, mail.authenticator_ended),
        SignInChange::RecoveryCodesMade => td_string!(l, mail.recovery_codes_made),
        SignInChange::RecoveryCodeUsed => td_string!(l, mail.recovery_code_used),
        SignInChange::PasskeyAdded => td_string!(l, mail.passkey_added),
        SignInChange::PasskeyRemoved => td_string!(l, mail.passkey_removed),
        SignInChange::EndedByOwner => td_string!(l, mail.ended_by_owner),
    }
}

/// The letter with what to do if somebody else did what it tells of.
fn not_you(l: Locale, app: &App, mut letter: Letter) -> Letter {
    letter.paragraphs.push(td_string!(l, mail.not_you).to_owned());
    letter.with_link(td_string!(l, mail.password_link), app, "/forgotten")
}

fn tickets_bought(l: Locale, app: &App, order: String, tickets: &[Reservation]) -> Letter {
    let title = tickets.first().map_or("", |ticket| &ticket.concert_title);
    let letter = Letter::of(td_string!(l, mail.bought_subject, title = title), td_string!(l, mail.bought));
    let mut letter = about(l, app, letter, tickets);
    let total: Points = tickets.iter().map(|ticket| ticket.price).sum();
    letter.facts.push((td_string!(l, mail.total).into(), words::points(l, total)));
    letter.facts.push((td_string!(l, ticket.order).into(), order));
    letter
}

fn offer(l: Locale, app: &App, until: Timestamp, seats: &[Reservation]) -> Letter {
    let Some(first) = seats.first() else { return Letter::of("", "") };
    let when = words::when(l, until, &first.time_zone, Detail::Full);
    let letter = Letter::of(
        td_string!(l, mail.offer_subject, title = &first.concert_title),
        td_string!(l, mail.offer, when = when),
    );
    let price = (td_string!(l, checkout.total).into(), words::points(l, seats.iter().map(|seat| seat.price).sum()));
    let letter = Letter { facts: [show_facts(l, seats), vec![price]].concat(), ..letter };
    letter.with_link(td_string!(l, mail.offer_link), app, &waitlist_path(first.schedule_id))
}

fn opening(l: Locale, app: &App, concert: &Concert, schedule: &ConcertSchedule) -> Letter {
    let when = |at| words::when(l, at, &concert.time_zone, Detail::Full);
    let (window, title) = (schedule.window, &concert.title);
    let letter = Letter::of(td_string!(l, mail.opening_subject, title = title), td_string!(l, mail.opening));
    let facts = [
        (td_string!(l, mail.opening_lobby), Some(window.lobby_start).filter(|lobby| *lobby < window.reservation_start)),
        (td_string!(l, mail.opening_sale), Some(window.reservation_start)),
        (td_string!(l, mail.show), Some(schedule.show_time)),
    ];
    let facts = facts.into_iter().filter_map(|(what, at)| Some((what.to_owned(), when(at?)))).collect();
    Letter { facts, ..letter }.with_link(td_string!(l, mail.opening_link), app, &queue_path(schedule.id))
}

fn called_off(l: Locale, app: &App, reason: &str, refund: Points, tickets: &[Reservation]) -> Letter {
    let title = tickets.first().map_or("", |ticket| &ticket.concert_title);
    let letter = Letter::of(td_string!(l, mail.off_subject, title = title), td_string!(l, mail.off));
    let mut letter = about(l, app, letter, tickets);
    letter.paragraphs.push(reason.to_owned());
    letter.paragraphs.push(match refund {
        0 if tickets.iter().any(Reservation::is_paid_by_another) => td_string!(l, mail.off_handed_on).to_owned(),
        0 => td_string!(l, mail.off_free).to_owned(),
        _ => td_string!(l, mail.off_refund, amount = words::points(l, refund)),
    });
    letter
}

fn moved(l: Locale, app: &App, (from, until): (Timestamp, Option<Timestamp>), tickets: &[Reservation]) -> Letter {
    let (title, zone) = tickets.first().map_or(("", "UTC"), |ticket| (&ticket.concert_title, &ticket.time_zone));
    let when = |at| words::when(l, at, zone, Detail::Full);
    let elsewhere = tickets.first().filter(|ticket| ticket.moved.is_some_and(|moved| moved.is_other_hall));
    let text = match elsewhere {
        Some(ticket) if ticket.show_time == from => td_string!(l, mail.moved_hall, venue = &ticket.venue),
        Some(ticket) => td_string!(l, mail.moved_both, venue = &ticket.venue, from = when(from)),
        None => td_string!(l, mail.moved, from = when(from)),
    };
    let mut letter = about(l, app, Letter::of(td_string!(l, mail.moved_subject, title = title), text), tickets);
    letter.after = until.map(|until| td_string!(l, mail.moved_until, when = when(until)));
    letter
}

/// The show and the seats of reservations for the same show.
fn show_facts(l: Locale, seats: &[Reservation]) -> Vec<(String, String)> {
    let Some(first) = seats.first() else { return vec![] };
    let names: Vec<_> = seats.iter().map(|seat| words::seat_name(l, &seat.seat_name())).collect();
    vec![
        (td_string!(l, staff.concert).to_owned(), first.concert_title.clone()),
        (td_string!(l, mail.show).to_owned(), words::when(l, first.show_time, &first.time_zone, Detail::Full)),
        (td_string!(l, mail.venue).to_owned(), first.venue.clone()),
        (td_string!(l, mail.seats, count = seats.len()), names.join("; ")),
    ]
}

/// The letter with the show, the seats, the link and the calendar event of tickets for the same show.
fn about(l: Locale, app: &App, letter: Letter, tickets: &[Reservation]) -> Letter {
    let Some(first) = tickets.first() else { return letter };
    let key = app.house.number_key();
    let events: Vec<_> = tickets.iter().map(|ticket| show_event(l, key, &app.origin, ticket)).collect();
    let calendar = written(&events, app.house.clock().now(), &app.origin);
    let letter = Letter { facts: show_facts(l, tickets), calendar: Some(calendar), ..letter };
    letter.with_link(td_string!(l, mail.open_ticket), app, &ticket_path(key, first.id))
}
