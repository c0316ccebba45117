//! The seat map, alive: the form is sent without leaving the page, seats that others take or free change as they do, arrow keys move by
//! geometry, and what is chosen is counted. The seats themselves are the server's check boxes; this island wraps them and listens.

mod keyboard;
mod live;
mod seats;

use super::browser::{self, Sending};
use super::has_island;
use super::send_form::SendWords;
use super::zoom::Zoom;
use crate::problem::Refused;
use encore::domain::points::grouped;
use encore::domain::{Points, SeatId, SeatStatus};
use keyboard::{neighbour, one_tab_stop};
use leptos::ev;
use leptos::html;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::wasm_bindgen::closure::Closure;
use leptos::web_sys::{Element, HtmlFormElement, HtmlInputElement};
use live::News;
use seats::{full_name, is_chosen, seat};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What the island says.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MapWords {
    pub pick: String,
    /// With `{count}` and `{total}`.
    pub summary: String,
    /// With `{count}`.
    pub too_many: String,
    /// With `{seat}`.
    pub just_taken: String,
    /// With `{seats}`.
    pub gone: String,
    pub nearest: String,
    /// A seat with its section: with `{section}` and `{seat}`.
    pub in_section: String,
    /// The name of a check box: with `{seat}`, `{price}` and `{state}`.
    pub name: String,
    /// With `{amount}`.
    pub price: String,
    pub available: String,
    pub kept: String,
    pub held: String,
    pub sold: String,
    pub submit: String,
    pub send: SendWords,
    pub keys: String,
    /// With `{count}`.
    pub left: String,
    /// With `{count}`.
    pub free: String,
}

/// At most so often it is said aloud how many seats are left.
const SAID_EVERY: Duration = Duration::from_secs(10);

/// What the island keeps.
#[derive(Clone, Copy)]
struct Map {
    root: NodeRef<html::Div>,
    words: StoredValue<MapWords>,
    /// How many more seats the fan may choose.
    limit: u32,
    /// Wheelchair spaces and companion seats are kept from this fan.
    access_is_kept: bool,
    sending: Sending,
    /// How many seats are chosen, and what they cost.
    chosen: RwSignal<(u32, Points)>,
    /// Their names.
    names: RwSignal<String>,
    message: RwSignal<String>,
    /// Free seats that are offered in place of lost ones.
    offers: RwSignal<Vec<(SeatId, String)>>,
    /// How many seats are free, when it was last said aloud.
    free: RwSignal<Option<u32>>,
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
    children: Children,
) -> impl IntoView {
    has_island();
    let map = Map {
        root: NodeRef::new(),
        words: StoredValue::new(words),
        limit,
        access_is_kept,
        sending: Sending::new(),
        chosen: RwSignal::default(),
        names: RwSignal::default(),
        message: RwSignal::default(),
        offers: RwSignal::default(),
        free: RwSignal::default(),
        is_said_soon: StoredValue::new(false),
    };
    Effect::new(move |_| {
        let Some(root) = map.root.get() else { return };
        one_tab_stop(&root, None);
        map.count();
        Zoom::begin(&root);
        let look_again = live::watch(schedule_id, version, move |news| map.hear(news));
        map.send_on_submit(&root, look_again);
        // Says that the map is alive, for whoever waits for it.
        drop(root.set_attribute("data-live", "map"));
    });
    let words = move |of: fn(&MapWords) -> &String| map.words.with_value(|words| of(words).clone());
    let said_free = move || map.free.get().map(|free| words(|words| &words.free).replace("{count}", &free.to_string()));
    let status =
        move || map.words.with_value(|MapWords { send, .. }| map.sending.message(&send.sending, &send.no_answer));
    let bar = view! {
        <div class="bar">
            <div class="bar-text">
                <output class="bar-summary">{move || map.summary()}</output>
                <p class="bar-names">{map.names}</p>
                <p class="bar-message" role="status">{map.message}</p>
                {move || map.offered()}
                <p class="form-status" class:visually-hidden=move || !map.sending.is_lost() role="status">{status}</p>
                <p class="visually-hidden" role="status">{said_free}</p>
                <p class="bar-keys muted">{words(|words| &words.keys)}</p>
            </div>
            <button class="button" type="submit">{words(|words| &words.submit)}</button>
        </div>
    };
    view! {
        <div
            class="seatmap"
            node_ref=map.root
            on:change=move |event| map.choose(&event)
            on:keydown=move |event| map.press(&event)
            on:focusin=move |event| map.focus(&event)
        >
            {children()}
            {bar.into_any()}
        </div>
    }
}

impl Map {
    /// Counts what is chosen.
    fn count(self) {
        let Some(root) = self.root.get_untracked() else { return };
        let all = seats::seats(&root, ".seat input:checked:not(:disabled)");
        self.names.set(self.words.with_value(|words| seats::full_names(&all, words, " · ")));
        self.chosen.set(all.iter().fold((0, 0), |(count, total), seat| (count + 1, total + seats::price(seat))));
    }

    fn summary(self) -> String {
        let (count, total) = self.chosen.get();
        self.words.with_value(|words| match count {
            0 => words.pick.clone(),
            _ => words.summary.replace("{count}", &count.to_string()).replace("{total}", &grouped(total)),
        })
    }

