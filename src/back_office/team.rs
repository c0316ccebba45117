//! The team: who is staff with which duty, how people become staff, and the staff log.

use super::{LogEntry, Owner, run_and_log};
use crate::box_office;
use crate::domain::account::{self, Duty};
use crate::domain::concert::{MAX_NOTE, clean_line};
use crate::domain::mail::Letter;
use crate::domain::second_step::check_staff;
use crate::domain::{Field, InvitationId, Refusal, StaffAction, Timestamp, User, UserId, lottery};
use crate::house::House;
use crate::post_office::{invitation_token, post_to};
use crate::store::{AuditEntry, Invitation, Outcome, Read};

/// How long an invitation is valid, in seconds: a week.
const INVITATION_SECONDS: i64 = 7 * 24 * 60 * 60;

/// The members of staff, and the invitations that can still be accepted.
#[derive(Debug, Clone)]
pub struct Team {
    pub members: Vec<User>,
    pub invitations: Vec<Invitation>,
    /// Those of the members who can sign in with a second step or a passkey.
    pub with_second_step: Vec<UserId>,
    /// Whether a second step is required of staff.
    pub is_second_step_required: bool,
}

/// Gives an account a duty. Takes no proof, and is for the operator's command line only: a person who can run a command
/// on the machine controls the installation anyway.
///
/// # Errors
/// [`Refusal::Invalid`] if the email address is malformed, [`Refusal::NotFound`] if no account has it.
pub async fn appoint(house: &House, email: &str, duty: Duty) -> Outcome<()> {
    let email = account::clean_email(email)?;
    house
        .write(move |write, context| {
            let user = write.user_by_email(&email)?.ok_or(Refusal::NotFound)?;
            write.set_duty(user.id, Some(duty), context.now)?;
            let note = format!("{}, command line", duty.as_str());
            Ok(write.log_action(user.id, StaffAction::JoinedStaff, Some(user.id), ("", &note), context.now)?)
        })
        .await
}

/// Returns the members of staff, and the invitations that can still be accepted.
pub async fn team(house: &House, _proof: Owner) -> Outcome<Team> {
    house
        .read(|read, context| {
            let members = read.team()?;
            let mut with_second_step = vec![];
            for member in &members {
                if box_office::ways_to_sign_in(read, member)?.has_any() {
                    with_second_step.push(member.id);
                }
            }
            let invitations = read.open_invitations(context.now)?;
            let is_second_step_required = read.is_second_step_required()?;
            Ok(Team { members, invitations, with_second_step, is_second_step_required })
        })
        .await
}

/// Makes an invitation that can be accepted once, within a week, and returns the secret token of its link. It is not
/// shown again. `note` says for whom the invitation is meant. The link is also mailed to `address`, if that is not blank.
///
/// # Errors
/// [`Refusal::Invalid`] if the note is blank, has more than one line, or more than [`MAX_NOTE`] characters, or if the
/// address is malformed.
pub async fn invite(house: &House, Owner(owner): Owner, duty: Duty, note: &str, address: &str) -> Outcome<String> {
    let note = clean_line(note, MAX_NOTE, Field::Note)?;
    let address = Some(address).filter(|address| !address.trim().is_empty()).map(account::clean_email).transpose()?;
    run_and_log(house, owner, move |write, context| {
        let until = context.now.plus_seconds(INVITATION_SECONDS);
        let invitation = write.insert_invitation((duty, &note), owner, until, context.now)?;
        let token = invitation_token(context.keys, &invitation);
        // The database has only the hash, so a person who can read the database cannot accept the invitation.
        write.set_invitation_token(invitation.id, &lottery::commitment(&token))?;
        if let Some(address) = &address {
            let letter = Letter::Invitation { invitation: invitation.id };
            post_to(write, (owner, Some(address)), letter, None, context)?;
        }
        Ok((token, LogEntry::of(StaffAction::Invited, &note, duty.as_str())))
    })
    .await
}

