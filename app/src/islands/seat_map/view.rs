//! The part of the hall that is in view: scrolling, zooming with buttons, with two fingers and with Ctrl and the wheel,
//! and what is shown over the picture: the numbers of the seats, the names of the rows and of the section, and a small
//! picture of the whole hall.

use super::picture::Picture;
use super::seats::Seats;
use crate::islands::browser::{self, escaped};
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::{Element, HtmlElement, MouseEvent, TouchEvent, WheelEvent};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// The factor by which one press of a button zooms.
const STEP: f64 = 1.6;
/// The most pixels for one unit of the plan. A seat is 20 units wide.
const MOST: f64 = 3.2;
/// The pixels for one unit at which a finger hits a seat, which is 30 pixels wide then.
const COMFORTABLE: f64 = 1.5;
/// Below this many pixels for one unit a seat is too small to be hit, and its number too small to be read.
pub const READABLE: f64 = 0.75;

/// The view of the map.
pub struct View {
    /// The element that scrolls.
    view: HtmlElement,
    /// The element in it with the size of the zoomed picture.
    canvas: HtmlElement,
    /// The frame around everything.
    frame: Element,
    seats: Rc<Seats>,
    picture: Rc<Picture>,
    /// Left, top, width and height of the picture, in units of the plan.
    bounds: [f64; 4],
    /// Pixels for one unit: see [`View::scale`].
    scale: Cell<f64>,
    /// The point of the plan at which the view begins, until it has begun.
    begins_at: Cell<Option<Point>>,
    /// The distance of two fingers at the start of a pinch, in pixels, and the scale at that moment.
    pinch: Cell<Option<(f64, f64)>>,
    /// The rectangle, in units, for which the numbers of the seats were drawn.
    numbered: Cell<[f64; 4]>,
    /// Whether the overlays are about to be drawn.
    is_planned: Cell<bool>,
    /// The names of rows that are shown, to change the page only if they change.
    rows_shown: RefCell<String>,
}

/// A point of the view in pixels, or of the plan in units.
type Point = (f64, f64);

impl View {
    /// Finds the view in the page. It begins at the middle of the front of the hall.
    pub fn begin(root: &Element, seats: Rc<Seats>, picture: Rc<Picture>) -> Option<Self> {
        let frame = root.query_selector(".map-frame").ok()??;
        let view: HtmlElement = frame.query_selector(".map-view").ok()??.dyn_into().ok()?;
        let canvas: HtmlElement = view.query_selector(".map-canvas").ok()??.dyn_into().ok()?;
        let mut numbers = canvas.query_selector(".map").ok()??.get_attribute("viewBox")?;
        numbers.push(' ');
        let mut numbers = numbers.split(' ').map(|number| f64::from(number.parse::<i32>().unwrap_or(0)));
        let bounds = [(); 4].map(|()| numbers.next().unwrap_or(0.0));
        Some(Self {
            view,
            canvas,
            frame,
            seats,
            picture,
            bounds,
            scale: Cell::new(0.0),
            begins_at: Cell::new(Some((bounds[0] + bounds[2] / 2.0, bounds[1]))),
            pinch: Cell::new(None),
            numbered: Cell::new([0.0; 4]),
            is_planned: Cell::new(false),
            rows_shown: RefCell::default(),
        })
    }

    /// The scale at which the whole hall is in view.
    fn whole(&self) -> f64 {
        let wide = f64::from(self.view.client_width()) / self.bounds[2];
        wide.min(f64::from(self.view.client_height()) / self.bounds[3])
    }

    /// Pixels for one unit. The first call, at the latest in the first frame, reads the size that the style sheet gives
    /// the picture, for which the browser has to lay out the page, and scrolls to where the view begins, unless the
    /// visitor has scrolled already.
    pub fn scale(&self) -> f64 {
        if let Some(at) = self.begins_at.take() {
            self.scale.set(self.styled_scale());
            if self.view.scroll_left() == 0 && self.view.scroll_top() == 0 {
                self.center(at);
            }
            self.note_zoomed();
        }
        self.scale.get()
    }

    /// Sets the size of the picture.
    fn apply(&self, scale: f64) {
        self.scale.set(scale);
        for (property, size) in [("width", self.bounds[2]), ("height", self.bounds[3])] {
            drop(self.canvas.style().set_property(property, &(browser::decimal(size * scale) + "px")));
        }
        drop(self.canvas.toggle_attribute_with_force("data-sized", true));
        self.note_zoomed();
    }

