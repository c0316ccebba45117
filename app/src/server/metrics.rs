//! Metrics for operators: requests by route and status, and how long they took.

use super::App;
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::time::Instant;

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
pub async fn show(State(app): State<App>) -> Response {
    ([(CONTENT_TYPE, "text/plain; version=0.0.4")], app.metrics.render()).into_response()
}
