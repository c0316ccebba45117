//! The pages for staff: the sales of each date, the control room, the counter, the door, the books, the programme with
//! its dates, the seating plans, the team, and the log of staff. Each handler takes a proof (such as `Owner`) that the
//! visitor has the duty that the route requires.

pub mod addresses;
pub mod books;
pub mod call_off;
pub mod concerts;
pub mod control;
pub mod counter;
pub mod door;
mod edited;
pub mod exchange;
pub mod house_seats;
pub mod legal;
pub mod log;
pub mod mails;
pub mod offline_door;
pub mod plans;
pub mod reschedule;
pub mod reservations;
pub mod schedules;
pub mod team;
pub mod till;

use crate::components::forms::{ActionButton, TextField};
use crate::components::views::{sale_words, tag};
use crate::paths::concert_or_preview_path;
use crate::server::visit::Visit;
use crate::words::{self, Detail, Locale, td_string};
use encore::Outcome;
use encore::domain::account::Duty;
use encore::domain::concert::Publication;
use encore::domain::points::grouped;
use encore::domain::{Concert, ConcertSchedule, Field, ScheduleId, Timestamp};
use leptos::prelude::*;

/// Links to the parts of the back office that the visitor's duty gives access to, below what owners must know at once.
fn nav(visit: &Visit) -> impl IntoView + use<> {
    let l = visit.locale;
    let is_owner = visit.user.as_ref().is_some_and(|user| user.duty == Some(Duty::Owner));
    let damage = (is_owner && visit.house().is_damaged())
        .then(|| view! { <p class="notice notice-bad" role="alert">{td_string!(l, staff.damaged)}</p> });
    let parts = [
        ("/staff", td_string!(l, staff.nav_sales), Duty::BoxOffice),
        ("/staff/window", td_string!(l, staff.nav_window), Duty::BoxOffice),
        ("/staff/door", td_string!(l, staff.nav_door), Duty::Door),
        ("/staff/books", td_string!(l, staff.nav_books), Duty::BoxOffice),
        ("/staff/concerts", td_string!(l, staff.nav_concerts), Duty::Owner),
        ("/staff/plans", td_string!(l, staff.nav_plans), Duty::Owner),
        ("/staff/team", td_string!(l, staff.nav_team), Duty::Owner),
        ("/staff/mail", td_string!(l, mails.title), Duty::Owner),
        ("/staff/legal", td_string!(l, legal.title), Duty::Owner),
        ("/staff/log", td_string!(l, staff.nav_log), Duty::Owner),
    ];
    let parts = parts.map(|(to, text, required)| (to.to_owned(), text, required));
    let links = links(visit, "parts", td_string!(l, staff.nav), parts, |here, to| {
        // The pages of a date belong to the sales, those of a fan and of a ticket to the counter.
        let below: &[&str] = match to {
            "/staff" => &["/staff/schedules"],
            "/staff/window" => &["/staff/fans", "/staff/tickets", "/staff/till"],
            _ => &[],
        };
        let is_in = |part: &str| here.strip_prefix(part).is_some_and(|rest| rest.starts_with('/'));
        here == to || to != "/staff" && is_in(to) || below.iter().any(|part| here == *part || is_in(part))
    });
    view! { {damage} {links} }
}

/// The field for the visitor's own password, in a form for which a session alone must not be enough. `action` is the path of
/// the form; [`verify_own_password`] reads the field.
fn own_password(visit: &Visit, action: &str) -> impl IntoView + use<> {
    let l = visit.locale;
    let email = visit.user.as_ref().map(|user| user.email.clone()).unwrap_or_default();
    let id = format!("present{}", action.replace('/', "-"));
    let wrong = visit.field_error(Field::PresentPassword).filter(|_| visit.path == action);
    view! {
        <input type="hidden" name="account" autocomplete="username" value=email/>
        <TextField name="present" id label=td_string!(l, staff.own_password) kind="password" value=""
            autocomplete="current-password" wrong/>
    }
}

/// Checks the visitor's own password in a posted form.
///
/// # Errors
/// As [`Visit::verified_hash`].
async fn verify_own_password(visit: &Visit) -> Outcome<()> {
    visit.verified_hash(visit.posted.field("present").unwrap_or_default().to_owned()).await.map(drop)
}

/// The title of a page about one date, with the name of the concert and the date above it.
fn date_title(l: Locale, concert: &Concert, schedule: &ConcertSchedule, title: &'static str) -> impl IntoView + use<> {
    let when = words::when(l, schedule.show_time, &concert.time_zone, Detail::Full);
    view! {
        <p class="what">{concert.title.clone()}" · "{when}</p>
        <h1>{title}</h1>
    }
}

