//! How a person signs in besides with the password: passkeys, the authenticator app, and recovery codes.

use crate::components::forms::{Hidden, TextField};
use crate::components::qr::qr;
use crate::paths::{local_path, with_next};
use crate::server::access::Fan;
use crate::server::flash::Notice;
use crate::server::page::{Page, PageResult};
use crate::server::visit::Visit;
use crate::verbs::{BeginPasskey, Password};
use crate::words::{Detail, td_string};
use encore::Outcome;
use encore::box_office::{self, Passkey};
use encore::domain::{Field, PasskeyId, Refusal};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use serde::Deserialize;
use std::sync::Arc;

/// The page.
pub async fn page(visit: Arc<Visit>, fan: Fan) -> Outcome<PageResult> {
    let has_passed = visit.caller().has_passed_second_step().await?;
    show(visit, fan, vec![], has_passed).await
}

/// `codes` are recovery codes that were just made; they are shown only once. `has_passed` is whether the visitor is signed in
/// with a second step or a passkey now. The query or the form names the page that needed one, if any.
async fn show(visit: Arc<Visit>, fan: Fan, codes: Vec<String>, has_passed: bool) -> Outcome<PageResult> {
    let l = visit.locale;
    let ways = box_office::sign_in_ways(visit.house(), fan.id()).await?;
    let Some(user) = visit.user.clone() else { return Err(Refusal::NotSignedIn.into()) };
    let next = visit.query_or_field("next").map(|next| local_path(Some(next)));
    let here = visit.device().await?;
    let is_elsewhere = box_office::devices(visit.house(), fan.id()).await?.iter().any(|device| Some(device.id) != here);
    let setup = match ways.has_authenticator {
        true => None,
        false => {
            let issuer = visit.app.seller.name.as_deref().unwrap_or("Encore");
            Some(box_office::authenticator_setup(visit.house(), &user, issuer, visit.typed("seed"))?)
        }
    };
    Page::of(td_string!(l, security.title), move || {
        // Each form has a field for the present password; only that of the form that was sent is marked.
        let wrong_password = |path: &str| visit.field_error(Field::PresentPassword).filter(|_| visit.path == path);
        let email = user.email.clone();
        let password = move |id: &'static str, path: &str| {
            view! {
                <input type="hidden" name="email" autocomplete="username" value=email.clone()/>
                <TextField name="present" id=id label=td_string!(l, account.present_password) kind="password" value=""
                    autocomplete="current-password" wrong=wrong_password(path)/>
            }
        };
        let needed = ((ways.is_required || next.is_some()) && !has_passed)
            .then(|| view! { <p class="notice notice-warm" role="status">{td_string!(l, security.required)}</p> });
        let made = (!codes.is_empty()).then(|| view! {
            <section class="panel" aria-labelledby="codes">
                <h2 id="codes">{td_string!(l, security.codes)}</h2>
                <p>{td_string!(l, security.codes_made)}</p>
                <ul class="recovery-codes">{codes.iter().map(|code| view! { <li>{code.clone()}</li> }).collect_view()}</ul>
            </section>
        });
        let go_on = next.clone().filter(|_| has_passed);
        let go_on = go_on.map(|next| view! { <p><a class="button" href=next>{td_string!(l, security.go_on)}</a></p> });
        let goal = || next.clone().map(|next| view! { <Hidden name="next" value=next/> });
        let key = |key: &Passkey| {
            let name = if key.name.is_empty() { td_string!(l, account.some_device) } else { &key.name };
            let added = td_string!(l, security.added, when = visit.when(key.created_at, Detail::Date));
            let used = key.used_at.map(|at| td_string!(l, security.used, when = visit.when(at, Detail::Date)));
            let about = [Some(added), used].into_iter().flatten().collect::<Vec<_>>().join(" · ");
            let remove_name = td_string!(l, security.remove_name, name = name);
            view! {
                <li class="device">
                    <p><strong>{name.to_owned()}</strong><br/><span class="muted small">{about}</span></p>
                    <button form="passkeys-remove" class="quiet" name="passkey" value=key.id.to_string() aria-label=remove_name>{td_string!(l, security.remove)}</button>
                </li>
            }
        };
        let passkeys = visit.app.begun.has_passkeys().then(|| view! {
            <section class="panel" aria-labelledby="passkeys">
                <h2 id="passkeys">{td_string!(l, security.passkeys)}</h2>
                <p class="muted">{td_string!(l, security.passkeys_more)}</p>
                {(!ways.passkeys.is_empty()).then(|| view! {
                    <ul class="devices">{ways.passkeys.iter().map(key).collect_view()}</ul>
                    <form method="post" action="/account/security/passkeys/remove" id="passkeys-remove" class="form">
                        {password("remove-present", "/account/security/passkeys/remove")}
                        <p class="hint">{td_string!(l, security.remove_hint)}</p>
                    </form>
                })}
                <form method="post" action="/account/security/passkeys" class="form passkey" data-passkey="create" data-begin=BeginPasskey::PATH hidden>
                    {goal()}
                    {password("passkey-present", "/account/security/passkeys")}
                    <Hidden name="challenge" value=""/>
                    <Hidden name="credential" value=""/>
                    <button type="button" class="button">{td_string!(l, security.add_passkey)}</button>
                    <p class="wrong" role="alert" data-failed=td_string!(l, security.passkey_failed) hidden></p>
                </form>
                <p class="hint" data-no-passkeys="">{td_string!(l, security.no_passkeys)}</p>
                <script type="module" src="/static/passkey.js"></script>
            </section>
        });
        let app = match setup {
            Some(setup) => {
                // So that nobody has to keep the place while typing.
                let secret: Vec<_> = setup.secret.as_bytes().chunks(4).map(String::from_utf8_lossy).collect();
                view! {
                    <p class="muted">{td_string!(l, security.app_more)}</p>
                    <form method="post" action="/account/security/app" class="form">
                        <div class="authenticator">
                            <div class="qr" inner_html=qr(&setup.url)></div>
                            <div>
                                <p>{td_string!(l, security.scan)}<br/><a href=setup.url.clone()>{td_string!(l, security.open_app)}</a></p>
                                <p>{td_string!(l, security.type_in)}<br/><code class="secret">{secret.join(" ")}</code></p>
                            </div>
                        </div>
                        {goal()}
                        <Hidden name="seed" value=setup.seed/>
                        <TextField name="code" label=td_string!(l, security.app_code) value="" inputmode="numeric" autocomplete="one-time-code"
                            hint=td_string!(l, security.app_code_hint) maxlength=20 wrong=visit.field_error(Field::Code)/>
                        {password("app-present", "/account/security/app")}
                        <button class="button">{td_string!(l, security.set_up)}</button>
                    </form>
                }
                .into_any()
            }
            None => view! {
                <p class="muted">{td_string!(l, security.app_is_on)}</p>
                <form method="post" action="/account/security/app/end" class="form">
                    {password("end-present", "/account/security/app/end")}
                    <button class="button button-second">{td_string!(l, security.end_app)}</button>
                </form>
            }
            .into_any(),
        };
        let left = (ways.recovery_codes.is_some() || ways.is_required).then(|| view! {
            <section class="panel" aria-labelledby="more-codes">
                <h2 id="more-codes">{td_string!(l, security.codes)}</h2>
                <p class="muted">{td_string!(l, security.codes_left, count = ways.recovery_codes.unwrap_or_default())}</p>
                <form method="post" action="/account/security/codes" class="form">
                    {password("codes-present", "/account/security/codes")}
                    <button class="button button-second">{td_string!(l, security.new_codes)}</button>
                </form>
            </section>
        }).filter(|_| made.is_none());
        view! {
            <header class="page-head">
                <p class="what"><a href="/account">{td_string!(l, account.title)}</a></p>
                <h1>{td_string!(l, security.title)}</h1>
                <p class="muted">{td_string!(l, security.lead)}</p>
            </header>
            {needed}
            {made}
            {go_on}
            {passkeys}
            <section class="panel" aria-labelledby="app">
                <h2 id="app">{td_string!(l, security.app)}</h2>
                {app}
            </section>
            {left}
            {is_elsewhere.then(|| view! {
                <section class="panel" aria-labelledby="elsewhere">
                    <h2 id="elsewhere">{td_string!(l, account.devices)}</h2>
                    <p class="muted">{td_string!(l, security.elsewhere)}</p>
                    <form method="post" action="/account/devices">
                        <button class="button button-second" name="device" value="all">{td_string!(l, account.end_all)}</button>
                    </form>
                </section>
            })}
        }
    })
    .with_marked(&[Field::PresentPassword, Field::Code])
    .into_result()
}

