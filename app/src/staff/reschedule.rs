//! The page on which an owner confirms that a show with sold tickets moves to another time or another hall.

use super::{date_nav, date_title, nav};
use crate::components::forms::{Hidden, TextField};
use crate::server::flash::Notice;
use crate::server::page::{Page, PageResult};
use crate::server::visit::Visit;
use crate::words::{self, Detail, td_string};
use encore::back_office::{self, NewPlace, Owner};
use encore::domain::{Field, Refusal, ScheduleId, Timestamp};
use encore::{Outcome, calendar};
use leptos::prelude::*;
use serde::Deserialize;
use std::sync::Arc;

/// For how many days after the move tickets are refunded in full, as the form suggests.
const SUGGESTED_DAYS: i64 = 7;

/// The path of the page, with the new time that it suggests: a local time of the venue and, if that occurs twice because
/// clocks are set back, whether the second one is meant.
pub fn path(id: ScheduleId, (to, is_second): (&str, bool)) -> String {
    let second = if is_second { "&second=1" } else { "" };
    format!("/staff/schedules/{id}/move?to={}{second}", crate::paths::escaped(to))
}

pub async fn page(visit: Arc<Visit>, proof: Owner) -> Outcome<PageResult> {
    let l = visit.locale;
    let id = ScheduleId(visit.id()?);
    let sheet = back_office::schedule_sheet(visit.house(), proof, id).await?;
    let sold = back_office::tickets_to_move(visit.house(), proof, id).await?;
    let now = visit.house().clock().now();
    Page::of(td_string!(l, reschedule.title), move || {
        let (concert, schedule) = (&sheet.concert, &sheet.schedule);
        let zone = &concert.time_zone;
        let from = schedule.show_time;
        let to = visit.query_or_field("to").map_or_else(|| calendar::local(from, zone), str::to_owned);
        let is_second = visit.query_or_field("second") == Some("1");
        let new = calendar::instant_of(&to, is_second, zone, Field::ShowTime).ok();
        let suggested = calendar::days_later(now, SUGGESTED_DAYS, zone).min(new.unwrap_or(from));
        let until = visit.typed("until").map_or_else(|| calendar::local(suggested, zone), str::to_owned);
        let when = |at| words::when(l, at, zone, Detail::Full);
        let touched = td_string!(l, reschedule.touched, count = sold.tickets, fans = sold.fans);
        view! {
            {nav(&visit)}
            <header class="page-head">{date_title(l, concert, schedule, td_string!(l, reschedule.title))}</header>
            {date_nav(&visit, id)}
            <form method="post" action=format!("/staff/schedules/{id}/move") class="form panel">
                <p><strong>{touched}</strong>" "{td_string!(l, reschedule.lead)}</p>
                {(sold.without_address > 0).then(|| view! { <p>{td_string!(l, reschedule.without_address, count = sold.without_address)}</p> })}
                <Hidden name="from" value=from.0.to_string()/>
                {is_second.then(|| view! { <Hidden name="second" value="1"/> })}
                <p class="what">
                    {match new.filter(|new| *new != from) {
                        Some(new) => view! { <s>{when(from)}</s>" → "<strong>{when(new)}</strong> }.into_any(),
                        None => when(from).into_any(),
                    }}
                </p>
                <p class="muted small">{td_string!(l, concert.zone, zone = zone)}</p>
                <TextField name="to" label=td_string!(l, sale.show_time) kind="datetime-local" value=to
                    wrong=visit.input_error("to", Field::ShowTime)/>
                <Hidden name="venue_shown" value=schedule.venue(concert).to_owned()/>
                <TextField name="venue" label=td_string!(l, reschedule.venue) hint=td_string!(l, reschedule.venue_hint)
                    value=visit.typed("venue").map_or_else(|| schedule.venue(concert).to_owned(), str::to_owned) wrong=visit.field_error(Field::Venue)/>
                <TextField name="until" label=td_string!(l, reschedule.until) hint=td_string!(l, reschedule.until_hint)
                    kind="datetime-local" required=false value=until wrong=visit.field_error(Field::FullRefundUntil)/>
                <button class="button">{td_string!(l, reschedule.submit)}</button>
            </form>
        }
    })
    .with_marked(&[Field::ShowTime, Field::Venue, Field::FullRefundUntil])
    .into_result()
}

/// The form that moves a show.
#[derive(Default, Deserialize)]
#[serde(default)]
struct MoveForm {
    from: String,
    to: String,
    /// Set if a local time that occurs twice means the second time.
    second: Option<String>,
    venue_shown: String,
    venue: String,
    until: String,
}

pub async fn submit(visit: Arc<Visit>, proof: Owner) -> Outcome<PageResult> {
    let id = ScheduleId(visit.id()?);
    let MoveForm { from, to, second, venue_shown, venue, until } = visit.posted.read()?;
    let zone = back_office::schedule_sheet(visit.house(), proof, id).await?.concert.time_zone;
    let from = from.parse().map(Timestamp).map_err(|_| Refusal::invalid(Field::Request))?;
    let to = calendar::instant_of(&to, second.is_some(), &zone, Field::ShowTime)?;
    let full_refund_until = match until.trim() {
        "" => None,
        until => Some(calendar::instant(until, &zone, Field::FullRefundUntil)?),
    };
    // A client may send no hall.
    let venue = (!venue.trim().is_empty()).then_some((venue_shown, venue));
    back_office::move_show(visit.house(), proof, id, NewPlace { from, to, venue, full_refund_until }).await?;
    Ok(visit.redirect(format!("/staff/schedules/{id}/edit"), Notice::ShowMoved))
}
