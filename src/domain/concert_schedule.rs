//! One date of a concert.

use super::concert::{Concert, Publication};
use super::schedule::{SalePhase, Window};
use super::{ConcertId, Refusal, ScheduleId, Timestamp};
use std::sync::Arc;

/// What a fan can do about a date now: the phase of its sale, and whether it is sold out. The states are in the order
/// in which they matter to a fan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SaleState {
    /// The sale is open and not sold out.
    OnSale,
    /// The lobby can be joined. Nothing is sold yet.
    Lobby,
    /// Neither the lobby nor the sale has opened.
    NotYetOpen,
    /// The sale is open, but [sold out](ConcertSchedule::is_sold_out).
    SoldOut,
    /// The show was called off.
    CalledOff,
    Closed,
}

impl SaleState {
    /// Whether seats are on sale now or will be.
    pub const fn is_on_offer(self) -> bool {
        matches!(self, Self::OnSale | Self::Lobby | Self::NotYetOpen)
    }
}

/// That a show was called off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalledOff {
    pub at: Timestamp,
    /// Why, as fans read it.
    pub reason: Arc<str>,
    /// What each fan gets in addition to the price, as a percentage of it.
    pub compensation_percent: u32,
    /// When the last ticket was refunded. `None` until then.
    pub refunded_at: Option<Timestamp>,
}

/// That a show was moved to another time or another hall although seats were held or sold: the last time, if it was moved
/// more often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Move {
    pub at: Timestamp,
    /// When the show was to begin before. It is the present time if only the hall is another.
    pub from: Timestamp,
    /// Whether the show was ever moved to another hall.
    pub is_other_hall: bool,
    /// Until when those who held their seats before get the full price back. `None` if staff offered none.
    pub full_refund_until: Option<Timestamp>,
}

impl Move {
    /// Whether a ticket whose seat was held at `held_at` is refunded in full at `now`, because the show was moved.
    pub fn refunds_in_full(&self, held_at: Timestamp, now: Timestamp) -> bool {
        held_at < self.at && self.full_refund_until.is_some_and(|until| now < until)
    }
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
    /// The number of seats that are held (`occupied`). They go on sale again if their holds expire.
    pub held_ticket: i64,
    /// How many of the held seats are held as offers to the waitlist.
    pub offered_ticket: i64,
    /// The number of entries that wait on the waitlist.
    pub waitlisted: u32,
    /// Whether something has changed since seats were last offered, so that another entry may get some.
    pub is_waitlist_due: bool,
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
    /// Whether the lobby has closed and somebody was in it: the list of its lottery is final.
    pub has_closed_list: bool,
    /// When the lottery decided the order of the lobby. Also set for a sale without a lobby, or if nobody was in it, by the
    /// first operation on its queue after the lobby has closed.
    pub drawn_at: Option<Timestamp>,
    /// How many fans of a closed lobby have no number yet: until the lottery has decided their order, and then because a
    /// large lobby is numbered in several transactions. While there are any, nobody is called.
    pub unnumbered: u32,
    pub status: Publication,
    /// The most seats that one fan may have. `None` means the house default applies.
    pub seats_per_fan: Option<u32>,
    /// Until when wheelchair and companion places are kept for people who need them. `None` means for the whole sale.
    pub access_until: Option<Timestamp>,
    /// Whether a hold that leaves an orphan seat is refused; see [`forbidden_orphan`](super::party::forbidden_orphan).
    pub no_orphan_seat: bool,
    /// Whether staff forbid that tickets are handed on.
    pub no_handing_on: bool,
    /// Whether staff have paused the queue: nobody is called, and nobody is admitted on joining. A fan who was called
    /// before is still admitted on coming.
    pub is_paused: bool,
    /// A message from staff, shown to all waiting fans.
    pub notice: Option<Arc<str>>,
    /// `None` unless the show was called off.
    pub called_off: Option<CalledOff>,
    /// How often the show was moved although seats were held or sold.
    pub moves: u32,
    pub moved: Option<Move>,
    /// Where the show takes place, if that is not the venue of the concert: see [`ConcertSchedule::venue`].
    pub other_venue: Option<Arc<str>>,
}

impl ConcertSchedule {
    /// Where the show takes place. `concert` is the schedule's.
    pub fn venue<'a>(&'a self, concert: &'a Concert) -> &'a str {
        self.other_venue.as_deref().unwrap_or(&concert.venue)
    }

    /// Checks that the show was not called off.
    ///
    /// # Errors
    /// [`Refusal::CalledOff`] if it was.
    pub const fn check_not_called_off(&self) -> Result<(), Refusal> {
        if self.called_off.is_some() { Err(Refusal::CalledOff) } else { Ok(()) }
    }

    /// Returns the number of seats that a fan in the queue can still buy: those for sale, and those held, which may go on
    /// sale again, except those that are offered to the waitlist.
    pub const fn obtainable_seats(&self) -> i64 {
        self.left_ticket + self.held_ticket - self.offered_ticket
    }

