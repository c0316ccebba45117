//! The island of the seat map. It draws the states of the seats, zooms the picture, sends the form without leaving the
//! page, shows at once which seats others take or free, and lists the chosen seats. The seats themselves are the check
//! boxes of a list that the server renders.

mod basket;
mod cursor;
mod live;
mod map;
mod picture;
mod seats;
mod view;

use super::send_form::SendWords;
use super::{browser, note_island};
pub use basket::Chosen;
use leptos::html;
use leptos::prelude::*;
use map::{Map, MapUse};

sentences! {
    /// What the island says.
    MapWords {
        pick,
        /// Contains `{total}`.
        summary_one,
        /// Contains `{count}` and `{total}`.
        summary,
        /// Contains `{count}`.
        too_many,
        /// Contains `{count}` and `{seats}`.
        dropped,
        /// Contains `{seat}`.
        just_taken,
        /// Contains `{seats}`.
        gone,
        /// A seat with its section. Contains `{section}` and `{seat}`.
        in_section,
        /// A seat without its section. Contains `{row}` and `{number}`.
        place,
        /// The accessible name of a check box. Contains `{seat}`, `{price}` and `{state}`.
        name,
        /// Contains `{amount}`.
        price,
        available,
        kept,
        held,
        sold,
        submit,
        /// Contains `{total}`.
        submit_one,
        /// Contains `{count}` and `{total}`.
        submit_many,
        /// Contains `{seat}`.
        remove,
        /// Contains `{count}`.
        left,
        /// Contains `{count}`.
        free,
        found_none,
        found_apart,
        found_leaves_one,
        /// Contains `{section}`.
        found_in,
        /// The text of a link. Contains `{section}`.
        show_section,
        no_answer,
    }
}

/// Wraps the map, the bar with what is chosen, and the list of seats (`children`). `version` is the version of the
/// schedule that the page shows (`None` if the page does not follow the changes of its seats), `fan` the fan for whom
/// the browser keeps what is chosen (`None` if it keeps nothing), `limit` is how many more seats may be chosen (0 if the
/// map is only looked at), and `access_is_kept` is true if wheelchair places and companion seats are kept from this fan.
/// `holds` is true if the form around the map holds the chosen seats; the island then sends it. Any other form has
/// buttons of its own, and is sent by the browser.
#[island]
pub fn SeatMap(
    schedule_id: i64,
    version: Option<i64>,
    fan: Option<i64>,
    limit: u32,
    access_is_kept: bool,
    holds: bool,
    words: MapWords,
    send: SendWords,
    children: Children,
) -> impl IntoView {
    note_island();
    let root = NodeRef::<html::Div>::new();
    browser::when_mounted(root, move |root| {
        let of = MapUse { schedule_id, fan, limit: limit as usize, access_is_kept, holds };
        // Marked first, because the style sheet gives the map of a page with a script another size.
        drop(root.set_attribute("data-live", "map"));
        if let Some(map) = Map::begin(root.clone(), words.clone(), of) {
            let shared = map.clone();
            let look_again = live::watch(schedule_id, version, move |update| shared.apply(update));
            map.listen(send.clone(), look_again);
        }
    });
    view! { <div class="seatmap" node_ref=root>{children()}</div> }
}
