//! The till: the cash that a member of staff takes and gives at the counter, in a shift that they count at its end.

use super::counter::{needs_second, second_fields, second_person};
use super::nav;
use crate::components::forms::{Hidden, TextField};
use crate::components::views::DataTable;
use crate::paths::staff_fan_path;
use crate::server::flash::Notice;
use crate::server::page::{Page, PageResult};
use crate::server::visit::{Visit, number};
use crate::words::{Detail, Locale, td_string};
use encore::Outcome;
use encore::back_office::{self, BoxOffice, Till, TillEntry};
use encore::domain::points::grouped;
use encore::domain::till::{Shift, TillKind};
use encore::domain::{Field, Points, Refusal, ShiftId, UserId};
use leptos::prelude::*;
use serde::Deserialize;
use std::sync::Arc;

const PATH: &str = "/staff/till";

/// The open shift with the form that closes it, or the form that opens one, and the latest shifts.
pub async fn page(visit: Arc<Visit>, proof: BoxOffice) -> Outcome<PageResult> {
    let l = visit.locale;
    let Till { open, shifts } = back_office::till(visit.house(), proof).await?;
    Page::of(td_string!(l, till.title), move || {
        let now = open.map(|(shift, entries)| {
            view! {
                <section class="panel" aria-labelledby="open">
                    <h2 id="open">{td_string!(l, till.open)}</h2>
                    {summary(&visit, &shift)}
                    {entries_table(&visit, entries)}
                </section>
                {closing_form(&visit, &shift)}
            }
        });
        let begin = now.is_none().then(|| opening_form(&visit));
        let has_shifts = !shifts.is_empty();
        view! {
            {nav(&visit)}
            <p class="back"><a href="/staff/window">{td_string!(l, staff.nav_window)}</a></p>
            <header class="page-head"><h1>{td_string!(l, till.title)}</h1><p class="muted">{td_string!(l, till.lead)}" "{visit.zone_note()}</p></header>
            {now}
            {begin}
            {has_shifts.then(|| view! {
                <section aria-labelledby="shifts">
                    <h2 id="shifts">{td_string!(l, till.shifts)}</h2>
                    {shifts_table(&visit, shifts)}
                </section>
            })}
        }
    })
    .with_marked(&[Field::Amount, Field::Note])
    .into_result()
}

/// The form that says what is in the drawer when a shift begins.
fn opening_form(visit: &Visit) -> impl IntoView + use<> {
    let l = visit.locale;
    view! {
        <section class="panel" aria-labelledby="begin">
            <h2 id="begin">{td_string!(l, till.begin)}</h2>
            <p class="muted">{td_string!(l, till.begin_more)}</p>
            <form method="post" action=PATH class="form">
                <TextField name="opening_cash" label=td_string!(l, till.opening_cash) inputmode="numeric"
                    value=visit.typed("opening_cash").unwrap_or("0") wrong=visit.input_error("opening_cash", Field::Amount)/>
                <button class="button">{td_string!(l, till.begin_do)}</button>
            </form>
        </section>
    }
}

/// The form that closes a shift.
fn closing_form(visit: &Visit, shift: &Shift) -> impl IntoView + use<> {
    let l = visit.locale;
    let typed = |name: &str| visit.typed(name).unwrap_or_default().to_owned();
    view! {
        <section class="panel" aria-labelledby="close">
            <h2 id="close">{td_string!(l, till.close)}</h2>
            <form method="post" action=format!("{PATH}/{}/close", shift.id) class="form">
                <Hidden name="entries" value=shift.entries.to_string()/>
                {shift.opening_cash.is_none().then(|| view! {
                    <TextField name="opening_cash" label=td_string!(l, till.opening_cash) hint=td_string!(l, till.begin_later) inputmode="numeric"
                        value=typed("opening_cash") wrong=visit.input_error("opening_cash", Field::Amount)/>
                })}
                <TextField name="counted" label=td_string!(l, till.counted) hint=td_string!(l, till.counted_hint) inputmode="numeric"
                    value=typed("counted") wrong=visit.input_error("counted", Field::Amount)/>
                <TextField name="note" label=td_string!(l, till.note) hint=td_string!(l, till.note_hint) required=false
                    value=typed("note") wrong=visit.field_error(Field::Note)/>
                <button class="button">{td_string!(l, till.close_do)}</button>
            </form>
        </section>
    }
}

