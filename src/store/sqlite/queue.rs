//! The queue of each schedule.

use super::values::JsonArray;
use super::{Read, Write};
use crate::domain::hold::EarlierHolds;
use crate::domain::queue::{EndReason, QueueToken, TokenStatus};
use crate::domain::schedule::REMINDER_SECONDS;
use crate::domain::{ScheduleId, Timestamp, TokenId, UserId};
use rusqlite::{OptionalExtension, Result, Row, params};

/// Reads the columns of `tokens!`.
fn token(row: &Row<'_>) -> Result<QueueToken> {
    Ok(QueueToken {
        id: row.get(0)?,
        user_id: row.get(1)?,
        schedule_id: row.get(2)?,
        number: row.get(3)?,
        status: row.get(4)?,
        expire_at: row.get(5)?,
        has_come: row.get(6)?,
        ended: row.get(7)?,
        is_passed_over: row.get(8)?,
        has_missed_call: row.get(9)?,
    })
}

/// A statement about queue tokens: `$before`, then the columns that [`token`] reads, then `$after`.
macro_rules! tokens {
    ($before:literal, $after:literal) => {
        concat!(
            $before,
            " id, user_id, schedule_id, number, status, expire_at, came_at is not null, ended,
                status = 'wait' and passed_over_at is not null, missed_call ",
            $after
        )
    };
}

/// A fan's place in the queue of one schedule, as the fan's data says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceInQueue {
    pub token: TokenId,
    pub schedule: ScheduleId,
    pub number: Option<i64>,
    /// Why the place is no longer in the queue. `None` while it is.
    pub ended: Option<EndReason>,
    pub created_at: Timestamp,
    /// The fan's part of the lottery.
    pub contribution: Option<String>,
    /// The address from which they joined, until it is forgotten.
    pub address: Option<String>,
}

