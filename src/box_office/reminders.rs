//! Reminders: a mail before the waiting room of a date opens, for fans who asked for it.

use crate::domain::mail::Letter;
use crate::domain::schedule::SalePhase;
use crate::domain::{ConcertSchedule, Refusal, ScheduleId, UserId};
use crate::house::{House, TxContext, known_schedule};
use crate::post_office::post;
use crate::store::{Outcome, Write};
use std::collections::HashSet;

/// How many mails one transaction writes, so that other writes do not wait for long.
const MAILS_AT_ONCE: u32 = 500;

/// Notes that a fan wants to be reminded of the opening of a date, or, if `is_wanted` is false, no longer does.
///
/// # Errors
/// [`Refusal::NotFound`] if the date does not exist or is a draft. [`Refusal::SaleBegan`] if a reminder is wanted although
/// its time has passed.
pub async fn remind(house: &House, fan: UserId, schedule: ScheduleId, is_wanted: bool) -> Outcome<()> {
    house
        .write(move |write, context| {
            let known = known_schedule(write, schedule)?;
            if !is_wanted {
                return Ok(write.delete_reminder(fan, schedule)?);
            }
            let at = known.window.reminds_at();
            if known.window.is_called_off || at <= context.now {
                return Err(Refusal::SaleBegan.into());
            }
            write.insert_reminder(fan, schedule, context.now)?;
            write.note_deadline(at);
            Ok(())
        })
        .await
}

/// Returns the dates of whose opening a fan will be reminded.
pub async fn reminders(house: &House, fan: UserId) -> Outcome<HashSet<ScheduleId>> {
    house.read(move |read, _| Ok(read.reminders_of(fan)?.into_iter().collect())).await
}

/// Writes the mails that remind of the opening of a date, if it is time. Does nothing if nobody asked for one.
pub(crate) fn remind_due(write: &Write<'_>, schedule: &ConcertSchedule, context: TxContext<'_>) -> Outcome<()> {
    let id = schedule.id;
    if context.now < schedule.window.reminds_at() && !schedule.window.is_called_off {
        return Ok(());
    }
    let fans = write.fans_to_remind(id, MAILS_AT_ONCE)?;
    let is_late = matches!(schedule.window.phase(context.now), SalePhase::Open | SalePhase::Closed);
    for &fan in &fans {
        // After a time in which the program did not run, it may be too late for a reminder.
        if !is_late {
            post(write, fan, Letter::Opening { schedule: id }, Some(schedule.window.reservation_start), context)?;
        }
        write.delete_reminder(fan, id)?;
    }
    if fans.len() == MAILS_AT_ONCE as usize {
        write.note_deadline(context.now);
    }
    Ok(())
}
