//! The waitlist of a sold-out date: joining and leaving it, and offering the seats that come back.
//!
//! The sweeper offers seats as soon as they are free. A hold of a fan in the queue is decided only after that, so the queue
//! never gets a seat that suits somebody on the waitlist.

use super::known_user;
use crate::domain::concert::Publication;
use crate::domain::hall::HallPlan;
use crate::domain::hold::is_kept_for_access;
use crate::domain::mail::Letter;
use crate::domain::queue::{EndReason, TokenStatus};
use crate::domain::schedule::SalePhase;
use crate::domain::waitlist::{JoinFacts, WaitlistEntry, WaitlistStatus, Wish, check_join, offer_expires, suiting};
use crate::domain::{ConcertSchedule, Field, Refusal, ScheduleId, SeatStatus, Timestamp, UserId};
use crate::halls::backdrop;
use crate::house::{House, TxContext, known_schedule};
use crate::post_office::post;
use crate::store::{Outcome, PriceBand, Read, Write};
use std::collections::HashSet;

/// A fan's entry on a waitlist, as a page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitlistPlace {
    pub entry: WaitlistEntry,
    /// How many entries were made before it and wait. 0 if it does not wait.
    pub ahead: u32,
}

/// Returns the latest entry of a fan on the waitlist of a schedule, in any state. `None` if there never was one.
pub async fn waitlist_place(house: &House, fan: UserId, schedule: ScheduleId) -> Outcome<Option<WaitlistPlace>> {
    house.read(move |read, _| read.waitlist_entry_of(fan, schedule)?.map(|entry| place(read, entry)).transpose()).await
}

/// Returns the entries of a fan that wait or have an offer, the latest first.
pub async fn waitlist_places(house: &House, fan: UserId) -> Outcome<Vec<WaitlistPlace>> {
    house
        .read(move |read, _| {
            let open = read.waitlist_entries_of(fan)?.into_iter().filter(WaitlistEntry::is_open);
            open.map(|entry| place(read, entry)).collect()
        })
        .await
}

fn place(read: &Read<'_>, entry: WaitlistEntry) -> Outcome<WaitlistPlace> {
    let ahead = match entry.status {
        WaitlistStatus::Wait => read.waitlist_ahead(entry.schedule_id, entry.id)?,
        _ => 0,
    };
    Ok(WaitlistPlace { entry, ahead })
}

/// Puts a fan at the end of the waitlist of a schedule. A fan who is on it, or has an offer, keeps that.
///
/// # Errors
/// [`Refusal::NotFound`] if the schedule does not exist or is a draft, [`Refusal::Invalid`] if it has no price band of a
/// name in the wish, or fewer seats in these bands than the party has people, and what [`check_join`] refuses.
pub async fn join_waitlist(house: &House, fan: UserId, schedule: ScheduleId, wish: Wish) -> Outcome<()> {
    house
        .write(move |write, context| {
            let known = known_schedule(write, schedule)?;
            known_user(write, fan)?;
            if write.waitlist_entry_of(fan, schedule)?.is_some_and(|entry| entry.is_open()) {
                return Ok(());
            }
            let bands = write.price_bands(schedule)?;
            let is_wished = |band: &PriceBand| wish.bands.is_empty() || wish.bands.contains(&band.category);
            let wished: Vec<&PriceBand> = bands.iter().filter(|band| is_wished(band)).collect();
            let seats: i64 = wished.iter().map(|band| band.seats).sum();
            let is_known = wish.bands.iter().all(|name| wished.iter().any(|band| band.category == *name));
            if !is_known || seats < i64::from(wish.party) {
                return Err(Refusal::invalid(Field::Bands).into());
            }
            // Equal wishes are stored as equal texts: each band once, in one order, and all bands as none.
            let names = wished.iter().map(|band| band.category.clone());
            let wish =
                Wish { bands: if wished.len() == bands.len() { vec![] } else { names.collect() }, ..wish.clone() };
            let held = u32::try_from(write.basket(fan, schedule)?.len()).unwrap_or(u32::MAX);
            let takes_access = wish.needs_access || !is_kept_for_access(known.access_until, context.now);
            let facts = JoinFacts {
                window: known.window,
                obtainable: write.seats_for(schedule, &wish, (takes_access, true))?,
                has: write.bought(fan, schedule)?.saturating_add(held),
                seats_per_fan: context.settings.seats_per_fan_of(&known),
                is_verified: !context.settings.verifies_addresses || write.is_verified(fan)?,
                is_voided: write.voided_place_of(fan, schedule)?.is_some(),
            };
            check_join(&facts, wish.party, context.now)?;
            write.insert_waitlist_entry(fan, schedule, &wish, known.window.reservation_end, context.now)?;
            Ok(())
        })
        .await
}

