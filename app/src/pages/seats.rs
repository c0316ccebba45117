//! The seat map: a form of check boxes, placed as the seats stand in the hall or shown as a list. An island makes it
//! live.

use crate::components::drawing::kind_name;
use crate::components::forms::{Hidden, ScheduleButton, Select, send_words};
use crate::components::hall::{MapFrame, RenderedHall, SEATS_A_PAGE, ViewerSeats};
use crate::components::hall_map::band_colour;
use crate::components::views::{Empty, subject};
use crate::islands::{Countdown, MapWords, SeatMap};
use crate::paths::{checkout_path, needs_access, queue_path, seats_path, seats_view};
use crate::server::access::{Anybody, Fan};
use crate::server::page::{Page, Shown};
use crate::server::session::Flash;
use crate::server::visit::Visit;
use crate::verbs::{Hold, Leave};
use crate::words::{self, Detail, Locale, td_string};
use encore::box_office::SeatMap as Hall;
use encore::domain::hall::Section;
use encore::domain::hold::is_kept_for_access;
use encore::domain::party::Closeness;
use encore::domain::queue::TokenStatus;
use encore::domain::{Refusal, ScheduleId, Seat, SeatId, SeatKind, SeatStatus};
use encore::{Outcome, box_office, waiting_room};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use std::collections::{BTreeSet, HashSet};
use std::ops::Range;
use std::sync::Arc;

