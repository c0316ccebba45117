//! The door without a connection, for the script of its page (`public/static/door_offline.js`): the list of tickets
//! that a phone keeps, the scans that it sends afterwards, and the worker that opens the page.

use crate::server::page::PageResult;
use crate::server::visit::Visit;
use crate::words::{self, Detail, I18nLocaleTrait, Locale, td_string};
use axum::Json;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderValue};
use axum::response::{IntoResponse, Response};
use encore::back_office::{self, Door, DoorProblem, ListedTicket, Scan};
use encore::domain::ticket::ScanOutcome;
use encore::domain::{Field, Refusal, ScheduleId, Timestamp};
use encore::{Fault, Outcome};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The list of tickets. Instants are in milliseconds since 1970.
#[derive(Serialize)]
struct ListJson {
    time_zone: String,
    opens: i64,
    now: i64,
    public_keys: Vec<String>,
    /// Of each ticket the digest of its code, its seat, and when it was used.
    tickets: Vec<(String, String, Option<i64>)>,
}

/// The response to a request with scans: the [`problems`] of the show.
#[derive(Serialize)]
struct RecordedJson {
    problems: String,
}

/// An answer to the script of the page. It is always JSON: by that the script knows that no other server answers, such
/// as that of a network to which people must sign in.
pub(super) fn json(value: &impl Serialize) -> PageResult {
    PageResult::File(Box::new(Json(value).into_response()))
}

/// The list of tickets that a phone keeps, or only that it has not changed since.
pub async fn list(visit: Arc<Visit>, proof: Door) -> Outcome<PageResult> {
    let l = visit.locale;
    let id = ScheduleId(visit.id()?);
    let version = back_office::door_list_version(visit.house(), proof, id).await?;
    if visit.known_tag.as_ref() == Some(&tag(l, &version)?) {
        return Ok(PageResult::File(Box::new(StatusCode::NOT_MODIFIED.into_response())));
    }
    let list = back_office::door_list(visit.house(), proof, id).await?;
    let ticket =
        |ticket: ListedTicket| (ticket.digest, words::seat_name(l, &ticket.seat), ticket.checked_in_at.map(|at| at.0));
    let tag = tag(l, &list.version)?;
    let list = ListJson {
        time_zone: list.time_zone,
        opens: list.opens.0,
        now: list.now.0,
        public_keys: list.public_keys,
        tickets: list.tickets.into_iter().map(ticket).collect(),
    };
    Ok(PageResult::File(Box::new(([(ETAG, tag)], Json(list)).into_response())))
}

/// The tag of a list of this version, whose seats are named in the language `l`. It is a weak one (`W/`), because a
/// response may be compressed on its way.
fn tag(l: Locale, version: &str) -> Result<HeaderValue, Fault> {
    let tag = HeaderValue::try_from(format!("W/\"{}-{version}\"", l.as_str()));
    tag.map_err(|_| Fault::Broken("the version of a list of tickets is no header"))
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
    let id = ScheduleId(visit.id()?);
    back_office::record_scans(visit.house(), proof, id, sent, scans).await?;
    let zone = back_office::door(visit.house(), proof, id).await?.concert.time_zone;
    let found = back_office::door_problems(visit.house(), proof, id).await?;
    Ok(json(&RecordedJson { problems: problems(l, &zone, &found) }))
}

/// The scans that let somebody in who should not have been let in, as HTML that can be folded to one line. Empty if
/// there are none.
pub(super) fn problems(l: Locale, zone: &str, problems: &[DoorProblem]) -> String {
    if problems.is_empty() {
        return String::new();
    }
    let local = |at| words::when(l, at, zone, Detail::Day);
    let item = |problem: &DoorProblem| {
        let at = problem.scanned_at;
        let seat = problem.seat.as_ref().map(|seat| words::seat_name(l, seat));
        let seat = seat.unwrap_or_else(|| td_string!(l, door.unknown).to_owned());
        let text = match (problem.outcome, problem.used_at) {
            (ScanOutcome::Duplicate, Some(used_at)) => {
                td_string!(l, door.twice, seat = seat, first = local(at.min(used_at)), second = local(at.max(used_at)))
            }
            (ScanOutcome::Duplicate, None) => td_string!(l, door.twice_undone, seat = seat, when = local(at)),
            _ => td_string!(l, door.wrongly, seat = seat, when = local(at)),
        };
        format!("<li>{}</li>", html_escape::encode_text(&text))
    };
    let items: String = problems.iter().map(item).collect();
    let title = td_string!(l, door.problems, number = problems.len().to_string());
    format!("<details class=\"notice notice-warm\"><summary>{title}</summary><ul>{items}</ul></details>")
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
        (CONTENT_SECURITY_POLICY, "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"),
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
    });
    words.to_string()
}
