//! Seating plans: the generator with its preview, and import and export in the open seating-plan format.

mod form;
mod view;

use super::nav;
use crate::components::drawing::svg;
use crate::components::forms::{FileField, TextArea};
use crate::components::views::Empty;
use crate::server::flash::{Flash, Notice};
use crate::server::page::{Page, PageResult};
use crate::server::visit::Visit;
use crate::words::{Detail, td_string};
use encore::Outcome;
use encore::back_office::{self, Change, Drawing, Owner};
use encore::domain::points::grouped;
use encore::domain::seating::Design;
use encore::domain::{PlanId, Refusal};
use form::{DesignForm, MAX_BLOCKS, differences};
use leptos::prelude::*;
use serde::Deserialize;
use std::sync::Arc;
use view::{Hints, design_page, notice, picture};

/// The largest seating plan that is accepted, in bytes: enough for more than twenty thousand seats.
pub const PLAN_BYTES: usize = 8 << 20;
/// The largest form of a design, in bytes. The preview is requested with a body of several parts, in which each field of
/// each block takes more than a hundred bytes.
pub const DESIGN_BYTES: usize = 256 << 10;

fn path(id: PlanId) -> String {
    format!("/staff/plans/{id}")
}

/// The list of all seating plans, with the form to import one.
pub async fn list(visit: Arc<Visit>, proof: Owner) -> Outcome<PageResult> {
    let l = visit.locale;
    let plans = back_office::plans(visit.house(), proof).await?;
    Page::of(td_string!(l, staff.nav_plans), move || {
        let is_empty = plans.is_empty();
        let row = |plan: encore::back_office::PlanSummary| {
            view! {
                <li class="row-item">
                    <div class="row-main">
                        <h2 class="row-title"><a href=path(plan.id)>{plan.name}</a></h2>
                        <p class="muted">{td_string!(l, plan.changed, when = visit.when(plan.updated_at, Detail::Short))}</p>
                    </div>
                    <p class="row-side">{td_string!(l, plan.seats, count = plan.seats, number = grouped(plan.seats))}</p>
                    <a class="button button-second" href=format!("{}/export", path(plan.id))>{td_string!(l, plan.export)}</a>
                </li>
            }
        };
        view! {
            {nav(&visit)}
            <header class="page-head page-head-split">
                <div><h1>{td_string!(l, staff.nav_plans)}</h1><p class="muted">{td_string!(l, plan.lead)}</p></div>
                <a class="button" href="/staff/plans/new">{td_string!(l, plan.add)}</a>
            </header>
            {is_empty.then(|| view! { <Empty title=td_string!(l, plan.empty_title) text=td_string!(l, plan.empty)/> })}
            <ul class="rows">{plans.into_iter().map(row).collect_view()}</ul>
            <section aria-labelledby="import">
                <h2 id="import">{td_string!(l, plan.import)}</h2>
                <form method="post" action="/staff/plans" enctype="multipart/form-data" class="form panel">
                    <p class="muted">{td_string!(l, plan.import_more)}</p>
                    <FileField l name="file" label=td_string!(l, plan.file) accept="application/json,.json"/>
                    <TextArea name="json" label=td_string!(l, plan.paste) value=visit.typed("json").unwrap_or_default().to_owned()/>
                    <button class="button">{td_string!(l, plan.import_do)}</button>
                </form>
            </section>
        }
    })
    .into_result()
}

/// The field of the import form that has the plan as text. It is read if no file was sent.
#[derive(Default, Deserialize)]
#[serde(default)]
struct ImportForm {
    json: String,
}

pub async fn import(visit: Arc<Visit>, proof: Owner) -> Outcome<PageResult> {
    let json = match visit.posted.file("file") {
        Some(file) => String::from_utf8_lossy(&file).into_owned(),
        None => visit.posted.read::<ImportForm>()?.json,
    };
    let id = back_office::import_plan(visit.house(), proof, json).await?;
    Ok(visit.redirect(path(id), Notice::Saved))
}

/// The seating plan in the open format, as a file to download.
pub async fn export(visit: Arc<Visit>, proof: Owner) -> Outcome<PageResult> {
    let id = PlanId(visit.id()?);
    let drawing = back_office::plan(visit.house(), proof, id).await?;
    let json = serde_json::to_string(&drawing.layout).map_err(encore::Fault::from)?;
    Ok(PageResult::file("application/json", json, Some(&format!("seating-plan-{id}.json"))))
}

