//! What staff enter about a concert and its schedules: the texts of a concert's page, and the sale terms of a schedule.

use super::refund::RefundPolicy;
use super::schedule::Window;
use super::text::{is_name, is_prose};
use super::{ConcertId, Field, Points, Refusal, Timestamp, string_enum};

/// A concert: what is performed, by whom and at which venue. It has one or more schedules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Concert {
    pub id: ConcertId,
    pub title: String,
    pub performer: String,
    pub venue: String,
    /// The IANA name of the venue's time zone (such as `Asia/Seoul`), in which show times are shown.
    pub time_zone: String,
    pub description: String,
    /// How long the concert lasts, intervals included.
    pub running_minutes: Option<u32>,
    /// The age in years below which people are not let in.
    pub minimum_age: Option<u32>,
    /// What fans have to know before they come, as lines of text.
    pub notices: Option<String>,
    pub status: Publication,
    /// A random tag that changes with each uploaded poster and is part of its address, so that browsers may cache it.
    /// `None` if no poster was uploaded: the pages then show a generated one.
    pub poster: Option<String>,
}

impl Concert {
    /// Returns what staff have entered.
    pub fn texts(&self) -> ConcertTexts {
        ConcertTexts {
            title: self.title.clone(),
            performer: self.performer.clone(),
            venue: self.venue.clone(),
            time_zone: self.time_zone.clone(),
            description: self.description.clone(),
            running_minutes: self.running_minutes,
            minimum_age: self.minimum_age,
            notices: self.notices.clone(),
        }
    }
}

string_enum! {
    /// Whether fans can see a concert or a schedule.
    Publication {
        /// Only staff can see it. The default in the database.
        Draft = "draft",
        /// Everybody can see it.
        Published = "published",
    }
}

/// The longest title, performer or venue, in characters.
pub const MAX_LINE: usize = 100;
/// The longest description, and the longest notices, in characters.
pub const MAX_DESCRIPTION: usize = 4_000;
/// The longest concert, in minutes.
const MAX_RUNNING_MINUTES: u32 = 24 * 60;
/// The highest minimum age, in years.
const MAX_MINIMUM_AGE: u32 = 99;
/// The longest reason or note, in characters.
pub const MAX_NOTE: usize = 200;
/// The longest reason for which a show is called off, in characters.
pub const MAX_REASON: usize = 500;
/// The longest lobby, in seconds.
const MAX_LOBBY: i64 = 24 * 60 * 60;
/// The highest limit of seats for one fan that staff can set.
const MAX_SEATS_PER_FAN: u32 = 50;
/// The highest limit of active fans, and of admissions in a minute, that staff can set.
pub const MAX_FANS: u32 = 100_000;

/// What staff enter for a concert's page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConcertTexts {
    pub title: String,
    pub performer: String,
    pub venue: String,
    /// The IANA name of the venue's time zone (such as `Asia/Seoul`). Times are shown, and days are counted, in this
    /// zone.
    pub time_zone: String,
    pub description: String,
    /// See [`Concert::running_minutes`].
    pub running_minutes: Option<u32>,
    /// See [`Concert::minimum_age`].
    pub minimum_age: Option<u32>,
    /// See [`Concert::notices`].
    pub notices: Option<String>,
}

/// Checks one line of text and returns it trimmed. `longest` is the most characters that it may have.
///
/// # Errors
/// [`Refusal::Invalid`] for `field` unless the line [`is_name`].
pub fn clean_line(text: &str, longest: usize, field: Field) -> Result<String, Refusal> {
    let text = text.trim();
    if is_name(text, longest) { Ok(text.to_owned()) } else { Err(Refusal::invalid(field)) }
}

/// Checks a text of several lines, which may be empty, and returns it trimmed.
fn clean_lines(text: &str, field: Field) -> Result<String, Refusal> {
    let text = text.replace("\r\n", "\n").trim().to_owned();
    if is_prose(&text, MAX_DESCRIPTION) { Ok(text) } else { Err(Refusal::invalid(field)) }
}

