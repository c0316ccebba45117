//! When a schedule is on sale.

use super::{Refusal, Timestamp};

/// The sale window of a schedule: open from `reservation_start` until, not including, `reservation_end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    pub reservation_start: Timestamp,
    pub reservation_end: Timestamp,
}

/// Where a sale stands at one instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SalePhase {
    NotYetOpen,
    Open,
    Closed,
}

impl Window {
    /// Where the sale stands at `now`.
    pub fn phase(&self, now: Timestamp) -> SalePhase {
        if now < self.reservation_start {
            SalePhase::NotYetOpen
        } else if now < self.reservation_end {
            SalePhase::Open
        } else {
            SalePhase::Closed
        }
    }

    /// Joining and holding are possible only while the sale is open.
    ///
    /// # Errors
    /// [`Refusal::SaleClosed`] before the start, with the instant it opens, and from the end on.
    pub fn check_open(&self, now: Timestamp) -> Result<(), Refusal> {
        match self.phase(now) {
            SalePhase::Open => Ok(()),
            SalePhase::NotYetOpen => Err(Refusal::SaleClosed { opens_at: Some(self.reservation_start) }),
            SalePhase::Closed => Err(Refusal::SaleClosed { opens_at: None }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_includes_its_start_and_excludes_its_end() {
        let window = Window { reservation_start: Timestamp(10), reservation_end: Timestamp(20) };
        for (now, phase) in
            [(9, SalePhase::NotYetOpen), (10, SalePhase::Open), (19, SalePhase::Open), (20, SalePhase::Closed)]
        {
            assert_eq!(window.phase(Timestamp(now)), phase, "at {now}");
            assert_eq!(window.check_open(Timestamp(now)).is_ok(), phase == SalePhase::Open, "at {now}");
        }
    }
}
