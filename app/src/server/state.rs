//! The state that every request handler receives.

use super::begun::BegunSignIns;
use super::capacity::{Inside, Places};
use super::drawn_poster::DrawnPosters;
use super::hashing::{HashedFor, Hashing};
use super::limits::{FORMS_PER_SIGN_IN, Limits, SIGN_UPS_PER_ADDRESS};
use super::proof::{JOINS_WITHOUT_PROOF, Proofs, SIGN_UPS_WITHOUT_PROOF};
use super::refusals::Refusals;
use super::{metrics, session};
use crate::components::hall::RenderedHalls;
use crate::components::seller::Seller;
use crate::components::site::Site;
use chrono_tz::Tz;
use encore::box_office::{self, PaymentProvider};
use encore::domain::{DeviceId, Field, Refusal, Timestamp, User};
use encore::{Denied, Fault, House, password};
use metrics_exporter_prometheus::PrometheusHandle;
use moka::sync::Cache;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use tokio::sync::watch;
use tower_cookies::Key;
use tower_sessions_rusqlite_store::RusqliteStore;

/// The time zone of an installation that does not set one.
pub const DEFAULT_TIME_ZONE: Tz = Tz::Asia__Seoul;

/// The most devices of staff of which it is remembered when they were last used. A device that is forgotten counts as used
/// when the program started.
const STAFF_DEVICES: u64 = 100_000;

/// The state of the running program. Its clones share the installation, the sessions, the caches and the limits.
#[derive(Clone)]
pub struct App {
    pub house: Arc<House>,
    pub provider: PaymentProvider,
    pub sessions: RusqliteStore,
    /// The public origin, such as `https://tickets.example.org`.
    pub origin: Arc<str>,
    /// The key that signs the cookie of a flash.
    pub flash_key: Key,
    /// Whether connections come from a trusted reverse proxy, which writes the client's address into `X-Forwarded-For`.
    pub behind_proxy: bool,
    /// What operators on other machines send to see the metrics. `None`: only programs on this machine see them.
    pub operator_token: Option<Arc<str>>,
    /// The time zone of everything that belongs to no concert: statements, the staff log, the seating plans.
    pub time_zone: Tz,
    /// Who sells the tickets.
    pub seller: Arc<Seller>,
    /// Whether there is a mail server. Without one, the mails stay in the outbox.
    pub sends_mail: bool,
    pub limits: Arc<Limits>,
    /// When each device last asked for a page of staff: see [`Caller::check_not_idle`](super::caller::Caller::check_not_idle).
    pub staff_seen: Cache<DeviceId, Timestamp>,
    pub started_at: Timestamp,
    pub begun: Arc<BegunSignIns>,
    pub proofs: Arc<Proofs>,
    pub refusals: Arc<Refusals>,
    pub hashing: Arc<Hashing>,
    pub site: Arc<Site>,
    pub halls: RenderedHalls,
    pub drawn_posters: DrawnPosters,
    pub metrics: PrometheusHandle,
    /// Who is choosing seats or paying.
    pub inside: Inside,
    /// The event streams that are open.
    pub streams: Arc<Places>,
    /// Becomes true when the program is about to stop, so that the event streams end.
    pub stopping: watch::Receiver<bool>,
}

impl App {
    /// Makes the state of the program for an opened installation, and starts the task that sends changes to open seat
    /// maps. `folder` is the data folder, where the session database is too. When the program stops, the caller must
    /// send `true` with the returned sender, so that the event streams end.
    ///
    /// # Errors
    /// Returns a fault if the sessions cannot be opened.
    pub async fn open(
        house: Arc<House>,
        folder: &Path,
        origin: &str,
        site: Site,
    ) -> Result<(Self, watch::Sender<bool>), Fault> {
        let (stop, stopping) = watch::channel(false);
        let telling = house.clone();
        tokio::spawn(async move { telling.live().run().await });
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let app = Self {
            flash_key: Key::derive_from(house.keys().messages()),
            begun: Arc::new(BegunSignIns::new(origin)),
            proofs: Arc::new(Proofs::new(SIGN_UPS_WITHOUT_PROOF, JOINS_WITHOUT_PROOF, house.keys().messages())),
            staff_seen: Cache::new(STAFF_DEVICES),
            started_at: house.clock().now(),
            house,
            provider: PaymentProvider::Demo,
            sessions: session::open_store(folder).await?,
            origin: origin.into(),
            behind_proxy: false,
            operator_token: None,
            time_zone: DEFAULT_TIME_ZONE,
            seller: Arc::default(),
            sends_mail: false,
            limits: Arc::new(Limits::new(SIGN_UPS_PER_ADDRESS, FORMS_PER_SIGN_IN)),
            refusals: Arc::default(),
            // At most half of the cores, so that a rush of sign-ins leaves the other half to the sale.
            hashing: Hashing::new((cores / 2).max(1)),
            site: Arc::new(site),
            halls: RenderedHalls::default(),
            drawn_posters: DrawnPosters::default(),
            metrics: metrics::install_recorder(),
            inside: Inside::default(),
            streams: Places::new(usize::MAX, usize::MAX, 0),
            stopping,
        };
        Ok((app, stop))
    }

