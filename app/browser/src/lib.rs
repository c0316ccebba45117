//! The WebAssembly that the browser loads: the islands of `app`, in a crate of their own, so that the linker optimises
//! them as a whole.

/// Starts the islands of a page. The page's script calls it.
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    app::hydrate();
}
