//! The seat map: a form with a check box for each seat, shown as a picture of the hall and as a list. An island keeps
//! the states of the seats up to date. Before they queue, and after the sale, fans can look at the map, but choose
//! nothing.

mod legends;
mod offers;

use crate::components::forms::{Hidden, LeaveQueue, send_words};
use crate::components::hall::{
    HallHtml, MAX_SEATS_SHOWN, MapBar, MapFrame, MapPicture, RenderedHall, SeatList, ViewerSeats, chosen_elsewhere,
    followed, map_words,
};
use crate::components::views::{Empty, subject, time_words};
use crate::islands::{Chosen, Countdown, MapWords, SeatMap};
use crate::paths::{checkout_path, concert_path, map_path, needs_access, queue_path, seats_path_with};
use crate::server::access::{Anybody, Fan};
use crate::server::page::{Page, PageResult};
use crate::server::visit::Visit;
use crate::verbs::{Hold, Leave};
use crate::words::{self, Detail, Locale, td_string};
use encore::Outcome;
use encore::back_office::{self, Owner};
use encore::box_office::{self, FanSeats, SeatMap as Hall};
use encore::domain::concert::Publication;
use encore::domain::hall::Section;
use encore::domain::hold::is_kept_for_access;
use encore::domain::queue::TokenStatus;
use encore::domain::schedule::SalePhase;
use encore::domain::{ScheduleId, SeatKind, Timestamp, UserId};
use encore::waiting_room;
use legends::{band_legend, legend, section_cards};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use offers::{PartySearch, refused_hold};
use std::sync::Arc;

pub async fn seats(visit: Arc<Visit>, fan: Fan) -> Outcome<PageResult> {
    let (l, house) = (visit.locale, visit.house());
    let id = ScheduleId(visit.id()?);
    let map = box_office::seat_map(house, id).await?;
    // A called fan who opens this page has come: `status` then admits the fan for the full time.
    let place = waiting_room::status(house, fan.id(), id, visit.asked_by()).await?;
    let Some(place) = place.filter(|place| place.token.status == TokenStatus::Active) else {
        return Ok(PageResult::Redirect(queue_path(id)));
    };
    visit.app.inside.note(visit.address());
    let now = house.clock().now();
    let mine = box_office::mine(house, fan.id(), id).await?;
    // An admission, and the time to pay for a hold, may be longer than the sale.
    if map.schedule.window.phase(now) == SalePhase::Closed {
        return Page::of(td_string!(l, seats.title), move || closed(l, &map, &mine)).into_result();
    }
    let limit = (house.settings().seats_per_fan_of(&map.schedule) as usize)
        .saturating_sub(mine.bought as usize + mine.held.len());
    let sale_end = map.schedule.window.reservation_end;
    let left_ms = place.token.expire_at.map_or(0, |at| at.min(sale_end).millis_from(now));
    let access = AccessPlaces::of(&visit, &map, now);
    let party = PartySearch::from_query(&visit, access.are_needed, limit);
    // After a refused hold, the seats of the refused form stay ticked. The best seats for a party are not offered then,
    // although the address may still ask for them.
    let (refused, wished) = refused_hold(&visit, &map, access.are_needed);
    let offer = if wished.is_empty() { party.offer(l, house, &map).await? } else { None };
    let (offer, wished) = offer.map_or((None, wished), |(notice, seats)| (Some(notice), seats));
    let held = mine.held.iter().map(|held| held.seat_id).collect();
    let viewer = ViewerSeats { held, wished, access_is_kept: access.are_refused() };
    let open = open_section(&visit, &map, &viewer);
    let is_asked = visit.query("section").is_some() || !viewer.wished.is_empty();
    let rendered = visit.app.halls.of(id, l, &map.plan);
    let HallHtml { picture, list } = rendered.map(open, &map.states, &viewer);
    let fan = Some(fan.id());
    Page::of(td_string!(l, seats.title), move || {
        let free = free_seats(&map, &viewer);
        let elsewhere = wished_elsewhere(l, &map, &viewer, open);
        let (map, rendered, free) = (&map, &*rendered, &*free);
        let pick = td_string!(l, seats.pick);
        let hall = HallView { map, rendered, picture, open, is_asked, access, free, limit, fan, elsewhere, pick };
        let choice = access.are_kept.then(|| access_choice(l, id, hall.section_name(), access.are_needed));
        let form = view! {
            <form method="post" action=Hold::PATH class="hall" id="hall">
                <Hidden name="schedule_id" value=id.to_string()/>
                {access.are_needed.then(|| view! { <Hidden name="access" value="1"/> })}
                {hall.section_name().map(|name| view! { <Hidden name="section" value=name.to_owned()/> })}
                {hall.view(l, offer)}
            </form>
        };
        view! {
            <div class="booking" data-sections=open.map(|_| "")>
                {head(l, map, limit, left_ms)}
                <div class="booking-notes">{refused}{basket(l, map, &mine)}</div>
                <div class="booking-find">
                    {party.form(l, map, free, mine.held.is_empty())}
                    {choice}
                </div>
                {form}
                <div class="booking-more">
                    {map.states.is_empty().then(|| view! { <Empty title=td_string!(l, seats.title) text=td_string!(l, seats.empty)/> })}
                    <LeaveQueue l action=Leave::PATH schedule=id consequence=td_string!(l, seats.leave_more)/>
                </div>
            </div>
        }
    })
    .with_large_part(list)
    .with_layout("map")
    .into_result()
}

