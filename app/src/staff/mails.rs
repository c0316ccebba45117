//! The mails of the outbox: which wait, which were sent, which were given up and why, and the text of each.

use super::nav;
use crate::components::forms::ActionButton;
use crate::components::views::{DataTable, Empty};
use crate::mails::{self, WrittenMail};
use crate::server::flash::Notice;
use crate::server::page::{Page, PageResult};
use crate::server::visit::Visit;
use crate::words::{Detail, Locale, td_string};
use encore::Outcome;
use encore::back_office::{self, MAIL_PAGE, Mails, Owner};
use encore::domain::MailId;
use encore::domain::mail::{Letter, MailStatus};
use encore::post_office::Mail;
use leptos::prelude::*;
use std::sync::Arc;

const PATH: &str = "/staff/mail";

/// The mails in one state: the query names it.
pub async fn list(visit: Arc<Visit>, proof: Owner) -> Outcome<PageResult> {
    let l = visit.locale;
    let status = visit.query("status").and_then(MailStatus::from_word).unwrap_or(MailStatus::Wait);
    let before = visit.query("before").and_then(|id| id.parse().ok()).map(MailId);
    let Mails { mails, waiting, failed } = back_office::mails(visit.house(), proof, status, before).await?;
    Page::of(td_string!(l, mails.title), move || {
        let tabs = [(MailStatus::Wait, Some(waiting)), (MailStatus::Failed, Some(failed)), (MailStatus::Sent, None)];
        let tabs = tabs.map(|(tab, count)| {
            let text = count.map_or(status_name(l, tab).to_owned(), |count| format!("{} ({count})", status_name(l, tab)));
            let current = (tab == status).then_some("page");
            view! { <li><a href=format!("{PATH}?status={}", tab.as_str()) aria-current=current>{text}</a></li> }
        });
        let older = mails.last().filter(|_| mails.len() == MAIL_PAGE).map(|mail| mail.id);
        let older = older.map(|id| format!("{PATH}?status={}&before={id}", status.as_str()));
        let lead = if visit.app.sends_mail { td_string!(l, mails.lead) } else { td_string!(l, mails.no_server) };
        view! {
            {nav(&visit)}
            <header class="page-head"><h1>{td_string!(l, mails.title)}</h1><p class="muted">{lead}" "{visit.zone_note()}</p></header>
            <nav class="tabs" aria-label=td_string!(l, mails.states)><ul>{tabs.collect_view()}</ul></nav>
            {if mails.is_empty() {
                view! { <Empty title=td_string!(l, mails.none) text=td_string!(l, mails.none_more)/> }.into_any()
            } else {
                table(&visit, mails).into_any()
            }}
            {older.map(|path| view! { <p><a href=path>{td_string!(l, log.older)}</a></p> })}
        }
    })
    .into_result()
}

fn table(visit: &Visit, mails: Vec<Mail>) -> impl IntoView + use<> {
    let l = visit.locale;
    let row = |mail: Mail| {
        let error = mail.error.map(|error| view! { <br/><span class="muted small">{error}</span> });
        vec![
            view! { <a href=format!("{PATH}/{}", mail.id)>{letter_name(l, &mail.letter)}</a>{error} }.into_any(),
            mail.address.into_any(),
            view! { <span class="number">{visit.when(mail.created_at, Detail::Short)}</span> }.into_any(),
            mail.attempts.to_string().into_any(),
        ]
    };
    view! {
        <DataTable
            label=td_string!(l, mails.title)
            columns=vec![
                (td_string!(l, mails.about), false),
                (td_string!(l, mails.to), false),
                (td_string!(l, mails.written), false),
                (td_string!(l, mails.attempts), true),
            ]
            rows=mails.into_iter().map(row).collect()
        />
    }
}

