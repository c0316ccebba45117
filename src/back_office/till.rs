//! The till: what a member of staff takes and gives in cash at the counter, in a shift that they count at its end.
//!
//! Nobody is kept from selling because no shift is open: the first cash opens one, and what was in the drawer can be said later.

use super::counter::{reason, second_person};
use super::{BoxOffice, LogEntry, run_and_log};
use crate::domain::account::Duty;
use crate::domain::mail::Letter;
use crate::domain::points::decide_charge;
use crate::domain::till::{AT_WINDOW, Shift, TillKind, check_close, check_opening, check_payout};
use crate::domain::{Points, Refusal, ShiftId, StaffAction, UserId};
use crate::house::{House, TxContext};
use crate::post_office::post;
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

/// Reads a shift that this member of staff may see: their own or, for an owner, anybody's.
fn visible_shift(read: &Read<'_>, staff: UserId, id: ShiftId) -> Outcome<Shift> {
    let shift = read.shift(id)?.ok_or(Refusal::NotFound)?;
    if shift.staff_id == staff || is_owner(read, staff)? { Ok(shift) } else { Err(Refusal::NotFound.into()) }
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
            let shift = visible_shift(read, staff, id)?;
            let entries = read.till_entries(id)?;
            Ok((shift, entries))
        })
        .await
}

/// Opens a shift with the cash that is in the drawer, or says what was in it when the first cash opened the shift.
///
/// # Errors
/// What [`check_opening`] refuses, and [`Refusal::Stale`] if a shift is open whose opening cash is known.
pub async fn open_shift(house: &House, BoxOffice(staff): BoxOffice, opening_cash: Points) -> Outcome<()> {
    check_opening(opening_cash)?;
    run_and_log(house, staff, move |write, context| {
        match write.open_shift(staff)? {
            Some(Shift { id, opening_cash: None, .. }) => write.set_opening_cash(id, opening_cash)?,
            Some(_) => return Err(Refusal::Stale.into()),
            None => drop(write.insert_shift(staff, Some(opening_cash), context.now)?),
        }
        Ok(((), LogEntry::of(StaffAction::ShiftOpened, "", opening_cash.to_string())))
    })
    .await
}

/// Closes a shift with what was counted. `shown` is how many entries the page showed; the note says why another amount was
/// counted than expected. `opening_cash` is for a shift that the first cash opened, if nobody has said it yet. An owner may
/// close the shift of anybody.
///
/// # Errors
/// As [`shift`], [`Refusal::Stale`] if it is closed already, what [`check_close`] refuses, and [`Refusal::Invalid`] if the
/// note is too long.
pub async fn close_shift(
    house: &House,
    BoxOffice(staff): BoxOffice,
    id: ShiftId,
    opening_cash: Option<Points>,
    (shown, counted): (u32, Points),
    note: &str,
) -> Outcome<()> {
    opening_cash.map_or(Ok(()), check_opening)?;
    let note = if note.trim().is_empty() { String::new() } else { reason(note)? };
    run_and_log(house, staff, move |write, context| {
        let mut shift = visible_shift(write, staff, id)?;
        if shift.closed.is_some() {
            return Err(Refusal::Stale.into());
        }
        if let (None, Some(cash)) = (shift.opening_cash, opening_cash) {
            write.set_opening_cash(id, cash)?;
            shift.opening_cash = Some(cash);
        }
        check_close(&shift, shown, counted, &note)?;
        let expected = shift.expected();
        write.close_shift((id, staff), (expected, counted), &note, context.now)?;
        let text = format!("{counted} ({:+})", counted - expected);
        let text = if note.is_empty() { text } else { format!("{text}: {note}") };
        Ok(((), LogEntry::of(StaffAction::ShiftClosed, "", text).about(shift.staff_id)))
    })
    .await
}

/// Takes cash from a fan and adds as many points (`amount` is positive), or gives cash and takes the points off; then the fan
/// gets a mail. `shown` is the balance that the page showed: if it has changed since, for example because staff clicked twice, nothing is
/// changed. `second` is another member of staff who agrees; the same person counts as nobody.
///
/// # Errors
/// [`Refusal::NotFound`] if the fan does not exist, [`Refusal::BalanceChanged`] if the balance is not `shown`,
/// [`Refusal::NotEnoughPoints`] if the fan does not have the points that are paid out, and what [`decide_charge`] and
/// [`check_payout`] refuse.
pub async fn exchange_cash(
    house: &House,
    BoxOffice(staff): BoxOffice,
    second: Option<BoxOffice>,
    fan: UserId,
    (shown, amount): (Points, Points),
) -> Outcome<()> {
    let second = second_person(second, staff, fan);
    run_and_log(house, staff, move |write, context| {
        let user = write.user(fan)?.ok_or(Refusal::NotFound)?;
        if user.point != shown {
            return Err(Refusal::BalanceChanged { point: user.point }.into());
        }
        decide_charge(if amount > 0 { user.point } else { 0 }, amount.saturating_abs())?;
        let (ledger, action) = if amount > 0 {
            (write.insert_charge(fan, amount, AT_WINDOW, context.now)?, StaffAction::CashTaken)
        } else if user.point + amount < 0 {
            return Err(Refusal::NotEnoughPoints { missing: -(user.point + amount) }.into());
        } else {
            check_payout(-amount, write.unspent_cash_of(fan)?, fan == staff, second.is_some())?;
            post(write, fan, Letter::PaidOut { amount: -amount }, None, context)?;
            (write.insert_adjustment(fan, (staff, second), amount, AT_WINDOW, context.now)?, StaffAction::CashGiven)
        };
        record(write, staff, TillKind::Points, (amount, ledger), fan, context)?;
        // The number of the second person's account is that of the page about them.
        let with = second.filter(|_| amount < 0).map(|second| format!(" (#{second})")).unwrap_or_default();
        Ok(((), LogEntry::of(action, "", format!("{}{with}", amount.abs())).about(fan)))
    })
    .await
}

/// Records in a transaction that cash was taken or given. `ledger` is the entry of the statement of points. If no shift is
/// open, this opens one.
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
        None => write.insert_shift(staff, None, context.now)?,
    };
    Ok(write.insert_till_entry(shift, kind, (amount, ledger), customer, context.now)?)
}
