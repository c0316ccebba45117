//! The reads that need no account: published concerts, their schedules, and the seats.

use crate::calendar;
use crate::domain::concert::Publication;
use crate::domain::concert_schedule::SaleState;
use crate::domain::hall::{HallPlan, Section};
use crate::domain::hold::is_kept_for_access;
use crate::domain::party::{Closeness, Party};
use crate::domain::refund::RefundPolicy;
use crate::domain::{
    Concert, ConcertId, ConcertSchedule, Points, Refusal, ScheduleId, Seat, SeatId, SeatStatus, Timestamp, search,
};
use crate::halls::Hall;
use crate::house::{House, known_schedule};
use crate::store::{Fault, Outcome, Read};
use std::collections::BTreeSet;
use std::sync::Arc;

/// A published concert with its published schedules.
#[derive(Debug, Clone)]
pub struct Listing {
    pub concert: Concert,
    pub schedules: Vec<ScheduleView>,
}

impl Listing {
    /// Returns the date that matters most to a fan at `now`; see [`ConcertSchedule::sort_key`]. `None` if the concert
    /// has no dates.
    pub fn first_date(&self, now: Timestamp) -> Option<&ScheduleView> {
        self.schedules.iter().min_by_key(|view| view.schedule.sort_key(now))
    }

    /// Returns the lowest price of the dates that are on sale at `now` or will be. `None` if there are none.
    pub fn lowest_price(&self, now: Timestamp) -> Option<Points> {
        let on_offer = self.schedules.iter().filter(|view| view.schedule.sale_state(now).is_on_offer());
        on_offer.filter_map(|view| view.prices).map(|(lowest, _)| lowest).min()
    }

    /// Whether all dates are sold out or closed at `now`. False for a concert whose dates are still to be announced.
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.first_date(now).is_some_and(|view| !view.schedule.sale_state(now).is_on_offer())
    }
}

/// A schedule as the public sees it.
#[derive(Debug, Clone)]
pub struct ScheduleView {
    pub schedule: ConcertSchedule,
    /// The lowest and the highest price, in points; `None` if the schedule has no seats.
    pub prices: Option<(Points, Points)>,
}

/// The hall of a schedule and the state of its seats at one instant.
#[derive(Debug, Clone)]
pub struct SeatMap {
    pub schedule: ConcertSchedule,
    pub concert: Concert,
    pub plan: Arc<HallPlan>,
    /// One state for each seat, in the order of `plan`. A seat whose hold has expired counts as reservable.
    pub states: Vec<SeatStatus>,
}

impl SeatMap {
    /// Returns each seat with its state.
    pub fn seats(&self) -> impl Iterator<Item = (&Seat, SeatStatus)> {
        self.plan.seats().iter().zip(self.states.iter().copied())
    }

    /// Returns how many seats of a section are for sale.
    pub fn left(&self, section: &Section) -> usize {
        let states = self.states.get(section.seats.clone()).unwrap_or_default();
        states.iter().filter(|status| **status == SeatStatus::Reservable).count()
    }
}

fn view(read: &Read<'_>, schedule: ConcertSchedule) -> Outcome<ScheduleView> {
    Ok(ScheduleView { prices: read.price_range(schedule.id)?, schedule })
}

fn is_shown(schedule: &ConcertSchedule) -> bool {
    schedule.status == Publication::Published
}

fn is_published(concert: &Concert) -> bool {
    concert.status == Publication::Published
}

/// Returns a concert with those of its schedules that are shown.
pub(crate) fn listing(
    read: &Read<'_>,
    concert: Concert,
    is_shown: impl Fn(&ConcertSchedule) -> bool,
) -> Outcome<Listing> {
    let schedules = read.schedules_of(concert.id)?.into_iter();
    let schedules = schedules.filter(is_shown);
    let schedules = schedules.map(|schedule| view(read, schedule)).collect::<Outcome<_>>()?;
    Ok(Listing { concert, schedules })
}

