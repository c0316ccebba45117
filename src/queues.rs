//! The queues in memory: who waits and who is active as of the last commit, and when each fan was last heard from, that
//! is, when their page last asked for their place.
//!
//! A place is returned without a query. The number of fans ahead is the fan's own number less the *front*, which is the
//! lowest waiting number above every number that was called. The front never falls, so the number of fans ahead never
//! rises. When fans were last heard from is kept only here: after a restart, everybody counts as just heard from.

use crate::domain::queue::{self, Estimate, Flow, QueueToken, TokenStatus};
use crate::domain::schedule::{SalePhase, Window};
use crate::domain::{ConcertSchedule, ScheduleId, Timestamp, TokenId, UserId};
use crate::store::{Read, ScheduleAfter, ScheduleChanges};
use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

/// If the clock moves forward by more than this between two beats, in milliseconds, the program did not run or the clock
/// jumped. If it moves backward at all, it was set back.
const GAP_MS: i64 = 10_000;

/// Over how many past seconds the speed of a queue is measured.
const FLOW_SECONDS: i64 = 180;

/// A fan's place in the queue, with all that the fan is shown about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    pub token: QueueToken,
    /// How many places the front of the queue is away. Fans with lower numbers who are absent or have left the queue
    /// are counted until the front has passed them; fans who were passed over and came back are not counted. 0 if the
    /// fan no longer waits; `None` in the lobby, which has no order yet.
    pub ahead: Option<u32>,
    /// How long the wait is likely to be. `None` if the fan does not wait in the queue, or the queue has not moved
    /// enough yet for an estimate.
    pub estimate: Option<Estimate>,
    /// After how many milliseconds the client should ask for the place again.
    pub poll_after_ms: u32,
    /// How many fans wait in the whole queue or lobby.
    pub waiting: u32,
    /// How many seats are for sale.
    pub left: i64,
    /// Whether the fan is unlikely to get a seat: see [`queue::is_unlikely_to_get_seat`].
    pub is_unlikely_to_get_seat: bool,
    /// When the lobby closes and its lottery begins. `None` if the fan is not in a lobby that is open.
    pub draws_at: Option<Timestamp>,
    /// When the sale opens. `None` once it is open.
    pub opens_at: Option<Timestamp>,
    /// Whether staff have paused the queue, so that no waiting fan is called.
    pub is_paused: bool,
    /// The message of staff to all waiting fans.
    pub notice: Option<Arc<str>>,
}

/// The queue of every schedule that somebody has joined.
#[derive(Debug, Default)]
pub struct Queues {
    queues: RwLock<HashMap<ScheduleId, Arc<Mutex<Queue>>>>,
    /// When [`Queues::beat`] was last called, in milliseconds since 1970; 0 if it never was.
    last_beat: AtomicI64,
    /// The state of a pseudo-random sequence that spreads the polls of many pages over time.
    dice: AtomicU32,
}

/// The queue of one schedule.
#[derive(Debug)]
struct Queue {
    schedule: ConcertSchedule,
    /// The lowest waiting number above every number that was called. While there is none, it keeps its last value. It
    /// never falls.
    front: i64,
    fans: HashMap<UserId, QueueEntry>,
    /// How many waiting fans have been called since this queue is in memory.
    calls: u64,
    /// The recent values of `calls` with their times, the oldest first: at most one a second, for the last
    /// [`FLOW_SECONDS`].
    called: VecDeque<(Timestamp, u64)>,
    /// `None` before it is first needed.
    present: Option<Present>,
}

/// The numbers of the fans who waited and were not absent at an instant, and of those who joined since, in ascending
/// order.
#[derive(Debug)]
struct Present {
    at: Timestamp,
    numbers: Vec<i64>,
}

/// How long a [`Present`] is used, in milliseconds, before it is computed again.
const PRESENT_MS: u64 = 2_000;

/// One fan's token in 40 bytes, since a queue may be long. The ids of the fan and of the schedule are left out, because
/// the queue knows them.
#[derive(Debug, Clone, Copy)]
struct QueueEntry {
    id: TokenId,
    /// The queue number; 0 in the lobby.
    number: i64,
    /// When the call or the admission ends, in milliseconds since 1970; 0 while waiting.
    expire_at: i64,
    /// When the fan was last heard from.
    heard: Timestamp,
    status: TokenStatus,
    /// Whether the fan has come, and so is admitted and not only called.
    has_come: bool,
    is_passed_over: bool,
    has_missed_call: bool,
}

