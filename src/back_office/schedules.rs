//! Schedules as staff edit them: the time of the show, the sale terms, the prices and the hall. A change that would
//! affect a seat that somebody has is refused, and the refusal names the seat.

use super::{Change, LogEntry, Owner, concerts, plans, run_and_log};
use crate::box_office::{self, SeatMap};
use crate::calendar;
use crate::domain::concert::{Publication, SaleTerms, check_price};
use crate::domain::refund::RefundPolicy;
use crate::domain::schedule::{SalePhase, Window};
use crate::domain::seating::{NewSeat, Placed};
use crate::domain::{
    Concert, ConcertId, ConcertSchedule, Field, PlanId, Points, Refusal, ScheduleId, SeatId, SeatStatus, StaffAction,
    Timestamp,
};
use crate::house::{House, TxContext};
use crate::store::{Fault, Outcome, PlanSummary, PriceBand, Read, Write};
use std::collections::BTreeMap;

/// Everything that staff set for a schedule.
#[derive(Debug, Clone)]
pub struct ScheduleSheet {
    pub concert: Concert,
    pub schedule: ConcertSchedule,
    pub terms: SaleTerms,
    pub bands: Vec<PriceBand>,
    /// The drawings from which its hall can be built.
    pub plans: Vec<PlanSummary>,
    /// Whether [`delete_schedule`] may delete it.
    pub can_be_deleted: bool,
}

pub(super) fn known(read: &Read<'_>, id: ScheduleId) -> Outcome<(Concert, ConcertSchedule)> {
    let schedule = read.schedule(id)?.ok_or(Refusal::NotFound)?;
    Ok((concerts::known(read, schedule.concert_id)?, schedule))
}

pub(super) fn terms_of(read: &Read<'_>, schedule: &ConcertSchedule) -> Outcome<SaleTerms> {
    let policy = read.refund_policy(schedule.id)?.ok_or(Fault::Broken("a schedule has terms of refund"))?;
    Ok(SaleTerms {
        show_time: schedule.show_time,
        window: schedule.window,
        seats_per_fan: schedule.seats_per_fan,
        active_fans: schedule.active_fans,
        admissions_a_minute: schedule.admissions_a_minute,
        access_until: schedule.access_until,
        no_orphan_seat: schedule.no_orphan_seat,
        no_handing_on: schedule.no_handing_on,
        refund_policy: serde_json::from_str(&policy).map_err(Fault::from)?,
    })
}

pub(super) fn as_json(policy: &RefundPolicy) -> Outcome<String> {
    Ok(serde_json::to_string(policy).map_err(Fault::from)?)
}

/// Returns the name of a schedule in the staff log: the title of the concert, and the time of the show at the venue.
pub(super) fn subject(concert: &Concert, show_time: Timestamp) -> String {
    format!("{}, {}", concert.title, calendar::local(show_time, &concert.time_zone).replace('T', " "))
}

/// Returns everything that staff set for a schedule.
///
/// # Errors
/// [`Refusal::NotFound`] if the schedule does not exist.
pub async fn schedule_sheet(house: &House, _proof: Owner, id: ScheduleId) -> Outcome<ScheduleSheet> {
    house
        .read(move |read, _| {
            let (concert, schedule) = known(read, id)?;
            Ok(ScheduleSheet {
                terms: terms_of(read, &schedule)?,
                bands: read.price_bands(id)?,
                plans: read.plans()?,
                can_be_deleted: can_be_deleted(read, &schedule)?,
                concert,
                schedule,
            })
        })
        .await
}

/// Adds a schedule to a concert, as a draft without seats.
///
/// # Errors
/// [`Refusal::Invalid`] for the first sale term that is invalid, [`Refusal::NotFound`] if the concert does not exist.
pub async fn create_schedule(
    house: &House,
    Owner(owner): Owner,
    concert: ConcertId,
    terms: SaleTerms,
) -> Outcome<ScheduleId> {
    terms.check()?;
    let policy = as_json(&terms.refund_policy)?;
    run_and_log(house, owner, move |write, context| {
        let concert = concerts::known(write, concert)?;
        let id = write.insert_schedule(concert.id, &terms, &policy, Publication::Draft, context.now)?;
        Ok((id, LogEntry::of(StaffAction::ScheduleCreated, subject(&concert, terms.show_time), "")))
    })
    .await
}

