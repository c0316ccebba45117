//! The pages to sign in and to sign up, and the account page: the devices on which the fan is signed in, and the
//! password.

use super::legal::{account_section, consent_boxes};
use crate::components::forms::{Hidden, ProofField, TextField};
use crate::components::views::subject;
use crate::paths::{local_path, with_join, with_next};
use crate::server::access::{Anybody, Fan};
use crate::server::flash::Notice;
use crate::server::hashing::HashedFor;
use crate::server::page::{Page, PageResult};
use crate::server::visit::Visit;
use crate::verbs::{BeginPasskeySignIn, PasskeySignIn, Password, SignIn, SignUp};
use crate::words::{self, Detail, Locale, td_string};
use axum::extract::Query;
use axum::response::Redirect;
use encore::box_office::{Consent, Device, EverythingStored, LedgerEntry, Passkey, PlaceInQueue, Ties};
use encore::domain::account::{check_can_leave, check_password};
use encore::domain::queue::EndReason;
use encore::domain::waitlist::WaitlistEntry;
use encore::domain::{DeviceId, Field, Refusal, Reservation, ScheduleId};
use encore::post_office::Mail;
use encore::{Fault, Outcome, box_office, reference};
use http::HeaderMap;
use http::header::COOKIE;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

pub async fn sign_in(visit: Arc<Visit>, _: Anybody) -> Outcome<PageResult> {
    form(visit, false).await
}

pub async fn sign_up(visit: Arc<Visit>, _: Anybody) -> Outcome<PageResult> {
    form(visit, true).await
}

/// The query of [`cookies`].
#[derive(Debug, Deserialize)]
pub struct CookiesQuery {
    next: Option<String>,
}

/// Leads a browser that has just got a cookie to the next page, or, if it does not keep cookies, to the sign-in page,
/// which says that they are needed.
pub async fn cookies(headers: HeaderMap, Query(query): Query<CookiesQuery>) -> Redirect {
    let next = local_path(query.next.as_deref());
    Redirect::to(if headers.contains_key(COOKIE) { &next } else { "/sign-in?cookies=off" })
}

/// The page to sign in or, if `is_new`, to sign up. To somebody who is about to join a queue it says for which date. The
/// sign-in page has both forms then, because at an opening each further page takes time.
async fn form(visit: Arc<Visit>, is_new: bool) -> Outcome<PageResult> {
    let l = visit.locale;
    let next = local_path(visit.query("next"));
    if visit.user.is_some() {
        return Ok(PageResult::Redirect(next));
    }
    let join = visit.query("join").and_then(|id| id.parse().ok()).map(ScheduleId);
    // Nobody is kept from signing in because the date cannot be shown.
    let date = match join {
        Some(id) => box_office::schedule(visit.house(), id).await.ok(),
        None => None,
    };
    let (title, other, question, link) = if is_new {
        (td_string!(l, app.sign_up), "/sign-in", td_string!(l, account.have), td_string!(l, app.sign_in))
    } else {
        (td_string!(l, app.sign_in), "/sign-up", td_string!(l, account.have_not), td_string!(l, app.sign_up))
    };
    Page::of(title, move || {
        let heading = if is_new { td_string!(l, account.sign_up_title) } else { td_string!(l, account.sign_in_title) };
        let other = with_next(other, &next);
        let other = join.map(|join| with_join(&other, join)).unwrap_or(other);
        // Shown by the script of every page, or after a form that was sent without a cookie.
        let cookies_are_on = visit.query("cookies") != Some("off");
        let no_cookies = view! {
            <p class="notice notice-bad" role="alert" id="no-cookies" hidden=cookies_are_on>{td_string!(l, account.no_cookies)}</p>
        };
        let about = date.map(|(concert, view)| subject(l, &concert, &view.schedule));
        let first = account_form(&visit, is_new, &next, join);
        if is_new || join.is_none() {
            view! {
                <section class="narrow">
                    {no_cookies}
                    {about}
                    <h1>{heading}</h1>
                    {first}
                    <p>{question}" "<a href=other>{link}</a></p>
                </section>
            }
            .into_any()
        } else {
            view! {
                {no_cookies}
                <header class="page-head">
                    {about}
                    <h1>{td_string!(l, account.to_join)}</h1>
                    <p class="muted">{td_string!(l, account.to_join_more)}</p>
                </header>
                <div class="accounts">
                    <section aria-labelledby="sign-in"><h2 id="sign-in">{heading}</h2>{first}</section>
                    <section aria-labelledby="sign-up">
                        <h2 id="sign-up">{question}</h2>
                        {account_form(&visit, true, &next, join)}
                    </section>
                </div>
            }
            .into_any()
        }
    })
    .with_marked(&[Field::Name, Field::Email, Field::Password, Field::TermsOfUse, Field::Privacy])
    .into_result()
}

