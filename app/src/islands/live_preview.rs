//! A picture of what a form says, drawn again by the server a moment after the form was changed. Without a script the form
//! has a button for it.

use super::browser;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_bindgen::JsCast;
use leptos::wasm_bindgen::closure::Closure;
use leptos::web_sys::HtmlFormElement;
use std::time::Duration;

/// How long the form must be left alone.
const MOMENT: Duration = Duration::from_millis(250);

/// Wraps the picture, which is marked by `data-preview`, within the form. `url` is asked with the form's fields.
#[island]
pub fn LivePreview(url: String, children: Children) -> impl IntoView {
    let root = NodeRef::<html::Div>::new();
    Effect::new(move |_| {
        let Some(root) = root.get() else { return };
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
                // Whoever goes on typing is shown the last of it only.
                if changes.get_value() != now {
                    return;
                }
                let html = browser::post_form(&url, &form).await;
                let picture = root.query_selector("[data-preview]").ok().flatten();
                if let (Ok(html), Some(picture), true) = (html, picture, changes.get_value() == now) {
                    picture.set_inner_html(&html);
                }
            });
        });
        drop(form.add_event_listener_with_callback("input", changed.as_ref().unchecked_ref()));
        changed.forget();
        // Says that the picture is alive, for whoever waits for it.
        drop(form.set_attribute("data-live", "preview"));
    });
    view! { <div node_ref=root>{children()}</div> }
}
