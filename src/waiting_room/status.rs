//! Looking at one's place in the queue, and coming when one is called.

use super::admit;
use crate::domain::queue::{QueueToken, TokenStatus};
use crate::domain::{Refusal, ScheduleId, UserId};
use crate::house::{House, known_schedule};
use crate::queues::Place;
use crate::store::Outcome;

/// Returns the fan's latest place in the queue of a schedule, or `None` if they never joined. The status of a place
/// that has ended is [`TokenStatus::Delete`]. Looking counts as a sign of life, and a called fan who looks has come.
///
/// # Errors
/// [`Refusal::NotFound`] if the schedule does not exist or is a draft.
pub async fn status(house: &House, fan: UserId, schedule: ScheduleId) -> Outcome<Option<Place>> {
    if let Some(place) = house.queues().look(schedule, fan, None, house.clock().now()) {
        return came(house, place).await.map(Some);
    }
    house
        .read(move |read, context| {
            let window = known_schedule(read, schedule)?.window;
            let token = read.latest_token(fan, schedule)?.map(|token| token.as_of(&window, context.now));
            Ok(token.map(Place::over))
        })
        .await
}

/// Returns the place of a token that a transaction has just returned.
pub(super) async fn look(house: &House, token: QueueToken) -> Outcome<Place> {
    match house.queues().look(token.schedule_id, token.user_id, Some(token.id), house.clock().now()) {
        Some(place) => came(house, place).await,
        None => Ok(Place::over(token)),
    }
}

/// Admits a called fan who has come, for the full time, and returns their place. Returns any other place as it is.
///
/// # Errors
/// [`Refusal::Busy`] or a fault if the admission could not be written: the fan is still called.
pub async fn came(house: &House, place: Place) -> Outcome<Place> {
    let token = place.token;
    if token.status != TokenStatus::Active || token.has_come {
        return Ok(place);
    }
    let admitted = house.write(move |write, context| {
        let known = known_schedule(write, token.schedule_id)?;
        // `place` may be out of date, as the fan may have left meanwhile: only what this transaction reads counts.
        let latest = write.latest_token(token.user_id, token.schedule_id)?;
        let latest = latest.ok_or(Refusal::NotAdmitted)?.as_of(&known.window, context.now);
        if latest.status == TokenStatus::Active { admit(write, latest, context) } else { Ok(latest) }
    });
    Ok(Place { token: admitted.await?, ..place })
}
