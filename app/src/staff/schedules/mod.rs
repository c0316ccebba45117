//! The set-up of one date: its sale terms (with the time of the show), its hall and prices, and the form that copies
//! all of this to another date.

mod hall;
mod terms;

use super::concerts::PublicationForm;
use super::{date_nav, delete_section, nav, public_link, reschedule, sections_nav, state_tag};
use crate::components::forms::{ActionButton, TextField};
use crate::paths::map_path;
use crate::server::flash::Notice;
use crate::server::page::{Page, PageResult};
use crate::server::visit::Visit;
use crate::staff::edited::Edited;
use crate::words::{self, Detail, Locale, td_string};
use encore::back_office::{self, Change, ConcertWithSchedules, Owner, ScheduleSheet};
use encore::domain::concert::{Publication, SaleTerms};
use encore::domain::points::grouped;
use encore::domain::schedule::Window;
use encore::domain::{ConcertId, Field, PlanId, Refusal, ScheduleId};
use encore::{Outcome, calendar};
use hall::{hall_forms, prices, prices_as_typed};
use leptos::prelude::*;
use serde::Deserialize;
use std::sync::Arc;
use terms::{TermsForm, terms_form};

fn path(id: ScheduleId) -> String {
    format!("/staff/schedules/{id}/edit")
}

/// The page for a new date of a concert. It suggests a show in eight weeks, whose sale opens in one week.
pub async fn new(visit: Arc<Visit>, proof: Owner) -> Outcome<PageResult> {
    let l = visit.locale;
    let ConcertWithSchedules { concert, .. } =
        back_office::concert(visit.house(), proof, ConcertId(visit.id()?)).await?;
    let now = visit.house().clock().now();
    let at = |days: i64, time: &str| {
        let date = calendar::day(now.plus_seconds(days * 24 * 60 * 60), &concert.time_zone);
        calendar::instant(&format!("{date}T{time}"), &concert.time_zone, Field::ShowTime).unwrap_or(now)
    };
    let show_time = at(56, "19:30");
    let window = Window::new(at(7, "20:00"), show_time);
    let suggested = SaleTerms { no_orphan_seat: true, ..SaleTerms::usual(show_time, window) };
    let suggested = TermsForm::of(&suggested, &concert.time_zone);
    Page::of(td_string!(l, sale.add), move || {
        let form = Edited::of_new(&visit, &suggested);
        view! {
            {nav(&visit)}
            <p class="back"><a href=format!("/staff/concerts/{}", concert.id)>{concert.title.clone()}</a></p>
            <header class="page-head"><h1>{td_string!(l, sale.add)}</h1><p class="muted">{td_string!(l, sale.add_more)}</p></header>
            {terms_form(&visit, format!("/staff/concerts/{}/schedules/new", concert.id), &form, &concert.time_zone)}
        }
    })
    .into_result()
}

pub async fn create(visit: Arc<Visit>, proof: Owner) -> Outcome<PageResult> {
    let entry = back_office::concert(visit.house(), proof, ConcertId(visit.id()?)).await?;
    let terms = visit.posted.read::<TermsForm>()?.terms(&entry.concert.time_zone, None)?;
    let id = back_office::create_schedule(visit.house(), proof, entry.concert.id, terms).await?;
    Ok(visit.redirect(path(id), Notice::Saved))
}