/// Returns every published concert with its published schedules, in the order in which the concerts were created.
pub async fn concerts(house: &House) -> Outcome<Vec<Listing>> {
    house
        .read(move |read, _| {
            let concerts = read.concerts()?.into_iter();
            concerts.filter(is_published).map(|concert| listing(read, concert, is_shown)).collect()
        })
        .await
}

/// The filters of a concert search. A filter that is empty or `None` excludes nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConcertFilter {
    /// Words, or parts of words, of the title, the performer or the venue.
    pub search: String,
    /// The month of a show, in the venue's time zone, as `2026-12`.
    pub month: Option<String>,
    /// The state of the sale.
    pub sale: Option<SaleFilter>,
}

/// A filter by the state of a date's sale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SaleFilter {
    /// The sale is open and the date is not sold out.
    OnSale,
    /// The sale has not opened yet; its lobby may be open.
    ToCome,
}

/// Returns the published concerts that match `filter`, and the months in which there are future shows.
///
/// If `filter` has search words, the concerts are ordered by relevance, otherwise by when they were created. In both
/// cases those with nothing left to buy ([`Listing::is_over`]) come last. A concert matches the filters `month` and
/// `sale` if one of its dates matches both. The months are those of all published concerts, even of those that do not
/// match, in ascending order, as `2026-12`.
pub async fn find(house: &House, filter: ConcertFilter) -> Outcome<(Vec<Listing>, Vec<String>)> {
    house
        .read(move |read, context| {
            let all = read.concerts()?.into_iter().filter(is_published);
            let all: Vec<Listing> = all.map(|concert| listing(read, concert, is_shown)).collect::<Outcome<_>>()?;
            let month = |listing: &Listing, view: &ScheduleView| {
                calendar::day(view.schedule.show_time, &listing.concert.time_zone).format("%Y-%m").to_string()
            };
            let to_come = |view: &&ScheduleView| view.schedule.show_time > context.now;
            let months = all
                .iter()
                .flat_map(|listing| listing.schedules.iter().filter(to_come).map(move |view| month(listing, view)));
            let months: BTreeSet<String> = months.collect();
            let fits = |listing: &Listing, view: &ScheduleView| {
                let in_month = filter.month.as_ref().is_none_or(|wanted| *wanted == month(listing, view));
                let state = view.schedule.sale_state(context.now);
                in_month
                    && match filter.sale {
                        None => true,
                        Some(SaleFilter::OnSale) => state == SaleState::OnSale,
                        Some(SaleFilter::ToCome) => matches!(state, SaleState::Lobby | SaleState::NotYetOpen),
                    }
            };
            let has_no_filter = filter.month.is_none() && filter.sale.is_none();
            let mut found: Vec<Listing> = all
                .into_iter()
                .filter(|listing| has_no_filter || listing.schedules.iter().any(|view| fits(listing, view)))
                .collect();
            if !filter.search.trim().is_empty() {
                // A search with no usable words (for example only punctuation) matches nothing.
                let ranked = match search::fts_query(&filter.search) {
                    Some(asked) => read.find_concerts(&asked)?,
                    None => vec![],
                };
                let rank = |listing: &Listing| ranked.iter().position(|id| *id == listing.concert.id);
                found.retain(|listing| rank(listing).is_some());
                found.sort_by_key(rank);
            }
            found.sort_by_key(|listing| listing.is_over(context.now));
            Ok((found, months.into_iter().collect()))
        })
        .await
}

/// Returns one published concert with its published schedules.
///
/// # Errors
/// [`Refusal::NotFound`] if no published concert has this id.
pub async fn concert(house: &House, id: ConcertId) -> Outcome<Listing> {
    house
        .read(move |read, _| {
            let concert = read.concert(id)?.filter(is_published).ok_or(Refusal::NotFound)?;
            listing(read, concert, is_shown)
        })
        .await
}