/// Takes a fan off the waitlist of a schedule, and gives back the seats that are offered to them. Does nothing if they are
/// not on it.
///
/// # Errors
/// [`Refusal::NotFound`] if the schedule does not exist or is a draft.
pub async fn leave_waitlist(house: &House, fan: UserId, schedule: ScheduleId) -> Outcome<()> {
    house
        .write(move |write, context| {
            known_schedule(write, schedule)?;
            end_entry(write, fan, schedule, context.now)
        })
        .await
}

/// Ends the entry of a fan, and gives back the seats that are offered to them.
pub(super) fn end_entry(write: &Write<'_>, fan: UserId, schedule: ScheduleId, now: Timestamp) -> Outcome<()> {
    if write.has_offer(fan, schedule)? {
        write.free(schedule, &write.basket(fan, schedule)?, now)?;
    }
    Ok(write.end_waitlist_entry(fan, schedule, now)?)
}

/// Offers the seats of a schedule that are for sale to its waitlist, if that is due: to each entry in turn, if some suit it.
/// Ends all entries that wait if the sale is over.
pub(crate) fn offer_seats(write: &Write<'_>, schedule: &ConcertSchedule, context: TxContext<'_>) -> Outcome<()> {
    let (id, now) = (schedule.id, context.now);
    if schedule.waitlisted == 0 {
        return Ok(());
    }
    match schedule.window.phase(now) {
        SalePhase::Closed => return Ok(write.end_waitlist(id, now)?),
        SalePhase::Open if schedule.is_waitlist_due && schedule.status == Publication::Published => {}
        _ => return Ok(()),
    }
    write.set_waitlist_done(id)?;
    let is_open_to_all = !is_kept_for_access(schedule.access_until, now);
    let takes_access = |wish: &Wish| wish.needs_access || is_open_to_all;
    // Most often too few seats are free for anybody, and the hall need not be read.
    let mut hopeless: HashSet<Wish> = HashSet::new();
    let wishes = write.wishes(id)?;
    for wish in &wishes {
        if write.seats_for(id, wish, (takes_access(wish), false))? < i64::from(wish.party) {
            hopeless.insert(wish.clone());
        }
    }
    if hopeless.len() == wishes.len() {
        return Ok(());
    }
    let (seats, states): (Vec<_>, Vec<_>) = write.seats(id)?.into_iter().unzip();
    let plan = HallPlan::new(seats).before(backdrop(write, id)?);
    let mut free: Vec<bool> = states.iter().map(|seat| seat.status == SeatStatus::Reservable).collect();
    let limit = context.settings.seats_per_fan_of(schedule);
    let (offer_seconds, hold_seconds) = (context.settings.offer_seconds, context.settings.hold_seconds);
    let expire_at = offer_expires(&schedule.window, offer_seconds, hold_seconds, now);
    for entry in write.waitlist(id)? {
        let WaitlistEntry { user_id: fan, ref wish, .. } = entry;
        if hopeless.contains(wish) {
            continue;
        }
        let Some(chosen) = suiting(&plan, &free, wish, takes_access(wish)) else {
            // Nor do any suit the same wish of another fan: the free seats only become fewer.
            hopeless.insert(wish.clone());
            continue;
        };
        if write.voided_place_of(fan, id)?.is_some() {
            write.end_waitlist_entry(fan, id, now)?;
            continue;
        }
        let token = write.token(fan, id)?.map(|token| token.as_of(&schedule.window, now));
        let is_admitted = token.is_some_and(|token| token.status == TokenStatus::Active);
        if is_admitted || !write.basket(fan, id)?.is_empty() || write.bought(fan, id)? + wish.party > limit {
            continue;
        }
        // Who gets seats from the waitlist need not wait in the queue any more.
        if let Some(token) = token.filter(|token| token.status == TokenStatus::Wait) {
            write.end_tokens(&[token.id], EndReason::Left, now)?;
        }
        for index in chosen {
            let (Some(seat), Some(free)) = (plan.seats().get(index), free.get_mut(index)) else { continue };
            *free = false;
            write.hold_seat(fan, id, (seat.id, seat.price), expire_at, now)?;
        }
        write.set_offered(&entry, expire_at, now)?;
        post(write, fan, Letter::Offer { entry: entry.id }, Some(expire_at), context)?;
    }
    Ok(())
}

/// Ends the holds of a schedule that have expired, and offers all its free seats to its waitlist. Does nothing if nobody is on
/// it. A hold of a fan in the queue is decided after this, so that it gets no seat that suits somebody on the waitlist.
pub(super) fn offer_first(
    write: &Write<'_>,
    schedule: ConcertSchedule,
    context: TxContext<'_>,
) -> Outcome<ConcertSchedule> {
    if schedule.waitlisted == 0 {
        return Ok(schedule);
    }
    write.free(schedule.id, &write.expired_holds(schedule.id, u32::MAX, context.now)?, context.now)?;
    offer_seats(write, &known_schedule(write, schedule.id)?, context)?;
    known_schedule(write, schedule.id)
}
