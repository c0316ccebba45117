//! The line: join, look, leave, and the draw of the lobby.

use super::{Empty, OfSchedule};
use crate::paths::{concert_path, queue_path, seats_path};
use crate::server::App;
use crate::server::answer::Done;
use crate::server::session::{Caller, Notice};
use crate::server::ticket::Ticket;
use encore::domain::queue::{Ended, TokenStatus};
use encore::domain::{Refusal, ScheduleId, Timestamp, TokenId};
use encore::waiting_room::{self, Draw, Place};
use encore::{Outcome, box_office};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

#[derive(Debug, Clone, Deserialize)]
pub struct Join {
    schedule_id: i64,
    /// The fan's part of the draw, where there is one to come.
    contribution: Option<String>,
}

#[derive(Debug, Serialize)]
pub struct PlaceJson {
    token_id: TokenId,
    status: TokenStatus,
    /// None in the lobby, before the draw.
    number: Option<i64>,
    /// At the most; none in the lobby.
    ahead: Option<u32>,
    /// The late end of the estimate, and the early one.
    eta_seconds: Option<u32>,
    eta_from_seconds: Option<u32>,
    expire_at: Option<Timestamp>,
    poll_after_ms: u32,
    /// When the lobby is drawn, for a fan who is in it, and how long that is from now.
    draws_at: Option<Timestamp>,
    draws_in_ms: Option<u64>,
    /// Seats for sale.
    left_ticket: i64,
    /// At least as many are ahead as there are seats that can still be had.
    odds_gone: bool,
    /// Staff hold the line: nobody is called.
    paused: bool,
    /// What staff say to everybody who waits.
    notice: Option<String>,
    /// Why the place is over.
    ended: Option<Ended>,
    /// With this a place is looked at without a session.
    ticket: Option<String>,
}

impl PlaceJson {
    pub fn of(place: Place, app: &App) -> Self {
        let token = place.token;
        Self {
            token_id: token.id,
            status: token.status,
            number: token.number,
            ahead: place.ahead,
            eta_seconds: place.estimate.map(|estimate| estimate.to_seconds),
            eta_from_seconds: place.estimate.map(|estimate| estimate.from_seconds),
            expire_at: token.expire_at,
            poll_after_ms: place.poll_after_ms,
            draws_at: place.draws_at,
            draws_in_ms: place.draws_at.map(|at| at.millis_from(app.house.clock().now())),
            left_ticket: place.left,
            odds_gone: place.odds_are_gone,
            paused: place.is_paused,
            notice: place.notice.as_deref().map(str::to_owned),
            ended: token.ended,
            ticket: None,
        }
    }

    /// The same with a ticket for the next look.
    fn with_ticket(place: Place, app: &App) -> Self {
        let waits = place.token.status == TokenStatus::Wait;
        let ticket = waits.then(|| Ticket::from(&place.token).sign(app.house.key()));
        Self { ticket, ..Self::of(place, app) }
    }
}

pub async fn join(app: App, caller: Arc<Caller>, input: Join) -> Outcome<Done<PlaceJson>> {
    let schedule = ScheduleId(input.schedule_id);
    let place = waiting_room::join(&app.house, caller.fan().await?, schedule, input.contribution).await?;
    let next = if place.token.status == TokenStatus::Active { seats_path(schedule) } else { queue_path(schedule) };
    Ok(Done { answer: PlaceJson::with_ticket(place, &app), next, notice: None })
}

/// Where a refused join returns to.
pub fn to_queue(input: &Join, _: &Refusal) -> String {
    queue_path(ScheduleId(input.schedule_id))
}

/// The caller's latest place; `not_found` where they never joined.
pub async fn status(app: App, caller: Caller, input: OfSchedule) -> Outcome<PlaceJson> {
    let place = waiting_room::status(&app.house, caller.fan().await?, ScheduleId(input.schedule_id)).await?;
    Ok(PlaceJson::with_ticket(place.ok_or(Refusal::NotFound)?, &app))
}

pub async fn leave(app: App, caller: Arc<Caller>, input: OfSchedule) -> Outcome<Done<Empty>> {
    let schedule = ScheduleId(input.schedule_id);
    waiting_room::leave(&app.house, caller.fan().await?, schedule).await?;
    let (concert, _) = box_office::schedule(&app.house, schedule).await?;
    Ok(Done { answer: Empty {}, next: concert_path(concert.id), notice: Some(Notice::Left) })
}

/// Where a refused leave returns to.
pub fn stays(input: &OfSchedule, _: &Refusal) -> String {
    queue_path(ScheduleId(input.schedule_id))
}

/// All that is told of a draw: enough to check it.
#[derive(Debug, Serialize)]
pub struct DrawJson {
    schedule_id: ScheduleId,
    commitment: Option<String>,
    drawn_at: Option<Timestamp>,
    secret: Option<String>,
    seed: Option<String>,
    contributions: Vec<ContributionJson>,
    order: Vec<TokenId>,
}

#[derive(Debug, Serialize)]
pub struct ContributionJson {
    token_id: TokenId,
    contribution: String,
}

impl DrawJson {
    pub fn of(draw: &Draw) -> Self {
        let told = draw.told.as_deref();
        let contribution = |(token_id, contribution): &(TokenId, String)| ContributionJson {
            token_id: *token_id,
            contribution: contribution.clone(),
        };
        Self {
            schedule_id: draw.schedule.id,
            commitment: draw.commitment.clone(),
            drawn_at: told.map(|told| told.at),
            secret: told.map(|told| told.secret.clone()),
            seed: told.map(|told| told.seed.clone()),
            contributions: told.map_or(vec![], |told| told.contributions.iter().map(contribution).collect()),
            order: told.map_or(vec![], |told| told.order.clone()),
        }
    }
}

pub async fn draw(app: App, _: Caller, input: OfSchedule) -> Outcome<DrawJson> {
    Ok(DrawJson::of(&waiting_room::draw(&app.house, ScheduleId(input.schedule_id)).await?))
}