    /// The scale at which the style sheet shows the picture.
    fn styled_scale(&self) -> f64 {
        f64::from(self.canvas.client_width()) / self.bounds[2]
    }

    /// Follows the size that the style sheet gives the picture until the first zoom, which changes with the window.
    fn follow_window(&self) {
        if !self.canvas.has_attribute("data-sized") {
            let scale = self.styled_scale();
            if self.scale() != scale {
                self.scale.set(scale);
                self.numbered.set([0.0; 4]);
                self.note_zoomed();
            }
        }
    }

    /// Marks the frame if a part of the hall is out of view.
    fn note_zoomed(&self) {
        drop(self.frame.toggle_attribute_with_force("data-zoomed", self.scale() > self.whole() * 1.1));
    }

    /// The left and top of the picture in the view, in pixels; while the zoom is eased, where they will be.
    fn origin(&self) -> Point {
        let (left, top) = (self.canvas.offset_left(), self.canvas.offset_top());
        (f64::from(left - self.view.scroll_left()), f64::from(top - self.view.scroll_top()))
    }

    /// The point of the plan at a point of the window.
    pub fn point(&self, x: i32, y: i32) -> Point {
        // The scale last, because its first call scrolls, and the point was touched before that.
        let (view, origin) = (self.view.get_bounding_client_rect(), self.origin());
        let scale = self.scale();
        let along = |at: i32, begins: f64, from: f64| (f64::from(at) - begins) / scale + from;
        (along(x, view.x() + origin.0, self.bounds[0]), along(y, view.y() + origin.1, self.bounds[1]))
    }

    /// The place of a point of the plan in the picture, in pixels.
    fn pixels(&self, (x, y): Point) -> Point {
        ((x - self.bounds[0]) * self.scale(), (y - self.bounds[1]) * self.scale())
    }

    /// The place of a point of the plan in the picture, from 0 (left, top) to 1 (right, bottom).
    pub fn share(&self, (x, y): Point) -> Point {
        ((x - self.bounds[0]) / self.bounds[2], (y - self.bounds[1]) / self.bounds[3])
    }

    /// Lets the view begin with a point of the plan in its middle.
    pub fn begin_at(&self, at: Point) {
        self.begins_at.set(Some(at));
    }

    /// Scrolls so that a point of the plan is in the middle of the view.
    fn center(&self, at: Point) {
        let (x, y) = self.pixels(at);
        self.view.set_scroll_left((x - f64::from(self.view.client_width()) / 2.0) as i32);
        self.view.set_scroll_top((y - f64::from(self.view.client_height()) / 2.0) as i32);
    }

    /// Scrolls and zooms to a seat if it is out of view or too small.
    pub fn reveal(self: &Rc<Self>, at: Point) {
        let [left, top, width, height] = self.visible();
        let is_in = at.0 > left && at.0 < left + width && at.1 > top && at.1 < top + height;
        if self.scale() < READABLE {
            self.zoom(COMFORTABLE, None, true);
        } else if is_in {
            return;
        }
        self.center(at);
    }

    /// Scrolls the page back to the map, if its top is out of sight.
    pub fn show(&self) {
        if self.frame.get_bounding_client_rect().y() < 0.0 {
            self.frame.scroll_into_view();
        }
    }

    /// The part of the plan that is in view: left, top, width and height in units.
    fn visible(&self) -> [f64; 4] {
        let (scale, (x, y)) = (self.scale(), self.origin());
        let size = (f64::from(self.view.client_width()), f64::from(self.view.client_height()));
        [self.bounds[0] - x / scale, self.bounds[1] - y / scale, size.0 / scale, size.1 / scale]
    }

