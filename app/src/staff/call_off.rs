//! The page on which an owner calls a date off: what it would do, and then how far the refunds are.

use super::{date_nav, date_title, nav, own_password, verify_own_password};
use crate::components::forms::{TextArea, TextField};
use crate::server::flash::Notice;
use crate::server::page::{Page, PageResult};
use crate::server::visit::{Visit, number};
use crate::words::{self, Detail, Locale, td_string};
use encore::Outcome;
use encore::back_office::{self, CallOff, Owner};
use encore::domain::concert_schedule::CalledOff;
use encore::domain::points::grouped;
use encore::domain::refund::MAX_COMPENSATION;
use encore::domain::{Field, Refusal, ScheduleId};
use leptos::prelude::*;
use serde::Deserialize;
use std::sync::Arc;

/// After how many seconds a browser without scripts loads the page again while tickets are refunded.
const REFRESH_SECONDS: u32 = 3;

fn path(id: ScheduleId) -> String {
    format!("/staff/schedules/{id}/call-off")
}

pub async fn page(visit: Arc<Visit>, proof: Owner) -> Outcome<PageResult> {
    let l = visit.locale;
    let id = ScheduleId(visit.id()?);
    let call_off = back_office::call_off_preview(visit.house(), proof, id).await?;
    let is_refunding = is_refunding(&call_off);
    let page = Page::of(td_string!(l, call_off.title), move || {
        let CallOff { concert, schedule, .. } = &call_off;
        let body = match &schedule.called_off {
            Some(called_off) => {
                let html = progress(&visit, &call_off, called_off).to_html();
                let url = format!("{}/now", path(id));
                view! {
                    <div id="now" data-url=url inner_html=html></div>
                    {is_refunding.then(|| view! { <script type="module" src="/static/control.js"></script> })}
                }
                .into_any()
            }
            None => form(&visit, &call_off).into_any(),
        };
        view! {
            {nav(&visit)}
            <header class="page-head">{date_title(l, concert, schedule, td_string!(l, call_off.title))}</header>
            {date_nav(&visit, id)}
            {body}
        }
    })
    .with_marked(&[Field::Reason, Field::Compensation, Field::PresentPassword]);
    // The form is not loaded again: what was typed would be lost.
    if is_refunding { page.with_refresh(REFRESH_SECONDS).into_result() } else { page.into_result() }
}

/// Whether tickets are being refunded.
fn is_refunding(call_off: &CallOff) -> bool {
    call_off.schedule.called_off.as_ref().is_some_and(|called_off| called_off.refunded_at.is_none())
}

/// How far the refunds are, as a part of the page, which a script loads again and again.
pub async fn now(visit: Arc<Visit>, proof: Owner) -> Outcome<PageResult> {
    let call_off = back_office::call_off_preview(visit.house(), proof, ScheduleId(visit.id()?)).await?;
    let called_off = call_off.schedule.called_off.as_ref().ok_or(Refusal::NotFound)?;
    Ok(PageResult::fragment(progress(&visit, &call_off, called_off).to_html()))
}

fn figures(l: Locale, figures: Vec<(&'static str, String)>) -> impl IntoView {
    let figure = |(name, value)| view! { <div><dt>{name}</dt><dd>{value}</dd></div> };
    view! { <dl class="facts facts-wide" aria-label=td_string!(l, call_off.title)>{figures.into_iter().map(figure).collect_view()}</dl> }
}

/// What calling the date off would do, and the form that does it.
fn form(visit: &Visit, CallOff { schedule, sold, .. }: &CallOff) -> impl IntoView + use<> {
    let l = visit.locale;
    let typed = |name| visit.typed(name).unwrap_or_default().to_owned();
    let what = vec![
        (td_string!(l, call_off.tickets), grouped(sold.tickets)),
        (td_string!(l, call_off.fans), grouped(sold.fans)),
        (td_string!(l, call_off.without_address), grouped(sold.without_address)),
        (td_string!(l, call_off.amount), words::points(l, sold.price)),
        (td_string!(l, call_off.waiting), grouped((schedule.waiting + schedule.active).into())),
    ];
    view! {
        <section class="panel" aria-labelledby="what">
            <h2 id="what">{td_string!(l, call_off.what)}</h2>
            {figures(l, what)}
            <p>{td_string!(l, call_off.lead)}</p>
        </section>
        <form method="post" action=path(schedule.id) class="form panel">
            <TextArea name="reason" label=td_string!(l, call_off.reason) hint=td_string!(l, call_off.reason_hint)
                value=typed("reason") wrong=visit.field_error(Field::Reason)/>
            <TextField name="compensation" label=td_string!(l, call_off.compensation)
                hint=td_string!(l, call_off.compensation_hint, most = MAX_COMPENSATION) inputmode="numeric" required=false
                value=typed("compensation") wrong=visit.field_error(Field::Compensation)/>
            {own_password(visit, &path(schedule.id))}
            <button class="button button-danger">{td_string!(l, call_off.submit)}</button>
        </form>
    }
}

/// How far the refunds of a date that was called off are.
fn progress(visit: &Visit, call_off: &CallOff, called_off: &CalledOff) -> impl IntoView + use<> {
    let l = visit.locale;
    let (done, refunded) = call_off.refunded;
    let all = done + call_off.sold.tickets;
    let text = match called_off.refunded_at {
        Some(at) => td_string!(l, call_off.done, when = visit.when(at, Detail::Full)),
        None => td_string!(l, call_off.running, done = grouped(done), all = grouped(all)),
    };
    let what = vec![
        (td_string!(l, call_off.refunded), grouped(done)),
        (td_string!(l, call_off.amount), words::points(l, refunded)),
        (td_string!(l, call_off.reason), called_off.reason.to_string()),
    ];
    let bar = called_off.refunded_at.is_none().then(|| {
        view! { <progress max=all.max(1).to_string() value=done.to_string() aria-label=td_string!(l, call_off.refunded)></progress> }
    });
    view! {
        <section class="panel" aria-labelledby="state">
            <h2 id="state">{td_string!(l, call_off.is_off)}</h2>
            <p>{text}</p>
            {bar}
            {figures(l, what)}
            <p class="muted">{td_string!(l, call_off.told)}</p>
        </section>
    }
}

/// The form that calls a date off.
#[derive(Default, Deserialize)]
#[serde(default)]
struct CallOffForm {
    reason: String,
    compensation: String,
}

/// Calls the date off, if the owner's password is right.
pub async fn submit(visit: Arc<Visit>, proof: Owner) -> Outcome<PageResult> {
    let id = ScheduleId(visit.id()?);
    let CallOffForm { reason, compensation } = visit.posted.read()?;
    let compensation = number(&compensation, Field::Compensation)?.unwrap_or(0);
    verify_own_password(&visit).await?;
    back_office::call_off(visit.house(), proof, id, &reason, compensation).await?;
    Ok(visit.redirect(path(id), Notice::CalledOff))
}
