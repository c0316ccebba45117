//! What one fan does: joins, waits, looks at the map, holds, loses some, pays, and reads the ticket back.

use super::client::{Answer, Client};
use super::report::{Score, Step};
use axum::http::Method;
use encore::domain::hall::unpack;
use encore::domain::{ScheduleId, SeatStatus};
use serde::Deserialize;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// What everybody knows.
pub struct Script {
    pub schedule: ScheduleId,
    pub address: SocketAddr,
    /// The seats of the hall in order, as the plan of the hall names them.
    pub seats: Vec<i64>,
    pub opening: Instant,
}

/// How often a fan reaches for other seats before giving up.
const TRIES: usize = 20;
/// How often a fan asks again who is told that the house is busy.
const PATIENCE: usize = 30;
/// One of so many fans changes their mind at the till and leaves.
const LEAVES: usize = 50;

#[derive(Debug, Deserialize)]
struct Place {
    status: String,
    ahead: Option<u32>,
    poll_after_ms: u64,
    ticket: Option<String>,
    ended: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Refused {
    code: String,
    #[serde(default)]
    nearest: Vec<i64>,
}

#[derive(Debug, Deserialize)]
struct Reservation {
    seat_id: i64,
    status: String,
}

/// One fan.
pub struct Player {
    script: Arc<Script>,
    score: Arc<Score>,
    client: Client,
    number: usize,
    /// Moves through all numbers, for choices that differ from fan to fan and are the same in every rehearsal.
    choice: u64,
}

/// Why a fan goes home without a ticket; it is on the score already.
struct GoesHome;

impl Player {
    pub fn new(script: Arc<Script>, score: Arc<Score>, cookie: String, number: usize) -> Self {
        let client = Client::with_cookie(script.address, cookie);
        Self { script, score, client, number, choice: number as u64 }
    }

    /// Plays the fan's evening.
    pub async fn play(mut self) {
        self.score.came();
        if self.wait_for_turn().await.is_ok() && self.shop().await.is_ok() {
            self.score.paid(self.script.opening);
        }
        self.score.went();
    }

    /// A number below `below`, the next of the fan's choices (a linear congruential generator after Knuth's MMIX).
    fn choose(&mut self, below: usize) -> usize {
        self.choice = self.choice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.choice >> 33) as usize % below.max(1)
    }

    /// Joins and waits until the fan is admitted.
    async fn wait_for_turn(&mut self) -> Result<(), GoesHome> {
        let schedule = self.script.schedule;
        let join = format!("schedule_id={schedule}&contribution=fan-{}", self.number);
        let mut place: Place = self.granted(Step::Join, "/api/queue/join", &join).await?;
        let mut ticket = place.ticket.take().unwrap_or_default();
        let mut last_ahead = u32::MAX;
        loop {
            match place.status.as_str() {
                "active" => {
                    self.score.admitted();
                    return Ok(());
                }
                "wait" => {}
                _ => {
                    self.score.refused(&place.ended.unwrap_or_default());
                    return Err(GoesHome);
                }
            }
            if let Some(ahead) = place.ahead {
                if ahead > last_ahead {
                    self.score.defect(&format!("the number ahead rose from {last_ahead} to {ahead}"));
                }
                last_ahead = ahead;
            }
            tokio::time::sleep(Duration::from_millis(place.poll_after_ms)).await;
            let look = format!("/api/queue/status?schedule_id={schedule}&ticket={ticket}");
            let answer = self.asked(Step::Look, &Method::GET, &look, "").await?;
            place = self.read(&answer)?;
            ticket = place.ticket.take().unwrap_or(ticket);
        }
    }

