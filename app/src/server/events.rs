//! The event stream of a schedule (server-sent events): the new states of the seats that changed.

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

/// `GET /events/schedules/{id}`. Sends the current version of the schedule at once, and then the changes of its seats,
/// collected for at most a fifth of a second after their commit. A client that has fallen behind receives `resync` and
/// must take a new snapshot.
pub async fn events(
    State(app): State<App>,
    Path(id): Path<i64>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let id = ScheduleId(id);
    // The subscription begins only after it is known that the schedule exists. The version is read after the
    // subscription has begun, so a change in between is both counted in that version and sent as an event.
    let hall = app.house.hall(id).await?;
    if !hall.is_published() {
        return Err(Refusal::NotFound.into());
    }
    let changes = app.house.live().watch(id);
    let now = SeatsChanged { version: hall.version(), seats: vec![] };
    let stream = unfold((Some(now.json()), changes, app.stopping.clone()), next);
    Ok(Sse::new(stream).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))))
}

type Watching = (Option<Arc<str>>, broadcast::Receiver<Arc<str>>, watch::Receiver<bool>);

async fn next((first, mut changes, mut stopping): Watching) -> Option<(Result<Event, Infallible>, Watching)> {
    let change = match first {
        Some(now) => Ok(now),
        None => tokio::select! {
            change = changes.recv() => change,
            _ = stopping.wait_for(|stopping| *stopping) => return None,
        },
    };
    let event = match change {
        Ok(json) => Event::default().event("seats").data(json),
        Err(RecvError::Lagged(_)) => Event::default().event("resync").data("{}"),
        Err(RecvError::Closed) => return None,
    };
    Some((Ok(event), (None, changes, stopping)))
}
