//! The storage layer: one named function for each SQL statement of the program, a pool of readers, and the single
//! writer.
//!
//! This module never uses `box_office`, `waiting_room`, `back_office`, `live`, or HTTP. It stores facts and applies the
//! plans that the rules in `domain` have made; it makes no decision of its own.
//!
//! All writes go through one thread, which commits the waiting commands together (a group commit). So no write ever
//! waits for a lock that another write of this process holds, and the rows that a rule has read cannot change before
//! its transaction ends.

mod folder;
mod sqlite;
mod writer;

pub use folder::{FolderLock, lock, prepare};

pub use sqlite::accounts::Device;
pub use sqlite::addresses::{AddressPlaces, VoidedPlace};
pub use sqlite::books::{BandSales, HourSales, LedgerLine, PointTotals, ScheduleSales};
pub use sqlite::concerts::PriceBand;
pub use sqlite::counter::KeptSeat;
pub use sqlite::door::{DoorProblem, KeptScan, SoldTicket};
pub use sqlite::invariants::InvariantCheck;
pub use sqlite::legal::Consent;
pub use sqlite::lottery::{Delay, ListOfDelay, LobbyEntry, Lottery};
pub use sqlite::mail::{AccountLink, MAIL_PAGE, Mail};
pub use sqlite::plans::{KeptPlan, PlanSummary};
pub use sqlite::points::LedgerEntry;
pub use sqlite::queue::PlaceInQueue;
pub use sqlite::reservations::{PAGE, Sold, Takings};
pub use sqlite::second_step::{Passkey, SecondStep};
pub use sqlite::team::{AuditEntry, Invitation, LOG_PAGE};
pub use sqlite::till::TillEntry;
pub use sqlite::{Read, Write};

use crate::domain::legal::LegalText;
use crate::domain::queue::QueueToken;
use crate::domain::seat::SeatNow;
use crate::domain::{ConcertSchedule, DeviceId, Refusal, ScheduleId, Timestamp};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use writer::{Callbacks, Command, Job};

/// How many commands may wait for the writer, apart from patient ones. Any further command is refused with
/// [`Refusal::Busy`]: with a longer queue callers would only wait until they give up.
const WRITE_QUEUE: usize = 2048;

/// How many patient commands may wait for the writer. They have places of their own, so that others always find one.
const PATIENT_COMMANDS: usize = 1024;

/// How many further patient commands wait in memory until they may wait for the writer. Beyond that they are refused too.
const PATIENT_QUEUE: usize = 100_000;

/// The name of the database in the data folder.
const DATABASE: &str = "encore.db";

/// The longest time that one read may take. A read keeps the snapshot that it sees, and the log of later writes grows
/// until it ends.
const READ_TIME: Duration = Duration::from_secs(10);

