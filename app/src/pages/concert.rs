//! One concert with its dates.

use crate::components::forms::ScheduleButton;
use crate::components::poster::{poster, share_path};
use crate::components::views::{how_moved, sale_words, tag};
use crate::paths::{concert_path, map_path, opening_calendar_path, queue_path, sign_in_to_join_path, waitlist_path};
use crate::server::access::{Anybody, Fan};
use crate::server::calendar_file::{Event, calendar_file};
use crate::server::flash::Notice;
use crate::server::page::{Metadata, Page, PageResult};
use crate::server::visit::Visit;
use crate::verbs::Join;
use crate::words::{self, Detail, Locale, td_string};
use encore::Outcome;
use encore::back_office::{self, Owner};
use encore::box_office::{self, Listing, ScheduleView};
use encore::domain::concert_schedule::SaleState;
use encore::domain::schedule::{SalePhase, Window};
use encore::domain::{Concert, ConcertId, Points, ScheduleId, Timestamp};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use serde::Deserialize;
use std::collections::HashSet;
use std::sync::Arc;

/// While fewer seats than this are left, those who find none that suit them are led to the waiting list.
const FEW_LEFT: i64 = 10;

pub async fn concert(visit: Arc<Visit>, _: Anybody) -> Outcome<PageResult> {
    let listing = box_office::concert(visit.house(), ConcertId(visit.id()?)).await?;
    let reminders = match &visit.user {
        Some(user) => box_office::reminders(visit.house(), user.id).await?,
        None => HashSet::new(),
    };
    show(visit, listing, reminders, false)
}

/// The form that asks for a mail before the opening, or takes that back.
#[derive(Default, Deserialize)]
#[serde(default)]
struct ReminderForm {
    wanted: String,
}

/// Asks for a mail before the opening of a date, or takes that back.
pub async fn remind(visit: Arc<Visit>, fan: Fan) -> Outcome<PageResult> {
    let id = ScheduleId(visit.id()?);
    let is_wanted = visit.posted.read::<ReminderForm>()?.wanted == "1";
    box_office::remind(visit.house(), fan.id(), id, is_wanted).await?;
    let (concert, _) = box_office::schedule(visit.house(), id).await?;
    let notice = if is_wanted { Notice::WillRemind } else { Notice::WillNotRemind };
    Ok(visit.redirect(concert_path(concert.id), notice))
}

/// The page to which [`remind`] leads back after a refusal: that of the concert.
pub async fn of_date(visit: Arc<Visit>, _: Fan) -> Outcome<PageResult> {
    let (concert, _) = box_office::schedule(visit.house(), ScheduleId(visit.id()?)).await?;
    Ok(PageResult::Redirect(concert_path(concert.id)))
}

/// The page of a concert as fans will see it, drafts included. Nothing on it can be pressed.
pub async fn preview(visit: Arc<Visit>, proof: Owner) -> Outcome<PageResult> {
    let listing = back_office::preview(visit.house(), proof, ConcertId(visit.id()?)).await?;
    show(visit, listing, HashSet::new(), true)
}

