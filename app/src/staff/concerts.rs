//! The programme: the concerts (drafts and published ones) with the texts of their pages and their posters.

use super::{delete_section, nav, public_link, sections_nav, state_tag, status_tag};
use crate::components::forms::{ActionButton, FileField, Hidden, TextArea, TextField};
use crate::components::poster::poster;
use crate::components::views::Empty;
use crate::server::flash::Notice;
use crate::server::page::{Page, PageResult};
use crate::server::picture;
use crate::server::visit::{Visit, number};
use crate::staff::edited::Edited;
use crate::words::{self, Detail, Locale, td_string};
use encore::back_office::{self, Change, ConcertWithSchedules, Owner};
use encore::domain::concert::{ConcertTexts, Publication};
use encore::domain::points::grouped;
use encore::domain::{Concert, ConcertId, ConcertSchedule, Field, Refusal, Timestamp};
use encore::{Outcome, calendar};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The largest form of a concert, in bytes. Each letter of a Korean text takes nine bytes in a form, and the texts are in
/// it twice: as they are, and as they were when the form was opened.
pub const CONCERT_BYTES: usize = 256 << 10;

fn path(id: ConcertId) -> String {
    format!("/staff/concerts/{id}")
}

/// The list of all concerts.
pub async fn list(visit: Arc<Visit>, proof: Owner) -> Outcome<PageResult> {
    let l = visit.locale;
    let programme = back_office::concerts(visit.house(), proof.into()).await?;
    Page::of(td_string!(l, staff.nav_concerts), move || {
        let is_empty = programme.is_empty();
        let row = move |ConcertWithSchedules { concert, schedules }: ConcertWithSchedules| {
            view! {
                <li class="row-item">
                    <div class="row-main">
                        <h2 class="row-title"><a href=path(concert.id)>{concert.title.clone()}</a></h2>
                        <p class="muted">{concert.performer.clone()}" · "{concert.venue.clone()}</p>
                    </div>
                    <p class="row-side">{td_string!(l, concerts.dates, count = schedules.len())}</p>
                    <p>{status_tag(l, concert.status)}</p>
                </li>
            }
        };
        view! {
            {nav(&visit)}
            <header class="page-head page-head-split">
                <h1>{td_string!(l, staff.nav_concerts)}</h1>
                <a class="button" href="/staff/concerts/new">{td_string!(l, programme.add)}</a>
            </header>
            {is_empty.then(|| view! {
                <Empty title=td_string!(l, programme.empty_title) text=td_string!(l, programme.empty)
                    link=("/staff/plans/new".to_owned(), td_string!(l, programme.draw_first))/>
            })}
            <ul class="rows">{programme.into_iter().map(row).collect_view()}</ul>
        }
    })
    .into_result()
}

/// The page for a new concert.
pub async fn new(visit: Arc<Visit>, _: Owner) -> Outcome<PageResult> {
    let l = visit.locale;
    let empty = ProgrammeForm { time_zone: visit.app.time_zone.name().into(), ..ProgrammeForm::default() };
    Page::of(td_string!(l, programme.add), move || {
        view! {
            {nav(&visit)}
            <p class="back"><a href="/staff/concerts">{td_string!(l, staff.nav_concerts)}</a></p>
            <header class="page-head"><h1>{td_string!(l, programme.add)}</h1><p class="muted">{td_string!(l, programme.add_more)}</p></header>
            {programme_form(&visit, "/staff/concerts/new".into(), &Edited::of_new(&visit, &empty))}
        }
    })
    .into_result()
}

/// What staff enter for a concert's page, as it was typed.
#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
struct ProgrammeForm {
    title: String,
    performer: String,
    venue: String,
    time_zone: String,
    description: String,
    running_minutes: String,
    minimum_age: String,
    notices: String,
}

impl ProgrammeForm {
    fn of(texts: ConcertTexts) -> Self {
        let ConcertTexts { title, performer, venue, time_zone, description, running_minutes, minimum_age, notices } =
            texts;
        let count = |number: Option<u32>| number.map_or(String::new(), |number| number.to_string());
        let (running_minutes, minimum_age) = (count(running_minutes), count(minimum_age));
        let notices = notices.unwrap_or_default();
        Self { title, performer, venue, time_zone, description, running_minutes, minimum_age, notices }
    }

    fn texts(self) -> Outcome<ConcertTexts> {
        let Self { title, performer, venue, time_zone, description, running_minutes, minimum_age, notices } = self;
        let running_minutes = number(&running_minutes, Field::RunningMinutes)?;
        let minimum_age = number(&minimum_age, Field::MinimumAge)?;
        let notices = Some(notices);
        Ok(ConcertTexts { title, performer, venue, time_zone, description, running_minutes, minimum_age, notices })
    }
}