/// The form to sign in or, if `is_new`, to sign up, which also asks for a name. `join` is the schedule whose queue the
/// visitor then joins. It is an ordinary form without an island, so that its page loads no WebAssembly. The server alone
/// checks the fields of a new account, because it names all that are wrong at once.
fn account_form(visit: &Visit, is_new: bool, next: &str, join: Option<ScheduleId>) -> impl IntoView + use<> {
    let l = visit.locale;
    // A refused form is shown by the page of its own path, so only that form shows again what was typed, and what was
    // wrong. Another form on the page needs other ids.
    let is_of_path = visit.path.starts_with("/sign-up") == is_new;
    let typed = |field| visit.typed(field).filter(|_| is_of_path).unwrap_or_default().to_owned();
    let wrong = |field| visit.field_error(field).filter(|_| is_of_path);
    let (action, submit, autocomplete, hint) = if is_new {
        (SignUp::PATH, td_string!(l, app.sign_up), "new-password", td_string!(l, account.password_hint))
    } else {
        (SignIn::PATH, td_string!(l, app.sign_in), "current-password", "")
    };
    let id = |name: &'static str| if is_of_path { name.to_owned() } else { format!("new-{name}") };
    let name = is_new.then(|| {
        view! {
            <TextField name="name" id=id("name") label=td_string!(l, account.name) hint=td_string!(l, account.name_hint)
                autocomplete="name" value=typed("name") wrong=wrong(Field::Name)/>
        }
    });
    let email = view! {
        <TextField name="email" id=id("email") label=td_string!(l, account.email) kind="email" autocomplete="username"
            value=typed("email") wrong=wrong(Field::Email)/>
    };
    let password = view! {
        <TextField name="password" id=id("password") label=td_string!(l, account.password) kind="password" value=""
            hint autocomplete wrong=wrong(Field::Password)/>
    };
    let consent = is_new.then(|| consent_boxes(visit, &visit.house().legal_texts(), is_of_path));
    let passkey = (!is_new && visit.app.begun.has_passkeys()).then(|| passkey_form(l, "/sign-in", (next, join)));
    let next = next.to_owned();
    let task = visit.task().filter(|_| is_new && is_of_path);
    let proof = task.map(|task| view! { <ProofField l task=task.to_owned() sends=false/> });
    let forgotten =
        (!is_new).then(|| view! { <p class="small"><a href="/forgotten">{td_string!(l, password.forgotten)}</a></p> });
    view! {
        <form method="post" action=action class="form panel" novalidate=is_new>
            <Hidden name="next" value=next/>
            {join.map(|join| view! { <Hidden name="join" value=join.to_string()/> })}
            {name}
            {email}
            {password}
            {consent}
            {proof}
            <button class="button button-wide">{submit}</button>
            {forgotten}
        </form>
        {passkey}
    }
}

/// The form to sign in with a passkey, on the page `page`. Its script shows it, if the browser knows passkeys.
pub(super) fn passkey_form(
    l: Locale,
    page: &'static str,
    (next, join): (&str, Option<ScheduleId>),
) -> impl IntoView + use<> {
    let next = next.to_owned();
    view! {
        <form method="post" action=PasskeySignIn::PATH class="form passkey" data-passkey="get" data-begin=BeginPasskeySignIn::PATH hidden>
            <Hidden name="next" value=next/>
            {join.map(|join| view! { <Hidden name="join" value=join.to_string()/> })}
            <Hidden name="page" value=page/>
            <Hidden name="challenge" value=""/>
            <Hidden name="credential" value=""/>
            <button type="button" class="button button-second button-wide">{td_string!(l, security.with_passkey)}</button>
            <p class="wrong" role="alert" data-failed=td_string!(l, security.passkey_failed) hidden></p>
        </form>
        <script type="module" src="/static/passkey.js"></script>
    }
}

