//! The states and kinds of a seat, and when a hold on it expires.

use super::{Points, ReservationId, SeatId, Timestamp, UserId, string_enum};

/// One seat of one schedule, without its state: the part that never changes while the schedule is sold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seat {
    pub id: SeatId,
    pub section: String,
    pub row: String,
    pub number: i64,
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
