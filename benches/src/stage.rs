//! The houses and servers that are measured.

use app::components::site::Site;
use app::routes::router;
use app::server::capacity::Capacity;
use app::server::{App, listen, session};
use axum::Router;
use encore::domain::{ScheduleId, UserId};
use encore::{Clock, House, Settings, demo};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// A demo house in a temporary folder, with fans who are signed in.
pub struct Fixture {
    pub folder: tempfile::TempDir,
    pub demo: demo::DemoHouse,
    /// Each fan with the cookie of their session.
    pub fans: Vec<(UserId, String)>,
}

impl Fixture {
    /// Makes the house and `fans` fans. The house is closed again, so that a server can open its folder.
    pub fn set(settings: Settings, fans: usize) -> Self {
        runtime(1).block_on(async {
            let folder = tempfile::tempdir().expect("a folder");
            let house = House::open(folder.path(), settings, Clock::system()).expect("opens");
            let demo = demo::fill(&house).await.expect("fills");
            let fans = invite(&house, folder.path(), fans).await;
            Self { folder, demo, fans }
        })
    }
}

/// Makes `fans` fans who have points and a session, and returns each with the cookie of the session.
pub async fn invite(house: &House, folder: &Path, fans: usize) -> Vec<(UserId, String)> {
    let sessions = session::open_store(folder).await.expect("sessions");
    let mut all = vec![];
    for fan in demo::audience(house, fans).await.expect("an audience") {
        all.push((fan, session::sign_in_beforehand(house, &sessions, fan).await.expect("a session")));
    }
    all
}

pub fn runtime(threads: usize) -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build().expect("a runtime")
}

/// A server in this process, on one thread of its own.
pub struct Serving {
    pub address: SocketAddr,
    /// The house that Encore serves; `None` for bare axum.
    pub house: Option<Arc<House>>,
    _runtime: Runtime,
}

impl Serving {
    /// Starts the whole program on the house in `folder`. The database writer has another thread of its own.
    pub fn encore(folder: &Path, settings: Settings) -> Self {
        let runtime = runtime(1);
        let (address, house) = runtime.block_on(async {
            let house = Arc::new(House::open(folder, settings, Clock::system()).expect("opens"));
            let (app, stop) =
                App::open(house.clone(), folder, "http://127.0.0.1", Site::at("no-site")).await.expect("opens");
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
            let address = listener.local_addr().expect("an address");
            tokio::spawn(async move {
                let _stop = stop;
                let limits = (Capacity::of(u64::MAX, true), app.inside.clone());
                listen::serve(listener, limits, router(app), std::future::pending()).await;
            });
            (address, house)
        });
        Self { address, house: Some(house), _runtime: runtime }
    }

    /// Starts a bare axum server, as in axum's documentation.
    pub fn axum(router: Router) -> Self {
        let runtime = runtime(1);
        let address = runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
            let address = listener.local_addr().expect("an address");
            tokio::spawn(async move { axum::serve(listener, router).await });
            address
        });
        Self { address, house: None, _runtime: runtime }
    }
}

/// Lets fans join the queue of a schedule, roughly in order: up to 1,000 of them join at the same time.
pub fn join(serving: &Serving, fans: &[(UserId, String)], schedule: ScheduleId) {
    let house = serving.house.clone().expect("a house");
    serving._runtime.block_on(async {
        let mut joining = tokio::task::JoinSet::new();
        for (fan, _) in fans.iter().cloned() {
            let house = house.clone();
            joining.spawn(async move {
                encore::waiting_room::join(&house, fan, schedule, encore::waiting_room::Joining::default())
                    .await
                    .map(drop)
            });
            if joining.len() == 1_000 {
                joining.join_next().await.expect("one").expect("runs").expect("joins");
            }
        }
        while let Some(joined) = joining.join_next().await {
            joined.expect("runs").expect("joins");
        }
    });
}
