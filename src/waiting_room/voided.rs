//! A place that staff have cancelled: what its fan reads, and answers.

use crate::domain::text::is_name;
use crate::domain::{Field, Refusal, ScheduleId, UserId};
use crate::house::{House, known_schedule};
use crate::store::{Outcome, VoidedPlace};

/// The longest answer, in characters.
pub const MAX_ANSWER: usize = 500;

/// Returns the place of a fan in the queue of a schedule that staff have cancelled and not given back. `None` if there is
/// none.
pub async fn voided_place(house: &House, fan: UserId, schedule: ScheduleId) -> Outcome<Option<VoidedPlace>> {
    house.read(move |read, _| Ok(read.voided_place_of(fan, schedule)?)).await
}

/// Stores what a fan answers about a cancelled place, for staff to read. A second answer takes the place of the first.
///
/// # Errors
/// [`Refusal::NotFound`] if the fan has no cancelled place in the queue of this schedule, [`Refusal::Invalid`] unless the
/// answer is one line of 1 to [`MAX_ANSWER`] characters.
pub async fn answer(house: &House, fan: UserId, schedule: ScheduleId, answer: &str) -> Outcome<()> {
    let answer = answer.split_whitespace().collect::<Vec<_>>().join(" ");
    if !is_name(&answer, MAX_ANSWER) {
        return Err(Refusal::invalid(Field::Answer).into());
    }
    house
        .write(move |write, context| {
            known_schedule(write, schedule)?;
            let place = write.voided_place_of(fan, schedule)?.ok_or(Refusal::NotFound)?;
            Ok(write.answer_voided_place(place.token, &answer, context.now)?)
        })
        .await
}
