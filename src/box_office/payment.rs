//! The interface to payment providers, through which money becomes points.

use crate::domain::{Points, UserId};
use crate::store::Outcome;

/// A service that takes a fan's money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaymentProvider {
    /// Takes no money and always succeeds. The pages say that it is a demo.
    Demo,
}

impl PaymentProvider {
    /// Takes the money for `amount` points from a fan and returns the provider's reference for the payment. Calls with
    /// the same `key` count as one payment, so a call whose answer was lost can be repeated.
    ///
    /// # Errors
    /// The demo provider never fails. A real provider would return its refusals here.
    pub async fn take(self, fan: UserId, amount: Points, key: &str) -> Outcome<String> {
        match self {
            Self::Demo => Ok(format!("demo:{fan}:{amount}:{key}")),
        }
    }
}
