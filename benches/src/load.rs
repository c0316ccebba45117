//! The load generator: connections that send the next request as soon as the previous one is answered. It parses a
//! response only as far as it must to find the end of it, so that the time measured is mostly the server's.

use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;

/// An HTTP/1.1 connection that sends one request at a time.
pub struct HttpConnection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl HttpConnection {
    pub async fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.expect("connects");
        stream.set_nodelay(true).expect("a socket");
        Self { stream, buffer: Vec::with_capacity(1 << 20) }
    }

    /// Sends a request and returns the whole response, head and body. Panics unless the status is 200.
    pub async fn send(&mut self, request: &[u8]) -> &[u8] {
        self.stream.write_all(request).await.expect("writes");
        self.buffer.clear();
        let mut whole = None;
        loop {
            let read = self.stream.read_buf(&mut self.buffer).await.expect("reads");
            assert!(read > 0, "the connection ended: {}", String::from_utf8_lossy(&self.buffer));
            if whole.is_none() {
                whole = body_end(&self.buffer);
            }
            match whole {
                Some(BodyEnd::Of(bytes)) if self.buffer.len() >= bytes => break,
                Some(BodyEnd::Chunked) if self.buffer.ends_with(b"\r\n0\r\n\r\n") => break,
                _ => {}
            }
        }
        assert!(self.buffer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&self.buffer));
        &self.buffer
    }
}

/// How the end of a response is found.
enum BodyEnd {
    /// After this many bytes, the head included.
    Of(usize),
    /// After the last chunk.
    Chunked,
}

/// Returns how the end of the response that begins with `answer` is found, or `None` if its head is not complete yet.
fn body_end(answer: &[u8]) -> Option<BodyEnd> {
    let end = head_end(answer)?;
    let head = String::from_utf8_lossy(&answer[..end]).to_lowercase();
    let field = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    match field.and_then(|length| length.trim().parse::<usize>().ok()) {
        Some(length) => Some(BodyEnd::Of(end + length)),
        None => Some(BodyEnd::Chunked),
    }
}

/// Returns a GET request. Each line of `headers` must end with CR LF.
pub fn get(path: &str, headers: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}\r\n").into_bytes()
}

/// Returns a POST request with a URL-encoded form.
pub fn post(path: &str, cookie: &str, form: &str) -> Vec<u8> {
    let length = form.len();
    format!(
        "POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {length}\r\n\r\n{form}"
    )
    .into_bytes()
}

/// Returns the body of a response, with the framing of its chunks if it is chunked.
pub fn body(answer: &[u8]) -> &[u8] {
    &answer[head_end(answer).unwrap_or(0)..]
}

/// Returns the length of the head, or `None` if the head is not complete yet.
fn head_end(answer: &[u8]) -> Option<usize> {
    Some(answer.windows(4).position(|four| four == b"\r\n\r\n")? + 4)
}

/// A single-threaded runtime, on which the requests of a benchmark are made.
pub struct Load(Runtime);

impl Load {
    pub fn new() -> Self {
        Self(tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime"))
    }

    /// Sends the same request again and again over `connections` connections for at least `time`, and returns the
    /// number of responses a second.
    pub fn rate(&self, address: SocketAddr, connections: usize, time: Duration, request: &[u8]) -> f64 {
        self.0.block_on(async {
            let begun = Instant::now();
            let asking = (0..connections).map(|_| {
                let request = request.to_vec();
                async move {
                    let mut connection = HttpConnection::open(address).await;
                    let mut answered = 0_u64;
                    while begun.elapsed() < time {
                        connection.send(&request).await;
                        answered += 1;
                    }
                    answered
                }
            });
            let local = tokio::task::LocalSet::new();
            let tasks: Vec<_> = asking.map(|asking| local.spawn_local(asking)).collect();
            local
                .run_until(async {
                    let mut all = 0;
                    for task in tasks {
                        all += task.await.expect("asks");
                    }
                    all as f64 / begun.elapsed().as_secs_f64()
                })
                .await
        })
    }

    /// Runs `work` on this runtime.
    pub fn run<T>(&self, work: impl Future<Output = T>) -> T {
        self.0.block_on(work)
    }
}
