//! Refusals and faults over HTTP: their status, and the JSON body that clients and islands read.
//! [`super::error_response`] writes the response in the visitor's language.

use crate::problem::{Problem, Refused, WrongField};
use crate::words::{self, Locale, td_string};
use axum::body::Body;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use encore::domain::{Field, Refusal};
use encore::{Clock, Denied, Fault};
use std::any::Any;
use tower_http::csrf::ProtectionError;

/// Marks the response of a page that already shows what is wrong with its form.
#[derive(Debug, Clone, Copy)]
pub struct ErrorShownOnPage;

/// The refusal or fault of a response that has only a status so far. [`super::error_response::render`] writes its body.
#[derive(Debug, Clone)]
pub enum PendingError {
    Refused(Refusal),
    Fault {
        reference: String,
        /// Whether the file of the database is damaged.
        is_damage: bool,
    },
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        match self {
            Self::Denied(Denied::Refused(refusal)) => refused(refusal),
            Self::Denied(Denied::Fault(fault)) => broken(&fault, fault.is_damage()),
            // These two variants exist only in a browser, which reads them from a response.
            Self::Refused(_) | Self::NoAnswer => {
                broken(&Fault::Broken("a server function returned an error that only a browser makes"), false)
            }
        }
    }
}

fn refused(refusal: Refusal) -> Response {
    let mut response = status(&refusal).into_response();
    response.extensions_mut().insert(PendingError::Refused(refusal));
    response
}

/// Logs a fault under a new random reference, and returns the reference.
pub fn logged(fault: &dyn std::fmt::Display) -> String {
    let (reference, fault) = (Clock::system().random_key()[..8].to_owned(), fault.to_string());
    // As a field and not as the message, so that line breaks in it are escaped.
    tracing::error!(%reference, fault, "a fault");
    reference
}

fn broken(fault: &dyn std::fmt::Display, is_damage: bool) -> Response {
    let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
    response.extensions_mut().insert(PendingError::Fault { reference: logged(fault), is_damage });
    response
}

/// The status that fits a refusal.
pub const fn status(refusal: &Refusal) -> StatusCode {
    match refusal {
        Refusal::NotSignedIn | Refusal::BadCredentials | Refusal::SecondStepNeeded | Refusal::PasskeyRefused => {
            StatusCode::UNAUTHORIZED
        }
        Refusal::NotEnoughPoints { .. } => StatusCode::PAYMENT_REQUIRED,
        Refusal::NotAdmitted | Refusal::NotStaff | Refusal::NotYourDuty | Refusal::CrossSite => StatusCode::FORBIDDEN,
        Refusal::NotFound => StatusCode::NOT_FOUND,
        Refusal::EmailTaken
        | Refusal::SeatTaken { .. }
        | Refusal::KeptForAccess { .. }
        | Refusal::LeavesOrphanSeat { .. }
        | Refusal::HoldExpired
        | Refusal::NothingHeld
        | Refusal::AlreadyBought
        | Refusal::SaleClosed { .. }
        | Refusal::SoldOut
        | Refusal::NotSoldOut
        | Refusal::HasOffer
        | Refusal::NotTransferable
        | Refusal::HandedOn
        | Refusal::TotalChanged { .. }
        | Refusal::NotRefundable
        | Refusal::AlreadyCancelled
        | Refusal::TicketUsed
        | Refusal::RefundChanged { .. }
        | Refusal::BalanceChanged { .. }
        | Refusal::SeatInUse { .. }
        | Refusal::Stale
        | Refusal::SaleBegan
        | Refusal::CalledOff
        | Refusal::InUse
        | Refusal::NoSeats
        | Refusal::ConcertIsDraft
        | Refusal::SchedulesPublished
        | Refusal::NeedsSecondPerson { .. }
        | Refusal::PayoutNeedsSecondPerson { .. }
        | Refusal::CashMoved
        | Refusal::PlaceVoided
        | Refusal::CrowdedAddress
        | Refusal::InvitationOver
        | Refusal::AddressNotVerified
        | Refusal::AccountOfAnother { .. }
        | Refusal::NoSuchAccount
        | Refusal::StillStaff
        | Refusal::StillHasTickets
        | Refusal::StillHasPoints { .. }
        | Refusal::LinkOver
        | Refusal::LastOwner => StatusCode::CONFLICT,
        Refusal::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
        Refusal::Invalid { .. }
        | Refusal::WeakPassword
        | Refusal::TooManySeats { .. }
        | Refusal::KeyReused
        | Refusal::WrongPlan { .. } => StatusCode::UNPROCESSABLE_ENTITY,
        Refusal::SlowDown { .. } | Refusal::ProofNeeded { .. } => StatusCode::TOO_MANY_REQUESTS,
        Refusal::Busy => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// The response to a request that another site sent.
pub fn cross_site(_: ProtectionError) -> Response {
    refused(Refusal::CrossSite)
}

/// The response after a panic.
pub fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response<Body> {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    broken(&format_args!("a request panicked: {}", text.unwrap_or("without a message")), false)
}

/// The body of a refusal, in a language.
pub fn refused_body(l: Locale, refusal: &Refusal) -> Refused {
    let mut body = Refused {
        code: refusal.code().to_owned(),
        message: words::refusal(l, refusal),
        field: refusal.field().map(|field| field.as_str().to_owned()),
        ..Refused::default()
    };
    match refusal {
        Refusal::Invalid { also, .. } if !also.is_empty() => {
            let wrong = |field: Field| WrongField {
                field: field.as_str().to_owned(),
                message: words::invalid(l, field).to_owned(),
            };
            body.fields = Some(refusal.fields().map(wrong).collect());
        }
        Refusal::SeatTaken { seat_ids, nearest } => {
            body.seat_ids = Some(seat_ids.clone());
            body.nearest = Some(nearest.clone());
        }
        Refusal::ProofNeeded { task, .. } => body.task = serde_json::from_str(task).ok(),
        Refusal::KeptForAccess { seat_ids } => body.seat_ids = Some(seat_ids.clone()),
        Refusal::NotEnoughPoints { missing } => body.missing = Some(*missing),
        Refusal::TooManySeats { limit } => body.limit = Some(*limit),
        Refusal::TotalChanged { total } => body.total = Some(*total),
        Refusal::RefundChanged { refund } => body.refund = Some(*refund),
        Refusal::BalanceChanged { point } | Refusal::StillHasPoints { point } => body.point = Some(*point),
        Refusal::SaleClosed { opens_at } => body.opens_at = *opens_at,
        Refusal::SeatInUse { seat } | Refusal::LeavesOrphanSeat { seat } => body.seat = Some(seat.clone()),
        _ => {}
    }
    body
}

/// The body of a fault, in a language.
pub fn fault_body(l: Locale, reference: &str) -> Refused {
    let message = td_string!(l, refusal.fault, reference = reference);
    Refused { code: "fault".into(), message, reference: Some(reference.to_owned()), ..Refused::default() }
}
