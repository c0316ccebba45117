//! A fan's contribution to the lottery: random bytes from the fan's own browser, which the fan may replace with any
//! text.

use super::{browser, note_island};
use leptos::html;
use leptos::prelude::*;
use leptos::web_sys::HtmlInputElement;

/// Wraps the text field of the contribution, which the server has filled with a suggestion. Without a script the
/// suggestion stays. The island replaces it with random bytes from the browser, unless the fan has already typed
/// something else.
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
