//! Checkout: the held seats with their prices, the time that is left to pay for them, and the form that pays and, if
//! points are missing, adds them first.

use crate::components::forms::{Hidden, ScheduleButton, VerbForm};
use crate::components::money::{bill_line, terms_table};
use crate::components::views::{Empty, subject, time_words};
use crate::islands::Countdown;
use crate::paths::{checkout_path, queue_path, seats_path, waitlist_path};
use crate::server::access::Fan;
use crate::server::page::{Page, PageResult};
use crate::server::visit::Visit;
use crate::verbs::{Purchase, Release};
use crate::words::{self, Detail, Locale, td_string};
use encore::domain::waitlist::WaitlistStatus;
use encore::domain::{Points, Reservation, ScheduleId};
use encore::{Outcome, box_office};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use std::sync::Arc;

pub async fn checkout(visit: Arc<Visit>, fan: Fan) -> Outcome<PageResult> {
    let (l, house) = (visit.locale, visit.house());
    let id = ScheduleId(visit.id()?);
    let (concert, view) = box_office::schedule(house, id).await?;
    let policy = box_office::refund_policy(house, id).await?;
    let mine = box_office::reservations_in(house, fan.id(), id).await?;
    let place = match view.schedule.offered_ticket {
        0 => None,
        _ => box_office::waitlist_place(house, fan.id(), id).await?,
    };
    let is_offer = place.is_some_and(|place| place.entry.status == WaitlistStatus::Offered);
    let now = house.clock().now();
    let last = mine.iter().max_by_key(|reservation| reservation.id);
    let has_bought = last.is_some_and(|last| last.is_ticket());
    let held: Vec<Reservation> = mine.into_iter().filter(|r| r.is_held(now)).collect();
    Page::of(td_string!(l, checkout.title), move || {
        let subject = subject(l, &concert, &view.schedule);
        let Some(until) = held.iter().map(|held| held.expired_at).min() else {
            return view! {
                <header class="page-head">{subject}<h1>{td_string!(l, checkout.title)}</h1></header>
                {nothing_held(l, id, has_bought)}
            }
            .into_any();
        };
        let clock = words::when(l, until, &concert.time_zone, Detail::Clock);
        let balance = visit.user.as_ref().map_or(0, |user| user.point);
        let total: Points = held.iter().map(|held| held.price).sum();
        view! {
            <div class="checkout">
                <header class="page-head">
                    {subject}
                    <h1>{td_string!(l, checkout.title)}</h1>
                    <Countdown left_ms=until.millis_from(now) then=checkout_path(id) label=td_string!(l, checkout.time).into() words=time_words(l)/>
                    <noscript><p>{td_string!(l, checkout.until, when = clock)}</p></noscript>
                </header>
                <div class="split">
                    <section class="panel" aria-labelledby="held">
                        <h2 id="held">{td_string!(l, checkout.holding)}</h2>
                        {seats(l, &held)}
                    </section>
                    <section class="panel" aria-labelledby="payment">
                        <h2 id="payment">{td_string!(l, checkout.payment)}</h2>
                        {sums(l, total, balance)}
                        {pay(&visit, id, total, balance)}
                    </section>
                </div>
                <details class="past"><summary>{td_string!(l, cancel.terms)}</summary>{terms_table(l, &policy)}</details>
                <div class="actions">
                    // Who has an offer is not admitted to the seats.
                    {if is_offer {
                        view! { <a class="quiet" href=waitlist_path(id)>{td_string!(l, waitlist.decline)}</a> }.into_any()
                    } else {
                        view! {
                            <a class="button button-second" href=seats_path(id)>{td_string!(l, checkout.more)}</a>
                            <ScheduleButton l action=Release::PATH schedule=id text=td_string!(l, checkout.release) class="quiet"/>
                        }
                        .into_any()
                    }}
                </div>
            </div>
        }
        .into_any()
    })
    .with_layout("checkout")
    .into_result()
}

/// Shown if the fan holds no seats: a link to the tickets if the seats that the fan held last were bought, otherwise a
/// link to the queue.
fn nothing_held(l: Locale, id: ScheduleId, has_bought: bool) -> impl IntoView {
    let (title, text, link) = if has_bought {
        let to_tickets = ("/tickets".to_owned(), td_string!(l, checkout.to_tickets));
        (td_string!(l, checkout.bought), td_string!(l, checkout.bought_more), to_tickets)
    } else {
        let to_seats = (queue_path(id), td_string!(l, checkout.again));
        (td_string!(l, checkout.nothing), td_string!(l, checkout.nothing_more), to_seats)
    };
    view! { <Empty title text link/> }
}

/// The held seats with their prices.
pub(super) fn seats(l: Locale, held: &[Reservation]) -> impl IntoView + use<> {
    let seats =
        held.iter().map(|held| bill_line(l, words::seat_name(l, &held.seat_name()), held.price, "")).collect_view();
    view! {
        <table class="bill">
            <thead class="visually-hidden">
                <tr><th scope="col">{td_string!(l, checkout.seat)}</th><th scope="col">{td_string!(l, checkout.price)}</th></tr>
            </thead>
            <tbody>{seats}</tbody>
        </table>
    }
}

/// The total, the fan's balance, and how many points would be left after paying or are missing.
fn sums(l: Locale, total: Points, balance: Points) -> impl IntoView + use<> {
    let left = balance - total;
    let (name, amount, class) = if left < 0 {
        (td_string!(l, checkout.missing), -left, "bill-missing")
    } else {
        (td_string!(l, checkout.after), left, "")
    };
    view! {
        <table class="bill">
            <tbody>
                {bill_line(l, td_string!(l, checkout.total).into(), total, "bill-total")}
                {bill_line(l, td_string!(l, checkout.have).into(), balance, "")}
                {bill_line(l, name.into(), amount, class)}
            </tbody>
        </table>
    }
}

/// The form that pays for the held seats and, if the fan has too few points, adds those that are missing first.
fn pay(visit: &Visit, id: ScheduleId, total: Points, balance: Points) -> impl IntoView + use<> {
    let l = visit.locale;
    let key = visit.house().clock().random_key();
    let missing = (total > balance).then(|| total - balance);
    let text = match missing {
        Some(missing) => td_string!(l, checkout.charge_and_pay, missing = words::points(l, missing)),
        None if total == 0 => td_string!(l, checkout.take).to_owned(),
        None => td_string!(l, checkout.pay, total = words::points(l, total)),
    };
    view! {
        <VerbForm l action=Purchase::PATH class="form">
            <Hidden name="schedule_id" value=id.to_string()/>
            <Hidden name="idempotency_key" value=key/>
            <Hidden name="total" value=total.to_string()/>
            {missing.map(|missing| view! {
                <Hidden name="charge" value=missing.to_string()/>
                <p class="demo">{td_string!(l, points.demo)}</p>
            })}
            <button class="button button-wide">{text}</button>
        </VerbForm>
    }
}
