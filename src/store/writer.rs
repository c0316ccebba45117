//! The single writer: a thread that commits the waiting commands together (a group commit).
//!
//! It takes a batch of commands from the queue (the first and those behind it, at most 256), runs each in its own
//! savepoint, commits once, and only then answers them all. A lone command does not wait for others to arrive. If
//! storage itself fails, the whole batch is rolled back and answered with [`Refusal::Busy`] (with a fault if the database
//! is damaged, because trying again does not help), and the connection is reopened for the next batch, because its state
//! after such an error is unknown.

use super::sqlite::{self, Read, Write};
use super::{Changes, Denied, Fault, Outcome};
use crate::domain::Refusal;
use rusqlite::Connection;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::Instant;
use tokio::sync::{OwnedSemaphorePermit, oneshot};

/// The most commands in one commit. A full queue of commands takes eight such commits.
const MAX_BATCH: usize = 256;

/// The type of [`Callbacks::reopened`]. The argument reads from the reopened connection.
pub(super) type Reopened = dyn Fn(&Read<'_>) -> Result<(), Fault> + Send + Sync;

/// The callbacks through which the writer reports what it did.
pub(super) struct Callbacks {
    /// Called for each commit that changed something, in the order of the commits, before the commands are answered.
    pub committed: Arc<dyn Fn(Changes) + Send + Sync>,
    /// Called after the connection was reopened because storage failed: state kept in memory may no longer match the
    /// database. If it returns an error, the connection is closed and reopened for the next batch.
    pub reopened: Arc<Reopened>,
}

/// How a batch ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BatchEnd {
    Committed,
    /// It was rolled back. It may succeed if it is tried again.
    Failed,
    /// It was rolled back, because the database is damaged.
    Damaged,
}

/// A command in a batch, with its result type erased.
pub(super) trait Job: Send {
    /// Runs the command in the open transaction, keeps its outcome for [`Job::answer`], and returns what it changed. A
    /// refused command is rolled back and has changed nothing.
    ///
    /// # Errors
    /// A failure of storage itself, after which the batch cannot go on.
    fn run(&mut self, connection: &Connection) -> Result<Changes, Fault>;

    /// Sends the caller the outcome if the batch was committed, and otherwise why it was not.
    fn answer(self: Box<Self>, end: BatchEnd);
}

/// The only implementation of [`Job`]: a closure, and the channel on which the caller waits for its outcome.
pub(super) struct Command<T, W> {
    work: W,
    reply: oneshot::Sender<Outcome<T>>,
    outcome: Option<Outcome<T>>,
    /// The place in the queue, which is given back once the command is answered.
    _place: OwnedSemaphorePermit,
}

impl<T, W> Command<T, W> {
    pub fn new(work: W, place: OwnedSemaphorePermit) -> (Self, oneshot::Receiver<Outcome<T>>) {
        let (reply, answer) = oneshot::channel();
        (Self { work, reply, outcome: None, _place: place }, answer)
    }
}

impl<T: Send, W: Fn(&Write<'_>) -> Outcome<T> + Send> Job for Command<T, W> {
    fn run(&mut self, connection: &Connection) -> Result<Changes, Fault> {
        let ran = catch_unwind(AssertUnwindSafe(|| sqlite::in_savepoint(connection, &self.work)));
        let ran = match ran {
            Ok(ran) => ran?,
            Err(_) => {
                sqlite::roll_back_savepoint(connection)?;
                Err(Denied::Fault(Fault::Broken("a write panicked and was rolled back")))
            }
        };
        let (outcome, changes) = match ran {
            Ok((value, changes)) => (Ok(value), changes),
            Err(denied) => (Err(denied), Changes::default()),
        };
        self.outcome = Some(outcome);
        Ok(changes)
    }

    fn answer(self: Box<Self>, end: BatchEnd) {
        let busy = || Err(Denied::Refused(Refusal::Busy));
        let outcome = match end {
            BatchEnd::Committed => self.outcome.unwrap_or_else(busy),
            BatchEnd::Failed => busy(),
            BatchEnd::Damaged => Err(Fault::Damaged.into()),
        };
        // The caller may have stopped waiting, in which case the send fails. The commit is valid all the same.
        drop(self.reply.send(outcome));
    }
}

