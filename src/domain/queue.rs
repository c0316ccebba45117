//! The line: who is admitted, who waits, and in which order.

use super::schedule::{SalePhase, Window};
use super::{Refusal, ScheduleId, Timestamp, TokenId, UserId, words};

/// How long a called fan has to come before the place goes on.
pub const CALL_SECONDS: i64 = 120;
/// How long a waiting fan may be unheard of before they lose their place. In the lobby nobody does: it counts from the draw.
pub const SILENCE_SECONDS: i64 = 300;
/// The most shoppers for each seat that can still be had: with more, most would choose in vain.
pub const SHOPPERS_A_SEAT: i64 = 2;

words! {
    /// The state of a queue token, in the entity diagram's words.
    TokenStatus {
        /// Standing in line, or in the lobby before the draw. The default.
        Wait = "wait",
        /// Called or admitted, until the token's `expire_at`.
        Active = "active",
        /// Out of the line.
        Delete = "delete",
    }
}

words! {
    /// Why a token is out of the line.
    Ended {
        Paid = "paid",
        Left = "left",
        /// The admission's time was over.
        RanOut = "ran_out",
        /// Called, and did not come.
        Missed = "missed",
        /// Waiting, and not heard of.
        Silent = "silent",
        SoldOut = "sold_out",
        Closed = "closed",
    }
}

/// A fan's place in the line of one schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueToken {
    pub id: TokenId,
    pub user_id: UserId,
    pub schedule_id: ScheduleId,
    /// The place, from 1 and in order; none in the lobby, where no order has been drawn.
    pub number: Option<i64>,
    pub status: TokenStatus,
    /// When a call or an admission ends; none while waiting.
    pub expire_at: Option<Timestamp>,
    /// Whether an admitted fan came, so that the full time of the admission runs.
    pub came: bool,
    /// Why it is out of the line; none while it is in it.
    pub ended: Option<Ended>,
}

/// Proof that a fan is admitted to a schedule. Only an active token makes one, and nothing deserialises into it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Admission {
    token_id: TokenId,
    expire_at: Timestamp,
}

impl Admission {
    /// The token that this admission stands on.
    pub const fn token_id(&self) -> TokenId {
        self.token_id
    }
}

impl QueueToken {
    /// Whether the token still stands for a place: waiting, or admitted and not run out.
    pub fn is_live(&self, now: Timestamp) -> bool {
        match self.status {
            TokenStatus::Wait => true,
            TokenStatus::Active => self.expire_at.is_some_and(|at| now < at),
            TokenStatus::Delete => false,
        }
    }

    /// Why a token whose admission is over ended.
    pub const fn reason_when_over(&self) -> Ended {
        if self.came { Ended::RanOut } else { Ended::Missed }
    }

    /// The token as it stands at `now`: `delete` where its admission is over, or the sale that it waits for, whatever its
    /// row still says.
    #[must_use]
    pub fn as_of(self, window: &Window, now: Timestamp) -> Self {
        let ended = match self.status {
            TokenStatus::Wait if window.phase(now) == SalePhase::Closed => Some(Ended::Closed),
            TokenStatus::Active if !self.is_live(now) => Some(self.reason_when_over()),
            _ => return self,
        };
        Self { status: TokenStatus::Delete, ended, ..self }
    }

    /// The proof that this token admits its fan at `now`.
    ///
    /// # Errors
    /// [`Refusal::NotAdmitted`] for a token that waits, has ended, or whose time is over.
    pub fn admission(&self, now: Timestamp) -> Result<Admission, Refusal> {
        match (self.status, self.expire_at) {
            (TokenStatus::Active, Some(expire_at)) if now < expire_at => Ok(Admission { token_id: self.id, expire_at }),
            _ => Err(Refusal::NotAdmitted),
        }
    }
}

/// When an admission ends once a hold until `hold_expired_at` stands on it: never before the hold does.
pub fn extended(admission: &Admission, hold_expired_at: Timestamp) -> Timestamp {
    admission.expire_at.max(hold_expired_at)
}

