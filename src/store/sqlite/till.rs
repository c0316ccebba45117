//! The till: shifts, and the cash that was taken and given in them.

use super::{Read, Write};
use crate::domain::till::{Closed, Shift, TillKind};
use crate::domain::{Points, ShiftId, Timestamp, UserId};
use rusqlite::{OptionalExtension, Result, Row, params};

/// Cash that was taken or given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TillEntry {
    pub kind: TillKind,
    /// Positive if it was taken.
    pub amount: Points,
    /// The customer.
    pub user_id: UserId,
    pub user_name: String,
    pub created_at: Timestamp,
}

/// How many shifts are listed.
const SHIFTS: u32 = 500;

const COLUMNS: &str = "s.id, s.staff_id, u.name, s.opened_at, s.opening_cash,
    (select coalesce(sum(max(amount, 0)), 0) from till_entry where shift_id = s.id),
    (select coalesce(sum(max(-amount, 0)), 0) from till_entry where shift_id = s.id),
    (select count(*) from till_entry where shift_id = s.id), s.closed_at, s.counted, s.note from till_shift s join user u on u.id = s.staff_id";

/// Reads [`COLUMNS`].
fn shift(row: &Row<'_>) -> Result<Shift> {
    let closed_at: Option<Timestamp> = row.get(8)?;
    let closed = match closed_at {
        Some(at) => Some(Closed { at, counted: row.get(9)?, note: row.get(10)? }),
        None => None,
    };
    Ok(Shift {
        id: row.get(0)?,
        staff_id: row.get(1)?,
        staff_name: row.get(2)?,
        opened_at: row.get(3)?,
        opening_cash: row.get(4)?,
        taken: row.get(5)?,
        given: row.get(6)?,
        entries: row.get(7)?,
        closed,
    })
}

impl Read<'_> {
    /// The open shift of a member of staff.
    pub fn open_shift(&self, staff: UserId) -> Result<Option<Shift>> {
        let sql = format!("select {COLUMNS} where s.staff_id = ? and s.closed_at is null");
        self.connection.prepare_cached(&sql)?.query_row([staff], shift).optional()
    }

    pub fn shift(&self, id: ShiftId) -> Result<Option<Shift>> {
        let sql = format!("select {COLUMNS} where s.id = ?");
        self.connection.prepare_cached(&sql)?.query_row([id], shift).optional()
    }

    /// The latest shifts of a member of staff or, with `None`, of all, the open ones first.
    pub fn shifts(&self, staff: Option<UserId>) -> Result<Vec<Shift>> {
        let sql = format!(
            "select {COLUMNS} where ?1 is null or s.staff_id = ?1 order by s.closed_at is not null, s.closed_at desc, s.id desc limit {SHIFTS}"
        );
        self.connection.prepare_cached(&sql)?.query_map([staff], shift)?.collect()
    }

    /// The cash that was taken and given in a shift, the earliest first.
    pub fn till_entries(&self, shift: ShiftId) -> Result<Vec<TillEntry>> {
        let sql = "select e.kind, e.amount, e.user_id, u.name, e.created_at
            from till_entry e join user u on u.id = e.user_id where e.shift_id = ? order by e.id";
        let entry = |row: &Row<'_>| {
            Ok(TillEntry {
                kind: row.get(0)?,
                amount: row.get(1)?,
                user_id: row.get(2)?,
                user_name: row.get(3)?,
                created_at: row.get(4)?,
            })
        };
        self.connection.prepare_cached(sql)?.query_map([shift], entry)?.collect()
    }
}

impl Read<'_> {
    /// The cash that a person has brought, less what they were given, and less what they have spent on tickets and were not
    /// refunded.
    pub fn unspent_cash_of(&self, customer: UserId) -> Result<Points> {
        let sql = "select coalesce((select sum(amount) from till_entry where user_id = ?1), 0)
            + coalesce((select sum(amount) from point_ledger where user_id = ?1 and kind in ('purchase', 'refund')), 0)";
        self.connection.prepare_cached(sql)?.query_row([customer], |row| row.get(0))
    }
}

impl Write<'_> {
    pub fn insert_shift(&self, staff: UserId, opening_cash: Option<Points>, now: Timestamp) -> Result<ShiftId> {
        let sql = "insert into till_shift (staff_id, opened_at, opening_cash) values (?, ?, ?)";
        self.connection.prepare_cached(sql)?.execute(params![staff, now, opening_cash])?;
        Ok(ShiftId(self.connection.last_insert_rowid()))
    }

    /// Records cash that was taken (positive) or given. `ledger_id` is the entry of the statement of points that goes
    /// with it.
    pub fn insert_till_entry(
        &self,
        shift: ShiftId,
        kind: TillKind,
        (amount, ledger_id): (Points, i64),
        customer: UserId,
        now: Timestamp,
    ) -> Result<()> {
        let sql = "insert into till_entry (shift_id, kind, amount, user_id, ledger_id, created_at)
            values (?, ?, ?, ?, ?, ?)";
        self.connection.prepare_cached(sql)?.execute(params![shift, kind, amount, customer, ledger_id, now]).map(drop)
    }

    /// Says what was in the drawer when a shift began that the first cash opened.
    pub fn set_opening_cash(&self, id: ShiftId, opening_cash: Points) -> Result<()> {
        let sql = "update till_shift set opening_cash = ? where id = ? and opening_cash is null";
        self.connection.prepare_cached(sql)?.execute(params![opening_cash, id]).map(drop)
    }

    /// Closes a shift.
    pub fn close_shift(
        &self,
        (id, by): (ShiftId, UserId),
        (expected, counted): (Points, Points),
        note: &str,
        now: Timestamp,
    ) -> Result<()> {
        let sql = "update till_shift set closed_at = ?, closed_by = ?, expected = ?, counted = ?, note = ?
            where id = ? and closed_at is null";
        self.connection.prepare_cached(sql)?.execute(params![now, by, expected, counted, note, id]).map(drop)
    }
}
