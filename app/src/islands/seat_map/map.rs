//! Handles everything that happens on the map: a fan chooses seats, the form is sent, a hold is refused, and other fans
//! take or release seats.

use super::MapWords;
use super::basket::{Basket, Chosen, untick};
use super::cursor::Cursor;
use super::live::Update;
use super::picture::Picture;
use super::seats::{Seats, count_free, count_left};
use super::view::{READABLE, View};
use crate::islands::browser::{self, show_text, target};
use crate::islands::send_form::SendWords;
use crate::problem::Refused;
use encore::domain::hall::unpack;
use encore::domain::party::Closeness;
use encore::domain::{Points, SeatId, SeatNumber, SeatStatus};
use leptos::prelude::{request_animation_frame, set_timeout};
use leptos::task::spawn_local;
use leptos::wasm_bindgen::JsCast;
use leptos::wasm_bindgen::closure::Closure;
use leptos::web_sys::{
    Element, Event, FormData, HtmlFormElement, HtmlInputElement, KeyboardEvent, MouseEvent, TouchEvent,
    UrlSearchParams, WheelEvent,
};
use serde::Deserialize;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

/// The least time between two announcements to screen readers of how many seats are free.
const ANNOUNCED_EVERY: Duration = Duration::from_secs(10);

/// The attribute with which a button names the seat that it offers: its value is the seat's id.
const OFFER: &str = "data-offer";

const MESSAGE: &str = ".bar-message";

/// How far from the centre of a seat a touch still hits it, in pixels.
const FINGER: f64 = 22.0;

/// What the map of a page is for.
#[derive(Debug, Clone, Copy)]
pub struct MapUse {
    pub schedule_id: i64,
    /// The fan whose chosen seats are kept for the next page. `None` if they are not kept.
    pub fan: Option<i64>,
    /// How many more seats the fan may choose; 0 if the page only shows the map.
    pub limit: usize,
    /// Whether wheelchair and companion places are kept from this fan.
    pub access_is_kept: bool,
    /// Whether the form around the map holds the chosen seats, and the island sends it.
    pub holds: bool,
}

/// The state of the map's island.
pub struct Map {
    root: Element,
    words: MapWords,
    of: MapUse,
    seats: Rc<Seats>,
    picture: Rc<Picture>,
    view: Rc<View>,
    cursor: Cursor,
    basket: Basket,
    /// The places of the chosen seats of this page, as [`Map::count`] found them last.
    chosen: RefCell<Vec<usize>>,
    /// Whether an announcement of the number of free seats is planned already.
    is_announcement_planned: Cell<bool>,
    /// Whether the bar is about to be drawn.
    is_bar_planned: Cell<bool>,
}

/// The response of `GET /api/best`.
#[derive(Debug, Deserialize)]
struct Best {
    seats: Vec<FoundSeat>,
    closeness: Option<Closeness>,
}

#[derive(Debug, Deserialize)]
struct FoundSeat {
    id: i64,
    /// The position in the order of the whole hall.
    index: usize,
    section: String,
    row: String,
    number: SeatNumber,
    price: Points,
}

impl Map {
    /// `None` if the page has no seats.
    pub fn begin(root: Element, words: MapWords, of: MapUse) -> Option<Rc<Self>> {
        let drawing = root.query_selector("#map").ok()??;
        let (seats, looks) = Seats::read(&root, &drawing)?;
        let seats = Rc::new(seats);
        let (basket, gone, dropped) = Basket::begin(&root, of, &seats);
        let picture = Rc::new(Picture::read(&drawing, looks)?);
        let view = Rc::new(View::begin(&root, seats.clone(), picture.clone())?);
        let cursor = Cursor::begin(&root, &view, seats.clone())?;
        let (is_announcement_planned, is_bar_planned) = (Cell::new(false), Cell::new(false));
        let chosen = RefCell::default();
        let map = Self {
            root,
            words,
            of,
            seats,
            picture,
            view,
            cursor,
            basket,
            chosen,
            is_announcement_planned,
            is_bar_planned,
        };
        map.count();
        if let Some(seat) = map.chosen.borrow().first().and_then(|place| map.seats.seats.get(*place)) {
            map.view.begin_at((f64::from(seat.at.0), f64::from(seat.at.1)));
        }
        map.show_bar();
        let gone = if gone.is_empty() { String::new() } else { map.taken(&gone) };
        let limit = of.limit.to_string();
        let dropped = match dropped.join(", ") {
            none if none.is_empty() => none,
            names => map.words.dropped.replace("{count}", &limit).replace("{seats}", &names),
        };
        show_text(&map.root, MESSAGE, (gone + " " + &dropped).trim());
        if of.holds {
            forget_search();
        }
        map.view.plan_overlays();
        Some(Rc::new(map))
    }