/// The most fans who may be active: as many as the dial says, and never many more than can still get a seat.
/// `seats_to_be_had` are those for sale and those held, which may come back.
pub fn cap(active_fans: u32, seats_to_be_had: i64) -> u32 {
    active_fans.min(u32::try_from(seats_to_be_had.saturating_mul(SHOPPERS_A_SEAT)).unwrap_or(u32::MAX))
}

/// How quickly fans are admitted, and from when on the next one may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// The most a minute; none where only the number of active fans counts.
    pub a_minute: Option<u32>,
    pub next_admission_at: Timestamp,
}

/// How many of `wanted` admissions the pace allows at `now`, and the instant from which it allows another: a virtual
/// schedule (GCRA, the ATM Forum's "generic cell rate algorithm") that lets a second's worth through at once. Its interval is
/// so much longer than a minute's share that no 60 seconds ever see more than `a_minute`.
pub fn paced(pace: Pace, wanted: u32, now: Timestamp) -> (u32, Timestamp) {
    const AT_ONCE_MS: i64 = 1_000;
    let Some(a_minute) = pace.a_minute else { return (wanted, pace.next_admission_at) };
    if pace.next_admission_at > now || wanted == 0 {
        return (0, pace.next_admission_at);
    }
    let (share, of_ms) = (i64::from(a_minute.saturating_sub(1).max(1)), 60_000 + AT_ONCE_MS);
    let from = pace.next_admission_at.0.max(now.0 - AT_ONCE_MS);
    let allowed = (now.0 - from) * share / of_ms + 1;
    let given = allowed.min(wanted.into());
    (u32::try_from(given).unwrap_or(wanted), Timestamp(from + (given * of_ms + share - 1) / share))
}

/// What the line looks like when a fan asks to join it.
#[derive(Debug, Clone, Copy)]
pub struct JoinFacts {
    pub window: Window,
    /// Whether the order of the lobby is drawn, after which nobody comes to the lobby any more, whatever a clock says that
    /// was set back.
    pub drawn: bool,
    /// The fan's own token that is not yet `delete`, if any.
    pub token: Option<QueueToken>,
    pub active: u32,
    pub waiting: u32,
    /// The most fans who may be active at once; see [`cap`].
    pub cap: u32,
    /// Whether the pace allows an admission now; see [`paced`].
    pub paced: bool,
    /// No seat is for sale or held: none can come back.
    pub sold_out: bool,
}

/// What joining does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JoinPlan {
    /// The fan is in the line already; nothing changes.
    Keep(QueueToken),
    /// A new token, admitted at once.
    Admit,
    /// A new token at the end of the line.
    Wait,
    /// A new token without a number, for the draw.
    Lobby,
}

/// Decides what a fan who joins gets. A fan who is in the line keeps their place, from whichever tab they ask.
///
/// # Errors
/// [`Refusal::SaleClosed`] before the lobby and after the sale, [`Refusal::SoldOut`] where no seat can come back.
pub fn decide_join(facts: &JoinFacts, now: Timestamp) -> Result<JoinPlan, Refusal> {
    if let Some(token) = facts.token.filter(|token| token.is_live(now)) {
        return Ok(JoinPlan::Keep(token));
    }
    let in_lobby = facts.window.phase(now) == SalePhase::Lobby;
    if !in_lobby {
        facts.window.check_open(now)?;
    }
    let in_lobby = in_lobby && !facts.drawn;
    if facts.sold_out {
        return Err(Refusal::SoldOut);
    }
    let goes_in = facts.waiting == 0 && facts.active < facts.cap && facts.paced;
    Ok(if in_lobby {
        JoinPlan::Lobby
    } else if goes_in {
        JoinPlan::Admit
    } else {
        JoinPlan::Wait
    })
}

/// How many of the waiting may be admitted now, from the front of the line.
pub fn places_to_give(cap: u32, active: u32, waiting: u32) -> u32 {
    cap.saturating_sub(active).min(waiting)
}

