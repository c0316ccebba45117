//! Seating plans: the generator with its preview, and import and export in the open seating-plan format.

use super::nav;
use crate::components::drawing::svg;
use crate::components::forms::{Select, TextArea, TextField};
use crate::components::views::Empty;
use crate::islands::LivePreview;
use crate::server::page::{Page, Shown};
use crate::server::session::{Flash, Notice};
use crate::server::visit::Visit;
use crate::words::{self, Detail, Locale, td_string};
use encore::Outcome;
use encore::back_office::{self, Drawing, Owner};
use encore::domain::points::grouped;
use encore::domain::seating::{Block, Design, Numbering, PlanFault, PlanPlace, RowNames};
use encore::domain::{PlanId, Refusal};
use leptos::prelude::*;
use serde::Deserialize;
use std::sync::Arc;

/// The largest seating plan that is accepted, in bytes: enough for more than twenty thousand seats.
pub const PLAN_BYTES: usize = 8 << 20;
/// The most blocks that a design may have.
const MAX_BLOCKS: usize = 60;
fn path(id: PlanId) -> String {
    format!("/staff/plans/{id}")
}

/// The list of all seating plans, with the form to import one.
pub async fn list(visit: Arc<Visit>, proof: Owner) -> Outcome<Shown> {
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
                    <div class="field">
                        <label for="file">{td_string!(l, plan.file)}</label>
                        <input type="file" id="file" name="file" accept="application/json,.json"/>
                    </div>
                    <TextArea name="json" label=td_string!(l, plan.paste) value=visit.typed("json").unwrap_or_default().to_owned()/>
                    <button class="button">{td_string!(l, plan.import_do)}</button>
                </form>
            </section>
        }
    })
    .show()
}

pub async fn import(visit: Arc<Visit>, proof: Owner) -> Outcome<Shown> {
    let file = visit.file("file").map(|file| String::from_utf8_lossy(&file).into_owned());
    let json = file.unwrap_or_else(|| visit.field("json").to_owned());
    let id = back_office::import_plan(visit.house(), proof, &json).await?;
    visit.go(path(id), Notice::Saved).await
}

/// The seating plan in the open format, as a file to download.
pub async fn export(visit: Arc<Visit>, proof: Owner) -> Outcome<Shown> {
    let id = PlanId(visit.id()?);
    let drawing = back_office::plan(visit.house(), proof, id).await?;
    let json = serde_json::to_string(&drawing.layout).map_err(encore::Fault::from)?;
    Ok(Shown::file("application/json", json, Some(&format!("seating-plan-{id}.json"))))
}

/// The form of a design, exactly as it was typed, so that input that cannot be parsed is not lost.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct DesignForm {
    name: String,
    stage: String,
    stage_width: String,
    stage_depth: String,
    focal_depth: String,
    /// Their fields are named `block_0_name` and so on.
    #[serde(skip)]
    blocks: Vec<BlockForm>,
}

/// The fields of one block.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct BlockForm {
    name: String,
    rows: String,
    seats: String,
    seats_last: String,
    row_names: String,
    first_row: String,
    numbering: String,
    first_number: String,
    aisles: String,
    x: String,
    y: String,
    angle: String,
    curve: String,
    bands: String,
    kinds: String,
}

impl From<&Block> for BlockForm {
    fn from(block: &Block) -> Self {
        let aisles: Vec<_> = block.aisles.iter().map(ToString::to_string).collect();
        Self {
            name: block.name.clone(),
            rows: block.rows.to_string(),
            seats: block.seats.to_string(),
            seats_last: block.seats_last.to_string(),
            row_names: block.row_names.as_str().into(),
            first_row: block.first_row.clone(),
            numbering: block.numbering.as_str().into(),
            first_number: block.first_number.to_string(),
            aisles: aisles.join(", "),
            x: block.x.to_string(),
            y: block.y.to_string(),
            angle: block.angle.to_string(),
            curve: block.curve.to_string(),
            bands: block.bands.clone(),
            kinds: block.kinds.clone(),
        }
    }
}

impl TryFrom<&BlockForm> for Block {
    type Error = Refusal;

