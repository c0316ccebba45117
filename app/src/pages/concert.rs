//! One concert with its dates.

use crate::components::forms::ScheduleButton;
use crate::components::poster::poster;
use crate::paths::{concert_path, map_path, opening_calendar_path, poster_path, queue_path};
use crate::server::access::Anybody;
use crate::server::calendar_file::{Event, calendar_file};
use crate::server::page::{Metadata, Page, PageResult};
use crate::server::visit::Visit;
use crate::verbs::Join;
use crate::words::{self, Detail, Locale, td_string};
use encore::Outcome;
use encore::box_office::{self, Listing, ScheduleView};
use encore::domain::schedule::SalePhase;
use encore::domain::{ConcertId, ScheduleId, Timestamp};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use std::sync::Arc;

pub async fn concert(visit: Arc<Visit>, _: Anybody) -> Outcome<PageResult> {
    let l = visit.locale;
    let listing = box_office::concert(visit.house(), ConcertId(visit.id()?)).await?;
    let now = visit.house().clock().now();
    let metadata = metadata(&visit, &listing);
    Page::of(listing.concert.title.clone(), move || {
        let (concert, schedules) = (listing.concert, listing.schedules);
        let zone = concert.time_zone.clone();
        let is_empty = schedules.is_empty();
        view! {
            <p class="back"><a href="/">{td_string!(l, concert.back)}</a></p>
            <article class="concert">
                <div class="concert-picture">{poster(&concert)}</div>
                <header class="concert-head">
                    <p class="eyebrow">{concert.performer.clone()}</p>
                    <h1>{concert.title.clone()}</h1>
                    <p class="lead">{td_string!(l, concert.at, venue = &concert.venue)}</p>
                    <p class="said">{concert.description.clone()}</p>
                </header>
            </article>
            <section aria-labelledby="dates">
                <h2 id="dates">{td_string!(l, concert.dates)}</h2>
                {is_empty.then(|| view! { <p class="muted">{td_string!(l, concert.empty)}</p> })}
                <ul class="rows">
                    {schedules.into_iter().map(|schedule| row(l, schedule, &zone, now)).collect_view()}
                </ul>
                <p class="muted small">{td_string!(l, concert.zone, zone = &zone)}</p>
            </section>
        }
    })
    .with_metadata(metadata)
    .into_result()
}

/// The metadata of the page for search engines and social networks: a description, the poster, and the dates as events
/// in the vocabulary of schema.org.
fn metadata(visit: &Visit, listing: &Listing) -> Metadata {
    let Listing { concert, schedules } = listing;
    let url = format!("{}{}", visit.app.origin, concert_path(concert.id));
    let image = concert.poster.as_ref().map(|tag| format!("{}{}", visit.app.origin, poster_path(concert.id, tag)));
    let event = |ScheduleView { schedule, prices, sold_out }: &ScheduleView| {
        let offers = prices.map(|(lowest, highest)| {
            serde_json::json!({
                "@type": "AggregateOffer", "lowPrice": lowest, "highPrice": highest, "priceCurrency": "KRW", "url": url,
                "availability": if *sold_out { "https://schema.org/SoldOut" } else { "https://schema.org/InStock" },
                "validFrom": schedule.window.reservation_start,
            })
        });
        serde_json::json!({
            "@context": "https://schema.org", "@type": "MusicEvent", "name": concert.title, "url": url, "image": image,
            "startDate": schedule.show_time, "description": concert.description, "offers": offers,
            "location": { "@type": "Place", "name": concert.venue, "address": concert.venue },
            "performer": { "@type": "MusicGroup", "name": concert.performer },
        })
    };
    let events: Vec<_> = schedules.iter().map(event).collect();
    let dates = format!("{} · {}", concert.performer, concert.venue);
    let description = if concert.description.is_empty() { dates } else { concert.description.clone() };
    Metadata { description, image, structured: serde_json::to_string(&events).ok() }
}

