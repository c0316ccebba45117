//! Cancelling one ticket: the refund, and the rule that decides it, shown before anything is done.

use super::checkout::seat_name;
use crate::components::forms::{Hidden, VerbForm};
use crate::components::views::DataTable;
use crate::server::access::Fan;
use crate::server::page::{Page, Shown};
use crate::server::visit::Visit;
use crate::verbs::Cancel;
use crate::words::{self, Detail, Locale, td_string};
use encore::Outcome;
use encore::box_office::{self, CancellationQuote};
use encore::domain::ReservationId;
use encore::domain::points::grouped;
use encore::domain::refund::{Keep, RefundPolicy};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use std::sync::Arc;

pub async fn cancel(visit: Arc<Visit>, fan: Fan) -> Outcome<Shown> {
    let l = visit.locale;
    let id = ReservationId(visit.id()?);
    let CancellationQuote { ticket, policy, refund } =
        box_office::cancellation_quote(visit.house(), fan.id(), id).await?;
    let key = visit.house().clock().random_key();
    Page::of(td_string!(l, cancel.title), move || {
        let way = match refund {
            Ok(refund) => view! {
                <dl class="figures">
                    <div><dt>{td_string!(l, cancel.paid)}</dt><dd>{words::points(l, ticket.price)}</dd></div>
                    <div><dt>{td_string!(l, cancel.kept)}</dt><dd>{words::points(l, refund.kept)}</dd></div>
                    <div><dt>{td_string!(l, cancel.back)}</dt><dd>{words::points(l, refund.refund)}</dd></div>
                </dl>
                <p>{td_string!(l, cancel.final_word)}</p>
                <VerbForm l action=Cancel::PATH>
                    <Hidden name="reservation_id" value=id.to_string()/>
                    <Hidden name="refund" value=refund.refund.to_string()/>
                    <Hidden name="idempotency_key" value=key/>
                    <button class="button button-wide">{td_string!(l, cancel.submit, refund = words::points(l, refund.refund))}</button>
                </VerbForm>
            }
            .into_any(),
            Err(refusal) => view! { <p class="notice notice-bad">{words::refusal(l, &refusal)}</p> }.into_any(),
        };
        view! {
            <p class="back"><a href="/tickets">{td_string!(l, tickets.title)}</a></p>
            <header class="page-head">
                <h1>{td_string!(l, cancel.title)}</h1>
                <p class="what">{ticket.concert_title.clone()}" · "{words::when(l, ticket.show_time, &ticket.time_zone, Detail::Full)}</p>
                <p>{seat_name(l, &ticket)}</p>
            </header>
            <section class="panel">{way}</section>
            <section aria-labelledby="terms">
                <h2 id="terms">{td_string!(l, cancel.terms)}</h2>
                {terms_table(l, &policy)}
            </section>
        }
    })
    .show()
}

/// A refund policy in words, with the step that applies first at the top.
pub fn terms_table(l: Locale, policy: &RefundPolicy) -> impl IntoView + use<> {
    let kept = |keep: Keep| match keep {
        Keep::Flat(0) | Keep::Percent(0) => td_string!(l, cancel.all_back).to_owned(),
        Keep::Flat(amount) => td_string!(l, cancel.keep_flat, amount = words::points(l, amount)),
        Keep::Percent(percent) => td_string!(l, cancel.keep_percent, percent = percent),
    };
    let cooling = (policy.cooling_off.days > 0).then(|| {
        let (days, until) = (policy.cooling_off.days, policy.cooling_off.until_days_before);
        let when = td_string!(l, cancel.cooling, count = days, until = until);
        view! { <tr><td>{when}</td><td>{td_string!(l, cancel.all_back)}</td></tr> }
    });
    let steps = policy.steps.iter().enumerate().map(|(index, step)| {
        let first =
            index.checked_sub(1).and_then(|before| policy.steps.get(before)).map(|before| before.days_before - 1);
        let when = match first {
            Some(first) if first == step.days_before => td_string!(l, cancel.day, count = step.days_before),
            Some(first) => {
                td_string!(l, cancel.days, from = grouped(first.into()), to = grouped(step.days_before.into()))
            }
            None => td_string!(l, cancel.until, count = step.days_before),
        };
        view! { <tr><td>{when}</td><td>{kept(step.keep)}</td></tr> }
    });
    let steps = steps.collect_view();
    view! {
        <DataTable label=td_string!(l, cancel.terms)
            columns=vec![(td_string!(l, cancel.when), false), (td_string!(l, cancel.what), false)]>
            {cooling}
            {steps}
            <tr><td>{td_string!(l, cancel.later)}</td><td>{td_string!(l, cancel.nothing_back)}</td></tr>
        </DataTable>
    }
}
