//! The flash: the message about a form that the page after it shows. It says why the form was refused, or what was
//! done. It travels in a signed cookie, so that nobody's refused form writes anything on the server.

use crate::words::{self, Locale, td_string};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use encore::domain::points::grouped;
use encore::domain::{Field, Refusal};
use serde::{Deserialize, Serialize};
use tower_cookies::cookie::SameSite;
use tower_cookies::{Cookie, Cookies, Key};

/// A message about a form, which is shown once: on the page that follows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Flash {
    /// The form was refused. `typed` has the names and values of the fields that the form may show again. In a flash
    /// that is left for the next page, it contains no password.
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
    CashTaken {
        amount: i64,
    },
    CashGiven {
        amount: i64,
    },
    Saved,
    Sold,
    Set,
    Published,
    CalledOff,
    ShowMoved,
    Withdrawn,
    HallBuilt {
        seats: usize,
    },
    Joined,
    /// A fan answered about a cancelled place in the queue.
    Answered,
    PlacesVoided {
        places: usize,
    },
    PlaceRestored,
    PasswordChanged,
    /// The authenticator app was ended.
    AuthenticatorEnded,
    PasskeyAdded,
    PasskeyRemoved,
    /// Somebody asked for a link to reset a forgotten password. The account may not exist.
    PasswordLinkSent,
    /// A forgotten password was reset.
    PasswordSet,
    AccountDeleted,
    TicketExchanged,
    HandOnLinkEnded,
    TicketTaken,
    JoinedWaitlist,
    LeftWaitlist,
    WillRemind,
    WillNotRemind,
    AddressLinkSent {
        email: String,
    },
    AddressVerified,
    DevicesEnded,
}

impl Flash {
    /// Whether the flash is a refusal of some of these fields, and of no others.
    pub fn is_only_about(&self, fields: &[Field]) -> bool {
        let Self::Refused { refusal, .. } = self else { return false };
        refusal.field().is_some() && refusal.fields().all(|field| fields.contains(&field))
    }

    /// Returns whether the flash is a refusal, and its sentence. `None` if the next page says the same by itself: the
    /// checkout after [`Refusal::AlreadyBought`], the list of tickets after a purchase, and the page of the second step.
    pub fn sentence(&self, l: Locale) -> Option<(bool, String)> {
        match self {
            Self::Refused { refusal: Refusal::AlreadyBought | Refusal::SecondStepNeeded, .. } => None,
            Self::Refused { refusal, .. } => Some((true, words::refusal(l, refusal))),
            Self::Done(notice) => Some((false, notice.sentence(l)?)),
        }
    }
}

/// How long the next page has to show a flash.
const LASTS: time::Duration = time::Duration::minutes(10);

/// The most characters of a cookie's value. A browser drops a cookie whose name and value have more than 4,096 together
/// (RFC 6265bis), and the signature has 44.
const MAX_COOKIE: usize = 3_900;

/// A flash in its cookie, with the path of the page that shows it.
#[derive(Serialize, Deserialize)]
struct LeftFlash {
    page: String,
    flash: Flash,
}

/// The cookies of a request, in which a flash arrives and is left for the next page.
pub struct FlashCookie {
    pub cookies: Cookies,
    /// The key that signs the cookie.
    pub key: Key,
    /// Whether browsers reach the site over https only.
    pub is_secure: bool,
}

