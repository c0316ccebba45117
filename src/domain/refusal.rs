//! Refusals: the expected answers when a rule does not allow what was requested.
//!
//! A refusal is not an error of the program. It has a stable code that clients rely on. The sentences that people read
//! are in the message files (`app/locales/`), one file for each language.

use super::seating::{PlanError, PlanFault, PlanPlace};
use super::{Points, SeatId, SeatNumber, Timestamp, string_enum};
use serde::{Deserialize, Serialize};

/// Why a request was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Refusal {
    NotSignedIn,
    /// The email address or the password is wrong.
    BadCredentials,
    /// A second step is needed: after a password, or because owners require it of staff.
    SecondStepNeeded,
    /// The passkey is not known here, or its use took too long.
    PasskeyRefused,
    /// The fan has `missing` points too few for the purchase.
    NotEnoughPoints {
        missing: Points,
    },
    /// The fan has no active queue token. Only admitted fans may hold and pay.
    NotAdmitted,
    NotStaff,
    /// The request comes from staff whose duty does not allow it.
    NotYourDuty,
    /// The form was sent from a page of another site.
    CrossSite,
    /// What the request names does not exist, or is a draft and the request does not come from staff.
    NotFound,
    /// Another account has this email address.
    EmailTaken,
    /// The password is one that is tried first by those who guess.
    WeakPassword,
    /// Some of the requested seats are unavailable, or too few are free for a party; nothing was held.
    SeatTaken {
        /// The requested seats that are unavailable. Empty if a party named none.
        seat_ids: Vec<SeatId>,
        /// Free seats near the unavailable ones, the nearest first.
        nearest: Vec<SeatId>,
    },
    /// These seats are kept for people in wheelchairs and their companions.
    KeptForAccess {
        seat_ids: Vec<SeatId>,
    },
    /// The hold would leave `seat` as an orphan seat, and the fan could choose other seats.
    LeavesOrphanSeat {
        seat: SeatName,
    },
    /// The fan's hold expired before the purchase.
    HoldExpired,
    /// The fan holds no seats to buy.
    NothingHeld,
    /// The schedule is not on sale.
    SaleClosed {
        /// When the sale opens. `None` means that it has ended.
        opens_at: Option<Timestamp>,
    },
    /// No seat is for sale, and none is held but as an offer to the waitlist.
    SoldOut,
    /// The fan cannot join the waitlist: seats that suit them are for sale, or held and may go on sale again.
    NotSoldOut,
    /// The fan cannot join the queue, or choose other seats, while seats are offered to them from the waitlist.
    HasOffer,
    /// The body of the request is too large.
    TooLarge {
        /// The largest file that the form accepts, in MB. `None` if the form has no file.
        limit_mb: Option<u32>,
    },
    /// A part of the request is not valid.
    Invalid {
        field: Field,
        /// Further parts that are not valid, if several are checked at once.
        #[serde(default)]
        also: Vec<Field>,
    },
    /// The fan would have more seats in the schedule than the `limit` for one fan.
    TooManySeats {
        limit: u32,
    },
    /// The idempotency key was already used for another request.
    KeyReused,
    /// The fan has paid for the seats already, for example in another tab, and holds no others.
    AlreadyBought,
    /// The held seats cost `total`, which is not what the page showed, for example because another tab changed them.
    TotalChanged {
        total: Points,
    },
    /// The fan can no longer cancel the ticket: its refund policy gives nothing back any more, or the show has begun.
    NotRefundable,
    /// The ticket was cancelled before.
    AlreadyCancelled,
    /// Tickets of this date cannot be handed on, because staff forbid it or the show has begun, or this one was handed on
    /// too often.
    NotTransferable,
    /// The fan got the ticket from somebody else, who paid for it, and so cannot cancel it.
    HandedOn,
    /// The ticket was used at the door.
    TicketUsed,
    /// Cancelling now refunds `refund`, which is not what the page showed, for example because midnight has passed.
    RefundChanged {
        refund: Points,
    },
    /// The balance is now `point`, which is not what the page showed, for example because a button was pressed twice.
    BalanceChanged {
        point: Points,
    },
    /// Staff cannot make this change, since `seat` is held or sold, or (if the hall is to be built again) was held or
    /// sold at any time.
    SeatInUse {
        seat: SeatName,
    },
    /// Somebody else has changed what staff want to change, since they opened the form.
    Stale,
    /// Staff cannot make this change, since the lobby or the sale has opened or fans are in the queue.
    SaleBegan,
    /// The show was called off.
    CalledOff,
    /// Staff cannot delete what is published or what somebody has used.
    InUse,
    /// A schedule without seats cannot be published.
    NoSeats,
    /// A schedule cannot be published while its concert is a draft.
    ConcertIsDraft,
    /// A concert cannot become a draft again while one of its schedules is published.
    SchedulesPublished,
    /// No seats can be sold from a seating plan, because it has a fault.
    WrongPlan {
        /// Where in the plan the fault is.
        place: PlanPlace,
        fault: PlanFault,
    },
    /// A member of staff can adjust at most `limit` points a day alone. Beyond that another one has to agree.
    NeedsSecondPerson {
        limit: Points,
    },
    /// Only `limit` points can be paid out in cash to this fan without a second person: what they have brought in cash.
    PayoutNeedsSecondPerson {
        limit: Points,
    },
    /// Cash was taken or given in the shift since the page was shown.
    CashMoved,
    /// Staff cancelled the fan's place in the queue, for a reason that the page of the queue says.
    PlaceVoided,
    /// Too many places in the queue were taken, or too many seats are held, from the fan's address.
    CrowdedAddress,
    /// The invitation was used, was taken back, has expired, or never existed.
    InvitationOver,
    /// The fan has to show first that the email address of the account is theirs.
    AddressNotVerified,
    /// The account with this email address is in another name, `name`, than the one that was given.
    AccountOfAnother {
        name: String,
    },
    /// No account has this email address.
    NoSuchAccount,
    /// The person cannot delete the account, because they are a member of staff.
    StillStaff,
    /// The person cannot delete the account, because they have a ticket of a show that has not begun.
    StillHasTickets,
    /// The person cannot delete the account, because they have `point` points.
    StillHasPoints {
        point: Points,
    },
    /// The link to an account was used, has expired, or never existed.
    LinkOver,
    /// An installation must have at least one owner.
    LastOwner,
    /// Many requests of this kind come from the sender's address, or from everywhere. The sender has to solve `task`, or to
    /// wait.
    ProofNeeded {
        /// The task, as the JSON of ALTCHA.
        task: String,
        retry_after_seconds: u64,
    },
    /// Too many requests of this kind.
    SlowDown {
        retry_after_seconds: u64,
    },
    /// Too much work is waiting for the database, or a commit failed. Nothing was changed; the client may try again.
    Busy,
}

