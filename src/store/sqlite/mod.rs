//! SQLite: how connections are opened and transactions are run. The SQL statements are in the other files of this
//! module, each in a function named after the question it answers or the change it makes.

pub mod accounts;
pub mod addresses;
pub mod books;
pub mod concerts;
pub mod counter;
pub mod door;
pub mod invariants;
pub mod legal;
pub mod lottery;
pub mod mail;
pub mod plans;
pub mod points;
pub mod queue;
pub mod reservations;
mod seats;
pub mod second_step;
mod set_back;
pub mod team;
pub mod till;
mod values;
pub mod waitlist;

use super::{Changes, Denied, Fault, KeyRecord, Outcome, ScheduleAfter};
use crate::domain::legal::LegalText;
use crate::domain::queue::QueueToken;
use crate::domain::seat::SeatNow;
use crate::domain::{DeviceId, Refusal, ScheduleId, Timestamp, account, text};
use r2d2_sqlite::SqliteConnectionManager;
use rusqlite::functions::FunctionFlags;
use rusqlite::{Connection, OpenFlags, OptionalExtension};
use rusqlite_migration::{M, Migrations};
use std::cell::RefCell;
use std::ops::Deref;
use std::path::Path;
use std::time::{Duration, Instant};

const STEPS: &[M<'_>] = &[
    M::up(include_str!("../../../migrations/sqlite/0001_box_office.sql")),
    M::up(include_str!("../../../migrations/sqlite/0002_the_rush.sql")),
    M::up(include_str!("../../../migrations/sqlite/0003_a_real_sale.sql")).foreign_key_check(),
    M::up(include_str!("../../../migrations/sqlite/0004_devices.sql")),
    M::up(include_str!("../../../migrations/sqlite/0005_orphan_seats.sql")),
    M::up(include_str!("../../../migrations/sqlite/0006_patient_queue.sql")),
    M::up(include_str!("../../../migrations/sqlite/0007_any_seat.sql")).foreign_key_check(),
    M::up(include_str!("../../../migrations/sqlite/0008_concert_details.sql")),
    M::up(include_str!("../../../migrations/sqlite/0009_door_scans.sql")),
    M::up(include_str!("../../../migrations/sqlite/0010_no_id_twice.sql")).foreign_key_check(),
    M::up(include_str!("../../../migrations/sqlite/0011_large_lobby.sql")),
    M::up(include_str!("../../../migrations/sqlite/0012_probe.sql")),
    M::up(include_str!("../../../migrations/sqlite/0013_end_of_admission.sql")),
    M::up(include_str!("../../../migrations/sqlite/0014_account_tag.sql")),
    M::up(include_str!("../../../migrations/sqlite/0015_key_file.sql")),
    M::up(include_str!("../../../migrations/sqlite/0016_first_owner.sql")),
    M::up(include_str!("../../../migrations/sqlite/0017_addresses.sql")).foreign_key_check(),
    M::up(include_str!("../../../migrations/sqlite/0018_second_person.sql")),
    M::up(include_str!("../../../migrations/sqlite/0019_mail.sql")),
    M::up(include_str!("../../../migrations/sqlite/0020_show_changes.sql")),
    M::up(include_str!("../../../migrations/sqlite/0021_leaving.sql")),
    M::up(include_str!("../../../migrations/sqlite/0022_reminders.sql")),
    M::up(include_str!("../../../migrations/sqlite/0023_waitlist.sql")),
    M::up(include_str!("../../../migrations/sqlite/0024_handing_on.sql")),
    M::up(include_str!("../../../migrations/sqlite/0025_second_step.sql")),
    M::up(include_str!("../../../migrations/sqlite/0026_legal_texts.sql")),
    M::up(include_str!("../../../migrations/sqlite/0027_till.sql")),
    M::up(include_str!("../../../migrations/sqlite/0028_another_hall.sql")),
    M::up(include_str!("../../../migrations/sqlite/0029_closed_lists.sql")),
    M::up(include_str!("../../../migrations/sqlite/0030_beacon.sql")),
];
const MIGRATIONS: Migrations<'_> = Migrations::from_slice(STEPS);

