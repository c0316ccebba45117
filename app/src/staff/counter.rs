//! The counter: staff search for a fan or a ticket, see the fan's tickets and points, correct the balance, and cancel
//! or move tickets.

use super::till::cash_section;
use super::{nav, own_password, verify_own_password};
use crate::components::forms::{Hidden, Select, TextField};
use crate::components::money::{statement_table, terms_table};
use crate::components::pass::pass;
use crate::components::qr::qr;
use crate::components::views::DataTable;
use crate::paths::{password_path, staff_fan_path, staff_ticket_path};
use crate::server::flash::Notice;
use crate::server::page::{Page, PageResult};
use crate::server::visit::{Visit, number};
use crate::words::{self, Detail, Locale, td_string};
use encore::back_office::{self, BoxOffice, Customer, Found};
use encore::domain::account::Duty;
use encore::domain::points::{MAX_ADJUSTMENT, grouped};
use encore::domain::ticket::{check_unused, decide_undo_check_in};
use encore::domain::{
    Field, Refusal, Reservation, ReservationId, ReservationStatus, SeatId, SeatStatus, Timestamp, User, UserId,
};
use encore::{Denied, Outcome, box_office, reference};
use leptos::prelude::*;
use serde::Deserialize;
use std::sync::Arc;

/// The search for fans and tickets.
pub async fn find(visit: Arc<Visit>, proof: BoxOffice) -> Outcome<PageResult> {
    let l = visit.locale;
    let search = visit.query("q").unwrap_or_default().trim().to_owned();
    let Found { people, tickets } = back_office::find(visit.house(), proof, search.clone()).await?;
    let now = visit.house().clock().now();
    Page::of(td_string!(l, staff.nav_window), move || {
        let is_empty = people.is_empty() && tickets.is_empty();
        let nothing = (is_empty && !search.is_empty()).then(|| td_string!(l, window.nothing, search = &search));
        let person = |user: User| {
            let address = words::address(l, &user);
            view! {
                <li class="row-item">
                    <div class="row-main">
                        <h3 class="row-title"><a href=staff_fan_path(user.id)>{user.name}</a></h3>
                        <p class="muted">{address}</p>
                    </div>
                    <p class="row-side">{words::points(l, user.point)}</p>
                </li>
            }
        };
        let has_people = !people.is_empty();
        let has_tickets = !tickets.is_empty();
        view! {
            {nav(&visit)}
            <header class="page-head"><h1>{td_string!(l, staff.nav_window)}</h1><p class="muted">{td_string!(l, window.lead)}</p></header>
            <form method="get" role="search" class="search">
                <label for="q">{td_string!(l, window.search)}</label>
                <input id="q" type="search" name="q" value=search.clone() maxlength="100" autofocus/>
                <button class="button">{td_string!(l, staff.find)}</button>
            </form>
            <p class="row-links"><a href="/staff/till">{td_string!(l, till.title)}</a></p>
            {nothing.map(|text| view! { <p class="muted" role="status">{text}</p> })}
            {has_people.then(|| view! {
                <section aria-labelledby="people">
                    <h2 id="people">{td_string!(l, window.people)}</h2>
                    <ul class="rows">{people.into_iter().map(person).collect_view()}</ul>
                </section>
            })}
            {has_tickets.then(|| view! {
                <section aria-labelledby="tickets">
                    <h2 id="tickets">{td_string!(l, window.tickets)}</h2>
                    {tickets_table(l, tickets, now)}
                </section>
            })}
        }
    })
    .into_result()
}

/// The state of a reservation at `now`, in the visitor's language.
pub fn state(l: Locale, r: &Reservation, now: Timestamp) -> &'static str {
    match r.status {
        ReservationStatus::Purchase if r.checked_in_at.is_some() => td_string!(l, window.inside),
        ReservationStatus::Purchase => td_string!(l, staff.state_purchase),
        ReservationStatus::Cancel if r.payment_id.is_none() => td_string!(l, staff.state_over),
        ReservationStatus::Cancel => td_string!(l, staff.state_cancel),
        ReservationStatus::Reserved if r.is_held(now) => td_string!(l, staff.state_reserved),
        ReservationStatus::Reserved => td_string!(l, staff.state_over),
    }
}

