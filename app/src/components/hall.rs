//! The seats of a hall as HTML: one table a section, a check box a seat.
//!
//! It is written as text, since a hall has thousands of them and a fan waits for the page: what repeats within a row is
//! worded once.

use crate::words::{self, Locale, td_string};
use encore::domain::entities::Seat;
use encore::domain::hall::Plan;
use encore::domain::{Points, SeatId, SeatStatus};
use std::collections::HashSet;
use std::ops::Range;

/// A run of seats of one section.
#[derive(Debug, Clone)]
pub struct Section {
    pub name: String,
    pub prices: (Points, Points),
    /// How many are for sale.
    pub left: usize,
    /// Where its seats are in the plan.
    pub seats: Range<usize>,
}

/// The sections of a hall in order.
pub fn sections(plan: &Plan, states: &[SeatStatus]) -> Vec<Section> {
    let mut sections: Vec<Section> = vec![];
    for (index, (seat, state)) in plan.seats().iter().zip(states).enumerate() {
        if sections.last().is_none_or(|section| section.name != seat.section) {
            let prices = (seat.price, seat.price);
            sections.push(Section { name: seat.section.clone(), prices, left: 0, seats: index..index });
        }
        let Some(section) = sections.last_mut() else { continue };
        section.prices = (section.prices.0.min(seat.price), section.prices.1.max(seat.price));
        section.left += usize::from(*state == SeatStatus::Reservable);
        section.seats.end = index + 1;
    }
    sections
}

/// How a seat looks to this fan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Look {
    Reservable,
    Occupied,
    Reserved,
    Yours,
}

impl Look {
    const ALL: [Self; 4] = [Self::Reservable, Self::Occupied, Self::Reserved, Self::Yours];

    const fn state(self) -> &'static str {
        match self {
            Self::Reservable => SeatStatus::Reservable.as_str(),
            Self::Occupied => SeatStatus::Occupied.as_str(),
            Self::Reserved => SeatStatus::Reserved.as_str(),
            Self::Yours => "yours",
        }
    }

    fn word(self, l: Locale) -> &'static str {
        match self {
            Self::Reservable => td_string!(l, seats.available),
            Self::Occupied => td_string!(l, seats.held),
            Self::Reserved => td_string!(l, seats.sold),
            Self::Yours => td_string!(l, seats.yours),
        }
    }
}

/// What a fan has to do with the seats.
#[derive(Debug, Default)]
pub struct Mine {
    pub held: HashSet<SeatId>,
    /// Wished for, and not refused.
    pub wished: HashSet<SeatId>,
}

/// The tables of some sections.
pub fn tables(l: Locale, plan: &Plan, states: &[SeatStatus], sections: &[Section], mine: &Mine) -> String {
    let seats: usize = sections.iter().map(|section| section.seats.len()).sum();
    let mut html = String::with_capacity(1024 + seats * 320);
    for section in sections {
        table(&mut html, l, plan, states, section, mine);
    }
    html
}

/// What stands where the name of a seat has its number.
const NUMBER: &str = "\u{1}";

fn table(html: &mut String, l: Locale, plan: &Plan, states: &[SeatStatus], section: &Section, mine: &Mine) {
    let price = words::price_range(l, section.prices);
    let title = td_string!(l, seats.section_price, section = &section.name, price = price);
    let label = td_string!(l, seats.scroll, section = &section.name);
    add(html, &["<fieldset class=\"section\" data-first=\"", &section.seats.start.to_string(), "\"><legend>"]);
    escape(html, &title);
    html.push_str("</legend><div class=\"section-scroll\" tabindex=\"0\" role=\"group\" aria-label=\"");
    escape(html, &label);
    html.push_str("\"><table><tbody>");
    let seats = plan.seats().get(section.seats.clone()).unwrap_or_default();
    let states = states.get(section.seats.clone()).unwrap_or_default();
    let mut rest = seats.iter().zip(states).peekable();
    while let Some((first, _)) = rest.peek().copied() {
        html.push_str("<tr><th scope=\"row\"><span class=\"visually-hidden\">");
        escape(html, &td_string!(l, seats.row, row = &first.row));
        html.push_str("</span><span aria-hidden=\"true\">");
        escape(html, &first.row);
        html.push_str("</span></th>");
        let mut names = Names { l, row: &first.row, price: first.price, worded: vec![] };
        let mut next = 1;
        while let Some((seat, state)) = rest.next_if(|(seat, _)| seat.row == first.row) {
            // An aisle is a place without a seat.
            (next..seat.position).for_each(|_| html.push_str("<td></td>"));
            next = seat.position + 1;
            let look = match state {
                _ if mine.held.contains(&seat.id) => Look::Yours,
                SeatStatus::Reservable => Look::Reservable,
                SeatStatus::Occupied => Look::Occupied,
                SeatStatus::Reserved => Look::Reserved,
            };
            check_box(html, seat, look, &mut names, mine.wished.contains(&seat.id));
        }
        html.push_str("</tr>");
    }
    html.push_str("</tbody></table></div></fieldset>");
}

