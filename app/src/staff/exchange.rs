//! Exchanging a ticket at the counter for one of another date of the same concert: first the date, then the seat.

use super::nav;
use crate::components::forms::{Hidden, Select, TextField};
use crate::paths::{staff_fan_path, staff_ticket_path};
use crate::server::flash::Notice;
use crate::server::page::{Page, PageResult};
use crate::server::visit::Visit;
use crate::words::{self, Detail, Locale, td_string};
use encore::Outcome;
use encore::back_office::{self, BoxOffice};
use encore::domain::{ConcertSchedule, Field, Points, Refusal, ReservationId, ScheduleId, SeatId, SeatStatus};
use leptos::prelude::*;
use serde::Deserialize;
use std::sync::Arc;

fn path(id: ReservationId) -> String {
    format!("{}/exchange", staff_ticket_path(id))
}

pub async fn page(visit: Arc<Visit>, proof: BoxOffice) -> Outcome<PageResult> {
    let (l, id) = (visit.locale, ReservationId(visit.id()?));
    let (ticket, dates) = back_office::exchange_dates(visit.house(), proof, id).await?;
    let asked = visit.query_or_field("date").or(visit.typed("date")).and_then(|date| date.parse().ok()).map(ScheduleId);
    let chosen = dates.iter().find(|date| Some(date.id) == asked).map(|date| date.id);
    let seats = match chosen {
        Some(date) => free_seats(&visit, date, ticket.price).await?,
        None => vec![],
    };
    Page::of(td_string!(l, exchange.title), move || {
        let when = |date: &ConcertSchedule| words::when(l, date.show_time, &ticket.time_zone, Detail::Full);
        let links = dates.iter().map(|date| {
            let current = (Some(date.id) == chosen).then_some("true");
            view! { <li><a href=format!("{}?date={}", path(id), date.id) aria-current=current>{when(date)}</a></li> }
        });
        let links = links.collect_view();
        let typed = |name| visit.typed(name).unwrap_or_default().to_owned();
        let form = chosen.map(|date| {
            if seats.is_empty() {
                return view! { <p>{td_string!(l, exchange.no_seats)}</p> }.into_any();
            }
            view! {
                <form method="post" action=path(id) class="form panel">
                    <Hidden name="date" value=date.to_string()/>
                    <Select name="seat" label=td_string!(l, exchange.seat) options=seats value=typed("seat")/>
                    <TextField name="reason" label=td_string!(l, window.reason) value=typed("reason") wrong=visit.field_error(Field::Note)/>
                    <button class="button">{td_string!(l, exchange.submit)}</button>
                </form>
            }
            .into_any()
        });
        view! {
            {nav(&visit)}
            <p class="back"><a href=staff_ticket_path(id)>{words::seat_name(l, &ticket.seat_name())}</a></p>
            <header class="page-head">
                <p class="what">{ticket.concert_title.clone()}" · "{words::when(l, ticket.show_time, &ticket.time_zone, Detail::Full)}</p>
                <h1>{td_string!(l, exchange.title)}</h1>
                <p>{ticket.fan_name.clone()}" · "{words::seat_name(l, &ticket.seat_name())}" · "{words::points(l, ticket.price)}</p>
            </header>
            <p>{td_string!(l, exchange.lead)}</p>
            <section aria-labelledby="dates">
                <h2 id="dates">{td_string!(l, exchange.which)}</h2>
                {if dates.is_empty() {
                    view! { <p>{td_string!(l, exchange.none)}</p> }.into_any()
                } else {
                    view! { <ul>{links}</ul> }.into_any()
                }}
            </section>
            {form}
        }
    })
    .into_result()
}

/// The free seats of a date as options: the value has the seat and the difference in price, the text says both.
async fn free_seats(visit: &Visit, date: ScheduleId, paid: Points) -> Outcome<Vec<(String, String)>> {
    let l = visit.locale;
    let hall = visit.house().hall(date).await?;
    let (_, states) = hall.states(visit.house().clock().now());
    let free = hall.plan().seats().iter().zip(&states).filter(|(_, status)| **status == SeatStatus::Reservable);
    let option = |seat: &encore::domain::Seat| {
        let name = words::seat_name(l, &seat.name());
        let difference = seat.price - paid;
        (format!("{} {difference}", seat.id), format!("{name} · {}", difference_words(l, difference)))
    };
    Ok(free.map(|(seat, _)| option(seat)).collect())
}

/// Who pays a difference in price to whom.
fn difference_words(l: Locale, difference: Points) -> String {
    match difference {
        0 => td_string!(l, exchange.same).to_owned(),
        more @ 1.. => td_string!(l, exchange.pays, amount = words::points(l, more)),
        less => td_string!(l, exchange.back, amount = words::points(l, -less)),
    }
}

/// The form: the date, and the seat with the difference in price that its option shows.
#[derive(Default, Deserialize)]
#[serde(default)]
struct ExchangeForm {
    date: String,
    seat: String,
    reason: String,
}

pub async fn submit(visit: Arc<Visit>, proof: BoxOffice) -> Outcome<PageResult> {
    let id = ReservationId(visit.id()?);
    let ExchangeForm { date, seat, reason } = visit.posted.read()?;
    let (seat, difference) = seat.split_once(' ').ok_or(Refusal::invalid(Field::Seats))?;
    let number = |text: &str| text.parse::<i64>().map_err(|_| Refusal::invalid(Field::Seats));
    let to = (ScheduleId(number(&date)?), SeatId(number(seat)?));
    let fan = back_office::exchange(visit.house(), proof, id, to, number(difference)?, &reason).await?;
    Ok(visit.redirect(staff_fan_path(fan), Notice::TicketExchanged))
}
