//! Requests that need no sign-in: concerts, seats, and the best free seats for a party.

use super::{NoQuery, ScheduleQuery};
use crate::paths::needs_access;
use crate::server::App;
use crate::server::access::Anybody;
use encore::domain::hall::pack;
use encore::domain::party::Closeness;
use encore::domain::{ConcertId, Points, Refusal, ScheduleId, Seat, SeatId, SeatNumber, SeatStatus, Timestamp};
use encore::{Outcome, box_office};
use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize)]
pub struct ConcertJson {
    id: ConcertId,
    title: String,
    performer: String,
    schedules: Vec<ScheduleJson>,
}

#[derive(Debug, Serialize)]
pub struct ScheduleJson {
    id: ScheduleId,
    show_time: Timestamp,
    reservation_start: Timestamp,
    reservation_end: Timestamp,
    left_ticket: i64,
}

#[derive(Debug, Serialize)]
pub struct SeatsJson {
    schedule_id: ScheduleId,
    version: i64,
    seats: Vec<SeatJson>,
}

#[derive(Debug, Serialize)]
pub struct SeatJson {
    id: SeatId,
    number: SeatNumber,
    section: String,
    row: String,
    price: Points,
    status: SeatStatus,
}

pub async fn concerts(app: App, _: Anybody, _: NoQuery) -> Outcome<Vec<ConcertJson>> {
    let listings = box_office::concerts(&app.house).await?.into_iter();
    Ok(listings
        .map(|listing| ConcertJson {
            id: listing.concert.id,
            title: listing.concert.title,
            performer: listing.concert.performer,
            schedules: listing
                .schedules
                .into_iter()
                .map(|view| ScheduleJson {
                    id: view.schedule.id,
                    show_time: view.schedule.show_time,
                    reservation_start: view.schedule.window.reservation_start,
                    reservation_end: view.schedule.window.reservation_end,
                    left_ticket: view.schedule.left_ticket,
                })
                .collect(),
        })
        .collect())
}

pub async fn seats(app: App, _: Anybody, query: ScheduleQuery) -> Outcome<SeatsJson> {
    let map = box_office::seat_map(&app.house, query.schedule_id).await?;
    let seat = |(seat, status): (&Seat, SeatStatus)| SeatJson {
        id: seat.id,
        number: seat.number.clone(),
        section: seat.section.clone(),
        row: seat.row.clone(),
        price: seat.price,
        status,
    };
    let seats = map.seats().map(seat).collect();
    Ok(SeatsJson { schedule_id: map.schedule.id, version: map.schedule.version, seats })
}

/// If `schedule_id` is missing or not a number, the request is refused as [`Refusal::NotFound`].
#[derive(Debug, Clone, Deserialize)]
pub struct StatesQuery {
    schedule_id: Option<String>,
}

#[derive(Debug, Serialize)]
pub struct StatesJson {
    version: i64,
    /// The states of all seats, as [`pack`] encodes them.
    seats: String,
}

/// The states of all seats, for requests that `quick` could not answer from memory.
pub async fn states(app: App, _: Anybody, query: StatesQuery) -> Outcome<StatesJson> {
    let id = query.schedule_id.and_then(|id| id.parse().ok()).ok_or(Refusal::NotFound)?;
    let map = box_office::seat_map(&app.house, ScheduleId(id)).await?;
    let seats = pack(&map.states).into_iter().map(char::from).collect();
    Ok(StatesJson { version: map.schedule.version, seats })
}

#[derive(Debug, Clone, Deserialize)]
pub struct BestQuery {
    schedule_id: ScheduleId,
    party: u32,
    band: Option<String>,
    access: Option<String>,
}

#[derive(Debug, Serialize)]
pub struct BestJson {
    /// Empty if there are not enough free seats.
    seat_ids: Vec<SeatId>,
    /// The same seats, with what a map shows of them.
    seats: Vec<BestSeatJson>,
    /// How well the seats fit the party. `None` if there are not enough free seats.
    closeness: Option<Closeness>,
}

#[derive(Debug, Serialize)]
pub struct BestSeatJson {
    id: SeatId,
    /// The position in the order of the whole hall.
    index: usize,
    section: String,
    row: String,
    number: SeatNumber,
    price: Points,
}

pub async fn best(app: App, _: Anybody, query: BestQuery) -> Outcome<BestJson> {
    let (schedule, band) = (query.schedule_id, query.band.as_deref().filter(|band| !band.is_empty()));
    let best = box_office::best(&app.house, schedule, query.party, band, needs_access(query.access.as_deref())).await?;
    let (seat_ids, closeness) = best.map_or((vec![], None), |(seats, closeness)| (seats, Some(closeness)));
    let hall = app.house.hall(schedule).await?;
    let seat = |id: &SeatId| {
        let index = hall.plan().index(*id)?;
        let Seat { id, section, row, number, price, .. } = hall.plan().seats().get(index)?.clone();
        Some(BestSeatJson { id, index, section, row, number, price })
    };
    let seats = seat_ids.iter().filter_map(seat).collect();
    Ok(BestJson { seat_ids, seats, closeness })
}
