//! The rules of a ticket (a bought seat): when it may be cancelled or moved to another seat, and whether it is valid at
//! the door. A ticket that was used at the door can no longer be changed, unless the box office takes the check-in
//! back.

use super::refund::{self, Refund, RefundFacts};
use super::{ConcertSchedule, Field, Points, Refusal, ReservationStatus, ScheduleId, Timestamp, string_enum};

/// The state of a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TicketFacts {
    pub schedule: ScheduleId,
    pub status: ReservationStatus,
    /// When the ticket was used at the door. `None` if it was not.
    pub checked_in_at: Option<Timestamp>,
    /// Whether the code that was shown is from before the ticket was handed on.
    pub has_old_code: bool,
}

/// Decides whether a ticket can still be cancelled or moved.
///
/// # Errors
/// [`Refusal::NotFound`] if the seat was never paid for, [`Refusal::TicketUsed`] if the ticket was used at the door,
/// [`Refusal::AlreadyCancelled`].
pub const fn check_unused(ticket: &TicketFacts) -> Result<(), Refusal> {
    match (ticket.status, ticket.checked_in_at) {
        (ReservationStatus::Reserved, _) => Err(Refusal::NotFound),
        (ReservationStatus::Cancel, _) => Err(Refusal::AlreadyCancelled),
        (ReservationStatus::Purchase, Some(_)) => Err(Refusal::TicketUsed),
        (ReservationStatus::Purchase, None) => Ok(()),
    }
}

/// Decides whether the box office may take back that a ticket was used at the door.
///
/// # Errors
/// [`Refusal::NotFound`] if the ticket was not used.
pub fn decide_undo_check_in(ticket: &TicketFacts) -> Result<(), Refusal> {
    if check_unused(ticket) == Err(Refusal::TicketUsed) { Ok(()) } else { Err(Refusal::NotFound) }
}

/// Decides how much a fan who cancels a ticket gets back.
///
/// # Errors
/// What [`check_unused`] and [`refund::decide`] refuse.
pub fn decide_cancel(ticket: &TicketFacts, refund: &RefundFacts<'_>) -> Result<Refund, Refusal> {
    check_unused(ticket)?;
    refund::decide(refund)
}

/// Decides whether staff may cancel a ticket of this `price` with this `refund`, which may differ from what the refund
/// policy gives back.
///
/// # Errors
/// What [`check_unused`] refuses; [`Refusal::Invalid`] for a refund that is negative or more than the price.
pub fn decide_cancel_by_staff(ticket: &TicketFacts, price: Points, refund: Points) -> Result<(), Refusal> {
    check_unused(ticket)?;
    if (0..=price).contains(&refund) { Ok(()) } else { Err(Refusal::invalid(Field::Amount)) }
}

/// Decides whether staff may move a ticket from a seat of one price to a free seat of another. The prices are those of
/// the seats now: what the fan paid does not matter.
///
/// # Errors
/// What [`check_unused`] refuses; [`Refusal::Invalid`] if the prices differ.
pub fn decide_move(ticket: &TicketFacts, from: Points, to: Points) -> Result<(), Refusal> {
    check_unused(ticket)?;
    if from == to { Ok(()) } else { Err(Refusal::invalid(Field::Seats)) }
}

/// The result of checking a ticket at the door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The ticket is valid. The caller records that it is now used.
    Valid,
    /// The ticket was used before, at the instant `at`.
    Used { at: Timestamp },
    /// The ticket is for another show.
    WrongShow,
    /// The ticket would be valid, but the door opens only at the instant `opens`. It stays unused.
    TooEarly { opens: Timestamp },
    /// The ticket was cancelled.
    Cancelled,
    /// The code is from before the ticket was handed on.
    HandedOn,
    /// This is not a ticket of this installation.
    Unknown,
}

/// How long before its show a ticket is valid at the door, in seconds: long enough for any venue and for a rehearsal of
/// the door on the day before, and short enough that a ticket which is scanned by mistake in another week stays unused.
pub const DOOR_OPENS_BEFORE: i64 = 24 * 3600;

/// Returns the instant from which the tickets of a show are valid.
pub const fn door_opens(show_time: Timestamp) -> Timestamp {
    show_time.plus_seconds(-DOOR_OPENS_BEFORE)
}

/// The door at which a ticket is shown.
#[derive(Debug, Clone, Copy)]
pub struct DoorFacts {
    pub schedule: ScheduleId,
    pub show_time: Timestamp,
    /// Whether staff let people in although it is too early.
    pub early: bool,
    pub now: Timestamp,
    /// Whether the show was called off.
    pub is_called_off: bool,
}

impl DoorFacts {
    pub const fn of(schedule: &ConcertSchedule, early: bool, now: Timestamp) -> Self {
        let is_called_off = schedule.called_off.is_some();
        Self { schedule: schedule.id, show_time: schedule.show_time, early, now, is_called_off }
    }
}

