//! The whole house opened on one data folder: what every verb is given.

use crate::clock::Clock;
use crate::domain::concert::Publication;
use crate::domain::entities::ConcertSchedule;
use crate::domain::lottery::Drawn;
use crate::domain::{DeviceId, Refusal, ScheduleId, Timestamp};
use crate::halls::{Hall, Halls};
use crate::lines::Lines;
use crate::live::Live;
use crate::pulse::Pulse;
pub use crate::store::Sweep;
use crate::store::{self, Changes, Denied, Fault, Outcome, Read, Store, Write};
use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

/// How the house sells, where a schedule does not say otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// How long a hold lasts.
    pub hold_seconds: u32,
    /// Seats that one fan may have held or bought in a schedule.
    pub seats_per_fan: u32,
    /// Fans admitted to one schedule at a time.
    pub active_fans: u32,
    /// How long an admission lasts.
    pub admission_seconds: u32,
    /// Fans admitted to one schedule a minute; none where only their number counts.
    pub admissions_a_minute: Option<u32>,
}

impl Settings {
    /// Seats that one fan may have held or bought in a schedule.
    pub fn seats_per_fan_of(&self, schedule: &ConcertSchedule) -> u32 {
        schedule.seats_per_fan.unwrap_or(self.seats_per_fan)
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            hold_seconds: 300,
            seats_per_fan: 4,
            active_fans: 100,
            admission_seconds: 600,
            admissions_a_minute: None,
        }
    }
}

/// The house: its storage, its clock, its settings, and those who watch.
pub struct House {
    store: Store,
    live: Arc<Live>,
    lines: Arc<Lines>,
    halls: Arc<Halls>,
    clock: Clock,
    settings: Settings,
    key: [u8; 32],
    /// The draws that were asked for.
    drawn: Mutex<HashMap<ScheduleId, Arc<Drawn>>>,
    pulse: Pulse,
    /// The devices that were signed out before their sessions ended: asked with each request. Those whose time is over are
    /// left out at the next start.
    ended: Ended,
}

type Ended = Arc<RwLock<HashSet<DeviceId>>>;

fn note_ended(ended: &Ended, devices: Vec<DeviceId>) {
    // Hardly a commit ends a device, and none is to wait for those who ask.
    if devices.is_empty() {
        return;
    }
    ended.write().unwrap_or_else(PoisonError::into_inner).extend(devices);
}