    fn try_from(form: &BlockForm) -> Result<Self, Refusal> {
        let name = form.name.trim().to_owned();
        let here = PlanPlace::zone(&name);
        let unclear =
            |given: &str| Refusal::wrong_plan(here.clone().with(PlanFault::Description { given: given.into() }));
        let seats: u32 = measure(&here, &form.seats)?;
        let aisles = form.aisles.split([',', ' ']).filter(|after| !after.trim().is_empty());
        Ok(Self {
            rows: measure(&here, &form.rows)?,
            seats,
            // Without a width of its own the last row is as wide as the first.
            seats_last: if form.seats_last.trim().is_empty() { seats } else { measure(&here, &form.seats_last)? },
            row_names: RowNames::from_word(&form.row_names).ok_or_else(|| unclear(&form.row_names))?,
            first_row: form.first_row.trim().to_owned(),
            numbering: Numbering::from_word(&form.numbering).ok_or_else(|| unclear(&form.numbering))?,
            first_number: measure(&here, &form.first_number)?,
            aisles: aisles.map(|after| measure(&here, after)).collect::<Result<_, _>>()?,
            x: measure(&here, &form.x)?,
            y: measure(&here, &form.y)?,
            angle: measure(&here, &form.angle)?,
            curve: measure(&here, &form.curve)?,
            bands: form.bands.clone(),
            kinds: form.kinds.clone(),
            name,
        })
    }
}

impl DesignForm {
    fn of(design: &Design) -> Self {
        Self {
            name: design.name.clone(),
            stage: design.stage.clone(),
            stage_width: design.stage_width.to_string(),
            stage_depth: design.stage_depth.to_string(),
            focal_depth: design.focal_depth.to_string(),
            blocks: design.blocks.iter().map(BlockForm::from).collect(),
        }
    }

    /// The design of a new seating plan: a stage and one block.
    fn fresh(l: Locale) -> Self {
        let block = Block { name: td_string!(l, plan.first_block).into(), ..Block::default() };
        Self::of(&Design {
            name: String::new(),
            stage: td_string!(l, seats.stage).into(),
            stage_width: 16.0,
            stage_depth: 3.0,
            focal_depth: 1.0,
            blocks: vec![block],
        })
    }

    /// The design that the form has sent.
    fn sent(visit: &Visit) -> Outcome<Self> {
        let prefixes = (0..MAX_BLOCKS).map(|index| format!("block_{index}_"));
        let prefixes = prefixes.take_while(|prefix| visit.has_field(&format!("{prefix}name")));
        let blocks = prefixes.map(|prefix| visit.form(&prefix)).collect::<Outcome<_>>()?;
        Ok(Self { blocks, ..visit.form("")? })
    }
}

impl TryFrom<&DesignForm> for Design {
    type Error = Refusal;

    fn try_from(form: &DesignForm) -> Result<Self, Refusal> {
        let whole = |text: &str| measure(&PlanPlace::WHOLE, text);
        Ok(Self {
            name: form.name.trim().to_owned(),
            stage: form.stage.trim().to_owned(),
            stage_width: whole(&form.stage_width)?,
            stage_depth: whole(&form.stage_depth)?,
            focal_depth: whole(&form.focal_depth)?,
            blocks: form.blocks.iter().map(Block::try_from).collect::<Result<_, _>>()?,
        })
    }
}

/// Parses a number that was typed. An empty field is zero.
fn measure<T: std::str::FromStr + Default>(place: &PlanPlace, text: &str) -> Result<T, Refusal> {
    match text.trim() {
        "" => Ok(T::default()),
        text => {
            text.parse().map_err(|_| Refusal::wrong_plan(place.clone().with(PlanFault::Measure { given: text.into() })))
        }
    }
}

/// The page for a new seating plan.
pub async fn new(visit: Arc<Visit>, _: Owner) -> Outcome<Shown> {
    let typed = if visit.has_field("name") { DesignForm::sent(&visit)? } else { DesignForm::fresh(visit.locale) };
    sheet(visit, None, typed)
}

