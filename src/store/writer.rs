//! The one writer: a thread that commits together what waits together.
//!
//! It takes the first command that waits and whatever waits behind it, runs each in a savepoint of its own, commits once,
//! and only then answers them all. A lone command waits for nobody. What storage itself refuses stops the whole batch: all
//! of it is rolled back and answered as busy, and the connection is opened anew, since after such an error nothing that it
//! says can be relied on.

use super::sqlite::{self, Read, Write};
use super::{Changes, Denied, Fault, Outcome};
use crate::domain::Refusal;
use rusqlite::Connection;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use tokio::sync::oneshot;

/// The most commands in one commit: as many as can wait need a few.
const TOGETHER: usize = 256;

/// Who hears what the writer did.
pub(super) struct Told {
    /// Each commit that changed something, in their order, before anybody is answered.
    pub committed: Arc<dyn Fn(Changes) + Send + Sync>,
    /// The connection was opened anew after storage failed: what is known from earlier commits may be wrong.
    pub reopened: Arc<dyn Fn(&Read<'_>) -> Result<(), Fault> + Send + Sync>,
}

/// A command on its way through a batch.
pub(super) trait Job: Send {
    /// Runs in the open transaction and keeps the outcome. Answers what it changed; nothing remains of a refused one.
    ///
    /// # Errors
    /// What storage itself refused, after which the batch cannot go on.
    fn run(&mut self, connection: &Connection) -> Result<Changes, Fault>;

    /// Answers whoever asked, after the commit.
    fn answer(self: Box<Self>);
}

/// The only kind of job: some work, and who waits for its outcome.
pub(super) struct Command<T, W> {
    work: W,
    asked: oneshot::Sender<Outcome<T>>,
    outcome: Option<Outcome<T>>,
}

impl<T, W> Command<T, W> {
    pub fn new(work: W) -> (Self, oneshot::Receiver<Outcome<T>>) {
        let (asked, answer) = oneshot::channel();
        (Self { work, asked, outcome: None }, answer)
    }
}

impl<T: Send, W: Fn(&Write<'_>) -> Outcome<T> + Send> Job for Command<T, W> {
    fn run(&mut self, connection: &Connection) -> Result<Changes, Fault> {
        // Where the batch fails nobody comes back to say so.
        self.outcome = None;
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

    fn answer(self: Box<Self>) {
        // Nobody may be waiting any more: the commit stands all the same.
        drop(self.asked.send(self.outcome.unwrap_or(Err(Denied::Refused(Refusal::Busy)))));
    }
}

/// Writes until the house is gone.
pub(super) fn run(file: PathBuf, connection: Connection, jobs: Receiver<Box<dyn Job>>, told: &Told) {
    let mut connection = Some(connection);
    while let Ok(first) = jobs.recv() {
        let mut batch = Vec::with_capacity(8);
        batch.push(first);
        batch.extend(jobs.try_iter().take(TOGETHER - 1));
        if connection.is_none() {
            connection = reopen(&file, told).inspect_err(|fault| tracing::error!(%fault, "no writing yet")).ok();
        }
        if let Some(open) = &mut connection
            && let Err((fault, batch_lost)) = commit(open, &mut batch, told)
        {
            tracing::error!(%fault, commands = batch.len(), "a commit failed; nothing of it was done");
            if batch_lost {
                connection = None;
            }
        }
        for job in batch {
            job.answer();
        }
    }
}

fn reopen(file: &Path, told: &Told) -> Result<Connection, Fault> {
    let connection = sqlite::open_writer(file)?;
    (told.reopened)(&sqlite::reading(&connection))?;
    Ok(connection)
}

/// Runs a batch in one transaction. With a failure comes whether the transaction had begun, so that its end is unknown.
fn commit(connection: &Connection, batch: &mut [Box<dyn Job>], told: &Told) -> Result<(), (Fault, bool)> {
    // Another process may hold the lock: then nothing was begun and nothing is lost.
    sqlite::begin(connection).map_err(|error| (error.into(), false))?;
    let committed = (|| {
        let mut all = Changes::default();
        for job in &mut *batch {
            all.add(job.run(connection)?);
        }
        sqlite::note_what_remains(connection, &mut all)?;
        sqlite::commit(connection)?;
        Ok(all)
    })();
    match committed {
        Ok(changes) => {
            if !changes.is_empty() {
                (told.committed)(changes);
            }
            Ok(())
        }
        Err(fault) => {
            sqlite::roll_back(connection);
            Err((fault, true))
        }
    }
}
