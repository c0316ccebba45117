//! A fan's place in the queue, requested again as often as the server says is useful: in the lobby the time until the
//! lottery, after it how many fans are ahead. A hidden page makes no requests; when it is visible again, it makes one
//! at once.

use super::countdown::clock;
use super::{browser, has_island};
use encore::domain::points::grouped;
use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::{Deserialize, Serialize};
use std::time::Duration;

sentences! {
    /// What the island says.
    QueueWords {
        lobby,
        ahead,
        next,
        /// Contains `{seconds}`.
        looks,
        /// Contains `{seconds}`.
        looks_lobby,
        connection,
        /// Contains `{from}` and `{to}`, in minutes.
        minutes,
        /// Contains `{to}`, in minutes.
        minutes_to,
        soon,
        unknown,
        /// Contains `{left}`, a number of seats.
        left,
        odds,
        paused,
        /// Contains `{number}`, the fan's number in the queue.
        number,
    }
}

/// The fields of the response of `GET /api/queue/status` that are used here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QueueStatus {
    pub status: String,
    pub number: Option<i64>,
    pub ahead: Option<u32>,
    pub eta_seconds: Option<u32>,
    pub eta_from_seconds: Option<u32>,
    pub poll_after_ms: u32,
    pub draws_in_ms: Option<u64>,
    pub left_ticket: i64,
    pub odds_gone: bool,
    // An older version of the server sends neither of the next two fields.
    #[serde(default)]
    pub paused: bool,
    /// The announcement of staff to the fans who wait.
    #[serde(default)]
    pub notice: Option<String>,
}

/// How long to wait after a failed request, in milliseconds, if the server does not say.
const AFTER_FAILURE_MS: u32 = 5_000;

/// Shows a fan's place, keeps it up to date, and goes on when it is the fan's turn. `pass` is the
/// line pass.
#[island]
pub fn QueueStatusView(schedule_id: i64, pass: String, status: QueueStatus, words: QueueWords) -> impl IntoView {
    has_island();
    let (lost, set_lost) = signal(false);
    let (wait, set_wait) = signal(status.poll_after_ms);
    let (status, set_status) = signal(status);
    let planned = StoredValue::new(None::<TimeoutHandle>);
    let (draws_in, set_draws_in) = signal(status.get_untracked().draws_in_ms.unwrap_or(0));

    let look = StoredValue::new(move || {
        let url = format!("/api/queue/status?schedule_id={schedule_id}&ticket={pass}");
        spawn_local(async move {
            match browser::fetch_json::<QueueStatus>(&url).await {
                Ok(now) if now.status == "wait" => {
                    set_lost.set(false);
                    set_wait.set(now.poll_after_ms);
                    set_status.set(now);
                }
                // It is the fan's turn, or the place or the session is gone: the server knows which page is right.
                Ok(_) => browser::go(&format!("/schedules/{schedule_id}/queue")),
                Err(failure) if matches!(failure.status, Some(401 | 404)) => {
                    browser::go(&format!("/schedules/{schedule_id}/queue"));
                }
                Err(failure) => {
                    set_lost.set(true);
                    set_wait.set(failure.retry_after_ms.unwrap_or(AFTER_FAILURE_MS));
                }
            }
        });
    });
    let plan = move |wait: Duration| {
        if let Some(earlier) = planned.get_value() {
            earlier.clear();
        }
        let look_if_seen = move || {
            planned.set_value(None);
            if browser::is_visible() {
                look.with_value(|look| look());
            }
        };
        planned.set_value(set_timeout_with_handle(look_if_seen, wait).ok());
    };
    // Each response says when the next request is useful. Setting `wait`, even to the same value, starts the waiting.
    Effect::new(move |_| plan(Duration::from_millis(wait.get().into())));
    Effect::new(move |_| {
        // A fan who comes back to the page sees the present place at once, unless a request is planned already.
        browser::on_visible(move || {
            if planned.get_value().is_none() {
                plan(Duration::ZERO);
            }
        });
    });
    Effect::new(move |_| {
        let (begun, left) = (browser::elapsed_ms(), status.get().draws_in_ms.unwrap_or(0));
        let tick = move || set_draws_in.set(left.saturating_sub((browser::elapsed_ms() - begun) as u64));
        tick();
        if let Ok(ticking) = set_interval_with_handle(tick, Duration::from_millis(500)) {
            on_cleanup(move || ticking.clear());
        }
    });

    let QueueWords {
        lobby,
        ahead,
        next,
        looks,
        looks_lobby,
        connection,
        minutes,
        minutes_to,
        soon,
        unknown,
        left,
        odds,
        paused,
        number,
    } = words;
    let heading = move || match status.get().ahead {
        None => lobby.clone(),
        Some(0) => String::new(),
        Some(_) => ahead.clone(),
    };
    let count = move || match status.get().ahead {
        None => clock(draws_in.get()),
        Some(0) => next.clone(),
        Some(ahead) => grouped(ahead.into()),
    };
    let estimate = move || {
        let status = status.get();
        let in_minutes = |seconds: u32| seconds.div_ceil(60);
        match (status.ahead, status.eta_from_seconds.map(in_minutes), status.eta_seconds.map(in_minutes)) {
            (None, ..) => None,
            (_, _, Some(0 | 1)) => Some(soon.clone()),
            (_, Some(from), Some(to)) if from == to => Some(minutes_to.replace("{to}", &to.to_string())),
            (_, Some(from), Some(to)) => {
                Some(minutes.replace("{from}", &from.to_string()).replace("{to}", &to.to_string()))
            }
            _ => Some(unknown.clone()),
        }
    };
    let left = move || left.replace("{left}", &grouped(status.get().left_ticket));
    let number = move || status.get().number.map(|mine| number.replace("{number}", &grouped(mine)));
    let odds = move || status.get().odds_gone.then(|| view! { <p class="notice notice-warm">{odds.clone()}</p> });
    let paused = move || status.get().paused.then(|| view! { <p class="notice notice-warm">{paused.clone()}</p> });
    let notice = move || status.get().notice.map(|notice| view! { <p class="notice announcement">{notice}</p> });
    let looks = move || {
        let looks = if status.get().ahead.is_none() { &looks_lobby } else { &looks };
        looks.replace("{seconds}", &wait.get().div_ceil(1000).to_string())
    };
    view! {
        <div class="place" data-live="line">
            <p class="place-ahead" role="status">
                <span class="place-word">{heading}</span>
                <strong class="place-count">{count}</strong>
            </p>
            <p class="place-estimate">{estimate}</p>
            <p class="place-facts">
                <span>{number}</span>
                <span>{left}</span>
            </p>
            <div role="status">{notice}{paused}</div>
            {odds}
            <p class="muted">{move || if lost.get() { connection.clone() } else { looks() }}</p>
        </div>
    }
}
