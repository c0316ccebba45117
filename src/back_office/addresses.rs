//! Bursts: many places in one queue that were taken from one address. Staff cancel them, and give a place back if its
//! fan has a good answer.

use super::{BoxOffice, LogEntry, run_and_log, schedules};
use crate::domain::concert::{MAX_NOTE, clean_line};
use crate::domain::queue::EndReason;
use crate::domain::{Concert, ConcertSchedule, Field, Refusal, ScheduleId, StaffAction, TokenId};
use crate::house::House;
use crate::store::{AddressPlaces, Outcome, VoidedPlace};
use crate::waiting_room;

/// From how many live places on an address is shown. A family shares one.
const LEAST: u32 = 5;
/// How many addresses and how many cancelled places are shown at most.
const SHOWN: u32 = 100;
/// How long it is kept from which address a place was taken, if the place has ended, in seconds: 30 days.
const ADDRESS_SECONDS: i64 = 30 * 24 * 60 * 60;

/// The queue of a schedule by addresses.
#[derive(Debug, Clone)]
pub struct Addresses {
    pub concert: Concert,
    pub schedule: ConcertSchedule,
    /// The addresses with many live places, the most first.
    pub crowded: Vec<AddressPlaces>,
    /// The places that were cancelled and not given back, those with an answer first.
    pub voided: Vec<VoidedPlace>,
}

/// Returns the addresses from which many places in the queue of a schedule were taken, and the cancelled places.
///
/// # Errors
/// [`Refusal::NotFound`] if the schedule does not exist.
pub async fn addresses(house: &House, BoxOffice(_): BoxOffice, id: ScheduleId) -> Outcome<Addresses> {
    house
        .read(move |read, _| {
            let (concert, schedule) = schedules::known(read, id)?;
            let (crowded, voided) = (read.crowded_addresses(id, LEAST, SHOWN)?, read.voided_places(id, SHOWN)?);
            Ok(Addresses { concert, schedule, crowded, voided })
        })
        .await
}

/// Cancels all live places in the queue of a schedule that were taken from one address, and releases the seats that are
/// held with them. Bought tickets stay. The fans cannot join this queue again until a place is given back; they read
/// `reason`, and can answer. Returns how many places there were.
///
/// # Errors
/// [`Refusal::NotFound`] if the schedule does not exist, [`Refusal::Stale`] if there are no such places any more,
/// [`Refusal::Invalid`] if the reason is blank, has more than one line, or more than [`MAX_NOTE`] characters.
pub async fn void_places(
    house: &House,
    BoxOffice(staff): BoxOffice,
    id: ScheduleId,
    address: &str,
    reason: &str,
) -> Outcome<usize> {
    let (address, reason) = (address.to_owned(), clean_line(reason, MAX_NOTE, Field::Note)?);
    run_and_log(house, staff, move |write, context| {
        let (concert, schedule) = schedules::known(write, id)?;
        let tokens = write.tokens_of_address(id, &address)?;
        if tokens.is_empty() {
            return Err(Refusal::Stale.into());
        }
        write.free(id, &write.holds_of_address(id, &address)?, context.now)?;
        write.end_tokens(&tokens, EndReason::Voided, context.now)?;
        write.insert_voided_places(&tokens, &reason, context.now)?;
        waiting_room::advance(write, id, context)?;
        let subject = schedules::subject(&concert, schedule.show_time);
        let note = format!("{}: {reason}", tokens.len());
        Ok((tokens.len(), LogEntry::of(StaffAction::PlacesVoided, subject, note)))
    })
    .await
}

/// Gives a cancelled place back: with its number, or at the end of the queue if it was cancelled in a lobby whose lottery
/// is over.
///
/// # Errors
/// [`Refusal::NotFound`] if the place does not exist or was given back already, [`Refusal::Busy`] in the seconds in which
/// the places of a lobby get their numbers.
pub async fn restore_place(house: &House, BoxOffice(staff): BoxOffice, id: ScheduleId, token: TokenId) -> Outcome<()> {
    run_and_log(house, staff, move |write, context| {
        let place = write.voided_place(token)?.filter(|place| place.schedule == id && place.restored_at.is_none());
        let place = place.ok_or(Refusal::NotFound)?;
        // A lottery that is due is run first: it is for those who were in the lobby.
        waiting_room::advance(write, id, context)?;
        let (concert, schedule) = schedules::known(write, id)?;
        if schedule.unnumbered > 0 {
            // The numbers of the lobby are given out in these seconds, perhaps one of them to this place.
            return Err(Refusal::Busy.into());
        }
        write.revive_token(token, id, schedule.drawn_at.is_some(), context.now)?;
        write.note_restored(token, context.now)?;
        waiting_room::advance(write, id, context)?;
        let subject = schedules::subject(&concert, schedule.show_time);
        Ok(((), LogEntry::of(StaffAction::PlaceRestored, subject, "").about(place.user)))
    })
    .await
}

/// Forgets from which address places were taken that have ended, 30 days after they were taken. Called from time to time.
pub async fn forget_addresses(house: &House) -> Outcome<()> {
    house
        .write(|write, context| {
            let before = context.now.plus_seconds(-ADDRESS_SECONDS);
            Ok(write.forget_addresses(before, 1_000)?)
        })
        .await
}
