//! The page of one ticket, which the fan shows at the door on a screen or on paper, and the show as a calendar file.
//! The fan's other tickets for the same show are on the same page, one swipe away.

use crate::components::qr::qr;
use crate::components::views::moved_note;
use crate::paths::{cancel_path, show_calendar_path};
use crate::server::access::Fan;
use crate::server::calendar_file::{calendar_file, show_event};
use crate::server::page::{Page, PageResult};
use crate::server::visit::Visit;
use crate::words::{self, Detail, Locale, td_string};
use encore::domain::{Reservation, ReservationId, ReservationStatus};
use encore::keys::Keys;
use encore::{Outcome, box_office, reference, ticket_code};
use leptos::prelude::*;
use std::sync::Arc;

pub async fn ticket(visit: Arc<Visit>, fan: Fan) -> Outcome<PageResult> {
    let l = visit.locale;
    let (id, keys) = (visit.ticket()?, visit.house().keys().clone());
    let tickets = box_office::tickets_of_show(visit.house(), fan.id(), id).await?;
    Page::of(td_string!(l, ticket.title), move || {
        let has_several = tickets.len() > 1;
        let to_each = has_several.then(|| links(l, keys.numbers(), &tickets));
        let stays_awake = tickets.iter().any(|ticket| why_over(l, ticket).is_none());
        let passes = (1_usize..).zip(&tickets).map(|(number, ticket)| {
            let place = has_several.then(|| td_string!(l, ticket.place, number = number, total = tickets.len()));
            pass(l, &keys, ticket, place)
        });
        let passes = passes.collect_view();
        view! {
            <div class="pass-page">
                <div class="pass-top no-print">
                    <p class="back"><a href="/tickets">{td_string!(l, tickets.title)}</a></p>
                    {to_each}
                </div>
                <h1 class="visually-hidden">{td_string!(l, ticket.title)}</h1>
                <div class="passes" role="group" aria-label=td_string!(l, ticket.of_show) tabindex=has_several.then_some("0")>
                    {passes}
                </div>
                {has_several.then(|| view! { <script type="module" src="/static/passes.js"></script> })}
                {stays_awake.then(|| view! { <script type="module" src="/static/awake.js"></script> })}
            </div>
        }
    })
    .with_layout("ticket")
    .into_result()
}

/// The id of a ticket's element on the page.
fn anchor(key: &[u8; 32], ticket: ReservationId) -> String {
    format!("ticket-{}", reference::ticket(key, ticket))
}

/// Links to the tickets of the page, for fans who do not swipe. A script marks the one that is in view.
fn links(l: Locale, key: &[u8; 32], tickets: &[Reservation]) -> impl IntoView + use<> {
    let link = |(number, ticket): (usize, &Reservation)| {
        let place = td_string!(l, ticket.place, number = number, total = tickets.len());
        let name = format!("{place}: {}", words::seat_name(l, &ticket.seat_name()));
        view! { <li><a href=format!("#{}", anchor(key, ticket.id)) aria-label=name>{number.to_string()}</a></li> }
    };
    let links = (1_usize..).zip(tickets).map(link).collect_view();
    view! { <nav class="pass-links" aria-label=td_string!(l, ticket.of_show)><ul>{links}</ul></nav> }
}

/// Why a ticket lets nobody in any more. `None` if it does.
fn why_over(l: Locale, ticket: &Reservation) -> Option<String> {
    match ticket.status {
        ReservationStatus::Cancel if ticket.call_off_reason.is_some() => {
            let refund = words::points(l, ticket.refund.unwrap_or(0));
            Some(td_string!(l, ticket.called_off, refund = refund))
        }
        ReservationStatus::Cancel => Some(td_string!(l, ticket.is_cancelled).to_owned()),
        _ => ticket
            .checked_in_at
            .map(|at| td_string!(l, ticket.is_used, when = words::when(l, at, &ticket.time_zone, Detail::Short))),
    }
}

/// One ticket: its code on a white panel, which is white in the dark too because scanners need it, then what it is for
/// and what can be done with it. `place` says which of several tickets it is.
fn pass(l: Locale, keys: &Keys, ticket: &Reservation, place: Option<String>) -> impl IntoView + use<> {
    let key = keys.numbers();
    let code = ticket_code::code(keys, ticket.into());
    let qr_code = qr(&ticket_code::pass(keys, ticket.schedule_id, ticket.into()));
    let order = ticket.payment_id.map(|payment| {
        view! { <div><dt>{td_string!(l, ticket.order)}</dt><dd>{reference::order(key, payment)}</dd></div> }
    });
    let seat = words::seat_name(l, &ticket.seat_name());
    let name = place.iter().chain([&seat]).map(String::as_str).collect::<Vec<_>>().join(": ");
    let (calendar, cancel) = (show_calendar_path(key, ticket.id), cancel_path(key, ticket.id));
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
                <div class="actions no-print">
                    <a class="button button-second" href=calendar>{td_string!(l, ticket.calendar)}</a>
                    {is_good.then(|| view! { <a class="quiet" href=cancel>{td_string!(l, tickets.cancel)}</a> })}
                </div>
            </div>
        </article>
    }
}

/// The show as a calendar file.
pub async fn calendar(visit: Arc<Visit>, fan: Fan) -> Outcome<PageResult> {
    let l = visit.locale;
    let (id, key) = (visit.ticket()?, visit.house().number_key());
    let ticket = box_office::ticket(visit.house(), fan.id(), id).await?;
    let event = show_event(l, key, &visit.app.origin, &ticket);
    Ok(calendar_file(&event, visit.house().clock().now(), &visit.app.origin))
}
