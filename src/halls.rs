//! The halls in memory: the seats of every schedule that somebody has looked at, as of the last commit.
//!
//! Seats are shown, and holds of taken seats refused, without access to the database. Nothing is granted from memory: a
//! hold that is not refused here is decided by a transaction.

use crate::domain::concert::Publication;
use crate::domain::hall::{HallPlan, pack, pack_three};
use crate::domain::hold::{Held, WantedSeat};
use crate::domain::party::{self, Closeness, Party};
use crate::domain::seat::{SeatNow, effective_status};
use crate::domain::seating::Backdrop;
use crate::domain::{
    Concert, ConcertSchedule, Refusal, ScheduleId, Seat, SeatId, SeatName, SeatStatus, Timestamp, UserId,
};
use crate::store::{Fault, Outcome, Read, ScheduleChanges, Store};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

/// The halls that somebody has looked at, by schedule.
#[derive(Debug, Default)]
pub struct Halls {
    halls: Mutex<HashMap<ScheduleId, Arc<Slot>>>,
}

/// The slot for one hall in memory. It is filled once the hall has been read.
#[derive(Debug)]
struct Slot {
    /// Locked by the one caller that reads the hall from the database, while all other callers wait.
    reading: tokio::sync::Mutex<()>,
    known: Mutex<Known>,
}

#[derive(Debug)]
enum Known {
    /// The hall is being read. Keeps the changes that were committed since the slot was made, which are applied after
    /// the read.
    Loading(Vec<ScheduleChanges>),
    Loaded(Arc<Hall>),
}

impl Slot {
    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn loaded(&self) -> Option<Arc<Hall>> {
        match &*self.lock() {
            Known::Loaded(hall) => Some(hall.clone()),
            Known::Loading(_) => None,
        }
    }
}

/// On drop, removes a slot that was not filled because the schedule does not exist, storage failed, or the caller was
/// cancelled.
struct Unfilled<'h> {
    halls: &'h Halls,
    id: ScheduleId,
    slot: Arc<Slot>,
}

impl Drop for Unfilled<'_> {
    fn drop(&mut self) {
        if self.slot.loaded().is_none() {
            let mut halls = self.halls.lock();
            if halls.get(&self.id).is_some_and(|slot| Arc::ptr_eq(slot, &self.slot)) {
                halls.remove(&self.id);
            }
        }
    }
}

impl Halls {
    /// The hall of a schedule: from memory, or read from the database at the first call and then kept.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] if there is no such schedule; the errors of [`Store::read`].
    pub(crate) async fn hall(&self, store: &Store, id: ScheduleId) -> Outcome<Arc<Hall>> {
        loop {
            let new =
                || Arc::new(Slot { reading: tokio::sync::Mutex::default(), known: Mutex::new(Known::Loading(vec![])) });
            let slot = self.lock().entry(id).or_insert_with(new).clone();
            if let Some(hall) = slot.loaded() {
                return Ok(hall);
            }
            let unfilled = Unfilled { halls: self, id, slot: slot.clone() };
            let _reading = slot.reading.lock().await;
            if let Some(hall) = slot.loaded() {
                return Ok(hall);
            }
            // The slot was made before the snapshot below is taken. So every commit that the snapshot misses is kept in
            // the slot, and no change is lost.
            let read = store.read(move |read| {
                let schedule = read.schedule(id)?.ok_or(Refusal::NotFound)?;
                let concert = read.concert(schedule.concert_id)?.ok_or(Refusal::NotFound)?;
                Ok(Hall::new(concert, schedule, backdrop(read, id)?, read.seats(id)?))
            });
            let hall = Arc::new(read.await?);
            {
                let mut known = slot.lock();
                if let Known::Loading(missed) = &*known {
                    missed.iter().for_each(|changes| hall.apply(changes));
                }
                *known = Known::Loaded(hall.clone());
            }
            drop(unfilled);
            // If the slot was removed meanwhile, it has missed later commits, so the loop tries again with a new one.
            if self.lock().get(&id).is_some_and(|now| Arc::ptr_eq(now, &slot)) {
                return Ok(hall);
            }
        }
    }

    /// Applies what a commit changed to the hall of a schedule, if it is in memory or being read. If the plan or the
    /// concert has changed, the hall is removed, and read again at the next call of [`Halls::hall`].
    pub(crate) fn apply(&self, id: ScheduleId, changes: &ScheduleChanges) {
        let slot = {
            let mut halls = self.lock();
            if changes.hall_changed {
                halls.remove(&id);
            }
            halls.get(&id).cloned()
        };
        match slot.as_ref().map(|slot| slot.lock()).as_deref_mut() {
            Some(Known::Loaded(hall)) => hall.apply(changes),
            Some(Known::Loading(missed)) => {
                let (seats, after) = (changes.seats.clone(), changes.after.clone());
                missed.push(ScheduleChanges { seats, after, ..ScheduleChanges::default() });
            }
            None => {}
        }
    }

