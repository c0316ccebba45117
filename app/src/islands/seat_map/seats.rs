//! The seats on the page: reads and changes the check boxes that the server rendered.

use super::MapWords;
use super::live::Update;
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

/// The seat's check box on which an event happened; `None` if it happened elsewhere.
pub fn target(event: &Event) -> Option<HtmlInputElement> {
    let seat = event.target()?.dyn_into::<HtmlInputElement>().ok()?;
    seat.has_attribute(PRICE).then_some(seat)
}

/// The attribute with a seat's price, in points.
const PRICE: &str = "data-price";
/// The attribute with a seat's row and number, in words.
const PLACE: &str = "data-place";

/// Whether a seat can be chosen. The parameter is a double reference, because `Iterator::find` passes one.
pub fn is_free(seat: &&HtmlInputElement) -> bool {
    !seat.disabled()
}

pub fn is_chosen(seat: &HtmlInputElement) -> bool {
    seat.checked() && !seat.disabled()
}

pub fn price(seat: &HtmlInputElement) -> Points {
    seat.get_attribute(PRICE).and_then(|price| price.parse().ok()).unwrap_or(0)
}

/// The row and number of a seat, in words.
fn place(seat: &HtmlInputElement) -> String {
    seat.get_attribute(PLACE).unwrap_or_default()
}

/// The section, row and number of a seat, in words.
pub fn full_name(seat: &HtmlInputElement, words: &MapWords) -> String {
    let section = seat.closest("fieldset").ok().flatten().and_then(|section| section.query_selector("strong").ok()?);
    let section = section.and_then(|section| section.text_content()).unwrap_or_default();
    words.in_section.replace("{section}", &section).replace("{seat}", &place(seat))
}

/// The full names of seats, separated by `between`.
pub fn full_names(seats: &[HtmlInputElement], words: &MapWords, between: &str) -> String {
    seats.iter().map(|seat| full_name(seat, words)).collect::<Vec<_>>().join(between)
}

/// The seats on this page whose state may have changed, each with its new state. A snapshot covers the whole hall, of
/// which the page may show only some sections; of a snapshot, only seats whose state differs from the shown one are
/// returned.
pub fn changed(root: &Element, update: Update<'_>) -> Vec<(HtmlInputElement, SeatStatus)> {
    match update {
        Update::Changed(changes) => {
            let seat = |change: &SeatChange| Some((seat(root, change.id)?, change.status));
            changes.iter().filter_map(seat).collect()
        }
        Update::Snapshot(packed) => {
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

/// Shows a seat's new state, and returns whether the seat can no longer be chosen. A seat that the fan holds stays as
/// it is; if its hold has ended, the page is reloaded.
pub fn show(seat: &HtmlInputElement, status: SeatStatus, access_is_kept: bool, words: &MapWords) -> bool {
    let Some(label) = seat.parent_element() else { return false };
    if state(seat).as_deref() == Some("yours") {
        // The end of the fan's own hold changes more of the page than this seat.
        if status != SeatStatus::Occupied {
            browser::reload();
        }
        return false;
    }
    // A wheelchair place that is kept from this fan is still kept from them when it becomes free.
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

/// Selects the seats that this fan can choose.
const FREE: &str = ".seat[data-state=reservable] input";

/// The number of seats on this page that this fan can choose.
pub fn count_free(root: &Element) -> u32 {
    root.query_selector_all(FREE).map_or(0, |free| free.length())
}

/// Updates each element that shows a number of free seats. Its attribute `data-left` is a selector of the seats to
/// count.
pub fn count_left(root: &Element, words: &MapWords) {
    for place in browser::all::<Element>(root, "[data-left]") {
        let about = place.get_attribute("data-left").unwrap_or_default() + "[data-state=reservable]";
        if let Ok(left) = root.query_selector_all(&about) {
            place.set_text_content(Some(&words.left.replace("{count}", &grouped(left.length().into()))));
        }
    }
}
