//! The waiting room.

use crate::components::forms::ScheduleButton;
use crate::islands::{LineWords, PlaceInLine};
use crate::routes::{concert_path, seats_path};
use crate::server::page::{Page, Shown, Visit};
use crate::words::{self, Detail, Locale, td_string};
use encore::domain::ScheduleId;
use encore::domain::entities::{Concert, ConcertSchedule};
use encore::domain::queue::TokenStatus;
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
        over => Page::of(title, move || {
            let (heading, text) = if over.is_some() {
                (td_string!(l, queue.over), td_string!(l, queue.over_more))
            } else {
                (td_string!(l, queue.not_in), td_string!(l, queue.not_in_more))
            };
            view! {
                <section class="waiting">
                    {what(l, &concert, &schedule)}
                    <h1>{heading}</h1>
                    <p>{text}</p>
                    <ScheduleButton action="/api/queue/join" schedule=id text=td_string!(l, queue.join)/>
                </section>
            }
        })
        .show(),
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
