//! What changed, told after the commit to whoever watches a schedule. Nothing here decides anything, and nobody may rely on
//! hearing it: a map that missed something asks again.

use crate::domain::seat::SeatChange;
use crate::domain::{ScheduleId, Timestamp};
use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{Notify, broadcast};

/// How many changes a slow watcher may be behind before it is told to take a new snapshot.
const BEHIND: usize = 256;

/// Seats that changed in one committed transaction.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct SeatsChanged {
    /// The schedule's version after the commit.
    pub version: i64,
    pub seats: Vec<SeatChange>,
}

/// The watchers of every schedule, and the sweeper that waits for deadlines.
#[derive(Debug, Default)]
pub struct Live {
    schedules: Mutex<HashMap<ScheduleId, broadcast::Sender<Arc<SeatsChanged>>>>,
    /// The deadline that the sweeper sleeps until, as a timestamp; the highest number while it waits for any.
    awaited: AtomicI64,
    earlier: Notify,
}

impl Live {
    /// Every change of a schedule's seats from now on. Schedules that nobody watches any more are forgotten.
    pub fn watch(&self, schedule: ScheduleId) -> broadcast::Receiver<Arc<SeatsChanged>> {
        let mut schedules = self.schedules.lock().unwrap_or_else(PoisonError::into_inner);
        schedules.retain(|_, watchers| watchers.receiver_count() > 0);
        schedules.entry(schedule).or_insert_with(|| broadcast::channel(BEHIND).0).subscribe()
    }

    /// Tells those who watch a schedule.
    pub fn publish(&self, schedule: ScheduleId, changed: SeatsChanged) {
        let schedules = self.schedules.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(watchers) = schedules.get(&schedule) {
            // Nobody may be listening any more.
            drop(watchers.send(Arc::new(changed)));
        }
    }

    /// Says that a deadline was set. It wakes the sweeper only where it is before the one that is awaited.
    pub fn deadline_set(&self, at: Timestamp) {
        if at.0 < self.awaited.load(Ordering::SeqCst) {
            self.earlier.notify_one();
        }
    }

    /// Sets the deadline that is awaited; none where any would do.
    pub fn await_deadline(&self, at: Option<Timestamp>) {
        self.awaited.store(at.map_or(i64::MAX, |at| at.0), Ordering::SeqCst);
    }

    /// Waits until a deadline before the awaited one is set, or returns at once where one was since the last wait.
    pub async fn earlier_deadline(&self) {
        self.earlier.notified().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn watchers_hear_their_schedule_only() {
        let live = Live::default();
        let mut first = live.watch(ScheduleId(1));
        let mut second = live.watch(ScheduleId(2));
        live.publish(ScheduleId(1), SeatsChanged { version: 7, seats: vec![] });
        assert_eq!(first.recv().await.expect("a change").version, 7);
        assert!(second.try_recv().is_err());
    }

    #[tokio::test]
    async fn a_watcher_that_is_too_far_behind_learns_that_it_missed_something() {
        let live = Live::default();
        let mut watcher = live.watch(ScheduleId(1));
        for version in 0..=BEHIND as i64 {
            live.publish(ScheduleId(1), SeatsChanged { version, seats: vec![] });
        }
        assert!(matches!(watcher.recv().await, Err(broadcast::error::RecvError::Lagged(_))));
    }
}