/// The most read connections. More would only compete for the same two or three cores.
const READERS: u32 = 8;

/// How many prepared statements a connection caches: more than the program has, so that none is ever prepared twice.
const STATEMENTS: usize = 192;

/// The queries. A [`Write`] dereferences to a `Read`, so a transaction can run them too.
pub struct Read<'c> {
    connection: &'c Connection,
}

/// The statements that change rows, inside one transaction of the writer, and a record of what they changed.
pub struct Write<'c> {
    read: Read<'c>,
    changes: RefCell<Changes>,
}

#[cfg(test)]
impl Read<'_> {
    /// The connection itself, so that a test can cause a failure.
    pub(in crate::store) const fn raw(&self) -> &Connection {
        self.connection
    }
}

impl Read<'_> {
    /// When [`Write::probe`] was last called. `None` if it never was.
    pub fn last_probe(&self) -> rusqlite::Result<Option<Timestamp>> {
        self.connection.prepare_cached("select at from probe")?.query_row([], |row| row.get(0)).optional()
    }
}

impl<'c> Deref for Write<'c> {
    type Target = Read<'c>;
    fn deref(&self) -> &Read<'c> {
        &self.read
    }
}

impl Write<'_> {
    /// Writes a row that means nothing, to see whether the database can be written. Returns `now`.
    pub fn probe(&self, now: Timestamp) -> rusqlite::Result<Timestamp> {
        let sql = "insert into probe (id, at) values (1, ?1) on conflict do update set at = ?1";
        self.connection.prepare_cached(sql)?.execute([now]).map(|_| now)
    }

    fn note_seat(&self, schedule: ScheduleId, seat: SeatNow) {
        self.changes.borrow_mut().schedules.entry(schedule).or_default().seats.push(seat);
    }

    fn note_token(&self, token: QueueToken) {
        self.changes.borrow_mut().schedules.entry(token.schedule_id).or_default().tokens.push(token);
    }

    /// Records that a schedule's own row changed, but none of its seats and no queue token.
    fn note_schedule(&self, schedule: ScheduleId) {
        self.changes.borrow_mut().schedules.entry(schedule).or_default();
    }

    /// Like [`Write::note_schedule`], but also wakes the sweeper at once, because the change may let waiting fans in or
    /// end their wait.
    fn note_schedule_at(&self, schedule: ScheduleId, now: Timestamp) {
        self.note_schedule(schedule);
        self.note_deadline(now);
    }

    /// Records that the hall of a schedule must be read again; see
    /// [`hall_changed`](super::ScheduleChanges::hall_changed).
    fn note_hall_changed(&self, schedule: ScheduleId) {
        self.changes.borrow_mut().schedules.entry(schedule).or_default().hall_changed = true;
    }

    /// Records that a device was signed out.
    fn note_ended(&self, device: DeviceId) {
        self.changes.borrow_mut().ended_devices.push(device);
    }

    fn note_legal_texts(&self, in_force: Vec<LegalText>) {
        self.changes.borrow_mut().legal_texts = Some(in_force);
    }

    /// Records that a mail was added, or is to be tried again.
    fn note_mail(&self) {
        self.changes.borrow_mut().has_mail = true;
    }

    /// Records that the delay of a lottery has to be computed.
    fn note_delay(&self) {
        self.changes.borrow_mut().has_delay = true;
    }

    /// Records a deadline: the sweeper will run at `at`, or earlier.
    pub fn note_deadline(&self, at: Timestamp) {
        let first = &mut self.changes.borrow_mut().deadline;
        *first = Some(first.map_or(at, |first| first.min(at)));
    }
}

/// Adds to a connection what all of its statements may use: the function `has_words(text, search)`, which tells whether
/// [`text::Words`] of `search` are in `text`, and `has_address(email)`, which tells whether a stored address is one: see
/// [`account::is_no_address`].
fn equip(connection: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_DIRECTONLY;
    connection.create_scalar_function("has_words", 2, flags, |given| {
        // SQLite keeps the words as long as a statement runs, because `search` is the same for all of its rows.
        let words = given.get_or_create_aux(1, |search| search.as_str().map(text::Words::of))?;
        Ok(words.are_in(given.get_raw(0).as_str()?))
    })?;
    connection.create_scalar_function("has_address", 1, flags, |given| {
        Ok(!account::is_no_address(given.get_raw(0).as_str()?))
    })?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.busy_timeout(Duration::from_secs(5))
}

