//! The zoom of the seat map: with buttons, with a two-finger pinch, and with Ctrl and the wheel. The style sheet
//! multiplies the size of the map by the custom property `--zoom`, which is set here.

use super::browser;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::wasm_bindgen::closure::Closure;
use leptos::web_sys::{Element, Event, HtmlElement, MouseEvent, TouchEvent, WheelEvent};

/// The factor by which one press of a button zooms.
const STEP: f64 = 1.5;
/// The largest size of one unit of the seating plan, in pixels. A seat is 20 units wide.
const LARGEST_UNIT: f64 = 3.2;
/// A seat narrower than this, in pixels, is too small to hit reliably: the map was zoomed out for an overview.
const SMALL: f64 = 14.0;

/// The state of the zoom.
#[derive(Debug, Clone, Copy)]
pub struct Zoom {
    /// The current factor. At 1 the map has the size that the style sheet gives it.
    now: StoredValue<f64>,
    /// The distance of two fingers at the start of a pinch, in pixels, and the factor at that moment. Every new touch
    /// resets it to `None`.
    pinch: StoredValue<Option<(f64, f64)>>,
}

impl Zoom {
    /// Handles the events of a map for as long as the page is open. The map begins scrolled to a seat that is already
    /// chosen; otherwise, if it is wider than its frame, with the whole hall in view.
    pub fn begin(root: &Element) {
        let zoom = Self { now: StoredValue::new(1.0), pinch: StoredValue::new(None) };
        let Some((view, map)) = parts(root) else { return };
        let chosen = map.query_selector(".seat:has(:checked)").ok().flatten();
        if let Some(seat) = chosen.and_then(|seat| seat.dyn_into::<HtmlElement>().ok()) {
            view.set_scroll_left(seat.offset_left() - view.client_width() / 2);
            view.set_scroll_top(seat.offset_top() - view.client_height() / 2);
        } else if map.offset_width() > view.client_width() {
            zoom.set(&view, &map, 0.0, (0.0, 0.0));
        }
        // One closure for all kinds of events, because each further closure would make the download larger.
        let on_event = Closure::<dyn Fn(Event)>::new(move |event: Event| {
            if let Some(event) = event.dyn_ref::<TouchEvent>() {
                zoom.touched(&view, &map, event);
            } else if let Some(event) = event.dyn_ref::<WheelEvent>() {
                zoom.wheeled(&view, &map, event);
            } else if let Some(event) = event.dyn_ref::<MouseEvent>() {
                zoom.clicked(&view, &map, event);
            }
        });
        for name in ["click", "wheel", "touchstart", "touchmove"] {
            drop(root.add_event_listener_with_callback(name, on_event.as_ref().unchecked_ref()));
        }
        on_event.forget();
    }

