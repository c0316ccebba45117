//! The lines in memory: who waits and who is active, as the last commit left it, and when each was last heard of.
//!
//! Looking at one's place costs the database nothing. What a fan sees is their own number, less the first that waits: it
//! never rises, since that one never falls. Signs of life are only here: after a restart everybody's time begins anew.

use crate::domain::entities::ConcertSchedule;
use crate::domain::queue::{self, Estimate, Flow, QueueToken, SILENCE_SECONDS, TokenStatus};
use crate::domain::schedule::SalePhase;
use crate::domain::{ScheduleId, Timestamp, TokenId, UserId};
use crate::store::{Read, ScheduleChanges};
use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

/// How far back the flow of a line is looked at, in seconds.
const FLOW_SECONDS: i64 = 180;

/// A fan's place in the line, with what they are told of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    pub token: QueueToken,
    /// How many are in front at the most; zero for an admitted fan, none in the lobby.
    pub ahead: Option<u32>,
    /// How long it will take, where enough was seen to say so.
    pub estimate: Option<Estimate>,
    /// When it is worth looking again.
    pub poll_after_ms: u32,
    /// How many wait, everybody counted.
    pub waiting: u32,
    /// How many seats are for sale.
    pub left: i64,
    /// A ticket has become unlikely.
    pub odds_are_gone: bool,
    /// Until when the lobby gathers, for a fan who is in it.
    pub draws_at: Option<Timestamp>,
    /// Staff hold the line.
    pub is_paused: bool,
    /// What staff say to everybody who waits.
    pub notice: Option<Arc<str>>,
}

/// The line of every schedule that has one.
#[derive(Debug, Default)]
pub struct Lines {
    lines: RwLock<HashMap<ScheduleId, Arc<Mutex<Line>>>>,
    /// Moves the looks of a crowd out of step.
    dice: AtomicU32,
}

#[derive(Debug)]
struct Line {
    schedule: ConcertSchedule,
    /// The lowest number that waits, or the last that was the lowest.
    front: i64,
    fans: HashMap<UserId, Standing>,
    /// Where the front was, at most once a second.
    passed: VecDeque<(Timestamp, i64)>,
}

/// One fan's token without what the line knows already, since a line may be long: 40 bytes.
#[derive(Debug, Clone, Copy)]
struct Standing {
    id: TokenId,
    /// Zero in the lobby.
    number: i64,
    /// Of a call or an admission; zero while waiting.
    expire_at: i64,
    heard: Timestamp,
    status: TokenStatus,
    came: bool,
}

impl Standing {
    const fn of(token: &QueueToken, heard: Timestamp) -> Self {
        let number = match token.number {
            Some(number) => number,
            None => 0,
        };
        let expire_at = match token.expire_at {
            Some(at) => at.0,
            None => 0,
        };
        Self { id: token.id, number, expire_at, heard, status: token.status, came: token.came }
    }

    /// From when on this fan has not been heard of for too long.
    const fn silent_from(&self) -> Timestamp {
        self.heard.plus_seconds(SILENCE_SECONDS)
    }

    /// The token again, of a fan in a schedule.
    fn token(&self, user_id: UserId, schedule_id: ScheduleId) -> QueueToken {
        QueueToken {
            id: self.id,
            user_id,
            schedule_id,
            number: Some(self.number).filter(|number| *number > 0),
            status: self.status,
            expire_at: (self.status == TokenStatus::Active).then_some(Timestamp(self.expire_at)),
            came: self.came,
            ended: None,
        }
    }
}

