//! Handles everything that happens on the map: a fan chooses seats, the form is sent, a hold is refused, and other fans
//! take or release seats.

use super::MapWords;
use super::keyboard::{neighbour, one_tab_stop};
use super::live::Update;
use super::seats::{self, full_name, is_chosen, is_free, seat};
use crate::islands::browser::{self, show_text};
use crate::islands::send_form::SendWords;
use crate::problem::Refused;
use encore::domain::points::grouped;
use encore::domain::{SeatId, SeatStatus};
use leptos::prelude::set_timeout;
use leptos::wasm_bindgen::JsCast;
use leptos::wasm_bindgen::closure::Closure;
use leptos::web_sys::{Element, Event, HtmlFormElement, HtmlInputElement, KeyboardEvent};
use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

/// The least time between two announcements to screen readers of how many seats are free.
const ANNOUNCED_EVERY: Duration = Duration::from_secs(10);

/// The attribute with which a button names the seat that it offers: its value is the seat's id.
const OFFER: &str = "data-offer";

const MESSAGE: &str = ".bar-message";

/// The state of the map's island.
pub struct Map {
    root: Element,
    words: MapWords,
    /// How many more seats the fan may choose.
    limit: u32,
    /// Whether wheelchair and companion places are kept from this fan.
    access_is_kept: bool,
    /// Whether an announcement of the number of free seats is planned already.
    is_announcement_planned: Cell<bool>,
}

impl Map {
    pub fn begin(root: Element, words: MapWords, limit: u32, access_is_kept: bool) -> Rc<Self> {
        let map = Self { root, words, limit, access_is_kept, is_announcement_planned: Cell::new(false) };
        one_tab_stop(&map.root, None);
        map.count();
        Rc::new(map)
    }

    /// Handles the events of the map and its form for as long as the page is open. `look_again` requests a
    /// snapshot of all seats from the server.
    pub fn listen(self: Rc<Self>, send: SendWords, look_again: impl Fn() + Copy + 'static) {
        let form = self.root.closest("form").ok().flatten();
        let Some(form) = form.and_then(|form| form.dyn_into::<HtmlFormElement>().ok()) else { return };
        let (map, sent) = (self.clone(), form.clone());
        // One closure for all kinds of events, because each further closure would make the download larger.
        let done = Closure::<dyn Fn(Event)>::new(move |event: Event| match &*event.type_() {
            "submit" => {
                event.prevent_default();
                show_text(&map.root, MESSAGE, "");
                map.offer(&[]);
                let map = map.clone();
                browser::send_form(sent.clone(), send.clone(), move |_, refused| {
                    map.show_refusal(refused);
                    look_again();
                });
            }
            "change" => map.choose(&event),
            "keydown" => {
                if let Some(event) = event.dyn_ref::<KeyboardEvent>() {
                    map.on_key(event);
                }
            }
            // The arrow keys continue from the seat that was focused last.
            "focusin" => seats::target(&event).iter().for_each(|seat| one_tab_stop(&map.root, Some(seat))),
            // A click on an offer is a click on the seat itself.
            _ => {
                let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
                target.and_then(|target| map.offered(&target)).iter().for_each(|seat| seat.click());
            }
        });
        let listener = done.as_ref().unchecked_ref();
        drop(form.add_event_listener_with_callback("submit", listener));
        for name in ["change", "keydown", "focusin", "click"] {
            drop(self.root.add_event_listener_with_callback(name, listener));
        }
        done.forget();
    }

    /// Applies changes of seats. If a chosen seat was taken, it is no longer chosen, and a message names it.
    pub fn apply(self: &Rc<Self>, update: Update<'_>) {
        for (seat, status) in seats::changed(&self.root, update) {
            let was_chosen = is_chosen(&seat);
            // This may be the fan's own hold, whose event came before the response to the form.
            if was_chosen && self.is_sent() {
                continue;
            }
            if self.show(&seat, status) && was_chosen {
                let message = self.words.just_taken.replace("{seat}", &full_name(&seat, &self.words));
                show_text(&self.root, MESSAGE, &message);
            }
        }
        self.recount();
        // During a rush seats change many times a second, so announcements are limited.
        if !self.is_announcement_planned.replace(true) {
            let map = self.clone();
            let say = move || {
                map.is_announcement_planned.set(false);
                let free = seats::count_free(&map.root).to_string();
                show_text(&map.root, ".bar-free", &map.words.free.replace("{count}", &free));
            };
            set_timeout(say, ANNOUNCED_EVERY);
        }
    }

