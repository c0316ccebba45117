//! The seat map: a form of check boxes, one table a section, which the island makes a map.

use super::queue::what;
use crate::components::forms::{Hidden, ScheduleButton};
use crate::components::views::Empty;
use crate::islands::{Countdown, MapWords, SeatMap};
use crate::paths::{checkout_path, queue_path, section_path};
use crate::server::page::{Page, Shown, Visit};
use crate::server::session::Flash;
use crate::words::{self, Detail, Locale, td_string};
use encore::domain::entities::Seat;
use encore::domain::queue::TokenStatus;
use encore::domain::seat::ReservationStatus;
use encore::domain::{Points, Refusal, ScheduleId, SeatId, SeatStatus};
use encore::{Outcome, box_office, waiting_room};
use leptos::prelude::*;
use std::collections::HashSet;
use std::sync::Arc;

/// A larger hall shows one section at a time.
const SEATS_A_PAGE: usize = 1_500;

/// A run of seats of one section, in rows.
struct Section {
    name: String,
    prices: (Points, Points),
    left: usize,
    rows: Vec<(String, Vec<Seat>)>,
}

pub async fn seats(visit: Arc<Visit>) -> Outcome<Shown> {
    let (l, house) = (visit.locale, visit.house());
    let id = ScheduleId(visit.id()?);
    let fan = visit.fan()?;
    let map = box_office::seat_map(house, id).await?;
    let place = waiting_room::status(house, fan, id).await?;
    let Some(place) = place.filter(|place| place.token.status == TokenStatus::Active) else {
        return Ok(Shown::Go(queue_path(id)));
    };
    let now = house.clock().now();
    let mine = box_office::reservations_in(house, fan, id).await?;
    let bought = mine.iter().filter(|r| r.status == ReservationStatus::Purchase).count();
    let held: Vec<_> = mine.iter().filter(|r| r.is_held(now)).collect();
    let until = held.iter().map(|held| held.expired_at).min();
    let held: HashSet<SeatId> = held.iter().map(|held| held.seat_id).collect();
    let limit = (house.settings().seats_per_fan as usize).saturating_sub(bought + held.len());
    let admitted_ms = place.token.expire_at.map_or(0, |at| at.millis_from(now));

    let (gone, wished) = wishes(&visit, &map.seats);
    let is_large = map.seats.len() > SEATS_A_PAGE;
    let sections = sections(map.seats);
    let asked = visit.query("section").map(str::to_owned);
    let (concert, schedule) = (map.concert, map.schedule);
    Page::of(td_string!(l, seats.title), move || {
        let open = is_large.then(|| {
            let named = sections.iter().position(|section| Some(&section.name) == asked.as_ref());
            named.or_else(|| sections.iter().position(|section| section.left > 0)).unwrap_or(0)
        });
        let overview = open.map(|open| overview(l, id, &sections, open));
        let open_name = open.and_then(|open| Some(sections.get(open)?.name.clone()));
        let shown = sections.into_iter().enumerate().filter(|(index, _)| open.is_none_or(|open| open == *index));
        let tables: Vec<_> = shown.map(|(_, section)| table(l, section, &held, &wished)).collect();
        let is_empty = tables.is_empty();
        let lead = match limit {
            0 => td_string!(l, seats.lead_none).to_owned(),
            count => td_string!(l, seats.lead, count = count),
        };
        view! {
            <header class="page-head">
                {what(l, &concert, &schedule)}
                <h1>{td_string!(l, seats.title)}</h1>
                <p>{lead}</p>
                <Countdown label=td_string!(l, seats.time).into() left_ms=admitted_ms then=queue_path(id)/>
            </header>
            {gone.map(|gone| view! { <p class="notice notice-bad">{td_string!(l, seats.gone, seats = gone)}</p> })}
            {until.map(|until| view! {
                <p class="notice">
                    {td_string!(l, seats.basket, count = held.len(), when = words::when(l, until, &concert.time_zone, Detail::Clock))}
                    " "<a href=checkout_path(id)>{td_string!(l, seats.to_checkout)}</a>
                </p>
            })}
            {legend(l)}
            {overview}
            {is_empty.then(|| view! { <Empty title=td_string!(l, seats.title) text=td_string!(l, seats.empty)/> })}
            <form method="post" action="/api/hold" class="hall" id="hall">
                <Hidden name="schedule_id" value=id.to_string()/>
                {open_name.map(|section| view! { <Hidden name="section" value=section/> })}
                <SeatMap schedule_id=id.0 version=schedule.version limit=limit as u32 words=map_words(l)>
                    <p class="stage" aria-hidden="true">{td_string!(l, seats.stage)}</p>
                    {tables}
                </SeatMap>
            </form>
            <ScheduleButton action="/api/queue/leave" schedule=id text=td_string!(l, seats.leave) class="quiet"/>
        }
    })
    .show()
}

/// After a hold that was refused: the names of the seats that are gone, and the others that were wished for.
fn wishes(visit: &Visit, seats: &[Seat]) -> (Option<String>, HashSet<SeatId>) {
    let Some(Flash::Refused { refusal, typed }) = &visit.flash else { return (None, HashSet::new()) };
    let wished = typed.iter().filter(|(name, _)| name.starts_with("seat_ids")).filter_map(|(_, id)| id.parse().ok());
    let gone = match refusal {
        Refusal::SeatTaken { seat_ids } => Some(
            seats
                .iter()
                .filter(|seat| seat_ids.contains(&seat.id))
                .map(|seat| {
                    let Seat { section, row, number, .. } = seat;
                    td_string!(visit.locale, seats.seat_short, section = section, row = row, number = number)
                })
                .collect::<Vec<_>>()
                .join(", "),
        ),
        _ => None,
    };
    (gone, wished.map(SeatId).collect())
}

