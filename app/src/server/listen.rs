//! The listening socket: HTTP/1.1 through hyper, with limits against clients that send nothing or never stop sending.

use super::capacity::{Capacity, Inside, Places};
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::Semaphore;
use tokio_io_timeout::TimeoutStream;
use tower::ServiceExt;

/// How many new connections may wait in the kernel's queue until they are accepted. At an opening thousands arrive in one
/// moment, and one that does not fit waits a second until it is tried again. The kernel allows no more than its setting
/// `net.core.somaxconn`, usually 4,096.
const BACKLOG: u32 = 65_535;
/// A connection on which no complete request head arrives for this long is closed, also between two requests.
pub const HEADER_TIME: Duration = Duration::from_secs(10);
/// The same for a connection that is accepted while few places are left.
const SCARCE_HEADER_TIME: Duration = Duration::from_secs(2);
/// How long a client may leave a response unread.
const WRITE_TIME: Duration = Duration::from_secs(30);
/// The largest request head, in bytes.
const HEAD_BYTES: usize = 16 * 1024;
/// How long running requests may continue after the shutdown has begun.
const GRACE: Duration = Duration::from_secs(10);

/// Opens the listening socket.
///
/// # Errors
/// What the system reports, for example that the port is in use.
pub fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // As `TcpListener::bind` does: a restarted server need not wait for the connections of the last one to time out.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Serves until `shutdown` completes, then accepts no more connections and gives running requests ten seconds to end.
/// `capacity` limits the connections: if there are too many, further ones wait in the kernel's queue; of an address that
/// has too many, further ones are closed, and if only the headroom is left, those of addresses that are not `inside`.
pub async fn serve(
    listener: TcpListener,
    (capacity, inside): (Capacity, Inside),
    router: Router,
    shutdown: impl Future<Output = ()>,
) {
    let builder = |header_time| {
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new()).header_read_timeout(header_time).max_buf_size(HEAD_BYTES);
        http
    };
    let (http, scarce_http) = (builder(HEADER_TIME), builder(SCARCE_HEADER_TIME));
    let graceful = GracefulShutdown::new();
    let free = Arc::new(Semaphore::new(capacity.connections));
    let places = Places::new(capacity.connections, capacity.connections_per_address, capacity.headroom);
    let mut shutdown = pin!(shutdown);
    loop {
        let accepted = async {
            let permit = free.clone().acquire_owned().await;
            (permit, listener.accept().await)
        };
        let (permit, accepted) = tokio::select! {
            biased;
            () = shutdown.as_mut() => break,
            accepted = accepted => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) if is_of_one_connection(&error) => continue,
            Err(error) => {
                tracing::warn!(%error, "connections cannot be accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let Some(place) = places.take(peer.ip(), inside.has(peer.ip())) else { continue };
        drop(stream.set_nodelay(true));
        // A client that does not read its response is disconnected.
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(WRITE_TIME));
        let service = router.clone().map_request(move |request: Request<Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(peer));
            request
        });
        let http = if places.are_scarce() { &scarce_http } else { &http };
        let connection = http.serve_connection(TokioIo::new(Box::pin(stream)), TowerToHyperService::new(service));
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            let _place = (permit, place);
            if let Err(error) = connection.await {
                tracing::debug!(%peer, %error, "a connection ended");
            }
        });
    }
    drop(listener);
    if tokio::time::timeout(GRACE, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests did not end in time");
    }
}

/// Whether `accept` failed because of the connection that it took: the next one may be accepted at once.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}
