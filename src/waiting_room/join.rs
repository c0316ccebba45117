//! Joining the line.

use super::{Place, advance};
use crate::domain::queue::{JoinFacts, JoinPlan, decide_join};
use crate::domain::{ScheduleId, UserId};
use crate::house::{House, known_schedule};
use crate::store::Outcome;

/// Puts a fan in the line of a schedule, or returns the place they have.
///
/// # Errors
/// [`Refusal::NotFound`](crate::domain::Refusal::NotFound) for an unknown schedule, and what [`decide_join`] refuses.
pub async fn join(house: &House, fan: UserId, schedule: ScheduleId) -> Outcome<Place> {
    house
        .write(move |write, terms| {
            let now = terms.now;
            let known = known_schedule(write, schedule)?;
            // First the line moves on, so that an admission which is over is no place, neither the fan's nor another's.
            advance(write, schedule, terms)?;
            let (active, waiting) = write.line(schedule)?;
            let facts = JoinFacts {
                window: known.window,
                token: write.token(fan, schedule)?,
                active,
                waiting,
                cap: known.active_fans.unwrap_or(terms.settings.active_fans),
                sold_out: write.is_sold_out(schedule)?,
            };
            let token = match decide_join(&facts, now)? {
                JoinPlan::Keep(token) => token,
                JoinPlan::Wait => write.insert_token(fan, schedule, None, now)?,
                JoinPlan::Admit => {
                    let expire_at = now.plus_seconds(terms.settings.admission_seconds.into());
                    write.insert_token(fan, schedule, Some(expire_at), now)?
                }
            };
            Place::of(write, token)
        })
        .await
}