/// Makes the link with which somebody becomes the first owner of a new installation, and returns its secret token, which
/// [`accept`] takes once. Links from before are no longer valid. `None` if there is an owner. It takes no proof, and is
/// for the operator's command line only.
pub async fn invite_first_owner(house: &House) -> Outcome<Option<String>> {
    // A house that has its owner is not written to: it can also start on a full disk.
    if house.read(|read, _| Ok(owners(read)? > 0)).await? {
        return Ok(None);
    }
    let token = house.clock().random_hex::<32>();
    let hash = lottery::commitment(&token);
    house.write(move |write, _| Ok(write.set_first_owner_token(Some(&hash))?)).await?;
    Ok(Some(token))
}

/// Revokes an invitation that nobody has accepted yet.
///
/// # Errors
/// [`Refusal::InvitationOver`] if the invitation was accepted, was revoked, has expired or never existed.
pub async fn revoke_invitation(house: &House, Owner(owner): Owner, id: InvitationId) -> Outcome<()> {
    run_and_log(house, owner, move |write, context| {
        let open = write.open_invitations(context.now)?;
        let invitation = open.into_iter().find(|open| open.id == id).ok_or(Refusal::InvitationOver)?;
        write.revoke_invitation(id, context.now)?;
        Ok(((), LogEntry::of(StaffAction::InvitationEnded, invitation.note, invitation.duty.as_str())))
    })
    .await
}

fn is_open(invitation: &Invitation, now: Timestamp) -> bool {
    invitation.accepted_by.is_none() && now < invitation.expires_at
}

/// Accepts an invitation, or the link of [`invite_first_owner`]: makes the account `user` staff with the duty of the
/// invitation, and returns the duty that it now has. An account that already has a duty which includes that of the
/// invitation keeps its own.
///
/// # Errors
/// [`Refusal::InvitationOver`] if the token is unknown, was used, was revoked or has expired, or if the person who made
/// the invitation is no longer an owner. [`Refusal::NotSignedIn`] if the account no longer exists.
pub async fn accept(house: &House, user: UserId, token: &str) -> Outcome<Duty> {
    let hash = lottery::commitment(token);
    run_and_log(house, user, move |write, context| {
        if owners(write)? == 0 && write.first_owner_token()?.as_ref() == Some(&hash) {
            let user = write.user(user)?.ok_or(Refusal::NotSignedIn)?;
            write.set_duty(user.id, Some(Duty::Owner), context.now)?;
            write.set_first_owner_token(None)?;
            let entry = LogEntry::of(StaffAction::JoinedStaff, "", Duty::Owner.as_str()).about(user.id);
            return Ok((Duty::Owner, entry));
        }
        let invitation = write.invitation(&hash)?.filter(|invitation| is_open(invitation, context.now));
        let invitation = invitation.ok_or(Refusal::InvitationOver)?;
        let host = write.user(invitation.invited_by)?.and_then(|host| host.duty);
        if host != Some(Duty::Owner) {
            return Err(Refusal::InvitationOver.into());
        }
        let user = write.user(user)?.ok_or(Refusal::NotSignedIn)?;
        let duty = user.duty.filter(|duty| duty.includes(invitation.duty)).unwrap_or(invitation.duty);
        write.set_duty(user.id, Some(duty), context.now)?;
        write.accept_invitation(invitation.id, user.id, context.now)?;
        Ok((duty, LogEntry::of(StaffAction::JoinedStaff, "", duty.as_str()).about(user.id)))
    })
    .await
}

