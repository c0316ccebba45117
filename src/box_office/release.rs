//! Giving held seats back.

use crate::domain::seat::is_live;
use crate::domain::{ScheduleId, UserId};
use crate::house::{House, known_schedule};
use crate::store::Outcome;

/// Puts all that a fan holds in a schedule back on sale and returns how many live holds that were. The fan stays admitted.
///
/// # Errors
/// [`Refusal::NotFound`](crate::domain::Refusal::NotFound) for an unknown schedule.
pub async fn release(house: &House, fan: UserId, schedule: ScheduleId) -> Outcome<u32> {
    house
        .write(move |write, terms| {
            let now = terms.now;
            known_schedule(write, schedule)?;
            let basket = write.basket(fan, schedule)?;
            write.free(schedule, &basket, now)?;
            let live = basket.iter().filter(|held| is_live(held.expired_at, now)).count();
            Ok(u32::try_from(live).unwrap_or(u32::MAX))
        })
        .await
}
