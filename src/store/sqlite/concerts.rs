//! Concerts, their schedules and their posters.

use super::{Read, Write};
use crate::domain::concert::{ConcertTexts, Publication, SaleTerms};
use crate::domain::concert_schedule::{CalledOff, Move};
use crate::domain::schedule::Window;
use crate::domain::{Concert, ConcertId, ConcertSchedule, Points, ScheduleId, Timestamp, search};
use rusqlite::{OptionalExtension, Result, Row, named_params, params};

/// A price band of a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceBand {
    pub category: String,
    pub price: Points,
    /// The number of seats.
    pub seats: i64,
}

/// Reads the columns of `select_concert!`.
fn concert(row: &Row<'_>) -> Result<Concert> {
    Ok(Concert {
        id: row.get(0)?,
        title: row.get(1)?,
        performer: row.get(2)?,
        venue: row.get(3)?,
        time_zone: row.get(4)?,
        description: row.get(5)?,
        running_minutes: row.get(6)?,
        minimum_age: row.get(7)?,
        notices: row.get(8)?,
        status: row.get(9)?,
        poster: row.get(10)?,
    })
}

/// Reads the columns of `select_schedule!`.
fn schedule(row: &Row<'_>) -> Result<ConcertSchedule> {
    let reservation_start: Timestamp = row.get(3)?;
    let called_off = match row.get(24)? {
        Some(at) => {
            Some(CalledOff { at, reason: row.get(25)?, compensation_percent: row.get(26)?, refunded_at: row.get(27)? })
        }
        None => None,
    };
    Ok(ConcertSchedule {
        id: row.get(0)?,
        concert_id: row.get(1)?,
        show_time: row.get(2)?,
        window: Window {
            lobby_start: reservation_start.plus_seconds(-row.get::<_, i64>(5)?),
            reservation_start,
            reservation_end: row.get(4)?,
            is_called_off: called_off.is_some(),
        },
        called_off,
        moves: row.get(28)?,
        moved: moved(row, 29)?,
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
        status: row.get(16)?,
        seats_per_fan: row.get(17)?,
        is_paused: row.get(18)?,
        notice: row.get(19)?,
        access_until: row.get(20)?,
        no_orphan_seat: row.get(21)?,
        passed_over: row.get(22)?,
        unnumbered: row.get(23)?,
        offered_ticket: row.get(33)?,
        waitlisted: row.get(34)?,
        is_waitlist_due: row.get(35)?,
        no_handing_on: row.get(36)?,
        other_venue: row.get(37)?,
        has_closed_list: row.get(38)?,
    })
}

/// Reads the columns `moved_at, moved_from, full_refund_until, moved_hall`, of which `first` is the index of the first.
pub(super) fn moved(row: &Row<'_>, first: usize) -> Result<Option<Move>> {
    Ok(match row.get(first)? {
        Some(at) => Some(Move {
            at,
            from: row.get(first + 1)?,
            full_refund_until: row.get(first + 2)?,
            is_other_hall: row.get(first + 3)?,
        }),
        None => None,
    })
}

/// The statement that reads concerts. `$rest` is the end of the statement: its `where` and `order by`.
macro_rules! select_concert {
    ($rest:literal) => {
        concat!(
            "select c.id, c.title, c.performer, c.venue, c.time_zone, c.description, c.running_minutes, c.minimum_age,
                c.notices, c.status, p.tag
            from concert c left join poster p on p.concert_id = c.id ",
            $rest
        )
    };
}

/// The statement that reads schedules. `$rest` is the end of the statement: its `where` and `order by`.
macro_rules! select_schedule {
    ($rest:literal) => {
        concat!(
            "select id, concert_id, show_time, reservation_start, reservation_end, lobby_seconds, left_ticket, held_ticket,
                version, active_fans, admissions_a_minute, next_admission_at, waiting, active, drawn_at,
                coalesce(lottery_seal, lottery_secret) is not null, status, seats_per_fan, is_paused, notice, access_until, no_orphan_seat,
                passed_over, unnumbered, called_off_at, called_off_reason, compensation_percent, refunded_at, moves, moved_at,
                moved_from, full_refund_until, moved_hall, offered_ticket, waitlisted, waitlist_due, no_handing_on, venue,
                lottery_delay_id is not null
            from concert_schedule ",
            $rest
        )
    };
}

