//! The verbs (operations) of a fan: browse, hold, release, charge, purchase, cancel, and reads of their own data. A
//! verb that changes the database does so in one transaction. Each of the main verbs has a file of its own.
//!
//! This module must never know HTTP or SQL text, nor how the queue works. It asks [`crate::waiting_room`] for the proof
//! of an admission, to end the admission after a purchase, and to advance the queue after a cancellation.
//!
//! Besides what its `# Errors` section lists, each function can return [`Refusal::Busy`] (too much work is waiting for
//! the database, or a commit failed) or a fault (the database cannot be read or written).

mod accounts;
mod address;
mod browse;
mod cancel;
mod charge;
mod consent;
mod devices;
mod handing_on;
mod hold;
mod leaving;
mod mine;
mod passkeys;
mod password_link;
mod payment;
mod purchase;
mod release;
mod reminders;
mod second_step;
mod waitlist;

pub use accounts::{change_password, credentials, sign_up, user};
pub use address::{address_link, is_verified, send_address_link, show_address};
pub use browse::{
    ConcertFilter, Listing, SaleFilter, ScheduleView, SeatMap, best, concert, concerts, find, poster, refund_policy,
    schedule, seat_map,
};
pub(crate) use browse::{listing, seat_map_or_draft};
pub use cancel::{CancellationQuote, cancel, cancellation_quote};
pub(crate) use cancel::{cancel_and_refund, quote, refund_ticket};
pub use charge::charge;
pub use consent::{agree, consents, legal_text};
pub(crate) use devices::end as end_devices;
pub use devices::{Verified, devices, sign_in_on, sign_out, sign_out_elsewhere};
pub use handing_on::{HandingOn, end_hand_on_link, handed_on_ticket, handing_on, make_hand_on_link, take_ticket};
pub use hold::{Wanted, hold, hold_best};
pub use leaving::{EverythingStored, Ties, everything_stored, leave_for_good, ties};
pub use mine::{FanSeats, mine, reservations, reservations_in, statement, ticket, tickets_handed_on, tickets_of_show};
pub use passkeys::{NewPasskey, add_passkey, passkey_of, remove_passkey};
pub use password_link::{LINK_SECONDS, link_owner, password_link, send_password_link, set_password};
pub use payment::PaymentProvider;
pub use purchase::purchase;
pub use release::release;
pub(crate) use reminders::remind_due;
pub use reminders::{remind, reminders};
pub use second_step::{
    AuthenticatorSetup, SignInWays, asks_second_step, authenticator_setup, end_authenticator, make_recovery_codes,
    pass_second_step, set_up_authenticator, sign_in_ways,
};
pub(crate) use second_step::{end_all as end_second_step, ways as ways_to_sign_in};
pub(crate) use waitlist::offer_seats;
pub use waitlist::{WaitlistPlace, join_waitlist, leave_waitlist, waitlist_place, waitlist_places};

pub use crate::store::{Consent, Device, LedgerEntry, Passkey, PlaceInQueue};

use crate::domain::hall::HallPlan;
use crate::domain::hold::ReservedSeat;
use crate::domain::{Points, Refusal, ReservationId, SeatId, Timestamp, UserId, idempotency};
use crate::store::{Fault, Outcome, Read, Write};
use serde::{Serialize, de::DeserializeOwned};

/// Returns a reservation of a seat of `plan` as answers describe it.
fn reserved_seat(plan: &HallPlan, id: ReservationId, seat_id: SeatId, price: Points) -> Outcome<ReservedSeat> {
    let seat = plan.index(seat_id).and_then(|index| plan.seats().get(index));
    let number = seat.ok_or(Fault::Broken("a reserved seat is in its hall"))?.number.clone();
    Ok(ReservedSeat { id, seat_id, number, price })
}

/// Returns the answer that is stored under a fan's idempotency key, or `None` if the key is new.
///
/// # Errors
/// [`Refusal::KeyReused`] if the key belongs to another request.
fn stored_answer_for<T: DeserializeOwned>(
    read: &Read<'_>,
    fan: UserId,
    key: &str,
    request: &str,
) -> Outcome<Option<T>> {
    let Some((stored, answer)) = read.stored_answer(fan, key)? else { return Ok(None) };
    idempotency::check(&stored, request)?;
    Ok(Some(serde_json::from_str(&answer).map_err(Fault::from)?))
}

/// Stores an answer under a fan's idempotency key, in the same transaction as the change that it describes.
fn store_answer(
    write: &Write<'_>,
    fan: UserId,
    key: &str,
    request: &str,
    answer: &impl Serialize,
    now: Timestamp,
) -> Outcome<()> {
    let answer = serde_json::to_string(answer).map_err(Fault::from)?;
    Ok(write.store_answer(fan, key, request, &answer, now)?)
}

/// Returns the account that a session belongs to, or refuses with [`Refusal::NotSignedIn`] if it no longer exists.
fn known_user(read: &Read<'_>, fan: UserId) -> Outcome<crate::domain::User> {
    Ok(read.user(fan)?.ok_or(Refusal::NotSignedIn)?)
}
