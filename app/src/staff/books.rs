//! The books: what was sold, and how many points the venue owes to fans, as tables, charts and CSV files.

use super::{date_nav, date_title, nav, scaled};
use crate::components::views::DataTable;
use crate::server::csv_file::{Cell, csv_file};
use crate::server::page::{Page, PageResult};
use crate::server::visit::Visit;
use crate::words::{self, Detail, Locale, td_string};
use encore::back_office::{self, BandSales, Books, BoxOffice, HourSales, PointTotals, ScheduleBooks, ScheduleSales};
use encore::domain::points::grouped;
use encore::domain::{ReservationStatus, ScheduleId, Timestamp};
use encore::{Outcome, calendar, reference};
use leptos::prelude::*;
use std::sync::Arc;

/// The books of all dates.
pub async fn page(visit: Arc<Visit>, proof: BoxOffice) -> Outcome<PageResult> {
    let l = visit.locale;
    let Books { sales, points } = back_office::books(visit.house(), proof).await?;
    Page::of(td_string!(l, staff.nav_books), move || {
        let figures: [fn(&ScheduleSales) -> i64; 5] =
            [|s| s.sold, |s| s.cancelled, |s| s.paid, |s| s.refunded, |s| s.paid - s.refunded];
        let row = |s: &ScheduleSales| {
            let when = words::when(l, s.show_time, &s.time_zone, Detail::Short);
            let when = view! { <a href=format!("/staff/schedules/{}/books", s.id)>{when}</a> };
            let mut cells = vec![s.title.clone().into_any(), when.into_any()];
            cells.extend(figures.map(|of| grouped(of(s)).into_any()));
            cells
        };
        let mut total = vec![td_string!(l, checkout.total).into_any(), ().into_any()];
        total.extend(figures.map(|of| grouped(sales.iter().map(of).sum()).into_any()));
        let list = if sales.is_empty() {
            view! { <p class="muted">{td_string!(l, staff.no_dates)}</p> }.into_any()
        } else {
            view! { <DataTable
                label=td_string!(l, books.by_date)
                columns=vec![
                    (td_string!(l, staff.concert), false),
                    (td_string!(l, staff.date), false),
                    (td_string!(l, books.sold), true),
                    (td_string!(l, staff.cancelled), true),
                    (td_string!(l, books.paid), true),
                    (td_string!(l, books.refunded), true),
                    (td_string!(l, books.net), true),
                ]
                rows=sales.iter().map(row).collect()
                total
            /> }
            .into_any()
        };
        view! {
            {nav(&visit)}
            <header class="page-head page-head-split">
                <div><h1>{td_string!(l, staff.nav_books)}</h1><p class="muted">{td_string!(l, books.lead)}</p></div>
                <div class="page-actions">
                    <a class="button button-second" href="/staff/books/sales.csv">{td_string!(l, books.sales_csv)}</a>
                    <a class="button button-second" href="/staff/books/ledger.csv">{td_string!(l, books.ledger_csv)}</a>
                </div>
            </header>
            <section aria-labelledby="sales">
                <h2 id="sales">{td_string!(l, books.by_date)}</h2>
                {list}
            </section>
            {points_section(l, &points)}
        }
    })
    .into_result()
}

/// The totals of the points ledger. Their sum is the total of all balances, which is what the venue owes to fans.
fn points_section(l: Locale, points: &PointTotals) -> impl IntoView + use<> {
    let line = |name: &'static str, amount: i64, class: &'static str| {
        view! { <tr class=class><th scope="row">{name}</th><td>{grouped(amount)}</td></tr> }
    };
    view! {
        <section class="panel" aria-labelledby="points">
            <h2 id="points">{td_string!(l, books.points)}</h2>
            <table class="bill">
                <tbody>
                    {line(td_string!(l, books.charged), points.charged, "")}
                    {line(td_string!(l, books.spent), -points.spent, "")}
                    {line(td_string!(l, books.refunded), points.refunded, "")}
                    {line(td_string!(l, books.adjusted), points.adjusted, "")}
                </tbody>
                <tfoot>{line(td_string!(l, books.owed), points.owed, "bill-total")}</tfoot>
            </table>
        </section>
    }
}