/// One shift. If it is open, it can be closed here too: an owner closes that of a colleague who is gone.
pub async fn shift(visit: Arc<Visit>, proof: BoxOffice) -> Outcome<PageResult> {
    let l = visit.locale;
    let (shift, entries) = back_office::shift(visit.house(), proof, ShiftId(visit.id()?)).await?;
    Page::of(td_string!(l, till.title), move || {
        view! {
            {nav(&visit)}
            <p class="back"><a href=PATH>{td_string!(l, till.title)}</a></p>
            <header class="page-head">
                <p class="what">{visit.when(shift.opened_at, Detail::Full)}</p>
                <h1>{shift.staff_name.clone()}</h1>
                <p class="muted">{visit.zone_note()}</p>
            </header>
            <section class="panel" aria-label=td_string!(l, till.title)>{summary(&visit, &shift)}</section>
            {entries_table(&visit, entries)}
            {shift.closed.is_none().then(|| closing_form(&visit, &shift))}
        }
    })
    .with_marked(&[Field::Amount, Field::Note])
    .into_result()
}

/// An amount with its sign. Nothing is `0`.
fn signed(amount: Points) -> String {
    if amount > 0 { format!("+{}", grouped(amount)) } else { grouped(amount) }
}

/// What a shift began with, took, gave and should have and, once it is closed, the count.
fn summary(visit: &Visit, shift: &Shift) -> impl IntoView + use<> {
    let l = visit.locale;
    let mut facts = vec![
        (td_string!(l, till.opened), visit.when(shift.opened_at, Detail::Short)),
        (td_string!(l, till.opening_cash), shift.opening_cash.map_or_else(|| "?".to_owned(), grouped)),
        (td_string!(l, till.taken), signed(shift.taken)),
        (td_string!(l, till.given), signed(-shift.given)),
        (td_string!(l, till.expected), grouped(shift.expected())),
    ];
    if let (Some(closed), Some(difference)) = (&shift.closed, shift.difference()) {
        facts.push((td_string!(l, till.closed), visit.when(closed.at, Detail::Short)));
        facts.push((td_string!(l, till.counted), grouped(closed.counted)));
        facts.push((td_string!(l, till.difference), signed(difference)));
        if !closed.note.is_empty() {
            facts.push((td_string!(l, till.note), closed.note.clone()));
        }
    }
    let facts = facts.into_iter().map(|(name, value)| view! { <div><dt>{name}</dt><dd>{value}</dd></div> });
    view! { <dl class="facts">{facts.collect_view()}</dl> }
}

fn kind_name(l: Locale, kind: TillKind, amount: Points) -> &'static str {
    match kind {
        TillKind::Sale => td_string!(l, till.sale),
        TillKind::Exchange => td_string!(l, till.exchange),
        TillKind::Points if amount > 0 => td_string!(l, till.points_bought),
        TillKind::Points => td_string!(l, till.points_paid),
    }
}

fn entries_table(visit: &Visit, entries: Vec<TillEntry>) -> impl IntoView + use<> {
    let l = visit.locale;
    let row = |entry: TillEntry| {
        vec![
            kind_name(l, entry.kind, entry.amount).into_any(),
            view! { <a href=staff_fan_path(entry.user_id)>{entry.user_name}</a> }.into_any(),
            view! { <span class="number">{visit.when(entry.created_at, Detail::Short)}</span> }.into_any(),
            signed(entry.amount).into_any(),
        ]
    };
    if entries.is_empty() {
        return view! { <p class="muted">{td_string!(l, till.nothing)}</p> }.into_any();
    }
    view! {
        <DataTable
            label=td_string!(l, till.entries)
            columns=vec![
                (td_string!(l, till.what), false),
                (td_string!(l, staff.fan), false),
                (td_string!(l, till.when), false),
                (td_string!(l, till.cash), true),
            ]
            rows=entries.into_iter().map(row).collect()
        />
    }
    .into_any()
}

fn shifts_table(visit: &Visit, shifts: Vec<Shift>) -> impl IntoView + use<> {
    let l = visit.locale;
    let row = |shift: Shift| {
        let difference = shift.difference().map_or_else(|| td_string!(l, till.still_open).to_owned(), signed);
        let counted = shift.closed.as_ref().map(|closed| grouped(closed.counted)).unwrap_or_default();
        vec![
            view! { <a href=format!("{PATH}/{}", shift.id)>{visit.when(shift.opened_at, Detail::Short)}</a> }
                .into_any(),
            shift.staff_name.clone().into_any(),
            grouped(shift.expected()).into_any(),
            counted.into_any(),
            difference.into_any(),
        ]
    };
    view! {
        <DataTable
            label=td_string!(l, till.shifts)
            columns=vec![
                (td_string!(l, till.opened), false),
                (td_string!(l, till.who), false),
                (td_string!(l, till.expected), true),
                (td_string!(l, till.counted), true),
                (td_string!(l, till.difference), true),
            ]
            rows=shifts.into_iter().map(row).collect()
        />
    }
}

