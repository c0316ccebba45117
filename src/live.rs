//! Publishes changes of seats, after their commit, to the open seat maps of a schedule; and wakes the sweeper for new
//! deadlines. No rule depends on this module. Delivery is not guaranteed: a map that missed a change fetches a new
//! snapshot.
//!
//! The changes of 200 milliseconds are sent in one message. Without that, a rush of a thousand holds a second with a
//! thousand open maps would take a million messages a second.

use crate::domain::seat::{SeatChange, SeatNow};
use crate::domain::{ScheduleId, SeatId, SeatStatus, Timestamp};
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, broadcast};

/// How many messages a slow receiver may be behind before it loses some and must fetch a new snapshot.
const BEHIND: usize = 64;

/// How long changes are collected after a message was sent, before the next one is sent.
const COALESCE: Duration = Duration::from_millis(200);

/// The message to open seat maps: seats that changed, with their new states.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct SeatsChanged {
    /// The schedule's version after the latest of the changes.
    pub version: i64,
    pub seats: Vec<SeatChange>,
}

impl SeatsChanged {
    /// This message as JSON.
    pub fn json(&self) -> Arc<str> {
        serde_json::to_string(self).unwrap_or_default().into()
    }
}

/// The receivers of each schedule's changes, and the deadline until which the sweeper sleeps.
#[derive(Debug, Default)]
pub struct Live {
    schedules: Mutex<HashMap<ScheduleId, Watched>>,
    changed: Notify,
    /// The deadline until which the sweeper sleeps, in milliseconds since 1970: `i64::MAX` while it sleeps without a
    /// deadline, `i64::MIN` while it sweeps.
    sleeping_until: AtomicI64,
    /// The earliest deadline that was set since the current or latest sweep began; `i64::MAX` if none was.
    set: AtomicI64,
    earlier: Notify,
}

/// A schedule with open seat maps.
#[derive(Debug)]
struct Watched {
    /// Sends each message as JSON, which is serialised once for all receivers.
    tell: broadcast::Sender<Arc<str>>,
    /// The schedule's version after the latest published change.
    version: i64,
    /// The changes that have not been sent yet.
    changed: BTreeMap<SeatId, SeatStatus>,
}

impl Live {
    /// Subscribes to the changes of a schedule's seats from now on: each message is a [`SeatsChanged`] as JSON. Also
    /// removes the schedules that have no receivers any more.
    pub fn watch(&self, schedule: ScheduleId) -> broadcast::Receiver<Arc<str>> {
        let mut schedules = self.lock();
        schedules.retain(|_, watched| watched.tell.receiver_count() > 0);
        let new = || Watched { tell: broadcast::channel(BEHIND).0, version: 0, changed: BTreeMap::new() };
        schedules.entry(schedule).or_insert_with(new).tell.subscribe()
    }

    /// Adds changes of a schedule to its next message. Does nothing if nobody has subscribed to it.
    pub fn publish(&self, schedule: ScheduleId, version: i64, seats: &[SeatNow]) {
        if let Some(watched) = self.lock().get_mut(&schedule) {
            watched.version = version;
            watched.changed.extend(seats.iter().map(|seat| (seat.id, seat.status)));
            self.changed.notify_one();
        }
    }

    /// Ends all subscriptions, so that every map reconnects and fetches a new snapshot. Called when changes may have
    /// been missed.
    pub fn disconnect_all(&self) {
        self.lock().clear();
    }

    /// Sends the published changes, until the future is dropped: the first one at once, and after that, every 200
    /// milliseconds, those that were published meanwhile, in one message for each schedule.
    pub async fn run(&self) {
        loop {
            self.changed.notified().await;
            for watched in self.lock().values_mut().filter(|watched| !watched.changed.is_empty()) {
                let seats = std::mem::take(&mut watched.changed).into_iter();
                let seats = seats.map(|(id, status)| SeatChange { id, status }).collect();
                // Sending fails if there are no receivers any more.
                drop(watched.tell.send(SeatsChanged { version: watched.version, seats }.json()));
            }
            tokio::time::sleep(COALESCE).await;
        }
    }

    /// Reports a new deadline. It wakes the sweeper only if it is before the one until which the sweeper sleeps.
    pub fn deadline_set(&self, at: Timestamp) {
        self.set.fetch_min(at.0, Ordering::SeqCst);
        if at.0 < self.sleeping_until.load(Ordering::SeqCst) {
            self.earlier.notify_one();
        }
    }

    /// Reports that a sweep begins. Until the call of [`Live::await_deadline`], new deadlines are recorded but do not
    /// wake the sweeper.
    pub fn sweep_begins(&self) {
        self.sleeping_until.store(i64::MIN, Ordering::SeqCst);
        self.set.store(i64::MAX, Ordering::SeqCst);
    }

    /// Sets the deadline until which the sweeper will sleep: `None` means until any deadline is set. Returns whether an
    /// earlier deadline was set since [`Live::sweep_begins`]. If so, the sweeper must not sleep.
    pub fn await_deadline(&self, at: Option<Timestamp>) -> bool {
        let at = at.map_or(i64::MAX, |at| at.0);
        self.sleeping_until.store(at, Ordering::SeqCst);
        self.set.load(Ordering::SeqCst) < at
    }

    /// Waits until a deadline is set that is before the one in `sleeping_until`. Returns at once if that has happened
    /// since the last wait.
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
    async fn a_watcher_receives_only_its_schedule_and_simultaneous_changes_once() {
        let live = Arc::new(Live::default());
        let mut first = live.watch(ScheduleId(1));
        let mut second = live.watch(ScheduleId(2));
        let telling = tokio::spawn({
            let live = live.clone();
            async move { live.run().await }
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
    async fn a_watcher_that_is_too_far_behind_learns_that_it_missed_changes() {
        let live = Arc::new(Live::default());
        let mut slow = live.watch(ScheduleId(1));
        let mut quick = live.watch(ScheduleId(1));
        let telling = tokio::spawn({
            let live = live.clone();
            async move { live.run().await }
        });
        for version in 0..=BEHIND as i64 {
            live.publish(ScheduleId(1), version, &[seat(1, SeatStatus::Occupied)]);
            quick.recv().await.expect("told");
        }
        assert!(matches!(slow.recv().await, Err(broadcast::error::RecvError::Lagged(_))));
        telling.abort();
    }
}
