//! The seats that the fan has chosen, on this page and in other sections of a large hall. They are kept in the
//! browser's session storage, so that another section, the other language or a reload loses none of them.

use super::MapWords;
use super::map::MapUse;
use super::seats::{Seat, Seats};
use crate::islands::browser::{self, escaped};
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
    pub index: usize,
    /// The section, row and number in words.
    pub name: String,
    pub price: Points,
    /// Whether the last search for the best seats chose it.
    #[serde(default)]
    pub found: bool,
}

pub struct Basket {
    /// The key of the storage, which names the fan and the schedule. `None` if the chosen seats are not kept.
    key: Option<String>,
    /// The chosen seats in sections that this page does not show.
    elsewhere: RefCell<Vec<Chosen>>,
    /// The ids of the seats that the last search for the best seats chose.
    found: RefCell<Vec<i64>>,
}

impl Basket {
    /// Begins with the seats that the server has chosen: those on the page are ticked, those in other sections are in
    /// the bar. Adds the seats that the fan chose before, up to the limit. Returns the names of those that are gone,
    /// and of those that exceed the limit.
    pub fn begin(root: &Element, of: MapUse, seats: &Seats) -> (Self, Vec<String>, Vec<String>) {
        let key = of.fan.map(|fan| format!("chosen-{fan}-{}", of.schedule_id));
        let before: Vec<Chosen> = key
            .as_ref()
            .and_then(|key| browser::stored(key))
            .and_then(|text| serde_json::from_str(&text).ok())
            .unwrap_or_default();
        let rendered = browser::all::<Element>(root, "[data-seat]");
        let rendered = rendered.iter().filter_map(|item| item.get_attribute("data-seat"));
        let mut elsewhere: Vec<Chosen> = rendered.filter_map(|text| serde_json::from_str(&text).ok()).collect();
        let ticked = seats.chosen(root);
        let mut count = ticked.len() + elsewhere.len();
        let mut found: Vec<i64> = before.iter().filter(|chosen| chosen.found).map(|chosen| chosen.id).collect();
        if browser::find("#found").is_some() {
            found.extend(ticked.iter().map(|place| seats.seats[*place].id));
            found.extend(elsewhere.iter().map(|chosen| chosen.id));
        }
        let (mut gone, mut dropped) = (vec![], vec![]);
        for chosen in before {
            let seat = seats.find(chosen.id).map(|place| &seats.seats[place]);
            match seat {
                Some(seat) if seat.is_chosen() => {}
                None if elsewhere.iter().any(|other| other.id == chosen.id) => {}
                // The fan holds or has bought it.
                Some(seat) if seat.state() == "yours" => {}
                Some(seat) if !seat.is_free() => gone.push(chosen.name),
                _ if count >= of.limit => dropped.push(chosen.name),
                Some(seat) => {
                    seat.input().set_checked(true);
                    count += 1;
                }
                None => {
                    elsewhere.push(chosen);
                    count += 1;
                }
            }
        }
        (Self { key, elsewhere: RefCell::new(elsewhere), found: RefCell::new(found) }, gone, dropped)
    }

    /// The ids of the chosen seats that no search has found. `on_page` are the places of the chosen seats on this page.
    pub fn chosen_by_hand(&self, seats: &Seats, on_page: &[usize]) -> Vec<i64> {
        let (elsewhere, found) = (self.elsewhere.borrow(), self.found.borrow());
        let on_page = on_page.iter().filter_map(|place| seats.seats.get(*place)).map(|seat| seat.id);
        let all = on_page.chain(elsewhere.iter().map(|chosen| chosen.id));
        all.filter(|id| !found.contains(id)).collect()
    }

    /// Takes off the seats that the last search chose, and returns the places of those that are on this page. `ids` are
    /// the seats that the present search chooses.
    pub fn replace_found(&self, seats: &Seats, ids: Vec<i64>) -> Vec<usize> {
        let before = self.found.replace(ids);
        self.elsewhere.borrow_mut().retain(|chosen| !before.contains(&chosen.id));
        let places: Vec<usize> = before.into_iter().filter_map(|id| seats.find(id)).collect();
        for place in &places {
            untick(&seats.seats[*place]);
        }
        places
    }

