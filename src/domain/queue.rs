//! The queue of a schedule: who is admitted, who waits, and in which order.
//!
//! A fan's place is a [`QueueToken`]. It waits (in the lobby or in the queue), becomes active when the fan is called,
//! and finally ends, with the status `delete`. A *called* fan has [`CALL_SECONDS`] to *come*, that is, to open the
//! page. A fan who has come is *admitted*, and the full time of the admission starts. A fan who joins while there is
//! room is admitted at once, without being called.
//!
//! A waiting fan keeps the number until the sale ends. A fan who is *absent* when their turn comes is *passed over*:
//! the next fan is called instead. So is a called fan who does not come, but only once. Fans who have been passed over
//! and are back are next, because theirs is the lowest number.

use super::concert::Publication;
use super::schedule::{SalePhase, Window};
use super::{ConcertSchedule, Refusal, ScheduleId, Timestamp, TokenId, UserId, string_enum};

/// How long a called fan has to come, in seconds. After that, the next fan is called instead.
pub const CALL_SECONDS: i64 = 120;
/// A waiting fan whose page has sent no request for this long, in seconds, is absent.
pub const ABSENCE_SECONDS: i64 = 300;
/// The most active fans for each seat that can still be bought. If there were more, most of them would find no seat.
pub const SHOPPERS_A_SEAT: i64 = 2;

string_enum! {
    /// The state of a queue token.
    TokenStatus {
        /// Waiting in the queue, or in the lobby before the lottery. The default in the database.
        Wait = "wait",
        /// Called or admitted, until the token's `expire_at`.
        Active = "active",
        /// No longer in the queue.
        Delete = "delete",
    }
}

string_enum! {
    /// Why a token is no longer in the queue.
    EndReason {
        /// The fan bought the seats they held.
        Paid = "paid",
        /// The fan left the queue.
        Left = "left",
        /// The admission expired.
        RanOut = "expired_holds",
        /// The fan was called twice and did not come.
        Missed = "missed",
        /// The fan waited until nothing was left to buy.
        SoldOut = "sold_out",
        /// The fan waited until the sale ended.
        Closed = "closed",
        /// Staff cancelled the place.
        Voided = "voided",
    }
}

/// A fan's place in the queue of one schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueToken {
    pub id: TokenId,
    pub user_id: UserId,
    pub schedule_id: ScheduleId,
    /// The position in the order of the queue, from 1. `None` in the lobby, before the lottery has decided the order.
    pub number: Option<i64>,
    pub status: TokenStatus,
    /// When the call or the admission expires. `None` while waiting.
    pub expire_at: Option<Timestamp>,
    /// Whether the fan came after being called, or was admitted on joining: the full time of the admission has started.
    pub has_come: bool,
    /// Whether the fan was passed over and is not back yet. Only a waiting token can be passed over.
    pub is_passed_over: bool,
    /// Whether the fan has been called once and did not come.
    pub has_missed_call: bool,
    /// Why the token is no longer in the queue. `None` while it is.
    pub ended: Option<EndReason>,
}

/// What becomes of an active token when it expires: see [`QueueToken::expiry`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Expiry {
    End(EndReason),
    /// The token waits again, passed over.
    PassOver,
}

/// Proof that a fan is admitted to a schedule. It can only be made from an active token, by [`QueueToken::admission`];
/// nothing deserialises into it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Admission {
    token_id: TokenId,
    expire_at: Timestamp,
}

impl Admission {
    /// Returns the id of the token that this admission was made from.
    pub const fn token_id(&self) -> TokenId {
        self.token_id
    }

    /// Returns when the admission ends, unless its fan takes a hold that lasts longer.
    pub const fn expire_at(&self) -> Timestamp {
        self.expire_at
    }
}

impl QueueToken {
    /// Whether the token is still a place in the queue at `now`: it waits, or it is active and has not expired.
    pub fn is_live(&self, now: Timestamp) -> bool {
        match self.status {
            TokenStatus::Wait => true,
            TokenStatus::Active => self.expire_at.is_some_and(|at| now < at),
            TokenStatus::Delete => false,
        }
    }

    /// Returns what becomes of an active token when it expires. An admission ends. A fan who did not come is passed
    /// over the first time, and loses the place the second time.
    pub const fn expiry(&self) -> Expiry {
        match (self.has_come, self.has_missed_call) {
            (true, _) => Expiry::End(EndReason::RanOut),
            (false, true) => Expiry::End(EndReason::Missed),
            (false, false) => Expiry::PassOver,
        }
    }

