//! A fan's place in the queue: in the lobby the time until the lottery, and after the lottery how many fans are ahead.
//! Each response says after how long the next request is useful. A hidden page asks about once a minute, and says so in
//! its request; when it is the fan's turn, it waits until it is visible, and its title says so.

use super::browser::{self, Failure};
use super::countdown::{TimeWords, clock};
use super::note_island;
use encore::domain::points::grouped;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::web_sys::Element;
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

sentences! {
    /// What the island says.
    QueueWords {
        lobby,
        drawing,
        /// Contains `{time}`, until the sale opens.
        opens_in,
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
        missed_call,
        /// Contains `{number}`, the fan's number in the queue.
        number,
        your_turn,
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
    // An older version of the server omits this field.
    #[serde(default)]
    pub opens_in_ms: Option<u64>,
    pub left_ticket: i64,
    pub odds_gone: bool,
    // An older version of the server omits this field and the next one.
    #[serde(default)]
    pub paused: bool,
    /// The message of staff to the fans who wait.
    #[serde(default)]
    pub notice: Option<String>,
    #[serde(default)]
    pub missed_call: bool,
    /// How many milliseconds are left of the call or the admission. `None` while the fan waits.
    #[serde(default)]
    pub expires_in_ms: Option<u64>,
}

/// How long to wait after a failed request, in milliseconds, if the response has no `Retry-After`.
const AFTER_FAILURE_MS: u32 = 5_000;
/// How often a hidden page asks, in milliseconds.
const HIDDEN_MS: u32 = 60_000;
/// How long the page stays after it has become the fan's turn, in milliseconds, if a sound is played (`turn.js`).
const SOUND_MS: u64 = 1_500;

/// The selectors of the elements that show the [`texts`], in the same order.
const PARTS: [&str; 11] = [
    ".place-word",
    ".place-count",
    ".place-said",
    ".place-estimate",
    ".place-number",
    ".place-left",
    ".announcement",
    ".place-paused",
    ".place-missed",
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

impl Known {
    /// The title of the page, which a fan reads on the tab: what is left to wait for, or that it is their turn.
    fn title(&self, words: &QueueWords, time_left: impl Fn(u64) -> String) -> String {
        let Self { status, .. } = self;
        match (status.expires_in_ms, status.ahead) {
            (Some(left_ms), _) => format!("{} {}", words.your_turn, time_left(left_ms)),
            (None, None) => status.draws_in_ms.map_or_else(|| words.drawing.clone(), time_left),
            (None, Some(0)) => words.next.clone(),
            (None, Some(ahead)) => grouped(ahead.into()),
        }
    }
}

/// The texts that the island shows, in the order of [`PARTS`], `passed_ms` milliseconds after the status was received.
/// An empty text is not shown.
fn texts(
    Known { status, wait_ms, is_lost, .. }: &Known,
    words: &QueueWords,
    time: &TimeWords,
    passed_ms: u64,
) -> [String; 11] {
    let if_true = |condition: bool, text: &str| if condition { text.to_owned() } else { String::new() };
    let in_minutes = |seconds: u32| seconds.div_ceil(60);
    let left = |in_ms: Option<u64>| in_ms.map(|in_ms| in_ms.saturating_sub(passed_ms));
    let (draws_in_ms, opens_in_ms) = (left(status.draws_in_ms), left(status.opens_in_ms));
    let (heading, count) = match (status.ahead, draws_in_ms) {
        (None, Some(left_ms)) => (words.lobby.clone(), clock(left_ms)),
        (None, None) => (String::new(), words.drawing.clone()),
        (Some(0), _) => (String::new(), words.next.clone()),
        (Some(ahead), _) => (words.ahead.clone(), grouped(ahead.into())),
    };
    let said = draws_in_ms.map_or_else(|| count.clone(), |left_ms| time.left(left_ms));
    let estimate = match (status.ahead, status.eta_from_seconds.map(in_minutes), status.eta_seconds.map(in_minutes)) {
        _ if draws_in_ms.is_none() && opens_in_ms.is_some() => {
            words.opens_in.replace("{time}", &clock(opens_in_ms.unwrap_or(0)))
        }
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
        heading.clone(),
        count,
        format!("{heading} {said}"),
        estimate,
        status.number.map(|mine| words.number.replace("{number}", &grouped(mine))).unwrap_or_default(),
        words.left.replace("{left}", &grouped(status.left_ticket)),
        status.notice.clone().unwrap_or_default(),
        if_true(status.paused, &words.paused),
        if_true(status.missed_call, &words.missed_call),
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
pub fn QueueStatusView(
    schedule_id: i64,
    pass: String,
    status: QueueStatus,
    words: QueueWords,
    time: TimeWords,
) -> impl IntoView {
    note_island();
    let root = NodeRef::<html::Div>::new();
    let known = Known { wait_ms: status.poll_after_ms, status, since_ms: 0.0, is_lost: false };
    let [heading, count, said, estimate, number, left, notice, paused, missed, odds, looks] =
        texts(&known, &words, &time, 0);
    browser::when_mounted(root, move |root| {
        let known = Rc::new(RefCell::new(Known { since_ms: browser::elapsed_ms(), ..known.clone() }));
        spawn_local(look_again(schedule_id, pass.clone(), known.clone(), root.clone()));
        let (words, time, page_title) = (words.clone(), time.clone(), browser::title());
        browser::twice_a_second(move || {
            let known = known.borrow();
            let passed_ms = (browser::elapsed_ms() - known.since_ms) as u64;
            let texts = texts(&known, &words, &time, passed_ms);
            PARTS.iter().zip(&texts).for_each(|(part, text)| browser::show_text(&root, part, text));
            let title = known.title(&words, |left_ms| clock(left_ms.saturating_sub(passed_ms)));
            browser::set_title(&format!("{title} · {page_title}"));
        });
    });
    view! {
        <div class="place" data-live="queue" node_ref=root>
            <div class="place-ahead" aria-hidden="true">{part("place-word", heading)}{part("place-count", count)}</div>
            <div class="place-said visually-hidden" role="status">{said}</div>
            {part("place-estimate", estimate)}
            <div class="place-facts">{part("place-number", number)}{part("place-left", left)}</div>
            <div role="status">
                {part("notice announcement", notice)}
                {part("notice notice-warm place-paused", paused)}
                {part("notice notice-warm place-missed", missed)}
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

/// Requests the fan's place for as long as the fan waits, each time after the delay that the last response stated. A
/// request of a hidden page says so, because it must not count as the fan's coming when it is their turn.
async fn look_again(schedule_id: i64, pass: String, known: Rc<RefCell<Known>>, root: Element) {
    let url = format!("/api/queue/status?schedule_id={schedule_id}&ticket={pass}");
    loop {
        let wait_ms = known.borrow().wait_ms;
        browser::sleep(Duration::from_millis(wait_ms.into())).await;
        browser::until_visible(Duration::from_millis(HIDDEN_MS.saturating_sub(wait_ms).into())).await;
        let is_hidden = !browser::is_visible();
        let answer = browser::fetch_json::<QueueStatus>(&format!("{url}&hidden={is_hidden}")).await;
        let is_turn = answer.as_ref().is_ok_and(|answer| answer.status == "active");
        // A failed request does not end the call. If the mark were removed, `turn.js` would announce the call again.
        if answer.is_ok() {
            drop(root.toggle_attribute_with_force("data-turn", is_turn));
        }
        if is_turn && !is_hidden && root.has_attribute("data-alert") {
            browser::sleep(Duration::from_millis(SOUND_MS)).await;
        }
        let mut known = known.borrow_mut();
        match answer {
            Ok(status) if status.status == "wait" || (is_turn && is_hidden) => {
                let since_ms = browser::elapsed_ms();
                // It is the fan's turn: the page asks again as soon as it is visible.
                let wait_ms = if is_turn { 0 } else { status.poll_after_ms };
                *known = Known { wait_ms, status, since_ms, is_lost: false };
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
                // A form of the page is on its way.
                known.wait_ms = AFTER_FAILURE_MS;
            }
        }
    }
}
