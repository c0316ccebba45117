//! The door: a ticket is held in front of the phone's camera, or its code is typed, and the page says whether its
//! holder may come in.

use super::{nav, offline_door};
use crate::components::forms::TextField;
use crate::components::views::Empty;
use crate::server::page::{Page, PageResult};
use crate::server::visit::Visit;
use crate::words::{self, Detail, Locale, td_string};
use encore::back_office::{self, Checked, Door, DoorFigures};
use encore::domain::ScheduleId;
use encore::domain::points::grouped;
use encore::domain::ticket::Verdict;
use encore::{Outcome, ticket_code};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

fn path(id: ScheduleId) -> String {
    format!("/staff/door/{id}")
}

/// How many of the tickets that were sold have let somebody in.
fn figures(l: Locale, inside: i64, sold: i64) -> String {
    match sold {
        0 => td_string!(l, door.none_sold).to_owned(),
        _ => td_string!(l, door.inside_of, inside = grouped(inside), sold = grouped(sold)),
    }
}

/// The list of shows whose tickets can be checked, each with a link to its door.
pub async fn doors(visit: Arc<Visit>, proof: Door) -> Outcome<PageResult> {
    let l = visit.locale;
    let doors = back_office::doors(visit.house(), proof).await?;
    Page::of(td_string!(l, staff.nav_door), move || {
        let is_empty = doors.is_empty();
        let row = |door: DoorFigures| {
            let when = words::when(l, door.schedule.show_time, &door.concert.time_zone, Detail::Full);
            let venue = door.schedule.venue(&door.concert).to_owned();
            view! {
                <li class="row-item">
                    <div class="row-main">
                        <h2 class="row-title"><a href=path(door.schedule.id)>{door.concert.title}</a></h2>
                        <p class="muted">{when}" · "{venue}</p>
                    </div>
                    <p class="row-side">{figures(l, door.inside, door.sold)}</p>
                </li>
            }
        };
        view! {
            {nav(&visit)}
            <header class="page-head"><h1>{td_string!(l, staff.nav_door)}</h1><p class="muted">{td_string!(l, door.lead)}</p></header>
            {is_empty.then(|| view! { <Empty title=td_string!(l, door.empty_title) text=td_string!(l, door.empty)/> })}
            <ul class="rows">{doors.into_iter().map(row).collect_view()}</ul>
        }
    })
    .into_result()
}

/// The page of one show's door.
pub async fn door(visit: Arc<Visit>, proof: Door) -> Outcome<PageResult> {
    show(visit, proof, None).await
}

/// Shows the door with the verdict about the code that was checked, if any.
async fn show(visit: Arc<Visit>, proof: Door, checked: Option<(Checked, String)>) -> Outcome<PageResult> {
    let l = visit.locale;
    let DoorFigures { concert, schedule, sold, inside } =
        back_office::door(visit.house(), proof, ScheduleId(visit.id()?)).await?;
    let problems = back_office::door_problems(visit.house(), proof, schedule.id).await?;
    Page::of(td_string!(l, staff.nav_door), move || {
        let when = words::when(l, schedule.show_time, &concert.time_zone, Detail::Full);
        let verdict = match &checked {
            Some((checked, code)) => verdict(l, checked, code),
            None => format!("<p class=\"muted\">{}</p>", td_string!(l, door.ready)),
        };
        let problems = offline_door::problems(l, &concert.time_zone, &problems);
        // An unknown code is shown in the field again, so that a typing mistake can be corrected.
        let code = checked.filter(|(checked, _)| checked.verdict == Verdict::Unknown).map(|(_, code)| code);
        view! {
            {nav(&visit)}
            <p class="back"><a href="/staff/door">{td_string!(l, staff.nav_door)}</a></p>
            <header class="page-head door-head">
                <h1>{concert.title.clone()}</h1>
                <p class="what">{when}</p>
            </header>
            <div class="door" id="door" data-schedule=schedule.id.to_string() data-words=offline_door::words(l)>
                <p class="small door-line">
                    <strong data-inside="">{figures(l, inside, sold)}</strong>
                    <span data-state=""></span>
                </p>
                <p class="notice notice-bad" data-unkept="" role="alert" hidden>{td_string!(l, door.unkept)}</p>
                <div data-problems="" role="status" inner_html=problems></div>
                <div class="door-verdict" role="status" aria-live="assertive" data-verdict=""
                    data-checking=td_string!(l, door.checking) data-failed=td_string!(l, door.failed) inner_html=verdict></div>
                <div class="door-camera" data-camera="" hidden>
                    <button class="button" type="button" data-start="">{td_string!(l, door.camera)}</button>
                    <video playsinline muted hidden aria-label=td_string!(l, door.camera_view)></video>
                    <p class="muted small" data-denied="" hidden>{td_string!(l, door.denied)}</p>
                </div>
                <form method="post" class="form panel" id="code-form">
                    <TextField name="code" label=td_string!(l, door.code) hint=td_string!(l, door.code_hint) value=code.unwrap_or_default()/>
                    <button class="button button-second">{td_string!(l, door.check)}</button>
                </form>
                <script type="module" src="/static/door.js"></script>
            </div>
        }
    })
    .with_layout("door")
    .into_result()
}