impl Read<'_> {
    /// The fan's token in a schedule if its status is `wait` or `active`. An `active` token may have expired already,
    /// without having been ended yet.
    pub fn token(&self, fan: UserId, schedule: ScheduleId) -> Result<Option<QueueToken>> {
        let sql = tokens!(
            "select",
            "from queue_token where user_id = ? and schedule_id = ? and status in ('wait', 'active')"
        );
        self.connection.prepare_cached(sql)?.query_row(params![fan, schedule], token).optional()
    }

    /// What the admission of a token has seen so far.
    pub fn earlier_holds(&self, id: TokenId) -> Result<EarlierHolds> {
        let sql = "select came_at, held_until from queue_token where id = ?";
        let earlier = |row: &Row<'_>| Ok(EarlierHolds { admitted_at: row.get(0)?, held_until: row.get(1)? });
        self.connection.prepare_cached(sql)?.query_row([id], earlier)
    }

    /// The fan's latest token in a schedule, in any state.
    pub fn latest_token(&self, fan: UserId, schedule: ScheduleId) -> Result<Option<QueueToken>> {
        let sql = tokens!("select", "from queue_token where user_id = ? and schedule_id = ? order by id desc limit 1");
        self.connection.prepare_cached(sql)?.query_row(params![fan, schedule], token).optional()
    }

    /// Calls `each` with every token of a schedule that waits or is active, in no particular order.
    pub fn for_each_token(&self, schedule: ScheduleId, mut each: impl FnMut(QueueToken)) -> Result<()> {
        let sql = tokens!("select", "from queue_token where schedule_id = ? and status in ('wait', 'active')");
        let mut statement = self.connection.prepare_cached(sql)?;
        for token in statement.query_map([schedule], token)? {
            each(token?);
        }
        Ok(())
    }

    /// The schedules in which at least one fan waits or is active.
    pub fn schedules_with_a_queue(&self) -> Result<Vec<ScheduleId>> {
        let sql = "select id from concert_schedule where waiting > 0 or active > 0";
        self.connection.prepare_cached(sql)?.query_map([], |row| row.get(0))?.collect()
    }

    /// The lowest number that waits, has not been passed over, and is higher than every number that was ever called.
    /// `None` if there is none.
    pub fn first_waiting(&self, schedule: ScheduleId) -> Result<Option<i64>> {
        let sql = "select number from queue_token
            where schedule_id = ?1 and status = 'wait' and passed_over_at is null and number >
                (select coalesce(max(number), 0) from queue_token where schedule_id = ?1 and called_at is not null)
            order by number limit 1";
        self.connection.prepare_cached(sql)?.query_row([schedule], |row| row.get(0)).optional()
    }

    /// The first `count` tokens that wait and have not been passed over, in the order of their numbers. Tokens in the
    /// lobby have no number and are left out.
    pub fn front(&self, schedule: ScheduleId, count: u32) -> Result<Vec<QueueToken>> {
        let sql = tokens!(
            "select",
            "from queue_token where schedule_id = ? and status = 'wait' and passed_over_at is null and number is not null
            order by number limit ?"
        );
        self.connection.prepare_cached(sql)?.query_map(params![schedule, count], token)?.collect()
    }

    /// The tokens of a schedule that are still `active` although their call or admission has expired at `now`, the
    /// earliest first.
    pub fn admissions_over(&self, schedule: ScheduleId, now: Timestamp) -> Result<Vec<QueueToken>> {
        let sql = tokens!(
            "select",
            "from queue_token where schedule_id = ? and status = 'active' and expire_at <= ? order by expire_at"
        );
        self.connection.prepare_cached(sql)?.query_map(params![schedule, now], token)?.collect()
    }

    /// The schedules in which, at `now`, a hold, a call, an admission, or the time of a kept-back seat has expired.
    pub fn schedules_with_expired(&self, now: Timestamp) -> Result<Vec<ScheduleId>> {
        let sql = "select id from concert_schedule cs where
            exists (select 1 from seat s where s.schedule_id = cs.id and s.status = 'occupied' and s.expired_at <= ?1)
            or exists (select 1 from queue_token t where t.schedule_id = cs.id and t.status = 'active' and t.expire_at <= ?1)
            or cs.id in (select schedule_id from seat where kept_until <= ?1)
            or cs.called_off_at is not null and (cs.refunded_at is null or cs.waitlisted > 0)
            or cs.waitlisted > 0 and (cs.reservation_end <= ?1
                or cs.waitlist_due and cs.status = 'published' and cs.reservation_start <= ?1)
            or cs.status = 'published' and cs.reservation_start - 1000 * cs.lobby_seconds - 1000 * ?2 <= ?1
                and cs.id in (select schedule_id from reminder)";
        self.connection.prepare_cached(sql)?.query_map(params![now, REMINDER_SECONDS], |row| row.get(0))?.collect()
    }

    /// The places of a fan in all queues, the latest first.
    pub fn places_of(&self, fan: UserId) -> Result<Vec<PlaceInQueue>> {
        let sql = "select id, schedule_id, number, ended, created_at, contribution, address from queue_token
            where user_id = ? order by id desc";
        let place = |row: &Row<'_>| {
            Ok(PlaceInQueue {
                token: row.get(0)?,
                schedule: row.get(1)?,
                number: row.get(2)?,
                ended: row.get(3)?,
                created_at: row.get(4)?,
                contribution: row.get(5)?,
                address: row.get(6)?,
            })
        };
        self.connection.prepare_cached(sql)?.query_map([fan], place)?.collect()
    }

    /// The active tokens of a schedule, whether they have expired or not.
    pub fn active_tokens(&self, schedule: ScheduleId) -> Result<Vec<TokenId>> {
        let sql = "select id from queue_token where schedule_id = ? and status = 'active'";
        self.connection.prepare_cached(sql)?.query_map([schedule], |row| row.get(0))?.collect()
    }

    /// The earliest instant at which a hold, a call, an admission, or the time of a kept-back seat expires, or a sale with a
    /// waitlist ends. `None` if there is nothing that can expire. The instant is in the past if something has expired and
    /// is not swept yet.
    pub fn next_expiry(&self) -> Result<Option<Timestamp>> {
        let sql = "select min(at) from (
            select min(expired_at) as at from seat where status = 'occupied'
            union all select min((select min(t.expire_at) from queue_token t
                where t.schedule_id = cs.id and t.status = 'active')) from concert_schedule cs where active > 0
            union all select min(kept_until) from seat where kept_until is not null
            union all select min(reservation_end) from concert_schedule where waitlisted > 0
            union all select min(reservation_start - 1000 * lobby_seconds - 1000 * ?) from concert_schedule
                where status = 'published' and id in (select schedule_id from reminder))";
        self.connection.prepare_cached(sql)?.query_row([REMINDER_SECONDS], |row| row.get(0))
    }
}

