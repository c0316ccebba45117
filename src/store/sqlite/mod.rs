//! SQLite: how connections are opened and transactions run. The statements stand in the files beside this one, each in a
//! function named as the question it answers.

mod accounts;
pub mod checks;
mod concerts;
mod points;
mod queue;
pub mod reservations;
mod seats;
mod values;

use super::{Changes, Fault, Outcome};
use crate::domain::seat::SeatChange;
use crate::domain::{ScheduleId, SeatId, SeatStatus, Timestamp};
use r2d2_sqlite::SqliteConnectionManager;
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};
use rusqlite_migration::{M, Migrations};
use std::cell::RefCell;
use std::ops::Deref;
use std::path::Path;
use std::time::Duration;

const STEPS: &[M<'_>] = &[M::up(include_str!("../../../migrations/sqlite/0001_box_office.sql"))];
const MIGRATIONS: Migrations<'_> = Migrations::from_slice(STEPS);

/// Readers at once. More would only share the same two or three cores.
const READERS: u32 = 8;

/// How many prepared statements a connection keeps: all of them.
const STATEMENTS: usize = 128;

/// Verbs that look. A `Write` is a `Read` too.
pub struct Read<'c> {
    connection: &'c Connection,
}

/// Verbs that change rows, inside one transaction of the writer.
pub struct Write<'c> {
    read: Read<'c>,
    changes: RefCell<Changes>,
}

impl<'c> Deref for Write<'c> {
    type Target = Read<'c>;
    fn deref(&self) -> &Read<'c> {
        &self.read
    }
}

impl Write<'_> {
    fn note_seat(&self, schedule: ScheduleId, id: SeatId, status: SeatStatus) {
        self.changes.borrow_mut().seats.entry(schedule).or_default().1.push(SeatChange { id, status });
    }

    fn note_deadline(&self, at: Timestamp) {
        let first = &mut self.changes.borrow_mut().deadline;
        *first = Some(first.map_or(at, |first| first.min(at)));
    }
}

/// The one connection that writes. WAL lets readers go on beside it; FULL makes a commit survive a power cut.
pub(super) fn open_writer(file: &Path) -> Result<Connection, Fault> {
    let mut connection = Connection::open(file)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "full")?;
    MIGRATIONS.to_latest(&mut connection).map_err(|error| match error {
        rusqlite_migration::Error::MigrationDefinition(
            rusqlite_migration::MigrationDefinitionError::DatabaseTooFarAhead,
        ) => Fault::NewerSchema,
        other => Fault::Migration(other),
    })?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(connection)
}

/// One connection that cannot write, on a database whose schema is this program's.
pub(super) fn open_reader(file: &Path) -> Result<Connection, Fault> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)?;
    match MIGRATIONS.pending_migrations(&connection)? {
        0 => Ok(connection),
        _ => Err(Fault::OtherSchema),
    }
}

/// Connections that cannot write.
pub(super) fn open_readers(file: &Path) -> Result<r2d2::Pool<SqliteConnectionManager>, Fault> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let manager = SqliteConnectionManager::file(file).with_flags(flags).with_init(|connection| {
        connection.busy_timeout(Duration::from_secs(5))?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        Ok(())
    });
    let pool = r2d2::Pool::builder()
        .max_size(READERS)
        .min_idle(Some(1))
        .connection_timeout(Duration::from_secs(5))
        .build(manager)?;
    Ok(pool)
}

/// Runs `work` between BEGIN IMMEDIATE and COMMIT, and rolls back where it does not answer `Ok`.
pub(super) fn transact<T>(
    connection: &mut Connection,
    work: &impl Fn(&Write<'_>) -> Outcome<T>,
) -> Outcome<(T, Changes)> {
    let transaction = Transaction::new(connection, TransactionBehavior::Immediate)?;
    let write = Write { read: Read { connection: &transaction }, changes: RefCell::default() };
    let value = work(&write)?;
    let mut changes = write.changes.take();
    for (schedule, (version, _)) in &mut changes.seats {
        *version = write.schedule(*schedule)?.ok_or(Fault::Broken("a changed seat has a schedule"))?.version;
    }
    drop(write);
    transaction.commit()?;
    Ok((value, changes))
}

/// Runs `work` on one snapshot of the database.
pub(super) fn snapshot<T>(connection: &mut Connection, work: impl FnOnce(&Read<'_>) -> Outcome<T>) -> Outcome<T> {
    let transaction = Transaction::new(connection, TransactionBehavior::Deferred)?;
    work(&Read { connection: &transaction })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The statements that stand in a file of verbs as `let sql = "…"`.
    fn statements(file: &str) -> Vec<String> {
        let after = file.split("let sql = ").skip(1);
        let literal = |text: &str| {
            let (text, end) = match text.strip_prefix("r#\"") {
                Some(text) => (text.to_owned(), "\"#"),
                None => (text.strip_prefix('"')?.to_owned(), "\""),
            };
            text.split(end).next().map(str::to_owned)
        };
        after.filter_map(literal).collect()
    }

    #[test]
    fn no_verb_reads_a_table_whole_that_grows_with_the_sale() {
        let folder = tempfile::tempdir().expect("a folder");
        let connection = open_writer(&folder.path().join("encore.db")).expect("opens");
        let files = [
            include_str!("accounts.rs"),
            include_str!("points.rs"),
            include_str!("queue.rs"),
            include_str!("reservations.rs"),
            include_str!("seats.rs"),
        ];
        let all: Vec<String> = files.iter().flat_map(|file| statements(file)).collect();
        assert!(all.len() > 30, "the statements are found: {}", all.len());
        for sql in all {
            let mut plan = connection.prepare(&format!("explain query plan {sql}")).expect("a statement");
            let mut steps = plan.raw_query();
            while let Some(step) = steps.next().expect("a plan") {
                let step: String = step.get("detail").expect("a step");
                let grows =
                    ["seat", "reservation", "queue_token", "point_ledger", "payment", "user", "s", "r", "t", "l"];
                let scanned = step.strip_prefix("SCAN ").and_then(|rest| rest.split(' ').next()).unwrap_or_default();
                assert!(!grows.contains(&scanned) || sql.contains("from user)"), "{step}\n{sql}");
            }
        }
    }
}