    /// A check box changed.
    fn choose(self, event: &ev::Event) {
        let Some(seat) = seats::target(event) else { return };
        if self.sending.is_under_way() {
            // What is chosen now would not be part of what was sent.
            return seat.set_checked(!seat.checked());
        }
        self.message.set(String::new());
        self.count();
        if seat.checked() && self.chosen.get_untracked().0 > self.limit {
            seat.set_checked(false);
            self.count();
            self.message.set(self.words.with_value(|words| words.too_many.replace("{count}", &self.limit.to_string())));
        }
    }

    /// Seats changed.
    fn hear(self, news: News<'_>) {
        let Some(root) = self.root.get_untracked() else { return };
        for (seat, status) in seats::changed(&root, news) {
            let was_chosen = is_chosen(&seat);
            // This may be the fan's own hold, heard before the answer to the form.
            if was_chosen && self.sending.is_under_way() {
                continue;
            }
            if self.show(&root, &seat, status) && was_chosen {
                let message =
                    self.words.with_value(|words| words.just_taken.replace("{seat}", &full_name(&seat, words)));
                self.message.set(message);
            }
        }
        self.settle(&root);
        // In the rush seats change many times a second: it is said aloud now and then.
        if !self.is_said_soon.get_value() {
            self.is_said_soon.set_value(true);
            let say = move || {
                self.is_said_soon.set_value(false);
                self.free.set(Some(seats::count_free(&root)));
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
        self.count();
        self.words.with_value(|words| seats::count_left(root, words));
        if seats::seats(root, ".seat input[tabindex=\"0\"]:not(:disabled)").is_empty() {
            one_tab_stop(root, None);
        }
    }

    /// Sends the form of the map when it is submitted. `look_again` asks for the states of all seats.
    fn send_on_submit(self, root: &Element, look_again: impl Fn() + Copy + 'static) {
        let form = root.closest("form").ok().flatten().and_then(|form| form.dyn_into::<HtmlFormElement>().ok());
        let Some(form) = form else { return };
        let sent = form.clone();
        let submitted = Closure::<dyn Fn(ev::SubmitEvent)>::new(move |event: ev::SubmitEvent| {
            event.prevent_default();
            self.message.set(String::new());
            self.offers.set(vec![]);
            self.sending.send(sent.clone(), move |_, refused| {
                self.lose(refused);
                look_again();
            });
        });
        drop(form.add_event_listener_with_callback("submit", submitted.as_ref().unchecked_ref()));
        submitted.forget();
    }

    /// Seats could not be held: those that are gone are marked where they are, and the nearest free ones are offered.
    fn lose(self, refused: Refused) {
        let Some(root) = self.root.get_untracked() else { return };
        let lost = refused.seat_ids.filter(|_| refused.code == "seat_taken").unwrap_or_default();
        let lost: Vec<_> = lost.into_iter().filter_map(|id| seat(&root, id)).collect();
        for seat in &lost {
            self.show(&root, seat, SeatStatus::Occupied);
        }
        self.words.with_value(|words| {
            let named = seats::full_names(&lost, words, ", ");
            let gone = if lost.is_empty() { String::new() } else { words.gone.replace("{seats}", &named) };
            self.message.set(refused.message + " " + &gone);
            let offer = |id| Some((id, full_name(&seat(&root, id).filter(|seat| !seat.disabled())?, words)));
            self.offers.set(refused.nearest.unwrap_or_default().into_iter().filter_map(offer).collect());
        });
        self.settle(&root);
    }

    /// The offered seats as buttons that choose them.
    fn offered(self) -> Option<impl IntoView + use<>> {
        let offers = self.offers.get();
        let button = |(id, name): (SeatId, String)| {
            let seat = move || self.root.get_untracked().and_then(|root| seat(&root, id));
            let pressed = move || {
                self.chosen.track();
                if seat().is_some_and(|seat| is_chosen(&seat)) { "true" } else { "false" }
            };
            // A click on the seat itself, which counts as any other.
            let press = move |_| seat().into_iter().for_each(|seat| seat.click());
            view! { <li><button type="button" class="button button-second" aria-pressed=pressed on:click=press>{name}</button></li> }
        };
        (!offers.is_empty()).then(|| {
            view! {
                <p>{self.words.with_value(|words| words.nearest.clone())}</p>
                <ul class="nearest">{offers.into_iter().map(button).collect_view()}</ul>
            }
        })
    }

    /// A key moves on the map.
    fn press(self, event: &ev::KeyboardEvent) {
        let Some(root) = self.root.get_untracked() else { return };
        let Some(seat) = seats::target(event) else { return };
        if let Some(next) = neighbour(&root, &seat, &event.key()) {
            event.prevent_default();
            one_tab_stop(&root, Some(&next));
            drop(next.focus());
        }
    }

    /// After a click or a touch the keyboard goes on from there.
    fn focus(self, event: &ev::FocusEvent) {
        let Some(root) = self.root.get_untracked() else { return };
        if let Some(seat) = seats::target(event) {
            one_tab_stop(&root, Some(&seat));
        }
    }
}
