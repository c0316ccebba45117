//! The seam to storage: named verbs over rows, every statement of SQL in the program, and the one writer.
//!
//! This room must never know an office, who watches, or HTTP. It keeps facts and applies plans; it decides nothing.
//!
//! All writes pass one thread, one `BEGIN IMMEDIATE … COMMIT` each, so no write ever waits for a lock that another write
//! of ours holds, and the rules inside a transaction see a house that stands still.

mod sqlite;

pub use sqlite::checks::Sweep;
pub use sqlite::reservations::PAGE;
pub use sqlite::{Read, Write};

use crate::domain::seat::SeatChange;
use crate::domain::{Refusal, ScheduleId, Timestamp};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use tokio::sync::oneshot;

/// How many writes may wait for the writer. One more is refused as busy: at some hundreds of commits a second a longer
/// queue would only make everybody wait beyond patience.
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

/// What a committed transaction changed, for those who watch.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Changes {
    /// For each schedule, its version after the commit and the seats that changed.
    pub seats: BTreeMap<ScheduleId, (i64, Vec<SeatChange>)>,
    /// The first of the deadlines that were set: the end of a hold, of an admission, or of a sale that somebody waits for.
    pub deadline: Option<Timestamp>,
}

type Job = Box<dyn FnOnce(&mut rusqlite::Connection) + Send>;

/// The database: one writer behind a bounded queue, and a pool of readers that never block it.
pub struct Store {
    writer: SyncSender<Job>,
    readers: r2d2::Pool<r2d2_sqlite::SqliteConnectionManager>,
    on_commit: std::sync::Arc<dyn Fn(Changes) + Send + Sync>,
}

impl Store {
    /// Opens `encore.db` in a folder, creating both where they are missing, and brings the schema up to date. After every
    /// commit that changed a seat or set a deadline, `on_commit` hears of it, in the order of the commits.
    ///
    /// # Errors
    /// [`Fault::NewerSchema`] for a database that a newer program wrote; any storage error.
    pub fn open(folder: &Path, on_commit: impl Fn(Changes) + Send + Sync + 'static) -> Result<Self, Fault> {
        std::fs::create_dir_all(folder)?;
        let file = folder.join("encore.db");
        let mut connection = sqlite::open_writer(&file)?;
        let readers = sqlite::open_readers(&file)?;
        let (writer, jobs) = sync_channel::<Job>(WRITE_QUEUE);
        std::thread::Builder::new().name("writer".into()).spawn(move || {
            for job in jobs {
                job(&mut connection);
            }
        })?;
        Ok(Self { writer, readers, on_commit: std::sync::Arc::new(on_commit) })
    }

    /// Runs `work` in one transaction on the writer and commits it durably where it answers `Ok`. Where it refuses or fails
    /// nothing of it remains. `work` must have no other effect: a storage engine may run it twice.
    ///
    /// # Errors
    /// What `work` answers; [`Refusal::Busy`] where too many writes wait; storage faults.
    pub async fn write<T: Send + 'static>(
        &self,
        work: impl Fn(&Write<'_>) -> Outcome<T> + Send + 'static,
    ) -> Outcome<T> {
        let (answer, answered) = oneshot::channel();
        let on_commit = self.on_commit.clone();
        let job: Job = Box::new(move |connection| {
            let outcome = catch_unwind(AssertUnwindSafe(|| sqlite::transact(connection, &work)))
                .unwrap_or(Err(Denied::Fault(Fault::Broken("a write panicked and was rolled back"))));
            let outcome = outcome.map(|(value, changes)| {
                if changes.deadline.is_some() || !changes.seats.is_empty() {
                    on_commit(changes);
                }
                value
            });
            // Nobody may be waiting any more: the commit stands all the same.
            drop(answer.send(outcome));
        });
        self.writer.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => Denied::Refused(Refusal::Busy),
            TrySendError::Disconnected(_) => Denied::Fault(Fault::Broken("the writer is gone")),
        })?;
        answered.await.map_err(|_| Fault::Broken("the writer gave no answer"))?
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
}
