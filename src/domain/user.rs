//! People with an account: fans and members of staff.

use super::account::{self, Duty, Role};
use super::{Points, UserId};

/// A person with an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    pub id: UserId,
    pub name: String,
    pub email: String,
    pub role: Role,
    /// The duty of a member of staff. `None` for a fan.
    pub duty: Option<Duty>,
    /// The balance: the sum of the person's entries in the ledger.
    pub point: Points,
}

impl User {
    /// The email address. `None` if the person has none: they left, or bought at the counter without one.
    pub fn address(&self) -> Option<&str> {
        account::address(&self.email)
    }
}