/// Opens the one connection that writes, and migrates the schema. Readers can go on during a write because of the
/// write-ahead log (WAL), and a commit survives a power cut because of `synchronous=FULL`.
pub(super) fn open_writer(file: &Path) -> Result<Connection, Fault> {
    let mut connection = Connection::open(file)?;
    equip(&connection)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "full")?;
    // `temp_store`: the journal that is needed to undo a savepoint stays in memory. `wal_autocheckpoint` is in pages of
    // 4 KB: the log is copied into the database every 64 MB instead of every 4 MB, so a page that is written again and
    // again during a rush is copied less often.
    connection.pragma_update(None, "temp_store", "memory")?;
    connection.pragma_update(None, "wal_autocheckpoint", 16_384)?;
    // A log that grew beyond this many bytes, because a read took long, is cut once it has been copied.
    connection.pragma_update(None, "journal_size_limit", 16_384 * 4_096)?;
    // A migration that rebuilds a table drops the old one while other tables refer to it, so foreign keys are off
    // during migrations. They must be switched off here because the bundled SQLite has them on by default.
    connection.pragma_update(None, "foreign_keys", false)?;
    MIGRATIONS.to_latest(&mut connection).map_err(|error| match error {
        rusqlite_migration::Error::MigrationDefinition(
            rusqlite_migration::MigrationDefinitionError::DatabaseTooFarAhead,
        ) => Fault::NewerSchema,
        other => Fault::Migration(other),
    })?;
    connection.pragma_update(None, "foreign_keys", true)?;
    Ok(connection)
}

/// The part of a migration that plain SQL cannot do: it fills the search index, which needs the code of
/// `domain::search`.
pub(super) fn index_missing_concerts(connection: &Connection) -> Result<(), Fault> {
    let write = Write { read: Read { connection }, changes: RefCell::default() };
    Ok(write.index_concerts()?)
}

/// What the database knows of its keys.
pub(super) fn key_record(file: &Path) -> Result<KeyRecord, Fault> {
    let connection = Connection::open(file)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    let key = connection.query_row("select key from house_key", [], |row| row.get(0)).optional()?;
    let fingerprint = connection.query_row("select fingerprint from key_check", [], |row| row.get(0)).optional()?;
    Ok(KeyRecord { key, fingerprint })
}

/// Stores the fingerprint of the keys, and erases the key that an earlier version stored.
pub(super) fn keep_key_record(file: &Path, fingerprint: &str) -> Result<(), Fault> {
    let mut connection = Connection::open(file)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    // What is deleted is overwritten too, in the database and, by the checkpoint, in its log.
    connection.pragma_update(None, "secure_delete", true)?;
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let sql = "insert into key_check (id, fingerprint) values (1, ?1) on conflict do update set fingerprint = ?1";
    transaction.execute(sql, [fingerprint])?;
    let erased = transaction.execute("delete from house_key", [])?;
    transaction.commit()?;
    if erased > 0 {
        connection.query_row("pragma wal_checkpoint(truncate)", [], |_| Ok(()))?;
    }
    Ok(())
}

/// Opens one read-only connection.
///
/// # Errors
/// [`Fault::OtherSchema`] if the schema of the database is older or newer than this program's.
pub(super) fn open_reader(file: &Path) -> Result<Connection, Fault> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)?;
    match MIGRATIONS.pending_migrations(&connection)? {
        0 => Ok(connection),
        _ => Err(Fault::OtherSchema),
    }
}

/// Copies a database into a new file, as of one moment, while others read and write it.
pub(super) fn copy(from: &Path, to: &Path) -> Result<(), Fault> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(from, flags)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.execute("vacuum into ?", [to.to_string_lossy()])?;
    Ok(())
}

