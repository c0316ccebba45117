//! The door: the tickets of a schedule as phones keep them, and the scans that phones have sent.

use super::{Read, Write};
use crate::domain::ticket::ScanOutcome;
use crate::domain::{ReservationId, ScheduleId, SeatName, Timestamp, UserId};
use rusqlite::{OptionalExtension, Result, params};

/// A ticket that is sold and not cancelled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoldTicket {
    pub id: ReservationId,
    pub held_at: Timestamp,
    /// How often the ticket was handed on.
    pub code_issue: u32,
    pub seat: SeatName,
    pub checked_in_at: Option<Timestamp>,
}

/// A scan that was recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeptScan {
    /// `None` if the code was not that of a ticket.
    pub ticket: Option<ReservationId>,
    pub outcome: ScanOutcome,
    pub scanned_at: Timestamp,
}

/// A scan that let somebody in who should not have been let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DoorProblem {
    pub outcome: ScanOutcome,
    /// The seat of the ticket. `None` if the code was not that of a ticket.
    pub seat: Option<SeatName>,
    pub scanned_at: Timestamp,
    /// When the ticket was used by another scan.
    pub used_at: Option<Timestamp>,
}

impl Read<'_> {
    /// The tickets of a schedule that are sold and not cancelled.
    pub fn sold_tickets(&self, schedule: ScheduleId) -> Result<Vec<SoldTicket>> {
        let sql = r#"select r.id, s.section, s."row", s.number, r.checked_in_at, r.created_at, r.code_issue
            from reservation r join seat s on s.id = r.seat_id
            where r.schedule_id = ? and r.status = 'purchase'"#;
        let sold = |row: &rusqlite::Row<'_>| {
            let seat = SeatName { section: row.get(1)?, row: row.get(2)?, number: row.get(3)? };
            Ok(SoldTicket {
                id: row.get(0)?,
                held_at: row.get(5)?,
                code_issue: row.get(6)?,
                seat,
                checked_in_at: row.get(4)?,
            })
        };
        self.connection.prepare_cached(sql)?.query_map([schedule], sold)?.collect()
    }

    /// A text that changes with each change of what [`Self::sold_tickets`] returns: every such change writes the time of
    /// its row, and one that takes a ticket away changes the number.
    pub fn version_of_tickets(&self, schedule: ScheduleId) -> Result<String> {
        let sql = "select count(*), count(checked_in_at), coalesce(sum(updated_at), 0) from reservation
            where schedule_id = ? and status = 'purchase'";
        let version = |row: &rusqlite::Row<'_>| {
            let (sold, used, changed): (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
            Ok(format!("{sold}-{used}-{changed}"))
        };
        self.connection.prepare_cached(sql)?.query_row([schedule], version)
    }

    /// The scans of a schedule that let somebody in who should not have been let in, the latest first.
    pub fn door_problems(&self, schedule: ScheduleId) -> Result<Vec<DoorProblem>> {
        let sql = r#"select d.outcome, s.section, s."row", s.number, d.scanned_at, r.checked_in_at from door_scan d
            left join reservation r on r.id = d.reservation_id left join seat s on s.id = r.seat_id
            where d.schedule_id = ? and d.outcome <> 'admitted' order by d.scanned_at desc, d.id"#;
        let problem = |row: &rusqlite::Row<'_>| {
            let seat = match row.get(1)? {
                Some(section) => Some(SeatName { section, row: row.get(2)?, number: row.get(3)? }),
                None => None,
            };
            Ok(DoorProblem { outcome: row.get(0)?, seat, scanned_at: row.get(4)?, used_at: row.get(5)? })
        };
        self.connection.prepare_cached(sql)?.query_map([schedule], problem)?.collect()
    }

    /// The scan that is recorded under a phone's id.
    pub fn door_scan(&self, id: &str) -> Result<Option<KeptScan>> {
        let sql = "select reservation_id, outcome, scanned_at from door_scan where id = ?";
        let kept = |row: &rusqlite::Row<'_>| {
            Ok(KeptScan { ticket: row.get(0)?, outcome: row.get(1)?, scanned_at: row.get(2)? })
        };
        self.connection.prepare_cached(sql)?.query_row([id], kept).optional()
    }
}

impl Write<'_> {
    /// Records a scan under a phone's id. If one is recorded under this id already, it takes the time of this one if it
    /// is of the same ticket, and is left as it is otherwise.
    pub fn insert_door_scan(
        &self,
        id: &str,
        (schedule, staff): (ScheduleId, UserId),
        scan: KeptScan,
        now: Timestamp,
    ) -> Result<()> {
        let sql = "insert into door_scan (id, schedule_id, reservation_id, staff_id, outcome, scanned_at, created_at)
            values (?, ?, ?, ?, ?, ?, ?) on conflict (id) do update set scanned_at = excluded.scanned_at
                where reservation_id = excluded.reservation_id";
        let KeptScan { ticket, outcome, scanned_at } = scan;
        self.connection
            .prepare_cached(sql)?
            .execute(params![id, schedule, ticket, staff, outcome, scanned_at, now])
            .map(drop)
    }
}
