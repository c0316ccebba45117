//! Maintenance: what is kept for some time is removed when it is old.

use crate::server::{App, session};
use encore::{back_office, post_office};
use std::path::PathBuf;
use std::time::Duration;

/// Runs maintenance once a minute: updates the histograms of the metrics, and removes idle sign-in limits, addresses of
/// old places, old mails and expired sessions.
pub(super) async fn run(app: App, folder: PathBuf) {
    let mut minutes = tokio::time::interval(Duration::from_secs(60));
    loop {
        minutes.tick().await;
        app.metrics.run_upkeep();
        app.limits.forget_idle();
        app.proofs.forget_old();
        app.refusals.write();
        if let Err(error) = back_office::forget_addresses(&app.house).await {
            tracing::warn!(%error, "addresses of old places stay a while longer");
        }
        if let Err(error) = post_office::forget(&app.house).await {
            tracing::warn!(%error, "old mails stay a while longer");
        }
        if let Err(error) = session::delete_expired(&app.sessions, &folder).await {
            tracing::warn!(%error, "expired sessions stay a while longer");
        }
    }
}
