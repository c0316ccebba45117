//! The control room of one date: the state of the sale, updated every second, and the settings that staff can change
//! while the sale runs.

use super::{date_nav, date_title, nav, scaled, state_words};
use crate::components::forms::{Hidden, TextField};
use crate::server::flash::Notice;
use crate::server::page::{Page, PageResult};
use crate::server::visit::{Visit, number};
use crate::staff::edited::Edited;
use crate::words::{Locale, td_string};
use encore::Outcome;
use encore::back_office::{self, BoxOffice, Change, Control, Limits};
use encore::domain::concert::Publication;
use encore::domain::points::grouped;
use encore::domain::schedule::SalePhase;
use encore::domain::{ConcertSchedule, Field, ScheduleId, Timestamp};
use encore::pulse::Sample;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// How often the page reloads in a browser without scripts, in seconds.
const REFRESH: u32 = 5;

fn path(id: ScheduleId) -> String {
    format!("/staff/schedules/{id}/control")
}

pub async fn room(visit: Arc<Visit>, proof: BoxOffice) -> Outcome<PageResult> {
    let l = visit.locale;
    let id = ScheduleId(visit.id()?);
    let control = back_office::control(visit.house(), proof, id).await?;
    let now = state_and_figures(&visit, &control);
    // A queue can be paused before the sale opens, but not once it has closed.
    let is_closed = control.schedule.window.phase(visit.house().clock().now()) == SalePhase::Closed;
    Page::of(td_string!(l, control.title), move || {
        let Control { concert, schedule, .. } = &control;
        let limits = Edited::new(&visit, &LimitsForm::of(schedule.into()));
        let (state, brake) =
            if schedule.is_paused { ("0", td_string!(l, control.resume)) } else { ("1", td_string!(l, control.pause)) };
        let message = visit.typed("message").or(schedule.notice.as_deref()).unwrap_or_default().to_owned();
        let active_fans = visit.house().settings().active_fans;
        let here = format!("/staff/schedules/{id}");
        view! {
            {nav(&visit)}
            <header class="page-head">{date_title(l, concert, schedule, td_string!(l, control.title))}</header>
            {date_nav(&visit, id)}
            <div class="room">
                <div id="now" class="room-now" data-url=format!("{here}/now") inner_html=now></div>
                {(!is_closed).then(|| view! {
                    <form method="post" action=format!("{here}/pause") class="room-brake">
                        <Hidden name="paused" value=state/>
                        <button class="button button-wide">{brake}</button>
                    </form>
                })}
            </div>
            <div class="knobs">
                <form method="post" action=format!("{here}/dials") class="form panel">
                    <h2>{td_string!(l, control.dials)}</h2>
                    {limits.seen()}
                    <p class="muted small">{td_string!(l, control.dials_hint)}</p>
                    <TextField name="active_fans" label=td_string!(l, sale.active_fans) hint=td_string!(l, sale.as_house, number = active_fans) inputmode="numeric"
                        value=limits.value("active_fans") required=false
                        wrong=limits.note("active_fans", visit.field_error(Field::ActiveFans))/>
                    <TextField name="admissions_a_minute" label=td_string!(l, sale.pace) hint=td_string!(l, sale.pace_hint) inputmode="numeric"
                        value=limits.value("admissions_a_minute") required=false
                        wrong=limits.note("admissions_a_minute", visit.field_error(Field::AdmissionsAMinute))/>
                    <button class="button button-second">{td_string!(l, control.set)}</button>
                </form>
                <form method="post" action=format!("{here}/message") class="form panel">
                    <h2>{td_string!(l, control.message)}</h2>
                    <TextField name="message" label=td_string!(l, control.message_text) hint=td_string!(l, control.message_hint)
                        value=message required=false wrong=visit.field_error(Field::Note)/>
                    <button class="button button-second">{td_string!(l, control.say)}</button>
                </form>
            </div>
            <p class="row-links"><a href=format!("{here}/addresses")>{td_string!(l, addresses.title)}</a></p>
            <script type="module" src="/static/control.js"></script>
        }
    })
    .with_refresh(REFRESH)
    .into_result()
}

/// Only the state and the figures, without the page around them: `control.js` requests them every second.
pub async fn now(visit: Arc<Visit>, proof: BoxOffice) -> Outcome<PageResult> {
    let id = ScheduleId(visit.id()?);
    let control = back_office::control(visit.house(), proof, id).await?;
    Ok(PageResult::fragment(state_and_figures(&visit, &control)))
}