/// Links to the pages of one date that the visitor's duty gives access to.
fn date_nav(visit: &Visit, id: ScheduleId) -> impl IntoView + use<> {
    let l = visit.locale;
    let parts = [
        ("/control", td_string!(l, control.title), Duty::BoxOffice),
        ("", td_string!(l, sale.who), Duty::BoxOffice),
        ("/books", td_string!(l, staff.nav_books), Duty::BoxOffice),
        ("/house", td_string!(l, house.title), Duty::BoxOffice),
        ("/edit", td_string!(l, control.set_up), Duty::Owner),
    ];
    let parts = parts.map(|(part, text, required)| (format!("/staff/schedules/{id}{part}"), text, required));
    links(visit, "tabs", td_string!(l, sale.title), parts, |here, to| here == to)
}

/// The links that the visitor's duty gives access to. Each of `parts` is an address, a text, and the required duty.
/// `is_at(path, address)` is true if the page at `path` belongs to the link to `address`, which is then marked as
/// current.
fn links<const COUNT: usize>(
    visit: &Visit,
    class: &'static str,
    label: &'static str,
    parts: [(String, &'static str, Duty); COUNT],
    is_at: fn(&str, &str) -> bool,
) -> impl IntoView + use<COUNT> {
    let duty = visit.user.as_ref().and_then(|user| user.duty);
    let here = visit.path.split('?').next().unwrap_or_default().to_owned();
    let open = parts.into_iter().filter(|(.., required)| duty.is_some_and(|duty| duty.includes(*required)));
    let links = open.map(|(to, text, _)| {
        let current = is_at(&here, &to).then_some("page");
        view! { <li><a href=to aria-current=current>{text}</a></li> }
    });
    let links: Vec<_> = links.collect();
    // Nobody needs a choice of one.
    (links.len() > 1).then(|| view! { <nav class=class aria-label=label><ul>{links}</ul></nav> })
}

/// Links to the sections of a long page. Each of `parts` is the id and the text of a section's heading.
fn sections_nav(l: Locale, parts: &[(&'static str, &'static str)]) -> impl IntoView + use<> {
    let link = |&(id, text): &(&'static str, &'static str)| view! { <li><a href=format!("#{id}")>{text}</a></li> };
    let links = parts.iter().map(link).collect_view();
    view! { <nav class="jump" aria-label=td_string!(l, staff.on_this_page)><ul>{links}</ul></nav> }
}

/// A chart (SVG) as HTML, with the values at its bottom and its top beside it. It is hidden from screen readers: the
/// same is said in words below each chart.
fn scaled(svg: &str, low: i64, high: i64) -> String {
    let (low, high) = (grouped(low), grouped(high));
    format!("<div class=\"scaled\" aria-hidden=\"true\">{svg}<span>{high}</span><span>{low}</span></div>")
}

/// The class and the text of the label with the state of a date: a draft, which only staff see, or the state of its
/// sale at `now`.
fn state_words(l: Locale, schedule: &ConcertSchedule, now: Timestamp) -> (&'static str, &'static str) {
    match schedule.status {
        Publication::Draft => status_words(l, schedule.status),
        Publication::Published => sale_words(l, schedule.sale_state(now)),
    }
}

/// The label of [`state_words`].
fn state_tag(l: Locale, schedule: &ConcertSchedule, now: Timestamp) -> impl IntoView + use<> {
    tag(state_words(l, schedule, now))
}

/// The form that deletes a draft. It is folded away, so that nobody presses its button by mistake.
fn delete_section(l: Locale, action: String, more: &'static str) -> impl IntoView {
    view! {
        <details class="folded">
            <summary>{td_string!(l, staff.delete)}</summary>
            <p class="muted">{more}</p>
            <ActionButton action text=td_string!(l, staff.delete_do)/>
        </details>
    }
}

/// A link to a page as fans see it: the public one or, of a draft, a preview for owners.
fn public_link(l: Locale, concert: &Concert) -> impl IntoView + use<> {
    let text = match concert.status {
        Publication::Draft => td_string!(l, staff.preview),
        Publication::Published => td_string!(l, staff.public_page),
    };
    view! { <a class="button button-second" href=concert_or_preview_path(concert)>{text}</a> }
}

/// The class and the text of a label that says whether a concert or a date is a draft, which only staff see, or
/// published.
fn status_words(l: Locale, status: Publication) -> (&'static str, &'static str) {
    match status {
        Publication::Draft => ("tag tag-soon", td_string!(l, staff.draft)),
        Publication::Published => ("tag tag-on", td_string!(l, staff.is_published)),
    }
}

/// The label of [`status_words`].
fn status_tag(l: Locale, status: Publication) -> impl IntoView + use<> {
    tag(status_words(l, status))
}
