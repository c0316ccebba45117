//! A countdown: it starts from the time left when the server rendered the page, and measures with the browser's monotonic
//! clock, which does not follow changes of the device's time. It lags by the time that the page took to arrive.

use super::{browser, note_island};
use leptos::html;
use leptos::prelude::*;
use std::cell::Cell;

/// Formats milliseconds as minutes and seconds, such as `1:05`. A second that has begun counts as a whole one.
pub fn clock(left_ms: u64) -> String {
    let seconds = left_ms.div_ceil(1000);
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

/// When the time left is announced to screen readers: these times before the end, in milliseconds.
const ANNOUNCED_AT_MS: [u64; 2] = [60_000, 30_000];

/// The index in `ANNOUNCED_AT_MS` of the announcement that becomes due when the time left drops from `was` to `is`
/// (milliseconds). If several become due at once, the one nearest the end; `None` if none does.
fn due(was: u64, is: u64) -> Option<usize> {
    ANNOUNCED_AT_MS.iter().rposition(|&at| is <= at && at < was)
}

/// Counts down from `left_ms`, the milliseconds that were left when the server rendered the page, and then goes to the
/// page `then`, on which the server says what happened. `label` says what the time is for. Screen readers read
/// `warnings` aloud when a minute and when half a minute is left.
#[island]
pub fn Countdown(left_ms: u64, then: String, label: String, warnings: [String; 2]) -> impl IntoView {
    note_island();
    let root = NodeRef::<html::Div>::new();
    browser::when_mounted(root, move |root| {
        let begun = browser::elapsed_ms();
        let (then, warnings) = (then.clone(), warnings.clone());
        let (was, is_gone) = (Cell::new(left_ms), Cell::new(false));
        browser::twice_a_second(move || {
            let is = left_ms.saturating_sub((browser::elapsed_ms() - begun) as u64);
            browser::show_text(&root, ".countdown-clock", &clock(is));
            drop(root.toggle_attribute_with_force("data-late", is < ANNOUNCED_AT_MS[0]));
            if let Some(warning) = due(was.get(), is) {
                browser::show_text(&root, "[role=status]", &warnings[warning]);
            }
            // Only once: another call would start the navigation again.
            if is == 0 && !is_gone.get() {
                is_gone.set(browser::replace_page(&then));
            }
            was.set(is);
        });
    });
    view! {
        <div node_ref=root>
            <p class="countdown" role="timer">
                <span class="countdown-label">{label}</span>
                <strong class="countdown-clock">{clock(left_ms)}</strong>
            </p>
            <p class="visually-hidden" role="status"></p>
        </div>
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