/// What the forms of the till send.
#[derive(Default, Deserialize)]
#[serde(default)]
struct TillForm {
    opening_cash: String,
    /// How many entries the page showed.
    entries: String,
    counted: String,
    note: String,
}

/// Opens a shift.
pub async fn open(visit: Arc<Visit>, proof: BoxOffice) -> Outcome<PageResult> {
    let form: TillForm = visit.posted.read()?;
    let cash = number(&form.opening_cash, Field::Amount)?.unwrap_or_default();
    back_office::open_shift(visit.house(), proof, cash).await?;
    Ok(visit.redirect(PATH, Notice::Saved))
}

/// Closes a shift.
pub async fn close(visit: Arc<Visit>, proof: BoxOffice) -> Outcome<PageResult> {
    let form: TillForm = visit.posted.read()?;
    let id = ShiftId(visit.id()?);
    let shown = form.entries.parse().map_err(|_| Refusal::invalid(Field::Request))?;
    let counted = number(&form.counted, Field::Amount)?.ok_or(Refusal::invalid(Field::Amount))?;
    let opening_cash = number(&form.opening_cash, Field::Amount)?;
    back_office::close_shift(visit.house(), proof, id, opening_cash, (shown, counted), &form.note).await?;
    Ok(visit.redirect(format!("{PATH}/{id}"), Notice::Saved))
}

/// The form on the page of a fan that takes cash for points or gives cash for them. `balance` is the balance that the page
/// showed.
#[derive(Default, Deserialize)]
#[serde(default)]
struct CashForm {
    cash: String,
    balance: String,
    #[serde(rename = "do")]
    action: String,
    second_email: String,
    second_password: String,
}

/// The section of the page of a fan with that form.
pub(super) fn cash_section(visit: &Visit, fan: UserId, balance: Points) -> impl IntoView + use<> {
    let l = visit.locale;
    let is_sent = visit.typed("cash").is_some();
    let second = (is_sent && needs_second(visit)).then(|| second_fields(visit, "cash"));
    view! {
        <section aria-labelledby="cash-title">
            <h2 id="cash-title">{td_string!(l, till.cash_title)}</h2>
            <form method="post" action=format!("{}/cash", staff_fan_path(fan)) class="form panel">
                <Hidden name="balance" value=balance.to_string()/>
                // The enter key presses the first button of a form: this one, which changes nothing.
                <button class="visually-hidden" name="do" value="nothing" tabindex="-1" aria-hidden="true">{td_string!(l, till.cash)}</button>
                <p class="muted">{td_string!(l, till.cash_more)}</p>
                <TextField name="cash" label=td_string!(l, till.cash) inputmode="numeric" value=visit.typed("cash").unwrap_or_default()
                    wrong=visit.input_error("cash", Field::Amount)/>
                {second}
                <div class="actions">
                    <button class="button button-second" name="do" value="take">{td_string!(l, till.take)}</button>
                    <button class="button button-second" name="do" value="give">{td_string!(l, till.give)}</button>
                </div>
            </form>
            <p class="row-links"><a href=PATH>{td_string!(l, till.title)}</a></p>
        </section>
    }
}

/// Takes or gives cash for points.
pub async fn cash(visit: Arc<Visit>, proof: BoxOffice) -> Outcome<PageResult> {
    let fan = UserId(visit.id()?);
    let form: CashForm = visit.posted.read()?;
    if form.action == "nothing" {
        return Ok(PageResult::Redirect(staff_fan_path(fan)));
    }
    let amount = number::<Points>(&form.cash, Field::Amount)?.filter(|cash| *cash > 0);
    let amount = amount.ok_or(Refusal::invalid(Field::Amount))?;
    let amount = match &*form.action {
        "take" => amount,
        "give" => -amount,
        _ => return Err(Refusal::invalid(Field::Request).into()),
    };
    let shown = form.balance.parse().map_err(|_| Refusal::invalid(Field::Request))?;
    let second = second_person(&visit, &form.second_email, form.second_password).await?;
    back_office::exchange_cash(visit.house(), proof, second, fan, (shown, amount)).await?;
    let notice = if amount > 0 { Notice::CashTaken { amount } } else { Notice::CashGiven { amount: -amount } };
    Ok(visit.redirect(staff_fan_path(fan), notice))
}
