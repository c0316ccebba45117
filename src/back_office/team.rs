//! Who is staff with which duty, how they become it, and the log of what they did.

use super::{Entry, Owner, act};
use crate::domain::account::{self, Duty};
use crate::domain::concert::{MAX_NOTE, clean_line};
use crate::domain::entities::{AuditEntry, Invitation, StaffAction, User};
use crate::domain::{Field, InvitationId, Refusal, Timestamp, UserId, lottery};
use crate::house::House;
use crate::store::{Outcome, Read};

/// How long an invitation is good.
const INVITATION_SECONDS: i64 = 7 * 24 * 60 * 60;

/// Everybody who is staff, and who is asked to be.
#[derive(Debug, Clone)]
pub struct Team {
    pub members: Vec<User>,
    pub invitations: Vec<Invitation>,
}

/// Makes an account staff: for the operator's command line, where owning the machine is the proof.
///
/// # Errors
/// [`Refusal::NotFound`] where no account has the address.
pub async fn appoint(house: &House, email: &str, duty: Duty) -> Outcome<()> {
    let email = account::clean_email(email)?;
    house
        .write(move |write, terms| {
            let user = write.user_by_email(&email)?.ok_or(Refusal::NotFound)?;
            write.set_duty(user.id, Some(duty), terms.now)?;
            let note = format!("{}, command line", duty.as_str());
            Ok(write.log_action(user.id, StaffAction::JoinedStaff, (&user.name, &note), terms.now)?)
        })
        .await
}

/// The team.
///
/// # Errors
/// Storage faults.
pub async fn team(house: &House, _proof: Owner) -> Outcome<Team> {
    house.read(|read, terms| Ok(Team { members: read.team()?, invitations: read.open_invitations(terms.now)? })).await
}

/// Makes a one-time link that is good for a week, and answers with the word that it carries, which is told only now.
///
/// # Errors
/// [`Refusal::Invalid`] for the note, which says for whom it is.
pub async fn invite(house: &House, Owner(owner): Owner, duty: Duty, note: &str) -> Outcome<String> {
    let note = clean_line(note, MAX_NOTE, Field::Note)?;
    let token = house.clock().random_hex::<32>();
    // What the database keeps opens no door.
    let hash = lottery::commitment(&token);
    act(house, owner, move |write, terms| {
        let until = terms.now.plus_seconds(INVITATION_SECONDS);
        write.insert_invitation(&hash, (duty, &note), owner, until, terms.now)?;
        Ok(((), Entry::of(StaffAction::Invited, &note, duty.as_str())))
    })
    .await?;
    Ok(token)
}

/// Takes an invitation back that nobody has accepted.
///
/// # Errors
/// [`Refusal::InvitationOver`].
pub async fn end_invitation(house: &House, Owner(owner): Owner, id: InvitationId) -> Outcome<()> {
    act(house, owner, move |write, terms| {
        let open = write.open_invitations(terms.now)?;
        let invitation = open.into_iter().find(|open| open.id == id).ok_or(Refusal::InvitationOver)?;
        write.end_invitation(id, terms.now)?;
        Ok(((), Entry::of(StaffAction::InvitationEnded, invitation.note, invitation.duty.as_str())))
    })
    .await
}

fn is_open(invitation: &Invitation, now: Timestamp) -> bool {
    invitation.accepted_by.is_none() && now < invitation.expires_at
}

/// Makes whoever opens a link staff, once. Who has a greater duty keeps it.
///
/// # Errors
/// [`Refusal::InvitationOver`], also where whoever invited is no owner any more.
pub async fn accept(house: &House, user: UserId, token: &str) -> Outcome<Duty> {
    let hash = lottery::commitment(token);
    act(house, user, move |write, terms| {
        let invitation = write.invitation(&hash)?.filter(|invitation| is_open(invitation, terms.now));
        let invitation = invitation.ok_or(Refusal::InvitationOver)?;
        let host = write.user(invitation.invited_by)?.and_then(|host| host.duty);
        if host != Some(Duty::Owner) {
            return Err(Refusal::InvitationOver.into());
        }
        let user = write.user(user)?.ok_or(Refusal::NotSignedIn)?;
        let duty = user.duty.filter(|duty| duty.includes(invitation.duty)).unwrap_or(invitation.duty);
        write.set_duty(user.id, Some(duty), terms.now)?;
        write.accept_invitation(invitation.id, user.id, terms.now)?;
        Ok((duty, Entry::of(StaffAction::JoinedStaff, user.name, duty.as_str())))
    })
    .await
}

/// Gives a member of staff another duty, or none.
///
/// # Errors
/// [`Refusal::NotFound`] where nobody is staff under the id; [`Refusal::LastOwner`].
pub async fn set_duty(house: &House, Owner(owner): Owner, member: UserId, duty: Option<Duty>) -> Outcome<()> {
    act(house, owner, move |write, terms| {
        let user = write.user(member)?.filter(|user| user.duty.is_some()).ok_or(Refusal::NotFound)?;
        if user.duty == Some(Duty::Owner) && duty != Some(Duty::Owner) && owners(write)? < 2 {
            return Err(Refusal::LastOwner.into());
        }
        write.set_duty(member, duty, terms.now)?;
        let (action, note) = match duty {
            Some(duty) => (StaffAction::DutyChanged, duty.as_str()),
            None => (StaffAction::LeftStaff, ""),
        };
        Ok(((), Entry::of(action, user.name, note)))
    })
    .await
}

fn owners(read: &Read<'_>) -> Outcome<usize> {
    Ok(read.team()?.iter().filter(|user| user.duty == Some(Duty::Owner)).count())
}

/// What staff did, the newest first, from before an entry where one is given.
///
/// # Errors
/// Storage faults.
pub async fn log(house: &House, _proof: Owner, search: String, before: Option<i64>) -> Outcome<Vec<AuditEntry>> {
    house.read(move |read, _| Ok(read.log(search.trim(), before)?)).await
}
