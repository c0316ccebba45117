//! At the door: tickets are shown, and who has a good one comes in.

use super::Door;
use crate::domain::door::{ShownTicket, Verdict, decide};
use crate::domain::entities::{Concert, ConcertSchedule, Reservation, StaffAction};
use crate::domain::{Refusal, ScheduleId};
use crate::house::House;
use crate::store::{Outcome, Read};
use crate::ticket_code;

/// A door and how many came in through it.
#[derive(Debug, Clone)]
pub struct DoorBook {
    pub concert: Concert,
    pub schedule: ConcertSchedule,
    pub sold: i64,
    pub inside: i64,
}

/// What was found of a ticket that was shown.
#[derive(Debug, Clone)]
pub struct Checked {
    pub verdict: Verdict,
    /// The ticket, where it is one of this house.
    pub ticket: Option<Reservation>,
    pub inside: i64,
}

fn book(read: &Read<'_>, schedule: ConcertSchedule) -> Outcome<DoorBook> {
    let concert = read.concert(schedule.concert_id)?.ok_or(Refusal::NotFound)?;
    let (sold, inside) = read.inside(schedule.id)?;
    Ok(DoorBook { concert, schedule, sold, inside })
}

/// The doors of the shows that are not long over, the next first.
///
/// # Errors
/// Storage faults.
pub async fn doors(house: &House, Door(_): Door) -> Outcome<Vec<DoorBook>> {
    house
        .read(|read, terms| {
            // A show of last night may still be looked at.
            let since = terms.now.plus_seconds(-24 * 60 * 60);
            read.shows_since(since)?.into_iter().map(|schedule| book(read, schedule)).collect()
        })
        .await
}

/// One door.
///
/// # Errors
/// [`Refusal::NotFound`].
pub async fn door(house: &House, Door(_): Door, schedule: ScheduleId) -> Outcome<DoorBook> {
    house.read(move |read, _| book(read, read.schedule(schedule)?.ok_or(Refusal::NotFound)?)).await
}

/// Looks at the ticket of a code, and lets its holder in where it is good.
///
/// # Errors
/// [`Refusal::NotFound`] for an unknown schedule.
pub async fn check_in(house: &House, Door(staff): Door, schedule: ScheduleId, code: &str) -> Outcome<Checked> {
    let ticket = ticket_code::read(house.key(), code);
    house
        .write(move |write, terms| {
            write.schedule(schedule)?.ok_or(Refusal::NotFound)?;
            let ticket = match ticket {
                Some(id) => write.reservation(id)?,
                None => None,
            };
            let shown = ticket.as_ref().map(|ticket| ShownTicket {
                schedule: ticket.schedule_id,
                status: ticket.status,
                checked_in_at: ticket.checked_in_at,
            });
            let verdict = decide(shown.as_ref(), schedule);
            if let (Verdict::Valid, Some(ticket)) = (verdict, &ticket) {
                write.check_in(ticket.id, terms.now)?;
                let seat = format!("{} {}{}", ticket.section, ticket.row, ticket.number);
                write.log_action(staff, StaffAction::CheckedIn, (&ticket.concert_title, &seat), terms.now)?;
            }
            Ok(Checked { verdict, ticket, inside: write.inside(schedule)?.1 })
        })
        .await
}
