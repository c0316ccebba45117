//! The seats of a hall as HTML, twice: as a picture (`hall_map`), and as a list with a group for each section, a line
//! for each row and a check box for each seat. The check boxes are the state of the form; the list is folded away until
//! somebody prefers it, and then works without scripts and for screen readers.
//!
//! A hall has thousands of seats, and only the state of each seat changes. Everything else is rendered once for each
//! language and cached; a page is that text with the states inserted.

use super::drawing::kind_name;
use super::forms::Hidden;
use super::hall_map::{Overview, SectionDrawing, add_point, band_colour, draw_sections};
use super::layout::LARGE_PART;
use crate::islands::{Chosen, MapWords};
use crate::words::{self, Locale, td_string};
use encore::domain::concert::Publication;
use encore::domain::hall::{HallPlan, Section, rows};
use encore::domain::{ConcertSchedule, ScheduleId, Seat, SeatId, SeatKind, SeatStatus};
use html_escape::encode_double_quoted_attribute_to_string as escape;
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use moka::sync::Cache;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ops::Range;
use std::sync::Arc;

/// A hall with more seats than this shows one section at a time.
pub const MAX_SEATS_SHOWN: usize = 1_500;

/// How a seat is shown to a fan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SeatDisplay {
    Reservable,
    Occupied,
    Reserved,
    /// Free, but kept for fans who need a wheelchair or companion place.
    Kept,
    Yours,
    /// Reservable, and shown ticked: see [`ViewerSeats::wished`].
    Wished,
}

impl SeatDisplay {
    const ALL: [Self; 6] = [Self::Reservable, Self::Occupied, Self::Reserved, Self::Kept, Self::Yours, Self::Wished];

    const fn state(self) -> &'static str {
        match self {
            Self::Reservable | Self::Wished => SeatStatus::Reservable.as_str(),
            Self::Occupied => SeatStatus::Occupied.as_str(),
            Self::Reserved => SeatStatus::Reserved.as_str(),
            Self::Yours => "yours",
            Self::Kept => "kept",
        }
    }

    const fn is_free(self) -> bool {
        matches!(self, Self::Reservable | Self::Wished)
    }

    const fn attribute(self) -> &'static str {
        match self {
            Self::Reservable => "",
            Self::Wished => " checked",
            Self::Occupied | Self::Reserved | Self::Yours | Self::Kept => " disabled",
        }
    }

    fn word(self, l: Locale) -> &'static str {
        match self {
            Self::Reservable | Self::Wished => td_string!(l, seats.available),
            Self::Occupied => td_string!(l, seats.held),
            Self::Reserved => td_string!(l, seats.sold),
            Self::Yours => td_string!(l, seats.yours),
            Self::Kept => td_string!(l, seats.kept),
        }
    }
}

/// The facts about the viewer (a fan or a member of staff) on which the display of the seats depends.
#[derive(Debug, Default)]
pub struct ViewerSeats {
    /// Seats that the fan holds.
    pub held: HashSet<SeatId>,
    /// Seats that are shown ticked if they are reservable: those of a form that was refused, or those that were found
    /// for a party. Those that the page does not show are in the bar instead: see [`MapBar`].
    pub wished: HashSet<SeatId>,
    /// True if wheelchair and companion places are kept from this fan.
    pub access_is_kept: bool,
}

impl ViewerSeats {
    /// Whether this fan can have the seat: it is free, and not kept from this fan.
    pub fn can_have(&self, seat: &Seat, status: SeatStatus) -> bool {
        status == SeatStatus::Reservable && !(self.access_is_kept && seat.kind.is_for_access())
    }

    fn display(&self, seat: &Seat, status: SeatStatus) -> SeatDisplay {
        match status {
            _ if self.held.contains(&seat.id) => SeatDisplay::Yours,
            SeatStatus::Reservable if self.access_is_kept && seat.kind.is_for_access() => SeatDisplay::Kept,
            SeatStatus::Reservable if self.wished.contains(&seat.id) => SeatDisplay::Wished,
            SeatStatus::Reservable => SeatDisplay::Reservable,
            SeatStatus::Occupied => SeatDisplay::Occupied,
            SeatStatus::Reserved => SeatDisplay::Reserved,
        }
    }
}

