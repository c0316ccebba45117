//! The last hour of each sale as a time series: a few figures, sampled every five seconds and kept in memory for
//! charts. No rule depends on the samples, and they are lost at a restart.

use crate::domain::{Points, ScheduleId, Timestamp};
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The time between two samples.
pub const EVERY: Duration = Duration::from_secs(5);
/// How many samples of a sale are kept: those of one hour.
const KEPT: usize = 720;

/// The figures of one sale at one instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    pub at: Timestamp,
    /// Fans who wait in the queue or the lobby.
    pub waiting: i64,
    /// Fans who are called or admitted.
    pub active: i64,
    /// Seats that are held.
    pub held: i64,
    /// Tickets that are sold and not cancelled.
    pub sold: i64,
    /// The points that were paid, less those that were refunded.
    pub revenue: Points,
    /// The schedule's version. While it does not change, `sold` and `revenue` do not change either and are not computed
    /// again.
    pub version: i64,
}

/// The samples of every sale that is in its lobby or open.
#[derive(Debug, Default)]
pub struct Pulse {
    sales: Mutex<HashMap<ScheduleId, VecDeque<Sample>>>,
}

impl Pulse {
    /// The samples of a sale, the oldest first. Empty if the sale is neither in its lobby nor open.
    pub fn of(&self, id: ScheduleId) -> Vec<Sample> {
        self.lock().get(&id).map_or(vec![], |samples| samples.iter().copied().collect())
    }

    /// The last sample of each sale.
    pub fn last(&self) -> HashMap<ScheduleId, Sample> {
        self.lock().iter().filter_map(|(&id, samples)| Some((id, *samples.back()?))).collect()
    }

    /// Adds one sample for each sale.
    pub(crate) fn keep(&self, sales: Vec<(ScheduleId, Sample)>) {
        let mut kept = self.lock();
        // The samples of a sale that has ended are removed.
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
