//! An installation, opened on one data folder. Every verb takes a [`House`] as its first argument.

use crate::clock::Clock;
use crate::domain::concert::Publication;
use crate::domain::legal::LegalText;
use crate::domain::lottery::LotteryResult;
use crate::domain::{ConcertSchedule, DeviceId, Points, Refusal, ScheduleId, Timestamp, UserId};
use crate::halls::{Hall, Halls};
use crate::keys::{KEY_FILE, Keys};
use crate::live::Live;
use crate::pulse::Pulse;
use crate::queues::Queues;
use crate::store::{self, Changes, Denied, Fault, Outcome, Read, Store, Write};
pub use crate::store::{FolderLock, InvariantCheck, lock, prepare};
use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use tokio::sync::Notify;

/// The settings of this installation. A schedule may override some of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// How long a hold lasts, in seconds.
    pub hold_seconds: u32,
    /// How long seats are offered to somebody on a waitlist, in seconds.
    pub offer_seconds: u32,
    /// The most seats that one fan may have in a schedule, counting both held and bought ones. A schedule may override
    /// it.
    pub seats_per_fan: u32,
    /// The most fans who may be active in a schedule at one time. A schedule may override it. If few seats remain, the
    /// limit is lower: see [`queue::cap`](crate::domain::queue::cap).
    pub active_fans: u32,
    /// How long an admission lasts, in seconds.
    pub admission_seconds: u32,
    /// The most fans admitted to a schedule in any 60 seconds. `None` means no limit beyond `active_fans`. A schedule
    /// may override it.
    pub admissions_a_minute: Option<u32>,
    /// The most live places in the queue of one schedule that may be taken from one address.
    pub places_per_address: u32,
    /// The most seats of one schedule that may be held from one address at a time.
    pub held_per_address: u32,
    /// Whether a fan has to show that the email address of the account is theirs before they join a queue.
    pub verifies_addresses: bool,
    /// Whether a round of the public [beacon](crate::domain::beacon) is mixed into each lottery.
    pub has_beacon: bool,
    /// How many steps the delay of a lottery has: see [`crate::delay`]. A server sets as many as its machine takes in a
    /// certain time.
    pub delay_steps: u32,
    /// The most points that a member of staff may adjust alone within 24 hours, added and taken together.
    pub points_a_day: Points,
}

impl Settings {
    /// What applies unless the operator sets something else.
    pub const DEFAULT: Self = Self {
        hold_seconds: 300,
        offer_seconds: 7_200,
        seats_per_fan: 4,
        active_fans: 100,
        admission_seconds: 600,
        admissions_a_minute: None,
        places_per_address: 500,
        held_per_address: 100,
        has_beacon: false,
        delay_steps: 100,
        points_a_day: 1_000_000,
        verifies_addresses: false,
    };