impl Lines {
    /// Reads every line anew. Who was heard of before keeps that time; for everybody else it is `now`.
    pub(crate) fn read(&self, read: &Read<'_>, now: Timestamp) -> rusqlite::Result<()> {
        let mut lines = HashMap::new();
        for id in read.schedules_with_a_line()? {
            let Some(schedule) = read.schedule(id)? else { continue };
            let before = self.line(id);
            let before = before.as_ref().map(|line| line.lock().unwrap_or_else(PoisonError::into_inner));
            let heard = |token: &QueueToken| {
                let standing = before.as_ref().and_then(|before| before.fans.get(&token.user_id));
                standing.filter(|standing| standing.id == token.id).map_or(now, |standing| standing.heard)
            };
            let mut line = Line::new(schedule.clone());
            line.front = before.as_ref().map_or(1, |before| before.front);
            line.fans.reserve((schedule.waiting + schedule.active) as usize);
            read.line(id, |token| {
                line.fans.insert(token.user_id, Standing::of(&token, heard(&token)));
            })?;
            let after = Some((schedule, read.first_waiting(id)?));
            line.apply(&ScheduleChanges { after, ..ScheduleChanges::default() }, now);
            lines.insert(id, Arc::new(Mutex::new(line)));
        }
        *self.lines.write().unwrap_or_else(PoisonError::into_inner) = lines;
        Ok(())
    }

    /// Follows a commit.
    pub(crate) fn apply(&self, id: ScheduleId, changes: &ScheduleChanges, now: Timestamp) {
        let line = match (self.line(id), &changes.after) {
            (Some(line), _) => line,
            (None, Some((schedule, _))) if !changes.tokens.is_empty() => {
                let mut lines = self.lines.write().unwrap_or_else(PoisonError::into_inner);
                lines.entry(id).or_insert_with(|| Arc::new(Mutex::new(Line::new(schedule.clone())))).clone()
            }
            _ => return,
        };
        line.lock().unwrap_or_else(PoisonError::into_inner).apply(changes, now);
    }

    /// A fan's place where they have one, and a sign of life. `token` is the one they look with, if they know it.
    pub fn look(&self, id: ScheduleId, fan: UserId, token: Option<TokenId>, now: Timestamp) -> Option<Place> {
        let line = self.line(id)?;
        let mut line = line.lock().unwrap_or_else(PoisonError::into_inner);
        let standing = line.fans.get_mut(&fan)?;
        if token.is_some_and(|token| token != standing.id) {
            return None;
        }
        standing.heard = standing.heard.max(now);
        let token = standing.token(fan, id);
        // A fixed stride through all numbers, which is as good as dice here.
        let dice = self.dice.fetch_add(0x9E37_79B9, Ordering::Relaxed);
        Some(line.place(token, now, dice))
    }

    /// The token of a fan who is in a line.
    pub fn token(&self, id: ScheduleId, fan: UserId) -> Option<QueueToken> {
        let line = self.line(id)?;
        let line = line.lock().unwrap_or_else(PoisonError::into_inner);
        line.fans.get(&fan).map(|standing| standing.token(fan, id))
    }

    /// Whether a waiting fan has not been heard of for too long.
    pub(crate) fn is_silent(&self, token: &QueueToken, now: Timestamp) -> bool {
        let Some(line) = self.line(token.schedule_id) else { return false };
        let line = line.lock().unwrap_or_else(PoisonError::into_inner);
        let standing = line.fans.get(&token.user_id).filter(|standing| standing.id == token.id);
        standing.is_some_and(|standing| standing.silent_from() <= now)
    }

    /// Everybody who waits or is active in a schedule, in no order.
    pub fn everybody(&self, id: ScheduleId) -> Vec<QueueToken> {
        let Some(line) = self.line(id) else { return vec![] };
        let line = line.lock().unwrap_or_else(PoisonError::into_inner);
        line.fans.iter().map(|(fan, standing)| standing.token(*fan, id)).collect()
    }

    /// The waiting who have not been heard of for too long, and when the next one will not have been.
    pub(crate) fn silent(&self, now: Timestamp) -> (HashMap<ScheduleId, Vec<QueueToken>>, Option<Timestamp>) {
        let (mut silent, mut next): (HashMap<_, Vec<QueueToken>>, Option<Timestamp>) = (HashMap::new(), None);
        let lines: Vec<_> = self
            .lines
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .map(|(id, line)| (*id, line.clone()))
            .collect();
        for (id, line) in lines {
            let line = line.lock().unwrap_or_else(PoisonError::into_inner);
            for (fan, standing) in &line.fans {
                // In the lobby nobody has to be heard of.
                if standing.status != TokenStatus::Wait || standing.number == 0 {
                    continue;
                }
                let until = standing.silent_from();
                if until <= now {
                    silent.entry(id).or_default().push(standing.token(*fan, id));
                } else {
                    next = Some(next.map_or(until, |next| next.min(until)));
                }
            }
        }
        (silent, next)
    }

