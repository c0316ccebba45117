//! What the islands ask of the browser.

use leptos::wasm_bindgen::{JsCast, JsValue};
use leptos::web_sys::{self, Response};
use wasm_bindgen_futures::JsFuture;

/// Fetches JSON of the house; none where the connection or the answer failed.
pub async fn fetch_json<T: serde::de::DeserializeOwned>(url: &str) -> Option<T> {
    let fetched: Result<JsValue, JsValue> = async {
        let response = JsFuture::from(window()?.fetch_with_str(url)).await?;
        let response: Response = response.dyn_into()?;
        if !response.ok() {
            return Err(JsValue::NULL);
        }
        JsFuture::from(response.text()?).await
    }
    .await;
    serde_json::from_str(&fetched.ok()?.as_string()?).ok()
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

/// Whether nobody looks at the page.
pub fn is_hidden() -> bool {
    window().ok().and_then(|window| window.document()).is_some_and(|document| document.hidden())
}

fn window() -> Result<web_sys::Window, JsValue> {
    web_sys::window().ok_or(JsValue::NULL)
}