/// The picture of a map.
#[derive(Debug, Default)]
pub struct MapPicture {
    svg: String,
    view_box: String,
    /// The width in units of the plan.
    width: u32,
}

/// The HTML of a map.
#[derive(Debug)]
pub struct HallHtml {
    pub picture: MapPicture,
    /// The list of seats, which goes where [`SeatList`] has put [`LARGE_PART`].
    pub list: String,
}

/// A hall rendered in one language, without the states of its seats.
#[derive(Debug)]
pub struct RenderedHall {
    l: Locale,
    plan: Arc<HallPlan>,
    /// The HTML of all sections.
    text: String,
    /// The byte range of each section in `text`.
    sections: Vec<Range<usize>>,
    /// The drawing of the hall, or of each section of a large hall.
    drawn: Vec<SectionDrawing>,
    /// The picture of the sections of a large hall; `None` for any other hall.
    overview: Option<Overview>,
    /// For each seat, in the order of the plan: the byte positions in `text` where its state and the word for the state
    /// go.
    insertion_points: Vec<(usize, usize)>,
}

impl RenderedHall {
    /// Renders a hall in the language `l`.
    pub fn new(l: Locale, plan: Arc<HallPlan>) -> Self {
        let seats = plan.seats().len();
        let count = plan.sections().len();
        let is_large = seats > MAX_SEATS_SHOWN;
        let at_once = if is_large { 1 } else { count.max(1) };
        let parts = (0..count).step_by(at_once).map(|first| first..first + at_once);
        let drawn = parts.map(|part| draw_sections(l, &plan, part)).collect();
        let overview = is_large.then(|| Overview::of(l, &plan));
        let text = String::with_capacity(seats * 288);
        let mut rendered =
            Self { l, plan, text, sections: vec![], drawn, overview, insertion_points: Vec::with_capacity(seats) };
        for (number, section) in rendered.plan.clone().sections().iter().enumerate() {
            let begins = rendered.text.len();
            rendered.section(number, section);
            rendered.sections.push(begins..rendered.text.len());
        }
        rendered.text.shrink_to_fit();
        rendered
    }

    /// Returns a large hall's sections as an SVG picture, in which each section is a link to `to(number)` and the
    /// section with the number `open` is highlighted. Returns `None` if the hall is not large.
    pub fn overview(&self, open: usize, to: impl Fn(usize) -> String) -> Option<String> {
        Some(self.overview.as_ref()?.linked(open, to))
    }

    /// Returns the map. `open` is the number of the section that a large hall shows; with `None` all sections are
    /// shown. `states` has the state of every seat of the hall, in the order of the plan.
    pub fn map(&self, open: Option<usize>, states: &[SeatStatus], viewer: &ViewerSeats) -> HallHtml {
        let shown = open.map_or(0..self.sections.len(), |open| open..open + 1);
        HallHtml {
            picture: self.picture(open.unwrap_or(0), shown.clone(), states, viewer).unwrap_or_default(),
            list: self.seats(shown, states, viewer),
        }
    }

