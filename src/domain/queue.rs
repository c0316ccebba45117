//! The line: who is admitted, who waits, and in which order.

use super::schedule::{SalePhase, Window};
use super::{Refusal, ScheduleId, Timestamp, TokenId, UserId, words};

words! {
    /// The state of a queue token, in the entity diagram's words.
    TokenStatus {
        /// Standing in line. The default.
        Wait = "wait",
        /// Admitted until the token's `expire_at`.
        Active = "active",
        /// Out of the line: paid, left or run out.
        Delete = "delete",
    }
}

/// A fan's place in the line of one schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueToken {
    pub id: TokenId,
    pub user_id: UserId,
    pub schedule_id: ScheduleId,
    /// Handed out in order, 1 for the first who joined.
    pub number: i64,
    pub status: TokenStatus,
    /// When an admission ends; none while waiting.
    pub expire_at: Option<Timestamp>,
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

    /// The token as it stands at `now`: `delete` where its admission is over, or the sale that it waits for, whatever its
    /// row still says.
    #[must_use]
    pub fn as_of(self, window: &Window, now: Timestamp) -> Self {
        let waits_in_vain = self.status == TokenStatus::Wait && window.phase(now) == SalePhase::Closed;
        let status = if self.is_live(now) && !waits_in_vain { self.status } else { TokenStatus::Delete };
        Self { status, ..self }
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

/// What the line looks like when a fan asks to join it.
#[derive(Debug, Clone, Copy)]
pub struct JoinFacts {
    pub window: Window,
    /// The fan's own token that is not yet `delete`, if any.
    pub token: Option<QueueToken>,
    pub active: u32,
    pub waiting: u32,
    /// The most fans who may be active at once.
    pub cap: u32,
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
}

/// Decides what a fan who joins gets. A fan who is in the line keeps their place, from whichever tab they ask.
///
/// # Errors
/// [`Refusal::SaleClosed`] outside the window, [`Refusal::SoldOut`] where no seat can come back.
pub fn decide_join(facts: &JoinFacts, now: Timestamp) -> Result<JoinPlan, Refusal> {
    if let Some(token) = facts.token.filter(|token| token.is_live(now)) {
        return Ok(JoinPlan::Keep(token));
    }
    facts.window.check_open(now)?;
    if facts.sold_out {
        return Err(Refusal::SoldOut);
    }
    if facts.waiting == 0 && facts.active < facts.cap { Ok(JoinPlan::Admit) } else { Ok(JoinPlan::Wait) }
}

/// How many of the waiting may be admitted now, from the front of the line.
pub fn places_to_give(cap: u32, active: u32, waiting: u32) -> u32 {
    cap.saturating_sub(active).min(waiting)
}

/// How long a waiting fan's page should wait before it looks again, in milliseconds: 2 s at the front of the line, up to
/// 15 s further back.
pub fn poll_after_ms(ahead: u32) -> u32 {
    (2_000 + ahead.saturating_mul(50)).min(15_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_000);

    fn token(status: TokenStatus, expire_at: Option<i64>) -> QueueToken {
        QueueToken {
            id: TokenId(1),
            user_id: UserId(1),
            schedule_id: ScheduleId(1),
            number: 7,
            status,
            expire_at: expire_at.map(Timestamp),
        }
    }

    fn facts() -> JoinFacts {
        let window = Window { reservation_start: Timestamp(500), reservation_end: Timestamp(2_000) };
        JoinFacts { window, token: None, active: 0, waiting: 0, cap: 2, sold_out: false }
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
        assert_eq!(decide_join(&facts(), Timestamp(499)), Err(Refusal::SaleClosed { opens_at: Some(Timestamp(500)) }));
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
}