/// The map for everybody, before and without queueing: all prices and what is free, but nothing can be chosen.
pub async fn map(visit: Arc<Visit>, _: Anybody) -> Outcome<PageResult> {
    let map = box_office::seat_map(visit.house(), ScheduleId(visit.id()?)).await?;
    look(&visit, map)
}

/// The map as fans will see it, of a draft too.
pub async fn preview(visit: Arc<Visit>, proof: Owner) -> Outcome<PageResult> {
    let map = back_office::preview_map(visit.house(), proof, ScheduleId(visit.id()?)).await?;
    look(&visit, map)
}

fn look(visit: &Visit, map: Hall) -> Outcome<PageResult> {
    let (l, now, id) = (visit.locale, visit.house().clock().now(), map.schedule.id);
    let is_over = map.schedule.window.phase(now) == SalePhase::Closed;
    let access = AccessPlaces::of(visit, &map, now);
    let viewer = ViewerSeats { access_is_kept: access.are_refused(), ..ViewerSeats::default() };
    let open = open_section(visit, &map, &viewer);
    let is_asked = visit.query("section").is_some();
    let rendered = visit.app.halls.of(id, l, &map.plan);
    let HallHtml { picture, list } = rendered.map(open, &map.states, &viewer);
    Page::of(td_string!(l, seats.map_title), move || {
        let free = free_seats(&map, &viewer);
        let (map, rendered, free, elsewhere) = (&map, &*rendered, &*free, vec![]);
        let pick = if is_over { td_string!(l, seats.look_closed) } else { td_string!(l, seats.look) };
        let (limit, fan) = (0, None);
        let hall = HallView { map, rendered, picture, open, is_asked, access, free, limit, fan, elsewhere, pick };
        let way_on = if map.schedule.status == Publication::Draft {
            view! {
                <p class="notice notice-warm">
                    {td_string!(l, staff.preview_note)}" "
                    <a href=format!("/staff/schedules/{id}/edit")>{td_string!(l, staff.preview_back)}</a>
                </p>
            }
            .into_any()
        } else if is_over {
            view! { <span class="tag">{td_string!(l, concert.closed)}</span> }.into_any()
        } else {
            view! { <a class="button" href=queue_path(id)>{td_string!(l, seats.to_queue)}</a> }.into_any()
        };
        view! {
            <div class="booking" data-sections=open.map(|_| "")>
                <header class="booking-head">
                    <h1 class="visually-hidden">{td_string!(l, seats.map_title)}</h1>
                    {subject(l, &map.concert, &map.schedule)}
                    {way_on}
                </header>
                <div class="hall">{hall.view(l, None::<()>)}</div>
            </div>
        }
    })
    .with_large_part(list)
    .with_layout("map")
    .into_result()
}

