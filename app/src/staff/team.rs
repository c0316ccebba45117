//! The team: all staff with their duties, and the invitations (links that work once) with which new staff join.

use super::{counter, nav, verify_own_password};
use crate::components::forms::{ActionButton, Select, TextField};
use crate::paths::{invitation_path, staff_fan_path, staff_home};
use crate::server::access::Fan;
use crate::server::flash::Notice;
use crate::server::page::{Page, PageResult};
use crate::server::visit::Visit;
use crate::words::{self, Detail, Locale, td_string};
use encore::Outcome;
use encore::back_office::{self, Owner, Team};
use encore::domain::account::Duty;
use encore::domain::{Field, InvitationId, Refusal, UserId};
use leptos::prelude::*;
use serde::Deserialize;
use std::sync::Arc;

fn duties(l: Locale) -> Vec<(String, String)> {
    let duties = [Duty::Door, Duty::BoxOffice, Duty::Owner];
    duties.map(|duty| (duty.as_str().to_owned(), words::duty(l, duty).to_owned())).to_vec()
}

/// The page with all staff and all open invitations.
pub async fn page(visit: Arc<Visit>, proof: Owner) -> Outcome<PageResult> {
    show(visit, proof, None).await
}

/// `made` is the link of an invitation that was just made, and the address to which it was mailed, which may be blank.
async fn show(visit: Arc<Visit>, proof: Owner, made: Option<(String, String)>) -> Outcome<PageResult> {
    let l = visit.locale;
    let Team { members, invitations, with_second_step, is_second_step_required } =
        back_office::team(visit.house(), proof).await?;
    Page::of(td_string!(l, staff.nav_team), move || {
        let me = visit.user.as_ref().map(|user| user.id);
        let member = |user: encore::domain::User| {
            let value = user.duty.map_or("", Duty::as_str);
            let has_second_step = with_second_step.contains(&user.id);
            let step = if has_second_step { td_string!(l, team.has_second_step) } else { td_string!(l, team.has_no_second_step) };
            let reset = (has_second_step && me != Some(user.id)).then(|| view! {
                <a href=format!("{}#second-step", staff_fan_path(user.id))
                    aria-label=td_string!(l, team.end_second_step_of, name = &user.name)>{td_string!(l, team.end_second_step)}</a>
            });
            view! {
                <li class="row-item">
                    <div class="row-main">
                        <h2 class="row-title">{user.name.clone()}{(me == Some(user.id)).then(|| view! { <span class="muted">" · "{td_string!(l, team.you)}</span> })}</h2>
                        <p class="muted">{user.email.clone()}" · "{step}</p>
                        {reset}
                    </div>
                    <form method="post" action=format!("/staff/team/{}", user.id) class="inline">
                        <label class="visually-hidden" for=format!("duty-{}", user.id)>{td_string!(l, team.duty_of, name = &user.name)}</label>
                        <select id=format!("duty-{}", user.id) name="duty">
                            {duties(l).into_iter().map(|(word, text)| {
                                let selected = word == value;
                                view! { <option value=word selected=selected>{text}</option> }
                            }).collect_view()}
                            <option value="">{td_string!(l, team.none)}</option>
                        </select>
                        <button class="button button-second">{td_string!(l, staff.save)}</button>
                    </form>
                </li>
            }
        };
        let is_empty = invitations.is_empty();
        let open = |invitation: encore::back_office::Invitation| {
            let until = visit.when(invitation.expires_at, Detail::Short);
            view! {
                <li class="row-item">
                    <div class="row-main">
                        <h3>{invitation.note.clone()}</h3>
                        <p class="muted">{words::duty(l, invitation.duty)}" · "{td_string!(l, team.until, when = until)}</p>
                    </div>
                    <ActionButton action="/staff/team/invitations/end" text=td_string!(l, team.take_back) class="quiet"
                        fields=vec![("id", invitation.id.to_string())]/>
                </li>
            }
        };
        view! {
            {nav(&visit)}
            <header class="page-head"><h1>{td_string!(l, staff.nav_team)}</h1><p class="muted">{td_string!(l, team.lead)}</p></header>
            {made.map(|(link, email)| view! {
                <div class="notice">
                    <p>{if email.is_empty() {
                        td_string!(l, team.link_made).to_owned()
                    } else {
                        td_string!(l, team.link_mailed, email = email)
                    }}</p>
                    <p><label for="link">{td_string!(l, team.link)}</label><input id="link" readonly value=link/></p>
                </div>
            })}
            <ul class="rows">{members.into_iter().map(member).collect_view()}</ul>
            <section class="panel" aria-labelledby="second-step">
                <h2 id="second-step">{td_string!(l, team.second_step)}</h2>
                <p>{if is_second_step_required { td_string!(l, team.second_step_on) } else { td_string!(l, team.second_step_off) }}</p>
                <p class="muted">{td_string!(l, team.second_step_more)}</p>
                <form method="post" action="/staff/team/second-step">
                    {if is_second_step_required {
                        view! { <button class="button button-second" name="required" value="no">{td_string!(l, team.do_not_require)}</button> }.into_any()
                    } else {
                        view! { <button class="button" name="required" value="yes">{td_string!(l, team.require)}</button> }.into_any()
                    }}
                </form>
            </section>
            <section aria-labelledby="invite">
                <h2 id="invite">{td_string!(l, team.invite)}</h2>
                <form method="post" action="/staff/team" class="form panel">
                    <TextField name="note" label=td_string!(l, team.note) hint=td_string!(l, team.note_hint)
                        value=visit.typed("note").unwrap_or_default() wrong=visit.field_error(Field::Note)/>
                    <TextField name="email" kind="email" label=td_string!(l, team.email) hint=td_string!(l, team.email_hint)
                        value=visit.typed("email").unwrap_or_default() required=false wrong=visit.field_error(Field::Email)/>
                    <Select name="duty" label=td_string!(l, team.duty) options=duties(l) value=visit.typed("duty").unwrap_or("door")/>
                    <button class="button">{td_string!(l, team.make_link)}</button>
                </form>
                {(!is_empty).then(|| view! { <h3>{td_string!(l, team.open)}</h3> })}
                <ul class="rows">{invitations.into_iter().map(open).collect_view()}</ul>
            </section>
        }
    })
    .into_result()
}

