//! The parts of a page that live in the browser: the seat map with its zoom, the forms of verbs, the countdown, the place in the
//! queue, the contribution to the lottery, the preview of a drawing. Each is HTML of the server first and works without a script.
//! Sentences come as props, already in the visitor's language; `{placeholder}` marks what the island fills in.

/// Makes a struct of sentences that is serialised as a list: reading them by name would add a tenth to the download.
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
mod zoom;

pub use contribution::Contribution;
pub use countdown::Countdown;
pub use live_preview::LivePreview;
pub use queue_status::{QueueStatus, QueueStatusView, QueueWords};
pub use seat_map::{MapWords, SeatMap};
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

/// Notes that the page that is being rendered has an island. Each island calls it first.
fn note_island() {
    if let Some(page) = use_context::<HasIsland>() {
        page.0.store(true, Ordering::Relaxed);
    }
}
