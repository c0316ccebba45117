//! The seam to storage: named verbs over rows, every statement of SQL in the program, and the one writer.
//!
//! This room must never know an office, who watches, or HTTP. It keeps facts and applies plans; it decides nothing.
//!
//! All writes pass one thread, which commits together what waits together, so no write ever waits for a lock that another
//! write of ours holds, and the rules inside a transaction see a house that stands still.

mod sqlite;
mod writer;

pub use sqlite::checks::Sweep;
pub use sqlite::plans::KeptPlan;
pub use sqlite::reservations::PAGE;
pub use sqlite::team::LOG_PAGE;
pub use sqlite::{Read, Write};

use crate::domain::entities::ConcertSchedule;
use crate::domain::queue::QueueToken;
use crate::domain::seat::SeatNow;
use crate::domain::{DeviceId, Refusal, ScheduleId, Timestamp};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use writer::{Command, Job, Told};

/// How many writes may wait for the writer. One more is refused as busy: a longer queue would only make
/// everybody wait beyond patience.
const WRITE_QUEUE: usize = 2048;

/// Something of ours failed: storage, a broken invariant, a bug. Never the fan's doing.
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
    #[error("the data folder: {0}")]
    Folder(#[from] std::io::Error),
    #[error("a stored answer cannot be read: {0}")]
    Json(#[from] serde_json::Error),
    #[error("{0}")]
    Broken(&'static str),
}

/// Why a verb did not do what was asked: a rule said no, or we failed.
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

/// What a verb answers.
pub type Outcome<T> = Result<T, Denied>;

/// Checks every invariant of a folder's database without writing to it, also beside a running server.
///
/// # Errors
/// [`Fault::OtherSchema`] for a database that this program did not write; storage errors.
pub fn sweep_folder(folder: &Path, cap: u32, now: Timestamp) -> Outcome<Vec<Sweep>> {
    let mut connection = sqlite::open_reader(&folder.join("encore.db"))?;
    sqlite::snapshot(&mut connection, |read| Ok(read.sweep_invariants(cap, now)?))
}

/// What a commit changed, for those who watch and for what is kept in memory.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Changes {
    pub schedules: BTreeMap<ScheduleId, ScheduleChanges>,
    /// The first of the deadlines that were set: the end of a hold, of an admission, of a lobby, or of a sale that somebody
    /// waits for.
    pub deadline: Option<Timestamp>,
    /// The devices that were signed out.
    pub ended_devices: Vec<DeviceId>,
}

/// What a commit changed in one schedule.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct ScheduleChanges {
    /// Seats as they are now, each once for every change.
    pub seats: Vec<SeatNow>,
    /// Tokens as they are now.
    pub tokens: Vec<QueueToken>,
    /// The hall was built on: seats are there that were not.
    pub built: bool,
    /// The schedule after the commit, and the lowest number that waits; always there once it is told.
    pub after: Option<(ConcertSchedule, Option<i64>)>,
}

impl Changes {
    /// Whether there is nothing to tell.
    pub fn is_empty(&self) -> bool {
        self.schedules.is_empty() && self.deadline.is_none() && self.ended_devices.is_empty()
    }

    /// Adds what a later command of the same commit changed.
    fn add(&mut self, later: Self) {
        for (schedule, ScheduleChanges { seats, tokens, built, .. }) in later.schedules {
            let changes = self.schedules.entry(schedule).or_default();
            changes.seats.extend(seats);
            changes.tokens.extend(tokens);
            changes.built |= built;
        }
        self.ended_devices.extend(later.ended_devices);
        self.deadline = self.deadline.into_iter().chain(later.deadline).min();
    }
}

/// The database: one writer behind a bounded queue, and a pool of readers that never block it.
pub struct Store {
    writer: SyncSender<Box<dyn Job>>,
    readers: r2d2::Pool<r2d2_sqlite::SqliteConnectionManager>,
}

