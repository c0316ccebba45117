//! The whole house opened on one data folder: what every verb is given.

use crate::clock::Clock;
use crate::domain::entities::ConcertSchedule;
use crate::domain::{Refusal, ScheduleId, Timestamp};
use crate::live::{Live, SeatsChanged};
use crate::store::{self, Fault, Outcome, Read, Store, Sweep, Write};
use std::path::Path;
use std::sync::Arc;

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
}

impl Default for Settings {
    fn default() -> Self {
        Self { hold_seconds: 300, seats_per_fan: 4, active_fans: 100, admission_seconds: 600 }
    }
}

/// The house: its storage, its clock, its settings, and those who watch.
pub struct House {
    store: Store,
    live: Arc<Live>,
    clock: Clock,
    settings: Settings,
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
        let live = Arc::new(Live::default());
        let watchers = live.clone();
        let store = Store::open(folder, move |changes| {
            for (schedule, (version, seats)) in changes.seats {
                watchers.publish(schedule, SeatsChanged { version, seats });
            }
            if let Some(at) = changes.deadline {
                watchers.deadline_set(at);
            }
        })?;
        Ok(Self { store, live, clock, settings })
    }

    /// Who watches what.
    pub fn live(&self) -> &Live {
        &self.live
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
/// [`Refusal::NotFound`] where there is none.
pub(crate) fn known_schedule(read: &Read<'_>, id: ScheduleId) -> Outcome<ConcertSchedule> {
    Ok(read.schedule(id)?.ok_or(Refusal::NotFound)?)
}

/// What a transaction is told of the house around it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terms {
    /// The instant at which the transaction runs: a command that waited for the writer is judged by when it is done, not by
    /// when it was sent.
    pub now: Timestamp,
    pub settings: Settings,
}

impl House {
    /// Runs `work` in one transaction on the writer; see [`Store::write`].
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        work: impl Fn(&Write<'_>, Terms) -> Outcome<T> + Send + 'static,
    ) -> Outcome<T> {
        let (clock, settings) = (self.clock.clone(), self.settings);
        self.store.write(move |write| work(write, Terms { now: clock.now(), settings })).await
    }

    /// Runs `work` on one snapshot; see [`Store::read`].
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Read<'_>, Terms) -> Outcome<T> + Send + 'static,
    ) -> Outcome<T> {
        let (clock, settings) = (self.clock.clone(), self.settings);
        self.store.read(move |read| work(read, Terms { now: clock.now(), settings })).await
    }
}
