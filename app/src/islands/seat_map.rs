//! The seat map, alive: seats that others take or free change as they do, arrow keys move by geometry, and what is chosen is
//! counted. The seats themselves are the server's check boxes; this island wraps them and listens.

use super::browser;
use super::zoom::Zoom;
use encore::domain::hall::{Spot, Way, towards, unpack};
use encore::domain::points::grouped;
use encore::domain::seat::SeatChange;
use encore::domain::{Points, SeatKind, SeatStatus};
use leptos::ev;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_bindgen::JsCast;
use leptos::wasm_bindgen::closure::Closure;
use leptos::web_sys::{Element, EventSource, HtmlInputElement, MessageEvent};
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
    pub available: String,
    pub kept: String,
    pub held: String,
    pub sold: String,
    pub submit: String,
    pub keys: String,
    /// With `{count}`.
    pub left: String,
    /// With `{count}`.
    pub free: String,
}

/// The seats that changed, and the schedule's version after it.
#[derive(Debug, Deserialize)]
struct Changed {
    version: i64,
    seats: Vec<SeatChange>,
}

/// The state of every seat, as `GET /api/seats/state` packs it.
#[derive(Debug, Deserialize)]
struct Snapshot {
    version: i64,
    seats: String,
}

/// What the map is told.
enum News<'n> {
    Changed(&'n [SeatChange]),
    Snapshot(&'n str),
}

/// How long to wait after a snapshot that failed.
const AFTER_FAILURE: Duration = Duration::from_secs(3);

/// At most so often it is said how many seats are left.
const SAID_EVERY: Duration = Duration::from_secs(10);

/// Wraps the sections of a hall. `limit` is how many more seats the fan may choose; places for wheelchairs may be kept from
/// them.
#[island]
pub fn SeatMap(
    schedule_id: i64,
    version: i64,
    limit: u32,
    access_is_kept: bool,
    words: MapWords,
    children: Children,
) -> impl IntoView {
    let root = NodeRef::<html::Div>::new();
    let (chosen, set_chosen) = signal((0_u32, 0 as Points));
    let (names, set_names) = signal(String::new());
    let (message, set_message) = signal(String::new());
    let (free, set_free) = signal(None::<u32>);
    let is_told_soon = StoredValue::new(false);
    let words = StoredValue::new(words);

    let count = move || {
        let Some(root) = root.get_untracked() else { return };
        let all = seats(&root, ".seat input:checked:not(:disabled)");
        set_chosen.set(all.iter().fold((0, 0), |(count, total), seat| (count + 1, total + price(seat))));
        set_names.set(all.iter().map(full_name).collect::<Vec<_>>().join(" · "));
    };
    let choose = move |event: ev::Event| {
        let Some(seat) = seat_of(&event) else { return };
        set_message.set(String::new());
        count();
        if seat.checked() && chosen.get_untracked().0 > limit {
            seat.set_checked(false);
            count();
            set_message.set(words.with_value(|words| words.too_many.replace("{count}", &limit.to_string())));
        }
    };
    let apply = move |news: News<'_>| {
        let Some(root) = root.get_untracked() else { return };
        for (seat, status) in told(&root, news) {
            let was_chosen = seat.checked() && !seat.disabled();
            let had_focus = browser::has_focus(&seat);
            if words.with_value(|words| show(&seat, status, access_is_kept, words)) && was_chosen {
                set_message.set(words.with_value(|words| words.just_taken.replace("{seat}", &full_name(&seat))));
            }
            // Whoever moves by keyboard goes on from beside the seat that is gone.
            if had_focus && seat.disabled() {
                let beside = ["ArrowRight", "ArrowLeft", "ArrowDown", "ArrowUp"];
                if let Some(next) = beside.iter().find_map(|key| neighbour(&root, &seat, key)) {
                    one_tab_stop(&root, Some(&next));
                    drop(next.focus());
                }
            }
        }
        count();
        count_left(&root, words);
        if seats(&root, ".seat input[tabindex=\"0\"]:not(:disabled)").is_empty() {
            one_tab_stop(&root, None);
        }
        // In the rush seats change many times a second: whoever listens hears of it now and then.
        if !is_told_soon.get_value() {
            is_told_soon.set_value(true);
            let tell = move || {
                is_told_soon.set_value(false);
                set_free.set(root.query_selector_all(FREE).ok().map(|free| free.length()));
            };
            set_timeout(tell, SAID_EVERY);
        }
    };

    Effect::new(move |_| {
        let Some(element) = root.get() else { return };
        one_tab_stop(&element, None);
        count();
        Zoom::begin(&element);
        watch(schedule_id, version, apply);
        // Says that the map is alive, for whoever waits for it.
        drop(element.set_attribute("data-live", "map"));
    });
    let keys = move |event: ev::KeyboardEvent| {
        let Some(root) = root.get_untracked() else { return };
        let Some(seat) = seat_of(&event) else { return };
        if let Some(next) = neighbour(&root, &seat, &event.key()) {
            event.prevent_default();
            one_tab_stop(&root, Some(&next));
            drop(next.focus());
        }
    };
    // Where a click or a finger went, the keyboard goes on.
    let focused = move |event: ev::FocusEvent| {
        let Some(root) = root.get_untracked() else { return };
        if let Some(seat) = seat_of(&event) {
            one_tab_stop(&root, Some(&seat));
        }
    };
    let summary = move || {
        let (count, total) = chosen.get();
        words.with_value(|words| match count {
            0 => words.pick.clone(),
            _ => words.summary.replace("{count}", &count.to_string()).replace("{total}", &grouped(total)),
        })
    };
    let said_free =
        move || free.get().map(|free| words.with_value(|words| words.free.replace("{count}", &free.to_string())));
    view! {
        <div
            class="seatmap"
            node_ref=root
            on:change=choose
            on:keydown=keys
            on:focusin=focused
        >
            {children()}
            <div class="bar">
                <div class="bar-text">
                    <output class="bar-summary">{summary}</output>
                    <p class="bar-names">{names}</p>
                    <p class="bar-message" role="status">{message}</p>
                    <p class="visually-hidden" role="status">{said_free}</p>
                    <p class="bar-keys muted">{words.with_value(|words| words.keys.clone())}</p>
                </div>
                <button class="button" type="submit">{words.with_value(|words| words.submit.clone())}</button>
            </div>
        </div>
    }
}