    /// Zooms to `scale`, limited to the useful range. The point `fixed` of the plan stays where it is in the view;
    /// `None` stands for the middle. The change is eased if `eases`.
    fn zoom(self: &Rc<Self>, scale: f64, fixed: Option<Point>, eases: bool) {
        let whole = self.whole();
        let [left, top, width, height] = self.visible();
        let fixed = fixed.unwrap_or((left + width / 2.0, top + height / 2.0));
        let before = self.scale();
        let origin = self.origin();
        let at = self.pixels(fixed);
        let in_view = (at.0 + origin.0, at.1 + origin.1);
        // Not `clamp`: its panic message would add the code that formats floats to what the browser loads.
        self.apply(scale.max(whole.min(COMFORTABLE)).min(MOST));
        let (at, origin) = (self.pixels(fixed), self.origin());
        let scrolled = (self.view.scroll_left(), self.view.scroll_top());
        self.view.set_scroll_left(scrolled.0 + (origin.0 + at.0 - in_view.0) as i32);
        self.view.set_scroll_top(scrolled.1 + (origin.1 + at.1 - in_view.1) as i32);
        if eases {
            // The picture has its final size already. It is shown at the old one and returns to the new one.
            let style = self.canvas.style();
            let origin = format!("{}px {}px", browser::decimal(at.0), browser::decimal(at.1));
            let shrunk = format!("scale({})", browser::decimal(before / self.scale()));
            for (property, value) in [("transition", "none"), ("transform-origin", &*origin), ("transform", &*shrunk)] {
                drop(style.set_property(property, value));
            }
            // Reading the size makes the browser apply the styles.
            self.canvas.offset_width();
            drop(style.remove_property("transition"));
            drop(style.remove_property("transform"));
        }
        self.plan_overlays();
    }

    /// Handles a click on a zoom button or on the small picture. Returns whether it was one.
    pub fn clicked(self: &Rc<Self>, target: &Element, event: &MouseEvent) -> bool {
        if let Some(how) = target.get_attribute("data-zoom") {
            let scale = match &*how {
                "in" => self.scale() * STEP,
                "out" => self.scale() / STEP,
                _ => 0.0,
            };
            self.zoom(scale, None, true);
            return true;
        }
        let Some(small) = target.closest(".map-small").ok().flatten() else { return false };
        let place = small.get_bounding_client_rect();
        let along = |at: i32, begins: f64, size: f64| (f64::from(at) - begins) / size.max(1.0);
        let (x, y) =
            (along(event.client_x(), place.x(), place.width()), along(event.client_y(), place.y(), place.height()));
        self.center((self.bounds[0] + x * self.bounds[2], self.bounds[1] + y * self.bounds[3]));
        true
    }

    /// Enlarges the seats around a point of the plan, so that a finger can hit them.
    pub fn enlarge(self: &Rc<Self>, at: Point) {
        self.zoom(COMFORTABLE, Some(at), true);
    }

    /// Handles the wheel with the control key. A browser reports a pinch on a touch pad in the same way.
    pub fn wheeled(self: &Rc<Self>, event: &WheelEvent) {
        if event.ctrl_key() {
            event.prevent_default();
            let at = self.point(event.client_x(), event.client_y());
            self.zoom(self.scale() * (-event.delta_y() / 300.0).exp(), Some(at), false);
        }
    }

    /// Handles two fingers that touch the map or move on it.
    pub fn touched(self: &Rc<Self>, event: &TouchEvent) {
        if event.type_() == "touchstart" {
            self.pinch.set(None);
        }
        let touches = event.touches();
        let (Some(one), Some(other), 2) = (touches.get(0), touches.get(1), touches.length()) else { return };
        let (x, y) = (f64::from(one.client_x() - other.client_x()), f64::from(one.client_y() - other.client_y()));
        let apart = x.hypot(y).max(1.0);
        match self.pinch.get() {
            None => self.pinch.set(Some((apart, self.scale()))),
            Some((begun, scale)) => {
                let between = |one: i32, other: i32| one.midpoint(other);
                let middle = (between(one.client_x(), other.client_x()), between(one.client_y(), other.client_y()));
                self.zoom(scale * apart / begun, Some(self.point(middle.0, middle.1)), false);
            }
        }
    }

    /// Draws what is over the picture before the next frame is shown.
    pub fn plan_overlays(self: &Rc<Self>) {
        if !self.is_planned.replace(true) {
            let this = self.clone();
            leptos::prelude::request_animation_frame(move || {
                this.is_planned.set(false);
                this.draw_overlays();
            });
        }
    }

    fn draw_overlays(&self) {
        self.follow_window();
        let visible @ [left, top, width, height] = self.visible();
        let is_zoomed = self.frame.has_attribute("data-zoomed");
        if let (true, Ok(Some(window))) = (is_zoomed, self.frame.query_selector(".map-small rect")) {
            for (name, at) in ["x", "y", "width", "height"].into_iter().zip(visible) {
                drop(window.set_attribute(name, &(at as i32).to_string()));
            }
        }
        self.draw_rows(visible);
        self.draw_numbers(visible);
        let middle = (left + width / 2.0, top + height / 2.0);
        let name = if is_zoomed { self.section_at(middle, top) } else { None };
        browser::show_text(&self.frame, ".map-place", name.unwrap_or_default());
    }

