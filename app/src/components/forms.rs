//! Form controls with their labels, hints and error messages.

use crate::islands::{SendForm, SendWords};
use crate::words::{Locale, td_string};
use leptos::prelude::*;

/// A hidden field.
#[component]
pub fn Hidden(#[prop(into)] name: Oco<'static, str>, #[prop(into)] value: String) -> impl IntoView {
    view! { <input type="hidden" name=name value=value/> }
}

/// A text field with its label, its hint (if it is not empty) and, in `wrong`, its error message. The field shows
/// `value`, so that what was typed is not lost when a form is refused. A field that is wrong takes the focus; of several on a
/// page the browser gives it to the first.
#[component]
pub fn TextField(
    #[prop(into)] name: Oco<'static, str>,
    /// If it is not the name, because another field of the page has the same name.
    #[prop(optional, into)]
    id: Option<String>,
    #[prop(into)] label: Oco<'static, str>,
    #[prop(optional, into)] hint: Option<Oco<'static, str>>,
    #[prop(default = "text")] kind: &'static str,
    #[prop(default = "off")] autocomplete: &'static str,
    #[prop(into)] value: String,
    #[prop(default = None)] wrong: Option<String>,
    #[prop(optional)] inputmode: Option<&'static str>,
    #[prop(default = true)] required: bool,
    /// The most characters that the browser lets one type.
    #[prop(optional)]
    maxlength: Option<usize>,
    /// Values that the browser suggests while the visitor types.
    #[prop(optional)]
    known: Vec<&'static str>,
) -> impl IntoView {
    let hint = hint.filter(|hint| !hint.is_empty());
    let id = id.map_or_else(|| name.clone(), Oco::from);
    let (described, hint, wrong_note) = notes(&id, hint, wrong.as_deref());
    let list = (!known.is_empty()).then(|| format!("{name}-known"));
    let known = list.clone().map(|id| {
        // Browsers compare what was typed with both the value and the label, so `new york` finds `America/New_York`.
        let option = |known: &'static str| view! { <option value=known label=known.replace('_', " ")></option> };
        let options = known.into_iter().map(option).collect_view();
        view! { <datalist id=id>{options}</datalist> }
    });
    view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            <input id=id name=name type=kind value=value required=required autocomplete=autocomplete inputmode=inputmode maxlength=maxlength.map(|most| most.to_string())
                list=list aria-describedby=described autofocus=wrong.is_some() aria-invalid=wrong.map(|_| "true")/>
            {known}
            {wrong_note}
            {hint}
        </div>
    }
}

/// A field of several lines. `value` is escaped here, because leptos does not escape the text of a `textarea`.
#[component]
pub fn TextArea(
    #[prop(into)] name: Oco<'static, str>,
    /// If it is not the name, because another field of the page has the same name.
    #[prop(optional, into)]
    id: Option<String>,
    #[prop(into)] label: Oco<'static, str>,
    #[prop(optional, into)] hint: Option<Oco<'static, str>>,
    value: String,
    #[prop(default = None)] wrong: Option<String>,
    #[prop(default = 4)] rows: u32,
) -> impl IntoView {
    let id = id.map_or_else(|| name.clone(), Oco::from);
    let (described, hint, wrong_note) = notes(&id, hint, wrong.as_deref());
    // An HTML parser drops a line break at the start of a `textarea`, so an additional one is put in front of the text.
    let text = format!("\n{}", html_escape::encode_text(&value));
    view! {
        <div class="field field-wide">
            <label for=id.clone()>{label}</label>
            <textarea id=id name=name rows=rows.to_string() aria-describedby=described autofocus=wrong.is_some()
                aria-invalid=wrong.map(|_| "true") inner_html=text></textarea>
            {wrong_note}
            {hint}
        </div>
    }
}

/// A field for a file, one on a page. Its button and the name of the chosen file are ours, because a browser shows its
/// own in the language of the browser. Without scripts the browser's own are shown: only it knows the name then.
#[component]
pub fn FileField(
    l: Locale,
    name: &'static str,
    label: &'static str,
    #[prop(optional, into)] hint: Option<Oco<'static, str>>,
    /// The types of files that the browser offers.
    accept: &'static str,
    #[prop(default = false)] required: bool,
    #[prop(default = None)] wrong: Option<String>,
) -> impl IntoView {
    let (described, hint, wrong_note) = notes("file", hint, wrong.as_deref());
    view! {
        <div class="field">
            <label for="file">{label}</label>
            <div class="file">
                <input type="file" id="file" name=name accept=accept required=required aria-describedby=described
                    autofocus=wrong.is_some() aria-invalid=wrong.map(|_| "true")/>
                <span class="file-button" aria-hidden="true">{td_string!(l, app.choose_file)}</span>
                <output class="file-name">{td_string!(l, app.no_file)}</output>
            </div>
            {wrong_note}
            {hint}
            <script type="module" src="/static/file.js"></script>
        </div>
    }
}