    fn line(&self, id: ScheduleId) -> Option<Arc<Mutex<Line>>> {
        self.lines.read().unwrap_or_else(PoisonError::into_inner).get(&id).cloned()
    }
}

impl Line {
    fn new(schedule: ConcertSchedule) -> Self {
        Self { schedule, front: 1, fans: HashMap::new(), passed: VecDeque::new() }
    }

    fn apply(&mut self, changes: &ScheduleChanges, now: Timestamp) {
        let Some((schedule, first_waiting)) = &changes.after else { return };
        for token in &changes.tokens {
            let before = self.fans.get(&token.user_id).copied();
            if token.status == TokenStatus::Delete {
                // A later token of the same fan is not ended by news of an earlier one.
                if before.is_some_and(|standing| standing.id == token.id) {
                    self.fans.remove(&token.user_id);
                }
                continue;
            }
            // Whoever joined anew is there now, and whoever was drawn has their time from the draw on.
            let mut standing = Standing::of(token, now);
            if let Some(before) = before.filter(|before| before.id == standing.id && before.number == standing.number) {
                standing.heard = before.heard;
            }
            self.fans.insert(token.user_id, standing);
        }
        let front = first_waiting.unwrap_or(self.front).max(self.front);
        // The first places, which a line that opens gives away at once, say nothing about its flow: it is looked at from
        // when somebody waits with a number.
        if first_waiting.is_none() {
            self.passed.clear();
        } else if front != self.front || self.passed.is_empty() {
            self.front = front;
            if self.passed.back().is_none_or(|(at, _)| at.plus_seconds(1) <= now) {
                self.passed.push_back((now, front));
            }
        }
        while self.passed.len() > 1 && self.passed.front().is_some_and(|(at, _)| at.plus_seconds(FLOW_SECONDS) < now) {
            self.passed.pop_front();
        }
        self.schedule = schedule.clone();
    }

    fn flow(&self, now: Timestamp) -> Flow {
        let (at, front) = self.passed.front().copied().unwrap_or((now, self.front));
        Flow { places: u32::try_from(self.front - front).unwrap_or(0), in_ms: now.millis_from(at) }
    }

    fn place(&self, token: QueueToken, now: Timestamp, dice: u32) -> Place {
        let schedule = &self.schedule;
        let token = token.as_of(&schedule.window, now);
        let ahead = match (token.status, token.number) {
            (TokenStatus::Wait, None) => None,
            (TokenStatus::Wait, Some(number)) => Some(u32::try_from(number - self.front).unwrap_or(0)),
            (TokenStatus::Active | TokenStatus::Delete, _) => Some(0),
        };
        let waits = ahead.filter(|_| token.status == TokenStatus::Wait);
        let draws_at = schedule.window.reservation_start;
        let in_lobby = ahead.is_none() && schedule.window.phase(now) == SalePhase::Lobby;
        Place {
            token,
            ahead,
            estimate: waits.and_then(|ahead| queue::estimate(ahead, self.flow(now))),
            poll_after_ms: match ahead {
                Some(ahead) => queue::poll_after_ms(ahead, dice),
                None => queue::lobby_poll_after_ms(draws_at.millis_from(now), dice),
            },
            waiting: schedule.waiting,
            left: schedule.left_ticket,
            odds_are_gone: waits.is_some_and(|ahead| {
                // Those who left behind the front are counted in the one and not in the other.
                let ahead = ahead.min(schedule.waiting.saturating_sub(1));
                queue::odds_are_gone(ahead, schedule.seats_to_be_had())
            }),
            draws_at: in_lobby.then_some(draws_at),
            is_paused: schedule.is_paused,
            notice: schedule.notice.clone(),
        }
    }
}

impl Place {
    /// The place of a token that is in no line any more.
    pub(crate) const fn over(token: QueueToken) -> Self {
        Self {
            token,
            ahead: Some(0),
            estimate: None,
            poll_after_ms: 2_000,
            waiting: 0,
            left: 0,
            odds_are_gone: false,
            draws_at: None,
            is_paused: false,
            notice: None,
        }
    }
}