    /// Removes all halls, after storage failed: each is read again at the next call of [`Halls::hall`].
    pub(crate) fn forget(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<ScheduleId, Arc<Slot>>> {
        self.halls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The backdrop of a schedule's hall. `None` if it was built without a drawing.
pub(crate) fn backdrop(read: &Read<'_>, id: ScheduleId) -> Outcome<Option<Backdrop>> {
    Ok(read.backdrop(id)?.map(|json| serde_json::from_str(&json)).transpose().map_err(Fault::from)?)
}

/// One hall: its plan and its concert, which never change in this value, and the state of its seats as of the last
/// commit. When the plan or the concert changes, the hall is read again into a new value.
#[derive(Debug)]
pub struct Hall {
    concert: Concert,
    plan: Arc<HallPlan>,
    now: RwLock<HallNow>,
    /// The seats that [`Hall::claim_best`] has chosen for holds that are not decided yet, and for whom.
    claimed: Mutex<HashMap<SeatId, UserId>>,
}

/// Seats that were chosen for a hold. Until it is dropped, [`Hall::claim_best`] chooses none of them for another fan.
#[derive(Debug)]
pub struct Claim {
    pub seats: Vec<SeatId>,
    pub closeness: Closeness,
    hall: Arc<Hall>,
}

impl Drop for Claim {
    fn drop(&mut self) {
        let mut claimed = self.hall.claimed();
        claimed.retain(|seat, _| !self.seats.contains(seat));
    }
}

/// The parts of a hall that change during the sale.
#[derive(Debug)]
struct HallNow {
    schedule: ConcertSchedule,
    /// The state of each seat, in the order of the plan.
    seats: Vec<SeatNow>,
    /// The seats that each fan holds or bought, as indices into the plan.
    of_fan: HashMap<UserId, Vec<usize>>,
    /// The states of all seats as [`pack`] encodes them, updated with each change.
    packed: Vec<u8>,
}

impl Hall {
    fn new(
        concert: Concert,
        schedule: ConcertSchedule,
        backdrop: Option<Backdrop>,
        seats: Vec<(Seat, SeatNow)>,
    ) -> Self {
        let (plan, seats): (Vec<_>, Vec<_>) = seats.into_iter().unzip();
        let mut of_fan: HashMap<UserId, Vec<usize>> = HashMap::new();
        for (index, seat) in seats.iter().enumerate() {
            if let Some((_, fan)) = seat.held {
                of_fan.entry(fan).or_default().push(index);
            }
        }
        let packed = pack(&seats.iter().map(|seat| seat.status).collect::<Vec<_>>());
        let now = RwLock::new(HallNow { schedule, seats, of_fan, packed });
        Self { concert, plan: Arc::new(HallPlan::new(plan).before(backdrop)), now, claimed: Mutex::default() }
    }

    /// The concert. When it is edited, the store marks the halls of all its schedules as changed
    /// (`ScheduleChanges::hall_changed`), so this hall is replaced.
    pub const fn concert(&self) -> &Concert {
        &self.concert
    }

    /// Whether the schedule is published, so that fans see it.
    pub fn is_published(&self) -> bool {
        self.read().schedule.status == Publication::Published
    }

    /// The plan: all seats with their names, prices and positions, and the backdrop.
    pub fn plan(&self) -> &Arc<HallPlan> {
        &self.plan
    }

    /// The schedule as of the last commit.
    pub fn schedule(&self) -> ConcertSchedule {
        self.read().schedule.clone()
    }

    /// The schedule's version after the last commit.
    pub fn version(&self) -> i64 {
        self.read().schedule.version
    }

    /// The schedule, and the state of each seat in the order of the plan. A seat whose hold has expired at `now` is
    /// returned as reservable.
    pub fn states(&self, now: Timestamp) -> (ConcertSchedule, Vec<SeatStatus>) {
        let hall = self.read();
        (hall.schedule.clone(), hall.states(now).collect())
    }

    /// The states of all seats for clients that have the plan: the JSON object `{"version": …, "seats": "…"}` with the
    /// schedule's version and the states as [`pack`] encodes them. Unlike in [`Hall::states`], a seat whose hold has
    /// expired stays occupied until the hold is ended in the database.
    pub fn packed(&self) -> Vec<u8> {
        let hall = self.read();
        let mut json = Vec::with_capacity(hall.packed.len() + 48);
        json.extend_from_slice(br#"{"version":"#);
        json.extend_from_slice(hall.schedule.version.to_string().as_bytes());
        json.extend_from_slice(br#","seats":""#);
        json.extend_from_slice(&hall.packed);
        json.extend_from_slice(br#""}"#);
        json
    }

    /// The best free seats for a party, and how well they fit. `None` if there are not enough. See [`party::best`].
    pub fn best(&self, party: Party<'_>, now: Timestamp) -> Option<(Vec<SeatId>, Closeness)> {
        self.best_of(&self.free(now), party)
    }

    /// Chooses the best free seats for a party that is about to hold them. Of fans who ask at the same moment each gets
    /// other seats, so that nobody is too late. `None` if there are not enough.
    pub fn claim_best(self: &Arc<Self>, fan: UserId, party: Party<'_>, now: Timestamp) -> Option<Claim> {
        let mut claimed = self.claimed();
        let mut free = self.free(now);
        for (free, seat) in free.iter_mut().zip(self.plan.seats()) {
            *free = *free && claimed.get(&seat.id).is_none_or(|by| *by == fan);
        }
        let (seats, closeness) = self.best_of(&free, party)?;
        claimed.extend(seats.iter().map(|seat| (*seat, fan)));
        drop(claimed);
        Some(Claim { seats, closeness, hall: self.clone() })
    }

    fn best_of(&self, free: &[bool], party: Party<'_>) -> Option<(Vec<SeatId>, Closeness)> {
        let (seats, closeness) = party::best(&self.plan, free, self.plan.focal(), party)?;
        Some((seats.into_iter().filter_map(|index| Some(self.plan.seats().get(index)?.id)).collect(), closeness))
    }

    fn claimed(&self) -> MutexGuard<'_, HashMap<SeatId, UserId>> {
        self.claimed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// If holding the seats `taken` would leave a forbidden orphan seat, returns the name of that seat, otherwise
    /// `None`. See [`party::forbidden_orphan`].
    pub fn forbidden_orphan(&self, taken: &[SeatId], takes_access: bool, now: Timestamp) -> Option<SeatName> {
        let taken: Vec<usize> = taken.iter().filter_map(|&id| self.plan.index(id)).collect();
        let index = party::forbidden_orphan(&self.plan, &self.free(now), &taken, takes_access)?;
        let seat = self.plan.seats().get(index)?;
        Some(seat.name())
    }

    /// For each seat of the plan, whether it is for sale at `now`.
    fn free(&self, now: Timestamp) -> Vec<bool> {
        self.read().states(now).map(|status| status == SeatStatus::Reservable).collect()
    }

    /// Up to `count` free seats near the seats `gone`, the nearest first. See [`HallPlan::nearest_free`].
    pub fn nearest_free(&self, gone: &[SeatId], count: usize, now: Timestamp) -> Vec<SeatId> {
        self.plan.nearest_free(self.read().states(now), gone, count)
    }

    /// The facts for [`hold::decide`](crate::domain::hold::decide): the schedule, the `wanted` seats (without those
    /// that do not exist), the fan's unpaid reservations, and the number of tickets that the fan has.
    pub(crate) fn facts(&self, fan: UserId, wanted: &[SeatId]) -> (ConcertSchedule, Vec<WantedSeat>, Vec<Held>, u32) {
        let hall = self.read();
        let known = |index: usize| Some((self.plan.seats().get(index)?, hall.seats.get(index)?));
        let held = |index: usize| {
            let (seat, now) = known(index)?;
            let ((id, user_id), expired_at) = (now.held?, now.expired_at?);
            Some(Held { id, user_id, seat_id: seat.id, price: seat.price, expired_at })
        };
        let wanted = wanted.iter().filter_map(|&id| {
            let index = self.plan.index(id)?;
            let (seat, now) = known(index)?;
            Some(WantedSeat { id, price: seat.price, status: now.status, kind: seat.kind, held: held(index) })
        });
        let mine = hall.of_fan.get(&fan).map_or(&[][..], Vec::as_slice);
        let basket: Vec<Held> = mine.iter().filter_map(|&index| held(index)).collect();
        let bought = u32::try_from(mine.len() - basket.len()).unwrap_or(u32::MAX);
        (hall.schedule.clone(), wanted.collect(), basket, bought)
    }

    fn apply(&self, changes: &ScheduleChanges) {
        let Some(after) = &changes.after else { return };
        let mut hall = self.now.write().unwrap_or_else(PoisonError::into_inner);
        let hall = &mut *hall;
        // A commit of an older version was made before the hall was read, so the hall already contains it.
        if after.schedule.version < hall.schedule.version {
            return;
        }
        hall.schedule = after.schedule.clone();
        if changes.seats.is_empty() {
            return;
        }
        for seat in &changes.seats {
            let Some(index) = self.plan.index(seat.id) else { continue };
            let Some(before) = hall.seats.get_mut(index) else { continue };
            if let Some((_, fan)) = before.held
                && let Entry::Occupied(mut mine) = hall.of_fan.entry(fan)
            {
                mine.get_mut().retain(|&other| other != index);
                if mine.get().is_empty() {
                    mine.remove();
                }
            }
            if let Some((_, fan)) = seat.held {
                hall.of_fan.entry(fan).or_default().push(index);
            }
            *before = *seat;
            let three = index - index % 3;
            let three = hall.seats.iter().skip(three).take(3).map(|seat| seat.status);
            if let Some(letter) = hall.packed.get_mut(index / 3) {
                *letter = pack_three(three);
            }
        }
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, HallNow> {
        self.now.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl HallNow {
    /// The state of each seat at `now`, in the order of the plan.
    fn states(&self, now: Timestamp) -> impl Iterator<Item = SeatStatus> {
        self.seats.iter().map(move |seat| effective_status(seat.status, seat.expired_at, now))
    }
}