/// The page of one seating plan. It can be edited if it was made by the generator; otherwise only its picture is shown.
pub async fn edit(visit: Arc<Visit>, proof: Owner) -> Outcome<Shown> {
    let l = visit.locale;
    let id = PlanId(visit.id()?);
    let Drawing { name, design, layout, .. } = back_office::plan(visit.house(), proof, id).await?;
    if visit.has_field("name") {
        return sheet(visit.clone(), Some(id), DesignForm::sent(&visit)?);
    }
    if let Some(design) = design {
        return sheet(visit, Some(id), DesignForm::of(&design));
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
    .show()
}

pub async fn save(visit: Arc<Visit>, proof: Owner) -> Outcome<Shown> {
    let id = visit.name("id").and_then(|id| id.parse().ok()).map(PlanId);
    let mut typed = DesignForm::sent(&visit)?;
    // Adding, copying or removing a block saves nothing: the form is shown again.
    let (verb, which) = visit.field("do").split_once('-').unwrap_or((visit.field("do"), ""));
    let which = which.parse::<usize>().ok().filter(|&index| index < typed.blocks.len());
    match (verb, which) {
        ("save", _) => {
            let id = back_office::save_design(visit.house(), proof, id, Design::try_from(&typed)?).await?;
            return visit.go(path(id), Notice::Saved).await;
        }
        ("add", _) if typed.blocks.len() < MAX_BLOCKS => typed.blocks.push(below(visit.locale, &typed)),
        ("copy", Some(index)) if typed.blocks.len() < MAX_BLOCKS => {
            typed.blocks.insert(index + 1, typed.blocks[index].clone());
        }
        ("remove", Some(index)) => drop(typed.blocks.remove(index)),
        _ => {}
    }
    sheet(visit, id, typed)
}

/// A new block behind the last one, with a name that no other block has.
fn below(l: Locale, typed: &DesignForm) -> BlockForm {
    let last = typed.blocks.last().and_then(|last| Block::try_from(last).ok()).unwrap_or_default();
    let name = |number: usize| td_string!(l, plan.block, number = number);
    let is_new = |name: &String| !typed.blocks.iter().any(|known| known.name == *name);
    let name = (typed.blocks.len() + 1..).map(name).find(is_new).unwrap_or_default();
    BlockForm::from(&Block { name, ..last.behind(3.0) })
}

/// The preview: the picture of what was typed, or what is wrong with it.
pub async fn preview(visit: Arc<Visit>, _: Owner) -> Outcome<Shown> {
    Ok(Shown::part(picture(visit.locale, &DesignForm::sent(&visit)?).unwrap_or_else(|wrong| wrong)))
}

/// Draws the picture of what was typed. The error is the HTML of a notice that says what is wrong.
fn picture(l: Locale, typed: &DesignForm) -> Result<String, String> {
    // A design can be previewed before it has a name.
    let name = if typed.name.trim().is_empty() { "-".to_owned() } else { typed.name.clone() };
    let named = DesignForm { name, ..typed.clone() };
    match Design::try_from(&named).and_then(|design| design.draw().map_err(Refusal::wrong_plan)) {
        Ok((plan, _)) => Ok(svg(l, &plan)),
        Err(refusal) => {
            let text = words::refusal(l, &refusal);
            Err(format!("<p class=\"notice notice-bad\">{}</p>", html_escape::encode_text(&text)))
        }
    }
}

/// The page on which a hall is designed: the picture, and beside it the form from which it is drawn.
fn sheet(visit: Arc<Visit>, id: Option<PlanId>, typed: DesignForm) -> Outcome<Shown> {
    let l = visit.locale;
    let title = if typed.name.trim().is_empty() { td_string!(l, plan.add).to_owned() } else { typed.name.clone() };
    Page::of(title.clone(), move || {
        let count = typed.blocks.len();
        let blocks = typed.blocks.iter().enumerate().map(|(index, block)| block_fields(l, index, block, count));
        let blocks = blocks.collect_view();
        let (picture, wrong_picture) = match picture(l, &typed) {
            Ok(picture) => (picture, String::new()),
            Err(wrong) => (String::new(), wrong),
        };
        let wrong = match &visit.flash {
            Some(Flash::Refused { refusal: refusal @ Refusal::WrongPlan { .. }, .. }) => Some(words::refusal(l, refusal)),
            _ => None,
        };
        let wrong = wrong.filter(|_| typed.name.trim().is_empty());
        view! {
            {nav(&visit)}
            <p class="back"><a href="/staff/plans">{td_string!(l, staff.nav_plans)}</a></p>
            <header class="page-head page-head-split">
                <div><h1>{title}</h1><p class="muted">{td_string!(l, plan.sheet)}</p></div>
                {id.map(|id| view! {
                    <a class="button button-second" href=format!("{}/export", path(id))>{td_string!(l, plan.export)}</a>
                })}
            </header>
            <form method="post" class="sheet" id="sheet">
                <div class="sheet-picture">
                    <LivePreview url="/staff/plans/preview".into()>
                        <div class="drawing panel" data-preview="" inner_html=picture></div>
                        <div role="status" data-preview-wrong="" inner_html=wrong_picture></div>
                    </LivePreview>
                </div>
                <div class="sheet-fields">
                    // The enter key presses the first button of a form: this one, which only shows the preview.
                    <button class="visually-hidden" name="do" value="preview" tabindex="-1" formnovalidate="">{td_string!(l, plan.preview)}</button>
                    <div class="panel form">
                        <TextField name="name" label=td_string!(l, plan.name) value=typed.name wrong/>
                        <details class="group">
                            <summary>{td_string!(l, plan.stage_and_focus)}</summary>
                            <div class="fields">
                                <TextField name="stage" label=td_string!(l, plan.stage) value=typed.stage required=false/>
                                <TextField name="stage_width" label=td_string!(l, plan.stage_width) inputmode="decimal" value=typed.stage_width/>
                                <TextField name="stage_depth" label=td_string!(l, plan.stage_depth) inputmode="decimal" value=typed.stage_depth/>
                                <TextField name="focal_depth" label=td_string!(l, plan.focal_depth) inputmode="decimal" value=typed.focal_depth/>
                            </div>
                        </details>
                    </div>
                    {blocks}
                    <div class="actions">
                        <button class="button button-second" name="do" value="add" formnovalidate="">{td_string!(l, plan.add_block)}</button>
                        <button class="button button-second" name="do" value="preview" formnovalidate="">{td_string!(l, plan.preview)}</button>
                        <button class="button" name="do" value="save">{td_string!(l, staff.save)}</button>
                    </div>
                </div>
            </form>
        }
    })
    .show()
}

fn block_fields(l: Locale, index: usize, block: &BlockForm, count: usize) -> impl IntoView + use<> {
    let name = move |field: &str| format!("block_{index}_{field}");
    let title = block.name.clone();
    let title = if title.is_empty() { td_string!(l, plan.block, number = index + 1) } else { title };
    let text = |field: &'static str, value: &str, label: &'static str, mode: &'static str| {
        view! { <TextField name=name(field) label inputmode=mode value required=false/> }
    };
    let hinted = |field: &'static str, value: &str, label: &'static str, hint: &'static str| {
        view! { <TextField name=name(field) label hint inputmode="decimal" value required=false/> }
    };
    let row_names = [
        (RowNames::Letters, td_string!(l, plan.letters)),
        (RowNames::ClearLetters, td_string!(l, plan.clear_letters)),
        (RowNames::Numbers, td_string!(l, plan.numbers)),
    ];
    let numberings = [
        (Numbering::LeftToRight, td_string!(l, plan.left_to_right)),
        (Numbering::RightToLeft, td_string!(l, plan.right_to_left)),
        (Numbering::OddEven, td_string!(l, plan.odd_even)),
        (Numbering::Through, td_string!(l, plan.through)),
    ];
    let row_names = row_names.map(|(word, text)| (word.as_str().to_owned(), text.to_owned())).to_vec();
    let numberings = numberings.map(|(word, text)| (word.as_str().to_owned(), text.to_owned())).to_vec();
    view! {
        <details class="panel block" open=count <= 3>
            <summary>{title.clone()}</summary>
            <div class="fields">
                {text("name", &block.name, td_string!(l, plan.block_name), "text")}
                {text("rows", &block.rows, td_string!(l, plan.rows), "numeric")}
                {text("seats", &block.seats, td_string!(l, plan.seats_first), "numeric")}
                {text("seats_last", &block.seats_last, td_string!(l, plan.seats_last), "numeric")}
                {text("y", &block.y, td_string!(l, plan.y), "decimal")}
                {hinted("x", &block.x, td_string!(l, plan.x), td_string!(l, plan.x_hint))}
                {hinted("curve", &block.curve, td_string!(l, plan.curve), td_string!(l, plan.curve_hint))}
                {hinted("angle", &block.angle, td_string!(l, plan.angle), td_string!(l, plan.angle_hint))}
                {text("aisles", &block.aisles, td_string!(l, plan.aisles), "text")}
                <Select name=name("row_names") label=td_string!(l, plan.row_names) options=row_names value=block.row_names.clone()/>
                {text("first_row", &block.first_row, td_string!(l, plan.first_row), "text")}
                <Select name=name("numbering") label=td_string!(l, plan.numbering) options=numberings value=block.numbering.clone()/>
                {text("first_number", &block.first_number, td_string!(l, plan.first_number), "numeric")}
            </div>
            <div class="fields fields-wide">
                <TextArea name=name("bands") label=td_string!(l, plan.bands) hint=td_string!(l, plan.bands_hint) value=block.bands.clone() rows=2/>
                <TextArea name=name("kinds") label=td_string!(l, plan.kinds) hint=td_string!(l, plan.kinds_hint) value=block.kinds.clone() rows=2/>
            </div>
            <div class="actions">
                <button class="quiet" name="do" formnovalidate="" value=format!("copy-{index}") aria-label=td_string!(l, plan.copy_name, name = &title)>
                    {td_string!(l, plan.copy)}
                </button>
                <button class="quiet" name="do" formnovalidate="" value=format!("remove-{index}") aria-label=td_string!(l, plan.remove_name, name = &title)>
                    {td_string!(l, plan.remove)}
                </button>
            </div>
        </details>
    }
}
