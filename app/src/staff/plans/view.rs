//! The page on which staff design a seating plan: the form of the design, and beside it the picture that is drawn from
//! the form.

use super::form::{BlockForm, DesignForm};
use super::path;
use crate::components::drawing::editable_svg;
use crate::components::forms::{Hidden, Select, TextArea, TextField};
use crate::islands::LivePreview;
use crate::server::flash::Flash;
use crate::server::page::{Page, PageResult};
use crate::server::visit::Visit;
use crate::staff::nav;
use crate::words::{self, Locale, td_string};
use encore::Outcome;
use encore::domain::seating::{Design, Numbering, RowNames};
use encore::domain::{PlanId, Refusal};
use leptos::prelude::*;
use std::sync::Arc;

/// Draws the picture of what was typed, and says what is wrong. With a mistake there may be a picture too, if the blocks
/// can be drawn but, for example, overlap; without one the picture is empty.
pub fn picture(l: Locale, typed: &DesignForm) -> (String, Option<Refusal>) {
    // A design can be previewed before it has a name.
    let name = if typed.name.trim().is_empty() { "-".to_owned() } else { typed.name.clone() };
    let design = match Design::try_from(&DesignForm { name, ..typed.clone() }) {
        Ok(design) => design,
        Err(refusal) => return (String::new(), Some(refusal)),
    };
    let (drawn, wrong) = match design.draw() {
        Ok(drawn) => (Some(drawn), None),
        Err(wrong) => (design.sketch().ok(), Some(Refusal::wrong_plan(wrong))),
    };
    let drawn = drawn.filter(|_| !design.blocks.is_empty());
    (drawn.map(|(plan, focal)| editable_svg(l, &design, &plan, focal)).unwrap_or_default(), wrong)
}

/// The HTML of the notice that says what is wrong with a design.
pub fn notice(l: Locale, refusal: &Refusal) -> String {
    format!("<p class=\"notice notice-bad\">{}</p>", html_escape::encode_text(&words::refusal(l, refusal)))
}

/// What the page of a design shows besides what was typed.
#[derive(Debug, Default)]
pub struct Hints {
    /// The index of the block that was added. It is open, as blocks with a mistake are.
    pub added: Option<usize>,
    /// The parts of the hall that somebody else has changed since the form was opened.
    pub changed: Vec<String>,
}

/// The page of one design. `id` is `None` for a new seating plan.
pub fn design_page(visit: Arc<Visit>, id: Option<PlanId>, typed: DesignForm, hints: Hints) -> Outcome<PageResult> {
    let l = visit.locale;
    let title = if typed.name.trim().is_empty() { td_string!(l, plan.add).to_owned() } else { typed.name.clone() };
    Page::of(title.clone(), move || {
        let (picture, mistake) = picture(l, &typed);
        let wrong_zone = match &mistake {
            Some(Refusal::WrongPlan { place, .. }) => place.zone.as_deref(),
            _ => None,
        };
        let count = typed.blocks.len();
        let block = |(index, block): (usize, &BlockForm)| {
            let must_be_open = hints.added == Some(index) || wrong_zone == Some(block.name.trim()) || block.is_wrong();
            block_fields(l, index, block, count, must_be_open)
        };
        let blocks = typed.blocks.iter().enumerate().map(block).collect_view();
        let changed = (!hints.changed.is_empty()).then(|| {
            let parts = hints.changed.join(", ");
            view! { <p class="notice notice-warm">{td_string!(l, plan.changed_meanwhile, parts = parts)}</p> }
        });
        let wrong_picture = mistake.as_ref().map(|refusal| notice(l, refusal)).unwrap_or_default();
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
            {changed}
            <form method="post" class="sheet" id="sheet">
                <div class="sheet-picture">
                    {tools(l)}
                    <LivePreview url="/staff/plans/preview".into()>
                        <div class="panel hall-canvas">
                            <div class="drawing" data-preview="" inner_html=picture></div>
                            // `hall-editor.js` draws the frames of the blocks here, above the picture.
                            <div class="hall-handles" data-handles="" role="application"
                                aria-label=td_string!(l, plan.blocks_label) aria-describedby="hall-keys"></div>
                        </div>
                        <div role="status" data-preview-wrong="" inner_html=wrong_picture></div>
                    </LivePreview>
                </div>
                <div class="sheet-fields">
                    // The enter key presses the first button of a form: this one, which only shows the preview.
                    <button class="visually-hidden" name="do" value="preview" tabindex="-1" formnovalidate="">{td_string!(l, plan.preview)}</button>
                    <Hidden name="seen" value=typed.seen/>
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
            <script type="module" src="/static/hall-editor.js"></script>
        }
    })
    .with_layout("plan")
    .into_result()
}

/// The buttons and sentences of `hall-editor.js`, with which the hall is edited on the picture. They are not shown if
/// scripts are off.
fn tools(l: Locale) -> impl IntoView {
    let tool = |name: &'static str, text: &'static str| {
        view! { <button type="button" class="quiet" data-tool=name disabled=true>{text}</button> }
    };
    let zoom = |name: &'static str, text: &'static str, label: &'static str| {
        view! { <button type="button" class="quiet" data-tool=name aria-label=label>{text}</button> }
    };
    view! {
        <div class="hall-tools" id="hall-tools" role="group" aria-label=td_string!(l, plan.tools_label)
            data-block-at=td_string!(l, plan.block_at) data-seat=td_string!(l, plan.seat_here)
            data-seat-out=td_string!(l, plan.seat_left_out)>
            <div class="hall-buttons">
                {tool("undo", td_string!(l, plan.undo))}
                {tool("redo", td_string!(l, plan.redo))}
                {tool("centre", td_string!(l, plan.centre))}
                {tool("level", td_string!(l, plan.level))}
                <button type="button" class="quiet" data-tool="seats" aria-pressed="false">
                    {td_string!(l, plan.leave_out)}
                </button>
                {zoom("closer", "+", td_string!(l, plan.zoom_in))}
                {zoom("wider", "−", td_string!(l, plan.zoom_out))}
                {zoom("whole", td_string!(l, plan.zoom_whole), td_string!(l, plan.zoom_whole))}
            </div>
            <p class="hint" id="hall-keys">{td_string!(l, plan.edit_hint)}</p>
            <p class="visually-hidden" role="status" data-said=""></p>
        </div>
    }
}

/// The fields of a block. They can be folded away, but `must_be_open` says that they are open at first.
fn block_fields(l: Locale, index: usize, block: &BlockForm, count: usize, must_be_open: bool) -> impl IntoView + use<> {
    let is_open = must_be_open || count <= 3;
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
        <details class="panel block" open=is_open data-must-open=must_be_open.then_some("")>
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
                <TextArea name=name("labels") label=td_string!(l, plan.labels) hint=td_string!(l, plan.labels_hint)
                    value=block.labels.clone() rows=2/>
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