/// The name of a reservation's seat, as a link to the ticket if it was bought.
pub fn seat_link(l: Locale, r: &Reservation) -> AnyView {
    let seat = words::seat_name(l, &r.seat_name());
    if r.payment_id.is_some() {
        view! { <a href=staff_ticket_path(r.id)>{seat}</a> }.into_any()
    } else {
        view! { {seat} }.into_any()
    }
}

fn tickets_table(l: Locale, tickets: Vec<Reservation>, now: Timestamp) -> impl IntoView {
    let row = move |r: Reservation| {
        let when = words::when(l, r.show_time, &r.time_zone, Detail::Short);
        vec![
            seat_link(l, &r),
            view! { {r.concert_title.clone()}<br/><span class="muted small">{when}</span> }.into_any(),
            view! { <a href=staff_fan_path(r.user_id)>{r.fan_name.clone()}</a> }.into_any(),
            grouped(r.price).into_any(),
            state(l, &r, now).into_any(),
        ]
    };
    view! {
        <DataTable
            label=td_string!(l, window.tickets)
            columns=vec![
                (td_string!(l, staff.seat), false),
                (td_string!(l, staff.concert), false),
                (td_string!(l, staff.fan), false),
                (td_string!(l, staff.price), true),
                (td_string!(l, staff.state), false),
            ]
            rows=tickets.into_iter().map(row).collect()
        />
    }
}

/// The page of one fan.
pub async fn customer(visit: Arc<Visit>, proof: BoxOffice) -> Outcome<PageResult> {
    show_customer(visit, proof, None).await
}

