//! A countdown: it starts from the time left when the server rendered the page, and measures with the browser's
//! monotonic clock, which does not follow changes of the device's time. It lags by the time that the page took to
//! arrive.

use super::{browser, note_island};
use leptos::html;
use leptos::prelude::*;
use std::cell::Cell;

sentences! {
    /// How much time is left, for screen readers.
    TimeWords {
        /// Contains `{minutes}`, at least 2.
        minutes,
        minute,
        /// Contains `{seconds}`.
        seconds,
    }
}

impl TimeWords {
    /// The time left in words, which change only each minute, and in the last minute at 30 and at 10 seconds: a clock
    /// that is read aloud each second cannot be listened to.
    pub fn left(&self, left_ms: u64) -> String {
        match left_ms.div_ceil(1000) {
            0 => String::new(),
            1..=10 => self.seconds.replace("{seconds}", "10"),
            11..=30 => self.seconds.replace("{seconds}", "30"),
            31..=60 => self.minute.clone(),
            seconds => self.minutes.replace("{minutes}", &seconds.div_ceil(60).to_string()),
        }
    }
}

/// Formats milliseconds as minutes and seconds, such as `1:05`, or with the hours, such as `1:00:05`. A second that has
/// begun counts as a whole one.
pub fn clock(left_ms: u64) -> String {
    let seconds = left_ms.div_ceil(1000);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours == 0 { format!("{minutes}:{seconds:02}") } else { format!("{hours}:{minutes:02}:{seconds:02}") }
}

/// In the last minute, the countdown is shown as a warning.
const LATE_MS: u64 = 60_000;

/// Counts down from `left_ms`, the milliseconds that were left when the server rendered the page, and then goes to the
/// page `then`, on which the server says what happened. `label` says what the time is for.
#[island]
pub fn Countdown(left_ms: u64, then: String, label: String, words: TimeWords) -> impl IntoView {
    note_island();
    let root = NodeRef::<html::Div>::new();
    let said = words.left(left_ms);
    browser::when_mounted(root, move |root| {
        let begun = browser::elapsed_ms();
        let (then, words) = (then.clone(), words.clone());
        let is_gone = Cell::new(false);
        browser::twice_a_second(move || {
            let left = left_ms.saturating_sub((browser::elapsed_ms() - begun) as u64);
            browser::show_text(&root, ".countdown-clock", &clock(left));
            browser::show_text(&root, "[role=status]", &words.left(left));
            drop(root.toggle_attribute_with_force("data-late", left < LATE_MS));
            // Only once: another call would start the navigation again.
            if left == 0 && !is_gone.get() {
                is_gone.set(browser::replace_page(&then));
            }
        });
    });
    view! {
        <div node_ref=root>
            <p class="countdown" role="timer">
                <span class="countdown-label">{label}</span>
                <strong class="countdown-clock" aria-hidden="true">{clock(left_ms)}</strong>
                <span class="visually-hidden" role="status">{said}</span>
            </p>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_left_is_said_each_minute_and_at_30_and_10_seconds() {
        let words =
            TimeWords { minutes: "{minutes} min".into(), minute: "1 min".into(), seconds: "{seconds} s".into() };
        for (left_ms, said) in [
            (600_000, "10 min"),
            (599_000, "10 min"),
            (540_000, "9 min"),
            (60_001, "2 min"),
            (60_000, "1 min"),
            (30_001, "1 min"),
            (30_000, "30 s"),
            (10_000, "10 s"),
            (1, "10 s"),
            (0, ""),
        ] {
            assert_eq!(words.left(left_ms), said, "{left_ms}");
        }
    }

    #[test]
    fn a_second_that_has_begun_still_counts() {
        assert_eq!([clock(61_000), clock(60_001), clock(59_999), clock(0)], ["1:01", "1:01", "1:00", "0:00"]);
    }

    #[test]
    fn a_clock_has_hours_only_from_one_hour() {
        assert_eq!([clock(3_599_000), clock(3_599_001), clock(64_662_000)], ["59:59", "1:00:00", "17:57:42"]);
    }
}