    /// Returns the picture of the sections with these numbers as SVG. `drawing` is the index of their drawing. `None`
    /// if the hall has no seats.
    fn picture(
        &self,
        drawing: usize,
        sections: Range<usize>,
        states: &[SeatStatus],
        viewer: &ViewerSeats,
    ) -> Option<MapPicture> {
        let SectionDrawing { view_box, width, background, positions, ids } = self.drawn.get(drawing)?;
        let shown = self.plan.sections().get(sections)?;
        let shown = shown.first()?.seats.start..shown.last()?.seats.end;
        // One path for each look of a seat. The island expects all of them, so those without seats are there too.
        let taken = SeatDisplay::ALL.into_iter().filter(|display| !display.is_free()).map(|display| (display, 0));
        let bands: BTreeSet<usize> = shown.clone().map(|index| self.plan.band_of(index)).collect();
        let mut looks: Vec<((SeatDisplay, usize), String)> = bands
            .into_iter()
            .map(|band| (SeatDisplay::Reservable, band))
            .chain(taken)
            .map(|look| (look, String::new()))
            .collect();
        let (mut kinds, mut chosen, mut at) = (BTreeMap::<&str, String>::new(), String::new(), String::new());
        for (index, position) in shown.zip(positions) {
            let (Some(seat), Some(&status)) = (self.plan.seats().get(index), states.get(index)) else { break };
            let display = viewer.display(seat, status);
            let look =
                if display.is_free() { (SeatDisplay::Reservable, self.plan.band_of(index)) } else { (display, 0) };
            let place = looks.iter().position(|(other, _)| *other == look)?;
            add_point(&mut looks[place].1, *position);
            at.push_str(&format!("{} {} {place} ", position.0, position.1));
            if display == SeatDisplay::Wished {
                add_point(&mut chosen, *position);
            }
            if seat.kind != SeatKind::Standard {
                add_point(kinds.entry(seat.kind.as_str()).or_default(), *position);
            }
        }
        // The small picture repeats what is in `map-drawing`: not what is chosen, so that a tap redraws little.
        let mut svg = format!(
            "<svg class=\"map\" id=\"map\" viewBox=\"{view_box}\" \
             data-at=\"{at}\" data-ids=\"{ids}\" aria-hidden=\"true\"><g id=\"map-drawing\">{background}"
        );
        for ((display, band), path) in &looks {
            let (state, colour) = (display.state(), band_colour(*band));
            svg.push_str(&format!(
                "<path class=\"seats\" data-state=\"{state}\" data-band=\"{band}\" data-colour=\"{colour}\" d=\"{path}\"/>"
            ));
        }
        for (kind, path) in &kinds {
            svg.push_str(&format!("<path class=\"seats seats-kind\" data-kind=\"{kind}\" d=\"{path}\"/>"));
        }
        svg.push_str(&format!(
            "</g><g class=\"map-numbers\"></g><path class=\"seats seats-chosen\" d=\"{chosen}\"/><path class=\"seat-marks\"/></svg>"
        ));
        Some(MapPicture { svg, view_box: view_box.clone(), width: *width })
    }

    /// Returns the HTML of the sections with these numbers. `states` has the state of every seat of the hall, in the
    /// order of the plan.
    fn seats(&self, sections: Range<usize>, states: &[SeatStatus], viewer: &ViewerSeats) -> String {
        let texts = self.sections.get(sections.clone()).unwrap_or_default();
        let sections = self.plan.sections().get(sections).unwrap_or_default();
        let seats: usize = sections.iter().map(|section| section.seats.len()).sum();
        let mut html = String::with_capacity(texts.iter().map(Range::len).sum::<usize>() + seats * 40);
        let words = SeatDisplay::ALL.map(|display| {
            let mut word = String::new();
            escape(display.word(self.l), &mut word);
            (format!("{}\"><input{}", display.state(), display.attribute()), word)
        });
        for (section, text) in sections.iter().zip(texts) {
            let mut at = text.start;
            for index in section.seats.clone() {
                let (Some(seat), Some(&status)) = (self.plan.seats().get(index), states.get(index)) else { break };
                let Some(&(state, word)) = self.insertion_points.get(index) else { break };
                let (begins, name) = &words[viewer.display(seat, status) as usize];
                add(&mut html, &[&self.text[at..state], begins, &self.text[state..word], name]);
                at = word;
            }
            html.push_str(&self.text[at..text.end]);
        }
        html
    }