/// The page of one fan. `link` is the address with which the fan sets a new password, if it was just made.
async fn show_customer(visit: Arc<Visit>, proof: BoxOffice, link: Option<String>) -> Outcome<PageResult> {
    let l = visit.locale;
    let id = UserId(visit.id()?);
    let Customer { user, reservations, statement, has_second_step } =
        back_office::customer(visit.house(), proof, id).await?;
    let now = visit.house().clock().now();
    Page::of(user.name.clone(), move || {
        let typed = |name| visit.typed(name).unwrap_or_default().to_owned();
        let has_none = reservations.is_empty();
        let has_passes = reservations.iter().any(|ticket| lets_in(ticket, now));
        // Only an owner makes the link of a member of staff.
        let is_owner = visit.user.as_ref().is_some_and(|viewer| viewer.duty == Some(Duty::Owner));
        let has_address = user.address().is_some() && (user.duty.is_none() || is_owner);
        let needs_second = visit.typed("amount").is_some() && needs_second(&visit);
        let [link_action, reset_action, sign_out_action] =
            ["password", "second-step", "sign-out"].map(|action| format!("{}/{action}", staff_fan_path(id)));
        view! {
            {nav(&visit)}
            <p class="back"><a href="/staff/window">{td_string!(l, staff.nav_window)}</a></p>
            <header class="page-head">
                <h1>{user.name.clone()}</h1>
                <p class="what">{words::address(l, &user)}</p>
                <p class="big-number"><span class="muted">{td_string!(l, points.balance)}</span><strong>{words::points(l, user.point)}</strong></p>
            </header>
            {link.map(|link| {
                let code = qr(&link);
                view! {
                    <div class="notice">
                        <p>{td_string!(l, window.link_made)}</p>
                        <div class="link-qr" role="img" aria-label=td_string!(l, window.link_qr) inner_html=code></div>
                        <p><label for="link">{td_string!(l, team.link)}</label><input id="link" readonly value=link/></p>
                    </div>
                }
            })}
            <section aria-labelledby="tickets">
                <h2 id="tickets">{td_string!(l, window.tickets)}</h2>
                {if has_none {
                    view! { <p class="muted">{td_string!(l, window.no_tickets)}</p> }.into_any()
                } else {
                    tickets_table(l, reservations, now).into_any()
                }}
                {has_passes.then(|| view! {
                    <p><a class="button button-second" href=format!("/staff/fans/{id}/tickets")>{td_string!(l, window.passes)}</a></p>
                })}
            </section>
            {cash_section(&visit, id, user.point)}
            <section aria-labelledby="adjust">
                <h2 id="adjust">{td_string!(l, window.adjust)}</h2>
                <form method="post" action=format!("/staff/fans/{id}/points") class="form panel">
                    <Hidden name="balance" value=user.point.to_string()/>
                    <p class="muted">{td_string!(l, window.adjust_more, most = grouped(MAX_ADJUSTMENT))}</p>
                    <TextField name="amount" label=td_string!(l, window.amount) value=typed("amount") wrong=visit.input_error("amount", Field::Amount)/>
                    <TextField name="reason" label=td_string!(l, window.reason) value=typed("reason") wrong=visit.field_error(Field::Note)/>
                    {needs_second.then(|| second_fields(&visit, "adjust"))}
                    <button class="button">{td_string!(l, window.adjust_do)}</button>
                </form>
            </section>
            {has_address.then(|| view! { <section aria-labelledby="forgotten">
                <h2 id="forgotten">{td_string!(l, password.title)}</h2>
                <form method="post" action=link_action.clone() class="form panel">
                    <p class="muted">{td_string!(l, window.link_more)}</p>
                    {user.duty.map(|_| own_password(&visit, &link_action))}
                    <button class="button button-second">{td_string!(l, window.link_make)}</button>
                </form>
            </section> })}
            {(has_second_step && is_owner).then(|| view! { <section aria-labelledby="second-step">
                <h2 id="second-step">{td_string!(l, team.second_step)}</h2>
                <form method="post" action=reset_action.clone() class="form panel">
                    <p class="muted">{td_string!(l, team.end_second_step_more)}</p>
                    {own_password(&visit, &reset_action)}
                    <button class="button button-second">{td_string!(l, team.end_second_step)}</button>
                </form>
            </section> })}
            {is_owner.then(|| view! { <section aria-labelledby="sign-out">
                <h2 id="sign-out">{td_string!(l, team.devices)}</h2>
                <form method="post" action=sign_out_action class="form panel">
                    <p class="muted">{td_string!(l, team.sign_out_more)}</p>
                    <button class="button button-second">{td_string!(l, team.sign_out)}</button>
                </form>
            </section> })}
            <section aria-labelledby="statement">
                <h2 id="statement">{td_string!(l, points.statement)}</h2>
                <p class="muted small">{visit.zone_note()}</p>
                {statement_table(l, visit.app.time_zone.name(), statement)}
            </section>
        }
    })
    .into_result()
}

/// Whether a ticket may still let somebody in: it is unused, and its show has not been over for hours.
fn lets_in(ticket: &Reservation, now: Timestamp) -> bool {
    /// How long after the beginning of a show people may come, in seconds.
    const LATE: i64 = 6 * 3600;
    ticket.is_ticket() && ticket.checked_in_at.is_none() && now < ticket.show_time.plus_seconds(LATE)
}

/// The tickets of a fan that let somebody in, to be printed, or to be photographed by the fan.
pub async fn passes(visit: Arc<Visit>, proof: BoxOffice) -> Outcome<PageResult> {
    let l = visit.locale;
    let id = UserId(visit.id()?);
    let Customer { user, mut reservations, .. } = back_office::customer(visit.house(), proof, id).await?;
    let (now, keys) = (visit.house().clock().now(), visit.house().keys().clone());
    reservations.retain(|ticket| lets_in(ticket, now));
    reservations.sort_by_key(|ticket| (ticket.show_time, ticket.schedule_id, ticket.seat_id));
    Page::of(td_string!(l, window.passes), move || {
        let passes = reservations.iter().map(|ticket| pass(l, &keys, ticket, None, false)).collect_view();
        view! {
            <div class="pass-page">
                <div class="pass-top no-print">
                    <p class="back"><a href=staff_fan_path(id)>{user.name.clone()}</a></p>
                    <p class="muted">{td_string!(l, window.passes_more)}</p>
                </div>
                <h1 class="visually-hidden">{td_string!(l, window.passes)}</h1>
                <div class="passes" role="group" aria-label=td_string!(l, window.passes) tabindex="0">{passes}</div>
            </div>
        }
    })
    .with_layout("ticket")
    .into_result()
}

