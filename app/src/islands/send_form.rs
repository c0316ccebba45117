//! The form of a verb, which the island sends without leaving the page. Without a script it is an ordinary form.

use super::{browser, note_island};
use crate::problem::Refused;
use leptos::ev::SubmitEvent;
use leptos::html;
use leptos::prelude::*;
use leptos::web_sys::{Element, HtmlFormElement};

sentences! {
    /// What a form says while it is on its way.
    SendWords {
        sending,
        /// No answer came, and the form will be sent again.
        no_answer,
    }
}

/// A form; `children` are its fields and its button. After a success the browser goes to the next page. A refusal is
/// shown beside the field that has to be changed, or below the button if there is no such field.
#[island]
pub fn SendForm(action: String, class: String, words: SendWords, children: Children) -> impl IntoView {
    note_island();
    let form = NodeRef::<html::Form>::new();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let Some(form) = form.get_untracked() else { return };
        forget_refusal(&form);
        browser::send_form(form, words.clone(), show_refusal);
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

/// With this begin the ids of the elements that say why a form was refused.
const REFUSAL: &str = "refusal";

/// Shows a refusal, and moves the focus to the field that has to be changed. The sentence is in an element with the role
/// `alert`, which screen readers read aloud when it is inserted into a page.
fn show_refusal(form: &HtmlFormElement, Refused { message, field, .. }: Refused) {
    if field.and_then(|field| mark(form, &field, &message)).is_none() {
        say(form, "beforeend", "form-refusal", REFUSAL);
        form.last_element_child().iter().for_each(|refusal| refusal.set_text_content(Some(&message)));
    }
    browser::focus(form, "[aria-invalid]");
}

/// Inserts an empty alert into the form, at a place beside `element`.
fn say(element: &Element, place: &str, class: &str, id: &str) {
    let alert = format!("<p class=\"{class}\" id=\"{id}\" role=\"alert\"></p>");
    drop(element.insert_adjacent_html(place, &alert));
}

/// Marks a field that has to be changed, and says why behind it. `None` if the form does not show the field.
fn mark(form: &HtmlFormElement, name: &str, message: &str) -> Option<()> {
    let field = form.query_selector(&format!("[name=\"{name}\"]:not([type=hidden])")).ok()??;
    // The id of the field: another form of the page may have a field with the same name.
    let id = format!("{REFUSAL}-{}", field.id());
    say(&field, "afterend", "wrong", &id);
    field.next_element_sibling()?.set_text_content(Some(message));
    let described = field.get_attribute("aria-describedby").unwrap_or_default();
    drop(field.set_attribute("aria-invalid", "true"));
    drop(field.set_attribute("aria-describedby", (id + " " + &described).trim()));
    Some(())
}

/// Removes the last refusal and its marks from the form, and any refusal that the server rendered into the page.
fn forget_refusal(form: &HtmlFormElement) {
    browser::all::<Element>(form, ".form-refusal, .wrong").iter().for_each(Element::remove);
    let main = form.closest("main").ok().flatten();
    main.iter().flat_map(|main| browser::all::<Element>(main, ":scope > .notice-bad")).for_each(|said| said.remove());
    for field in browser::all::<Element>(form, "[aria-invalid]") {
        drop(field.remove_attribute("aria-invalid"));
        let described = field.get_attribute("aria-describedby").unwrap_or_default();
        let described: Vec<_> = described.split(' ').filter(|id| !id.starts_with(REFUSAL)).collect();
        drop(field.set_attribute("aria-describedby", &described.join(" ")));
    }
}
