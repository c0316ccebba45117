//! When a schedule is on sale.

use super::{Refusal, Timestamp};

/// How long before the sale the lobby opens, where nothing else is set.
pub const LOBBY_SECONDS: i64 = 30 * 60;

/// The sale window of a schedule: open from `reservation_start` until, not including, `reservation_end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// When the lobby opens, in which fans gather for the draw.
    pub lobby_start: Timestamp,
    pub reservation_start: Timestamp,
    pub reservation_end: Timestamp,
}

/// Where a sale stands at one instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SalePhase {
    NotYetOpen,
    /// Fans gather; nothing is sold yet.
    Lobby,
    Open,
    Closed,
}

impl Window {
    /// A window with the usual lobby before it.
    pub const fn new(reservation_start: Timestamp, reservation_end: Timestamp) -> Self {
        Self { lobby_start: reservation_start.plus_seconds(-LOBBY_SECONDS), reservation_start, reservation_end }
    }

    /// Where the sale stands at `now`.
    pub fn phase(&self, now: Timestamp) -> SalePhase {
        if now < self.lobby_start.min(self.reservation_start) {
            SalePhase::NotYetOpen
        } else if now < self.reservation_start {
            SalePhase::Lobby
        } else if now < self.reservation_end {
            SalePhase::Open
        } else {
            SalePhase::Closed
        }
    }

    /// Holding, and joining but for the lobby, are possible only while the sale is open.
    ///
    /// # Errors
    /// [`Refusal::SaleClosed`] before the start, with the instant it opens, and from the end on.
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
        let window =
            Window { lobby_start: Timestamp(5), reservation_start: Timestamp(10), reservation_end: Timestamp(20) };
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
        }
    }
}
