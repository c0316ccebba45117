//! The line: join, look, leave.

use super::{Empty, OfSchedule};
use crate::paths::{concert_path, queue_path, seats_path};
use crate::server::App;
use crate::server::answer::Done;
use crate::server::session::{Caller, Notice};
use encore::domain::queue::TokenStatus;
use encore::domain::{Refusal, ScheduleId, Timestamp, TokenId};
use encore::waiting_room::{self, Place};
use encore::{Outcome, box_office};
use serde::Serialize;
use std::sync::Arc;

#[derive(Debug, Serialize)]
pub struct PlaceJson {
    token_id: TokenId,
    status: TokenStatus,
    number: i64,
    ahead: u32,
    /// Not known: the house does not guess.
    eta_seconds: Option<u32>,
    expire_at: Option<Timestamp>,
    poll_after_ms: u32,
}

impl From<Place> for PlaceJson {
    fn from(Place { token, ahead, poll_after_ms }: Place) -> Self {
        Self {
            token_id: token.id,
            status: token.status,
            number: token.number,
            ahead,
            eta_seconds: None,
            expire_at: token.expire_at,
            poll_after_ms,
        }
    }
}

pub async fn join(app: App, caller: Arc<Caller>, input: OfSchedule) -> Outcome<Done<PlaceJson>> {
    let schedule = ScheduleId(input.schedule_id);
    let place = waiting_room::join(&app.house, caller.fan().await?, schedule).await?;
    let next = if place.token.status == TokenStatus::Active { seats_path(schedule) } else { queue_path(schedule) };
    Ok(Done { answer: place.into(), next, notice: None })
}

/// Where a refused join returns to.
pub fn to_queue(input: &OfSchedule, _: &Refusal) -> String {
    queue_path(ScheduleId(input.schedule_id))
}

/// The caller's latest place; `not_found` where they never joined.
pub async fn status(app: App, caller: Caller, input: OfSchedule) -> Outcome<PlaceJson> {
    let place = waiting_room::status(&app.house, caller.fan().await?, ScheduleId(input.schedule_id)).await?;
    Ok(place.ok_or(Refusal::NotFound)?.into())
}

pub async fn leave(app: App, caller: Arc<Caller>, input: OfSchedule) -> Outcome<Done<Empty>> {
    let schedule = ScheduleId(input.schedule_id);
    waiting_room::leave(&app.house, caller.fan().await?, schedule).await?;
    let (concert, _) = box_office::schedule(&app.house, schedule).await?;
    Ok(Done { answer: Empty {}, next: concert_path(concert.id), notice: Some(Notice::Left) })
}