impl FlashCookie {
    fn cookie(&self, value: String) -> Cookie<'static> {
        // See `session::cookie_name` for the prefix.
        let name = if self.is_secure { "__Host-flash" } else { "flash" };
        let cookie = Cookie::build((name, value)).path("/").http_only(true).same_site(SameSite::Lax);
        cookie.secure(self.is_secure).max_age(LASTS).build()
    }

    /// Leaves a flash for the page with the path `page`. If it is too long for a cookie, what was typed is left out; if
    /// even the rest is, nothing is left.
    pub fn leave(&self, page: String, flash: Flash) {
        let encoded = |left: &LeftFlash| BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_vec(left).unwrap_or_default());
        let mut left = LeftFlash { page, flash };
        let mut value = encoded(&left);
        if value.len() > MAX_COOKIE
            && let Flash::Refused { typed, .. } = &mut left.flash
        {
            typed.clear();
            value = encoded(&left);
        }
        if value.len() <= MAX_COOKIE {
            self.cookies.signed(&self.key).add(self.cookie(value));
        }
    }

    /// Takes the flash that was left for the page with the path `page`, so that it is shown once. A flash for another
    /// page stays: that page may be open in another tab.
    pub fn take(&self, page: &str) -> Option<Flash> {
        let signed = self.cookies.signed(&self.key);
        let cookie = self.cookie(String::new());
        let value = signed.get(cookie.name())?;
        let json = BASE64_URL_SAFE_NO_PAD.decode(value.value()).ok()?;
        // A flash that another version of the program left is dropped: it is not worth an error.
        let left: LeftFlash = serde_json::from_slice(&json).ok()?;
        if left.page != page {
            return None;
        }
        signed.remove(cookie);
        Some(left.flash)
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
            Self::CalledOff => td_string!(l, call_off.begun).to_owned(),
            Self::ShowMoved => td_string!(l, reschedule.moved).to_owned(),
            Self::PasswordLinkSent => td_string!(l, account.link_sent).to_owned(),
            Self::AddressLinkSent { email } => td_string!(l, address.sent, email = email),
            Self::AddressVerified => td_string!(l, address.verified).to_owned(),
            Self::TicketExchanged => td_string!(l, exchange.done).to_owned(),
            Self::HandOnLinkEnded => td_string!(l, handing.ended).to_owned(),
            Self::TicketTaken => td_string!(l, handing.taken).to_owned(),
            Self::JoinedWaitlist => td_string!(l, waitlist.joined).to_owned(),
            Self::LeftWaitlist => td_string!(l, waitlist.left).to_owned(),
            Self::WillRemind => td_string!(l, concert.will_remind).to_owned(),
            Self::WillNotRemind => td_string!(l, concert.will_not_remind).to_owned(),
            Self::AccountDeleted => td_string!(l, account.deleted).to_owned(),
            Self::PasswordSet => td_string!(l, account.password_set).to_owned(),
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
            Self::AuthenticatorEnded => td_string!(l, security.app_ended).to_owned(),
            Self::CashTaken { amount } => td_string!(l, till.was_taken, amount = grouped(*amount)),
            Self::CashGiven { amount } => td_string!(l, till.was_given, amount = grouped(*amount)),
            Self::PasskeyAdded => td_string!(l, security.passkey_added).to_owned(),
            Self::PasskeyRemoved => td_string!(l, security.passkey_removed).to_owned(),
            Self::PasswordChanged => td_string!(l, account.password_changed).to_owned(),
            Self::DevicesEnded => td_string!(l, account.devices_ended).to_owned(),
            Self::Answered => td_string!(l, queue.answered).to_owned(),
            Self::PlacesVoided { places } => td_string!(l, addresses.voided_now, count = *places),
            Self::PlaceRestored => td_string!(l, addresses.restored).to_owned(),
            Self::Joined => td_string!(l, team.joined).to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jar(cookies: Cookies, key: u8) -> FlashCookie {
        FlashCookie { cookies, key: Key::from(&[key; 64]), is_secure: false }
    }

    fn refused(typed: &str) -> Flash {
        Flash::Refused { refusal: Refusal::SoldOut, typed: vec![("name".to_owned(), typed.to_owned())] }
    }

    #[test]
    fn a_flash_is_shown_once_on_its_page_and_only_if_this_installation_signed_it() {
        let cookies = Cookies::default();
        let ours = jar(cookies.clone(), 1);
        ours.leave("/sign-in".into(), refused("Mina"));
        assert_eq!(ours.take("/points"), None);
        assert_eq!(jar(cookies, 2).take("/sign-in"), None, "signed with another key");
        assert_eq!(ours.take("/sign-in"), Some(refused("Mina")));
        assert_eq!(ours.take("/sign-in"), None);
    }

    #[test]
    fn what_was_typed_is_left_out_if_it_is_too_long_for_a_cookie() {
        let ours = jar(Cookies::default(), 1);
        ours.leave("/sign-in".into(), refused(&"글".repeat(2_000)));
        let value = ours.cookies.get("flash").expect("a cookie");
        assert!(value.value().len() < 4_090, "{}", value.value().len());
        assert_eq!(ours.take("/sign-in"), Some(Flash::Refused { refusal: Refusal::SoldOut, typed: vec![] }));
        ours.leave("/".repeat(5_000), refused(""));
        assert_eq!(ours.take(&"/".repeat(5_000)), None);
    }
}