    /// Handles a click on a zoom button, on a link to a section, or on a seat that is too small to hit reliably.
    fn clicked(self, view: &Element, map: &HtmlElement, event: &MouseEvent) {
        let Some(target) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) else { return };
        if let Some(how) = target.get_attribute("data-zoom") {
            let zoom = match &*how {
                "in" => self.now.get_value() * STEP,
                "out" => self.now.get_value() / STEP,
                _ => 0.0,
            };
            return self.set(view, map, zoom, middle(view));
        }
        let is_small = |element: &Element| element.get_bounding_client_rect().width() < SMALL;
        let goes_to_section = target.closest(".sections-near a").ok().flatten().is_some();
        let seat = target.closest(".map .seat").ok().flatten();
        if goes_to_section {
            // The link itself scrolls to the section. If its seats are too small to be chosen, they are enlarged.
            if map.query_selector(".seat").ok().flatten().is_some_and(|seat| is_small(&seat)) {
                self.set(view, map, 1.0, middle(view));
            }
        } else if seat.is_some_and(|seat| is_small(&seat)) && event.detail() > 0 {
            event.prevent_default();
            let at = within(view, event.client_x(), event.client_y());
            self.set(view, map, 1.0, at);
        }
    }

    /// Handles the wheel with the control key. A browser reports a pinch on a touch pad in the same way.
    fn wheeled(self, view: &Element, map: &HtmlElement, event: &WheelEvent) {
        if event.ctrl_key() && is_on(view, event) {
            event.prevent_default();
            let at = within(view, event.client_x(), event.client_y());
            self.set(view, map, self.now.get_value() * (-event.delta_y() / 300.0).exp(), at);
        }
    }

    /// Handles two fingers that touch the map or move on it.
    fn touched(self, view: &Element, map: &HtmlElement, event: &TouchEvent) {
        if event.type_() == "touchstart" {
            self.pinch.set_value(None);
        }
        let touches = event.touches();
        let (Some(one), Some(other), 2, true) = (touches.get(0), touches.get(1), touches.length(), is_on(view, event))
        else {
            return;
        };
        let (x, y) = (f64::from(one.client_x() - other.client_x()), f64::from(one.client_y() - other.client_y()));
        let apart = x.hypot(y).max(1.0);
        match self.pinch.get_value() {
            None => self.pinch.set_value(Some((apart, self.now.get_value()))),
            Some((begun, zoom)) => {
                let between = |one: i32, other: i32| one.midpoint(other);
                let middle = (between(one.client_x(), other.client_x()), between(one.client_y(), other.client_y()));
                self.set(view, map, zoom * apart / begun, within(view, middle.0, middle.1));
            }
        }
    }

    /// Sets the factor to `zoom`, limited to the useful range, and scrolls so that what is at the point `(x, y)` of the
    /// view stays there.
    fn set(self, view: &Element, map: &HtmlElement, zoom: f64, (x, y): (f64, f64)) {
        let now = self.now.get_value();
        let usual = f64::from(map.offset_width()) / now;
        let picture = map.query_selector("svg").ok().flatten();
        let frame = picture.and_then(|picture| picture.get_attribute("viewBox"));
        let units = frame.and_then(|frame| frame.split(' ').nth(2)?.parse::<i32>().ok()).map(f64::from);
        // At the smallest factor the whole hall is visible: within the view's width and 70 % of the window's height.
        let tall = browser::window_height() * 0.7 / (f64::from(map.offset_height()) / now);
        let whole = (f64::from(view.client_width()) / usual).min(tall).min(1.0);
        let most = (LARGEST_UNIT * units.unwrap_or(usual) / usual).max(1.0);
        // Not `clamp`: its panic message would add the code that formats floats to what the browser loads.
        let next = zoom.max(whole).min(most);
        let point = |scrolled: i32, at: f64| (f64::from(scrolled) + at) / now * next - at;
        let (left, top) = (point(view.scroll_left(), x), point(view.scroll_top(), y));
        self.now.set_value(next);
        drop(map.style().set_property("--zoom", &browser::decimal(next)));
        drop(view.toggle_attribute_with_force("data-zoomed", next > 1.0));
        view.set_scroll_left(left as i32);
        view.set_scroll_top(top as i32);
    }
}

/// Whether an event is on the map. False while the seats are shown as a list, for which the browser's own zoom is used.
fn is_on(view: &Element, event: &Event) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let is_list = view.closest(".seatmap:has(#as-list:checked)").ok().flatten().is_some();
    target.is_some_and(|target| view.contains(Some(&target))) && !is_list
}

fn parts(root: &Element) -> Option<(Element, HtmlElement)> {
    let view = root.query_selector(".map-view").ok()??;
    let map = view.query_selector(".map").ok()??.dyn_into().ok()?;
    Some((view, map))
}

/// Converts a point of the window to a point of the view, in pixels.
fn within(view: &Element, x: i32, y: i32) -> (f64, f64) {
    let frame = view.get_bounding_client_rect();
    (f64::from(x) - frame.x(), f64::from(y) - frame.y())
}

fn middle(view: &Element) -> (f64, f64) {
    (f64::from(view.client_width()) / 2.0, f64::from(view.client_height()) / 2.0)
}
