//! Sessions: their cookie, where they are stored, and what they say about who is signed in. Nobody who is not signed in
//! has a session, so strangers write nothing into the session database.

use async_trait::async_trait;
use encore::domain::account::SIGNED_IN_SECONDS;
use encore::domain::{DeviceId, Refusal, Timestamp, UserId};
use encore::{Fault, House, Outcome, house};
use moka::sync::Cache;
use serde::{Deserialize, Serialize};
use std::path::Path;
use tower_sessions::cookie::SameSite;
use tower_sessions::session::{Id, Record};
use tower_sessions::{CachingSessionStore, Expiry, SessionManagerLayer, SessionStore, session_store};
use tower_sessions_rusqlite_store::{RusqliteStore, tokio_rusqlite};

/// How long a session is kept. It is written at the sign-in and not changed again. The sign-in may end earlier.
const SESSION: Expiry = Expiry::OnInactivity(time::Duration::seconds(SIGNED_IN_SECONDS));
/// The key of [`StoredSignIn`] in a session.
pub(super) const SIGNED_IN: &str = "signed_in";

/// Who is signed in with a session.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct StoredSignIn {
    pub user: UserId,
    /// The account's [`House::account_tag`].
    pub tag: i64,
    /// The device, and the time at which the user must sign in again. `None` in the sessions that a rehearsal or a test
    /// makes in advance.
    pub device: Option<(DeviceId, Timestamp)>,
    /// Whether the user has passed a second step, or has signed in with a passkey.
    #[serde(default)]
    pub has_passed_second_step: bool,
}

/// The name of the session cookie at an origin. The prefix `__Host-` binds the cookie to exactly this host (RFC
/// 6265bis); browsers accept it only over https.
pub fn cookie_name(origin: &str) -> &'static str {
    if origin.starts_with("https://") { "__Host-session" } else { "session" }
}

/// The name of the session database in the data folder.
const DATABASE: &str = "sessions.db";

/// To how many bytes the log of the session database is cut once it has been copied.
const LOG_BYTES: u32 = 4 << 20;

/// Opens the session database `sessions.db` in `folder`, and creates it if it does not exist.
///
/// # Errors
/// Returns a fault if the file cannot be read or written.
pub async fn open_store(folder: &Path) -> Result<RusqliteStore, Fault> {
    house::prepare(folder, &[DATABASE])?;
    let mut connection = rusqlite::Connection::open(folder.join(DATABASE))?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "journal_size_limit", LOG_BYTES)?;
    // Losing a session in a power failure costs its user a sign-in, not a ticket, so commits need not be synced.
    connection.pragma_update(None, "synchronous", "normal")?;
    connection.set_transaction_behavior(rusqlite::TransactionBehavior::Immediate);
    let store = RusqliteStore::new(tokio_rusqlite::Connection::from(connection));
    store.migrate().await.map_err(|_| Fault::Broken("the schema of the sessions cannot be migrated"))?;
    Ok(store)
}

/// Deletes the sessions that have expired. Before that, the log of their database is copied into the database, so that
/// what is written next goes over what is in the log, and needs no further room: this works on a full disk too.
///
/// # Errors
/// Returns a fault if they cannot be deleted.
pub async fn delete_expired(store: &RusqliteStore, folder: &Path) -> Result<(), Fault> {
    use tower_sessions::ExpiredDeletion;
    let file = folder.join(DATABASE);
    let copy = move || {
        let connection = rusqlite::Connection::open(file)?;
        connection.query_row("pragma wal_checkpoint(passive)", [], |_| Ok(()))
    };
    // If it fails, because the database would have to grow on a full disk, the log may still have room.
    drop(tokio::task::spawn_blocking(copy).await);
    store.delete_expired().await.map_err(|_| Fault::Broken("expired sessions cannot be deleted"))
}

/// How many sessions are kept in memory, so that during a rush most requests read their session without the disk.
const IN_MEMORY: u64 = 100_000;

/// The most recently used sessions, in memory.
#[derive(Debug, Clone)]
pub struct MemorySessions(Cache<Id, Record>);

#[async_trait]
impl SessionStore for MemorySessions {
    async fn create(&self, record: &mut Record) -> session_store::Result<()> {
        self.save(record).await
    }

    async fn save(&self, record: &Record) -> session_store::Result<()> {
        self.0.insert(record.id, record.clone());
        Ok(())
    }

    async fn load(&self, id: &Id) -> session_store::Result<Option<Record>> {
        Ok(self.0.get(id).filter(|record| time::OffsetDateTime::now_utc() < record.expiry_date))
    }

    async fn delete(&self, id: &Id) -> session_store::Result<()> {
        self.0.invalidate(id);
        Ok(())
    }
}

/// How long a session can still be opened with an id that was replaced, in seconds.
pub const REPLACED_SECONDS: i64 = 120;

/// A store in which a session that is deleted lasts for [`REPLACED_SECONDS`]: a session that gets another id is deleted
/// under the old one, which a request that is on its way still has, and a browser that has lost the answer with the new one.
/// Signing out does not rely on the deletion.
#[derive(Debug, Clone)]
pub struct Lingering<S>(S);

#[async_trait]
impl<S: SessionStore> SessionStore for Lingering<S> {
    async fn create(&self, record: &mut Record) -> session_store::Result<()> {
        self.0.create(record).await
    }

    async fn save(&self, record: &Record) -> session_store::Result<()> {
        self.0.save(record).await
    }

    async fn load(&self, id: &Id) -> session_store::Result<Option<Record>> {
        self.0.load(id).await
    }

    async fn delete(&self, id: &Id) -> session_store::Result<()> {
        let Some(mut record) = self.0.load(id).await? else { return Ok(()) };
        let until = time::OffsetDateTime::now_utc() + time::Duration::seconds(REPLACED_SECONDS);
        record.expiry_date = record.expiry_date.min(until);
        self.0.save(&record).await
    }
}

/// The sessions in memory, as a cache in front of the session database.
type Sessions = Lingering<CachingSessionStore<MemorySessions, RusqliteStore>>;

/// Middleware that gives each request its session.
pub fn layer(store: RusqliteStore, origin: &str) -> SessionManagerLayer<Sessions> {
    SessionManagerLayer::new(Lingering(CachingSessionStore::new(MemorySessions(Cache::new(IN_MEMORY)), store)))
        .with_name(cookie_name(origin))
        .with_secure(origin.starts_with("https://"))
        .with_http_only(true)
        .with_same_site(SameSite::Lax)
        .with_path("/")
        .with_expiry(SESSION)
}

/// Signs a user in for one day, without a request: for a rehearsal, a benchmark or a test, all of which use plain http.
/// Returns the cookie of the session, as `name=value`.
///
/// # Errors
/// Returns [`Refusal::NotSignedIn`] if there is no such account, or a fault if the session cannot be stored.
pub async fn sign_in_beforehand(house: &House, store: &RusqliteStore, user: UserId) -> Outcome<String> {
    let tag = house.account_tag(user).await?.ok_or(Refusal::NotSignedIn)?;
    let expiry_date = time::OffsetDateTime::now_utc() + time::Duration::days(1);
    let data = [(
        SIGNED_IN.to_owned(),
        serde_json::json!(StoredSignIn { user, tag, device: None, has_passed_second_step: false }),
    )]
    .into();
    let mut record = Record { id: Id::default(), data, expiry_date };
    store.create(&mut record).await.map_err(|_| Fault::Broken("the sessions cannot be written"))?;
    Ok(format!("{}={}", cookie_name("http://"), record.id))
}