    /// Whether a request of the fan for this place changes it: a called fan is admitted by it, and a fan who was passed
    /// over is back.
    pub fn awaits_fan(&self) -> bool {
        self.is_passed_over || (self.status == TokenStatus::Active && !self.has_come)
    }

    /// Returns the token as it is at `now`, even if its row has not been updated yet: its call or admission may have
    /// expired, and a waiting token has ended if the sale is over.
    #[must_use]
    pub fn as_of(self, window: &Window, now: Timestamp) -> Self {
        let is_over = window.phase(now) == SalePhase::Closed;
        let ended = match (self.status, self.expiry()) {
            (TokenStatus::Wait, _) if is_over => EndReason::Closed,
            (TokenStatus::Active, Expiry::End(reason)) if !self.is_live(now) => reason,
            (TokenStatus::Active, Expiry::PassOver) if !self.is_live(now) && is_over => EndReason::Closed,
            (TokenStatus::Active, Expiry::PassOver) if !self.is_live(now) => {
                return Self {
                    status: TokenStatus::Wait,
                    expire_at: None,
                    is_passed_over: true,
                    has_missed_call: true,
                    ..self
                };
            }
            _ => return self,
        };
        Self { status: TokenStatus::Delete, ended: Some(ended), is_passed_over: false, ..self }
    }

    /// Returns the proof that this token admits its fan at `now`.
    ///
    /// # Errors
    /// [`Refusal::NotAdmitted`] if the token waits, has ended or has expired.
    pub fn admission(&self, now: Timestamp) -> Result<Admission, Refusal> {
        match (self.status, self.expire_at) {
            (TokenStatus::Active, Some(expire_at)) if now < expire_at => Ok(Admission { token_id: self.id, expire_at }),
            _ => Err(Refusal::NotAdmitted),
        }
    }
}

/// Returns the end of an admission after its fan has taken a hold that expires at `hold_expired_at`: the end it had
/// before, or the end of the hold if that is later.
pub fn extended(admission: &Admission, hold_expired_at: Timestamp) -> Timestamp {
    admission.expire_at.max(hold_expired_at)
}

/// Returns the most fans who may be active at once: `active_fans` as configured, but at most [`SHOPPERS_A_SEAT`] for
/// each of the [`obtainable_seats`](ConcertSchedule::obtainable_seats).
pub fn cap(active_fans: u32, obtainable_seats: i64) -> u32 {
    active_fans.min(u32::try_from(obtainable_seats.saturating_mul(SHOPPERS_A_SEAT)).unwrap_or(u32::MAX))
}

/// Whether something is due in the queue of a schedule at `now`, which must be carried out even if no request arrives.
/// That is the case if the lobby of a published schedule is open and its lottery has no secret yet; if fans of the lobby
/// have to be numbered; or if fans wait and one of these is true: the [lobby has to close](lobby_has_to_close), the sale
/// is over or sold out, or another fan may be called. `cap` is the most fans who may be active. Nothing is due for fans
/// who have been passed over, nor while the delay of the lottery is computed.
pub fn is_due(schedule: &ConcertSchedule, cap: u32, now: Timestamp) -> bool {
    let is_waited_for = schedule.waiting > 0;
    if schedule.unnumbered > 0 {
        return schedule.drawn_at.is_some();
    }
    match schedule.window.phase(now) {
        SalePhase::NotYetOpen => false,
        SalePhase::Lobby => {
            let opens = !schedule.had_lobby && schedule.status == Publication::Published;
            opens || is_waited_for && lobby_has_to_close(schedule, now)
        }
        SalePhase::Closed => is_waited_for,
        SalePhase::Open => {
            let has_room = schedule.next_admission_at <= now && schedule.active < cap;
            let calls = has_room && schedule.callable() > 0;
            is_waited_for && (lobby_has_to_close(schedule, now) || schedule.is_sold_out() || calls)
        }
    }
}

/// Whether a lobby is over at `now`, and its list has not been closed yet.
pub fn lobby_has_to_close(schedule: &ConcertSchedule, now: Timestamp) -> bool {
    let is_over =
        now >= schedule.window.lobby_end() && matches!(schedule.window.phase(now), SalePhase::Lobby | SalePhase::Open);
    is_over && !schedule.has_closed_list && schedule.drawn_at.is_none()
}