    fn section(&mut self, number: usize, section: &Section) {
        let (l, plan, html) = (self.l, self.plan.clone(), &mut self.text);
        let first = section.seats.start;
        html.push_str(&format!("<fieldset class=\"section\" data-first=\"{first}\" id=\"list-{number}\"><legend><h2>"));
        escape(&section.name, html);
        html.push_str("</h2> <span>");
        escape(words::price_range(l, section.prices), html);
        html.push_str("</span></legend>");
        let seats = plan.seats().get(section.seats.clone()).unwrap_or_default();
        let mut index = first;
        for row in rows(seats) {
            let Some(Seat { row: name, .. }) = row.first() else { continue };
            html.push_str("<div class=\"row\"><span class=\"row-name\" aria-hidden=\"true\">");
            escape(name, html);
            html.push_str("</span>");
            for seat in row {
                self.insertion_points.push(check_box(html, l, seat, plan.band_of(index)));
                index += 1;
            }
            html.push_str("</div>");
        }
        html.push_str("</fieldset>");
    }
}

/// The row and number of a seat in words and, if it is not a standard one, its kind.
fn place_name(l: Locale, Seat { row, number, kind, .. }: &Seat) -> String {
    match kind {
        SeatKind::Standard => td_string!(l, seats.standard_name, row = row, number = number),
        kind => td_string!(l, seats.kind_name, row = row, number = number, kind = kind_name(l, *kind)),
    }
}

/// A seat that is chosen in a section which the page does not show. `index` is its position in the plan.
pub fn chosen_elsewhere(l: Locale, index: usize, seat: &Seat) -> Chosen {
    let name = td_string!(l, seats.in_section, section = &seat.section, seat = place_name(l, seat));
    Chosen { id: seat.id.0, index, name, price: seat.price, found: false }
}

/// A placeholder for the state in the name of a seat. The name is split at this character.
const STATE: &str = "\u{1}";

/// Appends the check box of a seat to `html`. Returns the byte positions in `html` where its state and the word for the
/// state are to be inserted.
fn check_box(html: &mut String, l: Locale, seat: &Seat, band: usize) -> (usize, usize) {
    let Seat { id, number, price, kind, .. } = seat;
    let points = words::points(l, *price);
    let place = place_name(l, seat);
    let name = td_string!(l, seats.name, seat = &place, price = points, state = STATE);
    let (before, after) = name.split_once(STATE).unwrap_or((&name, ""));
    html.push_str(&format!("<label class=\"seat\" data-band=\"{band}\" data-colour=\"{}\" ", band_colour(band)));
    if *kind != SeatKind::Standard {
        add(html, &["data-kind=\"", kind.as_str(), "\" "]);
    }
    html.push_str("data-state=\"");
    let state = html.len();
    html.push_str(&format!(
        " type=\"checkbox\" id=\"seat-{id}\" name=\"seat_ids[]\" value=\"{id}\" data-price=\"{price}\" data-place=\""
    ));
    escape(&place, html);
    html.push_str("\" aria-label=\"");
    escape(before, html);
    let word = html.len();
    escape(after, html);
    html.push_str(&format!("\"><span aria-hidden=\"true\">{number}</span></label>"));
    (state, word)
}

/// The picture of a hall, with the zoom buttons and what the island adds to it: the names of the rows in view, the name
/// of the section, a small picture of the whole hall, and the buttons that carry the focus from seat to seat.
#[component]
pub fn MapFrame(l: Locale, picture: MapPicture) -> impl IntoView {
    let MapPicture { svg, view_box, width } = picture;
    let small = format!("<svg viewBox=\"{view_box}\"><use href=\"#map-drawing\"/><rect/></svg>");
    let zoom = [
        ("in", "+", td_string!(l, seats.zoom_in)),
        ("out", "\u{2212}", td_string!(l, seats.zoom_out)),
        ("whole", "\u{2922}", td_string!(l, seats.zoom_whole)),
    ];
    let zoom = zoom.map(|(how, sign, name)| {
        view! { <button type="button" class="zoom-button" data-zoom=how aria-label=name title=name>{sign}</button> }
    });
    let cursor =
        || view! { <button type="button" class="map-cursor" role="checkbox" aria-checked="false" hidden></button> };
    view! {
        <style nonce=use_nonce() inner_html=format!("#map{{--w:{width}}}")></style>
        <div class="map-frame">
            <p class="visually-hidden" id="map-keys">{td_string!(l, seats.keys)}</p>
            <div class="map-view" role="group" tabindex="0" aria-label=td_string!(l, seats.map) aria-describedby="map-keys">
                <div class="map-stage">
                    <div class="map-canvas">
                        <div class="map-svg" inner_html=svg></div>
                        {cursor()}
                        {cursor()}
                    </div>
                </div>
            </div>
            <svg class="map-rows" aria-hidden="true"></svg>
            <p class="map-place" aria-hidden="true" hidden></p>
            <div class="map-small" aria-hidden="true" inner_html=small></div>
            <div class="zoom" role="group" aria-label=td_string!(l, seats.zoom)>{zoom.into_iter().collect_view()}</div>
        </div>
    }
}