pub async fn account(visit: Arc<Visit>, fan: Fan) -> Outcome<PageResult> {
    let (l, fan) = (visit.locale, fan.id());
    let devices = box_office::devices(visit.house(), fan).await?;
    let here = visit.device().await?;
    let Some(user) = visit.user.clone() else { return Err(Refusal::NotSignedIn.into()) };
    let Ties { has_tickets, point, is_staff } = box_office::ties(visit.house(), fan).await?;
    let ties = check_can_leave(has_tickets, point, is_staff);
    let is_verified = box_office::is_verified(visit.house(), fan).await?;
    let agreed = box_office::consents(visit.house(), fan).await?;
    // Both forms of the page have a field for the present password.
    let is_leaving = visit.path.starts_with("/account/delete");
    let is_address = visit.path.starts_with("/account/address");
    Page::of(td_string!(l, account.title), move || {
        let email = user.email.clone();
        let unverified = (!is_verified).then(|| td_string!(l, address.not_verified, email = &email));
        let elsewhere = devices.iter().any(|device| Some(device.id) != here);
        let row = |device: &Device| {
            let is_here = Some(device.id) == here;
            let name = if device.name.is_empty() { td_string!(l, account.some_device) } else { &device.name };
            let since = td_string!(l, account.since, when = visit.when(device.signed_in_at, Detail::Full));
            let end_name = format!("{}, {since}", td_string!(l, account.end_device, device = name));
            view! {
                <li class="device">
                    <p>
                        <strong>{name.to_owned()}</strong>
                        {is_here.then(|| view! { " "<span class="tag">{td_string!(l, account.this_device)}</span> })}
                        <br/><span class="muted small">{since}</span>
                    </p>
                    {(!is_here).then(|| view! {
                        <form method="post" action="/account/devices">
                            <button class="quiet" name="device" value=device.id.to_string() aria-label=end_name>{td_string!(l, app.sign_out)}</button>
                        </form>
                    })}
                </li>
            }
        };
        let devices = devices.iter().map(row).collect_view();
        view! {
            <header class="page-head">
                <h1>{td_string!(l, account.title)}</h1>
                <p class="muted">{user.name}" · "{user.email.clone()}</p>
                <p class="actions">
                    <a class="button button-second" href="/tickets">{td_string!(l, app.tickets)}</a>
                    <a class="button button-second" href="/points">{td_string!(l, app.points)}</a>
                </p>
            </header>
            <section class="panel" aria-labelledby="devices">
                <h2 id="devices">{td_string!(l, account.devices)}</h2>
                <p class="muted small">{visit.zone_note()}</p>
                <ul class="devices">{devices}</ul>
                {elsewhere.then(|| view! {
                    <form method="post" action="/account/devices">
                        <button class="button button-second" name="device" value="all">{td_string!(l, account.end_all)}</button>
                    </form>
                })}
            </section>
            <section class="panel" aria-labelledby="password-title">
                <h2 id="password-title">{td_string!(l, account.change_password)}</h2>
                <form method="post" action="/account/password" class="form">
                    // Password managers need the name of the account to which the password belongs.
                    <input type="hidden" name="email" autocomplete="username" value=user.email/>
                    <TextField name="present" label=td_string!(l, account.present_password) kind="password" value=""
                        autocomplete="current-password" wrong=visit.field_error(Field::PresentPassword).filter(|_| !is_leaving && !is_address)/>
                    <TextField name="password" label=td_string!(l, account.new_password) kind="password" value=""
                        hint=td_string!(l, account.password_hint) autocomplete="new-password" wrong=visit.field_error(Field::Password)/>
                    <p class="hint">{td_string!(l, account.change_hint)}</p>
                    <button class="button">{td_string!(l, account.change_password)}</button>
                </form>
            </section>
            <section class="panel" aria-labelledby="security">
                <h2 id="security">{td_string!(l, security.title)}</h2>
                <p class="muted">{td_string!(l, security.lead)}</p>
                <p><a class="button button-second" href="/account/security">{td_string!(l, security.open)}</a></p>
            </section>
            <section class="panel" aria-labelledby="address">
                <h2 id="address">{td_string!(l, account.email)}</h2>
                {unverified.map(|text| view! {
                    <p class="notice notice-warm">{text}</p>
                    <form method="post" action="/account/address">
                        <button class="button button-second">{td_string!(l, address.send_again)}</button>
                    </form>
                })}
                <form method="post" action="/account/address" class="form">
                    <TextField name="new_email" id="new-email" label=td_string!(l, address.new) kind="email" hint=td_string!(l, address.new_hint)
                        autocomplete="email" value=visit.typed("new_email").unwrap_or_default() wrong=visit.field_error(Field::Email)/>
                    <TextField name="present" id="address-present" label=td_string!(l, account.present_password) kind="password" value=""
                        autocomplete="current-password" wrong=visit.field_error(Field::PresentPassword).filter(|_| is_address)/>
                    <button class="button button-second">{td_string!(l, address.change)}</button>
                </form>
            </section>
            {account_section(&visit, &agreed)}
            <section class="panel" aria-labelledby="data">
                <h2 id="data">{td_string!(l, account.data)}</h2>
                <p class="muted">{td_string!(l, account.data_more)}</p>
                <p><a class="button button-second" href="/account/data.json" download="encore.json">{td_string!(l, account.download)}</a></p>
            </section>
            <details class="folded" open=is_leaving>
                <summary><h2>{td_string!(l, account.delete)}</h2></summary>
                <p class="muted">{td_string!(l, account.delete_more)}</p>
                {match ties {
                    Err(refusal) => view! { <p class="notice notice-warm">{words::refusal(l, &refusal)}</p> }.into_any(),
                    Ok(()) => view! {
                        <form method="post" action="/account/delete" class="form panel">
                            <input type="hidden" name="email" autocomplete="username" value=email/>
                            <TextField name="present" id="leave-present" label=td_string!(l, account.present_password) kind="password" value=""
                                autocomplete="current-password" wrong=visit.field_error(Field::PresentPassword).filter(|_| is_leaving)/>
                            <button class="button button-danger">{td_string!(l, account.delete_do)}</button>
                        </form>
                    }.into_any(),
                }}
            </details>
        }
    })
    .with_marked(&[Field::Email, Field::PresentPassword, Field::Password, Field::TermsOfUse, Field::Privacy])
    .into_result()
}