/// What changes while the page is open, as HTML: the state of the sale, and its figures.
fn state_and_figures(visit: &Visit, control: &Control) -> String {
    let (l, house, schedule) = (visit.locale, visit.house(), &control.schedule);
    let now = house.clock().now();
    let samples = house.pulse().of(schedule.id);
    let note = (samples.is_empty() && is_running(schedule, now))
        .then(|| format!("<p class=\"muted small\">{}</p>", td_string!(l, control.no_samples)));
    let (state, gauges) = (state(l, schedule, now), gauges(l, control, &samples, now));
    format!("{state}<div class=\"room-figures\">{gauges}{}</div>", note.unwrap_or_default())
}

/// Whether the lobby or the sale is open, so that the queue moves and samples are taken.
fn is_running(schedule: &ConcertSchedule, now: Timestamp) -> bool {
    let is_open = matches!(schedule.window.phase(now), SalePhase::Lobby | SalePhase::Open);
    schedule.status == Publication::Published && is_open
}

/// The state of the sale and, in a sentence, of its queue.
fn state(l: Locale, schedule: &ConcertSchedule, now: Timestamp) -> String {
    let (class, text) = state_words(l, schedule, now);
    let queue = if schedule.is_paused {
        Some(("room-paused", td_string!(l, control.is_paused)))
    } else {
        is_running(schedule, now).then(|| ("muted", td_string!(l, control.goes_on)))
    };
    let queue = queue.map(|(class, text)| format!("<span class=\"{class}\">{text}</span>")).unwrap_or_default();
    format!("<p class=\"room-state\"><span class=\"{class}\">{text}</span>{queue}</p>")
}

/// The gauges: each is a figure of the sale with a small chart of its last hour.
fn gauges(l: Locale, Control { schedule, takings, .. }: &Control, samples: &[Sample], now: Timestamp) -> String {
    let seconds = samples.first().map_or(0, |first| now.millis_from(first.at) / 1000);
    let gauge = |name: &str, figure: i64, more: Option<String>, of: fn(&Sample) -> i64| {
        let series: Vec<i64> = samples.iter().map(of).chain([figure]).collect();
        let more = more.map(|more| format!(" <span class=\"muted small\">{}</span>", html_escape::encode_text(&more)));
        format!(
            "<div class=\"gauge\"><dt>{}</dt><dd><span><strong>{}</strong>{}</span>{}</dd></div>",
            html_escape::encode_text(name),
            grouped(figure),
            more.unwrap_or_default(),
            chart(l, &series, seconds)
        )
    };
    let seats = takings.sold + schedule.left_ticket + schedule.held_ticket;
    let of_seats = td_string!(l, control.of_seats, count = grouped(seats));
    let all = [
        gauge(td_string!(l, control.waiting), schedule.waiting.into(), None, |s| s.waiting),
        gauge(td_string!(l, control.active), schedule.active.into(), None, |s| s.active),
        gauge(td_string!(l, control.held), schedule.held_ticket, None, |s| s.held),
        gauge(td_string!(l, control.sold), takings.sold, Some(of_seats), |s| s.sold),
        gauge(td_string!(l, control.revenue), takings.revenue, None, |s| s.revenue),
    ];
    format!("<dl class=\"gauges\">{}</dl>{}", all.concat(), waitlist(l, schedule))
}

/// How many wait on the waitlist, and how many seats are offered to it, as a sentence. An empty string if there are none.
fn waitlist(l: Locale, ConcertSchedule { waitlisted, offered_ticket, .. }: &ConcertSchedule) -> String {
    if *waitlisted == 0 && *offered_ticket == 0 {
        return String::new();
    }
    let offered = td_string!(l, waitlist.seats_offered, count = *offered_ticket);
    format!(
        "<p class=\"muted\">{}</p>",
        td_string!(l, waitlist.parties_waiting, count = *waitlisted, offered = offered)
    )
}

/// The chart of a series that began `seconds` ago, with its scale, and below it the same in words. Returns an empty
/// string if there are fewer than two values.
fn chart(l: Locale, series: &[i64], seconds: u64) -> String {
    let (Some(highest), Some(last), 2..) = (series.iter().max(), series.last(), series.len()) else {
        return String::new();
    };
    let span = match seconds / 60 {
        0 => td_string!(l, control.seconds, count = seconds),
        minutes => td_string!(l, control.minutes, count = minutes),
    };
    let words = td_string!(l, control.chart, span = span, highest = grouped(*highest), last = grouped(*last));
    let (low, high) = series.iter().fold((0, 1), |(low, high), &value| (low.min(value), high.max(value)));
    let chart = scaled(&sparkline(series, low, high), low, high);
    format!("{chart}<span class=\"muted small\">{words}</span>")
}

