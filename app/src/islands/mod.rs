//! The islands: parts of a page that run in the browser. They are the seat map, the forms of verbs, the
//! countdown, the place in the queue, the contribution to the lottery, and the preview of a drawing. The server renders
//! the HTML of each, and the page works without scripts too. An island receives its sentences as props, in the
//! visitor's language; it replaces each `{placeholder}` in them with a value.

/// Declares a struct of sentences that is serialised as a list of strings. Deserialising it by field name would add a
/// tenth to what the browser loads.
macro_rules! sentences {
    ($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
        #[serde(from = "Vec<String>", into = "Vec<String>")]
        pub struct $name { $($(#[$field_meta])* pub $field: String),+ }
        impl From<Vec<String>> for $name {
            fn from(sentences: Vec<String>) -> Self {
                let mut sentences = sentences.into_iter();
                Self { $($field: sentences.next().unwrap_or_default()),+ }
            }
        }
        impl From<$name> for Vec<String> {
            fn from($name { $($field),+ }: $name) -> Self {
                vec![$($field),+]
            }
        }
    };
}

mod browser;
mod contribution;
mod countdown;
mod live_preview;
mod queue_status;
mod seat_map;
mod send_form;

pub use contribution::Contribution;
pub use countdown::{Countdown, TimeWords};
pub use live_preview::LivePreview;
pub use queue_status::{QueueStatus, QueueStatusView, QueueWords};
pub use seat_map::{Chosen, MapWords, SeatMap};
pub use send_form::{SendForm, SendWords};

use leptos::prelude::use_context;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether a page has an island. A page without one loads no script.
#[derive(Debug, Clone, Default)]
pub struct HasIsland(Arc<AtomicBool>);

impl HasIsland {
    pub fn get(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Records that the page that is being rendered has an island. Every island calls this first.
fn note_island() {
    if let Some(page) = use_context::<HasIsland>() {
        page.0.store(true, Ordering::Relaxed);
    }
}