    /// Returns the number of waiting fans who may be called: those who have not been passed over.
    pub const fn callable(&self) -> u32 {
        self.waiting.saturating_sub(self.passed_over)
    }

    /// Whether no seat is for sale, and none is held but as an offer to the waitlist. A seat may still go on sale again, for
    /// example if a ticket is cancelled.
    pub const fn is_sold_out(&self) -> bool {
        self.obtainable_seats() == 0
    }

    /// Returns the state of the sale at `now`.
    pub fn sale_state(&self, now: Timestamp) -> SaleState {
        match self.window.phase(now) {
            _ if self.window.is_called_off => SaleState::CalledOff,
            SalePhase::NotYetOpen => SaleState::NotYetOpen,
            SalePhase::Lobby => SaleState::Lobby,
            SalePhase::Open if self.is_sold_out() => SaleState::SoldOut,
            SalePhase::Open => SaleState::OnSale,
            SalePhase::Closed => SaleState::Closed,
        }
    }

    /// Returns the key by which the dates of a concert are sorted for a fan, the one that matters most first: by the
    /// state of the sale, then by when the sale opens if it is still to open, then by the time of the show.
    pub fn sort_key(&self, now: Timestamp) -> (SaleState, Option<Timestamp>, Timestamp) {
        let state = self.sale_state(now);
        let opens = matches!(state, SaleState::Lobby | SaleState::NotYetOpen).then_some(self.window.reservation_start);
        (state, opens, self.show_time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A date whose sale is open from `opens` until `ends`, with a lobby of 10 before, and whose show begins at `show`.
    fn date(opens: i64, ends: i64, show: i64, left_ticket: i64, held_ticket: i64) -> ConcertSchedule {
        ConcertSchedule {
            id: ScheduleId(show),
            concert_id: ConcertId(1),
            show_time: Timestamp(show),
            window: Window {
                lobby_start: Timestamp(opens - 10),
                reservation_start: Timestamp(opens),
                reservation_end: Timestamp(ends),
                is_called_off: false,
            },
            left_ticket,
            version: 0,
            held_ticket,
            offered_ticket: 0,
            waitlisted: 0,
            is_waitlist_due: false,
            active_fans: None,
            admissions_a_minute: None,
            next_admission_at: Timestamp(0),
            waiting: 0,
            passed_over: 0,
            active: 0,
            had_lobby: false,
            has_closed_list: false,
            drawn_at: None,
            unnumbered: 0,
            status: Publication::Published,
            seats_per_fan: None,
            access_until: None,
            no_orphan_seat: false,
            no_handing_on: false,
            is_paused: false,
            notice: None,
            called_off: None,
            moves: 0,
            moved: None,
            other_venue: None,
        }
    }

    #[test]
    fn a_moved_show_is_refunded_in_full_to_those_who_held_their_seats_before_until_the_time_that_staff_set() {
        let until =
            |until| Move { at: Timestamp(50), from: Timestamp(9), is_other_hall: false, full_refund_until: until };
        for (moved, held_at, now, expected) in [
            (until(Some(Timestamp(80))), 49, 79, true),
            (until(Some(Timestamp(80))), 49, 80, false),
            (until(Some(Timestamp(80))), 50, 60, false),
            (until(None), 49, 60, false),
        ] {
            assert_eq!(moved.refunds_in_full(Timestamp(held_at), Timestamp(now)), expected, "{held_at} {now}");
        }
    }

    #[test]
    fn the_date_that_can_be_bought_comes_first_then_the_one_that_opens_next_then_sold_out_then_closed() {
        let now = Timestamp(100);
        let closed = date(10, 90, 120, 5, 0);
        let sold_out = date(10, 200, 200, 0, 0);
        let on_sale = date(10, 300, 300, 5, 0);
        let all_held = date(10, 310, 310, 0, 5);
        let opens_later = date(150, 320, 320, 5, 0);
        let opens_sooner = date(120, 330, 330, 5, 0);
        let lobby = date(105, 340, 340, 5, 0);
        let mut called_off = date(10, 350, 350, 5, 0);
        called_off.window.is_called_off = true;
        for (dates, expected, state) in [
            (vec![&closed, &sold_out, &on_sale, &all_held, &lobby], &on_sale, SaleState::OnSale),
            (vec![&closed, &sold_out, &all_held, &opens_sooner], &all_held, SaleState::OnSale),
            (vec![&closed, &sold_out, &opens_later, &opens_sooner, &lobby], &lobby, SaleState::Lobby),
            (vec![&closed, &sold_out, &opens_later, &opens_sooner], &opens_sooner, SaleState::NotYetOpen),
            (vec![&closed, &sold_out], &sold_out, SaleState::SoldOut),
            (vec![&closed, &called_off], &called_off, SaleState::CalledOff),
            (vec![&closed], &closed, SaleState::Closed),
        ] {
            let first = dates.into_iter().min_by_key(|date| date.sort_key(now)).expect("a date");
            assert_eq!((first, first.sale_state(now)), (expected, state));
        }
    }
}
