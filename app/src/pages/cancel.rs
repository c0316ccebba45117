//! Cancels one ticket. Before the fan confirms it, the page shows the refund beside the refund terms.

use crate::components::forms::{Hidden, VerbForm};
use crate::components::money::{bill_line, terms_table};
use crate::paths::ticket_path;
use crate::server::access::Fan;
use crate::server::page::{Page, PageResult};
use crate::server::visit::Visit;
use crate::verbs::Cancel;
use crate::words::{self, Detail, td_string};
use encore::Outcome;
use encore::box_office::{self, CancellationQuote};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use std::sync::Arc;

pub async fn cancel(visit: Arc<Visit>, fan: Fan) -> Outcome<PageResult> {
    let l = visit.locale;
    let id = visit.ticket()?;
    let CancellationQuote { ticket, policy, refund } =
        box_office::cancellation_quote(visit.house(), fan.id(), id).await?;
    let keep = ticket_path(visit.house().number_key(), id);
    let key = visit.house().clock().random_key();
    Page::of(td_string!(l, cancel.title), move || {
        let action = match refund {
            Ok(refund) => view! {
                <table class="bill">
                    <tbody>
                        {bill_line(l, td_string!(l, cancel.paid).into(), ticket.price, "")}
                        {bill_line(l, td_string!(l, cancel.kept).into(), -refund.kept, "")}
                        {bill_line(l, td_string!(l, cancel.back).into(), refund.refund, "bill-total")}
                    </tbody>
                </table>
                <p>{td_string!(l, cancel.final_word)}</p>
                <VerbForm l action=Cancel::PATH>
                    <Hidden name="reservation_id" value=id.to_string()/>
                    <Hidden name="refund" value=refund.refund.to_string()/>
                    <Hidden name="idempotency_key" value=key/>
                    <button class="button button-wide button-danger">{td_string!(l, cancel.submit, refund = words::points(l, refund.refund))}</button>
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
                <p>{words::seat_name(l, &ticket.seat_name())}" · "{ticket.venue.clone()}</p>
            </header>
            <div class="split">
                <section class="panel">
                    {action}
                    <a class="button button-wide button-second" href=keep>{td_string!(l, cancel.keep)}</a>
                </section>
                <section aria-labelledby="terms">
                    <h2 id="terms">{td_string!(l, cancel.terms)}</h2>
                    {terms_table(l, &policy)}
                </section>
            </div>
        }
    })
    .into_result()
}
