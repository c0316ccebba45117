//! The control room of a sale: how it stands, and the dials, the brake and the loudspeaker of its line. What is set here acts
//! as soon as it is committed: the sweeper is woken and moves the line on.

use super::{BoxOffice, Entry, act, schedules};
use crate::domain::concert::{MAX_FANS, MAX_NOTE, clean_line};
use crate::domain::entities::{Concert, ConcertSchedule, StaffAction, Takings};
use crate::domain::{Field, Refusal, ScheduleId};
use crate::house::House;
use crate::store::Outcome;

/// A sale as it stands.
#[derive(Debug, Clone)]
pub struct Control {
    pub concert: Concert,
    pub schedule: ConcertSchedule,
    pub takings: Takings,
}

/// How a sale stands now.
///
/// # Errors
/// [`Refusal::NotFound`].
pub async fn control(house: &House, _proof: BoxOffice, id: ScheduleId) -> Outcome<Control> {
    house
        .read(move |read, _| {
            let (concert, schedule) = schedules::known(read, id)?;
            Ok(Control { takings: read.takings(id)?, concert, schedule })
        })
        .await
}

/// Sets how many fans choose at once and how many are admitted a minute; none is as the house is set. Whoever chooses now
/// stays.
///
/// # Errors
/// [`Refusal::NotFound`], [`Refusal::Invalid`].
pub async fn set_dials(
    house: &House,
    BoxOffice(staff): BoxOffice,
    id: ScheduleId,
    active_fans: Option<u32>,
    admissions_a_minute: Option<u32>,
) -> Outcome<()> {
    let within = |value: Option<u32>| value.is_none_or(|value| (1..=MAX_FANS).contains(&value));
    if !within(active_fans) {
        return Err(Refusal::invalid(Field::ActiveFans).into());
    }
    if !within(admissions_a_minute) {
        return Err(Refusal::invalid(Field::AdmissionsAMinute).into());
    }
    act(house, staff, move |write, terms| {
        let (concert, schedule) = schedules::known(write, id)?;
        write.set_dials(id, active_fans, admissions_a_minute, terms.now)?;
        let both = |before: Option<u32>, after: Option<u32>| {
            let number = |value: Option<u32>| value.map_or_else(|| "-".into(), |value| value.to_string());
            format!("{} → {}", number(before), number(after))
        };
        let note = format!(
            "active fans: {}; admissions a minute: {}",
            both(schedule.active_fans, active_fans),
            both(schedule.admissions_a_minute, admissions_a_minute)
        );
        Ok(((), Entry::of(StaffAction::DialsSet, schedules::subject(&concert, schedule.show_time), note)))
    })
    .await
}

/// Holds the line, so that nobody else is called, or lets it go on. Whoever is in stays in.
///
/// # Errors
/// [`Refusal::NotFound`].
pub async fn pause(house: &House, BoxOffice(staff): BoxOffice, id: ScheduleId, paused: bool) -> Outcome<()> {
    act(house, staff, move |write, terms| {
        let (concert, schedule) = schedules::known(write, id)?;
        write.set_paused(id, paused, terms.now)?;
        let action = if paused { StaffAction::LinePaused } else { StaffAction::LineResumed };
        Ok(((), Entry::of(action, schedules::subject(&concert, schedule.show_time), "")))
    })
    .await
}

/// Says something to everybody who waits, or nothing any more where it is empty.
///
/// # Errors
/// [`Refusal::NotFound`]; [`Refusal::Invalid`] for more than one line.
pub async fn announce(house: &House, BoxOffice(staff): BoxOffice, id: ScheduleId, text: &str) -> Outcome<()> {
    let text = match text.trim() {
        "" => None,
        text => Some(clean_line(text, MAX_NOTE, Field::Note)?),
    };
    act(house, staff, move |write, terms| {
        let (concert, schedule) = schedules::known(write, id)?;
        write.set_notice(id, text.as_deref(), terms.now)?;
        let subject = schedules::subject(&concert, schedule.show_time);
        Ok(((), Entry::of(StaffAction::Announced, subject, text.clone().unwrap_or_default())))
    })
    .await
}
