//! Concerts as staff edit them: drafts, published concerts, and their posters.

use super::{BoxOffice, Change, LogEntry, Owner, run_and_log, schedules};
use crate::box_office::{self, Listing};
use crate::calendar;
use crate::domain::concert::{ConcertTexts, Publication};
use crate::domain::{Concert, ConcertId, ConcertSchedule, Refusal, StaffAction};
use crate::house::House;
use crate::store::{Outcome, Read};

/// A concert with all its schedules, drafts included.
#[derive(Debug, Clone)]
pub struct ConcertWithSchedules {
    pub concert: Concert,
    pub schedules: Vec<ConcertSchedule>,
}

pub(super) fn known(read: &Read<'_>, id: ConcertId) -> Outcome<Concert> {
    Ok(read.concert(id)?.ok_or(Refusal::NotFound)?)
}

/// Returns every concert, drafts included, in the order in which they were created.
pub async fn concerts(house: &House, _proof: BoxOffice) -> Outcome<Vec<ConcertWithSchedules>> {
    house
        .read(|read, _| {
            let concerts = read.concerts()?.into_iter();
            concerts
                .map(|concert| Ok(ConcertWithSchedules { schedules: read.schedules_of(concert.id)?, concert }))
                .collect()
        })
        .await
}

/// Returns one concert with all its schedules.
///
/// # Errors
/// [`Refusal::NotFound`] if the concert does not exist.
pub async fn concert(house: &House, _proof: Owner, id: ConcertId) -> Outcome<ConcertWithSchedules> {
    house
        .read(move |read, _| Ok(ConcertWithSchedules { concert: known(read, id)?, schedules: read.schedules_of(id)? }))
        .await
}

/// Adds a concert, as a draft.
///
/// # Errors
/// [`Refusal::Invalid`] for the first field that is malformed.
pub async fn create_concert(house: &House, Owner(owner): Owner, programme: ConcertTexts) -> Outcome<ConcertId> {
    let programme = programme.clean()?;
    calendar::zone(&programme.time_zone)?;
    run_and_log(house, owner, move |write, context| {
        let id = write.insert_concert(&programme, Publication::Draft, context.now)?;
        Ok((id, LogEntry::of(StaffAction::ConcertCreated, &programme.title, "")))
    })
    .await
}

/// Changes the texts of a concert. The time zone and the venue cannot change while a seat of the concert is held or
/// sold, since tickets show them. If the time zone changes, all times of its schedules keep what the clock shows.
///
/// # Errors
/// [`Refusal::Invalid`] for the first field that is malformed, [`Refusal::NotFound`] if the concert does not exist,
/// [`Refusal::SeatInUse`] if the time zone or the venue cannot change, [`Refusal::SaleBegan`] if the time zone cannot
/// because a lobby or a sale has opened, [`Refusal::Stale`] as [`Change`] says.
pub async fn change_concert(
    house: &House,
    Owner(owner): Owner,
    id: ConcertId,
    change: impl Into<Change<ConcertTexts>>,
) -> Outcome<()> {
    let change = change.into();
    let after = change.after.clone().clean()?;
    calendar::zone(&after.time_zone)?;
    run_and_log(house, owner, move |write, context| {
        let before = known(write, id)?.texts();
        change.check(&before)?;
        let moves = before.time_zone != after.time_zone;
        if moves || before.venue != after.venue {
            for schedule in write.schedules_of(id)? {
                // The tickets of a date with a hall of its own show that hall.
                let shows_change = moves || schedule.other_venue.is_none();
                if let Some(seat) = write.seat_in_use(schedule.id, None)?.filter(|_| shows_change) {
                    return Err(Refusal::SeatInUse { seat }.into());
                }
                if moves {
                    schedules::keep_wall_clock(write, &schedule, (&before.time_zone, &after.time_zone), context)?;
                }
            }
        }
        write.update_concert(id, &after, context.now)?;
        let changed = [
            (before.title, &after.title),
            (before.performer, &after.performer),
            (before.venue, &after.venue),
            (before.time_zone, &after.time_zone),
        ];
        let changed = changed.iter().filter(|(before, after)| before != *after);
        let changed: Vec<_> = changed.map(|(before, after)| format!("{before} → {after}")).collect();
        Ok(((), LogEntry::of(StaffAction::ConcertChanged, &after.title, changed.join("; "))))
    })
    .await
}

/// Returns a concert as its public page will show it once it and all its schedules are published.
///
/// # Errors
/// [`Refusal::NotFound`] if the concert does not exist.
pub async fn preview(house: &House, _proof: Owner, id: ConcertId) -> Outcome<Listing> {
    house.read(move |read, _| box_office::listing(read, known(read, id)?, |_| true)).await
}

/// Deletes a concert.
///
/// # Errors
/// [`Refusal::NotFound`] if the concert does not exist, [`Refusal::InUse`] unless it is a draft without schedules.
pub async fn delete_concert(house: &House, Owner(owner): Owner, id: ConcertId) -> Outcome<()> {
    run_and_log(house, owner, move |write, _| {
        let concert = known(write, id)?;
        if concert.status == Publication::Published || !write.schedules_of(id)?.is_empty() {
            return Err(Refusal::InUse.into());
        }
        write.delete_concert(id)?;
        Ok(((), LogEntry::of(StaffAction::ConcertDeleted, concert.title, "")))
    })
    .await
}

/// Publishes a concert, or makes it a draft again.
///
/// # Errors
/// [`Refusal::NotFound`] if the concert does not exist, [`Refusal::SchedulesPublished`] if it would become a draft
/// while one of its schedules is published.
pub async fn publish_concert(house: &House, Owner(owner): Owner, id: ConcertId, status: Publication) -> Outcome<()> {
    run_and_log(house, owner, move |write, context| {
        let concert = known(write, id)?;
        let is_shown = |schedule: &ConcertSchedule| schedule.status == Publication::Published;
        if status == Publication::Draft && write.schedules_of(id)?.iter().any(is_shown) {
            return Err(Refusal::SchedulesPublished.into());
        }
        write.set_concert_status(id, status, context.now)?;
        let action = match status {
            Publication::Published => StaffAction::ConcertPublished,
            Publication::Draft => StaffAction::ConcertWithdrawn,
        };
        Ok(((), LogEntry::of(action, concert.title, "")))
    })
    .await
}

/// Sets the poster of a concert, or removes it if `image` is `None`. The caller has already checked the image and
/// encoded it again.
///
/// # Errors
/// [`Refusal::NotFound`] if the concert does not exist.
pub async fn set_poster(house: &House, Owner(owner): Owner, id: ConcertId, image: Option<Vec<u8>>) -> Outcome<()> {
    let tag = house.clock().random_key();
    run_and_log(house, owner, move |write, context| {
        let concert = known(write, id)?;
        write.set_poster(id, image.as_deref().map(|image| (&*tag, image)), context.now)?;
        let action = if image.is_some() { StaffAction::PosterChanged } else { StaffAction::PosterRemoved };
        Ok(((), LogEntry::of(action, concert.title, "")))
    })
    .await
}