impl Write<'_> {
    /// Adds a fan to the end of the queue with the next number: admitted until `expire_at`, or waiting if that is
    /// `None`.
    pub fn insert_token(
        &self,
        fan: UserId,
        schedule: ScheduleId,
        (expire_at, address): (Option<Timestamp>, Option<&str>),
        now: Timestamp,
    ) -> Result<QueueToken> {
        let number = self.next_number(schedule)?;
        let status = if expire_at.is_some() { TokenStatus::Active } else { TokenStatus::Wait };
        let sql = tokens!(
            "insert into queue_token
                (user_id, schedule_id, number, status, expire_at, came_at, called_at, created_at, updated_at, address)
            values (?1, ?2, ?3, ?4, ?5, iif(?5 is null, null, ?6), iif(?5 is null, null, ?6), ?6, ?6, ?7) returning",
            ""
        );
        let inserted = params![fan, schedule, number, status, expire_at, now, address];
        let inserted = self.connection.prepare_cached(sql)?.query_row(inserted, token)?;
        self.note_token(inserted);
        if let Some(at) = expire_at {
            self.note_deadline(at);
        }
        Ok(inserted)
    }

    /// Adds a fan to the lobby, which closes at `at`, without a number until its lottery is drawn. `contribution` is the
    /// fan's part of the lottery.
    pub fn insert_lobby_token(
        &self,
        fan: UserId,
        schedule: ScheduleId,
        (contribution, address): (&str, Option<&str>),
        at: Timestamp,
        now: Timestamp,
    ) -> Result<QueueToken> {
        let sql = tokens!(
            "insert into queue_token (user_id, schedule_id, contribution, created_at, updated_at, address)
            values (?1, ?2, ?3, ?4, ?4, ?5) returning",
            ""
        );
        let inserted = params![fan, schedule, contribution, now, address];
        let inserted = self.connection.prepare_cached(sql)?.query_row(inserted, token)?;
        self.note_token(inserted);
        self.note_deadline(at);
        Ok(inserted)
    }

    /// Gives tokens their numbers, in their order, from `first` on.
    pub(super) fn number_tokens(&self, first: i64, ids: &[TokenId], now: Timestamp) -> Result<()> {
        let sql = tokens!(
            "update queue_token set number = ?1 + each.key, updated_at = ?2
            from json_each(?3) each where queue_token.id = each.value returning",
            ""
        );
        self.note_tokens(sql, params![first, now, JsonArray::of(ids)]).map(drop)
    }

    /// Runs a statement about queue tokens that returns the columns of `tokens!`, and notes each token. Returns how many
    /// there were.
    fn note_tokens(&self, sql: &str, values: impl rusqlite::Params) -> Result<u32> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut count = 0;
        for changed in statement.query_map(values, token)? {
            self.note_token(changed?);
            count += 1;
        }
        Ok(count)
    }

    /// Lets the pace of every schedule allow another admission at `at` at the latest.
    pub fn shorten_pace(&self, at: Timestamp) -> Result<()> {
        let sql = "update concert_schedule set next_admission_at = ?1 where next_admission_at > ?1 returning id";
        let mut statement = self.connection.prepare_cached(sql)?;
        for schedule in statement.query_map([at], |row| row.get(0))? {
            self.note_schedule_at(schedule?, at);
        }
        Ok(())
    }

    /// Sets the first instant at which the pace allows another admission, and makes the sweeper run then.
    pub fn set_next_admission(&self, schedule: ScheduleId, at: Timestamp) -> Result<()> {
        let sql = "update concert_schedule set next_admission_at = ? where id = ?";
        self.connection.prepare_cached(sql)?.execute(params![at, schedule])?;
        self.note_deadline(at);
        Ok(())
    }

    /// Calls waiting fans: their tokens become active, and they have until `expire_at` to come.
    pub fn call_tokens(&self, ids: &[TokenId], expire_at: Timestamp, now: Timestamp) -> Result<()> {
        let sql = tokens!(
            "update queue_token set status = 'active', expire_at = ?1, called_at = ?2, updated_at = ?2
            where id in (select value from json_each(?3)) returning",
            ""
        );
        if !ids.is_empty() {
            self.note_tokens(sql, params![expire_at, now, JsonArray::of(ids)])?;
            self.note_deadline(expire_at);
        }
        Ok(())
    }

    /// Passes fans over, who are absent or were called and did not come: their tokens wait, and are not called until
    /// [`return_token`](Self::return_token).
    pub fn pass_over_tokens(&self, ids: &[TokenId], now: Timestamp) -> Result<()> {
        let sql = tokens!(
            "update queue_token set missed_call = max(missed_call, status = 'active'), status = 'wait', expire_at = null,
                passed_over_at = ?1, updated_at = ?1
            where id in (select value from json_each(?2)) returning",
            ""
        );
        if !ids.is_empty() {
            self.note_tokens(sql, params![now, JsonArray::of(ids)])?;
        }
        Ok(())
    }

    /// The next queue number of a schedule, which is given out with this.
    fn next_number(&self, schedule: ScheduleId) -> Result<i64> {
        let sql = "update concert_schedule set last_number = last_number + 1 where id = ? returning last_number";
        self.connection.prepare_cached(sql)?.query_row([schedule], |row| row.get(0))
    }

    /// Lets a place that was ended wait again, as if its fan had just joined but with its number. With `needs_number` it gets
    /// the next number if it has none; then it is no longer one of the lobby, since it was not in its lottery.
    pub fn revive_token(&self, id: TokenId, schedule: ScheduleId, needs_number: bool, now: Timestamp) -> Result<()> {
        let sql = "select number is not null from queue_token where id = ?";
        let has_number: bool = self.connection.prepare_cached(sql)?.query_row([id], |row| row.get(0))?;
        let number = if needs_number && !has_number { Some(self.next_number(schedule)?) } else { None };
        let sql = tokens!(
            "update queue_token set status = 'wait', ended = null, expire_at = null, came_at = null, held_until = null,
                missed_call = 0, passed_over_at = null, returned_at = ?1, number = coalesce(number, ?2),
                contribution = iif(?2 is null, contribution, null), updated_at = ?1
            where id = ?3 returning",
            ""
        );
        let revived = self.connection.prepare_cached(sql)?.query_row(params![now, number, id], token)?;
        self.note_token(revived);
        self.note_deadline(now);
        Ok(())
    }

    /// Records that a fan who was passed over is back, and may be called again.
    pub fn return_token(&self, id: TokenId, now: Timestamp) -> Result<()> {
        let sql = tokens!(
            "update queue_token set passed_over_at = null, returned_at = ?1, updated_at = ?1 where id = ?2 returning",
            ""
        );
        self.note_token(self.connection.prepare_cached(sql)?.query_row(params![now, id], token)?);
        Ok(())
    }

    /// Lets every admission that would end later end at `until`, and lets none have begun, or have held seats, later than
    /// is possible at `now`.
    pub fn shorten_admissions(&self, until: Timestamp, held_until: Timestamp, now: Timestamp) -> Result<()> {
        let sql = tokens!(
            "update queue_token set expire_at = min(expire_at, ?1), held_until = min(held_until, ?2),
                came_at = min(came_at, ?3), updated_at = ?3
            where schedule_id in (select id from concert_schedule where active > 0) and status = 'active' returning",
            ""
        );
        self.note_tokens(sql, params![until, held_until, now])?;
        self.note_deadline(until);
        Ok(())
    }

    /// Sets the end of an admission to `expire_at`, and records `now` as when the fan came, unless that is recorded
    /// already. `held_until` is the deadline of a hold that the fan has taken, if they have taken one now.
    pub fn admit_token(
        &self,
        id: TokenId,
        expire_at: Timestamp,
        held_until: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<QueueToken> {
        let sql = tokens!(
            "update queue_token set status = 'active', expire_at = ?1, came_at = coalesce(came_at, ?2),
                held_until = coalesce(?3, held_until), updated_at = ?2
            where id = ?4 returning",
            ""
        );
        let admitted = params![expire_at, now, held_until, id];
        let admitted = self.connection.prepare_cached(sql)?.query_row(admitted, token)?;
        self.note_token(admitted);
        self.note_deadline(expire_at);
        Ok(admitted)
    }

    /// Takes tokens out of the queue. Their rows are kept, with the reason `why`.
    pub fn end_tokens(&self, ids: &[TokenId], why: EndReason, now: Timestamp) -> Result<()> {
        let sql = tokens!(
            "update queue_token set status = 'delete', ended = ?, updated_at = ?
            where id in (select value from json_each(?)) returning",
            ""
        );
        self.note_tokens(sql, params![why, now, JsonArray::of(ids)]).map(drop)
    }

    /// Ends up to `count` waiting tokens of a schedule, the last in the queue first, with the reason `why`. Returns how
    /// many.
    pub fn end_waiting(&self, schedule: ScheduleId, why: EndReason, count: u32, now: Timestamp) -> Result<u32> {
        let sql = tokens!(
            "update queue_token set status = 'delete', ended = ?, updated_at = ?
            where id in (select id from queue_token where schedule_id = ? and status = 'wait'
                order by number desc limit ?) returning",
            ""
        );
        self.note_tokens(sql, params![why, now, schedule, count])
    }

    /// Sets the deadline of every call in every schedule to `expire_at`: fans who were called but have not come yet may
    /// come until then.
    pub fn restart_calls(&self, expire_at: Timestamp) -> Result<()> {
        let sql = tokens!(
            "update queue_token set expire_at = ?
            where schedule_id in (select id from concert_schedule where active > 0)
                and status = 'active' and came_at is null returning",
            ""
        );
        self.note_tokens(sql, [expire_at])?;
        self.note_deadline(expire_at);
        Ok(())
    }
}
