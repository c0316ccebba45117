//! The parts of the page that explain the map: a card for each section, the legend of the price bands, and the legend
//! of the marks of the seats.

use crate::components::drawing::kind_name;
use crate::components::hall::RenderedHall;
use crate::components::hall_map::band_colour;
use crate::paths::seats_path_with;
use crate::words::{self, Locale, td_string};
use encore::box_office::SeatMap;
use encore::domain::SeatKind;
use encore::domain::hall::{HallPlan, Section};
use leptos::prelude::*;
use std::collections::BTreeSet;
use std::ops::Range;

/// A card for each section, with its prices and its number of free seats. `None` if the hall has only one section. Each
/// card is a link: in a large hall it opens the section on the map, in any other hall it scrolls to the section.
///
/// `open` is the number of the section that a large hall shows (`None` for any other hall). `access` is true if the fan
/// has said that they need a wheelchair place. `free` says for each seat of the plan whether this fan can have it.
pub(super) fn section_cards(
    l: Locale,
    map: &SeatMap,
    rendered: &RenderedHall,
    open: Option<usize>,
    access: bool,
    free: &[bool],
) -> Option<impl IntoView + use<>> {
    let sections = map.plan.sections();
    let to = |section: &Section| format!("{}#hall", seats_path_with(map.schedule.id, Some(&section.name), access));
    let picture = open.and_then(|open| rendered.overview(open, |number| to(&sections[number])));
    let left = |section: &Section| free[section.seats.clone()].iter().filter(|free| **free).count();
    let card = |(index, section): (usize, &Section)| {
        let to = if open.is_some() { to(section) } else { format!("#section-{index}") };
        let live = open.is_none().then(|| format!("[data-first=\"{}\"] .seat", section.seats.start));
        view! {
            <li>
                <a href=to aria-current=(open == Some(index)).then_some("true")>
                    <strong>{section.name.clone()}</strong>
                    <span>{words::price_range(l, section.prices)}</span>
                    <span class="muted" data-left=live>{td_string!(l, seats.section_left, count = left(section))}</span>
                </a>
            </li>
        }
    };
    let cards = sections.iter().enumerate().map(card).collect_view();
    let class = if open.is_some() { "sections" } else { "sections sections-near" };
    (sections.len() > 1).then(|| {
        view! {
            <nav class=class aria-label=td_string!(l, seats.sections)>
                {match picture {
                    // The list is for fans who do not use a pointer, and so cannot click in the picture. It is closed
                    // at first, because so many cards would push the seats off the screen of a phone.
                    Some(picture) => view! {
                        <div inner_html=picture></div>
                        <details class="past"><summary>{td_string!(l, seats.all_sections)}</summary><ul>{cards}</ul></details>
                    }.into_any(),
                    None => view! { <ul>{cards}</ul> }.into_any(),
                }}
            </nav>
        }
    })
}

/// The legend of the price bands of the `sections` that are shown: for each band its colour, its final price, and how
/// many of its seats this fan can have. `free` says for each seat of the plan whether the fan can have it.
pub(super) fn band_legend(l: Locale, map: &SeatMap, sections: Range<usize>, free: &[bool]) -> impl IntoView + use<> {
    let shown = map.plan.sections().get(sections).unwrap_or_default();
    let seats = || shown.iter().flat_map(|section| section.seats.clone());
    let bands: BTreeSet<usize> = seats().map(|index| map.plan.band_of(index)).collect();
    let band = |number: usize| {
        let band = map.plan.bands().get(number)?;
        let left = seats().filter(|&index| free[index] && map.plan.band_of(index) == number).count();
        Some(view! {
            <li>
                <span class="seat" data-state="reservable" data-colour=band_colour(number) aria-hidden="true"><span></span></span>
                <strong>{band.name.clone()}</strong>
                <span>{words::points(l, band.price)}</span>
                <span class="muted" data-left=format!(".seat[data-band=\"{number}\"]")>
                    {td_string!(l, seats.section_left, count = left)}
                </span>
            </li>
        })
    };
    // If each section is a band of its own, its card shows the same figures as the legend. The style sheet then hides the
    // legend on narrow screens, on which the cards are always shown.
    let is_one_band = |section: &Section| {
        let mut bands = section.seats.clone().map(|index| map.plan.band_of(index));
        bands.next().is_some_and(|first| bands.all(|band| band == first))
    };
    let class = if shown.len() > 1 && bands.len() == shown.len() && shown.iter().all(is_one_band) {
        "legend legend-bands legend-twice"
    } else {
        "legend legend-bands"
    };
    let bands = bands.into_iter().filter_map(band).collect_view();
    view! { <ul class=class aria-label=td_string!(l, seats.bands)>{bands}</ul> }
}

/// The legend of the marks on the map: the states of a seat, and the kinds of seat that this hall has. `is_kept` says
/// whether wheelchair and companion places are kept from this fan.
pub(super) fn legend(l: Locale, plan: &HallPlan, is_kept: bool) -> impl IntoView + use<> {
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
    let kinds = [SeatKind::Wheelchair, SeatKind::Companion, SeatKind::Restricted];
    let kinds = kinds.into_iter().filter(|kind| plan.has(*kind)).map(|kind| {
        let state = if kind.is_for_access() && is_kept { "kept" } else { "reservable" };
        view! {
            <li>
                <span class="seat" data-state=state data-kind=kind.as_str() aria-hidden="true"><span></span></span>
                {kind_name(l, kind)}
            </li>
        }
    });
    let kinds = kinds.collect_view();
    view! { <ul class="legend" aria-label=td_string!(l, seats.legend)>{entries.into_iter().collect_view()}{kinds}</ul> }
}