fn duty(word: &str) -> Result<Duty, Refusal> {
    Duty::from_word(word).ok_or(Refusal::invalid(Field::Duty))
}

/// The form of an invitation.
#[derive(Default, Deserialize)]
#[serde(default)]
struct InvitationForm {
    duty: String,
    note: String,
    email: String,
}

/// The form that ends an invitation.
#[derive(Deserialize)]
struct EndForm {
    id: String,
}

/// The form that sets the duty of a member. An empty duty removes the member from the staff.
#[derive(Default, Deserialize)]
#[serde(default)]
struct DutyForm {
    duty: String,
}

/// Makes an invitation. Its link is shown once, in this response.
pub async fn invite(visit: Arc<Visit>, proof: Owner) -> Outcome<PageResult> {
    let form: InvitationForm = visit.posted.read()?;
    let token = back_office::invite(visit.house(), proof, duty(&form.duty)?, &form.note, &form.email).await?;
    let link = format!("{}{}", visit.app.origin, invitation_path(&token));
    show(visit, proof, Some((link, form.email.trim().to_owned()))).await
}

pub async fn end(visit: Arc<Visit>, proof: Owner) -> Outcome<PageResult> {
    let form: EndForm = visit.posted.read()?;
    let id = form.id.parse().map_err(|_| Refusal::NotFound)?;
    back_office::revoke_invitation(visit.house(), proof, InvitationId(id)).await?;
    Ok(visit.redirect("/staff/team", Notice::Saved))
}

pub async fn change(visit: Arc<Visit>, proof: Owner) -> Outcome<PageResult> {
    let form: DutyForm = visit.posted.read()?;
    let duty = if form.duty.is_empty() { None } else { Some(duty(&form.duty)?) };
    back_office::set_duty(visit.house(), proof, UserId(visit.id()?), duty).await?;
    Ok(visit.redirect("/staff/team", Notice::Saved))
}

/// The form that requires a second step of staff, or no longer does.
#[derive(Default, Deserialize)]
#[serde(default)]
struct RequireForm {
    required: String,
}

/// Sets whether a second step is required of staff.
pub async fn require_second_step(visit: Arc<Visit>, proof: Owner) -> Outcome<PageResult> {
    let form: RequireForm = visit.posted.read()?;
    let has_passed = visit.caller().has_passed_second_step().await?;
    back_office::require_second_step(visit.house(), proof, form.required == "yes", has_passed).await?;
    Ok(visit.redirect("/staff/team", Notice::Saved))
}

/// The page of a person, for the forms that only owners have.
pub async fn person(visit: Arc<Visit>, proof: Owner) -> Outcome<PageResult> {
    counter::customer(visit, proof.into()).await
}

/// Ends the second step and the passkeys of a person, who has lost them.
pub async fn end_second_step(visit: Arc<Visit>, proof: Owner) -> Outcome<PageResult> {
    let person = UserId(visit.id()?);
    verify_own_password(&visit).await?;
    back_office::end_second_step(visit.house(), proof, person).await?;
    Ok(visit.redirect(staff_fan_path(person), Notice::Saved))
}

/// Signs a person out on all their devices.
pub async fn sign_out(visit: Arc<Visit>, proof: Owner) -> Outcome<PageResult> {
    let person = UserId(visit.id()?);
    back_office::sign_out_person(visit.house(), proof, person).await?;
    Ok(visit.redirect(staff_fan_path(person), Notice::Saved))
}

/// The page to which the link of an invitation leads. The invitation is accepted with a button, because merely opening
/// the link must not use it up.
pub async fn invitation(visit: Arc<Visit>, _: Fan) -> Outcome<PageResult> {
    let l = visit.locale;
    Page::of(td_string!(l, team.join_title), move || {
        let name = visit.user.as_ref().map(|user| user.name.clone()).unwrap_or_default();
        view! {
            <section class="narrow">
                <h1>{td_string!(l, team.join_title)}</h1>
                <div class="panel form">
                    <p>{td_string!(l, team.join_more, name = name)}</p>
                    <form method="post"><button class="button">{td_string!(l, team.join)}</button></form>
                </div>
            </section>
        }
    })
    .into_result()
}

pub async fn accept(visit: Arc<Visit>, fan: Fan) -> Outcome<PageResult> {
    let duty = back_office::accept(visit.house(), fan.id(), visit.path_param("token").unwrap_or_default()).await?;
    Ok(visit.redirect(staff_home(duty), Notice::Joined))
}
