//! A fan's place in the queue: in the lobby the time until the lottery, and after the lottery how many fans are ahead.
//! Each response says after how long the next request is useful. A hidden page makes no requests; a request that became
//! due meanwhile is made as soon as the page is visible again.

use super::browser::{self, Failure};
use super::countdown::clock;
use super::note_island;
use encore::domain::points::grouped;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::rc::Rc;
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
    // An older version of the server omits this field and the next one.
    #[serde(default)]
    pub paused: bool,
    /// The message of staff to the fans who wait.
    #[serde(default)]
    pub notice: Option<String>,
}

/// How long to wait after a failed request, in milliseconds, if the response has no `Retry-After`.
const AFTER_FAILURE_MS: u32 = 5_000;

/// The selectors of the elements that show the [`texts`], in the same order.
const PARTS: [&str; 9] = [
    ".place-word",
    ".place-count",
    ".place-estimate",
    ".place-number",
    ".place-left",
    ".announcement",
    ".place-paused",
    ".place-odds",
    ".place-looks",
];

/// What the island knows about the fan's place.
#[derive(Debug, Clone)]
struct Known {
    status: QueueStatus,
    /// When the status was received, on the browser's monotonic clock, in milliseconds.
    since_ms: f64,
    /// Milliseconds until the next request.
    wait_ms: u32,
    /// Whether the last request failed.
    is_lost: bool,
}

/// The texts that the island shows, in the order of [`PARTS`], `passed_ms` milliseconds after the status was received.
/// An empty text is not shown.
fn texts(Known { status, wait_ms, is_lost, .. }: &Known, words: &QueueWords, passed_ms: u64) -> [String; 9] {
    let if_true = |condition: bool, text: &str| if condition { text.to_owned() } else { String::new() };
    let in_minutes = |seconds: u32| seconds.div_ceil(60);
    let (heading, count) = match status.ahead {
        None => (words.lobby.clone(), clock(status.draws_in_ms.unwrap_or(0).saturating_sub(passed_ms))),
        Some(0) => (String::new(), words.next.clone()),
        Some(ahead) => (words.ahead.clone(), grouped(ahead.into())),
    };
    let estimate = match (status.ahead, status.eta_from_seconds.map(in_minutes), status.eta_seconds.map(in_minutes)) {
        (None, ..) => String::new(),
        (_, _, Some(0 | 1)) => words.soon.clone(),
        (_, Some(from), Some(to)) if from == to => words.minutes_to.replace("{to}", &to.to_string()),
        (_, Some(from), Some(to)) => {
            words.minutes.replace("{from}", &from.to_string()).replace("{to}", &to.to_string())
        }
        _ => words.unknown.clone(),
    };
    let looks = if status.ahead.is_none() { &words.looks_lobby } else { &words.looks };
    [
        heading,
        count,
        estimate,
        status.number.map(|mine| words.number.replace("{number}", &grouped(mine))).unwrap_or_default(),
        words.left.replace("{left}", &grouped(status.left_ticket)),
        status.notice.clone().unwrap_or_default(),
        if_true(status.paused, &words.paused),
        if_true(status.odds_gone, &words.odds),
        if *is_lost {
            words.connection.clone()
        } else {
            looks.replace("{seconds}", &wait_ms.div_ceil(1000).to_string())
        },
    ]
}

/// Shows a fan's place and keeps it up to date. When the fan no longer waits, for example because it is their turn, it
/// goes to the page that the server then considers right. `pass` is the line pass.
#[island]
pub fn QueueStatusView(schedule_id: i64, pass: String, status: QueueStatus, words: QueueWords) -> impl IntoView {
    note_island();
    let root = NodeRef::<html::Div>::new();
    let known = Known { wait_ms: status.poll_after_ms, status, since_ms: 0.0, is_lost: false };
    let [heading, count, estimate, number, left, notice, paused, odds, looks] = texts(&known, &words, 0);
    browser::when_mounted(root, move |root| {
        let known = Rc::new(RefCell::new(Known { since_ms: browser::elapsed_ms(), ..known.clone() }));
        spawn_local(look_again(schedule_id, pass.clone(), known.clone()));
        let words = words.clone();
        browser::twice_a_second(move || {
            let known = known.borrow();
            let texts = texts(&known, &words, (browser::elapsed_ms() - known.since_ms) as u64);
            PARTS.iter().zip(&texts).for_each(|(part, text)| browser::show_text(&root, part, text));
        });
    });
    view! {
        <div class="place" data-live="queue" node_ref=root>
            <div class="place-ahead" role="status">{part("place-word", heading)}{part("place-count", count)}</div>
            {part("place-estimate", estimate)}
            <div class="place-facts">{part("place-number", number)}{part("place-left", left)}</div>
            <div role="status">
                {part("notice announcement", notice)}
                {part("notice notice-warm place-paused", paused)}
            </div>
            {part("notice notice-warm place-odds", odds)}
            {part("muted place-looks", looks)}
        </div>
    }
}

/// The element of one of the [`texts`].
fn part(class: &'static str, text: String) -> impl IntoView {
    let is_empty = text.is_empty();
    view! { <div class=class hidden=is_empty>{text}</div> }
}

/// Requests the fan's place for as long as the fan waits, each time after the delay that the last response stated.
async fn look_again(schedule_id: i64, pass: String, known: Rc<RefCell<Known>>) {
    let url = format!("/api/queue/status?schedule_id={schedule_id}&ticket={pass}");
    loop {
        let wait_ms = known.borrow().wait_ms;
        browser::sleep(Duration::from_millis(wait_ms.into())).await;
        browser::until_visible().await;
        let answer = browser::fetch_json::<QueueStatus>(&url).await;
        let mut known = known.borrow_mut();
        match answer {
            Ok(status) if status.status == "wait" => {
                let since_ms = browser::elapsed_ms();
                *known = Known { wait_ms: status.poll_after_ms, status, since_ms, is_lost: false };
            }
            Err(Failure { status, retry_after_ms }) if !matches!(status, Some(401 | 404)) => {
                known.is_lost = true;
                known.wait_ms = retry_after_ms.unwrap_or(AFTER_FAILURE_MS);
            }
            // It is the fan's turn, or the place or the session has ended. The queue's page shows it, or redirects.
            _ => {
                if browser::replace_page(&format!("/schedules/{schedule_id}/queue")) {
                    return;
                }
            }
        }
    }
}
