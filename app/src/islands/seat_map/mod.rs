//! The seat map, alive: the form is sent without leaving the page, seats that others take or free change as they do, arrow keys move by
//! geometry, and what is chosen is counted. The seats themselves are the server's check boxes; this island wraps them and listens.

mod keyboard;
mod live;
mod seats;

use super::send_form::SendWords;
use super::zoom::Zoom;
use super::{browser, has_island};
use crate::problem::Refused;
use encore::domain::points::grouped;
use encore::domain::{SeatId, SeatStatus};
use keyboard::{neighbour, one_tab_stop};
use leptos::html;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::wasm_bindgen::closure::Closure;
use leptos::web_sys::{Element, Event, HtmlFormElement, HtmlInputElement, KeyboardEvent};
use live::News;
use seats::{full_name, is_chosen, is_free, seat};
use std::time::Duration;

sentences! {
    /// What the island says.
    MapWords {
        pick,
        /// With `{count}` and `{total}`.
        summary,
        /// With `{count}`.
        too_many,
        /// With `{seat}`.
        just_taken,
        /// With `{seats}`.
        gone,
        nearest,
        /// A seat with its section: with `{section}` and `{seat}`.
        in_section,
        /// The name of a check box: with `{seat}`, `{price}` and `{state}`.
        name,
        /// With `{amount}`.
        price,
        available,
        kept,
        held,
        sold,
        submit,
        keys,
        /// With `{count}`.
        left,
        /// With `{count}`.
        free,
    }
}

/// At most so often it is said aloud how many seats are left.
const SAID_EVERY: Duration = Duration::from_secs(10);

/// What the island keeps. All that it says is text, which the signals carry.
#[derive(Clone, Copy)]
struct Map {
    root: NodeRef<html::Div>,
    words: StoredValue<MapWords>,
    /// How many more seats the fan may choose.
    limit: u32,
    /// Wheelchair spaces and companion seats are kept from this fan.
    access_is_kept: bool,
    /// How many seats are chosen, and what they cost.
    summary: RwSignal<String>,
    /// Their names.
    names: RwSignal<String>,
    message: RwSignal<String>,
    /// How many seats are free, as it was last said aloud.
    said_free: RwSignal<String>,
    is_said_soon: StoredValue<bool>,
}

/// Wraps the sections of a hall, within the form that holds seats. `limit` is how many more seats the fan may choose.
#[island]
pub fn SeatMap(
    schedule_id: i64,
    version: i64,
    limit: u32,
    access_is_kept: bool,
    words: MapWords,
    send: SendWords,
    children: Children,
) -> impl IntoView {
    has_island();
    let MapWords { pick, keys, submit, nearest, .. } = words.clone();
    let map = Map {
        root: NodeRef::new(),
        words: StoredValue::new(words),
        limit,
        access_is_kept,
        summary: RwSignal::new(pick),
        names: RwSignal::default(),
        message: RwSignal::default(),
        said_free: RwSignal::default(),
        is_said_soon: StoredValue::new(false),
    };
    Effect::new(move |_| {
        let Some(root) = map.root.get() else { return };
        one_tab_stop(&root, None);
        map.count(&root);
        Zoom::begin(&root);
        let look_again = live::watch(schedule_id, version, move |news| map.hear(news));
        map.listen(&root, send.clone(), look_again);
        // Says that the map is alive, for tests that wait for it.
        drop(root.set_attribute("data-live", "map"));
    });
    view! {
        <div class="seatmap" node_ref=map.root>
            {children()}
            <div class="bar">
                <div class="bar-text">
                    <output class="bar-summary">{map.summary}</output>
                    <p class="bar-names">{map.names}</p>
                    <p class="bar-message" role="status">{map.message}</p>
                    <div class="bar-offers"><p>{nearest}</p><ul class="nearest"></ul></div>
                    <p class="form-status" role="status"></p>
                    <p class="visually-hidden" role="status">{map.said_free}</p>
                    <p class="bar-keys muted">{keys}</p>
                </div>
                <button class="button" type="submit">{submit}</button>
            </div>
        </div>
    }
}

