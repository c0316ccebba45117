//! Local dates and times. The date and the time of day of an instant depend on the time zone.

use crate::domain::{Field, Refusal, Timestamp};
use chrono::{DateTime, Duration, LocalResult, NaiveDate, NaiveDateTime, TimeZone};
use chrono_tz::Tz;

/// Returns the time zone with an IANA name, such as `Asia/Seoul`.
///
/// # Errors
/// [`Refusal::Invalid`] for [`Field::TimeZone`] if there is no time zone with this name.
pub fn zone(name: &str) -> Result<Tz, Refusal> {
    name.parse().map_err(|_| Refusal::invalid(Field::TimeZone))
}

/// Returns the IANA names of all time zones.
pub fn zones() -> impl Iterator<Item = &'static str> {
    chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name())
}

/// Returns the local date at an instant. An unknown time zone counts as UTC.
pub fn day(at: Timestamp, time_zone: &str) -> NaiveDate {
    at_venue(at, time_zone).date_naive()
}

/// Returns the instant of a local date and time from a form, such as `2026-12-24T19:00`. If the local time occurs
/// twice, because clocks are set back, it is the first of the two instants, or the second if `second`.
///
/// # Errors
/// [`Refusal::Invalid`] for `field` if the text has another form, or the local time does not occur, because clocks are
/// set forward over it; for [`Field::TimeZone`] if the time zone is unknown.
pub fn instant_of(local: &str, second: bool, time_zone: &str, field: Field) -> Result<Timestamp, Refusal> {
    let formats = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"];
    let read = formats.iter().find_map(|format| NaiveDateTime::parse_from_str(local.trim(), format).ok());
    let local = read.ok_or(Refusal::invalid(field))?;
    match zone(time_zone)?.from_local_datetime(&local) {
        LocalResult::Ambiguous(_, at) if second => Ok(Timestamp(at.timestamp_millis())),
        LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => Ok(Timestamp(at.timestamp_millis())),
        LocalResult::None => Err(Refusal::invalid(field)),
    }
}

/// Returns the instant of a local date and time from a form; the first one if the local time occurs twice. See
/// [`instant_of`].
///
/// # Errors
/// As [`instant_of`].
pub fn instant(local: &str, time_zone: &str, field: Field) -> Result<Timestamp, Refusal> {
    instant_of(local, false, time_zone, field)
}

/// Returns which of the two instants with the same local time `at` is, if its local time occurs twice: `Some(true)` for
/// the second.
pub fn which_of_two(at: Timestamp, time_zone: &str) -> Option<bool> {
    let zone = zone(time_zone).unwrap_or(Tz::UTC);
    match zone.from_local_datetime(&at.to_utc().with_timezone(&zone).naive_local()) {
        LocalResult::Ambiguous(_, second) => Some(Timestamp(second.timestamp_millis()) == at),
        _ => None,
    }
}

/// Returns the instant that shows the same local time in the time zone `to` as `at` does in `from`. If that local time
/// occurs twice in `to`, it is the second of the two instants only if `at` is the second of two in `from`. A local time
/// that does not occur in `to` is moved forward by an hour.
pub fn rezoned(at: Timestamp, from: &str, to: &str) -> Timestamp {
    let is_second = which_of_two(at, from) == Some(true);
    let [from, to] = [from, to].map(|name| zone(name).unwrap_or(Tz::UTC));
    let local = at.to_utc().with_timezone(&from).naive_local();
    match to.from_local_datetime(&local) {
        LocalResult::Ambiguous(_, second) if is_second => Timestamp(second.timestamp_millis()),
        _ => at_local(local, to).unwrap_or(at),
    }
}

/// Formats the local date and time at an instant as [`instant`] reads it, without seconds. An unknown time zone counts
/// as UTC.
pub fn local(at: Timestamp, time_zone: &str) -> String {
    at_venue(at, time_zone).format("%Y-%m-%dT%H:%M").to_string()
}

