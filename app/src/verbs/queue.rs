//! Joining a schedule's queue, and leaving it.

use crate::problem::Problem;
use encore::domain::queue::{EndReason, TokenStatus};
use encore::domain::{ConcertId, ScheduleId, Timestamp, TokenId};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use {
    crate::paths::{concert_path, queue_path, seats_path, sign_in_path, sign_in_to_join_path},
    crate::server::App,
    crate::server::access::Fan,
    crate::server::flash::Notice,
    crate::server::limits::household,
    crate::server::line_pass::LinePass,
    crate::server::proof::Wish,
    crate::server::verb::{RefusalPage, Verb, verb_context},
    encore::Outcome,
    encore::domain::queue::QueueToken,
    encore::domain::{Refusal, UserId},
    encore::waiting_room::{self, Joining, Place},
    std::net::IpAddr,
};

/// A fan's place in the queue of a schedule.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct QueuePlace {
    pub token_id: TokenId,
    pub status: TokenStatus,
    /// `None` in the lobby, before the lottery.
    pub number: Option<i64>,
    /// How many places the front of the queue is away: 0 if the fan no longer waits, `None` in the lobby.
    pub ahead: Option<u32>,
    /// The upper end of the estimated wait. `None` if there is no estimate.
    pub eta_seconds: Option<u32>,
    /// The lower end of the estimated wait. `None` if there is no estimate.
    pub eta_from_seconds: Option<u32>,
    /// When the call or the admission expires. `None` while the fan waits.
    pub expire_at: Option<Timestamp>,
    /// How many milliseconds are left until `expire_at`.
    pub expires_in_ms: Option<u64>,
    /// How many milliseconds the client should wait before its next status request.
    pub poll_after_ms: u32,
    /// When the lobby closes and its lottery begins. `None` if the fan is not in a lobby that is open.
    pub draws_at: Option<Timestamp>,
    pub draws_in_ms: Option<u64>,
    /// When the sale opens. `None` once it is open.
    pub opens_at: Option<Timestamp>,
    pub opens_in_ms: Option<u64>,
    /// How many seats are for sale.
    pub left_ticket: i64,
    /// True if the fans ahead may be enough to take every seat that can still be bought.
    pub odds_gone: bool,
    /// Whether staff have paused the queue, so that nobody is called.
    pub paused: bool,
    /// The staff's message to all waiting fans.
    pub notice: Option<String>,
    /// Whether the fan was called once and did not come. The place ends if that happens again.
    pub missed_call: bool,
    /// Why the place has ended. `None` while it has not.
    pub ended: Option<EndReason>,
    /// A line pass, with which the next status request needs no session. Only a waiting fan gets one. The response to a
    /// request with a line pass contains none: the client keeps using the one that it has.
    pub ticket: Option<String>,
    /// The signed receipt of a fan in the lobby, as text: see docs/LOTTERY.md. Only the response to a join has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<String>,
}

/// The response of [`leave`]: `{}`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LeftQueue {
    /// The concert to whose page a browser goes next. Not part of the JSON; `None` only in a browser, which reads it.
    #[serde(skip)]
    pub concert: Option<ConcertId>,
}

/// Joins the queue of a schedule, or its lobby before the sale opens. Admits the fan at once if there is room. A fan
/// who has a place already keeps it. `contribution` is the fan's own text for the lottery, and `proof`
/// the solution of the task in an earlier refusal: see [`server::proof`](crate::server::proof).
#[server(name = Join, prefix = "/api", endpoint = "queue/join")]
pub async fn join(
    schedule_id: ScheduleId,
    contribution: Option<String>,
    proof: Option<String>,
) -> Result<QueuePlace, Problem> {
    let (app, caller, fan) = verb_context::<Join>();
    let place = join_from(&app, caller.ip, fan.id(), schedule_id, (contribution, proof)).await?;
    Ok(QueuePlace::with_receipt(place, &app).await?)
}

/// Joins the queue of a schedule from an address, unless a proof of work is needed for that. `contribution` and `proof`
/// are as in [`join`].
#[cfg(feature = "ssr")]
pub(super) async fn join_from(
    app: &App,
    address: IpAddr,
    fan: UserId,
    schedule: ScheduleId,
    (contribution, proof): (Option<String>, Option<String>),
) -> Outcome<Place> {
    app.proofs.check(Wish::Join, address, proof.as_deref())?;
    let joining = Joining { contribution, address: Some(household(address)) };
    let place = waiting_room::join(&app.house, fan, schedule, joining).await?;
    if place.token.status == TokenStatus::Active {
        app.inside.note(address);
    }
    Ok(place)
}

