//! The control room of one date: the state of the sale, updated every second, and the settings that staff can change
//! while the sale runs.

use super::{date_nav, date_title, nav};
use crate::components::forms::{Hidden, TextField};
use crate::server::flash::Notice;
use crate::server::page::{Page, PageResult};
use crate::server::visit::{Visit, number};
use crate::staff::edited::Edited;
use crate::words::{Locale, td_string};
use encore::Outcome;
use encore::back_office::{self, BoxOffice, Change, Control, Limits};
use encore::domain::points::grouped;
use encore::domain::{Field, ScheduleId};
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
    let gauges = gauges(l, &control, &visit.house().pulse().of(id));
    Page::of(td_string!(l, control.title), move || {
        let Control { concert, schedule, .. } = &control;
        let limits = Edited::new(&visit, &LimitsForm::of(schedule.into()));
        let (state, brake, text) = if schedule.is_paused {
            ("0", td_string!(l, control.resume), td_string!(l, control.is_paused))
        } else {
            ("1", td_string!(l, control.pause), td_string!(l, control.goes_on))
        };
        let message = visit.typed("message").or(schedule.notice.as_deref()).unwrap_or_default().to_owned();
        let active_fans = visit.house().settings().active_fans;
        let here = format!("/staff/schedules/{id}");
        view! {
            {nav(&visit)}
            <header class="page-head">{date_title(l, concert, schedule, td_string!(l, control.title))}</header>
            {date_nav(&visit, id)}
            <div id="now" data-url=format!("{here}/now") inner_html=gauges></div>
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
                    <button class="button">{td_string!(l, control.set)}</button>
                </form>
                <form method="post" action=format!("{here}/pause") class="form panel">
                    <h2>{td_string!(l, control.brake)}</h2>
                    <p>{text}</p>
                    <Hidden name="paused" value=state/>
                    <button class="button">{brake}</button>
                </form>
                <form method="post" action=format!("{here}/message") class="form panel">
                    <h2 id="message-title">{td_string!(l, control.message)}</h2>
                    <TextField name="message" label=td_string!(l, control.message) hint=td_string!(l, control.message_hint)
                        value=message required=false wrong=visit.field_error(Field::Note)/>
                    <button class="button">{td_string!(l, control.say)}</button>
                </form>
            </div>
            <script type="module" src="/static/control.js"></script>
        }
    })
    .with_refresh(REFRESH)
    .into_result()
}

/// Only the gauges, without the page around them: `control.js` requests them every second.
pub async fn now(visit: Arc<Visit>, proof: BoxOffice) -> Outcome<PageResult> {
    let id = ScheduleId(visit.id()?);
    let control = back_office::control(visit.house(), proof, id).await?;
    let html = gauges(visit.locale, &control, &visit.house().pulse().of(id));
    Ok(PageResult::fragment(html))
}

/// The gauges as HTML: each is a figure of the sale with a small chart of its last hour.
fn gauges(l: Locale, Control { schedule, takings, .. }: &Control, samples: &[Sample]) -> String {
    let gauge = |name: &str, figure: String, more: Option<String>, of: fn(&Sample) -> i64| {
        let series: Vec<i64> = samples.iter().map(of).collect();
        let more = more.map(|more| format!("<span class=\"muted small\">{}</span>", html_escape::encode_text(&more)));
        format!(
            "<div class=\"gauge\"><dt>{}</dt><dd><strong>{}</strong>{}{}</dd></div>",
            html_escape::encode_text(name),
            html_escape::encode_text(&figure),
            more.unwrap_or_default(),
            sparkline(&series)
        )
    };
    let seats = takings.sold + schedule.left_ticket + schedule.held_ticket;
    let of_seats = td_string!(l, control.of_seats, count = grouped(seats));
    let all = [
        gauge(td_string!(l, control.waiting), grouped(schedule.waiting.into()), None, |s| s.waiting),
        gauge(td_string!(l, control.active), grouped(schedule.active.into()), None, |s| s.active),
        gauge(td_string!(l, control.held), grouped(schedule.held_ticket), None, |s| s.held),
        gauge(td_string!(l, control.sold), grouped(takings.sold), Some(of_seats), |s| s.sold),
        gauge(td_string!(l, control.revenue), grouped(takings.revenue), None, |s| s.revenue),
    ];
    let note = samples.len() < 2;
    let note = note.then(|| format!("<p class=\"muted small\">{}</p>", td_string!(l, control.no_samples)));
    format!("<dl class=\"gauges\">{}</dl>{}", all.concat(), note.unwrap_or_default())
}

/// A small line chart of a series as SVG. Its bottom is zero or, if that is negative, the lowest value. Returns an
/// empty string if there are fewer than two values. The chart is hidden from screen readers, which read the figure
/// above it.
fn sparkline(series: &[i64]) -> String {
    const SIZE: (f64, f64) = (100.0, 30.0);
    if series.len() < 2 {
        return String::new();
    }
    let (low, high) = series.iter().fold((0, 1), |(low, high), &value| (low.min(value), high.max(value)));
    let across = SIZE.0 / (series.len() - 1) as f64;
    let up = |value: i64| SIZE.1 - SIZE.1 * (value - low) as f64 / (high - low) as f64;
    let points: Vec<_> = series
        .iter()
        .enumerate()
        .map(|(index, &value)| format!("{:.1} {:.1}", across * index as f64, up(value)))
        .collect();
    let line = points.join("L");
    format!(
        "<svg class=\"spark\" viewBox=\"0 0 {} {}\" preserveAspectRatio=\"none\" aria-hidden=\"true\">\
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
    visit.redirect(path(id), Notice::Set).await
}

pub async fn pause(visit: Arc<Visit>, proof: BoxOffice) -> Outcome<PageResult> {
    let id = ScheduleId(visit.id()?);
    let PauseForm { paused } = visit.posted.read()?;
    back_office::pause(visit.house(), proof, id, paused == "1").await?;
    visit.redirect(path(id), Notice::Set).await
}

pub async fn announce(visit: Arc<Visit>, proof: BoxOffice) -> Outcome<PageResult> {
    let id = ScheduleId(visit.id()?);
    let MessageForm { message } = visit.posted.read()?;
    back_office::announce(visit.house(), proof, id, &message).await?;
    visit.redirect(path(id), Notice::Set).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chart_spans_its_full_height() {
        assert_eq!(sparkline(&[5]), "");
        let chart = sparkline(&[0, 10, 5]);
        assert!(chart.contains("<path d=\"M0.0 30.0L50.0 0.0L100.0 15.0\"/>"), "{chart}");
        let flat = sparkline(&[0, 0]);
        assert!(flat.contains("M0.0 30.0L100.0 30.0"), "a series of zeros is drawn at the bottom: {flat}");
    }
}
