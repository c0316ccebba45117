//! The waiting room: the fan's place in the queue, or how to get one.

use crate::components::forms::{Hidden, LeaveQueue, ProofField, TextField, VerbForm};
use crate::components::views::{subject, time_words};
use crate::islands::{Contribution, QueueStatus, QueueStatusView, QueueWords};
use crate::paths::{concert_path, lottery_path, map_path, receipt_path, seats_path, waitlist_path};
use crate::server::access::Fan;
use crate::server::page::{Page, PageResult};
use crate::server::visit::Visit;
use crate::verbs::{Answer, Join, Leave, QueuePlace};
use crate::words::{self, Detail, Locale, td_string};
use encore::Outcome;
use encore::box_office::{self, ScheduleView};
use encore::domain::queue::{EndReason, TokenStatus};
use encore::domain::schedule::SalePhase;
use encore::domain::{Concert, ConcertSchedule, Field, ScheduleId, Timestamp};
use encore::waiting_room::{self, MAX_ANSWER, VoidedPlace};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use std::sync::Arc;

pub async fn queue(visit: Arc<Visit>, fan: Fan) -> Outcome<PageResult> {
    let l = visit.locale;
    let id = ScheduleId(visit.id()?);
    let (concert, view) = box_office::schedule(visit.house(), id).await?;
    let place = waiting_room::status(visit.house(), fan.id(), id, visit.asked_by()).await?;
    let title = td_string!(l, queue.title);
    let now = visit.house().clock().now();
    match place {
        Some(place) if place.token.status == TokenStatus::Active => Ok(PageResult::Redirect(seats_path(id))),
        Some(place) if place.token.status == TokenStatus::Wait => {
            let place = QueuePlace::with_receipt(place, &visit.app).await?;
            let seconds = place.poll_after_ms.div_ceil(1000);
            Page::of(title, move || waiting(l, &concert, &view.schedule, place)).with_refresh(seconds).into_result()
        }
        gone => {
            if let Some(voided) = waiting_room::voided_place(visit.house(), fan.id(), id).await? {
                return Page::of(title, move || cancelled(&visit, &concert, &view.schedule, voided)).into_result();
            }
            let ended = gone.and_then(|gone| gone.token.ended);
            let is_verified = box_office::is_verified(visit.house(), fan.id()).await?;
            Page::of(title, move || not_in_queue(&visit, &concert, &view, (ended, is_verified), now)).into_result()
        }
    }
}

/// What a fan sees whose place staff have cancelled: why, and a form to answer.
fn cancelled(
    visit: &Visit,
    concert: &Concert,
    schedule: &ConcertSchedule,
    place: VoidedPlace,
) -> impl IntoView + use<> {
    let l = visit.locale;
    let answer = visit.typed("answer").map(str::to_owned).or(place.answer).unwrap_or_default();
    let field = view! {
        <TextField name="answer" label=td_string!(l, queue.answer) hint=td_string!(l, queue.answer_hint)
            value=answer maxlength=MAX_ANSWER wrong=visit.field_error(Field::Answer)/>
    };
    let (subject, schedule) = (subject(l, concert, schedule), schedule.id);
    view! {
        <section class="waiting">
            {subject}
            <h1>{td_string!(l, queue.voided)}</h1>
            <p>{td_string!(l, queue.voided_more, reason = place.reason)}</p>
            <VerbForm l action=Answer::PATH class="form panel">
                <Hidden name="schedule_id" value=schedule.to_string()/>
                {field}
                <button class="button">{td_string!(l, queue.answer_send)}</button>
            </VerbForm>
            <a href=concert_path(concert.id)>{td_string!(l, queue.to_concert)}</a>
        </section>
    }
}

