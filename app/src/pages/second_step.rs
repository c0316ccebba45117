//! The page of the second step, after the password: a code of the authenticator app, a recovery code, or a passkey.

use super::account::passkey_form;
use crate::components::forms::{Hidden, TextField};
use crate::paths::{local_path, with_next};
use crate::server::access::Anybody;
use crate::server::flash::Flash;
use crate::server::page::{Page, PageResult};
use crate::server::visit::Visit;
use crate::verbs::{SignedIn, form_page};
use crate::words::td_string;
use encore::domain::{Field, Refusal, ScheduleId};
use encore::{Denied, Outcome};
use leptos::prelude::*;
use std::sync::Arc;

/// The page. Who has not begun to sign in is sent to the beginning. Staff who are signed in, and have nothing yet to pass
/// a second step with, are sent to where they set it up.
pub async fn page(visit: Arc<Visit>, _: Anybody) -> Outcome<PageResult> {
    let l = visit.locale;
    let (next, join) = (local_path(visit.query_or_field("next")), join(&visit));
    let begin_again = form_page("/sign-in", Some(&next), join);
    let Some((user, _)) = visit.caller().second_step(&visit.app).await? else {
        return Ok(PageResult::Redirect(match &visit.user {
            None => begin_again,
            Some(_) if visit.caller().has_passed_second_step().await? => next,
            Some(_) => with_next("/account/security", &next),
        }));
    };
    Page::of(td_string!(l, security.step_title), move || {
        let passkey = visit.app.begun.has_passkeys().then(|| passkey_form(l, "/second-step", (&next, join)));
        // Who is signed in already has nothing to begin again.
        let begin_again = visit.user.is_none().then_some(begin_again);
        view! {
            <section class="narrow">
                <h1>{td_string!(l, security.step_title)}</h1>
                <p class="muted">{user.email}</p>
                <form method="post" action="/second-step" class="form panel">
                    <Hidden name="next" value=next.clone()/>
                    {join.map(|join| view! { <Hidden name="join" value=join.to_string()/> })}
                    <TextField name="code" label=td_string!(l, security.code) hint=td_string!(l, security.code_hint)
                        value="" autocomplete="one-time-code" maxlength=20 wrong=visit.field_error(Field::Code)/>
                    <button class="button button-wide">{td_string!(l, security.go_on)}</button>
                </form>
                {passkey}
                <p class="muted small">{td_string!(l, security.lost)}</p>
                {begin_again.map(|path| view! { <p><a href=path>{td_string!(l, security.begin_again)}</a></p> })}
            </section>
        }
    })
    .with_marked(&[Field::Code])
    .into_result()
}

/// The schedule whose queue the visitor joins then.
fn join(visit: &Visit) -> Option<ScheduleId> {
    visit.query_or_field("join").and_then(|id| id.parse().ok()).map(ScheduleId)
}

/// Passes the second step, and goes on as after every sign-in.
pub async fn submit(visit: Arc<Visit>, _: Anybody) -> Outcome<PageResult> {
    let (app, caller, join) = (&visit.app, visit.caller(), join(&visit));
    let code = visit.posted.field("code").unwrap_or_default().to_owned();
    let user = match caller.pass_second_step(app, code).await {
        Err(Denied::Refused(refusal @ Refusal::NotSignedIn)) => {
            // It has taken too long. What the visitor came for is kept.
            let page = form_page("/sign-in", visit.posted.field("next"), join);
            visit.leave_flash(&page, Flash::Refused { refusal, typed: vec![] });
            return Ok(PageResult::Redirect(page));
        }
        passed => passed?,
    };
    tracing::info!(account = user.id.0, address = %caller.ip, "signed in with a second step");
    let (page, notice) = SignedIn::after(app, caller, user, join).await.first_page(visit.posted.field("next"), join);
    if let Some(notice) = notice {
        visit.leave_flash(&page, Flash::Done(notice));
    }
    Ok(PageResult::Redirect(page))
}
