//! The statements of the counter, where staff serve customers in person: they find people by name or email address and
//! tickets by seat, keep seats back from sale, sell seats, move tickets, and adjust balances.

use super::accounts::user;
use super::values::JsonArray;
use super::{Read, Write};
use crate::domain::hold::Held;
use crate::domain::seat::SeatNow;
use crate::domain::{
    PaymentId, Points, ReservationId, ScheduleId, SeatId, SeatName, SeatStatus, Timestamp, User, UserId,
};
use rusqlite::{OptionalExtension, Result, named_params, params};

/// A seat that staff have taken off sale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptSeat {
    pub id: SeatId,
    pub name: SeatName,
    pub reason: String,
    /// When the seat goes on sale automatically. `None` means never: staff have to put it on sale.
    pub until: Option<Timestamp>,
}

/// The most people, and the most tickets, that a search returns.
pub const FOUND: usize = 50;

impl Read<'_> {
    /// People whose name and email address have the words of `search`, in the order of their names, at most [`FOUND`].
    pub fn find_people(&self, search: &str) -> Result<Vec<User>> {
        let sql = "select id, name, email, role, point, duty from user
            where has_words(name || ' ' || email, :search) order by name, id limit :most";
        let named = named_params! { ":search": search, ":most": FOUND as i64 };
        self.connection.prepare_cached(sql)?.query_map(named, user)?.collect()
    }

    /// Tickets whose seat, written as `stallsa12`, contains `search`, which must be
    /// [`compact`](crate::domain::text::compact): the latest first, at most [`FOUND`]. Cancelled tickets are left out.
    pub fn find_tickets(&self, search: &str) -> Result<Vec<ReservationId>> {
        let sql = r#"select r.id from reservation r join seat s on s.id = r.seat_id
            where r.status = 'purchase'
                and has_words(s.section || s."row" || s.number, :search)
            order by r.id desc limit :most"#;
        let named = named_params! { ":search": search, ":most": FOUND as i64 };
        self.connection.prepare_cached(sql)?.query_map(named, |row| row.get(0))?.collect()
    }

    /// The tickets that were bought with a payment, cancelled ones included, in the order of the seats.
    pub fn tickets_of_payment(&self, payment: PaymentId) -> Result<Vec<ReservationId>> {
        let sql = "select id from reservation where payment_id = ? order by seat_id, id";
        self.connection.prepare_cached(sql)?.query_map([payment], |row| row.get(0))?.collect()
    }

    /// The name and the price of a seat, and whether staff may give it to somebody, which is true if it is for sale or
    /// kept back. `None` if the schedule has no such seat.
    pub fn seat_to_give(&self, schedule: ScheduleId, id: SeatId) -> Result<Option<(SeatName, Points, bool)>> {
        let sql = r#"select section, "row", number, price, status = 'reservable' or kept_reason is not null
            from seat where id = ? and schedule_id = ?"#;
        let seat = |row: &rusqlite::Row<'_>| {
            let name = SeatName { section: row.get(0)?, row: row.get(1)?, number: row.get(2)? };
            Ok((name, row.get(3)?, row.get(4)?))
        };
        self.connection.prepare_cached(sql)?.query_row(params![id, schedule], seat).optional()
    }

    /// The seats of a schedule that are kept back from sale, in the order of the hall.
    pub fn kept_seats(&self, schedule: ScheduleId) -> Result<Vec<KeptSeat>> {
        let sql = r#"select id, section, "row", number, kept_reason, kept_until from seat
            where schedule_id = ? and status = 'reserved' and kept_reason is not null order by id"#;
        let kept = |row: &rusqlite::Row<'_>| {
            Ok(KeptSeat {
                id: row.get(0)?,
                name: SeatName { section: row.get(1)?, row: row.get(2)?, number: row.get(3)? },
                reason: row.get(4)?,
                until: row.get(5)?,
            })
        };
        self.connection.prepare_cached(sql)?.query_map([schedule], kept)?.collect()
    }

    /// The seats of a schedule that are kept back, but whose time has come at `now`: they must go on sale.
    pub fn seats_due_for_sale(&self, schedule: ScheduleId, now: Timestamp) -> Result<Vec<SeatId>> {
        let sql = "select id from seat where schedule_id = ? and kept_until <= ?";
        self.connection.prepare_cached(sql)?.query_map(params![schedule, now], |row| row.get(0))?.collect()
    }

    /// How many points a member of staff has adjusted alone since `since`, added and taken together. Points that were paid
    /// out in cash do not count: the till has them.
    pub fn adjusted_by(&self, staff: UserId, since: Timestamp) -> Result<Points> {
        let sql = "select coalesce(sum(abs(amount)), 0) from point_ledger 
            where staff_id = ? and created_at > ? and second_id is null
                and not exists (select 1 from till_entry where ledger_id = point_ledger.id)";
        self.connection.prepare_cached(sql)?.query_row(params![staff, since], |row| row.get(0))
    }
}

