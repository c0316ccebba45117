//! Joining the queue.

use super::{advance, look};
use crate::domain::lottery::clean_contribution;
use crate::domain::queue::{self, JoinFacts, JoinPlan, Pace, decide_join};
use crate::domain::schedule::Window;
use crate::domain::{Refusal, ScheduleId, UserId};
use crate::house::{House, known_schedule};
use crate::queues::Place;
use crate::store::Outcome;
use std::net::IpAddr;

/// How a fan joins a queue.
#[derive(Debug, Clone, Default)]
pub struct Joining {
    /// What the fan contributes to the lottery: one line of 1 to 64 characters. If it is `None` or blank, a random one is
    /// generated.
    pub contribution: Option<String>,
    /// The address by which the fan's household is counted. `None` if it is not known.
    pub address: Option<IpAddr>,
}

/// Puts a fan in the queue of a schedule and returns their place, or returns the place that they have already. Before
/// the sale opens, the fan joins its lobby.
///
/// # Errors
/// [`Refusal::NotFound`] if the schedule does not exist or is a draft,
/// [`Refusal::Invalid`] if the contribution is malformed, [`Refusal::HasOffer`], and what [`decide_join`]
/// refuses.
pub async fn join(house: &House, fan: UserId, schedule: ScheduleId, joining: Joining) -> Outcome<Place> {
    let address = joining.address.map(|address| address.to_string());
    let contribution = match joining.contribution.filter(|text| !text.trim().is_empty()) {
        Some(text) => clean_contribution(&text)?,
        None => house.clock().random_key(),
    };
    let joined = house.write_patiently(move |write, context| {
        let now = context.now;
        // The queue advances first, so that expired admissions, this fan's or another's, have ended.
        advance(write, schedule, context)?;
        let known = known_schedule(write, schedule)?;
        // What is offered to the fan would end up in one basket with what they choose themselves, and with its deadline.
        if known.offered_ticket > 0 && write.has_offer(fan, schedule)? {
            return Err(Refusal::HasOffer.into());
        }
        let pace = super::pace(&known, context.settings);
        let places_of_address = match &address {
            Some(address) => write.places_of_address(schedule, address)?,
            None => 0,
        };
        let address = address.as_deref();
        let facts = JoinFacts {
            window: known.window,
            lobby_has_closed: known.has_closed_list || known.drawn_at.is_some(),
            token: write.token(fan, schedule)?,
            active: known.active,
            callable: known.callable(),
            cap: super::cap(&known, context.settings),
            pace_allows: queue::paced(pace, 1, now).0 > 0,
            sold_out: known.is_sold_out(),
            is_verified: !context.settings.verifies_addresses || write.is_verified(fan)?,
            is_voided: write.voided_place_of(fan, schedule)?.is_some(),
            places_of_address,
            places_per_address: context.settings.places_per_address,
        };
        match decide_join(&facts, now)? {
            JoinPlan::Keep(token) => Ok(token),
            JoinPlan::Wait => {
                // These instants are deadlines only while fans wait. This fan may be the first to wait, so the sweeper
                // has to be told of them.
                let Window { reservation_start, reservation_end, .. } = known.window;
                write.note_deadline(if now < reservation_start { reservation_start } else { reservation_end });
                if !facts.pace_allows {
                    write.note_deadline(known.next_admission_at);
                }
                Ok(write.insert_token(fan, schedule, (None, address), now)?)
            }
            JoinPlan::Lobby => {
                Ok(write.insert_lobby_token(fan, schedule, (&contribution, address), known.window.lobby_end(), now)?)
            }
            JoinPlan::Admit => {
                if let Pace { a_minute: Some(_), .. } = pace {
                    write.set_next_admission(schedule, queue::paced(pace, 1, now).1)?;
                }
                let expire_at = now.plus_seconds(context.settings.admission_seconds.into());
                Ok(write.insert_token(fan, schedule, (Some(expire_at), address), now)?)
            }
        }
    });
    look(house, joined.await?).await
}
