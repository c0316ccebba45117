//! Joining the queue.

use super::{advance, look};
use crate::domain::lottery::clean_contribution;
use crate::domain::queue::{self, JoinFacts, JoinPlan, Pace, decide_join};
use crate::domain::{ScheduleId, UserId};
use crate::house::{House, known_schedule};
use crate::queues::Place;
use crate::store::Outcome;

/// Puts a fan in the queue of a schedule and returns their place, or returns the place that they have already. Before
/// the sale opens, the fan joins its lobby. `contribution` is what the fan contributes to the lottery, one line of 1 to
/// 64 characters; if it is `None` or blank, a random one is generated.
///
/// # Errors
/// [`Refusal::NotFound`](crate::domain::Refusal::NotFound) if the schedule does not exist or is a draft,
/// [`Refusal::Invalid`](crate::domain::Refusal::Invalid) if the contribution is malformed, and what [`decide_join`]
/// refuses.
pub async fn join(house: &House, fan: UserId, schedule: ScheduleId, contribution: Option<String>) -> Outcome<Place> {
    let contribution = match contribution.filter(|text| !text.trim().is_empty()) {
        Some(text) => clean_contribution(&text)?,
        None => house.clock().random_key(),
    };
    let joined = house.write_patiently(move |write, context| {
        let now = context.now;
        // The queue advances first, so that expired admissions, this fan's or another's, have ended.
        advance(write, schedule, context)?;
        let known = known_schedule(write, schedule)?;
        let pace = super::pace(&known, context.settings);
        let facts = JoinFacts {
            window: known.window,
            lottery_is_over: known.drawn_at.is_some(),
            token: write.token(fan, schedule)?,
            active: known.active,
            callable: known.callable(),
            cap: super::cap(&known, context.settings),
            pace_allows: queue::paced(pace, 1, now).0 > 0,
            sold_out: known.is_sold_out(),
        };
        match decide_join(&facts, now)? {
            JoinPlan::Keep(token) => Ok(token),
            JoinPlan::Wait => {
                // These two instants are deadlines only while fans wait. This fan may be the first to wait, so the
                // sweeper has to be told of them.
                write.note_deadline(known.window.reservation_end);
                if !facts.pace_allows {
                    write.note_deadline(known.next_admission_at);
                }
                Ok(write.insert_token(fan, schedule, None, now)?)
            }
            JoinPlan::Lobby => {
                Ok(write.insert_lobby_token(fan, schedule, &contribution, known.window.reservation_start, now)?)
            }
            JoinPlan::Admit => {
                if let Pace { a_minute: Some(_), .. } = pace {
                    write.set_next_admission(schedule, queue::paced(pace, 1, now).1)?;
                }
                let expire_at = now.plus_seconds(context.settings.admission_seconds.into());
                Ok(write.insert_token(fan, schedule, Some(expire_at), now)?)
            }
        }
    });
    look(house, joined.await?).await
}
