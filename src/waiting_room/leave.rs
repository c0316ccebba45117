//! Leaving the line.

use super::end;
use crate::domain::queue::Ended;
use crate::domain::{ScheduleId, UserId};
use crate::house::{House, known_schedule};
use crate::store::Outcome;

/// Takes a fan out of the line, and puts what they held back on sale. A fan who is not in the line has left already.
///
/// # Errors
/// [`Refusal::NotFound`](crate::domain::Refusal::NotFound) for an unknown schedule.
pub async fn leave(house: &House, fan: UserId, schedule: ScheduleId) -> Outcome<()> {
    house
        .write(move |write, terms| {
            let now = terms.now;
            known_schedule(write, schedule)?;
            write.free(schedule, &write.basket(fan, schedule)?, now)?;
            match write.token(fan, schedule)? {
                Some(token) => end(write, schedule, token.id, Ended::Left, terms),
                None => Ok(()),
            }
        })
        .await
}