/// `reminders` are the dates of whose opening the visitor will be reminded.
fn show(
    visit: Arc<Visit>,
    mut listing: Listing,
    reminders: HashSet<ScheduleId>,
    is_preview: bool,
) -> Outcome<PageResult> {
    let l = visit.locale;
    let now = visit.house().clock().now();
    listing.schedules.sort_by_key(|view| view.schedule.sort_key(now));
    let metadata = metadata(&visit, &listing, now);
    Page::of(listing.concert.title.clone(), move || {
        let lowest = listing.lowest_price(now);
        let Listing { concert, schedules } = listing;
        let zone = concert.time_zone.clone();
        let is_empty = schedules.is_empty();
        // If all dates are in the same hall, it is that of the concert.
        let venue = schedules.first().map_or(&*concert.venue, |first| first.schedule.venue(&concert)).to_owned();
        let is_common = schedules.iter().all(|view| view.schedule.venue(&concert) == venue);
        let venue = if is_common { venue } else { concert.venue.clone() };
        let nothing = schedules.first().and_then(|view| nothing_to_buy(l, view, &zone, now));
        let is_closed = |view: &ScheduleView| view.schedule.sale_state(now) == SaleState::Closed;
        let (closed, dates): (Vec<_>, Vec<_>) = schedules.into_iter().partition(is_closed);
        let closed_count = closed.len();
        let is_known = visit.user.is_some();
        let one = |view: ScheduleView| {
            let is_reminded = reminders.contains(&view.schedule.id);
            row(l, &concert, view, now, (is_known, is_reminded))
        };
        let rows = |dates: Vec<ScheduleView>| dates.into_iter().map(one).collect_view();
        let (dates, closed) = (rows(dates), rows(closed));
        let back = if is_preview {
            view! {
                <p class="notice notice-warm">{td_string!(l, staff.preview_note)}</p>
                <p class="back"><a href=format!("/staff/concerts/{}", concert.id)>{td_string!(l, staff.nav_concerts)}</a></p>
            }
            .into_any()
        } else {
            view! { <p class="back"><a href="/">{td_string!(l, concert.back)}</a></p> }.into_any()
        };
        view! {
            {back}
            <article class="concert">
                <div class="concert-picture">{poster(&concert)}</div>
                <header class="concert-head">
                    <p class="eyebrow">{concert.performer.clone()}</p>
                    <h1>{concert.title.clone()}</h1>
                    <p class="lead">{td_string!(l, concert.at, venue = venue)}</p>
                </header>
                // The dates come first, so that on a phone they are not below a long description.
                <section class="concert-dates" aria-labelledby="dates" inert=is_preview>
                    <h2 id="dates">{td_string!(l, concert.dates)}</h2>
                    {is_empty.then(|| view! { <p class="muted">{td_string!(l, concert.empty)}</p> })}
                    {nothing.map(|text| view! { <p class="notice notice-warm">{text}</p> })}
                    <ul class="rows">{dates}</ul>
                    {(closed_count > 0).then(|| view! {
                        <details class="folded">
                            <summary>{td_string!(l, concert.over, count = closed_count)}</summary>
                            <ul class="rows">{closed}</ul>
                        </details>
                    })}
                    <p class="muted small">{td_string!(l, concert.zone, zone = &zone)}</p>
                </section>
                <div class="concert-about">
                    <p class="said">{concert.description.clone()}</p>
                    {facts(l, &concert, lowest)}
                </div>
            </article>
        }
    })
    .with_metadata(metadata)
    .into_result()
}

/// Says that nothing can be bought or joined now, and why. `first` is the first date by
/// [`ConcertSchedule::sort_key`](encore::domain::ConcertSchedule::sort_key).
fn nothing_to_buy(l: Locale, first: &ScheduleView, zone: &str, now: Timestamp) -> Option<String> {
    let opens = || words::when(l, first.schedule.window.reservation_start, zone, Detail::Day);
    match first.schedule.sale_state(now) {
        SaleState::OnSale | SaleState::Lobby => None,
        SaleState::NotYetOpen => Some(td_string!(l, concert.none_open, when = opens())),
        SaleState::SoldOut => Some(td_string!(l, concert.none_sold_out).to_owned()),
        SaleState::CalledOff => Some(td_string!(l, concert.none_called_off).to_owned()),
        SaleState::Closed => Some(td_string!(l, concert.none_closed).to_owned()),
    }
}

