//! "My tickets": a fan's tickets, the seats that they hold and have not paid for yet, and their cancelled tickets and
//! expired holds.

use crate::components::views::Empty;
use crate::paths::{cancel_path, checkout_path, ticket_path};
use crate::server::access::Fan;
use crate::server::flash::{Flash, Notice};
use crate::server::page::{Page, PageResult};
use crate::server::visit::Visit;
use crate::words::{self, Detail, Locale, td_string};
use encore::domain::{Reservation, ReservationStatus};
use encore::{Outcome, box_office, reference};
use leptos::prelude::*;
use std::sync::Arc;

pub async fn tickets(visit: Arc<Visit>, fan: Fan) -> Outcome<PageResult> {
    let l = visit.locale;
    let mine = box_office::reservations(visit.house(), fan.id()).await?;
    let (now, key) = (visit.house().clock().now(), *visit.house().key());
    let paid = match &visit.flash {
        Some(Flash::Done(Notice::Purchased { tickets })) => Some(*tickets),
        _ => None,
    };
    Page::of(td_string!(l, tickets.title), move || {
        let is_empty = mine.is_empty();
        let (bought, rest): (Vec<_>, Vec<_>) = mine.into_iter().partition(|r| r.status == ReservationStatus::Purchase);
        let (waiting, past): (Vec<_>, Vec<_>) = rest.into_iter().partition(|r| r.is_held(now));
        view! {
            <header class="page-head"><h1>{td_string!(l, tickets.title)}</h1></header>
            {paid.map(|count| view! {
                <div class="celebration" role="status">
                    <h2>{td_string!(l, tickets.paid_title)}</h2>
                    <p>{td_string!(l, tickets.paid, count = count)}</p>
                </div>
            })}
            {is_empty.then(|| view! {
                <Empty title=td_string!(l, tickets.empty_title) text=td_string!(l, tickets.empty)
                    link=("/".to_owned(), td_string!(l, tickets.browse))/>
            })}
            {list(l, td_string!(l, tickets.waiting), "waiting", waiting, |l, r| view! {
                <a class="button" href=checkout_path(r.schedule_id)>{td_string!(l, tickets.pay)}</a>
            }.into_any())}
            {list(l, td_string!(l, tickets.bought), "bought", bought, move |l, r| {
                let order = r.payment_id.map(|id| td_string!(l, tickets.order, code = reference::order(&key, id)));
                let name = td_string!(l, tickets.cancel_name, seat = words::seat_name(l, &r.seat_name()));
                view! {
                    <p class="muted small">{td_string!(l, tickets.code, code = reference::ticket(&key, r.id))}" · "{order}</p>
                    <a class="button" href=ticket_path(&key, r.id) aria-label=td_string!(l, tickets.show_name, seat = words::seat_name(l, &r.seat_name()))>
                        {td_string!(l, tickets.show)}
                    </a>
                    {r.checked_in_at.is_none().then(|| view! {
                        <a class="quiet" href=cancel_path(&key, r.id) aria-label=name>{td_string!(l, tickets.cancel)}</a>
                    })}
                }
                .into_any()
            })}
            {(!past.is_empty()).then(|| view! {
                <details class="past">
                    <summary>{td_string!(l, tickets.past)}</summary>
                    <ul>{past.iter().map(|r| {
                        let refund = r.payment_id.map(|_| {
                            format!(" · {}", td_string!(l, tickets.refunded, refund = words::points(l, r.refund.unwrap_or(0))))
                        });
                        view! { <li>{r.concert_title.clone()}" · "{words::seat_name(l, &r.seat_name())}{refund}</li> }
                    }).collect_view()}</ul>
                </details>
            })}
        }
    })
    .into_result()
}

/// A list of reservations under a heading, each with `foot` (its buttons) at its end. `None` if there are no
/// reservations.
fn list(
    l: Locale,
    title: &'static str,
    id: &'static str,
    reservations: Vec<Reservation>,
    foot: impl Fn(Locale, &Reservation) -> AnyView,
) -> Option<impl IntoView> {
    let ticket = move |r: &Reservation| {
        view! {
            <li class="ticket">
                <div class="ticket-main">
                    <p class="eyebrow">{r.performer.clone()}</p>
                    <h3>{r.concert_title.clone()}</h3>
                    <p>{words::when(l, r.show_time, &r.time_zone, Detail::Full)}</p>
                    <p class="muted">{r.venue.clone()}</p>
                    <p>{r.fan_name.clone()}</p>
                </div>
                <div class="ticket-stub">
                    <p class="ticket-seat">{words::seat_name(l, &r.seat_name())}</p>
                    <p>{words::points(l, r.price)}</p>
                    {foot(l, r)}
                </div>
            </li>
        }
    };
    (!reservations.is_empty()).then(|| {
        view! {
            <section aria-labelledby=id>
                <h2 id=id>{title}</h2>
                <ul class="tickets">{reservations.iter().map(ticket).collect_view()}</ul>
            </section>
        }
    })
}
