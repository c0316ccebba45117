//! The program: pages, the API, sessions and the command line. Every rule and all data are in the library `encore`,
//! which this crate calls.
//!
//! | module | what it is for |
//! | --- | --- |
//! | [`islands`] | the few parts of pages that run in the browser; all other code runs only on the server |
//! | `routes` | the table of all routes, each with its access rule |
//! | `paths` | functions that build the paths of links and redirects |
//! | [`verbs`] | what a fan can do: one server function for each verb, shared with the browser |
//! | [`problem`] | the errors of verbs, as islands and clients read them |
//! | `api` | what clients and islands can read: GET requests that are answered with JSON |
//! | `pages`, `staff`, `components` | the pages for fans, the pages for staff, and what both share |
//! | `words` | every sentence that depends on data, in the visitor's language |
//! | `mails` | the text of each mail |
//! | `jobs` | the tasks that run beside the requests: the sweeper, the sender of mails, maintenance |
//! | `rehearse` | simulates a rush on a temporary database; it is also the benchmark |
//! | `server` | axum: the middleware in its order, sessions, limits, event streams, error pages |
//!
//! Compiled with `hydrate` for the browser, and with `ssr` for the server.
#![cfg_attr(not(test), warn(clippy::unwrap_used, clippy::expect_used))]
// The type of a page's view is nested as deeply as its elements.
#![recursion_limit = "256"]

pub mod islands;
pub mod problem;
pub mod verbs;

#[cfg(feature = "ssr")]
pub mod api;
#[cfg(feature = "ssr")]
pub mod components;
#[cfg(feature = "ssr")]
pub mod jobs;
#[cfg(feature = "ssr")]
pub mod mails;
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

// The module `crate::i18n`, which the build script generates from the message files in `locales`.
#[cfg(feature = "ssr")]
include!(concat!(env!("OUT_DIR"), "/i18n/mod.rs"));

/// Starts the islands of a page (hydration). The browser calls it once.
#[cfg(feature = "hydrate")]
pub fn hydrate() {
    leptos::mount::hydrate_islands();
}