/// Changes the sale terms of a schedule. The time of the show cannot change while a seat is held or sold. The opening
/// of the lobby and of the sale cannot change once fans may have gathered.
///
/// # Errors
/// [`Refusal::Invalid`] for the first sale term that is invalid, [`Refusal::NotFound`] if the schedule does not exist,
/// [`Refusal::CalledOff`] if it was called off, [`Refusal::SeatInUse`] if the time of the show cannot change: see
/// [`move_show`](super::move_show). [`Refusal::SaleBegan`] if the opening cannot, [`Refusal::Stale`] as [`Change`] says.
pub async fn change_schedule(
    house: &House,
    Owner(owner): Owner,
    id: ScheduleId,
    change: impl Into<Change<SaleTerms>>,
) -> Outcome<()> {
    let change = change.into();
    let terms = change.after.clone();
    terms.check()?;
    let policy = as_json(&terms.refund_policy)?;
    run_and_log(house, owner, move |write, context| {
        let (concert, schedule) = known(write, id)?;
        let before = terms_of(write, &schedule)?;
        change.check(&before)?;
        schedule.check_not_called_off()?;
        if before.show_time != terms.show_time
            && let Some(seat) = write.seat_in_use(id, None)?
        {
            return Err(Refusal::SeatInUse { seat }.into());
        }
        let opening = |window: &Window| (window.lobby_start, window.reservation_start);
        if opening(&before.window) != opening(&terms.window) && has_begun(&schedule, context.now) {
            return Err(Refusal::SaleBegan.into());
        }
        write.update_schedule(id, &terms, &policy, context.now)?;
        Ok((
            (),
            LogEntry::of(
                StaffAction::ScheduleChanged,
                subject(&concert, terms.show_time),
                changes(&before, &terms, &concert.time_zone),
            ),
        ))
    })
    .await
}

/// Moves all times of a schedule, also those until which seats are kept back, from one time zone to another so that the
/// clock shows the same: see [`calendar::rezoned`].
///
/// # Errors
/// [`Refusal::SaleBegan`] if fans may have seen the lobby or the sale open.
pub(super) fn keep_wall_clock(
    write: &Write<'_>,
    schedule: &ConcertSchedule,
    (from, to): (&str, &str),
    context: TxContext<'_>,
) -> Outcome<()> {
    if has_begun(schedule, context.now) {
        return Err(Refusal::SaleBegan.into());
    }
    let rezoned = |at| calendar::rezoned(at, from, to);
    let terms = terms_of(write, schedule)?.moved(rezoned);
    write.update_schedule(schedule.id, &terms, &as_json(&terms.refund_policy)?, context.now)?;
    let mut kept: BTreeMap<(String, Timestamp), Vec<SeatId>> = BTreeMap::new();
    for seat in write.kept_seats(schedule.id)? {
        if let Some(until) = seat.until {
            kept.entry((seat.reason, until)).or_default().push(seat.id);
        }
    }
    for ((reason, until), seats) in kept {
        write.keep_seats(schedule.id, &seats, Some((&reason, Some(rezoned(until)))), context.now)?;
    }
    Ok(())
}

/// Whether fans may already have seen the lobby or the sale open.
fn has_begun(schedule: &ConcertSchedule, now: Timestamp) -> bool {
    schedule.had_lobby
        || schedule.drawn_at.is_some()
        || schedule.status == Publication::Published && schedule.window.phase(now) != SalePhase::NotYetOpen
}

/// Returns which of the sale terms changed, as a text for the staff log. Its times are local times of `time_zone`.
fn changes(before: &SaleTerms, after: &SaleTerms, time_zone: &str) -> String {
    let time = |at: Timestamp| calendar::with_offset(at, time_zone);
    let number = |value: Option<u32>| value.map_or_else(|| "-".into(), |value| value.to_string());
    let both = |what: &str, one: String, other: String| (one != other).then(|| format!("{what}: {one} → {other}"));
    let window = |terms: &SaleTerms| terms.window;
    let kept = |terms: &SaleTerms| terms.access_until.map_or_else(|| "-".into(), time);
    [
        both("show", time(before.show_time), time(after.show_time)),
        both("lobby", time(window(before).lobby_start), time(window(after).lobby_start)),
        both("opens", time(window(before).reservation_start), time(window(after).reservation_start)),
        both("ends", time(window(before).reservation_end), time(window(after).reservation_end)),
        both("seats a fan", number(before.seats_per_fan), number(after.seats_per_fan)),
        both("active fans", number(before.active_fans), number(after.active_fans)),
        both("admissions a minute", number(before.admissions_a_minute), number(after.admissions_a_minute)),
        both("access places kept until", kept(before), kept(after)),
        both("no orphan seat", before.no_orphan_seat.to_string(), after.no_orphan_seat.to_string()),
        both("no handing on", before.no_handing_on.to_string(), after.no_handing_on.to_string()),
        both("refunds", before.refund_policy.lines(), after.refund_policy.lines()),
    ]
    .into_iter()
    .flatten()
    .collect::<Vec<_>>()
    .join("; ")
}

