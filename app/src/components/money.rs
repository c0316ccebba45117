//! Points and refunds, as several pages show them.

use super::forms::{Hidden, TextField, VerbForm};
use super::views::DataTable;
use crate::words::{self, Detail, Locale, td_string};
use encore::box_office::LedgerEntry;
use encore::domain::Points;
use encore::domain::points::{LedgerKind, grouped};
use encore::domain::refund::{Keep, RefundPolicy};
use encore::domain::till::AT_WINDOW;
use leptos::prelude::*;

/// A line of a bill: what it is about, and the amount.
pub fn bill_line(l: Locale, name: String, amount: Points, class: &'static str) -> impl IntoView + use<> {
    view! { <tr class=class><th scope="row">{name}</th><td>{words::points(l, amount)}</td></tr> }
}

/// The form that charges points. `action` is the path of the verb, `key` the idempotency key, and `next` the path of
/// the page to show afterwards. `None` means the page of points.
pub fn charge_form(
    l: Locale,
    action: &'static str,
    key: String,
    amount: String,
    wrong: Option<String>,
    next: Option<String>,
) -> impl IntoView + use<> {
    view! {
        <VerbForm l action class="form">
            <Hidden name="idempotency_key" value=key/>
            {next.map(|next| view! { <Hidden name="next" value=next/> })}
            <TextField name="amount" label=td_string!(l, points.amount) hint=td_string!(l, points.hint) autocomplete="off"
                inputmode="numeric" value=amount wrong/>
            <p class="demo">{td_string!(l, points.demo)}</p>
            <button class="button">{td_string!(l, points.submit)}</button>
        </VerbForm>
    }
}

/// A statement of points as a table. `statement` has the newest entry first. Times are shown in `time_zone`.
pub fn statement_table(l: Locale, time_zone: &str, statement: Vec<LedgerEntry>) -> impl IntoView + use<> {
    let row = |entry: LedgerEntry| {
        let what = match entry.kind {
            LedgerKind::Charge => td_string!(l, points.kind_charge).to_owned(),
            LedgerKind::Purchase => {
                td_string!(l, points.kind_purchase, concert = entry.concert_title.unwrap_or_default())
            }
            LedgerKind::Adjust if entry.reference.as_deref() == Some(AT_WINDOW) => {
                td_string!(l, points.kind_paid_out).to_owned()
            }
            LedgerKind::Adjust => {
                td_string!(l, points.kind_adjust, reason = entry.reference.unwrap_or_default())
            }
            LedgerKind::Refund => td_string!(l, points.kind_refund, concert = entry.concert_title.unwrap_or_default()),
        };
        let sign = if entry.amount > 0 { "+" } else { "" };
        let when = words::when(l, entry.created_at, time_zone, Detail::Short);
        vec![
            view! { {what}<p class="muted small">{when}</p> }.into_any(),
            format!("{sign}{}", grouped(entry.amount)).into_any(),
            grouped(entry.balance).into_any(),
        ]
    };
    let rows = statement.into_iter().map(row).collect();
    view! {
        <DataTable
            label=td_string!(l, points.statement)
            class="table statement"
            columns=vec![
                (td_string!(l, points.what), false),
                (td_string!(l, points.change), true),
                (td_string!(l, points.after), true),
            ]
            rows
        />
    }
}

/// The refund terms as a table: the cooling-off period, then the steps from the earliest cancellation to the latest.
pub fn terms_table(l: Locale, policy: &RefundPolicy) -> impl IntoView + use<> {
    let kept = |keep: Keep| match keep {
        Keep::Flat(0) | Keep::FlatUpTo(0, _) | Keep::FlatUpTo(_, 0) | Keep::Percent(0) => {
            td_string!(l, cancel.all_back).to_owned()
        }
        Keep::Flat(amount) => td_string!(l, cancel.keep_flat, amount = words::points(l, amount)),
        Keep::FlatUpTo(amount, percent) => {
            td_string!(l, cancel.keep_up_to, amount = words::points(l, amount), percent = percent)
        }
        Keep::Percent(percent) => td_string!(l, cancel.keep_percent, percent = percent),
    };
    let cooling = (policy.cooling_off.days > 0).then(|| {
        let (days, until) = (policy.cooling_off.days, policy.cooling_off.until_days_before);
        let when = td_string!(l, cancel.cooling, count = days, until = until);
        vec![when.into_any(), td_string!(l, cancel.all_back).into_any()]
    });
    let first_hours = policy.first_hours.map(|first| {
        let when = td_string!(l, cancel.first_hours, count = first.hours, until = first.until_days_before);
        vec![when.into_any(), td_string!(l, cancel.all_back).into_any()]
    });
    let steps = policy.steps.iter().enumerate().map(|(index, step)| {
        let first =
            index.checked_sub(1).and_then(|before| policy.steps.get(before)).map(|before| before.days_before - 1);
        let when = match first {
            Some(first) if first == step.days_before => td_string!(l, cancel.day, count = step.days_before),
            Some(first) => {
                td_string!(l, cancel.days, from = grouped(first.into()), to = grouped(step.days_before.into()))
            }
            None => td_string!(l, cancel.until, count = step.days_before),
        };
        vec![when.into_any(), kept(step.keep).into_any()]
    });
    let later = vec![td_string!(l, cancel.later).into_any(), td_string!(l, cancel.nothing_back).into_any()];
    let rows = cooling.into_iter().chain(first_hours).chain(steps).chain([later]).collect();
    view! {
        <DataTable label=td_string!(l, cancel.terms)
            columns=vec![(td_string!(l, cancel.when), false), (td_string!(l, cancel.what), false)] rows/>
    }
}
