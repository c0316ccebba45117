//! Buying the seats that a fan holds.

use super::{known_user, reserved_seat, store_answer, stored_answer_for};
use crate::domain::mail::Letter;
use crate::domain::purchase::{LastReservation, PurchaseFacts, Purchased, decide};
use crate::domain::queue::EndReason;
use crate::domain::{Points, ScheduleId, UserId, idempotency};
use crate::house::House;
use crate::post_office::post;
use crate::store::Outcome;
use crate::waiting_room;

/// Buys everything that a fan holds in a schedule and ends their admission.
///
/// `expected_total` is the total, in points, that the page showed, if it showed one: a different total is refused.
/// `key` is an idempotency key: a repeated request gets the first answer again and buys nothing.
///
/// # Errors
/// [`Refusal::Invalid`](crate::domain::Refusal::Invalid) if the key is malformed,
/// [`Refusal::KeyReused`](crate::domain::Refusal::KeyReused) if it belongs to another request,
/// [`Refusal::NotFound`](crate::domain::Refusal::NotFound) if the schedule does not exist, and what [`decide`] refuses.
pub async fn purchase(
    house: &House,
    fan: UserId,
    schedule: ScheduleId,
    expected_total: Option<Points>,
    key: String,
) -> Outcome<Purchased> {
    idempotency::check_shape(&key)?;
    let request = format!("purchase {schedule} for {expected_total:?}");
    let plan = house.hall(schedule).await?.plan().clone();
    house
        .write(move |write, context| {
            if let Some(purchased) = stored_answer_for(write, fan, &key, &request)? {
                return Ok(purchased);
            }
            let now = context.now;
            let basket = write.basket(fan, schedule)?;
            let admission = waiting_room::admission(write, fan, schedule, now)?;
            let facts = PurchaseFacts {
                last: match basket.is_empty() {
                    true => write.last_reservation(fan, schedule)?,
                    false => LastReservation::Other,
                },
                has_offer: admission.is_err() && write.has_offer(fan, schedule)?,
                basket,
                balance: known_user(write, fan)?.point,
                expected_total,
                admission,
            };
            let decided = decide(&facts, now)?;
            let payment_id = write.insert_payment(fan, schedule, decided.total, now)?;
            for hold in &decided.buy {
                write.buy(schedule, hold, payment_id, now)?;
            }
            if let Some(token) = decided.token_id {
                waiting_room::end(write, schedule, token, EndReason::Paid, context)?;
            }

            let bought = decided.buy.iter().map(|held| reserved_seat(&plan, held.id, held.seat_id, held.price));
            let purchased = Purchased {
                payment_id,
                total: decided.total,
                point: decided.balance,
                reservations: bought.collect::<Outcome<_>>()?,
            };
            post(write, fan, Letter::TicketsBought { payment: payment_id }, None, context)?;
            store_answer(write, fan, &key, &request, &purchased, now)?;
            Ok(purchased)
        })
        .await
}
