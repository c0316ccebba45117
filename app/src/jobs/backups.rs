//! Backups beside the running sale, again and again.

use crate::server::App;
use encore::backup::{self, BackupError};
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where, how often and how many backups are kept.
#[derive(Debug, Clone)]
pub struct BackupPlan {
    pub to: PathBuf,
    pub every: Duration,
    /// How many of the newest are kept.
    pub keep: usize,
}

/// Writes a backup in each interval, the first one at once unless there is one that is younger than that: a server that
/// starts again and again must not replace all older backups. `folder` is the data folder. A backup that fails is
/// logged as an error, and the next one is tried in time.
pub(super) async fn run(app: App, folder: PathBuf, plan: BackupPlan) {
    let mut times = tokio::time::interval(plan.every);
    times.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        times.tick().await;
        let (folder, plan, now) = (folder.clone(), plan.clone(), app.house.clock().now());
        let written = tokio::task::spawn_blocking(move || {
            let mut folder_of = DirBuilder::new();
            // A backup has the names of people, and who is signed in.
            folder_of
                .recursive(true)
                .mode(0o700)
                .create(&plan.to)
                .map_err(|error| BackupError::File(plan.to.clone(), error))?;
            let since = backup::file_name(now.plus_seconds(-(plan.every.as_secs() as i64)));
            if backup::list(&plan.to)?.first().is_some_and(|newest| *newest > since) {
                return Ok(());
            }
            write(&folder, &plan, &plan.to.join(backup::file_name(now)), now)
        });
        match written.await {
            Ok(Ok(())) => metrics::gauge!("encore_last_backup_seconds").set(now.0 as f64 / 1000.0),
            Ok(Err(error)) => tracing::error!(%error, "no backup was written"),
            Err(error) => tracing::error!(%error, "a backup panicked"),
        }
    }
}

fn write(folder: &Path, plan: &BackupPlan, file: &Path, now: encore::domain::Timestamp) -> Result<(), BackupError> {
    let manifest = backup::write(folder, file, now)?;
    tracing::info!(file = %file.display(), tickets = manifest.tickets.unwrap_or_default(), "a backup was written");
    backup::forget_old(&plan.to, plan.keep)
}