/// The bar with what is chosen, which the island fills. `pick` is what it says at first. `holds` says whether it has
/// the button that holds the seats, and a link to the form with the id `best`, which finds the best seats and on a phone
/// is below the map. `elsewhere` are the seats that are chosen in sections which the page does not show; the form sends
/// them too.
#[component]
pub fn MapBar(
    l: Locale,
    pick: &'static str,
    holds: bool,
    #[prop(default = vec![])] elsewhere: Vec<Chosen>,
) -> impl IntoView {
    let item = |chosen: Chosen| {
        let kept = serde_json::to_string(&chosen).unwrap_or_default();
        view! {
            <li data-seat=kept>
                <Hidden name="seat_ids[]" value=chosen.id.to_string()/>
                <span>{chosen.name}</span>
                <span>{words::points(l, chosen.price)}</span>
            </li>
        }
    };
    let elsewhere = elsewhere.into_iter().map(item).collect_view();
    let button = || view! { <button class="button bar-submit" type="submit">{td_string!(l, seats.hold)}</button> };
    view! {
        <div class="bar">
            <div class="bar-text">
                <output class="bar-summary">{pick}</output>
                <p class="bar-message" role="status"></p>
                <ul class="bar-chosen">{elsewhere}</ul>
                <div class="bar-offers"><p>{td_string!(l, seats.nearest)}</p><ul class="nearest"></ul></div>
                <p class="form-status" role="status"></p>
                <p class="visually-hidden bar-free" role="status"></p>
            </div>
            {holds.then(button)}
            {holds.then(|| view! { <a class="bar-best" href="#best">{td_string!(l, seats.party_find)}</a> })}
        </div>
    }
}

/// The seats as a list with check boxes, folded away at first. The list itself is inserted as the large part of the
/// page. Nothing can be ticked if `is_read_only`.
#[component]
pub fn SeatList(l: Locale, #[prop(default = false)] is_read_only: bool) -> impl IntoView {
    view! {
        <details class="seat-list" id="list">
            <summary>{td_string!(l, seats.as_list)}</summary>
            <fieldset disabled=is_read_only inner_html=LARGE_PART></fieldset>
        </details>
    }
}

/// The version from which the page of a map follows the changes of its seats. `None` for a draft: nobody can buy them.
pub fn followed(schedule: &ConcertSchedule) -> Option<i64> {
    (schedule.status == Publication::Published).then_some(schedule.version)
}

/// The sentences of the island of the map.
pub fn map_words(l: Locale) -> MapWords {
    MapWords {
        pick: td_string!(l, seats.pick).into(),
        summary_one: td_string!(l, seats.summary_one).into(),
        summary: td_string!(l, seats.summary).into(),
        too_many: td_string!(l, seats.too_many).into(),
        dropped: td_string!(l, seats.dropped).into(),
        just_taken: td_string!(l, seats.just_taken).into(),
        gone: td_string!(l, seats.gone, seats = "{seats}"),
        in_section: td_string!(l, seats.in_section, section = "{section}", seat = "{seat}"),
        place: td_string!(l, seats.standard_name, row = "{row}", number = "{number}"),
        name: td_string!(l, seats.name, seat = "{seat}", price = "{price}", state = "{state}"),
        price: td_string!(l, points.unit, amount = "{amount}"),
        available: td_string!(l, seats.available).into(),
        kept: td_string!(l, seats.kept).into(),
        held: td_string!(l, seats.held).into(),
        sold: td_string!(l, seats.sold).into(),
        submit: td_string!(l, seats.hold).into(),
        submit_one: td_string!(l, seats.hold_one).into(),
        submit_many: td_string!(l, seats.hold_many).into(),
        remove: td_string!(l, seats.remove, seat = "{seat}"),
        left: td_string!(l, seats.left).into(),
        free: td_string!(l, seats.free).into(),
        found_none: td_string!(l, seats.party_none).into(),
        found_apart: td_string!(l, seats.found_apart).into(),
        found_leaves_one: td_string!(l, seats.found_leaves_one).into(),
        found_in: td_string!(l, seats.found_in).into(),
        show_section: td_string!(l, seats.show_section).into(),
        no_answer: td_string!(l, app.try_again).into(),
    }
}

