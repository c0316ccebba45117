//! The waiting room.

use crate::components::forms::ScheduleButton;
use crate::islands::{LineWords, PlaceInLine};
use crate::paths::{concert_path, seats_path};
use crate::server::page::{Page, Shown, Visit};
use crate::words::{self, Detail, Locale, td_string};
use encore::domain::ScheduleId;
use encore::domain::entities::{Concert, ConcertSchedule};
use encore::domain::queue::TokenStatus;
use encore::domain::schedule::SalePhase;
use encore::waiting_room::{self, Place};
use encore::{Outcome, box_office};
use leptos::prelude::*;
use std::sync::Arc;

pub async fn queue(visit: Arc<Visit>) -> Outcome<Shown> {
    let l = visit.locale;
    let id = ScheduleId(visit.id()?);
    let (concert, view) = box_office::schedule(visit.house(), id).await?;
    let place = waiting_room::status(visit.house(), visit.fan()?, id).await?;
    let title = td_string!(l, queue.title);
    let schedule = view.schedule;
    match place {
        Some(place) if place.token.status == TokenStatus::Active => Ok(Shown::Go(seats_path(id))),
        Some(place) if place.token.status == TokenStatus::Wait => {
            let mut page = Page::of(title, move || waiting(l, &concert, &schedule, place));
            page.refresh_seconds = Some(place.poll_after_ms.div_ceil(1000));
            page.show()
        }
        gone => {
            let now = visit.house().clock().now();
            let ran_out = gone.and_then(|gone| gone.token.expire_at).is_some_and(|end| end <= now);
            Page::of(title, move || outside(l, &concert, &schedule, schedule.window.phase(now), ran_out)).show()
        }
    }
}

/// What one sees who is not in the line: why, and what can be done about it.
fn outside(
    l: Locale,
    concert: &Concert,
    schedule: &ConcertSchedule,
    phase: SalePhase,
    ran_out: bool,
) -> impl IntoView + use<> {
    let opens = words::when(l, schedule.window.reservation_start, &concert.time_zone, Detail::Full);
    let (heading, text) = match phase {
        SalePhase::NotYetOpen => (td_string!(l, queue.not_open), td_string!(l, queue.opens, when = opens)),
        SalePhase::Closed => (td_string!(l, queue.closed), td_string!(l, queue.closed_more).to_owned()),
        SalePhase::Open if ran_out => (td_string!(l, queue.over), td_string!(l, queue.over_more).to_owned()),
        SalePhase::Open => (td_string!(l, queue.not_in), td_string!(l, queue.not_in_more).to_owned()),
    };
    let way_on = if phase == SalePhase::Open {
        view! { <ScheduleButton action="/api/queue/join" schedule=schedule.id text=td_string!(l, queue.join)/> }
            .into_any()
    } else {
        view! { <a class="button" href=concert_path(concert.id)>{td_string!(l, queue.to_concert)}</a> }.into_any()
    };
    view! {
        <section class="waiting">
            {what(l, concert, schedule)}
            <h1>{heading}</h1>
            <p>{text}</p>
            {way_on}
        </section>
    }
}

/// Which concert and date this is about, with a way back.
pub fn what(l: Locale, concert: &Concert, schedule: &ConcertSchedule) -> impl IntoView + use<> {
    let when = words::when(l, schedule.show_time, &concert.time_zone, Detail::Full);
    view! {
        <p class="what"><a href=concert_path(concert.id)>{concert.title.clone()}</a>" · "{when}</p>
    }
}

fn waiting(l: Locale, concert: &Concert, schedule: &ConcertSchedule, place: Place) -> impl IntoView + use<> {
    let words = LineWords {
        ahead: td_string!(l, queue.ahead).into(),
        next: td_string!(l, queue.next).into(),
        looks: td_string!(l, queue.looks).into(),
        connection: td_string!(l, queue.connection).into(),
    };
    view! {
        <section class="waiting">
            {what(l, concert, schedule)}
            <h1>{td_string!(l, queue.heading)}</h1>
            <PlaceInLine schedule_id=schedule.id.0 ahead=place.ahead.into() poll_after_ms=place.poll_after_ms words/>
            <p class="muted">{td_string!(l, queue.number)}" "<strong>{place.token.number}</strong></p>
            <p class="muted">{td_string!(l, queue.fair)}</p>
            <ScheduleButton action="/api/queue/leave" schedule=schedule.id text=td_string!(l, queue.leave) class="button button-second"/>
        </section>
    }
}