    /// The most seats that one fan may have in this schedule: the schedule's own number, or else this installation's.
    pub fn seats_per_fan_of(&self, schedule: &ConcertSchedule) -> u32 {
        schedule.seats_per_fan.unwrap_or(self.seats_per_fan)
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// One installation of the box office: its storage, clock and settings, and the state that is kept in memory.
pub struct House {
    store: Store,
    live: Arc<Live>,
    queues: Arc<Queues>,
    halls: Arc<Halls>,
    clock: Clock,
    settings: Settings,
    keys: Arc<Keys>,
    /// The cached results of the lotteries that somebody has asked for. A result never changes, so nothing is ever
    /// removed.
    lotteries: Mutex<HashMap<ScheduleId, Arc<LotteryResult>>>,
    pulse: Pulse,
    /// The devices that were signed out before their sessions expired. Each request checks whether its device is among
    /// them. Devices whose sessions have expired since stay in the set until the next start.
    ended: Ended,
    /// Notified by each commit that adds mails to the outbox.
    mail_added: Arc<Notify>,
    /// Notified by each commit that closes the lists of lobbies.
    delay_added: Arc<Notify>,
    /// Whether the file of the database is damaged, as far as is known.
    is_damaged: AtomicBool,
    /// Whether the database has demo data. It never changes once the server runs.
    is_demo: bool,
    /// The tags of accounts that have been asked for: see [`House::account_tag`].
    account_tags: RwLock<HashMap<UserId, i64>>,
    /// The legal texts that are in force, as of the last commit.
    legal_texts: Arc<RwLock<Arc<[LegalText]>>>,
}

type Ended = Arc<RwLock<HashSet<DeviceId>>>;

fn note_ended(ended: &Ended, devices: Vec<DeviceId>) {
    // Most commits sign out no device. They must not take the write lock, since they would have to wait for the
    // readers.
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
    /// Opens an installation on a data folder with its key file in it. Creates what does not exist.
    ///
    /// # Errors
    /// As [`House::open_with_keys`].
    pub fn open(folder: &Path, settings: Settings, clock: Clock) -> Result<Self, Fault> {
        Self::open_with_keys(folder, &folder.join(KEY_FILE), settings, clock)
    }

    /// Opens an installation on a data folder whose keys are in the file `key_file`. Creates the folder, the database and
    /// the file if they do not exist.
    ///
    /// # Errors
    /// [`Fault::NewerSchema`] if a newer version of the program has written the database; what [`Keys::open`] returns;
    /// any storage fault.
    pub fn open_with_keys(folder: &Path, key_file: &Path, settings: Settings, clock: Clock) -> Result<Self, Fault> {
        let (live, queues, halls) = (Arc::<Live>::default(), Arc::<Queues>::default(), Arc::<Halls>::default());
        let (ended, mail_added, delay_added) = (Ended::default(), Arc::<Notify>::default(), Arc::<Notify>::default());
        let legal_texts = Arc::<RwLock<Arc<[LegalText]>>>::default();
        let committed = {
            let (live, queues, halls, clock) = (live.clone(), queues.clone(), halls.clone(), clock.clone());
            let (ended, mail_added, legal_texts) = (ended.clone(), mail_added.clone(), legal_texts.clone());
            let delay_added = delay_added.clone();
            move |changes: Changes| {
                for (&id, changes) in &changes.schedules {
                    halls.apply(id, changes);
                    queues.apply(id, changes, clock.now());
                    if let (Some(after), false) = (&changes.after, changes.seats.is_empty()) {
                        live.publish(id, after.schedule.version, &changes.seats);
                    }
                }
                if let Some(at) = changes.deadline {
                    live.deadline_set(at);
                }
                if changes.has_mail {
                    mail_added.notify_one();
                }
                if changes.has_delay {
                    delay_added.notify_one();
                }
                note_ended(&ended, changes.ended_devices);
                if let Some(in_force) = changes.legal_texts {
                    *legal_texts.write().unwrap_or_else(PoisonError::into_inner) = in_force.into();
                }
            }
        };
        let from_disk = {
            let (queues, clock, ended) = (queues.clone(), clock.clone(), ended.clone());
            move |read: &Read<'_>| {
                note_ended(&ended, read.ended_devices(clock.now())?);
                queues.read(read, clock.now())
            }
        };
        let reopened = {
            let (live, halls, from_disk) = (live.clone(), halls.clone(), from_disk.clone());
            move |read: &Read<'_>| {
                from_disk(read)?;
                halls.forget();
                live.disconnect_all();
                Ok(())
            }
        };
        let store = Store::open(folder, committed, reopened)?;
        let keep = |fingerprint: &str| Store::keep_key_record(folder, fingerprint);
        let keys = Keys::open(key_file, Store::key_record(folder)?, (clock.random_bytes(), clock.now()), keep)?;
        let was_whole = store.was_whole;
        let is_demo = store.read_here(|read| {
            from_disk(read)?;
            *legal_texts.write().unwrap_or_else(PoisonError::into_inner) = read.legal_texts()?.into();
            Ok(read.is_demo()?)
        });
        let is_demo = is_demo.map_err(|denied| match denied {
            Denied::Fault(fault) => fault,
            Denied::Refused(_) => Fault::Broken("the readers are all taken"),
        })?;
        Ok(Self {
            store,
            live,
            queues,
            halls,
            clock,
            settings,
            keys: Arc::new(keys),
            lotteries: Mutex::default(),
            pulse: Pulse::default(),
            ended,
            mail_added,
            delay_added,
            is_damaged: AtomicBool::new(!was_whole),
            is_demo,
            account_tags: RwLock::default(),
            legal_texts,
        })
    }

