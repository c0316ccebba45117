//! What the islands ask of the browser.

use js_sys::Promise;
use leptos::prelude::set_timeout;
use leptos::wasm_bindgen::{JsCast, JsValue};
use leptos::web_sys::{self, Element, Response};
use std::time::Duration;
use wasm_bindgen_futures::JsFuture;

/// Fetches JSON of the house.
///
/// # Errors
/// The status of an answer that is no success; none where the connection or the answer broke.
pub async fn fetch_json<T: serde::de::DeserializeOwned>(url: &str) -> Result<T, Option<u16>> {
    let fetched: Result<Response, JsValue> =
        async { JsFuture::from(window()?.fetch_with_str(url)).await?.dyn_into() }.await;
    let response = fetched.map_err(|_| None)?;
    if !response.ok() {
        return Err(Some(response.status()));
    }
    let text = JsFuture::from(response.text().map_err(|_| None)?).await.map_err(|_| None)?;
    serde_json::from_str(&text.as_string().unwrap_or_default()).map_err(|_| None)
}

/// Waits without holding up the page.
pub async fn sleep(time: Duration) {
    let promise = Promise::new(&mut |wake, _| {
        set_timeout(move || drop(wake.call0(&JsValue::NULL)), time);
    });
    drop(JsFuture::from(promise).await);
}

/// Goes to another page, which takes this one's place in the history.
pub fn go(path: &str) {
    if let Ok(window) = window() {
        drop(window.location().replace(path));
    }
}

/// Milliseconds on a clock that nobody sets, from any start.
pub fn elapsed_ms() -> f64 {
    window().ok().and_then(|window| window.performance()).map_or(0.0, |performance| performance.now())
}

/// Asks the server for this page again.
pub fn reload() {
    if let Ok(window) = window() {
        drop(window.location().reload());
    }
}

/// Whether the keyboard is at an element.
pub fn has_focus(element: &Element) -> bool {
    let document = window().ok().and_then(|window| window.document());
    document.and_then(|document| document.active_element()).is_some_and(|active| active == *element)
}

fn window() -> Result<web_sys::Window, JsValue> {
    web_sys::window().ok_or(JsValue::NULL)
}