string_enum! {
    /// The part of a request that is not valid. The words are the names of the form fields. The comment on a variant
    /// says what the field is, or when it is invalid.
    Field {
        /// The request as a whole: it is not a form, or a part of it is missing or has the wrong type.
        Request = "request",
        Email = "email",
        Name = "name",
        Password = "password",
        /// The current password, which must be entered to change it, is wrong.
        PresentPassword = "present",
        /// Somebody who signs up has not agreed to the terms of use that are in force.
        TermsOfUse = "terms_of_use",
        /// Somebody who signs up has not agreed to the privacy policy that is in force.
        Privacy = "privacy",
        /// The words of a legal text in Korean. Invalid too if no word is new.
        Korean = "korean",
        /// The words of a legal text in English.
        English = "english",
        /// The code of an authenticator app, or a recovery code.
        Code = "code",
        Amount = "amount",
        Seats = "seat_ids",
        IdempotencyKey = "idempotency_key",
        /// A fan's contribution to the lottery.
        Contribution = "contribution",
        Title = "title",
        Performer = "performer",
        Venue = "venue",
        /// Invalid if it is not the IANA name of a time zone.
        TimeZone = "time_zone",
        Description = "description",
        RunningMinutes = "running_minutes",
        MinimumAge = "minimum_age",
        Notices = "notices",
        /// Invalid if it is not a picture, or one that is too small or too large for a poster.
        Poster = "poster",
        ShowTime = "show_time",
        /// Invalid if it is not a date and time, or not before the end of the sale.
        SaleStart = "sale_start",
        /// Invalid if it is not a date and time, or after the beginning of the show.
        SaleEnd = "sale_end",
        LobbyMinutes = "lobby_minutes",
        SeatsPerFan = "seats_per_fan",
        ActiveFans = "active_fans",
        AdmissionsAMinute = "admissions_a_minute",
        AccessUntil = "access_until",
        RefundPolicy = "refund_steps",
        /// Invalid if a price band has no price, or one that is out of range.
        Price = "price",
        Duty = "duty",
        /// A note of staff: for whom an invitation is, the reason for an action, or the message to waiting fans.
        Note = "note",
        /// Why a show is called off.
        Reason = "reason",
        /// What fans get in addition to the price when a show is called off.
        Compensation = "compensation",
        /// Until when tickets are refunded in full after a show was moved.
        FullRefundUntil = "full_refund_until",
        /// The price bands that will do for somebody on a waitlist.
        Bands = "bands",
        /// What a fan answers about a cancelled place.
        Answer = "answer",
    }
}

/// The name of a seat as printed on a ticket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeatName {
    pub section: String,
    pub row: String,
    pub number: SeatNumber,
}

