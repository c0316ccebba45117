//! The books: sales by schedule, price band and hour, and points. They are read in one snapshot, so they agree with each other
//! to the last unit.

use super::{BoxOffice, schedules};
use crate::domain::ScheduleId;
use crate::domain::entities::{
    BandSales, Concert, ConcertSchedule, HourSales, LedgerLine, PointTotals, Reservation, ScheduleSales,
};
use crate::house::House;
use crate::store::Outcome;

/// The books of the house.
#[derive(Debug, Clone)]
pub struct Books {
    pub sales: Vec<ScheduleSales>,
    pub points: PointTotals,
}

/// The books of one schedule.
#[derive(Debug, Clone)]
pub struct ScheduleBooks {
    pub concert: Concert,
    pub schedule: ConcertSchedule,
    pub bands: Vec<BandSales>,
    pub hours: Vec<HourSales>,
}

/// The books of the house.
///
/// # Errors
/// Storage faults.
pub async fn books(house: &House, _proof: BoxOffice) -> Outcome<Books> {
    house.read(|read, _| Ok(Books { sales: read.sales()?, points: read.point_totals()? })).await
}

/// The books of one schedule.
///
/// # Errors
/// [`Refusal::NotFound`](crate::domain::Refusal::NotFound).
pub async fn schedule_books(house: &House, _proof: BoxOffice, id: ScheduleId) -> Outcome<ScheduleBooks> {
    house
        .read(move |read, _| {
            let (concert, schedule) = schedules::known(read, id)?;
            Ok(ScheduleBooks { bands: read.sales_by_band(id)?, hours: read.sales_by_hour(id)?, concert, schedule })
        })
        .await
}

/// Every ticket of a schedule that was ever paid, in the order of the seats.
///
/// # Errors
/// Storage faults.
pub async fn ticket_list(house: &House, _proof: BoxOffice, id: ScheduleId) -> Outcome<Vec<Reservation>> {
    house.read(move |read, _| Ok(read.tickets_of(id)?)).await
}

/// Every movement of points.
///
/// # Errors
/// Storage faults.
pub async fn ledger(house: &House, _proof: BoxOffice) -> Outcome<Vec<LedgerLine>> {
    house.read(|read, _| Ok(read.ledger()?)).await
}
