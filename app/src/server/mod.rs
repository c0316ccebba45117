//! The HTTP layer (axum): everything between a socket and a verb. [`with_middleware`] lists the middleware in its
//! order.

pub mod access;
pub mod begun;
pub mod calendar_file;
pub mod caller;
pub mod capacity;
pub mod csv_file;
pub mod drawn_poster;
mod error_response;
mod events;
pub mod flash;
pub mod form;
pub mod hashing;
mod host;
pub mod limits;
pub mod line_pass;
pub mod listen;
pub mod metrics;
pub mod page;
pub mod picture;
mod problem;
pub mod proof;
pub mod refusals;
mod render;
pub mod route;
pub mod session;
mod site_files;
mod state;
pub mod ticket_pdf;
pub mod verb;
pub mod visit;

pub use crate::problem::Problem;
pub use events::events;
pub use form::Form;
pub use state::{App, DEFAULT_TIME_ZONE};

use crate::components::site::COMPILED;
use crate::paths::local_path;
use axum::Router;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Redirect, Response};
use std::time::Duration;
use tower::ServiceBuilder;
use tower_http::CompressionLevel;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate};
use tower_http::csrf::CsrfLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::TimeoutLayer;

/// The longest time from the head of a request until its response begins. It includes receiving the request's body.
const REQUEST_TIME: Duration = Duration::from_secs(15);

/// How hard responses are compressed, on the scales of zstd, brotli and gzip alike. A page becomes hardly smaller with a
/// higher level, but takes several times as long.
const COMPRESSION: i32 = 3;

/// The content security policy of every response that is no page: it may load nothing. Pages have one with a nonce.
pub const NO_PAGE: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// With https, browsers use nothing else for this host and its subdomains for a year.
pub const ONLY_HTTPS: &str = "max-age=31536000; includeSubDomains";

/// Says of every text that its encoding is UTF-8, if the response does not say so already.
fn say_encoding<B>(mut response: axum::http::Response<B>) -> axum::http::Response<B> {
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let is_text = |kind: &&str| kind.starts_with("text/") || kind.ends_with("+xml");
    if let Some(kind) = kind.filter(is_text).filter(|kind| !kind.contains("charset="))
        && let Ok(kind) = HeaderValue::from_str(&format!("{kind}; charset=utf-8"))
    {
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
    }
    response
}

/// The answer to an address that nothing has. If it ends with a slash, as messengers and people write addresses, it
/// leads to the same address without.
async fn without_slash(method: Method, uri: Uri) -> Response {
    let path = uri.path().trim_end_matches('/');
    if !(method == Method::GET || method == Method::HEAD) || path.is_empty() || path == uri.path() {
        return StatusCode::NOT_FOUND.into_response();
    }
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    Redirect::permanent(&local_path(Some(&(path.to_owned() + &query)))).into_response()
}

/// Adds the static files and the middleware to the routes. A request passes through the layers from top to bottom.
pub fn with_middleware(routes: Router<App>, app: App) -> Router {
    // Leptos renders on tokio. A second call, as in tests, returns an error, because the executor is set already.
    drop(any_spawner::Executor::init_tokio());
    let header = |name: HeaderName, value: &'static str| {
        SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
    };
    // Behind a reverse proxy the host in a request may differ from the host that browsers see, so the public origin is
    // trusted explicitly.
    let csrf = CsrfLayer::new().add_trusted_origin(&*app.origin).unwrap_or_default();
    let files = |part, lasts| site_files::serve(&app.site.files, part).layer(header(header::CACHE_CONTROL, lasts));
    // The name of each of these files, and of each font, contains a hash of its content, so the file under one name
    // never changes.
    let forever = "public, max-age=31536000, immutable";

    routes
        .nest_service("/pkg", files(COMPILED, forever))
        .nest_service("/static/fonts", files("static/fonts", forever))
        .nest_service("/static", files("static", "public, max-age=3600"))
        .fallback(without_slash)
        .layer(
            ServiceBuilder::new()
                .layer(from_fn(metrics::measure))
                .map_response(say_encoding)
                // Fonts are compressed already, like images.
                .layer(
                    CompressionLayer::new()
                        .quality(CompressionLevel::Precise(COMPRESSION))
                        .compress_when(DefaultPredicate::new().and(NotForContentType::const_new("font/"))),
                )
                .layer(header(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
                .option_layer(app.is_secure().then(|| header(header::STRICT_TRANSPORT_SECURITY, ONLY_HTTPS)))
                // Other sites do not learn which page a visitor came from. The stricter `no-referrer` would also
                // make the `Origin` of a posted form `null`, which the CSRF layer compares.
                .layer(header(header::REFERRER_POLICY, "same-origin"))
                .layer(header(HeaderName::from_static("cross-origin-opener-policy"), "same-origin"))
                .layer(header(
                    HeaderName::from_static("permissions-policy"),
                    // The camera scans tickets on the page for the door.
                    "camera=(self), geolocation=(), microphone=()",
                ))
                .layer(header(header::CONTENT_SECURITY_POLICY, NO_PAGE))
                .layer(header(header::CACHE_CONTROL, "private, no-store"))
                // Turns every error response of the layers below into a page or JSON, in the visitor's language.
                .layer(from_fn_with_state(app.clone(), error_response::render))
                .layer(CatchPanicLayer::custom(problem::panicked))
                .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, REQUEST_TIME))
                .layer(from_fn_with_state(app.clone(), host::check))
                .layer(csrf.with_rejection_response(problem::cross_site))
                .layer(session::layer(app.sessions.clone(), &app.origin)),
        )
        .with_state(app)
}