/// A cache of rendered halls, by schedule and language. Its total size is limited.
#[derive(Debug, Clone)]
pub struct RenderedHalls(Cache<(ScheduleId, Locale), Arc<RenderedHall>>);

impl Default for RenderedHalls {
    fn default() -> Self {
        let weigh = |_: &_, hall: &Arc<RenderedHall>| {
            let size = |drawn: &SectionDrawing| drawn.background.len() + drawn.positions.len() * 8 + drawn.ids.len();
            let drawn: usize = hall.drawn.iter().map(size).sum();
            let overview = hall.overview.as_ref().map_or(0, Overview::size);
            u32::try_from(hall.text.len() + drawn + overview).unwrap_or(u32::MAX)
        };
        Self(Cache::builder().weigher(weigh).max_capacity(Self::BYTES).build())
    }
}

impl RenderedHalls {
    /// The most memory that the rendered halls may take together, in bytes: enough for a few dozen halls.
    const BYTES: u64 = 32 << 20;

    /// Returns the hall of a schedule in a language. Renders it if it is not in the cache, or if the cached one was
    /// made from another plan.
    pub fn of(&self, schedule: ScheduleId, l: Locale, plan: &Arc<HallPlan>) -> Arc<RenderedHall> {
        let new = || Arc::new(RenderedHall::new(l, plan.clone()));
        let kept = self.0.get_with((schedule, l), new);
        if Arc::ptr_eq(&kept.plan, plan) {
            return kept;
        }
        let fresh = new();
        self.0.insert((schedule, l), fresh.clone());
        fresh
    }
}

fn add(html: &mut String, parts: &[&str]) {
    parts.iter().for_each(|part| html.push_str(part));
}

#[cfg(test)]
mod tests {
    use super::*;
    use SeatStatus::*;

    fn plan() -> Arc<HallPlan> {
        let seat = |id: i64, section: &str, row: &str, position: i64| Seat {
            id: SeatId(id),
            section: section.into(),
            row: row.into(),
            number: position.into(),
            position,
            price: 100 * id,
            category: String::new(),
            kind: SeatKind::Standard,
            at: (0, 0),
        };
        Arc::new(HallPlan::new(vec![seat(1, "A<b>\"&", "A", 1), seat(2, "A<b>\"&", "A", 3), seat(3, "B", "A", 1)]))
    }

    #[test]
    fn a_seat_has_its_state_place_and_price_in_its_label() {
        let viewer =
            ViewerSeats { held: [SeatId(2)].into(), wished: [SeatId(1), SeatId(3)].into(), access_is_kept: true };
        let hall = RenderedHall::new(Locale::en, plan());
        let html = hall.seats(0..2, &[Reservable, Occupied, Reserved], &viewer);
        for (id, state, name) in [
            (1, "reservable\"><input checked ", "Row A, seat 1, 100 points, available"),
            (2, "yours\"><input disabled ", "Row A, seat 3, 200 points, yours"),
            (3, "reserved\"><input disabled ", "Row A, seat 1, 300 points, not available"),
        ] {
            let seat = html.split("<label").nth(id).expect("a seat");
            assert!(seat.contains(&format!("data-state=\"{state}")) && seat.contains(name), "{seat}");
        }
        assert!(html.contains("data-band=\"0\"") && html.contains("id=\"list-1\""), "{html}");
        assert!(html.contains("data-first=\"0\"") && html.contains("data-first=\"2\""), "{html}");
    }

