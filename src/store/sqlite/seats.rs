//! Seats and their states.

use super::values::JsonArray;
use super::{Read, Write};
use crate::domain::hold::{Held, WantedSeat};
use crate::domain::seat::SeatNow;
use crate::domain::seating::NewSeat;
use crate::domain::seating::Placed;
use crate::domain::{Points, ReservationId, ScheduleId, Seat, SeatId, SeatName, Timestamp, UserId};
use crate::store::PriceBand;
use rusqlite::{OptionalExtension, Result, params};

impl Read<'_> {
    /// All seats of a schedule in the order in which they were inserted, which is by section, row and position. Each
    /// comes with its state and, if it is held or sold, with the reservation and the fan.
    pub fn seats(&self, schedule: ScheduleId) -> Result<Vec<(Seat, SeatNow)>> {
        let sql = r#"select s.id, s.section, s."row", s.number, s.position, s.price, s.status, s.expired_at,
                r.id, r.user_id, s.category, s.kind, s.x, s.y
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
                category: row.get(10)?,
                kind: row.get(11)?,
                at: (row.get(12)?, row.get(13)?),
            };
            let (reservation, holder): (Option<ReservationId>, Option<UserId>) = (row.get(8)?, row.get(9)?);
            Ok((seat, SeatNow { id, status: row.get(6)?, expired_at: row.get(7)?, held: reservation.zip(holder) }))
        };
        self.connection.prepare_cached(sql)?.query_map([schedule], seat)?.collect()
    }

    /// The seats of this schedule that `wanted` names, in its order, each with the unpaid reservation on it, if any. An
    /// id that is not a seat of this schedule is left out.
    pub fn wanted_seats(&self, schedule: ScheduleId, wanted: &[SeatId]) -> Result<Vec<WantedSeat>> {
        let sql = "select seat.price, seat.status, reservation.id, reservation.user_id, reservation.price,
                reservation.expired_at, seat.kind
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
                Ok(WantedSeat { id, price: row.get(0)?, status: row.get(1)?, kind: row.get(6)?, held })
            });
            seats.extend(seat.optional()?);
        }
        Ok(seats)
    }

    /// The price bands of a schedule, each with its price and its number of seats, the most expensive first.
    pub fn price_bands(&self, schedule: ScheduleId) -> Result<Vec<PriceBand>> {
        let sql = "select category, max(price), count(*) from seat where schedule_id = ? group by category
            order by max(price) desc, min(id)";
        let band =
            |row: &rusqlite::Row<'_>| Ok(PriceBand { category: row.get(0)?, price: row.get(1)?, seats: row.get(2)? });
        self.connection.prepare_cached(sql)?.query_map([schedule], band)?.collect()
    }

    /// The first seat of a schedule that is held or sold, or `None`. If `category` is given, only seats of that price
    /// band are searched.
    pub fn seat_in_use(&self, schedule: ScheduleId, category: Option<&str>) -> Result<Option<SeatName>> {
        let sql = r#"select s.section, s."row", s.number from seat s
            join reservation r on r.seat_id = s.id and r.status in ('reserved', 'purchase')
            where s.schedule_id = ?1 and (?2 is null or s.category = ?2) order by s.id limit 1"#;
        self.connection.prepare_cached(sql)?.query_row(params![schedule, category], seat_name).optional()
    }

    /// A seat of a schedule that has ever had a reservation, in any state. `None` if there is none.
    pub fn seat_ever_reserved(&self, schedule: ScheduleId) -> Result<Option<SeatName>> {
        let sql = r#"select s.section, s."row", s.number from reservation r join seat s on s.id = r.seat_id
            where r.schedule_id = ? limit 1"#;
        self.connection.prepare_cached(sql)?.query_row([schedule], seat_name).optional()
    }
}

fn seat_name(row: &rusqlite::Row<'_>) -> Result<SeatName> {
    Ok(SeatName { section: row.get(0)?, row: row.get(1)?, number: row.get(2)? })
}

impl Write<'_> {
    /// Deletes all seats of a schedule. Fails if a reservation refers to one of them: see [`Read::seat_ever_reserved`].
    pub fn remove_seats(&self, schedule: ScheduleId) -> Result<()> {
        let sql = "delete from seat where schedule_id = ?";
        self.connection.prepare_cached(sql)?.execute([schedule])?;
        self.note_hall_changed(schedule);
        Ok(())
    }

    /// Sets the price of all seats of a price band, in points.
    pub fn set_price(&self, schedule: ScheduleId, category: &str, price: Points, now: Timestamp) -> Result<()> {
        let sql = "update seat set price = ?, updated_at = ? where schedule_id = ? and category = ?";
        self.connection.prepare_cached(sql)?.execute(params![price, now, schedule, category])?;
        self.note_hall_changed(schedule);
        Ok(())
    }

    /// Copies the seats of one schedule to another. Every copy is for sale, whatever the state of the original.
    pub fn copy_seats(&self, from: ScheduleId, to: ScheduleId, now: Timestamp) -> Result<()> {
        let sql = r#"insert into seat (schedule_id, section, "row", number, position, category, kind, x, y, price, status,
                created_at, updated_at)
            select ?2, section, "row", number, position, category, kind, x, y, price, 'reservable', ?3, ?3
            from seat where schedule_id = ?1 order by id"#;
        self.connection.prepare_cached(sql)?.execute(params![from, to, now])?;
        self.note_hall_changed(to);
        Ok(())
    }

    /// Adds seats to a schedule, in this order.
    pub fn insert_seats(&self, schedule: ScheduleId, seats: &[NewSeat], now: Timestamp) -> Result<()> {
        let sql = r#"insert into seat
            (schedule_id, section, "row", number, position, category, kind, x, y, price, status, created_at, updated_at)
            select ?1, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6,
                value ->> 7, value ->> 8, value ->> 9, ?2, ?2
            from json_each(?3) order by key"#;
        let row = |NewSeat { placed, price, status }: &NewSeat| {
            let Placed { section, row, number, position, category, kind, at } = placed;
            serde_json::json!([
                section,
                row,
                number,
                position,
                category,
                kind.as_str(),
                at.0,
                at.1,
                price,
                status.as_str()
            ])
        };
        let rows: Vec<_> = seats.iter().map(row).collect();
        self.connection.prepare_cached(sql)?.execute(params![schedule, now, JsonArray::of(&rows)])?;
        self.note_hall_changed(schedule);
        Ok(())
    }

    /// Sets the state of a seat and records the change. `expired_at` is `Some` if and only if the seat is `occupied`.
    /// The field `held` is not stored in the row. It is only part of the recorded change, from which the state in
    /// memory is updated: for a held or sold seat it must name the reservation and the fan.
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