/// The books of one date.
pub async fn schedule(visit: Arc<Visit>, proof: BoxOffice) -> Outcome<PageResult> {
    let l = visit.locale;
    let id = ScheduleId(visit.id()?);
    let ScheduleBooks { concert, schedule, bands, hours } =
        back_office::schedule_books(visit.house(), proof, id).await?;
    Page::of(td_string!(l, staff.nav_books), move || {
        let tables = if hours.is_empty() {
            view! { <p class="muted">{td_string!(l, books.nothing)}</p> }.into_any()
        } else {
            view! { {bands_section(l, bands)} {hours_section(l, &hours, &concert.time_zone)} }.into_any()
        };
        view! {
            {nav(&visit)}
            <header class="page-head page-head-split">
                <div>{date_title(l, &concert, &schedule, td_string!(l, staff.nav_books))}</div>
                <a class="button button-second" href=format!("/staff/schedules/{id}/tickets.csv")>{td_string!(l, books.tickets_csv)}</a>
            </header>
            {date_nav(&visit, id)}
            {tables}
        }
    })
    .into_result()
}

fn bands_section(l: Locale, bands: Vec<BandSales>) -> impl IntoView + use<> {
    let row = |band: BandSales| {
        let figures = [band.price, band.sold, band.paid].map(|figure| grouped(figure).into_any());
        [band.category.into_any()].into_iter().chain(figures).collect::<Vec<_>>()
    };
    let rows = bands.into_iter().map(row).collect();
    view! {
        <section aria-labelledby="bands">
            <h2 id="bands">{td_string!(l, books.by_band)}</h2>
            <DataTable
                label=td_string!(l, books.by_band)
                columns=vec![
                    (td_string!(l, seats.party_band), false),
                    (td_string!(l, staff.price), true),
                    (td_string!(l, books.sold), true),
                    (td_string!(l, books.paid), true),
                ]
                rows
            />
        </section>
    }
}

fn hours_section(l: Locale, hours: &[HourSales], time_zone: &str) -> impl IntoView + use<> {
    let chart = chart(l, hours, time_zone);
    let row = |hour: &HourSales| {
        let when = words::when(l, hour.begins, time_zone, Detail::Short);
        vec![when.into_any(), grouped(hour.sold).into_any(), grouped(hour.paid).into_any()]
    };
    let rows = hours.iter().map(row).collect();
    view! {
        <section aria-labelledby="hours">
            <h2 id="hours">{td_string!(l, books.by_hour)}</h2>
            {chart}
            <DataTable
                label=td_string!(l, books.by_hour)
                columns=vec![
                    (td_string!(l, books.hour), false),
                    (td_string!(l, books.sold), true),
                    (td_string!(l, books.paid), true),
                ]
                rows
            />
        </section>
    }
}

/// The chart of what was paid in each hour, and below it the same in words. `None` if there are no hours.
fn chart(l: Locale, hours: &[HourSales], time_zone: &str) -> Option<impl IntoView + use<>> {
    let (first, last) = (hours.first()?, hours.last()?);
    let highest = hours.iter().map(|hour| hour.paid).max()?;
    let when = |hour: &HourSales| words::when(l, hour.begins, time_zone, Detail::Short);
    let text = td_string!(
        l,
        books.chart,
        first = when(first),
        last = when(last),
        highest = words::points(l, highest),
        latest = words::points(l, last.paid)
    );
    let high = highest.max(1);
    let chart = scaled(&bars(hours, high), 0, high);
    Some(view! {
        <figure class="panel chart">
            <div inner_html=chart></div>
            <figcaption class="muted small">{text}</figcaption>
        </figure>
    })
}

/// A bar for each hour as SVG, up to `high`. An hour in which nothing was bought is a gap.
fn bars(hours: &[HourSales], high: i64) -> String {
    let first = hours.first().map_or(0, |hour| hour.begins.0);
    let place = |hour: &HourSales| (hour.begins.0 - first) / (60 * 60 * 1000);
    let bar = |hour: &HourSales| {
        let height = 100.0 * hour.paid as f64 / high as f64;
        format!(
            "<rect x=\"{}\" y=\"{:.1}\" width=\"8\" height=\"{height:.1}\" rx=\"1\"/>",
            10 * place(hour) + 1,
            100.0 - height
        )
    };
    let bars: String = hours.iter().map(bar).collect();
    // The chart has room for at least 24 bars, so that a few bars are not stretched to its full width.
    let width = 10 * hours.last().map_or(0, |hour| place(hour) + 1).max(24);
    format!("<svg viewBox=\"0 0 {width} 100\" preserveAspectRatio=\"none\">{bars}</svg>")
}

