//! A rehearsal of the rush: a temporary database with demo data, a server on it, and simulated fans who all come at
//! once and buy tickets over HTTP, from joining the queue to the paid ticket. It shows a venue what load its machine
//! can handle, and it is the benchmark of this project.
//!
//! The accounts, their points and their sessions are made in the database in advance; after that, the fans know only
//! the address of the server, as a browser does. A purchase counts only if its ticket is then read back as paid.

mod audience;
mod client;
mod fan;
mod report;
mod stage;

pub use report::Report;

use audience::Audience;
use encore::domain::ScheduleId;
use encore::{Clock, Settings, house};
use fan::{Scenario, SimulatedFan};
use report::Counters;
use stage::RehearsalHouse;
use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// The settings of a rehearsal.
#[derive(Debug, Clone)]
pub struct RehearsalPlan {
    /// The number of simulated fans.
    pub fans: usize,
    /// The percentage of the fans who are in the lobby before the opening; half of the others come in the moment of the
    /// opening, and the rest in the second after it.
    pub early_percent: usize,
    /// The demo hall whose seats are sold. Without effect on a server that is already running.
    pub hall: DemoHall,
    pub settings: Settings,
    /// A server that is already running. Its sale is taken to open when the rehearsal begins, so no fan is early.
    /// `None` makes the rehearsal start a server of its own.
    pub running: Option<Running>,
}

/// A hall of the demo data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum DemoHall {
    Club,
    Theatre,
    Arena,
}

/// A server that is already running on this machine, and its data folder.
#[derive(Debug, Clone)]
pub struct Running {
    /// For example `127.0.0.1:3000`.
    pub address: std::net::SocketAddr,
    pub data: PathBuf,
    pub key_file: PathBuf,
    pub schedule: ScheduleId,
    /// The id of the server's process. If it is `None`, its CPU time and memory are not reported.
    pub pid: Option<u32>,
}

/// How long the early fans come to the lobby: 5 seconds, and longer if more than 2,500 would come in one. The lobby lasts
/// twice as long, because it closes at its half.
fn gathering(early: usize) -> Duration {
    Duration::from_secs((early as u64).div_ceil(2_500).max(5))
}

/// The most connections of all fans together: this process could not have more open files. If there are more fans, those
/// who wait in the queue keep no connection, and a fan who has none waits until another has closed theirs.
const MAX_CONNECTED: usize = 10_000;
/// The rehearsal ends at the latest this long after the opening. Fans who have not finished by then are stopped and
/// reported.
const TIME_LIMIT: Duration = Duration::from_secs(600);

/// Simulates a rush and returns the report. `progress` is called with a line of text at the start, and then every
/// second.
///
/// # Errors
/// Returns an error if the rush cannot be simulated, for example because the server does not start or a folder cannot
/// be written.
pub async fn rehearse(plan: RehearsalPlan, progress: impl Fn(&str)) -> Result<Report, Box<dyn Error>> {
    progress("making the database and the accounts of the fans");
    let stage = RehearsalHouse::prepare(&plan).await?;
    let audience = Audience::create(&stage, plan.fans).await?;
    let early = plan.fans * plan.early_percent.min(100) / 100;
    let gathering = gathering(early);
    let lobby = 2 * gathering;
    let opening = stage.schedule_opening(lobby).await?;
    let server = stage.serve(&plan).await?;
    let seats = client::Client::new(server.address).seats(stage.schedule).await?;

    let counters = Arc::new(Counters::default());
    let scenario = Arc::new(Scenario {
        schedule: stage.schedule,
        address: server.address,
        seats,
        opening,
        stays_connected: plan.fans <= MAX_CONNECTED,
        connections: Arc::new(Semaphore::new(MAX_CONNECTED)),
    });
    let before = server.usage();
    let mut fans = tokio::task::JoinSet::new();
    for (number, cookie) in audience.cookies.into_iter().enumerate() {
        // The early fans come before the lobby closes. Of the others, every second one comes in the very moment of the
        // opening, and the rest during the second after it.
        let comes = if number < early {
            opening - lobby + (gathering - Duration::from_millis(500)).mul_f64(number as f64 / early as f64)
        } else if number % 2 == 0 {
            opening
        } else {
            opening + Duration::from_secs(1).mul_f64((number - early) as f64 / (plan.fans - early) as f64)
        };
        let fan = SimulatedFan::new(scenario.clone(), counters.clone(), cookie, number);
        fans.spawn(async move {
            tokio::time::sleep_until(comes).await;
            fan.play().await;
        });
    }
    let mut seconds = tokio::time::interval(Duration::from_secs(1));
    let end = opening + TIME_LIMIT;
    loop {
        tokio::select! {
            finished = fans.join_next() => match finished {
                Some(Ok(())) => {}
                Some(Err(panic)) => counters.error(&panic.to_string()),
                None => break,
            },
            _ = seconds.tick() => progress(&counters.line(opening)),
            () = tokio::time::sleep_until(end) => break,
        }
    }
    let still_there = fans.len();
    fans.abort_all();
    let usage = server.usage().since(&before);
    let check = house::check(&stage.folder, plan.settings, &Clock::system())?;
    let report = Report::of(&plan, &counters, opening, usage, check, still_there);
    server.stop();
    Ok(report)
}
