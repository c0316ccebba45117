//! The seats on the page: reads and changes the check boxes that the server rendered. They are the state of the map's
//! form; the picture and the list of chosen seats follow them.

use super::MapWords;
use crate::islands::browser;
use encore::domain::points::grouped;
use encore::domain::{Points, SeatKind, SeatStatus};
use leptos::wasm_bindgen::{JsCast, JsValue};
use leptos::web_sys::{Element, HtmlInputElement, NodeList};
use std::rc::Rc;

/// A seat of the sections that the page shows.
#[derive(Debug)]
pub struct Seat {
    /// The check boxes of all seats of the page, and the place of this one among them.
    inputs: Rc<NodeList>,
    place: u32,
    pub id: i64,
    /// The position in the order of the whole hall.
    pub index: usize,
    /// The row, counted over the rows of the page.
    pub row: usize,
    /// The centre of the seat, in units of the plan: from the left, from the top.
    pub at: (i32, i32),
}

/// A row of seats.
#[derive(Debug)]
pub struct Row {
    pub name: String,
    /// The number of its section on this page.
    pub section: usize,
}

/// Everything on the page that belongs to seats.
#[derive(Debug)]
pub struct Seats {
    pub seats: Vec<Seat>,
    pub rows: Vec<Row>,
    /// The names of the sections.
    pub sections: Vec<String>,
}

impl Seats {
    /// Reads the seats of the list. The attributes of the `picture` say of each seat its position, the index of its
    /// path, which are returned too, and its id, so that a page with a thousand seats asks for no element of a seat
    /// before it is used. `None` if the page has no list.
    pub fn read(root: &Element, picture: &Element) -> Option<(Self, Vec<usize>)> {
        let (mut all, mut looks) = (Self { seats: vec![], rows: vec![], sections: vec![] }, vec![]);
        let (at, ids) = (attribute(picture, "data-at"), attribute(picture, "data-ids"));
        let mut numbers = at.split(' ').map(|number| number.parse().unwrap_or(0));
        let mut number = || numbers.next().unwrap_or(0);
        let mut distances = ids.split(' ').map(|distance| distance.parse().unwrap_or(0));
        let inputs = Rc::new(root.query_selector_all(".seat input").ok()?);
        let mut id: i64 = 0;
        for section in browser::all::<Element>(root, "[data-first]") {
            let mut index = attribute(&section, "data-first").parse().unwrap_or(0);
            for row in browser::all::<Element>(&section, ".row") {
                for _ in 0..row.query_selector_all(".seat").ok()?.length() {
                    let at = (number(), number());
                    looks.push(number() as usize);
                    id += distances.next().unwrap_or(0_i64);
                    let (inputs, place) = (inputs.clone(), all.seats.len() as u32);
                    all.seats.push(Seat { inputs, place, id, index, row: all.rows.len(), at });
                    index += 1;
                }
                all.rows.push(Row { name: text(&row, ".row-name"), section: all.sections.len() });
            }
            all.sections.push(text(&section, "h2"));
        }
        Some((all, looks))
    }

    /// The chosen seats: their places among the seats of the page.
    pub fn chosen(&self, root: &Element) -> Vec<usize> {
        let chosen = browser::all::<HtmlInputElement>(root, ".seat input:checked:not(:disabled)");
        chosen.iter().filter_map(|input| self.find(input.value().parse().ok()?)).collect()
    }

    /// The place of the seat with this id among the seats of the page. `None` if the page does not show it.
    pub fn find(&self, id: i64) -> Option<usize> {
        self.seats.iter().position(|seat| seat.id == id)
    }

    /// The section, row and number of a seat, in words.
    pub fn full_name(&self, seat: &Seat, words: &MapWords) -> String {
        let section = self.rows.get(seat.row).and_then(|row| self.sections.get(row.section));
        words.in_section.replace("{section}", section.map_or("", |name| name)).replace("{seat}", &seat.place())
    }
}

