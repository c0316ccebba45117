//! Handing a ticket on: its owner makes a one-time link, and whoever takes the ticket with it is its owner from then on. The
//! codes from before are no longer valid. The money stays where it is: a refund goes to the person who paid.

use super::ticket::{TicketFacts, check_unused};
use super::{Refusal, Timestamp};

/// How long a link is valid, in seconds: a week.
pub const LINK_SECONDS: i64 = 7 * 24 * 3600;
/// How often a ticket can be handed on. Each code that is read is compared with those of so many issues.
pub const MAX_ISSUE: u32 = 20;

/// The facts that [`check`] needs.
#[derive(Debug, Clone, Copy)]
pub struct HandingOnFacts {
    pub ticket: TicketFacts,
    pub show_time: Timestamp,
    pub is_called_off: bool,
    /// Whether staff forbid handing on for the date.
    pub is_forbidden: bool,
    /// How often the ticket was handed on.
    pub code_issue: u32,
}

/// Checks whether a ticket can be handed on at `now`.
///
/// # Errors
/// [`Refusal::CalledOff`]; what [`check_unused`] refuses; [`Refusal::NotTransferable`] if staff forbid it, if the show has
/// begun, or if the ticket was handed on [`MAX_ISSUE`] times.
pub fn check(facts: &HandingOnFacts, now: Timestamp) -> Result<(), Refusal> {
    if facts.is_called_off {
        return Err(Refusal::CalledOff);
    }
    check_unused(&facts.ticket)?;
    if facts.is_forbidden || facts.show_time <= now || facts.code_issue >= MAX_ISSUE {
        return Err(Refusal::NotTransferable);
    }
    Ok(())
}

/// Returns when a link that was made at `made_at` expires: after [`LINK_SECONDS`], or when the show begins if that is earlier.
pub fn link_expires(made_at: Timestamp, show_time: Timestamp) -> Timestamp {
    made_at.plus_seconds(LINK_SECONDS).min(show_time)
}

#[cfg(test)]
mod tests {
    use super::super::{ReservationStatus, ScheduleId};
    use super::*;

    const NOW: Timestamp = Timestamp(1_000_000);

    #[test]
    fn a_ticket_is_handed_on_before_the_show_unless_it_was_used_or_staff_forbid_it() {
        let ticket = TicketFacts {
            schedule: ScheduleId(1),
            status: ReservationStatus::Purchase,
            checked_in_at: None,
            has_old_code: false,
        };
        let facts = HandingOnFacts {
            ticket,
            show_time: NOW.plus_seconds(1),
            is_called_off: false,
            is_forbidden: false,
            code_issue: MAX_ISSUE - 1,
        };
        let used = TicketFacts { checked_in_at: Some(NOW), ..ticket };
        let cancelled = TicketFacts { status: ReservationStatus::Cancel, ..ticket };
        for (facts, expected) in [
            (facts, Ok(())),
            (HandingOnFacts { is_called_off: true, ..facts }, Err(Refusal::CalledOff)),
            (HandingOnFacts { ticket: used, ..facts }, Err(Refusal::TicketUsed)),
            (HandingOnFacts { ticket: cancelled, ..facts }, Err(Refusal::AlreadyCancelled)),
            (HandingOnFacts { show_time: NOW, ..facts }, Err(Refusal::NotTransferable)),
            (HandingOnFacts { is_forbidden: true, ..facts }, Err(Refusal::NotTransferable)),
            (HandingOnFacts { code_issue: MAX_ISSUE, ..facts }, Err(Refusal::NotTransferable)),
        ] {
            assert_eq!(check(&facts, NOW), expected, "{facts:?}");
        }
    }

    #[test]
    fn a_link_ends_after_a_week_or_with_the_beginning_of_the_show() {
        let week = NOW.plus_seconds(LINK_SECONDS);
        assert_eq!(link_expires(NOW, week.plus_seconds(1)), week);
        assert_eq!(link_expires(NOW, NOW.plus_seconds(60)), NOW.plus_seconds(60));
    }
}
