//! Purchases: a fan buys all seats that they hold in a schedule, at the prices shown when they were held, in one
//! transaction.

use super::hold::{Held, ReservedSeat};
use super::queue::Admission;
use super::seat::is_live;
use super::{PaymentId, Points, Refusal, Timestamp, TokenId};
use serde::{Deserialize, Serialize};

/// The facts that [`decide`] needs when a fan pays.
#[derive(Debug, Clone)]
pub struct PurchaseFacts {
    /// The proof of admission, or the refusal if there is none.
    pub admission: Result<Admission, Refusal>,
    /// Whether what the fan holds is an offer to the waitlist. It matters only without an admission.
    pub has_offer: bool,
    /// The fan's reservations in this schedule that wait for payment. Some may have expired.
    pub basket: Vec<Held>,
    /// What became of the fan's last reservation in this schedule. It matters only if the basket is empty.
    pub last: LastReservation,
    /// The fan's points.
    pub balance: Points,
    /// The total that the page showed. `None` if the request does not say.
    pub expected_total: Option<Points>,
}

/// What became of the last reservation of a fan who holds nothing now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LastReservation {
    /// It expired before it was paid, and the fan is not in the queue again.
    RanOut,
    /// It was paid for, and the fan is not in the queue again.
    Bought,
    /// There was none, or what became of it does not change the answer.
    Other,
}

/// The changes that a purchase makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PurchasePlan {
    /// The token of the fan's admission, which the purchase ends. `None` if the fan needs none, because the seats were
    /// offered to them.
    pub token_id: Option<TokenId>,
    /// The holds that become tickets.
    pub buy: Vec<Held>,
    pub total: Points,
    /// The fan's points after the purchase.
    pub balance: Points,
}

/// The answer to a purchase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Purchased {
    pub payment_id: PaymentId,
    /// The points that were debited.
    pub total: Points,
    /// The fan's balance after the purchase.
    pub point: Points,
    pub reservations: Vec<ReservedSeat>,
}

/// Decides a purchase. The sale window does not matter: a fan may pay for a held seat until the hold expires, even if
/// the sale has ended meanwhile.
///
/// # Errors
/// The first of these that applies: [`Refusal::HoldExpired`], [`Refusal::AlreadyBought`], [`Refusal::NotAdmitted`],
/// [`Refusal::NothingHeld`], [`Refusal::TotalChanged`], [`Refusal::NotEnoughPoints`].
pub fn decide(facts: &PurchaseFacts, now: Timestamp) -> Result<PurchasePlan, Refusal> {
    let live: Vec<Held> = facts.basket.iter().filter(|held| is_live(held.expired_at, now)).copied().collect();
    if live.is_empty() && (!facts.basket.is_empty() || facts.last == LastReservation::RanOut) {
        return Err(Refusal::HoldExpired);
    }
    if live.is_empty() && facts.last == LastReservation::Bought {
        return Err(Refusal::AlreadyBought);
    }
    let token_id = match &facts.admission {
        Ok(admission) => Some(admission.token_id()),
        Err(_) if facts.has_offer && !live.is_empty() => None,
        Err(refusal) => return Err(refusal.clone()),
    };
    if live.is_empty() {
        return Err(Refusal::NothingHeld);
    }
    let total = live.iter().map(|held| held.price).sum();
    if facts.expected_total.is_some_and(|expected| expected != total) {
        return Err(Refusal::TotalChanged { total });
    }
    if facts.balance < total {
        return Err(Refusal::NotEnoughPoints { missing: total - facts.balance });
    }
    Ok(PurchasePlan { token_id, buy: live, total, balance: facts.balance - total })
}

#[cfg(test)]
mod tests {
    use super::super::queue::{QueueToken, TokenStatus};
    use super::super::{ReservationId, ScheduleId, SeatId, UserId};
    use super::*;

    const NOW: Timestamp = Timestamp(1_000);

    fn held(seat: i64, price: Points, expired_at: i64) -> Held {
        Held {
            id: ReservationId(seat),
            user_id: UserId(1),
            seat_id: SeatId(seat),
            price,
            expired_at: Timestamp(expired_at),
        }
    }

    fn facts(basket: Vec<Held>, balance: Points) -> PurchaseFacts {
        let token = QueueToken {
            id: TokenId(5),
            user_id: UserId(1),
            schedule_id: ScheduleId(1),
            number: Some(1),
            has_come: true,
            is_passed_over: false,
            has_missed_call: false,
            ended: None,
            status: TokenStatus::Active,
            expire_at: Some(Timestamp(9_000)),
        };
        PurchaseFacts {
            admission: token.admission(NOW),
            has_offer: false,
            basket,
            last: LastReservation::Other,
            balance,
            expected_total: None,
        }
    }

    #[test]
    fn everything_held_is_bought_at_the_price_of_the_hold() {
        let basket = vec![held(1, 100, 1_001), held(2, 50, 1_001)];
        let plan = decide(&facts(basket.clone(), 150), NOW).expect("exactly enough");
        assert_eq!((plan.buy, plan.total, plan.balance, plan.token_id), (basket, 150, 0, Some(TokenId(5))));
    }

    #[test]
    fn an_expired_hold_is_not_bought_even_at_the_instant_itself() {
        assert_eq!(decide(&facts(vec![held(1, 100, 1_000)], 500), NOW), Err(Refusal::HoldExpired));
        let swept =
            PurchaseFacts { last: LastReservation::RanOut, admission: Err(Refusal::NotAdmitted), ..facts(vec![], 500) };
        assert_eq!(decide(&swept, NOW), Err(Refusal::HoldExpired));
    }

    #[test]
    fn a_second_payment_after_everything_was_bought_says_so() {
        let bought = |basket| PurchaseFacts {
            last: LastReservation::Bought,
            admission: Err(Refusal::NotAdmitted),
            ..facts(basket, 500)
        };
        assert_eq!(decide(&bought(vec![]), NOW), Err(Refusal::AlreadyBought));
        assert_eq!(decide(&bought(vec![held(1, 100, 1_000)]), NOW), Err(Refusal::HoldExpired));
    }

    #[test]
    fn refusals_come_in_a_fixed_order() {
        let outside = |basket| PurchaseFacts { admission: Err(Refusal::NotAdmitted), ..facts(basket, 500) };
        assert_eq!(decide(&outside(vec![]), NOW), Err(Refusal::NotAdmitted));
        assert_eq!(decide(&outside(vec![held(1, 100, 2_000)]), NOW), Err(Refusal::NotAdmitted));
        assert_eq!(decide(&facts(vec![], 500), NOW), Err(Refusal::NothingHeld));
        assert_eq!(decide(&facts(vec![held(1, 100, 2_000)], 99), NOW), Err(Refusal::NotEnoughPoints { missing: 1 }));
    }

    #[test]
    fn a_changed_total_is_refused_before_missing_points() {
        let facts = PurchaseFacts { expected_total: Some(1), ..facts(vec![held(1, 100, 2_000)], 0) };
        assert_eq!(decide(&facts, NOW), Err(Refusal::TotalChanged { total: 100 }));
    }

    #[test]
    fn a_total_that_the_page_did_not_show_is_not_charged() {
        let facts =
            PurchaseFacts { expected_total: Some(100), ..facts(vec![held(1, 100, 2_000), held(2, 50, 2_000)], 500) };
        assert_eq!(decide(&facts, NOW), Err(Refusal::TotalChanged { total: 150 }));
    }
}
