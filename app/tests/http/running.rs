//! Helpers: a server on a port of its own, with a clock that the test sets, and fans who send it requests.

use app::components::site::Site;
use app::routes::router;
use app::server::capacity::Capacity;
use app::server::limits::{Limits, SIGN_UPS_PER_ADDRESS};
use app::server::proof::{Proofs, SIGN_UPS_WITHOUT_PROOF};
use app::server::{App, listen, session};
use encore::demo::{self, DemoHouse};
use encore::domain::{ReservationId, ScheduleId, Timestamp, UserId};
use encore::ticket_code::{self, CodeFacts};
use encore::{Clock, House, Settings, box_office};
use reqwest::header::{ACCEPT, CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tower_sessions_rusqlite_store::RusqliteStore;

/// The time at which every test begins, in milliseconds since 1970.
pub const START: Timestamp = Timestamp(1_800_000_000_000);

/// A running server. It stops when it is dropped, at the end of the test.
pub struct Server {
    pub house: Arc<House>,
    pub demo: DemoHouse,
    pub address: String,
    pub app: App,
    sessions: RusqliteStore,
    client: Client,
    _stop: watch::Sender<bool>,
    folder: tempfile::TempDir,
}

pub fn client() -> Client {
    Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().expect("a client")
}

/// Makes a fan who is signed in, without hashing a password. Returns the fan's id and session cookie.
pub async fn new_fan(house: &House, sessions: &RusqliteStore, name: &str) -> (UserId, String) {
    let user = box_office::sign_up(house, (&format!("{name}@example.net"), name), "no password".into(), vec![]).await;
    let user = user.expect("a new fan").id;
    (user, session::sign_in_beforehand(house, sessions, user).await.expect("a new session"))
}

impl Server {
    /// A server without the limits by address on places and held seats, because all fans of a test have the same one, and
    /// without the limit on forms.
    pub async fn start(settings: Settings) -> Self {
        Self::start_at("http://127.0.0.1", settings).await
    }

    /// The same with another public origin, to whose host requests have to be sent.
    pub async fn start_at(origin: &str, settings: Settings) -> Self {
        let settings = Settings { places_per_address: u32::MAX, held_per_address: u32::MAX, ..settings };
        let folder = tempfile::tempdir().expect("a folder");
        let house = House::open(folder.path(), settings, Clock::manual(START)).expect("opens");
        let demo = demo::fill(&house).await.expect("fills");
        let house = Arc::new(house);
        let (app, stop) = App::open(house.clone(), folder.path(), origin, Site::at("no-site")).await.expect("opens");
        let proofs = Proofs::new(SIGN_UPS_WITHOUT_PROOF, NonZeroU32::MAX, house.keys().messages());
        let limits = Arc::new(Limits::new(SIGN_UPS_PER_ADDRESS, NonZeroU32::MAX));
        let app = App { proofs: Arc::new(proofs), limits, ..app };
        let sessions = app.sessions.clone();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let mut stopped = stop.subscribe();
        tokio::spawn(listen::serve(
            listener,
            (Capacity::of(u64::MAX, true), app.inside.clone()),
            router(app.clone()),
            async move {
                drop(stopped.wait_for(|stop| *stop).await);
            },
        ));
        Self { house, demo, address, app, sessions, client: client(), _stop: stop, folder }
    }

    pub async fn fan(&self, name: &str) -> Fan {
        let (id, cookie) = new_fan(&self.house, &self.sessions, name).await;
        Fan { id, cookie, address: self.address.clone(), client: self.client.clone() }
    }

    /// The code of a ticket whose seat was held at [`START`].
    pub fn ticket_code(&self, ticket: i64) -> String {
        ticket_code::code(self.house.keys(), CodeFacts { ticket: ReservationId(ticket), held_at: START, issue: 0 })
    }

    pub async fn fans(&self, count: usize) -> Vec<Fan> {
        let mut fans = Vec::with_capacity(count);
        for number in 0..count {
            fans.push(self.fan(&format!("fan{number}")).await);
        }
        fans
    }

    /// A visitor without a session.
    pub fn stranger(&self) -> Fan {
        Fan { id: UserId(0), cookie: String::new(), address: self.address.clone(), client: self.client.clone() }
    }

    pub fn advance_clock(&self, seconds: u64) {
        self.house.clock().advance(Duration::from_secs(seconds));
    }

    /// The data folder.
    pub fn folder(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    /// The ids of a schedule's seats.
    pub async fn seats(&self, schedule: ScheduleId) -> Vec<i64> {
        let map = box_office::seat_map(&self.house, schedule).await.expect("the map");
        map.plan.seats().iter().map(|seat| seat.id.0).collect()
    }

    pub async fn assert_sound(&self) {
        assert_sound(&self.house).await;
    }

    /// The number of sessions in the session database.
    pub fn stored_sessions(&self) -> i64 {
        let file = rusqlite::Connection::open(self.folder.path().join("sessions.db")).expect("opens");
        file.query_row("select count(*) from tower_sessions", [], |row| row.get(0)).expect("counts")
    }
}

pub async fn assert_sound(house: &House) {
    for sweep in house.check_invariants().await.expect("the sweep runs") {
        assert_eq!(sweep.broken, 0, "broken: {}", sweep.invariant);
    }
}

/// One fan, with an HTTP client.
#[derive(Clone)]
pub struct Fan {
    pub id: UserId,
    pub cookie: String,
    pub address: String,
    pub client: Client,
}

/// A response with its JSON. A body that is not JSON is kept as a JSON string.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    pub status: StatusCode,
    pub json: Value,
}

impl Answer {
    pub fn code(&self) -> &str {
        self.json["code"].as_str().unwrap_or_default()
    }
}

impl Fan {
    pub fn at(address: &str, id: UserId, cookie: String) -> Self {
        Self { id, cookie, address: address.to_owned(), client: client() }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.address)).header(COOKIE, &self.cookie)
    }

    fn form(&self, path: &str, form: &[(&str, impl AsRef<str>)]) -> RequestBuilder {
        let body: String = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        self.request(Method::POST, path).header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(body)
    }

    async fn answered(request: RequestBuilder) -> Result<Answer, reqwest::Error> {
        let response = request.send().await?;
        let status = response.status();
        let text = response.text().await?;
        let json = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Ok(Answer { status, json })
    }

    async fn page_of(request: RequestBuilder) -> (StatusCode, String) {
        let response = request.header(ACCEPT, "text/html").send().await.expect("the server answers");
        (response.status(), response.text().await.expect("a body"))
    }

    /// Posts a form. Returns an error if the connection fails.
    pub async fn try_post(&self, path: &str, form: &[(&str, String)]) -> Result<Answer, reqwest::Error> {
        Self::answered(self.form(path, form)).await
    }

    pub async fn post(&self, path: &str, form: &[(&str, String)]) -> Answer {
        self.try_post(path, form).await.expect("the server answers")
    }

    pub async fn post_raw(&self, path: &str, body: Vec<u8>) -> Answer {
        let request = self.request(Method::POST, path).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        Self::answered(request.body(body)).await.expect("the server answers")
    }

    /// Posts a form as a browser does, and returns the response.
    pub async fn form_as_browser(&self, path: &str, body: &str) -> reqwest::Response {
        let request = self.request(Method::POST, path).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        request.header(ACCEPT, "text/html").body(body.to_owned()).send().await.expect("the server answers")
    }

    pub async fn get(&self, path: &str) -> Answer {
        Self::answered(self.request(Method::GET, path)).await.expect("the server answers")
    }

    pub async fn head(&self, path: &str) -> StatusCode {
        Self::answered(self.request(Method::HEAD, path)).await.expect("the server answers").status
    }

    /// Requests a page as a browser does. Returns the status and the HTML.
    pub async fn page(&self, path: &str) -> (StatusCode, String) {
        Self::page_of(self.request(Method::GET, path)).await
    }

    /// Posts a form as a browser does, if the response is a page and not a redirect. Returns the status and the HTML.
    pub async fn post_page(&self, path: &str, form: &[(&str, &str)]) -> (StatusCode, String) {
        Self::page_of(self.form(path, form)).await
    }

    /// As [`Self::post_page`], and keeps the cookies. A form that was refused may have renewed the session.
    pub async fn post_and_stay(&mut self, path: &str, form: &[(&str, &str)]) -> (StatusCode, String) {
        let response = self.form(path, form).header(ACCEPT, "text/html").send().await.expect("the server answers");
        self.keep_cookies(&response);
        (response.status(), response.text().await.expect("a body"))
    }

    /// Keeps the cookies that a response sets, and removes those that it ends.
    pub fn keep_cookies(&mut self, response: &reqwest::Response) {
        let cookies = std::mem::take(&mut self.cookie);
        let pairs = cookies.split("; ").filter_map(|cookie| cookie.split_once('='));
        let mut jar: BTreeMap<String, String> =
            pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        for set in response.headers().get_all(SET_COOKIE) {
            let set = set.to_str().expect("text");
            let (name, value) = set.split(';').next().and_then(|set| set.split_once('=')).expect("a cookie");
            if set.contains("Max-Age=0") {
                jar.remove(name);
            } else {
                jar.insert(name.to_owned(), value.to_owned());
            }
        }
        self.cookie = jar.into_iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ");
    }

    /// Requests a page as a browser does, and keeps its cookies. Returns the status and the HTML.
    pub async fn visit(&mut self, path: &str) -> (StatusCode, String) {
        let response = self.request(Method::GET, path).header(ACCEPT, "text/html").send().await.expect("an answer");
        self.keep_cookies(&response);
        (response.status(), response.text().await.expect("a body"))
    }

    /// Posts a form as a browser does, keeps the cookies, and returns the address to which the response redirects.
    pub async fn submit(&mut self, path: &str, form: &[(&str, &str)]) -> String {
        let response = self.form(path, form).header(ACCEPT, "text/html").send().await.expect("the server answers");
        assert_eq!(response.status(), StatusCode::SEE_OTHER, "{path}");
        self.keep_cookies(&response);
        response.headers()[LOCATION].to_str().expect("text").to_owned()
    }

    pub async fn join(&self, schedule: ScheduleId) -> Answer {
        self.post("/api/queue/join", &[("schedule_id", schedule.to_string())]).await
    }

    pub async fn hold(&self, schedule: ScheduleId, seats: &[i64]) -> Answer {
        let mut form = vec![("schedule_id".to_owned(), schedule.to_string())];
        form.extend(seats.iter().enumerate().map(|(index, seat)| (format!("seat_ids[{index}]"), seat.to_string())));
        let form: Vec<(&str, String)> = form.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
        self.post("/api/hold", &form).await
    }

    pub async fn charge(&self, amount: i64, key: &str) -> Answer {
        self.post("/api/charge", &[("amount", amount.to_string()), ("idempotency_key", key.into())]).await
    }

    pub async fn purchase(&self, schedule: ScheduleId, key: &str) -> Answer {
        self.post("/api/purchase", &[("schedule_id", schedule.to_string()), ("idempotency_key", key.into())]).await
    }
}

/// A number of the environment, with which a long run of a test is asked for.
pub fn from_environment(name: &str, otherwise: usize) -> usize {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(otherwise)
}

/// Returns a command that runs the program as a process of its own on a data folder.
pub fn program(folder: &Path) -> std::process::Command {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_encore"));
    command.env("ENCORE_DATA", folder).env("ENCORE_ADDR", "127.0.0.1:0").env("RUST_LOG", "warn");
    command
}

/// A server process, which ends when this is dropped.
pub struct Running(pub Child);

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Starts a real process, and waits until it prints the address on which it listens. Returns the process and the
/// address.
pub fn run(command: &mut std::process::Command) -> (Child, String) {
    let mut child = command.stdout(Stdio::piped()).spawn().expect("the program starts");
    let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
    let line = lines.next().expect("the program prints its address").expect("reads");
    let address = line.rsplit_once("listening on ").expect("an address").1.trim_end_matches(')');
    (child, format!("http://{address}"))
}
