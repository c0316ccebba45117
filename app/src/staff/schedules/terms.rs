//! The sale terms of a date: their form, as it is shown and as it was typed.

use crate::components::forms::{TextArea, TextField};
use crate::server::visit::{Visit, number};
use crate::words::td_string;
use encore::domain::concert::SaleTerms;
use encore::domain::refund::{CoolingOff, RefundPolicy};
use encore::domain::schedule::{LOBBY_SECONDS, Window};
use encore::domain::{Field, Timestamp};
use encore::{Outcome, calendar};
use leptos::prelude::*;
use serde::Deserialize;

/// The form of the sale terms, as it was typed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct TermsForm {
    show_time: String,
    sale_start: String,
    sale_end: String,
    lobby_minutes: String,
    cooling_days: String,
    cooling_until: String,
    refund_steps: String,
    seats_per_fan: String,
    active_fans: String,
    admissions_a_minute: String,
    access_until: String,
    /// `None` if the box is not ticked: browsers do not send such a box.
    no_orphan_seat: Option<String>,
}

impl TermsForm {
    /// Parses the sale terms. `before` is the date's current terms, or `None` for a new date. The form shows times
    /// without seconds, so a time that was not changed in the form keeps the exact instant that it has in `before`.
    pub fn terms(&self, time_zone: &str, before: Option<&SaleTerms>) -> Outcome<SaleTerms> {
        let at = |typed: &str, field, was: Option<Timestamp>| match was {
            Some(was) if calendar::local(was, time_zone) == typed.trim() => Ok(was),
            _ => calendar::instant(typed, time_zone, field),
        };
        let window = before.map(|terms| terms.window);
        let show_time = at(&self.show_time, Field::ShowTime, before.map(|terms| terms.show_time))?;
        let reservation_start = at(&self.sale_start, Field::SaleStart, window.map(|was| was.reservation_start))?;
        let reservation_end = match self.sale_end.trim() {
            "" => show_time,
            typed => at(typed, Field::SaleEnd, window.map(|was| was.reservation_end))?,
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
        Ok(SaleTerms {
            show_time,
            window: Window { lobby_start, reservation_start, reservation_end },
            seats_per_fan: number(&self.seats_per_fan, Field::SeatsPerFan)?,
            active_fans: number(&self.active_fans, Field::ActiveFans)?,
            admissions_a_minute: number(&self.admissions_a_minute, Field::AdmissionsAMinute)?,
            access_until: match self.access_until.trim() {
                "" => None,
                typed => Some(at(typed, Field::AccessUntil, before.and_then(|terms| terms.access_until))?),
            },
            no_orphan_seat: self.no_orphan_seat.is_some(),
            refund_policy: RefundPolicy::parse(cooling_off, &self.refund_steps)?,
        })
    }
}

/// How long before the opening the lobby opens, in whole minutes.
const fn lobby_minutes(window: Window) -> i64 {
    window.reservation_start.millis_from(window.lobby_start) as i64 / 60_000
}

/// The form of the sale terms. `action` is explicit, because after a refused form the browser's address may belong to
/// another form of this page. `zone` is the time zone in which times are shown.
pub fn terms_form(visit: &Visit, action: String, terms: &SaleTerms, zone: &str) -> impl IntoView + use<> {
    let l = visit.locale;
    let value = |name: &str, kept: String| visit.typed(name).map_or(kept, str::to_owned);
    let time = |name: &str, at: Timestamp| value(name, calendar::local(at, zone));
    let count =
        |name: &str, number: Option<u32>| value(name, number.map_or(String::new(), |number| number.to_string()));
    let defaults = visit.house().settings();
    let window = terms.window;
    // If the sale ends when the show begins, the field is empty: then the end of the sale moves with the show.
    let ends = Some(window.reservation_end).filter(|&end| end != terms.show_time);
    let optional =
        |name: &str, at: Option<Timestamp>| value(name, at.map_or(String::new(), |at| calendar::local(at, zone)));
    let lobby = lobby_minutes(window);
    let RefundPolicy { cooling_off, .. } = terms.refund_policy;
    // Browsers do not send a box that is not ticked. So after a refusal of this form, which always sends `show_time`, a
    // missing box means that it was not ticked.
    let was_sent = visit.typed("show_time").is_some();
    let forbids_orphan = if was_sent { visit.typed("no_orphan_seat").is_some() } else { terms.no_orphan_seat };
    view! {
        <form method="post" action=action class="form panel">
            <p class="muted">{td_string!(l, concert.zone, zone = zone)}</p>
            <div class="fields">
                <TextField name="show_time" label=td_string!(l, sale.show_time) kind="datetime-local" value=time("show_time", terms.show_time)
                    wrong=visit.input_error("show_time", Field::ShowTime)/>
                <TextField name="sale_start" label=td_string!(l, sale.sale_start) kind="datetime-local"
                    value=time("sale_start", window.reservation_start) wrong=visit.field_error(Field::SaleStart)/>
                <TextField name="sale_end" label=td_string!(l, sale.sale_end) hint=td_string!(l, sale.sale_end_hint) kind="datetime-local"
                    value=optional("sale_end", ends) required=false wrong=visit.field_error(Field::SaleEnd)/>
                <TextField name="lobby_minutes" label=td_string!(l, sale.lobby_minutes) hint=td_string!(l, sale.lobby_hint) inputmode="numeric"
                    value=value("lobby_minutes", lobby.to_string()) wrong=visit.field_error(Field::LobbyMinutes)/>
                <TextField name="seats_per_fan" label=td_string!(l, sale.seats_per_fan) hint=td_string!(l, sale.as_house, number = defaults.seats_per_fan) inputmode="numeric"
                    value=count("seats_per_fan", terms.seats_per_fan) required=false wrong=visit.field_error(Field::SeatsPerFan)/>
                <TextField name="active_fans" label=td_string!(l, sale.active_fans) hint=td_string!(l, sale.as_house, number = defaults.active_fans) inputmode="numeric"
                    value=count("active_fans", terms.active_fans) required=false wrong=visit.field_error(Field::ActiveFans)/>
                <TextField name="admissions_a_minute" label=td_string!(l, sale.pace) hint=td_string!(l, sale.pace_hint) inputmode="numeric"
                    value=count("admissions_a_minute", terms.admissions_a_minute) required=false
                    wrong=visit.field_error(Field::AdmissionsAMinute)/>
                <TextField name="access_until" label=td_string!(l, sale.access_until) hint=td_string!(l, sale.access_hint) kind="datetime-local"
                    value=optional("access_until", terms.access_until) required=false
                    wrong=visit.field_error(Field::AccessUntil)/>
            </div>
            <div class="check">
                <input type="checkbox" id="no_orphan_seat" name="no_orphan_seat" value="1" checked=forbids_orphan aria-describedby="orphan-hint"/>
                <label for="no_orphan_seat">{td_string!(l, sale.orphan)}</label>
                <p class="hint" id="orphan-hint">{td_string!(l, sale.orphan_hint)}</p>
            </div>
            <fieldset class="group">
                <legend>{td_string!(l, sale.refunds)}</legend>
                <div class="fields">
                    <TextField name="cooling_days" label=td_string!(l, sale.cooling_days) inputmode="numeric"
                        value=value("cooling_days", cooling_off.days.to_string()) wrong=visit.field_error(Field::RefundPolicy)/>
                    <TextField name="cooling_until" label=td_string!(l, sale.cooling_until) inputmode="numeric"
                        value=value("cooling_until", cooling_off.until_days_before.to_string()) wrong=visit.field_error(Field::RefundPolicy)/>
                </div>
                <TextArea name="refund_steps" label=td_string!(l, sale.refund_steps) hint=td_string!(l, sale.refund_hint)
                    value=value("refund_steps", terms.refund_policy.lines()) wrong=visit.field_error(Field::RefundPolicy)/>
            </fieldset>
            <button class="button">{td_string!(l, staff.save)}</button>
        </form>
    }
}
