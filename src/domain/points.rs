//! Points: the prepaid money with which fans pay. There are no fractions of a point.

use super::{Field, Refusal, string_enum};
use serde::{Deserialize, Serialize};

/// An amount of points. Prices are in points too.
pub type Points = i64;

/// The most points that one charge may add.
pub const MAX_CHARGE: Points = 10_000_000;

/// The highest balance: 2^53 - 1, up to which a JavaScript number represents every integer exactly
/// (`Number.MAX_SAFE_INTEGER`).
pub const MAX_BALANCE: Points = 9_007_199_254_740_991;

string_enum! {
    /// Why a balance changed.
    LedgerKind {
        /// The fan bought points with money. The amount is positive.
        Charge = "charge",
        /// The fan bought tickets. The amount is negative.
        Purchase = "purchase",
        /// Staff corrected the balance. The amount is positive or negative.
        Adjust = "adjust",
        /// A ticket was cancelled. The amount is positive.
        Refund = "refund",
    }
}

/// The answer to a charge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charged {
    /// The fan's balance after the charge.
    pub point: Points,
}

/// Parses an amount as people type it. Commas are ignored, so the thousands may be separated, as in `10,000`.
///
/// # Errors
/// [`Refusal::Invalid`] if the text is not a whole number that fits in 64 bits.
pub fn parse_amount(typed: &str) -> Result<Points, Refusal> {
    typed.trim().replace(',', "").parse().map_err(|_| Refusal::invalid(Field::Amount))
}

/// Decides a charge. Returns the balance after it.
///
/// # Errors
/// [`Refusal::Invalid`] if `amount` is not 1 to [`MAX_CHARGE`], or would raise the balance above [`MAX_BALANCE`].
pub fn decide_charge(balance: Points, amount: Points) -> Result<Points, Refusal> {
    if !(1..=MAX_CHARGE).contains(&amount) || balance > MAX_BALANCE - amount {
        return Err(Refusal::invalid(Field::Amount));
    }
    Ok(balance + amount)
}

/// The most points that staff may add or take in one correction.
pub const MAX_ADJUSTMENT: Points = 1_000_000;

/// Decides a correction of a balance by staff. Returns the balance after it.
///
/// # Errors
/// [`Refusal::Invalid`] if `amount` is 0 or beyond [`MAX_ADJUSTMENT`] in either direction, or if the balance would
/// become negative or exceed [`MAX_BALANCE`].
pub fn decide_adjustment(balance: Points, amount: Points) -> Result<Points, Refusal> {
    let within = amount != 0 && (-MAX_ADJUSTMENT..=MAX_ADJUSTMENT).contains(&amount);
    let after = balance.saturating_add(amount);
    if within && (0..=MAX_BALANCE).contains(&after) { Ok(after) } else { Err(Refusal::invalid(Field::Amount)) }
}

/// Decides whether a member of staff may make a correction alone. `today` is how many points they have corrected in the
/// last 24 hours, added and taken together, and `limit` how many they may.
///
/// # Errors
/// [`Refusal::NeedsSecondPerson`] if it would be more, and no second person agrees.
pub fn check_second_person(
    today: Points,
    amount: Points,
    limit: Points,
    has_second_person: bool,
) -> Result<(), Refusal> {
    let after = today.saturating_add(amount.saturating_abs());
    if after <= limit || has_second_person { Ok(()) } else { Err(Refusal::NeedsSecondPerson { limit }) }
}

/// Formats an amount with commas between the thousands, as both Korean and English write it: `1,234,567`. A negative
/// amount has a minus sign, which is as wide as a plus sign and a digit, and not a hyphen.
pub fn grouped(amount: Points) -> String {
    let digits = amount.unsigned_abs().to_string();
    let mut text = String::from(if amount < 0 { "\u{2212}" } else { "" });
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_separated_by_commas() {
        for (amount, text) in
            [(0, "0"), (999, "999"), (1_000, "1,000"), (-1_234_567, "\u{2212}1,234,567"), (100_000, "100,000")]
        {
            assert_eq!(grouped(amount), text);
        }
    }

    #[test]
    fn staff_add_or_take_within_a_limit_and_never_below_nothing() {
        for (balance, amount, expected) in [
            (100, -100, Some(0)),
            (100, -101, None),
            (0, MAX_ADJUSTMENT, Some(MAX_ADJUSTMENT)),
            (0, MAX_ADJUSTMENT + 1, None),
            (MAX_BALANCE, 1, None),
            (5, 0, None),
            (5, Points::MIN, None),
        ] {
            assert_eq!(decide_adjustment(balance, amount).ok(), expected, "{balance} and {amount}");
        }
    }

    #[test]
    fn beyond_a_limit_a_day_a_correction_needs_a_second_person() {
        let needed = Err(Refusal::NeedsSecondPerson { limit: 100 });
        for (today, amount, expected) in
            [(0, 100, Ok(())), (0, -101, needed.clone()), (60, 40, Ok(())), (60, -41, needed.clone()), (100, 1, needed)]
        {
            assert_eq!(check_second_person(today, amount, 100, false), expected, "{today} and {amount}");
            assert_eq!(check_second_person(today, amount, 100, true), Ok(()));
        }
    }

    #[test]
    fn a_charge_is_one_to_ten_million_and_never_overflows() {
        for (balance, amount, expected) in [
            (0, 1, Some(1)),
            (5, MAX_CHARGE, Some(5 + MAX_CHARGE)),
            (MAX_BALANCE - 1, 1, Some(MAX_BALANCE)),
            (0, 0, None),
            (0, -1, None),
            (0, MAX_CHARGE + 1, None),
            (MAX_BALANCE, 1, None),
            (0, Points::MIN, None),
        ] {
            assert_eq!(decide_charge(balance, amount).ok(), expected, "{balance} + {amount}");
        }
    }
}