/// The page of one date, with everything that staff can set for it.
pub async fn edit(visit: Arc<Visit>, proof: Owner) -> Outcome<PageResult> {
    let l = visit.locale;
    let id = ScheduleId(visit.id()?);
    let sheet = back_office::schedule_sheet(visit.house(), proof, id).await?;
    // The seating plan whose picture is shown, with a field for the price of each of its bands. Staff choose it with a
    // form that sends `?plan=`.
    let chosen = visit.query_or_field("plan").and_then(|plan| plan.parse().ok()).map(PlanId);
    let drawing = match chosen {
        Some(plan) => Some((plan, back_office::plan(visit.house(), proof, plan).await?)),
        None => None,
    };
    let now = visit.house().clock().now();
    Page::of(td_string!(l, sale.title), move || {
        let ScheduleSheet { concert, schedule, terms, .. } = &sheet;
        let form = Edited::new(&visit, &TermsForm::of(terms, &concert.time_zone));
        let when = words::when(l, schedule.show_time, &concert.time_zone, Detail::Full);
        let (next_status, text, class) = match schedule.status {
            Publication::Draft => (Publication::Published, td_string!(l, staff.publish), "button"),
            Publication::Published => (Publication::Draft, td_string!(l, staff.withdraw), "button button-second"),
        };
        let here = format!("/staff/schedules/{id}");
        view! {
            {nav(&visit)}
            <p class="back"><a href=format!("/staff/concerts/{}", concert.id)>{concert.title.clone()}</a></p>
            <header class="page-head page-head-split">
                <div>
                    <p>{state_tag(l, schedule, now)}</p>
                    <h1>{when}</h1>
                </div>
                <div class="page-actions">
                    {public_link(l, concert)}
                    {(!sheet.bands.is_empty()).then(|| view! {
                        <a class="button button-second" href=map_path(id, schedule.status, None)>{td_string!(l, sale.see_map)}</a>
                    })}
                    <ActionButton action=format!("{here}/publish") text class fields=vec![("status", next_status.as_str().to_owned())]/>
                </div>
            </header>
            {date_nav(&visit, id)}
            {schedule.called_off.is_some().then(|| view! {
                <p class="notice notice-warm">{td_string!(l, call_off.is_off)}" "<a href=format!("{here}/call-off")>{td_string!(l, call_off.see)}</a></p>
            })}
            {(schedule.status == Publication::Draft).then(|| checklist(l, &sheet))}
            {sections_nav(l, &[
                ("hall", td_string!(l, sale.hall)),
                ("terms", td_string!(l, sale.terms)),
                ("copy", td_string!(l, sale.copy)),
                ("call-off", td_string!(l, call_off.title)),
            ])}
            <section aria-labelledby="hall">
                <h2 id="hall">{td_string!(l, sale.hall)}</h2>
                {hall_forms(&visit, &sheet, drawing)}
            </section>
            <section aria-labelledby="terms">
                <h2 id="terms">{td_string!(l, sale.terms)}</h2>
                {terms_form(&visit, path(id), &form, &concert.time_zone)}
            </section>
            <section aria-labelledby="copy">
                <h2 id="copy">{td_string!(l, sale.copy)}</h2>
                <form method="post" action=format!("{here}/copy") class="form panel">
                    <p class="muted">{td_string!(l, sale.copy_more)}</p>
                    <TextField name="copy_time" label=td_string!(l, sale.show_time) kind="datetime-local"
                        value=visit.typed("copy_time").map_or_else(
                            || calendar::local(calendar::days_later(schedule.show_time, 1, &concert.time_zone), &concert.time_zone), str::to_owned)
                        wrong=visit.input_error("copy_time", Field::ShowTime)/>
                    <button class="button button-second">{td_string!(l, sale.copy_do)}</button>
                </form>
            </section>
            {schedule.called_off.is_none().then(|| view! {
                <section aria-labelledby="move">
                    <h2 id="move">{td_string!(l, reschedule.title)}</h2>
                    <form method="get" action=format!("{here}/move") class="form panel">
                        <p class="muted">{td_string!(l, reschedule.more)}</p>
                        <button class="button button-second">{td_string!(l, reschedule.go)}</button>
                    </form>
                </section>
            })}
            <section aria-labelledby="call-off">
                <h2 id="call-off">{td_string!(l, call_off.title)}</h2>
                <form method="get" action=format!("{here}/call-off") class="form panel">
                    <p class="muted">{td_string!(l, call_off.more)}</p>
                    <button class="button button-second">{td_string!(l, call_off.go)}</button>
                </form>
            </section>
            {sheet.can_be_deleted.then(|| delete_section(l, format!("{here}/delete"), td_string!(l, sale.delete_more)))}
        }
    })
    .into_result()
}

/// The checklist of the steps to publish a draft, each marked as done or still to do.
fn checklist(l: Locale, sheet: &ScheduleSheet) -> impl IntoView + use<> {
    let seats: i64 = sheet.bands.iter().map(|band| band.seats).sum();
    let steps = [
        (true, td_string!(l, sale.step_terms).to_owned()),
        (
            seats > 0,
            match seats {
                0 => td_string!(l, sale.step_hall).to_owned(),
                seats => td_string!(l, sale.step_hall_done, count = seats, number = grouped(seats)),
            },
        ),
        (sheet.concert.status == Publication::Published, td_string!(l, sale.step_concert).to_owned()),
        (false, td_string!(l, sale.step_publish).to_owned()),
    ];
    let step = |(done, text): (bool, String)| {
        let state = if done { td_string!(l, sale.done) } else { td_string!(l, sale.to_do) };
        let class = done.then_some("done");
        view! { <li class=class><span class="visually-hidden">{state}": "</span>{text}</li> }
    };
    view! { <ol class="checklist" aria-label=td_string!(l, sale.left_to_do)>{steps.map(step).into_iter().collect_view()}</ol> }
}