/// What a fan who is still admitted sees after the end of the sale. Seats that they hold can still be paid for.
fn closed(l: Locale, map: &Hall, mine: &FanSeats) -> impl IntoView + use<> {
    view! {
        <section class="waiting">
            {subject(l, &map.concert, &map.schedule)}
            <h1>{td_string!(l, queue.closed)}</h1>
            <p>{td_string!(l, queue.closed_more)}</p>
            {basket(l, map, mine)}
            <a class="button" href=concert_path(map.concert.id)>{td_string!(l, queue.to_concert)}</a>
        </section>
    }
}

/// For each seat of the plan, whether this fan can have it.
fn free_seats(map: &Hall, viewer: &ViewerSeats) -> Vec<bool> {
    map.seats().map(|(seat, status)| viewer.can_have(seat, status)).collect()
}

/// The wished seats that this fan can have in the sections of a large hall that the page does not show.
fn wished_elsewhere(l: Locale, map: &Hall, viewer: &ViewerSeats, open: Option<usize>) -> Vec<Chosen> {
    let Some(section) = open.and_then(|open| map.plan.sections().get(open)) else { return vec![] };
    map.seats()
        .enumerate()
        .filter(|(index, _)| !section.seats.contains(index))
        .filter(|(_, (seat, status))| viewer.wished.contains(&seat.id) && viewer.can_have(seat, *status))
        .map(|(index, (seat, _))| chosen_elsewhere(l, index, seat))
        .collect()
}

/// Whether this fan can have the hall's wheelchair and companion places.
#[derive(Clone, Copy)]
struct AccessPlaces {
    /// There are such places, and at present they are kept for fans who say that they need one.
    are_kept: bool,
    /// They are kept, and this fan has said that they need one: the address of the page says so.
    are_needed: bool,
}

impl AccessPlaces {
    fn of(visit: &Visit, map: &Hall, now: Timestamp) -> Self {
        let exist = map.plan.has(SeatKind::Wheelchair) || map.plan.has(SeatKind::Companion);
        let are_kept = exist && is_kept_for_access(map.schedule.access_until, now);
        Self { are_kept, are_needed: are_kept && needs_access(visit.query("access")) }
    }

    /// Whether they are kept from this fan, who has not said that they need one.
    const fn are_refused(self) -> bool {
        self.are_kept && !self.are_needed
    }
}

/// Returns the number of the section that the page of a large hall shows: the first with a wished seat, otherwise the
/// one that the address names, otherwise the first with a free seat, otherwise the first. `None` if the hall is not
/// large: the page then shows all of it.
fn open_section(visit: &Visit, map: &Hall, viewer: &ViewerSeats) -> Option<usize> {
    if map.states.len() <= MAX_SEATS_SHOWN {
        return None;
    }
    let sections = map.plan.sections();
    let wished = viewer.wished.iter().filter_map(|&id| map.plan.index(id)).min();
    let with_wished = wished.and_then(|index| sections.iter().position(|section| section.seats.contains(&index)));
    let named = || {
        let name = visit.query("section")?;
        sections.iter().position(|section| section.name == name)
    };
    let with_free = || sections.iter().position(|section| map.left(section) > 0);
    Some(with_wished.or_else(named).or_else(with_free).unwrap_or(0))
}

fn head(l: Locale, map: &Hall, limit: usize, left_ms: u64) -> impl IntoView + use<> {
    let lead = match limit {
        0 => td_string!(l, seats.lead_none).to_owned(),
        count => td_string!(l, seats.lead, count = count),
    };
    view! {
        <header class="booking-head">
            <h1 class="visually-hidden">{td_string!(l, seats.title)}</h1>
            {subject(l, &map.concert, &map.schedule)}
            <Countdown left_ms then=queue_path(map.schedule.id) label=td_string!(l, seats.time).into() words=time_words(l)/>
            <p class="booking-lead">{lead}</p>
        </header>
    }
}

