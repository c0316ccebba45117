//! What changed, told after the commit to whoever watches a schedule. Nothing here decides anything, and nobody may rely on
//! hearing it: a map that missed something asks again.
//!
//! Changes of a fifth of a second are told together: a rush of a thousand holds a second, told one by one to a thousand
//! maps, would be a million messages a second.

use crate::domain::seat::{SeatChange, SeatNow};
use crate::domain::{ScheduleId, SeatId, SeatStatus, Timestamp};
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, broadcast};

/// How many changes a slow watcher may be behind before it is told to take a new snapshot.
const BEHIND: usize = 64;

/// How long changes are gathered after some were told.
const TOGETHER: Duration = Duration::from_millis(200);

/// Seats that changed.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct SeatsChanged {
    /// The schedule's version after the change.
    pub version: i64,
    pub seats: Vec<SeatChange>,
}

impl SeatsChanged {
    /// As JSON.
    pub fn json(&self) -> Arc<str> {
        serde_json::to_string(self).unwrap_or_default().into()
    }
}

/// The watchers of every schedule, and the sweeper that waits for deadlines.
#[derive(Debug, Default)]
pub struct Live {
    schedules: Mutex<HashMap<ScheduleId, Watched>>,
    changed: Notify,
    /// The deadline that the sweeper sleeps until, as a timestamp: the highest number while it waits for any, the lowest
    /// while it sweeps.
    awaited: AtomicI64,
    /// The first deadline that was set while it swept.
    set: AtomicI64,
    earlier: Notify,
}

#[derive(Debug)]
struct Watched {
    /// What is told is written as JSON once, for all.
    tell: broadcast::Sender<Arc<str>>,
    version: i64,
    changed: BTreeMap<SeatId, SeatStatus>,
}

impl Live {
    /// Every change of a schedule's seats from now on, each a [`SeatsChanged`] as JSON. Schedules that nobody watches any
    /// more are forgotten.
    pub fn watch(&self, schedule: ScheduleId) -> broadcast::Receiver<Arc<str>> {
        let mut schedules = self.lock();
        schedules.retain(|_, watched| watched.tell.receiver_count() > 0);
        let new = || Watched { tell: broadcast::channel(BEHIND).0, version: 0, changed: BTreeMap::new() };
        schedules.entry(schedule).or_insert_with(new).tell.subscribe()
    }

    /// Keeps changes of a schedule for those who watch it.
    pub fn publish(&self, schedule: ScheduleId, version: i64, seats: &[SeatNow]) {
        if let Some(watched) = self.lock().get_mut(&schedule) {
            watched.version = version;
            watched.changed.extend(seats.iter().map(|seat| (seat.id, seat.status)));
            self.changed.notify_one();
        }
    }

    /// Tells everybody to look again, since nobody knows what they missed.
    pub fn start_anew(&self) {
        self.lock().clear();
    }

    /// Tells what was published, at once and then together what comes within a moment, until the task is dropped.
    pub async fn tell(&self) {
        loop {
            self.changed.notified().await;
            for watched in self.lock().values_mut().filter(|watched| !watched.changed.is_empty()) {
                let seats = std::mem::take(&mut watched.changed).into_iter();
                let seats = seats.map(|(id, status)| SeatChange { id, status }).collect();
                // Nobody may be listening any more.
                drop(watched.tell.send(SeatsChanged { version: watched.version, seats }.json()));
            }
            tokio::time::sleep(TOGETHER).await;
        }
    }

    /// Says that a deadline was set. It wakes the sweeper only where it is before the one that is awaited.
    pub fn deadline_set(&self, at: Timestamp) {
        self.set.fetch_min(at.0, Ordering::SeqCst);
        if at.0 < self.awaited.load(Ordering::SeqCst) {
            self.earlier.notify_one();
        }
    }

    /// Says that a sweep begins: until its end is known, deadlines are only gathered.
    pub fn sweep_begins(&self) {
        self.awaited.store(i64::MIN, Ordering::SeqCst);
        self.set.store(i64::MAX, Ordering::SeqCst);
    }

    /// Sets the deadline that is awaited; none where any would do. Answers whether an earlier one was set meanwhile.
    pub fn await_deadline(&self, at: Option<Timestamp>) -> bool {
        let at = at.map_or(i64::MAX, |at| at.0);
        self.awaited.store(at, Ordering::SeqCst);
        self.set.load(Ordering::SeqCst) < at
    }

    /// Waits until a deadline before the awaited one is set, or returns at once where one was since the last wait.
    pub async fn earlier_deadline(&self) {
        self.earlier.notified().await;
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<ScheduleId, Watched>> {
        self.schedules.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seat(id: i64, status: SeatStatus) -> SeatNow {
        SeatNow { id: SeatId(id), status, expired_at: None, held: None }
    }

    #[tokio::test(start_paused = true)]
    async fn watchers_hear_their_schedule_only_and_what_comes_together_once() {
        let live = Arc::new(Live::default());
        let mut first = live.watch(ScheduleId(1));
        let mut second = live.watch(ScheduleId(2));
        let telling = tokio::spawn({
            let live = live.clone();
            async move { live.tell().await }
        });
        live.publish(ScheduleId(1), 7, &[seat(3, SeatStatus::Occupied)]);
        assert_eq!(&*first.recv().await.expect("told"), r#"{"version":7,"seats":[{"id":3,"status":"occupied"}]}"#);
        live.publish(ScheduleId(1), 8, &[seat(3, SeatStatus::Reservable)]);
        live.publish(ScheduleId(1), 10, &[seat(4, SeatStatus::Occupied), seat(3, SeatStatus::Reserved)]);
        let together = r#"{"version":10,"seats":[{"id":3,"status":"reserved"},{"id":4,"status":"occupied"}]}"#;
        assert_eq!(&*first.recv().await.expect("told"), together);
        assert!(second.try_recv().is_err());
        telling.abort();
    }

    #[tokio::test(start_paused = true)]
    async fn a_watcher_that_is_too_far_behind_learns_that_it_missed_something() {
        let live = Arc::new(Live::default());
        let mut slow = live.watch(ScheduleId(1));
        let mut quick = live.watch(ScheduleId(1));
        let telling = tokio::spawn({
            let live = live.clone();
            async move { live.tell().await }
        });
        for version in 0..=BEHIND as i64 {
            live.publish(ScheduleId(1), version, &[seat(1, SeatStatus::Occupied)]);
            quick.recv().await.expect("told");
        }
        assert!(matches!(slow.recv().await, Err(broadcast::error::RecvError::Lagged(_))));
        telling.abort();
    }
}
