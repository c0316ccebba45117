//! The fan's place in a queue, and the lottery of a lobby.

use super::ScheduleQuery;
use crate::server::App;
use crate::server::access::{Anybody, Fan};
use crate::verbs::QueuePlace;
use encore::Outcome;
use encore::domain::beacon::CHAIN;
use encore::domain::{Refusal, ScheduleId, Timestamp, TokenId};
use encore::waiting_room::{self, AskedBy, ClosedLobby, LotteryView, PromisedRound};
use serde::{Deserialize, Serialize};

/// The query of [`status`].
#[derive(Debug, Deserialize)]
pub struct StatusQuery {
    schedule_id: ScheduleId,
    /// Whether a page asks that the fan does not see. A called fan has not come then.
    #[serde(default)]
    hidden: bool,
}

/// The fan's latest place in the queue. Refused with `not_found` if the fan never joined.
pub async fn status(app: App, fan: Fan, query: StatusQuery) -> Outcome<QueuePlace> {
    let asked = if query.hidden { AskedBy::HiddenPage } else { AskedBy::Fan };
    let place = waiting_room::status(&app.house, fan.id(), query.schedule_id, asked).await?;
    Ok(QueuePlace::with_pass(place.ok_or(Refusal::NotFound)?, &app))
}

/// Everything that is published about a lottery. docs/LOTTERY.md describes the format.
#[derive(Debug, Serialize)]
pub struct LotteryJson {
    schedule_id: ScheduleId,
    commitment: Option<String>,
    receipt_key: Option<String>,
    beacon: Option<BeaconJson>,
    closed_at: Option<Timestamp>,
    list_hash: Option<String>,
    withdrawn: Vec<TokenId>,
    delay: Option<DelayJson>,
    drawn_at: Option<Timestamp>,
    secret: Option<String>,
    seed: Option<String>,
    contributions: Vec<ContributionJson>,
    order: Vec<TokenId>,
}

/// The round of the public randomness beacon that is mixed in.
#[derive(Debug, Serialize)]
pub struct BeaconJson {
    chain: &'static str,
    round: i64,
    signature: Option<String>,
}

#[derive(Debug, Serialize)]
pub struct DelayJson {
    lists: Vec<String>,
    start: String,
    steps: u32,
    output: Option<String>,
}

#[derive(Debug, Serialize)]
pub struct ContributionJson {
    token_id: TokenId,
    contribution: String,
}

impl LotteryJson {
    pub fn of(lottery: &LotteryView) -> Self {
        let (result, closed) = (lottery.result.as_deref(), lottery.closed.as_ref());
        let contribution = |(token_id, contribution): &(TokenId, String)| ContributionJson {
            token_id: *token_id,
            contribution: contribution.clone(),
        };
        let delay = |closed: &ClosedLobby| DelayJson {
            lists: closed.lists.clone(),
            start: closed.delay.start.clone(),
            steps: closed.delay.steps,
            output: closed.delay.output.clone(),
        };
        Self {
            schedule_id: lottery.schedule.id,
            commitment: lottery.commitment.clone(),
            receipt_key: lottery.receipt_key.clone(),
            beacon: lottery.beacon.clone().map(|PromisedRound { round, signature }| BeaconJson {
                chain: CHAIN,
                round: round.0,
                signature,
            }),
            closed_at: closed.map(|closed| closed.delay.closed_at),
            list_hash: closed.map(|closed| closed.list_hash.clone()),
            withdrawn: closed.map_or(vec![], |closed| closed.withdrawn.clone()),
            delay: closed.map(delay),
            drawn_at: result.map(|result| result.at),
            secret: result.map(|result| result.secret.clone()),
            seed: result.map(|result| result.seed.clone()),
            contributions: result.map_or(vec![], |result| result.entrants.iter().map(contribution).collect()),
            order: result.map_or(vec![], |result| result.order.clone()),
        }
    }
}

pub async fn lottery(app: App, _: Anybody, query: ScheduleQuery) -> Outcome<LotteryJson> {
    Ok(LotteryJson::of(&waiting_room::lottery(&app.house, query.schedule_id).await?))
}