impl QueueEntry {
    const fn of(token: &QueueToken, heard: Timestamp) -> Self {
        let number = match token.number {
            Some(number) => number,
            None => 0,
        };
        let expire_at = match token.expire_at {
            Some(at) => at.0,
            None => 0,
        };
        let QueueToken { id, status, has_come, is_passed_over, has_missed_call, .. } = *token;
        Self { id, number, expire_at, heard, status, has_come, is_passed_over, has_missed_call }
    }

    /// The whole token, with the two ids that this entry leaves out.
    fn token(&self, user_id: UserId, schedule_id: ScheduleId) -> QueueToken {
        QueueToken {
            id: self.id,
            user_id,
            schedule_id,
            number: Some(self.number).filter(|number| *number > 0),
            status: self.status,
            expire_at: (self.status == TokenStatus::Active).then_some(Timestamp(self.expire_at)),
            has_come: self.has_come,
            is_passed_over: self.is_passed_over,
            has_missed_call: self.has_missed_call,
            ended: None,
        }
    }
}

impl Queues {
    /// Reads all queues from the database and replaces those in memory. For a token that was in memory, the time at
    /// which its fan was last heard from is kept; for all others it is `now`.
    pub(crate) fn read(&self, read: &Read<'_>, now: Timestamp) -> rusqlite::Result<()> {
        let mut queues = HashMap::new();
        for id in read.schedules_with_a_queue()? {
            let Some(schedule) = read.schedule(id)? else { continue };
            let before = self.queue(id);
            let before = before.as_ref().map(|queue| queue.lock().unwrap_or_else(PoisonError::into_inner));
            let heard = |token: &QueueToken| {
                let entry = before.as_ref().and_then(|before| before.fans.get(&token.user_id));
                entry.filter(|entry| entry.id == token.id).map_or(now, |entry| entry.heard)
            };
            let mut queue = Queue::new(schedule.clone());
            queue.front = before.as_ref().map_or(1, |before| before.front);
            queue.fans.reserve((schedule.waiting + schedule.active) as usize);
            read.for_each_token(id, |token| {
                queue.fans.insert(token.user_id, QueueEntry::of(&token, heard(&token)));
            })?;
            let after = Some(ScheduleAfter { schedule, first_waiting: read.first_waiting(id)? });
            queue.apply(&ScheduleChanges { after, ..ScheduleChanges::default() }, now);
            queues.insert(id, Arc::new(Mutex::new(queue)));
        }
        *self.queues.write().unwrap_or_else(PoisonError::into_inner) = queues;
        Ok(())
    }

    /// Applies what a commit changed.
    pub(crate) fn apply(&self, id: ScheduleId, changes: &ScheduleChanges, now: Timestamp) {
        let queue = match (self.queue(id), &changes.after) {
            (Some(queue), _) => queue,
            (None, Some(ScheduleAfter { schedule, .. })) if !changes.tokens.is_empty() => {
                let mut queues = self.queues.write().unwrap_or_else(PoisonError::into_inner);
                queues.entry(id).or_insert_with(|| Arc::new(Mutex::new(Queue::new(schedule.clone())))).clone()
            }
            _ => return,
        };
        queue.lock().unwrap_or_else(PoisonError::into_inner).apply(changes, now);
    }

    /// Returns a fan's place in the queue of a schedule, and records that the fan was heard from. `None` if the fan is
    /// not in the queue, or if `token` is given and is not the fan's current token.
    pub fn look(&self, id: ScheduleId, fan: UserId, token: Option<TokenId>, now: Timestamp) -> Option<Place> {
        let queue = self.queue(id)?;
        let mut queue = queue.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = queue.fans.get_mut(&fan)?;
        if token.is_some_and(|token| token != entry.id) {
            return None;
        }
        entry.heard = entry.heard.max(now);
        let token = entry.token(fan, id);
        // A Weyl sequence: repeatedly adding a fixed odd number passes through all 32-bit numbers evenly, which is
        // random enough for this purpose.
        let dice = self.dice.fetch_add(0x9E37_79B9, Ordering::Relaxed);
        Some(queue.place(token, now, dice))
    }

