//! A fan's place in the line, looked at as often as the server says it is worth it.

use super::browser;
use encore::domain::points::grouped;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What the island says.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LineWords {
    pub ahead: String,
    pub next: String,
    /// With `{seconds}`.
    pub looks: String,
    pub connection: String,
}

/// The part of `GET /api/queue/status` that matters here.
#[derive(Debug, Deserialize)]
struct Place {
    status: String,
    ahead: i64,
    poll_after_ms: u32,
}

/// How long to wait after a look that failed, in milliseconds.
const AFTER_FAILURE_MS: u32 = 5_000;

/// Shows how many are ahead, looks again in time, and goes to the seats when it is the fan's turn.
#[island]
pub fn PlaceInLine(schedule_id: i64, ahead: i64, poll_after_ms: u32, words: LineWords) -> impl IntoView {
    let (ahead, set_ahead) = signal(ahead);
    let (wait, set_wait) = signal(poll_after_ms);
    let (lost, set_lost) = signal(false);
    let look = move || {
        spawn_local(async move {
            match browser::fetch_json::<Place>(&format!("/api/queue/status?schedule_id={schedule_id}")).await {
                Ok(place) if place.status == "wait" => {
                    set_lost.set(false);
                    set_ahead.set(place.ahead);
                    set_wait.set(place.poll_after_ms);
                }
                // Whether it is the fan's turn, the place is gone or the session is, the server shows the right page.
                Ok(_) | Err(Some(401 | 404)) => browser::go(&format!("/schedules/{schedule_id}/queue")),
                Err(_) => {
                    set_lost.set(true);
                    set_wait.set(AFTER_FAILURE_MS);
                }
            }
        });
    };
    // Each look says when the next one is worth it; setting the wait, also to the same value, starts it.
    Effect::new(move |_| {
        let wait = Duration::from_millis(wait.get().into());
        set_timeout(look, wait);
    });
    let LineWords { ahead: ahead_word, next, looks, connection } = words;
    let looks = move || looks.replace("{seconds}", &wait.get().div_ceil(1000).to_string());
    view! {
        <div class="place" data-live="line">
            <p class="place-ahead" role="status">
                <span class="place-word">{move || if ahead.get() > 0 { ahead_word.clone() } else { next.clone() }}</span>
                <strong class="place-count">{move || grouped(ahead.get())}</strong>
            </p>
            <p class="muted">{move || if lost.get() { connection.clone() } else { looks() }}</p>
        </div>
    }
}
