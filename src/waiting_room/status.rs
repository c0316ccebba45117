//! Looking at one's place in the line, and coming when one is called.

use super::admit;
use crate::domain::queue::{QueueToken, TokenStatus};
use crate::domain::{Refusal, ScheduleId, UserId};
use crate::house::{House, known_schedule};
use crate::lines::Place;
use crate::store::Outcome;

/// The fan's latest place in a schedule's line, whose status is `delete` where it is over; none where they never joined. It
/// is a sign of life, and a called fan who looks has come.
///
/// # Errors
/// [`Refusal::NotFound`] for an unknown schedule.
pub async fn status(house: &House, fan: UserId, schedule: ScheduleId) -> Outcome<Option<Place>> {
    if let Some(place) = house.lines().look(schedule, fan, None, house.clock().now()) {
        return came(house, place).await.map(Some);
    }
    house
        .read(move |read, terms| {
            let window = known_schedule(read, schedule)?.window;
            let token = read.latest_token(fan, schedule)?.map(|token| token.as_of(&window, terms.now));
            Ok(token.map(Place::over))
        })
        .await
}

/// The place of a token that a transaction has just answered.
pub(super) async fn look(house: &House, token: QueueToken) -> Outcome<Place> {
    match house.lines().look(token.schedule_id, token.user_id, Some(token.id), house.clock().now()) {
        Some(place) => came(house, place).await,
        None => Ok(Place::over(token)),
    }
}

/// Lets a called fan in who has come.
///
/// # Errors
/// Storage faults, or the writer being busy: the fan is called still.
pub async fn came(house: &House, place: Place) -> Outcome<Place> {
    let token = place.token;
    if token.status != TokenStatus::Active || token.came {
        return Ok(place);
    }
    let admitted = house.write(move |write, terms| {
        let known = known_schedule(write, token.schedule_id)?;
        // Only what this transaction reads is let in: the fan may have left meanwhile.
        let latest = write.latest_token(token.user_id, token.schedule_id)?;
        let latest = latest.ok_or(Refusal::NotAdmitted)?.as_of(&known.window, terms.now);
        if latest.status == TokenStatus::Active { admit(write, latest, terms) } else { Ok(latest) }
    });
    Ok(Place { token: admitted.await?, ..place })
}