    /// The token of a fan in the queue of a schedule. `None` if the fan is not in it.
    pub fn token(&self, id: ScheduleId, fan: UserId) -> Option<QueueToken> {
        let queue = self.queue(id)?;
        let queue = queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.fans.get(&fan).map(|entry| entry.token(fan, id))
    }

    /// By how many milliseconds the clock has moved since the last beat, if that is more than [`GAP_MS`] or less than 0: the
    /// program did not run, or the clock jumped, and nothing has made up for it yet. `None` if there is no such gap.
    pub(crate) fn gap_ms(&self, now: Timestamp) -> Option<i64> {
        let last = self.last_beat.load(Ordering::SeqCst);
        Some(now.0 - last).filter(|gap_ms| last != 0 && (*gap_ms > GAP_MS || *gap_ms < 0))
    }

    /// Takes note that the program runs at `now`. If there was a gap, all fans count as heard from at `now`, and then the
    /// gap is over.
    pub(crate) fn beat(&self, now: Timestamp) {
        if self.gap_ms(now).is_some() {
            for queue in self.queues.read().unwrap_or_else(PoisonError::into_inner).values() {
                let mut queue = queue.lock().unwrap_or_else(PoisonError::into_inner);
                queue.fans.values_mut().for_each(|entry| entry.heard = now);
            }
        }
        self.last_beat.store(now.0, Ordering::SeqCst);
    }

    /// Whether the fan of `token` is absent: see [`queue::is_absent`]. False if the token is not in memory, because the
    /// fan has only just joined or is no longer in the queue, and for everybody after a time in which the program did not
    /// run.
    pub(crate) fn is_absent(&self, token: &QueueToken, now: Timestamp) -> bool {
        if self.gap_ms(now).is_some() {
            return false;
        }
        let Some(queue) = self.queue(token.schedule_id) else { return false };
        let queue = queue.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = queue.fans.get(&token.user_id).filter(|entry| entry.id == token.id);
        entry.is_some_and(|entry| queue::is_absent(entry.heard, now))
    }

    /// The tokens of all waiting and active fans of a schedule, in no particular order.
    pub fn everybody(&self, id: ScheduleId) -> Vec<QueueToken> {
        let Some(queue) = self.queue(id) else { return vec![] };
        let queue = queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.fans.iter().map(|(fan, entry)| entry.token(*fan, id)).collect()
    }

    fn queue(&self, id: ScheduleId) -> Option<Arc<Mutex<Queue>>> {
        self.queues.read().unwrap_or_else(PoisonError::into_inner).get(&id).cloned()
    }
}

impl Queue {
    fn new(schedule: ConcertSchedule) -> Self {
        Self { schedule, front: 1, fans: HashMap::new(), calls: 0, called: VecDeque::new(), present: None }
    }

    fn apply(&mut self, changes: &ScheduleChanges, now: Timestamp) {
        let Some(ScheduleAfter { schedule, first_waiting }) = &changes.after else { return };
        for token in &changes.tokens {
            let before = self.fans.get(&token.user_id).copied();
            if token.status == TokenStatus::Delete {
                // The end of an earlier token must not remove a later token of the same fan.
                if before.is_some_and(|entry| entry.id == token.id) {
                    self.fans.remove(&token.user_id);
                }
                continue;
            }
            // The fan of a new token counts as heard from now.
            let before = before.filter(|before| before.id == token.id);
            let is_waiting = before.is_none_or(|before| before.status == TokenStatus::Wait);
            self.calls += u64::from(is_waiting && token.status == TokenStatus::Active && !token.has_come);
            let entry = QueueEntry::of(token, before.map_or(now, |before| before.heard));
            self.fans.insert(token.user_id, entry);
            if let (TokenStatus::Wait, Some(present)) = (token.status, &mut self.present)
                && present.numbers.last().is_none_or(|last| *last < entry.number)
            {
                present.numbers.push(entry.number);
            }
        }
        // Those who came after a lobby had closed have their numbers before the lobby has its own, which are lower.
        let first_waiting = first_waiting.filter(|_| schedule.unnumbered == 0);
        self.front = first_waiting.unwrap_or(self.front).max(self.front);
        // The first places of a sale are given to the first fans at once and say nothing about the speed of the queue.
        // So the speed is measured only while the sale is open and somebody waits with a number.
        if first_waiting.is_none() || schedule.window.phase(now) != SalePhase::Open {
            self.called.clear();
        } else if self.called.back().is_none_or(|(at, calls)| *calls != self.calls && at.plus_seconds(1) <= now) {
            self.called.push_back((now, self.calls));
        }
        while self.called.len() > 1 && self.called.front().is_some_and(|(at, _)| at.plus_seconds(FLOW_SECONDS) < now) {
            self.called.pop_front();
        }
        self.schedule = schedule.clone();
    }

