//! The front page: the published concerts, with a search.

use crate::components::forms::Select;
use crate::components::poster::poster;
use crate::components::views::{Empty, sale_words, tag};
use crate::paths::concert_path;
use crate::server::access::Anybody;
use crate::server::page::{Page, PageResult};
use crate::server::visit::Visit;
use crate::words::{self, Detail, Locale, td_string};
use encore::Outcome;
use encore::box_office::{self, ConcertFilter, Listing, SaleFilter};
use encore::domain::Timestamp;
use leptos::prelude::*;
use std::sync::Arc;

pub async fn concerts(visit: Arc<Visit>, _: Anybody) -> Outcome<PageResult> {
    let l = visit.locale;
    let search = visit.query("q").unwrap_or_default().trim().to_owned();
    let month = visit.query("month").filter(|month| !month.is_empty()).map(str::to_owned);
    let sale = match visit.query("sale") {
        Some("on") => Some(SaleFilter::OnSale),
        Some("soon") => Some(SaleFilter::ToCome),
        _ => None,
    };
    let filter = ConcertFilter { search: search.clone(), month: month.clone(), sale };
    let has_no_filter = filter == ConcertFilter::default();
    let (listings, months) = box_office::find(visit.house(), filter).await?;
    let now = visit.house().clock().now();
    let title = td_string!(l, concerts.title);
    Page::of(title, move || {
        let is_empty = listings.is_empty();
        view! {
            <header class="intro">
                <h1>{td_string!(l, app.tagline)}</h1>
                <p class="lead">{td_string!(l, concerts.lead)}</p>
            </header>
            {search_form(l, &search, month.as_deref(), sale, &months)}
            {(is_empty && has_no_filter).then(|| view! { <Empty title=td_string!(l, concerts.empty_title) text=td_string!(l, concerts.empty)/> })}
            {(is_empty && !has_no_filter).then(|| view! {
                <Empty title=td_string!(l, concerts.none_title) text=td_string!(l, concerts.none)
                    link=("/".to_owned(), td_string!(l, concerts.all))/>
            })}
            {(!is_empty && !has_no_filter).then(|| view! {
                <p role="status">{td_string!(l, concerts.found, count = listings.len())}" "<a href="/">{td_string!(l, concerts.all)}</a></p>
            })}
            <ul class="cards">
                {listings.into_iter().map(|listing| card(l, listing, now)).collect_view()}
            </ul>
        }
    })
    .into_result()
}

/// The search form. It is sent with `GET`, so the address of the results contains the search. On a phone the month and
/// the state of the sale are folded away until one of them is used.
fn search_form(
    l: Locale,
    search: &str,
    month: Option<&str>,
    sale: Option<SaleFilter>,
    months: &[String],
) -> impl IntoView + use<> {
    let named = months.iter().map(|name| (name.clone(), words::month(l, name)));
    let any_month = (String::new(), td_string!(l, concerts.any_month).to_owned());
    let months = std::iter::once(any_month).chain(named).collect();
    let sales = [
        ("", td_string!(l, concerts.any_sale)),
        ("on", td_string!(l, concert.on_sale)),
        ("soon", td_string!(l, concert.not_yet)),
    ];
    let sales = sales.map(|(word, text)| (word.to_owned(), text.to_owned())).to_vec();
    let is_filtered = month.is_some() || sale.is_some();
    let sale = match sale {
        None => "",
        Some(SaleFilter::OnSale) => "on",
        Some(SaleFilter::ToCome) => "soon",
    };
    view! {
        <form method="get" action="/" role="search" class="concert-search">
            <div class="field">
                <label for="q">{td_string!(l, concerts.search)}</label>
                <input id="q" type="search" name="q" value=search.to_owned() maxlength="100"
                    placeholder=td_string!(l, concerts.search)/>
            </div>
            <details open=is_filtered>
                <summary>{td_string!(l, concerts.filters)}</summary>
                <div class="filters">
                    <Select name="month" label=td_string!(l, concerts.month) options=months value=month.unwrap_or_default()/>
                    <Select name="sale" label=td_string!(l, concerts.sale) options=sales value=sale/>
                </div>
            </details>
            <button class="button">{td_string!(l, concerts.find)}</button>
        </form>
    }
}

/// One concert in the list. What it says about the sale is true of the date that matters most to a fan.
fn card(l: Locale, listing: Listing, now: Timestamp) -> impl IntoView {
    let Listing { concert, schedules } = &listing;
    let when = |at, detail| words::when(l, at, &concert.time_zone, detail);
    let first = listing.first_date(now).map(|view| &view.schedule);
    let show = first.map(|date| date.show_time).filter(|at| *at > now);
    let opens = first.map(|date| date.window.reservation_start).filter(|at| *at > now);
    let price = listing.lowest_price(now).map(|price| td_string!(l, concerts.from, price = words::points(l, price)));
    view! {
        <li class="card">
            <div class="card-picture">{poster(concert)}</div>
            <div class="card-text">
                <p class="eyebrow">{concert.performer.clone()}</p>
                <h2><a class="card-link" href=concert_path(concert.id)>{concert.title.clone()}</a></h2>
                <p class="muted">{concert.venue.clone()}</p>
                {show.map(|at| view! { <p class="card-date">{td_string!(l, concerts.next, when = when(at, Detail::Day))}</p> })}
                {first.map(|date| view! {
                    <p class="card-state">
                        {tag(sale_words(l, date.sale_state(now)))}
                        {opens.map(|at| view! {
                            <span class="muted">{td_string!(l, concerts.opens, when = when(at, Detail::Short))}</span>
                        })}
                    </p>
                })}
                <p class="card-foot">
                    <span>{td_string!(l, concerts.dates, count = schedules.len())}</span>
                    {price.map(|price| view! { <span>{price}</span> })}
                </p>
            </div>
        </li>
    }
}
