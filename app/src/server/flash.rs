//! The flash: the message about a form that the page after it shows. It says why the form was refused, or what was
//! done.

use crate::words::{self, Locale, td_string};
use encore::domain::points::grouped;
use encore::domain::{Field, Refusal};
use serde::{Deserialize, Serialize};

/// A message about a form, which is shown once: on the page that follows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Flash {
    /// The form was refused. `typed` has the names and values of the fields that the form may show again. In a flash
    /// that is stored in a session, it contains no password.
    Refused {
        refusal: Refusal,
        typed: Vec<(String, String)>,
    },
    Done(Notice),
}

/// What was done when a form succeeded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Notice {
    Charged {
        amount: i64,
    },
    Purchased {
        tickets: usize,
    },
    /// The best seats for a party, which are held now, are not side by side.
    HeldApart,
    /// A party wanted seats, but the fan held others already and keeps those.
    HeldBefore,
    Released,
    Left,
    SignedIn {
        name: String,
    },
    SignedUp {
        name: String,
    },
    SignedOut,
    Cancelled {
        refund: i64,
    },
    /// Staff cancelled a fan's ticket.
    CancelledForFan {
        refund: i64,
    },
    Deleted,
    Saved,
    Sold,
    Set,
    Published,
    Withdrawn,
    HallBuilt {
        seats: usize,
    },
    Joined,
    PasswordChanged,
    DevicesEnded,
}

impl Flash {
    /// Whether the flash is a refusal of some of these fields, and of no others.
    pub fn is_only_about(&self, fields: &[Field]) -> bool {
        let Self::Refused { refusal, .. } = self else { return false };
        refusal.field().is_some() && refusal.fields().all(|field| fields.contains(&field))
    }

    /// Returns whether the flash is a refusal, and its sentence. `None` if the next page says the same by itself: the
    /// checkout after [`Refusal::AlreadyBought`], and the list of tickets after a purchase.
    pub fn sentence(&self, l: Locale) -> Option<(bool, String)> {
        match self {
            Self::Refused { refusal: Refusal::AlreadyBought, .. } => None,
            Self::Refused { refusal, .. } => Some((true, words::refusal(l, refusal))),
            Self::Done(notice) => Some((false, notice.sentence(l)?)),
        }
    }
}

impl Notice {
    fn sentence(&self, l: Locale) -> Option<String> {
        Some(match self {
            Self::Purchased { .. } => return None,
            Self::Charged { amount } => td_string!(l, points.charged, amount = grouped(*amount)),
            Self::HeldApart => td_string!(l, checkout.apart).to_owned(),
            Self::HeldBefore => td_string!(l, checkout.held_before).to_owned(),
            Self::Released => td_string!(l, account.released).to_owned(),
            Self::Left => td_string!(l, account.left).to_owned(),
            Self::SignedIn { name } => td_string!(l, account.signed_in, name = name),
            Self::SignedUp { name } => td_string!(l, account.signed_up, name = name),
            Self::SignedOut => td_string!(l, account.signed_out).to_owned(),
            Self::CancelledForFan { refund } => td_string!(l, window.cancelled, refund = words::points(l, *refund)),
            Self::Deleted => td_string!(l, staff.deleted).to_owned(),
            Self::Cancelled { refund } => td_string!(l, cancel.done, refund = words::points(l, *refund)),
            Self::Set => td_string!(l, control.is_set).to_owned(),
            Self::Sold => td_string!(l, house.sold).to_owned(),
            Self::Saved => td_string!(l, staff.saved).to_owned(),
            Self::Published => td_string!(l, staff.published).to_owned(),
            Self::Withdrawn => td_string!(l, staff.withdrawn).to_owned(),
            Self::HallBuilt { seats } => td_string!(l, staff.hall_built, count = *seats),
            Self::PasswordChanged => td_string!(l, account.password_changed).to_owned(),
            Self::DevicesEnded => td_string!(l, account.devices_ended).to_owned(),
            Self::Joined => td_string!(l, team.joined).to_owned(),
        })
    }
}