    /// Handles the events of the map and its form for as long as the page is open. `look_again` requests a
    /// snapshot of all seats from the server.
    pub fn listen(self: Rc<Self>, send: SendWords, look_again: impl Fn() + Copy + 'static) {
        if self.basket.count_elsewhere() > 0 {
            look_again();
        }
        let form = self.root.closest("form").ok().flatten().filter(|_| self.of.holds);
        let form = form.and_then(|form| form.dyn_into::<HtmlFormElement>().ok());
        let party = browser::find("form.party").filter(|_| self.of.holds);
        let (map, sent) = (self.clone(), form.clone());
        // One closure for all kinds of events, because each further closure would make the download larger.
        let done = Closure::<dyn Fn(Event)>::new(move |event: Event| match &*event.type_() {
            // The browser itself sends the form that holds the best seats at once.
            "submit" if browser::has_own_address(&event) => {}
            "submit" => match &sent {
                // The search for the best seats, which is a form of its own.
                _ if target(&event).is_some_and(|form| form.class_list().contains("party")) => {
                    map.clone().search(&event)
                }
                Some(form) => {
                    event.prevent_default();
                    show_text(&map.root, MESSAGE, "");
                    map.offer(&[]);
                    map.basket.forget();
                    let map = map.clone();
                    browser::send_form(form.clone(), send.clone(), move |_, refused| {
                        map.show_refusal(refused);
                        look_again();
                    });
                }
                None => {}
            },
            "change" => map.ticked(&event),
            "keydown" => {
                if let (Some(event), Some(at)) = (event.dyn_ref::<KeyboardEvent>(), target(&event))
                    && map.cursor.is(&at)
                    && map.cursor.moved(&event.key(), &map.view)
                {
                    event.prevent_default();
                }
            }
            "wheel" => event.dyn_ref().iter().for_each(|event: &&WheelEvent| map.view.wheeled(event)),
            "touchstart" | "touchmove" => {
                event.dyn_ref().iter().for_each(|event: &&TouchEvent| map.view.touched(event))
            }
            "click" => map.clicked(&event),
            // The view was scrolled, or the window has another size.
            _ => map.view.plan_overlays(),
        });
        let listener = done.as_ref().unchecked_ref();
        for form in [form.as_deref().map(|form| -> &Element { form }), party.as_ref()].into_iter().flatten() {
            drop(form.add_event_listener_with_callback("submit", listener));
        }
        for name in ["change", "keydown", "click"] {
            drop(self.root.add_event_listener_with_callback(name, listener));
        }
        if let Ok(Some(view)) = self.root.query_selector(".map-view") {
            for name in ["wheel", "touchstart", "touchmove", "scroll"] {
                drop(view.add_event_listener_with_callback(name, listener));
            }
        }
        browser::on_resize(listener);
        done.forget();
    }

    /// Applies changes of seats. If a chosen seat was taken, it is no longer chosen, and a message names it.
    pub fn apply(self: &Rc<Self>, update: Update<'_>) {
        // A chosen seat that changes while the form is on its way may be the fan's own hold, whose event came before
        // the response to the form.
        let is_sent = self.is_sent();
        let mut lost = vec![];
        let mut changed = vec![];
        let states: Vec<SeatStatus> = match &update {
            Update::Snapshot(packed) => unpack(packed).collect(),
            Update::Changed(_) => vec![],
        };
        let new_state = |id: i64, index: usize| match &update {
            Update::Snapshot(_) => states.get(index).copied(),
            Update::Changed(changes) => changes.iter().find(|change| change.id.0 == id).map(|change| change.status),
        };
        for (place, seat) in self.seats.seats.iter().enumerate() {
            let Some(status) = new_state(seat.id, seat.index) else { continue };
            let was_chosen = seat.is_chosen();
            if seat.state() == status.as_str() || (was_chosen && is_sent) {
                continue;
            }
            if seat.show(status, self.of.access_is_kept, &self.words) && was_chosen {
                lost.push(self.seats.full_name(seat, &self.words));
            }
            changed.push(place);
        }
        if !is_sent {
            lost.extend(self.basket.lost_elsewhere(new_state));
        }
        self.show_changes(&changed);
        if !lost.is_empty() {
            show_text(&self.root, MESSAGE, &self.taken(&lost));
        }
        // During a rush seats change many times a second, so announcements are limited.
        if !self.is_announcement_planned.replace(true) {
            let map = self.clone();
            let say = move || {
                map.is_announcement_planned.set(false);
                let free = count_free(&map.root).to_string();
                show_text(&map.root, ".bar-free", &map.words.free.replace("{count}", &free));
            };
            set_timeout(say, ANNOUNCED_EVERY);
        }
    }

