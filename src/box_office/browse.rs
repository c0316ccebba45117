//! What everybody may look at: concerts, their schedules, and the seats.

use crate::domain::concert::Publication;
use crate::domain::entities::{Concert, ConcertSchedule, Seat};
use crate::domain::hall::{Plan, Section};
use crate::domain::refund::RefundPolicy;
use crate::domain::{ConcertId, Points, Refusal, ScheduleId, SeatStatus};
use crate::house::{House, known_schedule};
use crate::store::{Fault, Outcome, Read};
use std::sync::Arc;

/// A concert with its schedules.
#[derive(Debug, Clone)]
pub struct Listing {
    pub concert: Concert,
    pub schedules: Vec<ScheduleView>,
}

/// A schedule as the public sees it.
#[derive(Debug, Clone)]
pub struct ScheduleView {
    pub schedule: ConcertSchedule,
    /// The lowest and the highest price.
    pub prices: Option<(Points, Points)>,
    /// No seat is for sale or held.
    pub sold_out: bool,
}

/// The hall of a schedule at one instant.
#[derive(Debug, Clone)]
pub struct SeatMap {
    pub schedule: ConcertSchedule,
    pub concert: Concert,
    pub plan: Arc<Plan>,
    /// In the order of the plan. A hold that has run out shows as reservable.
    pub states: Vec<SeatStatus>,
}

impl SeatMap {
    /// Each seat with its state.
    pub fn seats(&self) -> impl Iterator<Item = (&Seat, SeatStatus)> {
        self.plan.seats().iter().zip(self.states.iter().copied())
    }

    /// How many seats of a section are for sale.
    pub fn left(&self, section: &Section) -> usize {
        let states = self.states.get(section.seats.clone()).unwrap_or_default();
        states.iter().filter(|status| **status == SeatStatus::Reservable).count()
    }
}

fn view(read: &Read<'_>, schedule: ConcertSchedule) -> Outcome<ScheduleView> {
    Ok(ScheduleView { prices: read.price_range(schedule.id)?, sold_out: schedule.is_sold_out(), schedule })
}

fn is_published(concert: &Concert) -> bool {
    concert.status == Publication::Published
}

fn listing(read: &Read<'_>, concert: Concert) -> Outcome<Listing> {
    let schedules = read.schedules_of(concert.id)?.into_iter();
    let schedules = schedules.filter(|schedule| schedule.status == Publication::Published);
    let schedules = schedules.map(|schedule| view(read, schedule)).collect::<Outcome<_>>()?;
    Ok(Listing { concert, schedules })
}

/// Every concert that is published, with its schedules that are.
///
/// # Errors
/// Storage faults.
pub async fn concerts(house: &House) -> Outcome<Vec<Listing>> {
    house
        .read(move |read, _| {
            let concerts = read.concerts()?.into_iter();
            concerts.filter(is_published).map(|concert| listing(read, concert)).collect()
        })
        .await
}

/// One concert with its schedules.
///
/// # Errors
/// [`Refusal::NotFound`].
pub async fn concert(house: &House, id: ConcertId) -> Outcome<Listing> {
    house
        .read(move |read, _| {
            let concert = read.concert(id)?.filter(is_published).ok_or(Refusal::NotFound)?;
            listing(read, concert)
        })
        .await
}

/// The poster of a concert, as the house encoded it; `tag` is the one that the concert names.
///
/// # Errors
/// [`Refusal::NotFound`] where the picture is gone or another by now.
pub async fn poster(house: &House, id: ConcertId, tag: String) -> Outcome<Vec<u8>> {
    house.read(move |read, _| Ok(read.poster(id, &tag)?.ok_or(Refusal::NotFound)?)).await
}

/// The terms of refund on which a schedule is sold now.
///
/// # Errors
/// [`Refusal::NotFound`].
pub async fn refund_policy(house: &House, id: ScheduleId) -> Outcome<RefundPolicy> {
    let policy = house.read(move |read, _| Ok(read.refund_policy(id)?.ok_or(Refusal::NotFound)?)).await?;
    Ok(serde_json::from_str(&policy).map_err(Fault::from)?)
}

fn concert_of(read: &Read<'_>, schedule: &ConcertSchedule) -> Outcome<Concert> {
    Ok(read.concert(schedule.concert_id)?.ok_or(Refusal::NotFound)?)
}

/// One schedule with its concert.
///
/// # Errors
/// [`Refusal::NotFound`].
pub async fn schedule(house: &House, id: ScheduleId) -> Outcome<(Concert, ScheduleView)> {
    house
        .read(move |read, _| {
            let schedule = known_schedule(read, id)?;
            Ok((concert_of(read, &schedule)?, view(read, schedule)?))
        })
        .await
}

/// The hall of a schedule, as it is now.
///
/// # Errors
/// [`Refusal::NotFound`].
pub async fn seat_map(house: &House, id: ScheduleId) -> Outcome<SeatMap> {
    let hall = house.hall(id).await?;
    let (schedule, states) = hall.states(house.clock().now());
    if schedule.status == Publication::Draft {
        return Err(Refusal::NotFound.into());
    }
    Ok(SeatMap { schedule, concert: hall.concert().clone(), plan: hall.plan().clone(), states })
}
