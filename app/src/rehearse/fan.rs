//! What one simulated fan does: joins, waits, looks at the map, tries to hold seats, which others may take first, pays,
//! and reads the tickets back.

use super::client::{Answer, Client};
use super::report::{Counters, Step};
use axum::http::Method;
use encore::domain::hall::unpack;
use encore::domain::{ScheduleId, SeatStatus};
use serde::Deserialize;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::Instant;

/// The parameters that all simulated fans share.
pub struct Scenario {
    pub schedule: ScheduleId,
    pub address: SocketAddr,
    /// The ids of the hall's seats, in the order of the seating plan.
    pub seats: Vec<i64>,
    /// When the sale opens.
    pub opening: Instant,
    /// Whether a fan who waits keeps the connection open.
    pub stays_connected: bool,
    /// The connections that are left.
    pub connections: Arc<Semaphore>,
}

/// How many times a fan tries to hold seats before giving up.
const TRIES: usize = 20;
/// The most times that a request is sent while the server answers that it is busy (503).
const MAX_BUSY_TRIES: usize = 30;
/// One in this many fans leaves after holding seats, without paying.
const LEAVE_ONE_IN: usize = 50;

#[derive(Debug, Deserialize)]
struct FanPlace {
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

/// One simulated fan.
pub struct SimulatedFan {
    scenario: Arc<Scenario>,
    counters: Arc<Counters>,
    client: Client,
    number: usize,
    /// The state of the random generator that makes the fan's choices. The seed is the fan's number, so the random
    /// numbers differ from fan to fan and are the same in every rehearsal.
    choice: u64,
}

/// Returned when a fan's journey ends without a ticket. The reason has already been counted.
struct JourneyEnded;

impl SimulatedFan {
    pub fn new(scenario: Arc<Scenario>, counters: Arc<Counters>, cookie: String, number: usize) -> Self {
        let client = Client::of_fan((scenario.address, scenario.connections.clone()), number, cookie);
        Self { scenario, counters, client, number, choice: number as u64 }
    }

    /// Runs the fan's whole journey and counts its outcome.
    pub async fn play(mut self) {
        self.counters.came();
        if self.wait_for_turn().await.is_ok() && self.shop().await.is_ok() {
            self.counters.paid(self.scenario.opening);
        }
        self.counters.went();
    }

    /// Returns the fan's next random choice, a number below `below`. The generator is a linear congruential one with
    /// the constants of Knuth's MMIX.
    fn choose(&mut self, below: usize) -> usize {
        self.choice = self.choice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.choice >> 33) as usize % below.max(1)
    }

    /// Joins and waits until the fan is admitted.
    async fn wait_for_turn(&mut self) -> Result<(), JourneyEnded> {
        let schedule = self.scenario.schedule;
        let join = format!("schedule_id={schedule}&contribution=fan-{}", self.number);
        let mut place: FanPlace = self.granted(Step::Join, "/api/queue/join", &join).await?;
        let mut ticket = place.ticket.take().unwrap_or_default();
        let mut last_ahead = u32::MAX;
        loop {
            match place.status.as_str() {
                "active" => {
                    self.counters.admitted();
                    return Ok(());
                }
                "wait" => {}
                _ => {
                    self.counters.refused(&place.ended.unwrap_or_default());
                    return Err(JourneyEnded);
                }
            }
            if let Some(ahead) = place.ahead {
                if ahead > last_ahead {
                    self.counters.defect(&format!("the number ahead rose from {last_ahead} to {ahead}"));
                }
                last_ahead = ahead;
            }
            if !self.scenario.stays_connected {
                self.client.disconnect();
            }
            tokio::time::sleep(Duration::from_millis(place.poll_after_ms)).await;
            let look = format!("/api/queue/status?schedule_id={schedule}&ticket={ticket}");
            let answer = self.asked(Step::Look, &Method::GET, &look, "").await?;
            place = self.read(&answer)?;
            ticket = place.ticket.take().unwrap_or(ticket);
        }
    }

