//! The line of each schedule: join, look, leave, the draw of the lobby, and who is admitted next.
//!
//! This is the only room that makes an admission. It must never know HTTP or SQL text, and nothing of what a fan does once
//! admitted, except that a fan who leaves gives back what they held.

mod draw;
mod join;
mod leave;
mod status;

pub use crate::lines::Place;
pub use draw::{Draw, draw};
pub use join::join;
pub use leave::leave;
pub use status::{came, status};

use crate::domain::entities::ConcertSchedule;
use crate::domain::queue::{self, Admission, CALL_SECONDS, Ended, Pace, QueueToken};
use crate::domain::schedule::SalePhase;
use crate::domain::{Refusal, ScheduleId, Timestamp, TokenId, UserId};
use crate::house::{House, Settings, Terms};
use crate::store::{Outcome, Read, Write};
use status::look;

/// The proof that a fan is admitted, from the rows of the transaction that is about to act on it.
///
/// # Errors
/// [`Refusal::NotAdmitted`] inside the answer, for the rules to weigh; storage faults outside.
pub(crate) fn admission(
    read: &Read<'_>,
    fan: UserId,
    schedule: ScheduleId,
    now: Timestamp,
) -> Outcome<Result<Admission, Refusal>> {
    let token = read.token(fan, schedule)?;
    Ok(token.ok_or(Refusal::NotAdmitted).and_then(|token| token.admission(now)))
}

/// Takes a token out of the line and gives its place on, in the same transaction.
pub(crate) fn end(
    write: &Write<'_>,
    schedule: ScheduleId,
    token: TokenId,
    why: Ended,
    terms: Terms<'_>,
) -> Outcome<()> {
    write.end_token(token, why, terms.now)?;
    advance(write, schedule, terms)
}

/// How many fans may be active in a schedule now.
fn cap(schedule: &ConcertSchedule, settings: Settings) -> u32 {
    if schedule.is_paused {
        return 0;
    }
    queue::cap(schedule.active_fans.unwrap_or(settings.active_fans), schedule.seats_to_be_had())
}

fn pace(schedule: &ConcertSchedule, settings: Settings) -> Pace {
    let a_minute = schedule.admissions_a_minute.or(settings.admissions_a_minute);
    Pace { a_minute, next_admission_at: schedule.next_admission_at }
}

/// Lets an active fan in who has come, for the full time from now.
fn admit(write: &Write<'_>, token: QueueToken, terms: Terms<'_>) -> Outcome<QueueToken> {
    let full = terms.now.plus_seconds(terms.settings.admission_seconds.into());
    Ok(if token.came { token } else { write.admit_token(token.id, full, terms.now)? })
}

/// Moves the line on: admissions that are over end, the lobby is drawn, and the first of the waiting are called to the free
/// places. When nothing is left to wait for, the waiting are sent home.
pub(crate) fn advance(write: &Write<'_>, schedule: ScheduleId, terms: Terms<'_>) -> Outcome<()> {
    let now = terms.now;
    for over in write.admissions_over(schedule, now)? {
        write.end_token(over.id, over.reason_when_over(), now)?;
    }
    let known = write.schedule(schedule)?.ok_or(Refusal::NotFound)?;
    draw::hold(write, &known, terms)?;
    if known.waiting == 0 {
        return Ok(());
    }
    match known.window.phase(now) {
        SalePhase::NotYetOpen | SalePhase::Lobby => return Ok(()),
        SalePhase::Closed => return Ok(write.end_waiting(schedule, Ended::Closed, now)?),
        SalePhase::Open if known.is_sold_out() => return Ok(write.end_waiting(schedule, Ended::SoldOut, now)?),
        SalePhase::Open => {}
    }
    let places = queue::places_to_give(cap(&known, terms.settings), known.active, known.waiting);
    let pace = pace(&known, terms.settings);
    let (places, next) = queue::paced(pace, places, now);
    if pace.a_minute.is_some() && next != pace.next_admission_at {
        write.set_next_admission(schedule, next)?;
    }
    for token in write.front(schedule, places)? {
        write.call_token(token, now.plus_seconds(CALL_SECONDS), now)?;
    }
    Ok(())
}

/// Ends the places of those who wait and have not been heard of for too long. When the next one will not have been, is
/// answered.
///
/// # Errors
/// Storage faults, or the writer being busy.
pub(crate) async fn end_silent(house: &House) -> Outcome<Option<Timestamp>> {
    let (silent, next) = house.lines().silent(house.clock().now());
    for (schedule, tokens) in silent {
        let lines = house.lines().clone();
        let ended = house.write(move |write, terms| {
            for token in &tokens {
                // They may have been heard of since, or called.
                if lines.is_silent(token, terms.now) && write.is_waiting(token.id)? {
                    write.end_token(token.id, Ended::Silent, terms.now)?;
                }
            }
            advance(write, schedule, terms)
        });
        ended.await?;
    }
    Ok(next)
}

/// After a restart every called fan has their time to come anew.
///
/// # Errors
/// Storage faults.
pub async fn call_anew(house: &House) -> Outcome<()> {
    house.write(|write, terms| Ok(write.call_anew(terms.now.plus_seconds(CALL_SECONDS))?)).await
}
