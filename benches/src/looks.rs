//! Benchmarks of reads: a fan's place in the queue, the state of the seats, and the page of the seat map.

use crate::load::{HttpConnection, Load, body, get, post};
use crate::pairs::compare;
use crate::stage::{Fixture, Serving, join};
use axum::Router;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::routing::get as route;
use encore::Settings;
use std::net::SocketAddr;
use std::process::{Child, Command};
use std::time::Duration;

/// Connections that send requests at the same time.
const CONNECTIONS: usize = 64;
/// How long one run lasts.
const RUN: Duration = Duration::from_millis(1_000);

/// Makes one request and returns the body of its response.
fn answer(load: &Load, address: SocketAddr, request: &[u8]) -> Vec<u8> {
    load.run(async { body(HttpConnection::open(address).await.send(request).await).to_vec() })
}

/// Starts a bare axum server whose route `/same` answers with `bytes`.
fn bare(content_type: &'static str, bytes: Vec<u8>) -> Serving {
    let bytes = axum::body::Bytes::from(bytes);
    let headers = [(CONTENT_TYPE, content_type), (CACHE_CONTROL, "private, no-store")];
    Serving::axum(Router::new().route("/same", route(move || async move { (headers, bytes.clone()) })))
}

/// Compares requests for a fan's place in the queue with requests to a bare axum route that answers with the same
/// bytes.
pub fn place(pairs: usize) {
    let settings = Settings { active_fans: 1, ..Settings::default() };
    let stage = Fixture::set(settings, 1_000);
    let serving = Serving::encore(stage.folder.path(), settings);
    join(&serving, &stage.fans, stage.demo.theatre);
    let load = Load::new();
    let plain = format!("/api/queue/status?schedule_id={}", stage.demo.theatre);
    let cookie = format!("Cookie: {}\r\n", stage.fans[999].1);
    let first: serde_json::Value =
        serde_json::from_slice(&answer(&load, serving.address, &get(&plain, &cookie))).expect("JSON");
    let look = get(&format!("{plain}&ticket={}", first["ticket"].as_str().expect("a ticket")), "");
    let same = bare("application/json", answer(&load, serving.address, &look));
    let bare = get("/same", "");
    compare(
        "looking at one's place / bare axum route",
        pairs,
        || load.rate(serving.address, CONNECTIONS, RUN, &look),
        || load.rate(same.address, CONNECTIONS, RUN, &bare),
    );
}

/// Debian's nginx, which serves one file.
struct Nginx {
    child: Child,
    address: SocketAddr,
    _folder: tempfile::TempDir,
}

impl Nginx {
    /// Starts nginx, which serves `bytes` from a file at `/same`. Returns `None` if nginx is not installed.
    fn serve(bytes: &[u8]) -> Option<Self> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().display();
        std::fs::write(folder.path().join("same"), bytes).expect("writes");
        let port = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
        let configuration = format!(
            "daemon off; worker_processes 1; pid {path}/pid; error_log {path}/error.log;\n\
             events {{ worker_connections 1024; }}\n\
             http {{ access_log off; sendfile on; tcp_nodelay on; keepalive_requests 100000000; open_file_cache max=10;\n\
             client_body_temp_path {path}/b; proxy_temp_path {path}/p; fastcgi_temp_path {path}/f;\n\
             uwsgi_temp_path {path}/u; scgi_temp_path {path}/s;\n\
             server {{ listen 127.0.0.1:{port}; root {path}; default_type application/json; }} }}"
        );
        let file = folder.path().join("nginx.conf");
        std::fs::write(&file, configuration).expect("writes");
        // If this runs as root, nginx starts its worker as another user, who must be able to read the folder.
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).expect("a folder");
        }
        let child = Command::new("nginx").arg("-c").arg(file).spawn().ok()?;
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        while std::net::TcpStream::connect(address).is_err() {
            std::thread::yield_now();
        }
        Some(Self { child, address, _folder: folder })
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // nginx ends its worker only if it is asked to stop (SIGTERM), so it must not be killed with SIGKILL.
        drop(Command::new("kill").arg(self.child.id().to_string()).status());
        drop(self.child.wait());
    }
}

/// Compares requests for the state of 1,200 seats with requests to nginx for a file with the same bytes.
pub fn state(pairs: usize) {
    let stage = Fixture::set(Settings::default(), 0);
    let serving = Serving::encore(stage.folder.path(), Settings::default());
    let load = Load::new();
    let look = get(&format!("/api/seats/state?schedule_id={}", stage.demo.theatre), "");
    let Some(nginx) = Nginx::serve(&answer(&load, serving.address, &look)) else {
        return println!("seat state / nginx: nginx is not installed");
    };
    let bare = get("/same", "");
    compare(
        "state of 1,200 seats / nginx static file",
        pairs,
        || load.rate(serving.address, CONNECTIONS, RUN, &look),
        || load.rate(nginx.address, CONNECTIONS, RUN, &bare),
    );
}

/// Compares requests for the page of the seat map with requests to axum, which writes the same text from a template
/// with a gap for the state of each seat.
pub fn page(pairs: usize) {
    let stage = Fixture::set(Settings::default(), 1);
    let serving = Serving::encore(stage.folder.path(), Settings::default());
    let (load, schedule, cookie) = (Load::new(), stage.demo.theatre, &stage.fans[0].1);
    let join = post("/api/queue/join", cookie, &format!("schedule_id={schedule}"));
    answer(&load, serving.address, &join);
    let look = get(&format!("/schedules/{schedule}/seats"), &format!("Cookie: {cookie}\r\nAccept: text/html\r\n"));
    let page = String::from_utf8(answer(&load, serving.address, &look)).expect("text");
    let template: &'static [String] =
        Vec::leak(page.split("data-state=\"reservable\"").map(str::to_owned).collect::<Vec<_>>());
    assert!(template.len() > 1_200, "a hole for each seat");
    let state: &'static str = "data-state=\"reservable\"";
    let write = move || async move {
        let mut text = String::with_capacity(400_000);
        for (index, part) in template.iter().enumerate() {
            if index > 0 {
                text.push_str(state);
            }
            text.push_str(part);
        }
        ([(CONTENT_TYPE, "text/html; charset=utf-8")], text)
    };
    let same = Serving::axum(Router::new().route("/same", route(write)));
    let bare = get("/same", "");
    compare(
        "page of 1,200 seats / axum with a template",
        pairs,
        || load.rate(serving.address, 8, RUN, &look),
        || load.rate(same.address, 8, RUN, &bare),
    );
}
