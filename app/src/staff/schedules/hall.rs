//! The forms for the hall of a date and its prices.

use super::path;
use crate::components::drawing::svg;
use crate::components::forms::{Hidden, Select, TextField};
use crate::server::visit::{Visit, number};
use crate::staff::edited::Edited;
use crate::words::{Locale, td_string};
use encore::Outcome;
use encore::back_office::{Drawing, PlanSummary, PriceBand, ScheduleSheet};
use encore::domain::points::grouped;
use encore::domain::seating::Category;
use encore::domain::{Field, PlanId, Points, Refusal};
use leptos::prelude::*;
use std::collections::BTreeMap;

/// The forms for the hall of a date: the prices of its present hall, the choice of a seating plan and, once one is
/// chosen (`drawing`), the form that builds the hall from that plan.
pub fn hall_forms(visit: &Visit, sheet: &ScheduleSheet, drawing: Option<(PlanId, Drawing)>) -> impl IntoView + use<> {
    let prices = (!sheet.bands.is_empty() && drawing.is_none()).then(|| prices_form(visit, sheet));
    let choice = plan_choice(visit.locale, sheet, drawing.as_ref().map(|(plan, _)| *plan));
    let build = drawing.map(|(plan, drawing)| build_form(visit, sheet, plan, &drawing));
    view! { {prices} {choice} {build} }
}

/// The form that sets the prices of the present hall.
fn prices_form(visit: &Visit, sheet: &ScheduleSheet) -> impl IntoView + use<> {
    let l = visit.locale;
    let form = Edited::new(visit, &prices_as_typed(&sheet.bands));
    let field = |(index, band): (usize, &PriceBand)| {
        let count = grouped(band.seats);
        let label = td_string!(l, sale.band, band = &band.category, count = band.seats, number = count);
        price_field(&form, visit, index, &band.category, label)
    };
    let fields = sheet.bands.iter().enumerate().map(field).collect_view();
    view! {
        <form method="post" action=format!("/staff/schedules/{}/prices", sheet.schedule.id) class="form panel">
            {form.seen()}
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
    let bands = drawing.layout.bands();
    let present = |(index, band): (usize, &Category)| {
        let present = sheet.bands.iter().find(|present| present.category == band.name)?;
        Some((price_name(index), present.price.to_string()))
    };
    let form = Edited::of_new(visit, &bands.iter().enumerate().filter_map(present).collect::<BTreeMap<_, _>>());
    let fields = bands.iter().enumerate().map(|(index, band)| {
        let label = td_string!(l, sale.band_price, band = &band.name);
        price_field(&form, visit, index, &band.name, label)
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

/// The name of the field with the price of a band.
fn price_name(index: usize) -> String {
    format!("price_{index}")
}

/// The fields of one price. Those of the first band are named `band_0` and `price_0`.
fn price_field(form: &Edited<'_>, visit: &Visit, index: usize, band: &str, label: String) -> impl IntoView + use<> {
    let name = price_name(index);
    let (value, wrong) = (form.value(&name), form.note(&name, visit.field_error(Field::Price)));
    view! {
        <Hidden name=format!("band_{index}") value=band.to_owned()/>
        <TextField name label inputmode="numeric" value wrong/>
    }
}

/// The prices of the present hall, as their form shows them.
pub fn prices_as_typed(bands: &[PriceBand]) -> BTreeMap<String, String> {
    bands.iter().enumerate().map(|(index, band)| (price_name(index), band.price.to_string())).collect()
}

/// The prices in a form, in points, by price band.
pub fn prices(visit: &Visit) -> Outcome<BTreeMap<String, Points>> {
    let bands = (0..).map_while(|index| Some((index, visit.posted.field(&format!("band_{index}"))?)));
    let prices = bands.map(|(index, band)| {
        let amount = visit.posted.field(&price_name(index)).unwrap_or_default();
        let price = number(amount, Field::Price)?.ok_or(Refusal::invalid(Field::Price))?;
        Ok((band.to_owned(), price))
    });
    prices.collect()
}
