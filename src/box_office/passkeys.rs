//! Passkeys: keys on a person's devices with which they sign in without a password. The caller checks their signatures;
//! here they are stored.

use super::accounts::check_verified;
use super::known_user;
use super::second_step::{first_codes, tell};
use crate::domain::mail::SignInChange;
use crate::domain::{PasskeyId, Refusal, User, UserId};
use crate::house::House;
use crate::store::{Outcome, Passkey};

/// The most passkeys of one account.
const MAX_PASSKEYS: usize = 20;

/// A passkey that a browser has made.
#[derive(Debug, Clone)]
pub struct NewPasskey {
    /// The id by which the browser names it.
    pub credential_id: Vec<u8>,
    /// The kind of browser, in at most 80 characters.
    pub name: String,
    /// Its public key, in the caller's format.
    pub data: String,
}

/// Adds a passkey to an account. A member of staff who has no recovery codes yet gets them, in case the device is lost.
///
/// # Errors
/// What `change_password` refuses for `verified_hash`, and [`Refusal::PasskeyRefused`] if somebody has this passkey
/// already or the account has too many.
pub async fn add_passkey(
    house: &House,
    fan: UserId,
    verified_hash: String,
    passkey: NewPasskey,
) -> Outcome<Vec<String>> {
    house
        .write(move |write, context| {
            check_verified(write, fan, Some(&verified_hash))?;
            let is_known = write.passkey_of(&passkey.credential_id)?.is_some();
            if is_known || write.passkeys(fan)?.len() >= MAX_PASSKEYS {
                return Err(Refusal::PasskeyRefused.into());
            }
            write.insert_passkey(fan, &passkey.credential_id, (&passkey.name, &passkey.data), context.now)?;
            tell(write, fan, SignInChange::PasskeyAdded, context)?;
            first_codes(write, &known_user(write, fan)?, context)
        })
        .await
}

/// Returns the passkey that a browser names, and its owner.
///
/// # Errors
/// [`Refusal::PasskeyRefused`] if there is none.
pub async fn passkey_of(house: &House, credential_id: Vec<u8>) -> Outcome<(Passkey, User)> {
    house
        .read(move |read, _| {
            let passkey = read.passkey_of(&credential_id)?.ok_or(Refusal::PasskeyRefused)?;
            let user = known_user(read, passkey.user_id)?;
            Ok((passkey, user))
        })
        .await
}

/// Removes a passkey from an account. Changes nothing if it is not theirs.
///
/// # Errors
/// What `change_password` refuses for `verified_hash`.
pub async fn remove_passkey(house: &House, fan: UserId, verified_hash: String, id: PasskeyId) -> Outcome<()> {
    house
        .write(move |write, context| {
            check_verified(write, fan, Some(&verified_hash))?;
            if write.delete_passkey(fan, id)? {
                tell(write, fan, SignInChange::PasskeyRemoved, context)?;
            }
            Ok(())
        })
        .await
}
