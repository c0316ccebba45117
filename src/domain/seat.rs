//! The states and kinds of a seat, and when a hold on it expires.

use super::{Points, ReservationId, SeatId, SeatName, Timestamp, UserId, string_enum};

/// One seat of one schedule, without its state: the part that never changes while the schedule is sold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seat {
    pub id: SeatId,
    pub section: String,
    pub row: String,
    pub number: SeatNumber,
    /// The place within the row, counted from 1. Seats with consecutive positions are adjacent; a missing position is
    /// an aisle or another gap.
    pub position: i64,
    pub price: Points,
    /// The name of the price band.
    pub category: String,
    pub kind: SeatKind,
    /// Where the seat map draws its centre: the distances from the left and from the top, in tenths of the plan's unit.
    pub at: (i64, i64),
}

impl Seat {
    /// Returns the seat's section, row and number.
    pub fn name(&self) -> SeatName {
        SeatName { section: self.section.clone(), row: self.row.clone(), number: self.number.clone() }
    }
}

/// What is written on a seat: usually an integer, but halls also have seats such as `12a` and `0-0`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SeatNumber(String);

impl SeatNumber {
    /// Reads a number as a seating plan has it. `None` unless it has 1 to 6 characters, which are letters, digits, or
    /// `-`, `.` and `/` between them.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let is_end = |letter: Option<char>| letter.is_some_and(char::is_alphanumeric);
        let fits = text.chars().count() <= 6
            && is_end(text.chars().next())
            && is_end(text.chars().next_back())
            && text.chars().all(|letter| letter.is_alphanumeric() || "-./".contains(letter));
        fits.then(|| Self(text.to_owned()))
    }

    /// Returns the number as an integer, as which it is stored and written in JSON. `None` if it has letters or leading
    /// zeros: then it is a text.
    pub fn integer(&self) -> Option<i64> {
        self.0.parse().ok().filter(|number: &i64| number.to_string() == self.0)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<i64> for SeatNumber {
    fn from(number: i64) -> Self {
        Self(number.to_string())
    }
}

impl std::fmt::Display for SeatNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl serde::Serialize for SeatNumber {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.integer() {
            Some(number) => serializer.serialize_i64(number),
            None => serializer.serialize_str(&self.0),
        }
    }
}

impl<'de> serde::Deserialize<'de> for SeatNumber {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(serde::Deserialize)]
        #[serde(untagged)]
        enum Written {
            Integer(i64),
            Text(String),
        }
        match Written::deserialize(deserializer)? {
            Written::Integer(number) => Ok(number.into()),
            Written::Text(text) => Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not a seat's number")),
        }
    }
}

string_enum! {
    /// The state of a seat.
    SeatStatus {
        /// Not for sale: sold, or kept back by staff. The default in the database.
        Reserved = "reserved",
        /// Held by a fan until the hold expires.
        Occupied = "occupied",
        /// For sale.
        Reservable = "reservable",
    }
}

string_enum! {
    /// The kind of a seat.
    SeatKind {
        Standard = "standard",
        /// A place for a person in a wheelchair.
        Wheelchair = "wheelchair",
        /// A seat beside a wheelchair place, for a companion.
        Companion = "companion",
        /// A seat of restricted view: part of the stage cannot be seen from it.
        Restricted = "restricted",
    }
}

impl SeatKind {
    /// Whether this is a wheelchair or companion place.
    pub const fn is_for_access(self) -> bool {
        matches!(self, Self::Wheelchair | Self::Companion)
    }
}

/// Whether a hold is live: while `now < expired_at`. At `expired_at` itself it has expired.
pub fn is_live(expired_at: Timestamp, now: Timestamp) -> bool {
    now < expired_at
}

/// Returns the state of a seat at `now`, even if its row has not been updated yet: a seat whose hold has expired is
/// reservable. `expired_at` is when the hold of an occupied seat expires.
pub fn effective_status(status: SeatStatus, expired_at: Option<Timestamp>, now: Timestamp) -> SeatStatus {
    match (status, expired_at) {
        (SeatStatus::Occupied, Some(at)) if !is_live(at, now) => SeatStatus::Reservable,
        _ => status,
    }
}

/// The state of a seat after a commit, as the server keeps it in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeatNow {
    pub id: SeatId,
    pub status: SeatStatus,
    /// When the hold expires. `Some` if and only if the seat is occupied.
    pub expired_at: Option<Timestamp>,
    /// The reservation by which the seat is held or sold, and its fan. `None` if the seat is neither.
    pub held: Option<(ReservationId, UserId)>,
}

/// The new state of one seat, which is sent to every open seat map.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SeatChange {
    pub id: SeatId,
    pub status: SeatStatus,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hold_is_over_at_the_instant_itself() {
        assert!(is_live(Timestamp(100), Timestamp(99)));
        assert!(!is_live(Timestamp(100), Timestamp(100)));
    }

    #[test]
    fn a_number_is_written_as_an_integer_if_it_is_one() {
        for (text, json) in
            [("12", "12"), (" 7 ", "7"), ("0", "0"), ("12a", "\"12a\""), ("0-0", "\"0-0\""), ("01", "\"01\"")]
        {
            let number = SeatNumber::parse(text).expect(text);
            assert_eq!(serde_json::to_string(&number).expect("JSON"), json);
            assert_eq!(serde_json::from_str::<SeatNumber>(json).expect("reads"), number);
        }
        for wrong in ["", " ", "-1", "a b", "<b>", "1234567", "1-"] {
            assert_eq!(SeatNumber::parse(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn only_a_hold_that_ran_out_changes_what_a_seat_is() {
        use SeatStatus::*;
        let at = Some(Timestamp(100));
        for (status, expired_at, now, expected) in [
            (Occupied, at, 99, Occupied),
            (Occupied, at, 100, Reservable),
            (Reserved, None, 100, Reserved),
            (Reservable, None, 100, Reservable),
        ] {
            assert_eq!(effective_status(status, expired_at, Timestamp(now)), expected, "{status:?} at {now}");
        }
    }
}
