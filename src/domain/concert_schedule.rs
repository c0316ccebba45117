//! One date of a concert.

use super::concert::Publication;
use super::schedule::Window;
use super::{ConcertId, ScheduleId, Timestamp};
use std::sync::Arc;

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
    /// The number of seats that are held (`occupied`). They go on sale again if their holds expire.
    pub held_ticket: i64,
    /// The most fans who may be active at once. `None` means the house default applies.
    pub active_fans: Option<u32>,
    /// The most fans admitted in a minute. `None` means the house default applies.
    pub admissions_a_minute: Option<u32>,
    /// The first instant at which the limit `admissions_a_minute` allows another admission.
    pub next_admission_at: Timestamp,
    /// The number of waiting tokens, including those in the lobby.
    pub waiting: u32,
    /// How many of the waiting tokens have been passed over; see [`QueueToken::is_passed_over`].
    ///
    /// [`QueueToken::is_passed_over`]: super::queue::QueueToken::is_passed_over
    pub passed_over: u32,
    /// The number of active tokens.
    pub active: u32,
    /// Whether the secret of the lottery exists. It is generated once the lobby has opened.
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
    /// Whether staff have paused the queue: nobody is called, and nobody is admitted on joining. A fan who was called
    /// before is still admitted on coming.
    pub is_paused: bool,
    /// A message from staff, shown to all waiting fans.
    pub notice: Option<Arc<str>>,
}

impl ConcertSchedule {
    /// Returns the number of seats that can still be bought: those for sale, and those held, which may go on sale
    /// again.
    pub const fn obtainable_seats(&self) -> i64 {
        self.left_ticket + self.held_ticket
    }

    /// Returns the number of waiting fans who may be called: those who have not been passed over.
    pub const fn callable(&self) -> u32 {
        self.waiting.saturating_sub(self.passed_over)
    }

    /// Whether no seat is for sale and none is held. A seat may still go on sale again, for example if a ticket is
    /// cancelled.
    pub const fn is_sold_out(&self) -> bool {
        self.obtainable_seats() == 0
    }
}
