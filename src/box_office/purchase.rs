//! Paying for what one holds.

use super::{answered, keep_answer, known_user, reserved_seat};
use crate::domain::purchase::{LastReservation, PurchaseFacts, Purchased, decide};
use crate::domain::queue::Ended;
use crate::domain::{Points, ScheduleId, UserId, idempotency};
use crate::house::House;
use crate::store::Outcome;
use crate::waiting_room;

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
    let plan = house.hall(schedule).await?.plan().clone();
    house
        .write(move |write, terms| {
            if let Some(purchased) = answered(write, fan, &key, &request)? {
                return Ok(purchased);
            }
            let now = terms.now;
            let basket = write.basket(fan, schedule)?;
            let facts = PurchaseFacts {
                admission: waiting_room::admission(write, fan, schedule, now)?,
                last: match basket.is_empty() {
                    true => write.last_reservation(fan, schedule)?,
                    false => LastReservation::Other,
                },
                basket,
                balance: known_user(write, fan)?.point,
                expected_total,
            };
            let decided = decide(&facts, now)?;
            let payment_id = write.insert_payment(fan, schedule, decided.total, now)?;
            for hold in &decided.buy {
                write.buy(schedule, hold, payment_id, now)?;
            }
            waiting_room::end(write, schedule, decided.token_id, Ended::Paid, terms)?;

            let bought = decided.buy.iter().map(|held| reserved_seat(&plan, held.id, held.seat_id, held.price));
            let purchased = Purchased {
                payment_id,
                total: decided.total,
                point: decided.balance,
                reservations: bought.collect::<Outcome<_>>()?,
            };
            keep_answer(write, fan, &key, &request, &purchased, now)?;
            Ok(purchased)
        })
        .await
}
