//! A ticket as it is shown at the door, on a screen or on paper.

use super::qr::qr;
use super::views::moved_note;
use crate::paths::{cancel_path, hand_on_path, pdf_path, show_calendar_path};
use crate::words::{self, Detail, Locale, td_string};
use encore::domain::{Reservation, ReservationId, ReservationStatus};
use encore::keys::Keys;
use encore::{reference, ticket_code};
use leptos::prelude::*;

/// The id of a ticket's element on the page.
pub fn anchor(key: &[u8; 32], ticket: ReservationId) -> String {
    format!("ticket-{}", reference::ticket(key, ticket))
}

/// Why a ticket lets nobody in any more. `None` if it does.
pub fn why_over(l: Locale, ticket: &Reservation) -> Option<String> {
    match ticket.status {
        ReservationStatus::Cancel if ticket.call_off_reason.is_some() => Some(match ticket.refund {
            Some(refund) if !ticket.is_paid_by_another() => {
                td_string!(l, ticket.called_off, refund = words::points(l, refund))
            }
            _ => td_string!(l, queue.called_off).to_owned(),
        }),
        ReservationStatus::Cancel => Some(td_string!(l, ticket.is_cancelled).to_owned()),
        _ => ticket
            .checked_in_at
            .map(|at| td_string!(l, ticket.is_used, when = words::when(l, at, &ticket.time_zone, Detail::Short))),
    }
}

/// One ticket: its code on a white panel, which is white in the dark too because scanners need it, then what it is for
/// and, if `is_owners` is true, what its owner can do with it. `place` says which of several tickets it is.
pub fn pass(
    l: Locale,
    keys: &Keys,
    ticket: &Reservation,
    place: Option<String>,
    is_owners: bool,
) -> impl IntoView + use<> {
    let key = keys.numbers();
    let code = ticket_code::code(keys, ticket.into());
    let qr_code = qr(&ticket_code::pass(keys, ticket.schedule_id, ticket.into()));
    let order = ticket.payment_id.map(|payment| {
        view! { <div><dt>{td_string!(l, ticket.order)}</dt><dd>{reference::order(key, payment)}</dd></div> }
    });
    let seat = words::seat_name(l, &ticket.seat_name());
    let name = place.iter().chain([&seat]).map(String::as_str).collect::<Vec<_>>().join(": ");
    let (calendar, pdf) = (show_calendar_path(key, ticket.id), pdf_path(key, ticket.id));
    let (cancel, hand_on) = (cancel_path(key, ticket.id), hand_on_path(key, ticket.id));
    let (can_cancel, can_hand_on) = (!ticket.is_paid_by_another(), !ticket.no_handing_on);
    let over = why_over(l, ticket);
    let is_good = over.is_none();
    let picture = match over {
        None => {
            let label = td_string!(l, ticket.qr, code = &code);
            view! { <div class="pass-qr" role="img" aria-label=label inner_html=qr_code></div> }.into_any()
        }
        Some(over) => view! { <p class="pass-over">{over}</p> }.into_any(),
    };
    view! {
        <article class="pass" id=anchor(key, ticket.id) aria-label=name>
            <div class="pass-panel">
                {picture}
                <p class="pass-code">{code}</p>
            </div>
            <div class="pass-text">
                <header>
                    {place.map(|place| view! { <p class="eyebrow">{place}</p> })}
                    <p class="pass-seat">{seat}</p>
                    <h2>{ticket.concert_title.clone()}</h2>
                    <p class="pass-when">{words::when(l, ticket.show_time, &ticket.time_zone, Detail::Full)}</p>
                    {moved_note(l, ticket).map(|note| view! { <p class="small">{note}</p> })}
                    {ticket.call_off_reason.clone().map(|reason| view! { <p class="small">{reason}</p> })}
                    <p>{ticket.venue.clone()}</p>
                </header>
                {is_good.then(|| view! { <p class="muted small">{td_string!(l, ticket.show_it)}</p> })}
                <dl>
                    <div><dt>{td_string!(l, account.name)}</dt><dd>{ticket.fan_name.clone()}</dd></div>
                    <div><dt>{td_string!(l, checkout.price)}</dt><dd>{words::points(l, ticket.price)}</dd></div>
                    {order}
                </dl>
                {is_owners.then(|| view! {
                    <div class="actions no-print">
                        <a class="button button-second" href=calendar>{td_string!(l, ticket.calendar)}</a>
                        {is_good.then(|| view! {
                            <a class="button button-second" href=pdf>{td_string!(l, ticket.pdf)}</a>
                            {can_hand_on.then(|| view! { <a class="quiet" href=hand_on>{td_string!(l, handing.title)}</a> })}
                            {can_cancel.then(|| view! { <a class="quiet" href=cancel>{td_string!(l, tickets.cancel)}</a> })}
                        })}
                    </div>
                })}
            </div>
        </article>
    }
}
