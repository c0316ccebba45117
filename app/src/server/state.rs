//! What every request is given.

use super::limits::SignInLimits;
use super::{metrics, session};
use crate::components::hall::WordedHalls;
use chrono_tz::Tz;
use encore::box_office::PaymentProvider;
use encore::{Denied, Fault, House, password};
use leptos::config::LeptosOptions;
use metrics_exporter_prometheus::PrometheusHandle;
use std::path::Path;
use std::sync::Arc;
use tokio::sync::{Semaphore, watch};
use tower_sessions_rusqlite_store::RusqliteStore;

/// The time zone of a house that says no other.
pub const HOME: Tz = Tz::Asia__Seoul;

/// The running program. Clones share everything.
#[derive(Clone)]
pub struct App {
    pub house: Arc<House>,
    pub provider: PaymentProvider,
    pub sessions: RusqliteStore,
    /// The public origin, such as `https://tickets.example.org`.
    pub origin: Arc<str>,
    /// Whether connections come from a proxy of the house, which writes down whose they are.
    pub behind_proxy: bool,
    /// The time zone of what belongs to no concert: statements, the log, the drawings.
    pub time_zone: Tz,
    pub sign_in_limits: Arc<SignInLimits>,
    /// Hashing a password takes a core for some tens of milliseconds and 19 MiB: only so many at once.
    pub hashers: Arc<Semaphore>,
    pub leptos: LeptosOptions,
    pub halls: WordedHalls,
    pub metrics: PrometheusHandle,
    /// True once the program is about to stop, so that endless streams end.
    pub stopping: watch::Receiver<bool>,
}

impl App {
    /// The program on a house, with its sessions beside it in the folder. From now on open maps are told what changes. Whoever
    /// holds the sender says when it stops.
    ///
    /// # Errors
    /// Storage errors of the sessions.
    pub async fn open(
        house: Arc<House>,
        folder: &Path,
        origin: &str,
        leptos: LeptosOptions,
    ) -> Result<(Self, watch::Sender<bool>), Fault> {
        let (stop, stopping) = watch::channel(false);
        let telling = house.clone();
        tokio::spawn(async move { telling.live().tell().await });
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let app = Self {
            house,
            provider: PaymentProvider::Demo,
            sessions: session::open_store(folder).await?,
            origin: origin.into(),
            behind_proxy: false,
            time_zone: HOME,
            sign_in_limits: Arc::default(),
            // Half of the cores at the most, so that a rush of sign-ins leaves the other half to the sale.
            hashers: Arc::new(Semaphore::new((cores / 2).max(1))),
            leptos,
            halls: WordedHalls::default(),
            metrics: metrics::recorder(),
            stopping,
        };
        Ok((app, stop))
    }

    /// Hashes a password off the async threads.
    ///
    /// # Errors
    /// Faults of hashing.
    pub async fn hash_password(&self, password: String) -> Result<String, Denied> {
        let clock = self.house.clock().clone();
        self.hashing(move || password::hash(&password, &clock)).await
    }

    /// Verifies a password off the async threads.
    ///
    /// # Errors
    /// Faults of hashing.
    pub async fn verify_password(&self, password: String, stored: Option<String>) -> Result<bool, Denied> {
        self.hashing(move || password::verify(&password, stored.as_deref())).await
    }

    async fn hashing<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Denied> {
        let turn = self.hashers.clone().acquire_owned().await.map_err(|_| Fault::Broken("the hashers are closed"))?;
        // The turn ends with the work, also where nobody waits for it any more.
        let work = move || {
            let _turn = turn;
            work()
        };
        Ok(tokio::task::spawn_blocking(work).await.map_err(|_| Fault::Broken("hashing panicked"))??)
    }
}