pub async fn create(visit: Arc<Visit>, proof: Owner) -> Outcome<PageResult> {
    let id = back_office::create_concert(visit.house(), proof, visit.posted.read::<ProgrammeForm>()?.texts()?).await?;
    Ok(visit.redirect(path(id), Notice::Saved))
}

/// The page on which staff edit one concert: its dates, the texts of its public page, and its poster.
pub async fn edit(visit: Arc<Visit>, proof: Owner) -> Outcome<PageResult> {
    let l = visit.locale;
    let ConcertWithSchedules { concert, schedules } =
        back_office::concert(visit.house(), proof, ConcertId(visit.id()?)).await?;
    let now = visit.house().clock().now();
    Page::of(concert.title.clone(), move || {
        let here = path(concert.id);
        let (status, action, text) = match concert.status {
            Publication::Draft => (Publication::Published, td_string!(l, staff.publish), td_string!(l, programme.is_draft)),
            Publication::Published => (Publication::Draft, td_string!(l, staff.withdraw), td_string!(l, programme.is_shown)),
        };
        let class = if status == Publication::Published { "button" } else { "button button-second" };
        view! {
            {nav(&visit)}
            <p class="back"><a href="/staff/concerts">{td_string!(l, staff.nav_concerts)}</a></p>
            <header class="page-head page-head-split">
                <div><p>{status_tag(l, concert.status)}</p><h1>{concert.title.clone()}</h1><p class="muted">{text}</p></div>
                <div class="page-actions">
                    {public_link(l, &concert)}
                    <ActionButton action=format!("{here}/publish") text=action class
                        fields=vec![("status", status.as_str().to_owned())]/>
                </div>
            </header>
            {sections_nav(l, &[
                ("dates", td_string!(l, concert.dates)),
                ("says", td_string!(l, programme.says)),
                ("poster", td_string!(l, programme.poster)),
            ])}
            {dates_section(l, &concert, &schedules, now)}
            <section aria-labelledby="says">
                <h2 id="says">{td_string!(l, programme.says)}</h2>
                {programme_form(&visit, path(concert.id), &Edited::new(&visit, &ProgrammeForm::of(concert.texts())))}
            </section>
            {poster_section(&visit, &concert)}
            {(concert.status == Publication::Draft && schedules.is_empty()).then(|| {
                delete_section(l, format!("{here}/delete"), td_string!(l, programme.delete_more))
            })}
        }
    })
    .into_result()
}

/// Deletes a concert that is a draft without dates.
pub async fn delete(visit: Arc<Visit>, proof: Owner) -> Outcome<PageResult> {
    back_office::delete_concert(visit.house(), proof, ConcertId(visit.id()?)).await?;
    Ok(visit.redirect("/staff/concerts", Notice::Deleted))
}

/// The dates of the concert, and the link to add one.
fn dates_section(l: Locale, concert: &Concert, schedules: &[ConcertSchedule], now: Timestamp) -> impl IntoView + use<> {
    let row = |schedule: &ConcertSchedule| {
        let when = |at, detail| words::when(l, at, &concert.time_zone, detail);
        let opens = when(schedule.window.reservation_start, Detail::Day);
        view! {
            <li class="row-item">
                <div class="row-main">
                    <h3><a href=format!("/staff/schedules/{}/edit", schedule.id)>{when(schedule.show_time, Detail::Full)}</a></h3>
                    <p class="muted">{td_string!(l, concert.opens, when = opens)}</p>
                </div>
                <p class="row-side">{td_string!(l, concert.left, count = schedule.left_ticket, number = grouped(schedule.left_ticket))}</p>
                <p>{state_tag(l, schedule, now)}</p>
            </li>
        }
    };
    let rows = schedules.iter().map(row).collect_view();
    let class = if schedules.is_empty() { "button" } else { "button button-second" };
    view! {
        <section aria-labelledby="dates">
            <div class="page-head-split">
                <h2 id="dates">{td_string!(l, concert.dates)}</h2>
                <a class=class href=format!("{}/schedules/new", path(concert.id))>{td_string!(l, sale.add)}</a>
            </div>
            {schedules.is_empty().then(|| view! { <p class="muted">{td_string!(l, programme.no_dates)}</p> })}
            <ul class="rows">{rows}</ul>
        </section>
    }
}

/// The poster, with the forms that replace and remove it.
fn poster_section(visit: &Visit, concert: &Concert) -> impl IntoView + use<> {
    let l = visit.locale;
    let action = format!("{}/poster", path(concert.id));
    let wrong = visit.field_error(Field::Poster);
    view! {
        <section aria-labelledby="poster">
            <h2 id="poster">{td_string!(l, programme.poster)}</h2>
            <div class="panel poster-panel">
                <div class="card-picture">{poster(concert)}</div>
                <div class="form">
                    <form method="post" action=action.clone() enctype="multipart/form-data" class="form">
                        <FileField l name="poster" label=td_string!(l, programme.choose) hint=td_string!(l, programme.poster_hint)
                            accept="image/jpeg,image/png,image/webp" required=true wrong/>
                        <button class="button button-second">{td_string!(l, programme.upload)}</button>
                    </form>
                    {concert.poster.is_some().then(|| view! {
                        <form method="post" action=action>
                            <Hidden name="remove" value="1"/>
                            <button class="quiet">{td_string!(l, programme.remove)}</button>
                        </form>
                    })}
                </div>
            </div>
        </section>
    }
}

