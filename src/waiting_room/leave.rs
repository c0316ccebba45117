//! Leaving the queue.

use super::end;
use crate::domain::queue::EndReason;
use crate::domain::{ScheduleId, UserId};
use crate::house::{House, known_schedule};
use crate::store::Outcome;

/// Takes a fan out of the queue and releases what they held. Also succeeds if the fan is not in the queue.
///
/// # Errors
/// [`Refusal::NotFound`](crate::domain::Refusal::NotFound) if the schedule does not exist or is a draft.
pub async fn leave(house: &House, fan: UserId, schedule: ScheduleId) -> Outcome<()> {
    house
        .write(move |write, context| {
            let now = context.now;
            known_schedule(write, schedule)?;
            write.free(schedule, &write.basket(fan, schedule)?, now)?;
            match write.token(fan, schedule)? {
                Some(token) => end(write, schedule, token.id, EndReason::Left, context),
                None => Ok(()),
            }
        })
        .await
}
