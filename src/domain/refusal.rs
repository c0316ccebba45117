//! Every ordinary no: what the house answers when a rule says so.
//!
//! A refusal is not an error of the program. It has a stable code that clients rely on; the sentence that people read
//! stands in the message files of the pages, in their language.

use super::seating::{Place, PlanFault};
use super::{Points, SeatId, Timestamp, words};
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
    /// Staff, but with another duty than this takes.
    NotYourDuty,
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
    /// These are kept for people in wheelchairs and those who come with them.
    KeptForAccess {
        seat_ids: Vec<SeatId>,
    },
    /// The hold would leave this seat alone, and there is choice.
    LeavesOneSeat {
        seat: SeatName,
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
    /// The fan has paid for the seats already, as in another tab, and holds no others.
    AlreadyBought,
    /// What the fan holds is not what the page they paid from showed, as after a change in another tab.
    TotalChanged {
        total: Points,
    },
    /// The policy gives nothing back for the ticket any more.
    NotRefundable,
    /// The ticket was cancelled before.
    AlreadyCancelled,
    /// Somebody came in on the ticket.
    TicketUsed,
    /// Cancelling gives another amount back than the page showed, as after midnight.
    RefundChanged {
        refund: Points,
    },
    /// A balance is another than the page showed, as after a second click.
    BalanceChanged {
        point: Points,
    },
    /// A change would touch a seat that is or was reserved.
    SeatInUse {
        seat: SeatName,
    },
    /// The lobby has opened or fans are in line.
    SaleBegan,
    /// A schedule without seats is not published.
    NoSeats,
    /// A schedule is published only with its concert.
    ConcertIsDraft,
    /// A concert stays published as long as one of its schedules is.
    SchedulesPublished,
    WrongPlan {
        place: Place,
        fault: PlanFault,
    },
    /// Used, too old, or never made.
    InvitationOver,
    /// A house has at least one owner.
    LastOwner,
    SlowDown {
        retry_after_seconds: u64,
    },
    /// More work waits than the house takes on; nothing was done.
    Busy,
}

words! {
    /// Which part of a request cannot be understood. The words are the names of the form fields.
    Field {
        /// The request as a whole: not a form, a missing or ill-typed part.
        Request = "request",
        Email = "email",
        Name = "name",
        Password = "password",
        /// It is not the password of the account.
        PresentPassword = "present",
        Amount = "amount",
        Seats = "seat_ids",
        IdempotencyKey = "idempotency_key",
        /// A fan's own text for the lottery.
        Contribution = "contribution",
        Title = "title",
        Performer = "performer",
        Venue = "venue",
        /// Not the name of a time zone.
        TimeZone = "time_zone",
        Description = "description",
        /// Not a picture, or not of a poster's size.
        Poster = "poster",
        ShowTime = "show_time",
        /// The start of a sale: not an instant, or not before the end.
        SaleStart = "sale_start",
        /// The end of a sale: not an instant, or after the show.
        SaleEnd = "sale_end",
        LobbyMinutes = "lobby_minutes",
        SeatsPerFan = "seats_per_fan",
        ActiveFans = "active_fans",
        AdmissionsAMinute = "admissions_a_minute",
        AccessUntil = "access_until",
        RefundPolicy = "refund_steps",
        /// A price band without a price, or a price that is not a number.
        Price = "price",
        Duty = "duty",
        /// For whom an invitation is, or why something is done.
        Note = "note",
    }
}

/// A seat as people name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeatName {
    pub section: String,
    pub row: String,
    pub number: i64,
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
            Self::NotYourDuty => "not_your_duty",
            Self::CrossSite => "cross_site",
            Self::NotFound => "not_found",
            Self::EmailTaken => "email_taken",
            Self::SeatTaken { .. } => "seat_taken",
            Self::KeptForAccess { .. } => "kept_for_access",
            Self::LeavesOneSeat { .. } => "leaves_one_seat",
            Self::HoldExpired => "hold_expired",
            Self::NothingHeld => "nothing_held",
            Self::SaleClosed { .. } => "sale_closed",
            Self::SoldOut => "sold_out",
            Self::TooLarge => "too_large",
            Self::Invalid { .. } => "invalid",
            Self::TooManySeats { .. } => "too_many_seats",
            Self::KeyReused => "key_reused",
            Self::AlreadyBought => "already_bought",
            Self::TotalChanged { .. } => "total_changed",
            Self::NotRefundable => "not_refundable",
            Self::AlreadyCancelled => "already_cancelled",
            Self::TicketUsed => "ticket_used",
            Self::RefundChanged { .. } => "refund_changed",
            Self::BalanceChanged { .. } => "balance_changed",
            Self::SeatInUse { .. } => "seat_in_use",
            Self::SaleBegan => "sale_began",
            Self::NoSeats => "no_seats",
            Self::ConcertIsDraft => "concert_is_draft",
            Self::SchedulesPublished => "schedules_published",
            Self::WrongPlan { .. } => "wrong_plan",
            Self::InvitationOver => "invitation_over",
            Self::LastOwner => "last_owner",
            Self::SlowDown { .. } => "slow_down",
            Self::Busy => "busy",
        }
    }

    /// The form field that has to be changed; `None` if the refusal is about no single field.
    pub const fn field(&self) -> Option<Field> {
        match self {
            Self::Invalid { field } => Some(*field),
            Self::EmailTaken | Self::BadCredentials => Some(Field::Email),
            _ => None,
        }
    }

    /// The refusal of a drawing.
    pub fn wrong_plan((place, fault): (Place, PlanFault)) -> Self {
        Self::WrongPlan { place, fault }
    }

    /// The refusal of one part of a request.
    pub const fn invalid(field: Field) -> Self {
        Self::Invalid { field }
    }
}
