//! What staff see and set: the programme, the dates with their terms and halls, the drawings, the team and the log of what it
//! did. Each page asks for the proof of the duty that it takes.

pub mod books;
pub mod concerts;
pub mod control;
pub mod door;
pub mod house_seats;
pub mod log;
pub mod plans;
pub mod reservations;
pub mod schedules;
pub mod team;
pub mod window;

use crate::server::page::Visit;
use crate::words::{Locale, td_string};
use encore::Outcome;
use encore::back_office::{self, BoxOffice, Owner, Staff};
use encore::domain::ScheduleId;
use encore::domain::account::Duty;
use encore::domain::concert::Publication;
use leptos::prelude::*;

async fn staff(visit: &Visit) -> Outcome<Staff> {
    back_office::staff(visit.house(), visit.fan()?).await
}

async fn box_office(visit: &Visit) -> Outcome<BoxOffice> {
    Ok(staff(visit).await?.box_office()?)
}

async fn owner(visit: &Visit) -> Outcome<Owner> {
    Ok(staff(visit).await?.owner()?)
}

/// The parts of the back office, those that the visitor's duty opens.
fn nav(visit: &Visit) -> impl IntoView + use<> {
    let l = visit.locale;
    let duty = visit.user.as_ref().and_then(|user| user.duty);
    let parts = [
        ("/staff", td_string!(l, staff.nav_sales), Duty::BoxOffice),
        ("/staff/window", td_string!(l, staff.nav_window), Duty::BoxOffice),
        ("/staff/door", td_string!(l, staff.nav_door), Duty::Door),
        ("/staff/books", td_string!(l, staff.nav_books), Duty::BoxOffice),
        ("/staff/concerts", td_string!(l, staff.nav_concerts), Duty::Owner),
        ("/staff/plans", td_string!(l, staff.nav_plans), Duty::Owner),
        ("/staff/team", td_string!(l, staff.nav_team), Duty::Owner),
        ("/staff/log", td_string!(l, staff.nav_log), Duty::Owner),
    ];
    let here = visit.path.split('?').next().unwrap_or_default().to_owned();
    let link = |(to, text, takes): (&'static str, &'static str, Duty)| {
        let is_here = here == to || to != "/staff" && here.starts_with(&format!("{to}/"));
        duty.filter(|duty| duty.includes(takes)).map(|_| {
            view! { <li><a href=to aria-current=is_here.then_some("page")>{text}</a></li> }
        })
    };
    view! { <nav class="parts" aria-label=td_string!(l, staff.nav)><ul>{parts.map(link).into_iter().collect_view()}</ul></nav> }
}

/// The parts of one date, those that the visitor's duty opens.
fn date_nav(visit: &Visit, id: ScheduleId) -> impl IntoView + use<> {
    let l = visit.locale;
    let duty = visit.user.as_ref().and_then(|user| user.duty);
    let here = visit.path.split('?').next().unwrap_or_default().to_owned();
    let parts = [
        ("/control", td_string!(l, control.title), Duty::BoxOffice),
        ("", td_string!(l, sale.who), Duty::BoxOffice),
        ("/books", td_string!(l, staff.nav_books), Duty::BoxOffice),
        ("/house", td_string!(l, house.title), Duty::BoxOffice),
        ("/edit", td_string!(l, control.set_up), Duty::Owner),
    ];
    let link = |(part, text, takes): (&str, &'static str, Duty)| {
        let to = format!("/staff/schedules/{id}{part}");
        let is_here = here == to;
        duty.filter(|duty| duty.includes(takes)).map(|_| {
            view! { <li><a href=to aria-current=is_here.then_some("page")>{text}</a></li> }
        })
    };
    let links = parts.map(link).into_iter().collect_view();
    view! { <nav class="tabs" aria-label=td_string!(l, sale.title)><ul>{links}</ul></nav> }
}

/// What fans see of something, as a tag.
fn status_tag(l: Locale, status: Publication) -> impl IntoView {
    match status {
        Publication::Draft => view! { <span class="tag tag-soon">{td_string!(l, staff.draft)}</span> },
        Publication::Published => view! { <span class="tag tag-on">{td_string!(l, staff.is_published)}</span> },
    }
}

/// A duty as people call it.
pub fn duty_name(l: Locale, duty: Duty) -> &'static str {
    match duty {
        Duty::Owner => td_string!(l, team.owner),
        Duty::BoxOffice => td_string!(l, team.box_office),
        Duty::Door => td_string!(l, team.door),
    }
}
