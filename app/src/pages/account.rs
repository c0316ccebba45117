//! Signing in and up.

use crate::components::forms::{Hidden, TextField};
use crate::paths::{local_path, with_next};
use crate::server::page::{Page, Shown, Visit};
use crate::words::td_string;
use encore::Outcome;
use encore::domain::Field;
use leptos::prelude::*;
use std::sync::Arc;

pub async fn sign_in(visit: Arc<Visit>) -> Outcome<Shown> {
    form(visit, false)
}

pub async fn sign_up(visit: Arc<Visit>) -> Outcome<Shown> {
    form(visit, true)
}

/// The two pages differ in little: a new account has a name.
fn form(visit: Arc<Visit>, is_new: bool) -> Outcome<Shown> {
    let l = visit.locale;
    let next = local_path(visit.query("next"));
    if visit.user.is_some() {
        return Ok(Shown::Go(next));
    }
    let (title, action, submit) = if is_new {
        (td_string!(l, account.sign_up_title), "/api/sign-up", td_string!(l, app.sign_up))
    } else {
        (td_string!(l, account.sign_in_title), "/api/sign-in", td_string!(l, app.sign_in))
    };
    let (other, question, link) = if is_new {
        ("/sign-in", td_string!(l, account.have), td_string!(l, app.sign_in))
    } else {
        ("/sign-up", td_string!(l, account.have_not), td_string!(l, app.sign_up))
    };
    Page::of(submit, move || {
        let typed = |field| visit.typed(field).unwrap_or_default().to_owned();
        let other = with_next(other, &next);
        view! {
            <section class="narrow">
                <h1>{title}</h1>
                <form method="post" action=action class="form panel">
                    <Hidden name="next" value=next/>
                    {is_new.then(|| view! {
                        <TextField name="name" label=td_string!(l, account.name) hint=td_string!(l, account.name_hint)
                            autocomplete="name" value=typed("name") wrong=visit.wrong(Field::Name)/>
                    })}
                    <TextField name="email" label=td_string!(l, account.email) kind="email" autocomplete="username"
                        value=typed("email") wrong=visit.wrong(Field::Email)/>
                    {if is_new {
                        view! {
                            <TextField name="password" label=td_string!(l, account.password) kind="password" value=""
                                hint=td_string!(l, account.password_hint) autocomplete="new-password"
                                wrong=visit.wrong(Field::Password)/>
                        }.into_any()
                    } else {
                        view! {
                            <TextField name="password" label=td_string!(l, account.password) kind="password" value=""
                                autocomplete="current-password"/>
                        }.into_any()
                    }}
                    <button class="button button-wide">{submit}</button>
                </form>
                <p>{question}" "<a href=other>{link}</a></p>
            </section>
        }
    })
    .show()
}