/// What the forms of the page send.
#[derive(Default, Deserialize)]
#[serde(default)]
struct SecurityForm {
    present: Password,
    seed: String,
    code: String,
    challenge: String,
    credential: String,
    passkey: String,
}

/// Verifies the password of the fan once more, before a change of how they sign in.
///
/// # Errors
/// What [`Caller::check_second_step`](crate::server::caller::Caller::check_second_step) and [`Visit::verified_hash`] refuse.
async fn verified(visit: &Visit, fan: Fan, present: Password) -> Outcome<String> {
    visit.caller().check_second_step(&visit.app, fan.id()).await?;
    visit.verified_hash(present.0).await
}

/// Sets up the authenticator app, and signs in again, since the code has been shown.
pub async fn set_up_app(visit: Arc<Visit>, fan: Fan) -> Outcome<PageResult> {
    let form: SecurityForm = visit.posted.read()?;
    let hash = verified(&visit, fan, form.present).await?;
    let made = box_office::set_up_authenticator(visit.house(), fan.id(), hash.clone(), form.seed, form.code);
    let codes = made.await?;
    visit.log_change("app set up");
    visit.sign_in(fan.id(), hash, true).await?;
    show(visit, fan, codes, true).await
}

/// Ends the authenticator app.
pub async fn end_app(visit: Arc<Visit>, fan: Fan) -> Outcome<PageResult> {
    let form: SecurityForm = visit.posted.read()?;
    let hash = verified(&visit, fan, form.present).await?;
    box_office::end_authenticator(visit.house(), fan.id(), hash).await?;
    visit.log_change("app removed");
    Ok(visit.redirect("/account/security", Notice::AuthenticatorEnded))
}