/// Runs the writer until the [`Store`](super::Store), which holds the sending end of the queue, is dropped.
pub(super) fn run(file: PathBuf, connection: Connection, jobs: Receiver<Box<dyn Job>>, callbacks: &Callbacks) {
    let mut connection = Some(connection);
    while let Ok(first) = jobs.recv() {
        let mut batch = Vec::with_capacity(8);
        batch.push(first);
        batch.extend(jobs.try_iter().take(MAX_BATCH - 1));
        if connection.is_none() {
            connection = reopen(&file, callbacks).inspect_err(|fault| tracing::error!(%fault, "no writing yet")).ok();
        }
        let committed = connection.as_ref().map(|open| commit(open, &mut batch, callbacks));
        if let Some(Err((fault, had_begun))) = &committed {
            tracing::error!(%fault, commands = batch.len(), "a commit failed");
            if *had_begun {
                connection = None;
            }
        }
        let end = match committed {
            Some(Ok(())) => BatchEnd::Committed,
            Some(Err((fault, _))) if fault.is_damage() => BatchEnd::Damaged,
            Some(Err(_)) | None => BatchEnd::Failed,
        };
        for job in batch {
            job.answer(end);
        }
    }
    if let Some(connection) = connection {
        sqlite::empty_log(&connection);
    }
}

fn reopen(file: &Path, callbacks: &Callbacks) -> Result<Connection, Fault> {
    let connection = sqlite::open_writer(file)?;
    (callbacks.reopened)(&sqlite::reading(&connection))?;
    Ok(connection)
}