    /// Holds seats and pays for them, and reads them back.
    async fn shop(&mut self) -> Result<(), GoesHome> {
        let schedule = self.script.schedule;
        let party = 1 + self.choose(2);
        let mut wished = self.look_at_map(party).await?;
        for attempt in 0.. {
            if wished.len() < party || attempt == TRIES {
                // Nothing is free just now: somebody may still give back, or it is over.
                self.score.refused(if wished.is_empty() { "nothing_free" } else { "gave_up" });
                self.leave().await;
                return Err(GoesHome);
            }
            let mut hold = format!("schedule_id={schedule}");
            wished.iter().enumerate().for_each(|(index, seat)| hold += &format!("&seat_ids[{index}]={seat}"));
            let answer = self.asked(Step::Hold, &Method::POST, "/api/hold", &hold).await?;
            if answer.status == 200 {
                break;
            }
            let refused: Refused = self.read(&answer)?;
            self.score.refused(&refused.code);
            wished = match refused.code.as_str() {
                // Half of the fans take what they are offered, the others look again.
                "seat_taken" if refused.nearest.len() >= party && self.choose(2) == 0 => {
                    refused.nearest[..party].to_vec()
                }
                "seat_taken" => self.look_at_map(party).await?,
                _ => return Err(GoesHome),
            };
        }
        if self.number % LEAVES == LEAVES - 1 {
            self.score.refused("changed_their_mind");
            self.leave().await;
            return Err(GoesHome);
        }
        let pay = format!("schedule_id={schedule}&idempotency_key=rehearsal-{}", self.number);
        let _: serde_json::Value = self.granted(Step::Pay, "/api/purchase", &pay).await?;
        let answer = self.asked(Step::Ticket, &Method::GET, "/api/reservations", "").await?;
        let tickets: Vec<Reservation> = self.read(&answer)?;
        let bought: Vec<i64> = tickets.iter().filter(|r| r.status == "purchase").map(|r| r.seat_id).collect();
        if bought.len() != party || wished.iter().any(|seat| !bought.contains(seat)) {
            self.score.defect(&format!("paid for {wished:?} and has {bought:?}"));
            return Err(GoesHome);
        }
        self.score.sold(&bought);
        Ok(())
    }

    /// Free seats side by side in the order of the hall, from somewhere in the front half of those that are free.
    async fn look_at_map(&mut self, party: usize) -> Result<Vec<i64>, GoesHome> {
        #[derive(Deserialize)]
        struct State {
            seats: String,
        }
        let path = format!("/api/seats/state?schedule_id={}", self.script.schedule);
        let answer = self.asked(Step::Map, &Method::GET, &path, "").await?;
        let state: State = self.read(&answer)?;
        let free: Vec<i64> = self
            .script
            .seats
            .iter()
            .zip(unpack(&state.seats))
            .filter(|(_, status)| *status == SeatStatus::Reservable)
            .map(|(seat, _)| *seat)
            .collect();
        let from = self.choose(free.len().div_ceil(2)).min(free.len().saturating_sub(party));
        Ok(free.into_iter().skip(from).take(party).collect())
    }

    async fn leave(&mut self) {
        let form = format!("schedule_id={}", self.script.schedule);
        // Whoever leaves does not care for the answer; what is wrong is on the score.
        drop(self.asked(Step::Leave, &Method::POST, "/api/queue/leave", &form).await);
    }

    /// Asks for what must be granted, or goes home.
    async fn granted<T: serde::de::DeserializeOwned>(
        &mut self,
        step: Step,
        path: &str,
        form: &str,
    ) -> Result<T, GoesHome> {
        let answer = self.asked(step, &Method::POST, path, form).await?;
        if answer.status == 200 {
            return self.read(&answer);
        }
        self.score.refused(&answer.code());
        Err(GoesHome)
    }

    /// Asks, again where the house is busy. A connection that breaks and an answer that is a fault are errors.
    async fn asked(&mut self, step: Step, method: &Method, path: &str, form: &str) -> Result<Answer, GoesHome> {
        for _ in 0..PATIENCE {
            let begun = Instant::now();
            match self.client.ask(method, path, form).await {
                Ok(answer) if answer.status == 503 => {
                    self.score.refused(&answer.code());
                    tokio::time::sleep(answer.retry_after.unwrap_or(Duration::from_secs(1))).await;
                }
                Ok(answer) if answer.status >= 500 => {
                    self.score.error(&format!("{step:?}: status {}", answer.status));
                    return Err(GoesHome);
                }
                Ok(answer) => {
                    self.score.took(step, begun.elapsed());
                    return Ok(answer);
                }
                Err(error) => {
                    self.score.error(&format!("{step:?}: {error}"));
                    return Err(GoesHome);
                }
            }
        }
        self.score.error(&format!("{step:?}: the house was busy {PATIENCE} times"));
        Err(GoesHome)
    }

    fn read<T: serde::de::DeserializeOwned>(&self, answer: &Answer) -> Result<T, GoesHome> {
        answer.json().ok_or_else(|| {
            self.score.error(&format!("an answer of another shape: {}", String::from_utf8_lossy(&answer.body)));
            GoesHome
        })
    }
}