impl Seat {
    /// The check box.
    pub fn input(&self) -> HtmlInputElement {
        self.inputs.item(self.place).unwrap_or_else(|| JsValue::NULL.unchecked_into()).unchecked_into()
    }

    /// Whether the fan can choose the seat.
    pub fn is_free(&self) -> bool {
        !self.input().disabled()
    }

    pub fn is_chosen(&self) -> bool {
        self.input().checked() && self.is_free()
    }

    pub fn price(&self) -> Points {
        attribute(&self.input(), "data-price").parse().unwrap_or(0)
    }

    /// An attribute of the element around the check box.
    fn attribute(&self, name: &str) -> String {
        self.input().parent_element().map_or(String::new(), |label| attribute(&label, name))
    }

    /// The number of the price band.
    pub fn band(&self) -> String {
        self.attribute("data-band")
    }

    /// The state that the seat shows: that of the seat, or `yours` or `kept`.
    pub fn state(&self) -> String {
        self.attribute("data-state")
    }

    /// The accessible name, with the price and the state.
    pub fn name(&self) -> String {
        attribute(&self.input(), "aria-label")
    }

    /// The number, as it is written on the seat.
    pub fn number(&self) -> String {
        self.input().parent_element().and_then(|label| label.text_content()).unwrap_or_default()
    }

    /// The row and number in words.
    fn place(&self) -> String {
        attribute(&self.input(), "data-place")
    }

    /// Shows a new state, and returns whether the seat can no longer be chosen. A seat that the fan holds stays as it
    /// is; if its hold has ended, the page is reloaded.
    pub fn show(&self, status: SeatStatus, access_is_kept: bool, words: &MapWords) -> bool {
        if self.state() == "yours" {
            // The end of the fan's own hold changes more of the page than this seat.
            if status != SeatStatus::Occupied {
                browser::reload();
            }
            return false;
        }
        // A wheelchair place that is kept from this fan is still kept from them when it becomes free.
        let kind = SeatKind::from_word(&self.attribute("data-kind"));
        let is_kept = access_is_kept && status == SeatStatus::Reservable && kind.is_some_and(SeatKind::is_for_access);
        let word = match status {
            SeatStatus::Reservable if is_kept => &words.kept,
            SeatStatus::Reservable => &words.available,
            SeatStatus::Occupied => &words.held,
            SeatStatus::Reserved => &words.sold,
        };
        let gone = status != SeatStatus::Reservable || is_kept;
        if let Some(label) = self.input().parent_element() {
            drop(label.set_attribute("data-state", if is_kept { "kept" } else { status.as_str() }));
        }
        self.input().set_disabled(gone);
        if gone {
            self.input().set_checked(false);
        }
        let price = words.price.replace("{amount}", &grouped(self.price()));
        let name = words.name.replace("{seat}", &self.place()).replace("{price}", &price).replace("{state}", word);
        drop(self.input().set_attribute("aria-label", &name));
        gone
    }
}

/// The number of seats on this page that are free.
pub fn count_free(root: &Element) -> u32 {
    root.query_selector_all(".seat[data-state=reservable]").map_or(0, |free| free.length())
}

/// Updates each element that shows a number of free seats. Its attribute `data-left` is a selector of the seats to
/// count.
pub fn count_left(root: &Element, words: &MapWords) {
    for place in browser::all::<Element>(root, "[data-left]") {
        let about = attribute(&place, "data-left") + "[data-state=reservable]";
        if let Ok(left) = root.query_selector_all(&about) {
            place.set_text_content(Some(&words.left.replace("{count}", &grouped(left.length().into()))));
        }
    }
}

fn attribute(element: &Element, name: &str) -> String {
    element.get_attribute(name).unwrap_or_default()
}

fn text(within: &Element, selector: &str) -> String {
    let found = within.query_selector(selector).ok().flatten();
    found.and_then(|found| found.text_content()).unwrap_or_default()
}
