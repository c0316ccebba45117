//! Holding seats and giving them back.

use super::OfSchedule;
use crate::paths::{checkout_path, needs_access, queue_path, seats_path, seats_view};
use crate::server::App;
use crate::server::answer::Done;
use crate::server::session::{Caller, Notice};
use encore::box_office::{ReservedSeat, Wanted};
use encore::domain::party::Closeness;
use encore::domain::{Points, Refusal, ScheduleId, SeatId, Timestamp};
use encore::{Outcome, box_office};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

#[derive(Debug, Clone, Deserialize)]
pub struct Hold {
    schedule_id: i64,
    #[serde(default)]
    seat_ids: Vec<i64>,
    /// The fan needs a place for a wheelchair, or beside one.
    #[serde(default)]
    access: Option<String>,
    /// The part of the hall that the page shows, to return to it.
    section: Option<String>,
}

#[derive(Debug, Serialize)]
pub struct HeldJson {
    reservations: Vec<ReservedSeat>,
    total: Points,
    expired_at: Timestamp,
}

#[derive(Debug, Serialize)]
pub struct Released {
    released: u32,
}

pub async fn hold(app: App, caller: Arc<Caller>, input: Hold) -> Outcome<Done<HeldJson>> {
    let schedule = ScheduleId(input.schedule_id);
    let needs_access = needs_access(input.access.as_deref());
    let wanted = Wanted { seats: input.seat_ids.into_iter().map(SeatId).collect(), needs_access };
    let held = box_office::hold(&app.house, caller.fan().await?, schedule, wanted).await?;
    let answer = HeldJson { reservations: held.reservations, total: held.total, expired_at: held.expired_at };
    Ok(Done { answer, next: checkout_path(schedule), notice: None })
}

/// Where a refused hold returns to.
pub fn to_seats(input: &Hold, refusal: &Refusal) -> String {
    let schedule = ScheduleId(input.schedule_id);
    match (refusal, &input.section) {
        (Refusal::NotAdmitted | Refusal::SaleClosed { .. }, _) => queue_path(schedule),
        (_, section) => seats_view(schedule, section.as_deref(), needs_access(input.access.as_deref())),
    }
}

#[derive(Debug, Clone, Deserialize)]
pub struct AskBest {
    schedule_id: i64,
    party: u32,
    band: Option<String>,
    access: Option<String>,
}

#[derive(Debug, Serialize)]
pub struct BestJson {
    /// Empty where there are not enough.
    seat_ids: Vec<SeatId>,
    /// `together`, `leaves_one` or `apart`; none where there are not enough.
    closeness: Option<&'static str>,
}

pub async fn best(app: App, _: Caller, input: AskBest) -> Outcome<BestJson> {
    let (schedule, band) = (ScheduleId(input.schedule_id), input.band.as_deref().filter(|band| !band.is_empty()));
    let best = box_office::best(&app.house, schedule, input.party, band, needs_access(input.access.as_deref())).await?;
    let word = |closeness| match closeness {
        Closeness::Together => "together",
        Closeness::LeavesOne => "leaves_one",
        Closeness::Apart => "apart",
    };
    let (seat_ids, closeness) = best.map_or((vec![], None), |(seats, closeness)| (seats, Some(word(closeness))));
    Ok(BestJson { seat_ids, closeness })
}

pub async fn release(app: App, caller: Arc<Caller>, input: OfSchedule) -> Outcome<Done<Released>> {
    let schedule = ScheduleId(input.schedule_id);
    let released = box_office::release(&app.house, caller.fan().await?, schedule).await?;
    Ok(Done { answer: Released { released }, next: seats_path(schedule), notice: Some(Notice::Released) })
}

/// Where a refused release returns to.
pub fn to_checkout(input: &OfSchedule, _: &Refusal) -> String {
    checkout_path(ScheduleId(input.schedule_id))
}
