//! A rehearsal of the rush: a house of its own, a server on it, and an audience that comes all at once and is played end to
//! end over HTTP. It is how a venue learns what its machine can carry, and it is the benchmark.
//!
//! It knows the server only by its address, as a browser does. Only what reads back as paid counts.

mod audience;
mod client;
mod fan;
mod report;
mod stage;

pub use report::Report;

use audience::Audience;
use encore::{Clock, Settings, house};
use fan::{Player, Script};
use report::Score;
use stage::Stage;
use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// What is played.
#[derive(Debug, Clone)]
pub struct Plan {
    /// How many fans come.
    pub fans: usize,
    /// How many of a hundred are in the lobby before the opening; the others come in the second after it.
    pub early_percent: usize,
    /// Which hall is sold.
    pub hall: Hall,
    pub settings: Settings,
    /// A server that runs already, instead of one of the rehearsal's own.
    pub running: Option<Running>,
}

/// A hall of the demo house.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Hall {
    Club,
    Theatre,
    Arena,
}

/// A server on this machine that runs already, and the folder that it runs on.
#[derive(Debug, Clone)]
pub struct Running {
    /// Such as `127.0.0.1:3000`.
    pub address: std::net::SocketAddr,
    pub data: PathBuf,
    pub schedule: i64,
    pub pid: Option<u32>,
}

/// How long before the opening the first fans come to the lobby.
const LOBBY: Duration = Duration::from_secs(5);
/// How long a rehearsal may take before whoever is left goes home.
const PATIENCE: Duration = Duration::from_secs(600);

/// Plays a rush and says how it went. `progress` hears of it every second.
///
/// # Errors
/// What keeps it from being played: a server that does not start, a folder that cannot be written.
pub async fn rehearse(plan: Plan, progress: impl Fn(&str)) -> Result<Report, Box<dyn Error>> {
    progress("making the house and its audience");
    let stage = Stage::set(&plan).await?;
    let audience = Audience::invite(&stage, plan.fans).await?;
    let early = plan.fans * plan.early_percent.min(100) / 100;
    let opens_in = stage.open(LOBBY).await?;
    let server = stage.serve(&plan).await?;
    let seats = client::Client::new(server.address).seats(stage.schedule).await?;

    let opening = Instant::now() + opens_in.saturating_sub(stage.passed());
    let score = Arc::new(Score::default());
    let script = Arc::new(Script { schedule: stage.schedule, address: server.address, seats, opening });
    let before = server.usage();
    let mut players = tokio::task::JoinSet::new();
    for (number, cookie) in audience.cookies.into_iter().enumerate() {
        // The early ones come through the seconds before the opening, the others within one after it.
        let comes = if number < early {
            opening - LOBBY + (LOBBY - Duration::from_millis(500)).mul_f64(number as f64 / early as f64)
        } else {
            opening + Duration::from_secs(1).mul_f64((number - early) as f64 / (plan.fans - early) as f64)
        };
        let player = Player::new(script.clone(), score.clone(), cookie, number);
        players.spawn(async move {
            tokio::time::sleep_until(comes).await;
            player.play().await;
        });
    }
    let mut seconds = tokio::time::interval(Duration::from_secs(1));
    let end = opening + PATIENCE;
    loop {
        tokio::select! {
            left = players.join_next() => if left.is_none() { break },
            _ = seconds.tick() => progress(&score.line(opening)),
            () = tokio::time::sleep_until(end) => break,
        }
    }
    let still_there = players.len();
    players.abort_all();
    let usage = server.usage().since(&before);
    let sweep = house::check(&stage.folder, plan.settings, &Clock::system())?;
    let report = Report::of(&plan, &score, opening, usage, sweep, still_there);
    server.stop();
    Ok(report)
}