/// The form that changes the password: the current one and the new one.
#[derive(Default, Deserialize)]
#[serde(default)]
struct PasswordForm {
    present: Password,
    password: Password,
}

/// Changes the password, which signs out all devices, and then signs this one in again.
pub async fn change_password(visit: Arc<Visit>, fan: Fan) -> Outcome<PageResult> {
    let (app, fan) = (&visit.app, fan.id());
    let PasswordForm { present: Password(present), password: Password(new) } = visit.posted.read()?;
    check_password(&new)?;
    let user = visit.user.as_ref().ok_or(Refusal::NotSignedIn)?;
    let known = visit.verified_hash(present).await?;
    app.check_password(new.clone(), [user.name.clone(), user.email.clone()]).await?;
    let hash = app.hash_password(new, (HashedFor::SignIn, visit.address())).await?;
    // The change ends this session too.
    let has_passed = visit.caller().has_passed_second_step().await?;
    box_office::change_password(&app.house, fan, known, hash.clone()).await?;
    visit.log_change("password changed");
    visit.sign_in(fan, hash, has_passed).await?;
    Ok(visit.redirect("/account", Notice::PasswordChanged))
}

/// Deletes the account, if the password is right and nothing keeps its owner.
pub async fn delete(visit: Arc<Visit>, fan: Fan) -> Outcome<PageResult> {
    let PasswordForm { present: Password(present), .. } = visit.posted.read()?;
    let hash = visit.verified_hash(present).await?;
    box_office::leave_for_good(visit.house(), fan.id(), hash).await?;
    Ok(visit.redirect("/", Notice::AccountDeleted))
}

