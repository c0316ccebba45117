//! Admission to the show: whether a ticket that is shown at the door is valid.

use super::seat::ReservationStatus;
use super::{ScheduleId, Timestamp};

/// The result of checking a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The ticket is valid. From now on it counts as used.
    Valid,
    /// The ticket was used before, at the instant `at`.
    Used { at: Timestamp },
    /// The ticket is for another show.
    WrongShow,
    /// The ticket was cancelled.
    Cancelled,
    /// This is not a ticket of this installation.
    Unknown,
}

/// The facts about a ticket that is shown at the door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShownTicket {
    pub schedule: ScheduleId,
    pub status: ReservationStatus,
    pub checked_in_at: Option<Timestamp>,
}

/// Decides whether `ticket` is valid at the door of the schedule `door_of`. `None` stands for a code to which no ticket
/// belongs. A ticket for another show is always `WrongShow`, even if it is used or cancelled.
pub fn decide(ticket: Option<&ShownTicket>, door_of: ScheduleId) -> Verdict {
    match ticket {
        None => Verdict::Unknown,
        Some(ticket) if ticket.schedule != door_of => Verdict::WrongShow,
        Some(ShownTicket { status: ReservationStatus::Cancel, .. }) => Verdict::Cancelled,
        // The seat is held but not paid for: this is not a ticket.
        Some(ShownTicket { status: ReservationStatus::Reserved, .. }) => Verdict::Unknown,
        Some(ShownTicket { checked_in_at: Some(at), .. }) => Verdict::Used { at: *at },
        Some(_) => Verdict::Valid,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ReservationStatus::*;

    #[test]
    fn the_door_is_told_the_first_thing_that_is_wrong() {
        let at = Timestamp(5);
        for (schedule, status, checked_in_at, verdict) in [
            (1, Purchase, None, Verdict::Valid),
            (1, Purchase, Some(at), Verdict::Used { at }),
            (1, Cancel, None, Verdict::Cancelled),
            (1, Reserved, None, Verdict::Unknown),
            (2, Purchase, None, Verdict::WrongShow),
            (2, Cancel, Some(at), Verdict::WrongShow),
        ] {
            let ticket = ShownTicket { schedule: ScheduleId(schedule), status, checked_in_at };
            assert_eq!(decide(Some(&ticket), ScheduleId(1)), verdict, "{ticket:?}");
        }
        assert_eq!(decide(None, ScheduleId(1)), Verdict::Unknown);
    }
}
