//! The form of a verb, which the island sends without leaving the page. Without a script it is an ordinary form.

use super::{browser, note_island};
use leptos::ev::SubmitEvent;
use leptos::html;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::{Element, HtmlElement, HtmlFormElement};

sentences! {
    /// What a form says while it is on its way.
    SendWords {
        sending,
        /// No answer came, and the form will be sent again.
        no_answer,
        /// No answer came, and the fan has to send the form again.
        try_again,
    }
}

/// A form; `children` are its fields and its button. After a success the browser goes to the next page. A refusal is
/// shown below the button, and the field that has to be changed is marked.
#[island]
pub fn SendForm(action: String, class: String, words: SendWords, children: Children) -> impl IntoView {
    note_island();
    let form = NodeRef::<html::Form>::new();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let Some(form) = form.get_untracked() else { return };
        forget_refusal(&form);
        browser::send_form(form, words.clone(), |form, refused| {
            say_refusal(form, &refused.message);
            refused.field.into_iter().for_each(|field| mark(form, &field));
        });
    };
    // Tells browser tests that the island has started.
    browser::when_mounted(form, |form| drop(form.set_attribute("data-live", "form")));
    view! {
        <form method="post" action=action class=class node_ref=form on:submit=submit>
            {children()}
            <p class="form-status" role="status"></p>
        </form>
    }
}

/// The id of the element that says why a form was refused.
const REFUSAL: &str = "refusal";

/// Shows a refusal at the end of the form. It is an element with the role `alert`, which screen readers read aloud when
/// it is inserted into a page.
fn say_refusal(form: &HtmlFormElement, text: &str) {
    let alert = format!("<p class=\"form-refusal\" id=\"{REFUSAL}\" role=\"alert\"></p>");
    drop(form.insert_adjacent_html("beforeend", &alert));
    form.last_element_child().iter().for_each(|refusal| refusal.set_text_content(Some(text)));
}

/// Marks the field that has to be changed, makes the refusal its description, and moves the focus to it.
fn mark(form: &HtmlFormElement, field: &str) {
    let field = form.query_selector(&format!("[name=\"{field}\"]:not([type=hidden])")).ok().flatten();
    if let Some(field) = field.and_then(|field| field.dyn_into::<HtmlElement>().ok()) {
        drop(field.set_attribute("aria-invalid", "true"));
        let described = field.get_attribute("aria-describedby").unwrap_or_default();
        drop(field.set_attribute("aria-describedby", &(described + " " + REFUSAL)));
        drop(field.focus());
    }
}

/// Removes the last refusal and its marks from the form, and any refusal that the server rendered into the page.
fn forget_refusal(form: &HtmlFormElement) {
    browser::all::<Element>(form, ".form-refusal, .wrong").iter().for_each(Element::remove);
    let main = form.closest("main").ok().flatten();
    main.iter().flat_map(|main| browser::all::<Element>(main, ":scope > .notice-bad")).for_each(|said| said.remove());
    for field in browser::all::<Element>(form, "[aria-invalid]") {
        drop(field.remove_attribute("aria-invalid"));
        let described = field.get_attribute("aria-describedby").unwrap_or_default();
        let described = described.replace(REFUSAL, "");
        drop(field.set_attribute("aria-describedby", described.trim()));
    }
}
