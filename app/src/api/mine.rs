//! Requests of a signed-in user: their account and their reservations.

use super::NoQuery;
use crate::server::App;
use crate::server::access::Fan;
use encore::domain::account::{Duty, Role};
use encore::domain::{Points, ReservationId, ReservationStatus, ScheduleId, SeatId, SeatNumber, Timestamp, UserId};
use encore::{Outcome, box_office};
use serde::Serialize;

#[derive(Debug, Serialize)]
pub struct Me {
    id: UserId,
    name: String,
    email: String,
    point: Points,
    role: Role,
    /// The duty of a member of staff. Omitted for fans.
    #[serde(skip_serializing_if = "Option::is_none")]
    duty: Option<Duty>,
}

#[derive(Debug, Serialize)]
pub struct ReservationJson {
    id: ReservationId,
    schedule_id: ScheduleId,
    seat_id: SeatId,
    number: SeatNumber,
    price: Points,
    status: ReservationStatus,
    /// When the hold ends. `None` if the reservation is no live hold.
    expired_at: Option<Timestamp>,
}

pub async fn me(app: App, fan: Fan, _: NoQuery) -> Outcome<Me> {
    let user = box_office::user(&app.house, fan.id()).await?;
    Ok(Me { id: user.id, name: user.name, email: user.email, point: user.point, role: user.role, duty: user.duty })
}

pub async fn reservations(app: App, fan: Fan, _: NoQuery) -> Outcome<Vec<ReservationJson>> {
    let now = app.house.clock().now();
    let mine = box_office::reservations(&app.house, fan.id()).await?.into_iter();
    Ok(mine
        .map(|r| {
            // An expired hold is reported as cancelled, even if the sweeper has not ended it yet.
            let status = match r.status {
                ReservationStatus::Reserved if !r.is_held(now) => ReservationStatus::Cancel,
                status => status,
            };
            ReservationJson {
                id: r.id,
                schedule_id: r.schedule_id,
                seat_id: r.seat_id,
                number: r.number,
                price: r.price,
                status,
                expired_at: (status == ReservationStatus::Reserved).then_some(r.expired_at),
            }
        })
        .collect())
}
