//! Charging points: a fan pays money to a payment provider and gets points.

use super::{PaymentProvider, known_user, store_answer, stored_answer_for};
use crate::domain::points::{Charged, decide_charge};
use crate::domain::{Points, UserId, idempotency};
use crate::house::House;
use crate::store::Outcome;

/// Takes money through `provider` and adds `amount` points to the fan's balance. `key` is an idempotency key: a
/// repeated request gets the first answer again and adds nothing.
///
/// # Errors
/// [`Refusal::Invalid`](crate::domain::Refusal::Invalid) if the key is malformed or [`decide_charge`] refuses the
/// amount, and [`Refusal::KeyReused`](crate::domain::Refusal::KeyReused) if the key belongs to another request.
pub async fn charge(
    house: &House,
    provider: PaymentProvider,
    fan: UserId,
    amount: Points,
    key: String,
) -> Outcome<Charged> {
    idempotency::check_shape(&key)?;
    let request = format!("charge {amount}");

    // The provider is called outside the write transaction, and only if the rules allow the charge. The transaction
    // below checks them again.
    let asked = (key.clone(), request.clone());
    let before: Option<Charged> = house
        .read(move |read, _| {
            let (key, request) = &asked;
            let before = stored_answer_for(read, fan, key, request)?;
            if before.is_none() {
                decide_charge(known_user(read, fan)?.point, amount)?;
            }
            Ok(before)
        })
        .await?;
    if let Some(charged) = before {
        return Ok(charged);
    }
    let reference = provider.take(fan, amount, &key).await?;

    house
        .write(move |write, context| {
            if let Some(charged) = stored_answer_for(write, fan, &key, &request)? {
                return Ok(charged);
            }
            let now = context.now;
            let point = decide_charge(known_user(write, fan)?.point, amount)?;
            write.insert_charge(fan, amount, &reference, now)?;
            let charged = Charged { point };
            store_answer(write, fan, &key, &request, &charged, now)?;
            Ok(charged)
        })
        .await
}