impl Write<'_> {
    /// Keeps seats back from sale if `kept` is `Some((reason, until))`; if `until` is `None`, without an end. Puts the
    /// seats on sale if `kept` is `None`.
    pub fn keep_seats(
        &self,
        schedule: ScheduleId,
        ids: &[SeatId],
        kept: Option<(&str, Option<Timestamp>)>,
        now: Timestamp,
    ) -> Result<()> {
        let (reason, until) = kept.map_or((None, None), |(reason, until)| (Some(reason), until));
        let status = if reason.is_some() { SeatStatus::Reserved } else { SeatStatus::Reservable };
        let sql = "update seat set status = ?, expired_at = null, kept_reason = ?, kept_until = ?, updated_at = ?
            where id in (select value from json_each(?)) and schedule_id = ?";
        let kept = params![status, reason, until, now, JsonArray::of(ids), schedule];
        self.connection.prepare_cached(sql)?.execute(kept)?;
        for &id in ids {
            self.note_seat(schedule, SeatNow { id, status, expired_at: None, held: None });
        }
        if let Some(until) = until {
            self.note_deadline(until);
        }
        Ok(())
    }

    /// Sells a seat to a fan outside the queue: inserts a reservation and turns it into a bought ticket at once.
    pub fn sell_seat(
        &self,
        fan: UserId,
        schedule: ScheduleId,
        (seat, price): (SeatId, Points),
        payment: PaymentId,
        now: Timestamp,
    ) -> Result<ReservationId> {
        let id = self.insert_reservation(fan, schedule, (seat, price), now, now)?;
        let hold = Held { id, user_id: fan, seat_id: seat, price, expired_at: now };
        self.buy(schedule, &hold, payment, now)?;
        Ok(id)
    }

    /// Moves a ticket from one seat to another. The old seat goes on sale.
    pub fn move_ticket(
        &self,
        schedule: ScheduleId,
        (ticket, fan): (ReservationId, UserId),
        (from, to): (SeatId, SeatId),
        now: Timestamp,
    ) -> Result<()> {
        let sql = "update reservation set seat_id = ?, updated_at = ? where id = ?";
        self.connection.prepare_cached(sql)?.execute(params![to, now, ticket])?;
        let free = SeatNow { id: from, status: SeatStatus::Reservable, expired_at: None, held: None };
        self.set_seat(schedule, free, now)?;
        let held = Some((ticket, fan));
        self.set_seat(schedule, SeatNow { id: to, status: SeatStatus::Reserved, expired_at: None, held }, now)
    }

    /// Adds an adjustment to the ledger, which the member of staff `by` made, perhaps with a second one who agreed, and
    /// returns its id. `amount` is in points and may be negative.
    pub fn insert_adjustment(
        &self,
        fan: UserId,
        (by, second): (UserId, Option<UserId>),
        amount: Points,
        reason: &str,
        now: Timestamp,
    ) -> Result<i64> {
        let sql = "insert into point_ledger (user_id, kind, amount, reference, created_at, staff_id, second_id)
            values (?, 'adjust', ?, ?, ?, ?, ?)";
        self.connection.prepare_cached(sql)?.execute(params![fan, amount, reason, now, by, second])?;
        Ok(self.connection.last_insert_rowid())
    }
}
