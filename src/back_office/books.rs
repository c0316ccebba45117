//! The books: sales by schedule, price band and hour, and the totals of the ledger of points. Each report is read in
//! one snapshot, so its figures agree with each other exactly.

use super::{BoxOffice, schedules};
use crate::domain::{Concert, ConcertSchedule, Reservation, ScheduleId};
use crate::house::House;
use crate::store::{BandSales, HourSales, LedgerLine, Outcome, PointTotals, ScheduleSales};

/// The sales of every schedule, and the totals of the ledger of points.
#[derive(Debug, Clone)]
pub struct Books {
    pub sales: Vec<ScheduleSales>,
    pub points: PointTotals,
}

/// The sales of one schedule, by price band and by hour.
#[derive(Debug, Clone)]
pub struct ScheduleBooks {
    pub concert: Concert,
    pub schedule: ConcertSchedule,
    pub bands: Vec<BandSales>,
    pub hours: Vec<HourSales>,
}

/// Returns the sales of every schedule, the latest show first, and the totals of the ledger of points.
pub async fn books(house: &House, _proof: BoxOffice) -> Outcome<Books> {
    house.read(|read, _| Ok(Books { sales: read.sales()?, points: read.point_totals()? })).await
}

/// Returns the sales of one schedule, by price band (the most expensive first) and by hour (in UTC, the earliest
/// first).
///
/// # Errors
/// [`Refusal::NotFound`](crate::domain::Refusal::NotFound) if the schedule does not exist.
pub async fn schedule_books(house: &House, _proof: BoxOffice, id: ScheduleId) -> Outcome<ScheduleBooks> {
    house
        .read(move |read, _| {
            let (concert, schedule) = schedules::known(read, id)?;
            Ok(ScheduleBooks { bands: read.sales_by_band(id)?, hours: read.sales_by_hour(id)?, concert, schedule })
        })
        .await
}

/// Returns every ticket of a schedule that was ever sold or given away, cancelled ones included, in the order of the
/// seats.
pub async fn ticket_list(house: &House, _proof: BoxOffice, id: ScheduleId) -> Outcome<Vec<Reservation>> {
    house.read(move |read, _| Ok(read.tickets_of(id)?)).await
}

/// Returns every entry of the ledger of points, the oldest first.
pub async fn ledger(house: &House, _proof: BoxOffice) -> Outcome<Vec<LedgerLine>> {
    house.read(|read, _| Ok(read.ledger()?)).await
}
