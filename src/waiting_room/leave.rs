//! Leaving the queue.

use super::end;
use crate::domain::queue::EndReason;
use crate::domain::{ConcertId, ScheduleId, UserId};
use crate::house::{House, known_schedule};
use crate::store::Outcome;

/// Takes a fan out of the queue and releases what they held. Also succeeds if the fan is not in the queue. Returns the
/// concert of the schedule.
///
/// # Errors
/// [`Refusal::NotFound`](crate::domain::Refusal::NotFound) if the schedule does not exist or is a draft.
pub async fn leave(house: &House, fan: UserId, schedule: ScheduleId) -> Outcome<ConcertId> {
    house
        .write(move |write, context| {
            let now = context.now;
            let concert = known_schedule(write, schedule)?.concert_id;
            write.free(schedule, &write.basket(fan, schedule)?, now)?;
            if let Some(token) = write.token(fan, schedule)? {
                end(write, schedule, token.id, EndReason::Left, context)?;
            }
            Ok(concert)
        })
        .await
}
