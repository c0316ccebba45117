//! The connection of one simulated fan: HTTP/1.1, kept open as a browser would, and opened again if the server has
//! closed it.

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, COOKIE, HOST, RETRY_AFTER};
use axum::http::{Method, Request};
use encore::domain::ScheduleId;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A response of the server.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
    /// From the `Retry-After` header.
    pub retry_after: Option<Duration>,
}

impl Answer {
    /// Parses the body as JSON. Returns `None` if it does not have the expected shape.
    pub fn json<T: serde::de::DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_slice(&self.body).ok()
    }

    /// The code of a refusal, or the status as text if the body has no code.
    pub fn code(&self) -> String {
        #[derive(Deserialize)]
        struct Refused {
            code: String,
        }
        self.json::<Refused>().map_or_else(|| format!("status {}", self.status), |refused| refused.code)
    }
}

/// A fan's connection.
pub struct Client {
    address: SocketAddr,
    /// The address of this machine from which the fan connects.
    source: Ipv4Addr,
    cookie: String,
    open: Option<SendRequest<Body>>,
    /// The connections that are left for all fans, and the place that an open one has.
    connections: Arc<Semaphore>,
    place: Option<OwnedSemaphorePermit>,
}

impl Client {
    /// A client without a session.
    pub fn new(address: SocketAddr) -> Self {
        let connections = Arc::new(Semaphore::new(1));
        Self { address, source: Ipv4Addr::LOCALHOST, cookie: String::new(), open: None, connections, place: None }
    }

    /// The client of the fan with this number, who has a session. Fifty fans share an address, as in an office.
    /// All of 127.0.0.0/8 are addresses of this machine, and one address may have only so many connections.
    pub fn of_fan((address, connections): (SocketAddr, Arc<Semaphore>), number: usize, cookie: String) -> Self {
        let household = u32::try_from(number / 50).unwrap_or(0) % 0xFF_0000;
        let source = Ipv4Addr::from(u32::from(Ipv4Addr::new(127, 1, 0, 1)) + household);
        Self { address, source, cookie, open: None, connections, place: None }
    }

    /// Closes the connection until the next request.
    pub fn disconnect(&mut self) {
        self.open = None;
        self.place = None;
    }

    /// Sends a request and returns the response. If that fails, for example because the server has closed the
    /// connection, the request is sent once more on a new connection. That is safe, because every verb may be sent
    /// twice.
    ///
    /// # Errors
    /// Returns an error if the second attempt fails too.
    pub async fn ask(
        &mut self,
        method: &Method,
        path: &str,
        form: &str,
    ) -> Result<Answer, Box<dyn Error + Send + Sync>> {
        if let Ok(answer) = self.try_ask(method, path, form).await {
            return Ok(answer);
        }
        self.open = None;
        self.try_ask(method, path, form).await
    }

    async fn try_ask(
        &mut self,
        method: &Method,
        path: &str,
        form: &str,
    ) -> Result<Answer, Box<dyn Error + Send + Sync>> {
        let mut open = match self.open.take().filter(|open| !open.is_closed()) {
            Some(open) => open,
            None => {
                if self.place.is_none() {
                    self.place = Some(self.connections.clone().acquire_owned().await?);
                }
                let stream = if self.address.is_ipv4() {
                    let socket = TcpSocket::new_v4()?;
                    socket.bind(SocketAddr::from((self.source, 0)))?;
                    socket.connect(self.address).await?
                } else {
                    TcpStream::connect(self.address).await?
                };
                stream.set_nodelay(true)?;
                let (open, connection) = handshake(TokioIo::new(stream)).await?;
                tokio::spawn(connection);
                open
            }
        };
        open.ready().await?;
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, self.address.to_string())
            .header(COOKIE, &self.cookie)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        let response = open.send_request(request.body(Body::from(form.to_owned()))?).await?;
        let status = response.status().as_u16();
        let retry_after = response.headers().get(RETRY_AFTER).and_then(|seconds| seconds.to_str().ok()?.parse().ok());
        let body = axum::body::to_bytes(Body::new(response.into_body()), usize::MAX).await?.to_vec();
        self.open = Some(open);
        Ok(Answer { status, body, retry_after: retry_after.map(Duration::from_secs) })
    }

    /// Returns the ids of a hall's seats, in the order of the hall.
    ///
    /// # Errors
    /// Returns an error if the server does not answer with a list of seats.
    pub async fn seats(mut self, schedule: ScheduleId) -> Result<Vec<i64>, Box<dyn Error>> {
        #[derive(Deserialize)]
        struct Seats {
            seats: Vec<Seat>,
        }
        #[derive(Deserialize)]
        struct Seat {
            id: i64,
        }
        let path = format!("/api/seats?schedule_id={schedule}");
        let answer = self.ask(&Method::GET, &path, "").await.map_err(|error| error.to_string())?;
        let seats: Seats = answer.json().ok_or("the server does not say which seats there are")?;
        Ok(seats.seats.into_iter().map(|seat| seat.id).collect())
    }
}