/// The attribute of a button that offers a seat: the seat's id.
const OFFER: &str = "data-offer";

impl Map {
    /// A sentence with numbers and names in the places of its placeholders.
    fn say(self, sentence: fn(&MapWords) -> &String, parts: &[(&str, &str)]) -> String {
        let sentence = self.words.with_value(|words| sentence(words).clone());
        parts.iter().fold(sentence, |sentence, (placeholder, part)| sentence.replace(placeholder, part))
    }

    /// Counts what is chosen, and returns how many seats that are.
    fn count(self, root: &Element) -> u32 {
        let all = seats::seats(root, ".seat input:checked:not(:disabled)");
        self.names.set(self.words.with_value(|words| seats::full_names(&all, words, " · ")));
        let (count, total) = all.iter().fold((0, 0), |(count, total), seat| (count + 1, total + seats::price(seat)));
        self.summary.set(match count {
            0 => self.say(|words| &words.pick, &[]),
            _ => self.say(|words| &words.summary, &[("{count}", &count.to_string()), ("{total}", &grouped(total))]),
        });
        for offer in browser::all::<Element>(root, ".nearest button") {
            let is_chosen = offered(root, &offer).is_some_and(|seat| is_chosen(&seat));
            drop(offer.set_attribute("aria-pressed", if is_chosen { "true" } else { "false" }));
        }
        count
    }

    /// Listens to what is done on the map, for as long as the page lives. `look_again` asks for the states of all seats.
    fn listen(self, root: &Element, send: SendWords, look_again: impl Fn() + Copy + 'static) {
        let form = root.closest("form").ok().flatten().and_then(|form| form.dyn_into::<HtmlFormElement>().ok());
        let Some(form) = form else { return };
        let done = {
            let (root, form) = (root.clone(), form.clone());
            // One listener for all of it: each kind by itself would weigh as much in what the browser loads.
            Closure::<dyn Fn(Event)>::new(move |event: Event| match &*event.type_() {
                "submit" => {
                    event.prevent_default();
                    self.message.set(String::new());
                    offers(&root).set_inner_html("");
                    browser::send_form(form.clone(), send.clone(), move |_, refused| {
                        self.lose(refused);
                        look_again();
                    });
                }
                "change" => self.choose(&root, &event),
                "keydown" => {
                    if let Some(event) = event.dyn_ref::<KeyboardEvent>() {
                        press(&root, event);
                    }
                }
                // After a click or a touch the keyboard goes on from there.
                "focusin" => seats::target(&event).iter().for_each(|seat| one_tab_stop(&root, Some(seat))),
                // A click on an offer is a click on the seat itself.
                _ => {
                    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
                    target.and_then(|target| offered(&root, &target)).iter().for_each(|seat| seat.click());
                }
            })
        };
        let listener = done.as_ref().unchecked_ref();
        drop(form.add_event_listener_with_callback("submit", listener));
        for name in ["change", "keydown", "focusin", "click"] {
            drop(root.add_event_listener_with_callback(name, listener));
        }
        done.forget();
    }

    /// A check box changed.
    fn choose(self, root: &Element, event: &Event) {
        let Some(seat) = seats::target(event) else { return };
        if is_sent(root) {
            // What is chosen now would not be part of what was sent.
            return seat.set_checked(!seat.checked());
        }
        self.message.set(String::new());
        if self.count(root) > self.limit && seat.checked() {
            seat.set_checked(false);
            self.count(root);
            self.message.set(self.say(|words| &words.too_many, &[("{count}", &self.limit.to_string())]));
        }
    }

