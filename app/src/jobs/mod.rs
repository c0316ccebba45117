//! Every task that runs beside the requests. Nothing else starts one, but for what a single connection or test needs.

pub mod backups;
pub mod beacon;
pub mod mail_server;
mod sender;
mod tidy;

use crate::server::App;
use backups::BackupPlan;
use beacon::BeaconNodes;
use encore::{delay, heartbeat, sampler, sweeper, waiting_room};
use mail_server::MailServer;
use std::path::PathBuf;
use std::time::Instant;

/// Measures how many steps of the delay of a lottery this machine takes in `seconds`: at least 1.
pub fn delay_steps(seconds: u32) -> u32 {
    const SAMPLE: u32 = 1_000;
    let begun = Instant::now();
    std::hint::black_box(delay::compute("speed", SAMPLE));
    ((f64::from(seconds) * f64::from(SAMPLE) / begun.elapsed().as_secs_f64()) as u32).max(1)
}

/// What the tasks use outside of the program.
pub struct Outside {
    /// Without one, mails stay in the outbox.
    pub mail_server: Option<MailServer>,
    /// Without one, no backups are made.
    pub backups: Option<BackupPlan>,
    pub beacon: BeaconNodes,
}

/// Starts all tasks. They run until the program ends. `folder` is the data folder.
pub fn start(app: &App, folder: PathBuf, outside: Outside) {
    let Outside { mail_server, backups, beacon } = outside;
    if let Some(plan) = backups {
        tokio::spawn(backups::run(app.clone(), folder.clone(), plan));
    }
    let house = app.house.clone();
    tokio::spawn(async move { sampler::run(&house).await });
    let house = app.house.clone();
    tokio::spawn(async move { heartbeat::run(&house).await });
    let house = app.house.clone();
    tokio::spawn(async move { sweeper::run(&house).await });
    let house = app.house.clone();
    tokio::spawn(async move { waiting_room::keep_drawing(&house, &beacon).await });
    tokio::spawn(tidy::run(app.clone(), folder));
    sender::count_from_zero();
    if let Some(mail_server) = mail_server {
        tokio::spawn(sender::run(app.clone(), mail_server));
    }
}
