//! A benchmark of scale: the CPU time of a request in a small house and in a large one.

use crate::holds::add_history;
use crate::load::{HttpConnection, Load, get, post};
use crate::pairs::{median, print};
use crate::stage::{Fixture, Serving, join};
use encore::Settings;
use encore::domain::ScheduleId;

/// Rounds of four requests in one run, shared among the shoppers.
const ROUNDS: usize = 400;
/// Fans who are admitted and hold seats.
const SHOPPERS: usize = 16;

const SETTINGS: Settings = Settings {
    hold_seconds: 3_000,
    seats_per_fan: 4,
    active_fans: SHOPPERS as u32,
    admission_seconds: 6_000,
    ..Settings::DEFAULT
};

/// A served house of a certain size: fans who wait, a hall, and rows of past sales.
struct ServedHouse {
    stage: Fixture,
    serving: Serving,
    schedule: ScheduleId,
    seats: Vec<i64>,
}

impl ServedHouse {
    /// Serves a house with `history` past rows of each kind ([`add_history`]), and lets `fans` fans join the queue of
    /// the schedule that `hall` picks. The first [`SHOPPERS`] of them are admitted.
    fn of(hall: fn(&Fixture) -> ScheduleId, fans: usize, history: usize) -> Self {
        let stage = Fixture::set(SETTINGS, fans);
        let schedule = hall(&stage);
        add_history(stage.folder.path(), schedule, history);
        let serving = Serving::encore(stage.folder.path(), SETTINGS);
        join(&serving, &stage.fans[..SHOPPERS], schedule);
        join(&serving, &stage.fans[SHOPPERS..], schedule);
        let connection = rusqlite::Connection::open(stage.folder.path().join("encore.db")).expect("opens");
        let mut sql = connection.prepare("select id from seat where schedule_id = ? order by id").expect("a statement");
        let seats = sql.query_map([schedule.0], |row| row.get(0)).and_then(Iterator::collect).expect("seats");
        drop(sql);
        Self { stage, serving, schedule, seats }
    }

    /// Runs [`ROUNDS`] rounds of four requests: a waiting fan looks at their place in the queue, a shopper holds a seat
    /// and releases it, and the waiting fan lists their reservations. Returns the CPU seconds that the server's threads
    /// spend on one request.
    fn cpu_a_request(&self, load: &Load) -> f64 {
        let schedule = self.schedule;
        let before = server_cpu();
        load.run(async {
            let mut tasks = tokio::task::JoinSet::new();
            for shopper in 0..SHOPPERS {
                let (cookie, seat) = (self.stage.fans[shopper].1.clone(), self.seats[shopper]);
                let waiting = self.stage.fans[self.stage.fans.len() - 1 - shopper].1.clone();
                let address = self.serving.address;
                let requests = [
                    get(&format!("/api/queue/status?schedule_id={schedule}"), &format!("Cookie: {waiting}\r\n")),
                    post("/api/hold", &cookie, &format!("schedule_id={schedule}&seat_ids[0]={seat}")),
                    post("/api/release", &cookie, &format!("schedule_id={schedule}")),
                    get("/api/reservations", &format!("Cookie: {waiting}\r\n")),
                ];
                tasks.spawn(async move {
                    let mut connection = HttpConnection::open(address).await;
                    for _ in 0..ROUNDS / SHOPPERS {
                        for request in &requests {
                            connection.send(request).await;
                        }
                    }
                });
            }
            while let Some(task) = tasks.join_next().await {
                task.expect("shops");
            }
        });
        (server_cpu() - before) / (4 * ROUNDS) as f64
    }
}

/// Returns the CPU seconds that all threads of this process have used, except for the main thread, which generates the
/// load (proc(5), `schedstat`).
fn server_cpu() -> f64 {
    let main = std::process::id().to_string();
    let threads = std::fs::read_dir("/proc/self/task").expect("threads");
    let of = |thread: std::fs::DirEntry| {
        let used = std::fs::read_to_string(thread.path().join("schedstat")).ok()?;
        used.split_whitespace().next()?.parse::<f64>().ok()
    };
    threads.filter_map(Result::ok).filter(|thread| *thread.file_name() != *main).filter_map(of).sum::<f64>() / 1e9
}

/// Compares a large house with a small one: 10 times the waiting fans, the arena instead of the theatre, and 100 times
/// the rows of past sales.
pub fn scale(pairs: usize) {
    let load = Load::new();
    let small = ServedHouse::of(|stage| stage.demo.theatre, 1_000, 500);
    let large = ServedHouse::of(|stage| stage.demo.arena, 10_000, 50_000);
    small.cpu_a_request(&load);
    large.cpu_a_request(&load);
    let (mut ratios, mut controls, mut costs) = (vec![], vec![], vec![]);
    for _ in 0..pairs {
        let (before, cost, after) =
            (small.cpu_a_request(&load), large.cpu_a_request(&load), small.cpu_a_request(&load));
        ratios.push(cost / ((before + after) / 2.0));
        controls.push(before / after);
        costs.push(before * 1e6);
    }
    print("CPU a request, large house / small house", &mut ratios, &mut controls);
    println!("{:<44} {:.0} µs in the small one", "", median(&mut costs));
}
