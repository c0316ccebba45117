//! The halls in memory: every hall that somebody looked at, as the last commit left it.
//!
//! Looking at seats costs the database nothing, and an attempt that cannot succeed is refused here. It decides nothing for
//! good: what is granted is granted by the database.

use crate::domain::concert::Publication;
use crate::domain::entities::{Concert, ConcertSchedule, Seat};
use crate::domain::hall::{Plan, pack, pack_three};
use crate::domain::hold::{Held, WantedSeat};
use crate::domain::party::{self, Closeness, Party};
use crate::domain::seat::{SeatNow, effective_status};
use crate::domain::seating::Backdrop;
use crate::domain::{Refusal, ScheduleId, SeatId, SeatName, SeatStatus, Timestamp, UserId};
use crate::store::{Fault, Outcome, ScheduleChanges, Store};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

/// The halls that were looked at.
#[derive(Debug, Default)]
pub struct Halls {
    halls: Mutex<HashMap<ScheduleId, Arc<Slot>>>,
}

/// A hall, or what is to become one.
#[derive(Debug)]
struct Slot {
    /// One reads at a time; whoever else asks waits for it.
    reading: tokio::sync::Mutex<()>,
    known: Mutex<Known>,
}

#[derive(Debug)]
enum Known {
    /// Being read; the seats of what was committed meanwhile.
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

/// Takes a slot away again that was not filled: its schedule is unknown, storage failed, or nobody waits any more.
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
    /// The hall of a schedule, read once and kept.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for an unknown schedule; storage faults.
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
            // What is committed from now on is kept in the slot, and the snapshot is at least as old as the slot.
            let read = store.read(move |read| {
                let schedule = read.schedule(id)?.ok_or(Refusal::NotFound)?;
                let concert = read.concert(schedule.concert_id)?.ok_or(Refusal::NotFound)?;
                let backdrop =
                    read.backdrop(id)?.map(|json| serde_json::from_str(&json)).transpose().map_err(Fault::from)?;
                Ok(Hall::new(concert, schedule, backdrop, read.seats(id)?))
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
            // A slot that was taken away meanwhile has not heard of everything.
            if self.lock().get(&id).is_some_and(|now| Arc::ptr_eq(now, &slot)) {
                return Ok(hall);
            }
        }
    }

    /// Follows a commit.
    pub(crate) fn apply(&self, id: ScheduleId, changes: &ScheduleChanges) {
        let slot = {
            let mut halls = self.lock();
            if changes.built {
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

    /// Forgets all, after storage failed: each hall is read again when somebody looks.
    pub(crate) fn forget(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<ScheduleId, Arc<Slot>>> {
        self.halls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One hall: its plan and the concert, which do not change while it is known, and its seats as the last commit left them.
#[derive(Debug)]
pub struct Hall {
    concert: Concert,
    plan: Arc<Plan>,
    now: RwLock<HallNow>,
}

#[derive(Debug)]
struct HallNow {
    schedule: ConcertSchedule,
    seats: Vec<SeatNow>,
    /// Where the seats are that a fan holds or bought.
    of_fan: HashMap<UserId, Vec<usize>>,
    /// The states as they travel, kept in step.
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
        Self { concert, plan: Arc::new(Plan::new(plan).before(backdrop)), now }
    }

    /// What is played. A verb that changed a concert would have to note the halls of its schedules as built.
    pub const fn concert(&self) -> &Concert {
        &self.concert
    }

    /// Whether fans see the schedule.
    pub fn is_published(&self) -> bool {
        self.read().schedule.status == Publication::Published
    }

    /// What of the hall never changes.
    pub fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    /// The schedule's version after the last commit.
    pub fn version(&self) -> i64 {
        self.read().schedule.version
    }

    /// The schedule, and the state of each seat in the order of the plan. A hold that has run out shows as reservable.
    pub fn states(&self, now: Timestamp) -> (ConcertSchedule, Vec<SeatStatus>) {
        let hall = self.read();
        (hall.schedule.clone(), hall.states(now).collect())
    }

    /// The same as it travels to those who have the plan: JSON `{version, seats}` with the states as
    /// [`pack`] writes them. A hold that ran out shows as one until it is swept.
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

    /// The best free seats for a party, and how well it sits there.
    pub fn best(&self, party: Party<'_>, now: Timestamp) -> Option<(Vec<SeatId>, Closeness)> {
        let (seats, closeness) = party::best(&self.plan, &self.free(now), self.plan.focal(), party)?;
        Some((seats.into_iter().filter_map(|index| Some(self.plan.seats().get(index)?.id)).collect(), closeness))
    }

    /// The seat that taking some seats must not leave alone.
    pub fn must_not_leave(&self, taken: &[SeatId], takes_access: bool, now: Timestamp) -> Option<SeatName> {
        let taken: Vec<usize> = taken.iter().filter_map(|&id| self.plan.index(id)).collect();
        let index = party::must_not_leave(&self.plan, &self.free(now), &taken, takes_access)?;
        let seat = self.plan.seats().get(index)?;
        Some(SeatName { section: seat.section.clone(), row: seat.row.clone(), number: seat.number })
    }

    /// Of each seat of the plan whether it is for sale.
    fn free(&self, now: Timestamp) -> Vec<bool> {
        self.read().states(now).map(|status| status == SeatStatus::Reservable).collect()
    }

    /// Free seats near those that are gone.
    pub fn nearest_free(&self, gone: &[SeatId], count: usize, now: Timestamp) -> Vec<SeatId> {
        self.plan.nearest_free(self.read().states(now), gone, count)
    }

    /// What a fan who asks for seats is judged by: the schedule, the seats that exist, what they hold and how many they
    /// bought.
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
        let Some((after, _)) = &changes.after else { return };
        let mut hall = self.now.write().unwrap_or_else(PoisonError::into_inner);
        let hall = &mut *hall;
        // What was committed before the hall was read is in it already.
        if after.version < hall.schedule.version {
            return;
        }
        hall.schedule = after.clone();
        if changes.seats.is_empty() {
            return;
        }
        for seat in &changes.seats {
            let Some(index) = self.plan.index(seat.id) else { continue };
            let Some(before) = hall.seats.get_mut(index) else { continue };
            if let Some(mine) = before.held.and_then(|(_, fan)| hall.of_fan.get_mut(&fan)) {
                mine.retain(|&other| other != index);
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
    fn states(&self, now: Timestamp) -> impl Iterator<Item = SeatStatus> {
        self.seats.iter().map(move |seat| effective_status(seat.status, seat.expired_at, now))
    }
}