/// Returns the next instant, as seen at `now`, at which something becomes due in the queue of a schedule (see
/// [`is_due`]): its lobby opens; or fans wait, and the lobby closes, the sale opens, the rate limit allows another admission,
/// or the sale ends. The rate limit does not count while staff have paused the queue, or if everybody who waits has been passed
/// over. `None` if there is no such instant.
pub fn next_due(schedule: &ConcertSchedule, now: Timestamp) -> Option<Timestamp> {
    let window = &schedule.window;
    // Nothing opens any more if the show was called off. Those who still wait go home at once, without a deadline.
    if window.is_called_off {
        return None;
    }
    let lobby = !schedule.had_lobby && schedule.status == Publication::Published && window.reservation_start > now;
    let is_waited_for = schedule.waiting > 0;
    let pace = schedule.callable() > 0 && !schedule.is_paused && schedule.next_admission_at > now;
    [
        lobby.then_some(window.lobby_start),
        (is_waited_for && window.lobby_end() > now).then_some(window.lobby_end()),
        (is_waited_for && window.reservation_start > now).then_some(window.reservation_start),
        is_waited_for.then_some(window.reservation_end),
        pace.then_some(schedule.next_admission_at),
    ]
    .into_iter()
    .flatten()
    .min()
}

/// The rate limit of admissions, and its state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// The most admissions in any 60 seconds. `None` means no limit: only the number of active fans is limited.
    pub a_minute: Option<u32>,
    /// The first instant at which another admission is allowed.
    pub next_admission_at: Timestamp,
}

/// Returns how many of `wanted` admissions the rate limit allows at `now`, and the new `next_admission_at`.
///
/// This is a rate limiter by virtual scheduling (GCRA, the "generic cell rate algorithm" of the ATM Forum), which
/// allows a burst of as many admissions as are due in one second. The interval between admissions is 61 seconds /
/// (`a_minute` - 1), a little longer than an even share of a minute (61 seconds if `a_minute` is 1). So the 60
/// seconds that begin with a burst have at most `a_minute` admissions, those of the burst included.
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

/// The facts that [`decide_join`] needs when a fan joins the queue.
#[derive(Debug, Clone, Copy)]
pub struct JoinFacts {
    pub window: Window,
    /// Whether the lobby has closed. After that nobody enters it, even if the machine's clock is set back.
    pub lobby_has_closed: bool,
    /// The fan's token whose status in the database is not `delete`. It may have expired. `None` if there is none.
    pub token: Option<QueueToken>,
    /// The number of active tokens.
    pub active: u32,
    /// The number of waiting fans who may be called; see [`ConcertSchedule::callable`].
    pub callable: u32,
    /// The most fans who may be active at once; see [`cap`].
    pub cap: u32,
    /// Whether the rate limit allows an admission now; see [`paced`].
    pub pace_allows: bool,
    /// See [`ConcertSchedule::is_sold_out`].
    pub sold_out: bool,
    /// Whether the fan may join with the address of the account: it was shown to be theirs, or need not be.
    pub is_verified: bool,
    /// Whether staff have cancelled the fan's place, and not given it back.
    pub is_voided: bool,
    /// How many live places were taken from the address from which the fan joins. 0 if it is not known.
    pub places_of_address: u32,
    /// The most live places that may be taken from one address.
    pub places_per_address: u32,
}

/// The result of joining.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JoinPlan {
    /// The fan is in the queue already and keeps this token.
    Keep(QueueToken),
    /// A new token, admitted at once.
    Admit,
    /// A new token at the end of the queue.
    Wait,
    /// A new token in the lobby, without a number until the lottery.
    Lobby,
}

/// Decides the place of a fan who joins. A fan who is in the queue already keeps their place, also if they join from
/// another tab or device. After the lobby has closed, a fan who joins gets a place behind everybody in it,
/// even if the sale has not opened yet.
///
/// # Errors
/// [`Refusal::SaleClosed`] before the lobby opens and after the sale; [`Refusal::SoldOut`] if no seat is for sale or
/// held; [`Refusal::AddressNotVerified`]; [`Refusal::PlaceVoided`]; [`Refusal::CrowdedAddress`].
pub fn decide_join(facts: &JoinFacts, now: Timestamp) -> Result<JoinPlan, Refusal> {
    if let Some(token) = facts.token.filter(|token| token.is_live(now)) {
        return Ok(JoinPlan::Keep(token));
    }
    let is_before_sale = facts.window.phase(now) == SalePhase::Lobby;
    if !is_before_sale {
        facts.window.check_open(now)?;
    }
    if facts.sold_out {
        return Err(Refusal::SoldOut);
    }
    if !facts.is_verified {
        return Err(Refusal::AddressNotVerified);
    }
    if facts.is_voided {
        return Err(Refusal::PlaceVoided);
    }
    if facts.places_of_address >= facts.places_per_address {
        return Err(Refusal::CrowdedAddress);
    }
    let goes_in = facts.callable == 0 && facts.active < facts.cap && facts.pace_allows;
    Ok(if is_before_sale && !facts.lobby_has_closed {
        JoinPlan::Lobby
    } else if goes_in && !is_before_sale {
        JoinPlan::Admit
    } else {
        JoinPlan::Wait
    })
}

