//! Benchmarks of holds over HTTP, each durable (committed and synced), compared with a bare loop that runs the same SQL
//! statements.

use crate::load::{HttpConnection, Load, post};
use crate::pairs::{compare, median, print};
use crate::stage::{Fixture, Serving, join};
use encore::Settings;
use encore::domain::ScheduleId;
use rusqlite::{Connection, params};
use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

/// Clients that hold seats at the same time, each on one connection.
const CLIENTS: usize = 64;
/// The number of holds in one run of [`at_rate`].
const STEADY: usize = 512;
/// The number of holds in one run of [`over_http`] or [`in_a_loop`]. Every hold needs a seat of its own: 7 pairs need
/// 15 runs, which take 9,600 of the arena's 10,000 seats.
const RUN: usize = 640;

const SETTINGS: Settings = Settings {
    hold_seconds: 3_000,
    seats_per_fan: 4,
    active_fans: 100_000,
    admission_seconds: 6_000,
    ..Settings::DEFAULT
};

/// Fans who are all admitted to the arena. The fan at an index holds the seat at the same index.
struct Crowd {
    stage: Fixture,
    seats: Vec<i64>,
    /// The index of the first fan who has not been used yet.
    next: usize,
}

impl Crowd {
    fn gather(fans: usize) -> (Self, Serving) {
        let stage = Fixture::set(SETTINGS, fans);
        let serving = Serving::encore(stage.folder.path(), SETTINGS);
        join(&serving, &stage.fans, stage.demo.arena);
        let connection = Connection::open(stage.folder.path().join("encore.db")).expect("opens");
        let mut seats =
            connection.prepare("select id from seat where schedule_id = ? order by id").expect("a statement");
        let seats: Vec<i64> = seats
            .query_map([stage.demo.arena.0], |row| row.get(0))
            .and_then(Iterator::collect)
            .expect("the seats of the arena");
        (Self { stage, seats, next: 0 }, serving)
    }

    /// Returns the next `count` fans, each as user id, session cookie and the seat to hold.
    fn take(&mut self, count: usize) -> Vec<(i64, String, i64)> {
        let from = self.next;
        self.next += count;
        let fans = self.stage.fans[from..from + count].iter().zip(&self.seats[from..from + count]);
        fans.map(|((fan, cookie), seat)| (fan.0, cookie.clone(), *seat)).collect()
    }
}

fn hold(schedule: ScheduleId, cookie: &str, seat: i64) -> Vec<u8> {
    post("/api/hold", cookie, &format!("schedule_id={schedule}&seat_ids[0]={seat}"))
}

/// Opens one connection for each client.
async fn connect(address: SocketAddr) -> Vec<HttpConnection> {
    let mut connections = vec![];
    for _ in 0..CLIENTS {
        connections.push(HttpConnection::open(address).await);
    }
    connections
}

/// Makes [`RUN`] holds over HTTP, as fast as [`CLIENTS`] clients can, and returns the number of holds a second.
fn over_http(load: &Load, serving: &Serving, crowd: &mut Crowd) -> f64 {
    let schedule = crowd.stage.demo.arena;
    let holds = crowd.take(RUN);
    let address = serving.address;
    load.run(async {
        let connections = connect(address).await;
        let begun = Instant::now();
        let mut tasks = tokio::task::JoinSet::new();
        for (client, mut connection) in connections.into_iter().enumerate() {
            let mine: Vec<Vec<u8>> = holds
                .iter()
                .skip(client)
                .step_by(CLIENTS)
                .map(|(_, cookie, seat)| hold(schedule, cookie, *seat))
                .collect();
            tasks.spawn(async move {
                for request in mine {
                    connection.send(&request).await;
                }
            });
        }
        while let Some(task) = tasks.join_next().await {
            task.expect("holds");
        }
        RUN as f64 / begun.elapsed().as_secs_f64()
    })
}

/// Opens a connection with the same settings as Encore's writer.
fn bare(folder: &Path) -> Connection {
    let connection = Connection::open(folder.join("encore.db")).expect("opens");
    for (pragma, value) in [("synchronous", "full"), ("temp_store", "memory"), ("wal_autocheckpoint", "16384")] {
        connection.pragma_update(None, pragma, value).expect("a pragma");
    }
    connection.pragma_update(None, "foreign_keys", true).expect("a pragma");
    connection.set_prepared_statement_cache_capacity(64);
    connection
}