    /// Shows the number, the total price and the names of the chosen seats, and returns their number.
    fn count(&self) -> u32 {
        let words = &self.words;
        let all = seats::seats(&self.root, ".seat input:checked:not(:disabled)");
        let (count, total) = all.iter().fold((0, 0), |(count, total), seat| (count + 1, total + seats::price(seat)));
        let summary = match count {
            0 => words.pick.clone(),
            _ => words.summary.replace("{count}", &count.to_string()).replace("{total}", &grouped(total)),
        };
        show_text(&self.root, ".bar-summary", &summary);
        show_text(&self.root, ".bar-names", &seats::full_names(&all, words, " · "));
        for offer in browser::all::<Element>(&self.root, ".nearest button") {
            let is_chosen = self.offered(&offer).is_some_and(|seat| is_chosen(&seat));
            drop(offer.set_attribute("aria-pressed", if is_chosen { "true" } else { "false" }));
        }
        count
    }

    /// Counts again after a check box changed, and unticks the seat if it exceeds the limit.
    fn choose(&self, event: &Event) {
        let Some(seat) = seats::target(event) else { return };
        if self.is_sent() {
            // A seat that is chosen now would not be part of the form that is on its way.
            return seat.set_checked(!seat.checked());
        }
        show_text(&self.root, MESSAGE, "");
        if self.count() > self.limit && seat.checked() {
            seat.set_checked(false);
            self.count();
            show_text(&self.root, MESSAGE, &self.words.too_many.replace("{count}", &self.limit.to_string()));
        }
    }

    /// Shows a seat's new state, and returns whether the seat can no longer be chosen. If such a seat had the focus,
    /// the focus moves to a free seat beside it.
    fn show(&self, seat: &HtmlInputElement, status: SeatStatus) -> bool {
        let had_focus = browser::has_focus(seat);
        let gone = seats::show(seat, status, self.access_is_kept, &self.words);
        if had_focus && seat.disabled() {
            let ways = ["ArrowRight", "ArrowLeft", "ArrowDown", "ArrowUp"];
            if let Some(next) = ways.iter().find_map(|key| neighbour(&self.root, seat, key)) {
                self.go_to(&next);
            }
        }
        gone
    }

    /// Counts again after seats changed, and makes another seat the Tab stop if the present one is gone.
    fn recount(&self) {
        self.count();
        seats::count_left(&self.root, &self.words);
        if seats::seats(&self.root, ".seat input[tabindex=\"0\"]:not(:disabled)").is_empty() {
            one_tab_stop(&self.root, None);
        }
    }

    /// Shows why a hold was refused, marks the seats that are gone, and offers the nearest free seats.
    fn show_refusal(&self, refused: Refused) {
        let on_page = |ids: Option<Vec<SeatId>>| -> Vec<HtmlInputElement> {
            ids.unwrap_or_default().into_iter().filter_map(|id| seat(&self.root, id)).collect()
        };
        let lost = on_page(refused.seat_ids.filter(|_| refused.code == "seat_taken"));
        for seat in &lost {
            self.show(seat, SeatStatus::Occupied);
        }
        let mut message = refused.message;
        if !lost.is_empty() {
            let named = seats::full_names(&lost, &self.words, ", ");
            message = message + " " + &self.words.gone.replace("{seats}", &named);
        }
        show_text(&self.root, MESSAGE, &message);
        let mut nearest = on_page(refused.nearest);
        nearest.retain(|seat| is_free(&seat) && !seat.checked());
        self.offer(&nearest);
        self.recount();
    }

    /// Shows free seats as toggle buttons. A click on a button is a click on the seat's check box.
    fn offer(&self, free: &[HtmlInputElement]) {
        let Ok(Some(offers)) = self.root.query_selector(".nearest") else { return };
        let button = |seat: &HtmlInputElement| {
            let id = seat.value();
            format!("<li><button type=\"button\" class=\"button button-second\" {OFFER}=\"{id}\"></button></li>")
        };
        offers.set_inner_html(&free.iter().map(button).collect::<String>());
        for (button, seat) in browser::all::<Element>(&offers, "button").iter().zip(free) {
            button.set_text_content(Some(&full_name(seat, &self.words)));
        }
    }

    /// The seat that a button offers.
    fn offered(&self, button: &Element) -> Option<HtmlInputElement> {
        seat(&self.root, SeatId(button.get_attribute(OFFER)?.parse().ok()?))
    }

    /// Moves the focus for the arrow keys, Home, End and the page keys.
    fn on_key(&self, event: &KeyboardEvent) {
        let Some(seat) = seats::target(event) else { return };
        if let Some(next) = neighbour(&self.root, &seat, &event.key()) {
            event.prevent_default();
            self.go_to(&next);
        }
    }

    fn go_to(&self, seat: &HtmlInputElement) {
        one_tab_stop(&self.root, Some(seat));
        drop(seat.focus());
    }

    /// Whether the form around the map is on its way.
    fn is_sent(&self) -> bool {
        self.root.closest("[data-sent]").ok().flatten().is_some()
    }
}