impl Store {
    /// Opens `encore.db` in a folder, creating both where they are missing, and brings the schema up to date. After every
    /// commit that changed a seat or a token or set a deadline, `committed` hears of it, in the order of the commits and
    /// before the commands are answered; `reopened` hears that the writer begins anew after storage failed.
    ///
    /// # Errors
    /// [`Fault::NewerSchema`] for a database that a newer program wrote; any storage error.
    pub fn open(
        folder: &Path,
        committed: impl Fn(Changes) + Send + Sync + 'static,
        reopened: impl Fn(&Read<'_>) -> Result<(), Fault> + Send + Sync + 'static,
    ) -> Result<Self, Fault> {
        std::fs::create_dir_all(folder)?;
        let file = folder.join("encore.db");
        let connection = sqlite::open_writer(&file)?;
        sqlite::bring_up(&connection)?;
        let readers = sqlite::open_readers(&file)?;
        let (writer, jobs) = sync_channel(WRITE_QUEUE);
        let told = Told { committed: Arc::new(committed), reopened: Arc::new(reopened) };
        let write = move || writer::run(file, connection, jobs, &told);
        std::thread::Builder::new().name("writer".into()).spawn(write)?;
        Ok(Self { writer, readers })
    }

    /// Runs `work` on the writer and answers once it is committed durably, together with what waited beside it. Where it
    /// refuses or fails nothing of it remains. `work` must have no other effect: a storage engine may run it twice.
    ///
    /// # Errors
    /// What `work` answers; [`Refusal::Busy`] where too many writes wait or storage failed; storage faults.
    pub async fn write<T: Send + 'static>(
        &self,
        work: impl Fn(&Write<'_>) -> Outcome<T> + Send + 'static,
    ) -> Outcome<T> {
        let (command, answer) = Command::new(work);
        self.writer.try_send(Box::new(command)).map_err(|error| match error {
            TrySendError::Full(_) => Denied::Refused(Refusal::Busy),
            TrySendError::Disconnected(_) => Denied::Fault(Fault::Broken("the writer is gone")),
        })?;
        answer.await.map_err(|_| Fault::Broken("the writer gave no answer"))?
    }

    /// Runs `work` on a reader, all of it on one snapshot, off the async threads.
    ///
    /// # Errors
    /// What `work` answers; [`Refusal::Busy`] where too many read; storage faults.
    pub async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Read<'_>) -> Outcome<T> + Send + 'static,
    ) -> Outcome<T> {
        let readers = self.readers.clone();
        tokio::task::spawn_blocking(move || {
            // No reader came free for as long as anybody would wait: too many ask, and none of them is at fault.
            let mut connection = readers.get().map_err(|_| Refusal::Busy)?;
            sqlite::snapshot(&mut connection, work)
        })
        .await
        .map_err(|_| Fault::Broken("a read panicked"))?
    }

    /// Runs `work`, which reads a row or two by their keys, on this thread: to wake another would cost several times what it
    /// does. Where no reader is free it waits for one as any other read does.
    ///
    /// # Errors
    /// As [`Store::read`].
    pub async fn read_briefly<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Read<'_>) -> Outcome<T> + Send + 'static,
    ) -> Outcome<T> {
        match self.readers.try_get() {
            Some(mut connection) => sqlite::snapshot(&mut connection, work),
            None => self.read(work).await,
        }
    }

    /// The key that the house signs with; `fresh` becomes it at the first start.
    ///
    /// # Errors
    /// Storage faults.
    pub fn house_key(folder: &Path, fresh: [u8; 32]) -> Result<[u8; 32], Fault> {
        sqlite::house_key(&folder.join("encore.db"), fresh)
    }

    /// The same, on this thread: for the start of the program and for what is read once.
    ///
    /// # Errors
    /// As [`Store::read`].
    pub fn read_here<T>(&self, work: impl FnOnce(&Read<'_>) -> Outcome<T>) -> Outcome<T> {
        sqlite::snapshot(&mut *self.readers.get().map_err(|_| Refusal::Busy)?, work)
    }
}
