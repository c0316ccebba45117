//! Accounts: signing up, and what signing in compares.

use super::{devices, known_user};
use crate::domain::account::{self, Role};
use crate::domain::entities::User;
use crate::domain::{Field, Refusal, UserId};
use crate::house::House;
use crate::store::Outcome;

/// Opens an account for a fan whose password is hashed already.
///
/// # Errors
/// [`Refusal::Invalid`] for a name or an address without the shape of one, [`Refusal::EmailTaken`].
pub async fn sign_up(house: &House, email: &str, name: &str, password_hash: String) -> Outcome<User> {
    let (email, name) = (account::clean_email(email)?, account::clean_name(name)?);
    house
        .write(move |write, terms| {
            if write.user_by_email(&email)?.is_some() {
                return Err(Refusal::EmailTaken.into());
            }
            let id = write.insert_user(&name, &email, Role::Fan, &password_hash, terms.now)?;
            known_user(write, id)
        })
        .await
}

/// The account of an email address with the hash of its password, for the caller to verify; none where nobody has it.
///
/// # Errors
/// Storage faults.
pub async fn credentials(house: &House, email: &str) -> Outcome<Option<(User, String)>> {
    let Ok(email) = account::clean_email(email) else { return Ok(None) };
    house
        .read(move |read, _| {
            let Some(user) = read.user_by_email(&email)? else { return Ok(None) };
            Ok(read.password_hash(user.id)?.map(|hash| (user, hash)))
        })
        .await
}

/// Gives an account another password, which is hashed already, in place of the one that was verified, and signs out every device,
/// also the one it was done on: what somebody may have copied of its session is worth nothing from now on.
///
/// # Errors
/// [`Refusal::Invalid`] for the present password where it is another by now, [`Refusal::NotSignedIn`].
pub async fn change_password(house: &House, fan: UserId, verified_hash: String, password_hash: String) -> Outcome<()> {
    house
        .write(move |write, terms| {
            let known = write.password_hash(fan)?.ok_or(Refusal::NotSignedIn)?;
            if known != verified_hash {
                return Err(Refusal::invalid(Field::PresentPassword).into());
            }
            write.set_password_hash(fan, &password_hash, terms.now)?;
            devices::end(write, fan, terms.now, |_| true)
        })
        .await
}

/// The account behind a session.
///
/// # Errors
/// [`Refusal::NotSignedIn`] where it is gone.
pub async fn user(house: &House, fan: UserId) -> Outcome<User> {
    house.read_briefly(move |read| known_user(read, fan)).await
}
