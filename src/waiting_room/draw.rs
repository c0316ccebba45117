//! The lottery that orders the lobby, and what is published about it.

use crate::domain::ScheduleId;
use crate::domain::entities::ConcertSchedule;
use crate::domain::lottery::{self, Drawn};
use crate::domain::schedule::SalePhase;
use crate::house::{House, Terms, known_schedule};
use crate::store::{Outcome, Write};
use std::sync::Arc;

/// Everything that is published about the lottery of a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draw {
    pub schedule: ConcertSchedule,
    /// The SHA-256 hash of the lottery's secret, in lower-case hexadecimal digits; `None` before the lobby opens.
    pub commitment: Option<String>,
    /// The secret, the contributions and the order; `None` before the lottery is held, and if there was no lobby.
    pub told: Option<Arc<Drawn>>,
}

/// Returns what is published now about the lottery of a schedule.
///
/// # Errors
/// [`Refusal::NotFound`](crate::domain::Refusal::NotFound) if the schedule does not exist or is a draft.
pub async fn draw(house: &House, schedule: ScheduleId) -> Outcome<Draw> {
    let before = house.drawn(schedule);
    let draw = house
        .read(move |read, _| {
            let known = known_schedule(read, schedule)?;
            let kept = read.lottery(schedule)?;
            let commitment = kept.secret.as_deref().map(lottery::commitment);
            // A sale that opened without a lobby has `drawn_at` but no secret: there was no lottery.
            let told = match (before, kept.secret.zip(kept.drawn_at)) {
                (Some(told), _) => Some(told),
                (None, Some((secret, at))) => Some(Arc::new(Drawn::of(at, secret, read.drawn(schedule)?))),
                (None, None) => None,
            };
            Ok(Draw { schedule: known, commitment, told })
        })
        .await?;
    // The result never changes and ten thousand fans may ask for it at once, so it is kept in memory.
    draw.told.iter().for_each(|told| house.keep_drawn(schedule, told.clone()));
    Ok(draw)
}

/// Does what is due of a schedule's lottery: chooses the secret once the lobby is open, and numbers the fans of the
/// lobby in the order of the lottery once the sale is open. Each happens once.
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