/// Copies a schedule and its hall to a show at `show_time`, as a draft with every seat for sale. Every time of its sale
/// moves with the show.
///
/// # Errors
/// [`Refusal::Invalid`] if the moved sale terms are invalid, [`Refusal::NotFound`] if the schedule does not exist.
pub async fn copy_schedule(
    house: &House,
    Owner(owner): Owner,
    from: ScheduleId,
    show_time: Timestamp,
) -> Outcome<ScheduleId> {
    run_and_log(house, owner, move |write, context| {
        let (concert, schedule) = known(write, from)?;
        let before = terms_of(write, &schedule)?;
        let was = before.show_time;
        let terms = before.moved(|at| calendar::moved(at, was, show_time, &concert.time_zone));
        terms.check()?;
        let id = write.insert_schedule(
            concert.id,
            &terms,
            &as_json(&terms.refund_policy)?,
            Publication::Draft,
            context.now,
        )?;
        write.copy_seats(from, id, context.now)?;
        write.set_backdrop(id, write.backdrop(from)?.as_deref())?;
        write.set_venue(id, schedule.venue(&concert))?;
        let from = subject(&concert, schedule.show_time);
        Ok((id, LogEntry::of(StaffAction::ScheduleCopied, subject(&concert, show_time), from)))
    })
    .await
}

/// Whether a schedule can be deleted: it is a draft, and nobody has ever queued for it or held one of its seats.
fn can_be_deleted(read: &Read<'_>, schedule: &ConcertSchedule) -> Outcome<bool> {
    Ok(schedule.status == Publication::Draft && !read.was_used(schedule.id)?)
}

/// Returns the map of a schedule as fans will see it once it is published.
///
/// # Errors
/// [`Refusal::NotFound`] if the schedule does not exist.
pub async fn preview_map(house: &House, _proof: Owner, id: ScheduleId) -> Outcome<SeatMap> {
    box_office::seat_map_or_draft(house, id).await
}

/// Deletes a schedule with its seats. Returns its concert.
///
/// # Errors
/// [`Refusal::NotFound`] if the schedule does not exist, [`Refusal::InUse`] if it is published, or if anybody has ever
/// queued for it or held one of its seats.
pub async fn delete_schedule(house: &House, Owner(owner): Owner, id: ScheduleId) -> Outcome<ConcertId> {
    run_and_log(house, owner, move |write, _| {
        let (concert, schedule) = known(write, id)?;
        if !can_be_deleted(write, &schedule)? {
            return Err(Refusal::InUse.into());
        }
        write.delete_schedule(id)?;
        Ok((concert.id, LogEntry::of(StaffAction::ScheduleDeleted, subject(&concert, schedule.show_time), "")))
    })
    .await
}

/// Publishes a schedule, or makes it a draft again.
///
/// # Errors
/// [`Refusal::NotFound`] if the schedule does not exist. To publish: [`Refusal::ConcertIsDraft`] if its concert is a
/// draft, [`Refusal::NoSeats`] if it has no seats. To make it a draft: [`Refusal::SeatInUse`] if a seat is held or
/// sold, [`Refusal::SaleBegan`] if a fan waits or is active.
pub async fn publish_schedule(house: &House, Owner(owner): Owner, id: ScheduleId, status: Publication) -> Outcome<()> {
    run_and_log(house, owner, move |write, context| {
        let (concert, schedule) = known(write, id)?;
        let action = match status {
            Publication::Published => {
                if concert.status == Publication::Draft {
                    return Err(Refusal::ConcertIsDraft.into());
                }
                if write.price_bands(id)?.is_empty() {
                    return Err(Refusal::NoSeats.into());
                }
                StaffAction::SchedulePublished
            }
            Publication::Draft => {
                if let Some(seat) = write.seat_in_use(id, None)? {
                    return Err(Refusal::SeatInUse { seat }.into());
                }
                if schedule.waiting + schedule.active > 0 {
                    return Err(Refusal::SaleBegan.into());
                }
                write.end_waitlist(id, context.now)?;
                StaffAction::ScheduleWithdrawn
            }
        };
        write.set_schedule_status(id, status, context.now)?;
        Ok(((), LogEntry::of(action, subject(&concert, schedule.show_time), "")))
    })
    .await
}

