//! Which host a request may be for.

use super::App;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::HOST;
use axum::http::uri::{Authority, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::net::IpAddr;

/// Middleware: refuses a request that does not have exactly one `Host` header, or one for the host of another site.
///
/// An attacker who makes the name of their own site lead to this machine (DNS rebinding) could otherwise post forms: for
/// the browser and for the check against cross-site requests, the pages of that site and this program are the same site.
/// Behind a reverse proxy the host is not compared, because the proxy may write another one. Programs that watch this one
/// use any name, or none.
pub async fn check(State(app): State<App>, request: Request, next: Next) -> Response {
    if matches!(request.uri().path(), "/healthz" | "/readyz" | "/metrics") {
        return next.run(request).await;
    }
    let mut hosts = request.headers().get_all(HOST).iter();
    let host = hosts.next().and_then(|host| host.to_str().ok()).and_then(|host| host.parse::<Authority>().ok());
    match (host, hosts.next()) {
        (Some(host), None) if app.behind_proxy || is_ours(host.host(), &app.origin) => next.run(request).await,
        _ => StatusCode::BAD_REQUEST.into_response(),
    }
}

/// Whether a host is that of the origin, or this machine by its address or as `localhost`, which are nobody's site.
fn is_ours(host: &str, origin: &str) -> bool {
    let origin = origin.parse::<Uri>().ok();
    let is_origin = origin.and_then(|origin| Some(origin.host()?.eq_ignore_ascii_case(host))).unwrap_or(false);
    let address = host.trim_start_matches('[').trim_end_matches(']');
    is_origin || host.eq_ignore_ascii_case("localhost") || address.parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_origin_and_addresses_are_ours() {
        let origin = "https://tickets.example.org:8443";
        for (host, ours) in [
            ("tickets.example.org", true),
            ("Tickets.Example.org", true),
            ("localhost", true),
            ("192.0.2.7", true),
            ("[2001:db8::1]", true),
            ("example.org", false),
            ("tickets.example.org.attacker.example", false),
            ("1.attacker.example", false),
        ] {
            assert_eq!(is_ours(host, origin), ours, "{host}");
        }
    }
}