    /// Whether browsers reach the site over https only.
    pub fn is_secure(&self) -> bool {
        self.origin.starts_with("https://")
    }

    /// Checks that a new password is not too easy to guess: see [`password::check_strength`]. It takes a millisecond or
    /// more, so it is done on a thread that may block.
    ///
    /// # Errors
    /// [`Refusal::WeakPassword`].
    pub async fn check_password(&self, password: String, owner: [String; 2]) -> Result<(), Denied> {
        let house = self.seller.name.clone().unwrap_or_default();
        let check = move || password::check_strength(&password, owner.each_ref().map(String::as_str), &house);
        Ok(tokio::task::spawn_blocking(check).await.map_err(|_| Fault::Broken("a check of a password panicked"))??)
    }

    /// Hashes a new password that was sent from `address`, on a thread that may block.
    ///
    /// # Errors
    /// [`Refusal::Busy`] if too many passwords from there wait to be hashed.
    pub async fn hash_password(
        &self,
        password: String,
        (kind, address): (HashedFor, IpAddr),
    ) -> Result<String, Denied> {
        let clock = self.house.clock().clone();
        self.hashed((kind, address), move || password::hash(&password, &clock)).await
    }

    /// Returns whether `password`, which was sent from `address`, is the one with the hash `stored`, checked on a thread
    /// that may block. With `None` the result is false, after the same amount of work.
    ///
    /// # Errors
    /// As [`App::hash_password`].
    pub async fn verify_password(
        &self,
        password: String,
        stored: Option<String>,
        address: IpAddr,
    ) -> Result<bool, Denied> {
        self.hashed((HashedFor::SignIn, address), move || password::verify(&password, stored.as_deref())).await
    }

    /// Finds the account with this email address and password, which were sent from `address`, and returns it with the hash
    /// of its password. It counts as an attempt to sign in.
    ///
    /// # Errors
    /// [`Refusal::BadCredentials`], [`Refusal::SlowDown`] after too many attempts, and as [`App::hash_password`].
    pub async fn authenticate(&self, email: &str, password: String, address: IpAddr) -> Result<(User, String), Denied> {
        self.limits.sign_in(email, address)?;
        let (user, hash) = box_office::credentials(&self.house, email).await?.unzip();
        let is_verified = self.verify_password(password, hash.clone(), address).await?;
        Ok(user.zip(hash).filter(|_| is_verified).ok_or(Refusal::BadCredentials)?)
    }

    /// Verifies the password of somebody who is signed in once more, and returns its hash. It counts as an attempt to sign
    /// in.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] for [`Field::PresentPassword`] if it is wrong, and as [`App::authenticate`].
    pub async fn authenticate_again(&self, user: &User, password: String, address: IpAddr) -> Result<String, Denied> {
        match self.authenticate(&user.email, password, address).await {
            Ok((_, hash)) => Ok(hash),
            Err(Denied::Refused(Refusal::BadCredentials)) => Err(Refusal::invalid(Field::PresentPassword).into()),
            Err(denied) => Err(denied),
        }
    }

    async fn hashed<T: Send + 'static>(
        &self,
        (kind, address): (HashedFor, IpAddr),
        work: impl FnOnce() -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Denied> {
        let turn = self.hashing.turn(kind, address).await?;
        // The turn lasts until the work ends, even if the request no longer waits for it.
        let work = move || {
            let _turn = turn;
            work()
        };
        Ok(tokio::task::spawn_blocking(work).await.map_err(|_| Fault::Broken("hashing panicked"))??)
    }
}
