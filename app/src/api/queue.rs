//! The fan's place in a queue, and the lottery of a lobby.

use super::OfSchedule;
use crate::server::App;
use crate::server::access::{Anybody, Fan};
use crate::verbs::QueuePlace;
use encore::Outcome;
use encore::domain::{Refusal, ScheduleId, Timestamp, TokenId};
use encore::waiting_room::{self, Draw};
use serde::Serialize;

/// The fan's latest place; `not_found` if they never joined.
pub async fn status(app: App, fan: Fan, query: OfSchedule) -> Outcome<QueuePlace> {
    let place = waiting_room::status(&app.house, fan.id(), query.schedule_id).await?;
    Ok(QueuePlace::with_pass(place.ok_or(Refusal::NotFound)?, &app))
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

pub async fn draw(app: App, _: Anybody, query: OfSchedule) -> Outcome<DrawJson> {
    Ok(DrawJson::of(&waiting_room::draw(&app.house, query.schedule_id).await?))
}
