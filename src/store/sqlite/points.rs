//! The ledger of points, payments, and the answers stored under idempotency keys. A trigger updates a fan's balance at
//! each new entry of the ledger.

use super::{Read, Write};
use crate::domain::points::LedgerKind;
use crate::domain::{PaymentId, Points, ReservationId, ScheduleId, Timestamp, UserId};
use rusqlite::{OptionalExtension, Result, params};

/// One line of a fan's statement of points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerEntry {
    pub kind: LedgerKind,
    /// The change of the balance: a charge is positive, a purchase negative.
    pub amount: Points,
    /// The balance after this entry.
    pub balance: Points,
    /// The title of the concert that a purchase or a refund was for.
    pub concert_title: Option<String>,
    /// The payment provider's reference of a charge, or the reason for a correction by staff.
    pub reference: Option<String>,
    pub created_at: Timestamp,
}

impl Read<'_> {
    /// The latest entries of a fan's ledger, the newest first, at most `limit`, each with the balance after it.
    pub fn statement(&self, fan: UserId, limit: u32) -> Result<Vec<LedgerEntry>> {
        let sql = "select l.kind, l.amount, sum(l.amount) over (order by l.id), c.title, l.created_at, l.reference
            from point_ledger l
            left join payment p on p.id = l.payment_id
            left join concert_schedule cs on cs.id = p.schedule_id
            left join concert c on c.id = cs.concert_id
            where l.user_id = ? order by l.id desc limit ?";
        let entry = |row: &rusqlite::Row<'_>| {
            Ok(LedgerEntry {
                kind: row.get(0)?,
                amount: row.get(1)?,
                balance: row.get(2)?,
                concert_title: row.get(3)?,
                created_at: row.get(4)?,
                reference: row.get(5)?,
            })
        };
        self.connection.prepare_cached(sql)?.query_map(params![fan, limit], entry)?.collect()
    }

    /// The request and the answer, in this order, that are stored under an idempotency key of a fan.
    pub fn stored_answer(&self, fan: UserId, key: &str) -> Result<Option<(String, String)>> {
        let sql = "select request, answer from idempotency_key where user_id = ? and key = ?";
        self.connection
            .prepare_cached(sql)?
            .query_row(params![fan, key], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()
    }
}

impl Write<'_> {
    /// Adds points to a fan's balance, and returns the id of the entry in the ledger. `reference` is what the payment
    /// provider calls the charge.
    pub fn insert_charge(&self, fan: UserId, amount: Points, reference: &str, now: Timestamp) -> Result<i64> {
        let sql =
            "insert into point_ledger (user_id, kind, amount, reference, created_at) values (?, 'charge', ?, ?, ?)";
        self.connection.prepare_cached(sql)?.execute(params![fan, amount, reference, now])?;
        Ok(self.connection.last_insert_rowid())
    }

    /// Inserts the payment of a purchase, and a ledger entry that debits `total` points. What is free has no entry.
    pub fn insert_payment(
        &self,
        fan: UserId,
        schedule: ScheduleId,
        total: Points,
        now: Timestamp,
    ) -> Result<PaymentId> {
        // The payment records the schedule's current refund terms, and keeps them if those of the schedule change.
        let sql = "insert into payment (user_id, schedule_id, total, refund_policy_id, created_at)
            values (?1, ?2, ?3, (select refund_policy_id from concert_schedule where id = ?2), ?4)";
        self.connection.prepare_cached(sql)?.execute(params![fan, schedule, total, now])?;
        let payment = PaymentId(self.connection.last_insert_rowid());
        if total == 0 {
            return Ok(payment);
        }
        let sql =
            "insert into point_ledger (user_id, kind, amount, payment_id, created_at) values (?, 'purchase', ?, ?, ?)";
        self.connection.prepare_cached(sql)?.execute(params![fan, -total, payment, now])?;
        Ok(payment)
    }

    /// Adds the refund of a ticket to the ledger. `amount` must be more than 0 points.
    pub fn insert_refund(
        &self,
        fan: UserId,
        (payment, ticket): (PaymentId, ReservationId),
        amount: Points,
        now: Timestamp,
    ) -> Result<()> {
        let sql = "insert into point_ledger (user_id, kind, amount, payment_id, reservation_id, created_at)
            values (?, 'refund', ?, ?, ?, ?)";
        self.connection.prepare_cached(sql)?.execute(params![fan, amount, payment, ticket, now]).map(drop)
    }

    /// Stores the answer to a request under an idempotency key, in the transaction that carries the request out.
    pub fn store_answer(&self, fan: UserId, key: &str, request: &str, answer: &str, now: Timestamp) -> Result<()> {
        let sql = "insert into idempotency_key (user_id, key, request, answer, created_at) values (?, ?, ?, ?, ?)";
        self.connection.prepare_cached(sql)?.execute(params![fan, key, request, answer, now]).map(drop)
    }
}
