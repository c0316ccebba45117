//! Releasing held seats.

use crate::domain::seat::is_live;
use crate::domain::{ScheduleId, UserId};
use crate::house::{House, known_schedule};
use crate::store::Outcome;

/// Releases everything that a fan holds in a schedule: the seats go on sale again, and the fan stays admitted. Returns
/// the number of released holds that had not expired yet.
///
/// # Errors
/// [`Refusal::NotFound`](crate::domain::Refusal::NotFound) if the schedule does not exist or is a draft.
pub async fn release(house: &House, fan: UserId, schedule: ScheduleId) -> Outcome<u32> {
    house
        .write(move |write, context| {
            let now = context.now;
            known_schedule(write, schedule)?;
            let basket = write.basket(fan, schedule)?;
            write.free(schedule, &basket, now)?;
            let live = basket.iter().filter(|held| is_live(held.expired_at, now)).count();
            Ok(u32::try_from(live).unwrap_or(u32::MAX))
        })
        .await
}