/// The names of the seats of a row, worded once for each look and price.
struct Names<'r> {
    l: Locale,
    row: &'r str,
    price: Points,
    /// What stands before and after the number, for each look.
    worded: Vec<(String, String)>,
}

impl Names<'_> {
    fn of(&mut self, price: Points, look: Look) -> (&str, &str) {
        if self.worded.is_empty() || self.price != price {
            self.price = price;
            let (l, price) = (self.l, words::points(self.l, price));
            let word = |look: Look| {
                let state = look.word(l);
                let name = td_string!(l, seats.name, row = self.row, number = NUMBER, price = &price, state = state);
                let (before, after) = name.split_once(NUMBER).unwrap_or((&name, ""));
                (escaped(before), escaped(after))
            };
            self.worded = Look::ALL.map(word).to_vec();
        }
        self.worded.get(look as usize).map_or(("", ""), |(before, after)| (before, after))
    }
}

fn check_box(html: &mut String, seat: &Seat, look: Look, names: &mut Names<'_>, wished: bool) {
    let mut digits = [itoa::Buffer::new(); 4];
    let [id, number, place, price] = &mut digits;
    let (id, number) = (id.format(seat.id.0), number.format(seat.number));
    let (place, price) = (place.format(seat.position), price.format(seat.price));
    add(html, &["<td><label class=\"seat\" data-state=\"", look.state(), "\"><input type=\"checkbox\" id=\"seat-", id]);
    add(html, &["\" name=\"seat_ids[]\" value=\"", id, "\" data-place=\"", place, "\" data-price=\"", price]);
    let (before, after) = names.of(seat.price, look);
    add(html, &["\" aria-label=\"", before, number, after, "\""]);
    if look != Look::Reservable {
        html.push_str(" disabled");
    } else if wished {
        html.push_str(" checked");
    }
    add(html, &["><span aria-hidden=\"true\">", number, "</span></label></td>"]);
}

fn add(html: &mut String, parts: &[&str]) {
    parts.iter().for_each(|part| html.push_str(part));
}

/// Adds text as HTML, also within a quoted attribute.
fn escape(html: &mut String, text: &str) {
    let mut rest = text;
    while let Some(at) = rest.find(['&', '<', '>', '"']) {
        let (before, from) = rest.split_at(at);
        let entity = match from.as_bytes().first() {
            Some(b'&') => "&amp;",
            Some(b'<') => "&lt;",
            Some(b'>') => "&gt;",
            _ => "&quot;",
        };
        add(html, &[before, entity]);
        rest = &from[1..];
    }
    html.push_str(rest);
}

fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    escape(&mut html, text);
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> Plan {
        let seat = |id: i64, section: &str, row: &str, position: i64| Seat {
            id: SeatId(id),
            section: section.into(),
            row: row.into(),
            number: position,
            position,
            price: 100 * id,
        };
        Plan::new(vec![seat(1, "A<b>\"&", "A", 1), seat(2, "A<b>\"&", "A", 3), seat(3, "B", "A", 1)])
    }

    #[test]
    fn a_seat_says_what_it_is_where_and_for_how_much_and_an_aisle_is_a_gap() {
        use SeatStatus::*;
        let (plan, states) = (plan(), [Reservable, Occupied, Reserved]);
        let sections = sections(&plan, &states);
        assert_eq!(sections.iter().map(|s| (s.left, s.seats.clone())).collect::<Vec<_>>(), [(1, 0..2), (0, 2..3)]);
        let mine = Mine { held: [SeatId(2)].into(), wished: [SeatId(1), SeatId(3)].into() };
        let html = tables(Locale::en, &plan, &states, &sections, &mine);
        assert!(html.contains("aria-label=\"Row A, seat 1, 100 points, available\" checked>"), "{html}");
        assert!(html.contains("</td><td></td><td><label class=\"seat\" data-state=\"yours\">"), "{html}");
        assert!(html.contains("aria-label=\"Row A, seat 1, 300 points, not available\" disabled>"), "{html}");
    }

    #[test]
    fn what_people_named_is_text_and_never_markup() {
        let (plan, states) = (plan(), [SeatStatus::Reservable; 3]);
        let html = tables(Locale::ko, &plan, &states, &sections(&plan, &states), &Mine::default());
        assert!(!html.contains("<b>") && !html.contains("b>\"&\""), "{html}");
        assert!(html.contains("A&lt;b&gt;&quot;&amp;"), "{html}");
    }
}
