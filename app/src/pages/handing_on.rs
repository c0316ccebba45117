//! Handing a ticket on: the page on which its owner makes the link, and the page to which the link leads.

use crate::components::forms::ActionButton;
use crate::components::qr::qr;
use crate::paths::{hand_on_path, handed_on_path, ticket_path};
use crate::server::access::Fan;
use crate::server::flash::Notice;
use crate::server::page::{Page, PageResult};
use crate::server::visit::Visit;
use crate::words::{self, Detail, Locale, td_string};
use encore::box_office::{self, HandingOn};
use encore::domain::{Refusal, Reservation};
use encore::{Denied, Outcome};
use leptos::prelude::*;
use serde::Deserialize;
use std::sync::Arc;

/// The page of a ticket's owner.
pub async fn page(visit: Arc<Visit>, fan: Fan) -> Outcome<PageResult> {
    let (l, id) = (visit.locale, visit.ticket()?);
    let HandingOn { ticket, allowed, link } = box_office::handing_on(visit.house(), fan.id(), id).await?;
    let here = hand_on_path(visit.house().number_key(), id);
    let back = ticket_path(visit.house().number_key(), id);
    Page::of(td_string!(l, handing.title), move || {
        let body = match (allowed, link) {
            (Err(refusal), link) => view! {
                <p class="notice notice-bad">{words::refusal(l, &refusal)}</p>
                {link.map(|_| end_button(l, here))}
            }
            .into_any(),
            (Ok(()), None) => view! {
                <p>{td_string!(l, handing.how)}</p>
                <p>{td_string!(l, handing.money)}</p>
                <ActionButton action=here text=td_string!(l, handing.make) class="button" fields=vec![("do", "make".into())]/>
            }
            .into_any(),
            (Ok(()), Some((token, expires_at))) => {
                let link = format!("{}{}", visit.app.origin, handed_on_path(&token));
                let when = words::when(l, expires_at, &ticket.time_zone, Detail::Full);
                view! {
                    <p>{td_string!(l, handing.send, when = when)}</p>
                    <div class="field">
                        <label for="link">{td_string!(l, handing.link)}</label>
                        <input id="link" type="text" readonly value=link.clone()/>
                    </div>
                    <div class="link-qr" role="img" aria-label=td_string!(l, handing.qr) inner_html=qr(&link)></div>
                    {end_button(l, here)}
                }
                .into_any()
            }
        };
        view! {
            <p class="back"><a href=back>{td_string!(l, handing.back)}</a></p>
            <section class="narrow">
                <h1>{td_string!(l, handing.title)}</h1>
                {about(l, &ticket)}
                <div class="panel form">{body}</div>
            </section>
        }
    })
    .into_result()
}

fn end_button(l: Locale, action: String) -> impl IntoView {
    view! { <ActionButton action text=td_string!(l, handing.end) fields=vec![("do", "end".into())]/> }
}

/// The show and the seat of a ticket.
fn about(l: Locale, ticket: &Reservation) -> impl IntoView + use<> {
    view! {
        <p>
            <strong>{ticket.concert_title.clone()}</strong><br/>
            {words::when(l, ticket.show_time, &ticket.time_zone, Detail::Full)}<br/>
            {words::seat_name(l, &ticket.seat_name())}
        </p>
    }
}

/// The form of a ticket's owner: `make` or `end` a link.
#[derive(Default, Deserialize)]
#[serde(default)]
struct LinkForm {
    r#do: String,
}

/// Makes or ends the link of a ticket.
pub async fn act(visit: Arc<Visit>, fan: Fan) -> Outcome<PageResult> {
    let id = visit.ticket()?;
    let LinkForm { r#do } = visit.posted.read()?;
    let here = hand_on_path(visit.house().number_key(), id);
    if r#do == "end" {
        box_office::end_hand_on_link(visit.house(), fan.id(), id).await?;
        return Ok(visit.redirect(here, Notice::HandOnLinkEnded));
    }
    box_office::make_hand_on_link(visit.house(), fan.id(), id).await?;
    Ok(PageResult::Redirect(here))
}

/// The page to which a link leads.
pub async fn handed_on(visit: Arc<Visit>, fan: Fan) -> Outcome<PageResult> {
    let l = visit.locale;
    let token = visit.path_param("token").unwrap_or_default().to_owned();
    let ticket = match box_office::handed_on_ticket(visit.house(), fan.id(), token.clone()).await {
        Err(Denied::Refused(Refusal::LinkOver)) => return over(l),
        ticket => ticket?,
    };
    let is_own = ticket.user_id == fan.id();
    if is_own && ticket.hand_on_link_made_at.is_none() {
        return Ok(PageResult::Redirect(ticket_path(visit.house().number_key(), ticket.id)));
    }
    Page::of(td_string!(l, handing.take_title), move || {
        let body = if is_own {
            view! { <p>{td_string!(l, handing.own)}</p> }.into_any()
        } else {
            view! {
                <p>{td_string!(l, handing.from, name = &ticket.fan_name)}</p>
                <ActionButton action=handed_on_path(&token) text=td_string!(l, handing.take) class="button"/>
            }
            .into_any()
        };
        view! {
            <section class="narrow">
                <h1>{td_string!(l, handing.take_title)}</h1>
                {about(l, &ticket)}
                <p class="muted">{ticket.venue.clone()}</p>
                <div class="panel form">{body}</div>
            </section>
        }
    })
    .into_result()
}

/// Shown if a link was used, ended, or has expired.
fn over(l: Locale) -> Outcome<PageResult> {
    Page::of(td_string!(l, password.over), move || {
        view! {
            <section class="narrow">
                <h1>{td_string!(l, password.over)}</h1>
                <p>{td_string!(l, handing.over)}</p>
                <a class="button" href="/tickets">{td_string!(l, tickets.title)}</a>
            </section>
        }
    })
    .into_result()
}

/// Takes the ticket of a link.
pub async fn take(visit: Arc<Visit>, fan: Fan) -> Outcome<PageResult> {
    let token = visit.path_param("token").unwrap_or_default().to_owned();
    let id = box_office::take_ticket(visit.house(), fan.id(), token).await?;
    Ok(visit.redirect(ticket_path(visit.house().number_key(), id), Notice::TicketTaken))
}
