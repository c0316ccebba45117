//! Charging points, paying, and what one has.

use super::Nothing;
use crate::paths::{cancel_path, checkout_path, local_path, queue_path};
use crate::server::App;
use crate::server::answer::Done;
use crate::server::session::{Caller, Notice};
use encore::Outcome;
use encore::box_office::{self, Cancelled, Charged, Purchased};
use encore::domain::seat::ReservationStatus;
use encore::domain::{Field, Points, Refusal, ReservationId, ScheduleId, SeatId, Timestamp};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

#[derive(Debug, Clone, Deserialize)]
pub struct Charge {
    /// As typed: a person may write `10,000`.
    amount: String,
    idempotency_key: String,
    next: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Purchase {
    schedule_id: i64,
    idempotency_key: String,
    /// What the page showed as the total; no other is charged.
    total: Option<Points>,
}

#[derive(Debug, Serialize)]
pub struct ReservationJson {
    id: ReservationId,
    schedule_id: ScheduleId,
    seat_id: SeatId,
    number: i64,
    price: Points,
    status: ReservationStatus,
    /// When a hold that waits for payment ends.
    expired_at: Option<Timestamp>,
}

pub async fn charge(app: App, caller: Arc<Caller>, input: Charge) -> Outcome<Done<Charged>> {
    let amount = input.amount.trim().replace(',', "").parse();
    let amount: Points = amount.map_err(|_| Refusal::invalid(Field::Amount))?;
    let fan = caller.fan().await?;
    let answer = box_office::charge(&app.house, app.provider, fan, amount, input.idempotency_key).await?;
    let next = after_charge(input.next.as_deref());
    Ok(Done { answer, next, notice: Some(Notice::Charged { amount }) })
}

fn after_charge(next: Option<&str>) -> String {
    next.map_or_else(|| "/points".to_owned(), |next| local_path(Some(next)))
}

/// Where a refused charge returns to.
pub fn to_charge(input: &Charge, _: &Refusal) -> String {
    after_charge(input.next.as_deref())
}

pub async fn purchase(app: App, caller: Arc<Caller>, input: Purchase) -> Outcome<Done<Purchased>> {
    let fan = caller.fan().await?;
    let schedule = ScheduleId(input.schedule_id);
    let answer = box_office::purchase(&app.house, fan, schedule, input.total, input.idempotency_key).await?;
    let notice = Some(Notice::Purchased { tickets: answer.reservations.len() });
    Ok(Done { answer, next: "/tickets".into(), notice })
}

/// Where a refused purchase returns to.
pub fn to_checkout(input: &Purchase, refusal: &Refusal) -> String {
    let schedule = ScheduleId(input.schedule_id);
    if *refusal == Refusal::NotAdmitted { queue_path(schedule) } else { checkout_path(schedule) }
}

#[derive(Debug, Clone, Deserialize)]
pub struct Cancel {
    reservation_id: i64,
    idempotency_key: String,
    /// What the page showed as the refund; no other is given.
    refund: Option<Points>,
}

pub async fn cancel(app: App, caller: Arc<Caller>, input: Cancel) -> Outcome<Done<Cancelled>> {
    let (fan, ticket) = (caller.fan().await?, ReservationId(input.reservation_id));
    let answer = box_office::cancel(&app.house, fan, ticket, input.refund, input.idempotency_key).await?;
    let notice = Some(Notice::Cancelled { refund: answer.refund });
    Ok(Done { answer, next: "/tickets".into(), notice })
}

/// Where a refused cancellation returns to.
pub fn to_cancel(input: &Cancel, _: &Refusal) -> String {
    cancel_path(ReservationId(input.reservation_id))
}

pub async fn reservations(app: App, caller: Caller, _: Nothing) -> Outcome<Vec<ReservationJson>> {
    let now = app.house.clock().now();
    let mine = box_office::reservations(&app.house, caller.fan().await?).await?.into_iter();
    Ok(mine
        .map(|r| {
            // A hold that is over is over, whether or not it was swept.
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