/// A small line chart of a series of at least two values, from `low` at its bottom to `high` at its top, as SVG.
fn sparkline(series: &[i64], low: i64, high: i64) -> String {
    const SIZE: (f64, f64) = (100.0, 30.0);
    let across = SIZE.0 / (series.len() - 1) as f64;
    let up = |value: i64| SIZE.1 - SIZE.1 * (value - low) as f64 / (high - low) as f64;
    let points: Vec<_> = series
        .iter()
        .enumerate()
        .map(|(index, &value)| format!("{:.1} {:.1}", across * index as f64, up(value)))
        .collect();
    let line = points.join("L");
    format!(
        "<svg class=\"spark\" viewBox=\"0 0 {} {}\" preserveAspectRatio=\"none\">\
         <path class=\"spark-area\" d=\"M0 {}L{line}L{} {}z\"/><path d=\"M{line}\"/></svg>",
        SIZE.0, SIZE.1, SIZE.1, SIZE.0, SIZE.1
    )
}

/// The form that pauses admission (`paused` is `1`) or resumes it.
#[derive(Default, Deserialize)]
#[serde(default)]
struct PauseForm {
    paused: String,
}

/// The form that sets the message to waiting fans. An empty text removes the message.
#[derive(Default, Deserialize)]
#[serde(default)]
struct MessageForm {
    message: String,
}

/// The form that sets the limits of admission. An empty field means that the default of this installation applies.
#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
struct LimitsForm {
    active_fans: String,
    admissions_a_minute: String,
}

impl LimitsForm {
    fn of(Limits { active_fans, admissions_a_minute }: Limits) -> Self {
        let text = |number: Option<u32>| number.map_or(String::new(), |number| number.to_string());
        Self { active_fans: text(active_fans), admissions_a_minute: text(admissions_a_minute) }
    }
}

pub async fn set_limits(visit: Arc<Visit>, proof: BoxOffice) -> Outcome<PageResult> {
    let id = ScheduleId(visit.id()?);
    let LimitsForm { active_fans, admissions_a_minute } = visit.posted.read()?;
    let before = Limits::from(&back_office::control(visit.house(), proof, id).await?.schedule);
    Edited::new(&visit, &LimitsForm::of(before)).check()?;
    let after = Limits {
        active_fans: number(&active_fans, Field::ActiveFans)?,
        admissions_a_minute: number(&admissions_a_minute, Field::AdmissionsAMinute)?,
    };
    back_office::set_limits(visit.house(), proof, id, Change { before: Some(before), after }).await?;
    Ok(visit.redirect(path(id), Notice::Set))
}

pub async fn pause(visit: Arc<Visit>, proof: BoxOffice) -> Outcome<PageResult> {
    let id = ScheduleId(visit.id()?);
    let PauseForm { paused } = visit.posted.read()?;
    back_office::pause(visit.house(), proof, id, paused == "1").await?;
    Ok(visit.redirect(path(id), Notice::Set))
}

pub async fn announce(visit: Arc<Visit>, proof: BoxOffice) -> Outcome<PageResult> {
    let id = ScheduleId(visit.id()?);
    let MessageForm { message } = visit.posted.read()?;
    back_office::announce(visit.house(), proof, id, &message).await?;
    Ok(visit.redirect(path(id), Notice::Set))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chart_spans_its_full_height() {
        assert_eq!(chart(Locale::en, &[5], 0), "");
        let rises = chart(Locale::en, &[0, 10, 5], 60);
        assert!(rises.contains("<path d=\"M0.0 30.0L50.0 0.0L100.0 15.0\"/>"), "{rises}");
        let flat = chart(Locale::en, &[0, 0], 60);
        assert!(flat.contains("M0.0 30.0L100.0 30.0"), "a series of zeros is drawn at the bottom: {flat}");
    }

    #[test]
    fn a_chart_says_its_scale_its_time_and_its_last_value() {
        for (series, seconds, scale, words) in [
            (&[0, 1200, 500][..], 720, ["1,200", "0"], "Last 12 minutes: highest 1,200, now 500"),
            (&[0, 0][..], 5, ["1", "0"], "Last 5 seconds: highest 0, now 0"),
            (&[10, -5][..], 119, ["10", "−5"], "Last 1 minute: highest 10, now −5"),
        ] {
            let chart = chart(Locale::en, series, seconds);
            let [high, low] = scale;
            assert!(chart.contains(&format!("<span>{high}</span><span>{low}</span>")), "{chart}");
            assert!(chart.ends_with(&format!("{words}</span>")), "{chart}");
        }
    }
}