    /// Chooses a seat in another section.
    pub fn add_elsewhere(&self, chosen: Chosen) {
        self.elsewhere.borrow_mut().push(chosen);
    }

    /// How many seats are chosen in other sections.
    pub fn count_elsewhere(&self) -> usize {
        self.elsewhere.borrow().len()
    }

    /// Takes a seat off that is in another section.
    pub fn remove_elsewhere(&self, id: i64) {
        self.elsewhere.borrow_mut().retain(|chosen| chosen.id != id);
    }

    /// Takes off the seats in other sections that are no longer free, and returns their names. `state` is the new state
    /// of the seat with an id and a position in the hall, `None` if it has not changed.
    pub fn lost_elsewhere(&self, state: impl Fn(i64, usize) -> Option<SeatStatus>) -> Vec<String> {
        let is_lost = |chosen: &Chosen| state(chosen.id, chosen.index).is_some_and(|now| now != SeatStatus::Reservable);
        let (lost, kept) = self.elsewhere.take().into_iter().partition::<Vec<_>, _>(is_lost);
        *self.elsewhere.borrow_mut() = kept;
        lost.into_iter().map(|chosen| chosen.name).collect()
    }

    /// Shows the chosen seats, each with its price and a button that takes it off, and the total on the button that
    /// holds them. `on_page` are the places of those on this page. If `keeps`, keeps them for the next page; while the
    /// form is on its way it must not choose them again, because the fan will hold them.
    pub fn show(&self, root: &Element, seats: &Seats, on_page: &[usize], words: &MapWords, keeps: bool) {
        let found = self.found.borrow();
        let on_page = on_page.iter().filter_map(|place| seats.seats.get(*place)).map(|seat| Chosen {
            id: seat.id,
            index: seat.index,
            name: seats.full_name(seat, words),
            price: seat.price(),
            found: found.contains(&seat.id),
        });
        let chosen: Vec<Chosen> = on_page.chain(self.elsewhere.borrow().iter().cloned()).collect();
        if keeps {
            self.store(&serde_json::to_string(&chosen).unwrap_or_default());
        }
        let ids: Vec<i64> = chosen.iter().map(|chosen| chosen.id).collect();
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
        let Ok(Some(list)) = root.query_selector(".bar-chosen") else { return };
        let elsewhere = self.elsewhere.borrow();
        let item = |chosen: &Chosen| {
            let (id, name) = (chosen.id, escaped(&chosen.name));
            let is_elsewhere = elsewhere.iter().any(|other| other.id == id);
            // A seat on this page is sent by its check box.
            let field = format!("<input type=\"hidden\" name=\"seat_ids[]\" value=\"{id}\">");
            let field = if is_elsewhere { field } else { String::new() };
            let price = words.price.replace("{amount}", &grouped(chosen.price));
            let remove = words.remove.replace("{seat}", &name);
            format!(
                "<li data-id=\"{id}\">{field}<span>{name}</span><span>{price}</span>\
                 <button type=\"button\" class=\"bar-remove\" data-remove=\"{id}\" aria-label=\"{remove}\">×</button></li>"
            )
        };
        // The items that stay are not touched: this is what a tap on a phone mostly waits for.
        let id = |item: &Element| item.get_attribute("data-id").and_then(|id| id.parse().ok()).unwrap_or(0);
        let mut shown = browser::all::<Element>(&list, "li").into_iter().peekable();
        for chosen in &chosen {
            while let Some(gone) = shown.next_if(|item| id(item) != chosen.id && !ids.contains(&id(item))) {
                gone.remove();
            }
            match shown.peek() {
                Some(next) if id(next) == chosen.id => drop(shown.next()),
                Some(next) => drop(next.insert_adjacent_html("beforebegin", &item(chosen))),
                None => drop(list.insert_adjacent_html("beforeend", &item(chosen))),
            }
        }
        shown.for_each(|gone| gone.remove());
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
    seat.input().set_checked(false);
    was_chosen
}
