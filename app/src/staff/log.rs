//! The log of staff: for each action of staff, who did it, when, what it was applied to, and why.

use super::nav;
use crate::components::views::DataTable;
use crate::paths::{escaped, staff_fan_path};
use crate::server::page::{Page, PageResult};
use crate::server::visit::Visit;
use crate::words::{Detail, Locale, td_string};
use encore::Outcome;
use encore::back_office::{self, AuditEntry, Owner};
use encore::domain::StaffAction;
use leptos::prelude::*;
use std::sync::Arc;

pub async fn page(visit: Arc<Visit>, proof: Owner) -> Outcome<PageResult> {
    let l = visit.locale;
    let search = visit.query("q").unwrap_or_default().trim().to_owned();
    let before = visit.query("before").and_then(|before| before.parse().ok());
    let entries = back_office::log(visit.house(), proof, search.clone(), before).await?;
    Page::of(td_string!(l, staff.nav_log), move || {
        let older = (entries.len() == back_office::LOG_PAGE).then(|| entries.last().map(|entry| entry.id)).flatten();
        let is_empty = entries.is_empty();
        let older_path = older.map(|id| format!("/staff/log?q={}&before={id}", escaped(&search)));
        view! {
            {nav(&visit)}
            <header class="page-head"><h1>{td_string!(l, staff.nav_log)}</h1><p class="muted">{td_string!(l, log.lead)}" "{visit.zone_note()}</p></header>
            <form method="get" role="search" class="search">
                <label for="q">{td_string!(l, log.search)}</label>
                <input id="q" type="search" name="q" value=search maxlength="100"/>
                <button class="button">{td_string!(l, staff.find)}</button>
            </form>
            {if is_empty {
                view! { <p class="muted">{td_string!(l, log.none)}</p> }.into_any()
            } else {
                table(&visit, entries).into_any()
            }}
            {older_path.map(|path| view! { <p><a href=path>{td_string!(l, log.older)}</a></p> })}
        }
    })
    .into_result()
}

fn table(visit: &Visit, entries: Vec<AuditEntry>) -> impl IntoView + use<> {
    let l = visit.locale;
    let row = |entry: AuditEntry| {
        let person = entry.person.map(|(id, name)| {
            let colon = (!entry.subject.is_empty()).then_some(": ");
            view! { <a href=staff_fan_path(id)>{name}</a>{colon} }
        });
        let note = (!entry.note.is_empty()).then(|| view! { <br/><span class="muted small">{entry.note}</span> });
        vec![
            view! { <span class="number">{visit.when(entry.created_at, Detail::Short)}</span> }.into_any(),
            entry.staff_name.into_any(),
            action_name(l, entry.action).into_any(),
            view! { {person}{entry.subject}{note} }.into_any(),
        ]
    };
    let rows = entries.into_iter().map(row).collect();
    view! {
        <DataTable
            label=td_string!(l, staff.nav_log)
            columns=vec![
                (td_string!(l, points.when), false),
                (td_string!(l, log.who), false),
                (td_string!(l, points.what), false),
                (td_string!(l, log.about), false),
            ]
            rows
        />
    }
}

fn action_name(l: Locale, action: StaffAction) -> &'static str {
    use StaffAction::*;
    match action {
        ConcertCreated => td_string!(l, log.concert_created),
        ConcertChanged => td_string!(l, log.concert_changed),
        ConcertPublished => td_string!(l, log.concert_published),
        ConcertWithdrawn => td_string!(l, log.concert_withdrawn),
        PosterChanged => td_string!(l, log.poster_changed),
        PosterRemoved => td_string!(l, log.poster_removed),
        ConcertDeleted => td_string!(l, log.concert_deleted),
        ScheduleDeleted => td_string!(l, log.schedule_deleted),
        ScheduleCreated => td_string!(l, log.schedule_created),
        ScheduleChanged => td_string!(l, log.schedule_changed),
        ScheduleCopied => td_string!(l, log.schedule_copied),
        SchedulePublished => td_string!(l, log.schedule_published),
        ScheduleWithdrawn => td_string!(l, log.schedule_withdrawn),
        HallBuilt => td_string!(l, log.hall_built),
        PricesChanged => td_string!(l, log.prices_changed),
        PlanSaved => td_string!(l, log.plan_saved),
        PlanImported => td_string!(l, log.plan_imported),
        InvitationEnded => td_string!(l, log.invitation_ended),
        Invited => td_string!(l, log.invited),
        JoinedStaff => td_string!(l, log.joined_staff),
        DutyChanged => td_string!(l, log.duty_changed),
        CheckedIn => td_string!(l, log.checked_in),
        LetInEarly => td_string!(l, log.let_in_early),
        CheckInUndone => td_string!(l, log.check_in_undone),
        UsedTwice => td_string!(l, log.used_twice),
        LetInWrongly => td_string!(l, log.let_in_wrongly),
        LimitsSet => td_string!(l, log.dials_set),
        QueuePaused => td_string!(l, log.line_paused),
        QueueResumed => td_string!(l, log.line_resumed),
        Announced => td_string!(l, log.announced),
        PlacesVoided => td_string!(l, log.places_voided),
        PlaceRestored => td_string!(l, log.place_restored),
        TicketCancelled => td_string!(l, log.ticket_cancelled),
        TicketMoved => td_string!(l, log.ticket_moved),
        TicketRenamed => td_string!(l, log.ticket_renamed),
        TicketExchanged => td_string!(l, log.ticket_exchanged),
        TicketsSold => td_string!(l, log.tickets_sold),
        TicketsGiven => td_string!(l, log.tickets_given),
        ShowCalledOff => td_string!(l, log.show_called_off),
        ShowMoved => td_string!(l, log.show_moved),
        TermsOfUsePublished => td_string!(l, log.terms_of_use_published),
        PrivacyPublished => td_string!(l, log.privacy_published),
        SecondStepRequired => td_string!(l, log.second_step_required),
        SecondStepOptional => td_string!(l, log.second_step_optional),
        SecondStepEnded => td_string!(l, log.second_step_ended),
        SignedOut => td_string!(l, log.signed_out),
        ShiftOpened => td_string!(l, log.shift_opened),
        ShiftClosed => td_string!(l, log.shift_closed),
        CashTaken => td_string!(l, log.cash_taken),
        CashGiven => td_string!(l, log.cash_given),
        PasswordLinkMade => td_string!(l, log.password_link_made),
        MailSentAgain => td_string!(l, log.mail_sent_again),
        PointsAdjusted => td_string!(l, log.points_adjusted),
        SeatsKept => td_string!(l, log.seats_kept),
        SeatsReleased => td_string!(l, log.seats_released),
        LeftStaff => td_string!(l, log.left_staff),
    }
}