/// Checks that a number, if there is one, is 1 to `most`.
fn check_within(number: Option<u32>, most: u32, field: Field) -> Result<Option<u32>, Refusal> {
    if number.is_none_or(|number| (1..=most).contains(&number)) { Ok(number) } else { Err(Refusal::invalid(field)) }
}

impl ConcertTexts {
    /// Checks the fields and returns them as they are stored: texts are trimmed, and empty notices are `None`. The time
    /// zone is only checked as a line of text, since this module has no list of time zones; `calendar::zone` checks
    /// that it exists.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] for the first field that is not valid.
    pub fn clean(self) -> Result<Self, Refusal> {
        Ok(Self {
            title: clean_line(&self.title, MAX_LINE, Field::Title)?,
            performer: clean_line(&self.performer, MAX_LINE, Field::Performer)?,
            venue: clean_line(&self.venue, MAX_LINE, Field::Venue)?,
            time_zone: clean_line(&self.time_zone, MAX_LINE, Field::TimeZone)?,
            description: clean_lines(&self.description, Field::Description)?,
            running_minutes: check_within(self.running_minutes, MAX_RUNNING_MINUTES, Field::RunningMinutes)?,
            minimum_age: check_within(self.minimum_age, MAX_MINIMUM_AGE, Field::MinimumAge)?,
            notices: Some(clean_lines(self.notices.as_deref().unwrap_or_default(), Field::Notices)?)
                .filter(|notices| !notices.is_empty()),
        })
    }
}

/// The sale terms of a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaleTerms {
    pub show_time: Timestamp,
    pub window: Window,
    /// The most seats that one fan may have. `None` means the house default applies.
    pub seats_per_fan: Option<u32>,
    /// The most fans who may be active at once. `None` means the house default applies.
    pub active_fans: Option<u32>,
    /// The most fans admitted in a minute. `None` means the house default applies.
    pub admissions_a_minute: Option<u32>,
    /// Until when wheelchair and companion places are kept for people who need them. `None` means for the whole sale.
    pub access_until: Option<Timestamp>,
    /// Whether a hold that leaves an orphan seat is refused; see [`forbidden_orphan`](super::party::forbidden_orphan).
    pub no_orphan_seat: bool,
    /// Whether handing tickets on is forbidden.
    pub no_handing_on: bool,
    pub refund_policy: RefundPolicy,
}

impl SaleTerms {
    /// Returns terms with these times and with defaults for everything else: the house defaults apply, orphan seats are
    /// allowed, and the refund policy is the usual one.
    pub fn usual(show_time: Timestamp, window: Window) -> Self {
        Self {
            show_time,
            window,
            seats_per_fan: None,
            active_fans: None,
            admissions_a_minute: None,
            access_until: None,
            no_orphan_seat: false,
            no_handing_on: false,
            refund_policy: RefundPolicy::korean_template(),
        }
    }

    /// Returns these terms with each of their times moved by `to`.
    #[must_use]
    pub fn moved(self, to: impl Fn(Timestamp) -> Timestamp) -> Self {
        let Window { lobby_start, reservation_start, reservation_end, .. } = self.window;
        Self {
            show_time: to(self.show_time),
            window: Window {
                lobby_start: to(lobby_start),
                reservation_start: to(reservation_start),
                reservation_end: to(reservation_end),
                is_called_off: false,
            },
            access_until: self.access_until.map(to),
            ..self
        }
    }

    /// Checks that the terms are consistent: the sale begins before it ends, it ends no later than the show begins, the
    /// lobby lasts at most 24 hours, and the limits are within their ranges.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] for the first field that is not valid.
    pub fn check(&self) -> Result<(), Refusal> {
        let Window { lobby_start, reservation_start, reservation_end, .. } = self.window;
        let within = |value: Option<u32>, most: u32| value.is_none_or(|value| (1..=most).contains(&value));
        let lobby = reservation_start.0.saturating_sub(lobby_start.0) / 1000;
        let rules = [
            (reservation_start < reservation_end, Field::SaleStart),
            (reservation_end <= self.show_time, Field::SaleEnd),
            ((0..=MAX_LOBBY).contains(&lobby), Field::LobbyMinutes),
            (within(self.seats_per_fan, MAX_SEATS_PER_FAN), Field::SeatsPerFan),
            (within(self.active_fans, MAX_FANS), Field::ActiveFans),
            (within(self.admissions_a_minute, MAX_FANS), Field::AdmissionsAMinute),
        ];
        match rules.iter().find(|(holds, _)| !holds) {
            Some(&(_, field)) => Err(Refusal::invalid(field)),
            None => Ok(()),
        }
    }
}