pub async fn seats(visit: Arc<Visit>, fan: Fan) -> Outcome<Shown> {
    let (l, house) = (visit.locale, visit.house());
    let id = ScheduleId(visit.id()?);
    let fan = fan.id();
    let map = box_office::seat_map(house, id).await?;
    // Looking at the seats counts as having come, for a fan who was called.
    let place = waiting_room::status(house, fan, id).await?;
    let Some(place) = place.filter(|place| place.token.status == TokenStatus::Active) else {
        return Ok(Shown::Go(queue_path(id)));
    };
    let now = house.clock().now();
    let mine = box_office::mine(house, fan, id).await?;
    let until = mine.held.iter().map(|held| held.expired_at).min();
    let held = mine.held.len();
    let limit = (house.settings().seats_per_fan_of(&map.schedule) as usize).saturating_sub(mine.bought as usize + held);
    let admitted_ms = place.token.expire_at.map_or(0, |at| at.millis_from(now));

    let has_places = map.plan.has(SeatKind::Wheelchair) || map.plan.has(SeatKind::Companion);
    let access_is_kept = has_places && is_kept_for_access(map.schedule.access_until, now);
    let needs_access = access_is_kept && needs_access(visit.query("access"));
    let (late, wished) = wishes(&visit, &map, needs_access);
    let (size, band) = (visit.query("party").and_then(|size| size.parse::<u32>().ok()), visit.query("band"));
    let band = band.filter(|band| !band.is_empty()).map(str::to_owned);
    // The seats of a refused form are shown rather than the best seats for the party that the address still asks for.
    let offered = match size {
        Some(size) if wished.is_empty() && size as usize <= limit => {
            Some(box_office::best(house, id, size, band.as_deref(), needs_access).await?)
        }
        _ => None,
    };
    let (offer, wished) = offer(l, &map, offered, wished);
    let mine = ViewerSeats {
        held: mine.held.iter().map(|held| held.seat_id).collect(),
        wished,
        access_is_kept: access_is_kept && !needs_access,
    };
    let sections = map.plan.sections();
    let open = (map.states.len() > SEATS_A_PAGE).then(|| {
        let asked = visit.query("section");
        let offered = mine.wished.iter().filter_map(|&id| map.plan.index(id)).min();
        let holds = |index: usize| sections.iter().position(|section| section.seats.contains(&index));
        let named =
            offered.and_then(holds).or_else(|| sections.iter().position(|section| Some(&*section.name) == asked));
        named.or_else(|| sections.iter().position(|section| map.left(section) > 0)).unwrap_or(0)
    });
    let shown = open.map_or(0..sections.len(), |open| open..open + 1);
    let rendered = visit.app.halls.of(id, l, &map.plan);
    let (seats, sheet) = rendered.map(open, &map.states, &mine);
    let is_empty = map.states.is_empty();
    Page::of(td_string!(l, seats.title), move || {
        let Hall { concert, schedule, .. } = &map;
        // Seats that are kept from this fan do not count as free.
        let kept = |seat: &Seat| mine.access_is_kept && seat.kind.is_for_access();
        let is_free = |(seat, status): (&Seat, SeatStatus)| status == SeatStatus::Reservable && !kept(seat);
        let free: Vec<bool> = map.seats().map(is_free).collect();
        let sections = section_cards(l, &map, &rendered, open, needs_access, &free);
        let bands = band_legend(l, &map, shown, &free);
        let has_restricted = map.plan.has(SeatKind::Restricted);
        let open_name = open.and_then(|open| Some(map.plan.sections().get(open)?.name.clone()));
        let warnings =
            [td_string!(l, seats.minute_left), td_string!(l, seats.half_left)].map(str::to_owned);
        let lead = match limit {
            0 => td_string!(l, seats.lead_none).to_owned(),
            count => td_string!(l, seats.lead, count = count),
        };
        let form = view! {
            <form method="post" action=Hold::PATH class="hall" id="hall">
                <Hidden name="schedule_id" value=id.to_string()/>
                {needs_access.then(|| view! { <Hidden name="access" value="1"/> })}
                {open_name.clone().map(|section| view! { <Hidden name="section" value=section/> })}
                <SeatMap schedule_id=id.0 version=schedule.version limit=limit as u32 access_is_kept=mine.access_is_kept words=map_words(l) send=send_words(l)>
                    {sections}
                    {bands}
                    {offer}
                    <MapFrame l id sheet/>
                    {legend(l, has_places, mine.access_is_kept, has_restricted)}
                </SeatMap>
            </form>
        };
        view! {
            <header class="page-head">
                {subject(l, concert, schedule)}
                <h1>{td_string!(l, seats.title)}</h1>
                <p>{lead}</p>
                <Countdown left_ms=admitted_ms then=queue_path(id) label=td_string!(l, seats.time).into() warnings/>
            </header>
            {late}
            {party_form(&visit, &map, &free, limit, size, band.as_deref(), needs_access)}
            {until.map(|until| view! {
                <p class="notice">
                    {td_string!(l, seats.basket, count = held, when = words::when(l, until, &concert.time_zone, Detail::Clock))}
                    " "<a href=checkout_path(id)>{td_string!(l, seats.to_checkout)}</a>
                </p>
            })}
            {access_is_kept.then(|| access_choice(l, id, open_name.as_deref(), needs_access))}
            {is_empty.then(|| view! { <Empty title=td_string!(l, seats.title) text=td_string!(l, seats.empty)/> })}
            {form}
            <ScheduleButton l action=Leave::PATH schedule=id text=td_string!(l, seats.leave) class="quiet"/>
        }
    })
    .with(seats)
    .show()
}

/// The style sheet that places the seats of a map. It says no more than the map shows, and only the page names its
/// address.
pub async fn sheet(visit: Arc<Visit>, _: Anybody) -> Outcome<Shown> {
    let id = ScheduleId(visit.id()?);
    let (halls, tag) = (&visit.app.halls, visit.name("tag").unwrap_or_default());
    let known = halls.known(id, visit.locale).and_then(|hall| hall.sheet(tag).map(str::to_owned));
    let sheet = match known {
        Some(sheet) => sheet,
        // The hall is no longer in the cache, or it has no such sheet. It is rendered once and then cached again, so
        // asking for sheets that no page named makes little work.
        None => {
            let Hall { plan, .. } = box_office::seat_map(visit.house(), id).await?;
            halls.of(id, visit.locale, &plan).sheet(tag).ok_or(Refusal::NotFound)?.to_owned()
        }
    };
    Ok(Shown::lasting("text/css; charset=utf-8", sheet))
}

