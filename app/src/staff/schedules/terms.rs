//! The sale terms of a date: their form, as it is shown and as it was typed.

use crate::components::forms::{TextArea, TextField};
use crate::server::visit::{Visit, number};
use crate::staff::edited::Edited;
use crate::words::td_string;
use encore::domain::concert::SaleTerms;
use encore::domain::refund::{CoolingOff, FirstHours, RefundPolicy};
use encore::domain::schedule::{LOBBY_SECONDS, Window};
use encore::domain::{Field, Refusal, Timestamp};
use encore::{Outcome, calendar};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// The form of the sale terms, as it was typed.
#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
pub struct TermsForm {
    show_time: String,
    sale_start: String,
    sale_end: String,
    access_until: String,
    /// Of a box that is not ticked, browsers send nothing: `None`. These boxes are for a local time that occurs twice,
    /// because clocks are set back, and mean the second time.
    show_time_second: Option<String>,
    sale_start_second: Option<String>,
    sale_end_second: Option<String>,
    access_until_second: Option<String>,
    lobby_minutes: String,
    cooling_days: String,
    cooling_until: String,
    first_hours: String,
    first_until: String,
    refund_steps: String,
    seats_per_fan: String,
    active_fans: String,
    admissions_a_minute: String,
    no_orphan_seat: Option<String>,
    no_handing_on: Option<String>,
}

impl TermsForm {
    /// The form that shows `terms`, in the time zone `zone`.
    pub fn of(terms: &SaleTerms, zone: &str) -> Self {
        let SaleTerms { window, refund_policy, .. } = terms;
        let tick = |ticked: bool| ticked.then(|| "1".to_owned());
        let time = |at: Timestamp| (calendar::local(at, zone), tick(calendar::which_of_two(at, zone) == Some(true)));
        let optional = |at: Option<Timestamp>| at.map_or((String::new(), None), time);
        let count = |number: Option<u32>| number.map_or(String::new(), |number| number.to_string());
        // If the sale ends when the show begins, the field is empty: then the end of the sale moves with the show.
        let ends = Some(window.reservation_end).filter(|&end| end != terms.show_time);
        let (show_time, show_time_second) = time(terms.show_time);
        let (sale_start, sale_start_second) = time(window.reservation_start);
        let (sale_end, sale_end_second) = optional(ends);
        let (access_until, access_until_second) = optional(terms.access_until);
        Self {
            show_time,
            sale_start,
            sale_end,
            access_until,
            show_time_second,
            sale_start_second,
            sale_end_second,
            access_until_second,
            lobby_minutes: lobby_minutes(*window).to_string(),
            cooling_days: refund_policy.cooling_off.days.to_string(),
            cooling_until: refund_policy.cooling_off.until_days_before.to_string(),
            first_hours: count(refund_policy.first_hours.map(|first| first.hours)),
            first_until: count(refund_policy.first_hours.map(|first| first.until_days_before)),
            refund_steps: refund_policy.lines(),
            seats_per_fan: count(terms.seats_per_fan),
            active_fans: count(terms.active_fans),
            admissions_a_minute: count(terms.admissions_a_minute),
            no_orphan_seat: tick(terms.no_orphan_seat),
            no_handing_on: tick(terms.no_handing_on),
        }
    }

    /// The time of the show, as it was typed, and whether the second of two equal local times is meant.
    pub fn show_time(&self) -> (&str, bool) {
        (&self.show_time, self.show_time_second.is_some())
    }

    /// Parses the sale terms. `before` is the date's current terms, or `None` for a new date. The form shows times
    /// without seconds, so a time that was not changed in the form keeps the exact instant that it has in `before`.
    pub fn terms(&self, time_zone: &str, before: Option<&SaleTerms>) -> Outcome<SaleTerms> {
        let at = |typed: &str, second: &Option<String>, field, was: Option<Timestamp>| {
            let at = calendar::instant_of(typed, second.is_some(), time_zone, field)?;
            Ok::<_, Refusal>(was.filter(|was| was.0.div_euclid(60_000) == at.0.div_euclid(60_000)).unwrap_or(at))
        };
        let window = before.map(|terms| terms.window);
        let was = before.map(|terms| terms.show_time);
        let show_time = at(&self.show_time, &self.show_time_second, Field::ShowTime, was)?;
        let was = window.map(|was| was.reservation_start);
        let reservation_start = at(&self.sale_start, &self.sale_start_second, Field::SaleStart, was)?;
        let was = window.map(|was| was.reservation_end);
        let reservation_end = match self.sale_end.trim() {
            "" => show_time,
            typed => at(typed, &self.sale_end_second, Field::SaleEnd, was)?,
        };
        let was = before.and_then(|terms| terms.access_until);
        let access_until = match self.access_until.trim() {
            "" => None,
            typed => Some(at(typed, &self.access_until_second, Field::AccessUntil, was)?),
        };
        let lobby: i64 = number(&self.lobby_minutes, Field::LobbyMinutes)?.unwrap_or(LOBBY_SECONDS / 60);
        let lobby_start = match window {
            Some(was) if was.reservation_start == reservation_start && lobby_minutes(was) == lobby => was.lobby_start,
            _ => reservation_start.plus_seconds(lobby.saturating_mul(-60)),
        };
        let cooling_off = CoolingOff {
            days: number(&self.cooling_days, Field::RefundPolicy)?.unwrap_or(0),
            until_days_before: number(&self.cooling_until, Field::RefundPolicy)?.unwrap_or(0),
        };
        let until_days_before = number(&self.first_until, Field::RefundPolicy)?.unwrap_or(0);
        let first_hours = number(&self.first_hours, Field::RefundPolicy)?.filter(|hours| *hours > 0);
        let first_hours = first_hours.map(|hours| FirstHours { hours, until_days_before });
        Ok(SaleTerms {
            show_time,
            window: Window { lobby_start, ..Window::new(reservation_start, reservation_end) },
            seats_per_fan: number(&self.seats_per_fan, Field::SeatsPerFan)?,
            active_fans: number(&self.active_fans, Field::ActiveFans)?,
            admissions_a_minute: number(&self.admissions_a_minute, Field::AdmissionsAMinute)?,
            access_until,
            no_orphan_seat: self.no_orphan_seat.is_some(),
            no_handing_on: self.no_handing_on.is_some(),
            refund_policy: RefundPolicy::parse(cooling_off, &self.refund_steps)?.with_first_hours(first_hours)?,
        })
    }
}

