//! The books: what was sold, paid and refunded, and what is owed to fans. All figures are computed from the rows at
//! each call. A complimentary ticket counts as sold, at a price of 0.

use super::Read;
use crate::domain::points::LedgerKind;
use crate::domain::{PaymentId, Points, ReservationId, ScheduleId, Timestamp};
use rusqlite::Result;

/// The sales figures of a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleSales {
    pub id: ScheduleId,
    pub title: String,
    pub time_zone: String,
    pub show_time: Timestamp,
    /// The number of tickets that were sold and not cancelled.
    pub sold: i64,
    /// The number of tickets that were sold and then cancelled.
    pub cancelled: i64,
    /// What fans paid for all of these tickets, the cancelled ones included.
    pub paid: Points,
    /// What was refunded for the cancelled tickets.
    pub refunded: Points,
}

/// The sales figures of one price band of a schedule. Cancelled tickets are not counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BandSales {
    pub category: String,
    pub price: Points,
    pub sold: i64,
    pub paid: Points,
}

/// The sales figures of one hour. Tickets that were cancelled later are counted too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HourSales {
    /// The start of the hour: a full hour of UTC.
    pub begins: Timestamp,
    pub sold: i64,
    pub paid: Points,
}

/// The sum of the ledger's entries of each kind, and the sum of all balances.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PointTotals {
    pub charged: Points,
    /// The points paid for tickets, as a positive number.
    pub spent: Points,
    pub refunded: Points,
    /// The sum of all corrections by staff. It may be negative.
    pub adjusted: Points,
    /// The sum of all balances, which is what the venue owes its fans: charged - spent + refunded + adjusted.
    pub owed: Points,
}

/// One entry of the ledger, with the email address of the fan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerLine {
    pub id: i64,
    pub created_at: Timestamp,
    pub email: String,
    pub kind: LedgerKind,
    /// The change of the balance: a charge is positive, a purchase negative.
    pub amount: Points,
    /// The payment of a purchase or of a refund.
    pub payment_id: Option<PaymentId>,
    /// The ticket that a refund is for.
    pub reservation_id: Option<ReservationId>,
    /// The payment provider's reference of a charge, or the reason for a correction by staff.
    pub reference: Option<String>,
}

impl Read<'_> {
    /// The sales of each schedule: tickets and points. The latest show comes first.
    pub fn sales(&self) -> Result<Vec<ScheduleSales>> {
        let sql = "select cs.id, c.title, c.time_zone, cs.show_time,
                count(r.id) filter (where r.status = 'purchase'), count(r.id) filter (where r.status = 'cancel'),
                coalesce(sum(r.price), 0), coalesce(sum(l.amount), 0)
            from concert_schedule cs join concert c on c.id = cs.concert_id
            left join reservation r on r.schedule_id = cs.id and r.payment_id is not null
            left join point_ledger l on l.reservation_id = r.id and l.kind = 'refund'
            group by cs.id order by cs.show_time desc, cs.id desc";
        let sales = |row: &rusqlite::Row<'_>| {
            Ok(ScheduleSales {
                id: row.get(0)?,
                title: row.get(1)?,
                time_zone: row.get(2)?,
                show_time: row.get(3)?,
                sold: row.get(4)?,
                cancelled: row.get(5)?,
                paid: row.get(6)?,
                refunded: row.get(7)?,
            })
        };
        self.connection.prepare_cached(sql)?.query_map([], sales)?.collect()
    }

    /// The sum of the ledger's entries of each kind, and the sum of all balances, in points.
    pub fn point_totals(&self) -> Result<PointTotals> {
        let sql = "select kind, sum(amount) from point_ledger group by kind";
        let mut totals = PointTotals::default();
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (kind, amount): (LedgerKind, Points) = (row.get(0)?, row.get(1)?);
            match kind {
                LedgerKind::Charge => totals.charged = amount,
                LedgerKind::Purchase => totals.spent = -amount,
                LedgerKind::Refund => totals.refunded = amount,
                LedgerKind::Adjust => totals.adjusted = amount,
            }
        }
        let sql = "select coalesce(sum(point), 0) from user";
        totals.owed = self.connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
        Ok(totals)
    }

    /// The tickets of a schedule that are sold and not cancelled, by price band, the most expensive first. `price` is
    /// the current price of the band; `paid` is what was really paid, in points.
    pub fn sales_by_band(&self, schedule: ScheduleId) -> Result<Vec<BandSales>> {
        let sql =
            "select s.category, max(s.price), count(*), sum(r.price) from reservation r join seat s on s.id = r.seat_id
            where r.schedule_id = ? and r.status = 'purchase' group by s.category order by max(s.price) desc";
        let band = |row: &rusqlite::Row<'_>| {
            Ok(BandSales { category: row.get(0)?, price: row.get(1)?, sold: row.get(2)?, paid: row.get(3)? })
        };
        self.connection.prepare_cached(sql)?.query_map([schedule], band)?.collect()
    }

    /// The tickets of a schedule by the hour (in UTC) in which they were bought, the earliest first. Tickets that were
    /// cancelled later are included; hours without a purchase are left out.
    pub fn sales_by_hour(&self, schedule: ScheduleId) -> Result<Vec<HourSales>> {
        let sql = "select p.created_at - p.created_at % 3600000, count(*), sum(r.price)
            from reservation r join payment p on p.id = r.payment_id where r.schedule_id = ? group by 1 order by 1";
        let hour =
            |row: &rusqlite::Row<'_>| Ok(HourSales { begins: row.get(0)?, sold: row.get(1)?, paid: row.get(2)? });
        self.connection.prepare_cached(sql)?.query_map([schedule], hour)?.collect()
    }

    /// The whole ledger, the oldest entry first.
    pub fn ledger(&self) -> Result<Vec<LedgerLine>> {
        let sql = "select l.id, l.created_at, u.email, l.kind, l.amount, l.payment_id, l.reservation_id, l.reference
            from point_ledger l join user u on u.id = l.user_id order by l.id";
        let line = |row: &rusqlite::Row<'_>| {
            Ok(LedgerLine {
                id: row.get(0)?,
                created_at: row.get(1)?,
                email: row.get(2)?,
                kind: row.get(3)?,
                amount: row.get(4)?,
                payment_id: row.get(5)?,
                reservation_id: row.get(6)?,
                reference: row.get(7)?,
            })
        };
        self.connection.prepare_cached(sql)?.query_map([], line)?.collect()
    }
}
