//! Reservations: one row for each hold, which becomes a ticket when it is bought, or ends as cancelled.

use super::values::JsonArray;
use super::{Read, Write, concerts};
use crate::domain::hold::Held;
use crate::domain::purchase::LastReservation;
use crate::domain::seat::SeatNow;
use crate::domain::{
    PaymentId, Points, Reservation, ReservationId, ReservationStatus, ScheduleId, SeatId, SeatStatus, Timestamp, UserId,
};
use rusqlite::{OptionalExtension, Result, Row, named_params, params};

/// The revenue of a schedule so far. A complimentary ticket counts as sold, at a price of 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Takings {
    /// The number of tickets that were sold and not cancelled.
    pub sold: i64,
    /// The number of tickets that were sold and then cancelled.
    pub cancelled: i64,
    /// What was paid, less what was refunded.
    pub revenue: Points,
}

/// The tickets of a schedule that are sold and not cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sold {
    pub tickets: i64,
    /// How many people have them.
    pub fans: i64,
    /// The sum of their prices.
    pub price: Points,
    /// How many of the people have no email address, so that they get no mail.
    pub without_address: i64,
}

/// The most rows on one page of the list of reservations.
pub const PAGE: usize = 500;

/// Reads the columns `id, user_id, seat_id, price, expired_at`.
pub(super) fn held(row: &Row<'_>) -> Result<Held> {
    Ok(Held {
        id: row.get(0)?,
        user_id: row.get(1)?,
        seat_id: row.get(2)?,
        price: row.get(3)?,
        expired_at: row.get(4)?,
    })
}

/// Reads the columns of `select_reservation!`.
fn reservation(row: &Row<'_>) -> Result<Reservation> {
    Ok(Reservation {
        id: row.get(0)?,
        user_id: row.get(1)?,
        fan_name: row.get(2)?,
        fan_email: row.get(3)?,
        schedule_id: row.get(4)?,
        seat_id: row.get(5)?,
        section: row.get(6)?,
        row: row.get(7)?,
        number: row.get(8)?,
        status: row.get(9)?,
        price: row.get(10)?,
        expired_at: row.get(11)?,
        payment_id: row.get(12)?,
        updated_at: row.get(13)?,
        concert_title: row.get(14)?,
        performer: row.get(15)?,
        venue: row.get(16)?,
        time_zone: row.get(17)?,
        show_time: row.get(18)?,
        created_at: row.get(19)?,
        refund: row.get(20)?,
        checked_in_at: row.get(21)?,
        call_off_reason: row.get(22)?,
        moves: row.get(23)?,
        moved: concerts::moved(row, 24)?,
        payer_id: row.get(28)?,
        code_issue: row.get(29)?,
        hand_on_link_made_at: row.get(30)?,
        no_handing_on: row.get(31)?,
    })
}

/// The statement that reads reservations together with their seat, concert, fan and refund. `$rest` is the end of the
/// statement: its `where` and `order by`.
macro_rules! select_reservation {
    ($rest:literal) => {
        concat!(
            r#"select r.id, r.user_id, coalesce(r.holder_name, u.name), u.email, r.schedule_id, r.seat_id, s.section,
                s."row", s.number, r.status, r.price, r.expired_at, r.payment_id, r.updated_at,
                c.title, c.performer, coalesce(cs.venue, c.venue), c.time_zone, cs.show_time, r.created_at,
                (select l.amount from point_ledger l where l.reservation_id = r.id and l.kind = 'refund'), r.checked_in_at,
                iif(r.status = 'purchase' or r.updated_at >= cs.called_off_at, cs.called_off_reason, null), cs.moves, cs.moved_at, cs.moved_from, cs.full_refund_until, cs.moved_hall,
                (select p.user_id from payment p where p.id = r.payment_id), r.code_issue, r.hand_on_link_made_at,
                cs.no_handing_on
            from reservation r
            join seat s on s.id = r.seat_id
            join concert_schedule cs on cs.id = r.schedule_id
            join concert c on c.id = cs.concert_id
            join user u on u.id = r.user_id "#,
            $rest
        )
    };
}