/// How long before the opening the lobby opens, in whole minutes.
const fn lobby_minutes(window: Window) -> i64 {
    window.reservation_start.millis_from(window.lobby_start) as i64 / 60_000
}

/// The form of the sale terms. `action` is explicit, because after a refused form the browser's address may belong to
/// another form of this page. `zone` is the time zone in which times are shown.
pub fn terms_form(visit: &Visit, action: String, form: &Edited<'_>, zone: &str) -> impl IntoView + use<> {
    let l = visit.locale;
    let defaults = visit.house().settings();
    let time = |name: &'static str, label: &'static str, hint: &'static str, required: bool, field: Field| {
        let value = form.value(name);
        let wrong = form.note(name, visit.input_error(name, field));
        // The box is shown only if the local time occurs twice.
        let second =
            calendar::instant(&value, zone, field).ok().filter(|&at| calendar::which_of_two(at, zone).is_some());
        let second = second.map(|_| check_box(format!("{name}_second"), td_string!(l, sale.second_time), None, form));
        view! {
            <div class="field-group">
                <TextField name label hint kind="datetime-local" value required wrong/>
                {second}
            </div>
        }
    };
    let text = |name: &'static str, label: &'static str, hint: String, field: Field| {
        let wrong = form.note(name, visit.field_error(field));
        view! { <TextField name label hint inputmode="numeric" value=form.value(name) required=false wrong/> }
    };
    let as_house = |number| td_string!(l, sale.as_house, number = number);
    view! {
        <form method="post" action=action class="form panel">
            {form.seen()}
            <fieldset class="group">
                <legend>{td_string!(l, sale.times)}</legend>
                <p class="muted">{td_string!(l, concert.zone, zone = zone)}</p>
                <div class="fields">
                    {time("show_time", td_string!(l, sale.show_time), "", true, Field::ShowTime)}
                    {time("sale_start", td_string!(l, sale.sale_start), "", true, Field::SaleStart)}
                    {time("sale_end", td_string!(l, sale.sale_end), td_string!(l, sale.sale_end_hint), false, Field::SaleEnd)}
                    {text("lobby_minutes", td_string!(l, sale.lobby_minutes), td_string!(l, sale.lobby_hint).into(), Field::LobbyMinutes)}
                </div>
            </fieldset>
            <fieldset class="group">
                <legend>{td_string!(l, sale.queue)}</legend>
                <div class="fields">
                    {text("active_fans", td_string!(l, sale.active_fans), as_house(defaults.active_fans), Field::ActiveFans)}
                    {text("admissions_a_minute", td_string!(l, sale.pace), td_string!(l, sale.pace_hint).into(), Field::AdmissionsAMinute)}
                </div>
            </fieldset>
            <fieldset class="group">
                <legend>{td_string!(l, sale.seats)}</legend>
                <div class="fields">
                    {text("seats_per_fan", td_string!(l, sale.seats_per_fan), as_house(defaults.seats_per_fan), Field::SeatsPerFan)}
                    {time("access_until", td_string!(l, sale.access_until), td_string!(l, sale.access_hint), false, Field::AccessUntil)}
                </div>
                {check_box("no_orphan_seat".into(), td_string!(l, sale.orphan), Some(td_string!(l, sale.orphan_hint)), form)}
                {check_box("no_handing_on".into(), td_string!(l, sale.no_handing_on), Some(td_string!(l, sale.no_handing_on_hint)), form)}
            </fieldset>
            <fieldset class="group">
                <legend>{td_string!(l, sale.refunds)}</legend>
                <div class="fields">
                    {text("cooling_days", td_string!(l, sale.cooling_days), String::new(), Field::RefundPolicy)}
                    {text("cooling_until", td_string!(l, sale.cooling_until), String::new(), Field::RefundPolicy)}
                    {text("first_hours", td_string!(l, sale.first_hours), String::new(), Field::RefundPolicy)}
                    {text("first_until", td_string!(l, sale.first_until), String::new(), Field::RefundPolicy)}
                </div>
                <TextArea name="refund_steps" label=td_string!(l, sale.refund_steps) hint=td_string!(l, sale.refund_hint)
                    value=form.value("refund_steps") wrong=form.note("refund_steps", visit.field_error(Field::RefundPolicy))/>
            </fieldset>
            <button class="button">{td_string!(l, staff.save)}</button>
        </form>
    }
}

/// A box with its label and hint.
fn check_box(
    name: String,
    label: &'static str,
    hint: Option<&'static str>,
    form: &Edited<'_>,
) -> impl IntoView + use<> {
    let checked = form.is_ticked(&name);
    let hint_id = hint.map(|_| format!("{name}-hint"));
    let hint = hint.map(|hint| view! { <p class="hint" id=hint_id.clone()>{hint}</p> });
    view! {
        <div class="check">
            <input type="checkbox" id=name.clone() name=name.clone() value="1" checked=checked aria-describedby=hint_id/>
            <label for=name>{label}</label>
            {hint}
        </div>
    }
}
