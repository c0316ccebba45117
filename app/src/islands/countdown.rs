//! The time that is left, agreeing with the server: it counts from what the server said was left, on a clock nobody sets.

use super::{browser, has_island};
use leptos::prelude::*;
use std::cell::Cell;
use std::time::Duration;

/// Minutes and seconds; a second that has begun still counts.
pub fn clock(left_ms: u64) -> String {
    let seconds = left_ms.div_ceil(1000);
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

/// When whoever listens rather than looks is told, in milliseconds before the end.
const TOLD_AT: [u64; 2] = [60_000, 30_000];

/// Which of the sentences is due when the time goes from what was left to what is.
fn due(was: u64, is: u64) -> Option<usize> {
    TOLD_AT.iter().rposition(|&at| is <= at && at < was)
}

/// Counts down to the end of a hold or an admission, and then goes to `then`, where the server says what became of it.
#[island]
pub fn Countdown(
    /// What runs out.
    label: String,
    /// Milliseconds left when the server rendered the page.
    left_ms: u64,
    /// What is said aloud with a minute left.
    minute_left: String,
    /// And with half of one.
    half_left: String,
    /// The page to go to at the end.
    then: String,
) -> impl IntoView {
    has_island();
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
        // After a sleep of the machine only the latest counts.
        assert_eq!(due(90_000, 12_000), Some(1));
        // A page that begins late has missed what was said before.
        assert_eq!(due(45_000, 44_500), None);
    }

    #[test]
    fn a_second_that_has_begun_still_counts() {
        assert_eq!([clock(61_000), clock(60_001), clock(59_999), clock(0)], ["1:01", "1:01", "1:00", "0:00"]);
    }
}
