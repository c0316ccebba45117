//! Checking tickets at the door: each valid ticket lets one person in, once.

use super::Door;
use super::counter::seat_label;
use crate::domain::ticket::{DoorFacts, ScanOutcome, TicketFacts, Verdict, decide_check_in, door_opens};
use crate::domain::{
    Concert, ConcertSchedule, Refusal, Reservation, ScheduleId, StaffAction, Timestamp, UserId, idempotency,
};
use crate::house::House;
use crate::store::{KeptScan, Outcome, Read, Write};
use crate::ticket_code::ReadCode;
use crate::{calendar, ticket_code};

/// A schedule at its door: how many tickets were sold, and how many people came in.
#[derive(Debug, Clone)]
pub struct DoorFigures {
    pub concert: Concert,
    pub schedule: ConcertSchedule,
    /// Tickets that were sold or given away, and not cancelled.
    pub sold: i64,
    /// How many of those were checked in.
    pub inside: i64,
}

/// The result of checking a ticket.
#[derive(Debug, Clone)]
pub struct Checked {
    pub verdict: Verdict,
    /// The ticket; `None` if the code is not the code of a ticket of this installation.
    pub ticket: Option<Reservation>,
    /// How many tickets of the schedule are sold, and how many of them are checked in now.
    pub sold: i64,
    pub inside: i64,
}

fn book(read: &Read<'_>, schedule: ConcertSchedule) -> Outcome<DoorFigures> {
    let concert = read.concert(schedule.concert_id)?.ok_or(Refusal::NotFound)?;
    let (sold, inside) = read.inside(schedule.id)?;
    Ok(DoorFigures { concert, schedule, sold, inside })
}

/// Returns the published schedules whose show began at most 24 hours ago or is still to come, the earliest first.
pub async fn doors(house: &House, Door(_): Door) -> Outcome<Vec<DoorFigures>> {
    house
        .read(|read, context| {
            // Staff may still want the figures of last night's show.
            let since = context.now.plus_seconds(-24 * 60 * 60);
            read.shows_since(since)?.into_iter().map(|schedule| book(read, schedule)).collect()
        })
        .await
}

/// Returns the figures of one schedule for its door.
///
/// # Errors
/// [`Refusal::NotFound`] if the schedule does not exist.
pub async fn door(house: &House, Door(_): Door, schedule: ScheduleId) -> Outcome<DoorFigures> {
    house.read(move |read, _| book(read, read.schedule(schedule)?.ok_or(Refusal::NotFound)?)).await
}

/// Checks, for the door of `schedule`, the ticket with the code or pass `code`, as it was scanned or typed. If the ticket
/// is valid, records that its holder came in. With `early`, a ticket is valid even if it is too early.
///
/// `scan` is a random id that the caller may give to the scan. If the answer is lost, the ticket is still valid under
/// the same id, here and in [`record_scans`](super::record_scans).
///
/// # Errors
/// [`Refusal::NotFound`] if the schedule does not exist, [`Refusal::Invalid`] if `scan` is not a key. A ticket that is
/// not valid is not an error: see [`Checked::verdict`].
pub async fn check_in(
    house: &House,
    Door(staff): Door,
    schedule: ScheduleId,
    code: &str,
    early: bool,
    scan: Option<String>,
) -> Outcome<Checked> {
    scan.as_deref().map_or(Ok(()), idempotency::check_shape)?;
    let code = ticket_code::read(house.keys(), code);
    house
        .write(move |write, context| {
            let now = context.now;
            let known = write.schedule(schedule)?.ok_or(Refusal::NotFound)?;
            let door = DoorFacts::of(&known, early, now);
            let recorded = match &scan {
                Some(scan) => write.door_scan(scan)?,
                None => None,
            };
            let ticket = ticket_of(write, code.as_ref())?;
            // The same check again, unless the box office has taken the check-in back since: then the ticket is checked
            // as any other.
            let is_repeated = recorded.zip(ticket.as_ref()).is_some_and(|(recorded, ticket)| {
                recorded.outcome == ScanOutcome::Admitted
                    && recorded.ticket == Some(ticket.id)
                    && ticket.schedule_id == schedule
                    && ticket.checked_in_at == Some(recorded.scanned_at)
            });
            let verdict = if is_repeated {
                Verdict::Valid
            } else {
                decide_check_in(ticket.as_ref().map(|ticket| shown(ticket, code.as_ref())).as_ref(), &door)
            };
            if let (Verdict::Valid, Some(ticket), false) = (verdict, &ticket, is_repeated) {
                admit(write, staff, ticket, now, now)?;
                if let Some(scan) = &scan {
                    let kept = KeptScan { ticket: Some(ticket.id), outcome: ScanOutcome::Admitted, scanned_at: now };
                    write.insert_door_scan(scan, (schedule, staff), kept, now)?;
                }
            }
            let (sold, inside) = write.inside(schedule)?;
            Ok(Checked { verdict, ticket, sold, inside })
        })
        .await
}

/// What the rules at the door have to know about a ticket that was shown with this code.
pub(super) fn shown(ticket: &Reservation, code: Option<&ReadCode>) -> TicketFacts {
    let has_old_code = code.is_some_and(|code| code.issue != ticket.code_issue);
    TicketFacts { has_old_code, ..ticket.ticket() }
}

/// Returns the ticket of a code, also of one from before the ticket was handed on. `None` if the code belongs to no ticket.
pub(super) fn ticket_of(read: &Read<'_>, code: Option<&ReadCode>) -> Outcome<Option<Reservation>> {
    let Some(code) = code else { return Ok(None) };
    Ok(read.reservation(code.ticket)?.filter(|ticket| code.is_of(ticket.created_at)))
}

/// Records that the holder of a ticket came in at the instant `at`. The staff log also says if that was before the door
/// opened, and when it was if the phone could not say so at once. (The time of a scan that arrives late is never before
/// the opening: see [`scan_time`](crate::domain::ticket::scan_time).)
pub(super) fn admit(
    write: &Write<'_>,
    staff: UserId,
    ticket: &Reservation,
    at: Timestamp,
    now: Timestamp,
) -> Outcome<()> {
    write.check_in(ticket.id, at, now)?;
    let is_early = at < door_opens(ticket.show_time);
    let action = if is_early { StaffAction::LetInEarly } else { StaffAction::CheckedIn };
    let mut note = seat_label(&ticket.seat_name());
    if at != now {
        note = format!("{note}, {}", local(at, &ticket.time_zone));
    }
    write.log_action(staff, action, None, (&ticket.concert_title, &note), now)?;
    Ok(())
}

/// Returns how the staff log writes an instant.
pub(super) fn local(at: Timestamp, time_zone: &str) -> String {
    calendar::local(at, time_zone).replace('T', " ")
}