/// A seat that can be had.
const FREE: &str = ".seat[data-state=reservable] input";

/// Counts what is left wherever that is told: an element says which seats it is about.
fn count_left(root: &Element, words: StoredValue<MapWords>) {
    let Ok(told) = root.query_selector_all("[data-left]") else { return };
    for place in (0..told.length()).filter_map(|i| told.item(i)?.dyn_into::<Element>().ok()) {
        let about = place.get_attribute("data-left").unwrap_or_default() + "[data-state=reservable]";
        if let Ok(left) = root.query_selector_all(&about) {
            let text = words.with_value(|words| words.left.replace("{count}", &grouped(left.length().into())));
            place.set_text_content(Some(&text));
        }
    }
}

/// The seat that an event is about.
fn seat_of(event: &ev::Event) -> Option<HtmlInputElement> {
    let seat = event.target()?.dyn_into::<HtmlInputElement>().ok()?;
    (seat.name() == "seat_ids[]").then_some(seat)
}

/// The check boxes within an element that match a selector.
fn seats(within: &Element, selector: &str) -> Vec<HtmlInputElement> {
    let Ok(found) = within.query_selector_all(selector) else { return vec![] };
    (0..found.length()).filter_map(|index| found.item(index)?.dyn_into().ok()).collect()
}

/// The seats that the news is about, with the state of each. A snapshot is of the whole hall, of which a page may show a
/// part; it names only what differs from what is shown.
fn told(root: &Element, news: News<'_>) -> Vec<(HtmlInputElement, SeatStatus)> {
    match news {
        News::Changed(changes) => {
            let seat = |change: &SeatChange| Some((seats(root, &format!("#seat-{}", change.id)).pop()?, change.status));
            changes.iter().filter_map(seat).collect()
        }
        News::Snapshot(packed) => {
            let states: Vec<SeatStatus> = unpack(packed).collect();
            let Ok(sections) = root.query_selector_all("[data-first]") else { return vec![] };
            let sections = (0..sections.length()).filter_map(|i| sections.item(i)?.dyn_into::<Element>().ok());
            let seats = sections.flat_map(|section| {
                let first = section.get_attribute("data-first").and_then(|first| first.parse().ok()).unwrap_or(0_usize);
                seats(&section, ".seat input").into_iter().enumerate().map(move |(i, seat)| (first + i, seat))
            });
            let seats = seats.filter_map(|(index, seat)| Some((seat, *states.get(index)?)));
            seats.filter(|(seat, status)| shown(seat).as_deref() != Some(status.as_str())).collect()
        }
    }
}

/// The state that a seat shows.
fn shown(seat: &HtmlInputElement) -> Option<String> {
    seat.parent_element()?.get_attribute("data-state")
}

fn price(seat: &HtmlInputElement) -> Points {
    seat.get_attribute("data-price").and_then(|price| price.parse().ok()).unwrap_or(0)
}

/// A seat's section, and its name without its price and state, which follow the last two commas: `Stalls, Row B, seat 12`.
fn full_name(seat: &HtmlInputElement) -> String {
    let section = seat.closest("fieldset").ok().flatten().and_then(|section| section.query_selector("strong").ok()?);
    let section = section.and_then(|section| section.text_content()).unwrap_or_default();
    let name = seat.get_attribute("aria-label").unwrap_or_default();
    [&section, name.rsplitn(3, ", ").last().unwrap_or(&name)].join(", ")
}

/// Shows a seat's new state. True where it can no longer be chosen.
fn show(seat: &HtmlInputElement, status: SeatStatus, access_is_kept: bool, words: &MapWords) -> bool {
    let Some(label) = seat.parent_element() else { return false };
    if label.get_attribute("data-state").as_deref() == Some("yours") {
        // One's own hold is no news; its end changes more of the page than this seat.
        if status != SeatStatus::Occupied {
            browser::reload();
        }
        return false;
    }
    // A place that is kept from this fan stays so when it comes free.
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
    let name = seat.get_attribute("aria-label").unwrap_or_default();
    let name = name.rsplit_once(", ").map_or(&*name, |(name, _)| name);
    drop(seat.set_attribute("aria-label", &format!("{name}, {word}")));
    gone
}