/// The pool of read-only connections.
pub(super) fn open_readers(file: &Path) -> Result<r2d2::Pool<SqliteConnectionManager>, Fault> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let manager = SqliteConnectionManager::file(file).with_flags(flags).with_init(|connection| equip(connection));
    let pool = r2d2::Pool::builder()
        .max_size(READERS)
        // All are opened at the start, when there are files and memory.
        .min_idle(Some(READERS))
        .connection_timeout(Duration::from_secs(5))
        // A connection to a local file does not go stale, and testing it at each checkout would cost as much as a read.
        .test_on_check_out(false)
        .build(manager)?;
    Ok(pool)
}

/// Begins a transaction and takes the write lock at once.
pub(super) fn begin(connection: &Connection) -> rusqlite::Result<()> {
    connection.prepare_cached("begin immediate")?.execute([]).map(drop)
}

/// Commits, durably.
pub(super) fn commit(connection: &Connection) -> rusqlite::Result<()> {
    connection.prepare_cached("commit")?.execute([]).map(drop)
}

/// Rolls back the open transaction, unless SQLite has already done so by itself. Errors are ignored.
pub(super) fn roll_back(connection: &Connection) {
    if !connection.is_autocommit() {
        drop(connection.prepare_cached("rollback").and_then(|mut sql| sql.execute([])));
    }
}

/// Undoes the command that is running, and nothing else of the transaction.
pub(super) fn roll_back_savepoint(connection: &Connection) -> Result<(), Fault> {
    connection.prepare_cached("rollback to command")?.execute([])?;
    connection.prepare_cached("release command")?.execute([])?;
    Ok(())
}

/// Runs `work` in a savepoint, which is rolled back unless `work` returns `Ok`.
///
/// # Errors
/// The outer error means that the whole batch cannot go on: storage itself failed, or SQLite has already rolled back
/// the whole transaction. An invalid statement or a violated constraint concerns only this command and is in the inner
/// result.
pub(super) fn in_savepoint<T>(
    connection: &Connection,
    work: &impl Fn(&Write<'_>) -> Outcome<T>,
) -> Result<Outcome<(T, Changes)>, Fault> {
    connection.prepare_cached("savepoint command")?.execute([])?;
    let write = Write { read: Read { connection }, changes: RefCell::default() };
    match work(&write) {
        Ok(value) => {
            connection.prepare_cached("release command")?.execute([])?;
            Ok(Ok((value, write.changes.take())))
        }
        Err(Denied::Fault(fault)) if connection.is_autocommit() || is_storage_failure(&fault) => Err(fault),
        Err(denied) => {
            roll_back_savepoint(connection)?;
            Ok(Err(denied))
        }
    }
}

/// Whether a fault comes from the disk or the database file, and not from one statement.
fn is_storage_failure(fault: &Fault) -> bool {
    use rusqlite::ErrorCode::*;
    let Fault::Sqlite(error) = fault else { return false };
    !matches!(
        error.sqlite_error_code(),
        None | Some(ConstraintViolation | TypeMismatch | ApiMisuse | ParameterOutOfRange | TooBig | Unknown)
    )
}

/// Looks for damage in a database of at most `QUICK_BYTES`, logs what it finds, and returns whether it is whole. The
/// program goes on in any case: what is left can still be read and sold.
pub(super) fn quick_check(connection: &Connection, file: &Path) -> bool {
    /// The largest file that is checked at the start, in bytes: it takes a fraction of a second.
    const QUICK_BYTES: u64 = 64 << 20;
    if std::fs::metadata(file).is_ok_and(|file| file.len() > QUICK_BYTES) {
        return true;
    }
    let found = connection.query_row("pragma quick_check(1)", [], |row| row.get(0));
    let found: String = found.unwrap_or_else(|error| error.to_string());
    let is_whole = found == "ok";
    if !is_whole {
        tracing::error!(found, "the database is damaged: restore it, or ask `encore check` for more");
    }
    is_whole
}

/// Fills in [`after`](super::ScheduleChanges::after) of each changed schedule, at the end of the transaction. If seats may have
/// to be offered to a waitlist, the sweeper will run at once.
pub(super) fn fill_after(connection: &Connection, changes: &mut Changes) -> Result<(), Fault> {
    let read = Read { connection };
    let mut is_waitlist_due = false;
    for (&id, changes) in &mut changes.schedules {
        if let Some(schedule) = read.schedule(id)? {
            is_waitlist_due |= schedule.waitlisted > 0 && schedule.is_waitlist_due;
            changes.after = Some(ScheduleAfter { schedule, first_waiting: read.first_waiting(id)? });
        }
    }
    if is_waitlist_due {
        changes.deadline = Some(Timestamp(0));
    }
    Ok(())
}

/// Returns a [`Read`] on a connection with no open transaction: each query sees the latest commit.
pub(super) const fn reading(connection: &Connection) -> Read<'_> {
    Read { connection }
}

