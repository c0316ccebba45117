//! The queue of each schedule: joining it, a fan's place in it, leaving it, the lottery that orders the lobby, and who
//! is admitted next.
//!
//! Only this module makes the proof of an admission from the rows of a transaction; `box_office::hold` also makes one
//! from memory, but only to refuse a hold early. This module must never know HTTP or SQL text, nor what a fan does once
//! admitted, except that a fan who leaves the queue releases the seats they hold.
//!
//! Besides what its `# Errors` section lists, each function can return [`Refusal::Busy`] (too much work is waiting for
//! the database, or a commit failed) or a fault (the database cannot be read or written).

mod join;
mod leave;
mod lottery;
mod status;
mod voided;

pub use crate::queues::Place;
pub use crate::store::VoidedPlace;
pub use join::{Joining, join};
pub use leave::leave;
pub(crate) use lottery::number_next;
pub use lottery::{ClosedLobby, LotteryView, PromisedRound, keep_drawing, lottery, receipt, run_delays};
#[cfg(test)]
pub(crate) use status::answered;
pub use status::{AskedBy, status, token_id};
pub use voided::{MAX_ANSWER, answer, voided_place};

use crate::domain::queue::{self, Admission, CALL_SECONDS, EndReason, Expiry, Pace, QueueToken};
use crate::domain::schedule::SalePhase;
use crate::domain::{ConcertSchedule, Refusal, ScheduleId, Timestamp, TokenId, UserId};
use crate::house::{House, Settings, TxContext};
use crate::store::{Outcome, Read, Write};
use status::look;
use std::collections::HashMap;

/// Returns the proof that a fan is admitted, from the rows of the transaction that is about to rely on it.
///
/// # Errors
/// The inner result is [`Refusal::NotAdmitted`] if the fan has no admission. It is separate from the outer result,
/// because a rule may have to refuse for another reason first. The outer result is a fault if the database cannot be
/// read.
pub(crate) fn admission(
    read: &Read<'_>,
    fan: UserId,
    schedule: ScheduleId,
    now: Timestamp,
) -> Outcome<Result<Admission, Refusal>> {
    let token = read.token(fan, schedule)?;
    Ok(token.ok_or(Refusal::NotAdmitted).and_then(|token| token.admission(now)))
}

/// Ends a token and advances the queue, in the same transaction, so that the free place is given to the next fan.
pub(crate) fn end(
    write: &Write<'_>,
    schedule: ScheduleId,
    token: TokenId,
    why: EndReason,
    context: TxContext<'_>,
) -> Outcome<()> {
    write.end_tokens(&[token], why, context.now)?;
    advance(write, schedule, context)
}

/// Returns how many fans may be active in a schedule now: 0 while staff have paused its queue.
fn cap(schedule: &ConcertSchedule, settings: Settings) -> u32 {
    if schedule.is_paused {
        return 0;
    }
    queue::cap(schedule.active_fans.unwrap_or(settings.active_fans), schedule.obtainable_seats())
}

/// Whether something is due in the queue of a schedule now: see [`queue::is_due`].
pub(crate) fn is_due(schedule: &ConcertSchedule, context: TxContext<'_>) -> bool {
    queue::is_due(schedule, cap(schedule, context.settings), context.now)
}

/// Returns the rate limit of admissions to a schedule: its own, otherwise the default of this installation.
fn pace(schedule: &ConcertSchedule, settings: Settings) -> Pace {
    let a_minute = schedule.admissions_a_minute.or(settings.admissions_a_minute);
    Pace { a_minute, next_admission_at: schedule.next_admission_at }
}

/// Admits a called fan who has come: the admission lasts its full time from now on. Changes nothing if the fan came
/// before.
fn admit(write: &Write<'_>, token: QueueToken, context: TxContext<'_>) -> Outcome<QueueToken> {
    let full = context.now.plus_seconds(context.settings.admission_seconds.into());
    Ok(if token.has_come { token } else { write.admit_token(token.id, full, None, context.now)? })
}

