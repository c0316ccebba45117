//! The sale window of a schedule: when it is on sale.

use super::{Refusal, Timestamp};

/// How long before the sale the lobby opens if staff set nothing else, in seconds.
pub const LOBBY_SECONDS: i64 = 30 * 60;

/// How long before the sale the lobby closes, in seconds, so that its lottery is over when the sale opens: the list of the
/// fans in it is final then, and the delay of the lottery begins.
pub const DRAW_SECONDS: i64 = 30;

/// How long before the lobby opens fans are reminded of it, in seconds.
pub const REMINDER_SECONDS: i64 = 30 * 60;

/// The sale window of a schedule: from `reservation_start` (included) until `reservation_end` (excluded).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// When the lobby opens, where fans gather for the lottery. If there is no lobby, this is `reservation_start`.
    pub lobby_start: Timestamp,
    /// When the sale opens.
    pub reservation_start: Timestamp,
    /// When the sale ends.
    pub reservation_end: Timestamp,
    /// Whether the show was called off: then the sale is closed, whatever the times say.
    pub is_called_off: bool,
}

/// The phase of a sale at one instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SalePhase {
    /// Neither the lobby nor the sale has opened.
    NotYetOpen,
    /// Fans gather in the lobby, until it [closes](Window::lobby_end) shortly before the sale. Nothing is sold yet.
    Lobby,
    Open,
    Closed,
}

impl Window {
    /// Makes a window whose lobby opens [`LOBBY_SECONDS`] before the sale.
    pub const fn new(reservation_start: Timestamp, reservation_end: Timestamp) -> Self {
        let lobby_start = reservation_start.plus_seconds(-LOBBY_SECONDS);
        Self { lobby_start, reservation_start, reservation_end, is_called_off: false }
    }

    /// Returns when fans who asked for it are reminded of the opening: [`REMINDER_SECONDS`] before the lobby or, without a
    /// lobby, the sale opens.
    pub fn reminds_at(&self) -> Timestamp {
        self.lobby_start.min(self.reservation_start).plus_seconds(-REMINDER_SECONDS)
    }

    /// Returns when the lobby closes: [`DRAW_SECONDS`] before the sale, or at the half of a lobby that is shorter than twice
    /// that. Fans who join later are behind those in the lobby.
    pub fn lobby_end(&self) -> Timestamp {
        let half = self.reservation_start.millis_from(self.lobby_start) / 2;
        let before = half.min(DRAW_SECONDS.unsigned_abs() * 1_000);
        Timestamp(self.reservation_start.0.saturating_sub_unsigned(before))
    }

    /// Returns the phase of the sale at `now`.
    pub fn phase(&self, now: Timestamp) -> SalePhase {
        if self.is_called_off {
            SalePhase::Closed
        } else if now < self.lobby_start.min(self.reservation_start) {
            SalePhase::NotYetOpen
        } else if now < self.reservation_start {
            SalePhase::Lobby
        } else if now < self.reservation_end {
            SalePhase::Open
        } else {
            SalePhase::Closed
        }
    }

    /// Checks that the sale is open at `now`. Only then can fans hold seats and join the queue; the lobby can be joined
    /// earlier.
    ///
    /// # Errors
    /// [`Refusal::SaleClosed`]: before the opening with the instant at which the sale opens, and from the end on
    /// without it.
    pub fn check_open(&self, now: Timestamp) -> Result<(), Refusal> {
        match self.phase(now) {
            SalePhase::Open => Ok(()),
            SalePhase::NotYetOpen | SalePhase::Lobby => {
                Err(Refusal::SaleClosed { opens_at: Some(self.reservation_start) })
            }
            SalePhase::Closed => Err(Refusal::SaleClosed { opens_at: None }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_includes_its_start_and_excludes_its_end() {
        let window = Window { lobby_start: Timestamp(5), ..Window::new(Timestamp(10), Timestamp(20)) };
        for (now, phase) in [
            (4, SalePhase::NotYetOpen),
            (5, SalePhase::Lobby),
            (9, SalePhase::Lobby),
            (10, SalePhase::Open),
            (19, SalePhase::Open),
            (20, SalePhase::Closed),
        ] {
            assert_eq!(window.phase(Timestamp(now)), phase, "at {now}");
            assert_eq!(window.check_open(Timestamp(now)).is_ok(), phase == SalePhase::Open, "at {now}");
            let called_off = Window { is_called_off: true, ..window };
            assert_eq!(called_off.phase(Timestamp(now)), SalePhase::Closed, "called off, at {now}");
        }
    }

    #[test]
    fn the_lobby_closes_half_a_minute_before_the_sale_or_at_its_half() {
        let opens = Timestamp(1_000_000);
        for (lobby_seconds, closes_before) in [(1_800, 30_000), (60, 30_000), (59, 29_500), (1, 500), (0, 0), (-5, 0)] {
            let window = Window {
                lobby_start: opens.plus_seconds(-lobby_seconds),
                ..Window::new(opens, opens.plus_seconds(60))
            };
            assert_eq!(window.lobby_end().0, opens.0 - closes_before, "a lobby of {lobby_seconds} s");
        }
    }
}
