//! For operators: metrics (requests by route and status, and how long they took), and whether the program is ready.

use super::App;
use super::access::Operator;
use super::problem::ErrorShownOnPage;
use axum::extract::{MatchedPath, Request, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use encore::domain::ScheduleId;
use encore::pulse::Sample;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// Makes the metrics recorder of this program, and installs it for the whole process. If the process already has a
/// recorder, as in tests with several servers, it keeps that recorder, and the returned handle has no metrics to show.
pub fn install_recorder() -> PrometheusHandle {
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    drop(metrics::set_global_recorder(recorder));
    handle
}

/// Middleware: counts a request, and measures the seconds until its response begins.
pub async fn measure(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map_or("other".to_owned(), |path| path.as_str().to_owned());
    let begun = Instant::now();
    let response = next.run(request).await;
    let status = response.status().as_u16().to_string();
    metrics::counter!("encore_http_requests_total", "route" => route.clone(), "status" => status).increment(1);
    metrics::histogram!("encore_http_request_seconds", "route" => route).record(begun.elapsed());
    response
}

/// `GET /metrics`, in the text format of Prometheus.
pub async fn show(State(app): State<App>, _: Operator) -> Response {
    metrics::gauge!("encore_writer_waiting_commands").set(app.house.waiting_commands() as f64);
    let text = app.metrics.render() + &sales(&app.house.pulse().last());
    ([(CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response()
}

/// The figures of a sample that operators see: the name of the metric, what it is, and its value.
type Figure = (&'static str, &'static str, fn(&Sample) -> i64);
const FIGURES: [Figure; 5] = [
    ("encore_waiting_fans", "Fans who wait in the queue or the lobby.", |sample| sample.waiting),
    ("encore_active_fans", "Fans who are called or admitted.", |sample| sample.active),
    ("encore_held_seats", "Seats that are held.", |sample| sample.held),
    ("encore_sold_tickets", "Tickets that are sold and not cancelled.", |sample| sample.sold),
    ("encore_revenue_points", "Points that were paid, less those that were refunded.", |sample| sample.revenue),
];

/// The last sample of each sale that is in its lobby or open. It is written here and not by the recorder, which would go
/// on showing the last figures of a sale that has ended.
fn sales(samples: &HashMap<ScheduleId, Sample>) -> String {
    let mut text = String::new();
    for (name, what, value) in FIGURES.iter().filter(|_| !samples.is_empty()) {
        text.push_str(&format!("# HELP {name} {what}\n# TYPE {name} gauge\n"));
        let mut lines: Vec<_> = samples.iter().map(|(id, sample)| (id, value(sample))).collect();
        lines.sort_unstable();
        text.extend(lines.iter().map(|(id, value)| format!("{name}{{schedule=\"{id}\"}} {value}\n")));
    }
    text
}

/// The longest time that the database may take to answer that it can be written.
const READY_WITHIN: Duration = Duration::from_secs(2);

/// `GET /readyz`: 200 if the database can be read and written now, otherwise 503 with the reason. `/healthz` only says
/// that the program runs.
pub async fn ready(State(app): State<App>, _: Operator) -> Response {
    let reason = match tokio::time::timeout(READY_WITHIN, app.house.probe()).await {
        Ok(Ok(())) => return "ready".into_response(),
        Ok(Err(denied)) => denied.to_string(),
        Err(_) => "the database does not answer".to_owned(),
    };
    let mut response = (StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {reason}\n")).into_response();
    response.extensions_mut().insert(ErrorShownOnPage);
    response
}
