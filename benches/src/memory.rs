//! What a waiting fan and an open event stream take, each measured in a process of its own.

use crate::pairs::{middle, print};
use crate::stage::{Serving, Stage};
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

/// Fans who wait, and streams that are open.
const FANS: usize = 50_000;
const STREAMS: usize = 2_000;

/// What this process is asked to measure of itself, by the process that started it.
const ASKED: &str = "ENCORE_BENCH_MEASURE";

/// Answers for this process, where it was started to measure itself.
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

fn in_a_process(what: &str, folder: &Path) -> f64 {
    let program = std::env::current_exe().expect("this program");
    let output = Command::new(program).env(ASKED, format!("{what} {}", folder.display())).output().expect("runs");
    String::from_utf8_lossy(&output.stdout).trim().parse().expect("a number")
}

fn resident() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("proc");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a size");
    line.trim().trim_end_matches(" kB").parse::<f64>().expect("a number") * 1024.0
}

/// The memory of a house that has just been opened.
fn open(folder: &Path) -> f64 {
    let house = House::open(folder, Settings::default(), Clock::system()).expect("opens");
    let bytes = resident();
    drop(house);
    bytes
}

/// The bytes of a waiting fan: a house with many beside the same with none.
pub fn waiting(pairs: usize) {
    let stage = Stage::set(Settings::default(), 0);
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

/// A bare event stream of axum, with a channel behind it and signs of life, as its documentation has it.
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

/// Opens many streams and answers what each took of this process; its own ends are bare sockets.
fn streams_of(address: SocketAddr, path: &str) -> f64 {
    let open = || {
        let mut stream = TcpStream::connect(address).expect("connects");
        write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\n\r\n").expect("asks");
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

/// The memory of an open event stream, beside a bare one of axum.
pub fn streams(pairs: usize) {
    let stage = Stage::set(Settings::default(), 0);
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
    println!("{:<44} {:.0} bytes", "", middle(&mut ours));
}