/// Returns the price of a band, or refuses if there is none or it is out of range ([`check_price`]).
fn price_of(prices: &BTreeMap<String, Points>, band: &str) -> Result<Points, Refusal> {
    let price = *prices.get(band).ok_or(Refusal::invalid(Field::Price))?;
    check_price(price)?;
    Ok(price)
}

/// Builds the hall of a schedule from a drawing, in place of any hall that it had, and returns the number of seats.
/// `prices` has the price, in points, of each price band of the drawing.
///
/// # Errors
/// [`Refusal::NotFound`] if the schedule or the drawing does not exist, [`Refusal::Invalid`] if a band has no price or
/// its price is out of range, [`Refusal::WrongPlan`] if the drawing is not valid, and [`Refusal::SeatInUse`] if a seat
/// of the schedule was ever reserved, since the history of reservations refers to it.
pub async fn build_hall(
    house: &House,
    Owner(owner): Owner,
    id: ScheduleId,
    plan: PlanId,
    prices: BTreeMap<String, Points>,
) -> Outcome<usize> {
    run_and_log(house, owner, move |write, context| {
        let (concert, schedule) = known(write, id)?;
        let drawing = plans::known(write, plan)?;
        if let Some(seat) = write.seat_ever_reserved(id)? {
            return Err(Refusal::SeatInUse { seat }.into());
        }
        let placed = drawing.placed().map_err(Refusal::wrong_plan)?;
        let seat = |placed: Placed| {
            let price = price_of(&prices, &placed.category)?;
            Ok(NewSeat { placed, price, status: SeatStatus::Reservable })
        };
        let seats = placed.into_iter().map(seat).collect::<Result<Vec<_>, Refusal>>()?;
        write.remove_seats(id)?;
        write.insert_seats(id, &seats, context.now)?;
        let seats = seats.len();
        let backdrop = serde_json::to_string(&drawing.backdrop()).map_err(Fault::from)?;
        write.set_backdrop(id, Some(&backdrop))?;
        let note = format!("{}: {seats}", drawing.name);
        Ok((seats, LogEntry::of(StaffAction::HallBuilt, subject(&concert, schedule.show_time), note)))
    })
    .await
}

/// Changes the prices of a schedule. `prices` has the price, in points, of each of its price bands. The price of a band
/// cannot change while one of its seats is held or sold.
///
/// # Errors
/// [`Refusal::NotFound`] if the schedule does not exist, [`Refusal::Invalid`] if a band has no price or its price is
/// out of range, [`Refusal::SeatInUse`] if a price cannot change, [`Refusal::Stale`] as [`Change`] says.
pub async fn set_prices(
    house: &House,
    Owner(owner): Owner,
    id: ScheduleId,
    change: impl Into<Change<BTreeMap<String, Points>>>,
) -> Outcome<()> {
    let change = change.into();
    run_and_log(house, owner, move |write, context| {
        let (concert, schedule) = known(write, id)?;
        let bands = write.price_bands(id)?;
        change.check(&bands.iter().map(|band| (band.category.clone(), band.price)).collect())?;
        let mut changed = vec![];
        for band in bands {
            let price = price_of(&change.after, &band.category)?;
            if price == band.price {
                continue;
            }
            if let Some(seat) = write.seat_in_use(id, Some(&band.category))? {
                return Err(Refusal::SeatInUse { seat }.into());
            }
            write.set_price(id, &band.category, price, context.now)?;
            changed.push(format!("{}: {} → {price}", band.category, band.price));
        }
        Ok(((), LogEntry::of(StaffAction::PricesChanged, subject(&concert, schedule.show_time), changed.join("; "))))
    })
    .await
}
