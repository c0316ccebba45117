//! The time that is left, agreeing with the server: it counts from what the server said was left, on a clock nobody sets.

use super::browser;
use leptos::prelude::*;
use std::cell::Cell;
use std::time::Duration;

/// Minutes and seconds; a second that has begun still counts.
pub fn clock(left_ms: u64) -> String {
    let seconds = left_ms.div_ceil(1000);
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

/// Counts down to the end of a hold or an admission, and then goes to `then`, where the server says what became of it.
#[island]
pub fn Countdown(
    /// What runs out.
    label: String,
    /// Milliseconds left when the server rendered the page.
    left_ms: u64,
    /// The page to go to at the end.
    then: String,
) -> impl IntoView {
    let (left, set_left) = signal(left_ms);
    Effect::new(move |_| {
        let begun = browser::elapsed_ms();
        let then = then.clone();
        let gone = Cell::new(false);
        let tick = move || {
            let passed = (browser::elapsed_ms() - begun) as u64;
            set_left.set(left_ms.saturating_sub(passed));
            // Once: another call would begin the way anew.
            if passed >= left_ms && !gone.replace(true) {
                browser::go(&then);
            }
        };
        if let Ok(ticking) = set_interval_with_handle(tick, Duration::from_millis(500)) {
            on_cleanup(move || ticking.clear());
        }
    });
    view! {
        <p class="countdown" class:countdown-late=move || left.get() < 60_000 role="timer">
            <span class="countdown-label">{label}</span>
            <strong class="countdown-clock">{move || clock(left.get())}</strong>
        </p>
    }
}