    /// The secret keys of this installation.
    pub const fn keys(&self) -> &Arc<Keys> {
        &self.keys
    }

    /// The key of the numbers of orders and tickets: [`Keys::numbers`].
    pub fn number_key(&self) -> &[u8; 32] {
        self.keys.numbers()
    }

    /// Whether damage in the file of the database was found when it was opened, or since. Owners have to restore it.
    pub fn is_damaged(&self) -> bool {
        self.is_damaged.load(Ordering::Relaxed)
    }

    /// Takes note that something failed because the file of the database is damaged.
    pub fn note_damage(&self) {
        self.is_damaged.store(true, Ordering::Relaxed);
    }

    /// Whether the database had demo data when it was opened: accounts with a password that everybody knows.
    pub const fn is_demo(&self) -> bool {
        self.is_demo
    }

    /// The legal texts that are in force, the terms of use first. From memory, because each page links to them.
    pub fn legal_texts(&self) -> Arc<[LegalText]> {
        self.legal_texts.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether a device was signed out before its session expired: by its user, from another device, by a changed
    /// password, or because the user signed in on too many other devices.
    pub fn is_ended(&self, device: DeviceId) -> bool {
        self.ended.read().unwrap_or_else(PoisonError::into_inner).contains(&device)
    }

    /// The random number of an account, by which a session recognises it: ids may be given out again after a database was
    /// restored from a backup. From memory, or read at the first call. `None` if there is no such account.
    ///
    /// # Errors
    /// A fault if the database cannot be read.
    pub async fn account_tag(&self, id: UserId) -> Outcome<Option<i64>> {
        let known = self.account_tags.read().unwrap_or_else(PoisonError::into_inner).get(&id).copied();
        if known.is_some() {
            return Ok(known);
        }
        let tag = self.read_briefly(move |read| Ok(read.account_tag(id)?)).await?;
        if let Some(tag) = tag {
            self.account_tags.write().unwrap_or_else(PoisonError::into_inner).insert(id, tag);
        }
        Ok(tag)
    }

    /// Forgets the tag of an account that got another one.
    pub(crate) fn forget_account_tag(&self, id: UserId) {
        self.account_tags.write().unwrap_or_else(PoisonError::into_inner).remove(&id);
    }

    /// The result of a schedule's lottery. `None` if it was not stored with [`House::cache_lottery`].
    pub(crate) fn cached_lottery(&self, id: ScheduleId) -> Option<Arc<LotteryResult>> {
        self.lotteries.lock().unwrap_or_else(PoisonError::into_inner).get(&id).cloned()
    }

    /// Keeps the result of a schedule's lottery in memory for later calls.
    pub(crate) fn cache_lottery(&self, id: ScheduleId, result: Arc<LotteryResult>) {
        self.lotteries.lock().unwrap_or_else(PoisonError::into_inner).insert(id, result);
    }

    /// The queues of all schedules, in memory.
    pub fn queues(&self) -> &Arc<Queues> {
        &self.queues
    }

    /// The hall of a schedule: from memory, or read from the database at the first call.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] if there is no such schedule. Drafts are found: see [`Hall::is_published`].
    pub async fn hall(&self, id: ScheduleId) -> Outcome<Arc<Hall>> {
        self.halls.hall(&self.store, id).await
    }

    /// The publisher of changes to open seat maps, which also wakes the sweeper.
    pub fn live(&self) -> &Live {
        &self.live
    }

    /// Waits until mails are added to the outbox, or returns at once if some were added since the last call. Only the one
    /// sender of mails may call this.
    pub async fn mail_added(&self) {
        self.mail_added.notified().await;
    }

    /// Waits until lists of lobbies are closed, or returns at once if some were closed since the last call. Only the one
    /// task that computes delays may call this.
    pub(crate) async fn delay_added(&self) {
        self.delay_added.notified().await;
    }

    /// How many commands wait for the writer of the database, for operators.
    pub fn waiting_commands(&self) -> usize {
        self.store.waiting_commands()
    }

    /// Samples of the sales of the last hour, for charts.
    pub const fn pulse(&self) -> &Pulse {
        &self.pulse
    }

    /// The clock from which every rule gets its `now`, and the source of randomness.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The settings of this installation.
    pub fn settings(&self) -> Settings {
        self.settings
    }

    /// Writes one row and reads it again, to see that the database can be read and written now.
    ///
    /// # Errors
    /// [`Refusal::Busy`] if the disk is full, another program has locked the database or too many commands wait; any
    /// storage fault.
    pub async fn probe(&self) -> Outcome<()> {
        let written = self.write(|write, context| Ok(write.probe(context.now)?)).await?;
        let read = self.read(|read, _| Ok(read.last_probe()?)).await?;
        if read >= Some(written) { Ok(()) } else { Err(Fault::Broken("a row that was written is not read").into()) }
    }

    /// Checks every invariant of the database. It only reads, so it can run during a sale.
    pub async fn check_invariants(&self) -> Outcome<Vec<InvariantCheck>> {
        self.read(|read, context| Ok(read.check_invariants(context.settings.active_fans, context.now)?)).await
    }
}

/// Checks every invariant of the database in a folder. It only reads, so it can run beside a live server. `settings`
/// must be those that the server runs with: the number of active fans is checked against them.
///
/// # Errors
/// [`Fault::OtherSchema`] if the schema version of the database is not this program's, older or newer; any storage
/// fault.
pub fn check(folder: &Path, settings: Settings, clock: &Clock) -> Outcome<Vec<InvariantCheck>> {
    store::sweep_folder(folder, settings.active_fans, clock.now())
}

/// The published schedule with an id that came from a fan's request.
///
/// # Errors
/// [`Refusal::NotFound`] if there is no such schedule or it is a draft.
pub(crate) fn known_schedule(read: &Read<'_>, id: ScheduleId) -> Outcome<ConcertSchedule> {
    let schedule = read.schedule(id)?.filter(|schedule| schedule.status == Publication::Published);
    Ok(schedule.ok_or(Refusal::NotFound)?)
}

/// The context of a transaction: the instant, the settings and the randomness that it runs with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TxContext<'h> {
    /// The instant at which the transaction runs. If a command has waited for the writer, this is when it is carried
    /// out, not when it was sent.
    pub now: Timestamp,
    pub settings: Settings,
    /// The source of randomness. It must not be asked for the time, which is `now`.
    pub clock: &'h Clock,
    /// The queues in memory, which know when fans were last heard from.
    pub queues: &'h Queues,
    pub keys: &'h Keys,
}