/// Decides whether `ticket` is valid at `door`. `ticket` is `None` if no ticket belongs to the code. A ticket for
/// another show is always `WrongShow`, even if it is used or cancelled.
pub fn decide_check_in(ticket: Option<&TicketFacts>, door: &DoorFacts) -> Verdict {
    let opens = door_opens(door.show_time);
    match ticket {
        None => Verdict::Unknown,
        Some(ticket) if ticket.schedule != door.schedule => Verdict::WrongShow,
        Some(TicketFacts { status: ReservationStatus::Cancel, .. }) => Verdict::Cancelled,
        // It is not refunded yet.
        Some(TicketFacts { status: ReservationStatus::Purchase, .. }) if door.is_called_off => Verdict::Cancelled,
        // The seat is held but not paid for: this is not a ticket.
        Some(TicketFacts { status: ReservationStatus::Reserved, .. }) => Verdict::Unknown,
        Some(TicketFacts { has_old_code: true, .. }) => Verdict::HandedOn,
        Some(TicketFacts { checked_in_at: Some(at), .. }) => Verdict::Used { at: *at },
        Some(_) if door.now < opens && !door.early => Verdict::TooEarly { opens },
        Some(_) => Verdict::Valid,
    }
}

string_enum! {
    /// What the server says of a scan: a ticket with which a phone let somebody in while it had no connection.
    ScanOutcome {
        /// The ticket was valid and is now used.
        Admitted = "admitted",
        /// The ticket was used before, so two people came in with it.
        Duplicate = "duplicate",
        /// The ticket had been cancelled or handed on, but not yet when the phone last had a connection.
        Cancelled = "cancelled",
        WrongShow = "wrong_show",
        Unknown = "unknown",
    }
}

/// Decides what a scan means for its ticket. Its holder is inside already, so it does not matter whether it was too
/// early.
pub fn decide_scan(ticket: Option<&TicketFacts>, door: &DoorFacts) -> ScanOutcome {
    match decide_check_in(ticket, door) {
        Verdict::Valid | Verdict::TooEarly { .. } => ScanOutcome::Admitted,
        Verdict::Used { .. } => ScanOutcome::Duplicate,
        Verdict::WrongShow => ScanOutcome::WrongShow,
        Verdict::Cancelled | Verdict::HandedOn => ScanOutcome::Cancelled,
        Verdict::Unknown => ScanOutcome::Unknown,
    }
}

