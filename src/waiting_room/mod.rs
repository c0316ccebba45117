//! The line of each schedule: join, look, leave, and who is admitted next.
//!
//! This is the only room that makes an admission. It must never know HTTP or SQL text, and nothing of what a fan does once
//! admitted, except that a fan who leaves gives back what they held.

mod join;
mod leave;
mod status;

pub use join::join;
pub use leave::leave;
pub use status::{Place, status};

use crate::domain::queue::{self, Admission};
use crate::domain::schedule::SalePhase;
use crate::domain::{Refusal, ScheduleId, Timestamp, TokenId, UserId};
use crate::house::{Terms, known_schedule};
use crate::store::{Outcome, Read, Write};

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
pub(crate) fn end(write: &Write<'_>, schedule: ScheduleId, token: TokenId, terms: Terms) -> Outcome<()> {
    write.end_token(token, terms.now)?;
    advance(write, schedule, terms)
}

/// Moves the line on: admissions that are over end, and the first of the waiting take the free places. When the sale is over
/// the waiting are sent home.
pub(crate) fn advance(write: &Write<'_>, schedule: ScheduleId, terms: Terms) -> Outcome<()> {
    let now = terms.now;
    for over in write.admissions_over(schedule, now)? {
        write.end_token(over, now)?;
    }
    let facts = known_schedule(write, schedule)?;
    if facts.window.phase(now) == SalePhase::Closed {
        write.end_waiting(schedule, now)?;
        return Ok(());
    }
    let (active, waiting) = write.line(schedule)?;
    let cap = facts.active_fans.unwrap_or(terms.settings.active_fans);
    let expire_at = now.plus_seconds(terms.settings.admission_seconds.into());
    for token in write.front(schedule, queue::places_to_give(cap, active, waiting))? {
        write.admit_token(token.id, expire_at, now)?;
    }
    Ok(())
}
