//! The payment seam: where money from outside becomes points.

use crate::domain::{Points, UserId};
use crate::store::Outcome;

/// Who takes the fan's money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaymentProvider {
    /// Takes nothing and always agrees. Pages say so.
    Demo,
}

impl PaymentProvider {
    /// Takes an amount from a fan and returns what the provider calls it. The key makes a repeated call the same payment, so
    /// it may be called again where an answer was lost.
    ///
    /// # Errors
    /// None from the demo provider; another would refuse here.
    pub async fn take(self, fan: UserId, amount: Points, key: &str) -> Outcome<String> {
        match self {
            Self::Demo => Ok(format!("demo:{fan}:{amount}:{key}")),
        }
    }
}
