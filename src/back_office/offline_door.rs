//! The door without a connection: phones keep a list of the tickets of their show, check tickets with it while they have
//! no connection, and send the scans afterwards.

use super::counter::seat_label;
use super::door::{admit, local, shown, ticket_of};
use super::{Door, schedules};
use crate::domain::ticket::{DoorFacts, ScanOutcome, decide_scan, door_opens, scan_time};
use crate::domain::{Concert, Field, Refusal, ScheduleId, SeatName, StaffAction, Timestamp, UserId, idempotency};
use crate::house::House;
use crate::store::{DoorProblem, KeptScan, Outcome, Read, SoldTicket, Write};
use crate::ticket_code::{self, CodeFacts, ReadCode};

/// What a phone needs to check the tickets of a schedule without a connection. It contains no names of fans, and no code
/// of a ticket.
#[derive(Debug, Clone)]
pub struct DoorList {
    /// See [`door_list_version`].
    pub version: String,
    pub time_zone: String,
    /// The instant from which the tickets are valid.
    pub opens: Timestamp,
    /// The instant at which the list was made.
    pub now: Timestamp,
    /// See [`ticket_code::public_keys`].
    pub public_keys: Vec<String>,
    /// The tickets that are sold and not cancelled.
    pub tickets: Vec<ListedTicket>,
}

/// A ticket in a [`DoorList`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedTicket {
    /// See [`ticket_code::digest`].
    pub digest: String,
    pub seat: SeatName,
    pub checked_in_at: Option<Timestamp>,
}

/// A ticket with which a phone let somebody in while it had no connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scan {
    /// A random id. A scan that arrives again under the same id is recorded once.
    pub id: String,
    /// The code or the pass of the ticket.
    pub code: String,
    /// When it was scanned, by the clock of the phone.
    pub at: Timestamp,
}

/// The most scans that are recorded at once.
pub const SCANS: usize = 200;

fn version(read: &Read<'_>, schedule: ScheduleId) -> Outcome<String> {
    let (concert, schedule) = schedules::known(read, schedule)?;
    let tickets = read.version_of_tickets(schedule.id)?;
    Ok(format!("{}-{}-{tickets}", concert.time_zone, schedule.show_time.0))
}

/// Returns a text that is another one whenever the list of a schedule's tickets is another one. It takes one statement,
/// while the list needs several hashes for each ticket.
///
/// # Errors
/// [`Refusal::NotFound`] if the schedule does not exist.
pub async fn door_list_version(house: &House, Door(_): Door, schedule: ScheduleId) -> Outcome<String> {
    house.read(move |read, _| version(read, schedule)).await
}

/// Returns the list of a schedule's tickets for a phone at the door.
///
/// # Errors
/// [`Refusal::NotFound`] if the schedule does not exist.
pub async fn door_list(house: &House, Door(_): Door, schedule: ScheduleId) -> Outcome<DoorList> {
    house
        .read(move |read, context| {
            let version = version(read, schedule)?;
            let (concert, schedule) = schedules::known(read, schedule)?;
            let listed = |SoldTicket { id, held_at, code_issue, seat, checked_in_at }| ListedTicket {
                digest: ticket_code::digest(context.keys, CodeFacts { ticket: id, held_at, issue: code_issue }),
                seat,
                checked_in_at,
            };
            let tickets = read.sold_tickets(schedule.id)?.into_iter().map(listed).collect();
            let (opens, public_keys) = (door_opens(schedule.show_time), ticket_code::public_keys(context.keys));
            Ok(DoorList { version, time_zone: concert.time_zone, opens, now: context.now, public_keys, tickets })
        })
        .await
}

/// Returns the scans of a schedule with which somebody was let in who should not have been: the ticket was used before,
/// cancelled meanwhile, or never valid here. The latest are first.
pub async fn door_problems(house: &House, Door(_): Door, schedule: ScheduleId) -> Outcome<Vec<DoorProblem>> {
    house.read(move |read, _| Ok(read.door_problems(schedule)?)).await
}

/// Records scans that a phone made at the door of `schedule` while it had no connection, and returns their outcomes, in
/// their order. `sent` is what the phone's clock shows now. A ticket that was used twice, or should not have let anybody
/// in, is also written to the staff log.
///
/// # Errors
/// [`Refusal::NotFound`] if the schedule does not exist, [`Refusal::Invalid`] if there are more than [`SCANS`] scans or
/// if an id is not a key. Nothing is recorded then.
pub async fn record_scans(
    house: &House,
    Door(staff): Door,
    schedule: ScheduleId,
    sent: Timestamp,
    scans: Vec<Scan>,
) -> Outcome<Vec<ScanOutcome>> {
    if scans.len() > SCANS {
        return Err(Refusal::invalid(Field::Request).into());
    }
    scans.iter().try_for_each(|scan| idempotency::check_shape(&scan.id))?;
    let codes: Vec<_> = scans.iter().map(|scan| ticket_code::read(house.keys(), &scan.code)).collect();
    house
        .write(move |write, context| {
            let (concert, schedule) = schedules::known(write, schedule)?;
            let door = DoorFacts::of(&schedule, false, context.now);
            let record = |(scan, code): (&Scan, &Option<ReadCode>)| {
                let at = scan_time(scan.at, sent, &door);
                record_scan(write, staff, (&concert, &door), &scan.id, code.as_ref(), at)
            };
            scans.iter().zip(&codes).map(record).collect()
        })
        .await
}

/// Records a scan that was made at the instant `at`, unless it is recorded already.
fn record_scan(
    write: &Write<'_>,
    staff: UserId,
    (concert, door): (&Concert, &DoorFacts),
    id: &str,
    code: Option<&ReadCode>,
    at: Timestamp,
) -> Outcome<ScanOutcome> {
    let ticket = ticket_of(write, code)?;
    let ticket_id = ticket.as_ref().map(|ticket| ticket.id);
    let mut id = id.to_owned();
    let mut recorded = write.door_scan(&id)?;
    if recorded.is_some_and(|recorded| recorded.ticket != ticket_id) {
        // The id is that of another ticket's scan, which a phone in order never sends. Somebody was let in nevertheless,
        // so this scan is recorded under an id of its own, and the others that were sent with it are too.
        id = format!("{id} {}", ticket_id.map_or_else(String::new, |id| id.to_string()));
        recorded = write.door_scan(&id)?;
    }
    if let Some(recorded) = recorded {
        return Ok(recorded.outcome);
    }
    let outcome = decide_scan(ticket.as_ref().map(|ticket| shown(ticket, code)).as_ref(), door);
    let kept = KeptScan { ticket: ticket_id, outcome, scanned_at: at };
    write.insert_door_scan(&id, (door.schedule, staff), kept, door.now)?;
    if let (ScanOutcome::Admitted, Some(ticket)) = (outcome, &ticket) {
        admit(write, staff, ticket, at, door.now)?;
        return Ok(outcome);
    }
    let action = match outcome {
        ScanOutcome::Duplicate => StaffAction::UsedTwice,
        _ => StaffAction::LetInWrongly,
    };
    let used_at = ticket.as_ref().and_then(|ticket| ticket.checked_in_at);
    let mut times: Vec<_> = used_at.into_iter().chain([at]).collect();
    times.sort();
    let times = times.iter().map(|at| local(*at, &concert.time_zone));
    let words: Vec<_> = ticket.iter().map(|ticket| seat_label(&ticket.seat_name())).chain(times).collect();
    write.log_action(staff, action, None, (&concert.title, &words.join(", ")), door.now)?;
    Ok(outcome)
}