fn sections(seats: Vec<Seat>) -> Vec<Section> {
    let mut sections: Vec<Section> = vec![];
    for seat in seats {
        if sections.last().is_none_or(|section| section.name != seat.section) {
            let prices = (seat.price, seat.price);
            sections.push(Section { name: seat.section.clone(), prices, left: 0, rows: vec![] });
        }
        let Some(section) = sections.last_mut() else { continue };
        section.prices = (section.prices.0.min(seat.price), section.prices.1.max(seat.price));
        section.left += usize::from(seat.status == SeatStatus::Reservable);
        match section.rows.last_mut() {
            Some((row, seats)) if *row == seat.row => seats.push(seat),
            _ => section.rows.push((seat.row.clone(), vec![seat])),
        }
    }
    sections
}

fn section_price(l: Locale, section: &Section) -> String {
    let price = words::price_range(l, section.prices);
    td_string!(l, seats.section_price, section = &section.name, price = price)
}

fn overview(l: Locale, id: ScheduleId, sections: &[Section], open: usize) -> impl IntoView + use<> {
    let links = sections.iter().enumerate().map(|(index, section)| {
        let current = (index == open).then_some("true");
        view! {
            <li>
                <a href=format!("{}#hall", section_path(id, &section.name)) aria-current=current>
                    <strong>{section.name.clone()}</strong>
                    <span>{words::points(l, section.prices.0)}</span>
                    <span class="muted">{td_string!(l, seats.section_left, count = section.left)}</span>
                </a>
            </li>
        }
    });
    view! { <nav class="sections" aria-label=td_string!(l, seats.sections)><ul>{links.collect_view()}</ul></nav> }
}

fn legend(l: Locale) -> impl IntoView {
    let entries = [
        ("reservable", td_string!(l, seats.available)),
        ("chosen", td_string!(l, seats.chosen)),
        ("occupied", td_string!(l, seats.held)),
        ("reserved", td_string!(l, seats.sold)),
        ("yours", td_string!(l, seats.yours)),
    ];
    let entries = entries.map(|(state, word)| {
        view! { <li><span class="seat" data-state=state aria-hidden="true"><span></span></span>{word}</li> }
    });
    view! { <ul class="legend" aria-label=td_string!(l, seats.legend)>{entries.into_iter().collect_view()}</ul> }
}

fn table(l: Locale, section: Section, held: &HashSet<SeatId>, wished: &HashSet<SeatId>) -> impl IntoView + use<> {
    let title = section_price(l, &section);
    let label = td_string!(l, seats.scroll, section = &section.name);
    let rows: Vec<_> = section
        .rows
        .into_iter()
        .map(|(row, seats)| {
            let heading = td_string!(l, seats.row, row = &row);
            let mut cells = Vec::with_capacity(seats.len() + 2);
            let mut next = 1;
            for seat in seats {
                // An aisle is a place without a seat.
                cells.extend((next..seat.position).map(|_| view! { <td></td> }.into_any()));
                next = seat.position + 1;
                let state = if held.contains(&seat.id) { "yours" } else { seat.status.as_str() };
                cells.push(view! { <td>{check_box(l, &seat, state, wished.contains(&seat.id))}</td> }.into_any());
            }
            view! { <tr><th scope="row"><span class="visually-hidden">{heading}</span><span aria-hidden="true">{row}</span></th>{cells}</tr> }
        })
        .collect();
    view! {
        <fieldset class="section">
            <legend>{title}</legend>
            <div class="section-scroll" tabindex="0" role="group" aria-label=label>
                <table>{rows}</table>
            </div>
        </fieldset>
    }
}

fn check_box(l: Locale, seat: &Seat, state: &'static str, wished: bool) -> impl IntoView + use<> {
    let word = match state {
        "reservable" => td_string!(l, seats.available),
        "occupied" => td_string!(l, seats.held),
        "yours" => td_string!(l, seats.yours),
        _ => td_string!(l, seats.sold),
    };
    let Seat { id, row, number, position, price, .. } = seat;
    let name = td_string!(l, seats.name, row = row, number = number, price = words::points(l, *price), state = word);
    let free = state == "reservable";
    view! {
        <label class="seat" data-state=state>
            <input type="checkbox" id=format!("seat-{id}") name="seat_ids[]" value=id.0 data-place=*position
                data-price=*price aria-label=name disabled=!free checked=free && wished/>
            <span aria-hidden="true">{*number}</span>
        </label>
    }
}

fn map_words(l: Locale) -> MapWords {
    MapWords {
        pick: td_string!(l, seats.pick).into(),
        summary: td_string!(l, seats.summary).into(),
        too_many: td_string!(l, seats.too_many).into(),
        just_taken: td_string!(l, seats.just_taken).into(),
        available: td_string!(l, seats.available).into(),
        held: td_string!(l, seats.held).into(),
        sold: td_string!(l, seats.sold).into(),
        submit: td_string!(l, seats.hold).into(),
        keys: td_string!(l, seats.keys).into(),
    }
}
