//! The till: the cash that a member of staff takes and gives at the counter, in a shift that they count at its end.

use super::{Field, Points, Refusal, ShiftId, Timestamp, UserId, string_enum};

string_enum! {
    /// What cash was taken or given for.
    TillKind {
        /// Tickets.
        Sale = "sale",
        /// A ticket for a dearer one of another date.
        Exchange = "exchange",
        /// Points, which were bought or paid out.
        Points = "points",
    }
}

/// The most cash that a shift begins or ends with.
pub const MAX_CASH: Points = 1_000_000_000;

/// A shift.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shift {
    pub id: ShiftId,
    pub staff_id: UserId,
    pub staff_name: String,
    pub opened_at: Timestamp,
    /// The cash in the drawer at the beginning.
    pub opening_cash: Points,
    /// All that was taken, and all that was given: both positive.
    pub taken: Points,
    pub given: Points,
    /// `None` while it is open.
    pub closed: Option<Closed>,
}

/// How a shift ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closed {
    pub at: Timestamp,
    pub counted: Points,
    /// Why the count is not what was expected. Empty if it is.
    pub note: String,
}

impl Shift {
    /// What should be in the drawer.
    pub const fn expected(&self) -> Points {
        self.opening_cash + self.taken - self.given
    }

    /// How much more was counted than expected; negative if there was less. `None` while it is open.
    pub fn difference(&self) -> Option<Points> {
        self.closed.as_ref().map(|closed| closed.counted - self.expected())
    }
}

/// Checks an amount of cash that somebody has counted.
///
/// # Errors
/// [`Refusal::Invalid`] if it is negative or more than [`MAX_CASH`].
pub fn check_cash(amount: Points) -> Result<(), Refusal> {
    if (0..=MAX_CASH).contains(&amount) { Ok(()) } else { Err(Refusal::invalid(Field::Amount)) }
}

/// Checks the end of a shift. `shown` is what the page said should be in the drawer.
///
/// # Errors
/// What [`check_cash`] refuses; [`Refusal::Stale`] if cash was taken or given since the page was shown;
/// [`Refusal::Invalid`] for [`Field::Note`] if the count is another and no note says why.
pub fn check_close(expected: Points, shown: Points, counted: Points, note: &str) -> Result<(), Refusal> {
    check_cash(counted)?;
    if shown != expected {
        Err(Refusal::Stale)
    } else if counted != expected && note.is_empty() {
        Err(Refusal::invalid(Field::Note))
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_that_differs_needs_a_note() {
        let note = Err(Refusal::invalid(Field::Note));
        for (expected, shown, counted, why, ends) in [
            (100, 100, 100, "", Ok(())),
            (100, 100, 90, "", note.clone()),
            (100, 100, 110, "", note),
            (100, 100, 90, "a wrong coin", Ok(())),
            (100, 90, 90, "", Err(Refusal::Stale)),
            (-10, -10, 0, "gave too much", Ok(())),
            (0, 0, -1, "x", Err(Refusal::invalid(Field::Amount))),
            (0, 0, MAX_CASH + 1, "x", Err(Refusal::invalid(Field::Amount))),
        ] {
            assert_eq!(check_close(expected, shown, counted, why), ends, "{expected} {shown} {counted} {why}");
        }
    }
}
