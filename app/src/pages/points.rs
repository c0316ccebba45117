//! My points: the balance, charging, and the statement.

use crate::components::money::{charge_form, statement_table};
use crate::server::access::Fan;
use crate::server::page::{Page, PageResult};
use crate::server::visit::Visit;
use crate::verbs::Charge;
use crate::words::{self, td_string};
use encore::domain::Field;
use encore::{Outcome, box_office};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use std::sync::Arc;

pub async fn points(visit: Arc<Visit>, fan: Fan) -> Outcome<PageResult> {
    let l = visit.locale;
    let statement = box_office::statement(visit.house(), fan.id()).await?;
    let key = visit.house().clock().random_key();
    let balance = visit.user.as_ref().map_or(0, |user| user.point);
    Page::of(td_string!(l, points.title), move || {
        let typed = visit.typed("amount").unwrap_or_default().to_owned();
        let lines = if statement.is_empty() {
            view! { <p class="muted">{td_string!(l, points.empty)}</p> }.into_any()
        } else {
            statement_table(l, visit.app.time_zone.name(), statement).into_any()
        };
        view! {
            <header class="page-head">
                <h1>{td_string!(l, points.title)}</h1>
                <p class="big-number"><span class="muted">{td_string!(l, points.balance)}</span><strong>{words::points(l, balance)}</strong></p>
            </header>
            <div class="split">
                <section class="panel" aria-labelledby="charge">
                    <h2 id="charge">{td_string!(l, points.charge)}</h2>
                    {charge_form(l, Charge::PATH, key, typed, visit.field_error(Field::Amount), None)}
                </section>
                <section aria-labelledby="statement">
                    <h2 id="statement">{td_string!(l, points.statement)}</h2>
                    <p class="muted small">{visit.zone_note()}</p>
                    {lines}
                </section>
            </div>
        }
    })
    .into_result()
}
