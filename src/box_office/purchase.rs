//! Paying for what one holds.

use super::{answered, keep_answer, known_user};
use crate::domain::purchase::{PurchaseFacts, decide};
use crate::domain::queue::Ended;
use crate::domain::{PaymentId, Points, ReservationId, ScheduleId, SeatId, UserId, idempotency};
use crate::house::{House, known_schedule};
use crate::store::Outcome;
use crate::waiting_room;
use serde::{Deserialize, Serialize};

/// What a purchase answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Purchased {
    pub payment_id: PaymentId,
    pub total: Points,
    /// The balance after the purchase.
    pub point: Points,
    pub reservations: Vec<BoughtSeat>,
}

/// One seat of a purchase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoughtSeat {
    pub id: ReservationId,
    pub seat_id: SeatId,
    pub number: i64,
    pub price: Points,
}

/// Buys all that a fan holds in a schedule, once for each key, and ends the admission. Where the page says which total it
/// showed, no other is charged.
///
/// # Errors
/// [`Refusal::Invalid`](crate::domain::Refusal::Invalid) for the key,
/// [`Refusal::KeyReused`](crate::domain::Refusal::KeyReused),
/// [`Refusal::NotFound`](crate::domain::Refusal::NotFound), and what [`decide`] refuses.
pub async fn purchase(
    house: &House,
    fan: UserId,
    schedule: ScheduleId,
    expected_total: Option<Points>,
    key: String,
) -> Outcome<Purchased> {
    idempotency::check_shape(&key)?;
    let request = format!("purchase {schedule} for {expected_total:?}");
    house
        .write(move |write, terms| {
            if let Some(purchased) = answered(write, fan, &key, &request)? {
                return Ok(purchased);
            }
            let now = terms.now;
            known_schedule(write, schedule)?;
            let facts = PurchaseFacts {
                admission: waiting_room::admission(write, fan, schedule, now)?,
                basket: write.basket(fan, schedule)?,
                last_ran_out: write.last_ran_out(fan, schedule)?,
                balance: known_user(write, fan)?.point,
                expected_total,
            };
            let plan = decide(&facts, now)?;
            let payment_id = write.insert_payment(fan, schedule, plan.total, now)?;
            for hold in &plan.buy {
                write.buy(schedule, hold, payment_id, now)?;
            }
            waiting_room::end(write, schedule, plan.token_id, Ended::Paid, terms)?;

            let bought = write.reservations_of_in(fan, schedule)?.into_iter();
            let purchased = Purchased {
                payment_id,
                total: plan.total,
                point: plan.balance,
                reservations: bought
                    .filter(|reservation| reservation.payment_id == Some(payment_id))
                    .map(|r| BoughtSeat { id: r.id, seat_id: r.seat_id, number: r.number, price: r.price })
                    .collect(),
            };
            keep_answer(write, fan, &key, &request, &purchased, now)?;
            Ok(purchased)
        })
        .await
}