/// How long a waiting fan's page should wait before it looks again, in milliseconds: 2 s at the front of the line and 30 s
/// from 1,400 places on, less up to a quarter by the `dice` (any number), so that a crowd does not look in step.
pub fn poll_after_ms(ahead: u32, dice: u32) -> u32 {
    jittered(ahead.saturating_mul(20).saturating_add(2_000).min(30_000), dice)
}

/// The same for the lobby, `left_ms` before the draw: 30 s, and towards the end within 5 s after the draw.
pub fn lobby_poll_after_ms(left_ms: u64, dice: u32) -> u32 {
    match u32::try_from(left_ms) {
        Ok(left) if left < 25_000 => left.max(2_000) + part(5_000, dice),
        _ => jittered(30_000, dice),
    }
}

fn jittered(ms: u32, dice: u32) -> u32 {
    (ms - part(ms / 4, dice)).max(2_000)
}

/// The part of a whole, from none to nearly all of it, that the dice say.
fn part(whole: u32, dice: u32) -> u32 {
    ((u64::from(dice) * u64::from(whole)) >> 32) as u32
}

/// How fast the line moved of late.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flow {
    /// By how many places the front moved on,
    pub places: u32,
    /// in so many milliseconds.
    pub in_ms: u64,
}

/// How long a wait is likely to take, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Estimate {
    pub from_seconds: u32,
    pub to_seconds: u32,
}

/// The time until a fan with `ahead` in front is called, if the line goes on as it did: from there to half as much again, on
/// the late side, in half minutes. None until 20 seconds and 5 places have been seen.
pub fn estimate(ahead: u32, flow: Flow) -> Option<Estimate> {
    const SEEN_MS: u64 = 20_000;
    const SEEN_PLACES: u32 = 5;
    if flow.in_ms < SEEN_MS || flow.places < SEEN_PLACES {
        return None;
    }
    let ms = (u64::from(ahead) + 1).saturating_mul(flow.in_ms) / u64::from(flow.places);
    let half_minutes = |ms: u64| u32::try_from(ms.div_ceil(30_000).saturating_mul(30)).unwrap_or(u32::MAX);
    Some(Estimate { from_seconds: half_minutes(ms), to_seconds: half_minutes(ms + ms / 2) })
}

