//! The seats of one date that staff sell at the counter, give away, keep back or release.

use super::{date_nav, nav};
use crate::components::forms::{Hidden, Select, TextField};
use crate::components::hall::{MapFrame, SEATS_A_PAGE, ViewerSeats};
use crate::paths::staff_fan_path;
use crate::server::page::{Page, Shown};
use crate::server::session::Notice;
use crate::server::visit::Visit;
use crate::words::{self, Detail, td_string};
use encore::back_office::{self, BoxOffice, Control, KeptSeat, Paid};
use encore::domain::{Field, Refusal, ScheduleId, SeatId};
use encore::{Outcome, calendar};
use leptos::prelude::*;
use serde::Deserialize;
use std::sync::Arc;

fn path(id: ScheduleId) -> String {
    format!("/staff/schedules/{id}/house")
}

pub async fn page(visit: Arc<Visit>, proof: BoxOffice) -> Outcome<Shown> {
    let l = visit.locale;
    let id = ScheduleId(visit.id()?);
    let Control { concert, schedule, .. } = back_office::control(visit.house(), proof, id).await?;
    let kept = back_office::kept_seats(visit.house(), proof, id).await?;
    let hall = visit.house().hall(id).await?;
    let (_, states) = hall.states(visit.house().clock().now());
    let sections = hall.plan().sections();
    let asked = visit.query("section").or(Some(visit.field("section")));
    let open = (states.len() > SEATS_A_PAGE)
        .then(|| sections.iter().position(|section| Some(&*section.name) == asked).unwrap_or(0));
    let names: Vec<String> = sections.iter().map(|section| section.name.clone()).collect();
    let wished = chosen(&visit).into_iter().collect();
    let mine = ViewerSeats { wished, ..ViewerSeats::default() };
    let (seats, sheet) = visit.app.halls.of(id, l, hall.plan()).map(open, &states, &mine);
    Page::of(td_string!(l, house.title), move || {
        let here = path(id);
        let typed = |name| visit.typed(name).unwrap_or_default().to_owned();
        let section_name = open.and_then(|open| names.get(open).cloned());
        let choose_section = section_name.clone().map(|open| {
            let options = names.iter().map(|name| (name.clone(), name.clone())).collect();
            view! {
                <form method="get" action=here.clone() class="finder party">
                    <Select name="section" label=td_string!(l, seats.sections) options value=open/>
                    <button class="button button-second">{td_string!(l, house.show)}</button>
                </form>
            }
        });
        let paid = vec![
            ("cash".to_owned(), td_string!(l, house.cash).to_owned()),
            ("points".to_owned(), td_string!(l, house.points).to_owned()),
            ("nothing".to_owned(), td_string!(l, house.nothing).to_owned()),
        ];
        let kept_row = |seat: &KeptSeat| {
            let name = words::seat_name(l, &seat.name);
            let until = seat.until.map(|at| {
                td_string!(l, house.until, when = words::when(l, at, &concert.time_zone, Detail::Day))
            });
            let field = format!("kept-{}", seat.id);
            view! {
                <li class="check">
                    <input type="checkbox" id=field.clone() name="seat_ids[]" value=seat.id.to_string()/>
                    <label for=field>{name}</label>
                    <p class="hint">{seat.reason.clone()}" "{until}</p>
                </li>
            }
        };
        let has_kept = !kept.is_empty();
        let kept = kept.iter().map(kept_row).collect_view();
        view! {
            {nav(&visit)}
            <header class="page-head">
                <p class="what">{concert.title.clone()}" · "{words::when(l, schedule.show_time, &concert.time_zone, Detail::Full)}</p>
                <h1>{td_string!(l, house.title)}</h1>
            </header>
            {date_nav(&visit, id)}
            {choose_section}
            <form method="post" action=here.clone() class="hall">
                {section_name.map(|section| view! { <Hidden name="section" value=section/> })}
                // The enter key presses the first button of a form: this one, which changes nothing.
                <button class="visually-hidden" name="do" value="nothing" tabindex="-1">{td_string!(l, house.show)}</button>
                <p class="muted">{td_string!(l, house.choose)}</p>
                <MapFrame l id sheet/>
                <div class="knobs">
                    <fieldset class="panel form">
                        <legend>{td_string!(l, house.sell)}</legend>
                        <TextField name="email" label=td_string!(l, house.email) hint=td_string!(l, house.email_hint) required=false
                            value=typed("email") wrong=visit.wrong(Field::Email)/>
                        <Select name="paid" label=td_string!(l, house.paid) options=paid value=typed("paid")/>
                        <TextField name="sell_reason" label=td_string!(l, house.free_reason) required=false value=typed("sell_reason")/>
                        <button class="button" name="do" value="sell">{td_string!(l, house.sell_do)}</button>
                    </fieldset>
                    <fieldset class="panel form">
                        <legend>{td_string!(l, house.keep)}</legend>
                        <TextField name="reason" label=td_string!(l, window.reason) required=false value=typed("reason")
                            wrong=visit.wrong(Field::Note)/>
                        <TextField name="until" label=td_string!(l, house.release_at) hint=td_string!(l, house.release_hint) kind="datetime-local"
                            required=false value=typed("until") wrong=visit.wrong(Field::ShowTime)/>
                        <button class="button" name="do" value="keep">{td_string!(l, house.keep_do)}</button>
                    </fieldset>
                </div>
            </form>
            <section aria-labelledby="kept">
                <h2 id="kept">{td_string!(l, house.kept)}</h2>
                {if has_kept {
                    view! {
                        <form method="post" action=here class="form panel">
                            <ul class="form">{kept}</ul>
                            <button class="button button-second" name="do" value="release">{td_string!(l, house.release)}</button>
                        </form>
                    }.into_any()
                } else {
                    view! { <p class="muted">{td_string!(l, house.none_kept)}</p> }.into_any()
                }}
            </section>
        }
    })
    .with(seats)
    .show()
}