/// Runs a batch in one transaction. An error is returned together with whether the transaction had begun: if so, it is
/// unknown how it ended, and the connection must be reopened.
fn commit(connection: &Connection, batch: &mut [Box<dyn Job>], callbacks: &Callbacks) -> Result<(), (Fault, bool)> {
    // `begin immediate` fails if another process holds the write lock. In that case no transaction has begun, and the
    // connection is still good.
    sqlite::begin(connection).map_err(|error| (error.into(), false))?;
    let begun = Instant::now();
    let committed = (|| {
        let mut all = Changes::default();
        for job in &mut *batch {
            all.add(job.run(connection)?);
        }
        sqlite::fill_after(connection, &mut all)?;
        sqlite::commit(connection)?;
        Ok(all)
    })();
    match committed {
        Ok(changes) => {
            metrics::histogram!("encore_commit_seconds").record(begun.elapsed());
            metrics::histogram!("encore_commit_commands").record(batch.len() as f64);
            if !changes.is_empty() {
                (callbacks.committed)(changes);
            }
            Ok(())
        }
        Err(fault) => {
            sqlite::roll_back(connection);
            Err((fault, true))
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::Refusal;
    use crate::domain::account::Role;
    use crate::domain::queue::CALL_SECONDS;
    use crate::domain::{Timestamp, UserId};
    use crate::store::{Changes, Denied, Fault, Outcome, Store, Write};
    use std::sync::mpsc;
    use std::sync::{Arc, Mutex};
    use tokio::sync::oneshot;
    use tokio::task::JoinHandle;

    const NOW: Timestamp = Timestamp(1_800_000_000_000);

    /// A store that records the calls of its callbacks.
    struct Watched {
        store: Arc<Store>,
        commits: Arc<Mutex<Vec<Changes>>>,
        reopened: Arc<Mutex<u32>>,
        _folder: tempfile::TempDir,
    }

    impl Watched {
        fn open() -> Self {
            let folder = tempfile::tempdir().expect("a folder");
            let (commits, reopened) = (Arc::<Mutex<Vec<Changes>>>::default(), Arc::<Mutex<u32>>::default());
            let committed = {
                let commits = commits.clone();
                move |changes| commits.lock().expect("a list").push(changes)
            };
            let again = {
                let reopened = reopened.clone();
                move |_: &crate::store::Read<'_>| {
                    *reopened.lock().expect("a count") += 1;
                    Ok(())
                }
            };
            let store = Store::open(folder.path(), committed, again).expect("opens");
            Self { store: Arc::new(store), commits, reopened, _folder: folder }
        }

        /// Adds an account and sets a deadline, so that the commit is reported to `committed`.
        async fn add(&self, name: &str) -> Outcome<UserId> {
            let name = name.to_owned();
            self.store
                .write(move |write| {
                    let id = write.insert_user(&name, &format!("{name}@example.org"), Role::Fan, "none", NOW)?;
                    write.restart_calls(NOW.plus_seconds(CALL_SECONDS))?;
                    Ok(id)
                })
                .await
        }

        async fn is_there(&self, name: &str) -> bool {
            let email = format!("{name}@example.org");
            self.store.read(move |read| Ok(read.user_by_email(&email)?.is_some())).await.expect("reads go on")
        }

        /// Blocks the writer until the returned sender is dropped. When this returns, the writer is already blocked.
        async fn hold_up(&self) -> (mpsc::Sender<()>, JoinHandle<Outcome<()>>) {
            let (go, wait) = mpsc::channel::<()>();
            let (begun, has_begun) = oneshot::channel();
            let (begun, wait) = (Mutex::new(Some(begun)), Mutex::new(wait));
            let store = self.store.clone();
            let gate = tokio::spawn(async move {
                let work = move |_: &Write<'_>| {
                    begun.lock().expect("once").take().map(|begun| begun.send(()));
                    assert!(wait.lock().expect("the gate").recv().is_err(), "the other end is dropped");
                    Ok(())
                };
                store.write(work).await
            });
            has_begun.await.expect("the writer begins");
            (go, gate)
        }
    }

    #[tokio::test]
    async fn waiting_commands_are_committed_together_and_a_refused_one_does_not_affect_the_others() {
        let watched = Watched::open();
        let (go, gate) = watched.hold_up().await;
        let refused = watched.store.write(|write| {
            write.insert_user("nobody", "nobody@example.org", Role::Fan, "none", NOW)?;
            Err::<(), Denied>(Refusal::SoldOut.into())
        });
        let panics = watched.store.write(|write| -> Outcome<()> {
            write.insert_user("panic", "panic@example.org", Role::Fan, "none", NOW)?;
            panic!("on purpose");
        });
        let all = async {
            tokio::join!(
                gate,
                watched.add("a"),
                refused,
                watched.add("b"),
                panics,
                watched.add("c"),
                // `join!` polls this last, so every command is queued by the time the writer is let go.
                async { drop(go) },
            )
        };
        let (gate, a, refused, b, panics, c, ()) = all.await;
        assert!(gate.expect("runs").is_ok() && a.is_ok() && b.is_ok() && c.is_ok());
        assert!(matches!(refused, Err(Denied::Refused(Refusal::SoldOut))));
        assert!(matches!(panics, Err(Denied::Fault(Fault::Broken(_)))));
        for (name, there) in [("a", true), ("b", true), ("c", true), ("nobody", false), ("panic", false)] {
            assert_eq!(watched.is_there(name).await, there, "{name}");
        }
        assert_eq!(watched.commits.lock().expect("a list").len(), 1, "one commit for all that waited");
    }

    #[tokio::test]
    async fn a_full_disk_gives_busy_rolls_the_batch_back_and_writing_resumes_when_there_is_space() {
        let watched = Watched::open();
        watched.add("before").await.expect("there is space");
        let (go, gate) = watched.hold_up().await;
        // SQLite returns the same error for a file that may not grow as for a full disk.
        let full = watched.store.write(|write| {
            let pages: i64 = write.raw().query_row("pragma page_count", [], |row| row.get(0))?;
            write.raw().query_row(&format!("pragma max_page_count = {pages}"), [], |_| Ok(()))?;
            let text = "x".repeat(1_000_000);
            Ok(write.insert_user(&text, "large@example.org", Role::Fan, "none", NOW)?)
        });
        let (gate, beside, full, after, ()) =
            tokio::join!(gate, watched.add("beside"), full, watched.add("after"), async { drop(go) });
        assert!(gate.expect("runs").is_ok(), "it was committed before");
        for (what, outcome) in [("beside", beside), ("full", full), ("after", after)] {
            assert!(matches!(outcome, Err(Denied::Refused(Refusal::Busy))), "{what}: {outcome:?}");
        }
        for (name, there) in [("before", true), ("beside", false), ("large", false), ("after", false)] {
            assert_eq!(watched.is_there(name).await, there, "{name}");
        }
        watched.add("later").await.expect("a new connection has space");
        assert!(watched.is_there("later").await);
        assert_eq!(*watched.reopened.lock().expect("a count"), 1, "the state in memory was read again");
    }

    #[tokio::test]
    async fn a_damaged_database_is_a_fault_and_not_a_reason_to_try_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let open = || Store::open(folder.path(), |_| {}, |_| Ok(())).expect("opens");
        let add = async |store: &Store, name: &'static str| {
            store.write(move |write| Ok(write.insert_user(name, name, Role::Fan, "none", NOW)?)).await
        };
        let store = open();
        add(&store, "before").await.expect("is added");
        let page = |read: &crate::store::Read<'_>| {
            Ok(read
                .raw()
                .query_row("select rootpage from sqlite_schema where name = 'user'", [], |row| row.get::<_, u32>(0))?)
        };
        let page = store.read(page).await.expect("reads");
        drop(store);
        let file = std::fs::File::options().write(true).open(folder.path().join("encore.db")).expect("opens");
        std::os::unix::fs::FileExt::write_all_at(&file, &[0xff; 4_096], u64::from(page - 1) * 4_096)
            .expect("damages a page");
        let damaged = add(&open(), "after").await;
        assert!(matches!(damaged, Err(Denied::Fault(Fault::Damaged))), "{damaged:?}");
    }

    #[tokio::test]
    async fn patient_commands_wait_in_order_and_leave_places_for_others() {
        let watched = Watched::open();
        let (go, gate) = watched.hold_up().await;
        let (begun, mut order) = tokio::sync::mpsc::unbounded_channel();
        let mut patient = tokio::task::JoinSet::new();
        for number in 0..3_000_u32 {
            let (store, begun) = (watched.store.clone(), begun.clone());
            let work = move |_: &Write<'_>| {
                begun.send(number).map_err(|_| Fault::Broken("nobody listens"))?;
                Ok(())
            };
            patient.spawn(async move { store.write_patiently(work).await });
            // Lets the command take its place before the next one.
            tokio::task::yield_now().await;
        }
        let mut others = tokio::task::JoinSet::new();
        for _ in 0..1_000 {
            let store = watched.store.clone();
            others.spawn(async move { store.write(|_| Ok(())).await });
            tokio::task::yield_now().await;
        }
        drop(go);
        while let Some(outcome) = others.join_next().await {
            outcome.expect("runs").expect("finds a place although 3,000 patient commands wait");
        }
        while let Some(outcome) = patient.join_next().await {
            outcome.expect("runs").expect("is not refused");
        }
        drop((begun, gate));
        let mut carried_out = vec![];
        order.close();
        while let Some(number) = order.recv().await {
            carried_out.push(number);
        }
        assert_eq!(carried_out, (0..3_000).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn the_log_that_a_long_read_made_grow_is_cut_and_empty_after_a_clean_end() {
        let watched = Watched::open();
        watched.add("before").await.expect("is added");
        let log = watched._folder.path().join("encore.db-wal");
        let length = || std::fs::metadata(&log).map_or(0, |file| file.len());
        let limit = 16_384 * 4_096;
        // Another program holds a snapshot while much is written.
        let other = rusqlite::Connection::open(watched._folder.path().join("encore.db")).expect("opens");
        other.execute_batch("begin; select count(*) from user").expect("reads");
        let large = "x".repeat(10_000_000);
        for _ in 0..10 {
            let large = large.clone();
            let write = watched.store.write(move |write| {
                write.raw().execute("create table if not exists scratch (text text)", [])?;
                write.raw().execute("delete from scratch", [])?;
                write.raw().execute("insert into scratch values (?)", [&large])?;
                Ok(())
            });
            write.await.expect("is written");
        }
        assert!(length() > limit, "{}", length());
        other.execute_batch("rollback").expect("ends its read");
        watched.add("then").await.expect("the log is copied");
        watched.add("after").await.expect("the log begins again");
        assert!(length() <= limit, "{}", length());
        let Watched { store, _folder: folder, .. } = watched;
        drop(store);
        assert_eq!(length(), 0);
        drop(folder);
    }

    #[tokio::test]
    async fn a_broken_constraint_fails_only_its_own_command() {
        let watched = Watched::open();
        watched.add("same").await.expect("is added");
        let broken = watched.store.write(|write| {
            write.insert_user("nobody", "nobody@example.org", Role::Fan, "none", NOW)?;
            Ok(write.insert_user("same", "same@example.org", Role::Fan, "none", NOW)?)
        });
        let (broken, beside) = tokio::join!(broken, watched.add("beside"));
        assert!(matches!(broken, Err(Denied::Fault(_))));
        assert!(beside.is_ok());
        assert!(!watched.is_there("nobody").await, "and all that this command had written is undone");
    }
}