    /// Holds seats, pays for them, and reads the tickets back.
    async fn shop(&mut self) -> Result<(), JourneyEnded> {
        let schedule = self.scenario.schedule;
        let party = 1 + self.choose(2);
        let mut wished = self.look_at_map(party).await?;
        for attempt in 0.. {
            if wished.len() < party || attempt == TRIES {
                // Too few seats are free now, or too many attempts failed. Others may still release seats, but this fan
                // does not wait for them.
                self.counters.refused(if wished.is_empty() { "nothing_free" } else { "gave_up" });
                self.leave().await;
                return Err(JourneyEnded);
            }
            let mut hold = format!("schedule_id={schedule}");
            wished.iter().enumerate().for_each(|(index, seat)| hold += &format!("&seat_ids[{index}]={seat}"));
            let answer = self.asked(Step::Hold, &Method::POST, "/api/hold", &hold).await?;
            if answer.status == 200 {
                break;
            }
            let refused: Refused = self.read(&answer)?;
            self.counters.refused(&refused.code);
            wished = match refused.code.as_str() {
                // Half of the time the fan takes the nearest free seats that the refusal offers; otherwise the fan
                // looks at the map again.
                "seat_taken" if refused.nearest.len() >= party && self.choose(2) == 0 => {
                    refused.nearest[..party].to_vec()
                }
                "seat_taken" => self.look_at_map(party).await?,
                _ => return Err(JourneyEnded),
            };
        }
        if self.number % LEAVE_ONE_IN == LEAVE_ONE_IN - 1 {
            self.counters.refused("changed_their_mind");
            self.leave().await;
            return Err(JourneyEnded);
        }
        let pay = format!("schedule_id={schedule}&idempotency_key=rehearsal-{}", self.number);
        let _: serde_json::Value = self.granted(Step::Pay, "/api/purchase", &pay).await?;
        let answer = self.asked(Step::Ticket, &Method::GET, "/api/reservations", "").await?;
        let tickets: Vec<Reservation> = self.read(&answer)?;
        let bought: Vec<i64> = tickets.iter().filter(|r| r.status == "purchase").map(|r| r.seat_id).collect();
        if bought.len() != party || wished.iter().any(|seat| !bought.contains(seat)) {
            self.counters.defect(&format!("paid for {wished:?} and has {bought:?}"));
            return Err(JourneyEnded);
        }
        self.counters.sold(&bought);
        Ok(())
    }

    /// Requests the states of all seats, and returns the ids of `party` seats that follow each other in the list of
    /// free seats, beginning somewhere in the first half of that list. Returns fewer ids if fewer seats are free.
    async fn look_at_map(&mut self, party: usize) -> Result<Vec<i64>, JourneyEnded> {
        #[derive(Deserialize)]
        struct State {
            seats: String,
        }
        let path = format!("/api/seats/state?schedule_id={}", self.scenario.schedule);
        let answer = self.asked(Step::Map, &Method::GET, &path, "").await?;
        let state: State = self.read(&answer)?;
        let free: Vec<i64> = self
            .scenario
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
        let form = format!("schedule_id={}", self.scenario.schedule);
        // A fan who leaves does not need the answer; errors have already been counted.
        drop(self.asked(Step::Leave, &Method::POST, "/api/queue/leave", &form).await);
    }

    /// Posts a form and reads the response. Any other status than 200 is counted as a refusal and ends the journey.
    async fn granted<T: serde::de::DeserializeOwned>(
        &mut self,
        step: Step,
        path: &str,
        form: &str,
    ) -> Result<T, JourneyEnded> {
        let answer = self.asked(step, &Method::POST, path, form).await?;
        if answer.status == 200 {
            return self.read(&answer);
        }
        self.counters.refused(&answer.code());
        Err(JourneyEnded)
    }

    /// Sends a request, and repeats it while the server is busy (503). A broken connection and any other 5xx are
    /// counted as errors and end the journey.
    async fn asked(&mut self, step: Step, method: &Method, path: &str, form: &str) -> Result<Answer, JourneyEnded> {
        for _ in 0..MAX_BUSY_TRIES {
            let begun = Instant::now();
            match self.client.ask(method, path, form).await {
                Ok(answer) if answer.status == 503 => {
                    self.counters.refused(&answer.code());
                    tokio::time::sleep(answer.retry_after.unwrap_or(Duration::from_secs(1))).await;
                }
                Ok(answer) if answer.status >= 500 => {
                    self.counters.error(&format!("{step:?}: status {}", answer.status));
                    return Err(JourneyEnded);
                }
                Ok(answer) => {
                    self.counters.took(step, begun.elapsed());
                    return Ok(answer);
                }
                Err(error) => {
                    self.counters.error(&format!("{step:?}: {error}"));
                    return Err(JourneyEnded);
                }
            }
        }
        self.counters.error(&format!("{step:?}: the server was busy {MAX_BUSY_TRIES} times"));
        Err(JourneyEnded)
    }

    fn read<T: serde::de::DeserializeOwned>(&self, answer: &Answer) -> Result<T, JourneyEnded> {
        answer.json().ok_or_else(|| {
            self.counters
                .error(&format!("a response that could not be parsed: {}", String::from_utf8_lossy(&answer.body)));
            JourneyEnded
        })
    }
}
