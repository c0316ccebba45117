//! The three requests that thousands of browsers send at once: the fan's place in the queue, the states of the seats,
//! and the result of the lottery. They are answered from memory, in front of sessions, compression and every other
//! layer. A request that cannot be answered so is forwarded to the route with the same path in the rest of the program.

use super::queue::LotteryJson;
use crate::server::line_pass::LinePass;
use crate::server::{App, NO_PAGE, ONLY_HTTPS};
use crate::verbs::QueuePlace;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderValue, Response};
use axum::response::IntoResponse;
use axum::routing::get;
use encore::domain::ScheduleId;
use encore::domain::queue::TokenStatus;
use encore::halls::Hall;
use encore::waiting_room;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use tower::ServiceExt;

struct Quick {
    app: App,
    rest: Router,
    /// The results of lotteries as JSON, each cached at the first request for it: a result never changes, and ten
    /// thousand fans may request it at once.
    lotteries: Mutex<HashMap<ScheduleId, Bytes>>,
}

/// Puts the quick answers in front of `rest`, the rest of the program.
pub fn before(rest: Router, app: App) -> Router {
    Router::new()
        .route("/api/queue/status", get(place).fallback(forwarded))
        .route("/api/seats/state", get(state).fallback(forwarded))
        .route("/api/draw", get(lottery).fallback(forwarded))
        .fallback_service(rest.clone())
        .with_state(Arc::new(Quick { app, rest, lotteries: Mutex::default() }))
}

/// Forwards a request with a method other than GET or HEAD to the rest of the program, which refuses it.
async fn forwarded(State(quick): State<Arc<Quick>>, request: Request) -> Response<Body> {
    forward(&quick, request).await
}

/// The hall of a schedule. `None` if the schedule does not exist or is a draft, or if the hall cannot be read.
async fn published_hall(quick: &Quick, schedule: ScheduleId) -> Option<Arc<Hall>> {
    quick.app.house.hall(schedule).await.ok().filter(|hall| hall.is_published())
}

/// The schedule that a request names in its query.
fn schedule(request: &Request) -> Option<ScheduleId> {
    query_value(request, "schedule_id")?.parse().ok().map(ScheduleId)
}

/// The value of a query parameter that needs no unescaping.
fn query_value<'r>(request: &'r Request, name: &str) -> Option<&'r str> {
    request.uri().query()?.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
}

/// `GET /api/queue/status` with a line pass (the parameter `ticket`): the fan's place, as long as the fan waits and was
/// not passed over. Any other request is forwarded.
async fn place(State(quick): State<Arc<Quick>>, request: Request) -> Response<Body> {
    let house = &quick.app.house;
    let line_pass = query_value(&request, "ticket").and_then(|word| LinePass::verify(house.keys().messages(), word));
    let asked = schedule(&request);
    let line_pass = line_pass.filter(|pass| asked == Some(pass.schedule));
    let place = line_pass.and_then(|LinePass { schedule, fan, token }| {
        let place = house.queues().look(schedule, fan, Some(token), house.clock().now())?;
        Some(place).filter(|place| place.token.status == TokenStatus::Wait && !place.token.awaits_fan())
    });
    match place.and_then(|place| serde_json::to_vec(&QueuePlace::of(place, &quick.app)).ok()) {
        Some(json) => answer(&quick, json, &PLACES),
        None => forward(&quick, request).await,
    }
}

/// `GET /api/seats/state`: the version and the packed states of all seats.
async fn state(State(quick): State<Arc<Quick>>, request: Request) -> Response<Body> {
    if let Some(id) = schedule(&request)
        && let Some(hall) = published_hall(&quick, id).await
    {
        return answer(&quick, hall.packed(), &STATES);
    }
    forward(&quick, request).await
}

/// `GET /api/draw`: after the lottery, the same bytes for everybody.
async fn lottery(State(quick): State<Arc<Quick>>, request: Request) -> Response<Body> {
    let Some(id) = schedule(&request) else { return forward(&quick, request).await };
    let cached = || quick.lotteries.lock().unwrap_or_else(PoisonError::into_inner);
    let known = cached().get(&id).cloned();
    if let Some(json) = known
        // The schedule may have become a draft again.
        && published_hall(&quick, id).await.is_some()
    {
        return answer(&quick, json, &LOTTERIES);
    }
    if let Ok(view) = waiting_room::lottery(&quick.app.house, id).await
        && view.result.is_some()
        && let Ok(json) = serde_json::to_vec(&LotteryJson::of(&view))
    {
        let json = Bytes::from(json);
        cached().insert(id, json.clone());
        return answer(&quick, json, &LOTTERIES);
    }
    forward(&quick, request).await
}

async fn forward(quick: &Quick, request: Request) -> Response<Body> {
    quick.rest.clone().oneshot(request).await.into_response()
}

static PLACES: LazyLock<metrics::Counter> = LazyLock::new(|| counter("/api/queue/status"));
static STATES: LazyLock<metrics::Counter> = LazyLock::new(|| counter("/api/seats/state"));
static LOTTERIES: LazyLock<metrics::Counter> = LazyLock::new(|| counter("/api/draw"));

fn counter(route: &'static str) -> metrics::Counter {
    metrics::counter!("encore_http_requests_total", "route" => route, "status" => "200")
}

fn answer(quick: &Quick, json: impl Into<Body>, counted: &metrics::Counter) -> Response<Body> {
    counted.increment(1);
    let mut response = Response::new(json.into());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(NO_PAGE));
    if quick.app.is_secure() {
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(ONLY_HTTPS));
    }
    response
}
