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
}

/// The samples of every sale that is on.
#[derive(Debug, Default)]
pub struct Pulse {
    sales: Mutex<HashMap<ScheduleId, Sale>>,
}

#[derive(Debug, Default)]
struct Sale {
    samples: VecDeque<Sample>,
    /// The schedule's version at the last of them: until it is another, nothing was sold.
    version: i64,
}

impl Pulse {
    /// The samples of a sale, the oldest first.
    pub fn of(&self, id: ScheduleId) -> Vec<Sample> {
        self.lock().get(&id).map_or(vec![], |sale| sale.samples.iter().copied().collect())
    }

    /// What was taken at the last sample of each sale, with the version that it had.
    fn taken(&self) -> HashMap<ScheduleId, (i64, i64, Points)> {
        let kept = self.lock();
        let last = kept.iter().filter_map(|(&id, sale)| Some((id, sale.version, sale.samples.back()?)));
        last.map(|(id, version, last)| (id, (version, last.sold, last.revenue))).collect()
    }

    fn keep(&self, sales: Vec<(ScheduleId, i64, Sample)>) {
        let mut kept = self.lock();
        // What is over is forgotten with its last hour.
        let on: Vec<_> = sales.iter().map(|(id, ..)| *id).collect();
        kept.retain(|id, _| on.contains(id));
        for (id, version, sample) in sales {
            let sale = kept.entry(id).or_default();
            sale.version = version;
            let samples = &mut sale.samples;
            samples.push_back(sample);
            if samples.len() > KEPT {
                samples.pop_front();
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<ScheduleId, Sale>> {
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
    let taken = house.pulse().taken();
    let sales = house
        .read(move |read, terms| {
            let mut sales = vec![];
            for schedule in read.shows_since(terms.now)? {
                if !matches!(schedule.window.phase(terms.now), SalePhase::Lobby | SalePhase::Open) {
                    continue;
                }
                let (sold, revenue) = match taken.get(&schedule.id) {
                    Some(&(version, sold, revenue)) if version == schedule.version => (sold, revenue),
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
                };
                sales.push((schedule.id, schedule.version, sample));
            }
            Ok(sales)
        })
        .await?;
    house.pulse().keep(sales);
    Ok(())
}
