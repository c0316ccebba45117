//! Accounts: signing up, changing a password, and the password hash that a sign-in is verified against.

use super::{address, consent, devices, known_user};
use crate::domain::account::{self, Role};
use crate::domain::mail::Letter;
use crate::domain::{Field, LegalTextId, Refusal, User, UserId};
use crate::house::{House, TxContext};
use crate::post_office::post;
use crate::store::{Outcome, Read, Write};

/// Opens an account for a fan, who agrees to the legal texts `agreed`, and returns it. If addresses are verified here, the link for that is sent to the fan.
/// `password_hash` is the password as hashed by [`crate::password`].
///
/// # Errors
/// [`Refusal::Invalid`] if the name or the email address is malformed or a legal text in force is not agreed to, [`Refusal::EmailTaken`] if an account has that
/// address already.
pub async fn sign_up(
    house: &House,
    (email, name): (&str, &str),
    password_hash: String,
    agreed: Vec<LegalTextId>,
) -> Outcome<User> {
    let (email, name) = (account::clean_email(email)?, account::clean_name(name)?);
    house
        .write(move |write, context| {
            if write.user_by_email(&email)?.is_some() {
                return Err(Refusal::EmailTaken.into());
            }
            let id = write.insert_user(&name, &email, Role::Fan, &password_hash, context.now)?;
            consent::record(write, id, &agreed, context.now)?;
            if context.settings.verifies_addresses {
                write.set_unverified(id)?;
                address::send_link(write, id, &email, context)?;
            }
            known_user(write, id)
        })
        .await
}

/// Returns the account of an email address and its password hash, which the caller verifies. `None` if no account has
/// that address, if it has no password, or if the address is malformed.
pub async fn credentials(house: &House, email: &str) -> Outcome<Option<(User, String)>> {
    let Ok(email) = account::clean_email(email) else { return Ok(None) };
    house
        .read(move |read, _| {
            let Some(user) = read.user_by_email(&email)? else { return Ok(None) };
            let hash = read.password_hash(user.id)?.filter(|hash| hash != account::NO_PASSWORD);
            Ok(hash.map(|hash| (user, hash)))
        })
        .await
}

/// Changes the password of an account and signs out all its devices. The device that made the change is signed out too,
/// so that a stolen copy of its session becomes useless.
///
/// `verified_hash` is the hash against which the caller has verified the current password. `password_hash` is the hash
/// of the new password.
///
/// # Errors
/// [`Refusal::Invalid`] for [`Field::PresentPassword`] if the password was changed after the caller verified it,
/// [`Refusal::NotSignedIn`] if the account no longer exists.
pub async fn change_password(house: &House, fan: UserId, verified_hash: String, password_hash: String) -> Outcome<()> {
    house
        .write(move |write, context| {
            check_verified(write, fan, Some(&verified_hash))?;
            replace_password(write, fan, &password_hash, context)
        })
        .await
}

/// Checks that the password which the caller has verified, against `verified_hash`, is still that of the account.
///
/// # Errors
/// [`Refusal::Invalid`] for [`Field::PresentPassword`] if it was changed meanwhile, or if no password was verified,
/// [`Refusal::NotSignedIn`] if the account does not exist.
pub(super) fn check_verified(read: &Read<'_>, fan: UserId, verified_hash: Option<&str>) -> Outcome<()> {
    let known = read.password_hash(fan)?.ok_or(Refusal::NotSignedIn)?;
    if verified_hash == Some(&*known) { Ok(()) } else { Err(Refusal::invalid(Field::PresentPassword).into()) }
}

/// Replaces a password, signs out all devices of its account, uses up all links to the account, and tells its owner by
/// mail.
pub(super) fn replace_password(
    write: &Write<'_>,
    fan: UserId,
    password_hash: &str,
    context: TxContext<'_>,
) -> Outcome<()> {
    write.set_password_hash(fan, password_hash, context.now)?;
    // A link to another address, which somebody else may have asked for, ends too.
    write.use_account_links(fan, context.now)?;
    devices::end(write, fan, context.now, |_| true)?;
    post(write, fan, Letter::PasswordChanged, None, context)
}

/// Returns the account that a session belongs to.
///
/// # Errors
/// [`Refusal::NotSignedIn`] if the account no longer exists.
pub async fn user(house: &House, fan: UserId) -> Outcome<User> {
    house.read_briefly(move |read| known_user(read, fan)).await
}
