//! The entity diagram's records as the rules and the pages see them.

use super::account::Role;
use super::points::LedgerKind;
use super::schedule::Window;
use super::seat::{ReservationStatus, is_live};
use super::{ConcertId, PaymentId, Points, ReservationId, ScheduleId, SeatId, SeatStatus, Timestamp, UserId};

/// A person with an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    pub id: UserId,
    pub name: String,
    pub email: String,
    pub role: Role,
    /// The balance: the sum of the person's ledger.
    pub point: Points,
}

/// What is performed, by whom and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Concert {
    pub id: ConcertId,
    pub title: String,
    pub performer: String,
    pub venue: String,
    /// An IANA time zone name, in which show times are shown.
    pub time_zone: String,
    pub description: String,
}

/// One performance and its sale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConcertSchedule {
    pub id: ScheduleId,
    pub concert_id: ConcertId,
    pub show_time: Timestamp,
    pub window: Window,
    /// The number of reservable seats.
    pub left_ticket: i64,
    /// Counts changes of seats, so that a map can tell whether it missed one.
    pub version: i64,
    /// The number of occupied seats, which may come back.
    pub held_ticket: i64,
    /// How many fans may be active at once, where staff have set it.
    pub active_fans: Option<u32>,
    /// How many fans may be admitted a minute, where staff have set it.
    pub admissions_a_minute: Option<u32>,
    /// The first instant at which that pace allows another admission.
    pub next_admission_at: Timestamp,
    /// How many tokens wait, those in the lobby among them.
    pub waiting: u32,
    /// How many tokens are active.
    pub active: u32,
    /// Whether a lobby opened before the sale, with a secret for its draw.
    pub had_lobby: bool,
    /// When the order of the lobby was drawn, or the sale opened without one.
    pub drawn_at: Option<Timestamp>,
}

impl ConcertSchedule {
    /// The seats that can still be had: those for sale, and those held, which may come back.
    pub const fn seats_to_be_had(&self) -> i64 {
        self.left_ticket + self.held_ticket
    }

    /// No seat is for sale or held: none can come back.
    pub const fn is_sold_out(&self) -> bool {
        self.seats_to_be_had() == 0
    }
}

/// One seat of one schedule: what of it never changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seat {
    pub id: SeatId,
    pub section: String,
    pub row: String,
    pub number: i64,
    /// The place within the row, from 1, where the map draws it.
    pub position: i64,
    pub price: Points,
}

/// A seat to be added to a schedule's hall.
#[derive(Debug, Clone)]
pub struct NewSeat {
    pub section: String,
    pub row: String,
    pub number: i64,
    pub position: i64,
    pub price: Points,
    pub status: SeatStatus,
}

/// A reservation with everything a ticket, a basket or a staff list says about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reservation {
    pub id: ReservationId,
    pub user_id: UserId,
    pub fan_name: String,
    pub fan_email: String,
    pub schedule_id: ScheduleId,
    pub seat_id: SeatId,
    pub section: String,
    pub row: String,
    pub number: i64,
    pub status: ReservationStatus,
    pub price: Points,
    /// When the hold ends or ended.
    pub expired_at: Timestamp,
    pub payment_id: Option<PaymentId>,
    pub updated_at: Timestamp,
    pub concert_title: String,
    pub performer: String,
    pub venue: String,
    pub time_zone: String,
    pub show_time: Timestamp,
}

impl Reservation {
    /// Whether this is a live hold: waiting for payment, and its time not over, whatever its row still says.
    pub fn is_held(&self, now: Timestamp) -> bool {
        self.status == ReservationStatus::Reserved && is_live(self.expired_at, now)
    }
}

/// One line of a statement of points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerEntry {
    pub kind: LedgerKind,
    /// Signed: a charge is positive, a purchase negative.
    pub amount: Points,
    /// The balance after this entry.
    pub balance: Points,
    /// The concert that a purchase was for.
    pub concert_title: Option<String>,
    pub created_at: Timestamp,
}