/// Runs the SQL statements of [`RUN`] holds in a loop, with `in_a_commit` holds in each commit, and returns the number
/// of holds a second.
fn in_a_loop(connection: &Connection, crowd: &mut Crowd, in_a_commit: usize) -> f64 {
    let schedule = crowd.stage.demo.arena.0;
    let now = 1_900_000_000_000_i64;
    let holds = crowd.take(RUN);
    let begun = Instant::now();
    for together in holds.chunks(in_a_commit) {
        run(connection, "begin immediate", &[]);
        for (fan, _, seat) in together {
            let (fan, seat) = (*fan, *seat);
            look(connection, "select * from concert_schedule where id = ?", &[schedule]);
            let token = look(
                connection,
                "select id from queue_token where user_id = ? and schedule_id = ? and status in ('wait', 'active')",
                &[fan, schedule],
            );
            look(
                connection,
                "select seat.price, seat.status, reservation.id from seat left join reservation
                    on reservation.seat_id = seat.id and reservation.status = 'reserved'
                where seat.id = ? and seat.schedule_id = ?",
                &[seat, schedule],
            );
            look(
                connection,
                "select id from reservation where user_id = ? and schedule_id = ? and status = 'reserved' order by seat_id",
                &[fan, schedule],
            );
            look(
                connection,
                "select count(*) from reservation where user_id = ? and schedule_id = ? and status = 'purchase'",
                &[fan, schedule],
            );
            run(
                connection,
                "insert into reservation (user_id, schedule_id, seat_id, price, expired_at, created_at, updated_at)
                values (?, ?, ?, 100, ?, ?, ?)",
                &[fan, schedule, seat, now, now, now],
            );
            run(
                connection,
                "update seat set status = 'occupied', expired_at = ?, updated_at = ? where id = ? and schedule_id = ?",
                &[now, now, seat, schedule],
            );
            run(
                connection,
                "update queue_token set status = 'active', expire_at = ?, came_at = coalesce(came_at, ?), updated_at = ?
                where id = ?",
                &[now, now, now, token.expect("a token")],
            );
        }
        run(connection, "commit", &[]);
    }
    RUN as f64 / begun.elapsed().as_secs_f64()
}

/// Runs a statement that returns no rows.
fn run(connection: &Connection, sql: &str, values: &[i64]) {
    let mut statement = connection.prepare_cached(sql).expect("a statement");
    statement.execute(rusqlite::params_from_iter(values)).expect("is done");
}

/// Runs a query and returns the first column of its first row, if there is one and it is an integer.
fn look(connection: &Connection, sql: &str, values: &[i64]) -> Option<i64> {
    let mut statement = connection.prepare_cached(sql).expect("a statement");
    let mut rows = statement.query(rusqlite::params_from_iter(values)).expect("asks");
    rows.next().expect("reads").and_then(|row| row.get(0).ok())
}

/// Compares holds over HTTP with the loop: first with one hold in each commit of the loop, then with 64.
pub fn holds(pairs: usize) {
    for (what, in_a_commit) in
        [("holds, 64 clients / loop, a commit each", 1), ("holds, 64 clients / loop, 64 in a commit", 64)]
    {
        let load = Load::new();
        let (mut ours, serving) = Crowd::gather(RUN * (2 * pairs + 1));
        let (mut theirs, other) = Crowd::gather(RUN * (pairs + 1));
        drop(other);
        let connection = bare(theirs.stage.folder.path());
        compare(
            what,
            pairs,
            || over_http(&load, &serving, &mut ours),
            || in_a_loop(&connection, &mut theirs, in_a_commit),
        );
    }
}

/// Measures the 99th percentile of the latency of a hold at half of the rate that [`over_http`] reaches, as a multiple
/// of the median fsync of 4 KiB on the same disk.
pub fn latency(pairs: usize) {
    let load = Load::new();
    let (mut crowd, serving) = Crowd::gather(2 * RUN + STEADY * 2 * pairs);
    // The first run only warms the caches.
    over_http(&load, &serving, &mut crowd);
    let full = over_http(&load, &serving, &mut crowd);
    let (mut ratios, mut controls) = (vec![], vec![]);
    let (mut p99s, mut syncs, mut slow_syncs) = (vec![], vec![], vec![]);
    for _ in 0..pairs {
        let (sync, slow_sync) = fsync(crowd.stage.folder.path());
        let (first, second) =
            (at_rate(&load, &serving, &mut crowd, full / 2.0), at_rate(&load, &serving, &mut crowd, full / 2.0));
        ratios.push((first + second) / 2.0 / sync);
        controls.push(first / second);
        p99s.push(first * 1e3);
        syncs.push(sync * 1e3);
        slow_syncs.push(slow_sync * 1e3);
    }
    print("p99 of a hold at half load / median fsync", &mut ratios, &mut controls);
    let (p99, sync, slow_sync) = (median(&mut p99s), median(&mut syncs), median(&mut slow_syncs));
    let half = full / 2.0;
    println!("{:<44} {p99:.2} ms beside {sync:.2} ms (its p99: {slow_sync:.2} ms), at {half:.0} a second", "");
}

