//! The lottery that orders the lobby, and what is published about it.

use super::TOKENS_AT_ONCE;
use crate::domain::lottery::{self, LotteryResult};
use crate::domain::schedule::SalePhase;
use crate::domain::{ConcertSchedule, Refusal, ScheduleId, Timestamp};
use crate::house::{House, TxContext, known_schedule};
use crate::store::{Lottery, Outcome, Write};
use std::sync::Arc;

/// Everything that is published about the lottery of a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LotteryView {
    pub schedule: ConcertSchedule,
    /// The SHA-256 hash of the lottery's secret, in lower-case hexadecimal digits; `None` before the lobby opens.
    pub commitment: Option<String>,
    /// The secret, the contributions and the order; `None` before every fan of the lobby has a number, and if there was
    /// no lobby.
    pub result: Option<Arc<LotteryResult>>,
}

/// Returns what is published now about the lottery of a schedule.
///
/// # Errors
/// [`Refusal::NotFound`] if the schedule does not exist or is a draft.
pub async fn lottery(house: &House, schedule: ScheduleId) -> Outcome<LotteryView> {
    let before = house.cached_lottery(schedule);
    let view = house
        .read(move |read, context| {
            let known = known_schedule(read, schedule)?;
            let kept = read.lottery(schedule)?;
            let drawn_at = kept.drawn_at.filter(|_| known.unnumbered == 0);
            let secret = secret(kept, context)?;
            let commitment = secret.as_deref().map(lottery::commitment);
            // A sale that opened without a lobby has `drawn_at` but no secret: there was no lottery.
            let result = match (before, secret.zip(drawn_at)) {
                (Some(result), _) => Some(result),
                (None, Some((secret, at))) => {
                    Some(Arc::new(LotteryResult::of(at, secret, read.contributions(schedule)?)))
                }
                (None, None) => None,
            };
            Ok(LotteryView { schedule: known, commitment, result })
        })
        .await?;
    // The result never changes, and ten thousand fans may ask for it at once, so it is cached in memory.
    view.result.iter().for_each(|result| house.cache_lottery(schedule, result.clone()));
    Ok(view)
}

/// Returns the secret of a lottery, which is not published before the lottery is run. `None` if there was no lobby.
fn secret(kept: Lottery, context: TxContext<'_>) -> Outcome<Option<String>> {
    match (kept.secret, kept.seal) {
        (None, Some(seal)) => Ok(Some(context.keys.lottery_secret(&seal)?)),
        (secret, _) => Ok(secret),
    }
}

/// Runs the step of a schedule's lottery that is due, if any: once the lobby is open, makes the secret; once the
/// sale is open, decides the order of the fans in the lobby, and numbers the first of them. Each step runs once. Returns
/// the schedule as it is then.
pub(super) fn run_due_lottery(
    write: &Write<'_>,
    known: ConcertSchedule,
    context: TxContext<'_>,
) -> Outcome<ConcertSchedule> {
    let schedule = known.id;
    match known.window.phase(context.now) {
        SalePhase::Lobby if !known.had_lobby => {
            write.keep_seal(schedule, &context.keys.seal(&context.clock.random_hex::<32>()))?;
        }
        SalePhase::Open if known.drawn_at.is_none() => {
            let lobby = write.lobby(schedule)?;
            let secret = secret(write.lottery(schedule)?, context)?;
            if let Some(secret) = &secret {
                write.reveal_secret(schedule, secret)?;
            }
            let result = LotteryResult::of(context.now, secret.unwrap_or_default(), lobby);
            write.keep_lottery_order(schedule, &result.order, context.now)?;
            number_next(write, schedule, context.now)?;
        }
        SalePhase::NotYetOpen | SalePhase::Lobby | SalePhase::Open | SalePhase::Closed => return Ok(known),
    }
    Ok(write.schedule(schedule)?.ok_or(Refusal::NotFound)?)
}

/// Numbers the next fans of a lobby whose order is decided, up to [`TOKENS_AT_ONCE`]. Does nothing if all have their
/// numbers. After the first step only the sweeper calls this: if every fan who joins did, a commit of many joins would
/// take long.
pub(crate) fn number_next(write: &Write<'_>, schedule: ScheduleId, now: Timestamp) -> Outcome<()> {
    let is_due = write.schedule(schedule)?.is_some_and(|known| known.unnumbered > 0);
    if is_due && write.number_lobby(schedule, TOKENS_AT_ONCE, now)? > 0 {
        write.note_deadline(now);
    }
    Ok(())
}
