//! The email address of an account: its owner shows that it is theirs with a link that is sent there, and changes it the
//! same way.

use super::accounts::check_verified;
use super::known_user;
use crate::domain::account;
use crate::domain::mail::{Letter, LinkPurpose};
use crate::domain::{Refusal, Timestamp, User, UserId};
use crate::house::{House, TxContext};
use crate::post_office::{known_link, make_link, post_to};
use crate::store::{Outcome, Write};

/// How long a link is valid, in seconds: a day.
const LINK_SECONDS: i64 = 24 * 3600;
/// How many links an account can ask for in an hour, and how many are sent to one address, so that nobody fills the mailbox
/// of somebody else.
const LINKS_AN_HOUR: u32 = 5;

/// Whether a person has shown that the address of the account is theirs, or need not.
pub async fn is_verified(house: &House, fan: UserId) -> Outcome<bool> {
    if !house.settings().verifies_addresses {
        return Ok(true);
    }
    house.read_briefly(move |read| Ok(read.is_verified(fan)?)).await
}

/// Sends the link to an address that is to be the one of the account: the present one, or another. For another one,
/// `verified_hash` must be the hash against which the caller has verified the password: a session alone must not be enough
/// to take an account over.
///
/// # Errors
/// [`Refusal::Invalid`] if the address is malformed, [`Refusal::EmailTaken`] if another account has it,
/// [`Refusal::SlowDown`] after too many links, [`Refusal::NotSignedIn`] if the account no longer exists. If it is another
/// address than before, also what `change_password` refuses for `verified_hash`.
pub async fn send_address_link(house: &House, fan: UserId, email: &str, verified_hash: Option<String>) -> Outcome<()> {
    let email = account::clean_email(email)?;
    house
        .write(move |write, context| {
            let user = known_user(write, fan)?;
            if email != user.email {
                check_verified(write, fan, verified_hash.as_deref())?;
            }
            let since = context.now.plus_seconds(-3600);
            if write.links_since(fan, LinkPurpose::Address, since)? >= LINKS_AN_HOUR
                || write.links_to_address_since(&email, since)? >= LINKS_AN_HOUR
            {
                return Err(Refusal::SlowDown { retry_after_seconds: 3600 }.into());
            }
            check_free(write, fan, &email)?;
            send_link(write, fan, &email, context)
        })
        .await
}

fn check_free(write: &Write<'_>, fan: UserId, email: &str) -> Result<(), crate::Denied> {
    match write.user_by_email(email)? {
        Some(other) if other.id != fan => Err(Refusal::EmailTaken.into()),
        _ => Ok(()),
    }
}

/// Writes the mail with the link to the address.
pub(super) fn send_link(write: &Write<'_>, fan: UserId, email: &str, context: TxContext<'_>) -> Outcome<()> {
    let until: Timestamp = context.now.plus_seconds(LINK_SECONDS);
    let (link, _) = make_link(write, fan, (LinkPurpose::Address, Some(email)), None, until, context)?;
    post_to(write, (fan, Some(email)), Letter::AddressLink { link }, Some(until), context)
}

/// Returns the account for which a link was made, and the address that it is to get. The link is not used up.
///
/// # Errors
/// [`Refusal::LinkOver`] if the token is unknown, was used or has expired.
pub async fn address_link(house: &House, token: String) -> Outcome<(User, String)> {
    house
        .read(move |read, context| {
            let link = known_link(read, &token, LinkPurpose::Address, context)?;
            Ok((known_user(read, link.user_id)?, link.address.ok_or(Refusal::LinkOver)?))
        })
        .await
}

/// Shows with the token of a link that its address is that of the account's owner, and makes it the address of the
/// account. The address from before, if it was another one, is told.
///
/// # Errors
/// [`Refusal::LinkOver`] if the token is unknown, was used or has expired; [`Refusal::EmailTaken`] if another account has
/// got the address meanwhile.
pub async fn show_address(house: &House, token: String) -> Outcome<User> {
    house
        .write(move |write, context| {
            let link = known_link(write, &token, LinkPurpose::Address, context)?;
            let email = link.address.ok_or(Refusal::LinkOver)?;
            check_free(write, link.user_id, &email)?;
            let before = known_user(write, link.user_id)?;
            write.set_verified_address(before.id, &email, context.now)?;
            // Links that were sent to the address from before end too.
            write.use_account_links(before.id, context.now)?;
            if let Some(old) = before.address().filter(|old| *old != email) {
                post_to(write, (before.id, Some(old)), Letter::AddressChanged, None, context)?;
            }
            known_user(write, before.id)
        })
        .await
}