/// The form that corrects a balance. `balance` is the balance that the page showed: if it has changed since, the
/// correction is refused. The second person, if one is needed, enters their email address and password.
#[derive(Default, Deserialize)]
#[serde(default)]
struct AdjustmentForm {
    amount: String,
    balance: String,
    reason: String,
    second_email: String,
    second_password: String,
}

/// Whether a form is shown again because a second person has to agree.
pub(super) fn needs_second(visit: &Visit) -> bool {
    visit.needs_second_person() || visit.typed("second_email").is_some()
}

/// The fields for the account of the second person, in the form `form`: the page has two.
pub(super) fn second_fields(visit: &Visit, form: &str) -> impl IntoView + use<> {
    let l = visit.locale;
    view! {
        <TextField name="second_email" id=format!("{form}-second-email") label=td_string!(l, window.second_email) kind="email" hint=td_string!(l, window.second_hint)
            value=visit.typed("second_email").unwrap_or_default() wrong=visit.field_error(Field::Email)/>
        <TextField name="second_password" id=format!("{form}-second-password") label=td_string!(l, window.second_password) kind="password" value=""/>
    }
}

/// Returns the proof that a second person of the box office agrees. `None` if nobody has entered anything.
pub(super) async fn second_person(visit: &Visit, email: &str, password: String) -> Outcome<Option<BoxOffice>> {
    if email.trim().is_empty() {
        return Ok(None);
    }
    let (user, _) = visit.app.authenticate(email, password, visit.address()).await?;
    match back_office::staff(visit.house(), user.id).await.and_then(|staff| Ok(staff.box_office()?)) {
        Ok(second) => Ok(Some(second)),
        Err(Denied::Refused(Refusal::NotStaff | Refusal::NotYourDuty)) => Err(Refusal::BadCredentials.into()),
        Err(denied) => Err(denied),
    }
}

pub async fn adjust(visit: Arc<Visit>, proof: BoxOffice) -> Outcome<PageResult> {
    let id = UserId(visit.id()?);
    let AdjustmentForm { amount, balance, reason, second_email, second_password } = visit.posted.read()?;
    let amount = number(&amount, Field::Amount)?.ok_or(Refusal::invalid(Field::Amount))?;
    let shown = balance.parse().map_err(|_| Refusal::invalid(Field::Request))?;
    let second = second_person(&visit, &second_email, second_password).await?;
    back_office::adjust_points(visit.house(), proof, second, id, (shown, amount), &reason).await?;
    Ok(visit.redirect(staff_fan_path(id), Notice::Saved))
}

/// Makes the link with which a person sets a new password. It is shown once, in this response. For a member of staff it takes
/// the own password of who makes it: a session that was left open must not become somebody's account.
pub async fn make_password_link(visit: Arc<Visit>, proof: BoxOffice) -> Outcome<PageResult> {
    let person = UserId(visit.id()?);
    if box_office::user(visit.house(), person).await?.duty.is_some() {
        verify_own_password(&visit).await?;
    }
    let token = back_office::make_password_link(visit.house(), proof, person).await?;
    let link = format!("{}{}", visit.app.origin, password_path(&token));
    show_customer(visit, proof, Some(link)).await
}

