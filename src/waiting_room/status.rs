//! A fan's place in the queue, the admission of a called fan who comes, and the return of one who was passed over.

use super::{admit, advance};
use crate::domain::queue::{QueueToken, TokenStatus};
use crate::domain::{Refusal, ScheduleId, TokenId, UserId};
use crate::house::{House, known_schedule};
use crate::queues::Place;
use crate::store::Outcome;

/// Returns the fan's latest place in the queue of a schedule, or `None` if they never joined. The status of a place
/// that has ended is [`TokenStatus::Delete`]. A fan whose page asks is not absent: see [`AskedBy`].
///
/// # Errors
/// [`Refusal::NotFound`] if the schedule does not exist or is a draft.
pub async fn status(house: &House, fan: UserId, schedule: ScheduleId, asked: AskedBy) -> Outcome<Option<Place>> {
    if let Some(place) = house.queues().look(schedule, fan, None, house.clock().now()) {
        return answered(house, place, asked).await.map(Some);
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
        Some(place) => answered(house, place, AskedBy::Fan).await,
        None => Ok(Place::over(token)),
    }
}

/// Whether a fan asks for their place, or a page of theirs that they do not see. Neither is absent then. A called fan
/// who asks has come, and one who was passed over is back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AskedBy {
    Fan,
    /// A page in the background, such as a hidden tab. The fan is not absent, but a called fan has not come.
    HiddenPage,
}

/// Whether a fan who was passed over is back. After a missed call a hidden page is not enough: it was there when the
/// fan did not come, and would use up the second call too.
fn is_back(token: &QueueToken, asked: AskedBy) -> bool {
    token.is_passed_over && (asked == AskedBy::Fan || !token.has_missed_call)
}

/// Takes note that a fan or their page has asked for `place`, and returns the updated place. A fan who was passed over
/// may be back (see [`is_back`]), and is called at once if there is room. A called fan has come and is admitted for the
/// full time, unless only a hidden page asked. Any other place is returned unchanged.
///
/// # Errors
/// [`Refusal::Busy`] or a fault if this could not be written. The fan then remains called or passed over.
pub(crate) async fn answered(house: &House, place: Place, asked: AskedBy) -> Outcome<Place> {
    let QueueToken { user_id, schedule_id, .. } = place.token;
    if !place.token.awaits_fan() || (asked == AskedBy::HiddenPage && !is_back(&place.token, asked)) {
        return Ok(place);
    }
    let token = house.write(move |write, context| {
        let known = known_schedule(write, schedule_id)?;
        // `place` may be out of date, as the fan may have left or the call may have expired meanwhile: only what this
        // transaction reads counts.
        advance(write, schedule_id, context)?;
        let latest =
            || -> Outcome<QueueToken> { Ok(write.latest_token(user_id, schedule_id)?.ok_or(Refusal::NotAdmitted)?) };
        let mut token = latest()?;
        if is_back(&token, asked) {
            write.return_token(token.id, context.now)?;
            // While nobody could be called, the sweeper did not wait for the pace.
            write.note_deadline(known.next_admission_at);
            advance(write, schedule_id, context)?;
            token = latest()?;
        }
        let has_come = token.status == TokenStatus::Active && asked == AskedBy::Fan;
        if has_come { admit(write, token, context) } else { Ok(token) }
    });
    let token = token.await?;
    let place = house.queues().look(schedule_id, user_id, Some(token.id), house.clock().now());
    Ok(place.unwrap_or_else(|| Place::over(token)))
}
