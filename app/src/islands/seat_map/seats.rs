//! The seats of the page: the server's check boxes, read and changed in place.

use super::MapWords;
use super::live::News;
use crate::islands::browser;
use encore::domain::hall::unpack;
use encore::domain::points::grouped;
use encore::domain::seat::SeatChange;
use encore::domain::{Points, SeatId, SeatKind, SeatStatus};
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::{Element, Event, HtmlInputElement};

/// The check boxes within an element that match a selector.
pub fn seats(within: &Element, selector: &str) -> Vec<HtmlInputElement> {
    browser::all(within, selector)
}

/// The check box of a seat; `None` if the page does not show it.
pub fn seat(within: &Element, id: SeatId) -> Option<HtmlInputElement> {
    seats(within, &format!("#seat-{id}")).pop()
}

/// The check box that an event is about.
pub fn target(event: &Event) -> Option<HtmlInputElement> {
    let seat = event.target()?.dyn_into::<HtmlInputElement>().ok()?;
    seat.has_attribute(PRICE).then_some(seat)
}

/// The attribute of a seat with its price in points, and the one with its row and number as people say them.
const PRICE: &str = "data-price";
const PLACE: &str = "data-place";

/// Whether a seat can be chosen.
pub fn is_free(seat: &&HtmlInputElement) -> bool {
    !seat.disabled()
}

pub fn is_chosen(seat: &HtmlInputElement) -> bool {
    seat.checked() && !seat.disabled()
}

pub fn price(seat: &HtmlInputElement) -> Points {
    seat.get_attribute(PRICE).and_then(|price| price.parse().ok()).unwrap_or(0)
}

/// The row and the number of a seat.
fn place(seat: &HtmlInputElement) -> String {
    seat.get_attribute(PLACE).unwrap_or_default()
}

/// The section, the row and the number of a seat.
pub fn full_name(seat: &HtmlInputElement, words: &MapWords) -> String {
    let section = seat.closest("fieldset").ok().flatten().and_then(|section| section.query_selector("strong").ok()?);
    let section = section.and_then(|section| section.text_content()).unwrap_or_default();
    words.in_section.replace("{section}", &section).replace("{seat}", &place(seat))
}

/// The full names of seats, with something between them.
pub fn full_names(seats: &[HtmlInputElement], words: &MapWords, between: &str) -> String {
    seats.iter().map(|seat| full_name(seat, words)).collect::<Vec<_>>().join(between)
}

/// The seats that the news is about, with the state of each. A snapshot is of the whole hall, of which a page may show a
/// part; it names only what differs from what is shown.
pub fn changed(root: &Element, news: News<'_>) -> Vec<(HtmlInputElement, SeatStatus)> {
    match news {
        News::Changed(changes) => {
            let seat = |change: &SeatChange| Some((seat(root, change.id)?, change.status));
            changes.iter().filter_map(seat).collect()
        }
        News::Snapshot(packed) => {
            let states: Vec<SeatStatus> = unpack(packed).collect();
            let sections = browser::all::<Element>(root, "[data-first]").into_iter();
            let seats = sections.flat_map(|section| {
                let first = section.get_attribute("data-first").and_then(|first| first.parse().ok()).unwrap_or(0_usize);
                seats(&section, ".seat input").into_iter().enumerate().map(move |(i, seat)| (first + i, seat))
            });
            let seats = seats.filter_map(|(index, seat)| Some((seat, *states.get(index)?)));
            seats.filter(|(seat, status)| state(seat).as_deref() != Some(status.as_str())).collect()
        }
    }
}

/// The state that a seat shows.
fn state(seat: &HtmlInputElement) -> Option<String> {
    seat.parent_element()?.get_attribute("data-state")
}

/// Shows a seat's new state, and returns whether the seat can no longer be chosen.
pub fn show(seat: &HtmlInputElement, status: SeatStatus, access_is_kept: bool, words: &MapWords) -> bool {
    let Some(label) = seat.parent_element() else { return false };
    if state(seat).as_deref() == Some("yours") {
        // The fan's own hold is no news; its end changes more of the page than this seat.
        if status != SeatStatus::Occupied {
            browser::reload();
        }
        return false;
    }
    // A seat that is kept from this fan stays so when it becomes free.
    let kind = label.get_attribute("data-kind").and_then(|kind| SeatKind::from_word(&kind));
    let is_kept = access_is_kept && status == SeatStatus::Reservable && kind.is_some_and(SeatKind::is_for_access);
    let word = match status {
        SeatStatus::Reservable if is_kept => &words.kept,
        SeatStatus::Reservable => &words.available,
        SeatStatus::Occupied => &words.held,
        SeatStatus::Reserved => &words.sold,
    };
    let gone = status != SeatStatus::Reservable || is_kept;
    drop(label.set_attribute("data-state", if is_kept { "kept" } else { status.as_str() }));
    seat.set_disabled(gone);
    if gone {
        seat.set_checked(false);
    }
    let price = words.price.replace("{amount}", &grouped(price(seat)));
    let name = words.name.replace("{seat}", &place(seat)).replace("{price}", &price).replace("{state}", word);
    drop(seat.set_attribute("aria-label", &name));
    gone
}

/// The seats that can be had.
const FREE: &str = ".seat[data-state=reservable] input";

/// How many seats of the page can be had.
pub fn count_free(root: &Element) -> u32 {
    root.query_selector_all(FREE).map_or(0, |free| free.length())
}

/// Counts the free seats in each element that tells them: `data-left` selects the seats that it is about.
pub fn count_left(root: &Element, words: &MapWords) {
    for place in browser::all::<Element>(root, "[data-left]") {
        let about = place.get_attribute("data-left").unwrap_or_default() + "[data-state=reservable]";
        if let Ok(left) = root.query_selector_all(&about) {
            place.set_text_content(Some(&words.left.replace("{count}", &grouped(left.length().into()))));
        }
    }
}
