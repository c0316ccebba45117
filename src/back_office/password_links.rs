//! The link with which somebody who stands at the counter sets a new password.

use super::{BoxOffice, LogEntry, run_and_log};
use crate::box_office::LINK_SECONDS;
use crate::domain::account::Duty;
use crate::domain::mail::LinkPurpose;
use crate::domain::{Refusal, StaffAction, UserId};
use crate::house::House;
use crate::post_office::make_link;
use crate::store::Outcome;

/// Makes a link with which a person sets a new password, valid for an hour, and returns its secret token. Staff have to
/// know that it is their account. The link for a member of staff is made by an owner only, since whoever has it can sign in
/// as them.
///
/// # Errors
/// [`Refusal::NotFound`] if the person does not exist, [`Refusal::NotYourDuty`] if they are staff and the caller is not an
/// owner.
pub async fn make_password_link(house: &House, BoxOffice(staff): BoxOffice, person: UserId) -> Outcome<String> {
    run_and_log(house, staff, move |write, context| {
        let user = write.user(person)?.ok_or(Refusal::NotFound)?;
        let is_owner = write.user(staff)?.is_some_and(|staff| staff.duty == Some(Duty::Owner));
        if user.duty.is_some() && !is_owner {
            return Err(Refusal::NotYourDuty.into());
        }
        let until = context.now.plus_seconds(LINK_SECONDS);
        let (_, token) = make_link(write, person, (LinkPurpose::Password, None), Some(staff), until, context)?;
        Ok((token, LogEntry::of(StaffAction::PasswordLinkMade, "", "").about(user.id)))
    })
    .await
}
