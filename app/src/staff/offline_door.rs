//! The door without a connection, for the script of its page (`public/static/door_offline.js`): the list of tickets
//! that a phone keeps, the scans that it sends afterwards, and the worker that opens the page.

use crate::server::page::PageResult;
use crate::server::visit::Visit;
use crate::words::{self, Locale, td_string};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use encore::back_office::{self, Door, ListedTicket, RecordedScan, Scan};
use encore::domain::ticket::ScanOutcome;
use encore::domain::{Field, Refusal, ScheduleId, Timestamp};
use encore::{Fault, Outcome};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The list of tickets. Instants are in milliseconds since 1970.
#[derive(Serialize)]
struct ListJson {
    schedule: ScheduleId,
    title: String,
    time_zone: String,
    show_time: i64,
    opens: i64,
    now: i64,
    public_key: String,
    /// Of each ticket the digest of its code, its seat, and when it was used.
    tickets: Vec<(String, String, Option<i64>)>,
}

/// The response to a request with scans: those that let somebody in who should not have been let in.
#[derive(Serialize)]
struct RecordedJson {
    problems: Vec<ProblemJson>,
}

#[derive(Serialize)]
struct ProblemJson {
    id: String,
    outcome: ScanOutcome,
    seat: String,
    at: i64,
    /// When the ticket was used before, for a ticket that was used twice.
    used_at: Option<i64>,
}

fn json(value: &impl Serialize) -> Outcome<PageResult> {
    let text = serde_json::to_string(value).map_err(Fault::from)?;
    Ok(PageResult::file("application/json", text, None))
}

/// The list of tickets that a phone keeps.
pub async fn list(visit: Arc<Visit>, proof: Door) -> Outcome<PageResult> {
    let l = visit.locale;
    let list = back_office::door_list(visit.house(), proof, ScheduleId(visit.id()?)).await?;
    let ticket =
        |ticket: ListedTicket| (ticket.digest, words::seat_name(l, &ticket.seat), ticket.checked_in_at.map(|at| at.0));
    json(&ListJson {
        schedule: list.schedule.id,
        title: list.concert.title,
        time_zone: list.concert.time_zone,
        show_time: list.schedule.show_time.0,
        opens: list.opens.0,
        now: list.now.0,
        public_key: list.public_key,
        tickets: list.tickets.into_iter().map(ticket).collect(),
    })
}

/// The scans of a phone: `scans[]`, each with its id, its code and its instant, separated by spaces. `now` is what the
/// phone's clock shows. Instants are in milliseconds since 1970.
#[derive(Default, Deserialize)]
#[serde(default)]
struct ScansForm {
    now: String,
    scans: Vec<String>,
}

/// Records the scans that a phone made while it had no connection.
pub async fn scans(visit: Arc<Visit>, proof: Door) -> Outcome<PageResult> {
    let l = visit.locale;
    let form: ScansForm = visit.posted.read()?;
    let scans = form.scans.iter().map(|scan| scan_of(scan)).collect::<Option<Vec<Scan>>>();
    let (sent, scans) = instant(&form.now).zip(scans).ok_or(Refusal::invalid(Field::Request))?;
    let recorded = back_office::record_scans(visit.house(), proof, ScheduleId(visit.id()?), sent, scans).await?;
    let problem = |scan: RecordedScan| ProblemJson {
        id: scan.id,
        outcome: scan.outcome,
        seat: scan.seat.map(|seat| words::seat_name(l, &seat)).unwrap_or_default(),
        at: scan.at.0,
        used_at: scan.used_at.filter(|_| scan.outcome == ScanOutcome::Duplicate).map(|at| at.0),
    };
    let problems = recorded.into_iter().filter(|scan| scan.outcome != ScanOutcome::Admitted).map(problem).collect();
    json(&RecordedJson { problems })
}

fn scan_of(text: &str) -> Option<Scan> {
    let parts: Vec<&str> = text.split(' ').collect();
    let [id, code, at] = parts[..] else { return None };
    Some(Scan { id: id.to_owned(), code: code.to_owned(), at: instant(at)? })
}

fn instant(text: &str) -> Option<Timestamp> {
    text.parse().ok().map(Timestamp)
}

/// The worker of the pages of doors. Its policy lets it request the files of this site, and nothing else.
pub async fn worker() -> Response {
    let headers = [
        (CONTENT_TYPE, "text/javascript"),
        (CONTENT_SECURITY_POLICY, "default-src 'self'"),
        (CACHE_CONTROL, "no-cache"),
    ];
    (headers, include_str!("door_worker.js")).into_response()
}

/// The sentences of the script, as JSON. The script fills in what is in braces.
pub(super) fn words(l: Locale) -> String {
    let words = serde_json::json!({
        "valid": td_string!(l, door.valid),
        "used": td_string!(l, door.used, when = "{when}"),
        "wrong_show": td_string!(l, door.wrong_show),
        "too_early": td_string!(l, door.too_early, when = "{when}"),
        "unknown": td_string!(l, door.unknown),
        "not_listed": td_string!(l, door.not_listed, when = "{when}"),
        "let_in": td_string!(l, door.let_in),
        "without_connection": td_string!(l, door.without_connection),
        "online": td_string!(l, door.online),
        "offline_since": td_string!(l, door.offline_since, when = "{when}"),
        "signed_out": td_string!(l, door.signed_out),
        "unsent": td_string!(l, door.unsent, number = "{number}"),
        "list_of": td_string!(l, door.list_of, when = "{when}"),
        "no_list": td_string!(l, door.no_list),
        "problems": td_string!(l, door.problems, number = "{number}"),
        "twice": td_string!(l, door.twice, seat = "{seat}", first = "{first}", second = "{second}"),
        "wrongly": td_string!(l, door.wrongly, seat = "{seat}", when = "{when}"),
    });
    words.to_string()
}
