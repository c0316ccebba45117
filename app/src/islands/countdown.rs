//! A countdown that agrees with the server: it starts from the time left that the server stated, and measures with the
//! browser's monotonic clock, which nobody can set.

use super::{browser, has_island};
use leptos::prelude::*;
use std::cell::Cell;
use std::time::Duration;

/// Minutes and seconds, such as `1:05`, from milliseconds. A second that has begun counts as a whole one.
pub fn clock(left_ms: u64) -> String {
    let seconds = left_ms.div_ceil(1000);
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

/// When the time left is announced to screen readers, in milliseconds before the end.
const TOLD_AT: [u64; 2] = [60_000, 30_000];

/// The index in `TOLD_AT` of the announcement that is due when the time left goes from `was` to `is` (milliseconds);
/// the latest one if there are several.
fn due(was: u64, is: u64) -> Option<usize> {
    TOLD_AT.iter().rposition(|&at| is <= at && at < was)
}

sentences! {
    /// What the countdown says.
    CountdownWords {
        /// Beside the clock: what runs out.
        label,
        /// Read aloud with a minute left.
        minute_left,
        /// Read aloud with half a minute left.
        half_left,
    }
}

/// Counts down from `left_ms` milliseconds, which were left when the server rendered the page, then goes to the page `then`, where
/// the server says what happened.
#[island]
pub fn Countdown(left_ms: u64, then: String, words: CountdownWords) -> impl IntoView {
    has_island();
    let CountdownWords { label, minute_left, half_left } = words;
    let (left, set_left) = signal(left_ms);
    let (said, set_said) = signal(String::new());
    Effect::new(move |_| {
        let begun = browser::elapsed_ms();
        let (then, warnings) = (then.clone(), [minute_left.clone(), half_left.clone()]);
        let gone = Cell::new(false);
        let tick = move || {
            let passed = (browser::elapsed_ms() - begun) as u64;
            let is = left_ms.saturating_sub(passed);
            if let Some(warning) = due(left.get_untracked(), is) {
                set_said.set(warnings[warning].clone());
            }
            set_left.set(is);
            // Only once: another call would start the navigation again.
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
        <p class="visually-hidden" role="status">{said}</p>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_warning_is_due_once_when_its_time_passes() {
        assert_eq!(due(60_500, 60_001), None);
        assert_eq!(due(60_001, 60_000), Some(0));
        assert_eq!(due(60_000, 59_500), None);
        assert_eq!(due(30_400, 29_900), Some(1));
        // After the machine slept, only the latest announcement is made.
        assert_eq!(due(90_000, 12_000), Some(1));
        // A page that was loaded after an announcement was due does not make it.
        assert_eq!(due(45_000, 44_500), None);
    }

    #[test]
    fn a_second_that_has_begun_still_counts() {
        assert_eq!([clock(61_000), clock(60_001), clock(59_999), clock(0)], ["1:01", "1:01", "1:00", "0:00"]);
    }
}
