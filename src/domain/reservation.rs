//! A fan's claim on one seat: a hold or a ticket, current or ended.

use super::account;
use super::concert_schedule::Move;
use super::seat::is_live;
use super::ticket::TicketFacts;
use super::{
    PaymentId, Points, ReservationId, ScheduleId, SeatId, SeatName, SeatNumber, Timestamp, UserId, string_enum,
};

string_enum! {
    /// The state of a reservation.
    ReservationStatus {
        /// Held, waiting for payment. The default in the database.
        Reserved = "reserved",
        /// Ended, and kept as history: a hold that expired or was released, or a ticket that was cancelled.
        Cancel = "cancel",
        /// Paid: a ticket.
        Purchase = "purchase",
    }
}

/// A reservation with everything that is shown about it on a ticket, in a basket or in a list for staff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reservation {
    pub id: ReservationId,
    pub user_id: UserId,
    /// The name on the ticket: that of the fan, unless staff have corrected it.
    pub fan_name: String,
    pub fan_email: String,
    pub schedule_id: ScheduleId,
    pub seat_id: SeatId,
    pub section: String,
    pub row: String,
    pub number: SeatNumber,
    pub status: ReservationStatus,
    pub price: Points,
    /// When the hold expires or expired.
    pub expired_at: Timestamp,
    /// The purchase that paid for the seat, even if the ticket was cancelled later. `None` for a hold that was never
    /// paid.
    pub payment_id: Option<PaymentId>,
    /// Who paid, and gets the refund: the fan, unless the ticket was handed on. `None` for a hold that was never paid.
    pub payer_id: Option<UserId>,
    /// How often the ticket was handed on. Only its latest codes are valid.
    pub code_issue: u32,
    /// When the link was made with which somebody else can take the ticket. `None` if there is none.
    pub hand_on_link_made_at: Option<Timestamp>,
    pub updated_at: Timestamp,
    /// When the hold began.
    pub created_at: Timestamp,
    /// When the ticket was used at the door.
    pub checked_in_at: Option<Timestamp>,
    /// How many points were refunded, if the ticket was cancelled.
    pub refund: Option<Points>,
    pub concert_title: String,
    pub performer: String,
    pub venue: String,
    pub time_zone: String,
    pub show_time: Timestamp,
    /// Why the show was called off. `None` unless it was.
    pub call_off_reason: Option<String>,
    /// How often the show was moved although seats were held or sold.
    pub moves: u32,
    pub moved: Option<Move>,
    /// Whether staff forbid that tickets of the date are handed on.
    pub no_handing_on: bool,
}

impl Reservation {
    /// Returns the facts that the rules of a ticket need.
    pub const fn ticket(&self) -> TicketFacts {
        TicketFacts {
            schedule: self.schedule_id,
            status: self.status,
            checked_in_at: self.checked_in_at,
            has_old_code: false,
        }
    }

    /// Returns the seat's section, row and number.
    pub fn seat_name(&self) -> SeatName {
        SeatName { section: self.section.clone(), row: self.row.clone(), number: self.number.clone() }
    }

    /// The fan's email address. `None` if they have none.
    pub fn fan_address(&self) -> Option<&str> {
        account::address(&self.fan_email)
    }

    /// Who paid, and gets the refund: the fan, unless they got the ticket from somebody else.
    pub fn payer(&self) -> UserId {
        self.payer_id.unwrap_or(self.user_id)
    }

    /// Whether the fan got this ticket from somebody else, who paid for it.
    pub fn is_paid_by_another(&self) -> bool {
        self.payer() != self.user_id
    }

    /// Whether this is a ticket: paid, and not cancelled.
    pub fn is_ticket(&self) -> bool {
        self.status == ReservationStatus::Purchase
    }

    /// Whether this is a live hold at `now`: it waits for payment and has not expired.
    pub fn is_held(&self, now: Timestamp) -> bool {
        self.status == ReservationStatus::Reserved && is_live(self.expired_at, now)
    }
}