/// The page of one ticket, which can be cancelled or moved to another seat; if it was used at the door, that can be
/// taken back.
pub async fn ticket(visit: Arc<Visit>, proof: BoxOffice) -> Outcome<PageResult> {
    let l = visit.locale;
    let id = ReservationId(visit.id()?);
    let worth = back_office::ticket_worth(visit.house(), proof, id).await?;
    let handovers = back_office::handovers(visit.house(), proof, id).await?;
    let hall = visit.house().hall(worth.ticket.schedule_id).await?;
    let now = visit.house().clock().now();
    let (_, states) = hall.states(now);
    // The ticket can be moved to any free seat of the same price.
    let price =
        hall.plan().index(worth.ticket.seat_id).and_then(|at| hall.plan().seats().get(at)).map(|seat| seat.price);
    let free = hall.plan().seats().iter().zip(&states);
    let free = free.filter(|(seat, status)| **status == SeatStatus::Reservable && Some(seat.price) == price);
    let options: Vec<_> = free.map(|(seat, _)| (seat.id.to_string(), words::seat_name(l, &seat.name()))).collect();
    Page::of(td_string!(l, ticket.title), move || {
        let ticket = &worth.ticket;
        let here = staff_ticket_path(id);
        let state = match ticket.refund {
            Some(refund) => td_string!(l, tickets.refunded, refund = words::points(l, refund)),
            None => state(l, ticket, now).to_owned(),
        };
        let is_unused = check_unused(&ticket.ticket()).is_ok();
        let is_used = decide_undo_check_in(&ticket.ticket()).is_ok();
        let by_policy = match &worth.refund {
            Ok(refund) => td_string!(l, window.by_policy, refund = words::points(l, refund.refund)),
            Err(refusal) => words::refusal(l, refusal),
        };
        let suggested = worth.refund.as_ref().map_or(0, |refund| refund.refund).to_string();
        let typed = |name, default: String| visit.typed(name).map_or(default, str::to_owned);
        let can_move = is_unused && !options.is_empty();
        let key = visit.house().number_key();
        let order = ticket.payment_id.map(|id| td_string!(l, tickets.order, code = reference::order(key, id)));
        let first = handovers.first().filter(|_| ticket.is_paid_by_another());
        let refund_to = first.map(|(from, ..)| from.clone());
        let handovers = handovers.into_iter().map(|(from, to, at)| {
            let when = words::when(l, at, &ticket.time_zone, Detail::Full);
            view! { <p class="small">{td_string!(l, window.handed_on, from = from, to = to, when = when)}</p> }
        });
        let handovers = handovers.collect_view();
        view! {
            {nav(&visit)}
            <p class="back"><a href=staff_fan_path(ticket.user_id)>{ticket.fan_name.clone()}</a></p>
            <header class="page-head">
                <p class="what">{ticket.concert_title.clone()}" · "{words::when(l, ticket.show_time, &ticket.time_zone, Detail::Full)}</p>
                <h1>{words::seat_name(l, &ticket.seat_name())}</h1>
                <p>{words::points(l, ticket.price)}" · "{state}</p>
                <p class="muted">{td_string!(l, tickets.code, code = reference::ticket(key, id))}" · "{order}</p>
                {handovers}
            </header>
            {is_used.then(|| view! {
                <section aria-labelledby="undo">
                    <h2 id="undo">{td_string!(l, window.undo)}</h2>
                    <form method="post" action=format!("{here}/undo") class="form panel">
                        <p>{td_string!(l, window.undo_more)}</p>
                        <TextField name="undo_reason" label=td_string!(l, window.reason) value=typed("undo_reason", String::new())
                            wrong=visit.input_error("undo_reason", Field::Note)/>
                        <button class="button">{td_string!(l, window.undo_do)}</button>
                    </form>
                </section>
            })}
            {is_unused.then(|| view! {
                <section aria-labelledby="cancel">
                    <h2 id="cancel">{td_string!(l, window.cancel)}</h2>
                    <form method="post" action=format!("{here}/cancel") class="form panel">
                        <p>{by_policy}</p>
                        {refund_to.map(|name| view! { <p>{td_string!(l, window.refund_to, name = name)}</p> })}
                        <TextField name="refund" label=td_string!(l, window.refund) inputmode="numeric" value=typed("refund", suggested)
                            wrong=visit.field_error(Field::Amount)/>
                        <TextField name="reason" label=td_string!(l, window.reason) value=typed("reason", String::new())
                            wrong=visit.input_error("reason", Field::Note)/>
                        <button class="button">{td_string!(l, window.cancel_do)}</button>
                    </form>
                    <details class="past"><summary>{td_string!(l, cancel.terms)}</summary>{terms_table(l, &worth.policy)}</details>
                </section>
            })}
            {is_unused.then(|| view! {
                <section aria-labelledby="name-title">
                    <h2 id="name-title">{td_string!(l, window.rename)}</h2>
                    <form method="post" action=format!("{here}/name") class="form panel">
                        <TextField name="name" label=td_string!(l, account.name) hint=td_string!(l, window.rename_hint) required=false
                            value=typed("name", ticket.fan_name.clone()) wrong=visit.field_error(Field::Name)/>
                        <TextField name="name_reason" label=td_string!(l, window.reason) value=typed("name_reason", String::new())
                            wrong=visit.input_error("name_reason", Field::Note)/>
                        <button class="button button-second">{td_string!(l, window.rename_do)}</button>
                    </form>
                </section>
            })}
            {(is_unused && !ticket.is_paid_by_another()).then(|| view! {
                <p class="row-links"><a href=format!("{here}/exchange")>{td_string!(l, exchange.title)}</a></p>
            })}
            {can_move.then(|| view! {
                <section aria-labelledby="move">
                    <h2 id="move">{td_string!(l, window.move_to)}</h2>
                    <form method="post" action=format!("{here}/move") class="form panel">
                        <Select name="seat" label=td_string!(l, window.free_seat) options value=typed("seat", String::new())/>
                        <TextField name="move_reason" label=td_string!(l, window.reason) value=typed("move_reason", String::new())
                            wrong=visit.input_error("move_reason", Field::Note)/>
                        <button class="button button-second">{td_string!(l, window.move_do)}</button>
                    </form>
                </section>
            })}
        }
    })
    .into_result()
}