/// After a hold that was refused: the notice about the seats that are gone, with the nearest free ones, and the set of
/// all seats that the form asked for.
fn wishes(visit: &Visit, map: &Hall, access: bool) -> (Option<impl IntoView + use<>>, HashSet<SeatId>) {
    let l = visit.locale;
    let Some(Flash::Refused { refusal, typed }) = &visit.flash else { return (None, HashSet::new()) };
    let wished = typed.iter().filter(|(name, _)| name.starts_with("seat_ids")).filter_map(|(_, id)| id.parse().ok());
    let wished = wished.map(SeatId).collect();
    let Refusal::SeatTaken { seat_ids, nearest } = refusal else { return (None, wished) };
    let seat = |id: &SeatId| map.plan.index(*id).and_then(|index| map.plan.seats().get(index));
    let name =
        |seat: &Seat| td_string!(l, seats.seat_short, section = &seat.section, row = &seat.row, number = seat.number);
    let gone = seat_ids.iter().filter_map(seat).map(name).collect::<Vec<_>>().join(", ");
    let link = |seat: &Seat| {
        let to = format!("{}#seat-{}", seats_view(map.schedule.id, Some(&seat.section), access), seat.id);
        view! { <li><a href=to>{name(seat)}</a></li> }
    };
    let near: Vec<_> = nearest.iter().filter_map(seat).map(link).collect();
    let near = (!near.is_empty()).then(|| {
        view! { <p>{td_string!(l, seats.nearest)}</p><ul class="nearest">{near}</ul> }
    });
    let said = view! { <div class="notice notice-bad"><p>{td_string!(l, seats.gone, seats = gone)}</p>{near}</div> };
    (Some(said), wished)
}

