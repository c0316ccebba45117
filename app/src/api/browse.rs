//! What everybody may look at: concerts and seats.

use super::{Nothing, OfSchedule};
use crate::server::App;
use crate::server::session::Caller;
use encore::domain::{ConcertId, Points, ScheduleId, SeatId, SeatStatus, Timestamp};
use encore::{Outcome, box_office};
use serde::Serialize;

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
    number: i64,
    section: String,
    row: String,
    price: Points,
    status: SeatStatus,
}

pub async fn concerts(app: App, _: Caller, _: Nothing) -> Outcome<Vec<ConcertJson>> {
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

pub async fn seats(app: App, _: Caller, input: OfSchedule) -> Outcome<SeatsJson> {
    let map = box_office::seat_map(&app.house, ScheduleId(input.schedule_id)).await?;
    let seat = |(seat, status): (&encore::domain::entities::Seat, SeatStatus)| SeatJson {
        id: seat.id,
        number: seat.number,
        section: seat.section.clone(),
        row: seat.row.clone(),
        price: seat.price,
        status,
    };
    let seats = map.seats().map(seat).collect();
    Ok(SeatsJson { schedule_id: map.schedule.id, version: map.schedule.version, seats })
}