impl std::fmt::Debug for House {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("House").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl House {
    /// Opens the house on a data folder, which is made where it is missing.
    ///
    /// # Errors
    /// [`Fault::NewerSchema`] where a newer program wrote the database; any storage error.
    pub fn open(folder: &Path, settings: Settings, clock: Clock) -> Result<Self, Fault> {
        let (live, lines, halls) = (Arc::<Live>::default(), Arc::<Lines>::default(), Arc::<Halls>::default());
        let ended = Ended::default();
        let committed = {
            let (live, lines, halls, clock) = (live.clone(), lines.clone(), halls.clone(), clock.clone());
            let ended = ended.clone();
            move |changes: Changes| {
                for (&id, changes) in &changes.schedules {
                    halls.apply(id, changes);
                    lines.apply(id, changes, clock.now());
                    if let (Some((after, _)), false) = (&changes.after, changes.seats.is_empty()) {
                        live.publish(id, after.version, &changes.seats);
                    }
                }
                if let Some(at) = changes.deadline {
                    live.deadline_set(at);
                }
                note_ended(&ended, changes.ended_devices);
            }
        };
        let from_disk = {
            let (lines, clock, ended) = (lines.clone(), clock.clone(), ended.clone());
            move |read: &Read<'_>| {
                note_ended(&ended, read.ended_devices(clock.now())?);
                lines.read(read, clock.now())
            }
        };
        let reopened = {
            let (live, halls, from_disk) = (live.clone(), halls.clone(), from_disk.clone());
            move |read: &Read<'_>| {
                from_disk(read)?;
                halls.forget();
                live.start_anew();
                Ok(())
            }
        };
        let store = Store::open(folder, committed, reopened)?;
        let key = Store::house_key(folder, clock.random_bytes())?;
        store.read_here(|read| Ok(from_disk(read)?)).map_err(|denied| match denied {
            Denied::Fault(fault) => fault,
            Denied::Refused(_) => Fault::Broken("the readers are all taken"),
        })?;
        Ok(Self {
            store,
            live,
            lines,
            halls,
            clock,
            settings,
            key,
            drawn: Mutex::default(),
            pulse: Pulse::default(),
            ended,
        })
    }

    /// What the house signs with.
    pub const fn key(&self) -> &[u8; 32] {
        &self.key
    }

    /// Whether a device was signed out, from another or by a changed password.
    pub fn is_ended(&self, device: DeviceId) -> bool {
        self.ended.read().unwrap_or_else(PoisonError::into_inner).contains(&device)
    }

    /// A draw that was asked for before.
    pub(crate) fn drawn(&self, id: ScheduleId) -> Option<Arc<Drawn>> {
        self.drawn.lock().unwrap_or_else(PoisonError::into_inner).get(&id).cloned()
    }

    /// Keeps a draw for those who ask next.
    pub(crate) fn keep_drawn(&self, id: ScheduleId, drawn: Arc<Drawn>) {
        self.drawn.lock().unwrap_or_else(PoisonError::into_inner).insert(id, drawn);
    }

    /// The lines in memory.
    pub fn lines(&self) -> &Arc<Lines> {
        &self.lines
    }

    /// The hall of a schedule, from memory once somebody looked.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for an unknown schedule; storage faults.
    pub async fn hall(&self, id: ScheduleId) -> Outcome<Arc<Hall>> {
        self.halls.hall(&self.store, id).await
    }

    /// Who watches what.
    pub fn live(&self) -> &Live {
        &self.live
    }

    /// How the sales of the last hour went.
    pub const fn pulse(&self) -> &Pulse {
        &self.pulse
    }

    /// The clock that every rule is asked with.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// How the house sells.
    pub fn settings(&self) -> Settings {
        self.settings
    }

    /// Checks every invariant, beside whatever is going on.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn sweep_invariants(&self) -> Outcome<Vec<Sweep>> {
        self.read(|read, terms| Ok(read.sweep_invariants(terms.settings.active_fans, terms.now)?)).await
    }
}

/// Checks every invariant of the database in a folder, only reading, beside whatever is going on. `settings` are those that
/// its server runs with: they say how many fans may be active.
///
/// # Errors
/// [`Fault::OtherSchema`] for a database that this program did not write; storage faults.
pub fn check(folder: &Path, settings: Settings, clock: &Clock) -> Outcome<Vec<Sweep>> {
    store::sweep_folder(folder, settings.active_fans, clock.now())
}

/// The schedule that a fan names.
///
/// # Errors
/// [`Refusal::NotFound`] where there is none, or a draft.
pub(crate) fn known_schedule(read: &Read<'_>, id: ScheduleId) -> Outcome<ConcertSchedule> {
    let schedule = read.schedule(id)?.filter(|schedule| schedule.status == Publication::Published);
    Ok(schedule.ok_or(Refusal::NotFound)?)
}

/// What a transaction is told of the house around it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terms<'h> {
    /// The instant at which the transaction runs: a command that waited for the writer is judged by when it is done, not by
    /// when it was sent.
    pub now: Timestamp,
    pub settings: Settings,
    /// For what is random.
    pub clock: &'h Clock,
}

impl House {
    /// Runs `work` in one transaction on the writer; see [`Store::write`].
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        work: impl Fn(&Write<'_>, Terms<'_>) -> Outcome<T> + Send + 'static,
    ) -> Outcome<T> {
        let (clock, settings) = (self.clock.clone(), self.settings);
        self.store.write(move |write| work(write, Terms { now: clock.now(), settings, clock: &clock })).await
    }

    /// Runs `work` on one snapshot; see [`Store::read`].
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Read<'_>, Terms<'_>) -> Outcome<T> + Send + 'static,
    ) -> Outcome<T> {
        let (clock, settings) = (self.clock.clone(), self.settings);
        self.store.read(move |read| work(read, Terms { now: clock.now(), settings, clock: &clock })).await
    }

    /// Reads a row or two by their keys; see [`Store::read_briefly`].
    pub(crate) async fn read_briefly<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Read<'_>) -> Outcome<T> + Send + 'static,
    ) -> Outcome<T> {
        self.store.read_briefly(work).await
    }
}
