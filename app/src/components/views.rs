//! Small views that several pages show.

use crate::islands::TimeWords;
use crate::paths::concert_or_preview_path;
use crate::words::{self, Detail, Locale, td_string};
use encore::domain::concert_schedule::{Move, SaleState};
use encore::domain::{Concert, ConcertSchedule, Reservation, Timestamp};
use leptos::prelude::*;

/// An error page: the status, what went wrong, and a link to the start page.
#[component]
pub fn ErrorView(l: Locale, status: u16, title: &'static str, text: String) -> impl IntoView {
    view! {
        <section class="empty">
            <p class="empty-mark" aria-hidden="true">{status}</p>
            <h1>{title}</h1>
            <p>{text}</p>
            <a class="button" href="/">{td_string!(l, error.home)}</a>
        </section>
    }
}

/// A page that only says something, with a link to the next step: its address and its text.
pub fn message(title: &'static str, text: &'static str, (href, link): (&'static str, &'static str)) -> impl IntoView {
    view! {
        <section class="empty">
            <h1>{title}</h1>
            <p>{text}</p>
            <a class="button" href=href>{link}</a>
        </section>
    }
}

/// Shown instead of an empty list: what the list will contain, and optionally a link to the next step.
#[component]
pub fn Empty(
    title: &'static str,
    #[prop(into)] text: String,
    #[prop(optional, into)] link: Option<(String, &'static str)>,
) -> impl IntoView {
    view! {
        <section class="empty">
            <h2>{title}</h2>
            <p>{text}</p>
            {link.map(|(href, text)| view! { <a class="button" href=href>{text}</a> })}
        </section>
    }
}

/// A table. `columns` has the name of each column and whether it contains numbers, which are aligned to the right.
/// `rows` has the cells of each row, `total` those of the row below all others. `label` is the table's name for screen
/// readers.
///
/// On a narrow screen, a table of more than three columns shows each row as a block: the first cell is its title, and
/// the other cells have the name of their column beside them. Some browsers no longer see a table then, so every part
/// says its role.
#[component]
pub fn DataTable(
    label: &'static str,
    #[prop(default = "table")] class: &'static str,
    columns: Vec<(&'static str, bool)>,
    rows: Vec<Vec<AnyView>>,
    #[prop(optional)] total: Option<Vec<AnyView>>,
) -> impl IntoView {
    let class = if columns.len() > 3 { "table table-wide" } else { class };
    let number = |is_number: bool| is_number.then_some("number");
    let headings = columns.iter().map(|&(name, is_number)| {
        view! { <th scope="col" role="columnheader" class=number(is_number)>{name}</th> }
    });
    let headings = headings.collect_view();
    let row = |class: Option<&'static str>, cells: Vec<AnyView>| {
        let cells = columns.iter().zip(cells).map(|(&(name, is_number), cell)| {
            view! { <td role="cell" class=number(is_number) data-label=name><div>{cell}</div></td> }
        });
        view! { <tr role="row" class=class>{cells.collect_view()}</tr> }
    };
    let rows = rows.into_iter().map(|cells| row(None, cells)).collect_view();
    let total = total.map(|cells| view! { <tfoot role="rowgroup">{row(Some("total"), cells)}</tfoot> });
    view! {
        <div class="scroll" tabindex="0" role="group" aria-label=label>
            <table class=class role="table">
                <thead role="rowgroup"><tr role="row">{headings}</tr></thead>
                <tbody role="rowgroup">{rows}</tbody>
                {total}
            </table>
        </div>
    }
}

/// The sentences with which a countdown is read aloud.
pub fn time_words(l: Locale) -> TimeWords {
    TimeWords {
        minutes: td_string!(l, time.minutes_left).into(),
        minute: td_string!(l, time.minute_left).into(),
        seconds: td_string!(l, time.seconds_left).into(),
    }
}

/// The class and the text of the [`tag`] with the state of a date's sale.
pub fn sale_words(l: Locale, state: SaleState) -> (&'static str, &'static str) {
    match state {
        SaleState::OnSale => ("tag tag-on", td_string!(l, concert.on_sale)),
        SaleState::Lobby => ("tag tag-on", td_string!(l, concert.lobby)),
        SaleState::NotYetOpen => ("tag tag-soon", td_string!(l, concert.not_yet)),
        SaleState::SoldOut => ("tag tag-off", td_string!(l, concert.sold_out)),
        SaleState::CalledOff => ("tag tag-bad", td_string!(l, concert.called_off)),
        SaleState::Closed => ("tag tag-off", td_string!(l, concert.closed)),
    }
}

/// Says how a show was moved: it is at `venue` now, at `show_time`.
pub fn how_moved(l: Locale, moved: &Move, (venue, show_time): (&str, Timestamp), time_zone: &str) -> String {
    let from = words::when(l, moved.from, time_zone, Detail::Full);
    match (moved.is_other_hall, moved.from == show_time) {
        (false, _) => td_string!(l, ticket.moved, when = from),
        (true, true) => td_string!(l, ticket.moved_hall, venue = venue),
        (true, false) => td_string!(l, ticket.moved_both, venue = venue, when = from),
    }
}

/// Says that the show of a ticket was moved, and until when the ticket can be given back for the full price. `None` if it
/// was not moved.
pub fn moved_note(l: Locale, ticket: &Reservation) -> Option<String> {
    let moved = ticket.moved.filter(|_| ticket.is_ticket())?;
    let when = |at| words::when(l, at, &ticket.time_zone, Detail::Full);
    let note = how_moved(l, &moved, (&ticket.venue, ticket.show_time), &ticket.time_zone);
    let until = moved.full_refund_until.filter(|_| ticket.created_at < moved.at);
    Some(match until {
        Some(until) => format!("{note} {}", td_string!(l, ticket.moved_until, when = when(until))),
        None => note,
    })
}

/// A label with its class and its text.
pub fn tag((class, text): (&'static str, &'static str)) -> impl IntoView + use<> {
    view! { <span class=class>{text}</span> }
}

/// The concert, the date and the venue that a page is about, with a link to the concert: to its public page or, if it is
/// a draft, to its preview. Only owners see a page about a draft.
pub fn subject(l: Locale, concert: &Concert, schedule: &ConcertSchedule) -> impl IntoView + use<> {
    let when = words::when(l, schedule.show_time, &concert.time_zone, Detail::Full);
    view! {
        <p class="what"><a href=concert_or_preview_path(concert)>{concert.title.clone()}</a>" · "{when}" · "{schedule.venue(concert).to_owned()}</p>
    }
}
