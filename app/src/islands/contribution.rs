//! A fan's contribution to the lottery: random bytes from the fan's own browser, which the fan may replace by any text.

use super::{browser, note_island};
use leptos::html;
use leptos::prelude::*;
use leptos::web_sys::HtmlInputElement;

/// Wraps the field of the form, with the server's suggestion in it, for a page without a script. The browser's random bytes
/// replace the suggestion, unless the fan has already typed something else.
#[island]
pub fn Contribution(children: Children) -> impl IntoView {
    note_island();
    let root = NodeRef::<html::Div>::new();
    browser::when_mounted(root, |root| {
        for field in browser::all::<HtmlInputElement>(&root, "input") {
            if let Some(random) = browser::random_hex()
                && field.value() == field.default_value()
            {
                field.set_value(&random);
            }
        }
    });
    view! { <div node_ref=root>{children()}</div> }
}