/// What a fan has to know about a concert besides its description.
fn facts(l: Locale, concert: &Concert, lowest: Option<Points>) -> impl IntoView + use<> {
    let price = lowest.map(|price| td_string!(l, concerts.from, price = words::points(l, price)));
    let running = concert.running_minutes.map(|minutes| td_string!(l, concert.minutes, count = minutes));
    let age = concert.minimum_age.map(|age| td_string!(l, concert.ages, age = age));
    let facts = [
        (td_string!(l, concert.price), price),
        (td_string!(l, concert.running), running),
        (td_string!(l, concert.age), age),
        (td_string!(l, concert.notices), concert.notices.clone()),
    ];
    let facts: Vec<_> = facts.into_iter().filter_map(|(name, text)| Some((name, text?))).collect();
    let fact = |(name, text): (&'static str, String)| view! { <div><dt>{name}</dt><dd>{text}</dd></div> };
    (!facts.is_empty()).then(|| view! { <dl class="facts">{facts.into_iter().map(fact).collect_view()}</dl> })
}

/// The metadata of the page for search engines and social networks: a description, the poster, and the dates as events
/// in the vocabulary of schema.org. Prices are in won, because a point is a won.
fn metadata(visit: &Visit, listing: &Listing, now: Timestamp) -> Metadata {
    let Listing { concert, schedules } = listing;
    let url = format!("{}{}", visit.app.origin, concert_path(concert.id));
    let image = format!("{}{}", visit.app.origin, share_path(concert));
    let event = |ScheduleView { schedule, prices, .. }: &ScheduleView| {
        let availability = match schedule.sale_state(now) {
            SaleState::Lobby | SaleState::NotYetOpen => "https://schema.org/PreOrder",
            SaleState::OnSale => "https://schema.org/InStock",
            SaleState::SoldOut | SaleState::CalledOff | SaleState::Closed => "https://schema.org/SoldOut",
        };
        let offers = prices.map(|(lowest, highest)| {
            serde_json::json!({
                "@type": "AggregateOffer", "lowPrice": lowest, "highPrice": highest, "priceCurrency": "KRW", "url": url,
                "availability": availability, "validFrom": schedule.window.reservation_start,
            })
        });
        // If the show was moved, `previousStartDate` is when it was to begin before (https://schema.org/EventRescheduled).
        // Another hall is no other date.
        let moved = schedule.moved.filter(|moved| moved.from != schedule.show_time);
        let status = match (&schedule.called_off, moved) {
            (Some(_), _) => Some("https://schema.org/EventCancelled"),
            (None, Some(_)) => Some("https://schema.org/EventRescheduled"),
            (None, None) => None,
        };
        let mut event = serde_json::json!({
            "eventStatus": status, "previousStartDate": moved.map(|moved| moved.from),
            "@context": "https://schema.org", "@type": "MusicEvent", "name": concert.title, "url": url, "image": image,
            "startDate": schedule.show_time, "description": concert.description, "offers": offers,
            "location": { "@type": "Place", "name": schedule.venue(concert), "address": schedule.venue(concert) },
            "performer": { "@type": "MusicGroup", "name": concert.performer },
            "duration": concert.running_minutes.map(|minutes| format!("PT{minutes}M")),
            "typicalAgeRange": concert.minimum_age.map(|age| format!("{age}-")),
        });
        if let Some(fields) = event.as_object_mut() {
            fields.retain(|_, field| !field.is_null());
        }
        event
    };
    let events: Vec<_> = schedules.iter().map(event).collect();
    let dates = format!("{} · {}", concert.performer, concert.venue);
    let description = if concert.description.is_empty() { dates } else { concert.description.clone() };
    Metadata { description, image: Some(image), structured: serde_json::to_string(&events).ok() }
}

/// Whether the waiting room of a sale has still to open.
fn is_lobby_to_come(window: Window, now: Timestamp) -> bool {
    window.phase(now) == SalePhase::NotYetOpen && window.lobby_start < window.reservation_start
}

/// The opening of a date's waiting room as a calendar file or, once that is open, the opening of its sale.
pub async fn opening(visit: Arc<Visit>, _: Anybody) -> Outcome<PageResult> {
    let l = visit.locale;
    let (concert, view) = box_office::schedule(visit.house(), ScheduleId(visit.id()?)).await?;
    let (window, now) = (view.schedule.window, visit.house().clock().now());
    let has_lobby = is_lobby_to_come(window, now);
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
        is_cancelled: view.schedule.called_off.is_some(),
        moves: 0,
        link,
    };
    Ok(calendar_file(&event, now, &visit.app.origin))
}

