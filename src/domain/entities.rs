//! The records that the database keeps, in the form in which the rules and the pages read them.

use super::account::{Duty, Role};
use super::concert::Publication;
use super::points::LedgerKind;
use super::schedule::Window;
use super::seat::{ReservationStatus, SeatKind, is_live};
use super::seating::Placed;
use super::ticket::TicketFacts;
use super::{
    ConcertId, DeviceId, InvitationId, PaymentId, PlanId, Points, ReservationId, ScheduleId, SeatId, SeatName,
    SeatStatus, Timestamp, UserId, string_enum,
};
use std::sync::Arc;

/// A person with an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    pub id: UserId,
    pub name: String,
    pub email: String,
    pub role: Role,
    /// The duty of a member of staff. `None` for a fan.
    pub duty: Option<Duty>,
    /// The balance: the sum of the person's entries in the ledger.
    pub point: Points,
}

/// A concert: what is performed, by whom and at which venue. It has one or more schedules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Concert {
    pub id: ConcertId,
    pub title: String,
    pub performer: String,
    pub venue: String,
    /// The IANA name of the venue's time zone (such as `Asia/Seoul`), in which show times are shown.
    pub time_zone: String,
    pub description: String,
    pub status: Publication,
    /// A random tag that changes with each uploaded poster and is part of its address, so that browsers may cache it.
    /// `None` if no poster was uploaded: pages then draw one.
    pub poster: Option<String>,
}

/// One date of a concert, and its sale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConcertSchedule {
    pub id: ScheduleId,
    pub concert_id: ConcertId,
    pub show_time: Timestamp,
    pub window: Window,
    /// The number of seats that are for sale (`reservable`).
    pub left_ticket: i64,
    /// Increases with every change of a seat, so that an open seat map can tell whether it missed one.
    pub version: i64,
    /// The number of seats that are held (`occupied`), which come back on sale if their holds expire.
    pub held_ticket: i64,
    /// The most fans who may be active at once. `None` means the house default applies.
    pub active_fans: Option<u32>,
    /// The most fans admitted in a minute. `None` means the house default applies.
    pub admissions_a_minute: Option<u32>,
    /// The first instant at which the limit of admissions in a minute allows another one.
    pub next_admission_at: Timestamp,
    /// The number of waiting tokens, including those in the lobby.
    pub waiting: u32,
    /// The number of active tokens.
    pub active: u32,
    /// Whether the lobby has opened, which creates the secret of its lottery.
    pub had_lobby: bool,
    /// When the lottery decided the order of the lobby. Also set for a sale without a lobby, by the first operation on
    /// its queue after the opening.
    pub drawn_at: Option<Timestamp>,
    pub status: Publication,
    /// The most seats that one fan may have. `None` means the house default applies.
    pub seats_per_fan: Option<u32>,
    /// Until when wheelchair and companion places are kept for people who need them. `None` means for the whole sale.
    pub access_until: Option<Timestamp>,
    /// Whether a hold that leaves an orphan seat is refused; see [`forbidden_orphan`](super::party::forbidden_orphan).
    pub no_orphan_seat: bool,
    /// Whether staff have paused the queue: nobody is called or admitted.
    pub is_paused: bool,
    /// A message from staff, shown to everybody who waits.
    pub notice: Option<Arc<str>>,
}

impl ConcertSchedule {
    /// Returns the number of seats that can still be bought: those for sale, and those held, which may come back on
    /// sale.
    pub const fn seats_to_be_had(&self) -> i64 {
        self.left_ticket + self.held_ticket
    }

    /// Whether no seat is for sale and none is held. A seat may still come back on sale, for example if a ticket is
    /// cancelled.
    pub const fn is_sold_out(&self) -> bool {
        self.seats_to_be_had() == 0
    }
}

/// One seat of one schedule, without its state: the part that never changes while the schedule is sold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seat {
    pub id: SeatId,
    pub section: String,
    pub row: String,
    pub number: i64,
    /// The place within the row, counted from 1. Seats with consecutive positions are adjacent; a missing position is
    /// an aisle or another gap.
    pub position: i64,
    pub price: Points,
    /// The name of the price band.
    pub category: String,
    pub kind: SeatKind,
    /// Where the map draws its centre: the distances from the left and from the top, in tenths of the plan's unit.
    pub at: (i64, i64),
}

/// A browser in which somebody is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    pub id: DeviceId,
    /// The kind of browser, such as `Firefox · Windows`. Empty if the browser does not tell.
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

/// A reservation with everything that a ticket, a basket or a list for staff shows of it.
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
    /// When the hold expires or expired.
    pub expired_at: Timestamp,
    /// The purchase that paid for it. A cancelled ticket keeps it; a hold that was never paid has none.
    pub payment_id: Option<PaymentId>,
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
}

