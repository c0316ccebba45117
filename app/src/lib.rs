//! Encore's face: pages, the API, sessions and the command line. It uses the library `encore` for all that is true.
//!
//! | room | what it is for |
//! | --- | --- |
//! | [`islands`] | the few parts that live in the browser; all else is server only |
//! | `routes` | every address of the program |
//! | `paths` | the addresses that pages and answers lead to |
//! | [`verbs`] | what a fan can do: a server function a verb, shared with the browser |
//! | [`problem`] | why a verb was refused, as islands and clients read it |
//! | `api` | what clients and islands look at: GETs that answer with JSON |
//! | `pages`, `staff`, `components` | what is shown, to fans and to staff, and what pages share |
//! | `words` | every sentence that depends on data, in the visitor's language |
//! | `rehearse` | a rush played on a house of its own: the benchmark |
//! | `server` | axum: middleware in one order, sessions, limits, event streams, error pages |
//!
//! Compiled with `hydrate` for the browser, and with `ssr` for the server.
#![cfg_attr(not(test), warn(clippy::unwrap_used, clippy::expect_used))]
// The type of a page's view nests as deep as its elements.
#![recursion_limit = "256"]

pub mod islands;
pub mod problem;
pub mod verbs;

#[cfg(feature = "ssr")]
pub mod api;
#[cfg(feature = "ssr")]
pub mod components;
#[cfg(feature = "ssr")]
pub mod pages;
#[cfg(feature = "ssr")]
pub mod paths;
#[cfg(feature = "ssr")]
pub mod rehearse;
#[cfg(feature = "ssr")]
pub mod routes;
#[cfg(feature = "ssr")]
pub mod server;
#[cfg(feature = "ssr")]
pub mod staff;
#[cfg(feature = "ssr")]
pub mod words;

// The message files of `locales`, as the build script turned them into code: `crate::i18n`.
#[cfg(feature = "ssr")]
include!(concat!(env!("OUT_DIR"), "/i18n/mod.rs"));

/// Wakes the islands of a page. The browser calls it once.
#[cfg(feature = "hydrate")]
pub fn hydrate() {
    leptos::mount::hydrate_islands();
}
