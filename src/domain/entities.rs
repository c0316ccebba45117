//! The entity diagram's records as the rules and the pages see them.

use super::account::{Duty, Role};
use super::concert::Publication;
use super::points::LedgerKind;
use super::schedule::Window;
use super::seat::{ReservationStatus, SeatKind, is_live};
use super::seating::Placed;
use super::{
    ConcertId, DeviceId, InvitationId, PaymentId, PlanId, Points, ReservationId, ScheduleId, SeatId, SeatName,
    SeatStatus, Timestamp, UserId, words,
};
use std::sync::Arc;

/// A person with an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    pub id: UserId,
    pub name: String,
    pub email: String,
    pub role: Role,
    /// What a member of staff does; a fan has none.
    pub duty: Option<Duty>,
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
    pub status: Publication,
    /// What tells its poster from the one before; none where the house draws one.
    pub poster: Option<String>,
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
    pub status: Publication,
    /// Seats that one fan may have, where staff have set it.
    pub seats_per_fan: Option<u32>,
    /// Until when places for wheelchairs and companions are kept; none: for the whole sale.
    pub access_until: Option<Timestamp>,
    /// Nobody may leave a single seat alone, as long as there is choice.
    pub no_lonely_seat: bool,
    /// Staff hold the line: nobody is called.
    pub is_paused: bool,
    /// What staff say to everybody who waits.
    pub notice: Option<Arc<str>>,
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
    /// The price band.
    pub category: String,
    pub kind: SeatKind,
    /// Where it is drawn, from the left and from the top, in tenths of the plan's unit.
    pub at: (i64, i64),
}

/// A browser that somebody is signed in on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    pub id: DeviceId,
    /// What kind it is; empty where it does not say.
    pub name: String,
    pub signed_in_at: Timestamp,
}

/// A seat to be added to a schedule's hall.
#[derive(Debug, Clone)]
pub struct NewSeat {
    pub placed: Placed,
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
    /// When the hold began.
    pub created_at: Timestamp,
    /// When somebody came in on the ticket.
    pub checked_in_at: Option<Timestamp>,
    /// What was given back for a ticket that was cancelled.
    pub refund: Option<Points>,
    pub concert_title: String,
    pub performer: String,
    pub venue: String,
    pub time_zone: String,
    pub show_time: Timestamp,
}

impl Reservation {
    /// The seat as people name it.
    pub fn seat_name(&self) -> SeatName {
        SeatName { section: self.section.clone(), row: self.row.clone(), number: self.number }
    }

    /// Whether this is a live hold: waiting for payment, and its time not over, whatever its row still says.
    pub fn is_held(&self, now: Timestamp) -> bool {
        self.status == ReservationStatus::Reserved && is_live(self.expired_at, now)
    }
}

/// A drawing of a hall, as the list of plans shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanSummary {
    pub id: PlanId,
    pub name: String,
    pub seats: i64,
    /// Whether the generator drew it, and can draw it anew.
    pub has_design: bool,
    pub updated_at: Timestamp,
}

/// A price band of a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceBand {
    pub category: String,
    pub price: Points,
    pub seats: i64,
}

/// A seat that the house keeps back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptSeat {
    pub id: SeatId,
    pub name: SeatName,
    pub reason: String,
    /// When it goes on sale by itself.
    pub until: Option<Timestamp>,
}

/// A schedule in the books.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleSales {
    pub id: ScheduleId,
    pub title: String,
    pub time_zone: String,
    pub show_time: Timestamp,
    /// Tickets that are out, and those that were cancelled.
    pub sold: i64,
    pub cancelled: i64,
    /// What was paid for both, and what was given back.
    pub paid: Points,
    pub refunded: Points,
}

/// A price band of a schedule in the books.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BandSales {
    pub category: String,
    pub price: Points,
    pub sold: i64,
    pub paid: Points,
}

/// What was bought in the hour from an instant on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HourSales {
    pub begins: Timestamp,
    pub sold: i64,
    pub paid: Points,
}

/// All movements of points by their kind, and what is owed to fans: charged - spent + refunded + adjusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PointTotals {
    pub charged: Points,
    pub spent: Points,
    pub refunded: Points,
    pub adjusted: Points,
    pub owed: Points,
}

/// One movement of points in the books.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerLine {
    pub id: i64,
    pub created_at: Timestamp,
    pub email: String,
    pub kind: LedgerKind,
    pub amount: Points,
    pub payment_id: Option<PaymentId>,
    pub reservation_id: Option<ReservationId>,
    pub reference: Option<String>,
}

/// What a schedule has brought so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Takings {
    /// Tickets that are out.
    pub sold: i64,
    /// Tickets that were cancelled after they were paid.
    pub cancelled: i64,
    /// What was paid, less what was given back.
    pub revenue: Points,
}

/// A one-time link that is out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    pub id: InvitationId,
    pub duty: Duty,
    /// For whom it is meant.
    pub note: String,
    pub invited_by: UserId,
    pub expires_at: Timestamp,
    pub accepted_by: Option<UserId>,
}

/// One action of staff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    pub id: i64,
    pub staff_name: String,
    pub action: StaffAction,
    /// What it was done to, as people call it.
    pub subject: String,
    pub note: String,
    pub created_at: Timestamp,
}

words! {
    /// What staff do.
    StaffAction {
        ConcertCreated = "concert_created",
        ConcertChanged = "concert_changed",
        ConcertPublished = "concert_published",
        ConcertWithdrawn = "concert_withdrawn",
        PosterChanged = "poster_changed",
        PosterRemoved = "poster_removed",
        ScheduleCreated = "schedule_created",
        ScheduleChanged = "schedule_changed",
        ScheduleCopied = "schedule_copied",
        SchedulePublished = "schedule_published",
        ScheduleWithdrawn = "schedule_withdrawn",
        HallBuilt = "hall_built",
        PricesChanged = "prices_changed",
        PlanSaved = "plan_saved",
        PlanImported = "plan_imported",
        Invited = "invited",
        InvitationEnded = "invitation_ended",
        JoinedStaff = "joined_staff",
        DutyChanged = "duty_changed",
        LeftStaff = "left_staff",
        CheckedIn = "checked_in",
        DialsSet = "dials_set",
        LinePaused = "line_paused",
        LineResumed = "line_resumed",
        Announced = "announced",
        TicketCancelled = "ticket_cancelled",
        TicketMoved = "ticket_moved",
        TicketsSold = "tickets_sold",
        TicketsGiven = "tickets_given",
        PointsAdjusted = "points_adjusted",
        SeatsKept = "seats_kept",
        SeatsReleased = "seats_released",
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
    /// What the payment provider calls a charge; why staff put the balance right.
    pub reference: Option<String>,
    pub created_at: Timestamp,
}
