//! Who is let in: what the door is told of a ticket that is shown.

use super::seat::ReservationStatus;
use super::{ScheduleId, Timestamp};

/// What the door is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Let them in. From now on the ticket is used.
    Valid,
    /// Somebody came in on it before.
    Used { at: Timestamp },
    /// The ticket is of another show.
    WrongShow,
    /// The ticket was given back.
    Cancelled,
    /// No ticket of this house.
    Unknown,
}

/// A ticket that is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShownTicket {
    pub schedule: ScheduleId,
    pub status: ReservationStatus,
    pub checked_in_at: Option<Timestamp>,
}

/// Decides what the door of a schedule is told. That a ticket is of another show is said before all else: there it may be
/// good.
pub fn decide(ticket: Option<&ShownTicket>, door_of: ScheduleId) -> Verdict {
    match ticket {
        None => Verdict::Unknown,
        Some(ticket) if ticket.schedule != door_of => Verdict::WrongShow,
        Some(ShownTicket { status: ReservationStatus::Cancel, .. }) => Verdict::Cancelled,
        // Held and never paid: no ticket was ever made of it.
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
