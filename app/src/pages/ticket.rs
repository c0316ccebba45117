//! The page of one ticket, which the fan shows at the door on a screen or on paper, its PDF file, and the show as a
//! calendar file. The fan's other tickets for the same show are on the same page, one swipe away.

use crate::components::pass::{anchor, pass, why_over};
use crate::server::access::Fan;
use crate::server::calendar_file::{calendar_file, show_event};
use crate::server::page::{Page, PageResult};
use crate::server::ticket_pdf::ticket_pdf;
use crate::server::visit::Visit;
use crate::words::{self, Locale, td_string};
use encore::domain::{Refusal, Reservation};
use encore::{Outcome, box_office};
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
            pass(l, &keys, ticket, place, true)
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

/// The tickets that were bought together with one ticket, and let somebody in, as a PDF file.
///
/// # Errors
/// [`Refusal::NotFound`] if there is none.
pub async fn pdf(visit: Arc<Visit>, fan: Fan) -> Outcome<PageResult> {
    let l = visit.locale;
    visit.app.limits.file(fan.id())?;
    let mut tickets = box_office::tickets_of_show(visit.house(), fan.id(), visit.ticket()?).await?;
    let order = tickets.first().and_then(|ticket| ticket.payment_id);
    tickets.retain(|ticket| ticket.payment_id == order && why_over(l, ticket).is_none());
    if tickets.is_empty() {
        return Err(Refusal::NotFound.into());
    }
    let pdf = ticket_pdf(l, &visit.app, tickets).await?;
    Ok(PageResult::file("application/pdf", pdf, Some("tickets.pdf")))
}

/// The show as a calendar file.
pub async fn calendar(visit: Arc<Visit>, fan: Fan) -> Outcome<PageResult> {
    let l = visit.locale;
    let (id, key) = (visit.ticket()?, visit.house().number_key());
    let ticket = box_office::ticket(visit.house(), fan.id(), id).await?;
    let event = show_event(l, key, &visit.app.origin, &ticket);
    Ok(calendar_file(&event, visit.house().clock().now(), &visit.app.origin))
}
