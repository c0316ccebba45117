//! Looking at one's place in the line.

use crate::domain::queue::{QueueToken, TokenStatus, poll_after_ms};
use crate::domain::{ScheduleId, UserId};
use crate::house::{House, known_schedule};
use crate::store::{Outcome, Read};

/// A fan's place in the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub token: QueueToken,
    /// How many wait in front; zero for an admitted fan.
    pub ahead: u32,
    /// When it is worth looking again.
    pub poll_after_ms: u32,
}

impl Place {
    pub(super) fn of(read: &Read<'_>, token: QueueToken) -> Outcome<Self> {
        let ahead = match token.status {
            TokenStatus::Wait => read.ahead(token.schedule_id, token.number)?,
            TokenStatus::Active | TokenStatus::Delete => 0,
        };
        Ok(Self { token, ahead, poll_after_ms: poll_after_ms(ahead) })
    }
}

/// The fan's latest place in a schedule's line, whose status is `delete` where it is over; none where they never joined.
///
/// # Errors
/// [`Refusal::NotFound`](crate::domain::Refusal::NotFound) for an unknown schedule.
pub async fn status(house: &House, fan: UserId, schedule: ScheduleId) -> Outcome<Option<Place>> {
    house
        .read(move |read, terms| {
            let window = known_schedule(read, schedule)?.window;
            let token = read.latest_token(fan, schedule)?.map(|token| token.as_of(&window, terms.now));
            token.map(|token| Place::of(read, token)).transpose()
        })
        .await
}
