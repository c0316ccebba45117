//! Joining the line.

use super::{advance, look};
use crate::domain::lottery::clean_contribution;
use crate::domain::queue::{self, JoinFacts, JoinPlan, Pace, decide_join};
use crate::domain::{ScheduleId, UserId};
use crate::house::{House, known_schedule};
use crate::lines::Place;
use crate::store::Outcome;

/// Puts a fan in the line of a schedule, or returns the place they have. Before the opening that is the lobby, where
/// `contribution` is the fan's part of the draw; where they bring none the house draws one for them.
///
/// # Errors
/// [`Refusal::NotFound`](crate::domain::Refusal::NotFound) for an unknown schedule,
/// [`Refusal::Invalid`](crate::domain::Refusal::Invalid) for a contribution, and what [`decide_join`] refuses.
pub async fn join(house: &House, fan: UserId, schedule: ScheduleId, contribution: Option<String>) -> Outcome<Place> {
    let contribution = match contribution.filter(|text| !text.trim().is_empty()) {
        Some(text) => clean_contribution(&text)?,
        None => house.clock().random_key(),
    };
    let joined = house.write(move |write, terms| {
        let now = terms.now;
        // First the line moves on, so that an admission which is over is no place, neither the fan's nor another's.
        advance(write, schedule, terms)?;
        let known = known_schedule(write, schedule)?;
        let pace = super::pace(&known, terms.settings);
        let facts = JoinFacts {
            window: known.window,
            drawn: known.drawn_at.is_some(),
            token: write.token(fan, schedule)?,
            active: known.active,
            waiting: known.waiting,
            cap: super::cap(&known, terms.settings),
            paced: queue::paced(pace, 1, now).0 > 0,
            sold_out: known.is_sold_out(),
        };
        match decide_join(&facts, now)? {
            JoinPlan::Keep(token) => Ok(token),
            JoinPlan::Wait => {
                // Nobody may have waited for either before.
                write.note_deadline(known.window.reservation_end);
                if !facts.paced {
                    write.note_deadline(known.next_admission_at);
                }
                Ok(write.insert_token(fan, schedule, None, now)?)
            }
            JoinPlan::Lobby => {
                Ok(write.insert_lobby_token(fan, schedule, &contribution, known.window.reservation_start, now)?)
            }
            JoinPlan::Admit => {
                if let Pace { a_minute: Some(_), .. } = pace {
                    write.set_next_admission(schedule, queue::paced(pace, 1, now).1)?;
                }
                let expire_at = now.plus_seconds(terms.settings.admission_seconds.into());
                Ok(write.insert_token(fan, schedule, Some(expire_at), now)?)
            }
        }
    });
    look(house, joined.await?).await
}
