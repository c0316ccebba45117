//! A picture of what a form describes (a hall). A moment after each change of the form the server draws the picture
//! again. Without a script the form has a button for this.

use super::{browser, note_island};
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_bindgen::JsCast;
use leptos::wasm_bindgen::closure::Closure;
use leptos::web_sys::HtmlFormElement;
use std::time::Duration;

/// How long the form must stay unchanged before the picture is requested.
const MOMENT: Duration = Duration::from_millis(250);

/// Wraps two elements within a form: the picture, marked by `data-preview`, and the place for the error message, marked
/// by `data-preview-wrong`. The form's fields are posted to `url`, which answers with HTML: the picture if the HTML
/// begins with `<svg`, otherwise the error message.
#[island]
pub fn LivePreview(url: String, children: Children) -> impl IntoView {
    note_island();
    let root = NodeRef::<html::Div>::new();
    browser::when_mounted(root, move |root| {
        let Some(form) = root.closest("form").ok().flatten().and_then(|form| form.dyn_into::<HtmlFormElement>().ok())
        else {
            return;
        };
        let changes = StoredValue::new(0_u32);
        let (url, watched) = (url.clone(), form.clone());
        let changed = Closure::<dyn Fn()>::new(move || {
            changes.update_value(|count| *count += 1);
            let now = changes.get_value();
            let (url, form, root) = (url.clone(), watched.clone(), root.clone());
            spawn_local(async move {
                browser::sleep(MOMENT).await;
                // While somebody is still typing, nothing is requested: the request waits for the last change.
                if changes.get_value() != now {
                    return;
                }
                let html = browser::post_form(&url, &form).await;
                let part = |mark| root.query_selector(mark).ok().flatten();
                let parts = part("[data-preview]").zip(part("[data-preview-wrong]"));
                if let (Ok(html), Some((picture, wrong)), true) = (html, parts, changes.get_value() == now) {
                    // While the input has a mistake, the last picture stays.
                    let is_picture = html.starts_with("<svg");
                    wrong.set_inner_html(if is_picture { "" } else { &html });
                    if is_picture {
                        picture.set_inner_html(&html);
                    }
                }
            });
        });
        drop(form.add_event_listener_with_callback("input", changed.as_ref().unchecked_ref()));
        changed.forget();
        // Tells browser tests that the island has started.
        drop(form.set_attribute("data-live", "preview"));
    });
    view! { <div node_ref=root>{children()}</div> }
}