/// What a fan who is not in the queue sees: the reason, and what they can do next. `ended` is the reason why the fan's
/// last place in the queue ended, if they had one; `is_verified` is false if they have to confirm their address first.
fn not_in_queue(
    visit: &Visit,
    concert: &Concert,
    ScheduleView { schedule, prices }: &ScheduleView,
    (ended, is_verified): (Option<EndReason>, bool),
    now: Timestamp,
) -> impl IntoView + use<> {
    let l = visit.locale;
    let when = |at| words::when(l, at, &concert.time_zone, Detail::Full);
    let phase = schedule.window.phase(now);
    let opens = || when(schedule.window.reservation_start);
    let lobby_is_over = now >= schedule.window.lobby_end();
    let (heading, text) = match (phase, ended) {
        (SalePhase::NotYetOpen, _) => (
            td_string!(l, queue.not_open),
            td_string!(l, queue.opens, lobby = when(schedule.window.lobby_start), when = opens()),
        ),
        (SalePhase::Lobby, _) if lobby_is_over => {
            (td_string!(l, queue.lobby_closed), td_string!(l, queue.lobby_closed_more, when = opens()))
        }
        (SalePhase::Lobby, _) => (td_string!(l, queue.lobby_open), td_string!(l, queue.lobby_more, when = opens())),
        (SalePhase::Closed, _) => match &schedule.called_off {
            Some(off) => {
                (td_string!(l, queue.called_off), td_string!(l, queue.called_off_more, reason = off.reason.to_string()))
            }
            None => (td_string!(l, queue.closed), td_string!(l, queue.closed_more).to_owned()),
        },
        (SalePhase::Open, Some(EndReason::SoldOut)) if schedule.is_sold_out() => {
            (td_string!(l, queue.sold_out), td_string!(l, queue.sold_out_waited).to_owned())
        }
        (SalePhase::Open, _) if schedule.is_sold_out() => {
            (td_string!(l, queue.sold_out), td_string!(l, queue.sold_out_more).to_owned())
        }
        (SalePhase::Open, Some(EndReason::RanOut)) => {
            (td_string!(l, queue.over), td_string!(l, queue.over_more).to_owned())
        }
        (SalePhase::Open, Some(EndReason::Missed)) => {
            (td_string!(l, queue.missed), td_string!(l, queue.missed_more).to_owned())
        }
        (SalePhase::Open, _) => (td_string!(l, queue.not_in), td_string!(l, queue.not_in_more).to_owned()),
    };
    // Nobody should learn only at the opening that the address has to be confirmed first.
    let unverified = (!is_verified && phase != SalePhase::Closed).then(|| {
        let email = visit.user.as_ref().map(|user| user.email.clone()).unwrap_or_default();
        view! {
            <div class="notice notice-warm">
                <p>{td_string!(l, address.needed, email = email)}</p>
                <form method="post" action="/account/address">
                    <Hidden name="next" value=visit.path.clone()/>
                    <button class="button button-second">{td_string!(l, address.send_again)}</button>
                </form>
            </div>
        }
    });
    let way_on = match phase {
        SalePhase::Lobby if !lobby_is_over => lobby_form(visit, schedule.id).into_any(),
        SalePhase::Lobby => join_form(visit, schedule.id).into_any(),
        SalePhase::Open if !schedule.is_sold_out() => join_form(visit, schedule.id).into_any(),
        SalePhase::Open => view! {
            <a class="button" href=waitlist_path(schedule.id)>{td_string!(l, waitlist.to)}</a>
            <a href=concert_path(concert.id)>{td_string!(l, queue.to_concert)}</a>
        }
        .into_any(),
        _ => view! { <a class="button" href=concert_path(concert.id)>{td_string!(l, queue.to_concert)}</a> }.into_any(),
    };
    // Before the sale opens, while there is time to charge points, a fan is warned if their points do not suffice for
    // the most expensive seat.
    let too_few = visit.user.as_ref().zip(*prices).filter(|(user, (_, highest))| user.point < *highest);
    let points_warning =
        too_few.filter(|_| matches!(phase, SalePhase::NotYetOpen | SalePhase::Lobby)).map(|(user, prices)| {
            let price = words::price_range(l, prices);
            view! {
                <p>{td_string!(l, queue.purse, have = words::points(l, user.point), price = price)}" "
                    <a href="/points">{td_string!(l, queue.purse_fill)}</a></p>
            }
        });
    view! {
        <section class="waiting">
            {subject(l, concert, schedule)}
            <h1>{heading}</h1>
            <p>{text}</p>
            {points_warning}
            {unverified}
            {way_on}
        </section>
    }
}

/// What a form to join has more if it was refused because its sender has to solve a task first.
fn proof(visit: &Visit) -> Option<impl IntoView + use<>> {
    let l = visit.locale;
    visit.task().map(|task| view! { <ProofField l task=task.to_owned() sends=true/> })
}

/// The form to join the queue, which has only a button.
fn join_form(visit: &Visit, schedule: ScheduleId) -> impl IntoView + use<> {
    let l = visit.locale;
    let proof = proof(visit);
    view! {
        <VerbForm l action=Join::PATH>
            <Hidden name="schedule_id" value=schedule.to_string()/>
            <button class="button">{td_string!(l, queue.join)}</button>
            {proof}
        </VerbForm>
    }
}

