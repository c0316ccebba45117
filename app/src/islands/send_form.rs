//! A form of a verb that stays on the screen while it is sent. Without a script it is an ordinary form.

use super::browser::{self, Sending};
use super::has_island;
use leptos::ev::SubmitEvent;
use leptos::html;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::{Element, HtmlElement, HtmlFormElement};
use serde::{Deserialize, Serialize};

/// What a form says while it is sent.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SendWords {
    pub sending: String,
    /// No answer came; the form is sent again.
    pub no_answer: String,
}

/// A form with its fields and its button. A success leads to the next page; a refusal is said below the button, and the field that
/// has to be changed is marked.
#[island]
pub fn SendForm(action: String, class: String, words: SendWords, children: Children) -> impl IntoView {
    has_island();
    let form = NodeRef::<html::Form>::new();
    let sending = Sending::new();
    let (refusal, set_refusal) = signal(None::<String>);
    let SendWords { sending: under_way, no_answer } = words;
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let Some(form) = form.get_untracked() else { return };
        set_refusal.set(None);
        mark(&form, None);
        sending.send(form.into(), move |form, refused| {
            mark(form, refused.field.as_deref());
            set_refusal.set(Some(refused.message));
        });
    };
    Effect::new(move |_| {
        if let Some(form) = form.get() {
            // Says that the form is alive, for tests that wait for it.
            drop(form.set_attribute("data-live", "form"));
        }
    });
    view! {
        <form method="post" action=action class=class node_ref=form on:submit=submit>
            {children()}
            <p class="form-status" class:visually-hidden=move || !sending.is_lost() role="status">{move || sending.message(&under_way, &no_answer)}</p>
            {move || refusal.get().map(|text| view! { <p class="form-refusal" role="alert">{text}</p> })}
        </form>
    }
}

/// Marks the field that has to be changed, which gets the focus, and no other.
fn mark(form: &HtmlFormElement, field: Option<&str>) {
    for marked in browser::all::<Element>(form, "[aria-invalid]") {
        drop(marked.remove_attribute("aria-invalid"));
    }
    let Some(field) = field else { return };
    let field = form.query_selector(&format!("[name=\"{field}\"]:not([type=hidden])")).ok().flatten();
    if let Some(field) = field.and_then(|field| field.dyn_into::<HtmlElement>().ok()) {
        drop(field.set_attribute("aria-invalid", "true"));
        drop(field.focus());
    }
}