/// Formats an instant for another program: its local date and time with the offset of the time zone from UTC, as in
/// RFC 3339: `2025-12-24T19:00:00+09:00`. An unknown time zone counts as UTC.
pub fn with_offset(at: Timestamp, time_zone: &str) -> String {
    at_venue(at, time_zone).format("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// An instant with the local date and time of a time zone. An unknown time zone counts as UTC.
fn at_venue(at: Timestamp, time_zone: &str) -> DateTime<Tz> {
    at.to_utc().with_timezone(&zone(time_zone).unwrap_or(Tz::UTC))
}

/// Returns the instant that has the same distance to `to` on the clocks of a time zone as `at` has to `from`. So what
/// was at ten in the morning, two weeks before a show, stays so when the show moves over a change of summer time. A
/// local time that does not occur is moved forward by an hour, and of one that occurs twice the first is meant. An
/// unknown time zone counts as UTC.
pub fn moved(at: Timestamp, from: Timestamp, to: Timestamp, time_zone: &str) -> Timestamp {
    let zone = zone(time_zone).unwrap_or(Tz::UTC);
    let local = |at: Timestamp| at.to_utc().with_timezone(&zone).naive_local();
    later(to, local(at) - local(from), zone)
}

/// Returns the instant that is `days` later on the clocks of a time zone: see [`moved`].
pub fn days_later(at: Timestamp, days: i64, time_zone: &str) -> Timestamp {
    later(at, Duration::days(days), zone(time_zone).unwrap_or(Tz::UTC))
}

/// Returns the instant that is later than `at` by `distance` on the clocks of a time zone: see [`moved`]. Returns `at`
/// if there is no such date.
fn later(at: Timestamp, distance: Duration, zone: Tz) -> Timestamp {
    if distance.is_zero() {
        // `at` may be the second of two instants with the same local time.
        return at;
    }
    let wanted = at.to_utc().with_timezone(&zone).naive_local().checked_add_signed(distance);
    wanted.and_then(|wanted| at_local(wanted, zone)).unwrap_or(at)
}

/// Returns the instant of a local time: the first if it occurs twice, and an hour later if it does not occur.
fn at_local(local: NaiveDateTime, zone: Tz) -> Option<Timestamp> {
    let later = |hours| zone.from_local_datetime(&(local + Duration::hours(hours))).earliest();
    [0, 1].into_iter().find_map(later).map(|at| Timestamp(at.timestamp_millis()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEVEN: Timestamp = Timestamp(1_766_570_400_000); // 2025-12-24T10:00:00Z

    #[test]
    fn a_local_time_is_read_in_the_time_zone_of_the_show() {
        let read = |text, zone| instant(text, zone, Field::ShowTime);
        assert_eq!(read("2025-12-24T19:00", "Asia/Seoul"), Ok(SEVEN));
        assert_eq!(read(" 2025-12-24T10:00:00 ", "UTC"), Ok(SEVEN));
        assert_eq!(local(SEVEN, "Asia/Seoul"), "2025-12-24T19:00");
        for wrong in ["", "tomorrow", "2025-02-30T10:00", "2025-12-24"] {
            assert_eq!(read(wrong, "Asia/Seoul"), Err(Refusal::invalid(Field::ShowTime)), "{wrong}");
        }
        assert_eq!(read("2025-12-24T19:00", "Mars/Olympus"), Err(Refusal::invalid(Field::TimeZone)));
    }

    #[test]
    fn a_repeated_hour_means_the_first_one_and_a_skipped_hour_is_refused() {
        let read = |text| instant(text, "Europe/Berlin", Field::ShowTime);
        assert_eq!(read("2025-10-26T02:30"), Ok(Timestamp(1_761_438_600_000))); // 00:30 UTC
        assert_eq!(read("2025-03-30T02:30"), Err(Refusal::invalid(Field::ShowTime)));
    }

    #[test]
    fn both_instants_of_a_repeated_hour_can_be_named() {
        let read = |second| instant_of("2025-10-26T02:30", second, "Europe/Berlin", Field::ShowTime).expect("a time");
        assert_eq!(read(true), read(false).plus_seconds(3600));
        for second in [false, true] {
            assert_eq!(which_of_two(read(second), "Europe/Berlin"), Some(second));
        }
        assert_eq!(which_of_two(SEVEN, "Europe/Berlin"), None);
    }

    #[test]
    fn a_time_for_another_program_says_its_offset() {
        for (zone, expected) in [
            ("Asia/Seoul", "2025-12-24T19:00:00+09:00"),
            ("America/New_York", "2025-12-24T05:00:00-05:00"),
            ("Mars/Olympus", "2025-12-24T10:00:00+00:00"),
        ] {
            assert_eq!(with_offset(SEVEN, zone), expected);
        }
    }

    #[test]
    fn a_corrected_time_zone_keeps_the_wall_clock() {
        let moved = rezoned(SEVEN, "Asia/Seoul", "Europe/Berlin");
        assert_eq!(local(moved, "Europe/Berlin"), local(SEVEN, "Asia/Seoul"));
    }

    #[test]
    fn the_second_of_two_instants_stays_the_second_where_the_other_time_zone_has_two_as_well() {
        let at = |second, zone| instant_of("2025-10-26T02:30", second, zone, Field::ShowTime).expect("a time");
        let (first, second) = (at(false, "Europe/Berlin"), at(true, "Europe/Berlin"));
        for (from, to, expected) in [
            (first, "Europe/Paris", first),
            (second, "Europe/Paris", second),
            (second, "Asia/Seoul", at(false, "Asia/Seoul")),
        ] {
            assert_eq!(rezoned(from, "Europe/Berlin", to), expected, "{to}");
        }
        assert_eq!(rezoned(at(false, "Asia/Seoul"), "Asia/Seoul", "Europe/Berlin"), first);
        assert_eq!(moved(second, second, second, "Europe/Berlin"), second, "a show that does not move");
    }

    #[test]
    fn what_moves_over_a_change_of_summer_time_keeps_the_wall_clock() {
        let read = |text| instant(text, "Europe/Berlin", Field::ShowTime).expect("a time");
        let moved = |at, from, to| local(moved(read(at), read(from), read(to), "Europe/Berlin"), "Europe/Berlin");
        assert_eq!(moved("2027-03-01T10:00", "2027-03-20T20:00", "2027-04-03T20:00"), "2027-03-15T10:00");
        assert_eq!(moved("2027-03-20T10:00", "2027-03-20T20:00", "2027-04-03T20:00"), "2027-04-03T10:00");
        assert_eq!(moved("2027-03-21T02:30", "2027-03-21T20:00", "2027-03-28T20:00"), "2027-03-28T03:30", "skipped");
        let next = days_later(read("2027-03-27T20:00"), 1, "Europe/Berlin");
        assert_eq!(local(next, "Europe/Berlin"), "2027-03-28T20:00");
    }

    #[test]
    fn a_day_begins_at_midnight_in_the_time_zone_of_the_show() {
        let midnight = Timestamp(SEVEN.0 + 5 * 60 * 60 * 1000);
        assert_eq!(day(SEVEN, "Asia/Seoul").to_string(), "2025-12-24");
        assert_eq!(day(midnight, "Asia/Seoul").to_string(), "2025-12-25");
        assert_eq!(day(midnight, "UTC").to_string(), "2025-12-24");
    }
}