    /// The message that chosen seats were taken.
    fn taken(&self, names: &[String]) -> String {
        self.words.just_taken.replace("{seat}", &names.join(", "))
    }

    /// Shows seats whose state has changed. They are places among the seats of the page.
    fn show_changes(&self, places: &[usize]) {
        self.picture.show(&self.seats, places);
        self.cursor.show(&self.view);
        self.count();
        self.show_bar();
        if !places.is_empty() {
            count_left(&self.root, &self.words);
            self.view.renumber();
        }
    }

    /// Shows in the picture what is chosen, and returns the number of all chosen seats.
    fn count(&self) -> usize {
        let on_page = self.seats.chosen(&self.root);
        self.picture.show_chosen(&self.seats, &on_page);
        let count = on_page.len() + self.basket.count_elsewhere();
        *self.chosen.borrow_mut() = on_page;
        count
    }

    /// Shows the chosen seats in the bar after the next frame, so that a tap on a seat need not wait for it.
    fn plan_bar(self: &Rc<Self>) {
        if !self.is_bar_planned.replace(true) {
            let map = self.clone();
            request_animation_frame(move || set_timeout(move || map.show_bar(), Duration::ZERO));
        }
    }

    /// Shows the chosen seats in the bar.
    fn show_bar(&self) {
        self.is_bar_planned.set(false);
        self.basket.show(&self.root, &self.seats, &self.chosen.borrow(), &self.words, !self.is_sent());
        // What was chosen is held with the button of the bar.
        if let Some(button) = browser::find("form.party [formaction]") {
            drop(button.toggle_attribute_with_force("hidden", self.root.has_attribute("data-chosen")));
        }
        for offer in browser::all::<Element>(&self.root, ".nearest button") {
            let is_chosen = self.offered(&offer).is_some_and(|place| self.seats.seats[place].is_chosen());
            drop(offer.set_attribute("aria-pressed", if is_chosen { "true" } else { "false" }));
        }
    }

    fn clicked(self: &Rc<Self>, event: &Event) {
        let (Some(at), Some(event)) = (target(event), event.dyn_ref::<MouseEvent>()) else { return };
        if self.view.clicked(&at, event) {
            return;
        }
        if let Some(place) = self.offered(&at) {
            return self.toggle(place);
        }
        if let Some(id) = at.get_attribute("data-remove").and_then(|id| id.parse().ok()) {
            return self.remove(id);
        }
        if let Some(filter) = at.closest("[data-filter]").ok().flatten() {
            return self.filter(&filter);
        }
        if self.cursor.is(&at) && event.detail() == 0 {
            return self.toggle(self.cursor.place());
        }
        if at.closest(".map-view").ok().flatten().is_some() {
            self.touch(self.view.point(event.client_x(), event.client_y()));
        }
    }

    /// Chooses the seat at a point of the plan, or enlarges it if it is too small to be hit.
    fn touch(self: &Rc<Self>, at: (f64, f64)) {
        let Some((place, away)) = self.view.nearest(at) else { return };
        if away * self.view.scale() > FINGER {
            return;
        }
        if self.view.scale() < READABLE {
            return self.view.enlarge(at);
        }
        self.cursor.put(place, &self.view);
        self.toggle(place);
    }

    /// Chooses a seat or takes it off. If it cannot be chosen, the message says why.
    fn toggle(self: &Rc<Self>, place: usize) {
        let Some(seat) = self.seats.seats.get(place) else { return };
        if self.is_sent() {
            // A seat that is chosen now would not be part of the form that is on its way.
            return;
        }
        if !seat.is_free() || self.of.limit == 0 {
            return show_text(&self.root, MESSAGE, &seat.name());
        }
        seat.input().set_checked(!seat.input().checked());
        self.chose(place);
    }

