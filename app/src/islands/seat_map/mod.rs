//! The island of the seat map. It sends the form without leaving the page, shows at once which seats others take or
//! free, moves the focus with the arrow keys to the seat that lies in that direction, and counts the chosen seats. The
//! seats themselves are check boxes that the server renders; the island wraps them and handles their events.

mod keyboard;
mod live;
mod map;
mod seats;

use super::send_form::SendWords;
use super::zoom::Zoom;
use super::{browser, note_island};
use leptos::html;
use leptos::prelude::*;
use map::Map;

sentences! {
    /// What the island says.
    MapWords {
        pick,
        /// Contains `{count}` and `{total}`.
        summary,
        /// Contains `{count}`.
        too_many,
        /// Contains `{seat}`.
        just_taken,
        /// Contains `{seats}`.
        gone,
        nearest,
        /// A seat with its section. Contains `{section}` and `{seat}`.
        in_section,
        /// The accessible name of a check box. Contains `{seat}`, `{price}` and `{state}`.
        name,
        /// Contains `{amount}`.
        price,
        available,
        kept,
        held,
        sold,
        submit,
        keys,
        /// Contains `{count}`.
        left,
        /// Contains `{count}`.
        free,
    }
}

/// Wraps the sections of a hall (`children`), inside the form that holds seats. `version` is the version of the
/// schedule that the page shows, `limit` is how many more seats the fan may choose, and `access_is_kept` is true if
/// wheelchair places and companion seats are kept from this fan.
#[island]
pub fn SeatMap(
    schedule_id: i64,
    version: i64,
    limit: u32,
    access_is_kept: bool,
    words: MapWords,
    send: SendWords,
    children: Children,
) -> impl IntoView {
    note_island();
    let root = NodeRef::<html::Div>::new();
    let MapWords { pick, keys, submit, nearest, .. } = words.clone();
    browser::when_mounted(root, move |root| {
        Zoom::begin(&root);
        let map = Map::begin(root.clone(), words.clone(), limit, access_is_kept);
        let shared = map.clone();
        let look_again = live::watch(schedule_id, version, move |update| shared.apply(update));
        map.listen(send.clone(), look_again);
        // Tells browser tests that the island has started.
        drop(root.set_attribute("data-live", "map"));
    });
    view! {
        <div class="seatmap" node_ref=root>
            {children()}
            <div class="bar">
                <div class="bar-text">
                    <output class="bar-summary">{pick}</output>
                    <p class="bar-names"></p>
                    <p class="bar-message" role="status"></p>
                    <div class="bar-offers"><p>{nearest}</p><ul class="nearest"></ul></div>
                    <p class="form-status" role="status"></p>
                    <p class="visually-hidden bar-free" role="status"></p>
                    <p class="bar-keys muted">{keys}</p>
                </div>
                <button class="button" type="submit">{submit}</button>
            </div>
        </div>
    }
}
