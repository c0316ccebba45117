//! Keeps an open map up to date: follows the schedule's event stream, and takes a snapshot of all seats if a change was
//! missed. While the stream is lost, the page says so.

use crate::islands::browser;
use encore::domain::seat::SeatChange;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_bindgen::JsCast;
use leptos::wasm_bindgen::closure::Closure;
use leptos::web_sys::{EventSource, MessageEvent};
use serde::Deserialize;
use std::rc::Rc;
use std::time::Duration;

/// An event: the seats that changed, and the schedule's version after the change.
#[derive(Debug, Deserialize)]
struct Changed {
    version: i64,
    seats: Vec<SeatChange>,
}

/// The response of `GET /api/seats/state`: the schedule's version, and the packed states of all seats.
#[derive(Debug, Deserialize)]
struct Snapshot {
    version: i64,
    seats: String,
}

/// What changed in the hall.
pub enum Update<'n> {
    Changed(&'n [SeatChange]),
    /// The states of all seats of the hall, packed.
    Snapshot(&'n str),
}

/// How long to wait after a snapshot that is older than a change that is known already. The time doubles with each such
/// snapshot, since a server that was restored from a backup may stay behind for long.
const SNAPSHOT_TOO_OLD: Duration = Duration::from_millis(200);

/// How long to wait after a failed request for a snapshot, if the response has no `Retry-After`, and before a closed
/// stream is opened again.
const AFTER_FAILURE: Duration = Duration::from_secs(3);

/// How long a stream may be interrupted before the page says so.
const LOST_AFTER: Duration = Duration::from_secs(6);

/// The longest time after which a stream that was closed is opened again.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Follows the schedule's event stream for as long as the page is open, takes a snapshot if a change was missed, and
/// calls `apply` with each update. `version` is the version that the page shows; if it is `None`, nothing is followed.
/// Returns a function that takes a snapshot at once.
pub fn watch(
    schedule_id: i64,
    version: Option<i64>,
    apply: impl Fn(Update<'_>) + 'static,
) -> impl Fn() + Copy + 'static {
    let (known, apply) = (StoredValue::new(version.unwrap_or_default()), StoredValue::new_local(apply));
    let is_looking = StoredValue::new(false);
    let snapshot = move || {
        if is_looking.get_value() {
            return;
        }
        is_looking.set_value(true);
        spawn_local(async move {
            let url = format!("/api/seats/state?schedule_id={schedule_id}");
            let mut wait = SNAPSHOT_TOO_OLD;
            loop {
                match browser::fetch_json::<Snapshot>(&url).await {
                    Ok(hall) if hall.version >= known.get_value() => {
                        known.set_value(hall.version);
                        is_looking.set_value(false);
                        return apply.with_value(|apply| apply(Update::Snapshot(&hall.seats)));
                    }
                    // A newer change came on the stream meanwhile, but what was missed before it is still missing.
                    Ok(_) => {
                        browser::sleep(wait).await;
                        wait = (2 * wait).min(AFTER_FAILURE);
                    }
                    Err(failure) => {
                        let wait = failure.retry_after_ms.map(|ms| Duration::from_millis(ms.into()));
                        browser::sleep(wait.unwrap_or(AFTER_FAILURE)).await;
                    }
                }
            }
        });
    };
    if version.is_none() {
        return snapshot;
    }
    let changed = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        let Some(text) = event.data().as_string() else { return };
        let Ok(change) = serde_json::from_str::<Changed>(&text) else { return };
        // The first event of a stream has the present version and no seats. If the version differs from the page's,
        // the changes in between were missed.
        if change.seats.is_empty() && change.version != known.get_value() {
            snapshot();
        } else if change.version > known.get_value() {
            known.set_value(change.version);
            apply.with_value(|apply| apply(Update::Changed(&change.seats)));
        }
    });
    let resync = Closure::<dyn Fn(MessageEvent)>::new(move |_| snapshot());
    let back = Closure::<dyn Fn(MessageEvent)>::new(|_| browser::note_stream(false));
    let listeners = [("seats", changed), ("resync", resync), ("open", back)];
    open(format!("/events/schedules/{schedule_id}"), Rc::new(listeners), AFTER_FAILURE);
    snapshot
}

/// The listeners of a stream, each with the name of its event.
type Listeners = [(&'static str, Closure<dyn Fn(MessageEvent)>); 3];

/// Opens an event stream, which lives as long as the page. The browser by itself opens a stream again that was
/// interrupted, but not one that it has closed, because the server answered with an error. That one is opened again
/// here, after `wait`, which doubles with each time, because the error may be that the date is no longer published.
fn open(url: String, listeners: Rc<Listeners>, wait: Duration) {
    let Ok(source) = EventSource::new(&url) else { return browser::note_stream(true) };
    for (name, listener) in listeners.iter() {
        drop(source.add_event_listener_with_callback(name, listener.as_ref().unchecked_ref()));
    }
    let stream = source.clone();
    let lost = Closure::<dyn Fn()>::new(move || {
        if stream.ready_state() == EventSource::CLOSED {
            browser::note_stream(true);
            let (url, listeners) = (url.clone(), listeners.clone());
            set_timeout(move || open(url, listeners, (2 * wait).min(LONGEST_WAIT)), wait);
        } else {
            // The server ends each stream after some minutes, and the browser opens it again within a few seconds.
            let stream = stream.clone();
            let note_if_lost = move || {
                if stream.ready_state() != EventSource::OPEN {
                    browser::note_stream(true);
                }
            };
            set_timeout(note_if_lost, LOST_AFTER);
        }
    });
    drop(source.add_event_listener_with_callback("error", lost.as_ref().unchecked_ref()));
    lost.forget();
}