/// The part of the form that sells seats or gives them away.
#[derive(Default, Deserialize)]
#[serde(default)]
struct SaleForm {
    paid: String,
    email: String,
    sell_reason: String,
}

/// The part of the form that keeps seats back.
#[derive(Default, Deserialize)]
#[serde(default)]
struct KeepForm {
    until: String,
    reason: String,
}

/// The seats that a form names.
fn chosen(visit: &Visit) -> Vec<SeatId> {
    visit.fields("seat_ids[]").filter_map(|id| id.parse().ok()).map(SeatId).collect()
}

pub async fn act(visit: Arc<Visit>, proof: BoxOffice) -> Outcome<Shown> {
    let id = ScheduleId(visit.id()?);
    let seats = chosen(&visit);
    match visit.field("do") {
        "sell" => {
            let SaleForm { paid, email, sell_reason } = visit.form("")?;
            let paid = match &*paid {
                "cash" => Paid::Cash,
                "points" => Paid::Points,
                "nothing" => Paid::Nothing,
                _ => return Err(Refusal::invalid(Field::Request).into()),
            };
            let fan = back_office::sell(visit.house(), proof, id, seats, &email, paid, &sell_reason).await?;
            visit.go(staff_fan_path(fan), Notice::Sold).await
        }
        "keep" => {
            let zone = back_office::control(visit.house(), proof, id).await?.concert.time_zone;
            let KeepForm { until, reason } = visit.form("")?;
            let until = match until.trim() {
                "" => None,
                at => Some(calendar::instant(at, &zone, Field::ShowTime)?),
            };
            back_office::keep_back(visit.house(), proof, id, seats, &reason, until).await?;
            visit.go(path(id), Notice::Saved).await
        }
        "release" => {
            back_office::release_kept(visit.house(), proof, id, seats).await?;
            visit.go(path(id), Notice::Saved).await
        }
        // The enter key: the page is shown again, and the ticked seats stay ticked.
        _ => page(visit, proof).await,
    }
}
