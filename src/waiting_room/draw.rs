//! The draw of the lobby, and what is told of it.

use crate::domain::ScheduleId;
use crate::domain::entities::ConcertSchedule;
use crate::domain::lottery::{self, Drawn};
use crate::domain::schedule::SalePhase;
use crate::house::{House, Terms, known_schedule};
use crate::store::{Outcome, Write};
use std::sync::Arc;

/// All that is told of a schedule's draw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draw {
    pub schedule: ConcertSchedule,
    /// SHA-256 of the secret; none before the lobby opens.
    pub commitment: Option<String>,
    /// Once the order is drawn.
    pub told: Option<Arc<Drawn>>,
}

/// What is told of a schedule's draw now.
///
/// # Errors
/// [`Refusal::NotFound`](crate::domain::Refusal::NotFound) for an unknown schedule.
pub async fn draw(house: &House, schedule: ScheduleId) -> Outcome<Draw> {
    let before = house.drawn(schedule);
    let draw = house
        .read(move |read, _| {
            let known = known_schedule(read, schedule)?;
            let kept = read.lottery(schedule)?;
            let commitment = kept.secret.as_deref().map(lottery::commitment);
            // Without a lobby nothing was drawn, although the sale has begun.
            let told = match (before, kept.secret.zip(kept.drawn_at)) {
                (Some(told), _) => Some(told),
                (None, Some((secret, at))) => Some(Arc::new(Drawn::of(at, secret, read.drawn(schedule)?))),
                (None, None) => None,
            };
            Ok(Draw { schedule: known, commitment, told })
        })
        .await?;
    // What is drawn stays so, and ten thousand may ask at once.
    draw.told.iter().for_each(|told| house.keep_drawn(schedule, told.clone()));
    Ok(draw)
}

/// Draws the secret when the lobby opens, and the order at the opening. Once each.
pub(super) fn hold(write: &Write<'_>, schedule: &ConcertSchedule, terms: Terms<'_>) -> Outcome<()> {
    match schedule.window.phase(terms.now) {
        SalePhase::Lobby => {
            if !schedule.had_lobby {
                write.keep_secret(schedule.id, &terms.clock.random_hex::<32>())?;
            }
        }
        SalePhase::Open if schedule.drawn_at.is_none() => {
            let lobby = write.lobby(schedule.id)?;
            let secret = write.lottery(schedule.id)?.secret.unwrap_or_default();
            let drawn = Drawn::of(terms.now, secret, lobby);
            write.number_lobby(schedule.id, &drawn.order, terms.now)?;
        }
        SalePhase::NotYetOpen | SalePhase::Open | SalePhase::Closed => {}
    }
    Ok(())
}
