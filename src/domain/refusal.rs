//! Every ordinary no: what the house answers when a rule says so.
//!
//! A refusal is not an error of the program. It has a stable code that clients rely on; the sentence that people read
//! stands in the message files of the pages, in their language.

use super::{Points, SeatId, Timestamp};
use serde::{Deserialize, Serialize};

/// Why the house says no.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Refusal {
    NotSignedIn,
    BadCredentials,
    /// The purchase costs more than the fan has: by `missing` points.
    NotEnoughPoints {
        missing: Points,
    },
    /// No active queue token: only admitted fans hold and pay.
    NotAdmitted,
    NotStaff,
    /// A form that another site sent.
    CrossSite,
    NotFound,
    EmailTaken,
    /// These of the seats asked for are not to be had.
    SeatTaken {
        seat_ids: Vec<SeatId>,
        /// Free seats near those, the nearest first.
        nearest: Vec<SeatId>,
    },
    HoldExpired,
    NothingHeld,
    /// Outside the sale window; `opens_at` where it has not begun.
    SaleClosed {
        opens_at: Option<Timestamp>,
    },
    SoldOut,
    TooLarge,
    Invalid {
        field: Field,
    },
    /// More seats than one fan may have in a schedule.
    TooManySeats {
        limit: u32,
    },
    /// The idempotency key belongs to another request.
    KeyReused,
    /// What the fan holds is not what the page they paid from showed, as after a change in another tab.
    TotalChanged {
        total: Points,
    },
    SlowDown {
        retry_after_seconds: u64,
    },
    /// More work waits than the house takes on; nothing was done.
    Busy,
}

/// Which part of a request cannot be understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Field {
    /// The request as a whole: not a form, a missing or ill-typed part.
    Request,
    Email,
    Name,
    Password,
    Amount,
    Seats,
    IdempotencyKey,
    /// A fan's part of the draw.
    Contribution,
}

impl Refusal {
    /// The code that clients rely on.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotSignedIn => "not_signed_in",
            Self::BadCredentials => "bad_credentials",
            Self::NotEnoughPoints { .. } => "not_enough_points",
            Self::NotAdmitted => "not_admitted",
            Self::NotStaff => "not_staff",
            Self::CrossSite => "cross_site",
            Self::NotFound => "not_found",
            Self::EmailTaken => "email_taken",
            Self::SeatTaken { .. } => "seat_taken",
            Self::HoldExpired => "hold_expired",
            Self::NothingHeld => "nothing_held",
            Self::SaleClosed { .. } => "sale_closed",
            Self::SoldOut => "sold_out",
            Self::TooLarge => "too_large",
            Self::Invalid { .. } => "invalid",
            Self::TooManySeats { .. } => "too_many_seats",
            Self::KeyReused => "key_reused",
            Self::TotalChanged { .. } => "total_changed",
            Self::SlowDown { .. } => "slow_down",
            Self::Busy => "busy",
        }
    }

    /// The refusal of one part of a request.
    pub const fn invalid(field: Field) -> Self {
        Self::Invalid { field }
    }
}
