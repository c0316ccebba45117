//! A fan's place in the queue, and the admission of a called fan who comes.

use super::admit;
use crate::domain::queue::{QueueToken, TokenStatus};
use crate::domain::{Refusal, ScheduleId, TokenId, UserId};
use crate::house::{House, known_schedule};
use crate::queues::Place;
use crate::store::Outcome;

/// Returns the fan's latest place in the queue of a schedule, or `None` if they never joined. The status of a place
/// that has ended is [`TokenStatus::Delete`]. A waiting fan who asks for their place is not silent, and a called fan
/// who asks for it has come.
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

/// Returns the id of the fan's latest token, or `None` if they never joined. This does not count as asking for the
/// place: a called fan has not come.
///
/// # Errors
/// Returns a fault if the database cannot be read.
pub async fn token_id(house: &House, fan: UserId, schedule: ScheduleId) -> Outcome<Option<TokenId>> {
    house.read(move |read, _| Ok(read.latest_token(fan, schedule)?.map(|token| token.id))).await
}

/// Returns the place of a token that a transaction has just written or read.
pub(super) async fn look(house: &House, token: QueueToken) -> Outcome<Place> {
    match house.queues().look(token.schedule_id, token.user_id, Some(token.id), house.clock().now()) {
        Some(place) => came(house, place).await,
        None => Ok(Place::over(token)),
    }
}

/// If `place` is that of a called fan, admits the fan, who has now come, for the full time, and returns the updated
/// place. Returns any other place unchanged.
///
/// # Errors
/// [`Refusal::Busy`] or a fault if the admission could not be written. The fan then remains called.
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
