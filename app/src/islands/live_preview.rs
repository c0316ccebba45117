//! A picture of what a form says, drawn again by the server a moment after the form was changed. Without a script the form
//! has a button for it.

use super::{browser, has_island};
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_bindgen::JsCast;
use leptos::wasm_bindgen::closure::Closure;
use leptos::web_sys::HtmlFormElement;
use std::time::Duration;

/// How long the form must be left alone.
const MOMENT: Duration = Duration::from_millis(250);

/// Wraps the picture, which is marked by `data-preview`, within the form, and the place for what is wrong with the form, which is
/// marked by `data-preview-wrong`. `url` is asked with the form's fields and answers with either: a picture is an SVG.
#[island]
pub fn LivePreview(url: String, children: Children) -> impl IntoView {
    has_island();
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
                let part = |mark| root.query_selector(mark).ok().flatten();
                let parts = part("[data-preview]").zip(part("[data-preview-wrong]"));
                if let (Ok(html), Some((picture, wrong)), true) = (html, parts, changes.get_value() == now) {
                    // What is typed by half leaves the last picture where it is.
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
        // Says that the picture is alive, for whoever waits for it.
        drop(form.set_attribute("data-live", "preview"));
    });
    view! { <div node_ref=root>{children()}</div> }
}