/// Returns the image of a concert's poster, in the encoding in which it was stored. `tag` names one version of the
/// poster; the current tag is [`Concert::poster`].
///
/// # Errors
/// [`Refusal::NotFound`] if the poster was removed or replaced by one with another tag.
pub async fn poster(house: &House, id: ConcertId, tag: String) -> Outcome<Vec<u8>> {
    house.read(move |read, _| Ok(read.poster(id, &tag)?.ok_or(Refusal::NotFound)?)).await
}

/// Returns the refund policy under which tickets of a schedule are sold now. A ticket that is sold already keeps the
/// policy under which it was bought.
///
/// # Errors
/// [`Refusal::NotFound`] if the schedule does not exist.
pub async fn refund_policy(house: &House, id: ScheduleId) -> Outcome<RefundPolicy> {
    let policy = house.read(move |read, _| Ok(read.refund_policy(id)?.ok_or(Refusal::NotFound)?)).await?;
    Ok(serde_json::from_str(&policy).map_err(Fault::from)?)
}

fn concert_of(read: &Read<'_>, schedule: &ConcertSchedule) -> Outcome<Concert> {
    Ok(read.concert(schedule.concert_id)?.ok_or(Refusal::NotFound)?)
}

/// Returns one published schedule with its concert.
///
/// # Errors
/// [`Refusal::NotFound`] if the schedule does not exist or is a draft.
pub async fn schedule(house: &House, id: ScheduleId) -> Outcome<(Concert, ScheduleView)> {
    house
        .read(move |read, _| {
            let schedule = known_schedule(read, id)?;
            Ok((concert_of(read, &schedule)?, view(read, schedule)?))
        })
        .await
}

/// Returns the best free seats of a schedule for a party of `party` people, and how closely they would sit together.
/// `None` if too few seats are free.
///
/// `band` limits the choice to one price band. Wheelchair and companion places are offered if `needs_access` is true,
/// or if they are no longer kept for people who need them ([`is_kept_for_access`]).
///
/// # Errors
/// [`Refusal::NotFound`] if the schedule does not exist or is a draft, [`Refusal::TooManySeats`] if `party` is 0 or
/// larger than the number of seats that one fan may have.
pub async fn best(
    house: &House,
    id: ScheduleId,
    party: u32,
    band: Option<&str>,
    needs_access: bool,
) -> Outcome<Option<(Vec<SeatId>, Closeness)>> {
    let hall = house.hall(id).await?;
    let party = checked_party(house, &hall, party, band, needs_access)?;
    Ok(hall.best(party, house.clock().now()))
}

/// Returns the request of a party in a hall.
///
/// # Errors
/// As [`best`].
pub(super) fn checked_party<'b>(
    house: &House,
    hall: &Hall,
    party: u32,
    band: Option<&'b str>,
    needs_access: bool,
) -> Result<Party<'b>, Refusal> {
    let schedule = hall.schedule();
    if schedule.status == Publication::Draft {
        return Err(Refusal::NotFound);
    }
    let limit = house.settings().seats_per_fan_of(&schedule);
    if !(1..=limit).contains(&party) {
        return Err(Refusal::TooManySeats { limit });
    }
    let takes_access = needs_access || !is_kept_for_access(schedule.access_until, house.clock().now());
    Ok(Party { size: party as usize, band, takes_access })
}

/// Returns the hall of a schedule as it is now, from memory (see [`House::hall`]).
///
/// # Errors
/// [`Refusal::NotFound`] if the schedule does not exist or is a draft.
pub async fn seat_map(house: &House, id: ScheduleId) -> Outcome<SeatMap> {
    let map = seat_map_or_draft(house, id).await?;
    if map.schedule.status == Publication::Draft {
        return Err(Refusal::NotFound.into());
    }
    Ok(map)
}

/// As [`seat_map`], also of a draft.
///
/// # Errors
/// [`Refusal::NotFound`] if the schedule does not exist.
pub(crate) async fn seat_map_or_draft(house: &House, id: ScheduleId) -> Outcome<SeatMap> {
    let hall = house.hall(id).await?;
    let (schedule, states) = hall.states(house.clock().now());
    Ok(SeatMap { schedule, concert: hall.concert().clone(), plan: hall.plan().clone(), states })
}