/// Returns how many fans may be called now. `callable` is how many wait and have not been passed over.
pub fn places_to_give(cap: u32, active: u32, callable: u32) -> u32 {
    cap.saturating_sub(active).min(callable)
}

/// Whether a fan who was last heard from at `heard` is absent at `now`.
pub const fn is_absent(heard: Timestamp, now: Timestamp) -> bool {
    heard.plus_seconds(ABSENCE_SECONDS).0 <= now.0
}

/// Who is called, and who is passed over because they are absent.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Calls {
    pub called: Vec<TokenId>,
    pub passed_over: Vec<TokenId>,
}

/// Gives up to `places` places to the first fans of `front` who are there, and passes over the absent fans in front of
/// the last place. `front` is the front of the queue: tokens that wait and have not been passed over, in ascending
/// order of their numbers.
pub fn decide_calls(front: &[QueueToken], places: usize, is_absent: impl Fn(&QueueToken) -> bool) -> Calls {
    let mut calls = Calls::default();
    for token in front {
        if calls.called.len() == places {
            break;
        }
        if is_absent(token) { calls.passed_over.push(token.id) } else { calls.called.push(token.id) }
    }
    calls
}

/// Returns after how many milliseconds a waiting fan's page should ask for its place again: 2 s at the front of the
/// queue, 20 ms more for each fan `ahead`, at most 30 s. A random part of up to a quarter is subtracted (but never
/// below 2 s), so that the pages of a crowd do not ask at the same time. `dice` is the random number, uniform over all
/// of `u32`.
pub fn poll_after_ms(ahead: u32, dice: u32) -> u32 {
    jittered(ahead.saturating_mul(20).saturating_add(2_000).min(30_000), dice)
}

/// The same as [`poll_after_ms`] for a page in the lobby, `left_ms` milliseconds before it closes or, once it has closed,
/// before the sale: 22.5 to 30 s. In the last 25 seconds it is a random moment in the 5 s after that instant or, if it is less
/// than 2 s away, in the 5 s that begin 2 s from now.
pub fn lobby_poll_after_ms(left_ms: u64, dice: u32) -> u32 {
    match u32::try_from(left_ms) {
        Ok(left) if left < 25_000 => left.max(2_000) + part(5_000, dice),
        _ => jittered(30_000, dice),
    }
}

/// Subtracts a random part of up to a quarter from `ms`. Returns at least 2,000.
fn jittered(ms: u32, dice: u32) -> u32 {
    (ms - part(ms / 4, dice)).max(2_000)
}

/// Scales the random number `dice` to the range from 0 (included) to `whole` (excluded).
fn part(whole: u32, dice: u32) -> u32 {
    ((u64::from(dice) * u64::from(whole)) >> 32) as u32
}

/// How fast the queue has moved recently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flow {
    /// How many fans were called.
    pub calls: u32,
    /// How many milliseconds that took.
    pub in_ms: u64,
}

/// How long a wait is likely to take, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Estimate {
    pub from_seconds: u32,
    pub to_seconds: u32,
}

/// Estimates how long a fan waits until they are called, if fans are called at the speed of `flow`. `ahead` is the
/// number of fans in front who are there. The range reaches from that time to one and a half times that time, each
/// rounded up to half a minute, so that it errs on the long side. `None` if `flow` covers less than 20 seconds or fewer
/// than 5 calls.
pub fn estimate(ahead: u32, flow: Flow) -> Option<Estimate> {
    const SEEN_MS: u64 = 20_000;
    const SEEN_CALLS: u32 = 5;
    if flow.in_ms < SEEN_MS || flow.calls < SEEN_CALLS {
        return None;
    }
    let ms = (u64::from(ahead) + 1).saturating_mul(flow.in_ms) / u64::from(flow.calls);
    let half_minutes = |ms: u64| u32::try_from(ms.div_ceil(30_000).saturating_mul(30)).unwrap_or(u32::MAX);
    Some(Estimate { from_seconds: half_minutes(ms), to_seconds: half_minutes(ms + ms / 2) })
}

