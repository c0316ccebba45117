//! The line of each schedule.

use super::{Read, Write};
use crate::domain::queue::{QueueToken, TokenStatus};
use crate::domain::{ScheduleId, Timestamp, TokenId, UserId};
use rusqlite::{OptionalExtension, Result, Row, params};

fn token(row: &Row<'_>) -> Result<QueueToken> {
    Ok(QueueToken {
        id: row.get(0)?,
        user_id: row.get(1)?,
        schedule_id: row.get(2)?,
        number: row.get(3)?,
        status: row.get(4)?,
        expire_at: row.get(5)?,
    })
}

impl Read<'_> {
    /// The fan's token in a schedule that is not yet `delete`; its admission may be over.
    pub fn token(&self, fan: UserId, schedule: ScheduleId) -> Result<Option<QueueToken>> {
        let sql = "select id, user_id, schedule_id, number, status, expire_at from queue_token
            where user_id = ? and schedule_id = ? and status in ('wait', 'active')";
        self.connection.prepare_cached(sql)?.query_row(params![fan, schedule], token).optional()
    }

    /// The fan's latest token in a schedule, whatever became of it.
    pub fn latest_token(&self, fan: UserId, schedule: ScheduleId) -> Result<Option<QueueToken>> {
        let sql = "select id, user_id, schedule_id, number, status, expire_at from queue_token
            where user_id = ? and schedule_id = ? order by id desc limit 1";
        self.connection.prepare_cached(sql)?.query_row(params![fan, schedule], token).optional()
    }

    /// How many tokens of a schedule are active and how many wait.
    pub fn line(&self, schedule: ScheduleId) -> Result<(u32, u32)> {
        let sql = "select count(*) filter (where status = 'active'), count(*) filter (where status = 'wait')
            from queue_token where schedule_id = ? and status in ('wait', 'active')";
        self.connection.prepare_cached(sql)?.query_row([schedule], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    /// How many wait in front of a number.
    pub fn ahead(&self, schedule: ScheduleId, number: i64) -> Result<u32> {
        let sql = "select count(*) from queue_token where schedule_id = ? and status = 'wait' and number < ?";
        self.connection.prepare_cached(sql)?.query_row(params![schedule, number], |row| row.get(0))
    }

    /// The first of the waiting, in order.
    pub fn front(&self, schedule: ScheduleId, count: u32) -> Result<Vec<QueueToken>> {
        let sql = "select id, user_id, schedule_id, number, status, expire_at from queue_token
            where schedule_id = ? and status = 'wait' order by number limit ?";
        self.connection.prepare_cached(sql)?.query_map(params![schedule, count], token)?.collect()
    }

    /// Active tokens of a schedule whose admission is over.
    pub fn admissions_over(&self, schedule: ScheduleId, now: Timestamp) -> Result<Vec<TokenId>> {
        let sql = "select id from queue_token
            where schedule_id = ? and status = 'active' and expire_at <= ? order by number";
        self.connection.prepare_cached(sql)?.query_map(params![schedule, now], |row| row.get(0))?.collect()
    }

    /// The schedules in which a hold or an admission is over, or somebody waits for a place that is free or a sale that is
    /// over; one may be named more than once. `cap` is the number of active fans where a schedule does not set its own.
    pub fn schedules_to_sweep(&self, cap: u32, now: Timestamp) -> Result<Vec<ScheduleId>> {
        let sql = "select schedule_id from seat where status = 'occupied' and expired_at <= ?1
            union all select schedule_id from queue_token where status = 'active' and expire_at <= ?1
            union all select id from concert_schedule cs
                where exists (select 1 from queue_token t where t.schedule_id = cs.id and t.status = 'wait')
                and (cs.reservation_end <= ?1 or coalesce(cs.active_fans, ?2) >
                    (select count(*) from queue_token t where t.schedule_id = cs.id and t.status = 'active'))";
        self.connection.prepare_cached(sql)?.query_map(params![now, cap], |row| row.get(0))?.collect()
    }

    /// The next instant at which a hold, an admission or a sale with people in line ends; none where nothing will.
    pub fn next_deadline(&self) -> Result<Option<Timestamp>> {
        let sql = "select min(at) from (
            select min(expired_at) as at from seat where status = 'occupied'
            union all select min(expire_at) from queue_token where status = 'active'
            union all select min(reservation_end) from concert_schedule cs
                where exists (select 1 from queue_token t where t.schedule_id = cs.id and t.status = 'wait'))";
        self.connection.prepare_cached(sql)?.query_row([], |row| row.get(0))
    }
}

impl Write<'_> {
    /// Puts a fan at the end of the line under the next number: admitted until `expire_at`, or waiting where it is none.
    pub fn insert_token(
        &self,
        fan: UserId,
        schedule: ScheduleId,
        expire_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<QueueToken> {
        let sql = "update concert_schedule set last_number = last_number + 1 where id = ?
            returning last_number, reservation_end";
        let next = self.connection.prepare_cached(sql)?.query_row([schedule], |row| Ok((row.get(0)?, row.get(1)?)));
        let (number, sale_ends) = next?;
        let status = if expire_at.is_some() { TokenStatus::Active } else { TokenStatus::Wait };
        let sql = "insert into queue_token (user_id, schedule_id, number, status, expire_at, created_at, updated_at)
            values (?, ?, ?, ?, ?, ?, ?)";
        self.connection.prepare_cached(sql)?.execute(params![fan, schedule, number, status, expire_at, now, now])?;
        self.note_deadline(expire_at.unwrap_or(sale_ends));
        let id = TokenId(self.connection.last_insert_rowid());
        Ok(QueueToken { id, user_id: fan, schedule_id: schedule, number, status, expire_at })
    }

    /// Makes a token active until `expire_at`, or moves the end of an admission there.
    pub fn admit_token(&self, id: TokenId, expire_at: Timestamp, now: Timestamp) -> Result<()> {
        let sql = "update queue_token set status = 'active', expire_at = ?, updated_at = ? where id = ?";
        self.connection.prepare_cached(sql)?.execute(params![expire_at, now, id])?;
        self.note_deadline(expire_at);
        Ok(())
    }

    /// Takes a token out of the line.
    pub fn end_token(&self, id: TokenId, now: Timestamp) -> Result<()> {
        let sql = "update queue_token set status = 'delete', updated_at = ? where id = ?";
        self.connection.prepare_cached(sql)?.execute(params![now, id]).map(drop)
    }

    /// Sends everybody home who waits in a schedule.
    pub fn end_waiting(&self, schedule: ScheduleId, now: Timestamp) -> Result<()> {
        let sql = "update queue_token set status = 'delete', updated_at = ? where schedule_id = ? and status = 'wait'";
        self.connection.prepare_cached(sql)?.execute(params![now, schedule]).map(drop)
    }
}