/// The form that cancels a ticket for a refund.
#[derive(Default, Deserialize)]
#[serde(default)]
struct CancellationForm {
    refund: String,
    reason: String,
}

pub async fn cancel(visit: Arc<Visit>, proof: BoxOffice) -> Outcome<PageResult> {
    let id = ReservationId(visit.id()?);
    let CancellationForm { refund, reason } = visit.posted.read()?;
    let refund = number(&refund, Field::Amount)?.ok_or(Refusal::invalid(Field::Amount))?;
    let fan = back_office::cancel_ticket(visit.house(), proof, id, refund, &reason).await?;
    Ok(visit.redirect(staff_fan_path(fan), Notice::CancelledForFan { refund }))
}

/// The form that corrects the name on a ticket.
#[derive(Default, Deserialize)]
#[serde(default)]
struct NameForm {
    name: String,
    name_reason: String,
}

pub async fn rename(visit: Arc<Visit>, proof: BoxOffice) -> Outcome<PageResult> {
    let id = ReservationId(visit.id()?);
    let NameForm { name, name_reason } = visit.posted.read()?;
    back_office::rename_ticket(visit.house(), proof, id, &name, &name_reason).await?;
    Ok(visit.redirect(staff_ticket_path(id), Notice::Saved))
}

/// The form that takes a check-in back.
#[derive(Default, Deserialize)]
#[serde(default)]
struct UndoForm {
    undo_reason: String,
}

pub async fn undo_check_in(visit: Arc<Visit>, proof: BoxOffice) -> Outcome<PageResult> {
    let id = ReservationId(visit.id()?);
    let UndoForm { undo_reason } = visit.posted.read()?;
    back_office::undo_check_in(visit.house(), proof, id, &undo_reason).await?;
    Ok(visit.redirect(staff_ticket_path(id), Notice::Saved))
}

/// The form that moves a ticket to another seat.
#[derive(Default, Deserialize)]
#[serde(default)]
struct MoveForm {
    seat: String,
    move_reason: String,
}

pub async fn move_ticket(visit: Arc<Visit>, proof: BoxOffice) -> Outcome<PageResult> {
    let id = ReservationId(visit.id()?);
    let MoveForm { seat, move_reason } = visit.posted.read()?;
    let seat = seat.parse().map_err(|_| Refusal::invalid(Field::Seats))?;
    back_office::move_ticket(visit.house(), proof, id, SeatId(seat), &move_reason).await?;
    Ok(visit.redirect(staff_ticket_path(id), Notice::Saved))
}
