//! A show that is moved to another time, or to another hall of the same drawing, although seats are held or sold: the
//! tickets stay valid, everything that depends on the time follows, and those who have tickets are told, and may give them
//! back.

use super::{LogEntry, Owner, run_and_log, schedules};
use crate::calendar;
use crate::domain::concert::{MAX_LINE, clean_line};
use crate::domain::mail::Letter;
use crate::domain::{Field, Refusal, ScheduleId, StaffAction, Timestamp};
use crate::house::House;
use crate::post_office::post_to_ticket_holders;
use crate::store::{Outcome, Sold};

/// Another time or another hall of a show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPlace {
    /// When the show was to begin, as the form showed it.
    pub from: Timestamp,
    pub to: Timestamp,
    /// The hall as the form showed it, and the new one, whose seats are the same. `None` means that it stays.
    pub venue: Option<(String, String)>,
    /// Until when those who held their seats before may give their tickets back for the full price. `None` if their refund
    /// terms apply as they are.
    pub full_refund_until: Option<Timestamp>,
}

/// Returns how many tickets a move of the show would touch.
///
/// # Errors
/// [`Refusal::NotFound`] if the date does not exist.
pub async fn tickets_to_move(house: &House, _proof: Owner, id: ScheduleId) -> Outcome<Sold> {
    house
        .read(move |read, _| {
            schedules::known(read, id)?;
            Ok(read.sold(id)?)
        })
        .await
}

/// Moves a show to another time or another hall, and tells everybody who has a ticket by mail. If the sale was to end when
/// the show begins, or would end after that, it ends when the show begins. Tickets with which somebody came in are valid
/// again. A full refund that was promised at an earlier move stays promised. If nobody has queued for the date or held a seat
/// of it, its time and hall just change.
///
/// # Errors
/// [`Refusal::NotFound`] if the date does not exist, [`Refusal::CalledOff`] if it was called off, [`Refusal::Stale`] if the
/// show is no longer at `from` or in the hall that the form showed, and [`Refusal::Invalid`] if the new time is in the past or
/// before the sale opens, if neither time nor hall is another, if the name of the hall is too long, or if the time of refund
/// is not between now and the show.
pub async fn move_show(house: &House, Owner(owner): Owner, id: ScheduleId, place: NewPlace) -> Outcome<()> {
    let NewPlace { from, to, venue, full_refund_until } = place;
    let venue = match venue {
        Some((shown, new)) => Some((shown, clean_line(&new, MAX_LINE, Field::Venue)?)),
        None => None,
    };
    run_and_log(house, owner, move |write, context| {
        let (concert, schedule) = schedules::known(write, id)?;
        schedule.check_not_called_off()?;
        let mut terms = schedules::terms_of(write, &schedule)?;
        if terms.show_time != from {
            return Err(Refusal::Stale.into());
        }
        let before = schedule.venue(&concert).to_owned();
        if venue.as_ref().is_some_and(|(shown, _)| *shown != before) {
            return Err(Refusal::Stale.into());
        }
        let other = venue.as_ref().map(|(_, new)| new.as_str()).filter(|venue| *venue != before);
        if to <= context.now || (to == from && other.is_none()) {
            return Err(Refusal::invalid(Field::ShowTime).into());
        }
        if full_refund_until.is_some_and(|until| until <= context.now || until > to) {
            return Err(Refusal::invalid(Field::FullRefundUntil).into());
        }
        let ends_with_show = terms.window.reservation_end == from;
        terms.show_time = to;
        if ends_with_show || terms.window.reservation_end > to {
            terms.window.reservation_end = to;
        }
        terms.check()?;
        let sold = write.sold(id)?;
        write.update_schedule(id, &terms, &schedules::as_json(&terms.refund_policy)?, context.now)?;
        if let Some(other) = other {
            write.set_venue(id, other)?;
        }
        let note_of = |more: &str| {
            let hall = other.map(|other| format!("; {before} → {other}")).unwrap_or_default();
            let time = |at| calendar::with_offset(at, &concert.time_zone);
            format!("{} → {}{hall}{more}", time(from), time(to))
        };
        let subject = schedules::subject(&concert, to);
        if !write.was_used(id)? {
            // Nobody knows of another place or time.
            return Ok(((), LogEntry::of(StaffAction::ShowMoved, subject, note_of(""))));
        }
        // Who came in before has to come again.
        write.undo_check_ins(id, context.now)?;
        // What fans were promised at an earlier move still holds.
        let promised = schedule.moved.and_then(|moved| moved.full_refund_until);
        let full_refund_until = full_refund_until.max(promised);
        write.set_moved(id, from, other.is_some(), full_refund_until, context.now)?;
        post_to_ticket_holders(write, id, Letter::Moved { schedule: id, from }, context.now)?;
        let until = full_refund_until.map_or_else(|| "-".into(), |at| calendar::with_offset(at, &concert.time_zone));
        let note = note_of(&format!("; {} tickets; full refunds until {until}", sold.tickets));
        Ok(((), LogEntry::of(StaffAction::ShowMoved, subject, note)))
    })
    .await
}
