//! What the house says about a concert, and on which terms a schedule is sold: the shapes that staff fill in.

use super::refund::RefundPolicy;
use super::schedule::Window;
use super::{Field, Points, Refusal, Timestamp, words};

words! {
    /// Whether fans see something.
    Publication {
        /// Seen by staff only. The default.
        Draft = "draft",
        Published = "published",
    }
}

/// The longest title, performer or venue, in characters.
pub const MAX_LINE: usize = 100;
/// The longest description, in characters.
pub const MAX_DESCRIPTION: usize = 4_000;
/// The longest reason or note, in characters.
pub const MAX_NOTE: usize = 200;
/// The longest lobby, in seconds.
const MAX_LOBBY: i64 = 24 * 60 * 60;
/// The most seats a fan.
const MAX_SEATS_PER_FAN: u32 = 50;
/// The most fans at a time and admissions a minute.
pub const MAX_FANS: u32 = 100_000;

/// What a concert's page says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Programme {
    pub title: String,
    pub performer: String,
    pub venue: String,
    /// An IANA name, in which times are shown and days are counted.
    pub time_zone: String,
    pub description: String,
}

/// One line of text: trimmed, not empty, not too long.
///
/// # Errors
/// [`Refusal::Invalid`] for `field`.
pub fn clean_line(text: &str, longest: usize, field: Field) -> Result<String, Refusal> {
    let text = text.trim();
    let fits = !text.is_empty() && text.chars().count() <= longest && !text.chars().any(char::is_control);
    if fits { Ok(text.to_owned()) } else { Err(Refusal::invalid(field)) }
}

impl Programme {
    /// The programme as it is kept. Whether the time zone is one is for the calendar to say.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] for the first field that does not fit.
    pub fn clean(self) -> Result<Self, Refusal> {
        let description = self.description.replace("\r\n", "\n").trim().to_owned();
        if description.chars().count() > MAX_DESCRIPTION {
            return Err(Refusal::invalid(Field::Description));
        }
        Ok(Self {
            title: clean_line(&self.title, MAX_LINE, Field::Title)?,
            performer: clean_line(&self.performer, MAX_LINE, Field::Performer)?,
            venue: clean_line(&self.venue, MAX_LINE, Field::Venue)?,
            time_zone: clean_line(&self.time_zone, MAX_LINE, Field::TimeZone)?,
            description,
        })
    }
}

/// On which terms a schedule is sold. What is none is as the house is set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaleTerms {
    pub show_time: Timestamp,
    pub window: Window,
    pub seats_per_fan: Option<u32>,
    pub active_fans: Option<u32>,
    pub admissions_a_minute: Option<u32>,
    /// Until when places for wheelchairs and companions are kept; none: for the whole sale.
    pub access_until: Option<Timestamp>,
    /// Nobody may leave a single seat alone, as long as there is choice.
    pub no_lonely_seat: bool,
    pub refund_policy: RefundPolicy,
}

impl SaleTerms {
    /// The terms where staff say nothing but when: as the house is set, with the usual refunds.
    pub fn usual(show_time: Timestamp, window: Window) -> Self {
        Self {
            show_time,
            window,
            seats_per_fan: None,
            active_fans: None,
            admissions_a_minute: None,
            access_until: None,
            no_lonely_seat: false,
            refund_policy: RefundPolicy::korean_template(),
        }
    }

    /// Whether the terms make sense: a sale that begins before it ends, and ends by the time of the show.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] for the first field that does not fit.
    pub fn check(&self) -> Result<(), Refusal> {
        let Window { lobby_start, reservation_start, reservation_end } = self.window;
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

/// A price of a seat: 1 to the most that one charge may add, so that every seat can be paid for.
///
/// # Errors
/// [`Refusal::Invalid`] where it is not.
pub fn check_price(price: Points) -> Result<(), Refusal> {
    if (1..=super::points::MAX_CHARGE).contains(&price) { Ok(()) } else { Err(Refusal::invalid(Field::Price)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_programme_is_kept_trimmed_and_the_first_wrong_field_is_named() {
        let programme = Programme {
            title: " Winter Light ".into(),
            performer: "The Glass Orchestra".into(),
            venue: "Haneul".into(),
            time_zone: "Asia/Seoul".into(),
            description: " One.\r\nTwo. ".into(),
        };
        let clean = programme.clone().clean().expect("fits");
        assert_eq!((&*clean.title, &*clean.description), ("Winter Light", "One.\nTwo."));
        for (wrong, field) in [
            (Programme { title: " ".into(), ..programme.clone() }, Field::Title),
            (Programme { performer: "김".repeat(101), ..programme.clone() }, Field::Performer),
            (Programme { venue: "a\u{0}".into(), ..programme.clone() }, Field::Venue),
            (Programme { description: "x".repeat(4_001), ..programme.clone() }, Field::Description),
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
