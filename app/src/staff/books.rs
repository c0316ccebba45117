//! The books: what was sold, and how many points the venue owes to fans, as tables, charts and CSV files.

use super::{date_nav, date_title, nav, scaled};
use crate::components::views::DataTable;
use crate::server::csv_file::{Cell, csv_file};
use crate::server::page::{Page, PageResult};
use crate::server::visit::Visit;
use crate::words::{self, Detail, Locale, td_string};
use encore::back_office::{self, BandSales, Books, BoxOffice, HourSales, PointTotals, ScheduleBooks, ScheduleSales};
use encore::domain::account::is_no_address;
use encore::domain::points::grouped;
use encore::domain::{Points, ReservationStatus, ScheduleId, Timestamp};
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
            view! { {bands_section(l, bands)} {time_section(l, &hours, &concert.time_zone)} }.into_any()
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

/// What was sold in one hour, or in one day on the venue's clock if the sale took longer than a week.
struct Slot {
    /// How many hours or days after the first slot.
    place: i64,
    begins: Timestamp,
    sold: i64,
    paid: Points,
}

/// The slots of a sale in which something was sold, and whether they are days.
fn slots(hours: &[HourSales], time_zone: &str) -> (Vec<Slot>, bool) {
    let (Some(first), Some(last)) = (hours.first(), hours.last()) else { return (Vec::new(), false) };
    let hour = |at: Timestamp| at.0 / (60 * 60 * 1000);
    let by_day = hour(last.begins) - hour(first.begins) > 7 * 24;
    let day = |at| calendar::day(at, time_zone);
    let mut slots: Vec<Slot> = Vec::new();
    for &HourSales { begins, sold, paid } in hours {
        let place = match by_day {
            true => (day(begins) - day(first.begins)).num_days(),
            false => hour(begins) - hour(first.begins),
        };
        match slots.last_mut() {
            Some(slot) if slot.place == place => (slot.sold, slot.paid) = (slot.sold + sold, slot.paid + paid),
            _ => slots.push(Slot { place, begins, sold, paid }),
        }
    }
    (slots, by_day)
}

fn time_section(l: Locale, hours: &[HourSales], time_zone: &str) -> impl IntoView + use<> {
    let (slots, by_day) = slots(hours, time_zone);
    let (title, column, detail) = match by_day {
        true => (td_string!(l, books.by_day), td_string!(l, books.day), Detail::Date),
        false => (td_string!(l, books.by_hour), td_string!(l, books.hour), Detail::Short),
    };
    let when = |slot: &Slot| words::when(l, slot.begins, time_zone, detail);
    let row = |slot: &Slot| vec![when(slot).into_any(), grouped(slot.sold).into_any(), grouped(slot.paid).into_any()];
    let chart = slots.first().zip(slots.last()).map(|(first, last)| {
        let highest = slots.iter().map(|slot| slot.paid).max().unwrap_or(0);
        let (from, until) = (when(first), when(last));
        let (most, latest) = (words::points(l, highest), words::points(l, last.paid));
        let text = match by_day {
            true => td_string!(l, books.chart_by_day, first = from, last = until, highest = most, latest = latest),
            false => td_string!(l, books.chart, first = from, last = until, highest = most, latest = latest),
        };
        let high = highest.max(1);
        view! {
            <figure class="panel chart">
                <div inner_html=scaled(&bars(&slots, high), 0, high)></div>
                <figcaption class="muted small">{text}</figcaption>
            </figure>
        }
    });
    view! {
        <section aria-labelledby="time">
            <h2 id="time">{title}</h2>
            {chart}
            <DataTable
                label=title
                columns=vec![(column, false), (td_string!(l, books.sold), true), (td_string!(l, books.paid), true)]
                rows=slots.iter().map(row).collect()
            />
        </section>
    }
}

/// A bar for each slot as SVG, up to `high`. A slot in which nothing was bought is a gap.
fn bars(slots: &[Slot], high: Points) -> String {
    let bar = |slot: &Slot| {
        let height = 100.0 * slot.paid as f64 / high as f64;
        format!(
            "<rect x=\"{}\" y=\"{:.1}\" width=\"8\" height=\"{height:.1}\" rx=\"1\"/>",
            10 * slot.place + 1,
            100.0 - height
        )
    };
    let bars: String = slots.iter().map(bar).collect();
    // The chart has room for at least 24 bars, so that a few bars are not stretched to its full width.
    let width = 10 * slots.last().map_or(0, |slot| slot.place + 1).max(24);
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
    let (key, zone) = (visit.house().number_key(), visit.app.time_zone.name());
    let line = |line: encore::back_office::LedgerLine| {
        vec![
            Cell::Number(line.id),
            Cell::Text(calendar::with_offset(line.created_at, zone)),
            Cell::Text(zone.into()),
            Cell::Text(Some(line.email).filter(|email| !is_no_address(email)).unwrap_or_default()),
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
    let (l, id, key) = (visit.locale, ScheduleId(visit.id()?), visit.house().number_key());
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
            Cell::Text(r.fan_address().unwrap_or_default().to_owned()),
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

    fn hour(begins: i64, paid: Points) -> HourSales {
        HourSales { begins: Timestamp(begins * 60 * 60 * 1000), sold: 1, paid }
    }

    #[test]
    fn each_bar_is_at_its_hour_and_hours_without_a_purchase_are_gaps() {
        let (slots, by_day) = slots(&[hour(100, 50), hour(103, 100)], "UTC");
        let chart = bars(&slots, 100);
        assert!(!by_day);
        assert!(chart.contains("<rect x=\"1\" y=\"50.0\"") && chart.contains("<rect x=\"31\" y=\"0.0\""), "{chart}");
    }

    #[test]
    fn a_sale_of_more_than_a_week_is_shown_by_the_days_of_the_venue() {
        // In Seoul, nine hours ahead of UTC, the second of these is on the day after the first.
        let (slots, by_day) = slots(&[hour(14, 50), hour(15, 20), hour(38, 30), hour(15 + 8 * 24, 5)], "Asia/Seoul");
        assert!(by_day);
        let figures: Vec<_> = slots.iter().map(|slot| (slot.place, slot.sold, slot.paid)).collect();
        assert_eq!(figures, [(0, 1, 50), (1, 2, 50), (9, 1, 5)]);
    }
}
