//! A forgotten password: the page on which somebody asks for a link, and the page of the link, on which a new password is
//! set.

use crate::components::forms::TextField;
use crate::components::views::message;
use crate::server::access::Anybody;
use crate::server::flash::Notice;
use crate::server::hashing::HashedFor;
use crate::server::page::{Page, PageResult};
use crate::server::visit::Visit;
use crate::verbs::Password;
use crate::words::td_string;
use encore::domain::account::check_password;
use encore::domain::{Field, Refusal};
use encore::{Denied, Outcome, box_office};
use leptos::prelude::*;
use serde::Deserialize;
use std::sync::Arc;

/// The page on which somebody asks for a link.
pub async fn forgotten(visit: Arc<Visit>, _: Anybody) -> Outcome<PageResult> {
    let l = visit.locale;
    Page::of(td_string!(l, password.title), move || {
        view! {
            <section class="narrow">
                <h1>{td_string!(l, password.title)}</h1>
                <p class="muted">{td_string!(l, password.lead)}</p>
                <form method="post" class="form panel">
                    <TextField name="email" label=td_string!(l, account.email) kind="email" autocomplete="username"
                        value=visit.typed("email").unwrap_or_default() wrong=visit.field_error(Field::Email)/>
                    <button class="button button-wide">{td_string!(l, password.ask)}</button>
                </form>
                <p><a href="/sign-in">{td_string!(l, password.back)}</a></p>
            </section>
        }
    })
    .with_marked(&[Field::Email])
    .into_result()
}

/// The form that asks for a link.
#[derive(Default, Deserialize)]
#[serde(default)]
struct AddressForm {
    email: String,
}

/// Sends a link to the account with this address. The response is the same if there is none.
pub async fn ask(visit: Arc<Visit>, _: Anybody) -> Outcome<PageResult> {
    let AddressForm { email } = visit.posted.read()?;
    visit.app.limits.sign_in(&email, visit.address())?;
    box_office::send_password_link(visit.house(), &email).await?;
    Ok(visit.redirect("/sign-in", Notice::PasswordLinkSent))
}

fn token(visit: &Visit) -> String {
    visit.path_param("token").unwrap_or_default().to_owned()
}

/// The page of a link. Opening it does not use it up.
pub async fn link(visit: Arc<Visit>, _: Anybody) -> Outcome<PageResult> {
    let l = visit.locale;
    let user = match box_office::link_owner(visit.house(), token(&visit)).await {
        Ok(user) => Some(user),
        Err(Denied::Refused(Refusal::LinkOver | Refusal::NotSignedIn)) => None,
        Err(denied) => return Err(denied),
    };
    let Some(user) = user else {
        return Page::of(td_string!(l, password.over), move || {
            message(
                td_string!(l, password.over),
                td_string!(l, password.over_more),
                ("/forgotten", td_string!(l, password.again)),
            )
        })
        .into_result();
    };
    Page::of(td_string!(l, password.set_title), move || {
        view! {
            <section class="narrow">
                <h1>{td_string!(l, password.set_title)}</h1>
                <p class="muted">{td_string!(l, password.set_lead, email = &user.email)}</p>
                <form method="post" class="form panel">
                    // Password managers need the name of the account to which the password belongs.
                    <input type="hidden" name="email" autocomplete="username" value=user.email/>
                    <TextField name="password" label=td_string!(l, account.new_password) kind="password" value=""
                        hint=td_string!(l, account.password_hint) autocomplete="new-password" wrong=visit.field_error(Field::Password)/>
                    <button class="button button-wide">{td_string!(l, password.set)}</button>
                </form>
            </section>
        }
    })
    .with_marked(&[Field::Password])
    .into_result()
}

/// The form that sets a new password.
#[derive(Default, Deserialize)]
#[serde(default)]
struct PasswordForm {
    password: Password,
}

/// Sets the new password. Its owner then signs in with it.
pub async fn set(visit: Arc<Visit>, _: Anybody) -> Outcome<PageResult> {
    let (app, token) = (&visit.app, token(&visit));
    let PasswordForm { password: Password(new) } = visit.posted.read()?;
    let user = box_office::link_owner(&app.house, token.clone()).await?;
    check_password(&new)?;
    app.check_password(new.clone(), [user.name, user.email]).await?;
    let hash = app.hash_password(new, (HashedFor::SignIn, visit.address())).await?;
    let user = box_office::set_password(&app.house, token, hash).await?;
    tracing::info!(account = user.id.0, address = %visit.address(), "reset a forgotten password");
    Ok(visit.redirect("/sign-in", Notice::PasswordSet))
}