pub async fn sales_csv(visit: Arc<Visit>, proof: BoxOffice) -> Outcome<PageResult> {
    let books = back_office::books(visit.house(), proof).await?;
    let line = |s: ScheduleSales| {
        let when = calendar::with_offset(s.show_time, &s.time_zone);
        let numbers = [s.sold, s.cancelled, s.paid, s.refunded, s.paid - s.refunded].map(Cell::Number);
        [Cell::Text(s.title), Cell::Text(when), Cell::Text(s.time_zone)].into_iter().chain(numbers).collect()
    };
    let heading = ["concert", "show_time", "time_zone", "tickets", "cancelled", "paid", "refunded", "net"];
    csv_file("sales", &heading, books.sales.into_iter().map(line))
}

pub async fn ledger_csv(visit: Arc<Visit>, proof: BoxOffice) -> Outcome<PageResult> {
    let lines = back_office::ledger(visit.house(), proof).await?;
    // Entries of the ledger need not belong to a concert, so their times are those of this installation.
    let (key, zone) = (visit.house().key(), visit.app.time_zone.name());
    let line = |line: encore::back_office::LedgerLine| {
        vec![
            Cell::Number(line.id),
            Cell::Text(calendar::with_offset(line.created_at, zone)),
            Cell::Text(zone.into()),
            Cell::Text(line.email),
            Cell::Text(line.kind.as_str().into()),
            Cell::Number(line.amount),
            Cell::Text(line.payment_id.map(|id| reference::order(key, id)).unwrap_or_default()),
            Cell::Text(line.reservation_id.map(|id| reference::ticket(key, id)).unwrap_or_default()),
            Cell::Text(line.reference.unwrap_or_default()),
        ]
    };
    let heading = ["entry", "time", "time_zone", "email", "kind", "amount", "order", "ticket", "reference"];
    csv_file("ledger", &heading, lines.into_iter().map(line))
}

pub async fn tickets_csv(visit: Arc<Visit>, proof: BoxOffice) -> Outcome<PageResult> {
    let (l, id, key) = (visit.locale, ScheduleId(visit.id()?), visit.house().key());
    let tickets = back_office::ticket_list(visit.house(), proof, id).await?;
    let line = |r: encore::domain::Reservation| {
        let at = |at: Timestamp| Cell::Text(calendar::with_offset(at, &r.time_zone));
        let never = || Cell::Text(String::new());
        // A cancelled ticket changes no more: its last change is that it was cancelled and refunded.
        let is_cancelled = r.status == ReservationStatus::Cancel;
        vec![
            Cell::Text(reference::ticket(key, r.id)),
            Cell::Text(words::seat_name(l, &r.seat_name())),
            Cell::Text(r.fan_name.clone()),
            Cell::Text(r.fan_email.clone()),
            Cell::Text(r.status.as_str().into()),
            Cell::Number(r.price),
            Cell::Number(r.refund.unwrap_or(0)),
            if is_cancelled { at(r.updated_at) } else { never() },
            r.checked_in_at.map_or_else(never, at),
            Cell::Text(r.time_zone.clone()),
        ]
    };
    let heading =
        ["ticket", "seat", "name", "email", "state", "price", "refunded", "cancelled_at", "checked_in_at", "time_zone"];
    csv_file(&format!("tickets-{id}"), &heading, tickets.into_iter().map(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_bar_is_at_its_hour_and_hours_without_a_purchase_are_gaps() {
        let hour = |begins: i64, paid| HourSales { begins: Timestamp(begins * 60 * 60 * 1000), sold: 1, paid };
        let chart = bars(&[hour(100, 50), hour(103, 100)], 100);
        assert!(chart.contains("<rect x=\"1\" y=\"50.0\"") && chart.contains("<rect x=\"31\" y=\"0.0\""), "{chart}");
    }
}
