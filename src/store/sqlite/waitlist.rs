//! The waitlist of each schedule.

use super::values::JsonArray;
use super::{Read, Write};
use crate::domain::waitlist::{WaitlistEntry, WaitlistStatus, Wish};
use crate::domain::{ScheduleId, Timestamp, UserId, WaitlistEntryId};
use rusqlite::{OptionalExtension, Result, Row, params};

/// Reads the columns of `select_entry!`.
fn entry(row: &Row<'_>) -> Result<WaitlistEntry> {
    Ok(WaitlistEntry {
        id: row.get(0)?,
        user_id: row.get(1)?,
        schedule_id: row.get(2)?,
        wish: row.get(3)?,
        status: row.get(4)?,
        expire_at: row.get(5)?,
        created_at: row.get(6)?,
        updated_at: row.get(7)?,
    })
}

/// The statement that reads entries. `$rest` is the end of the statement: its `where` and `order by`.
macro_rules! select_entry {
    ($rest:literal) => {
        concat!(
            "select id, user_id, schedule_id, wish, status, expire_at, created_at, updated_at from waitlist_entry ",
            $rest
        )
    };
}

impl Read<'_> {
    pub fn waitlist_entry(&self, id: WaitlistEntryId) -> Result<Option<WaitlistEntry>> {
        let sql = select_entry!("where id = ?");
        self.connection.prepare_cached(sql)?.query_row([id], entry).optional()
    }

    /// The latest entry of a fan on the waitlist of a schedule, in any state.
    pub fn waitlist_entry_of(&self, fan: UserId, schedule: ScheduleId) -> Result<Option<WaitlistEntry>> {
        let sql = select_entry!("where user_id = ? and schedule_id = ? order by id desc limit 1");
        self.connection.prepare_cached(sql)?.query_row(params![fan, schedule], entry).optional()
    }

    /// Whether seats of a schedule are offered to a fan, who has not bought them and not given them back.
    pub fn has_offer(&self, fan: UserId, schedule: ScheduleId) -> Result<bool> {
        let sql = "select exists (select 1 from waitlist_entry
            where user_id = ? and schedule_id = ? and status = 'offered')";
        self.connection.prepare_cached(sql)?.query_row(params![fan, schedule], |row| row.get(0))
    }

    /// All entries of a fan in any state, the latest first.
    pub fn waitlist_entries_of(&self, fan: UserId) -> Result<Vec<WaitlistEntry>> {
        let sql = select_entry!("where user_id = ? order by id desc");
        self.connection.prepare_cached(sql)?.query_map([fan], entry)?.collect()
    }

    /// The entries of a schedule that wait, the first first.
    pub fn waitlist(&self, schedule: ScheduleId) -> Result<Vec<WaitlistEntry>> {
        let sql = select_entry!("where schedule_id = ? and status = 'wait' order by id");
        self.connection.prepare_cached(sql)?.query_map([schedule], entry)?.collect()
    }

    /// The wishes of the entries of a schedule that wait, each once.
    pub fn wishes(&self, schedule: ScheduleId) -> Result<Vec<Wish>> {
        let sql = "select distinct wish from waitlist_entry where schedule_id = ? and status = 'wait'";
        self.connection.prepare_cached(sql)?.query_map([schedule], |row| row.get(0))?.collect()
    }

    /// How many seats of a schedule in the bands of a wish are for sale, whether they are adjacent or not. With
    /// `takes_access` wheelchair and companion places count too, and with `are_held_too` the seats that are held, except
    /// those that are offered to the waitlist.
    pub fn seats_for(
        &self,
        schedule: ScheduleId,
        wish: &Wish,
        (takes_access, are_held_too): (bool, bool),
    ) -> Result<i64> {
        let sql = "select count(*) from seat s where s.schedule_id = ?1
            and s.status in ('reservable', iif(?4, 'occupied', 'reservable'))
            and (?2 = '[]' or s.category in (select value from json_each(?2)))
            and (?3 or s.kind not in ('wheelchair', 'companion'))
            and not exists (select 1 from reservation r
                where r.seat_id = s.id and r.status = 'reserved' and r.waitlist_entry_id is not null)";
        let wished = params![schedule, JsonArray::of(&wish.bands), takes_access, are_held_too];
        self.connection.prepare_cached(sql)?.query_row(wished, |row| row.get(0))
    }

    /// How many entries of a schedule wait that were made before this one.
    pub fn waitlist_ahead(&self, schedule: ScheduleId, id: WaitlistEntryId) -> Result<u32> {
        let sql = "select count(*) from waitlist_entry where schedule_id = ? and status = 'wait' and id < ?";
        self.connection.prepare_cached(sql)?.query_row(params![schedule, id], |row| row.get(0))
    }
}

impl Write<'_> {
    /// Puts a fan at the end of the waitlist of a schedule. The sweeper will run at `ends_at`, when the sale ends.
    pub fn insert_waitlist_entry(
        &self,
        fan: UserId,
        schedule: ScheduleId,
        wish: &Wish,
        ends_at: Timestamp,
        now: Timestamp,
    ) -> Result<()> {
        let sql = "insert into waitlist_entry (user_id, schedule_id, wish, created_at, updated_at)
            values (?1, ?2, ?3, ?4, ?4)";
        self.connection.prepare_cached(sql)?.execute(params![fan, schedule, wish, now])?;
        self.note_schedule(schedule);
        self.note_deadline(ends_at);
        Ok(())
    }

    /// Makes all that the fan of an entry holds in its schedule the offer to this entry, until `expire_at`.
    pub fn set_offered(&self, entry: &WaitlistEntry, expire_at: Timestamp, now: Timestamp) -> Result<()> {
        let sql = "update reservation set waitlist_entry_id = ? where user_id = ? and schedule_id = ? and status = 'reserved'";
        self.connection.prepare_cached(sql)?.execute(params![entry.id, entry.user_id, entry.schedule_id])?;
        let sql = "update waitlist_entry set status = 'offered', expire_at = ?, updated_at = ? where id = ?";
        self.connection.prepare_cached(sql)?.execute(params![expire_at, now, entry.id])?;
        self.note_schedule(entry.schedule_id);
        Ok(())
    }

    /// Notes that all entries of a schedule have been offered what suits them now.
    pub fn set_waitlist_done(&self, schedule: ScheduleId) -> Result<()> {
        let sql = "update concert_schedule set waitlist_due = 0 where id = ?";
        self.connection.prepare_cached(sql)?.execute([schedule])?;
        self.note_schedule(schedule);
        Ok(())
    }

    /// Takes the entry of a fan off the waitlist of a schedule, if it waits.
    pub fn end_waitlist_entry(&self, fan: UserId, schedule: ScheduleId, now: Timestamp) -> Result<()> {
        let sql = "update waitlist_entry set status = 'over', updated_at = ?
            where user_id = ? and schedule_id = ? and status = 'wait'";
        self.connection.prepare_cached(sql)?.execute(params![now, fan, schedule])?;
        self.note_schedule(schedule);
        Ok(())
    }

    /// Takes all entries that wait off the waitlist of a schedule.
    pub fn end_waitlist(&self, schedule: ScheduleId, now: Timestamp) -> Result<()> {
        let sql = "update waitlist_entry set status = ?, updated_at = ? where schedule_id = ? and status = 'wait'";
        self.connection.prepare_cached(sql)?.execute(params![WaitlistStatus::Over, now, schedule])?;
        self.note_schedule(schedule);
        Ok(())
    }
}
