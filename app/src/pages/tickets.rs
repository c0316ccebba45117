//! "My tickets": the seats that a fan holds and has not paid for yet, their tickets by show, the tickets of past shows,
//! and their cancelled tickets and expired holds.

use super::waitlist::ahead;
use crate::components::views::{Empty, moved_note};
use crate::paths::{cancel_path, checkout_path, ticket_path, waitlist_path};
use crate::server::access::Fan;
use crate::server::flash::{Flash, Notice};
use crate::server::page::{Page, PageResult};
use crate::server::visit::Visit;
use crate::words::{self, Detail, Locale, td_string};
use encore::box_office::{self, WaitlistPlace};
use encore::domain::waitlist::WaitlistStatus;
use encore::domain::{Concert, ConcertSchedule, Reservation};
use encore::{Outcome, reference};
use leptos::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

/// For how long after its beginning a show is not yet a past one, in seconds: it may be on, or end late at night.
const SHOW_SECONDS: i64 = 24 * 60 * 60;

pub async fn tickets(visit: Arc<Visit>, fan: Fan) -> Outcome<PageResult> {
    let l = visit.locale;
    let mine = box_office::reservations(visit.house(), fan.id()).await?;
    let waitlists = waitlists(&visit, fan).await?;
    let handed_on = box_office::tickets_handed_on(visit.house(), fan.id()).await?;
    let (now, key) = (visit.house().clock().now(), *visit.house().number_key());
    let paid = match &visit.flash {
        Some(Flash::Done(Notice::Purchased { tickets })) => Some(*tickets),
        _ => None,
    };
    Page::of(td_string!(l, tickets.title), move || {
        let is_empty = mine.is_empty() && waitlists.is_empty() && handed_on.is_empty();
        let (bought, rest): (Vec<_>, Vec<_>) = mine.into_iter().partition(Reservation::is_ticket);
        let (held, gone): (Vec<_>, Vec<_>) = rest.into_iter().partition(|r| r.is_held(now));
        // A show that was called off is not folded away until it would have been over.
        let is_called_off = |r: &Reservation| {
            r.call_off_reason.is_some() && r.payment_id.is_some() && r.show_time.plus_seconds(SHOW_SECONDS) > now
        };
        let (called_off, gone): (Vec<_>, Vec<_>) = gone.into_iter().partition(is_called_off);
        let called_off = shows(l, called_off, false, |r| refunded(l, r).into_any(), called_off_reason);
        let is_past = |r: &Reservation| r.show_time.plus_seconds(SHOW_SECONDS) <= now;
        let (past, upcoming): (Vec<_>, Vec<_>) = bought.into_iter().partition(is_past);
        let held = shows(l, held, false, |r| seat(l, r).into_any(), to_checkout);
        let upcoming = shows(l, upcoming, false, |r| ticket(l, &key, r, true).into_any(), |_, _| None);
        let past = shows(l, past, true, |r| ticket(l, &key, r, false).into_any(), |_, _| None);
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
            {called_off.map(|shows| view! {
                <section aria-labelledby="called-off">
                    <h2 id="called-off">{td_string!(l, tickets.called_off)}</h2>
                    {shows}
                </section>
            })}
            {held.map(|shows| view! {
                <section aria-labelledby="waiting">
                    <h2 id="waiting">{td_string!(l, tickets.waiting)}</h2>
                    {shows}
                </section>
            })}
            {(!waitlists.is_empty()).then(|| view! {
                <section aria-labelledby="waitlists">
                    <h2 id="waitlists">{td_string!(l, waitlist.title)}</h2>
                    <ul class="shows">{waitlists.iter().map(|waitlist| waitlist_row(l, waitlist)).collect_view()}</ul>
                </section>
            })}
            {upcoming.map(|shows| view! {
                <section aria-labelledby="bought">
                    <h2 id="bought">{td_string!(l, tickets.bought)}</h2>
                    {shows}
                </section>
            })}
            {past.map(|shows| view! {
                <details class="folded"><summary><h2>{td_string!(l, tickets.past_shows)}</h2></summary>{shows}</details>
            })}
            {(!handed_on.is_empty()).then(|| view! {
                <details class="past">
                    <summary>{td_string!(l, tickets.handed_on)}</summary>
                    <ul>{handed_on.iter().map(|r| view! {
                        <li>{r.concert_title.clone()}" · "{words::when(l, r.show_time, &r.time_zone, Detail::Day)}" · "{words::seat_name(l, &r.seat_name())}</li>
                    }).collect_view()}</ul>
                </details>
            })}
            {(!gone.is_empty()).then(|| view! {
                <details class="past">
                    <summary>{td_string!(l, tickets.past)}</summary>
                    <ul>{gone.iter().map(|r| {
                        let refund = r.payment_id.filter(|_| !r.is_paid_by_another()).map(|_| {
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

/// The waitlists on which a fan waits, each with its concert and its date. An offer is shown as the seats that it holds.
async fn waitlists(visit: &Visit, fan: Fan) -> Outcome<Vec<(WaitlistPlace, Concert, ConcertSchedule)>> {
    let mut lists = vec![];
    for place in box_office::waitlist_places(visit.house(), fan.id()).await? {
        if place.entry.status == WaitlistStatus::Wait {
            let (concert, view) = box_office::schedule(visit.house(), place.entry.schedule_id).await?;
            lists.push((place, concert, view.schedule));
        }
    }
    Ok(lists)
}

fn waitlist_row(
    l: Locale,
    (place, concert, schedule): &(WaitlistPlace, Concert, ConcertSchedule),
) -> impl IntoView + use<> {
    let people = td_string!(l, waitlist.people, count = place.entry.wish.party);
    view! {
        <li class="show">
            <div class="show-head">
                <p class="eyebrow">{concert.performer.clone()}</p>
                <h3>{concert.title.clone()}</h3>
                <p>{words::when(l, schedule.show_time, &concert.time_zone, Detail::Full)}</p>
            </div>
            <ul class="show-seats">
                <li class="show-seat">
                    <p>{people}" · "{ahead(l, place.ahead)}</p>
                    <a class="button button-second" href=waitlist_path(schedule.id)>{td_string!(l, waitlist.show)}</a>
                </li>
            </ul>
        </li>
    }
}

/// Reservations by show, the earliest show first, or the latest if `latest_first`. `row` shows a reservation; `foot`,
/// which gets any of a show's, ends the show. `None` if there are no reservations.
fn shows(
    l: Locale,
    reservations: Vec<Reservation>,
    latest_first: bool,
    row: impl Fn(&Reservation) -> AnyView,
    foot: impl Fn(Locale, &Reservation) -> Option<AnyView>,
) -> Option<AnyView> {
    if reservations.is_empty() {
        return None;
    }
    let mut shows = BTreeMap::<_, Vec<Reservation>>::new();
    for reservation in reservations {
        shows.entry((reservation.show_time, reservation.schedule_id)).or_default().push(reservation);
    }
    let show = |(_, reservations): (_, Vec<Reservation>)| {
        let first = reservations.first()?;
        Some(view! {
            <li class="show">
                <div class="show-head">
                    <p class="eyebrow">{first.performer.clone()}</p>
                    <h3>{first.concert_title.clone()}</h3>
                    <p>{words::when(l, first.show_time, &first.time_zone, Detail::Full)}</p>
                    {moved_note(l, first).map(|note| view! { <p class="small">{note}</p> })}
                    <p class="muted">{first.venue.clone()}</p>
                </div>
                <ul class="show-seats">{reservations.iter().map(&row).collect_view()}</ul>
                {foot(l, first)}
            </li>
        })
    };
    let mut shows: Vec<_> = shows.into_iter().filter_map(show).collect();
    if latest_first {
        shows.reverse();
    }
    Some(view! { <ul class="shows">{shows}</ul> }.into_any())
}

/// One seat that a fan holds.
fn seat(l: Locale, r: &Reservation) -> impl IntoView + use<> {
    view! {
        <li class="show-seat">
            <p class="ticket-seat">{words::seat_name(l, &r.seat_name())}</p>
            <p>{words::points(l, r.price)}</p>
        </li>
    }
}

/// One ticket of a show that was called off.
fn refunded(l: Locale, r: &Reservation) -> impl IntoView + use<> {
    let refund = r
        .refund
        .filter(|_| !r.is_paid_by_another())
        .map(|refund| td_string!(l, tickets.refunded, refund = words::points(l, refund)));
    view! {
        <li class="show-seat">
            <p class="ticket-seat">{words::seat_name(l, &r.seat_name())}</p>
            <p>{refund}</p>
        </li>
    }
}

/// Why a show was called off.
fn called_off_reason(_: Locale, r: &Reservation) -> Option<AnyView> {
    r.call_off_reason.clone().map(|reason| view! { <p class="show-foot">{reason}</p> }.into_any())
}

/// The button that leads to the payment for all seats that a fan holds for one show.
fn to_checkout(l: Locale, r: &Reservation) -> Option<AnyView> {
    let link = view! { <a class="button" href=checkout_path(r.schedule_id)>{td_string!(l, tickets.pay)}</a> };
    Some(view! { <p class="show-foot">{link}</p> }.into_any())
}

/// One ticket. Before the show it can be cancelled, unless it has been used.
fn ticket(l: Locale, key: &[u8; 32], r: &Reservation, can_cancel: bool) -> impl IntoView + use<> {
    let seat = words::seat_name(l, &r.seat_name());
    let code = td_string!(l, tickets.code, code = reference::ticket(key, r.id));
    let order = r.payment_id.map(|id| {
        let order = td_string!(l, tickets.order, code = reference::order(key, id));
        view! { " · "<span>{order}</span> }
    });
    let used =
        r.checked_in_at.map(|at| td_string!(l, ticket.is_used, when = words::when(l, at, &r.time_zone, Detail::Short)));
    let cancel = (can_cancel && used.is_none() && !r.is_paid_by_another()).then(|| {
        let name = td_string!(l, tickets.cancel_name, seat = &seat);
        view! { <a class="quiet" href=cancel_path(key, r.id) aria-label=name>{td_string!(l, tickets.cancel)}</a> }
    });
    let name = td_string!(l, tickets.show_name, seat = &seat);
    view! {
        <li class="show-seat">
            <div>
                <p class="ticket-seat">{seat}</p>
                <p class="muted small">{words::points(l, r.price)}" · "<span>{code}</span>{order}</p>
                {used.map(|used| view! { <p class="small">{used}</p> })}
            </div>
            <p class="actions">
                {cancel}
                <a class="button button-second" href=ticket_path(key, r.id) aria-label=name>{td_string!(l, tickets.show)}</a>
            </p>
        </li>
    }
}
