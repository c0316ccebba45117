//! The sales: the list of all dates, and for each date its reservations (which fan has which seat).

use super::counter::{seat_link, state};
use super::{date_nav, date_title, nav, state_tag};
use crate::components::views::{DataTable, Empty};
use crate::paths::staff_fan_path;
use crate::server::page::{Page, PageResult};
use crate::server::visit::Visit;
use crate::words::{self, Detail, Locale, td_string};
use encore::Outcome;
use encore::back_office::{self, BoxOffice, ScheduleBook};
use encore::domain::account::Duty;
use encore::domain::concert::Publication;
use encore::domain::points::grouped;
use encore::domain::{Concert, ConcertSchedule, Reservation, ReservationStatus, ScheduleId, Timestamp};
use leptos::prelude::*;
use std::sync::Arc;

/// The list of all dates, each with a link to its reservations.
pub async fn schedules(visit: Arc<Visit>, proof: BoxOffice) -> Outcome<PageResult> {
    let l = visit.locale;
    let programme = back_office::concerts(visit.house(), proof).await?;
    let now = visit.house().clock().now();
    let is_owner = visit.user.as_ref().is_some_and(|user| user.duty == Some(Duty::Owner));
    Page::of(td_string!(l, staff.title), move || {
        let row = move |concert, schedule| date_row(l, concert, schedule, now, is_owner);
        let rows = programme.iter().flat_map(|entry| entry.schedules.iter().map(move |date| row(&entry.concert, date)));
        let rows: Vec<_> = rows.collect();
        let list = if rows.is_empty() {
            let (title, text) = (td_string!(l, staff.no_dates), td_string!(l, staff.no_dates_more));
            let link = ("/staff/concerts".to_owned(), td_string!(l, staff.to_programme));
            if is_owner {
                view! { <Empty title text link/> }.into_any()
            } else {
                view! { <Empty title text/> }.into_any()
            }
        } else {
            let label = td_string!(l, staff.title);
            let columns = vec![
                (td_string!(l, staff.concert), false),
                (td_string!(l, staff.date), false),
                (td_string!(l, staff.seen), false),
                (td_string!(l, staff.left), true),
            ];
            view! { <DataTable label columns rows/> }.into_any()
        };
        view! {
            {nav(&visit)}
            <header class="page-head">
                <h1>{td_string!(l, staff.title)}</h1>
                <p class="muted">{td_string!(l, staff.lead)}</p>
            </header>
            {list}
        }
    })
    .into_result()
}

/// The cells of one date.
fn date_row(l: Locale, concert: &Concert, schedule: &ConcertSchedule, now: Timestamp, is_owner: bool) -> Vec<AnyView> {
    let when = words::when(l, schedule.show_time, &concert.time_zone, Detail::Full);
    let here = format!("/staff/schedules/{}", schedule.id);
    // A draft has nothing to look at yet: its next step is to be set up.
    let is_draft = is_owner && schedule.status == Publication::Draft;
    let edit = format!("{here}/edit");
    let to_do = is_draft.then(|| view! { " "<a href=edit>{td_string!(l, staff.set_up)}</a> });
    vec![
        concert.title.clone().into_any(),
        view! { <a href=here>{when}</a> }.into_any(),
        view! { {state_tag(l, schedule, now)}{to_do} }.into_any(),
        grouped(schedule.left_ticket).into_any(),
    ]
}

/// The reservations of one date, with a search by fan.
pub async fn reservations(visit: Arc<Visit>, proof: BoxOffice) -> Outcome<PageResult> {
    let l = visit.locale;
    let search = visit.query("q").unwrap_or_default().trim().to_owned();
    let id = ScheduleId(visit.id()?);
    let book = back_office::reservations(visit.house(), proof, id, search.clone()).await?;
    let now = visit.house().clock().now();
    Page::of(td_string!(l, staff.schedule), move || {
        let ScheduleBook { concert, schedule, counts, reservations } = book;
        let count = |status| counts.iter().find(|(s, _)| *s == status).map_or(0, |(_, count)| *count);
        let figure = |name: &'static str, count: i64| {
            view! { <div><dt>{name}</dt><dd>{grouped(count)}</dd></div> }
        };
        let is_full = reservations.len() == back_office::PAGE;
        let list = if !reservations.is_empty() {
            table(l, reservations, now).into_any()
        } else if search.is_empty() {
            view! { <p class="muted">{td_string!(l, staff.none)}</p> }.into_any()
        } else {
            view! { <p class="muted">{td_string!(l, staff.none_found, search = &search)}</p> }.into_any()
        };
        view! {
            {nav(&visit)}
            <p class="back"><a href="/staff">{td_string!(l, staff.back)}</a></p>
            <header class="page-head">
                {date_title(l, &concert, &schedule, td_string!(l, staff.schedule))}
            </header>
            {date_nav(&visit, id)}
            <dl class="figures">
                {figure(td_string!(l, staff.left), schedule.left_ticket)}
                {figure(td_string!(l, staff.held), count(ReservationStatus::Reserved))}
                {figure(td_string!(l, staff.bought), count(ReservationStatus::Purchase))}
                {figure(td_string!(l, staff.cancelled), count(ReservationStatus::Cancel))}
            </dl>
            <form method="get" role="search" class="search">
                <label for="q">{td_string!(l, staff.search)}</label>
                <input id="q" type="search" name="q" value=search.clone() maxlength="100"/>
                <button class="button">{td_string!(l, staff.find)}</button>
                {(!search.is_empty()).then(|| view! {
                    <a class="quiet" href=format!("/staff/schedules/{id}")>{td_string!(l, staff.clear)}</a>
                })}
            </form>
            {list}
            {is_full.then(|| view! { <p class="muted">{td_string!(l, staff.first, count = back_office::PAGE)}</p> })}
        }
    })
    .into_result()
}

fn table(l: Locale, reservations: Vec<Reservation>, now: Timestamp) -> impl IntoView {
    let row = move |r: Reservation| {
        let fan = view! {
            <a href=staff_fan_path(r.user_id)>{r.fan_name.clone()}</a>
            <br/>
            <span class="muted small">{r.fan_address().map(str::to_owned)}</span>
        };
        vec![
            fan.into_any(),
            seat_link(l, &r),
            grouped(r.price).into_any(),
            state(l, &r, now).into_any(),
            words::when(l, r.updated_at, &r.time_zone, Detail::Short).into_any(),
        ]
    };
    view! {
        <DataTable
            label=td_string!(l, staff.schedule)
            columns=vec![
                (td_string!(l, staff.fan), false),
                (td_string!(l, staff.seat), false),
                (td_string!(l, staff.price), true),
                (td_string!(l, staff.state), false),
                (td_string!(l, staff.when), false),
            ]
            rows=reservations.into_iter().map(row).collect()
        />
    }
}