/// Leaves the queue: gives up the fan's place or admission, and releases the seats that the fan holds.
#[server(name = Leave, prefix = "/api", endpoint = "queue/leave")]
pub async fn leave(schedule_id: ScheduleId) -> Result<LeftQueue, Problem> {
    let (app, _, fan) = verb_context::<Leave>();
    let concert = waiting_room::leave(&app.house, fan.id(), schedule_id).await?;
    Ok(LeftQueue { concert: Some(concert) })
}

/// The response of [`answer`]: `{}`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Answered {}

/// Answers staff who have cancelled the fan's place in the queue.
#[server(name = Answer, prefix = "/api", endpoint = "queue/answer")]
pub async fn answer(schedule_id: ScheduleId, answer: String) -> Result<Answered, Problem> {
    let (app, _, fan) = verb_context::<Answer>();
    waiting_room::answer(&app.house, fan.id(), schedule_id, &answer).await?;
    Ok(Answered {})
}

#[cfg(feature = "ssr")]
impl QueuePlace {
    /// The place in the form of the API, without a line pass.
    pub fn of(place: Place, app: &App) -> Self {
        let (token, now) = (place.token, app.house.clock().now());
        Self {
            token_id: token.id,
            status: token.status,
            number: token.number,
            ahead: place.ahead,
            eta_seconds: place.estimate.map(|estimate| estimate.to_seconds),
            eta_from_seconds: place.estimate.map(|estimate| estimate.from_seconds),
            expire_at: token.expire_at,
            expires_in_ms: token.expire_at.map(|at| at.millis_from(now)),
            poll_after_ms: place.poll_after_ms,
            draws_at: place.draws_at,
            draws_in_ms: place.draws_at.map(|at| at.millis_from(now)),
            opens_at: place.opens_at,
            opens_in_ms: place.opens_at.map(|at| at.millis_from(now)),
            left_ticket: place.left,
            missed_call: token.has_missed_call,
            odds_gone: place.is_unlikely_to_get_seat,
            paused: place.is_paused,
            notice: place.notice.as_deref().map(str::to_owned),
            ended: token.ended,
            ticket: None,
            receipt: None,
        }
    }

    /// The same with a line pass for the next status request, if the fan waits.
    pub fn with_pass(place: Place, app: &App) -> Self {
        let waits = place.token.status == TokenStatus::Wait;
        let pass = waits.then(|| LinePass::from(&place.token).sign(app.house.keys().messages()));
        Self { ticket: pass, ..Self::of(place, app) }
    }

    /// The same with the receipt of a fan in the lobby.
    ///
    /// # Errors
    /// As [`waiting_room::receipt`].
    pub async fn with_receipt(place: Place, app: &App) -> Outcome<Self> {
        let QueueToken { id, schedule_id, number, .. } = place.token;
        let receipt = if number.is_none() { waiting_room::receipt(&app.house, schedule_id, id).await? } else { None };
        Ok(Self { receipt, ..Self::with_pass(place, app) })
    }
}

#[cfg(feature = "ssr")]
impl Verb for Join {
    type Proof = Fan;
    const SHOWN_AGAIN: &'static [&'static str] = &["contribution"];

    fn next(&self, place: &QueuePlace) -> (String, Option<Notice>) {
        let page = if place.status == TokenStatus::Active { seats_path } else { queue_path };
        (page(self.schedule_id), None)
    }

    fn sign_in(&self, back: &str) -> String {
        match &self.contribution {
            // Signing in would join without the fan's contribution to the lottery.
            Some(_) => sign_in_path(back),
            None => sign_in_to_join_path(self.schedule_id),
        }
    }

    fn on_refusal(&self, refusal: &Refusal) -> RefusalPage {
        let queue = queue_path(self.schedule_id);
        match refusal {
            // The page of the queue, loaded again, says what the fan can do now.
            Refusal::SaleClosed { .. } | Refusal::SoldOut | Refusal::PlaceVoided | Refusal::ProofNeeded { .. } => {
                RefusalPage::Elsewhere(queue)
            }
            _ => RefusalPage::ToForm(queue),
        }
    }
}

#[cfg(feature = "ssr")]
impl Verb for Answer {
    type Proof = Fan;
    const SHOWN_AGAIN: &'static [&'static str] = &["answer"];

    fn next(&self, _: &Answered) -> (String, Option<Notice>) {
        (queue_path(self.schedule_id), Some(Notice::Answered))
    }

    fn on_refusal(&self, _: &Refusal) -> RefusalPage {
        RefusalPage::ToForm(queue_path(self.schedule_id))
    }
}

#[cfg(feature = "ssr")]
impl Verb for Leave {
    type Proof = Fan;

    fn next(&self, left: &LeftQueue) -> (String, Option<Notice>) {
        (left.concert.map_or_else(|| "/".to_owned(), concert_path), Some(Notice::Left))
    }

    fn on_refusal(&self, _: &Refusal) -> RefusalPage {
        RefusalPage::ToForm(queue_path(self.schedule_id))
    }
}
