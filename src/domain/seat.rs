//! What a seat is, and when a hold on it is over.

use super::{ReservationId, SeatId, Timestamp, UserId, words};

words! {
    /// The state of a seat, in the entity diagram's words.
    SeatStatus {
        /// Not for sale: sold, or kept back by the house. The default.
        Reserved = "reserved",
        /// Held by a fan until the seat's `expired_at`.
        Occupied = "occupied",
        /// For sale.
        Reservable = "reservable",
    }
}

words! {
    /// The state of a reservation, in the entity diagram's words.
    ReservationStatus {
        /// Held, waiting for payment. The default.
        Reserved = "reserved",
        /// Ended without a purchase, kept as history.
        Cancel = "cancel",
        /// Paid.
        Purchase = "purchase",
    }
}

words! {
    /// What kind of place a seat is.
    SeatKind {
        Standard = "standard",
        /// For a person in a wheelchair.
        Wheelchair = "wheelchair",
        /// Beside one, for whoever comes with them.
        Companion = "companion",
        /// From which part of the stage is not seen.
        Restricted = "restricted",
    }
}

impl SeatKind {
    /// A place for somebody in a wheelchair, or beside one.
    pub const fn is_for_access(self) -> bool {
        matches!(self, Self::Wheelchair | Self::Companion)
    }
}

/// A hold is live while `now < expired_at`; at the instant itself it is over.
pub fn is_live(expired_at: Timestamp, now: Timestamp) -> bool {
    now < expired_at
}

/// What a seat is at `now`, whatever its row still says: a hold that has run out no longer occupies it.
pub fn effective_status(status: SeatStatus, expired_at: Option<Timestamp>, now: Timestamp) -> SeatStatus {
    match (status, expired_at) {
        (SeatStatus::Occupied, Some(at)) if !is_live(at, now) => SeatStatus::Reservable,
        _ => status,
    }
}

/// A seat as a commit left it, with who has it: what the house keeps in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeatNow {
    pub id: SeatId,
    pub status: SeatStatus,
    /// When its hold ends; with `occupied` and with nothing else.
    pub expired_at: Option<Timestamp>,
    /// Who holds it or bought it, by which reservation.
    pub held: Option<(ReservationId, UserId)>,
}

/// One seat changed its state: what open maps are told.
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