/// Makes [`STEADY`] holds that are due at a steady rate of `a_second`, and returns the 99th percentile of their latency
/// in seconds. A client waits for each response before its next hold. The delay that this causes counts as latency,
/// apart from the first 2 ms (see below).
fn at_rate(load: &Load, serving: &Serving, crowd: &mut Crowd, a_second: f64) -> f64 {
    let schedule = crowd.stage.demo.arena;
    let holds = crowd.take(STEADY);
    let address = serving.address;
    load.run(async {
        let connections = connect(address).await;
        let begun = Instant::now() + Duration::from_millis(5);
        let mut tasks = tokio::task::JoinSet::new();
        for (client, mut connection) in connections.into_iter().enumerate() {
            let mine: Vec<(Duration, Vec<u8>)> = holds
                .iter()
                .enumerate()
                .skip(client)
                .step_by(CLIENTS)
                .map(|(index, (_, cookie, seat))| {
                    (Duration::from_secs_f64(index as f64 / a_second), hold(schedule, cookie, *seat))
                })
                .collect();
            tasks.spawn(async move {
                let mut took = vec![];
                for (due, request) in mine {
                    let due = begun + due;
                    tokio::time::sleep_until(due.into()).await;
                    // Latency is measured from sending, because the timer may be about a millisecond late. If the
                    // request is sent more than 2 ms after it was due, latency is measured from 2 ms after the due
                    // time: the client was then still waiting for its earlier response.
                    let from = Instant::now().min(due + Duration::from_millis(2));
                    connection.send(&request).await;
                    took.push(from.elapsed().as_secs_f64());
                }
                took
            });
        }
        let mut all = vec![];
        while let Some(task) = tasks.join_next().await {
            all.extend(task.expect("holds"));
        }
        all.sort_by(f64::total_cmp);
        all[all.len() * 99 / 100]
    })
}

/// Measures the median and the 99th percentile of the time that an fsync of 4 KiB takes, in seconds.
fn fsync(folder: &Path) -> (f64, f64) {
    let mut file = std::fs::File::create(folder.join("fsync")).expect("a file");
    let mut times: Vec<f64> = (0..400)
        .map(|_| {
            file.write_all(&[7; 4096]).expect("writes");
            let begun = Instant::now();
            file.sync_all().expect("syncs");
            begun.elapsed().as_secs_f64()
        })
        .collect();
    (median(&mut times), times[times.len() * 99 / 100])
}

/// Adds the rows of past sales to a database: `count` cancelled reservations, `count` ledger entries and `count` ended
/// queue tokens.
pub fn add_history(folder: &Path, schedule: ScheduleId, count: usize) {
    let mut connection = bare(folder);
    let transaction = connection.transaction().expect("begins");
    let (user, seats): (i64, i64) = (
        transaction.query_row("select min(id) from user", [], |row| row.get(0)).expect("a user"),
        transaction
            .query_row("select min(id) from seat where schedule_id = ?", [schedule.0], |row| row.get(0))
            .expect("a seat"),
    );
    for number in 0..count as i64 {
        let seat = seats + number % 1_000;
        transaction
            .prepare_cached(
                "insert into reservation (user_id, schedule_id, seat_id, status, price, expired_at, created_at, updated_at)
                values (?, ?, ?, 'cancel', 100, 1, 1, 1)",
            )
            .and_then(|mut sql| sql.execute(params![user + number % 3, schedule.0, seat]))
            .expect("history");
        transaction
            .prepare_cached("insert into point_ledger (user_id, kind, amount, created_at) values (?, 'charge', 1, 1)")
            .and_then(|mut sql| sql.execute([user + number % 3]))
            .expect("history");
        transaction
            .prepare_cached(
                "insert into queue_token (user_id, schedule_id, status, ended, created_at, updated_at)
                values (?, ?, 'delete', 'left', 1, 1)",
            )
            .and_then(|mut sql| sql.execute(params![user + number % 3, schedule.0]))
            .expect("history");
    }
    transaction.commit().expect("commits");
}
