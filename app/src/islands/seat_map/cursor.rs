//! The keyboard on the map. The focus is on a button that lies over one seat and has the role and the name of its check
//! box. The arrow keys move it over the map, Home and End within the row, and the page keys between rows. There are two
//! such buttons, of which the focus always goes to the other one, because screen readers read the name of an element
//! only when it gets the focus.

use super::seats::{Seat, Seats};
use super::view::View;
use crate::islands::browser;
use encore::domain::hall::{Direction, Spot, next_in_direction};
use leptos::web_sys::{Element, HtmlElement};
use std::cell::Cell;
use std::rc::Rc;

pub struct Cursor {
    buttons: [HtmlElement; 2],
    /// Which of the buttons is in use.
    used: Cell<usize>,
    /// The seat below the button: its place among the seats of the page.
    place: Cell<usize>,
    seats: Rc<Seats>,
}

impl Cursor {
    /// Puts the cursor on the first seat that can be chosen. `None` if the page has no seats.
    pub fn begin(root: &Element, view: &View, seats: Rc<Seats>) -> Option<Self> {
        let mut buttons = browser::all::<HtmlElement>(root, ".map-cursor").into_iter();
        let buttons = [buttons.next()?, buttons.next()?];
        let place = seats.seats.iter().position(Seat::is_free).unwrap_or(0);
        let cursor = Self { buttons, used: Cell::new(0), place: Cell::new(place), seats };
        cursor.show(view);
        // Without a script the view has the focus, so that the arrow keys scroll it.
        drop(root.query_selector(".map-view").ok()??.remove_attribute("tabindex"));
        Some(cursor)
    }

    /// Whether an element is the cursor.
    pub fn is(&self, element: &Element) -> bool {
        self.buttons.iter().any(|button| **button == *element)
    }

    /// The seat below the cursor.
    pub fn place(&self) -> usize {
        self.place.get()
    }

    /// Puts the cursor on a seat without moving the focus.
    pub fn put(&self, place: usize, view: &View) {
        self.place.set(place);
        self.show(view);
    }

    /// Moves the cursor to a seat, with the focus.
    fn go_to(&self, place: usize, view: &Rc<View>) {
        self.used.set(1 - self.used.get());
        self.put(place, view);
        if let Some(seat) = self.seats.seats.get(place) {
            view.reveal((f64::from(seat.at.0), f64::from(seat.at.1)));
        }
        drop(self.buttons[self.used.get()].focus());
        self.buttons[1 - self.used.get()].set_hidden(true);
    }

    /// Shows the cursor where its seat is now, with the seat's present name and state.
    pub fn show(&self, view: &View) {
        let Some(seat) = self.seats.seats.get(self.place.get()) else { return };
        let used = &self.buttons[self.used.get()];
        // In parts of the picture, so that the button follows every zoom.
        let (across, down) = view.share((f64::from(seat.at.0), f64::from(seat.at.1)));
        for (property, share) in [("left", across), ("top", down)] {
            drop(used.style().set_property(property, &(browser::decimal(share * 100.0) + "%")));
        }
        for (name, value) in [
            ("aria-label", &*seat.name()),
            ("aria-checked", if seat.is_chosen() { "true" } else { "false" }),
            ("aria-disabled", if seat.is_free() { "false" } else { "true" }),
        ] {
            drop(used.set_attribute(name, value));
        }
        used.set_hidden(false);
    }

    /// Moves the cursor for a key. Returns whether the key is one that moves it.
    pub fn moved(&self, key: &str, view: &Rc<View>) -> bool {
        let next = self.next(key);
        next.iter().for_each(|place| self.go_to(*place, view));
        next.is_some()
    }

    /// The seat to which a key moves the cursor: an arrow key to the next free seat in that direction, Home and End to
    /// the first and last free seat of the row, a page key to the nearest free seat of the next row that has one.
    fn next(&self, key: &str) -> Option<usize> {
        let seats = &self.seats.seats;
        let here = self.place.get();
        let from = seats.get(here)?;
        let free = || seats.iter().enumerate().filter(move |(place, seat)| seat.is_free() && *place != here);
        let in_row = |row: usize| free().filter(move |(_, seat)| seat.row == row);
        match key {
            "Home" => return in_row(from.row).map(|(place, _)| place).next(),
            "End" => return in_row(from.row).map(|(place, _)| place).next_back(),
            "PageUp" | "PageDown" => {
                let row = if key == "PageUp" {
                    free().map(|(_, seat)| seat.row).filter(|row| *row < from.row).max()
                } else {
                    free().map(|(_, seat)| seat.row).filter(|row| *row > from.row).min()
                };
                return in_row(row?).min_by_key(|(_, seat)| (seat.at.0 - from.at.0).abs()).map(|(place, _)| place);
            }
            _ => {}
        }
        let way = Direction::from_word(key)?;
        let before = in_row(from.row).map(|(place, _)| place).rfind(|place| *place < here);
        let after = in_row(from.row).map(|(place, _)| place).find(|place| *place > here);
        let point = |seat: &Seat| (f64::from(seat.at.0), f64::from(seat.at.1));
        let spots = free().map(|(place, seat)| Spot {
            at: point(seat),
            is_row_neighbour: Some(place) == before || Some(place) == after,
        });
        let next = next_in_direction(point(from), way, spots)?;
        free().nth(next).map(|(place, _)| place)
    }
}
