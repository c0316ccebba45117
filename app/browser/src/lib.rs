//! What the browser loads: the islands of `app`, linked alone so that they are optimised as a whole.

/// Wakes the islands of a page.
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    app::hydrate();
}