pub async fn change(visit: Arc<Visit>, proof: Owner) -> Outcome<PageResult> {
    let id = ScheduleId(visit.id()?);
    let sheet = back_office::schedule_sheet(visit.house(), proof, id).await?;
    let zone = &sheet.concert.time_zone;
    let edited = Edited::new(&visit, &TermsForm::of(&sheet.terms, zone));
    let form = visit.posted.read::<TermsForm>()?;
    let (before, after) = (&sheet.terms, form.terms(zone, Some(&sheet.terms))?);
    let change = |after| {
        let change = Change { before: Some(before.clone()), after };
        back_office::change_schedule(visit.house(), proof, id, change)
    };
    if after.show_time != before.show_time && back_office::tickets_to_move(visit.house(), proof, id).await?.tickets > 0
    {
        // Everything but the time of the show is saved now. The time is saved once the owner has seen how many tickets it
        // touches.
        if !edited.is_blind() {
            edited.check()?;
            let mut rest = SaleTerms { show_time: before.show_time, ..after.clone() };
            // An end that fits only the new time follows with it.
            if after.window.reservation_end == after.show_time || after.window.reservation_end > before.show_time {
                rest.window.reservation_end = before.window.reservation_end;
            }
            change(rest).await?;
        }
        return Ok(PageResult::Redirect(reschedule::path(id, form.show_time())));
    }
    edited.check()?;
    change(after).await?;
    Ok(visit.redirect(path(id), Notice::Saved))
}

/// Deletes a draft of a date that nobody has used.
pub async fn delete(visit: Arc<Visit>, proof: Owner) -> Outcome<PageResult> {
    let concert = back_office::delete_schedule(visit.house(), proof, ScheduleId(visit.id()?)).await?;
    Ok(visit.redirect(format!("/staff/concerts/{concert}"), Notice::Deleted))
}

pub async fn publish(visit: Arc<Visit>, proof: Owner) -> Outcome<PageResult> {
    let id = ScheduleId(visit.id()?);
    let (status, notice) = PublicationForm::read(&visit)?;
    back_office::publish_schedule(visit.house(), proof, id, status).await?;
    Ok(visit.redirect(path(id), notice))
}

/// The field of the form that builds the hall of a date; the prices are read by [`prices`].
#[derive(Deserialize)]
struct HallForm {
    plan: String,
}

/// The form that copies a date.
#[derive(Default, Deserialize)]
#[serde(default)]
struct CopyForm {
    copy_time: String,
}

pub async fn set_prices(visit: Arc<Visit>, proof: Owner) -> Outcome<PageResult> {
    let id = ScheduleId(visit.id()?);
    let bands = back_office::schedule_sheet(visit.house(), proof, id).await?.bands;
    Edited::new(&visit, &prices_as_typed(&bands)).check()?;
    let before = Some(bands.into_iter().map(|band| (band.category, band.price)).collect());
    back_office::set_prices(visit.house(), proof, id, Change { before, after: prices(&visit)? }).await?;
    Ok(visit.redirect(path(id), Notice::Saved))
}

pub async fn build_hall(visit: Arc<Visit>, proof: Owner) -> Outcome<PageResult> {
    let id = ScheduleId(visit.id()?);
    let form: HallForm = visit.posted.read()?;
    let plan = form.plan.parse().map_err(|_| Refusal::NotFound)?;
    let seats = back_office::build_hall(visit.house(), proof, id, PlanId(plan), prices(&visit)?).await?;
    Ok(visit.redirect(path(id), Notice::HallBuilt { seats }))
}

pub async fn copy(visit: Arc<Visit>, proof: Owner) -> Outcome<PageResult> {
    let id = ScheduleId(visit.id()?);
    let sheet = back_office::schedule_sheet(visit.house(), proof, id).await?;
    let CopyForm { copy_time } = visit.posted.read()?;
    let show = calendar::instant(&copy_time, &sheet.concert.time_zone, Field::ShowTime)?;
    let copy = back_office::copy_schedule(visit.house(), proof, id, show).await?;
    Ok(visit.redirect(path(copy), Notice::Saved))
}
