//! One-time links in mails: how their secret tokens are made, and how the token of a link to an account is checked.

use crate::domain::lottery::commitment;
use crate::domain::mail::LinkPurpose;
use crate::domain::{LinkId, Refusal, Timestamp, UserId};
use crate::house::TxContext;
use crate::keys::Keys;
use crate::store::{AccountLink, Invitation, Outcome, Read, Write};

/// Makes a link to an account, which is valid until `expires_at`. `purpose` has the address that the link shows to be
/// one's own, if it is for that. `made_by` is the member of staff who made it, if one did. Returns its id and its secret
/// token.
pub(crate) fn make_link(
    write: &Write<'_>,
    user: UserId,
    purpose: (LinkPurpose, Option<&str>),
    made_by: Option<UserId>,
    expires_at: Timestamp,
    context: TxContext<'_>,
) -> Outcome<(LinkId, String)> {
    let id = write.insert_account_link(user, purpose, made_by, expires_at, context.now)?;
    let link = write.account_link(id)?.ok_or(Refusal::LinkOver)?;
    Ok((id, token(context.keys, &link)))
}

/// Returns the secret token of a link: its id, and a text that only the keys make from its row.
pub(super) fn token(keys: &Keys, link: &AccountLink) -> String {
    format!("{}-{}", link.id, keys.link_secret(&format!("{} {} {}", link.id, link.user_id, link.created_at.0)))
}

/// Returns the secret token of an invitation, which only the keys make from its row. An invitation that was revoked has
/// another one, because it ends at another time.
pub(crate) fn invitation_token(keys: &Keys, invitation: &Invitation) -> String {
    let Invitation { id, invited_by, expires_at, .. } = invitation;
    keys.link_secret(&format!("invitation {id} {invited_by} {}", expires_at.0))
}

/// Finds the link for a purpose with a token.
///
/// # Errors
/// [`Refusal::LinkOver`] if there is none, or if it was used or has expired.
pub(crate) fn known_link(
    read: &Read<'_>,
    sent: &str,
    purpose: LinkPurpose,
    context: TxContext<'_>,
) -> Outcome<AccountLink> {
    let id = sent.split('-').next().and_then(|id| id.parse().ok()).map(LinkId).ok_or(Refusal::LinkOver)?;
    let link = read.account_link(id)?.ok_or(Refusal::LinkOver)?;
    let is_open = link.purpose == purpose && link.used_at.is_none() && context.now < link.expires_at;
    // The hashes are compared, so that the time does not tell how many of the first characters are right.
    let is_same = commitment(sent) == commitment(&token(context.keys, &link));
    if is_open && is_same { Ok(link) } else { Err(Refusal::LinkOver.into()) }
}