/// How many seats the fan holds, and until when. `None` if the fan holds none.
fn basket(l: Locale, map: &Hall, mine: &FanSeats) -> Option<impl IntoView + use<>> {
    let until = mine.held.iter().map(|held| held.expired_at).min()?;
    let when = words::when(l, until, &map.concert.time_zone, Detail::Clock);
    Some(view! {
        <p class="notice">
            {td_string!(l, seats.basket, count = mine.held.len(), when = when)}
            " "<a href=checkout_path(map.schedule.id)>{td_string!(l, seats.to_checkout)}</a>
        </p>
    })
}

/// The link with which a fan says that they need a wheelchair place, or that they do not need one after all. It is
/// shown while such places are kept for the fans who need them.
fn access_choice(l: Locale, id: ScheduleId, section: Option<&str>, needs_access: bool) -> impl IntoView + use<> {
    let to = seats_path_with(id, section, !needs_access);
    let text = if needs_access { td_string!(l, seats.need_not) } else { td_string!(l, seats.need) };
    view! {
        <p class="access">
            {needs_access.then(|| view! { <span>{td_string!(l, seats.need_on)}" "</span> })}
            <a href=to>{text}</a>
        </p>
    }
}

/// The map with its legends and its list, for fans who choose seats and for everybody who looks.
struct HallView<'p> {
    map: &'p Hall,
    rendered: &'p RenderedHall,
    picture: MapPicture,
    /// The number of the section of a large hall that is shown. `None` if the whole hall is shown.
    open: Option<usize>,
    /// Whether the fan has asked for this section, or for seats in it.
    is_asked: bool,
    access: AccessPlaces,
    /// For each seat of the plan, whether this fan can have it.
    free: &'p [bool],
    /// How many more seats the fan may hold.
    limit: usize,
    /// The fan who chooses seats. `None` if the page only shows the map.
    fan: Option<UserId>,
    /// The seats that are chosen in sections which are not shown.
    elsewhere: Vec<Chosen>,
    /// What the bar of the map says at first.
    pick: &'static str,
}

impl HallView<'_> {
    fn section_name(&self) -> Option<&str> {
        Some(&self.map.plan.sections().get(self.open?)?.name)
    }

    /// `offer` is the notice about the seats that were found for a party.
    fn view<V: IntoView + 'static>(self, l: Locale, offer: Option<V>) -> impl IntoView + use<V> {
        let Self { map, rendered, picture, open, is_asked, access, free, limit, fan, elsewhere, pick } = self;
        let for_sale = fan.is_some();
        let words = MapWords { pick: pick.into(), ..map_words(l) };
        let id = map.schedule.id;
        let holds = for_sale && limit > 0;
        let fan = fan.filter(|_| holds).map(|fan| fan.0);
        let shown = open.map_or(0..map.plan.sections().len(), |open| open..open + 1);
        let to = |section: &Section| {
            let name = Some(&*section.name);
            if for_sale {
                seats_path_with(id, name, access.are_needed)
            } else {
                map_path(id, map.schedule.status, name)
            }
        };
        let sections = section_cards(l, map, rendered, open, is_asked, &to, free);
        let bands = band_legend(l, map, shown, free);
        let marks = legend(l, &map.plan, for_sale, access.are_refused());
        view! {
            <SeatMap
                schedule_id=id.0 version=followed(&map.schedule) fan limit=limit as u32
                access_is_kept=access.are_refused() holds=for_sale words send=send_words(l)
            >
                <div class="map-top">{sections}{bands}</div>
                <MapFrame l picture/>
                <MapBar l pick holds elsewhere/>
                <div class="map-notes">{offer}{marks}<SeatList l is_read_only=!for_sale/></div>
            </SeatMap>
        }
    }
}
