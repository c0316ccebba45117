//! Benchmarks of memory: how much a waiting fan and an open event stream take. Each figure is measured in a process of
//! its own.

use crate::pairs::{median, print};
use crate::stage::{Fixture, Serving};
use axum::Router;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::routing::get;
use encore::{Clock, House, Settings};
use futures_util::stream::unfold;
use std::convert::Infallible;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use tokio::sync::broadcast;

/// How many fans wait.
const FANS: usize = 50_000;
/// How many event streams are open.
const STREAMS: usize = 2_000;

/// The environment variable that says what a child process measures of itself. Its value is `open`, `encore` or `bare`,
/// a space, and the data folder.
const ASKED: &str = "ENCORE_BENCH_MEASURE";

/// If this process was started to measure itself, prints the number of bytes and returns true. Otherwise returns false.
pub fn measure_if_asked() -> bool {
    let Ok(asked) = std::env::var(ASKED) else { return false };
    let (what, folder) = asked.split_once(' ').expect("what and where");
    let bytes = match what {
        "open" => open(Path::new(folder)),
        "encore" => {
            let serving = Serving::encore(Path::new(folder), Settings::default());
            streams_of(serving.address, "/events/schedules/3")
        }
        _ => {
            let serving = bare_streams();
            streams_of(serving.address, "/events")
        }
    };
    println!("{bytes}");
    true
}

/// Starts this program again to measure `what`, and returns the number of bytes that it prints.
fn in_a_process(what: &str, folder: &Path) -> f64 {
    let program = std::env::current_exe().expect("this program");
    let output = Command::new(program).env(ASKED, format!("{what} {}", folder.display())).output().expect("runs");
    String::from_utf8_lossy(&output.stdout).trim().parse().expect("a number")
}

/// Returns the resident memory of this process (`VmRSS` of proc(5)), in bytes.
fn resident() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("proc");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a size");
    line.trim().trim_end_matches(" kB").parse::<f64>().expect("a number") * 1024.0
}

/// Opens the house in `folder` and returns the resident memory of this process, in bytes.
fn open(folder: &Path) -> f64 {
    let house = House::open(folder, Settings::default(), Clock::system()).expect("opens");
    let bytes = resident();
    drop(house);
    bytes
}

/// Measures the bytes that a waiting fan takes: the difference between a house with [`FANS`] waiting fans and the same
/// house with none.
pub fn waiting(pairs: usize) {
    let stage = Fixture::set(Settings::default(), 0);
    let file = stage.folder.path().join("encore.db");
    let empty: Vec<f64> = (0..pairs).map(|_| in_a_process("open", stage.folder.path())).collect();
    let connection = rusqlite::Connection::open(file).expect("opens");
    let wait = format!(
        "begin;
        with recursive n(i) as (values (1) union all select i + 1 from n where i < {FANS})
            insert into user (name, email, created_at, updated_at) select 'w', 'w' || i || '@example.org', 1, 1 from n;
        insert into queue_token (user_id, schedule_id, number, created_at, updated_at)
            select id, 3, id, 1, 1 from user where name = 'w';
        commit;"
    );
    connection.execute_batch(&wait).expect("waits");
    let mut fans: Vec<f64> =
        empty.iter().map(|empty| (in_a_process("open", stage.folder.path()) - empty) / FANS as f64).collect();
    let mut controls: Vec<f64> = empty.iter().map(|bytes| bytes / empty[0]).collect();
    print("bytes of a waiting fan", &mut fans, &mut controls);
}

/// Starts a bare axum server whose route `/events` is an event stream with keep-alive messages, fed by a broadcast
/// channel. It is written as in axum's documentation.
fn bare_streams() -> Serving {
    let (tell, _) = broadcast::channel::<String>(64);
    let events = move || {
        let heard = tell.subscribe();
        async move {
            let stream = unfold((true, heard), |(first, mut heard)| async move {
                let data = if first { "{}".to_owned() } else { heard.recv().await.ok()? };
                Some((Ok::<_, Infallible>(Event::default().event("seats").data(data)), (false, heard)))
            });
            Sse::new(stream).keep_alive(KeepAlive::new().interval(Duration::from_secs(15)))
        }
    };
    Serving::axum(Router::new().route("/events", get(events)))
}

/// Opens [`STREAMS`] event streams to a server in this process and returns how many bytes of resident memory each
/// takes. The client's ends of the connections are in this process too, but they are bare sockets.
fn streams_of(address: SocketAddr, path: &str) -> f64 {
    let open = || {
        let mut stream = TcpStream::connect(address).expect("connects");
        write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").expect("asks");
        let (mut told, mut bytes) = (Vec::new(), [0; 1024]);
        while !told.windows(6).any(|six| six == b"event:") {
            let read = stream.read(&mut bytes).expect("hears");
            assert!(read > 0, "{}", String::from_utf8_lossy(&told));
            told.extend_from_slice(&bytes[..read]);
        }
        stream
    };
    let first: Vec<TcpStream> = (0..50).map(|_| open()).collect();
    let before = resident();
    let all: Vec<TcpStream> = (0..STREAMS).map(|_| open()).collect();
    let bytes = (resident() - before) / STREAMS as f64;
    drop((first, all));
    bytes
}

/// Compares the memory of an open event stream with that of a bare axum event stream.
pub fn streams(pairs: usize) {
    let stage = Fixture::set(Settings::default(), 0);
    let (mut ratios, mut controls, mut ours) = (vec![], vec![], vec![]);
    for _ in 0..pairs {
        let (a, b, again) = (
            in_a_process("encore", stage.folder.path()),
            in_a_process("bare", stage.folder.path()),
            in_a_process("encore", stage.folder.path()),
        );
        ratios.push((a + again) / 2.0 / b);
        controls.push(a / again);
        ours.push(a);
    }
    print("memory of an event stream / bare axum", &mut ratios, &mut controls);
    println!("{:<44} {:.0} bytes", "", median(&mut ours));
}