/// The form with the code of a ticket. `early` is filled in by the button that lets somebody in too early, and `scan`
/// by the script, which sends the check again under the same id if the answer is lost.
#[derive(Default, Deserialize)]
#[serde(default)]
struct CodeForm {
    code: String,
    early: String,
    scan: String,
}

/// The answer to the script of the page.
#[derive(Serialize)]
struct CheckedJson {
    /// The verdict, as HTML.
    html: String,
    /// How many tickets have let somebody in now, as a text.
    inside: String,
    /// The digest of the ticket in the list of tickets, whichever of its codes was checked.
    ticket: Option<String>,
}

/// Checks a code. The script of the page requests only the verdict (`?part=verdict`), as JSON, since an answer of any
/// other kind is not from this server. Who accepts HTML receives the verdict alone.
pub async fn check(visit: Arc<Visit>, proof: Door) -> Outcome<PageResult> {
    let l = visit.locale;
    let id = ScheduleId(visit.id()?);
    let CodeForm { code, early, scan } = visit.posted.read()?;
    let scan = Some(scan).filter(|scan| !scan.is_empty());
    let checked = back_office::check_in(visit.house(), proof, id, &code, !early.is_empty(), scan).await?;
    if visit.query("part") != Some("verdict") {
        return show(visit, proof, Some((checked, code))).await;
    }
    let html = verdict(l, &checked, &code);
    if visit.wants_page() {
        return Ok(PageResult::fragment(html));
    }
    Ok(offline_door::json(&CheckedJson {
        html,
        inside: figures(l, checked.inside, checked.sold),
        ticket: checked.ticket.map(|ticket| ticket_code::digest(visit.house().keys(), (&ticket).into())),
    }))
}

/// The verdict on `code` as HTML, in letters large enough for staff and the ticket's holder to read. If it is too early,
/// with a button that lets the holder in nevertheless.
fn verdict(l: Locale, checked: &Checked, code: &str) -> String {
    let zone = checked.ticket.as_ref().map_or("UTC", |ticket| &*ticket.time_zone);
    let (class, word) = match checked.verdict {
        Verdict::Valid => ("good", td_string!(l, door.valid).to_owned()),
        Verdict::Used { at } => ("bad", td_string!(l, door.used, when = words::when(l, at, zone, Detail::Day))),
        Verdict::TooEarly { opens } => {
            ("bad", td_string!(l, door.too_early, when = words::when(l, opens, zone, Detail::Day)))
        }
        Verdict::WrongShow => ("bad", td_string!(l, door.wrong_show).to_owned()),
        Verdict::Cancelled => ("bad", td_string!(l, door.cancelled).to_owned()),
        Verdict::HandedOn => ("bad", td_string!(l, door.handed_on).to_owned()),
        Verdict::Unknown => ("bad", td_string!(l, door.unknown).to_owned()),
    };
    let about = checked.ticket.as_ref().map(|ticket| {
        let show = match checked.verdict {
            Verdict::WrongShow => {
                format!(
                    "{}, {}",
                    ticket.concert_title,
                    words::when(l, ticket.show_time, &ticket.time_zone, Detail::Full)
                )
            }
            _ => ticket.fan_name.clone(),
        };
        format!("{} · {show}", words::seat_name(l, &ticket.seat_name()))
    });
    let let_in = matches!(checked.verdict, Verdict::TooEarly { .. }).then(|| {
        format!(
            "<form method=\"post\"><input type=\"hidden\" name=\"code\" value=\"{}\"/>\
                <button class=\"button button-second\" name=\"early\" value=\"yes\">{}</button></form>",
            html_escape::encode_double_quoted_attribute(code),
            td_string!(l, door.let_in),
        )
    });
    let let_in = let_in.unwrap_or_default();
    format!(
        "<p class=\"verdict verdict-{class}\">{}</p><p class=\"verdict-about\">{}</p>{let_in}",
        html_escape::encode_text(&word),
        html_escape::encode_text(&about.unwrap_or_default()),
    )
}