impl Refusal {
    /// Returns the stable code that clients rely on.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotSignedIn => "not_signed_in",
            Self::BadCredentials => "bad_credentials",
            Self::SecondStepNeeded => "second_step_needed",
            Self::PasskeyRefused => "passkey_refused",
            Self::NotEnoughPoints { .. } => "not_enough_points",
            Self::NotAdmitted => "not_admitted",
            Self::NotStaff => "not_staff",
            Self::NotYourDuty => "not_your_duty",
            Self::CrossSite => "cross_site",
            Self::NotFound => "not_found",
            Self::EmailTaken => "email_taken",
            Self::WeakPassword => "weak_password",
            Self::SeatTaken { .. } => "seat_taken",
            Self::KeptForAccess { .. } => "kept_for_access",
            Self::LeavesOrphanSeat { .. } => "leaves_one_seat",
            Self::HoldExpired => "hold_expired",
            Self::NothingHeld => "nothing_held",
            Self::SaleClosed { .. } => "sale_closed",
            Self::SoldOut => "sold_out",
            Self::NotSoldOut => "not_sold_out",
            Self::HasOffer => "has_offer",
            Self::TooLarge { .. } => "too_large",
            Self::Invalid { .. } => "invalid",
            Self::TooManySeats { .. } => "too_many_seats",
            Self::KeyReused => "key_reused",
            Self::AlreadyBought => "already_bought",
            Self::TotalChanged { .. } => "total_changed",
            Self::NotRefundable => "not_refundable",
            Self::AlreadyCancelled => "already_cancelled",
            Self::NotTransferable => "not_transferable",
            Self::HandedOn => "handed_on",
            Self::TicketUsed => "ticket_used",
            Self::RefundChanged { .. } => "refund_changed",
            Self::BalanceChanged { .. } => "balance_changed",
            Self::SeatInUse { .. } => "seat_in_use",
            Self::Stale => "stale",
            Self::SaleBegan => "sale_began",
            Self::CalledOff => "called_off",
            Self::InUse => "in_use",
            Self::NoSeats => "no_seats",
            Self::ConcertIsDraft => "concert_is_draft",
            Self::SchedulesPublished => "schedules_published",
            Self::WrongPlan { .. } => "wrong_plan",
            Self::NeedsSecondPerson { .. } => "needs_second_person",
            Self::PayoutNeedsSecondPerson { .. } => "payout_needs_second_person",
            Self::CashMoved => "cash_moved",
            Self::PlaceVoided => "place_voided",
            Self::CrowdedAddress => "crowded_address",
            Self::InvitationOver => "invitation_over",
            Self::AddressNotVerified => "address_not_verified",
            Self::AccountOfAnother { .. } => "account_of_another",
            Self::NoSuchAccount => "no_such_account",
            Self::StillStaff => "still_staff",
            Self::StillHasTickets => "still_has_tickets",
            Self::StillHasPoints { .. } => "still_has_points",
            Self::LinkOver => "link_over",
            Self::LastOwner => "last_owner",
            Self::ProofNeeded { .. } => "proof_needed",
            Self::SlowDown { .. } => "slow_down",
            Self::Busy => "busy",
        }
    }

    /// The form field that has to be changed, the first one if there are several. `None` if the refusal is about no
    /// field.
    pub const fn field(&self) -> Option<Field> {
        match self {
            Self::Invalid { field, .. } => Some(*field),
            Self::EmailTaken | Self::NoSuchAccount | Self::AccountOfAnother { .. } | Self::BadCredentials => {
                Some(Field::Email)
            }
            Self::WeakPassword => Some(Field::Password),
            _ => None,
        }
    }

    /// All form fields that have to be changed.
    pub fn fields(&self) -> impl Iterator<Item = Field> {
        let also: &[Field] = if let Self::Invalid { also, .. } = self { also } else { &[] };
        self.field().into_iter().chain(also.iter().copied())
    }

    /// Makes [`Refusal::WrongPlan`] from the error of [`SeatingPlan::placed`](super::seating::SeatingPlan::placed).
    pub fn wrong_plan(PlanError { place, fault }: PlanError) -> Self {
        Self::WrongPlan { place, fault }
    }

    /// Makes [`Refusal::Invalid`] for one part of a request.
    pub const fn invalid(field: Field) -> Self {
        Self::Invalid { field, also: Vec::new() }
    }

    /// Makes [`Refusal::Invalid`] for several parts of a request. `None` if there are no parts.
    pub fn all_invalid(fields: impl IntoIterator<Item = Field>) -> Option<Self> {
        let mut fields = fields.into_iter();
        Some(Self::Invalid { field: fields.next()?, also: fields.collect() })
    }
}