/// All that is stored about the fan, as JSON.
pub async fn data(visit: Arc<Visit>, fan: Fan) -> Outcome<PageResult> {
    visit.app.limits.file(fan.id())?;
    let EverythingStored {
        user,
        reservations,
        handed_on,
        statement,
        devices,
        places,
        waitlist_entries,
        passkeys,
        consents,
        mails,
    } = box_office::everything_stored(visit.house(), fan.id()).await?;
    let key = visit.house().number_key();
    let reservation = |r: &Reservation| {
        json!({
            "ticket": r.payment_id.map(|_| reference::ticket(key, r.id)),
            "order": r.payment_id.map(|payment| reference::order(key, payment)),
            "concert": r.concert_title, "performer": r.performer, "venue": r.venue, "show_time": r.show_time,
            "section": r.section, "row": r.row, "number": r.number, "status": r.status, "price": r.price,
            "name": r.fan_name, "was_received": r.is_paid_by_another(), "refund": r.refund.filter(|_| !r.is_paid_by_another()), "held_at": r.created_at, "changed_at": r.updated_at, "used_at": r.checked_in_at,
        })
    };
    let handed = |r: &Reservation| {
        json!({
            "concert": r.concert_title, "show_time": r.show_time, "section": r.section, "row": r.row, "number": r.number,
            "status": r.status, "price": r.price, "refund": r.refund,
        })
    };
    let entry = |entry: &LedgerEntry| {
        json!({
            "kind": entry.kind.as_str(), "amount": entry.amount, "balance": entry.balance, "concert": entry.concert_title,
            "reference": entry.reference, "at": entry.created_at,
        })
    };
    let device = |device: &Device| json!({ "name": device.name, "signed_in_at": device.signed_in_at });
    let place = |place: &PlaceInQueue| json!({ "schedule": place.schedule, "number": place.number, "ended": place.ended.map(EndReason::as_str), "joined_at": place.created_at });
    let waitlist_entry = |entry: &WaitlistEntry| json!({ "schedule": entry.schedule_id, "wish": entry.wish, "status": entry.status.as_str(), "offered_until": entry.expire_at, "joined_at": entry.created_at });
    let passkey = |key: &Passkey| json!({ "name": key.name, "added_at": key.created_at, "used_at": key.used_at });
    let consent = |consent: &Consent| json!({ "to": consent.kind.as_str(), "version": consent.version, "agreed_at": consent.agreed_at });
    let mail = |mail: &Mail| json!({ "to": mail.address, "letter": mail.letter, "written_at": mail.created_at });
    let data = json!({
        "name": user.name, "email": user.email, "points": user.point,
        "reservations": reservations.iter().map(reservation).collect::<Vec<_>>(),
        "handed_on": handed_on.iter().map(handed).collect::<Vec<_>>(),
        "points_statement": statement.iter().map(entry).collect::<Vec<_>>(),
        "devices": devices.iter().map(device).collect::<Vec<_>>(),
        "passkeys": passkeys.iter().map(passkey).collect::<Vec<_>>(),
        "agreed": consents.iter().map(consent).collect::<Vec<_>>(),
        "mails": mails.iter().map(mail).collect::<Vec<_>>(),
        "places_in_queues": places.iter().map(place).collect::<Vec<_>>(),
        "waitlists": waitlist_entries.iter().map(waitlist_entry).collect::<Vec<_>>(),
    });
    let text = serde_json::to_string_pretty(&data).map_err(Fault::from)?;
    Ok(PageResult::file("application/json; charset=utf-8", text, Some("encore.json")))
}

/// The form that signs out a device: its id, or `all` for all devices but this one.
#[derive(Default, Deserialize)]
#[serde(default)]
struct DeviceForm {
    device: String,
}

/// Signs out one device, or all devices but this one.
pub async fn end_devices(visit: Arc<Visit>, fan: Fan) -> Outcome<PageResult> {
    let (house, fan) = (visit.house(), fan.id());
    let DeviceForm { device } = visit.posted.read()?;
    match &*device {
        "all" => box_office::sign_out_elsewhere(house, fan, visit.device().await?).await?,
        id => {
            let id = id.parse().map_err(|_| Refusal::invalid(Field::Request))?;
            box_office::sign_out(house, fan, DeviceId(id)).await?;
        }
    }
    Ok(visit.redirect("/account", Notice::DevicesEnded))
}
