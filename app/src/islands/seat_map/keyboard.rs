//! The keyboard on the map. All seats together are one Tab stop. The arrow keys move over the map, Home and End within
//! a row, and the page keys between rows.

use super::seats::{is_free, seats};
use crate::islands::browser;
use encore::domain::hall::{Direction, Spot, next_in_direction};
use leptos::web_sys::{Element, HtmlInputElement};

/// Makes one seat the map's only Tab stop: `wanted` if it is given, otherwise the present Tab stop if that seat can
/// still be chosen, otherwise the first seat that can be chosen.
pub fn one_tab_stop(root: &Element, wanted: Option<&HtmlInputElement>) {
    let all = seats(root, ".seat input");
    let current = wanted.or_else(|| {
        all.iter().find(|seat| !seat.disabled() && seat.tab_index() == 0 && seat.has_attribute("tabindex"))
    });
    let stop = current.or_else(|| all.iter().find(is_free)).cloned();
    for seat in &all {
        let index = if stop.as_ref() == Some(seat) { 0 } else { -1 };
        seat.set_tab_index(index);
    }
    // If no seat can have the focus, the view of the map can, so that the arrow keys scroll it.
    if let Ok(Some(view)) = root.query_selector(".map-view") {
        drop(view.set_attribute("tabindex", if stop.is_some() { "-1" } else { "0" }));
    }
}

/// The seat to which a key moves the focus from `seat`: an arrow key to the next free seat in that direction, Home and
/// End to the first and last free seat of the row, a page key to the nearest free seat of the next row that has one.
pub fn neighbour(root: &Element, seat: &HtmlInputElement, key: &str) -> Option<HtmlInputElement> {
    let free = "input:not(:disabled)";
    let row = seat.closest(".row").ok()??;
    match key {
        "Home" => return seats(&row, free).into_iter().next(),
        "End" => return seats(&row, free).pop(),
        "PageUp" | "PageDown" => {
            let rows: Vec<Element> = browser::all(root, ".row");
            let index = rows.iter().position(|other| *other == row)?;
            let across = |seat: &HtmlInputElement| seat.get_bounding_client_rect().x();
            let here = across(seat);
            let nearest = |row: &Element| {
                let away = |seat: &HtmlInputElement| (across(seat) - here).abs();
                seats(row, free).into_iter().min_by(|one, other| away(one).total_cmp(&away(other)))
            };
            return match key {
                "PageUp" => rows[..index].iter().rev().find_map(nearest),
                _ => rows[index + 1..].iter().find_map(nearest),
            };
        }
        _ => {}
    }
    let way = Direction::from_word(key)?;
    let in_row = seats(&row, ".seat input");
    let index = in_row.iter().position(|other| other == seat)?;
    let beside = [in_row[..index].iter().rev().find(is_free), in_row[index + 1..].iter().find(is_free)];
    let place = |seat: &HtmlInputElement| {
        let place = seat.get_bounding_client_rect();
        (place.x(), place.y())
    };
    let all: Vec<_> = seats(root, &format!(".seat {free}")).into_iter().filter(|other| other != seat).collect();
    let spots = all.iter().map(|other| Spot { at: place(other), is_row_neighbour: beside.contains(&Some(other)) });
    let next = next_in_direction(place(seat), way, spots)?;
    all.into_iter().nth(next)
}
