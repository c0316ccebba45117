//! The seats that the fan has chosen, on this page and in other sections of a large hall. They are kept in the browser's
//! session storage, so that another section, the other language or a reload loses none of them.

use super::MapWords;
use super::seats::{Seat, Seats};
use crate::islands::browser;
use encore::domain::points::grouped;
use encore::domain::{Points, SeatStatus};
use leptos::web_sys::Element;
use serde::{Deserialize, Serialize};
use std::cell::RefCell;

/// A chosen seat.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Chosen {
    pub id: i64,
    /// The position in the order of the whole hall.
    index: usize,
    /// The section, row and number in words.
    name: String,
    price: Points,
}

pub struct Basket {
    /// The key of the storage. `None` if the chosen seats are not kept.
    key: Option<String>,
    /// The chosen seats in sections that this page does not show.
    elsewhere: RefCell<Vec<Chosen>>,
}

impl Basket {
    /// Reads the seats that were chosen before, and chooses those again that are on the page and free. Returns the names
    /// of those that are gone. If not `keeps`, nothing is read or kept.
    pub fn begin(schedule_id: i64, keeps: bool, seats: &Seats) -> (Self, Vec<String>) {
        let key = keeps.then(|| format!("chosen-{schedule_id}"));
        let before: Vec<Chosen> = key
            .as_ref()
            .and_then(|key| browser::stored(key))
            .and_then(|text| serde_json::from_str(&text).ok())
            .unwrap_or_default();
        let (mut elsewhere, mut gone) = (vec![], vec![]);
        for chosen in before {
            match seats.find(chosen.id).map(|place| &seats.seats[place]) {
                None => elsewhere.push(chosen),
                Some(seat) if seat.is_free() => seat.input.set_checked(true),
                // The fan holds or has bought it.
                Some(seat) if seat.state() == "yours" => {}
                Some(_) => gone.push(chosen.name),
            }
        }
        (Self { key, elsewhere: RefCell::new(elsewhere) }, gone)
    }

    pub fn is_anything_elsewhere(&self) -> bool {
        !self.elsewhere.borrow().is_empty()
    }

    /// Takes a seat off that is in another section. Returns false if it is on this page or not chosen.
    pub fn remove_elsewhere(&self, id: i64) -> bool {
        let mut elsewhere = self.elsewhere.borrow_mut();
        let before = elsewhere.len();
        elsewhere.retain(|chosen| chosen.id != id);
        elsewhere.len() < before
    }

    /// Takes off the seats in other sections that are no longer free, and returns their names. `state` is the new state
    /// of the seat with an id and a position in the hall, `None` if it has not changed.
    pub fn lost_elsewhere(&self, state: impl Fn(i64, usize) -> Option<SeatStatus>) -> Vec<String> {
        let is_lost = |chosen: &Chosen| state(chosen.id, chosen.index).is_some_and(|now| now != SeatStatus::Reservable);
        let (lost, kept) = self.elsewhere.take().into_iter().partition::<Vec<_>, _>(is_lost);
        *self.elsewhere.borrow_mut() = kept;
        lost.into_iter().map(|chosen| chosen.name).collect()
    }

    /// Shows the chosen seats, each with its price and a button that takes it off, and the total on the button that holds
    /// them. `on_page` are the places of those on this page. If `keeps`, keeps them for the next page; while the form is on
    /// its way it must not choose them again, because the fan will hold them. Returns the number of all.
    pub fn show(&self, root: &Element, seats: &Seats, on_page: &[usize], words: &MapWords, keeps: bool) -> usize {
        let on_page = on_page.iter().filter_map(|place| seats.seats.get(*place)).map(|seat| Chosen {
            id: seat.id,
            index: seat.index,
            name: seats.full_name(seat, words),
            price: seat.price(),
        });
        let chosen: Vec<Chosen> = on_page.chain(self.elsewhere.borrow().iter().cloned()).collect();
        if keeps {
            self.store(&serde_json::to_string(&chosen).unwrap_or_default());
        }
        let total = grouped(chosen.iter().map(|chosen| chosen.price).sum());
        let count = chosen.len().to_string();
        let fill = |text: &str| text.replace("{count}", &count).replace("{total}", &total);
        let (summary, submit) = match chosen.len() {
            0 => (words.pick.clone(), words.submit.clone()),
            1 => (fill(&words.summary_one), fill(&words.submit_one)),
            _ => (fill(&words.summary), fill(&words.submit_many)),
        };
        browser::show_text(root, ".bar-summary", &summary);
        browser::show_text(root, ".bar-submit", &submit);
        drop(root.toggle_attribute_with_force("data-chosen", !chosen.is_empty()));
        let Ok(Some(list)) = root.query_selector(".bar-chosen") else { return chosen.len() };
        let elsewhere = self.elsewhere.borrow();
        let item = |chosen: &Chosen| {
            let id = chosen.id;
            let is_elsewhere = elsewhere.iter().any(|other| other.id == id);
            // A seat on this page is sent by its check box.
            let field = format!("<input type=\"hidden\" name=\"seat_ids[]\" value=\"{id}\">");
            let field = if is_elsewhere { field } else { String::new() };
            format!(
                "<li>{field}<span></span><span></span><button type=\"button\" class=\"bar-remove\" data-remove=\"{id}\">×</button></li>"
            )
        };
        list.set_inner_html(&chosen.iter().map(item).collect::<String>());
        for (item, chosen) in browser::all::<Element>(&list, "li").iter().zip(&chosen) {
            let texts = [chosen.name.clone(), words.price.replace("{amount}", &grouped(chosen.price))];
            for (place, text) in browser::all::<Element>(item, "span").iter().zip(&texts) {
                place.set_text_content(Some(text));
            }
            if let Ok(Some(button)) = item.query_selector("button") {
                drop(button.set_attribute("aria-label", &words.remove.replace("{seat}", &chosen.name)));
            }
        }
        chosen.len()
    }

    /// Forgets what is kept for the next page.
    pub fn forget(&self) {
        self.store("[]");
    }

    fn store(&self, text: &str) {
        if let Some(key) = &self.key {
            browser::store(key, text);
        }
    }
}

/// Unticks a seat, and returns whether it was chosen.
pub fn untick(seat: &Seat) -> bool {
    let was_chosen = seat.is_chosen();
    seat.input.set_checked(false);
    was_chosen
}
