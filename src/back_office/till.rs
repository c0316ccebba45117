//! The till: what a member of staff takes and gives in cash at the counter, in a shift that they count at its end.
//!
//! Nobody is kept from selling because no shift is open: the first cash opens one, with an empty drawer.

use super::counter::reason;
use super::{BoxOffice, LogEntry, run_and_log};
use crate::domain::account::Duty;
use crate::domain::points::decide_charge;
use crate::domain::till::{Shift, TillKind, check_cash, check_close};
use crate::domain::{Points, Refusal, ShiftId, StaffAction, UserId};
use crate::house::{House, TxContext};
use crate::store::{Outcome, Read, TillEntry, Write};

/// The till as a member of staff sees it.
#[derive(Debug, Clone)]
pub struct Till {
    /// Their open shift, with what was taken and given in it.
    pub open: Option<(Shift, Vec<TillEntry>)>,
    /// The latest shifts: their own; for an owner, those of all.
    pub shifts: Vec<Shift>,
}

fn is_owner(read: &Read<'_>, staff: UserId) -> Outcome<bool> {
    Ok(read.user(staff)?.is_some_and(|user| user.duty == Some(Duty::Owner)))
}

/// Returns the till.
pub async fn till(house: &House, BoxOffice(staff): BoxOffice) -> Outcome<Till> {
    house
        .read(move |read, _| {
            let open = match read.open_shift(staff)? {
                Some(shift) => {
                    let entries = read.till_entries(shift.id)?;
                    Some((shift, entries))
                }
                None => None,
            };
            let of = if is_owner(read, staff)? { None } else { Some(staff) };
            Ok(Till { open, shifts: read.shifts(of)? })
        })
        .await
}

/// Returns one shift, with what was taken and given in it.
///
/// # Errors
/// [`Refusal::NotFound`] if there is none, or if it is another's and the caller is not an owner.
pub async fn shift(house: &House, BoxOffice(staff): BoxOffice, id: ShiftId) -> Outcome<(Shift, Vec<TillEntry>)> {
    house
        .read(move |read, _| {
            let shift = read.shift(id)?.ok_or(Refusal::NotFound)?;
            if shift.staff_id != staff && !is_owner(read, staff)? {
                return Err(Refusal::NotFound.into());
            }
            let entries = read.till_entries(id)?;
            Ok((shift, entries))
        })
        .await
}

/// Opens a shift with the cash that is in the drawer. Changes nothing if one is open.
///
/// # Errors
/// What [`check_cash`] refuses, and [`Refusal::Stale`] if a shift is open already.
pub async fn open_shift(house: &House, BoxOffice(staff): BoxOffice, opening_cash: Points) -> Outcome<()> {
    check_cash(opening_cash)?;
    run_and_log(house, staff, move |write, context| {
        if write.open_shift(staff)?.is_some() {
            return Err(Refusal::Stale.into());
        }
        write.insert_shift(staff, opening_cash, context.now)?;
        Ok(((), LogEntry::of(StaffAction::ShiftOpened, "", opening_cash.to_string())))
    })
    .await
}

/// Closes the open shift with what was counted. `shown` is what the page said should be there; the note says why another
/// amount was counted.
///
/// # Errors
/// [`Refusal::Stale`] if no shift is open, what [`check_close`] refuses, and [`Refusal::Invalid`] if the note is too long.
pub async fn close_shift(
    house: &House,
    BoxOffice(staff): BoxOffice,
    (shown, counted): (Points, Points),
    note: &str,
) -> Outcome<ShiftId> {
    let note = if note.trim().is_empty() { String::new() } else { reason(note)? };
    run_and_log(house, staff, move |write, context| {
        let shift = write.open_shift(staff)?.ok_or(Refusal::Stale)?;
        let expected = shift.expected();
        check_close(expected, shown, counted, &note)?;
        write.close_shift(shift.id, (expected, counted), &note, context.now)?;
        let text = format!("{counted} ({:+})", counted - expected);
        let text = if note.is_empty() { text } else { format!("{text}: {note}") };
        Ok((shift.id, LogEntry::of(StaffAction::ShiftClosed, "", text)))
    })
    .await
}

/// Takes cash from a fan for points (`amount` is positive) or gives cash for them. `shown` is the balance that the page
/// showed: if it has changed since, for example because staff clicked twice, nothing is changed.
///
/// # Errors
/// [`Refusal::NotFound`] if the fan does not exist, [`Refusal::BalanceChanged`] if the balance is not `shown`,
/// [`Refusal::NotEnoughPoints`] if the fan does not have the points that are paid out, and what [`decide_charge`] refuses.
pub async fn exchange_cash(
    house: &House,
    BoxOffice(staff): BoxOffice,
    fan: UserId,
    (shown, amount): (Points, Points),
) -> Outcome<()> {
    run_and_log(house, staff, move |write, context| {
        let user = write.user(fan)?.ok_or(Refusal::NotFound)?;
        if user.point != shown {
            return Err(Refusal::BalanceChanged { point: user.point }.into());
        }
        decide_charge(if amount > 0 { user.point } else { 0 }, amount.saturating_abs())?;
        let ledger = if amount > 0 {
            write.insert_charge(fan, amount, "window", context.now)?
        } else if user.point + amount < 0 {
            return Err(Refusal::NotEnoughPoints { missing: -(user.point + amount) }.into());
        } else {
            write.insert_adjustment(fan, (staff, None), amount, "cash", context.now)?
        };
        record(write, staff, TillKind::Points, (amount, ledger), fan, context)?;
        let action = if amount > 0 { StaffAction::CashTaken } else { StaffAction::CashGiven };
        Ok(((), LogEntry::of(action, "", amount.abs().to_string()).about(fan)))
    })
    .await
}

/// Records in a transaction that cash was taken or given. `ledger` is the entry of the statement of points.
pub(super) fn record(
    write: &Write<'_>,
    staff: UserId,
    kind: TillKind,
    (amount, ledger): (Points, i64),
    customer: UserId,
    context: TxContext<'_>,
) -> Outcome<()> {
    let shift = match write.open_shift(staff)? {
        Some(shift) => shift.id,
        None => write.insert_shift(staff, 0, context.now)?,
    };
    Ok(write.insert_till_entry(shift, kind, (amount, ledger), customer, context.now)?)
}