/// Copies the whole log into the database and empties it, as far as no read needs it. Called when the writer ends.
pub(super) fn empty_log(connection: &Connection) {
    if let Err(error) = connection.query_row("pragma wal_checkpoint(truncate)", [], |_| Ok(())) {
        tracing::warn!(%error, "the log of the database is not emptied; the next start does it");
    }
}

/// Runs `work` on one snapshot of the database, for no longer than `limit`.
///
/// # Errors
/// The error that `work` returns; [`Refusal::Busy`] if it took too long.
pub(super) fn snapshot<T>(
    connection: &mut Connection,
    limit: Option<Duration>,
    work: impl FnOnce(&Read<'_>) -> Outcome<T>,
) -> Outcome<T> {
    /// How many instructions of SQLite's virtual machine run between two looks at the clock: some milliseconds.
    const INSTRUCTIONS: i32 = 100_000;
    /// Ends the read transaction, also if `work` panics.
    struct Snapshot<'c>(&'c Connection);
    impl Drop for Snapshot<'_> {
        fn drop(&mut self) {
            drop(self.0.progress_handler(0, None::<fn() -> bool>));
            roll_back(self.0);
        }
    }
    // This has an effect only if the previous read transaction on this connection could not be ended.
    roll_back(connection);
    connection.prepare_cached("begin deferred")?.execute([])?;
    let snapshot = Snapshot(connection);
    if let Some(limit) = limit {
        let ends = Instant::now() + limit;
        snapshot.0.progress_handler(INSTRUCTIONS, Some(move || Instant::now() > ends))?;
    }
    match work(&Read { connection: snapshot.0 }) {
        Err(Denied::Fault(Fault::Sqlite(error)))
            if error.sqlite_error_code() == Some(rusqlite::ErrorCode::OperationInterrupted) =>
        {
            tracing::error!(?limit, "a read took too long and was ended");
            Err(Refusal::Busy.into())
        }
        outcome => outcome,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The SQL statements of a source file: the string literals that are assigned to a variable named `sql`.
    fn statements(file: &str) -> Vec<String> {
        let literal = |text: &str| {
            let (text, end) = match text.trim_start().strip_prefix("r#\"") {
                Some(text) => (text.to_owned(), "\"#"),
                None => (text.trim_start().strip_prefix('"')?.to_owned(), "\""),
            };
            text.split(end).next().map(str::to_owned)
        };
        // A statement about queue tokens is written with the `tokens!` macro: its two arguments are the text before and
        // the text after the columns.
        let tokens = |text: &str| {
            let text = text.trim_start().strip_prefix("tokens!(")?;
            let (before, after) = text.split_once("\",")?;
            Some(format!("{} id {}", literal(&format!("{before}\""))?, literal(after)?))
        };
        let after = file.split("let sql =").skip(1);
        after.filter_map(|text| tokens(text).or_else(|| literal(text))).collect()
    }

    #[test]
    fn a_read_that_takes_too_long_is_ended_and_the_connection_can_be_used_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut connection = open_writer(&folder.path().join("encore.db")).expect("opens");
        let endless = "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n";
        let read = |read: &Read<'_>| Ok(read.connection.query_row(endless, [], |row| row.get::<_, i64>(0))?);
        let ended = snapshot(&mut connection, Some(Duration::from_millis(20)), read);
        assert!(matches!(ended, Err(Denied::Refused(Refusal::Busy))), "{ended:?}");
        let read = |read: &Read<'_>| Ok(read.last_probe()?);
        assert_eq!(snapshot(&mut connection, None, read).expect("reads"), None);
    }

    #[test]
    fn a_database_of_version_two_is_migrated_with_all_its_rows() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("encore.db");
        let mut before = Connection::open(&file).expect("opens");
        MIGRATIONS.to_version(&mut before, 2).expect("the second version");
        before
            .execute_batch(
                "insert into user (id, name, email, role, created_at, updated_at) values
                    (1, 'Mina', 'mina@example.org', 'fan', 1, 1), (2, 'Sora', 'sora@example.org', 'staff', 1, 1);
                insert into concert values (1, 'Winter Light', 'The Glass', 'Haneul', 'Asia/Seoul', '', 1, 1);
                insert into concert_schedule (id, concert_id, show_time, reservation_start, reservation_end, created_at, updated_at)
                    values (1, 1, 9000, 1, 8000, 1, 1);
                insert into seat (id, schedule_id, section, \"row\", number, position, price, status, created_at, updated_at) values
                    (1, 1, 'Floor', 'A', 1, 1, 100, 'reserved', 1, 1), (2, 1, 'Floor', 'B', 1, 1, 100, 'reservable', 1, 1);
                insert into payment values (1, 1, 1, 100, 5);
                insert into reservation values (1, 1, 1, 1, 'purchase', 100, 9, 1, 4, 5), (2, 1, 1, 2, 'cancel', 100, 9, null, 4, 5);
                insert into point_ledger (user_id, kind, amount, payment_id, created_at) values
                    (1, 'charge', 300, null, 2), (1, 'purchase', -100, 1, 5);",
            )
            .expect("a sale");
        drop(before);

        let after = open_writer(&file).expect("is brought up");
        index_missing_concerts(&after).expect("is indexed");
        let read = reading(&after);
        for sweep in read.check_invariants(100, Timestamp(6)).expect("sweeps") {
            assert_eq!(sweep.broken, 0, "{}", sweep.invariant);
        }
        let mina = read.user(crate::domain::UserId(1)).expect("reads").expect("is there");
        assert_eq!(mina.point, 200, "copying the ledger counts nothing twice");
        let ticket = read.reservation(crate::domain::ReservationId(1)).expect("reads").expect("is there");
        assert_eq!((ticket.status.as_str(), ticket.price, ticket.section.as_str()), ("purchase", 100, "Floor"));
        let schedule = read.schedule(ScheduleId(1)).expect("reads").expect("is there");
        assert_eq!(schedule.status.as_str(), "published", "what was on sale stays so");
        let asked = crate::domain::search::fts_query("winter").expect("words");
        assert_eq!(read.find_concerts(&asked).expect("finds").len(), 1);
        assert!(
            after
                .execute(
                    "insert into reservation (user_id, schedule_id, seat_id, price, expired_at, created_at, updated_at)
            values (1, 1, 1, 1, 1, 1, 1)",
                    []
                )
                .is_err(),
            "the index of live reservations is there"
        );
    }

    #[test]
    fn the_log_of_an_earlier_version_loses_the_addresses_and_names_of_people() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("encore.db");
        let mut before = Connection::open(&file).expect("opens");
        MIGRATIONS.to_version(&mut before, 20).expect("an earlier version");
        before
            .execute_batch(
                "insert into user (id, name, email, created_at, updated_at, tag) values
                    (1, 'Sora', 'sora@example.org', 1, 1, 1), (2, 'Mina', 'mina@example.org', 1, 1, 1);
                insert into audit_log (staff_id, action, subject, note, created_at) values
                    (1, 'points_adjusted', 'mina@example.org', '5: goodwill', 1),
                    (1, 'ticket_cancelled', 'mina@example.org: Floor A1', '100: ill', 1),
                    (1, 'tickets_sold', 'Winter Light, 2026', 'mina@example.org: Floor A1; 100; ', 1),
                    (1, 'place_restored', 'Winter Light, 2026', 'Mina', 1),
                    (2, 'joined_staff', 'Mina', 'door', 1),
                    (1, 'concert_created', 'Mina', '', 1);",
            )
            .expect("a log");
        drop(before);
        let after = open_writer(&file).expect("is brought up");
        let log = reading(&after).log("", None).expect("the log");
        let texts: Vec<_> = log.iter().rev().map(|entry| (&*entry.subject, &*entry.note)).collect();
        let expected = [
            ("", "5: goodwill"),
            ("Floor A1", "100: ill"),
            ("Winter Light, 2026", "Floor A1; 100; "),
            ("Winter Light, 2026", ""),
            ("", "door"),
            ("Mina", ""),
        ];
        assert_eq!(texts, expected);
        let people = log.iter().rev().map(|entry| entry.person.as_ref().map(|(id, _)| id.0)).collect::<Vec<_>>();
        assert_eq!(people, [Some(2), Some(2), Some(2), Some(2), Some(2), None], "a concert is not a person");
        assert!(after.execute("update audit_log set note = ''", []).is_err(), "the log is append-only again");
        assert_eq!(reading(&after).log("mina@example.org", None).expect("finds").len(), 5);
    }

    #[test]
    fn no_query_scans_a_table_that_grows_with_the_sale() {
        let folder = tempfile::tempdir().expect("a folder");
        let connection = open_writer(&folder.path().join("encore.db")).expect("opens");
        let files = [
            include_str!("accounts.rs"),
            include_str!("addresses.rs"),
            include_str!("concerts.rs"),
            include_str!("door.rs"),
            include_str!("lottery.rs"),
            include_str!("mail.rs"),
            include_str!("points.rs"),
            include_str!("queue.rs"),
            include_str!("reservations.rs"),
            include_str!("seats.rs"),
            include_str!("team.rs"),
            include_str!("waitlist.rs"),
        ];
        let all: Vec<String> = files.iter().flat_map(|file| statements(file)).collect();
        assert!(all.len() > 45, "the statements are found: {}", all.len());
        for sql in all {
            let mut plan = connection.prepare(&format!("explain query plan {sql}")).expect("a statement");
            let mut steps = plan.raw_query();
            while let Some(step) = steps.next().expect("a plan") {
                let step: String = step.get("detail").expect("a step");
                let grows =
                    "seat reservation queue_token point_ledger payment door_scan user mail waitlist_entry s r t l d w";
                let scanned = step.strip_prefix("SCAN ").and_then(|rest| rest.split(' ').next()).unwrap_or_default();
                let grows = grows.split(' ').any(|table| table == scanned);
                assert!(!grows || sql.contains("from user)"), "{step}\n{sql}");
            }
        }
    }

    #[test]
    fn a_deleted_id_is_never_used_again_and_a_delete_reads_no_table_that_may_refer_to_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let connection = open_writer(&folder.path().join("encore.db")).expect("opens");
        let files = [
            include_str!("accounts.rs"),
            include_str!("concerts.rs"),
            include_str!("mail.rs"),
            include_str!("seats.rs"),
        ];
        let deletes = files.iter().flat_map(|file| file.split("delete from ").skip(1));
        let tables: Vec<&str> = deletes.filter_map(|rest| rest.split(' ').next()).collect();
        assert!(tables.contains(&"concert") && tables.contains(&"seat"), "{tables:?}");
        for table in tables {
            let sql = "select sql from sqlite_schema where name = ?";
            let sql: String = connection.query_row(sql, [table], |row| row.get(0)).expect("a table");
            assert!(!sql.contains("  id integer primary key,"), "{table} needs autoincrement");
            // SQLite looks for rows that refer to the deleted one.
            let sql = r#"select child.name, key."from"
                from sqlite_schema child, pragma_foreign_key_list(child.name) key
                where child.type = 'table' and key."table" = ?"#;
            let mut keys = connection.prepare(sql).expect("a statement");
            let key = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
            for key in keys.query_map([table], key).expect("the keys") {
                let (child, column): (String, String) = key.expect("a key");
                let sql = format!("explain query plan select 1 from {child} where {column} = 1");
                let step: String = connection.query_row(&sql, [], |row| row.get("detail")).expect("a plan");
                assert!(step.starts_with("SEARCH"), "{table}: {step}");
            }
        }
    }
}
