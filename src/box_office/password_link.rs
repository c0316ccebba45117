//! A forgotten password: the link with which its owner sets a new one.

use super::{accounts, known_user};
use crate::domain::account;
use crate::domain::mail::{Letter, LinkPurpose};
use crate::domain::{Refusal, User};
use crate::house::{House, TxContext};
use crate::post_office::{known_link, make_link, post};
use crate::store::{Outcome, Write};

/// How long a link is valid, in seconds: an hour.
pub const LINK_SECONDS: i64 = 3600;
/// How many links to one account are made in an hour at most if somebody asks for them on the page. The rest are refused
/// silently: whoever has the mails has a valid link, and whoever has not learns nothing.
const LINKS_AN_HOUR: u32 = 3;
const PASSWORD: (LinkPurpose, Option<&str>) = (LinkPurpose::Password, None);

/// Sends the link to the account with this email address, if there is one. The result does not tell whether there is.
///
/// # Errors
/// [`Refusal::Invalid`] if the address is malformed.
pub async fn send_password_link(house: &House, email: &str) -> Outcome<()> {
    let email = account::clean_email(email)?;
    house
        .write(move |write, context| {
            let since = context.now.plus_seconds(-LINK_SECONDS);
            let user = match write.user_by_email(&email)? {
                Some(user) if write.links_since(user.id, LinkPurpose::Password, since)? < LINKS_AN_HOUR => user,
                // Something is written for a stranger too, so that the time of the response tells nothing.
                _ => {
                    write.probe(context.now)?;
                    return Ok(());
                }
            };
            let until = context.now.plus_seconds(LINK_SECONDS);
            let (link, _) = make_link(write, user.id, PASSWORD, None, until, context)?;
            post(write, user.id, Letter::PasswordLink { link }, Some(until), context)
        })
        .await
}

/// Makes the link for the account with this email address, and returns its secret token. It takes no proof, and is for
/// the operator's command line only.
///
/// # Errors
/// [`Refusal::Invalid`] if the address is malformed, [`Refusal::NotFound`] if no account has it.
pub async fn password_link(house: &House, email: &str) -> Outcome<String> {
    let email = account::clean_email(email)?;
    let make = move |write: &Write<'_>, context: TxContext<'_>| {
        let user = write.user_by_email(&email)?.ok_or(Refusal::NotFound)?;
        Ok(make_link(write, user.id, PASSWORD, None, context.now.plus_seconds(LINK_SECONDS), context)?.1)
    };
    house.write(make).await
}

/// Returns the account for which a link was made. It is not used up.
///
/// # Errors
/// [`Refusal::LinkOver`] if the token is unknown, was used or has expired.
pub async fn link_owner(house: &House, token: String) -> Outcome<User> {
    house
        .read(move |read, context| known_user(read, known_link(read, &token, LinkPurpose::Password, context)?.user_id))
        .await
}

/// Sets a new password with the token of a link, which is used up with all others of the account, and signs out all its
/// devices. A link that was sent by mail shows that the address is theirs. `password_hash` is the hash of the new password.
///
/// # Errors
/// As [`link_owner`].
pub async fn set_password(house: &House, token: String, password_hash: String) -> Outcome<User> {
    house
        .write(move |write, context| {
            let link = known_link(write, &token, LinkPurpose::Password, context)?;
            accounts::replace_password(write, link.user_id, &password_hash, context)?;
            let user = known_user(write, link.user_id)?;
            // Whoever has the link got it by mail, unless staff made it for somebody in front of them.
            if !link.is_by_staff {
                write.set_verified_address(user.id, &user.email, context.now)?;
            }
            Ok(user)
        })
        .await
}
