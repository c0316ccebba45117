//! The event stream of a schedule (server-sent events): the new states of the seats that changed.

use super::caller::Caller;
use super::capacity::Place;
use super::{App, Problem};
use axum::extract::{Path, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use encore::domain::{Refusal, ScheduleId};
use encore::live::SeatsChanged;
use futures_util::stream::{Stream, unfold};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, watch};
use tokio::time::Instant;

/// How long a stream lasts at least. Then it ends, and the browser opens it again: so one that nobody reads any more, or
/// that an attacker holds open, does not last for ever.
const LASTS: Duration = Duration::from_secs(300);
/// The streams end, and are opened again, spread over this time, so that many that began together do not come back
/// together.
const ENDS_WITHIN: Duration = Duration::from_secs(60);
const RETURNS_WITHIN: Duration = Duration::from_secs(3);

/// `GET /events/schedules/{id}`. Sends the current version of the schedule at once, and then the changes of its seats,
/// collected for at most a fifth of a second after their commit. A client that has fallen behind receives `resync` and
/// must take a new snapshot. Ends after some minutes. Refused as busy if there are too many streams, of this address or in
/// total.
pub async fn events(
    State(app): State<App>,
    Path(id): Path<i64>,
    caller: Caller,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let id = ScheduleId(id);
    let place = app.streams.take(caller.ip, false).ok_or(Refusal::Busy)?;
    // The subscription begins only after it is known that the schedule exists. The version is read after the
    // subscription has begun, so a change in between is both counted in that version and sent as an event.
    let hall = app.house.hall(id).await?;
    if !hall.is_published() {
        return Err(Refusal::NotFound.into());
    }
    let changes = app.house.live().watch(id);
    let now = SeatsChanged { version: hall.version(), seats: vec![] };
    // A number below 1.
    let dice = f64::from(u16::from_be_bytes(app.house.clock().random_bytes())) / f64::from(1 << 16);
    let first = Event::default().event("seats").data(now.json()).retry(RETURNS_WITHIN.mul_f64(dice));
    let ends = Instant::now() + LASTS + ENDS_WITHIN.mul_f64(dice);
    let watching = Watching { first: Some(first), changes, stopping: app.stopping.clone(), ends, _place: place };
    let stream = unfold(watching, next);
    Ok(Sse::new(stream).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))))
}

/// An open stream.
struct Watching {
    /// The first event, until it is sent.
    first: Option<Event>,
    changes: broadcast::Receiver<Arc<str>>,
    stopping: watch::Receiver<bool>,
    ends: Instant,
    _place: Place,
}

async fn next(mut watching: Watching) -> Option<(Result<Event, Infallible>, Watching)> {
    if let Some(first) = watching.first.take() {
        return Some((Ok(first), watching));
    }
    let change = tokio::select! {
        change = watching.changes.recv() => change,
        _ = watching.stopping.wait_for(|stopping| *stopping) => return None,
        () = tokio::time::sleep_until(watching.ends) => return None,
    };
    let event = match change {
        Ok(json) => Event::default().event("seats").data(json),
        Err(RecvError::Lagged(_)) => Event::default().event("resync").data("{}"),
        Err(RecvError::Closed) => return None,
    };
    Some((Ok(event), watching))
}
