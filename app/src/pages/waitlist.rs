//! The waitlist of a sold-out date: the form to join it, a fan's place on it, and what is offered to them.

use super::checkout::seats;
use crate::components::forms::{ActionButton, Select};
use crate::components::views::{subject, time_words};
use crate::islands::Countdown;
use crate::paths::{checkout_path, concert_path, waitlist_path};
use crate::server::access::Fan;
use crate::server::flash::Notice;
use crate::server::page::{Page, PageResult};
use crate::server::visit::Visit;
use crate::words::{self, Detail, Locale, td_string};
use encore::box_office::{self, SeatMap, WaitlistPlace};
use encore::domain::hold::is_kept_for_access;
use encore::domain::schedule::SalePhase;
use encore::domain::waitlist::{WaitlistStatus, Wish};
use encore::domain::{Field, Refusal, Reservation, ScheduleId, SeatKind, Timestamp};
use encore::{Outcome, domain::hall::Band};
use leptos::prelude::*;
use serde::Deserialize;
use std::sync::Arc;

/// How often the page of a fan who waits reloads, in seconds.
const REFRESH: u32 = 60;

pub async fn page(visit: Arc<Visit>, fan: Fan) -> Outcome<PageResult> {
    let (l, house, id) = (visit.locale, visit.house(), ScheduleId(visit.id()?));
    let map = box_office::seat_map(house, id).await?;
    let place = box_office::waitlist_place(house, fan.id(), id).await?;
    let now = house.clock().now();
    let held: Vec<Reservation> = match &place {
        Some(place) if place.entry.status == WaitlistStatus::Offered => {
            let mine = box_office::reservations_in(house, fan.id(), id).await?;
            mine.into_iter().filter(|reservation| reservation.is_held(now)).collect()
        }
        _ => vec![],
    };
    let is_waiting = place.as_ref().is_some_and(|place| place.entry.status == WaitlistStatus::Wait);
    let page = Page::of(td_string!(l, waitlist.title), move || {
        let subject = subject(l, &map.concert, &map.schedule);
        let until = held.iter().map(|held| held.expired_at).min();
        let body = match (place, until) {
            (Some(place), _) if is_waiting => waiting(l, &map, &place).into_any(),
            (Some(_), Some(until)) => offered(l, &map, &held, until, now).into_any(),
            (place, _) => {
                let ran_out = place.is_some_and(|place| place.entry.ran_out());
                to_join(&visit, &map, ran_out, now).into_any()
            }
        };
        view! { <section class="waitlist">{subject}{body}</section> }
    });
    if is_waiting { page.with_refresh(REFRESH).into_result() } else { page.into_result() }
}

/// The form to join, or why nobody can.
fn to_join(visit: &Visit, map: &SeatMap, ran_out: bool, now: Timestamp) -> impl IntoView + use<> {
    let (l, id) = (visit.locale, map.schedule.id);
    let to_concert = view! { <a href=concert_path(map.concert.id)>{td_string!(l, queue.to_concert)}</a> };
    if map.schedule.window.phase(now) != SalePhase::Open {
        return view! {
            <h1>{td_string!(l, waitlist.title)}</h1>
            <p>{td_string!(l, waitlist.closed)}</p>
            {to_concert}
        }
        .into_any();
    }
    let limit = visit.house().settings().seats_per_fan_of(&map.schedule);
    let parties = (1..=limit).map(|count| (count.to_string(), td_string!(l, waitlist.people, count = count))).collect();
    let party = visit.typed("party").unwrap_or(if limit > 1 { "2" } else { "1" }).to_owned();
    let has_access = [SeatKind::Wheelchair, SeatKind::Companion].into_iter().any(|kind| map.plan.has(kind));
    let asks_for_access = has_access && is_kept_for_access(map.schedule.access_until, now);
    view! {
        <h1>{td_string!(l, waitlist.title)}</h1>
        {ran_out.then(|| view! { <p class="notice notice-warm">{td_string!(l, waitlist.ran_out)}</p> })}
        <p>{td_string!(l, waitlist.how)}</p>
        <form method="post" action=waitlist_path(id) class="form panel">
            <Select name="party" label=td_string!(l, waitlist.party) options=parties value=party/>
            {bands(l, map.plan.bands())}
            {(limit > 1).then(|| check(visit, "may_split", td_string!(l, waitlist.may_split)))}
            {asks_for_access.then(|| check(visit, "access", td_string!(l, waitlist.access)))}
            <button class="button" name="do" value="join">{td_string!(l, waitlist.join)}</button>
        </form>
        {to_concert}
    }
    .into_any()
}

