//! The set-up of one date: its sale terms (with the time of the show), its hall and prices, and the form that copies
//! all of this to another date.

use super::concerts::PublicationForm;
use super::{date_nav, nav, status_tag};
use crate::components::drawing::svg;
use crate::components::forms::{ActionButton, Hidden, Select, TextArea, TextField};
use crate::server::flash::Notice;
use crate::server::page::{Page, PageResult};
use crate::server::visit::{Visit, number};
use crate::words::{self, Detail, Locale, td_string};
use encore::back_office::{self, ConcertWithSchedules, Drawing, Owner, PlanSummary, PriceBand, ScheduleSheet};
use encore::domain::concert::{Publication, SaleTerms};
use encore::domain::points::grouped;
use encore::domain::refund::{CoolingOff, RefundPolicy};
use encore::domain::schedule::{LOBBY_SECONDS, Window};
use encore::domain::{ConcertId, Field, PlanId, Points, Refusal, ScheduleId, Timestamp};
use encore::{Outcome, calendar};
use leptos::prelude::*;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;

fn path(id: ScheduleId) -> String {
    format!("/staff/schedules/{id}/edit")
}

/// The form of the sale terms, as it was typed.
#[derive(Default, Deserialize)]
#[serde(default)]
struct TermsForm {
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
    fn terms(&self, time_zone: &str, before: Option<&SaleTerms>) -> Outcome<SaleTerms> {
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

/// The page for a new date of a concert. It suggests a show in eight weeks, whose sale opens in one week.
pub async fn new(visit: Arc<Visit>, proof: Owner) -> Outcome<PageResult> {
    let l = visit.locale;
    let ConcertWithSchedules { concert, .. } =
        back_office::concert(visit.house(), proof, ConcertId(visit.id()?)).await?;
    let now = visit.house().clock().now();
    Page::of(td_string!(l, sale.add), move || {
        let at = |days: i64, time: &str| {
            let date = calendar::day(now.plus_seconds(days * 24 * 60 * 60), &concert.time_zone);
            calendar::instant(&format!("{date}T{time}"), &concert.time_zone, Field::ShowTime).unwrap_or(now)
        };
        let show_time = at(56, "19:30");
        let window = Window::new(at(7, "20:00"), show_time);
        let suggested = SaleTerms { no_orphan_seat: true, ..SaleTerms::usual(show_time, window) };
        view! {
            {nav(&visit)}
            <p class="back"><a href=format!("/staff/concerts/{}", concert.id)>{concert.title.clone()}</a></p>
            <header class="page-head"><h1>{td_string!(l, sale.add)}</h1><p class="muted">{td_string!(l, sale.add_more)}</p></header>
            {terms_form(&visit, format!("/staff/concerts/{}/schedules/new", concert.id), &suggested, &concert.time_zone)}
        }
    })
    .into_result()
}

pub async fn create(visit: Arc<Visit>, proof: Owner) -> Outcome<PageResult> {
    let entry = back_office::concert(visit.house(), proof, ConcertId(visit.id()?)).await?;
    let terms = visit.posted.read::<TermsForm>()?.terms(&entry.concert.time_zone, None)?;
    let id = back_office::create_schedule(visit.house(), proof, entry.concert.id, terms).await?;
    visit.redirect(path(id), Notice::Saved).await
}

/// The page of one date, with everything that staff can set for it.
pub async fn edit(visit: Arc<Visit>, proof: Owner) -> Outcome<PageResult> {
    let l = visit.locale;
    let id = ScheduleId(visit.id()?);
    let sheet = back_office::schedule_sheet(visit.house(), proof, id).await?;
    // The seating plan whose picture is shown, with a field for the price of each of its bands. Staff choose it with a
    // form that sends `?plan=`.
    let chosen = visit.query_or_field("plan").and_then(|plan| plan.parse().ok()).map(PlanId);
    let drawing = match chosen {
        Some(plan) => Some((plan, back_office::plan(visit.house(), proof, plan).await?)),
        None => None,
    };
    Page::of(td_string!(l, sale.title), move || {
        let ScheduleSheet { concert, schedule, terms, .. } = &sheet;
        let when = words::when(l, schedule.show_time, &concert.time_zone, Detail::Full);
        let (next_status, text, class) = match schedule.status {
            Publication::Draft => (Publication::Published, td_string!(l, staff.publish), "button"),
            Publication::Published => (Publication::Draft, td_string!(l, staff.withdraw), "button button-second"),
        };
        let here = format!("/staff/schedules/{id}");
        view! {
            {nav(&visit)}
            <p class="back"><a href=format!("/staff/concerts/{}", concert.id)>{concert.title.clone()}</a></p>
            <header class="page-head page-head-split">
                <div>
                    <p>{status_tag(l, schedule.status)}</p>
                    <h1>{when}</h1>
                </div>
                <ActionButton action=format!("{here}/publish") text class fields=vec![("status", next_status.as_str().to_owned())]/>
            </header>
            {date_nav(&visit, id)}
            {(schedule.status == Publication::Draft).then(|| checklist(l, &sheet))}
            <section aria-labelledby="hall">
                <h2 id="hall">{td_string!(l, sale.hall)}</h2>
                {hall(&visit, &sheet, drawing)}
            </section>
            <section aria-labelledby="terms">
                <h2 id="terms">{td_string!(l, sale.terms)}</h2>
                {terms_form(&visit, path(id), terms, &concert.time_zone)}
            </section>
            <section aria-labelledby="copy">
                <h2 id="copy">{td_string!(l, sale.copy)}</h2>
                <form method="post" action=format!("{here}/copy") class="form panel">
                    <p class="muted">{td_string!(l, sale.copy_more)}</p>
                    <TextField name="copy_time" label=td_string!(l, sale.show_time) kind="datetime-local"
                        value=visit.typed("copy_time").map_or_else(
                            || calendar::local(schedule.show_time.plus_seconds(24 * 60 * 60), &concert.time_zone), str::to_owned)
                        wrong=visit.input_error("copy_time", Field::ShowTime)/>
                    <button class="button button-second">{td_string!(l, sale.copy_do)}</button>
                </form>
            </section>
        }
    })
    .into_result()
}

/// The checklist of the steps to publish a draft, each marked as done or still to do.
fn checklist(l: Locale, sheet: &ScheduleSheet) -> impl IntoView + use<> {
    let seats: i64 = sheet.bands.iter().map(|band| band.seats).sum();
    let steps = [
        (true, td_string!(l, sale.step_terms).to_owned()),
        (
            seats > 0,
            match seats {
                0 => td_string!(l, sale.step_hall).to_owned(),
                seats => td_string!(l, sale.step_hall_done, count = seats, number = grouped(seats)),
            },
        ),
        (sheet.concert.status == Publication::Published, td_string!(l, sale.step_concert).to_owned()),
        (false, td_string!(l, sale.step_publish).to_owned()),
    ];
    let step = |(done, text): (bool, String)| {
        let state = if done { td_string!(l, sale.done) } else { td_string!(l, sale.to_do) };
        let class = done.then_some("done");
        view! { <li class=class><span class="visually-hidden">{state}": "</span>{text}</li> }
    };
    view! { <ol class="checklist" aria-label=td_string!(l, sale.left_to_do)>{steps.map(step).into_iter().collect_view()}</ol> }
}

/// The forms for the hall of a date: the prices of its present hall, the choice of a seating plan and, once one is
/// chosen (`drawing`), the form that builds the hall from that plan.
fn hall(visit: &Visit, sheet: &ScheduleSheet, drawing: Option<(PlanId, Drawing)>) -> impl IntoView + use<> {
    let prices = (!sheet.bands.is_empty() && drawing.is_none()).then(|| prices_form(visit, sheet));
    let choice = plan_choice(visit.locale, sheet, drawing.as_ref().map(|(plan, _)| *plan));
    let build = drawing.map(|(plan, drawing)| build_form(visit, sheet, plan, &drawing));
    view! { {prices} {choice} {build} }
}

/// The form that sets the prices of the present hall.
fn prices_form(visit: &Visit, sheet: &ScheduleSheet) -> impl IntoView + use<> {
    let l = visit.locale;
    let field = |(index, band): (usize, &PriceBand)| {
        let count = grouped(band.seats);
        let label = td_string!(l, sale.band, band = &band.category, count = band.seats, number = count);
        price_field(visit, index, &band.category, label, Some(band.price))
    };
    let fields = sheet.bands.iter().enumerate().map(field).collect_view();
    view! {
        <form method="post" action=format!("/staff/schedules/{}/prices", sheet.schedule.id) class="form panel">
            <p class="muted">{td_string!(l, sale.prices_more)}</p>
            <div class="fields">{fields}</div>
            <button class="button">{td_string!(l, sale.set_prices)}</button>
        </form>
    }
}

/// The form that chooses a seating plan, or a link to make the first one.
fn plan_choice(l: Locale, sheet: &ScheduleSheet, chosen: Option<PlanId>) -> AnyView {
    if sheet.plans.is_empty() {
        let link = view! { <a href="/staff/plans/new">{td_string!(l, plan.add)}</a> };
        return view! { <p>{td_string!(l, sale.no_plans)}" "{link}</p> }.into_any();
    }
    let option = |plan: &PlanSummary| {
        let seats = td_string!(l, plan.seats, count = plan.seats, number = grouped(plan.seats));
        (plan.id.to_string(), format!("{} ({seats})", plan.name))
    };
    let options = sheet.plans.iter().map(option).collect();
    let value = chosen.map(|plan| plan.to_string()).unwrap_or_default();
    view! {
        <form method="get" action=format!("{}#build", path(sheet.schedule.id)) class="form panel">
            <Select name="plan" label=td_string!(l, sale.choose_plan) options value/>
            <button class="button button-second">{td_string!(l, sale.choose)}</button>
        </form>
    }
    .into_any()
}

/// The form that builds the hall from a seating plan, with a price for each of its bands. A band that the present hall
/// has too begins with its price.
fn build_form(visit: &Visit, sheet: &ScheduleSheet, plan: PlanId, drawing: &Drawing) -> impl IntoView + use<> {
    let l = visit.locale;
    let present = |band: &str| sheet.bands.iter().find(|present| present.category == band).map(|present| present.price);
    let bands = drawing.layout.bands();
    let fields = bands.iter().enumerate().map(|(index, band)| {
        let label = td_string!(l, sale.band_price, band = &band.name);
        price_field(visit, index, &band.name, label, present(&band.name))
    });
    let fields = fields.collect_view();
    let seats = drawing.layout.seat_count() as i64;
    let replaces = (!sheet.bands.is_empty()).then(|| format!(" {}", td_string!(l, sale.build_anew)));
    view! {
        <form method="post" action=format!("/staff/schedules/{}/hall", sheet.schedule.id) class="form panel" id="build">
            <h3>{drawing.name.clone()}</h3>
            <div class="drawing" inner_html=svg(l, &drawing.layout)></div>
            <p class="muted">{td_string!(l, sale.build_more)}{replaces}</p>
            <Hidden name="plan" value=plan.to_string()/>
            <div class="fields">{fields}</div>
            <button class="button">{td_string!(l, sale.build, count = seats, number = grouped(seats))}</button>
        </form>
    }
}

/// The fields of one price: see [`PriceForm`].
fn price_field(visit: &Visit, index: usize, band: &str, label: String, price: Option<Points>) -> impl IntoView + use<> {
    let name = format!("price_{index}_amount");
    let value = visit.typed(&name).map(str::to_owned).or(price.map(|price| price.to_string())).unwrap_or_default();
    view! {
        <Hidden name=format!("price_{index}_band") value=band.to_owned()/>
        <TextField name label inputmode="numeric" value wrong=visit.field_error(Field::Price)/>
    }
}

/// The form of the sale terms. `action` is explicit, because after a refused form the browser's address may belong to
/// another form of this page. `zone` is the time zone in which times are shown.
fn terms_form(visit: &Visit, action: String, terms: &SaleTerms, zone: &str) -> impl IntoView + use<> {
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

pub async fn change(visit: Arc<Visit>, proof: Owner) -> Outcome<PageResult> {
    let id = ScheduleId(visit.id()?);
    let sheet = back_office::schedule_sheet(visit.house(), proof, id).await?;
    let terms = visit.posted.read::<TermsForm>()?.terms(&sheet.concert.time_zone, Some(&sheet.terms))?;
    back_office::change_schedule(visit.house(), proof, id, terms).await?;
    visit.redirect(path(id), Notice::Saved).await
}

pub async fn publish(visit: Arc<Visit>, proof: Owner) -> Outcome<PageResult> {
    let id = ScheduleId(visit.id()?);
    let (status, notice) = PublicationForm::read(&visit)?;
    back_office::publish_schedule(visit.house(), proof, id, status).await?;
    visit.redirect(path(id), notice).await
}

/// The price of one band, as it was typed. The fields of the first band are named `price_0_band` and `price_0_amount`.
#[derive(Default, Deserialize)]
#[serde(default)]
struct PriceForm {
    band: String,
    amount: String,
}

/// The prices in a form, in points, by price band.
fn prices(visit: &Visit) -> Outcome<BTreeMap<String, Points>> {
    let prices = visit.posted.parts("price")?.into_iter().map(|PriceForm { band, amount }| {
        let price = number(&amount, Field::Price)?.ok_or(Refusal::invalid(Field::Price))?;
        Ok((band, price))
    });
    prices.collect()
}

/// The field of the form that builds the hall of a date; the prices are read by [`prices`].
#[derive(Deserialize)]
struct HallForm {
    plan: String,
}

/// The form that copies a date.
#[derive(Default, Deserialize)]
#[serde(default)]
struct CopyForm {
    copy_time: String,
}

pub async fn set_prices(visit: Arc<Visit>, proof: Owner) -> Outcome<PageResult> {
    let id = ScheduleId(visit.id()?);
    back_office::set_prices(visit.house(), proof, id, prices(&visit)?).await?;
    visit.redirect(path(id), Notice::Saved).await
}

pub async fn build_hall(visit: Arc<Visit>, proof: Owner) -> Outcome<PageResult> {
    let id = ScheduleId(visit.id()?);
    let form: HallForm = visit.posted.read()?;
    let plan = form.plan.parse().map_err(|_| Refusal::NotFound)?;
    let seats = back_office::build_hall(visit.house(), proof, id, PlanId(plan), prices(&visit)?).await?;
    visit.redirect(path(id), Notice::HallBuilt { seats }).await
}

pub async fn copy(visit: Arc<Visit>, proof: Owner) -> Outcome<PageResult> {
    let id = ScheduleId(visit.id()?);
    let sheet = back_office::schedule_sheet(visit.house(), proof, id).await?;
    let CopyForm { copy_time } = visit.posted.read()?;
    let show = calendar::instant(&copy_time, &sheet.concert.time_zone, Field::ShowTime)?;
    let copy = back_office::copy_schedule(visit.house(), proof, id, show).await?;
    visit.redirect(path(copy), Notice::Saved).await
}