impl Reservation {
    /// Returns what the rules of a ticket need to know.
    pub const fn ticket(&self) -> TicketFacts {
        TicketFacts { schedule: self.schedule_id, status: self.status, checked_in_at: self.checked_in_at }
    }

    /// Returns the seat's section, row and number.
    pub fn seat_name(&self) -> SeatName {
        SeatName { section: self.section.clone(), row: self.row.clone(), number: self.number }
    }

    /// Whether this is a live hold at `now`: it waits for payment and has not expired.
    pub fn is_held(&self, now: Timestamp) -> bool {
        self.status == ReservationStatus::Reserved && is_live(self.expired_at, now)
    }
}

/// A seating plan, as the list of plans shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanSummary {
    pub id: PlanId,
    pub name: String,
    /// The number of seats.
    pub seats: i64,
    /// Whether the hall generator drew it from a [`Design`](super::seating::Design), which staff can edit and draw
    /// again. An imported drawing has none.
    pub has_design: bool,
    pub updated_at: Timestamp,
}

/// A price band of a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceBand {
    pub category: String,
    pub price: Points,
    /// The number of seats.
    pub seats: i64,
}

/// A seat that staff have taken off sale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptSeat {
    pub id: SeatId,
    pub name: SeatName,
    pub reason: String,
    /// When it goes on sale automatically. `None` means never: staff have to release it.
    pub until: Option<Timestamp>,
}

/// The sales figures of a schedule, for the accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleSales {
    pub id: ScheduleId,
    pub title: String,
    pub time_zone: String,
    pub show_time: Timestamp,
    /// The number of tickets that were sold and not cancelled.
    pub sold: i64,
    /// The number of tickets that were sold and then cancelled.
    pub cancelled: i64,
    /// What fans paid for all of these tickets, the cancelled ones included.
    pub paid: Points,
    /// What was refunded for the cancelled tickets.
    pub refunded: Points,
}

/// The sales figures of one price band of a schedule. Cancelled tickets are not counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BandSales {
    pub category: String,
    pub price: Points,
    pub sold: i64,
    pub paid: Points,
}

/// What was bought within one hour. Tickets that were cancelled later are counted too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HourSales {
    /// The start of the hour, which is a full hour in UTC.
    pub begins: Timestamp,
    pub sold: i64,
    pub paid: Points,
}

/// The sums of all entries in the ledger by their kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PointTotals {
    pub charged: Points,
    /// The points paid for tickets, as a positive number.
    pub spent: Points,
    pub refunded: Points,
    /// The sum of all corrections by staff. It may be negative.
    pub adjusted: Points,
    /// The sum of all balances, which is what the venue owes its fans: charged - spent + refunded + adjusted.
    pub owed: Points,
}

/// One entry of the ledger, with the account's email address: a line of the accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerLine {
    pub id: i64,
    pub created_at: Timestamp,
    pub email: String,
    pub kind: LedgerKind,
    /// The change of the balance: a charge is positive, a purchase negative.
    pub amount: Points,
    /// The payment of a purchase or of a refund.
    pub payment_id: Option<PaymentId>,
    /// The ticket that a refund is for.
    pub reservation_id: Option<ReservationId>,
    /// The payment provider's reference of a charge, or the reason for a correction by staff.
    pub reference: Option<String>,
}

/// The revenue of a schedule so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Takings {
    /// The number of tickets that were sold and not cancelled.
    pub sold: i64,
    /// The number of tickets that were sold and then cancelled.
    pub cancelled: i64,
    /// What was paid, less what was refunded.
    pub revenue: Points,
}

/// A one-time link that makes the person who follows it a member of staff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    pub id: InvitationId,
    pub duty: Duty,
    /// A note by the owner who created it, about the person it is meant for.
    pub note: String,
    pub invited_by: UserId,
    pub expires_at: Timestamp,
    pub accepted_by: Option<UserId>,
}

/// One entry of the staff log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    pub id: i64,
    pub staff_name: String,
    pub action: StaffAction,
    /// The name of what was acted on, such as a concert's title.
    pub subject: String,
    pub note: String,
    pub created_at: Timestamp,
}

string_enum! {
    /// The actions of staff that the staff log records.
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

/// One line of a fan's statement of points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerEntry {
    pub kind: LedgerKind,
    /// The change of the balance: a charge is positive, a purchase negative.
    pub amount: Points,
    /// The balance after this entry.
    pub balance: Points,
    /// The title of the concert that a purchase or a refund was for.
    pub concert_title: Option<String>,
    /// The payment provider's reference of a charge, or the reason for a correction by staff.
    pub reference: Option<String>,
    pub created_at: Timestamp,
}
