//! The door: the tickets of a schedule as phones keep them, and the scans that phones have sent.

use super::{Read, Write};
use crate::domain::ticket::ScanOutcome;
use crate::domain::{ReservationId, ScheduleId, SeatName, Timestamp, UserId};
use rusqlite::{OptionalExtension, Result, params};

/// A ticket that is sold and not cancelled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoldTicket {
    pub id: ReservationId,
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

impl Read<'_> {
    /// The tickets of a schedule that are sold and not cancelled.
    pub fn sold_tickets(&self, schedule: ScheduleId) -> Result<Vec<SoldTicket>> {
        let sql = r#"select r.id, s.section, s."row", s.number, r.checked_in_at
            from reservation r join seat s on s.id = r.seat_id
            where r.schedule_id = ? and r.status = 'purchase'"#;
        let sold = |row: &rusqlite::Row<'_>| {
            let seat = SeatName { section: row.get(1)?, row: row.get(2)?, number: row.get(3)? };
            Ok(SoldTicket { id: row.get(0)?, seat, checked_in_at: row.get(4)? })
        };
        self.connection.prepare_cached(sql)?.query_map([schedule], sold)?.collect()
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
    /// Records a scan under a phone's id. Does nothing if one is recorded under this id.
    pub fn insert_door_scan(
        &self,
        id: &str,
        (schedule, staff): (ScheduleId, UserId),
        scan: KeptScan,
        now: Timestamp,
    ) -> Result<()> {
        let sql = "insert into door_scan (id, schedule_id, reservation_id, staff_id, outcome, scanned_at, created_at)
            values (?, ?, ?, ?, ?, ?, ?) on conflict (id) do nothing";
        let KeptScan { ticket, outcome, scanned_at } = scan;
        self.connection
            .prepare_cached(sql)?
            .execute(params![id, schedule, ticket, staff, outcome, scanned_at, now])
            .map(drop)
    }
}