/// A drop-down list.
#[component]
pub fn Select(
    #[prop(into)] name: Oco<'static, str>,
    #[prop(into)] label: Oco<'static, str>,
    /// The value that is sent and the text that is shown, for each option.
    options: Vec<(String, String)>,
    #[prop(into)] value: String,
) -> impl IntoView {
    let option = |(word, text): (String, String)| {
        let selected = word == value;
        view! { <option value=word selected=selected>{text}</option> }
    };
    view! {
        <div class="field">
            <label for=name.clone()>{label}</label>
            <select id=name.clone() name=name>{options.into_iter().map(option).collect_view()}</select>
        </div>
    }
}

/// Returns the ids for the field's `aria-describedby` (`None` if there is nothing to refer to), the element of the
/// hint, and the element of the error message.
fn notes(
    name: &str,
    hint: Option<Oco<'static, str>>,
    wrong: Option<&str>,
) -> (Option<String>, Option<impl IntoView + use<>>, Option<impl IntoView + use<>>) {
    let ids = [wrong.map(|_| format!("{name}-wrong")), hint.as_ref().map(|_| format!("{name}-hint"))];
    let described = ids.iter().flatten().cloned().collect::<Vec<_>>().join(" ");
    let [wrong_id, hint_id] = ids;
    let hint = hint.map(|hint| view! { <p class="hint" id=hint_id>{hint}</p> });
    let wrong = wrong.map(|wrong| view! { <p class="wrong" id=wrong_id>{wrong.to_owned()}</p> });
    (Some(described).filter(|ids| !ids.is_empty()), hint, wrong)
}

/// A form with one button, which posts the hidden `fields` to `action`. `name` is the button's name for screen readers,
/// if its text alone is not clear.
#[component]
pub fn ActionButton(
    #[prop(into)] action: String,
    #[prop(into)] text: String,
    #[prop(default = "button button-second")] class: &'static str,
    #[prop(default = vec![])] fields: Vec<(&'static str, String)>,
    #[prop(optional, into)] name: Option<String>,
) -> impl IntoView {
    view! {
        <form method="post" action=action>
            {fields.into_iter().map(|(name, value)| view! { <Hidden name value/> }).collect_view()}
            <button class=class aria-label=name>{text}</button>
        </form>
    }
}

/// A form that calls a verb. An island sends it without leaving the page.
#[component]
pub fn VerbForm(
    l: Locale,
    /// The path of the verb.
    action: &'static str,
    #[prop(default = "")] class: &'static str,
    children: Children,
) -> impl IntoView {
    view! {
        <SendForm action=action.into() class=class.into() words=send_words(l)>{children()}</SendForm>
    }
}

/// In a form that was refused because its sender has to solve a task first: the field for the solution, and the script
/// that solves it. `sends` is whether the form has nothing else to fill in, so that it is sent then.
#[component]
pub fn ProofField(l: Locale, task: String, sends: bool) -> impl IntoView {
    // A password that was typed is not kept.
    let solved = if sends { td_string!(l, app.proof_sent) } else { td_string!(l, app.proof_solved) };
    view! {
        <div data-task=task data-send=sends.then_some("")>
            <input type="hidden" name="proof"/>
            <p class="hint" role="status" data-solving=td_string!(l, app.proof_solving) data-solved=solved></p>
        </div>
        <script type="module" src="/static/proof.js"></script>
    }
}

/// The texts that a form shows while it is sent, and while no response arrives.
pub fn send_words(l: Locale) -> SendWords {
    SendWords { sending: td_string!(l, app.sending).into(), no_answer: td_string!(l, app.no_answer).into() }
}

/// A form that calls a verb for one schedule and has only a button. `name` is the button's name for screen readers, if
/// its text alone is not clear.
#[component]
pub fn ScheduleButton(
    l: Locale,
    action: &'static str,
    schedule: encore::domain::ScheduleId,
    #[prop(into)] text: String,
    #[prop(default = "button")] class: &'static str,
    #[prop(optional, into)] name: Option<String>,
) -> impl IntoView {
    view! {
        <VerbForm l action>
            <Hidden name="schedule_id" value=schedule.to_string()/>
            <button class=class aria-label=name>{text}</button>
        </VerbForm>
    }
}

/// The way out of the queue. Leaving takes two steps, so that nobody does it by mistake; `consequence` says what the
/// fan loses.
#[component]
pub fn LeaveQueue(
    l: Locale,
    /// The path of the verb.
    action: &'static str,
    schedule: encore::domain::ScheduleId,
    consequence: &'static str,
) -> impl IntoView {
    view! {
        <details class="leave">
            <summary>{td_string!(l, queue.leave)}</summary>
            <p>{consequence}</p>
            <ScheduleButton l action schedule text=td_string!(l, queue.leave_now) class="button button-second"/>
        </details>
    }
}