/// Makes new recovery codes. They are shown once, in this response.
pub async fn make_codes(visit: Arc<Visit>, fan: Fan) -> Outcome<PageResult> {
    let form: SecurityForm = visit.posted.read()?;
    let hash = verified(&visit, fan, form.present).await?;
    let codes = box_office::make_recovery_codes(visit.house(), fan.id(), hash).await?;
    visit.log_change("recovery codes made");
    let has_passed = visit.caller().has_passed_second_step().await?;
    show(visit, fan, codes, has_passed).await
}

/// Adds a passkey, and signs in again, since the device has checked who holds it.
pub async fn add_passkey(visit: Arc<Visit>, fan: Fan) -> Outcome<PageResult> {
    let form: SecurityForm = visit.posted.read()?;
    visit.caller().check_second_step(&visit.app, fan.id()).await?;
    let answer = (&*form.credential, &*visit.caller().device_name);
    let (hash, passkey) = visit.app.begun.finish_new_passkey(fan.id(), &form.challenge, answer)?;
    let codes = box_office::add_passkey(visit.house(), fan.id(), hash.clone(), passkey).await?;
    visit.log_change("passkey added");
    visit.sign_in(fan.id(), hash, true).await?;
    if codes.is_empty() {
        let next = visit.posted.field("next").map(|next| with_next("/account/security", &local_path(Some(next))));
        return Ok(visit.redirect(next.unwrap_or_else(|| "/account/security".into()), Notice::PasskeyAdded));
    }
    show(visit, fan, codes, true).await
}

pub async fn remove_passkey(visit: Arc<Visit>, fan: Fan) -> Outcome<PageResult> {
    let form: SecurityForm = visit.posted.read()?;
    let id = form.passkey.parse().map_err(|_| Refusal::invalid(Field::Request))?;
    let hash = verified(&visit, fan, form.present).await?;
    box_office::remove_passkey(visit.house(), fan.id(), hash, PasskeyId(id)).await?;
    visit.log_change("passkey removed");
    Ok(visit.redirect("/account/security", Notice::PasskeyRemoved))
}
