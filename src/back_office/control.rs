//! The control room of a running sale: its figures, and the controls of its queue (how many fans are admitted, a pause,
//! a notice to waiting fans). A change takes effect as soon as it is committed: if it may admit fans, the sweeper is
//! woken and advances the queue.

use super::{BoxOffice, Change, LogEntry, run_and_log, schedules};
use crate::domain::concert::{MAX_FANS, MAX_NOTE, clean_line};
use crate::domain::{Concert, ConcertSchedule, Field, Refusal, ScheduleId, StaffAction};
use crate::house::House;
use crate::store::{Outcome, Takings};

/// The state of a sale.
#[derive(Debug, Clone)]
pub struct Control {
    pub concert: Concert,
    pub schedule: ConcertSchedule,
    pub takings: Takings,
}

/// Returns the state of a sale now.
///
/// # Errors
/// [`Refusal::NotFound`] if the schedule does not exist.
pub async fn control(house: &House, _proof: BoxOffice, id: ScheduleId) -> Outcome<Control> {
    house
        .read(move |read, _| {
            let (concert, schedule) = schedules::known(read, id)?;
            Ok(Control { takings: read.takings(id)?, concert, schedule })
        })
        .await
}

/// The limits of a queue, each from 1 to [`MAX_FANS`]. `None` means the house default applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How many fans may be active at once.
    pub active_fans: Option<u32>,
    pub admissions_a_minute: Option<u32>,
}

impl From<&ConcertSchedule> for Limits {
    fn from(schedule: &ConcertSchedule) -> Self {
        Self { active_fans: schedule.active_fans, admissions_a_minute: schedule.admissions_a_minute }
    }
}

/// Sets the limits of a queue. Fans who are active stay active, even if there are more of them than the new limit.
///
/// # Errors
/// [`Refusal::NotFound`] if the schedule does not exist, [`Refusal::Invalid`] if a number is out of range,
/// [`Refusal::Stale`] as [`Change`] says.
pub async fn set_limits(
    house: &House,
    BoxOffice(staff): BoxOffice,
    id: ScheduleId,
    change: impl Into<Change<Limits>>,
) -> Outcome<()> {
    let change = change.into();
    let Limits { active_fans, admissions_a_minute } = change.after;
    let within = |value: Option<u32>| value.is_none_or(|value| (1..=MAX_FANS).contains(&value));
    if !within(active_fans) {
        return Err(Refusal::invalid(Field::ActiveFans).into());
    }
    if !within(admissions_a_minute) {
        return Err(Refusal::invalid(Field::AdmissionsAMinute).into());
    }
    run_and_log(house, staff, move |write, context| {
        let (concert, schedule) = schedules::known(write, id)?;
        let before = Limits::from(&schedule);
        change.check(&before)?;
        write.set_limits(id, active_fans, admissions_a_minute, context.now)?;
        let both = |before: Option<u32>, after: Option<u32>| {
            let number = |value: Option<u32>| value.map_or_else(|| "-".into(), |value| value.to_string());
            format!("{} → {}", number(before), number(after))
        };
        let note = format!(
            "active fans: {}; admissions a minute: {}",
            both(before.active_fans, active_fans),
            both(before.admissions_a_minute, admissions_a_minute)
        );
        Ok(((), LogEntry::of(StaffAction::LimitsSet, schedules::subject(&concert, schedule.show_time), note)))
    })
    .await
}

/// Pauses the queue, so that nobody else is admitted, or resumes it. Fans who are active stay active.
///
/// # Errors
/// [`Refusal::NotFound`] if the schedule does not exist.
pub async fn pause(house: &House, BoxOffice(staff): BoxOffice, id: ScheduleId, paused: bool) -> Outcome<()> {
    run_and_log(house, staff, move |write, context| {
        let (concert, schedule) = schedules::known(write, id)?;
        write.set_paused(id, paused, context.now)?;
        let action = if paused { StaffAction::QueuePaused } else { StaffAction::QueueResumed };
        Ok(((), LogEntry::of(action, schedules::subject(&concert, schedule.show_time), "")))
    })
    .await
}

/// Shows a notice to all waiting fans, or removes it if `text` is blank.
///
/// # Errors
/// [`Refusal::NotFound`] if the schedule does not exist, [`Refusal::Invalid`] if the text has more than one line or
/// more than [`MAX_NOTE`] characters.
pub async fn announce(house: &House, BoxOffice(staff): BoxOffice, id: ScheduleId, text: &str) -> Outcome<()> {
    let text = match text.trim() {
        "" => None,
        text => Some(clean_line(text, MAX_NOTE, Field::Note)?),
    };
    run_and_log(house, staff, move |write, context| {
        let (concert, schedule) = schedules::known(write, id)?;
        write.set_notice(id, text.as_deref(), context.now)?;
        let subject = schedules::subject(&concert, schedule.show_time);
        Ok(((), LogEntry::of(StaffAction::Announced, subject, text.clone().unwrap_or_default())))
    })
    .await
}