/// Checks the price of a seat: 0 points for a free concert, and at most [`MAX_CHARGE`](super::points::MAX_CHARGE), so
/// that one charge is enough to pay for any seat.
///
/// # Errors
/// [`Refusal::Invalid`] if the price is outside that range.
pub fn check_price(price: Points) -> Result<(), Refusal> {
    if (0..=super::points::MAX_CHARGE).contains(&price) { Ok(()) } else { Err(Refusal::invalid(Field::Price)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_programme_is_kept_trimmed_and_the_first_wrong_field_is_named() {
        let programme = ConcertTexts {
            title: " Winter Light ".into(),
            performer: "The Glass Orchestra".into(),
            venue: "Haneul".into(),
            time_zone: "Asia/Seoul".into(),
            description: " One.\r\nTwo. ".into(),
            running_minutes: Some(110),
            minimum_age: Some(8),
            notices: Some(" \r\n".into()),
        };
        let clean = programme.clone().clean().expect("fits");
        assert_eq!((&*clean.title, &*clean.description), ("Winter Light", "One.\nTwo."));
        assert_eq!((clean.running_minutes, clean.minimum_age, clean.notices), (Some(110), Some(8), None));
        for (wrong, field) in [
            (ConcertTexts { title: " ".into(), ..programme.clone() }, Field::Title),
            (ConcertTexts { performer: "김".repeat(101), ..programme.clone() }, Field::Performer),
            (ConcertTexts { venue: "a\u{0}".into(), ..programme.clone() }, Field::Venue),
            (ConcertTexts { description: "x".repeat(4_001), ..programme.clone() }, Field::Description),
            (ConcertTexts { running_minutes: Some(0), ..programme.clone() }, Field::RunningMinutes),
            (ConcertTexts { minimum_age: Some(100), ..programme.clone() }, Field::MinimumAge),
            (ConcertTexts { notices: Some("x".repeat(4_001)), ..programme.clone() }, Field::Notices),
        ] {
            assert_eq!(wrong.clean(), Err(Refusal::invalid(field)));
        }
    }

    #[test]
    fn a_sale_begins_before_it_ends_and_ends_by_the_show() {
        let at = Timestamp(1_000_000_000);
        let usual = SaleTerms::usual(at, Window::new(at.plus_seconds(-7_200), at));
        let terms = SaleTerms { active_fans: Some(100_000), ..usual };
        assert_eq!(terms.check(), Ok(()));
        let window = |begins: i64, ends: i64| Window::new(at.plus_seconds(begins), at.plus_seconds(ends));
        let long_lobby = Window { lobby_start: at.plus_seconds(-100_000), ..terms.window };
        for (wrong, field) in [
            (SaleTerms { window: window(-60, -60), ..terms.clone() }, Field::SaleStart),
            (SaleTerms { window: window(-60, 1), ..terms.clone() }, Field::SaleEnd),
            (SaleTerms { window: long_lobby, ..terms.clone() }, Field::LobbyMinutes),
            (SaleTerms { seats_per_fan: Some(0), ..terms.clone() }, Field::SeatsPerFan),
            (SaleTerms { active_fans: Some(100_001), ..terms.clone() }, Field::ActiveFans),
            (SaleTerms { admissions_a_minute: Some(0), ..terms.clone() }, Field::AdmissionsAMinute),
        ] {
            assert_eq!(wrong.check(), Err(Refusal::invalid(field)));
        }
    }
}