/// Whether a ticket has become unlikely: at least as many may be ahead as there are seats that can still be had.
pub fn odds_are_gone(ahead: u32, seats_to_be_had: i64) -> bool {
    i64::from(ahead) >= seats_to_be_had
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::VecDeque;

    const NOW: Timestamp = Timestamp(1_000);

    fn token(status: TokenStatus, expire_at: Option<i64>) -> QueueToken {
        QueueToken {
            id: TokenId(1),
            user_id: UserId(1),
            schedule_id: ScheduleId(1),
            number: Some(7),
            status,
            expire_at: expire_at.map(Timestamp),
            came: true,
            ended: None,
        }
    }

    fn facts() -> JoinFacts {
        let window = Window {
            lobby_start: Timestamp(400),
            reservation_start: Timestamp(500),
            reservation_end: Timestamp(2_000),
        };
        JoinFacts { window, drawn: false, token: None, active: 0, waiting: 0, cap: 2, paced: true, sold_out: false }
    }

    #[test]
    fn joining_admits_at_once_only_where_there_is_room_and_nobody_waits() {
        for (active, waiting, expected) in [
            (0, 0, JoinPlan::Admit),
            (1, 0, JoinPlan::Admit),
            (2, 0, JoinPlan::Wait),
            (1, 1, JoinPlan::Wait),
            (3, 0, JoinPlan::Wait),
        ] {
            assert_eq!(decide_join(&JoinFacts { active, waiting, ..facts() }, NOW), Ok(expected), "{active}/{waiting}");
        }
    }

    #[test]
    fn joining_again_returns_the_same_token_even_when_all_is_sold_or_the_sale_is_over() {
        for own in [token(TokenStatus::Wait, None), token(TokenStatus::Active, Some(2_500))] {
            let facts = JoinFacts { token: Some(own), sold_out: true, ..facts() };
            for now in [NOW, Timestamp(2_000)] {
                assert_eq!(decide_join(&facts, now), Ok(JoinPlan::Keep(own)), "{own:?} at {now:?}");
            }
        }
    }

    #[test]
    fn a_token_stands_for_nothing_once_its_admission_or_its_sale_is_over() {
        for (status, expire_at, now, seen) in [
            (TokenStatus::Wait, None, 1_999, TokenStatus::Wait),
            (TokenStatus::Wait, None, 2_000, TokenStatus::Delete),
            (TokenStatus::Active, Some(2_500), 2_499, TokenStatus::Active),
            (TokenStatus::Active, Some(2_500), 2_500, TokenStatus::Delete),
            (TokenStatus::Delete, None, 1_000, TokenStatus::Delete),
        ] {
            let token = token(status, expire_at).as_of(&facts().window, Timestamp(now));
            assert_eq!(token.status, seen, "{status:?} at {now}");
        }
    }

    #[test]
    fn an_admission_that_ran_out_does_not_count_as_a_place() {
        let facts = JoinFacts { token: Some(token(TokenStatus::Active, Some(1_000))), ..facts() };
        assert_eq!(decide_join(&facts, NOW), Ok(JoinPlan::Admit));
    }

    #[test]
    fn joining_is_refused_outside_the_window_and_when_sold_out() {
        assert_eq!(decide_join(&facts(), Timestamp(399)), Err(Refusal::SaleClosed { opens_at: Some(Timestamp(500)) }));
        assert_eq!(decide_join(&facts(), Timestamp(2_000)), Err(Refusal::SaleClosed { opens_at: None }));
        assert_eq!(decide_join(&JoinFacts { sold_out: true, ..facts() }, NOW), Err(Refusal::SoldOut));
    }

    #[test]
    fn only_an_active_token_within_its_time_is_an_admission() {
        for (status, expire_at, admitted) in [
            (TokenStatus::Wait, None, false),
            (TokenStatus::Active, Some(1_001), true),
            (TokenStatus::Active, Some(1_000), false),
            (TokenStatus::Delete, Some(1_001), false),
        ] {
            assert_eq!(token(status, expire_at).admission(NOW).is_ok(), admitted, "{status:?} {expire_at:?}");
        }
    }

    #[test]
    fn a_hold_pushes_the_admission_out_and_never_shortens_it() {
        let admission = token(TokenStatus::Active, Some(2_000)).admission(NOW).expect("admitted");
        assert_eq!(extended(&admission, Timestamp(2_500)), Timestamp(2_500));
        assert_eq!(extended(&admission, Timestamp(1_500)), Timestamp(2_000));
    }

    #[test]
    fn places_are_given_up_to_the_cap() {
        for (cap, active, waiting, places) in [(2, 0, 5, 2), (2, 1, 5, 1), (2, 2, 5, 0), (2, 3, 5, 0), (9, 0, 5, 5)] {
            assert_eq!(places_to_give(cap, active, waiting), places, "{cap} {active} {waiting}");
        }
    }

    #[test]
    fn in_the_lobby_nobody_is_admitted_and_nobody_has_a_number_yet() {
        for now in [400, 499] {
            assert_eq!(decide_join(&facts(), Timestamp(now)), Ok(JoinPlan::Lobby), "at {now}");
        }
        assert_eq!(decide_join(&JoinFacts { sold_out: true, ..facts() }, Timestamp(450)), Err(Refusal::SoldOut));
        let set_back = decide_join(&JoinFacts { drawn: true, waiting: 1, ..facts() }, Timestamp(499));
        assert_eq!(set_back, Ok(JoinPlan::Wait), "after the draw nobody is put where nobody draws");
    }

    #[test]
    fn where_nobody_is_to_be_admitted_the_pace_stands_still() {
        let pace = Pace { a_minute: Some(60), next_admission_at: Timestamp(3) };
        assert_eq!(paced(pace, 0, NOW), (0, Timestamp(3)));
    }

    #[test]
    fn nobody_goes_straight_in_where_the_pace_does_not_allow_it() {
        assert_eq!(decide_join(&JoinFacts { paced: false, ..facts() }, NOW), Ok(JoinPlan::Wait));
    }

    #[test]
    fn shoppers_are_limited_by_the_dial_and_by_the_seats_that_can_still_be_had() {
        for (dial, seats, expected) in [(100, 1_200, 100), (100, 30, 60), (100, 1, 2), (100, 0, 0), (0, 9, 0)] {
            assert_eq!(cap(dial, seats), expected, "{dial} {seats}");
        }
    }

    #[test]
    fn no_minute_sees_more_admissions_than_the_pace_allows_and_few_fewer() {
        for (a_minute, step_ms) in [(1, 250), (2, 1_000), (60, 7), (60, 5_000), (600, 100), (3_000, 1_000)] {
            let mut pace = Pace { a_minute: Some(a_minute), next_admission_at: Timestamp(0) };
            let (mut all, mut minute) = (0, VecDeque::new());
            for now in (1_000_000..1_300_000).step_by(step_ms) {
                let (count, next) = paced(pace, u32::MAX, Timestamp(now));
                pace.next_admission_at = next;
                all += count;
                minute.push_back((now, count));
                minute.retain(|(at, _)| *at > now - 60_000);
                let in_minute: u32 = minute.iter().map(|(_, count)| count).sum();
                assert!(in_minute <= a_minute, "{in_minute} in a minute at {a_minute}");
                minute.retain(|(_, count)| *count > 0);
            }
            // A step longer than what is let through at once loses the rest.
            let expected = if step_ms > 1_000 { a_minute } else { 5 * a_minute.saturating_sub(2) * 9 / 10 };
            assert!(all >= expected, "{all} in five minutes at {a_minute}");
        }
    }

    #[test]
    fn without_a_pace_everybody_wanted_is_let_through() {
        let pace = Pace { a_minute: None, next_admission_at: Timestamp(0) };
        assert_eq!(paced(pace, 500, NOW), (500, Timestamp(0)));
    }

    #[test]
    fn looks_come_after_2_to_30_seconds_later_further_back_and_not_in_step() {
        for dice in [0, 1 << 31, u32::MAX] {
            for ahead in [0, 1, 100, 1_400, 10_000, u32::MAX] {
                assert!((2_000..=30_000).contains(&poll_after_ms(ahead, dice)));
            }
            for left in [0, 1, 3_000, 24_999, 25_000, u64::MAX] {
                let after = u64::from(lobby_poll_after_ms(left, dice));
                assert!((2_000..=30_000).contains(&after));
                assert!(left >= 25_000 || after >= left, "not before the draw");
            }
        }
        assert_eq!((poll_after_ms(0, 0), poll_after_ms(10_000, 0)), (2_000, 30_000));
        assert!(poll_after_ms(700, 0) > poll_after_ms(700, u32::MAX) + 2_000);
    }

    #[test]
    fn an_estimate_is_a_range_on_the_late_side_and_none_while_little_is_known() {
        let flow = |places, in_ms| Flow { places, in_ms };
        for unknown in [flow(4, 60_000), flow(100, 19_999), flow(0, 600_000)] {
            assert_eq!(estimate(10, unknown), None, "{unknown:?}");
        }
        // One place a second.
        let after = |ahead| estimate(ahead, flow(60, 60_000)).map(|range| (range.from_seconds, range.to_seconds));
        assert_eq!(after(0), Some((30, 30)));
        assert_eq!(after(99), Some((120, 150)));
        assert_eq!(after(599), Some((600, 900)));
    }

    #[test]
    fn the_odds_are_gone_once_as_many_are_ahead_as_seats_can_be_had() {
        for (ahead, seats, gone) in [(0, 1, false), (1, 1, true), (9, 10, false), (10, 10, true), (0, 0, true)] {
            assert_eq!(odds_are_gone(ahead, seats), gone, "{ahead} {seats}");
        }
    }
}
