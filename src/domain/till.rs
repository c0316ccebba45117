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

/// The reference of an entry of the ledger of points for money that was taken or given at the counter.
pub const AT_WINDOW: &str = "window";

/// The most cash that a shift begins with, and that is counted at its end.
const MAX_OPENING: Points = 1_000_000_000;
const MAX_COUNT: Points = 1_000 * MAX_OPENING;

/// A shift.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shift {
    pub id: ShiftId,
    pub staff_id: UserId,
    pub staff_name: String,
    pub opened_at: Timestamp,
    /// The cash in the drawer at the beginning. `None` if the first cash opened the shift, and nobody has said it since.
    pub opening_cash: Option<Points>,
    /// All that was taken, and all that was given: both positive.
    pub taken: Points,
    pub given: Points,
    /// How many times cash was taken or given.
    pub entries: u32,
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
    pub fn expected(&self) -> Points {
        self.opening_cash.unwrap_or_default() + self.taken - self.given
    }

    /// How much more was counted than expected; negative if there was less. `None` while it is open.
    pub fn difference(&self) -> Option<Points> {
        self.closed.as_ref().map(|closed| closed.counted - self.expected())
    }
}

/// Checks the cash with which a shift begins.
///
/// # Errors
/// [`Refusal::Invalid`] if it is negative or too much.
pub fn check_opening(cash: Points) -> Result<(), Refusal> {
    if (0..=MAX_OPENING).contains(&cash) { Ok(()) } else { Err(Refusal::invalid(Field::Amount)) }
}

/// Checks the end of a shift. `shown` is how many entries the page showed.
///
/// # Errors
/// [`Refusal::Invalid`] for [`Field::Amount`] if the count is negative or too much; [`Refusal::CashMoved`] if cash was taken
/// or given since the page was shown; [`Refusal::Invalid`] for [`Field::Note`] if the count is another and no note says why.
pub fn check_close(shift: &Shift, shown: u32, counted: Points, note: &str) -> Result<(), Refusal> {
    if !(0..=MAX_COUNT).contains(&counted) {
        Err(Refusal::invalid(Field::Amount))
    } else if shown != shift.entries {
        Err(Refusal::CashMoved)
    } else if counted != shift.expected() && note.is_empty() {
        Err(Refusal::invalid(Field::Note))
    } else {
        Ok(())
    }
}

/// Checks whether points are paid out in cash by one person alone. That is up to `brought`: what the fan has brought in cash,
/// less what they were given, and less what they have spent on tickets and were not refunded. Points from elsewhere become cash only if a second person agrees, and so do those of the
/// member of staff themselves.
///
/// # Errors
/// [`Refusal::PayoutNeedsSecondPerson`] with what can be paid out alone.
pub fn check_payout(amount: Points, brought: Points, is_own: bool, has_second_person: bool) -> Result<(), Refusal> {
    let alone = if is_own { 0 } else { brought.max(0) };
    if amount <= alone || has_second_person { Ok(()) } else { Err(Refusal::PayoutNeedsSecondPerson { limit: alone }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_that_differs_needs_a_note() {
        let shift = |taken| Shift {
            id: ShiftId(1),
            staff_id: UserId(1),
            staff_name: "Dana".into(),
            opened_at: Timestamp(0),
            opening_cash: Some(60),
            taken,
            given: 10,
            entries: 2,
            closed: None,
        };
        let note = Err(Refusal::invalid(Field::Note));
        for (taken, shown, counted, why, ends) in [
            (50, 2, 100, "", Ok(())),
            (50, 2, 90, "", note.clone()),
            (50, 2, 110, "", note),
            (50, 2, 90, "a wrong coin", Ok(())),
            (50, 1, 100, "", Err(Refusal::CashMoved)),
            (50, 2, -1, "x", Err(Refusal::invalid(Field::Amount))),
            (MAX_OPENING, 2, MAX_OPENING + 50, "", Ok(())),
            (50, 2, MAX_COUNT + 1, "x", Err(Refusal::invalid(Field::Amount))),
        ] {
            assert_eq!(check_close(&shift(taken), shown, counted, why), ends, "{taken} {shown} {counted} {why}");
        }
    }

    #[test]
    fn points_from_elsewhere_become_cash_only_with_a_second_person() {
        for (amount, brought, is_own, limit) in
            [(100, 100, false, None), (101, 100, false, Some(100)), (1, -5, false, Some(0)), (1, 100, true, Some(0))]
        {
            let refused = limit.map(|limit| Refusal::PayoutNeedsSecondPerson { limit });
            assert_eq!(check_payout(amount, brought, is_own, false).err(), refused, "{amount} of {brought}");
            assert_eq!(check_payout(amount, brought, is_own, true), Ok(()));
        }
    }
}