/// The price bands of which a fan ticks those that will do, if there are several.
fn bands(l: Locale, bands: &[Band]) -> impl IntoView + use<> {
    let boxes = bands.iter().enumerate().map(|(index, band)| {
        let id = format!("band-{index}");
        view! {
            <div class="check">
                <input type="checkbox" id=id.clone() name="bands[]" value=band.name.clone()/>
                <label for=id>{band.name.clone()}" · "{words::points(l, band.price)}</label>
            </div>
        }
    });
    let boxes = boxes.collect_view();
    (bands.len() > 1).then(|| {
        view! {
            <fieldset class="field">
                <legend>{td_string!(l, waitlist.bands)}</legend>
                {boxes}
                <p class="hint">{td_string!(l, waitlist.bands_hint)}</p>
            </fieldset>
        }
    })
}

fn check(visit: &Visit, name: &'static str, label: &'static str) -> impl IntoView + use<> {
    view! {
        <div class="check">
            <input type="checkbox" id=name name=name value="1" checked=visit.typed(name).is_some()/>
            <label for=name>{label}</label>
        </div>
    }
}

/// How many entries are in front of one that waits.
pub(super) fn ahead(l: Locale, count: u32) -> String {
    match count {
        0 => td_string!(l, waitlist.first).to_owned(),
        count => td_string!(l, waitlist.ahead, count = count),
    }
}

/// What a fan waits for, and how many are in front.
fn waiting(l: Locale, map: &SeatMap, place: &WaitlistPlace) -> impl IntoView + use<> {
    let Wish { party, bands, may_split, .. } = &place.entry.wish;
    let bands = if bands.is_empty() { td_string!(l, waitlist.any_band).to_owned() } else { bands.join(", ") };
    let split = if *may_split { td_string!(l, waitlist.apart) } else { td_string!(l, waitlist.together) };
    view! {
        <h1>{td_string!(l, waitlist.waiting)}</h1>
        <p>{ahead(l, place.ahead)}</p>
        <p>{td_string!(l, waitlist.waiting_more)}</p>
        <dl class="facts">
            <div><dt>{td_string!(l, waitlist.party)}</dt><dd>{td_string!(l, waitlist.people, count = *party)}</dd></div>
            {(map.plan.bands().len() > 1).then(|| view! { <div><dt>{td_string!(l, waitlist.bands)}</dt><dd>{bands}</dd></div> })}
            {(*party > 1).then(|| view! { <div><dt>{td_string!(l, waitlist.seats)}</dt><dd>{split}</dd></div> })}
        </dl>
        {leave(l, map, td_string!(l, waitlist.leave))}
        <a href=concert_path(map.concert.id)>{td_string!(l, queue.to_concert)}</a>
    }
}

/// The seats that are offered to a fan, and what they can do.
fn offered(l: Locale, map: &SeatMap, held: &[Reservation], until: Timestamp, now: Timestamp) -> impl IntoView + use<> {
    let id = map.schedule.id;
    let when = words::when(l, until, &map.concert.time_zone, Detail::Full);
    view! {
        <h1>{td_string!(l, waitlist.offered, count = held.len())}</h1>
        <Countdown left_ms=until.millis_from(now) then=waitlist_path(id) label=td_string!(l, checkout.time).into() words=time_words(l)/>
        <p>{td_string!(l, waitlist.offered_more, when = when)}</p>
        <div class="panel">
            {seats(l, held)}
        </div>
        <a class="button button-wide" href=checkout_path(id)>{td_string!(l, tickets.pay)}</a>
        {leave(l, map, td_string!(l, waitlist.decline))}
    }
}

fn leave(l: Locale, map: &SeatMap, text: &'static str) -> impl IntoView + use<> {
    let fields = vec![("do", "leave".to_owned())];
    view! {
        <details class="leave">
            <summary>{text}</summary>
            <p>{td_string!(l, waitlist.leave_more)}</p>
            <ActionButton action=waitlist_path(map.schedule.id) text=text fields/>
        </details>
    }
}

/// The forms of the page.
#[derive(Default, Deserialize)]
#[serde(default)]
struct WaitlistForm {
    /// `join` or `leave`.
    r#do: String,
    party: String,
    bands: Vec<String>,
    may_split: String,
    access: String,
}

/// Joins the waitlist, or leaves it.
pub async fn act(visit: Arc<Visit>, fan: Fan) -> Outcome<PageResult> {
    let id = ScheduleId(visit.id()?);
    let WaitlistForm { r#do, party, bands, may_split, access } = visit.posted.read()?;
    if r#do == "leave" {
        box_office::leave_waitlist(visit.house(), fan.id(), id).await?;
        return Ok(visit.redirect(waitlist_path(id), Notice::LeftWaitlist));
    }
    let party = party.parse().map_err(|_| Refusal::invalid(Field::Request))?;
    let wish = Wish { party, bands, needs_access: access == "1", may_split: may_split == "1" };
    box_office::join_waitlist(visit.house(), fan.id(), id, wish).await?;
    Ok(visit.redirect(waitlist_path(id), Notice::JoinedWaitlist))
}