/// The form with the texts of a concert. `action` is explicit, because after a refusal the form may be shown at the
/// address of another form of the same page.
fn programme_form(visit: &Visit, action: String, form: &Edited<'_>) -> impl IntoView + use<> {
    let l = visit.locale;
    let line = |name: &'static str, label: &'static str, field: Field| {
        view! { <TextField name label value=form.value(name) wrong=form.note(name, visit.field_error(field))/> }
    };
    let count = |name: &'static str, label: &'static str, hint: &'static str, field: Field| {
        let wrong = form.note(name, visit.field_error(field));
        view! { <TextField name label hint inputmode="numeric" required=false value=form.value(name) wrong/> }
    };
    view! {
        <form method="post" action=action class="form panel">
            {form.seen()}
            <div class="fields">
                {line("title", td_string!(l, programme.title), Field::Title)}
                {line("performer", td_string!(l, programme.performer), Field::Performer)}
                {line("venue", td_string!(l, programme.venue), Field::Venue)}
                <TextField name="time_zone" label=td_string!(l, programme.time_zone) hint=td_string!(l, programme.time_zone_hint)
                    value=form.value("time_zone") known=calendar::zones().collect()
                    wrong=form.note("time_zone", visit.field_error(Field::TimeZone))/>
            </div>
            <TextArea name="description" label=td_string!(l, programme.description) value=form.value("description")
                wrong=form.note("description", visit.field_error(Field::Description))/>
            <div class="fields">
                {count("running_minutes", td_string!(l, programme.running_minutes), td_string!(l, programme.running_minutes_hint), Field::RunningMinutes)}
                {count("minimum_age", td_string!(l, programme.minimum_age), td_string!(l, programme.minimum_age_hint), Field::MinimumAge)}
            </div>
            <TextArea name="notices" label=td_string!(l, programme.notices) hint=td_string!(l, programme.notices_hint)
                value=form.value("notices") wrong=form.note("notices", visit.field_error(Field::Notices))/>
            <button class="button">{td_string!(l, staff.save)}</button>
        </form>
    }
}

pub async fn change(visit: Arc<Visit>, proof: Owner) -> Outcome<PageResult> {
    let id = ConcertId(visit.id()?);
    let before = back_office::concert(visit.house(), proof, id).await?.concert.texts();
    Edited::new(&visit, &ProgrammeForm::of(before.clone())).check()?;
    let after = visit.posted.read::<ProgrammeForm>()?.texts()?;
    back_office::change_concert(visit.house(), proof, id, Change { before: Some(before), after }).await?;
    Ok(visit.redirect(path(id), Notice::Saved))
}

/// The form that publishes a concert or a date, or withdraws it.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct PublicationForm {
    status: String,
}

impl PublicationForm {
    /// Returns the requested status, and the notice to show once it is set.
    pub(super) fn read(visit: &Visit) -> Outcome<(Publication, Notice)> {
        let form: Self = visit.posted.read()?;
        match Publication::from_word(&form.status) {
            Some(Publication::Published) => Ok((Publication::Published, Notice::Published)),
            Some(Publication::Draft) => Ok((Publication::Draft, Notice::Withdrawn)),
            None => Err(Refusal::invalid(Field::Request).into()),
        }
    }
}

/// The fields of the poster's two forms, apart from the file.
#[derive(Default, Deserialize)]
#[serde(default)]
struct PosterForm {
    /// Sent only by the button that removes the poster.
    remove: Option<String>,
}

pub async fn publish(visit: Arc<Visit>, proof: Owner) -> Outcome<PageResult> {
    let id = ConcertId(visit.id()?);
    let (status, notice) = PublicationForm::read(&visit)?;
    back_office::publish_concert(visit.house(), proof, id, status).await?;
    Ok(visit.redirect(path(id), notice))
}

pub async fn set_poster(visit: Arc<Visit>, proof: Owner) -> Outcome<PageResult> {
    let id = ConcertId(visit.id()?);
    let PosterForm { remove } = visit.posted.read()?;
    let image = match visit.posted.file("poster") {
        Some(file) => Some(picture::poster(file).await?),
        None if remove.is_some() => None,
        None => return Err(Refusal::invalid(Field::Poster).into()),
    };
    back_office::set_poster(visit.house(), proof, id, image).await?;
    Ok(visit.redirect(path(id), Notice::Saved))
}