/// The page for a new seating plan.
pub async fn new(visit: Arc<Visit>, _: Owner) -> Outcome<PageResult> {
    let typed = DesignForm::posted(&visit.posted)?.unwrap_or_else(|| DesignForm::fresh(visit.locale));
    design_page(visit, None, typed, Hints::default())
}

/// The page of one seating plan. It can be edited if it was made by the generator; otherwise only its picture is shown.
pub async fn edit(visit: Arc<Visit>, proof: Owner) -> Outcome<PageResult> {
    let l = visit.locale;
    let id = PlanId(visit.id()?);
    let Drawing { name, design, layout, .. } = back_office::plan(visit.house(), proof, id).await?;
    if let Some(mut typed) = DesignForm::posted(&visit.posted)?.or_else(|| design.as_ref().map(DesignForm::of)) {
        let mut hints = Hints::default();
        if let (Some(Flash::Refused { refusal: Refusal::Stale, .. }), Some(stored)) = (&visit.flash, &design) {
            hints.changed = typed.seen().map(|seen| differences(l, &seen, stored)).unwrap_or_default();
            // If it is saved once more, the form replaces what is stored now.
            typed = typed.opened_with(stored);
        }
        return design_page(visit, Some(id), typed, hints);
    }
    Page::of(name.clone(), move || {
        view! {
            {nav(&visit)}
            <p class="back"><a href="/staff/plans">{td_string!(l, staff.nav_plans)}</a></p>
            <header class="page-head page-head-split">
                <div><h1>{name}</h1><p class="muted">{td_string!(l, plan.from_elsewhere)}</p></div>
                <a class="button button-second" href=format!("{}/export", path(id))>{td_string!(l, plan.export)}</a>
            </header>
            <div class="drawing panel" inner_html=svg(l, &layout)></div>
        }
    })
    .into_result()
}

/// The button of the design's form that was pressed: `save`, `preview`, `add`, or a button of one block, which ends in
/// the index of the block: `copy-0` or `remove-0`.
#[derive(Default, Deserialize)]
#[serde(default)]
struct ButtonForm {
    r#do: String,
}

pub async fn save(visit: Arc<Visit>, proof: Owner) -> Outcome<PageResult> {
    let id = visit.path_param("id").and_then(|id| id.parse().ok()).map(PlanId);
    let mut typed = DesignForm::posted(&visit.posted)?.unwrap_or_default();
    let ButtonForm { r#do: button } = visit.posted.read()?;
    // Adding, copying or removing a block saves nothing: the form is shown again.
    let (verb, which) = button.split_once('-').unwrap_or((&button, ""));
    let which = which.parse::<usize>().ok().filter(|&index| index < typed.blocks.len());
    let mut hints = Hints::default();
    match (verb, which) {
        ("save", _) => {
            let before = match id {
                Some(id) => back_office::plan(visit.house(), proof, id).await?.design,
                None => None,
            };
            if before != typed.seen() {
                return Err(Refusal::Stale.into());
            }
            let change = Change { before, after: Design::try_from(&typed)? };
            let id = back_office::save_design(visit.house(), proof, id, change).await?;
            return Ok(visit.redirect(path(id), Notice::Saved));
        }
        ("add", _) if typed.blocks.len() < MAX_BLOCKS => {
            hints.added = Some(typed.blocks.len());
            typed.add_block(visit.locale);
        }
        ("copy", Some(index)) if typed.blocks.len() < MAX_BLOCKS => {
            hints.added = Some(index + 1);
            typed.copy_block(visit.locale, index);
        }
        ("remove", Some(index)) => drop(typed.blocks.remove(index)),
        _ => {}
    }
    design_page(visit, id, typed, hints)
}

/// The preview of what was typed: the picture, or a notice that says what is wrong.
pub async fn preview(visit: Arc<Visit>, _: Owner) -> Outcome<PageResult> {
    let typed = DesignForm::posted(&visit.posted)?.unwrap_or_default();
    let (picture, wrong) = picture(visit.locale, &typed);
    Ok(PageResult::fragment(wrong.map_or(picture, |refusal| notice(visit.locale, &refusal))))
}
