//! Checkout: the held seats, how long they are held, what they cost, and how many points are missing.

use crate::components::forms::{Hidden, ScheduleButton, VerbForm};
use crate::components::money::{charge_form, terms_table};
use crate::components::views::{Empty, subject};
use crate::islands::Countdown;
use crate::paths::{checkout_path, queue_path, seats_path};
use crate::server::access::Fan;
use crate::server::page::{Page, Shown};
use crate::server::visit::Visit;
use crate::verbs::{Charge, Purchase, Release};
use crate::words::{self, Detail, td_string};
use encore::domain::{Field, Points, Reservation, ReservationStatus, ScheduleId};
use encore::{Outcome, box_office};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use std::sync::Arc;

pub async fn checkout(visit: Arc<Visit>, fan: Fan) -> Outcome<Shown> {
    let (l, house) = (visit.locale, visit.house());
    let id = ScheduleId(visit.id()?);
    let fan = fan.id();
    let (concert, view) = box_office::schedule(house, id).await?;
    let policy = box_office::refund_policy(house, id).await?;
    let mine = box_office::reservations_in(house, fan, id).await?;
    let now = house.clock().now();
    let last = mine.iter().max_by_key(|reservation| reservation.id);
    let has_bought = last.is_some_and(|last| last.status == ReservationStatus::Purchase);
    let held: Vec<Reservation> = mine.into_iter().filter(|r| r.is_held(now)).collect();
    let key = house.clock().random_key();
    let charge_key = house.clock().random_key();
    let balance = visit.user.as_ref().map_or(0, |user| user.point);
    Page::of(td_string!(l, checkout.title), move || {
        let Some(until) = held.iter().map(|held| held.expired_at).min() else {
            let (title, text, link) = if has_bought {
                let to_tickets = ("/tickets".to_owned(), td_string!(l, checkout.to_tickets));
                (td_string!(l, checkout.bought), td_string!(l, checkout.bought_more), to_tickets)
            } else {
                let to_seats = (queue_path(id), td_string!(l, checkout.again));
                (td_string!(l, checkout.nothing), td_string!(l, checkout.nothing_more), to_seats)
            };
            return view! {
                <header class="page-head">{subject(l, &concert, &view.schedule)}<h1>{td_string!(l, checkout.title)}</h1></header>
                <Empty title text link/>
            }
            .into_any();
        };
        let total: Points = held.iter().map(|held| held.price).sum();
        let missing = total - balance;
        let pay = if missing > 0 {
            let amount = visit.typed("amount").map_or_else(|| missing.to_string(), str::to_owned);
            let wrong = visit.wrong(Field::Amount);
            let charge = charge_form(l, Charge::PATH, charge_key, amount, wrong, Some(checkout_path(id)));
            view! { <h2 id="charge">{td_string!(l, checkout.charge_first)}</h2>{charge} }.into_any()
        } else {
            view! {
                <VerbForm l action=Purchase::PATH>
                    <Hidden name="schedule_id" value=id.to_string()/>
                    <Hidden name="idempotency_key" value=key/>
                    <Hidden name="total" value=total.to_string()/>
                    <button class="button button-wide">{td_string!(l, checkout.pay, total = words::points(l, total))}</button>
                </VerbForm>
            }
            .into_any()
        };
        let warnings =
            [td_string!(l, checkout.minute_left), td_string!(l, checkout.half_left)].map(str::to_owned);
        let clock = words::when(l, until, &concert.time_zone, Detail::Clock);
        view! {
            <header class="page-head">
                {subject(l, &concert, &view.schedule)}
                <h1>{td_string!(l, checkout.title)}</h1>
                <Countdown left_ms=until.millis_from(now) then=checkout_path(id) label=td_string!(l, checkout.time).into() warnings/>
                <noscript><p>{td_string!(l, checkout.until, when = clock)}</p></noscript>
            </header>
            <section class="panel" aria-labelledby="held">
                <h2 id="held">{td_string!(l, checkout.holding)}</h2>
                <table class="bill">
                    <thead class="visually-hidden">
                        <tr><th scope="col">{td_string!(l, checkout.seat)}</th><th scope="col">{td_string!(l, checkout.price)}</th></tr>
                    </thead>
                    <tbody>
                        {held.iter().map(|held| bill_row(words::seat_name(l, &held.seat_name()), words::points(l, held.price), "")).collect_view()}
                    </tbody>
                    <tfoot>
                        {bill_row(td_string!(l, checkout.total).into(), words::points(l, total), "bill-total")}
                        {bill_row(td_string!(l, checkout.have).into(), words::points(l, balance), "")}
                        {if missing > 0 {
                            bill_row(td_string!(l, checkout.missing).into(), words::points(l, missing), "bill-missing")
                        } else {
                            bill_row(td_string!(l, checkout.after).into(), words::points(l, -missing), "")
                        }}
                    </tfoot>
                </table>
                {pay}
            </section>
            <details class="past"><summary>{td_string!(l, cancel.terms)}</summary>{terms_table(l, &policy)}</details>
            <div class="actions">
                <a class="button button-second" href=seats_path(id)>{td_string!(l, checkout.more)}</a>
                <ScheduleButton l action=Release::PATH schedule=id text=td_string!(l, checkout.release) class="quiet"/>
            </div>
        }
        .into_any()
    })
    .show()
}

fn bill_row(name: String, amount: String, class: &'static str) -> impl IntoView {
    view! { <tr class=class><th scope="row">{name}</th><td>{amount}</td></tr> }
}
