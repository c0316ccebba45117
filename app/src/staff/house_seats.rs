//! The seats of one date that staff sell at the counter, give away, keep back or release.

use super::{date_nav, date_title, nav};
use crate::components::forms::{Hidden, Select, TextField, send_words};
use crate::components::hall::{
    HallHtml, MAX_SEATS_SHOWN, MapBar, MapFrame, SeatList, ViewerSeats, followed, map_words,
};
use crate::islands::{MapWords, SeatMap};
use crate::paths::staff_fan_path;
use crate::server::flash::Notice;
use crate::server::page::{Page, PageResult};
use crate::server::visit::Visit;
use crate::words::{self, Detail, Locale, td_string};
use encore::back_office::{self, BoxOffice, Buyer, Control, KeptSeat, Paid};
use encore::domain::{Field, Refusal, ScheduleId, SeatId, Timestamp};
use encore::{Outcome, calendar};
use leptos::prelude::*;
use serde::Deserialize;
use std::sync::Arc;

/// The largest form that ticks seats, in bytes: enough for every seat of the largest hall.
pub const SEATS_BYTES: usize = 640 << 10;

fn path(id: ScheduleId) -> String {
    format!("/staff/schedules/{id}/house")
}

/// The most seats that staff choose at once.
const MAX_CHOSEN: u32 = 500;

/// The fields of both forms of the page: one form sells the seats that are ticked on the map or keeps them back, the
/// other releases seats that were kept back.
#[derive(Default, Deserialize)]
#[serde(default)]
struct HouseForm {
    /// The button that was pressed: `sell`, `keep`, `release`, or `nothing`.
    r#do: String,
    seat_ids: Vec<String>,
    paid: String,
    email: String,
    name: String,
    sell_reason: String,
    until: String,
    reason: String,
}

impl HouseForm {
    fn seats<C: FromIterator<SeatId>>(&self) -> C {
        self.seat_ids.iter().filter_map(|id| id.parse().ok()).map(SeatId).collect()
    }

    fn paid(&self) -> Result<Paid, Refusal> {
        match &*self.paid {
            "cash" => Ok(Paid::Cash),
            "points" => Ok(Paid::Points),
            "nothing" => Ok(Paid::Nothing),
            _ => Err(Refusal::invalid(Field::Request)),
        }
    }

    /// When the seats that this form keeps back are released. `None` if the field is empty: they are then kept until
    /// staff release them.
    fn until(&self, time_zone: &str) -> Result<Option<Timestamp>, Refusal> {
        match self.until.trim() {
            "" => Ok(None),
            at => calendar::instant(at, time_zone, Field::ShowTime).map(Some),
        }
    }
}

pub async fn page(visit: Arc<Visit>, proof: BoxOffice) -> Outcome<PageResult> {
    let l = visit.locale;
    let id = ScheduleId(visit.id()?);
    let Control { concert, schedule, .. } = back_office::control(visit.house(), proof, id).await?;
    let kept = back_office::kept_seats(visit.house(), proof, id).await?;
    let hall = visit.house().hall(id).await?;
    let (of_states, states) = hall.states(visit.house().clock().now());
    let names: Vec<String> = hall.plan().sections().iter().map(|section| section.name.clone()).collect();
    let open = (states.len() > MAX_SEATS_SHOWN)
        .then(|| names.iter().position(|name| Some(&**name) == visit.query_or_field("section")).unwrap_or(0));
    let wished = visit.posted.read::<HouseForm>()?.seats();
    let mine = ViewerSeats { wished, ..ViewerSeats::default() };
    let HallHtml { picture, list } = visit.app.halls.of(id, l, hall.plan()).map(open, &states, &mine);
    let pick = td_string!(l, house.choose);
    let words = MapWords { pick: pick.into(), ..map_words(l) };
    Page::of(td_string!(l, house.title), move || {
        let section = open.and_then(|open| names.get(open)).cloned();
        view! {
            {nav(&visit)}
            <header class="page-head">{date_title(l, &concert, &schedule, td_string!(l, house.title))}</header>
            {date_nav(&visit, id)}
            <div class="booking booking-staff">
                <div class="booking-notes">{section.clone().map(|section| section_form(l, id, names, section))}</div>
                <form method="post" action=path(id) class="hall">
                    {section.map(|section| view! { <Hidden name="section" value=section/> })}
                    // The enter key presses the first button of a form: this one, which changes nothing.
                    <button class="visually-hidden" name="do" value="nothing" tabindex="-1">{td_string!(l, house.show)}</button>
                    <SeatMap
                        schedule_id=id.0 version=followed(&of_states) fan=None limit=MAX_CHOSEN access_is_kept=false
                        holds=false words send=send_words(l)
                    >
                        <MapFrame l picture/>
                        <MapBar l pick holds=false/>
                        <div class="booking-find">{sale_fields(&visit)} {keep_fields(&visit)}</div>
                        <div class="map-notes"><SeatList l/></div>
                    </SeatMap>
                </form>
            </div>
            {kept_section(l, id, &concert.time_zone, kept)}
        }
    })
    .with_large_part(list)
    .with_layout("house-seats")
    .into_result()
}