/// Advances the queue of a schedule: deals with expired calls and admissions, runs the step of the lottery that is due,
/// and calls fans from the front of the queue, as many as there are free places and as the rate limit allows; absent
/// fans are passed over. Once the sale has ended or is sold out, ends all waiting tokens instead of calling fans.
pub(crate) fn advance(write: &Write<'_>, schedule: ScheduleId, context: TxContext<'_>) -> Outcome<()> {
    let now = context.now;
    // A fan who was called could not come while the program did not run.
    let is_excused = |token: &QueueToken| !token.has_come && context.queues.gap_ms(now).is_some();
    let (excused, expired): (Vec<_>, Vec<_>) = write.admissions_over(schedule, now)?.into_iter().partition(is_excused);
    let excused: Vec<TokenId> = excused.iter().map(|token| token.id).collect();
    write.call_tokens(&excused, now.plus_seconds(CALL_SECONDS), now)?;
    if !expired.is_empty() {
        // No hold outlasts its admission. If it ended later, it could be live again after the clock was set back.
        write.free(schedule, &write.expired_holds(schedule, TOKENS_AT_ONCE, now)?, now)?;
    }
    let mut over: HashMap<Expiry, Vec<TokenId>> = HashMap::new();
    for token in expired {
        over.entry(token.expiry()).or_default().push(token.id);
    }
    for (expiry, tokens) in over {
        match expiry {
            Expiry::End(reason) => write.end_tokens(&tokens, reason, now)?,
            Expiry::PassOver => write.pass_over_tokens(&tokens, now)?,
        }
    }
    let known = write.schedule(schedule)?.ok_or(Refusal::NotFound)?;
    let known = lottery::run_due_lottery(write, known, context)?;
    // The fans who have no number yet are in front of those who came after the lobby had closed.
    if known.waiting == 0 || known.unnumbered > 0 {
        return Ok(());
    }
    match known.window.phase(now) {
        SalePhase::NotYetOpen | SalePhase::Lobby => return Ok(()),
        SalePhase::Closed => return end_waiting(write, &known, EndReason::Closed, now),
        SalePhase::Open if known.is_sold_out() => return end_waiting(write, &known, EndReason::SoldOut, now),
        SalePhase::Open => {}
    }
    let pace = pace(&known, context.settings);
    let places = queue::places_to_give(cap(&known, context.settings), known.active, known.callable());
    let places = queue::paced(pace, places, now).0;
    let called = call(write, schedule, places, context)?;
    if pace.a_minute.is_some() && called > 0 {
        write.set_next_admission(schedule, queue::paced(pace, called, now).1)?;
    }
    Ok(())
}

/// How many tokens one transaction changes at most, so that other writes do not wait for a queue of a hundred thousand.
/// What is left is due at once: the sweeper continues in another transaction.
const TOKENS_AT_ONCE: u32 = 5_000;

/// Ends waiting tokens of a schedule, up to [`TOKENS_AT_ONCE`].
fn end_waiting(write: &Write<'_>, schedule: &ConcertSchedule, why: EndReason, now: Timestamp) -> Outcome<()> {
    if write.end_waiting(schedule.id, why, TOKENS_AT_ONCE, now)? < schedule.waiting {
        write.note_deadline(now);
    }
    Ok(())
}

/// Calls up to `places` fans from the front of the queue and passes over the absent. Returns how many were called: not
/// all for whom there is a place if more than [`TOKENS_AT_ONCE`] are absent.
fn call(write: &Write<'_>, schedule: ScheduleId, places: u32, context: TxContext<'_>) -> Outcome<u32> {
    /// How many tokens are read at once, at least, so that many absent fans are passed over in few steps.
    const READ_AT_ONCE: u32 = 256;
    let now = context.now;
    let (mut left, mut seen) = (places, 0);
    while left > 0 {
        if seen >= TOKENS_AT_ONCE {
            write.note_deadline(now);
            break;
        }
        let front = write.front(schedule, left.clamp(READ_AT_ONCE, TOKENS_AT_ONCE))?;
        if front.is_empty() {
            break;
        }
        let calls = queue::decide_calls(&front, left as usize, |token| context.queues.is_absent(token, now));
        write.pass_over_tokens(&calls.passed_over, now)?;
        write.call_tokens(&calls.called, now.plus_seconds(CALL_SECONDS), now)?;
        left -= u32::try_from(calls.called.len()).unwrap_or(left);
        seen += u32::try_from(front.len()).unwrap_or(TOKENS_AT_ONCE);
    }
    Ok(places - left)
}

/// Gives every called fan the full [`CALL_SECONDS`] to come, counted from now. To be called after a restart, since
/// nobody could come while the server was down.
pub async fn restart_calls(house: &House) -> Outcome<()> {
    house.write(|write, context| Ok(write.restart_calls(context.now.plus_seconds(CALL_SECONDS))?)).await
}