/// One date in the list: the time of the show, the state of the sale, the prices, and what a fan can do now. A visitor
/// who is not signed in (`is_known` is false) is led to sign in, which joins the queue too. `is_reminded` is whether the
/// visitor will get a mail before the opening.
fn row(
    l: Locale,
    concert: &Concert,
    ScheduleView { schedule, prices, .. }: ScheduleView,
    now: Timestamp,
    (is_known, is_reminded): (bool, bool),
) -> impl IntoView + use<> {
    let zone = &*concert.time_zone;
    let when = |at, detail| words::when(l, at, zone, detail);
    let show = when(schedule.show_time, Detail::Full);
    let state = schedule.sale_state(now);
    let (opens, ends) = (schedule.window.reservation_start, schedule.window.reservation_end);
    let text = match state {
        SaleState::OnSale => td_string!(l, concert.on_sale_until, when = when(ends, Detail::Day)),
        SaleState::Lobby | SaleState::NotYetOpen => td_string!(l, concert.opens, when = when(opens, Detail::Day)),
        SaleState::SoldOut => td_string!(l, concert.sold_out_more).to_owned(),
        SaleState::CalledOff => schedule.called_off.as_ref().map(|off| off.reason.to_string()).unwrap_or_default(),
        SaleState::Closed => td_string!(l, concert.closed_since, when = when(ends, Detail::Day)),
    };
    let moved = schedule.moved.filter(|_| state != SaleState::CalledOff);
    let venue = schedule.other_venue.clone();
    let moved = moved.map(|moved| how_moved(l, &moved, (schedule.venue(concert), schedule.show_time), zone));
    let is_to_come = matches!(state, SaleState::Lobby | SaleState::NotYetOpen);
    let (remind, remind_name) = if is_lobby_to_come(schedule.window, now) {
        (td_string!(l, concert.remind), td_string!(l, concert.remind_name, when = &show))
    } else {
        (td_string!(l, concert.remind_sale), td_string!(l, concert.remind_sale_name, when = &show))
    };
    let can_remind = is_known && is_to_come && now < schedule.window.reminds_at();
    let mail = if is_reminded { td_string!(l, concert.remind_no_mail) } else { td_string!(l, concert.remind_mail) };
    let mail_name = format!("{mail}: {show}");
    let can_buy = state == SaleState::OnSale;
    let left = match schedule.left_ticket {
        0 => td_string!(l, concert.none_left).to_owned(),
        count => td_string!(l, concert.left, count = count, number = encore::domain::points::grouped(count)),
    };
    view! {
        <li class="row-item">
            <div class="row-main">
                <h3>{show.clone()}</h3>
                {venue.map(|venue| view! { <p>{venue.to_string()}</p> })}
                <p class="row-state">{tag(sale_words(l, state))}" "<span class="muted">{text}</span></p>
                {moved.map(|moved| view! { <p class="small">{moved}</p> })}
                <p class="row-links">
                    {(!matches!(state, SaleState::Closed | SaleState::CalledOff)).then(|| view! {
                        <a href=map_path(schedule.id, schedule.status, None) aria-label=td_string!(l, concert.map_name, when = show.clone())>
                            {td_string!(l, seats.map_title)}
                        </a>
                    })}
                    {(can_buy && schedule.left_ticket < FEW_LEFT).then(|| view! {
                        <a href=waitlist_path(schedule.id) aria-label=td_string!(l, waitlist.to_name, when = show.clone())>
                            {td_string!(l, waitlist.to)}
                        </a>
                    })}
                    {is_to_come.then(|| view! {
                        <a href=opening_calendar_path(schedule.id) aria-label=remind_name>{remind}</a>
                    })}
                </p>
                {can_remind.then(|| view! {
                    <form method="post" action=format!("/schedules/{}/remind", schedule.id)>
                        {is_reminded.then(|| view! { <p class="small">{td_string!(l, concert.reminded)}</p> })}
                        <button class="quiet" name="wanted" value=if is_reminded { "0" } else { "1" } aria-label=mail_name>{mail}</button>
                    </form>
                })}
            </div>
            <div class="row-side">
                {prices.map(|prices| view! { <p>{words::price_range(l, prices)}</p> })}
                {can_buy.then(|| view! { <p class="left">{left}</p> })}
            </div>
            {(state == SaleState::Lobby).then(|| view! {
                <a class="button" href=queue_path(schedule.id) aria-label=td_string!(l, concert.to_lobby_name, when = show.clone())>
                    {td_string!(l, concert.to_lobby)}
                </a>
            })}
            {(state == SaleState::SoldOut).then(|| view! {
                <a class="button button-second" href=waitlist_path(schedule.id) aria-label=td_string!(l, waitlist.to_name, when = show.clone())>
                    {td_string!(l, waitlist.to)}
                </a>
            })}
            {can_buy.then(|| {
                let (text, name) = (td_string!(l, concert.take), td_string!(l, concert.take_name, when = show.clone()));
                if is_known {
                    view! { <ScheduleButton l action=Join::PATH schedule=schedule.id text name/> }.into_any()
                } else {
                    let to = sign_in_to_join_path(schedule.id);
                    view! { <a class="button" href=to aria-label=name>{text}</a> }.into_any()
                }
            })}
        </li>
    }
}
