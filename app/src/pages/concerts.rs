//! All concerts.

use crate::components::poster::poster;
use crate::components::views::Empty;
use crate::paths::concert_path;
use crate::server::page::{Page, Shown, Visit};
use crate::words::{self, Detail, Locale, td_string};
use encore::Outcome;
use encore::box_office::{self, Listing};
use leptos::prelude::*;
use std::sync::Arc;

pub async fn concerts(visit: Arc<Visit>) -> Outcome<Shown> {
    let l = visit.locale;
    let listings = box_office::concerts(visit.house()).await?;
    let now = visit.house().clock().now();
    let title = td_string!(l, concerts.title);
    Page::of(title, move || {
        let is_empty = listings.is_empty();
        view! {
            <header class="intro">
                <h1>{td_string!(l, app.tagline)}</h1>
                <p class="lead">{td_string!(l, concerts.lead)}</p>
            </header>
            {is_empty.then(|| view! { <Empty title=td_string!(l, concerts.empty_title) text=td_string!(l, concerts.empty)/> })}
            <ul class="cards">
                {listings.into_iter().map(|listing| card(l, listing, now)).collect_view()}
            </ul>
        }
    })
    .show()
}

fn card(l: Locale, Listing { concert, schedules }: Listing, now: encore::domain::Timestamp) -> impl IntoView {
    let next = schedules.iter().map(|view| view.schedule.show_time).filter(|show| *show > now).min();
    let lowest = schedules.iter().filter_map(|view| view.prices).map(|(lowest, _)| lowest).min();
    let sold_out = !schedules.is_empty() && schedules.iter().all(|view| view.sold_out);
    view! {
        <li class="card">
            <div class="card-picture">{poster(&concert)}</div>
            <div class="card-text">
                <p class="eyebrow">{concert.performer.clone()}</p>
                <h2><a class="card-link" href=concert_path(concert.id)>{concert.title.clone()}</a></h2>
                <p class="muted">{concert.venue.clone()}</p>
                {next.map(|next| view! {
                    <p>{td_string!(l, concerts.next, when = words::when(l, next, &concert.time_zone, Detail::Day))}</p>
                })}
                <p class="card-foot">
                    <span>{td_string!(l, concerts.dates, count = schedules.len())}</span>
                    {match lowest {
                        _ if sold_out => view! { <span class="tag tag-off">{td_string!(l, concerts.all_sold_out)}</span> }.into_any(),
                        Some(price) => view! { <span>{td_string!(l, concerts.from, price = words::points(l, price))}</span> }.into_any(),
                        None => ().into_any(),
                    }}
                </p>
            </div>
        </li>
    }
}