/// Whether the fan is unlikely to get a ticket: at least as many fans are there and ahead as there are seats that can
/// still be bought.
pub fn is_unlikely_to_get_seat(ahead: u32, obtainable_seats: i64) -> bool {
    i64::from(ahead) >= obtainable_seats
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
            has_come: true,
            is_passed_over: false,
            has_missed_call: false,
            ended: None,
        }
    }

    fn facts() -> JoinFacts {
        let window = Window { lobby_start: Timestamp(400), ..Window::new(Timestamp(500), Timestamp(2_000)) };
        JoinFacts {
            window,
            lobby_has_closed: false,
            token: None,
            active: 0,
            callable: 0,
            cap: 2,
            pace_allows: true,
            sold_out: false,
            is_verified: true,
            is_voided: false,
            places_of_address: 0,
            places_per_address: 10,
        }
    }

    #[test]
    fn joining_admits_at_once_only_if_there_is_room_and_nobody_waits() {
        for (active, callable, expected) in [
            (0, 0, JoinPlan::Admit),
            (1, 0, JoinPlan::Admit),
            (2, 0, JoinPlan::Wait),
            (1, 1, JoinPlan::Wait),
            (3, 0, JoinPlan::Wait),
        ] {
            assert_eq!(
                decide_join(&JoinFacts { active, callable, ..facts() }, NOW),
                Ok(expected),
                "{active}/{callable}"
            );
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
    fn a_token_has_ended_once_its_admission_or_its_sale_is_over() {
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
    fn a_missed_call_is_forgiven_once() {
        let called = QueueToken { has_come: false, ..token(TokenStatus::Active, Some(1_500)) };
        let window = facts().window;
        assert_eq!(called.as_of(&window, Timestamp(1_499)), called);
        let passed = called.as_of(&window, Timestamp(1_500));
        assert_eq!((passed.status, passed.is_passed_over, passed.number), (TokenStatus::Wait, true, Some(7)));
        assert!(passed.awaits_fan() && called.awaits_fan());
        let again = QueueToken { has_missed_call: true, ..called };
        assert_eq!(again.as_of(&window, Timestamp(1_500)).ended, Some(EndReason::Missed));
        assert_eq!(called.as_of(&window, Timestamp(2_000)).ended, Some(EndReason::Closed), "the sale is over");
    }

    #[test]
    fn those_who_are_there_are_called_in_order_and_the_absent_in_front_of_them_are_passed_over() {
        let front: Vec<_> =
            (1..=5).map(|id| QueueToken { id: TokenId(id), ..token(TokenStatus::Wait, None) }).collect();
        for (places, absent, called, passed_over) in [
            (0, vec![1, 2], vec![], vec![]),
            (2, vec![], vec![1, 2], vec![]),
            (2, vec![1, 3], vec![2, 4], vec![1, 3]),
            (1, vec![2, 3], vec![1], vec![]),
            (2, vec![1, 2, 3, 4, 5], vec![], vec![1, 2, 3, 4, 5]),
            (9, vec![5], vec![1, 2, 3, 4], vec![5]),
        ] {
            let ids = |ids: &[i64]| ids.iter().copied().map(TokenId).collect::<Vec<_>>();
            let expected = Calls { called: ids(&called), passed_over: ids(&passed_over) };
            let calls = decide_calls(&front, places, |token| absent.contains(&token.id.0));
            assert_eq!(calls, expected, "{places} places, {absent:?} absent");
        }
    }

    #[test]
    fn a_fan_is_absent_five_minutes_after_the_last_request() {
        assert!(!is_absent(NOW, Timestamp(300_999)));
        assert!(is_absent(NOW, Timestamp(301_000)));
    }

    #[test]
    fn an_expired_admission_takes_no_place() {
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
    fn a_hold_extends_the_admission_and_never_shortens_it() {
        let admission = token(TokenStatus::Active, Some(2_000)).admission(NOW).expect("admitted");
        assert_eq!(extended(&admission, Timestamp(2_500)), Timestamp(2_500));
        assert_eq!(extended(&admission, Timestamp(1_500)), Timestamp(2_000));
    }

    #[test]
    fn places_are_given_up_to_the_cap() {
        for (cap, active, callable, places) in [(2, 0, 5, 2), (2, 1, 5, 1), (2, 2, 5, 0), (2, 3, 5, 0), (9, 0, 5, 5)] {
            assert_eq!(places_to_give(cap, active, callable), places, "{cap} {active} {callable}");
        }
    }

    #[test]
    fn a_crowded_address_and_a_fan_whose_place_was_cancelled_get_no_place_but_keep_one() {
        let crowded = JoinFacts { places_of_address: 10, ..facts() };
        assert_eq!(decide_join(&crowded, NOW), Err(Refusal::CrowdedAddress));
        assert_eq!(decide_join(&JoinFacts { places_of_address: 9, ..facts() }, NOW), Ok(JoinPlan::Admit));
        assert_eq!(decide_join(&JoinFacts { is_voided: true, ..facts() }, NOW), Err(Refusal::PlaceVoided));
        let own = token(TokenStatus::Wait, None);
        assert_eq!(decide_join(&JoinFacts { token: Some(own), ..crowded }, NOW), Ok(JoinPlan::Keep(own)));
    }

    #[test]
    fn in_the_lobby_nobody_is_admitted_and_nobody_has_a_number_yet() {
        for now in [400, 499] {
            assert_eq!(decide_join(&facts(), Timestamp(now)), Ok(JoinPlan::Lobby), "at {now}");
        }
        assert_eq!(decide_join(&JoinFacts { sold_out: true, ..facts() }, Timestamp(450)), Err(Refusal::SoldOut));
        let late = JoinFacts { lobby_has_closed: true, ..facts() };
        assert_eq!(decide_join(&late, Timestamp(499)), Ok(JoinPlan::Wait), "a closed lobby, and no sale yet");
        assert_eq!(decide_join(&late, Timestamp(500)), Ok(JoinPlan::Admit));
    }

    #[test]
    fn no_wanted_admission_leaves_the_pace_unchanged() {
        let pace = Pace { a_minute: Some(60), next_admission_at: Timestamp(3) };
        assert_eq!(paced(pace, 0, NOW), (0, Timestamp(3)));
    }

    #[test]
    fn nobody_is_admitted_on_joining_if_the_pace_does_not_allow_it() {
        assert_eq!(decide_join(&JoinFacts { pace_allows: false, ..facts() }, NOW), Ok(JoinPlan::Wait));
    }

    #[test]
    fn active_fans_are_limited_by_the_setting_and_by_the_obtainable_seats() {
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
            // At most one second's worth is admitted at once, so steps longer than a second lose the rest.
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
    fn status_requests_are_2_to_30_seconds_apart_with_jitter_and_rarer_further_back() {
        for dice in [0, 1 << 31, u32::MAX] {
            for ahead in [0, 1, 100, 1_400, 10_000, u32::MAX] {
                assert!((2_000..=30_000).contains(&poll_after_ms(ahead, dice)));
            }
            for left in [0, 1, 3_000, 24_999, 25_000, u64::MAX] {
                let after = u64::from(lobby_poll_after_ms(left, dice));
                assert!((2_000..=30_000).contains(&after));
                assert!(left >= 25_000 || after >= left, "a page that asked before the lottery");
            }
        }
        assert_eq!((poll_after_ms(0, 0), poll_after_ms(10_000, 0)), (2_000, 30_000));
        assert!(poll_after_ms(700, 0) > poll_after_ms(700, u32::MAX) + 2_000);
    }

    #[test]
    fn an_estimate_is_a_range_on_the_late_side_and_none_while_little_is_known() {
        let flow = |calls, in_ms| Flow { calls, in_ms };
        for unknown in [flow(4, 60_000), flow(100, 19_999), flow(0, 600_000)] {
            assert_eq!(estimate(10, unknown), None, "{unknown:?}");
        }
        // One fan is called a second.
        let after = |ahead| estimate(ahead, flow(60, 60_000)).map(|range| (range.from_seconds, range.to_seconds));
        assert_eq!(after(0), Some((30, 30)));
        assert_eq!(after(99), Some((120, 150)));
        assert_eq!(after(599), Some((600, 900)));
    }

    #[test]
    fn a_seat_is_unlikely_once_as_many_fans_are_ahead_as_seats_are_left() {
        for (ahead, seats, gone) in [(0, 1, false), (1, 1, true), (9, 10, false), (10, 10, true), (0, 0, true)] {
            assert_eq!(is_unlikely_to_get_seat(ahead, seats), gone, "{ahead} {seats}");
        }
    }
}
