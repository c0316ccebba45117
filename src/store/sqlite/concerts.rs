//! Concerts and their schedules.

use super::{Read, Write};
use crate::domain::entities::{Concert, ConcertSchedule};
use crate::domain::schedule::Window;
use crate::domain::{ConcertId, Points, ScheduleId, Timestamp};
use rusqlite::{OptionalExtension, Result, Row, params};

fn concert(row: &Row<'_>) -> Result<Concert> {
    Ok(Concert {
        id: row.get(0)?,
        title: row.get(1)?,
        performer: row.get(2)?,
        venue: row.get(3)?,
        time_zone: row.get(4)?,
        description: row.get(5)?,
    })
}

fn schedule(row: &Row<'_>) -> Result<ConcertSchedule> {
    let reservation_start: Timestamp = row.get(3)?;
    Ok(ConcertSchedule {
        id: row.get(0)?,
        concert_id: row.get(1)?,
        show_time: row.get(2)?,
        window: Window {
            lobby_start: reservation_start.plus_seconds(-row.get::<_, i64>(5)?),
            reservation_start,
            reservation_end: row.get(4)?,
        },
        left_ticket: row.get(6)?,
        held_ticket: row.get(7)?,
        version: row.get(8)?,
        active_fans: row.get(9)?,
        admissions_a_minute: row.get(10)?,
        next_admission_at: row.get(11)?,
        waiting: row.get(12)?,
        active: row.get(13)?,
        drawn_at: row.get(14)?,
        had_lobby: row.get(15)?,
    })
}

/// The statement that reads schedules, ended by `$rest`.
macro_rules! select_schedule {
    ($rest:literal) => {
        concat!(
            "select id, concert_id, show_time, reservation_start, reservation_end, lobby_seconds, left_ticket, held_ticket,
                version, active_fans, admissions_a_minute, next_admission_at, waiting, active, drawn_at,
                lottery_secret is not null
            from concert_schedule ",
            $rest
        )
    };
}

impl Read<'_> {
    pub fn concerts(&self) -> Result<Vec<Concert>> {
        let sql = "select id, title, performer, venue, time_zone, description from concert order by id";
        self.connection.prepare_cached(sql)?.query_map([], concert)?.collect()
    }

    pub fn concert(&self, id: ConcertId) -> Result<Option<Concert>> {
        let sql = "select id, title, performer, venue, time_zone, description from concert where id = ?";
        self.connection.prepare_cached(sql)?.query_row([id], concert).optional()
    }

    pub fn schedules_of(&self, concert: ConcertId) -> Result<Vec<ConcertSchedule>> {
        let sql = select_schedule!("where concert_id = ? order by show_time, id");
        self.connection.prepare_cached(sql)?.query_map([concert], schedule)?.collect()
    }

    pub fn schedule(&self, id: ScheduleId) -> Result<Option<ConcertSchedule>> {
        let sql = select_schedule!("where id = ?");
        self.connection.prepare_cached(sql)?.query_row([id], schedule).optional()
    }

    /// The lowest and the highest price of a schedule; none where it has no seats.
    pub fn price_range(&self, id: ScheduleId) -> Result<Option<(Points, Points)>> {
        let sql = "select (select min(price) from seat where schedule_id = ?1),
            (select max(price) from seat where schedule_id = ?1)";
        self.connection.prepare_cached(sql)?.query_row([id], |row| {
            let (lowest, highest): (Option<Points>, Option<Points>) = (row.get(0)?, row.get(1)?);
            Ok(lowest.zip(highest))
        })
    }
}

impl Write<'_> {
    /// Opens the sale at another instant, before anybody has joined.
    pub fn set_sale_start(&self, schedule: ScheduleId, at: Timestamp) -> Result<()> {
        let sql = "update concert_schedule set reservation_start = ?, drawn_at = null where id = ?";
        self.connection.prepare_cached(sql)?.execute(params![at, schedule]).map(drop)
    }

    /// Adds a concert; its `id` is ignored.
    pub fn insert_concert(&self, concert: &Concert, now: Timestamp) -> Result<ConcertId> {
        let sql = "insert into concert (title, performer, venue, time_zone, description, created_at, updated_at)
            values (?, ?, ?, ?, ?, ?, ?)";
        let Concert { title, performer, venue, time_zone, description, .. } = concert;
        self.connection.prepare_cached(sql)?.execute(params![
            title,
            performer,
            venue,
            time_zone,
            description,
            now,
            now
        ])?;
        Ok(ConcertId(self.connection.last_insert_rowid()))
    }

    pub fn insert_schedule(
        &self,
        concert: ConcertId,
        show_time: Timestamp,
        window: Window,
        now: Timestamp,
    ) -> Result<ScheduleId> {
        let sql = "insert into concert_schedule
            (concert_id, show_time, reservation_start, reservation_end, lobby_seconds, created_at, updated_at)
            values (?, ?, ?, ?, ?, ?, ?)";
        let Window { lobby_start, reservation_start, reservation_end } = window;
        self.connection.prepare_cached(sql)?.execute(params![
            concert,
            show_time,
            reservation_start,
            reservation_end,
            reservation_start.millis_from(lobby_start) as i64 / 1000,
            now,
            now
        ])?;
        Ok(ScheduleId(self.connection.last_insert_rowid()))
    }
}
