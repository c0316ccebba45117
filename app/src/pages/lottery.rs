//! The page of the lottery that orders a lobby: the commitment, which is published when the lobby opens, and after the
//! lottery everything that is needed to verify it.

use crate::components::views::subject;
use crate::paths::{lottery_path, queue_path};
use crate::server::access::{Anybody, Fan};
use crate::server::page::{Page, PageResult};
use crate::server::visit::Visit;
use crate::words::{self, Detail, Locale, td_string};
use encore::domain::lottery::LotteryResult;
use encore::domain::points::grouped;
use encore::domain::{Refusal, ScheduleId, TokenId};
use encore::waiting_room::{self, ClosedLobby};
use encore::{Outcome, box_office};
use leptos::prelude::*;
use std::sync::Arc;

pub async fn lottery(visit: Arc<Visit>, _: Anybody) -> Outcome<PageResult> {
    let l = visit.locale;
    let id = ScheduleId(visit.id()?);
    let (concert, _) = box_office::schedule(visit.house(), id).await?;
    let view = waiting_room::lottery(visit.house(), id).await?;
    // A signed-in fan need not know the id of their token, so it is looked up.
    let own = match visit.user.as_ref() {
        Some(user) => waiting_room::token_id(visit.house(), user.id, id).await?,
        None => None,
    };
    let asked = visit.query("token").map(|text| text.trim().parse().map(TokenId).ok());
    Page::of(td_string!(l, lottery.title), move || {
        let schedule = view.schedule;
        let opens = words::when(l, schedule.window.reservation_start, &concert.time_zone, Detail::Full);
        let closed = view.closed;
        let lacks_beacon =
            view.result.is_some() && view.beacon.as_ref().is_some_and(|beacon| beacon.signature.is_none());
        let state = match (&view.commitment, &view.result) {
            (None, _) if schedule.drawn_at.is_some() => td_string!(l, lottery.no_lobby).to_owned(),
            (None, _) => td_string!(
                l,
                lottery.before,
                when = words::when(l, schedule.window.lobby_start, &concert.time_zone, Detail::Full)
            ),
            (Some(_), None) if closed.is_some() => td_string!(l, lottery.drawing, when = opens),
            (Some(_), None) => td_string!(l, lottery.gathering, when = opens),
            (Some(_), Some(result)) => td_string!(
                l,
                lottery.drawn,
                count = result.order.len(),
                when = words::when(l, result.at, &concert.time_zone, Detail::Full)
            ),
        };
        view! {
            <header class="page-head">
                {subject(l, &concert, &schedule)}
                <h1>{td_string!(l, lottery.title)}</h1>
                <p>{state}</p>
            </header>
            {lacks_beacon.then(|| view! { <p class="notice notice-warm">{td_string!(l, lottery.no_beacon)}</p> })}
            <section class="panel">
                <h2>{td_string!(l, lottery.how)}</h2>
                <ol class="steps">
                    <li>{td_string!(l, lottery.step_list)}</li>
                    <li>{match view.beacon.as_ref().filter(|_| !lacks_beacon) {
                        Some(beacon) => td_string!(l, lottery.step_beacon, round = beacon.round.0.to_string()),
                        None => td_string!(l, lottery.step_delay).to_owned(),
                    }}</li>
                    <li>{td_string!(l, lottery.step_order)}</li>
                </ol>
                <p class="muted">{td_string!(l, lottery.limits)}</p>
            </section>
            {view.commitment.map(|commitment| view! {
                <dl class="hashes">
                    {hash(td_string!(l, lottery.commitment), commitment)}
                    {view.receipt_key.map(|key| hash(td_string!(l, lottery.receipt_key), key))}
                    {closed.map(|ClosedLobby { list_hash, delay, .. }| view! {
                        {hash(td_string!(l, lottery.list), list_hash)}
                        {delay.output.map(|output| hash(td_string!(l, lottery.output), output))}
                    })}
                    {view.beacon.and_then(|beacon| beacon.signature).map(|signature| hash(td_string!(l, lottery.beacon), signature))}
                    {view.result.as_ref().map(|result| hash(td_string!(l, lottery.secret), result.secret.clone()))}
                    {view.result.as_ref().map(|result| hash(td_string!(l, lottery.seed), result.seed.clone()))}
                </dl>
            })}
            {view.result.map(|result| check(l, id, &result, own, asked))}
            <p><a href=queue_path(id)>{td_string!(l, lottery.back)}</a></p>
        }
    })
    .into_result()
}

/// The receipt of the fan's latest entry into the lobby, as a file.
pub async fn receipt(visit: Arc<Visit>, fan: Fan) -> Outcome<PageResult> {
    let id = ScheduleId(visit.id()?);
    let token = waiting_room::token_id(visit.house(), fan.id(), id).await?.ok_or(Refusal::NotFound)?;
    let receipt = waiting_room::receipt(visit.house(), id, token).await?.ok_or(Refusal::NotFound)?;
    Ok(PageResult::file("text/plain; charset=utf-8", receipt, Some(&format!("receipt-{id}.txt"))))
}

fn hash(name: &'static str, value: String) -> impl IntoView {
    view! { <div><dt>{name}</dt><dd><code>{value}</code></dd></div> }
}

/// The place of one token in the lottery's order, a form to look up another token, and a link to the file with which
/// anyone can verify the lottery. The token is the one that was `asked` for in the address (the inner `None` if that
/// was not a number), or else the fan's `own`.
fn check(
    l: Locale,
    id: ScheduleId,
    result: &LotteryResult,
    own: Option<TokenId>,
    asked: Option<Option<TokenId>>,
) -> impl IntoView + use<> {
    let token = asked.flatten().or(own);
    let found = token.map(|token| {
        let place = result.order.iter().position(|drawn| *drawn == token);
        let brought = result.entrants.iter().find(|(drawn, _)| *drawn == token);
        match (place, brought) {
            (Some(place), Some((_, contribution))) => view! {
                <p class="notice" role="status">
                    {td_string!(l, lottery.place, token = token.to_string(), place = grouped(place as i64 + 1))}
                    " "{td_string!(l, lottery.brought)}" "<code>{contribution.clone()}</code>
                </p>
            }
            .into_any(),
            _ => {
                view! { <p class="notice" role="status">{td_string!(l, lottery.not_drawn, token = token.to_string())}</p> }
                    .into_any()
            }
        }
    });
    let value = token.map(|token| token.to_string());
    view! {
        <section class="panel">
            <h2>{td_string!(l, lottery.check)}</h2>
            {found}
            <form method="get" action=lottery_path(id) class="form">
                <div class="field">
                    <label for="token">{td_string!(l, lottery.token)}</label>
                    <input id="token" name="token" inputmode="numeric" required value=value/>
                </div>
                <button class="button button-second">{td_string!(l, lottery.look)}</button>
            </form>
            <p>{td_string!(l, lottery.download)}" "<a href=format!("/api/draw?schedule_id={id}") download=format!("draw-{id}.json")>{format!("draw-{id}.json")}</a></p>
        </section>
    }
}