    #[test]
    fn the_picture_has_each_seat_in_the_path_of_its_look_and_a_path_for_every_look() {
        let mut seats = plan().seats().to_vec();
        for (seat, at) in seats.iter_mut().zip([(100, 100), (200, 100), (300, 100)]) {
            seat.at = at;
        }
        let hall = RenderedHall::new(Locale::en, Arc::new(HallPlan::new(seats)));
        let viewer = ViewerSeats { wished: [SeatId(3)].into(), ..ViewerSeats::default() };
        let svg = hall.map(None, &[Reservable, Occupied, Reservable], &viewer).picture.svg;
        for (state, path) in [
            ("reservable", "M10 10h0M30 10h0"),
            ("occupied", "M20 10h0"),
            ("reserved", ""),
            ("kept", ""),
            ("yours", ""),
        ] {
            let drawn = format!("data-state=\"{state}\" data-band=\"0\" data-colour=\"0\" d=\"{path}\"");
            assert!(svg.contains(&drawn), "{drawn} in {svg}");
        }
        assert!(svg.contains("seats-chosen\" d=\"M30 10h0\""), "{svg}");
        assert!(svg.contains("data-at=\"10 10 0 20 10 1 30 10 0 \" data-ids=\"1 1 1 \""), "{svg}");
    }

    #[test]
    fn a_wheelchair_place_is_labelled_and_open_to_fans_who_need_it() {
        let mut seats = plan().seats().to_vec();
        seats[0].kind = SeatKind::Wheelchair;
        let hall = RenderedHall::new(Locale::en, Arc::new(HallPlan::new(seats)));
        let shown = |access_is_kept| {
            let viewer = ViewerSeats { access_is_kept, ..ViewerSeats::default() };
            hall.seats(0..1, &[Reservable; 3], &viewer).split("</label>").next().expect("a seat").to_owned()
        };
        let (kept, open) = (shown(true), shown(false));
        assert!(kept.contains("data-kind=\"wheelchair\" data-state=\"kept\"><input disabled"), "{kept}");
        assert!(kept.contains("Row A, seat 1, wheelchair space, 100 points, kept for wheelchair users"), "{kept}");
        assert!(open.contains("data-state=\"reservable\"><input type"), "{open}");
    }

    #[test]
    fn a_part_of_a_hall_has_the_seats_of_its_sections_and_no_others() {
        let hall = RenderedHall::new(Locale::ko, plan());
        let states = [Reserved, Reservable, Occupied];
        let [both, first, second] =
            [0..2, 0..1, 1..2].map(|sections| hall.seats(sections, &states, &ViewerSeats::default()));
        assert_eq!(both, format!("{first}{second}"));
        assert!(second.contains("seat-3") && second.contains("occupied") && !second.contains("seat-2"), "{second}");
        assert_eq!(hall.seats(2..3, &states, &ViewerSeats::default()), "");
    }

    #[test]
    fn names_are_escaped() {
        let html = RenderedHall::new(Locale::ko, plan()).seats(0..2, &[Reservable; 3], &ViewerSeats::default());
        assert!(!html.contains("<b>") && !html.contains("b>\"&\""), "{html}");
        assert!(html.contains("A&lt;b&gt;&quot;&amp;"), "{html}");
    }

    #[test]
    fn a_hall_is_rendered_once_until_its_plan_changes() {
        let (halls, schedule, plan, other) = (RenderedHalls::default(), ScheduleId(1), plan(), plan());
        let first = halls.of(schedule, Locale::en, &plan);
        assert!(Arc::ptr_eq(&first, &halls.of(schedule, Locale::en, &plan)));
        assert!(!Arc::ptr_eq(&first, &halls.of(schedule, Locale::ko, &plan)));
        let changed = halls.of(schedule, Locale::en, &other);
        assert!(Arc::ptr_eq(&changed.plan, &other));
        assert!(Arc::ptr_eq(&changed, &halls.of(schedule, Locale::en, &other)));
    }
}