impl Read<'_> {
    /// All concerts, drafts included, in the order in which they were created.
    pub fn concerts(&self) -> Result<Vec<Concert>> {
        let sql = select_concert!("order by c.id");
        self.connection.prepare_cached(sql)?.query_map([], concert)?.collect()
    }

    /// The concerts that match a full-text query, the best match first. `asked` is the query that [`search::fts_query`]
    /// makes from what a fan typed.
    pub fn find_concerts(&self, asked: &str) -> Result<Vec<ConcertId>> {
        let sql = "select rowid from concert_search where concert_search match ? order by rank";
        self.connection.prepare_cached(sql)?.query_map([asked], |row| row.get(0))?.collect()
    }

    pub fn concert(&self, id: ConcertId) -> Result<Option<Concert>> {
        let sql = select_concert!("where c.id = ?");
        self.connection.prepare_cached(sql)?.query_row([id], concert).optional()
    }

    /// The schedules of a concert, drafts included, in the order of their show times.
    pub fn schedules_of(&self, concert: ConcertId) -> Result<Vec<ConcertSchedule>> {
        let sql = select_schedule!("where concert_id = ? order by show_time, id");
        self.connection.prepare_cached(sql)?.query_map([concert], schedule)?.collect()
    }

    /// Whether anybody has ever queued for a schedule, was on its waitlist, held one of its seats, or scanned a ticket at
    /// its door.
    pub fn was_used(&self, id: ScheduleId) -> Result<bool> {
        let sql = "select exists (select 1 from reservation where schedule_id = ?1)
            or exists (select 1 from queue_token where schedule_id = ?1)
            or exists (select 1 from waitlist_entry where schedule_id = ?1)
            or exists (select 1 from door_scan where schedule_id = ?1)";
        self.connection.prepare_cached(sql)?.query_row([id], |row| row.get(0))
    }

    pub fn schedule(&self, id: ScheduleId) -> Result<Option<ConcertSchedule>> {
        let sql = select_schedule!("where id = ?");
        self.connection.prepare_cached(sql)?.query_row([id], schedule).optional()
    }

    /// The published schedules whose show begins at `at` or later, in the order of their show times.
    pub fn shows_since(&self, at: Timestamp) -> Result<Vec<ConcertSchedule>> {
        let sql = select_schedule!("where status = 'published' and show_time >= ? order by show_time, id");
        self.connection.prepare_cached(sql)?.query_map([at], schedule)?.collect()
    }

    /// The schedules whose queue or lobby may have something to do that no request asks for: those in which fans wait
    /// or have to be numbered, and the published ones whose sale has not opened yet.
    pub fn schedules_with_queue(&self, now: Timestamp) -> Result<Vec<ConcertSchedule>> {
        let sql =
            select_schedule!("where waiting > 0 or unnumbered > 0 or (status = 'published' and reservation_start > ?)");
        self.connection.prepare_cached(sql)?.query_map([now], schedule)?.collect()
    }

    /// The current refund terms of a schedule, as JSON. `None` if there is no such schedule.
    pub fn refund_policy(&self, id: ScheduleId) -> Result<Option<String>> {
        let sql = "select p.terms from concert_schedule cs join refund_policy p on p.id = cs.refund_policy_id
            where cs.id = ?";
        self.connection.prepare_cached(sql)?.query_row([id], |row| row.get(0)).optional()
    }

    /// The backdrop of a schedule's hall (its size, the stage and other areas, the focal point), as the JSON of
    /// [`Backdrop`](crate::domain::seating::Backdrop). `None` if the schedule does not exist or has no backdrop.
    pub fn backdrop(&self, id: ScheduleId) -> Result<Option<String>> {
        let sql = "select backdrop from concert_schedule where id = ?";
        Ok(self.connection.prepare_cached(sql)?.query_row([id], |row| row.get(0)).optional()?.flatten())
    }

    /// The encoded picture of a concert's poster. `None` if `tag` is not the tag of the current poster.
    pub fn poster(&self, concert: ConcertId, tag: &str) -> Result<Option<Vec<u8>>> {
        let sql = "select image from poster where concert_id = ? and tag = ?";
        self.connection.prepare_cached(sql)?.query_row(params![concert, tag], |row| row.get(0)).optional()
    }

    /// The lowest and the highest price of a schedule's seats, in points. `None` if it has no seats.
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
    /// Moves the opening of a sale to `at` and clears `drawn_at`, so that its lottery is drawn before the new opening. The
    /// lobby gets another length if `lobby_seconds` says one. Only for schedules that nobody has joined yet.
    pub fn set_sale_start(&self, schedule: ScheduleId, at: Timestamp, lobby_seconds: Option<u64>) -> Result<()> {
        let sql = "update concert_schedule
            set reservation_start = ?, lobby_seconds = coalesce(?, lobby_seconds), drawn_at = null where id = ?";
        self.connection.prepare_cached(sql)?.execute(params![at, lobby_seconds.map(u64::cast_signed), schedule])?;
        self.note_schedule(schedule);
        Ok(())
    }

    /// Adds a concert and indexes it for the search.
    pub fn insert_concert(&self, programme: &ConcertTexts, status: Publication, now: Timestamp) -> Result<ConcertId> {
        let sql = "insert into concert (title, performer, venue, time_zone, status, created_at, updated_at)
            values (?, ?, ?, ?, ?, ?, ?)";
        let ConcertTexts { title, performer, venue, time_zone, .. } = programme;
        self.connection.prepare_cached(sql)?.execute(params![title, performer, venue, time_zone, status, now, now])?;
        let id = ConcertId(self.connection.last_insert_rowid());
        self.update_concert(id, programme, now)?;
        Ok(id)
    }

    /// Writes the words by which the search finds a concert.
    fn index_concert(&self, id: ConcertId, title: &str, performer: &str, venue: &str) -> Result<()> {
        let sql = "insert or replace into concert_search (rowid, title, performer, venue) values (?, ?, ?, ?)";
        let [title, performer, venue] = [title, performer, venue].map(search::index_terms);
        self.connection.prepare_cached(sql)?.execute(params![id, title, performer, venue]).map(drop)
    }

    /// Adds the concerts that are missing in the search index: those that a version of the program without search has
    /// inserted.
    pub fn index_concerts(&self) -> Result<()> {
        let sql = "select id from concert where id not in (select rowid from concert_search)";
        let ids: Vec<ConcertId> =
            self.connection.prepare(sql)?.query_map([], |row| row.get(0))?.collect::<Result<_>>()?;
        for concert in ids.into_iter().filter_map(|id| self.concert(id).transpose()) {
            let Concert { id, title, performer, venue, .. } = concert?;
            self.index_concert(id, &title, &performer, &venue)?;
        }
        Ok(())
    }

    /// Deletes a concert that has no schedules.
    pub fn delete_concert(&self, id: ConcertId) -> Result<()> {
        for sql in [
            "delete from poster where concert_id = ?",
            "delete from concert_search where rowid = ?",
            "delete from concert where id = ?",
        ] {
            self.connection.prepare_cached(sql)?.execute([id])?;
        }
        Ok(())
    }

    /// Deletes a schedule that nobody has used: see [`Read::was_used`].
    pub fn delete_schedule(&self, id: ScheduleId) -> Result<()> {
        for sql in [
            "delete from reminder where schedule_id = ?",
            "delete from seat where schedule_id = ?",
            "delete from concert_schedule where id = ?",
        ] {
            self.connection.prepare_cached(sql)?.execute([id])?;
        }
        self.note_hall_changed(id);
        Ok(())
    }

    pub fn update_concert(&self, id: ConcertId, programme: &ConcertTexts, now: Timestamp) -> Result<()> {
        let sql = "update concert set title = :title, performer = :performer, venue = :venue, time_zone = :zone,
                description = :description, running_minutes = :minutes, minimum_age = :age, notices = :notices,
                updated_at = :now
            where id = :id";
        self.connection.prepare_cached(sql)?.execute(named_params! {
            ":title": programme.title,
            ":performer": programme.performer,
            ":venue": programme.venue,
            ":zone": programme.time_zone,
            ":description": programme.description,
            ":minutes": programme.running_minutes,
            ":age": programme.minimum_age,
            ":notices": programme.notices,
            ":now": now,
            ":id": id,
        })?;
        self.index_concert(id, &programme.title, &programme.performer, &programme.venue)?;
        self.note_concert(id)
    }

    /// Publishes a concert or makes it a draft.
    pub fn set_concert_status(&self, id: ConcertId, status: Publication, now: Timestamp) -> Result<()> {
        let sql = "update concert set status = ?, updated_at = ? where id = ?";
        self.connection.prepare_cached(sql)?.execute(params![status, now, id])?;
        self.note_concert(id)
    }

    /// Sets the poster of a concert (its tag and its encoded picture), or removes it if `poster` is `None`.
    pub fn set_poster(&self, concert: ConcertId, poster: Option<(&str, &[u8])>, now: Timestamp) -> Result<()> {
        let sql = "delete from poster where concert_id = ?";
        self.connection.prepare_cached(sql)?.execute([concert])?;
        if let Some((tag, image)) = poster {
            let sql = "insert into poster (concert_id, tag, image, updated_at) values (?, ?, ?, ?)";
            self.connection.prepare_cached(sql)?.execute(params![concert, tag, image, now])?;
        }
        self.note_concert(concert)
    }

    /// Records that the hall of each schedule of a concert must be read again, because the copy of a hall in memory
    /// includes the concert.
    fn note_concert(&self, id: ConcertId) -> Result<()> {
        self.schedules_of(id)?.iter().for_each(|schedule| self.note_hall_changed(schedule.id));
        Ok(())
    }

    /// The id of the row with these refund terms, which is inserted if they are new.
    fn refund_policy_id(&self, terms: &str) -> Result<i64> {
        let sql = "insert into refund_policy (terms) values (?) on conflict do nothing";
        self.connection.prepare_cached(sql)?.execute([terms])?;
        let sql = "select id from refund_policy where terms = ?";
        self.connection.prepare_cached(sql)?.query_row([terms], |row| row.get(0))
    }

    /// Adds a schedule. `policy` is its refund terms as JSON.
    pub fn insert_schedule(
        &self,
        concert: ConcertId,
        terms: &SaleTerms,
        policy: &str,
        status: Publication,
        now: Timestamp,
    ) -> Result<ScheduleId> {
        let sql = "insert into concert_schedule (concert_id, show_time, reservation_start, reservation_end, status, created_at,
                updated_at)
            values (?, ?, ?, ?, ?, ?, ?)";
        let Window { reservation_start, reservation_end, .. } = terms.window;
        self.connection.prepare_cached(sql)?.execute(params![
            concert,
            terms.show_time,
            reservation_start,
            reservation_end,
            status,
            now,
            now
        ])?;
        let id = ScheduleId(self.connection.last_insert_rowid());
        self.update_schedule(id, terms, policy, now)?;
        Ok(id)
    }

    /// Sets the sale terms of a schedule. `policy` is its refund terms as JSON. Fans who are active stay active, even
    /// if there are more of them than the new limit.
    pub fn update_schedule(&self, id: ScheduleId, terms: &SaleTerms, policy: &str, now: Timestamp) -> Result<()> {
        let sql = "update concert_schedule set show_time = :show, reservation_start = :start, reservation_end = :end,
                lobby_seconds = :lobby, seats_per_fan = :seats, active_fans = :fans, active_allowance = active,
                admissions_a_minute = :pace,
                access_until = :access, no_orphan_seat = :orphan, no_handing_on = :handing, refund_policy_id = :policy, updated_at = :now
            where id = :id";
        let Window { lobby_start, reservation_start, reservation_end, .. } = terms.window;
        self.connection.prepare_cached(sql)?.execute(named_params! {
            ":show": terms.show_time,
            ":start": reservation_start,
            ":end": reservation_end,
            ":lobby": reservation_start.millis_from(lobby_start) as i64 / 1000,
            ":seats": terms.seats_per_fan,
            ":fans": terms.active_fans,
            ":pace": terms.admissions_a_minute,
            ":orphan": terms.no_orphan_seat,
            ":handing": terms.no_handing_on,
            ":access": terms.access_until,
            ":policy": self.refund_policy_id(policy)?,
            ":now": now,
            ":id": id,
        })?;
        self.note_schedule_at(id, now);
        Ok(())
    }

    /// Sets how many fans may be active and how many may be admitted a minute; `None` means the house default applies.
    /// Fans who are active stay active, even if there are more of them than the new limit. The new pace applies from
    /// `now` on.
    pub fn set_limits(
        &self,
        id: ScheduleId,
        active_fans: Option<u32>,
        admissions_a_minute: Option<u32>,
        now: Timestamp,
    ) -> Result<()> {
        let sql = "update concert_schedule set active_fans = ?, active_allowance = active, admissions_a_minute = ?,
                next_admission_at = min(next_admission_at, ?), updated_at = ?
            where id = ?";
        self.connection.prepare_cached(sql)?.execute(params![active_fans, admissions_a_minute, now, now, id])?;
        self.note_schedule_at(id, now);
        Ok(())
    }

    /// Pauses or resumes the queue: while it is paused nobody is admitted.
    pub fn set_paused(&self, id: ScheduleId, paused: bool, now: Timestamp) -> Result<()> {
        let sql = "update concert_schedule set is_paused = ?, updated_at = ? where id = ?";
        self.connection.prepare_cached(sql)?.execute(params![paused, now, id])?;
        self.note_schedule_at(id, now);
        Ok(())
    }

    /// Sets the message that all waiting fans see, or removes it.
    pub fn set_notice(&self, id: ScheduleId, notice: Option<&str>, now: Timestamp) -> Result<()> {
        let sql = "update concert_schedule set notice = ?, updated_at = ? where id = ?";
        self.connection.prepare_cached(sql)?.execute(params![notice, now, id])?;
        self.note_schedule(id);
        Ok(())
    }

    /// Publishes a schedule or makes it a draft.
    pub fn set_schedule_status(&self, id: ScheduleId, status: Publication, now: Timestamp) -> Result<()> {
        let sql = "update concert_schedule set status = ?, updated_at = ? where id = ?";
        self.connection.prepare_cached(sql)?.execute(params![status, now, id])?;
        self.note_schedule_at(id, now);
        Ok(())
    }

    /// Calls a date off. The caller ends its queue, and its tickets are refunded later.
    pub fn call_off(&self, id: ScheduleId, reason: &str, compensation_percent: u32, now: Timestamp) -> Result<()> {
        let sql = "update concert_schedule set called_off_at = ?1, called_off_reason = ?2, compensation_percent = ?3,
                updated_at = ?1
            where id = ?4 and called_off_at is null";
        self.connection.prepare_cached(sql)?.execute(params![now, reason, compensation_percent, id])?;
        self.note_schedule_at(id, now);
        self.note_hall_changed(id);
        Ok(())
    }

    /// Records that all tickets of a date that was called off are refunded.
    pub fn set_refunded(&self, id: ScheduleId, now: Timestamp) -> Result<()> {
        let sql = "update concert_schedule set refunded_at = ?1, updated_at = ?1 where id = ?2 and refunded_at is null";
        self.connection.prepare_cached(sql)?.execute(params![now, id])?;
        self.note_schedule(id);
        Ok(())
    }

    /// Records that a show whose seats somebody has held was moved: from which time, and whether to another hall. The new time
    /// was set by [`Write::update_schedule`], the new hall by [`Write::set_venue`]. If it was moved before, people are also told
    /// of what changed then.
    pub fn set_moved(
        &self,
        id: ScheduleId,
        from: Timestamp,
        is_other_hall: bool,
        full_refund_until: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<()> {
        let sql = "update concert_schedule set moves = moves + 1, moved_at = ?1,
            moved_from = iif(?2 = show_time, coalesce(moved_from, ?2), ?2),
            moved_hall = moved_hall or ?3, full_refund_until = ?4 where id = ?5";
        self.connection.prepare_cached(sql)?.execute(params![now, from, is_other_hall, full_refund_until, id])?;
        self.note_schedule(id);
        Ok(())
    }

    /// Sets the hall of a date. If it is the venue of the concert, the date has none of its own.
    pub fn set_venue(&self, id: ScheduleId, venue: &str) -> Result<()> {
        let sql = "update concert_schedule set venue = nullif(?1, (select venue from concert where id = concert_id))
            where id = ?2";
        self.connection.prepare_cached(sql)?.execute(params![venue, id])?;
        self.note_schedule(id);
        Ok(())
    }

    /// Sets the backdrop of a schedule's hall, as JSON; see [`Read::backdrop`].
    pub fn set_backdrop(&self, id: ScheduleId, backdrop: Option<&str>) -> Result<()> {
        let sql = "update concert_schedule set backdrop = ? where id = ?";
        self.connection.prepare_cached(sql)?.execute(params![backdrop, id]).map(drop)
    }
}
