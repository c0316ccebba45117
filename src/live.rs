//! What changed, told after the commit to whoever watches a schedule. Nothing here decides anything, and nobody may rely on
//! hearing it: a map that missed something asks again.

use crate::domain::ScheduleId;
use crate::domain::seat::SeatChange;
use std::collections::HashMap;
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
    deadline: Notify,
}

impl Live {
    /// Every change of a schedule's seats from now on.
    pub fn watch(&self, schedule: ScheduleId) -> broadcast::Receiver<Arc<SeatsChanged>> {
        let mut schedules = self.schedules.lock().unwrap_or_else(PoisonError::into_inner);
        schedules.entry(schedule).or_insert_with(|| broadcast::channel(BEHIND).0).subscribe()
    }

    /// Tells those who watch a schedule. A schedule that nobody watches any more is forgotten.
    pub fn publish(&self, schedule: ScheduleId, changed: SeatsChanged) {
        let mut schedules = self.schedules.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(watchers) = schedules.get(&schedule)
            && watchers.send(Arc::new(changed)).is_err()
        {
            schedules.remove(&schedule);
        }
    }

    /// Says that a deadline was set, perhaps one before all others.
    pub fn deadline_set(&self) {
        self.deadline.notify_one();
    }

    /// Waits until a deadline is set, or returns at once where one was since the last wait.
    pub async fn deadline_change(&self) {
        self.deadline.notified().await;
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
