//! Every no, rendered once: a refusal as itself, a fault with a reference number that the log knows; as a page to a browser
//! and as `{code, message}` to a client, in the visitor's language.

use super::{App, page, session};
use crate::words::{self, Locale, td_string};
use axum::Json;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{RETRY_AFTER, SET_COOKIE};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use encore::domain::{Field, Refusal};
use encore::{Clock, Denied};
use std::any::Any;
use tower_http::csrf::ProtectionError;

/// When it is worth trying again where the house is busy.
const BUSY_SECONDS: u64 = 2;

/// A verb's no on its way out.
pub struct Problem(Denied);

impl<E: Into<Denied>> From<E> for Problem {
    fn from(denied: E) -> Self {
        Self(denied.into())
    }
}

/// Marks a page that itself says what is wrong with its form.
#[derive(Debug, Clone, Copy)]
pub struct SaidOnThePage;

/// What [`render`] finds in a response.
#[derive(Debug, Clone)]
enum Told {
    Refused(Refusal),
    Fault { reference: String },
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        match self.0 {
            Denied::Refused(refusal) => refused(refusal),
            Denied::Fault(fault) => broken(&fault),
        }
    }
}

fn refused(refusal: Refusal) -> Response {
    let mut response = status(&refusal).into_response();
    response.extensions_mut().insert(Told::Refused(refusal));
    response
}

/// Logs a fault of ours under a reference number, once.
fn logged(fault: &dyn std::fmt::Display) -> String {
    let reference = Clock::system().random_key()[..8].to_owned();
    tracing::error!(%reference, "{fault}");
    reference
}

fn broken(fault: &dyn std::fmt::Display) -> Response {
    let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
    response.extensions_mut().insert(Told::Fault { reference: logged(fault) });
    response
}

/// The status that fits a refusal.
pub const fn status(refusal: &Refusal) -> StatusCode {
    match refusal {
        Refusal::NotSignedIn | Refusal::BadCredentials => StatusCode::UNAUTHORIZED,
        Refusal::NotEnoughPoints { .. } => StatusCode::PAYMENT_REQUIRED,
        Refusal::NotAdmitted | Refusal::NotStaff | Refusal::NotYourDuty | Refusal::CrossSite => StatusCode::FORBIDDEN,
        Refusal::NotFound => StatusCode::NOT_FOUND,
        Refusal::EmailTaken
        | Refusal::SeatTaken { .. }
        | Refusal::KeptForAccess { .. }
        | Refusal::LeavesOneSeat { .. }
        | Refusal::HoldExpired
        | Refusal::NothingHeld
        | Refusal::SaleClosed { .. }
        | Refusal::SoldOut
        | Refusal::TotalChanged { .. }
        | Refusal::NotRefundable
        | Refusal::AlreadyCancelled
        | Refusal::TicketUsed
        | Refusal::RefundChanged { .. }
        | Refusal::BalanceChanged { .. }
        | Refusal::SeatInUse { .. }
        | Refusal::SaleBegan
        | Refusal::NoSeats
        | Refusal::ConcertIsDraft
        | Refusal::SchedulesPublished
        | Refusal::InvitationOver
        | Refusal::LastOwner => StatusCode::CONFLICT,
        Refusal::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Refusal::Invalid { .. } | Refusal::TooManySeats { .. } | Refusal::KeyReused | Refusal::WrongPlan { .. } => {
            StatusCode::UNPROCESSABLE_ENTITY
        }
        Refusal::SlowDown { .. } => StatusCode::TOO_MANY_REQUESTS,
        Refusal::Busy => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// The answer to a form that another site sent.
pub fn cross_site(_: ProtectionError) -> Response {
    refused(Refusal::CrossSite)
}

/// The answer after a bug.
pub fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response<Body> {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    broken(&format_args!("a request panicked: {}", text.unwrap_or("without a word")))
}

/// Gives every no its words. What a layer answered with a bare status is told by what the status means.
pub async fn render(State(app): State<App>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let (l, wants_page) = (session::locale(&parts), session::wants_page(&parts));
    let page_parts = wants_page.then(|| parts.clone());
    let response = next.run(Request::from_parts(parts, body)).await;
    let code = response.status();
    if response.extensions().get::<SaidOnThePage>().is_some() {
        return response;
    }
    let told = match response.extensions().get::<Told>() {
        Some(told) => told.clone(),
        None if !code.is_client_error() && !code.is_server_error() => return response,
        None => match code {
            StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => Told::Refused(Refusal::NotFound),
            StatusCode::PAYLOAD_TOO_LARGE => Told::Refused(Refusal::TooLarge),
            StatusCode::SERVICE_UNAVAILABLE => Told::Refused(Refusal::Busy),
            _ if code.is_client_error() => Told::Refused(Refusal::invalid(Field::Request)),
            _ => Told::Fault { reference: logged(&format_args!("a layer answered {code}")) },
        },
    };
    let mut rendered = say(&app, l, page_parts, code, &told).await;
    let retry_after = match &told {
        Told::Refused(Refusal::SlowDown { retry_after_seconds }) => Some(*retry_after_seconds),
        Told::Refused(Refusal::Busy) => Some(BUSY_SECONDS),
        _ => None,
    };
    if let Some(seconds) = retry_after {
        rendered.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    // The session's cookie and the like stay with the answer; what described the old body goes.
    for (name, value) in response.headers() {
        if *name == SET_COOKIE {
            rendered.headers_mut().append(name, value.clone());
        }
    }
    rendered
}

async fn say(
    app: &App,
    l: Locale,
    page_parts: Option<axum::http::request::Parts>,
    code: StatusCode,
    told: &Told,
) -> Response {
    if let Some(parts) = page_parts {
        let (title, text) = match told {
            Told::Refused(Refusal::NotFound) => {
                (td_string!(l, error.not_found_title), td_string!(l, error.not_found).to_owned())
            }
            Told::Refused(refusal @ (Refusal::Busy | Refusal::SlowDown { .. })) => {
                (td_string!(l, error.busy_title), words::refusal(l, refusal))
            }
            Told::Refused(refusal) => (td_string!(l, error.title), words::refusal(l, refusal)),
            Told::Fault { reference } => {
                (td_string!(l, error.fault_title), td_string!(l, error.fault, reference = reference))
            }
        };
        return page::error_page(app, l, parts, code, title, text).await;
    }
    let body = match told {
        Told::Refused(refusal) => {
            let mut body = serde_json::json!({ "code": refusal.code(), "message": words::refusal(l, refusal) });
            match refusal {
                Refusal::SeatTaken { seat_ids, nearest } => {
                    body["seat_ids"] = serde_json::json!(seat_ids);
                    body["nearest"] = serde_json::json!(nearest);
                }
                Refusal::KeptForAccess { seat_ids } => body["seat_ids"] = serde_json::json!(seat_ids),
                Refusal::NotEnoughPoints { missing } => body["missing"] = serde_json::json!(missing),
                Refusal::TooManySeats { limit } => body["limit"] = serde_json::json!(limit),
                Refusal::TotalChanged { total } => body["total"] = serde_json::json!(total),
                Refusal::RefundChanged { refund } => body["refund"] = serde_json::json!(refund),
                Refusal::SeatInUse { seat } | Refusal::LeavesOneSeat { seat } => body["seat"] = serde_json::json!(seat),
                _ => {}
            }
            body
        }
        Told::Fault { reference } => serde_json::json!({
            "code": "fault",
            "message": td_string!(l, refusal.fault, reference = reference),
            "reference": reference,
        }),
    };
    (code, Json(body)).into_response()
}