/// One mail with its text. A link that would let owners sign in as somebody else is shown only if there is no mail server,
/// so that an owner can hand it on.
pub async fn mail(visit: Arc<Visit>, proof: Owner) -> Outcome<PageResult> {
    let l = visit.locale;
    let mail = back_office::mail(visit.house(), proof, MailId(visit.id()?)).await?;
    let has_link = matches!(mail.letter, Letter::PasswordLink { .. } | Letter::AddressLink { .. });
    let is_secret = has_link && visit.app.sends_mail;
    let written = if is_secret { None } else { mails::write(&visit.app, &mail).await? };
    Page::of(letter_name(l, &mail.letter), move || {
        let state = status_name(l, mail.status);
        let when = visit.when(mail.updated_at, Detail::Full);
        let next = (mail.status == MailStatus::Wait && mail.attempts > 0)
            .then(|| td_string!(l, mails.next, when = visit.when(mail.next_attempt_at, Detail::Full)));
        let text = match written {
            Some(WrittenMail { subject, text, .. }) => view! {
                <section aria-labelledby="subject" class="panel">
                    <h2 id="subject">{subject}</h2>
                    <pre class="mail-text">{text}</pre>
                </section>
            }
            .into_any(),
            None if is_secret => view! { <p class="notice">{td_string!(l, mails.secret)}</p> }.into_any(),
            None => view! { <p class="notice">{td_string!(l, mails.gone)}</p> }.into_any(),
        };
        view! {
            {nav(&visit)}
            <p class="back"><a href=format!("{PATH}?status={}", mail.status.as_str())>{td_string!(l, mails.title)}</a></p>
            <header class="page-head">
                <p class="what">{mail.address.clone()}</p>
                <h1>{letter_name(l, &mail.letter)}</h1>
                <p class="muted">{state}" · "{when}" "{next}</p>
            </header>
            {mail.error.clone().map(|error| view! { <p class="notice notice-bad">{td_string!(l, mails.error, error = error)}</p> })}
            {(mail.status == MailStatus::Failed).then(|| view! {
                <ActionButton action=format!("{PATH}/{}", mail.id) text=td_string!(l, mails.again)/>
            })}
            {text}
        }
    })
    .into_result()
}

/// Lets a mail that was given up be tried again.
pub async fn again(visit: Arc<Visit>, proof: Owner) -> Outcome<PageResult> {
    let id = MailId(visit.id()?);
    back_office::send_again(visit.house(), proof, id).await?;
    Ok(visit.redirect(format!("{PATH}/{id}"), Notice::Saved))
}

fn status_name(l: Locale, status: MailStatus) -> &'static str {
    match status {
        MailStatus::Wait => td_string!(l, mails.waiting),
        MailStatus::Sent => td_string!(l, mails.sent),
        MailStatus::Failed => td_string!(l, mails.failed),
    }
}

/// What a mail is about, in a few words.
fn letter_name(l: Locale, letter: &Letter) -> &'static str {
    match letter {
        Letter::PasswordLink { .. } => td_string!(l, mail.password_subject),
        Letter::AddressLink { .. } => td_string!(l, mail.address_subject),
        Letter::AddressChanged => td_string!(l, mail.address_changed_subject),
        Letter::Invitation { .. } => td_string!(l, mail.invitation_subject),
        Letter::NewDevice { .. } => td_string!(l, mail.device_subject),
        Letter::PaidOut { .. } => td_string!(l, mail.paid_out_subject),
        Letter::SignInChanged { .. } => td_string!(l, mail.sign_in_subject),
        Letter::PasswordChanged => td_string!(l, mail.changed_subject),
        Letter::TicketsBought { .. } => td_string!(l, mails.tickets_bought),
        Letter::TicketCancelled { .. } => td_string!(l, mails.ticket_cancelled),
        Letter::TicketMoved { .. } => td_string!(l, mails.ticket_moved),
        Letter::TicketHandedOn { .. } | Letter::TicketReceived { .. } => td_string!(l, mails.handed_on),
        Letter::Offer { .. } => td_string!(l, mails.offer),
        Letter::Opening { .. } => td_string!(l, mails.opening),
        Letter::CalledOff { .. } => td_string!(l, mails.called_off),
        Letter::Moved { .. } => td_string!(l, mails.show_moved),
    }
}
