//! The queue of one date by addresses: where many places were taken from one address, staff can cancel them, and give a
//! place back.

use super::{date_nav, date_title, nav};
use crate::components::forms::{ActionButton, Hidden, TextField};
use crate::paths::staff_fan_path;
use crate::server::flash::Notice;
use crate::server::page::{Page, PageResult};
use crate::server::visit::Visit;
use crate::words::{self, Detail, td_string};
use encore::Outcome;
use encore::back_office::{self, AddressPlaces, Addresses, BoxOffice, VoidedPlace};
use encore::domain::{Field, Refusal, ScheduleId, TokenId};
use leptos::prelude::*;
use serde::Deserialize;
use std::sync::Arc;

fn path(id: ScheduleId) -> String {
    format!("/staff/schedules/{id}/addresses")
}

pub async fn page(visit: Arc<Visit>, proof: BoxOffice) -> Outcome<PageResult> {
    let l = visit.locale;
    let id = ScheduleId(visit.id()?);
    let Addresses { concert, schedule, crowded, voided } = back_office::addresses(visit.house(), proof, id).await?;
    Page::of(td_string!(l, addresses.title), move || {
        let (is_quiet, has_voided) = (crowded.is_empty(), !voided.is_empty());
        let zone = concert.time_zone.clone();
        view! {
            {nav(&visit)}
            <header class="page-head">
                {date_title(l, &concert, &schedule, td_string!(l, addresses.title))}
                <p class="muted">{td_string!(l, addresses.lead)}</p>
            </header>
            {date_nav(&visit, id)}
            {is_quiet.then(|| view! { <p class="muted">{td_string!(l, addresses.none)}</p> })}
            <ul class="rows">
                {crowded.into_iter().map(|places| address(&visit, id, &zone, places)).collect_view()}
            </ul>
            {has_voided.then(|| view! {
                <section aria-labelledby="voided">
                    <h2 id="voided">{td_string!(l, addresses.voided)}</h2>
                    <ul class="rows">{voided.into_iter().map(|place| cancelled(&visit, id, place)).collect_view()}</ul>
                </section>
            })}
        }
    })
    .into_result()
}

/// One address with its figures, and the form that cancels its places.
fn address(visit: &Visit, id: ScheduleId, zone: &str, places: AddressPlaces) -> impl IntoView + use<> {
    let l = visit.locale;
    let figures = [
        (td_string!(l, control.waiting), places.waiting),
        (td_string!(l, control.active), places.active),
        (td_string!(l, control.held), places.held),
        (td_string!(l, control.sold), places.bought),
        (td_string!(l, addresses.new_accounts), places.new_accounts),
    ];
    let figures = figures.map(|(name, figure)| view! { <div><dt>{name}</dt><dd>{figure.to_string()}</dd></div> });
    let first = words::when(l, places.first, zone, Detail::Short);
    let taken = match places.last.millis_from(places.first) / 1000 {
        seconds @ 0..120 => td_string!(l, addresses.taken_seconds, first = first, count = seconds),
        seconds => td_string!(l, addresses.taken_minutes, first = first, count = seconds / 60),
    };
    let is_typed = visit.typed("address") == Some(&*places.address);
    let typed = |name| visit.typed(name).filter(|_| is_typed).unwrap_or_default().to_owned();
    let wrong = if is_typed { visit.field_error(Field::Note) } else { None };
    view! {
        <li class="panel address">
            <h3>{places.address.clone()}</h3>
            <dl class="address-figures">{figures.to_vec()}</dl>
            <p class="muted small">{taken}</p>
            <details class="folded" open=is_typed>
                <summary>{td_string!(l, addresses.void)}</summary>
                <form method="post" action=format!("{}/void", path(id)) class="form">
                    <Hidden name="address" value=places.address/>
                    <TextField name="reason" label=td_string!(l, addresses.reason) hint=td_string!(l, addresses.reason_hint)
                        value=typed("reason") wrong/>
                    <button class="button">{td_string!(l, addresses.void_do)}</button>
                </form>
            </details>
        </li>
    }
}

/// One cancelled place with what its fan answers, and the button that gives it back.
fn cancelled(visit: &Visit, id: ScheduleId, place: VoidedPlace) -> impl IntoView + use<> {
    let l = visit.locale;
    let answer = match &place.answer {
        Some(answer) => td_string!(l, addresses.answer, answer = answer),
        None => td_string!(l, addresses.no_answer).to_owned(),
    };
    view! {
        <li class="row-item">
            <div class="row-main">
                <h3><a href=staff_fan_path(place.user)>{place.user_name}</a></h3>
                <p>{answer}</p>
                <p class="muted small">{td_string!(l, addresses.because, reason = place.reason)}</p>
            </div>
            <ActionButton action=format!("{}/restore", path(id)) text=td_string!(l, addresses.restore)
                fields=vec![("token", place.token.to_string())]/>
        </li>
    }
}

/// The form that cancels the places of an address.
#[derive(Default, Deserialize)]
#[serde(default)]
struct VoidForm {
    address: String,
    reason: String,
}

pub async fn void(visit: Arc<Visit>, proof: BoxOffice) -> Outcome<PageResult> {
    let id = ScheduleId(visit.id()?);
    let VoidForm { address, reason } = visit.posted.read()?;
    let places = back_office::void_places(visit.house(), proof, id, &address, &reason).await?;
    Ok(visit.redirect(path(id), Notice::PlacesVoided { places }))
}

/// The form that gives a cancelled place back.
#[derive(Default, Deserialize)]
#[serde(default)]
struct RestoreForm {
    token: String,
}

pub async fn restore(visit: Arc<Visit>, proof: BoxOffice) -> Outcome<PageResult> {
    let id = ScheduleId(visit.id()?);
    let RestoreForm { token } = visit.posted.read()?;
    let token = token.parse().map_err(|_| Refusal::invalid(Field::Request))?;
    back_office::restore_place(visit.house(), proof, id, TokenId(token)).await?;
    Ok(visit.redirect(path(id), Notice::PlaceRestored))
}
