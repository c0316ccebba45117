//! The page of one ticket, which the fan shows at the door on a screen or on paper, and the show as a calendar file.

use crate::components::qr::qr;
use crate::paths::{cancel_path, ticket_path};
use crate::server::access::Fan;
use crate::server::calendar_file::{Event, calendar_file};
use crate::server::page::{Page, PageResult};
use crate::server::visit::Visit;
use crate::words::{self, Detail, td_string};
use encore::domain::{ReservationId, ReservationStatus};
use encore::{Outcome, box_office};
use leptos::prelude::*;
use std::sync::Arc;

pub async fn ticket(visit: Arc<Visit>, fan: Fan) -> Outcome<PageResult> {
    let l = visit.locale;
    let ticket = box_office::ticket(visit.house(), fan.id(), ReservationId(visit.id()?)).await?;
    let code = encore::ticket_code::code(visit.house().key(), ticket.id);
    Page::of(td_string!(l, ticket.title), move || {
        let state = match ticket.status {
            ReservationStatus::Cancel => Some(td_string!(l, ticket.is_cancelled).to_owned()),
            _ => ticket.checked_in_at.map(|at| {
                td_string!(l, ticket.is_used, when = words::when(l, at, &ticket.time_zone, Detail::Short))
            }),
        };
        let is_good = state.is_none();
        view! {
            <p class="back no-print"><a href="/tickets">{td_string!(l, tickets.title)}</a></p>
            <article class="pass">
                <header>
                    <p class="eyebrow">{ticket.performer.clone()}</p>
                    <h1>{ticket.concert_title.clone()}</h1>
                    <p class="pass-when">{words::when(l, ticket.show_time, &ticket.time_zone, Detail::Full)}</p>
                    <p class="muted">{ticket.venue.clone()}</p>
                </header>
                <div class="pass-body">
                    <dl>
                        <div><dt>{td_string!(l, checkout.seat)}</dt><dd class="pass-seat">{words::seat_name(l, &ticket.seat_name())}</dd></div>
                        <div><dt>{td_string!(l, account.name)}</dt><dd>{ticket.fan_name.clone()}</dd></div>
                        <div><dt>{td_string!(l, checkout.price)}</dt><dd>{words::points(l, ticket.price)}</dd></div>
                        <div><dt>{td_string!(l, ticket.code)}</dt><dd class="pass-code">{code.clone()}</dd></div>
                    </dl>
                    {if is_good {
                        let label = td_string!(l, ticket.qr, code = &code);
                        view! { <div class="pass-qr" role="img" aria-label=label inner_html=qr(&code)></div> }.into_any()
                    } else {
                        view! { <p class="pass-over">{state}</p> }.into_any()
                    }}
                </div>
                {is_good.then(|| view! { <p class="muted small">{td_string!(l, ticket.show_it)}</p> })}
            </article>
            <div class="actions no-print">
                <a class="button button-second" href=format!("{}/show.ics", ticket_path(ticket.id))>{td_string!(l, ticket.calendar)}</a>
                {is_good.then(|| view! { <a class="quiet" href=cancel_path(ticket.id)>{td_string!(l, tickets.cancel)}</a> })}
            </div>
        }
    })
    .into_result()
}

/// The show as a calendar file.
pub async fn calendar(visit: Arc<Visit>, fan: Fan) -> Outcome<PageResult> {
    let l = visit.locale;
    let ticket = box_office::ticket(visit.house(), fan.id(), ReservationId(visit.id()?)).await?;
    let event = Event {
        id: format!("ticket-{}", ticket.id),
        title: format!("{}: {}", ticket.performer, ticket.concert_title),
        text: words::seat_name(l, &ticket.seat_name()),
        place: Some(ticket.venue.clone()),
        begins: ticket.show_time,
        hours: 2,
        alarm_minutes: None,
        is_cancelled: ticket.status == ReservationStatus::Cancel,
        link: format!("{}{}", visit.app.origin, ticket_path(ticket.id)),
    };
    Ok(calendar_file(&event, visit.house().clock().now(), &visit.app.origin))
}
