//! The email address of an account: the page of the link that shows it to be one's own, and the form that sends such a
//! link, to the present address or to a new one.

use crate::components::views::message;
use crate::paths::local_path;
use crate::server::access::{Anybody, Fan};
use crate::server::flash::Notice;
use crate::server::page::{Page, PageResult};
use crate::server::visit::Visit;
use crate::verbs::Password;
use crate::words::td_string;
use encore::domain::Refusal;
use encore::{Denied, Outcome, box_office};
use leptos::prelude::*;
use serde::Deserialize;
use std::sync::Arc;

/// The page of a link. It names the account, so that nobody shows an address to be that of somebody else's account. The
/// address is shown with a button, because programs that look at mails open their links too.
pub async fn link(visit: Arc<Visit>, _: Anybody) -> Outcome<PageResult> {
    let l = visit.locale;
    let token = visit.path_param("token").unwrap_or_default().to_owned();
    let (user, email) = match box_office::address_link(visit.house(), token).await {
        Ok(known) => known,
        Err(Denied::Refused(Refusal::LinkOver | Refusal::NotSignedIn)) => return over(&visit),
        Err(denied) => return Err(denied),
    };
    Page::of(td_string!(l, address.title), move || {
        view! {
            <section class="narrow">
                <h1>{td_string!(l, address.title)}</h1>
                <form method="post" class="form panel">
                    <p>{td_string!(l, address.lead, name = user.name, email = email)}</p>
                    <button class="button button-wide">{td_string!(l, address.confirm)}</button>
                </form>
            </section>
        }
    })
    .into_result()
}

/// The page of a link that no longer works.
fn over(visit: &Visit) -> Outcome<PageResult> {
    let l = visit.locale;
    Page::of(td_string!(l, password.over), move || {
        message(td_string!(l, password.over), td_string!(l, address.over), ("/account", td_string!(l, account.title)))
    })
    .into_result()
}

/// Shows that the address is one's own.
pub async fn show(visit: Arc<Visit>, _: Anybody) -> Outcome<PageResult> {
    let token = visit.path_param("token").unwrap_or_default().to_owned();
    match box_office::show_address(visit.house(), token).await {
        Ok(user) => {
            tracing::info!(account = user.id.0, address = %visit.address(), "email address confirmed");
            let page = if visit.user.is_some() { "/account" } else { "/sign-in" };
            Ok(visit.redirect(page, Notice::AddressVerified))
        }
        Err(Denied::Refused(Refusal::LinkOver)) => over(&visit),
        Err(denied) => Err(denied),
    }
}

/// The form that sends a link. Without a new address, it goes to the present one; for a new one the password is needed.
#[derive(Default, Deserialize)]
#[serde(default)]
struct LinkForm {
    new_email: String,
    present: Password,
    next: Option<String>,
}

/// Sends the link.
pub async fn send(visit: Arc<Visit>, fan: Fan) -> Outcome<PageResult> {
    let LinkForm { new_email, present: Password(present), next } = visit.posted.read()?;
    let user = visit.user.as_ref().ok_or(Refusal::NotSignedIn)?;
    let (email, hash) = if new_email.trim().is_empty() {
        visit.app.limits.sign_in(&user.email, visit.address())?;
        (user.email.clone(), None)
    } else {
        (new_email, Some(visit.verified_hash(present).await?))
    };
    box_office::send_address_link(visit.house(), fan.id(), &email, hash).await?;
    let next = next.map_or_else(|| "/account".to_owned(), |next| local_path(Some(&next)));
    Ok(visit.redirect(next, Notice::AddressLinkSent { email }))
}
