//! How the sales of the last hour went: a few figures of each, taken every few seconds and kept in memory. Charts are drawn
//! from it; nothing decides by it, and a restart begins anew.

use crate::domain::entities::Takings;
use crate::domain::schedule::SalePhase;
use crate::domain::{Points, ScheduleId, Timestamp};
use crate::house::House;
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long lies between two samples.
pub const EVERY: Duration = Duration::from_secs(5);
/// How many are kept: an hour of them.
const KEPT: usize = 720;

/// One sale at one instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    pub at: Timestamp,
    pub waiting: i64,
    pub active: i64,
    pub held: i64,
    pub sold: i64,
    pub revenue: Points,
    /// The schedule's version: until it is another, nothing was sold.
    pub version: i64,
}

/// The samples of every sale that is on.
#[derive(Debug, Default)]
pub struct Pulse {
    sales: Mutex<HashMap<ScheduleId, VecDeque<Sample>>>,
}

impl Pulse {
    /// The samples of a sale, the oldest first.
    pub fn of(&self, id: ScheduleId) -> Vec<Sample> {
        self.lock().get(&id).map_or(vec![], |samples| samples.iter().copied().collect())
    }

    /// The last sample of each sale.
    fn last(&self) -> HashMap<ScheduleId, Sample> {
        self.lock().iter().filter_map(|(&id, samples)| Some((id, *samples.back()?))).collect()
    }

    fn keep(&self, sales: Vec<(ScheduleId, Sample)>) {
        let mut kept = self.lock();
        // What is over is forgotten with its last hour.
        let on: Vec<_> = sales.iter().map(|(id, _)| *id).collect();
        kept.retain(|id, _| on.contains(id));
        for (id, sample) in sales {
            let samples = kept.entry(id).or_default();
            samples.push_back(sample);
            if samples.len() > KEPT {
                samples.pop_front();
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<ScheduleId, VecDeque<Sample>>> {
        self.sales.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes samples until the task is dropped.
pub async fn run(house: &House) {
    let mut ticks = tokio::time::interval(EVERY);
    loop {
        ticks.tick().await;
        if let Err(denied) = beat(house).await {
            tracing::warn!(%denied, "a sample of the sales is missing");
        }
    }
}

/// Takes one sample of every sale that is on, from its lobby to its end.
///
/// # Errors
/// Storage faults.
pub async fn beat(house: &House) -> crate::store::Outcome<()> {
    let last = house.pulse().last();
    let sales = house
        .read(move |read, terms| {
            let mut sales = vec![];
            for schedule in read.shows_since(terms.now)? {
                if !matches!(schedule.window.phase(terms.now), SalePhase::Lobby | SalePhase::Open) {
                    continue;
                }
                let (sold, revenue) = match last.get(&schedule.id) {
                    Some(last) if last.version == schedule.version => (last.sold, last.revenue),
                    _ => {
                        let Takings { sold, revenue, .. } = read.takings(schedule.id)?;
                        (sold, revenue)
                    }
                };
                let sample = Sample {
                    at: terms.now,
                    waiting: schedule.waiting.into(),
                    active: schedule.active.into(),
                    held: schedule.held_ticket,
                    sold,
                    revenue,
                    version: schedule.version,
                };
                sales.push((schedule.id, sample));
            }
            Ok(sales)
        })
        .await?;
    house.pulse().keep(sales);
    Ok(())
}