    /// Handles a check box of the list that the fan has ticked or unticked.
    fn ticked(self: &Rc<Self>, event: &Event) {
        let Some(input) = target(event).and_then(|target| target.dyn_into::<HtmlInputElement>().ok()) else { return };
        let Some(place) = input.value().parse().ok().and_then(|id| self.seats.find(id)) else { return };
        if self.is_sent() {
            return input.set_checked(!input.checked());
        }
        self.chose(place);
    }

    /// Shows a seat that was chosen or taken off, and takes it off if it exceeds the limit.
    fn chose(self: &Rc<Self>, place: usize) {
        show_text(&self.root, MESSAGE, "");
        if self.count() > self.of.limit && untick(&self.seats.seats[place]) {
            self.count();
            show_text(&self.root, MESSAGE, &self.too_many());
        }
        self.cursor.show(&self.view);
        self.plan_bar();
    }

    /// Takes a chosen seat off.
    fn remove(&self, id: i64) {
        if self.is_sent() {
            return;
        }
        match self.seats.find(id) {
            Some(place) => {
                untick(&self.seats.seats[place]);
            }
            None => self.basket.remove_elsewhere(id),
        }
        show_text(&self.root, MESSAGE, "");
        self.show_changes(&[]);
        // The button had the focus and is gone.
        browser::focus(&self.root, ".bar-remove, .bar-submit");
    }

    /// Shows only the price bands whose buttons are pressed.
    fn filter(&self, button: &Element) {
        let is_pressed = button.get_attribute("aria-pressed").as_deref() == Some("true");
        drop(button.set_attribute("aria-pressed", if is_pressed { "false" } else { "true" }));
        let pressed = browser::all::<Element>(&self.root, "[data-filter][aria-pressed=true]");
        let bands: Vec<_> = pressed.iter().filter_map(|button| button.get_attribute("data-filter")).collect();
        self.picture.dim(&bands);
    }

    /// Finds the best seats for a party and chooses them in place of those that were found before.
    fn search(self: Rc<Self>, event: &Event) {
        event.prevent_default();
        let form = target(event).and_then(|form| form.dyn_into::<HtmlFormElement>().ok());
        let fields = form.and_then(|form| FormData::new_with_form(&form).ok());
        let fields = fields.and_then(|fields| UrlSearchParams::new_with_str_sequence_sequence(&fields).ok());
        let Some(fields) = fields else { return };
        let url = format!("/api/best?schedule_id={}&{}", self.of.schedule_id, String::from(fields.to_string()));
        spawn_local(async move {
            let Ok(best) = browser::fetch_json::<Best>(&url).await else {
                return show_text(&self.root, MESSAGE, &self.words.no_answer);
            };
            if !self.is_sent() {
                self.choose_found(best);
            }
        });
    }

    fn choose_found(&self, best: Best) {
        let Some(closeness) = best.closeness else {
            return show_text(&self.root, MESSAGE, &self.words.found_none);
        };
        let own = self.basket.chosen_by_hand(&self.seats, &self.seats.chosen(&self.root));
        let new: Vec<FoundSeat> = best.seats.into_iter().filter(|seat| !own.contains(&seat.id)).collect();
        if own.len() + new.len() > self.of.limit {
            return show_text(&self.root, MESSAGE, &self.too_many());
        }
        let mut changed = self.basket.replace_found(&self.seats, new.iter().map(|seat| seat.id).collect());
        let mut first = None;
        let mut sections: Vec<String> = vec![];
        for seat in new {
            if let Some(place) = self.seats.find(seat.id) {
                self.seats.seats[place].input().set_checked(true);
                changed.push(place);
                first = first.or(Some(place));
            } else {
                if !sections.contains(&seat.section) {
                    sections.push(seat.section.clone());
                }
                self.basket.add_elsewhere(seat.chosen(&self.words));
            }
        }
        self.show_changes(&changed);
        let mut message = match closeness {
            Closeness::Together => String::new(),
            Closeness::LeavesOrphan => self.words.found_leaves_one.clone(),
            Closeness::Apart => self.words.found_apart.clone(),
        };
        if !sections.is_empty() {
            message = message + " " + &self.words.found_in.replace("{section}", &sections.join(", "));
        }
        show_text(&self.root, MESSAGE, message.trim());
        sections.iter().for_each(|section| self.link_section(section));
        if let Some(seat) = first.and_then(|place| self.seats.seats.get(place)) {
            self.view.reveal((f64::from(seat.at.0), f64::from(seat.at.1)));
            self.view.show();
        }
    }

