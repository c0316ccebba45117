//! axum: everything between a socket and a verb. The middleware stands in one readable order in [`with_middleware`].

pub mod access;
pub mod calendar_file;
pub mod caller;
pub mod csv_file;
mod error_response;
mod events;
pub mod flash;
pub mod form;
pub mod limits;
pub mod line_pass;
pub mod listen;
pub mod metrics;
pub mod page;
pub mod picture;
mod problem;
mod render;
pub mod route;
pub mod session;
mod state;
pub mod verb;
pub mod visit;

pub use crate::problem::Problem;
pub use events::events;
pub use form::Form;
pub use state::{App, DEFAULT_TIME_ZONE};

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{from_fn, from_fn_with_state};
use std::time::Duration;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::csrf::CsrfLayer;
use tower_http::services::ServeDir;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::TimeoutLayer;

/// The largest body that a form of ours could need, many times over, in bytes.
const BODY_LIMIT: usize = 64 * 1024;

/// The longest that a request may take until its answer begins, its body included.
const REQUEST_TIME: Duration = Duration::from_secs(15);

/// Adds the files and the middleware to the routes. A request passes the layers from the top to the bottom.
pub fn with_middleware(routes: Router<App>, app: App) -> Router {
    // leptos renders on tokio; a second call, as in tests, finds that settled.
    drop(any_spawner::Executor::init_tokio());
    let header = |name: HeaderName, value: &'static str| {
        SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
    };
    // A proxy in front may not pass on the host by which browsers know the house.
    let csrf = CsrfLayer::new().add_trusted_origin(&*app.origin).unwrap_or_default();
    let site = std::path::PathBuf::from(&*app.leptos.site_root);
    // File names of the program carry a hash of their content, so they never change.
    let pkg = ServiceBuilder::new()
        .layer(header(header::CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .service(ServeDir::new(site.join(&*app.leptos.site_pkg_dir)).precompressed_br().precompressed_gzip());
    let public = ServiceBuilder::new()
        .layer(header(header::CACHE_CONTROL, "public, max-age=3600"))
        .service(ServeDir::new(site.join("static")));

    routes
        .nest_service("/pkg", pkg)
        .nest_service("/static", public)
        .layer(
            ServiceBuilder::new()
                .layer(from_fn(metrics::count))
                .layer(CompressionLayer::new())
                .layer(header(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
                // A form's redirect needs to know where it came from, but only within the house.
                .layer(header(header::REFERRER_POLICY, "same-origin"))
                .layer(header(HeaderName::from_static("cross-origin-opener-policy"), "same-origin"))
                .layer(header(
                    HeaderName::from_static("permissions-policy"),
                    // The camera is the door's.
                    "camera=(self), geolocation=(), microphone=()",
                ))
                // Pages set their own policy with a nonce; whatever else is sent is no page and may load nothing.
                .layer(header(header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"))
                .layer(header(header::CACHE_CONTROL, "private, no-store"))
                // Every no of the layers below becomes a page or JSON here, in the visitor's language.
                .layer(from_fn_with_state(app.clone(), error_response::render))
                .layer(CatchPanicLayer::custom(problem::panicked))
                .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, REQUEST_TIME))
                .layer(csrf.with_rejection_response(problem::cross_site))
                .layer(DefaultBodyLimit::max(BODY_LIMIT))
                .layer(session::layer(app.sessions.clone(), &app.origin)),
        )
        .with_state(app)
}
