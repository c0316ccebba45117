//! The seat map, alive: the form is sent without leaving the page, seats that others take or free change as they do, arrow keys move by
//! geometry, and what is chosen is counted. The seats themselves are the server's check boxes; this island wraps them and listens.

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
        /// With `{count}` and `{total}`.
        summary,
        /// With `{count}`.
        too_many,
        /// With `{seat}`.
        just_taken,
        /// With `{seats}`.
        gone,
        nearest,
        /// A seat with its section: with `{section}` and `{seat}`.
        in_section,
        /// The name of a check box: with `{seat}`, `{price}` and `{state}`.
        name,
        /// With `{amount}`.
        price,
        available,
        kept,
        held,
        sold,
        submit,
        keys,
        /// With `{count}`.
        left,
        /// With `{count}`.
        free,
    }
}

/// Wraps the sections of a hall, within the form that holds seats. `limit` is how many more seats the fan may choose.
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
        let heard = map.clone();
        let look_again = live::watch(schedule_id, version, move |news| heard.hear(news));
        map.listen(send.clone(), look_again);
        // Says that the map is alive, for tests that wait for it.
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