impl House {
    /// Runs `work` in one transaction on the writer. See [`Store::write`].
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        work: impl Fn(&Write<'_>, TxContext<'_>) -> Outcome<T> + Send + 'static,
    ) -> Outcome<T> {
        self.store.write(self.in_context(work)).await
    }

    /// Runs `work` in one transaction on the writer. See [`Store::write_patiently`].
    pub(crate) async fn write_patiently<T: Send + 'static>(
        &self,
        work: impl Fn(&Write<'_>, TxContext<'_>) -> Outcome<T> + Send + 'static,
    ) -> Outcome<T> {
        self.store.write_patiently(self.in_context(work)).await
    }

    /// Gives `work` the context of the transaction that it runs in.
    fn in_context<T>(
        &self,
        work: impl Fn(&Write<'_>, TxContext<'_>) -> Outcome<T> + Send + 'static,
    ) -> impl Fn(&Write<'_>) -> Outcome<T> + Send + 'static {
        let (clock, settings, queues, keys) =
            (self.clock.clone(), self.settings, self.queues.clone(), self.keys.clone());
        move |write| work(write, TxContext { now: clock.now(), settings, clock: &clock, queues: &queues, keys: &keys })
    }

    /// Runs `work` on one snapshot of the database. See [`Store::read`].
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Read<'_>, TxContext<'_>) -> Outcome<T> + Send + 'static,
    ) -> Outcome<T> {
        let (clock, settings, queues, keys) =
            (self.clock.clone(), self.settings, self.queues.clone(), self.keys.clone());
        self.store
            .read(move |read| {
                work(read, TxContext { now: clock.now(), settings, clock: &clock, queues: &queues, keys: &keys })
            })
            .await
    }

    /// Reads one or two rows by key, on the calling thread. See [`Store::read_briefly`].
    pub(crate) async fn read_briefly<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Read<'_>) -> Outcome<T> + Send + 'static,
    ) -> Outcome<T> {
        self.store.read_briefly(work).await
    }
}
