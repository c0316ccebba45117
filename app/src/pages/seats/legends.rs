//! The parts of the page that explain the map: a card for each section, the legend of the price bands, and the legend
//! of the marks of the seats.

use crate::components::drawing::kind_name;
use crate::components::hall::RenderedHall;
use crate::components::hall_map::band_colour;
use crate::words::{self, Locale, td_string};
use encore::box_office::SeatMap;
use encore::domain::SeatKind;
use encore::domain::hall::{HallPlan, Section};
use leptos::prelude::*;
use std::collections::BTreeSet;
use std::ops::Range;

/// The sections of a large hall, each a link that opens it on the map: as a picture, and as a list of cards with the
/// prices and the numbers of free seats. `None` if the hall is not large.
///
/// `open` is the number of the section that the page shows. Unless the fan has asked for it (`is_asked`), the picture
/// is unfolded, since choosing a section is then the first step. `to` returns the address of the page with a section.
/// `free` says for each seat of the plan whether this fan can have it.
pub(super) fn section_cards(
    l: Locale,
    map: &SeatMap,
    rendered: &RenderedHall,
    open: Option<usize>,
    is_asked: bool,
    to: &dyn Fn(&Section) -> String,
    free: &[bool],
) -> Option<impl IntoView + use<>> {
    let (sections, open) = (map.plan.sections(), open?);
    let picture = rendered.overview(open, |number| to(&sections[number]))?;
    let card = |(index, section): (usize, &Section)| {
        let left = free[section.seats.clone()].iter().filter(|free| **free).count();
        view! {
            <li>
                <a href=to(section) aria-current=(open == index).then_some("true")>
                    <strong>{section.name.clone()}</strong>
                    <span>{words::price_range(l, section.prices)}</span>
                    <span class="muted">{td_string!(l, seats.section_left, count = left)}</span>
                </a>
            </li>
        }
    };
    let cards = sections.iter().enumerate().map(card).collect_view();
    let (title, more) = if is_asked {
        (sections.get(open)?.name.clone(), Some(td_string!(l, seats.other_section)))
    } else {
        (td_string!(l, seats.choose_section).to_owned(), None)
    };
    let is_open = !is_asked;
    Some(view! {
        <nav class="sections" aria-label=td_string!(l, seats.sections)>
            <details class="section-picker" open=is_open>
                <summary><strong>{title}</strong>{more.map(|more| view! { " "<span>{more}</span> })}</summary>
                <div inner_html=picture></div>
                // The list is for fans who do not use a pointer, and so cannot click in the picture.
                <details class="past"><summary>{td_string!(l, seats.all_sections)}</summary><ul>{cards}</ul></details>
            </details>
        </nav>
    })
}

/// The price bands of the `sections` that are shown: for each its colour, its final price, and how many of its seats
/// this fan can have. A script makes each a button that shows only the seats of this band. `free` says for each seat of
/// the plan whether the fan can have it.
pub(super) fn band_legend(l: Locale, map: &SeatMap, sections: Range<usize>, free: &[bool]) -> impl IntoView + use<> {
    let shown = map.plan.sections().get(sections).unwrap_or_default();
    let seats = || shown.iter().flat_map(|section| section.seats.clone());
    let bands: BTreeSet<usize> = seats().map(|index| map.plan.band_of(index)).collect();
    let band = |number: usize| {
        let band = map.plan.bands().get(number)?;
        let left = seats().filter(|&index| free[index] && map.plan.band_of(index) == number).count();
        Some(view! {
            <li>
                <button type="button" class="band" data-filter=number.to_string() aria-pressed="false">
                    {mark("reservable", Some(number), None)}
                    <strong>{band.name.clone()}</strong>
                    <span>{words::points(l, band.price)}</span>
                    <span class="muted" data-left=format!(".seat[data-band=\"{number}\"]")>
                        {td_string!(l, seats.section_left, count = left)}
                    </span>
                </button>
            </li>
        })
    };
    let bands = bands.into_iter().filter_map(band).collect_view();
    view! { <ul class="bands" aria-label=td_string!(l, seats.bands)>{bands}</ul> }
}

/// A seat as the map draws it, beside its explanation.
fn mark(state: &'static str, band: Option<usize>, kind: Option<SeatKind>) -> impl IntoView {
    let marks = matches!(state, "chosen" | "yours").then(|| view! { <path class="seat-marks" d="M7 12l4 4l7 -8"/> });
    let kind = kind.map(|kind| view! { <path class="seats seats-kind" data-kind=kind.as_str() d="M12 12h0"/> });
    view! {
        <svg class="mark" viewBox="0 0 24 24" aria-hidden="true">
            <path class=if state == "chosen" { "seats seats-chosen" } else { "seats" } data-state=state data-colour=band.map(band_colour) d="M12 12h0"/>{kind}{marks}
        </svg>
    }
}

/// The legend of the marks on the map: the states of a seat, and the kinds of seat that this hall has. `for_sale` says
/// whether seats can be chosen, and `is_kept` whether wheelchair and companion places are kept from this fan.
pub(super) fn legend(l: Locale, plan: &HallPlan, for_sale: bool, is_kept: bool) -> impl IntoView + use<> {
    let entries = [
        ("reservable", td_string!(l, seats.available)),
        ("chosen", td_string!(l, seats.chosen)),
        ("occupied", td_string!(l, seats.held)),
        ("reserved", td_string!(l, seats.sold)),
        ("yours", td_string!(l, seats.yours)),
    ];
    let entries = entries.into_iter().filter(|(state, _)| for_sale || !matches!(*state, "chosen" | "yours"));
    let entries = entries.map(|(state, word)| view! { <li>{mark(state, None, None)}{word}</li> });
    let kinds = [SeatKind::Wheelchair, SeatKind::Companion, SeatKind::Restricted];
    let kinds = kinds.into_iter().filter(|kind| plan.has(*kind)).map(|kind| {
        let state = if kind.is_for_access() && is_kept { "kept" } else { "reservable" };
        view! { <li>{mark(state, None, Some(kind))}{kind_name(l, kind)}</li> }
    });
    let kinds = kinds.collect_view();
    view! { <ul class="legend" aria-label=td_string!(l, seats.legend)>{entries.collect_view()}{kinds}</ul> }
}