    /// Seats changed.
    fn hear(self, news: News<'_>) {
        let Some(root) = self.root.get_untracked() else { return };
        for (seat, status) in seats::changed(&root, news) {
            let was_chosen = is_chosen(&seat);
            // This may be the fan's own hold, heard before the answer to the form.
            if was_chosen && is_sent(&root) {
                continue;
            }
            if self.show(&root, &seat, status) && was_chosen {
                let name = self.words.with_value(|words| full_name(&seat, words));
                self.message.set(self.say(|words| &words.just_taken, &[("{seat}", &name)]));
            }
        }
        self.settle(&root);
        // In the rush seats change many times a second: it is said aloud now and then.
        if !self.is_said_soon.get_value() {
            self.is_said_soon.set_value(true);
            let say = move || {
                self.is_said_soon.set_value(false);
                let free = seats::count_free(&root).to_string();
                self.said_free.set(self.say(|words| &words.free, &[("{count}", &free)]));
            };
            set_timeout(say, SAID_EVERY);
        }
    }

    /// Shows a seat's new state, and returns whether the seat can no longer be chosen. The keyboard goes on beside a lost seat.
    fn show(self, root: &Element, seat: &HtmlInputElement, status: SeatStatus) -> bool {
        let had_focus = browser::has_focus(seat);
        let gone = self.words.with_value(|words| seats::show(seat, status, self.access_is_kept, words));
        if had_focus && seat.disabled() {
            let ways = ["ArrowRight", "ArrowLeft", "ArrowDown", "ArrowUp"];
            if let Some(next) = ways.iter().find_map(|key| neighbour(root, seat, key)) {
                one_tab_stop(root, Some(&next));
                drop(next.focus());
            }
        }
        gone
    }

    /// Counts again after seats changed.
    fn settle(self, root: &Element) {
        self.count(root);
        self.words.with_value(|words| seats::count_left(root, words));
        if seats::seats(root, ".seat input[tabindex=\"0\"]:not(:disabled)").is_empty() {
            one_tab_stop(root, None);
        }
    }

    /// Seats could not be held: those that are gone are marked where they are, and the nearest free ones are offered.
    fn lose(self, refused: Refused) {
        let Some(root) = self.root.get_untracked() else { return };
        let lost = refused.seat_ids.filter(|_| refused.code == "seat_taken").unwrap_or_default();
        let lost: Vec<_> = lost.into_iter().filter_map(|id| seat(&root, id)).collect();
        for seat in &lost {
            self.show(&root, seat, SeatStatus::Occupied);
        }
        let named = self.words.with_value(|words| seats::full_names(&lost, words, ", "));
        let gone = if lost.is_empty() { String::new() } else { self.say(|words| &words.gone, &[("{seats}", &named)]) };
        self.message.set(refused.message + " " + &gone);
        let nearest = refused.nearest.unwrap_or_default().into_iter().filter_map(|id| seat(&root, id));
        self.offer(&root, nearest.filter(|seat| is_free(&seat)).collect());
        self.settle(&root);
    }

    /// Offers free seats as buttons that choose them.
    fn offer(self, root: &Element, free: Vec<HtmlInputElement>) {
        let button = |seat: &HtmlInputElement| {
            format!(
                "<li><button type=\"button\" class=\"button button-second\" {OFFER}=\"{}\"></button></li>",
                seat.value()
            )
        };
        let offers = offers(root);
        offers.set_inner_html(&free.iter().map(button).collect::<String>());
        for (button, seat) in browser::all::<Element>(&offers, "button").iter().zip(&free) {
            button.set_text_content(Some(&self.words.with_value(|words| full_name(seat, words))));
        }
    }
}

/// Whether the form around the map is on its way.
fn is_sent(root: &Element) -> bool {
    root.closest("[data-sent]").ok().flatten().is_some()
}

/// The list of the offers.
fn offers(root: &Element) -> Element {
    root.query_selector(".nearest").ok().flatten().unwrap_or_else(|| root.clone())
}

/// The seat that a button offers.
fn offered(root: &Element, button: &Element) -> Option<HtmlInputElement> {
    seat(root, SeatId(button.get_attribute(OFFER)?.parse().ok()?))
}

/// A key moves on the map.
fn press(root: &Element, event: &KeyboardEvent) {
    let Some(seat) = seats::target(event) else { return };
    if let Some(next) = neighbour(root, &seat, &event.key()) {
        event.prevent_default();
        one_tab_stop(root, Some(&next));
        drop(next.focus());
    }
}