/// Makes one seat the map's only Tab stop: the one given, or the one that is, or the first that can be chosen.
fn one_tab_stop(root: &Element, wanted: Option<&HtmlInputElement>) {
    let all = seats(root, ".seat input");
    let current = wanted.or_else(|| {
        all.iter().find(|seat| !seat.disabled() && seat.tab_index() == 0 && seat.has_attribute("tabindex"))
    });
    let stop = current.or_else(|| all.iter().find(|seat| !seat.disabled())).cloned();
    for seat in &all {
        let index = if stop.as_ref() == Some(seat) { 0 } else { -1 };
        seat.set_tab_index(index);
    }
    // The map scrolls by itself only where no seat can take the keyboard.
    if let Ok(Some(view)) = root.query_selector(".map-view") {
        drop(view.set_attribute("tabindex", if stop.is_some() { "-1" } else { "0" }));
    }
}

/// The seat that a key leads to: an arrow over the map, home and end in the row, the page keys to the next row that has one.
fn neighbour(root: &Element, seat: &HtmlInputElement, key: &str) -> Option<HtmlInputElement> {
    let free = "input:not(:disabled)";
    let row = seat.closest(".row").ok()??;
    match key {
        "Home" => return seats(&row, free).into_iter().next(),
        "End" => return seats(&row, free).pop(),
        "PageUp" | "PageDown" => {
            let found = root.query_selector_all(".row").ok()?;
            let rows: Vec<Element> = (0..found.length()).filter_map(|i| found.item(i)?.dyn_into().ok()).collect();
            let index = rows.iter().position(|other| *other == row)?;
            let across = |seat: &HtmlInputElement| seat.get_bounding_client_rect().x();
            let here = across(seat);
            let nearest = |row: &Element| {
                let away = |seat: &HtmlInputElement| (across(seat) - here).abs();
                seats(row, free).into_iter().min_by(|one, other| away(one).total_cmp(&away(other)))
            };
            return match key {
                "PageUp" => rows[..index].iter().rev().find_map(nearest),
                _ => rows[index + 1..].iter().find_map(nearest),
            };
        }
        _ => {}
    }
    let way = Way::from_word(key)?;
    let in_row = seats(&row, ".seat input");
    let index = in_row.iter().position(|other| other == seat)?;
    let can = |other: &&HtmlInputElement| !other.disabled();
    let beside = [in_row[..index].iter().rev().find(can), in_row[index + 1..].iter().find(can)];
    let place = |seat: &HtmlInputElement| {
        let place = seat.get_bounding_client_rect();
        (place.x(), place.y())
    };
    let all: Vec<_> = seats(root, &format!(".seat {free}")).into_iter().filter(|other| other != seat).collect();
    let spots = all.iter().map(|other| Spot { at: place(other), is_beside: beside.contains(&Some(other)) });
    let next = towards(place(seat), way, spots)?;
    all.into_iter().nth(next)
}

/// Follows the schedule's event stream for as long as the page lives. Where a change was missed it takes one snapshot.
fn watch(schedule_id: i64, version: i64, apply: impl Fn(News<'_>) + Copy + 'static) {
    let Ok(source) = EventSource::new(&format!("/events/schedules/{schedule_id}")) else { return };
    let known = StoredValue::new(version);
    let snapshot = move || {
        spawn_local(async move {
            let url = format!("/api/seats/state?schedule_id={schedule_id}");
            loop {
                match browser::fetch_json::<Snapshot>(&url).await {
                    Ok(hall) if hall.version >= known.get_value() => {
                        known.set_value(hall.version);
                        return apply(News::Snapshot(&hall.seats));
                    }
                    // The stream told of something newer meanwhile, but not of what was missed before.
                    Ok(_) => {}
                    Err(failure) => {
                        let wait = failure.retry_after_ms.map(|ms| Duration::from_millis(ms.into()));
                        browser::sleep(wait.unwrap_or(AFTER_FAILURE)).await;
                    }
                }
            }
        });
    };
    let changed = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        let Some(text) = event.data().as_string() else { return };
        let Ok(change) = serde_json::from_str::<Changed>(&text) else { return };
        // A stream begins with the present version and no seats: what came between page and stream is in the snapshot.
        if change.seats.is_empty() && change.version != known.get_value() {
            snapshot();
        } else if change.version > known.get_value() {
            known.set_value(change.version);
            apply(News::Changed(&change.seats));
        }
    });
    let resync = Closure::<dyn Fn(MessageEvent)>::new(move |_| snapshot());
    for (name, listener) in [("seats", changed), ("resync", resync)] {
        drop(source.add_event_listener_with_callback(name, listener.as_ref().unchecked_ref()));
        // The listener lives as long as the page, which owns the stream.
        listener.forget();
    }
}