/// Changes the duty of a member of staff. With `None` they are no longer staff.
///
/// # Errors
/// [`Refusal::NotFound`] if `member` is not staff, [`Refusal::LastOwner`] if no owner would be left.
pub async fn set_duty(house: &House, Owner(owner): Owner, member: UserId, duty: Option<Duty>) -> Outcome<()> {
    run_and_log(house, owner, move |write, context| {
        let user = write.user(member)?.filter(|user| user.duty.is_some()).ok_or(Refusal::NotFound)?;
        if user.duty == Some(Duty::Owner) && duty != Some(Duty::Owner) && owners(write)? < 2 {
            return Err(Refusal::LastOwner.into());
        }
        write.set_duty(member, duty, context.now)?;
        let (action, note) = match duty {
            Some(duty) => (StaffAction::DutyChanged, duty.as_str()),
            None => (StaffAction::LeftStaff, ""),
        };
        Ok(((), LogEntry::of(action, "", note).about(user.id)))
    })
    .await
}

/// Sets whether staff have to sign in with a second step or a passkey. `has_passed` is whether the owner did: nobody
/// requires what would keep themselves out.
///
/// # Errors
/// [`Refusal::SecondStepNeeded`] if the owner did not.
pub async fn require_second_step(
    house: &House,
    Owner(owner): Owner,
    is_required: bool,
    has_passed: bool,
) -> Outcome<()> {
    check_staff(is_required, has_passed)?;
    run_and_log(house, owner, move |write, context| {
        write.require_second_step(is_required, context.now)?;
        let action = if is_required { StaffAction::SecondStepRequired } else { StaffAction::SecondStepOptional };
        Ok(((), LogEntry::of(action, "", "")))
    })
    .await
}

/// Signs a person out on all their devices, such as after the loss of a phone. They can sign in again.
///
/// # Errors
/// [`Refusal::NotFound`] if there is no such account.
pub async fn sign_out_person(house: &House, Owner(owner): Owner, person: UserId) -> Outcome<()> {
    run_and_log(house, owner, move |write, context| {
        let user = write.user(person)?.ok_or(Refusal::NotFound)?;
        box_office::end_devices(write, user.id, context.now, |_| true)?;
        Ok(((), LogEntry::of(StaffAction::SignedOut, "", "").about(user.id)))
    })
    .await
}

/// Ends the second step and the passkeys of a person who has lost them, and signs out their devices. They then sign in with
/// the password and, if they have to, set up new ones.
///
/// # Errors
/// [`Refusal::NotFound`] if the person does not exist.
pub async fn end_second_step(house: &House, Owner(owner): Owner, person: UserId) -> Outcome<()> {
    run_and_log(house, owner, move |write, context| {
        let user = write.user(person)?.ok_or(Refusal::NotFound)?;
        box_office::end_second_step(write, user.id, context)?;
        Ok(((), LogEntry::of(StaffAction::SecondStepEnded, "", "").about(user.id)))
    })
    .await
}

/// Ends the second step and the passkeys of an account. Takes no proof, and is for the operator's command line only.
///
/// # Errors
/// [`Refusal::Invalid`] if the email address is malformed, [`Refusal::NotFound`] if no account has it.
pub async fn end_second_step_of(house: &House, email: &str) -> Outcome<()> {
    let email = account::clean_email(email)?;
    house
        .write(move |write, context| {
            let user = write.user_by_email(&email)?.ok_or(Refusal::NotFound)?;
            box_office::end_second_step(write, user.id, context)?;
            let action = StaffAction::SecondStepEnded;
            Ok(write.log_action(user.id, action, Some(user.id), ("", "command line"), context.now)?)
        })
        .await
}

fn owners(read: &Read<'_>) -> Outcome<usize> {
    Ok(read.team()?.iter().filter(|user| user.duty == Some(Duty::Owner)).count())
}

/// Returns the entries of the staff log that contain `search`, the newest first, at most [`LOG_PAGE`](super::LOG_PAGE).
/// If `before` is given, only entries with a lower id are returned.
pub async fn log(house: &House, _proof: Owner, search: String, before: Option<i64>) -> Outcome<Vec<AuditEntry>> {
    house.read(move |read, _| Ok(read.log(search.trim(), before)?)).await
}