/// The opening of a date's waiting room as a calendar file or, once that is open, the opening of its sale.
pub async fn opening(visit: Arc<Visit>, _: Anybody) -> Outcome<PageResult> {
    let l = visit.locale;
    let (concert, view) = box_office::schedule(visit.house(), ScheduleId(visit.id()?)).await?;
    let (window, now) = (view.schedule.window, visit.house().clock().now());
    let has_lobby = window.phase(now) == SalePhase::NotYetOpen && window.lobby_start < window.reservation_start;
    let link = format!("{}{}", visit.app.origin, queue_path(view.schedule.id));
    let when = |at| words::when(l, at, &concert.time_zone, Detail::Full);
    let (sale, show) = (when(window.reservation_start), when(view.schedule.show_time));
    let event = Event {
        id: format!("opening-{}", view.schedule.id),
        title: if has_lobby {
            td_string!(l, concert.waiting_room_title, title = &concert.title)
        } else {
            td_string!(l, concert.opening_title, title = &concert.title)
        },
        text: td_string!(l, concert.opening_text, sale = sale, show = show, link = &link),
        place: None,
        begins: if has_lobby { window.lobby_start } else { window.reservation_start },
        hours: 1,
        alarm_minutes: Some(10),
        is_cancelled: false,
        link,
    };
    Ok(calendar_file(&event, now, &visit.app.origin))
}

/// One date in the list: the time of the show, the state of the sale, the prices, and what a fan can do now.
fn row(
    l: Locale,
    ScheduleView { schedule, prices, sold_out }: ScheduleView,
    zone: &str,
    now: Timestamp,
) -> impl IntoView + use<> {
    let when = |at, detail| words::when(l, at, zone, detail);
    let show = when(schedule.show_time, Detail::Full);
    let phase = schedule.window.phase(now);
    let (tag, class, text) = match phase {
        SalePhase::NotYetOpen => (
            td_string!(l, concert.not_yet),
            "tag tag-soon",
            td_string!(l, concert.opens, when = when(schedule.window.reservation_start, Detail::Day)),
        ),
        SalePhase::Lobby => (
            td_string!(l, concert.lobby),
            "tag tag-on",
            td_string!(l, concert.opens, when = when(schedule.window.reservation_start, Detail::Day)),
        ),
        SalePhase::Closed => (
            td_string!(l, concert.closed),
            "tag tag-off",
            td_string!(l, concert.closed_since, when = when(schedule.window.reservation_end, Detail::Day)),
        ),
        SalePhase::Open if sold_out => {
            (td_string!(l, concert.sold_out), "tag tag-off", td_string!(l, concert.sold_out_more).to_owned())
        }
        SalePhase::Open => (
            td_string!(l, concert.on_sale),
            "tag tag-on",
            td_string!(l, concert.on_sale_until, when = when(schedule.window.reservation_end, Detail::Day)),
        ),
    };
    let is_to_come = matches!(phase, SalePhase::NotYetOpen | SalePhase::Lobby);
    let can_buy = phase == SalePhase::Open && !sold_out;
    let left = match schedule.left_ticket {
        0 => td_string!(l, concert.none_left).to_owned(),
        count => td_string!(l, concert.left, count = count, number = encore::domain::points::grouped(count)),
    };
    view! {
        <li class="row-item">
            <div class="row-main">
                <h3>{show.clone()}</h3>
                <p><span class=class>{tag}</span>" "<span class="muted">{text}</span></p>
                <p class="row-links">
                    {(phase != SalePhase::Closed).then(|| view! {
                        <a href=map_path(schedule.id, None) aria-label=td_string!(l, concert.map_name, when = show.clone())>
                            {td_string!(l, seats.map_title)}
                        </a>
                    })}
                    {is_to_come.then(|| view! {
                        <a href=opening_calendar_path(schedule.id) aria-label=td_string!(l, concert.remind_name, when = show.clone())>
                            {td_string!(l, concert.remind)}
                        </a>
                    })}
                </p>
            </div>
            <div class="row-side">
                {prices.map(|prices| view! { <p>{words::price_range(l, prices)}</p> })}
                {can_buy.then(|| view! { <p class="left">{left}</p> })}
            </div>
            {(phase == SalePhase::Lobby).then(|| view! {
                <a class="button" href=queue_path(schedule.id) aria-label=td_string!(l, concert.to_lobby_name, when = show.clone())>
                    {td_string!(l, concert.to_lobby)}
                </a>
            })}
            {can_buy.then(|| view! {
                <ScheduleButton l action=Join::PATH schedule=schedule.id text=td_string!(l, concert.take)
                    name=td_string!(l, concert.take_name, when = show.clone())/>
            })}
        </li>
    }
}