/// The form to enter the lobby, with the fan's contribution to the lottery.
fn lobby_form(visit: &Visit, schedule: ScheduleId) -> impl IntoView + use<> {
    let l = visit.locale;
    let typed = visit.typed("contribution");
    let is_typed = typed.is_some();
    let value = typed.map_or_else(|| visit.house().clock().random_key(), str::to_owned);
    let field = view! {
        <TextField name="contribution" label=td_string!(l, queue.contribution) hint=td_string!(l, queue.contribution_hint)
            value wrong=visit.field_error(Field::Contribution) required=false/>
    };
    let proof = proof(visit);
    view! {
        <VerbForm l action=Join::PATH class="form panel">
            <Hidden name="schedule_id" value=schedule.to_string()/>
            {proof}
            {if is_typed { field.into_any() } else { view! { <Contribution>{field}</Contribution> }.into_any() }}
            <button class="button">{td_string!(l, queue.enter)}</button>
            <p class="hint"><a href=lottery_path(schedule)>{td_string!(l, queue.how_drawn)}</a></p>
        </VerbForm>
    }
}

fn waiting(l: Locale, concert: &Concert, schedule: &ConcertSchedule, mut place: QueuePlace) -> impl IntoView + use<> {
    let words = QueueWords {
        lobby: td_string!(l, queue.draw_in).into(),
        drawing: td_string!(l, queue.drawing).into(),
        opens_in: td_string!(l, queue.opens_in).into(),
        ahead: td_string!(l, queue.ahead).into(),
        next: td_string!(l, queue.next).into(),
        looks: td_string!(l, queue.looks).into(),
        looks_lobby: td_string!(l, queue.looks_lobby).into(),
        connection: td_string!(l, queue.connection).into(),
        minutes: td_string!(l, queue.minutes).into(),
        minutes_to: td_string!(l, queue.minutes_to).into(),
        soon: td_string!(l, queue.soon).into(),
        unknown: td_string!(l, queue.unknown).into(),
        left: td_string!(l, queue.left).into(),
        odds: td_string!(l, queue.odds).into(),
        paused: td_string!(l, queue.paused).into(),
        missed_call: td_string!(l, queue.missed_call).into(),
        number: td_string!(l, queue.number).into(),
        your_turn: td_string!(l, queue.your_turn).into(),
    };
    let (heading, fair) = match place.ahead {
        None => (td_string!(l, queue.in_lobby), td_string!(l, queue.fair_lobby)),
        Some(_) => (td_string!(l, queue.heading), td_string!(l, queue.fair)),
    };
    let pass = place.ticket.take().unwrap_or_default();
    let receipt = place.receipt.take().map(|receipt| {
        view! {
            <details class="folded receipt">
                <summary>{td_string!(l, queue.receipt)}</summary>
                <p>{td_string!(l, queue.receipt_more)}</p>
                <pre>{receipt}</pre>
                <a class="button button-second" href=receipt_path(schedule.id) download>{td_string!(l, queue.receipt_save)}</a>
            </details>
        }
    });
    let status = QueueStatus {
        status: place.status.as_str().into(),
        number: place.number,
        ahead: place.ahead,
        eta_seconds: place.eta_seconds,
        eta_from_seconds: place.eta_from_seconds,
        poll_after_ms: place.poll_after_ms,
        draws_in_ms: place.draws_in_ms,
        opens_in_ms: place.opens_in_ms,
        left_ticket: place.left_ticket,
        odds_gone: place.odds_gone,
        paused: place.paused,
        notice: place.notice,
        missed_call: place.missed_call,
        expires_in_ms: place.expires_in_ms,
    };
    view! {
        <section class="waiting">
            {subject(l, concert, schedule)}
            <h1>{heading}</h1>
            <QueueStatusView schedule_id=schedule.id.0 pass status words time=time_words(l)/>
            <div data-alert data-turn=td_string!(l, queue.your_turn) hidden>
                <button type="button" class="button button-second">{td_string!(l, queue.alert)}</button>
                <p class="muted" role="status" data-on=td_string!(l, queue.alert_on)></p>
            </div>
            <p class="muted">{fair}</p>
            {receipt}
            <p class="row-links">
                <a href=map_path(schedule.id, schedule.status, None)>{td_string!(l, seats.map_title)}</a>
                {schedule.had_lobby.then(|| view! { <a href=lottery_path(schedule.id)>{td_string!(l, queue.how_drawn)}</a> })}
            </p>
            <LeaveQueue l action=Leave::PATH schedule=schedule.id consequence=td_string!(l, queue.leave_more)/>
            <script type="module" src="/static/turn.js"></script>
        </section>
    }
}