/// A failure on our side: storage, a broken invariant, or a bug. Never caused by what a fan asked for.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    #[error("the database: {0}")]
    Sqlite(#[from] rusqlite::Error),
    #[error("the readers: {0}")]
    Pool(#[from] r2d2::Error),
    #[error("the schema: {0}")]
    Migration(#[from] rusqlite_migration::Error),
    #[error("this database was written by a newer Encore: its schema is not known here")]
    NewerSchema,
    #[error(
        "this database has another schema than this program's: start the server on it once, or check it with its own"
    )]
    OtherSchema,
    #[error("other users of this machine can read {0}, and so forge tickets: run chmod -R go= {0}")]
    Exposed(PathBuf),
    #[error("other users of this machine can read {0}, and so forge tickets: run chmod go= {0}")]
    ExposedKey(PathBuf),
    #[error("{0} is missing, or has not the keys of this database: put the key file of this box office there")]
    WrongKey(PathBuf),
    #[error("the key file {0}: {1}")]
    KeyFile(PathBuf, std::io::Error),
    #[error("another server uses the folder {0} already")]
    Locked(PathBuf),
    #[error("the data folder: {0}")]
    Folder(#[from] std::io::Error),
    #[error("a stored answer cannot be read: {0}")]
    Json(#[from] serde_json::Error),
    #[error("the database is damaged: restore it, or ask `encore check` for more")]
    Damaged,
    #[error("{0}")]
    Broken(&'static str),
}

impl Fault {
    /// Whether the file of the database is damaged.
    pub fn is_damage(&self) -> bool {
        use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
        match self {
            Self::Damaged => true,
            Self::Sqlite(error) => matches!(error.sqlite_error_code(), Some(DatabaseCorrupt | NotADatabase)),
            _ => false,
        }
    }
}

/// Why a verb did not do what was asked: a rule refused it, or something failed on our side.
#[derive(Debug, thiserror::Error)]
pub enum Denied {
    #[error("refused: {}", .0.code())]
    Refused(Refusal),
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<Refusal> for Denied {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<rusqlite::Error> for Denied {
    fn from(error: rusqlite::Error) -> Self {
        Self::Fault(error.into())
    }
}

/// The result of a verb.
pub type Outcome<T> = Result<T, Denied>;

/// Checks every invariant of the database in `folder`. It only reads, so it can run beside a live server. `cap` is the
/// number of active fans allowed in a schedule that does not set its own.
///
/// # Errors
/// [`Fault::OtherSchema`] if the schema of the database is older or newer than this program's.
pub fn sweep_folder(folder: &Path, cap: u32, now: Timestamp) -> Outcome<Vec<InvariantCheck>> {
    let mut connection = sqlite::open_reader(&folder.join(DATABASE))?;
    sqlite::snapshot(&mut connection, None, |read| Ok(read.check_invariants(cap, now)?))
}

/// Copies a database into a new file, as of one moment, while others read and write it.
pub fn copy_database(from: &Path, to: &Path) -> Result<(), Fault> {
    sqlite::copy(from, to)
}

/// How many tickets of the database in `folder` are sold and not cancelled, and when the last purchase was.
pub fn sales_in(folder: &Path) -> Result<(i64, Option<Timestamp>), Fault> {
    let connection = sqlite::open_reader(&folder.join(DATABASE))?;
    Ok(sqlite::reading(&connection).tickets_and_last_purchase()?)
}

/// What a database knows of its keys, which are in a file of their own: see [`crate::keys`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRecord {
    /// The key that an earlier version stored in the database.
    pub key: Option<[u8; 32]>,
    /// `None` before the keys are made.
    pub fingerprint: Option<String>,
}

/// What a commit changed. It is used to notify open seat maps, to update the state kept in memory, and to wake the
/// sweeper in time.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Changes {
    pub schedules: BTreeMap<ScheduleId, ScheduleChanges>,
    /// The earliest deadline that the commit set, if any: an instant at which the sweeper has something to do, such as
    /// the end of a hold, of an admission, of a lobby, or of a sale that fans are queueing for.
    pub deadline: Option<Timestamp>,
    /// The devices that were signed out.
    pub ended_devices: Vec<DeviceId>,
    /// Whether a mail was added that is to be sent now.
    pub has_mail: bool,
    /// Whether lists of lobbies were closed, so that the delay of their lottery has to be computed.
    pub has_delay: bool,
    /// The legal texts that are in force, if one was published.
    pub legal_texts: Option<Vec<LegalText>>,
}

/// What a commit changed in one schedule.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct ScheduleChanges {
    /// The state of each changed seat after each change, in the order of the changes: a seat that changed twice is in
    /// the list twice, and its last entry is the current one.
    pub seats: Vec<SeatNow>,
    /// The state of each changed queue token after each change, in the order of the changes.
    pub tokens: Vec<QueueToken>,
    /// Whether the hall must be read again, because its copy in memory is outdated: seats were added or removed, prices
    /// changed, or the concert was edited.
    pub hall_changed: bool,
    /// Filled in just before the commit. `None` once the changes are published if the schedule was deleted.
    pub after: Option<ScheduleAfter>,
}

/// A schedule as of the end of a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleAfter {
    pub schedule: ConcertSchedule,
    /// The lowest queue number of a waiting fan. `None` if nobody waits with a number.
    pub first_waiting: Option<i64>,
}

impl Changes {
    /// Whether the commit changed nothing that anybody must be notified of.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Merges in what a later command of the same commit changed.
    fn add(&mut self, later: Self) {
        for (schedule, ScheduleChanges { seats, tokens, hall_changed, .. }) in later.schedules {
            let changes = self.schedules.entry(schedule).or_default();
            changes.seats.extend(seats);
            changes.tokens.extend(tokens);
            changes.hall_changed |= hall_changed;
        }
        self.ended_devices.extend(later.ended_devices);
        self.has_mail |= later.has_mail;
        self.has_delay |= later.has_delay;
        self.legal_texts = later.legal_texts.or(self.legal_texts.take());
        self.deadline = self.deadline.into_iter().chain(later.deadline).min();
    }
}

/// The database: one writer behind a bounded queue of commands, and a pool of readers that never block the writer.
pub struct Store {
    /// `None` only while the store is dropped.
    writer: Option<SyncSender<Box<dyn Job>>>,
    /// The writer's thread, which ends after the last command.
    writing: Option<JoinHandle<()>>,
    readers: r2d2::Pool<r2d2_sqlite::SqliteConnectionManager>,
    /// The places before the writer. A command has its place until it is answered.
    places: Arc<Semaphore>,
    /// The places of patient commands. The lock makes them take a place, and go to the writer, in the order in which they
    /// came: it is fair.
    patient: tokio::sync::Mutex<Arc<Semaphore>>,
    /// How many patient commands wait in memory.
    waiting: AtomicUsize,
    /// Whether no damage was found when the database was opened.
    pub was_whole: bool,
}

impl Drop for Store {
    /// Waits until the writer has carried out the commands that were given to it, and has closed the database.
    fn drop(&mut self) {
        drop(self.writer.take());
        if let Some(writing) = self.writing.take() {
            // A writer that panicked has nothing left to do.
            drop(writing.join());
        }
    }
}

impl Store {
    /// Opens `encore.db` in `folder`, creates both if they do not exist, and migrates the schema to the current
    /// version.
    ///
    /// `committed` is called after every commit that changed a schedule, a seat or a queue token, signed out a device
    /// or set a deadline: in the order of the commits, and before the commands of that commit are answered. `reopened`
    /// is called after the writer had to reopen its connection because storage failed. Both run on the writer's thread.
    ///
    /// # Errors
    /// [`Fault::NewerSchema`] if a newer version of the program has written the database; any storage fault.
    pub fn open(
        folder: &Path,
        committed: impl Fn(Changes) + Send + Sync + 'static,
        reopened: impl Fn(&Read<'_>) -> Result<(), Fault> + Send + Sync + 'static,
    ) -> Result<Self, Fault> {
        prepare(folder, &[DATABASE])?;
        let file = folder.join(DATABASE);
        let connection = sqlite::open_writer(&file)?;
        let was_whole = sqlite::quick_check(&connection, &file);
        sqlite::index_missing_concerts(&connection)?;
        let readers = sqlite::open_readers(&file)?;
        // A command has a place before it is sent, so the channel is never full.
        let (writer, jobs) = sync_channel(WRITE_QUEUE + PATIENT_COMMANDS);
        let callbacks = Callbacks { committed: Arc::new(committed), reopened: Arc::new(reopened) };
        let write = move || writer::run(file, connection, jobs, &callbacks);
        let writing = std::thread::Builder::new().name("writer".into()).spawn(write)?;
        Ok(Self {
            was_whole,
            writer: Some(writer),
            writing: Some(writing),
            readers,
            places: Arc::new(Semaphore::new(WRITE_QUEUE)),
            patient: tokio::sync::Mutex::new(Arc::new(Semaphore::new(PATIENT_COMMANDS))),
            waiting: AtomicUsize::new(0),
        })
    }

    /// How many commands have a place before the writer, and are not answered yet.
    pub fn waiting_commands(&self) -> usize {
        let patient = self.patient.try_lock().map_or(0, |places| PATIENT_COMMANDS - places.available_permits());
        WRITE_QUEUE - self.places.available_permits() + patient
    }

    /// Runs `work` on the writer's thread and returns once its changes are committed durably, in one commit with the
    /// other commands that were waiting. If `work` returns an error, its changes are rolled back and the other commands
    /// are not affected.
    ///
    /// `work` must do nothing but read and write rows. This writer calls it once; it is an `Fn` so that another storage
    /// engine may call it again.
    ///
    /// # Errors
    /// The error that `work` returns; [`Refusal::Busy`] if too many commands wait or storage failed.
    pub async fn write<T: Send + 'static>(
        &self,
        work: impl Fn(&Write<'_>) -> Outcome<T> + Send + 'static,
    ) -> Outcome<T> {
        let place = self.places.clone().try_acquire_owned().map_err(|_| Refusal::Busy)?;
        let answer = self.send(work, place)?;
        answer.await.map_err(|_| Fault::Broken("the writer gave no answer"))?
    }

    /// Gives a command to the writer.
    fn send<T: Send + 'static>(
        &self,
        work: impl Fn(&Write<'_>) -> Outcome<T> + Send + 'static,
        place: OwnedSemaphorePermit,
    ) -> Outcome<oneshot::Receiver<Outcome<T>>> {
        let (command, answer) = Command::new(work, place);
        let writer = self.writer.as_ref().ok_or(Fault::Broken("the writer is gone"))?;
        writer.try_send(Box::new(command)).map_err(|error| match error {
            TrySendError::Full(_) => Denied::Refused(Refusal::Busy),
            TrySendError::Disconnected(_) => Denied::Fault(Fault::Broken("the writer is gone")),
        })?;
        Ok(answer)
    }

    /// Runs `work` as [`Store::write`] does, but if too many commands wait for the writer, waits in memory, in the order of
    /// the calls, instead of being refused. It is for joins: the order in which they arrive counts, and at an opening all
    /// of them arrive at once.
    ///
    /// # Errors
    /// As [`Store::write`]. [`Refusal::Busy`] only if [`PATIENT_QUEUE`] commands wait already, or storage failed. A caller
    /// that waits no longer loses its place.
    pub async fn write_patiently<T: Send + 'static>(
        &self,
        work: impl Fn(&Write<'_>) -> Outcome<T> + Send + 'static,
    ) -> Outcome<T> {
        /// Counts a command that waits until it is dropped, also if its caller gives up.
        struct Waiting<'s>(&'s AtomicUsize);
        impl Drop for Waiting<'_> {
            fn drop(&mut self) {
                self.0.fetch_sub(1, Ordering::Relaxed);
            }
        }
        let waiting = Waiting(&self.waiting);
        if self.waiting.fetch_add(1, Ordering::Relaxed) >= PATIENT_QUEUE {
            return Err(Refusal::Busy.into());
        }
        let answer = {
            let places = self.patient.lock().await;
            let place = places.clone().acquire_owned().await.map_err(|_| Fault::Broken("the places are closed"))?;
            self.send(work, place)?
        };
        drop(waiting);
        answer.await.map_err(|_| Fault::Broken("the writer gave no answer"))?
    }

    /// Runs `work` on a reader, all of it on one snapshot of the database, on a thread that may block.
    ///
    /// # Errors
    /// The error that `work` returns; [`Refusal::Busy`] if no reader becomes free within five seconds, or if the read takes
    /// longer than [`READ_TIME`].
    pub async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Read<'_>) -> Outcome<T> + Send + 'static,
    ) -> Outcome<T> {
        let readers = self.readers.clone();
        tokio::task::spawn_blocking(move || {
            // No reader became free before the pool's timeout. This is overload, not a failure of the caller or of
            // storage.
            let mut connection = readers.get().map_err(|_| Refusal::Busy)?;
            sqlite::snapshot(&mut connection, Some(READ_TIME), work)
        })
        .await
        .map_err(|_| Fault::Broken("a read panicked"))?
    }

    /// Runs `work` on the calling thread. It is for reads of one or two rows by key, for which waking another thread
    /// would cost several times as much as the read itself. If no reader is free, it falls back to [`Store::read`].
    ///
    /// # Errors
    /// As [`Store::read`].
    pub async fn read_briefly<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Read<'_>) -> Outcome<T> + Send + 'static,
    ) -> Outcome<T> {
        match self.readers.try_get() {
            Some(mut connection) => sqlite::snapshot(&mut connection, Some(READ_TIME), work),
            None => self.read(work).await,
        }
    }

    /// What the database in `folder` knows of its keys.
    pub fn key_record(folder: &Path) -> Result<KeyRecord, Fault> {
        sqlite::key_record(&folder.join(DATABASE))
    }

    /// Stores the fingerprint of the keys in the database in `folder`, and erases the key that an earlier version stored
    /// there.
    pub fn keep_key_record(folder: &Path, fingerprint: &str) -> Result<(), Fault> {
        sqlite::keep_key_record(&folder.join(DATABASE), fingerprint)
    }

    /// Runs `work` as [`Store::read`] does, but synchronously on the calling thread, which may block: for the start of
    /// the program.
    ///
    /// # Errors
    /// As [`Store::read`].
    pub fn read_here<T>(&self, work: impl FnOnce(&Read<'_>) -> Outcome<T>) -> Outcome<T> {
        sqlite::snapshot(&mut *self.readers.get().map_err(|_| Refusal::Busy)?, None, work)
    }
}