/// The form that opens another section of a large hall.
fn section_form(l: Locale, id: ScheduleId, names: Vec<String>, open: String) -> impl IntoView {
    let options = names.into_iter().map(|name| (name.clone(), name)).collect();
    view! {
        <form method="get" action=path(id) class="finder party">
            <Select name="section" label=td_string!(l, seats.sections) options value=open/>
            <button class="button button-second">{td_string!(l, house.show)}</button>
        </form>
    }
}

/// The fields that sell the ticked seats or give them away.
fn sale_fields(visit: &Visit) -> impl IntoView + use<> {
    let l = visit.locale;
    let typed = |name| visit.typed(name).unwrap_or_default().to_owned();
    let error = |field| visit.typed("do").filter(|button| *button == "sell").and_then(|_| visit.field_error(field));
    let paid = [
        ("cash", td_string!(l, house.cash)),
        ("points", td_string!(l, house.points)),
        ("nothing", td_string!(l, house.nothing)),
    ];
    let paid = paid.map(|(word, text)| (word.to_owned(), text.to_owned())).to_vec();
    view! {
        <fieldset class="panel form">
            <legend>{td_string!(l, house.sell)}</legend>
            <TextField name="email" label=td_string!(l, house.email) hint=td_string!(l, house.email_hint) required=false
                value=typed("email") wrong=error(Field::Email)/>
            <TextField name="name" label=td_string!(l, house.name) hint=td_string!(l, house.name_hint) required=false
                value=typed("name") wrong=error(Field::Name)/>
            <Select name="paid" label=td_string!(l, house.paid) options=paid value=typed("paid")/>
            <TextField name="sell_reason" label=td_string!(l, house.free_reason) required=false value=typed("sell_reason")
                wrong=error(Field::Note)/>
            <button class="button" name="do" value="sell">{td_string!(l, house.sell_do)}</button>
        </fieldset>
    }
}

/// The fields that keep the ticked seats back.
fn keep_fields(visit: &Visit) -> impl IntoView + use<> {
    let l = visit.locale;
    let typed = |name| visit.typed(name).unwrap_or_default().to_owned();
    let error = |field| visit.typed("do").filter(|button| *button == "keep").and_then(|_| visit.field_error(field));
    view! {
        <fieldset class="panel form">
            <legend>{td_string!(l, house.keep)}</legend>
            <TextField name="reason" label=td_string!(l, window.reason) required=false value=typed("reason")
                wrong=error(Field::Note)/>
            <TextField name="until" label=td_string!(l, house.release_at) hint=td_string!(l, house.release_hint) kind="datetime-local"
                required=false value=typed("until") wrong=error(Field::ShowTime)/>
            <button class="button button-second" name="do" value="keep">{td_string!(l, house.keep_do)}</button>
        </fieldset>
    }
}

/// The seats that are kept back, each with its reason, and the form that releases them.
fn kept_section(l: Locale, id: ScheduleId, time_zone: &str, kept: Vec<KeptSeat>) -> impl IntoView + use<> {
    let row = |seat: &KeptSeat| {
        let until = seat.until.map(|at| td_string!(l, house.until, when = words::when(l, at, time_zone, Detail::Day)));
        let field = format!("kept-{}", seat.id);
        view! {
            <li class="check">
                <input type="checkbox" id=field.clone() name="seat_ids[]" value=seat.id.to_string()/>
                <label for=field>{words::seat_name(l, &seat.name)}</label>
                <p class="hint">{seat.reason.clone()}" "{until}</p>
            </li>
        }
    };
    let rows = kept.iter().map(row).collect_view();
    view! {
        <section aria-labelledby="kept">
            <h2 id="kept">{td_string!(l, house.kept)}</h2>
            {if kept.is_empty() {
                view! { <p class="muted">{td_string!(l, house.none_kept)}</p> }.into_any()
            } else {
                view! {
                    <form method="post" action=path(id) class="form panel">
                        <ul class="form">{rows}</ul>
                        <button class="button button-second" name="do" value="release">{td_string!(l, house.release)}</button>
                    </form>
                }.into_any()
            }}
        </section>
    }
}

pub async fn act(visit: Arc<Visit>, proof: BoxOffice) -> Outcome<PageResult> {
    let (id, house) = (ScheduleId(visit.id()?), visit.house());
    let form: HouseForm = visit.posted.read()?;
    match &*form.r#do {
        "sell" => {
            let (seats, paid) = (form.seats(), form.paid()?);
            let buyer = Buyer { email: &form.email, name: &form.name };
            let fan = back_office::sell(house, proof, id, seats, buyer, paid, &form.sell_reason).await?;
            Ok(visit.redirect(staff_fan_path(fan), Notice::Sold))
        }
        "keep" => {
            let zone = back_office::control(house, proof, id).await?.concert.time_zone;
            back_office::keep_back(house, proof, id, form.seats(), &form.reason, form.until(&zone)?).await?;
            Ok(visit.redirect(path(id), Notice::Saved))
        }
        "release" => {
            back_office::release_kept(house, proof, id, form.seats()).await?;
            Ok(visit.redirect(path(id), Notice::Saved))
        }
        // The enter key: the page is shown again, and the ticked seats stay ticked.
        _ => page(visit, proof).await,
    }
}