    /// How many fans were called within the last [`FLOW_SECONDS`], and in how much time.
    fn flow(&self, now: Timestamp) -> Flow {
        let (at, calls) = self.called.front().copied().unwrap_or((now, self.calls));
        Flow { calls: u32::try_from(self.calls - calls).unwrap_or(u32::MAX), in_ms: now.millis_from(at) }
    }

    /// How many fans with numbers below `number` wait and are not absent. Fans who left or became absent in the last
    /// [`PRESENT_MS`] milliseconds may still be counted.
    fn present_ahead(&mut self, number: i64, now: Timestamp) -> u32 {
        let present = self.present.take().filter(|known| known.at <= now && now.millis_from(known.at) < PRESENT_MS);
        let present = present.unwrap_or_else(|| {
            let is_present = |entry: &&QueueEntry| {
                entry.status == TokenStatus::Wait && entry.number > 0 && !queue::is_absent(entry.heard, now)
            };
            let mut numbers: Vec<i64> = self.fans.values().filter(is_present).map(|entry| entry.number).collect();
            numbers.sort_unstable();
            Present { at: now, numbers }
        });
        let ahead = present.numbers.partition_point(|other| *other < number);
        self.present = Some(present);
        u32::try_from(ahead).unwrap_or(u32::MAX)
    }

    fn place(&mut self, token: QueueToken, now: Timestamp, dice: u32) -> Place {
        let token = token.as_of(&self.schedule.window, now);
        let present_ahead = match (token.status, token.number) {
            (TokenStatus::Wait, Some(number)) => Some(self.present_ahead(number, now)),
            _ => None,
        };
        let schedule = &self.schedule;
        let ahead = match (token.status, token.number) {
            (TokenStatus::Wait, None) => None,
            (TokenStatus::Wait, Some(number)) => Some(u32::try_from(number - self.front).unwrap_or(0)),
            (TokenStatus::Active | TokenStatus::Delete, _) => Some(0),
        };
        let in_lobby = ahead.is_none() && schedule.window.phase(now) == SalePhase::Lobby && !schedule.has_closed_list;
        let Window { reservation_start, .. } = schedule.window;
        let changes_at = if in_lobby { schedule.window.lobby_end() } else { reservation_start };
        Place {
            token,
            ahead,
            estimate: present_ahead.and_then(|ahead| queue::estimate(ahead, self.flow(now))),
            poll_after_ms: match ahead {
                Some(ahead) => queue::poll_after_ms(ahead, dice),
                None => queue::lobby_poll_after_ms(changes_at.millis_from(now), dice),
            },
            waiting: schedule.waiting,
            left: schedule.left_ticket,
            is_unlikely_to_get_seat: present_ahead
                .is_some_and(|ahead| queue::is_unlikely_to_get_seat(ahead, schedule.obtainable_seats())),
            draws_at: in_lobby.then_some(changes_at),
            opens_at: (now < reservation_start).then_some(reservation_start),
            is_paused: schedule.is_paused,
            notice: schedule.notice.clone(),
        }
    }
}

impl Place {
    /// The place of a token that is no longer in a queue.
    pub(crate) const fn over(token: QueueToken) -> Self {
        Self {
            token,
            ahead: Some(0),
            estimate: None,
            poll_after_ms: 2_000,
            waiting: 0,
            left: 0,
            is_unlikely_to_get_seat: false,
            draws_at: None,
            opens_at: None,
            is_paused: false,
            notice: None,
        }
    }
}