/// The sections with their prices and numbers of free seats, unless there is only one. In a large hall a link opens the
/// section on the map; in any other hall it scrolls to it.
fn section_cards(
    l: Locale,
    map: &Hall,
    rendered: &RenderedHall,
    open: Option<usize>,
    access: bool,
    free: &[bool],
) -> Option<impl IntoView + use<>> {
    let sections = map.plan.sections();
    let to = |section: &Section| format!("{}#hall", seats_view(map.schedule.id, Some(&section.name), access));
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
                    // Fans who do not use a pointer open the list. It is closed at first, because so many cards would
                    // push the seats off the screen of a phone.
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

/// The legend of the price bands that are shown: the colour, the final price, and how many seats this fan can have.
fn band_legend(l: Locale, map: &Hall, sections: Range<usize>, free: &[bool]) -> impl IntoView + use<> {
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
    // If each section is one price band, the cards above say the same on a phone, where the legend is then hidden.
    let class = if bands.len() == shown.len() && shown.len() > 1 {
        "legend legend-bands legend-twice"
    } else {
        "legend legend-bands"
    };
    let bands = bands.into_iter().filter_map(band).collect_view();
    view! { <ul class=class aria-label=td_string!(l, seats.bands)>{bands}</ul> }
}

/// The notice about the seats that are offered to a party, and the set of seats to tick. `offered` is `None` if no
/// party was asked for (`wished` is then returned as it is), and `Some(None)` if no seats were found.
fn offer(
    l: Locale,
    map: &Hall,
    offered: Option<Option<(Vec<SeatId>, Closeness)>>,
    wished: HashSet<SeatId>,
) -> (Option<impl IntoView + use<>>, HashSet<SeatId>) {
    let Some(offered) = offered else { return (None, wished) };
    let (text, seats) = match offered {
        None => (td_string!(l, seats.party_none).to_owned(), vec![]),
        Some((seats, closeness)) => {
            let seat = |id: &SeatId| map.plan.index(*id).and_then(|index| map.plan.seats().get(index));
            let short = |seat: &Seat| {
                td_string!(l, seats.seat_short, section = &seat.section, row = &seat.row, number = seat.number)
            };
            let names = seats.iter().filter_map(seat).map(short).collect::<Vec<_>>().join(", ");
            let text = match closeness {
                Closeness::Together => td_string!(l, seats.party_together, seats = names),
                Closeness::LeavesOrphan => td_string!(l, seats.party_leaves_one, seats = names),
                Closeness::Apart => td_string!(l, seats.party_apart, seats = names),
            };
            (text, seats)
        }
    };
    (Some(view! { <p class="notice" role="status" id="found">{text}</p> }), seats.into_iter().collect())
}

/// The form that asks for seats together, with the price bands, their final prices, and how many seats are left in
/// each. `None` if the fan may hold no more seats.
fn party_form(
    visit: &Visit,
    map: &Hall,
    free: &[bool],
    limit: usize,
    size: Option<u32>,
    band: Option<&str>,
    access: bool,
) -> Option<impl IntoView + use<>> {
    let l = visit.locale;
    if limit == 0 {
        return None;
    }
    let sizes = (1..=limit).map(|count| (count.to_string(), count.to_string())).collect();
    let any = (String::new(), td_string!(l, seats.any_band).to_owned());
    let named = map.plan.bands().iter().zip(map.plan.by_band(free)).map(|(known, left)| {
        let price = words::points(l, known.price);
        (known.name.clone(), td_string!(l, seats.band_left, band = &known.name, price = price, count = left))
    });
    let bands = std::iter::once(any).chain(named).collect();
    let size = size.unwrap_or(1).to_string();
    Some(view! {
        <form method="get" action=format!("{}#found", seats_path(map.schedule.id)) class="finder party" aria-label=td_string!(l, seats.party)>
            {access.then(|| view! { <Hidden name="access" value="1"/> })}
            <Select name="party" label=td_string!(l, seats.party_size) options=sizes value=size/>
            <Select name="band" label=td_string!(l, seats.party_band) options=bands value=band.unwrap_or_default()/>
            <button class="button button-second">{td_string!(l, seats.party_find)}</button>
        </form>
    })
}

/// The link by which fans say that they need a place for a wheelchair, or that they do not. Such places are only for
/// fans who say so.
fn access_choice(l: Locale, id: ScheduleId, section: Option<&str>, needs_access: bool) -> impl IntoView + use<> {
    let to = seats_view(id, section, !needs_access);
    let text = if needs_access { td_string!(l, seats.need_not) } else { td_string!(l, seats.need) };
    view! {
        <p class="access">
            {needs_access.then(|| view! { <span>{td_string!(l, seats.need_on)}" "</span> })}
            <a href=to>{text}</a>
        </p>
    }
}

fn legend(l: Locale, has_places: bool, access_is_kept: bool, has_restricted: bool) -> impl IntoView {
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
    let kinds =
        [(SeatKind::Wheelchair, has_places), (SeatKind::Companion, has_places), (SeatKind::Restricted, has_restricted)];
    let kinds = kinds.into_iter().filter(|(_, has)| *has).map(|(kind, _)| {
        let state = if kind.is_for_access() && access_is_kept { "kept" } else { "reservable" };
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

fn map_words(l: Locale) -> MapWords {
    MapWords {
        pick: td_string!(l, seats.pick).into(),
        summary: td_string!(l, seats.summary).into(),
        too_many: td_string!(l, seats.too_many).into(),
        just_taken: td_string!(l, seats.just_taken).into(),
        gone: td_string!(l, seats.gone, seats = "{seats}"),
        nearest: td_string!(l, seats.nearest).into(),
        in_section: td_string!(l, seats.in_section, section = "{section}", seat = "{seat}"),
        name: td_string!(l, seats.name, seat = "{seat}", price = "{price}", state = "{state}"),
        price: td_string!(l, points.unit, amount = "{amount}"),
        available: td_string!(l, seats.available).into(),
        kept: td_string!(l, seats.kept).into(),
        held: td_string!(l, seats.held).into(),
        sold: td_string!(l, seats.sold).into(),
        submit: td_string!(l, seats.hold).into(),
        keys: td_string!(l, seats.keys).into(),
        left: td_string!(l, seats.left).into(),
        free: td_string!(l, seats.free).into(),
    }
}
