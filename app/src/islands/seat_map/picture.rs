//! The picture of the seats: an SVG in which all seats that look the same are one path. A change of seats rebuilds the
//! paths of the looks that changed. The chosen seats are a path of their own over the others, so that choosing one
//! redraws little.

use super::seats::{Seat, Seats};
use crate::islands::browser;
use leptos::web_sys::Element;
use std::cell::{Cell, RefCell};

/// The paths of the picture.
#[derive(Debug)]
pub struct Picture {
    paths: Vec<Path>,
    chosen: Element,
    /// The check marks on the chosen seats and on the fan's own.
    marks: Element,
    /// For each seat of the page, the index of its path.
    looks: RefCell<Vec<usize>>,
}

#[derive(Debug)]
struct Path {
    element: Element,
    /// The state of its seats: see [`Seat::state`].
    state: String,
    /// The price band of its seats, if they are free.
    band: String,
    has_changed: Cell<bool>,
}

impl Picture {
    /// Reads the paths that the server drew. `drawing` is the picture, and `looks` has the index of each seat's path.
    /// `None` if the picture has no paths for the chosen seats.
    pub fn read(drawing: &Element, looks: Vec<usize>) -> Option<Self> {
        let path = |element: Element| {
            let attribute = |name| element.get_attribute(name).unwrap_or_default();
            Path {
                state: attribute("data-state"),
                band: attribute("data-band"),
                element,
                has_changed: Cell::new(false),
            }
        };
        Some(Self {
            paths: browser::all(drawing, ".seats[data-band]").into_iter().map(path).collect(),
            chosen: drawing.query_selector(".seats-chosen").ok()??,
            marks: drawing.query_selector(".seat-marks").ok()??,
            looks: RefCell::new(looks),
        })
    }

    /// The index of the path to which a seat belongs now.
    fn look(&self, seat: &Seat) -> usize {
        let (state, band) = (seat.state(), seat.band());
        let fits = |path: &Path| path.state == state && (state != "reservable" || path.band == band);
        self.paths.iter().position(fits).unwrap_or(0)
    }

    /// Shows the present state of these seats. `changed` are places among the seats of the page.
    pub fn show(&self, seats: &Seats, changed: &[usize]) {
        let mut looks = self.looks.borrow_mut();
        for &place in changed {
            let (Some(seat), Some(before)) = (seats.seats.get(place), looks.get_mut(place)) else { continue };
            let now = self.look(seat);
            if now != *before {
                self.paths[now].has_changed.set(true);
                self.paths[*before].has_changed.set(true);
                *before = now;
            }
        }
        for (index, path) in self.paths.iter().enumerate().filter(|(_, path)| path.has_changed.take()) {
            let of_path = seats.seats.iter().zip(&*looks).filter(|(_, look)| **look == index).map(|(seat, _)| seat);
            drop(path.element.set_attribute("d", &points(of_path)));
        }
    }

    /// Shows which seats are chosen. `chosen` are places among the seats of the page.
    pub fn show_chosen(&self, seats: &Seats, chosen: &[usize]) {
        let of = |places: &mut dyn Iterator<Item = usize>| -> Vec<&Seat> {
            places.filter_map(|place| seats.seats.get(place)).collect()
        };
        let chosen = of(&mut chosen.iter().copied());
        drop(self.chosen.set_attribute("d", &points(chosen.iter().copied())));
        let looks = self.looks.borrow();
        let yours = of(&mut (0..looks.len()).filter(|place| self.paths[looks[*place]].state == "yours"));
        let mark = |seat: &&Seat| format!("M{} {}l4 4l7 -8", seat.at.0 - 5, seat.at.1);
        drop(self.marks.set_attribute("d", &chosen.iter().chain(&yours).map(mark).collect::<String>()));
    }

    /// Whether a seat has a number in the picture: it is free.
    pub fn has_number(&self, place: usize) -> bool {
        self.looks.borrow().get(place).is_some_and(|look| self.paths[*look].state == "reservable")
    }

    /// Dims the free seats whose band is not among `bands`; none if `bands` is empty.
    pub fn dim(&self, bands: &[String]) {
        for path in self.paths.iter().filter(|path| path.state == "reservable") {
            let is_dim = !bands.is_empty() && !bands.contains(&path.band);
            drop(path.element.toggle_attribute_with_force("data-dim", is_dim));
        }
    }
}

/// Seats as the data of an SVG path.
fn points<'s>(seats: impl Iterator<Item = &'s Seat>) -> String {
    seats.map(|seat| format!("M{} {}h0", seat.at.0, seat.at.1)).collect()
}
