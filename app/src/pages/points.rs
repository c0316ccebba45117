//! My points: the balance, charging, and the statement.

use crate::components::forms::{Hidden, TextField, VerbForm};
use crate::components::views::DataTable;
use crate::server::access::Fan;
use crate::server::page::{Page, Shown};
use crate::server::visit::Visit;
use crate::verbs::Charge;
use crate::words::{self, Detail, td_string};
use encore::box_office::LedgerEntry;
use encore::domain::points::{LedgerKind, grouped};
use encore::domain::{Field, Points};
use encore::{Outcome, box_office};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use std::sync::Arc;

pub async fn points(visit: Arc<Visit>, fan: Fan) -> Outcome<Shown> {
    let l = visit.locale;
    let statement = box_office::statement(visit.house(), fan.id()).await?;
    let key = visit.house().clock().random_key();
    let balance = visit.user.as_ref().map_or(0, |user| user.point);
    Page::of(td_string!(l, points.title), move || {
        let lines = if statement.is_empty() {
            view! { <p class="muted">{td_string!(l, points.empty)}</p> }.into_any()
        } else {
            statement_table(&visit, statement).into_any()
        };
        view! {
            <header class="page-head">
                <h1>{td_string!(l, points.title)}</h1>
                <p class="big-number"><span class="muted">{td_string!(l, points.balance)}</span><strong>{words::points(l, balance)}</strong></p>
            </header>
            <section class="panel" aria-labelledby="charge">
                <h2 id="charge">{td_string!(l, points.charge)}</h2>
                {charge_form(&visit, key, None, None)}
            </section>
            <section aria-labelledby="statement">
                <h2 id="statement">{td_string!(l, points.statement)}</h2>
                <p class="muted small">{visit.zone_note()}</p>
                {lines}
            </section>
        }
    })
    .show()
}

/// The form that charges points. Checkout shows it too, with the number of points that are `missing` and with itself as
/// the page to return to (`next`). `key` is the idempotency key.
pub fn charge_form(visit: &Visit, key: String, missing: Option<Points>, next: Option<String>) -> impl IntoView + use<> {
    let l = visit.locale;
    let wrong = visit.wrong(Field::Amount);
    let amount = visit.typed("amount").map(str::to_owned).or(missing.map(|missing| missing.to_string()));
    view! {
        <VerbForm l action=Charge::PATH class="form">
            <Hidden name="idempotency_key" value=key/>
            {next.map(|next| view! { <Hidden name="next" value=next/> })}
            <TextField name="amount" label=td_string!(l, points.amount) hint=td_string!(l, points.hint) autocomplete="off"
                inputmode="numeric" value=amount.unwrap_or_default() wrong/>
            <p class="demo">{td_string!(l, points.demo)}</p>
            <button class="button">{td_string!(l, points.submit)}</button>
        </VerbForm>
    }
}

/// A statement of points, with the newest entry first.
pub fn statement_table(visit: &Visit, statement: Vec<LedgerEntry>) -> impl IntoView + use<> {
    let l = visit.locale;
    let row = |entry: LedgerEntry| {
        let what = match entry.kind {
            LedgerKind::Charge => td_string!(l, points.kind_charge).to_owned(),
            LedgerKind::Purchase => {
                td_string!(l, points.kind_purchase, concert = entry.concert_title.unwrap_or_default())
            }
            LedgerKind::Adjust => {
                td_string!(l, points.kind_adjust, reason = entry.reference.unwrap_or_default())
            }
            LedgerKind::Refund => td_string!(l, points.kind_refund, concert = entry.concert_title.unwrap_or_default()),
        };
        let sign = if entry.amount > 0 { "+" } else { "" };
        view! {
            <tr>
                <td>{visit.when(entry.created_at, Detail::Short)}</td>
                <td>{what}</td>
                <td class="number">{format!("{sign}{}", grouped(entry.amount))}</td>
                <td class="number">{grouped(entry.balance)}</td>
            </tr>
        }
    };
    let rows = statement.into_iter().map(row).collect_view();
    view! {
        <DataTable
            label=td_string!(l, points.statement)
            columns=vec![
                (td_string!(l, points.when), false),
                (td_string!(l, points.what), false),
                (td_string!(l, points.change), true),
                (td_string!(l, points.after), true),
            ]
        >
            {rows}
        </DataTable>
    }
}