    /// Adds a link to another section of a large hall to the message. Its address is that of the section's card.
    fn link_section(&self, name: &str) {
        let is_named = |card: &Element| {
            let named = card.query_selector("strong").ok().flatten().and_then(|named| named.text_content());
            named.as_deref() == Some(name)
        };
        let card = browser::all::<Element>(&self.root, ".sections li a").into_iter().find(is_named);
        let to = card.and_then(|card| card.get_attribute("href"));
        let (Some(to), Ok(Some(message))) = (to, self.root.query_selector(MESSAGE)) else { return };
        drop(message.insert_adjacent_html("beforeend", " <a></a>"));
        if let Some(link) = message.last_element_child() {
            link.set_text_content(Some(&self.words.show_section.replace("{section}", name)));
            drop(link.set_attribute("href", &to));
        }
    }

    /// The message that no more seats can be chosen.
    fn too_many(&self) -> String {
        self.words.too_many.replace("{count}", &self.of.limit.to_string())
    }

    /// Shows why a hold was refused, marks the seats that are gone, and offers the nearest free seats.
    fn show_refusal(&self, refused: Refused) {
        let on_page = |ids: Option<Vec<SeatId>>| -> Vec<usize> {
            ids.unwrap_or_default().into_iter().filter_map(|id| self.seats.find(id.0)).collect()
        };
        let gone = refused.seat_ids.clone().filter(|_| refused.code == "seat_taken").unwrap_or_default();
        let lost = on_page(Some(gone.clone()));
        for &place in &lost {
            self.seats.seats[place].show(SeatStatus::Occupied, self.of.access_is_kept, &self.words);
        }
        let mut names: Vec<_> =
            lost.iter().map(|place| self.seats.full_name(&self.seats.seats[*place], &self.words)).collect();
        names.extend(
            self.basket.lost_elsewhere(|id, _| gone.iter().any(|gone| gone.0 == id).then_some(SeatStatus::Occupied)),
        );
        let mut message = refused.message;
        if !names.is_empty() {
            message = message + " " + &self.words.gone.replace("{seats}", &names.join(", "));
        }
        self.show_changes(&lost);
        show_text(&self.root, MESSAGE, &message);
        let mut nearest = on_page(refused.nearest);
        nearest.retain(|place| self.seats.seats[*place].is_free() && !self.seats.seats[*place].is_chosen());
        self.offer(&nearest);
    }

    /// Shows free seats as toggle buttons.
    fn offer(&self, free: &[usize]) {
        let Ok(Some(offers)) = self.root.query_selector(".nearest") else { return };
        let free: Vec<_> = free.iter().filter_map(|place| self.seats.seats.get(*place)).collect();
        let button = |id: i64| {
            format!(
                "<li><button type=\"button\" class=\"button button-second\" aria-pressed=\"false\" {OFFER}=\"{id}\"></button></li>"
            )
        };
        offers.set_inner_html(&free.iter().map(|seat| button(seat.id)).collect::<String>());
        for (button, seat) in browser::all::<Element>(&offers, "button").iter().zip(&free) {
            button.set_text_content(Some(&self.seats.full_name(seat, &self.words)));
        }
    }

    /// The seat that a button offers.
    fn offered(&self, button: &Element) -> Option<usize> {
        self.seats.find(button.get_attribute(OFFER)?.parse().ok()?)
    }

    /// Whether the form around the map is on its way.
    fn is_sent(&self) -> bool {
        self.root.closest("[data-sent]").ok().flatten().is_some()
    }
}

impl FoundSeat {
    fn chosen(&self, words: &MapWords) -> Chosen {
        let seat = words.place.replace("{row}", &self.row).replace("{number}", self.number.as_str());
        let name = words.in_section.replace("{section}", &self.section).replace("{seat}", &seat);
        Chosen { id: self.id, index: self.index, name, price: self.price, found: true }
    }
}

/// Removes the search for the best seats from the address of the page, which the server has carried out: after a reload
/// it would choose seats again. The address keeps the section that the search has opened.
fn forget_search() {
    let Some(query) = browser::query().filter(|query| query.has("party")) else { return };
    query.delete("party");
    query.delete("band");
    if let Some(section) = browser::find("form.hall [name=section]").and_then(|field| field.get_attribute("value")) {
        query.set("section", &section);
    }
    browser::replace_query(&query);
}