    /// The name of the section of the seat that is nearest to a point. `None` if its front, where the picture has the
    /// name, is in view, which begins at `top`.
    fn section_at(&self, at: Point, top: f64) -> Option<&str> {
        let section = |row: usize| Some(self.seats.rows.get(row)?.section);
        let here = section(self.seats.seats.get(self.nearest(at)?.0)?.row)?;
        let front = self.seats.seats.iter().find(|seat| section(seat.row) == Some(here))?;
        Some(&**self.seats.sections.get(here)?).filter(|_| f64::from(front.at.1) < top)
    }

    /// The seat that is nearest to a point, and its distance in units. `None` if there are no seats.
    pub fn nearest(&self, (x, y): Point) -> Option<(usize, f64)> {
        let mut nearest: Option<(usize, f64)> = None;
        for (place, seat) in self.seats.seats.iter().enumerate() {
            let away = (f64::from(seat.at.0) - x).hypot(f64::from(seat.at.1) - y);
            if nearest.is_none_or(|(_, least)| away < least) {
                nearest = Some((place, away));
            }
        }
        nearest
    }

    /// Writes the name of each row at the left edge of the view, at the height of its first seat in view. A row whose
    /// beginning is in view has its name in the picture.
    fn draw_rows(&self, [left, top, width, height]: [f64; 4]) {
        let scale = self.scale();
        let mut text = String::new();
        let mut last = (usize::MAX, f64::MIN);
        let (mut row, mut begins_in_view) = (usize::MAX, false);
        for seat in &self.seats.seats {
            let (x, y) = (f64::from(seat.at.0), f64::from(seat.at.1));
            if seat.row != row {
                (row, begins_in_view) = (seat.row, x > left + 22.0 && x < left + width);
            }
            let is_in = x > left && x < left + width && y > top && y < top + height;
            if scale < READABLE || begins_in_view || !is_in || last.0 == row {
                continue;
            }
            let name = self.seats.rows.get(row).map_or(String::new(), |row| escaped(&row.name));
            let place = ((y - top) * scale) as i32;
            if (y - last.1).abs() * scale > 14.0 {
                text.push_str(&format!("<text x=\"14\" y=\"{place}\">{name}</text>"));
                last = (row, y);
            }
        }
        if *self.rows_shown.borrow() != text
            && let Ok(Some(rows)) = self.frame.query_selector(".map-rows")
        {
            rows.set_inner_html(&text);
            *self.rows_shown.borrow_mut() = text;
        }
    }

    /// Writes the numbers on the seats in view and around it, if they are large enough to be read.
    fn draw_numbers(&self, [left, top, width, height]: [f64; 4]) {
        let Ok(Some(group)) = self.canvas.query_selector(".map-numbers") else { return };
        let [from_left, from_top, wide, high] = self.numbered.get();
        let is_readable = self.scale() >= READABLE;
        let is_done =
            from_left <= left && from_top <= top && from_left + wide >= left + width && from_top + high >= top + height;
        if is_done && is_readable {
            return;
        }
        let margin = if is_readable { width.min(height) / 4.0 } else { 0.0 };
        let around = [left - margin, top - margin, width + 2.0 * margin, height + 2.0 * margin];
        let mut text = String::new();
        for (place, seat) in self.seats.seats.iter().enumerate().filter(|_| is_readable) {
            let (x, y) = (f64::from(seat.at.0) - around[0], f64::from(seat.at.1) - around[1]);
            if x > 0.0 && y > 0.0 && x < around[2] && y < around[3] && self.picture.has_number(place) {
                let number = escaped(&seat.number());
                text.push_str(&format!("<text x=\"{}\" y=\"{}\">{number}</text>", seat.at.0, seat.at.1));
            }
        }
        group.set_inner_html(&text);
        self.numbered.set(if is_readable { around } else { [0.0; 4] });
    }

    /// Redraws the numbers after seats have changed.
    pub fn renumber(self: &Rc<Self>) {
        self.numbered.set([0.0; 4]);
        self.plan_overlays();
    }
}
