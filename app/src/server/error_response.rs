//! Writes the responses for all refusals and faults in one place: a page for a browser, and the JSON of
//! [`Refused`](crate::problem::Refused) for a client or an island, in the visitor's language.

use super::caller::NEXT_PAGE;
use super::problem::{ErrorShownOnPage, PendingError, fault_body, logged, refused_body};
use super::{App, caller, render as pages};
use crate::words::{self, Locale, td_string};
use axum::Json;
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{RETRY_AFTER, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use encore::domain::{Field, Refusal};

/// The `Retry-After` of the response for [`Refusal::Busy`], in seconds.
const BUSY_SECONDS: u64 = 2;

/// Middleware: writes the body of every error response that has none yet. If another layer returned an error status
/// without a refusal or a fault, the refusal or fault that the status means is used.
pub async fn render(State(app): State<App>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let (l, wants_page) = (caller::locale(&parts), caller::wants_page(&parts));
    let address = caller::address(&parts, app.behind_proxy);
    let page_parts = wants_page.then(|| parts.clone());
    // The route and not the path, which may have the secret of a link.
    let route = parts.extensions.get::<MatchedPath>().cloned();
    let method = parts.method.clone();
    let response = next.run(Request::from_parts(parts, body)).await;
    let code = response.status();
    if response.extensions().get::<ErrorShownOnPage>().is_some() {
        return response;
    }
    let unwritten = match response.extensions().get::<PendingError>() {
        Some(unwritten) => unwritten.clone(),
        None if !code.is_client_error() && !code.is_server_error() => return response,
        None => match code {
            StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => PendingError::Refused(Refusal::NotFound),
            StatusCode::PAYLOAD_TOO_LARGE => PendingError::Refused(Refusal::TooLarge { limit_mb: None }),
            StatusCode::SERVICE_UNAVAILABLE => PendingError::Refused(Refusal::Busy),
            _ if code.is_client_error() => PendingError::Refused(Refusal::invalid(Field::Request)),
            _ => PendingError::Fault { reference: logged(&format_args!("a layer answered {code}")), is_damage: false },
        },
    };
    match &unwritten {
        PendingError::Refused(refusal) => app.refusals.note(refusal, address),
        PendingError::Fault { reference, is_damage } => {
            let route = route.as_ref().map(MatchedPath::as_str);
            tracing::error!(%reference, %method, route, %address, "where the fault was");
            if *is_damage {
                app.house.note_damage();
            }
        }
    }
    let mut rendered = match page_parts {
        Some(parts) => error_page(&app, l, parts, code, &unwritten).await,
        None => {
            let body = match &unwritten {
                PendingError::Refused(refusal) => refused_body(l, refusal),
                PendingError::Fault { reference, .. } => fault_body(l, reference),
            };
            (code, Json(body)).into_response()
        }
    };
    let retry_after = match &unwritten {
        PendingError::Refused(
            Refusal::SlowDown { retry_after_seconds } | Refusal::ProofNeeded { retry_after_seconds, .. },
        ) => Some(*retry_after_seconds),
        PendingError::Refused(Refusal::Busy) => Some(BUSY_SECONDS),
        _ => None,
    };
    if let Some(seconds) = retry_after {
        rendered.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    // The session's cookie and the path of the next page are kept. Headers that describe the old body are not.
    for (name, value) in response.headers() {
        if *name == SET_COOKIE || *name == NEXT_PAGE {
            rendered.headers_mut().append(name, value.clone());
        }
    }
    rendered
}

async fn error_page(app: &App, l: Locale, parts: Parts, code: StatusCode, unwritten: &PendingError) -> Response {
    let (title, text) = match unwritten {
        PendingError::Refused(Refusal::NotFound) => {
            (td_string!(l, error.not_found_title), td_string!(l, error.not_found).to_owned())
        }
        PendingError::Refused(refusal @ (Refusal::Busy | Refusal::SlowDown { .. })) => {
            (td_string!(l, error.busy_title), words::refusal(l, refusal))
        }
        PendingError::Refused(refusal) => (td_string!(l, error.title), words::refusal(l, refusal)),
        PendingError::Fault { reference, .. } => {
            (td_string!(l, error.fault_title), td_string!(l, error.fault, reference = reference))
        }
    };
    pages::error_page(app, l, parts, code, title, text).await
}
