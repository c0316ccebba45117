//! Leaving: a person gets all that is stored about them, and deletes the account.

use super::accounts::check_verified;
use super::waitlist::end_entry;
use super::{devices, known_user};
use crate::domain::account::{check_can_leave, no_address};
use crate::domain::queue::EndReason;
use crate::domain::waitlist::WaitlistEntry;
use crate::domain::{Points, Reservation, Timestamp, User, UserId};
use crate::house::House;
use crate::store::{Consent, Device, LedgerEntry, Mail, Outcome, Passkey, PlaceInQueue, Read};
use crate::waiting_room;

/// All that is stored about a person, except what only proves who they are: the hash of the password, the second step,
/// and the keys in passkeys.
#[derive(Debug, Clone)]
pub struct EverythingStored {
    pub user: User,
    pub reservations: Vec<Reservation>,
    /// The tickets that they paid for and handed on.
    pub handed_on: Vec<Reservation>,
    /// The whole statement of points, the newest entry first.
    pub statement: Vec<LedgerEntry>,
    pub devices: Vec<Device>,
    /// Their places in queues, the latest first.
    pub places: Vec<PlaceInQueue>,
    /// Their entries on waitlists, the latest first.
    pub waitlist_entries: Vec<WaitlistEntry>,
    /// Their passkeys, the oldest first.
    pub passkeys: Vec<Passkey>,
    /// The legal texts to which they have agreed.
    pub consents: Vec<Consent>,
    /// The mails to them that are still stored, the newest first.
    pub mails: Vec<Mail>,
}

/// Returns all that is stored about a person.
///
/// # Errors
/// [`Refusal::NotSignedIn`](crate::domain::Refusal::NotSignedIn) if the account no longer exists.
pub async fn everything_stored(house: &House, fan: UserId) -> Outcome<EverythingStored> {
    house
        .read(move |read, context| {
            Ok(EverythingStored {
                user: known_user(read, fan)?,
                reservations: read.reservations_of(fan)?,
                handed_on: read.tickets_handed_on_by(fan)?,
                statement: read.statement(fan, u32::MAX)?,
                devices: read.devices(fan, context.now)?,
                places: read.places_of(fan)?,
                waitlist_entries: read.waitlist_entries_of(fan)?,
                passkeys: read.passkeys(fan)?,
                consents: read.consents(fan)?,
                mails: read.mails_to(fan)?,
            })
        })
        .await
}

const DAY: i64 = 24 * 60 * 60;

/// What keeps a person from deleting their account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ties {
    /// Whether they have a ticket, or have handed one on that they paid for, of a show that has not been over for a day, or
    /// that was called off and is not refunded yet: they may get its price back.
    pub has_tickets: bool,
    pub point: Points,
    pub is_staff: bool,
}

/// Returns what keeps a person from deleting their account now.
///
/// # Errors
/// [`Refusal::NotSignedIn`](crate::domain::Refusal::NotSignedIn) if the account no longer exists.
pub async fn ties(house: &House, fan: UserId) -> Outcome<Ties> {
    house.read(move |read, context| ties_of(read, &known_user(read, fan)?, context.now)).await
}

fn ties_of(read: &Read<'_>, user: &User, now: Timestamp) -> Outcome<Ties> {
    let is_to_come = |ticket: &Reservation| {
        ticket.is_ticket() && (ticket.call_off_reason.is_some() || now < ticket.show_time.plus_seconds(DAY))
    };
    let reservations = [read.reservations_of(user.id)?, read.tickets_handed_on_by(user.id)?].concat();
    let has_tickets = reservations.iter().any(is_to_come);
    Ok(Ties { has_tickets, point: user.point, is_staff: user.duty.is_some() })
}

/// Deletes an account: the name, the address, the password, the devices, the mails and the places in queues and on
/// waitlists go. Purchases and the statement of points stay under the number of the account, because the books need them.
///
/// `verified_hash` is the hash against which the caller has verified the password.
///
/// # Errors
/// What `change_password` refuses for `verified_hash`, and what [`check_can_leave`] refuses.
pub async fn leave_for_good(house: &House, fan: UserId, verified_hash: String) -> Outcome<()> {
    house
        .write(move |write, context| {
            let now = context.now;
            let user = known_user(write, fan)?;
            check_verified(write, fan, Some(&verified_hash))?;
            let Ties { has_tickets, point, is_staff } = ties_of(write, &user, now)?;
            check_can_leave(has_tickets, point, is_staff)?;
            for place in write.places_of(fan)?.into_iter().filter(|place| place.ended.is_none()) {
                write.free(place.schedule, &write.basket(fan, place.schedule)?, now)?;
                waiting_room::end(write, place.schedule, place.token, EndReason::Left, context)?;
            }
            for entry in write.waitlist_entries_of(fan)?.into_iter().filter(WaitlistEntry::is_open) {
                end_entry(write, fan, entry.schedule_id, now)?;
            }
            devices::end(write, fan, now, |_| true)?;
            Ok(write.erase_user(fan, &no_address(fan), now)?)
        })
        .await?;
    house.forget_account_tag(fan);
    Ok(())
}