/// Returns when a scan was made. Its phone says that it was at `at`, and that it is `sent` now: the difference counts,
/// since the clock of a phone may be wrong. The result is not in the future, and not before the door has opened.
pub fn scan_time(at: Timestamp, sent: Timestamp, door: &DoorFacts) -> Timestamp {
    let ago = sent.0.saturating_sub(at.0);
    let opens = door_opens(door.show_time);
    Timestamp(door.now.0.saturating_sub(ago)).clamp(opens.min(door.now), door.now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ReservationStatus::*;

    const AT: Timestamp = Timestamp(5);

    fn ticket(schedule: i64, status: ReservationStatus, checked_in_at: Option<Timestamp>) -> TicketFacts {
        TicketFacts { schedule: ScheduleId(schedule), status, checked_in_at, has_old_code: false }
    }

    #[test]
    fn a_used_or_cancelled_ticket_cannot_be_changed() {
        for (status, checked_in_at, expected) in [
            (Purchase, None, Ok(())),
            (Purchase, Some(AT), Err(Refusal::TicketUsed)),
            (Cancel, None, Err(Refusal::AlreadyCancelled)),
            (Reserved, None, Err(Refusal::NotFound)),
        ] {
            let ticket = ticket(1, status, checked_in_at);
            assert_eq!(check_unused(&ticket), expected, "{ticket:?}");
            assert_eq!(decide_move(&ticket, 100, 100), expected, "{ticket:?}");
            assert_eq!(decide_cancel_by_staff(&ticket, 100, 100), expected, "{ticket:?}");
            assert_eq!(decide_undo_check_in(&ticket).is_ok(), checked_in_at.is_some(), "{ticket:?}");
        }
    }

    #[test]
    fn a_ticket_moves_to_a_seat_of_the_same_price_and_gives_back_at_most_its_own() {
        let sold = ticket(1, Purchase, None);
        assert_eq!(decide_move(&sold, 100, 90), Err(Refusal::invalid(Field::Seats)));
        for refund in [-1, 101] {
            assert_eq!(decide_cancel_by_staff(&sold, 100, refund), Err(Refusal::invalid(Field::Amount)));
        }
        assert_eq!(decide_cancel_by_staff(&sold, 100, 0), Ok(()));
    }

    const DOOR: DoorFacts = DoorFacts {
        schedule: ScheduleId(1),
        show_time: Timestamp(DOOR_OPENS_BEFORE * 1000),
        early: false,
        now: Timestamp(0),
        is_called_off: false,
    };

    #[test]
    fn nobody_comes_in_to_a_show_that_was_called_off() {
        let door = DoorFacts { is_called_off: true, ..DOOR };
        for checked_in_at in [None, Some(AT)] {
            assert_eq!(decide_check_in(Some(&ticket(1, Purchase, checked_in_at)), &door), Verdict::Cancelled);
        }
    }

    #[test]
    fn a_ticket_is_valid_from_a_day_before_its_show_unless_staff_let_people_in_earlier() {
        let before = DoorFacts { now: Timestamp(-1), ..DOOR };
        let too_early = Verdict::TooEarly { opens: Timestamp(0) };
        for (status, checked_in_at, expected) in [
            (Purchase, None, too_early),
            (Purchase, Some(AT), Verdict::Used { at: AT }),
            (Cancel, None, Verdict::Cancelled),
        ] {
            assert_eq!(decide_check_in(Some(&ticket(1, status, checked_in_at)), &before), expected);
        }
        let sold = ticket(1, Purchase, None);
        assert_eq!(decide_check_in(Some(&sold), &DoorFacts { early: true, ..before }), Verdict::Valid);
        assert_eq!(decide_check_in(Some(&sold), &DOOR), Verdict::Valid);
    }

    #[test]
    fn the_door_sees_the_first_thing_that_is_wrong_with_a_ticket() {
        for (schedule, status, checked_in_at, verdict) in [
            (1, Purchase, None, Verdict::Valid),
            (1, Purchase, Some(AT), Verdict::Used { at: AT }),
            (1, Cancel, None, Verdict::Cancelled),
            (1, Reserved, None, Verdict::Unknown),
            (2, Purchase, None, Verdict::WrongShow),
            (2, Cancel, Some(AT), Verdict::WrongShow),
        ] {
            let ticket = ticket(schedule, status, checked_in_at);
            assert_eq!(decide_check_in(Some(&ticket), &DOOR), verdict, "{ticket:?}");
        }
        assert_eq!(decide_check_in(None, &DOOR), Verdict::Unknown);
    }

    #[test]
    fn a_scan_uses_a_valid_ticket_and_says_what_was_wrong_with_any_other() {
        for (schedule, status, checked_in_at, outcome) in [
            (1, Purchase, None, ScanOutcome::Admitted),
            (1, Purchase, Some(AT), ScanOutcome::Duplicate),
            (1, Cancel, None, ScanOutcome::Cancelled),
            (1, Reserved, None, ScanOutcome::Unknown),
            (2, Purchase, None, ScanOutcome::WrongShow),
        ] {
            let ticket = ticket(schedule, status, checked_in_at);
            for now in [Timestamp(-1), DOOR.now] {
                assert_eq!(decide_scan(Some(&ticket), &DoorFacts { now, ..DOOR }), outcome, "{ticket:?} at {now:?}");
            }
        }
        assert_eq!(decide_scan(None, &DOOR), ScanOutcome::Unknown);
    }

    #[test]
    fn a_code_from_before_the_ticket_is_paid_by_another_lets_nobody_in_at_its_own_show() {
        let old = |schedule, status, used| TicketFacts { has_old_code: true, ..ticket(schedule, status, used) };
        for (ticket, expected) in [
            (old(1, Purchase, None), Verdict::HandedOn),
            (old(1, Purchase, Some(AT)), Verdict::HandedOn),
            (old(1, Cancel, None), Verdict::Cancelled),
            (old(2, Purchase, None), Verdict::WrongShow),
        ] {
            assert_eq!(decide_check_in(Some(&ticket), &DOOR), expected, "{ticket:?}");
        }
        assert_eq!(decide_scan(Some(&old(1, Purchase, None)), &DOOR), ScanOutcome::Cancelled);
    }

    #[test]
    fn a_scan_is_dated_by_its_age_after_the_opening_of_the_door_and_not_in_the_future() {
        let now = Timestamp(1_000);
        for (at, sent, expected) in [
            (400, 1_000, 400),
            // The phone's clock is an hour slow or fast.
            (400 - 3_600_000, 1_000 - 3_600_000, 400),
            (400 + 3_600_000, 1_000 + 3_600_000, 400),
            // It was set to another time between the scan and the request.
            (2_000, 1_000, 1_000),
            (-5_000, 1_000, 0),
            (i64::MIN, i64::MAX, 0),
            (i64::MAX, i64::MIN, 1_000),
        ] {
            let dated = scan_time(Timestamp(at), Timestamp(sent), &DoorFacts { now, ..DOOR });
            assert_eq!(dated, Timestamp(expected), "{at} sent at {sent}");
        }
        let early = DoorFacts { now: Timestamp(-60), ..DOOR };
        assert_eq!(scan_time(Timestamp(-90), Timestamp(-60), &early), early.now, "let in before the door opened");
    }
}
