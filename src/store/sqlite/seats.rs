//! Seats and their states.

use super::{Read, Write};
use crate::domain::entities::{NewSeat, Seat};
use crate::domain::hold::{Held, WantedSeat};
use crate::domain::seat::SeatNow;
use crate::domain::{ReservationId, ScheduleId, SeatId, Timestamp, UserId};
use rusqlite::{OptionalExtension, Result, params};

impl Read<'_> {
    /// The hall of a schedule in the order in which it was built, by section, row and place; each seat with who holds it or
    /// bought it, and under which reservation.
    pub fn seats(&self, schedule: ScheduleId) -> Result<Vec<(Seat, SeatNow)>> {
        let sql = r#"select s.id, s.section, s."row", s.number, s.position, s.price, s.status, s.expired_at,
                r.id, r.user_id
            from seat s left join reservation r on r.seat_id = s.id
                and r.status = iif(s.status = 'occupied', 'reserved', 'purchase')
            where s.schedule_id = ? order by s.id"#;
        let seat = |row: &rusqlite::Row<'_>| {
            let id = row.get(0)?;
            let seat = Seat {
                id,
                section: row.get(1)?,
                row: row.get(2)?,
                number: row.get(3)?,
                position: row.get(4)?,
                price: row.get(5)?,
            };
            let (reservation, holder): (Option<ReservationId>, Option<UserId>) = (row.get(8)?, row.get(9)?);
            Ok((seat, SeatNow { id, status: row.get(6)?, expired_at: row.get(7)?, held: reservation.zip(holder) }))
        };
        self.connection.prepare_cached(sql)?.query_map([schedule], seat)?.collect()
    }

    /// Those of the wanted seats that exist in this schedule, each with whoever holds it.
    pub fn wanted_seats(&self, schedule: ScheduleId, wanted: &[SeatId]) -> Result<Vec<WantedSeat>> {
        let sql = "select seat.price, seat.status, reservation.id, reservation.user_id, reservation.price,
                reservation.expired_at
            from seat left join reservation on reservation.seat_id = seat.id and reservation.status = 'reserved'
            where seat.id = ? and seat.schedule_id = ?";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut seats = Vec::with_capacity(wanted.len());
        for &id in wanted {
            let seat = statement.query_row(params![id, schedule], |row| {
                let held = match row.get(2)? {
                    Some(reservation) => Some(Held {
                        id: reservation,
                        user_id: row.get(3)?,
                        seat_id: id,
                        price: row.get(4)?,
                        expired_at: row.get(5)?,
                    }),
                    None => None,
                };
                Ok(WantedSeat { id, price: row.get(0)?, status: row.get(1)?, held })
            });
            seats.extend(seat.optional()?);
        }
        Ok(seats)
    }
}

impl Write<'_> {
    pub fn insert_seat(&self, schedule: ScheduleId, seat: &NewSeat, now: Timestamp) -> Result<SeatId> {
        let sql = r#"insert into seat
            (schedule_id, section, "row", number, position, price, status, created_at, updated_at)
            values (?, ?, ?, ?, ?, ?, ?, ?, ?)"#;
        let NewSeat { section, row, number, position, price, status } = seat;
        self.connection
            .prepare_cached(sql)?
            .execute(params![schedule, section, row, number, position, price, status, now, now])?;
        self.note_built(schedule);
        Ok(SeatId(self.connection.last_insert_rowid()))
    }

    /// Gives a seat its state. A deadline goes with `occupied` and with nothing else, a holder with all but `reservable`.
    pub fn set_seat(&self, schedule: ScheduleId, seat: SeatNow, now: Timestamp) -> Result<()> {
        let SeatNow { id, status, expired_at, .. } = seat;
        let sql = "update seat set status = ?, expired_at = ?, updated_at = ? where id = ? and schedule_id = ?";
        self.connection.prepare_cached(sql)?.execute(params![status, expired_at, now, id, schedule])?;
        self.note_seat(schedule, seat);
        if let Some(at) = expired_at {
            self.note_deadline(at);
        }
        Ok(())
    }
}