impl Read<'_> {
    /// The fan's unpaid reservations in a schedule, in the order of the seats. Holds that have expired but that nobody
    /// has ended yet are included.
    pub fn basket(&self, fan: UserId, schedule: ScheduleId) -> Result<Vec<Held>> {
        let sql = "select id, user_id, seat_id, price, expired_at from reservation
            where user_id = ? and schedule_id = ? and status = 'reserved' order by seat_id";
        self.connection.prepare_cached(sql)?.query_map(params![fan, schedule], held)?.collect()
    }

    /// How many tickets of a schedule the fan has, or has bought and handed on. Those that were cancelled do not count.
    pub fn bought(&self, fan: UserId, schedule: ScheduleId) -> Result<u32> {
        let sql =
            "select (select count(*) from reservation where user_id = ?1 and schedule_id = ?2 and status = 'purchase')
            + (select count(*) from payment p join reservation r on r.payment_id = p.id
                where p.user_id = ?1 and p.schedule_id = ?2 and r.status = 'purchase' and r.user_id <> ?1)";
        self.connection.prepare_cached(sql)?.query_row(params![fan, schedule], |row| row.get(0))
    }

    /// What became of the fan's latest reservation in a schedule, except tickets that somebody else has paid for. [`LastReservation::Other`] if the fan has joined the
    /// queue again since.
    pub fn last_reservation(&self, fan: UserId, schedule: ScheduleId) -> Result<LastReservation> {
        let sql = "select r.status = 'purchase', r.status = 'cancel' and r.payment_id is null and r.updated_at >= r.expired_at
            from reservation r where r.user_id = ? and r.schedule_id = ? and not exists
                (select 1 from payment p where p.id = r.payment_id and p.user_id <> r.user_id) and not exists
                (select 1 from queue_token t where t.user_id = r.user_id and t.schedule_id = r.schedule_id
                    and t.status in ('wait', 'active') and t.created_at > r.created_at)
            order by r.id desc limit 1";
        let mut statement = self.connection.prepare_cached(sql)?;
        let last = statement.query_row(params![fan, schedule], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        Ok(match last {
            Some((true, _)) => LastReservation::Bought,
            Some((_, true)) => LastReservation::RanOut,
            _ => LastReservation::Other,
        })
    }

    /// The holds of a schedule that have expired at `now` but that nobody has ended yet.
    pub fn expired_holds(&self, schedule: ScheduleId, count: u32, now: Timestamp) -> Result<Vec<Held>> {
        let sql = "select r.id, r.user_id, r.seat_id, r.price, r.expired_at
            from seat s join reservation r on r.seat_id = s.id and r.status = 'reserved'
            where s.schedule_id = ? and s.status = 'occupied' and s.expired_at <= ? order by r.id limit ?";
        self.connection.prepare_cached(sql)?.query_map(params![schedule, now, count], held)?.collect()
    }

    /// All holds of a schedule, whether they have expired or not.
    pub fn holds(&self, schedule: ScheduleId) -> Result<Vec<Held>> {
        let sql = "select id, user_id, seat_id, price, expired_at from reservation
            where schedule_id = ? and status = 'reserved'";
        self.connection.prepare_cached(sql)?.query_map([schedule], held)?.collect()
    }

    /// All reservations of one fan in any state, the newest first.
    pub fn reservations_of(&self, fan: UserId) -> Result<Vec<Reservation>> {
        let sql = select_reservation!("where r.user_id = ? order by r.created_at desc, r.id");
        self.connection.prepare_cached(sql)?.query_map([fan], reservation)?.collect()
    }

    /// The tickets that a fan has paid for and handed on, the latest first.
    pub fn tickets_handed_on_by(&self, fan: UserId) -> Result<Vec<Reservation>> {
        let sql = select_reservation!(
            "where r.payment_id in (select id from payment where user_id = ?1) and r.user_id <> ?1 order by r.id desc"
        );
        self.connection.prepare_cached(sql)?.query_map([fan], reservation)?.collect()
    }

    /// Who handed a ticket on to whom, and when: the names, the earliest first.
    pub fn handovers(&self, ticket: ReservationId) -> Result<Vec<(String, String, Timestamp)>> {
        let sql = "select g.name, t.name, h.created_at from handover h join user g on g.id = h.from_user_id
            join user t on t.id = h.to_user_id where h.reservation_id = ? order by h.id";
        let names = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
        self.connection.prepare_cached(sql)?.query_map([ticket], names)?.collect()
    }

    /// All reservations of one fan in one schedule in any state, in the order of the seats.
    pub fn reservations_of_in(&self, fan: UserId, schedule: ScheduleId) -> Result<Vec<Reservation>> {
        let sql = select_reservation!("where r.user_id = ? and r.schedule_id = ? order by r.seat_id, r.id");
        self.connection.prepare_cached(sql)?.query_map(params![fan, schedule], reservation)?.collect()
    }

    /// When a ticket of a schedule was last cancelled. `None` if none ever was.
    pub fn last_cancellation(&self, schedule: ScheduleId) -> Result<Option<Timestamp>> {
        let sql = "select max(updated_at) from reservation
            where schedule_id = ? and status = 'cancel' and payment_id is not null";
        self.connection.prepare_cached(sql)?.query_row([schedule], |row| row.get(0))
    }

    pub fn reservation(&self, id: ReservationId) -> Result<Option<Reservation>> {
        let sql = select_reservation!("where r.id = ?");
        self.connection.prepare_cached(sql)?.query_row([id], reservation).optional()
    }

    /// How many tickets of a schedule are sold and not cancelled, and how many of those have been checked in at the
    /// door.
    pub fn inside(&self, schedule: ScheduleId) -> Result<(i64, i64)> {
        let sql =
            "select count(*), count(checked_in_at) from reservation where schedule_id = ? and status = 'purchase'";
        self.connection.prepare_cached(sql)?.query_row([schedule], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    /// How many tickets of a schedule were sold and cancelled so far, and the revenue in points: payments less refunds.
    pub fn takings(&self, schedule: ScheduleId) -> Result<Takings> {
        let sql = "select count(*) filter (where status = 'purchase'), count(*) filter (where status = 'cancel'),
                coalesce(sum(price), 0) - (select coalesce(sum(l.amount), 0) from point_ledger l
                    join reservation r on r.id = l.reservation_id where l.kind = 'refund' and r.schedule_id = ?1)
            from reservation where schedule_id = ?1 and payment_id is not null";
        self.connection.prepare_cached(sql)?.query_row([schedule], |row| {
            Ok(Takings { sold: row.get(0)?, cancelled: row.get(1)?, revenue: row.get(2)? })
        })
    }

    /// Every ticket of a schedule that was ever bought, cancelled ones included, in the order of the seats.
    pub fn tickets_of(&self, schedule: ScheduleId) -> Result<Vec<Reservation>> {
        let sql = select_reservation!("where r.schedule_id = ? and r.payment_id is not null order by r.seat_id, r.id");
        self.connection.prepare_cached(sql)?.query_map([schedule], reservation)?.collect()
    }

    /// The fans with tickets of a schedule, at most `count`.
    pub fn fans_with_tickets(&self, schedule: ScheduleId, count: u32) -> Result<Vec<UserId>> {
        let sql = "select distinct user_id from reservation where schedule_id = ? and status = 'purchase' limit ?";
        self.connection.prepare_cached(sql)?.query_map(params![schedule, count], |row| row.get(0))?.collect()
    }

    /// How many tickets of a schedule are sold and not cancelled, how many fans have them, and the sum of their prices.
    pub fn sold(&self, schedule: ScheduleId) -> Result<Sold> {
        let sql = "select count(*), count(distinct r.user_id), coalesce(sum(r.price), 0),
                count(distinct r.user_id) filter (where not has_address(u.email))
            from reservation r join user u on u.id = r.user_id where r.schedule_id = ? and r.status = 'purchase'";
        let sold = |row: &Row<'_>| {
            Ok(Sold { tickets: row.get(0)?, fans: row.get(1)?, price: row.get(2)?, without_address: row.get(3)? })
        };
        self.connection.prepare_cached(sql)?.query_row([schedule], sold)
    }

    /// How many tickets of all schedules are sold and not cancelled, and when the last purchase was.
    pub fn tickets_and_last_purchase(&self) -> Result<(i64, Option<Timestamp>)> {
        let sql = "select (select count(*) from reservation indexed by reservation_by_schedule
                where schedule_id in (select id from concert_schedule) and status = 'purchase'),
            (select created_at from payment where id = (select max(id) from payment))";
        self.connection.prepare_cached(sql)?.query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    /// How many tickets of a schedule were cancelled since an instant, and how many points were refunded for them.
    pub fn cancelled_since(&self, schedule: ScheduleId, since: Timestamp) -> Result<(i64, Points)> {
        let sql = "select count(*), coalesce(sum((select l.amount from point_ledger l
                where l.reservation_id = r.id and l.kind = 'refund')), 0)
            from reservation r
            where r.schedule_id = ? and r.status = 'cancel' and r.payment_id is not null and r.updated_at >= ?";
        self.connection.prepare_cached(sql)?.query_row(params![schedule, since], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    /// When a payment was made, and its refund terms, as JSON.
    pub fn refund_terms(&self, payment: PaymentId) -> Result<(Timestamp, String)> {
        let sql = "select p.created_at, rp.terms from payment p join refund_policy rp on rp.id = p.refund_policy_id
            where p.id = ?";
        self.connection.prepare_cached(sql)?.query_row([payment], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    /// The reservations of a schedule whose fan's name and email address have the words of `search`, the newest first,
    /// at most [`PAGE`]. An empty `search` matches all.
    pub fn reservations_in(&self, schedule: ScheduleId, search: &str) -> Result<Vec<Reservation>> {
        let sql = select_reservation!(
            "where r.schedule_id = :schedule
                and (:search = '' or has_words(u.name || ' ' || u.email || ' ' || coalesce(r.holder_name, ''), :search))
            order by r.id desc limit :page"
        );
        self.connection
            .prepare_cached(sql)?
            .query_map(named_params! { ":schedule": schedule, ":search": search, ":page": PAGE as i64 }, reservation)?
            .collect()
    }

    /// How many reservations a schedule has in each state. A hold that ended without a payment is not a cancelled ticket,
    /// so it is left out; so is a state that no reservation is in.
    pub fn reservation_counts(&self, schedule: ScheduleId) -> Result<Vec<(ReservationStatus, i64)>> {
        let sql = "select status, count(*) from reservation
            where schedule_id = ? and (status <> 'cancel' or payment_id is not null) group by status";
        self.connection.prepare_cached(sql)?.query_map([schedule], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
    }
}

impl Write<'_> {
    /// Holds a seat for a fan until `expired_at`, at the price `price`.
    pub fn hold_seat(
        &self,
        fan: UserId,
        schedule: ScheduleId,
        (seat, price): (SeatId, Points),
        expired_at: Timestamp,
        now: Timestamp,
    ) -> Result<ReservationId> {
        let id = self.insert_reservation(fan, schedule, (seat, price), expired_at, now)?;
        let (status, held) = (SeatStatus::Occupied, Some((id, fan)));
        self.set_seat(schedule, SeatNow { id: seat, status, expired_at: Some(expired_at), held }, now)?;
        Ok(id)
    }

    /// Inserts a hold of a seat that lasts until `expired_at`. The state of the seat itself is set by the caller.
    pub(super) fn insert_reservation(
        &self,
        fan: UserId,
        schedule: ScheduleId,
        (seat, price): (SeatId, Points),
        expired_at: Timestamp,
        now: Timestamp,
    ) -> Result<ReservationId> {
        let sql = "insert into reservation (user_id, schedule_id, seat_id, price, expired_at, created_at, updated_at)
            values (?, ?, ?, ?, ?, ?, ?)";
        self.connection.prepare_cached(sql)?.execute(params![fan, schedule, seat, price, expired_at, now, now])?;
        Ok(ReservationId(self.connection.last_insert_rowid()))
    }

    /// Ends an unpaid reservation and keeps its row as history. The caller sets the state of its seat: free, or held by
    /// another fan.
    pub fn cancel_reservation(&self, id: ReservationId, now: Timestamp) -> Result<()> {
        let sql = "update reservation set status = 'cancel', updated_at = ? where id = ? and status = 'reserved'";
        self.connection.prepare_cached(sql)?.execute(params![now, id]).map(drop)
    }

    /// Sets when the link was made with which somebody else can take a ticket. `None` ends it.
    pub fn set_hand_on_link(&self, ticket: ReservationId, made_at: Option<Timestamp>) -> Result<()> {
        let sql = "update reservation set hand_on_link_made_at = ? where id = ?";
        self.connection.prepare_cached(sql)?.execute(params![made_at, ticket]).map(drop)
    }

    /// Makes somebody else the owner of a ticket. Its codes and its link from before are no longer valid.
    pub fn hand_over(&self, ticket: &Reservation, to: UserId, now: Timestamp) -> Result<()> {
        let sql = "update reservation set user_id = ?, code_issue = code_issue + 1, hand_on_link_made_at = null,
                holder_name = null, updated_at = ? where id = ? and status = 'purchase'";
        self.connection.prepare_cached(sql)?.execute(params![to, now, ticket.id])?;
        let sql = "insert into handover (reservation_id, from_user_id, to_user_id, created_at) values (?, ?, ?, ?)";
        self.connection.prepare_cached(sql)?.execute(params![ticket.id, ticket.user_id, to, now])?;
        let held = Some((ticket.id, to));
        let seat = SeatNow { id: ticket.seat_id, status: SeatStatus::Reserved, expired_at: None, held };
        self.note_seat(ticket.schedule_id, seat);
        Ok(())
    }

    /// Sets the name on a ticket. `None` means that of the account.
    pub fn set_holder_name(&self, ticket: ReservationId, name: Option<&str>, now: Timestamp) -> Result<()> {
        let sql = "update reservation set holder_name = ?, updated_at = ? where id = ?";
        self.connection.prepare_cached(sql)?.execute(params![name, now, ticket]).map(drop)
    }

    /// Marks a ticket as checked in at the instant `at`. Does nothing if it already is.
    pub fn check_in(&self, ticket: ReservationId, at: Timestamp, now: Timestamp) -> Result<()> {
        let sql = "update reservation set checked_in_at = ?, updated_at = ? where id = ? and checked_in_at is null";
        self.connection.prepare_cached(sql)?.execute(params![at, now, ticket]).map(drop)
    }

    /// Marks all tickets of a schedule as not checked in.
    pub fn undo_check_ins(&self, schedule: ScheduleId, now: Timestamp) -> Result<()> {
        let sql = "update reservation set checked_in_at = null, updated_at = ?
            where schedule_id = ? and status = 'purchase' and checked_in_at is not null";
        self.connection.prepare_cached(sql)?.execute(params![now, schedule]).map(drop)
    }

    /// Marks a ticket as not checked in.
    pub fn undo_check_in(&self, ticket: ReservationId, now: Timestamp) -> Result<()> {
        let sql = "update reservation set checked_in_at = null, updated_at = ? where id = ?";
        self.connection.prepare_cached(sql)?.execute(params![now, ticket]).map(drop)
    }

    /// Cancels a ticket and puts its seat back on sale. The row keeps its payment. The refund is written separately, by
    /// [`Write::insert_refund`].
    pub fn cancel_ticket(
        &self,
        schedule: ScheduleId,
        ticket: ReservationId,
        seat: SeatId,
        now: Timestamp,
    ) -> Result<()> {
        // Somebody may have come in with it before the show was called off.
        let sql = "update reservation set status = 'cancel', checked_in_at = null, updated_at = ?
            where id = ? and status = 'purchase'";
        self.connection.prepare_cached(sql)?.execute(params![now, ticket])?;
        self.set_seat(schedule, SeatNow { id: seat, status: SeatStatus::Reservable, expired_at: None, held: None }, now)
    }

    /// Ends unpaid holds and puts their seats back on sale.
    pub fn free(&self, schedule: ScheduleId, holds: &[Held], now: Timestamp) -> Result<()> {
        if holds.is_empty() {
            return Ok(());
        }
        let reservations: Vec<ReservationId> = holds.iter().map(|hold| hold.id).collect();
        let sql = "update reservation set status = 'cancel', updated_at = ?
            where id in (select value from json_each(?)) and status = 'reserved'";
        self.connection.prepare_cached(sql)?.execute(params![now, JsonArray::of(&reservations)])?;
        let seats: Vec<SeatId> = holds.iter().map(|hold| hold.seat_id).collect();
        self.keep_seats(schedule, &seats, None, now)?;
        Ok(())
    }

    /// Lets every hold that would expire later expire at `until`: the offers to waitlists, or all others.
    pub fn shorten_holds(&self, are_offers: bool, until: Timestamp, now: Timestamp) -> Result<()> {
        let sql = "select r.id, r.user_id, r.seat_id, r.schedule_id
            from seat s join reservation r on r.seat_id = s.id and r.status = 'reserved'
            where s.status = 'occupied' and s.expired_at > ? and (r.waitlist_entry_id is not null) = ?";
        type Hold = (ReservationId, UserId, SeatId, ScheduleId);
        let hold = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?));
        let holds = self
            .connection
            .prepare_cached(sql)?
            .query_map(params![until, are_offers], hold)?
            .collect::<Result<Vec<Hold>>>()?;
        let reservations: Vec<ReservationId> = holds.iter().map(|hold| hold.0).collect();
        let sql = "update reservation set expired_at = ?, updated_at = ? where id in (select value from json_each(?))";
        self.connection.prepare_cached(sql)?.execute(params![until, now, JsonArray::of(&reservations)])?;
        let seats: Vec<SeatId> = holds.iter().map(|hold| hold.2).collect();
        let sql = "update seat set expired_at = ?, updated_at = ? where id in (select value from json_each(?))";
        self.connection.prepare_cached(sql)?.execute(params![until, now, JsonArray::of(&seats)])?;
        if are_offers {
            let sql = "update waitlist_entry set expire_at = ?1, updated_at = ?2 where expire_at > ?1 and id in
                (select waitlist_entry_id from reservation where id in (select value from json_each(?3)))";
            self.connection.prepare_cached(sql)?.execute(params![until, now, JsonArray::of(&reservations)])?;
        }
        for (reservation, fan, id, schedule) in holds {
            let held = Some((reservation, fan));
            self.note_seat(schedule, SeatNow { id, status: SeatStatus::Occupied, expired_at: Some(until), held });
        }
        self.note_deadline(until);
        Ok(())
    }

    /// Turns a hold into a bought ticket of `payment`, and sets its seat to `reserved` (not for sale).
    pub fn buy(&self, schedule: ScheduleId, hold: &Held, payment: PaymentId, now: Timestamp) -> Result<()> {
        let sql = "update reservation set status = 'purchase', payment_id = ?, updated_at = ? where id = ?";
        self.connection.prepare_cached(sql)?.execute(params![payment, now, hold.id])?;
        let held = Some((hold.id, hold.user_id));
        self.set_seat(schedule, SeatNow { id: hold.seat_id, status: SeatStatus::Reserved, expired_at: None, held }, now)
    }
}
